//! Keeping a model of the user's own: its file, its labels and what was said about it, copied into
//! the user's data folder, where the catalog finds them from then on.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use toml::Value;

use super::own_models::Origin;
use super::spec::{Channels, ModelEntry};
use super::{Catalog, ClassifierError};
use crate::files::{open_plain, sha256, sha256_of_file, write_atomic};
use crate::home::Home;
use crate::onnx::{MAX_MODEL_BYTES, Model};

/// How many models of one name are told apart by a number before the name is refused.
const MOST_NAMESAKES: usize = 100;

/// Copies the network at `source` into `models/` of the user's data folder, beside it a `.toml`
/// with what `entry` says and the file of `labels` where there is one. Returns the id under which
/// the catalog lists it. Each file appears whole or not at all, the `.toml` last: a copy that was
/// broken off is never listed. The same network kept again, also under another name, replaces what
/// was said. A
/// network whose weights lie in files beside it becomes one file.
///
/// # Errors
/// When a file cannot be read or the folder cannot be written.
pub fn adopt(
    home: &Home,
    source: &Path,
    entry: &ModelEntry,
    labels: Option<&Path>,
) -> Result<String, ClassifierError> {
    let folder = home.data.join("models");
    let hash = sha256_of_file(source).map_err(|e| failed(source, &e))?;
    let name = entry.name.clone().unwrap_or_else(|| entry.id.clone());
    let whole = whole(source)?;
    let catalog = Catalog::load(home)?;
    let kept = match &whole {
        Some(bytes) => sha256(bytes),
        None => hash,
    };
    let origin = Origin::of(source, kept.clone());
    let same = kept_before(home, &catalog, &kept);
    let id = same
        .or_else(|| free_id(home, &catalog, &slug(&name), &kept))
        .ok_or_else(|| failed(source, &format!("too many models are called {name}")))?;
    let network = folder.join(format!("{id}.onnx"));
    match &whole {
        Some(bytes) => write_atomic(&network, |file| file.write_all(bytes)),
        None => copy(source, &network),
    }
    .map_err(|e| failed(&network, &e))?;
    let mut entry = entry.clone();
    (entry.id, entry.name) = (id, Some(name));
    (entry.sha256, entry.origin) = (Some(kept), origin);
    if let Some(labels) = labels {
        entry.labels = Some(keep_labels(&folder, &entry.id, labels)?);
    }
    write_sidecar(&folder, &entry)?;
    Ok(entry.id)
}

/// Copies a file of class names to the network kept as `id`; gives its name in that folder.
pub(super) fn keep_labels(
    folder: &Path,
    id: &str,
    labels: &Path,
) -> Result<String, ClassifierError> {
    let file = format!("{id}-labels.txt");
    let place = folder.join(&file);
    // They are there already where nothing but another setting was changed.
    if place != labels {
        copy(labels, &place).map_err(|e| failed(labels, &e))?;
    }
    Ok(file)
}

/// Writes down what is said of a kept network: from now on the catalog lists it so.
pub(super) fn write_sidecar(folder: &Path, entry: &ModelEntry) -> Result<(), ClassifierError> {
    let sidecar = folder.join(format!("{}.toml", entry.id));
    let text = toml::to_string(&table(entry)).map_err(|e| failed(&sidecar, &e))?;
    write_atomic(&sidecar, |file| file.write_all(text.as_bytes())).map_err(|e| failed(&sidecar, &e))
}

/// What went wrong with a file of a kept network.
pub(super) fn failed(path: &Path, why: &dyn std::fmt::Display) -> ClassifierError {
    ClassifierError::Settings {
        model: path.display().to_string(),
        why: why.to_string(),
    }
}

pub(super) fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    let (source, _) = open_plain(from)?;
    let mut source = source.take(MAX_MODEL_BYTES);
    write_atomic(to, |file| std::io::copy(&mut source, file).map(|_| ()))
}

/// The network with all its weights, where some of them lie in files beside it.
pub(super) fn whole(source: &Path) -> Result<Option<Vec<u8>>, ClassifierError> {
    // What cannot be read has nothing beside it; whether it is a network is not asked here.
    let outline = Model::read_outline(source).ok();
    let scattered = outline.and_then(|model| model.graph).is_some_and(|graph| {
        graph
            .initializer
            .iter()
            .any(|t| !t.external_data.is_empty())
    });
    if !scattered {
        return Ok(None);
    }
    Ok(Some(Model::read(source)?.to_bytes()))
}

