//! Networks whose weights are shared between sessions and not written down again.

use std::path::Path;

use ndarray::Array3;

use super::{Device, Differentiable, Gradient, GraphCache, Network, NetworkOptions, Target};
use crate::onnx::{ElementType, Graph, Model, Node, Tensor, ValueInfo, ValueType};

/// Bytes of the large matrix.
const MATRIX: u64 = 16_384 * 32 * 4;

fn numbers(count: usize, seed: usize) -> Vec<f32> {
    let number = |i: usize| ((i * 7919 + seed * 104_729) % 199) as f32 - 99.0;
    (0..count).map(|i| number(i) / 2000.0).collect()
}

/// Two convolutions and two products; nearly all weights are in the first product.
fn model(seed: usize) -> Model {
    let weights = |name: &str, dims: &[i64], seed: usize| {
        let count = dims.iter().product::<i64>() as usize;
        Tensor::from_f32(name, dims, &numbers(count, seed))
    };
    let conv = |inputs: &[&str], output: &str, stride: i64| {
        Node::new("Conv", inputs, &[output])
            .with_ints("strides", &[stride, stride])
            .with_ints("pads", &[1, 1, 1, 1])
    };
    let float =
        |name: &str, dims: &[i64]| ValueInfo::new(name, &ValueType::new(ElementType::F32, dims));
    let graph = Graph {
        node: vec![
            conv(&["x", "w"], "c1", 1),
            Node::new("Relu", &["c1"], &["a1"]),
            conv(&["a1", "v"], "c2", 2),
            Node::new("Relu", &["c2"], &["a2"]),
            Node::new("Flatten", &["a2"], &["f"]),
            Node::new("Gemm", &["f", "m", "b"], &["h"]).with_int("transB", 1),
            Node::new("Relu", &["h"], &["a3"]),
            Node::new("MatMul", &["a3", "n"], &["y"]),
        ],
        name: Some("large".to_owned()),
        initializer: vec![
            weights("w", &[32, 3, 3, 3], seed),
            weights("v", &[64, 32, 3, 3], seed + 1),
            weights("m", &[32, 16_384], seed + 2),
            weights("b", &[32], seed + 3),
            weights("n", &[32, 10], seed + 4),
        ],
        input: vec![float("x", &[1, 3, 32, 32])],
        output: vec![float("y", &[1, 10])],
        ..Graph::default()
    };
    Model::new(graph, 17)
}

fn open(path: &Path, cache: &GraphCache) -> Network {
    let options = NetworkOptions {
        cache: cache.clone(),
        device: Device::Cpu,
        workers: Some(2),
        ..NetworkOptions::default()
    };
    Network::open(path, &options).unwrap()
}

fn picture() -> Array3<f32> {
    Array3::from_shape_vec((32, 32, 3), numbers(32 * 32 * 3, 9)).unwrap() * 10.0
}

fn gradient(network: &Network) -> Gradient {
    network
        .gradient(picture().view(), Target::Class(3))
        .unwrap()
}

/// The length of the difference as a share.
fn off(a: &Array3<f32>, b: &Array3<f32>) -> f32 {
    let square = |v: Array3<f32>| v.mapv(|v| v * v).sum();
    (square(a - b) / square(a.clone())).sqrt()
}

fn kept_bytes(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).unwrap();
    files.map(|f| f.unwrap().metadata().unwrap().len()).sum()
}

/// `most_arranged` is above or below what the kernels take.
fn shares_weights(most_arranged: usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.onnx");
    model(1).save(&path).unwrap();
    let plain = open(&path, &GraphCache::off());
    let expected = gradient(&plain);
    assert!(expected.input.iter().any(|&v| v != 0.0));

    let kept = folder.path().join("cache");
    let mut cache = GraphCache::at(kept.clone());
    cache.most_arranged = most_arranged;
    let first = gradient(&open(&path, &cache));
    assert!(off(&expected.input, &first.input) < 1e-5);
    assert!(kept_bytes(&kept) < MATRIX / 2, "the matrix was written");
    // From what is kept, several at once.
    let network = open(&path, &cache);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let again = gradient(&network);
                assert_eq!(again.input, first.input);
                assert_eq!(again.logits, first.logits);
            });
        }
    });
    let scores = network.logits(picture().view()).unwrap();
    let pairs = scores.iter().zip(&expected.logits);
    assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-4));

    // Another file at the same place.
    model(11).save(&path).unwrap();
    let new = gradient(&open(&path, &cache));
    assert!(off(&expected.input, &new.input) > 0.1);
    let wholly = open(&path, &GraphCache::off());
    assert!(off(&gradient(&wholly).input, &new.input) < 1e-5);
}

#[test]
fn kept_graphs_refer_to_the_files_weights() {
    shares_weights(1 << 20);
}

#[test]
fn what_cannot_be_kept_is_shared() {
    shares_weights(16 << 10);
}

#[test]
fn a_file_that_changed_behind_an_open_network_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.onnx");
    model(1).save(&path).unwrap();
    let cache = GraphCache::at(folder.path().join("cache"));
    gradient(&open(&path, &cache));
    // Opened from the cache, without its weights.
    let network = open(&path, &cache);
    model(11).save(&path).unwrap();
    let target = Target::Class(3);
    let error = network.layer_gradient(picture().view(), target, Some("c2"));
    let error = error.unwrap_err().to_string();
    assert!(error.contains("changed after it was opened"), "{error}");
}
