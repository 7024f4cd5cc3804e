//! What a person types to see some of the rows: `tabby -label:cat margin<0.2 "centre x"=0.6..1`.
//!
//! Parts with spaces between, all of which hold: a text that a name holds; `COLUMN:WORD,WORD` (one of
//! them; `none` for rows without); `COLUMN<1`, `<=`, `>`, `>=`, `=1` and `=1..2`; `in:SELECTION`. A minus
//! before a part turns it round. Of a column's name the last words are enough where they mean one column;
//! `_` stands for a space, and quotes keep spaces and signs together.

use std::fmt::Write as _;

use super::columns::{Column, Columns, Term, Values};
use super::{Bits, Names};

/// Why a filter is not understood. Each message is one line that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// A quote that does not end.
    #[error("a quote does not end in this filter: add a \" after it")]
    Quote,
    /// No column of that name.
    #[error("there is no column {asked:?}; there are {known}")]
    Column {
        /// What was asked for.
        asked: String,
        /// What there is.
        known: String,
    },
    /// Several columns are meant.
    #[error("{asked:?} means several columns: {known}; say more of the name, in quotes")]
    Several {
        /// What was asked for.
        asked: String,
        /// Which there are.
        known: String,
    },
    /// No such word in the column.
    #[error("{column} is never {asked:?}; it is {known}")]
    Word {
        /// The column.
        column: String,
        /// What was asked for.
        asked: String,
        /// Some that there are.
        known: String,
    },
    /// A number was expected.
    #[error("{column} is a number: say {column}<1, {column}>=1 or {column}=1..2, not {asked:?}")]
    Number {
        /// The column.
        column: String,
        /// What was said.
        asked: String,
    },
    /// A word was expected.
    #[error("{column} is a word: say {column}:{known}")]
    NoNumber {
        /// The column.
        column: String,
        /// One that there is.
        known: String,
    },
    /// A saved selection that there is not, or that cannot be read; why.
    #[error("{0}")]
    Selection(String),
}

/// Words that a message names at most.
const MOST_NAMED: usize = 12;
/// The word for rows that have none.
const NONE: &str = "none";
/// The column of saved selections.
const IN: &str = "in";

/// A saved selection by its name.
pub type Selected<'a> = &'a dyn Fn(&str) -> Result<Bits, FilterError>;

/// The terms of a filter; none for one that says nothing.
///
/// # Errors
/// When it is not understood.
pub fn parse(
    text: &str,
    columns: &Columns,
    names: &Names,
    selected: Selected<'_>,
) -> Result<Vec<Term>, FilterError> {
    let mut terms = Vec::new();
    for part in parts(text)? {
        let (is_not, part) = match part.split_first() {
            Some((('-', false), rest)) if !rest.is_empty() => (true, rest),
            _ => (false, part.as_slice()),
        };
        let term = term(part, columns, names, selected)?;
        terms.push(if is_not {
            Term::Not(Box::new(term))
        } else {
            term
        });
    }
    Ok(terms)
}

/// A letter, and whether it stood in quotes.
type Letter = (char, bool);

fn parts(text: &str) -> Result<Vec<Vec<Letter>>, FilterError> {
    let mut parts = Vec::new();
    let mut part: Vec<Letter> = Vec::new();
    let mut quoted = false;
    for letter in text.chars() {
        match letter {
            '"' => quoted = !quoted,
            space if space.is_whitespace() && !quoted => {
                if !part.is_empty() {
                    parts.push(std::mem::take(&mut part));
                }
            }
            _ => part.push((letter, quoted)),
        }
    }
    if quoted {
        return Err(FilterError::Quote);
    }
    if !part.is_empty() {
        parts.push(part);
    }
    Ok(parts)
}

fn plain(letters: &[Letter]) -> String {
    letters.iter().map(|(letter, _)| letter).collect()
}

fn term(
    part: &[Letter],
    columns: &Columns,
    names: &Names,
    selected: Selected<'_>,
) -> Result<Term, FilterError> {
    let is_sign = |(letter, quoted): &Letter| !quoted && matches!(*letter, ':' | '<' | '>' | '=');
    let Some(at) = part.iter().position(is_sign) else {
        return Ok(Term::Rows(names.holding(&plain(part))));
    };
    let (name, rest) = part.split_at(at);
    let name = plain(name);
    let signs = rest
        .iter()
        .take(2)
        .take_while(|letter| is_sign(letter))
        .count();
    let (sign, value) = rest.split_at(signs);
    let sign = plain(sign);
    if sign == ":" && name == IN {
        return Ok(Term::Rows(selected(&plain(value))?));
    }
    let (number, column) = find(&name, columns)?;
    match &column.values {
        Values::Words(_) if sign == ":" => words(number, column, value),
        Values::Words(_) => Err(FilterError::NoNumber {
            column: column.name.clone(),
            known: column
                .words
                .first()
                .cloned()
                .unwrap_or_else(|| NONE.to_owned()),
        }),
        Values::Figures(_) => range(number, column, &sign, &plain(value)),
    }
}

