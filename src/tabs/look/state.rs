//! What the tab knows: plain data, drawn by the panels and changed by the systems.

use std::sync::Arc;

use bevy::prelude::Resource;

use super::trust::Trust;
use super::truth::Said;
use super::what_if::Edit;
use crate::classifier::Labels;
use crate::saliency::Request;
use crate::ui::commands::Command;
use crate::ui::widgets::{Bar, Overlay, Progress};

/// What the pane is doing.
#[derive(Debug, Clone, PartialEq)]
pub enum Status {
    /// No picture yet.
    Empty,
    /// Work runs; the old result stays in view.
    Working {
        /// What is being done, in words.
        what: String,
        /// How far it is.
        progress: Progress,
    },
    /// The map belongs to what is chosen.
    Done,
    /// Work was stopped by the person; the old result stays.
    Cancelled,
    /// Work failed.
    Failed {
        /// What happened and what to do, one sentence or two.
        why: String,
    },
}

/// A figure about the map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Its name.
    pub name: &'static str,
    /// Its value with unit, ready to read and to copy.
    pub value: String,
    /// One sentence on what it means.
    pub help: &'static str,
    /// Whether the figure is as it should be, where that can be said.
    pub good: Option<bool>,
}

/// What the AI says about the picture, ready to draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The most probable classes: class id and its bar.
    pub bars: Vec<(usize, Bar)>,
    /// One plain sentence: what the network is surest of.
    pub sentence: String,
    /// What the picture shows, where that is something else.
    pub shows: Option<String>,
    /// Name of the class that is explained.
    pub explained: String,
    /// Name of the class it is held against, where there is one.
    pub against: Option<String>,
    /// True where the map shows what matters either way, for or against.
    pub either_way: bool,
    /// Figures about the map; empty until it is there.
    pub facts: Vec<Fact>,
    /// Lowest and highest value of the map, for the colour bar.
    pub range: Option<[f32; 2]>,
}

/// Every answer that the network could give.
#[derive(Debug, Clone, PartialEq)]
pub struct Classes {
    /// What each is called.
    pub labels: Labels,
    /// How probable the network finds each, 0-1.
    pub probabilities: Arc<[f32]>,
}

/// The tab's state.
#[derive(Debug, Clone, PartialEq, Resource)]
pub struct Look {
    /// True when the person added the chosen picture: it can be taken out of the list.
    pub own: bool,
    /// The layers of the network that Grad-CAM can use; empty until it has answered.
    pub layers: Arc<[String]>,
    /// Opens (or closes) the section "More" in the next frame.
    pub more: Option<bool>,
    /// How the map lies over the picture.
    pub overlay: Overlay,
    /// What the pane is doing.
    pub status: Status,
    /// What the AI says.
    pub answer: Option<Answer>,
    /// All that it could say; `None` until it has answered.
    pub classes: Option<Classes>,
    /// What is typed to find one of those.
    pub search: String,
    /// Alternative text of what is on the stage.
    pub alternative: String,
    /// What had to be guessed or changed when its file was read, each half a sentence.
    pub notes: Vec<String>,
    /// What the map holds under the pointer, while it is over the picture.
    pub pointed: Option<Option<f32>>,
    /// True until the person has done something: the line that tells what to try is shown.
    pub newcomer: bool,
    /// Where the thing is, as the file beside the picture says.
    pub said: Option<Said>,
    /// How far the checks of the map are.
    pub trust: Trust,
    /// True while parts of the picture are taken away.
    pub editing: bool,
    /// What is taken away, and what comes of it.
    pub edit: Edit,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            own: false,
            layers: Arc::default(),
            more: None,
            overlay: Overlay::default(),
            status: Status::Empty,
            answer: None,
            classes: None,
            search: String::new(),
            alternative: String::new(),
            notes: Vec::new(),
            pointed: None,
            newcomer: true,
            said: None,
            trust: Trust::default(),
            editing: false,
            edit: Edit::default(),
        }
    }
}

impl Look {
    /// True while work runs.
    #[must_use]
    pub fn working(&self) -> bool {
        matches!(self.status, Status::Working { .. })
    }
}

/// What a person asked for in one of the panels.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// Take this picture of the library.
    Choose(usize),
    /// Take this picture of the library and explain it as asked for: it was saved so.
    Reopen(usize, Box<Request>),
    /// Take this picture, which a person added, out of the list.
    Remove(usize),
    /// Explain this class.
    Explain(usize),
    /// Hold the explained class against this one, or against none.
    Against(Option<usize>),
    /// Something changed that the map depends on.
    Again,
    /// Check whether the map is worth trusting.
    CheckMap,
    /// Stop the check.
    StopCheck,
    /// Begin to take parts of the picture away, or show the whole one again.
    WhatIf(bool),
    /// Take away what the map says mattered most.
    EraseTop,
    /// Search the smallest part whose loss changes the answer.
    SearchFlip,
    /// Stop that search.
    StopSearch,
    /// A command.
    Do(Command),
}
