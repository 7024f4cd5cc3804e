//! Grad-CAM (Selvaraju et al. 2017, arXiv 1610.02391), as `saliency.core.grad_cam`
//! (PAIR-code/saliency 0.2.1): how active a layer was, each channel weighted by its mean gradient.

use ndarray::{Array2, ArrayView2, Axis};

use super::gaussian::{Edge, gaussian_filter};
use super::question::{check_finite, timed};
use super::{Attribution, Question, SaliencyError, SaliencyMap, StageSeconds};
use crate::classifier::LayerGradient;
use crate::progress::Observer;

/// The map of a layer (the last with places of the picture when `None`), brought to the input's
/// size. Values are 0 to 1: what speaks against the class is cut off, and the layer's maximum is 1
/// before it is resized.
///
/// # Errors
/// When the network fails, has no such layer, or the work is cancelled.
pub fn grad_cam(
    question: Question<'_>,
    layer: Option<&str>,
    observer: &dyn Observer,
) -> Result<Attribution, SaliencyError> {
    of_layer(question, layer, observer, mean_gradient)
}

/// The map of a layer that is known already, at `size` (height, width) instead of the picture's: what
/// speaks against the class is cut off. The second value is the layer's maximum, by which the map was
/// divided where it is more than 0.
///
/// # Errors
/// When the layer's values or gradients are not all numbers.
pub(crate) fn coarse_grad_cam(
    layer: &LayerGradient,
    size: [usize; 2],
) -> Result<(Array2<f32>, f32), SaliencyError> {
    let (small, most) = weigh_channels(layer, mean_gradient)?;
    Ok((resize_linear(small.view(), size), most))
}

fn mean_gradient(_: ArrayView2<'_, f32>, gradient: ArrayView2<'_, f32>) -> f64 {
    gradient.iter().map(|&value| f64::from(value)).sum::<f64>() / gradient.len().max(1) as f64
}

/// Grad-CAM++ (Chattopadhay et al. 2018, arXiv 1710.11063), as [`grad_cam`] with other weights of
/// the channels: places whose gradient is positive, each weighed by `g^2 / (2 g^2 + sum(a) g^3)`.
///
/// # Errors
/// As [`grad_cam`].
pub fn grad_cam_plus_plus(
    question: Question<'_>,
    layer: Option<&str>,
    observer: &dyn Observer,
) -> Result<Attribution, SaliencyError> {
    of_layer(question, layer, observer, |activation, gradient| {
        let all: f64 = activation.iter().map(|&value| f64::from(value)).sum();
        let place = |&g: &f32| {
            let g = f64::from(g);
            let below = 2.0 * g * g + all * g.powi(3);
            // As in the reference implementation (jacobgil/pytorch-grad-cam).
            let share = g * g / (below + 1e-6);
            if g > 0.0 { share * g } else { 0.0 }
        };
        gradient.iter().map(place).sum()
    })
}

/// Channels weighted by what `weight` makes of their activation and gradient.
fn of_layer(
    question: Question<'_>,
    layer: Option<&str>,
    observer: &dyn Observer,
    weight: impl Fn(ArrayView2<'_, f32>, ArrayView2<'_, f32>) -> f64,
) -> Result<Attribution, SaliencyError> {
    observer.check()?;
    let (gradients, result) = timed(|| {
        question
            .network
            .layer_gradient(question.input, question.target, layer)
    });
    let (small, _) = weigh_channels(&result?, weight)?;
    observer.progress(1, 1);
    Ok(at_input_size(&question, small.view(), gradients))
}

/// A small map brought to the input's size.
pub(super) fn at_input_size(
    question: &Question<'_>,
    small: ArrayView2<'_, f32>,
    gradients: f64,
) -> Attribution {
    let (height, width, _) = question.input.dim();
    Attribution {
        pixels: None,
        map: SaliencyMap {
            values: resize_linear(small, [height, width]),
        },
        completeness: None,
        steps_used: 1,
        logits: None,
        seconds: StageSeconds {
            gradients,
            ..StageSeconds::default()
        },
    }
}

/// Weighted channels added, negative sums cut off, divided by the maximum where that is more
/// than 0; and that maximum.
fn weigh_channels(
    layer: &LayerGradient,
    weight: impl Fn(ArrayView2<'_, f32>, ArrayView2<'_, f32>) -> f64,
) -> Result<(Array2<f32>, f32), SaliencyError> {
    check_finite(layer.activation.view(), "the layer")?;
    check_finite(layer.gradient.view(), "the layer's gradient")?;
    let (_, height, width) = layer.activation.dim();
    let mut sum = Array2::<f64>::zeros((height, width));
    let channels = layer.activation.axis_iter(Axis(0));
    for (activation, gradient) in channels.zip(layer.gradient.axis_iter(Axis(0))) {
        let weight = weight(activation, gradient);
        sum.zip_mut_with(&activation, |sum, &value| *sum += weight * f64::from(value));
    }
    let most = sum.iter().copied().fold(0.0, f64::max);
    let factor = if most > 0.0 { 1.0 / most } else { 1.0 };
    Ok((
        sum.mapv(|value| (value.max(0.0) * factor) as f32),
        most as f32,
    ))
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
    use crate::classifier::{ClassifierError, Differentiable, Gradient, Target};
    use crate::progress::Silent;
    use crate::saliency::testing::{TanhNet, assert_close, waves};
    use ndarray::ArrayView3;

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

    struct Fixed(LayerGradient);

    impl Differentiable for Fixed {
        fn input_shape(&self) -> [usize; 3] {
            [1, 2, 3]
        }

        fn logits(&self, _: ArrayView3<'_, f32>) -> Result<Vec<f32>, ClassifierError> {
            Ok(vec![0.0])
        }

        fn gradient(&self, _: ArrayView3<'_, f32>, _: Target) -> Result<Gradient, ClassifierError> {
            Err(ClassifierError::Run(String::new()))
        }

        fn layer_gradient(
            &self,
            _: ArrayView3<'_, f32>,
            _: Target,
            _: Option<&str>,
        ) -> Result<LayerGradient, ClassifierError> {
            Ok(self.0.clone())
        }
    }

    /// Two channels of two places by hand. In the first, 3 its sum, gradients 1 and 2 weigh
    /// `1 / (2 + 3)` and `4 / (8 + 24)`; in the second none is above 0.
    #[test]
    fn places_of_grad_cam_plus_plus_weigh_by_their_gradient() {
        let layer = LayerGradient {
            layer: String::new(),
            activation: ndarray::array![[[1.0, 2.0]], [[5.0, 1.0]]],
            gradient: ndarray::array![[[1.0, 2.0]], [[-1.0, 0.0]]],
        };
        let net = Fixed(layer);
        let input = waves([1, 2, 3]);
        let question = Question::new(&net, input.view(), Target::Class(0)).unwrap();
        let got = grad_cam_plus_plus(question, None, &Silent).unwrap().map;
        assert_close(
            got.values.as_slice().unwrap(),
            &[0.5, 1.0],
            1e-5,
            "Grad-CAM++",
        );
    }

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
