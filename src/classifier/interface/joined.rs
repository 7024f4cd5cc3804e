//! Heads side by side, and shares that are taken off one.

use std::collections::BTreeMap;

use super::head::{Found, Head, ScoreKind, Squash, Walk};
use crate::onnx::{ElementType, Node, Tensor, ValueType};

/// The most heads side by side.
const MOST_HEADS: usize = 1024;

/// A value in front of a sigmoid; what is put out is that sigmoid, or 1 less it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Part<'a> {
    of: &'a str,
    turned: bool,
}

/// What a node puts out, where it takes a sigmoid off 1 or sets several sigmoids side by side.
pub(super) fn heads<'a>(walk: &Walk<'a>, node: &'a Node) -> Option<Found> {
    if node.op() == "Sub" {
        let part = taken_off(walk, node)?;
        let minus = "saliscope/joined/minus";
        let mut made = Made::default();
        let dims = walk.dims(part.of)?.to_vec();
        made.node(Node::new("Neg", &[part.of], &[minus]), &dims);
        let kind = if walk.width() == 1 {
            ScoreKind::Binary
        } else {
            ScoreKind::Sigmoid
        };
        let note = "it ends in a sigmoid taken off 1; explained on minus the value before it";
        return Some(made.found(kind, Squash::Sigmoid, note, minus));
    }
    if node.op() != "Concat" || node.input.len() > MOST_HEADS || node.input.len() < 2 {
        return None;
    }
    let parts: Vec<Part<'a>> = node
        .input
        .iter()
        .map(|name| part(walk, name))
        .collect::<Option<_>>()?;
    let widths: Vec<i64> = parts
        .iter()
        .map(|part| Some(walk.dims(part.of)?.iter().product()))
        .collect::<Option<_>>()?;
    if widths.iter().sum::<i64>() != walk.width() as i64 {
        return None;
    }
    // A share and what it leaves of 1: two answers that exclude each other.
    let two = match parts.as_slice() {
        [a, b] => a.of == b.of && a.turned != b.turned && walk.width() == 2,
        _ => false,
    };
    let mut made = Made::default();
    let mut rows = Vec::new();
    for (k, (part, width)) in parts.iter().zip(widths).enumerate() {
        let own = |what: &str| format!("saliscope/joined/{what}{k}");
        let shape = own("shape");
        made.constant(
            Tensor::from_i64(&shape, &[2], &[1, width]),
            ElementType::I64,
        );
        let mut row = own("row");
        made.node(
            Node::new("Reshape", &[part.of, &shape], &[&row]),
            &[1, width],
        );
        if part.turned {
            let turned = own("turned");
            made.node(Node::new("Neg", &[&row], &[&turned]), &[1, width]);
            row = turned;
        }
        rows.push(row);
    }
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let logits = "saliscope/joined/logits";
    let node = Node::new("Concat", &rows, &[logits]).with_int("axis", 1);
    made.node(node, &[1, walk.width() as i64]);
    Some(if two {
        let note = "it ends in a sigmoid and what that leaves of 1; explained on the value before it, and on minus that";
        made.found(ScoreKind::Softmax, Squash::Sigmoid, note, logits)
    } else {
        let note = "it ends in several sigmoids side by side; explained on the values before them";
        made.found(ScoreKind::Sigmoid, Squash::Sigmoid, note, logits)
    })
}

/// A sigmoid, or 1 less one, behind operators that only change its shape.
fn part<'a>(walk: &Walk<'a>, name: &'a str) -> Option<Part<'a>> {
    let mut name = name;
    for _ in 0..8 {
        let node = walk.reading.maker(name)?;
        if let Some(of) = walk.any_sigmoid(node) {
            return Some(Part { of, turned: false });
        }
        if let Some(part) = taken_off(walk, node) {
            return Some(part);
        }
        match node.op() {
            "Identity" | "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" => name = node.input(0)?,
            _ => return None,
        }
    }
    None
}

/// `1 - sigmoid(x)`.
fn taken_off<'a>(walk: &Walk<'a>, node: &'a Node) -> Option<Part<'a>> {
    let one = node
        .input(0)
        .and_then(|n| walk.reading.numbers(n, 1 << 16))?;
    if node.op() != "Sub" || one.is_empty() || one.iter().any(|v| *v != 1.0) {
        return None;
    }
    let part = part_of_shape(walk, node.input(1)?)?;
    Some(Part {
        of: part,
        turned: true,
    })
}

fn part_of_shape<'a>(walk: &Walk<'a>, name: &'a str) -> Option<&'a str> {
    let mut name = name;
    for _ in 0..8 {
        let node = walk.reading.maker(name)?;
        if let Some(of) = walk.any_sigmoid(node) {
            return Some(of);
        }
        match node.op() {
            "Identity" | "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" => name = node.input(0)?,
            _ => return None,
        }
    }
    None
}

#[derive(Default)]
struct Made {
    nodes: Vec<Node>,
    constants: Vec<Tensor>,
    types: BTreeMap<String, ValueType>,
}

impl Made {
    fn node(&mut self, mut node: Node, dims: &[i64]) {
        let name = node.output(0).unwrap_or_default().to_owned();
        node.name = Some(name.clone());
        self.types
            .insert(name, ValueType::new(ElementType::F32, dims));
        self.nodes.push(node);
    }

    fn constant(&mut self, tensor: Tensor, element: ElementType) {
        let value_type = ValueType::new(element, &tensor.dims);
        self.types.insert(tensor.name().to_owned(), value_type);
        self.constants.push(tensor);
    }

    fn found(self, kind: ScoreKind, squash: Squash, note: &'static str, logits: &str) -> Found {
        Found {
            head: Head {
                kind,
                squash,
                then: Vec::new(),
                note: Some(note),
            },
            logits: logits.to_owned(),
            nodes: self.nodes,
            constants: self.constants,
            types: self.types,
        }
    }
}
