//! Operators that move elements, resize, and the 8 bit ones.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{Case, between, shape, whole};
use crate::onnx::{ElementType, Node, Tensor};

fn linear(node: Node, dims: &[i64], rng: &mut StdRng) -> Case {
    Case::new(node, dims, whole(rng, dims.iter().product()))
}

#[test]
fn shapes() {
    let mut rng = StdRng::seed_from_u64(11);
    let n = |op: &str| Node::new(op, &["x"], &["y"]);
    let with = |op: &str, more: &[&str]| Node::new(op, &[&["x"], more].concat(), &["y"]);
    linear(with("Reshape", &["s"]), &[2, 3, 4], &mut rng)
        .ints("s", &[4, -1])
        .is_linear();
    linear(n("Flatten").with_int("axis", 2), &[2, 3, 4], &mut rng).is_linear();
    linear(with("Squeeze", &["s"]), &[2, 1, 4], &mut rng)
        .ints("s", &[1])
        .is_linear();
    linear(with("Unsqueeze", &["s"]), &[2, 4], &mut rng)
        .ints("s", &[0, 3])
        .is_linear();
    linear(n("Transpose"), &[2, 3, 4], &mut rng).is_linear();
    for order in [[2, 0, 3, 1], [3, 2, 1, 0], [0, 2, 3, 1]] {
        linear(
            n("Transpose").with_ints("perm", &order),
            &[2, 3, 4, 5],
            &mut rng,
        )
        .is_linear();
    }
    linear(with("Expand", &["s"]), &[3, 1, 2], &mut rng)
        .ints("s", &[2, 3, 4, 2])
        .is_linear();
    linear(with("Expand", &["s"]), &[3, 1], &mut rng)
        .ints("s", &[1, 5])
        .is_linear();
    linear(with("Tile", &["s"]), &[3, 2], &mut rng)
        .ints("s", &[2, 3])
        .is_linear();
    for mode in ["DCR", "CRD"] {
        let node = n("DepthToSpace")
            .with_int("blocksize", 2)
            .with_text("mode", mode);
        linear(node, &[1, 12, 2, 3], &mut rng).is_linear();
    }
    linear(
        n("SpaceToDepth").with_int("blocksize", 3),
        &[2, 2, 6, 3],
        &mut rng,
    )
    .is_linear();
}

#[test]
fn concat_and_split() {
    let mut rng = StdRng::seed_from_u64(12);
    for axis in [0, 1, -1] {
        let mut case = linear(
            Node::new("Concat", &["x", "c", "x2"], &["y"]).with_int("axis", axis),
            &[2, 3],
            &mut rng,
        )
        .floats("c", &[2, 3], vec![1.0; 6])
        .floats("two", &[], vec![2.0]);
        case.nodes
            .insert(0, Node::new("Mul", &["x", "two"], &["x2"]));
        case.is_linear();
    }
    // A split whose parts weigh differently; one of them is not used.
    let mut case = linear(Node::new("Add", &["a", "c3"], &["y"]), &[2, 9], &mut rng)
        .ints("sizes", &[3, 3, 3])
        .floats("three", &[], vec![3.0]);
    case.nodes.insert(
        0,
        Node::new("Split", &["x", "sizes"], &["a", "b", "c"]).with_int("axis", 1),
    );
    case.nodes
        .insert(1, Node::new("Mul", &["c", "three"], &["c3"]));
    case.is_linear();
    // Channels of a concatenation before a convolution, whose kernel is then cut.
    let mut case = linear(
        Node::new("Conv", &["j", "w"], &["y"]),
        &[1, 4, 3, 3],
        &mut rng,
    )
    .floats("two", &[], vec![2.0])
    .floats(
        "w",
        &[5, 8, 3, 3],
        whole(&mut StdRng::seed_from_u64(5), 360),
    );
    case.nodes
        .insert(0, Node::new("Mul", &["x", "two"], &["x2"]));
    case.nodes.insert(
        1,
        Node::new("Concat", &["x", "x2"], &["j"]).with_int("axis", 1),
    );
    case.is_linear();
}

