//! From a file's bytes to upright RGB pixels, within limits.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::metadata::Orientation;
use image::{
    DynamicImage, GrayImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage,
};
use ndarray::Array2;

use super::jpeg::Structure;
use super::raster::{Colours, Raster};
use super::{
    Picture, avif, dicom, display_name, heic, jpeg_xl, png_colours, png_orientation, tiff,
};
use crate::file_kind::{FileKind, HEAD_BYTES, PictureFormat};

/// Largest file that is read, in bytes.
pub const MAX_BYTES: u64 = 512 << 20;
/// Most pixels a picture may have: what the largest cameras in use make.
pub const MAX_PIXELS: u64 = 102_000_000;
/// Largest width or height: what JPEG can hold.
const MAX_SIDE: u64 = 65_535;
/// Most memory a decoder may ask for: 16 bits in four channels of the most pixels, and some.
pub(super) const MAX_DECODER_BYTES: u64 = 1 << 30;

/// The formats that are read, as a message names them.
const READ: &str = "PNG, JPEG, WebP, BMP, GIF, TIFF, PNM, QOI, HEIC, AVIF, JPEG XL or DICOM";

/// Why a picture could not be opened. Each message is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// There is no such file.
    #[error("{path}: there is no such file; check the name", path = .0.display())]
    Missing(PathBuf),
    /// A folder where a picture was expected.
    #[error("{path} is a folder; name a picture in it", path = .0.display())]
    Folder(PathBuf),
    /// The file could not be read.
    #[error("{path} could not be read: {source}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The bytes are not in any format that is known.
    #[error("{0} is not a picture that can be read; use {READ}")]
    Unknown(String),
    /// The bytes are something that is known, and not read.
    #[error("{name} is {what}, which is not read here; save it as PNG or JPEG")]
    Unread {
        /// The file.
        name: String,
        /// What it is, with its article.
        what: String,
    },
    /// The file is no picture at all.
    #[error("{name} is {what}, not a picture")]
    NoPicture {
        /// The file.
        name: String,
        /// What it is, with its article.
        what: String,
    },
    /// The picture is larger than is sensible.
    #[error("{name} is too large ({what}); make it smaller than {limit}")]
    TooLarge {
        /// The picture.
        name: String,
        /// Its size.
        what: String,
        /// The limit it breaks.
        limit: String,
    },
    /// The file ends early or is corrupt.
    #[error("{name} is damaged or cut short ({why}); get a whole copy of it")]
    Damaged {
        /// The picture.
        name: String,
        /// What the decoder said.
        why: String,
    },
}

/// What went wrong inside a decoder; becomes a [`PictureError`] with the picture's name.
#[derive(Debug)]
pub(super) enum Failure {
    /// It is something with a name that is not read.
    Unread(String),
    /// It would take more than is allowed.
    TooLarge(String),
    Damaged(String),
}

impl Failure {
    fn of(self, name: &str, format: PictureFormat) -> PictureError {
        let name = name.to_owned();
        match self {
            Self::Unread(what) => PictureError::Unread { name, what },
            Self::TooLarge(what) => PictureError::TooLarge {
                name,
                what,
                limit: limit(),
            },
            Self::Damaged(why) => PictureError::Damaged {
                name,
                why: format!("{}: {}", format.name(), one_line(&why)),
            },
        }
    }
}

fn limit() -> String {
    format!(
        "{} million pixels and {MAX_SIDE} a side",
        MAX_PIXELS / 1_000_000
    )
}

/// Refuses sizes that are beyond the limits, before anything is allocated for them.
pub(super) fn check_size(width: u64, height: u64) -> Result<(), Failure> {
    if width == 0 || height == 0 {
        return Err(Failure::Damaged("it has no pixels".to_owned()));
    }
    if width.saturating_mul(height) > MAX_PIXELS || width.max(height) > MAX_SIDE {
        return Err(Failure::TooLarge(format!("{width} x {height} pixels")));
    }
    Ok(())
}

/// Opens a picture file, whatever its ending says: the format is told by its content.
///
/// EXIF orientation is applied, transparency is laid on white, colours with a profile are converted
/// to sRGB, and deep or gray pictures become 8-bit RGB; what had to be guessed or changed is in
/// [`Picture::notes`]. Of an animation the first frame is taken.
///
/// # Errors
/// See [`PictureError`].
pub fn open(path: &Path) -> Result<Picture, PictureError> {
    let bytes = read_file(path)?;
    let (pixels, notes) = decode_with_notes(&bytes, &path.display().to_string())?;
    let name = display_name(path);
    Ok(Picture {
        alt: name.clone(),
        name,
        pixels,
        sha256: crate::files::sha256(&bytes),
        notes,
    })
}

