//! Element-wise operators, products and reductions.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{Case, between, distinct, shape};
use crate::onnx::{ElementType, Node};

fn unary(op: &str) -> Node {
    Node::new(op, &["x"], &["y"])
}

#[test]
fn functions_in_double() {
    let mut rng = StdRng::seed_from_u64(1);
    for (op, low, high) in [
        ("Relu", -2.0, 2.0),
        ("Sigmoid", -4.0, 4.0),
        ("Tanh", -3.0, 3.0),
        ("Exp", -2.0, 2.0),
        ("Log", 0.2, 3.0),
        ("Sqrt", 0.2, 3.0),
        ("Reciprocal", 0.3, 3.0),
        ("Abs", -2.0, 2.0),
        ("Neg", -2.0, 2.0),
        ("Sin", -3.0, 3.0),
        ("Cos", -3.0, 3.0),
        ("Identity", -1.0, 1.0),
        ("Dropout", -1.0, 1.0),
        ("Floor", -3.0, 3.0),
    ] {
        for rank in 1..=4 {
            let dims = shape(&mut rng, rank);
            let x = between(&mut rng, dims.iter().product(), low, high);
            let mut case = Case::new(unary(op), &dims, x);
            if op == "Floor" {
                // A path with a gradient beside the flat one.
                case.nodes = vec![
                    Node::new("Floor", &["x"], &["f"]),
                    Node::new("Mul", &["f", "x"], &["y"]),
                ];
            }
            case.in_double();
        }
    }
}

/// The error function, by its series about 0, which converges for the range used here.
fn erf_of(x: f64) -> f64 {
    let (mut term, mut sum) = (x, x);
    for n in 1..80 {
        term *= -x * x / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    sum * std::f64::consts::FRAC_2_SQRT_PI
}

#[test]
fn functions_against_closed_forms() {
    type Function = fn(f64) -> f64;
    let cases: Vec<(Node, i64, Function)> = vec![
        (unary("Erf"), 17, erf_of),
        (unary("LeakyRelu").with_float("alpha", 0.25), 17, |x| {
            if x > 0.0 { x } else { 0.25 * x }
        }),
        (unary("Elu").with_float("alpha", 1.5), 17, |x| {
            if x > 0.0 { x } else { 1.5 * x.exp_m1() }
        }),
        (unary("Selu"), 17, |x| {
            1.050_701 * if x > 0.0 { x } else { 1.673_263_2 * x.exp_m1() }
        }),
        (unary("Celu").with_float("alpha", 2.0), 17, |x| {
            x.max(0.0) + (2.0 * (x / 2.0).exp_m1()).min(0.0)
        }),
        (unary("ThresholdedRelu").with_float("alpha", 0.5), 17, |x| {
            if x > 0.5 { x } else { 0.0 }
        }),
        (unary("Softplus"), 17, |x| x.exp().ln_1p()),
        (unary("Softsign"), 17, |x| x / (1.0 + x.abs())),
        (
            unary("HardSigmoid")
                .with_float("alpha", 0.25)
                .with_float("beta", 0.5),
            17,
            |x| (0.25 * x + 0.5).clamp(0.0, 1.0),
        ),
        (unary("HardSwish"), 17, |x| {
            x * (x / 6.0 + 0.5).clamp(0.0, 1.0)
        }),
        (unary("Mish"), 18, |x| x * x.exp().ln_1p().tanh()),
        (unary("Gelu"), 20, |x| {
            0.5 * x * (1.0 + erf_of(x * std::f64::consts::FRAC_1_SQRT_2))
        }),
        (unary("Gelu").with_text("approximate", "tanh"), 20, |x| {
            0.5 * x
                * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x)).tanh())
        }),
        (
            unary("Shrink")
                .with_float("lambd", 0.5)
                .with_float("bias", 0.5),
            17,
            |x| {
                if x < -0.5 {
                    x + 0.5
                } else if x > 0.5 {
                    x - 0.5
                } else {
                    0.0
                }
            },
        ),
    ];
    let mut rng = StdRng::seed_from_u64(2);
    for (node, opset, function) in cases {
        for rank in 1..=4 {
            let dims = shape(&mut rng, rank);
            let x = between(&mut rng, dims.iter().product(), -4.0, 4.0);
            let case = Case::new(node.clone(), &dims, x).opset(opset);
            case.against(|x| x.iter().map(|&v| function(v)).collect());
        }
    }
}

