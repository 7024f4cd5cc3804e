//! Which output holds the scores, and what they mean.

use super::super::super::{Differentiable as _, NetworkOptions, ScoreKind, Target, softmax};
use super::{
    CLASSES, FEATURES, Net, Node, Tensor, floats, gradients_are_right, gradients_are_right_by,
    logits, near, picture, says, sigmoid,
};

#[test]
fn plain_logits_are_one_answer_of_several() {
    let network = Net::plain().out("logits", &[1, CLASSES]).open();
    says(&network, ScoreKind::Softmax, &softmax(&logits()));
    gradients_are_right(&network, 1.0);
    assert!(network.notes().is_empty(), "{:?}", network.notes());
}

#[test]
fn an_embedding_before_or_behind_the_scores_is_not_taken_for_them() {
    for outputs in [["emb", "logits"], ["logits", "emb"]] {
        let mut net = Net::plain();
        for name in outputs {
            let width = if name == "emb" { FEATURES } else { CLASSES };
            net = net.out(name, &[1, width]);
        }
        let network = net.open();
        assert_eq!(network.output(), "logits");
        assert!(network.notes()[0].contains("logits is taken for the scores"));
        says(&network, ScoreKind::Softmax, &softmax(&logits()));
    }
}

#[test]
fn an_embedding_alone_is_asked_about_and_used_when_it_is_named() {
    let embedding = || Net::plain().out("emb", &[1, FEATURES]);
    assert!(embedding().refused().contains("looks like an embedding"));
    let nameless = |net: Net| net.then("Identity", &["emb"], "y").out("y", &[1, FEATURES]);
    assert!(nameless(Net::plain()).refused().contains("--output y"));
    let named = NetworkOptions {
        output: Some("emb".to_owned()),
        ..NetworkOptions::default()
    };
    let network = embedding().try_open(&named).unwrap();
    assert_eq!(network.classes(), FEATURES as usize);
    gradients_are_right(&network, 1.0);
}

#[test]
fn scores_that_are_averaged_over_places_are_no_embedding() {
    // As SqueezeNet ends: a convolution with a channel a class, then the average.
    let mut net = Net::plain();
    net.nodes.truncate(2);
    net.constants
        .push(floats("v", &[CLASSES, FEATURES, 1, 1], 7));
    let network = net
        .then("Conv", &["r", "v"], "s")
        .then("Relu", &["s"], "t")
        .then("GlobalAveragePool", &["t"], "u")
        .out("u", &[1, CLASSES, 1, 1])
        .open();
    assert_eq!((network.classes(), network.kind()), (4, ScoreKind::Softmax));
}

#[test]
fn two_heads_are_asked_about() {
    let two = || {
        let mut net = Net::plain();
        net.body("o", "x", 3, 10);
        net.out("logits", &[1, CLASSES]).out("ologits", &[1, 3])
    };
    let why = two().refused();
    assert!(
        why.contains("logits [N,4], ologits [N,3]") && why.contains("--output"),
        "{why}"
    );
    let named = NetworkOptions {
        output: Some("ologits".to_owned()),
        ..NetworkOptions::default()
    };
    assert_eq!(two().try_open(&named).unwrap().classes(), 3);
    let mut counted = NetworkOptions::default();
    counted.described.label_counts = vec![3];
    assert_eq!(two().try_open(&counted).unwrap().output(), "ologits");
    let unknown = NetworkOptions {
        output: Some("scores".to_owned()),
        ..NetworkOptions::default()
    };
    let why = two().try_open(&unknown).unwrap_err().to_string();
    assert!(
        why.contains("no output \"scores\"") && why.contains("ologits"),
        "{why}"
    );
}

#[test]
fn scores_may_have_other_shapes() {
    let shaped = |net: Net, dims: &[i64]| {
        let shape = Tensor::from_i64("shape", &[dims.len() as i64], dims);
        net.constant(shape)
            .then("Reshape", &["logits", "shape"], "y")
            .out("y", dims)
    };
    for dims in [
        &[CLASSES][..],
        &[1, CLASSES, 1, 1],
        &[1, 1, CLASSES],
        &[1, CLASSES, 1],
    ] {
        let network = shaped(Net::plain(), dims).open();
        says(&network, ScoreKind::Softmax, &softmax(&logits()));
        gradients_are_right(&network, 1.0);
    }
    let why = shaped(Net::plain(), &[1, 2, 2]).refused();
    assert!(why.contains("one score per class"), "{why}");
}

