//! The pass over a folded graph, in which every shape and constant is known.

use std::collections::{BTreeMap, HashMap};

use crate::onnx::{ElementType, Graph, Node, Tensor, ValueType};

use super::sequences::{self, Lists};
use super::{Parts, attention, norms, products, rotary, sampling};

/// The shapes and constants of a graph.
pub(super) struct Shapes<'a> {
    types: &'a BTreeMap<String, ValueType>,
    constants: &'a HashMap<String, Tensor>,
}

impl Shapes<'_> {
    /// The sizes of a value.
    pub(super) fn dims(&self, value: &str) -> Option<&[i64]> {
        self.types.get(value).map(|t| t.dims.as_slice())
    }

    /// The sizes of an input.
    pub(super) fn input(&self, node: &Node, index: usize) -> Option<&[i64]> {
        self.dims(node.input(index)?)
    }

    pub(super) fn element(&self, value: &str) -> Option<ElementType> {
        self.types.get(value).map(|t| t.element)
    }

    /// The whole numbers of an input that is a constant.
    pub(super) fn ints(&self, node: &Node, index: usize) -> Option<Vec<i64>> {
        self.constants.get(node.input(index)?)?.to_i64().ok()
    }
}

/// Writes out the operators of a folded graph that stand for several others and depend on shapes.
/// True when there were any. `types` are the types of all values.
pub fn with_shapes(graph: &mut Graph, types: &BTreeMap<String, ValueType>) -> bool {
    let whole_numbers = |t: &&Tensor| t.element().is_some_and(|e| !e.is_float());
    let constants = graph.initializer.iter().filter(whole_numbers);
    let constants: HashMap<String, Tensor> = constants
        .map(|t| (t.name().to_owned(), t.clone()))
        .collect();
    let shapes = Shapes {
        types,
        constants: &constants,
    };
    let mut lists = Lists::default();
    let mut changed = false;
    let mut made = Vec::with_capacity(graph.node.len());
    for node in std::mem::take(&mut graph.node) {
        let mut parts = Parts::of_shaped(&node);
        let written = sequences::write_out(&node, &shapes, &mut lists, &mut parts)
            .or_else(|| attention::write_out(&node, &shapes, &mut parts))
            .or_else(|| rotary::write_out(&node, &shapes, &mut parts))
            .or_else(|| norms::write_out(&node, &shapes, &mut parts))
            .or_else(|| sampling::write_out(&node, &shapes, &mut parts))
            .or_else(|| products::write_out(&node, &shapes, &mut parts));
        if written.is_some() {
            changed = true;
            made.append(&mut parts.nodes);
            graph.initializer.append(&mut parts.constants);
        } else {
            made.push(node);
        }
    }
    graph.node = made;
    if changed {
        graph.prune();
    }
    changed
}
