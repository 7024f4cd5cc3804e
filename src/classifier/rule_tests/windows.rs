//! Convolutions and pools.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{Case, distinct, whole};
use crate::onnx::{ElementType, Node};

/// A random window of `rank` dimensions on a random image, as attributes; `None` where it does
/// not fit.
struct Window {
    kernel: Vec<i64>,
    strides: Vec<i64>,
    dilations: Vec<i64>,
    pads: Vec<i64>,
    sizes: Vec<i64>,
}

impl Window {
    fn random(rng: &mut StdRng, rank: usize, dilate: bool) -> Self {
        loop {
            let mut pick = |low: i64, high: i64| -> Vec<i64> {
                (0..rank).map(|_| rng.random_range(low..=high)).collect()
            };
            let (kernel, strides, sizes) = (pick(1, 4), pick(1, 3), pick(3, 9));
            let dilations = if dilate { pick(1, 2) } else { vec![1; rank] };
            let pads: Vec<i64> = (0..2 * rank)
                .map(|i| rng.random_range(0..kernel[i % rank]))
                .collect();
            let fits = (0..rank)
                .all(|i| sizes[i] + pads[i] + pads[rank + i] > (kernel[i] - 1) * dilations[i]);
            if fits {
                return Self {
                    kernel,
                    strides,
                    dilations,
                    pads,
                    sizes,
                };
            }
        }
    }

    fn on(&self, node: Node) -> Node {
        node.with_ints("kernel_shape", &self.kernel)
            .with_ints("strides", &self.strides)
            .with_ints("dilations", &self.dilations)
            .with_ints("pads", &self.pads)
    }
}

#[test]
fn convolutions() {
    let mut rng = StdRng::seed_from_u64(31);
    for trial in 0..150 {
        let rank = [1, 2, 2, 2, 3][trial % 5];
        let window = Window::random(&mut rng, rank, true);
        let (groups, per_in, per_out) = match trial % 4 {
            0 => (1, rng.random_range(1..=4), rng.random_range(1..=5)),
            1 => (rng.random_range(2..=4), 1, 1),
            2 => (2, 2, 3),
            _ => (1, 20, 16),
        };
        let dims = [vec![1, groups * per_in], window.sizes.clone()].concat();
        let weight = [vec![groups * per_out, per_in], window.kernel.clone()].concat();
        let node = window
            .on(Node::new("Conv", &["x", "w", "b"], &["y"]))
            .with_int("group", groups);
        let x = whole(&mut rng, dims.iter().product());
        let w = whole(&mut rng, weight.iter().product());
        let b = whole(&mut rng, groups * per_out);
        Case::new(node, &dims, x)
            .floats("w", &weight, w)
            .floats("b", &[groups * per_out], b)
            .is_linear();
    }
}

#[test]
fn convolutions_with_automatic_padding() {
    let mut rng = StdRng::seed_from_u64(32);
    for auto in ["SAME_UPPER", "SAME_LOWER", "VALID"] {
        for trial in 0..12 {
            let (k, stride) = (rng.random_range(1..=5), rng.random_range(1..=3));
            let (h, w) = (rng.random_range(5..=9), rng.random_range(5..=9));
            let groups = [1, 3][trial % 2];
            let node = Node::new("Conv", &["x", "w"], &["y"])
                .with_ints("kernel_shape", &[k, k])
                .with_ints("strides", &[stride, stride])
                .with_text("auto_pad", auto)
                .with_int("group", groups);
            let x = whole(&mut rng, 3 * h * w);
            let weight = [3, 3 / groups, k, k];
            let values = whole(&mut rng, weight.iter().product());
            Case::new(node, &[1, 3, h, w], x)
                .floats("w", &weight, values)
                .is_linear();
        }
    }
}

/// Strided, after a rectifier and a pointwise convolution: the gradient stays in phases.
#[test]
fn phases_pass_rectifiers_and_pointwise_convolutions() {
    let mut rng = StdRng::seed_from_u64(33);
    for trial in 0..40 {
        let window = Window::random(&mut rng, 2, false);
        let (inputs, middle) = (4, 6);
        let dims = [vec![1, inputs], window.sizes.clone()].concat();
        let x = distinct(&mut rng, dims.iter().product());
        let kernel = |rng: &mut StdRng, n: i64| -> Vec<f64> {
            whole(rng, n).iter().map(|v| v + 0.5).collect()
        };
        let point = kernel(&mut rng, inputs * middle);
        let depth = [vec![middle, 1], window.kernel.clone()].concat();
        let values = kernel(&mut rng, depth.iter().product());
        let gate = if trial % 2 == 0 {
            Node::new("Relu", &["h"], &["a"])
        } else {
            Node::new("Clip", &["h", "zero", "six"], &["a"])
        };
        let last = window
            .on(Node::new("Conv", &["a", "d"], &["y"]))
            .with_int("group", middle);
        let mut case = Case::new(last, &dims, x)
            .floats("p", &[middle, inputs, 1, 1], point)
            .floats("d", &depth, values)
            .floats("shift", &[middle], vec![0.0371; middle as usize])
            .floats("zero", &[], vec![0.0])
            .floats("six", &[], vec![6.0]);
        case.nodes
            .insert(0, Node::new("Conv", &["x", "p", "shift"], &["h"]));
        case.nodes.insert(1, gate);
        // No value lies within 1/64 of a bend, so a step of 1/512 crosses none.
        case.compare(ElementType::F32, 1.0 / 4096.0, 5e-3, |p| {
            case.forward(ElementType::F32, p)
        });
    }
}

