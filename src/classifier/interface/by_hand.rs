//! Squashing that is spelled out in several operators.

use super::reading::{Reading, with_constant};
use crate::onnx::Node;

/// The value that a softmax in pieces is taken of: `exp(x) / sum(exp(x))`, with or without the
/// largest taken off first.
pub(super) fn softmax<'a>(reading: &Reading<'a>, node: &'a Node) -> Option<&'a str> {
    let (powers, sum) = match node.op() {
        "Div" => (node.input(0)?, node.input(1)?),
        "Mul" => {
            let is_share =
                |name: &&str| reading.maker(name).is_some_and(|n| n.op() == "Reciprocal");
            let (a, b) = (node.input(0)?, node.input(1)?);
            let (share, powers) = if is_share(&a) { (a, b) } else { (b, a) };
            let share = reading.maker(share).filter(|n| n.op() == "Reciprocal")?;
            (powers, share.input(0)?)
        }
        _ => return None,
    };
    let mut sum = reading.maker(sum)?;
    // A small number may be added, or a least value be set, against a division by zero.
    if matches!(sum.op(), "Add" | "Max" | "Clip") {
        let (value, _, _) =
            with_constant(reading, sum, 1).or_else(|| Some((sum.input(0)?, Vec::new(), false)))?;
        sum = reading.maker(value)?;
    }
    if sum.op() != "ReduceSum" || sum.input(0) != Some(powers) {
        return None;
    }
    let exp = reading.maker(powers).filter(|n| n.op() == "Exp")?;
    let power = exp.input(0)?;
    let below = reading.maker(power).filter(|n| n.op() == "Sub");
    let shifted = below.and_then(|sub| {
        let largest = reading.maker(sub.input(1)?)?;
        let same = largest.op() == "ReduceMax" && largest.input(0) == sub.input(0);
        same.then_some(sub.input(0)?)
    });
    Some(shifted.unwrap_or(power))
}

/// The value that a sigmoid in pieces is taken of: `1 / (1 + exp(-x))`, or
/// `exp(x) / (1 + exp(x))`.
pub(super) fn sigmoid<'a>(reading: &Reading<'a>, node: &'a Node) -> Option<&'a str> {
    let is_one = |name: &str| reading.number(name) == Some(1.0);
    let (above, below) = match node.op() {
        "Reciprocal" => (None, node.input(0)?),
        "Div" if is_one(node.input(0)?) => (None, node.input(1)?),
        "Div" => (Some(node.input(0)?), node.input(1)?),
        "Pow" if reading.number(node.input(1)?) == Some(-1.0) => (None, node.input(0)?),
        _ => return None,
    };
    let sum = reading.maker(below).filter(|n| n.op() == "Add")?;
    let (powers, one, _) = with_constant(reading, sum, 1)?;
    if one != [1.0] || above.is_some_and(|above| above != powers) {
        return None;
    }
    let exp = reading.maker(powers).filter(|n| n.op() == "Exp")?;
    let power = exp.input(0)?;
    if above.is_some() {
        return Some(power);
    }
    let minus = reading.maker(power)?;
    match minus.op() {
        "Neg" => minus.input(0),
        "Mul" | "Div" => {
            let (value, factor, _) = with_constant(reading, minus, 1)?;
            (factor == [-1.0]).then_some(value)
        }
        "Sub" => {
            let (value, zero, first) = with_constant(reading, minus, 1)?;
            (first && zero == [0.0]).then_some(value)
        }
        _ => None,
    }
}
