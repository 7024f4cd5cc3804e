//! What the device is given of the pictures in view: tiles at once, thumbnails where they are large
//! enough, each read in the background, nearest to the middle first.

use std::collections::HashSet;
use std::sync::Arc;

use bevy::math::Vec2;
use image::RgbImage;
use image::imageops::{self, FilterType};

use super::reading::{NotThere, SharedOriginals};
use super::snapshot::Snapshot;
use crate::collection::sheet::{Level, Slots, shaded};
use crate::collection::{Key, PictureFact, THUMBNAIL_SIDE, TILE_SIDE};
use crate::jobs::{Jobs, Lane, Reporter, Task, Urgency};
use crate::progress::Observer as _;
use crate::stage::sheet::{Capacity, Sheet, THUMBNAIL_LEVELS, Upload, WHOLE_LEVELS, WHOLE_SIDE};

/// Tiles that are read at a time.
const TILES_AT_ONCE: usize = 512;
/// Thumbnails that are decoded at a time: 2 MB with their smaller copies.
const THUMBNAILS_AT_ONCE: usize = 24;

/// Whole pictures that are decoded at a time.
const WHOLES_AT_ONCE: usize = 4;

/// A tile as it was read: its content, texels and map.
type ReadTile = (Key, Option<Vec<u8>>, Option<Vec<u8>>);
/// A thumbnail as it was read, with its smaller copies.
type ReadThumbnail = (Key, Option<Vec<Vec<u8>>>);
/// A whole picture as it was read, of that row, with its smaller copies.
type ReadWhole = (u32, Key, Result<Vec<Vec<u8>>, NotThere>);

/// Which pictures the device holds, and which are on their way.
pub struct Supply {
    tiles: Slots<Key>,
    thumbnails: Slots<Key>,
    wholes: Slots<Key>,
    /// Tiles whose map is on the device.
    mapped: HashSet<Key>,
    /// What cannot be read is not asked for again.
    unread: HashSet<(Key, Level)>,
    now: u64,
    epoch: u64,
    reading_tiles: Option<Task<Vec<ReadTile>>>,
    reading_thumbnails: Option<Task<Vec<ReadThumbnail>>>,
    reading_wholes: Option<Task<Vec<ReadWhole>>>,
    originals: SharedOriginals,
    /// Rows whose files are others now, with the content that was known.
    pub changed: Vec<(u32, Key)>,
    /// Grows when the device was given something.
    pub version: u64,
}

impl Default for Supply {
    fn default() -> Self {
        Self {
            tiles: Slots::new(0),
            thumbnails: Slots::new(0),
            wholes: Slots::new(0),
            mapped: HashSet::new(),
            unread: HashSet::new(),
            now: 0,
            epoch: 0,
            reading_tiles: None,
            reading_thumbnails: None,
            reading_wholes: None,
            originals: SharedOriginals::default(),
            changed: Vec::new(),
            version: 0,
        }
    }
}

/// Where a picture lies on the device.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Places {
    /// Among the tiles.
    pub tile: Option<u32>,
    /// Among the thumbnails.
    pub thumbnail: Option<u32>,
    /// Among those that are large.
    pub whole: Option<u32>,
    /// Whether its map lies with its tile.
    pub mapped: bool,
}

impl Supply {
    /// Begins a frame in which something else may be seen; takes up that the device forgot everything.
    pub fn begin(&mut self, sheet: &Sheet) {
        self.now += 1;
        if self.epoch != sheet.epoch() {
            let Capacity {
                tiles,
                thumbnails,
                wholes,
                ..
            } = sheet.capacity();
            *self = Self {
                tiles: Slots::new(tiles),
                thumbnails: Slots::new(thumbnails),
                wholes: Slots::new(wholes),
                epoch: sheet.epoch(),
                now: self.now,
                version: self.version + 1,
                ..Self::default()
            };
        }
    }

    /// Forgets the maps, which are those of another network now, and what could not be read.
    pub fn other_maps(&mut self) {
        self.mapped.clear();
        self.unread.clear();
        self.reading_tiles = None;
        self.version += 1;
    }

    /// Sees pictures, the nearest first: of each kind of place as many keep theirs as there are. Those beyond
    /// give way to nearer ones.
    pub fn see(&mut self, keys: impl Iterator<Item = Key>) {
        for (at, key) in keys.enumerate() {
            for slots in [&mut self.tiles, &mut self.thumbnails, &mut self.wholes] {
                if at < slots.count() {
                    slots.see(key, self.now);
                }
            }
        }
    }

    /// Where a picture lies.
    #[must_use]
    pub fn places(&self, key: Key) -> Places {
        let tile = self.tiles.get(key);
        Places {
            tile,
            thumbnail: self.thumbnails.get(key),
            whole: self.wholes.get(key),
            mapped: tile.is_some() && self.mapped.contains(&key),
        }
    }

