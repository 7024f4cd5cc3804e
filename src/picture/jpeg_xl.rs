//! JPEG XL.

use image::{DynamicImage, RgbImage, RgbaImage};
use jxl_oxide::{
    AllocTracker, EnumColourEncoding, ExtraChannelType, JxlImage, Moxcms, RenderingIntent,
};

use super::decode::{Failure, MAX_DECODER_BYTES, check_size};
use super::raster::Raster;

/// The first frame, upright and in sRGB.
pub(super) fn decode(bytes: &[u8]) -> Result<Raster, Failure> {
    let failure = |error: Box<dyn std::error::Error + Send + Sync>| {
        let why = error.to_string();
        // The tracker of allocations says so, in an error of a type that is not public.
        if why.contains("allocat") || why.contains("memory") {
            Failure::TooLarge("its decoder asks for too much memory".to_owned())
        } else {
            Failure::Damaged(why)
        }
    };
    // The header first: its size decides whether pixels are asked for.
    let mut image = JxlImage::builder()
        .alloc_tracker(AllocTracker::with_limit(2 * MAX_DECODER_BYTES as usize))
        .read(bytes)
        .map_err(failure)?;
    check_size(u64::from(image.width()), u64::from(image.height()))?;
    image.set_cms(Moxcms);
    image.request_color_encoding(EnumColourEncoding::srgb(RenderingIntent::Relative));
    if image.num_loaded_keyframes() == 0 {
        return Err(Failure::Damaged(
            "it ends before its first frame".to_owned(),
        ));
    }
    let render = image.render_frame(0).map_err(failure)?;
    let mut stream = render.stream();
    let (width, height, channels) = (stream.width(), stream.height(), stream.channels());
    let pixels = width as usize * height as usize;
    let mut samples = vec![0u8; pixels * channels as usize];
    stream.write_to_buffer(&mut samples);
    let lost = || Failure::Damaged("its size does not fit its pixels".to_owned());
    let picture: DynamicImage = match channels {
        1 => image::GrayImage::from_raw(width, height, samples)
            .ok_or_else(lost)?
            .into(),
        2 => image::GrayAlphaImage::from_raw(width, height, samples)
            .ok_or_else(lost)?
            .into(),
        3 => RgbImage::from_raw(width, height, samples)
            .ok_or_else(lost)?
            .into(),
        4 => RgbaImage::from_raw(width, height, samples)
            .ok_or_else(lost)?
            .into(),
        n => {
            return Err(Failure::Unread(format!(
                "a JPEG XL picture of {n} channels"
            )));
        }
    };
    let extra = &image.image_header().metadata.ec_info;
    let premultiplied = extra.iter().any(|channel| {
        matches!(
            channel.ty,
            ExtraChannelType::Alpha {
                alpha_associated: true
            }
        )
    });
    Ok(Raster {
        premultiplied,
        ..Raster::from(picture)
    })
}
