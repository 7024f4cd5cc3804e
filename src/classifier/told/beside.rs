//! The files beside a network.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Description, hub, label_files, lobe, metadata, paddle};

/// Largest description that is read, in bytes.
const MAX_BYTES: u64 = 16 << 20;
/// The most files of a folder that are looked at.
const MOST_FILES: usize = 4096;

/// The folder of a network, as far as its descriptions go.
pub(super) struct Folder {
    files: Vec<PathBuf>,
    /// What the networks in it are called.
    networks: Vec<String>,
}

impl Folder {
    fn of(path: &Path) -> Option<Self> {
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        let small = |path: &PathBuf| {
            let extension = path
                .extension()
                .and_then(|e| e.to_str())
                .unwrap_or_default();
            matches!(
                extension.to_lowercase().as_str(),
                "txt"
                    | "json"
                    | "csv"
                    | "tsv"
                    | "yml"
                    | "yaml"
                    | "names"
                    | "labels"
                    | "pbtxt"
                    | "manifest"
            )
        };
        let listing = std::fs::read_dir(path).ok()?;
        let files = listing
            .take(MOST_FILES)
            .filter_map(|entry| Some(entry.ok()?.path()));
        let files: Vec<PathBuf> = files.collect();
        let networks = files.iter().filter(|path| {
            path.extension()
                .is_some_and(|e| e.eq_ignore_ascii_case("onnx"))
        });
        let networks =
            networks.filter_map(|path| Some(path.file_stem()?.to_string_lossy().to_lowercase()));
        let networks = networks.collect();
        let mut files: Vec<PathBuf> = files.into_iter().filter(small).collect();
        files.sort();
        Some(Self { files, networks })
    }

    /// The names of its files, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        let names = self.files.iter().filter_map(|path| path.file_name());
        names.map(|name| name.to_string_lossy().into_owned())
    }

    /// Whether a file is named as a network of the folder other than the one called `stem`.
    pub(super) fn belongs_to_another(&self, file: &str, stem: &str) -> bool {
        let (file, stem) = (file.to_lowercase(), stem.to_lowercase());
        let longest = |own: bool| {
            let networks = self.networks.iter().filter(|n| (**n == stem) == own);
            let named = networks.filter(|n| file.starts_with(n.as_str()));
            named.map(String::len).max().unwrap_or(0)
        };
        longest(false) > longest(true)
    }

    /// The file of that name, in any case.
    pub(super) fn find(&self, name: &str) -> Option<&Path> {
        let same = |path: &&PathBuf| {
            path.file_name()
                .is_some_and(|n| n.to_string_lossy().eq_ignore_ascii_case(name))
        };
        self.files.iter().find(same).map(PathBuf::as_path)
    }

    pub(super) fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        read_small(self.find(name)?)
    }

    /// The file of that name, which holds JSON or YAML.
    pub(super) fn value(&self, name: &str) -> Option<Value> {
        let (text, _) = super::label_text::decode(&self.bytes(name)?);
        serde_json::from_str(&text)
            .ok()
            .or_else(|| super::yaml::value(&text))
    }

    /// The file of that name as JSON.
    pub(super) fn json(&self, name: &str) -> Option<Value> {
        let (text, _) = super::label_text::decode(&self.bytes(name)?);
        serde_json::from_str(&text).ok()
    }
}

fn read_small(path: &Path) -> Option<Vec<u8>> {
    crate::files::read(path, MAX_BYTES).ok()
}

/// What the files beside the network at `path` say, the most trusted first.
pub(super) fn read(path: &Path) -> Vec<Description> {
    let parent = path.parent().unwrap_or(Path::new(""));
    let Some(folder) = Folder::of(parent) else {
        return Vec::new();
    };
    let mut found = hub::read(&folder, "");
    // The hub keeps networks in `onnx/`, and what it says of them above it.
    let in_onnx = parent.file_name().is_some_and(|name| name == "onnx");
    if found.is_empty()
        && in_onnx
        && let Some(above) = parent.parent().and_then(Folder::of)
    {
        found = hub::read(&above, "../");
    }
    let file_name = path.file_name().unwrap_or_default().to_string_lossy();
    found.extend(metadata::custom_vision_file(&folder));
    found.extend(lobe::read(&folder, &file_name));
    found.extend(paddle::read(&folder));
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    found.extend(label_files::read(&folder, &stem));
    found
}
