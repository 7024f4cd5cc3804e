//! Largest elements, triangles, running sums, products, sums over letters, kernels made from the
//! picture, smoothing resizes, and functions of angles.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{Case, between, distinct, shape, whole};
use crate::onnx::{ElementType, Node, Tensor};

#[test]
fn largest_and_smallest_elements() {
    let mut rng = StdRng::seed_from_u64(41);
    for trial in 0..24 {
        let rank = rng.random_range(1..=4usize);
        let dims = shape(&mut rng, rank);
        let axis = rng.random_range(0..rank);
        let k = rng.random_range(1..=dims[axis]);
        let axis = axis as i64 - if trial % 2 == 0 { rank as i64 } else { 0 };
        let node = Node::new("TopK", &["x", "k"], &["y", "places"])
            .with_int("axis", axis)
            .with_int("largest", trial % 3 % 2)
            .with_int("sorted", 1);
        let x = distinct(&mut rng, dims.iter().product());
        Case::new(node, &dims, x).ints("k", &[k]).in_double();
    }
}

#[test]
fn triangles() {
    let mut rng = StdRng::seed_from_u64(42);
    for trial in 0..24 {
        let rank = rng.random_range(2..=4usize);
        let dims = shape(&mut rng, rank);
        let mut node = Node::new("Trilu", &["x"], &["y"]).with_int("upper", trial % 2);
        let x = whole(&mut rng, dims.iter().product());
        let diagonal = rng.random_range(-3..=3);
        if trial % 4 > 1 {
            node.input.push("k".to_owned());
        }
        let mut case = Case::new(node, &dims, x);
        if trial % 4 > 1 {
            case.others.push(Tensor::from_i64("k", &[], &[diagonal]));
        }
        case.is_linear();
    }
}

#[test]
fn running_sums() {
    let mut rng = StdRng::seed_from_u64(43);
    for trial in 0..24 {
        let rank = rng.random_range(1..=4usize);
        let dims = shape(&mut rng, rank);
        let axis = rng.random_range(0..rank) as i64;
        let axis = axis - if trial % 8 > 3 { rank as i64 } else { 0 };
        let node = Node::new("CumSum", &["x", "axis"], &["y"])
            .with_int("exclusive", trial % 2)
            .with_int("reverse", trial / 2 % 2);
        let x = whole(&mut rng, dims.iter().product());
        let mut case = Case::new(node, &dims, x);
        case.others.push(Tensor::from_i64("axis", &[], &[axis]));
        case.is_linear();
    }
}

#[test]
fn products_of_elements() {
    let mut rng = StdRng::seed_from_u64(44);
    for opset in [17, 18] {
        for trial in 0..12 {
            let rank = rng.random_range(1..=4usize);
            let dims = shape(&mut rng, rank);
            let axes: Vec<i64> = match trial % 4 {
                0 => Vec::new(),
                1 => vec![-1],
                2 if rank > 1 => vec![0, -1],
                _ => vec![0],
            };
            let mut node = Node::new("ReduceProd", &["x"], &["y"])
                .with_int("keepdims", i64::from(trial % 3 == 0));
            if opset < 18 && !axes.is_empty() {
                node = node.with_ints("axes", &axes);
            } else if !axes.is_empty() {
                node.input.push("axes".to_owned());
            }
            let mut x = between(&mut rng, dims.iter().product(), -1.2, 1.2);
            // A product with one 0 in it still has a slope there, with two it has none.
            for at in 0..trial % 3 {
                if let Some(x) = x.get_mut(at * 2) {
                    *x = 0.0;
                }
            }
            let mut case = Case::new(node, &dims, x).opset(opset);
            if opset >= 18 && !axes.is_empty() {
                case = case.ints("axes", &axes);
            }
            case.against(|x| multiplied(x, &dims, &axes));
        }
    }
}

/// The products over `axes` (all where there are none), in the order of what is left.
fn multiplied(x: &[f64], dims: &[i64], axes: &[i64]) -> Vec<f64> {
    let rank = dims.len() as i64;
    let reduced = |axis: usize| {
        let is_it = |a: &i64| a.rem_euclid(rank) as usize == axis;
        axes.is_empty() || axes.iter().any(is_it)
    };
    let kept: i64 = (0..dims.len())
        .filter(|axis| !reduced(*axis))
        .map(|axis| dims[axis])
        .product();
    let mut products = vec![1.0; kept as usize];
    for (flat, value) in x.iter().enumerate() {
        let (mut rest, mut at, mut stride) = (flat as i64, 0, 1);
        for axis in (0..dims.len()).rev() {
            let place = rest % dims[axis];
            rest /= dims[axis];
            if !reduced(axis) {
                at += place * stride;
                stride *= dims[axis];
            }
        }
        products[at as usize] *= value;
    }
    products
}

