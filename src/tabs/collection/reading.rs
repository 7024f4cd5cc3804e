//! What stands for pictures, and whole pictures, where they are read.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::snapshot::Snapshot;
use crate::collection::{ByKey, Key, Listing, Looks, PictureFact, Source, Thumbnail, demo};
use crate::picture::{MAX_BYTES, Picture};

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

/// Why a row's picture does not come from where it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotThere {
    /// Another one lies there than was looked at.
    Changed,
    /// It cannot be read, in words.
    Unread(String),
}

/// What a source holds, and where each path is in it.
#[derive(Debug)]
struct Listed {
    of: Source,
    listing: Listing,
    places: ByKey<u32>,
}

/// Reads whole pictures; a source is listed once, not for every picture.
#[derive(Debug, Default)]
pub struct Originals {
    listed: Option<Listed>,
}

impl Originals {
    /// The bytes of a picture's file.
    ///
    /// # Errors
    /// In words, when it is not there any more or cannot be read.
    pub fn bytes(&mut self, original: &Original) -> Result<Vec<u8>, String> {
        let (source, path) = match original {
            Original::File(path) => {
                let read = crate::files::read(path, MAX_BYTES);
                return read.map_err(|error| format!("{}: {error}", path.display()));
            }
            Original::Within(source, path) => (source, path),
        };
        if !matches!(&self.listed, Some(listed) if listed.of == *source) {
            let listing = source.list().map_err(|error| error.to_string())?;
            self.listed = Some(Listed {
                of: source.clone(),
                places: listing.places(),
                listing,
            });
        }
        let found = self.listed.as_ref().and_then(|listed| {
            let place = *listed.places.get(&Key::of_path(path))?;
            let entry = listed.listing.entries.get(place as usize)?;
            Some((entry, &listed.listing))
        });
        let (entry, listing) =
            found.ok_or("this picture is not where it was; index the folder again")?;
        listing.read(entry)
    }

    /// The picture itself.
    ///
    /// # Errors
    /// As [`Self::bytes`], and where it cannot be decoded.
    pub fn picture(&mut self, original: &Original) -> Result<Picture, String> {
        let path = match original {
            Original::File(path) => {
                return crate::picture::open(path).map_err(|error| error.to_string());
            }
            Original::Within(_, path) => String::from_utf8_lossy(path),
        };
        let bytes = self.bytes(original)?;
        let name = path.rsplit('/').next().unwrap_or_default();
        let pixels = crate::picture::decode(&bytes, name).map_err(|error| error.to_string())?;
        Ok(Picture::from_pixels(name, pixels))
    }

    /// The picture itself, if its content is still the one that was looked at.
    ///
    /// # Errors
    /// When it is another one now, or cannot be read.
    pub fn unchanged(
        &mut self,
        original: &Original,
        content: Key,
    ) -> Result<Arc<Picture>, NotThere> {
        let bytes = self.bytes(original).map_err(NotThere::Unread)?;
        if Key::of_content(&bytes) != content {
            return Err(NotThere::Changed);
        }
        let unread = |error: crate::picture::PictureError| NotThere::Unread(error.to_string());
        let picture = match original {
            // As `picture::open` would, so that what is known of the one is known of the other.
            Original::File(path) => {
                let shown = path.display().to_string();
                let pixels = crate::picture::decode(&bytes, &shown).map_err(unread)?;
                let name = crate::picture::display_name(path);
                Picture {
                    alt: name.clone(),
                    name,
                    pixels,
                    sha256: crate::files::sha256(&bytes),
                    notes: Vec::new(),
                }
            }
            Original::Within(_, path) => {
                let path = String::from_utf8_lossy(path);
                let name = path.rsplit('/').next().unwrap_or_default();
                let pixels = crate::picture::decode(&bytes, name).map_err(unread)?;
                Picture::from_pixels(name, pixels)
            }
        };
        Ok(Arc::new(picture))
    }
}

/// The same for tasks that follow each other: what a source holds is listed once, however many pictures are
/// read out of it.
#[derive(Debug, Clone, Default)]
pub struct SharedOriginals(Arc<Mutex<Originals>>);

impl SharedOriginals {
    /// The picture of a row whose content was `content`. It finds its file first: call it on a lane.
    ///
    /// # Errors
    /// As [`Originals::unchanged`].
    pub fn unchanged(
        &self,
        snapshot: &Snapshot,
        row: u32,
        content: Key,
    ) -> Result<Arc<Picture>, NotThere> {
        let original = snapshot
            .original(row)
            .ok_or_else(|| NotThere::Unread("it is not where it was".to_owned()))?;
        let mut originals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        originals.unchanged(&original, content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_replaced_since_is_told_from_what_is_still_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.jpg");
        let write = |n: u32| std::fs::write(&path, demo::jpeg(7, n)).unwrap();
        write(3);
        let content = Key::of_content(&demo::jpeg(7, 3));
        let original = Original::File(path.clone());
        let mut originals = Originals::default();
        let picture = originals.unchanged(&original, content).unwrap();
        let opened = crate::picture::open(&path).unwrap();
        assert_eq!(
            (&picture.sha256, &picture.pixels),
            (&opened.sha256, &opened.pixels)
        );
        write(4);
        let now = originals.unchanged(&original, content);
        assert_eq!(now.err(), Some(NotThere::Changed));
        std::fs::remove_file(&path).unwrap();
        let now = originals.unchanged(&original, content);
        assert!(matches!(now, Err(NotThere::Unread(why)) if why.contains("p.jpg")));
    }

    #[test]
    fn every_picture_of_an_archive_is_found_whatever_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.tar");
        let mut archive = tar::Builder::new(std::fs::File::create(&path).unwrap());
        // 10 comes before 9 in the order of letters.
        for n in 1..13 {
            let bytes = demo::jpeg(7, n);
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            let name = format!("p{n}.jpg");
            archive
                .append_data(&mut header, name, bytes.as_slice())
                .unwrap();
        }
        archive.finish().unwrap();
        let source = Source::open(&path).unwrap();
        let mut originals = Originals::default();
        for n in 1..13 {
            let name = format!("p{n}.jpg").into_bytes();
            let original = Original::Within(source.clone(), name.into());
            assert_eq!(originals.bytes(&original).unwrap(), demo::jpeg(7, n));
        }
        let none = Original::Within(source, b"p13.jpg".as_slice().into());
        assert!(originals.bytes(&none).is_err());
    }
}
