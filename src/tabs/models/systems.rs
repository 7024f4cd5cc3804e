//! The tab's systems: what was asked for becomes work, what the workers report becomes state.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use bevy::prelude::*;
use bevy::window::WindowFocused;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{ColorImage, Context, TextureHandle, TextureOptions};
use image::RgbImage;

use super::bring::{Form, Trial};
use super::counting::{self, Count, Counted, Materials, Sketch, original_of};
use super::errands::{self, Dialog, Errand, ErrandNews, FolderJob, FolderNews, Purpose, Questions};
use super::export;
use super::state::{
    Ask, Cell, CellKey, Column, Explained, FolderRun, MOST_MODELS, MOST_VERSIONS, Models, ORIGINAL,
    Results, Version, View,
};
use super::versions::{self, Source, VersionJob, VersionNews, key_of};
use super::{Offer, tab_ui};
use crate::classifier::{Catalog, PictureKind};
use crate::compare::robustness::settings;
use crate::compare::shape_bias::CueClass;
use crate::jobs::{BackgroundNews, ExplainJob, JobNews, Jobs, Slot, Ticket, What, Worker};
use crate::picture::Picture;
use crate::saliency::{ClassChoice, Explanation, Method, MethodParams, Request, Steps};
use crate::stylize::shift::{Easel, Shift};
use crate::tabs::look::Look;
use crate::tabs::{ComparePair, Side, Tab};
use crate::ui::commands::Command;
use crate::ui::intake::Arrived;
use crate::ui::library::{Item, Library};
use crate::ui::{Asked, Awake, Body, HomeDir, NoticeBoard, ShellState, area, sentence};

/// Pictures of cells that are kept on the graphics device: those in view and those seen last. Each
/// takes at most a quarter of a megabyte.
pub const CELL_TEXTURES: usize = 160;
/// The first of the tab's slots, and how many there are.
const SLOTS: (u64, u64) = (1000, 99_000);
/// Sides of a cell's picture, in logical pixels.
const SIDES: (f32, f32) = (64.0, 224.0);

/// What the panels asked for in this frame.
#[derive(Resource, Default)]
pub struct Asks(Vec<Ask>);

impl Asks {
    /// Asks for something as a panel would.
    pub fn push(&mut self, ask: Ask) {
        self.0.push(ask);
    }
}

/// What a file was like: when it was written, and its length.
type Stamp = Option<(Option<SystemTime>, u64)>;

/// What the tab works with; the panels do not see it.
#[derive(Resource)]
pub struct Work {
    versions: Worker<VersionJob, VersionNews>,
    counting: Worker<Count, Counted>,
    errands: Worker<Errand, ErrandNews>,
    runs: Worker<FolderJob, FolderNews>,
    dialogs: Questions,
    /// Counts pictures, methods and the like: answers to older questions are dropped.
    round: u64,
    /// Counts pictures alone: versions depend on nothing else.
    picture_round: u64,
    /// The picture as it was opened.
    picture: Option<Arc<Picture>>,
    /// The picture that is being read, by its number in the library.
    opening: Option<u64>,
    /// What the cells depend on: method and which class.
    basis: Option<(Method, Explained)>,
    /// Rows whose version was asked for.
    asked_versions: HashSet<String>,
    /// Each model's explanation of the original.
    originals: HashMap<String, Arc<Explanation>>,
    /// Explanations of versions that came before their original's.
    early: HashMap<CellKey, Arc<Explanation>>,
    slots: HashMap<Slot, (CellKey, Ticket)>,
    next_slot: u64,
    /// What was brought forward last.
    forward: Vec<Slot>,
    /// Pictures of cells on the device, oldest first: what they show (delta, side).
    drawn: VecDeque<(CellKey, (u8, u32), TextureHandle)>,
    /// Sketches that were asked for and have not come.
    sketching: HashMap<CellKey, (u8, Option<u32>)>,
    thumbs: HashMap<String, TextureHandle>,
    result_thumbs: Vec<TextureHandle>,
    fresh_versions: Vec<(String, RgbImage)>,
    fresh_cells: Vec<(CellKey, (u8, u32), RgbImage)>,
    fresh_results: Vec<(String, RgbImage)>,
    /// The file of each model, and what it was like when its cells were begun.
    files: HashMap<String, (PathBuf, Stamp)>,
    /// The model that was chosen before one was brought.
    chosen_before: Option<String>,
    /// A ticked texture's or corruption's choice was made for the newcomer.
    begun: bool,
    entered: bool,
}

fn stamp_of(path: &Path) -> Stamp {
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.modified().ok(), meta.len()))
}

/// Starts the tab's threads.
pub(super) fn start(mut commands: Commands, jobs: Res<Jobs>, home: Res<HomeDir>) -> Result {
    let wake = jobs.wake();
    let home = (**home).clone();
    commands.insert_resource(Work {
        versions: versions::start(home.clone(), wake)?,
        counting: counting::start(wake)?,
        errands: errands::start(home.clone(), wake)?,
        runs: errands::start_runs(home, wake)?,
        dialogs: errands::start_dialogs(wake)?,
        round: 0,
        picture_round: 0,
        picture: None,
        opening: None,
        basis: None,
        asked_versions: HashSet::new(),
        originals: HashMap::new(),
        early: HashMap::new(),
        slots: HashMap::new(),
        next_slot: 0,
        forward: Vec::new(),
        drawn: VecDeque::new(),
        sketching: HashMap::new(),
        thumbs: HashMap::new(),
        result_thumbs: Vec::new(),
        fresh_versions: Vec::new(),
        fresh_cells: Vec::new(),
        fresh_results: Vec::new(),
        files: HashMap::new(),
        chosen_before: None,
        begun: false,
        entered: false,
    });
    Ok(())
}

