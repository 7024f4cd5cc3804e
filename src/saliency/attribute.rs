//! The one entry to all methods.

use ndarray::ArrayView3;

use super::integrated_gradients::{IgParams, integrated_gradients};
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
        _ => Err(SaliencyError::Setting {
            setting: "method",
            got: method.to_string(),
            must_be: "one of xrai, xrai-fast and ig",
        }),
    }
}
