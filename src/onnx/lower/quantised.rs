//! Operators that compute in 8 bit steps, as the operator on floats between `DequantizeLinear`
//! and `QuantizeLinear`.
//!
//! Forms and inputs: `QLinearConv` and `QLinearMatMul` of the standard, the others in ONNX
//! Runtime's `ContribOperators.md`. When it opens the network, ONNX Runtime puts those of them
//! together again that no gradient runs through.

use crate::onnx::Node;

use super::{Known, MICROSOFT, Parts};

/// Positions of a value, its scale and its zero point among a node's inputs.
type Triple = [usize; 3];

pub(super) fn write_out(node: &Node, known: &Known, parts: &mut Parts) -> bool {
    if !matches!(node.op_domain(), "" | MICROSOFT) {
        return false;
    }
    match node.op() {
        "QLinearConv" => conv(node, known, parts),
        "QLinearMatMul" => {
            let a = float(node, known, parts, [0, 1, 2], -2);
            let b = float(node, known, parts, [3, 4, 5], -1);
            let y = parts.op("MatMul", &[&a, &b]);
            steps(node, known, parts, &y, [6, 7]);
        }
        "QLinearAdd" | "QLinearMul" => {
            let a = float(node, known, parts, [0, 1, 2], 1);
            let b = float(node, known, parts, [3, 4, 5], 1);
            let y = parts.op(node.op().trim_start_matches("QLinear"), &[&a, &b]);
            steps(node, known, parts, &y, [6, 7]);
        }
        "QLinearWhere" => {
            let a = float(node, known, parts, [1, 2, 3], 1);
            let b = float(node, known, parts, [4, 5, 6], 1);
            let which = node.input(0).unwrap_or_default();
            let y = parts.op("Where", &[which, &a, &b]);
            steps(node, known, parts, &y, [7, 8]);
        }
        "QLinearSigmoid"
        | "QLinearLeakyRelu"
        | "QLinearSoftmax"
        | "QLinearAveragePool"
        | "QLinearGlobalAveragePool"
        | "QLinearReduceMean" => of_one(node, known, parts),
        "QLinearConcat" => {
            let triples = (2..node.input.len()).step_by(3);
            let values: Vec<String> = triples
                .map(|at| float(node, known, parts, [at, at + 1, at + 2], 1))
                .collect();
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            let y = parts.concat(&values, node.int("axis", 1));
            steps(node, known, parts, &y, [0, 1]);
        }
        "QGemm" => gemm(node, known, parts),
        "MatMulIntegerToFloat" => {
            let a = float(node, known, parts, [0, 2, 4], -2);
            let b = float(node, known, parts, [1, 3, 5], -1);
            product(node, parts, &a, &b, 6);
        }
        "DynamicQuantizeMatMul" => {
            let a = in_steps(node, parts);
            let a = dequantised(parts, known, [&a[0], &a[1], &a[2]], 1);
            let b = float(node, known, parts, [1, 2, 3], -1);
            product(node, parts, &a, &b, 4);
        }
        "QAttention" => {
            let x = float(node, known, parts, [0, 3, 6], 1);
            let w = float(node, known, parts, [1, 4, 7], -1);
            let mut attention = node.clone();
            attention.op_type = Some("Attention".to_owned());
            attention.input = vec![x, w];
            let rest = [2, 5, 8].map(|i| node.input(i).unwrap_or_default().to_owned());
            attention.input.extend(rest);
            parts.nodes.push(attention);
        }
        _ => return false,
    }
    true
}

/// A value in steps, as a float. `axis` is that of scales which are not one for all.
pub(super) fn dequantised(
    parts: &mut Parts,
    known: &Known,
    [x, scale, zero]: [&str; 3],
    axis: i64,
) -> String {
    let mut node = Node::new("DequantizeLinear", &[x, scale], &[]);
    if !zero.is_empty() {
        node.input.push(zero.to_owned());
    }
    parts.push(along(node, known, axis))
}

/// Before opset 13 only ONNX Runtime's own form had an axis.
fn along(mut node: Node, known: &Known, axis: i64) -> Node {
    if known.opset < 13 {
        node.domain = Some(MICROSOFT.to_owned());
    }
    node.with_int("axis", axis)
}

fn float(node: &Node, known: &Known, parts: &mut Parts, triple: Triple, axis: i64) -> String {
    let triple = triple.map(|i| node.input(i).unwrap_or_default());
    dequantised(parts, known, triple, axis)
}

