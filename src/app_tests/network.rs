//! A real network so small that its answers are known: it says whether a picture is green.

use std::path::Path;
use std::sync::Arc;

use crate::classifier::{Catalog, Classifier, Device, GraphCache, ModelOverrides, NetworkOptions};
use crate::home::Home;
use crate::onnx::{ElementType, Graph, Model, Node, Tensor, ValueInfo, ValueType};

/// Side of what it sees, in pixels.
pub(super) const SIDE: i64 = 24;
const CLASSES: usize = 10;

/// Its score of class 0 grows with the mean of green, that of class 1 falls; of the others it is sure
/// that they are not there. Its file is made in `folder`.
pub(super) fn green(folder: &Path) -> Arc<Classifier> {
    let floats = |name: &str, dims: &[i64], values: &[f64]| {
        Tensor::from_floats(name, dims, ElementType::F32, values)
    };
    let mut weights = vec![0.0; 3 * CLASSES];
    (weights[CLASSES], weights[CLASSES + 1]) = (2.0, -2.0);
    let mut bias = vec![-9.0; CLASSES];
    (bias[0], bias[1]) = (0.0, 0.0);
    let graph = Graph {
        node: vec![
            Node::new("GlobalAveragePool", &["x"], &["g"]),
            Node::new("Flatten", &["g"], &["f"]),
            Node::new("MatMul", &["f", "w"], &["m"]),
            Node::new("Add", &["m", "b"], &["y"]),
        ],
        name: Some("green".to_owned()),
        initializer: vec![
            floats("w", &[3, CLASSES as i64], &weights),
            floats("b", &[CLASSES as i64], &bias),
        ],
        input: vec![value("x", &[1, 3, SIDE, SIDE])],
        output: vec![value("y", &[1, CLASSES as i64])],
        ..Graph::default()
    };
    let path = folder.join("green.onnx");
    Model::new(graph, 17).save(&path).unwrap();
    let home = Home {
        root: folder.join("root"),
        data: folder.join("data"),
        cache: folder.join("cache"),
    };
    let options = NetworkOptions {
        cache: GraphCache::off(),
        device: Device::Cpu,
        workers: Some(1),
        trusted: true,
        ..NetworkOptions::default()
    };
    let classifier = Classifier::open(
        &home,
        &Catalog::default(),
        &path.display().to_string(),
        &ModelOverrides {
            mean: Some([0.4; 3]),
            std: Some([0.2; 3]),
            ..ModelOverrides::default()
        },
        &options,
    )
    .unwrap();
    Arc::new(classifier)
}

fn value(name: &str, dims: &[i64]) -> ValueInfo {
    ValueInfo::new(name, &ValueType::new(ElementType::F32, dims))
}
