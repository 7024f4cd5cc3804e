//! Prepared graphs are used only as they were written: beside each lies a seal with the hash of
//! every file that belongs to it.
//!
//! Hashing hundreds of megabytes at every start would cost what the cache saves. The seal also
//! holds what tells each file apart from its next version without reading it (number, length and
//! times) and the start of the machine it was last looked at in: only where one of them is
//! another is the file read and hashed again. The time of last use is the seal's own, so that
//! using a graph does not change it.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files::{read_text, sha256_of_file, write_atomic};
use crate::onnx::Model;

/// The ending of a seal's name.
pub(super) const ENDING: &str = "seal";
/// Largest seal that is read, in bytes; they name two or three files.
const MAX_BYTES: u64 = 1 << 16;

#[derive(Debug, Serialize, Deserialize)]
struct Seal {
    /// The graph, and every file that its constants lie in.
    files: Vec<Sealed>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Sealed {
    name: String,
    sha256: String,
    identity: String,
}

/// Seals the graph at `path` as it is now.
pub(super) fn seal(path: &Path) -> std::io::Result<()> {
    let mut names = BTreeSet::new();
    let graph = path.file_name().unwrap_or_default().to_string_lossy();
    names.insert(graph.into_owned());
    let outline = Model::read_outline(path).map_err(std::io::Error::other)?;
    let places = outline.places();
    let own = places.into_values().filter(|place| !place.is_elsewhere());
    names.extend(own.map(|place| place.location));
    let beside = path.with_extension("bin");
    if beside.is_file()
        && let Some(name) = beside.file_name()
    {
        names.insert(name.to_string_lossy().into_owned());
    }
    let files = names.into_iter().map(|name| {
        let file = path.with_file_name(&name);
        let identity = identity(&file)?;
        // The constants of another graph were hashed with it.
        let known = Seal::of(&file).and_then(|other| other.file(&name, &identity));
        let sha256 = match known {
            Some(known) => known,
            None => sha256_of_file(&file)?,
        };
        Ok(Sealed {
            name,
            sha256,
            identity,
        })
    });
    let files = files.collect::<std::io::Result<_>>()?;
    Seal { files }.write(path)
}

/// True when the graph at `path`, and all its constants, are as they were sealed. Marks it as used
/// now.
pub(super) fn intact(path: &Path) -> bool {
    let Some(mut seal) = Seal::of(path) else {
        return false;
    };
    let mut moved = false;
    for sealed in &mut seal.files {
        let file = path.with_file_name(&sealed.name);
        let Ok(now) = identity(&file) else {
            return false;
        };
        if now == sealed.identity {
            continue;
        }
        if !sha256_of_file(&file).is_ok_and(|hash| hash == sealed.sha256) {
            tracing::warn!("{} is not as it was written", file.display());
            return false;
        }
        sealed.identity = now;
        moved = true;
    }
    if moved && let Err(error) = seal.write(path) {
        tracing::debug!("{}: not sealed again: {error}", path.display());
    }
    super::graph_cache::touch(&path.with_extension(ENDING));
    true
}

impl Seal {
    fn of(path: &Path) -> Option<Self> {
        let text = read_text(&path.with_extension(ENDING), MAX_BYTES).ok()?;
        serde_json::from_str(&text).ok()
    }

    fn file(&self, name: &str, identity: &str) -> Option<String> {
        let mut files = self.files.iter();
        let found = files.find(|f| f.name == name && f.identity == identity)?;
        Some(found.sha256.clone())
    }

    fn write(&self, path: &Path) -> std::io::Result<()> {
        let text = serde_json::to_vec(self)?;
        write_atomic(&path.with_extension(ENDING), |file| file.write_all(&text))
    }
}

/// Tells the present content of a file from any other without reading it.
fn identity(file: &Path) -> std::io::Result<String> {
    let about = fs::metadata(file)?;
    if !about.is_file() {
        return Err(std::io::ErrorKind::InvalidInput.into());
    }
    Ok(format!("{} {} {}", about.len(), times(&about), started()))
}

#[cfg(unix)]
fn times(about: &fs::Metadata) -> String {
    use std::os::unix::fs::MetadataExt as _;
    let (m, c) = (about.mtime_nsec(), about.ctime_nsec());
    let (dev, ino) = (about.dev(), about.ino());
    format!("{dev} {ino} {}.{m} {}.{c}", about.mtime(), about.ctime())
}

#[cfg(not(unix))]
fn times(about: &fs::Metadata) -> String {
    format!("{:?} {:?}", about.modified().ok(), about.created().ok())
}

/// Tells one start of the machine from another where the system does: after a power cut a file
/// can have its length and times, and not its content.
fn started() -> String {
    let path = PathBuf::from("/proc/sys/kernel/random/boot_id");
    let id = fs::read_to_string(path).unwrap_or_default();
    id.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::onnx::{Graph, Node, Tensor};

    fn graph(folder: &Path) -> PathBuf {
        let path = folder.join("a.onnx");
        let weight = Tensor::from_f32("w", &[500], &[1.5; 500]);
        let graph = Graph {
            node: vec![Node::new("Add", &["x", "w"], &["y"])],
            initializer: vec![weight],
            ..Graph::default()
        };
        let mut data = Vec::new();
        let model = Model::new(graph, 17);
        let outline = model.split("a.bin", &HashMap::new(), &mut data);
        fs::write(folder.join("a.bin"), &data).unwrap();
        outline.unwrap().save(&path).unwrap();
        path
    }

    #[test]
    fn damage_of_the_same_size_is_seen() {
        for file in ["a.onnx", "a.bin"] {
            let folder = tempfile::tempdir().unwrap();
            let path = graph(folder.path());
            assert!(!intact(&path), "nothing was sealed");
            seal(&path).unwrap();
            assert!(intact(&path));
            let damaged = folder.path().join(file);
            let mut bytes = fs::read(&damaged).unwrap();
            let half = bytes.len() / 2;
            bytes[half..].fill(0);
            fs::write(&damaged, bytes).unwrap();
            assert!(!intact(&path), "{file}");
        }
    }

    #[test]
    fn another_identity_with_the_same_content_is_intact() {
        let folder = tempfile::tempdir().unwrap();
        let path = graph(folder.path());
        seal(&path).unwrap();
        let before = fs::read(path.with_extension(ENDING)).unwrap();
        let data = folder.path().join("a.bin");
        let copy = folder.path().join("copy");
        fs::copy(&data, &copy).unwrap();
        fs::rename(&copy, &data).unwrap();
        assert!(intact(&path));
        assert_ne!(fs::read(path.with_extension(ENDING)).unwrap(), before);
        fs::remove_file(&data).unwrap();
        assert!(!intact(&path));
    }
}
