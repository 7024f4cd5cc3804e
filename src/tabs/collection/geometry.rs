//! Where pictures lie on the screen, which lie there, and how the sheet is moved under the eye.

use bevy::math::Vec2;

use super::state::Collection;
use crate::collection::arrange::Place;
use crate::collection::sheet::Camera;

impl Collection {
    /// The place and row of the picture that comes after the one that is chosen (or before it), of those that
    /// are shown; after the last one comes the first.
    #[must_use]
    pub fn beside(&self, forward: bool) -> Option<(usize, u32)> {
        let chosen = self.selected.iter().next()? as u32;
        let count = self.arranged.as_ref()?.arrangement.order().len();
        let now = self.place_of(chosen)?;
        (1..count).find_map(|step| {
            let step = if forward { step } else { count - step };
            let place = (now + step) % count;
            let row = self.row_at(place)?;
            self.snapshot.picture(row).map(|_| (place, row))
        })
    }

    /// Cells across and down.
    #[must_use]
    pub fn cells(&self) -> Vec2 {
        self.arranged.as_ref().map_or(Vec2::ONE, |arranged| {
            let [wide, high] = arranged.arrangement.size();
            Vec2::new(wide as f32, high as f32)
        })
    }

    /// The place of a row among those that are shown.
    #[must_use]
    pub fn place_of(&self, row: u32) -> Option<usize> {
        self.arranged.as_ref()?.arrangement.place_of(row)
    }

    /// The row at a place.
    #[must_use]
    pub fn row_at(&self, place: usize) -> Option<u32> {
        self.arranged
            .as_ref()?
            .arrangement
            .order()
            .get(place)
            .copied()
    }

    /// Where a place of the order is on the sheet.
    #[must_use]
    pub fn cell_of(&self, place: usize) -> Option<Place> {
        self.arranged.as_ref()?.arrangement.cell_of(place)
    }

    /// The row under a point of the area.
    #[must_use]
    pub fn row_under(&self, point: Vec2) -> Option<u32> {
        let at = self.camera.cell_at(point, self.area);
        let arrangement = &self.arranged.as_ref()?.arrangement;
        let place = arrangement.place_at(at.to_array())?;
        arrangement.order().get(place).copied()
    }

    /// How many pictures are shown.
    #[must_use]
    pub fn shown(&self) -> usize {
        self.arranged
            .as_ref()
            .map_or(0, |arranged| arranged.arrangement.order().len())
    }

    /// Shows the whole sheet.
    pub fn fit(&mut self) {
        self.camera = Camera::fit(self.cells(), self.area);
        self.fitted = true;
    }

    /// Takes the area that the sheet is seen in, in points. What is seen stays where it is when the
    /// right side comes or goes: whoever clicks a picture has it under the pointer afterwards.
    pub fn set_area(&mut self, area: Vec2) {
        let beside = !self.selected.is_empty();
        let came = std::mem::replace(&mut self.beside, beside) != beside;
        let grown = area - self.area;
        if grown == Vec2::ZERO {
            return;
        }
        self.area = area;
        // The controls below may take another row where the column beside comes.
        if came {
            self.camera.centre += grown * 0.5 / self.camera.scale;
        } else if self.fitted {
            self.fit();
        } else {
            self.pan(Vec2::ZERO);
        }
    }

    /// Zooms by `factor` about a point of the area.
    pub fn zoom(&mut self, factor: f32, at: Vec2) {
        self.camera = self.camera.zoomed(factor, at, self.cells(), self.area);
        self.fitted = self.camera == Camera::fit(self.cells(), self.area);
    }

    /// Moves the sheet by points.
    pub fn pan(&mut self, by: Vec2) {
        self.camera = self.camera.panned(by, self.cells(), self.area);
    }

    /// Puts the keyboard on a place, and it into view.
    pub fn focus(&mut self, place: usize) {
        self.focused = self.row_at(place).or(self.focused);
        if let Some(cell) = self.cell_of(place) {
            let cell = Vec2::new(cell.x, cell.y);
            self.camera = self.camera.showing(cell, self.cells(), self.area);
        }
    }

