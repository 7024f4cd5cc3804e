//! One channel of a picture as numbers, and the filters corruptions are made of.
//!
//! Borders and kernels follow the libraries the published definitions call (SciPy 1.10,
//! OpenCV 4.11), because at the edge of a 224 px picture they are visible.

use image::RgbImage;

use crate::stylize::rows::for_each_row;

/// `[height, width]` numbers, row by row from the top. Width and height are at least 1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plane {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) values: Vec<f32>,
}

/// What a filter sees beyond the edge of `a b c d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Border {
    /// `a a a | a b c d | d d d`: SciPy's "nearest", OpenCV's `BORDER_REPLICATE`.
    Nearest,
    /// `c b a | a b c d | d c b`: SciPy's "reflect", OpenCV's `BORDER_REFLECT`.
    Reflect,
    /// `d c b | a b c d | c b a`: OpenCV's default, `BORDER_REFLECT_101`.
    Reflect101,
}

impl Border {
    /// The place inside `0..length` that stands for `at`; `length` is at least 1.
    pub(crate) fn resolve(self, at: isize, length: usize) -> usize {
        let n = length as isize;
        if (0..n).contains(&at) {
            return at as usize;
        }
        let inside = match self {
            Self::Nearest => at.clamp(0, n - 1),
            Self::Reflect => {
                let folded = at.rem_euclid(2 * n);
                folded.min(2 * n - 1 - folded)
            }
            Self::Reflect101 if n == 1 => 0,
            Self::Reflect101 => {
                let folded = at.rem_euclid(2 * (n - 1));
                folded.min(2 * (n - 1) - folded)
            }
        };
        inside as usize
    }
}

impl Plane {
    /// A plane of one value.
    pub(crate) fn filled(width: usize, height: usize, value: f32) -> Self {
        Self {
            width,
            height,
            values: vec![value; width * height],
        }
    }

    /// A plane whose rows `fill` writes; rows are filled by several threads.
    pub(crate) fn from_rows(
        width: usize,
        height: usize,
        fill: impl Fn(usize, &mut [f32]) + Sync,
    ) -> Self {
        let mut plane = Self::filled(width, height, 0.0);
        for_each_row(&mut plane.values, width, fill);
        plane
    }

    /// Row `y`; rows beyond the last are a mistake of the caller and panic.
    pub(crate) fn row(&self, y: usize) -> &[f32] {
        &self.values[y * self.width..(y + 1) * self.width]
    }

    /// Applies `change` to every value.
    pub(crate) fn map(mut self, change: impl Fn(f32) -> f32 + Sync) -> Self {
        let width = self.width;
        for_each_row(&mut self.values, width, |_, row| {
            for value in row {
                *value = change(*value);
            }
        });
        self
    }

    /// Correlation with an odd kernel per axis, rows (vertical) first, as SciPy does.
    pub(crate) fn separable(&self, vertical: &[f32], horizontal: &[f32], border: Border) -> Self {
        let (width, height) = (self.width, self.height);
        let (ry, rx) = (vertical.len() / 2, horizontal.len() / 2);
        Self::from_rows(width, height, |y, out| {
            let mut padded = vec![0.0; width + 2 * rx];
            let middle = &mut padded[rx..rx + width];
            for (k, &weight) in vertical.iter().enumerate() {
                let source = border.resolve(y as isize + k as isize - ry as isize, height);
                add_scaled(middle, self.row(source), weight);
            }
            extend_row(&mut padded, rx, width, border);
            for (k, &weight) in horizontal.iter().enumerate() {
                add_scaled(out, &padded[k..k + width], weight);
            }
        })
    }

    /// SciPy's `gaussian_filter`: radius `truncate * sigma`, rounded. Sigmas in pixels, >= 0.
    pub(crate) fn gaussian(
        &self,
        sigma_y: f64,
        sigma_x: f64,
        truncate: f64,
        border: Border,
    ) -> Self {
        let kernel = |sigma: f64| gaussian_kernel(sigma, (truncate * sigma + 0.5) as usize);
        self.separable(&kernel(sigma_y), &kernel(sigma_x), border)
    }

    /// Correlation with a square kernel of odd side (OpenCV's `filter2D`, default border). Taps
    /// of weight 0 cost nothing.
    pub(crate) fn correlate(&self, kernel: &Self) -> Self {
        let (width, height) = (self.width, self.height);
        let (rx, ry) = (kernel.width / 2, kernel.height / 2);
        // Each row is extended once and then read by every kernel row.
        let extended = Self::from_rows(width + 2 * rx, height, |y, out| {
            out[rx..rx + width].copy_from_slice(self.row(y));
            extend_row(out, rx, width, Border::Reflect101);
        });
        Self::from_rows(width, height, |y, out| {
            for ky in 0..kernel.height {
                let at = y as isize + ky as isize - ry as isize;
                let source = extended.row(Border::Reflect101.resolve(at, height));
                for (kx, &weight) in kernel.row(ky).iter().enumerate() {
                    if weight != 0.0 {
                        add_scaled(out, &source[kx..kx + width], weight);
                    }
                }
            }
        })
    }

