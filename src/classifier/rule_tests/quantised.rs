//! Operators that compute in 8 bit steps: the runtime's figures, and the gradient of the same
//! operator on floats.

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::{Case, between, close, own};
use crate::onnx::{ElementType, Node, Tensor};

/// `x` in steps, as the operators read it, and `y` of the steps that they make.
fn between_steps(node: Node, dims: &[i64], x: Vec<f64>) -> Case {
    let mut case = Case::new(node.clone(), dims, x);
    case.nodes = vec![
        Node::new("QuantizeLinear", &["x", "xs", "xz"], &["q"]),
        node,
        Node::new("DequantizeLinear", &["o", "ys", "yz"], &["y"]),
    ];
    steps(case, 0.05)
}

/// The same with an operator on floats.
fn on_floats(nodes: Vec<Node>, dims: &[i64], x: Vec<f64>) -> Case {
    let mut case = Case::new(nodes[0].clone(), dims, x);
    case.nodes = vec![
        Node::new("QuantizeLinear", &["x", "xs", "xz"], &["q"]),
        Node::new("DequantizeLinear", &["q", "xs", "xz"], &["f"]),
    ];
    case.nodes.extend(nodes);
    case.nodes.extend([
        Node::new("QuantizeLinear", &["r", "ys", "yz"], &["o"]),
        Node::new("DequantizeLinear", &["o", "ys", "yz"], &["y"]),
    ]);
    steps(case, 0.05)
}

fn steps(mut case: Case, size: f64) -> Case {
    case.others
        .push(Tensor::from_raw("xz", &[], ElementType::U8, vec![120]));
    case.others
        .push(Tensor::from_raw("yz", &[], ElementType::U8, vec![110]));
    case.floats("xs", &[], vec![0.02])
        .floats("ys", &[], vec![size])
}

/// Weights in steps of 1/64 for each of `rows`, and the floats they stand for.
struct Weights {
    steps: Vec<i8>,
    scales: Vec<f64>,
    floats: Vec<f64>,
}

impl Weights {
    fn new(rng: &mut StdRng, rows: usize, each: usize) -> Self {
        let steps = between(rng, (rows * each) as i64, -60.0, 60.0);
        let steps: Vec<i8> = steps.iter().map(|v| *v as i8).collect();
        let scales: Vec<f64> = (0..rows).map(|i| 1.0 / f64::from(48 + i as i32)).collect();
        let real = steps.iter().enumerate();
        let floats = real
            .map(|(i, &q)| f64::from(q) * scales[i / each])
            .collect();
        Self {
            steps,
            scales,
            floats,
        }
    }

    fn tensor(&self, dims: &[i64]) -> Tensor {
        let raw = self.steps.iter().map(|q| q.cast_unsigned()).collect();
        Tensor::from_raw("w", dims, ElementType::I8, raw)
    }
}

fn zeros(name: &str, count: usize) -> Tensor {
    Tensor::from_raw(name, &[count as i64], ElementType::I8, vec![0; count])
}

/// What lies in the range of the steps keeps its gradient, what lies beyond has none.
#[test]
fn small_floats_and_half_bytes_pass_it_through() {
    for (element, zero) in [
        (ElementType::F8E4M3Fn, 0),
        (ElementType::F8E5M2, 0),
        (ElementType::I4, 0),
        (ElementType::U4, 8),
    ] {
        let times = Node::new("Mul", &["f", "w"], &["y"]);
        let mut case = Case::new(times.clone(), &[4], vec![1.5, -3.0, 1e5, -1e5]).opset(21);
        case.label = format!("steps of {element:?}");
        case.nodes = vec![
            Node::new("QuantizeLinear", &["x", "xs", "xz"], &["q"]),
            Node::new("DequantizeLinear", &["q", "xs", "xz"], &["f"]),
            times,
        ];
        case.others
            .push(Tensor::from_raw("xz", &[], element, vec![zero]));
        let case = case
            .floats("xs", &[], vec![1.0])
            .floats("w", &[], vec![3.0]);
        let (gradient, _) = case.gradient(ElementType::F32, |count| vec![1.0; count]);
        close(&case.label, &gradient, &[3.0, 3.0, 0.0, 0.0], 1e-6);
    }
}

