//! An old network in the operator set that the backward pass is written in.
//!
//! The backward pass needs operators of opset 17. An older graph, after folding, is rewritten
//! where an operator means or says something else since (onnx/docs/Changelog.md); everything
//! else is the same in opset 17.

use std::collections::BTreeMap;

use super::{ElementType, Graph, Node, OnnxError, Tensor, ValueType};

/// The operator set that graphs are brought to; newer ones stay as they are.
pub const OLDEST_OPSET: i64 = 17;

/// Rewrites `graph` from operator set `opset` to [`OLDEST_OPSET`] if it is older, and returns
/// the set it is then in. `types` are the types of its values.
///
/// # Errors
/// When a node cannot be rewritten.
pub fn upgrade(
    graph: &mut Graph,
    opset: i64,
    types: &BTreeMap<String, ValueType>,
) -> Result<i64, OnnxError> {
    if opset >= OLDEST_OPSET {
        return Ok(opset);
    }
    let mut out = Upgrade {
        opset,
        types,
        constants: Vec::new(),
        nodes: Vec::new(),
    };
    for node in std::mem::take(&mut graph.node) {
        out.node(node)?;
    }
    graph.node = out.nodes;
    graph.initializer.extend(out.constants);
    Ok(OLDEST_OPSET)
}

struct Upgrade<'a> {
    opset: i64,
    types: &'a BTreeMap<String, ValueType>,
    constants: Vec<Tensor>,
    nodes: Vec<Node>,
}

