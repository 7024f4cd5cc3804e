//! Another collection, or more of the same, takes the place of what is shown.

use std::collections::HashMap;
use std::sync::Arc;

use super::choices::{Choices, Found};
use super::select::Select;
use super::snapshot::Snapshot;
use super::state::{Collection, Fields, Status};
use crate::collection::Bits;

impl Collection {
    /// Takes another collection, or what more is known of this one.
    pub fn take(&mut self, snapshot: Arc<Snapshot>) {
        let old = std::mem::replace(&mut self.snapshot, snapshot);
        let same = old.rows.has_paths_of(&self.snapshot.rows);
        if !same {
            let moved = |row: u32| self.snapshot.find(old.rows.path(row)?);
            let mut selected = Bits::none(self.snapshot.rows.len());
            for row in self.selected.iter() {
                if let Some(row) = moved(row as u32) {
                    selected.set(row as usize, true);
                }
            }
            let (focused, anchor) = (self.focused, self.anchor);
            let moved = [focused, anchor].map(|row| row.and_then(moved));
            self.selected = selected;
            [self.focused, self.anchor] = moved;
            self.arranged = None;
            self.change = None;
            // They name rows by their numbers.
            self.laid_out = None;
            self.choices.found = None;
            self.changed.clear();
        }
        // What was looked at again is known as it is now.
        let snapshot = self.snapshot.clone();
        self.changed
            .retain(|row, key| snapshot.picture(*row).is_some_and(|(now, _)| now == *key));
        self.show_sought();
        self.saved.clone_from(&self.snapshot.saved);
        self.selection_version += 1;
        self.status = Status::Ready;
    }

    /// Shows those alone that are sought, as far as they are there.
    pub fn show_sought(&mut self) {
        let Some(sought) = &self.sought else {
            return;
        };
        let mut rows_of: HashMap<String, Vec<u32>> = HashMap::new();
        for row in 0..self.snapshot.rows.len() as u32 {
            let name = super::words::file_name(&self.snapshot, row);
            rows_of.entry(name).or_default().push(row);
        }
        let mut rows = Vec::new();
        for name in &sought.names {
            rows.extend(rows_of.remove(name).unwrap_or_default());
        }
        let title = sought.title.clone();
        self.choices.found = (!rows.is_empty()).then(|| {
            Arc::new(Found {
                title,
                piles: vec![(String::new(), rows)],
            })
        });
    }

    /// Begins anew with another collection.
    pub fn forget(&mut self) {
        self.choices = Choices::default();
        self.last = (Choices::default(), 0);
        self.back.clear();
        self.fitted = true;
        self.arranged = None;
        self.change = None;
        self.laid_out = None;
        self.looking = None;
        self.closer = None;
        self.changed.clear();
        self.sought = None;
        self.outdated = None;
        self.fields = Fields::default();
        self.select(Select::None);
        self.focused = None;
    }
}

#[cfg(test)]
mod tests {
    use super::super::arranged::arrange;
    use super::super::ask::Sought;
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
    fn a_choice_stays_with_its_files_when_others_come() {
        let mut collection = collection();
        let name = collection.snapshot.rows.name(40);
        collection.select(Select::Only(40));
        collection.take(Arc::new(Snapshot::demo(180, 3)));
        let chosen = collection.chosen();
        assert_eq!(chosen.len(), 1);
        assert_eq!(collection.snapshot.rows.name(chosen[0]), name);
        assert_eq!(collection.focused, Some(chosen[0]));
    }

    #[test]
    fn what_is_sought_is_shown_alone_in_its_order_also_when_more_comes() {
        let mut collection = collection();
        let name = |row: usize| super::super::words::file_name(&collection.snapshot, row as u32);
        let names = vec![name(40), "nobody".to_owned(), name(2)];
        collection.sought = Some(Sought {
            title: "sought".to_owned(),
            names: names.clone(),
        });
        for count in [100, 180] {
            collection.take(Arc::new(Snapshot::demo(count, 3)));
            let found = collection.choices.found.clone().unwrap();
            let shown: Vec<String> = found.piles[0]
                .1
                .iter()
                .map(|&row| super::super::words::file_name(&collection.snapshot, row))
                .collect();
            assert_eq!(shown, [names[0].clone(), names[2].clone()]);
        }
        collection.forget();
        collection.take(Arc::new(Snapshot::demo(50, 3)));
        assert_eq!(collection.choices.found, None);
    }
}
