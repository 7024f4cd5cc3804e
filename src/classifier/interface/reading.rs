//! Small questions about a graph.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::onnx::{Graph, Node, Tensor};

/// A graph that can be asked who makes a value, who reads it and what a constant holds.
pub(super) struct Reading<'a> {
    nodes: &'a [Node],
    makers: HashMap<&'a str, usize>,
    readers: HashMap<&'a str, Vec<usize>>,
    constants: HashMap<&'a str, &'a Tensor>,
}

impl<'a> Reading<'a> {
    pub(super) fn of(graph: &'a Graph) -> Self {
        let mut makers = HashMap::new();
        let mut readers: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut constants: HashMap<&str, &Tensor> = HashMap::new();
        for (index, node) in graph.node.iter().enumerate() {
            for name in &node.output {
                makers.insert(name.as_str(), index);
            }
            for name in node.input.iter().filter(|n| !n.is_empty()) {
                readers.entry(name).or_default().push(index);
            }
            if let ("Constant", Some(name), Some(tensor)) =
                (node.op(), node.output(0), node.tensor("value"))
            {
                constants.insert(name, tensor);
            }
        }
        for tensor in &graph.initializer {
            constants.insert(tensor.name(), tensor);
        }
        Self {
            nodes: &graph.node,
            makers,
            readers,
            constants,
        }
    }

    /// The node that makes the value as its first output.
    pub(super) fn maker(&self, name: &str) -> Option<&'a Node> {
        let node = self.nodes.get(*self.makers.get(name)?)?;
        (node.output(0) == Some(name)).then_some(node)
    }

    /// The node that makes the value, and as its how manieth output.
    pub(super) fn maker_at(&self, name: &str) -> Option<(&'a Node, usize)> {
        let node = self.nodes.get(*self.makers.get(name)?)?;
        let index = node.output.iter().position(|output| output == name)?;
        Some((node, index))
    }

    /// The nodes that read the value.
    pub(super) fn readers(&self, name: &str) -> impl Iterator<Item = &'a Node> {
        let found = self.readers.get(name).into_iter().flatten();
        found.filter_map(|index| self.nodes.get(*index))
    }

    /// A constant, also through operators that only change its shape.
    pub(super) fn constant(&self, name: &str) -> Option<&'a Tensor> {
        let mut name = name;
        for _ in 0..8 {
            if let Some(tensor) = self.constants.get(name) {
                return Some(tensor);
            }
            let node = self.maker(name)?;
            let plain = matches!(
                node.op(),
                "Identity" | "Cast" | "Reshape" | "Unsqueeze" | "Squeeze" | "Flatten"
            );
            name = node.input(0).filter(|_| plain)?;
        }
        None
    }

    /// The numbers of a constant of at most `most` elements.
    pub(super) fn numbers(&self, name: &str, most: usize) -> Option<Vec<f64>> {
        let tensor = self.constant(name)?;
        let count: i64 = tensor
            .dims
            .iter()
            .try_fold(1, |n: i64, d| n.checked_mul(*d))?;
        let small = usize::try_from(count).ok()? <= most;
        small.then(|| tensor.to_f64().ok()).flatten()
    }

    /// A constant of one number.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        match self.numbers(name, 1)?.as_slice() {
            [value] => Some(*value),
            _ => None,
        }
    }

    /// All values that `name` is computed from, itself included.
    pub(super) fn ancestors(&self, name: &'a str) -> HashSet<&'a str> {
        let mut found = HashSet::from([name]);
        let mut open = vec![name];
        while let Some(name) = open.pop() {
            let Some(node) = self.makers.get(name).and_then(|i| self.nodes.get(*i)) else {
                continue;
            };
            for input in node.input.iter().filter(|n| !n.is_empty()) {
                if found.insert(input) {
                    open.push(input);
                }
            }
        }
        found
    }
}

/// Element counts of values in a folded graph.
pub(super) fn counts(graph: &Graph) -> BTreeMap<&str, Vec<i64>> {
    let values = graph
        .value_info
        .iter()
        .chain(&graph.input)
        .chain(&graph.output);
    values
        .filter_map(|v| {
            let dims = v.dims()?.into_iter().collect::<Option<Vec<i64>>>()?;
            Some((v.name(), dims))
        })
        .collect()
}

/// The two inputs of a node, a constant of at most `most` numbers second; and whether the constant
/// stood first.
pub(super) fn with_constant<'a>(
    reading: &Reading<'a>,
    node: &'a Node,
    most: usize,
) -> Option<(&'a str, Vec<f64>, bool)> {
    let (first, second) = (node.input(0)?, node.input(1)?);
    if let Some(values) = reading.numbers(second, most) {
        return Some((first, values, false));
    }
    Some((second, reading.numbers(first, most)?, true))
}
