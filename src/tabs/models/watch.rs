//! Notices when a model's file is replaced while the program runs: training goes on beside it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use crate::jobs::Wake;

/// How often the files are looked at.
const EVERY: Duration = Duration::from_secs(2);

/// What a file was like: when it was written, and its length; nothing where there is none.
pub type Stamp = Option<(Option<SystemTime>, u64)>;

/// What the file is like now.
pub fn stamp_of(path: &Path) -> Stamp {
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.modified().ok(), meta.len()))
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
