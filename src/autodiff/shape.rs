//! Operators that move elements without changing them.

use crate::onnx::Node;

use super::AutodiffError;
use super::emit::{axis_of, damaged, first, input, unsupported};
use super::sweep::Sweep;

type Outcome = Result<(), AutodiffError>;

/// Reshape, Flatten, Squeeze, Unsqueeze: the same elements in the same order.
pub(super) fn reshape(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let dims = s.value_type(node, x)?.dims;
    let dx = s.reshape(g, &dims);
    s.give(x, dx);
    Ok(())
}

pub(super) fn transpose(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
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
    Ok(())
}

/// Expand: a sum over the dimensions in which the value was repeated.
pub(super) fn expand(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let dims = s.value_type(node, x)?.dims;
    let dx = s.unbroadcast(g, &dims);
    s.give(x, dx);
    Ok(())
}

pub(super) fn tile(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
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
            let part = if axis == 1 {
                s.channels(&g, start, size, 0)
            } else {
                s.slice(&g, &starts, &dims)
            };
            s.give(operand, part);
        }
        start += size;
    }
    Ok(())
}

impl Sweep<'_> {
    /// Channels `start..start + count` of a gradient. Cutting channels out of an image costs two
    /// changes of layout, so where the gradient was made by a convolution that one is asked for
    /// these channels only, and the whole is never computed.
    fn channels(&mut self, g: &str, start: i64, count: i64, depth: usize) -> String {
        let mut dims = self.dims(g);
        let mut starts = vec![0; dims.len()];
        if let (Some(first), Some(size)) = (starts.get_mut(1), dims.get_mut(1)) {
            *first = start;
            *size = count;
        }
        let maker = self
            .nodes
            .iter()
            .rev()
            .find(|n| n.output(0) == Some(g))
            .cloned();
        match maker {
            Some(node)
                if node.op() == "Add"
                    && depth < 32
                    && node.input.iter().all(|i| self.dims(i) == self.dims(g)) =>
            {
                let parts: Vec<String> = node
                    .input
                    .iter()
                    .map(|i| self.channels(i, start, count, depth + 1))
                    .collect();
                match parts.as_slice() {
                    [a, b] => self.add(a, b),
                    _ => self.slice(g, &starts, &dims),
                }
            }
            Some(node) if node.op() == "Conv" && node.int("group", 1) == 1 => {
                match self.some_outputs(node.input(1).unwrap_or_default(), start, count) {
                    Some(weights) => {
                        let mut part = node.clone();
                        if let Some(slot) = part.input.get_mut(1) {
                            *slot = weights;
                        }
                        let element = self.element(g);
                        self.push(part, element, &dims)
                    }
                    None => self.slice(g, &starts, &dims),
                }
            }
            _ => self.slice(g, &starts, &dims),
        }
    }

    /// The part of an appended kernel that makes output channels `start..start + count`.
    fn some_outputs(&mut self, weights: &str, start: i64, count: i64) -> Option<String> {
        let tensor = self
            .initializers
            .iter()
            .rev()
            .find(|t| t.name() == weights)?;
        let mut dims = tensor.dims.clone();
        let outputs = dims.first_mut()?;
        let values = tensor.to_f32().ok()?;
        let each = values.len() / usize::try_from(*outputs).ok().filter(|&n| n > 0)?;
        let from = usize::try_from(start).ok()? * each;
        *outputs = count;
        let part = values.get(from..from + usize::try_from(count).ok()? * each)?;
        let part = crate::onnx::Tensor::from_f32("", &dims, part);
        Some(self.constant(part))
    }
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
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
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
    Ok(())
}

pub(super) fn space_to_depth(
    s: &mut Sweep<'_>,
    node: &Node,
    gradients: &[Option<String>],
) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let dims = s.value_type(node, x)?.dims;
    let back = Node::new("DepthToSpace", &[g], &[])
        .with_int("blocksize", node.int("blocksize", 1))
        .with_text("mode", "DCR");
    let dx = s.push(back, s.element(g), &dims);
    s.give(x, dx);
    Ok(())
}
