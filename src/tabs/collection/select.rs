//! What is chosen of a collection.

use super::state::Collection;
use crate::collection::Bits;

/// A way to choose rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Select {
    /// None.
    None,
    /// This one alone.
    Only(u32),
    /// This one too, or not any more.
    Toggle(u32),
    /// All from the one chosen last to this one, as they lie.
    To(u32),
    /// All that are shown.
    All,
    /// These, beside those chosen already or not.
    Rows(Vec<u32>, bool),
}

impl Collection {
    /// Chooses rows in one of the usual ways.
    pub fn select(&mut self, select: Select) {
        let rows = self.snapshot.rows.len();
        if self.selected.rows() != rows {
            self.selected = Bits::none(rows);
        }
        match select {
            Select::None => {
                self.selected = Bits::none(rows);
                self.anchor = None;
            }
            Select::Only(row) => {
                self.selected = Bits::none(rows);
                self.selected.set(row as usize, true);
                self.anchor = Some(row);
                self.focused = Some(row);
            }
            Select::Toggle(row) => {
                let chosen = self.selected.contains(row as usize);
                self.selected.set(row as usize, !chosen);
                self.anchor = Some(row);
                self.focused = Some(row);
            }
            Select::To(row) => {
                let from = self.anchor.or(self.focused).unwrap_or(row);
                self.anchor = Some(from);
                self.focused = Some(row);
                let ends = (self.place_of(from), self.place_of(row));
                if let (Some(a), Some(b)) = ends {
                    self.selected = Bits::none(rows);
                    for place in a.min(b)..=a.max(b) {
                        if let Some(row) = self.row_at(place) {
                            self.selected.set(row as usize, true);
                        }
                    }
                }
            }
            Select::All => {
                let shown = self.arranged.clone();
                let shown = shown.iter().flat_map(|a| a.arrangement.order());
                self.selected = Bits::none(rows);
                for &row in shown {
                    self.selected.set(row as usize, true);
                }
            }
            Select::Rows(list, more) => {
                if !more {
                    self.selected = Bits::none(rows);
                }
                for row in list {
                    self.selected.set(row as usize, true);
                }
            }
        }
        self.selection_version += 1;
    }

    /// The chosen rows where they are two.
    #[must_use]
    pub fn chosen_pair(&self) -> Option<[u32; 2]> {
        let mut rows = self.selected.iter().map(|row| row as u32);
        let pair = [rows.next()?, rows.next()?];
        rows.next().is_none().then_some(pair)
    }

    /// The chosen rows in the order in which they lie; those that are filtered out come last.
    #[must_use]
    pub fn chosen(&self) -> Vec<u32> {
        let mut rows: Vec<u32> = self.selected.iter().map(|row| row as u32).collect();
        rows.sort_by_key(|&row| self.place_of(row).unwrap_or(usize::MAX));
        rows
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::Snapshot;
    use super::super::arranged::arrange;
    use super::super::choices::Choices;
    use super::*;

    fn collection() -> Collection {
        let snapshot = Arc::new(Snapshot::demo(100, 3));
        let arranged = arrange(&snapshot, &Choices::default(), None, 1.0, 8192);
        let mut collection = Collection::default();
        collection.take(snapshot);
        collection.arranged = Some(Arc::new(arranged));
        collection
    }

    #[test]
    fn rows_are_chosen_as_everywhere() {
        let mut collection = collection();
        collection.select(Select::Only(5));
        collection.select(Select::Toggle(9));
        assert_eq!(collection.chosen(), [5, 9]);
        collection.select(Select::To(12));
        assert_eq!(collection.chosen(), [9, 10, 11, 12]);
        collection.select(Select::To(7));
        assert_eq!(collection.chosen(), [7, 8, 9]);
        collection.select(Select::Toggle(8));
        assert_eq!(collection.chosen(), [7, 9]);
        collection.select(Select::Rows(vec![1], true));
        assert_eq!(collection.chosen(), [1, 7, 9]);
        collection.select(Select::All);
        assert_eq!(collection.chosen().len(), 100);
        collection.select(Select::None);
        assert!(collection.chosen().is_empty());
    }
}
