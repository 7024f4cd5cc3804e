//! Attention in one operator: `Attention` of opset 23 and newer, `com.microsoft.Attention` and
//! `com.microsoft.MultiHeadAttention`, as products and a softmax.

use crate::onnx::{ElementType, Node};

use super::typed::Shapes;
use super::{MICROSOFT, Parts};

pub(super) fn write_out(node: &Node, shapes: &Shapes<'_>, parts: &mut Parts) -> Option<()> {
    match (node.op_domain(), node.op()) {
        ("", "Attention") => standard(node, shapes, parts),
        (MICROSOFT, "Attention") => packed(node, shapes, parts),
        (MICROSOFT, "MultiHeadAttention") => multi_head(node, shapes, parts),
        _ => None,
    }
}

/// What the queries are weighed against keys with.
struct Core<'a> {
    /// `[batch, heads, length, size]` each.
    q: &'a str,
    k: &'a str,
    v: &'a str,
    /// Lengths of queries and keys.
    lengths: [i64; 2],
    scale: f32,
    /// 0: none.
    softcap: f32,
    causal: bool,
    /// Added to the weights before the softmax, broadcast.
    bias: Vec<String>,
}

impl Core<'_> {
    /// `softmax(q k' scale + bias) v`, `[batch, heads, length, size]`.
    fn attend(&self, parts: &mut Parts) -> String {
        let root = self.scale.abs().sqrt();
        let q = parts.scale(self.q, root.copysign(self.scale));
        let k = parts.transpose(self.k, &[0, 1, 3, 2]);
        let k = parts.scale(&k, root);
        let mut weights = parts.op("MatMul", &[&q, &k]);
        if self.softcap > 0.0 {
            let part = parts.scale(&weights, 1.0 / self.softcap);
            let part = parts.op("Tanh", &[&part]);
            weights = parts.scale(&part, self.softcap);
        }
        for bias in &self.bias {
            weights = parts.op("Add", &[&weights, bias]);
        }
        if self.causal {
            let [rows, columns] = self.lengths;
            let open = (0..rows).flat_map(|row| (0..columns).map(move |column| column <= row));
            let mask: Vec<f32> = open.map(|open| if open { 0.0 } else { HIDDEN }).collect();
            let mask = parts.floats(&[rows, columns], &mask);
            weights = parts.op("Add", &[&weights, &mask]);
        }
        let softmax = Node::new("Softmax", &[&weights], &[]).with_int("axis", -1);
        let softmax = parts.push(softmax);
        parts.op("MatMul", &[&softmax, self.v])
    }
}

/// Added to a weight that must not count; finite, so that nothing times it is not a number.
const HIDDEN: f32 = -1e30;

/// From `[batch, length, heads size]` to `[batch, heads, length, size]`.
fn to_heads(parts: &mut Parts, x: &str, [batch, length, heads, size]: [i64; 4]) -> String {
    let split = parts.reshape(x, &[batch, length, heads, size]);
    parts.transpose(&split, &[0, 2, 1, 3])
}

/// Makes the output of `[batch, heads, length, size]`: `[batch, length, heads size]`.
fn from_heads(parts: &mut Parts, x: &str, output: &str, dims: &[i64]) {
    let turned = parts.transpose(x, &[0, 2, 1, 3]);
    let shape = parts.ints(dims);
    parts.finish(Node::new("Reshape", &[&turned, &shape], &[]), output);
}

fn any(node: &Node, inputs: &[usize], outputs: &[usize]) -> bool {
    inputs.iter().any(|&i| node.input(i).is_some())
        || outputs.iter().any(|&i| node.output(i).is_some())
}

fn scale(node: &Node, size: i64) -> f32 {
    let given = node.float("scale", 0.0);
    if given == 0.0 {
        (1.0 / (size.max(1) as f64).sqrt()) as f32
    } else {
        given
    }
}

