//! How good a network is on a collection whose pictures have labels.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::facts::{Answer, NO_CLASS};
use super::index::Index;
use super::labels::{GivenLabels, How, Labeller};
use super::row::Row;

/// Bins of the probabilities for the calibration, of equal width.
pub const BINS: usize = 15;
/// A confusion of more classes is told by its cells only.
const MOST_CLASSES: usize = 200;

/// Pictures whose surest class has a probability in `(low, high]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Bin {
    /// 0 to 1.
    pub low: f64,
    /// 0 to 1.
    pub high: f64,
    /// How many there are.
    pub pictures: usize,
    /// Their mean probability; 0 without any.
    pub confidence: f64,
    /// The share that is right; 0 without any.
    pub accuracy: f64,
}

/// One class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassScores {
    /// Its number.
    pub class: u32,
    /// What it is called.
    pub label: String,
    /// Pictures of it.
    pub pictures: usize,
    /// Pictures that are taken for it.
    pub predicted: usize,
    /// Share of its pictures that are known; `None` without any.
    pub recall: Option<f64>,
    /// Share of those taken for it that are of it; `None` without any.
    pub precision: Option<f64>,
    /// Harmonic mean of both; `None` where there are neither pictures nor predictions.
    pub f1: Option<f64>,
    /// Share of its pictures that have it among the five surest classes.
    pub top5: Option<f64>,
}

/// Pictures of one class that are taken for another, or for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// What they are of.
    pub actual: u32,
    /// What they are taken for.
    pub predicted: u32,
    /// How many.
    pub pictures: usize,
}

/// What is taken for what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Confusion {
    /// The classes that pictures are of or are taken for, by number.
    pub classes: Vec<u32>,
    /// What they are called.
    pub labels: Vec<String>,
    /// Rows are what pictures are of; `None` for more than 200 classes.
    pub matrix: Option<Vec<Vec<usize>>>,
    /// The same without zeros, the most frequent first.
    pub cells: Vec<Cell>,
}

/// A picture that is taken for another class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WrongPicture {
    /// Its path in the collection.
    pub path: String,
    /// What it is of.
    pub class: u32,
    /// In words.
    pub label: String,
    /// What it is taken for.
    pub predicted: u32,
    /// In words.
    pub predicted_label: String,
    /// How sure the network is of that, 0 to 1.
    pub probability: f32,
    /// How sure it is of the right class; `None` beyond the five surest.
    pub probability_of_label: Option<f32>,
}

/// What a label was taken to mean.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelUse {
    /// As the folder, the source or the table has it.
    pub label: String,
    /// The class; `None` where none is meant.
    pub class: Option<u32>,
    /// What it is called.
    pub class_label: Option<String>,
    /// What it was known by.
    pub how: How,
    /// Pictures with that label.
    pub pictures: usize,
}

/// How good a network is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Evaluation {
    /// The network.
    pub model: String,
    /// Pictures with a class and an answer: all figures are of them.
    pub pictures: usize,
    /// Files whose label means no class, or that have none.
    pub without_class: usize,
    /// Files with a class that the network has not answered for, broken ones too.
    pub without_answer: usize,
    /// Share of the pictures whose surest class is right.
    pub accuracy: f64,
    /// Share of the pictures with the right class among the five surest.
    pub top5: f64,
    /// Expected calibration error: the mean distance between probability and accuracy of the bins,
    /// weighed by their pictures.
    pub ece: f64,
    /// The bins of it.
    pub bins: Vec<Bin>,
    /// Classes with pictures or predictions, by number.
    pub per_class: Vec<ClassScores>,
    /// What is taken for what.
    pub confusion: Confusion,
    /// The errors the network is surest of, first the surest.
    pub worst: Vec<WrongPicture>,
    /// What the labels were taken to mean, the most frequent first.
    pub labels: Vec<LabelUse>,
}

/// A picture with a class and an answer.
struct Case<'a> {
    row: &'a Row,
    actual: u32,
    answer: &'a Answer,
}

impl Case<'_> {
    fn predicted(&self) -> u32 {
        self.answer.class().unwrap_or(NO_CLASS)
    }

    fn is_right(&self) -> bool {
        self.predicted() == self.actual
    }

    fn of_actual(&self) -> Option<f32> {
        let mut top = self.answer.top.iter();
        top.find(|(class, _)| *class == self.actual)
            .map(|(_, p)| *p)
    }
}

/// Evaluates the network at the place `model` of the index's manifest; `worst` is how many errors are
/// listed at most.
#[must_use]
pub fn evaluate(index: &Index, model: usize, given: &GivenLabels, worst: usize) -> Evaluation {
    let names = index.manifest.names();
    let classes = index
        .manifest
        .models
        .get(model)
        .map_or(&[][..], |m| &m.classes);
    let mut found = Evaluation {
        model: names.get(model).cloned().unwrap_or_default(),
        ..Evaluation::default()
    };
    let mut labeller = Labeller::new(classes, given);
    let mut uses: HashMap<String, LabelUse> = HashMap::new();
    let mut cases = Vec::new();
    for row in index.rows() {
        let truth = labeller.truth(row);
        if let Some(label) = truth.label {
            let class_label = truth.meant.class.map(|class| name(classes, class));
            let used = uses.entry(label.clone()).or_insert(LabelUse {
                label,
                class: truth.meant.class,
                class_label,
                how: truth.meant.how,
                pictures: 0,
            });
            used.pictures += 1;
        }
        let Some(actual) = truth.meant.class else {
            found.without_class += 1;
            continue;
        };
        let content = row.content().and_then(|content| index.content(content));
        let answer = content.and_then(|content| index.models().get(model)?.answer(content));
        match answer.filter(|answer| answer.class().is_some()) {
            Some(answer) => cases.push(Case {
                row,
                actual,
                answer,
            }),
            None => found.without_answer += 1,
        }
    }
    found.labels = uses.into_values().collect();
    found.labels.sort_by(|a, b| {
        b.pictures
            .cmp(&a.pictures)
            .then_with(|| a.label.cmp(&b.label))
    });
    found.pictures = cases.len();
    let share = |count: usize| count as f64 / cases.len().max(1) as f64;
    found.accuracy = share(cases.iter().filter(|case| case.is_right()).count());
    found.top5 = share(
        cases
            .iter()
            .filter(|case| case.of_actual().is_some())
            .count(),
    );
    (found.ece, found.bins) = calibration(&cases);
    found.per_class = per_class(&cases, classes);
    found.confusion = confusion(&cases, classes);
    found.worst = worst_errors(&cases, classes, worst);
    found
}

