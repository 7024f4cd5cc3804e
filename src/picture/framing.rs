//! Which part of a picture a network sees, and how that part is resized.

use image::RgbImage;
use image::imageops;
use ndarray::{ArrayView2, Axis, Slice};
use serde::{Deserialize, Serialize};

use super::Picture;

/// Which part of a picture the network sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Framing {
    /// The centre square of the whole shorter side.
    #[default]
    Square,
    /// The whole picture, squeezed into the network's shape.
    Whole,
    /// The centre part its authors published figures for: a fraction of the shorter side.
    Published,
    /// The whole picture, with ground beside or above it where its shape is another.
    Padded,
}

impl Framing {
    /// All choices, in the order they are offered.
    pub const ALL: [Self; 4] = [Self::Square, Self::Whole, Self::Published, Self::Padded];

    /// What the choice is called on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Square => "centre square",
            Self::Whole => "whole picture",
            Self::Published => "published crop",
            Self::Padded => "whole, padded",
        }
    }
}

impl std::str::FromStr for Framing {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "square" => Ok(Self::Square),
            "whole" => Ok(Self::Whole),
            "published" => Ok(Self::Published),
            "padded" | "pad" => Ok(Self::Padded),
            _ => Err(format!(
                "{text:?} is not square, whole, published or padded"
            )),
        }
    }
}

/// A rectangle of a picture, in its pixels, from the top left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Region {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Width, at least 1.
    pub width: u32,
    /// Height, at least 1.
    pub height: u32,
}

impl Region {
    /// The part of a picture of `size` (width, height) that a network of input `input` (height,
    /// width) sees. `published` is the fraction of the shorter side of the published crop, in (0, 1].
    ///
    /// A picture that already has the network's size is seen whole and untouched, except under
    /// [`Framing::Published`].
    #[must_use]
    pub fn seen(size: [u32; 2], input: [usize; 2], framing: Framing, published: f32) -> Self {
        let [width, height] = size;
        let whole = Self {
            x: 0,
            y: 0,
            width,
            height,
        };
        let same = width as usize == input[1] && height as usize == input[0];
        let fraction = match framing {
            Framing::Whole | Framing::Padded => return whole,
            Framing::Square if same => return whole,
            Framing::Square => 1.0,
            Framing::Published => f64::from(published),
        };
        // The largest rectangle of the network's shape: a square for nearly all of them.
        let ratio = input[1].max(1) as f64 / input[0].max(1) as f64;
        let (w, h) = (f64::from(width), f64::from(height));
        let (w, h) = if w / h > ratio {
            (h * ratio, h)
        } else {
            (w, w / ratio)
        };
        let part =
            |full: f64, limit: u32| ((full * fraction).round() as u32).clamp(1, limit.max(1));
        let (w, h) = (part(w, width), part(h, height));
        Self {
            x: (width - w) / 2,
            y: (height - h) / 2,
            width: w,
            height: h,
        }
    }

