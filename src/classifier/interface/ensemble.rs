//! The mean of several squashed heads.
//!
//! There is no value before the squashing then, but one that would give the same answers: the
//! logarithm of the mean, computed from the logarithms of the heads, so that it is exact where a
//! probability is too small for a float.

use std::collections::BTreeMap;

use super::head::{Found, Head, ScoreKind, Squash, Then};
use super::walk::{Squashed, Walk};
use crate::onnx::{ElementType, Node, Tensor, ValueType};

/// Heads inside heads that are followed.
const MOST_HEADS: usize = 64;

/// A weighted sum of heads that are squashed alike.
pub(super) struct Mean {
    kind: ScoreKind,
    squash: Squash,
    weight: f64,
    made: Made,
    logits: String,
}

#[derive(Default)]
struct Made {
    nodes: Vec<Node>,
    constants: Vec<Tensor>,
    types: BTreeMap<String, ValueType>,
    width: i64,
}

impl Mean {
    /// The head with what is done after the mean.
    pub(super) fn then(self, mut then: Vec<Then>) -> Found {
        if self.weight != 1.0 {
            then.insert(0, Then::Times(vec![self.weight]));
        }
        Found {
            head: Head {
                kind: self.kind,
                squash: self.squash,
                then,
                note: Some(
                    "its answer is the mean of several heads; explained on the logarithm of that mean",
                ),
            },
            logits: self.logits,
            nodes: self.made.nodes,
            constants: self.made.constants,
            types: self.made.types,
        }
    }
}

/// The mean that a node computes, if it is one of squashed heads.
pub(super) fn mean<'a>(walk: &Walk<'a>, node: &'a Node) -> Option<Mean> {
    let mut heads = Vec::new();
    collect(walk, node, 1.0, &mut heads)?;
    let squash = heads.first().map(|(_, head)| head.squash)?;
    let alike = heads.iter().all(|(weight, head)| {
        let count = walk.dims(head.of).map(|dims| dims.iter().product::<i64>());
        head.squash == squash && !head.log && *weight > 0.0 && count == Some(walk.width() as i64)
    });
    let squashed = matches!(squash, Squash::Softmax | Squash::Sigmoid);
    if !alike || !squashed || heads.len() < 2 {
        return None;
    }
    let kind = match (squash, walk.width()) {
        (Squash::Softmax, 1) => return None,
        (Squash::Softmax, _) => ScoreKind::Softmax,
        (_, 1) => ScoreKind::Binary,
        _ => ScoreKind::Sigmoid,
    };
    let weight: f64 = heads.iter().map(|(weight, _)| weight).sum();
    let mut made = Made {
        width: walk.width() as i64,
        ..Made::default()
    };
    let logits = if squash == Squash::Softmax {
        let logs = heads.iter().enumerate().map(|(k, (weight, head))| {
            let x = made.row(k, head.of);
            let log = made.node(
                &format!("log{k}"),
                Node::new("LogSoftmax", &[&x], &[]).with_int("axis", 1),
            );
            (*weight, log)
        });
        let logs: Vec<_> = logs.collect();
        made.log_of_sum("", &logs)
    } else {
        let mut yes = Vec::new();
        let mut no = Vec::new();
        for (k, (weight, head)) in heads.iter().enumerate() {
            let x = made.row(k, head.of);
            let minus = made.node(&format!("minus{k}"), Node::new("Neg", &[&x], &[]));
            for (name, from, logs) in [("yes", &minus, &mut yes), ("no", &x, &mut no)] {
                let soft = made.node(&format!("{name}{k}"), Node::new("Softplus", &[from], &[]));
                let log = made.node(&format!("log_{name}{k}"), Node::new("Neg", &[&soft], &[]));
                logs.push((*weight, log));
            }
        }
        let yes = made.log_of_sum("yes_", &yes);
        let no = made.log_of_sum("no_", &no);
        made.node("odds", Node::new("Sub", &[&yes, &no], &[]))
    };
    Some(Mean {
        kind,
        squash,
        weight,
        made,
        logits,
    })
}

