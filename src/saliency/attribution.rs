//! What a method hands back.

use ndarray::Array3;
use serde::{Deserialize, Serialize};

use super::SaliencyMap;

/// The result of a method.
#[derive(Debug, Clone)]
pub struct Attribution {
    /// One value per pixel and channel, `[height, width, channels]`, where the method has them.
    pub pixels: Option<Array3<f32>>,
    /// One value per pixel.
    pub map: SaliencyMap,
    /// How well the attributions add up, for methods that promise they do.
    pub completeness: Option<Completeness>,
    /// Gradients or forward passes that were computed, over all baselines.
    pub steps_used: usize,
    /// The network's logits at the input, where the method came by them.
    pub logits: Option<Vec<f32>>,
    /// Where the time went.
    pub seconds: StageSeconds,
}

/// Attributions of integrated gradients should add up to the difference of the scores at the
/// input and at the baseline (the mean difference over several baselines).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Completeness {
    /// Score of the input minus score of the baseline.
    pub expected: f64,
    /// Sum of the attributions.
    pub got: f64,
    /// `|got - expected| / |expected|`, a share; absolute when the expected value is 0.
    pub error: f64,
}

impl Completeness {
    /// Compares the two sums.
    #[must_use]
    pub fn new(expected: f64, got: f64) -> Self {
        let off = (got - expected).abs();
        let error = if expected == 0.0 {
            off
        } else {
            off / expected.abs()
        };
        Self {
            expected,
            got,
            error,
        }
    }
}

/// Seconds of wall time by stage.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct StageSeconds {
    /// Forward and backward passes.
    pub gradients: f64,
    /// Cutting the picture into regions (XRAI). Runs beside the gradients.
    pub segmentation: f64,
    /// Ranking the regions (XRAI).
    pub ranking: f64,
}
