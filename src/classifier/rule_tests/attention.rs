//! Attention and rotary embedding in one operator.

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::{Case, between, own};
use crate::onnx::{ElementType, Node, Tensor};

/// `x` is read as queries, keys and values at once, so that all three have a gradient.
fn standard(dims: &[i64], node: Node, x: Vec<f64>) -> Case {
    Case::new(node, dims, x).opset(23)
}

#[test]
fn attention_of_the_standard() {
    let mut rng = StdRng::seed_from_u64(71);
    let mut x = |dims: &[i64]| between(&mut rng, dims.iter().product(), -1.5, 1.5);
    let apart = [1, 2, 4, 3];
    let plain = || Node::new("Attention", &["x", "x", "x"], &["y"]);
    standard(&apart, plain(), x(&apart)).is_written_out("Attention");
    standard(&apart, plain().with_float("scale", 0.3), x(&apart)).is_written_out("Attention");
    standard(&apart, plain().with_int("is_causal", 1), x(&apart)).is_written_out("Attention");
    standard(&apart, plain().with_float("softcap", 0.5), x(&apart)).is_written_out("Attention");

    let together = [1, 4, 6];
    let heads = |node: Node| node.with_int("q_num_heads", 2).with_int("kv_num_heads", 2);
    standard(&together, heads(plain()), x(&together)).is_written_out("Attention");

    // Four heads of queries share two keys.
    let node = Node::new("Attention", &["x", "k", "v"], &["y"])
        .with_int("q_num_heads", 4)
        .with_int("kv_num_heads", 2);
    let (k, v) = (x(&[1, 5, 6]), x(&[1, 5, 4]));
    standard(&[1, 4, 12], node, x(&[1, 4, 12]))
        .floats("k", &[1, 5, 6], k)
        .floats("v", &[1, 5, 4], v)
        .is_written_out("Attention");

    let masked = || Node::new("Attention", &["x", "x", "x", "mask"], &["y"]);
    let mask = x(&[4, 4]);
    standard(&apart, masked(), x(&apart))
        .floats("mask", &[4, 4], mask)
        .is_written_out("Attention");
    let mut case = standard(&apart, masked(), x(&apart));
    let open = [1, 0, 1, 1, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 0].to_vec();
    case.others
        .push(Tensor::from_raw("mask", &[4, 4], ElementType::Bool, open));
    case.is_written_out("Attention");
}

#[test]
fn attention_that_optimisers_write() {
    let mut rng = StdRng::seed_from_u64(72);
    let mut x = |dims: &[i64]| between(&mut rng, dims.iter().product(), -1.5, 1.5);
    let (dims, w, b) = ([1, 4, 5], [5, 18], [18]);
    for (inputs, causal) in [
        (vec!["x", "w", "b"], 0),
        (vec!["x", "w", "b"], 1),
        (vec!["x", "w", "b", "", "", "bias"], 0),
    ] {
        let node = own("Attention", &inputs, &["y"])
            .with_int("num_heads", 2)
            .with_int("unidirectional", causal);
        let (own, weights, line, bias) = (x(&dims), x(&w), x(&b), x(&[1, 2, 4, 4]));
        Case::new(node, &dims, own)
            .floats("w", &w, weights)
            .floats("b", &b, line)
            .floats("bias", &[1, 2, 4, 4], bias)
            .is_written_out("Attention");
    }
    let mut case = Case::new(
        own("Attention", &["x", "w", "b", "mask"], &["y"]).with_int("num_heads", 2),
        &dims,
        x(&dims),
    );
    let mask = [1i32, 1, 0, 1].iter().flat_map(|v| v.to_le_bytes());
    case.others.push(Tensor::from_raw(
        "mask",
        &[1, 4],
        ElementType::I32,
        mask.collect(),
    ));
    let (weights, line) = (x(&w), x(&b));
    case.floats("w", &w, weights)
        .floats("b", &b, line)
        .is_written_out("Attention");
}

