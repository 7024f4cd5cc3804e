//! What stands for a sheet from far away: a few texels a picture, baked in the order in which they
//! lie, so that a cell is never blank and a million of them cost no more than one picture.

use super::arrangement::Arrangement;
use crate::collection::{COLOURS, CoarseMap, PLACES, SIDE};

/// Most texels a side of a cell, where there are few enough.
const MOST_SIDE: u32 = 8;
/// Up to so many texels of all cells are baked at [`MOST_SIDE`].
const FINE_TEXELS: u64 = 8 << 20;
/// Texels of the largest mosaic: 64 MB of colours.
const MOST_TEXELS: u64 = 16 << 20;

/// One picture as it is baked.
#[derive(Debug, Clone, Copy)]
pub struct Patch<'a> {
    /// 4 x 4 colours, row after row, sRGB.
    pub colours: &'a [[u8; 3]; COLOURS * COLOURS],
    /// Width by height.
    pub aspect: f32,
    /// Where a network looked, and how much of the picture's width and height, around its middle,
    /// that covers.
    pub map: Option<(&'a CoarseMap, [f32; 2])>,
}

/// A sheet baked, with smaller and smaller copies of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Mosaic {
    /// Texels across and down.
    pub size: [u32; 2],
    /// Texels a side of a cell; a part of one where there are more cells than a texture has texels.
    pub side: f32,
    /// Each level's colours: sRGB and 255 where a picture is.
    pub colours: Vec<Vec<u8>>,
    /// Each level's maps: value, rank (as [`shaded`] gives them) and 255 where a map is.
    pub maps: Vec<Vec<u8>>,
}

/// A map as the shader takes it, two bytes a place: its value from its least (0) to its most (255),
/// and how many of its places are higher. The top k places are those whose rank is below k, as
/// [`crate::saliency::SaliencyMap::cut_for_top`] cuts them.
#[must_use]
pub fn shaded(map: &CoarseMap) -> [[u8; 2]; PLACES] {
    let mut counts = [0u16; 256];
    let (mut least, mut most) = (u8::MAX, 0);
    for &value in &map.0 {
        if let Some(count) = counts.get_mut(usize::from(value)) {
            *count += 1;
        }
        (least, most) = (least.min(value), most.max(value));
    }
    let mut higher = [0u8; 256];
    let mut above = 0u16;
    for (rank, count) in higher.iter_mut().zip(counts).rev() {
        // Only a value that no place has can have all 256 above it.
        *rank = above.min(255) as u8;
        above += count;
    }
    let range = u32::from(most - least).max(1);
    map.0.map(|value| {
        let share = (u32::from(value - least) * 255 + range / 2) / range;
        [
            share as u8,
            higher.get(usize::from(value)).copied().unwrap_or(0),
        ]
    })
}

impl Mosaic {
    /// Bakes an arrangement; `patch` is asked for every row that lies in it. `most_side` is the largest
    /// side of a texture.
    #[must_use]
    pub fn bake<'a>(
        arrangement: &Arrangement,
        most_side: u32,
        patch: impl Fn(u32) -> Option<Patch<'a>>,
    ) -> Self {
        let [wide, high] = arrangement.size().map(|cells| cells.max(1));
        let side = side_of([wide, high], most_side);
        let size = [wide, high].map(|cells| (cells as f32 * side).ceil() as u32);
        let texels = size[0] as usize * size[1] as usize;
        let mut colours = vec![0u8; texels * 4];
        let mut maps = vec![0u8; texels * 4];
        for (place, &row) in arrangement.order().iter().enumerate() {
            let (Some(place), Some(patch)) = (arrangement.cell_of(place), patch(row)) else {
                continue;
            };
            let texel = |cells: f32| (cells * side).round().max(0.0) as u32;
            let (x, y) = (texel(place.x), texel(place.y));
            // What is smaller than a texel is one all the same.
            let cell = texel(place.side).max(1);
            if x + cell > size[0] || y + cell > size[1] {
                continue;
            }
            let at = y as usize * size[0] as usize + x as usize;
            bake_cell(&patch, cell, at, size[0] as usize, &mut colours, &mut maps);
        }
        let levels = |base: Vec<u8>| {
            let mut levels = vec![base];
            let [mut w, mut h] = size.map(|n| n as usize);
            while w.max(h) > 1 && levels.len() < 12 {
                let last = levels.last().map_or(&[][..], Vec::as_slice);
                let next = halved(last, w, h);
                (w, h) = ((w / 2).max(1), (h / 2).max(1));
                levels.push(next);
            }
            levels
        };
        Self {
            size,
            side,
            colours: levels(colours),
            maps: levels(maps),
        }
    }

    /// Bytes on the device.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.colours.iter().chain(&self.maps).map(Vec::len).sum()
    }
}