#[test]
fn a_final_squashing_is_done_once_and_explained_before_it() {
    let logits = logits();
    let shares = softmax(&logits);
    let own = sigmoid(&logits);
    let axis = |op: &str, from: &str| Node::new(op, &[from], &["y"]).with_int("axis", 1);
    let sum = |from: &str| Node::new("ReduceSum", &[from, "one"], &["sum"]).with_int("keepdims", 1);
    let largest = Node::new("ReduceMax", &["logits"], &["most"])
        .with_ints("axes", &[1])
        .with_int("keepdims", 1);
    let one = Tensor::from_i64("one", &[1], &[1]);
    let cases = [
        (Net::plain().with(axis("Softmax", "logits")), &shares),
        (Net::plain().with(axis("LogSoftmax", "logits")), &shares),
        (Net::plain().then("Sigmoid", &["logits"], "y"), &own),
        (
            Net::plain()
                .then("Exp", &["logits"], "e")
                .constant(one.clone())
                .with(sum("e"))
                .then("Div", &["e", "sum"], "y"),
            &shares,
        ),
        (
            Net::plain()
                .with(largest)
                .then("Sub", &["logits", "most"], "less")
                .then("Exp", &["less"], "e")
                .constant(one)
                .with(sum("e"))
                .then("Div", &["e", "sum"], "y"),
            &shares,
        ),
        (
            Net::plain()
                .number("one", 1.0)
                .then("Neg", &["logits"], "minus")
                .then("Exp", &["minus"], "e")
                .then("Add", &["e", "one"], "below")
                .then("Div", &["one", "below"], "y"),
            &own,
        ),
        (
            Net::plain()
                .number("low", 1e-7)
                .number("high", 0.999)
                .with(Node::new("Softmax", &["logits"], &["p"]).with_int("axis", 1))
                .then("Clip", &["p", "low", "high"], "y"),
            &shares,
        ),
    ];
    for (net, expected) in cases {
        let kind = if expected == &shares {
            ScoreKind::Softmax
        } else {
            ScoreKind::Sigmoid
        };
        let network = net.out("y", &[1, CLASSES]).open();
        near(&network.logits(picture(&network).view()).unwrap(), &logits);
        says(&network, kind, expected);
        assert!(network.notes().iter().any(|n| n.contains("before")));
        gradients_are_right(&network, 1.0);
    }
}

#[test]
fn a_saturated_sigmoid_leaves_no_blank_map() {
    let network = Net::plain()
        .number("much", 400.0)
        .then("Mul", &["logits", "much"], "large")
        .then("Sigmoid", &["large"], "y")
        .out("y", &[1, CLASSES])
        .open();
    let x = picture(&network);
    let logits = network.logits(x.view()).unwrap();
    assert!(network.probabilities(&logits).contains(&1.0), "{logits:?}");
    gradients_are_right(&network, 1.0);
}

#[test]
fn the_mean_of_two_heads_has_a_gradient_of_its_own() {
    for (op, kind) in [
        ("Softmax", ScoreKind::Softmax),
        ("Sigmoid", ScoreKind::Sigmoid),
    ] {
        let mut net = Net::plain();
        net.body("o", "x", CLASSES, 10);
        let network = net
            .then(op, &["logits"], "p")
            .then(op, &["ologits"], "q")
            .then("Mean", &["p", "q"], "y")
            .out("y", &[1, CLASSES])
            .open();
        let x = picture(&network);
        let turned = x.clone().permuted_axes([2, 0, 1]);
        let turned = turned.as_standard_layout().into_owned();
        let given = network.raw_scores(turned.view()).unwrap();
        says(&network, kind, &given);
        gradients_are_right_by(&network, 1.0, 0.3);
    }
}

#[test]
fn probabilities_that_are_made_in_an_unknown_way_are_not_squashed_again() {
    // Shares by squares: no squashing that has a name.
    let one = Tensor::from_i64("one", &[1], &[1]);
    let network = Net::plain()
        .then("Mul", &["logits", "logits"], "s")
        .constant(one)
        .with(Node::new("ReduceSum", &["s", "one"], &["sum"]).with_int("keepdims", 1))
        .then("Div", &["s", "sum"], "y")
        .out("y", &[1, CLASSES])
        .open();
    let squares: Vec<f32> = logits().iter().map(|l| l * l).collect();
    let sum: f32 = squares.iter().sum();
    let shares: Vec<f32> = squares.iter().map(|s| s / sum).collect();
    says(&network, ScoreKind::Softmax, &shares);
    assert!(
        network
            .notes()
            .iter()
            .any(|n| n.contains("probabilities already"))
    );
}

