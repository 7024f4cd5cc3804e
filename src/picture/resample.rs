//! Resizing as `image` does it, to the byte, row by row: a network sees the same pixels, in a third of
//! the time. (`image` reaches every pixel of every tap through its general interface.)

use image::RgbImage;

use super::{Region, Resample};

/// What a pixel of the result is made of: the first pixel that counts, and the share of each.
struct Taps {
    first: usize,
    shares: Vec<f32>,
}

impl Resample {
    /// How far the kernel reaches, and its value at a distance.
    fn kernel(self) -> (f32, fn(f32) -> f32) {
        match self {
            Self::Nearest => (0.0, |_| 1.0),
            Self::Bilinear => (1.0, triangle),
            Self::Bicubic => (2.0, catmull_rom),
            Self::Lanczos => (3.0, lanczos),
        }
    }

    /// For each of `to` pixels along a side of `from`.
    fn taps(self, from: u32, to: u32) -> Vec<Taps> {
        let (support, kernel) = self.kernel();
        let ratio = from as f32 / to as f32;
        let scale = if ratio < 1.0 { 1.0 } else { ratio };
        let reach = support * scale;
        let last = i64::from(from);
        let taps = |out: u32| {
            let centre = (out as f32 + 0.5) * ratio;
            let first = ((centre - reach).floor() as i64).clamp(0, last - 1);
            let end = ((centre + reach).ceil() as i64).clamp(first + 1, last);
            let centre = centre - 0.5;
            let mut shares: Vec<f32> = (first..end)
                .map(|i| kernel((i as f32 - centre) / scale))
                .collect();
            // In this order, as sums of single precision depend on it.
            let mut sum = 0.0;
            for share in &shares {
                sum += share;
            }
            for share in &mut shares {
                *share /= sum;
            }
            Taps {
                first: first as usize,
                shares,
            }
        };
        (0..to).map(taps).collect()
    }
}

/// The `region` of `pixels` at `size` (width, height); a region without pixels gives black.
pub(super) fn resample(
    pixels: &RgbImage,
    region: Region,
    size: [u32; 2],
    kernel: Resample,
) -> RgbImage {
    let [width, height] = size;
    if region.width == 0 || region.height == 0 || width == 0 || height == 0 {
        return RgbImage::new(width, height);
    }
    let columns = kernel.taps(region.width, width);
    let stride = pixels.width() as usize * 3;
    let start = region.x as usize * 3;
    let values = region.width as usize * 3;
    let row = |y: usize| {
        let row = pixels.as_raw().get(y * stride..(y + 1) * stride);
        row.and_then(|row| row.get(start..start + values))
            .unwrap_or_default()
    };
    let lines = kernel.taps(region.height, height);
    let most = lines.iter().map(|taps| taps.shares.len()).max();
    let mut rows = Rows::new(most.unwrap_or(1), values);
    let mut sums = vec![0.0f32; values];
    // Four numbers a pixel are added as one.
    let mut wide = vec![[0.0f32; 4]; region.width as usize];
    let mut line = vec![[0.0f32; 3]; width as usize];
    let mut out = Vec::with_capacity(width as usize * height as usize * 3);
    for taps in lines {
        rows.reach(taps.first + taps.shares.len(), |y| {
            row(region.y as usize + y)
        });
        let weighted = taps.shares.iter().enumerate();
        let weighted: Vec<(&[f32], f32)> = weighted
            .map(|(i, &share)| (rows.get(taps.first + i), share))
            .collect();
        add_up(&weighted, &mut sums);
        for (to, [r, g, b]) in wide.iter_mut().zip(sums.as_chunks::<3>().0) {
            *to = [*r, *g, *b, 0.0];
        }
        for (to, taps) in line.iter_mut().zip(&columns) {
            let mut pixel = [0.0f32; 4];
            let from = wide.get(taps.first..).unwrap_or_default();
            for (&share, values) in taps.shares.iter().zip(from) {
                for (sum, value) in pixel.iter_mut().zip(values) {
                    *sum += value * share;
                }
            }
            let [r, g, b, _] = pixel;
            *to = [r, g, b];
        }
        out.extend(line.as_flattened().iter().map(|&value| rounded(value)));
    }
    RgbImage::from_raw(width, height, out).unwrap_or_default()
}

/// The last rows of a picture as numbers: each is needed for some rows of the result, and made once.
struct Rows {
    values: usize,
    most: usize,
    kept: Vec<f32>,
    reached: usize,
}

impl Rows {
    fn new(most: usize, values: usize) -> Self {
        Self {
            values,
            most: most.max(1),
            kept: vec![0.0; most.max(1) * values],
            reached: 0,
        }
    }

