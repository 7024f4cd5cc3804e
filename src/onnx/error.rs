//! Why a file is not a network that can be used.

use std::path::PathBuf;

/// Each message is one line that says what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
pub enum OnnxError {
    /// The file could not be read or written.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The file is empty.
    #[error("{}: the file is empty (0 bytes); get it again", .0.display())]
    Empty(PathBuf),
    /// The file is larger than a protobuf can be.
    #[error("{}: {bytes} bytes are more than an ONNX file may have ({limit}); keep large weights in an external data file", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// The bytes begin as a model and end too early.
    #[error("the ONNX file is cut short or damaged; get a whole copy of it")]
    Cut,
    /// The bytes are not an ONNX model.
    #[error("not an ONNX model: {0}; export the network to ONNX and open that file")]
    NotOnnx(String),
    /// More of something than a network has.
    #[error("the ONNX file has {count} {what}, more than the {limit} that are accepted")]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// How many.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// Weights in another file that cannot be used.
    #[error("weights of {tensor:?} lie in the external file {location:?}: {why}")]
    External {
        /// The tensor.
        tensor: String,
        /// The file as the model names it.
        location: String,
        /// What is wrong.
        why: String,
    },
    /// A tensor whose values do not fit its shape or type.
    #[error("constant {name:?} is damaged: {why}; get or export the file again")]
    Tensor {
        /// The tensor.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// The graph contradicts itself.
    #[error("the graph is damaged: {0}; get or export the file again")]
    Graph(String),
    /// No output holds scores, and none is made from scores in a way that is known.
    #[error(
        "none of its outputs holds scores as floats: {0}; export it with the scores of all classes as an output"
    )]
    Outputs(String),
    /// A node from an old operator set that cannot be rewritten.
    #[error(
        "operator {op} (node {node:?}) of the old operator set {opset} cannot be used: {why}; export the network with opset 17 or newer"
    )]
    Upgrade {
        /// The operator.
        op: String,
        /// The node.
        node: String,
        /// The model's operator set.
        opset: i64,
        /// What stands in the way.
        why: String,
    },
    /// An operator that neither ONNX Runtime nor the file itself explains.
    #[error(
        "operator {operator} of domain {domain} (node {node:?}) is unknown to ONNX Runtime: {advice}"
    )]
    Foreign {
        /// The operator.
        operator: String,
        /// Its domain.
        domain: String,
        /// The node.
        node: String,
        /// Who writes such files, and the way out.
        advice: String,
    },
}