fn folded(name: &str) -> String {
    name.to_lowercase().replace('_', " ")
}

impl Columns {
    /// The place of the column that a person means: that of the name, or the one that ends so.
    ///
    /// # Errors
    /// When there is none, or several are meant.
    pub fn meant(&self, name: &str) -> Result<usize, FilterError> {
        find(name, self).map(|(at, _)| at)
    }
}

fn find<'a>(asked: &str, columns: &'a Columns) -> Result<(usize, &'a Column), FilterError> {
    let name = folded(asked);
    let all = || columns.columns().iter().enumerate();
    if let Some(found) = all().find(|(_, column)| folded(&column.name) == name) {
        return Ok(found);
    }
    let end = format!(" {name}");
    let ends = |(_, column): &(usize, &Column)| folded(&column.name).ends_with(&end);
    let found: Vec<(usize, &Column)> = all().filter(ends).collect();
    let asked = asked.to_owned();
    match found.as_slice() {
        &[one] => Ok(one),
        [] => Err(FilterError::Column {
            asked,
            known: named(all().map(|(_, column)| column.name.as_str())),
        }),
        several => Err(FilterError::Several {
            asked,
            known: named(several.iter().map(|(_, column)| column.name.as_str())),
        }),
    }
}

fn words(number: usize, column: &Column, value: &[Letter]) -> Result<Term, FilterError> {
    let mut found = Vec::new();
    let mut none = false;
    for word in value.split(|(letter, quoted)| *letter == ',' && !quoted) {
        let asked = plain(word).to_lowercase();
        if asked == NONE {
            none = true;
            continue;
        }
        let among = |fits: &dyn Fn(&str) -> bool| -> Vec<u16> {
            let words = column.words.iter().enumerate();
            let fitting = words.filter(|(_, word)| fits(&word.to_lowercase()));
            fitting
                .filter_map(|(at, _)| u16::try_from(at).ok())
                .collect()
        };
        let mut places = among(&|word| word == asked);
        if places.is_empty() && !asked.is_empty() {
            places = among(&|word| word.contains(&asked));
        }
        if places.is_empty() {
            return Err(FilterError::Word {
                column: column.name.clone(),
                asked: plain(word),
                known: named(column.words.iter().map(String::as_str)),
            });
        }
        found.extend(places);
    }
    Ok(Term::Words {
        column: number,
        words: found,
        none,
    })
}

fn range(number: usize, column: &Column, sign: &str, value: &str) -> Result<Term, FilterError> {
    let refused = || FilterError::Number {
        column: column.name.clone(),
        asked: value.to_owned(),
    };
    let figure = |text: &str| {
        let number = text.trim().parse::<f32>().ok();
        number.filter(|n| !n.is_nan()).ok_or_else(refused)
    };
    if sign == ":" && value.eq_ignore_ascii_case(NONE) {
        // No number is as small as this and as great as that.
        return Ok(Term::Range {
            column: number,
            low: f32::INFINITY,
            high: f32::NEG_INFINITY,
            none: true,
        });
    }
    let (low, high) = match sign {
        "<" => (f32::NEG_INFINITY, figure(value)?.next_down()),
        "<=" => (f32::NEG_INFINITY, figure(value)?),
        ">" => (figure(value)?.next_up(), f32::INFINITY),
        ">=" => (figure(value)?, f32::INFINITY),
        "=" | ":" => match value.split_once("..") {
            Some((low, high)) => (figure(low)?, figure(high)?),
            None => (figure(value)?, figure(value)?),
        },
        _ => return Err(refused()),
    };
    Ok(Term::Range {
        column: number,
        low,
        high,
        none: false,
    })
}

/// Some names with commas between.
pub(super) fn named<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<&str> = names.collect();
    let mut text = all
        .iter()
        .take(MOST_NAMED)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    if all.is_empty() {
        text.push_str(NONE);
    } else if all.len() > MOST_NAMED {
        // Writing to a text cannot fail.
        let _ = write!(text, " and {} more", all.len() - MOST_NAMED);
    }
    text
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
