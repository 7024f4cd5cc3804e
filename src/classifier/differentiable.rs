//! What a saliency method asks of a classifier: scores, and their gradient in the input.
//!
//! Methods see the network's own input as `f32` arrays of shape `[height, width, channels]`, in
//! network units (after normalisation), whatever layout the file uses. That is the form in which
//! the reference implementation (PAIR-code/saliency 0.2.1) works, so figures can be compared.

use ndarray::{Array3, ArrayView3};

use super::ClassifierError;

/// The number that is explained: a weighted sum of logits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// The logit of one class.
    Class(usize),
    /// The logit of `class` minus the logit of `against`: what speaks for one and not the other.
    Contrast {
        /// The class that is explained.
        class: usize,
        /// The class it is held against.
        against: usize,
    },
}

impl Target {
    /// The value of this target at the given `logits`; 0 for a class beyond their end.
    #[must_use]
    pub fn value(self, logits: &[f32]) -> f32 {
        let at = |class: usize| logits.get(class).copied().unwrap_or(0.0);
        match self {
            Self::Class(class) => at(class),
            Self::Contrast { class, against } => at(class) - at(against),
        }
    }
}

/// Logits and the gradient of a [`Target`] at one input.
#[derive(Debug, Clone)]
pub struct Gradient {
    /// One logit per class.
    pub logits: Vec<f32>,
    /// d target / d input, `[height, width, channels]`, per network unit.
    pub input: Array3<f32>,
}

/// A layer's activation and the gradient of a [`Target`] in it, each `[channels, height, width]`.
#[derive(Debug, Clone)]
pub struct LayerGradient {
    /// Name of the layer's output in the graph.
    pub layer: String,
    /// The layer's output.
    pub activation: Array3<f32>,
    /// d target / d activation.
    pub gradient: Array3<f32>,
}

/// The attention of a transformer's blocks, from the picture to the scores.
#[derive(Debug, Clone)]
pub struct Attention {
    /// `[heads, tokens, tokens]` of each block: how much a token (row) took of each other.
    pub blocks: Vec<Array3<f32>>,
    /// So many tokens in front stand for no place; the first of them is the one the scores are
    /// read from.
    pub first: usize,
    /// Rows and columns of places that the tokens after them stand for.
    pub places: [usize; 2],
}

/// A function from a picture in network units to logits, with its derivative. Implemented by
/// ONNX classifiers and, in tests, by functions whose gradients are known in closed form.
///
/// Calls may come from several threads at once.
pub trait Differentiable: Sync {
    /// `[height, width, channels]` of the input.
    fn input_shape(&self) -> [usize; 3];

    /// Number of calls worth making at the same time (worker threads), at least 1.
    fn parallelism(&self) -> usize {
        1
    }

    /// The logits (before any final softmax), one per class.
    ///
    /// # Errors
    /// When the network cannot be run.
    fn logits(&self, input: ArrayView3<'_, f32>) -> Result<Vec<f32>, ClassifierError>;

    /// What the network says of each class, from its logits: probabilities of a softmax, but for
    /// networks whose answers are independent or measured.
    fn probabilities(&self, logits: &[f32]) -> Vec<f32> {
        super::softmax(logits)
    }

    /// The logits and the gradient of `target` in the input.
    ///
    /// # Errors
    /// When the network cannot be run, or holds an operator without a gradient rule.
    fn gradient(
        &self,
        input: ArrayView3<'_, f32>,
        target: Target,
    ) -> Result<Gradient, ClassifierError>;

    /// The activation of a layer and the gradient of `target` in it. `None` asks for the last in
    /// which places of the picture lie side by side.
    ///
    /// # Errors
    /// As [`Self::gradient`], and when there is no such layer or it has no places.
    fn layer_gradient(
        &self,
        input: ArrayView3<'_, f32>,
        target: Target,
        layer: Option<&str>,
    ) -> Result<LayerGradient, ClassifierError>;

    /// What each block of a transformer paid attention to. Networks without attention say so.
    ///
    /// # Errors
    /// When the network cannot be run, or has no attention between places of the picture.
    fn attention(&self, _input: ArrayView3<'_, f32>) -> Result<Attention, ClassifierError> {
        Err(ClassifierError::Layer {
            layer: "attention".to_owned(),
            why: "the network has none between places of the picture".to_owned(),
        })
    }
}
