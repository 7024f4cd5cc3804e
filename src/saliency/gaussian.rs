//! Gaussian blur as `scipy.ndimage.gaussian_filter` computes it: truncated at four sigma,
//! normalised, one axis after the other, in double precision.

use ndarray::{Array1, Array2, Array3, ArrayView1, ArrayView3, ArrayViewMut1, Axis};

/// What lies beyond the edge of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge {
    /// The picture mirrored, edge pixel included: `d c b a | a b c d | d c b a`.
    Reflect,
    /// Zeros.
    Zero,
}

/// The right half of a kernel: weight at distance 0, 1, 2, ...
fn half_kernel(sigma: f64) -> Vec<f64> {
    let radius = (4.0 * sigma + 0.5) as usize;
    let half: Vec<f64> = (0..=radius)
        .map(|x| (-0.5 / (sigma * sigma) * (x * x) as f64).exp())
        .collect();
    let sum: f64 = half.iter().rev().sum::<f64>() + half.iter().skip(1).rev().sum::<f64>();
    half.into_iter().map(|weight| weight / sum).collect()
}

/// `[height, width, channels]` blurred with `sigma` pixels down (`sigma[0]`) and across
/// (`sigma[1]`); an axis with sigma 0 is left alone.
pub(crate) fn gaussian_filter(
    image: ArrayView3<'_, f64>,
    sigma: [f64; 2],
    edge: Edge,
) -> Array3<f64> {
    let mut image = image.to_owned();
    for (axis, sigma) in sigma.into_iter().enumerate() {
        if sigma > 1e-15 {
            let kernel = half_kernel(sigma);
            blur_axis(&mut image, Axis(axis), &kernel, edge);
        }
    }
    image
}

fn blur_axis(image: &mut Array3<f64>, axis: Axis, kernel: &[f64], edge: Edge) {
    let radius = kernel.len() - 1;
    let mut padded = vec![0.0; image.len_of(axis) + 2 * radius];
    for lane in image.lanes_mut(axis) {
        pad_into(&mut padded, lane.view(), radius, edge);
        blur_lane(lane, &padded, kernel);
    }
}

fn pad_into(padded: &mut [f64], lane: ArrayView1<'_, f64>, radius: usize, edge: Edge) {
    let count = lane.len() as isize;
    for (i, place) in padded.iter_mut().enumerate() {
        let at = i as isize - radius as isize;
        let source = match edge {
            Edge::Reflect => {
                let at = at.rem_euclid(2 * count);
                Some(if at < count { at } else { 2 * count - 1 - at })
            }
            Edge::Zero => (0..count).contains(&at).then_some(at),
        };
        *place = source
            .and_then(|source| lane.get(source as usize))
            .copied()
            .unwrap_or(0.0);
    }
}

/// Adds the centre first and then pairs from the outside in, the order of SciPy's symmetric
/// correlation, so that the sums are the same to the last bit.
fn blur_lane(mut lane: ArrayViewMut1<'_, f64>, padded: &[f64], kernel: &[f64]) {
    for (out, window) in lane.iter_mut().zip(padded.windows(2 * kernel.len() - 1)) {
        let (left, right) = window.split_at(kernel.len() - 1);
        let Some((centre, right)) = right.split_first() else {
            continue;
        };
        let pairs = left.iter().zip(right.iter().rev());
        let weights = kernel.iter().skip(1).rev();
        *out = pairs.zip(weights).fold(
            centre * kernel.first().copied().unwrap_or(1.0),
            |sum, ((l, r), w)| sum + (l + r) * w,
        );
    }
}

/// The blur along one axis of `count` pixels with zeros beyond the edge, as a matrix: row i
/// holds what pixel i takes from each pixel. For wide kernels a product of matrices is much
/// faster than sums along lanes. `sigma` 0 is the identity.
pub(super) fn blur_matrix(count: usize, sigma: f64) -> Array2<f64> {
    if sigma <= 1e-15 {
        return Array2::eye(count);
    }
    let kernel = Array1::from_vec(half_kernel(sigma));
    Array2::from_shape_fn((count, count), |(i, j)| {
        kernel.get(i.abs_diff(j)).copied().unwrap_or(0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[f64]) -> Array3<f64> {
        Array3::from_shape_vec((values.len(), 1, 1), values.to_vec()).unwrap()
    }

    #[test]
    fn blurs_like_scipy() {
        // scipy.ndimage.gaussian_filter1d([1, 0, 0, 2, 5.], 0.8, mode=...), SciPy 1.17.1
        let image = column(&[1.0, 0.0, 0.0, 2.0, 5.0]);
        for (edge, want) in [(Edge::Reflect, REFLECT), (Edge::Zero, ZERO)] {
            let got = gaussian_filter(image.view(), [0.8, 0.0], edge);
            for (got, want) in got.iter().zip(want) {
                assert!((got - want).abs() < 1e-14, "{edge:?}: {got} {want}");
            }
        }
    }

    const REFLECT: [f64; 5] = [
        0.7278686551988051,
        0.29624537580722166,
        0.590727778146714,
        2.2497802872628982,
        4.135377903584362,
    ];
    const ZERO: [f64; 5] = [
        0.4995579387403396,
        0.27433506163585686,
        0.5880833179451198,
        2.1393472296722096,
        2.950003692949305,
    ];

    #[test]
    fn the_matrix_is_the_same_blur() {
        let image = column(&[1.0, -3.0, 0.5, 2.0, 5.0, 4.0, -1.0]);
        for sigma in [0.0, 0.3, 1.0, 2.5, 50.0] {
            let direct = gaussian_filter(image.view(), [sigma, 0.0], Edge::Zero);
            let flat = image.view().into_shape_with_order((7, 1)).unwrap();
            let product = blur_matrix(7, sigma).dot(&flat);
            for (a, b) in direct.iter().zip(product.iter()) {
                assert!((a - b).abs() < 1e-12, "{sigma}");
            }
        }
    }
}
