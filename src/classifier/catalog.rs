//! What Saliscope knows by name, read from `models/catalog.toml`, and what of it is installed.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::spec::{ModelEntry, ModelOverrides, ModelSpec};
use super::{ClassifierError, GraphCache};
use crate::files::named_in;
use crate::home::Home;

/// Largest catalog or sidecar file that is read, in bytes.
const MAX_BYTES: u64 = 4 << 20;

/// The catalog: classifiers, label sets, style networks and pictures.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Catalog {
    /// Classifiers, in the order they are offered.
    #[serde(rename = "model")]
    pub models: Vec<ModelEntry>,
    /// Sets of labels.
    pub labels: Vec<LabelsEntry>,
    /// Style networks.
    #[serde(rename = "style")]
    pub styles: Vec<StyleEntry>,
    /// Photos and textures.
    #[serde(rename = "picture")]
    pub pictures: Vec<PictureEntry>,
    /// Typefaces.
    #[serde(rename = "font")]
    pub fonts: Vec<FontEntry>,
}

/// A set of labels.
#[derive(Debug, Clone, Deserialize)]
pub struct LabelsEntry {
    /// Name that models refer to.
    pub id: String,
    /// The file, relative to the installed models.
    pub file: PathBuf,
    /// Number of labels.
    pub count: usize,
    /// Licence.
    pub licence: Option<String>,
    /// Where they come from.
    pub source: Option<String>,
}

/// A style network.
#[derive(Debug, Clone, Deserialize)]
pub struct StyleEntry {
    /// Name in the catalog.
    pub id: String,
    /// The file, relative to the installed models.
    pub file: PathBuf,
    /// What the network does: `predict`, `transform` or `multistyle`.
    pub role: String,
    /// Name on screen.
    pub name: Option<String>,
    /// Licence of the weights.
    pub licence: Option<String>,
    /// Where the weights come from.
    pub source: Option<String>,
}

/// What a picture of the catalog is offered as first; each can be used as the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PictureKind {
    /// A thing with an outline.
    Photo,
    /// A surface without one.
    Texture,
}

/// A picture that comes with the program.
#[derive(Debug, Clone, Deserialize)]
pub struct PictureEntry {
    /// Name in the catalog.
    pub id: String,
    /// Name on screen.
    pub name: String,
    /// What it is offered as.
    pub kind: PictureKind,
    /// The file, relative to the installed pictures (or to `assets/` when `drawn`).
    pub file: PathBuf,
    /// Alternative text.
    pub alt: String,
    /// Licence and author.
    pub licence: String,
    /// Where it comes from.
    pub source: Option<String>,
    /// True for what we drew ourselves, which lies in `assets/` and is always there.
    #[serde(default)]
    pub drawn: bool,
}

/// A typeface that comes with the program.
#[derive(Debug, Clone, Deserialize)]
pub struct FontEntry {
    /// Name in the catalog.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// The file, relative to the installed pictures.
    pub file: PathBuf,
    /// Licence and author.
    pub licence: String,
    /// Where it comes from.
    pub source: String,
}

impl Catalog {
    /// Reads the catalog of `home`, and the classifiers that were added to it: each `.toml` beside
    /// its `.onnx` in `models/installed/` (what `models/export.py` writes) and in `models/` of the
    /// user's data folder. Without a catalog file it is empty: files given by path still work.
    ///
    /// # Errors
    /// When the catalog is there but cannot be read or understood. An added classifier that cannot
    /// be read is left out with a warning: it must not take the others with it.
    pub fn load(home: &Home) -> Result<Self, ClassifierError> {
        let path = home.catalog();
        let mut catalog: Self = if path.exists() {
            read_toml(&path)?
        } else {
            Self::default()
        };
        for model in &mut catalog.models {
            model.shipped = true;
        }
        for folder in [home.installed_models(), home.data.join("models")] {
            catalog.add_sidecars(&folder);
        }
        Ok(catalog)
    }

