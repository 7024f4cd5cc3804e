//! Texts inside PNG files (`iTXt` chunks, PNG specification 11.3.3.4): written with the pixels, read
//! without decoding them.

use std::io::{self, BufReader};
use std::path::Path;

use image::RgbImage;

use crate::files::open_plain;

/// Most that texts may take in a file, and each of them unpacked, in bytes.
const MAX_TEXT_BYTES: usize = 64 << 20;

/// A text with the word under which others find it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PngText {
    /// 1 to 79 Latin-1 characters.
    pub keyword: String,
    /// The text.
    pub text: String,
}

impl PngText {
    /// A text under `keyword`.
    pub fn new(keyword: &str, text: impl Into<String>) -> Self {
        Self {
            keyword: keyword.to_owned(),
            text: text.into(),
        }
    }
}

/// Writes a picture with texts before its pixels, whole or not at all: see
/// [`crate::files::write_atomic`]. That this program made it is said under "Software".
///
/// # Errors
/// When the folder cannot be written, the picture has no pixels, or a keyword is empty, too long or
/// not Latin-1.
pub fn write_png_with_texts(path: &Path, picture: &RgbImage, texts: &[PngText]) -> io::Result<()> {
    let texts = texts
        .iter()
        .map(|text| (text.keyword.as_str(), text.text.as_str()));
    crate::files::write_atomic(path, |file| crate::files::encode_png(file, picture, texts))
}

/// The text under `keyword` that stands before the pixels of the PNG file at `path`; `None` where
/// there is no such text or the file is no PNG.
///
/// # Errors
/// When the file cannot be read, or its text is damaged or longer than 64 MiB.
pub fn read_png_text(path: &Path, keyword: &str) -> io::Result<Option<String>> {
    let file = BufReader::new(open_plain(path)?.0);
    let limits = png::Limits {
        bytes: MAX_TEXT_BYTES,
    };
    // What is no PNG has no texts; that it is no picture either is told by whoever opens it.
    let Ok(reader) = png::Decoder::new_with_limits(file, limits).read_info() else {
        return Ok(None);
    };
    let found = reader
        .info()
        .utf8_text
        .iter()
        .find(|t| t.keyword == keyword);
    let Some(mut chunk) = found.cloned() else {
        return Ok(None);
    };
    let damaged = |error: png::DecodingError| io::Error::new(io::ErrorKind::InvalidData, error);
    chunk
        .decompress_text_with_limit(MAX_TEXT_BYTES)
        .map_err(damaged)?;
    chunk.get_text().map(Some).map_err(damaged)
}

#[cfg(test)]
mod tests {
    use png::text_metadata::ITXtChunk;

    use super::*;

    #[test]
    fn texts_come_back_and_the_pixels_are_untouched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let picture = RgbImage::from_fn(31, 7, |x, y| image::Rgb([x as u8 * 8, y as u8, 200]));
        let long = "0123456789abcdef".repeat(90_000);
        let texts = [
            PngText::new("Short", "caf\u{e9} \u{6f22}\u{5b57}, 3 %"),
            PngText::new("Long", long.as_str()),
        ];
        write_png_with_texts(&path, &picture, &texts).unwrap();
        assert_eq!(crate::picture::open(&path).unwrap().pixels, picture);
        for PngText { keyword, text } in &texts {
            let read = read_png_text(&path, keyword).unwrap();
            assert_eq!(read.as_ref(), Some(text), "{keyword}");
        }
        assert_eq!(read_png_text(&path, "Other").unwrap(), None);
    }

    #[test]
    fn what_is_no_png_has_no_text_and_a_bad_keyword_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        std::fs::write(&path, "hello").unwrap();
        assert_eq!(read_png_text(&path, "Short").unwrap(), None);
        assert!(read_png_text(&folder.path().join("none.png"), "Short").is_err());
        let other = folder.path().join("b.png");
        let one = RgbImage::new(1, 1);
        assert!(write_png_with_texts(&other, &one, &[PngText::new("", "x")]).is_err());
        assert!(!other.exists());
        assert!(write_png_with_texts(&other, &RgbImage::new(0, 1), &[]).is_err());
    }

    #[test]
    fn a_text_that_unpacks_beyond_the_limit_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bomb.png");
        let mut bytes = Vec::new();
        let mut writer = png::Encoder::new(&mut bytes, 1, 1).write_header().unwrap();
        let mut chunk = ITXtChunk::new("Bomb", "0".repeat(MAX_TEXT_BYTES + 1));
        chunk.compressed = true;
        writer.write_text_chunk(&chunk).unwrap();
        writer.write_image_data(&[0]).unwrap();
        writer.finish().unwrap();
        assert!(bytes.len() < 1 << 20);
        std::fs::write(&path, bytes).unwrap();
        assert!(read_png_text(&path, "Bomb").is_err());
    }
}
