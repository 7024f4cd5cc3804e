//! What an earlier start found out about a file, so that it need not be read again. Reading,
//! parsing and hashing the 18 MB of a small network takes 50 ms, half of all that a start takes.

use std::fs::{self, Metadata};
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::files::{read_text, sha256, sha256_of_file, write_atomic};

use super::GraphCache;

/// A file that was changed less than this long ago may be changed again without its times telling.
const SETTLED: Duration = Duration::from_secs(2);

/// Largest fact that is read, in bytes.
const MAX_BYTES: u64 = 4 << 20;

/// The fact that is a file's SHA-256.
const HASH: &str = "SHA-256";

/// The most facts that are kept; the longest unused go first.
const MOST: usize = 256;

/// Tells the present content of a file from any other, without reading it: where it lies, its
/// length and its times, on Unix also its number and when that was last changed, which no program
/// can set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp(String);

impl Stamp {
    /// `None` where the file is missing, or too new to be told apart from its next version.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let path = path.canonicalize().ok()?;
        let about = fs::metadata(&path).ok().filter(Metadata::is_file)?;
        let changed = about.modified().ok()?;
        let age = SystemTime::now().duration_since(changed).ok()?;
        let times = times(&about)?;
        (age > SETTLED).then(|| Self(format!("{} {} {times}", path.display(), about.len())))
    }
}

#[cfg(unix)]
fn times(about: &Metadata) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let changed = Duration::new(
        u64::try_from(about.ctime()).ok()?,
        u32::try_from(about.ctime_nsec()).ok()?,
    );
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    (now.ok()?.checked_sub(changed)? > SETTLED).then(|| {
        format!(
            "{} {} {}.{} {changed:?}",
            about.dev(),
            about.ino(),
            about.mtime(),
            about.mtime_nsec(),
        )
    })
}

#[cfg(not(unix))]
fn times(about: &Metadata) -> Option<String> {
    Some(format!(
        "{:?} {:?}",
        about.modified().ok()?,
        about.created().ok()
    ))
}

impl GraphCache {
    /// The fact of that kind about a file, if it was told of this content of it.
    pub(super) fn recall(&self, file: &Stamp, kind: &str) -> Option<String> {
        let path = self.fact(file, kind)?;
        let fact = read_text(&path, MAX_BYTES).ok()?;
        super::graph_cache::touch(&path);
        Some(fact)
    }

    /// Keeps a fact about a file. `before` is its stamp from before it was read; the fact is kept
    /// only if the file is still the same.
    pub(super) fn remember(&self, path: &Path, before: Option<&Stamp>, kind: &str, fact: &str) {
        let same = |before: &&Stamp| Stamp::of(path).as_ref() == Some(before);
        let Some(before) = before
            .filter(|_| fact.len() as u64 <= MAX_BYTES)
            .filter(same)
        else {
            return;
        };
        let Some(place) = self.fact(before, kind) else {
            return;
        };
        let written = write_atomic(&place, |file| {
            std::io::Write::write_all(file, fact.as_bytes())
        });
        match written {
            Ok(()) => forget_oldest(place.parent()),
            Err(error) => tracing::debug!("{}: not kept: {error}", place.display()),
        }
    }

    /// SHA-256 of a file; read only where it has changed since it was last asked for.
    pub(super) fn sha256(&self, path: &Path) -> std::io::Result<String> {
        let stamp = Stamp::of(path);
        let known = stamp.as_ref().and_then(|s| self.recall(s, HASH));
        if let Some(known) = known.filter(|known| known.len() == 64) {
            return Ok(known);
        }
        let hash = sha256_of_file(path)?;
        self.remember(path, stamp.as_ref(), HASH, &hash);
        Ok(hash)
    }

