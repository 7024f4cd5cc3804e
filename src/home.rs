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
    /// `root` is the first of: the environment's `SALISCOPE_HOME`; where a package puts it beside the
    /// program; the nearest folder above the program, then above the working directory, that holds
    /// `models/catalog.toml`; the checkout this program was built from; the user's data folder. `data`
    /// and `cache` are the system's usual places for this user, or `data/` and `cache/` in the folder
    /// named by `SALISCOPE_DATA`.
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
        // The program's own things go before those of the folder it is started in: that may be anybody's,
        // and a library is loaded from here.
        let root = non_empty_env("SALISCOPE_HOME")
            .or_else(|| of_program(&program()?))
            .or_else(|| above(&std::env::current_dir().ok()?))
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

    /// Installed typefaces.
    #[must_use]
    pub fn fonts(&self) -> PathBuf {
        self.installed_assets().join("fonts")
    }

    /// Licences that a package carries beside those of what was installed.
    #[must_use]
    pub fn licences(&self) -> PathBuf {
        self.root.join("licences")
    }

    /// Where the runtime library may lie, in the order in which it is looked for: with the models; where
    /// a package puts libraries; beside the program.
    #[must_use]
    pub fn library_folders(&self) -> Vec<PathBuf> {
        let mut folders = vec![self.installed_models()];
        if let Some(beside) = program().as_deref().and_then(Path::parent) {
            folders.extend(beside.parent().map(|prefix| prefix.join("lib/saliscope")));
            folders.push(beside.join("lib"));
            folders.push(beside.to_owned());
        }
        folders
    }
}

/// The program's file, without links: a package's link in the search path leads to where its things lie.
fn program() -> Option<PathBuf> {
    let path = std::env::current_exe().ok()?;
    Some(path.canonicalize().unwrap_or(path))
}

/// The root that belongs to the program at `program`: of a package of Debian's kind
/// (`bin/saliscope` and `share/saliscope`), of an application of macOS (`MacOS` and `Resources`), or of
/// the folder or checkout that it lies in.
fn of_program(program: &Path) -> Option<PathBuf> {
    let folder = program.parent()?;
    let packaged = folder.parent().and_then(|prefix| {
        ["share/saliscope", "Resources"]
            .iter()
            .map(|place| prefix.join(place))
            .find(|root| holds_catalog(root))
    });
    packaged.or_else(|| above(folder))
}

fn holds_catalog(folder: &Path) -> bool {
    folder.join("models/catalog.toml").is_file()
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
        .find(|folder| holds_catalog(folder))
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

    #[test]
    fn a_packaged_program_finds_what_came_with_it() {
        let top = tempfile::tempdir().unwrap();
        let put = |root: &str| {
            let models = top.path().join(root).join("models");
            std::fs::create_dir_all(&models).unwrap();
            std::fs::write(models.join("catalog.toml"), "").unwrap();
        };
        let root = |program: &str| of_program(&top.path().join(program));
        assert_eq!(root("usr/bin/saliscope"), above(top.path()));
        for (data, program) in [
            ("usr/share/saliscope", "usr/bin/saliscope"),
            ("App/Contents/Resources", "App/Contents/MacOS/saliscope"),
            ("portable", "portable/saliscope"),
        ] {
            put(data);
            assert_eq!(root(program), Some(top.path().join(data)), "{program}");
        }
        // A catalog further up belongs to somebody else where the package has its own.
        put("usr");
        assert_eq!(
            root("usr/bin/saliscope"),
            Some(top.path().join("usr/share/saliscope"))
        );
    }
}
