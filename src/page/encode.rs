//! Text, bytes and pictures as they may stand in HTML.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{ImageFormat, RgbImage};

/// Pictures are stored without loss up to so many bytes, then as JPEG.
const MOST_PNG: usize = 300_000;
/// Quality of those, of 100.
const QUALITY: u8 = 88;

/// Text as it may stand in HTML, in an attribute too.
#[must_use]
pub fn escaped(text: &str) -> String {
    let text = crate::text::escaped(text);
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            '\'' => safe += "&#39;",
            letter => safe.push(letter),
        }
    }
    safe
}

/// A picture as an address that holds it, without loss.
///
/// # Errors
/// When it has no pixels.
pub fn data_uri(picture: &RgbImage) -> Result<String, image::ImageError> {
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png)?;
    Ok(format!("data:image/png;base64,{}", base64(png.get_ref())))
}

/// A picture as an address that holds it: without loss where it is small, else as JPEG.
///
/// # Errors
/// When it has no pixels.
pub(super) fn small_uri(picture: &RgbImage) -> Result<String, image::ImageError> {
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png)?;
    if png.get_ref().len() <= MOST_PNG {
        return Ok(format!("data:image/png;base64,{}", base64(png.get_ref())));
    }
    let mut jpeg = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, QUALITY))?;
    Ok(format!("data:image/jpeg;base64,{}", base64(&jpeg)))
}

/// RFC 4648, with padding.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |i: usize| u32::from(three.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            if digit <= three.len() {
                let index = (bits >> (18 - 6 * digit)) & 63;
                text.push(char::from(DIGITS[index as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_the_standard_one() {
        // RFC 4648, section 10.
        for (text, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(text.as_bytes()), coded);
        }
    }

    #[test]
    fn large_pictures_are_packed() {
        let noise = RgbImage::from_fn(400, 400, |x, y| {
            let v = x
                .wrapping_mul(2_654_435_761)
                .wrapping_add(y.wrapping_mul(40_503))
                >> 8;
            image::Rgb([v as u8, (v >> 5) as u8, (v >> 9) as u8])
        });
        assert!(small_uri(&noise).unwrap().starts_with("data:image/jpeg"));
        assert!(
            small_uri(&RgbImage::new(9, 9))
                .unwrap()
                .starts_with("data:image/png")
        );
    }
}