/// The first visit shows something at once: the picture of "See why", every installed model, two
/// textures and fog.
pub(super) fn enter(
    mut models: ResMut<Models>,
    mut asks: ResMut<Asks>,
    work: Option<ResMut<Work>>,
    look: Option<Res<Look>>,
    library: Res<Library>,
    shell: Res<ShellState>,
) {
    let Some(mut work) = work else {
        return;
    };
    work.entered = true;
    if work.begun {
        return;
    }
    work.begun = true;
    if models.chosen.is_none() {
        let first = (!library.items().is_empty()).then_some(0);
        if let Some(index) = look.and_then(|look| look.chosen).or(first) {
            asks.push(Ask::Choose(index));
        }
    }
    if models.ticked.is_empty() {
        let installed = shell.models.iter().filter(|model| model.installed);
        models.ticked = installed.take(4).map(|model| model.id.clone()).collect();
    }
    if models.textures.is_empty() && models.corruptions.is_empty() {
        let textures = library.items().iter();
        models.textures = textures
            .filter(|item| item.kind == PictureKind::Texture)
            .take(2)
            .map(|item| item.id)
            .collect();
        models.corruptions = BTreeSet::from([crate::stylize::corruption::Corruption::Fog]);
    }
}

/// Draws the tab; what the workers made becomes textures here.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(super) fn draw(
    mut contexts: EguiContexts,
    body: Res<Body>,
    mut models: ResMut<Models>,
    mut work: ResMut<Work>,
    mut library: ResMut<Library>,
    shell: Res<ShellState>,
    mut asks: ResMut<Asks>,
    asked: Res<Asked>,
    mut awake: ResMut<Awake>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    asks.0.extend(asked.commands().iter().copied().map(Ask::Do));
    if hang(ctx, &mut models, &mut work) {
        awake.stay();
    }
    let photos = library.thumbs(ctx, |item| item.kind == PictureKind::Photo);
    let textures = library.thumbs(ctx, |item| item.kind == PictureKind::Texture);
    let numbers: Vec<u64> = library.items().iter().map(|item| item.id).collect();
    let mut root = area(ctx, "models", body.0);
    let offer = Offer {
        photos: &photos,
        textures: &textures,
        numbers: &numbers,
        models: &shell.models,
    };
    tab_ui(&mut root, &mut models, offer, &mut asks.0);
    Ok(())
}

fn texture(ctx: &Context, name: String, pixels: &RgbImage) -> TextureHandle {
    let size = [pixels.width() as usize, pixels.height() as usize];
    let image = ColorImage::from_rgb(size, pixels.as_raw());
    ctx.load_texture(name, image, TextureOptions::LINEAR)
}

/// Turns fresh pictures into textures and lets go of the oldest; true when there were any.
fn hang(ctx: &Context, models: &mut Models, work: &mut Work) -> bool {
    let mut any = false;
    for (key, pixels) in std::mem::take(&mut work.fresh_versions) {
        any = true;
        let handle = texture(ctx, format!("version {key}"), &pixels);
        if let Some(version) = models.versions.iter_mut().find(|v| v.key == key) {
            version.thumb = Some((handle.id(), handle.size_vec2()));
        }
        work.thumbs.insert(key, handle);
    }
    for (key, shows, pixels) in std::mem::take(&mut work.fresh_cells) {
        any = true;
        if let Some(Cell::Done(finding)) = models.cells.get_mut(&key) {
            let handle = texture(ctx, format!("cell {} {}", key.0, key.1), &pixels);
            finding.picture = Some((handle.id(), handle.size_vec2()));
            work.drawn.retain(|(known, ..)| *known != key);
            work.drawn.push_back((key, shows, handle));
        }
    }
    if !work.fresh_results.is_empty()
        && let Some(results) = &mut models.results
    {
        any = true;
        for (name, pixels) in std::mem::take(&mut work.fresh_results) {
            let handle = texture(ctx, format!("result {name}"), &pixels);
            results
                .thumbs
                .insert(name, (handle.id(), handle.size_vec2()));
            work.result_thumbs.push(handle);
        }
    }
    let visible = visible_keys(models);
    while work.drawn.len() > CELL_TEXTURES.max(visible.len()) {
        let unseen = |(key, ..): &(CellKey, (u8, u32), TextureHandle)| !visible.contains(key);
        let Some(oldest) = work.drawn.iter().position(unseen) else {
            break;
        };
        if let Some((key, ..)) = work.drawn.remove(oldest)
            && let Some(Cell::Done(finding)) = models.cells.get_mut(&key)
        {
            finding.picture = None;
        }
    }
    any
}

fn visible_keys(models: &Models) -> HashSet<CellKey> {
    let (rows, columns) = models.visible.clone();
    let mut keys = HashSet::new();
    for row in models.versions.get(rows).unwrap_or_default() {
        for column in models.columns.get(columns.clone()).unwrap_or_default() {
            keys.insert((row.key.clone(), column.model.clone()));
        }
    }
    keys
}

