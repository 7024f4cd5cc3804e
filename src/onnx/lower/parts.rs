//! The nodes and constants that stand in for one node.

use crate::onnx::{Attribute, Node, Tensor, attribute_type};

/// What an operator is written as.
pub(super) struct Parts {
    /// Names begin with it: the output of the node that is replaced, which is unique in its graph.
    label: String,
    serial: usize,
    pub(super) nodes: Vec<Node>,
    pub(super) constants: Vec<Tensor>,
}

impl Parts {
    /// Nothing yet, in place of `node`.
    pub(super) fn of(node: &Node) -> Self {
        let first = node.output.iter().find(|name| !name.is_empty());
        Self {
            label: first.cloned().unwrap_or_default(),
            serial: 0,
            nodes: Vec::new(),
            constants: Vec::new(),
        }
    }

    /// As [`Self::of`], for the second pass: what the first left of a node keeps its output.
    pub(super) fn of_shaped(node: &Node) -> Self {
        let parts = Self::of(node);
        Self {
            label: format!("{}/shaped", parts.label),
            ..parts
        }
    }

    fn fresh(&mut self) -> String {
        self.serial += 1;
        format!("saliscope/{}/{}", self.label, self.serial)
    }

    /// Appends a node and returns the name of its one output.
    pub(super) fn push(&mut self, mut node: Node) -> String {
        let name = self.fresh();
        node.name = Some(name.clone());
        node.output = vec![name.clone()];
        self.nodes.push(node);
        name
    }

    /// Appends a node that makes the value `output` of the node that is replaced, under its name.
    pub(super) fn finish(&mut self, mut node: Node, output: &str) {
        // Names of nodes are unique too.
        node.name = Some(output.to_owned());
        node.output = vec![output.to_owned()];
        self.nodes.push(node);
    }

    /// Appends a node without attributes.
    pub(super) fn op(&mut self, op: &str, inputs: &[&str]) -> String {
        self.push(Node::new(op, inputs, &[]))
    }

    fn constant(&mut self, mut tensor: Tensor) -> String {
        let name = self.fresh();
        tensor.name = Some(name.clone());
        self.constants.push(tensor);
        name
    }

    /// A list of whole numbers.
    pub(super) fn ints(&mut self, values: &[i64]) -> String {
        self.constant(Tensor::from_i64("", &[values.len() as i64], values))
    }

    /// One whole number without dimensions.
    pub(super) fn int(&mut self, value: i64) -> String {
        self.constant(Tensor::from_i64("", &[], &[value]))
    }

    /// One number without dimensions.
    pub(super) fn number(&mut self, value: f32) -> String {
        self.constant(Tensor::from_f32("", &[], &[value]))
    }

    /// Numbers of any shape.
    pub(super) fn floats(&mut self, dims: &[i64], values: &[f32]) -> String {
        self.constant(Tensor::from_f32("", dims, values))
    }

    /// The same elements in another shape; 0 keeps a size.
    pub(super) fn reshape(&mut self, x: &str, dims: &[i64]) -> String {
        let shape = self.ints(dims);
        self.op("Reshape", &[x, &shape])
    }

    pub(super) fn transpose(&mut self, x: &str, order: &[i64]) -> String {
        self.push(Node::new("Transpose", &[x], &[]).with_ints("perm", order))
    }

    /// `x` times a number.
    pub(super) fn scale(&mut self, x: &str, factor: f32) -> String {
        let factor = self.number(factor);
        self.op("Mul", &[x, &factor])
    }

    /// The part `start..end` of an axis.
    pub(super) fn slice(&mut self, x: &str, axis: i64, start: i64, end: i64) -> String {
        let (start, end, axis) = (self.ints(&[start]), self.ints(&[end]), self.ints(&[axis]));
        self.op("Slice", &[x, &start, &end, &axis])
    }

    /// Values one after the other.
    pub(super) fn concat(&mut self, parts: &[&str], axis: i64) -> String {
        self.push(Node::new("Concat", parts, &[]).with_int("axis", axis))
    }

    /// The sum over axes, which stay with size 1.
    pub(super) fn sum(&mut self, x: &str, axes: &[i64]) -> String {
        let axes = self.ints(axes);
        self.push(Node::new("ReduceSum", &[x, &axes], &[]).with_int("keepdims", 1))
    }

    /// The nodes, the constants as nodes before them.
    pub(super) fn into_nodes(self) -> Vec<Node> {
        let constant = |tensor: Tensor| {
            let mut node = Node::new("Constant", &[], &[tensor.name()]);
            node.attribute.push(Attribute {
                name: Some("value".to_owned()),
                t: Some(tensor),
                r#type: Some(attribute_type::TENSOR),
                ..Attribute::default()
            });
            node
        };
        let constants = self.constants.into_iter().map(constant);
        constants.chain(self.nodes).collect()
    }
}
