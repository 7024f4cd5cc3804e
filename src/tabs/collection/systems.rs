//! The tab's systems: it is drawn, what was asked for is done, and the device is given what is seen.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bevy::math::{URect, UVec2, Vec2};
use bevy::prelude::*;
use bevy_egui::EguiContexts;

use super::choices::{Arranged, arrange};
use super::export;
use super::indexing::{Named, Run};
use super::middle::{encoded, zoom_step};
use super::snapshot::{DEMO, Original, Snapshot};
use super::state::{Ask, CHANGE_SECS, Change, Collection, Select, Status};
use super::supply::{Supply, nearest_first};
use super::tab_ui;
use crate::collection::{Key, PLACES, Source, mean_map};
use crate::jobs::{Jobs, Lane, Reporter, Task, Urgency};
use crate::picture::Picture;
use crate::stage::sheet::{Capacity, Instance, Look, Sheet};
use crate::stage::{StageColours, StageCommand};
use crate::tabs::actions::act_as_everywhere;
use crate::tabs::look;
use crate::ui::commands::Command;
use crate::ui::library::Library;
use crate::ui::settings::Settings;
use crate::ui::{
    Asked, Awake, Body, HomeDir, NoticeBoard, Session, ShellState, Tab, area, sentence, theme,
};

/// From so many physical pixels on, cells are drawn one by one.
const CELLS_FROM: f32 = 12.0;
/// From so many on, they are drawn from thumbnails.
const THUMBNAILS_FROM: f32 = 40.0;
/// Up to so many rows are arranged within a frame.
const AT_ONCE: usize = 20_000;
/// So many of the files in view are wanted first.
const MOST_WANTED: usize = 200;

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
    /// The index was read last then, and how long that took.
    pub(super) refreshed: Option<std::time::Instant>,
    /// Whether there is more in the index than was read.
    pub(super) more: bool,
    pub(super) supply: Supply,
    /// A picture on its way to "See why".
    pub(super) fetching: Option<Task<Arc<Picture>>>,
    /// What the list of pictures was made for.
    listed: Option<Listed>,
    averaged: Option<u64>,
    mosaic: Option<(u64, u64)>,
    /// The rows in view, nearest to the middle first.
    in_view: Vec<u32>,
    /// Whether the device has all that it can be given of them.
    complete: bool,
    /// Where the sheet lies in the window, in points.
    rect: Option<bevy_egui::egui::Rect>,
}

/// What a list of pictures depends on.
#[derive(Debug, Clone, PartialEq)]
struct Listed {
    arranged: u64,
    selection: u64,
    focused: Option<u32>,
    supply: u64,
    min: [i64; 2],
    max: [i64; 2],
    regime: u8,
    changing: bool,
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
        self.open(jobs, other, move || {
            Snapshot::read(&folder, model.as_deref()).map_err(|error| error.to_string())
        });
    }
}

/// Spawns the sheet.
pub(super) fn start(mut commands: Commands) {
    commands.spawn((Name::new("sheet"), Sheet::default()));
}

/// Opens the made-up pictures, or what is known of them, when the tab is seen first.
pub(super) fn enter(
    collection: Res<Collection>,
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
        asks.push(Ask::Demo);
        current.stale = true;
    }
}