#[test]
fn quick_gelu_of_the_runtime() {
    let mut node = unary("QuickGelu").with_float("alpha", 1.702);
    node.domain = Some("com.microsoft".to_owned());
    // The operator set of the runtime's own operators is imported by the case's model only when
    // a node uses it; the rule is checked through its standard spelling.
    let spelled = vec![
        Node::new("Mul", &["x", "alpha"], &["scaled"]),
        Node::new("Sigmoid", &["scaled"], &["gate"]),
        Node::new("Mul", &["x", "gate"], &["y"]),
    ];
    assert!(crate::autodiff::has_rule(node.op_domain(), node.op()));
    let mut rng = StdRng::seed_from_u64(3);
    let x = between(&mut rng, 20, -3.0, 3.0);
    let mut case = Case::new(node, &[4, 5], x).floats("alpha", &[], vec![1.702]);
    case.nodes = spelled;
    case.in_double();
}

#[test]
fn bends_follow_pytorch() {
    let at = |node: Node, x: &[f64]| {
        let case = Case::new(node, &[x.len() as i64], x.to_vec())
            .floats("zero", &[], vec![0.0])
            .floats("six", &[], vec![6.0])
            .floats("low", &[], vec![-1.0])
            .floats("high", &[], vec![1.0]);
        case.gradient(ElementType::F32, |n| vec![1.0; n]).0
    };
    let tiny = f64::from(f32::MIN_POSITIVE);
    assert_eq!(
        at(unary("Relu"), &[-1.0, 0.0, -0.0, tiny, 1.0]),
        [0.0, 0.0, 0.0, 1.0, 1.0]
    );
    assert_eq!(at(unary("Abs"), &[-1.0, 0.0, 2.0]), [-1.0, 0.0, 1.0]);
    let below = f64::from(f32::from_bits(6.0f32.to_bits() - 1));
    let relu6 = Node::new("Clip", &["x", "zero", "six"], &["y"]);
    assert_eq!(
        at(relu6, &[-1.0, 0.0, tiny, 3.0, below, 6.0, 7.0]),
        [0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0]
    );
    let clamp = Node::new("Clip", &["x", "low", "high"], &["y"]);
    assert_eq!(
        at(clamp, &[-1.5, -1.0, 0.0, 1.0, 1.5]),
        [0.0, 1.0, 1.0, 1.0, 0.0]
    );
    let one_side = Node::new("Clip", &["x", "", "high"], &["y"]);
    assert_eq!(at(one_side, &[-9.0, 1.0, 1.5]), [1.0, 1.0, 0.0]);
    // torch.maximum: half each at a tie.
    let tie = Node::new("Max", &["x", "zero"], &["y"]);
    assert_eq!(at(tie, &[-1.0, 0.0, 1.0]), [0.0, 0.5, 1.0]);
}

