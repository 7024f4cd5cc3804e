//! The tab's slower errands, each on a thread of its own kind: trying and keeping a model, reading a
//! result file, running over a folder, asking for files.

use std::collections::HashMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use image::RgbImage;

use super::bring::{Form, Known, Trial};
use super::trial::{Bench, open};
use crate::classifier::{Catalog, ModelEntry, adopt};
use crate::compare::robustness::{
    AnalysisError, Dissent, Journal, Pace, Plan, Row, Watcher, Workshop, analyse, dissent,
    settings, subjects, textures,
};
use crate::home::Home;
use crate::jobs::{Desk, Slot, Wake, Worker, thumbnail};
use crate::picture::{self, Picture};
use crate::progress::Observer as _;
use crate::saliency::Request;
use crate::stylize::shift::{Easel, Shift};

/// Most pictures of results that get a thumbnail: those on top of the list.
const MOST_THUMBS: usize = 200;

/// Longest note about a folder that is read, in bytes: paths are shorter.
const MAX_NOTE_BYTES: u64 = 1 << 16;

/// A question to the person, which waits on a thread of its own.
pub type Dialog = Pin<Box<dyn Future<Output = Option<PathBuf>> + Send>>;

/// The thread that waits for dialogs: why it was opened, and what was chosen.
pub type Questions = Worker<(Purpose, Dialog), (Purpose, Option<PathBuf>)>;

/// What a dialog was opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A result file to open.
    Results,
    /// A folder to run over.
    Folder,
    /// Where to save the matrix.
    Save,
    /// The names of a model's classes.
    Names,
}

/// A quick errand.
pub enum Errand {
    /// Try a model as the form says.
    Try(Box<Form>, Option<Arc<Picture>>),
    /// Close the model that was tried.
    Close,
    /// Keep it.
    Keep(Box<ModelEntry>, PathBuf, KeptNames),
    /// Read a result file.
    Read(PathBuf),
    /// Write files; the words of success come back.
    Write(Box<dyn FnOnce() -> Result<String, String> + Send>),
}

/// Names of classes that are kept with a model.
pub enum KeptNames {
    /// None of its own.
    None,
    /// Those of a file.
    File(PathBuf),
    /// Those that were found.
    List(Arc<[String]>),
}

/// Keeps a model with its names; gives its id.
fn keep(
    home: &Home,
    entry: &ModelEntry,
    source: &Path,
    names: &KeptNames,
) -> Result<String, String> {
    let line = |error: &dyn std::fmt::Display| error.to_string();
    let labels = match names {
        KeptNames::None => None,
        KeptNames::File(path) => Some(path.as_path()),
        KeptNames::List(names) => {
            // A list in JSON holds names of any kind, also those with line breaks.
            let text = serde_json::to_string(&names[..]).map_err(|e| line(&e))?;
            let folder = tempfile::tempdir().map_err(|e| line(&e))?;
            let path = folder.path().join("labels.json");
            std::fs::write(&path, text).map_err(|e| line(&e))?;
            return adopt(home, source, entry, Some(&path)).map_err(|e| line(&e));
        }
    };
    adopt(home, source, entry, labels).map_err(|e| line(&e))
}

/// What came of an errand.
pub enum ErrandNews {
    /// What the trial of a file found out, or why it cannot be used.
    Tried(PathBuf, Result<Box<Known>, Trial>),
    /// The id of the kept model and its name, or why it was not kept.
    Kept(Result<(String, String), String>),
    /// A result file: path, rows, disagreements, small pictures by name.
    Read(Result<Box<ReadResults>, String>),
    /// Files were written (where), or why not.
    Written(Result<String, String>),
    /// A defect ended the errand.
    Defect,
}

/// What a result file holds.
pub struct ReadResults {
    /// The file.
    pub path: PathBuf,
    /// Its rows.
    pub rows: Vec<Row>,
    /// Where the models disagree.
    pub dissent: Vec<Dissent>,
    /// Small copies of the pictures that were found.
    pub thumbs: HashMap<String, RgbImage>,
}

