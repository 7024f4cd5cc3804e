//! `Col2Im`: windows laid out in columns, added up to a picture.

use crate::onnx::{ElementType, Node};

use super::AutodiffError;
use super::emit::{damaged, unsupported};
use super::sweep::Sweep;

/// The way back cuts the windows out again: a convolution with one kernel for each place of a
/// window, 1 there and 0 elsewhere.
pub(super) fn col2im(
    s: &mut Sweep<'_>,
    node: &Node,
    gradients: &[Option<String>],
) -> Result<(), AutodiffError> {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let columns = s.value_type(node, x)?;
    let kernel = s.constant_ints(node, 2)?;
    let kernel = kernel.ok_or_else(|| damaged(node, "it has no window"))?;
    let (&[n, c], sides) = s
        .dims(g)
        .split_first_chunk::<2>()
        .map(|(first, sides)| (first, sides.to_vec()))
        .ok_or_else(|| damaged(node, "it has no channels"))?;
    let area: i64 = kernel.iter().product();
    if !(1..=1 << 12).contains(&area) || sides.len() != kernel.len() {
        return Err(unsupported(node, "its windows are so large"));
    }
    let side = area as usize;
    let mut ones = vec![0.0; side * side];
    ones.iter_mut().step_by(side + 1).for_each(|v| *v = 1.0);
    let shape = [&[area, 1], kernel.as_slice()].concat();
    let weights = s.floats(&shape, &ones, ElementType::F32);
    let each = s.reshape(g, &[&[n * c, 1], sides.as_slice()].concat());
    let mut cut = Node::new("Conv", &[&each, &weights], &[]).with_ints("kernel_shape", &kernel);
    for name in ["dilations", "pads", "strides"] {
        cut.attribute.extend(node.attribute(name).cloned());
    }
    let count = columns.dims.last().copied().unwrap_or(1);
    let windows = s.push(cut, columns.element, &[n * c, area, count, 1]);
    let dx = s.reshape(&windows, &columns.dims);
    s.give(x, dx);
    Ok(())
}
