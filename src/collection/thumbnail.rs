//! A picture made small: what stands for it far away, in the middle and near.

use image::{RgbImage, imageops};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use texpresso::{Algorithm, Format, Params};

use super::facts::COLOURS;

/// Longest side of a thumbnail, in pixels; nothing is made larger.
pub const THUMBNAIL_SIDE: u32 = 128;
/// Sides of a tile, in pixels: the whole picture, squeezed into a square.
pub const TILE_SIDE: u32 = 32;
const QUALITY: u8 = 85;

/// What stands for a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// JPEG of at most [`THUMBNAIL_SIDE`] pixels a side, in the picture's proportions.
    pub jpeg: Vec<u8>,
    /// [`TILE_SIDE`] pixels squared as BC1, 512 bytes.
    pub tile: Vec<u8>,
    /// 4 x 4 colours, row after row.
    pub colours: [[u8; 3]; COLOURS * COLOURS],
}

impl Thumbnail {
    /// Of upright pixels.
    ///
    /// # Errors
    /// In words, when the encoder refuses the picture.
    pub fn of(pixels: &RgbImage) -> Result<Self, String> {
        let (width, height) = pixels.dimensions();
        let longest = width.max(height).max(1);
        let side = |side: u32| {
            let scaled = u64::from(side) * u64::from(THUMBNAIL_SIDE.min(longest));
            ((scaled + u64::from(longest) / 2) / u64::from(longest)).max(1) as u32
        };
        let small = if longest <= THUMBNAIL_SIDE {
            pixels.clone()
        } else {
            shrink(pixels, side(width), side(height))
        };
        let jpeg = encoded(&small)?;
        // Nothing to lose where the picture is smaller than that.
        let square = imageops::thumbnail(&small, TILE_SIDE, TILE_SIDE);
        let opaque: Vec<u8> = square
            .pixels()
            .flat_map(|p| [p[0], p[1], p[2], 255])
            .collect();
        let side = TILE_SIDE as usize;
        let mut tile = vec![0; Format::Bc1.compressed_size(side, side)];
        let params = Params {
            algorithm: Algorithm::RangeFit,
            ..Params::default()
        };
        Format::Bc1.compress(&opaque, side, side, params, &mut tile);
        let few = imageops::thumbnail(&square, COLOURS as u32, COLOURS as u32);
        let mut colours = [[0; 3]; COLOURS * COLOURS];
        for (to, from) in colours.iter_mut().zip(few.pixels()) {
            *to = from.0;
        }
        Ok(Self {
            jpeg,
            tile,
            colours,
        })
    }
}

/// As JPEG. Colours at half the size save a quarter of the bytes, which on 128 pixels nobody sees. Tables
/// made for the picture would save more, but with them this encoder writes each component by itself,
/// which the decoder of `image` shows in wrong colours.
pub(super) fn encoded(pixels: &RgbImage) -> Result<Vec<u8>, String> {
    let refused = || "no thumbnail could be made of so many pixels".to_owned();
    let width = u16::try_from(pixels.width()).map_err(|_| refused())?;
    let height = u16::try_from(pixels.height()).map_err(|_| refused())?;
    let mut jpeg = Vec::with_capacity(8 << 10);
    let mut encoder = Encoder::new(&mut jpeg, QUALITY);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder
        .encode(pixels.as_raw(), width, height, ColorType::Rgb)
        .map_err(|e| format!("no thumbnail could be made: {e}"))?;
    Ok(jpeg)
}

