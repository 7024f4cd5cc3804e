//! Why a picture could not be changed.

use std::path::PathBuf;

use crate::classifier::ClassifierError;
use crate::files::OutputError;
use crate::picture::PictureError;
use crate::saliency::{ExplainError, SaliencyError};

/// Why there is no answer. Each message is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum WhatIfError {
    /// The network could not be run.
    #[error(transparent)]
    Classifier(#[from] ClassifierError),
    /// A map could not be computed, or the work was cancelled.
    #[error(transparent)]
    Saliency(#[from] SaliencyError),
    /// As above.
    #[error(transparent)]
    Explain(#[from] ExplainError),
    /// A mask or a texture could not be opened.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The result was not written where it was asked for.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A file of the result could not be written.
    #[error("{path}: {why}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What happened.
        why: String,
    },
    /// A mask of neither size.
    #[error(
        "the mask is {got} pixels; make it as large as the picture ({picture}) or as what the network sees ({seen})"
    )]
    MaskSize {
        /// Its width and height.
        got: String,
        /// The picture's.
        picture: String,
        /// The network's.
        seen: String,
    },
    /// Nothing is to be changed.
    #[error("{0} changes nothing: {1}")]
    Nothing(&'static str, &'static str),
    /// A map without a most important part.
    #[error("{0}, so there is no top part to take away; choose another method or layer, or a mask")]
    BlankMap(&'static str),
    /// A setting outside of its range.
    #[error("{setting} is {got}, but must be {must_be}")]
    Setting {
        /// As the user knows it.
        setting: &'static str,
        /// What was given.
        got: String,
        /// The range.
        must_be: String,
    },
    /// A network that has no other answer to give.
    #[error(
        "this network gives one measured value, so it has no other answer to change to; take a part away with --mask, --top or --rectangle and read the value"
    )]
    OneAnswer,
    /// The class does not exist.
    #[error("there is no class {class}; the network has classes 0 to {last}", last = .classes.saturating_sub(1))]
    NoSuchClass {
        /// What was asked for.
        class: usize,
        /// How many there are.
        classes: usize,
    },
}

impl WhatIfError {
    /// True when the work ended because nobody wants the result any more, which is no failure.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        match self {
            Self::Saliency(error) => error.is_cancelled(),
            Self::Explain(error) => error.is_cancelled(),
            Self::Classifier(ClassifierError::Cancelled(_)) => true,
            _ => false,
        }
    }
}
