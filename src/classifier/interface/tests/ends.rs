//! Ends that are spelled out, set side by side, taken off 1 or bounded in another way: squashed once,
//! and explained before that.

use super::super::super::{Differentiable as _, ScoreKind, Target, softmax};
use super::{
    CLASSES, ElementType, FEATURES, Net, Node, Tensor, floats, gradients_are_right, logits, near,
    picture, says, sigmoid,
};

fn axis_one(name: &str) -> Tensor {
    Tensor::from_i64(name, &[1], &[1])
}

fn powers() -> Net {
    Net::plain()
        .then("Exp", &["logits"], "e")
        .constant(axis_one("axis"))
}

fn softmax_of(from: &str, to: &str) -> Node {
    Node::new("Softmax", &[from], &[to]).with_int("axis", 1)
}

#[test]
fn a_softmax_in_any_spelling_is_explained_before_it() {
    let ones = Tensor::from_f32("ones", &[CLASSES, 1], &[1.0; CLASSES as usize]);
    let flat_sum = Node::new("ReduceSum", &["e", "axis"], &["flat"]).with_int("keepdims", 0);
    let log = Node::new("ReduceLogSumExp", &["logits"], &["log"])
        .with_ints("axes", &[1])
        .with_int("keepdims", 1);
    let spelled = [
        powers()
            .with(flat_sum)
            .then("Unsqueeze", &["flat", "axis"], "sum")
            .then("Div", &["e", "sum"], "y"),
        powers()
            .with(Node::new("ReduceL1", &["e"], &["sum"]).with_ints("axes", &[1]))
            .then("Div", &["e", "sum"], "y"),
        powers()
            .constant(ones)
            .then("MatMul", &["e", "ones"], "sum")
            .then("Div", &["e", "sum"], "y"),
        powers().with(
            Node::new("LpNormalization", &["e"], &["y"])
                .with_int("axis", 1)
                .with_int("p", 1),
        ),
        Net::plain()
            .with(log)
            .then("Sub", &["logits", "log"], "less")
            .then("Exp", &["less"], "y"),
        Net::plain()
            .with(Node::new("LogSoftmax", &["logits"], &["less"]).with_int("axis", 1))
            .then("Neg", &["less"], "y"),
        Net::plain()
            .number("base", std::f32::consts::E)
            .then("Pow", &["base", "logits"], "e")
            .constant(axis_one("axis"))
            .with(Node::new("ReduceSum", &["e", "axis"], &["sum"]).with_int("keepdims", 1))
            .then("Div", &["e", "sum"], "y"),
    ];
    for net in spelled {
        let network = net.out("y", &[1, CLASSES]).open();
        near(
            &network.logits(picture(&network).view()).unwrap(),
            &logits(),
        );
        says(&network, ScoreKind::Softmax, &softmax(&logits()));
        gradients_are_right(&network, 1.0);
    }
}

#[test]
fn a_sigmoid_taken_off_one_is_explained_as_minus_its_value() {
    let plain = logits();
    let minus: Vec<f32> = plain.iter().map(|l| -l).collect();
    let soft = Net::plain()
        .then("Neg", &["logits"], "minus")
        .then("Softplus", &["minus"], "soft")
        .then("Neg", &["soft"], "log")
        .then("Exp", &["log"], "y");
    let off = Net::plain()
        .number("one", 1.0)
        .then("Sigmoid", &["logits"], "p")
        .then("Sub", &["one", "p"], "y");
    for (net, expected) in [(soft, plain), (off, minus)] {
        let network = net.out("y", &[1, CLASSES]).open();
        near(
            &network.logits(picture(&network).view()).unwrap(),
            &expected,
        );
        says(&network, ScoreKind::Sigmoid, &sigmoid(&expected));
        gradients_are_right(&network, 1.0);
    }
    // Of one number: "no" is what the sigmoid says.
    let network = Net::of("x", 1)
        .number("one", 1.0)
        .then("Sigmoid", &["logits"], "p")
        .then("Sub", &["one", "p"], "y")
        .out("y", &[1, 1])
        .open();
    let raw = Net::of("x", 1).out("logits", &[1, 1]).open();
    let yes = raw.logits(picture(&raw).view()).unwrap()[1];
    let share = sigmoid(&[yes])[0];
    says(&network, ScoreKind::Binary, &[share, 1.0 - share]);
    gradients_are_right(&network, 1.0);
}

