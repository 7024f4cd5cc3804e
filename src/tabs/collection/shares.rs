//! What is answered in what is chosen: counted once for each choice, and drawn.

use std::collections::HashMap;

use bevy_egui::egui::Ui;

use super::snapshot::Snapshot;
use super::words;
use crate::collection::{Answer, Bits};
use crate::ui::format::percent;
use crate::ui::widgets::{Bar, bar_row};

/// So many answers are listed.
const MOST: usize = 8;
/// What stands where nothing is known.
const UNKNOWN: &str = "unknown";

/// How often each answer is given in some rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shares {
    /// The most frequent answers, or labels where no network has looked, with how often each is there; the
    /// most first.
    pub answers: Vec<(String, usize)>,
    /// All rows.
    pub all: usize,
    /// Rows whose answer can be right or wrong.
    pub labelled: usize,
    /// Those that are right.
    pub right: usize,
}

impl Shares {
    /// Of the rows that are chosen.
    #[must_use]
    pub fn of(snapshot: &Snapshot, chosen: &Bits) -> Self {
        let mut classes: HashMap<u32, usize> = HashMap::new();
        let mut labels: HashMap<&str, usize> = HashMap::new();
        let label = snapshot.columns.find("label");
        let mut shares = Self::default();
        for row in chosen.iter().map(|row| row as u32) {
            shares.all += 1;
            if let Some(class) = snapshot.answer(row).and_then(Answer::class) {
                *classes.entry(class).or_default() += 1;
            } else {
                let word = label.and_then(|label| snapshot.word_in(label, row));
                *labels.entry(word.unwrap_or(UNKNOWN)).or_default() += 1;
            }
            if let Some(right) = snapshot.correct(row) {
                shares.labelled += 1;
                shares.right += usize::from(right);
            }
        }
        // A label may be called as a class is.
        let mut counts: HashMap<String, usize> = HashMap::new();
        for (class, count) in classes {
            *counts.entry(snapshot.class_name(class)).or_default() += count;
        }
        for (label, count) in labels {
            *counts.entry(label.to_owned()).or_default() += count;
        }
        shares.answers = counts.into_iter().collect();
        shares
            .answers
            .sort_by(|(a, n), (b, m)| m.cmp(n).then(a.cmp(b)));
        shares.answers.truncate(MOST);
        shares
    }
}

/// Draws how often each answer is given.
pub fn shares_ui(ui: &mut Ui, shares: &Shares) {
    if shares.labelled > 0 {
        let share = percent(shares.right as f32 / shares.labelled as f32);
        ui.label(format!(
            "{share} of {} with a label are right.",
            words::number(shares.labelled)
        ));
    }
    for (answer, count) in &shares.answers {
        let share = *count as f32 / shares.all.max(1) as f32;
        let bar = Bar {
            share,
            value: words::number(*count),
            marked: false,
            versus: false,
            mark: String::new(),
            figures: vec![("Share".to_owned(), percent(share))],
            hint: String::new(),
            label: answer.clone(),
        };
        bar_row(ui, &bar);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::testing::{FakeNetwork, run};
    use crate::collection::{Source, Unwatched, demo};

    #[test]
    fn answers_are_counted_and_labels_where_there_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let listing = Source::Demo {
            count: 100,
            seed: 7,
        }
        .list()
        .unwrap();
        run(
            folder.path(),
            &listing,
            &[&FakeNetwork::new("a", 7)],
            &Unwatched,
        )
        .unwrap();
        let snapshot = Snapshot::read(folder.path(), None).unwrap();
        let shares = Shares::of(&snapshot, &Bits::all(100));
        assert_eq!((shares.all, shares.labelled), (100, 98));
        // It is wrong about every fifth; 49 and 99 fail and are no fifths.
        assert_eq!(shares.right, 78);
        let counted: usize = shares.answers.iter().map(|(_, count)| count).sum();
        assert_eq!(counted, 100);
        assert!(shares.answers.is_sorted_by(|(_, a), (_, b)| a >= b));
        let (first, count) = &shares.answers[0];
        let said = (0..100u32).filter(|n| {
            let class = demo::class(7, *n) + usize::from(n.is_multiple_of(5) && n % 50 != 49);
            demo::CLASSES[class % demo::CLASSES.len()] == first.as_str()
        });
        assert_eq!(said.count(), *count);
        let plain = Shares::of(&Snapshot::demo(50, 7), &Bits::of(50, |row| row < 10));
        assert_eq!((plain.all, plain.labelled), (10, 0));
        assert_eq!(Shares::of(&snapshot, &Bits::none(100)), Shares::default());
    }
}
