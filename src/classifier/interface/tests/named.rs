//! Outputs of texts and tables.

use super::super::super::{ScoreKind, softmax};
use super::{
    CLASSES, ElementType, Net, Node, Tensor, TensorType, Type, ValueInfo, gradients_are_right,
    info, logits, says,
};
use crate::onnx::{Attribute, MapType, SequenceType, attribute_type};

/// An attribute that holds texts.
fn texts(name: &str, values: &[&str]) -> Attribute {
    Attribute {
        name: Some(name.to_owned()),
        strings: values.iter().map(|v| v.as_bytes().to_vec()).collect(),
        r#type: Some(attribute_type::STRINGS),
        ..Attribute::default()
    }
}

const NAMES: [&str; 4] = ["rust", "scab", "mould", "healthy"];

fn learned(op: &str, input: &str, output: &str, attributes: Vec<Attribute>) -> Node {
    let mut node = Node::new(op, &[input], &[output]);
    node.domain = Some("ai.onnx.ml".to_owned());
    node.attribute.extend(attributes);
    node
}

fn names_output(name: &str) -> ValueInfo {
    const STRING: i32 = 8;
    let mut output = info(name, ElementType::F32, &[1]);
    if let Some(tensor) = output.r#type.as_mut().and_then(|t| t.tensor_type.as_mut()) {
        tensor.elem_type = Some(STRING);
    }
    output
}

#[test]
fn outputs_of_texts_and_tables_give_the_class_names() {
    const STRING: i32 = 8;
    let encoder = || {
        let mut keys = Node::new("K", &[], &[]).with_ints("keys_int64s", &[0, 1, 2, 3]);
        let keys = keys.take_attribute("keys_int64s").unwrap();
        learned(
            "LabelEncoder",
            "best",
            "label",
            vec![keys, texts("values_strings", &NAMES)],
        )
    };
    let best = || {
        Node::new("ArgMax", &["logits"], &["best"])
            .with_int("axis", 1)
            .with_int("keepdims", 0)
    };
    // A text beside the scores.
    let mut net = Net::plain().with(best()).with(encoder());
    net.domains.push(("ai.onnx.ml", 3));
    net.outputs.push(names_output("label"));
    let network = net.out("logits", &[1, CLASSES]).open();
    says(&network, ScoreKind::Softmax, &softmax(&logits()));
    let names = network.facts().outputs.names.clone().unwrap();
    assert_eq!(names, NAMES);
    assert_eq!(network.facts().outputs.all[0].kind, "string");
    // Only a table of the probabilities.
    let map = Type {
        map_type: Some(Box::new(MapType {
            key_type: Some(STRING),
            value_type: Some(Box::new(Type {
                tensor_type: Some(TensorType {
                    elem_type: Some(ElementType::F32.code()),
                    shape: None,
                }),
                ..Type::default()
            })),
        })),
        ..Type::default()
    };
    let table = ValueInfo {
        name: Some("loss".to_owned()),
        r#type: Some(Type {
            sequence_type: Some(Box::new(SequenceType {
                elem_type: Some(Box::new(map)),
            })),
            ..Type::default()
        }),
    };
    let mut net = Net::plain()
        .with(Node::new("Softmax", &["logits"], &["p"]).with_int("axis", 1))
        .with(learned(
            "ZipMap",
            "p",
            "loss",
            vec![texts("classlabels_strings", &NAMES)],
        ));
    net.domains.push(("ai.onnx.ml", 3));
    net.outputs.push(table);
    let network = net.open();
    says(&network, ScoreKind::Softmax, &softmax(&logits()));
    assert_eq!(network.facts().outputs.names.clone().unwrap(), NAMES);
    gradients_are_right(&network, 1.0);
}

#[test]
fn the_first_and_the_newest_label_encoders_name_the_classes() {
    let best = || {
        Node::new("ArgMax", &["logits"], &["best"])
            .with_int("axis", 1)
            .with_int("keepdims", 0)
    };
    let listed = learned(
        "LabelEncoder",
        "best",
        "label",
        vec![texts("classes_strings", &NAMES)],
    );
    let tensor = |name: &str, tensor: Tensor| Attribute {
        name: Some(name.to_owned()),
        t: Some(tensor),
        r#type: Some(attribute_type::TENSOR),
        ..Attribute::default()
    };
    let values = Tensor {
        dims: vec![4],
        data_type: Some(8),
        string_data: NAMES.iter().rev().map(|n| n.as_bytes().to_vec()).collect(),
        ..Tensor::default()
    };
    let newest = learned(
        "LabelEncoder",
        "best",
        "label",
        vec![
            tensor("keys_tensor", Tensor::from_i64("", &[4], &[3, 2, 1, 0])),
            tensor("values_tensor", values),
        ],
    );
    for (node, version) in [(listed, 1), (newest, 4)] {
        let mut net = Net::plain().with(best()).with(node);
        net.domains.push(("ai.onnx.ml", version));
        net.outputs.push(names_output("label"));
        let network = net.open();
        says(&network, ScoreKind::Softmax, &softmax(&logits()));
        assert_eq!(network.facts().outputs.names.as_deref().unwrap(), NAMES);
    }
}
