//! What the network looked at, in a form that guesses can be scored against.

use ndarray::ArrayView2;

use super::GuessError;
use super::painting::Painting;
use crate::compare::rank::doubled_ranks;
use crate::compare::{Band, BandMap, BandShares, CompareError};
use crate::memory::allow_pixels;

/// Memory that ranking and cutting a map takes, the map included (measured: 3.5 GB for 12,000 x
/// 12,000).
const BYTES_PER_PIXEL: u64 = 25;

/// A map cut into bands, with the rank of every pixel.
#[derive(Debug, Clone)]
pub struct Answer {
    bands: BandMap,
    labels: Vec<u8>,
    /// Twice the rank of each pixel less its mean, `2 r - (n + 1)`: whole numbers that add up to 0.
    ranks: Vec<i32>,
    rank_squares: f64,
}

impl Answer {
    /// The answer that `map` (`[height, width]`, called `name` in errors) gives.
    ///
    /// # Errors
    /// When the map is empty, holds values that are not finite, has one value everywhere, has too
    /// few pixels for any band, or when the bands leave no part of it unmarked (then painting
    /// everything would be right about where, and a score of restraint has nothing to measure).
    pub fn of(
        name: &str,
        map: ArrayView2<'_, f32>,
        shares: BandShares,
    ) -> Result<Self, GuessError> {
        allow_pixels("the answer of", map.dim(), BYTES_PER_PIXEL).map_err(CompareError::from)?;
        let bands = BandMap::of(name, map, shares)?;
        if bands.counts() == [0; 4] {
            return Err(GuessError::NoBands);
        }
        if bands.counts().iter().sum::<u64>() >= map.len() as u64 {
            return Err(GuessError::NoRest);
        }
        let values: Vec<f32> = map.iter().copied().collect();
        let mean = values.len() as i64 + 1;
        let ranks: Vec<i32> = doubled_ranks(&values)
            .into_iter()
            .map(|rank| (i64::from(rank) - mean) as i32)
            .collect();
        let rank_squares = ranks.iter().map(|&r| f64::from(r) * f64::from(r)).sum();
        Ok(Self {
            labels: bands.labels().iter().copied().collect(),
            bands,
            ranks,
            rank_squares,
        })
    }

    /// The bands.
    #[must_use]
    pub fn bands(&self) -> &BandMap {
        &self.bands
    }

    /// The painting that is exactly right.
    #[must_use]
    pub fn painting(&self) -> Painting {
        Painting::from(&self.bands)
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> usize {
        self.bands.labels().nrows()
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> usize {
        self.bands.labels().ncols()
    }

    /// Number of pixels, at least 1.
    #[must_use]
    pub fn pixels(&self) -> usize {
        self.labels.len()
    }

    /// The band of the pixel with this index (row by row); `None` for none or beyond the end.
    #[must_use]
    pub fn get(&self, pixel: usize) -> Option<Band> {
        self.labels.get(pixel).copied().and_then(Band::from_label)
    }

    /// Labels row by row: 0 none, 1 yellow to 4 purple.
    #[must_use]
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// Twice the rank of each pixel, less the mean.
    #[must_use]
    pub fn ranks(&self) -> &[i32] {
        &self.ranks
    }

    /// The sum of the squares of [`Self::ranks`].
    pub(super) fn rank_squares(&self) -> f64 {
        self.rank_squares
    }
}