/// Draws the tab.
pub(super) fn draw(
    mut contexts: EguiContexts,
    body: Res<Body>,
    mut collection: ResMut<Collection>,
    shell: Res<ShellState>,
    asked: Res<Asked>,
    mut asks: ResMut<Asks>,
    mut current: ResMut<Current>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
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
    let change = collection.change.as_ref();
    let palette = theme::of(ctx.theme());
    let overlay = collection.overlay;
    let look = Look {
        origin: camera.cell_at(Vec2::ZERO, collection.area),
        scale,
        from_side: change.map_or(1.0, |change| change.camera.scale / camera.scale),
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

/// Does what was asked for.
#[expect(
    clippy::too_many_arguments,
    clippy::too_many_lines,
    reason = "a system names what it reads and writes; one arm for each thing asked"
)]
pub(super) fn act(
    mut asks: ResMut<Asks>,
    mut collection: ResMut<Collection>,
    mut current: ResMut<Current>,
    session: Res<Session>,
    shell: Res<ShellState>,
    home: Res<HomeDir>,
    jobs: Res<Jobs>,
    mut library: ResMut<Library>,
    mut to_look: ResMut<look::Asks>,
    mut tabs: ToLook,
    mut stage: MessageWriter<StageCommand>,
    mut notices: ResMut<NoticeBoard>,
    _main_thread: bevy::ecs::system::NonSendMarker,
) {
    for ask in asks.take() {
        match ask {
            Ask::ChooseFolder => {
                let dialog = crate::ui::where_dialog("Choose a folder of pictures");
                if let Some(task) = jobs.background.ask(dialog) {
                    current.choosing = Some(task);
                }
            }
            Ask::Open(path) => match Named::at(&path, &home) {
                Ok(Named::Index(folder)) => {
                    current.run = None;
                    collection.working = None;
                    begin(&mut collection, &path);
                    current.open_index(&jobs, &folder, None, true);
                }
                Ok(Named::Pictures(source, folder)) => {
                    begin(&mut collection, &path);
                    let model = shell.model().filter(|model| model.installed);
                    let model = model.map(|model| (model.id.clone(), model.name.clone()));
                    if crate::collection::Manifest::is_in(&folder) {
                        current.open_index(&jobs, &folder, None, true);
                    } else {
                        current.opening = None;
                    }
                    start_run(
                        &mut collection,
                        &mut current,
                        &jobs,
                        &session,
                        folder,
                        source,
                        model,
                    );
                }
                Err(why) => notices.problem(sentence(&why)),
            },
            Ask::Demo => {
                current.run = None;
                collection.working = None;
                collection.forget();
                let folder = super::indexing::place_of(&home, &DEMO);
                if crate::collection::Manifest::is_in(&folder) {
                    current.open_index(&jobs, &folder, None, true);
                } else if let Source::Demo { count, seed } = DEMO {
                    current.open(&jobs, true, move || Ok(Snapshot::demo(count, seed)));
                }
            }
            Ask::Look => {
                let Some(model) = shell.model().filter(|model| model.installed) else {
                    notices.problem(crate::ui::format::NO_NETWORK);
                    continue;
                };
                let model = Some((model.id.clone(), model.name.clone()));
                let source = match &collection.snapshot.source {
                    Some(path) => Source::open(path).map_err(|error| error.to_string()),
                    None => Ok(DEMO),
                };
                let source = match source {
                    Ok(source) => source,
                    Err(why) => {
                        notices.problem(sentence(&why));
                        continue;
                    }
                };
                let known = collection.snapshot.folder().map(Path::to_owned);
                let folder = known.unwrap_or_else(|| super::indexing::place_of(&home, &source));
                start_run(
                    &mut collection,
                    &mut current,
                    &jobs,
                    &session,
                    folder,
                    source,
                    model,
                );
            }
            Ask::Pause(paused) => {
                if let Some(run) = &current.run {
                    run.steering().pause(paused);
                }
                if let Some(working) = &mut collection.working {
                    working.paused = paused;
                }
            }
            Ask::Stop => {
                current.run = None;
                collection.working = None;
                refresh(&collection, &mut current, &jobs);
            }
            Ask::Arrange => {
                let shown = collection.snapshot.view.as_ref().map(|view| &view.name);
                let wanted = collection.choices.model.clone();
                if wanted.is_some() && wanted.as_ref() != shown {
                    refresh(&collection, &mut current, &jobs);
                }
                current.stale = true;
            }
            Ask::Select(select) => collection.select(select),
            Ask::SeeWhy(row) => {
                collection.select(Select::Only(row));
                match collection.snapshot.original(row) {
                    Some(Original::File(path)) => {
                        let index = library.add_file(&path);
                        if let Some(item) = library.get(index) {
                            jobs.background.thumb(item.id, path);
                        }
                        tabs.see_why(index, &mut to_look);
                    }
                    Some(Original::Within(source, path)) => {
                        let work =
                            move |_: &Reporter<'_>| Original::read(&source, &path).map(Arc::new);
                        current.fetching = Some(jobs.run(Lane::Files, Urgency::Now, work));
                    }
                    None => {
                        notices
                            .problem("This picture is not where it was; index the folder again.");
                    }
                }
            }
            Ask::Fit => {
                collection.remember();
                collection.fit();
            }
            Ask::Do(command) => match command {
                Command::ZoomIn => zoom_step(&mut collection, true),
                Command::ZoomOut => zoom_step(&mut collection, false),
                Command::ZoomFit => {
                    collection.remember();
                    collection.fit();
                }
                Command::Back => collection.go_back(),
                Command::ToggleOverlay => collection.overlay.shown = !collection.overlay.shown,
                Command::Cancel if !shell.dialog_open() => {
                    if collection.frame.take().is_none() && !collection.selected.is_empty() {
                        collection.select(Select::None);
                    }
                }
                Command::Save => {
                    if let Err(why) = export::ask(&collection, &jobs) {
                        notices.info(why);
                    }
                }
                _ => act_as_everywhere(command, &jobs, &mut stage),
            },
        }
    }
}

