//! Temporary files and folders beside what is being written. The process they belong to holds a lock
//! on each, so that what a killed one left is told from what a living one still needs.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tempfile::{NamedTempFile, TempDir};

use crate::home::Home;

/// What their names begin with.
const PREFIX: &str = ".saliscope-tmp-";
/// What earlier versions of this program called theirs; swept only from folders that nobody else
/// writes into.
const EARLIER: [&str; 2] = [".saliscope-", ".session-"];
/// How often making one is tried again when a sweep of another process took it before it was locked.
const TRIES: usize = 16;

/// A new file in `folder`, readable as the process's umask says.
pub(super) fn file_in(folder: &Path) -> io::Result<NamedTempFile> {
    sweep_once(folder);
    for _ in 0..TRIES {
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        // Without this they are private to their owner, and so would be the result.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let file = builder.tempfile_in(folder)?;
        if hold(file.as_file(), file.path()) {
            return Ok(file);
        }
    }
    Err(io::Error::other(
        "a temporary file vanished again and again",
    ))
}

/// A new folder, which is deleted with all that is in it when this is dropped.
pub(crate) struct TemporaryFolder {
    folder: TempDir,
    /// Closing it gives the lock back. Where a folder cannot be opened there is none, nor any sweep.
    lock: Option<File>,
}

impl TemporaryFolder {
    /// A new folder in `parent`.
    pub(crate) fn new_in(parent: &Path) -> io::Result<Self> {
        sweep_once(parent);
        for _ in 0..TRIES {
            let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
            let lock = File::open(folder.path()).ok();
            if lock.as_ref().is_none_or(|lock| hold(lock, folder.path())) {
                return Ok(Self { folder, lock });
            }
        }
        Err(io::Error::other(
            "a temporary folder vanished again and again",
        ))
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// From here on it is not deleted by itself; the lock is held while the second value lives.
    pub(super) fn keep(self) -> (PathBuf, Option<File>) {
        (self.folder.keep(), self.lock)
    }
}

/// Locks what was just made; `false` when a sweep had it first.
fn hold(file: &File, path: &Path) -> bool {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => false,
        // Without locks on that file system nothing is swept there either.
        Err(TryLockError::Error(_)) => true,
        Ok(()) => is_at(file, path),
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(own), Ok(there)) => super::write::same_file(&own, &there),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

/// Deletes what killed processes left in `folder`, once in the life of this process.
fn sweep_once(folder: &Path) {
    static SWEPT: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let new = SWEPT
        .lock()
        .is_ok_and(|mut swept| swept.insert(folder.to_owned()));
    if new {
        sweep(folder, &[PREFIX]);
    }
}

/// Deletes what killed processes left in the program's own folders; called once at the start.
pub(crate) fn sweep_own(home: &Home) {
    for folder in [
        home.data.clone(),
        home.data.join("models"),
        home.data.join("pictures"),
        home.data.join("robustness"),
        home.cache.join("graphs"),
        home.cache.join("explanations"),
    ] {
        sweep(&folder, &EARLIER);
    }
}

fn sweep(folder: &Path, prefixes: &[&str]) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if prefixes.iter().any(|prefix| name.starts_with(prefix))
            && let Err(error) = sweep_one(&entry.path(), prefixes.len() > 1)
        {
            tracing::debug!("{}: not swept: {error}", entry.path().display());
        }
    }
}

/// Deletes one left-over unless a living process holds it. In `own` folders nothing in it can be
/// anybody else's.
pub(super) fn sweep_one(path: &Path, own: bool) -> io::Result<()> {
    let about = fs::symlink_metadata(path)?;
    if !about.is_file() && !about.is_dir() {
        return Ok(());
    }
    let lock = File::open(path)?;
    match lock.try_lock() {
        Err(TryLockError::WouldBlock) => Ok(()),
        Err(TryLockError::Error(error)) => Err(error),
        Ok(()) if about.is_file() => fs::remove_file(path),
        Ok(()) if own => fs::remove_dir_all(path),
        Ok(()) => super::folder::recover(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dead_is_swept_and_what_lives_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let living = file_in(folder.path()).unwrap();
        let held = TemporaryFolder::new_in(folder.path()).unwrap();
        fs::write(at(".saliscope-tmp-dead01"), "x").unwrap();
        fs::write(at(".saliscope-notes"), "mine").unwrap();
        fs::create_dir(at(".saliscope-tmp-dead02")).unwrap();
        sweep(folder.path(), &[PREFIX]);
        assert!(living.path().exists() && held.path().exists());
        assert!(!at(".saliscope-tmp-dead01").exists());
        assert!(!at(".saliscope-tmp-dead02").exists());
        assert!(at(".saliscope-notes").exists());
    }

    #[test]
    fn a_folder_is_swept_when_it_is_first_written_into() {
        let folder = tempfile::tempdir().unwrap();
        let left = folder.path().join(".saliscope-tmp-dead03");
        fs::write(&left, "x").unwrap();
        drop(file_in(folder.path()).unwrap());
        assert!(!left.exists());
    }

    #[test]
    fn earlier_left_overs_go_from_own_folders_at_the_start() {
        let top = tempfile::tempdir().unwrap();
        let home = Home {
            root: top.path().to_owned(),
            data: top.path().join("data"),
            cache: top.path().join("cache"),
        };
        let graphs = home.cache.join("graphs");
        fs::create_dir_all(graphs.join(".session-abcdef/x")).unwrap();
        fs::write(graphs.join("kept.onnx"), "x").unwrap();
        fs::create_dir_all(&home.data).unwrap();
        fs::write(home.data.join(".saliscope-AbCdEf"), "x").unwrap();
        sweep_own(&home);
        assert!(!graphs.join(".session-abcdef").exists() && graphs.join("kept.onnx").exists());
        assert_eq!(fs::read_dir(&home.data).unwrap().count(), 0);
    }
}
