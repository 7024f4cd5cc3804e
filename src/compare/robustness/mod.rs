//! Which network is robust, and to what: every picture of a folder, every network, every shift.
//!
//! A *shift* is something done to a picture ("fog:3"). For each picture, network and shift there
//! is one [`Row`]: what the network said before and after, and how much its map of the shifted
//! picture agrees with its map of the original. [`analyse`] computes the rows that a [`Journal`]
//! does not have yet, one picture at a time, so a run that was killed goes on where it was; the
//! finished file has the rows in the order of the plan and holds no timings, so it is the same
//! however often a run was broken off. A file that is there already keeps its rows: those of the plan
//! that it lacks come after them.

mod analysis;
mod columnar;
pub(crate) mod csv;
mod dissent;
mod journal;
mod pace;
mod page;
mod report;
mod row;
mod summary;
mod table;
mod truths;
mod workshop;

pub use analysis::{AnalysisError, Lab, Outcome, Plan, Seen, Subject, Watcher, analyse};
pub(crate) use csv::{guarded as csv_text, record as csv_record};
pub use dissent::{Dissent, dissent};
pub use journal::{Journal, JournalError};
pub use pace::Pace;
pub use page::robustness_page;
pub use report::{Report, ReportCell, ReportLine};
pub use row::{Key, Row, RowError};
pub use summary::{Mean, Rank, rank, rank_against};
pub use truths::Truths;
pub use workshop::{Workshop, settings, subjects, textures};