    /// The part of the sheet between two points of the area.
    #[must_use]
    pub fn part(&self, min: Vec2, max: Vec2) -> [f32; 4] {
        let [min, max] = [min, max].map(|point| self.camera.cell_at(point, self.area));
        [min.x, min.y, max.x, max.y]
    }

    /// The rows whose cells a frame in points of the area touches.
    #[must_use]
    pub fn rows_within(&self, a: Vec2, b: Vec2) -> Vec<u32> {
        let Some(arranged) = &self.arranged else {
            return Vec::new();
        };
        let arrangement = &arranged.arrangement;
        let places = arrangement.within(self.part(a.min(b), a.max(b)), usize::MAX);
        let rows = places.unwrap_or_default().into_iter();
        rows.filter_map(|place| arrangement.order().get(place as usize).copied())
            .collect()
    }

    /// The rows whose middles lie inside of a line, in points of the area, that leads back to its beginning.
    #[must_use]
    pub fn rows_inside(&self, line: &[Vec2]) -> Vec<u32> {
        let corners = line.iter().copied();
        let (Some(min), Some(max)) = (corners.clone().reduce(Vec2::min), corners.reduce(Vec2::max))
        else {
            return Vec::new();
        };
        let is_inside = |row: &u32| {
            let cell = self.place_of(*row).and_then(|place| self.cell_of(place));
            cell.is_some_and(|cell| {
                let half = cell.side / 2.0;
                let middle = Vec2::new(cell.x + half, cell.y + half);
                encloses(line, self.camera.point_of(middle, self.area))
            })
        };
        let near = self.rows_within(min, max).into_iter();
        near.filter(is_inside).collect()
    }
}

/// Whether a point lies inside of a line that leads back to its beginning: a ray from it crosses the line
/// an odd number of times.
fn encloses(line: &[Vec2], at: Vec2) -> bool {
    let ends = line.iter().cycle().skip(1);
    let crossed = line.iter().zip(ends).filter(|(a, b)| {
        let between = (a.y > at.y) != (b.y > at.y);
        between && at.x < a.x + (at.y - a.y) / (b.y - a.y) * (b.x - a.x)
    });
    crossed.count() % 2 == 1
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
    fn what_lies_under_a_point_is_what_is_drawn_there() {
        let collection = collection();
        for place in 0..100 {
            let cell = collection
                .arranged
                .as_ref()
                .unwrap()
                .arrangement
                .cell_of(place)
                .unwrap();
            let middle = Vec2::new(cell.x + 0.5, cell.y + 0.5);
            let point = collection.camera.point_of(middle, collection.area);
            assert_eq!(collection.row_under(point), collection.row_at(place));
        }
        assert_eq!(collection.row_under(Vec2::splat(-50.0)), None);
        assert_eq!(
            collection.rows_within(Vec2::ZERO, collection.area).len(),
            100
        );
    }

    #[test]
    fn a_line_around_pictures_takes_those_inside_of_it() {
        let collection = collection();
        let middle = |place: usize| {
            let cell = collection.cell_of(place).unwrap();
            let at = Vec2::new(cell.x + 0.5, cell.y + 0.5);
            collection.camera.point_of(at, collection.area)
        };
        // A triangle over the upper left half of the ten lines of ten.
        let out = Vec2::splat(-8.0);
        let line = [
            middle(0) + out,
            middle(9) + Vec2::new(20.0, -8.0),
            middle(90) + Vec2::new(-8.0, 20.0),
        ];
        let inside = collection.rows_inside(&line);
        let want: Vec<u32> = (0..100).filter(|n| n % 10 + n / 10 <= 9).collect();
        assert_eq!(inside, want);
        // A line that turns in is out again.
        let around = [
            out,
            Vec2::new(600.0, -8.0),
            Vec2::splat(600.0),
            Vec2::new(-8.0, 600.0),
        ];
        assert_eq!(collection.rows_inside(&around).len(), 100);
        let bent: Vec<Vec2> = around.iter().copied().chain([middle(44) + 5.0]).collect();
        let rows = collection.rows_inside(&bent);
        assert!(rows.contains(&99) && rows.contains(&5) && !rows.contains(&40));
        assert!(collection.rows_inside(&[]).is_empty());
    }
}
