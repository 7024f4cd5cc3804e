//! Operators that pick elements by position: Slice, Gather, `TopK`, Trilu, Pad. Most positions are
//! constants, so the reverse is a constant placement too.

use crate::onnx::{ElementType, Node};

use super::AutodiffError;
use super::emit::{axis_of, damaged, first, input, unsupported};
use super::sweep::Sweep;

type Outcome = Result<(), AutodiffError>;

impl Sweep<'_> {
    /// The transpose of picking elements along one axis: a value of size `size` along `axis`
    /// whose element `picks[i]` is the sum of elements `i` of `g`. `None` picks nothing.
    pub(super) fn place(
        &mut self,
        g: &str,
        axis: usize,
        picks: &[Option<i64>],
        size: i64,
    ) -> String {
        let count = picks.len() as i64;
        let rank = self.dims(g).len();
        // A contiguous block is padding.
        let start = picks.first().copied().flatten();
        if let Some(start) = start
            && picks
                .iter()
                .enumerate()
                .all(|(i, p)| *p == Some(start + i as i64))
        {
            let (mut before, mut after) = (vec![0; rank], vec![0; rank]);
            if let (Some(b), Some(a)) = (before.get_mut(axis), after.get_mut(axis)) {
                *b = start;
                *a = size - start - count;
            }
            return self.pad(g, &before, &after);
        }
        // Else each place looks up who comes there, in rounds where several do; element `count`
        // of the padded gradient is a zero for places that nobody comes to.
        let mut visitors: Vec<Vec<i64>> = vec![Vec::new(); size.max(0) as usize];
        for (i, pick) in picks.iter().enumerate() {
            if let Some(list) = pick.and_then(|p| visitors.get_mut(usize::try_from(p).ok()?)) {
                list.push(i as i64);
            }
        }
        let (before, mut after) = (vec![0; rank], vec![0; rank]);
        if let Some(slot) = after.get_mut(axis) {
            *slot = 1;
        }
        let padded = self.pad(g, &before, &after);
        let rounds = visitors.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let mut total: Option<String> = None;
        for round in 0..rounds {
            let indices: Vec<i64> = visitors
                .iter()
                .map(|v| v.get(round).copied().unwrap_or(count))
                .collect();
            let indices = self.ints(&indices);
            let mut dims = self.dims(g);
            if let Some(slot) = dims.get_mut(axis) {
                *slot = size;
            }
            let node = Node::new("Gather", &[&padded, &indices], &[]).with_int("axis", axis as i64);
            let part = self.push(node, self.element(g), &dims);
            total = Some(match total {
                Some(sum) => self.add(&sum, &part),
                None => part,
            });
        }
        total.unwrap_or(padded)
    }
}

