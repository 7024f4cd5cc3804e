//! The rows of a collection that is shown, in the order in which people count their paths, packed: a million of them take little
//! more than their paths.

use std::collections::HashMap;

use super::Key;
use super::row::{Row, State, name_of};
use super::source::path_of;
use crate::picture::natural_order;

/// Rows as they are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    /// One after the other.
    paths: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
    /// Of each its content; [`Key::NONE`] where it was not read.
    contents: Vec<Key>,
    /// Why some have no picture, in words.
    troubles: HashMap<u32, Box<str>>,
}

impl Rows {
    /// Of rows in the order of [`super::Index::rows_in_order`].
    #[must_use]
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Self {
        let mut all = Self::default();
        for (number, row) in (0..).zip(rows) {
            all.paths.extend_from_slice(&row.path);
            all.ends.push(all.paths.len());
            all.contents.push(row.content().unwrap_or(Key::NONE));
            match &row.state {
                State::Broken(why) | State::Unread(why) => {
                    all.troubles.insert(number, why.clone());
                }
                State::Listed | State::Read(_) => {}
            }
        }
        all.paths.shrink_to_fit();
        all.ends.shrink_to_fit();
        all.contents.shrink_to_fit();
        all
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The path of a row in its collection, as the system's bytes.
    #[must_use]
    pub fn path(&self, row: u32) -> Option<&[u8]> {
        let row = row as usize;
        let end = *self.ends.get(row)?;
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before));
        self.paths.get(start.copied().unwrap_or(0)..end)
    }

    /// All paths in their order.
    pub fn paths(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len() as u32).filter_map(|row| self.path(row))
    }

    /// Whether others are the same files.
    #[must_use]
    pub fn has_paths_of(&self, others: &Self) -> bool {
        self.ends == others.ends && self.paths == others.paths
    }

    /// The path of a row as text; empty where there is no such row. See [`Row::name`].
    #[must_use]
    pub fn name(&self, row: u32) -> String {
        self.path(row).map(name_of).unwrap_or_default()
    }

    /// The row of a path.
    #[must_use]
    pub fn find(&self, path: &[u8]) -> Option<u32> {
        let (mut low, mut high) = (0, self.len() as u32);
        while low < high {
            let middle = low.midpoint(high);
            match natural_order(&path_of(self.path(middle)?), &path_of(path)) {
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The content of a row; `None` where it was not read.
    #[must_use]
    pub fn content(&self, row: u32) -> Option<Key> {
        let content = self.contents.get(row as usize).copied()?;
        (content != Key::NONE).then_some(content)
    }

    /// Why a row has no picture; `None` where it has one, and where it was not looked at yet.
    #[must_use]
    pub fn trouble(&self, row: u32) -> Option<&str> {
        self.troubles.get(&row).map(Box::as_ref)
    }

    /// How many have no picture.
    #[must_use]
    pub fn troubled(&self) -> usize {
        self.troubles.len()
    }

    /// Whether a row was seen in its folder and not read yet.
    #[must_use]
    pub fn is_waiting(&self, row: u32) -> bool {
        let is_there = (row as usize) < self.len();
        is_there && self.content(row).is_none() && self.trouble(row).is_none()
    }

    /// What the rows are found by in a saved selection; see [`Row::keys`].
    #[must_use]
    pub fn keys(&self) -> Vec<[Key; 2]> {
        let paths = self.paths().map(Key::of_path);
        let keys = paths.zip(&self.contents);
        keys.map(|(path, &content)| [path, content]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_rows_are_the_rows() {
        let states = [
            State::Read(Key::of([7; 16])),
            State::Listed,
            State::Broken("it is damaged".into()),
            State::Unread("permission denied".into()),
        ];
        let paths: [&[u8]; 4] = [b"", b"a/2", b"a/10.jpg", b"b/\xc3\xa4 \xff"];
        let rows: Vec<Row> = paths
            .iter()
            .zip(states)
            .map(|(path, state)| Row {
                path: (*path).into(),
                size: 1,
                modified: 2,
                label: None,
                state,
            })
            .collect();
        let packed = Rows::of(&rows);
        assert_eq!((packed.len(), packed.troubled()), (4, 2));
        assert!(packed.paths().eq(paths.iter().copied()));
        for (number, row) in (0..).zip(&rows) {
            assert_eq!(packed.path(number), Some(&*row.path));
            assert_eq!(packed.name(number), row.name());
            assert_eq!(packed.content(number), row.content());
            assert_eq!(packed.trouble(number), row.trouble());
            assert_eq!(packed.is_waiting(number), row.state == State::Listed);
            assert_eq!(packed.find(&row.path), Some(number));
            assert_eq!(packed.keys()[number as usize], row.keys());
        }
        assert_eq!((packed.find(b"a"), packed.find(b"z")), (None, None));
        assert!(packed.path(4).is_none() && packed.name(4).is_empty() && !packed.is_waiting(4));
        assert!(Rows::default().is_empty() && Rows::default().find(b"x").is_none());
    }
}
