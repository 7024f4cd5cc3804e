//! Why there is no truth to hold a map against.

use std::path::PathBuf;

use crate::picture::PictureError;

/// Why there is none. Each message is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum TruthError {
    /// A mask could not be opened.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// A file could not be read.
    #[error("{path} could not be read: {source}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file holds something else.
    #[error("{path} holds no annotations that can be read ({why}); give a mask, COCO's JSON or Pascal VOC's XML", path = path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Nothing is said of this picture.
    #[error("{path} says nothing of {picture}{what}", path = path.display())]
    Nothing {
        /// The file or folder.
        path: PathBuf,
        /// The picture.
        picture: String,
        /// What was looked for, with a word before it.
        what: String,
    },
    /// It was made for a picture of another size.
    #[error("{path} is for a picture of {told} pixels, but {picture} has {got}", path = path.display())]
    Size {
        /// The file.
        path: PathBuf,
        /// The picture.
        picture: String,
        /// Width and height that it tells of.
        told: String,
        /// The picture's.
        got: String,
    },
}
