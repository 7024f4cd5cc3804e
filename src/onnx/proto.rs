//! The messages of the ONNX file format, as far as a classifier needs them.
//!
//! Field numbers and names are those of `onnx.proto` (ONNX IR version 3 to 13,
//! <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>). Fields that are not listed here
//! (documentation, training information, quantisation annotations) are dropped
//! when a file is read and written again.

use prost::Message;
use prost::bytes::Bytes;

/// `ModelProto`: a graph, and the versions of the operator sets it is written in.
#[derive(Clone, PartialEq, Message)]
pub struct Model {
    /// Version of the file format.
    #[prost(int64, optional, tag = "1")]
    pub ir_version: Option<i64>,
    /// The program that wrote the file.
    #[prost(string, optional, tag = "2")]
    pub producer_name: Option<String>,
    /// That program's version.
    #[prost(string, optional, tag = "3")]
    pub producer_version: Option<String>,
    /// The network.
    #[prost(message, optional, tag = "7")]
    pub graph: Option<Graph>,
    /// Which version of which operator set the nodes mean.
    #[prost(message, repeated, tag = "8")]
    pub opset_import: Vec<OperatorSet>,
    /// Free key and value texts.
    #[prost(message, repeated, tag = "14")]
    pub metadata_props: Vec<Property>,
    /// Operators written in terms of others.
    #[prost(message, repeated, tag = "25")]
    pub functions: Vec<Function>,
}

/// `OperatorSetIdProto`.
#[derive(Clone, PartialEq, Message)]
pub struct OperatorSet {
    /// Empty for the standard operators.
    #[prost(string, optional, tag = "1")]
    pub domain: Option<String>,
    /// The version of the set.
    #[prost(int64, optional, tag = "2")]
    pub version: Option<i64>,
}

/// `StringStringEntryProto`.
#[derive(Clone, PartialEq, Message)]
pub struct Property {
    /// The key.
    #[prost(string, optional, tag = "1")]
    pub key: Option<String>,
    /// The value.
    #[prost(string, optional, tag = "2")]
    pub value: Option<String>,
}

/// `FunctionProto`: an operator written as a graph.
#[derive(Clone, PartialEq, Message)]
pub struct Function {
    /// Name of the operator.
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    /// Names of its inputs.
    #[prost(string, repeated, tag = "4")]
    pub input: Vec<String>,
    /// Names of its outputs.
    #[prost(string, repeated, tag = "5")]
    pub output: Vec<String>,
    /// Names of attributes without a default.
    #[prost(string, repeated, tag = "6")]
    pub attribute: Vec<String>,
    /// Its body.
    #[prost(message, repeated, tag = "7")]
    pub node: Vec<Node>,
    /// The operator sets the body is written in.
    #[prost(message, repeated, tag = "9")]
    pub opset_import: Vec<OperatorSet>,
    /// The operator's domain.
    #[prost(string, optional, tag = "10")]
    pub domain: Option<String>,
    /// Attributes with a default.
    #[prost(message, repeated, tag = "11")]
    pub attribute_proto: Vec<Attribute>,
    /// Types of inner values.
    #[prost(message, repeated, tag = "12")]
    pub value_info: Vec<ValueInfo>,
    /// Tells functions of one name apart.
    #[prost(string, optional, tag = "13")]
    pub overload: Option<String>,
}

/// `GraphProto`: nodes in topological order, constants, inputs and outputs.
#[derive(Clone, PartialEq, Message)]
pub struct Graph {
    /// The operations.
    #[prost(message, repeated, tag = "1")]
    pub node: Vec<Node>,
    /// Name of the graph.
    #[prost(string, optional, tag = "2")]
    pub name: Option<String>,
    /// Constants: weights and the like.
    #[prost(message, repeated, tag = "5")]
    pub initializer: Vec<Tensor>,
    /// What the caller gives. Old files list the initializers here too.
    #[prost(message, repeated, tag = "11")]
    pub input: Vec<ValueInfo>,
    /// What the caller gets.
    #[prost(message, repeated, tag = "12")]
    pub output: Vec<ValueInfo>,
    /// Types of inner values.
    #[prost(message, repeated, tag = "13")]
    pub value_info: Vec<ValueInfo>,
    /// Constants of which only the entries that are not zero are kept.
    #[prost(message, repeated, tag = "15")]
    pub sparse_initializer: Vec<SparseTensor>,
}