#[test]
fn convolution() {
    let mut rng = StdRng::seed_from_u64(91);
    let dims = [1, 2, 5, 5];
    let x = between(&mut rng, 50, -2.0, 2.0);
    let weights = Weights::new(&mut rng, 3, 18);
    let shape = |node: Node| {
        node.with_ints("kernel_shape", &[3, 3])
            .with_ints("pads", &[1; 4])
    };
    let inputs = ["q", "xs", "xz", "w", "ws", "wz", "ys", "yz", "b"];
    let mut case = between_steps(
        shape(Node::new("QLinearConv", &inputs, &["o"])),
        &dims,
        x.clone(),
    );
    case.floats.retain(|(name, ..)| name != "ys");
    case.floats.push(("ys".to_owned(), Vec::new(), vec![0.2]));
    case.others.push(weights.tensor(&[3, 2, 3, 3]));
    case.others.push(zeros("wz", 3));
    let bias = [100i32, -200, 50];
    let raw = bias.iter().flat_map(|b| b.to_le_bytes()).collect();
    case.others
        .push(Tensor::from_raw("b", &[3], ElementType::I32, raw));
    let case = case.floats("ws", &[3], weights.scales.clone());
    let real = bias.iter().zip(&weights.scales);
    let real = real.map(|(&b, s)| f64::from(b) * s * 0.02).collect();
    let plain = shape(Node::new("Conv", &["f", "w", "b"], &["y"]));
    // Without steps at the end: before them ONNX Runtime puts float weights in steps of its own.
    let mut floats = Case::new(plain.clone(), &dims, x);
    floats.nodes = vec![
        Node::new("QuantizeLinear", &["x", "xs", "xz"], &["q"]),
        Node::new("DequantizeLinear", &["q", "xs", "xz"], &["f"]),
        plain,
    ];
    let plain = steps(floats, 0.2)
        .floats("w", &[3, 2, 3, 3], weights.floats)
        .floats("b", &[3], real);
    case.is_like(&plain, 0.02);
}

#[test]
fn products() {
    let mut rng = StdRng::seed_from_u64(92);
    let dims = [3, 4];
    let x = between(&mut rng, 12, -2.0, 2.0);
    let weights = Weights::new(&mut rng, 1, 20);
    let fill = |mut case: Case, b: Option<&str>| {
        if b.is_some() {
            case.others.push(weights.tensor(&[4, 5]));
            case.others
                .push(Tensor::from_raw("wz", &[], ElementType::I8, vec![0]));
            case.floats("ws", &[], weights.scales.clone())
        } else {
            case.floats("w", &[4, 5], weights.floats.clone())
        }
    };
    let plain = fill(
        on_floats(
            vec![Node::new("MatMul", &["f", "w"], &["r"])],
            &dims,
            x.clone(),
        ),
        None,
    );
    let inputs = ["q", "xs", "xz", "w", "ws", "wz", "ys", "yz"];
    let node = Node::new("QLinearMatMul", &inputs, &["o"]);
    fill(between_steps(node, &dims, x.clone()), Some("w")).is_like(&plain, 0.01);
    let inputs = ["q", "xs", "xz", "w", "ws", "wz", "", "ys", "yz"];
    let node = own("QGemm", &inputs, &["o"]);
    fill(between_steps(node, &dims, x), Some("w")).is_like(&plain, 0.01);
}

