//! Networks that compute in 8 bit steps (`QuantizeLinear`, `DynamicQuantizeLinear`,
//! `DequantizeLinear`).
//!
//! Rounding has no useful derivative; as in quantisation-aware training it is passed straight
//! through (Bengio et al. 2013), inside the range that the steps cover; of the scores also
//! beyond. The gradient of the whole numbers is carried in floats.

use crate::onnx::{ElementType, Node};

use super::AutodiffError;
use super::emit::{axis_of, first, input, unsupported};
use super::sweep::Sweep;

type Outcome = Result<(), AutodiffError>;

/// The scale or zero point of a node, shaped to be broadcast over `dims`.
fn per_axis(
    s: &mut Sweep<'_>,
    node: &Node,
    name: &str,
    dims: &[i64],
) -> Result<String, AutodiffError> {
    let own = s.value_type(node, name)?;
    if own.count() == 1 {
        return Ok(s.reshape(name, &[]));
    }
    if node.int("block_size", 0) != 0 {
        return Err(unsupported(node, "its scales are per block"));
    }
    let axis = axis_of(node, node.int("axis", 1), dims.len())?;
    let mut shape = vec![1; dims.len()];
    if let Some(slot) = shape.get_mut(axis) {
        *slot = own.count();
    }
    Ok(s.reshape(name, &shape))
}

pub(super) fn dequantize(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let (q, scale, Some(g)) = (input(node, 0)?, input(node, 1)?, first(gradients)) else {
        return Ok(());
    };
    if s.wants(q) {
        let dims = s.dims(g);
        let scale = per_axis(s, node, scale, &dims)?;
        let dq = s.mul(g, &scale);
        s.give(q, dq);
    }
    Ok(())
}

pub(super) fn quantize(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let (x, scale, Some(g)) = (input(node, 0)?, input(node, 1)?, first(gradients)) else {
        return Ok(());
    };
    if !s.wants(x) {
        return Ok(());
    }
    let x_type = s.value_type(node, x)?;
    let element = s
        .value_type(node, node.output(0).unwrap_or_default())?
        .element;
    let (low, high) = match element {
        ElementType::U8 => (0.0, 255.0),
        ElementType::I8 => (-128.0, 127.0),
        ElementType::U16 => (0.0, 65535.0),
        ElementType::I16 => (-32768.0, 32767.0),
        ElementType::U4 => (0.0, 15.0),
        ElementType::I4 => (-8.0, 7.0),
        ElementType::F8E4M3Fn => (-448.0, 448.0),
        ElementType::F8E4M3FnUz => (-240.0, 240.0),
        ElementType::F8E5M2 | ElementType::F8E5M2FnUz => (-57344.0, 57344.0),
        _ => {
            return Err(unsupported(
                node,
                "its steps are neither whole numbers of 4, 8 or 16 bits nor floats of 8",
            ));
        }
    };
    let scale = per_axis(s, node, scale, &x_type.dims)?;
    let mut passed = g.to_owned();
    if !is_of_the_scores(s, g) {
        let mut steps = s.div(x, &scale);
        // Small floats have none but 0.
        if let Some(zero) = node.input(2).filter(|_| !is_small_float(element)) {
            let zero = s.cast(zero, x_type.element);
            let zero = per_axis(s, node, &zero, &x_type.dims)?;
            steps = s.add(&steps, &zero);
        }
        let above = s.above(&steps, low - 0.5);
        let below = s.below(&steps, high + 0.5);
        let inside = s.mul(&above, &below);
        passed = s.mul(g, &inside);
    }
    let dx = s.div(&passed, &scale);
    s.give(x, dx);
    Ok(())
}

fn is_small_float(element: ElementType) -> bool {
    matches!(
        element,
        ElementType::F8E4M3Fn
            | ElementType::F8E4M3FnUz
            | ElementType::F8E5M2
            | ElementType::F8E5M2FnUz
    )
}

/// True for the gradient of the scores' own steps: what was asked for, times the size of a step. The
/// best score often lies beyond the last step, and what made it so would have no gradient at all.
fn is_of_the_scores(s: &Sweep<'_>, g: &str) -> bool {
    let made = |name: &str| s.nodes.iter().find(|n| n.output(0) == Some(name));
    let asked = made(g).filter(|n| n.op() == "Mul");
    asked.is_some_and(|n| n.input(0).is_some_and(|seed| made(seed).is_none()))
}

/// The range is that of the values themselves, so all of them lie inside. The size of the steps is
/// taken as given: whatever it is, a value comes back as nearly itself.
pub(super) fn quantize_dynamically(
    s: &mut Sweep<'_>,
    node: &Node,
    gradients: &[Option<String>],
) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let Some(scale) = node.output(1) else {
        return Err(unsupported(node, "the size of its steps is not put out"));
    };
    let dx = s.div(g, scale);
    s.give(x, dx);
    Ok(())
}
