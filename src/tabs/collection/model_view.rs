//! What one network says of the pictures of a collection, and where it looks in them.

use crate::collection::{
    Answer, Bits, CoarseMap, CollectionError, Columns, Index, NO_CLASS, Preprocessing,
};
use crate::picture::{Framing, Region};

/// One network's view of the pictures.
#[derive(Debug, Clone)]
pub struct ModelView {
    /// Its name among those of the index.
    pub name: String,
    /// What it is known by everywhere.
    pub id: String,
    /// SHA-256 of its file.
    pub sha256: String,
    /// Which part of a picture it saw.
    pub framing: Framing,
    /// What its classes are called.
    pub classes: Vec<String>,
    /// What it says of each content.
    pub(super) answers: Vec<Answer>,
    /// Of how many rows it says something.
    pub known: usize,
    /// Where it looked in each content.
    pub(super) maps: Vec<CoarseMap>,
    pub(super) mapped: Bits,
    /// Of how many rows it has made a map.
    pub(super) rows_mapped: usize,
    /// How it was shown pictures.
    shown: Preprocessing,
    /// The column of whether it is right.
    pub(super) correct: Option<usize>,
}

impl ModelView {
    /// Takes what the network at that place of the manifest says out of an index; `contents` are the rows',
    /// `columns` those of the index. `None` where there is no such network.
    ///
    /// # Errors
    /// When its maps cannot be read.
    pub(super) fn read(
        index: &mut Index,
        at: usize,
        contents: &[Option<u32>],
        columns: &Columns,
    ) -> Result<Option<Self>, CollectionError> {
        let names = index.manifest.names();
        let named = names.into_iter().nth(at).zip(index.manifest.models.get(at));
        let Some((name, entry)) = named else {
            return Ok(None);
        };
        let entry = entry.clone();
        let maps = if entry.maps.is_empty() {
            Vec::new()
        } else {
            index.read_maps(at, 0)?
        };
        let facts = index.models().get(at);
        let mapped = Bits::of(maps.len(), |content| {
            let place = facts.and_then(|facts| facts.map(0, content as u32));
            place.is_some_and(|place| place.class != NO_CLASS)
        });
        let answers = index.take_answers(at);
        let known = |content: &&u32| {
            let answer = answers.get(**content as usize);
            answer.is_some_and(Answer::is_known)
        };
        let of_rows = || contents.iter().flatten();
        let framing = entry.preprocessing.framing.parse().unwrap_or_default();
        Ok(Some(Self {
            known: of_rows().filter(known).count(),
            rows_mapped: of_rows()
                .filter(|&&content| mapped.contains(content as usize))
                .count(),
            correct: columns.find(&format!("{name} correct")),
            name,
            id: entry.id,
            sha256: entry.sha256,
            framing,
            classes: entry.classes,
            answers,
            maps,
            mapped,
            shown: entry.preprocessing,
        }))
    }

    /// How much of the width and height of a picture of `size` it saw, around the middle.
    #[must_use]
    pub(super) fn region(&self, size: [u32; 2]) -> [f32; 2] {
        let [height, width, _] = self.shown.input;
        let seen = Region::seen(size, [height, width], self.framing, self.shown.crop);
        let [left, top, right, bottom] = seen.fractions(size);
        [right - left, bottom - top]
    }
}
