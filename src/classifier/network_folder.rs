//! The network that a folder holds.

use std::path::{Path, PathBuf};

use super::ClassifierError;

/// The one ONNX file of a folder, or of `onnx` in it, where hubs keep networks.
pub(super) fn network_in(folder: &Path) -> Result<PathBuf, ClassifierError> {
    /// Files that are looked at.
    const MOST_FILES: usize = 4096;
    let networks = |folder: &Path| -> Vec<PathBuf> {
        let listing = std::fs::read_dir(folder).into_iter().flatten();
        let files = listing
            .take(MOST_FILES)
            .filter_map(|e| Some(e.ok()?.path()));
        let mut found: Vec<PathBuf> = files
            .filter(|path| {
                path.extension()
                    .is_some_and(|e| e.eq_ignore_ascii_case("onnx"))
            })
            .collect();
        found.sort();
        found
    };
    let mut found = networks(folder);
    if found.is_empty() {
        found = networks(&folder.join("onnx"));
    }
    let why = match found.as_slice() {
        [one] => return Ok(one.clone()),
        [] => "this folder holds no ONNX file; export the network to ONNX and name that file"
            .to_owned(),
        many => {
            const NAMED: usize = 5;
            let names = many.iter().take(NAMED).filter_map(|path| path.file_name());
            let names: Vec<_> = names
                .map(|name| crate::text::line(&name.to_string_lossy()))
                .collect();
            let more = if many.len() > NAMED { "..." } else { "" };
            format!(
                "this folder holds {} ONNX files; name one: {}{more}",
                many.len(),
                names.join(", ")
            )
        }
    };
    Err(ClassifierError::Unsuitable {
        path: folder.to_owned(),
        why,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_means_the_one_network_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let refused = |word: &str| {
            let error = network_in(root).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        };
        std::fs::write(root.join("labels.txt"), "").unwrap();
        refused("holds no ONNX file");
        std::fs::create_dir(root.join("onnx")).unwrap();
        let below = root.join("onnx/model.onnx");
        std::fs::write(&below, "").unwrap();
        assert_eq!(network_in(root).unwrap(), below);
        let here = root.join("Net.ONNX");
        std::fs::write(&here, "").unwrap();
        assert_eq!(network_in(root).unwrap(), here);
        std::fs::write(root.join("other.onnx"), "").unwrap();
        refused("name one: Net.ONNX, other.onnx");
    }
}
