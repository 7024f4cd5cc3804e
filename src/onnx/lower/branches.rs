//! Branches and loops whose course is known beforehand (`If`, `Loop`), as the nodes that they run.

use std::collections::HashMap;

use crate::onnx::{Graph, Node, Tensor, ValueInfo};

/// More nodes than unrolled loops may come to.
const MOST_NODES: usize = 50_000;

/// Replaces `If` with a constant condition by the branch that is taken, and `Loop` with a constant
/// number of turns by that many copies of its body. True when there was any. Nodes inside are
/// left for another call, once constants were folded again.
pub fn unroll(graph: &mut Graph) -> bool {
    let constants: HashMap<String, Tensor> = graph
        .initializer
        .iter()
        .filter(|t| t.dims.iter().product::<i64>() <= 1)
        .map(|t| (t.name().to_owned(), t.clone()))
        .collect();
    let mut out = Unrolled {
        constants: &constants,
        initializer: Vec::new(),
        nodes: Vec::with_capacity(graph.node.len()),
        added: 0,
    };
    let mut changed = false;
    for node in std::mem::take(&mut graph.node) {
        let plain = node.op_domain().is_empty();
        let done = match node.op() {
            "If" if plain => out.branch(&node),
            "Loop" if plain => out.turns(&node),
            _ => None,
        };
        changed |= done.is_some();
        if done.is_none() {
            out.nodes.push(node);
        }
    }
    graph.node = out.nodes;
    graph.initializer.append(&mut out.initializer);
    changed
}

struct Unrolled<'a> {
    constants: &'a HashMap<String, Tensor>,
    initializer: Vec<Tensor>,
    nodes: Vec<Node>,
    added: usize,
}

