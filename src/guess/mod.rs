//! Guess what the network sees: paint where you think it looked, in four colours, and be scored.
//!
//! An [`Answer`] is a map cut into four [`Band`]s; a [`Painting`] is the guess; [`score()`] compares
//! them, and a [`Scorer`] keeps the same figures up to date while somebody paints.

mod answer;
mod board;
pub mod brush;
mod error;
mod history;
mod painting;
mod regions;
mod report;
pub mod reveal;
mod score;
mod scorer;
pub mod scores;
pub mod stamp;
mod yardsticks;

pub use answer::Answer;
pub use board::Board;
pub use error::GuessError;
pub use history::{History, LIMIT as HISTORY_LIMIT, Stroke};
pub use painting::{Opened, Painting, TOLERANCE};
pub use regions::{Direction, Regions};
pub use report::{Report, judge};
pub use score::{BandScore, Confusion, FORMULA, RULE, RankSums, Score, score};
pub use scorer::Scorer;
pub use stamp::{Capsule, Stamp};
pub use yardsticks::{Yardsticks, centre_blob, scribbles};

pub use crate::compare::{Band, BandMap, BandShares};
