//! Each gradient rule against finite differences or a closed form, over many random shapes.
//!
//! Three ways, by what the runtime can compute:
//! - in double precision, central differences of the runtime's own forward pass;
//! - linear operators in single precision, on whole numbers, where differences are exact;
//! - the rest in single precision, against central differences of a forward pass in Rust.

mod attention;
mod elementwise;
mod lowered;
mod moves;
mod norms;
mod quantised;
mod sampling;
mod selections;
mod windows;

use ort::session::builder::GraphOptimizationLevel;
use ort::value::{DynValue, Tensor as OrtTensor};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::autodiff::{Names, differentiate};
use crate::onnx::{ElementType, Graph, Model, Node, OperatorSet, Tensor, ValueInfo, ValueType};

use super::Device;
use super::fold::prepare_types;
use super::pool::open;

/// The domain of ONNX Runtime's own operators.
const MICROSOFT: &str = "com.microsoft";

/// One of ONNX Runtime's own operators.
fn own(op: &str, inputs: &[&str], outputs: &[&str]) -> Node {
    Node {
        domain: Some(MICROSOFT.to_owned()),
        ..Node::new(op, inputs, outputs)
    }
}

/// A small graph from `x` to `y`.
#[derive(Clone)]
pub(super) struct Case {
    label: String,
    nodes: Vec<Node>,
    floats: Vec<(String, Vec<i64>, Vec<f64>)>,
    others: Vec<Tensor>,
    dims: Vec<i64>,
    x: Vec<f64>,
    opset: i64,
}

impl Case {
    /// One node that reads `x` (and constants that are added later) and makes `y`.
    fn new(node: Node, dims: &[i64], x: Vec<f64>) -> Self {
        Self {
            label: format!("{} {:?} on {dims:?}", node.op(), node.attribute),
            nodes: vec![node],
            floats: Vec::new(),
            others: Vec::new(),
            dims: dims.to_vec(),
            x,
            opset: 17,
        }
    }

    fn opset(mut self, opset: i64) -> Self {
        self.opset = opset;
        self
    }

    fn floats(mut self, name: &str, dims: &[i64], values: Vec<f64>) -> Self {
        self.floats.push((name.to_owned(), dims.to_vec(), values));
        self
    }

    fn ints(mut self, name: &str, values: &[i64]) -> Self {
        self.others
            .push(Tensor::from_i64(name, &[values.len() as i64], values));
        self
    }

    fn model(&self, element: ElementType) -> Model {
        let mut initializer = self.others.clone();
        initializer.extend(
            self.floats
                .iter()
                .map(|(name, dims, v)| Tensor::from_floats(name, dims, element, v)),
        );
        let graph = Graph {
            node: self.nodes.clone(),
            initializer,
            input: vec![ValueInfo::new("x", &ValueType::new(element, &self.dims))],
            output: vec![ValueInfo {
                name: Some("y".to_owned()),
                r#type: None,
            }],
            name: Some("case".to_owned()),
            ..Graph::default()
        };
        let mut model = Model::new(graph, self.opset);
        if self.nodes.iter().any(|n| n.op_domain() == MICROSOFT) {
            model.opset_import.push(OperatorSet {
                domain: Some(MICROSOFT.to_owned()),
                version: Some(1),
            });
        }
        model
    }

    /// The output at `points`, computed by the runtime.
    fn forward(&self, element: ElementType, points: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let bytes = self.model(element).to_bytes();
        let mut session = open(&bytes, Device::Cpu, 1, GraphOptimizationLevel::Disable)
            .unwrap_or_else(|e| panic!("{}: {e}", self.label));
        let value = |x: &[f64]| tensor(element, &self.dims, x);
        points
            .iter()
            .map(|x| {
                let outputs = session.run(ort::inputs!["x" => value(x)]).unwrap();
                numbers(element, outputs.get("y").unwrap())
            })
            .collect()
    }

    /// The gradient of `seed . y` in `x`, computed by the graph under test.
    fn gradient(
        &self,
        element: ElementType,
        seed: impl Fn(usize) -> Vec<f64>,
    ) -> (Vec<f64>, Vec<f64>) {
        let mut model = self.model(element);
        let types =
            prepare_types(&mut model, "x").unwrap_or_else(|e| panic!("{}: {e}", self.label));
        let names = Names::default();
        let graph = differentiate(model.graph.as_ref().unwrap(), &types, "y", "x", &names)
            .unwrap_or_else(|e| panic!("{}: {e}", self.label));
        let bytes = Model {
            graph: Some(graph),
            ..model.clone()
        }
        .to_bytes();
        let mut session = open(&bytes, Device::Cpu, 1, GraphOptimizationLevel::All)
            .unwrap_or_else(|e| panic!("{}: {e}", self.label));
        let y = &types["y"].dims;
        let seed = seed(y.iter().product::<i64>() as usize);
        let inputs = ort::inputs!["x" => tensor(element, &self.dims, &self.x), names.seed.as_str() => tensor(element, y, &seed)];
        let outputs = session
            .run(inputs)
            .unwrap_or_else(|e| panic!("{}: {e}", self.label));
        (
            numbers(element, outputs.get(&names.gradient).unwrap()),
            seed,
        )
    }

