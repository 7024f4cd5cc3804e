//! Lets ONNX Runtime rewrite a graph without its large weights: they are declared as inputs
//! meanwhile. Nothing of what it computes ahead of time needs their values, and hundreds of
//! megabytes need not be copied, written and read again.

use std::collections::{HashMap, HashSet};

use prost::bytes::Bytes;

use crate::onnx::{ElementType, Graph, Model, Node, Tensor, ValueInfo, ValueType};

/// Weights of fewer bytes stay where they are.
const LEAST_BYTES: usize = 64 << 10;

/// The weights that were taken out of a graph.
#[derive(Debug, Default)]
pub(super) struct HiddenWeights(Vec<Tensor>);

impl HiddenWeights {
    /// Takes out what folding does not change: kernels and matrices that are only read by the
    /// operator they belong to, where that does not merge with what follows. The nodes must be in
    /// order.
    pub(super) fn of_folding(graph: &mut Graph) -> Self {
        let merging = Merging::of(&*graph);
        let weights = readers(graph, |node, at| {
            reads_weight(node, at) && merging.varies(node, at) && !merging.merges(node)
        });
        Self::take(graph, &weights)
    }

    /// Takes out the matrices of products that `base` has too. ONNX Runtime arranges them only
    /// when a session opens.
    pub(super) fn of_products(graph: &mut Graph, base: &Graph) -> Self {
        let merging = Merging::of(&*graph);
        let mut weights = readers(graph, |node, at| {
            node.op() != "Conv" && reads_weight(node, at) && merging.varies(node, at)
        });
        let known: HashSet<&str> = base.initializer.iter().map(Tensor::name).collect();
        weights.retain(|name| known.contains(name.as_str()));
        Self::take(graph, &weights)
    }

    fn take(graph: &mut Graph, weights: &HashSet<String>) -> Self {
        let hidden = |tensor: &Tensor| {
            let bytes = tensor.raw_data.as_ref().map_or(0, Bytes::len);
            bytes >= LEAST_BYTES
                && tensor.element() == Some(ElementType::F32)
                && tensor.count().is_ok_and(|count| count * 4 == bytes)
                && weights.contains(tensor.name())
        };
        let taken: Vec<Tensor> = graph.initializer.extract_if(.., |t| hidden(t)).collect();
        let names: HashSet<&str> = taken.iter().map(Tensor::name).collect();
        graph.input.retain(|input| !names.contains(input.name()));
        graph.input.extend(taken.iter().map(declared));
        Self(taken)
    }

    /// The weights.
    pub(super) fn tensors(&self) -> &[Tensor] {
        &self.0
    }

    /// True where the rewritten graph reads the weights as before: some rewriting turns what it
    /// takes for an input where it would have turned a weight.
    pub(super) fn are_read_plainly(&self, graph: &Graph) -> bool {
        let names: HashSet<&str> = self.0.iter().map(Tensor::name).collect();
        graph.node.iter().all(|node| {
            let mut inputs = node.input.iter().enumerate();
            let plain =
                inputs.all(|(at, name)| !names.contains(name.as_str()) || reads_weight(node, at));
            let inner = node.attribute.iter();
            plain && inner.flat_map(|a| a.g.iter().chain(&a.graphs)).count() == 0
        })
    }

    /// Lets an outline of the rewritten graph refer to the weights.
    pub(super) fn refer(&self, outline: &mut Model) {
        let names: HashSet<&str> = self.0.iter().map(Tensor::name).collect();
        if let Some(graph) = &mut outline.graph {
            graph.input.retain(|input| !names.contains(input.name()));
        }
        outline.refer(&self.0);
    }

    /// Puts the weights back as they were.
    pub(super) fn put_back(self, graph: &mut Graph) {
        let names: HashSet<&str> = self.0.iter().map(Tensor::name).collect();
        graph.input.retain(|input| !names.contains(input.name()));
        graph.initializer.extend(self.0);
    }
}

