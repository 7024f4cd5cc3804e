//! The intersection of two maps: the pixels on which they agree.
//!
//! Two rules. The paper's compares the *coloured* maps: a pixel agrees when each of R, G and B
//! differs by at most delta; it is shown in the first map's colour and all else black. Ours
//! compares the values, each scaled to 0-1: delta means the same number of 255 steps there, but
//! equal steps of importance count equally, whatever the colours do.
//!
//! The shader `intersection.wgsl` is the twin of [`agree`] and [`values_agree`].

use image::RgbImage;
use ndarray::{Array2, ArrayView2};
use serde::Serialize;

use super::CompareError;
use super::bands::{Band, BandMap};
use super::parallel::{PIECE, fill_pieces};
use crate::saliency::colormap::Scale;

/// The paper's rule for one pixel: each channel differs by at most `delta`.
#[inline]
#[must_use]
pub fn agree(a: [u8; 3], b: [u8; 3], delta: u8) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= delta)
}

/// The rule on values for one pixel: `a` and `b` are on the scale 0-1 and differ by at most
/// `delta / 255`.
#[inline]
#[must_use]
pub fn values_agree(a: f32, b: f32, delta: u8) -> bool {
    (a - b).abs() * 255.0 <= f32::from(delta)
}

/// Pixels, and those of them that agree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Pixels that agree.
    pub agree: u64,
    /// All pixels counted.
    pub pixels: u64,
}

impl Count {
    /// The share that agrees, 0-1; `None` when no pixel was counted.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        (self.pixels > 0).then(|| self.agree as f64 / self.pixels as f64)
    }

    fn add(&mut self, other: Self) {
        self.agree += other.agree;
        self.pixels += other.pixels;
    }
}

/// How many pixels agree, overall and by the band in which they lie.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All pixels.
    pub all: Count,
    /// By the label of [`BandMap::labels`]: 0 in no band, 1 yellow to 4 purple. All zero when no
    /// bands were given.
    pub by_label: [Count; 5],
}

impl Counts {
    /// The pixels of one band.
    #[must_use]
    pub fn band(&self, band: Band) -> Count {
        self.by_label[usize::from(band.label())]
    }

    fn add(mut self, other: &Self) -> Self {
        self.all.add(other.all);
        for (mine, theirs) in self.by_label.iter_mut().zip(other.by_label) {
            mine.add(theirs);
        }
        self
    }
}

/// The pixels on which two coloured maps agree within `delta`, and how many there are, by band
/// too when `bands` (of the same size) are given. The picture shows them in the colour of `a`,
/// all else black.
///
/// # Errors
/// [`CompareError::SizesDiffer`].
pub fn of_colours(
    a: &RgbImage,
    b: &RgbImage,
    delta: u8,
    bands: Option<&BandMap>,
) -> Result<(RgbImage, Counts), CompareError> {
    let (width, height) = a.dimensions();
    let size = (height as usize, width as usize);
    same_size(size, (b.height() as usize, b.width() as usize))?;
    let labels = labels_of(bands, size)?;
    let mut picture = RgbImage::new(width, height);
    let counts = fill_pieces(&mut picture, 3 * PIECE, |start, out| {
        let end = start + out.len();
        let labels = labels.map(|l| &l[start / 3..end / 3]);
        colours_piece(
            &a.as_raw()[start..end],
            &b.as_raw()[start..end],
            delta,
            labels,
            out,
        )
    });
    let counts = counts.iter().fold(Counts::default(), Counts::add);
    Ok((picture, counts))
}