/// A name as a file name: lower case, everything but letters, digits and dots a dash.
fn slug(name: &str) -> String {
    let plain: String = name
        .to_lowercase()
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || c == '.' {
                c
            } else {
                '-'
            }
        })
        .collect();
    let parts = plain.split('-').map(|part| part.trim_matches('.'));
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let slug = parts.join("-");
    // File systems take 255 bytes; a name that long is no name.
    let short: String = slug.chars().take(60).collect();
    if short.is_empty() {
        "model".to_owned()
    } else {
        short
    }
}

/// The id under which this network was kept before, whatever it was called.
pub(super) fn kept_before(home: &Home, catalog: &Catalog, hash: &str) -> Option<String> {
    let folder = home.data.join("models");
    let mut models = catalog.models.iter();
    let known = models.find(|model| {
        let path = catalog.model_path(home, model);
        let same = |known: &String| known.eq_ignore_ascii_case(hash);
        !model.shipped && model.sha256.as_ref().is_some_and(same) && path.parent() == Some(&folder)
    });
    known.map(|model| model.id.clone())
}

/// The first of `base`, `base-2`, ... that no model has, or one of the user's own that is the same
/// network.
fn free_id(home: &Home, catalog: &Catalog, base: &str, hash: &str) -> Option<String> {
    let folder = home.data.join("models");
    (1..=MOST_NAMESAKES)
        .map(|n| match n {
            1 => base.to_owned(),
            n => format!("{base}-{n}"),
        })
        .find(|id| {
            let path: PathBuf = folder.join(format!("{id}.onnx"));
            let taken = catalog.model(id);
            let own = taken.is_none_or(|entry| catalog.model_path(home, entry) == path);
            own && (!path.exists() || sha256_of_file(&path).is_ok_and(|there| there == hash))
        })
}

/// What was said, as the sidecar's keys; what was not said stays open and is guessed again.
fn table(entry: &ModelEntry) -> toml::Table {
    let mut said = toml::Table::new();
    let mut set = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            said.insert(key.to_owned(), value);
        }
    };
    let floats = |values: [f32; 3]| Value::from(values.map(f64::from).to_vec());
    set("id", Some(entry.id.clone().into()));
    set("file", Some(format!("{}.onnx", entry.id).into()));
    set("name", entry.name.clone().map(Into::into));
    set("sha256", entry.sha256.clone().map(Into::into));
    set(
        "origin",
        entry.origin.as_ref().and_then(|v| Value::try_from(v).ok()),
    );
    set(
        "input_size",
        entry
            .input_size
            .map(|size| size.sides().map(|side| side as i64).to_vec().into()),
    );
    set(
        "channels",
        entry.channels.map(|channels| {
            match channels {
                Channels::Rgb => "RGB",
                Channels::Bgr => "BGR",
            }
            .into()
        }),
    );
    set(
        "layout",
        entry.layout.map(|layout| layout.to_string().into()),
    );
    set("resize", entry.resize.and_then(|v| Value::try_from(v).ok()));
    set("crop", entry.crop.map(|crop| f64::from(crop).into()));
    set(
        "resample",
        entry.resample.and_then(|v| Value::try_from(v).ok()),
    );
    set(
        "pad",
        entry.pad.map(|pad| pad.map(i64::from).to_vec().into()),
    );
    set("output", entry.output.clone().map(Into::into));
    set("kind", entry.kind.and_then(|v| Value::try_from(v).ok()));
    set("licence", entry.licence.clone().map(Into::into));
    set("source", entry.source.clone().map(Into::into));
    set("mean", entry.mean.map(floats));
    set("std", entry.std.map(floats));
    set("labels", entry.labels.clone().map(Into::into));
    set("note", entry.note.clone().map(Into::into));
    said
}

#[cfg(test)]
mod tests {
    use super::super::{InputSize, NO_LABELS};
    use super::*;
    use crate::onnx::{Graph, Node, Property, Tensor};

