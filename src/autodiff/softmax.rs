//! Softmax and its logarithm (opset 13 and newer: over one axis).

use crate::onnx::Node;

use super::AutodiffError;
use super::emit::axis_of;
use super::sweep::Sweep;

type Outcome = Result<(), AutodiffError>;

/// `y (g - sum(g y))`.
pub(super) fn softmax(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let axis = axis_of(
        node,
        node.int("axis", -1),
        s.value_type(node, x)?.dims.len(),
    )?;
    let y = node.output(0).unwrap_or_default().to_owned();
    let product = s.mul(g, &y);
    let sum = s.sum_over(&product, &[axis]);
    let rest = s.sub(g, &sum);
    let dx = s.mul(&y, &rest);
    s.give(x, dx);
    Ok(())
}

/// `g - exp(y) sum(g)`.
pub(super) fn log_softmax(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let axis = axis_of(
        node,
        node.int("axis", -1),
        s.value_type(node, x)?.dims.len(),
    )?;
    let share = s.unary("Exp", node.output(0).unwrap_or_default());
    let sum = s.sum_over(g, &[axis]);
    let taken = s.mul(&share, &sum);
    let dx = s.sub(g, &taken);
    s.give(x, dx);
    Ok(())
}
