//! SmoothGrad (Smilkov et al. 2017, arXiv 1706.03825), as `GetSmoothedMask` of
//! `saliency.core.base` (PAIR-code/saliency 0.2.1).

use ndarray::Array3;

use super::noise::{generator, normal};
use super::ordered::fold_in_order;
use super::question::timed;
use super::{Attribution, Question, SaliencyError, SaliencyMap, StageSeconds, View};
use crate::progress::Observer;

/// Settings of [`smoothgrad`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SmoothGradParams {
    /// Noisy copies of the input, at least 1.
    pub samples: usize,
    /// Standard deviation of the noise, as a share of the input's range (max - min).
    pub spread: f64,
    /// True: mean of squared gradients; false: mean of gradients.
    pub squares: bool,
    /// Where the noise starts.
    pub seed: u64,
    /// How channels become one number.
    pub view: View,
}

impl Default for SmoothGradParams {
    fn default() -> Self {
        Self {
            samples: 25,
            spread: 0.15,
            squares: true,
            seed: 0,
            view: View::Magnitude,
        }
    }
}

/// The mean of gradients (or of their squares) at noisy copies of the input.
///
/// # Errors
/// When the network fails or the work is cancelled.
pub fn smoothgrad(
    question: Question<'_>,
    params: &SmoothGradParams,
    observer: &dyn Observer,
) -> Result<Attribution, SaliencyError> {
    let (min, max) = question.range();
    let deviation = params.spread * f64::from(max - min);
    let samples = params.samples.max(1);
    let mut sum = Array3::<f64>::zeros(question.input.raw_dim());
    let mean = |sum: &Array3<f64>, count: usize| sum.mapv(|value| (value / count as f64) as f32);
    let work = |i: usize| {
        let mut generator = generator(params.seed, i);
        let noisy = question
            .input
            .mapv(|value| (f64::from(value) + deviation * normal(&mut generator)) as f32);
        question.gradient(noisy.view())
    };
    let (gradients, outcome) = timed(|| {
        let threads = question.network.parallelism();
        fold_in_order(samples, threads, observer, work, |i, (_, gradient)| {
            sum.zip_mut_with(&gradient, |sum, &value| {
                let value = f64::from(value);
                *sum += if params.squares { value * value } else { value };
            });
            observer.progress(i + 1, samples);
            if (i + 1).is_power_of_two() && i + 1 < samples && observer.wants_drafts() {
                let draft = mean(&sum, i + 1);
                observer.draft(&SaliencyMap::of_pixels(draft.view(), params.view).values);
            }
            Ok(())
        })
    });
    outcome?;
    let pixels = mean(&sum, samples);
    Ok(Attribution {
        map: SaliencyMap::of_pixels(pixels.view(), params.view),
        pixels: Some(pixels),
        completeness: None,
        steps_used: samples,
        logits: None,
        seconds: StageSeconds {
            gradients,
            ..StageSeconds::default()
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::Target;
    use crate::progress::Silent;
    use crate::saliency::gradient::gradient;
    use crate::saliency::testing::{TanhNet, assert_close, waves};

    const SHAPE: [usize; 3] = [4, 5, 3];

    fn run(params: &SmoothGradParams, threads: usize) -> Vec<f32> {
        let net = TanhNet::new(SHAPE, threads);
        let input = waves(SHAPE);
        let question = Question::new(&net, input.view(), Target::Class(1)).unwrap();
        let pixels = smoothgrad(question, params, &Silent).unwrap().pixels;
        pixels.unwrap().iter().copied().collect()
    }

    #[test]
    fn without_noise_it_is_the_gradient_or_its_square() {
        let net = TanhNet::new(SHAPE, 1);
        let input = waves(SHAPE);
        let question = Question::new(&net, input.view(), Target::Class(1)).unwrap();
        let plain = gradient(question, View::Signed, &Silent).unwrap().pixels;
        let plain: Vec<f32> = plain.unwrap().iter().copied().collect();
        let square: Vec<f32> = plain.iter().map(|v| v * v).collect();
        let mut params = SmoothGradParams {
            spread: 0.0,
            ..SmoothGradParams::default()
        };
        assert_close(&run(&params, 2), &square, 1e-6, "squares");
        params.squares = false;
        assert_close(&run(&params, 2), &plain, 1e-6, "plain");
    }

    /// The expectation from 200,000 samples with NumPy's generator on the same network, channel 0
    /// of row 0: two independent estimates of the same mean.
    #[test]
    fn many_samples_meet_the_expectation() {
        let params = SmoothGradParams {
            samples: 20_000,
            ..SmoothGradParams::default()
        };
        let got: Vec<f32> = run(&params, 2).iter().step_by(3).take(5).copied().collect();
        assert_close(&got, &EXPECTED, 0.02, "mean of squares");
    }

    const EXPECTED: [f32; 5] = [
        0.00930996,
        0.007079881,
        0.003340307,
        0.0008234245,
        0.001368104,
    ];

    #[test]
    fn the_seed_decides() {
        let params = SmoothGradParams::default();
        let other = SmoothGradParams { seed: 1, ..params };
        assert_eq!(run(&params, 1), run(&params, 4));
        assert_ne!(run(&params, 1), run(&other, 1));
    }
}
