//! A classifier: an ONNX file with its input size, normalisation and labels.

mod catalog;
mod differentiable;
mod error;
mod labels;
mod preprocess;
mod spec;

pub use catalog::{Catalog, LabelsEntry, PictureEntry, PictureKind, StyleEntry};
pub use differentiable::{Differentiable, Gradient, LayerGradient, Target};
pub use error::ClassifierError;
pub use labels::Labels;
pub use preprocess::Preprocessed;
pub use spec::{Channels, InputSize, MAX_INPUT_SIDE, ModelEntry, ModelOverrides, ModelSpec};
