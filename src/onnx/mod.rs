//! An ONNX graph as data: read, write, build, put in order.
//!
//! | file | what |
//! |---|---|
//! | `proto` | the messages of the file format |
//! | `read` | from a file, within limits, with external data |
//! | `write` | to bytes or, atomically, to a file |
//! | `tensor` | constants: make them, take their values out |
//! | `node` | one operation: make it, read its attributes |
//! | `graph` | inputs, outputs, order, who reads what, cutting away what is not used |
//! | `precision` | a half or double precision network in single precision |
//! | `explicit_pools` | pools whose windows are rounded up, with that padding written out |
//! | `upgrade` | an old network in the operator set that the backward pass is written in |
//!
//! Constants are folded by ONNX Runtime itself, see [`crate::classifier`].

mod error;
mod explicit_pools;
mod graph;
mod node;
mod precision;
mod proto;
mod read;
mod split;
mod tensor;
mod upgrade;
mod write;

pub use error::OnnxError;
pub use explicit_pools::explicit_pools;
pub use graph::ValueType;
pub use precision::to_single_precision;
pub use proto::{
    Attribute, Dimension, DimensionValue, Function, Graph, Model, Node, OperatorSet, Property,
    Shape, Tensor, TensorType, Type, ValueInfo, attribute_type,
};
pub use read::MAX_MODEL_BYTES;
pub use split::Place;
pub use tensor::ElementType;
pub use upgrade::{OLDEST_OPSET, upgrade};
