//! What the tab knows of two maps: plain data, drawn by the panels and changed by the systems.

use bevy::prelude::{Resource, Vec2};

use super::average::AverageState;
use crate::classifier::Prediction;
use crate::compare::{BandAgreement, DEFAULT_COLOURS, Prepared, Similarity, TopColour};
use crate::saliency::colormap::Scale;
use crate::saliency::{ClassChoice, Method, Request};
use crate::ui::Tab;
use crate::ui::commands::Command;
use crate::ui::widgets::{Overlay, Progress};

/// One of the two that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Which {
    /// The left one.
    A,
    /// The right one.
    B,
}

impl Which {
    /// Both.
    pub const ALL: [Self; 2] = [Self::A, Self::B];

    /// Its letter.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
        }
    }

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// Its place in pairs, 0 or 1.
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }
}

/// What the tab shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum View {
    /// Two maps, beside each other.
    #[default]
    TwoMaps,
    /// The average of many.
    Average,
}

/// How the two pictures lie on the stage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Arrangement {
    /// Side by side.
    #[default]
    Beside,
    /// One at a time in the same place.
    Flip(Which),
    /// Both in one place, parted by a line.
    Wipe,
}

/// What one of the two is doing.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Status {
    /// Nothing is chosen.
    #[default]
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
    /// The person stopped the work; the old result stays.
    Stopped,
    /// Work failed: what happened and what to do.
    Failed(String),
}

impl Status {
    /// Work of no known length.
    pub(super) fn working(what: &str) -> Self {
        Self::Working {
            what: what.to_owned(),
            progress: Progress::Running,
        }
    }

    /// True while work runs.
    #[must_use]
    pub fn is_working(&self) -> bool {
        matches!(self, Self::Working { .. })
    }
}

/// One of the two: what its map is of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SideState {
    /// What the picture, or the map's file, is called.
    pub name: String,
    /// What is on the stage, for who cannot see it.
    pub alternative: String,
    /// Its number in the library, where the picture is from there.
    pub item: Option<u64>,
    /// True where the map was read from a file: there is no network to ask.
    pub from_file: bool,
    /// Identifier or path of the network.
    pub model: String,
    /// Class, method and settings.
    pub request: Request,
    /// The network's surest answers for this picture.
    pub answers: Vec<Prediction>,
    /// The class that is explained, once the network has answered.
    pub explained: Option<Prediction>,
    /// What it is doing.
    pub status: Status,
    /// The lowest and the highest value of its map.
    pub range: Option<Scale>,
}

/// What a person changes in B to compare it with A.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// Another class of the same picture.
    Answer,
    /// Another way to compute the map.
    Method,
    /// Another network.
    Network,
    /// Another picture.
    Picture,
    /// The same picture painted in a texture.
    Texture,
    /// The same picture spoiled, as by fog.
    Corruption,
}

impl Difference {
    /// All of them, in the order of the buttons.
    pub const ALL: [Self; 6] = [
        Self::Answer,
        Self::Method,
        Self::Network,
        Self::Picture,
        Self::Texture,
        Self::Corruption,
    ];

    /// The words on its button.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Answer => "Answer",
            Self::Method => "Method",
            Self::Network => "Network",
            Self::Picture => "Picture",
            Self::Texture => "Texture",
            Self::Corruption => "Corruption",
        }
    }

    /// What it does, for a tooltip.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            Self::Answer => {
                "B becomes A with another answer explained. Press again for the next one."
            }
            Self::Method => {
                "B becomes A with the map computed in another way. Press again for the next one."
            }
            Self::Network => "B becomes A seen by another network. Press again for the next one.",
            Self::Picture => "B becomes another picture. Press again for the next one.",
            Self::Texture => {
                "B becomes the picture of A painted in a texture. Press again for the next one."
            }
            Self::Corruption => {
                "B becomes the picture of A in fog, noise or blur. Press again for the next one."
            }
        }
    }
}

/// How many pixels agree at the delta that is set.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Agreement {
    /// The share of all pixels, 0 to 1.
    pub share: f64,
    /// By the bands of A; empty when its map has none.
    pub bands: Vec<BandAgreement>,
}

impl Agreement {
    /// Of two maps at a delta; `None` where they have no pixels.
    pub(super) fn of(prepared: &Prepared, delta: u8, by_value: bool) -> Option<Self> {
        let counts = prepared.agreement(delta, by_value).ok()?;
        Some(Self {
            share: counts.all.share()?,
            bands: prepared.by_band(&counts),
        })
    }
}

