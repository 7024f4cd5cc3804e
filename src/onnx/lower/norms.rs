//! Norms and pools of powers: `MeanVarianceNormalization`, `LpPool`, `GlobalLpPool`.

use crate::onnx::Node;

use super::Parts;
use super::typed::Shapes;

pub(super) fn write_out(node: &Node, shapes: &Shapes<'_>, parts: &mut Parts) -> Option<()> {
    if !node.op_domain().is_empty() {
        return None;
    }
    match node.op() {
        "MeanVarianceNormalization" => standardised(node, shapes, parts),
        "LpPool" => pool(node, shapes, parts),
        "GlobalLpPool" => {
            let rank = shapes.input(node, 0)?.len() as i64;
            let powers = powers(node, parts)?;
            let sum = parts.sum(&powers, &(2..rank).collect::<Vec<_>>());
            root(node, parts, &sum)
        }
        _ => None,
    }
}

/// `(x - mean) / (deviation + 1e-9)` over axes.
fn standardised(node: &Node, shapes: &Shapes<'_>, parts: &mut Parts) -> Option<()> {
    let x = node.input(0)?;
    let dims = shapes.dims(x)?;
    let axes = node.ints("axes").unwrap_or(&[0, 2, 3]).to_vec();
    let mut count = 1;
    for axis in &axes {
        let axis = if *axis < 0 {
            axis + dims.len() as i64
        } else {
            *axis
        };
        count *= dims.get(usize::try_from(axis).ok()?)?;
    }
    let share = 1.0 / count.max(1) as f32;
    let sum = parts.sum(x, &axes);
    let mean = parts.scale(&sum, share);
    let centred = parts.op("Sub", &[x, &mean]);
    let square = parts.op("Mul", &[&centred, &centred]);
    let sum = parts.sum(&square, &axes);
    let variance = parts.scale(&sum, share);
    // Too little to change a figure; the root of nothing has no derivative.
    let least = parts.number(1e-24);
    let variance = parts.op("Add", &[&variance, &least]);
    let deviation = parts.op("Sqrt", &[&variance]);
    let least = parts.number(1e-9);
    let below = parts.op("Add", &[&deviation, &least]);
    parts.finish(Node::new("Div", &[&centred, &below], &[]), node.output(0)?);
    Some(())
}

/// `|x|^p`.
fn powers(node: &Node, parts: &mut Parts) -> Option<String> {
    let x = node.input(0)?;
    Some(match node.int("p", 2) {
        2 => parts.op("Mul", &[x, x]),
        1 => parts.op("Abs", &[x]),
        p => {
            let size = parts.op("Abs", &[x]);
            let p = parts.number(p as f32);
            parts.op("Pow", &[&size, &p])
        }
    })
}

/// Makes the node's output, the `p`-th root of sums. The root of nothing is taken to be flat.
fn root(node: &Node, parts: &mut Parts, sum: &str) -> Option<()> {
    let output = node.output(0)?;
    let p = node.int("p", 2);
    if p == 1 {
        parts.finish(Node::new("Identity", &[sum], &[]), output);
        return Some(());
    }
    let (zero, one) = (parts.number(0.0), parts.number(1.0));
    let some = parts.op("Greater", &[sum, &zero]);
    let safe = parts.op("Where", &[&some, sum, &one]);
    let root = if p == 2 {
        parts.op("Sqrt", &[&safe])
    } else {
        let power = parts.number(1.0 / p as f32);
        parts.op("Pow", &[&safe, &power])
    };
    parts.finish(Node::new("Where", &[&some, &root, &zero], &[]), output);
    Some(())
}

/// Sums over windows are a convolution with ones, channel by channel.
fn pool(node: &Node, shapes: &Shapes<'_>, parts: &mut Parts) -> Option<()> {
    let large = shapes.input(node, 0)?.to_vec();
    let small = shapes.dims(node.output(0)?)?.to_vec();
    let kernel = node.ints("kernel_shape")?.to_vec();
    let rank = kernel.len();
    let (&[n, c], sides) = large.split_first_chunk::<2>()?;
    let mut conv = node.clone();
    for name in ["p", "ceil_mode"] {
        conv.take_attribute(name);
    }
    if node.int("ceil_mode", 0) != 0 {
        let list = |name: &str, default: i64, count: usize| {
            let given = node.ints(name).filter(|v| v.len() == count);
            given.map_or_else(|| vec![default; count], <[i64]>::to_vec)
        };
        let (strides, dilations) = (list("strides", 1, rank), list("dilations", 1, rank));
        let mut pads = list("pads", 0, 2 * rank);
        for i in 0..rank {
            let reach = (small.get(i + 2)? - 1) * strides.get(i)?
                + (kernel.get(i)? - 1) * dilations.get(i)?
                + 1;
            let end = reach - sides.get(i)? - pads.get(i)?;
            *pads.get_mut(rank + i)? = end.max(0);
        }
        conv.take_attribute("pads");
        conv = conv.with_ints("pads", &pads);
    }
    let powers = powers(node, parts)?;
    let each = parts.reshape(&powers, &[&[n * c, 1], sides].concat());
    let area = usize::try_from(kernel.iter().product::<i64>()).ok()?;
    let ones = parts.floats(&[&[1, 1], kernel.as_slice()].concat(), &vec![1.0; area]);
    conv.op_type = Some("Conv".to_owned());
    conv.input = vec![each, ones];
    let sums = parts.push(conv);
    let sums = parts.reshape(&sums, &small);
    root(node, parts, &sums)
}
