//! The one entry to all methods.

use ndarray::ArrayView3;

use super::attention_rollout::attention_rollout;
use super::blur_ig::{BlurIgParams, blur_ig};
use super::grad_cam::{grad_cam, grad_cam_plus_plus};
use super::gradient::{gradient, input_x_gradient};
use super::guided_ig::{GuidedIgParams, guided_ig};
use super::integrated_gradients::{IgParams, integrated_gradients};
use super::occlusion::{OcclusionParams, occlusion};
use super::rise::{RiseParams, rise};
use super::smoothgrad::{SmoothGradParams, smoothgrad};
use super::xrai::{Ranking, XraiParams, xrai};
use super::{Attribution, Baseline, Method, MethodParams, Question, SaliencyError, Steps};
use crate::classifier::{Differentiable, Target};
use crate::progress::Observer;

/// Explains why `network` gives `target` its score at `input` (`[height, width, channels]`,
/// network units), by `method`. The same question with the same settings gives the same bits on
/// one machine.
///
/// # Errors
/// When the input does not fit, a setting is out of range, the network fails, or the observer
/// cancels.
pub fn attribute(
    method: Method,
    network: &dyn Differentiable,
    input: ArrayView3<'_, f32>,
    target: Target,
    params: &MethodParams,
    observer: &dyn Observer,
) -> Result<Attribution, SaliencyError> {
    params.check()?;
    let question = Question::new(network, input, target)?;
    let baselines = || {
        params
            .baseline_of(method)
            .unwrap_or(Baseline::Zero)
            .resolve(input, params.black_white.as_ref())
    };
    let path_steps = |default: Steps| match params.steps {
        Some(Steps::Auto) => Ok(Steps::Auto),
        None => Ok(default),
        Some(Steps::Count(count)) => params.count_or(count).map(Steps::Count),
    };
    match method {
        Method::Xrai | Method::XraiFast => {
            let defaults = XraiParams::default();
            let settings = XraiParams {
                steps: path_steps(defaults.steps)?,
                integration: params.integration,
                ranking: if method == Method::Xrai {
                    Ranking::Full
                } else {
                    Ranking::Fast
                },
            };
            xrai(question, &baselines()?, &settings, observer)
        }
        Method::Ig => {
            let settings = IgParams {
                steps: path_steps(IgParams::default().steps)?,
                integration: params.integration,
                view: params.view,
            };
            integrated_gradients(question, &baselines()?, &settings, observer)
        }
        Method::GuidedIg => {
            let defaults = GuidedIgParams::default();
            let settings = GuidedIgParams {
                steps: params.count_or(defaults.steps)?,
                fraction: params.fraction.unwrap_or(defaults.fraction),
                max_dist: params.max_dist.unwrap_or(defaults.max_dist),
                view: params.view,
            };
            guided_ig(question, &baselines()?, &settings, observer)
        }
        Method::BlurIg => {
            let defaults = BlurIgParams::default();
            let settings = BlurIgParams {
                steps: params.count_or(defaults.steps)?,
                max_sigma: params.max_sigma.unwrap_or(defaults.max_sigma),
                view: params.view,
                ..defaults
            };
            blur_ig(question, &settings, observer)
        }
        Method::Gradient => gradient(question, params.view, observer),
        Method::InputXGradient => input_x_gradient(question, params.view, observer),
        Method::SmoothGrad | Method::SmoothGradPlain => {
            let defaults = SmoothGradParams::default();
            let settings = SmoothGradParams {
                samples: params.count_or(defaults.samples)?,
                spread: params.noise.unwrap_or(defaults.spread),
                squares: method == Method::SmoothGrad,
                seed: params.seed,
                view: params.view,
            };
            smoothgrad(question, &settings, observer)
        }
        Method::GradCam => grad_cam(question, params.layer.as_deref(), observer),
        Method::GradCamPlusPlus => grad_cam_plus_plus(question, params.layer.as_deref(), observer),
        Method::AttentionRollout => attention_rollout(question, observer),
        Method::Occlusion => {
            let defaults = OcclusionParams::default();
            let settings = OcclusionParams {
                window: params.window.unwrap_or(defaults.window),
                stride: params.stride.unwrap_or(defaults.stride),
                ..defaults
            };
            occlusion(question, &settings, observer)
        }
        Method::Rise => {
            let defaults = RiseParams::default();
            let settings = RiseParams {
                masks: params.count_or(defaults.masks)?,
                cells: params.cells.unwrap_or(defaults.cells),
                visible: params.visible.unwrap_or(defaults.visible),
                seed: params.seed,
            };
            rise(question, &settings, observer)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::{CancelFlag, Observer, Silent};
    use crate::saliency::testing::{TanhNet, waves};
    use ndarray::Array3;
    use std::sync::Mutex;

    const SHAPE: [usize; 3] = [40, 30, 3];

    fn quick(seed: u64) -> MethodParams {
        MethodParams {
            steps: Some(Steps::Count(12)),
            stride: Some(7),
            seed,
            ..MethodParams::default()
        }
    }

    /// Keeps all it is told.
    #[derive(Default)]
    struct Notes {
        progress: Mutex<Vec<(usize, usize)>>,
        drafts: Mutex<usize>,
    }

    impl Observer for Notes {
        fn progress(&self, done: usize, total: usize) {
            self.progress.lock().unwrap().push((done, total));
        }

        fn draft(&self, map: &ndarray::Array2<f32>) {
            assert_eq!(map.dim(), (SHAPE[0], SHAPE[1]));
            *self.drafts.lock().unwrap() += 1;
        }

        fn wants_drafts(&self) -> bool {
            true
        }
    }

    #[test]
    fn every_method_makes_a_map_tells_progress_and_repeats_to_the_bit() {
        let input = waves(SHAPE);
        for method in Method::all() {
            let run = |threads, observer: &dyn Observer| {
                let net = TanhNet::new(SHAPE, threads);
                let target = Target::Class(0);
                attribute(method, &net, input.view(), target, &quick(5), observer).unwrap()
            };
            let notes = Notes::default();
            let got = run(3, &notes);
            assert_eq!(got.map.values.dim(), (SHAPE[0], SHAPE[1]), "{method}");
            assert!(got.map.values.iter().all(|value| value.is_finite()));
            assert!(got.map.values.iter().any(|&value| value != 0.0), "{method}");
            let progress = notes.progress.into_inner().unwrap();
            let &(done, total) = progress.last().unwrap();
            assert_eq!(done, total, "{method}");
            assert!(progress.windows(2).all(|pair| pair[0].0 < pair[1].0));
            if method.has_steps() {
                assert!(notes.drafts.into_inner().unwrap() > 0 || method == Method::Rise);
            }
            let again = run(1, &Silent);
            assert_eq!(got.map, again.map, "{method}");
            assert_eq!(got.pixels, again.pixels, "{method}");
        }
    }

    #[test]
    fn every_method_can_be_cancelled_and_refuses_a_wrong_input() {
        let net = TanhNet::new(SHAPE, 2);
        for method in Method::all() {
            let run = |input: &Array3<f32>, observer: &dyn Observer| {
                attribute(
                    method,
                    &net,
                    input.view(),
                    Target::Class(0),
                    &quick(0),
                    observer,
                )
            };
            let flag = CancelFlag::default();
            flag.cancel();
            let error = run(&waves(SHAPE), &flag).unwrap_err();
            assert!(error.is_cancelled(), "{method}: {error}");
            let error = run(&waves([40, 31, 3]), &Silent).unwrap_err();
            assert!(
                matches!(error, SaliencyError::InputShape { .. }),
                "{method}"
            );
            let mut holed = waves(SHAPE);
            holed[[3, 4, 1]] = f32::NAN;
            let error = run(&holed, &Silent).unwrap_err();
            assert!(matches!(
                error,
                SaliencyError::NotFinite {
                    row: 3,
                    column: 4,
                    ..
                }
            ));
        }
    }

    #[test]
    fn contrasts_are_differences_for_methods_linear_in_the_score() {
        let net = TanhNet::new(SHAPE, 2);
        let input = waves(SHAPE);
        for method in [Method::Gradient, Method::Ig, Method::BlurIg] {
            let run = |target| {
                attribute(method, &net, input.view(), target, &quick(0), &Silent)
                    .unwrap()
                    .pixels
                    .unwrap()
            };
            let (one, two) = (run(Target::Class(1)), run(Target::Class(2)));
            let both = run(Target::Contrast {
                class: 1,
                against: 2,
            });
            for ((one, two), both) in one.iter().zip(&two).zip(&both) {
                assert!((one - two - both).abs() < 1e-5, "{method}");
            }
        }
    }
}
