//! Pools whose windows are rounded up (`ceil_mode`), with that padding written out.
//!
//! Runtimes drop a last window that would start in the padding; ONNX's shape inference counts it,
//! and graphs that are built on the inferred shape do not run. Once the padding is explicit there
//! is nothing to disagree on.

use std::collections::BTreeMap;

use super::{Graph, Node, ValueType};

/// Rewrites the pools of a graph in place; says whether there were any. `types` must hold the
/// shapes that the runtime really makes.
pub fn explicit_pools(graph: &mut Graph, types: &BTreeMap<String, ValueType>) -> bool {
    let mut changed = false;
    for node in &mut graph.node {
        let is_pool = matches!(node.op(), "MaxPool" | "AveragePool") && node.op_domain().is_empty();
        if is_pool && node.int("ceil_mode", 0) != 0 {
            changed |= rewrite(node, types).is_some();
        }
    }
    changed
}

fn rewrite(node: &mut Node, types: &BTreeMap<String, ValueType>) -> Option<()> {
    let kernel = node.ints("kernel_shape")?.to_vec();
    let rank = kernel.len();
    let list = |name: &str, default: i64, count: usize| {
        node.ints(name)
            .filter(|v| v.len() == count)
            .map_or_else(|| vec![default; count], <[i64]>::to_vec)
    };
    if node.text("auto_pad", "NOTSET") != "NOTSET" {
        return None;
    }
    let strides = list("strides", 1, rank);
    let dilations = list("dilations", 1, rank);
    let mut pads = list("pads", 0, 2 * rank);
    // Padding that counts in an average does not count beyond what was given.
    let counted = node.op() == "AveragePool" && node.int("count_include_pad", 0) != 0;
    if counted && pads.iter().any(|&p| p != 0) {
        return None;
    }
    let large = types.get(node.input(0)?)?.dims.get(2..)?;
    let small = types.get(node.output(0)?)?.dims.get(2..)?;
    for i in 0..rank {
        let moved = (small.get(i)? - 1) * strides.get(i)?;
        let reach = moved + (kernel.get(i)? - 1) * dilations.get(i)? + 1;
        let end = reach - large.get(i)? - pads.get(i)?;
        if end >= *kernel.get(i)? {
            // The runtime takes no padding as wide as the kernel; only dilated windows need it.
            return None;
        }
        // Where windows end before the image does, no padding makes the same number of them.
        *pads.get_mut(rank + i)? = end.max(0);
    }
    for name in ["ceil_mode", "pads", "count_include_pad"] {
        node.take_attribute(name);
    }
    *node = std::mem::take(node).with_ints("pads", &pads);
    Some(())
}
