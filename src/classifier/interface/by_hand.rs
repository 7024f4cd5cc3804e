//! Squashing that is spelled out in several operators.

use super::reading::{Reading, with_constant};
use crate::onnx::Node;

/// The value that a softmax in pieces is taken of: `exp(x) / sum(exp(x))`, with or without the
/// largest taken off first, or `exp(x - log(sum(exp(x))))`.
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
        "LpNormalization" if node.int("p", 2) == 1 => return power_of(reading, node.input(0)?),
        "Exp" => {
            let log = reading.maker(node.input(0)?)?;
            return match log.op() {
                "LogSoftmax" => log.input(0),
                "Sub" => less(reading, log, "ReduceLogSumExp"),
                _ => None,
            };
        }
        _ => return None,
    };
    let mut sum = reading.maker(behind_shapes(reading, sum)?)?;
    // A small number may be added, or a least value be set, against a division by zero.
    if matches!(sum.op(), "Add" | "Max" | "Clip") {
        let (value, _, _) =
            with_constant(reading, sum, 1).or_else(|| Some((sum.input(0)?, Vec::new(), false)))?;
        sum = reading.maker(behind_shapes(reading, value)?)?;
    }
    let adds_up = match sum.op() {
        "ReduceSum" | "ReduceL1" => true,
        // A product with a column of ones.
        "MatMul" | "Gemm" => {
            let ones = reading.numbers(sum.input(1)?, MOST_CLASSES)?;
            ones.iter().all(|v| *v == 1.0)
        }
        _ => false,
    };
    if !adds_up || sum.input(0) != Some(powers) {
        return None;
    }
    power_of(reading, powers)
}

/// Ones in a column that adds up the scores.
const MOST_CLASSES: usize = 1 << 20;

/// The value whose powers of e these are; without the largest of it, which may be taken off first.
fn power_of<'a>(reading: &Reading<'a>, powers: &str) -> Option<&'a str> {
    let exp = reading.maker(powers)?;
    let power = match exp.op() {
        "Exp" => exp.input(0)?,
        "Pow" => {
            let base = reading.number(exp.input(0)?)?;
            ((base - std::f64::consts::E).abs() < 1e-5).then_some(exp.input(1)?)?
        }
        _ => return None,
    };
    let below = reading.maker(power).filter(|n| n.op() == "Sub");
    let shifted = below.and_then(|sub| less(reading, sub, "ReduceMax"));
    Some(shifted.unwrap_or(power))
}

/// The value that a node takes a reduction of itself off.
fn less<'a>(reading: &Reading<'a>, sub: &'a Node, reduction: &str) -> Option<&'a str> {
    let taken = reading.maker(behind_shapes(reading, sub.input(1)?)?)?;
    let same = taken.op() == reduction && taken.input(0) == sub.input(0);
    same.then_some(sub.input(0)?)
}

/// The value that others only bring to another shape.
fn behind_shapes<'a>(reading: &Reading<'a>, name: &'a str) -> Option<&'a str> {
    let mut name = name;
    for _ in 0..8 {
        match reading.maker(name) {
            Some(node) if matches!(node.op(), "Unsqueeze" | "Reshape" | "Expand" | "Identity") => {
                name = node.input(0)?;
            }
            _ => return Some(name),
        }
    }
    None
}

/// The value that a sigmoid in pieces is taken of: `1 / (1 + exp(-x))`,
/// `exp(x) / (1 + exp(x))`, or `exp(-softplus(-x))`.
pub(super) fn sigmoid<'a>(reading: &Reading<'a>, node: &'a Node) -> Option<&'a str> {
    if node.op() == "Exp" {
        let minus = reading.maker(node.input(0)?).filter(|n| n.op() == "Neg")?;
        let soft = reading.maker(minus.input(0)?)?;
        let inner = reading.maker(soft.input(0)?)?;
        let fits = soft.op() == "Softplus" && inner.op() == "Neg";
        return fits.then_some(inner.input(0)?);
    }
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
