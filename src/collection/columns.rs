//! What is known of every row as columns in memory: filtered, counted, sorted and grouped in one pass
//! each, without a database.

use super::Bits;
use super::sort::{ordered, radix_sorted};

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
            (
                &Term::Range {
                    low, high, none, ..
                },
                Some(Values::Figures(values)),
            ) => Bits::passing(values, |v| (v >= low && v <= high) || (none && v.is_nan())),
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
            Some(count(
                at,
                values,
                column.words.len(),
                own.as_ref().unwrap_or(&all),
            ))
        });
        let counts = counts.collect();
        (all, counts)
    }

    /// The rows of a set in the order of a column, those without a value last; equal ones in the order
    /// of their numbers. Without such a column they stay in that order.
    #[must_use]
    pub fn sort(&self, column: usize, descending: bool, of: &Bits) -> Vec<u32> {
        let values = self.columns.get(column).map(|column| &column.values);
        let key = |bits: u32| {
            if descending {
                u32::MAX - 1 - bits
            } else {
                bits
            }
        };
        let keyed: Vec<(u32, u32)> = match values {
            Some(Values::Figures(values)) => keyed(values, of, |value: f32| {
                if value.is_nan() {
                    u32::MAX
                } else {
                    key(ordered(value))
                }
            }),
            Some(Values::Words(values)) => keyed(values, of, |word: u16| {
                if word == NO_WORD {
                    u32::MAX
                } else {
                    key(u32::from(word))
                }
            }),
            None => of.iter().map(|row| (0, row as u32)).collect(),
        };
        radix_sorted(keyed)
            .into_iter()
            .map(|(_, row)| row)
            .collect()
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
            none.then(b.rows.len().cmp(&a.rows.len()))
                .then(a.word.cmp(&b.word))
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
    let add = |table: &mut Vec<u32>, word: u16| {
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

#[cfg(test)]
#[path = "columns_tests.rs"]
mod tests;
