//! Pictures as PNG files that say which program made them.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use image::{ImageBuffer, Pixel, PixelWithColorType};
use png::text_metadata::ITXtChunk;

use super::{made_by, write_atomic};

/// Longer texts are not compressed: Pillow refuses a whole picture whose compressed text is
/// longer than 1 MiB (`PngImagePlugin.MAX_TEXT_CHUNK`).
const MOST_COMPRESSED: usize = 1 << 20;

/// The keyword under which the PNG specification has the program that made a picture.
pub(super) const SOFTWARE: &str = "Software";

/// Writes a picture as PNG, whole or not at all: see [`write_atomic`].
///
/// # Errors
/// As [`write_atomic`].
pub fn write_png<P>(path: &Path, picture: &ImageBuffer<P, Vec<u8>>) -> io::Result<()>
where
    P: Pixel<Subpixel = u8> + PixelWithColorType,
{
    write_atomic(path, |file| encode_png(file, picture, []))
}

/// Writes a picture as PNG with texts before its pixels, keyword and text each, and with a first one
/// that says which program made it.
///
/// # Errors
/// When `file` cannot be written, the picture has no pixels, or a keyword is empty, too long or not
/// Latin-1.
pub(crate) fn encode_png<'a, P>(
    file: &mut File,
    picture: &ImageBuffer<P, Vec<u8>>,
    texts: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> io::Result<()>
where
    P: Pixel<Subpixel = u8> + PixelWithColorType,
{
    let mut out = BufWriter::new(file);
    let mut encoder = png::Encoder::new(&mut out, picture.width(), picture.height());
    encoder.set_color(match P::CHANNEL_COUNT {
        1 => png::ColorType::Grayscale,
        2 => png::ColorType::GrayscaleAlpha,
        3 => png::ColorType::Rgb,
        _ => png::ColorType::Rgba,
    });
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    let mut put = |keyword: &str, text: &str| {
        let mut chunk = ITXtChunk::new(keyword, text);
        chunk.compressed = text.len() <= MOST_COMPRESSED;
        writer.write_text_chunk(&chunk)
    };
    put(SOFTWARE, &made_by())?;
    for (keyword, text) in texts {
        put(keyword, text)?;
    }
    writer.write_image_data(picture.as_raw())?;
    writer.finish()?;
    out.flush()
}
