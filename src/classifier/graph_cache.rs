//! Prepared graphs on disk, so that the next start need not fold and differentiate again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::files::{sha256, write_atomic};
use crate::home::Home;
use crate::onnx::Model;

use super::runtime::runtime_build;

/// All graphs together may take this many bytes; the longest unused go first.
const MAX_BYTES: u64 = 2 << 30;
/// Graphs larger than this are quicker to prepare than to keep.
const MAX_GRAPH_BYTES: usize = 512 << 20;

/// A folder of prepared graphs. The default is `graphs` in the user's cache folder.
///
/// Entries are named by content: the network's bytes, the picture's shape, this program's build
/// and ONNX Runtime's. Whatever goes wrong with the folder, the graph is prepared anew.
#[derive(Debug, Clone)]
pub struct GraphCache {
    folder: Option<PathBuf>,
}

impl Default for GraphCache {
    fn default() -> Self {
        Self {
            folder: Some(Home::find().cache.join("graphs")),
        }
    }
}

impl GraphCache {
    /// Keeps nothing.
    #[must_use]
    pub fn off() -> Self {
        Self { folder: None }
    }

    /// Keeps graphs in `folder`, which is made when needed.
    #[must_use]
    pub fn at(folder: PathBuf) -> Self {
        Self {
            folder: Some(folder),
        }
    }

    /// Identifies a network (its external data included) for pictures of one shape.
    pub(super) fn key(&self, model: &Model, shape: &[usize]) -> String {
        if self.folder.is_none() {
            return String::new();
        }
        let content = sha256(&model.to_bytes());
        let library = runtime_build().unwrap_or_default();
        sha256(format!("{content} {shape:?} {} {library}", build()).as_bytes())
    }

    /// The graph of that kind, if it is there and whole.
    pub(super) fn load(&self, key: &str, kind: &str) -> Option<Model> {
        let path = self.path(key, kind)?;
        let model = Model::read(&path).ok()?;
        if let Ok(file) = fs::File::options().append(true).open(&path) {
            // The time of last use, by which old entries are told; without it the file only
            // looks older than it is.
            let _ = file.set_modified(SystemTime::now());
        }
        Some(model)
    }

    /// Keeps a graph.
    pub(super) fn store(&self, key: &str, kind: &str, model: &Model) {
        let Some(path) = self.path(key, kind) else {
            return;
        };
        let bytes = model.to_bytes();
        if bytes.len() > MAX_GRAPH_BYTES {
            return;
        }
        let written = write_atomic(&path, |file| std::io::Write::write_all(file, &bytes));
        match written {
            Ok(()) => self.trim(),
            Err(error) => tracing::debug!("{}: not kept: {error}", path.display()),
        }
    }

    fn path(&self, key: &str, kind: &str) -> Option<PathBuf> {
        let kind = sha256(kind.as_bytes());
        Some(
            self.folder
                .as_ref()?
                .join(format!("{}-{}.onnx", key.get(..32)?, kind.get(..16)?)),
        )
    }

    /// Deletes the longest unused graphs while there are too many.
    fn trim(&self) {
        let Some(folder) = &self.folder else { return };
        let mut files: Vec<(SystemTime, u64, PathBuf)> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter(|e| e.path().extension().is_some_and(|x| x == "onnx"))
            .filter_map(|e| {
                let about = e.metadata().ok()?;
                Some((about.modified().ok()?, about.len(), e.path()))
            })
            .collect();
        files.sort();
        let mut total: u64 = files.iter().map(|f| f.1).sum();
        for (_, bytes, path) in files {
            if total <= MAX_BYTES {
                break;
            }
            if fs::remove_file(&path).is_ok() {
                total = total.saturating_sub(bytes);
            }
        }
    }
}

/// Tells one build of this program from another: a newer one may prepare graphs differently.
fn build() -> String {
    let about =
        std::env::current_exe().and_then(|program: PathBuf| fs::metadata(Path::new(&program)));
    let changed = about.as_ref().ok().and_then(|a| a.modified().ok());
    let since = changed
        .and_then(|t| t.duration_since(SystemTime::UNIX_EPOCH).ok())
        .unwrap_or_default();
    format!(
        "{} {} {}",
        env!("CARGO_PKG_VERSION"),
        about.map_or(0, |a| a.len()),
        since.as_nanos()
    )
}
