//! Operators that stand for several others, written as those.
//!
//! Exporters and optimisers write whole blocks of a network as one operator: quantised products,
//! a convolution with its activation, attention. Written as the plain operators that they are
//! defined by, a network computes the same, and every gradient rule is that of a plain operator.
//!
//! | file | what |
//! |---|---|
//! | `parts` | the nodes and constants that stand in for one node |
//! | `dropout` | layers that were exported in training mode |
//! | `integers` | products of whole numbers |
//! | `quantised` | operators that compute in 8 bit steps |
//! | `fused` | an operator together with what comes before or after it |
//!
//! | `foreign` | operators that no runtime knows |
//! | `branches` | branches and loops whose course is known |
//! | `typed` | the pass that knows shapes |
//! | `sequences` | lists of values |
//! | `attention`, `rotary` | attention in one operator |
//! | `norms` | norms and pools of powers |
//! | `sampling` | spatial transformers |
//! | `products` | products with a transposition in them |
//!
//! The first pass ([`before_folding`]) knows no shapes and reaches functions and inner graphs too;
//! the second ([`with_shapes`]) is over the folded graph.

mod attention;
mod branches;
mod dropout;
mod foreign;
mod fused;
mod integers;
mod norms;
mod parts;
mod products;
mod quantised;
mod rotary;
mod sampling;
mod sequences;
mod typed;

pub use branches::unroll;
pub use foreign::{refuse_foreign, unregistered};
pub use typed::with_shapes;

use std::collections::HashMap;

use parts::Parts;

use super::{Graph, Model, Node, OperatorSet, Tensor};

/// What is known of a model while its nodes are replaced without shapes.
struct Known {
    /// The version of the standard operator set.
    opset: i64,
    /// Constants with few elements, by name.
    constants: HashMap<String, Tensor>,
}

/// Constants up to this many elements are looked at: scales and switches, not weights.
const MOST_LOOKED_AT: i64 = 1 << 16;

/// Writes out operators whose meaning does not depend on shapes. Returns what a person should
/// know of it, a sentence each.
pub fn before_folding(model: &mut Model) -> Vec<String> {
    let mut known = Known {
        opset: model.opset(),
        constants: HashMap::new(),
    };
    let mut tally = Tally::default();
    if let Some(graph) = &mut model.graph {
        in_graph(graph, &mut known, &mut tally);
    }
    for function in &mut model.functions {
        known.constants.clear();
        let body = function.opset_import.iter();
        let mut standard =
            body.filter(|o| matches!(o.domain.as_deref(), None | Some("" | "ai.onnx")));
        known.opset = standard.find_map(|o| o.version).unwrap_or(known.opset);
        if in_nodes(&mut function.node, &mut known, &mut tally) {
            import_microsoft(&mut function.opset_import);
        }
    }
    if tally.replaced > 0 {
        import_microsoft(&mut model.opset_import);
    }
    tally.sentences()
}

/// Some parts are operators of ONNX Runtime's own.
fn import_microsoft(sets: &mut Vec<OperatorSet>) {
    let own = |o: &OperatorSet| o.domain.as_deref() == Some(MICROSOFT);
    if !sets.iter().any(own) {
        sets.push(OperatorSet {
            domain: Some(MICROSOFT.to_owned()),
            version: Some(1),
        });
    }
}

/// The domain of ONNX Runtime's own operators.
const MICROSOFT: &str = "com.microsoft";

/// Operators that give other numbers in each run.
const RANDOM: [&str; 6] = [
    "Bernoulli",
    "Multinomial",
    "RandomNormal",
    "RandomNormalLike",
    "RandomUniform",
    "RandomUniformLike",
];

/// What was done, for the sentences.
#[derive(Default)]
struct Tally {
    dropouts: usize,
    /// Batch normalisations that would have taken the picture's own mean.
    norms: usize,
    replaced: usize,
    /// Operators that draw random numbers.
    random: Vec<String>,
}

impl Tally {
    fn sentences(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        if self.dropouts > 0 {
            let layers = if self.dropouts == 1 {
                "layer"
            } else {
                "layers"
            };
            sentences.push(format!(
                "exported in training mode: {} dropout {layers} switched off",
                self.dropouts
            ));
        }
        if self.norms > 0 {
            sentences.push(format!(
                "exported in training mode: batch normalisation ({} times) uses the mean and variance that it keeps",
                self.norms
            ));
        }
        if let Some(first) = self.random.first() {
            sentences.push(format!(
                "it draws random numbers ({first}): scores and maps differ from run to run; export it with model.eval()"
            ));
        }
        sentences
    }
}

fn in_graph(graph: &mut Graph, known: &mut Known, tally: &mut Tally) {
    let small = graph.initializer.iter();
    let small = small.filter(|t| t.dims.iter().product::<i64>() <= MOST_LOOKED_AT);
    known
        .constants
        .extend(small.map(|t| (t.name().to_owned(), t.clone())));
    in_nodes(&mut graph.node, known, tally);
}

/// True when any node was replaced.
fn in_nodes(nodes: &mut Vec<Node>, known: &mut Known, tally: &mut Tally) -> bool {
    for node in nodes.iter().filter(|n| n.op() == "Constant") {
        if let (Some(name), Some(tensor)) = (node.output(0), node.tensor("value")) {
            known.constants.insert(name.to_owned(), tensor.clone());
        }
    }
    let before = tally.replaced;
    let products = integers::products(nodes);
    let mut made = Vec::with_capacity(nodes.len());
    for mut node in std::mem::take(nodes) {
        for attribute in &mut node.attribute {
            for graph in attribute.g.iter_mut().chain(&mut attribute.graphs) {
                in_graph(graph, known, tally);
            }
        }
        if dropout::switched_off(&mut node, known) {
            tally.dropouts += 1;
        }
        if dropout::uses_kept_statistics(&mut node) {
            tally.norms += 1;
        }
        // A value that may be there, and is.
        let wraps = matches!(node.op(), "Optional" | "OptionalGetElement");
        if wraps && node.op_domain().is_empty() && node.input(0).is_some() {
            node.op_type = Some("Identity".to_owned());
            node.attribute.clear();
        }
        if RANDOM.contains(&node.op()) && node.op_domain().is_empty() {
            tally
                .random
                .push(format!("{} {:?}", node.op(), node.label()));
        }
        let mut parts = Parts::of(&node);
        let replaced = integers::write_out(&node, &products, known, &mut parts)
            || quantised::write_out(&node, known, &mut parts)
            || fused::write_out(&node, known, &mut parts);
        if replaced {
            tally.replaced += 1;
            made.extend(parts.into_nodes());
        } else {
            made.push(node);
        }
    }
    *nodes = made;
    tally.replaced > before
}
