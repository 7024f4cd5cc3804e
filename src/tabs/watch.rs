//! Notices when a model's file, or the description beside it, is replaced while the program runs: training
//! goes on beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use bevy::prelude::*;
use bevy::window::WindowFocused;

use super::bring::{OwnModelEvent, OwnModelNews};
use crate::classifier::Catalog;
use crate::jobs::{Jobs, Wake};
use crate::ui::{HomeDir, NoticeBoard};

/// How often the files are looked at.
const EVERY: Duration = Duration::from_secs(2);

/// Who shows answers that stay as they are until somebody asks anew: a whole collection of them.
pub const COLLECTION: &str = "collection";

/// What a model's file and the description beside it were like: when they were written, and their lengths;
/// nothing where there is none.
pub type Stamp = [Option<(Option<SystemTime>, u64)>; 2];

/// What they are like now.
pub fn stamp_of(path: &Path) -> Stamp {
    let of = |path: &Path| {
        let meta = std::fs::metadata(path).ok()?;
        Some((meta.modified().ok(), meta.len()))
    };
    [of(path), of(&path.with_extension("toml"))]
}

/// The models whose answers are on screen, and what their files were like when they got there.
#[derive(Resource, Default)]
pub struct Shown {
    watcher: Option<Watcher>,
    /// By who shows them.
    by: BTreeMap<&'static str, BTreeSet<String>>,
    files: BTreeMap<String, (PathBuf, Stamp)>,
}

impl Shown {
    /// `who` shows answers of these models, and of no others.
    pub fn by<'a>(&mut self, who: &'static str, models: impl IntoIterator<Item = &'a str>) {
        let models = models.into_iter().filter(|model| !model.is_empty());
        let models: BTreeSet<String> = models.map(str::to_owned).collect();
        if self.by.get(who) != Some(&models) {
            self.by.insert(who, models);
        }
    }

    /// Whether the files that are watched are those of the models that are shown.
    fn is_settled(&self) -> bool {
        let all: BTreeSet<&String> = self.by.values().flatten().collect();
        all.len() == self.files.len() && all.iter().all(|model| self.files.contains_key(*model))
    }

    /// What is to be told of a model that was replaced, by where its answers are.
    fn told_of(&self, model: &str) -> &'static str {
        let shows = |(_, models): &(&&str, &BTreeSet<String>)| models.contains(model);
        let mut kept = false;
        let mut anew = false;
        for (who, _) in self.by.iter().filter(shows) {
            kept |= *who == COLLECTION;
            anew |= *who != COLLECTION;
        }
        match (anew, kept) {
            (true, true) => {
                "what is shown of it is computed anew, but for the collection: ask it again there."
            }
            (false, true) => {
                "the collection shows what it said and saw before; ask it again there."
            }
            (_, false) => "what is shown of it is computed anew.",
        }
    }

    /// A model was described anew here: its files are what they are from now on.
    pub fn restamp(&mut self, model: &str) {
        if let Some((path, stamp)) = self.files.get_mut(model) {
            *stamp = stamp_of(path);
        }
    }

    /// The models whose files are others now than they were; they are so from now on. One that is gone may
    /// be on its way back, and what is shown was its own.
    fn replaced(&mut self) -> Vec<String> {
        let mut found = Vec::new();
        for (model, (path, stamp)) in &mut self.files {
            let now = stamp_of(path);
            let [there, _] = now;
            if now != *stamp && there.is_some() {
                *stamp = now;
                found.push(model.clone());
            }
        }
        found
    }
}

