//! Grad-CAM (Selvaraju et al. 2017, arXiv 1610.02391), as `saliency.core.grad_cam`
//! (PAIR-code/saliency 0.2.1): how active a layer was, each channel weighted by its mean gradient.

use ndarray::{Array2, ArrayView2, Axis};

use super::gaussian::{Edge, gaussian_filter};
use super::question::{check_finite, timed};
use super::{Attribution, Question, SaliencyError, SaliencyMap, StageSeconds};
use crate::classifier::LayerGradient;
use crate::progress::Observer;

/// The map of a layer (the last convolution when `None`), brought to the input's size. Values
/// are 0 to 1: what speaks against the class is cut off, and the layer's maximum is 1 before it
/// is resized.
///
/// # Errors
/// When the network fails, has no such layer, or the work is cancelled.
pub fn grad_cam(
    question: Question<'_>,
    layer: Option<&str>,
    observer: &dyn Observer,
) -> Result<Attribution, SaliencyError> {
    observer.check()?;
    let (gradients, result) = timed(|| {
        question
            .network
            .layer_gradient(question.input, question.target, layer)
    });
    let small = weigh_channels(&result?)?;
    let (height, width, _) = question.input.dim();
    observer.progress(1, 1);
    Ok(Attribution {
        pixels: None,
        map: SaliencyMap {
            values: resize_linear(small.view(), [height, width]),
        },
        completeness: None,
        steps_used: 1,
        logits: None,
        seconds: StageSeconds {
            gradients,
            ..StageSeconds::default()
        },
    })
}

/// Channels weighted by their mean gradient and added, negative sums cut off, divided by the
/// maximum where that is more than 0.
fn weigh_channels(layer: &LayerGradient) -> Result<Array2<f32>, SaliencyError> {
    check_finite(layer.activation.view(), "the layer")?;
    check_finite(layer.gradient.view(), "the layer's gradient")?;
    let (_, height, width) = layer.activation.dim();
    let places = (height * width).max(1) as f64;
    let mut sum = Array2::<f64>::zeros((height, width));
    let channels = layer.activation.axis_iter(Axis(0));
    for (activation, gradient) in channels.zip(layer.gradient.axis_iter(Axis(0))) {
        let weight = gradient.iter().map(|&value| f64::from(value)).sum::<f64>() / places;
        sum.zip_mut_with(&activation, |sum, &value| *sum += weight * f64::from(value));
    }
    let most = sum.iter().copied().fold(0.0, f64::max);
    let factor = if most > 0.0 { 1.0 / most } else { 1.0 };
    Ok(sum.mapv(|value| (value.max(0.0) * factor) as f32))
}

/// `skimage.transform.resize` with its defaults (order 1, mirrored about the centre of the edge
/// pixel; a Gaussian of (factor - 1) / 2 first where an axis shrinks).
fn resize_linear(image: ArrayView2<'_, f32>, [height, width]: [usize; 2]) -> Array2<f32> {
    let (from_height, from_width) = image.dim();
    let sigma = |from: usize, to: usize| ((from as f64 / to as f64 - 1.0) / 2.0).max(0.0);
    let wide = image.mapv(f64::from).insert_axis(Axis(2));
    let smooth = gaussian_filter(
        wide.view(),
        [sigma(from_height, height), sigma(from_width, width)],
        Edge::Reflect,
    );
    let rows: Vec<_> = (0..height).map(|y| taps(y, from_height, height)).collect();
    let columns: Vec<_> = (0..width).map(|x| taps(x, from_width, width)).collect();
    let at = |y: usize, x: usize| smooth.get((y, x, 0)).copied().unwrap_or(0.0);
    Array2::from_shape_fn((height, width), |(y, x)| {
        let (top, bottom, down) = rows[y];
        let (left, right, across) = columns[x];
        let upper = at(top, left) * (1.0 - across) + at(top, right) * across;
        let lower = at(bottom, left) * (1.0 - across) + at(bottom, right) * across;
        (upper * (1.0 - down) + lower * down) as f32
    })
}

/// The two samples around pixel `i` of `to` and the share of the second.
fn taps(i: usize, from: usize, to: usize) -> (usize, usize, f64) {
    let last = from.saturating_sub(1);
    let at = (i as f64 + 0.5) * (from as f64 / to as f64) - 0.5;
    // Mirrored about the centres of the first and the last sample.
    let at = at.abs();
    let at = if at > last as f64 {
        (2.0 * last as f64 - at).max(0.0)
    } else {
        at
    };
    let below = at.floor();
    (
        (below as usize).min(last),
        (below as usize + 1).min(last),
        at - below,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::Target;
    use crate::progress::Silent;
    use crate::saliency::testing::{TanhNet, assert_close, waves};

    /// The layer of the test network through `saliency.GradCam().GetMask` (PAIR 0.2.1,
    /// scikit-image 0.26), rows 0 and 4 of a 6 x 9 picture.
    #[test]
    fn figures_are_those_of_the_reference() {
        let shape = [6, 9, 3];
        let net = TanhNet::new(shape, 1);
        let input = waves(shape);
        let question = Question::new(&net, input.view(), Target::Class(0)).unwrap();
        let got = grad_cam(question, None, &Silent).unwrap().map.values;
        let rows = got.select(Axis(0), &[0, 4]);
        let rows: Vec<f32> = rows.iter().copied().collect();
        assert_close(&rows, &WANT, 1e-5, "Grad-CAM");
    }

    const WANT: [f32; 18] = [
        0.3055556, 0.297619, 0.3293651, 0.3611111, 0.3928572, 0.4246032, 0.4563492, 0.4880953,
        0.4801587, 0.734127, 0.7261904, 0.7579365, 0.7896826, 0.8214285, 0.8531746, 0.8849206,
        0.9166667, 0.9087301,
    ];

    #[test]
    fn an_unknown_layer_is_named() {
        let shape = [6, 9, 3];
        let net = TanhNet::new(shape, 1);
        let input = waves(shape);
        let question = Question::new(&net, input.view(), Target::Class(0)).unwrap();
        let error = grad_cam(question, Some("conv99"), &Silent).unwrap_err();
        assert!(error.to_string().contains("conv99"));
    }
}
