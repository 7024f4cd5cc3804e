//! From a file, within limits, with external data.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Component, Path, PathBuf};

use prost::Message as _;

use super::{Graph, Model, Node, OnnxError, Tensor};

/// The most bytes of a model, external data included: a protobuf message cannot be larger, and
/// ONNX Runtime is given the network as one.
pub const MAX_MODEL_BYTES: u64 = (2 << 30) - 1;
/// The most nodes of a model, those of inner graphs and functions included.
const MAX_NODES: usize = 200_000;
/// The most constants of a model.
const MAX_TENSORS: usize = 200_000;
/// The deepest nesting of graphs in graphs (If, Loop).
const MAX_DEPTH: usize = 8;

impl Model {
    /// Reads a model file and the external data files beside it.
    ///
    /// # Errors
    /// When the file is missing, empty, not ONNX, over the limits, or its external data cannot
    /// be used.
    pub fn read(path: &Path) -> Result<Self, OnnxError> {
        Self::read_whole(path).map(|(model, _)| model)
    }

    /// As [`Self::read`]; also says whether all of it lay in that one file.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_whole(path: &Path) -> Result<(Self, bool), OnnxError> {
        let (mut model, size) = Self::read_file(path)?;
        let mut alone = true;
        if let Some(graph) = &mut model.graph {
            let folder = path.parent().unwrap_or(Path::new(""));
            alone = load_external(graph, folder, MAX_MODEL_BYTES - size)?;
        }
        Ok((model, alone))
    }

    /// Reads a model file without the external data files beside it: constants in them have their
    /// shape, not their values.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_outline(path: &Path) -> Result<Self, OnnxError> {
        Self::read_file(path).map(|(model, _)| model)
    }

    /// The model in a file, and the file's size.
    fn read_file(path: &Path) -> Result<(Self, u64), OnnxError> {
        let failed = |error| OnnxError::Io {
            path: path.to_owned(),
            error,
        };
        let mut file = File::open(path).map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        if about.is_dir() {
            return Err(failed(std::io::Error::new(
                std::io::ErrorKind::IsADirectory,
                "this is a folder, not an ONNX file",
            )));
        }
        if about.len() > MAX_MODEL_BYTES {
            return Err(OnnxError::TooLarge {
                path: path.to_owned(),
                bytes: about.len(),
                limit: MAX_MODEL_BYTES,
            });
        }
        let mut bytes = Vec::new();
        // `take`: the size of something that is not a plain file is not known beforehand.
        (&mut file)
            .take(MAX_MODEL_BYTES)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        if bytes.is_empty() {
            return Err(OnnxError::Empty(path.to_owned()));
        }
        Ok((Self::from_bytes(&bytes)?, bytes.len() as u64))
    }

    /// Reads a model from the bytes of a file without external data.
    ///
    /// # Errors
    /// When the bytes are not ONNX or over the limits.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, OnnxError> {
        let model = Self::decode(bytes).map_err(|e| OnnxError::NotOnnx(short(&e.to_string())))?;
        let Some(graph) = &model.graph else {
            return Err(OnnxError::NotOnnx("it holds no graph".to_owned()));
        };
        if graph.node.is_empty() || model.opset_import.is_empty() {
            return Err(OnnxError::NotOnnx("it holds no operators".to_owned()));
        }
        let mut totals = Totals::default();
        totals.graph(graph, 0)?;
        for function in &model.functions {
            totals.nodes(&function.node, 0)?;
        }
        Ok(model)
    }
}

/// A decoder's message may quote bytes; only its first sentence is worth showing.
fn short(message: &str) -> String {
    message
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(120)
        .collect()
}

#[derive(Default)]
struct Totals {
    nodes: usize,
    tensors: usize,
}

impl Totals {
    fn graph(&mut self, graph: &Graph, depth: usize) -> Result<(), OnnxError> {
        if depth > MAX_DEPTH {
            return Err(OnnxError::Limit {
                what: "graphs inside each other",
                count: depth,
                limit: MAX_DEPTH,
            });
        }
        self.tensors += graph.initializer.len();
        if self.tensors > MAX_TENSORS {
            return Err(OnnxError::Limit {
                what: "constants",
                count: self.tensors,
                limit: MAX_TENSORS,
            });
        }
        self.nodes(&graph.node, depth)
    }