/// Starts the thread of quick errands.
///
/// # Errors
/// When the system cannot start one.
pub fn start(home: Home, wake: &Wake) -> std::io::Result<Worker<Errand, ErrandNews>> {
    let mut bench = Bench::default();
    let work = move |job: Errand, desk: &Desk<ErrandNews>| {
        let news = match job {
            Errand::Try(form, picture) => {
                let known = bench.attempt(&home, &form, picture.as_deref());
                ErrandNews::Tried(form.path, known.map(Box::new))
            }
            Errand::Close => return bench.clear(),
            Errand::Keep(entry, source, labels) => {
                bench.clear();
                let name = entry.name.clone().unwrap_or_default();
                let kept = keep(&home, &entry, &source, &labels);
                ErrandNews::Kept(kept.map(|id| (id, name)))
            }
            Errand::Read(path) => ErrandNews::Read(read(path).map(Box::new)),
            Errand::Write(write) => ErrandNews::Written(write()),
        };
        if !desk.cancelled() {
            desk.say(news);
        }
    };
    Worker::start("errands", wake, work, |_: Slot| ErrandNews::Defect)
}

/// Starts the thread that waits for dialogs.
///
/// # Errors
/// When the system cannot start one.
pub fn start_dialogs(wake: &Wake) -> std::io::Result<Questions> {
    Worker::start(
        "questions",
        wake,
        |(purpose, dialog): (Purpose, Dialog), desk: &Desk<_>| {
            desk.say((purpose, bevy::tasks::block_on(dialog)));
        },
        |_: Slot| (Purpose::Results, None),
    )
}

/// Where the results of a run over `folder` lie: the same folder goes on in the same file.
pub fn results_path(home: &Home, folder: &Path) -> PathBuf {
    let hash = crate::files::sha256(folder.to_string_lossy().as_bytes());
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let short = hash.get(..8).unwrap_or_default();
    home.data
        .join("robustness")
        .join(format!("{name}-{short}.csv"))
}

/// The note beside a result file that says where its pictures lie.
fn folder_note(results: &Path) -> PathBuf {
    results.with_extension("folder.txt")
}

fn read(path: PathBuf) -> Result<ReadResults, String> {
    let rows = Journal::read(&path).map_err(|error| error.to_string())?;
    let dissent = dissent(&rows);
    let noted = crate::files::read_text(&folder_note(&path), MAX_NOTE_BYTES).ok();
    let beside = path.parent().unwrap_or(Path::new("."));
    let mut folders: Vec<PathBuf> = noted
        .map(|text| PathBuf::from(text.trim()))
        .into_iter()
        .collect();
    folders.push(beside.to_owned());
    let inside = std::fs::read_dir(beside).into_iter().flatten().flatten();
    folders.extend(
        inside
            .map(|entry| entry.path())
            .filter(|p| p.is_dir())
            .take(64),
    );
    let mut thumbs = HashMap::new();
    for found in &dissent {
        if thumbs.len() >= MOST_THUMBS {
            break;
        }
        if thumbs.contains_key(&found.picture) {
            continue;
        }
        // A name from a file: only its last part counts, so that it leads nowhere else.
        let Some(name) = Path::new(&found.picture).file_name() else {
            continue;
        };
        let file = folders.iter().map(|f| f.join(name)).find(|f| f.is_file());
        if let Some(picture) = file.and_then(|file| picture::open(&file).ok()) {
            thumbs.insert(found.picture.clone(), thumbnail(&picture.pixels));
        }
    }
    Ok(ReadResults {
        path,
        rows,
        dissent,
        thumbs,
    })
}

/// A run over a folder.
#[derive(Debug, Clone)]
pub struct FolderJob {
    /// The pictures.
    pub folder: PathBuf,
    /// The models.
    pub models: Vec<String>,
    /// What is done.
    pub shifts: Vec<Shift>,
    /// How maps are computed.
    pub request: Request,
    /// How far colours may differ.
    pub delta: u8,
}

