//! The tab's systems: it is drawn, what was asked for is done, and the device is given what is seen.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bevy::math::{URect, UVec2, Vec2};
use bevy::prelude::*;
use bevy_egui::EguiContexts;

use super::alike::{self, Kept, LaidOut, Of};
use super::arranged::{Arranged, arrange};
use super::ask::{Act, Ask};
use super::choices::{Found, Shape};
use super::full_maps::FullMaps;
use super::hand_over::Handed;
use super::indexing::{Phase, Run};
use super::middle::encoded;
use super::shares::Shares;
use super::snapshot::{Extent, Snapshot};
use super::state::{CHANGE_SECS, Change, Collection, Status};
use super::supply::Supply;
use super::tab_ui;
use super::view::Listed;
use crate::collection::sheet::{Mosaic, Regime};
use crate::collection::{PLACES, mean_map};
use crate::jobs::{Jobs, Lane, Reporter, Task, Urgency};
use crate::picture::Picture;
use crate::stage::StageColours;
use crate::stage::sheet::{Look, Sheet};
use crate::ui::settings::Settings;
use crate::ui::{Asked, Awake, Body, NoticeBoard, ShellState, area, sentence, theme};

/// Up to so many rows are arranged within a frame.
const AT_ONCE: usize = 20_000;

/// What the panels asked for in this frame.
pub type Asks = crate::tabs::Actions<Ask>;

/// What the tab waits for and works with; the panels do not see it.
#[derive(Resource, Default)]
pub struct Current {
    /// A collection that is being opened, and whether it is another one.
    pub(super) opening: Option<(Task<Arc<Snapshot>>, bool)>,
    pub(super) arranging: Option<Task<Arc<Arranged>>>,
    /// What is shown has to be arranged anew.
    pub(super) stale: bool,
    /// The folder that is being chosen.
    pub(super) choosing: Option<Task<Option<PathBuf>>>,
    pub(super) run: Option<Run>,
    /// The index was read last then.
    pub(super) refreshed: Option<std::time::Instant>,
    /// How long that took: while it grows, most of the time goes to the work itself.
    pub(super) reading_took: std::time::Duration,
    /// Whether there is more in the index than was read.
    pub(super) more: bool,
    pub(super) supply: Supply,
    pub(super) full_maps: FullMaps,
    /// A picture on its way to "See why".
    pub(super) fetching: Option<Task<Arc<Picture>>>,
    /// What was read last of what is alike.
    pub(super) kept: Kept,
    /// How much is read of the index.
    pub(super) extent: Extent,
    /// A layout that is being made, and of what.
    pub(super) laying: Option<(Of, Task<LaidOut, LaidOut>)>,
    /// Pictures that are looked for.
    pub(super) looking: Option<Task<Found>>,
    /// Pictures on their way to another tab.
    pub(super) handing: Option<(Act, Task<Vec<Handed>>)>,
    /// What the list of pictures was made for.
    pub(super) listed: Option<Listed>,
    pub(super) regime: Regime,
    averaged: Option<u64>,
    /// The baked sheet that the device is to be given.
    pub(super) baked: Option<Arc<Mosaic>>,
    /// The arrangement whose baked sheet the device has, and since when it is that device.
    pub(super) mosaic: Option<(u64, u64)>,
    /// The rows in view, nearest to the middle first.
    pub(super) in_view: Vec<u32>,
    /// The snapshot and the phase of the run for which that was told what to look at first.
    pub(super) wanted: Option<(usize, Option<Phase>)>,
    /// Whether the device has all that it can be given of them.
    pub(super) complete: bool,
    /// Where the sheet lies in the window, in points.
    rect: Option<bevy_egui::egui::Rect>,
}

