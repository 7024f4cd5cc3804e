//! Two maps that are fit to be compared: same size, not empty, every value a finite number.

use std::borrow::Cow;

use ndarray::{Array2, ArrayView2};

use super::{CompareError, resample};

/// Two maps of one size, checked once so that the metrics need not.
#[derive(Debug, Clone)]
pub struct Pair<'a> {
    a: Cow<'a, [f32]>,
    b: Cow<'a, [f32]>,
    height: usize,
    width: usize,
    resized: bool,
}

impl<'a> Pair<'a> {
    /// Two maps `[height, width]` with the names that errors call them. Maps of different sizes
    /// are both brought to the larger height and width ([`resample::common_size`]).
    ///
    /// # Errors
    /// When a map is empty, holds a value that is not finite (the error says where), or the
    /// common size is too large.
    pub fn new(
        a_name: &str,
        a: ArrayView2<'a, f32>,
        b_name: &str,
        b: ArrayView2<'a, f32>,
    ) -> Result<Self, CompareError> {
        check(a_name, a)?;
        check(b_name, b)?;
        let (height, width) = resample::common_size(a.dim(), b.dim())?;
        Ok(Self {
            resized: a.dim() != b.dim(),
            a: at_size(a, height, width),
            b: at_size(b, height, width),
            height,
            width,
        })
    }

    /// The first map's values, row by row.
    #[must_use]
    pub fn a(&self) -> &[f32] {
        &self.a
    }

    /// The second map's values, row by row.
    #[must_use]
    pub fn b(&self) -> &[f32] {
        &self.b
    }

    /// Height of both, in pixels.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Width of both, in pixels.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of pixels of each, at least 1.
    #[must_use]
    pub fn pixels(&self) -> usize {
        self.a.len()
    }

    /// Whether one of them had to be brought to the other's size.
    #[must_use]
    pub fn resized(&self) -> bool {
        self.resized
    }
}

/// That `map` has pixels and every value is finite.
///
/// # Errors
/// [`CompareError::Empty`], or [`CompareError::NotFinite`] with the first such pixel.
pub fn check(name: &str, map: ArrayView2<'_, f32>) -> Result<(), CompareError> {
    if map.is_empty() {
        return Err(CompareError::Empty { name: name.into() });
    }
    // A quick look first: one multiply-add a value finds out whether any is not finite.
    let finite = match map.as_slice() {
        Some(values) => values
            .chunks(64)
            .all(|c| c.iter().fold(0.0f32, |s, v| s + v * 0.0) == 0.0),
        None => map.iter().all(|v| v.is_finite()),
    };
    if finite {
        return Ok(());
    }
    match map.indexed_iter().find(|(_, v)| !v.is_finite()) {
        None => Ok(()),
        Some(((row, column), &value)) => Err(CompareError::NotFinite {
            name: name.into(),
            value,
            row,
            column,
        }),
    }
}

/// The smallest and the largest of `values`; `None` when there are none.
#[must_use]
pub fn range(values: &[f32]) -> Option<(f32, f32)> {
    if values.is_empty() {
        return None;
    }
    let mut low = [f32::INFINITY; 16];
    let mut high = [f32::NEG_INFINITY; 16];
    // Sixteen lanes, so that the compiler can use vector minima.
    let mut chunks = values.chunks_exact(16);
    for chunk in &mut chunks {
        for ((l, h), &v) in low.iter_mut().zip(&mut high).zip(chunk) {
            *l = if v < *l { v } else { *l };
            *h = if v > *h { v } else { *h };
        }
    }
    let rest = chunks.remainder().iter().copied();
    Some((
        low.into_iter()
            .chain(rest.clone())
            .fold(f32::INFINITY, f32::min),
        high.into_iter()
            .chain(rest)
            .fold(f32::NEG_INFINITY, f32::max),
    ))
}

/// Whether all of `values` are equal (or there are none).
#[must_use]
pub fn is_constant(values: &[f32]) -> bool {
    range(values).is_none_or(|(low, high)| low >= high)
}

/// The map's values row by row, borrowed where they lie so.
fn at_size(map: ArrayView2<'_, f32>, height: usize, width: usize) -> Cow<'_, [f32]> {
    if map.dim() != (height, width) {
        return Cow::Owned(values(resample::resize(map, height, width)));
    }
    match map.to_slice() {
        Some(values) => Cow::Borrowed(values),
        None => Cow::Owned(map.iter().copied().collect()),
    }
}

fn values(map: Array2<f32>) -> Vec<f32> {
    if map.is_standard_layout() {
        map.into_raw_vec_and_offset().0
    } else {
        map.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_value_that_is_no_number_is_named_with_its_place() {
        let mut map = Array2::zeros((70, 90));
        map[[41, 7]] = f32::NAN;
        let fine = Array2::zeros((70, 90));
        let error = Pair::new("a.npy", fine.view(), "b.npy", map.view()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "b.npy holds NaN at row 41, column 7: a map's values must be finite numbers"
        );
        map[[41, 7]] = f32::NEG_INFINITY;
        assert!(
            check("m", map.view())
                .unwrap_err()
                .to_string()
                .contains("-inf at row 41, column 7")
        );
        assert!(
            check("m", map.t())
                .unwrap_err()
                .to_string()
                .contains("row 7, column 41")
        );
        map[[41, 7]] = f32::MAX;
        map[[41, 8]] = f32::MAX;
        check("m", map.view()).unwrap();
    }

    #[test]
    fn an_empty_map_is_refused() {
        let none = Array2::<f32>::zeros((0, 5));
        assert!(matches!(
            check("m", none.view()),
            Err(CompareError::Empty { .. })
        ));
    }

    #[test]
    fn different_sizes_meet_at_the_larger() {
        let (a, b) = (array![[1.0f32, 2.0]], array![[1.0f32], [2.0], [3.0]]);
        let pair = Pair::new("a", a.view(), "b", b.view()).unwrap();
        assert_eq!((pair.height(), pair.width()), (3, 2));
        assert!(pair.resized());
        assert_eq!(pair.a(), [1.0, 2.0, 1.0, 2.0, 1.0, 2.0]);
        assert_eq!(pair.b(), [1.0, 1.0, 2.0, 2.0, 3.0, 3.0]);
    }

    #[test]
    fn transposed_views_are_read_in_their_own_order() {
        let a = array![[1.0f32, 2.0], [3.0, 4.0]];
        let pair = Pair::new("a", a.t(), "b", a.view()).unwrap();
        assert_eq!(pair.a(), [1.0, 3.0, 2.0, 4.0]);
        assert!(!pair.resized());
    }

    #[test]
    fn range_finds_both_ends() {
        let mut values: Vec<f32> = (0..100).map(|i| (i as f32 * 0.37).sin()).collect();
        values[50] = -9.0;
        values[99] = 12.0;
        assert_eq!(range(&values), Some((-9.0, 12.0)));
        assert_eq!(range(&[]), None);
        assert_eq!(range(&[3.0]), Some((3.0, 3.0)));
    }
}
