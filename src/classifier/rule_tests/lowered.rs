//! Operators that stand for several others: the same figures as the runtime's own, and the
//! gradient of what they are written as.

use ort::session::builder::GraphOptimizationLevel;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::super::fold::{fold, stored_types};
use super::{Case, between, close, distinct, numbers, own, tensor, whole};
use crate::autodiff::{Names, differentiate};
use crate::classifier::Device;
use crate::classifier::pool::open;
use crate::onnx::{
    Attribute, ElementType, Graph, Model, Node, Tensor, ValueInfo, ValueType, attribute_type,
};

impl Case {
    /// The graph as it is explained.
    pub(super) fn folded(&self) -> Model {
        let input = ValueType::new(ElementType::F32, &self.dims);
        fold(self.model(ElementType::F32), "x", &input)
            .unwrap_or_else(|e| panic!("{}: {e}", self.label))
    }

    /// Gradient of the weights `-3, -2, .. 3, -3, ..` of `y` in `x`, through [`Self::folded`].
    pub(super) fn folded_gradient(&self) -> Vec<f64> {
        let folded = self.folded();
        let types = stored_types(&folded).unwrap();
        let names = Names::default();
        let graph = differentiate(folded.graph.as_ref().unwrap(), &types, "y", "x", &names)
            .unwrap_or_else(|e| panic!("{}: {e}", self.label));
        let model = Model {
            graph: Some(graph),
            ..folded
        };
        let bytes = model.to_bytes();
        let mut session = open(&bytes, Device::Cpu, 1, GraphOptimizationLevel::All)
            .unwrap_or_else(|e| panic!("{}: {e}", self.label));
        let y = &types["y"].dims;
        let seed = seed(y.iter().product::<i64>() as usize);
        let element = ElementType::F32;
        let inputs = ort::inputs!["x" => tensor(element, &self.dims, &self.x), names.seed.as_str() => tensor(element, y, &seed)];
        let outputs = session.run(inputs).unwrap();
        numbers(element, outputs.get(&names.gradient).unwrap())
    }

    /// The figures of [`Self::folded`] are those of the runtime's own operator, and its gradient
    /// is that of central differences in double precision.
    pub(super) fn is_written_out(&self, operator: &str) {
        let folded = self.folded();
        let nodes = &folded.graph.as_ref().unwrap().node;
        assert!(nodes.iter().all(|n| n.op() != operator), "{}", self.label);
        let one = std::slice::from_ref(&self.x);
        let theirs = self.forward(ElementType::F32, one).remove(0);
        let ours = run(&folded, ElementType::F32, &self.dims, one).remove(0);
        close(&self.label, &ours, &theirs, 2e-5);
        let double = in_double(&folded);
        let gradient = self.folded_gradient();
        let length = |v: &[f64]| v.iter().map(|a| a * a).sum::<f64>().sqrt();
        for turn in 0..4 {
            let direction: Vec<f64> = (0..self.x.len())
                .map(|i| f64::from(((i * 7 + turn * 3) % 5) as i32 - 2))
                .collect();
            let at = |t: f64| -> Vec<f64> {
                let moved = self.x.iter().zip(&direction);
                moved.map(|(x, d)| x + t * d).collect()
            };
            let points = [at(1e-5), at(-1e-5)];
            let made = run(&double, ElementType::F64, &self.dims, &points);
            let dot = |y: &[f64]| -> f64 { y.iter().zip(seed(y.len())).map(|(a, b)| a * b).sum() };
            let measured = (dot(&made[0]) - dot(&made[1])) / 2e-5;
            let computed: f64 = gradient.iter().zip(&direction).map(|(g, d)| g * d).sum();
            let scale = length(&gradient) * length(&direction) + 1e-3;
            assert!(
                (measured - computed).abs() <= 1e-4 * scale,
                "{}: measured {measured}, computed {computed}",
                self.label
            );
        }
    }

    /// Figures within `tolerance` of those of `other`, and the same gradient.
    pub(super) fn is_like(&self, other: &Self, tolerance: f64) {
        let one = std::slice::from_ref(&self.x);
        let theirs = other.forward(ElementType::F32, one).remove(0);
        let ours = run(&self.folded(), ElementType::F32, &self.dims, one).remove(0);
        close(&self.label, &ours, &theirs, tolerance);
        let (ours, theirs) = (self.folded_gradient(), other.folded_gradient());
        close(&self.label, &ours, &theirs, 1e-5);
        assert!(ours.iter().any(|&g| g != 0.0), "{}", self.label);
    }
}

