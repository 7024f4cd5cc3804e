//! Integrated gradients (Sundararajan, Taly and Yan 2017, arXiv 1703.01365), as
//! `saliency.core.integrated_gradients` (PAIR-code/saliency 0.2.1) and as Captum compute them.

use ndarray::Array3;

use super::adaptive::integrate_adaptively;
use super::path::{PathSum, spread_out};
use super::quadrature::{gauss_legendre, riemann};
use super::question::timed;
use super::{
    Attribution, Completeness, Integration, Question, SaliencyError, SaliencyMap, StageSeconds,
    Steps, View,
};
use crate::progress::Observer;

/// Most Gauss-Legendre nodes: finding them takes time that grows with the square of their number.
const MOST_NODES: usize = 10_000;

/// Settings of [`integrated_gradients`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IgParams {
    /// Gradients per baseline.
    pub steps: Steps,
    /// How they add up; not used when the steps are [`Steps::Auto`].
    pub integration: Integration,
    /// How channels become one number.
    pub view: View,
}

impl Default for IgParams {
    fn default() -> Self {
        Self {
            steps: Steps::Count(25),
            integration: Integration::Riemann,
            view: View::Magnitude,
        }
    }
}

/// (input - baseline) times the mean gradient on the line between them, averaged over the
/// `baselines` (at least one, each of the input's shape).
///
/// # Errors
/// When the network fails or the work is cancelled.
pub fn integrated_gradients(
    question: Question<'_>,
    baselines: &[Array3<f32>],
    params: &IgParams,
    observer: &dyn Observer,
) -> Result<Attribution, SaliencyError> {
    let (gradients, integral) = timed(|| {
        integrate(question, baselines, params, observer, |pixels| {
            Ok(SaliencyMap::of_pixels(pixels.view(), params.view))
        })
    });
    let integral = integral?;
    Ok(Attribution {
        map: SaliencyMap::of_pixels(integral.pixels.view(), params.view),
        pixels: Some(integral.pixels),
        completeness: Some(integral.completeness),
        steps_used: integral.steps_used,
        logits: integral.logits,
        seconds: StageSeconds {
            gradients,
            ..StageSeconds::default()
        },
    })
}

/// Attributions per pixel and channel, before a map is made of them.
pub(super) struct Integral {
    pub pixels: Array3<f32>,
    pub completeness: Completeness,
    pub steps_used: usize,
    /// Logits at the input, if a gradient was computed there.
    pub logits: Option<Vec<f32>>,
}

/// The work of integrated gradients and of XRAI; `draft` makes a map of attributions so far.
pub(super) fn integrate(
    question: Question<'_>,
    baselines: &[Array3<f32>],
    params: &IgParams,
    observer: &dyn Observer,
    draft: impl Fn(Array3<f32>) -> Result<SaliencyMap, SaliencyError>,
) -> Result<Integral, SaliencyError> {
    let mut sum = PathSum::new(question, baselines);
    let show = |sum: &PathSum<'_, '_>| {
        observer.draft(&draft(sum.attribution())?.values);
        Ok(())
    };
    let nodes = match (params.steps, params.integration) {
        (Steps::Count(steps), Integration::Riemann) => riemann(steps),
        (Steps::Count(steps), Integration::GaussLegendre) => {
            if steps > MOST_NODES {
                return Err(SaliencyError::Setting {
                    setting: "steps",
                    got: steps.to_string(),
                    must_be: "at most 10000 with Gauss-Legendre",
                });
            }
            gauss_legendre(steps)
        }
        (Steps::Auto, _) => {
            return integrate_adaptively(question, baselines, observer, |pixels| {
                observer.draft(&draft(pixels)?.values);
                Ok(())
            });
        }
    };
    let points = spread_out(baselines.len(), &nodes);
    sum.add(&points, points.len(), observer, show)?;
    let pixels = sum.attribution();
    Ok(Integral {
        completeness: sum.completeness(&pixels)?,
        pixels,
        steps_used: sum.count(),
        logits: sum.into_logits(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::Target;
    use crate::progress::Silent;
    use crate::saliency::testing::{TanhNet, assert_close, waves};
    use crate::saliency::{Baseline, Method, MethodParams, attribute};

    const SHAPE: [usize; 3] = [4, 5, 3];

    fn run(params: &MethodParams, threads: usize, target: Target) -> Attribution {
        let net = TanhNet::new(SHAPE, threads);
        attribute(
            Method::Ig,
            &net,
            waves(SHAPE).view(),
            target,
            params,
            &Silent,
        )
        .unwrap()
    }

    /// `saliency.IntegratedGradients().GetMask` (PAIR 0.2.1) on the same network, `x_steps` 7.
    #[test]
    fn riemann_sums_are_those_of_the_reference() {
        let params = MethodParams {
            steps: Some(Steps::Count(7)),
            ..MethodParams::default()
        };
        let got = run(&params, 2, Target::Class(1));
        let pixels: Vec<f32> = got.pixels.unwrap().iter().copied().collect();
        assert_close(&pixels[..12], &IG_7, 1e-5, "IG of 7 steps");
        assert_eq!(got.steps_used, 7);
    }

    const IG_7: [f32; 12] = [
        0.0,
        0.06067157,
        -0.008715316,
        -0.03270516,
        -0.08677554,
        -0.003500226,
        0.04065191,
        0.08222529,
        -0.01578075,
        -0.01722522,
        -0.05070881,
        0.05314437,
    ];

    #[test]
    fn gauss_legendre_and_auto_are_complete() {
        for (steps, integration, bound) in [
            (Steps::Count(20), Integration::GaussLegendre, 1e-5),
            (
                Steps::Auto,
                Integration::Riemann,
                crate::saliency::adaptive::BOUND,
            ),
        ] {
            let params = MethodParams {
                steps: Some(steps),
                integration,
                baseline: Some(Baseline::Minmax),
                ..MethodParams::default()
            };
            for target in [
                Target::Class(0),
                Target::Contrast {
                    class: 2,
                    against: 1,
                },
            ] {
                let got = run(&params, 3, target).completeness.unwrap();
                assert!(got.error < bound, "{got:?}");
                assert!(got.expected.abs() > 0.01);
            }
        }
    }

    #[test]
    fn results_repeat_to_the_bit_whatever_the_threads() {
        let params = MethodParams::default();
        let one = run(&params, 1, Target::Class(2));
        for threads in [2, 5, 8] {
            let again = run(&params, threads, Target::Class(2));
            assert_eq!(one.pixels, again.pixels);
            assert_eq!(one.map, again.map);
        }
    }
}