#[test]
fn operators_of_two_values() {
    let mut rng = StdRng::seed_from_u64(4);
    for op in [
        "Add", "Sub", "Mul", "Div", "Max", "Min", "Pow", "Sum", "Mean", "PRelu",
    ] {
        for trial in 0..12 {
            let rank = rng.random_range(1..=4usize);
            let dims = shape(&mut rng, rank);
            // The other operand: fewer dimensions, some of size 1.
            let keep = rng.random_range(0..=rank);
            let mut other: Vec<i64> = dims[rank - keep..].to_vec();
            for d in &mut other {
                if rng.random_bool(0.4) {
                    *d = 1;
                }
            }
            let positive = matches!(op, "Div" | "Pow");
            let (low, high) = if positive { (0.6, 2.4) } else { (-2.4, 2.4) };
            let x = between(&mut rng, dims.iter().product(), low, high);
            let c = between(&mut rng, other.iter().product(), low, high)
                .iter()
                .map(|v| v + 0.1)
                .collect();
            let swapped = trial % 2 == 1 && op != "PRelu";
            let inputs = if swapped { ["c", "x"] } else { ["x", "c"] };
            let case = Case::new(Node::new(op, &inputs, &["y"]), &dims, x).floats("c", &other, c);
            if matches!(op, "PRelu" | "Mean") {
                case.compare(ElementType::F32, 1.0 / 512.0, 1e-3, |p| {
                    case.forward(ElementType::F32, p)
                });
            } else {
                case.in_double();
            }
        }
    }
    // Both operands depend on the picture, one of them broadcast.
    for op in ["Add", "Sub", "Mul", "Div", "Pow", "Max"] {
        let x = between(&mut rng, 12, 0.6, 2.4);
        let mut case = Case::new(Node::new(op, &["x", "m"], &["y"]), &[3, 4], x).ints("axes", &[1]);
        case.nodes
            .insert(0, Node::new("ReduceSum", &["x", "axes"], &["m"]));
        case.in_double();
    }
    // A power that is a constant, an integer, or 2 or 3, which have their own forms.
    for exponent in [2.0, 3.0, 0.5, -1.5, 1.0] {
        let x = between(&mut rng, 10, 0.3, 2.4);
        Case::new(Node::new("Pow", &["x", "p"], &["y"]), &[10], x)
            .floats("p", &[], vec![exponent])
            .in_double();
    }
}

#[test]
fn where_mod_and_cast() {
    let mut rng = StdRng::seed_from_u64(5);
    let x = between(&mut rng, 12, -2.0, 2.0);
    let mut case = Case::new(unary("Where"), &[3, 4], x.clone())
        .floats("zero", &[], vec![0.3])
        .floats("c", &[4], vec![1.0, 2.0, 3.0, 4.0]);
    case.nodes = vec![
        Node::new("Greater", &["x", "zero"], &["t"]),
        Node::new("Mul", &["x", "c"], &["a"]),
        Node::new("Where", &["t", "a", "x"], &["y"]),
    ];
    case.in_double();
    let mut case = Case::new(unary("Mod"), &[3, 4], x.clone()).floats("d", &[], vec![0.7]);
    case.nodes = vec![Node::new("Mod", &["x", "d"], &["y"]).with_int("fmod", 1)];
    case.compare(ElementType::F64, 1e-6, 1e-5, |p| {
        case.forward(ElementType::F64, p)
    });
    let mut case = Case::new(unary("Cast"), &[3, 4], x);
    case.nodes = vec![
        Node::new("Cast", &["x"], &["h"]).with_int("to", 11),
        Node::new("Mul", &["h", "h"], &["s"]),
        Node::new("Cast", &["s"], &["y"]).with_int("to", 1),
    ];
    case.compare(ElementType::F32, 0.0078125, 1e-4, |p| {
        case.forward(ElementType::F32, p)
    });
}

