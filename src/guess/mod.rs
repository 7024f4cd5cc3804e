//! Guess what the network sees: paint where you think it looked, in four colours, and be scored.
//!
//! An [`Answer`] is a map cut into four [`Band`]s; a [`Painting`] is the guess; [`score()`] compares
//! them, and a [`Scorer`] keeps the same figures up to date while somebody paints.

mod answer;
mod board;
mod brightest;
pub mod brush;
pub mod crowd;
mod error;
mod export;
mod flags;
mod grid;
mod history;
mod painting;
pub mod parts;
mod places;
mod regions;
mod report;
pub mod reveal;
mod score;
mod scorer;
pub mod scores;
pub mod stamp;
mod stars;
mod table;
#[cfg(test)]
pub(crate) mod testing;
mod tolerant;
mod yardsticks;

pub use answer::Answer;
pub use board::Board;
pub use brightest::Brightest;
pub use error::GuessError;
pub use export::{EXPORT_FILES, Export, ExportError};
pub use flags::{CENTRED, FASTEST, Flag, MOST_COVERED, flags};
pub use grid::{GRID, PaintingGrid, thinned};
pub use history::{History, LIMIT as HISTORY_LIMIT, Stroke};
pub use painting::{Opened, Painting, TOLERANCE};
pub use places::{Field, Level, Looked, difficulty};
pub use regions::{Direction, Regions};
pub use report::{Report, judge};
pub use score::{BandScore, Confusion, FORMULA, RULE, RankSums, Score, score};
pub use scorer::Scorer;
pub use stamp::{Capsule, Stamp};
pub use stars::{ENOUGH_PEOPLE, Marks, prepare, shifted};
pub use tolerant::{Colours, SIGMA, Tolerant, smoothed};
pub use yardsticks::{Yardsticks, centre_blob, scribbles};

pub use crate::compare::{Band, BandMap, BandShares};
