//! A folder of things that can be computed again, bounded in size: the longest unused go first.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// Says how many bytes a folder may hold, whenever that is asked.
pub type Limit = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Other processes write into the same folder; after so many writes of ours it is listed anew.
const WRITES_BETWEEN_LISTINGS: u32 = 64;
/// What was left by writers that were killed is swept when it is this old, in seconds.
const LEFT_OVER_SECS: u64 = 3600;

/// A folder, and the endings of the files in it that are ours. Files of one name with different
/// endings belong together; nothing else in the folder is touched.
#[derive(Clone)]
pub struct BoundedFolder {
    folder: PathBuf,
    endings: &'static [&'static str],
    limit: Limit,
    known: Arc<Mutex<Known>>,
}

/// What one process knows of the folder without listing it.
#[derive(Debug, Default)]
struct Known {
    /// Bytes, `None` before the first listing.
    bytes: Option<u64>,
    writes: u32,
}

/// Files that belong together.
#[derive(Debug)]
struct Entry {
    used: SystemTime,
    bytes: u64,
    files: Vec<PathBuf>,
}

impl std::fmt::Debug for BoundedFolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BoundedFolder({})", self.folder.display())
    }
}

impl BoundedFolder {
    /// The files with these `endings` in `folder`, which is made when something is written. Of
    /// files that belong together the one with the first ending tells when they were last used,
    /// and is removed first.
    #[must_use]
    pub fn new(folder: PathBuf, endings: &'static [&'static str], limit: Limit) -> Self {
        Self {
            folder,
            endings,
            limit,
            known: Arc::default(),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Tells that `bytes` were written into the folder. Lists it only the first time, now and then,
    /// and where the bound may be passed; then as much is removed as is too much and a tenth more.
    pub fn wrote(&self, bytes: u64) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.writes += 1;
        let unsure = known.writes >= WRITES_BETWEEN_LISTINGS;
        match &mut known.bytes {
            Some(total) if !unsure => {
                *total = total.saturating_add(bytes);
                if *total <= (self.limit)() {
                    return;
                }
            }
            _ => {}
        }
        *known = Known {
            bytes: Some(self.trimmed()),
            writes: 0,
        };
    }

    /// Removes the longest unused while there is more than the limit.
    pub fn trim(&self) {
        self.trimmed();
    }

    /// As [`Self::trim`]; the bytes that are left.
    fn trimmed(&self) -> u64 {
        let limit = (self.limit)();
        let mut entries = self.entries();
        let mut total: u64 = entries.iter().map(|entry| entry.bytes).sum();
        if total > limit {
            entries.sort_by_key(|entry| entry.used);
            let goal = limit - limit / 10;
            for entry in entries {
                if total <= goal {
                    break;
                }
                total -= entry.remove();
            }
        }
        total
    }

    /// How many files there are, and their bytes.
    #[must_use]
    pub fn usage(&self) -> (usize, u64) {
        let entries = self.entries();
        (
            entries.iter().map(|entry| entry.files.len()).sum(),
            entries.iter().map(|entry| entry.bytes).sum(),
        )
    }

    /// Removes everything that is ours, also what killed writers left; returns the bytes that were
    /// freed.
    ///
    /// # Errors
    /// When something stays, with its name.
    pub fn clear(&self) -> io::Result<u64> {
        let mut freed = 0;
        for entry in self.entries() {
            freed += entry.remove();
            if let Some(left) = entry.files.iter().find(|file| file.exists()) {
                let why = format!("{} could not be removed", left.display());
                return Err(io::Error::other(why));
            }
        }
        self.sweep(0);
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Known::default();
        Ok(freed)
    }

    fn is_ours(&self, path: &Path) -> Option<usize> {
        let ending = path.extension()?.to_str()?;
        self.endings.iter().position(|known| *known == ending)
    }

    fn entries(&self) -> Vec<Entry> {
        self.sweep(LEFT_OVER_SECS);
        let mut entries: HashMap<PathBuf, (usize, Entry)> = HashMap::new();
        for file in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let path = file.path();
            let (Some(rank), Ok(about)) = (self.is_ours(&path), file.metadata()) else {
                continue;
            };
            if !about.is_file() {
                continue;
            }
            let used = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            let (first, entry) = entries.entry(path.with_extension("")).or_insert((
                usize::MAX,
                Entry {
                    used,
                    bytes: 0,
                    files: Vec::new(),
                },
            ));
            entry.bytes += about.len();
            if rank < *first {
                (*first, entry.used) = (rank, used);
                entry.files.insert(0, path);
            } else {
                entry.files.push(path);
            }
        }
        entries.into_values().map(|(_, entry)| entry).collect()
    }

    /// Removes what writers that were killed left behind, where it is that old.
    fn sweep(&self, seconds: u64) {
        for file in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = file.file_name();
            let name = name.to_string_lossy();
            if !LEFT_OVER.iter().any(|prefix| name.starts_with(prefix)) {
                continue;
            }
            let Ok(about) = file.metadata() else { continue };
            let age = about.modified().ok().and_then(|then| then.elapsed().ok());
            if age.is_some_and(|age| age.as_secs() >= seconds) {
                let gone = if about.is_dir() {
                    fs::remove_dir_all(file.path())
                } else {
                    fs::remove_file(file.path())
                };
                if let Err(error) = gone {
                    tracing::debug!("{} stays: {error}", file.path().display());
                }
            }
        }
    }
}

