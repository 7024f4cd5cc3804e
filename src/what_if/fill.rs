//! What takes the place of the part that goes.

use std::fmt;
use std::str::FromStr;

use image::{Rgb, RgbImage};
use ndarray::Array3;

use super::{EditMask, WhatIfError};
use crate::picture::{Framing, Picture, Region, Resample, resize};
use crate::saliency::gaussian::{Edge, gaussian_filter};

/// What takes the place of the part that goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Fill {
    /// The picture itself, blurred: see [`blurred`].
    #[default]
    Blur,
    /// The mean colour of what the network sees.
    Mean,
    /// Black.
    Black,
    /// White.
    White,
    /// Another picture, by its name or file: its middle, cut and resized to what the network sees.
    Texture(String),
}

impl fmt::Display for Fill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blur => f.write_str("blur"),
            Self::Mean => f.write_str("mean"),
            Self::Black => f.write_str("black"),
            Self::White => f.write_str("white"),
            Self::Texture(name) => write!(f, "texture:{name}"),
        }
    }
}

impl FromStr for Fill {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "blur" => Ok(Self::Blur),
            "mean" => Ok(Self::Mean),
            "black" => Ok(Self::Black),
            "white" => Ok(Self::White),
            _ => match text.strip_prefix("texture:") {
                Some(name) if !name.is_empty() => Ok(Self::Texture(name.to_owned())),
                _ => Err(format!(
                    "{text:?} is not blur, mean, black, white or texture:NAME"
                )),
            },
        }
    }
}

/// Sigma of [`blurred`] for a picture whose longer side is [`BLUR_SIDE`]: what is smaller than an eye is
/// gone.
const BLUR: f64 = 10.0;
const BLUR_SIDE: f64 = 224.0;

impl Fill {
    /// The whole of what the network sees, filled: of the size of `seen`. `texture` is the picture of
    /// [`Fill::Texture`].
    ///
    /// # Errors
    /// When a texture is asked for and none is given.
    pub fn pixels(
        &self,
        seen: &RgbImage,
        texture: Option<&Picture>,
    ) -> Result<RgbImage, WhatIfError> {
        let (width, height) = seen.dimensions();
        let flat = |colour: [u8; 3]| RgbImage::from_pixel(width, height, Rgb(colour));
        Ok(match self {
            Self::Blur => blurred(seen),
            Self::Mean => flat(mean(seen)),
            Self::Black => flat([0; 3]),
            Self::White => flat([255; 3]),
            Self::Texture(_) => {
                let texture = texture.ok_or(WhatIfError::Setting {
                    setting: "the texture",
                    got: "not given".to_owned(),
                    must_be: "a picture".to_owned(),
                })?;
                let shape = [height as usize, width as usize];
                let part = Region::seen(texture.size(), shape, Framing::Square, 1.0);
                resize(texture, part, [width, height], Resample::Bicubic)
            }
        })
    }
}

/// Each channel's mean, rounded to the nearest.
fn mean(picture: &RgbImage) -> [u8; 3] {
    let count = u64::from(picture.width()) * u64::from(picture.height());
    let mut sums = [0u64; 3];
    for Rgb(pixel) in picture.pixels() {
        for (sum, &value) in sums.iter_mut().zip(pixel) {
            *sum += u64::from(value);
        }
    }
    sums.map(|sum| ((2 * sum + count) / (2 * count.max(1))).min(255) as u8)
}

/// The picture under a Gaussian of sigma 10 pixels where its longer side is 224, in proportion where it
/// is not; mirrored at its edges, truncated at four sigma, rounded to the nearest as
/// `numpy.floor(scipy.ndimage.gaussian_filter(picture, sigma) + 0.5)` has it.
#[must_use]
pub fn blurred(picture: &RgbImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    let sigma = BLUR * f64::from(width.max(height)) / BLUR_SIDE;
    let shape = (height as usize, width as usize, 3);
    let wide = Array3::from_shape_fn(shape, |(y, x, c)| {
        f64::from(picture.get_pixel(x as u32, y as u32).0[c])
    });
    let wide = gaussian_filter(wide.view(), [sigma; 2], Edge::Reflect);
    let level = |y: u32, x: u32, c: usize| {
        let value = wide.get((y as usize, x as usize, c)).copied();
        (value.unwrap_or(0.0) + 0.5).floor().clamp(0.0, 255.0) as u8
    };
    RgbImage::from_fn(width, height, |x, y| {
        Rgb([level(y, x, 0), level(y, x, 1), level(y, x, 2)])
    })
}

/// `seen` with `filling` where the mask is: each value is
/// `floor(seen + (filling - seen) * mask + 0.5)`. All three are of one size; what lies beyond the
/// smallest stays.
#[must_use]
pub fn filled(seen: &RgbImage, filling: &RgbImage, mask: &EditMask) -> RgbImage {
    let mut out = seen.clone();
    for (x, y, pixel) in out.enumerate_pixels_mut() {
        let share = mask.at(x as usize, y as usize);
        if let (true, Some(over)) = (share > 0.0, filling.get_pixel_checked(x, y)) {
            *pixel = mixed(*pixel, *over, share);
        }
    }
    out
}

