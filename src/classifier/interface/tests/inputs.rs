//! Which input is the picture, and how it is fed.

use super::super::super::{
    Differentiable as _, Network, NetworkOptions, ScoreKind, Target, softmax,
};
use super::super::{Inside, Layout, SizeSource};
use super::{
    CLASSES, ElementType, FEATURES, Net, Node, SIDE, Tensor, ValueInfo, floats,
    gradients_are_right, info, logits, near, open_info, picture, says,
};

#[test]
fn pictures_of_whole_numbers_are_computed_in_floats() {
    let cast = || Node::new("Cast", &["x"], &["f"]).with_int("to", 1);
    let expected = Net::of("x", CLASSES).out("logits", &[1, CLASSES]).open();
    for element in [ElementType::U8, ElementType::I8, ElementType::I32] {
        let network = Net::of("s", CLASSES)
            .number("scale", 1.0 / 64.0)
            .before(vec![cast(), Node::new("Mul", &["f", "scale"], &["s"])])
            .taking(info("x", element, &[1, 3, SIDE, SIDE]))
            .out("logits", &[1, CLASSES])
            .open();
        assert_eq!(
            network.input().whole_numbers,
            Some(if element == ElementType::I8 { -128 } else { 0 })
        );
        let x = picture(&network);
        let scaled = network.logits((x.clone() * 64.0).view()).unwrap();
        near(&scaled, &expected.logits(x.view()).unwrap());
        gradients_are_right(&network, 64.0);
    }
    let texts = Net::plain()
        .taking(info("x", ElementType::Bool, &[1, 3, SIDE, SIDE]))
        .out("logits", &[1, CLASSES]);
    assert!(texts.refused().contains("neither floats nor whole numbers"));
}

#[test]
fn channels_may_come_last_and_the_batch_may_be_missing() {
    let turn = |perm: &[i64]| Node::new("Transpose", &["x"], &["t"]).with_ints("perm", perm);
    let last = Net::of("t", CLASSES)
        .before(vec![turn(&[0, 3, 1, 2])])
        .taking(info("x", ElementType::F32, &[1, SIDE, SIDE, 3]));
    let alone = Net::of("t", CLASSES)
        .constant(Tensor::from_i64("zero", &[1], &[0]))
        .before(vec![Node::new("Unsqueeze", &["x", "zero"], &["t"])])
        .taking(info("x", ElementType::F32, &[3, SIDE, SIDE]));
    let alone_last = Net::of("t", CLASSES)
        .constant(Tensor::from_i64("zero", &[1], &[0]))
        .before(vec![
            Node::new("Transpose", &["x"], &["u"]).with_ints("perm", &[2, 0, 1]),
            Node::new("Unsqueeze", &["u", "zero"], &["t"]),
        ])
        .taking(info("x", ElementType::F32, &[SIDE, SIDE, 3]));
    let layouts = [Layout::Nhwc, Layout::Nchw, Layout::Nhwc];
    for (net, layout) in [last, alone, alone_last].into_iter().zip(layouts) {
        let network = net.out("logits", &[1, CLASSES]).open();
        assert_eq!(network.layout(), layout);
        says(&network, ScoreKind::Softmax, &softmax(&logits()));
        gradients_are_right(&network, 1.0);
    }
}