/// Tells the tabs whose maps a model made that it is another one now.
fn tell(
    mut shown: ResMut<Shown>,
    mut focus: MessageReader<WindowFocused>,
    mut news: MessageWriter<OwnModelNews>,
    mut notices: ResMut<NoticeBoard>,
    home: Res<HomeDir>,
    jobs: Res<Jobs>,
) {
    let focused = focus.read().any(|message| message.focused);
    let changed = shown.watcher.as_ref().is_some_and(Watcher::changed);
    let settled = shown.is_settled();
    if settled && !focused && !changed {
        return;
    }
    let shown = &mut *shown;
    let replaced = shown.replaced();
    if !settled || !replaced.is_empty() {
        let catalog = Catalog::load(&home).unwrap_or_default();
        let all: BTreeSet<String> = shown.by.values().flatten().cloned().collect();
        shown.files.retain(|model, _| all.contains(model));
        for model in all {
            shown.files.entry(model).or_insert_with_key(|model| {
                let path = match catalog.model(model) {
                    Some(entry) => catalog.model_path(&home, entry),
                    None => PathBuf::from(model),
                };
                let stamp = stamp_of(&path);
                (path, stamp)
            });
        }
        for id in replaced {
            let named = catalog.model(&id).and_then(|entry| entry.name.clone());
            let name = named.unwrap_or_else(|| id.clone());
            let told = shown.told_of(&id);
            notices.info(format!("{name} was replaced on disk: {told}"));
            let what = OwnModelEvent::Replaced;
            news.write(OwnModelNews { id, what });
        }
    }
    if shown.watcher.is_none() && !shown.files.is_empty() {
        shown.watcher = Watcher::start(jobs.wake())
            .inspect_err(|error| tracing::warn!("no thread looks at models: {error}"))
            .ok();
    }
    if let Some(watcher) = &shown.watcher {
        let now = |(path, _): &(PathBuf, Stamp)| (path.clone(), stamp_of(path));
        watcher.watch(shown.files.values().map(now).collect());
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Shown>().add_systems(Update, tell);
}

#[derive(Default)]
struct Watched {
    files: Mutex<Vec<(PathBuf, Stamp)>>,
    changed: AtomicBool,
}

/// A thread that looks at files; it ends with this.
pub struct Watcher(Arc<Watched>);

impl Watcher {
    /// Starts the thread. `wake` is called when a file changed.
    ///
    /// # Errors
    /// When the system cannot start one.
    pub fn start(wake: &Wake) -> std::io::Result<Self> {
        Self::looking(EVERY, wake)
    }

    fn looking(every: Duration, wake: &Wake) -> std::io::Result<Self> {
        let watched = Arc::new(Watched::default());
        let (seen, wake) = (Arc::downgrade(&watched), wake.clone());
        std::thread::Builder::new()
            .name("model files".to_owned())
            .spawn(move || {
                loop {
                    std::thread::sleep(every);
                    let Some(watched) = Weak::upgrade(&seen) else {
                        return;
                    };
                    if watched.look() {
                        wake();
                    }
                }
            })?;
        Ok(Self(watched))
    }

    /// Watches these files, which were like this.
    pub fn watch(&self, files: Vec<(PathBuf, Stamp)>) {
        let mut watched = self.0.files.lock().unwrap_or_else(PoisonError::into_inner);
        *watched = files;
    }

    /// True once after a file changed.
    pub fn changed(&self) -> bool {
        self.0.changed.swap(false, Ordering::SeqCst)
    }
}

impl Watched {
    /// Whether a file is another than when it was looked at last.
    fn look(&self) -> bool {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        // Not held while the disk is asked.
        let known = files.clone();
        drop(files);
        let changed = known.iter().any(|(path, stamp)| stamp_of(path) != *stamp);
        changed && !self.changed.swap(true, Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn what_is_described_anew_here_was_not_replaced_by_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net.onnx");
        std::fs::write(&path, "one").unwrap();
        let mut shown = Shown::default();
        shown.by("a tab", ["net", ""]);
        assert!(!shown.is_settled());
        let files = (path.clone(), stamp_of(&path));
        shown.files.insert("net".to_owned(), files);
        assert!(shown.is_settled() && shown.replaced().is_empty());
        std::fs::write(&path, "another").unwrap();
        assert_eq!(shown.replaced(), ["net"]);
        assert!(shown.replaced().is_empty(), "told once");
        std::fs::write(path.with_extension("toml"), "mean = [0, 0, 0]").unwrap();
        shown.restamp("net");
        assert!(shown.replaced().is_empty());
        std::fs::remove_file(&path).unwrap();
        assert!(shown.replaced().is_empty(), "it is gone");
        std::fs::write(&path, "a third one").unwrap();
        assert_eq!(shown.replaced(), ["net"]);
    }

    #[test]
    fn it_is_told_where_answers_come_anew_and_where_they_stay() {
        let mut shown = Shown::default();
        shown.by("see why", ["a", "b"]);
        shown.by(COLLECTION, ["b", "c"]);
        assert_eq!(shown.told_of("a"), "what is shown of it is computed anew.");
        assert!(shown.told_of("b").contains("anew, but for the collection"));
        assert!(
            shown
                .told_of("c")
                .starts_with("the collection shows what it said")
        );
    }

    #[test]
    fn a_file_that_is_replaced_wakes_the_window_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net.onnx");
        std::fs::write(&path, "one").unwrap();
        let (sender, woken) = mpsc::channel();
        let wake: Wake = Arc::new(move || {
            // Nobody listens any more when the test is over.
            let _ = sender.send(());
        });
        let watcher = Watcher::looking(Duration::from_millis(5), &wake).unwrap();
        watcher.watch(vec![(path.clone(), stamp_of(&path))]);
        let soon = Duration::from_millis(60);
        assert!(woken.recv_timeout(soon).is_err() && !watcher.changed());
        std::fs::write(&path, "another").unwrap();
        woken.recv_timeout(Duration::from_secs(20)).unwrap();
        assert!(woken.recv_timeout(soon).is_err(), "woken once");
        assert!(watcher.changed());
        // Described anew is another one, too.
        watcher.watch(vec![(path.clone(), stamp_of(&path))]);
        while woken.recv_timeout(soon).is_ok() {
            watcher.changed();
        }
        std::fs::write(path.with_extension("toml"), "mean = [0, 0, 0]").unwrap();
        woken.recv_timeout(Duration::from_secs(20)).unwrap();
        assert!(watcher.changed());
        watcher.watch(vec![(path.clone(), stamp_of(&path))]);
        // What was seen between the two is told again, and then all is quiet.
        while woken.recv_timeout(soon).is_ok() {
            watcher.changed();
        }
        std::fs::remove_file(&path).unwrap();
        woken.recv_timeout(Duration::from_secs(20)).unwrap();
        assert!(watcher.changed());
    }
}
