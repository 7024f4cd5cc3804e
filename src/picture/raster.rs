//! From what a decoder gave to upright RGB pixels of 8 bits.

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, Luma, RgbImage};

use super::levels::Levels;
use super::profile;

/// What tells the colours of a picture.
#[derive(Debug, Default)]
pub(super) enum Colours {
    /// sRGB, or nothing is said.
    #[default]
    Srgb,
    /// An ICC profile.
    Icc(Vec<u8>),
    /// Primaries and transfer characteristics by their numbers in ITU-T H.273.
    CodePoints(u8, u8),
    /// As a PNG file tells them without a profile.
    Measured {
        /// The exponent from stored values to light; sRGB's curve where it is not given.
        gamma: Option<f32>,
        /// White, red, green and blue as CIE x and y; sRGB's where they are not given.
        chromaticities: Option<[[f32; 2]; 4]>,
    },
}

/// A decoded picture before anything is done to its values.
#[derive(Debug)]
pub(super) struct Raster {
    pub(super) image: DynamicImage,
    /// Colours are already multiplied by their opacity.
    pub(super) premultiplied: bool,
    pub(super) colours: Colours,
    pub(super) orientation: Orientation,
    /// What had to be guessed or changed, each half a sentence.
    pub(super) notes: Vec<String>,
}

impl From<DynamicImage> for Raster {
    fn from(image: DynamicImage) -> Self {
        Self {
            image,
            premultiplied: false,
            colours: Colours::Srgb,
            orientation: Orientation::NoTransforms,
            notes: Vec::new(),
        }
    }
}

impl Raster {
    /// Upright RGB pixels, transparency laid on white, and what was changed on the way.
    pub(super) fn finish(self) -> (RgbImage, Vec<String>) {
        let Self {
            image,
            premultiplied,
            colours,
            orientation,
            mut notes,
        } = self;
        let (image, note) = to_eight_bits(image);
        notes.extend(note);
        let image = without_empty_alpha(image);
        let (mut image, note) = match colours {
            Colours::Srgb => (image, None),
            Colours::Icc(icc) => profile::to_srgb(image, &icc),
            Colours::CodePoints(primaries, transfer) => {
                profile::from_code_points(image, primaries, transfer)
            }
            Colours::Measured {
                gamma,
                chromaticities,
            } => profile::from_measures(image, gamma, chromaticities),
        };
        notes.extend(note);
        image.apply_orientation(orientation);
        if is_transparent(&image) {
            notes.push("its transparent parts are laid on white".to_owned());
        }
        (on_white(image, premultiplied), notes)
    }

    /// Upright values of a picture that says where something is: see
    /// [`open_mask`](super::open_mask). Neither colours nor depth are interpreted.
    pub(super) fn finish_mask(self) -> GrayImage {
        let mut image = without_empty_alpha(self.image);
        image.apply_orientation(self.orientation);
        let rgba = image.into_rgba16();
        let opacity = rgba.pixels().any(|pixel| pixel.0[3] < u16::MAX);
        GrayImage::from_fn(rgba.width(), rgba.height(), |x, y| {
            let [r, g, b, a] = rgba.get_pixel(x, y).0;
            let value = if opacity { a } else { r.max(g).max(b) };
            // Rounded up: the things of a deep mask may be numbered 1, 2, 3.
            Luma([u32::from(value).div_ceil(257).min(255) as u8])
        })
    }
}

/// 16-bit samples as 8-bit ones: see [`Levels::of_unsigned`].
fn to_eight_bits(image: DynamicImage) -> (DynamicImage, Option<String>) {
    fn largest(samples: &[u16], channels: usize, coloured: usize) -> u16 {
        let pixels = samples.chunks_exact(channels);
        let brightest = pixels.map(|p| p.iter().take(coloured).copied().max().unwrap_or(0));
        brightest.max().unwrap_or(0)
    }
    let largest = match &image {
        DynamicImage::ImageLuma16(i) => largest(i, 1, 1),
        DynamicImage::ImageLumaA16(i) => largest(i, 2, 1),
        DynamicImage::ImageRgb16(i) => largest(i, 3, 3),
        DynamicImage::ImageRgba16(i) => largest(i, 4, 3),
        _ => return (image, None),
    };
    let (levels, note) = Levels::of_unsigned(f64::from(largest), 16);
    if note.is_none() {
        return (image, None);
    }
    let stretched = match image {
        DynamicImage::ImageLuma16(i) => stretch(i, levels, 1, 1).map(DynamicImage::ImageLuma8),
        DynamicImage::ImageLumaA16(i) => stretch(i, levels, 2, 1).map(DynamicImage::ImageLumaA8),
        DynamicImage::ImageRgb16(i) => stretch(i, levels, 3, 3).map(DynamicImage::ImageRgb8),
        DynamicImage::ImageRgba16(i) => stretch(i, levels, 4, 3).map(DynamicImage::ImageRgba8),
        other => Some(other),
    };
    (stretched.unwrap_or_default(), note)
}

fn stretch<P, Q>(
    image: image::ImageBuffer<P, Vec<u16>>,
    levels: Levels,
    channels: usize,
    coloured: usize,
) -> Option<image::ImageBuffer<Q, Vec<u8>>>
where
    P: image::Pixel<Subpixel = u16>,
    Q: image::Pixel<Subpixel = u8>,
{
    let (width, height) = image.dimensions();
    let bytes = image.iter().enumerate().map(|(i, value)| {
        if i % channels < coloured {
            levels.byte(f64::from(*value))
        } else {
            (*value >> 8) as u8
        }
    });
    image::ImageBuffer::from_raw(width, height, bytes.collect())
}

