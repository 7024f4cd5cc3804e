//! What the device draws of a sheet, on software Vulkan.

use bevy::prelude::*;
use bevy_egui::EguiPrimaryContextPass;
use image::Rgba;

use super::*;
use crate::collection::arrange::Placed;
use crate::collection::sheet::{Arrangement, FULL_MAP_LEVELS, FULL_MAP_SIDE, Patch};
use crate::saliency::colormap::Colormap;
use crate::testing::{Headless, HeadlessSettings};

/// Where the test shows the sheet, and how.
#[derive(Resource)]
struct Shown(URect, Look);

fn show(shown: Res<Shown>, mut sheets: Query<&mut Sheet>) {
    for mut sheet in &mut sheets {
        sheet.show(shown.0, shown.1);
    }
}

fn look() -> Look {
    Look {
        origin: Vec2::ZERO,
        scale: 40.0,
        area: Vec2::new(120.0, 80.0),
        cells: Vec2::new(3.0, 2.0),
        inset: 2.0,
        change: 1.0,
        points: 1.0,
        opacity: 1.0,
        places: 256,
        colormap: Colormap::Gray,
        maps: false,
        light: [1.0; 4],
        dark: [0.0, 0.0, 0.0, 1.0],
        accent: [0.0, 0.0, 1.0, 1.0],
    }
}

/// Six pictures, each of a colour of its own, baked.
fn stage() -> (Headless, Entity) {
    let mut stage = Headless::new(HeadlessSettings::new(160, 120), |app| {
        app.add_plugins(crate::stage::plugin)
            .insert_resource(Shown(URect::new(20, 10, 140, 90), look()))
            .add_systems(Update, show)
            // The interface is asked for in each frame.
            .add_systems(EguiPrimaryContextPass, || ());
    })
    .unwrap();
    let placed = Placed::grid((0..6).collect(), 3);
    let arrangement = Arrangement::of(placed, 6, |_| String::new());
    assert_eq!(arrangement.size(), [3, 2]);
    let colours: Vec<_> = (0..6u8)
        .map(|n| [[n * 40, 100, 250 - n * 40]; 16])
        .collect();
    let mosaic = Mosaic::bake(&arrangement, 8192, |row| {
        Some(Patch {
            colours: &colours[row as usize],
            aspect: 1.0,
            map: None,
        })
    });
    let mut sheet = Sheet::default();
    sheet.set_mosaic(Arc::new(mosaic));
    let entity = stage.world().spawn(sheet).id();
    stage.frames(3);
    (stage, entity)
}

fn instance(n: usize) -> Instance {
    let cell = Vec2::new((n % 3) as f32, (n / 3) as f32);
    Instance {
        cell,
        side: 1.0,
        from: cell,
        from_side: 1.0,
        tile: None,
        thumbnail: None,
        whole: None,
        full_map: None,
        style: 0,
        aspect: 1.0,
        region: Vec2::ONE,
    }
}

/// The colour in the middle of a cell.
fn middle(stage: &mut Headless, n: u32) -> [u8; 4] {
    stage.frame();
    let screen = stage.screenshot().unwrap();
    screen
        .get_pixel(20 + n % 3 * 40 + 20, 10 + n / 3 * 40 + 20)
        .0
}

fn baked(n: u8) -> [u8; 4] {
    [n * 40, 100, 250 - n * 40, 255]
}

fn near(a: [u8; 4], b: [u8; 4]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 2)
}

#[test]
fn a_cell_is_never_blank_and_shows_the_best_that_there_is() {
    let (mut stage, entity) = stage();
    for n in 0..6 {
        let seen = middle(&mut stage, n);
        assert!(near(seen, baked(n as u8)), "{n}: {seen:?}");
    }
    let outside = stage.screenshot().unwrap().get_pixel(5, 5).0;
    assert_eq!(outside, [255; 4]);
    // One has a tile, one a thumbnail, the third nothing: it is drawn from the baked sheet.
    let capacity = stage.world().get::<Sheet>(entity).unwrap().capacity();
    let red = texpresso_tile([200, 0, 0], capacity.compressed);
    let green: Vec<Vec<u8>> = (0..THUMBNAIL_LEVELS)
        .map(|level| {
            let side = (128 >> level) as usize;
            [0, 160, 0, 255].repeat(side * side)
        })
        .collect();
    let mut sheet = stage.world().get_mut::<Sheet>(entity).unwrap();
    sheet.upload(Upload::Tile {
        slot: 4097,
        texels: red,
        map: None,
    });
    sheet.upload(Upload::Thumbnail {
        slot: 5,
        levels: green,
    });
    let mut list = [instance(0), instance(1), instance(2)];
    list[0].tile = Some(4097);
    list[1].thumbnail = Some(5);
    list[2].style = Instance::SELECTED;
    sheet.set_instances(list.to_vec());
    sheet.draw_baked(false);
    let seen = [0, 1, 2, 3].map(|n| middle(&mut stage, n));
    assert!(seen[0][0].abs_diff(200) < 8 && seen[0][1] < 8, "{seen:?}");
    assert!(near(seen[1], [0, 160, 0, 255]), "{seen:?}");
    assert!(near(seen[2], baked(2)), "{seen:?}");
    assert_eq!(seen[3], [255; 4], "it is in no list");
    // What is chosen has a frame.
    let screen = stage.screenshot().unwrap();
    assert_eq!(
        *screen.get_pixel(20 + 80 + 3, 10 + 20),
        Rgba([0, 0, 255, 255])
    );
}

