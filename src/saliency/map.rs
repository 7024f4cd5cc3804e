//! A saliency map: one number per pixel.

use ndarray::Array2;

/// `[height, width]`, one value per pixel of the network's input; higher means more important to
/// the class. Values may be negative (evidence against the class) and are not scaled.
#[derive(Debug, Clone, PartialEq)]
pub struct SaliencyMap {
    /// The values, row by row from the top.
    pub values: Array2<f32>,
}