/// Does what was asked for, then sees to it that everything the matrix lacks is on its way.
#[expect(
    clippy::too_many_arguments,
    reason = "a system names what it reads and writes"
)]
pub(super) fn act(
    mut asks: ResMut<Asks>,
    mut models: ResMut<Models>,
    mut work: ResMut<Work>,
    mut library: ResMut<Library>,
    mut shell: ResMut<ShellState>,
    mut pairs: MessageWriter<ComparePair>,
    mut notices: ResMut<NoticeBoard>,
    mut contexts: EguiContexts,
    jobs: Res<Jobs>,
    home: Res<HomeDir>,
    _main_thread: bevy::ecs::system::NonSendMarker,
) -> Result {
    let scale = contexts.ctx_mut()?.pixels_per_point();
    for ask in std::mem::take(&mut asks.0) {
        match ask {
            Ask::Choose(index) => choose(&mut models, &mut work, &mut library, &jobs, index),
            Ask::Texture(index) => {
                if let Some(item) = library.get(index)
                    && !models.textures.remove(&item.id)
                {
                    models.textures.insert(item.id);
                }
                models.stopped = false;
            }
            Ask::Select(row, column) => {
                models.selected = (row, column);
                models.reveal = true;
            }
            Ask::Open(row, column) => {
                models.selected = (row, column);
                if let Some(pair) = pair_of(&models, shell.method, row, column) {
                    pairs.write(pair);
                }
            }
            Ask::Again => models.stopped = false,
            Ask::OpenResults => work.ask(Purpose::Results, errands_dialog(Purpose::Results)),
            Ask::RunFolder => work.ask(Purpose::Folder, errands_dialog(Purpose::Folder)),
            Ask::StopRun => work.runs.cancel(Slot(0)),
            Ask::Try => work.attempt(&mut models),
            Ask::Keep => work.keep(&mut models),
            Ask::Discard => {
                if let Some(form) = models.form.take() {
                    let id = form.path.to_string_lossy().into_owned();
                    forget_choice(&mut shell, &id, work.chosen_before.as_deref());
                }
            }
            Ask::Do(command) => match command {
                Command::Open => jobs.background.dialog(crate::ui::open_dialog()),
                Command::Paste => jobs.background.paste(),
                Command::Cancel if shell.dialog_open() || models.form.is_some() => {}
                Command::Cancel if models.working() => {
                    models.stopped = true;
                    work.cancel_all(&jobs);
                    let unfinished = |cell: &Cell| matches!(cell, Cell::Working(_) | Cell::Waiting);
                    models.cells.retain(|_, cell| !unfinished(cell));
                }
                Command::Retry => retry(&mut models, &mut work, &mut library, &jobs),
                Command::Save => work.ask(Purpose::Save, errands_dialog(Purpose::Save)),
                Command::ZoomIn => models.side = (models.side + 16.0).min(SIDES.1),
                Command::ZoomOut => models.side = (models.side - 16.0).max(SIDES.0),
                Command::ZoomFit => models.side = Models::default().side,
                _ => {}
            },
        }
    }
    if models.form.is_none() {
        work.chosen_before = shell.model().map(|model| model.id.clone());
    }
    sync(&mut models, &mut work, &library, &shell, &jobs, &home);
    if std::mem::take(&mut work.entered) {
        let changed = work.check_files(&mut models, &jobs);
        for name in changed {
            notices.info(format!(
                "{name} was replaced on disk: its cells are computed anew."
            ));
        }
    }
    if !models.stopped {
        work.make_versions(&models, &library);
        work.explain(&mut models, shell.method, &jobs);
    }
    work.sketch(&models, scale);
    Ok(())
}

fn errands_dialog(purpose: Purpose) -> Dialog {
    let dialog = rfd::AsyncFileDialog::new();
    match purpose {
        Purpose::Results => {
            let dialog = dialog
                .set_title("Open results")
                .add_filter("Results (CSV)", &["csv"])
                .pick_file();
            Box::pin(async move { dialog.await.map(|file| file.path().to_owned()) })
        }
        Purpose::Folder => {
            let dialog = dialog.set_title("Run over a folder").pick_folder();
            Box::pin(async move { dialog.await.map(|file| file.path().to_owned()) })
        }
        Purpose::Save => {
            let dialog = dialog
                .set_title("Save the matrix")
                .set_file_name("models.html")
                .add_filter("Report with pictures (HTML)", &["html"])
                .add_filter("Picture (PNG)", &["png"])
                .add_filter("Numbers (CSV)", &["csv"])
                .save_file();
            Box::pin(async move { dialog.await.map(|file| file.path().to_owned()) })
        }
    }
}

/// Takes a model that is not kept out of the list and goes back to the one before.
fn forget_choice(shell: &mut ShellState, id: &str, before: Option<&str>) {
    shell.models.retain(|model| model.id != id);
    shell.model = before
        .and_then(|before| shell.models.iter().position(|model| model.id == before))
        .or_else(|| shell.models.iter().position(|model| model.installed))
        .unwrap_or(usize::MAX);
}

fn choose(models: &mut Models, work: &mut Work, library: &mut Library, jobs: &Jobs, index: usize) {
    let Some(item) = library.get(index) else {
        return;
    };
    models.chosen = Some(index);
    models.picture_name.clone_from(&item.name);
    models.failed = None;
    models.stopped = false;
    models.view = View::Matrix;
    work.opening = Some(item.id);
    if let Some(picture) = &item.picture {
        let picture = picture.clone();
        work.opening = None;
        work.take_picture(models, jobs, picture);
    } else if let Some(path) = &item.path {
        jobs.background.open(item.id, path.clone());
    }
}

