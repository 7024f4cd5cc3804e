//! Between which bounds a value lies, whatever the picture: scores that cannot leave 0..=1 are no
//! logits, however they are made.

use std::collections::HashMap;

use super::reading::Reading;
use crate::onnx::{Graph, Node};

/// So many operators are followed back from a value.
const DEEPEST: usize = 32;
/// Numbers in a constant whose bounds are looked for.
const MOST_NUMBERS: usize = 1 << 20;
/// What rounding may add.
const SLACK: f64 = 1e-4;

/// Whether the value cannot leave 0..=1 by how it is made.
pub(super) fn is_share(graph: &Graph, name: &str) -> bool {
    let mut bounds = Bounds {
        reading: Reading::of(graph),
        found: HashMap::new(),
    };
    let Range { low, high } = bounds.of(name, DEEPEST);
    low >= -SLACK && high <= 1.0 + SLACK
}

#[derive(Debug, Clone, Copy)]
struct Range {
    low: f64,
    high: f64,
}

const ANY: Range = Range {
    low: f64::NEG_INFINITY,
    high: f64::INFINITY,
};
const SHARE: Range = Range {
    low: 0.0,
    high: 1.0,
};

impl Range {
    fn map(self, f: impl Fn(f64) -> f64) -> Self {
        Self {
            low: f(self.low),
            high: f(self.high),
        }
    }

    /// The range of what `f` makes of the ends of both, where it is monotone in each.
    fn with(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        let mut range = Self {
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
        };
        for a in [self.low, self.high] {
            for b in [other.low, other.high] {
                let value = f(a, b);
                // Zero times infinity: the bound is the zero.
                let value = if value.is_nan() { 0.0 } else { value };
                range.low = range.low.min(value);
                range.high = range.high.max(value);
            }
        }
        range
    }

    fn or(self, other: Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }
}

struct Bounds<'a> {
    reading: Reading<'a>,
    found: HashMap<&'a str, Range>,
}

impl<'a> Bounds<'a> {
    fn of(&mut self, name: &str, depth: usize) -> Range {
        if let Some(range) = self.found.get(name) {
            return *range;
        }
        if let Some(values) = self.reading.numbers(name, MOST_NUMBERS) {
            let range = |range: Range, value: f64| Range {
                low: range.low.min(value),
                high: range.high.max(value),
            };
            let none = Range {
                low: f64::INFINITY,
                high: f64::NEG_INFINITY,
            };
            return values.into_iter().fold(none, range);
        }
        let Some((node, index)) = self.reading.maker_at(name) else {
            return ANY;
        };
        if depth == 0 {
            return ANY;
        }
        let range = self.made_by(node, depth - 1).unwrap_or(ANY);
        if let Some(name) = node.output.get(index) {
            self.found.insert(name, range);
        }
        range
    }

