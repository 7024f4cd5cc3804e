//! Normalisations.

use crate::onnx::Node;

use super::AutodiffError;
use super::emit::{axis_of, first, input, unsupported};
use super::sweep::Sweep;

type Outcome = Result<(), AutodiffError>;

/// At inference a batch norm is a line per channel; its slope is a batch norm without shift.
pub(super) fn batch_norm(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let (x, Some(g)) = (input(node, 0)?, first(gradients)) else {
        return Ok(());
    };
    let (scale, variance) = (input(node, 1)?, input(node, 4)?);
    if node.int("training_mode", 0) != 0 {
        return Err(unsupported(
            node,
            "it is in training mode; export the network with model.eval()",
        ));
    }
    if [1, 2, 3, 4]
        .iter()
        .any(|&i| node.input(i).is_some_and(|name| s.wants(name)))
    {
        return Err(unsupported(node, "its statistics depend on the picture"));
    }
    if s.wants(x) {
        let channels = s.value_type(node, variance)?.dims;
        let element = s.element(variance);
        let count = channels.iter().product::<i64>() as usize;
        let zeros = s.floats(&channels, &vec![0.0; count], element);
        let dims = s.dims(g);
        let slope = Node::new(
            "BatchNormalization",
            &[g, scale, &zeros, &zeros, variance],
            &[],
        )
        .with_float("epsilon", node.float("epsilon", 1e-5));
        let dx = s.push(slope, s.element(g), &dims);
        s.give(x, dx);
    }
    Ok(())
}

/// The gradient through `(x - mean) / std` over `axes`, from the gradient `g` of its result
/// `unit`: `inverse (g - mean(g) - unit mean(g unit))`.
fn standardised(
    s: &mut Sweep<'_>,
    g: &str,
    unit: &str,
    inverse: &str,
    axes: &[usize],
    centred: bool,
) -> String {
    let product = s.mul(g, unit);
    let along = s.mean_over(&product, axes);
    let along = s.mul(unit, &along);
    let mut rest = s.sub(g, &along);
    if centred {
        let mean = s.mean_over(g, axes);
        rest = s.sub(&rest, &mean);
    }
    s.mul(&rest, inverse)
}

/// `(x - mean) / sqrt(variance + epsilon)` over `axes`, and the inverse root.
fn unit_of(
    s: &mut Sweep<'_>,
    x: &str,
    axes: &[usize],
    epsilon: f64,
    centred: bool,
) -> (String, String) {
    let centre = if centred {
        let mean = s.mean_over(x, axes);
        s.sub(x, &mean)
    } else {
        x.to_owned()
    };
    let square = s.mul(&centre, &centre);
    let variance = s.mean_over(&square, axes);
    let epsilon = s.scalar(epsilon, s.element(x));
    let variance = s.add(&variance, &epsilon);
    let root = s.unary("Sqrt", &variance);
    let inverse = s.unary("Reciprocal", &root);
    (s.mul(&centre, &inverse), inverse)
}

/// Layer and root-mean-square normalisation over the last dimensions.
pub(super) fn layer_norm(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let (x, scale, Some(g)) = (input(node, 0)?, input(node, 1)?, first(gradients)) else {
        return Ok(());
    };
    let dims = s.value_type(node, x)?.dims;
    let axis = axis_of(node, node.int("axis", -1), dims.len())?;
    let axes: Vec<usize> = (axis..dims.len()).collect();
    let centred = node.op() == "LayerNormalization";
    let epsilon = f64::from(node.float("epsilon", 1e-5));
    let (unit, inverse) = unit_of(s, x, &axes, epsilon, centred);
    if s.wants(x) {
        let scaled = s.mul(g, scale);
        let dx = standardised(s, &scaled, &unit, &inverse, &axes, centred);
        s.give(x, dx);
    }
    line(s, node, g, &unit);
    Ok(())
}

/// Instance normalisation: over the pixels of each channel.
pub(super) fn instance_norm(
    s: &mut Sweep<'_>,
    node: &Node,
    gradients: &[Option<String>],
) -> Outcome {
    let (x, scale, Some(g)) = (input(node, 0)?, input(node, 1)?, first(gradients)) else {
        return Ok(());
    };
    let dims = s.value_type(node, x)?.dims;
    let axes: Vec<usize> = (2..dims.len()).collect();
    if [1, 2]
        .iter()
        .any(|&i| node.input(i).is_some_and(|name| s.wants(name)))
    {
        return Err(unsupported(node, "its scale depends on the picture"));
    }
    if s.wants(x) {
        let (unit, inverse) = unit_of(s, x, &axes, f64::from(node.float("epsilon", 1e-5)), true);
        let mut channels = vec![1; dims.len()];
        if let (Some(slot), Some(&c)) = (channels.get_mut(1), dims.get(1)) {
            *slot = c;
        }
        let scale = s.reshape(scale, &channels);
        let scaled = s.mul(g, &scale);
        let dx = standardised(s, &scaled, &unit, &inverse, &axes, true);
        s.give(x, dx);
    }
    Ok(())
}