fn retry(models: &mut Models, work: &mut Work, library: &mut Library, jobs: &Jobs) {
    models.stopped = false;
    models
        .cells
        .retain(|_, cell| !matches!(cell, Cell::Failed(_)));
    for column in &mut models.columns {
        column.broken = None;
    }
    for version in &mut models.versions {
        if version.failed.take().is_some() {
            work.asked_versions.remove(&version.key);
        }
    }
    work.entered = true;
    if models.failed.is_some()
        && let Some(index) = models.chosen
    {
        choose(models, work, library, jobs, index);
    }
}

/// The pair of a cell: the original and this version, with the request that computed their maps.
fn pair_of(models: &Models, method: Method, row: usize, column: usize) -> Option<ComparePair> {
    let (version, model) = (models.versions.get(row)?, models.columns.get(column)?);
    let (first, finding) = (models.finding(0, column)?, models.finding(row, column)?);
    let side = |version: &Version, class: usize| -> Option<Side> {
        Some(Side {
            name: format!("{}, {}", models.picture_name, version.name),
            picture: version.picture.clone()?,
            model: model.model.clone(),
            request: request(method, ClassChoice::Class(class)),
        })
    };
    let class = match models.explained {
        Explained::ItsAnswer => finding.row.class,
        Explained::FirstAnswer => first.row.class,
    };
    Some(ComparePair {
        a: side(models.versions.first()?, first.row.class)?,
        b: side(version, class)?,
    })
}

/// What maps are computed with: as in "See why", so that the two share their results.
fn request(method: Method, class: ClassChoice) -> Request {
    Request {
        class,
        method,
        params: MethodParams {
            steps: Some(Steps::Auto),
            ..MethodParams::default()
        },
        ..Request::default()
    }
}

/// The name by which shifts call a texture: an installed one by its file's name, as on the command
/// line, one of the person's own by its path.
fn texture_key(item: &Item) -> String {
    match (&item.path, item.own) {
        (Some(path), false) => path
            .file_stem()
            .map_or_else(|| item.name.clone(), |s| s.to_string_lossy().into_owned()),
        (Some(path), true) => path.display().to_string(),
        (None, _) => format!("{} {}", item.name, item.id),
    }
}

/// The rows that are chosen, in order.
fn wanted_versions(models: &Models, library: &Library) -> Vec<(Option<Shift>, String)> {
    let mut wanted = vec![(None, "Original".to_owned())];
    for item in library.items() {
        if models.textures.contains(&item.id) {
            let key = texture_key(item);
            wanted.extend(models.levels.strengths().iter().map(|strength| {
                let name = format!("{} {strength} %", item.name);
                (Some(Shift::Painted(key.clone(), *strength)), name)
            }));
        }
    }
    for corruption in &models.corruptions {
        wanted.extend(models.levels.severities().iter().map(|severity| {
            let name = format!("{} {severity}", corruption.name());
            (Some(Shift::Corrupted(*corruption, *severity)), name)
        }));
    }
    wanted.truncate(MOST_VERSIONS);
    wanted
}

/// Brings rows and columns in line with what is ticked.
fn sync(
    models: &mut Models,
    work: &mut Work,
    library: &Library,
    shell: &ShellState,
    jobs: &Jobs,
    home: &HomeDir,
) {
    let basis = (shell.method, models.explained);
    if work.basis != Some(basis) {
        work.basis = Some(basis);
        work.forget_cells(models, jobs);
    }
    let wanted = if work.picture.is_some() {
        wanted_versions(models, library)
    } else {
        Vec::new()
    };
    let keys: Vec<String> = wanted.iter().map(|(s, _)| key_of(s.as_ref())).collect();
    if !models.versions.iter().map(|v| &v.key).eq(keys.iter()) {
        let mut old = std::mem::take(&mut models.versions);
        for ((shift, name), key) in wanted.into_iter().zip(keys) {
            let known = old.iter().position(|version| version.key == key);
            models.versions.push(match known {
                Some(at) => old.swap_remove(at),
                None => Version {
                    shift,
                    key,
                    name,
                    picture: None,
                    thumb: None,
                    failed: None,
                },
            });
        }
        for gone in old {
            work.thumbs.remove(&gone.key);
            work.asked_versions.remove(&gone.key);
            work.forget(models, jobs, &|key| key.0 == gone.key);
        }
    }
    let ticked = |id: &str| models.ticked.contains(id);
    let chosen: Vec<(&str, &str)> = shell
        .models
        .iter()
        .filter(|model| model.installed && ticked(&model.id))
        .map(|model| (model.id.as_str(), model.name.as_str()))
        .take(MOST_MODELS)
        .collect();
    let now = models
        .columns
        .iter()
        .map(|c| (c.model.as_str(), c.name.as_str()));
    if !now.eq(chosen.iter().copied()) {
        let old = std::mem::take(&mut models.columns);
        models.columns = chosen
            .into_iter()
            .map(|(id, name)| Column {
                model: id.to_owned(),
                name: name.to_owned(),
                broken: old
                    .iter()
                    .find(|c| c.model == id)
                    .and_then(|c| c.broken.clone()),
            })
            .collect();
        for gone in old {
            if !models.columns.iter().any(|c| c.model == gone.model) {
                work.originals.remove(&gone.model);
                work.forget(models, jobs, &|key| key.1 == gone.model);
            }
        }
        work.find_files(models, home);
    }
    models.selected.0 = models
        .selected
        .0
        .min(models.versions.len().saturating_sub(1));
    models.selected.1 = models
        .selected
        .1
        .min(models.columns.len().saturating_sub(1));
}

