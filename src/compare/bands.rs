//! The four bands of importance: a map cut by share of area, most important first.
//!
//! The shares are those of the paper's prototype, whose answer is a map posterised to four
//! colours. People paint with the same colours when they guess.

use std::str::FromStr;

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::CompareError;
use super::pair::{check, is_constant};
use super::rank::{Top, count_of};

/// One of the four colours, from what matters most to what matters least of all marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Band {
    /// Most important.
    Yellow = 1,
    /// Very important.
    Orange = 2,
    /// Important.
    Red = 3,
    /// Somewhat important.
    Purple = 4,
}

impl Band {
    /// All bands, most important first.
    pub const ALL: [Self; 4] = [Self::Yellow, Self::Orange, Self::Red, Self::Purple];

    /// The band with this number, 1-4; `None` for any other, 0 being "no band" in
    /// [`BandMap::labels`].
    #[must_use]
    pub fn from_label(label: u8) -> Option<Self> {
        Self::ALL.get(usize::from(label).wrapping_sub(1)).copied()
    }

    /// Its number, 1-4, most important first.
    #[must_use]
    pub fn label(self) -> u8 {
        self as u8
    }

    /// Where it stands in [`Self::ALL`], 0-3.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.label()) - 1
    }

    /// How important it is: 4 for yellow down to 1 for purple (unmarked is 0).
    #[must_use]
    pub fn level(self) -> u8 {
        5 - self.label()
    }

    /// The sRGB colour it is painted and shown in, as in the prototype.
    #[must_use]
    pub fn rgb(self) -> [u8; 3] {
        match self {
            Self::Yellow => [0xff, 0xda, 0x2e],
            Self::Orange => [0xf3, 0x78, 0x1e],
            Self::Red => [0xbb, 0x0f, 0x44],
            Self::Purple => [0x5b, 0x0b, 0x67],
        }
    }

    /// The colour's name in lower case, as in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Yellow => "yellow",
            Self::Orange => "orange",
            Self::Red => "red",
            Self::Purple => "purple",
        }
    }

    /// What it stands for, in words.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Yellow => "most important",
            Self::Orange => "very important",
            Self::Red => "important",
            Self::Purple => "somewhat important",
        }
    }
}

/// The share of the picture that each band takes, 0-1, most important first.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BandShares([f64; 4]);

impl Default for BandShares {
    /// The prototype's: .98 %, 3.21 %, 7.25 %, 14.87 %.
    fn default() -> Self {
        Self([0.0098, 0.0321, 0.0725, 0.1487])
    }
}

impl BandShares {
    /// Shares of the four bands, most important first, each above 0, together at most 1.
    ///
    /// # Errors
    /// [`CompareError::BandShares`] when they are not.
    pub fn new(shares: [f64; 4]) -> Result<Self, CompareError> {
        let sum: f64 = shares.iter().sum();
        if shares.iter().all(|&s| s > 0.0) && sum <= 1.0 + 1e-9 {
            return Ok(Self(shares));
        }
        let text: Vec<String> = shares.iter().map(|s| format!("{} %", s * 100.0)).collect();
        Err(CompareError::BandShares(text.join(", ")))
    }

    /// The four shares, 0-1, most important first.
    #[must_use]
    pub fn get(self) -> [f64; 4] {
        self.0
    }
}

impl FromStr for BandShares {
    type Err = CompareError;

    /// Four percentages, most important first: `0.98,3.21,7.25,14.87`.
    fn from_str(text: &str) -> Result<Self, CompareError> {
        let shares: Vec<f64> = text
            .split(',')
            .map(|part| part.trim().trim_end_matches('%').trim_end().parse::<f64>())
            .collect::<Result<_, _>>()
            .map_err(|_| CompareError::BandShares(format!("{text:?}")))?;
        match <[f64; 4]>::try_from(shares) {
            Ok(percent) => Self::new(percent.map(|p| p / 100.0)),
            Err(_) => Err(CompareError::BandShares(format!("{text:?}"))),
        }
    }
}

/// A band, or none, for every pixel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BandMap {
    labels: Array2<u8>,
}

impl BandMap {
    /// Cuts `map` (`[height, width]`) by rank: the highest values are yellow until the band's
    /// share of the pixels is used up, and so on. Pixels of equal value go in reading order.
    /// `name` is what errors call the map.
    ///
    /// # Errors
    /// When the map is empty, holds values that are not finite, or has one value everywhere, so
    /// that there is nothing to rank.
    pub fn of(
        name: &str,
        map: ArrayView2<'_, f32>,
        shares: BandShares,
    ) -> Result<Self, CompareError> {
        check(name, map)?;
        let owned: Vec<f32>;
        let values = if let Some(values) = map.to_slice() {
            values
        } else {
            owned = map.iter().copied().collect();
            &owned
        };
        if is_constant(values) {
            return Err(CompareError::Constant { name: name.into() });
        }
        let mut sum = 0.0;
        let mut tops = shares.get().map(|share| {
            sum += share;
            Top::of(values, count_of(values.len(), sum)).walk()
        });
        let mut labels = Array2::zeros(map.dim());
        for (label, &value) in labels.iter_mut().zip(values) {
            // The tops are nested and each has to see every pixel; the innermost names the band.
            for (index, top) in tops.iter_mut().enumerate().rev() {
                if top.takes(value) {
                    *label = index as u8 + 1;
                }
            }
        }
        Ok(Self { labels })
    }