/// One of the standard operator's values with its heads apart, and their sizes.
fn heads_of(
    node: &Node,
    shapes: &Shapes<'_>,
    parts: &mut Parts,
    index: usize,
) -> Option<(String, [i64; 4])> {
    let name = node.input(index)?;
    match *shapes.dims(name)? {
        [batch, heads, length, size] => Some((name.to_owned(), [batch, length, heads, size])),
        [batch, length, all] => {
            let attribute = if index == 0 {
                "q_num_heads"
            } else {
                "kv_num_heads"
            };
            let heads = node.int(attribute, 0);
            (heads > 0 && all % heads == 0).then_some(())?;
            let sizes = [batch, length, heads, all / heads];
            Some((to_heads(parts, name, sizes), sizes))
        }
        _ => None,
    }
}

/// The standard operator, without a cache of earlier keys.
fn standard(node: &Node, shapes: &Shapes<'_>, parts: &mut Parts) -> Option<()> {
    if any(node, &[4, 5, 6], &[1, 2, 3]) {
        return None;
    }
    let (q, [batch, rows, heads, size]) = heads_of(node, shapes, parts, 0)?;
    let (mut k, k_sizes) = heads_of(node, shapes, parts, 1)?;
    let (mut v, v_sizes) = heads_of(node, shapes, parts, 2)?;
    let columns = k_sizes[1];
    // Groups of queries may share a key.
    for (value, [batch, length, own, size]) in [(&mut k, k_sizes), (&mut v, v_sizes)] {
        if own != heads {
            (own > 0 && heads % own == 0).then_some(())?;
            let apart = parts.reshape(value, &[batch, own, 1, length, size]);
            let shape = parts.ints(&[batch, own, heads / own, length, size]);
            let wide = parts.op("Expand", &[&apart, &shape]);
            *value = parts.reshape(&wide, &[batch, heads, length, size]);
        }
    }
    let mut bias = Vec::new();
    if let Some(mask) = node.input(3) {
        (*shapes.dims(mask)?.last()? == columns).then_some(())?;
        bias.push(if shapes.element(mask)? == ElementType::Bool {
            let (zero, hidden) = (parts.number(0.0), parts.number(HIDDEN));
            parts.op("Where", &[mask, &zero, &hidden])
        } else {
            mask.to_owned()
        });
    }
    let core = Core {
        q: &q,
        k: &k,
        v: &v,
        lengths: [rows, columns],
        scale: scale(node, size),
        softcap: node.float("softcap", 0.0),
        causal: node.int("is_causal", 0) != 0,
        bias,
    };
    let y = core.attend(parts);
    let output = node.output(0)?;
    if shapes.input(node, 0)?.len() == 4 {
        parts.finish(Node::new("Identity", &[&y], &[]), output);
    } else {
        from_heads(parts, &y, output, &[batch, rows, heads * v_sizes[3]]);
    }
    Some(())
}

/// What a mask of keys `[batch, length]`, 1 where one counts, adds to the weights.
#[expect(
    clippy::option_option,
    reason = "none outside: the mask has another form; none inside: there is no mask"
)]
fn key_mask(
    node: &Node,
    shapes: &Shapes<'_>,
    parts: &mut Parts,
    index: usize,
    [batch, columns]: [i64; 2],
) -> Option<Option<String>> {
    let Some(mask) = node.input(index) else {
        return Some(None);
    };
    (shapes.dims(mask)? == [batch, columns]).then_some(())?;
    let cast = Node::new("Cast", &[mask], &[]).with_int("to", 1);
    let mask = parts.push(cast);
    let one = parts.number(1.0);
    let closed = parts.op("Sub", &[&one, &mask]);
    let closed = parts.scale(&closed, node.float("mask_filter_value", -10000.0));
    Some(Some(parts.reshape(&closed, &[batch, 1, 1, columns])))
}