fn name(classes: &[String], class: u32) -> String {
    let known = classes.get(class as usize);
    known.cloned().unwrap_or_else(|| format!("class {class}"))
}

fn calibration(cases: &[Case<'_>]) -> (f64, Vec<Bin>) {
    let mut sums = [(0usize, 0.0f64, 0usize); BINS];
    for case in cases {
        let p = f64::from(case.answer.probability());
        let bin = ((p * BINS as f64).ceil() as usize).clamp(1, BINS) - 1;
        if let Some((count, confidence, right)) = sums.get_mut(bin) {
            *count += 1;
            *confidence += p;
            *right += usize::from(case.is_right());
        }
    }
    let mut ece = 0.0;
    let bins = sums
        .iter()
        .enumerate()
        .map(|(i, &(count, confidence, right))| {
            let of = |sum: f64| if count > 0 { sum / count as f64 } else { 0.0 };
            let (confidence, accuracy) = (of(confidence), of(right as f64));
            ece += (confidence - accuracy).abs() * count as f64 / cases.len().max(1) as f64;
            Bin {
                low: i as f64 / BINS as f64,
                high: (i + 1) as f64 / BINS as f64,
                pictures: count,
                confidence,
                accuracy,
            }
        });
    let bins = bins.collect();
    (ece, bins)
}

fn per_class(cases: &[Case<'_>], classes: &[String]) -> Vec<ClassScores> {
    #[derive(Default)]
    struct Counts {
        pictures: usize,
        predicted: usize,
        right: usize,
        top5: usize,
    }
    let mut counts: BTreeMap<u32, Counts> = BTreeMap::new();
    for case in cases {
        counts.entry(case.predicted()).or_default().predicted += 1;
        let own = counts.entry(case.actual).or_default();
        own.pictures += 1;
        own.right += usize::from(case.is_right());
        own.top5 += usize::from(case.of_actual().is_some());
    }
    let share = |part: usize, of: usize| (of > 0).then(|| part as f64 / of as f64);
    counts
        .into_iter()
        .map(|(class, counts)| ClassScores {
            class,
            label: name(classes, class),
            pictures: counts.pictures,
            predicted: counts.predicted,
            recall: share(counts.right, counts.pictures),
            precision: share(counts.right, counts.predicted),
            f1: share(2 * counts.right, counts.pictures + counts.predicted),
            top5: share(counts.top5, counts.pictures),
        })
        .collect()
}

fn confusion(cases: &[Case<'_>], names: &[String]) -> Confusion {
    let mut cells: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    for case in cases {
        *cells.entry((case.actual, case.predicted())).or_default() += 1;
    }
    let mut classes: Vec<u32> = cells.keys().flat_map(|&(a, p)| [a, p]).collect();
    classes.sort_unstable();
    classes.dedup();
    let matrix = (classes.len() <= MOST_CLASSES).then(|| {
        let row = |&actual: &u32| {
            let cell = |&predicted: &u32| cells.get(&(actual, predicted)).copied().unwrap_or(0);
            classes.iter().map(cell).collect()
        };
        classes.iter().map(row).collect()
    });
    let mut cells: Vec<Cell> = cells
        .into_iter()
        .map(|((actual, predicted), pictures)| Cell {
            actual,
            predicted,
            pictures,
        })
        .collect();
    cells.sort_by_key(|cell| std::cmp::Reverse(cell.pictures));
    Confusion {
        labels: classes.iter().map(|&class| name(names, class)).collect(),
        classes,
        matrix,
        cells,
    }
}

fn worst_errors(cases: &[Case<'_>], classes: &[String], most: usize) -> Vec<WrongPicture> {
    let mut wrong: Vec<&Case<'_>> = cases.iter().filter(|case| !case.is_right()).collect();
    wrong.sort_by(|a, b| {
        let (pa, pb) = (a.answer.probability(), b.answer.probability());
        pb.total_cmp(&pa).then_with(|| a.row.path.cmp(&b.row.path))
    });
    let told = wrong.into_iter().take(most).map(|case| WrongPicture {
        path: case.row.name(),
        class: case.actual,
        label: name(classes, case.actual),
        predicted: case.predicted(),
        predicted_label: name(classes, case.predicted()),
        probability: case.answer.probability(),
        probability_of_label: case.of_actual(),
    });
    told.collect()
}

#[cfg(test)]
#[path = "evaluate_tests.rs"]
mod tests;
