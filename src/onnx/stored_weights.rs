//! Weights of few bits as the numbers they stand for.
//!
//! Networks are made small by keeping weights in 2, 4 or 8 bits with a scale for each block of
//! them. Their values are known once the file is read, so they are written out here: nothing then
//! stands between picture and scores that has no derivative, and it does not matter which of these
//! forms a runtime can compute with.

use std::collections::{HashMap, HashSet};

use prost::bytes::Bytes;

use super::read::MAX_MODEL_BYTES;
use super::{Attribute, Graph, Model, Node, OnnxError, Tensor, attribute_type};

/// Replaces `DequantizeLinear` of constants that are in blocks or of a storage type, casts of
/// such constants, and `com.microsoft.MatMulNBits` with constant weights. Says how many nodes
/// that were.
///
/// # Errors
/// When shapes do not fit each other, or the weights written out are too many.
pub fn write_out_stored_weights(model: &mut Model) -> Result<usize, OnnxError> {
    let mut out = Out {
        budget: MAX_MODEL_BYTES,
        count: 0,
    };
    if let Some(graph) = &mut model.graph {
        out.graph(graph, &HashMap::new())?;
    }
    for function in &mut model.functions {
        out.nodes(&mut function.node, HashMap::new())?;
    }
    Ok(out.count)
}

type Constants = HashMap<String, Tensor>;

struct Out {
    budget: u64,
    count: usize,
}

impl Out {
    fn graph(&mut self, graph: &mut Graph, outer: &Constants) -> Result<(), OnnxError> {
        let wanted = wanted(&graph.node);
        let outside = wanted.iter().filter_map(|name| outer.get_key_value(name));
        let mut constants: Constants = outside.map(|(k, v)| (k.clone(), v.clone())).collect();
        let own = graph.initializer.iter();
        let own = own.filter(|t| wanted.contains(t.name()));
        constants.extend(own.map(|t| (t.name().to_owned(), t.clone())));
        self.nodes(&mut graph.node, constants)
    }

    fn nodes(&mut self, nodes: &mut Vec<Node>, mut constants: Constants) -> Result<(), OnnxError> {
        let wanted = wanted(nodes);
        for node in nodes.iter().filter(|n| n.op() == "Constant") {
            let name = node.output(0).unwrap_or_default();
            if let Some(tensor) = node.tensor("value").filter(|_| wanted.contains(name)) {
                constants.insert(name.to_owned(), tensor.clone());
            }
        }
        let mut made = Vec::with_capacity(nodes.len());
        for mut node in std::mem::take(nodes) {
            for attribute in &mut node.attribute {
                for graph in attribute.g.iter_mut().chain(&mut attribute.graphs) {
                    self.graph(graph, &constants)?;
                }
            }
            match weight(&node, &constants)? {
                None => made.push(node),
                Some(weight) => {
                    let bytes = weight.raw_data.as_ref().map_or(0, Bytes::len) as u64;
                    if bytes > self.budget {
                        return Err(bad(&node, "its weights written out are over 2 GiB"));
                    }
                    self.budget -= bytes;
                    self.count += 1;
                    replace(node, weight, &mut made);
                }
            }
        }
        *nodes = made;
        Ok(())
    }
}

fn replace(node: Node, mut weight: Tensor, made: &mut Vec<Node>) {
    let output = node.output(0).unwrap_or_default();
    let name = if node.op() == "MatMulNBits" {
        format!("saliscope/weight/{output}")
    } else {
        output.to_owned()
    };
    weight.name = Some(name.clone());
    let mut constant = Node::new("Constant", &[], &[&name]);
    constant.attribute.push(Attribute {
        name: Some("value".to_owned()),
        t: Some(weight),
        r#type: Some(attribute_type::TENSOR),
        ..Attribute::default()
    });
    made.push(constant);
    if node.op() != "MatMulNBits" {
        return;
    }
    let x = node.input(0).unwrap_or_default();
    match node.input(5) {
        Some(bias) => {
            let product = format!("saliscope/product/{output}");
            made.push(Node::new("MatMul", &[x, &name], &[&product]));
            made.push(Node::new("Add", &[&product, bias], &[output]));
        }
        None => made.push(Node::new("MatMul", &[x, &name], &[output])),
    }
}