/// Programs that do not know of transparency leave zeros where it is stored: a picture that would
/// be invisible everywhere is taken as opaque.
fn without_empty_alpha(image: DynamicImage) -> DynamicImage {
    let empty = match &image {
        DynamicImage::ImageRgba8(i) => i.pixels().all(|p| p.0[3] == 0),
        DynamicImage::ImageLumaA8(i) => i.pixels().all(|p| p.0[1] == 0),
        DynamicImage::ImageRgba16(i) => i.pixels().all(|p| p.0[3] == 0),
        DynamicImage::ImageLumaA16(i) => i.pixels().all(|p| p.0[1] == 0),
        _ => false,
    };
    if empty {
        image.into_rgb8().into()
    } else {
        image
    }
}

/// Whether something of it is not opaque.
fn is_transparent(image: &DynamicImage) -> bool {
    match image {
        DynamicImage::ImageRgba8(i) => i.pixels().any(|p| p.0[3] < u8::MAX),
        DynamicImage::ImageLumaA8(i) => i.pixels().any(|p| p.0[1] < u8::MAX),
        DynamicImage::ImageRgba16(i) => i.pixels().any(|p| p.0[3] < u16::MAX),
        DynamicImage::ImageLumaA16(i) => i.pixels().any(|p| p.0[1] < u16::MAX),
        DynamicImage::ImageRgba32F(i) => i.pixels().any(|p| p.0[3] < 1.0),
        _ => false,
    }
}

/// RGB pixels of any image; transparent ones are blended with white, in sRGB values as browsers do.
fn on_white(image: DynamicImage, premultiplied: bool) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let rgba = image.into_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, a] = rgba.get_pixel(x, y).0;
        let a = u32::from(a);
        let blend = |c: u8| {
            if premultiplied {
                (u32::from(c) + 255 - a).min(255) as u8
            } else {
                ((u32::from(c) * a + 255 * (255 - a) + 127) / 255) as u8
            }
        };
        image::Rgb([blend(r), blend(g), blend(b)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transparency_is_laid_on_white() {
        let image = image::RgbaImage::from_fn(3, 1, |x, _| match x {
            0 => image::Rgba([10, 20, 30, 0]),
            1 => image::Rgba([10, 20, 30, 255]),
            _ => image::Rgba([0, 0, 0, 128]),
        });
        let rgb = on_white(image.clone().into(), false);
        assert_eq!(rgb.get_pixel(0, 0).0, [255, 255, 255]);
        assert_eq!(rgb.get_pixel(1, 0).0, [10, 20, 30]);
        assert_eq!(rgb.get_pixel(2, 0).0, [127, 127, 127]);
    }

    #[test]
    fn what_was_transparent_is_told() {
        let notes = |alpha: u8| {
            let image = image::RgbaImage::from_fn(3, 2, |x, _| {
                image::Rgba([9, 9, 9, if x == 1 { alpha } else { 255 }])
            });
            Raster::from(DynamicImage::from(image)).finish().1
        };
        assert_eq!(notes(255), Vec::<String>::new());
        for alpha in [0, 254] {
            let told = notes(alpha);
            assert!(told.len() == 1 && told[0].contains("on white"), "{told:?}");
        }
    }

    #[test]
    fn a_mask_is_opacity_or_lightness_and_loses_no_numbers() {
        let of = |image: DynamicImage| Raster::from(image).finish_mask().into_raw();
        let deep =
            image::ImageBuffer::from_fn(4, 1, |x, _| Luma([[0u16, 1, 3, 65_535][x as usize]]));
        assert_eq!(of(DynamicImage::ImageLuma16(deep)), [0, 1, 1, 255]);
        let colours = image::RgbImage::from_fn(2, 1, |x, _| image::Rgb([0, 0, 128 * x as u8]));
        assert_eq!(of(colours.into()), [0, 128]);
        // Opaque everywhere: the colours tell. Else the opacity.
        let alpha = |last: u8| {
            image::RgbaImage::from_fn(2, 1, |x, _| match x {
                0 => image::Rgba([9, 0, 0, 255]),
                _ => image::Rgba([200, 0, 0, last]),
            })
        };
        assert_eq!(of(alpha(255).into()), [9, 200]);
        assert_eq!(of(alpha(7).into()), [255, 7]);
    }

    #[test]
    fn colours_that_are_multiplied_already_are_not_multiplied_again() {
        let image = image::RgbaImage::from_pixel(1, 1, image::Rgba([100, 50, 0, 128]));
        let rgb = on_white(image.into(), true);
        assert_eq!(rgb.get_pixel(0, 0).0, [227, 177, 127]);
    }

    #[test]
    fn a_picture_that_is_transparent_everywhere_is_opaque() {
        let image = image::RgbaImage::from_pixel(2, 2, image::Rgba([10, 20, 30, 0]));
        let (rgb, _) = Raster::from(DynamicImage::from(image)).finish();
        assert_eq!(rgb.get_pixel(1, 1).0, [10, 20, 30]);
    }
}
