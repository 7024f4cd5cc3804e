//! From a file's bytes to upright RGB pixels, within limits.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::metadata::Orientation;
use image::{
    DynamicImage, GrayImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, Luma,
    RgbImage,
};

use super::{Picture, display_name};

/// Largest file that is read, in bytes.
pub const MAX_BYTES: u64 = 512 << 20;
/// Most pixels a picture may have: what the largest cameras in use make.
pub const MAX_PIXELS: u64 = 102_000_000;
/// Largest width or height: what JPEG can hold.
const MAX_SIDE: u32 = 65_535;
/// Most memory a decoder may ask for: 16 bits in four channels of the most pixels, and some.
const MAX_DECODER_BYTES: u64 = 1 << 30;

/// The endings of the formats that are read, for dialogs and folders.
pub const ENDINGS: [&str; 12] = [
    "png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff", "ppm", "pgm", "pbm", "qoi",
];

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
    /// The bytes are not in a format that is read.
    #[error(
        "{0} is not a picture that can be read; use PNG, JPEG, WebP, BMP, GIF, TIFF, PNM or QOI"
    )]
    Unknown(String),
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

/// Opens a picture file, whatever its ending says: the format is told by its content.
///
/// EXIF orientation is applied, transparency is laid on white, 16-bit and gray pictures become
/// 8-bit RGB. Colour profiles are not applied: pixels are taken as sRGB, as networks were trained.
/// Of an animation the first frame is taken.
///
/// # Errors
/// See [`PictureError`].
pub fn open(path: &Path) -> Result<Picture, PictureError> {
    let bytes = read(path)?;
    let pixels = decode(&bytes, &path.display().to_string())?;
    let name = display_name(path);
    Ok(Picture {
        alt: name.clone(),
        name,
        pixels,
        sha256: crate::files::sha256(&bytes),
    })
}

/// Opens a picture that says where something is: each pixel is its opacity where the picture has
/// transparent parts, else its lightest channel.
///
/// # Errors
/// See [`PictureError`].
pub fn open_mask(path: &Path) -> Result<GrayImage, PictureError> {
    let image = upright(&read(path)?, &path.display().to_string())?;
    if image.color().has_alpha() {
        let rgba = image.to_rgba8();
        if rgba.pixels().any(|pixel| pixel.0[3] < 255) {
            return Ok(GrayImage::from_fn(rgba.width(), rgba.height(), |x, y| {
                Luma([rgba.get_pixel(x, y).0[3]])
            }));
        }
    }
    let rgb = image.into_rgb8();
    Ok(GrayImage::from_fn(rgb.width(), rgb.height(), |x, y| {
        Luma([rgb.get_pixel(x, y).0.into_iter().max().unwrap_or(0)])
    }))
}

