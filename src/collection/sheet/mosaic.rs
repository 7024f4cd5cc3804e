//! The sheet from far away: a pyramid of baked tiles, each picture a few pixels.

use super::camera::Camera;
use super::pictures::SmallPictures;
use super::visible::Visibility;
use crate::collection::arrange::Placed;

/// Sides of a tile, in pixels.
pub const TILE: usize = 512;
/// Pixels of a cell's side at the finest level.
const FINE: u32 = 8;
/// As [`FINE`], where there are many cells.
const FEW: u32 = 4;
/// Cells from which on there are many.
const MANY: usize = 250_000;
/// Longest side of the finest level, in pixels.
const MOST_SIDE: f64 = 65_536.0;

/// A tile of the pyramid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tile {
    /// 0 is the finest; each next has half the pixels a side.
    pub level: u8,
    /// Tiles from the left.
    pub x: u32,
    /// Tiles from the top.
    pub y: u32,
}

impl Tile {
    /// The tile of the next coarser level that shows the same and more.
    #[must_use]
    pub fn parent(self) -> Self {
        Self {
            level: self.level.saturating_add(1),
            x: self.x / 2,
            y: self.y / 2,
        }
    }
}

/// The pyramid of a sheet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mosaic {
    /// Pixels of an ordinary cell's side at level 0.
    fine: f64,
    size: [f64; 2],
    levels: u8,
}

impl Mosaic {
    /// Of a sheet.
    #[must_use]
    pub fn of(placed: &Placed) -> Self {
        let size = placed.size.map(|side| f64::from(side).max(0.0));
        let longest = size[0].max(size[1]).max(1e-3);
        let fine = if placed.places.len() > MANY {
            FEW
        } else {
            FINE
        };
        let fine = f64::from(fine).min(MOST_SIDE / longest);
        let levels = (longest * fine / TILE as f64)
            .log2()
            .ceil()
            .clamp(0.0, 30.0) as u8
            + 1;
        Self { fine, size, levels }
    }

    /// How many levels there are; the last has one tile.
    #[must_use]
    pub fn levels(&self) -> u8 {
        self.levels
    }

    /// The tile of the last level.
    #[must_use]
    pub fn whole(&self) -> Tile {
        Tile {
            level: self.levels - 1,
            x: 0,
            y: 0,
        }
    }

    /// Pixels of an ordinary cell's side at a level.
    #[must_use]
    pub fn scale(&self, level: u8) -> f64 {
        self.fine / f64::from(level).exp2()
    }

    /// Tiles of a level, across and down.
    #[must_use]
    pub fn tiles(&self, level: u8) -> [u32; 2] {
        let scale = self.scale(level);
        self.size
            .map(|side| ((side * scale / TILE as f64).ceil() as u32).max(1))
    }

    /// The part of the sheet that a tile shows: left, top, right, bottom.
    #[must_use]
    pub fn part(&self, tile: Tile) -> [f64; 4] {
        let side = TILE as f64 / self.scale(tile.level);
        let (left, top) = (f64::from(tile.x) * side, f64::from(tile.y) * side);
        [left, top, left + side, top + side]
    }

    /// The level whose pixels are nearest to the screen's.
    #[must_use]
    pub fn level_for(&self, camera: &Camera) -> u8 {
        let level = (self.fine / camera.scale).log2().round();
        level.clamp(0.0, f64::from(self.levels - 1)) as u8
    }

