//! Ways through a collection: to a picture by its name or number, and back to what was seen before.

use super::choices::Choices;
use super::state::Collection;
use crate::collection::Bits;
use crate::collection::sheet::Camera;

/// Ways back that are kept.
const MOST_BACK: usize = 50;

/// What was seen of a collection.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    camera: Camera,
    fitted: bool,
    choices: Choices,
}

impl Collection {
    /// Remembers what is seen now, to come back to.
    pub fn remember(&mut self) {
        self.last.1 = 0;
        self.push(self.choices.clone());
    }

    fn push(&mut self, choices: Choices) {
        let seen = Seen {
            camera: self.camera,
            fitted: self.fitted,
            choices,
        };
        if self.back.last() != Some(&seen) {
            self.back.push(seen);
            if self.back.len() > MOST_BACK {
                self.back.remove(0);
            }
        }
    }

    /// Remembers what was shown before the choices were changed. Of changes to one filter that follow each
    /// other, as a slider makes them, only what was before the first is remembered.
    pub fn note_choices(&mut self) {
        let kinds = self.last.0.differences(&self.choices);
        if kinds == 0 {
            return;
        }
        let before = std::mem::replace(&mut self.last.0, self.choices.clone());
        let one_goes_on = kinds == self.last.1 && kinds & !Choices::FILTERS == 0;
        self.last.1 = kinds;
        if !one_goes_on {
            self.push(before);
        }
    }

    /// Whether there is a way back.
    #[must_use]
    pub fn can_go_back(&self) -> bool {
        !self.back.is_empty()
    }

    /// Goes back to what was seen before; true where that is chosen otherwise, and has to be arranged.
    pub fn go_back(&mut self) -> bool {
        let Some(seen) = self.back.pop() else {
            return false;
        };
        self.camera = seen.camera;
        self.fitted = seen.fitted;
        if seen.choices != self.choices {
            self.choices = seen.choices;
            self.last = (self.choices.clone(), 0);
            self.fields.filter.clone_from(&self.choices.typed);
            self.fields.wrong = None;
            return true;
        }
        self.camera = self.camera.clamped(self.cells(), self.area);
        self.fitted = self.camera == Camera::fit(self.cells(), self.area);
        false
    }

    /// The place to go to for what is written: that number from the first, or the next picture whose name
    /// begins with it or else holds it.
    #[must_use]
    pub fn place_to_jump(&self, text: &str) -> Option<usize> {
        let text = text.trim();
        let shown = self.shown();
        if let Ok(number) = text.replace(',', "").parse::<usize>() {
            let place = number.checked_sub(1)?;
            return (place < shown).then_some(place);
        }
        if text.is_empty() {
            return None;
        }
        let names = self.snapshot.names();
        let after = self.focused.and_then(|row| self.place_of(row));
        let after = after.map_or(0, |place| place + 1);
        let mut begin = Bits::none(self.snapshot.rows.len());
        let mut from = 0;
        while let Some(row) = names.beginning_with(text, from).filter(|&row| row >= from) {
            begin.set(row, true);
            from = row + 1;
        }
        let mut next = (after..shown).chain(0..after.min(shown));
        let is_among = |rows: &Bits, place: usize| {
            let row = self.row_at(place);
            row.is_some_and(|row| rows.contains(row as usize))
        };
        let found = next.clone().find(|&place| is_among(&begin, place));
        found.or_else(|| {
            let hold = names.holding(text);
            next.find(|&place| is_among(&hold, place))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bevy::math::Vec2;

    use super::super::Snapshot;
    use super::super::arranged::arrange;
    use super::*;

    fn collection() -> Collection {
        let snapshot = Arc::new(Snapshot::demo(100, 3));
        let arranged = arrange(&snapshot, &Choices::default(), None, 1.0, 8192);
        let mut collection = Collection {
            area: Vec2::splat(500.0),
            ..Collection::default()
        };
        collection.take(snapshot);
        collection.arranged = Some(Arc::new(arranged));
        collection.fit();
        collection
    }

    #[test]
    fn the_way_back_leads_where_one_was() {
        let mut collection = collection();
        let whole = collection.camera;
        collection.remember();
        collection.zoom(4.0, Vec2::splat(100.0));
        let near = collection.camera;
        assert!(!collection.fitted);
        collection.remember();
        collection.fit();
        collection.go_back();
        assert_eq!(collection.camera, near);
        collection.go_back();
        assert_eq!(collection.camera, whole);
        assert!(collection.fitted && !collection.can_go_back());
    }

    #[test]
    fn the_way_back_leads_to_what_was_chosen_before_too() {
        let mut collection = collection();
        let plain = collection.choices.clone();
        for high in [9.0, 8.0, 7.0] {
            collection.choices.set_range("width", Some((0.0, high)));
            collection.note_choices();
        }
        let narrowed = collection.choices.clone();
        collection.choices.group = Some("label".to_owned());
        collection.note_choices();
        // The same again is no step.
        collection.note_choices();
        assert!(collection.go_back());
        assert_eq!(collection.choices, narrowed);
        // All the sliding was one step.
        assert!(collection.go_back());
        assert_eq!(collection.choices, plain);
        assert!(!collection.can_go_back() && !collection.go_back());
    }

    #[test]
    fn a_jump_leads_to_a_number_or_to_the_next_of_a_name() {
        let mut collection = collection();
        assert_eq!(collection.place_to_jump("7"), Some(6));
        assert_eq!(collection.place_to_jump("0"), None);
        assert_eq!(collection.place_to_jump("101"), None);
        let name = |place: usize| collection.snapshot.rows.name(place as u32);
        let file = name(30).rsplit('/').next().unwrap().to_owned();
        let folder = name(30).split('/').next().unwrap().to_owned();
        assert_eq!(collection.place_to_jump(&file), Some(30));
        let of_folder: Vec<usize> = (0..100).filter(|&n| name(n).starts_with(&folder)).collect();
        assert!(of_folder.len() > 1);
        let mut seen = Vec::new();
        for _ in 0..of_folder.len() {
            let place = collection.place_to_jump(&folder).unwrap();
            collection.focus(place);
            seen.push(place);
        }
        assert_eq!(seen, of_folder);
        assert_eq!(collection.place_to_jump(&folder), Some(of_folder[0]));
        assert_eq!(collection.place_to_jump("no such name"), None);
    }
}