/// Makes the node's output of the float `y`: in steps, whose scale and zero point lie at these
/// inputs.
fn steps(node: &Node, known: &Known, parts: &mut Parts, y: &str, [scale, zero]: [usize; 2]) {
    let scale = node.input(scale).unwrap_or_default();
    let mut quantise = Node::new("QuantizeLinear", &[y, scale], &[]);
    quantise.input.extend(node.input(zero).map(str::to_owned));
    let output = node.output(0).unwrap_or_default();
    parts.finish(along(quantise, known, 1), output);
}

/// The three outputs of a `DynamicQuantizeLinear` of the node's first input.
fn in_steps(node: &Node, parts: &mut Parts) -> [String; 3] {
    let x = node.input(0).unwrap_or_default();
    let output = node.output(0).unwrap_or_default();
    let names = ["steps", "scale", "zero"].map(|what| format!("saliscope/{output}/{what}"));
    let outputs = names.each_ref().map(String::as_str);
    parts
        .nodes
        .push(Node::new("DynamicQuantizeLinear", &[x], &outputs));
    names
}

/// Makes the node's output: `a b`, and a bias where the node has one.
fn product(node: &Node, parts: &mut Parts, a: &str, b: &str, bias: usize) {
    let output = node.output(0).unwrap_or_default();
    match node.input(bias) {
        Some(bias) => {
            let y = parts.op("MatMul", &[a, b]);
            parts.finish(Node::new("Add", &[&y, bias], &[]), output);
        }
        None => parts.finish(Node::new("MatMul", &[a, b], &[]), output),
    }
}

const CHANNELS_FIRST: [i64; 4] = [0, 3, 1, 2];
const CHANNELS_LAST: [i64; 4] = [0, 2, 3, 1];

fn conv(node: &Node, known: &Known, parts: &mut Parts) {
    let mut x = float(node, known, parts, [0, 1, 2], 1);
    let w = float(node, known, parts, [3, 4, 5], 0);
    let mut plain = node.clone();
    plain.op_type = Some("Conv".to_owned());
    plain.domain = None;
    let last = plain.take_attribute("channels_last").and_then(|a| a.i) == Some(1);
    if last {
        x = parts.transpose(&x, &CHANNELS_FIRST);
    }
    plain.input = vec![x, w];
    plain.input.extend(bias(node, known, parts, [1, 4, 8]));
    let mut y = parts.push(plain);
    if last {
        y = parts.transpose(&y, &CHANNELS_LAST);
    }
    steps(node, known, parts, &y, [6, 7]);
}

/// The bias at input `at`, whole numbers with the product of two scales.
fn bias(node: &Node, known: &Known, parts: &mut Parts, [one, two, at]: Triple) -> Option<String> {
    let bias = node.input(at)?;
    let scales = [one, two].map(|i| node.input(i).unwrap_or_default());
    let scale = parts.op("Mul", &scales);
    Some(dequantised(parts, known, [bias, &scale, ""], 0))
}

/// Operators of one value: value, scale, zero point, scale and zero point of the result.
fn of_one(node: &Node, known: &Known, parts: &mut Parts) {
    let mut x = float(node, known, parts, [0, 1, 2], 1);
    let mut plain = node.clone();
    plain.op_type = Some(node.op().trim_start_matches("QLinear").to_owned());
    plain.domain = None;
    plain.take_attribute("opset");
    let last = plain.take_attribute("channels_last").and_then(|a| a.i) == Some(1);
    if last {
        x = parts.transpose(&x, &CHANNELS_FIRST);
    }
    plain.input = vec![x];
    if node.op() == "QLinearReduceMean"
        && known.opset >= 18
        && let Some(axes) = plain.take_attribute("axes")
    {
        plain.input.push(parts.ints(&axes.ints));
    }
    let mut y = parts.push(plain);
    if last {
        y = parts.transpose(&y, &CHANNELS_LAST);
    }
    steps(node, known, parts, &y, [3, 4]);
}

fn gemm(node: &Node, known: &Known, parts: &mut Parts) {
    let a = float(node, known, parts, [0, 1, 2], 1);
    // Scales of columns are along the rows of a matrix that is transposed.
    let axis = 1 - node.int("transB", 0).clamp(0, 1);
    let b = float(node, known, parts, [3, 4, 5], axis);
    let mut plain = node.clone();
    plain.op_type = Some("Gemm".to_owned());
    plain.domain = None;
    plain.input = vec![a, b];
    if let Some(c) = bias(node, known, parts, [1, 4, 6]) {
        plain.input.push(parts.scale(&c, node.float("alpha", 1.0)));
    }
    if node.input(7).is_some() {
        let y = parts.push(plain);
        steps(node, known, parts, &y, [7, 8]);
    } else {
        parts.finish(plain, node.output(0).unwrap_or_default());
    }
}
