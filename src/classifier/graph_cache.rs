//! Prepared graphs on disk, so that the next start need not fold and differentiate again.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::bounded::BoundedFolder;
use crate::files::{Hasher, TemporaryFolder, sha256, write_atomic};
use crate::home::Home;
use crate::onnx::{Model, Place};

use super::runtime::runtime_build;
use super::seal;

/// All graphs together may take this many bytes where nobody says otherwise.
const MAX_BYTES: u64 = 1 << 30;

/// A folder of prepared graphs. The default is `graphs` in the user's cache folder.
///
/// Entries are named by content: the network's bytes, the picture's shape, this program's build
/// and ONNX Runtime's. Whatever goes wrong with the folder, the graph is prepared anew.
#[derive(Debug, Clone)]
pub struct GraphCache {
    kept: Option<BoundedFolder>,
    /// Graphs up to so many bytes are kept once more as ONNX Runtime arranges them, weights and
    /// all. Of larger ones reading and writing would take longer than the arranging.
    pub(super) most_arranged: usize,
}

const MOST_ARRANGED: usize = 192 << 20;

impl Default for GraphCache {
    fn default() -> Self {
        Self::at(Home::find().cache.join("graphs"))
    }
}

impl GraphCache {
    /// Endings of the files: the seal, which tells when a graph was last used, the graph, its
    /// constants, what is known of a network's file.
    pub const ENDINGS: &'static [&'static str] = &[seal::ENDING, "onnx", "bin", "known"];

    /// Keeps nothing.
    #[must_use]
    pub fn off() -> Self {
        Self {
            kept: None,
            most_arranged: MOST_ARRANGED,
        }
    }

    /// Keeps graphs in `folder`, which is made when needed: at most 1 GB of them.
    #[must_use]
    pub fn at(folder: PathBuf) -> Self {
        let limit = std::sync::Arc::new(|| MAX_BYTES);
        Self::within(BoundedFolder::new(folder, Self::ENDINGS, limit))
    }

    /// Keeps graphs in a folder of files with [`Self::ENDINGS`].
    #[must_use]
    pub fn within(folder: BoundedFolder) -> Self {
        Self {
            kept: Some(folder),
            most_arranged: MOST_ARRANGED,
        }
    }

    /// The folder, where anything is kept.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.kept.as_ref().map(BoundedFolder::folder)
    }

    /// Identifies what a network holds, its external data included.
    pub(super) fn content(&self, model: &Model) -> String {
        if self.kept.is_none() {
            return String::new();
        }
        let mut content = Hasher::default();
        // Writing to a hash cannot fail.
        if let Ok(outline) = model.split("", &HashMap::new(), &mut content) {
            let _ = content.write_all(&outline.to_bytes());
        }
        content.finish()
    }

    /// Identifies a network of that content for pictures of one shape.
    pub(super) fn key(&self, content: &str, shape: &[usize]) -> String {
        if self.kept.is_none() {
            return String::new();
        }
        let library = runtime_build().unwrap_or_default();
        sha256(format!("{content} {shape:?} {} {library} {}", build(), processor()).as_bytes())
    }

    /// The graph of that kind, if it is there and as it was written. `base` is the model that it
    /// was kept on.
    pub(super) fn load(&self, key: &str, kind: &str, base: &Model) -> Option<Model> {
        Model::read_with(&self.file(key, kind)?, base).ok()
    }

    /// The graph of that kind without the values of its large constants.
    pub(super) fn load_outline(&self, key: &str, kind: &str) -> Option<Model> {
        Model::read_outline(&self.file(key, kind)?).ok()
    }

    /// Keeps a graph, without the constants that `base` has too.
    pub(super) fn store(&self, key: &str, kind: &str, base: Option<&Model>, model: &Model) {
        let Some(path) = self.path(key, kind) else {
            return;
        };
        let shared = base.map(|base| model.shared_with(base)).unwrap_or_default();
        match write(&path, &shared, model).and_then(|()| seal::seal(&path)) {
            Ok(()) => self.wrote(&path),
            Err(error) => tracing::debug!("{}: not kept: {error}", path.display()),
        }
    }

    /// The file of that kind, for ONNX Runtime to read, if it is there and as it was written.
    pub(super) fn file(&self, key: &str, kind: &str) -> Option<PathBuf> {
        let path = self.path(key, kind).filter(|path| path.is_file())?;
        if seal::intact(&path) {
            return Some(path);
        }
        remove(&path);
        None
    }

    /// Keeps a graph as `make` writes it: a file at the path it is given, with constants in a
    /// file beside it of the name it is given. What `make` returns is handed on.
    pub(super) fn keep<T, E>(
        &self,
        key: &str,
        kind: &str,
        make: impl FnOnce(Option<(&Path, &str)>) -> Result<T, E>,
    ) -> Result<T, E> {
        let place = self.path(key, kind).and_then(|path| {
            let folder = path.parent()?;
            fs::create_dir_all(folder).ok()?;
            Some((TemporaryFolder::new_in(folder).ok()?, path))
        });
        let Some((folder, path)) = place else {
            return make(None);
        };
        let (Some(name), data) = (path.file_name(), path.with_extension("bin")) else {
            return make(None);
        };
        let data_name = data
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let graph = folder.path().join(name);
        let result = make(Some((&graph, &data_name)))?;
        let beside = folder.path().join(&data_name);
        // Constants first: whoever sees the graph finds them.
        let moved = (!beside.exists() || fs::rename(&beside, &data).is_ok())
            && fs::rename(&graph, &path).is_ok();
        if moved {
            match seal::seal(&path) {
                Ok(()) => self.wrote(&path),
                Err(error) => tracing::debug!("{}: not sealed: {error}", path.display()),
            }
        }
        Ok(result)
    }

    /// Deletes the graph of that kind.
    pub(super) fn forget(&self, key: &str, kind: &str) {
        if let Some(path) = self.path(key, kind) {
            remove(&path);
        }
    }

    fn path(&self, key: &str, kind: &str) -> Option<PathBuf> {
        let kind = sha256(kind.as_bytes());
        Some(
            self.folder()?
                .join(format!("{}-{}.onnx", key.get(..32)?, kind.get(..16)?)),
        )
    }

    /// A graph was written: others may have to go.
    fn wrote(&self, path: &Path) {
        let size = |path: &Path| fs::metadata(path).map_or(0, |about| about.len());
        if let Some(kept) = &self.kept {
            kept.wrote(size(path) + size(&path.with_extension("bin")));
        }
    }
}

