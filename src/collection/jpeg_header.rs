//! Thumbnails without what all of them have in common: their tables and headers are a tenth of their bytes.

use std::sync::OnceLock;

use super::thumbnail;

/// The first byte of a thumbnail that lies without its header; a JPEG file begins with another.
const WITHOUT: u8 = 1;
/// The last two bytes of every JPEG file.
const END: [u8; 2] = [0xFF, 0xD9];

/// All before the picture itself, as every thumbnail has it but for its height and width.
struct Header {
    bytes: Vec<u8>,
    /// Where height and width stand, two bytes each.
    size: usize,
}

impl Header {
    /// That of a small picture.
    fn of_all() -> Option<&'static Self> {
        static HEADER: OnceLock<Option<Header>> = OnceLock::new();
        let made = HEADER.get_or_init(|| {
            let jpeg = thumbnail::encoded(&image::RgbImage::new(16, 16)).ok()?;
            Self::read(&jpeg)
        });
        made.as_ref()
    }

    /// Up to where the data of the first scan begin.
    fn read(jpeg: &[u8]) -> Option<Self> {
        let (mut at, mut size) = (2, None);
        loop {
            let &[0xFF, marker, high, low] = jpeg.get(at..)?.first_chunk::<4>()? else {
                return None;
            };
            let end = at + 2 + usize::from(u16::from_be_bytes([high, low]));
            match marker {
                0xC0 => size = Some(at + 5),
                0xDA => {
                    return Some(Self {
                        bytes: jpeg.get(..end)?.to_vec(),
                        size: size?,
                    });
                }
                _ => {}
            }
            at = end;
        }
    }
}

/// A thumbnail as it is kept; one with another header than all have is kept whole.
pub(super) fn without_header(jpeg: &[u8]) -> Vec<u8> {
    shortened(jpeg).unwrap_or_else(|| jpeg.to_vec())
}

fn shortened(jpeg: &[u8]) -> Option<Vec<u8>> {
    let header = Header::of_all()?;
    let (own, data) = jpeg.split_at_checked(header.bytes.len())?;
    let size = own.get(header.size..)?.first_chunk::<4>()?;
    // Each fits into a byte.
    let &[0, height, 0, width] = size else {
        return None;
    };
    let (before, after) = (..header.size, header.size + 4..);
    let same = own.get(before) == header.bytes.get(before)
        && own.get(after.clone()) == header.bytes.get(after);
    let data = data.strip_suffix(&END).filter(|_| same)?;
    Some([&[WITHOUT, height, width], data].concat())
}

/// The JPEG file of what is kept.
pub(super) fn with_header(kept: Vec<u8>) -> Vec<u8> {
    let [WITHOUT, height, width, data @ ..] = kept.as_slice() else {
        return kept;
    };
    let Some(header) = Header::of_all() else {
        return kept;
    };
    let mut jpeg = Vec::with_capacity(header.bytes.len() + data.len() + END.len());
    jpeg.extend_from_slice(&header.bytes);
    if let Some(size) = jpeg.get_mut(header.size..header.size + 4) {
        size.copy_from_slice(&[0, *height, 0, *width]);
    }
    jpeg.extend_from_slice(data);
    jpeg.extend_from_slice(&END);
    jpeg
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;

    #[test]
    fn a_thumbnail_comes_back_to_the_byte_and_is_smaller() {
        for (width, height) in [(128, 96), (128, 128), (1, 1), (7, 128), (128, 1)] {
            let pixels = RgbImage::from_fn(width, height, |x, y| {
                image::Rgb([(x * 2) as u8, (y * 2) as u8, (x * y) as u8])
            });
            let jpeg = thumbnail::encoded(&pixels).unwrap();
            let kept = without_header(&jpeg);
            assert!(
                kept.len() + 500 < jpeg.len(),
                "{} of {}",
                kept.len(),
                jpeg.len()
            );
            // Kept once more, as when indexes are merged, it stays the same.
            assert_eq!(without_header(&kept), kept);
            assert_eq!(with_header(kept), jpeg);
        }
    }

    #[test]
    fn what_has_another_header_is_kept_whole() {
        let mut other = Vec::new();
        let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut other, 50);
        RgbImage::new(20, 20).write_with_encoder(encoder).unwrap();
        let cut = thumbnail::encoded(&RgbImage::new(20, 20)).unwrap();
        let cut = cut.get(..cut.len() - 2).unwrap();
        for jpeg in [other.as_slice(), cut, b"", b"\xFF\xD8", b"no picture"] {
            let kept = without_header(jpeg);
            assert_eq!(kept, jpeg);
            assert_eq!(with_header(kept), jpeg);
        }
        // Torn bytes are no reason to fail.
        assert_eq!(with_header(vec![WITHOUT]), [WITHOUT]);
    }
}
