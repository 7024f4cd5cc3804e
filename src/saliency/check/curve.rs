//! Deletion and insertion (Petsiuk, Das and Saenko 2018, arXiv 1806.07421, section 4.1): pixels
//! are taken away, or put into a blurred picture, in the order of their importance.

use ndarray::{Array3, Axis};
use rand::seq::SliceRandom;
use serde::Serialize;

use super::{by_importance, check_fits};
use crate::progress::Observer;
use crate::saliency::gaussian::{Edge, gaussian_filter};
use crate::saliency::noise::generator;
use crate::saliency::ordered::fold_in_order;
use crate::saliency::rise::probability;
use crate::saliency::{Question, SaliencyError, SaliencyMap};

/// Settings of [`deletion_and_insertion`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurveParams {
    /// Steps from the first picture to the last, at least 1. The paper takes one row's worth of
    /// pixels a step: 224 at 224 pixels.
    pub steps: usize,
    /// Sigma of the blurred picture that insertion starts from, in pixels.
    pub blur: f64,
    /// Where the random order starts that the map is held against.
    pub seed: u64,
}

impl Default for CurveParams {
    fn default() -> Self {
        Self {
            steps: 56,
            blur: 5.0,
            seed: 0,
        }
    }
}

/// Probability of the class against the share of pixels that were changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    /// Share of the pixels, 0 to 1, growing.
    pub shares: Vec<f64>,
    /// Probability of the class (a difference of two for a contrast).
    pub probabilities: Vec<f64>,
    /// Area under the curve, by trapezoids.
    pub area: f64,
}

impl Curve {
    pub(super) fn new(shares: Vec<f64>, probabilities: Vec<f64>) -> Self {
        let steps = shares.windows(2).zip(probabilities.windows(2));
        let area = steps
            .map(|(x, y)| (x[1] - x[0]) * f64::midpoint(y[0], y[1]))
            .sum();
        Self {
            shares,
            probabilities,
            area,
        }
    }
}

/// The two curves, and the areas that a random order of pixels reaches.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeletionInsertion {
    /// From the picture to nothing (0 in network units). A good map has a small area.
    pub deletion: Curve,
    /// From the blurred picture to the sharp one. A good map has a large area.
    pub insertion: Curve,
    /// Area of deletion in a random order.
    pub random_deletion: f64,
    /// Area of insertion in a random order.
    pub random_insertion: f64,
}

/// Both curves of a map, with a random order beside it.
///
/// # Errors
/// When the network fails, the map does not fit, or the work is cancelled.
pub fn deletion_and_insertion(
    question: Question<'_>,
    map: &SaliencyMap,
    params: &CurveParams,
    observer: &dyn Observer,
) -> Result<DeletionInsertion, SaliencyError> {
    check_fits(question, map)?;
    let wide = question.input.mapv(f64::from);
    let blurred = gaussian_filter(wide.view(), [params.blur; 2], Edge::Reflect);
    let blurred = blurred.mapv(|value| value as f32);
    let input = question.input.to_owned();
    let nothing = Array3::zeros(input.raw_dim());
    let order = by_importance(map);
    let mut random = order.clone();
    random.sort_unstable();
    random.shuffle(&mut generator(params.seed, 0));
    let runs = [
        (&input, &nothing, &order),
        (&blurred, &input, &order),
        (&input, &nothing, &random),
        (&blurred, &input, &random),
    ];
    let steps = params.steps.clamp(1, order.len().max(1));
    let points = steps + 1;
    let counts: Vec<usize> = (0..points).map(|i| i * order.len() / steps).collect();
    let work = |i: usize| {
        let (from, to, order) = runs[i / points];
        let mut mixed = from.clone();
        for &place in order.iter().take(counts[i % points]) {
            let (y, x) = (place / map.values.ncols(), place % map.values.ncols());
            mixed
                .index_axis_mut(Axis(0), y)
                .row_mut(x)
                .assign(&to.index_axis(Axis(0), y).row(x));
        }
        Ok(probability(
            question.network,
            &question.network.logits(mixed.view())?,
            question.target,
        ))
    };
    let total = runs.len() * points;
    let mut probabilities = Vec::with_capacity(total);
    let threads = question.network.parallelism();
    fold_in_order(total, threads, observer, work, |i, probability| {
        probabilities.push(probability);
        observer.progress(i + 1, total);
        Ok(())
    })?;
    let shares: Vec<f64> = counts
        .iter()
        .map(|&count| count as f64 / order.len().max(1) as f64)
        .collect();
    let mut curves = probabilities
        .chunks(points)
        .map(|part| Curve::new(shares.clone(), part.to_vec()));
    let mut next = || {
        curves
            .next()
            .unwrap_or_else(|| Curve::new(Vec::new(), Vec::new()))
    };
    let (deletion, insertion) = (next(), next());
    Ok(DeletionInsertion {
        deletion,
        insertion,
        random_deletion: next().area,
        random_insertion: next().area,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::{ClassifierError, Differentiable, Gradient, LayerGradient, Target};
    use crate::progress::Silent;
    use ndarray::{Array2, ArrayView3};

    /// Class 1 is the brightness of the left quarter.
    struct Left;

    impl Differentiable for Left {
        fn input_shape(&self) -> [usize; 3] {
            [16, 20, 3]
        }

        fn parallelism(&self) -> usize {
            2
        }

        fn logits(&self, input: ArrayView3<'_, f32>) -> Result<Vec<f32>, ClassifierError> {
            let left = input.slice(ndarray::s![.., ..5, ..]);
            Ok(vec![0.0, 6.0 * left.mean().unwrap_or(0.0) - 3.0])
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
    fn a_right_map_beats_chance_and_a_wrong_one_loses_to_it() {
        // Stripes, whose blur is darker than they are bright.
        let input = Array3::from_shape_fn((16, 20, 3), |(y, x, _)| {
            if x < 5 {
                1.0
            } else {
                ((y + x) % 2) as f32 - 1.0
            }
        });
        let question = Question::new(&Left, input.view(), Target::Class(1)).unwrap();
        let map = |right: bool| SaliencyMap {
            values: Array2::from_shape_fn((16, 20), |(_, x)| f32::from(u8::from((x < 5) == right))),
        };
        let params = CurveParams {
            blur: 8.0,
            ..CurveParams::default()
        };
        let run = |right| deletion_and_insertion(question, &map(right), &params, &Silent).unwrap();
        let right = run(true);
        assert!(
            right.deletion.area < right.random_deletion - 0.1,
            "{right:?}"
        );
        assert!(right.insertion.area > right.random_insertion + 0.02);
        let wrong = run(false);
        assert!(wrong.deletion.area > wrong.random_deletion + 0.1);
        assert!(wrong.insertion.area < wrong.random_insertion);
        assert_eq!(right.deletion.shares.len(), 57);
        // All pixels gone: the logits are 0 and -3.
        let last = right.deletion.probabilities.last().unwrap();
        assert!((last - 1.0 / (1.0 + 3.0_f64.exp())).abs() < 1e-6);
        assert_eq!(run(true), right);
    }

    #[test]
    fn a_map_of_another_size_is_refused() {
        let input = Array3::zeros((16, 20, 3));
        let question = Question::new(&Left, input.view(), Target::Class(1)).unwrap();
        let map = SaliencyMap {
            values: Array2::zeros((4, 4)),
        };
        let result = deletion_and_insertion(question, &map, &CurveParams::default(), &Silent);
        assert!(result.is_err());
    }
}
