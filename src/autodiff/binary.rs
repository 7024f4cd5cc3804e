//! Element-wise operators of two or more values, broadcast by the rules of NumPy.

use crate::onnx::Node;

use super::AutodiffError;
use super::emit::{first, input, unsupported};
use super::sweep::Sweep;

type Outcome = Result<(), AutodiffError>;

/// Gives a gradient to an operand, summed over the dimensions in which it was repeated.
fn give_summed(s: &mut Sweep<'_>, node: &Node, operand: &str, gradient: &str) -> Outcome {
    let dims = s.value_type(node, operand)?.dims;
    let gradient = s.unbroadcast(gradient, &dims);
    s.give(operand, gradient);
    Ok(())
}

/// Add, Sub, and Sum and Mean of any number of values.
pub(super) fn sum(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let Some(g) = first(gradients) else {
        return Ok(());
    };
    let count = node.input.len().max(1) as f64;
    for (index, operand) in node.input.iter().enumerate() {
        if s.wants(operand) {
            let part = match node.op() {
                "Sub" if index == 1 => s.unary("Neg", g),
                "Mean" => s.scale(g, 1.0 / count),
                _ => g.to_owned(),
            };
            give_summed(s, node, operand, &part)?;
        }
    }
    Ok(())
}

pub(super) fn mul(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let (a, b, Some(g)) = (input(node, 0)?, input(node, 1)?, first(gradients)) else {
        return Ok(());
    };
    for (operand, other) in [(a, b), (b, a)] {
        if s.wants(operand) {
            let part = s.mul(g, other);
            give_summed(s, node, operand, &part)?;
        }
    }
    Ok(())
}

pub(super) fn div(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let (a, b, Some(g)) = (input(node, 0)?, input(node, 1)?, first(gradients)) else {
        return Ok(());
    };
    let share = s.div(g, b);
    if s.wants(a) {
        give_summed(s, node, a, &share)?;
    }
    if s.wants(b) {
        let part = s.mul(&share, node.output(0).unwrap_or_default());
        let part = s.unary("Neg", &part);
        give_summed(s, node, b, &part)?;
    }
    Ok(())
}

/// `a^b`: `b a^(b-1)` and `y ln a`, the latter 0 where `a <= 0`, as PyTorch has it at 0.
pub(super) fn pow(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let (a, b, Some(g)) = (input(node, 0)?, input(node, 1)?, first(gradients)) else {
        return Ok(());
    };
    let element = s.element(a);
    if s.wants(a) {
        let exponent = s
            .constants
            .get(b)
            .and_then(|t| t.to_f64().ok())
            .filter(|v| v.len() == 1);
        let slope = match exponent.and_then(|v| v.first().copied()) {
            Some(2.0) => s.scale(a, 2.0),
            Some(3.0) => {
                let square = s.mul(a, a);
                s.scale(&square, 3.0)
            }
            Some(p) => {
                let less = s.scalar(p - 1.0, element);
                let power = s.binary("Pow", a, &less);
                s.scale(&power, p)
            }
            None => {
                let b = s.cast(b, element);
                let one = s.scalar(1.0, element);
                let less = s.sub(&b, &one);
                let power = s.binary("Pow", a, &less);
                s.mul(&power, &b)
            }
        };
        let part = s.mul(g, &slope);
        give_summed(s, node, a, &part)?;
    }
    if s.wants(b) {
        // ln of max(a, tiny) times a mask: finite where it is not used.
        let mask = s.above(a, 0.0);
        let one = s.scalar(1.0, element);
        let gap = s.sub(&one, &mask);
        let kept = s.mul(a, &mask);
        let safe = s.add(&kept, &gap);
        let log = s.unary("Log", &safe);
        let slope = s.mul(&log, node.output(0).unwrap_or_default());
        let part = s.mul(g, &slope);
        give_summed(s, node, b, &part)?;
    }
    Ok(())
}

/// Max and Min of any number of values: ties share equally, as in `torch.maximum`.
pub(super) fn extreme(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let Some(g) = first(gradients) else {
        return Ok(());
    };
    let y = node.output(0).unwrap_or_default().to_owned();
    let mut hits = Vec::new();
    for operand in &node.input {
        hits.push(s.compare("Equal", operand, &y));
    }
    let mut total: Option<String> = None;
    for hit in &hits {
        total = Some(match total {
            Some(sum) => s.add(&sum, hit),
            None => hit.clone(),
        });
    }
    let Some(total) = total else { return Ok(()) };
    let share = s.div(g, &total);
    for (operand, hit) in node.input.iter().zip(&hits) {
        if s.wants(operand) {
            let part = s.mul(&share, hit);
            give_summed(s, node, operand, &part)?;
        }
    }
    Ok(())
}

pub(super) fn where_(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let (condition, a, b) = (input(node, 0)?, input(node, 1)?, input(node, 2)?);
    let Some(g) = first(gradients) else {
        return Ok(());
    };
    let element = s.element(g);
    let dims = s.dims(g);
    let zero = s.scalar(0.0, element);
    for (operand, inputs) in [(a, [condition, g, &zero]), (b, [condition, &zero, g])] {
        if s.wants(operand) {
            let part = s.push(Node::new("Where", &inputs, &[]), element, &dims);
            give_summed(s, node, operand, &part)?;
        }
    }
    Ok(())
}

/// The remainder: slope 1 in the dividend. The divisor must be a constant.
pub(super) fn modulo(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let (a, b, Some(g)) = (input(node, 0)?, input(node, 1)?, first(gradients)) else {
        return Ok(());
    };
    if s.wants(b) {
        return Err(unsupported(node, "the divisor depends on the picture"));
    }
    if s.wants(a) {
        give_summed(s, node, a, g)?;
    }
    Ok(())
}