impl Upgrade<'_> {
    fn node(&mut self, mut node: Node) -> Result<(), OnnxError> {
        if !node.op_domain().is_empty() {
            self.nodes.push(node);
            return Ok(());
        }
        // Element-wise operators of opset 1 to 5 had a hint for memory sharing.
        node.take_attribute("consumed_inputs");
        match node.op() {
            "Softmax" | "LogSoftmax" if self.opset < 13 => return self.softmax(node),
            "ReduceSum" | "Squeeze" | "Unsqueeze" if self.opset < 13 => {
                self.move_ints(&mut node, "axes", 1);
            }
            "Split" if self.opset < 13 => self.move_ints(&mut node, "split", 1),
            "Slice" if self.opset < 10 => {
                let starts = node.ints("starts").unwrap_or_default().len() as i64;
                if node.ints("axes").is_none() {
                    node = node.with_ints("axes", &(0..starts).collect::<Vec<_>>());
                }
                self.move_ints(&mut node, "starts", 1);
                self.move_ints(&mut node, "ends", 2);
                self.move_ints(&mut node, "axes", 3);
            }
            "Pad" if self.opset < 11 => {
                if let Some(mut old) = node.take_attribute("paddings") {
                    old.name = Some("pads".to_owned());
                    node.attribute.push(old);
                }
                self.move_ints(&mut node, "pads", 1);
                self.move_float(&mut node, "value", 2);
            }
            "Clip" if self.opset < 11 => {
                self.move_float(&mut node, "min", 1);
                self.move_float(&mut node, "max", 2);
            }
            "Reshape" if self.opset < 5 => self.move_ints(&mut node, "shape", 1),
            "Dropout" => {
                node.attribute.clear();
                node.input.truncate(1);
                node.output.truncate(1);
                node.op_type = Some("Identity".to_owned());
            }
            "BatchNormalization" => {
                for old in ["spatial", "is_test"] {
                    node.take_attribute(old);
                }
                node.output.truncate(1);
            }
            "Upsample" => self.upsample(&mut node)?,
            "Resize" if self.opset < 11 => Self::resize_10(&mut node),
            "Add" | "Sub" | "Mul" | "Div" | "Pow" | "PRelu" if self.opset < 7 => {
                self.old_broadcast(&mut node)?;
            }
            "Gemm" if self.opset < 7 => {
                node.take_attribute("broadcast");
            }
            _ => {}
        }
        self.nodes.push(node);
        Ok(())
    }

    fn constant(&mut self, node: &Node, what: &str, values: &[i64]) -> String {
        let name = format!("saliscope/upgrade/{}/{what}", node.label());
        self.constants
            .push(Tensor::from_i64(&name, &[values.len() as i64], values));
        name
    }

    /// An attribute of whole numbers that became an input.
    fn move_ints(&mut self, node: &mut Node, attribute: &str, index: usize) {
        if let Some(values) = node.take_attribute(attribute) {
            let name = self.constant(node, attribute, &values.ints);
            set_input(node, index, name);
        }
    }

    /// A number that became an input.
    fn move_float(&mut self, node: &mut Node, attribute: &str, index: usize) {
        if let Some(value) = node.take_attribute(attribute).and_then(|a| a.f) {
            let element = self
                .types
                .get(node.input(0).unwrap_or_default())
                .map_or(ElementType::F32, |t| t.element);
            let name = format!("saliscope/upgrade/{}/{attribute}", node.label());
            self.constants.push(Tensor::from_floats(
                &name,
                &[],
                element,
                &[f64::from(value)],
            ));
            set_input(node, index, name);
        }
    }

    /// Before opset 13 a softmax ran over all dimensions from `axis` on (default 1).
    fn softmax(&mut self, mut node: Node) -> Result<(), OnnxError> {
        let input = node.input(0).unwrap_or_default().to_owned();
        let Some(value) = self.types.get(&input) else {
            return Err(self.failed(&node, "its shape is not known"));
        };
        let dims = value.dims.clone();
        let rank = dims.len() as i64;
        let given = node.take_attribute("axis").and_then(|a| a.i).unwrap_or(1);
        let axis = usize::try_from(if given < 0 { given + rank } else { given })
            .unwrap_or(0)
            .min(dims.len());
        let (outer, inner) = dims.split_at(axis);
        let one_axis =
            inner.len() == 1 || inner.iter().skip(1).all(|&d| d == 1) && !inner.is_empty();
        if one_axis {
            self.nodes.push(node.with_int("axis", axis as i64));
            return Ok(());
        }
        let output = node.output(0).unwrap_or_default().to_owned();
        let flat = format!("saliscope/upgrade/{}/flat", node.label());
        let soft = format!("saliscope/upgrade/{}/soft", node.label());
        let matrix = self.constant(
            &node,
            "matrix",
            &[outer.iter().product(), inner.iter().product()],
        );
        let shape = self.constant(&node, "shape", &dims);
        self.nodes
            .push(Node::new("Reshape", &[&input, &matrix], &[&flat]));
        let op = node.op().to_owned();
        self.nodes
            .push(Node::new(&op, &[&flat], &[&soft]).with_int("axis", 1));
        self.nodes
            .push(Node::new("Reshape", &[&soft, &shape], &[&output]));
        Ok(())
    }

    /// `Upsample` became `Resize` with asymmetric coordinates, rounding down.
    fn upsample(&mut self, node: &mut Node) -> Result<(), OnnxError> {
        node.op_type = Some("Resize".to_owned());
        if let Some(scales) = node.take_attribute("scales") {
            let name = format!("saliscope/upgrade/{}/scales", node.label());
            self.constants.push(Tensor::from_f32(
                &name,
                &[scales.floats.len() as i64],
                &scales.floats,
            ));
            set_input(node, 1, name);
        }
        if node.input(1).is_none() {
            return Err(self.failed(node, "it gives no scales"));
        }
        Self::resize_10(node);
        Ok(())
    }

    /// Opset 10's resize has no region of interest, and its coordinates are asymmetric.
    fn resize_10(node: &mut Node) {
        let scales = node.input.get(1).cloned().unwrap_or_default();
        node.input.truncate(1);
        node.input.push(String::new());
        node.input.push(scales);
        if node.text("mode", "nearest") == "bilinear" {
            node.take_attribute("mode");
            *node = std::mem::take(node).with_text("mode", "linear");
        }
        *node = std::mem::take(node)
            .with_text("coordinate_transformation_mode", "asymmetric")
            .with_text("nearest_mode", "floor");
    }

    /// Before opset 7 the second operand was lined up from `axis` on, not from the last.
    fn old_broadcast(&mut self, node: &mut Node) -> Result<(), OnnxError> {
        let broadcast = node
            .take_attribute("broadcast")
            .and_then(|a| a.i)
            .unwrap_or(0);
        let axis = node.take_attribute("axis").and_then(|a| a.i);
        if node.op() == "PRelu" || (broadcast == 1 && axis.is_some()) {
            let rank = |index| {
                self.types
                    .get(node.input(index).unwrap_or_default())
                    .map(|t| t.dims.clone())
            };
            let (Some(left), Some(mut right)) = (rank(0), rank(1)) else {
                return Err(self.failed(node, "its shapes are not known"));
            };
            let axis = axis.unwrap_or(1);
            let after = left.len() as i64 - axis - right.len() as i64;
            if after > 0 && right.iter().product::<i64>() != 1 {
                right.extend(std::iter::repeat_n(1, after as usize));
                let shape = self.constant(node, "shape", &right);
                let name = format!("saliscope/upgrade/{}/operand", node.label());
                self.nodes.push(Node::new(
                    "Reshape",
                    &[node.input(1).unwrap_or_default(), &shape],
                    &[&name],
                ));
                set_input(node, 1, name);
            }
        }
        Ok(())
    }

    fn failed(&self, node: &Node, why: &str) -> OnnxError {
        OnnxError::Upgrade {
            op: node.op().to_owned(),
            node: node.label().to_owned(),
            opset: self.opset,
            why: why.to_owned(),
        }
    }
}

fn set_input(node: &mut Node, index: usize, name: String) {
    if node.input.len() <= index {
        node.input.resize(index + 1, String::new());
    }
    if let Some(slot) = node.input.get_mut(index) {
        *slot = name;
    }
}
