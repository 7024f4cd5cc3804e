//! What the scores are, and how the explained value becomes answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::walk::Walk;
use crate::onnx::{Graph, Node, Tensor, ValueType};

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

impl Head {
    /// Finds the squashing at the end of a folded graph whose `output` holds `width` numbers a
    /// picture.
    pub(super) fn find(graph: &Graph, output: &str, width: usize) -> Found {
        Walk::of(graph, width).from(output)
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