impl Work {
    fn ask(&self, purpose: Purpose, dialog: Dialog) {
        self.dialogs.submit(Slot(purpose as u64), (purpose, dialog));
    }

    /// A picture was opened: everything begins anew.
    fn take_picture(&mut self, models: &mut Models, jobs: &Jobs, picture: Arc<Picture>) {
        self.picture_round += 1;
        self.picture = Some(picture);
        self.asked_versions.clear();
        self.thumbs.clear();
        models.versions.clear();
        self.forget_cells(models, jobs);
        models.selected = (0, models.selected.1);
    }

    fn forget_cells(&mut self, models: &mut Models, jobs: &Jobs) {
        self.round += 1;
        self.originals.clear();
        self.forget(models, jobs, &|_| true);
        for column in &mut models.columns {
            column.broken = None;
        }
    }

    /// Lets go of cells, and calls off what is computed for them.
    fn forget(&mut self, models: &mut Models, jobs: &Jobs, which: &dyn Fn(&CellKey) -> bool) {
        models.cells.retain(|key, _| !which(key));
        self.early.retain(|key, _| !which(key));
        self.drawn.retain(|(key, ..)| !which(key));
        self.sketching.retain(|key, _| !which(key));
        self.slots.retain(|slot, (key, _)| {
            let gone = which(key);
            if gone {
                jobs.explain.cancel(*slot);
            }
            !gone
        });
    }

    fn cancel_all(&mut self, jobs: &Jobs) {
        for slot in self.slots.keys() {
            jobs.explain.cancel(*slot);
        }
        self.slots.clear();
    }

    /// Looks up the files of the columns and remembers what they are like.
    fn find_files(&mut self, models: &Models, home: &HomeDir) {
        let unknown = |column: &&Column| !self.files.contains_key(&column.model);
        let missing: Vec<String> = models
            .columns
            .iter()
            .filter(unknown)
            .map(|column| column.model.clone())
            .collect();
        if missing.is_empty() {
            return;
        }
        let catalog = Catalog::load(home).unwrap_or_default();
        for model in missing {
            let path = match catalog.model(&model) {
                Some(entry) => catalog.model_path(home, entry),
                None => PathBuf::from(&model),
            };
            let stamp = stamp_of(&path);
            self.files.insert(model, (path, stamp));
        }
    }

    /// Drops the cells of models whose file is another than before; gives their names.
    fn check_files(&mut self, models: &mut Models, jobs: &Jobs) -> Vec<String> {
        let mut changed = Vec::new();
        for (model, (path, stamp)) in &mut self.files {
            let now = stamp_of(path);
            if now != *stamp {
                *stamp = now;
                changed.push(model.clone());
            }
        }
        let mut names = Vec::new();
        for model in changed {
            self.originals.remove(&model);
            self.forget(models, jobs, &|key| key.1 == model);
            if let Some(column) = models.columns.iter_mut().find(|c| c.model == model) {
                column.broken = None;
                names.push(column.name.clone());
            }
        }
        names
    }

    /// Asks for the versions that are not there, those in view first.
    fn make_versions(&mut self, models: &Models, library: &Library) {
        let Some(picture) = self.picture.clone() else {
            return;
        };
        for version in &models.versions {
            if version.picture.is_some() || !self.asked_versions.insert(version.key.clone()) {
                continue;
            }
            let texture = match &version.shift {
                Some(Shift::Painted(name, _)) => library
                    .items()
                    .iter()
                    .find(|item| texture_key(item) == *name)
                    .and_then(|item| match (&item.path, &item.picture) {
                        (Some(path), _) => Some(Source::File(path.clone())),
                        (None, Some(picture)) => Some(Source::Picture(picture.clone())),
                        (None, None) => None,
                    }),
                _ => None,
            };
            self.next_slot += 1;
            self.versions.submit(
                Slot(self.next_slot),
                VersionJob {
                    round: self.picture_round,
                    picture: picture.clone(),
                    shift: version.shift.clone(),
                    texture,
                },
            );
        }
    }

    /// Asks for the maps that are not there, and brings those in view forward.
    fn explain(&mut self, models: &mut Models, method: Method, jobs: &Jobs) {
        let mut wanted = Vec::new();
        for column in &models.columns {
            if column.broken.is_some() {
                continue;
            }
            for version in &models.versions {
                let key = (version.key.clone(), column.model.clone());
                let Some(picture) = &version.picture else {
                    continue;
                };
                if models.cells.contains_key(&key) {
                    continue;
                }
                let class = match (models.explained, version.key == ORIGINAL) {
                    (Explained::FirstAnswer, false) => match self.originals.get(&column.model) {
                        Some(first) => ClassChoice::Class(first.class.class),
                        None => continue,
                    },
                    _ => ClassChoice::Auto,
                };
                wanted.push((key, picture.clone(), class));
            }
        }
        let any = !wanted.is_empty();
        for (key, picture, class) in wanted {
            self.next_slot += 1;
            let slot = Slot(SLOTS.0 + self.next_slot % SLOTS.1);
            let job = ExplainJob {
                picture,
                model: key.1.clone(),
                request: request(method, class),
            };
            let ticket = jobs.explain.submit_later(slot, job);
            self.slots.insert(slot, (key.clone(), ticket));
            models.cells.insert(key, Cell::Waiting);
        }
        let forward = self.in_view(models);
        if any || forward != self.forward {
            jobs.explain.bring_forward(&forward);
            self.forward = forward;
        }
    }

