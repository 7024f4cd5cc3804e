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
    /// These rows: those whose names hold a text, a saved selection.
    Rows(Bits),
    /// All others.
    Not(Box<Self>),
}

impl Term {
    /// The column it is about, if it is about one.
    #[must_use]
    pub fn column(&self) -> Option<usize> {
        match self {
            Self::Words { column, .. } | Self::Range { column, .. } => Some(*column),
            Self::Rows(_) => None,
            Self::Not(term) => term.column(),
        }
    }
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
    all: Vec<Column>,
    /// Of each, found out once: a million values are not looked at in every frame.
    spans: Vec<Span>,
}

/// What there is of values in a column.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Span {
    /// Whether there are two different words.
    Words(bool),
    /// The least and the most number, where they are not the same.
    Figures(Option<(f32, f32)>),
}

impl Span {
    fn of(values: &Values) -> Self {
        match values {
            Values::Words(words) => {
                let mut known = words.iter().copied().filter(|&word| word != NO_WORD);
                let first = known.next();
                Self::Words(known.any(|word| Some(word) != first))
            }
            Values::Figures(values) => {
                let numbers = values.iter().copied().filter(|value| value.is_finite());
                let none = (f32::INFINITY, f32::NEG_INFINITY);
                let (low, high) =
                    numbers.fold(none, |(low, high), value| (low.min(value), high.max(value)));
                Self::Figures((low < high).then_some((low, high)))
            }
        }
    }
}

impl Columns {
    /// For so many rows.
    #[must_use]
    pub fn new(rows: usize) -> Self {
        Self {
            rows,
            all: Vec::new(),
            spans: Vec::new(),
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
        self.spans.push(Span::of(&column.values));
        self.all.push(column);
        Ok(self.all.len() - 1)
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.all
    }

    /// The place of the column of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        self.all.iter().position(|column| column.name == name)
    }

    /// The least and most number of a column of figures; `None` without any, or where all are the same.
    #[must_use]
    pub fn range(&self, column: usize) -> Option<(f32, f32)> {
        match self.spans.get(column) {
            Some(Span::Figures(range)) => *range,
            Some(Span::Words(_)) | None => None,
        }
    }

    /// Whether two rows have different words in a column.
    #[must_use]
    pub fn is_various(&self, column: usize) -> bool {
        matches!(self.spans.get(column), Some(Span::Words(true)))
    }

    /// The rows that pass one term; all for a column that is not of the term's kind.
    fn passing(&self, term: &Term) -> Bits {
        let column = term.column().and_then(|at| self.all.get(at));
        let values = column.map(|column| &column.values);
        match (term, values) {
            (Term::Not(term), _) => {
                let mut others = Bits::all(self.rows);
                others.subtract(&self.passing(term));
                others
            }
            (Term::Rows(rows), _) => {
                let mut passing = Bits::none(self.rows);
                passing.unite(rows);
                passing
            }
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
        let parts: Vec<(Option<usize>, Bits)> = terms
            .iter()
            .map(|term| (term.column(), self.passing(term)))
            .collect();
        let passing = |without: Option<usize>| {
            let mut bits = Bits::all(self.rows);
            let others = parts
                .iter()
                .filter(|(column, _)| column.is_none() || *column != without);
            for (_, part) in others {
                bits.intersect(part);
            }
            bits
        };
        let all = passing(None);
        let counts = self.all.iter().enumerate().filter_map(|(at, column)| {
            let Values::Words(values) = &column.values else {
                return None;
            };
            let is_asked = parts.iter().any(|(column, _)| *column == Some(at));
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
        let values = self.all.get(column).map(|column| &column.values);
        let keyed: Vec<(u32, u32)> = match values {
            Some(Values::Figures(values)) => keyed(values, of, |v| figure_key(v, descending)),
            Some(Values::Words(values)) => keyed(values, of, |w| word_key(w, descending)),
            None => of.iter().map(|row| (0, row as u32)).collect(),
        };
        rows_of(radix_sorted(keyed))
    }

    /// As [`Self::sort`], by several keys (a column, whether it descends), the first first.
    #[must_use]
    pub fn sort_by(&self, keys: &[(usize, bool)], of: &Bits) -> Vec<u32> {
        let Some((&(column, descending), earlier)) = keys.split_last() else {
            return of.iter().map(|row| row as u32).collect();
        };
        // Equal rows stay as they are, so the last key is sorted by first.
        let mut rows = self.sort(column, descending, of);
        for &(column, descending) in earlier.iter().rev() {
            rows = self.sort_rows(column, descending, &rows);
        }
        rows
    }

    /// Rows in the order of a column, those without a value last; equal ones stay as they are.
    #[must_use]
    pub fn sort_rows(&self, column: usize, descending: bool, rows: &[u32]) -> Vec<u32> {
        let pairs = |key: &dyn Fn(usize) -> u32| {
            let pairs = rows.iter().map(|&row| (key(row as usize), row));
            rows_of(radix_sorted(pairs.collect()))
        };
        match self.all.get(column).map(|column| &column.values) {
            Some(Values::Figures(values)) => pairs(&|row| {
                let value = values.get(row).copied().unwrap_or(f32::NAN);
                figure_key(value, descending)
            }),
            Some(Values::Words(values)) => {
                pairs(&|row| word_key(values.get(row).copied().unwrap_or(NO_WORD), descending))
            }
            None => rows.to_vec(),
        }
    }
}

fn figure_key(value: f32, descending: bool) -> u32 {
    match ordered(value) {
        _ if value.is_nan() => u32::MAX,
        key if descending => u32::MAX - 1 - key,
        key => key,
    }
}

fn word_key(word: u16, descending: bool) -> u32 {
    match u32::from(word) {
        _ if word == NO_WORD => u32::MAX,
        key if descending => u32::MAX - 1 - key,
        key => key,
    }
}

fn rows_of(pairs: Vec<(u32, u32)>) -> Vec<u32> {
    pairs.into_iter().map(|(_, row)| row).collect()
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