/// Writes a graph and, beside it, its large constants but for those that are `known`.
fn write(path: &Path, known: &HashMap<String, Place>, model: &Model) -> std::io::Result<()> {
    let data = path.with_extension("bin");
    let name = data.file_name().unwrap_or_default().to_string_lossy();
    let mut outline = None;
    write_atomic(&data, |file| {
        outline = Some(model.split(&name, known, file)?);
        Ok(())
    })?;
    if fs::metadata(&data)?.len() == 0 {
        fs::remove_file(&data)?;
    }
    let bytes = outline
        .map(|outline| outline.to_bytes())
        .unwrap_or_default();
    write_atomic(path, |file| file.write_all(&bytes))
}

/// Deletes a graph and its constants, where it has any beside it.
fn remove(path: &Path) {
    for file in [
        path.to_owned(),
        path.with_extension("bin"),
        path.with_extension(seal::ENDING),
    ] {
        if file.exists()
            && let Err(error) = fs::remove_file(&file)
        {
            tracing::debug!("{}: not removed: {error}", file.display());
        }
    }
}

/// Sets the time of last use, by which old entries are told; without it the file only looks older
/// than it is.
pub(super) fn touch(path: &Path) {
    if let Ok(file) = fs::File::options().append(true).open(path) {
        let _ = file.set_modified(SystemTime::now());
    }
}

/// Tells processors apart for which ONNX Runtime arranges weights differently.
fn processor() -> String {
    #[cfg(target_arch = "x86_64")]
    let features = [
        std::arch::is_x86_feature_detected!("avx"),
        std::arch::is_x86_feature_detected!("avx2"),
        std::arch::is_x86_feature_detected!("fma"),
        std::arch::is_x86_feature_detected!("avx512f"),
        std::arch::is_x86_feature_detected!("avx512vnni"),
    ];
    #[cfg(not(target_arch = "x86_64"))]
    let features = [false; 0];
    format!("{} {features:?}", std::env::consts::ARCH)
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
