//! Products of matrices with a transposition or a factor in them.

use crate::onnx::Node;

use super::typed::Shapes;
use super::{MICROSOFT, Parts};

/// `com.microsoft.FusedMatMul`: `alpha a b`, either matrix transposed before.
pub(super) fn write_out(node: &Node, shapes: &Shapes<'_>, parts: &mut Parts) -> Option<()> {
    if node.op_domain() != MICROSOFT || !matches!(node.op(), "FusedMatMul" | "TransposeMatMul") {
        return None;
    }
    let mut operands = Vec::new();
    for (index, own, batch) in [(0, "transA", "transBatchA"), (1, "transB", "transBatchB")] {
        let name = node.input(index)?;
        let rank = shapes.dims(name)?.len();
        let mut order: Vec<i64> = (0..rank as i64).collect();
        if node.int(own, 0) != 0 && rank >= 2 {
            order.swap(rank - 1, rank - 2);
        }
        // The first dimension goes behind those of the batch: the rows of the matrix.
        if node.int(batch, 0) != 0 && rank >= 3 {
            order.get_mut(..rank - 1)?.rotate_left(1);
            if node.int(own, 0) != 0 {
                order = (1..rank as i64 - 1).collect();
                order.extend([rank as i64 - 1, 0]);
            }
        }
        operands.push(if order.is_sorted() {
            name.to_owned()
        } else {
            parts.transpose(name, &order)
        });
    }
    let operands: Vec<&str> = operands.iter().map(String::as_str).collect();
    let product = Node::new("MatMul", &operands, &[]);
    let alpha = node.float("alpha", 1.0);
    let output = node.output(0)?;
    if (alpha - 1.0).abs() < f32::EPSILON {
        parts.finish(product, output);
    } else {
        let product = parts.push(product);
        let alpha = parts.number(alpha);
        parts.finish(Node::new("Mul", &[&product, &alpha], &[]), output);
    }
    Some(())
}