    /// Gives the device what was read since the last frame.
    pub fn deliver(&mut self, sheet: &mut Sheet) -> bool {
        let mut delivered = false;
        if let Some(Ok(read)) = Task::poll(&mut self.reading_tiles) {
            for (key, texels, map) in read {
                let Some(texels) = texels else {
                    self.unread.insert((key, Level::Tile));
                    continue;
                };
                let Some(slot) = self.tiles.claim(key, self.now) else {
                    continue;
                };
                if map.is_some() {
                    self.mapped.insert(key);
                } else {
                    self.mapped.remove(&key);
                }
                sheet.upload(Upload::Tile { slot, texels, map });
                delivered = true;
            }
        }
        if let Some(Ok(read)) = Task::poll(&mut self.reading_thumbnails) {
            for (key, levels) in read {
                let Some(levels) = levels else {
                    self.unread.insert((key, Level::Thumbnail));
                    continue;
                };
                if let Some(slot) = self.thumbnails.claim(key, self.now) {
                    sheet.upload(Upload::Thumbnail { slot, levels });
                    delivered = true;
                }
            }
        }
        if let Some(Ok(read)) = Task::poll(&mut self.reading_wholes) {
            for (row, key, levels) in read {
                let levels = match levels {
                    Ok(levels) => levels,
                    // Its thumbnail stays: what is known is known of that.
                    Err(why) => {
                        self.unread.insert((key, Level::Whole));
                        if why == NotThere::Changed {
                            self.changed.push((row, key));
                        }
                        continue;
                    }
                };
                if let Some(slot) = self.wholes.claim(key, self.now) {
                    sheet.upload(Upload::Whole { slot, levels });
                    delivered = true;
                }
            }
        }
        self.version += u64::from(delivered);
        delivered
    }

    /// Has what is missing of the rows in view read, in their order, up to what is drawn at `level`. True while anything is on its way.
    pub fn ask(
        &mut self,
        snapshot: &Arc<Snapshot>,
        rows: &[u32],
        level: Level,
        capacity: Capacity,
        jobs: &Jobs,
    ) -> bool {
        if self.reading_tiles.is_none() {
            let wanted = self.missing(snapshot, rows, TILES_AT_ONCE, Level::Tile);
            if !wanted.is_empty() {
                self.reading_tiles = Some(read_tiles(jobs, snapshot, wanted, capacity.compressed));
            }
        }
        if level >= Level::Thumbnail && self.reading_thumbnails.is_none() {
            let most = rows.get(..self.thumbnails.count()).unwrap_or(rows);
            let wanted = self.missing(snapshot, most, THUMBNAILS_AT_ONCE, Level::Thumbnail);
            if !wanted.is_empty() {
                self.reading_thumbnails = Some(read_thumbnails(jobs, snapshot, wanted));
            }
        }
        if level >= Level::Whole && self.reading_wholes.is_none() {
            let most = rows.get(..self.wholes.count()).unwrap_or(rows);
            let wanted = self.missing(snapshot, most, WHOLES_AT_ONCE, Level::Whole);
            if !wanted.is_empty() {
                self.reading_wholes = Some(read_wholes(jobs, &self.originals, snapshot, wanted));
            }
        }
        self.reading_tiles.is_some()
            || self.reading_thumbnails.is_some()
            || self.reading_wholes.is_some()
    }

    fn missing(&self, snapshot: &Snapshot, rows: &[u32], most: usize, level: Level) -> Vec<u32> {
        let is_missing = |row: &u32| {
            let Some((key, fact)) = snapshot.picture(*row) else {
                return false;
            };
            if self.unread.contains(&(key, level)) {
                return false;
            }
            match level {
                // Of a small picture the thumbnail is all of it.
                Level::Whole => {
                    let is_larger = fact.width.max(fact.height) > THUMBNAIL_SIDE;
                    is_larger && !self.wholes.contains(key)
                }
                Level::Thumbnail => !self.thumbnails.contains(key),
                Level::Mosaic | Level::Tile => {
                    let unmapped = snapshot.map(*row).is_some() && !self.mapped.contains(&key);
                    !self.tiles.contains(key) || unmapped
                }
            }
        };
        rows.iter().copied().filter(is_missing).take(most).collect()
    }
}

/// The rows in view, those nearest to the middle first.
#[must_use]
pub fn nearest_first(mut seen: Vec<(u32, Vec2)>, middle: Vec2) -> Vec<u32> {
    seen.sort_by(|(_, a), (_, b)| {
        let away = |cell: &Vec2| cell.distance_squared(middle);
        away(a).total_cmp(&away(b))
    });
    seen.into_iter().map(|(row, _)| row).collect()
}

