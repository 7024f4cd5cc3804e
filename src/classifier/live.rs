//! How much memory the values of a graph take while it runs.

use std::collections::{BTreeMap, HashMap};

use crate::onnx::{Graph, ValueInfo, ValueType};

/// Bytes of the values that are alive at the same time, at most, when the nodes run in their order
/// and each value is dropped after its last reader; and of all values together, which is what a
/// backward pass has to keep. Weights do not count.
pub(super) struct Live {
    pub(super) peak: u64,
    pub(super) all: u64,
}

impl Live {
    pub(super) fn of(graph: &Graph, types: &BTreeMap<String, ValueType>) -> Self {
        let bytes = |name: &str| types.get(name).map_or(0, bytes_of);
        let mut last: HashMap<&str, usize> = HashMap::new();
        for (index, node) in graph.node.iter().enumerate() {
            for name in node.input.iter().chain(&node.output) {
                last.insert(name, index);
            }
        }
        for output in &graph.output {
            last.insert(output.name(), graph.node.len());
        }
        let mut ending: Vec<Vec<&str>> = vec![Vec::new(); graph.node.len() + 1];
        let inputs: Vec<&str> = graph.input.iter().map(ValueInfo::name).collect();
        let outputs = graph.node.iter().flat_map(|n| &n.output);
        let made = outputs.map(String::as_str).chain(inputs.iter().copied());
        for name in made.filter(|name| !name.is_empty()) {
            if let Some(list) = last.get(name).and_then(|&at| ending.get_mut(at)) {
                list.push(name);
            }
        }
        let mut now: u64 = inputs
            .iter()
            .map(|name| bytes(name))
            .fold(0, u64::saturating_add);
        let (mut peak, mut all) = (now, now);
        for (node, ended) in graph.node.iter().zip(&ending) {
            let new = node.output.iter().map(|name| bytes(name));
            let new = new.fold(0, u64::saturating_add);
            now = now.saturating_add(new);
            all = all.saturating_add(new);
            peak = peak.max(now);
            let gone = ended.iter().map(|name| bytes(name));
            now = now.saturating_sub(gone.fold(0, u64::saturating_add));
        }
        Self { peak, all }
    }
}

/// Bytes of one value; all there are where the sizes overflow.
pub(super) fn bytes_of(value: &ValueType) -> u64 {
    let sizes = value.dims.iter().map(|&d| usize::try_from(d).unwrap_or(0));
    let count = sizes.fold(1, usize::saturating_mul);
    match value.element.bytes_of(count) {
        usize::MAX => u64::MAX,
        bytes => bytes as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::{ElementType, Node};

    #[test]
    fn values_are_dropped_after_their_last_reader() {
        let megabyte = ValueType::new(ElementType::F32, &[1 << 18]);
        let names = ["x", "a", "b", "c", "y"];
        let types = names.map(|name| (name.to_owned(), megabyte.clone()));
        let graph = Graph {
            input: vec![ValueInfo::new("x", &megabyte)],
            output: vec![ValueInfo::new("y", &megabyte)],
            node: vec![
                Node::new("Relu", &["x"], &["a"]),
                Node::new("Relu", &["a"], &["b"]),
                Node::new("Add", &["a", "b"], &["c"]),
                Node::new("Relu", &["c"], &["y"]),
            ],
            ..Graph::default()
        };
        let live = Live::of(&graph, &types.into());
        assert_eq!((live.peak >> 20, live.all >> 20), (3, 5));
        let huge = ValueType::new(ElementType::F64, &[i64::MAX, i64::MAX]);
        assert_eq!(bytes_of(&huge), u64::MAX);
    }
}
