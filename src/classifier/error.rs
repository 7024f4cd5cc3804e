//! What can go wrong between a file and its scores.

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
    /// The caller cancelled.
    #[error(transparent)]
    Cancelled(#[from] crate::progress::Cancelled),
}
