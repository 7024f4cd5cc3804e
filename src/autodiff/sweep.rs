//! The reverse sweep.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::onnx::{Graph, Node, Tensor, ValueInfo, ValueType};

use super::AutodiffError;
use super::emit::{first, input};
use super::phased::Phased;
use super::rules::{Rule, rule, takes_phases};

/// Names of the values that the differentiated graph adds to its interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// Input: the weight of each entry of the output, of the output's shape. One at a class and
    /// zero elsewhere asks for that class's gradient.
    pub seed: String,
    /// Output: the gradient, of the shape of what is differentiated by.
    pub gradient: String,
}

impl Default for Names {
    fn default() -> Self {
        Self {
            seed: "saliscope/seed".to_owned(),
            gradient: "saliscope/gradient".to_owned(),
        }
    }
}

/// An operator between picture and scores that cannot be differentiated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingRule {
    /// The operator, with its domain where it is not a standard one.
    pub operator: String,
    /// The nodes that use it.
    pub nodes: Vec<String>,
}

/// The state of a sweep: what has been appended, and which gradients are known so far. Rules
/// see it through the methods here and in `emit`.
pub(super) struct Sweep<'a> {
    pub(super) types: BTreeMap<String, ValueType>,
    pub(super) constants: HashMap<&'a str, &'a Tensor>,
    /// Which forward node makes a value.
    pub(super) makers: HashMap<&'a str, &'a Node>,
    /// Gradients that are known phase by phase, by the name that stands for them.
    pub(super) phased: HashMap<String, Phased>,
    pub(super) nodes: Vec<Node>,
    pub(super) initializers: Vec<Tensor>,
    /// Constants that were appended, by their content.
    pub(super) shared: HashMap<Vec<u8>, String>,
    /// More outputs that forward nodes shall make: (first output, index) to name.
    pub(super) extra_outputs: HashMap<(String, usize), String>,
    pending: HashMap<String, Vec<String>>,
    active: HashSet<&'a str>,
    pub(super) serial: usize,
}

/// The graph with its backward pass: it computes `of` as before and, from the input
/// `names.seed`, the gradient `names.gradient` of the seed-weighted sum of `of` in `by`. `by` is
/// an input or an inner value, which then becomes an output too.
///
/// `graph` must be in order and folded, in operator set 17 or newer; `types` are the types of
/// all its values.
///
/// # Errors
/// When an operator on the way has no rule or a rule does not cover its parameters.
pub fn differentiate(
    graph: &Graph,
    types: &BTreeMap<String, ValueType>,
    of: &str,
    by: &str,
    names: &Names,
) -> Result<Graph, AutodiffError> {
    let no_path = || AutodiffError::NoPath {
        of: of.to_owned(),
        by: by.to_owned(),
    };
    let path = Path::find(graph, of, by);
    let mut sweep = Sweep::new(graph, types, path.active);
    let of_type = types.get(of).ok_or_else(no_path)?.clone();
    let by_type = types.get(by).ok_or_else(no_path)?.clone();
    sweep.types.insert(names.seed.clone(), of_type.clone());
    sweep
        .pending
        .insert(of.to_owned(), vec![names.seed.clone()]);
    for &index in path.nodes.iter().rev() {
        let Some(node) = graph.node.get(index) else {
            continue;
        };
        let mut gradients = Vec::with_capacity(node.output.len());
        for output in &node.output {
            let gradient = sweep.take_gradient(output, by);
            gradients.push(gradient.map(|g| {
                if takes_phases(node) {
                    g
                } else {
                    sweep.whole(&g)
                }
            }));
        }
        if gradients.iter().any(Option::is_some) {
            (find_rule(node)?)(&mut sweep, node, &gradients)?;
        }
    }
    // An operator that hands on no numbers of its own, such as one on sequences, ends it unseen.
    let nodes = || path.nodes.iter().rev().filter_map(|&at| graph.node.get(at));
    let ended = || nodes().find_map(|node| find_rule(node).err());
    let gradient = sweep
        .take_gradient(by, "")
        .ok_or_else(|| ended().unwrap_or_else(no_path))?;
    let gradient = sweep.whole(&gradient);
    let alias = Node::new("Identity", &[&gradient], &[&names.gradient]);
    sweep.nodes.push(alias);

    let mut result = graph.clone();
    result.value_info.clear();
    let mut more: HashMap<&str, Vec<(usize, &str)>> = HashMap::new();
    for ((of_node, index), name) in &sweep.extra_outputs {
        more.entry(of_node).or_default().push((*index, name));
    }
    for node in &mut result.node {
        let first = node.output.first().map_or("", String::as_str);
        for (index, name) in more.remove(first).unwrap_or_default() {
            let outputs = node.output.len().max(index + 1);
            node.output.resize(outputs, String::new());
            if let Some(slot) = node.output.get_mut(index) {
                name.clone_into(slot);
            }
        }
    }
    result.node.append(&mut sweep.nodes);
    result.initializer.append(&mut sweep.initializers);
    result.input.push(ValueInfo::new(&names.seed, &of_type));
    result.output = vec![
        ValueInfo::new(of, &of_type),
        ValueInfo::new(&names.gradient, &by_type),
    ];
    if !graph.input.iter().any(|i| i.name() == by) && by != of {
        result.output.push(ValueInfo::new(by, &by_type));
    }
    result.prune();
    Ok(result)
}

