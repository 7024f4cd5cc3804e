//! The two methods of one gradient: the plain gradient (Simonyan, Vedaldi and Zisserman 2014,
//! arXiv 1312.6034) and input x gradient (Shrikumar et al. 2016, arXiv 1605.01713).

use ndarray::Array3;

use super::question::timed;
use super::{Attribution, Question, SaliencyError, SaliencyMap, StageSeconds, View};
use crate::progress::Observer;

/// d score / d input: which pixels would change the score most.
///
/// # Errors
/// When the network fails or the work is cancelled.
pub fn gradient(
    question: Question<'_>,
    view: View,
    observer: &dyn Observer,
) -> Result<Attribution, SaliencyError> {
    one_gradient(question, view, observer, |gradient| gradient)
}

/// Each value of the input times its gradient: a linear guess of what it adds to the score.
///
/// # Errors
/// As [`gradient`].
pub fn input_x_gradient(
    question: Question<'_>,
    view: View,
    observer: &dyn Observer,
) -> Result<Attribution, SaliencyError> {
    one_gradient(question, view, observer, |gradient| {
        gradient * question.input
    })
}

fn one_gradient(
    question: Question<'_>,
    view: View,
    observer: &dyn Observer,
    finish: impl FnOnce(Array3<f32>) -> Array3<f32>,
) -> Result<Attribution, SaliencyError> {
    observer.check()?;
    let (gradients, result) = timed(|| question.gradient(question.input));
    let pixels = finish(result?.1);
    observer.progress(1, 1);
    Ok(Attribution {
        map: SaliencyMap::of_pixels(pixels.view(), view),
        pixels: Some(pixels),
        completeness: None,
        steps_used: 1,
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
    use crate::classifier::{Differentiable, Target};
    use crate::progress::Silent;
    use crate::saliency::testing::{TanhNet, waves};

    const SHAPE: [usize; 3] = [4, 5, 3];

    #[test]
    fn the_gradient_predicts_small_changes_of_the_score() {
        let net = TanhNet::new(SHAPE, 1);
        let input = waves(SHAPE);
        let question = Question::new(&net, input.view(), Target::Class(1)).unwrap();
        let got = gradient(question, View::Signed, &Silent).unwrap();
        let pixels = got.pixels.unwrap();
        for at in [(0, 0, 0), (2, 3, 1), (3, 4, 2)] {
            let moved = |by: f32| {
                let mut input = input.clone();
                input[at] += by;
                f64::from(net.logits(input.view()).unwrap()[1])
            };
            let slope = (moved(0.01) - moved(-0.01)) / 0.02;
            assert!((f64::from(pixels[at]) - slope).abs() < 1e-4, "{at:?}");
        }
        let product = input_x_gradient(question, View::Signed, &Silent).unwrap();
        assert_eq!(product.pixels.unwrap(), &pixels * &input);
        // The signed view adds the channels.
        assert!((got.map.values[[2, 3]] - pixels.slice(ndarray::s![2, 3, ..]).sum()).abs() < 1e-6);
    }
}