#[test]
fn sigmoids_side_by_side_are_independent_answers() {
    let joined = |net: Net, parts: &[&str], width: i64| {
        net.with(Node::new("Concat", parts, &["y"]).with_int("axis", 1))
            .out("y", &[1, width])
            .open()
    };
    let mut net = Net::plain();
    net.body("o", "x", 2, 10);
    let net = net
        .then("Sigmoid", &["logits"], "p")
        .then("Sigmoid", &["ologits"], "q");
    let network = joined(net, &["q", "p"], CLASSES + 2);
    let all = network.logits(picture(&network).view()).unwrap();
    near(&all[2..], &logits());
    says(&network, ScoreKind::Sigmoid, &sigmoid(&all));
    gradients_are_right(&network, 1.0);

    // A share and what it leaves are one answer of two, also where the share is 1.
    for parts in [["off", "p"], ["p", "off"]] {
        let net = Net::of("x", 1)
            .number("much", 400.0)
            .then("Mul", &["logits", "much"], "large")
            .number("one", 1.0)
            .then("Sigmoid", &["large"], "p")
            .then("Sub", &["one", "p"], "off");
        let network = joined(net, &parts, 2);
        assert_eq!(network.kind(), ScoreKind::Softmax);
        let x = picture(&network);
        let of = |class: usize| network.gradient(x.view(), Target::Class(class)).unwrap();
        let (first, second) = (of(0).input, of(1).input);
        assert!(first.iter().any(|g| *g != 0.0));
        // What speaks for the one speaks against the other.
        assert_eq!(first, -second);
    }
    let network = joined(
        Net::of("x", 1)
            .number("one", 1.0)
            .then("Sigmoid", &["logits"], "p")
            .then("Sub", &["one", "p"], "off"),
        &["off", "p"],
        2,
    );
    let raw = Net::of("x", 1).out("logits", &[1, 1]).open();
    let yes = raw.logits(picture(&raw).view()).unwrap()[1];
    let share = sigmoid(&[yes])[0];
    says(&network, ScoreKind::Softmax, &[1.0 - share, share]);
    gradients_are_right(&network, 1.0);
}

#[test]
fn a_share_that_falls_as_the_value_grows_is_not_explained_by_it() {
    for (op, other) in [("Neg", None), ("Mul", Some("minus"))] {
        let mut net =
            Net::plain()
                .number("one", 1.0)
                .number("minus", -1.0)
                .then("Sigmoid", &["logits"], "p");
        let mut inputs = vec!["p"];
        inputs.extend(other);
        net = net
            .then(op, &inputs, "negated")
            .then("Add", &["negated", "one"], "y");
        let network = net.out("y", &[1, CLASSES]).open();
        let left: Vec<f32> = sigmoid(&logits()).iter().map(|p| 1.0 - p).collect();
        says(&network, ScoreKind::Sigmoid, &left);
        // The surest answer is the one with the largest share.
        let explained = network.logits(picture(&network).view()).unwrap();
        let largest = |values: &[f32]| {
            let mut order: Vec<usize> = (0..values.len()).collect();
            order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
            order
        };
        assert_eq!(largest(&explained), largest(&left));
    }
}

#[test]
fn what_is_decided_by_the_scores_takes_no_place_of_theirs() {
    let network = Net::plain()
        .number("half", 0.5)
        .then("Sigmoid", &["logits"], "shares")
        .then("Greater", &["shares", "half"], "over")
        .with(Node::new("Cast", &["over"], &["answer"]).with_int("to", 1))
        .out("answer", &[1, CLASSES])
        .out("shares", &[1, CLASSES])
        .open();
    assert_eq!(network.output(), "shares");
    says(&network, ScoreKind::Sigmoid, &sigmoid(&logits()));
}

#[test]
fn a_measured_value_that_is_cut_at_zero_is_explained_before_that() {
    for sign in [1.0, -1.0] {
        let net = || {
            Net::of("x", 1)
                .number("sign", sign * 50.0)
                .then("Mul", &["logits", "sign"], "signed")
        };
        let raw = net()
            .then("Identity", &["signed"], "age")
            .out("age", &[1, 1])
            .open();
        let value = raw.logits(picture(&raw).view()).unwrap()[0];
        let network = net()
            .then("Relu", &["signed"], "age")
            .out("age", &[1, 1])
            .open();
        says(&network, ScoreKind::Regression, &[value.max(0.0)]);
        let x = picture(&network);
        let gradient = network.gradient(x.view(), Target::Class(0)).unwrap();
        assert!(gradient.input.iter().any(|g| *g != 0.0), "{value}");
        gradients_are_right(&network, 1.0);
    }
}

