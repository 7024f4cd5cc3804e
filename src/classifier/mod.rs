//! A classifier: an ONNX file with its input size, normalisation and labels.

mod differentiable;
mod error;

pub use differentiable::{Differentiable, Gradient, LayerGradient, Target};
pub use error::ClassifierError;