/// Names of the values that could be constants to be written out.
fn wanted(nodes: &[Node]) -> HashSet<String> {
    let mut names = HashSet::new();
    for node in nodes {
        if matches!(node.op(), "DequantizeLinear" | "MatMulNBits" | "Cast") {
            names.extend(node.input.iter().cloned());
        }
        for graph in node
            .attribute
            .iter()
            .flat_map(|a| a.g.iter().chain(&a.graphs))
        {
            names.extend(wanted(&graph.node));
        }
    }
    names
}

/// The numbers that the node makes of constants, or multiplies with.
fn weight(node: &Node, constants: &Constants) -> Result<Option<Tensor>, OnnxError> {
    let at = |index| node.input(index).and_then(|name| constants.get(name));
    let stored = |t: &&Tensor| t.element().is_some_and(super::ElementType::is_storage);
    match (node.op_domain(), node.op()) {
        ("", "Cast") => match at(0).filter(stored) {
            Some(x) if node.int("to", 0) == 1 => {
                Ok(Some(Tensor::from_f32("", &x.dims, &x.to_f32()?)))
            }
            _ => Ok(None),
        },
        ("" | "com.microsoft", "DequantizeLinear") => {
            let (Some(x), Some(scale)) = (at(0), at(1)) else {
                return Ok(None);
            };
            let zero = at(2);
            let blocks = node.int("block_size", 0) != 0;
            if node.input(2).is_some() != zero.is_some() || !(blocks || stored(&x)) {
                return Ok(None);
            }
            dequantised(node, x, scale, zero).map(Some)
        }
        ("com.microsoft", "MatMulNBits") => {
            let (Some(b), Some(scales)) = (at(1), at(2)) else {
                return Ok(None);
            };
            let optional = |index| (node.input(index).is_some(), at(index));
            match (optional(3), optional(4)) {
                ((true, None), _) | (_, (true, None)) => Ok(None),
                ((_, zero), (_, groups)) => blockwise(node, b, scales, zero, groups).map(Some),
            }
        }
        _ => Ok(None),
    }
}

/// `(x - zero) scale`, with a scale for all, for each index of an axis, or for each block along it.
fn dequantised(
    node: &Node,
    x: &Tensor,
    scale: &Tensor,
    zero: Option<&Tensor>,
) -> Result<Tensor, OnnxError> {
    let dims: Vec<usize> = x.dims.iter().map(|&d| d.max(0) as usize).collect();
    let rank = dims.len();
    let values = x.to_f64()?;
    let scales = scale.to_f64()?;
    let zeros = match zero {
        Some(zero) => zero.to_f64()?,
        None => vec![0.0; scales.len()],
    };
    if zeros.len() != scales.len() {
        return Err(bad(node, "it has not as many zero points as scales"));
    }
    let axis = node.int("axis", 1);
    let axis = if axis < 0 { axis + rank as i64 } else { axis };
    let axis = usize::try_from(axis).ok().filter(|&a| a < rank.max(2));
    let axis = axis.ok_or_else(|| bad(node, "its axis does not exist"))?;
    let size = dims.get(axis).copied().unwrap_or(1).max(1);
    let inner: usize = dims.iter().skip(axis + 1).product::<usize>().max(1);
    let block = usize::try_from(node.int("block_size", 0)).unwrap_or(0);
    let needed = match block {
        0 if scales.len() == 1 => 1,
        0 => size,
        _ => values.len() / size * size.div_ceil(block),
    };
    if scales.len() != needed {
        return Err(bad(node, "its scales do not fit its weights"));
    }
    let index = |i: usize| {
        let along = i / inner % size;
        match block {
            0 if scales.len() == 1 => 0,
            0 => along,
            _ => (i / inner / size * size.div_ceil(block) + along / block) * inner + i % inner,
        }
    };
    let real = |(i, value): (usize, f64)| {
        let at = index(i);
        let zero = zeros.get(at).copied().unwrap_or(0.0);
        ((value - zero) * scales.get(at).copied().unwrap_or(0.0)) as f32
    };
    let real: Vec<f32> = values.into_iter().enumerate().map(real).collect();
    Ok(Tensor::from_f32("", &x.dims, &real))
}

