//! Class names out of a text, whatever tool wrote it.

use std::path::Path;

use serde_json::Value;

use super::{label_lines, python, yaml};

/// The names, and what was done to find them, a sentence each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// One name a class, in order.
    pub names: Vec<String>,
    /// What was left away or taken for granted.
    pub notes: Vec<String>,
}

/// The most classes a network may have.
const MOST: usize = 1 << 20;

/// Text of any of the usual encodings: UTF-8, UTF-16 with or without a mark, else Latin-1.
#[must_use]
pub fn decode(bytes: &[u8]) -> (String, Option<&'static str>) {
    let wide = |bytes: &[u8], big: bool| {
        let units = bytes.as_chunks::<2>().0.iter().map(|pair| {
            if big {
                u16::from_be_bytes(*pair)
            } else {
                u16::from_le_bytes(*pair)
            }
        });
        let text: String = char::decode_utf16(units)
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
        text
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => return (wide(rest, false), None),
        [0xfe, 0xff, rest @ ..] => return (wide(rest, true), None),
        [0xef, 0xbb, 0xbf, rest @ ..] => {
            return (String::from_utf8_lossy(rest).into_owned(), None);
        }
        _ => {}
    }
    // ASCII in UTF-16 without a mark: every other byte is 0.
    let zeros = |from: usize| bytes.iter().skip(from).step_by(2).take(64).all(|b| *b == 0);
    if bytes.len() >= 4 && bytes.len().is_multiple_of(2) && (zeros(0) || zeros(1)) {
        return (wide(bytes, zeros(0)), None);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), None),
        Err(_) => (
            bytes.iter().map(|b| char::from(*b)).collect(),
            Some("its text is no UTF-8 and read as Latin-1"),
        ),
    }
}

impl Names {
    /// Names out of a file's bytes: JSON, CSV or one a line.
    ///
    /// # Errors
    /// In words, when nothing in it can be names.
    pub fn read(bytes: &[u8], file_name: &str) -> Result<Self, String> {
        let (text, note) = decode(bytes);
        let mut found = Self::of_text(&text, file_name)?;
        found.notes.extend(note.map(str::to_owned));
        if found.names.len() > MOST {
            return Err(format!("holds more than {MOST} names"));
        }
        Ok(found)
    }

    fn of_text(text: &str, file_name: &str) -> Result<Self, String> {
        let start = text.trim_start();
        let ending = Path::new(file_name)
            .extension()
            .map(|ending| ending.to_string_lossy().to_lowercase());
        let ends_with = |wanted: &str| ending.as_deref() == Some(wanted);
        let is_json = ends_with("json");
        if is_json || start.starts_with(['[', '{', '(']) {
            match serde_json::from_str::<Value>(text) {
                Ok(value) => {
                    return Self::of_json(&value)
                        .ok_or_else(|| "no list of class names is in it".to_owned());
                }
                Err(error) if is_json => return Err(format!("is no JSON: {error}")),
                // A line may well begin with a bracket.
                Err(_) => {
                    let printed = python::literal(text);
                    if let Some(found) = printed.as_ref().and_then(Self::of_json) {
                        return Ok(found);
                    }
                }
            }
        }
        if ends_with("yaml") || ends_with("yml") {
            return yaml::value(text)
                .as_ref()
                .and_then(Self::of_json)
                .ok_or_else(|| "no list of class names is in it".to_owned());
        }
        if ends_with("pbtxt") || ends_with("pbtext") {
            return label_lines::of_items(text)
                .ok_or_else(|| "no items with an id and a name are in it".to_owned());
        }
        let delimiter = if ends_with("tsv") { '\t' } else { ',' };
        let is_table = ends_with("csv") || ends_with("tsv");
        if is_table && let Some(found) = Self::of_table(text, delimiter) {
            return Ok(found);
        }
        Ok(label_lines::of_lines(text))
    }

