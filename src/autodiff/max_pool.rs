//! Maximum pools.
//!
//! Each window's gradient goes to the element that was its maximum, the first among equals.
//! The runtime can be asked for the positions of the maxima, but then pools dozens of times
//! slower, outside the layout of convolutions. For small windows the winners are found by
//! comparison instead: with `c_n = 1` where window element `n` is below the maximum, else 0, and
//! `G_n = g c_0 ... c_(n-1)`, element `n` of the window receives `G_n - G_(n+1)`, which is `g` for
//! the first maximum and 0 for the others.

use std::collections::HashSet;

use crate::onnx::{ElementType, Node, Tensor};

use super::AutodiffError;
use super::emit::unsupported;
use super::phased::{Made, Phased, Pick};
use super::phases::Phases;
use super::sweep::Sweep;
use super::window::Window;

/// Windows of more elements are left to the runtime's positions.
const MOST_COMPARED: i64 = 16;
/// Scale of the step that compares: 2^64 tells floats above 2^-40 apart, and does not overflow
/// below 2^64.
const STEP: f32 = 1.844_674_4e19;

pub(super) fn max_pool(
    s: &mut Sweep<'_>,
    node: &Node,
    gradients: &[Option<String>],
) -> Result<(), AutodiffError> {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let x_type = s.value_type(node, x)?;
    let dims = s.dims(g);
    let kernel = node.ints("kernel_shape").unwrap_or_default();
    let large = x_type.dims.get(2..).unwrap_or_default();
    let window = Window::of(node, kernel, large, dims.get(2..).unwrap_or_default())?;
    let axes: Vec<_> = (0..window.rank()).map(|i| window.axis(i)).collect();
    let inside = axes
        .iter()
        .all(|a| a.inside().iter().all(|&n| n == a.kernel));
    let small = window.kernel.iter().product::<i64>() <= MOST_COMPARED;
    let simple = axes.iter().all(|a| a.dilation == 1) && x_type.element == ElementType::F32;
    // Outside the image the comparison sees zeros. They never win over positive numbers, and
    // where the maximum is zero the rectifier before the pool lets nothing through.
    let comparable = small && simple && (inside || is_rectified(s, x));
    let made = if comparable {
        compare(
            s,
            x,
            node.output(0).unwrap_or_default(),
            g,
            &window,
            &x_type.dims,
        )
    } else {
        None
    };
    if let Some(made) = made {
        s.give_parts(x, made);
        return Ok(());
    }
    if node.int("storage_order", 0) != 0 {
        return Err(unsupported(node, "storage_order is column-major"));
    }
    let indices = s.extra_output(node, 1, ElementType::I64, &dims);
    // No element can win in two windows when they do not overlap.
    let apart = axes.iter().all(|a| a.stride > (a.kernel - 1) * a.dilation);
    let dx = scatter(s, &indices, g, &x_type.dims, !apart);
    s.give(x, dx);
    Ok(())
}

/// True when the value is nowhere negative and its gradient is not passed on where it is zero:
/// everything it is made of went through a rectifier.
fn is_rectified(s: &Sweep<'_>, value: &str) -> bool {
    let mut seen = HashSet::new();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        if !seen.insert(value) {
            continue;
        }
        let Some(node) = s.makers.get(value) else {
            return false;
        };
        let low = || s.constant_floats(node, 1).ok().flatten();
        match node.op() {
            "Relu" => {}
            "Clip" if low().is_some_and(|v| v.first() == Some(&0.0)) => {}
            "MaxPool" | "AveragePool" | "Identity" | "Dropout" => open.extend(node.input(0)),
            "Concat" | "Add" => open.extend(node.input.iter().map(String::as_str)),
            _ => return false,
        }
    }
    true
}

