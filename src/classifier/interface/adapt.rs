//! The graph with one float picture in and float outputs only.

use super::outputs::{described, keep_floats};
use super::switches::settle;
use super::whole_numbers::compute_in_floats;
use super::{ImageInput, Layout};
use crate::onnx::{ElementType, Model, Node, OnnxError, Tensor, ValueInfo};

/// Rewrites the outside of a model whose nodes are in order, so that its input is one picture of
/// floats, `[1,C,H,W]` or `[1,H,W,C]`, and all outputs hold floats.
pub(in super::super) fn adapt(model: &mut Model, input: &ImageInput) -> Result<(), OnnxError> {
    let graph = model.graph_mut()?;
    settle(graph, &input.name);
    let outputs: Vec<String> = graph.output.iter().map(described).collect();
    keep_floats(graph);
    if graph.output.is_empty() {
        return Err(OnnxError::Outputs(outputs.join(", ")));
    }
    if input.whole_numbers.is_some() {
        let declared = graph.input.iter().find(|i| i.name() == input.name);
        let element = declared
            .and_then(ValueInfo::element)
            .unwrap_or(ElementType::U8);
        compute_in_floats(graph, &input.name, element);
    }
    if input.batch > 1 || !input.batched {
        repeat(graph, input);
    }
    graph.prune();
    Ok(())
}

/// Gives the graph the picture as often, and in the shape, that it wants it.
fn repeat(graph: &mut crate::onnx::Graph, input: &ImageInput) {
    let inner = format!("{}/saliscope/file", input.name);
    for node in &mut graph.node {
        rename(node, &input.name, &inner);
    }
    let node = if input.batched {
        let copies = vec![input.name.as_str(); input.batch];
        Node::new("Concat", &copies, &[&inner]).with_int("axis", 0)
    } else {
        let shape = format!("{}/saliscope/shape", input.name);
        let [h, w, c] = input.shape.map(|d| d as i64);
        let dims = match input.layout {
            Layout::Nchw => [c, h, w],
            Layout::Nhwc => [h, w, c],
        };
        graph
            .initializer
            .push(Tensor::from_i64(&shape, &[3], &dims));
        Node::new("Reshape", &[&input.name, &shape], &[&inner])
    };
    graph.node.insert(0, node);
}

fn rename(node: &mut Node, from: &str, to: &str) {
    for name in node.input.iter_mut().filter(|name| *name == from) {
        to.clone_into(name);
    }
    let inner = node.attribute.iter_mut();
    for graph in inner.flat_map(|a| a.g.iter_mut().chain(&mut a.graphs)) {
        for node in &mut graph.node {
            rename(node, from, to);
        }
    }
}
