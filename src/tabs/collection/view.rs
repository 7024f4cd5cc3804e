//! What is seen of the sheet goes to the device.

use std::sync::Arc;

use bevy::math::Vec2;
use bevy::prelude::*;
use bevy_egui::EguiContexts;

use super::full_maps::{FULL_MAP_FROM, FullMaps, MapQuestion};
use super::indexing::Phase;
use super::state::Collection;
use super::supply::{Places, Supply, nearest_first};
use super::systems::Current;
use crate::collection::Key;
use crate::collection::arrange::Place;
use crate::collection::sheet::Level;
use crate::jobs::Jobs;
use crate::stage::sheet::{Capacity, Instance, Sheet};
use crate::ui::{Awake, NoticeBoard, Session, ShellState, sentence};

/// So many of the files in view, and of those that are chosen, are wanted first.
const MOST_WANTED: usize = 200;

/// What a list of pictures depends on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Listed {
    arranged: u64,
    selection: u64,
    focused: Option<u32>,
    supply: u64,
    /// The part of the sheet that the list is of.
    part: [f32; 4],
    level: Level,
    changing: bool,
}

/// Tells the sheet what is seen, and has what is missing of it read.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(super) fn supply(
    mut collection: ResMut<Collection>,
    mut current: ResMut<Current>,
    mut sheets: Query<&mut Sheet>,
    mut awake: ResMut<Awake>,
    jobs: Res<Jobs>,
    shell: Res<ShellState>,
    session: Res<Session>,
    mut notices: ResMut<NoticeBoard>,
    mut contexts: EguiContexts,
) -> Result {
    let per_point = contexts.ctx_mut()?.pixels_per_point();
    let Some(mut sheet) = sheets.iter_mut().next() else {
        return Ok(());
    };
    let (collection, current) = (&mut *collection, &mut *current);
    let Some(arranged) = collection.arranged.clone() else {
        return Ok(());
    };
    current.supply.begin(&sheet);
    let question = MapQuestion::of(&collection.snapshot, &shell, &session);
    current.full_maps.begin(&sheet, question, &jobs);
    let delivered = current.supply.deliver(&mut sheet);
    if current.full_maps.deliver(&mut sheet) || delivered {
        awake.stay_briefly();
    }
    if current.mosaic != Some((collection.arranged_version, sheet.epoch())) {
        current.mosaic = Some((collection.arranged_version, sheet.epoch()));
        match current.baked.take() {
            Some(baked) => sheet.set_mosaic(baked),
            // Another device is here than the one that was given it: it is baked again.
            None => current.stale = true,
        }
    }
    let capacity = sheet.capacity();
    let scale = collection.camera.scale * per_point;
    let arrangement = &arranged.arrangement;
    // A quarter of the area around it, so that a small move draws from the same list.
    let margin = collection.area * 0.25;
    let seen = collection.part(Vec2::ZERO, collection.area);
    let wide = collection.part(-margin, collection.area + margin);
    let mut level = current.regime.choose(scale * arrangement.largest_side());
    let near = level > Level::Mosaic || collection.change.is_some();
    let places = near.then(|| arrangement.within(wide, capacity.instances as usize));
    let places = places.flatten();
    if places.is_none() {
        // Too many to be moved one by one.
        collection.change = None;
        level = Level::Mosaic;
    } else {
        level = level.max(Level::Tile);
    }
    let listed = Listed {
        arranged: collection.arranged_version,
        selection: collection.selection_version,
        focused: collection.focused,
        supply: current.supply.version + current.full_maps.version,
        part: wide,
        level,
        changing: collection.change.is_some(),
    };
    let still = current.listed.as_ref().is_some_and(|old| {
        let [left, top, right, bottom] = old.part;
        let inside = left <= seen[0] && top <= seen[1] && seen[2] <= right && seen[3] <= bottom;
        let same = Listed {
            part: old.part,
            ..listed.clone()
        };
        inside && *old == same
    });
    if !still {
        let places =
            places.unwrap_or_else(|| marked(collection, wide, capacity.instances as usize));
        let mut seen = Vec::with_capacity(places.len());
        let mut instances = Vec::with_capacity(places.len());
        for place in places.into_iter().map(|place| place as usize) {
            let cell = arrangement.cell_of(place);
            let (Some(cell), Some(&row)) = (cell, arrangement.order().get(place)) else {
                continue;
            };
            seen.push((row, Vec2::new(cell.x, cell.y)));
            let held = (&current.supply, &current.full_maps);
            instances.push(instance(collection, held, row, cell, level));
        }
        sheet.set_instances(instances);
        // Nearer, every cell in view is in the list, and between cells there is nothing.
        sheet.draw_baked(level == Level::Mosaic && collection.change.is_none());
        current.in_view = nearest_first(seen, collection.camera.centre);
        current.listed = Some(listed);
        current.complete = level == Level::Mosaic;
    }
    if !current.complete {
        ask_for_missing(collection, current, capacity, level, &jobs);
    }
    want_first(collection, current, still);
    collection.reading = !current.complete;
    let near = collection.overlay.shown && scale * arrangement.largest_side() >= FULL_MAP_FROM;
    ask_for_full_maps(collection, current, near, &jobs);
    if let Some(why) = current.full_maps.failed.take() {
        notices.problem(sentence(&why));
    }
    Ok(())
}