/// As [`filled`], and the part that went stands `by` pixels (right, down) from where it was; what would
/// stand beyond the edge is lost.
#[must_use]
pub fn moved(seen: &RgbImage, filling: &RgbImage, mask: &EditMask, by: [i32; 2]) -> RgbImage {
    let mut out = filled(seen, filling, mask);
    let from = |to: u32, by: i32| u32::try_from(i64::from(to) - i64::from(by)).ok();
    for (x, y, pixel) in out.enumerate_pixels_mut() {
        if let (Some(from_x), Some(from_y)) = (from(x, by[0]), from(y, by[1]))
            && let Some(old) = seen.get_pixel_checked(from_x, from_y)
        {
            *pixel = mixed(*pixel, *old, mask.at(from_x as usize, from_y as usize));
        }
    }
    out
}

/// The picture with a change: as [`moved`] where the part is put down again `by` pixels from where it was,
/// else as [`filled`].
#[must_use]
pub fn changed(
    seen: &RgbImage,
    filling: &RgbImage,
    mask: &EditMask,
    by: Option<[i32; 2]>,
) -> RgbImage {
    match by {
        Some(by) => moved(seen, filling, mask, by),
        None => filled(seen, filling, mask),
    }
}

fn mixed(Rgb(below): Rgb<u8>, Rgb(above): Rgb<u8>, share: f32) -> Rgb<u8> {
    let mix = |i: usize| {
        let (below, above) = (f32::from(below[i]), f32::from(above[i]));
        (below + (above - below) * share + 0.5).floor() as u8
    };
    Rgb([mix(0), mix(1), mix(2)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    fn picture() -> RgbImage {
        RgbImage::from_fn(12, 8, |x, y| Rgb([x as u8 * 20, y as u8 * 30, 7]))
    }

    #[test]
    fn fills_are_read_as_they_are_shown() {
        for text in [
            "blur",
            "mean",
            "black",
            "white",
            "texture:brick",
            "texture:a:b.png",
        ] {
            assert_eq!(text.parse::<Fill>().unwrap().to_string(), text);
        }
        for bad in ["", "texture:", "grey", "texture"] {
            assert!(bad.parse::<Fill>().unwrap_err().contains("texture:NAME"));
        }
    }

    #[test]
    fn the_mean_is_rounded_and_a_texture_has_the_size_of_what_is_seen() {
        let seen = picture();
        let mean = Fill::Mean.pixels(&seen, None).unwrap();
        // 0..=220 in steps of 20, 0..=210 in steps of 30
        assert_eq!(mean.get_pixel(3, 3).0, [110, 105, 7]);
        let texture = Picture::from_pixels("t", RgbImage::from_pixel(50, 90, Rgb([1, 2, 3])));
        let fill = Fill::Texture("t".to_owned());
        let filling = fill.pixels(&seen, Some(&texture)).unwrap();
        assert_eq!(filling, RgbImage::from_pixel(12, 8, Rgb([1, 2, 3])));
        assert!(fill.pixels(&seen, None).is_err());
    }

    /// `floor(gaussian_filter(p, (s, s, 0)) + .5)`, SciPy 1.17.1, s = 10 * 12 / 224, of the picture above.
    #[test]
    fn blur_is_scipys() {
        let got = blurred(&picture());
        assert_eq!(got.get_pixel(0, 0).0, BLURRED_CORNER);
        assert_eq!(got.get_pixel(6, 4).0, [120, 120, 7]);
    }

    const BLURRED_CORNER: [u8; 3] = [3, 4, 7];

    #[test]
    fn a_half_mask_mixes_halves_up_and_what_is_moved_covers_what_was_there() {
        let seen = RgbImage::from_fn(4, 1, |x, _| Rgb([x as u8 * 10 + 1; 3]));
        let black = RgbImage::new(4, 1);
        let mask = |values: [f32; 4]| {
            EditMask::new(Array2::from_shape_vec((1, 4), values.to_vec()).unwrap()).unwrap()
        };
        let level = |picture: &RgbImage| picture.pixels().map(|p| p.0[0]).collect::<Vec<_>>();
        let half = filled(&seen, &black, &mask([0.5, 0.0, 0.0, 1.0]));
        assert_eq!(level(&half), [1, 11, 21, 0]);
        let first = mask([1.0, 1.0, 0.0, 0.0]);
        assert_eq!(level(&moved(&seen, &black, &first, [1, 0])), [0, 1, 11, 31]);
        assert_eq!(
            level(&moved(&seen, &black, &first, [-1, 0])),
            [11, 0, 21, 31]
        );
        assert_eq!(level(&moved(&seen, &black, &first, [0, 1])), [0, 0, 21, 31]);
    }
}
