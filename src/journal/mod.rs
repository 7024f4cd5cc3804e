//! The journal: what happened, line by line, for the game, the exhibit and studies.
//!
//! One file a day, only ever added to. A line carries its own check and is on the disk before it is
//! acknowledged, so a power cut costs at most what nobody was told of. Any number of processes may
//! write, one after the other; an end that a cut left torn is cut off by the next who writes, any
//! other line that cannot be read stays where it is and is counted. The machine's clock may be wrong
//! and jump: the journal's own time never runs back ([`Clock`]).
//!
//! A line is one JSON object: `v` 1, `t` the journal's time, `w` the machine's clock where that
//! differs, `m` milliseconds since the writer started, `d` days since 1970 by `t`, `s` session, `n`
//! number in the session from 1 (a gap shows a loss), `e` which [`Event`], then the event's own
//! fields, then `k`: the first six digits of the SHA-256 of all bytes before `,"k"`. What a reader
//! does not know it keeps.

mod clock;
mod disk;
mod entry;
mod error;
mod event;
mod import;
mod line;
mod reader;
mod writer;

pub(crate) use clock::day_number;
pub use clock::{Clock, SystemClock, day_name, timestamp};
pub use entry::{Entry, Event};
pub use error::JournalError;
pub use event::{End, Ended, Gate, Health, Prompt, Round, Session, Stroke, Trial};
pub(crate) use import::LINE as IMPORTED_LINE;
pub use import::import_scores;
pub use reader::{Fault, Follow, Reading, keep_days, read};
pub use writer::{Journal, Receipt};

/// Longest line that is written and read, in bytes.
pub const MAX_LINE: usize = 1 << 20;

#[cfg(test)]
mod tests;
