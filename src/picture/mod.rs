//! Pictures: decoded within limits, turned upright, and cut to what a network sees.

mod area;
mod avif;
mod decode;
mod dicom;
mod folder;
#[cfg(test)]
mod formats_tests;
mod framing;
mod heic;
mod jpeg;
mod jpeg_xl;
mod levels;
mod png_colours;
mod png_orientation;
mod png_text;
mod profile;
mod raster;
mod resample;
mod tiff;

use std::path::Path;

use image::RgbImage;

pub use crate::file_kind::PICTURE_ENDINGS as ENDINGS;
pub use area::area_average;
pub use decode::{MAX_BYTES, MAX_PIXELS, PictureError, decode, open, open_gray, open_mask};
pub use folder::{Listing, list, list_folder};
pub(crate) use folder::{is_archive, natural_order};
pub use framing::{Framing, Region, Resample, padded, resize};
pub use png_text::{PngText, read_png_text, write_png_with_texts};

/// Part of every key under which results are kept for a file's bytes: raised whenever the same bytes
/// come to give other pixels than before.
pub const DECODING: u32 = 3;

/// An RGB picture with a name and an alternative text.
#[derive(Clone, PartialEq)]
pub struct Picture {
    /// Short name shown to people: the file's name without its ending.
    pub name: String,
    /// Alternative text for those who do not see the picture; the name where nothing better is known.
    pub alt: String,
    /// The pixels, upright, 8 bits per channel, transparency laid on white.
    pub pixels: RgbImage,
    /// SHA-256 of the file's bytes (or of the pixels, where there is no file): the picture's identity
    /// in caches and results.
    pub sha256: String,
    /// What had to be guessed or changed when the file was read, each half a sentence: a colour
    /// profile, the depth of its values, the window of a DICOM file.
    pub notes: Vec<String>,
}

impl Picture {
    /// A picture that was made rather than opened.
    #[must_use]
    pub fn from_pixels(name: impl Into<String>, pixels: RgbImage) -> Self {
        let name = name.into();
        let mut identity = Vec::with_capacity(pixels.len() + 8);
        identity.extend_from_slice(&pixels.width().to_le_bytes());
        identity.extend_from_slice(&pixels.height().to_le_bytes());
        identity.extend_from_slice(pixels.as_raw());
        Self {
            alt: name.clone(),
            name,
            sha256: crate::files::sha256(&identity),
            pixels,
            notes: Vec::new(),
        }
    }

    /// Width and height in pixels.
    #[must_use]
    pub fn size(&self) -> [u32; 2] {
        [self.pixels.width(), self.pixels.height()]
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [width, height] = self.size();
        write!(f, "Picture({:?}, {width} x {height})", self.name)
    }
}

/// The name of a file without its ending, as shown to people.
pub(crate) fn display_name(path: &Path) -> String {
    path.file_stem()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}
