//! TIFF: every common kind is read, the others are named.

mod colour;
mod directory;
#[cfg(test)]
mod tests;

use image::metadata::Orientation;
use tiff::TiffError;
use tiff::decoder::{Decoder, DecodingResult, Limits};

use self::colour::{Kind, Layout, to_image};
use self::directory::Directory;
use super::decode::{Failure, MAX_BYTES, MAX_DECODER_BYTES, check_size, one_line};
use super::raster::{Colours, Raster};

const SUBFILE: u16 = 254;
const WIDTH: u16 = 256;
const HEIGHT: u16 = 257;
const BITS: u16 = 258;
const COMPRESSION: u16 = 259;
const ORIENTATION: u16 = 274;
const SAMPLES: u16 = 277;
const PLANAR: u16 = 284;
const COLOUR_MAP: u16 = 320;
const SUB_DIRECTORIES: u16 = 330;
const INK_SET: u16 = 332;
const EXTRA_SAMPLES: u16 = 338;
const YCBCR_WEIGHTS: u16 = 529;
const YCBCR_SAMPLING: u16 = 530;
const ICC_PROFILE: u16 = 34675;
const DNG_VERSION: u16 = 50706;

/// JPEG as TIFF 6 has it today (technical note 2), which upsamples by itself.
const JPEG: u64 = 7;

/// The first picture of a file.
pub(super) fn decode(bytes: &[u8]) -> Result<Raster, Failure> {
    let directory =
        Directory::read(bytes).ok_or_else(|| Failure::Damaged("it has no directory".to_owned()))?;
    let first = |tag| directory.first(tag);
    if let (Some(width), Some(height)) = (first(WIDTH), first(HEIGHT)) {
        check_size(width, height)?;
    }
    let compression = first(COMPRESSION).unwrap_or(1);
    let photometric = first(directory::PHOTOMETRIC);
    let is_preview = first(SUBFILE).is_some_and(|kind| kind & 1 == 1);
    if matches!(photometric, Some(32803 | 34892))
        || first(DNG_VERSION).is_some()
        || (is_preview && first(SUB_DIRECTORIES).is_some())
    {
        return Err(Failure::Unread("a camera's raw file".to_owned()));
    }
    if let Some(name) = unread_compression(compression) {
        return Err(Failure::Unread(format!("a TIFF compressed with {name}")));
    }
    let samples = first(SAMPLES).unwrap_or(1) as usize;
    let bits = first(BITS).unwrap_or(1) as u32;
    let extra = directory.all(EXTRA_SAMPLES);
    let kind = Kind::of(photometric, &directory)?;
    if kind.colours() > samples {
        return Err(Failure::Damaged(format!(
            "it has {samples} samples a pixel where its colours take {}",
            kind.colours()
        )));
    }
    let planar = first(PLANAR) == Some(2);
    if matches!(kind, Kind::YCbCr { .. }) && compression != JPEG {
        let sampling = directory.all(YCBCR_SAMPLING);
        if sampling != [1, 1] {
            return Err(Failure::Unread(
                "a TIFF of YCbCr colours with fewer samples for colour, without JPEG".to_owned(),
            ));
        }
    }
    let mut decoder = Decoder::new(directory.as_plain_samples()).map_err(failure)?;
    let (width, height) = decoder.dimensions().map_err(failure)?;
    check_size(u64::from(width), u64::from(height))?;
    let mut limits = Limits::default();
    limits.decoding_buffer_size = MAX_DECODER_BYTES as usize;
    limits.intermediate_buffer_size = MAX_BYTES as usize;
    decoder = decoder.with_limits(limits);
    // Unlike `read_image`, this reads all planes.
    let mut read = DecodingResult::U8(Vec::new());
    decoder.read_image_to_buffer(&mut read).map_err(failure)?;
    drop(decoder);
    let is_alpha = |meaning: Option<&u64>| matches!(meaning, Some(1 | 2));
    let layout = Layout {
        width: width as usize,
        height: height as usize,
        samples,
        bits,
        planar: planar && samples > 1,
        has_alpha: samples > kind.colours() && is_alpha(extra.first()),
    };
    if samples > kind.colours() && kind.is_gray() && !layout.has_alpha {
        return Err(Failure::Unread(format!(
            "a TIFF of {samples} bands that are no colours"
        )));
    }
    let (image, mut notes) = to_image(read, &kind, layout)?;
    if let Some(pages @ 2..) = directory.pages() {
        notes.push(format!("it is the first of {pages} pages"));
    }
    if samples > kind.colours() + usize::from(layout.has_alpha) {
        notes.push("only its colours were read of all its bands".to_owned());
    }
    let profile = directory.bytes(ICC_PROFILE).filter(|p| !p.is_empty());
    Ok(Raster {
        image,
        premultiplied: layout.has_alpha && extra.first() == Some(&1),
        colours: match profile {
            Some(profile) if kind.takes_profile() => Colours::Icc(profile.to_vec()),
            _ => Colours::Srgb,
        },
        orientation: first(ORIENTATION)
            .and_then(|o| Orientation::from_exif(u8::try_from(o).ok()?))
            .unwrap_or(Orientation::NoTransforms),
        notes,
    })
}

/// The names of the ways to compress that are not read.
fn unread_compression(code: u64) -> Option<String> {
    let name = match code {
        1 | 4 | 5 | JPEG | 8 | 32773 | 32946 => return None,
        2 => "CCITT run lengths",
        3 => "CCITT group 3 (fax)",
        6 => "old-style JPEG",
        9 | 10 => "JBIG",
        32766 => "NeXT run lengths",
        32809 => "ThunderScan run lengths",
        33003 | 33004 | 33005 | 34712 => "JPEG 2000",
        34676 | 34677 => "SGI LogLuv",
        34887 => "LERC",
        34892 => "lossy JPEG of a camera's raw file",
        34925 => "LZMA",
        34933 => "PNG",
        34934 => "JPEG XR",
        50000 => "Zstandard",
        50001 => "WebP",
        50002 | 52546 => "JPEG XL",
        _ => return Some(format!("method {code}")),
    };
    Some(name.to_owned())
}

fn failure(error: TiffError) -> Failure {
    match error {
        TiffError::LimitsExceeded => {
            Failure::TooLarge("its decoder asks for too much memory".to_owned())
        }
        TiffError::UnsupportedError(what) => Failure::Unread(format!(
            "a TIFF of a rare kind ({})",
            one_line(&what.to_string())
        )),
        other => Failure::Damaged(one_line(&other.to_string())),
    }
}