#[test]
fn a_batch_in_the_file_is_filled_with_the_same_picture() {
    let shape = || Tensor::from_i64("four", &[2], &[4, -1]);
    let net = |declared: Result<i64, &str>| {
        let mut net = Net::plain().constant(shape());
        net.nodes[3] = Node::new("Reshape", &["g", "four"], &["emb"]);
        let dims = [declared, Ok(3), Ok(SIDE), Ok(SIDE)];
        net.outputs = vec![ValueInfo::of_unknown_shape("logits", ElementType::F32)];
        net.taking(open_info("x", ElementType::F32, &dims))
    };
    // Four pictures as the file declares, and as only a shape inside says.
    for declared in [Ok(4), Err("N")] {
        let network = net(declared).open();
        says(&network, ScoreKind::Softmax, &softmax(&logits()));
        gradients_are_right(&network, 1.0);
        // Layers are those of one picture.
        let plain = Net::plain().out("logits", &[1, CLASSES]).open();
        let layer = |network: &Network| {
            let x = picture(network);
            network
                .layer_gradient(x.view(), Target::Class(1), None)
                .unwrap()
        };
        let (ours, expected) = (layer(&network), layer(&plain));
        assert_eq!(network.layers(), plain.layers());
        assert_eq!(ours.activation.dim(), expected.activation.dim());
        near(
            ours.activation.as_slice().unwrap(),
            expected.activation.as_slice().unwrap(),
        );
        near(
            ours.gradient.as_slice().unwrap(),
            expected.gradient.as_slice().unwrap(),
        );
        let notes = network.notes();
        assert!(
            notes.iter().any(|n| n.contains("4 pictures at once")),
            "{notes:?}"
        );
    }
}

#[test]
fn switches_are_off_and_unread_inputs_left_away() {
    let mut net = Net::plain()
        .also_taking(info("keras_learning_phase", ElementType::Bool, &[]))
        .also_taking(info("im_info", ElementType::F32, &[1, 3]))
        .number("noise", 100.0)
        .number("none", 0.0)
        .with(Node::new(
            "Where",
            &["keras_learning_phase", "noise", "none"],
            &["add"],
        ))
        .then("Add", &["logits", "add"], "y");
    net.outputs = vec![info("y", ElementType::F32, &[1, CLASSES])];
    let network = net.open();
    near(
        &network.logits(picture(&network).view()).unwrap(),
        &logits(),
    );
    let notes = network.notes().join("; ");
    assert!(
        notes.contains("\"keras_learning_phase\" is a switch and set to false"),
        "{notes}"
    );
    assert!(notes.contains("im_info is read by no operator"), "{notes}");
    let two = Net::plain()
        .also_taking(info("other", ElementType::F32, &[1, 3, SIDE, SIDE]))
        .then("Add", &["logits", "other"], "y");
    let why = two.out("y", &[1, 3, SIDE, SIDE]).refused();
    assert!(
        why.contains("2 inputs") && why.contains("other [1,3,6,6]"),
        "{why}"
    );
}

#[test]
fn the_true_size_is_found_by_computing() {
    // Features that are flattened fit one size only: 32 a side.
    let flat = |declared: &[Result<i64, &str>]| {
        let mut net = Net::plain();
        net.nodes.truncate(2);
        net.constants
            .push(floats("big", &[FEATURES * 32 * 32, CLASSES], 5));
        net.constants
            .push(Tensor::from_i64("rows", &[2], &[1, FEATURES * 32 * 32]));
        net.outputs = vec![ValueInfo::of_unknown_shape("y", ElementType::F32)];
        net.then("Reshape", &["r", "rows"], "f")
            .then("MatMul", &["f", "big"], "y")
            .taking(open_info("x", ElementType::F32, declared))
    };
    let open = [
        Err("batch_size"),
        Err("num_channels"),
        Err("height"),
        Err("width"),
    ];
    let network = flat(&open).open();
    assert_eq!(network.input_shape(), [32, 32, 3]);
    assert_eq!(network.input().size_source, SizeSource::Tried);
    let notes = network.notes().join("; ");
    assert!(notes.contains("32 x 32 pixels is the first"), "{notes}");
    // What stands beside the file is tried first, and a size that cannot be is answered with one
    // that can.
    let mut described = NetworkOptions::default();
    described.described.sizes = vec![[32, 32]];
    let network = flat(&open).try_open(&described).unwrap();
    assert_eq!(network.input().size_source, SizeSource::Described);
    let said = NetworkOptions {
        size: Some([64, 64]),
        ..described
    };
    let why = flat(&open).try_open(&said).unwrap_err().to_string();
    assert!(why.contains("give --size 32x32"), "{why}");
    // A converter writes 1 for what it does not know.
    let mut net = Net::plain();
    net.outputs = vec![ValueInfo::of_unknown_shape("logits", ElementType::F32)];
    let ones = [Ok(1), Ok(3), Ok(1), Ok(1)];
    let why = net
        .taking(open_info("x", ElementType::F32, &ones))
        .refused();
    assert!(why.contains("1 x 1") && why.contains("--size"), "{why}");
}

