//! What is drawn of a collection, against what should be.

use std::time::Instant;

use bevy::math::{UVec2, Vec2};
use bevy::prelude::*;
use image::RgbImage;
use image::imageops::{self, FilterType};

use super::harness::drawn;
use crate::collection::{Source, Unwatched, demo};
use crate::tabs::collection::{Ask, Asks, Collection, Snapshot};
use crate::testing::Headless;
use crate::ui::Tab;
use crate::ui::commands::Command;
use crate::ui::settings::Settings;

/// The window with the made-up pictures in it.
fn made_up_pictures() -> (Headless, tempfile::TempDir) {
    let (mut headless, folder) = drawn(1280, 800);
    headless.world().resource_mut::<Settings>().motion = false;
    headless
        .world()
        .resource_mut::<crate::ui::Asked>()
        .push(Command::Show(Tab::Collection));
    let start = Instant::now();
    while headless.world().resource::<Collection>().arranged.is_none() {
        assert!(start.elapsed().as_secs() < 60, "no pictures");
        headless.frame();
    }
    (headless, folder)
}

/// What the screen shows in a cell's picture.
fn cell(screen: &RgbImage, at: Vec2, size: Vec2) -> RgbImage {
    let (at, size) = (
        at.round().as_uvec2(),
        size.round().as_uvec2().max(UVec2::ONE),
    );
    imageops::crop_imm(screen, at.x, at.y, size.x, size.y).to_image()
}

/// The mean difference of two pictures' levels, both made 6 x 6.
fn off(a: &RgbImage, b: &RgbImage) -> f32 {
    let small = |picture: &RgbImage| imageops::resize(picture, 6, 6, FilterType::Triangle);
    let (a, b) = (small(a), small(b));
    let sum: u32 = a
        .as_raw()
        .iter()
        .zip(b.as_raw())
        .map(|(a, b)| u32::from(a.abs_diff(*b)))
        .sum();
    sum as f32 / a.as_raw().len() as f32
}

/// As [`off`], of the screen's pixels that lie whole within a cell and the same part of `picture`.
fn off_within(screen: &RgbImage, from: Vec2, size: Vec2, picture: &RgbImage) -> f32 {
    let (first, end) = (from.ceil(), (from + size).floor());
    let whole = UVec2::from(picture.dimensions()).as_vec2();
    let [low, high] = [first, end].map(|edge| ((edge - from) / size * whole).round());
    let part = imageops::crop_imm(
        picture,
        low.x as u32,
        low.y as u32,
        (high - low).x as u32,
        (high - low).y as u32,
    );
    off(&cell(screen, first, end - first), &part.to_image())
}

/// The screen once the device has what is seen.
fn screen(headless: &mut Headless) -> RgbImage {
    headless.frames(2);
    let start = Instant::now();
    while headless.world().resource::<Collection>().reading {
        assert!(start.elapsed().as_secs() < 60, "pictures do not come");
        headless.frame();
    }
    headless.frame();
    image::DynamicImage::from(headless.screenshot().unwrap()).into_rgb8()
}

/// The corner of the area that the small picture of the whole sheet may cover, in points.
const SMALL_SHEET: f32 = 160.0;

/// Of the pictures that lie whole in the area and are not covered: row, and where the picture itself is on the screen.
fn whole_cells(headless: &mut Headless) -> Vec<(u32, Vec2, Vec2)> {
    let world = headless.world();
    let collection = world.resource::<Collection>();
    let arranged = collection.arranged.clone().unwrap();
    let camera = collection.camera;
    let area = collection.area;
    let corner = collection.rect;
    let inset = ((camera.scale - 16.0) * 0.05).clamp(0.0, 6.0).floor();
    let order = arranged.arrangement.order().iter().enumerate();
    let cells = order.filter_map(|(place, &row)| {
        let place = arranged.arrangement.cell_of(place)?;
        let at = camera.point_of(Vec2::new(place.x, place.y), area);
        let side = place.side * camera.scale;
        let room = side - 2.0 * inset;
        let size = Vec2::new(room, room * 0.75);
        let inside = at.min_element() >= 0.0 && (at + side).cmple(area).all();
        // There lies the small picture of the whole sheet.
        let under = (at + side).cmpgt(area - SMALL_SHEET).all();
        let inside = inside && !under;
        let from = at + (Vec2::splat(side) - size) * 0.5;
        inside.then_some((row, corner + from, size))
    });
    cells.collect()
}

/// At every zoom the cell of a picture shows that picture: by the number that stands in it where it is
/// large enough to be read, else by being more like it than like others.
#[test]
fn every_cell_shows_its_picture_at_every_zoom() {
    let (mut headless, _folder) = made_up_pictures();
    headless.frames(4);
    let snapshot = headless.world().resource::<Collection>().snapshot.clone();
    let number = |row: u32| -> u32 {
        let name = snapshot.rows.name(row);
        let digits = name.rsplit('/').next().unwrap().trim_end_matches(".jpg");
        digits.parse().unwrap()
    };
    for side in [0.0, 24.0, 44.0, 90.0, 160.0, 330.0] {
        {
            let mut collection = headless.world().resource_mut::<Collection>();
            collection.fit();
            if side > 0.0 {
                let factor = side / collection.camera.scale;
                let at = collection.area * 0.4;
                collection.zoom(factor, at);
            }
        }
        headless.frames(2);
        let screen = screen(&mut headless);
        let cells = whole_cells(&mut headless);
        assert!(!cells.is_empty(), "{side}: nothing is whole");
        let step = (cells.len() / 40).max(1);
        let (mut read, mut tried) = (0, 0);
        for (at, (row, from, size)) in cells.iter().enumerate().step_by(step) {
            let seen = cell(&screen, *from, *size);
            let n = number(*row);
            tried += 1;
            if side >= 90.0 {
                assert_eq!(demo::read_code(&seen), Some(n), "{side}: cell {at}");
            }
            let within = |n: u32| off_within(&screen, *from, *size, &demo::picture(7, n));
            let own = within(n);
            assert!(own < 22.0, "{side}: cell {at} is {own} off its picture");
            let others = (1..=20).map(|k| within((n + k * 97) % 2000));
            read += usize::from(others.fold(f32::INFINITY, f32::min) > own);
        }
        // Two made-up pictures may look alike in 36 dots.
        assert!(
            read * 10 >= tried * 9,
            "{side}: {read} of {tried} are most like themselves"
        );
    }
}

