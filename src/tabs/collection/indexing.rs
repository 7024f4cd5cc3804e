//! A collection is looked through in the background: thumbnails of all first, then a network.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::collection::{Examiner, Key, Manifest, Progress, Source, Summary, Watch, Writer, index};
use crate::files;
use crate::home::Home;
use crate::jobs::{Jobs, Lane, Reporter, Task, Urgency, Work};
use crate::picture::Framing;
use crate::progress::Observer as _;

/// How far a run is is told so often at most: the window draws a frame each time, which where the processor
/// draws takes from the run itself.
const TELL_EVERY: Duration = Duration::from_millis(300);

/// What a run does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It looks for files.
    Listing,
    /// It makes thumbnails.
    Thumbnails,
    /// It opens a network.
    Opening,
    /// A network looks at every picture.
    Asking,
}

/// What a run tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// It goes on to the next.
    Phase(Phase),
    /// How far it is.
    Progress(Progress),
    /// Something worth knowing.
    Note(String),
}

/// What a run is told while it works.
#[derive(Debug, Default)]
pub struct Steering {
    paused: AtomicBool,
    wanted: Mutex<VecDeque<Key>>,
}

impl Steering {
    /// Rests, or goes on.
    pub fn pause(&self, paused: bool) {
        self.paused.store(paused, Ordering::Relaxed);
    }

    /// Whether it rests.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Relaxed)
    }

    /// The paths of files that are wanted first, the most wanted in front.
    pub fn want(&self, paths: impl IntoIterator<Item = Key>) {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        *wanted = paths.into_iter().collect();
    }
}

/// A run.
pub struct Run {
    /// The index that it writes.
    pub folder: PathBuf,
    /// The id of the network that it asks.
    pub model: Option<String>,
    steering: Arc<Steering>,
    task: Option<Task<Summary, Told>>,
}

impl Run {
    /// Begins to look through `source`, with a network where one is named.
    pub fn start(
        jobs: &Jobs,
        folder: PathBuf,
        source: Source,
        model: Option<String>,
        framing: Framing,
    ) -> Self {
        let steering = Arc::new(Steering::default());
        let asked = model.clone();
        let (work, theirs, to) = (jobs.work().clone(), steering.clone(), folder.clone());
        let task = jobs.run(Lane::Indexing, Urgency::Now, move |reporter| {
            let model = model.as_deref().map(|model| (model, framing));
            look_through(&to, &source, model, &*work, &theirs, reporter)
        });
        Self {
            folder,
            model: asked,
            steering,
            task: Some(task),
        }
    }

    /// What it is told.
    #[must_use]
    pub fn steering(&self) -> &Steering {
        &self.steering
    }

    /// What it told since the last call, and what it came to, once.
    pub fn receive(&mut self) -> (Vec<Told>, Option<Result<Summary, String>>) {
        let Some(task) = &self.task else {
            return (Vec::new(), None);
        };
        // In this order: when the answer is there, everything was told.
        let answer = task.take();
        let told = task.reports();
        if answer.is_some() {
            self.task = None;
        }
        (
            told,
            answer.map(|answer| answer.map_err(|error| error.to_string())),
        )
    }
}

/// Where the index of a source lies among the person's data: by the path, so that opening it again goes
/// on with it.
#[must_use]
pub fn place_of(home: &Home, source: &Source) -> PathBuf {
    let collections = home.data.join("collections");
    let Some(path) = source.path() else {
        return collections.join("made-up");
    };
    let name = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy();
    let name: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(40)
        .collect();
    let mut hash = files::sha256(path.as_os_str().as_encoded_bytes());
    hash.truncate(12);
    collections.join(format!("{name}-{hash}"))
}

/// What a folder that a person named is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// An index that is there already.
    Index(PathBuf),
    /// Pictures, and where their index goes.
    Pictures(Source, PathBuf),
}

impl Named {
    /// What is at `path`.
    ///
    /// # Errors
    /// In words, when it cannot be read.
    pub fn at(path: &Path, home: &Home) -> Result<Self, String> {
        if Manifest::is_in(path) {
            return Ok(Self::Index(path.to_owned()));
        }
        let source = Source::open(path).map_err(|error| error.to_string())?;
        let place = place_of(home, &source);
        Ok(Self::Pictures(source, place))
    }

