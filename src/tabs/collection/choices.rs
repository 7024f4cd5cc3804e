//! How a collection is ordered, grouped and filtered, and what lies where then.

use std::sync::Arc;

use super::snapshot::Snapshot;
use crate::collection::{Columns, Counts, NO_WORD, Term, Values};
use crate::stage::sheet::{Arrangement, Mosaic};

/// What of a column passes; by words, which stay the same while an index grows.
#[derive(Debug, Clone, PartialEq)]
pub enum Passes {
    /// One of these words.
    Words(Vec<String>),
    /// A number from the one to the other.
    Range(f32, f32),
}

/// What a person chose.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Choices {
    /// The column to sort by; the paths without one.
    pub sort: Option<String>,
    /// From the most to the least.
    pub descending: bool,
    /// The column whose words make piles.
    pub group: Option<String>,
    /// What passes, by columns.
    pub filters: Vec<(String, Passes)>,
    /// The network that is shown; the last one without.
    pub model: Option<String>,
}

impl Choices {
    /// What passes of a column.
    #[must_use]
    pub fn filter(&self, column: &str) -> Option<&Passes> {
        let mut filters = self.filters.iter();
        filters
            .find(|(name, _)| name == column)
            .map(|(_, passes)| passes)
    }

    /// Lets only these words of a column pass, or all where there are none.
    pub fn set_words(&mut self, column: &str, words: Vec<String>) {
        self.filters.retain(|(name, _)| name != column);
        if !words.is_empty() {
            self.filters.push((column.to_owned(), Passes::Words(words)));
        }
    }

    /// Lets only a range of a column pass, or all.
    pub fn set_range(&mut self, column: &str, range: Option<(f32, f32)>) {
        self.filters.retain(|(name, _)| name != column);
        if let Some((low, high)) = range {
            self.filters
                .push((column.to_owned(), Passes::Range(low, high)));
        }
    }

    /// Takes a word of a column in or out.
    pub fn toggle_word(&mut self, column: &str, word: &str) {
        let mut words = match self.filter(column) {
            Some(Passes::Words(words)) => words.clone(),
            _ => Vec::new(),
        };
        let before = words.len();
        words.retain(|known| known != word);
        if words.len() == before {
            words.push(word.to_owned());
        }
        self.set_words(column, words);
    }

    /// The filters in the terms of these columns; what they do not have does not count.
    fn terms(&self, columns: &Columns) -> Vec<Term> {
        let term = |(name, passes): &(String, Passes)| {
            let at = columns.find(name)?;
            let column = columns.columns().get(at)?;
            Some(match passes {
                Passes::Words(words) => Term::Words {
                    column: at,
                    words: (0..)
                        .zip(&column.words)
                        .filter(|(_, word)| words.contains(word))
                        .map(|(place, _)| place)
                        .collect(),
                    none: words.iter().any(String::is_empty),
                },
                Passes::Range(low, high) => Term::Range {
                    column: at,
                    low: *low,
                    high: *high,
                    none: false,
                },
            })
        };
        self.filters.iter().filter_map(term).collect()
    }
}

/// What lies where.
#[derive(Debug, Clone)]
pub struct Arranged {
    /// Where every picture lies.
    pub arrangement: Arrangement,
    /// What it looks like from far away.
    pub mosaic: Arc<Mosaic>,
    /// How many there are of each word.
    pub counts: Vec<Counts>,
}

/// Arranges a collection for an area about `aspect` times as wide as high; `side` is the largest side
/// of a texture.
#[must_use]
pub fn arrange(snapshot: &Snapshot, choices: &Choices, aspect: f32, side: u32) -> Arranged {
    let columns = &snapshot.columns;
    let (passing, counts) = columns.filter_and_count(&choices.terms(columns));
    let sort = choices.sort.as_ref().and_then(|name| columns.find(name));
    // Rows are in the order of their paths.
    let mut order = columns.sort(sort.unwrap_or(usize::MAX), choices.descending, &passing);
    if sort.is_none() && choices.descending {
        order.reverse();
    }
    let group = choices.group.as_ref().and_then(|name| columns.find(name));
    let rows = snapshot.rows.len();
    let arrangement = match group.and_then(|at| Some((at, columns.columns().get(at)?))) {
        Some((at, column)) => {
            let groups = columns.group(at, &order).into_iter().map(|group| {
                let name = match column.words.get(usize::from(group.word)) {
                    Some(word) => word.clone(),
                    None => "unknown".to_owned(),
                };
                (name, group.rows)
            });
            Arrangement::piles(groups.collect(), rows, aspect)
        }
        None => Arrangement::grid(order, rows, aspect),
    };
    let mosaic = Mosaic::bake(&arrangement, side, |row| snapshot.patch(row));
    Arranged {
        arrangement,
        mosaic: Arc::new(mosaic),
        counts,
    }
}

