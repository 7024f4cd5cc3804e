//! The networks that a person kept: listed, described anew, taken anew where the file that they were
//! kept from has changed, removed.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::adopt::{copy, failed, keep_labels, kept_before, whole, write_sidecar};
use super::spec::ModelEntry;
use super::{Catalog, ClassifierError};
use crate::files::{sha256, sha256_of_file, write_atomic};
use crate::home::Home;

/// The file that a network was kept from, as it was when a person decided about it last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Where it lies.
    pub path: PathBuf,
    /// SHA-256 of the network, with the weights that lie beside it.
    pub sha256: String,
    /// Length of the file in bytes.
    pub bytes: u64,
    /// When it was written: milliseconds since 1970, 0 where the system does not say.
    #[serde(default)]
    pub modified: i64,
}

/// Length in bytes and time of writing in milliseconds since 1970.
fn stamp(path: &Path) -> Option<(u64, i64)> {
    let meta = fs::metadata(path).ok()?;
    let since = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    let since = since.duration_since(UNIX_EPOCH).unwrap_or_default();
    let modified = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
    Some((meta.len(), modified))
}

impl Origin {
    /// The file at `path`, whose network has this hash; `None` where its place cannot be written
    /// down.
    pub(super) fn of(path: &Path, sha256: String) -> Option<Self> {
        let path = std::path::absolute(path).ok()?;
        path.to_str()?;
        let (bytes, modified) = stamp(&path)?;
        Some(Self {
            path,
            sha256,
            bytes,
            modified,
        })
    }

    /// Whether the file may be another one than it was; nothing can be said of one that has gone.
    fn is_touched(&self) -> bool {
        stamp(&self.path).is_some_and(|now| now != (self.bytes, self.modified))
    }
}

/// A network that a person kept.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnModel {
    /// Its id in the catalog.
    pub id: String,
    /// Name on screen.
    pub name: String,
    /// Its file in the user's data folder.
    pub path: PathBuf,
    /// What is said about it.
    pub entry: ModelEntry,
}

/// The networks that were kept, in the order of the catalog.
///
/// # Errors
/// When the catalog is there but cannot be read.
pub fn own_models(home: &Home) -> Result<Vec<OwnModel>, ClassifierError> {
    let catalog = Catalog::load(home)?;
    let folder = home.data.join("models");
    let kept = catalog.models.iter().filter_map(|entry| {
        let path = catalog.model_path(home, entry);
        let own = !entry.shipped && path.parent() == Some(&folder);
        own.then(|| OwnModel {
            id: entry.id.clone(),
            name: entry.name.clone().unwrap_or_else(|| entry.id.clone()),
            path,
            entry: entry.clone(),
        })
    });
    Ok(kept.collect())
}

fn own_model(home: &Home, id: &str) -> Result<OwnModel, ClassifierError> {
    let mut kept = own_models(home)?.into_iter();
    kept.find(|model| model.id == id)
        .ok_or_else(|| failed(Path::new(id), &"this network is not kept any more"))
}

/// The network in the file at `source`, where it was kept before.
///
/// # Errors
/// When the file or the catalog cannot be read.
pub fn kept_already(home: &Home, source: &Path) -> Result<Option<OwnModel>, ClassifierError> {
    let kept = own_models(home)?;
    // Reading it takes seconds where it is large. With weights beside it, its length says nothing.
    let bytes = fs::metadata(source).map_err(|e| failed(source, &e))?.len();
    let same_length = |path: &Path| fs::metadata(path).is_ok_and(|meta| meta.len() == bytes);
    let candidate = kept.iter().any(|model| {
        let origin = model.entry.origin.as_ref();
        same_length(&model.path) || origin.is_some_and(|origin| origin.bytes == bytes)
    });
    if !candidate {
        return Ok(None);
    }
    let catalog = Catalog::load(home)?;
    let id = kept_before(home, &catalog, &content(source)?);
    Ok(id.and_then(|id| kept.into_iter().find(|model| model.id == id)))
}