fn declared(tensor: &Tensor) -> ValueInfo {
    ValueInfo::new(
        tensor.name(),
        &ValueType::new(ElementType::F32, &tensor.dims),
    )
}

/// True for the kernel of a convolution and the matrices of a product.
fn reads_weight(node: &Node, at: usize) -> bool {
    node.op_domain().is_empty()
        && match node.op() {
            "Conv" => at == 1,
            "Gemm" | "MatMul" => at < 2,
            _ => false,
        }
        || node.op_domain() == "com.microsoft"
            && matches!(node.op(), "FusedGemm" | "FusedMatMul")
            && at < 2
}

/// The values that are read only where `plain` says.
fn readers(graph: &Graph, plain: impl Fn(&Node, usize) -> bool) -> HashSet<String> {
    let mut good = HashSet::new();
    let mut bad: HashSet<String> = graph.output.iter().map(|o| o.name().to_owned()).collect();
    for node in &graph.node {
        for (at, name) in node.input.iter().enumerate() {
            let set = if plain(node, at) { &mut good } else { &mut bad };
            set.insert(name.clone());
        }
        let inner = node.attribute.iter();
        for graph in inner.flat_map(|a| a.g.iter().chain(&a.graphs)) {
            inner_reads(graph, &mut bad);
        }
    }
    good.retain(|name| !bad.contains(name));
    good
}

fn inner_reads(graph: &Graph, names: &mut HashSet<String>) {
    names.extend(graph.output.iter().map(|o| o.name().to_owned()));
    for node in &graph.node {
        names.extend(node.input.iter().cloned());
        let inner = node.attribute.iter();
        for graph in inner.flat_map(|a| a.g.iter().chain(&a.graphs)) {
            inner_reads(graph, names);
        }
    }
}

/// What ONNX Runtime may merge with what.
struct Merging<'a> {
    readers: HashMap<&'a str, Vec<&'a Node>>,
    /// Values that depend on the picture.
    varying: HashSet<&'a str>,
}

impl<'a> Merging<'a> {
    fn of(graph: &'a Graph) -> Self {
        let mut readers: HashMap<&str, Vec<&Node>> = HashMap::new();
        let mut varying: HashSet<&str> = graph.required_inputs().map(ValueInfo::name).collect();
        for node in &graph.node {
            for name in &node.input {
                readers.entry(name).or_default().push(node);
            }
            let mut inner = HashSet::new();
            let graphs = node.attribute.iter();
            for graph in graphs.flat_map(|a| a.g.iter().chain(&a.graphs)) {
                inner_reads(graph, &mut inner);
            }
            let mut reads = node.input.iter().chain(&inner);
            if reads.any(|name| varying.contains(name.as_str())) {
                varying.extend(node.output.iter().map(String::as_str));
            }
        }
        Self { readers, varying }
    }

    /// True where the other operand depends on the picture: else the whole is a constant.
    fn varies(&self, node: &Node, weight: usize) -> bool {
        let other = node.input(1 - weight.min(1));
        other.is_some_and(|name| self.varying.contains(name))
    }

    /// True where what follows is, or may be, computed into the weights.
    fn merges(&self, node: &Node) -> bool {
        self.leads_to_norm(node, 4) || node.op() == "Conv" && self.leads_to_constant(node)
    }

