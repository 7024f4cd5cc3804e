//! RISE: randomized input sampling (Petsiuk, Das and Saenko 2018, arXiv 1806.07421). Needs no
//! gradient: random parts of the picture are hidden, and a pixel counts by the scores it was
//! visible in.

use ndarray::Array2;
use rand::RngExt;

use super::noise::generator;
use super::ordered::fold_in_order;
use super::question::timed;
use super::{Attribution, Question, SaliencyError, SaliencyMap, StageSeconds};
use crate::classifier::{Differentiable, Target};
use crate::progress::Observer;

/// Settings of [`rise`]; the defaults are the paper's (for VGG 16).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RiseParams {
    /// Masks, at least 1.
    pub masks: usize,
    /// Cells of the coarse grid along each side, at least 1.
    pub cells: usize,
    /// Chance that a cell is visible, more than 0 and at most 1.
    pub visible: f64,
    /// Where the masks start.
    pub seed: u64,
}

impl Default for RiseParams {
    fn default() -> Self {
        Self {
            masks: 4000,
            cells: 7,
            visible: 0.5,
            seed: 0,
        }
    }
}

/// At each pixel the mean of `probability * mask` divided by the mean mask. Probabilities are the
/// softmax of the logits; a contrast is the difference of two.
///
/// # Errors
/// When the network fails, a setting is out of range, or the work is cancelled.
pub fn rise(
    question: Question<'_>,
    params: &RiseParams,
    observer: &dyn Observer,
) -> Result<Attribution, SaliencyError> {
    if params.cells == 0 || !(params.visible > 0.0 && params.visible <= 1.0) {
        return Err(SaliencyError::Setting {
            setting: "rise",
            got: format!("{} cells, {} visible", params.cells, params.visible),
            must_be: "at least 1 cell, and a visible share above 0 and up to 1",
        });
    }
    let (height, width, _) = question.input.dim();
    let masks = params.masks.max(1);
    question.limit_runs(masks, "choose fewer masks (--steps)")?;
    let mut sum = Array2::<f64>::zeros((height, width));
    let map = |sum: &Array2<f64>, count: usize| SaliencyMap {
        values: sum.mapv(|value| (value / (count as f64 * params.visible)) as f32),
    };
    let work = |i: usize| {
        let mask = mask(params, i, [height, width]);
        let mut hidden = question.input.to_owned();
        for (mut pixel, &share) in hidden.lanes_mut(ndarray::Axis(2)).into_iter().zip(&mask) {
            pixel.mapv_inplace(|value| value * share);
        }
        let logits = question.network.logits(hidden.view())?;
        let share = probability(question.network, &logits, question.target);
        Ok((share, mask))
    };
    let (gradients, outcome) = timed(|| {
        let threads = question.network.parallelism();
        fold_in_order(masks, threads, observer, work, |i, (score, mask)| {
            sum.zip_mut_with(&mask, |sum, &share| *sum += score * f64::from(share));
            observer.progress(i + 1, masks);
            if (i + 1).is_power_of_two() && i >= 15 && i + 1 < masks && observer.wants_drafts() {
                observer.draft(&map(&sum, i + 1).values);
            }
            Ok(())
        })
    });
    outcome?;
    Ok(Attribution {
        pixels: None,
        map: map(&sum, masks),
        completeness: None,
        steps_used: masks,
        logits: None,
        seconds: StageSeconds {
            gradients,
            ..StageSeconds::default()
        },
    })
}

/// The target's probability (or difference of two) by what the network says of its logits.
pub(super) fn probability(network: &dyn Differentiable, logits: &[f32], target: Target) -> f64 {
    let answers = network.probabilities(logits);
    let at = |class: usize| answers.get(class).map_or(0.0, |&share| f64::from(share));
    match target {
        Target::Class(class) => at(class),
        Target::Contrast { class, against } => at(class) - at(against),
    }
}

