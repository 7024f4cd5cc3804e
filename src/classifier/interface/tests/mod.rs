//! Small networks with the outsides that exporters write: which input, which output, what the
//! scores mean, and the gradient of what is explained against central differences.

mod ends;
mod inputs;
mod named;
mod scores;

use std::path::PathBuf;

use ndarray::Array3;

use super::super::network_tests::numbers;
use super::super::{
    ClassifierError, Device, Differentiable as _, GraphCache, Network, NetworkOptions, ScoreKind,
    Target,
};
use crate::onnx::{
    Dimension, DimensionValue, ElementType, Graph, Model, Node, OperatorSet, Shape, Tensor,
    TensorType, Type, ValueInfo, ValueType,
};

const SIDE: i64 = 6;
const FEATURES: i64 = 5;
const CLASSES: i64 = 4;

/// A network under construction: features of the picture `x` in `emb`, `[1, 5]`, and `logits`.
struct Net {
    nodes: Vec<Node>,
    constants: Vec<Tensor>,
    inputs: Vec<ValueInfo>,
    outputs: Vec<ValueInfo>,
    domains: Vec<(&'static str, i64)>,
}

fn info(name: &str, element: ElementType, dims: &[i64]) -> ValueInfo {
    ValueInfo::new(name, &ValueType::new(element, dims))
}

/// An input with sizes that are numbers or names.
fn open_info(name: &str, element: ElementType, dims: &[Result<i64, &str>]) -> ValueInfo {
    let dim = |d: &Result<i64, &str>| Dimension {
        value: Some(match d {
            Ok(size) => DimensionValue::Size(*size),
            Err(name) => DimensionValue::Name((*name).to_owned()),
        }),
    };
    ValueInfo {
        name: Some(name.to_owned()),
        r#type: Some(Type {
            tensor_type: Some(TensorType {
                elem_type: Some(element.code()),
                shape: Some(Shape {
                    dim: dims.iter().map(dim).collect(),
                }),
            }),
            ..Type::default()
        }),
    }
}

fn floats(name: &str, dims: &[i64], seed: i64) -> Tensor {
    Tensor::from_f32(name, dims, &numbers(dims.iter().product(), seed))
}

impl Net {
    /// Features and `classes` logits of `picture`.
    fn of(picture: &str, classes: i64) -> Self {
        let mut net = Self {
            nodes: Vec::new(),
            constants: Vec::new(),
            inputs: vec![info("x", ElementType::F32, &[1, 3, SIDE, SIDE])],
            outputs: Vec::new(),
            domains: Vec::new(),
        };
        net.body("", picture, classes, 0);
        net
    }

    fn plain() -> Self {
        Self::of("x", CLASSES)
    }

    fn body(&mut self, prefix: &str, picture: &str, classes: i64, seed: i64) {
        let own = |name: &str| format!("{prefix}{name}");
        self.constants
            .push(floats(&own("w"), &[FEATURES, 3, 3, 3], 1 + seed));
        self.constants
            .push(floats(&own("b"), &[FEATURES], 2 + seed));
        self.constants
            .push(floats(&own("m"), &[FEATURES, classes], 3 + seed));
        self.constants.push(floats(&own("n"), &[classes], 4 + seed));
        let conv = Node::new("Conv", &[picture, &own("w"), &own("b")], &[&own("c")]);
        self.nodes.push(conv.with_ints("pads", &[1, 1, 1, 1]));
        self.node("Mul", &[&own("c"), &own("c")], &own("r"));
        self.node("GlobalAveragePool", &[&own("r")], &own("g"));
        self.node("Flatten", &[&own("g")], &own("emb"));
        self.node("Gemm", &[&own("emb"), &own("m"), &own("n")], &own("logits"));
    }

    fn node(&mut self, op: &str, inputs: &[&str], output: &str) {
        self.nodes.push(Node::new(op, inputs, &[output]));
    }

    fn then(mut self, op: &str, inputs: &[&str], output: &str) -> Self {
        self.node(op, inputs, output);
        self
    }

    fn with(mut self, node: Node) -> Self {
        self.nodes.push(node);
        self
    }

    fn before(mut self, nodes: Vec<Node>) -> Self {
        self.nodes.splice(0..0, nodes);
        self
    }

    fn constant(mut self, tensor: Tensor) -> Self {
        self.constants.push(tensor);
        self
    }

