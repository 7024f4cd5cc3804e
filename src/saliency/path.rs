//! Gradients along straight lines from baselines to the input: what integrated gradients and
//! XRAI are sums of.

use ndarray::{Array3, ArrayView3, Zip};

use super::ordered::fold_in_order;
use super::{Completeness, Question, SaliencyError};
use crate::classifier::Gradient;
use crate::progress::Observer;

/// One gradient: at `baseline + alpha * (input - baseline)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    /// Which baseline.
    pub baseline: usize,
    /// 0 at the baseline, 1 at the input.
    pub alpha: f64,
    /// Its share in the sum; a path's weights need not add up to 1.
    pub weight: f64,
}

/// Sums of gradients over paths, which can grow by more points at any time.
pub(super) struct PathSum<'q, 'b> {
    question: Question<'q>,
    baselines: &'b [Array3<f32>],
    paths: Vec<Path>,
    /// Logits at the input, once known.
    end: Option<Vec<f32>>,
    /// Gradients so far.
    count: usize,
}

struct Path {
    /// Sum of weight * gradient. Double precision, so that order and number do not show.
    sum: Array3<f64>,
    weight: f64,
    /// Score at the baseline, once known.
    start: Option<f64>,
}

impl<'q, 'b> PathSum<'q, 'b> {
    /// No gradient yet. There must be at least one baseline, each of the input's shape.
    pub fn new(question: Question<'q>, baselines: &'b [Array3<f32>]) -> Self {
        let empty = || Path {
            sum: Array3::zeros(question.input.raw_dim()),
            weight: 0.0,
            start: None,
        };
        Self {
            question,
            baselines,
            paths: baselines.iter().map(|_| empty()).collect(),
            end: None,
            count: 0,
        }
    }

    /// Gradients computed so far.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Computes the gradients at `points` and adds them. `drafted` sees the sums each time their
    /// number has doubled, while more are to come; progress is told out of `total`.
    pub fn add(
        &mut self,
        points: &[Point],
        total: usize,
        observer: &dyn Observer,
        mut drafted: impl FnMut(&Self) -> Result<(), SaliencyError>,
    ) -> Result<(), SaliencyError> {
        let (question, baselines) = (self.question, self.baselines);
        let threads = question.network.parallelism();
        let work = |i: usize| {
            let point = points[i];
            let baseline = &baselines[point.baseline];
            question.gradient_and_logits(between(baseline, question.input, point.alpha).view())
        };
        let goal = self.count + points.len();
        // A first draft is worth showing from the middle of each path on.
        let mut next_draft = self.paths.len().max(2).max(2 * self.count);
        fold_in_order(points.len(), threads, observer, work, |i, gradient| {
            self.take(points[i], gradient);
            observer.progress(self.count, total.max(goal));
            if self.count >= next_draft && self.count < goal && observer.wants_drafts() {
                next_draft = 2 * self.count;
                drafted(self)?;
            }
            Ok(())
        })
    }

    fn take(&mut self, point: Point, gradient: Gradient) {
        self.count += 1;
        let score = f64::from(self.question.target.value(&gradient.logits));
        if point.alpha == 1.0 {
            self.end = Some(gradient.logits);
        }
        if let Some(path) = self.paths.get_mut(point.baseline) {
            if point.alpha == 0.0 {
                path.start = Some(score);
            }
            path.weight += point.weight;
            path.sum.zip_mut_with(&gradient.input, |sum, &value| {
                *sum += point.weight * f64::from(value);
            });
        }
    }

    /// (input - baseline) x mean gradient, averaged over the baselines.
    pub fn attribution(&self) -> Array3<f32> {
        let mut mean = Array3::<f64>::zeros(self.question.input.raw_dim());
        let share = 1.0 / self.paths.len().max(1) as f64;
        for (path, baseline) in self.paths.iter().zip(self.baselines) {
            if path.weight > 0.0 {
                let factor = share / path.weight;
                Zip::from(&mut mean)
                    .and(&path.sum)
                    .and(baseline)
                    .and(self.question.input)
                    .for_each(|mean, sum, &from, &to| {
                        *mean += factor * sum * f64::from(to - from);
                    });
            }
        }
        mean.mapv(|value| value as f32)
    }

    /// Logits at the input, if they are known.
    pub fn into_logits(self) -> Option<Vec<f32>> {
        self.end
    }

    /// How well `attribution` adds up. Runs the network where a path has left out its ends.
    pub fn completeness(
        &mut self,
        attribution: &Array3<f32>,
    ) -> Result<Completeness, SaliencyError> {
        let question = self.question;
        let logits = match self.end.take() {
            Some(logits) => logits,
            None => question.network.logits(question.input)?,
        };
        let end = f64::from(question.target.value(&logits));
        self.end = Some(logits);
        let mut expected = 0.0;
        for (path, baseline) in self.paths.iter_mut().zip(self.baselines) {
            let start = match path.start {
                Some(start) => start,
                None => question.score(baseline.view())?,
            };
            path.start = Some(start);
            expected += end - start;
        }
        expected /= self.paths.len().max(1) as f64;
        let got = attribution.iter().map(|&value| f64::from(value)).sum();
        Ok(Completeness::new(expected, got))
    }
}

/// The point `alpha` of the way from `from` to `to`, in single precision as the reference's.
pub(super) fn between(from: &Array3<f32>, to: ArrayView3<'_, f32>, alpha: f64) -> Array3<f32> {
    if alpha == 1.0 {
        // Adding the difference again would round it.
        return to.to_owned();
    }
    Zip::from(from)
        .and(to)
        .map_collect(|&from, &to| (f64::from(from) + alpha * f64::from(to - from)) as f32)
}

/// Points for every baseline, in an order in which any first part is spread over the whole path,
/// so that drafts resemble the result: by the bits of the index, reversed, but the middle before
/// the start.
pub(super) fn spread_out(baselines: usize, nodes: &[(f64, f64)]) -> Vec<Point> {
    let bits = usize::BITS - nodes.len().saturating_sub(1).leading_zeros();
    let mut order: Vec<usize> = (0..nodes.len()).collect();
    order.sort_by_key(|&i| {
        i.reverse_bits()
            .checked_shr(usize::BITS - bits)
            .unwrap_or(0)
    });
    if order.len() > 2 {
        order.swap(0, 1);
    }
    order
        .into_iter()
        .flat_map(|i| (0..baselines).map(move |baseline| (i, baseline)))
        .filter_map(|(i, baseline)| {
            nodes.get(i).map(|&(alpha, weight)| Point {
                baseline,
                alpha,
                weight,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_first_part_is_spread_over_the_path() {
        let nodes: Vec<(f64, f64)> = (0..100).map(|i| (f64::from(i) / 99.0, 1.0)).collect();
        let points = spread_out(2, &nodes);
        assert_eq!(points.len(), 200);
        let first = points.iter().map(|p| (p.baseline, p.alpha > 0.5)).take(2);
        assert_eq!(first.collect::<Vec<_>>(), [(0, true), (1, true)]);
        for part in [16, 32, 64, 128] {
            let mean = points[..part].iter().map(|p| p.alpha).sum::<f64>() / part as f64;
            assert!((mean - 0.5).abs() < 0.15, "{part}: {mean}");
        }
        let mut alphas: Vec<f64> = points.iter().step_by(2).map(|p| p.alpha).collect();
        alphas.sort_by(f64::total_cmp);
        assert!(alphas.iter().zip(&nodes).all(|(a, (b, _))| a == b));
    }
}
