//! Why an exhibit could not be made, prepared or opened. Each message is one line that says what to do.

use std::io;
use std::path::PathBuf;

use super::fault::Fault;
use crate::classifier::ClassifierError;
use crate::files::OutputError;
use crate::guess::GuessError;
use crate::journal::JournalError;
use crate::picture::PictureError;
use crate::saliency::ExplainError;
use crate::stylize::style::StyleError;

/// What can go wrong with an exhibit.
#[derive(Debug, thiserror::Error)]
pub enum ExhibitError {
    /// A file or folder.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder is in use for something else.
    #[error("{} is there and is not empty: name a new folder", .0.display())]
    NotEmpty(PathBuf),
    /// Faults that must be mended first.
    #[error("{} faults, the first: {first}; see all: saliscope exhibit check {}", count, folder.display())]
    Faults {
        /// The exhibit.
        folder: PathBuf,
        /// How many.
        count: usize,
        /// The first.
        first: Box<Fault>,
    },
    /// Nothing is prepared.
    #[error("{} is not prepared: run saliscope exhibit bake {}", .0.display(), .0.display())]
    NotBaked(PathBuf),
    /// A PIN.
    #[error("{0}")]
    Pin(String),
    /// A card.
    #[error("the card cannot be made: {0}")]
    Card(String),
    /// A picture.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// A network.
    #[error(transparent)]
    Classifier(#[from] ClassifierError),
    /// A map.
    #[error(transparent)]
    Explain(#[from] ExplainError),
    /// An answer.
    #[error(transparent)]
    Guess(#[from] GuessError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A picture in another skin.
    #[error(transparent)]
    Style(#[from] StyleError),
    /// A result.
    #[error(transparent)]
    Output(#[from] OutputError),
}
