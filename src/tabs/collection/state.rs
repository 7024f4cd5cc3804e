//! What the tab knows: plain data, drawn by the panels and changed by the systems.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use bevy::math::Vec2;
use bevy::prelude::Resource;

use super::alike::LaidOut;
use super::arranged::Arranged;
use super::ask::Sought;
use super::choices::{Choices, Found};
use super::full_maps::Closer;
use super::indexing::Phase;
use super::select::Select;
use super::snapshot::Snapshot;
use super::way::Seen;
use crate::collection::arrange::Place;
use crate::collection::sheet::Camera;
use crate::collection::{Bits, Key, PLACES, Progress};
use crate::ui::widgets::Overlay;

/// How long pictures take to their new places, in seconds.
pub const CHANGE_SECS: f64 = 0.35;

/// What is said after the name of a picture whose file is another one now.
const CHANGED: &str = ", changed since it was looked at";

/// What is in the middle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Nothing is there yet.
    Opening(String),
    /// Pictures are.
    Ready,
    /// It could not be opened: what happened and what to do.
    Failed(String),
}

/// How far the work in the background is.
#[derive(Debug, Clone, PartialEq)]
pub struct Working {
    /// What it does.
    pub phase: Phase,
    /// How far that is.
    pub progress: Progress,
    /// Whether it rests.
    pub paused: bool,
    /// The network that is asked.
    pub model: Option<String>,
}

/// What a drag with the first button does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Drag {
    /// It moves the sheet.
    #[default]
    Moves,
    /// It draws a frame around what is to be chosen.
    Chooses,
}

/// Pictures on their way to new places.
#[derive(Debug, Clone)]
pub struct Change {
    /// Where they were.
    pub from: Arc<Arranged>,
    /// How that was seen.
    pub camera: Camera,
    /// When it began, in egui's seconds; none before the first frame.
    pub began: Option<f64>,
}

/// The tab's state.
#[derive(Resource, Debug)]
pub struct Collection {
    /// What is in the middle.
    pub status: Status,
    /// What was opened before, the latest first, in this run and others.
    pub recent: Vec<String>,
    /// What was opened and is not remembered yet.
    pub opened: Vec<PathBuf>,
    /// The pictures.
    pub snapshot: Arc<Snapshot>,
    /// Where they lie; none before the first frame.
    pub arranged: Option<Arc<Arranged>>,
    /// Grows when they lie otherwise.
    pub arranged_version: u64,
    /// How they are ordered, grouped and filtered.
    pub choices: Choices,
    /// What of the sheet is seen.
    pub camera: Camera,
    /// Size of the area in points, as it was drawn last.
    pub area: Vec2,
    /// Where the area begins in the window, in points.
    pub rect: Vec2,
    /// Whether the right side was there when the area was taken last.
    pub(super) beside: bool,
    /// Whether the whole sheet is seen, and stays so when it grows or the window does.
    pub fitted: bool,
    /// Pictures that are moving.
    pub change: Option<Change>,
    /// Whether pictures in view are on their way to the device.
    pub reading: bool,
    /// How many of the pictures that are seen from near have their whole map; none while none are.
    pub closer: Option<Closer>,
    /// Rows whose files are others now than were looked at, with the content that was.
    pub changed: HashMap<u32, Key>,
    /// The row that the keyboard is on.
    pub focused: Option<u32>,
    /// The rows that are chosen.
    pub selected: Bits,
    /// The two that were chosen before the last click.
    pub(super) pair: Option<[u32; 2]>,
    /// Where a range of rows begins.
    pub anchor: Option<u32>,
    /// Grows with every other choice of rows.
    pub selection_version: u64,
    /// The mean of the maps of what is chosen, each place 0 to 255, and of how many.
    pub average: Option<(Box<[f32; PLACES]>, usize)>,
    /// How maps lie over the pictures.
    pub overlay: Overlay,
    /// What a drag does.
    pub drag: Drag,
    /// The frame that is being drawn, in points of the area: where it began and where it is.
    pub frame: Option<(Vec2, Vec2)>,
    /// The way of the pointer, in points of the area, around what is to be chosen where pictures lie in no
    /// lines; empty while none is drawn.
    pub lasso: Vec<Vec2>,
    /// What is done in the background.
    pub working: Option<Working>,
    /// What was seen before.
    pub(super) back: Vec<Seen>,
    /// The choices that are shown, and of what kind the last change of them was.
    pub(super) last: (Choices, u8),
    /// The name of the network that is another one now than answered here.
    pub outdated: Option<String>,
    /// The network that can be asked, as the bar on top has it.
    pub network: Option<String>,
    /// Where pictures are by likeness, as far as that is known.
    pub laid_out: Option<LaidOut>,
    /// What is looked for in the background.
    pub looking: Option<String>,
    /// What is shown alone once it is there.
    pub sought: Option<Sought>,
    /// What is written in the fields.
    pub fields: Fields,
    /// The names of the saved selections.
    pub saved: Vec<String>,
}