#[test]
fn one_number_answers_yes_and_no() {
    let two = |net: Net, counts: &[usize]| {
        let mut options = NetworkOptions::default();
        options.described.label_counts = counts.to_vec();
        net.try_open(&options).unwrap()
    };
    let squashed = two(
        Net::of("x", 1)
            .then("Sigmoid", &["logits"], "y")
            .out("y", &[1, 1]),
        &[],
    );
    let raw = two(Net::of("x", 1).out("logits", &[1, 1]), &[2]);
    for network in [&squashed, &raw] {
        assert_eq!((network.kind(), network.classes()), (ScoreKind::Binary, 2));
        let x = picture(network);
        let logits = network.logits(x.view()).unwrap();
        assert_eq!(logits[0], -logits[1]);
        let yes = sigmoid(&logits[1..])[0];
        near(&network.probabilities(&logits), &[1.0 - yes, yes]);
        // "No" is explained as minus the logit.
        gradients_are_right(network, 1.0);
        let [no, yes] = [0, 1].map(|class| {
            network
                .gradient(x.view(), Target::Class(class))
                .unwrap()
                .input
        });
        assert_eq!(no, -yes);
    }
    let age = |net: Net| net.then("Identity", &["logits"], "age").out("age", &[1, 1]);
    let measured = two(age(Net::of("x", 1)), &[]);
    assert_eq!(
        (measured.kind(), measured.classes()),
        (ScoreKind::Regression, 1)
    );
    assert!(
        measured
            .notes()
            .iter()
            .any(|n| n.contains("measured value"))
    );
    gradients_are_right(&measured, 1.0);
    let said = NetworkOptions {
        kind: Some(ScoreKind::Binary),
        ..NetworkOptions::default()
    };
    let said = age(Net::of("x", 1)).try_open(&said).unwrap();
    assert_eq!(said.classes(), 2);
}

#[test]
fn what_is_said_of_the_scores_must_fit_them() {
    let said = |kind| NetworkOptions {
        kind: Some(kind),
        ..NetworkOptions::default()
    };
    let plain = || Net::plain().out("logits", &[1, CLASSES]);
    let network = plain().try_open(&said(ScoreKind::Sigmoid)).unwrap();
    says(&network, ScoreKind::Sigmoid, &sigmoid(&logits()));
    let network = plain().try_open(&said(ScoreKind::Logits)).unwrap();
    says(&network, ScoreKind::Logits, &logits());
    let why = plain().try_open(&said(ScoreKind::Binary)).unwrap_err();
    assert!(
        why.to_string()
            .contains("4 scores cannot be read as binary"),
        "{why}"
    );
    let squashed = Net::plain()
        .then("Sigmoid", &["logits"], "y")
        .out("y", &[1, CLASSES]);
    let why = squashed.try_open(&said(ScoreKind::Softmax)).unwrap_err();
    assert!(why.to_string().contains("ends in a sigmoid"), "{why}");
}

#[test]
fn stacked_heads_percent_and_one_share_of_two_are_read_as_they_are_meant() {
    let softmax_of =
        |from: &str, to: &str| Node::new("Softmax", &[from], &[to]).with_int("axis", 1);
    let mut net = Net::plain();
    net.body("o", "x", CLASSES, 10);
    let network = net
        .with(softmax_of("logits", "p"))
        .with(softmax_of("ologits", "q"))
        .constant(Tensor::from_i64("zero", &[1], &[0]))
        .then("Unsqueeze", &["p", "zero"], "p1")
        .then("Unsqueeze", &["q", "zero"], "q1")
        .with(Node::new("Concat", &["p1", "q1"], &["both"]).with_int("axis", 0))
        .with(
            Node::new("ReduceMean", &["both"], &["y"])
                .with_ints("axes", &[0])
                .with_int("keepdims", 0),
        )
        .out("y", &[1, CLASSES])
        .open();
    assert!(network.notes()[0].contains("mean of several heads"));
    gradients_are_right_by(&network, 1.0, 0.3);

    let network = Net::plain()
        .number("hundred", 100.0)
        .with(softmax_of("logits", "p"))
        .then("Mul", &["p", "hundred"], "y")
        .out("y", &[1, CLASSES])
        .open();
    says(&network, ScoreKind::Softmax, &softmax(&logits()));

    for (class, rest) in [(1, 0), (0, 1)] {
        let network = Net::of("x", 2)
            .with(softmax_of("logits", "p"))
            .constant(Tensor::from_i64("which", &[1], &[class]))
            .with(Node::new("Gather", &["p", "which"], &["y"]).with_int("axis", 1))
            .out("y", &[1, 1])
            .open();
        let two = Net::of("x", 2).out("logits", &[1, 2]).open();
        let logits = two.logits(picture(&two).view()).unwrap();
        let shares = softmax(&logits);
        let expected = [shares[rest], shares[class as usize]];
        says(&network, ScoreKind::Binary, &expected);
        gradients_are_right(&network, 1.0);
    }
}
