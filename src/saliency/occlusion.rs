//! Occlusion (Zeiler and Fergus 2014, arXiv 1311.2901), as `saliency.core.occlusion`
//! (PAIR-code/saliency 0.2.1): cover a square and see how far the score falls. Needs no gradient.

use ndarray::{Array2, s};

use super::ordered::fold_in_order;
use super::question::timed;
use super::{Attribution, Question, SaliencyError, SaliencyMap, StageSeconds};
use crate::progress::Observer;

/// Settings of [`occlusion`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OcclusionParams {
    /// Side of the square in pixels, at least 1; a square larger than the picture covers it all.
    pub window: usize,
    /// Pixels from one place of the square to the next, at least 1. The last row and column of
    /// places are always tried. The reference's 1 takes 44,100 forward passes at 224 pixels;
    /// 8 takes 729 and looks much the same.
    pub stride: usize,
    /// What the square is filled with, in network units.
    pub value: f32,
}

impl Default for OcclusionParams {
    fn default() -> Self {
        Self {
            window: 15,
            stride: 1,
            value: 0.0,
        }
    }
}

/// At each pixel the sum of `score - score when covered` over all squares that cover the pixel.
///
/// # Errors
/// When the network fails, a setting is 0, or the work is cancelled.
pub fn occlusion(
    question: Question<'_>,
    params: &OcclusionParams,
    observer: &dyn Observer,
) -> Result<Attribution, SaliencyError> {
    for (setting, value) in [("window", params.window), ("stride", params.stride)] {
        if value == 0 {
            return Err(SaliencyError::Setting {
                setting,
                got: "0".to_owned(),
                must_be: "at least 1",
            });
        }
    }
    let (height, width, _) = question.input.dim();
    let (tall, wide) = (params.window.min(height), params.window.min(width));
    let (rows, columns) = (
        places(height - tall, params.stride),
        places(width - wide, params.stride),
    );
    let count = rows.len() * columns.len();
    question.limit_runs(count, "choose a larger stride (--stride)")?;
    let step = coprime_step(count);
    let place = |i: usize| {
        // Jumps about the picture, so that drafts show all of it.
        let at = i * step % count;
        (rows[at / columns.len()], columns[at % columns.len()])
    };
    let (gradients, outcome) = timed(|| {
        let whole = question.score(question.input)?;
        let work = |i: usize| {
            let (y, x) = place(i);
            let mut covered = question.input.to_owned();
            covered
                .slice_mut(s![y..y + tall, x..x + wide, ..])
                .fill(params.value);
            question.score(covered.view())
        };
        let mut corners = Corners::new([height, width]);
        let threads = question.network.parallelism();
        fold_in_order(count, threads, observer, work, |i, score| {
            corners.add(place(i), [tall, wide], whole - score);
            observer.progress(i + 1, count);
            if (i + 1).is_power_of_two() && i >= 31 && i + 1 < count && observer.wants_drafts() {
                observer.draft(&corners.map().values);
            }
            Ok(())
        })?;
        Ok::<_, SaliencyError>(corners.map())
    });
    Ok(Attribution {
        pixels: None,
        map: outcome?,
        completeness: None,
        steps_used: count,
        logits: None,
        seconds: StageSeconds {
            gradients,
            ..StageSeconds::default()
        },
    })
}

/// 0, stride, 2 stride, ... and `last`.
fn places(last: usize, stride: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..=last).step_by(stride).collect();
    if places.last() != Some(&last) {
        places.push(last);
    }
    places
}

/// A step near the golden section of `count` without a common divisor: i * step mod count then
/// visits every place once, far apart.
fn coprime_step(count: usize) -> usize {
    let gcd = |mut a: usize, mut b: usize| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let start = (count as f64 * 0.618_033_988_75) as usize;
    (start.max(1)..=count)
        .find(|&step| gcd(step, count) == 1)
        .unwrap_or(1)
}

/// Sums over rectangles, kept as changes at their corners: each costs four additions whatever
/// its size, and two running sums at the end give the map.
struct Corners {
    changes: Array2<f64>,
}

impl Corners {
    fn new([height, width]: [usize; 2]) -> Self {
        Self {
            changes: Array2::zeros((height + 1, width + 1)),
        }
    }

    fn add(&mut self, (y, x): (usize, usize), [tall, wide]: [usize; 2], value: f64) {
        self.changes[[y, x]] += value;
        self.changes[[y, x + wide]] -= value;
        self.changes[[y + tall, x]] -= value;
        self.changes[[y + tall, x + wide]] += value;
    }

    fn map(&self) -> SaliencyMap {
        let mut sums = self.changes.clone();
        let (height, width) = sums.dim();
        for y in 0..height {
            for x in 0..width {
                let left = if x > 0 { sums[[y, x - 1]] } else { 0.0 };
                let above = if y > 0 { sums[[y - 1, x]] } else { 0.0 };
                let both = if x > 0 && y > 0 {
                    sums[[y - 1, x - 1]]
                } else {
                    0.0
                };
                sums[[y, x]] += left + above - both;
            }
        }
        SaliencyMap {
            values: sums
                .slice(s![..height - 1, ..width - 1])
                .mapv(|value| value as f32),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::Target;
    use crate::progress::Silent;
    use crate::saliency::testing::{TanhNet, assert_close, waves};

    const SHAPE: [usize; 3] = [7, 9, 3];

    fn run(params: &OcclusionParams, threads: usize) -> Attribution {
        let net = TanhNet::new(SHAPE, threads);
        let input = waves(SHAPE);
        let question = Question::new(&net, input.view(), Target::Class(1)).unwrap();
        occlusion(question, params, &Silent).unwrap()
    }

    /// `saliency.Occlusion().GetMask` (PAIR 0.2.1) on the same network, size 3, value 0, row 2.
    #[test]
    fn figures_are_those_of_the_reference() {
        let params = OcclusionParams {
            window: 3,
            ..OcclusionParams::default()
        };
        let got = run(&params, 3);
        assert_eq!(got.steps_used, 5 * 7);
        let row: Vec<f32> = got.map.values.row(2).to_vec();
        assert_close(&row, &ROW_2, 1e-5, "occlusion");
        assert_eq!(got.map, run(&params, 1).map);
    }

    const ROW_2: [f32; 9] = [
        -0.06485639,
        -0.0004518236,
        -0.04756748,
        0.04208093,
        -0.03443205,
        0.03110112,
        -0.03305364,
        -0.02094523,
        -0.03936275,
    ];

    #[test]
    fn strides_reach_the_far_edge_and_odd_windows_are_handled() {
        assert_eq!(places(10, 4), [0, 4, 8, 10]);
        assert_eq!(places(0, 4), [0]);
        for count in 1..200 {
            let step = coprime_step(count);
            let mut seen: Vec<usize> = (0..count).map(|i| i * step % count).collect();
            seen.sort_unstable();
            assert!(seen.into_iter().eq(0..count));
        }
        let all = run(
            &OcclusionParams {
                window: 99,
                ..OcclusionParams::default()
            },
            2,
        );
        assert_eq!(all.steps_used, 1);
        let first = all.map.values[[0, 0]];
        assert!(all.map.values.iter().all(|&value| value == first));
    }
}
