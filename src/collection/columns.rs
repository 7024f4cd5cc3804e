//! What is known of every row as columns in memory: filtered, counted, sorted and grouped in one pass
//! each, without a database.

use super::Bits;
use super::facts::NO_CLASS;
use super::index::Index;
use super::labels::{GivenLabels, Labeller};
use super::row::{Row, State};

/// The value of a word or flag that there is none of.
pub const NO_WORD: u16 = u16::MAX;

/// One value a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// One of several words, by its place among [`Column::words`]; [`NO_WORD`] for none.
    Words(Vec<u16>),
    /// A number; NaN for none.
    Figures(Vec<f32>),
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// What it is called.
    pub name: String,
    /// The words that its values stand for; empty for figures.
    pub words: Vec<String>,
    /// The values.
    pub values: Values,
}

/// What of one column passes.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// One of these words; `none` says whether a row without any passes too.
    Words {
        /// The column.
        column: usize,
        /// Places of the words.
        words: Vec<u16>,
        /// Whether none passes.
        none: bool,
    },
    /// A number of `low..=high`.
    Range {
        /// The column.
        column: usize,
        /// The least.
        low: f32,
        /// The most.
        high: f32,
        /// Whether none passes.
        none: bool,
    },
}

impl Term {
    /// The column it is about.
    #[must_use]
    pub fn column(&self) -> usize {
        match self {
            Self::Words { column, .. } | Self::Range { column, .. } => *column,
        }
    }
}

/// Rows with the same word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The word's place; [`NO_WORD`] for those without.
    pub word: u16,
    /// The rows, in the order in which they were given.
    pub rows: Vec<u32>,
}

/// Counts of a column's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// The column.
    pub column: usize,
    /// By the word's place.
    pub words: Vec<u32>,
    /// Rows without any.
    pub none: u32,
}

/// All columns.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Columns {
    rows: usize,
    columns: Vec<Column>,
}

impl Columns {
    /// For so many rows.
    #[must_use]
    pub fn new(rows: usize) -> Self {
        Self {
            rows,
            columns: Vec::new(),
        }
    }

