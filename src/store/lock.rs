//! One process at a time changes what lies in the data folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

/// The file whose lock is held; it is empty.
pub(super) const LOCK: &str = ".lock";
/// A writer holds the lock for some milliseconds; one that holds it this long hangs.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(5);

/// The right to write in a folder. It ends with this value, also when the program is killed.
#[derive(Debug)]
pub(crate) struct Held {
    _lock: Option<File>,
}

/// Waits until no other process writes in `folder`, which is made if missing. On file systems that
/// know no locks nothing is waited for.
///
/// # Errors
/// When the folder cannot be written, or somebody holds the lock for ten seconds.
pub(crate) fn hold(folder: &Path) -> io::Result<Held> {
    hold_for(folder, PATIENCE)
}

fn hold_for(folder: &Path, patience: Duration) -> io::Result<Held> {
    std::fs::create_dir_all(folder)?;
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join(LOCK))?;
    let until = Instant::now() + patience;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Held { _lock: Some(file) }),
            Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => {
                let why = format!(
                    "another Saliscope has been writing in {} for {} seconds; close it and try again",
                    folder.display(),
                    patience.as_secs()
                );
                return Err(io::Error::new(io::ErrorKind::TimedOut, why));
            }
            Err(TryLockError::Error(error)) => {
                tracing::debug!("{} is not locked: {error}", folder.display());
                return Ok(Held { _lock: None });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_a_hanging_one_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let held = hold(folder.path()).unwrap();
        let error = hold_for(folder.path(), Duration::from_millis(20)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(error.to_string().contains("another Saliscope"), "{error}");
        let waiting = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| hold(folder.path()).is_ok());
            drop(held);
            waiting.join().unwrap()
        });
        assert!(waiting);
    }
}
