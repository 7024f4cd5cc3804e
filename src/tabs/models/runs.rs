//! Files of results: read with the small pictures that belong to them, or made by a run over a folder.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use image::RgbImage;

use super::figures::Digest;
use crate::classifier::Catalog;
use crate::collection::GivenLabels;
use crate::compare::robustness::{
    AnalysisError, Dissent, Journal, Pace, Plan, Row, Truths, Watcher, Workshop, analyse, dissent,
    settings, subjects, textures,
};
use crate::home::Home;
use crate::jobs::{Reporter, thumbnail};
use crate::picture;
use crate::progress::Observer as _;
use crate::saliency::Request;
use crate::stylize::shift::{Easel, Shift};
use crate::tabs::bring::open;

/// Most pictures of results that get a thumbnail: those on top of the list.
const MOST_THUMBS: usize = 200;

/// Most folders in a folder that are looked through.
const MOST_INNER: usize = 64;

/// Longest note about a folder that is read, in bytes: paths are shorter.
const MAX_NOTE_BYTES: u64 = 1 << 16;

/// What a result file holds.
pub struct ReadResults {
    /// The file.
    pub path: PathBuf,
    /// Its rows.
    pub rows: Vec<Row>,
    /// What the charts show of them.
    pub digest: Digest,
    /// The folder that the run was over, where that was noted.
    pub folder: Option<PathBuf>,
    /// Where the models disagree.
    pub dissent: Vec<Dissent>,
    /// The pictures that were found, by name.
    pub files: HashMap<String, PathBuf>,
    /// Small copies of those on top of the list.
    pub thumbs: HashMap<String, RgbImage>,
}

/// Where the results of a run over `folder`, or over `some` of its pictures, lie: the same ones go on in
/// the same file.
pub fn results_path(home: &Home, folder: &Path, some: Option<&[PathBuf]>) -> PathBuf {
    let mut named = folder.to_string_lossy().into_owned();
    for path in some.unwrap_or_default() {
        named.push('\0');
        named.push_str(&path.to_string_lossy());
    }
    let hash = crate::files::sha256(named.as_bytes());
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

/// Where it is kept in which folder the pictures of a result file lie, where a person said so.
fn said_note(home: &Home, results: &Path) -> PathBuf {
    let whole = results.canonicalize();
    let whole = whole.unwrap_or_else(|_| results.to_owned());
    let hash = crate::files::sha256(whole.to_string_lossy().as_bytes());
    let short = hash.get(..16).unwrap_or_default();
    home.data
        .join("robustness")
        .join(format!("{short}.pictures.txt"))
}

/// Remembers in which folder the pictures of a result file lie: who said so is not asked again.
///
/// # Errors
/// When that cannot be written, in one line.
pub(super) fn remember_folder(home: &Home, results: &Path, folder: &Path) -> Result<(), String> {
    let note = said_note(home, results);
    let words = folder.display().to_string();
    let parent = note.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent)
        .and_then(|()| {
            crate::files::write_atomic(&note, |file| {
                std::io::Write::write_all(file, words.as_bytes())
            })
        })
        .map_err(|error| format!("{}: {error}", note.display()))
}

/// A folder and those directly in it.
fn with_inner(folder: &Path) -> Vec<PathBuf> {
    let inside = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let inner = inside.map(|entry| entry.path()).filter(|p| p.is_dir());
    std::iter::once(folder.to_owned())
        .chain(inner.take(MOST_INNER))
        .collect()
}

/// Reads a result file, and finds its pictures: in the folder that is said now (`said`) or was said
/// before, in that of the run, or beside the file.
///
/// # Errors
/// When it cannot be read, in one line.
pub(super) fn read(path: PathBuf, said: Option<&Path>, home: &Home) -> Result<ReadResults, String> {
    let rows = Journal::read(&path).map_err(|error| error.to_string())?;
    let dissent = dissent(&rows);
    let noted = |note: &Path| {
        let text = crate::files::read_text(note, MAX_NOTE_BYTES).ok()?;
        Some(PathBuf::from(text.trim()))
    };
    let said = said.map(Path::to_owned);
    let known = [
        said,
        noted(&said_note(home, &path)),
        noted(&folder_note(&path)),
    ];
    let beside = path.parent().unwrap_or(Path::new("."));
    let folder = known.iter().flatten().next().cloned();
    let folders: Vec<PathBuf> = known
        .into_iter()
        .flatten()
        .chain([beside.to_owned()])
        .flat_map(|folder| with_inner(&folder))
        .collect();
    let (mut files, mut thumbs) = (HashMap::new(), HashMap::new());
    for found in &dissent {
        if files.contains_key(&found.picture) {
            continue;
        }
        // A name from a file: only its last part counts, so that it leads nowhere else.
        let Some(name) = Path::new(&found.picture).file_name() else {
            continue;
        };
        let file = folders.iter().map(|f| f.join(name)).find(|f| f.is_file());
        let Some(file) = file else { continue };
        if thumbs.len() < MOST_THUMBS
            && let Ok(picture) = picture::open(&file)
        {
            thumbs.insert(found.picture.clone(), thumbnail(&picture.pixels));
        }
        files.insert(found.picture.clone(), file);
    }
    let truths = truths(&rows, &folders, home);
    Ok(ReadResults {
        digest: Digest::of(&rows, truths),
        path,
        folder,
        rows,
        dissent,
        files,
        thumbs,
    })
}

