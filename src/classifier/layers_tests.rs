//! The layers of a small vision transformer: eight channels, 2 x 3 patches and a token in front.

use ndarray::Array3;

use super::{Device, Differentiable as _, GraphCache, Network, NetworkOptions, Target};
use crate::onnx::{ElementType, Graph, Model, Node, Tensor, ValueInfo, ValueType};

fn numbers(count: i64, seed: i64) -> Vec<f32> {
    (0..count)
        .map(|i| ((i * 37 + seed * 101) % 29) as f32 / 29.0 - 0.48)
        .collect()
}

/// One block of attention and one of products, each with a norm before and a sum after it. The
/// scores are read from the token in front, or from the mean of all.
fn transformer(of_one_token: bool) -> Model {
    let mut constants = Vec::new();
    let mut constant = |name: &'static str, dims: &[i64]| {
        let seed = constants.len() as i64;
        let values = numbers(dims.iter().product(), seed);
        constants.push(Tensor::from_f32(name, dims, &values));
        name
    };
    let [w, class, place] = [
        constant("w", &[8, 3, 4, 4]),
        constant("class", &[1, 1, 8]),
        constant("place", &[1, 7, 8]),
    ];
    let [q, k, v] = ["q", "k", "v"].map(|name| constant(name, &[8, 8]));
    let [up, down] = [constant("up", &[8, 16]), constant("down", &[16, 8])];
    let [s, b, head] = [
        constant("s", &[8]),
        constant("b", &[8]),
        constant("head", &[8, 5]),
    ];
    let norm = |x: &str, y: &str| Node::new("LayerNormalization", &[x, s, b], &[y]);
    let mut node = vec![
        Node::new("Conv", &["x", w], &["patches"]).with_ints("strides", &[4, 4]),
        Node::new("Reshape", &["patches", "row"], &["flat"]),
        Node::new("Transpose", &["flat"], &["tokens"]).with_ints("perm", &[0, 2, 1]),
        Node::new("Concat", &[class, "tokens"], &["all"]).with_int("axis", 1),
        Node::new("Add", &["all", place], &["start"]),
        norm("start", "norm1"),
        Node::new("MatMul", &["norm1", q], &["queries"]),
        Node::new("MatMul", &["norm1", k], &["keys"]),
        Node::new("MatMul", &["norm1", v], &["values"]),
        Node::new("Transpose", &["keys"], &["turned"]).with_ints("perm", &[0, 2, 1]),
        Node::new("MatMul", &["queries", "turned"], &["weights"]),
        Node::new("Softmax", &["weights"], &["attention"]).with_int("axis", -1),
        Node::new("MatMul", &["attention", "values"], &["heard"]),
        Node::new("Add", &["start", "heard"], &["sum1"]),
        norm("sum1", "norm2"),
        Node::new("MatMul", &["norm2", up], &["wide"]),
        Node::new("Relu", &["wide"], &["bent"]),
        Node::new("MatMul", &["bent", down], &["narrow"]),
        Node::new("Add", &["sum1", "narrow"], &["sum2"]),
        norm("sum2", "last"),
    ];
    if of_one_token {
        node.push(Node::new("Gather", &["last", "zero"], &["read"]).with_int("axis", 1));
    } else {
        node.push(
            Node::new("ReduceMean", &["last"], &["read"])
                .with_ints("axes", &[1])
                .with_int("keepdims", 0),
        );
    }
    node.push(Node::new("MatMul", &["read", head], &["y"]));
    constants.push(Tensor::from_i64("row", &[3], &[1, 8, 6]));
    constants.push(Tensor::from_i64("zero", &[], &[0]));
    let value =
        |name: &str, dims: &[i64]| ValueInfo::new(name, &ValueType::new(ElementType::F32, dims));
    let graph = Graph {
        name: Some("transformer".to_owned()),
        node,
        initializer: constants,
        input: vec![value("x", &[1, 3, 8, 12])],
        output: vec![value("y", &[1, 5])],
        ..Graph::default()
    };
    Model::new(graph, 17)
}