    /// The slots of the cells in view: column by column, since opening a model takes longest, the
    /// original of each first. Then the rest, in the same order.
    fn in_view(&self, models: &Models) -> Vec<Slot> {
        let by_key: HashMap<&CellKey, Slot> = self
            .slots
            .iter()
            .map(|(slot, (key, _))| (key, *slot))
            .collect();
        let (rows, columns) = models.visible.clone();
        let mut slots = Vec::new();
        for column in models.columns.get(columns).unwrap_or_default() {
            let original = models.versions.first().into_iter();
            let visible = models.versions.get(rows.clone()).unwrap_or_default();
            for version in original.chain(visible) {
                let key = (version.key.clone(), column.model.clone());
                if let Some(slot) = by_key.get(&key)
                    && !slots.contains(slot)
                {
                    slots.push(*slot);
                }
            }
        }
        slots
    }

    /// Asks for the pictures of the cells in view and for the shares that another delta changed.
    fn sketch(&mut self, models: &Models, scale: f32) {
        // In steps, so that a resized window does not draw every cell anew each frame.
        let side = ((models.side * scale / 16.0).ceil() * 16.0) as u32;
        let visible = visible_keys(models);
        let mut stale = Vec::new();
        for (key, cell) in &models.cells {
            let Cell::Done(finding) = cell else {
                continue;
            };
            let delta = models.delta_of(&key.1);
            let seen = visible.contains(key);
            let drawn = || {
                let known = self.drawn.iter().find(|(known, ..)| known == key);
                known.is_some_and(|(_, shows, _)| *shows == (delta, side))
            };
            if (seen && !drawn()) || finding.delta != delta {
                stale.push((key.clone(), delta, seen.then_some(side)));
            }
        }
        let fresh = |(key, delta, side): &(CellKey, u8, Option<u32>)| {
            self.sketching.get(key) != Some(&(*delta, *side))
        };
        if !stale.iter().any(fresh) {
            return;
        }
        // Pictures before shares.
        stale.sort_by_key(|(_, _, side)| side.is_none());
        self.sketching.clear();
        let mut sketches = Vec::new();
        for (key, delta, side) in stale {
            let map = |key: &CellKey| match models.cells.get(key) {
                Some(Cell::Done(finding)) => Some(finding.map.clone()),
                _ => None,
            };
            if let (Some(mine), Some(original)) = (map(&key), map(&original_of(&key))) {
                self.sketching.insert(key.clone(), (delta, side));
                sketches.push(Sketch {
                    key,
                    maps: [mine, original],
                    delta,
                    side,
                });
            }
        }
        if !sketches.is_empty() {
            self.counting
                .submit(Slot(0), Count::Draw(self.round, sketches));
        }
    }

    /// A map came: it is compared with the original's, or waits for that.
    fn explained(&mut self, models: &Models, key: CellKey, explanation: &Arc<Explanation>) {
        if key.0 == ORIGINAL {
            self.originals.insert(key.1.clone(), explanation.clone());
            let early: Vec<CellKey> = self
                .early
                .keys()
                .filter(|early| early.1 == key.1)
                .cloned()
                .collect();
            self.count(models, key, explanation);
            for key in early {
                if let Some(explanation) = self.early.remove(&key) {
                    self.count(models, key, &explanation);
                }
            }
        } else if self.originals.contains_key(&key.1) {
            self.count(models, key, explanation);
        } else {
            self.early.insert(key, explanation.clone());
        }
    }

    fn count(&mut self, models: &Models, key: CellKey, version: &Arc<Explanation>) {
        let (Some(original), Some(picture)) = (self.originals.get(&key.1), &self.picture) else {
            return;
        };
        let shape = original
            .predictions
            .first()
            .and_then(|first| CueClass::of_imagenet(first.class));
        let Some(row) = models.versions.iter().find(|v| v.key == key.0) else {
            return;
        };
        let texture = match &row.shift {
            Some(Shift::Painted(name, _)) => texture_class(name),
            _ => None,
        };
        // Nothing is painted here: the easel only names the textures of a folder's run.
        let plain = Easel::plain();
        let materials = Materials {
            file: self
                .files
                .get(&key.1)
                .map_or_else(PathBuf::new, |(path, _)| path.clone()),
            picture: (models.picture_name.clone(), picture.sha256.clone()),
            settings: settings(&request(version.request.method, ClassChoice::Auto), &plain),
            original: original.clone(),
            version: version.clone(),
            delta: models.delta_of(&key.1),
            cues: shape.zip(texture),
            key,
        };
        self.next_slot += 1;
        self.counting.submit(
            Slot(self.next_slot),
            Count::Cell(self.round, Box::new(materials)),
        );
    }

    fn attempt(&self, models: &mut Models) {
        if let Some(form) = &mut models.form {
            form.trial = Trial::Working;
            let entry = Box::new(form.entry());
            self.errands
                .submit(Slot(1), Errand::Try(entry, self.picture.clone()));
        }
    }