impl Current {
    /// Opens a collection: `read` gives it.
    pub(super) fn open(
        &mut self,
        jobs: &Jobs,
        other: bool,
        read: impl FnOnce() -> Result<Snapshot, String> + Send + 'static,
    ) {
        let task = jobs.run(Lane::Files, Urgency::Now, move |_: &Reporter<'_>| {
            read().map(Arc::new)
        });
        self.opening = Some((task, other));
    }

    /// Reads an index.
    pub(super) fn open_index(
        &mut self,
        jobs: &Jobs,
        folder: &Path,
        model: Option<String>,
        other: bool,
    ) {
        let folder = folder.to_owned();
        self.refreshed = Some(std::time::Instant::now());
        self.more = false;
        if other {
            self.extent = Extent::Usual;
        }
        let extent = self.extent;
        self.open(jobs, other, move || {
            let read = Snapshot::read_with(&folder, model.as_deref(), extent);
            read.map_err(|error| error.to_string())
        });
    }
}

#[cfg(test)]
impl Current {
    /// Requests for whole maps that are on their way.
    pub(crate) fn maps_on_their_way(&self) -> usize {
        self.full_maps.on_their_way()
    }
}

/// Spawns the sheet.
pub(super) fn start(mut commands: Commands) {
    commands.spawn((Name::new("sheet"), Sheet::default()));
}

/// Opens what was opened last, else the made-up pictures, when the tab is seen first.
pub(super) fn enter(
    collection: Res<Collection>,
    settings: Res<Settings>,
    mut current: ResMut<Current>,
    mut asks: ResMut<Asks>,
) {
    let new = collection.snapshot.rows.is_empty() && current.opening.is_none();
    // What is asked for already is another collection.
    if new
        && asks.0.is_empty()
        && current.run.is_none()
        && matches!(collection.status, Status::Opening(_))
    {
        let last = settings.recent_folders.first();
        asks.push(last.map_or(Ask::Demo, |path| Ask::Again(PathBuf::from(path))));
        current.stale = true;
    }
}

/// Draws the tab.
pub(super) fn draw(
    mut contexts: EguiContexts,
    body: Res<Body>,
    mut collection: ResMut<Collection>,
    (shell, mut settings): (Res<ShellState>, ResMut<Settings>),
    asked: Res<Asked>,
    mut asks: ResMut<Asks>,
    mut current: ResMut<Current>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    if !collection.opened.is_empty() {
        for path in std::mem::take(&mut collection.opened) {
            settings.opened_folder(&path);
        }
    }
    if collection.recent != settings.recent_folders {
        collection.recent.clone_from(&settings.recent_folders);
    }
    let commands = asked.commands().iter().copied();
    asks.0.extend(commands.map(Ask::Do));
    let network = shell.model().filter(|model| model.installed);
    let network = network.map(|model| model.name.clone());
    if collection.network != network {
        collection.network = network;
    }
    let mut root = area(ctx, "collection", body.0);
    current.rect = Some(tab_ui(&mut root, &mut collection, &mut asks.0));
    Ok(())
}

/// Shows the sheet as it is seen now: after everything that could change it.
pub(super) fn show(
    mut contexts: EguiContexts,
    mut collection: ResMut<Collection>,
    current: Res<Current>,
    mut sheets: Query<&mut Sheet>,
    colours: Res<StageColours>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    let per_point = ctx.pixels_per_point();
    let now = ctx.input(|input| input.time);
    let done = match &mut collection.change {
        Some(change) => {
            let began = *change.began.get_or_insert(now);
            ctx.request_repaint();
            ((now - began) / CHANGE_SECS).clamp(0.0, 1.0)
        }
        None => 1.0,
    };
    let (Some(arranged), Some(rect)) = (&collection.arranged, current.rect) else {
        return Ok(());
    };
    let min = (Vec2::new(rect.min.x, rect.min.y) * per_point).round();
    let max = (Vec2::new(rect.max.x, rect.max.y) * per_point).round();
    let pixels = (max - min).max(Vec2::ZERO);
    if arranged.arrangement.order().is_empty() || pixels.min_element() < 1.0 {
        return Ok(());
    }
    let camera = collection.camera;
    let scale = camera.scale * per_point;
    let palette = theme::of(ctx.theme());
    let overlay = collection.overlay;
    let look = Look {
        origin: camera.cell_at(Vec2::ZERO, collection.area),
        scale,
        area: pixels,
        cells: collection.cells(),
        inset: ((scale - 16.0) * 0.05).clamp(0.0, 6.0 * per_point).floor(),
        // Fast at first, then slower.
        change: 1.0 - (1.0 - done as f32).powi(3),
        points: per_point.max(1.0).round(),
        opacity: overlay.opacity / 100.0,
        places: (overlay.top / 100.0 * PLACES as f32).round() as u32,
        colormap: overlay.colormap,
        maps: overlay.shown && collection.snapshot.maps() > 0,
        light: colours.light.to_f32_array(),
        dark: colours.dark.to_f32_array(),
        accent: encoded(palette.action),
    };
    let place = |corner: Vec2| UVec2::new(corner.x as u32, corner.y as u32);
    for mut sheet in &mut sheets {
        sheet.show(URect::from_corners(place(min), place(max)), look);
    }
    if done >= 1.0 && collection.change.is_some() {
        collection.change = None;
        ctx.request_repaint();
    }
    Ok(())
}