#[test]
fn transposed_convolutions() {
    let mut rng = StdRng::seed_from_u64(34);
    for trial in 0..60 {
        let rank = [1, 2, 2, 3][trial % 4];
        let window = Window::random(&mut rng, rank, true);
        let (groups, per_in, per_out) = [(1, 3, 2), (2, 2, 3), (3, 1, 1)][trial % 3];
        let dims = [vec![1, groups * per_in], window.sizes.clone()].concat();
        let out = |i: usize| {
            (window.sizes[i] - 1) * window.strides[i]
                + (window.kernel[i] - 1) * window.dilations[i]
                + 1
        };
        if (0..rank).any(|i| out(i) <= window.pads[i] + window.pads[rank + i]) {
            continue;
        }
        let mut node = window
            .on(Node::new("ConvTranspose", &["x", "w"], &["y"]))
            .with_int("group", groups);
        if trial % 5 == 0 {
            let extra: Vec<i64> = window.strides.iter().map(|s| s - 1).collect();
            node = node.with_ints("output_padding", &extra);
        }
        let weight = [vec![groups * per_in, per_out], window.kernel.clone()].concat();
        let x = whole(&mut rng, dims.iter().product());
        let w = whole(&mut rng, weight.iter().product());
        Case::new(node, &dims, x)
            .floats("w", &weight, w)
            .is_linear();
    }
}

#[test]
fn average_pools() {
    let mut rng = StdRng::seed_from_u64(35);
    for trial in 0..120 {
        let rank = [1, 2, 2, 3][trial % 4];
        let window = Window::random(&mut rng, rank, false);
        let dims = [vec![1, 2], window.sizes.clone()].concat();
        let ceil = trial % 2 == 1;
        // Where a window may start in padding that counts, the runtime's own shape inference
        // contradicts the runtime.
        let counted = trial % 4 >= 2 && (!ceil || window.pads.iter().all(|&p| p == 0));
        let node = Node::new("AveragePool", &["x"], &["y"])
            .with_ints("kernel_shape", &window.kernel)
            .with_ints("strides", &window.strides)
            .with_ints("pads", &window.pads)
            .with_int("ceil_mode", i64::from(ceil))
            .with_int("count_include_pad", i64::from(counted));
        let x = whole(&mut rng, dims.iter().product());
        let case = Case::new(node, &dims, x);
        case.compare(ElementType::F32, 1.0, 1e-5, |p| {
            case.forward(ElementType::F32, p)
        });
    }
}

/// The rule by comparison in single precision and the one by positions in double agree with
/// differences, with and without a rectifier before the pool.
#[test]
fn maximum_pools() {
    let mut rng = StdRng::seed_from_u64(36);
    for trial in 0..120 {
        let rank = [1, 2, 2, 2, 3][trial % 5];
        let window = Window::random(&mut rng, rank, trial % 3 == 0);
        let dims = [vec![1, 3], window.sizes.clone()].concat();
        let x = distinct(&mut rng, dims.iter().product());
        let mut pool = window.on(Node::new("MaxPool", &["x"], &["y"]));
        if trial % 4 == 0 && window.dilations.iter().all(|&d| d == 1) {
            pool = pool.with_int("ceil_mode", 1);
        }
        let mut case = Case::new(pool, &dims, x);
        if trial % 2 == 0 {
            case.nodes[0].input[0] = "a".to_owned();
            case.nodes
                .insert(0, Node::new("Add", &["x", "shift"], &["h"]));
            case.nodes.insert(1, Node::new("Relu", &["h"], &["a"]));
            case = case.floats("shift", &[], vec![0.0625]);
        }
        case.in_double();
    }
}

/// Of equal elements the first one of the window gets everything, as in PyTorch.
#[test]
fn ties_of_a_maximum_pool() {
    let node = Node::new("MaxPool", &["x"], &["y"])
        .with_ints("kernel_shape", &[2, 2])
        .with_ints("strides", &[1, 1]);
    for element in [ElementType::F32, ElementType::F64] {
        let case = Case::new(node.clone(), &[1, 1, 3, 3], vec![5.0; 9]);
        let (gradient, _) = case.gradient(element, |n| (1..=n).map(|i| i as f64).collect());
        assert_eq!(gradient, [1.0, 2.0, 0.0, 3.0, 4.0, 0.0, 0.0, 0.0, 0.0]);
        let case = Case::new(
            node.clone(),
            &[1, 1, 2, 3],
            vec![1.0, 2.0, 2.0, 2.0, 0.0, 2.0],
        );
        let (gradient, _) = case.gradient(element, |_| vec![10.0, 1.0]);
        assert_eq!(gradient, [0.0, 11.0, 0.0, 0.0, 0.0, 0.0]);
    }
}

#[test]
fn global_pools() {
    let mut rng = StdRng::seed_from_u64(37);
    for dims in [vec![1, 3, 4, 5], vec![2, 2, 6], vec![1, 2, 1, 1]] {
        let x = distinct(&mut rng, dims.iter().product());
        let case = Case::new(
            Node::new("GlobalAveragePool", &["x"], &["y"]),
            &dims,
            x.clone(),
        );
        case.compare(ElementType::F32, 0.5, 1e-5, |p| {
            case.forward(ElementType::F32, p)
        });
        let case = Case::new(Node::new("GlobalMaxPool", &["x"], &["y"]), &dims, x);
        case.compare(ElementType::F32, 1.0 / 64.0, 1e-4, |p| {
            case.forward(ElementType::F32, p)
        });
    }
}