/// What a run reports.
pub enum FolderNews {
    /// Rows done, all of them, and about how long it still takes, in words.
    Progress(usize, usize, String),
    /// What was left out, and why.
    Skipped(String),
    /// The result file.
    Done(PathBuf),
    /// It ended early: why, in a line; `None` when somebody stopped it.
    Ended(Option<String>),
}

/// Starts the thread of runs.
///
/// # Errors
/// When the system cannot start one.
pub fn start_runs(home: Home, wake: &Wake) -> std::io::Result<Worker<FolderJob, FolderNews>> {
    let work = move |job: FolderJob, desk: &Desk<FolderNews>| match over_folder(&home, &job, desk) {
        Ok(path) => desk.say(FolderNews::Done(path)),
        Err(why) if desk.cancelled() => {
            tracing::debug!("a run over a folder was stopped: {why}");
            desk.say(FolderNews::Ended(None));
        }
        Err(why) => desk.say(FolderNews::Ended(Some(why))),
    };
    Worker::start("folder", wake, work, |_: Slot| {
        FolderNews::Ended(Some(
            "a defect in the program stopped this run; what was done is kept".to_owned(),
        ))
    })
}

/// Tells the window what [`analyse`] reports.
struct Teller<'a> {
    desk: &'a Desk<FolderNews>,
    pace: Pace,
}

impl Watcher for Teller<'_> {
    fn progress(&mut self, done: usize, total: usize) {
        let left = self.pace.left(done, total).unwrap_or_default();
        self.desk.say(FolderNews::Progress(done, total, left));
    }

    fn skipped(&mut self, what: &str, why: &str) {
        self.desk.say(FolderNews::Skipped(format!("{what}: {why}")));
    }

    fn cancelled(&self) -> bool {
        self.desk.cancelled()
    }
}

fn over_folder(home: &Home, job: &FolderJob, desk: &Desk<FolderNews>) -> Result<PathBuf, String> {
    let line = |error: &dyn std::fmt::Display| error.to_string();
    let path = results_path(home, &job.folder);
    // This file is the program's own: rows of a picture or a model that has changed since go.
    let journal = Journal::open_over(&path, true).map_err(|e| line(&e))?;
    let paths = picture::list_folder(&job.folder).map_err(|e| line(&e))?;
    if paths.is_empty() {
        return Err(format!("{} holds no pictures", job.folder.display()));
    }
    let catalog = Catalog::load(home).map_err(|e| line(&e))?;
    let mut teller = Teller {
        desk,
        pace: Pace::start(),
    };
    let (paths, pictures) = subjects(paths, &mut teller);
    let mut classifiers = Vec::new();
    let mut named = Vec::new();
    for model in &job.models {
        let classifier = open(home, &catalog, model).map_err(|e| line(&e))?;
        let hash = classifier.sha256().map_err(|e| line(&e))?.to_owned();
        named.push((classifier.spec().id.clone(), hash));
        classifiers.push(classifier);
    }
    let easel = Easel::for_shifts(&job.shifts, 0, home).map_err(|e| line(&e))?;
    let plan = Plan {
        pictures,
        models: named,
        shifts: job.shifts.iter().map(Shift::to_string).collect(),
        settings: settings(&job.request),
        textures: textures(&easel),
        compare: super::counting::options(job.delta),
    };
    let mut lab = Workshop::new(paths, classifiers, job.request.clone(), easel, desk);
    let note = folder_note(&path);
    let folder = job.folder.display().to_string();
    crate::files::write_atomic(&note, |file| {
        std::io::Write::write_all(file, folder.as_bytes())
    })
    .map_err(|e| format!("{}: {e}", note.display()))?;
    analyse(&plan, &mut lab, journal, &mut teller).map_err(|e: AnalysisError| line(&e))?;
    Ok(path)
}