/// Has the whole maps made of what is seen from near, and takes up which files are others now.
fn ask_for_full_maps(collection: &mut Collection, current: &mut Current, near: bool, jobs: &Jobs) {
    let [left, top, right, bottom] = collection.part(Vec2::ZERO, collection.area);
    let in_sight = |row: &u32| {
        let cell = collection
            .place_of(*row)
            .and_then(|place| collection.cell_of(place));
        cell.is_some_and(|cell| {
            let across = cell.x < right && cell.x + cell.side > left;
            across && cell.y < bottom && cell.y + cell.side > top
        })
    };
    let rows: Vec<u32> = if near {
        current.in_view.iter().copied().filter(in_sight).collect()
    } else {
        Vec::new()
    };
    let closer = current.full_maps.ask(&collection.snapshot, &rows, jobs);
    collection.closer = closer;
    let changed = current.supply.changed.drain(..);
    let changed = changed.chain(current.full_maps.changed.drain(..));
    collection.changed.extend(changed);
}

/// The places within a part of the sheet that are marked on the baked one: what has the keyboard, and what is
/// chosen; of more than `most` every so many, so that they show where the choice lies.
fn marked(collection: &Collection, part: [f32; 4], most: usize) -> Vec<u32> {
    let [left, top, right, bottom] = part;
    let in_sight = |row: u32| {
        let place = collection.place_of(row)?;
        let cell = collection.cell_of(place)?;
        let across = cell.x < right && cell.x + cell.side > left;
        (across && cell.y < bottom && cell.y + cell.side > top).then_some(place as u32)
    };
    let chosen = || collection.selected.iter().map(|row| row as u32);
    let mut places: Vec<u32> = chosen().filter_map(in_sight).collect();
    let step = places.len().div_ceil(most.saturating_sub(1).max(1)).max(1);
    if step > 1 {
        places = places.into_iter().step_by(step).collect();
    }
    places.extend(collection.focused.and_then(in_sight));
    places
}

/// Has the run in the background look first at what is in view, nearest to the middle first, then at what is
/// chosen: as far as it has not yet. Told again where something else is seen, or more is known.
fn want_first(collection: &Collection, current: &mut Current, still: bool) {
    let Some(run) = &current.run else {
        current.wanted = None;
        return;
    };
    let phase = collection.working.as_ref().map(|working| working.phase);
    let now = Some((Arc::as_ptr(&collection.snapshot).addr(), phase));
    if still && current.wanted == now {
        return;
    }
    current.wanted = now;
    let snapshot = &collection.snapshot;
    let missing = |&row: &u32| match (phase, &run.model) {
        (Some(Phase::Asking), Some(model)) => {
            snapshot.trouble(row).is_none() && !snapshot.is_answered(model, row)
        }
        _ => snapshot.rows.is_waiting(row),
    };
    let chosen = collection.selected.iter().map(|row| row as u32);
    let in_view = current.in_view.iter().copied().filter(missing);
    let rows = in_view.take(MOST_WANTED);
    let rows = rows.chain(chosen.filter(missing).take(MOST_WANTED));
    let paths = rows.filter_map(|row| snapshot.rows.path(row));
    run.steering().want(paths.map(Key::of_path));
}

