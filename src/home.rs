//! Where things lie: what was installed, what the user made, what may be thrown away.

use std::path::{Path, PathBuf};

/// The folders Saliscope reads and writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// Holds `models/catalog.toml`, `models/installed/`, `assets/` and `assets/installed/`.
    pub root: PathBuf,
    /// What the user made or chose: settings, added models, scores. Never deleted by us.
    pub data: PathBuf,
    /// What can be computed again: prepared graphs, explanations. Bounded in size.
    pub cache: PathBuf,
}

impl Home {
    /// Finds the folders.
    ///
    /// `root` is the first of: the environment's `SALISCOPE_HOME`; the nearest folder above the
    /// working directory or above the program that holds `models/catalog.toml`; the checkout this
    /// program was built from; the user's data folder. `data` and `cache` are the system's usual
    /// places for this user, or `data/` and `cache/` in the folder named by `SALISCOPE_DATA`.
    #[must_use]
    pub fn find() -> Self {
        let (data, cache) = match non_empty_env("SALISCOPE_DATA") {
            Some(folder) => (folder.join("data"), folder.join("cache")),
            None => (
                dirs::data_dir()
                    .unwrap_or_else(std::env::temp_dir)
                    .join("saliscope"),
                dirs::cache_dir()
                    .unwrap_or_else(std::env::temp_dir)
                    .join("saliscope"),
            ),
        };
        let root = non_empty_env("SALISCOPE_HOME")
            .or_else(|| above(&std::env::current_dir().ok()?))
            .or_else(|| above(std::env::current_exe().ok()?.parent()?))
            .or_else(|| above(Path::new(env!("CARGO_MANIFEST_DIR"))))
            .unwrap_or_else(|| data.clone());
        Self { root, data, cache }
    }

    /// What is known by name: classifiers, style networks, pictures.
    #[must_use]
    pub fn catalog(&self) -> PathBuf {
        self.root.join("models/catalog.toml")
    }

    /// Installed networks, labels and the runtime library.
    #[must_use]
    pub fn installed_models(&self) -> PathBuf {
        self.root.join("models/installed")
    }

    /// Installed photos and textures.
    #[must_use]
    pub fn installed_assets(&self) -> PathBuf {
        self.root.join("assets/installed")
    }
}

fn non_empty_env(name: &str) -> Option<PathBuf> {
    std::env::var_os(name)
        .filter(|v| !v.is_empty())
        .map(PathBuf::from)
}

/// The nearest folder at or above `start` that holds the catalog.
fn above(start: &Path) -> Option<PathBuf> {
    start
        .ancestors()
        .find(|folder| folder.join("models/catalog.toml").is_file())
        .map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_folder_with_a_catalog_is_the_root() {
        let top = tempfile::tempdir().unwrap();
        let deep = top.path().join("a/b/c");
        std::fs::create_dir_all(&deep).unwrap();
        assert_eq!(above(&deep).filter(|p| p.starts_with(top.path())), None);
        std::fs::create_dir_all(top.path().join("a/models")).unwrap();
        std::fs::write(top.path().join("a/models/catalog.toml"), "").unwrap();
        assert_eq!(above(&deep), Some(top.path().join("a")));
    }
}