#[test]
fn normalisation_inside_the_network_is_recognised() {
    let inside = |nodes: Vec<Node>, constants: Vec<Tensor>| {
        let mut net = Net::of("z", CLASSES).before(nodes);
        net.constants.extend(constants);
        net.out("logits", &[1, CLASSES]).open().facts().inside
    };
    let per_channel = |name: &str, values: [f32; 3]| Tensor::from_f32(name, &[1, 3, 1, 1], &values);
    let number = |name: &str, value: f32| Tensor::from_f32(name, &[], &[value]);
    let two = |first: &str, second: &str| {
        vec![
            Node::new(first, &["x", "p"], &["y"]),
            Node::new(second, &["y", "q"], &["z"]),
        ]
    };
    // Rescaling to -1..1, ImageNet's numbers of bytes and of 0..1, Caffe's mean.
    let rescaling = inside(
        two("Mul", "Add"),
        vec![number("p", 1.0 / 127.5), number("q", -1.0)],
    );
    assert_eq!(rescaling, Some(Inside::Bytes));
    let bytes = inside(
        two("Sub", "Div"),
        vec![
            per_channel("p", [123.7, 116.3, 103.5]),
            per_channel("q", [58.4, 57.1, 57.4]),
        ],
    );
    assert_eq!(bytes, Some(Inside::Bytes));
    let unit = inside(
        two("Sub", "Div"),
        vec![
            per_channel("p", [0.485, 0.456, 0.406]),
            per_channel("q", [0.229, 0.224, 0.225]),
        ],
    );
    assert_eq!(unit, Some(Inside::Unit));
    let caffe = inside(
        two("Sub", "Mul"),
        vec![per_channel("p", [103.9, 116.8, 123.7]), number("q", 1.0)],
    );
    assert_eq!(caffe, Some(Inside::Bytes));
    let batch_norm = Node::new(
        "BatchNormalization",
        &["x", "s", "o", "mean", "var"],
        &["z"],
    );
    let three = |name: &str, values: [f32; 3]| Tensor::from_f32(name, &[3], &values);
    let batch_norm = inside(
        vec![batch_norm],
        vec![
            three("s", [1.0; 3]),
            three("o", [0.0; 3]),
            three("mean", [120.0, 115.0, 100.0]),
            three("var", [3500.0, 3300.0, 3400.0]),
        ],
    );
    assert_eq!(batch_norm, Some(Inside::Bytes));
    // Nothing of the kind.
    assert_eq!(
        Net::plain()
            .out("logits", &[1, CLASSES])
            .open()
            .facts()
            .inside,
        None
    );
}

#[test]
fn random_answers_are_told() {
    let network = Net::plain()
        .then("RandomNormalLike", &["logits"], "noise")
        .then("Add", &["logits", "noise"], "y")
        .out("y", &[1, CLASSES])
        .open();
    let notes = network.notes().join("; ");
    assert!(
        notes.contains("random numbers (RandomNormalLike in"),
        "{notes}"
    );
}

