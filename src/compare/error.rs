//! Why maps could not be compared. Each message is one line that says what to do.

use std::path::PathBuf;

use crate::npy::NpyError;

/// What can go wrong between two files and the figures that compare them.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// A map holds a value that is no number; nothing can be ranked or averaged with it.
    #[error(
        "{name} holds {value} at row {row}, column {column}: a map's values must be finite numbers"
    )]
    NotFinite {
        /// What the map is called, usually its path.
        name: String,
        /// The value: not a number, or an infinity.
        value: f32,
        /// Row of the first such value, counted from 0 at the top.
        row: usize,
        /// Column of the first such value, counted from 0 at the left.
        column: usize,
    },
    /// More memory than one piece of work may take.
    #[error(transparent)]
    Memory(#[from] crate::memory::TooMuchMemory),
    /// A map without pixels.
    #[error("{name} holds no pixels: a map needs at least one row and one column")]
    Empty {
        /// What the map is called, usually its path.
        name: String,
    },
    /// Two coloured maps of different sizes.
    #[error("the two differ in size ({a_width} x {a_height} and {b_width} x {b_height} pixels)")]
    SizesDiffer {
        /// Width of the first, in pixels.
        a_width: usize,
        /// Height of the first, in pixels.
        a_height: usize,
        /// Width of the second, in pixels.
        b_width: usize,
        /// Height of the second, in pixels.
        b_height: usize,
    },
    /// The common size of two maps is beyond what is sensible to hold in memory.
    #[error(
        "a common size of {width} x {height} pixels is too large (at most {limit} pixels): compare maps of similar shape"
    )]
    TooLarge {
        /// Width of the common size, in pixels.
        width: usize,
        /// Height of the common size, in pixels.
        height: usize,
        /// The largest number of pixels allowed.
        limit: usize,
    },
    /// No map at all was given.
    #[error("there is nothing to average: name at least one map")]
    NothingToAverage,
    /// The share of the map called its top is out of range.
    #[error("the top share must be above 0 and at most 100 %, not {0} %")]
    TopShare(f64),
    /// The number of colours asked for is out of range.
    #[error("the number of colours must be from {min} to {max}, not {got}", min = super::MIN_COLOURS, max = super::MAX_COLOURS)]
    ColourCount {
        /// The number asked for.
        got: usize,
    },
    /// The shares of the four bands are no shares of one picture.
    #[error(
        "the shares of the four bands must be four percentages above 0 that add up to at most 100, such as 0.98,3.21,7.25,14.87, not {0}"
    )]
    BandShares(String),
    /// The bands of a map that has one value everywhere.
    #[error("{name} has the same value everywhere: no part of it matters more than another")]
    Constant {
        /// What the map is called, usually its path.
        name: String,
    },
    /// A map's file could not be read.
    #[error(transparent)]
    Npy(#[from] NpyError),
    /// An explanation's file could not be read, or is none.
    #[error("{path}: {why}", path = path.display())]
    Explanation {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A result was not written where it was asked for.
    #[error(transparent)]
    Output(#[from] crate::files::OutputError),
    /// A result could not be written.
    #[error("{path} could not be written: {source}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}