    /// Compares directional derivatives of `forward` with the gradient.
    fn compare(
        &self,
        element: ElementType,
        step: f64,
        tolerance: f64,
        forward: impl Fn(&[Vec<f64>]) -> Vec<Vec<f64>>,
    ) {
        let mut rng = StdRng::seed_from_u64(self.x.len() as u64);
        let (gradient, seed) = self.gradient(element, |n| {
            (0..n).map(|i| f64::from((i % 7) as i32 - 3)).collect()
        });
        assert_eq!(gradient.len(), self.x.len(), "{}", self.label);
        let length = |v: &[f64]| v.iter().map(|a| a * a).sum::<f64>().sqrt();
        for _ in 0..4 {
            let direction: Vec<f64> = self
                .x
                .iter()
                .map(|_| f64::from(rng.random_range(-2i32..=2)))
                .collect();
            let at = |t: f64| {
                self.x
                    .iter()
                    .zip(&direction)
                    .map(|(x, d)| x + t * d)
                    .collect::<Vec<_>>()
            };
            let points = forward(&[at(step), at(-step)]);
            let dot = |y: &[f64]| -> f64 { y.iter().zip(&seed).map(|(a, b)| a * b).sum() };
            let measured = (dot(&points[0]) - dot(&points[1])) / (2.0 * step);
            let computed: f64 = gradient.iter().zip(&direction).map(|(g, d)| g * d).sum();
            let scale = length(&gradient) * length(&direction) + 1e-3;
            assert!(
                (measured - computed).abs() <= tolerance * scale,
                "{}: measured {measured}, computed {computed}",
                self.label
            );
        }
    }

    /// Double precision: central differences. Then single precision against double.
    fn in_double(&self) {
        self.compare(ElementType::F64, 1e-5, 2e-6, |points| {
            self.forward(ElementType::F64, points)
        });
        let seed = |n: usize| {
            (0..n)
                .map(|i| f64::from((i % 7) as i32 - 3))
                .collect::<Vec<_>>()
        };
        let (double, _) = self.gradient(ElementType::F64, seed);
        let (single, _) = self.gradient(ElementType::F32, seed);
        close(&self.label, &single, &double, 1e-4);
    }

    /// A linear operator on whole numbers: exact.
    fn is_linear(&self) {
        self.compare(ElementType::F32, 1.0, 1e-6, |points| {
            self.forward(ElementType::F32, points)
        });
    }

    /// Against a forward pass in Rust, whose figures are compared with the runtime's too.
    fn against(&self, forward: impl Fn(&[f64]) -> Vec<f64>) {
        let own = self
            .forward(ElementType::F32, std::slice::from_ref(&self.x))
            .remove(0);
        close(&self.label, &own, &forward(&self.x), 1e-4);
        self.compare(ElementType::F32, 1e-5, 2e-4, |points| {
            points.iter().map(|p| forward(p)).collect()
        });
    }
}

fn close(label: &str, ours: &[f64], reference: &[f64], tolerance: f64) {
    assert_eq!(ours.len(), reference.len(), "{label}");
    let size = reference.iter().map(|v| v.abs()).fold(1e-3, f64::max);
    for (i, (a, b)) in ours.iter().zip(reference).enumerate() {
        assert!(
            (a - b).abs() <= tolerance * size,
            "{label}: element {i} is {a}, not {b}"
        );
    }
}

fn tensor(element: ElementType, dims: &[i64], values: &[f64]) -> DynValue {
    if element == ElementType::F64 {
        return OrtTensor::from_array((dims, values.to_vec()))
            .unwrap()
            .into_dyn();
    }
    let values: Vec<f32> = values.iter().map(|&v| v as f32).collect();
    OrtTensor::from_array((dims, values)).unwrap().into_dyn()
}

fn numbers(element: ElementType, value: &DynValue) -> Vec<f64> {
    if element == ElementType::F64 {
        return value.try_extract_tensor::<f64>().unwrap().1.to_vec();
    }
    let single = value.try_extract_tensor::<f32>().unwrap().1;
    single.iter().map(|&v| f64::from(v)).collect()
}

/// Numbers in `low..high`, none of them near a bend at a multiple of 1/2.
fn between(rng: &mut StdRng, count: i64, low: f64, high: f64) -> Vec<f64> {
    (0..count)
        .map(|_| {
            loop {
                let v: f64 = rng.random_range(low..high);
                let gap = (v * 2.0 - (v * 2.0).round()).abs();
                if gap > 0.02 {
                    break v;
                }
            }
        })
        .collect()
}

/// Whole numbers from -4 to 4.
fn whole(rng: &mut StdRng, count: i64) -> Vec<f64> {
    (0..count)
        .map(|_| f64::from(rng.random_range(-4i32..=4)))
        .collect()
}

/// A shape of `rank` dimensions of 1 to 5.
fn shape(rng: &mut StdRng, rank: usize) -> Vec<i64> {
    (0..rank).map(|_| rng.random_range(1..=5)).collect()
}

/// All different numbers, at least 1/8 apart, in random order.
fn distinct(rng: &mut StdRng, count: i64) -> Vec<f64> {
    let mut values: Vec<f64> = (0..count).map(|i| (i - count / 2) as f64 / 8.0).collect();
    for i in (1..values.len()).rev() {
        values.swap(i, rng.random_range(0..=i));
    }
    values
}