#[test]
fn an_input_without_a_shape_is_what_its_first_layers_take() {
    let untyped = |net: Net| {
        let options = NetworkOptions {
            size: Some([SIDE as usize; 2]),
            ..NetworkOptions::default()
        };
        net.taking(ValueInfo::of_unknown_shape("x", ElementType::F32))
            .out("logits", &[1, CLASSES])
            .try_open(&options)
    };
    let turn = Node::new("Transpose", &["x"], &["t"]).with_ints("perm", &[0, 3, 1, 2]);
    let last = Net::of("t", CLASSES).before(vec![turn]);
    for (net, layout) in [(Net::plain(), Layout::Nchw), (last, Layout::Nhwc)] {
        let network = untyped(net).unwrap();
        assert_eq!((network.layout(), network.input_shape()[2]), (layout, 3));
        says(&network, ScoreKind::Softmax, &softmax(&logits()));
    }
    let flat = Net::of("t", CLASSES).before(vec![Node::new("Abs", &["x"], &["t"])]);
    let why = untyped(flat).unwrap_err().to_string();
    assert!(why.contains("is not given; export it with one"), "{why}");
}

#[test]
fn a_mean_taken_off_turned_channels_is_normalisation_inside() {
    let list = |name: &str, value: i64| Tensor::from_i64(name, &[1], &[value]);
    let means = [103.9, 116.8, 123.7];
    let net = |axis: i64, dims: &[i64], picture: &str| {
        Net::of(picture, CLASSES)
            .constant(list("from", -1))
            .constant(list("to", -9999))
            .constant(list("axis", axis))
            .constant(list("step", -1))
            .constant(Tensor::from_f32("mean", dims, &means))
    };
    let turn = || Node::new("Slice", &["x", "from", "to", "axis", "step"], &["turned"]);
    let network = net(1, &[1, 3, 1, 1], "s")
        .before(vec![turn(), Node::new("Sub", &["turned", "mean"], &["s"])])
        .out("logits", &[1, CLASSES])
        .open();
    assert_eq!(network.facts().inside, Some(Inside::Bytes));
    let nodes = vec![
        turn(),
        Node::new("Sub", &["turned", "mean"], &["s"]),
        Node::new("Transpose", &["s"], &["t"]).with_ints("perm", &[0, 3, 1, 2]),
    ];
    let network = net(3, &[3], "t")
        .before(nodes)
        .taking(info("x", ElementType::F32, &[1, SIDE, SIDE, 3]))
        .out("logits", &[1, CLASSES])
        .open();
    assert_eq!(network.facts().inside, Some(Inside::Bytes));
}