    /// Adds the classifiers that `.toml` files in `folder` describe, in the order of their names.
    /// An id that is taken stays with the entry that has it.
    fn add_sidecars(&mut self, folder: &Path) {
        let Ok(listing) = std::fs::read_dir(folder) else {
            return; // nothing was added
        };
        let mut sidecars: Vec<_> = listing
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|e| e == "toml"))
            .collect();
        sidecars.sort();
        for sidecar in sidecars {
            match read_toml::<ModelEntry>(&sidecar) {
                Ok(mut entry) => {
                    let file = entry.file.take();
                    let beside = || {
                        PathBuf::from(
                            sidecar
                                .with_extension("onnx")
                                .file_name()
                                .unwrap_or_default(),
                        )
                    };
                    let file = file.unwrap_or_else(beside);
                    match named_in(&sidecar, &file) {
                        Ok(path) => entry.file = Some(path),
                        Err(error) => {
                            let (sidecar, file) = (sidecar.display(), file.display());
                            tracing::warn!("a classifier is left out: {sidecar}: {file} {error}");
                            continue;
                        }
                    }
                    if entry.id.is_empty() {
                        entry.id = crate::picture::display_name(&sidecar);
                    }
                    if self.model(&entry.id).is_none() {
                        self.models.push(entry);
                    }
                }
                Err(error) => tracing::warn!("a classifier is left out: {error}"),
            }
        }
    }

    /// The classifier with this id.
    #[must_use]
    pub fn model(&self, id: &str) -> Option<&ModelEntry> {
        self.models.iter().find(|m| m.id == id)
    }

    /// Settles how to feed the model that `reference` means: an id of the catalog or the path of
    /// an ONNX file, with the `.toml` beside it where there is one.
    ///
    /// # Errors
    /// When the reference means nothing, the model is not installed, or a setting cannot be used.
    pub fn resolve(
        &self,
        home: &Home,
        reference: &str,
        overrides: &ModelOverrides,
    ) -> Result<(ModelSpec, ModelEntry), ClassifierError> {
        if let Some(entry) = self.model(reference) {
            let path = self.model_path(home, entry);
            if !path.is_file() {
                return Err(ClassifierError::NotInstalled {
                    id: reference.to_owned(),
                    path,
                });
            }
            let spec = ModelSpec::settle(&path, entry, overrides)?;
            return Ok((spec, entry.clone()));
        }
        let path = Path::new(reference);
        if !path.exists() {
            let known = self
                .models
                .iter()
                .map(|m| m.id.as_str())
                .collect::<Vec<_>>();
            return Err(ClassifierError::UnknownModel {
                reference: reference.to_owned(),
                known: known.join(", "),
            });
        }
        let entry = ModelEntry::beside(path)?;
        let spec = ModelSpec::settle(path, &entry, overrides)?;
        Ok((spec, entry))
    }

    /// Where the file of a classifier of the catalog lies, installed or not.
    #[must_use]
    pub fn model_path(&self, home: &Home, entry: &ModelEntry) -> PathBuf {
        match &entry.file {
            Some(file) => home.installed_models().join(file),
            None => home.installed_models().join(format!("{}.onnx", entry.id)),
        }
    }

    /// Whether the file at `path` is the one that `entry` describes, where it tells its SHA-256:
    /// an installed file can be damaged, and a description can be of an older export. What was
    /// found out is kept in `cache`: only a file that has changed since is read.
    ///
    /// # Errors
    /// [`ClassifierError::Altered`] when it is another file, in words that say what to do.
    pub fn verify(
        entry: &ModelEntry,
        path: &Path,
        cache: &GraphCache,
    ) -> Result<(), ClassifierError> {
        let Some(expected) = &entry.sha256 else {
            return Ok(());
        };
        let altered = |why: &str| ClassifierError::Altered {
            path: path.to_owned(),
            why: why.to_owned(),
        };
        match cache.is_still(path, expected) {
            Ok(true) => Ok(()),
            Ok(false) if entry.shipped => Err(altered(
                "this is not the file that was installed (its SHA-256 differs from the catalog's); run: python3 models/install.py",
            )),
            Ok(false) => Err(altered(
                "its SHA-256 is not the one in the .toml beside it; if the network was exported again, correct or remove that line",
            )),
            Err(error) => Err(altered(&error.to_string())),
        }
    }

    /// Where a picture of the catalog lies, installed or not.
    #[must_use]
    pub fn picture_path(&self, home: &Home, entry: &PictureEntry) -> PathBuf {
        if entry.drawn {
            home.root.join("assets").join(&entry.file)
        } else {
            home.installed_assets().join(&entry.file)
        }
    }

    /// The file a model's `labels` key means: a set of the catalog, else a file in the model's
    /// folder.
    ///
    /// # Errors
    /// When the key leads out of that folder.
    pub fn labels_path(
        &self,
        home: &Home,
        labels: &str,
        model: &Path,
    ) -> Result<PathBuf, ClassifierError> {
        match self.labels.iter().find(|l| l.id == labels) {
            Some(set) => Ok(home.installed_models().join(&set.file)),
            None => named_in(model, Path::new(labels)).map_err(|e| ClassifierError::Labels {
                path: PathBuf::from(labels),
                why: e.to_string(),
            }),
        }
    }
}

impl ModelEntry {
    /// What the `.toml` beside an ONNX file says about it; nothing where there is none.
    ///
    /// # Errors
    /// When there is one that cannot be read.
    pub fn beside(path: &Path) -> Result<Self, ClassifierError> {
        let sidecar = path.with_extension("toml");
        if sidecar.is_file() {
            read_toml(&sidecar)
        } else {
            Ok(Self::default())
        }
    }
}

