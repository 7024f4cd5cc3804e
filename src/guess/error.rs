//! Why a guess could not be scored. Each message is one line that says what to do.

use std::path::PathBuf;

use crate::compare::CompareError;

/// What can go wrong between a painting, a map and a score.
#[derive(Debug, thiserror::Error)]
pub enum GuessError {
    /// The map cannot be read or cut into bands.
    #[error(transparent)]
    Map(#[from] CompareError),
    /// No pixel of the map falls in a band.
    #[error("the map has too few pixels for bands this small: give the bands larger shares")]
    NoBands,
    /// Every pixel of the map falls in a band.
    #[error(
        "the four shares leave no part of the picture unmarked: make their sum less than 100 %"
    )]
    NoRest,
    /// A picture without pixels, or with too many, has no regions.
    #[error("a picture of {width} x {height} pixels cannot be cut into regions to tap")]
    NoRegions {
        /// Width of the picture.
        width: usize,
        /// Height of the picture.
        height: usize,
    },
    /// The painting's file could not be opened or is no picture.
    #[error("{path}: {why}", path = path.display())]
    Painting {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The painting has another shape than the answer.
    #[error(
        "the painting is {width} x {height} pixels and the map {map_width} x {map_height}: paint on the part of the picture that the network saw"
    )]
    Shape {
        /// Width of the painting.
        width: usize,
        /// Height of the painting.
        height: usize,
        /// Width of the map.
        map_width: usize,
        /// Height of the map.
        map_height: usize,
    },
    /// The painting has paint, but none in the four colours.
    #[error(
        "the painting holds none of the four colours (#ffda2e, #f3781e, #bb0f44, #5b0b67): paint with those and leave the rest transparent"
    )]
    NoColours,
}
