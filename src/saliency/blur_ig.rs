//! Blur integrated gradients (Xu, Venugopalan and Sundararajan 2020, arXiv 2004.03383), as
//! `saliency.core.blur_ig` (PAIR-code/saliency 0.2.1): the path goes from a blurred picture to the
//! sharp one, so there is no baseline to choose.

use ndarray::{Array2, Array3, ArrayView2};

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
        let (blurred, change) = planes.blur(order[i] as f64 * stride, params.grad_step);
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
                observer.draft(&SaliencyMap::of_pixels(draft.view(), params.view));
            }
            Ok(())
        })
    });
    outcome?;
    let (blurred, _) = planes.blur(params.max_sigma, params.grad_step);
    let expected = sharp.unwrap_or(0.0) - question.score(blurred.view())?;
    let completeness = Completeness::new(expected, sum.sum());
    let pixels = sum.mapv(|value| value as f32);
    Ok(Attribution {
        map: SaliencyMap::of_pixels(pixels.view(), params.view),
        pixels: Some(pixels),
        completeness: Some(completeness),
        steps_used: steps,
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
    rows: Array2<f32>,
    shape: [usize; 3],
}

impl Planes {
    fn of(question: Question<'_>) -> Self {
        let (height, width, channels) = question.input.dim();
        Self {
            rows: Array2::from_shape_fn((height, channels * width), |(y, i)| {
                question.input[[y, i % width, i / width]]
            }),
            shape: [height, width, channels],
        }
    }

    /// The picture blurred by `sigma` (zeros beyond the edge, as the reference), and by how much
    /// it changes per unit of sigma, measured over `step`.
    ///
    /// The reference subtracts two pictures that are almost the same. Here the *kernels* are
    /// subtracted, in double precision, and the picture is then blurred by the difference:
    /// G'XG' - GXG = (G' - G)XG' + GX(G' - G), without the loss of digits.
    fn blur(&self, sigma: f64, step: f64) -> (Array3<f32>, Array3<f32>) {
        let [height, width, _] = self.shape;
        let kernels = |count: usize| {
            let here = blur_matrix(count, sigma);
            let next = blur_matrix(count, sigma + step);
            let change = (&next - &here) / step;
            [here, next, change].map(|matrix| matrix.mapv(|value| value as f32))
        };
        let [down, _, down_change] = kernels(height);
        let [across, across_next, across_change] = kernels(width);
        let blurred_down = self.along_rows(down.dot(&self.rows).view());
        let changed_down = self.along_rows(down_change.dot(&self.rows).view());
        let blurred = blurred_down.dot(&across);
        let change = changed_down.dot(&across_next) + blurred_down.dot(&across_change);
        (self.picture(&blurred), self.picture(&change))
    }

    /// `[height, channels * width]` as `[height * channels, width]`: the same values in the same
    /// order.
    fn along_rows(&self, rows: ArrayView2<'_, f32>) -> Array2<f32> {
        let [height, width, channels] = self.shape;
        let flat = rows.iter().copied().collect::<ndarray::Array1<f32>>();
        flat.into_shape_with_order((height * channels, width))
            .unwrap_or_else(|_| Array2::zeros((height * channels, width)))
    }

    fn picture(&self, lines: &Array2<f32>) -> Array3<f32> {
        let [height, width, channels] = self.shape;
        Array3::from_shape_fn((height, width, channels), |(y, x, c)| {
            lines[[y * channels + c, x]]
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

    /// `saliency.BlurIG().GetMask` (PAIR 0.2.1) on the same network, in double precision.
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
            assert_close(&pixels[..12], want, 1e-4, what);
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
        -0.008028511,
        0.06988044,
        -0.01100321,
        -0.03173554,
        -0.09562806,
        -0.00601057,
        0.04354726,
        0.09390788,
        -0.01260745,
        -0.0200441,
        -0.06052948,
        0.05308581,
    ];
    const WEAK: [f32; 12] = [
        -0.01458498,
        0.05503469,
        -0.01028338,
        -0.01764777,
        -0.07963604,
        -0.00716933,
        0.03008156,
        0.07667254,
        -0.004838408,
        -0.0146289,
        -0.04805375,
        0.03718386,
    ];
}
