//! A picture made small: what stands for it far away, in the middle and near.

use image::codecs::jpeg::JpegEncoder;
use image::{ImageEncoder as _, RgbImage, imageops};
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
            imageops::thumbnail(pixels, side(width), side(height))
        };
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
            .write_image(
                small.as_raw(),
                small.width(),
                small.height(),
                image::ExtendedColorType::Rgb8,
            )
            .map_err(|e| format!("no thumbnail could be made: {e}"))?;
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