#[test]
fn sums_over_letters() {
    let mut rng = StdRng::seed_from_u64(45);
    for equation in [
        "ij,jk->ik",
        "ij,kj->ki",
        "bij,bjk->bik",
        "bhid,bhjd->bhij",
        "bhij,bhjd->bihd",
        "i,j->ij",
        "ij,ij->",
        "ij,ij->j",
        "bchw,oc->bohw",
        "bchw,c->bchw",
        "bnc,bmc->bnm",
        "ij,jk",
    ] {
        for trial in 0..4 {
            // One length for each letter.
            let lengths: Vec<i64> = (0..26).map(|_| rng.random_range(1..=4)).collect();
            let (terms, _) = equation.split_once("->").unwrap_or((equation, ""));
            let dims: Vec<Vec<i64>> = terms
                .split(',')
                .map(|term| term.bytes().map(|b| lengths[(b - b'a') as usize]).collect())
                .collect();
            let right = trial % 2 == 1;
            let (own, other) = if right {
                (&dims[1], &dims[0])
            } else {
                (&dims[0], &dims[1])
            };
            let inputs = if right { ["c", "x"] } else { ["x", "c"] };
            let x = between(&mut rng, own.iter().product(), -2.0, 2.0);
            let c = between(&mut rng, other.iter().product(), -2.0, 2.0);
            let node = Node::new("Einsum", &inputs, &["y"]).with_text("equation", equation);
            Case::new(node, own, x).floats("c", other, c).in_double();
        }
    }
    // Both sides are the picture.
    let x = between(&mut rng, 24, -1.0, 1.0);
    let node = Node::new("Einsum", &["x", "x"], &["y"]).with_text("equation", "bij,bkj->bik");
    Case::new(node, &[2, 3, 4], x).in_double();
}

/// The picture is convolved with a kernel that is cut out of it, so both gradients count.
#[test]
fn kernels_made_from_the_picture() {
    let mut rng = StdRng::seed_from_u64(46);
    for trial in 0..60 {
        let groups = [1, 2, 4][trial % 3];
        let (per_in, per_out) = ([1, 2][trial / 3 % 2], [1, 2][trial / 6 % 2]);
        let (stride, dilation) = (rng.random_range(1..=3), rng.random_range(1..=2));
        let [kh, kw] = [rng.random_range(1..=3), rng.random_range(1..=3)];
        let pads: Vec<i64> = (0..4).map(|_| rng.random_range(0..=2)).collect();
        let (h, w) = (rng.random_range(5..=8), rng.random_range(5..=8));
        let channels = groups * per_in;
        let kernel = [groups * per_out, per_in, kh, kw];
        let wanted: i64 = kernel.iter().product();
        let count = channels * h * w;
        if wanted > count {
            continue;
        }
        let x = between(&mut rng, count, -1.0, 1.0);
        let mut case = Case::new(
            Node::new("Conv", &["x", "w"], &["y"]),
            &[1, channels, h, w],
            x,
        )
        .ints("flat", &[-1])
        .ints("from", &[0])
        .ints("to", &[wanted])
        .ints("kernel", &kernel);
        case.nodes = vec![
            Node::new("Reshape", &["x", "flat"], &["f"]),
            Node::new("Slice", &["f", "from", "to"], &["part"]),
            Node::new("Reshape", &["part", "kernel"], &["w"]),
            Node::new("Conv", &["x", "w"], &["y"])
                .with_ints("strides", &[stride, stride])
                .with_ints("dilations", &[dilation, dilation])
                .with_ints("pads", &pads)
                .with_int("group", groups),
        ];
        case.label = format!(
            "{:?} groups {groups} kernel {kernel:?} on {h} x {w}",
            case.nodes[3]
        );
        // A product of two: central differences are exact, whatever the step.
        case.compare(ElementType::F32, 0.125, 1e-4, |points| {
            case.forward(ElementType::F32, points)
        });
    }
}

#[test]
fn smoothing_resizes() {
    let mut rng = StdRng::seed_from_u64(47);
    for mode in ["linear", "cubic"] {
        for coordinates in ["half_pixel", "pytorch_half_pixel", "align_corners"] {
            for _ in 0..4 {
                let [h, w] = [rng.random_range(6..=12), rng.random_range(6..=12)];
                let to = [rng.random_range(2..=8), rng.random_range(2..=8)];
                let node = Node::new("Resize", &["x", "", "", "s"], &["y"])
                    .with_text("mode", mode)
                    .with_text("coordinate_transformation_mode", coordinates)
                    .with_int("antialias", 1);
                let x = whole(&mut rng, 2 * h * w);
                let case = Case::new(node, &[1, 2, h, w], x)
                    .opset(18)
                    .ints("s", &[1, 2, to[0], to[1]]);
                case.compare(ElementType::F32, 1.0, 1e-4, |points| {
                    case.forward(ElementType::F32, points)
                });
            }
        }
    }
}

#[test]
fn functions_of_angles() {
    type Function = fn(f64) -> f64;
    let cases: [(&str, f64, f64, Function); 9] = [
        ("Tan", -1.2, 1.2, f64::tan),
        ("Asin", -0.9, 0.9, f64::asin),
        ("Acos", -0.9, 0.9, f64::acos),
        ("Atan", -3.0, 3.0, f64::atan),
        ("Sinh", -2.0, 2.0, f64::sinh),
        ("Cosh", -2.0, 2.0, f64::cosh),
        ("Asinh", -3.0, 3.0, f64::asinh),
        ("Acosh", 1.2, 4.0, f64::acosh),
        ("Atanh", -0.9, 0.9, f64::atanh),
    ];
    let mut rng = StdRng::seed_from_u64(48);
    for (op, low, high, function) in cases {
        for rank in 1..=4 {
            let dims = shape(&mut rng, rank);
            let x = between(&mut rng, dims.iter().product(), low, high);
            let case = Case::new(Node::new(op, &["x"], &["y"]), &dims, x);
            case.against(|x| x.iter().map(|&v| function(v)).collect());
        }
    }
}