    /// This part of an array `[height, width]` with one value per pixel of the picture; what lies beyond
    /// its edge is left out.
    #[must_use]
    pub fn cut<T>(self, mut values: ArrayView2<'_, T>) -> ArrayView2<'_, T> {
        let (height, width) = values.dim();
        let range = |start: u32, length: u32, whole: usize| {
            let start = (start as usize).min(whole);
            Slice::from(start..start.saturating_add(length as usize).min(whole))
        };
        values.slice_axis_inplace(Axis(0), range(self.y, self.height, height));
        values.slice_axis_inplace(Axis(1), range(self.x, self.width, width));
        values
    }

    /// The region as fractions of a picture of `size`: `[left, top, right, bottom]` in 0..=1.
    #[must_use]
    pub fn fractions(self, size: [u32; 2]) -> [f32; 4] {
        let [w, h] = size.map(|n| n.max(1) as f32);
        [
            self.x as f32 / w,
            self.y as f32 / h,
            (self.x + self.width) as f32 / w,
            (self.y + self.height) as f32 / h,
        ]
    }
}

/// Where a picture of `size` (width, height) lies in an input of `input` (height, width) that it is
/// padded to, in the input's pixels.
#[must_use]
pub fn padded(size: [u32; 2], input: [usize; 2]) -> Region {
    let [height, width] = input.map(|side| side.max(1) as f64);
    let [w, h] = size.map(|side| f64::from(side.max(1)));
    let scale = (width / w).min(height / h);
    let side = |full: f64, most: f64| (full * scale).round().clamp(1.0, most) as u32;
    let (w, h) = (side(w, width), side(h, height));
    Region {
        x: (width as u32 - w) / 2,
        y: (height as u32 - h) / 2,
        width: w,
        height: h,
    }
}

/// How pixels are computed when a picture changes size. All widen their kernel when shrinking
/// (as Pillow does), so nothing flickers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resample {
    /// Triangle kernel.
    Bilinear,
    /// Cubic kernel with a = -1/2.
    #[default]
    Bicubic,
    /// Lanczos kernel of 3 lobes.
    Lanczos,
    /// The nearest pixel.
    Nearest,
}

/// The `region` of a picture at `size` (width, height); pixels are copied untouched when the
/// region has that size.
#[must_use]
pub fn resize(picture: &Picture, region: Region, size: [u32; 2], resample: Resample) -> RgbImage {
    if [region.width, region.height] == size {
        let (x, y) = (region.x, region.y);
        return imageops::crop_imm(&picture.pixels, x, y, region.width, region.height).to_image();
    }
    super::resample::resample(&picture.pixels, region, size, resample)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NET: [usize; 2] = [224, 224];

    #[test]
    fn the_centre_square_of_the_shorter_side_is_seen() {
        let seen = Region::seen([451, 300], NET, Framing::Square, 0.875);
        assert_eq!((seen.x, seen.y, seen.width, seen.height), (75, 0, 300, 300));
        let seen = Region::seen([451, 300], NET, Framing::Published, 0.5);
        assert_eq!(
            (seen.x, seen.y, seen.width, seen.height),
            (150, 75, 150, 150)
        );
        let seen = Region::seen([451, 300], NET, Framing::Whole, 0.5);
        assert_eq!((seen.x, seen.y, seen.width, seen.height), (0, 0, 451, 300));
    }

    #[test]
    fn extreme_shapes_keep_a_pixel() {
        for size in [[1, 1], [40_000, 10], [1, 9], [2, 1]] {
            for framing in Framing::ALL {
                let seen = Region::seen(size, NET, framing, 0.1);
                assert!(seen.width >= 1 && seen.height >= 1);
                assert!(seen.x + seen.width <= size[0] && seen.y + seen.height <= size[1]);
            }
        }
    }

    #[test]
    fn a_padded_picture_lies_whole_in_the_middle() {
        let inside = padded([200, 100], [64, 64]);
        let of = |r: Region| [r.x, r.y, r.width, r.height];
        assert_eq!(of(inside), [0, 16, 64, 32]);
        assert_eq!(of(padded([30, 90], [60, 60])), [20, 0, 20, 60]);
        assert_eq!(of(padded([1, 9000], [64, 64])), [31, 0, 1, 64]);
    }

    #[test]
    fn a_wide_network_sees_a_wide_part() {
        let seen = Region::seen([100, 100], [50, 200], Framing::Square, 1.0);
        assert_eq!((seen.width, seen.height, seen.y), (100, 25, 37));
    }

    #[test]
    fn a_picture_of_the_networks_size_is_untouched() {
        let pixels = RgbImage::from_fn(224, 224, |x, y| image::Rgb([x as u8, y as u8, 3]));
        let picture = Picture::from_pixels("p", pixels.clone());
        let seen = Region::seen(picture.size(), NET, Framing::Square, 0.875);
        assert_eq!(
            resize(&picture, seen, [224, 224], Resample::Bicubic),
            pixels
        );
    }
}