    fn nodes(&mut self, nodes: &[Node], depth: usize) -> Result<(), OnnxError> {
        self.nodes += nodes.len();
        if self.nodes > MAX_NODES {
            return Err(OnnxError::Limit {
                what: "nodes",
                count: self.nodes,
                limit: MAX_NODES,
            });
        }
        for attribute in nodes.iter().flat_map(|n| &n.attribute) {
            for inner in attribute.g.iter().chain(&attribute.graphs) {
                self.graph(inner, depth + 1)?;
            }
        }
        Ok(())
    }
}

/// Brings the values of all external tensors into the model. True when there were none.
fn load_external(graph: &mut Graph, folder: &Path, mut budget: u64) -> Result<bool, OnnxError> {
    let mut files = HashMap::new();
    let mut graphs = vec![graph];
    while let Some(graph) = graphs.pop() {
        for tensor in &mut graph.initializer {
            load_tensor(tensor, folder, &mut files, &mut budget)?;
        }
        for attribute in graph.node.iter_mut().flat_map(|n| &mut n.attribute) {
            if let Some(tensor) = &mut attribute.t {
                load_tensor(tensor, folder, &mut files, &mut budget)?;
            }
            graphs.extend(attribute.g.iter_mut().chain(&mut attribute.graphs));
        }
    }
    Ok(files.is_empty())
}

fn load_tensor(
    tensor: &mut Tensor,
    folder: &Path,
    files: &mut HashMap<PathBuf, (File, u64)>,
    budget: &mut u64,
) -> Result<(), OnnxError> {
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
    // A model must not make us read files outside its own folder.
    let relative = Path::new(&location);
    let plain = relative
        .components()
        .all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
    if location.is_empty() || !plain {
        return Err(failed("the file must lie in the model's folder"));
    }
    let path = folder.join(relative);
    let inside = || -> std::io::Result<bool> {
        let home = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        }
        .canonicalize()?;
        Ok(path.canonicalize()?.starts_with(home))
    };
    match inside() {
        Ok(true) => {}
        Ok(false) => return Err(failed("the file must lie in the model's folder")),
        Err(error) => return Err(failed(&format!("{error}; put it beside the model"))),
    }
    let element = tensor
        .element()
        .ok_or_else(|| failed("its element type is not known"))?;
    let needed = (tensor.count()? as u64).saturating_mul(element.bytes() as u64);
    let offset = number("offset")?.unwrap_or(0);
    let length = number("length")?.unwrap_or(needed);
    if length != needed {
        return Err(failed(&format!(
            "{length} bytes are given where the shape needs {needed}"
        )));
    }
    if length > *budget {
        return Err(failed(
            "with it the model is over 2 GiB, the most that ONNX Runtime takes in one piece",
        ));
    }
    *budget -= length;
    let (file, size) = match files.entry(path.clone()) {
        std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
        std::collections::hash_map::Entry::Vacant(entry) => {
            let file = File::open(&path).map_err(|e| failed(&e.to_string()))?;
            let size = file.metadata().map_err(|e| failed(&e.to_string()))?.len();
            entry.insert((file, size))
        }
    };
    if offset.checked_add(length).is_none_or(|end| end > *size) {
        return Err(failed(&format!(
            "it has {size} bytes, too few; copy it again"
        )));
    }
    file.seek(SeekFrom::Start(offset))
        .map_err(|e| failed(&e.to_string()))?;
    let mut raw =
        vec![0; usize::try_from(length).map_err(|_| failed("it is too large for this machine"))?];
    file.read_exact(&mut raw)
        .map_err(|e| failed(&e.to_string()))?;
    tensor.raw_data = Some(raw);
    tensor.data_location = None;
    tensor.external_data.clear();
    Ok(())
}
