//! What is done beside the frames: trying, keeping, looking whether files have changed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bevy::prelude::Resource;

use super::form::{Form, Names, Trial};
use super::known::Known;
use super::probe::Bench;
use super::state::Bring;
use crate::classifier::{
    ModelEntry, OwnModel, Renewed, adopt, amend, kept_already, leave_as_it_is, renew, renewed,
};
use crate::home::Home;
use crate::jobs::{Jobs, Lane, Reporter, Task, Urgency};
use crate::maps::source::Source;

/// What came of trying a model.
pub(super) enum Tried {
    /// It works like this.
    Known(Box<Known>),
    /// It does not.
    Not(Trial),
    /// It is one that is kept.
    Kept(Box<OwnModel>),
}

/// The tasks that are under way; the panels do not see them.
#[derive(Resource, Default)]
pub struct Work {
    bench: Arc<Mutex<Bench>>,
    closing: Option<Task<()>>,
    pub(super) trying: Option<(PathBuf, Task<Tried>)>,
    /// A model is kept, or changed: its id and its name come back.
    pub(super) keeping: Option<Task<(String, String)>>,
    /// The dialog that asks for names.
    pub(super) asking: Option<Task<Option<PathBuf>>>,
    /// Whether files have changed.
    pub(super) looking: Option<Task<Vec<Renewed>>>,
    /// One is taken anew: its id.
    pub(super) renewing: Option<Task<String>>,
}

/// Names of classes that are kept with a model.
enum KeptNames {
    /// None of its own.
    None,
    /// Those of a file.
    File(PathBuf),
    /// Those that were found.
    List(Arc<[String]>),
}

impl KeptNames {
    /// Calls `keep` with the file that holds them.
    fn with<T>(&self, keep: impl FnOnce(Option<&Path>) -> Result<T, String>) -> Result<T, String> {
        match self {
            Self::None => keep(None),
            Self::File(path) => keep(Some(path)),
            Self::List(names) => {
                // A list in JSON holds names of any kind, also those with line breaks.
                let text = serde_json::to_string(&names[..]).map_err(|e| e.to_string())?;
                let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
                let path = folder.path().join("labels.json");
                std::fs::write(&path, text).map_err(|e| e.to_string())?;
                keep(Some(&path))
            }
        }
    }
}

/// Keeps the model of a form, or changes what is said of one that is kept; gives its id.
fn keep(
    home: &Home,
    entry: &ModelEntry,
    source: &Path,
    changes: Option<String>,
    names: &KeptNames,
) -> Result<String, String> {
    names.with(|labels| match changes {
        Some(id) => amend(home, &id, entry, labels)
            .map(|()| id)
            .map_err(|e| e.to_string()),
        None => adopt(home, source, entry, labels).map_err(|e| e.to_string()),
    })
}

impl Work {
    /// Tries the model of the form with a picture.
    pub(super) fn attempt(
        &mut self,
        bring: &mut Bring,
        source: Option<Source>,
        (home, jobs): (&Home, &Jobs),
    ) {
        bring.picture_name = source.as_ref().map(|s| s.name.clone()).unwrap_or_default();
        let Some(form) = &mut bring.form else {
            return;
        };
        form.trial = Trial::Working;
        let (path, form) = (form.path.clone(), form.clone());
        let (bench, home) = (self.bench.clone(), home.clone());
        let work = move |_: &Reporter<'_>| {
            // One that is kept needs no form; what cannot be read is told by the trial.
            if form.known.is_none()
                && form.changes.is_none()
                && let Ok(Some(kept)) = kept_already(&home, &form.path)
            {
                return Ok::<_, String>(Tried::Kept(Box::new(kept)));
            }
            let picture = source.and_then(|source| source.open().ok());
            let mut bench = bench.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(match bench.attempt(&home, &form, picture.as_deref()) {
                Ok(known) => Tried::Known(Box::new(known)),
                Err(trial) => Tried::Not(trial),
            })
        };
        self.trying = Some((path, jobs.run(Lane::Networks, Urgency::Now, work)));
    }

    /// Asks about the next model that came in, unless a form is open. True where one is to be
    /// tried.
    pub(super) fn next_form(bring: &mut Bring) -> bool {
        if bring.form.is_some() {
            return false;
        }
        let Some(path) = bring.arriving.pop_front() else {
            return false;
        };
        let mut form = Form::of(path);
        if let Some(names) = bring.names.take() {
            form.take_names(names);
        }
        let readable = form.trial == Trial::Working;
        bring.form = Some(form);
        readable
    }

    /// Closes the model that was tried.
    pub(super) fn close_tried(&mut self, jobs: &Jobs) {
        self.trying = None;
        let bench = self.bench.clone();
        let work = move |_: &Reporter<'_>| {
            bench.lock().unwrap_or_else(PoisonError::into_inner).clear();
            Ok::<_, String>(())
        };
        self.closing = Some(jobs.run(Lane::Networks, Urgency::Now, work));
    }

    /// Keeps the model of the form, or what was changed about it.
    pub(super) fn keep(&mut self, bring: &mut Bring, home: &Home, jobs: &Jobs) {
        let Some(form) = &mut bring.form else {
            return;
        };
        form.keeping = true;
        let (entry, path, changes) = (form.entry(), form.path.clone(), form.changes.clone());
        let names = match &form.names {
            Names::File(path) => KeptNames::File(path.clone()),
            Names::Found => form.found_names().map_or(KeptNames::None, KeptNames::List),
            Names::ImageNet | Names::Numbers => KeptNames::None,
        };
        let (home, bench) = (home.clone(), self.bench.clone());
        let work = move |_: &Reporter<'_>| {
            bench.lock().unwrap_or_else(PoisonError::into_inner).clear();
            let id = keep(&home, &entry, &path, changes, &names)?;
            Ok::<_, String>((id, entry.name.unwrap_or_default()))
        };
        self.keeping = Some(jobs.run(Lane::Networks, Urgency::Now, work));
    }

    /// Looks whether the files of kept models have changed.
    pub(super) fn look(&mut self, home: &Home, jobs: &Jobs) {
        // A window that has nothing to look after needs no thread for it.
        let any =
            std::fs::read_dir(home.data.join("models")).is_ok_and(|mut all| all.next().is_some());
        if any && self.looking.is_none() && self.renewing.is_none() {
            let home = home.clone();
            let work = move |_: &Reporter<'_>| renewed(&home);
            self.looking = Some(jobs.run(Lane::Networks, Urgency::Later, work));
        }
    }

    /// Takes what the file of a kept model holds by now, or leaves what is kept.
    pub(super) fn decide(&mut self, renewed: Renewed, take: bool, home: &Home, jobs: &Jobs) {
        let home = home.clone();
        let work = move |_: &Reporter<'_>| {
            let done = if take {
                renew(&home, &renewed)
            } else {
                leave_as_it_is(&home, &renewed)
            };
            done.map(|()| renewed.model.id)
        };
        self.renewing = Some(jobs.run(Lane::Networks, Urgency::Now, work));
    }
}