/// The charts that show top colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Chart {
    /// Two pies, as in the paper.
    #[default]
    Pies,
    /// Bars, which are easier to compare.
    Bars,
}

/// Figures that take longer than a frame; the old ones stay until the new ones are there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// How alike the two maps are.
    pub similarity: Option<Similarity>,
    /// The top colours of both.
    pub colours: Option<[Vec<TopColour>; 2]>,
    /// What to know before reading the figures.
    pub notes: Vec<String>,
    /// Why there are none.
    pub problem: Option<String>,
}

/// What both maps hold at one place.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Reading {
    /// The place in each picture, in its fractions.
    pub places: [Option<Vec2>; 2],
    /// The value of each map there; none outside of what the network saw.
    pub values: [Option<f32>; 2],
}

/// The tab's state.
#[derive(Debug, Clone, PartialEq, Resource)]
pub struct SimilarityState {
    /// Two maps, or the average of many.
    pub view: View,
    /// The versions and their average; its original is A.
    pub average: AverageState,
    /// A and B.
    pub sides: [SideState; 2],
    /// How they lie on the stage.
    pub arrangement: Arrangement,
    /// Where the wipe's line is, 0 to 100 % of the stage.
    pub wipe: f32,
    /// How the maps lie over the pictures.
    pub overlay: Overlay,
    /// One scale for both maps instead of each its own.
    pub shared_scale: bool,
    /// Compare values instead of colours.
    pub by_value: bool,
    /// How far two pixels may differ and still agree, 0 to 255.
    pub delta: f32,
    /// How many agree; none until both maps are there.
    pub agreement: Option<Agreement>,
    /// The share of pixels that `IoU` and Dice call the top, 1 to 100 %.
    pub top: f32,
    /// Number of top colours, 2 to 10.
    pub colours: f32,
    /// How they are shown.
    pub chart: Chart,
    /// The slower figures.
    pub figures: Figures,
    /// True while the figures are not those of the two maps that are chosen: nothing is said then.
    pub stale: bool,
    /// The pane and place (picture fractions) under the pointer.
    pub pointed: Option<(Which, Vec2)>,
    /// The tab that somebody came from, to which Back leads.
    pub way_back: Option<Tab>,
}

impl Default for SimilarityState {
    fn default() -> Self {
        Self {
            view: View::default(),
            average: AverageState::default(),
            sides: [SideState::default(), SideState::default()],
            arrangement: Arrangement::Beside,
            wipe: 50.0,
            overlay: Overlay {
                opacity: 60.0,
                ..Overlay::default()
            },
            shared_scale: false,
            by_value: false,
            delta: 10.0,
            agreement: None,
            top: 10.0,
            colours: DEFAULT_COLOURS as f32,
            chart: Chart::Pies,
            figures: Figures::default(),
            stale: false,
            pointed: None,
            way_back: None,
        }
    }
}

impl SimilarityState {
    /// One of the two.
    #[must_use]
    pub fn side(&self, which: Which) -> &SideState {
        &self.sides[which.index()]
    }

    /// One of the two, to change it.
    pub fn side_mut(&mut self, which: Which) -> &mut SideState {
        &mut self.sides[which.index()]
    }

    /// Delta as the comparison takes it.
    #[must_use]
    pub fn delta(&self) -> u8 {
        self.delta.round().clamp(0.0, 255.0) as u8
    }

    /// The number of top colours as the comparison takes it.
    #[must_use]
    pub fn colours(&self) -> usize {
        use crate::compare::{MAX_COLOURS, MIN_COLOURS};
        (self.colours.round() as usize).clamp(MIN_COLOURS, MAX_COLOURS)
    }

    /// The top share, 0.01 to 1.
    #[must_use]
    pub fn top_share(&self) -> f64 {
        (f64::from(self.top) / 100.0).clamp(0.01, 1.0)
    }

    /// True while work of either side runs.
    #[must_use]
    pub fn working(&self) -> bool {
        self.sides.iter().any(|side| side.status.is_working())
    }
}

/// What a person asked for in one of the panels.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// Take this picture of the library.
    Picture(Which, usize),
    /// Explain this class.
    Class(Which, ClassChoice),
    /// Open a file for this side.
    Open(Which),
    /// Open files to average.
    AddFiles,
    /// Ask this network, by its place in the list.
    Model(Which, usize),
    /// Compute the map in this way.
    Method(Which, Method),
    /// Make B from A.
    Differ(Difference),
    /// B becomes A and A becomes B.
    Swap,
    /// A command.
    Do(Command),
}
