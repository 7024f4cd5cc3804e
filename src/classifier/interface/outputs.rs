//! All outputs of a file; those that hold no numbers are left out and give class names.

use serde::{Deserialize, Serialize};

use super::input::element_name;
use super::reading::Reading;
use crate::onnx::{DimensionValue, ElementType, Graph, Node, Type, ValueInfo};

/// One output of a file, as the file declares it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputFact {
    /// Its name.
    pub name: String,
    /// Its sizes: a number, a name, or `?`.
    pub shape: Vec<Size>,
    /// What it holds: `float32`, `string`, `sequence of maps`...
    #[serde(rename = "type")]
    pub kind: String,
}

/// The size of one dimension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Size {
    /// A number.
    Known(i64),
    /// A name for what the caller chooses; `?` without one.
    Open(String),
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Known(size) => size.fmt(f),
            Self::Open(name) => name.fmt(f),
        }
    }
}

/// The outputs of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct FileOutputs {
    pub(in super::super) all: Vec<OutputFact>,
    /// Names of the classes that an output of texts can give.
    pub(in super::super) names: Option<Vec<String>>,
}

impl FileOutputs {
    /// What the file says of its outputs.
    pub(in super::super) fn of(graph: &Graph) -> Self {
        Self {
            all: graph.output.iter().map(fact).collect(),
            names: class_names(graph),
        }
    }
}

fn sizes(value: &ValueInfo) -> Vec<Size> {
    let tensor = value.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
    let dims = tensor.and_then(|t| t.shape.as_ref()).map(|s| s.dim.iter());
    let size = |d: &crate::onnx::Dimension| match &d.value {
        Some(DimensionValue::Size(size)) => Size::Known(*size),
        Some(DimensionValue::Name(name)) if !name.is_empty() => Size::Open(name.clone()),
        _ => Size::Open("?".to_owned()),
    };
    dims.map(|dims| dims.map(size).collect())
        .unwrap_or_default()
}

