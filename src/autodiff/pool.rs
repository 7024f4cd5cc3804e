//! Pools: maximum and average, windowed and global.

use crate::onnx::{ElementType, Node};

use super::AutodiffError;
use super::phases::Kernel;
use super::sweep::Sweep;
use super::window::Window;

type Outcome = Result<(), AutodiffError>;

/// An average pool is linear: its transpose spreads each window's gradient, divided by what the
/// window was divided by, over the window.
pub(super) fn average_pool(
    s: &mut Sweep<'_>,
    node: &Node,
    gradients: &[Option<String>],
) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let x_type = s.value_type(node, x)?;
    let small = s.dims(g);
    let kernel = node.ints("kernel_shape").unwrap_or_default();
    let window = Window::of(
        node,
        kernel,
        x_type.dims.get(2..).unwrap_or_default(),
        small.get(2..).unwrap_or_default(),
    )?;
    let element = s.element(g);
    let shared = divided(s, node, g, &window, element);
    let rank = window.rank();
    let axes: Vec<_> = (0..rank).map(|i| window.axis(i)).collect();
    let tiles = axes.iter().all(|a| {
        a.kernel == a.stride && a.dilation == 1 && a.begin == 0 && a.small * a.stride == a.large
    });
    let back: Vec<(i64, i64)> = axes
        .iter()
        .map(|a| {
            let before = a.kernel - 1 - a.begin;
            (before, a.large - a.small - before + a.kernel - 1)
        })
        .collect();
    let fits = back
        .iter()
        .zip(&axes)
        .all(|(&(b, e), a)| (0..a.kernel).contains(&b) && (0..a.kernel).contains(&e));
    let dx = if tiles {
        repeat(
            s,
            &shared,
            &axes.iter().map(|a| a.stride).collect::<Vec<_>>(),
        )
    } else if window.is_dense() && axes.iter().all(|a| a.dilation == 1) && fits {
        // Its own transpose, up to the divisor: `count_include_pad` makes that the whole kernel.
        let area: i64 = window.kernel.iter().product();
        let pads: Vec<i64> = back
            .iter()
            .map(|p| p.0)
            .chain(back.iter().map(|p| p.1))
            .collect();
        let scaled = s.scale(&shared, area as f64);
        let pool = Node::new("AveragePool", &[&scaled], &[])
            .with_ints("kernel_shape", &window.kernel)
            .with_ints("strides", &vec![1; rank])
            .with_ints("pads", &pads)
            .with_int("count_include_pad", 1);
        s.push(pool, element, &x_type.dims)
    } else {
        let channels = small.get(1).copied().unwrap_or(1);
        let area: i64 = window.kernel.iter().product();
        let values = vec![1.0; (channels * area) as usize];
        let kernel = Kernel {
            out: channels,
            per_group: 1,
            groups: channels,
            values,
        };
        let dx = s.transposed_convolution(&shared, &kernel, &window);
        s.give_parts(x, dx);
        return Ok(());
    };
    s.give(x, dx);
    Ok(())
}

/// The gradient divided by what each window was divided by. Where windows reach over the border
/// runtimes disagree on the divisor, so the pool itself is asked, on ones.
fn divided(
    s: &mut Sweep<'_>,
    node: &Node,
    g: &str,
    window: &Window,
    element: ElementType,
) -> String {
    let axes: Vec<_> = (0..window.rank()).map(|i| window.axis(i)).collect();
    let area: i64 = window.kernel.iter().product();
    let inside = axes
        .iter()
        .all(|a| a.inside().iter().all(|&n| n == a.kernel));
    let padded =
        node.int("count_include_pad", 0) == 1 && !axes.iter().any(super::window::Axis::overhangs);
    if inside || padded {
        return s.scale(g, 1.0 / area.max(1) as f64);
    }
    let mut dims = vec![1, 1];
    dims.extend(&window.large);
    let one = s.scalar(1.0, element);
    let ones = s.expand(&one, &dims);
    let mut pool = node.clone();
    pool.input = vec![ones];
    let mut small = vec![1, 1];
    small.extend(&window.small);
    let shares = s.push(pool, element, &small);
    let mut counts = vec![1.0];
    for axis in &axes {
        let inside = axis.inside();
        counts = counts
            .iter()
            .flat_map(|c| inside.iter().map(move |&n| c * n.max(1) as f64))
            .collect();
    }
    let inverse: Vec<f64> = counts.iter().map(|c| 1.0 / c).collect();
    let inverse = s.floats(&small, &inverse, element);
    let factor = s.mul(&shares, &inverse);
    s.mul(g, &factor)
}

/// Repeats each element `times[i]` times along spatial dimension `i`.
fn repeat(s: &mut Sweep<'_>, x: &str, times: &[i64]) -> String {
    let dims = s.dims(x);
    let mut split = dims.get(..2).unwrap_or_default().to_vec();
    let (mut wide, mut result) = (split.clone(), split.clone());
    for (&n, &t) in dims.iter().skip(2).zip(times) {
        split.extend([n, 1]);
        wide.extend([n, t]);
        result.push(n * t);
    }
    let split = s.reshape(x, &split);
    let wide = s.expand(&split, &wide);
    s.reshape(&wide, &result)
}

pub(super) fn global_average_pool(
    s: &mut Sweep<'_>,
    node: &Node,
    gradients: &[Option<String>],
) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let dims = s.value_type(node, x)?.dims;
    let area: i64 = dims.iter().skip(2).product();
    let share = s.scale(g, 1.0 / area.max(1) as f64);
    let dx = s.expand(&share, &dims);
    s.give(x, dx);
    Ok(())
}

/// As a maximum pool over everything: the first among equals.
pub(super) fn global_max_pool(
    s: &mut Sweep<'_>,
    node: &Node,
    gradients: &[Option<String>],
) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let dims = s.value_type(node, x)?.dims;
    let planes: i64 = dims.iter().take(2).product();
    let area: i64 = dims.iter().skip(2).product();
    let flat = s.reshape(x, &[planes, area]);
    let best = Node::new("ArgMax", &[&flat], &[])
        .with_int("axis", 1)
        .with_int("keepdims", 1);
    let best = s.push(best, ElementType::I64, &[planes, 1]);
    let updates = s.reshape(g, &[planes, 1]);
    let element = s.element(g);
    let zeros = s.zeros(&[planes, area], element);
    let node = Node::new("ScatterElements", &[&zeros, &best, &updates], &[]).with_int("axis", 1);
    let placed = s.push(node, element, &[planes, area]);
    let dx = s.reshape(&placed, &dims);
    s.give(x, dx);
    Ok(())
}
