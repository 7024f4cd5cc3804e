//! Products of matrices.

use crate::onnx::Node;

use super::AutodiffError;
use super::emit::{first, input};
use super::sweep::Sweep;

type Outcome = Result<(), AutodiffError>;

/// `alpha A' B' + beta C`, where `'` transposes if the attribute says so.
pub(super) fn gemm(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let (a, b, Some(g)) = (input(node, 0)?, input(node, 1)?, first(gradients)) else {
        return Ok(());
    };
    let (ta, tb) = (node.int("transA", 0) != 0, node.int("transB", 0) != 0);
    let alpha = node.float("alpha", 1.0);
    // (left, transposed, right, transposed) of the two products.
    let da = if ta {
        (b, tb, g, true)
    } else {
        (g, false, b, !tb)
    };
    let db = if tb {
        (g, true, a, ta)
    } else {
        (a, !ta, g, false)
    };
    for (operand, (left, tl, right, tr)) in [(a, da), (b, db)] {
        if s.wants(operand) {
            let dims = s.value_type(node, operand)?.dims;
            let product = Node::new("Gemm", &[left, right], &[])
                .with_int("transA", i64::from(tl))
                .with_int("transB", i64::from(tr))
                .with_float("alpha", alpha);
            let part = s.push(product, s.element(g), &dims);
            s.give(operand, part);
        }
    }
    if let Some(c) = node.input(2).filter(|c| s.wants(c)) {
        let scaled = s.scale(g, f64::from(node.float("beta", 1.0)));
        let dims = s.dims(c);
        let part = s.unbroadcast(&scaled, &dims);
        s.give(c, part);
    }
    Ok(())
}

/// Batched products by the rules of NumPy: vectors on the left are rows, on the right columns.
pub(super) fn matmul(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let (a, b, Some(g)) = (input(node, 0)?, input(node, 1)?, first(gradients)) else {
        return Ok(());
    };
    let (a_dims, b_dims) = (s.value_type(node, a)?.dims, s.value_type(node, b)?.dims);
    let row = |d: &[i64]| {
        if d.len() == 1 {
            [&[1], d].concat()
        } else {
            d.to_vec()
        }
    };
    let column = |d: &[i64]| {
        if d.len() == 1 {
            [d, &[1]].concat()
        } else {
            d.to_vec()
        }
    };
    let (left_dims, right_dims) = (row(&a_dims), column(&b_dims));
    let mut whole = super::emit::broadcast(
        left_dims.get(..left_dims.len() - 2).unwrap_or_default(),
        right_dims.get(..right_dims.len() - 2).unwrap_or_default(),
    );
    whole.extend(left_dims.iter().rev().nth(1));
    whole.extend(right_dims.last());
    let g = s.reshape(g, &whole);
    let matrix = s.wants(a) && s.constants.contains_key(b);
    if let (true, &[inner, columns]) = (matrix, b_dims.as_slice()) {
        // The matrix as it is: a turned one would have to be kept beside it.
        let rows = whole.iter().rev().skip(1).product();
        let g = s.reshape(&g, &[rows, columns]);
        let product = Node::new("Gemm", &[&g, b], &[]).with_int("transB", 1);
        let part = s.push(product, s.element(&g), &[rows, inner]);
        let part = s.reshape(&part, &a_dims);
        s.give(a, part);
    } else if s.wants(a) {
        let right = s.reshape(b, &right_dims);
        let turned = s.transpose_last(&right);
        let part = s.matmul(&g, &turned);
        let part = s.unbroadcast(&part, &left_dims);
        let part = s.reshape(&part, &a_dims);
        s.give(a, part);
    }
    if s.wants(b) {
        let left = s.reshape(a, &left_dims);
        let turned = s.transpose_last(&left);
        let part = s.matmul(&turned, &g);
        let part = s.unbroadcast(&part, &right_dims);
        let part = s.reshape(&part, &b_dims);
        s.give(b, part);
    }
    Ok(())
}
