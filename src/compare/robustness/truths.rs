//! What pictures are of, where somebody says so.

use std::collections::BTreeMap;

use super::row::Row;

/// The class that each picture is of, by network: each counts its classes in its own way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Truths(BTreeMap<String, BTreeMap<String, usize>>);

impl Truths {
    /// To the network `model` a picture of this name is of `class`.
    pub fn add(&mut self, model: &str, picture: &str, class: usize) {
        let of = self.0.entry(model.to_owned()).or_default();
        of.insert(picture.to_owned(), class);
    }

    /// True where nothing is known of any picture.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.values().all(BTreeMap::is_empty)
    }

    /// Whether what the network said of the original of a row is right; `None` where nobody says what the
    /// picture is of.
    #[must_use]
    pub fn right(&self, row: &Row) -> Option<bool> {
        let class = self.0.get(&row.key.model)?.get(&row.key.picture)?;
        Some(*class == row.original_class)
    }
}
