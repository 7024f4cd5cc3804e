//! What the tab knows: plain data, drawn by the panels and changed by the systems.

use std::sync::Arc;

use bevy::prelude::Resource;

use crate::classifier::Prediction;
use crate::compare::shape_bias::{CueClass, Tally};
use crate::stylize::corruption::Corruption;
use crate::ui::commands::Command;
use crate::ui::widgets::{Overlay, Progress};

/// How a picture is made that the network has never seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Painted in the texture of another picture.
    Texture,
    /// Spoilt, as weather, lenses and files do it.
    Corruption,
}

/// Where a texture comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Texture {
    /// A picture: its index in the library.
    Picture(usize),
    /// One of the styles built into the network.
    BuiltIn(usize),
}

/// One of the two things a person chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The picture whose outlines are kept.
    Shape,
    /// The picture whose surface is taken.
    Texture,
}

/// Which of the 16 classes a picture belongs to, and who says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Cue {
    /// Nobody has said: what the network sees in it counts.
    #[default]
    Guess,
    /// The person says: this one, or none of them.
    Said(Option<CueClass>),
}

/// How far making the restyled picture is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Making {
    /// Nothing is being made.
    Idle,
    /// In words what is being made; the old picture stays.
    Working(String),
    /// It failed: what happened and what to do.
    Failed(String),
}

/// How far the explanation of one of the two pictures is.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Explaining {
    /// There is nothing to explain yet.
    #[default]
    Nothing,
    /// Work runs; the old map stays.
    Working(Progress),
    /// The map belongs to what is shown.
    Done,
    /// It was stopped.
    Cancelled,
    /// It failed: what happened and what to do.
    Failed(String),
}

/// What is known of one of the two pictures.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shown {
    /// What it is, in a few words; empty while there is none.
    pub name: String,
    /// Alternative text.
    pub alternative: String,
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// How far its explanation is.
    pub explaining: Explaining,
    /// The surest answers, best first.
    pub answers: Arc<[Prediction]>,
    /// How probable the network finds each class.
    pub probabilities: Arc<[f32]>,
    /// The class that its map explains.
    pub explained: Option<Prediction>,
    /// Lowest and highest value of its map.
    pub range: Option<[f32; 2]>,
}

/// The tab's state.
#[derive(Debug, Clone, PartialEq, Resource)]
pub struct Stylize {
    /// How the picture is made.
    pub way: Way,
    /// The shape: its index in the library.
    pub shape: Option<usize>,
    /// The texture.
    pub texture: Option<Texture>,
    /// A second texture that is blended in.
    pub second: Option<Texture>,
    /// How much of the second texture, 0 to 100 percent.
    pub share: f32,
    /// How much of the painting, 0 to 100 percent.
    pub strength: f32,
    /// Takes only light and dark from the painting.
    pub keep_colours: bool,
    /// The corruption.
    pub corruption: Corruption,
    /// Its severity, 1 to 5.
    pub severity: f32,
    /// Where its chance starts.
    pub seed: f32,
    /// What a picture becomes that is opened, dropped or pasted.
    pub adding: Part,
    /// True while both pictures share one place, parted by a line.
    pub wipe: bool,
    /// Where that line is, 0 to 100 percent of the width.
    pub divider: f32,
    /// How the maps lie over the pictures.
    pub overlay: Overlay,
    /// How far the restyled picture is.
    pub making: Making,
    /// The picture as it was.
    pub before: Shown,
    /// The restyled picture.
    pub after: Shown,
    /// Name of the restyled picture that is on screen, empty while there is none: ahead of that in
    /// `after`, which comes with the full size.
    pub after_name: String,
    /// True while both maps are about the class a person chose; else each is about its own best.
    pub class_chosen: bool,
    /// What the texture is of the 16.
    pub texture_cue: Cue,
    /// What the shape is of the 16.
    pub shape_cue: Cue,
    /// What the network sees in the texture alone, best first.
    pub texture_answers: Arc<[Prediction]>,
    /// The verdicts of this session for the chosen network.
    pub tally: Tally,
}

impl Default for Stylize {
    fn default() -> Self {
        Self {
            way: Way::Texture,
            shape: None,
            texture: None,
            second: None,
            share: 50.0,
            strength: 100.0,
            keep_colours: false,
            corruption: Corruption::Fog,
            severity: 3.0,
            seed: 0.0,
            adding: Part::Shape,
            wipe: false,
            divider: 50.0,
            overlay: Overlay::default(),
            making: Making::Idle,
            before: Shown::default(),
            after: Shown::default(),
            after_name: String::new(),
            class_chosen: false,
            texture_cue: Cue::Guess,
            shape_cue: Cue::Guess,
            texture_answers: Arc::default(),
            tally: Tally::default(),
        }
    }
}

impl Stylize {
    /// True while anything runs that a person may stop.
    #[must_use]
    pub fn working(&self) -> bool {
        let explains = |shown: &Shown| matches!(shown.explaining, Explaining::Working(_));
        matches!(self.making, Making::Working(_)) || explains(&self.before) || explains(&self.after)
    }

    /// Severity as the library counts it.
    #[must_use]
    pub fn severity(&self) -> u8 {
        (self.severity.round() as u8).clamp(1, 5)
    }

    /// The strength that is mixed, in whole percent; corruptions have none.
    #[must_use]
    pub fn percent(&self) -> u8 {
        match self.way {
            Way::Texture => (self.strength.round() as u8).min(100),
            Way::Corruption => 100,
        }
    }
}

/// What a person asked for in one of the panels.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// Take this picture of the library as shape.
    Shape(usize),
    /// Take this texture.
    Texture(Texture),
    /// Take this corruption.
    Corruption(Corruption),
    /// Ask for a picture file, or take the clipboard's, for this part.
    Add(Part, Command),
    /// Take this picture out of the list.
    Remove(usize),
    /// Explain this class on both pictures.
    Explain(usize),
    /// Explain each picture's own best guess.
    ExplainBest,
    /// Show both in Similarity.
    Compare,
    /// Begin the tally anew.
    ClearTally,
    /// A command.
    Do(Command),
}

/// What the panels asked for in this frame.
pub type Asks = crate::tabs::Actions<Ask>;