#[test]
fn slices_and_gathers() {
    let mut rng = StdRng::seed_from_u64(13);
    for (starts, ends, axes, steps) in [
        (vec![1], vec![4], vec![1], vec![1]),
        (vec![-3], vec![i64::MAX], vec![1], vec![1]),
        (vec![0, 1], vec![5, 6], vec![0, 1], vec![2, 3]),
        (vec![-1], vec![i64::MIN], vec![1], vec![-1]),
        (vec![4, 5], vec![0, -7], vec![0, 1], vec![-2, -1]),
        (vec![-100], vec![3], vec![-1], vec![1]),
    ] {
        linear(
            Node::new("Slice", &["x", "s", "e", "a", "t"], &["y"]),
            &[5, 6],
            &mut rng,
        )
        .ints("s", &starts)
        .ints("e", &ends)
        .ints("a", &axes)
        .ints("t", &steps)
        .is_linear();
    }
    linear(
        Node::new("Slice", &["x", "s", "e"], &["y"]),
        &[5, 6],
        &mut rng,
    )
    .ints("s", &[1, 2])
    .ints("e", &[4, 5])
    .is_linear();
    for axis in [0, 1] {
        for indices in [vec![2, 0, 1], vec![1, 1, -1, 1], vec![3], vec![0, 1, 2, 3]] {
            let node = Node::new("Gather", &["x", "i"], &["y"]).with_int("axis", axis);
            linear(node, &[4, 4, 2], &mut rng)
                .ints("i", &indices)
                .is_linear();
        }
    }
    let scalar = |name: &str, value: i64| Tensor::from_i64(name, &[], &[value]);
    let mut case = linear(
        Node::new("Gather", &["x", "i"], &["y"]).with_int("axis", 1),
        &[2, 3, 4],
        &mut rng,
    );
    case.others.push(scalar("i", -2));
    case.is_linear();
    let mut case = linear(Node::new("Gather", &["x", "i"], &["y"]), &[3, 4], &mut rng);
    case.others
        .push(Tensor::from_i64("i", &[2, 2], &[0, 2, 2, 1]));
    case.is_linear();
    let mut case = linear(
        Node::new("GatherND", &["x", "i"], &["y"]),
        &[3, 4, 2],
        &mut rng,
    );
    case.others
        .push(Tensor::from_i64("i", &[3, 2], &[0, 2, 2, 1, 0, 2]));
    case.is_linear();
    let mut case = linear(
        Node::new("GatherElements", &["x", "i"], &["y"]).with_int("axis", 1),
        &[2, 3],
        &mut rng,
    );
    case.others
        .push(Tensor::from_i64("i", &[2, 2], &[0, 0, 2, 1]));
    case.is_linear();
    for updates in [false, true] {
        let inputs = if updates {
            ["c", "i", "x"]
        } else {
            ["x", "i", "c"]
        };
        let (own, other) = if updates {
            ([2, 4], [3, 4])
        } else {
            ([3, 4], [2, 4])
        };
        let count = other.iter().product::<i64>() as usize;
        let mut case = linear(Node::new("ScatterND", &inputs, &["y"]), &own, &mut rng).floats(
            "c",
            &other,
            vec![2.0; count],
        );
        case.others.push(Tensor::from_i64("i", &[2, 1], &[2, 0]));
        case.is_linear();
    }
}