/// What it takes to go to "See why" and come back.
#[derive(bevy::ecs::system::SystemParam)]
pub(super) struct ToLook<'w> {
    next: ResMut<'w, NextState<Tab>>,
    back: ResMut<'w, crate::ui::WayBack>,
}

impl ToLook<'_> {
    /// Shows a picture of the library there.
    pub(super) fn see_why(&mut self, index: usize, asks: &mut look::Asks) {
        asks.push(look::Ask::Choose(index));
        self.back.0 = Some(Tab::Collection);
        NextState::set_if_neq(&mut self.next, Tab::Look);
    }
}

/// Forgets what was shown: something else is being opened.
fn begin(collection: &mut Collection, path: &Path) {
    let name = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy();
    collection.forget();
    collection.snapshot = Arc::new(Snapshot::demo(0, 0));
    collection.status = Status::Opening(format!("Looking for pictures in {name}..."));
}

fn start_run(
    collection: &mut Collection,
    current: &mut Current,
    jobs: &Jobs,
    session: &Session,
    folder: PathBuf,
    source: Source,
    model: Option<(String, String)>,
) {
    let (id, name) = model.unzip();
    collection.working = Some(super::state::Working {
        phase: super::indexing::Phase::Listing,
        progress: crate::collection::Progress::default(),
        paused: false,
        model: name,
    });
    // An older one is cancelled first: one at a time writes an index.
    current.run = None;
    current.run = Some(Run::start(jobs, folder, source, id, session.framing));
}

/// Reads the index that is shown again.
pub(super) fn refresh(collection: &Collection, current: &mut Current, jobs: &Jobs) {
    let folder = match &current.run {
        Some(run) => Some(run.folder.clone()),
        None => collection.snapshot.folder().map(Path::to_owned),
    };
    if let Some(folder) = folder.filter(|folder| crate::collection::Manifest::is_in(folder)) {
        current.open_index(jobs, &folder, collection.choices.model.clone(), false);
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
    if collection.area.min_element() > 1.0
        && collection.status == Status::Ready
        && (current.stale || collection.arranged.is_none() && current.arranging.is_none())
    {
        current.stale = false;
        let snapshot = collection.snapshot.clone();
        let choices = collection.choices.clone();
        let aspect = collection.area.x / collection.area.y;
        let side = sheets
            .iter()
            .next()
            .map_or(4096, |sheet| sheet.capacity().side);
        if snapshot.rows.len() <= AT_ONCE {
            current.arranging = None;
            let arranged = arrange(&snapshot, &choices, aspect, side);
            take_arranged(collection, Arc::new(arranged), settings.motion);
            awake.stay();
        } else {
            let work = move |_: &Reporter<'_>| {
                Ok::<_, String>(Arc::new(arrange(&snapshot, &choices, aspect, side)))
            };
            current.arranging = Some(jobs.run(Lane::Figures, Urgency::Now, work));
        }
    }
    if let Some(Ok(arranged)) = Task::poll(&mut current.arranging) {
        take_arranged(collection, arranged, settings.motion);
        awake.stay();
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
    }
}

fn take_arranged(collection: &mut Collection, arranged: Arc<Arranged>, motion: bool) {
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
    collection.change = old.filter(|old| motion && !same(old)).map(|from| Change {
        from,
        camera,
        began: None,
    });
}