/// Each pixel the mean of a block of pixels, for sizes that are not larger: the blocks part the
/// picture. (`imageops::thumbnail` weighs edges too, and takes ten times as long.)
fn shrink(pixels: &RgbImage, width: u32, height: u32) -> RgbImage {
    let (from_width, from_height) = (pixels.width() as usize, pixels.height() as usize);
    let (width, height) = (width as usize, height as usize);
    let start = |i: usize, from: usize, to: usize| i * from / to.max(1);
    let stride = from_width * 3;
    let mut out = Vec::with_capacity(width * height * 3);
    let mut sums = vec![0u32; stride];
    for y in 0..height {
        let top = start(y, from_height, height);
        let bottom = start(y + 1, from_height, height).max(top + 1);
        sums.fill(0);
        let rows = pixels.as_raw().chunks_exact(stride.max(1));
        for row in rows.skip(top).take(bottom - top) {
            for (sum, &value) in sums.iter_mut().zip(row) {
                *sum += u32::from(value);
            }
        }
        for x in 0..width {
            let left = start(x, from_width, width);
            let right = start(x + 1, from_width, width).max(left + 1);
            // No block has more than a hundredth of the most pixels that are read.
            let mut mean = [0u32; 3];
            for pixel in sums.chunks_exact(3).skip(left).take(right - left) {
                for (to, &from) in mean.iter_mut().zip(pixel) {
                    *to += from;
                }
            }
            let count = ((bottom - top) * (right - left)) as u32;
            out.extend(mean.map(|sum| ((sum + count / 2) / count) as u8));
        }
    }
    RgbImage::from_raw(width as u32, height as u32, out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Red on the left, blue on the right.
    fn halves(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, _| {
            image::Rgb(if x < width / 2 {
                [250, 10, 20]
            } else {
                [5, 15, 240]
            })
        })
    }

    fn near(a: [u8; 3], b: [u8; 3]) -> bool {
        a.iter().zip(b).all(|(&a, b)| a.abs_diff(b) < 12)
    }

    #[test]
    fn the_three_sizes_show_the_same_picture() {
        let thumbnail = Thumbnail::of(&halves(640, 400)).unwrap();
        let jpeg = image::load_from_memory(&thumbnail.jpeg)
            .unwrap()
            .into_rgb8();
        assert_eq!(jpeg.dimensions(), (128, 80));
        assert_eq!(thumbnail.tile.len(), 512);
        let mut tile = vec![0; 32 * 32 * 4];
        Format::Bc1.decompress(&thumbnail.tile, 32, 32, &mut tile);
        let tile = |x: usize, y: usize| {
            let at = (y * 32 + x) * 4;
            [tile[at], tile[at + 1], tile[at + 2]]
        };
        for (fraction, want) in [(0.1, [250, 10, 20]), (0.9, [5, 15, 240])] {
            let at = |side: f64| (side * fraction) as usize;
            assert!(near(jpeg.get_pixel(at(128.0) as u32, 40).0, want));
            assert!(near(tile(at(32.0), 16), want), "{:?}", tile(at(32.0), 16));
            assert!(near(thumbnail.colours[8 + at(4.0)], want));
        }
    }

    #[test]
    fn a_small_picture_is_the_mean_of_its_blocks() {
        let picture =
            RgbImage::from_fn(7, 5, |x, y| image::Rgb([(x * 30) as u8, (y * 40) as u8, 9]));
        let small = shrink(&picture, 3, 2);
        assert_eq!(small.dimensions(), (3, 2));
        // Columns 0..2, 2..4, 4..7 and rows 0..2, 2..5.
        let want = [
            [15, 20, 9],
            [75, 20, 9],
            [150, 20, 9],
            [15, 120, 9],
            [75, 120, 9],
            [150, 120, 9],
        ];
        assert!(small.pixels().map(|p| p.0).eq(want));
        assert_eq!(shrink(&picture, 7, 5), picture);
    }

    #[test]
    fn small_and_long_pictures_have_one_too() {
        for (width, height, want) in [
            (1, 1, (1, 1)),
            (40, 30, (40, 30)),
            (5000, 2, (128, 1)),
            (128, 129, (127, 128)),
        ] {
            let jpeg = Thumbnail::of(&halves(width, height)).unwrap().jpeg;
            let size = image::load_from_memory(&jpeg)
                .unwrap()
                .into_rgb8()
                .dimensions();
            assert_eq!(size, want);
        }
    }
}
