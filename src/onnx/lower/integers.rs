//! Products of whole numbers (`ConvInteger`, `MatMulInteger`), as products of floats.
//!
//! Dynamically quantised networks multiply 8 bit numbers and scale the sums afterwards. Sums of
//! 8 bit products are as exact in single precision up to 2^24 and within a rounding error of the
//! scales beyond. The numbers are turned into floats by `DequantizeLinear`, through which a
//! gradient passes straight, and casts of the sums to floats are left out.

use std::collections::HashSet;

use crate::onnx::{Node, Tensor};

use super::quantised::dequantised;
use super::{Known, Parts};

/// Names of the sums that such products among `nodes` make.
pub(super) fn products(nodes: &[Node]) -> HashSet<String> {
    let products = nodes
        .iter()
        .filter(|n| matches!(n.op(), "ConvInteger" | "MatMulInteger"));
    products.flat_map(|n| n.output.iter().cloned()).collect()
}

pub(super) fn write_out(
    node: &Node,
    products: &HashSet<String>,
    known: &Known,
    parts: &mut Parts,
) -> bool {
    let (Some(x), Some(output)) = (node.input(0), node.output(0)) else {
        return false;
    };
    let sum = |name: &str| format!("saliscope/{name}/sum");
    if node.op() == "Cast" && node.int("to", 0) == 1 && products.contains(x) {
        parts.finish(Node::new("Identity", &[&sum(x)], &[]), output);
        return true;
    }
    if !products.contains(output) {
        return false;
    }
    let Some(w) = node.input(1) else {
        return false;
    };
    let axes = if node.op() == "ConvInteger" {
        [1, 0]
    } else {
        [-2, -1]
    };
    let x = number(
        parts,
        known,
        [x, node.input(2).unwrap_or_default()],
        axes[0],
    );
    let w = number(
        parts,
        known,
        [w, node.input(3).unwrap_or_default()],
        axes[1],
    );
    let mut product = node.clone();
    product.op_type = Some(node.op().trim_end_matches("Integer").to_owned());
    product.input = vec![x, w];
    parts.finish(product, &sum(output));
    // For whoever reads whole numbers; without such a reader it is cut away.
    let cast = Node::new("Cast", &[&sum(output)], &[]).with_int("to", 6);
    parts.finish(cast, output);
    true
}

/// Whole numbers less their zero point, as floats.
fn number(parts: &mut Parts, known: &Known, [x, zero]: [&str; 2], axis: i64) -> String {
    let count = known.constants.get(zero).map(Tensor::count);
    let scale = match count {
        Some(Ok(count)) if count > 1 => parts.floats(&[count as i64], &vec![1.0; count]),
        _ => parts.number(1.0),
    };
    dequantised(parts, known, [x, &scale, zero], axis)
}