    /// The index of what is at `path`, if there is one.
    #[must_use]
    pub fn known(path: &Path, home: &Home) -> Option<PathBuf> {
        match Self::at(path, home).ok()? {
            Self::Index(folder) => Some(folder),
            Self::Pictures(_, folder) => Some(folder).filter(|folder| Manifest::is_in(folder)),
        }
    }
}

fn look_through(
    folder: &Path,
    source: &Source,
    model: Option<(&str, Framing)>,
    work: &dyn Work,
    steering: &Steering,
    reporter: &Reporter<'_, Told>,
) -> Result<Summary, String> {
    let said = |error: crate::collection::CollectionError| error.to_string();
    let relay = Relay {
        reporter,
        steering,
        told: Mutex::new(None),
    };
    reporter.report(Told::Phase(Phase::Listing));
    let listing = source.list().map_err(said)?;
    if listing.entries.is_empty() {
        let what = source.path().unwrap_or(Path::new("this")).display();
        return Err(format!("{what} holds no pictures; choose another folder"));
    }
    reporter.report(Told::Phase(Phase::Thumbnails));
    let path = source.path();
    let (mut writer, _) = Writer::open(folder, path, &[]).map_err(said)?;
    let mut summary = index(&mut writer, &listing, &[], &relay).map_err(said)?;
    drop(writer);
    let Some((model, framing)) = model.filter(|_| summary.finished) else {
        return Ok(summary);
    };
    reporter.report(Told::Phase(Phase::Opening));
    let (examiner, note) = work.examiner(model, framing)?;
    if let Some(note) = note {
        reporter.report(Told::Note(note));
    }
    if reporter.cancelled() {
        return Ok(summary);
    }
    reporter.report(Told::Phase(Phase::Asking));
    let entries = [examiner.entry().clone()];
    let (mut writer, places) = Writer::open(folder, path, &entries).map_err(said)?;
    let examiners: Vec<(&dyn Examiner, usize)> = places
        .into_iter()
        .map(|place| (&*examiner, place))
        .collect();
    let asked = index(&mut writer, &listing, &examiners, &relay).map_err(said)?;
    summary.decoded += asked.decoded;
    summary.finished = asked.finished;
    Ok(summary)
}

/// Tells the window, and asks it.
struct Relay<'a> {
    reporter: &'a Reporter<'a, Told>,
    steering: &'a Steering,
    /// When it was told last how far it is.
    told: Mutex<Option<Instant>>,
}

impl Watch for Relay<'_> {
    fn progress(&self, progress: Progress) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let due = told.is_none_or(|then| then.elapsed() >= TELL_EVERY);
        if due || progress.done == progress.total {
            *told = Some(Instant::now());
            self.reporter.report(Told::Progress(progress));
        }
    }

    fn note(&self, words: &str) {
        self.reporter.report(Told::Note(words.to_owned()));
    }

    fn cancelled(&self) -> bool {
        self.reporter.cancelled()
    }

    fn paused(&self) -> bool {
        self.steering.is_paused()
    }

    fn gives_way(&self) -> bool {
        true
    }

    fn wanted(&self) -> Option<Key> {
        let mut wanted = self
            .steering
            .wanted
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        wanted.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_place_and_another_of_its_name_has_another() {
        let home = Home {
            root: PathBuf::new(),
            data: PathBuf::from("/data"),
            cache: PathBuf::new(),
        };
        let place = |path: &str| place_of(&home, &Source::Folder(PathBuf::from(path)));
        assert_eq!(place("/a/birds of 2020"), place("/a/birds of 2020"));
        assert_ne!(place("/a/birds"), place("/b/birds"));
        let name = place("/a/birds of 2020");
        let name = name.file_name().unwrap().to_string_lossy();
        assert!(name.starts_with("birds-of-2020-"), "{name}");
    }

    #[test]
    fn what_is_wanted_comes_once_and_in_its_order() {
        let steering = Steering::default();
        let keys = [1u8, 2, 3].map(|n| Key::of_path(&[n]));
        steering.want(keys);
        let next = || steering.wanted.lock().unwrap().pop_front();
        assert_eq!(next(), Some(keys[0]));
        steering.want([keys[2]]);
        assert_eq!((next(), next()), (Some(keys[2]), None));
        steering.pause(true);
        assert!(steering.is_paused());
    }
}