    fn keep(&self, models: &mut Models) {
        if let Some(form) = &mut models.form {
            form.keeping = true;
            let (entry, path) = (Box::new(form.entry()), form.path.clone());
            let labels = form.labels.clone();
            self.errands
                .submit(Slot(2), Errand::Keep(entry, path, labels));
        }
    }

    /// Writes what is in the matrix now.
    fn save(&self, models: &Models, method: Method, path: PathBuf) {
        let draft = export::Draft::of(models, method);
        let write = Box::new(move || export::write(&draft, &path));
        self.errands.submit(Slot(4), Errand::Write(write));
    }

    fn read_results(&self, path: PathBuf) {
        self.errands.submit(Slot(3), Errand::Read(path));
    }

    fn run_folder(&self, models: &mut Models, method: Method, folder: PathBuf) {
        let shifts: Vec<Shift> = models
            .versions
            .iter()
            .filter_map(|version| version.shift.clone())
            .collect();
        models.run = Some(FolderRun {
            folder: folder.clone(),
            done: 0,
            total: 0,
            left: String::new(),
        });
        self.runs.submit(
            Slot(0),
            FolderJob {
                folder,
                models: models.columns.iter().map(|c| c.model.clone()).collect(),
                shifts,
                request: request(method, ClassChoice::Auto),
                delta: models.delta.round().clamp(0.0, 255.0) as u8,
            },
        );
    }
}

/// The one of the 16 classes that a texture's name says, such as "elephant skin" or "clock".
fn texture_class(name: &str) -> Option<CueClass> {
    let stem = Path::new(name)
        .file_stem()?
        .to_string_lossy()
        .to_lowercase();
    CueClass::ALL.into_iter().find(|class| {
        stem.split(|c: char| !c.is_alphabetic())
            .any(|w| w == class.name())
    })
}

/// Takes up what came in while this tab is shown.
pub(super) fn take_arrived(
    mut arrived: MessageReader<Arrived>,
    mut models: ResMut<Models>,
    mut asks: ResMut<Asks>,
) {
    for message in arrived.read() {
        match message {
            Arrived::Picture(index) => asks.push(Ask::Choose(*index)),
            Arrived::Network(path) => {
                let mut form = Form::of(path.clone());
                let beside = path.with_extension("txt");
                form.labels = beside.is_file().then_some(beside);
                models.form = Some(form);
                asks.push(Ask::Try);
            }
            _ => {}
        }
    }
}

/// A table of results is opened here, whatever tab is shown when it comes in.
pub(super) fn take_tables(
    mut arrived: MessageReader<Arrived>,
    mut next: ResMut<NextState<Tab>>,
    work: Res<Work>,
) {
    for message in arrived.read() {
        if let Arrived::Table(path) = message {
            work.read_results(path.clone());
            NextState::set_if_neq(&mut next, Tab::Models);
        }
    }
}

/// The window has the focus again: a model may have been replaced meanwhile.
pub(super) fn come_back(mut focus: MessageReader<WindowFocused>, mut work: ResMut<Work>) {
    if focus.read().any(|message| message.focused) {
        work.entered = true;
    }
}

/// Takes the picture that the background reader opened.
pub(super) fn hear_background(
    mut news: MessageReader<BackgroundNews>,
    mut models: ResMut<Models>,
    mut work: ResMut<Work>,
    library: Res<Library>,
    jobs: Res<Jobs>,
) {
    for message in news.read() {
        let BackgroundNews::Picture { item, result } = message else {
            continue;
        };
        if work.opening != Some(*item) {
            continue;
        }
        work.opening = None;
        match result {
            Ok(picture) => {
                // The library's copy has the better name and text.
                let named = library
                    .position(*item)
                    .and_then(|index| library.get(index))
                    .and_then(|item| item.picture.clone());
                let picture = named.unwrap_or_else(|| picture.clone());
                work.take_picture(&mut models, &jobs, picture);
            }
            Err(why) => models.failed = Some(sentence(why)),
        }
    }
}

/// Takes what the queue reports about the cells.
pub(super) fn hear(
    mut news: MessageReader<JobNews>,
    mut models: ResMut<Models>,
    mut work: ResMut<Work>,
    jobs: Res<Jobs>,
) {
    for message in news.read() {
        let Some((key, ticket)) = work.slots.get(&message.slot).cloned() else {
            continue;
        };
        if ticket != message.ticket {
            continue;
        }
        match &message.what {
            What::Opening => {
                models.cells.insert(key, Cell::Working(0.0));
            }
            What::Progress { done, total } => {
                let share = *done as f32 / (*total).max(1) as f32;
                models.cells.insert(key, Cell::Working(share));
            }
            What::Done(explanation) => {
                work.slots.remove(&message.slot);
                models.cells.insert(key.clone(), Cell::Working(1.0));
                work.explained(&models, key, explanation);
            }
            What::Failed(why) => {
                work.slots.remove(&message.slot);
                let why = sentence(why);
                if key.0 == ORIGINAL {
                    // Without the original's map the column has nothing to compare with.
                    let model = key.1.clone();
                    work.forget(&mut models, &jobs, &|other| other.1 == model);
                    let column = models.columns.iter_mut().find(|c| c.model == model);
                    if let Some(column) = column {
                        column.broken = Some(why.clone());
                    }
                }
                models.cells.insert(key, Cell::Failed(why));
            }
            What::Cancelled => {
                work.slots.remove(&message.slot);
                models.cells.remove(&key);
            }
            _ => {}
        }
    }
}