/// The operators between `by` and `of` that have no gradient rule.
#[must_use]
pub fn missing_rules(
    graph: &Graph,
    types: &BTreeMap<String, ValueType>,
    of: &str,
    by: &str,
) -> Vec<MissingRule> {
    let path = Path::find(graph, of, by);
    let mut missing: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for node in path.nodes.iter().filter_map(|&i| graph.node.get(i)) {
        // Whole-number results carry no gradient, so their operators need no rule.
        let floats = node
            .output
            .iter()
            .any(|o| types.get(o).is_none_or(|t| t.element.is_float()));
        if floats && let Err(AutodiffError::NoRule { op, node, .. }) = find_rule(node) {
            missing.entry(op).or_default().push(node);
        }
    }
    missing
        .into_iter()
        .map(|(operator, nodes)| MissingRule { operator, nodes })
        .collect()
}

fn find_rule(node: &Node) -> Result<Rule, AutodiffError> {
    rule(node.op_domain(), node.op()).ok_or_else(|| {
        let op = match node.op_domain() {
            "" => node.op().to_owned(),
            domain => format!("{domain}.{}", node.op()),
        };
        AutodiffError::NoRule {
            op,
            node: node.label().to_owned(),
            advice: match node.op_domain() {
                "com.microsoft.nchwc" | "com.ms.internal.nhwc" => {
                    "open the original: ONNX Runtime has optimised this file for one kind of processor"
                }
                "com.microsoft" => {
                    "open the original: ONNX Runtime or its optimiser wrote this operator"
                }
                _ => "export it with other operators",
            },
        }
    })
}

/// The part of a graph that lies between two values.
struct Path<'a> {
    /// Indices of nodes that depend on the one and that the other depends on, in order.
    nodes: Vec<usize>,
    /// Values that depend on the one.
    active: HashSet<&'a str>,
}

impl<'a> Path<'a> {
    fn find(graph: &'a Graph, of: &str, by: &str) -> Self {
        let mut active = HashSet::new();
        let all = graph
            .node
            .iter()
            .flat_map(|n| n.input.iter().chain(&n.output));
        let inputs = graph.input.iter().map(ValueInfo::name);
        active.extend(
            all.map(String::as_str)
                .chain(inputs)
                .find(|name| *name == by),
        );
        for node in &graph.node {
            if node.input.iter().any(|name| active.contains(name.as_str())) {
                // `by` itself may depend on nothing that counts: gradients stop there.
                active.extend(
                    node.output
                        .iter()
                        .map(String::as_str)
                        .filter(|name| !name.is_empty()),
                );
            }
        }
        let mut needed: HashSet<&str> = HashSet::from([of]);
        let mut nodes = Vec::new();
        for (index, node) in graph.node.iter().enumerate().rev() {
            let makes = node
                .output
                .iter()
                .any(|name| !name.is_empty() && needed.contains(name.as_str()));
            let depends = node.input.iter().any(|name| active.contains(name.as_str()));
            if makes && depends {
                needed.extend(
                    node.input
                        .iter()
                        .map(String::as_str)
                        .filter(|name| active.contains(name)),
                );
                nodes.push(index);
            }
        }
        nodes.reverse();
        Self { nodes, active }
    }
}

