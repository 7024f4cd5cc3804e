//! What the tab works with behind its panels: its threads, what was asked of them, and which files
//! the models are.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use bevy::prelude::*;
use bevy_egui::egui::TextureHandle;
use image::RgbImage;

use super::bring::{Form, Names, Trial};
use super::counting::{self, Count, Counted};
use super::errands::{
    self, Dialog, Errand, ErrandNews, FolderJob, FolderNews, KeptNames, Purpose, Questions,
};
use super::export;
use super::hang::{FreshCell, Gallery};
use super::state::{CellKey, Column, Explained, FolderRun, Models};
use super::versions::{self, VersionJob, VersionNews};
use super::watch::{Stamp, Watcher, stamp_of};
use crate::classifier::Catalog;
use crate::jobs::{Jobs, Slot, Ticket, Worker};
use crate::picture::Picture;
use crate::saliency::{Explanation, Method, Request};
use crate::stylize::shift::Shift;
use crate::ui::HomeDir;

/// What the tab works with; the panels do not see it.
#[derive(Resource)]
pub struct Work {
    pub(super) versions: Worker<VersionJob, VersionNews>,
    pub(super) counting: Worker<Count, Counted>,
    pub(super) errands: Worker<Errand, ErrandNews>,
    pub(super) runs: Worker<FolderJob, FolderNews>,
    pub(super) dialogs: Questions,
    pub(super) watcher: Watcher,
    /// Counts pictures, methods and the like: answers to older questions are dropped.
    pub(super) round: u64,
    /// Counts pictures alone: versions depend on nothing else.
    pub(super) picture_round: u64,
    /// The picture as it was opened.
    pub(super) picture: Option<Arc<Picture>>,
    /// The picture that is being read, by its number in the library.
    pub(super) opening: Option<u64>,
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
    /// The model that was chosen before one was brought.
    pub(super) chosen_before: Option<String>,
    /// A ticked texture's or corruption's choice was made for the newcomer.
    pub(super) begun: bool,
    pub(super) entered: bool,
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
        watcher: Watcher::start(wake)?,
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
        gallery: Gallery::default(),
        sketching: HashMap::new(),
        side: 0,
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

impl Work {
    pub(super) fn ask(&self, purpose: Purpose, dialog: Dialog) {
        self.dialogs.submit(Slot(purpose as u64), (purpose, dialog));
    }

    /// A picture was opened: everything begins anew.
    pub(super) fn take_picture(&mut self, models: &mut Models, jobs: &Jobs, picture: Arc<Picture>) {
        self.picture_round += 1;
        self.picture = Some(picture);
        self.asked_versions.clear();
        self.thumbs.clear();
        models.versions.clear();
        self.forget_cells(models, jobs);
        models.selected = (0, models.selected.1);
    }

    pub(super) fn forget_cells(&mut self, models: &mut Models, jobs: &Jobs) {
        self.round += 1;
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
        self.sketching.retain(|key, _| !which(key));
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
    pub(super) fn find_files(&mut self, models: &Models, home: &HomeDir) {
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
        self.watch();
    }

    fn watch(&self) {
        self.watcher.watch(self.files.values().cloned().collect());
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
        self.watch();
        names
    }

    pub(super) fn attempt(&self, models: &mut Models) {
        if let Some(form) = &mut models.form {
            form.trial = Trial::Working;
            let form = Box::new(form.clone());
            self.errands
                .submit(Slot(1), Errand::Try(form, self.picture.clone()));
        }
    }

    /// Asks about the next model that came in, unless a form is open.
    pub(super) fn next_form(&self, models: &mut Models) {
        if models.form.is_none()
            && let Some(path) = models.arriving.pop_front()
        {
            let form = Form::of(path);
            let readable = form.trial == Trial::Working;
            models.form = Some(form);
            if readable {
                self.attempt(models);
            }
        }
    }

    /// Closes the model that was tried.
    pub(super) fn close_tried(&self) {
        self.errands.submit(Slot(1), Errand::Close);
    }

    pub(super) fn keep(&self, models: &mut Models) {
        if let Some(form) = &mut models.form {
            form.keeping = true;
            let (entry, path) = (Box::new(form.entry()), form.path.clone());
            let labels = match &form.names {
                Names::File(path) => KeptNames::File(path.clone()),
                Names::Found => form.found_names().map_or(KeptNames::None, KeptNames::List),
                Names::ImageNet | Names::Numbers => KeptNames::None,
            };
            self.errands
                .submit(Slot(2), Errand::Keep(entry, path, labels));
        }
    }

    /// Writes what is in the matrix now.
    pub(super) fn save(&self, models: &Models, method: Method, path: PathBuf) {
        let draft = export::Draft::of(models, method);
        let write = Box::new(move || export::write(&draft, &path));
        self.errands.submit(Slot(4), Errand::Write(write));
    }

    pub(super) fn read_results(&self, path: PathBuf) {
        self.errands.submit(Slot(3), Errand::Read(path));
    }

    pub(super) fn run_folder(&self, models: &mut Models, request: Request, folder: PathBuf) {
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
                request,
                delta: models.delta.round().clamp(0.0, 255.0) as u8,
            },
        );
    }
}
