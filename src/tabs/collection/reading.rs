//! What stands for pictures, and whole pictures, where they are read.

use std::path::PathBuf;

use crate::collection::{Key, Listing, Looks, PictureFact, Source, Thumbnail, demo};
use crate::picture::Picture;

/// Reads what stands for pictures.
#[derive(Debug)]
pub enum Reader {
    /// They are drawn anew.
    Demo(u64),
    /// They lie in packs.
    Index(Looks),
}

impl Reader {
    /// 32 x 32 texels as BC1.
    pub fn tile(&mut self, content: Key, fact: &PictureFact) -> Option<Vec<u8>> {
        match self {
            Self::Demo(seed) => {
                let picture = demo::picture(*seed, fact.tile);
                Thumbnail::of(&picture).ok().map(|thumbnail| thumbnail.tile)
            }
            Self::Index(looks) => looks.tile(content, fact),
        }
    }

    /// The picture, at most 128 pixels a side.
    pub fn thumbnail(&mut self, content: Key, fact: &PictureFact) -> Option<image::RgbImage> {
        match self {
            Self::Demo(seed) => Some(demo::picture(*seed, fact.tile)),
            Self::Index(looks) => {
                let jpeg = looks.thumbnail(content, fact)?;
                let read = image::load_from_memory_with_format(&jpeg, image::ImageFormat::Jpeg);
                read.ok().map(image::DynamicImage::into_rgb8)
            }
        }
    }
}

/// A whole picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Original {
    /// It is a file.
    File(PathBuf),
    /// It is at this path in a source.
    Within(Source, Box<[u8]>),
}

impl Original {
    /// Reads a picture that is no file.
    ///
    /// # Errors
    /// In words, when it is not there any more or cannot be read.
    pub fn read(source: &Source, path: &[u8]) -> Result<Picture, String> {
        let listing: Listing = source.list().map_err(|error| error.to_string())?;
        let found = listing
            .entries
            .binary_search_by(|entry| (*entry.path).cmp(path));
        let entry = found.ok().and_then(|at| listing.entries.get(at));
        let entry = entry.ok_or("this picture is not where it was; index the folder again")?;
        let bytes = listing.read(entry)?;
        let path = String::from_utf8_lossy(path);
        let name = path.rsplit('/').next().unwrap_or_default();
        let pixels = crate::picture::decode(&bytes, name).map_err(|error| error.to_string())?;
        Ok(Picture::from_pixels(name, pixels))
    }
}