    /// Adds a column; one with another number of values is refused.
    ///
    /// # Errors
    /// The column.
    pub fn add(&mut self, column: Column) -> Result<usize, Column> {
        let count = match &column.values {
            Values::Words(values) => values.len(),
            Values::Figures(values) => values.len(),
        };
        if count != self.rows {
            return Err(column);
        }
        self.columns.push(column);
        Ok(self.columns.len() - 1)
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The place of the column of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The rows that pass one term; all for a column that is not of the term's kind.
    fn passing(&self, term: &Term) -> Bits {
        let values = self.columns.get(term.column()).map(|column| &column.values);
        match (term, values) {
            (Term::Words { words, none, .. }, Some(Values::Words(values))) => {
                // One look for any number of words.
                let mut passes = vec![false; usize::from(NO_WORD) + 1];
                for &word in words {
                    passes[usize::from(word)] = true;
                }
                passes[usize::from(NO_WORD)] = *none;
                Bits::passing(values, |word| passes[usize::from(word)])
            }
            (&Term::Range { low, high, none, .. }, Some(Values::Figures(values))) => {
                Bits::passing(values, |v| (v >= low && v <= high) || (none && v.is_nan()))
            }
            _ => Bits::all(self.rows),
        }
    }

    /// The rows that pass all terms.
    #[must_use]
    pub fn filter(&self, terms: &[Term]) -> Bits {
        let mut passing = Bits::all(self.rows);
        for term in terms {
            passing.intersect(&self.passing(term));
        }
        passing
    }

    /// The rows that pass all terms and, for each column of words, how many there are of each: a column
    /// is counted without the terms about itself, so that its other words can be chosen too.
    #[must_use]
    pub fn filter_and_count(&self, terms: &[Term]) -> (Bits, Vec<Counts>) {
        let parts: Vec<(usize, Bits)> = terms
            .iter()
            .map(|term| (term.column(), self.passing(term)))
            .collect();
        let passing = |without: Option<usize>| {
            let mut bits = Bits::all(self.rows);
            for (_, part) in parts.iter().filter(|(column, _)| Some(*column) != without) {
                bits.intersect(part);
            }
            bits
        };
        let all = passing(None);
        let counts = self.columns.iter().enumerate().filter_map(|(at, column)| {
            let Values::Words(values) = &column.values else {
                return None;
            };
            let is_asked = parts.iter().any(|(column, _)| *column == at);
            let own = is_asked.then(|| passing(Some(at)));
            Some(count(at, values, column.words.len(), own.as_ref().unwrap_or(&all)))
        });
        let counts = counts.collect();
        (all, counts)
    }

    /// The rows of a set in the order of a column, those without a value last; equal ones in the order
    /// of their numbers. Without such a column they stay in that order.
    #[must_use]
    pub fn sort(&self, column: usize, descending: bool, of: &Bits) -> Vec<u32> {
        let values = self.columns.get(column).map(|column| &column.values);
        let key = |bits: u32| if descending { u32::MAX - 1 - bits } else { bits };
        let keyed: Vec<(u32, u32)> = match values {
            Some(Values::Figures(values)) => keyed(values, of, |value: f32| {
                if value.is_nan() { u32::MAX } else { key(ordered(value)) }
            }),
            Some(Values::Words(values)) => keyed(values, of, |word: u16| {
                if word == NO_WORD { u32::MAX } else { key(u32::from(word)) }
            }),
            None => of.iter().map(|row| (0, row as u32)).collect(),
        };
        radix_sorted(keyed).into_iter().map(|(_, row)| row).collect()
    }

    /// Rows in groups of one word each, the most first; `rows` keep their order. One group of all where
    /// the column is not of words.
    #[must_use]
    pub fn group(&self, column: usize, rows: &[u32]) -> Vec<Group> {
        let Some(Values::Words(values)) = self.columns.get(column).map(|column| &column.values)
        else {
            return vec![Group {
                word: NO_WORD,
                rows: rows.to_vec(),
            }];
        };
        let mut groups: Vec<Group> = Vec::new();
        let mut places = vec![usize::MAX; usize::from(NO_WORD) + 1];
        for &row in rows {
            let word = values.get(row as usize).copied().unwrap_or(NO_WORD);
            let place = &mut places[usize::from(word)];
            if *place == usize::MAX {
                *place = groups.len();
                groups.push(Group {
                    word,
                    rows: Vec::new(),
                });
            }
            if let Some(group) = groups.get_mut(*place) {
                group.rows.push(row);
            }
        }
        groups.sort_by(|a, b| {
            let none = (a.word == NO_WORD).cmp(&(b.word == NO_WORD));
            none.then(b.rows.len().cmp(&a.rows.len())).then(a.word.cmp(&b.word))
        });
        groups
    }
}

/// The key and number of each row of a set.
fn keyed<T: Copy>(values: &[T], of: &Bits, key: impl Fn(T) -> u32) -> Vec<(u32, u32)> {
    let mut keyed = Vec::with_capacity(of.len());
    for (word, (at, values)) in of.words().iter().zip(values.chunks(64).enumerate()) {
        if *word == 0 {
            continue;
        }
        for (bit, &value) in values.iter().enumerate() {
            if word >> bit & 1 == 1 {
                keyed.push((key(value), (at * 64 + bit) as u32));
            }
        }
    }
    keyed
}

fn count(column: usize, values: &[u16], words: usize, of: &Bits) -> Counts {
    // Two tables: the same word twice in a row does not wait for itself.
    let mut tables = [vec![0u32; words + 1], vec![0u32; words + 1]];
    let [even, odd] = &mut tables;
    let mut add = |table: &mut Vec<u32>, word: u16| {
        let at = usize::from(word).min(words);
        if let Some(count) = table.get_mut(at) {
            *count += 1;
        }
    };
    for (word, values) in of.words().iter().zip(values.chunks(64)) {
        match *word {
            0 => {}
            u64::MAX => {
                for pair in values.chunks(2) {
                    if let [a, b] = *pair {
                        add(even, a);
                        add(odd, b);
                    }
                }
            }
            bits => {
                let mut left = bits;
                while left != 0 {
                    let bit = left.trailing_zeros() as usize;
                    left &= left - 1;
                    if let Some(&value) = values.get(bit) {
                        add(if bit.is_multiple_of(2) { even } else { odd }, value);
                    }
                }
            }
        }
    }
    let mut words: Vec<u32> = even.iter().zip(odd.iter()).map(|(a, b)| a + b).collect();
    Counts {
        column,
        none: words.pop().unwrap_or(0),
        words,
    }
}

/// A number whose order is that of the figures; less than the greatest for all that are numbers.
fn ordered(value: f32) -> u32 {
    // Both zeros are one.
    let bits = (value + 0.0).to_bits();
    let ordered = if bits >> 31 == 1 { !bits } else { bits | 1 << 31 };
    ordered.min(u32::MAX - 1)
}

/// Sorted by the first, equal ones as they came.
fn radix_sorted(mut pairs: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    const BITS: u32 = 11;
    const SIZE: usize = 1 << BITS;
    let mut spare = vec![(0, 0); pairs.len()];
    for pass in 0..3 {
        let digit = |key: u32| (key >> (pass * BITS)) as usize & (SIZE - 1);
        let mut starts = vec![0usize; SIZE];
        for (key, _) in &pairs {
            starts[digit(*key)] += 1;
        }
        // One digit for all: nothing would move.
        if starts.contains(&pairs.len()) {
            continue;
        }
        let mut next = 0;
        for start in &mut starts {
            next += std::mem::replace(start, next);
        }
        for &pair in &pairs {
            let place = &mut starts[digit(pair.0)];
            if let Some(slot) = spare.get_mut(*place) {
                *slot = pair;
            }
            *place += 1;
        }
        std::mem::swap(&mut pairs, &mut spare);
    }
    pairs
}

/// Words to their places.
#[derive(Default)]
struct WordList {
    words: Vec<String>,
    places: std::collections::HashMap<String, u16>,
}

impl WordList {
    /// The place of a word; none where there are too many.
    fn place(&mut self, word: &str) -> u16 {
        if let Some(&place) = self.places.get(word) {
            return place;
        }
        let place = self.words.len();
        if place >= usize::from(NO_WORD) {
            return NO_WORD;
        }
        self.words.push(word.to_owned());
        self.places.insert(word.to_owned(), place as u16);
        place as u16
    }
}

/// The columns of an index, a row each for `rows`: state, label, size, and of each network its class,
/// probability, margin, entropy, whether it is right and what its maps come to; of two networks, whether
/// they agree.
#[must_use]
pub fn columns_of(index: &Index, rows: &[&Row], given: &GivenLabels) -> Columns {
    let mut columns = Columns::new(rows.len());
    let mut add = |name: String, words: Vec<String>, values: Values| {
        // They have a value a row.
        let _ = columns.add(Column {
            name,
            words,
            values,
        });
    };
    let contents: Vec<Option<u32>> = rows
        .iter()
        .map(|row| row.content().and_then(|content| index.content(content)))
        .collect();
    let state = |row: &&Row| match row.state {
        State::Read(_) => 0,
        State::Listed => 1,
        State::Broken(_) => 2,
    };
    add(
        "state".to_owned(),
        ["seen", "waiting", "broken"].map(str::to_owned).to_vec(),
        Values::Words(rows.iter().map(state).collect()),
    );
    let first = index.manifest.models.first();
    let mut labels = WordList::default();
    let mut labeller = Labeller::new(first.map_or(&[], |model| &model.classes), given);
    let own = rows.iter().map(|row| labeller.truth(row).label);
    let own = own.map(|label| label.map_or(NO_WORD, |label| labels.place(&label)));
    let own = Values::Words(own.collect());
    add("label".to_owned(), labels.words, own);
    for (name, side) in [("width", 0), ("height", 1)] {
        let of = |content: &Option<u32>| {
            let picture = content.and_then(|content| index.picture(content));
            picture.map_or(f32::NAN, |p| [p.width, p.height][side] as f32)
        };
        add(name.to_owned(), Vec::new(), Values::Figures(contents.iter().map(of).collect()));
    }
    let names = index.manifest.names();
    let word = |class: u32| u16::try_from(class).unwrap_or(NO_WORD);
    let flags = || ["no", "yes"].map(str::to_owned).to_vec();
    for (m, (model, name)) in index.manifest.models.iter().zip(&names).enumerate() {
        let answer = |content: &Option<u32>| {
            let facts = index.models().get(m)?;
            facts.answer((*content)?).filter(|answer| answer.class().is_some())
        };
        let classes: Vec<u16> = contents
            .iter()
            .map(|c| answer(c).and_then(|a| a.class()).map_or(NO_WORD, word))
            .collect();
        let mut labeller = Labeller::new(&model.classes, given);
        let correct = rows.iter().zip(&classes).map(|(row, &class)| {
            let truth = labeller.truth(row).meant.class.map(word);
            truth.filter(|_| class != NO_WORD).map_or(NO_WORD, |truth| u16::from(truth == class))
        });
        let correct = Values::Words(correct.collect());
        add(format!("{name} class"), model.classes.clone(), Values::Words(classes));
        add(format!("{name} correct"), flags(), correct);
        for (what, of) in [
            ("probability", (|a| a.probability()) as fn(&super::Answer) -> f32),
            ("margin", |a| a.margin),
            ("entropy", |a| a.entropy),
        ] {
            let figures = contents.iter().map(|c| answer(c).map_or(f32::NAN, of));
            add(format!("{name} {what}"), Vec::new(), Values::Figures(figures.collect()));
        }
        for (at, method) in model.maps.iter().enumerate() {
            for (i, what) in ["centre x", "centre y", "spread", "border", "blobs"].iter().enumerate() {
                let figure = |content: &Option<u32>| {
                    let map = index.models().get(m)?.map(at, (*content)?)?;
                    (map.class != NO_CLASS).then(|| map.figures.to_array()[i])
                };
                let figures = contents.iter().map(|c| figure(c).unwrap_or(f32::NAN));
                let name = format!("{name} {} {what}", method.id);
                add(name, Vec::new(), Values::Figures(figures.collect()));
            }
        }
    }
    for (a, b) in (0..names.len()).flat_map(|a| (a + 1..names.len()).map(move |b| (a, b))) {
        let class = |model: usize, content: &Option<u32>| {
            index.models().get(model)?.answer((*content)?)?.class()
        };
        let same = contents.iter().map(|c| {
            class(a, c).zip(class(b, c)).map_or(NO_WORD, |(a, b)| u16::from(a == b))
        });
        let name = format!("{} as {}", names[a], names[b]);
        add(name, flags(), Values::Words(same.collect()));
    }
    columns
}

#[cfg(test)]
#[path = "columns_tests.rs"]
mod tests;
