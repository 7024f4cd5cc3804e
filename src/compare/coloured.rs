//! A map kept as its colours: all that the paper's intersection needs, at a byte a pixel.
//!
//! Many maps of one size are compared with each other again and again while delta moves. The
//! coloured map has 256 colours, so whether two of them agree within delta is looked up in a table
//! instead of computed. The figures are those of [`compare`](super::compare) on the same maps, each
//! on its own scale; a test holds that.

use image::RgbImage;

use super::CompareError;
use super::intersection::{Count, agree};
use crate::saliency::SaliencyMap;
use crate::saliency::colormap::{Colormap, Scale};

/// Width and height of a small picture of an intersection may be at most this, in pixels.
pub const MAX_SMALL_SIDE: u32 = 1024;

/// A map on its own scale, as indices into a table of 256 colours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColouredMap {
    width: usize,
    height: usize,
    indices: Vec<u8>,
}

/// Which of the 256 colours of a table agree within a delta.
#[derive(Debug, Clone)]
pub struct Agreement {
    colormap: Colormap,
    /// Row by row: colour `a` agrees with colour `b` at `256 a + b`.
    agrees: Vec<bool>,
}

impl Agreement {
    /// The table for a colour table and `delta`, 0-255: [`agree`] for each pair of its colours.
    #[must_use]
    pub fn new(colormap: Colormap, delta: u8) -> Self {
        let table = colormap.table();
        let agrees = table
            .iter()
            .flat_map(|a| table.iter().map(move |b| agree(*a, *b, delta)))
            .collect();
        Self { colormap, agrees }
    }

    fn of(&self, a: u8, b: u8) -> bool {
        let at = usize::from(a) << 8 | usize::from(b);
        self.agrees.get(at).copied().unwrap_or(false)
    }
}

impl ColouredMap {
    /// The colours of `map` on its own scale.
    #[must_use]
    pub fn of(map: &SaliencyMap) -> Self {
        let scale = Scale::of(map);
        let (height, width) = map.values.dim();
        Self {
            width,
            height,
            indices: map.values.iter().map(|&value| scale.index(value)).collect(),
        }
    }

    /// Width and height in pixels.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// The pixels on which this map agrees with `other`.
    ///
    /// # Errors
    /// [`CompareError::SizesDiffer`].
    pub fn count(&self, other: &Self, agreement: &Agreement) -> Result<Count, CompareError> {
        self.same_size(other)?;
        let pairs = self.indices.iter().zip(&other.indices);
        Ok(Count {
            agree: pairs.filter(|(a, b)| agreement.of(**a, **b)).count() as u64,
            pixels: self.indices.len() as u64,
        })
    }

    /// This map where it agrees with `other`, black elsewhere, shrunk to `width` x `height` (never
    /// enlarged, at most [`MAX_SMALL_SIDE`]): each pixel is the mean of those it stands for, so that
    /// nothing that agrees is lost between them.
    ///
    /// # Errors
    /// [`CompareError::SizesDiffer`].
    pub fn intersection(
        &self,
        other: &Self,
        agreement: &Agreement,
        width: u32,
        height: u32,
    ) -> Result<RgbImage, CompareError> {
        self.same_size(other)?;
        let side = |wanted: u32, have: usize| {
            (wanted.min(MAX_SMALL_SIDE) as usize).clamp(1, have.max(1)) as u32
        };
        let (w, h) = (side(width, self.width), side(height, self.height));
        let table = agreement.colormap.table();
        // Which small column a pixel falls into.
        let columns: Vec<usize> = (0..self.width)
            .map(|x| x * w as usize / self.width.max(1))
            .collect();
        let mut sums = vec![[0_u32; 4]; (w * h) as usize];
        let rows = self
            .indices
            .chunks(self.width.max(1))
            .zip(other.indices.chunks(self.width.max(1)));
        for (y, (mine, theirs)) in rows.enumerate() {
            let first = y * h as usize / self.height.max(1) * w as usize;
            for ((&a, &b), column) in mine.iter().zip(theirs).zip(&columns) {
                let Some(sum) = sums.get_mut(first + column) else {
                    continue;
                };
                sum[3] += 1;
                if agreement.of(a, b)
                    && let Some(rgb) = table.get(usize::from(a))
                {
                    for (sum, channel) in sum.iter_mut().zip(rgb) {
                        *sum += u32::from(*channel);
                    }
                }
            }
        }
        Ok(RgbImage::from_fn(w, h, |x, y| {
            let [r, g, b, n] = sums.get((y * w + x) as usize).copied().unwrap_or_default();
            let mean = |sum: u32| ((sum + n / 2) / n.max(1)) as u8;
            image::Rgb([mean(r), mean(g), mean(b)])
        }))
    }

    fn same_size(&self, other: &Self) -> Result<(), CompareError> {
        if self.size() == other.size() {
            return Ok(());
        }
        Err(CompareError::SizesDiffer {
            a_width: self.width,
            a_height: self.height,
            b_width: other.width,
            b_height: other.height,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Options, compare};
    use ndarray::Array2;

    fn map(bend: f32) -> SaliencyMap {
        SaliencyMap {
            values: Array2::from_shape_fn((37, 53), |(y, x)| {
                (x as f32 * 0.21 + bend).sin() * (y as f32 * 0.13 + bend * 2.0).cos()
            }),
        }
    }

    #[test]
    fn figures_and_pictures_are_those_of_compare() {
        let (a, b) = (map(0.0), map(0.4));
        for delta in [0, 10, 60, 255] {
            for colormap in [Colormap::Inferno, Colormap::Viridis] {
                let options = Options {
                    delta,
                    colormap,
                    ..Options::default()
                };
                let whole =
                    compare(("a", a.values.view()), ("b", b.values.view()), &options).unwrap();
                let agreement = Agreement::new(colormap, delta);
                let (ca, cb) = (ColouredMap::of(&a), ColouredMap::of(&b));
                let count = ca.count(&cb, &agreement).unwrap();
                assert_eq!(count.share().unwrap(), whole.figures.agree);
                let picture = ca.intersection(&cb, &agreement, 53, 37).unwrap();
                assert_eq!(picture, whole.intersection);
            }
        }
    }

    #[test]
    fn a_small_picture_keeps_the_mean() {
        let (a, b) = (ColouredMap::of(&map(0.0)), ColouredMap::of(&map(0.1)));
        let agreement = Agreement::new(Colormap::Inferno, 20);
        let large = a.intersection(&b, &agreement, 53, 37).unwrap();
        let small = a.intersection(&b, &agreement, 10, 7).unwrap();
        assert_eq!(small.dimensions(), (10, 7));
        let mean = |p: &RgbImage| {
            p.as_raw().iter().map(|v| f64::from(*v)).sum::<f64>() / p.as_raw().len() as f64
        };
        assert!(
            (mean(&large) - mean(&small)).abs() < 2.0,
            "{} {}",
            mean(&large),
            mean(&small)
        );
        // Never enlarged.
        let same = a.intersection(&b, &agreement, 5000, 5000).unwrap();
        assert_eq!(same.dimensions(), (53, 37));
    }

    #[test]
    fn maps_of_two_sizes_are_refused() {
        let a = ColouredMap::of(&map(0.0));
        let b = ColouredMap::of(&SaliencyMap {
            values: Array2::zeros((37, 52)),
        });
        let agreement = Agreement::new(Colormap::Inferno, 0);
        assert!(matches!(
            a.count(&b, &agreement),
            Err(CompareError::SizesDiffer { .. })
        ));
    }
}