/// Takes what the tab's own threads made.
pub(super) fn hear_workers(
    mut models: ResMut<Models>,
    mut work: ResMut<Work>,
    mut shell: ResMut<ShellState>,
    mut notices: ResMut<NoticeBoard>,
    home: Res<HomeDir>,
) {
    // Written only where something came, so that nothing looks changed.
    let news = work.versions.news();
    for VersionNews { round, key, made } in news {
        let row = models.versions.iter_mut().find(|v| v.key == key);
        if round != work.picture_round {
            continue;
        }
        if let Some(version) = row {
            match made {
                Ok((picture, small)) => {
                    version.picture = Some(picture);
                    work.fresh_versions.push((key, small));
                }
                Err(why) => version.failed = Some(sentence(&why)),
            }
        }
    }
    let news = work.counting.news();
    for counted in news {
        match counted {
            Counted::Cell(round, key, found) if round == work.round => {
                // A cell that was unticked meanwhile is not there any more.
                if let Some(cell) = models.cells.get_mut(&key) {
                    *cell = match found {
                        Ok(finding) => Cell::Done(finding),
                        Err(why) => Cell::Failed(sentence(&why)),
                    };
                }
            }
            Counted::Sketch {
                round,
                key,
                delta,
                side,
                agree,
                picture,
            } if round == work.round => {
                if work.sketching.get(&key) == Some(&(delta, side)) {
                    work.sketching.remove(&key);
                }
                if let Some(Cell::Done(finding)) = models.cells.get_mut(&key) {
                    finding.count(agree, delta);
                }
                if let (Some(side), Some(picture)) = (side, picture) {
                    work.fresh_cells.push((key, (delta, side), picture));
                }
            }
            Counted::Defect => notices.problem("A defect in the program spoilt a cell."),
            _ => {}
        }
    }
    let news = work.errands.news();
    for errand in news {
        hear_errand(
            errand,
            &mut models,
            &mut work,
            &mut shell,
            &mut notices,
            &home,
        );
    }
    let news = work.runs.news();
    for report in news {
        hear_run(report, &mut models, &work, &mut notices);
    }
    let news = work.dialogs.news();
    for (purpose, path) in news {
        if let Some(path) = path {
            match purpose {
                Purpose::Results => work.read_results(path),
                Purpose::Folder => work.run_folder(&mut models, shell.method, path),
                Purpose::Save => work.save(&models, shell.method, path),
            }
        }
    }
}

fn hear_errand(
    errand: ErrandNews,
    models: &mut Models,
    work: &mut Work,
    shell: &mut ShellState,
    notices: &mut NoticeBoard,
    home: &HomeDir,
) {
    match errand {
        ErrandNews::Tried(path, trial) => {
            if let Some(form) = models.form.as_mut().filter(|form| form.path == path) {
                form.trial = match trial {
                    Trial::Failed(why) => Trial::Failed(sentence(&why)),
                    trial => trial,
                };
            }
        }
        ErrandNews::Kept(Ok((id, name))) => {
            if let Some(form) = models.form.take() {
                let path = form.path.to_string_lossy().into_owned();
                forget_choice(shell, &path, work.chosen_before.as_deref());
            }
            let note = "Added by you.".to_owned();
            let known = shell.models.iter().position(|model| model.id == id);
            let choice = crate::ui::shell::ModelChoice {
                id: id.clone(),
                name: name.clone(),
                note,
                installed: true,
            };
            match known {
                Some(at) => shell.models[at] = choice,
                None => shell.models.push(choice),
            }
            models.ticked.insert(id);
            let folder = home.data.join("models");
            notices.info(format!("{name} is kept in {}.", folder.display()));
        }
        ErrandNews::Kept(Err(why)) => {
            if let Some(form) = &mut models.form {
                form.keeping = false;
                form.trial = Trial::Failed(sentence(&why));
            }
        }
        ErrandNews::Read(Ok(read)) => {
            work.result_thumbs.clear();
            work.fresh_results = read.thumbs.into_iter().collect();
            models.family = 0;
            models.view = View::Folder;
            models.results = Some(Results {
                path: read.path,
                rows: Arc::new(read.rows),
                dissent: read.dissent,
                thumbs: HashMap::new(),
            });
        }
        ErrandNews::Written(Ok(said)) => notices.info(said),
        ErrandNews::Read(Err(why)) | ErrandNews::Written(Err(why)) => {
            notices.problem(sentence(&why));
        }
        ErrandNews::Defect => {
            notices.problem("A defect in the program stopped this; nothing was changed.");
            if let Some(form) = &mut models.form {
                form.keeping = false;
            }
        }
    }
}

fn hear_run(news: FolderNews, models: &mut Models, work: &Work, notices: &mut NoticeBoard) {
    match news {
        FolderNews::Progress(done, total, left) => {
            if let Some(run) = &mut models.run {
                (run.done, run.total, run.left) = (done, total, left);
            }
        }
        FolderNews::Skipped(what) => notices.problem(sentence(&format!("Left out {what}"))),
        FolderNews::Done(path) => {
            models.run = None;
            notices.info(format!("The results are in {}.", path.display()));
            work.read_results(path);
        }
        FolderNews::Ended(why) => {
            models.run = None;
            match why {
                Some(why) => notices.problem(sentence(&why)),
                None => notices
                    .info("Stopped. What was computed is kept: the same run goes on from there."),
            }
        }
    }
}
