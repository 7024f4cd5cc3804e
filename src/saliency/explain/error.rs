//! Why there is no explanation.

use crate::classifier::ClassifierError;
use crate::npy::NpyError;
use crate::saliency::SaliencyError;

/// Why there is no explanation. Each message is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The method failed or was cancelled.
    #[error(transparent)]
    Saliency(#[from] SaliencyError),
    /// The network could not be run.
    #[error(transparent)]
    Classifier(#[from] ClassifierError),
    /// The class does not exist.
    #[error("there is no class {class}; the network has classes 0 to {last}", last = .classes.saturating_sub(1))]
    NoSuchClass {
        /// What was asked for.
        class: usize,
        /// How many there are.
        classes: usize,
    },
    /// A result could not be written or read.
    #[error(transparent)]
    Npy(#[from] NpyError),
    /// A result was not written where it was asked for.
    #[error(transparent)]
    Output(#[from] crate::files::OutputError),
    /// A result could not be written or read.
    #[error("{path}: {why}", path = path.display())]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// What happened.
        why: String,
    },
}

impl ExplainError {
    /// True when the work ended because nobody wants the result any more, which is no failure.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        match self {
            Self::Saliency(error) => error.is_cancelled(),
            Self::Classifier(ClassifierError::Cancelled(_)) => true,
            _ => false,
        }
    }
}