/// What is written in the fields of the panels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    /// A filter.
    pub filter: String,
    /// What is wrong with it.
    pub wrong: Option<String>,
    /// A name or number to go to.
    pub jump: String,
    /// The name under which what is chosen is saved.
    pub name: String,
}

impl Default for Collection {
    fn default() -> Self {
        Self {
            status: Status::Opening("Drawing pictures...".to_owned()),
            recent: Vec::new(),
            opened: Vec::new(),
            snapshot: Arc::new(Snapshot::demo(0, 0)),
            arranged: None,
            arranged_version: 0,
            choices: Choices::default(),
            camera: Camera::default(),
            area: Vec2::ZERO,
            rect: Vec2::ZERO,
            beside: false,
            fitted: true,
            change: None,
            reading: false,
            closer: None,
            changed: HashMap::new(),
            focused: None,
            selected: Bits::none(0),
            pair: None,
            anchor: None,
            selection_version: 0,
            average: None,
            overlay: Overlay {
                opacity: 60.0,
                ..Overlay::default()
            },
            drag: Drag::Moves,
            frame: None,
            lasso: Vec::new(),
            working: None,
            back: Vec::new(),
            last: (Choices::default(), 0),
            outdated: None,
            network: None,
            laid_out: None,
            looking: None,
            sought: None,
            fields: Fields::default(),
            saved: Vec::new(),
        }
    }
}

impl Collection {
    /// Cells across and down.
    #[must_use]
    pub fn cells(&self) -> Vec2 {
        self.arranged.as_ref().map_or(Vec2::ONE, |arranged| {
            let [wide, high] = arranged.arrangement.size();
            Vec2::new(wide as f32, high as f32)
        })
    }

    /// What is to be told of the network that is shown, where it is another one by now.
    #[must_use]
    pub fn outdated(&self) -> Option<String> {
        let shown = self.snapshot.view.as_ref()?;
        let name = self.outdated.as_ref().filter(|name| **name == shown.name)?;
        Some(format!(
            "{name} is another network now. What is shown is what it said and saw before: ask it again."
        ))
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

    /// One line about a row: its name, what the network says of it, and whether the file is another one by
    /// now.
    #[must_use]
    pub fn about(&self, row: u32) -> String {
        let mut words = super::words::about(&self.snapshot, row);
        if self.changed.contains_key(&row) {
            words.push_str(CHANGED);
        }
        words
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

    /// Takes another collection, or what more is known of this one.
    pub fn take(&mut self, snapshot: Arc<Snapshot>) {
        let old = std::mem::replace(&mut self.snapshot, snapshot);
        let same = old.rows.len() == self.snapshot.rows.len()
            && old
                .rows
                .iter()
                .zip(&self.snapshot.rows)
                .all(|(a, b)| a.path == b.path);
        if !same {
            let moved = |row: u32| {
                let known = old.rows.get(row as usize)?;
                self.snapshot.find(&known.path)
            };
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

    #[test]
    fn a_choice_stays_with_its_files_when_others_come() {
        let mut collection = collection();
        let name = collection.snapshot.rows[40].name();
        collection.select(Select::Only(40));
        collection.take(Arc::new(Snapshot::demo(180, 3)));
        let chosen = collection.chosen();
        assert_eq!(chosen.len(), 1);
        assert_eq!(collection.snapshot.rows[chosen[0] as usize].name(), name);
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