pub(super) fn slice(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let dims = s.value_type(node, x)?.dims;
    let small = s.dims(g);
    let list = |index| s.constant_ints(node, index);
    let (Some(starts), steps) = (list(1)?, list(4)?) else {
        return Err(damaged(node, "it has no starts"));
    };
    let axes = list(3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let mut dx = g.to_owned();
    for (i, (&start, &axis)) in starts.iter().zip(&axes).enumerate() {
        let axis = axis_of(node, axis, dims.len())?;
        let step = steps.as_ref().and_then(|s| s.get(i).copied()).unwrap_or(1);
        let (size, count) = (
            dims.get(axis).copied().unwrap_or(1),
            small.get(axis).copied().unwrap_or(1),
        );
        let start = if start < 0 {
            start.saturating_add(size)
        } else {
            start
        };
        // Out of range starts are clamped to the first or last element (to one past it going up).
        let start = if step > 0 {
            start.clamp(0, size)
        } else {
            start.clamp(0, size - 1)
        };
        let picks: Vec<Option<i64>> = (0..count).map(|k| Some(start + k * step)).collect();
        dx = s.place(&dx, axis, &picks, size);
    }
    s.give(x, dx);
    Ok(())
}

/// Gather with constant indices.
pub(super) fn gather(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let (x, indices, Some(g)) = (input(node, 0)?, input(node, 1)?, first(gradients)) else {
        return Ok(());
    };
    if !s.wants(x) {
        return Ok(());
    }
    let dims = s.value_type(node, x)?.dims;
    let axis = axis_of(node, node.int("axis", 0), dims.len())?;
    let Some(list) = s.constant_ints(node, 1)? else {
        return Err(damaged(node, "it has no indices"));
    };
    let size = dims.get(axis).copied().unwrap_or(1);
    let inside = |i: i64| if i < 0 { i + size } else { i };
    let picks: Vec<Option<i64>> = list.iter().map(|&i| Some(inside(i))).collect();
    if picks.iter().flatten().any(|p| !(0..size).contains(p)) {
        return Err(damaged(node, &format!("{indices:?} points outside")));
    }
    // The dimensions of the indices stand where the axis was: make them one.
    let mut flat = dims.clone();
    if let Some(slot) = flat.get_mut(axis) {
        *slot = picks.len() as i64;
    }
    let g = s.reshape(g, &flat);
    let dx = s.place(&g, axis, &picks, size);
    s.give(x, dx);
    Ok(())
}

/// `GatherND` and `GatherElements`: the positions may come from anywhere, what they point at is
/// added up there.
pub(super) fn gather_at(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let (x, indices, Some(g)) = (input(node, 0)?, input(node, 1)?, first(gradients)) else {
        return Ok(());
    };
    if !s.wants(x) {
        return Ok(());
    }
    let x_type = s.value_type(node, x)?;
    let zeros = s.zeros(&x_type.dims, x_type.element);
    let inputs = [zeros.as_str(), indices, g];
    let back = if node.op() == "GatherND" {
        if node.int("batch_dims", 0) != 0 {
            return Err(unsupported(node, "it has batch dimensions"));
        }
        Node::new("ScatterND", &inputs, &[])
    } else {
        Node::new("ScatterElements", &inputs, &[]).with_int("axis", node.int("axis", 0))
    };
    let dx = s.push(
        back.with_text("reduction", "add"),
        x_type.element,
        &x_type.dims,
    );
    s.give(x, dx);
    Ok(())
}

/// `ScatterND` and `ScatterElements` without a reduction: places that are overwritten pass
/// nothing, the updates get what lies where they went.
pub(super) fn scatter(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let (x, indices, updates) = (input(node, 0)?, input(node, 1)?, input(node, 2)?);
    let Some(g) = first(gradients) else {
        return Ok(());
    };
    if node.text("reduction", "none") != "none" {
        return Err(unsupported(node, "it adds to what is there"));
    }
    let new_type = s.value_type(node, updates)?;
    let by_element = node.op() == "ScatterElements";
    if s.wants(x) {
        let dims = s.dims(g);
        let zeros = s.zeros(&new_type.dims, new_type.element);
        let mut back = Node::new(node.op(), &[g, indices, &zeros], &[]);
        if by_element {
            back = back.with_int("axis", node.int("axis", 0));
        }
        let dx = s.push(back, new_type.element, &dims);
        s.give(x, dx);
    }
    if s.wants(updates) {
        let back = if by_element {
            Node::new("GatherElements", &[g, indices], &[]).with_int("axis", node.int("axis", 0))
        } else {
            Node::new("GatherND", &[g, indices], &[])
        };
        let du = s.push(back, new_type.element, &new_type.dims);
        s.give(updates, du);
    }
    Ok(())
}

/// The largest elements along a dimension: what comes back goes where they were.
pub(super) fn top_k(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let x_type = s.value_type(node, x)?;
    let dims = s.dims(g);
    let places = s.extra_output(node, 1, ElementType::I64, &dims);
    let zeros = s.zeros(&x_type.dims, x_type.element);
    let back = Node::new("ScatterElements", &[&zeros, &places, g], &[])
        .with_int("axis", node.int("axis", -1));
    let dx = s.push(back, x_type.element, &x_type.dims);
    s.give(x, dx);
    Ok(())
}

/// The way back picks up what was put in its place.
pub(super) fn max_unpool(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let x_type = s.value_type(node, x)?;
    let places = input(node, 1)?;
    let count = s.dims(g).iter().product();
    let flat = s.reshape(g, &[count]);
    let picked = Node::new("Gather", &[&flat, places], &[]).with_int("axis", 0);
    let dx = s.push(picked, x_type.element, &x_type.dims);
    s.give(x, dx);
    Ok(())
}

/// The upper or lower triangle of matrices: the same triangle of the gradient.
pub(super) fn triangle(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let inputs: Vec<&str> = [Some(g), node.input(1)].into_iter().flatten().collect();
    let same = Node::new("Trilu", &inputs, &[]).with_int("upper", node.int("upper", 1));
    let dims = s.dims(g);
    let dx = s.push(same, s.element(g), &dims);
    s.give(x, dx);
    Ok(())
}

/// Pad in all modes; negative pads cut away.
pub(super) fn pad(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let dims = s.value_type(node, x)?.dims;
    let Some(pads) = s.constant_ints(node, 1)? else {
        return Err(damaged(node, "it has no pads"));
    };
    let axes = match s.constant_ints(node, 3)? {
        Some(axes) => axes
            .into_iter()
            .map(|a| axis_of(node, a, dims.len()))
            .collect::<Result<Vec<_>, _>>()?,
        None => (0..dims.len()).collect(),
    };
    if pads.len() != 2 * axes.len() {
        return Err(damaged(node, "its pads do not fit its dimensions"));
    }
    let mode = node.text("mode", "constant").to_owned();
    let mut dx = g.to_owned();
    for (i, &axis) in axes.iter().enumerate() {
        let before = pads.get(i).copied().unwrap_or(0);
        let after = pads.get(axes.len() + i).copied().unwrap_or(0);
        if before == 0 && after == 0 {
            continue;
        }
        let size = dims.get(axis).copied().unwrap_or(1);
        let picks: Vec<Option<i64>> = (-before..size + after)
            .map(|at| match mode.as_str() {
                "edge" => Ok(Some(at.clamp(0, size - 1))),
                "wrap" => Ok(Some(at.rem_euclid(size.max(1)))),
                "reflect" => Ok(Some(reflect(at, size))),
                "constant" => Ok((0..size).contains(&at).then_some(at)),
                other => Err(unsupported(node, &format!("its mode is {other:?}"))),
            })
            .collect::<Result<_, _>>()?;
        dx = if mode == "constant" {
            let (mut b, mut a) = (vec![0; dims.len()], vec![0; dims.len()]);
            if let (Some(b), Some(a)) = (b.get_mut(axis), a.get_mut(axis)) {
                *b = -before;
                *a = -after;
            }
            s.pad(&dx, &b, &a)
        } else {
            s.place(&dx, axis, &picks, size)
        };
    }
    s.give(x, dx);
    Ok(())
}

/// The position in `0..size` that a mirror at both ends shows at `at`; ends are not repeated.
fn reflect(at: i64, size: i64) -> i64 {
    if size <= 1 {
        return 0;
    }
    let period = 2 * (size - 1);
    let at = at.rem_euclid(period);
    if at < size { at } else { period - at }
}
