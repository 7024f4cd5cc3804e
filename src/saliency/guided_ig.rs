//! Guided integrated gradients (Kapishnikov et al. 2021, arXiv 2106.09788), as
//! `saliency.core.guided_ig` (PAIR-code/saliency 0.2.1): the path from the baseline first moves
//! the values whose gradient is smallest, so that it avoids the noise of steep places.

use std::time::Instant;

use ndarray::{Array3, ArrayView3};

use super::{Attribution, Completeness, Question, SaliencyError, SaliencyMap, StageSeconds, View};
use crate::progress::Observer;

/// Two distances count as equal within this, relative and absolute.
const EPSILON: f64 = 1e-9;

/// Settings of [`guided_ig`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GuidedIgParams {
    /// Gradients, at least 1.
    pub steps: usize,
    /// Share of the values, those with the smallest gradient, that move at a time; 0 to 1.
    pub fraction: f64,
    /// How far a value may be ahead of or behind the straight line, as a share of its way; 0 is
    /// integrated gradients, 1 leaves the path free.
    pub max_dist: f64,
    /// How channels become one number.
    pub view: View,
}

impl Default for GuidedIgParams {
    fn default() -> Self {
        Self {
            steps: 200,
            fraction: 0.25,
            max_dist: 0.02,
            view: View::Magnitude,
        }
    }
}

/// Gradients along a guided path from each of the `baselines` (of the input's shape) to the
/// input; the mean over the baselines. Each step depends on the one before, so this method cannot
/// use several cores.
///
/// # Errors
/// When the network fails or the work is cancelled.
pub fn guided_ig(
    question: Question<'_>,
    baselines: &[Array3<f32>],
    params: &GuidedIgParams,
    observer: &dyn Observer,
) -> Result<Attribution, SaliencyError> {
    let start = Instant::now();
    let mut walk = Walk {
        question,
        params,
        observer,
        steps: params.steps.max(1),
        done: 0,
        total: params.steps.max(1) * baselines.len(),
        sum: vec![0.0; question.input.len()],
    };
    let end = question.score(question.input)?;
    let mut expected = 0.0;
    for (i, baseline) in baselines.iter().enumerate() {
        expected += end - walk.from(baseline, i + 1)?;
    }
    let share = 1.0 / baselines.len().max(1) as f64;
    let got = walk.sum.iter().sum::<f64>();
    let pixels = walk.pixels(&walk.sum, share);
    Ok(Attribution {
        map: SaliencyMap::of_pixels(pixels.view(), params.view),
        pixels: Some(pixels),
        completeness: Some(Completeness::new(expected * share, got * share)),
        steps_used: walk.done,
        logits: None,
        seconds: StageSeconds {
            gradients: start.elapsed().as_secs_f64(),
            ..StageSeconds::default()
        },
    })
}

/// The walks along the paths of all baselines.
struct Walk<'q, 'a> {
    question: Question<'q>,
    params: &'a GuidedIgParams,
    observer: &'a dyn Observer,
    /// Gradients per baseline.
    steps: usize,
    done: usize,
    total: usize,
    /// Attributions of the paths walked to their end.
    sum: Vec<f64>,
}

impl Walk<'_, '_> {
    /// Walks from `baseline`, the `number`-th; hands back the score there.
    fn from(&mut self, baseline: &Array3<f32>, number: usize) -> Result<f64, SaliencyError> {
        let wide = |values: ArrayView3<'_, f32>| values.iter().map(|&v| f64::from(v)).collect();
        let mut path = GuidedPath::new(wide(baseline.view()), wide(self.question.input));
        let mut start = None;
        for step in 1..=self.steps {
            self.observer.check()?;
            let at = self.pixels(&path.at, 1.0);
            let (score, gradient) = self.question.gradient(at.view())?;
            start.get_or_insert(score);
            let gradient: Vec<f64> = wide(gradient.view());
            path.step(step as f64 / self.steps as f64, &gradient, self.params);
            self.done += 1;
            self.observer.progress(self.done, self.total);
            let draft = self.done.is_power_of_two() && self.done < self.total;
            if draft && self.observer.wants_drafts() {
                let both: Vec<f64> = self
                    .sum
                    .iter()
                    .zip(&path.attribution)
                    .map(|(a, b)| a + b)
                    .collect();
                let draft = self.pixels(&both, 1.0 / number as f64);
                let map = SaliencyMap::of_pixels(draft.view(), self.params.view);
                self.observer.draft(&map.values);
            }
        }
        for (sum, value) in self.sum.iter_mut().zip(path.attribution) {
            *sum += value;
        }
        Ok(start.unwrap_or(0.0))
    }

    /// `values` times `factor` in the shape of the input.
    fn pixels(&self, values: &[f64], factor: f64) -> Array3<f32> {
        let mut pixels = Array3::zeros(self.question.input.raw_dim());
        for (pixel, &value) in pixels.iter_mut().zip(values) {
            *pixel = (value * factor) as f32;
        }
        pixels
    }
}

/// A point on its way from the baseline to the input, and what the way has added up to.
struct GuidedPath {
    from: Vec<f64>,
    to: Vec<f64>,
    at: Vec<f64>,
    attribution: Vec<f64>,
    /// L1 distance of the ends.
    length: f64,
}

impl GuidedPath {
    fn new(from: Vec<f64>, to: Vec<f64>) -> Self {
        Self {
            length: l1(&from, &to),
            at: from.clone(),
            attribution: vec![0.0; from.len()],
            from,
            to,
        }
    }

