//! Normalisations.

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::{Case, between};
use crate::onnx::Node;

#[test]
fn batch_norm() {
    let mut rng = StdRng::seed_from_u64(21);
    for dims in [
        vec![1, 3, 4, 5],
        vec![2, 4],
        vec![1, 16, 3, 3],
        vec![1, 2, 7],
    ] {
        let c = dims[1];
        let node = Node::new("BatchNormalization", &["x", "s", "b", "m", "v"], &["y"])
            .with_float("epsilon", 1e-3);
        let x = between(&mut rng, dims.iter().product(), -2.0, 2.0);
        Case::new(node, &dims, x)
            .floats("s", &[c], between(&mut rng, c, -2.0, 2.0))
            .floats("b", &[c], between(&mut rng, c, -2.0, 2.0))
            .floats("m", &[c], between(&mut rng, c, -2.0, 2.0))
            .floats("v", &[c], between(&mut rng, c, 0.1, 2.0))
            .in_double();
    }
}

#[test]
fn layer_norm() {
    let mut rng = StdRng::seed_from_u64(22);
    for (dims, axis, own) in [
        (vec![2, 3, 8], -1, vec![8]),
        (vec![2, 3, 4], 1, vec![3, 4]),
        (vec![6], 0, vec![6]),
        (vec![1, 5, 5, 7], 3, vec![7]),
    ] {
        let node = Node::new("LayerNormalization", &["x", "s", "b"], &["y"]).with_int("axis", axis);
        let x = between(&mut rng, dims.iter().product(), -2.0, 2.0);
        let count = own.iter().product();
        Case::new(node, &dims, x)
            .floats("s", &own, between(&mut rng, count, -2.0, 2.0))
            .floats("b", &own, between(&mut rng, count, -2.0, 2.0))
            .in_double();
    }
}

/// `(x - mean) / sqrt(variance + epsilon)` over runs of `n` values, times and plus their entries.
fn standardise(x: &[f64], n: usize, epsilon: f64, line: impl Fn(usize) -> (f64, f64)) -> Vec<f64> {
    let mut out = Vec::new();
    for (run, values) in x.chunks(n).enumerate() {
        let mean = values.iter().sum::<f64>() / n as f64;
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n as f64;
        for (i, v) in values.iter().enumerate() {
            let (scale, shift) = line(run * n + i);
            out.push((v - mean) / (variance + epsilon).sqrt() * scale + shift);
        }
    }
    out
}

#[test]
fn instance_and_group_norm() {
    let mut rng = StdRng::seed_from_u64(23);
    for dims in [vec![1i64, 4, 3, 5], vec![2, 2, 6]] {
        let (c, area) = (dims[1], dims[2..].iter().product::<i64>() as usize);
        let x = between(&mut rng, dims.iter().product(), -2.0, 2.0);
        let (scale, shift) = (
            between(&mut rng, c, -2.0, 2.0),
            between(&mut rng, c, -2.0, 2.0),
        );
        let node = Node::new("InstanceNormalization", &["x", "s", "b"], &["y"])
            .with_float("epsilon", 1e-3);
        let case = Case::new(node, &dims, x.clone())
            .floats("s", &[c], scale.clone())
            .floats("b", &[c], shift.clone());
        let at = |i: usize| i / area % c as usize;
        case.against(|x| standardise(x, area, 1e-3, |i| (scale[at(i)], shift[at(i)])));

        let node = Node::new("GroupNormalization", &["x", "s", "b"], &["y"])
            .with_int("num_groups", 2)
            .with_float("epsilon", 1e-3);
        let case = Case::new(node, &dims, x)
            .opset(21)
            .floats("s", &[c], scale.clone())
            .floats("b", &[c], shift.clone());
        case.against(|x| {
            standardise(x, area * c as usize / 2, 1e-3, |i| {
                (scale[at(i)], shift[at(i)])
            })
        });
    }
}

#[test]
fn local_response_norm() {
    let mut rng = StdRng::seed_from_u64(24);
    for size in [1usize, 3, 5] {
        let (c, area) = (6usize, 6usize);
        let x = between(&mut rng, (c * area) as i64, -2.0, 2.0);
        let node = Node::new("LRN", &["x"], &["y"])
            .with_int("size", size as i64)
            .with_float("alpha", 0.5)
            .with_float("beta", 0.75)
            .with_float("bias", 1.5);
        let case = Case::new(node, &[1, c as i64, 2, 3], x);
        case.against(|x| {
            let mut out = Vec::new();
            for channel in 0..c {
                for p in 0..area {
                    let low = channel.saturating_sub((size - 1) / 2);
                    let high = (channel + size - 1 - (size - 1) / 2).min(c - 1);
                    let sum: f64 = (low..=high)
                        .map(|j| x[j * area + p] * x[j * area + p])
                        .sum();
                    out.push(x[channel * area + p] / (1.5 + 0.5 / size as f64 * sum).powf(0.75));
                }
            }
            out
        });
    }
}

#[test]
fn lp_norm() {
    let mut rng = StdRng::seed_from_u64(25);
    for p in [1, 2] {
        let x = between(&mut rng, 12, -2.0, 2.0);
        Case::new(
            Node::new("LpNormalization", &["x"], &["y"])
                .with_int("p", p)
                .with_int("axis", 1),
            &[3, 4],
            x,
        )
        .in_double();
    }
}
