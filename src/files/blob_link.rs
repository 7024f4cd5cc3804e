//! Model hubs keep a download under a name made of its bytes (`blobs/5f2c...`) and show it under its
//! own name by a link (`snapshots/<revision>/onnx/model.onnx`). A desktop that drops such a file
//! onto a window may hand over what the link leads to, which has no ending, and no neighbours.

use std::path::{Path, PathBuf};

/// The most folders and files that are looked at.
const MOST_ENTRIES: usize = 10_000;
/// How deep files lie below `snapshots`.
const DEEPEST: usize = 6;

/// The link in a hub's cache under which the file at `path` is shown; of several the one of the
/// latest revision. `None` where the file does not lie in such a cache, or nothing leads to it.
#[must_use]
pub fn link_to_blob(path: &Path) -> Option<PathBuf> {
    let blobs = path.parent()?;
    if blobs.file_name()? != "blobs" {
        return None;
    }
    let blob = path.canonicalize().ok()?;
    let revisions = folders(&blobs.parent()?.join("snapshots"));
    let mut left = MOST_ENTRIES;
    let found = revisions
        .into_iter()
        .filter_map(|(time, revision)| Some((time, find(&revision, &blob, DEEPEST, &mut left)?)));
    found.max().map(|(_, link)| link)
}

/// The folders in a folder, each with the time of its last change.
fn folders(folder: &Path) -> Vec<(Option<std::time::SystemTime>, PathBuf)> {
    let listing = std::fs::read_dir(folder).into_iter().flatten();
    let paths = listing.take(MOST_ENTRIES).flatten().map(|e| e.path());
    paths
        .filter(|path| path.is_dir())
        .map(|path| {
            let time = std::fs::metadata(&path).and_then(|about| about.modified());
            (time.ok(), path)
        })
        .collect()
}

fn find(folder: &Path, blob: &Path, deepest: usize, left: &mut usize) -> Option<PathBuf> {
    let mut inner = Vec::new();
    for entry in std::fs::read_dir(folder).ok()?.flatten() {
        *left = left.checked_sub(1)?;
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        let path = entry.path();
        if kind.is_symlink() && path.canonicalize().is_ok_and(|to| to == blob) {
            return Some(path);
        }
        if kind.is_dir() && deepest > 0 {
            inner.push(path);
        }
    }
    inner
        .iter()
        .find_map(|folder| find(folder, blob, deepest - 1, left))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_blob_is_known_by_the_link_that_leads_to_it() {
        let cache = tempfile::tempdir().unwrap();
        let (blobs, revision) = (cache.path().join("blobs"), "snapshots/rev/onnx");
        let named = cache.path().join(revision);
        std::fs::create_dir_all(&blobs).unwrap();
        std::fs::create_dir_all(&named).unwrap();
        for (blob, name) in [("aaa", "model.onnx"), ("bbb", "model.onnx_data")] {
            std::fs::write(blobs.join(blob), blob).unwrap();
            let link = named.join(name);
            std::os::unix::fs::symlink(format!("../../../blobs/{blob}"), link).unwrap();
        }
        std::fs::write(blobs.join("alone"), "x").unwrap();
        assert_eq!(
            link_to_blob(&blobs.join("aaa")),
            Some(named.join("model.onnx"))
        );
        assert_eq!(
            link_to_blob(&blobs.join("bbb")),
            Some(named.join("model.onnx_data"))
        );
        // Nothing leads to it; it lies elsewhere; it is not there.
        assert_eq!(link_to_blob(&blobs.join("alone")), None);
        assert_eq!(link_to_blob(&named.join("model.onnx")), None);
        assert_eq!(link_to_blob(&blobs.join("gone")), None);
    }
}