impl Unrolled<'_> {
    fn number(&self, name: &str) -> Option<f64> {
        let values = self.constants.get(name)?.to_f64().ok()?;
        values.first().copied()
    }

    fn branch(&mut self, node: &Node) -> Option<()> {
        let taken = if self.number(node.input(0)?)? == 0.0 {
            "else_branch"
        } else {
            "then_branch"
        };
        let body = node.attribute(taken)?.g.clone()?;
        let label = node.output.first()?;
        let made = self.inline(body, label, HashMap::new());
        self.hand_out(&made, &node.output);
        Some(())
    }

    fn turns(&mut self, node: &Node) -> Option<()> {
        let turns = self.number(node.input(0)?)?;
        if node.input(1).is_some_and(|go| self.number(go) != Some(1.0)) {
            return None;
        }
        let body = node.attribute("body")?.g.as_ref()?;
        if !self.goes_on(body) {
            return None;
        }
        let turns = turns.clamp(0.0, MOST_NODES as f64) as usize;
        let most = turns.checked_mul(body.node.len().max(1))?;
        (self.added + most <= MOST_NODES).then_some(())?;
        self.added += most;
        let label = node.output.iter().find(|name| !name.is_empty())?;
        let carried = body.input.len().checked_sub(2)?;
        let mut values: Vec<String> = node.input.iter().skip(2).take(carried).cloned().collect();
        (values.len() == carried && body.output.len() > carried).then_some(())?;
        let mut lists: Vec<Vec<String>> = vec![Vec::new(); body.output.len() - 1 - carried];
        for turn in 0..turns {
            let prefix = format!("{label}/turn{turn}");
            let count = format!("saliscope/{prefix}/count");
            let go = format!("saliscope/{prefix}/go");
            self.initializer
                .push(Tensor::from_i64(&count, &[], &[turn as i64]));
            let yes = crate::onnx::ElementType::Bool;
            self.initializer
                .push(Tensor::from_raw(&go, &[], yes, vec![1]));
            let given = [count, go].into_iter().chain(values.iter().cloned());
            let names = body.input.iter().map(|i| i.name().to_owned());
            let made = self.inline(body.clone(), &prefix, names.zip(given).collect());
            values = made.iter().skip(1).take(carried).cloned().collect();
            for (list, value) in lists.iter_mut().zip(made.iter().skip(1 + carried)) {
                let row = format!("{value}/row");
                let axes = format!("{value}/axes");
                self.initializer.push(Tensor::from_i64(&axes, &[1], &[0]));
                self.nodes
                    .push(Node::new("Unsqueeze", &[value, &axes], &[&row]));
                list.push(row);
            }
        }
        let (last, collected) = node.output.split_at_checked(carried)?;
        self.hand_out(&values, last);
        for (list, output) in lists.iter().zip(collected).filter(|(_, o)| !o.is_empty()) {
            let rows: Vec<&str> = list.iter().map(String::as_str).collect();
            let concat = Node::new("Concat", &rows, &[output]).with_int("axis", 0);
            self.nodes.push(concat);
        }
        Some(())
    }

    /// True when the body never ends the loop by itself.
    fn goes_on(&self, body: &Graph) -> bool {
        let (Some(go), Some(given)) = (body.output.first(), body.input.get(1)) else {
            return false;
        };
        let own: HashMap<&str, &Tensor> = body.initializer.iter().map(|t| (t.name(), t)).collect();
        let makers = body.node.iter().filter_map(|n| Some((n.output(0)?, n)));
        let makers: HashMap<&str, &Node> = makers.collect();
        let mut name = go.name();
        for _ in 0..=body.node.len() {
            let known = own.get(name).copied();
            if let Some(tensor) = known.or_else(|| self.constants.get(name)) {
                return tensor.to_f64().is_ok_and(|v| v.first() == Some(&1.0));
            }
            if name == given.name() {
                return true;
            }
            match makers.get(name) {
                Some(node) if matches!(node.op(), "Identity" | "Cast") => {
                    name = node.input(0).unwrap_or_default();
                }
                Some(node) if node.op() == "Constant" => {
                    let value = node.tensor("value").map(Tensor::to_f64);
                    return matches!(value, Some(Ok(v)) if v.first() == Some(&1.0));
                }
                _ => return false,
            }
        }
        false
    }

    /// Appends the body's nodes under names of their own; `names` holds those of its inputs.
    /// Returns the names of its outputs.
    fn inline(
        &mut self,
        mut body: Graph,
        label: &str,
        mut names: HashMap<String, String>,
    ) -> Vec<String> {
        let own = body.node.iter().flat_map(|n| &n.output).cloned();
        let constants = body.initializer.iter().map(|t| t.name().to_owned());
        for name in own.chain(constants).filter(|name| !name.is_empty()) {
            let new = format!("saliscope/{label}/{name}");
            names.insert(name, new);
        }
        rename(&mut body, &names);
        self.initializer.append(&mut body.initializer);
        self.nodes.append(&mut body.node);
        body.output.iter().map(|o| o.name().to_owned()).collect()
    }

    /// Gives values the names by which they are known outside.
    fn hand_out(&mut self, values: &[String], outputs: &[String]) {
        for (value, output) in values.iter().zip(outputs).filter(|(_, o)| !o.is_empty()) {
            self.nodes.push(Node::new("Identity", &[value], &[output]));
        }
    }
}

/// Renames what the graph and the graphs in it read and make.
fn rename(graph: &mut Graph, names: &HashMap<String, String>) {
    let change = |name: &mut String| {
        if let Some(new) = names.get(name) {
            name.clone_from(new);
        }
    };
    for tensor in &mut graph.initializer {
        tensor.name.iter_mut().for_each(change);
    }
    for node in &mut graph.node {
        node.input.iter_mut().for_each(change);
        node.output.iter_mut().for_each(change);
        node.name = node.output.first().cloned();
        for inner in node
            .attribute
            .iter_mut()
            .flat_map(|a| a.g.iter_mut().chain(&mut a.graphs))
        {
            rename(inner, names);
        }
    }
    for output in &mut graph.output {
        let mut name = output.name().to_owned();
        change(&mut name);
        *output = ValueInfo {
            name: Some(name),
            ..output.clone()
        };
    }
}
