//! Pictures made small, as an index has them.

use std::collections::HashMap;
use std::fs::File;

use image::RgbImage;
use texpresso::Format;

use crate::collection::facts::{COLOURS, THUMBNAILS, TILES};
use crate::collection::pack::{HEADER, Kind, open, read_at};
use crate::collection::parts::{TILES_PACK, thumbnails_pack};
use crate::collection::{Index, TILE_SIDE};

/// Rows as a few pixels each.
pub trait SmallPictures {
    /// The pixels of a row, `side` squared (1, 2, 4 or 8), row after row; gray where nothing is known.
    fn small(&mut self, row: u32, side: usize, into: &mut Vec<[u8; 3]>);
}

/// What stands for a picture that was not looked at yet.
const UNKNOWN: [u8; 3] = [96; 3];

/// Reads thumbnails and tiles of an index; each thread has its own.
#[derive(Debug)]
pub struct Thumbnails<'a> {
    index: &'a Index,
    /// By rows, in the order in which they are asked for.
    contents: &'a [Option<u32>],
    files: HashMap<String, Option<File>>,
    /// Thumbnails that were not the record they should be.
    damaged: u64,
}

impl<'a> Thumbnails<'a> {
    /// For rows of these contents, as [`Index::contents_of`] gives them.
    #[must_use]
    pub fn new(index: &'a Index, contents: &'a [Option<u32>]) -> Self {
        Self {
            index,
            contents,
            files: HashMap::new(),
            damaged: 0,
        }
    }

    /// Thumbnails that could not be read, because their records are damaged: the next run makes
    /// them anew.
    #[must_use]
    pub fn damaged(&self) -> u64 {
        self.damaged
    }

    /// The JPEG of a row: at most 128 pixels a side, in the picture's proportions.
    pub fn jpeg(&mut self, row: u32) -> Option<Vec<u8>> {
        let (number, picture) = self.picture(row)?;
        let name = thumbnails_pack(picture.pack);
        self.read(
            name,
            THUMBNAILS,
            picture.offset,
            picture.length as usize,
            number,
        )
    }

    /// As [`Self::jpeg`], decoded.
    pub fn decoded(&mut self, row: u32) -> Option<RgbImage> {
        let jpeg = self.jpeg(row)?;
        let decoded = image::load_from_memory_with_format(&jpeg, image::ImageFormat::Jpeg);
        decoded.ok().map(image::DynamicImage::into_rgb8)
    }

    /// The tile of a row: 32 x 32 pixels as BC1, 512 bytes; the whole picture squeezed into a square.
    pub fn tile(&mut self, row: u32) -> Option<Vec<u8>> {
        let (number, picture) = self.picture(row)?;
        let size = TILES.payload?;
        let offset = HEADER + u64::from(picture.tile) * TILES.record(size) as u64;
        self.read(TILES_PACK.to_owned(), TILES, offset, size, number)
    }

    fn picture(&self, row: u32) -> Option<(u32, crate::collection::PictureFact)> {
        let content = self.contents.get(row as usize).copied().flatten()?;
        Some((content, *self.index.picture(content)?))
    }

    fn read(
        &mut self,
        name: String,
        kind: Kind,
        offset: u64,
        payload: usize,
        content: u32,
    ) -> Option<Vec<u8>> {
        let path = self.index.folder().join(&name);
        let file = self
            .files
            .entry(name)
            .or_insert_with(|| open(&path, kind).ok().flatten());
        let read = read_at(file.as_mut()?, kind, offset, payload).ok();
        // Never another picture than is asked for.
        let found = read.filter(|(key, _)| self.index.content(*key) == Some(content));
        self.damaged += u64::from(found.is_none());
        found.map(|(_, payload)| payload)
    }
}

impl SmallPictures for Thumbnails<'_> {
    fn small(&mut self, row: u32, side: usize, into: &mut Vec<[u8; 3]>) {
        into.clear();
        if side > COLOURS
            && let Some(tile) = self.tile(row)
        {
            let whole = TILE_SIDE as usize;
            let mut pixels = vec![0; whole * whole * 4];
            Format::Bc1.decompress(&tile, whole, whole, &mut pixels);
            let pixels = pixels.as_chunks::<4>().0;
            let colour = |x: usize, y: usize| {
                let pixel = pixels.get(y * whole + x);
                pixel.map_or(UNKNOWN, |&[r, g, b, _]| [r, g, b])
            };
            means(whole, side, &colour, into);
            return;
        }
        let colours = self.picture(row).map(|(_, picture)| picture.colours);
        let colour = |x: usize, y: usize| {
            let colours = colours.as_ref();
            let colour = colours.and_then(|colours| colours.get(y * COLOURS + x));
            colour.copied().unwrap_or(UNKNOWN)
        };
        means(COLOURS, side, &colour, into);
    }
}

