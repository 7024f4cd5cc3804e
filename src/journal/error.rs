//! Why the journal could not be written or read. Each message is one line that says what to do.

use std::io;
use std::path::PathBuf;

/// What can go wrong with a journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It could not be read.
    #[error("the journal {} could not be read: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It could not be written; what was to be kept is not in it.
    #[error("nothing could be kept in the journal {}: {source}; make room there or let this user write", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An event that could not be read back as it is: a defect of the caller.
    #[error("a {event:?} cannot be kept in the journal: {why}")]
    Event {
        /// Which event.
        event: String,
        /// What is wrong with it.
        why: String,
    },
}