/// SHA-256 of the network in the file at `source`, with the weights that lie beside it.
fn content(source: &Path) -> Result<String, ClassifierError> {
    match whole(source)? {
        Some(bytes) => Ok(sha256(&bytes)),
        None => sha256_of_file(source).map_err(|e| failed(source, &e)),
    }
}

/// Says something else about the network kept as `id`; the network itself stays. `labels` is the
/// file of its class names, where it has one of its own.
///
/// # Errors
/// When it is not kept any more, or the folder cannot be written.
pub fn amend(
    home: &Home,
    id: &str,
    said: &ModelEntry,
    labels: Option<&Path>,
) -> Result<(), ClassifierError> {
    let kept = own_model(home, id)?;
    let folder = home.data.join("models");
    let mut entry = ModelEntry {
        id: kept.id,
        file: None,
        sha256: kept.entry.sha256,
        origin: kept.entry.origin,
        ..said.clone()
    };
    if let Some(labels) = labels {
        entry.labels = Some(keep_labels(&folder, id, labels)?);
    }
    write_sidecar(&folder, &entry)?;
    if labels.is_none() {
        // Else they would be found beside the network.
        remove(&folder.join(format!("{id}-labels.txt")))?;
    }
    Ok(())
}

/// Removes a file that may have gone already.
fn remove(path: &Path) -> Result<(), ClassifierError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(path, &error)),
        _ => Ok(()),
    }
}

/// Removes what was kept as `id`. The file that it was kept from stays.
///
/// # Errors
/// When it is not kept any more, or a file cannot be removed.
pub fn forget(home: &Home, id: &str) -> Result<(), ClassifierError> {
    let kept = own_model(home, id)?;
    let folder = home.data.join("models");
    let sidecar = folder.join(format!("{id}.toml"));
    // First what lists it: one that is removed by half is removed.
    fs::remove_file(&sidecar).map_err(|e| failed(&sidecar, &e))?;
    remove(&kept.path)?;
    remove(&folder.join(format!("{id}-labels.txt")))
}

/// A kept network whose file holds another one by now.
#[derive(Debug, Clone, PartialEq)]
pub struct Renewed {
    /// The one that is kept.
    pub model: OwnModel,
    /// The file as it is now.
    pub origin: Origin,
}

/// The kept networks whose files hold others by now. A file that was only written again is noted.
///
/// # Errors
/// When the catalog cannot be read. Files that have gone or cannot be read are left out.
pub fn renewed(home: &Home) -> Result<Vec<Renewed>, ClassifierError> {
    let mut found = Vec::new();
    for model in own_models(home)? {
        let touched = model.entry.origin.as_ref().filter(|o| o.is_touched());
        let Some(before) = touched.cloned() else {
            continue;
        };
        // One that is being written is not a network yet: it is asked about when it is.
        let whole = content(&before.path).ok();
        let Some(origin) = whole.and_then(|hash| Origin::of(&before.path, hash)) else {
            continue;
        };
        if origin.sha256 == before.sha256 {
            note(home, &model, origin)?;
        } else {
            found.push(Renewed { model, origin });
        }
    }
    Ok(found)
}

/// Writes down what the file of a kept network is like.
fn note(home: &Home, model: &OwnModel, origin: Origin) -> Result<(), ClassifierError> {
    let mut entry = model.entry.clone();
    entry.origin = Some(origin);
    write_sidecar(&home.data.join("models"), &entry)
}

/// Keeps the network that is kept, whatever its file holds by now: it is asked about again when that
/// changes once more.
///
/// # Errors
/// When the folder cannot be written.
pub fn leave_as_it_is(home: &Home, renewed: &Renewed) -> Result<(), ClassifierError> {
    note(
        home,
        &own_model(home, &renewed.model.id)?,
        renewed.origin.clone(),
    )
}

