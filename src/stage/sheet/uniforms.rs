//! What the shader of a sheet is told in a frame: its pictures one by one, and how all are drawn.

use bevy::math::Vec2;

use crate::saliency::colormap::Colormap;

/// One picture of a sheet, as the shader takes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Instance {
    /// The top left of its cell.
    pub cell: Vec2,
    /// The side of it.
    pub side: f32,
    /// Where it was when a change began, in cells.
    pub from: Vec2,
    /// And how large.
    pub from_side: f32,
    /// Its place among the tiles.
    pub tile: Option<u32>,
    /// Its place among the thumbnails.
    pub thumbnail: Option<u32>,
    /// Its place among those that are large.
    pub whole: Option<u32>,
    /// Its place among the whole maps.
    pub full_map: Option<u32>,
    /// What is marked on it: sums of the constants here.
    pub style: u32,
    /// Width by height.
    pub aspect: f32,
    /// The part of its width and height, around the middle, that its map covers.
    pub region: Vec2,
}

impl Instance {
    /// It is chosen.
    pub const SELECTED: u32 = 1;
    /// The keyboard is on it.
    pub const FOCUSED: u32 = 2;
    /// It cannot be read.
    pub const BROKEN: u32 = 4;
    /// There is a map of it.
    pub const HAS_MAP: u32 = 8;
    /// The network's answer is another one than the label.
    pub const WRONG: u32 = 16;

    /// Its place is one among those that are large.
    const WHOLE: u32 = 32;
    /// Above these bits stands the place of its whole map, counted from 1.
    const FULL_MAP: u32 = 8;

    pub(super) fn words(&self) -> [u32; 12] {
        let f = f32::to_bits;
        let style = self.style | self.whole.map_or(0, |_| Self::WHOLE);
        let style = style | self.full_map.map_or(0, |slot| (slot + 1) << Self::FULL_MAP);
        let slot = |slot: Option<u32>| slot.unwrap_or(u32::MAX);
        [
            f(self.cell.x),
            f(self.cell.y),
            f(self.from.x),
            f(self.from.y),
            slot(self.tile),
            slot(self.whole.or(self.thumbnail)),
            style,
            f(self.from_side),
            f(self.aspect),
            f(self.region.x),
            f(self.region.y),
            f(self.side),
        ]
    }
}

/// How a sheet is drawn in a frame: all that sliders and the camera change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// The cell at the area's top left corner.
    pub origin: Vec2,
    /// Physical pixels a cell.
    pub scale: f32,
    /// Physical pixels of the area.
    pub area: Vec2,
    /// Cells across and down.
    pub cells: Vec2,
    /// Physical pixels around a picture in its cell.
    pub inset: f32,
    /// How far a change is, 0 to 1.
    pub change: f32,
    /// Physical pixels per point.
    pub points: f32,
    /// Opacity of the maps, 0 to 1.
    pub opacity: f32,
    /// How many of a map's 256 places are shown.
    pub places: u32,
    /// Colours of the maps.
    pub colormap: Colormap,
    /// Whether maps are shown.
    pub maps: bool,
    /// A light line beside a dark one is seen on any picture; encoded sRGB.
    pub light: [f32; 4],
    /// The dark line.
    pub dark: [f32; 4],
    /// What is chosen.
    pub accent: [f32; 4],
}

impl Look {
    /// Word for word the struct `Look` in `shaders/sheet.wgsl`.
    pub(super) fn words(&self, side: f32) -> [u32; 32] {
        let table = Colormap::ALL.iter().position(|&map| map == self.colormap);
        let f = f32::to_bits;
        let mut words = [0; 32];
        let rows: [[u32; 4]; 8] = [
            [f(self.origin.x), f(self.origin.y), f(self.scale), 0],
            [
                f(self.area.x),
                f(self.area.y),
                f(self.inset),
                f(self.change),
            ],
            [f(self.cells.x), f(self.cells.y), f(side), f(self.points)],
            [f(self.opacity), f(self.places as f32), 0, 0],
            self.light.map(f),
            self.dark.map(f),
            self.accent.map(f),
            [table.unwrap_or(0) as u32, u32::from(self.maps), 0, 0],
        ];
        for (to, from) in words.iter_mut().zip(rows.as_flattened()) {
            *to = *from;
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_a_whole_number_of_vectors() {
        let instance = Instance {
            cell: Vec2::new(1.0, 2.0),
            side: 0.5,
            from: Vec2::ZERO,
            from_side: 2.0,
            tile: None,
            thumbnail: Some(7),
            whole: None,
            full_map: None,
            style: Instance::SELECTED,
            aspect: 1.5,
            region: Vec2::ONE,
        };
        let words = instance.words();
        assert_eq!(words.len() % 4, 0);
        assert_eq!(words[4..7], [u32::MAX, 7, 1]);
        let large = Instance {
            whole: Some(3),
            ..instance
        };
        assert_eq!(large.words()[4..7], [u32::MAX, 3, 33]);
        let looked_at = Instance {
            full_map: Some(2),
            ..large
        };
        assert_eq!(looked_at.words()[6], 33 + 3 * 256);
        let floats = [7, 8, 11].map(|at| f32::from_bits(words[at]));
        assert_eq!(floats, [2.0, 1.5, 0.5]);
    }
}