/// Pixels of a square of `from` a side as one of `side`: means of blocks, or repeated where there are fewer.
fn means(
    from: usize,
    side: usize,
    colour: &dyn Fn(usize, usize) -> [u8; 3],
    into: &mut Vec<[u8; 3]>,
) {
    let bounds = |at: usize| {
        let start = at * from / side.max(1);
        (start, ((at + 1) * from / side.max(1)).max(start + 1))
    };
    for y in 0..side {
        for x in 0..side {
            let ((left, right), (top, bottom)) = (bounds(x), bounds(y));
            let mut sums = [0u32; 3];
            for from_y in top..bottom {
                for from_x in left..right {
                    let colour = colour(from_x, from_y);
                    sums.iter_mut()
                        .zip(colour)
                        .for_each(|(sum, v)| *sum += u32::from(v));
                }
            }
            let count = ((right - left) * (bottom - top)) as u32;
            into.push(sums.map(|sum| ((sum + count / 2) / count) as u8));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::testing::{FakeNetwork, run};
    use crate::collection::{Row, Source, Unwatched, demo};

    #[test]
    fn every_thumbnail_shows_the_picture_of_its_row() {
        let folder = tempfile::tempdir().unwrap();
        let network = FakeNetwork::new("a", 7);
        let listing = Source::Demo {
            count: 120,
            seed: 7,
        }
        .list()
        .unwrap();
        run(folder.path(), &listing, &[&network], &Unwatched).unwrap();
        let index = Index::read(folder.path()).unwrap();
        let rows: Vec<&Row> = index.rows_in_order();
        let contents = index.contents_of(&rows);
        let mut thumbnails = Thumbnails::new(&index, &contents);
        let mut small = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            let name = row.name();
            let n: u32 = name[name.len() - 11..name.len() - 4].parse().unwrap();
            let decoded = thumbnails.decoded(at as u32).unwrap();
            assert_eq!(demo::read_code(&decoded), Some(n));
            // The tile of 32 pixels holds the code too: a bit is more than a pixel.
            let tile = thumbnails.tile(at as u32).unwrap();
            let mut pixels = vec![0; 32 * 32 * 4];
            Format::Bc1.decompress(&tile, 32, 32, &mut pixels);
            let tile = RgbImage::from_fn(32, 32, |x, y| {
                let at = (y as usize * 32 + x as usize) * 4;
                image::Rgb([pixels[at], pixels[at + 1], pixels[at + 2]])
            });
            assert_eq!(demo::read_code(&tile), Some(n));
            let wide = image::imageops::thumbnail(&decoded, 32, 32);
            for side in [8, 4, 2, 1] {
                thumbnails.small(at as u32, side, &mut small);
                assert_eq!(small.len(), side * side);
                let want = image::imageops::thumbnail(&wide, side as u32, side as u32);
                // Four colours of a block in BC1 are not all that were in it.
                let mut sum = 0;
                for (ours, theirs) in small.iter().zip(want.pixels()) {
                    for (a, b) in ours.iter().zip(theirs.0) {
                        let off = a.abs_diff(b);
                        assert!(off < 64, "{n} at {side}: {ours:?} for {theirs:?}");
                        sum += usize::from(off);
                    }
                }
                assert!(sum < 12 * 3 * side * side, "{n} at {side}: {sum}");
            }
            let off = tile
                .iter()
                .zip(wide.iter())
                .map(|(a, b)| f64::from(a.abs_diff(*b)));
            assert!(off.sum::<f64>() / 3072.0 < 14.0, "{n}");
        }
        assert_eq!(thumbnails.damaged(), 0);
        thumbnails.small(9999, 4, &mut small);
        assert!(small.iter().all(|c| *c == UNKNOWN) && thumbnails.jpeg(9999).is_none());
    }

    #[test]
    fn a_damaged_thumbnail_is_none_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let network = FakeNetwork::new("a", 7);
        let listing = Source::Demo { count: 5, seed: 7 }.list().unwrap();
        run(folder.path(), &listing, &[&network], &Unwatched).unwrap();
        let path = folder.path().join(thumbnails_pack(0));
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let index = Index::read(folder.path()).unwrap();
        let rows = index.rows_in_order();
        let contents = index.contents_of(&rows);
        let mut thumbnails = Thumbnails::new(&index, &contents);
        let there = (0..5).filter(|&row| thumbnails.jpeg(row).is_some()).count();
        assert_eq!((there, thumbnails.damaged()), (4, 1));
    }
}