/// As TensorFlow's and Caffe's networks turn red and blue, and PyTorch's scale each channel.
#[test]
fn channels_that_are_taken_apart_are_followed() {
    let named = |op: &str, inputs: &[&str], outputs: &[&str]| {
        let mut node = Node::new(op, inputs, &[]);
        node.output = outputs.iter().map(|&name| name.to_owned()).collect();
        node
    };
    let joined = |parts: [&str; 3]| Node::new("Concat", &parts, &["turned"]).with_int("axis", 1);
    let split = named("Split", &["x", "parts"], &["red", "green", "blue"]).with_int("axis", 1);
    let picked = |channel: &str, output: &str| {
        [
            Node::new("Gather", &["x", channel], &[&format!("{output}0")]).with_int("axis", 1),
            Node::new("Unsqueeze", &[&format!("{output}0"), "one"], &[output]),
        ]
    };
    let picked = || {
        [("c0", "red"), ("c1", "green"), ("c2", "blue")]
            .into_iter()
            .flat_map(|(channel, output)| picked(channel, output))
    };
    let means = || Tensor::from_f32("mean", &[1, 3, 1, 1], &[103.9, 116.8, 123.7]);
    let net = || {
        let mut net = Net::of("s", CLASSES)
            .constant(means())
            .constant(Tensor::from_i64("one", &[1], &[1]))
            .number("much", 255.0);
        for channel in 0..3 {
            net = net.constant(Tensor::from_i64(&format!("c{channel}"), &[], &[channel]));
        }
        net
    };
    let sub = || Node::new("Sub", &["turned", "mean"], &["s"]);
    let network = net()
        .constant(Tensor::from_i64("parts", &[3], &[1, 1, 1]))
        .before(vec![split, joined(["blue", "green", "red"]), sub()])
        .out("logits", &[1, CLASSES])
        .open();
    assert_eq!(network.facts().inside, Some(Inside::Bytes));
    let mut nodes: Vec<Node> = picked().collect();
    nodes.extend([joined(["blue", "green", "red"]), sub()]);
    let network = net().before(nodes).out("logits", &[1, CLASSES]).open();
    assert_eq!(network.facts().inside, Some(Inside::Bytes));
    // Each channel divided by itself.
    let mut nodes: Vec<Node> = picked().collect();
    for channel in ["red", "green", "blue"] {
        nodes.push(Node::new(
            "Div",
            &[channel, "much"],
            &[&format!("{channel}1")],
        ));
    }
    nodes.push(Node::new("Concat", &["red1", "green1", "blue1"], &["s"]).with_int("axis", 1));
    let network = net().before(nodes).out("logits", &[1, CLASSES]).open();
    assert_eq!(network.facts().inside, Some(Inside::Bytes));
    // A convolution of one pixel, which turns them too.
    let weights = [0.0, 0.0, 0.017, 0.0, 0.017, 0.0, 0.017, 0.0, 0.0];
    let conv = |weights: [f32; 9]| {
        net()
            .constant(Tensor::from_f32("pixel", &[3, 3, 1, 1], &weights))
            .constant(Tensor::from_f32("minus", &[3], &[-2.1, -2.0, -1.8]))
            .before(vec![Node::new("Conv", &["x", "pixel", "minus"], &["s"])])
            .out("logits", &[1, CLASSES])
            .open()
    };
    assert_eq!(conv(weights).facts().inside, Some(Inside::Bytes));
    // Mixed channels are a layer.
    let mut mixed = weights;
    mixed[0] = 0.01;
    assert_eq!(conv(mixed).facts().inside, None);
    // One channel twice is no picture in another order.
    let mut nodes: Vec<Node> = picked().collect();
    nodes.extend([joined(["blue", "green", "green"]), sub()]);
    let network = net().before(nodes).out("logits", &[1, CLASSES]).open();
    assert_eq!(network.facts().inside, None);
}

#[test]
fn switches_are_known_by_more_names_and_without_a_shape() {
    let cases = [
        ("Placeholder_keep_prob:0", false, "set to 1"),
        ("train", true, "set to 0"),
        ("temperature", true, "changes nothing"),
    ];
    for (name, shaped, word) in cases {
        let input = if shaped {
            info(name, ElementType::F32, &[1])
        } else {
            ValueInfo::of_unknown_shape(name, ElementType::F32)
        };
        let op = if name == "train" { "Sub" } else { "Div" };
        let network = Net::plain()
            .then(op, &["logits", name], "y")
            .also_taking(input)
            .out("y", &[1, CLASSES])
            .open();
        says(&network, ScoreKind::Softmax, &softmax(&logits()));
        assert!(
            network.notes().iter().any(|n| n.contains(word)),
            "{:?}",
            network.notes()
        );
    }
}

#[test]
fn a_picture_may_be_laid_flat_before_it_is_normalised() {
    let network = Net::of("z", CLASSES)
        .before(vec![
            Node::new("Flatten", &["x"], &["flat"]),
            Node::new("Mul", &["flat", "p"], &["scaled"]),
            Node::new("Reshape", &["scaled", "shape"], &["raised"]),
            Node::new("Add", &["raised", "q"], &["z"]),
        ])
        .constant(Tensor::from_i64("shape", &[4], &[1, 3, SIDE, SIDE]))
        .number("p", 1.0 / 127.5)
        .number("q", -1.0)
        .out("logits", &[1, CLASSES])
        .open();
    assert_eq!(network.facts().inside, Some(Inside::Bytes));
}