fn texpresso_tile(colour: [u8; 3], compressed: bool) -> Vec<u8> {
    let [r, g, b] = colour;
    let texels = [r, g, b, 255].repeat(32 * 32);
    if !compressed {
        return texels;
    }
    let format = texpresso::Format::Bc1;
    let mut tile = vec![0; format.compressed_size(32, 32)];
    format.compress(&texels, 32, 32, texpresso::Params::default(), &mut tile);
    tile
}

#[test]
fn pictures_fly_from_where_they_were() {
    let (mut stage, entity) = stage();
    let mut flying = instance(0);
    flying.from = Vec2::new(2.0, 1.0);
    let mut sheet = stage.world().get_mut::<Sheet>(entity).unwrap();
    sheet.set_instances(vec![flying]);
    sheet.draw_baked(false);
    for (change, cell) in [(0.0, 5), (0.5, 1), (1.0, 0)] {
        stage.world().resource_mut::<Shown>().1.change = change;
        let seen = middle(&mut stage, cell);
        let there = near(seen, baked(0));
        // Half way it lies between four cells, and covers the middle of none.
        assert_eq!(there, change != 0.5, "{change}: {seen:?}");
    }
}

#[test]
fn a_picture_may_be_larger_than_others_and_grows_on_its_way() {
    let (mut stage, entity) = stage();
    let mut large = instance(0);
    (large.side, large.from_side) = (2.0, 0.25);
    large.thumbnail = Some(0);
    let green: Vec<Vec<u8>> = (0..THUMBNAIL_LEVELS)
        .map(|level| {
            let side = (128 >> level) as usize;
            [0, 160, 0, 255].repeat(side * side)
        })
        .collect();
    let mut sheet = stage.world().get_mut::<Sheet>(entity).unwrap();
    sheet.upload(Upload::Thumbnail {
        slot: 0,
        levels: green,
    });
    sheet.set_instances(vec![large]);
    sheet.draw_baked(false);
    for (change, cells) in [(0.0, 0), (1.0, 4)] {
        stage.world().resource_mut::<Shown>().1.change = change;
        let covered = [0, 1, 3, 4].map(|n| near(middle(&mut stage, n), [0, 160, 0, 255]));
        let count = covered.iter().filter(|covered| **covered).count();
        assert_eq!(count, cells, "{change}");
    }
}

#[test]
fn what_is_large_is_drawn_instead_of_the_thumbnail() {
    let (mut stage, entity) = stage();
    let solid = |side: u32, levels: u32, colour: [u8; 4]| -> Vec<Vec<u8>> {
        (0..levels)
            .map(|level| {
                let side = (side >> level) as usize;
                colour.repeat(side * side)
            })
            .collect()
    };
    let mut sheet = stage.world().get_mut::<Sheet>(entity).unwrap();
    sheet.upload(Upload::Thumbnail {
        slot: 4,
        levels: solid(128, THUMBNAIL_LEVELS, [0, 160, 0, 255]),
    });
    sheet.upload(Upload::Whole {
        slot: 4,
        levels: solid(WHOLE_SIDE, WHOLE_LEVELS, [160, 0, 160, 255]),
    });
    let mut list = [instance(0), instance(1)];
    (list[0].thumbnail, list[0].whole) = (Some(4), Some(4));
    list[1].thumbnail = Some(4);
    sheet.set_instances(list.to_vec());
    let seen = [0, 1].map(|n| middle(&mut stage, n));
    assert!(near(seen[0], [160, 0, 160, 255]), "{seen:?}");
    assert!(near(seen[1], [0, 160, 0, 255]), "{seen:?}");
}