/// Opens a picture that says where something is, upright: each pixel is its opacity where the picture
/// has transparent parts, else its lightest channel. What is above 0 stays above 0, whatever its depth:
/// masks of numbered things are dark.
///
/// # Errors
/// See [`PictureError`].
pub fn open_mask(path: &Path) -> Result<GrayImage, PictureError> {
    let bytes = read_file(path)?;
    decode_as(&bytes, &path.display().to_string(), Raster::finish_mask)
}

/// The bytes of a file that may be a picture.
fn read_file(path: &Path) -> Result<Vec<u8>, PictureError> {
    let unreadable = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::NotFound => PictureError::Missing(path.to_owned()),
        _ => PictureError::Unreadable {
            path: path.to_owned(),
            source,
        },
    };
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(PictureError::Folder(path.to_owned()));
    }
    let shown = path.display().to_string();
    if !metadata.is_file() {
        return Err(PictureError::Unknown(shown));
    }
    if metadata.len() > MAX_BYTES {
        return Err(PictureError::TooLarge {
            name: shown,
            what: format!("{} MB", metadata.len() / 1_000_000),
            limit: format!("{} MB", MAX_BYTES / 1_000_000),
        });
    }
    crate::files::read(path, MAX_BYTES).map_err(unreadable)
}

/// Decodes a picture held in memory; see [`open()`]. `name` is used in messages only.
///
/// # Errors
/// See [`PictureError`].
pub fn decode(bytes: &[u8], name: &str) -> Result<RgbImage, PictureError> {
    decode_with_notes(bytes, name).map(|(pixels, _)| pixels)
}

pub(super) fn decode_with_notes(
    bytes: &[u8],
    name: &str,
) -> Result<(RgbImage, Vec<String>), PictureError> {
    decode_as(bytes, name, Raster::finish)
}

/// What `finish` makes of the decoded values.
fn decode_as<T>(bytes: &[u8], name: &str, finish: fn(Raster) -> T) -> Result<T, PictureError> {
    let format = format(bytes, name)?;
    // Decoders of others are not trusted to end well: a fault in one is a damaged picture.
    let decoded = crate::defects::quietly(|| {
        let raster = match format {
            PictureFormat::Png => decode_png(bytes),
            PictureFormat::Jpeg => decode_jpeg(bytes),
            PictureFormat::Gif => common(bytes, ImageFormat::Gif),
            PictureFormat::WebP => common(bytes, ImageFormat::WebP),
            PictureFormat::Bmp => common(bytes, ImageFormat::Bmp),
            PictureFormat::Pnm => common(bytes, ImageFormat::Pnm),
            PictureFormat::Qoi => common(bytes, ImageFormat::Qoi),
            PictureFormat::Tiff => tiff::decode(bytes),
            PictureFormat::Heic => heic::decode(bytes),
            PictureFormat::Avif => avif::decode(bytes),
            PictureFormat::JpegXl => jpeg_xl::decode(bytes),
            PictureFormat::Dicom => dicom::decode(bytes),
        };
        raster.map(finish)
    });
    let decoded =
        decoded.unwrap_or_else(|_| Err(Failure::Damaged("its decoder failed".to_owned())));
    decoded.map_err(|failure| failure.of(name, format))
}

/// The values of a gray PNG from 0 to 1, `[height, width]`, at their full depth; `None` where it is in
/// colour.
///
/// # Errors
/// See [`PictureError`].
pub fn open_gray(path: &Path) -> Result<Option<Array2<f32>>, PictureError> {
    let shown = path.display().to_string();
    let bytes = read_file(path)?;
    // As they are stored: values of a map are no colours.
    let image = decode_as(&bytes, &shown, |raster| raster.image)?;
    let (width, height) = (image.width() as usize, image.height() as usize);
    let values: Vec<f32> = match image {
        DynamicImage::ImageLuma16(gray) => gray.iter().map(|v| f32::from(*v) / 65_535.0).collect(),
        other => {
            let pixels = other.into_rgb8();
            if pixels
                .pixels()
                .any(|p| p.0[0] != p.0[1] || p.0[0] != p.0[2])
            {
                return Ok(None);
            }
            pixels.pixels().map(|p| f32::from(p.0[0]) / 255.0).collect()
        }
    };
    Ok(Array2::from_shape_vec((height, width), values).ok())
}