impl<'a> Sweep<'a> {
    fn new(
        graph: &'a Graph,
        types: &BTreeMap<String, ValueType>,
        active: HashSet<&'a str>,
    ) -> Self {
        let constants: HashMap<&str, &Tensor> = graph
            .initializer
            .iter()
            .filter_map(|t| Some((t.name.as_deref()?, t)))
            .collect();
        let makers = graph
            .node
            .iter()
            .flat_map(|n| n.output.iter().map(move |o| (o.as_str(), n)))
            .collect();
        Self {
            types: types.clone(),
            constants,
            makers,
            phased: HashMap::new(),
            nodes: Vec::new(),
            initializers: Vec::new(),
            shared: HashMap::new(),
            extra_outputs: HashMap::new(),
            pending: HashMap::new(),
            active,
            serial: 0,
        }
    }

    /// The sum of all that has been given for a value, and forgets it; phase by phase where only
    /// one such gradient was given. What is given for `stop`
    /// stays: the sweep does not go beyond it.
    fn take_gradient(&mut self, value: &str, stop: &str) -> Option<String> {
        if value.is_empty() || value == stop {
            return None;
        }
        let parts = self.pending.remove(value)?;
        if let [only] = parts.as_slice() {
            return Some(only.clone());
        }
        let mut parts = parts.into_iter();
        let first = self.whole(&parts.next()?);
        Some(parts.fold(first, |sum, part| {
            let part = self.whole(&part);
            self.add(&sum, &part)
        }))
    }

    /// True when the value depends on what is differentiated by and can carry a gradient.
    pub(super) fn wants(&self, value: &str) -> bool {
        self.active.contains(value)
    }

    /// The first input of a node and the gradient of its first output, where the one is wanted and
    /// the other there: what most rules begin with.
    pub(super) fn wanted<'n>(
        &self,
        node: &'n Node,
        gradients: &'n [Option<String>],
    ) -> Result<Option<(&'n str, &'n str)>, AutodiffError> {
        let x = input(node, 0)?;
        Ok(first(gradients).filter(|_| self.wants(x)).map(|g| (x, g)))
    }

    /// Adds `gradient` to what is known of the gradient of `value`.
    pub(super) fn give(&mut self, value: &str, gradient: String) {
        self.pending
            .entry(value.to_owned())
            .or_default()
            .push(gradient);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::ElementType;

    #[test]
    fn an_operator_behind_which_no_gradient_comes_is_named() {
        let whole = ValueType::new(ElementType::I64, &[2]);
        let float = ValueType::new(ElementType::F32, &[2]);
        let types = BTreeMap::from([
            ("x".to_owned(), float.clone()),
            ("length".to_owned(), whole),
            ("y".to_owned(), float.clone()),
        ]);
        let graph = Graph {
            node: vec![
                Node::new("SequenceMap", &["x"], &["all"]),
                Node::new("Shape", &["all"], &["length"]),
                Node::new("Cast", &["length"], &["y"]).with_int("to", 1),
            ],
            input: vec![ValueInfo::new("x", &float)],
            output: vec![ValueInfo::new("y", &float)],
            ..Graph::default()
        };
        let why = differentiate(&graph, &types, "y", "x", &Names::default());
        let why = why.unwrap_err().to_string();
        assert!(why.contains("SequenceMap"), "{why}");
    }
}
