//! What can go wrong with an index.

use std::path::{Path, PathBuf};

use crate::classifier::ClassifierError;

/// Why an index could not be made, read or written. Each message is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum CollectionError {
    /// The system refused.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The folder is none of ours.
    #[error("{path} is not an index ({why}): name a folder that `saliscope index` made", path = path.display())]
    NotAnIndex {
        /// The folder.
        path: PathBuf,
        /// What gave it away.
        why: String,
    },
    /// A folder that holds something else, where an index was to be made.
    #[error("{path} holds something else than an index: name an empty or a new folder", path = .0.display())]
    Foreign(PathBuf),
    /// A part of the index cannot be used.
    #[error("{path} is damaged ({why}): delete this file, what it held is computed again", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A saved selection cannot be used.
    #[error("{path} is damaged: this saved selection is lost; take it from a copy, or save it again", path = .0.display())]
    Selection(PathBuf),
    /// Another run writes it.
    #[error("{path} is being written by another run: wait for it, or stop it", path = .0.display())]
    Busy(PathBuf),
    /// The pictures cannot be found.
    #[error("{path}: {why}", path = path.display())]
    Source {
        /// The folder, list or archive.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A network could not be opened or run.
    #[error(transparent)]
    Classifier(#[from] ClassifierError),
    /// What was asked for contradicts itself or what is there.
    #[error("{0}")]
    Asked(String),
}

impl CollectionError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}