/// Takes the network that the file holds by now in place of the one that is kept; what is said about
/// it stays. Broken off at any moment, one of the two is kept, whole.
///
/// # Errors
/// When the file is no network, or the folder cannot be written.
pub fn renew(home: &Home, renewed: &Renewed) -> Result<(), ClassifierError> {
    let mut kept = own_model(home, &renewed.model.id)?;
    let (folder, source) = (home.data.join("models"), renewed.origin.path.as_path());
    let whole = whole(source)?;
    let hash = match &whole {
        Some(bytes) => sha256(bytes),
        None => sha256_of_file(source).map_err(|e| failed(source, &e))?,
    };
    // While the two are exchanged it is not said which one it is.
    kept.entry.sha256 = None;
    write_sidecar(&folder, &kept.entry)?;
    match &whole {
        Some(bytes) => write_atomic(&kept.path, |file| file.write_all(bytes)),
        None => copy(source, &kept.path),
    }
    .map_err(|e| failed(&kept.path, &e))?;
    kept.entry.origin = Origin::of(source, hash.clone());
    kept.entry.sha256 = Some(hash);
    write_sidecar(&folder, &kept.entry)
}

#[cfg(test)]
mod tests {
    use super::super::adopt;
    use super::*;

    struct Desk {
        folder: tempfile::TempDir,
        home: Home,
    }

    impl Desk {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let root = folder.path().to_owned();
            let home = Home {
                data: root.join("data"),
                cache: root.join("cache"),
                root,
            };
            Self { folder, home }
        }

        fn file(&self, name: &str, content: &str) -> PathBuf {
            let path = self.folder.path().join(name);
            fs::write(&path, content).unwrap();
            path
        }

        fn keep(&self, source: &Path, name: &str) -> String {
            let entry = ModelEntry {
                name: Some(name.to_owned()),
                mean: Some([1.0, 2.0, 3.0]),
                std: Some([4.0; 3]),
                ..ModelEntry::default()
            };
            adopt(&self.home, source, &entry, None).unwrap()
        }

        fn kept(&self) -> Vec<OwnModel> {
            own_models(&self.home).unwrap()
        }

        fn network(&self) -> String {
            fs::read_to_string(&self.kept()[0].path).unwrap()
        }