/// The format of a picture; what is none is named.
fn format(bytes: &[u8], name: &str) -> Result<PictureFormat, PictureError> {
    let head = bytes.get(..HEAD_BYTES).unwrap_or(bytes);
    let (name, no_picture) = (name.to_owned(), |name, what: &str| {
        PictureError::NoPicture {
            name,
            what: what.to_owned(),
        }
    });
    match FileKind::of(head) {
        Some(FileKind::Picture(format)) => Ok(format),
        Some(FileKind::OtherPicture(what)) => Err(PictureError::Unread {
            name,
            what: what.to_owned(),
        }),
        Some(FileKind::OtherModel(model)) => Err(no_picture(name, model.name())),
        Some(FileKind::Other(what)) => Err(no_picture(name, what)),
        None if bytes.is_empty() => Err(no_picture(name, "empty")),
        None => Err(PictureError::Unknown(name)),
    }
}

/// The formats that the `image` library reads.
fn common(bytes: &[u8], format: ImageFormat) -> Result<Raster, Failure> {
    let failure = |error: ImageError| match error {
        ImageError::Limits(_) => {
            Failure::TooLarge("its decoder asks for too much memory".to_owned())
        }
        ImageError::Unsupported(what) => Failure::Unread(format!(
            "a {} of a rare kind ({})",
            format!("{format:?}").to_uppercase(),
            one_line(&what.to_string())
        )),
        other => Failure::Damaged(other.to_string()),
    };
    let reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut decoder = reader.into_decoder().map_err(failure)?;
    let (width, height) = decoder.dimensions();
    check_size(u64::from(width), u64::from(height))?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    decoder.set_limits(limits).map_err(failure)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let icc = decoder
        .icc_profile()
        .ok()
        .flatten()
        .filter(|icc| !icc.is_empty());
    let image = DynamicImage::from_decoder(decoder).map_err(failure)?;
    Ok(Raster {
        orientation,
        colours: icc.map_or(Colours::Srgb, Colours::Icc),
        ..Raster::from(image)
    })
}

/// PNG, with what it says of its colours besides a profile, and of its orientation behind its pixels.
fn decode_png(bytes: &[u8]) -> Result<Raster, Failure> {
    let mut raster = common(bytes, ImageFormat::Png)?;
    if raster.orientation == Orientation::NoTransforms
        && let Some(turned) = png_orientation::orientation(bytes)
    {
        raster.orientation = turned;
    }
    Ok(match png_colours::colours(bytes) {
        Some(colours) => Raster { colours, ..raster },
        None => raster,
    })
}

/// JPEG, with what its decoder leaves unsaid: it fills what is missing with gray, and a map of that
/// would lie.
fn decode_jpeg(bytes: &[u8]) -> Result<Raster, Failure> {
    let structure = Structure::read(bytes);
    if let Some(what) = structure.unread() {
        return Err(Failure::Unread(what));
    }
    let decode = |bytes: &[u8]| {
        let decoded = if structure.is_by_component() {
            decode_by_component(bytes)
        } else {
            common(bytes, ImageFormat::Jpeg)
        };
        decoded.map_err(|failure| match failure {
            Failure::Unread(_) => Failure::Unread(format!(
                "a JPEG of a rare kind (sampled {})",
                structure.sampling()
            )),
            Failure::Damaged(why) if structure.is_rarely_sampled() => Failure::Unread(format!(
                "a JPEG of a rare kind (sampled {}: {})",
                structure.sampling(),
                one_line(&why)
            )),
            other => other,
        })
    };
    let (end, says_so) = structure.end(bytes);
    if says_so {
        return decode(bytes);
    }
    let data = bytes.get(..end).unwrap_or(bytes);
    let ends_early = || Failure::Damaged("its data end early".to_owned());
    let [first, second] = structure.continuations(data).ok_or_else(ends_early)?;
    let raster = decode(&first)?;
    if decode(&second)?.image != raster.image {
        return Err(ends_early());
    }
    Ok(raster)
}

/// A JPEG that [`Structure::is_by_component`], by another decoder; what else the file says by the usual
/// one.
fn decode_by_component(bytes: &[u8]) -> Result<Raster, Failure> {
    let described = common(bytes, ImageFormat::Jpeg)?;
    let failure = |error: jpeg_decoder::Error| Failure::Damaged(error.to_string());
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
    decoder.set_max_decoding_buffer_size(MAX_DECODER_BYTES as usize);
    let pixels = decoder.decode().map_err(failure)?;
    let info = decoder.info();
    let image = info.and_then(|info| {
        let (width, height) = (u32::from(info.width), u32::from(info.height));
        // Of one component nothing is sampled in another way; four are those of printing.
        (info.pixel_format == jpeg_decoder::PixelFormat::RGB24)
            .then(|| RgbImage::from_raw(width, height, pixels))?
    });
    let image = image.ok_or_else(|| {
        Failure::Unread("a JPEG of a rare kind (four colours one after the other)".to_owned())
    })?;
    Ok(Raster {
        image: DynamicImage::ImageRgb8(image),
        ..described
    })
}