fn seed(count: usize) -> Vec<f64> {
    (0..count).map(|i| f64::from((i % 7) as i32 - 3)).collect()
}

pub(super) fn run(
    model: &Model,
    element: ElementType,
    dims: &[i64],
    points: &[Vec<f64>],
) -> Vec<Vec<f64>> {
    let bytes = model.to_bytes();
    let mut session = open(&bytes, Device::Cpu, 1, GraphOptimizationLevel::Disable).unwrap();
    let each = points.iter().map(|x| {
        let outputs = session
            .run(ort::inputs!["x" => tensor(element, dims, x)])
            .unwrap();
        numbers(element, outputs.get("y").unwrap())
    });
    each.collect()
}

/// The graph in double precision.
fn in_double(model: &Model) -> Model {
    let mut model = model.clone();
    let graph = model.graph.as_mut().unwrap();
    for constant in &mut graph.initializer {
        if constant.element() == Some(ElementType::F32) {
            let values = constant.to_f64().unwrap();
            *constant =
                Tensor::from_floats(constant.name(), &constant.dims, ElementType::F64, &values);
        }
    }
    for node in &mut graph.node {
        let single = node.op() == "Cast" && node.int("to", 0) == 1;
        if single {
            node.take_attribute("to");
            *node = node.clone().with_int("to", 11);
        }
    }
    graph.value_info.clear();
    for value in graph.input.iter_mut().chain(&mut graph.output) {
        let dims: Vec<i64> = value.dims().unwrap().into_iter().flatten().collect();
        *value = ValueInfo::new(value.name(), &ValueType::new(ElementType::F64, &dims));
    }
    model
}

#[test]
fn skipped_norms() {
    let mut rng = StdRng::seed_from_u64(61);
    let dims = [1, 4, 6];
    for (op, inputs) in [
        (
            "SkipLayerNormalization",
            vec!["x", "skip", "s", "b", "bias"],
        ),
        ("SkipLayerNormalization", vec!["x", "skip", "s"]),
        (
            "SkipSimplifiedLayerNormalization",
            vec!["x", "skip", "s", "bias"],
        ),
    ] {
        let outputs = ["n", "", "", "sum"];
        let mut case = Case::new(
            own(op, &inputs, &outputs).with_float("epsilon", 1e-3),
            &dims,
            between(&mut rng, 24, -2.0, 2.0),
        );
        case.nodes.push(Node::new("Mul", &["n", "sum"], &["y"]));
        case.floats("skip", &dims, between(&mut rng, 24, -2.0, 2.0))
            .floats("s", &[6], between(&mut rng, 6, -2.0, 2.0))
            .floats("b", &[6], between(&mut rng, 6, -2.0, 2.0))
            .floats("bias", &[6], between(&mut rng, 6, -2.0, 2.0))
            .is_written_out(op);
    }
}

#[test]
fn fused_products() {
    let mut rng = StdRng::seed_from_u64(62);
    for (flags, x, w) in [
        (vec![], vec![1, 2, 3, 4], vec![1, 2, 4, 5]),
        (vec!["transA"], vec![2, 4, 3], vec![4, 5]),
        (vec!["transB"], vec![2, 3, 4], vec![5, 4]),
        (vec!["transBatchA"], vec![3, 2, 4], vec![2, 4, 5]),
        (vec!["transBatchA", "transA"], vec![4, 2, 3], vec![2, 4, 5]),
    ] {
        let node = own("FusedMatMul", &["x", "w"], &["y"]).with_float("alpha", 0.25);
        let node = flags.iter().fold(node, |node, flag| node.with_int(flag, 1));
        let count = |dims: &[i64]| dims.iter().product();
        Case::new(node, &x, between(&mut rng, count(&x), -2.0, 2.0))
            .floats("w", &w, between(&mut rng, count(&w), -2.0, 2.0))
            .is_written_out("FusedMatMul");
    }
    let node = own("FusedGemm", &["x", "w", "b"], &["y"])
        .with_int("transB", 1)
        .with_text("activation", "LeakyRelu")
        .with_float("activation_alpha", 0.25);
    Case::new(node, &[2, 4], between(&mut rng, 8, -2.0, 2.0))
        .floats("w", &[3, 4], between(&mut rng, 12, -2.0, 2.0))
        .floats("b", &[3], between(&mut rng, 3, -2.0, 2.0))
        .is_written_out("FusedGemm");
}