    fn following(&self, node: &Node) -> impl Iterator<Item = &'a Node> {
        let readers = node.output(0).and_then(|output| self.readers.get(output));
        readers.into_iter().flatten().copied()
    }

    fn leads_to_constant(&self, node: &Node) -> bool {
        self.following(node).any(|next| {
            let arithmetic = matches!(next.op(), "Add" | "Sub" | "Mul" | "Div");
            let varies = |name: &String| self.varying.contains(name.as_str());
            arithmetic && !next.input.iter().all(varies)
        })
    }

    fn leads_to_norm(&self, node: &Node, steps: usize) -> bool {
        self.following(node).any(|next| match next.op() {
            // A function of the file may begin with one.
            _ if !next.op_domain().is_empty() => true,
            "BatchNormalization" => true,
            "Reshape" | "Transpose" | "Flatten" | "Squeeze" | "Unsqueeze" | "Identity" | "Add" => {
                steps > 0 && self.leads_to_norm(next, steps - 1)
            }
            _ => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(name: &str, dims: &[i64]) -> Tensor {
        let count = dims.iter().product::<i64>() as usize;
        Tensor::from_f32(name, dims, &vec![0.5; count])
    }

    /// Convolutions and products with large weights, of which some merge.
    fn graph() -> Graph {
        let large = [256, 64, 2, 2];
        Graph {
            node: vec![
                Node::new("Conv", &["x", "plain"], &["a"]),
                Node::new("Relu", &["a"], &["b"]),
                Node::new("Conv", &["b", "normed"], &["c"]),
                Node::new("BatchNormalization", &["c", "s", "t", "m", "v"], &["d"]),
                Node::new("Conv", &["d", "scaled"], &["e"]),
                Node::new("Mul", &["e", "s"], &["f"]),
                Node::new("Conv", &["f", "joined"], &["g"]),
                Node::new("Add", &["g", "b"], &["h"]),
                Node::new("Flatten", &["h"], &["i"]),
                Node::new("Gemm", &["i", "matrix"], &["j"]),
                Node::new("Transpose", &["turned"], &["k"]),
                Node::new("MatMul", &["j", "k"], &["l"]),
                Node::new("MatMul", &["matrix_2", "fixed"], &["n"]),
                Node::new("MatMul", &["l", "n"], &["o"]),
                Node::new("MatMul", &["o", "small"], &["p"]),
                Node::new("MatMul", &["p", "told"], &["y"]),
            ],
            initializer: vec![
                weight("plain", &large),
                weight("normed", &large),
                weight("scaled", &large),
                weight("joined", &large),
                weight("matrix", &[256, 256]),
                weight("matrix_2", &[256, 256]),
                weight("fixed", &[256, 256]),
                weight("turned", &[256, 256]),
                weight("told", &[256, 256]),
                weight("small", &[4, 4]),
                weight("s", &[1]),
            ],
            input: vec![ValueInfo::new(
                "x",
                &ValueType::new(ElementType::F32, &[1, 64, 8, 8]),
            )],
            output: ["y", "told"]
                .map(|name| ValueInfo::of_unknown_shape(name, ElementType::F32))
                .to_vec(),
            ..Graph::default()
        }
    }

    fn names(hidden: &HiddenWeights) -> Vec<&str> {
        hidden.tensors().iter().map(Tensor::name).collect()
    }

    #[test]
    fn folding_goes_without_weights_that_it_does_not_change() {
        let mut changed = graph();
        let hidden = HiddenWeights::of_folding(&mut changed);
        assert_eq!(names(&hidden), ["plain", "joined", "matrix"]);
        assert_eq!(changed.input.len(), 4);
        assert_eq!(changed.initializer.len(), 8);
        assert!(hidden.are_read_plainly(&changed));
        changed
            .node
            .push(Node::new("Transpose", &["joined"], &["q"]));
        assert!(!hidden.are_read_plainly(&changed));
        hidden.put_back(&mut changed);
        assert_eq!(changed.input, graph().input);
        assert_eq!(changed.initializer.len(), graph().initializer.len());
    }

    #[test]
    fn matrices_of_products_alone() {
        let mut changed = graph();
        let mut base = graph();
        assert_eq!(
            names(&HiddenWeights::of_products(&mut changed, &base)),
            ["matrix"]
        );
        base.initializer.clear();
        let hidden = HiddenWeights::of_products(&mut graph(), &base);
        assert!(hidden.tensors().is_empty());
    }
}
