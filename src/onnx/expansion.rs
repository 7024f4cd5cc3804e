//! How many nodes a model has once the calls of its functions are written out.
//!
//! Functions that call others twice double at every level: a file of one kilobyte can mean a graph
//! of billions of nodes, and the runtime writes it out before it looks at its size.

use std::collections::HashMap;

use super::{Function, Graph, Model, Node, OnnxError};

/// The most nodes after that. ONNX Runtime 1.32 takes 4 s to write out this many (and four times
/// as long for twice as many); exporters that write functions make some thousands.
const MAX_EXPANDED: usize = 16_384;
/// The longest chain of functions that call each other.
const MAX_CALLS: usize = 64;

type Name<'a> = (&'a str, &'a str, &'a str);

/// Counts the nodes of a model as they are after its functions are written out.
///
/// # Errors
/// When they are too many, or a function calls itself.
pub(super) fn check_expansion(model: &Model) -> Result<(), OnnxError> {
    let Some(graph) = &model.graph else {
        return Ok(());
    };
    if model.functions.is_empty() {
        return Ok(());
    }
    let functions = model.functions.iter();
    let mut count = Count {
        functions: functions.map(|f| (name_of_function(f), f)).collect(),
        known: HashMap::new(),
    };
    let nodes = count.graph(graph, 0)?;
    limited(
        "nodes once its functions are written out",
        nodes,
        MAX_EXPANDED.max(graph.node.len()),
    )
}

fn limited(what: &'static str, count: usize, limit: usize) -> Result<(), OnnxError> {
    if count > limit {
        return Err(OnnxError::Limit { what, count, limit });
    }
    Ok(())
}

struct Count<'a> {
    functions: HashMap<Name<'a>, &'a Function>,
    /// Nodes of each function that was counted already.
    known: HashMap<Name<'a>, usize>,
}

impl<'a> Count<'a> {
    fn graph(&mut self, graph: &'a Graph, calls: usize) -> Result<usize, OnnxError> {
        self.nodes(&graph.node, calls)
    }

    fn nodes(&mut self, nodes: &'a [Node], calls: usize) -> Result<usize, OnnxError> {
        let mut sum = nodes.len();
        for node in nodes {
            sum = sum.saturating_add(self.call(name_of_call(node), calls)?);
            for attribute in &node.attribute {
                for inner in attribute.g.iter().chain(&attribute.graphs) {
                    sum = sum.saturating_add(self.graph(inner, calls)?);
                }
            }
        }
        Ok(sum)
    }

    fn call(&mut self, name: Name<'a>, calls: usize) -> Result<usize, OnnxError> {
        let Some(&function) = self.functions.get(&name) else {
            return Ok(0);
        };
        if let Some(&known) = self.known.get(&name) {
            return Ok(known);
        }
        // One that calls itself is an endless chain.
        limited("functions that call each other", calls, MAX_CALLS)?;
        let count = self.nodes(&function.node, calls + 1)?;
        self.known.insert(name, count);
        Ok(count)
    }
}

fn name_of_function(function: &Function) -> Name<'_> {
    let domain = match function.domain.as_deref().unwrap_or_default() {
        "ai.onnx" => "",
        other => other,
    };
    let overload = function.overload.as_deref().unwrap_or_default();
    (
        domain,
        function.name.as_deref().unwrap_or_default(),
        overload,
    )
}

fn name_of_call(node: &Node) -> Name<'_> {
    let overload = node.overload.as_deref().unwrap_or_default();
    (node.op_domain(), node.op(), overload)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(op: &str, input: &str, output: &str) -> Node {
        let mut node = Node::new(op, &[input], &[output]);
        node.domain = Some("f".to_owned());
        node
    }

    /// `F0` calls `F1` `times` times, that calls `F2`, ..., the last is a Relu.
    fn chain(depth: usize, times: usize) -> Model {
        let function = |level: usize| Function {
            name: Some(format!("F{level}")),
            domain: Some("f".to_owned()),
            node: (0..times)
                .map(|_| {
                    if level + 1 == depth {
                        Node::new("Relu", &["x"], &["y"])
                    } else {
                        call(&format!("F{}", level + 1), "x", "y")
                    }
                })
                .collect(),
            ..Function::default()
        };
        let graph = Graph {
            node: vec![call("F0", "x", "y")],
            ..Graph::default()
        };
        let mut model = Model::new(graph, 17);
        model.functions = (0..depth).map(function).collect();
        model
    }

    #[test]
    fn functions_that_double_at_every_level_are_counted_without_writing_them_out() {
        assert!(check_expansion(&chain(8, 2)).is_ok());
        for depth in [18, 60] {
            let error = check_expansion(&chain(depth, 2)).unwrap_err().to_string();
            assert!(error.contains("functions are written out"), "{error}");
        }
        // A long chain is no explosion, yet the runtime would follow it on its stack.
        assert!(check_expansion(&chain(60, 1)).is_ok());
        assert!(check_expansion(&chain(3000, 1)).is_err());
    }

    #[test]
    fn a_function_that_calls_itself_is_refused() {
        let mut model = chain(2, 1);
        if let Some(last) = model.functions.last_mut() {
            last.node = vec![call("F0", "x", "y")];
        }
        let error = check_expansion(&model).unwrap_err().to_string();
        assert!(error.contains("call each other"), "{error}");
    }
}