/// A coarse grid of visible (1) and hidden (0) cells, one cell larger than the picture each way,
/// interpolated linearly and shifted by a random part of a cell.
fn mask(params: &RiseParams, number: usize, [height, width]: [usize; 2]) -> Array2<f32> {
    let mut generator = generator(params.seed, number);
    // Cells reach one beyond the shift, and one more for the interpolation.
    let side = params.cells + 2;
    let grid = Array2::from_shape_simple_fn((side, side), || {
        f32::from(u8::from(generator.random::<f64>() < params.visible))
    });
    let shift_down = generator.random::<f64>();
    let shift_across = generator.random::<f64>();
    let taps = |i: usize, count: usize, shift: f64| {
        let at = (i as f64 + 0.5) * params.cells as f64 / count as f64 + shift;
        let below = (at.floor() as usize).min(side - 2);
        (below, (at - below as f64) as f32)
    };
    let columns: Vec<_> = (0..width).map(|x| taps(x, width, shift_across)).collect();
    Array2::from_shape_fn((height, width), |(y, x)| {
        let (row, down) = taps(y, height, shift_down);
        let (column, across) = columns[x];
        let upper = grid[[row, column]] * (1.0 - across) + grid[[row, column + 1]] * across;
        let lower = grid[[row + 1, column]] * (1.0 - across) + grid[[row + 1, column + 1]] * across;
        upper * (1.0 - down) + lower * down
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::{ClassifierError, Differentiable, Gradient, LayerGradient};
    use crate::progress::Silent;
    use ndarray::{Array3, ArrayView3};

    /// The score of class 1 is how bright the square from (4, 10) to (8, 14) is.
    struct Square;

    impl Differentiable for Square {
        fn input_shape(&self) -> [usize; 3] {
            [20, 30, 1]
        }

        fn parallelism(&self) -> usize {
            3
        }

        fn logits(&self, input: ArrayView3<'_, f32>) -> Result<Vec<f32>, ClassifierError> {
            let mean = input.slice(ndarray::s![4..8, 10..14, ..]).mean();
            Ok(vec![0.0, 8.0 * mean.unwrap() - 4.0])
        }

        fn gradient(&self, _: ArrayView3<'_, f32>, _: Target) -> Result<Gradient, ClassifierError> {
            Err(ClassifierError::Run("not asked for".to_owned()))
        }

        fn layer_gradient(
            &self,
            _: ArrayView3<'_, f32>,
            _: Target,
            _: Option<&str>,
        ) -> Result<LayerGradient, ClassifierError> {
            Err(ClassifierError::Run("not asked for".to_owned()))
        }
    }

    #[test]
    fn the_square_that_decides_stands_out_and_results_repeat() {
        let input = Array3::ones((20, 30, 1));
        let question = Question::new(&Square, input.view(), Target::Class(1)).unwrap();
        let params = RiseParams {
            masks: 1500,
            ..RiseParams::default()
        };
        let got = rise(question, &params, &Silent).unwrap().map;
        let inside = got.values.slice(ndarray::s![4..8, 10..14]).mean().unwrap();
        let outside = got.values.slice(ndarray::s![12.., 18..]).mean().unwrap();
        assert!(inside > 1.3 * outside, "{inside} {outside}");
        assert_eq!(got, rise(question, &params, &Silent).unwrap().map);
        let bad = RiseParams {
            visible: 0.0,
            ..params
        };
        assert!(rise(question, &bad, &Silent).is_err());
    }

    #[test]
    fn more_runs_than_anybody_waits_for_are_refused() {
        let input = Array3::ones((20, 30, 1));
        let question = Question::new(&Square, input.view(), Target::Class(1)).unwrap();
        let most = 25_000_000_000 / 600;
        assert!(question.limit_runs(most, "").is_ok());
        let params = RiseParams {
            masks: most + 1,
            ..RiseParams::default()
        };
        let error = rise(question, &params, &Silent).unwrap_err().to_string();
        assert!(
            error.contains("on 30 x 20 pixels") && error.contains("--steps"),
            "{error}"
        );
    }

    #[test]
    fn masks_are_visible_by_half_and_smooth() {
        let params = RiseParams::default();
        let mean = (0..200)
            .map(|i| f64::from(mask(&params, i, [50, 60]).mean().unwrap()))
            .sum::<f64>()
            / 200.0;
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
        let one = mask(&params, 7, [224, 224]);
        for (a, b) in one.row(100).iter().zip(one.row(101)) {
            assert!((a - b).abs() < 0.07);
        }
    }

    #[test]
    fn probabilities_are_a_softmax() {
        let logits = [1.0, 3.0, -2.0];
        // exp(3) / (exp(1) + exp(3) + exp(-2))
        assert!((probability(&Square, &logits, Target::Class(1)) - 0.875_600_6).abs() < 1e-6);
        let contrast = Target::Contrast {
            class: 0,
            against: 1,
        };
        assert!((probability(&Square, &logits, contrast) + 0.757_101_2).abs() < 1e-6);
    }
}