/// Texels a side of a cell for so many cells.
fn side_of([wide, high]: [u32; 2], most_side: u32) -> f32 {
    let fits = |side: u32, texels: u64| {
        let [wide, high] = [wide, high].map(u64::from);
        let area = wide * high * u64::from(side * side);
        wide.max(high) * u64::from(side) <= u64::from(most_side) && area <= texels
    };
    if fits(MOST_SIDE, FINE_TEXELS) {
        return MOST_SIDE as f32;
    }
    let whole = [4, 2, 1].into_iter().find(|&side| fits(side, MOST_TEXELS));
    whole.map_or_else(
        || {
            let cells = wide as f32 * high as f32;
            let of_area = (MOST_TEXELS as f32 / cells).sqrt();
            // One less: sizes are rounded up.
            of_area.min((most_side as f32 - 1.0) / wide.max(high) as f32)
        },
        |side| side as f32,
    )
}

/// Width and height of a picture in a square of 1.
#[must_use]
pub fn shape(aspect: f32) -> [f32; 2] {
    let aspect = if aspect.is_finite() && aspect > 0.0 {
        aspect
    } else {
        1.0
    };
    [aspect.min(1.0), (1.0 / aspect).min(1.0)]
}

fn bake_cell(
    patch: &Patch<'_>,
    side: u32,
    at: usize,
    stride: usize,
    colours: &mut [u8],
    maps: &mut [u8],
) {
    let [w, h] = shape(patch.aspect);
    let side_f = side as f32;
    let mean = mean(patch.colours);
    let map = patch.map.map(|(map, region)| (shaded(map), region));
    for y in 0..side as usize {
        for x in 0..side as usize {
            // The texel in fractions of the picture.
            let place = |i: usize, extent: f32| ((i as f32 + 0.5) / side_f - 0.5) / extent + 0.5;
            let (px, py) = (place(x, w), place(y, h));
            let inside = (0.0..1.0).contains(&px) && (0.0..1.0).contains(&py);
            let texel = (at + y * stride + x) * 4;
            let Some(to) = colours.get_mut(texel..texel + 4) else {
                continue;
            };
            let [r, g, b] = if inside {
                let step = |p: f32| ((p * COLOURS as f32) as usize).min(COLOURS - 1);
                let colour = patch.colours.get(step(py) * COLOURS + step(px));
                colour.copied().unwrap_or(mean)
            } else {
                // Neighbours are mixed with it.
                mean
            };
            to.copy_from_slice(&[r, g, b, if inside { 255 } else { 0 }]);
            let (Some((map, region)), true) = (&map, inside) else {
                continue;
            };
            let seen = |p: f32, region: f32| (p - 0.5) / region.max(1e-6) + 0.5;
            let (sx, sy) = (seen(px, region[0]), seen(py, region[1]));
            if !((0.0..1.0).contains(&sx) && (0.0..1.0).contains(&sy)) {
                continue;
            }
            let reach = |region: f32, extent: f32| 0.5 / (side_f * extent * region.max(1e-6));
            let value = average(map, [sx, sy], [reach(region[0], w), reach(region[1], h)]);
            if let Some(to) = maps.get_mut(texel..texel + 4) {
                to.copy_from_slice(&[value[0], value[1], 255, 255]);
            }
        }
    }
}

/// The mean of the places that a texel covers: `reach` to each side of `centre`, in fractions of the
/// map.
fn average(map: &[[u8; 2]; PLACES], centre: [f32; 2], reach: [f32; 2]) -> [u8; 2] {
    let range = |centre: f32, reach: f32| {
        let low = ((centre - reach) * SIDE as f32).floor().max(0.0) as usize;
        let high = ((centre + reach) * SIDE as f32).ceil() as usize;
        (low.min(SIDE - 1), high.clamp(low + 1, SIDE.max(low + 1)))
    };
    let ((x0, x1), (y0, y1)) = (range(centre[0], reach[0]), range(centre[1], reach[1]));
    let (mut sums, mut count) = ([0u32; 2], 0u32);
    for y in y0..y1 {
        for x in x0..x1 {
            if let Some([value, rank]) = map.get(y * SIDE + x) {
                sums[0] += u32::from(*value);
                sums[1] += u32::from(*rank);
                count += 1;
            }
        }
    }
    sums.map(|sum| ((sum + count / 2) / count.max(1)) as u8)
}

fn mean(colours: &[[u8; 3]; COLOURS * COLOURS]) -> [u8; 3] {
    std::array::from_fn(|c| {
        let sum: u32 = colours.iter().map(|colour| u32::from(colour[c])).sum();
        (sum / (COLOURS * COLOURS) as u32) as u8
    })
}

