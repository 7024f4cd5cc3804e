//! Conv with a kernel that is computed from the picture (dynamic convolution, hypernetworks).

use crate::onnx::Node;

use super::AutodiffError;
use super::emit::{damaged, input, unsupported};
use super::sweep::Sweep;
use super::window::Window;

/// The gradients of a convolution of one picture in the picture and in the kernel; `g` is that of
/// its result.
pub(super) fn conv(s: &mut Sweep<'_>, node: &Node, g: &str) -> Result<(), AutodiffError> {
    let (x, w) = (input(node, 0)?, input(node, 1)?);
    let (large, kernel) = (s.value_type(node, x)?.dims, s.value_type(node, w)?.dims);
    let small = s.dims(g);
    let groups = node.int("group", 1).max(1);
    let (&[batch, channels], &[m, per_group]) = (
        large.first_chunk::<2>().unwrap_or(&[0, 0]),
        kernel.first_chunk::<2>().unwrap_or(&[0, 0]),
    );
    if batch != 1 {
        return Err(unsupported(
            node,
            "its kernel is computed and it sees several pictures at once",
        ));
    }
    if channels != per_group * groups || m % groups != 0 {
        return Err(damaged(node, "its channels do not divide into its groups"));
    }
    let tail = |dims: &[i64]| dims.get(2..).unwrap_or_default().to_vec();
    let window = Window::of(node, &tail(&kernel), &tail(&large), &tail(&small))?;
    if s.wants(x) {
        let dx = picture(s, g, w, &window, groups, &large);
        s.give(x, dx);
    }
    if s.wants(w) {
        // Groups become channels and a group's channels a batch; strides and dilations trade
        // places, as the gradient is what slides now.
        let mut grouped = vec![groups, per_group];
        grouped.extend(tail(&large));
        let mut order: Vec<usize> = (0..large.len()).collect();
        order.swap(0, 1);
        let source = s.reshape(x, &grouped);
        let source = s.transpose(&source, &order);
        let mut slider = vec![m, 1];
        slider.extend(tail(&small));
        let slider = s.reshape(g, &slider);
        let ends = (0..window.kernel.len()).map(|i| {
            let a = window.axis(i);
            (a.small - 1) * a.stride + (a.kernel - 1) * a.dilation + 1 - a.large - a.begin
        });
        // What the windows leave over at the end is cut away by a negative pad.
        let ends: Vec<i64> = ends.collect();
        let cut: Vec<i64> = [0, 0].iter().chain(&ends).map(|e| *e.min(&0)).collect();
        let source = s.pad(&source, &vec![0; large.len()], &cut);
        let pads: Vec<i64> = window
            .begin
            .iter()
            .copied()
            .chain(ends.iter().map(|e| *e.max(&0)))
            .collect();
        let mut dims = vec![per_group, m];
        dims.extend(&window.kernel);
        let product = Node::new("Conv", &[&source, &slider], &[])
            .with_ints("strides", &window.dilations)
            .with_ints("dilations", &window.strides)
            .with_ints("pads", &pads)
            .with_int("group", groups);
        let product = s.push(product, s.element(g), &dims);
        let dw = s.transpose(&product, &order);
        s.give(w, dw);
    }
    Ok(())
}

/// The gradient in the picture: a transposed convolution with the same kernel.
fn picture(
    s: &mut Sweep<'_>,
    g: &str,
    w: &str,
    window: &Window,
    groups: i64,
    large: &[i64],
) -> String {
    let mut ends = Vec::new();
    let mut missing = vec![0, 0];
    for i in 0..window.kernel.len() {
        let a = window.axis(i);
        let end = (a.small - 1) * a.stride + (a.kernel - 1) * a.dilation + 1 - a.large - a.begin;
        ends.push(end.max(0));
        missing.push((-end).max(0));
    }
    let covered: Vec<i64> = large.iter().zip(&missing).map(|(l, m)| l - m).collect();
    let back = Node::new("ConvTranspose", &[g, w], &[])
        .with_ints("strides", &window.strides)
        .with_ints("dilations", &window.dilations)
        .with_ints("pads", &[window.begin.clone(), ends].concat())
        .with_int("group", groups);
    let part = s.push(back, s.element(g), &covered);
    s.pad(&part, &vec![0; large.len()], &missing)
}
