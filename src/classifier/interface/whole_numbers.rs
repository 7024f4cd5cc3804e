//! Pictures of whole numbers, computed in floats.
//!
//! A network that takes bytes casts or dequantises them first. Whole numbers up to 255 are exact
//! in floats, so the picture is given as floats, and what stands before the cast is computed in
//! floats too: then the gradient is that of the float after the cast.

use std::collections::HashMap;

use crate::onnx::{ElementType, Graph, Node, Tensor};

use super::reading::Reading;

/// Rewrites the operators from the input to where it becomes a float. The nodes must be in order.
pub(super) fn compute_in_floats(graph: &mut Graph, input: &str, element: ElementType) {
    let mut rewrite = Rewrite {
        floats: HashMap::from([(input.to_owned(), element)]),
        constants: Vec::new(),
    };
    let nodes: Vec<Vec<Node>> = {
        let reading = Reading::of(graph);
        let nodes = graph.node.iter();
        nodes.map(|node| rewrite.node(node, &reading)).collect()
    };
    graph.node = nodes.into_iter().flatten().collect();
    graph.initializer.append(&mut rewrite.constants);
}

struct Rewrite {
    /// Values that hold floats now, and what they held.
    floats: HashMap<String, ElementType>,
    constants: Vec<Tensor>,
}

impl Rewrite {
    /// What an input held that holds floats now.
    fn held(&self, node: &Node, index: usize) -> Option<ElementType> {
        self.floats.get(node.input(index)?).copied()
    }

    fn outputs_hold(&mut self, node: &Node, element: ElementType) {
        let outputs = node.output.iter().cloned();
        self.floats.extend(outputs.map(|name| (name, element)));
    }

    fn node(&mut self, node: &Node, reading: &Reading<'_>) -> Vec<Node> {
        let mut node = node.clone();
        if !node.input.iter().any(|name| self.floats.contains_key(name)) {
            return vec![node];
        }
        let first = self.held(&node, 0);
        match (node.op(), first) {
            ("Shape" | "Size", _) => return vec![node],
            (
                "Identity" | "Transpose" | "Reshape" | "Unsqueeze" | "Squeeze" | "Flatten"
                | "Slice" | "Gather" | "Split" | "Resize" | "Upsample" | "Expand" | "Tile",
                Some(element),
            ) => {
                self.outputs_hold(&node, element);
                return vec![node];
            }
            ("Concat", Some(element))
                if (0..node.input.len()).all(|i| self.held(&node, i).is_some()) =>
            {
                self.outputs_hold(&node, element);
                return vec![node];
            }
            ("Cast", _) => {
                let to = i32::try_from(node.int("to", 1)).ok();
                let to = to.and_then(ElementType::from_code);
                if let Some(to) = to.filter(|to| !to.is_float() && *to != ElementType::Bool) {
                    node.take_attribute("to");
                    node = node.with_int("to", i64::from(ElementType::F32.code()));
                    self.outputs_hold(&node, to);
                }
                return vec![node];
            }
            ("DequantizeLinear", Some(_)) if one_scale(&node, reading) => {
                return self.dequantise(&node);
            }
            ("Add" | "Sub" | "Mul", _) => {
                if let Some(nodes) = self.arithmetic(&node, reading) {
                    return nodes;
                }
            }
            _ => {}
        }
        self.back_to_whole_numbers(node)
    }

    /// Arithmetic of whole numbers with a constant. Bytes wrap around where floats do not: they
    /// are left to the operator.
    fn arithmetic(&mut self, node: &Node, reading: &Reading<'_>) -> Option<Vec<Node>> {
        let mut node = node.clone();
        let output = node.output(0)?.to_owned();
        let (at, element) = (0..2).find_map(|i| Some((i, self.held(&node, i)?)))?;
        if element.bits() < 32 {
            return None;
        }
        let other = 1 - at;
        let mut nodes = Vec::new();
        if self.held(&node, other).is_none() {
            reading.constant(node.input(other)?)?;
            let cast = format!("{output}/saliscope/float");
            nodes.push(to_float(node.input(other)?, &cast));
            *node.input.get_mut(other)? = cast;
        }
        self.floats.insert(output, element);
        nodes.push(node);
        Some(nodes)
    }

    /// `(x - zero point) * scale`.
    fn dequantise(&mut self, node: &Node) -> Vec<Node> {
        let (Some(x), Some(scale), Some(y)) = (node.input(0), node.input(1), node.output(0)) else {
            return vec![node.clone()];
        };
        let own = |what: &str| format!("{y}/saliscope/{what}");
        let mut nodes = Vec::new();
        let mut from = x.to_owned();
        if let Some(zero) = node.input(2) {
            let (float, moved) = (own("zero"), own("moved"));
            nodes.push(to_float(zero, &float));
            nodes.push(Node::new("Sub", &[x, &float], &[&moved]));
            from = moved;
        }
        let (flat, shape) = (own("scale"), own("one"));
        // A scale of shape [1] would not change the result's shape here, but one of a scalar keeps it.
        self.constants.push(Tensor::from_i64(&shape, &[1], &[1]));
        nodes.push(Node::new("Reshape", &[scale, &shape], &[&flat]));
        nodes.push(Node::new("Mul", &[&from, &flat], &[y]));
        nodes
    }

    /// For an operator that needs whole numbers: they are rounded again, which a gradient passes
    /// straight through.
    fn back_to_whole_numbers(&mut self, mut node: Node) -> Vec<Node> {
        let mut nodes = Vec::new();
        let output = node.label().to_owned();
        for (index, input) in node.input.iter_mut().enumerate() {
            let Some(&element) = self.floats.get(input) else {
                continue;
            };
            let own = |what: &str| format!("{output}/saliscope/{what}{index}");
            let whole = own("whole");
            match element {
                ElementType::U8 | ElementType::I8 => {
                    let (scale, zero) = (own("scale"), own("zero"));
                    self.constants.push(Tensor::from_f32(&scale, &[], &[1.0]));
                    self.constants
                        .push(Tensor::from_raw(&zero, &[], element, vec![0]));
                    nodes.push(Node::new(
                        "QuantizeLinear",
                        &[input, &scale, &zero],
                        &[&whole],
                    ));
                }
                element => nodes.push(
                    Node::new("Cast", &[input], &[&whole])
                        .with_int("to", i64::from(element.code())),
                ),
            }
            *input = whole;
        }
        nodes.push(node);
        nodes
    }
}

fn one_scale(node: &Node, reading: &Reading<'_>) -> bool {
    let one = |index| {
        node.input(index).is_none_or(|name| {
            let tensor = reading.constant(name);
            tensor.is_some_and(|t| t.dims.iter().product::<i64>() == 1)
        })
    };
    one(1) && one(2)
}

fn to_float(from: &str, to: &str) -> Node {
    Node::new("Cast", &[from], &[to]).with_int("to", i64::from(ElementType::F32.code()))
}
