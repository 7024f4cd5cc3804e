//! The scores of a network: which output holds them, by evidence or as a person says, and what they are.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::ClassifierError;
use super::bounds;
use super::choice::{choose, named, width};
use super::head::{Found, Head, ScoreKind};
use crate::onnx::{Graph, Node, Tensor, ValueInfo, ValueType};

/// The class scores.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Scores {
    /// The model's own output.
    pub(in super::super) output: String,
    /// The value that is explained: before a final squashing, or the output itself.
    pub(in super::super) logits: String,
    /// Numbers in each, a picture.
    pub(in super::super) width: usize,
    /// How they become answers.
    pub(in super::super) head: Head,
    /// True for scores that cannot leave 0..=1, in whatever way they are made.
    pub(in super::super) shares: bool,
    /// What there is to say of the choice, a sentence each.
    pub(in super::super) notes: Vec<String>,
}

/// What is known of the scores beside the graph.
#[derive(Debug, Clone, Copy, Default)]
pub(in super::super) struct Evidence<'a> {
    /// The output that a person names.
    pub(in super::super) output: Option<&'a str>,
    /// What a person says the scores are.
    pub(in super::super) kind: Option<ScoreKind>,
    /// What a description says the scores are.
    pub(in super::super) described: Option<ScoreKind>,
    /// Numbers of class names that are known for this network.
    pub(in super::super) counts: &'a [usize],
    /// Class names that stand in the graph.
    pub(in super::super) names: Option<&'a [String]>,
    /// Pictures at once.
    pub(in super::super) batch: usize,
    /// What scores that look like logits were found to be when they were computed.
    pub(in super::super) given: Option<ScoreKind>,
}

/// What is added to a folded graph to make the explained value.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Added {
    nodes: Vec<Node>,
    constants: Vec<Tensor>,
    types: BTreeMap<String, ValueType>,
}

impl Added {
    /// Adds it to the graph, and its types to those that are known.
    pub(in super::super) fn add_to(
        &self,
        graph: &mut Graph,
        types: Option<&mut BTreeMap<String, ValueType>>,
    ) {
        graph.node.extend(self.nodes.iter().cloned());
        graph.initializer.extend(self.constants.iter().cloned());
        let made = self.types.iter();
        graph
            .value_info
            .extend(made.map(|(name, t)| ValueInfo::new(name, t)));
        if let Some(types) = types {
            types.extend(self.types.clone());
        }
    }
}

/// Whether any output of a folded graph has the form of scores of `batch` pictures.
pub(in super::super) fn can_be_scores(graph: &Graph, batch: usize) -> bool {
    graph.output.iter().any(|o| width(o, batch).is_some())
}

impl Scores {
    /// Finds the output in a folded graph whose output types are known, and what is to be added to
    /// the graph for the explained value.
    pub(in super::super) fn find(
        graph: &Graph,
        path: &Path,
        evidence: Evidence<'_>,
    ) -> Result<(Self, Added), ClassifierError> {
        let fail = |why: String| ClassifierError::Unsuitable {
            path: path.to_owned(),
            why,
        };
        let batch = evidence.batch.max(1);
        let mut notes = Vec::new();
        let mut counts = evidence.counts.to_vec();
        counts.extend(evidence.names.map(<[String]>::len));
        let candidate = match evidence.output {
            Some(name) => named(graph, name, batch).map_err(fail)?,
            None => choose(graph, &counts, batch, &mut notes).map_err(fail)?,
        };
        let (output, width) = (candidate.name.to_owned(), candidate.width);
        if width > MOST_CLASSES {
            return Err(fail(format!(
                "its output {output} has {width} numbers, more than the {MOST_CLASSES} classes that are possible; it is no classifier"
            )));
        }
        let Found {
            mut head,
            logits,
            nodes,
            constants,
            types,
        } = Head::find(graph, &output, width);
        let said = evidence.kind.or(evidence.described);
        let one = width == 1 && head.kind == ScoreKind::Regression && said.is_none();
        let shares = (head.is_open() || one) && bounds::is_share(graph, &output);
        if one && shares {
            head.give(ScoreKind::Binary);
        }
        match said.map(|kind| head.said(kind, width)) {
            Some(Err(why)) if evidence.kind.is_some() => return Err(fail(why)),
            Some(Err(why)) => {
                notes.push(format!("what is said of its scores is not followed: {why}"));
            }
            None if width == 1 => notes.extend(head.judge_one(&output, &counts)),
            Some(Ok(())) | None => {}
        }
        if let Some(kind) = evidence
            .given
            .filter(|_| evidence.kind.is_none() && head.is_open())
        {
            head.give(kind);
        }
        notes.extend(head.note.map(str::to_owned));
        let scores = Self {
            output,
            logits,
            width,
            head,
            shares,
            notes,
        };
        let added = Added {
            nodes,
            constants,
            types,
        };
        Ok((scores, added))
    }

    /// Number of classes.
    pub(in super::super) fn classes(&self) -> usize {
        self.head.classes(self.width)
    }
}

/// Fifty times the classes of the largest published classifiers.
const MOST_CLASSES: usize = 1_000_000;
/// So many numbers between 0 and 1 are no accident.
const MOST_BY_ACCIDENT: usize = 30;

/// Whether the scores of several pictures are probabilities: all between 0 and 1, with a sum of 1 or
/// each for itself. `shares` is true where they cannot lie elsewhere. Pictures without numbers, as
/// where powers grow too large, say nothing.
pub(in super::super) fn given(pictures: &[Vec<f32>], shares: bool) -> Option<ScoreKind> {
    let within = |p: &f32| (-1e-6..=1.0 + 1e-6).contains(p);
    let pictures = pictures.iter().filter(|s| s.iter().all(|p| p.is_finite()));
    let pictures: Vec<&Vec<f32>> = pictures.collect();
    let Some(first) = pictures.first() else {
        return shares.then_some(ScoreKind::Sigmoid);
    };
    let width = first.len();
    if width < 2 || (!shares && !pictures.iter().copied().flatten().all(within)) {
        return None;
    }
    let sums_to_one = |scores: &&Vec<f32>| {
        let sum: f64 = scores.iter().map(|p| f64::from(*p)).sum();
        (sum - 1.0).abs() < 1e-3
    };
    if pictures.iter().all(sums_to_one) {
        return Some(ScoreKind::Softmax);
    }
    let count = width * pictures.len();
    let varied = pictures.iter().any(|scores| scores != first);
    (shares || (count > MOST_BY_ACCIDENT && varied)).then_some(ScoreKind::Sigmoid)
}
