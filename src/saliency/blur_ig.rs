//! Blur integrated gradients (Xu, Venugopalan and Sundararajan 2020, arXiv 2004.03383), as
//! `saliency.core.blur_ig` (PAIR-code/saliency 0.2.1): the path goes from a blurred picture to the
//! sharp one, so there is no baseline to choose.

use ndarray::{Array2, Array3};

use super::gaussian::blur_matrix;
use super::ordered::fold_in_order;
use super::question::timed;
use super::{Attribution, Completeness, Question, SaliencyError, SaliencyMap, StageSeconds, View};
use crate::progress::Observer;

/// Settings of [`blur_ig`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BlurIgParams {
    /// Strongest blur: a Gaussian's sigma in pixels, more than 0.
    pub max_sigma: f64,
    /// Gradients, at least 1.
    pub steps: usize,
    /// Difference of sigma over which the change of the picture is measured, more than 0.
    pub grad_step: f64,
    /// How channels become one number.
    pub view: View,
}

impl Default for BlurIgParams {
    fn default() -> Self {
        Self {
            max_sigma: 50.0,
            steps: 100,
            grad_step: 0.01,
            view: View::Magnitude,
        }
    }
}

/// Gradients at blurred copies of the input, each times the change of the picture as the blur
/// fades.
///
/// # Errors
/// When the network fails or the work is cancelled.
pub fn blur_ig(
    question: Question<'_>,
    params: &BlurIgParams,
    observer: &dyn Observer,
) -> Result<Attribution, SaliencyError> {
    let steps = params.steps.max(1);
    let stride = params.max_sigma / steps as f64;
    let planes = Planes::of(question);
    let mut sum = Array3::<f64>::zeros(question.input.raw_dim());
    let mut sharp = None;
    let order = spread_order(steps);
    let work = |i: usize| {
        let (blurred, change) = planes.blur_and_change(order[i] as f64 * stride, params.grad_step);
        let (score, gradient) = question.gradient(blurred.view())?;
        Ok((score, gradient * change))
    };
    let (gradients, outcome) = timed(|| {
        let threads = question.network.parallelism();
        fold_in_order(steps, threads, observer, work, |i, (score, product)| {
            if order[i] == 0 {
                sharp = Some(score);
            }
            // Minus: the path runs from the strongest blur to none.
            sum.zip_mut_with(&product, |sum, &value| *sum -= stride * f64::from(value));
            observer.progress(i + 1, steps);
            if (i + 1).is_power_of_two() && i + 1 < steps && observer.wants_drafts() {
                let share = steps as f64 / (i + 1) as f64;
                let draft = sum.mapv(|value| (value * share) as f32);
                observer.draft(&SaliencyMap::of_pixels(draft.view(), params.view).values);
            }
            Ok(())
        })
    });
    outcome?;
    let blurred = planes.blur(params.max_sigma);
    let expected = sharp.unwrap_or(0.0) - question.score(blurred.view())?;
    let completeness = Completeness::new(expected, sum.sum());
    let pixels = sum.mapv(|value| value as f32);
    Ok(Attribution {
        map: SaliencyMap::of_pixels(pixels.view(), params.view),
        pixels: Some(pixels),
        completeness: Some(completeness),
        steps_used: steps,
        logits: None,
        seconds: StageSeconds {
            gradients,
            ..StageSeconds::default()
        },
    })
}

/// 0..count in an order in which any first part is spread over the whole.
fn spread_order(count: usize) -> Vec<usize> {
    let bits = usize::BITS - count.saturating_sub(1).leading_zeros();
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|i| {
        i.reverse_bits()
            .checked_shr(usize::BITS - bits)
            .unwrap_or(0)
    });
    order
}

/// The input as one matrix of rows, all channels side by side: `[height, channels * width]`.
struct Planes {
    rows: Array2<f64>,
    shape: [usize; 3],
}

impl Planes {
    fn of(question: Question<'_>) -> Self {
        let (height, width, channels) = question.input.dim();
        Self {
            rows: Array2::from_shape_fn((height, channels * width), |(y, i)| {
                f64::from(question.input[[y, i % width, i / width]])
            }),
            shape: [height, width, channels],
        }
    }

    /// The picture blurred by `sigma`, and by how much it changes per unit of sigma, measured over
    /// `step`.
    ///
    /// The reference keeps pictures in single precision, and the difference of two that are
    /// almost the same is then partly rounding: at strong blur about a hundredth of it. That is
    /// part of its figures, so it is kept: sums are in double precision, and each axis is
    /// rounded when it is done, as `scipy.ndimage.gaussian_filter` does.
    fn blur_and_change(&self, sigma: f64, step: f64) -> (Array3<f32>, Array3<f32>) {
        let here = self.blur(sigma);
        let next = self.blur(sigma + step);
        let step = step as f32;
        let change = (next - &here).mapv_into(|value| value / step);
        (here, change)
    }

    /// A Gaussian blur with zeros beyond the edge.
    fn blur(&self, sigma: f64) -> Array3<f32> {
        let [height, width, channels] = self.shape;
        let round = |value: f64| f64::from(value as f32);
        let down = blur_matrix(height, sigma).dot(&self.rows).mapv_into(round);
        // [height, channels * width] and [height * channels, width] hold the same values in the
        // same order.
        let shape = (height * channels, width);
        let lines = down
            .into_shape_with_order(shape)
            .unwrap_or_else(|_| Array2::zeros(shape));
        let both = lines.dot(&blur_matrix(width, sigma));
        Array3::from_shape_fn((height, width, channels), |(y, x, c)| {
            both[[y * channels + c, x]] as f32
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::Target;
    use crate::progress::Silent;
    use crate::saliency::testing::{TanhNet, assert_close, waves};

    const SHAPE: [usize; 3] = [4, 5, 3];

    /// `saliency.BlurIG().GetMask` (PAIR 0.2.1) on the same network.
    #[test]
    fn figures_are_those_of_the_reference() {
        let net = TanhNet::new(SHAPE, 3);
        let input = waves(SHAPE);
        let question = Question::new(&net, input.view(), Target::Class(1)).unwrap();
        for (params, want, what) in [
            (BlurIgParams::default(), &DEFAULTS, "defaults"),
            (
                BlurIgParams {
                    max_sigma: 3.0,
                    steps: 9,
                    ..BlurIgParams::default()
                },
                &WEAK,
                "weak blur",
            ),
        ] {
            let got = blur_ig(question, &params, &Silent).unwrap();
            let pixels: Vec<f32> = got.pixels.unwrap().iter().copied().collect();
            assert_close(&pixels[..12], want, 1e-6, what);
        }
        let fine = BlurIgParams {
            max_sigma: 3.0,
            steps: 2000,
            grad_step: 1e-4,
            view: View::Signed,
        };
        let got = blur_ig(question, &fine, &Silent).unwrap();
        assert!(
            got.completeness.unwrap().error < 0.05,
            "{:?}",
            got.completeness
        );
    }

    const DEFAULTS: [f32; 12] = [
        -0.008028563,
        0.06988046,
        -0.01100318,
        -0.03173538,
        -0.09562794,
        -0.006010541,
        0.04354715,
        0.0939079,
        -0.01260765,
        -0.02004411,
        -0.06052942,
        0.05308597,
    ];
    const WEAK: [f32; 12] = [
        -0.01458506,
        0.05503477,
        -0.01028338,
        -0.01764757,
        -0.0796361,
        -0.007169331,
        0.03008132,
        0.07667282,
        -0.004838392,
        -0.01462893,
        -0.04805348,
        0.03718368,
    ];
}
