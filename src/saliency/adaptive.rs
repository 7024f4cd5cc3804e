//! Integrated gradients with as few gradients as needed: more where the path bends.
//!
//! On any stretch of the path the attributions should add up to the change of the score there, and
//! both ends' scores are known. So the error of each stretch is known too, and the stretch with
//! the largest error is halved next. Compared with evenly spaced steps this reaches the same map
//! with about four fifths of the gradients (measured on EfficientNet-Lite0).

use ndarray::{Array3, Zip};

use super::integrated_gradients::Integral;
use super::ordered::fold_in_order;
use super::path::spread_out;
use super::{Completeness, Question, SaliencyError};
use crate::progress::Observer;

/// Stretches per path to begin with.
const FIRST: usize = 16;

/// Most gradients per path. With it, XRAI on two baselines has a rank correlation of .99 and more
/// with its map from 200 gradients.
const MOST: usize = 54;

/// No more is done when the errors of all stretches, without regard to sign, are together less
/// than this share of the score's change.
pub(super) const BOUND: f64 = 0.05;

/// Stretches that are halved at a time: enough to keep all cores busy.
const AT_ONCE: usize = 16;

/// A stretch no longer than this is not halved: its error is the kinks of the network, which closer
/// looks do not straighten.
const SHORTEST: f64 = 1.0 / 128.0;

/// Memory for gradients, which are kept because their weights change as stretches are halved.
const BYTES: usize = 512 << 20;

/// One gradient.
struct Node {
    /// 0 at the baseline, 1 at the input.
    alpha: f64,
    score: f64,
    /// Change of the score per alpha: the gradient along the path.
    slope: f64,
    gradient: Array3<f32>,
}

/// The nodes of one path, lowest alpha first.
#[derive(Default)]
struct Path(Vec<Node>);

impl Path {
    fn insert(&mut self, node: Node) {
        let place = self.0.partition_point(|other| other.alpha < node.alpha);
        self.0.insert(place, node);
    }

    /// Each stretch: its ends, and by how much its attributions miss the change of the score.
    fn stretches(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        self.0.windows(2).filter_map(|ends| {
            let [a, b] = ends else { return None };
            let sum = (b.alpha - a.alpha) * f64::midpoint(a.slope, b.slope);
            Some((a.alpha, b.alpha, (b.score - a.score - sum).abs()))
        })
    }

    /// Change of the score from the first to the last node.
    fn change(&self) -> f64 {
        match (self.0.first(), self.0.last()) {
            (Some(first), Some(last)) => last.score - first.score,
            _ => 0.0,
        }
    }

    fn is_good(&self) -> bool {
        let missed: f64 = self.stretches().map(|(_, _, missed)| missed).sum();
        missed <= BOUND * self.change().abs()
    }

    /// Weights of the trapezoid rule over the nodes that are there.
    fn weights(&self) -> Vec<f64> {
        let at = |i: usize| self.0.get(i).map(|node| node.alpha);
        let last = self.0.len().saturating_sub(1);
        let mut weights: Vec<f64> = (0..self.0.len())
            .map(|i| {
                let left = at(i.saturating_sub(1)).unwrap_or(0.0);
                let right = at((i + 1).min(last)).unwrap_or(1.0);
                (right - left) / 2.0
            })
            .collect();
        // A draft may not have reached the ends yet.
        let total: f64 = weights.iter().sum();
        for weight in &mut weights {
            *weight = if total > 0.0 { *weight / total } else { 1.0 };
        }
        weights
    }
}

/// The mean over the paths from each of the `baselines`; `show` gets the attributions as they
/// sharpen.
pub(super) fn integrate_adaptively(
    question: Question<'_>,
    baselines: &[Array3<f32>],
    observer: &dyn Observer,
    show: impl Fn(Array3<f32>) -> Result<(), SaliencyError>,
) -> Result<Integral, SaliencyError> {
    let per_gradient = question.input.len().max(1) * size_of::<f32>();
    let most = (BYTES / per_gradient / baselines.len().max(1)).clamp(FIRST + 1, MOST);
    let most = most * baselines.len();
    let mut paths: Vec<Path> = baselines.iter().map(|_| Path::default()).collect();
    let even: Vec<(f64, f64)> = (0..=FIRST)
        .map(|i| (i as f64 / FIRST as f64, 1.0))
        .collect();
    let mut wanted: Vec<(usize, f64)> = spread_out(baselines.len(), &even)
        .iter()
        .map(|point| (point.baseline, point.alpha))
        .collect();
    let mut count = 0;
    let mut next_draft = 2 * baselines.len();
    let threads = question.network.parallelism();
    while !wanted.is_empty() {
        let work = |i: usize| {
            let (baseline, alpha) = wanted[i];
            node(question, &baselines[baseline], alpha)
        };
        fold_in_order(wanted.len(), threads, observer, work, |i, node| {
            if let Some(path) = paths.get_mut(wanted[i].0) {
                path.insert(node);
            }
            count += 1;
            observer.progress(count, most);
            if count >= next_draft && count < most && observer.wants_drafts() {
                next_draft = 2 * count;
                show(attribution(question, baselines, &paths))?;
            }
            Ok(())
        })?;
        wanted = worst_middles(&paths, most - count);
    }
    if count < most {
        observer.progress(count, count);
    }
    let pixels = attribution(question, baselines, &paths);
    let share = 1.0 / paths.len().max(1) as f64;
    let expected = paths.iter().map(Path::change).sum::<f64>() * share;
    let got = pixels.iter().map(|&value| f64::from(value)).sum();
    Ok(Integral {
        pixels,
        completeness: Completeness::new(expected, got),
        steps_used: count,
    })
}

