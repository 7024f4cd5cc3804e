//! Cubic spline resizing as `skimage.transform.resize(order=3, mode='constant',
//! anti_aliasing=True, preserve_range=True)` (scikit-image 0.26, SciPy 1.17) computes it.

use ndarray::{Array3, ArrayView3, Axis};

use crate::saliency::gaussian::{Edge, gaussian_filter};

/// The pole of the cubic B-spline's prefilter, sqrt(3) - 2.
const POLE: f64 = -0.267_949_192_431_122_7;

/// Zeros that SciPy puts around the picture before the prefilter.
const PAD: usize = 12;

/// `[height, width, channels]` at another size. Beyond the edge lie zeros; the result stays
/// within the range of `image`, which must include 0.
pub(super) fn resize(image: ArrayView3<'_, f64>, [height, width]: [usize; 2]) -> Array3<f64> {
    let (from_height, from_width, _) = image.dim();
    if (from_height, from_width) == (height, width) {
        // Interpolating at the samples gives the samples.
        return image.to_owned();
    }
    let sigma = |from: usize, to: usize| ((from as f64 / to as f64 - 1.0) / 2.0).max(0.0);
    let smooth = gaussian_filter(
        image,
        [sigma(from_height, height), sigma(from_width, width)],
        Edge::Zero,
    );
    let tall = resize_axis(&smooth, Axis(0), height);
    let mut out = resize_axis(&tall, Axis(1), width);
    let (min, max) = image
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), &value| {
            (min.min(value), max.max(value))
        });
    out.mapv_inplace(|value| value.max(min).min(max));
    out
}

fn resize_axis(image: &Array3<f64>, axis: Axis, to: usize) -> Array3<f64> {
    let from = image.len_of(axis);
    let mut shape = image.raw_dim();
    shape[axis.index()] = to;
    let mut out = Array3::zeros(shape);
    let taps: Vec<(usize, [f64; 4])> = (0..to).map(|i| taps(i, from, to)).collect();
    let mut spline = vec![0.0; from + 2 * PAD];
    for (lane, mut out) in image.lanes(axis).into_iter().zip(out.lanes_mut(axis)) {
        spline.fill(0.0);
        for (place, &value) in spline.iter_mut().skip(PAD).zip(lane) {
            *place = value;
        }
        prefilter(&mut spline);
        for (value, (start, weights)) in out.iter_mut().zip(&taps) {
            *value = spline
                .iter()
                .skip(*start)
                .zip(weights)
                .map(|(coefficient, weight)| coefficient * weight)
                .sum();
        }
    }
    out
}

/// The first coefficient and the four weights for pixel `i` of `to`.
fn taps(i: usize, from: usize, to: usize) -> (usize, [f64; 4]) {
    let at = (i as f64 + 0.5) * (from as f64 / to as f64) - 0.5 + PAD as f64;
    let below = at.floor();
    let t = at - below;
    let rest = 1.0 - t;
    let weights = [
        rest * rest * rest / 6.0,
        (t * t * (t - 2.0) * 3.0 + 4.0) / 6.0,
        (rest * rest * (rest - 2.0) * 3.0 + 4.0) / 6.0,
        t * t * t / 6.0,
    ];
    // At least PAD - 2, as `at` is at least PAD - 0.5.
    (below as usize - 1, weights)
}

/// From samples to B-spline coefficients, mirrored at the ends.
fn prefilter(line: &mut [f64]) {
    let count = line.len();
    if count < 2 {
        return;
    }
    let gain = (1.0 - POLE) * (1.0 - 1.0 / POLE);
    for value in line.iter_mut() {
        *value *= gain;
    }
    // Both ends carry PAD zeros, so the mirrored sums reduce to what decays into them.
    let mut power = POLE;
    let mut first = line[0];
    for &value in &line[1..count - 1] {
        first += power * value;
        power *= POLE;
    }
    line[0] = first;
    for i in 1..count {
        line[i] += POLE * line[i - 1];
    }
    line[count - 1] = POLE / (POLE * POLE - 1.0) * (POLE * line[count - 2] + line[count - 1]);
    for i in (0..count - 1).rev() {
        line[i] = POLE * (line[i + 1] - line[i]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by skimage.transform.resize, scikit-image 0.26.
    #[test]
    fn resizes_like_scikit_image() {
        let image = Array3::from_shape_fn((5, 7, 1), |(y, x, _)| {
            ((y * 7 + x * x) % 11) as f64 / 5.0 - 1.0
        });
        for (size, want) in [([3, 4], SMALLER), ([8, 9], LARGER)] {
            let got = resize(image.view(), size);
            for (i, (got, want)) in got.iter().zip(want).enumerate() {
                assert!((got - want).abs() < 1e-6, "{size:?} {i}: {got} {want}");
            }
        }
    }

    const SMALLER: &[f64] = &[
        -0.5291139, -0.4180559, -0.2108065, 0.0806818, -0.4111874, 0.225907, 0.4037075, 0.1619127,
        0.3726477, 0.5889219, -0.8653097, 0.552039,
    ];
    const LARGER: &[f64] = &[
        -0.9121959, -0.9867634, -0.5198423, 0.161223, 0.7169357, 0.2941938, -0.2790628, -0.5378178,
        -0.4218853, -0.3869017, -0.2192859, -0.5850561, -0.4513799, 0.657316, -0.2580363,
        -0.2471278, 0.3282183, 0.1641737, 0.3292969, 0.7970872, -0.1483345, -0.8848599, -0.0899232,
        -0.7322694, 0.1297222, 1.0, 0.9152305, -0.2360963, 0.0816388, 0.3491179, -0.1563752,
        -0.8133092, -0.0621833, 0.5565385, 0.7184618, 0.6013517, -0.0266345, -0.6102494,
        -0.2412944, 0.1469541, -0.401521, 0.4611451, 0.2435542, -0.410413, -0.2216074, 0.9909619,
        -0.3918734, -1.0, -0.0861775, 0.5628746, 0.0916494, -0.4671863, -0.7143388, -0.5788029,
        0.7224535, 0.079804, -0.0799992, 0.5208112, 0.2612529, -0.7840523, -0.3467334, 0.4111105,
        0.2024215, 0.0477931, 0.2636983, 0.8259222, 0.8438158, -0.2705481, -0.9860596, 0.024553,
        1.0, 0.7112735,
    ];
}
