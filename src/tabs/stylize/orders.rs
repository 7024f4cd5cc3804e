//! What the studio's threads are asked for and what they report.

use std::path::PathBuf;
use std::sync::Arc;

use bevy::prelude::Image;
use image::RgbImage;

use crate::jobs::Slot;
use crate::picture::Picture;
use crate::stylize::corruption::Corruption;

/// A picture by what it is made from; equal when the key is. Cheap to copy.
#[derive(Debug, Clone)]
pub(super) struct Source(Arc<Origin>);

/// What a picture is made from.
#[derive(Debug)]
pub(super) struct Origin {
    /// Its path, or the hash of its pixels.
    pub(super) key: String,
    pub(super) name: String,
    pub(super) alternative: String,
    pub(super) path: Option<PathBuf>,
    /// The pixels where they are in memory.
    pub(super) picture: Option<Arc<Picture>>,
}

impl From<Origin> for Source {
    fn from(origin: Origin) -> Self {
        Self(Arc::new(origin))
    }
}

impl std::ops::Deref for Source {
    type Target = Origin;

    fn deref(&self) -> &Origin {
        &self.0
    }
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

/// A texture for the painting networks.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Ink {
    Picture(Source),
    BuiltIn(usize),
}

impl Ink {
    /// A word that tells it from the others.
    pub(super) fn key(&self) -> String {
        match self {
            Self::Picture(source) => source.key.clone(),
            Self::BuiltIn(style) => format!("built-in:{style}"),
        }
    }
}

/// What is made of the shape, at full strength.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Recipe {
    Paint {
        ink: Ink,
        /// A second texture of the same sort, and its share in percent.
        second: Option<(Ink, u8)>,
    },
    Spoil {
        corruption: Corruption,
        severity: u8,
        seed: u64,
    },
}

/// A restyled picture at full strength, ready to be mixed.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) shape: Source,
    pub(super) recipe: Recipe,
    pub(super) photo: Arc<Picture>,
    pub(super) painting: Arc<RgbImage>,
    /// Photo and painting at the size of the stage; `None` where they are small as they are.
    pub(super) preview: Option<(RgbImage, RgbImage)>,
}

/// What the first thread is asked for: what a person waits for.
pub(super) enum Job {
    /// Open the shape and make its texture.
    Open(Source),
    /// Make a restyled picture.
    Make(Source, Recipe),
    /// Mix at full size.
    Finish {
        made: Arc<Made>,
        percent: u8,
        keep_colours: bool,
        name: String,
        alternative: String,
    },
    /// Open the texture, to ask the network what it sees in it.
    Read(Source),
}

/// What the second thread is asked for: what is nice to have.
pub(super) enum Extra {
    /// Small pictures of the built-in styles.
    Swatches,
    /// Small pictures of every corruption.
    Spoilt {
        of: Arc<RgbImage>,
        key: String,
        severity: u8,
        seed: u64,
    },
    /// The same corruption at another severity, before it is asked for.
    Ahead(Source, Recipe),
}

/// What the threads report.
pub(super) enum News {
    Opened {
        source: Source,
        result: Result<(Arc<Picture>, Image), String>,
    },
    Made {
        shape: Source,
        recipe: Recipe,
        result: Result<Arc<Made>, String>,
    },
    Finished {
        made: Arc<Made>,
        percent: u8,
        keep_colours: bool,
        picture: Arc<Picture>,
        /// Where the preview was smaller.
        texture: Option<Image>,
    },
    Read {
        source: Source,
        picture: Arc<Picture>,
    },
    Swatch {
        style: usize,
        small: RgbImage,
    },
    Spoilt {
        key: String,
        corruption: Corruption,
        small: RgbImage,
    },
    /// A job ended in a defect.
    Defect(Slot),
}

/// Slots of the threads.
pub(super) const OPEN: Slot = Slot(1);
pub(super) const MAKE: Slot = Slot(2);
pub(super) const FINISH: Slot = Slot(3);
pub(super) const READ: Slot = Slot(4);
pub(super) const SWATCHES: Slot = Slot(10);
pub(super) const SPOILT: Slot = Slot(11);
/// Plus the severity.
pub(super) const AHEAD: u64 = 20;