#[test]
fn a_map_lies_over_the_part_that_was_seen_and_follows_the_sliders() {
    let (mut stage, entity) = stage();
    // Black on the left, white on the right, over the middle half of the width.
    let map = (0..256).flat_map(|place| {
        let right = place % 16 >= 8;
        [if right { 255 } else { 0 }, if right { 0 } else { 128 }]
    });
    let capacity = stage.world().get::<Sheet>(entity).unwrap().capacity();
    let texels = texpresso_tile([200, 0, 0], capacity.compressed);
    let mut mapped = instance(4);
    (mapped.tile, mapped.style) = (Some(0), Instance::HAS_MAP);
    mapped.region = Vec2::new(0.5, 1.0);
    let mut sheet = stage.world().get_mut::<Sheet>(entity).unwrap();
    sheet.upload(Upload::Tile {
        slot: 0,
        texels,
        map: Some(map.collect()),
    });
    sheet.set_instances(vec![mapped]);
    stage.world().resource_mut::<Shown>().1.maps = true;
    stage.frame();
    let counts = stage.world().get::<Sheet>(entity).unwrap().counts();
    let at = |stage: &mut Headless, x: u32| {
        stage.frame();
        let screen = stage.screenshot().unwrap();
        screen.get_pixel(20 + 40 + x, 10 + 40 + 20).0
    };
    // Outside of what was seen; in its left half; in its right half.
    assert!(at(&mut stage, 6)[0] > 180 && at(&mut stage, 6)[1] < 20);
    assert!(near(at(&mut stage, 15), [0, 0, 0, 255]));
    assert!(near(at(&mut stage, 25), [255; 4]));
    // Only the top half: the left one is bare.
    stage.world().resource_mut::<Shown>().1.places = 128;
    assert!(at(&mut stage, 15)[0] > 180);
    assert!(near(at(&mut stage, 25), [255; 4]));
    stage.world().resource_mut::<Shown>().1.opacity = 0.0;
    assert!(at(&mut stage, 25)[1] < 20);
    assert_eq!(stage.world().get::<Sheet>(entity).unwrap().counts(), counts);
}

#[test]
fn a_whole_map_lies_there_instead_of_the_coarse_one() {
    let (mut stage, entity) = stage();
    let capacity = stage.world().get::<Sheet>(entity).unwrap().capacity();
    let texels = texpresso_tile([200, 0, 0], capacity.compressed);
    // The coarse map is black everywhere; the whole one white on its left half, and among the upper places
    // there alone.
    let black = [0u8, 0].repeat(256);
    let levels: Vec<Vec<u8>> = (0..FULL_MAP_LEVELS)
        .map(|level| {
            let side = (FULL_MAP_SIDE >> level) as usize;
            let texel = |at: usize| {
                if at % side < side / 2 {
                    [255, 0]
                } else {
                    [0, 128]
                }
            };
            (0..side * side).flat_map(texel).collect()
        })
        .collect();
    let mut sheet = stage.world().get_mut::<Sheet>(entity).unwrap();
    sheet.upload(Upload::Tile {
        slot: 0,
        texels,
        map: Some(black),
    });
    sheet.upload(Upload::FullMap { slot: 7, levels });
    let mut list = [instance(0), instance(4)];
    for mapped in &mut list {
        (mapped.tile, mapped.style) = (Some(0), Instance::HAS_MAP);
    }
    list[1].full_map = Some(7);
    sheet.set_instances(list.to_vec());
    sheet.draw_baked(false);
    stage.world().resource_mut::<Shown>().1.maps = true;
    let at = |stage: &mut Headless, cell: [u32; 2], x: u32| {
        stage.frame();
        let screen = stage.screenshot().unwrap();
        screen
            .get_pixel(20 + cell[0] * 40 + x, 10 + cell[1] * 40 + 20)
            .0
    };
    for x in [10, 30] {
        assert!(near(at(&mut stage, [0, 0], x), [0, 0, 0, 255]));
    }
    assert!(near(at(&mut stage, [1, 1], 10), [255; 4]));
    assert!(near(at(&mut stage, [1, 1], 30), [0, 0, 0, 255]));
    // Of the upper half of the places the right side shows none.
    stage.world().resource_mut::<Shown>().1.places = 128;
    assert!(near(at(&mut stage, [1, 1], 10), [255; 4]));
    let bare = at(&mut stage, [1, 1], 30);
    assert!(bare[0] > 180 && bare[1] < 20, "{bare:?}");
}
