//! Weights in files beside the model.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Component, Path, PathBuf};

use super::{Graph, Model, Node, OnnxError, Tensor};
use crate::files::open_plain;

/// Brings the values of all external tensors into the model, those of inner graphs and functions
/// included. True when there were none.
///
/// A model must not make us read files outside its own folder. Where the model or its weights are
/// links, as in the cache of a hub, the file that is read must lie beside the file that the
/// model's link leads to.
pub(super) fn load_external(
    model: &mut Model,
    path: &Path,
    budget: &mut u64,
) -> Result<bool, OnnxError> {
    let mut loader = Loader {
        folder: path.parent().unwrap_or(Path::new("")),
        model: path,
        homes: None,
        files: HashMap::new(),
        budget,
    };
    if let Some(graph) = &mut model.graph {
        loader.graph(graph)?;
    }
    for function in &mut model.functions {
        loader.nodes(&mut function.node)?;
    }
    Ok(loader.files.is_empty())
}

struct Loader<'a> {
    folder: &'a Path,
    model: &'a Path,
    /// Where files may lie, resolved: the model's folder and that of the file its link leads to.
    homes: Option<[PathBuf; 2]>,
    files: HashMap<PathBuf, (File, u64)>,
    budget: &'a mut u64,
}

impl Loader<'_> {
    fn graph(&mut self, graph: &mut Graph) -> Result<(), OnnxError> {
        for tensor in &mut graph.initializer {
            self.tensor(tensor)?;
        }
        for sparse in &mut graph.sparse_initializer {
            for part in sparse.values.iter_mut().chain(&mut sparse.indices) {
                self.tensor(part)?;
            }
        }
        self.nodes(&mut graph.node)
    }

    fn nodes(&mut self, nodes: &mut [Node]) -> Result<(), OnnxError> {
        for attribute in nodes.iter_mut().flat_map(|n| &mut n.attribute) {
            for tensor in attribute.t.iter_mut().chain(&mut attribute.tensors) {
                self.tensor(tensor)?;
            }
            if let Some(sparse) = &mut attribute.sparse_tensor {
                for part in sparse.values.iter_mut().chain(&mut sparse.indices) {
                    self.tensor(part)?;
                }
            }
            for graph in attribute.g.iter_mut().chain(&mut attribute.graphs) {
                self.graph(graph)?;
            }
        }
        Ok(())
    }

    fn homes(&mut self) -> std::io::Result<&[PathBuf; 2]> {
        if self.homes.is_none() {
            let folder = if self.folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                self.folder
            };
            let resolved = self.model.canonicalize()?;
            let beside = resolved.parent().unwrap_or(&resolved).to_owned();
            self.homes = Some([folder.canonicalize()?, beside]);
        }
        self.homes
            .as_ref()
            .ok_or_else(|| std::io::ErrorKind::NotFound.into())
    }

    /// The file of that name, resolved; `None` where it lies elsewhere than it may.
    fn find(&mut self, location: &Path) -> std::io::Result<Option<PathBuf>> {
        let named = self.folder.join(location);
        let [folder, beside] = self.homes()?;
        let found = match named.canonicalize() {
            Ok(found) => found,
            // Only the model is a link.
            Err(error) => beside.join(location).canonicalize().map_err(|_| error)?,
        };
        let inside = found.starts_with(folder) || found.starts_with(beside);
        Ok(inside.then_some(found))
    }

    fn tensor(&mut self, tensor: &mut Tensor) -> Result<(), OnnxError> {
        if tensor.data_location != Some(1) {
            return Ok(());
        }
        let entry = |key: &str| {
            tensor
                .external_data
                .iter()
                .find(|p| p.key.as_deref() == Some(key))
                .and_then(|p| p.value.clone())
        };
        let location = entry("location").unwrap_or_default();
        let failed = |why: &str| OnnxError::External {
            tensor: tensor.name.clone().unwrap_or_default(),
            location: location.clone(),
            why: why.to_owned(),
        };
        let number = |key: &str| match entry(key) {
            None => Ok(None),
            Some(text) => text
                .parse::<u64>()
                .map(Some)
                .map_err(|_| failed(&format!("its {key} is {text:?}, not a number"))),
        };
        let relative = Path::new(&location);
        let plain = relative
            .components()
            .all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
        if location.is_empty() || !plain {
            return Err(failed("the file must lie in the model's folder"));
        }
        let path = match self.find(relative) {
            Ok(Some(path)) => path,
            Ok(None) => return Err(failed("the file must lie in the model's folder")),
            Err(error) => return Err(failed(&format!("{error}; put it beside the model"))),
        };
        let element = tensor
            .element()
            .ok_or_else(|| failed("its element type is not known"))?;
        let needed = element.bytes_of(tensor.count()?) as u64;
        let offset = number("offset")?.unwrap_or(0);
        let length = number("length")?.unwrap_or(needed);
        if length != needed {
            return Err(failed(&format!(
                "{length} bytes are given where the shape needs {needed}"
            )));
        }
        if length > *self.budget {
            return Err(failed(
                "with it the model is over 2 GiB, the most that ONNX Runtime takes in one piece",
            ));
        }
        *self.budget -= length;
        let (file, size) = match self.files.entry(path.clone()) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(open_plain(&path).map_err(|e| failed(&e.to_string()))?)
            }
        };
        if offset.checked_add(length).is_none_or(|end| end > *size) {
            return Err(failed(&format!(
                "it has {size} bytes, too few; copy it again"
            )));
        }
        file.seek(SeekFrom::Start(offset))
            .map_err(|e| failed(&e.to_string()))?;
        let length =
            usize::try_from(length).map_err(|_| failed("it is too large for this machine"))?;
        let mut raw = vec![0; length];
        file.read_exact(&mut raw)
            .map_err(|e| failed(&e.to_string()))?;
        tensor.raw_data = Some(raw.into());
        tensor.data_location = None;
        tensor.external_data.clear();
        Ok(())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::onnx::{Attribute, Function, Property, attribute_type};

    fn elsewhere(location: &str) -> Tensor {
        Tensor {
            raw_data: None,
            data_location: Some(1),
            external_data: vec![Property {
                key: Some("location".to_owned()),
                value: Some(location.to_owned()),
            }],
            ..Tensor::from_f32("w", &[2], &[])
        }
    }

    fn model(location: &str) -> Model {
        let graph = Graph {
            node: vec![Node::new("Add", &["x", "w"], &["y"])],
            initializer: vec![elsewhere(location)],
            ..Graph::default()
        };
        Model::new(graph, 17)
    }

    fn weights() -> Vec<u8> {
        [1.5f32, -2.0]
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect()
    }

    fn read(path: &Path) -> Result<Vec<f32>, OnnxError> {
        let model = Model::read(path)?;
        model.graph()?.initializer[0].to_f32()
    }

    #[test]
    fn links_into_a_store_are_followed_as_long_as_both_end_beside_each_other() {
        let home = tempfile::tempdir().unwrap();
        let (blobs, shown) = (home.path().join("blobs"), home.path().join("snapshots/rev"));
        for folder in [&blobs, &shown] {
            fs::create_dir_all(folder).unwrap();
        }
        let path = shown.join("model.onnx");
        model("model.onnx_data").save(&blobs.join("aaa")).unwrap();
        fs::write(blobs.join("bbb"), weights()).unwrap();
        symlink("../../blobs/aaa", &path).unwrap();
        let missing = read(&path).unwrap_err().to_string();
        assert!(missing.contains("put it beside the model"), "{missing}");
        let beside = shown.join("model.onnx_data");
        symlink("../../blobs/bbb", &beside).unwrap();
        assert_eq!(read(&path).unwrap(), [1.5, -2.0]);

        // The same link beside a model that is no link leads out of its folder.
        fs::remove_file(&path).unwrap();
        model("model.onnx_data").save(&path).unwrap();
        let outside = read(&path).unwrap_err().to_string();
        assert!(
            outside.contains("must lie in the model's folder"),
            "{outside}"
        );

        // And so does one to another place than the model's.
        let other = home.path().join("other");
        fs::write(&other, weights()).unwrap();
        fs::remove_file(&path).unwrap();
        symlink("../../blobs/aaa", &path).unwrap();
        fs::remove_file(&beside).unwrap();
        symlink("../../other", &beside).unwrap();
        let outside = read(&path).unwrap_err().to_string();
        assert!(
            outside.contains("must lie in the model's folder"),
            "{outside}"
        );

        // Only the model is a link, its weights lie beside what it leads to.
        fs::remove_file(&beside).unwrap();
        fs::rename(blobs.join("bbb"), blobs.join("model.onnx_data")).unwrap();
        assert_eq!(read(&path).unwrap(), [1.5, -2.0]);
    }

    #[test]
    fn functions_may_keep_their_constants_elsewhere_too() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("model.onnx");
        fs::write(home.path().join("weights"), weights()).unwrap();
        let mut constant = Node::new("Constant", &[], &["c"]);
        constant.attribute.push(Attribute {
            name: Some("value".to_owned()),
            t: Some(elsewhere("weights")),
            r#type: Some(attribute_type::TENSOR),
            ..Attribute::default()
        });
        let function = Function {
            name: Some("F".to_owned()),
            node: vec![constant],
            ..Function::default()
        };
        let whole = Model {
            functions: vec![function],
            ..model("weights")
        };
        whole.save(&path).unwrap();
        let read = Model::read(&path).unwrap();
        let constant = read.functions[0].node[0].tensor("value").unwrap();
        assert_eq!(constant.to_f32().unwrap(), [1.5, -2.0]);
    }
}