    fn number(self, name: &str, value: f32) -> Self {
        self.constant(Tensor::from_f32(name, &[], &[value]))
    }

    fn out(mut self, name: &str, dims: &[i64]) -> Self {
        self.outputs.push(info(name, ElementType::F32, dims));
        self
    }

    fn taking(mut self, input: ValueInfo) -> Self {
        self.inputs = vec![input];
        self
    }

    fn also_taking(mut self, input: ValueInfo) -> Self {
        self.inputs.push(input);
        self
    }

    fn model(self) -> Model {
        let graph = Graph {
            name: Some("small".to_owned()),
            node: self.nodes,
            initializer: self.constants,
            input: self.inputs,
            output: self.outputs,
            ..Graph::default()
        };
        let mut model = Model::new(graph, 17);
        for (domain, version) in self.domains {
            model.opset_import.push(OperatorSet {
                domain: Some(domain.to_owned()),
                version: Some(version),
            });
        }
        model
    }

    fn open(self) -> Network {
        self.try_open(&NetworkOptions::default()).unwrap()
    }

    fn refused(self) -> String {
        self.try_open(&NetworkOptions::default())
            .unwrap_err()
            .to_string()
    }

    fn try_open(self, options: &NetworkOptions) -> Result<Network, ClassifierError> {
        let folder = tempfile::tempdir().unwrap();
        let path: PathBuf = folder.path().join("small.onnx");
        self.model().save(&path).unwrap();
        Network::open(
            &path,
            &NetworkOptions {
                cache: GraphCache::off(),
                device: Device::Cpu,
                workers: Some(1),
                ..options.clone()
            },
        )
    }
}

fn picture(network: &Network) -> Array3<f32> {
    let [h, w, c] = network.input_shape();
    Array3::from_shape_vec((h, w, c), numbers((h * w * c) as i64, 9)).unwrap()
}

fn near(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= 2e-5, "{found:?} is not {expected:?}");
    }
}

/// The gradient of the explained value of each class against differences of it, over the whole
/// picture, to 1e-4 of its length. Features are squares, so differences of any step are exact but
/// for rounding where nothing else bends the value.
fn gradients_are_right(network: &Network, range: f32) {
    // Large: what single precision rounds is then small beside the difference.
    gradients_are_right_by(network, range, range);
}

/// As [`gradients_are_right`], for a value that bends: by steps of `step`.
fn gradients_are_right_by(network: &Network, range: f32, step: f32) {
    let x = picture(network) * range;
    let at = |index: usize, by: f32| -> Vec<f64> {
        let mut moved = x.clone();
        moved.as_slice_mut().unwrap()[index] += by * step;
        let logits = network.logits(moved.view()).unwrap();
        logits.into_iter().map(f64::from).collect()
    };
    let classes = network.classes();
    let ours: Vec<Array3<f32>> = (0..classes)
        .map(|class| network.gradient(x.view(), Target::Class(class)).unwrap())
        .map(|gradient| gradient.input)
        .collect();
    let (mut difference, mut length) = (vec![0.0; classes], vec![0.0; classes]);
    for index in 0..x.len() {
        let [far_below, below, above, far_above] = [-2.0, -1.0, 1.0, 2.0].map(|by| at(index, by));
        for class in 0..classes {
            let near = above[class] - below[class];
            let far = far_above[class] - far_below[class];
            let there = (8.0 * near - far) / (12.0 * f64::from(step));
            let ours = f64::from(ours[class].as_slice().unwrap()[index]);
            difference[class] += (ours - there).powi(2);
            length[class] += there.powi(2);
        }
    }
    for class in 0..classes {
        assert!(length[class] > 0.0, "class {class} has no gradient");
        let share: f64 = difference[class] / length[class];
        assert!(share.sqrt() < 1e-4, "class {class}: {:.1e}", share.sqrt());
    }
}

/// What the network says of the picture, and that each class has its gradient.
fn says(network: &Network, kind: ScoreKind, probabilities: &[f32]) {
    assert_eq!(network.kind(), kind);
    let logits = network.logits(picture(network).view()).unwrap();
    near(&network.probabilities(&logits), probabilities);
}

fn logits() -> Vec<f32> {
    let network = Net::plain().out("logits", &[1, CLASSES]).open();
    network.logits(picture(&network).view()).unwrap()
}

fn sigmoid(logits: &[f32]) -> Vec<f32> {
    logits.iter().map(|l| 1.0 / (1.0 + (-l).exp())).collect()
}