/// `NodeProto`: one operation.
#[derive(Clone, PartialEq, Message)]
pub struct Node {
    /// Names of the values it reads; empty for an optional input that is left out.
    #[prost(string, repeated, tag = "1")]
    pub input: Vec<String>,
    /// Names of the values it makes; empty for an optional output that is left out.
    #[prost(string, repeated, tag = "2")]
    pub output: Vec<String>,
    /// Name of the node, for messages.
    #[prost(string, optional, tag = "3")]
    pub name: Option<String>,
    /// The operator.
    #[prost(string, optional, tag = "4")]
    pub op_type: Option<String>,
    /// Its parameters.
    #[prost(message, repeated, tag = "5")]
    pub attribute: Vec<Attribute>,
    /// The operator's domain; empty for the standard ones.
    #[prost(string, optional, tag = "7")]
    pub domain: Option<String>,
    /// Tells functions of one name apart.
    #[prost(string, optional, tag = "8")]
    pub overload: Option<String>,
}

/// `AttributeProto`: a named parameter of a node.
#[derive(Clone, PartialEq, Message)]
pub struct Attribute {
    /// Its name.
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    /// Value, for [`attribute_type::FLOAT`].
    #[prost(float, optional, tag = "2")]
    pub f: Option<f32>,
    /// Value, for [`attribute_type::INT`].
    #[prost(int64, optional, tag = "3")]
    pub i: Option<i64>,
    /// Value, for [`attribute_type::STRING`].
    #[prost(bytes = "vec", optional, tag = "4")]
    pub s: Option<Vec<u8>>,
    /// Value, for [`attribute_type::TENSOR`].
    #[prost(message, optional, tag = "5")]
    pub t: Option<Tensor>,
    /// Value, for [`attribute_type::GRAPH`].
    #[prost(message, optional, tag = "6")]
    pub g: Option<Graph>,
    /// Value, for [`attribute_type::FLOATS`].
    #[prost(float, repeated, packed = "false", tag = "7")]
    pub floats: Vec<f32>,
    /// Value, for [`attribute_type::INTS`].
    #[prost(int64, repeated, packed = "false", tag = "8")]
    pub ints: Vec<i64>,
    /// Value, for [`attribute_type::STRINGS`].
    #[prost(bytes = "vec", repeated, tag = "9")]
    pub strings: Vec<Vec<u8>>,
    /// Value, for lists of tensors.
    #[prost(message, repeated, tag = "10")]
    pub tensors: Vec<Tensor>,
    /// Value, for lists of graphs.
    #[prost(message, repeated, tag = "11")]
    pub graphs: Vec<Graph>,
    /// Value, for a type.
    #[prost(message, optional, tag = "14")]
    pub tp: Option<Type>,
    /// Value, for a sparse tensor.
    #[prost(message, optional, tag = "22")]
    pub sparse_tensor: Option<SparseTensor>,
    /// Which of the fields holds the value, see [`attribute_type`].
    #[prost(int32, optional, tag = "20")]
    pub r#type: Option<i32>,
    /// Inside a function: the function's attribute that gives the value.
    #[prost(string, optional, tag = "21")]
    pub ref_attr_name: Option<String>,
}

/// `AttributeProto.AttributeType`, the values that are written here.
pub mod attribute_type {
    /// A number.
    pub const FLOAT: i32 = 1;
    /// A whole number.
    pub const INT: i32 = 2;
    /// A text.
    pub const STRING: i32 = 3;
    /// A tensor.
    pub const TENSOR: i32 = 4;
    /// A graph.
    pub const GRAPH: i32 = 5;
    /// Numbers.
    pub const FLOATS: i32 = 6;
    /// Whole numbers.
    pub const INTS: i32 = 7;
    /// Texts.
    pub const STRINGS: i32 = 8;
}

