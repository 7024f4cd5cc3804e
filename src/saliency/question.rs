//! What every method is asked.

use std::time::Instant;

use ndarray::{Array3, ArrayView3};

use super::SaliencyError;
use crate::classifier::{Differentiable, Gradient, Target};

/// Most pixels that all runs of a network for one map may see together. The reference's occlusion of
/// 384 x 384 pixels by single steps is just below it, and takes hours.
const MOST_PIXELS: u64 = 25_000_000_000;

/// Why does this classifier give this score to this input?
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The classifier.
    pub network: &'a dyn Differentiable,
    /// Its input, `[height, width, channels]` in network units.
    pub input: ArrayView3<'a, f32>,
    /// The score to explain.
    pub target: Target,
}

impl<'a> Question<'a> {
    /// Checks that the input fits the network and holds numbers only.
    ///
    /// # Errors
    /// When it does not.
    pub fn new(
        network: &'a dyn Differentiable,
        input: ArrayView3<'a, f32>,
        target: Target,
    ) -> Result<Self, SaliencyError> {
        let (height, width, channels) = input.dim();
        let (expected, got) = (network.input_shape(), [height, width, channels]);
        if expected != got || got.contains(&0) {
            return Err(SaliencyError::InputShape { expected, got });
        }
        check_finite(input, "the input")?;
        Ok(Self {
            network,
            input,
            target,
        })
    }

    /// Refuses so many `runs` of the network that nobody lives to see the map; `fewer` says how to
    /// ask for less.
    pub(super) fn limit_runs(&self, runs: usize, fewer: &'static str) -> Result<(), SaliencyError> {
        let (height, width, _) = self.input.dim();
        let most = MOST_PIXELS / (height as u64 * width as u64).max(1);
        if runs as u64 <= most {
            return Ok(());
        }
        Err(SaliencyError::TooManyRuns {
            runs,
            size: [height, width],
            most,
            fewer,
        })
    }

    /// The score of `input` under this target.
    pub(super) fn score(&self, input: ArrayView3<'_, f32>) -> Result<f64, SaliencyError> {
        let logits = self.network.logits(input)?;
        Ok(f64::from(self.target.value(&logits)))
    }

    /// Score and gradient at `input`; an error where the gradient is not a number.
    pub(super) fn gradient(
        &self,
        input: ArrayView3<'_, f32>,
    ) -> Result<(f64, Array3<f32>), SaliencyError> {
        let Gradient { logits, input } = self.gradient_and_logits(input)?;
        Ok((f64::from(self.target.value(&logits)), input))
    }

    /// Logits and gradient at `input`; an error where the gradient is not a number.
    pub(super) fn gradient_and_logits(
        &self,
        input: ArrayView3<'_, f32>,
    ) -> Result<Gradient, SaliencyError> {
        let gradient = self.network.gradient(input, self.target)?;
        check_finite(gradient.input.view(), "the gradient")?;
        Ok(gradient)
    }

    /// Smallest and largest value of the input over all channels.
    pub(super) fn range(&self) -> (f32, f32) {
        self.input
            .iter()
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(min, max), &value| {
                (min.min(value), max.max(value))
            })
    }
}

/// `[height, width, channels]` without NaN and infinities, else the place of the first.
pub(super) fn check_finite(
    values: ArrayView3<'_, f32>,
    what: &'static str,
) -> Result<(), SaliencyError> {
    // All bits of the exponent are set. One test after all values: an early end would forbid
    // to look at many values at a time.
    const EXPONENT: u32 = 0x7f80_0000;
    let finite = |value: &f32| value.to_bits() & EXPONENT != EXPONENT;
    let all = match values.as_slice_memory_order() {
        Some(values) => values.iter().fold(true, |all, value| all & finite(value)),
        None => values.iter().fold(true, |all, value| all & finite(value)),
    };
    if all {
        return Ok(());
    }
    let bad = values.indexed_iter().find(|(_, value)| !value.is_finite());
    bad.map_or(Ok(()), |((row, column, _), _)| {
        Err(SaliencyError::NotFinite { what, row, column })
    })
}

/// Seconds that `work` took, and its result.
pub(super) fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let result = work();
    (start.elapsed().as_secs_f64(), result)
}
