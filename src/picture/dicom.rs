//! DICOM: pictures of hospitals. The first frame, in the window (centre and width) that the file
//! itself gives.

use dicom_object::{DefaultDicomObject, Tag, from_reader};
use dicom_pixeldata::{
    DecodedPixelData, PhotometricInterpretation, PixelDecoder as _, PlanarConfiguration,
    WindowLevel,
};
use image::{DynamicImage, GrayImage, RgbImage};

use super::decode::{Failure, check_size, one_line};
use super::levels::Levels;
use super::raster::Raster;

const ROWS: Tag = Tag(0x0028, 0x0010);
const COLUMNS: Tag = Tag(0x0028, 0x0011);
const FRAMES: Tag = Tag(0x0028, 0x0008);
const PIXEL_DATA: Tag = Tag(0x7FE0, 0x0010);
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
    let decoded = object
        .decode_pixel_data()
        .map_err(|error| Failure::Damaged(one_line(&error.to_string())))?;
    let mut raster = to_raster(&decoded)?;
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

fn to_raster(decoded: &DecodedPixelData) -> Result<Raster, Failure> {
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
    let window = decoded
        .window()
        .ok()
        .flatten()
        .and_then(|all| all.first().copied());
    let window = window.filter(|window| window.width > 1.0);
    let (levels, note) = if let Some(WindowLevel { width, center }) = window {
        // PS3.3, C.11.2.1.2.1
        let (low, high) = (
            center - 0.5 - (width - 1.0) / 2.0,
            center - 0.5 + (width - 1.0) / 2.0,
        );
        let note = format!("it is shown in its own window: centre {center}, width {width}");
        (Levels::between(low, high), note)
    } else {
        let numbers = values.iter().copied().filter(|v| v.is_finite());
        let ends = numbers.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| {
            (low.min(v), high.max(v))
        });
        let note = format!(
            "it gives no window: {} became black, {} white",
            ends.0, ends.1
        );
        (Levels::between(f64::from(ends.0), f64::from(ends.1)), note)
    };
    let byte = |value: &f32| {
        let byte = levels.byte(f64::from(*value));
        if inverted { !byte } else { byte }
    };
    let gray = GrayImage::from_raw(width, height, values.iter().map(byte).collect());
    let mut raster = Raster::from(DynamicImage::from(gray.ok_or_else(short)?));
    raster.notes.push(note);
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