#[test]
fn multi_head_attention() {
    let mut rng = StdRng::seed_from_u64(73);
    let mut x = |dims: &[i64]| between(&mut rng, dims.iter().product(), -1.5, 1.5);
    let dims = [1, 4, 6];
    for inputs in [
        vec!["x", "x", "x"],
        vec!["x", "x", "x", "b"],
        vec!["x", "k", "x", "b", "", "bias"],
    ] {
        let node = own("MultiHeadAttention", &inputs, &["y"])
            .with_int("num_heads", 2)
            .with_float("scale", 0.4);
        let (own, k, b, bias) = (x(&dims), x(&dims), x(&[18]), x(&[1, 1, 4, 4]));
        Case::new(node, &dims, own)
            .floats("k", &dims, k)
            .floats("b", &[18], b)
            .floats("bias", &[1, 1, 4, 4], bias)
            .is_written_out("MultiHeadAttention");
    }
    // Keys and values of another length, with their heads apart.
    let node = own("MultiHeadAttention", &["x", "k", "v"], &["y"]).with_int("num_heads", 2);
    let (own_x, k, v) = (x(&dims), x(&[1, 2, 5, 3]), x(&[1, 2, 5, 3]));
    Case::new(node, &dims, own_x)
        .floats("k", &[1, 2, 5, 3], k)
        .floats("v", &[1, 2, 5, 3], v)
        .is_written_out("MultiHeadAttention");
    // Packed: queries, keys and values of each head behind each other.
    let packed = [1, 4, 2, 3, 3];
    let node = own("MultiHeadAttention", &["x"], &["y"]).with_int("num_heads", 2);
    let own_x = x(&packed);
    let case = Case::new(node, &packed, own_x);
    // The processor's kernel does not take this form; written out it is that of values apart.
    let apart = case.folded_gradient();
    assert_eq!(apart.len(), 72);
}

#[test]
fn rotary_embedding() {
    let mut rng = StdRng::seed_from_u64(74);
    let mut x = |dims: &[i64]| between(&mut rng, dims.iter().product(), -1.5, 1.5);
    for (dims, interleaved, part, half) in [
        (vec![1, 2, 4, 6], 0, 0, 3),
        (vec![1, 2, 4, 6], 1, 0, 3),
        (vec![1, 2, 4, 6], 0, 4, 2),
        (vec![1, 4, 12], 1, 0, 3),
        (vec![1, 4, 12], 0, 0, 3),
    ] {
        let node = Node::new("RotaryEmbedding", &["x", "cos", "sin"], &["y"])
            .with_int("interleaved", interleaved)
            .with_int("rotary_embedding_dim", part)
            .with_int("num_heads", 2);
        let (own, cos, sin) = (x(&dims), x(&[1, 4, half]), x(&[1, 4, half]));
        Case::new(node, &dims, own)
            .opset(23)
            .floats("cos", &[1, 4, half], cos)
            .floats("sin", &[1, 4, half], sin)
            .is_written_out("RotaryEmbedding");
    }
    for places in [vec![1i64], vec![3, 0, 2, 1]] {
        let node =
            own("RotaryEmbedding", &["x", "places", "cos", "sin"], &["y"]).with_int("num_heads", 2);
        let (own, cos, sin) = (x(&[1, 4, 12]), x(&[6, 3]), x(&[6, 3]));
        let mut case = Case::new(node, &[1, 4, 12], own)
            .floats("cos", &[6, 3], cos)
            .floats("sin", &[6, 3], sin);
        let dims = match places.len() {
            1 => vec![1],
            n => vec![1, n as i64],
        };
        case.others.push(Tensor::from_i64("places", &dims, &places));
        case.is_written_out("RotaryEmbedding");
    }
}

#[test]
fn root_mean_square_norm() {
    let mut rng = StdRng::seed_from_u64(75);
    let x = between(&mut rng, 24, -1.5, 1.5);
    let scale = between(&mut rng, 6, -1.5, 1.5);
    let square = |x: &[f64]| -> Vec<f64> {
        let rows = x.chunks(6).flat_map(|row| {
            let mean = row.iter().map(|v| v * v).sum::<f64>() / 6.0;
            let root = (mean + 1e-3).sqrt();
            row.iter()
                .zip(&scale)
                .map(move |(v, s)| v / root * s)
                .collect::<Vec<_>>()
        });
        rows.collect()
    };
    for (op, opset) in [
        ("RMSNormalization", 23),
        ("SimplifiedLayerNormalization", 17),
    ] {
        let node = Node::new(op, &["x", "s"], &["y"])
            .with_int("axis", -1)
            .with_float("epsilon", 1e-3);
        Case::new(node, &[1, 4, 6], x.clone())
            .opset(opset)
            .floats("s", &[6], scale.clone())
            .against(square);
    }
}