/// Has pictures laid out by likeness where that was chosen, and takes what there is of it.
pub(super) fn lay_out(
    mut collection: ResMut<Collection>,
    mut current: ResMut<Current>,
    mut notices: ResMut<NoticeBoard>,
    mut awake: ResMut<Awake>,
    jobs: Res<Jobs>,
) {
    let (collection, current) = (&mut *collection, &mut *current);
    let near = collection.choices.shape.near();
    let wanted = near.and_then(|near| Of::shown(&collection.snapshot, near));
    let is_wanted = |of: &Of| wanted.as_ref().is_some_and(|wanted| of.is_like(wanted));
    // While more becomes known, what is laid out stays as it is.
    let growing = collection.working.is_some();
    let serves = |of: &Of| is_wanted(of) && (growing || Some(of) == wanted.as_ref());
    if current
        .laying
        .as_ref()
        .is_some_and(|(of, _)| !is_wanted(of))
    {
        current.laying = None;
    }
    if collection
        .laid_out
        .as_ref()
        .is_some_and(|l| !is_wanted(&l.of))
    {
        collection.laid_out = None;
    }
    let is_there = collection.laid_out.as_ref().is_some_and(|l| serves(&l.of));
    if let Some(of) = wanted.filter(|_| current.laying.is_none() && !is_there) {
        let snapshot = collection.snapshot.clone();
        let task = alike::lay_out(&jobs, &current.kept, snapshot, of.clone());
        current.laying = Some((of, task));
    }
    let Some((_, task)) = &current.laying else {
        return;
    };
    let answer = task.take();
    let mut latest = task.reports().pop();
    match answer {
        Some(Ok(laid_out)) => {
            latest = Some(laid_out);
            current.laying = None;
        }
        Some(Err(why)) => {
            current.laying = None;
            collection.choices.shape = Shape::Ordered;
            current.stale = true;
            notices.problem(sentence(&why.to_string()));
        }
        None => {}
    }
    if let Some(laid_out) = latest {
        if laid_out.places.len() == collection.snapshot.rows.len() {
            collection.laid_out = Some(laid_out);
            current.stale = true;
        }
        awake.stay_briefly();
    }
}

/// Shows what was looked for.
pub(super) fn take_found(
    mut collection: ResMut<Collection>,
    mut current: ResMut<Current>,
    mut notices: ResMut<NoticeBoard>,
) {
    match Task::poll(&mut current.looking) {
        Some(Ok(found)) => {
            collection.looking = None;
            if found.count() == 0 {
                notices.info("Nothing was found: no picture is there more than once.");
                return;
            }
            collection.choices.shape = Shape::Ordered;
            collection.choices.sort = None;
            collection.choices.group = None;
            collection.choices.across = None;
            collection.choices.found = Some(Arc::new(found));
            collection.note_choices();
            collection.fitted = true;
            current.stale = true;
        }
        Some(Err(why)) => {
            collection.looking = None;
            notices.problem(sentence(&why.to_string()));
        }
        None => {}
    }
}

