//! HEIC: what telephones save.

use heic_decoder::{ChromaUpsampling, HeifError, RgbOptions};
use image::{DynamicImage, RgbImage, RgbaImage};

use super::decode::{Failure, check_size};
use super::raster::{Colours, Raster};

/// The primary picture, upright.
pub(super) fn decode(bytes: &[u8]) -> Result<Raster, Failure> {
    let failure = |error: HeifError| match error {
        HeifError::Unsupported(what) => {
            Failure::Unread(format!("a HEIC picture of a rare kind ({what})"))
        }
        HeifError::LimitExceeded(what) => Failure::TooLarge(what.to_owned()),
        HeifError::NotHeif(what) => Failure::Damaged(what.to_owned()),
        other => Failure::Damaged(other.to_string()),
    };
    let info = heic_decoder::probe(bytes).map_err(failure)?;
    check_size(info.coded_width as u64, info.coded_height as u64)?;
    let mut picture = heic_decoder::decode(bytes).map_err(failure)?;
    let sampling = &mut picture.chroma_sampling;
    sampling.origin_x = between_pixels(sampling.sub_x, sampling.origin_x);
    sampling.origin_y = between_pixels(sampling.sub_y, sampling.origin_y);
    let (width, height) = (picture.width as u32, picture.height as u32);
    let lost = || Failure::Damaged("its size does not fit its pixels".to_owned());
    let colours = match (&picture.metadata.icc_profile, picture.color_info) {
        (Some(icc), _) => Colours::Icc(icc.clone()),
        (None, Some(info)) => Colours::CodePoints(
            u8::try_from(info.color_primaries).unwrap_or(2),
            u8::try_from(info.transfer_characteristics).unwrap_or(2),
        ),
        (None, None) => Colours::Srgb,
    };
    // As libheif does, and AVIF here: edges of colour stay where they are.
    let options = RgbOptions {
        upsampling: ChromaUpsampling::Nearest,
        ..RgbOptions::default()
    };
    let (image, premultiplied) = if picture.alpha.is_some() {
        let rgba = picture.to_rgba8_with_options(&options).map_err(failure)?;
        let pixels = RgbaImage::from_raw(width, height, rgba.data).ok_or_else(lost)?;
        (DynamicImage::from(pixels), rgba.premultiplied)
    } else {
        let rgb = picture.to_rgb8_with_options(&options).map_err(failure)?;
        (
            RgbImage::from_raw(width, height, rgb.data)
                .ok_or_else(lost)?
                .into(),
            false,
        )
    };
    Ok(Raster {
        premultiplied,
        colours,
        ..Raster::from(image)
    })
}

/// Where the first sample of colour lies, in pixels, so that each is taken for both of the pixels that it
/// was made from: on the first of them, which is where the file says, the second is as near to the next.
fn between_pixels(pixels: u32, origin: f32) -> f32 {
    if pixels != 2 || origin.fract() != 0.0 {
        return origin;
    }
    // Of a mirrored picture the second pixel comes first.
    if origin < 1.0 {
        origin + 0.5
    } else {
        origin - 0.5
    }
}
