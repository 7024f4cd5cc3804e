//! Reductions over dimensions.

use crate::onnx::Node;

use super::AutodiffError;
use super::emit::{axis_of, first, input, unsupported};
use super::sweep::Sweep;

type Outcome = Result<(), AutodiffError>;

/// A reduction's parts: its input, its result and gradient with the reduced dimensions kept.
struct Reduction {
    x: String,
    dims: Vec<i64>,
    y: String,
    g: String,
    axes: Vec<usize>,
}

/// The axes, from the attribute (to opset 17) or the input (from 18, `ReduceSum` from 13).
fn axes(s: &Sweep<'_>, node: &Node, rank: usize) -> Result<Vec<usize>, AutodiffError> {
    let listed = match node.ints("axes") {
        Some(axes) => Some(axes.to_vec()),
        None => s.constant_ints(node, 1)?,
    };
    match listed.filter(|a| !a.is_empty()) {
        Some(axes) => axes.into_iter().map(|a| axis_of(node, a, rank)).collect(),
        None if node.int("noop_with_empty_axes", 0) == 1 => Ok(Vec::new()),
        None => Ok((0..rank).collect()),
    }
}

fn open(
    s: &mut Sweep<'_>,
    node: &Node,
    gradients: &[Option<String>],
) -> Result<Option<Reduction>, AutodiffError> {
    let (x, Some(g)) = (input(node, 0)?, first(gradients)) else {
        return Ok(None);
    };
    if !s.wants(x) {
        return Ok(None);
    }
    let dims = s.value_type(node, x)?.dims;
    let axes = axes(s, node, dims.len())?;
    let kept: Vec<i64> = dims
        .iter()
        .enumerate()
        .map(|(i, &d)| if axes.contains(&i) { 1 } else { d })
        .collect();
    let y = s.reshape(node.output(0).unwrap_or_default(), &kept);
    let g = s.reshape(g, &kept);
    Ok(Some(Reduction {
        x: x.to_owned(),
        dims,
        y,
        g,
        axes,
    }))
}

/// Calls `derivative(s, x, y)` for the factor of the spread gradient.
fn times(
    s: &mut Sweep<'_>,
    node: &Node,
    gradients: &[Option<String>],
    derivative: impl FnOnce(&mut Sweep<'_>, &Reduction) -> String,
) -> Outcome {
    if let Some(r) = open(s, node, gradients)? {
        let factor = derivative(s, &r);
        let dx = s.mul(&factor, &r.g);
        s.give(&r.x, dx);
    }
    Ok(())
}

pub(super) fn sum(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    if let Some(r) = open(s, node, gradients)? {
        let dx = s.expand(&r.g, &r.dims);
        s.give(&r.x, dx);
    }
    Ok(())
}

pub(super) fn mean(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    if let Some(r) = open(s, node, gradients)? {
        let count: i64 = r.axes.iter().filter_map(|&a| r.dims.get(a)).product();
        let share = s.scale(&r.g, 1.0 / count.max(1) as f64);
        let dx = s.expand(&share, &r.dims);
        s.give(&r.x, dx);
    }
    Ok(())
}

/// `ReduceMax` and `ReduceMin`: ties share equally, as in `torch.amax`.
pub(super) fn extreme(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, r| {
        let hits = s.compare("Equal", &r.x, &r.y);
        let count = s.sum_over(&hits, &r.axes);
        s.div(&hits, &count)
    })
}

pub(super) fn l1(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, r| s.unary("Sign", &r.x))
}

/// `x / y`, 0 where the norm is 0, as in PyTorch.
pub(super) fn l2(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, r| {
        let one = s.scalar(1.0, s.element(&r.y));
        let mask = s.above(&r.y, 0.0);
        let gap = s.sub(&one, &mask);
        let safe = s.add(&r.y, &gap);
        s.div(&r.x, &safe)
    })
}

pub(super) fn sum_square(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, r| s.scale(&r.x, 2.0))
}

/// `ReduceLogSum`: `1 / sum`, and the sum is `exp y`.
pub(super) fn log_sum(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    if let Some(r) = open(s, node, gradients)? {
        let negative = s.unary("Neg", &r.y);
        let inverse = s.unary("Exp", &negative);
        let share = s.mul(&inverse, &r.g);
        let dx = s.expand(&share, &r.dims);
        s.give(&r.x, dx);
    }
    Ok(())
}

pub(super) fn log_sum_exp(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, r| {
        let offset = s.sub(&r.x, &r.y);
        s.unary("Exp", &offset)
    })
}

/// Most factors of a product: each costs three operators.
const MOST_FACTORS: usize = 512;

/// The product of all other elements, also where some are 0: those before times those after.
pub(super) fn product(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let Some(r) = open(s, node, gradients)? else {
        return Ok(());
    };
    // The reduced dimensions go last and become one.
    let kept = (0..r.dims.len()).filter(|i| !r.axes.contains(i));
    let order: Vec<usize> = kept.chain(r.axes.iter().copied()).collect();
    let count: i64 = r.axes.iter().filter_map(|&a| r.dims.get(a)).product();
    let factors = usize::try_from(count).unwrap_or(usize::MAX);
    if factors > MOST_FACTORS {
        return Err(unsupported(node, "it multiplies so many numbers"));
    }
    let turned = s.transpose(&r.x, &order);
    let turned_dims = s.dims(&turned);
    let outer = turned_dims.iter().product::<i64>() / count.max(1);
    let flat = s.reshape(&turned, &[outer, count]);
    let column = |s: &mut Sweep<'_>, i: usize| s.slice(&flat, &[0, i as i64], &[outer, 1]);
    let one = s.scalar(1.0, s.element(&r.x));
    let one = s.expand(&one, &[outer, 1]);
    let mut before = vec![one.clone()];
    for i in 0..factors.saturating_sub(1) {
        let factor = column(s, i);
        let so_far = before.last().cloned().unwrap_or_else(|| one.clone());
        before.push(s.mul(&so_far, &factor));
    }
    let mut after = one;
    let mut others = Vec::new();
    for i in (0..factors).rev() {
        let first = before.get(i).cloned().unwrap_or_default();
        others.push(s.mul(&first, &after));
        let factor = column(s, i);
        after = s.mul(&after, &factor);
    }
    others.reverse();
    let joined = s.concat(&others, 1);
    let shaped = s.reshape(&joined, &turned_dims);
    let mut back = vec![0; order.len()];
    for (to, &from) in order.iter().enumerate() {
        if let Some(slot) = back.get_mut(from) {
            *slot = to;
        }
    }
    let factor = s.transpose(&shaped, &back);
    let dx = s.mul(&factor, &r.g);
    s.give(&r.x, dx);
    Ok(())
}

/// Running sums: each element counts in all sums from its own on, so the sums run the other way.
pub(super) fn cumulative_sum(
    s: &mut Sweep<'_>,
    node: &Node,
    gradients: &[Option<String>],
) -> Outcome {
    let (x, axis, Some(g)) = (input(node, 0)?, input(node, 1)?, first(gradients)) else {
        return Ok(());
    };
    if s.wants(x) {
        let back = Node::new("CumSum", &[g, axis], &[])
            .with_int("exclusive", node.int("exclusive", 0))
            .with_int("reverse", 1 - node.int("reverse", 0).clamp(0, 1));
        let dims = s.dims(g);
        let dx = s.push(back, s.element(g), &dims);
        s.give(x, dx);
    }
    Ok(())
}
