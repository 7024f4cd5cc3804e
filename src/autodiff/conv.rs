//! Conv and `ConvTranspose`, of any number of spatial dimensions.

use crate::onnx::{ElementType, Node, Tensor};

use super::AutodiffError;
use super::emit::{damaged, first, input, unsupported};
use super::phases::Kernel;
use super::sweep::Sweep;
use super::window::Window;

type Outcome = Result<(), AutodiffError>;

pub(super) fn conv(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let (x, w, Some(g)) = (input(node, 0)?, input(node, 1)?, first(gradients)) else {
        return Ok(());
    };
    if node.input(2).is_some_and(|b| s.wants(b)) {
        let g = s.whole(g);
        bias(s, node, &g);
    }
    if s.wants(w) || !is_constant(s, w) {
        let g = s.whole(g);
        return super::dynamic_kernel::conv(s, node, &g);
    }
    if !s.wants(x) {
        return Ok(());
    }
    let large = s.value_type(node, x)?.dims;
    let small = s.dims(g);
    let groups = node.int("group", 1).max(1);
    let (dims, values) = weight(s, node, w)?;
    let (&[m, per_group], kernel) = split(node, &dims)?;
    let window = Window::of(
        node,
        kernel,
        large.get(2..).unwrap_or_default(),
        small.get(2..).unwrap_or_default(),
    )?;
    if m % groups != 0 {
        return Err(damaged(node, "its channels do not divide into its groups"));
    }
    let area: i64 = kernel.iter().product();
    let values = swap_channels(&values, groups, m / groups, per_group, area);
    let kernel = Kernel {
        out: per_group * groups,
        per_group: m / groups,
        groups,
        values,
    };
    // A pointwise convolution works on each phase alone. Putting the phases together is cheaper
    // on the side with fewer channels.
    let pointwise = area == 1 && groups == 1 && window.is_plain() && kernel.out <= m;
    if pointwise && let Some(phased) = s.phased.get(g).cloned() {
        let dx = phased.map(large, |part, _| s.pointwise(part, &kernel));
        s.give_phased(x, dx);
        return Ok(());
    }
    let g = s.whole(g);
    let dx = s.transposed_convolution(&g, &kernel, &window);
    s.give_parts(x, dx);
    Ok(())
}

/// The transpose of a transposed convolution is a plain one.
pub(super) fn conv_transpose(
    s: &mut Sweep<'_>,
    node: &Node,
    gradients: &[Option<String>],
) -> Outcome {
    let (x, w, Some(g)) = (input(node, 0)?, input(node, 1)?, first(gradients)) else {
        return Ok(());
    };
    bias(s, node, g);
    if s.wants(w) {
        return Err(unsupported(node, "its kernel depends on the picture"));
    }
    if !s.wants(x) {
        return Ok(());
    }
    let small = s.value_type(node, x)?.dims;
    let large = s.dims(g);
    let (dims, values) = weight(s, node, w)?;
    let (_, kernel) = split(node, &dims)?;
    let rank = kernel.len();
    let mut plain = node.clone();
    let begin = transpose_begin(
        node,
        kernel,
        small.get(2..).unwrap_or_default(),
        large.get(2..).unwrap_or_default(),
    )?;
    plain.take_attribute("auto_pad");
    plain.take_attribute("pads");
    let plain = plain.with_ints("pads", &[begin.clone(), vec![0; rank]].concat());
    let window = Window::of(
        &plain,
        kernel,
        large.get(2..).unwrap_or_default(),
        small.get(2..).unwrap_or_default(),
    )?;
    let mut cut_before = vec![0, 0];
    let mut cut_after = vec![0, 0];
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for i in 0..rank {
        let a = window.axis(i);
        let end = (a.small - 1) * a.stride + (a.kernel - 1) * a.dilation + 1 - a.large - a.begin;
        before.push(a.begin.max(0));
        after.push(end.max(0));
        cut_before.push(a.begin.min(0));
        cut_after.push(end.min(0));
    }
    let source = s.pad(g, &cut_before, &cut_after);
    let weight = s.constant(Tensor::from_f32("", &dims, &values));
    let conv = Node::new("Conv", &[&source, &weight], &[])
        .with_ints("kernel_shape", kernel)
        .with_ints("strides", &window.strides)
        .with_ints("dilations", &window.dilations)
        .with_ints("pads", &[before, after].concat())
        .with_int("group", node.int("group", 1));
    let dx = s.push(conv, ElementType::F32, &small);
    s.give(x, dx);
    Ok(())
}

