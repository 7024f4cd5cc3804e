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
    let picture = heic_decoder::decode(bytes).map_err(failure)?;
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