/// The matrix `[K, N]` of a product whose weights are in blocks along `K`, each row `n` packed for
/// itself (`com.microsoft.MatMulNBits` in ONNX Runtime's `ContribOperators.md`).
fn blockwise(
    node: &Node,
    b: &Tensor,
    scales: &Tensor,
    zero: Option<&Tensor>,
    groups: Option<&Tensor>,
) -> Result<Tensor, OnnxError> {
    let size = |name: &str| usize::try_from(node.int(name, 0)).unwrap_or(0);
    let (k, n, block) = (size("K"), size("N"), size("block_size"));
    let bits = usize::try_from(node.int("bits", 4)).unwrap_or(0);
    if k == 0 || n == 0 || block == 0 || !matches!(bits, 2 | 4 | 8) {
        return Err(bad(node, "its sizes are not those of packed weights"));
    }
    let blocks = k.div_ceil(block);
    let count = k
        .checked_mul(n)
        .filter(|&c| c as u64 <= MAX_MODEL_BYTES / 4);
    let count = count.ok_or_else(|| bad(node, "its weights written out are over 2 GiB"))?;
    let packed = b.to_bytes(super::ElementType::U8)?;
    let scales = scales.to_f64()?;
    let row = blocks * block * bits / 8;
    if packed.len() != n * row || scales.len() != n * blocks {
        return Err(bad(node, "its weights and scales do not fit its sizes"));
    }
    let part = |bytes: &[u8], i: usize| {
        let byte = bytes.get(i * bits / 8).copied().unwrap_or(0);
        f64::from(byte >> (i * bits % 8) & (0xff >> (8 - bits)) as u8)
    };
    let zeros: Vec<f64> = match zero {
        None => vec![f64::from(1 << (bits - 1)); n * blocks],
        Some(zero) if zero.element().is_some_and(super::ElementType::is_float) => zero.to_f64()?,
        Some(zero) => {
            let bytes = zero.to_bytes(super::ElementType::U8)?;
            let row = (blocks * bits).div_ceil(8);
            let rows = bytes.chunks(row);
            rows.flat_map(|row| (0..blocks).map(|i| part(row, i)).collect::<Vec<_>>())
                .collect()
        }
    };
    if zeros.len() != n * blocks {
        return Err(bad(node, "its zero points do not fit its sizes"));
    }
    let groups = groups.map(Tensor::to_i64).transpose()?;
    let block_of = |at: usize| match &groups {
        None => Some(at / block),
        Some(groups) => groups.get(at).and_then(|&g| usize::try_from(g).ok()),
    };
    let mut values = vec![0f32; count];
    for (column, bytes) in packed.chunks(row).enumerate() {
        for at in 0..k {
            let entry = block_of(at)
                .filter(|&b| b < blocks)
                .map(|b| column * blocks + b);
            let entry = entry.ok_or_else(|| bad(node, "its groups do not fit its sizes"))?;
            if let (Some(slot), Some(scale), Some(zero)) = (
                values.get_mut(at * n + column),
                scales.get(entry),
                zeros.get(entry),
            ) {
                *slot = ((part(bytes, at) - zero) * scale) as f32;
            }
        }
    }
    Ok(Tensor::from_f32("", &[k as i64, n as i64], &values))
}

fn bad(node: &Node, why: &str) -> OnnxError {
    OnnxError::Tensor {
        name: node.label().to_owned(),
        why: why.to_owned(),
    }
}