#[test]
fn sums_and_pools() {
    let mut rng = StdRng::seed_from_u64(93);
    let dims = [1, 2, 4, 4];
    let x = between(&mut rng, 32, -2.0, 2.0);
    let one = ["q", "xs", "xz", "ys", "yz"];
    let two = ["q", "xs", "xz", "q", "xs", "xz", "ys", "yz"];
    let window = |node: Node| {
        node.with_ints("kernel_shape", &[2, 2])
            .with_ints("strides", &[2, 2])
    };
    for (node, plain) in [
        (
            own("QLinearAdd", &two, &["o"]),
            Node::new("Add", &["f", "f"], &["r"]),
        ),
        (
            own("QLinearMul", &two, &["o"]),
            Node::new("Mul", &["f", "f"], &["r"]),
        ),
        (
            own("QLinearSigmoid", &one, &["o"]),
            Node::new("Sigmoid", &["f"], &["r"]),
        ),
        (
            own("QLinearLeakyRelu", &one, &["o"]).with_float("alpha", 0.25),
            Node::new("LeakyRelu", &["f"], &["r"]).with_float("alpha", 0.25),
        ),
        (
            own("QLinearGlobalAveragePool", &one, &["o"]),
            Node::new("GlobalAveragePool", &["f"], &["r"]),
        ),
        (
            window(own("QLinearAveragePool", &one, &["o"])),
            window(Node::new("AveragePool", &["f"], &["r"])),
        ),
        (
            own(
                "QLinearConcat",
                &["ys", "yz", "q", "xs", "xz", "q", "xs", "xz"],
                &["o"],
            )
            .with_int("axis", 1),
            Node::new("Concat", &["f", "f"], &["r"]).with_int("axis", 1),
        ),
    ] {
        between_steps(node, &dims, x.clone())
            .is_like(&on_floats(vec![plain], &dims, x.clone()), 0.03);
    }
}

#[test]
fn dynamic_steps() {
    let mut rng = StdRng::seed_from_u64(94);
    let weights = Weights::new(&mut rng, 1, 54);
    let x = between(&mut rng, 50, -2.0, 2.0);
    // As `quantize_dynamic` writes a convolution.
    let mut case = Case::new(Node::new("Relu", &["x"], &["y"]), &[1, 2, 5, 5], x.clone());
    let pads = |node: Node| node.with_ints("pads", &[1; 4]);
    case.nodes = vec![
        Node::new("DynamicQuantizeLinear", &["x"], &["q", "qs", "qz"]),
        pads(Node::new("ConvInteger", &["q", "w", "qz", "wz"], &["i"])),
        Node::new("Cast", &["i"], &["c"]).with_int("to", 1),
        Node::new("Mul", &["qs", "ws"], &["s"]),
        Node::new("Mul", &["c", "s"], &["y"]),
    ];
    // The runtime multiplies unsigned weights only.
    let raw = weights.steps.iter().map(|&q| (i16::from(q) + 100) as u8);
    case.others.push(Tensor::from_raw(
        "w",
        &[3, 2, 3, 3],
        ElementType::U8,
        raw.collect(),
    ));
    case.others
        .push(Tensor::from_raw("wz", &[], ElementType::U8, vec![100]));
    let case = case.floats("ws", &[], weights.scales.clone());
    let plain = Case::new(
        pads(Node::new("Conv", &["x", "w"], &["y"])),
        &[1, 2, 5, 5],
        x,
    )
    .floats("w", &[3, 2, 3, 3], weights.floats.clone());
    case.is_like(&plain, 0.02);
    let one = std::slice::from_ref(&case.x);
    let theirs = case.forward(ElementType::F32, one).remove(0);
    let ours = super::lowered::run(&case.folded(), ElementType::F32, &case.dims, one).remove(0);
    super::close("ConvInteger", &ours, &theirs, 1e-5);

    // As it writes a product of matrices; signed weights.
    let weights = Weights::new(&mut rng, 1, 20);
    let x = between(&mut rng, 12, -2.0, 2.0);
    let mut case = Case::new(Node::new("Relu", &["x"], &["y"]), &[3, 4], x.clone());
    case.nodes = vec![
        Node::new("DynamicQuantizeLinear", &["x"], &["q", "qs", "qz"]),
        Node::new("MatMulInteger", &["q", "w", "qz", "wz"], &["i"]),
        Node::new("Cast", &["i"], &["c"]).with_int("to", 1),
        Node::new("Mul", &["qs", "ws"], &["s"]),
        Node::new("Mul", &["c", "s"], &["y"]),
    ];
    case.others.push(weights.tensor(&[4, 5]));
    case.others
        .push(Tensor::from_raw("wz", &[], ElementType::I8, vec![0]));
    let case = case.floats("ws", &[], weights.scales.clone());
    let plain = Case::new(Node::new("MatMul", &["x", "w"], &["y"]), &[3, 4], x.clone()).floats(
        "w",
        &[4, 5],
        weights.floats.clone(),
    );
    case.is_like(&plain, 0.02);

    // As ONNX Runtime's optimiser writes the same.
    let node = own("DynamicQuantizeMatMul", &["x", "w", "ws", "wz"], &["y"]);
    let mut case = Case::new(node, &[3, 4], x);
    case.others.push(weights.tensor(&[4, 5]));
    case.others
        .push(Tensor::from_raw("wz", &[], ElementType::I8, vec![0]));
    case.floats("ws", &[], weights.scales).is_like(&plain, 0.02);
}