#[test]
fn convolutions_with_their_activation() {
    let mut rng = StdRng::seed_from_u64(63);
    let x = between(&mut rng, 50, -2.0, 2.0);
    let w = between(&mut rng, 54, -1.0, 1.0);
    let z = between(&mut rng, 27, -1.0, 1.0);
    for (activation, values, plain) in [
        ("Relu", vec![], Node::new("Relu", &["s"], &["y"])),
        (
            "LeakyRelu",
            vec![0.25],
            Node::new("LeakyRelu", &["s"], &["y"]).with_float("alpha", 0.25),
        ),
        (
            "Clip",
            vec![-0.5, 1.5],
            Node::new("Clip", &["s", "low", "high"], &["y"]),
        ),
        (
            "HardSigmoid",
            vec![0.25, 0.5],
            Node::new("HardSigmoid", &["s"], &["y"]).with_float("alpha", 0.25),
        ),
    ] {
        let conv = |node: Node| {
            node.with_ints("kernel_shape", &[3, 3])
                .with_ints("strides", &[2, 2])
                .with_ints("pads", &[1, 1, 1, 1])
        };
        let mut fused = conv(own("FusedConv", &["x", "w", "b", "z"], &["y"]));
        fused = fused.with_text("activation", activation);
        fused.attribute.push(Attribute {
            name: Some("activation_params".to_owned()),
            floats: values,
            r#type: Some(attribute_type::FLOATS),
            ..Attribute::default()
        });
        let fill = |nodes: Vec<Node>| {
            let mut case = Case::new(nodes[0].clone(), &[1, 2, 5, 5], x.clone());
            case.nodes = nodes;
            case.floats("w", &[3, 2, 3, 3], w.clone())
                .floats("b", &[3], vec![0.1, -0.2, 0.3])
                .floats("z", &[1, 3, 3, 3], z.clone())
                .floats("low", &[], vec![-0.5])
                .floats("high", &[], vec![1.5])
        };
        let apart = vec![
            conv(Node::new("Conv", &["x", "w", "b"], &["c"])),
            Node::new("Add", &["c", "z"], &["s"]),
            plain,
        ];
        fill(vec![fused]).is_like(&fill(apart), 1e-5);
    }
}

#[test]
fn biased_activations() {
    let mut rng = StdRng::seed_from_u64(64);
    let x = between(&mut rng, 12, -2.0, 2.0);
    let b = between(&mut rng, 4, -2.0, 2.0);
    for (fused, plain) in [("BiasGelu", "Gelu"), ("FastGelu", "FastGelu")] {
        let fill = |nodes: Vec<Node>| {
            let mut case = Case::new(nodes[0].clone(), &[3, 4], x.clone());
            case.nodes = nodes;
            case.floats("b", &[4], b.clone())
        };
        let apart = fill(vec![
            Node::new("Add", &["x", "b"], &["s"]),
            own(plain, &["s"], &["y"]),
        ]);
        fill(vec![own(fused, &["x", "b"], &["y"])]).is_like(&apart, 1e-5);
    }
}

#[test]
fn sequences() {
    let mut rng = StdRng::seed_from_u64(65);
    let at = |name: &str, list: &str, place: &str| Node::new("SequenceAt", &[list, place], &[name]);
    // Pieces of four, changed about: the last first, one put in, one taken out.
    let nodes = vec![
        Node::new("SplitToSequence", &["x", "four"], &["list"]).with_int("axis", 1),
        at("a", "list", "last"),
        Node::new("SequenceInsert", &["list", "a", "zero"], &["more"]),
        Node::new("SequenceErase", &["more", "one"], &["less"]),
        Node::new("ConcatFromSequence", &["less"], &["c"]).with_int("axis", 1),
        Node::new("SequenceLength", &["less"], &["n"]),
        Node::new("Cast", &["n"], &["m"]).with_int("to", 1),
        Node::new("Mul", &["c", "m"], &["d"]),
        Node::new("Mul", &["d", "d"], &["y"]),
    ];
    let mut case = Case::new(nodes[0].clone(), &[2, 12], between(&mut rng, 24, -2.0, 2.0));
    case.nodes = nodes;
    for (name, value) in [("four", 4), ("zero", 0), ("one", 1), ("last", -1)] {
        case.others.push(Tensor::from_i64(name, &[], &[value]));
    }
    case.is_written_out("SplitToSequence");

    // `unbind` and `stack`, and a list that is made of values.
    let nodes = vec![
        Node::new("SplitToSequence", &["x"], &["list"])
            .with_int("axis", 0)
            .with_int("keepdims", 0),
        at("a", "list", "zero"),
        at("b", "list", "last"),
        Node::new("SequenceConstruct", &["b", "a", "b"], &["made"]),
        Node::new("ConcatFromSequence", &["made"], &["c"])
            .with_int("axis", -1)
            .with_int("new_axis", 1),
        Node::new("Mul", &["c", "c"], &["y"]),
    ];
    let mut case = Case::new(nodes[0].clone(), &[2, 3], between(&mut rng, 6, -2.0, 2.0));
    case.nodes = nodes;
    for (name, value) in [("zero", 0), ("last", -1)] {
        case.others.push(Tensor::from_i64(name, &[], &[value]));
    }
    case.is_written_out("SequenceAt");
}