#[test]
fn products() {
    let mut rng = StdRng::seed_from_u64(6);
    for (a, b) in [
        (vec![3, 4], vec![4, 2]),
        (vec![2, 3, 4], vec![4, 5]),
        (vec![2, 3, 4], vec![2, 4, 5]),
        (vec![2, 1, 3, 4], vec![3, 4, 2]),
        (vec![4], vec![4, 3]),
        (vec![3, 4], vec![4]),
        (vec![4], vec![4]),
        (vec![2, 3, 4], vec![4]),
        (vec![4], vec![2, 4, 3]),
        (vec![1, 4], vec![3, 4, 2]),
    ] {
        for right in [false, true] {
            let (own, other) = if right { (&b, &a) } else { (&a, &b) };
            let x = between(&mut rng, own.iter().product(), -2.0, 2.0);
            let c = between(&mut rng, other.iter().product(), -2.0, 2.0);
            let inputs = if right { ["c", "x"] } else { ["x", "c"] };
            Case::new(Node::new("MatMul", &inputs, &["y"]), own, x)
                .floats("c", other, c)
                .in_double();
        }
    }
    // Attention: both sides depend on the picture.
    let x = between(&mut rng, 24, -1.0, 1.0);
    let mut case = Case::new(unary("MatMul"), &[2, 3, 4], x);
    case.nodes = vec![
        Node::new("Transpose", &["x"], &["t"]).with_ints("perm", &[0, 2, 1]),
        Node::new("MatMul", &["x", "t"], &["y"]),
    ];
    case.in_double();
    for bits in 0..8 {
        let (ta, tb, right) = (bits & 1, bits >> 1 & 1, bits >> 2 & 1 == 1);
        let a = if ta == 1 { [4, 3] } else { [3, 4] };
        let b = if tb == 1 { [2, 4] } else { [4, 2] };
        let (own, other) = if right { (b, a) } else { (a, b) };
        let inputs = if right {
            ["c", "x", "bias"]
        } else {
            ["x", "c", "bias"]
        };
        let node = Node::new("Gemm", &inputs, &["y"])
            .with_int("transA", ta)
            .with_int("transB", tb)
            .with_float("alpha", 0.5)
            .with_float("beta", 2.0);
        let x = between(&mut rng, own.iter().product(), -2.0, 2.0);
        let c = between(&mut rng, other.iter().product(), -2.0, 2.0);
        Case::new(node, &own, x)
            .floats("c", &other, c)
            .floats("bias", &[2], vec![1.0, 2.0])
            .in_double();
    }
}

#[test]
fn reductions() {
    let mut rng = StdRng::seed_from_u64(7);
    for op in [
        "ReduceSum",
        "ReduceMean",
        "ReduceMax",
        "ReduceMin",
        "ReduceL1",
        "ReduceL2",
        "ReduceSumSquare",
        "ReduceLogSum",
        "ReduceLogSumExp",
    ] {
        for opset in [17, 18] {
            for trial in 0..6 {
                let rank = rng.random_range(2..=4usize);
                let dims = shape(&mut rng, rank);
                let axes: Vec<i64> = match trial {
                    0 => Vec::new(),
                    1 => vec![-1],
                    2 => vec![0, -1],
                    _ => vec![1],
                };
                let keep = i64::from(trial % 2 == 0);
                let x = match op {
                    "ReduceMax" | "ReduceMin" => distinct(&mut rng, dims.iter().product()),
                    "ReduceLogSum" => between(&mut rng, dims.iter().product(), 0.2, 2.0),
                    _ => between(&mut rng, dims.iter().product(), -2.0, 2.0),
                };
                let as_input = opset >= 18 || op == "ReduceSum";
                let mut node = Node::new(op, &["x"], &["y"]).with_int("keepdims", keep);
                if !axes.is_empty() {
                    if as_input {
                        node.input.push("axes".to_owned());
                    } else {
                        node = node.with_ints("axes", &axes);
                    }
                }
                let mut case = Case::new(node, &dims, x).opset(opset);
                if as_input && !axes.is_empty() {
                    case = case.ints("axes", &axes);
                }
                match op {
                    "ReduceL1" | "ReduceL2" | "ReduceLogSum" | "ReduceMin" => {
                        case.compare(ElementType::F32, 1.0 / 512.0, 5e-3, |p| {
                            case.forward(ElementType::F32, p)
                        });
                    }
                    _ => case.in_double(),
                }
            }
        }
    }
}

#[test]
fn softmaxes() {
    let mut rng = StdRng::seed_from_u64(8);
    for op in ["Softmax", "LogSoftmax"] {
        for (dims, axis) in [
            (vec![2, 5], -1),
            (vec![2, 5], 1),
            (vec![3, 4, 2], 1),
            (vec![4, 3], 0),
        ] {
            let x = between(&mut rng, dims.iter().product(), -2.0, 2.0);
            Case::new(
                Node::new(op, &["x"], &["y"]).with_int("axis", axis),
                &dims,
                x,
            )
            .in_double();
        }
    }
}