/// The least and most number of a column; `None` without any, or where all are the same.
#[must_use]
pub fn range_of(columns: &Columns, column: usize) -> Option<(f32, f32)> {
    let Values::Figures(values) = &columns.columns().get(column)?.values else {
        return None;
    };
    let numbers = values.iter().copied().filter(|value| value.is_finite());
    let (low, high) = numbers.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    (low < high).then_some((low, high))
}

/// Whether there is more than one word to choose from in a column.
#[must_use]
pub fn is_worth_grouping(columns: &Columns, column: usize) -> bool {
    match columns.columns().get(column).map(|column| &column.values) {
        Some(Values::Words(words)) => {
            let mut known = words.iter().copied().filter(|&word| word != NO_WORD);
            let first = known.next();
            known.any(|word| Some(word) != first)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::demo;

    fn names(snapshot: &Snapshot, arranged: &Arranged) -> Vec<String> {
        let rows = arranged.arrangement.order().iter();
        rows.map(|&row| snapshot.rows[row as usize].name())
            .collect()
    }

    #[test]
    fn words_pass_and_are_counted_beside_those_that_do_not() {
        let snapshot = Snapshot::demo(200, 1);
        let mut choices = Choices::default();
        let all = arrange(&snapshot, &choices, 1.5, 8192);
        assert_eq!(all.arrangement.order().len(), 200);
        choices.toggle_word("label", "red disc");
        choices.toggle_word("label", "blue ring");
        let few = arrange(&snapshot, &choices, 1.5, 8192);
        let (red, blue) = (0..200).fold((0, 0), |(red, blue), n| match demo::class(1, n) {
            0 => (red + 1, blue),
            6 => (red, blue + 1),
            _ => (red, blue),
        });
        assert_eq!(few.arrangement.order().len(), red + blue);
        // The other words can still be chosen.
        assert_eq!(few.counts, all.counts);
        assert_eq!(few.counts[0].words[0] as usize, red);
        choices.toggle_word("label", "red disc");
        choices.toggle_word("label", "blue ring");
        assert_eq!(choices, Choices::default());
        // A column that is not there does not count.
        choices.set_range("margin", Some((0.0, 0.1)));
        let same = arrange(&snapshot, &choices, 1.5, 8192);
        assert_eq!(same.arrangement, all.arrangement);
    }

    #[test]
    fn the_order_of_names_goes_both_ways() {
        let snapshot = Snapshot::demo(50, 1);
        let mut choices = Choices::default();
        let up = names(&snapshot, &arrange(&snapshot, &choices, 1.0, 8192));
        assert!(up.is_sorted());
        choices.descending = true;
        let down = names(&snapshot, &arrange(&snapshot, &choices, 1.0, 8192));
        assert!(down.iter().eq(up.iter().rev()));
    }

    #[test]
    fn piles_have_the_names_of_what_lies_in_them() {
        let snapshot = Snapshot::demo(300, 1);
        let choices = Choices {
            group: Some("label".to_owned()),
            ..Choices::default()
        };
        let arranged = arrange(&snapshot, &choices, 1.5, 8192);
        let arrangement = &arranged.arrangement;
        assert_eq!(arrangement.blocks().len(), demo::CLASSES.len());
        for block in arrangement.blocks() {
            for place in block.first..block.first + block.count {
                let row = arrangement.order()[place];
                assert_eq!(snapshot.word("label", row), Some(block.name.as_str()));
            }
        }
        assert!(
            is_worth_grouping(&snapshot.columns, 0) && range_of(&snapshot.columns, 0).is_none()
        );
    }
}
