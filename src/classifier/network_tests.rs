//! A small network in several disguises: layouts, precisions, operator sets, and broken ones.

use std::path::{Path, PathBuf};

use ndarray::Array3;

use super::{ClassifierError, Device, Differentiable, GraphCache, Network, NetworkOptions, Target};
use crate::onnx::{ElementType, Graph, Model, Node, Tensor, ValueInfo, ValueType};

const SIDE: i64 = 6;
const CLASSES: i64 = 4;

/// Numbers without a pattern, the same each time.
pub(super) fn numbers(count: i64, seed: i64) -> Vec<f32> {
    (0..count)
        .map(|i| (((i * 7919 + seed * 104_729) % 200) as f32 - 99.5) / 100.0)
        .collect()
}

/// Conv, clip, global average, matrix, softmax.
struct Disguise {
    channels_last: bool,
    half: bool,
    opset: i64,
}

const PLAIN: Disguise = Disguise {
    channels_last: false,
    half: false,
    opset: 17,
};

fn model(disguise: &Disguise) -> Model {
    let element = if disguise.half {
        ElementType::F16
    } else {
        ElementType::F32
    };
    let constant = |name: &str, dims: &[i64], seed: i64| {
        // Rounded to half precision, so that both precisions hold the same numbers.
        let values = numbers(dims.iter().product(), seed);
        let rounded: Vec<f64> = values
            .iter()
            .map(|v| half::f16::from_f32(*v).to_f64())
            .collect();
        Tensor::from_floats(name, dims, element, &rounded)
    };
    let mut initializer = vec![
        constant("w", &[5, 3, 3, 3], 1),
        constant("b", &[5], 2),
        constant("m", &[5, CLASSES], 3),
    ];
    let old = disguise.opset < 11;
    let mut node = Vec::new();
    let picture = if disguise.channels_last {
        "turned"
    } else {
        "x"
    };
    if disguise.channels_last {
        node.push(Node::new("Transpose", &["x"], &["turned"]).with_ints("perm", &[0, 3, 1, 2]));
    }
    let strides = Node::new("Conv", &[picture, "w", "b"], &["c"]).with_ints("strides", &[2, 2]);
    node.push(strides.with_ints("pads", &[1, 1, 1, 1]));
    if old {
        node.push(
            Node::new("Clip", &["c"], &["a"])
                .with_float("min", 0.0)
                .with_float("max", 6.0),
        );
    } else {
        initializer.push(Tensor::from_floats("zero", &[], element, &[0.0]));
        initializer.push(Tensor::from_floats("six", &[], element, &[6.0]));
        node.push(Node::new("Clip", &["c", "zero", "six"], &["a"]));
    }
    node.push(Node::new("GlobalAveragePool", &["a"], &["g"]));
    node.push(Node::new("Flatten", &["g"], &["f"]));
    node.push(Node::new("MatMul", &["f", "m"], &["l"]));
    node.push(Node::new("Softmax", &["l"], &["y"]).with_int("axis", 1));
    let dims = if disguise.channels_last {
        [1, SIDE, SIDE, 3]
    } else {
        [1, 3, SIDE, SIDE]
    };
    let graph = Graph {
        node,
        name: Some("small".to_owned()),
        initializer,
        input: vec![ValueInfo::new("x", &ValueType::new(element, &dims))],
        output: vec![ValueInfo::new("y", &ValueType::new(element, &[1, CLASSES]))],
        ..Graph::default()
    };
    Model::new(graph, disguise.opset)
}

fn save(folder: &Path, model: &Model) -> PathBuf {
    let path = folder.join("small.onnx");
    model.save(&path).unwrap();
    path
}

fn options() -> NetworkOptions {
    NetworkOptions {
        cache: GraphCache::off(),
        device: Device::Cpu,
        workers: Some(2),
        ..NetworkOptions::default()
    }
}

fn picture() -> Array3<f32> {
    Array3::from_shape_vec(
        (SIDE as usize, SIDE as usize, 3),
        numbers(SIDE * SIDE * 3, 9),
    )
    .unwrap()
}

