//! What the tab works with behind its panels: its threads, what was asked of them, and which files
//! the models are.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use bevy::prelude::*;
use bevy_egui::egui::TextureHandle;
use image::RgbImage;

use super::compare_cell::{Drawn, Kit};
use super::hang::{FreshCell, Gallery};
use super::runs::{FolderJob, ReadResults, RunNews, over_folder, read};
use super::state::{CellKey, Column, Explained, Finding, FolderRun, Models};
use crate::classifier::Catalog;
use crate::home::Home;
use crate::jobs::{Jobs, Lane, Reporter, Slot, Task, Tasks, Ticket, Urgency};
use crate::maps::painter as made;
use crate::picture::Picture;
use crate::saliency::{Explanation, Request};
use crate::stylize::shift::Shift;
use crate::tabs::watch::{Stamp, Watcher, stamp_of};
use crate::ui::pictures::Opening;

/// What the tab works with; the panels do not see it.
#[derive(Resource, Default)]
pub struct Work {
    /// Versions that are made, by their row.
    pub(super) versions: Tasks<String, made::Version>,
    /// Cells whose maps are compared.
    pub(super) comparing: Tasks<CellKey, (Box<Finding>, Option<Drawn>)>,
    /// Cells that are drawn anew.
    pub(super) drawing: Option<Task<(), Drawn>>,
    pub(super) kit: Arc<Mutex<Kit>>,
    /// A result file is read.
    pub(super) reading: Option<Task<ReadResults>>,
    /// A run over a folder.
    pub(super) running: Option<Task<PathBuf, RunNews>>,
    /// The dialog that is open, and what for.
    pub(super) asking: Option<(Purpose, Task<Option<PathBuf>>)>,
    watcher: Option<Watcher>,
    /// The picture as it was opened.
    pub(super) picture: Option<Arc<Picture>>,
    /// The picture that is being read.
    pub(super) opening: Option<Opening>,
    /// What the cells depend on: method and which class.
    pub(super) basis: Option<(Request, Explained)>,
    /// Rows whose version was asked for.
    pub(super) asked_versions: HashSet<String>,
    /// Each model's explanation of the original.
    pub(super) originals: HashMap<String, Arc<Explanation>>,
    /// Explanations of versions that came before their original's.
    pub(super) early: HashMap<CellKey, Arc<Explanation>>,
    pub(super) slots: HashMap<Slot, (CellKey, Ticket)>,
    pub(super) next_slot: u64,
    /// What was brought forward last.
    pub(super) forward: Vec<Slot>,
    /// Pictures of cells on the graphics device.
    pub(super) gallery: Gallery,
    /// Sketches that were asked for and have not come.
    pub(super) sketching: HashMap<CellKey, (u8, Option<u32>)>,
    /// Side of the pictures of cells, in pixels of the device.
    pub(super) side: u32,
    pub(super) thumbs: HashMap<String, TextureHandle>,
    pub(super) result_thumbs: Vec<TextureHandle>,
    pub(super) fresh_versions: Vec<(String, RgbImage)>,
    pub(super) fresh_cells: Vec<FreshCell>,
    pub(super) fresh_results: Vec<(String, RgbImage)>,
    /// The file of each model, and what it was like when its cells were begun.
    pub(super) files: HashMap<String, (PathBuf, Stamp)>,
    /// A ticked texture's or corruption's choice was made for the newcomer.
    pub(super) begun: bool,
    pub(super) entered: bool,
}

/// What a dialog was opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A result file to open.
    Results,
    /// A folder to run over.
    Folder,
    /// The folder with the pictures of a table.
    Pictures,
}

impl Work {
    /// Asks the person, unless another dialog is open. Call it on the main thread.
    pub(super) fn ask(
        &mut self,
        jobs: &Jobs,
        purpose: Purpose,
        dialog: impl Future<Output = Option<PathBuf>> + Send + 'static,
    ) {
        if let Some(task) = jobs.background.ask(dialog) {
            self.asking = Some((purpose, task));
        }
    }