/// The pixels on which two maps agree within `delta`: each value is put on 0-1 by the scale it is
/// given with ([`Scale::share`]), and the two may differ by `delta / 255`. Give the same scale
/// twice to compare the values as they are.
///
/// # Errors
/// [`CompareError::SizesDiffer`].
pub fn of_values(
    a: (ArrayView2<'_, f32>, Scale),
    b: (ArrayView2<'_, f32>, Scale),
    delta: u8,
    bands: Option<&BandMap>,
) -> Result<(Array2<bool>, Counts), CompareError> {
    let ((a, scale_a), (b, scale_b)) = (a, b);
    same_size(a.dim(), b.dim())?;
    let labels = labels_of(bands, a.dim())?;
    let mut mask = Array2::from_elem(a.dim(), false);
    let mut counts = Counts::default();
    for (i, ((m, &x), &y)) in mask.iter_mut().zip(a).zip(b).enumerate() {
        *m = values_agree(scale_a.share(x), scale_b.share(y), delta);
        let one = Count {
            agree: u64::from(*m),
            pixels: 1,
        };
        counts.all.add(one);
        if let Some(labels) = labels {
            counts.by_label[usize::from(labels[i])].add(one);
        }
    }
    Ok((mask, counts))
}

/// `picture` where `mask` is true, black elsewhere; pixels beyond the mask are black.
#[must_use]
pub fn masked(picture: &RgbImage, mask: ArrayView2<'_, bool>) -> RgbImage {
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        match mask.get((y as usize, x as usize)) {
            Some(true) => *picture.get_pixel(x, y),
            _ => image::Rgb([0; 3]),
        }
    })
}

pub(super) fn same_size(a: (usize, usize), b: (usize, usize)) -> Result<(), CompareError> {
    if a == b {
        return Ok(());
    }
    Err(CompareError::SizesDiffer {
        a_width: a.1,
        a_height: a.0,
        b_width: b.1,
        b_height: b.0,
    })
}

pub(super) fn labels_of(
    bands: Option<&BandMap>,
    size: (usize, usize),
) -> Result<Option<&[u8]>, CompareError> {
    let Some(bands) = bands else { return Ok(None) };
    same_size(bands.labels().dim(), size)?;
    Ok(bands.labels().to_slice())
}

/// Pixels in a block of [`colours_piece`]; its buffers live in the first-level cache.
const BLOCK: usize = 256;

/// 0xff at the first byte of each pixel.
const FIRST_BYTES: [u8; 3 * BLOCK] = {
    let mut mask = [0; 3 * BLOCK];
    let mut i = 0;
    while i < 3 * BLOCK {
        mask[i] = 0xff;
        i += 3;
    }
    mask
};