/// Also where pictures stand in the cells of two columns, each of the size that its pile leaves it.
#[test]
fn a_picture_in_a_pile_of_two_columns_is_its_own() {
    let (mut headless, _folder) = made_up_pictures();
    {
        let mut collection = headless.world().resource_mut::<Collection>();
        collection.choices.group = Some("label".to_owned());
        collection.choices.across = Some("label".to_owned());
    }
    headless.world().resource_mut::<Asks>().push(Ask::Arrange);
    headless.frames(4);
    let snapshot = headless.world().resource::<Collection>().snapshot.clone();
    {
        let mut collection = headless.world().resource_mut::<Collection>();
        let cell = collection.cell_of(0).unwrap();
        collection.fit();
        let corner = Vec2::new(cell.x, cell.y);
        let at = collection.camera.point_of(corner, collection.area);
        let factor = 150.0 / (cell.side * collection.camera.scale);
        collection.zoom(factor, at);
    }
    headless.frames(2);
    let screen = screen(&mut headless);
    let cells = whole_cells(&mut headless);
    assert!(cells.len() >= 4, "{}", cells.len());
    for (row, from, size) in cells {
        let name = snapshot.rows.name(row);
        let n = demo::read_code(&cell(&screen, from, size)).unwrap();
        assert_eq!(demo::path(7, n), name);
    }
}

/// The map over a cell is the coarse map in its colours, as the twin mixes it.
#[test]
fn the_map_over_a_cell_equals_its_twin() {
    let (mut headless, folder) = drawn(1280, 800);
    headless.world().resource_mut::<Settings>().motion = false;
    let index = folder.path().join("index");
    let listing = Source::Demo { count: 24, seed: 7 }.list().unwrap();
    let network = crate::collection::testing::FakeNetwork::new("a", 7);
    crate::collection::testing::run(&index, &listing, &[&network], &Unwatched).unwrap();
    headless
        .world()
        .resource_mut::<Asks>()
        .push(Ask::Open(index.clone()));
    headless
        .world()
        .resource_mut::<crate::ui::Asked>()
        .push(Command::Show(Tab::Collection));
    let start = Instant::now();
    while headless.world().resource::<Collection>().snapshot.maps() == 0 {
        assert!(start.elapsed().as_secs() < 60, "no maps");
        headless.frame();
    }
    headless.frames(4);
    let snapshot = Snapshot::read(&index, None).unwrap();
    let mut overlay = headless.world().resource::<Collection>().overlay;
    for (opacity, top) in [(100.0, 100.0), (50.0, 100.0), (100.0, 1.0), (0.0, 100.0)] {
        (overlay.opacity, overlay.top) = (opacity, top);
        let mut collection = headless.world().resource_mut::<Collection>();
        collection.overlay = overlay;
        let factor = 256.0 / collection.camera.scale;
        let at = collection.area * 0.3;
        collection.zoom(factor, at);
        headless.frames(2);
        let with_map = screen(&mut headless);
        headless.world().resource_mut::<Collection>().overlay.shown = false;
        let plain = screen(&mut headless);
        let cells = whole_cells(&mut headless);
        assert!(!cells.is_empty());
        for (row, from, size) in cells {
            let Some((map, region)) = snapshot.map(row) else {
                continue;
            };
            let shaded = crate::collection::sheet::shaded(map);
            let places = (top / 100.0 * 256.0_f32).round() as usize;
            for place in (0..256).step_by(5) {
                // The middle of the place on the screen.
                let seen = Vec2::new((place % 16) as f32 + 0.5, (place / 16) as f32 + 0.5) / 16.0;
                let within = (seen - 0.5) * Vec2::from(region) + 0.5;
                let at = (from + within * size).as_uvec2();
                let (below, got) = (
                    plain.get_pixel(at.x, at.y).0,
                    with_map.get_pixel(at.x, at.y).0,
                );
                let [value, rank] = shaded[place];
                let flat = [-17i64, -16, -15, -1, 1, 15, 16, 17].iter().all(|step| {
                    let other = usize::try_from(place as i64 + step).ok();
                    other.is_none_or(|at| shaded.get(at).is_none_or(|o| *o == shaded[place]))
                });
                // Beside an edge of the map the device mixes two places.
                if !flat {
                    continue;
                }
                let colour = overlay.colormap.colour(value);
                for c in 0..3 {
                    let shown = usize::from(rank) < places;
                    let mix = f32::from(below[c])
                        + (f32::from(colour[c]) - f32::from(below[c])) * opacity / 100.0;
                    let want = if shown { mix } else { f32::from(below[c]) };
                    let off = (f32::from(got[c]) - want).abs();
                    assert!(
                        off <= 2.0,
                        "{row} {place}: {got:?}, {want} at {opacity} {top}"
                    );
                }
            }
        }
        headless.world().resource_mut::<Collection>().overlay.shown = true;
    }
}