fn with_graph(mut node: Node, name: &str, graph: Graph) -> Node {
    node.attribute.push(Attribute {
        name: Some(name.to_owned()),
        g: Some(graph),
        r#type: Some(attribute_type::GRAPH),
        ..Attribute::default()
    });
    node
}

#[test]
fn loops_and_branches_whose_course_is_known() {
    let mut rng = StdRng::seed_from_u64(66);
    let value =
        |name: &str, element, dims: &[i64]| ValueInfo::new(name, &ValueType::new(element, dims));
    // v = v (x + i), three times, and all that v was.
    let body = Graph {
        name: Some("body".to_owned()),
        node: vec![
            Node::new("Cast", &["i"], &["f"]).with_int("to", 1),
            Node::new("Add", &["x", "f"], &["sum"]),
            Node::new("Mul", &["v", "sum"], &["next"]),
            Node::new("Identity", &["go"], &["on"]),
            Node::new("Identity", &["next"], &["seen"]),
        ],
        input: vec![
            value("i", ElementType::I64, &[]),
            value("go", ElementType::Bool, &[]),
            value("v", ElementType::F32, &[3]),
        ],
        output: vec![
            value("on", ElementType::Bool, &[]),
            value("next", ElementType::F32, &[3]),
            value("seen", ElementType::F32, &[3]),
        ],
        ..Graph::default()
    };
    let then = |op: &str| Graph {
        name: Some(op.to_owned()),
        node: vec![Node::new(op, &["all"], &[&format!("{op}/out")])],
        output: vec![value(&format!("{op}/out"), ElementType::F32, &[3, 3])],
        ..Graph::default()
    };
    let nodes = vec![
        with_graph(
            Node::new("Loop", &["three", "yes", "x"], &["last", "all"]),
            "body",
            body,
        ),
        with_graph(
            with_graph(
                Node::new("If", &["yes"], &["taken"]),
                "then_branch",
                then("Sin"),
            ),
            "else_branch",
            then("Cos"),
        ),
        Node::new("Mul", &["taken", "last"], &["y"]),
    ];
    let mut case = Case::new(nodes[0].clone(), &[3], between(&mut rng, 3, -1.5, 1.5));
    case.nodes = nodes;
    case.others.push(Tensor::from_i64("three", &[], &[3]));
    case.others
        .push(Tensor::from_raw("yes", &[], ElementType::Bool, vec![1]));
    case.is_written_out("Loop");
}

#[test]
fn powers() {
    let mut rng = StdRng::seed_from_u64(67);
    for p in [1, 2, 3] {
        Case::new(
            Node::new("GlobalLpPool", &["x"], &["y"]).with_int("p", p),
            &[1, 2, 3, 4],
            between(&mut rng, 24, -2.0, 2.0),
        )
        .is_written_out("GlobalLpPool");
    }
    for axes in [vec![0, 2, 3], vec![-1]] {
        Case::new(
            Node::new("MeanVarianceNormalization", &["x"], &["y"]).with_ints("axes", &axes),
            &[1, 2, 3, 4],
            between(&mut rng, 24, -2.0, 2.0),
        )
        .is_written_out("MeanVarianceNormalization");
    }
}