/// Half the width and height: the mean of four texels, each counted by its last byte.
fn halved(texels: &[u8], width: usize, height: usize) -> Vec<u8> {
    let (w, h) = ((width / 2).max(1), (height / 2).max(1));
    let mut out = Vec::with_capacity(w * h * 4);
    let texel = |x: usize, y: usize| -> [u32; 4] {
        let at = (y.min(height - 1) * width + x.min(width - 1)) * 4;
        let four = texels.get(at..at + 4).and_then(|t| t.first_chunk::<4>());
        four.map_or([0; 4], |t| t.map(u32::from))
    };
    for y in 0..h {
        for x in 0..w {
            let four =
                [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| texel(2 * x + dx, 2 * y + dy));
            let weight: u32 = four.iter().map(|t| t[3]).sum();
            for c in 0..3 {
                let sum: u32 = four.iter().map(|t| t[c] * t[3]).sum();
                let plain: u32 = four.iter().map(|t| t[c]).sum();
                let mean = (sum + weight / 2).checked_div(weight);
                out.push(mean.unwrap_or(plain / 4) as u8);
            }
            out.push(((weight + 2) / 4) as u8);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::collection::Group;
    use crate::collection::arrange::Placed;
    use crate::saliency::SaliencyMap;

    fn map(seed: u32) -> CoarseMap {
        let mut state = seed;
        let mut map = CoarseMap::default();
        for place in &mut map.0 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // Few values: many places are as high as others.
            *place = 40 + (state >> 28) as u8 * 10;
        }
        map
    }

    #[test]
    fn the_top_of_a_shaded_map_is_that_of_the_map() {
        for seed in 0..5 {
            let map = map(seed);
            let values =
                Array2::from_shape_fn((SIDE, SIDE), |(y, x)| f32::from(map.0[y * SIDE + x]));
            let whole = SaliencyMap { values };
            let shaded = shaded(&map);
            for places in 0..=PLACES {
                let cut = whole.cut_for_top(places as f64 / PLACES as f64);
                for (i, [_, rank]) in shaded.iter().enumerate() {
                    let shown = f32::from(map.0[i]) >= cut;
                    assert_eq!(usize::from(*rank) < places, shown, "{places} of {seed}");
                }
            }
            let values: Vec<u8> = shaded.iter().map(|s| s[0]).collect();
            assert_eq!(
                (values.iter().min(), values.iter().max()),
                (Some(&0), Some(&255))
            );
        }
        assert!(
            super::shaded(&CoarseMap([9; PLACES]))
                .iter()
                .all(|s| *s == [0, 0])
        );
    }

    #[test]
    fn every_picture_is_baked_in_its_cell_and_nothing_between() {
        let groups = [vec![4, 2], vec![0]].map(|rows| Group { word: 0, rows });
        let placed = Placed::piles(&groups, 1.0);
        let arrangement = Arrangement::of(placed, 5, |_| String::new());
        let colours: Vec<[[u8; 3]; 16]> = (0..5).map(|n| [[n * 40, 9, 200]; 16]).collect();
        let mosaic = Mosaic::bake(&arrangement, 8192, |row| {
            Some(Patch {
                colours: &colours[row as usize],
                aspect: 2.0,
                map: None,
            })
        });
        assert!((mosaic.side - 8.0).abs() < f32::EPSILON);
        let mut filled = 0;
        for (at, texel) in mosaic.colours[0].chunks_exact(4).enumerate() {
            let (x, y) = (at as u32 % mosaic.size[0], at as u32 / mosaic.size[0]);
            let place = arrangement.place_at([(x / 8) as f32 + 0.5, (y / 8) as f32 + 0.5]);
            let row = place.map(|place| arrangement.order()[place]);
            // Twice as wide as high: the upper and lower quarter are free.
            let inside = (2..6).contains(&(y % 8));
            match row.filter(|_| inside) {
                Some(row) => {
                    assert_eq!(texel, [row as u8 * 40, 9, 200, 255]);
                    filled += 1;
                }
                None => assert_eq!(texel[3], 0),
            }
        }
        assert_eq!(filled, 3 * 32);
        assert_eq!(mosaic.colours.len(), mosaic.maps.len());
        assert_eq!(mosaic.colours.last().unwrap().len() % 4, 0);
    }

    #[test]
    fn a_map_covers_what_the_network_saw() {
        let arrangement = Arrangement::of(Placed::grid(vec![0], 1), 1, |_| String::new());
        let colours = [[100; 3]; 16];
        let mut map = CoarseMap::default();
        map.0[..PLACES / 2].fill(255);
        let mosaic = Mosaic::bake(&arrangement, 8192, |_| {
            Some(Patch {
                colours: &colours,
                aspect: 1.0,
                map: Some((&map, [0.5, 1.0])),
            })
        });
        let texel = |x: usize, y: usize| &mosaic.maps[0][(y * 8 + x) * 4..][..4];
        assert_eq!(texel(0, 4), [0, 0, 0, 0]);
        assert_eq!(texel(3, 1), [255, 0, 255, 255]);
        assert_eq!(texel(4, 6), [0, 128, 255, 255]);
    }

    #[test]
    fn a_large_sheet_gets_fewer_texels_a_cell_and_fits_the_device() {
        let sides = [[45, 45], [400, 250], [1200, 840], [5000, 200]]
            .map(|cells| side_of(cells, 8192).to_bits());
        assert_eq!(sides, [8.0f32, 8.0, 4.0, 1.0].map(f32::to_bits));
        for cells in [[100_000, 20], [30_000, 30_000], [8193, 1]] {
            let side = side_of(cells, 8192);
            assert!(side < 1.0 && side > 0.0);
            assert!(cells.iter().all(|&n| (n as f32 * side).ceil() <= 8192.0));
        }
        assert!(Mosaic::bake(&Arrangement::default(), 8192, |_| None).bytes() > 0);
    }
}