    /// A band map from labels: 0 none, 1 yellow, 2 orange, 3 red, 4 purple. Other labels count as
    /// none.
    #[must_use]
    pub fn from_labels(mut labels: Array2<u8>) -> Self {
        labels.mapv_inplace(|label| if label > 4 { 0 } else { label });
        Self { labels }
    }

    /// `[height, width]`: 0 none, 1 yellow, 2 orange, 3 red, 4 purple.
    #[must_use]
    pub fn labels(&self) -> ArrayView2<'_, u8> {
        self.labels.view()
    }

    /// Pixels in each band, most important first.
    #[must_use]
    pub fn counts(&self) -> [u64; 4] {
        let mut counts = [0u64; 5];
        for &label in &self.labels {
            counts[usize::from(label)] += 1;
        }
        let [_, yellow, orange, red, purple] = counts;
        [yellow, orange, red, purple]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    fn ramp(height: usize, width: usize) -> Array2<f32> {
        // A permutation of the pixels: no two values are equal.
        Array2::from_shape_fn((height, width), |(y, x)| {
            ((y * width + x) * 7919 % (height * width)) as f32
        })
    }

    #[test]
    fn the_prototypes_shares_are_met_to_the_pixel() {
        let map = BandMap::of("m", ramp(224, 224).view(), BandShares::default()).unwrap();
        // round(50176 * .0098), then the differences of rounded cumulative shares.
        assert_eq!(map.counts(), [492, 1610, 3638, 7461]);
    }

    #[test]
    fn higher_bands_hold_higher_values() {
        let values = ramp(31, 57);
        let map = BandMap::of("m", values.view(), BandShares::default()).unwrap();
        let lowest = |label: u8| {
            values
                .iter()
                .zip(map.labels())
                .filter(|(_, l)| **l == label)
                .map(|(v, _)| *v)
                .fold(f32::INFINITY, f32::min)
        };
        let highest = |label: u8| {
            values
                .iter()
                .zip(map.labels())
                .filter(|(_, l)| **l == label)
                .map(|(v, _)| *v)
                .fold(f32::NEG_INFINITY, f32::max)
        };
        for (upper, lower) in [(1, 2), (2, 3), (3, 4), (4, 0)] {
            assert!(lowest(upper) > highest(lower));
        }
    }

    #[test]
    fn equal_values_go_in_reading_order() {
        let mut map = Array2::zeros((2, 5));
        map[[1, 4]] = 1.0;
        let shares = BandShares::new([0.1, 0.2, 0.2, 0.3]).unwrap();
        let bands = BandMap::of("m", map.view(), shares).unwrap();
        assert_eq!(
            bands.labels().iter().copied().collect::<Vec<_>>(),
            [2, 2, 3, 3, 4, 4, 4, 0, 0, 1]
        );
    }

    #[test]
    fn a_constant_map_has_no_bands() {
        let map = Array2::from_elem((4, 4), 0.5);
        let error = BandMap::of("m.npy", map.view(), BandShares::default()).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("m.npy has the same value everywhere")
        );
    }

    #[test]
    fn shares_must_fit_in_the_picture() {
        assert!(BandShares::new([0.25; 4]).is_ok());
        assert!(BandShares::new([0.3; 4]).is_err());
        assert!(BandShares::new([0.0, 0.1, 0.1, 0.1]).is_err());
        assert!(BandShares::new([f64::NAN, 0.1, 0.1, 0.1]).is_err());
    }

    #[test]
    fn shares_are_written_in_percent() {
        let shares: BandShares = "0.98, 3.21,7.25 %,14.87".parse().unwrap();
        for (got, want) in shares.get().iter().zip(BandShares::default().get()) {
            assert!((got - want).abs() < 1e-12);
        }
        for bad in [
            "",
            "1,2,3",
            "1,2,3,4,5",
            "1,2,3,x",
            "50,50,50,50",
            "0,1,2,3",
        ] {
            let error = bad.parse::<BandShares>().unwrap_err().to_string();
            assert!(
                error.contains("four bands") && !error.contains('\n'),
                "{error}"
            );
        }
    }

    #[test]
    fn labels_and_levels_mirror_each_other() {
        for band in Band::ALL {
            assert_eq!(Band::from_label(band.label()), Some(band));
            assert_eq!(band.level() + band.label(), 5);
        }
        assert_eq!(Band::from_label(0), None);
        assert_eq!(Band::from_label(5), None);
    }
}