#[test]
fn pools_of_powers() {
    let mut rng = StdRng::seed_from_u64(68);
    let (rows, columns) = (5usize, 6usize);
    for p in [1i32, 2, 3] {
        let node = Node::new("LpPool", &["x"], &["y"])
            .with_ints("kernel_shape", &[3, 2])
            .with_ints("strides", &[2, 2])
            .with_ints("pads", &[1, 0, 1, 0])
            .with_int("p", i64::from(p));
        let x = between(&mut rng, (2 * rows * columns) as i64, -2.0, 2.0);
        let case = Case::new(node, &[1, 2, rows as i64, columns as i64], x);
        let powers = |x: &[f64]| {
            let mut out = Vec::new();
            for channel in 0..2 {
                for (top, left) in (0..3).flat_map(|i| (0..3).map(move |j| (i * 2, j * 2))) {
                    let mut sum = 0.0;
                    for (i, j) in (0..3).flat_map(|i| (0..2).map(move |j| (top + i, left + j))) {
                        if (1..=rows).contains(&i) && j < columns {
                            let at = (channel * rows + i - 1) * columns + j;
                            sum += x[at].abs().powi(p);
                        }
                    }
                    out.push(sum.powf(1.0 / f64::from(p)));
                }
            }
            out
        };
        case.against(powers);
    }
    // Where a window holds nothing but zeros there is no slope, and no figure that is none.
    let node = Node::new("LpPool", &["x"], &["y"]).with_ints("kernel_shape", &[2, 2]);
    let flat = Case::new(node, &[1, 1, 2, 2], vec![0.0; 4]).folded_gradient();
    assert_eq!(flat, [0.0; 4]);
}

#[test]
fn columns_and_unpooled() {
    let mut rng = StdRng::seed_from_u64(69);
    for (side, kernel, stride, pad) in [(5, 3, 1, 0), (6, 2, 2, 0), (5, 3, 2, 1)] {
        let count: i64 = ((side + 2 * pad - kernel) / stride + 1i64).pow(2);
        let node = Node::new("Col2Im", &["x", "side", "kernel"], &["y"])
            .with_ints("strides", &[stride, stride])
            .with_ints("pads", &[pad; 4]);
        let dims = [1, 2 * kernel * kernel, count];
        Case::new(node, &dims, whole(&mut rng, dims.iter().product()))
            .opset(18)
            .ints("side", &[side, side])
            .ints("kernel", &[kernel, kernel])
            .is_linear();
    }
    let mut case = Case::new(
        Node::new("MaxUnpool", &["x", "places"], &["y"])
            .with_ints("kernel_shape", &[2, 2])
            .with_ints("strides", &[2, 2]),
        &[1, 1, 2, 2],
        distinct(&mut rng, 4),
    );
    case.others
        .push(Tensor::from_i64("places", &[1, 1, 2, 2], &[5, 2, 8, 15]));
    case.x = whole(&mut rng, 4);
    case.is_linear();
}

#[test]
fn a_value_that_may_be_there_is_the_value() {
    let x = between(&mut StdRng::seed_from_u64(5), 12, -1.0, 1.0);
    let mut case = Case::new(Node::new("Optional", &["x"], &["o"]), &[1, 12], x).opset(18);
    case.nodes
        .push(Node::new("OptionalGetElement", &["o"], &["v"]));
    case.nodes.push(Node::new("Tanh", &["v"], &["y"]));
    case.is_written_out("OptionalGetElement");
}

#[test]
fn batch_normalisation_in_training_mode_uses_what_it_keeps() {
    let x = between(&mut StdRng::seed_from_u64(6), 24, -1.0, 1.0);
    let inputs = ["x", "s", "b", "m", "v"];
    let case = |node: Node, opset| {
        Case::new(node, &[1, 2, 3, 4], x.clone())
            .opset(opset)
            .floats("s", &[2], vec![1.5, -0.5])
            .floats("b", &[2], vec![0.25, 2.0])
            .floats("m", &[2], vec![0.1, -0.3])
            .floats("v", &[2], vec![0.4, 2.0])
    };
    let plain = case(Node::new("BatchNormalization", &inputs, &["y"]), 17);
    let one = std::slice::from_ref(&x);
    let expected = plain.forward(ElementType::F32, one).remove(0);
    let training = Node::new("BatchNormalization", &inputs, &["y", "n", "w"]);
    let training = case(training.with_int("training_mode", 1), 17);
    let old = Node::new("BatchNormalization", &inputs, &["y", "n", "w", "p", "q"]);
    for case in [training, case(old, 9)] {
        let folded = case.folded();
        let found = run(&folded, ElementType::F32, &case.dims, one).remove(0);
        close(&case.label, &found, &expected, 1e-5);
        let notes = folded.notes();
        assert!(
            notes
                .iter()
                .any(|n| n.contains("mean and variance that it keeps")),
            "{notes:?}"
        );
    }
}