#[test]
fn pads() {
    let mut rng = StdRng::seed_from_u64(14);
    for mode in ["constant", "edge", "reflect", "wrap"] {
        for pads in [
            vec![0, 1, 2, 0, 2, 1],
            vec![1, 0, 0, 0, 0, 2],
            vec![0, 0, 2, 0, 0, 2],
        ] {
            let node = Node::new("Pad", &["x", "p"], &["y"]).with_text("mode", mode);
            linear(node, &[2, 3, 4], &mut rng)
                .opset(19)
                .ints("p", &pads)
                .is_linear();
        }
    }
    let node = Node::new("Pad", &["x", "p"], &["y"]);
    linear(node, &[4, 5], &mut rng)
        .ints("p", &[-1, 1, 2, -2])
        .is_linear();
    let node = Node::new("Pad", &["x", "p", "v", "a"], &["y"]);
    linear(node, &[4, 5], &mut rng)
        .opset(18)
        .ints("p", &[1, 2])
        .floats("v", &[], vec![7.0])
        .ints("a", &[-1])
        .is_linear();
}

#[test]
fn resizes() {
    let mut rng = StdRng::seed_from_u64(15);
    for mode in ["nearest", "linear", "cubic"] {
        for coordinates in [
            "half_pixel",
            "pytorch_half_pixel",
            "align_corners",
            "asymmetric",
        ] {
            for (h, w) in [(8, 6), (3, 2), (7, 9), (4, 3)] {
                let mut node = Node::new("Resize", &["x", "", "", "s"], &["y"])
                    .with_text("mode", mode)
                    .with_text("coordinate_transformation_mode", coordinates);
                if mode == "nearest" {
                    let rounding = ["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"]
                        [rng.random_range(0..4)];
                    node = node.with_text("nearest_mode", rounding);
                }
                let case = linear(node, &[1, 2, 4, 3], &mut rng).ints("s", &[1, 2, h, w]);
                case.compare(ElementType::F32, 1.0, 1e-4, |p| {
                    case.forward(ElementType::F32, p)
                });
            }
        }
    }
    // By scales, which need not give a whole number of pixels.
    for scale in [2.0, 1.5, 0.6] {
        for mode in ["nearest", "linear"] {
            let node = Node::new("Resize", &["x", "", "k"], &["y"]).with_text("mode", mode);
            let mut case = linear(node, &[1, 2, 5, 6], &mut rng);
            case.others
                .push(Tensor::from_f32("k", &[4], &[1.0, 1.0, scale, scale]));
            case.compare(ElementType::F32, 1.0, 1e-4, |p| {
                case.forward(ElementType::F32, p)
            });
        }
    }
}

/// Straight through inside the range of the steps, nothing outside, scales per channel too.
#[test]
fn quantisation_is_passed_straight_through() {
    let mut rng = StdRng::seed_from_u64(16);
    let dims = shape(&mut rng, 3);
    let x = between(&mut rng, dims.iter().product(), -2.0, 4.0);
    let channels = dims[1];
    let scales: Vec<f64> = (0..channels).map(|c| 0.01 * (c + 1) as f64).collect();
    let mut case = Case::new(
        Node::new("DequantizeLinear", &["q", "k", "z"], &["d"]).with_int("axis", 1),
        &dims,
        x.clone(),
    )
    .floats("k", &[channels], scales.clone());
    // Inside a network: the steps of its scores pass all.
    case.nodes.push(Node::new("Neg", &["d"], &["y"]));
    case.others.push(Tensor::from_raw(
        "z",
        &[channels],
        ElementType::U8,
        vec![100; channels as usize],
    ));
    case.nodes.insert(
        0,
        Node::new("QuantizeLinear", &["x", "k", "z"], &["q"]).with_int("axis", 1),
    );
    let (gradient, _) = case.gradient(ElementType::F32, |n| vec![1.0; n]);
    let inner = dims[2] as usize;
    for (i, (g, x)) in gradient.iter().zip(&x).enumerate() {
        let step = x / scales[i / inner % channels as usize] + 100.0;
        let expected = if (-0.5..=255.5).contains(&step) {
            -1.0
        } else {
            0.0
        };
        assert!((g - expected).abs() < 1e-5, "{x}: {g}, not {expected}");
    }
}