    fn on_line(&self, i: usize, alpha: f64) -> f64 {
        self.from[i] + (self.to[i] - self.from[i]) * alpha
    }

    /// Moves on until the distance to the input is the share 1 - `alpha` of the whole.
    fn step(&mut self, alpha: f64, gradient: &[f64], params: &GuidedIgParams) {
        if self.length == 0.0 {
            return;
        }
        let behind = (alpha - params.max_dist).max(0.0);
        let ahead = (alpha + params.max_dist).min(1.0);
        let target = self.length * (1.0 - alpha);
        let before = self.at.clone();
        // Values too far behind the line catch up.
        for i in 0..self.at.len() {
            let way = self.to[i] - self.from[i];
            if way != 0.0 && (self.at[i] - self.from[i]) / way < behind {
                self.at[i] = self.on_line(i, behind);
            }
        }
        // Gradients of values that may not move any further count as infinite.
        let mut steepness: Vec<f64> = gradient.iter().map(|g| g.abs()).collect();
        loop {
            let distance = l1(&self.at, &self.to);
            if is_close(target, distance) {
                break;
            }
            let mut room = 0.0;
            for (i, steepness) in steepness.iter_mut().enumerate() {
                if self.at[i] == self.on_line(i, ahead) {
                    *steepness = f64::INFINITY;
                }
            }
            let threshold = lower_quantile(&steepness, params.fraction);
            let moves = |steepness: f64| steepness <= threshold && steepness < f64::INFINITY;
            for (i, &steepness) in steepness.iter().enumerate() {
                if moves(steepness) {
                    room += (self.at[i] - self.on_line(i, ahead)).abs();
                }
            }
            let share = (distance - target) / room;
            // No room left, or already past the target: rounding, where the reference would
            // stop with an assertion or never end.
            if room <= 0.0 || share <= 0.0 {
                break;
            }
            for (i, &steepness) in steepness.iter().enumerate() {
                if moves(steepness) {
                    let limit = self.on_line(i, ahead);
                    self.at[i] = if share > 1.0 {
                        limit
                    } else {
                        self.at[i] + (limit - self.at[i]) * share
                    };
                }
            }
            if share <= 1.0 {
                break;
            }
        }
        for (i, sum) in self.attribution.iter_mut().enumerate() {
            *sum += (self.at[i] - before[i]) * gradient[i];
        }
    }
}

fn l1(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum()
}

/// Python's `math.isclose` with both tolerances at [`EPSILON`].
fn is_close(a: f64, b: f64) -> bool {
    (a - b).abs() <= (EPSILON * a.abs().max(b.abs())).max(EPSILON)
}

/// `numpy.quantile(values, share, method='lower')`.
fn lower_quantile(values: &[f64], share: f64) -> f64 {
    let mut values = values.to_vec();
    let rank = (values.len().saturating_sub(1) as f64 * share.clamp(0.0, 1.0)).floor() as usize;
    if values.is_empty() {
        return f64::INFINITY;
    }
    *values.select_nth_unstable_by(rank, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::Target;
    use crate::progress::Silent;
    use crate::saliency::testing::{TanhNet, assert_close, waves};

    const SHAPE: [usize; 3] = [4, 5, 3];

    fn run(params: &GuidedIgParams) -> Attribution {
        let net = TanhNet::new(SHAPE, 1);
        let input = waves(SHAPE);
        let question = Question::new(&net, input.view(), Target::Class(1)).unwrap();
        guided_ig(question, &[Array3::zeros(SHAPE)], params, &Silent).unwrap()
    }

    /// `saliency.GuidedIG().GetMask` (PAIR 0.2.1) on the same network.
    #[test]
    fn figures_are_those_of_the_reference() {
        for (params, want, what) in [
            (GuidedIgParams::default(), &DEFAULTS, "defaults"),
            (
                GuidedIgParams {
                    steps: 11,
                    fraction: 0.1,
                    max_dist: 0.5,
                    ..GuidedIgParams::default()
                },
                &FREE,
                "free path",
            ),
        ] {
            let got = run(&params);
            let pixels: Vec<f32> = got.pixels.unwrap().iter().copied().collect();
            assert_close(&pixels[..12], want, 1e-4, what);
        }
    }

    const DEFAULTS: [f32; 12] = [
        0.0,
        0.06005397,
        -0.009102793,
        -0.03274731,
        -0.08642574,
        -0.003366382,
        0.04092227,
        0.0820997,
        -0.01558495,
        -0.01791529,
        -0.05076811,
        0.0529244,
    ];
    const FREE: [f32; 12] = [
        0.0,
        0.0547504,
        -0.00997708,
        -0.03176497,
        -0.08584121,
        -0.002892326,
        0.04130146,
        0.08115632,
        -0.01421025,
        -0.01942939,
        -0.04905403,
        0.05222814,
    ];

    #[test]
    fn it_is_nearly_complete_and_the_same_picture_gives_zero() {
        let got = run(&GuidedIgParams::default()).completeness.unwrap();
        assert!(got.error < 0.02, "{got:?}");
        let net = TanhNet::new(SHAPE, 1);
        let input = waves(SHAPE);
        let question = Question::new(&net, input.view(), Target::Class(1)).unwrap();
        let same = [input.clone()];
        let none = guided_ig(question, &same, &GuidedIgParams::default(), &Silent).unwrap();
        assert!(none.map.values.iter().all(|&value| value == 0.0));
    }
}