    /// A picture was opened: everything begins anew.
    pub(super) fn take_picture(&mut self, models: &mut Models, jobs: &Jobs, picture: Arc<Picture>) {
        self.picture = Some(picture);
        self.versions = Tasks::default();
        self.asked_versions.clear();
        self.thumbs.clear();
        models.versions.clear();
        self.forget_cells(models, jobs);
        models.selected = (0, models.selected.1);
    }

    /// A model is another one now, or fed in another way: its cells are computed anew.
    pub(super) fn forget_model(&mut self, models: &mut Models, jobs: &Jobs, model: &str) {
        self.originals.remove(model);
        self.forget(models, jobs, &|key| key.1 == model);
        if let Some((path, stamp)) = self.files.get_mut(model) {
            *stamp = stamp_of(path);
        }
        self.watch(jobs);
        if let Some(column) = models.columns.iter_mut().find(|c| c.model == model) {
            column.broken = None;
        }
    }

    pub(super) fn forget_cells(&mut self, models: &mut Models, jobs: &Jobs) {
        self.originals.clear();
        self.forget(models, jobs, &|_| true);
        for column in &mut models.columns {
            column.broken = None;
        }
    }

    /// Lets go of cells, and calls off what is computed for them.
    pub(super) fn forget(
        &mut self,
        models: &mut Models,
        jobs: &Jobs,
        which: &dyn Fn(&CellKey) -> bool,
    ) {
        models.cells.retain(|key, _| !which(key));
        self.early.retain(|key, _| !which(key));
        self.gallery.forget(which);
        self.comparing.forget(which);
        // What is still wanted of it is asked for again.
        self.drawing = None;
        self.sketching.clear();
        self.slots.retain(|slot, (key, _)| {
            let gone = which(key);
            if gone {
                jobs.explain.cancel(*slot);
            }
            !gone
        });
    }

    pub(super) fn cancel_all(&mut self, jobs: &Jobs) {
        for slot in self.slots.keys() {
            jobs.explain.cancel(*slot);
        }
        self.slots.clear();
    }

    /// Looks up the files of the columns and remembers what they are like.
    pub(super) fn find_files(&mut self, models: &Models, home: &Home, jobs: &Jobs) {
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
        self.watch(jobs);
    }

    fn watch(&mut self, jobs: &Jobs) {
        if self.watcher.is_none() {
            self.watcher = Watcher::start(jobs.wake())
                .inspect_err(|error| tracing::warn!("no thread looks at models: {error}"))
                .ok();
        }
        if let Some(watcher) = &self.watcher {
            watcher.watch(self.files.values().cloned().collect());
        }
    }

    /// True once after a model's file changed.
    pub(super) fn files_changed(&self) -> bool {
        self.watcher.as_ref().is_some_and(Watcher::changed)
    }

    /// Drops the cells of models whose file is another than before; gives their names.
    pub(super) fn check_files(&mut self, models: &mut Models, jobs: &Jobs) -> Vec<String> {
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
        self.watch(jobs);
        names
    }

    /// Reads a file of results; its pictures lie in `folder`, where that is said.
    pub(super) fn read_results(
        &mut self,
        path: PathBuf,
        folder: Option<PathBuf>,
        home: &Home,
        jobs: &Jobs,
    ) {
        let home = home.clone();
        let work = move |_: &Reporter<'_>| read(path, folder.as_deref(), &home);
        self.reading = Some(jobs.run(Lane::Files, Urgency::Now, work));
    }

    pub(super) fn run_folder(
        &mut self,
        models: &mut Models,
        request: Request,
        (folder, some): (PathBuf, Option<Vec<PathBuf>>),
        (home, jobs): (&Home, &Jobs),
    ) {
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
        let job = FolderJob {
            folder,
            some,
            models: models.columns.iter().map(|c| c.model.clone()).collect(),
            shifts,
            request,
            delta: models.delta.round().clamp(0.0, 255.0) as u8,
        };
        let home = home.clone();
        let work = move |reporter: &Reporter<'_, RunNews>| over_folder(&home, &job, reporter);
        self.running = Some(jobs.run(Lane::Runs, Urgency::Now, work));
    }
}