/// `x` times weights that a node makes of what is kept.
fn times_stored(node: Node, dims: &[i64], x: Vec<f64>, opset: i64) -> Case {
    let mut case = Case::new(node.clone(), dims, x).opset(opset);
    case.nodes = vec![node, Node::new("MatMul", &["x", "real"], &["y"])];
    case
}

#[test]
fn weights_of_few_bits() {
    let mut rng = StdRng::seed_from_u64(95);
    let x = between(&mut rng, 10, -2.0, 2.0);
    let bytes = |count: usize| -> Vec<u8> { (0..count).map(|i| (i * 73 + 11) as u8).collect() };
    // 5 x 3 four-bit weights, an odd number, in blocks of 2 rows: 3 x 3 scales.
    for (element, zero) in [(ElementType::U4, true), (ElementType::I4, false)] {
        let inputs: &[&str] = if zero { &["w", "s", "z"] } else { &["w", "s"] };
        let node = Node::new("DequantizeLinear", inputs, &["real"])
            .with_int("axis", 0)
            .with_int("block_size", 2);
        let mut case = times_stored(node, &[2, 5], x.clone(), 21);
        case.others
            .push(Tensor::from_raw("w", &[5, 3], element, bytes(8)));
        case.others
            .push(Tensor::from_raw("z", &[3, 3], element, bytes(5)));
        let scales = between(&mut rng, 9, 0.01, 0.4);
        case.floats("s", &[3, 3], scales)
            .is_written_out("DequantizeLinear");
    }
    // Whole bytes in blocks, and eight-bit floats with a scale for each column.
    let node = Node::new("DequantizeLinear", &["w", "s"], &["real"])
        .with_int("axis", 0)
        .with_int("block_size", 2);
    let mut case = times_stored(node, &[2, 5], x.clone(), 21);
    case.others
        .push(Tensor::from_raw("w", &[5, 3], ElementType::I8, bytes(15)));
    let scales = between(&mut rng, 9, 0.001, 0.04);
    case.floats("s", &[3, 3], scales)
        .is_written_out("DequantizeLinear");
    let node = Node::new("DequantizeLinear", &["w", "s"], &["real"]).with_int("axis", 1);
    let mut case = times_stored(node, &[2, 5], x, 19);
    // 0x7f would be no number.
    let raw = bytes(15).iter().map(|b| b & 0xf7).collect();
    case.others
        .push(Tensor::from_raw("w", &[5, 3], ElementType::F8E4M3Fn, raw));
    let scales = between(&mut rng, 3, 0.1, 0.4);
    case.floats("s", &[3], scales)
        .is_written_out("DequantizeLinear");
}