fn node(question: Question<'_>, baseline: &Array3<f32>, alpha: f64) -> Result<Node, SaliencyError> {
    let at = Zip::from(baseline)
        .and(question.input)
        .map_collect(|&from, &to| (f64::from(from) + alpha * f64::from(to - from)) as f32);
    let (score, gradient) = question.gradient(at.view())?;
    let mut slope = 0.0;
    Zip::from(&gradient)
        .and(baseline)
        .and(question.input)
        .for_each(|&gradient, &from, &to| slope += f64::from(gradient) * f64::from(to - from));
    Ok(Node {
        alpha,
        score,
        slope,
        gradient,
    })
}

/// The middles of the stretches that miss most, of the paths that are not good yet.
fn worst_middles(paths: &[Path], at_most: usize) -> Vec<(usize, f64)> {
    let mut stretches: Vec<(f64, usize, f64)> = paths
        .iter()
        .enumerate()
        .filter(|(_, path)| !path.is_good())
        .flat_map(|(number, path)| {
            path.stretches()
                .filter(|(from, to, missed)| to - from > SHORTEST && *missed > 0.0)
                .map(move |(from, to, missed)| (missed, number, f64::midpoint(from, to)))
        })
        .collect();
    // Stable: of equal ones the first.
    stretches.sort_by(|a, b| b.0.total_cmp(&a.0));
    stretches.truncate(AT_ONCE.min(at_most));
    stretches
        .into_iter()
        .map(|(_, number, alpha)| (number, alpha))
        .collect()
}

fn attribution(question: Question<'_>, baselines: &[Array3<f32>], paths: &[Path]) -> Array3<f32> {
    let share = 1.0 / paths.len().max(1) as f64;
    let mut mean = Array3::<f64>::zeros(question.input.raw_dim());
    let mut sum = mean.clone();
    for (path, baseline) in paths.iter().zip(baselines) {
        sum.fill(0.0);
        for (node, weight) in path.0.iter().zip(path.weights()) {
            sum.zip_mut_with(&node.gradient, |sum, &value| {
                *sum += weight * f64::from(value);
            });
        }
        Zip::from(&mut mean)
            .and(&sum)
            .and(baseline)
            .and(question.input)
            .for_each(|mean, sum, &from, &to| *mean += share * sum * f64::from(to - from));
    }
    mean.mapv(|value| value as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(nodes: &[(f64, f64, f64)]) -> Path {
        let mut path = Path::default();
        for &(alpha, score, slope) in nodes {
            path.insert(Node {
                alpha,
                score,
                slope,
                gradient: Array3::zeros((1, 1, 1)),
            });
        }
        path
    }

    #[test]
    fn stretches_that_miss_most_are_halved_first() {
        // Straight up to 0.5, then a bend that the slopes do not show.
        let bent = path(&[
            (1.0, 9.0, 2.0),
            (0.0, 0.0, 2.0),
            (0.5, 1.0, 2.0),
            (0.75, 2.0, 2.0),
        ]);
        let straight = path(&[(0.0, 0.0, 3.0), (1.0, 3.0, 3.0)]);
        assert!(straight.is_good() && !bent.is_good());
        let worst = worst_middles(&[straight, bent], 10);
        assert_eq!(worst, [(1, 0.875), (1, 0.625)]);
        assert_eq!(
            worst_middles(&[path(&[(0.0, 0.0, 0.0), (1.0, 0.0, 0.0)])], 10),
            []
        );
    }

    #[test]
    fn weights_are_those_of_the_trapezoid_rule() {
        let nodes = [(0.0, 0.0, 0.0), (0.25, 0.0, 0.0), (1.0, 0.0, 0.0)];
        assert_eq!(path(&nodes).weights(), [0.125, 0.5, 0.375]);
        assert_eq!(path(&nodes[..1]).weights(), [1.0]);
    }
}