#[test]
fn scores_that_cannot_leave_zero_to_one_are_not_squashed_again() {
    let half = |net: Net| {
        net.number("three", 3.0)
            .number("six", 6.0)
            .number("none", 0.0)
    };
    let hard = half(Net::plain())
        .then("Add", &["logits", "three"], "a")
        .then("Clip", &["a", "none", "six"], "clipped")
        .then("Div", &["clipped", "six"], "y");
    let two = || {
        let mut net = Net::plain();
        net.body("o", "x", CLASSES, 10);
        net.with(softmax_of("logits", "p"))
            .with(softmax_of("ologits", "q"))
    };
    let side_by_side = two().with(Node::new("Concat", &["p", "q"], &["y"]).with_int("axis", 1));
    for (net, width) in [
        (hard, CLASSES),
        (two().then("Max", &["p", "q"], "y"), CLASSES),
        (two().then("Mul", &["p", "q"], "y"), CLASSES),
        (side_by_side, 2 * CLASSES),
    ] {
        let network = net.out("y", &[1, width]).open();
        let x = picture(&network);
        let turned = x.clone().permuted_axes([2, 0, 1]);
        let turned = turned.as_standard_layout().into_owned();
        let given = network.raw_scores(turned.view()).unwrap();
        says(&network, ScoreKind::Sigmoid, &given);
    }
    // Logits that only happen to lie there for one picture are still logits.
    let network = Net::plain()
        .number("little", 0.001)
        .number("half", 0.5)
        .then("Mul", &["logits", "little"], "l")
        .then("Add", &["l", "half"], "y")
        .out("y", &[1, CLASSES])
        .open();
    assert_eq!(network.kind(), ScoreKind::Softmax);
    assert!(network.notes().is_empty(), "{:?}", network.notes());
}

#[test]
fn powers_that_grow_too_large_hide_no_probabilities() {
    // Without a name for its end, and with numbers for small pictures only.
    let network = Net::plain()
        .number("base", 3.0)
        .then("Pow", &["base", "logits"], "e")
        .constant(axis_one("axis"))
        .with(Node::new("ReduceSum", &["e", "axis"], &["sum"]).with_int("keepdims", 1))
        .then("Div", &["e", "sum"], "y")
        .out("y", &[1, CLASSES])
        .open();
    let powers: Vec<f32> = logits().iter().map(|l| 3.0_f32.powf(*l)).collect();
    let sum: f32 = powers.iter().sum();
    let shares: Vec<f32> = powers.iter().map(|p| p / sum).collect();
    says(&network, ScoreKind::Softmax, &shares);
}

#[test]
fn more_than_a_share_is_no_probability() {
    let years = || {
        Net::of("x", 1)
            .number("years", 120.0)
            .then("Sigmoid", &["logits"], "p")
            .then("Mul", &["p", "years"], "age")
            .out("age", &[1, 1])
    };
    let network = years().open();
    assert_eq!(
        (network.kind(), network.classes()),
        (ScoreKind::Regression, 1)
    );
    let raw = Net::of("x", 1).out("logits", &[1, 1]).open();
    let yes = raw.logits(picture(&raw).view()).unwrap()[1];
    says(
        &network,
        ScoreKind::Regression,
        &[sigmoid(&[yes])[0] * 120.0],
    );
}

#[test]
fn one_half_of_a_split_softmax_is_one_share_of_two() {
    let mut split = Node::new("Split", &["p"], &["first", "y"]).with_int("axis", 1);
    split.output = vec!["first".to_owned(), "y".to_owned()];
    let network = Net::of("x", 2)
        .with(softmax_of("logits", "p"))
        .constant(Tensor::from_i64("parts", &[2], &[1, 1]))
        .with(Node {
            input: vec!["p".to_owned(), "parts".to_owned()],
            ..split
        })
        .out("y", &[1, 1])
        .open();
    let two = Net::of("x", 2).out("logits", &[1, 2]).open();
    let shares = softmax(&two.logits(picture(&two).view()).unwrap());
    says(&network, ScoreKind::Binary, &shares);
    gradients_are_right(&network, 1.0);
}

