//! An operator together with what comes before or after it, as optimisers write them
//! (ONNX Runtime's `ContribOperators.md`).

use crate::onnx::Node;

use super::{Known, MICROSOFT, Parts};

pub(super) fn write_out(node: &Node, known: &Known, parts: &mut Parts) -> bool {
    if node.op_domain() != MICROSOFT {
        return false;
    }
    match node.op() {
        "FusedConv" => fused_conv(node, known, parts),
        "FusedGemm" => fused_gemm(node, known, parts),
        "BiasGelu" => {
            let sum = sum(node, parts, &[0, 1]);
            finish(node, parts, own("Gelu", &sum));
        }
        "FastGelu" if node.input(1).is_some() => {
            let sum = sum(node, parts, &[0, 1]);
            finish(node, parts, own("FastGelu", &sum));
        }
        "BiasAdd" => {
            let sum = sum(node, parts, &[0, 1, 2]);
            finish(node, parts, Node::new("Identity", &[&sum], &[]));
        }
        "BiasSplitGelu" => {
            let sum = sum(node, parts, &[0, 1]);
            let halves = ["a", "b"].map(|half| format!("{sum}/{half}"));
            let [a, b] = halves.each_ref().map(String::as_str);
            let mut split = Node::new("Split", &[&sum], &[a, b]).with_int("axis", -1);
            if known.opset >= 18 {
                split = split.with_int("num_outputs", 2);
            }
            parts.nodes.push(split);
            let gelu = parts.push(own("Gelu", b));
            finish(node, parts, Node::new("Mul", &[a, &gelu], &[]));
        }
        "BiasSoftmax" => {
            let sum = sum(node, parts, &[0, 1]);
            let softmax = Node::new("Softmax", &[&sum], &[]);
            finish(node, parts, softmax.with_int("axis", node.int("axis", 1)));
        }
        "SkipLayerNormalization" | "SkipSimplifiedLayerNormalization" => skip_norm(node, parts),
        _ => return false,
    }
    true
}

/// One of ONNX Runtime's own operators.
fn own(op: &str, x: &str) -> Node {
    Node {
        domain: Some(MICROSOFT.to_owned()),
        ..Node::new(op, &[x], &[])
    }
}

fn finish(node: &Node, parts: &mut Parts, last: Node) {
    parts.finish(last, node.output(0).unwrap_or_default());
}

/// The sum of those inputs that are there.
fn sum(node: &Node, parts: &mut Parts, inputs: &[usize]) -> String {
    let mut inputs = inputs.iter().filter_map(|&i| node.input(i));
    let first = inputs.next().unwrap_or_default().to_owned();
    inputs.fold(first, |sum, input| parts.op("Add", &[&sum, input]))
}

/// `activation(conv(x, w, b) + z)`.
fn fused_conv(node: &Node, known: &Known, parts: &mut Parts) {
    let mut conv = node.clone();
    conv.domain = None;
    conv.op_type = Some("Conv".to_owned());
    conv.input.truncate(3);
    let activation = conv.take_attribute("activation").and_then(|a| a.s);
    let values = conv.take_attribute("activation_params");
    let values = values.map(|a| a.floats).unwrap_or_default();
    let mut y = parts.push(conv);
    if let Some(z) = node.input(3) {
        y = parts.op("Add", &[&y, z]);
    }
    let last = activated(parts, known, &y, &activation.unwrap_or_default(), &values);
    finish(node, parts, last);
}

fn fused_gemm(node: &Node, known: &Known, parts: &mut Parts) {
    let mut gemm = node.clone();
    gemm.domain = None;
    gemm.op_type = Some("Gemm".to_owned());
    let activation = gemm.take_attribute("activation").and_then(|a| a.s);
    let names = ["activation_alpha", "activation_beta", "activation_gamma"];
    let values = names.map(|name| gemm.take_attribute(name).and_then(|a| a.f));
    let values: Vec<f32> = values.into_iter().map_while(|value| value).collect();
    let y = parts.push(gemm);
    let last = activated(parts, known, &y, &activation.unwrap_or_default(), &values);
    finish(node, parts, last);
}

/// The activation of that name; none is the identity.
fn activated(parts: &mut Parts, known: &Known, x: &str, name: &[u8], values: &[f32]) -> Node {
    let name = std::str::from_utf8(name).unwrap_or_default();
    let value = |i: usize| values.get(i).copied();
    match name {
        "" => Node::new("Identity", &[x], &[]),
        "Clip" if known.opset >= 11 => {
            let bounds = [value(0), value(1)].map(|b| b.map(|b| parts.number(b)));
            let [low, high] = bounds.map(Option::unwrap_or_default);
            Node::new("Clip", &[x, &low, &high], &[])
        }
        _ => {
            let names = match name {
                "Clip" => ["min", "max"],
                _ => ["alpha", "beta"],
            };
            let node = Node::new(name, &[x], &[]);
            let given = names.into_iter().zip(values);
            given.fold(node, |node, (name, &value)| node.with_float(name, value))
        }
    }
}

/// `norm(input + skip + bias)`, and the sum as the fourth output.
fn skip_norm(node: &Node, parts: &mut Parts) {
    let simple = node.op() == "SkipSimplifiedLayerNormalization";
    let bias = if simple { 3 } else { 4 };
    let mut sum = sum(node, parts, &[0, 1, bias]);
    if let Some(name) = node.output(3) {
        parts.finish(Node::new("Identity", &[&sum], &[]), name);
        name.clone_into(&mut sum);
    }
    let op = node.op().trim_start_matches("Skip");
    let mut norm = Node::new(op, &[&sum, node.input(2).unwrap_or_default()], &[]);
    if let Some(beta) = node.input(3).filter(|_| !simple) {
        norm.input.push(beta.to_owned());
    }
    let norm = norm
        .with_int("axis", -1)
        .with_float("epsilon", node.float("epsilon", 1e-12));
    finish(node, parts, norm);
}
