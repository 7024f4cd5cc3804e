//! What the scores are: the squashing at the end, and the value before it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::reading::{Reading, counts, with_constant};
use super::{by_hand, ensemble, joined};
use crate::onnx::{ElementType, Graph, Node, Tensor, ValueType};

/// What a network's answers mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScoreKind {
    /// One class of several: probabilities that sum to 1.
    Softmax,
    /// Independent answers, each with a probability of its own.
    Sigmoid,
    /// One number for two answers: yes with p, no with 1 - p.
    Binary,
    /// Numbers that are shown as they are.
    Logits,
    /// One measured value, such as an age.
    Regression,
}

impl ScoreKind {
    /// What the answers mean, in a sentence.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Softmax => "one answer of several; probabilities sum to 1",
            Self::Sigmoid => "independent answers; several or none can be true",
            Self::Binary => "one number for two answers: no and yes",
            Self::Logits => "numbers shown as the network gives them",
            Self::Regression => "one measured value, no probability",
        }
    }
}

impl std::str::FromStr for ScoreKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "softmax" => Self::Softmax,
            "sigmoid" => Self::Sigmoid,
            "binary" => Self::Binary,
            "logits" => Self::Logits,
            "regression" => Self::Regression,
            _ => {
                return Err(format!(
                    "{text:?} is not softmax, sigmoid, binary, logits or regression"
                ));
            }
        })
    }
}

/// The function that turns the explained value into what the file puts out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Squash {
    None,
    /// What the file puts out are probabilities already; how they are made was not recognised.
    Given,
    Softmax,
    Sigmoid,
    Tanh,
    /// `clip(alpha x + beta, 0, 1)`.
    Hard {
        alpha: f64,
        beta: f64,
    },
}

/// What is done after it, element by element.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Then {
    Times(Vec<f64>),
    Plus(Vec<f64>),
    Clip(f64, f64),
    Round,
}

/// How scores become answers.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Head {
    pub(in super::super) kind: ScoreKind,
    pub(super) squash: Squash,
    /// The innermost first.
    pub(super) then: Vec<Then>,
    /// How the end was recognised, for a person.
    pub(in super::super) note: Option<&'static str>,
}

/// A head, and where its explained value is.
pub(super) struct Found {
    pub(super) head: Head,
    pub(super) logits: String,
    /// Operators and constants to be added, which make the explained value.
    pub(super) nodes: Vec<Node>,
    pub(super) constants: Vec<Tensor>,
    pub(super) types: BTreeMap<String, ValueType>,
}

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

impl Head {
    /// Finds the squashing at the end of a folded graph whose `output` holds `width` numbers a
    /// picture.
    pub(super) fn find(graph: &Graph, output: &str, width: usize) -> Found {
        let walk = Walk {
            reading: Reading::of(graph),
            counts: counts(graph),
            width,
        };
        walk.from(output)
    }

    /// The same explained value read in another way, as a person says.
    pub(super) fn said(&mut self, kind: ScoreKind, width: usize) -> Result<(), String> {
        let fits = match kind {
            ScoreKind::Binary | ScoreKind::Regression => width == 1,
            ScoreKind::Softmax => width > 1,
            ScoreKind::Sigmoid | ScoreKind::Logits => true,
        };
        if !fits {
            return Err(format!("{width} scores cannot be read as {kind:?}").to_lowercase());
        }
        if matches!(self.squash, Squash::None | Squash::Given) {
            self.squash = Squash::None;
            self.kind = kind;
            return Ok(());
        }
        let same = kind == self.kind;
        let word = match self.squash {
            Squash::Softmax => "a softmax",
            _ => "a sigmoid",
        };
        if same {
            Ok(())
        } else {
            Err(format!(
                "it ends in {word} itself, which says how its scores are read"
            ))
        }
    }

    /// Judges what one number that is not squashed may be, and says it.
    pub(super) fn judge_one(&mut self, output: &str, counts: &[usize]) -> Option<String> {
        // One that is cut at 0 is no logit.
        if self.kind != ScoreKind::Regression || !self.then.is_empty() {
            return None;
        }
        let name = output.to_lowercase();
        let logit = name.contains("logit") || name.contains("prob");
        if counts.contains(&2) || (!counts.contains(&1) && logit) {
            self.kind = ScoreKind::Binary;
            return Some("its one number is taken for the logit of yes".to_owned());
        }
        Some(
            "its one number is not squashed: it is taken for a measured value; if it answers yes or no, say that its kind is binary"
                .to_owned(),
        )
    }

