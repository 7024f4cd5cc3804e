//! How many pixels of two maps agree within every delta, counted once: whoever moves delta then only
//! looks the figures up.

use image::RgbImage;
use ndarray::ArrayView2;

use super::CompareError;
use super::bands::BandMap;
use super::intersection::{Count, Counts, labels_of, same_size};
use super::parallel::{PIECE, map_pieces};
use crate::saliency::colormap::Scale;

/// Labels of [`BandMap::labels`].
const LABELS: usize = 5;
/// The least delta within which a pixel agrees: 0-255, or none.
const STEPS: usize = 257;

/// The counts of [`of_colours`](super::intersection::of_colours) or
/// [`of_values`](super::intersection::of_values) for every delta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementTable {
    /// By delta, then by label: pixels that agree within it.
    agree: Vec<[u64; LABELS]>,
    /// By label: all pixels.
    pixels: [u64; LABELS],
    has_labels: bool,
}

impl AgreementTable {
    /// Of two coloured maps of one size, by the bands of `bands`.
    ///
    /// # Errors
    /// [`CompareError::SizesDiffer`].
    pub fn of_colours(
        a: &RgbImage,
        b: &RgbImage,
        bands: Option<&BandMap>,
    ) -> Result<Self, CompareError> {
        let size = |of: &RgbImage| (of.height() as usize, of.width() as usize);
        same_size(size(a), size(b))?;
        let labels = labels_of(bands, size(a))?;
        let (a, _) = a.as_raw().as_chunks::<3>();
        let (b, _) = b.as_raw().as_chunks::<3>();
        let least = |at: usize| {
            let (Some(a), Some(b)) = (a.get(at), b.get(at)) else {
                return STEPS - 1;
            };
            let apart = a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max();
            usize::from(apart.unwrap_or(0))
        };
        Ok(Self::of(a.len(), labels, least))
    }