/// The heads that a node adds up, each with its weight.
fn collect<'a>(
    walk: &Walk<'a>,
    node: &'a Node,
    weight: f64,
    heads: &mut Vec<(f64, Squashed<'a>)>,
) -> Option<()> {
    let (inputs, each) = match node.op() {
        "Mean" => (&node.input, weight / node.input.len().max(1) as f64),
        "Sum" | "Add" => (&node.input, weight),
        "ReduceMean" | "ReduceSum" => {
            let stacked = stacked(walk, node)?;
            let many = stacked.input.len().max(1) as f64;
            let share = if node.op() == "ReduceMean" { many } else { 1.0 };
            (&stacked.input, weight / share)
        }
        _ => return None,
    };
    for input in inputs {
        let mut weight = each;
        let mut name = input.as_str();
        loop {
            if heads.len() >= MOST_HEADS {
                return None;
            }
            let maker = walk.reading.maker(name)?;
            if let Some(head) = walk.squashed(maker) {
                heads.push((weight, head));
                break;
            }
            if collect(walk, maker, weight, heads).is_some() {
                break;
            }
            let (step, before) = walk.step(maker)?;
            match step.as_ref() {
                None => {}
                Some(Then::Times(factor)) => match factor.as_slice() {
                    [factor] => weight *= factor,
                    _ => return None,
                },
                Some(_) => return None,
            }
            name = before;
        }
    }
    Some(())
}

/// The operator that joins several heads along a dimension of their own, which `node` reduces.
fn stacked<'a>(walk: &Walk<'a>, node: &'a Node) -> Option<&'a Node> {
    let joined = node.input(0)?;
    let concat = walk.reading.maker(joined).filter(|n| n.op() == "Concat")?;
    let dims = walk.dims(joined)?;
    let rank = dims.len() as i64;
    let from_front = |axis: i64| if axis < 0 { axis + rank } else { axis };
    let axis = from_front(concat.int("axis", 0));
    let axes = match node.input(1) {
        Some(name) => walk.reading.numbers(name, 8)?,
        None => node.ints("axes")?.iter().map(|a| *a as f64).collect(),
    };
    let reduced = axes.iter().map(|a| from_front(*a as i64));
    // One entry along that dimension is one head.
    let along = dims.get(usize::try_from(axis).ok()?)?;
    let fits = reduced.eq([axis]) && *along == concat.input.len() as i64;
    fits.then_some(concat)
}

impl Made {
    /// Adds a node that makes a row of scores, and names the row.
    fn node(&mut self, name: &str, mut node: Node) -> String {
        let name = format!("saliscope/mean/{name}");
        node.output = vec![name.clone()];
        node.name = Some(name.clone());
        self.nodes.push(node);
        let row = ValueType::new(ElementType::F32, &[1, self.width]);
        self.types.insert(name.clone(), row);
        name
    }

    /// The scores of a head as `[1, width]`.
    fn row(&mut self, k: usize, of: &str) -> String {
        let shape = format!("saliscope/mean/shape{k}");
        let dims = [1, self.width];
        self.constants.push(Tensor::from_i64(&shape, &[2], &dims));
        self.types
            .insert(shape.clone(), ValueType::new(ElementType::I64, &[2]));
        self.node(&format!("row{k}"), Node::new("Reshape", &[of, &shape], &[]))
    }

    /// `log(sum(weight * exp(log)))`, with the largest taken off first.
    fn log_of_sum(&mut self, name: &str, logs: &[(f64, String)]) -> String {
        let all: Vec<&str> = logs.iter().map(|(_, log)| log.as_str()).collect();
        let most = self.node(&format!("{name}most"), Node::new("Max", &all, &[]));
        let parts: Vec<String> = logs
            .iter()
            .enumerate()
            .map(|(k, (weight, log))| {
                let less = self.node(
                    &format!("{name}less{k}"),
                    Node::new("Sub", &[log, &most], &[]),
                );
                let part = self.node(&format!("{name}part{k}"), Node::new("Exp", &[&less], &[]));
                let factor = format!("saliscope/mean/{name}weight{k}");
                self.constants
                    .push(Tensor::from_f32(&factor, &[], &[*weight as f32]));
                self.types
                    .insert(factor.clone(), ValueType::new(ElementType::F32, &[]));
                self.node(
                    &format!("{name}share{k}"),
                    Node::new("Mul", &[&part, &factor], &[]),
                )
            })
            .collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let sum = self.node(&format!("{name}sum"), Node::new("Sum", &parts, &[]));
        let log = self.node(&format!("{name}log"), Node::new("Log", &[&sum], &[]));
        self.node(
            &format!("{name}logits"),
            Node::new("Add", &[&log, &most], &[]),
        )
    }
}