    /// The tiles on screen, nearest to its middle first, and `more` screens around it.
    #[must_use]
    pub fn visible(&self, camera: &Camera, more: f64) -> Vec<Tile> {
        let level = self.level_for(camera);
        let side = TILE as f64 / self.scale(level);
        let [across, down] = self.tiles(level);
        let part = camera.part(more);
        let range = |from: f64, to: f64, most: u32| {
            let bound = |v: f64| v.clamp(0.0, f64::from(most)) as u32;
            bound((from / side).floor())..bound((to / side).floor() + 1.0)
        };
        let mut tiles: Vec<Tile> = range(part[1], part[3], down)
            .flat_map(|y| range(part[0], part[2], across).map(move |x| Tile { level, x, y }))
            .collect();
        let away = |tile: &Tile| {
            let off = |at: u32, centre: f64| (f64::from(at) + 0.5) * side - centre;
            off(tile.x, camera.centre[0]).hypot(off(tile.y, camera.centre[1]))
        };
        tiles.sort_by(|a, b| away(a).total_cmp(&away(b)).then(a.cmp(b)));
        tiles
    }
}

/// The pixels of a tile, [`TILE`] squared, row after row, red, green, blue and 255; zero where there is no
/// picture. Pictures of less than a pixel are averaged.
#[must_use]
pub fn bake(
    mosaic: &Mosaic,
    tile: Tile,
    placed: &Placed,
    visibility: &Visibility,
    pictures: &mut dyn SmallPictures,
) -> Vec<u8> {
    let mut pixels = vec![0u8; TILE * TILE * 4];
    // Red, green, blue, how many.
    let mut sums: Vec<[u32; 4]> = Vec::new();
    let scale = mosaic.scale(tile.level);
    let part = mosaic.part(tile);
    let (left, top) = (
        f64::from(tile.x) * TILE as f64,
        f64::from(tile.y) * TILE as f64,
    );
    let mut small = Vec::new();
    for cell in visibility.within(placed, part) {
        let at = cell as usize;
        let (Some(place), Some(&row)) = (placed.places.get(at), placed.rows.get(at)) else {
            continue;
        };
        let side = f64::from(place.side) * scale;
        let (x, y) = (
            f64::from(place.x) * scale - left,
            f64::from(place.y) * scale - top,
        );
        if side < 1.0 {
            let Some(at) = pixel(x + side / 2.0, y + side / 2.0) else {
                continue;
            };
            pictures.small(row, 1, &mut small);
            if sums.is_empty() {
                sums = vec![[0; 4]; TILE * TILE];
            }
            if let (Some(sum), Some(colour)) = (sums.get_mut(at), small.first()) {
                for (sum, v) in sum.iter_mut().zip(colour.iter().chain(&[1])) {
                    *sum += u32::from(*v);
                }
            }
            continue;
        }
        let (from_x, to_x) = (x.round() as i64, (x + side).round() as i64);
        let (from_y, to_y) = (y.round() as i64, (y + side).round() as i64);
        let (width, height) = ((to_x - from_x).max(1), (to_y - from_y).max(1));
        let fine = (width.max(height) as usize)
            .next_power_of_two()
            .min(FINE as usize);
        pictures.small(row, fine, &mut small);
        let on_tile = |from: i64, to: i64| from.max(0)..to.min(TILE as i64);
        for py in on_tile(from_y, from_y + height) {
            let source = ((py - from_y) as usize * fine / height as usize) * fine;
            for px in on_tile(from_x, from_x + width) {
                let at = source + (px - from_x) as usize * fine / width as usize;
                let to = (py as usize * TILE + px as usize) * 4;
                if let (Some(to), Some(&[r, g, b])) = (pixels.get_mut(to..to + 4), small.get(at)) {
                    to.copy_from_slice(&[r, g, b, 255]);
                }
            }
        }
    }
    for (to, [r, g, b, count]) in pixels.chunks_exact_mut(4).zip(sums) {
        if count > 0 {
            let mean = |sum: u32| ((sum + count / 2) / count) as u8;
            to.copy_from_slice(&[mean(r), mean(g), mean(b), 255]);
        }
    }
    pixels
}

/// The number of a pixel of a tile.
fn pixel(x: f64, y: f64) -> Option<usize> {
    let within = |v: f64| (0.0..TILE as f64).contains(&v);
    (within(x) && within(y)).then(|| y as usize * TILE + x as usize)
}

#[cfg(test)]
#[path = "mosaic_tests.rs"]
mod tests;