/// Group normalisation (opset 21: a scale per channel; opset 18: per group).
pub(super) fn group_norm(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let (x, scale, Some(g)) = (input(node, 0)?, input(node, 1)?, first(gradients)) else {
        return Ok(());
    };
    let dims = s.value_type(node, x)?.dims;
    let groups = node.int("num_groups", 1).max(1);
    let (Some(&batch), Some(&channels)) = (dims.first(), dims.get(1)) else {
        return Err(unsupported(node, "its input has no channels"));
    };
    if [1, 2]
        .iter()
        .any(|&i| node.input(i).is_some_and(|name| s.wants(name)))
    {
        return Err(unsupported(node, "its scale depends on the picture"));
    }
    if s.wants(x) {
        let area: i64 = dims.iter().skip(2).product();
        let split = [batch, groups, channels / groups, area];
        let xs = s.reshape(x, &split);
        let gs = s.reshape(g, &split);
        let per_group = s.value_type(node, scale)?.count() == groups && groups != channels;
        let scale_dims = if per_group {
            [1, groups, 1, 1]
        } else {
            [1, groups, channels / groups, 1]
        };
        let scale = s.reshape(scale, &scale_dims);
        let scaled = s.mul(&gs, &scale);
        let (unit, inverse) = unit_of(
            s,
            &xs,
            &[2, 3],
            f64::from(node.float("epsilon", 1e-5)),
            true,
        );
        let dx = standardised(s, &scaled, &unit, &inverse, &[2, 3], true);
        let dx = s.reshape(&dx, &dims);
        s.give(x, dx);
    }
    Ok(())
}

/// Gradients of a norm's own scale and shift, where a network computes them from the picture.
fn line(s: &mut Sweep<'_>, node: &Node, g: &str, unit: &str) {
    if let Some(scale) = node.input(1).filter(|name| s.wants(name)) {
        let part = s.mul(g, unit);
        let dims = s.dims(scale);
        let part = s.unbroadcast(&part, &dims);
        s.give(scale, part);
    }
    if let Some(shift) = node.input(2).filter(|name| s.wants(name)) {
        let dims = s.dims(shift);
        let part = s.unbroadcast(g, &dims);
        s.give(shift, part);
    }
}

/// The matrix that sums over neighbouring channels has this number squared of elements.
const MOST_LRN_CHANNELS: i64 = 4096;

/// Local response normalisation (Krizhevsky et al. 2012): `y = x / d^beta` with
/// `d = bias + alpha/size * (sum of x^2 over neighbouring channels)`. Sums over neighbours are
/// products with a banded matrix.
pub(super) fn lrn(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let dims = s.value_type(node, x)?.dims;
    let element = s.element(x);
    let size = node.int("size", 1).max(1);
    let (alpha, beta) = (
        f64::from(node.float("alpha", 1e-4)),
        f64::from(node.float("beta", 0.75)),
    );
    let bias = f64::from(node.float("bias", 1.0));
    let (batch, channels) = (
        dims.first().copied().unwrap_or(1),
        dims.get(1).copied().unwrap_or(1),
    );
    let area: i64 = dims.iter().skip(2).product();
    if channels > MOST_LRN_CHANNELS {
        return Err(unsupported(node, "it has so many channels"));
    }
    let (below, above) = ((size - 1) / 2, size - 1 - (size - 1) / 2);
    let near = |c: i64, j: i64| {
        if (c - below..=c + above).contains(&j) {
            1.0
        } else {
            0.0
        }
    };
    let band: Vec<f64> = (0..channels)
        .flat_map(|c| (0..channels).map(move |j| near(c, j)))
        .collect();
    let turned: Vec<f64> = (0..channels)
        .flat_map(|j| (0..channels).map(move |c| near(c, j)))
        .collect();
    let band = s.floats(&[channels, channels], &band, element);
    let turned = s.floats(&[channels, channels], &turned, element);

    let flat = [batch, channels, area];
    let xs = s.reshape(x, &flat);
    let gs = s.reshape(g, &flat);
    let square = s.mul(&xs, &xs);
    let sum = s.matmul(&band, &square);
    let sum = s.scale(&sum, alpha / size as f64);
    let bias = s.scalar(bias, element);
    let d = s.add(&sum, &bias);
    let exponent = s.scalar(-beta, element);
    let power = s.binary("Pow", &d, &exponent);
    let direct = s.mul(&gs, &power);
    // What x_j does to its neighbours' divisors.
    let shared = s.mul(&direct, &xs);
    let shared = s.div(&shared, &d);
    let spread = s.matmul(&turned, &shared);
    let spread = s.mul(&spread, &xs);
    let spread = s.scale(&spread, 2.0 * alpha * beta / size as f64);
    let dx = s.sub(&direct, &spread);
    let dx = s.reshape(&dx, &dims);
    s.give(x, dx);
    Ok(())
}

/// `x / max(norm, tiny)` along one axis, p = 1 or 2.
pub(super) fn lp_norm(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let rank = s.value_type(node, x)?.dims.len();
    let axis = [axis_of(node, node.int("axis", -1), rank)?];
    let y = node.output(0).unwrap_or_default().to_owned();
    // y = x / n: dx = (g - (sum of g y) n') / n, with n' = y for p = 2 and sign x for p = 1.
    let (norm, slope) = if node.int("p", 2) == 1 {
        let size = s.unary("Abs", x);
        (s.sum_over(&size, &axis), s.unary("Sign", x))
    } else {
        let square = s.mul(x, x);
        let sum = s.sum_over(&square, &axis);
        (s.unary("Sqrt", &sum), y.clone())
    };
    let product = s.mul(g, &y);
    let along = s.sum_over(&product, &axis);
    let along = s.mul(&along, &slope);
    let rest = s.sub(g, &along);
    let dx = s.div(&rest, &norm);
    s.give(x, dx);
    Ok(())
}
