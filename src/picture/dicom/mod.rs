//! DICOM: pictures of hospitals. The first frame, in the window (centre and width) that the file
//! itself gives.

mod gray;
#[cfg(test)]
mod tests;

use dicom_object::{DefaultDicomObject, Tag, from_reader};
use dicom_pixeldata::{
    DecodedPixelData, PhotometricInterpretation, PixelDecoder as _, PlanarConfiguration,
};
use image::{DynamicImage, GrayImage, RgbImage};

use self::gray::{Padding, Scale};
use super::decode::{Failure, check_size, one_line};
use super::raster::Raster;

const ROWS: Tag = Tag(0x0028, 0x0010);
const COLUMNS: Tag = Tag(0x0028, 0x0011);
const FRAMES: Tag = Tag(0x0028, 0x0008);
const BITS: Tag = Tag(0x0028, 0x0100);
const PADDING: Tag = Tag(0x0028, 0x0120);
const PADDING_LIMIT: Tag = Tag(0x0028, 0x0121);
const PIXEL_DATA: Tag = Tag(0x7FE0, 0x0010);
/// Pixels of single and of double precision.
const FLOATS: [Tag; 2] = [Tag(0x7FE0, 0x0008), Tag(0x7FE0, 0x0009)];
/// The transfer syntaxes that are not read, by the ends of their identifiers.
const UNREAD: [(&str, &str); 12] = [
    (".4.80", "JPEG-LS"),
    (".4.81", "JPEG-LS"),
    (".4.90", "JPEG 2000"),
    (".4.91", "JPEG 2000"),
    (".4.92", "JPEG 2000"),
    (".4.93", "JPEG 2000"),
    (".4.100", "MPEG-2 video"),
    (".4.101", "MPEG-2 video"),
    (".4.102", "H.264 video"),
    (".4.201", "High-Throughput JPEG 2000"),
    (".4.202", "High-Throughput JPEG 2000"),
    (".4.203", "High-Throughput JPEG 2000"),
];
/// Syntaxes are all named below this root.
const SYNTAX_ROOT: &str = "1.2.840.10008.1.2";

/// The first frame.
pub(super) fn decode(bytes: &[u8]) -> Result<Raster, Failure> {
    let object =
        from_reader(bytes).map_err(|error| Failure::Damaged(one_line(&error.to_string())))?;
    let number = |tag| object.element(tag).ok()?.to_int::<u64>().ok();
    let (Some(height), Some(width)) = (number(ROWS), number(COLUMNS)) else {
        return Err(Failure::Unread("a DICOM file without a picture".to_owned()));
    };
    if FLOATS.iter().any(|tag| object.element(*tag).is_ok()) {
        return Err(Failure::Unread("a DICOM picture of floats".to_owned()));
    }
    if object.element(PIXEL_DATA).is_err() {
        return Err(Failure::Unread("a DICOM file without a picture".to_owned()));
    }
    let frames = number(FRAMES).unwrap_or(1).max(1);
    // All frames are decoded together.
    check_size(width.saturating_mul(frames), height).or_else(|_| {
        check_size(width, height)?;
        Err(Failure::TooLarge(format!(
            "{frames} frames of {width} x {height} pixels"
        )))
    })?;
    if let Some(name) = unread_syntax(&object) {
        return Err(Failure::Unread(format!(
            "a DICOM picture compressed as {name}"
        )));
    }
    if let Some(bits) = number(BITS).filter(|bits| !matches!(bits, 8 | 16)) {
        return Err(Failure::Unread(format!(
            "a DICOM picture of {bits} bits a sample"
        )));
    }
    let decoded = object
        .decode_pixel_data()
        .map_err(|error| Failure::Damaged(one_line(&error.to_string())))?;
    let stored = |tag| object.element(tag).ok()?.to_int::<i64>().ok();
    let padding = Padding::of(&decoded, stored(PADDING), stored(PADDING_LIMIT));
    let mut raster = to_raster(&decoded, padding)?;
    if frames > 1 {
        raster
            .notes
            .push(format!("it is the first of {frames} frames"));
    }
    Ok(raster)
}

fn unread_syntax(object: &DefaultDicomObject) -> Option<&'static str> {
    let syntax = object.meta().transfer_syntax.trim_end_matches(['\0', ' ']);
    let end = syntax.strip_prefix(SYNTAX_ROOT)?;
    UNREAD
        .iter()
        .find(|(known, _)| *known == end)
        .map(|(_, name)| *name)
}

fn to_raster(decoded: &DecodedPixelData, padding: Option<Padding>) -> Result<Raster, Failure> {
    let (width, height) = (decoded.columns(), decoded.rows());
    let failure = |error: dicom_pixeldata::Error| Failure::Damaged(one_line(&error.to_string()));
    let short = || Failure::Damaged("it holds fewer pixels than it says".to_owned());
    let photometric = decoded.photometric_interpretation();
    if decoded.samples_per_pixel() == 3 {
        if decoded.bits_allocated() != 8 {
            let bits = decoded.bits_allocated();
            return Err(Failure::Unread(format!(
                "a DICOM picture in colour of {bits} bits a sample"
            )));
        }
        let data = decoded.frame_data(0).map_err(failure)?;
        let pixels = width as usize * height as usize;
        let planar = decoded.planar_configuration() == PlanarConfiguration::PixelFirst;
        let ycbcr = match photometric {
            PhotometricInterpretation::Rgb => false,
            PhotometricInterpretation::YbrFull | PhotometricInterpretation::YbrFull422 => true,
            other => {
                return Err(Failure::Unread(format!(
                    "a DICOM picture of {other} colours"
                )));
            }
        };
        let mut rgb = Vec::with_capacity(3 * pixels);
        for p in 0..pixels {
            let sample = |s: usize| {
                data.get(if planar { s * pixels + p } else { 3 * p + s })
                    .copied()
            };
            let (Some(a), Some(b), Some(c)) = (sample(0), sample(1), sample(2)) else {
                return Err(short());
            };
            rgb.extend(if ycbcr {
                from_ycbcr([a, b, c])
            } else {
                [a, b, c]
            });
        }
        let picture = RgbImage::from_raw(width, height, rgb).ok_or_else(short)?;
        return Ok(DynamicImage::from(picture).into());
    }
    let inverted = match photometric {
        PhotometricInterpretation::Monochrome1 => true,
        PhotometricInterpretation::Monochrome2 => false,
        other => {
            return Err(Failure::Unread(format!(
                "a DICOM picture of {other} colours"
            )));
        }
    };
    // In the unit of the modality, such as Hounsfield's.
    let values: Vec<f32> = decoded.to_vec_frame(0).map_err(failure)?;
    let scale = Scale::of(decoded, &values, padding);
    let byte = |value: &f32| {
        let byte = scale.byte(f64::from(*value));
        if inverted { !byte } else { byte }
    };
    let gray = GrayImage::from_raw(width, height, values.iter().map(byte).collect());
    let mut raster = Raster::from(DynamicImage::from(gray.ok_or_else(short)?));
    raster.notes.extend(scale.note());
    Ok(raster)
}

/// PS3.3, C.7.6.3.1.2: `YBR_FULL`.
fn from_ycbcr([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    [
        y + 1.402 * cr,
        y - 0.344136 * cb - 0.714136 * cr,
        y + 1.772 * cb,
    ]
    .map(|v| v.round() as u8)
}
