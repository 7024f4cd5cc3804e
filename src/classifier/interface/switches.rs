//! Inputs that are no picture: those that no operator reads, and switches such as "training".

use std::collections::HashSet;

use crate::onnx::{ElementType, Graph, Node, Tensor, ValueInfo};

/// A switch, and how it is set.
pub(super) struct Switch {
    pub(super) tensor: Tensor,
    pub(super) sentence: String,
}

/// Whether any operator, also of an inner graph, reads the value, or it is an output.
pub(super) fn is_read(graph: &Graph, name: &str) -> bool {
    let in_node = |node: &Node| {
        node.input.iter().any(|input| input == name)
            || node
                .attribute
                .iter()
                .flat_map(|a| a.g.iter().chain(&a.graphs))
                .any(|inner| is_read(inner, name))
    };
    graph.node.iter().any(in_node) || graph.output.iter().any(|o| o.name() == name)
}

/// The input as a switch of one value, set to what it is outside of training.
pub(super) fn switch(input: &ValueInfo) -> Option<Switch> {
    let element = input.element()?;
    // A shape that is not given is a scalar's as often as not: only the name can tell then.
    let one = match input.dims() {
        Some(dims) => dims.iter().all(|d| *d == Some(1)) && dims.len() <= 1,
        None => false,
    };
    let name = input.name().to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let training = says(&[
        "learning_phase",
        "training",
        "is_train",
        "phase_train",
        "train_mode",
    ]);
    let words = || name.split(|c: char| !c.is_alphanumeric());
    let training = training || words().any(|word| matches!(word, "train" | "training" | "phase"));
    let keep = says(&["keep_prob", "keep_rate"]);
    let drop = says(&["dropout", "drop_rate", "drop_prob"]);
    // What scores are divided by to make them less sure.
    let temperature = element.is_float() && words().any(|word| word == "temperature");
    let named = training || keep || drop || temperature;
    if !(one && (element == ElementType::Bool || named)) && !(input.dims().is_none() && named) {
        return None;
    }
    let dims = vec![1; input.dims().map_or(0, |dims| dims.len())];
    let (value, word) = match element {
        ElementType::Bool => (0.0, "false"),
        _ if keep || temperature => (1.0, "1"),
        _ => (0.0, "0"),
    };
    let own = input.name();
    let tensor = match element {
        ElementType::Bool => Tensor::from_raw(own, &dims, element, vec![0]),
        _ if element.is_float() => Tensor::from_floats(own, &dims, element, &[value]),
        _ => Tensor::from_raw(own, &dims, element, vec![0; element.bytes_of(1)]),
    };
    let what = if temperature {
        "a setting of the scores and set to 1, which changes nothing".to_owned()
    } else {
        format!("a switch and set to {word}, as outside of training")
    };
    Some(Switch {
        tensor,
        sentence: format!("the input {own:?} is {what}"),
    })
}

/// Makes switches constants and takes inputs away that nothing reads. The picture stays.
pub(super) fn settle(graph: &mut Graph, picture: &str) {
    let constants: HashSet<String> = graph
        .initializer
        .iter()
        .map(|t| t.name().to_owned())
        .collect();
    let mut made = Vec::new();
    let inputs = std::mem::take(&mut graph.input);
    graph.input = inputs
        .into_iter()
        .filter(|input| {
            if input.name() == picture || constants.contains(input.name()) {
                return true;
            }
            if let Some(switch) = switch(input) {
                made.push(switch.tensor);
            }
            false
        })
        .collect();
    graph.initializer.extend(made);
}
