//! The camera goes to and fro over a sheet for a long time: no cell in view is ever blank, nothing grows
//! without end, and at rest everything is there.

use std::collections::HashSet;

use bevy::math::Vec2;
use bevy::prelude::*;

use super::collection::{ask, demo_shown, settled, sheet};
use super::harness::Program;
use crate::stage::sheet::Instance;
use crate::tabs::collection::{Ask, Collection, Shape};
use crate::ui::settings::Settings;

/// Moves of the script; `SALISCOPE_MOVES` says otherwise, as `make endure` does.
const MOVES: usize = 250;

/// A place on the device of one kind.
type PlaceOf = fn(&Instance) -> Option<u32>;

/// Every cell in view is drawn: one by one with a place or as the baked sheet has it, or by the baked sheet.
fn check_nothing_is_blank(program: &mut Program, at: usize) {
    let world = program.app.world_mut();
    let collection = world.resource::<Collection>();
    let arranged = collection.arranged.clone().unwrap();
    let seen = collection.part(Vec2::ZERO, collection.area);
    let arrangement = &arranged.arrangement;
    let places = arrangement.within(seen, usize::MAX).unwrap_or_default();
    let cells: Vec<_> = places
        .into_iter()
        .filter_map(|place| arrangement.cell_of(place as usize))
        .collect();
    let drawn = sheet(world);
    assert!(drawn.counts().mosaics > 0, "{at}: nothing is baked");
    let capacity = drawn.capacity();
    let instances = drawn.instances();
    assert!(instances.len() <= capacity.instances as usize, "{at}");
    if !drawn.is_baked() {
        let listed: HashSet<[u32; 2]> = instances
            .iter()
            .map(|instance| instance.cell.to_array().map(f32::to_bits))
            .collect();
        for cell in cells {
            let listed = listed.contains(&[cell.x, cell.y].map(f32::to_bits));
            assert!(listed, "{at}: the cell at {}, {} is blank", cell.x, cell.y);
        }
    }
    // No place on the device is two pictures', and none lies outside of it.
    let kinds: [(PlaceOf, u32); 3] = [
        (|i| i.tile, capacity.tiles),
        (|i| i.thumbnail, capacity.thumbnails),
        (|i| i.whole, capacity.wholes),
    ];
    for (of, most) in kinds {
        let places: Vec<u32> = instances.iter().filter_map(of).collect();
        let apart: HashSet<u32> = places.iter().copied().collect();
        assert_eq!(apart.len(), places.len(), "{at}: two share a place");
        assert!(places.iter().all(|&place| place < most), "{at}");
    }
}

#[test]
fn no_cell_is_blank_while_the_camera_moves() {
    let moves = std::env::var("SALISCOPE_MOVES").ok();
    let moves = moves.and_then(|moves| moves.parse().ok()).unwrap_or(MOVES);
    let mut program = Program::start();
    demo_shown(&mut program);
    let mut state = 11u32;
    let mut next = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32
    };
    for at in 0..moves {
        {
            let mut collection = program.get_mut::<Collection>();
            let area = collection.area;
            let point = Vec2::new(next(), next()) * area;
            match at % 25 {
                24 => collection.fit(),
                // From the whole sheet to one picture at once.
                12 => collection.zoom(400.0, point),
                _ => {
                    collection.zoom(((next() - 0.47) * 2.0).exp(), point);
                    let by = (Vec2::new(next(), next()) - 0.5) * area * 1.5;
                    collection.pan(by);
                }
            }
        }
        if at % 60 == 30 {
            // In other places, flying there or at once.
            program.get_mut::<Settings>().motion = next() > 0.5;
            let group = (next() > 0.5).then(|| "label".to_owned());
            let mut collection = program.get_mut::<Collection>();
            collection.choices.group = group;
            collection.choices.shape = Shape::Ordered;
            ask(&mut program, Ask::Arrange);
        }
        program.frames(1);
        check_nothing_is_blank(&mut program, at);
    }
    settled(&mut program);
    check_nothing_is_blank(&mut program, moves);
    let instances = sheet(program.app.world_mut()).instances().to_vec();
    let seen = instances.iter().filter(|instance| instance.tile.is_some());
    assert!(sheet(program.app.world_mut()).is_baked() || seen.count() > 0);
}