fn read_tiles(
    jobs: &Jobs,
    snapshot: &Arc<Snapshot>,
    rows: Vec<u32>,
    compressed: bool,
) -> Task<Vec<ReadTile>> {
    let snapshot = snapshot.clone();
    jobs.run(
        Lane::Thumbnails,
        Urgency::Now,
        move |reporter: &Reporter<'_>| {
            let mut reader = snapshot.reader();
            let mut read = Vec::with_capacity(rows.len());
            for row in rows {
                if reporter.cancelled() {
                    break;
                }
                let Some((key, fact)) = snapshot.picture(row) else {
                    continue;
                };
                let tile = reader.tile(key, fact);
                let texels = if compressed {
                    tile
                } else {
                    tile.map(|tile| plain(&tile))
                };
                let map = snapshot
                    .map(row)
                    .map(|(map, _)| shaded(map).as_flattened().to_vec());
                read.push((key, texels, map));
            }
            Ok::<_, String>(read)
        },
    )
}

fn read_thumbnails(
    jobs: &Jobs,
    snapshot: &Arc<Snapshot>,
    rows: Vec<u32>,
) -> Task<Vec<ReadThumbnail>> {
    let snapshot = snapshot.clone();
    jobs.run(
        Lane::Thumbnails,
        Urgency::Now,
        move |reporter: &Reporter<'_>| {
            let mut reader = snapshot.reader();
            let mut read = Vec::with_capacity(rows.len());
            let known = rows.iter().filter_map(|&row| snapshot.picture(row));
            let known: Vec<(Key, PictureFact)> = known.map(|(key, fact)| (key, *fact)).collect();
            for (key, fact) in known {
                if reporter.cancelled() {
                    break;
                }
                let pixels = reader.thumbnail(key, &fact);
                let levels = pixels.map(|p| levels(&p, THUMBNAIL_SIDE, THUMBNAIL_LEVELS));
                read.push((key, levels));
            }
            Ok::<_, String>(read)
        },
    )
}

fn read_wholes(
    jobs: &Jobs,
    originals: &SharedOriginals,
    snapshot: &Arc<Snapshot>,
    rows: Vec<u32>,
) -> Task<Vec<ReadWhole>> {
    let (originals, snapshot) = (originals.clone(), snapshot.clone());
    jobs.run(
        Lane::Thumbnails,
        Urgency::Now,
        move |reporter: &Reporter<'_>| {
            let mut read = Vec::with_capacity(rows.len());
            for row in rows {
                if reporter.cancelled() {
                    break;
                }
                let Some((key, _)) = snapshot.picture(row) else {
                    continue;
                };
                let picture = originals.unchanged(&snapshot, row, key);
                let levels = picture.map(|p| levels(&p.pixels, WHOLE_SIDE, WHOLE_LEVELS));
                read.push((row, key, levels));
            }
            Ok::<_, String>(read)
        },
    )
}

/// A tile without its compression, RGBA.
fn plain(tile: &[u8]) -> Vec<u8> {
    let side = TILE_SIDE as usize;
    let mut texels = vec![0; side * side * 4];
    texpresso::Format::Bc1.decompress(tile, side, side, &mut texels);
    texels
}

/// A picture squeezed into a square of `side` pixels, and smaller copies of it, `count` in all; RGBA.
fn levels(pixels: &RgbImage, side: u32, count: u32) -> Vec<Vec<u8>> {
    let mut level = imageops::resize(pixels, side, side, FilterType::Triangle);
    let mut levels = Vec::with_capacity(count as usize);
    for step in 0..count {
        if step > 0 {
            let half = (side >> step).max(1);
            level = imageops::thumbnail(&level, half, half);
        }
        let rgba = level.pixels().flat_map(|p| [p[0], p[1], p[2], 255]);
        levels.push(rgba.collect());
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::{Thumbnail, demo};

    #[test]
    fn levels_go_down_to_one_texel() {
        let levels = levels(&demo::picture(1, 5), THUMBNAIL_SIDE, THUMBNAIL_LEVELS);
        let sides: Vec<usize> = levels
            .iter()
            .map(|level| (level.len() / 4).isqrt())
            .collect();
        assert_eq!(sides, [128, 64, 32, 16, 8, 4, 2, 1]);
        assert!(
            levels
                .iter()
                .all(|level| level.chunks(4).all(|texel| texel[3] == 255))
        );
    }

    #[test]
    fn a_tile_is_nearly_itself_without_compression() {
        let picture = demo::picture(1, 5);
        let texels = plain(&Thumbnail::of(&picture).unwrap().tile);
        let small = imageops::thumbnail(&picture, TILE_SIDE, TILE_SIDE);
        let off: u32 = texels
            .chunks(4)
            .zip(small.pixels())
            .map(|(texel, pixel)| {
                (0..3)
                    .map(|c| u32::from(texel[c].abs_diff(pixel[c])))
                    .sum::<u32>()
            })
            .sum();
        assert!(off / (TILE_SIDE * TILE_SIDE * 3) < 16, "{off}");
    }

    #[test]
    fn the_middle_comes_first() {
        let seen = vec![
            (1, Vec2::new(9.0, 0.0)),
            (2, Vec2::ZERO),
            (3, Vec2::new(0.0, -4.0)),
        ];
        assert_eq!(nearest_first(seen, Vec2::ZERO), [2, 3, 1]);
    }
}