/// Reads a small TOML file; errors are one line with the place.
fn read_toml<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, ClassifierError> {
    let failed = |why: String| ClassifierError::Settings {
        model: path.display().to_string(),
        why: why.split_whitespace().collect::<Vec<_>>().join(" "),
    };
    let text = crate::files::read_text(path, MAX_BYTES).map_err(|e| failed(e.to_string()))?;
    toml::from_str(&text).map_err(|e| {
        let line = e.span().map(|span| {
            text.get(..span.start)
                .map_or(1, |t| t.matches('\n').count() + 1)
        });
        failed(match line {
            Some(line) => format!("line {line}: {}", e.message()),
            None => e.message().to_owned(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> (tempfile::TempDir, Home) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        std::fs::create_dir_all(root.join("models/installed")).unwrap();
        let home = Home {
            data: root.join("data"),
            cache: root.join("cache"),
            root,
        };
        (folder, home)
    }

    #[test]
    fn the_catalog_we_ship_is_read() {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let (_folder, mut home) = home();
        home.root = root;
        let catalog = Catalog::load(&home).unwrap();
        let ids: Vec<_> = catalog.models.iter().map(|m| m.id.as_str()).collect();
        for id in [
            "efficientnet-lite0",
            "efficientnet-lite1",
            "efficientnet-lite2",
            "squeezenet",
        ] {
            assert!(ids.contains(&id), "{id} is not in the catalog");
        }
        for model in &catalog.models {
            let spec =
                ModelSpec::settle(Path::new("x.onnx"), model, &ModelOverrides::default()).unwrap();
            assert!(spec.guesses.is_empty(), "{}: {:?}", model.id, spec.guesses);
            assert!(model.sha256.as_ref().is_some_and(|s| s.len() == 64));
        }
        assert!(
            catalog
                .pictures
                .iter()
                .all(|p| !p.alt.is_empty() && !p.licence.is_empty())
        );
        assert!(
            catalog
                .pictures
                .iter()
                .any(|p| p.kind == PictureKind::Texture)
        );
    }

    #[test]
    fn added_classifiers_are_listed_after_the_catalogs_own() {
        let (_folder, home) = home();
        let installed = home.installed_models();
        let added = home.data.join("models");
        std::fs::create_dir_all(&added).unwrap();
        std::fs::write(home.catalog(), "[[model]]\nid = 'a'\nfile = 'a.onnx'").unwrap();
        for (folder, name, text) in [
            (&installed, "b.toml", "id = 'b'\nfile = 'net.onnx'"),
            (&installed, "a.toml", "id = 'a'\nfile = 'other.onnx'"),
            (&installed, "broken.toml", "id = "),
            (&added, "mine.toml", "std = [1, 1, 1]"),
            (&added, "out.toml", "file = '../../models/installed/a.onnx'"),
            (&added, "abs.toml", "file = '/etc/passwd'"),
        ] {
            std::fs::write(folder.join(name), text).unwrap();
        }
        let catalog = Catalog::load(&home).unwrap();
        let found: Vec<_> = catalog
            .models
            .iter()
            .map(|m| (m.id.as_str(), catalog.model_path(&home, m)))
            .collect();
        let expected = [
            ("a", installed.join("a.onnx")),
            ("b", installed.join("net.onnx")),
            ("mine", added.join("mine.onnx")),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_cannot_be_used_is_said_in_one_line() {
        let (_folder, home) = home();
        let catalog: Catalog = toml::from_str("[[model]]\nid = 'a'\nfile = 'a.onnx'").unwrap();
        let none = ModelOverrides::default();
        assert!(matches!(
            catalog.resolve(&home, "a", &none),
            Err(ClassifierError::NotInstalled { .. })
        ));
        let unknown = catalog.resolve(&home, "b", &none).unwrap_err().to_string();
        assert!(unknown.contains("models: a") && !unknown.contains('\n'));

        let file = home.root.join("n.onnx");
        std::fs::write(&file, "").unwrap();
        std::fs::write(file.with_extension("toml"), "mean = [1, 2, 3]\nstd = 'x'").unwrap();
        let bad = catalog
            .resolve(&home, file.to_str().unwrap(), &none)
            .unwrap_err();
        assert!(bad.to_string().contains("line 2"), "{bad}");
        assert!(!bad.to_string().contains('\n'));
        std::fs::write(
            file.with_extension("toml"),
            "mean = [1, 2, 3]\nstd = [1, 1, 2]",
        )
        .unwrap();
        let (spec, _) = catalog
            .resolve(&home, file.to_str().unwrap(), &none)
            .unwrap();
        assert_eq!(spec.std, [1.0, 1.0, 2.0]);
    }
}