/// The gradient by comparison; `None` where a phase would need more of the image than there is.
fn compare(
    s: &mut Sweep<'_>,
    x: &str,
    y: &str,
    g: &str,
    window: &Window,
    dims: &[i64],
) -> Option<Made> {
    let (&[rows, columns], &[batch, channels, ..]) = (window.kernel.as_slice(), dims) else {
        return None;
    };
    let axes = [window.axis(0), window.axis(1)];
    let phases = [Phases::of(&axes[0]), Phases::of(&axes[1])];
    let fits = |p: &Phases| {
        p.list
            .iter()
            .all(|phase| phase.before >= 0 && phase.after >= 0)
    };
    if !phases.iter().all(fits) {
        return None;
    }
    let taps = rows * columns;
    // What is left for window element n and those after it.
    let mut left = vec![g.to_owned()];
    for tap in 0..taps - 1 {
        let at = [tap / columns, tap % columns];
        let axis = |i: usize| Pick {
            stride: axes[i].stride,
            offset: at[i] - axes[i].begin,
            count: axes[i].small,
        };
        let negative = s.pick(x, [axis(0), axis(1)], -1.0);
        let gap = s.add(&negative, y);
        let below = s.hard_sigmoid(&gap, STEP, 0.0);
        let rest = s.mul(left.last()?, &below);
        left.push(rest);
    }
    let counts = [phases[0].count, phases[1].count];
    let mut parts = Vec::new();
    for row in &phases[0].list {
        for column in &phases[1].list {
            let mut sum: Option<String> = None;
            for (n, value) in (0..).zip(&left) {
                // Element n receives G_n, element n - 1 gives it away.
                let place = |tap: i64| {
                    let r = row.taps.iter().position(|&k| k == tap / columns)?;
                    let c = column.taps.iter().position(|&k| k == tap % columns)?;
                    Some(r * column.taps.len() + c)
                };
                let mut plane = vec![0.0; row.taps.len() * column.taps.len()];
                for (tap, sign) in [(n, 1.0), (n - 1, -1.0)] {
                    if let Some(cell) = place(tap)
                        .filter(|_| tap >= 0)
                        .and_then(|i| plane.get_mut(i))
                    {
                        *cell += sign;
                    }
                }
                if plane.iter().all(|&v| v == 0.0) {
                    continue;
                }
                let shape = [channels, 1, row.taps.len() as i64, column.taps.len() as i64];
                let weights = s.constant(Tensor::from_f32(
                    "",
                    &shape,
                    &plane.repeat(channels as usize),
                ));
                let conv = Node::new("Conv", &[value, &weights], &[])
                    .with_ints("kernel_shape", &shape[2..])
                    .with_ints(
                        "pads",
                        &[row.before, column.before, row.after, column.after],
                    )
                    .with_int("group", channels);
                let placed = s.push(
                    conv,
                    ElementType::F32,
                    &[batch, channels, counts[0], counts[1]],
                );
                sum = Some(match sum {
                    Some(sum) => s.add(&placed, &sum),
                    None => placed,
                });
            }
            parts.push(match sum {
                Some(sum) => sum,
                None => s.zeros(&[batch, channels, counts[0], counts[1]], ElementType::F32),
            });
        }
    }
    let strides = [axes[0].stride, axes[1].stride];
    if strides == [1, 1] {
        return parts.pop().map(Made::Whole);
    }
    let skip = [phases[0].skip, phases[1].skip];
    Some(Made::Phased(Phased {
        parts,
        strides,
        skip,
        counts,
        dims: dims.to_vec(),
    }))
}

/// Adds the elements of `g` into zeros of shape `dims` at flat positions `indices`.
fn scatter(s: &mut Sweep<'_>, indices: &str, g: &str, dims: &[i64], overlap: bool) -> String {
    let element = s.element(g);
    let count: i64 = s.dims(g).iter().product();
    let flat = dims.iter().product();
    let zeros = s.zeros(&[flat], element);
    let indices = s.reshape(indices, &[count]);
    let updates = s.reshape(g, &[count]);
    let mut node =
        Node::new("ScatterElements", &[&zeros, &indices, &updates], &[]).with_int("axis", 0);
    if overlap {
        node = node.with_text("reduction", "add");
    }
    let placed = s.push(node, element, &[flat]);
    s.reshape(&placed, dims)
}
