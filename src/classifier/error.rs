//! What can go wrong between a file and its scores.

use std::path::PathBuf;

/// Why a classifier could not be opened or run. Each message is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ClassifierError {
    /// ONNX Runtime refused or failed while running.
    #[error("the network could not be run: {0}")]
    Run(String),
    /// The layer asked for does not exist or has no spatial extent.
    #[error("layer {layer:?} cannot be used: {why}")]
    Layer {
        /// The layer that was asked for.
        layer: String,
        /// What is wrong with it.
        why: String,
    },
    /// A setting of a model, in the catalog, a file beside it or on the command line.
    #[error("{model}: {why}")]
    Settings {
        /// The model or the file that says so.
        model: String,
        /// What is wrong.
        why: String,
    },
    /// A file of labels that cannot be used.
    #[error("labels {path}: {why}", path = path.display())]
    Labels {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Neither an id nor a file.
    #[error("there is no model or file called {reference:?}; known models: {known}")]
    UnknownModel {
        /// What was asked for.
        reference: String,
        /// The ids there are.
        known: String,
    },
    /// Known, but its file is not there.
    #[error(
        "{id} is not installed ({path} is missing); run: python3 models/install.py",
        path = path.display()
    )]
    NotInstalled {
        /// The model.
        id: String,
        /// The file that is missing.
        path: PathBuf,
    },
    /// ONNX Runtime is missing or unusable.
    #[error(transparent)]
    Runtime(#[from] super::RuntimeError),
    /// The file is not a network that can be read.
    #[error(transparent)]
    Onnx(#[from] crate::onnx::OnnxError),
    /// The network cannot be differentiated.
    #[error(transparent)]
    Autodiff(#[from] crate::autodiff::AutodiffError),
    /// Another process of this program tried the network, and this is what it said.
    #[error("{0}")]
    Tried(String),
    /// The scores of a picture are not numbers.
    #[error(
        "{}: its scores are not all numbers ({scores}): the file is damaged, or it needs another normalisation",
        path.display()
    )]
    NotFinite {
        /// The network's file.
        path: PathBuf,
        /// How many of which.
        scores: String,
    },
    /// A file that is not the one that was installed.
    #[error("{}: {why}", path.display())]
    Altered {
        /// The file.
        path: PathBuf,
        /// What to do.
        why: String,
    },
    /// A network, but not a picture classifier that can be used.
    #[error("{}: {why}", path.display())]
    Unsuitable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A picture of another shape than the network takes.
    #[error("the network takes pictures of shape {expected:?}, not {given:?}")]
    InputShape {
        /// The shape it takes.
        expected: Vec<i64>,
        /// The shape that was given.
        given: Vec<i64>,
    },
    /// A batch or its targets that do not go together.
    #[error("{0}")]
    Input(String),
    /// A class that the network does not have.
    #[error("there is no class {class}; the network has {classes}, numbered from 0")]
    Class {
        /// The class that was asked for.
        class: usize,
        /// The number of classes.
        classes: usize,
    },
    /// More memory than one piece of work may take.
    #[error(transparent)]
    Memory(#[from] crate::memory::TooMuchMemory),
    /// The caller cancelled.
    #[error(transparent)]
    Cancelled(#[from] crate::progress::Cancelled),
}

impl ClassifierError {
    /// Names the file where the message does not yet.
    pub(super) fn refused(self, path: &std::path::Path) -> Self {
        use crate::onnx::OnnxError;
        let why = match self {
            Self::Run(why) => format!("ONNX Runtime refuses it: {why}"),
            Self::Onnx(
                named @ (OnnxError::Io { .. } | OnnxError::Empty(_) | OnnxError::TooLarge { .. }),
            ) => return Self::Onnx(named),
            Self::Onnx(error) => error.to_string(),
            other => return other,
        };
        Self::Unsuitable {
            path: path.to_owned(),
            why,
        }
    }
}