    /// The value at a fractional place, linear between its four neighbours.
    pub(crate) fn sample_linear(&self, y: f32, x: f32, border: Border) -> f32 {
        let (y0, x0) = (y.floor(), x.floor());
        let (fy, fx) = (y - y0, x - x0);
        let (top, left) = (y0 as isize, x0 as isize);
        let row = |at| self.row(border.resolve(at, self.height));
        let (upper, lower) = (row(top), row(top + 1));
        let (l, r) = (
            border.resolve(left, self.width),
            border.resolve(left + 1, self.width),
        );
        let above = upper[l] + (upper[r] - upper[l]) * fx;
        let below = lower[l] + (lower[r] - lower[l]) * fx;
        above + (below - above) * fy
    }
}

/// `out += weight * source`, the inner loop of every filter here.
pub(crate) fn add_scaled(out: &mut [f32], source: &[f32], weight: f32) {
    for (o, s) in out.iter_mut().zip(source) {
        *o += weight * s;
    }
}

/// Fills the `radius` places on each side of the `width` middle ones of `row`.
pub(crate) fn extend_row(row: &mut [f32], radius: usize, width: usize, border: Border) {
    for k in 0..radius {
        let before = border.resolve(k as isize - radius as isize, width);
        let after = border.resolve((width + k) as isize, width);
        row[k] = row[radius + before];
        row[radius + width + k] = row[radius + after];
    }
}

/// Gaussian weights at `-radius..=radius`, summing to 1. A sigma of 0 gives the identity.
pub(crate) fn gaussian_kernel(sigma: f64, radius: usize) -> Vec<f32> {
    let weight = |k: usize| {
        let x = k as f64 - radius as f64;
        if x == 0.0 {
            1.0
        } else {
            (-0.5 * (x / sigma).powi(2)).exp()
        }
    };
    let sum: f64 = (0..=2 * radius).map(weight).sum();
    (0..=2 * radius).map(|k| (weight(k) / sum) as f32).collect()
}

/// Red, green and blue as planes, each 0 to 1.
pub(crate) fn planes_of(picture: &RgbImage) -> [Plane; 3] {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let bytes = picture.as_raw();
    std::array::from_fn(|channel| {
        Plane::from_rows(width, height, |y, row| {
            let source = &bytes[y * width * 3..(y + 1) * width * 3];
            for (value, pixel) in row.iter_mut().zip(source.chunks_exact(3)) {
                *value = f32::from(pixel[channel]) / 255.0;
            }
        })
    })
}

/// The picture of three planes in 0 to 1. Bytes are cut, not rounded: the published code ends
/// in `numpy.uint8`.
pub(crate) fn picture_of(planes: &[Plane; 3]) -> RgbImage {
    let (width, height) = (planes[0].width, planes[0].height);
    let mut picture = RgbImage::new(width as u32, height as u32);
    for_each_row(&mut picture, width * 3, |y, row| {
        let (r, g, b) = (planes[0].row(y), planes[1].row(y), planes[2].row(y));
        for (((pixel, r), g), b) in row.chunks_exact_mut(3).zip(r).zip(g).zip(b) {
            pixel.copy_from_slice(&[to_byte(*r), to_byte(*g), to_byte(*b)]);
        }
    });
    picture
}

/// 0 to 1 as a byte, cut as NumPy does. The hair added keeps `n / 255` at `n` in `f32`.
pub(crate) fn to_byte(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0 + 1e-4) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_fold_as_documented() {
        let seen =
            |border: Border| -> Vec<usize> { (-5..9).map(|at| border.resolve(at, 4)).collect() };
        assert_eq!(
            seen(Border::Nearest),
            [0, 0, 0, 0, 0, 0, 1, 2, 3, 3, 3, 3, 3, 3]
        );
        assert_eq!(
            seen(Border::Reflect),
            [3, 3, 2, 1, 0, 0, 1, 2, 3, 3, 2, 1, 0, 0]
        );
        assert_eq!(
            seen(Border::Reflect101),
            [1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1, 2]
        );
        for border in [Border::Nearest, Border::Reflect, Border::Reflect101] {
            assert!((-9..9).all(|at| border.resolve(at, 1) == 0));
        }
    }

    #[test]
    fn gaussian_is_scipys() {
        // scipy.ndimage.gaussian_filter(x, (1.0, 0.5), mode="reflect"), SciPy 1.10.1, of the
        // 3 x 4 ramp 0..11 squared.
        let ramp = Plane {
            width: 4,
            height: 3,
            values: (0..12).map(|v| (v * v) as f32).collect(),
        };
        let blurred = ramp.gaussian(1.0, 0.5, 4.0, Border::Reflect);
        let expected = GAUSSIAN_OF_RAMP;
        for (got, want) in blurred.values.iter().zip(expected) {
            assert!((got - want).abs() < 1e-3, "{:?}", blurred.values);
        }
    }

    const GAUSSIAN_OF_RAMP: [f32; 12] = [
        9.2387, 13.361, 19.7343, 27.0008, 26.4408, 34.6919, 45.6861, 57.0815, 47.2176, 59.5976,
        75.2128, 90.7369,
    ];

    #[test]
    fn bytes_survive_the_way_there_and_back() {
        let picture = RgbImage::from_fn(256, 1, |x, _| image::Rgb([x as u8, 255 - x as u8, 7]));
        assert_eq!(picture_of(&planes_of(&picture)), picture);
    }
}