/// Padding before the first element of a transposed convolution's output (ONNX `ConvTranspose`).
fn transpose_begin(
    node: &Node,
    kernel: &[i64],
    small: &[i64],
    large: &[i64],
) -> Result<Vec<i64>, AutodiffError> {
    let rank = kernel.len();
    let list = |name: &str, default: i64| {
        node.ints(name)
            .filter(|v| v.len() == rank)
            .map_or_else(|| vec![default; rank], <[i64]>::to_vec)
    };
    let (strides, dilations, extra) = (
        list("strides", 1),
        list("dilations", 1),
        list("output_padding", 0),
    );
    let auto = node.text("auto_pad", "NOTSET");
    let fixed =
        node.ints("output_shape").is_some_and(|v| !v.is_empty()) || auto.starts_with("SAME");
    if !fixed {
        let pads = node.ints("pads").filter(|p| p.len() == 2 * rank);
        let begin = pads
            .and_then(|p| p.get(..rank))
            .map_or_else(|| vec![0; rank], <[i64]>::to_vec);
        return Ok(if auto == "VALID" {
            vec![0; rank]
        } else {
            begin
        });
    }
    let axis = |i: usize| -> Option<i64> {
        let reach = (kernel.get(i)? - 1) * dilations.get(i)? + 1;
        let total =
            (strides.get(i)? * (small.get(i)? - 1) + extra.get(i)? + reach - large.get(i)?).max(0);
        Some(if auto == "SAME_UPPER" {
            total / 2
        } else {
            total - total / 2
        })
    };
    (0..rank)
        .map(axis)
        .collect::<Option<_>>()
        .ok_or_else(|| damaged(node, "its shapes do not fit"))
}

fn bias(s: &mut Sweep<'_>, node: &Node, g: &str) {
    if let Some(b) = node.input(2).filter(|b| s.wants(b)) {
        let dims = s.dims(g);
        let axes: Vec<usize> = (0..dims.len()).filter(|&a| a != 1).collect();
        let sum = s.sum_over(g, &axes);
        let channels = dims.get(1).copied().unwrap_or(1);
        let db = s.reshape(&sum, &[channels]);
        s.give(b, db);
    }
}

/// Output channels, input channels per group, and the spatial sizes.
fn split<'d>(node: &Node, dims: &'d [i64]) -> Result<(&'d [i64; 2], &'d [i64]), AutodiffError> {
    dims.split_first_chunk::<2>()
        .filter(|(_, kernel)| !kernel.is_empty())
        .ok_or_else(|| damaged(node, &format!("its kernel is of shape {dims:?}")))
}

/// True where [`weight`] can read the kernel.
fn is_constant(s: &Sweep<'_>, name: &str) -> bool {
    let maker = s.makers.get(name).map(|maker| maker.op());
    s.constants.contains_key(name) || maker == Some("DequantizeLinear")
}

/// The shape and values of a constant kernel, also where it is stored in 8 bits.
fn weight(s: &Sweep<'_>, node: &Node, name: &str) -> Result<(Vec<i64>, Vec<f32>), AutodiffError> {
    if let Some(tensor) = s.constants.get(name) {
        let values = tensor.to_f32().map_err(|e| damaged(node, &e.to_string()))?;
        return Ok((tensor.dims.clone(), values));
    }
    let maker = s.makers.get(name).filter(|m| m.op() == "DequantizeLinear");
    let Some(maker) = maker else {
        return Err(unsupported(node, "its kernel is not a constant"));
    };
    let floats = |index| s.constant_floats(maker, index);
    let (Some(values), Some(scale)) = (floats(0)?, floats(1)?) else {
        return Err(damaged(maker, "it lacks a scale"));
    };
    let zero = floats(2)?.unwrap_or_else(|| vec![0.0; scale.len()]);
    let dims = s.dims(name);
    let axis = super::emit::axis_of(maker, maker.int("axis", 1), dims.len().max(1))?;
    let inner: i64 = dims.iter().skip(axis + 1).product();
    let size = dims.get(axis).copied().unwrap_or(1).max(1);
    let at = |i: usize| {
        if scale.len() == 1 {
            0
        } else {
            (i as i64 / inner.max(1) % size) as usize
        }
    };
    let real = |(i, &q): (usize, &f64)| {
        let (z, k) = (
            zero.get(at(i)).copied().unwrap_or(0.0),
            scale.get(at(i)).copied().unwrap_or(1.0),
        );
        ((q - z) * k) as f32
    };
    Ok((dims, values.iter().enumerate().map(real).collect()))
}

/// From `[groups * m, c, area]` to `[groups * c, m, area]`, group by group.
fn swap_channels(values: &[f32], groups: i64, m: i64, c: i64, area: i64) -> Vec<f32> {
    let (groups, m, c, area) = (groups as usize, m as usize, c as usize, area as usize);
    let mut swapped = Vec::with_capacity(values.len());
    for group in 0..groups {
        for channel in 0..c {
            for out in 0..m {
                let start = ((group * m + out) * c + channel) * area;
                swapped.extend(values.get(start..start + area).unwrap_or_default());
            }
        }
    }
    swapped
}