#[test]
fn products_with_packed_weights() {
    let mut rng = StdRng::seed_from_u64(96);
    // 40 inputs in blocks of 16: the last is not full.
    let (k, n, block, blocks) = (40, 3, 16, 3);
    for (bits, zeros, bias) in [(4, false, false), (4, true, true), (8, true, false)] {
        let inputs = ["x", "w", "s", "z", "", "b"];
        let count = if bias { 6 } else { 3 + usize::from(zeros) };
        let node = own("MatMulNBits", &inputs[..count], &["y"])
            .with_int("K", k)
            .with_int("N", n)
            .with_int("bits", bits)
            .with_int("block_size", block);
        let x = between(&mut rng, 2 * k, -2.0, 2.0);
        let mut case = Case::new(node, &[2, k], x);
        let bytes = |count: i64| (0..count).map(|i| (i * 73 + 11) as u8).collect();
        let each = block * bits / 8;
        case.others.push(Tensor::from_raw(
            "w",
            &[n, blocks, each],
            ElementType::U8,
            bytes(n * blocks * each),
        ));
        let row = (blocks * bits + 7) / 8;
        case.others.push(Tensor::from_raw(
            "z",
            &[n * row],
            ElementType::U8,
            bytes(n * row),
        ));
        case.floats("s", &[n * blocks], between(&mut rng, n * blocks, 0.01, 0.1))
            .floats("b", &[n], between(&mut rng, n, -1.0, 1.0))
            .is_written_out("MatMulNBits");
    }
}

/// Squares of 9 and 1/2, of which the steps reach 7.25.
#[test]
fn a_score_beyond_the_last_step_has_a_gradient() {
    let mut case = Case::new(
        Node::new("Mul", &["x", "x"], &["s"]),
        &[3],
        vec![-9.0, 0.5, 9.0],
    );
    case.nodes.extend([
        Node::new("QuantizeLinear", &["s", "ys", "yz"], &["o"]),
        Node::new("DequantizeLinear", &["o", "ys", "yz"], &["y"]),
    ]);
    let gradient = steps(case, 0.05).folded_gradient();
    super::close("scores", &gradient, &[54.0, -2.0, -18.0], 1e-5);
}

#[test]
fn attention() {
    let mut rng = StdRng::seed_from_u64(97);
    let dims = [1, 5, 4];
    let x = between(&mut rng, 20, -2.0, 2.0);
    let inner = Weights::new(&mut rng, 1, 4 * 12);
    let bias = between(&mut rng, 12, -0.5, 0.5);
    let inputs = ["q", "w", "b", "xs", "ws", "", "xz", "wz"];
    let quantised = own("QAttention", &inputs, &["y"]).with_int("num_heads", 2);
    let plain = own("Attention", &["f", "w", "b"], &["y"]).with_int("num_heads", 2);
    let quantise = Node::new("QuantizeLinear", &["x", "xs", "xz"], &["q"]);
    let mut case = Case::new(quantised.clone(), &dims, x.clone());
    case.nodes = vec![quantise.clone(), quantised];
    case.others.push(inner.tensor(&[4, 12]));
    case.others
        .push(Tensor::from_raw("wz", &[], ElementType::I8, vec![0]));
    let case = steps(case, 0.05)
        .floats("ws", &[], inner.scales.clone())
        .floats("b", &[12], bias.clone());
    let mut floats = Case::new(plain.clone(), &dims, x);
    floats.nodes = vec![
        quantise,
        Node::new("DequantizeLinear", &["q", "xs", "xz"], &["f"]),
        plain,
    ];
    let floats = steps(floats, 0.05)
        .floats("w", &[4, 12], inner.floats)
        .floats("b", &[12], bias);
    case.is_like(&floats, 1e-4);
}
