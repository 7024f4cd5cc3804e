//! What can go wrong between a texture and a painted picture.

use std::path::PathBuf;

use crate::classifier::{ClassifierError, RuntimeError};
use crate::memory::TooMuchMemory;

/// Why a picture could not be restyled. One line each.
#[derive(Debug, thiserror::Error)]
pub enum StyleError {
    /// A style network is not there.
    #[error(
        "the style networks are not installed ({} is missing); run: python3 models/install.py",
        path.display()
    )]
    NotInstalled {
        /// The file that is missing.
        path: PathBuf,
    },
    /// A style network cannot be read.
    #[error("{} could not be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The picture or texture has no pixels.
    #[error("the picture is empty: choose one of at least 1 x 1 pixel")]
    Empty,
    /// The picture is too large to be painted.
    #[error(transparent)]
    Memory(#[from] TooMuchMemory),
    /// Weights of the built-in styles that make no sense.
    #[error("weights of the 26 styles must be 0 or more, and not all 0")]
    Weights,
    /// ONNX Runtime is missing or unusable.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The network failed.
    #[error(transparent)]
    Network(#[from] ClassifierError),
    /// The caller cancelled.
    #[error(transparent)]
    Cancelled(#[from] crate::progress::Cancelled),
}