/// The same with its last product in steps of 8 bits, whose scale is found from all tokens.
fn in_steps(mut model: Model) -> Model {
    let graph = model.graph.as_mut().unwrap();
    let at = graph
        .node
        .iter()
        .position(|n| n.output(0) == Some("narrow"));
    let at = at.unwrap();
    let product = [
        Node::new(
            "DynamicQuantizeLinear",
            &["bent"],
            &["steps", "scale", "zero_point"],
        ),
        Node::new(
            "MatMulInteger",
            &["steps", "down_steps", "zero_point"],
            &["whole"],
        ),
        Node::new("Cast", &["whole"], &["float"]).with_int("to", 1),
        Node::new("Mul", &["scale", "down_scale"], &["both"]),
        Node::new("Mul", &["float", "both"], &["narrow"]),
    ];
    graph.node.splice(at..=at, product);
    let steps = (0..128_u8).map(|i| i.wrapping_mul(37)).collect();
    let steps = Tensor::from_raw("down_steps", &[16, 8], ElementType::I8, steps);
    graph.initializer.push(steps);
    let scale = Tensor::from_f32("down_scale", &[], &[0.004]);
    graph.initializer.push(scale);
    model
}

fn open(model: &Model) -> Network {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("transformer.onnx");
    model.save(&path).unwrap();
    let options = NetworkOptions {
        cache: GraphCache::off(),
        device: Device::Cpu,
        ..NetworkOptions::default()
    };
    Network::open(&path, &options).unwrap()
}

fn picture() -> Array3<f32> {
    Array3::from_shape_vec((8, 12, 3), numbers(8 * 12 * 3, 7)).unwrap()
}

#[test]
fn the_token_that_is_read_last_hears_of_places_through_the_norm_before_attention() {
    let network = open(&transformer(true));
    assert_eq!(network.usual_layer().as_deref(), Some("norm1"));
    // After attention only the token in front counts: no layer has places from there on.
    assert_eq!(network.layers(), ["patches", "norm1"]);
    let layer = network
        .layer_gradient(picture().view(), Target::Class(0), None)
        .unwrap();
    assert_eq!(layer.activation.shape(), [8, 2, 3]);
    assert!(layer.gradient.iter().any(|&g| g != 0.0));
}

#[test]
fn steps_whose_scale_is_found_from_all_tokens_give_the_others_no_voice() {
    let network = open(&in_steps(transformer(true)));
    assert_eq!(network.usual_layer().as_deref(), Some("norm1"));
    let layer = network
        .layer_gradient(picture().view(), Target::Class(0), None)
        .unwrap();
    assert!(layer.gradient.iter().any(|&g| g != 0.0));
}

#[test]
fn a_mean_of_all_tokens_shows_the_sum_after_the_last_block() {
    let network = open(&transformer(false));
    assert_eq!(network.usual_layer().as_deref(), Some("sum2"));
    let names = network.layers();
    let wanted = ["patches", "norm1", "sum1", "norm2", "sum2", "last"];
    assert_eq!(names, wanted);
    let layer = network
        .layer_gradient(picture().view(), Target::Class(0), None)
        .unwrap();
    assert_eq!(layer.activation.shape(), [8, 2, 3]);
    let odd = network.layer_gradient(picture().view(), Target::Class(0), Some("attention"));
    assert!(odd.unwrap_err().to_string().contains("side by side"));
}

#[test]
fn attention_is_put_out_with_its_places() {
    let network = open(&transformer(true));
    let attention = network.attention(picture().view()).unwrap();
    assert_eq!((attention.first, attention.places), (1, [2, 3]));
    let [block] = attention.blocks.as_slice() else {
        panic!("one block");
    };
    assert_eq!(block.shape(), [1, 7, 7]);
    for row in block.rows() {
        assert!((row.sum() - 1.0).abs() < 1e-5);
    }
}