        fn asked(&self) -> Vec<Renewed> {
            renewed(&self.home).unwrap()
        }
    }

    #[test]
    fn a_kept_network_is_renamed_described_anew_and_removed() {
        let desk = Desk::new();
        let (net, names) = (
            desk.file("net.onnx", "weights"),
            desk.file("n.txt", "a\nb\n"),
        );
        let id = desk.keep(&net, "Mine");
        let said = ModelEntry {
            name: Some("Better".to_owned()),
            std: Some([9.0; 3]),
            ..desk.kept()[0].entry.clone()
        };
        amend(&desk.home, &id, &said, Some(&names)).unwrap();
        let kept = desk.kept();
        assert_eq!((kept.len(), kept[0].id.as_str()), (1, id.as_str()));
        assert_eq!(
            (kept[0].name.as_str(), kept[0].entry.std),
            ("Better", Some([9.0; 3]))
        );
        let labels = format!("{id}-labels.txt");
        assert_eq!(kept[0].entry.labels.as_deref(), Some(labels.as_str()));
        assert_eq!(desk.network(), "weights");
        // Its hash and where it came from are not what a person says.
        assert!(kept[0].entry.sha256.is_some() && kept[0].entry.origin.is_some());
        // Once more, with its own file of names.
        let own = desk.home.data.join("models").join(&labels);
        amend(&desk.home, &id, &said, Some(&own)).unwrap();
        assert_eq!(fs::read_to_string(&own).unwrap(), "a\nb\n");
        let numbers = ModelEntry {
            labels: Some(super::super::NO_LABELS.to_owned()),
            ..said.clone()
        };
        amend(&desk.home, &id, &numbers, None).unwrap();
        assert!(
            !own.exists(),
            "names that are not wanted would be found again"
        );

        forget(&desk.home, &id).unwrap();
        assert!(desk.kept().is_empty());
        let left = fs::read_dir(desk.home.data.join("models")).unwrap();
        assert_eq!(left.count(), 0);
        assert!(
            net.is_file() && names.is_file(),
            "what it was kept from stays"
        );
        let gone = forget(&desk.home, &id).unwrap_err().to_string();
        assert!(gone.contains("not kept any more"), "{gone}");
    }

    #[test]
    fn only_what_a_person_kept_can_be_removed() {
        let desk = Desk::new();
        let installed = desk.home.installed_models();
        fs::create_dir_all(&installed).unwrap();
        fs::write(installed.join("shipped.onnx"), "x").unwrap();
        fs::write(installed.join("added.onnx"), "x").unwrap();
        fs::write(installed.join("added.toml"), "").unwrap();
        fs::write(
            desk.home.catalog(),
            "[[model]]\nid = 'shipped'\nfile = 'shipped.onnx'",
        )
        .unwrap();
        assert!(desk.kept().is_empty());
        for id in ["shipped", "added"] {
            forget(&desk.home, id).unwrap_err();
            assert!(installed.join(format!("{id}.onnx")).is_file());
        }
    }

    #[test]
    fn the_same_file_is_known_again() {
        let desk = Desk::new();
        let net = desk.file("net.onnx", "weights");
        assert_eq!(kept_already(&desk.home, &net).unwrap(), None);
        let id = desk.keep(&net, "Mine");
        let again = desk.file("copy of it.onnx", "weights");
        let found = kept_already(&desk.home, &again).unwrap().unwrap();
        assert_eq!(found.id, id);
        let other = desk.file("other.onnx", "WEIGHTS");
        assert_eq!(kept_already(&desk.home, &other).unwrap(), None);
    }

    #[test]
    fn a_file_that_changed_is_asked_about_once() {
        let desk = Desk::new();
        let net = desk.file("net.onnx", "weights");
        let id = desk.keep(&net, "Mine");
        assert!(desk.asked().is_empty());
        // Written again with the same content: nothing to ask.
        let later = SystemTime::now() + std::time::Duration::from_mins(1);
        fs::File::options()
            .write(true)
            .open(&net)
            .unwrap()
            .set_modified(later)
            .unwrap();
        assert!(desk.asked().is_empty());
        assert!(!desk.kept()[0].entry.origin.as_ref().unwrap().is_touched());

        fs::write(&net, "trained more").unwrap();
        let asked = desk.asked();
        assert_eq!((asked.len(), asked[0].model.id.as_str()), (1, id.as_str()));
        assert_eq!(desk.network(), "weights", "nothing is taken unasked");
        leave_as_it_is(&desk.home, &asked[0]).unwrap();
        assert!(desk.asked().is_empty());
        assert_eq!(desk.network(), "weights");

        fs::write(&net, "trained still more").unwrap();
        let asked = desk.asked();
        renew(&desk.home, &asked[0]).unwrap();
        assert_eq!(desk.network(), "trained still more");
        let kept = desk.kept();
        assert_eq!(
            kept[0].entry.mean,
            Some([1.0, 2.0, 3.0]),
            "what was said stays"
        );
        assert_eq!(kept[0].entry.sha256, Some(sha256(b"trained still more")));
        assert!(desk.asked().is_empty());

        fs::remove_file(&net).unwrap();
        assert!(desk.asked().is_empty(), "one that has gone is no other one");
    }

    #[test]
    fn one_that_is_exchanged_by_half_can_be_used() {
        let desk = Desk::new();
        let net = desk.file("net.onnx", "weights");
        desk.keep(&net, "Mine");
        fs::write(&net, "trained more").unwrap();
        let asked = desk.asked();
        // The process is killed before the new file is in its place: a folder cannot be replaced
        // by a file.
        let path = desk.kept()[0].path.clone();
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        renew(&desk.home, &asked[0]).unwrap_err();
        let kept = desk.kept();
        assert_eq!(kept[0].entry.sha256, None, "no hash that is not its own");
        fs::remove_dir(&path).unwrap();
        fs::write(&path, "weights").unwrap();
        assert_eq!(desk.asked().len(), 1, "it is asked about again");
    }
}
