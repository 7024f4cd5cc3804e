//! What can go wrong with an index.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::classifier::ClassifierError;

/// Why an index could not be made, read or written. Each message is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum CollectionError {
    /// The system refused.
    #[error("{path}: {source}{}", what_to_do(source), path = path.display())]
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
    /// An index, and none that this program can read.
    #[error(
        "{path} is an index of version {theirs}, and this program reads version {ours}: \
         use the program that made it, or make another index in a new folder",
        path = path.display()
    )]
    OtherVersion {
        /// The folder.
        path: PathBuf,
        /// Its version.
        theirs: u32,
        /// That of this program.
        ours: u32,
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

/// What a person can do about it, after what the system says.
fn what_to_do(source: &std::io::Error) -> &'static str {
    match source.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "; make room on that disk and run it again: what is finished stays"
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "; name a folder in which you may write"
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_with_what_to_do() {
        let error = CollectionError::io(Path::new("index/rows.pack"));
        let words = error(ErrorKind::StorageFull.into()).to_string();
        assert!(words.starts_with("index/rows.pack: "), "{words}");
        assert!(
            words.contains("make room") && !words.contains('\n'),
            "{words}"
        );
    }
}