    /// Takes the rows before `end` that were not taken yet.
    fn reach<'a>(&mut self, end: usize, row: impl Fn(usize) -> &'a [u8]) {
        for y in self.reached.max(end.saturating_sub(self.most))..end {
            let at = y % self.most * self.values;
            let kept = self.kept.get_mut(at..at + self.values).unwrap_or_default();
            for (to, &from) in kept.iter_mut().zip(row(y)) {
                *to = f32::from(from);
            }
        }
        self.reached = self.reached.max(end);
    }

    fn get(&self, y: usize) -> &[f32] {
        let at = y % self.most * self.values;
        self.kept.get(at..at + self.values).unwrap_or_default()
    }
}

/// The weighted sum of rows, added in their order, a stretch that fits into registers at a time.
fn add_up(rows: &[(&[f32], f32)], out: &mut [f32]) {
    const STRETCH: usize = 32;
    let mut at = 0;
    let (stretches, rest) = out.as_chunks_mut::<STRETCH>();
    for stretch in stretches {
        let mut sums = [0.0f32; STRETCH];
        for (row, share) in rows {
            let values = row.get(at..).and_then(|row| row.first_chunk::<STRETCH>());
            for (sum, value) in sums.iter_mut().zip(values.unwrap_or(&[0.0; STRETCH])) {
                *sum += value * share;
            }
        }
        *stretch = sums;
        at += STRETCH;
    }
    rest.fill(0.0);
    for (row, share) in rows {
        let values = row.get(at..).unwrap_or_default();
        for (sum, value) in rest.iter_mut().zip(values) {
            *sum += value * share;
        }
    }
}

/// To the nearest byte, halves up: as `f32::round` does it, which is a call each time, and in a way that
/// several are done at once.
fn rounded(value: f32) -> u8 {
    /// Numbers from here on have no fractions, and their last bits are those of a whole number.
    const WHOLE: f32 = 8_388_608.0;
    let value = value.clamp(0.0, 255.0);
    // Halves go to the even number.
    let near = (value + WHOLE) - WHOLE;
    let up = if value - near == 0.5 { 1.0 } else { 0.0 };
    (near + up + WHOLE).to_bits() as u8
}

fn triangle(x: f32) -> f32 {
    if x.abs() < 1.0 { 1.0 - x.abs() } else { 0.0 }
}

/// The cubic of Mitchell and Netravali with B = 0 and C = 1/2, written as `image` has it: another
/// order would round differently.
fn catmull_rom(x: f32) -> f32 {
    let (b, c) = (0.0, 0.5);
    let a = x.abs();
    let k = if a < 1.0 {
        (12.0 - 9.0 * b - 6.0 * c) * a.powi(3)
            + (-18.0 + 12.0 * b + 6.0 * c) * a.powi(2)
            + (6.0 - 2.0 * b)
    } else if a < 2.0 {
        (-b - 6.0 * c) * a.powi(3)
            + (6.0 * b + 30.0 * c) * a.powi(2)
            + (-12.0 * b - 48.0 * c) * a
            + (8.0 * b + 24.0 * c)
    } else {
        0.0
    };
    k / 6.0
}

fn lanczos(x: f32) -> f32 {
    let sinc = |t: f32| {
        let a = t * std::f32::consts::PI;
        if t == 0.0 { 1.0 } else { a.sin() / a }
    };
    if x.abs() < 3.0 {
        sinc(x) * sinc(x / 3.0)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use image::imageops::{self, FilterType};

    use super::*;

    #[test]
    fn halves_go_up_and_what_is_just_below_goes_down() {
        for whole in 0..255u8 {
            let half = f32::from(whole) + 0.5;
            for value in [half, half.next_down(), half.next_up(), f32::from(whole)] {
                assert_eq!(rounded(value), value.round() as u8, "{value}");
            }
        }
        assert_eq!((rounded(-3.0), rounded(300.0)), (0, 255));
    }

    #[test]
    fn pixels_are_those_of_the_library() {
        let mut state = 5u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let picture = RgbImage::from_fn(157, 101, |_, _| image::Rgb([next(), next(), next()]));
        let region = |x, y, width, height| Region {
            x,
            y,
            width,
            height,
        };
        for region in [
            region(0, 0, 157, 101),
            region(28, 0, 101, 101),
            region(3, 7, 5, 90),
        ] {
            let part =
                imageops::crop_imm(&picture, region.x, region.y, region.width, region.height);
            for (kernel, filter) in [
                (Resample::Bilinear, FilterType::Triangle),
                (Resample::Bicubic, FilterType::CatmullRom),
                (Resample::Lanczos, FilterType::Lanczos3),
                (Resample::Nearest, FilterType::Nearest),
            ] {
                for size in [[64, 64], [33, 80], [224, 200], [1, 1]] {
                    let want = imageops::resize(&*part, size[0], size[1], filter);
                    let got = resample(&picture, region, size, kernel);
                    assert!(got == want, "{region:?} {kernel:?} {size:?}");
                }
            }
        }
    }
}