/// Tells the sheet what is seen, and has what is missing of it read.
pub(super) fn supply(
    mut collection: ResMut<Collection>,
    mut current: ResMut<Current>,
    mut sheets: Query<&mut Sheet>,
    mut awake: ResMut<Awake>,
    jobs: Res<Jobs>,
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
    if current.supply.deliver(&mut sheet) {
        awake.stay();
    }
    if current.mosaic != Some((collection.arranged_version, sheet.epoch())) {
        current.mosaic = Some((collection.arranged_version, sheet.epoch()));
        sheet.set_mosaic(arranged.mosaic.clone());
    }
    let capacity = sheet.capacity();
    let scale = collection.camera.scale * per_point;
    let arrangement = &arranged.arrangement;
    // A quarter of the area around it, so that a small move draws from the same list.
    let corner = |point: Vec2| {
        let cell = collection.camera.cell_at(point, collection.area).floor();
        [cell.x as i64, cell.y as i64]
    };
    let margin = collection.area * 0.25;
    let (min, max) = (corner(Vec2::ZERO), corner(collection.area));
    let near = scale >= CELLS_FROM || collection.change.is_some();
    let wide = (corner(-margin), corner(collection.area + margin));
    let places = near.then(|| arrangement.within(wide.0, wide.1, capacity.instances as usize));
    let places = places.flatten();
    if places.is_none() {
        // Too many to be moved one by one.
        collection.change = None;
    }
    let regime = match &places {
        None => 0,
        Some(_) if scale < THUMBNAILS_FROM => 1,
        Some(_) => 2,
    };
    let listed = Listed {
        arranged: collection.arranged_version,
        selection: collection.selection_version,
        focused: collection.focused,
        supply: current.supply.version,
        min: wide.0,
        max: wide.1,
        regime,
        changing: collection.change.is_some(),
    };
    let still = current.listed.as_ref().is_some_and(|old| {
        let inside = (0..2).all(|i| old.min[i] <= min[i] && max[i] <= old.max[i]);
        let same = Listed {
            min: old.min,
            max: old.max,
            ..listed.clone()
        };
        inside && *old == same
    });
    if !still {
        let places = places.unwrap_or_else(|| {
            let marked = collection.chosen();
            let marked = marked.into_iter().chain(collection.focused);
            let places = marked.filter_map(|row| arrangement.place_of(row));
            places.take(capacity.instances as usize).collect()
        });
        let mut seen = Vec::with_capacity(places.len());
        let mut instances = Vec::with_capacity(places.len());
        for place in places {
            let cell = arrangement.cell_of(place);
            let (Some([x, y]), Some(&row)) = (cell, arrangement.order().get(place)) else {
                continue;
            };
            let cell = Vec2::new(x as f32, y as f32);
            seen.push((row, cell));
            instances.push(instance(collection, &mut current.supply, row, cell, regime));
        }
        sheet.set_instances(instances);
        sheet.draw_baked(collection.change.is_none());
        current.in_view = nearest_first(seen, collection.camera.centre);
        current.listed = Some(listed);
        current.complete = regime == 0;
    }
    if !current.complete {
        ask_for_missing(collection, current, capacity, regime > 1, &jobs);
    }
    collection.reading = !current.complete;
    Ok(())
}

/// Has what the device has not of the pictures in view read, and what was not indexed yet indexed
/// first.
fn ask_for_missing(
    collection: &Collection,
    current: &mut Current,
    capacity: Capacity,
    large: bool,
    jobs: &Jobs,
) {
    let snapshot = &collection.snapshot;
    for &row in &current.in_view {
        if let Some((key, _)) = snapshot.picture(row) {
            current.supply.see(key);
        }
    }
    if let Some(run) = &current.run {
        let unread = current.in_view.iter().filter_map(|&row| {
            let row = snapshot.rows.get(row as usize)?;
            matches!(row.state, crate::collection::State::Listed).then(|| row.key())
        });
        let unread: Vec<Key> = unread.take(MOST_WANTED).collect();
        run.steering().want(unread);
    }
    let Current {
        supply, in_view, ..
    } = current;
    let reading = supply.ask(snapshot, in_view, large, capacity, jobs);
    current.complete = !reading;
}

fn instance(
    collection: &Collection,
    supply: &mut Supply,
    row: u32,
    cell: Vec2,
    regime: u8,
) -> Instance {
    let snapshot = &collection.snapshot;
    let picture = snapshot.picture(row);
    let places = match picture.filter(|_| regime > 0) {
        Some((key, _)) => supply.see(key),
        None => super::supply::Places::default(),
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
        places.mapped || (places.tile.is_none() && map.is_some()),
    );
    set(Instance::WRONG, snapshot.correct(row) == Some(false));
    let from = collection.change.as_ref().and_then(|change| {
        let old = &change.from.arrangement;
        let [x, y] = old.cell_of(old.place_of(row)?)?;
        let point = change
            .camera
            .point_of(Vec2::new(x as f32, y as f32), collection.area);
        Some(collection.camera.cell_at(point, collection.area))
    });
    let from = from.unwrap_or(cell);
    Instance {
        cell,
        from,
        tile: places.tile,
        thumbnail: places.thumbnail.filter(|_| regime > 1),
        style,
        aspect: snapshot.aspect(row),
        region: Vec2::from(map.map_or([1.0; 2], |(_, region)| region)),
    }
}