    /// Names in a table with a head line that calls a column so, else in the last column of two.
    fn of_table(text: &str, delimiter: char) -> Option<Self> {
        let delimiter = if text.lines().next()?.contains(';') && !text.lines().next()?.contains(',')
        {
            ';'
        } else {
            delimiter
        };
        let rows: Vec<Vec<String>> = records(text, delimiter);
        let head: Vec<String> = rows
            .first()?
            .iter()
            .map(|cell| cell.trim().to_lowercase())
            .collect();
        let find = |words: &[&str]| words.iter().find_map(|w| head.iter().position(|h| h == w));
        let names = [
            "name",
            "class_name",
            "label_name",
            "class name",
            "display_name",
            "label",
            "class",
            "tag",
            "category",
            "names",
            "labels",
            "classes",
            "description",
            "species",
        ];
        let name_column = find(&names);
        let column = |rows: &[Vec<String>], at: usize| -> Vec<String> {
            rows.iter()
                .map(|row| row.get(at).map(|c| c.trim().to_owned()).unwrap_or_default())
                .collect()
        };
        if let Some(at) = name_column {
            let rows = rows.get(1..)?;
            let found = column(rows, at);
            let indices = find(&[
                "index",
                "idx",
                "id",
                "class_id",
                "label_id",
                "class_index",
                "number",
                "label",
                "class",
            ])
            .filter(|i| *i != at)
            .and_then(|i| {
                let numbers = column(rows, i);
                numbers
                    .iter()
                    .map(|n| n.parse::<usize>().ok())
                    .collect::<Option<Vec<_>>>()
            });
            let by_index = indices.and_then(|ids| {
                let least = ids.iter().copied().min().unwrap_or(0);
                let from_zero = ids.into_iter().map(|id| id - least.min(1));
                ordered(from_zero.zip(found.clone()).collect())
            });
            return Some(Self {
                names: by_index.unwrap_or(found),
                notes: vec![format!(
                    "names are in its column {:?}",
                    rows_name(&head, at)
                )],
            });
        }
        // Two columns, one of which counts the rows; perhaps under a head line.
        let two = rows.iter().all(|row| row.len() == 2);
        let counted = |rows: &[Vec<String>]| {
            [(0, 1), (1, 0)].into_iter().find_map(|(number, name)| {
                let numbers = column(rows, number);
                let numbers: Option<Vec<usize>> = numbers.iter().map(|n| n.parse().ok()).collect();
                ordered(numbers?.into_iter().zip(column(rows, name)).collect())
            })
        };
        if two && let Some(names) = counted(&rows).or_else(|| counted(rows.get(1..)?)) {
            return Some(Self {
                names,
                notes: Vec::new(),
            });
        }
        let one = rows.iter().all(|row| row.len() == 1);
        one.then(|| Self {
            names: column(&rows, 0),
            notes: Vec::new(),
        })
    }
}

fn rows_name(head: &[String], at: usize) -> &str {
    head.get(at).map_or("", String::as_str)
}

/// Names in the order of their numbers, which must be 0, 1, 2... or 1, 2, 3...
pub(super) fn ordered(mut pairs: Vec<(usize, String)>) -> Option<Vec<String>> {
    pairs.sort_by_key(|(number, _)| *number);
    let first = pairs.first()?.0;
    let counted = first <= 1 && pairs.iter().enumerate().all(|(i, (n, _))| *n == i + first);
    counted.then(|| pairs.into_iter().map(|(_, name)| name).collect())
}

/// The cells of a table; in double quotes a cell may hold the delimiter and line breaks.
fn records(text: &str, delimiter: char) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.is_empty() => quoted = true,
            c if c == delimiter && !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted && chars.peek() == Some(&'\n') => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    while rows
        .last()
        .is_some_and(|row| row.iter().all(|c| c.trim().is_empty()))
    {
        rows.pop();
    }
    rows
}
