//! How a collection is ordered, grouped and filtered.

use std::sync::Arc;

use crate::collection::{Bits, Columns, Term};

/// What pictures have in common that stand near each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Near {
    /// What the network knows of them before it names a class.
    Known,
    /// Where the network looks.
    Looks,
}

/// How pictures stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shape {
    /// One after the other.
    #[default]
    Ordered,
    /// In a plane, by likeness.
    Plane(Near),
    /// In a grid that follows the plane.
    Grid(Near),
}

impl Shape {
    /// What they stand by; `None` for an order.
    #[must_use]
    pub fn near(self) -> Option<Near> {
        match self {
            Self::Ordered => None,
            Self::Plane(near) | Self::Grid(near) => Some(near),
        }
    }
}

/// Pictures that were looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What was looked for.
    pub title: String,
    /// The rows, in piles with names; one pile is shown without its name.
    pub piles: Vec<(String, Vec<u32>)>,
}

impl Found {
    /// How many rows there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.piles.iter().map(|(_, rows)| rows.len()).sum()
    }

    /// The rows of all piles, of `rows` that there are.
    #[must_use]
    pub fn bits(&self, rows: usize) -> Bits {
        let mut bits = Bits::none(rows);
        for &row in self.piles.iter().flat_map(|(_, rows)| rows) {
            bits.set(row as usize, true);
        }
        bits
    }
}

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
    /// With `group`, the column whose words stand across: each pile is the cell of both.
    pub across: Option<String>,
    /// How pictures stand; by likeness they are in no piles.
    pub shape: Shape,
    /// Only what was looked for is shown.
    pub found: Option<Arc<Found>>,
    /// What was typed to filter by.
    pub typed: String,
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

    /// The kinds that sliders and fields change again and again; see [`Self::differences`].
    pub const FILTERS: u8 = 0b11;

    /// In what these choices are others: a bit for each kind, 0 for nothing.
    #[must_use]
    pub fn differences(&self, other: &Self) -> u8 {
        let differ = [
            self.filters != other.filters,
            self.typed != other.typed,
            self.found != other.found,
            (&self.sort, self.descending) != (&other.sort, other.descending),
            (&self.group, &self.across) != (&other.group, &other.across),
            self.shape != other.shape,
            self.model != other.model,
        ];
        (0..)
            .zip(differ)
            .map(|(bit, differs)| u8::from(differs) << bit)
            .sum()
    }

    /// Whether anything is kept back.
    #[must_use]
    pub fn keeps_back(&self) -> bool {
        !self.filters.is_empty() || self.found.is_some() || !self.typed.trim().is_empty()
    }

    /// Lets everything pass.
    pub fn keep_all(&mut self) {
        self.filters.clear();
        self.found = None;
        self.typed.clear();
    }

    /// The filters in the terms of these columns; what they do not have does not count.
    #[must_use]
    pub fn terms(&self, columns: &Columns) -> Vec<Term> {
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