fn near(a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= 2e-5, "{a} is not {b}");
    }
}

#[test]
fn disguises_agree() {
    let folder = tempfile::tempdir().unwrap();
    let plain = Network::open(&save(folder.path(), &model(&PLAIN)), &options()).unwrap();
    let target = Target::Contrast {
        class: 1,
        against: 3,
    };
    let expected = plain.gradient(picture().view(), target).unwrap();
    assert!(expected.input.iter().any(|v| v.abs() > 1e-3));
    for disguise in [
        Disguise {
            channels_last: true,
            ..PLAIN
        },
        Disguise {
            half: true,
            ..PLAIN
        },
        Disguise { opset: 9, ..PLAIN },
        Disguise {
            channels_last: true,
            half: true,
            opset: 13,
        },
    ] {
        let network = Network::open(&save(folder.path(), &model(&disguise)), &options()).unwrap();
        assert_eq!(network.input_shape(), [SIDE as usize, SIDE as usize, 3]);
        let found = network.gradient(picture().view(), target).unwrap();
        near(&found.logits, &expected.logits);
        near(
            found.input.as_slice().unwrap(),
            expected.input.as_slice().unwrap(),
        );
    }
}

/// Through the softmax: `dp_t = p_t (dl_t - sum of p_c dl_c)`.
#[test]
fn the_models_own_output_is_after_its_softmax() {
    let folder = tempfile::tempdir().unwrap();
    let network = Network::open(&save(folder.path(), &model(&PLAIN)), &options()).unwrap();
    assert_eq!(network.kind(), super::ScoreKind::Softmax);
    assert_eq!(network.output(), "y");
    let turned = picture()
        .permuted_axes([2, 0, 1])
        .as_standard_layout()
        .into_owned();
    let (shares, own) = network.raw_gradient(turned.view(), 2).unwrap();
    near(&[shares.iter().sum()], &[1.0]);
    near(&network.raw_scores(turned.view()).unwrap(), &shares);
    let mut expected = Array3::<f32>::zeros(own.raw_dim());
    for class in 0..CLASSES as usize {
        let gradient = network
            .gradient(picture().view(), Target::Class(class))
            .unwrap();
        let weight = if class == 2 { shares[2] } else { 0.0 } - shares[2] * shares[class];
        expected.scaled_add(weight, &gradient.input.permuted_axes([2, 0, 1]));
    }
    near(
        &own.iter().copied().collect::<Vec<_>>(),
        &expected.iter().copied().collect::<Vec<_>>(),
    );
}

#[test]
fn the_last_value_with_places_is_the_usual_layer() {
    let folder = tempfile::tempdir().unwrap();
    let network = Network::open(&save(folder.path(), &model(&PLAIN)), &options()).unwrap();
    assert_eq!(network.layers(), ["c", "a"]);
    assert_eq!(network.usual_layer().as_deref(), Some("a"));
    let layer = network
        .layer_gradient(picture().view(), Target::Class(0), Some("c"))
        .unwrap();
    assert_eq!(layer.activation.shape(), [5, 3, 3]);
    // Before the clip: only what it lets through has a gradient, the same all over a channel.
    for (a, g) in layer.activation.iter().zip(&layer.gradient) {
        assert_eq!(
            *g == 0.0,
            !(*a > 0.0 && *a < 6.0),
            "activation {a}, gradient {g}"
        );
    }
    let unknown = network.layer_gradient(picture().view(), Target::Class(0), Some("nothing"));
    assert!(matches!(unknown, Err(ClassifierError::Layer { .. })));
    let class = network
        .gradient(picture().view(), Target::Class(9))
        .unwrap_err()
        .to_string();
    assert!(class.contains("no class 9"), "{class}");
}

