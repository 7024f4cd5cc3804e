use super::super::Camera;
use super::*;
use crate::collection::arrange::Place;

/// Every row has a colour of its own; finer sides have a mark in their upper left corner.
struct Plain;

fn colour(row: u32) -> [u8; 3] {
    [(row % 251) as u8, (row / 251 % 251) as u8, 77]
}

impl SmallPictures for Plain {
    fn small(&mut self, row: u32, side: usize, into: &mut Vec<[u8; 3]>) {
        into.clear();
        into.resize(side * side, colour(row));
        if side > 1 {
            into[0] = [255, 255, 255];
        }
    }
}

fn pixel(pixels: &[u8], x: usize, y: usize) -> [u8; 4] {
    let at = (y * TILE + x) * 4;
    [pixels[at], pixels[at + 1], pixels[at + 2], pixels[at + 3]]
}

#[test]
fn every_cell_shows_its_row_at_every_level() {
    for count in [1usize, 100, 20_000] {
        let placed = Placed::grid((0..count as u32).rev().collect(), 150);
        let visibility = Visibility::of(&placed);
        let mosaic = Mosaic::of(&placed);
        assert_eq!(mosaic.tiles(mosaic.levels() - 1), [1, 1]);
        for level in 0..mosaic.levels() {
            let scale = mosaic.scale(level);
            let [across, down] = mosaic.tiles(level);
            for y in 0..down {
                for x in 0..across {
                    let tile = Tile { level, x, y };
                    let pixels = bake(&mosaic, tile, &placed, &visibility, &mut Plain);
                    assert_eq!(pixels.len(), TILE * TILE * 4);
                    if scale < 1.0 {
                        continue;
                    }
                    for (cell, place) in placed.places.iter().enumerate().step_by(7) {
                        // The last pixel of the cell.
                        let at = |v: f32, tile: u32| {
                            (f64::from(v) + 1.0) * scale - 1.0 - f64::from(tile) * TILE as f64
                        };
                        let (px, py) = (at(place.x, x), at(place.y, y));
                        let on_tile = |v: f64| (0.0..TILE as f64).contains(&v);
                        if on_tile(px) && on_tile(py) {
                            let [r, g, b, a] = pixel(&pixels, px as usize, py as usize);
                            let row = placed.rows[cell];
                            assert_eq!(([r, g, b], a), (colour(row), 255), "{cell} {tile:?}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn pictures_of_less_than_a_pixel_are_averaged_and_nothing_is_left_blank() {
    let placed = Placed::grid((0..400_000).collect(), 700);
    let visibility = Visibility::of(&placed);
    let mosaic = Mosaic::of(&placed);
    assert_eq!(mosaic.scale(0), 4.0);
    let whole = mosaic.whole();
    assert!(mosaic.scale(whole.level) < 1.0);
    let pixels = bake(&mosaic, whole, &placed, &visibility, &mut Plain);
    let scale = mosaic.scale(whole.level);
    let covered = pixels.chunks(4).filter(|p| p[3] == 255).count() as f64;
    let area = f64::from(placed.size[0]) * f64::from(placed.size[1]) * scale * scale;
    assert!((covered / area - 1.0).abs() < 0.02, "{covered} of {area}");
    // A pixel of which all pictures are known.
    let (x, y) = (100usize, 50usize);
    let mut sums = [0.0f64; 4];
    for (cell, place) in placed.places.iter().enumerate() {
        let centre = |v: f32| ((f64::from(v) + 0.5) * scale) as usize;
        if (centre(place.x), centre(place.y)) == (x, y) {
            let [r, g, b] = colour(placed.rows[cell]).map(f64::from);
            sums.iter_mut()
                .zip([r, g, b, 1.0])
                .for_each(|(s, v)| *s += v);
        }
    }
    let [r, g, b, a] = pixel(&pixels, x, y);
    assert!(sums[3] >= 1.0 && a == 255);
    for (ours, sum) in [r, g, b].iter().zip(sums) {
        assert!((f64::from(*ours) - sum / sums[3]).abs() <= 0.5);
    }
}

#[test]
fn cells_of_other_sizes_are_drawn_as_large_as_they_are() {
    let placed = Placed {
        rows: vec![1, 2],
        places: vec![
            Place {
                x: 0.0,
                y: 0.0,
                side: 3.0,
            },
            Place {
                x: 4.0,
                y: 1.0,
                side: 0.5,
            },
        ],
        size: [5.0, 3.0],
        ..Placed::default()
    };
    let visibility = Visibility::of(&placed);
    let mosaic = Mosaic::of(&placed);
    let tile = mosaic.whole();
    let pixels = bake(&mosaic, tile, &placed, &visibility, &mut Plain);
    let count = |row: u32| {
        let [r, g, b] = colour(row);
        pixels.chunks(4).filter(|p| **p == [r, g, b, 255]).count()
    };
    // 24 pixels squared less the mark of 3 x 3, and 4 less that of 1.
    assert_eq!((count(1), count(2)), (24 * 24 - 9, 15));
    assert_eq!(pixel(&pixels, 30, 4), [0; 4]);
}

#[test]
fn the_tiles_on_screen_cover_it() {
    let placed = Placed::grid((0..300_000).collect(), 600);
    let mosaic = Mosaic::of(&placed);
    let mut camera = Camera::fit(placed.size, [1280.0, 800.0]);
    for step in 0..60 {
        let tiles = mosaic.visible(&camera, 0.0);
        assert!(!tiles.is_empty() && tiles.len() <= 24, "{}", tiles.len());
        for pixel in [[1.0, 1.0], [640.0, 400.0], [1279.0, 799.0], [30.0, 700.0]] {
            let [x, y] = camera.place_at(pixel);
            let on_sheet = x >= 0.0 && y >= 0.0 && x < 600.0 && y < 500.0;
            let covered = tiles.iter().any(|&tile| {
                let [left, top, right, bottom] = mosaic.part(tile);
                x >= left && x < right && y >= top && y < bottom
            });
            assert!(covered || !on_sheet, "{pixel:?}");
        }
        // Parents show the same.
        for &tile in tiles.iter().filter(|tile| tile.level + 1 < mosaic.levels()) {
            let (own, parent) = (mosaic.part(tile), mosaic.part(tile.parent()));
            assert!(parent[0] <= own[0] + 1e-9 && parent[2] >= own[2] - 1e-9);
        }
        let about = [f64::from(step * 37 % 1280), f64::from(step * 91 % 800)];
        camera = camera.zoomed(if step % 3 == 0 { 0.7 } else { 1.2 }, about, placed.size);
    }
}
