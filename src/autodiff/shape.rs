//! Operators that move elements without changing them.

use crate::onnx::Node;

use super::AutodiffError;
use super::emit::{axis_of, damaged, first, input, unsupported};
use super::sweep::Sweep;

type Outcome = Result<(), AutodiffError>;

/// Reshape, Flatten, Squeeze, Unsqueeze: the same elements in the same order.
pub(super) fn reshape(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let (x, Some(g)) = (input(node, 0)?, first(gradients)) else {
        return Ok(());
    };
    if s.wants(x) {
        let dims = s.value_type(node, x)?.dims;
        let dx = s.reshape(g, &dims);
        s.give(x, dx);
    }
    Ok(())
}

pub(super) fn transpose(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let (x, Some(g)) = (input(node, 0)?, first(gradients)) else {
        return Ok(());
    };
    if s.wants(x) {
        let rank = s.value_type(node, x)?.dims.len();
        let order: Vec<i64> = match node.ints("perm") {
            Some(order) => order.to_vec(),
            None => (0..rank as i64).rev().collect(),
        };
        let mut back = vec![0; rank];
        for (to, &from) in order.iter().enumerate() {
            let from = axis_of(node, from, rank)?;
            if let Some(slot) = back.get_mut(from) {
                *slot = to;
            }
        }
        let dx = s.transpose(g, &back);
        s.give(x, dx);
    }
    Ok(())
}

/// Expand: a sum over the dimensions in which the value was repeated.
pub(super) fn expand(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let (x, Some(g)) = (input(node, 0)?, first(gradients)) else {
        return Ok(());
    };
    if s.wants(x) {
        let dims = s.value_type(node, x)?.dims;
        let dx = s.unbroadcast(g, &dims);
        s.give(x, dx);
    }
    Ok(())
}

pub(super) fn tile(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let (x, Some(g)) = (input(node, 0)?, first(gradients)) else {
        return Ok(());
    };
    if s.wants(x) {
        let dims = s.value_type(node, x)?.dims;
        let times = s
            .dims(g)
            .iter()
            .zip(&dims)
            .map(|(g, d)| g / d.max(&1))
            .collect::<Vec<_>>();
        let split: Vec<i64> = times
            .iter()
            .zip(&dims)
            .flat_map(|(&t, &d)| [t, d])
            .collect();
        let split = s.reshape(g, &split);
        let axes: Vec<usize> = (0..dims.len()).map(|i| 2 * i).collect();
        let sum = s.sum_over(&split, &axes);
        let dx = s.reshape(&sum, &dims);
        s.give(x, dx);
    }
    Ok(())
}

pub(super) fn concat(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let Some(g) = first(gradients).map(str::to_owned) else {
        return Ok(());
    };
    let axis = axis_of(node, node.int("axis", 0), s.dims(&g).len())?;
    let mut start = 0;
    for operand in &node.input {
        let dims = s.value_type(node, operand)?.dims;
        let size = dims.get(axis).copied().unwrap_or(0);
        if s.wants(operand) && size > 0 {
            let mut starts = vec![0; dims.len()];
            if let Some(slot) = starts.get_mut(axis) {
                *slot = start;
            }
            let part = s.slice(&g, &starts, &dims);
            s.give(operand, part);
        }
        start += size;
    }
    Ok(())
}

pub(super) fn split(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let x = input(node, 0)?;
    if !s.wants(x) {
        return Ok(());
    }
    let x_type = s.value_type(node, x)?;
    let axis = axis_of(node, node.int("axis", 0), x_type.dims.len())?;
    let mut parts = Vec::new();
    for (output, gradient) in node.output.iter().zip(gradients) {
        if output.is_empty() {
            return Err(unsupported(node, "one of its outputs has no name"));
        }
        let dims = s.value_type(node, output)?.dims;
        parts.push(match gradient {
            Some(g) => g.clone(),
            None => s.zeros(&dims, x_type.element),
        });
    }
    let dx = s.concat(&parts, axis);
    s.give(x, dx);
    Ok(())
}

/// Blocks of channels become blocks of pixels; undone by the reverse permutation.
pub(super) fn depth_to_space(
    s: &mut Sweep<'_>,
    node: &Node,
    gradients: &[Option<String>],
) -> Outcome {
    let (x, Some(g)) = (input(node, 0)?, first(gradients)) else {
        return Ok(());
    };
    if s.wants(x) {
        let dims = s.value_type(node, x)?.dims;
        let block = node.int("blocksize", 1).max(1);
        let &[n, c, h, w] = dims.as_slice() else {
            return Err(damaged(node, "it does not have four dimensions"));
        };
        let channels = c / (block * block);
        let split = s.reshape(g, &[n, channels, h, block, w, block]);
        // DCR: channel = (row in block, column in block, channel); CRD: channel first.
        let order: [usize; 6] = if node.text("mode", "DCR") == "CRD" {
            [0, 1, 3, 5, 2, 4]
        } else {
            [0, 3, 5, 1, 2, 4]
        };
        let turned = s.transpose(&split, &order);
        let dx = s.reshape(&turned, &dims);
        s.give(x, dx);
    }
    Ok(())
}

pub(super) fn space_to_depth(
    s: &mut Sweep<'_>,
    node: &Node,
    gradients: &[Option<String>],
) -> Outcome {
    let (x, Some(g)) = (input(node, 0)?, first(gradients)) else {
        return Ok(());
    };
    if s.wants(x) {
        let dims = s.value_type(node, x)?.dims;
        let back = Node::new("DepthToSpace", &[g], &[])
            .with_int("blocksize", node.int("blocksize", 1))
            .with_text("mode", "DCR");
        let dx = s.push(back, s.element(g), &dims);
        s.give(x, dx);
    }
    Ok(())
}