/// What the pictures of `rows` are of, as a table beside them says. The networks are opened for the names of
/// their classes, where there is one; of those that are gone nothing is known.
fn truths(rows: &[Row], folders: &[PathBuf], home: &Home) -> Truths {
    let given = folders
        .iter()
        .find_map(|folder| GivenLabels::beside(folder));
    let (Some((given, _)), Ok(catalog)) = (given, Catalog::load(home)) else {
        return Truths::default();
    };
    let ids: BTreeSet<&str> = rows.iter().map(|row| row.key.model.as_str()).collect();
    let names = |id: &str| {
        let classifier = open(home, &catalog, id).ok()?;
        let labels = classifier.labels();
        let names = (0..labels.len()).map(|class| labels.name(class)).collect();
        Some((id.to_owned(), names))
    };
    let networks: Vec<(String, Vec<String>)> = ids.into_iter().filter_map(names).collect();
    let pictures = rows.iter().map(|row| row.key.picture.as_str());
    given.truths(pictures, &networks).0
}

/// A run over a folder.
#[derive(Debug, Clone)]
pub struct FolderJob {
    /// The folder of the pictures.
    pub folder: PathBuf,
    /// Those that were chosen of them; all without.
    pub some: Option<Vec<PathBuf>>,
    /// The models.
    pub models: Vec<String>,
    /// What is done.
    pub shifts: Vec<Shift>,
    /// How maps are computed.
    pub request: Request,
    /// How far colours may differ.
    pub delta: u8,
}

/// What a run reports while it goes on.
pub enum RunNews {
    /// Rows done, all of them, and about how long it still takes, in words.
    Progress(usize, usize, String),
    /// What was left out, and why.
    Skipped(String),
}

/// Tells the window what [`analyse`] reports.
struct Teller<'a> {
    reporter: &'a Reporter<'a, RunNews>,
    pace: Pace,
}

impl Watcher for Teller<'_> {
    fn progress(&mut self, done: usize, total: usize) {
        let left = self.pace.left(done, total).unwrap_or_default();
        self.reporter.report(RunNews::Progress(done, total, left));
    }

    fn skipped(&mut self, what: &str, why: &str) {
        self.reporter
            .report(RunNews::Skipped(format!("{what}: {why}")));
    }

    fn cancelled(&self) -> bool {
        self.reporter.cancelled()
    }
}

/// Runs over a folder; gives the file of results, which holds what was done also where it stops.
///
/// # Errors
/// Why it ended early, in one line.
pub(super) fn over_folder(
    home: &Home,
    job: &FolderJob,
    reporter: &Reporter<'_, RunNews>,
) -> Result<PathBuf, String> {
    let line = |error: &dyn std::fmt::Display| error.to_string();
    let path = results_path(home, &job.folder, job.some.as_deref());
    // This file is the program's own: rows of a picture or a model that has changed since go.
    let journal = Journal::open_over(&path, true).map_err(|e| line(&e))?;
    let paths = match &job.some {
        Some(some) => some.clone(),
        None => picture::list_folder(&job.folder).map_err(|e| line(&e))?,
    };
    if paths.is_empty() {
        return Err(format!("{} holds no pictures", job.folder.display()));
    }
    let catalog = Catalog::load(home).map_err(|e| line(&e))?;
    let mut teller = Teller {
        reporter,
        pace: Pace::start(),
    };
    let (paths, pictures) = subjects(paths, &mut teller);
    let mut classifiers = Vec::new();
    let mut named = Vec::new();
    for model in &job.models {
        let classifier = open(home, &catalog, model).map_err(|e| line(&e))?;
        let identity = classifier.identity().map_err(|e| line(&e))?;
        named.push((classifier.spec().id.clone(), identity));
        classifiers.push(classifier);
    }
    let easel = Easel::for_shifts(&job.shifts, 0, home).map_err(|e| line(&e))?;
    let plan = Plan {
        pictures,
        models: named,
        shifts: job.shifts.iter().map(Shift::to_string).collect(),
        settings: settings(&job.request),
        textures: textures(&easel),
        compare: super::compare_cell::options(job.delta),
    };
    let mut lab = Workshop::new(paths, classifiers, job.request.clone(), easel, reporter);
    let note = folder_note(&path);
    let folder = job.folder.display().to_string();
    crate::files::write_atomic(&note, |file| {
        std::io::Write::write_all(file, folder.as_bytes())
    })
    .map_err(|e| format!("{}: {e}", note.display()))?;
    analyse(&plan, &mut lab, journal, &mut teller).map_err(|e: AnalysisError| line(&e))?;
    Ok(path)
}