    /// True where nothing was recognised at the end, so that scores are taken for logits.
    pub(in super::super) fn is_open(&self) -> bool {
        let squashed = matches!(self.kind, ScoreKind::Softmax | ScoreKind::Sigmoid);
        self.squash == Squash::None && squashed
    }

    /// Reads the scores as probabilities that are shown as they are.
    pub(in super::super) fn give(&mut self, kind: ScoreKind) {
        self.kind = kind;
        self.squash = Squash::Given;
        self.note = Some(
            "its scores are probabilities already, made in a way that is not recognised: they are shown and explained as they are",
        );
    }

    /// Number of classes of `width` scores.
    pub(in super::super) fn classes(&self, width: usize) -> usize {
        if self.kind == ScoreKind::Binary {
            2
        } else {
            width
        }
    }

    /// One number a class from the explained values: for two answers of one number, minus it and it.
    pub(in super::super) fn spread(&self, values: Vec<f32>) -> Vec<f32> {
        match (self.kind, values.as_slice()) {
            (ScoreKind::Binary, [value]) => vec![-value, *value],
            _ => values,
        }
    }

    /// Weights of the explained values from weights of the classes.
    pub(in super::super) fn gather(&self, weights: Vec<f32>) -> Vec<f32> {
        match (self.kind, weights.as_slice()) {
            (ScoreKind::Binary, [no, yes]) => vec![yes - no],
            _ => weights,
        }
    }

    /// True where an answer is a value and no probability.
    pub(in super::super) fn measures(&self) -> bool {
        matches!(self.kind, ScoreKind::Logits | ScoreKind::Regression)
    }

    /// What the network says of each class, from its logits (see [`Self::spread`]).
    pub(in super::super) fn probabilities(&self, logits: &[f32]) -> Vec<f32> {
        if self.kind == ScoreKind::Binary
            && let Some(&yes) = logits.get(1)
        {
            let yes = self.put_out(&[yes]).first().copied().unwrap_or(0.0);
            return vec![1.0 - yes, yes];
        }
        self.put_out(logits)
    }

    fn put_out(&self, values: &[f32]) -> Vec<f32> {
        let each = |f: &dyn Fn(f64) -> f64| -> Vec<f64> {
            values.iter().map(|v| f(f64::from(*v))).collect()
        };
        let mut out: Vec<f64> = match (self.squash, self.kind) {
            (Squash::Softmax, _) | (Squash::None, ScoreKind::Softmax) => {
                softmax(values).into_iter().map(f64::from).collect()
            }
            (Squash::Sigmoid, _) | (Squash::None, ScoreKind::Sigmoid | ScoreKind::Binary) => {
                each(&|v| 1.0 / (1.0 + (-v).exp()))
            }
            (Squash::Tanh, _) => each(&f64::tanh),
            (Squash::Hard { alpha, beta }, _) => each(&|v| (alpha * v + beta).clamp(0.0, 1.0)),
            (Squash::None | Squash::Given, _) => each(&|v| v),
        };
        for step in &self.then {
            for (index, value) in out.iter_mut().enumerate() {
                let at = |values: &[f64]| match values {
                    [one] => *one,
                    many => many.get(index).copied().unwrap_or(f64::NAN),
                };
                match step {
                    Then::Times(factor) => *value *= at(factor),
                    Then::Plus(number) => *value += at(number),
                    Then::Clip(low, high) => *value = value.max(*low).min(*high),
                    Then::Round => *value = value.round_ties_even(),
                }
            }
        }
        out.into_iter().map(|v| v as f32).collect()
    }
}

/// Probabilities that sum to 1; the largest logit is taken off first, so nothing overflows.
#[must_use]
pub fn softmax(logits: &[f32]) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f64> = logits
        .iter()
        .map(|&l| f64::from(l - largest).exp())
        .collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|p| (p / sum) as f32).collect()
}

/// A walk from the output back.
pub(super) struct Walk<'a> {
    pub(super) reading: Reading<'a>,
    counts: BTreeMap<&'a str, Vec<i64>>,
    width: usize,
}

impl<'a> Walk<'a> {
    fn from(&self, output: &str) -> Found {
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
            if let Some(found) = self.one_of_two(node, index) {
                then.reverse();
                return found.then(then);
            }
            if index > 0 {
                break;
            }
            if let Some(squashed) = self.squashed(node) {
                then.reverse();
                if let Some(kind) = self.no_share(&squashed, &then) {
                    let mut found = plain(output);
                    found.head.kind = kind;
                    return found;
                }
                return self.found(squashed, then).unwrap_or_else(|| plain(output));
            }
            if let Some(found) = joined::heads(self, node) {
                then.reverse();
                return found.then(then);
            }
            if let Some(mean) = ensemble::mean(self, node) {
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