    /// Of two maps of one size, each with the scale that puts its values on 0-1, by the bands of
    /// `bands`. What is no number agrees with nothing.
    ///
    /// # Errors
    /// [`CompareError::SizesDiffer`].
    pub fn of_values(
        (a, scale_a): (ArrayView2<'_, f32>, Scale),
        (b, scale_b): (ArrayView2<'_, f32>, Scale),
        bands: Option<&BandMap>,
    ) -> Result<Self, CompareError> {
        same_size(a.dim(), b.dim())?;
        let labels = labels_of(bands, a.dim())?;
        let (a, b) = (a.as_standard_layout(), b.as_standard_layout());
        let (a, b) = (
            a.as_slice().unwrap_or_default(),
            b.as_slice().unwrap_or_default(),
        );
        let least = |at: usize| {
            let (Some(a), Some(b)) = (a.get(at), b.get(at)) else {
                return STEPS - 1;
            };
            // As `values_agree`: the least whole delta that is not below this.
            let apart = ((scale_a.share(*a) - scale_b.share(*b)).abs() * 255.0).ceil();
            if apart <= 255.0 {
                apart as usize
            } else {
                STEPS - 1
            }
        };
        Ok(Self::of(a.len(), labels, least))
    }

    fn of(pixels: usize, labels: Option<&[u8]>, least: impl Fn(usize) -> usize + Sync) -> Self {
        let pieces = map_pieces(pixels, PIECE, |range| {
            let mut first = vec![[0_u32; LABELS]; STEPS];
            for at in range {
                let label = labels.and_then(|labels| labels.get(at)).map_or(0, |l| *l);
                let row = first.get_mut(least(at));
                if let Some(count) = row.and_then(|row| row.get_mut(usize::from(label))) {
                    *count += 1;
                }
            }
            first
        });
        let mut agree = vec![[0; LABELS]; STEPS];
        for piece in pieces {
            for (sums, counts) in agree.iter_mut().zip(piece) {
                for (sum, count) in sums.iter_mut().zip(counts) {
                    *sum += u64::from(count);
                }
            }
        }
        let mut within = [0; LABELS];
        for counts in &mut agree {
            for (sum, count) in within.iter_mut().zip(counts) {
                *sum += *count;
                *count = *sum;
            }
        }
        agree.truncate(STEPS - 1);
        Self {
            agree,
            pixels: within,
            has_labels: labels.is_some(),
        }
    }

    /// The pixels that agree within `delta`.
    #[must_use]
    pub fn within(&self, delta: u8) -> Counts {
        let mut counts = Counts::default();
        let Some(agree) = self.agree.get(usize::from(delta)) else {
            return counts;
        };
        let labelled = counts
            .by_label
            .iter_mut()
            .zip(agree.iter().zip(self.pixels));
        for (count, (&agree, pixels)) in labelled {
            *count = Count { agree, pixels };
            counts.all.agree += agree;
            counts.all.pixels += pixels;
        }
        if !self.has_labels {
            counts.by_label = Default::default();
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    use super::super::bands::BandShares;
    use super::super::intersection::{of_colours, of_values};
    use super::*;

    /// Across the borders of pieces, and with and without bands.
    const SIZES: [(usize, usize); 4] = [(1, 1), (3, 7), (31, 64), (300, 257)];

    fn map(rows: usize, columns: usize, rng: &mut StdRng) -> Array2<f32> {
        Array2::from_shape_simple_fn((rows, columns), || rng.random_range(-1.0..3.0))
    }

    #[test]
    fn every_delta_counts_as_the_rule_on_colours_does() {
        let mut rng = StdRng::seed_from_u64(3);
        for (rows, columns) in SIZES {
            let a = RgbImage::from_fn(columns as u32, rows as u32, |_, _| {
                image::Rgb(std::array::from_fn(|_| rng.random()))
            });
            let mut b = a.clone();
            for byte in b.iter_mut() {
                *byte = byte.saturating_add(rng.random_range(0..60));
            }
            let map = map(rows, columns, &mut rng);
            let bands = BandMap::of("a", map.view(), BandShares::default()).ok();
            for bands in [None, bands.as_ref()] {
                let table = AgreementTable::of_colours(&a, &b, bands).unwrap();
                for delta in [0, 1, 30, 59, 60, 254, 255] {
                    let (_, counts) = of_colours(&a, &b, delta, bands).unwrap();
                    assert_eq!(table.within(delta), counts, "{rows} x {columns}, {delta}");
                }
            }
        }
    }

    #[test]
    fn every_delta_counts_as_the_rule_on_values_does() {
        let mut rng = StdRng::seed_from_u64(4);
        let scale = |min, max| Scale { min, max };
        for (rows, columns) in SIZES {
            let a = map(rows, columns, &mut rng);
            let mut b = a.mapv(|value| value + rng.random_range(-0.3..0.3));
            // Values that are exactly a step apart, and what is no number.
            b[[0, 0]] = a[[0, 0]] + 4.0 / 255.0;
            if rows > 1 {
                b[[1, 1]] = f32::NAN;
            }
            let bands = BandMap::of("a", a.view(), BandShares::default()).ok();
            let (a, b) = ((a.view(), scale(-1.0, 3.0)), (b.view(), scale(-0.7, 2.2)));
            for bands in [None, bands.as_ref()] {
                let table = AgreementTable::of_values(a, b, bands).unwrap();
                for delta in 0..=255 {
                    let (_, counts) = of_values(a, b, delta, bands).unwrap();
                    assert_eq!(table.within(delta), counts, "{rows} x {columns}, {delta}");
                }
            }
        }
    }

    #[test]
    fn maps_of_two_sizes_are_refused() {
        let (a, b) = (RgbImage::new(2, 3), RgbImage::new(3, 3));
        assert!(matches!(
            AgreementTable::of_colours(&a, &b, None),
            Err(CompareError::SizesDiffer { .. })
        ));
    }
}
