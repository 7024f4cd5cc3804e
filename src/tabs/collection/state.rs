//! What the tab knows: plain data, drawn by the panels and changed by the systems.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use bevy::math::Vec2;
use bevy::prelude::Resource;

use super::alike::LaidOut;
use super::arranged::Arranged;
use super::ask::Sought;
use super::choices::Choices;
use super::full_maps::Closer;
use super::indexing::Phase;
use super::shares::Shares;
use super::snapshot::Snapshot;
use super::way::Seen;
use crate::collection::sheet::Camera;
use crate::collection::{Bits, Key, PLACES, Progress};
use crate::ui::widgets::Overlay;

/// How long pictures take to their new places, in seconds.
pub const CHANGE_SECS: f64 = 0.35;

/// What is said after the name of a picture whose file is another one now.
const CHANGED: &str = ", changed since it was looked at";

/// What is in the middle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Nothing is there yet.
    Opening(String),
    /// Pictures are.
    Ready,
    /// It could not be opened: what happened and what to do.
    Failed(String),
}

/// How far the work in the background is.
#[derive(Debug, Clone, PartialEq)]
pub struct Working {
    /// What it does.
    pub phase: Phase,
    /// How far that is.
    pub progress: Progress,
    /// Whether it rests.
    pub paused: bool,
    /// The network that is asked.
    pub model: Option<String>,
}

/// What a drag with the first button does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Drag {
    /// It moves the sheet.
    #[default]
    Moves,
    /// It draws a frame around what is to be chosen.
    Chooses,
}

/// Pictures on their way to new places.
#[derive(Debug, Clone)]
pub struct Change {
    /// Where they were.
    pub from: Arc<Arranged>,
    /// How that was seen.
    pub camera: Camera,
    /// When it began, in egui's seconds; none before the first frame.
    pub began: Option<f64>,
}

/// The tab's state.
#[derive(Resource, Debug)]
pub struct Collection {
    /// What is in the middle.
    pub status: Status,
    /// What was opened before, the latest first, in this run and others.
    pub recent: Vec<String>,
    /// What was opened and is not remembered yet.
    pub opened: Vec<PathBuf>,
    /// The pictures.
    pub snapshot: Arc<Snapshot>,
    /// Where they lie; none before the first frame.
    pub arranged: Option<Arc<Arranged>>,
    /// Grows when they lie otherwise.
    pub arranged_version: u64,
    /// How they are ordered, grouped and filtered.
    pub choices: Choices,
    /// What of the sheet is seen.
    pub camera: Camera,
    /// Size of the area in points, as it was drawn last.
    pub area: Vec2,
    /// Where the area begins in the window, in points.
    pub rect: Vec2,
    /// Whether the right side was there when the area was taken last.
    pub(super) beside: bool,
    /// Whether the whole sheet is seen, and stays so when it grows or the window does.
    pub fitted: bool,
    /// Pictures that are moving.
    pub change: Option<Change>,
    /// Whether pictures in view are on their way to the device.
    pub reading: bool,
    /// How many of the pictures that are seen from near have their whole map; none while none are.
    pub closer: Option<Closer>,
    /// Rows whose files are others now than were looked at, with the content that was.
    pub changed: HashMap<u32, Key>,
    /// The row that the keyboard is on.
    pub focused: Option<u32>,
    /// The rows that are chosen.
    pub selected: Bits,
    /// The two that were chosen before the last click.
    pub(super) pair: Option<[u32; 2]>,
    /// Where a range of rows begins.
    pub anchor: Option<u32>,
    /// Grows with every other choice of rows.
    pub selection_version: u64,
    /// The mean of the maps of what is chosen, each place 0 to 255, and of how many.
    pub average: Option<(Box<[f32; PLACES]>, usize)>,
    /// What is answered in what is chosen.
    pub shares: Shares,
    /// How maps lie over the pictures.
    pub overlay: Overlay,
    /// What a drag does.
    pub drag: Drag,
    /// The frame that is being drawn, in points of the area: where it began and where it is.
    pub frame: Option<(Vec2, Vec2)>,
    /// The way of the pointer, in points of the area, around what is to be chosen where pictures lie in no
    /// lines; empty while none is drawn.
    pub lasso: Vec<Vec2>,
    /// What is done in the background.
    pub working: Option<Working>,
    /// What was seen before.
    pub(super) back: Vec<Seen>,
    /// The choices that are shown, and of what kind the last change of them was.
    pub(super) last: (Choices, u8),
    /// The name of the network that is another one now than answered here.
    pub outdated: Option<String>,
    /// The network that can be asked, as the bar on top has it.
    pub network: Option<String>,
    /// Where pictures are by likeness, as far as that is known.
    pub laid_out: Option<LaidOut>,
    /// What is looked for in the background.
    pub looking: Option<String>,
    /// What is shown alone once it is there.
    pub sought: Option<Sought>,
    /// What is written in the fields.
    pub fields: Fields,
    /// The names of the saved selections.
    pub saved: Vec<String>,
}

/// What is written in the fields of the panels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    /// A filter.
    pub filter: String,
    /// What is wrong with it.
    pub wrong: Option<String>,
    /// A name or number to go to.
    pub jump: String,
    /// The name under which what is chosen is saved.
    pub name: String,
}

impl Default for Collection {
    fn default() -> Self {
        Self {
            status: Status::Opening("Drawing pictures...".to_owned()),
            recent: Vec::new(),
            opened: Vec::new(),
            snapshot: Arc::new(Snapshot::demo(0, 0)),
            arranged: None,
            arranged_version: 0,
            choices: Choices::default(),
            camera: Camera::default(),
            area: Vec2::ZERO,
            rect: Vec2::ZERO,
            beside: false,
            fitted: true,
            change: None,
            reading: false,
            closer: None,
            changed: HashMap::new(),
            focused: None,
            selected: Bits::none(0),
            pair: None,
            anchor: None,
            selection_version: 0,
            average: None,
            shares: Shares::default(),
            overlay: Overlay {
                opacity: 60.0,
                ..Overlay::default()
            },
            drag: Drag::Moves,
            frame: None,
            lasso: Vec::new(),
            working: None,
            back: Vec::new(),
            last: (Choices::default(), 0),
            outdated: None,
            network: None,
            laid_out: None,
            looking: None,
            sought: None,
            fields: Fields::default(),
            saved: Vec::new(),
        }
    }
}

impl Collection {
    /// What is to be told of the network that is shown, where it is another one by now.
    #[must_use]
    pub fn outdated(&self) -> Option<String> {
        let shown = self.snapshot.view.as_ref()?;
        let name = self.outdated.as_ref().filter(|name| **name == shown.name)?;
        Some(format!(
            "{name} is another network now. What is shown is what it said and saw before: ask it again."
        ))
    }

    /// One line about a row: its name, what the network says of it, and whether the file is another one by
    /// now.
    #[must_use]
    pub fn about(&self, row: u32) -> String {
        let mut words = super::words::about(&self.snapshot, row);
        if self.changed.contains_key(&row) {
            words.push_str(CHANGED);
        }
        words
    }
}
