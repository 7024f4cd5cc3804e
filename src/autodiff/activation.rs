//! Activations in pieces: what they are on either side of a bend.

use crate::onnx::Node;

use super::AutodiffError;
use super::emit::{first, input};
use super::phased::Gate;
use super::sweep::Sweep;

type Outcome = Result<(), AutodiffError>;

/// `relu'(0) = 0`. The mask is taken from the output, so that the runtime can still fuse the
/// activation into the convolution before it.
pub(super) fn relu(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let y = node.output(0).unwrap_or_default();
    s.give_gated(x, g, y, &[Gate::Above(0.0)]);
    Ok(())
}

/// A gradient that is passed whole where `mask` is 1 and `slope` times where it is 0.
fn leak(s: &mut Sweep<'_>, g: &str, mask: &str, slope: &str) -> String {
    // slope + (1 - slope) mask
    let one = s.scalar(1.0, s.element(g));
    let rest = s.sub(&one, slope);
    let upper = s.mul(mask, &rest);
    let factor = s.add(&upper, slope);
    s.mul(g, &factor)
}

pub(super) fn leaky_relu(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let mask = s.above(x, 0.0);
    let slope = s.scalar(f64::from(node.float("alpha", 0.01)), s.element(g));
    let dx = leak(s, g, &mask, &slope);
    s.give(x, dx);
    Ok(())
}

pub(super) fn prelu(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let (x, slope, Some(g)) = (input(node, 0)?, input(node, 1)?, first(gradients)) else {
        return Ok(());
    };
    if s.wants(x) {
        let mask = s.above(x, 0.0);
        let dx = leak(s, g, &mask, slope);
        s.give(x, dx);
    }
    if s.wants(slope) {
        let zero = s.scalar(0.0, s.element(x));
        let negative = s.binary("Min", x, &zero);
        let ds = s.mul(g, &negative);
        let dims = s.dims(slope);
        let ds = s.unbroadcast(&ds, &dims);
        s.give(slope, ds);
    }
    Ok(())
}

/// Elu: `alpha (exp x - 1)` below zero, with slope `y + alpha` there. Selu is `gamma` times that.
pub(super) fn elu(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let (x, Some(g)) = (input(node, 0)?, first(gradients)) else {
        return Ok(());
    };
    let (alpha, gamma) = match node.op() {
        "Selu" => (
            f64::from(node.float("alpha", 1.673_263_2)),
            f64::from(node.float("gamma", 1.050_701)),
        ),
        _ => (f64::from(node.float("alpha", 1.0)), 1.0),
    };
    if s.wants(x) {
        // min(x, 0) keeps the exponential from overflowing where it is not used.
        let element = s.element(x);
        let zero = s.scalar(0.0, element);
        let inner = s.binary("Min", x, &zero);
        let inner = match node.op() {
            "Celu" => s.scale(&inner, 1.0 / alpha),
            _ => inner,
        };
        let exp = s.unary("Exp", &inner);
        let below = match node.op() {
            "Celu" => exp,
            _ => s.scale(&exp, alpha * gamma),
        };
        let mask = s.above(x, 0.0);
        let upper = s.scalar(gamma, element);
        let rest = s.sub(&upper, &below);
        let lift = s.mul(&mask, &rest);
        let factor = s.add(&below, &lift);
        let dx = s.mul(g, &factor);
        s.give(x, dx);
    }
    Ok(())
}

pub(super) fn thresholded_relu(
    s: &mut Sweep<'_>,
    node: &Node,
    gradients: &[Option<String>],
) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let mask = s.above(x, f64::from(node.float("alpha", 1.0)));
    let dx = s.mul(g, &mask);
    s.give(x, dx);
    Ok(())
}

/// `Shrink`: slope 1 outside `[-lambd, lambd]`.
pub(super) fn shrink(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let bound = f64::from(node.float("lambd", 0.5));
    let upper = s.above(x, bound);
    let lower = s.below(x, -bound);
    let mask = s.add(&upper, &lower);
    let dx = s.mul(g, &mask);
    s.give(x, dx);
    Ok(())
}

/// A lower bound of zero makes a rectifier (`ReLU6`): open at both ends. Else as `torch.clamp`,
/// which passes at its bounds.
pub(super) fn clip(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let y = node.output(0).unwrap_or_default().to_owned();
    let bound = |index| -> Result<Option<f64>, AutodiffError> {
        let values = s.constant_floats(node, index)?;
        Ok(values
            .and_then(|v| v.first().copied())
            .filter(|b| b.abs() < f64::from(f32::MAX)))
    };
    let (low, high) = (bound(1)?, bound(2)?);
    if low == Some(0.0) {
        let gates = [Some(Gate::Above(0.0)), high.map(Gate::Below)];
        let gates: Vec<Gate> = gates.into_iter().flatten().collect();
        s.give_gated(x, g, &y, &gates);
        return Ok(());
    }
    let mut dx = s.whole(g);
    for (bound, op) in [(low, "GreaterOrEqual"), (high, "LessOrEqual")] {
        if let Some(bound) = bound {
            let bound = s.scalar(bound, s.element(x));
            let mask = s.compare(op, x, &bound);
            dx = s.mul(&dx, &mask);
        }
    }
    s.give(x, dx);
    Ok(())
}

/// `max(0, min(1, alpha x + beta))`: slope `alpha` strictly between.
pub(super) fn hard_sigmoid(
    s: &mut Sweep<'_>,
    node: &Node,
    gradients: &[Option<String>],
) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let y = node.output(0).unwrap_or_default().to_owned();
    let low = s.above(&y, 0.0);
    let high = s.below(&y, 1.0);
    let scaled = s.scale(g, f64::from(node.float("alpha", 0.2)));
    let part = s.mul(&scaled, &low);
    let dx = s.mul(&part, &high);
    s.give(x, dx);
    Ok(())
}

/// `x hardsigmoid(x; 1/6, 1/2)`: slope 0 below -3, 1 above 3, `x/3 + 1/2` between.
pub(super) fn hard_swish(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    // x/3 + 1/2 in the middle; the masks put 0 and 1 outside.
    let element = s.element(x);
    let third = s.scale(x, 1.0 / 3.0);
    let half = s.scalar(0.5, element);
    let line = s.add(&third, &half);
    let low = s.above(x, -3.0);
    let high = s.above(x, 3.0);
    let middle = s.sub(&low, &high);
    let inner = s.mul(&middle, &line);
    let factor = s.add(&inner, &high);
    let dx = s.mul(g, &factor);
    s.give(x, dx);
    Ok(())
}