/// The bytes of a file that may be a picture.
fn read(path: &Path) -> Result<Vec<u8>, PictureError> {
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

/// Decodes a picture held in memory; see [`open`]. `name` is used in messages only.
///
/// # Errors
/// See [`PictureError`].
pub fn decode(bytes: &[u8], name: &str) -> Result<RgbImage, PictureError> {
    upright(bytes, name).map(on_white)
}

fn upright(bytes: &[u8], name: &str) -> Result<DynamicImage, PictureError> {
    let unknown = || PictureError::Unknown(name.to_owned());
    let reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|_| unknown())?;
    let format = reader.format().ok_or_else(unknown)?;

    let to_error = |error: ImageError| match error {
        ImageError::Limits(_) => PictureError::TooLarge {
            name: name.to_owned(),
            what: "its decoder asks for too much memory".to_owned(),
            limit: format!("{} million pixels", MAX_PIXELS / 1_000_000),
        },
        ImageError::Unsupported(_) => unknown(),
        other => PictureError::Damaged {
            name: name.to_owned(),
            why: one_line(&other.to_string()),
        },
    };

    let mut decoder = reader.into_decoder().map_err(to_error)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS || width.max(height) > MAX_SIDE {
        return Err(PictureError::TooLarge {
            name: name.to_owned(),
            what: format!("{width} x {height} pixels"),
            limit: format!(
                "{} million pixels and {MAX_SIDE} a side",
                MAX_PIXELS / 1_000_000
            ),
        });
    }
    if width == 0 || height == 0 {
        return Err(PictureError::Damaged {
            name: name.to_owned(),
            why: "it has no pixels".to_owned(),
        });
    }
    // The JPEG decoder fills what is missing with gray and says nothing: a map of that would lie.
    if format == ImageFormat::Jpeg && !jpeg_has_end(bytes) {
        return Err(PictureError::Damaged {
            name: name.to_owned(),
            why: "the JPEG data ends early".to_owned(),
        });
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    decoder.set_limits(limits).map_err(to_error)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(to_error)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// The pictures of a folder (not of folders in it), sorted by name; told by their endings.
///
/// # Errors
/// When the folder cannot be read.
pub fn list_folder(folder: &Path) -> Result<Vec<PathBuf>, PictureError> {
    let unreadable = |source| PictureError::Unreadable {
        path: folder.to_owned(),
        source,
    };
    let mut pictures = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let known = path
            .extension()
            .and_then(|e| e.to_str())
            .is_some_and(|e| ENDINGS.contains(&e.to_ascii_lowercase().as_str()));
        if known && path.is_file() {
            pictures.push(path);
        }
    }
    pictures.sort();
    Ok(pictures)
}

/// RGB pixels of any image; transparent ones are blended with white, in sRGB values as browsers do.
fn on_white(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let rgba = image.into_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, a] = rgba.get_pixel(x, y).0;
        let a = u32::from(a);
        let blend = |c: u8| ((u32::from(c) * a + 255 * (255 - a) + 127) / 255) as u8;
        image::Rgb([blend(r), blend(g), blend(b)])
    })
}

/// True when an end-of-image marker follows the start of the scan. Headers are stepped over by
/// their lengths, so the marker of a thumbnail inside EXIF does not count.
fn jpeg_has_end(bytes: &[u8]) -> bool {
    let mut at = 2;
    loop {
        match (bytes.get(at), bytes.get(at + 1)) {
            (Some(0xFF), Some(0xFF)) => at += 1,
            (Some(0xFF), Some(0xDA)) => break,
            (Some(0xFF), Some(0x01 | 0xD0..=0xD8)) => at += 2,
            (Some(0xFF), Some(_)) => {
                let (Some(&high), Some(&low)) = (bytes.get(at + 2), bytes.get(at + 3)) else {
                    return false;
                };
                at += 2 + usize::from(u16::from_be_bytes([high, low])).max(2);
            }
            // Stray bytes between segments: decoders skip them too.
            (Some(_), Some(_)) => at += 1,
            _ => return false,
        }
    }
    bytes
        .get(at..)
        .is_some_and(|scan| scan.windows(2).any(|w| w == [0xFF, 0xD9]))
}

/// Decoders' messages may hold line breaks; ours are one line.
fn one_line(text: &str) -> String {
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
    fn transparency_is_laid_on_white() {
        let image = image::RgbaImage::from_fn(3, 1, |x, _| match x {
            0 => image::Rgba([10, 20, 30, 0]),
            1 => image::Rgba([10, 20, 30, 255]),
            _ => image::Rgba([0, 0, 0, 128]),
        });
        let rgb = on_white(image.into());
        assert_eq!(rgb.get_pixel(0, 0).0, [255, 255, 255]);
        assert_eq!(rgb.get_pixel(1, 0).0, [10, 20, 30]);
        assert_eq!(rgb.get_pixel(2, 0).0, [127, 127, 127]);
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
    fn a_missing_file_and_a_folder_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(open(folder.path()), Err(PictureError::Folder(_))));
        assert!(matches!(
            open(&folder.path().join("no.png")),
            Err(PictureError::Missing(_))
        ));
        let text = folder.path().join("text.png");
        std::fs::write(&text, "hello").unwrap();
        assert!(matches!(open(&text), Err(PictureError::Unknown(_))));
    }
}