/// `TensorProto`: a constant. Its values lie in `raw_data` (little endian), in one of the typed
/// fields, or in another file.
#[derive(Clone, PartialEq, Message)]
pub struct Tensor {
    /// Its shape; empty for a scalar.
    #[prost(int64, repeated, packed = "false", tag = "1")]
    pub dims: Vec<i64>,
    /// Element type, see [`super::ElementType`].
    #[prost(int32, optional, tag = "2")]
    pub data_type: Option<i32>,
    /// Values of float and complex tensors.
    #[prost(float, repeated, tag = "4")]
    pub float_data: Vec<f32>,
    /// Values of small integer, bool and half tensors.
    #[prost(int32, repeated, tag = "5")]
    pub int32_data: Vec<i32>,
    /// Texts.
    #[prost(bytes = "vec", repeated, tag = "6")]
    pub string_data: Vec<Vec<u8>>,
    /// Values of int64 tensors.
    #[prost(int64, repeated, tag = "7")]
    pub int64_data: Vec<i64>,
    /// Its name in the graph.
    #[prost(string, optional, tag = "8")]
    pub name: Option<String>,
    /// Values of any fixed-size type, little endian.
    ///
    /// Shared between copies of the tensor.
    #[prost(bytes = "bytes", optional, tag = "9")]
    pub raw_data: Option<Bytes>,
    /// Values of double tensors.
    #[prost(double, repeated, tag = "10")]
    pub double_data: Vec<f64>,
    /// Values of unsigned 32 and 64 bit tensors.
    #[prost(uint64, repeated, tag = "11")]
    pub uint64_data: Vec<u64>,
    /// Where the values lie in another file: keys `location`, `offset`, `length`.
    #[prost(message, repeated, tag = "13")]
    pub external_data: Vec<Property>,
    /// 1 when the values lie in another file.
    #[prost(int32, optional, tag = "14")]
    pub data_location: Option<i32>,
}

/// `SparseTensorProto`: a constant that is zero but for some entries.
#[derive(Clone, PartialEq, Message)]
pub struct SparseTensor {
    /// The entries that are not zero, `[n]`; their name is the constant's.
    #[prost(message, optional, tag = "1")]
    pub values: Option<Tensor>,
    /// Where they are: `[n]`, positions in row-major order, or `[n, rank]`.
    #[prost(message, optional, tag = "2")]
    pub indices: Option<Tensor>,
    /// The constant's shape.
    #[prost(int64, repeated, packed = "false", tag = "3")]
    pub dims: Vec<i64>,
}

/// `ValueInfoProto`: the name and type of a value.
#[derive(Clone, PartialEq, Message)]
pub struct ValueInfo {
    /// Name of the value.
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    /// Its type.
    #[prost(message, optional, tag = "2")]
    pub r#type: Option<Type>,
}

/// `TypeProto`: tensors, sequences and maps; other kinds read as none of them.
#[derive(Clone, PartialEq, Message)]
pub struct Type {
    /// The type, if it is a tensor's.
    #[prost(message, optional, tag = "1")]
    pub tensor_type: Option<TensorType>,
    /// The type, if it is a sequence's.
    #[prost(message, optional, boxed, tag = "4")]
    pub sequence_type: Option<Box<SequenceType>>,
    /// The type, if it is a map's.
    #[prost(message, optional, boxed, tag = "5")]
    pub map_type: Option<Box<MapType>>,
}

/// `TypeProto.Sequence`.
#[derive(Clone, PartialEq, Message)]
pub struct SequenceType {
    /// The type of its items.
    #[prost(message, optional, boxed, tag = "1")]
    pub elem_type: Option<Box<Type>>,
}

/// `TypeProto.Map`.
#[derive(Clone, PartialEq, Message)]
pub struct MapType {
    /// Element type of its keys, see [`super::ElementType`].
    #[prost(int32, optional, tag = "1")]
    pub key_type: Option<i32>,
    /// The type of its values.
    #[prost(message, optional, boxed, tag = "2")]
    pub value_type: Option<Box<Type>>,
}

/// `TypeProto.Tensor`.
#[derive(Clone, PartialEq, Message)]
pub struct TensorType {
    /// Element type, see [`super::ElementType`].
    #[prost(int32, optional, tag = "1")]
    pub elem_type: Option<i32>,
    /// Shape; `None` where even the rank is unknown.
    #[prost(message, optional, tag = "2")]
    pub shape: Option<Shape>,
}

/// `TensorShapeProto`.
#[derive(Clone, PartialEq, Message)]
pub struct Shape {
    /// One entry per dimension.
    #[prost(message, repeated, tag = "1")]
    pub dim: Vec<Dimension>,
}

/// `TensorShapeProto.Dimension`: a size, a name for an unknown size, or neither.
#[derive(Clone, PartialEq, Message)]
pub struct Dimension {
    /// The size or its name.
    #[prost(oneof = "DimensionValue", tags = "1, 2")]
    pub value: Option<DimensionValue>,
}

/// What is known of a dimension.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum DimensionValue {
    /// The size.
    #[prost(int64, tag = "1")]
    Size(i64),
    /// A name for a size that the caller chooses.
    #[prost(string, tag = "2")]
    Name(String),
}