    /// Whether the SHA-256 of a file is `expected`, by what is known of it, else by reading it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn is_still(&self, path: &Path, expected: &str) -> std::io::Result<bool> {
        // What is kept may itself be damaged: a difference counts only when it was seen.
        Ok(self.sha256(path)?.eq_ignore_ascii_case(expected)
            || sha256_of_file(path)?.eq_ignore_ascii_case(expected))
    }

    /// True when a network of that content was tried well before; see [`super::trial`].
    pub(super) fn was_tried(&self, key: &str, kind: &str) -> bool {
        let path = self.named_fact(&format!("{key} tried {kind}"));
        path.is_some_and(|path| {
            let there = path.is_file();
            if there {
                super::graph_cache::touch(&path);
            }
            there
        })
    }

    /// Keeps that a network of that content was tried well.
    pub(super) fn remember_trial(&self, key: &str, kind: &str) {
        let Some(place) = self.named_fact(&format!("{key} tried {kind}")) else {
            return;
        };
        match write_atomic(&place, |_| Ok(())) {
            Ok(()) => forget_oldest(place.parent()),
            Err(error) => tracing::debug!("{}: not kept: {error}", place.display()),
        }
    }

    fn fact(&self, file: &Stamp, kind: &str) -> Option<std::path::PathBuf> {
        self.named_fact(&format!("{} {kind}", file.0))
    }

    fn named_fact(&self, what: &str) -> Option<std::path::PathBuf> {
        let name = sha256(what.as_bytes());
        Some(self.folder()?.join(format!("{}.known", name.get(..32)?)))
    }
}

fn forget_oldest(folder: Option<&Path>) {
    let listing = folder.map(fs::read_dir).into_iter().flatten().flatten();
    let mut facts: Vec<_> = listing
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "known"))
        .filter_map(|path| Some((fs::metadata(&path).ok()?.modified().ok()?, path)))
        .collect();
    facts.sort();
    for (_, path) in facts.iter().rev().skip(MOST) {
        if let Err(error) = fs::remove_file(path) {
            tracing::debug!("{}: not removed: {error}", path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sets the time of the last change; the system sets that of the change of the time.
    fn age(path: &Path, seconds: u64) {
        let then = SystemTime::now() - Duration::from_secs(seconds);
        let file = fs::File::options().append(true).open(path).unwrap();
        file.set_modified(then).unwrap();
    }

    #[test]
    fn facts_are_recalled_until_the_file_changes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.onnx");
        fs::write(&file, "one").unwrap();
        let cache = GraphCache::at(folder.path().join("cache"));
        age(&file, 60);
        // Where the system tells when times were set, a moment ago is too new.
        #[cfg(unix)]
        assert_eq!(Stamp::of(&file), None);
        std::thread::sleep(SETTLED + Duration::from_millis(50));
        let stamp = Stamp::of(&file).unwrap();
        assert_eq!(cache.recall(&stamp, "length"), None);
        cache.remember(&file, Some(&stamp), "length", "three");
        assert_eq!(cache.recall(&stamp, "length").as_deref(), Some("three"));
        assert_eq!(cache.recall(&stamp, "width"), None);
        assert_eq!(Stamp::of(&file), Some(stamp.clone()));

        // The same length and the same time of last change, other content.
        let time = fs::metadata(&file).unwrap().modified().unwrap();
        fs::write(&file, "two").unwrap();
        let opened = fs::File::options().append(true).open(&file).unwrap();
        opened.set_modified(time).unwrap();
        assert_ne!(Stamp::of(&file), Some(stamp.clone()));
        cache.remember(&file, Some(&stamp), "width", "stale");
        assert_eq!(cache.recall(&stamp, "width"), None);
        assert_eq!(Stamp::of(&folder.path().join("missing")), None);
    }

    #[test]
    fn old_facts_make_room() {
        let folder = tempfile::tempdir().unwrap();
        for i in 0..MOST + 3 {
            let path = folder.path().join(format!("{i}.known"));
            fs::write(&path, "x").unwrap();
            age(&path, 10_000 - i as u64);
        }
        forget_oldest(Some(folder.path()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), MOST);
        assert!(!folder.path().join("2.known").exists());
        assert!(folder.path().join("3.known").exists());
    }
}