/// How half-written files and folders begin.
const LEFT_OVER: [&str; 2] = [".saliscope-", ".session-"];

impl Entry {
    /// Returns the bytes that were freed.
    fn remove(&self) -> u64 {
        for file in &self.files {
            if let Err(error) = fs::remove_file(file)
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::debug!("{} stays: {error}", file.display());
                return 0;
            }
        }
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    fn put(folder: &Path, name: &str, bytes: usize, age: u64) {
        let path = folder.join(name);
        fs::write(&path, vec![0; bytes]).unwrap();
        let file = fs::File::options().append(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(age))
            .unwrap();
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_longest_unused_goes_with_all_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let limit = Arc::new(AtomicU64::new(1000));
        let theirs = limit.clone();
        let limited: Limit = Arc::new(move || theirs.load(Ordering::SeqCst));
        let bounded = BoundedFolder::new(folder.path().to_owned(), &["onnx", "bin"], limited);
        for (name, bytes, age) in [
            ("a.onnx", 100, 300),
            ("a.bin", 400, 10),
            ("b.onnx", 100, 200),
            ("c.bin", 300, 100),
            ("mine.txt", 5000, 900),
        ] {
            put(folder.path(), name, bytes, age);
        }
        assert_eq!(bounded.usage(), (4, 900));
        bounded.wrote(100);
        assert_eq!(names(folder.path()).len(), 5, "within the bound");
        // The second ending's time does not count.
        put(folder.path(), "d.onnx", 200, 0);
        bounded.wrote(200);
        assert_eq!(
            names(folder.path()),
            ["b.onnx", "c.bin", "d.onnx", "mine.txt"]
        );
        limit.store(300, Ordering::SeqCst);
        assert_eq!(bounded.trimmed(), 200);
        assert_eq!(bounded.clear().unwrap(), 200);
        assert_eq!(names(folder.path()), ["mine.txt"]);
    }

    #[test]
    fn the_folder_is_not_listed_at_each_write() {
        let folder = tempfile::tempdir().unwrap();
        let bounded = BoundedFolder::new(folder.path().to_owned(), &["x"], Arc::new(|| 1000));
        bounded.wrote(0);
        // Behind its back: found when the folder is listed anew.
        put(folder.path(), "other.x", 5000, 10);
        for _ in 0..WRITES_BETWEEN_LISTINGS - 1 {
            bounded.wrote(1);
            assert_eq!(names(folder.path()).len(), 1);
        }
        bounded.wrote(1);
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn what_killed_writers_left_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        let bounded = BoundedFolder::new(folder.path().to_owned(), &["x"], Arc::new(|| 1000));
        put(folder.path(), ".saliscope-old", 10, 2 * LEFT_OVER_SECS);
        put(folder.path(), ".saliscope-new", 10, 0);
        fs::create_dir(folder.path().join(".session-1")).unwrap();
        assert_eq!(bounded.usage(), (0, 0));
        assert_eq!(names(folder.path()), [".saliscope-new", ".session-1"]);
        bounded.clear().unwrap();
        assert!(names(folder.path()).is_empty());
        // A folder that is not there is empty.
        let none = BoundedFolder::new(folder.path().join("none"), &["x"], Arc::new(|| 0));
        assert_eq!((none.usage(), none.clear().unwrap()), ((0, 0), 0));
    }
}
