//! Lists of values in the middle of a network (`SplitToSequence`, `SequenceAt` and their family),
//! as the values themselves.
//!
//! Exporters write `chunk`, `split` and `unbind` with them. Which values a list holds is known
//! once sizes and positions are.

use std::collections::HashMap;

use crate::onnx::Node;

use super::Parts;
use super::typed::Shapes;

/// More entries than the lists of any network have together: each insertion makes a new list of all
/// entries.
const MOST_ENTRIES: usize = 1 << 18;

/// What each list holds: names of values.
#[derive(Default)]
pub(super) struct Lists {
    by_name: HashMap<String, Vec<String>>,
    entries: usize,
}

impl Lists {
    fn get(&self, name: &str) -> Option<&Vec<String>> {
        self.by_name.get(name)
    }

    /// `None` where it would be too much to remember.
    fn insert(&mut self, name: &str, list: Vec<String>) -> Option<()> {
        self.entries += list.len();
        (self.entries <= MOST_ENTRIES).then_some(())?;
        self.by_name.insert(name.to_owned(), list);
        Some(())
    }
}

/// Writes out a node that reads or makes a list, as far as positions are known. `None`: leave it.
pub(super) fn write_out(
    node: &Node,
    shapes: &Shapes<'_>,
    lists: &mut Lists,
    parts: &mut Parts,
) -> Option<()> {
    let output = node.output(0)?;
    let list = |lists: &Lists| lists.get(node.input(0)?).cloned();
    let position = |index: usize, length: usize| -> Option<usize> {
        let at = match node.input(index) {
            Some(_) => *shapes.ints(node, index)?.first()?,
            None => return Some(length),
        };
        usize::try_from(if at < 0 { at + length as i64 } else { at }).ok()
    };
    match node.op() {
        "SequenceEmpty" => {
            lists.insert(output, Vec::new())?;
        }
        "SequenceConstruct" => {
            lists.insert(output, node.input.clone())?;
        }
        "Identity" => {
            let list = list(lists)?;
            lists.insert(output, list)?;
        }
        "SequenceInsert" => {
            let mut list = list(lists)?;
            let at = position(2, list.len()).filter(|&at| at <= list.len())?;
            list.insert(at, node.input(1)?.to_owned());
            lists.insert(output, list)?;
        }
        "SequenceErase" => {
            let mut list = list(lists)?;
            // Without a position it is the last.
            let at = position(1, list.len())?.min(list.len().checked_sub(1)?);
            list.remove(at);
            lists.insert(output, list)?;
        }
        "SplitToSequence" => {
            let made = split(node, shapes, parts)?;
            lists.insert(output, made)?;
            return Some(());
        }
        "SequenceAt" => {
            let list = lists.get(node.input(0)?)?;
            let value = list.get(position(1, list.len())?)?;
            parts.finish(Node::new("Identity", &[value], &[]), output);
            return Some(());
        }
        "SequenceLength" => {
            let length = parts.int(lists.get(node.input(0)?)?.len() as i64);
            parts.finish(Node::new("Identity", &[&length], &[]), output);
            return Some(());
        }
        "ConcatFromSequence" => {
            let list = list(lists)?;
            let axis = node.int("axis", 0);
            let mut values = Vec::with_capacity(list.len());
            for value in list {
                values.push(if node.int("new_axis", 0) == 0 {
                    value
                } else {
                    let axes = parts.ints(&[axis]);
                    parts.op("Unsqueeze", &[&value, &axes])
                });
            }
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            let concat = Node::new("Concat", &values, &[]).with_int("axis", axis);
            parts.finish(concat, output);
            return Some(());
        }
        _ => return None,
    }
    // The list itself stays for whoever needs it as one; without such a reader it is cut away.
    parts.nodes.push(node.clone());
    Some(())
}

/// The values that a `SplitToSequence` cuts its input into.
fn split(node: &Node, shapes: &Shapes<'_>, parts: &mut Parts) -> Option<Vec<String>> {
    let dims = shapes.dims(node.input(0)?)?;
    let axis = node.int("axis", 0);
    let axis = if axis < 0 {
        axis + dims.len() as i64
    } else {
        axis
    };
    let size = *dims.get(usize::try_from(axis).ok()?)?;
    let single = node.input(1).is_none();
    let sizes = match node.input(1) {
        None => vec![1; usize::try_from(size).ok()?],
        Some(name) => {
            let given = shapes.ints(node, 1)?;
            match given.as_slice() {
                [each] if shapes.dims(name).is_none_or(<[i64]>::is_empty) => {
                    let each = (*each).max(1);
                    (0..size)
                        .step_by(usize::try_from(each).ok()?)
                        .map(|start| each.min(size - start))
                        .collect()
                }
                _ => given,
            }
        }
    };
    if sizes.len() > MOST_PIECES || sizes.iter().sum::<i64>() != size {
        return None;
    }
    let output = node.output(0)?;
    let names: Vec<String> = (0..sizes.len())
        .map(|i| format!("saliscope/{output}/piece{i}"))
        .collect();
    let outputs: Vec<&str> = names.iter().map(String::as_str).collect();
    let lengths = parts.ints(&sizes);
    let cut = Node::new("Split", &[node.input(0)?, &lengths], &outputs).with_int("axis", axis);
    parts.nodes.push(cut);
    parts.nodes.push(node.clone());
    if !single || node.int("keepdims", 1) != 0 {
        return Some(names);
    }
    let axes = parts.ints(&[axis]);
    let squeezed = names.iter().map(|name| parts.op("Squeeze", &[name, &axes]));
    Some(squeezed.collect())
}

/// More pieces than any network cuts a value into.
const MOST_PIECES: usize = 4096;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::onnx::lower::with_shapes;
    use crate::onnx::{ElementType, Graph, Node, Tensor, ValueInfo};

    /// The operator that takes the first value of a list after so many were put in, one by one.
    fn taken_from_list_of(count: usize) -> String {
        let mut node = vec![Node::new("SequenceEmpty", &[], &["l0"])];
        for i in 0..count {
            let (from, to) = (format!("l{i}"), format!("l{}", i + 1));
            node.push(Node::new("SequenceInsert", &[&from, "x"], &[&to]));
        }
        let last = format!("l{count}");
        node.push(Node::new("SequenceAt", &[&last, "zero"], &["y"]));
        let mut graph = Graph {
            node,
            initializer: vec![Tensor::from_i64("zero", &[], &[0])],
            output: vec![ValueInfo::of_unknown_shape("y", ElementType::F32)],
            ..Graph::default()
        };
        with_shapes(&mut graph, &BTreeMap::new());
        graph.node.last().unwrap().op().to_owned()
    }

    #[test]
    fn lists_that_grow_without_end_are_left_alone() {
        assert_eq!(taken_from_list_of(500), "Identity");
        assert_eq!(taken_from_list_of(1000), "SequenceAt");
    }
}
