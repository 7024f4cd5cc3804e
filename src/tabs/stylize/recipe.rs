//! What is made of a shape, and what came out.

use std::sync::Arc;

use image::RgbImage;

use crate::maps::source::Source;
use crate::picture::Picture;
use crate::stylize::corruption::Corruption;

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