/// Arranges what is shown where that is due, and averages what is chosen.
pub(super) fn settle(
    mut collection: ResMut<Collection>,
    mut current: ResMut<Current>,
    settings: Res<Settings>,
    jobs: Res<Jobs>,
    sheets: Query<&Sheet>,
    mut awake: ResMut<Awake>,
) {
    let (collection, current) = (&mut *collection, &mut *current);
    // A layout that is being made comes again and again.
    let at_once = match collection.choices.shape {
        Shape::Ordered => AT_ONCE,
        Shape::Plane(_) | Shape::Grid(_) => AT_ONCE / 10,
    };
    let few = collection.snapshot.rows.len() <= at_once;
    // What is being arranged is finished first: else nothing ever was while a slider moves.
    let free = few || current.arranging.is_none();
    if collection.area.min_element() > 1.0
        && collection.status == Status::Ready
        && free
        && (current.stale || collection.arranged.is_none() && current.arranging.is_none())
    {
        current.stale = false;
        let snapshot = collection.snapshot.clone();
        let laid_out = collection.laid_out.as_ref();
        let places = laid_out.map(|laid_out| laid_out.places.clone());
        let choices = collection.choices.clone();
        let aspect = collection.area.x / collection.area.y;
        let side = sheets
            .iter()
            .next()
            .map_or(4096, |sheet| sheet.capacity().side);
        if few {
            current.arranging = None;
            let places = places.as_ref().map(|places| places.as_slice());
            let arranged = arrange(&snapshot, &choices, places, aspect, side);
            current.baked = take_arranged(collection, Arc::new(arranged), settings.motion);
            awake.stay_briefly();
        } else {
            let work = move |_: &Reporter<'_>| {
                let places = places.as_ref().map(|places| places.as_slice());
                let arranged = arrange(&snapshot, &choices, places, aspect, side);
                Ok::<_, String>(Arc::new(arranged))
            };
            current.arranging = Some(jobs.run(Lane::Figures, Urgency::Now, work));
        }
    }
    if let Some(Ok(arranged)) = Task::poll(&mut current.arranging) {
        current.baked = take_arranged(collection, arranged, settings.motion);
        awake.stay_briefly();
    }
    if current.averaged != Some(collection.selection_version) {
        current.averaged = Some(collection.selection_version);
        let rows = collection.selected.iter().map(|row| row as u32);
        let maps: Vec<_> = rows
            .filter_map(|row| collection.snapshot.map(row).map(|(map, _)| map))
            .collect();
        let count = maps.len();
        let average = (count > 0).then(|| (Box::new(mean_map(maps)), count));
        collection.average = average;
        collection.shares = Shares::of(&collection.snapshot, &collection.selected);
    }
}

/// Shows pictures where they are now; gives the baked sheet, which nobody but the device needs: of a million
/// pictures it is larger than all that is known of half of them.
fn take_arranged(
    collection: &mut Collection,
    mut arranged: Arc<Arranged>,
    motion: bool,
) -> Option<Arc<Mosaic>> {
    let baked = match Arc::get_mut(&mut arranged) {
        Some(arranged) => arranged.mosaic.take(),
        None => arranged.mosaic.clone(),
    };
    let camera = collection.camera;
    let old = collection.arranged.replace(arranged);
    collection.arranged_version += 1;
    // The same pictures in another order: seen in the same way.
    if collection.fitted {
        collection.fit();
    } else {
        collection.pan(Vec2::ZERO);
    }
    let same = |old: &Arc<Arranged>| {
        let new = collection.arranged.as_ref();
        new.is_some_and(|new| new.arrangement == old.arrangement)
    };
    // Of a layout that is being made each step is itself the movement.
    let shape = collection.arranged.as_ref().map(|new| new.shape);
    let step = |old: &Arc<Arranged>| Some(old.shape) == shape && old.shape != Shape::Ordered;
    let moves = |old: &Arc<Arranged>| motion && !same(old) && !step(old);
    collection.change = old.filter(moves).map(|from| Change {
        from,
        camera,
        began: None,
    });
    baked
}
