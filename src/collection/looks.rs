//! What stands for pictures, read out of an index's packs when it is looked at.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::Key;
use super::facts::{PictureFact, THUMBNAILS, TILES};
use super::jpeg_header::with_header;
use super::pack::{HEADER, Kind, open, read_at};
use super::parts::{TILES_PACK, thumbnails_pack};

/// Reads tiles and thumbnails; each file is opened once.
#[derive(Debug)]
pub struct Looks {
    folder: PathBuf,
    files: HashMap<String, File>,
}

impl Looks {
    /// Of the index in a folder.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            files: HashMap::new(),
        }
    }

    /// The tile of a picture: [`super::TILE_SIDE`] pixels squared as BC1, 512 bytes. `None` where it
    /// cannot be read or is that of another picture.
    pub fn tile(&mut self, content: Key, picture: &PictureFact) -> Option<Vec<u8>> {
        let size = TILES.payload?;
        let offset = HEADER + u64::from(picture.tile) * TILES.record(size) as u64;
        self.read(TILES_PACK, TILES, offset, size, content)
    }

    /// The thumbnail of a picture: JPEG of at most [`super::THUMBNAIL_SIDE`] pixels a side. `None` as
    /// with [`Self::tile`].
    pub fn thumbnail(&mut self, content: Key, picture: &PictureFact) -> Option<Vec<u8>> {
        let name = thumbnails_pack(picture.pack);
        let length = picture.length as usize;
        let kept = self.read(&name, THUMBNAILS, picture.offset, length, content)?;
        Some(with_header(kept))
    }

    fn read(
        &mut self,
        name: &str,
        kind: Kind,
        offset: u64,
        payload: usize,
        content: Key,
    ) -> Option<Vec<u8>> {
        // What is not there yet is looked for again: another run may be writing it.
        if !self.files.contains_key(name) {
            let file = open(&self.folder.join(name), kind).ok().flatten()?;
            self.files.insert(name.to_owned(), file);
        }
        let file = self.files.get_mut(name)?;
        let (key, bytes) = read_at(file, kind, offset, payload).ok()?;
        (key == content).then_some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::testing::run;
    use crate::collection::{Index, Source, Thumbnail, Unwatched, demo};

    #[test]
    fn every_picture_is_read_back_as_it_was_put_in() {
        let folder = tempfile::tempdir().unwrap();
        let source = Source::Demo { count: 20, seed: 3 };
        run(folder.path(), &source.list().unwrap(), &[], &Unwatched).unwrap();
        let index = Index::read(folder.path()).unwrap();
        let mut looks = Looks::of(folder.path());
        let mut read = 0;
        for row in index.rows() {
            let content = row.content().unwrap();
            let picture = *index.picture(index.content(content).unwrap()).unwrap();
            let jpeg = looks.thumbnail(content, &picture).unwrap();
            let pixels = image::load_from_memory(&jpeg).unwrap().into_rgb8();
            let n = demo::read_code(&pixels).unwrap();
            assert_eq!(demo::path(3, n), row.name());
            let whole = image::load_from_memory(&demo::jpeg(3, n))
                .unwrap()
                .into_rgb8();
            assert_eq!(
                looks.tile(content, &picture),
                Some(Thumbnail::of(&whole).unwrap().tile)
            );
            // The place of one picture gives nothing for another.
            assert_eq!(looks.tile(Key::of_path(b"other"), &picture), None);
            read += 1;
        }
        assert_eq!(read, 20);
    }
}
