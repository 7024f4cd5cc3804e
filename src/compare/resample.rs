//! Bringing two maps to one size.

use ndarray::{Array2, ArrayView2};

use super::CompareError;

/// Most pixels of a common size: 8192 x 8192. Two thin maps (1 x 100000 and 100000 x 1) would
/// otherwise ask for a picture nobody has.
pub const MAX_PIXELS: usize = 1 << 26;

/// The size at which maps of two sizes are compared: the larger height and the larger width, so
/// that neither map loses detail and the order of the two does not matter.
///
/// # Errors
/// [`CompareError::TooLarge`] beyond [`MAX_PIXELS`].
pub fn common_size(a: (usize, usize), b: (usize, usize)) -> Result<(usize, usize), CompareError> {
    let (height, width) = (a.0.max(b.0), a.1.max(b.1));
    match height.checked_mul(width) {
        Some(n) if n <= MAX_PIXELS => Ok((height, width)),
        _ => Err(CompareError::TooLarge {
            width,
            height,
            limit: MAX_PIXELS,
        }),
    }
}

/// `map` at `height` x `width`: bilinear, pixel centres at half positions, edges extended; the
/// same as `skimage.transform.resize(map, (height, width), order=1, mode="edge",
/// anti_aliasing=False)`. Meant for enlarging; a size of 0 gives an empty map.
#[must_use]
pub fn resize(map: ArrayView2<'_, f32>, height: usize, width: usize) -> Array2<f32> {
    let (from_height, from_width) = map.dim();
    if (from_height, from_width) == (height, width) {
        return map.to_owned();
    }
    if from_height == 0 || from_width == 0 {
        return Array2::zeros((height, width));
    }
    let rows = taps(from_height, height);
    let columns = taps(from_width, width);
    Array2::from_shape_fn((height, width), |(y, x)| {
        let (top, bottom, v) = rows[y];
        let (left, right, u) = columns[x];
        let mix = |y: usize| {
            let (a, b) = (f64::from(map[[y, left]]), f64::from(map[[y, right]]));
            a + (b - a) * u
        };
        let (a, b) = (mix(top), mix(bottom));
        (a + (b - a) * v) as f32
    })
}

/// For each position of the new axis: the two old positions around it and the weight of the
/// second.
fn taps(from: usize, to: usize) -> Vec<(usize, usize, f64)> {
    let last = from - 1;
    (0..to)
        .map(|i| {
            let at = ((i as f64 + 0.5) * from as f64 / to as f64 - 0.5).clamp(0.0, last as f64);
            let low = at.floor() as usize;
            (low, (low + 1).min(last), at - low as f64)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// scikit-image 0.26.0: `resize(np.array([[1, 2, 4], [0, -1, 3]]), (3, 5), order=1,
    /// mode="edge", anti_aliasing=False)`
    #[test]
    fn as_scikit_image() {
        let got = resize(array![[1.0f32, 2.0, 4.0], [0.0, -1.0, 3.0]].view(), 3, 5);
        let want = array![
            [1.0f32, 1.4, 2.0, 3.2, 4.0],
            [0.5, 0.5, 0.5, 2.3, 3.5],
            [0.0, -0.4, -1.0, 1.4, 3.0]
        ];
        for (g, w) in got.iter().zip(&want) {
            assert!((g - w).abs() < 1e-6, "{got} is not {want}");
        }
    }

    #[test]
    fn the_common_size_holds_both() {
        assert_eq!(common_size((2, 9), (5, 3)).unwrap(), (5, 9));
        assert!(matches!(
            common_size((1, 100_000), (100_000, 1)),
            Err(CompareError::TooLarge { .. })
        ));
    }

    #[test]
    fn one_pixel_spreads() {
        assert_eq!(
            resize(array![[7.0f32]].view(), 2, 3),
            Array2::from_elem((2, 3), 7.0)
        );
    }
}