/// One piece of [`of_colours`]: whole pixels, three bytes each.
///
/// Written as passes over bytes that each compile to vector instructions; picking every third
/// byte would not. `same[i]` says that byte i agrees; `all[i + 2]` that bytes i to i + 2 do,
/// kept where i begins a pixel; spreading that back over three bytes gives the mask of pixels.
fn colours_piece(a: &[u8], b: &[u8], delta: u8, labels: Option<&[u8]>, out: &mut [u8]) -> Counts {
    let mut counts = Counts::default();
    let mut same = [0u8; 3 * BLOCK + 2];
    let mut all = [0u8; 3 * BLOCK + 2];
    for (index, ((a, b), out)) in a
        .chunks(3 * BLOCK)
        .zip(b.chunks(3 * BLOCK))
        .zip(out.chunks_mut(3 * BLOCK))
        .enumerate()
    {
        let n = a.len();
        for ((s, &a), &b) in same.iter_mut().zip(a).zip(b) {
            *s = if a.abs_diff(b) <= delta { 0xff } else { 0 };
        }
        let (one, two, three) = (&same[..n], &same[1..=n], &same[2..n + 2]);
        for ((((f, &x), &y), &z), &first) in all[2..n + 2]
            .iter_mut()
            .zip(one)
            .zip(two)
            .zip(three)
            .zip(&FIRST_BYTES)
        {
            *f = x & y & z & first;
        }
        let agree = all[2..n + 2].iter().map(|&f| u32::from(f & 1)).sum::<u32>();
        counts.all.add(Count {
            agree: u64::from(agree),
            pixels: (n / 3) as u64,
        });
        if let Some(labels) = labels {
            let labels = &labels[index * BLOCK..index * BLOCK + n / 3];
            for (&label, f) in labels.iter().zip(all[2..].iter().step_by(3)) {
                counts.by_label[usize::from(label)].add(Count {
                    agree: u64::from(f & 1),
                    pixels: 1,
                });
            }
        }
        let (one, two, three) = (&all[2..n + 2], &all[1..=n], &all[..n]);
        for ((((o, &x), &y), &z), &a) in out.iter_mut().zip(one).zip(two).zip(three).zip(a) {
            *o = (x | y | z) & a;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::bands::BandShares;
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    fn noise(width: u32, height: u32, rng: &mut StdRng) -> RgbImage {
        RgbImage::from_fn(width, height, |_, _| {
            image::Rgb(std::array::from_fn(|_| rng.random()))
        })
    }

    #[test]
    fn blocks_agree_with_the_rule_pixel_by_pixel() {
        let mut rng = StdRng::seed_from_u64(5);
        // Across the borders of blocks and of pieces.
        for (width, height) in [(1, 1), (7, 3), (256, 1), (257, 5), (300, 700)] {
            let a = noise(width, height, &mut rng);
            let mut b = a.clone();
            for byte in b.iter_mut() {
                *byte = byte.saturating_add(rng.random_range(0..40));
            }
            let map = Array2::from_shape_fn((height as usize, width as usize), |(y, x)| {
                (y * 31 + x * 17) as f32 % 101.0
            });
            let bands = BandMap::of("m", map.view(), BandShares::default()).ok();
            for delta in [0, 1, 20, 39, 40, 254, 255] {
                let (picture, counts) = of_colours(&a, &b, delta, bands.as_ref()).unwrap();
                let mut want = Counts::default();
                for (x, y, got) in picture.enumerate_pixels() {
                    let (pa, pb) = (a.get_pixel(x, y).0, b.get_pixel(x, y).0);
                    let ok = agree(pa, pb, delta);
                    assert_eq!(got.0, if ok { pa } else { [0; 3] });
                    let one = Count {
                        agree: u64::from(ok),
                        pixels: 1,
                    };
                    want.all.add(one);
                    if let Some(bands) = &bands {
                        let label = bands.labels()[[y as usize, x as usize]];
                        want.by_label[usize::from(label)].add(one);
                    }
                }
                assert_eq!(counts, want, "{width} x {height}, delta {delta}");
            }
        }
    }

    #[test]
    fn a_map_agrees_with_itself_and_everything_agrees_at_255() {
        let mut rng = StdRng::seed_from_u64(6);
        let (a, b) = (noise(20, 30, &mut rng), noise(20, 30, &mut rng));
        assert_eq!(
            of_colours(&a, &a, 0, None).unwrap().1.all.share(),
            Some(1.0)
        );
        assert_eq!(
            of_colours(&a, &b, 255, None).unwrap().1.all.share(),
            Some(1.0)
        );
        assert!(of_colours(&a, &b, 0, None).unwrap().1.all.share() < Some(0.01));
    }

    #[test]
    fn values_agree_on_their_own_scales() {
        let a = ndarray::array![[0.0f32, 5.0, 10.0]];
        let b = ndarray::array![[-1.0f32, 0.1, 1.0]];
        let own = |min, max| Scale { min, max };
        let on = |a_scale, b_scale, delta| {
            of_values((a.view(), a_scale), (b.view(), b_scale), delta, None).unwrap()
        };
        // 0 and 0; .5 and .55, which is 12.75 of 255 apart; 1 and 1.
        let (mask, counts) = on(own(0.0, 10.0), own(-1.0, 1.0), 12);
        assert_eq!(mask, ndarray::array![[true, false, true]]);
        assert_eq!(
            counts.all,
            Count {
                agree: 2,
                pixels: 3
            }
        );
        let (mask, _) = on(own(0.0, 10.0), own(-1.0, 1.0), 13);
        assert!(mask.iter().all(|&m| m));
        // On a shared scale 0 and -1 are 1/11 apart: 23.2 of 255.
        let (mask, _) = on(own(-1.0, 10.0), own(-1.0, 10.0), 23);
        assert_eq!(mask, ndarray::array![[false, false, false]]);
        let (mask, _) = on(own(-1.0, 10.0), own(-1.0, 10.0), 24);
        assert_eq!(mask, ndarray::array![[true, false, false]]);
    }

    #[test]
    fn sizes_must_be_equal() {
        let (a, b) = (RgbImage::new(2, 3), RgbImage::new(3, 2));
        let error = of_colours(&a, &b, 0, None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the two differ in size (2 x 3 and 3 x 2 pixels)"
        );
    }

    #[test]
    fn masking_blackens_the_rest() {
        let picture = RgbImage::from_pixel(2, 1, image::Rgb([9, 8, 7]));
        let got = masked(&picture, ndarray::array![[true, false]].view());
        assert_eq!(got.as_raw().as_slice(), [9, 8, 7, 0, 0, 0]);
    }
}
