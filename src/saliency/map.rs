//! A saliency map: one number per pixel.

use ndarray::{Array2, ArrayView3, Axis};

use super::View;

/// `[height, width]`, one value per pixel of the network's input; higher means more important to
/// the class. Values may be negative (evidence against the class) and are not scaled.
#[derive(Debug, Clone, PartialEq)]
pub struct SaliencyMap {
    /// The values, row by row from the top.
    pub values: Array2<f32>,
}

/// Why there is nothing to see in a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Blank {
    /// It has the same value everywhere, such as 0.
    Constant,
    /// No value in it is above 0: nothing speaks for the class.
    NothingFor,
}

impl Blank {
    /// What it means, as the beginning of a sentence.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Constant => "the map has the same value everywhere",
            Self::NothingFor => "nothing in the map speaks for the class: no value is above 0",
        }
    }
}

impl SaliencyMap {
    /// Why there is nothing to see in the map; `None` where there is. What two such maps have in common
    /// says nothing about the network, so they count in no mean and no ranking.
    #[must_use]
    pub fn blank(&self) -> Option<Blank> {
        let mut values = self.values.iter().copied().filter(|v| !v.is_nan());
        let Some(first) = values.next() else {
            return Some(Blank::Constant);
        };
        let (mut constant, mut above) = (true, first > 0.0);
        for value in values {
            constant &= value == first;
            above |= value > 0.0;
        }
        match (constant, above) {
            (true, _) => Some(Blank::Constant),
            (false, false) => Some(Blank::NothingFor),
            (false, true) => None,
        }
    }

    /// One number per pixel from attributions `[height, width, channels]`.
    #[must_use]
    pub fn of_pixels(pixels: ArrayView3<'_, f32>, view: View) -> Self {
        let values = pixels.map_axis(Axis(2), |channels| match view {
            View::Magnitude => channels.iter().map(|value| value.abs()).sum(),
            View::Signed => channels.sum(),
        });
        Self { values }
    }

    /// The value from which on a pixel belongs to the top `share` (0 to 1) of the map: the k-th
    /// largest value, k = round(pixels * share). Pixels with `value >= cut` are in; where values
    /// tie with the k-th, all of them are. Minus infinity when all pixels are in, plus infinity
    /// when none is.
    #[must_use]
    pub fn cut_for_top(&self, share: f64) -> f32 {
        let count = self.values.len();
        let k = (count as f64 * share.clamp(0.0, 1.0)).round() as usize;
        if k == 0 {
            return f32::INFINITY;
        }
        if k >= count {
            return f32::NEG_INFINITY;
        }
        // What is not a number ranks below everything.
        let mut values: Vec<f32> = self
            .values
            .iter()
            .map(|&value| {
                if value.is_nan() {
                    f32::NEG_INFINITY
                } else {
                    value
                }
            })
            .collect();
        let (_, cut, _) = values.select_nth_unstable_by(k - 1, |a, b| b.total_cmp(a));
        *cut
    }

    /// The `percentile` (0 to 100) of the finite values, interpolated linearly between ranks as
    /// `numpy.percentile` does. `None` when no value is finite.
    #[must_use]
    pub fn percentile(&self, percentile: f64) -> Option<f32> {
        let mut values: Vec<f32> = self
            .values
            .iter()
            .copied()
            .filter(|value| value.is_finite())
            .collect();
        let last = values.len().checked_sub(1)?;
        let rank = last as f64 * percentile.clamp(0.0, 100.0) / 100.0;
        let (_, &mut below, rest) =
            values.select_nth_unstable_by(rank.floor() as usize, f32::total_cmp);
        let above = rest.iter().copied().reduce(f32::min).unwrap_or(below);
        Some((f64::from(below) + (f64::from(above) - f64::from(below)) * rank.fract()) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array3;

    fn map(values: &[f32]) -> SaliencyMap {
        SaliencyMap {
            values: Array2::from_shape_vec((1, values.len()), values.to_vec()).unwrap(),
        }
    }

    #[test]
    fn the_top_share_counts_pixels() {
        let ten = map(&[4.0, 9.0, 1.0, 7.0, 3.0, 0.0, 8.0, 2.0, 6.0, 5.0]);
        assert!((ten.cut_for_top(0.3) - 7.0).abs() < f32::EPSILON);
        assert!((ten.cut_for_top(0.1) - 9.0).abs() < f32::EPSILON);
        assert_eq!(ten.cut_for_top(0.0), f32::INFINITY);
        assert_eq!(ten.cut_for_top(1.0), f32::NEG_INFINITY);
        assert_eq!(ten.cut_for_top(5.0), f32::NEG_INFINITY);
        // NaN never counts among the top.
        assert!((map(&[f32::NAN, 2.0, 1.0, f32::NAN]).cut_for_top(0.25) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn a_map_without_anything_to_see_is_told() {
        for (values, blank) in [
            (&[0.0, 0.0, 0.0][..], Some(Blank::Constant)),
            (&[3.0, 3.0], Some(Blank::Constant)),
            (&[f32::NAN, f32::NAN], Some(Blank::Constant)),
            (&[], Some(Blank::Constant)),
            (&[-1.0, 0.0, -2.0], Some(Blank::NothingFor)),
            (&[-1.0, 1e-9], None),
            (&[0.0, 2.0], None),
        ] {
            assert_eq!(map(values).blank(), blank, "{values:?}");
        }
    }

    #[test]
    fn percentiles_follow_numpy() {
        let five = map(&[30.0, 10.0, 50.0, 20.0, 40.0]);
        // numpy.percentile([10, 20, 30, 40, 50], p)
        for (p, want) in [(0.0, 10.0), (25.0, 20.0), (90.0, 46.0), (100.0, 50.0)] {
            let got = five.percentile(p).unwrap();
            assert!((got - want).abs() < 1e-5, "{p}: {got}");
        }
        assert_eq!(map(&[f32::NAN]).percentile(50.0), None);
    }

    #[test]
    fn channels_add_up_with_or_without_sign() {
        let pixels = Array3::from_shape_vec((1, 1, 3), vec![1.0, -2.0, 0.5]).unwrap();
        let value = |view| SaliencyMap::of_pixels(pixels.view(), view).values[[0, 0]];
        assert!((value(View::Magnitude) - 3.5).abs() < 1e-6);
        assert!((value(View::Signed) + 0.5).abs() < 1e-6);
    }
}