fn fact(value: &ValueInfo) -> OutputFact {
    OutputFact {
        name: value.name().to_owned(),
        shape: sizes(value),
        kind: type_name(value.r#type.as_ref()),
    }
}

/// `[N,3,224,224]`.
pub(super) fn shape_text(value: &ValueInfo) -> String {
    let dims: Vec<String> = sizes(value).iter().map(ToString::to_string).collect();
    format!("[{}]", dims.join(","))
}

/// An output with its type and shape, for a person.
pub(super) fn described(value: &ValueInfo) -> String {
    let name = value.name();
    format!("{name} ({})", type_name(value.r#type.as_ref()))
}

fn type_name(value_type: Option<&Type>) -> String {
    const STRING: i32 = 8;
    let Some(value_type) = value_type else {
        return "unknown".to_owned();
    };
    if value_type.sequence_type.is_some() {
        return "sequence".to_owned();
    }
    if value_type.map_type.is_some() {
        return "map".to_owned();
    }
    match value_type.tensor_type.as_ref().and_then(|t| t.elem_type) {
        Some(STRING) => "string".to_owned(),
        Some(code) => match ElementType::from_code(code) {
            Some(element) => element_name(element).to_owned(),
            None => "other".to_owned(),
        },
        None => "other".to_owned(),
    }
}

/// Leaves only outputs of floats: what a table of names is made from stands for it, and of bytes
/// the floats that they were rounded from.
pub(super) fn keep_floats(graph: &mut Graph) {
    let mut kept: Vec<ValueInfo> = Vec::new();
    let mut unrounded = Vec::new();
    for output in &graph.output {
        let reading = Reading::of(graph);
        let maker = reading.maker(output.name());
        let value = match maker.map(Node::op) {
            Some("ZipMap") => maker
                .and_then(|node| node.input(0))
                .map(|name| ValueInfo::of_unknown_shape(name, ElementType::F32)),
            _ => match output.element() {
                Some(element) if element.is_float() => Some(output.clone()),
                Some(ElementType::U8 | ElementType::I8) => {
                    rounding(&reading, output.name()).map(|node| {
                        unrounded.push(node.to_owned());
                        ValueInfo::of_unknown_shape(output.name(), ElementType::F32)
                    })
                }
                // A type that is not given is a float's more often than not.
                None if output.r#type.is_none() => {
                    Some(ValueInfo::of_unknown_shape(output.name(), ElementType::F32))
                }
                _ => None,
            },
        };
        if let Some(value) = value
            && kept.iter().all(|k| k.name() != value.name())
        {
            kept.push(value);
        }
    }
    if kept.iter().all(|k| is_selection(graph, k.name())) {
        for name in behind_selections(graph) {
            if kept.iter().all(|k| k.name() != name) {
                kept.push(ValueInfo::of_unknown_shape(&name, ElementType::F32));
            }
        }
    }
    for node in &mut graph.node {
        if node.op() == "QuantizeLinear"
            && node
                .output(0)
                .is_some_and(|o| unrounded.iter().any(|u| u == o))
        {
            *node = Node::new(
                "Identity",
                &[node.input(0).unwrap_or_default()],
                &[node.output(0).unwrap_or_default()],
            );
        }
    }
    graph.output = kept;
}

/// Whether a value is the surest of scores, which then are no output themselves.
fn is_selection(graph: &Graph, name: &str) -> bool {
    let maker = Reading::of(graph).maker_at(name);
    maker.is_some_and(|(node, _)| matches!(node.op(), "TopK" | "ReduceMax" | "ReduceMin"))
}

/// What the outputs are chosen from: the scores whose surest class they name, and the members of a
/// sequence.
fn behind_selections(graph: &Graph) -> Vec<String> {
    let reading = Reading::of(graph);
    let mut found: Vec<String> = Vec::new();
    for output in &graph.output {
        let mut name = output.name();
        for _ in 0..12 {
            let Some((node, _)) = reading.maker_at(name) else {
                break;
            };
            let from = match node.op() {
                "SequenceConstruct" => &node.input[..],
                "ArgMax" | "ArgMin" | "TopK" | "ReduceMax" | "ReduceMin" => {
                    node.input.get(..1).unwrap_or_default()
                }
                // What the class is called stands first, which one it is second.
                "ArrayFeatureExtractor" | "Gather" => {
                    let Some(next) = node.input(1) else { break };
                    name = next;
                    continue;
                }
                "LabelEncoder" | "CategoryMapper" | "Cast" | "Squeeze" | "Unsqueeze"
                | "Reshape" | "Flatten" | "Identity" => {
                    let Some(next) = node.input(0) else { break };
                    name = next;
                    continue;
                }
                _ => break,
            };
            for name in from {
                if !found.contains(name) && reading.maker(name).is_some() {
                    found.push(name.clone());
                }
            }
            break;
        }
    }
    found
}

/// The operator that rounds floats to the bytes of an output.
fn rounding<'a>(reading: &Reading<'a>, output: &'a str) -> Option<&'a str> {
    let mut name = output;
    for _ in 0..8 {
        let node = reading.maker(name)?;
        match node.op() {
            "QuantizeLinear" => return Some(name),
            "Reshape" | "Squeeze" | "Flatten" | "Unsqueeze" | "Identity" | "Transpose" => {
                name = node.input(0)?;
            }
            _ => return None,
        }
    }
    None
}

/// Names of the classes that stand in the graph, for outputs of texts or tables.
pub(in super::super) fn class_names(graph: &Graph) -> Option<Vec<String>> {
    let texts = |values: &[Vec<u8>]| -> Option<Vec<String>> {
        let names: Vec<String> = values
            .iter()
            .map(|v| String::from_utf8_lossy(v).into_owned())
            .collect();
        (!names.is_empty()).then_some(names)
    };
    let tensor = |name: &str| {
        let constant = graph.initializer.iter().find(|t| t.name() == name);
        let inner = || {
            let node = graph.node.iter().find(|n| n.output(0) == Some(name))?;
            node.tensor("value")
        };
        texts(&constant.or_else(inner)?.string_data)
    };
    graph.node.iter().rev().find_map(|node| match node.op() {
        "ZipMap" => {
            let names = node.attribute("classlabels_strings");
            names.and_then(|a| texts(&a.strings)).or_else(|| {
                let numbers = &node.attribute("classlabels_int64s")?.ints;
                let counted = numbers.iter().enumerate().all(|(i, n)| *n == i as i64);
                (!counted && !numbers.is_empty())
                    .then(|| numbers.iter().map(i64::to_string).collect())
            })
        }
        "LabelEncoder" => {
            // The first version only lists them.
            if let Some(listed) = node.attribute("classes_strings") {
                return texts(&listed.strings);
            }
            let keys = if let Some(keys) = node.attribute("keys_int64s") {
                keys.ints.clone()
            } else {
                let keys = node.tensor("keys_tensor")?.to_f64().ok()?;
                keys.into_iter().map(|key| key as i64).collect()
            };
            let names = match node.attribute("values_strings") {
                Some(names) => texts(&names.strings)?,
                None => texts(&node.tensor("values_tensor")?.string_data)?,
            };
            let mut by_key: Vec<_> = keys.into_iter().zip(names).collect();
            by_key.sort_by_key(|(key, _)| *key);
            let counted = by_key
                .iter()
                .enumerate()
                .all(|(i, (key, _))| *key == i as i64);
            counted.then(|| by_key.into_iter().map(|(_, name)| name).collect())
        }
        "CategoryMapper" => texts(&node.attribute("cats_strings")?.strings),
        "ArrayFeatureExtractor" | "Gather" => tensor(node.input(0)?),
        _ => None,
    })
}