/// Decoders' messages may hold line breaks; ours are one line.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use image::{ExtendedColorType, ImageEncoder, codecs};

    use super::*;

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        let image = RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([(x * 7) as u8, (y * 5) as u8, 90])
        });
        let mut bytes = Vec::new();
        codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 90)
            .encode_image(&image)
            .unwrap();
        bytes
    }

    #[test]
    fn a_jpeg_whose_components_come_one_after_the_other_has_its_colours() {
        use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
        let image = RgbImage::from_fn(70, 50, |x, y| {
            image::Rgb([(x * 3) as u8, (y * 4) as u8, if x < 35 { 200 } else { 20 }])
        });
        for sampling in [
            SamplingFactor::F_2_2,
            SamplingFactor::F_2_1,
            SamplingFactor::F_1_1,
        ] {
            // With tables of its own this encoder writes one scan a component.
            let [together, apart] = [false, true].map(|apart| {
                let mut bytes = Vec::new();
                let mut encoder = Encoder::new(&mut bytes, 90);
                encoder.set_sampling_factor(sampling);
                encoder.set_optimized_huffman_tables(apart);
                encoder
                    .encode(image.as_raw(), 70, 50, ColorType::Rgb)
                    .unwrap();
                bytes
            });
            let is_apart = |bytes: &[u8]| Structure::read(bytes).is_by_component();
            assert!(!is_apart(&together));
            assert_eq!(is_apart(&apart), sampling != SamplingFactor::F_1_1);
            let [together, apart] = [together, apart].map(|b| decode(&b, "x.jpg").unwrap());
            assert_eq!(apart.dimensions(), (70, 50));
            let off = together
                .iter()
                .zip(apart.iter())
                .map(|(a, b)| f64::from(a.abs_diff(*b)));
            // Two decoders fill in colours in slightly different ways.
            let mean = off.sum::<f64>() / 10_500.0;
            assert!(mean < 3.0, "{mean}");
        }
    }

    /// A PNG with only a header and a few bytes of data, of any claimed size.
    fn png_header(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        codecs::png::PngEncoder::new(&mut bytes)
            .write_image(&[1, 2, 3], 1, 1, ExtendedColorType::Rgb8)
            .unwrap();
        bytes[16..20].copy_from_slice(&width.to_be_bytes());
        bytes[20..24].copy_from_slice(&height.to_be_bytes());
        let crc = crc32(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        bytes
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0u32, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |c, _| {
                if c & 1 == 1 {
                    (c >> 1) ^ 0xEDB8_8320
                } else {
                    c >> 1
                }
            })
        })
    }

    #[test]
    fn a_jpeg_cut_anywhere_is_refused() {
        let whole = jpeg(64, 48);
        assert_eq!(decode(&whole, "w").unwrap().dimensions(), (64, 48));
        for share in [10, 33, 66, 90, 99] {
            let cut = &whole[..whole.len() * share / 100];
            assert!(
                decode(cut, "cut").is_err(),
                "{share} % of a JPEG was accepted"
            );
        }
    }

    #[test]
    fn the_end_of_a_picture_behind_the_data_is_not_the_datas_own() {
        let (whole, thumbnail) = (jpeg(80, 60), jpeg(16, 16));
        let cut = &whole[..whole.len() / 2];
        let behind = [cut, &thumbnail[..]].concat();
        let error = decode(&behind, "a").unwrap_err().to_string();
        assert!(error.contains("its data end early"), "{error}");
        // All data are there, only the mark at their end is not.
        let unmarked = [&whole[..whole.len() - 2], &b"SEFT"[..], &thumbnail[..]].concat();
        assert_eq!(
            decode(&unmarked, "a").unwrap(),
            decode(&whole, "a").unwrap()
        );
    }

    #[test]
    fn a_jpeg_that_misses_only_its_end_is_whole() {
        let whole = jpeg(64, 48);
        let pixels = decode(&whole, "w").unwrap();
        let without_end = &whole[..whole.len() - 2];
        assert_eq!(decode(without_end, "no end").unwrap(), pixels);
        // What telephones put behind the picture, and what a disk leaves.
        let trailer: Vec<u8> = b"SEFT".iter().copied().chain(0..=255).collect();
        assert_eq!(
            decode(&[without_end, &trailer].concat(), "t").unwrap(),
            pixels
        );
        assert_eq!(
            decode(&[without_end, &[0; 999]].concat(), "z").unwrap(),
            pixels
        );
        let cut = &whole[..whole.len() / 2];
        assert!(decode(&[cut, &[0; 9999]].concat(), "cut and filled up").is_err());
    }

    #[test]
    fn processes_that_are_not_read_are_named() {
        let mut bytes = jpeg(16, 16);
        let frame = bytes.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
        for (process, word) in [
            (0xC3, "lossless"),
            (0xC9, "arithmetic"),
            (0xC5, "hierarchical"),
        ] {
            bytes[frame + 1] = process;
            let error = decode(&bytes, "a.jpg").unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn a_thumbnails_end_does_not_hide_a_cut() {
        let whole = jpeg(64, 48);
        let mut bytes = whole[..2].to_vec();
        bytes.extend([0xFF, 0xE5, 0, 6, 1, 0xFF, 0xD9, 2]);
        bytes.extend(&whole[2..]);
        assert!(decode(&bytes, "with a comment").is_ok());
        bytes.truncate(bytes.len() / 2);
        assert!(decode(&bytes, "cut").is_err());
    }

    #[test]
    fn sizes_are_limited_before_anything_is_allocated() {
        for (w, h) in [(60_000, 60_000), (1_000_000, 1), (u32::MAX, u32::MAX)] {
            let error = decode(&png_header(w, h), "big.png").unwrap_err();
            assert!(!error.to_string().contains('\n'));
        }
        assert!(matches!(
            decode(&png_header(60_000, 60_000), "big.png"),
            Err(PictureError::TooLarge { .. })
        ));
    }

    #[test]
    fn sixteen_bit_gray_keeps_its_brightness() {
        let gray = image::ImageBuffer::<image::Luma<u16>, _>::from_fn(4, 4, |x, _| {
            image::Luma([(x * 0x5555) as u16])
        });
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::ImageLuma16(gray)
            .write_to(&mut bytes, ImageFormat::Png)
            .unwrap();
        let rgb = decode(bytes.get_ref(), "g16.png").unwrap();
        assert_eq!(rgb.get_pixel(1, 0).0, [0x55; 3]);
        assert_eq!(rgb.get_pixel(3, 3).0, [0xFF; 3]);
    }

    #[test]
    fn the_value_that_is_white_stands_in_the_header() {
        let gray = |bytes: &[u8]| -> Vec<u8> {
            let image = decode(bytes, "a").unwrap();
            image.pixels().map(|p| p.0[0]).collect()
        };
        assert_eq!(gray(b"P5 3 1 100\n\x00\x32\x64"), [0, 128, 255]);
        assert_eq!(
            gray(b"P5\n# 9 9 9\n3 # wide\n1\n15\n\x00\x05\x0f"),
            [0, 85, 255]
        );
        assert_eq!(gray(b"P2 3 1 9\n0 3 9\n"), [0, 85, 255]);
        assert_eq!(gray(b"P5 2 1 1000\n\x01\xf4\x03\xe8"), [128, 255]);
        assert_eq!(gray(b"P5 2 1 255\n\x01\xff"), [1, 255]);
        assert_eq!(gray(b"P5 2 1 65535\n\x80\x80\xff\xff"), [128, 255]);
        let pam =
            b"P7\nWIDTH 2\nHEIGHT 1\nDEPTH 1\nMAXVAL 50\nTUPLTYPE GRAYSCALE\nENDHDR\n\x19\x32";
        assert_eq!(gray(pam), [128, 255]);
        assert_eq!(gray(b"P4 8 1\n\x7f"), [255, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_missing_file_and_a_folder_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(open(folder.path()), Err(PictureError::Folder(_))));
        assert!(matches!(
            open(&folder.path().join("no.png")),
            Err(PictureError::Missing(_))
        ));
        let text = folder.path().join("text.png");
        std::fs::write(&text, "hello").unwrap();
        let error = open(&text).unwrap_err();
        assert!(
            error.to_string().ends_with("is a text, not a picture"),
            "{error}"
        );
        std::fs::write(&text, [1, 2, 3, 200]).unwrap();
        assert!(matches!(open(&text), Err(PictureError::Unknown(_))));
    }
}
