//! Tiles of a mosaic that are kept, within so many bytes.

use std::collections::HashMap;
use std::sync::Arc;

use super::mosaic::{Mosaic, TILE, Tile};

/// Bytes of a tile.
pub const TILE_BYTES: usize = TILE * TILE * 4;

/// Baked tiles; those that were not asked for longest go first. The one that shows all of the sheet
/// stays.
#[derive(Debug)]
pub struct BakedTiles {
    mosaic: Mosaic,
    most: usize,
    clock: u64,
    tiles: HashMap<Tile, (u64, Arc<Vec<u8>>)>,
}

impl BakedTiles {
    /// None yet, of at most so many bytes (two tiles at least).
    #[must_use]
    pub fn new(mosaic: Mosaic, bytes: usize) -> Self {
        Self {
            mosaic,
            most: (bytes / TILE_BYTES).max(2),
            clock: 0,
            tiles: HashMap::new(),
        }
    }

    /// Bytes that are kept.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.tiles.len() * TILE_BYTES
    }

    /// Tiles of `visible` that are to be baked, in its order, as many as there is room for; the tile that
    /// shows all comes first.
    #[must_use]
    pub fn missing(&self, visible: &[Tile]) -> Vec<Tile> {
        let whole = self.mosaic.whole();
        let first = std::iter::once(&whole).chain(visible.iter().filter(|tile| **tile != whole));
        first
            .take(self.most)
            .filter(|tile| !self.tiles.contains_key(tile))
            .copied()
            .collect()
    }

    /// Keeps a tile.
    pub fn put(&mut self, tile: Tile, pixels: Arc<Vec<u8>>) {
        self.clock += 1;
        self.tiles.insert(tile, (self.clock, pixels));
        let whole = self.mosaic.whole();
        while self.tiles.len() > self.most {
            let others = self.tiles.iter().filter(|(tile, _)| **tile != whole);
            let Some(oldest) = others
                .min_by_key(|(_, (used, _))| *used)
                .map(|(tile, _)| *tile)
            else {
                return;
            };
            self.tiles.remove(&oldest);
        }
    }

    /// The finest that is there of what a tile shows: itself, or one of those above it.
    pub fn best(&mut self, tile: Tile) -> Option<(Tile, Arc<Vec<u8>>)> {
        self.clock += 1;
        let mut at = tile;
        loop {
            if let Some((used, pixels)) = self.tiles.get_mut(&at) {
                *used = self.clock;
                return Some((at, Arc::clone(pixels)));
            }
            if at.level + 1 >= self.mosaic.levels() {
                return None;
            }
            at = at.parent();
        }
    }

    /// Forgets all: another order, another filter, new pictures.
    pub fn clear(&mut self, mosaic: Mosaic) {
        self.mosaic = mosaic;
        self.tiles.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::arrange::Placed;

    #[test]
    fn tiles_stay_within_their_bytes_and_no_place_is_ever_blank() {
        let placed = Placed::grid((0..300_000).collect(), 600);
        let mosaic = Mosaic::of(&placed);
        let mut baked = BakedTiles::new(mosaic, 6 * TILE_BYTES);
        let pixels = Arc::new(vec![0; 4]);
        assert!(baked.best(mosaic.whole()).is_none());
        let [across, down] = mosaic.tiles(0);
        let mut state = 1u32;
        for _ in 0..500 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let tile = Tile {
                level: 0,
                x: (state >> 8) % across,
                y: (state >> 20) % down,
            };
            let missing = baked.missing(&[tile]);
            for tile in missing {
                baked.put(tile, Arc::clone(&pixels));
            }
            assert!(baked.bytes() <= 6 * TILE_BYTES);
            assert_eq!(baked.best(tile).unwrap().0, tile);
            // What was thrown out is shown by what is above it.
            let other = Tile {
                level: 0,
                x: 0,
                y: 0,
            };
            let (found, _) = baked.best(other).unwrap();
            let [left, top, right, bottom] = mosaic.part(found);
            assert!(left <= 0.0 && top <= 0.0 && right > 0.0 && bottom > 0.0);
        }
        let many: Vec<Tile> = (0..50).map(|x| Tile { level: 0, x, y: 0 }).collect();
        assert!(baked.missing(&many).len() <= 6);
        baked.clear(mosaic);
        assert_eq!(
            (baked.bytes(), baked.missing(&many)[0]),
            (0, mosaic.whole())
        );
    }
}