    #[test]
    fn a_kept_model_is_in_the_catalog_with_what_was_said() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        let home = Home {
            data: root.join("data"),
            cache: root.join("cache"),
            root: root.clone(),
        };
        let (net, names) = (root.join("My Net.onnx"), root.join("names.txt"));
        std::fs::write(&net, "weights").unwrap();
        std::fs::write(&names, "cat\ndog\n").unwrap();
        let entry = ModelEntry {
            name: Some("My Net!".to_owned()),
            input_size: Some(InputSize::Sides([224, 320])),
            channels: Some(Channels::Bgr),
            mean: Some([1.0, 2.5, 3.0]),
            std: Some([58.0; 3]),
            ..ModelEntry::default()
        };
        assert_eq!(adopt(&home, &net, &entry, Some(&names)).unwrap(), "my-net");
        // Again: the same network stays one; another of that name is told apart.
        assert_eq!(adopt(&home, &net, &entry, Some(&names)).unwrap(), "my-net");
        // Also under another name.
        let renamed = ModelEntry {
            name: Some("Better".to_owned()),
            ..entry.clone()
        };
        assert_eq!(
            adopt(&home, &net, &renamed, Some(&names)).unwrap(),
            "my-net"
        );
        let catalog = Catalog::load(&home).unwrap();
        assert_eq!(
            catalog.model("my-net").unwrap().name.as_deref(),
            Some("Better")
        );
        assert_eq!(adopt(&home, &net, &entry, Some(&names)).unwrap(), "my-net");
        std::fs::write(&net, "other weights").unwrap();
        assert_eq!(adopt(&home, &net, &entry, None).unwrap(), "my-net-2");
        let catalog = Catalog::load(&home).unwrap();
        let kept = catalog.model("my-net").unwrap();
        assert_eq!(kept.name.as_deref(), Some("My Net!"));
        assert_eq!(kept.input_size.map(InputSize::sides), Some([224, 320]));
        assert_eq!(kept.channels, Some(Channels::Bgr));
        assert_eq!((kept.mean, kept.std), (entry.mean, entry.std));
        let path = catalog.model_path(&home, kept);
        assert_eq!(std::fs::read(&path).unwrap(), b"weights");
        let labels = catalog
            .labels_path(&home, kept.labels.as_deref().unwrap(), &path)
            .unwrap();
        assert_eq!(std::fs::read(labels).unwrap(), b"cat\ndog\n");
        assert!(catalog.model("my-net-2").is_some());
    }

    #[test]
    fn a_name_of_the_catalog_is_left_to_its_model() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        let home = Home {
            data: root.join("data"),
            cache: root.join("cache"),
            root: root.clone(),
        };
        std::fs::create_dir_all(root.join("models")).unwrap();
        std::fs::write(home.catalog(), "[[model]]\nid = 'net'\n").unwrap();
        let own = root.join("net.onnx");
        std::fs::write(&own, "weights").unwrap();
        let entry = ModelEntry {
            name: Some("Net".to_owned()),
            crop: Some(0.5),
            resample: Some(crate::picture::Resample::Bilinear),
            labels: Some(NO_LABELS.to_owned()),
            ..ModelEntry::default()
        };
        assert_eq!(adopt(&home, &own, &entry, None).unwrap(), "net-2");
        assert_eq!(adopt(&home, &own, &entry, None).unwrap(), "net-2");
        let catalog = Catalog::load(&home).unwrap();
        let kept = catalog.model("net-2").unwrap();
        assert_eq!((kept.crop, kept.resample), (entry.crop, entry.resample));
        assert_eq!(kept.labels, entry.labels);
    }

    #[test]
    fn weights_in_another_file_are_brought_along() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        let home = Home {
            data: root.join("data"),
            cache: root.join("cache"),
            root: root.clone(),
        };
        let mut graph = Graph::default();
        let add = Node {
            op_type: Some("Add".to_owned()),
            input: vec!["x".to_owned(), "w".to_owned()],
            output: vec!["y".to_owned()],
            ..Node::default()
        };
        graph.node.push(add);
        let property = |key: &str, value: &str| Property {
            key: Some(key.to_owned()),
            value: Some(value.to_owned()),
        };
        graph.initializer.push(Tensor {
            name: Some("w".to_owned()),
            dims: vec![2],
            data_type: Some(1),
            data_location: Some(1),
            external_data: vec![property("location", "net.data")],
            ..Tensor::default()
        });
        let net = root.join("net.onnx");
        std::fs::write(&net, Model::new(graph, 17).to_bytes()).unwrap();
        let weights = [1.5_f32, -2.0].map(f32::to_le_bytes).concat();
        std::fs::write(root.join("net.data"), &weights).unwrap();
        let entry = ModelEntry {
            name: Some("net".to_owned()),
            ..ModelEntry::default()
        };
        let id = adopt(&home, &net, &entry, None).unwrap();
        assert_eq!(adopt(&home, &net, &entry, None).unwrap(), id);
        let catalog = Catalog::load(&home).unwrap();
        let kept = catalog.model_path(&home, catalog.model(&id).unwrap());
        let model = Model::read(&kept).unwrap();
        let tensor = model.graph.unwrap().initializer.remove(0);
        assert_eq!(tensor.raw_data.unwrap(), weights);
    }

    #[test]
    fn names_become_file_names() {
        for (name, file) in [
            ("../../etc/passwd", "etc-passwd"),
            ("  ", "model"),
            ("VGG 16", "vgg-16"),
            ("a/b\\c:d", "a-b-c-d"),
        ] {
            assert_eq!(slug(name), file);
        }
    }
}