#[test]
fn rounded_shares_have_the_gradient_of_what_is_rounded() {
    let network = Net::plain()
        .number("many", 1000.0)
        .with(softmax_of("logits", "p"))
        .then("Mul", &["p", "many"], "many_times")
        .then("Round", &["many_times"], "rounded")
        .then("Div", &["rounded", "many"], "y")
        .out("y", &[1, CLASSES])
        .open();
    let shares = softmax(&logits());
    let rounded: Vec<f32> = shares
        .iter()
        .map(|s| (s * 1000.0).round() / 1000.0)
        .collect();
    says(&network, ScoreKind::Softmax, &rounded);
    gradients_are_right(&network, 1.0);
}

#[test]
fn how_unsure_the_scores_are_takes_no_place_of_theirs() {
    let net = || {
        Net::plain()
            .with(softmax_of("logits", "p"))
            .then("Log", &["p"], "log")
            .then("Mul", &["p", "log"], "terms")
            .constant(axis_one("axis"))
            .with(Node::new("ReduceSum", &["terms", "axis"], &["sum"]).with_int("keepdims", 1))
            .then("Neg", &["sum"], "u")
    };
    for outputs in [["u", "p"], ["p", "u"]] {
        let mut net = net();
        for name in outputs {
            net = net.out(name, &[1, if name == "u" { 1 } else { CLASSES }]);
        }
        let network = net.open();
        assert_eq!(
            (network.output(), network.kind()),
            ("p", ScoreKind::Softmax)
        );
    }
    // A layer of its own makes scores of features: those are no summary.
    let network = Net::of("x", 1)
        .then("Sigmoid", &["logits"], "y")
        .out("emb", &[1, FEATURES])
        .out("y", &[1, 1])
        .open();
    assert_eq!((network.output(), network.kind()), ("y", ScoreKind::Binary));
}

#[test]
fn the_scores_behind_a_choice_are_found() {
    let best = Node::new("ArgMax", &["logits"], &["best"])
        .with_int("axis", 1)
        .with_int("keepdims", 0);
    let info = |name: &str| super::info(name, ElementType::I64, &[1]);
    let chosen = |net: Net| {
        let network = net.open();
        says(&network, ScoreKind::Softmax, &softmax(&logits()));
        gradients_are_right(&network, 1.0);
        let notes = network.notes();
        assert!(
            notes
                .iter()
                .any(|n| n.contains("no output of the file is its scores")),
            "{notes:?}"
        );
    };
    let mut net = Net::plain().with(best);
    net.outputs.push(info("best"));
    chosen(net);
    let mut top = Node::new("TopK", &["p", "two"], &["values"]).with_int("axis", 1);
    top.output.push("indices".to_owned());
    let mut net = Net::plain()
        .with(softmax_of("logits", "p"))
        .constant(Tensor::from_i64("two", &[1], &[2]))
        .with(top)
        .out("values", &[1, 2]);
    net.outputs
        .push(super::info("indices", ElementType::I64, &[1, 2]));
    chosen(net);
    // Nothing at all that scores are made from.
    let mut net = Net::plain()
        .number("none", 0.0)
        .then("Greater", &["logits", "none"], "is");
    net.outputs
        .push(super::info("is", ElementType::Bool, &[1, CLASSES]));
    let why = net.refused();
    assert!(
        why.contains("none of its outputs holds scores") && why.contains("is (bool)"),
        "{why}"
    );
}

#[test]
fn scores_without_a_batch_or_with_it_last_are_read() {
    for dims in [&[CLASSES, 1, 1][..], &[CLASSES, 1]] {
        let shape = Tensor::from_i64("shape", &[dims.len() as i64], dims);
        let network = Net::plain()
            .constant(shape)
            .then("Reshape", &["logits", "shape"], "y")
            .out("y", dims)
            .open();
        says(&network, ScoreKind::Softmax, &softmax(&logits()));
        gradients_are_right(&network, 1.0);
    }
    // One number for each of four pictures at once.
    let network = Net::of("x", 1)
        .taking(super::info("x", ElementType::F32, &[4, 3, 6, 6]))
        .then("Sigmoid", &["logits"], "p")
        .constant(axis_one("axis"))
        .then("Squeeze", &["p", "axis"], "y")
        .out("y", &[4])
        .open();
    assert_eq!((network.kind(), network.classes()), (ScoreKind::Binary, 2));
}

#[test]
fn a_vector_that_is_brought_to_length_one_stays_an_embedding() {
    let net = Net::plain()
        .constant(floats("v", &[FEATURES, 6], 5))
        .then("MatMul", &["emb", "v"], "f")
        .with(Node::new("LpNormalization", &["f"], &["y"]).with_int("axis", 1))
        .out("y", &[1, 6]);
    assert!(net.refused().contains("looks like an embedding"));
}
