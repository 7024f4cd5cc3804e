//! The walk from an output back to the squashing that ends a network, and to the value before it.

use std::collections::BTreeMap;

use super::head::{Found, Head, ScoreKind, Squash, Then};
use super::reading::{Reading, counts, with_constant};
use super::{by_hand, ensemble, joined};
use crate::onnx::{ElementType, Graph, Node, Tensor, ValueType};

/// The same squashing of one value.
pub(super) struct Squashed<'a> {
    pub(super) squash: Squash,
    pub(super) of: &'a str,
    pub(super) by_hand: bool,
    /// True where its logarithm is put out.
    pub(super) log: bool,
}

/// So many operators may stand between a squashing and the output.
const MOST_STEPS: usize = 24;

/// A walk from the output back.
pub(super) struct Walk<'a> {
    pub(super) reading: Reading<'a>,
    counts: BTreeMap<&'a str, Vec<i64>>,
    width: usize,
}

impl<'a> Walk<'a> {
    /// Of a folded graph whose output holds `width` numbers a picture.
    pub(super) fn of(graph: &'a Graph, width: usize) -> Self {
        Self {
            reading: Reading::of(graph),
            counts: counts(graph),
            width,
        }
    }

    pub(super) fn from(&self, output: &str) -> Found {
        let plain = |output: &str| Found {
            head: Head {
                kind: if self.width == 1 {
                    ScoreKind::Regression
                } else {
                    ScoreKind::Softmax
                },
                squash: Squash::None,
                then: Vec::new(),
                note: None,
            },
            logits: output.to_owned(),
            nodes: Vec::new(),
            constants: Vec::new(),
            types: BTreeMap::new(),
        };
        let mut then = Vec::new();
        let Some(mut name) = self.counts.keys().find(|n| **n == output).copied() else {
            return plain(output);
        };
        for _ in 0..MOST_STEPS {
            let Some((node, index)) = self.reading.maker_at(name) else {
                break;
            };
            // What grows as the explained value falls is not that value's share.
            let falling = falls(&then);
            if let Some(found) = self.one_of_two(node, index).filter(|_| !falling) {
                then.reverse();
                return found.then(then);
            }
            if index > 0 {
                break;
            }
            if let Some(squashed) = self.squashed(node) {
                if falling && !squashed.log {
                    break;
                }
                then.reverse();
                if let Some(kind) = self.no_share(&squashed, &then) {
                    let mut found = plain(output);
                    found.head.kind = kind;
                    return found;
                }
                return self.found(squashed, then).unwrap_or_else(|| plain(output));
            }
            if let Some(found) = joined::heads(self, node).filter(|_| !falling) {
                then.reverse();
                return found.then(then);
            }
            if let Some(mean) = ensemble::mean(self, node).filter(|_| !falling) {
                then.reverse();
                return mean.then(then);
            }
            let Some((step, before)) = self.step(node) else {
                break;
            };
            then.extend(step);
            name = before;
        }
        self.cut_below(output).unwrap_or_else(|| plain(output))
    }

    /// One measured value that is never below 0, because a `Relu` cuts it there: before that it has
    /// a gradient also where it is cut.
    fn cut_below(&self, output: &str) -> Option<Found> {
        let mut name = output;
        for _ in 0..MOST_STEPS {
            let (node, _) = self.reading.maker_at(name)?;
            match node.op() {
                "Relu" if self.width == 1 => {
                    return Some(Found {
                        head: Head {
                            kind: ScoreKind::Regression,
                            squash: Squash::None,
                            then: vec![Then::Clip(0.0, f64::INFINITY)],
                            note: Some(
                                "its one number is a measured value that a ReLU cuts at 0; explained on the value before that",
                            ),
                        },
                        logits: node.input(0)?.to_owned(),
                        nodes: Vec::new(),
                        constants: Vec::new(),
                        types: BTreeMap::new(),
                    });
                }
                "Identity" | "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" => {
                    name = node.input(0)?;
                }
                _ => return None,
            }
        }
        None
    }