#[test]
fn prepared_graphs_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = save(folder.path(), &model(&PLAIN));
    let kept = folder.path().join("graphs");
    let options = NetworkOptions {
        cache: GraphCache::at(kept.clone()),
        ..options()
    };
    let run = || {
        let network = Network::open(&path, &options).unwrap();
        network
            .gradient(picture().view(), Target::Class(1))
            .unwrap()
            .input
    };
    let first = run();
    let files = || std::fs::read_dir(&kept).unwrap().count();
    let count = files();
    assert!(count >= 3, "{count}");
    assert_eq!(run(), first);
    assert_eq!(files(), count);
    // Constants that are gone, and damaged entries, are made anew.
    let mut gone = 0;
    for entry in std::fs::read_dir(&kept).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|x| x == "bin") {
            std::fs::remove_file(path).unwrap();
            gone += 1;
        }
    }
    assert!(gone >= 1);
    assert_eq!(run(), first);
    assert_eq!(files(), count);
    for entry in std::fs::read_dir(&kept).unwrap() {
        std::fs::write(entry.unwrap().path(), b"junk").unwrap();
    }
    assert_eq!(run(), first);
}

#[test]
fn what_is_no_classifier_is_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.onnx");
    let refused = |needle: &str| {
        let error = Network::open(&path, &options())
            .err()
            .map(|e| e.to_string())
            .unwrap_or_default();
        assert!(
            error.contains(needle) && error.lines().count() == 1,
            "{needle}: {error}"
        );
    };
    refused("small.onnx");
    std::fs::write(&path, b"").unwrap();
    refused("0 bytes");
    std::fs::write(&path, b"hello, this is no network").unwrap();
    refused("not an ONNX model");
    for (other, name) in [
        (&b"\x89HDF\r\n\x1a\n\0\0\0\0"[..], "model.export"),
        (
            b"\x1c\0\0\0TFL3\0\0\0\0",
            "a TensorFlow Lite model; convert it",
        ),
        (b"<!DOCTYPE html><html></html>", "it is a web page"),
        (
            b"version https://git-lfs.github.com/spec/v1\n",
            "git lfs pull",
        ),
    ] {
        std::fs::write(&path, other).unwrap();
        refused(name);
    }
    let bytes = model(&PLAIN).to_bytes();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    refused("cut short");

    let change = |edit: &dyn Fn(&mut Graph)| {
        let mut changed = model(&PLAIN);
        edit(changed.graph.as_mut().unwrap());
        changed.save(&path).unwrap();
    };
    let extra = |name: &str| ValueInfo::new(name, &ValueType::new(ElementType::F32, &[1, 3]));
    change(&|g| g.input.extend([extra("p"), extra("q")]));
    // Nothing reads them.
    Network::open(&path, &options()).unwrap();
    change(&|g| {
        g.output = vec![ValueInfo::new(
            "a",
            &ValueType::new(ElementType::F32, &[1, 5, 3, 3]),
        )];
    });
    refused("no output is [N,classes]");
    change(&|g| {
        g.input = vec![ValueInfo::new(
            "x",
            &ValueType::new(ElementType::F32, &[1, 3]),
        )];
    });
    refused("its input \"x\" is [1,3]");
    change(&|g| g.node.swap(0, 1));
    Network::open(&path, &options()).unwrap();
    change(&|g| g.node[0].input[0] = "y".to_owned());
    refused("circle");
    for location in ["../weights", "/etc/hostname", ""] {
        change(&|g| {
            let tensor = &mut g.initializer[0];
            tensor.raw_data = None;
            tensor.data_location = Some(1);
            tensor.external_data = vec![crate::onnx::Property {
                key: Some("location".to_owned()),
                value: Some(location.to_owned()),
            }];
        });
        refused("must lie in the model's folder");
    }
    change(&|g| {
        g.node.insert(4, Node::new("Hardmax", &["f"], &["f2"]));
        if let Some(product) = g.node.iter_mut().find(|n| n.op() == "MatMul") {
            product.input[0] = "f2".to_owned();
        }
    });
    let network = Network::open(&path, &options()).unwrap();
    assert_eq!(network.check().unwrap().missing[0].operator, "Hardmax");
    let error = network
        .gradient(picture().view(), Target::Class(0))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("Hardmax") && error.contains("no gradient rule"),
        "{error}"
    );
}
