//! Rotary position embedding (Su et al. 2021): pairs of entries turned by an angle that grows with
//! the position.

use crate::onnx::Node;

use super::typed::Shapes;
use super::{MICROSOFT, Parts};

/// `RotaryEmbedding` of opset 23 and ONNX Runtime's own, which differ in the order of inputs.
pub(super) fn write_out(node: &Node, shapes: &Shapes<'_>, parts: &mut Parts) -> Option<()> {
    if node.op() != "RotaryEmbedding" {
        return None;
    }
    let [cos, sin, places] = match node.op_domain() {
        "" => [1, 2, 3],
        MICROSOFT if node.int("is_packed_batching", 0) == 0 => [2, 3, 1],
        _ => return None,
    };
    let x = node.input(0)?;
    let dims = shapes.dims(x)?.to_vec();
    let half = *shapes.input(node, cos)?.last()?;
    let mut heads = node.int("num_heads", 0);
    let turned = match node.int("rotary_embedding_dim", 0) {
        0 => 2 * half,
        some => some,
    };
    let (x, [batch, length, size]) = match *dims.as_slice() {
        [batch, own, length, size] => {
            heads = own;
            (parts.transpose(x, &[0, 2, 1, 3]), [batch, length, size])
        }
        [batch, length, all] => {
            if heads == 0 {
                heads = all / (2 * half).max(1);
            }
            (heads > 0).then_some(())?;
            let sizes = [batch, length, heads, all / heads];
            (parts.reshape(x, &sizes), [batch, length, all / heads])
        }
        _ => return None,
    };
    let mut angles = Vec::new();
    for table in [cos, sin] {
        let table = node.input(table)?;
        let picked = match node.input(places) {
            None => table.to_owned(),
            Some(ids) if shapes.dims(ids)? == [1] && [batch, length] != [1, 1] => {
                // A position to begin with.
                let first = *shapes.ints(node, places)?.first()?;
                let ids: Vec<i64> = (first..first + length).collect();
                let ids = parts.ints(&ids);
                parts.op("Gather", &[table, &ids])
            }
            Some(ids) => parts.op("Gather", &[table, ids]),
        };
        angles.push(parts.reshape(&picked, &[-1, length, 1, half]));
    }
    let [cos, sin] = angles.as_slice() else {
        return None;
    };
    let front = parts.slice(&x, 3, 0, turned);
    let sizes = [batch, length, heads, half];
    let interleaved = node.int("interleaved", 0) != 0;
    let pair = if interleaved {
        let pairs = parts.reshape(&front, &[batch, length, heads, half, 2]);
        [0, 1].map(|i| {
            let part = parts.slice(&pairs, 4, i, i + 1);
            parts.reshape(&part, &sizes)
        })
    } else {
        [0, 1].map(|i| parts.slice(&front, 3, i * half, (i + 1) * half))
    };
    let mut product = |a: &str, b: &str| parts.op("Mul", &[a, b]);
    let (ac, bs) = (product(&pair[0], cos), product(&pair[1], sin));
    let (a_s, bc) = (product(&pair[0], sin), product(&pair[1], cos));
    let mut made = [parts.op("Sub", &[&ac, &bs]), parts.op("Add", &[&a_s, &bc])];
    let front = if interleaved {
        made = made.map(|part| parts.reshape(&part, &[batch, length, heads, half, 1]));
        let pairs = parts.concat(&[&made[0], &made[1]], 4);
        parts.reshape(&pairs, &[batch, length, heads, turned])
    } else {
        parts.concat(&[&made[0], &made[1]], 3)
    };
    let whole = if turned < size {
        let rest = parts.slice(&x, 3, turned, size);
        parts.concat(&[&front, &rest], 3)
    } else {
        front
    };
    let last = if dims.len() == 4 {
        Node::new("Transpose", &[&whole], &[]).with_ints("perm", &[0, 2, 1, 3])
    } else {
        let shape = parts.ints(&dims);
        Node::new("Reshape", &[&whole, &shape], &[])
    };
    parts.finish(last, node.output(0)?);
    Some(())
}