/// Queries, keys and values from one product of the input.
fn packed(node: &Node, shapes: &Shapes<'_>, parts: &mut Parts) -> Option<()> {
    if any(node, &[4, 6], &[1]) || node.int("do_rotary", 0) != 0 {
        return None;
    }
    let &[batch, length, _] = shapes.input(node, 0)? else {
        return None;
    };
    let &[_, all] = shapes.input(node, 1)? else {
        return None;
    };
    let heads = node.int("num_heads", 0);
    let sizes = match node.ints("qkv_hidden_sizes") {
        Some(&[q, k, v]) => [q, k, v],
        _ => [all / 3; 3],
    };
    let fits = heads > 0 && sizes.iter().sum::<i64>() == all;
    (fits && sizes.iter().all(|s| s % heads == 0)).then_some(())?;
    let mut product = parts.op("MatMul", &[node.input(0)?, node.input(1)?]);
    if let Some(bias) = node.input(2) {
        product = parts.op("Add", &[&product, bias]);
    }
    let mut start = 0;
    let mut values = Vec::new();
    for size in sizes {
        let part = parts.slice(&product, 2, start, start + size);
        values.push(to_heads(parts, &part, [batch, length, heads, size / heads]));
        start += size;
    }
    let mut bias: Vec<String> = node.input(5).map(str::to_owned).into_iter().collect();
    bias.extend(key_mask(node, shapes, parts, 3, [batch, length])?);
    let [q, k, v] = values.as_slice() else {
        return None;
    };
    let core = Core {
        q,
        k,
        v,
        lengths: [length; 2],
        scale: scale(node, sizes[0] / heads),
        softcap: 0.0,
        causal: node.int("unidirectional", 0) != 0,
        bias,
    };
    let y = core.attend(parts);
    from_heads(parts, &y, node.output(0)?, &[batch, length, sizes[2]]);
    Some(())
}

/// Queries, keys and values apart, or packed in one of the two ways that there are.
fn multi_head(node: &Node, shapes: &Shapes<'_>, parts: &mut Parts) -> Option<()> {
    if any(node, &[6, 7, 8, 9], &[1, 2, 3]) {
        return None;
    }
    let heads = node.int("num_heads", 0).max(1);
    let mut values: Vec<(String, [i64; 4])> = Vec::new();
    for index in 0..3 {
        let Some(name) = node.input(index) else {
            continue;
        };
        match *shapes.dims(name)? {
            [batch, length, all] => {
                values.push((name.to_owned(), [batch, length, heads, all / heads]));
            }
            // `[batch, heads, length, size]`, to be brought to the others' order.
            [batch, own, length, size] if own == heads => {
                let turned = parts.transpose(name, &[0, 2, 1, 3]);
                values.push((turned, [batch, length, heads, size]));
            }
            // `[batch, length, heads, 2 or 3, size]`.
            [batch, length, own, count, size] if own == heads => {
                for part in 0..count {
                    let part = parts.slice(name, 3, part, part + 1);
                    values.push((part, [batch, length, heads, size]));
                }
            }
            _ => return None,
        }
    }
    let [(q, q_sizes), (k, k_sizes), (v, v_sizes)] = values.as_slice() else {
        return None;
    };
    let mut start = 0;
    let mut apart = Vec::new();
    for (value, sizes) in [(q, q_sizes), (k, k_sizes), (v, v_sizes)] {
        let [batch, length, heads, size] = *sizes;
        let mut value = parts.reshape(value, &[batch, length, heads * size]);
        if let Some(bias) = node.input(3) {
            let bias = parts.slice(bias, 0, start, start + heads * size);
            value = parts.op("Add", &[&value, &bias]);
            start += heads * size;
        }
        apart.push(to_heads(parts, &value, *sizes));
    }
    let [batch, rows, _, size] = *q_sizes;
    let columns = k_sizes[1];
    let mut bias: Vec<String> = node.input(5).map(str::to_owned).into_iter().collect();
    bias.extend(key_mask(node, shapes, parts, 4, [batch, columns])?);
    let [q, k, v] = apart.as_slice() else {
        return None;
    };
    let core = Core {
        q,
        k,
        v,
        lengths: [rows, columns],
        scale: scale(node, size),
        softcap: 0.0,
        causal: node.int("unidirectional", 0) != 0,
        bias,
    };
    let y = core.attend(parts);
    from_heads(
        parts,
        &y,
        node.output(0)?,
        &[batch, rows, heads * v_sizes[3]],
    );
    Some(())
}
