use super::super::manifest::{Manifest, example};
use super::super::{Key, State};
use super::*;

const CLASSES: u32 = 8;

/// 400 pictures with labels and answers, from numbers that are the same everywhere.
fn sample() -> Index {
    let mut manifest = Manifest::default();
    let mut model = example("m");
    model.classes = (0..CLASSES).map(|c| format!("thing {c}")).collect();
    manifest.add_model(model);
    let mut index = Index::empty(std::path::Path::new("x"), manifest);
    let mut state = 7u32;
    let mut next = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 8
    };
    for n in 0..400u32 {
        // The last class has no pictures.
        let actual = next() % (CLASSES - 1);
        let mut raw: Vec<u32> = (0..CLASSES).map(|_| 1 + next() % 1000).collect();
        raw[actual as usize] += next() % 1500;
        let sum: u32 = raw.iter().sum();
        let probabilities: Vec<f32> = raw.iter().map(|&r| r as f32 / sum as f32).collect();
        let content = Key::of_path(&n.to_le_bytes());
        index.set_row(Row {
            path: format!("thing {actual}/{n:03}.jpg").into_bytes().into(),
            size: 1,
            modified: 0,
            label: None,
            state: State::Read(content),
        });
        index.set_answer(0, content, Answer::of(&probabilities));
    }
    index
}

fn near(ours: f64, theirs: f64) {
    assert!((ours - theirs).abs() < 1e-6, "{ours} for {theirs}");
}

/// Of the same numbers through scikit-learn (accuracy, top-k, confusion matrix, precision, recall
/// and F1 of each class) and through NumPy (calibration).
#[test]
fn figures_are_those_of_scikit_learn() {
    let found = evaluate(&sample(), 0, &GivenLabels::default(), 5);
    assert_eq!((found.pictures, found.without_class), (400, 0));
    near(found.accuracy, ACCURACY);
    near(found.top5, TOP5);
    near(found.ece, ECE);
    assert_eq!(found.confusion.classes, [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(
        found.confusion.matrix.as_ref().unwrap(),
        &MATRIX.map(|row| row.to_vec())
    );
    for (ours, want) in found.per_class.iter().zip(SCORES) {
        near(ours.precision.unwrap_or(0.0), want[0]);
        near(ours.recall.unwrap_or(0.0), want[1]);
        near(ours.f1.unwrap_or(0.0), want[2]);
    }
    let of_bins: usize = found.bins.iter().map(|bin| bin.pictures).sum();
    assert_eq!(of_bins, 400);
    let cells: usize = found.confusion.cells.iter().map(|cell| cell.pictures).sum();
    assert_eq!(cells, 400);
}

const ACCURACY: f64 = 0.77;
const TOP5: f64 = 0.95;
const ECE: f64 = 0.486894601;
const MATRIX: [[usize; 8]; 8] = [
    [52, 3, 3, 1, 0, 2, 3, 2],
    [4, 36, 0, 1, 4, 3, 1, 2],
    [0, 1, 39, 1, 6, 1, 2, 1],
    [1, 1, 5, 50, 2, 3, 2, 1],
    [0, 1, 0, 2, 41, 6, 1, 3],
    [4, 2, 1, 2, 3, 45, 3, 3],
    [0, 2, 0, 1, 0, 1, 45, 1],
    [0, 0, 0, 0, 0, 0, 0, 0],
];
const SCORES: [[f64; 3]; 8] = [
    [0.852459016, 0.787878788, 0.818897638],
    [0.782608696, 0.705882353, 0.742268041],
    [0.812500000, 0.764705882, 0.787878788],
    [0.862068966, 0.769230769, 0.813008130],
    [0.732142857, 0.759259259, 0.745454545],
    [0.737704918, 0.714285714, 0.725806452],
    [0.789473684, 0.900000000, 0.841121495],
    [0.000000000, 0.000000000, 0.000000000],
];

#[test]
fn the_surest_errors_come_first_and_labels_are_told() {
    let index = sample();
    let found = evaluate(&index, 0, &GivenLabels::default(), 12);
    assert_eq!(found.worst.len(), 12);
    assert!(
        found
            .worst
            .is_sorted_by(|a, b| a.probability >= b.probability)
    );
    assert!(found.worst.iter().all(|w| w.class != w.predicted));
    let first = &found.worst[0];
    assert_eq!(first.label, format!("thing {}", first.class));
    assert!(first.path.starts_with(&format!("{}/", first.label)));
    assert_eq!(found.labels.len(), 7);
    assert!(found.labels.iter().all(|label| label.how == How::Name));
}

#[test]
fn what_has_no_class_or_no_answer_is_counted_and_left_out() {
    let mut index = sample();
    let mut add = |path: &str, state| {
        index.set_row(Row {
            path: path.as_bytes().into(),
            size: 1,
            modified: 0,
            label: None,
            state,
        });
    };
    add("holiday/1.jpg", State::Broken("it is damaged".into()));
    add("1.jpg", State::Listed);
    add("thing 2/x.jpg", State::Listed);
    let found = evaluate(&index, 0, &GivenLabels::default(), 0);
    assert_eq!(
        (found.pictures, found.without_class, found.without_answer),
        (400, 2, 1)
    );
    near(found.accuracy, ACCURACY);
    let empty = Index::empty(std::path::Path::new("x"), Manifest::default());
    let none = evaluate(&empty, 0, &GivenLabels::default(), 5);
    assert_eq!((none.pictures, none.accuracy, none.ece), (0, 0.0, 0.0));
}