/// Has what the device has not of the pictures in view read.
fn ask_for_missing(
    collection: &Collection,
    current: &mut Current,
    capacity: Capacity,
    level: Level,
    jobs: &Jobs,
) {
    let snapshot = &collection.snapshot;
    let in_view = current.in_view.iter();
    let keys = in_view.filter_map(|&row| snapshot.picture(row).map(|(key, _)| key));
    current.supply.see(keys);
    let Current {
        supply, in_view, ..
    } = current;
    let reading = supply.ask(snapshot, in_view, level, capacity, jobs);
    current.complete = !reading;
}

fn instance(
    collection: &Collection,
    (supply, full_maps): (&Supply, &FullMaps),
    row: u32,
    place: Place,
    level: Level,
) -> Instance {
    let snapshot = &collection.snapshot;
    let picture = snapshot.picture(row);
    let places = match picture.filter(|_| level > Level::Mosaic) {
        Some((key, _)) => supply.places(key),
        None => Places::default(),
    };
    let full_map = match picture.filter(|_| level > Level::Tile) {
        Some((key, _)) => full_maps.place(key),
        None => None,
    };
    let map = snapshot.map(row);
    let mut style = 0;
    let mut set = |flag: u32, on: bool| style |= if on { flag } else { 0 };
    set(
        Instance::SELECTED,
        collection.selected.contains(row as usize),
    );
    set(Instance::FOCUSED, collection.focused == Some(row));
    set(Instance::BROKEN, picture.is_none());
    set(
        Instance::HAS_MAP,
        places.mapped || full_map.is_some() || (places.tile.is_none() && map.is_some()),
    );
    set(Instance::WRONG, snapshot.correct(row) == Some(false));
    let cell = Vec2::new(place.x, place.y);
    let from = collection.change.as_ref().and_then(|change| {
        let old = &change.from.arrangement;
        let was = old.cell_of(old.place_of(row)?)?;
        let point = change
            .camera
            .point_of(Vec2::new(was.x, was.y), collection.area);
        let side = was.side * change.camera.scale / collection.camera.scale;
        Some((collection.camera.cell_at(point, collection.area), side))
    });
    let (from, from_side) = from.unwrap_or((cell, place.side));
    Instance {
        cell,
        side: place.side,
        from,
        from_side,
        tile: places.tile,
        thumbnail: places.thumbnail.filter(|_| level > Level::Tile),
        whole: places.whole.filter(|_| level > Level::Thumbnail),
        full_map,
        style,
        aspect: snapshot.aspect(row),
        region: Vec2::from(map.map_or([1.0; 2], |(_, region)| region)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Snapshot;
    use super::super::arranged::arrange;
    use super::super::choices::Choices;
    use super::super::select::Select;
    use super::*;

    #[test]
    fn marks_of_a_large_choice_lie_all_over_it_and_only_in_sight() {
        let snapshot = Arc::new(Snapshot::demo(100, 3));
        let arranged = arrange(&snapshot, &Choices::default(), None, 1.0, 8192);
        let mut collection = Collection::default();
        collection.take(snapshot);
        collection.arranged = Some(Arc::new(arranged));
        let whole = [0.0, 0.0, 10.0, 10.0];
        collection.select(Select::All);
        assert_eq!(marked(&collection, whole, 200).len(), 100);
        let few = marked(&collection, whole, 11);
        assert!(few.len() <= 11 && few.len() >= 8, "{few:?}");
        assert!(few.first().is_some_and(|&place| place < 10));
        assert!(few.iter().any(|&place| place >= 80));
        // The first line of ten, and what has the keyboard if it is among them.
        assert_eq!(marked(&collection, [0.0, 0.0, 10.0, 1.0], 200).len(), 10);
        collection.select(Select::None);
        collection.focused = collection.row_at(55);
        assert_eq!(marked(&collection, whole, 200), [55]);
        assert!(marked(&collection, [0.0, 0.0, 10.0, 1.0], 200).is_empty());
    }
}