    /// The squashing that a node is or ends.
    pub(super) fn squashed(&self, node: &'a Node) -> Option<Squashed<'a>> {
        let input = node.input(0)?;
        let all = |name: &str| self.spans(name);
        let found = |squash, of, by_hand| {
            Some(Squashed {
                squash,
                of,
                by_hand,
                log: node.op() == "LogSoftmax",
            })
        };
        match node.op() {
            "Softmax" | "LogSoftmax" if all(input) => found(Squash::Softmax, input, false),
            "Sigmoid" if all(input) => found(Squash::Sigmoid, input, false),
            "Tanh" if all(input) => found(Squash::Tanh, input, false),
            "HardSigmoid" if all(input) => {
                let alpha = f64::from(node.float("alpha", 0.2));
                let beta = f64::from(node.float("beta", 0.5));
                found(Squash::Hard { alpha, beta }, input, false)
            }
            "Log" => {
                let inner = self.reading.maker(input)?;
                let inner = self.squashed(inner)?;
                if !matches!(inner.squash, Squash::Softmax | Squash::Sigmoid) {
                    return None;
                }
                Some(Squashed { log: true, ..inner })
            }
            _ => {
                if let Some(of) = by_hand::softmax(&self.reading, node).filter(|of| all(of)) {
                    return found(Squash::Softmax, of, true);
                }
                let of = by_hand::sigmoid(&self.reading, node).filter(|of| all(of))?;
                found(Squash::Sigmoid, of, true)
            }
        }
    }

    /// True for a value that holds exactly the scores.
    fn spans(&self, name: &str) -> bool {
        self.counts.get(name).is_some_and(|dims| {
            let count: i64 = dims.iter().product();
            let largest = dims.iter().copied().max().unwrap_or(1);
            // Several pictures at once: the scores of each lie in the last dimensions.
            let width = self.width as i64;
            count == width
                || (count % width.max(1) == 0 && (largest == width || dims.contains(&width)))
        })
    }

    /// The type of a value of the graph.
    pub(super) fn dims(&self, name: &str) -> Option<&[i64]> {
        self.counts.get(name).map(Vec::as_slice)
    }

    /// Numbers a picture.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// A step back over an operator that changes shape, or each element by itself.
    pub(super) fn step(&self, node: &'a Node) -> Option<(Option<Then>, &'a str)> {
        let input = node.input(0)?;
        match node.op() {
            "Identity" | "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" | "Cast" | "Transpose"
            | "QuantizeLinear" | "DequantizeLinear" | "Dropout"
                if self.spans(input) =>
            {
                Some((None, input))
            }
            "Clip" => {
                let bound = |index: usize, attribute: &str, open: f64| {
                    let by_input = node.input(index).and_then(|n| self.reading.number(n));
                    let by_attribute = node.attribute(attribute).and_then(|a| a.f);
                    by_input.or(by_attribute.map(f64::from)).unwrap_or(open)
                };
                let low = bound(1, "min", f64::NEG_INFINITY);
                let high = bound(2, "max", f64::INFINITY);
                Some((Some(Then::Clip(low, high)), input))
            }
            "Neg" if self.spans(input) => Some((Some(Then::Times(vec![-1.0])), input)),
            "Round" if self.spans(input) => Some((Some(Then::Round), input)),
            "Min" | "Max" if node.input.len() == 2 => {
                let (value, bound, _) = with_constant(&self.reading, node, 1)?;
                let bound = bound.first().copied()?;
                let clip = if node.op() == "Min" {
                    Then::Clip(f64::NEG_INFINITY, bound)
                } else {
                    Then::Clip(bound, f64::INFINITY)
                };
                Some((Some(clip), value))
            }
            "Mul" | "Add" | "Sub" | "Div" => {
                let (value, numbers, first) = with_constant(&self.reading, node, self.width)?;
                if numbers.len() != 1 && numbers.len() != self.width {
                    return None;
                }
                let then = match (node.op(), first) {
                    ("Mul", _) => Then::Times(numbers),
                    ("Add", _) => Then::Plus(numbers),
                    ("Sub", false) => Then::Plus(numbers.into_iter().map(|n| -n).collect()),
                    ("Div", false) => Then::Times(numbers.into_iter().map(|n| 1.0 / n).collect()),
                    _ => return None,
                };
                Some((Some(then), value))
            }
            _ => None,
        }
    }

    /// The value before a sigmoid, however wide it is.
    pub(super) fn any_sigmoid(&self, node: &'a Node) -> Option<&'a str> {
        match node.op() {
            "Sigmoid" => node.input(0),
            _ => by_hand::sigmoid(&self.reading, node),
        }
    }

    /// What the output is where what is done after a squashing makes more of it than a share, such
    /// as 120 times a sigmoid for an age.
    fn no_share(&self, squashed: &Squashed<'_>, then: &[Then]) -> Option<ScoreKind> {
        let mut steps = then.to_vec();
        as_shares(&mut steps);
        if squashed.log || squashed.squash == Squash::Tanh || is_share(&steps, 0.0) {
            return None;
        }
        Some(match self.width {
            1 => ScoreKind::Regression,
            _ => ScoreKind::Logits,
        })
    }

    /// One share of a softmax over two classes, `index` of those that a node tells apart: a sigmoid
    /// of the difference of its logits.
    fn one_of_two(&self, node: &'a Node, index: usize) -> Option<Found> {
        let shares = node.input(0)?;
        let at = match node.op() {
            "Split" if node.output.len() == 2 => index as f64,
            _ if index > 0 => return None,
            "Gather" | "Slice" => self.reading.number(node.input(1)?)?,
            _ => return None,
        };
        let two = |name: &str| matches!(self.dims(name), Some([1, 2]));
        if self.width != 1 || !two(shares) {
            return None;
        }
        let softmax = self.reading.maker(shares)?;
        let of = match softmax.op() {
            "Softmax" => softmax.input(0)?,
            _ => by_hand::softmax(&self.reading, softmax)?,
        };
        if !two(of) {
            return None;
        }
        let yes = if at == 0.0 || at == -2.0 {
            [1.0, -1.0]
        } else {
            [-1.0, 1.0]
        };
        let (weights, logit) = ("saliscope/one_of_two/weights", "saliscope/one_of_two/logit");
        let mut types = BTreeMap::new();
        types.insert(
            weights.to_owned(),
            ValueType::new(ElementType::F32, &[2, 1]),
        );
        types.insert(logit.to_owned(), ValueType::new(ElementType::F32, &[1, 1]));
        let mut node = Node::new("MatMul", &[of, weights], &[logit]);
        node.name = Some(logit.to_owned());
        Some(Found {
            head: Head {
                kind: ScoreKind::Binary,
                squash: Squash::Sigmoid,
                then: Vec::new(),
                note: Some(
                    "its answer is one share of a softmax over two: explained on the difference of their logits",
                ),
            },
            logits: logit.to_owned(),
            nodes: vec![node],
            constants: vec![Tensor::from_f32(weights, &[2, 1], &yes)],
            types,
        })
    }

    fn found(&self, squashed: Squashed<'a>, mut then: Vec<Then>) -> Option<Found> {
        let one = self.width == 1;
        let kind = match squashed.squash {
            // A softmax of one number is 1, whatever the number.
            Squash::Softmax if one => return None,
            Squash::Softmax => ScoreKind::Softmax,
            // Between -1 and 1 and left so, it is no probability.
            Squash::Tanh if !is_share(&then, -1.0) => return None,
            _ if one => ScoreKind::Binary,
            _ => ScoreKind::Sigmoid,
        };
        if squashed.log {
            then.clear();
        }
        as_shares(&mut then);
        Some(Found {
            head: Head {
                kind,
                squash: squashed.squash,
                then,
                note: Some(match (squashed.squash, squashed.by_hand) {
                    (Squash::Softmax, false) => "explained on the value before the final softmax",
                    (Squash::Softmax, true) => {
                        "it ends in a softmax that is spelled out; explained on the value before it"
                    }
                    (_, true) => {
                        "it ends in a sigmoid that is spelled out; explained on the value before it"
                    }
                    _ => "explained on the value before the final sigmoid",
                }),
            },
            logits: squashed.of.to_owned(),
            nodes: Vec::new(),
            constants: Vec::new(),
            types: BTreeMap::new(),
        })
    }
}

impl Found {
    /// With what is done after the squashing.
    fn then(mut self, mut then: Vec<Then>) -> Self {
        as_shares(&mut then);
        self.head.then = then;
        self
    }
}

/// Whether one of the steps turns large into small.
fn falls(then: &[Then]) -> bool {
    then.iter().any(|step| match step {
        Then::Times(factors) => factors.iter().any(|factor| *factor < 0.0),
        Then::Plus(_) | Then::Clip(..) | Then::Round => false,
    })
}

/// Percent, and bytes, as shares: what is shown are probabilities of 0..=1.
fn as_shares(then: &mut Vec<Then>) {
    let scales = |step: &Then| match step {
        Then::Times(factor) => matches!(factor.as_slice(), [one] if *one == 100.0 || *one == 255.0),
        _ => false,
    };
    if then.len() == 1 && then.iter().all(scales) {
        then.clear();
    }
}

/// Whether values of `low`..=1 stay in 0..=1, or are brought there.
fn is_share(then: &[Then], low: f64) -> bool {
    let mut ends = [low, 1.0];
    let least_and_most = |numbers: &[f64], f: &dyn Fn(f64, f64) -> f64, ends: [f64; 2]| {
        let all = numbers.iter().flat_map(|n| ends.map(|end| f(end, *n)));
        let least = all.clone().fold(f64::INFINITY, f64::min);
        [least, all.fold(f64::NEG_INFINITY, f64::max)]
    };
    for step in then {
        ends = match step {
            Then::Times(factors) => least_and_most(factors, &|end, n| end * n, ends),
            Then::Plus(numbers) => least_and_most(numbers, &|end, n| end + n, ends),
            Then::Clip(low, high) => ends.map(|end| end.max(*low).min(*high)),
            Then::Round => ends.map(f64::round),
        };
    }
    // Labels are smoothed by a little more than nothing.
    ends.iter().all(|end| (-1e-3..=1.0 + 1e-3).contains(end))
}
