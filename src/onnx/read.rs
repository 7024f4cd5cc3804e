//! From a file, within limits.

use std::path::Path;

use prost::Message as _;
use prost::bytes::Bytes;

use super::expansion::check_expansion;
use super::external::load_external;
use super::sparse::write_out_sparse;
use super::{Graph, Model, Node, OnnxError};
use crate::file_kind::{FileKind, HEAD_BYTES};
use crate::files::{open_plain, read_open};

/// The most bytes of a model, external data included: a protobuf message cannot be larger, and
/// ONNX Runtime is given the network as one.
pub const MAX_MODEL_BYTES: u64 = (2 << 30) - 1;
/// The most nodes of a model, those of inner graphs and functions included: ten times those of
/// the largest classifiers. ONNX Runtime takes 0.4 s to look at 10,000.
const MAX_NODES: usize = 50_000;
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
        let mut budget = MAX_MODEL_BYTES - size;
        let alone = load_external(&mut model, path, &mut budget)?;
        write_out_sparse(&mut model, &mut budget)?;
        Ok((model, alone))
    }

    /// As [`Self::read`], for a model that was written without the constants that `base` has.
    ///
    /// # Errors
    /// As [`Self::read`], and when `base` has not got them.
    pub fn read_with(path: &Path, base: &Self) -> Result<Self, OnnxError> {
        let (mut model, size) = Self::read_file(path)?;
        model.resolve(base)?;
        let mut budget = MAX_MODEL_BYTES - size;
        load_external(&mut model, path, &mut budget)?;
        Ok(model)
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
        let (file, bytes) = open_plain(path).map_err(failed)?;
        if bytes > MAX_MODEL_BYTES {
            return Err(OnnxError::TooLarge {
                path: path.to_owned(),
                bytes,
                limit: MAX_MODEL_BYTES,
            });
        }
        let bytes = read_open(file, bytes, MAX_MODEL_BYTES).map_err(failed)?;
        if bytes.is_empty() {
            return Err(OnnxError::Empty(path.to_owned()));
        }
        let size = bytes.len() as u64;
        Ok((Self::of_bytes(bytes.into())?, size))
    }

    /// Reads a model from the bytes of a file without external data.
    ///
    /// # Errors
    /// When the bytes are not ONNX or over the limits.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, OnnxError> {
        Self::of_bytes(Bytes::copy_from_slice(bytes))
    }

    /// As [`Self::from_bytes`]; the values of constants stay where they are.
    fn of_bytes(bytes: Bytes) -> Result<Self, OnnxError> {
        // ONNX Runtime's own format, a flatbuffer with this mark.
        if bytes.get(4..8) == Some(b"ORTM") {
            return Err(OnnxError::NotOnnx(
                "this is a file in ONNX Runtime's .ort format, made for one kind of machine; open the .onnx file it was made from".to_owned(),
            ));
        }
        let head = bytes.slice(..bytes.len().min(HEAD_BYTES));
        let other = |why: String| OnnxError::NotOnnx(by_its_name(&head).unwrap_or(why));
        let model = Self::decode(bytes).map_err(|e| {
            let why = e.to_string();
            if is_cut(&head, &why) && by_its_name(&head).is_none() {
                return OnnxError::Cut;
            }
            other(short(&why))
        })?;
        let Some(graph) = &model.graph else {
            return Err(other("it holds no graph".to_owned()));
        };
        if graph.node.is_empty() || model.opset_import.is_empty() {
            return Err(other("it holds no operators".to_owned()));
        }
        let mut totals = Totals::default();
        totals.graph(graph, 0)?;
        for function in &model.functions {
            totals.nodes(&function.node, 0)?;
        }
        check_expansion(&model)?;
        Ok(model)
    }
}

/// Whether bytes that cannot be decoded for the reason `why` begin with a version, as models do, and
/// end within a field.
fn is_cut(head: &[u8], why: &str) -> bool {
    const VERSION: u8 = 0x08;
    head.first() == Some(&VERSION) && (why.contains("underflow") || why.contains("invalid varint"))
}

/// What bytes are that are no ONNX, where that is known, and how to get ONNX from it.
fn by_its_name(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..HEAD_BYTES).unwrap_or(bytes);
    Some(match FileKind::of(head)? {
        FileKind::OtherModel(model) => format!("it is {}; {}", model.name(), model.to_onnx()),
        FileKind::Picture(format) => format!("it is a {} picture", format.name()),
        FileKind::OtherPicture(name) | FileKind::Other(name) => format!("it is {name}"),
    })
}

/// Refuses more nodes than are accepted; `what` they are called.
///
/// # Errors
/// When there are more.
pub(crate) fn limit_nodes(what: &'static str, count: usize) -> Result<(), OnnxError> {
    if count <= MAX_NODES {
        return Ok(());
    }
    Err(OnnxError::Limit {
        what,
        count,
        limit: MAX_NODES,
    })
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
        self.tensors += graph.initializer.len() + graph.sparse_initializer.len();
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
        limit_nodes("nodes", self.nodes)?;
        for attribute in nodes.iter().flat_map(|n| &n.attribute) {
            for inner in attribute.g.iter().chain(&attribute.graphs) {
                self.graph(inner, depth + 1)?;
            }
        }
        Ok(())
    }
}
