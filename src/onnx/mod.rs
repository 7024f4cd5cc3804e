//! An ONNX graph as data: read, write, build, put in order.
//!
//! | file | what |
//! |---|---|
//! | `proto` | the messages of the file format |
//! | `read` | from a file, within limits |
//! | `external` | weights in files beside the model |
//! | `sparse` | constants that are mostly zero, written out |
//! | `expansion` | how many nodes its functions come to |
//! | `write` | to bytes or, atomically, to a file |
//! | `element` | what the elements of a tensor are |
//! | `tensor` | constants: make them, take their values out |
//! | `node` | one operation: make it, read its attributes |
//! | `graph` | inputs, outputs, order, who reads what, cutting away what is not used |
//! | `lower` | operators that stand for several others, written as those |
//! | `stored_weights` | weights of few bits as the numbers they stand for |
//! | `precision` | a half or double precision network in single precision |
//! | `explicit_pools` | pools whose windows are rounded up, with that padding written out |
//! | `upgrade` | an old network in the operator set that the backward pass is written in |
//!
//! Constants are folded by ONNX Runtime itself, see [`crate::classifier`].

mod element;
mod error;
mod expansion;
mod explicit_pools;
mod external;
mod graph;
pub mod lower;
mod node;
mod precision;
mod proto;
mod read;
mod sparse;
mod split;
mod stored_weights;
mod tensor;
mod upgrade;
mod write;

pub use element::ElementType;
pub use error::OnnxError;
pub use explicit_pools::explicit_pools;
pub use graph::ValueType;
pub use precision::to_single_precision;
pub use proto::{
    Attribute, Dimension, DimensionValue, Function, Graph, MapType, Model, Node, OperatorSet,
    Property, SequenceType, Shape, SparseTensor, Tensor, TensorType, Type, ValueInfo,
    attribute_type,
};
pub use read::MAX_MODEL_BYTES;
pub(crate) use read::limit_nodes;
pub use split::Place;
pub use stored_weights::write_out_stored_weights;
pub use upgrade::{OLDEST_OPSET, upgrade};