    fn made_by(&mut self, node: &'a Node, depth: usize) -> Option<Range> {
        let input = |index: usize| node.input(index).filter(|name| !name.is_empty());
        let first = input(0)?;
        Some(match node.op() {
            "Sigmoid" | "Softmax" | "Hardmax" | "HardSigmoid" | "Greater" | "GreaterOrEqual"
            | "Less" | "LessOrEqual" | "Equal" | "Not" | "And" | "Or" | "Xor" => SHARE,
            "Tanh" | "Erf" | "Softsign" | "Sin" | "Cos" => Range {
                low: -1.0,
                high: 1.0,
            },
            "LogSoftmax" => Range {
                low: f64::NEG_INFINITY,
                high: 0.0,
            },
            "Identity" | "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" | "Transpose" | "Cast"
            | "Dropout" | "Slice" | "Gather" | "GatherElements" | "GatherND" | "Split"
            | "Expand" | "Tile" | "ReduceMax" | "ReduceMin" | "ReduceMean"
            | "GlobalAveragePool" | "GlobalMaxPool" | "TopK" => self.of(first, depth),
            "Round" | "Floor" | "Ceil" => {
                let round = |end: f64| match node.op() {
                    "Floor" => end.floor(),
                    "Ceil" => end.ceil(),
                    _ => end.round(),
                };
                self.of(first, depth).map(round)
            }
            "Concat" | "Max" | "Min" | "Mean" | "Sum" => {
                let parts: Vec<Range> = node.input.iter().map(|n| self.of(n, depth)).collect();
                let join: fn(Range, Range) -> Range = match node.op() {
                    "Max" => |a, b| Range {
                        low: a.low.max(b.low),
                        high: a.high.max(b.high),
                    },
                    "Min" => |a, b| Range {
                        low: a.low.min(b.low),
                        high: a.high.min(b.high),
                    },
                    "Sum" => |a, b| Range {
                        low: a.low + b.low,
                        high: a.high + b.high,
                    },
                    _ => Range::or,
                };
                parts.into_iter().reduce(join)?
            }
            "Where" => self.of(input(1)?, depth).or(self.of(input(2)?, depth)),
            "Add" => self
                .of(first, depth)
                .with(self.of(input(1)?, depth), |a, b| a + b),
            "Sub" => self
                .of(first, depth)
                .with(self.of(input(1)?, depth), |a, b| a - b),
            "Mul" => self
                .of(first, depth)
                .with(self.of(input(1)?, depth), |a, b| a * b),
            "Div" => return self.quotient(node, depth),
            "Neg" => {
                let Range { low, high } = self.of(first, depth);
                Range {
                    low: -high,
                    high: -low,
                }
            }
            "Exp" => self.of(first, depth).map(f64::exp),
            "Softplus" => self
                .of(first, depth)
                .map(|v| v.max(0.0) + (-v.abs()).exp().ln_1p()),
            "Relu" => self.of(first, depth).map(|v| v.max(0.0)),
            "Sqrt" => self.of(first, depth).map(|v| v.max(0.0).sqrt()),
            "Log" => self.of(first, depth).map(|v| v.max(0.0).ln()),
            "Reciprocal" => {
                let Range { low, high } = self.of(first, depth);
                if low <= 0.0 {
                    return None;
                }
                Range {
                    low: 1.0 / high,
                    high: 1.0 / low,
                }
            }
            "Clip" => {
                let bound = |index: usize, attribute: &str| {
                    let by_input = input(index).and_then(|n| self.reading.number(n));
                    by_input.or_else(|| node.attribute(attribute)?.f.map(f64::from))
                };
                let low = bound(1, "min").unwrap_or(f64::NEG_INFINITY);
                let high = bound(2, "max").unwrap_or(f64::INFINITY);
                self.of(first, depth).map(|v| v.max(low).min(high))
            }
            // Shares of a sum.
            "LpNormalization" if node.int("p", 2) == 1 && self.of(first, depth).low >= 0.0 => SHARE,
            _ => return None,
        })
    }

    fn quotient(&mut self, node: &Node, depth: usize) -> Option<Range> {
        let (above, below) = (node.input(0)?, node.input(1)?);
        let range = self.of(above, depth);
        if range.low >= 0.0 && self.is_sum_of(below, above) {
            return Some(SHARE);
        }
        let by = self.of(below, depth);
        (by.low > 0.0).then(|| range.with(by, |a, b| a / b))
    }

    /// Whether a value is the sum of another, perhaps with a small number added against zero.
    fn is_sum_of(&self, sum: &str, of: &str) -> bool {
        let mut name = sum;
        for _ in 0..6 {
            let Some(node) = self.reading.maker(name) else {
                return false;
            };
            match node.op() {
                "ReduceSum" | "ReduceL1" => return node.input(0) == Some(of),
                "Add" | "Max" | "Clip" | "Unsqueeze" | "Reshape" | "Expand" | "Identity" => {}
                _ => return false,
            }
            let Some(next) = node.input(0) else {
                return false;
            };
            name = next;
        }
        false
    }
}
