//! From rows and columns to finished cells: which versions, maps and pictures are missing, and
//! asking for them, what is in view first.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use super::compare_cell::{Drawn, Materials, Sketch, original_of};
use super::hang::CELL_SIDE;
use super::state::{Cell, CellKey, Explained, Models, ORIGINAL};
use super::ticked::texture_key;
use super::work::Work;
use crate::compare::robustness::settings;
use crate::compare::shape_bias::CueClass;
use crate::jobs::{ExplainJob, Jobs, Lane, Reporter, Slot, Urgency};
use crate::maps::painter::{Change, Painter};
use crate::progress::{Cancelled, Observer as _};
use crate::saliency::{ClassChoice, Explanation, Method};
use crate::stylize::shift::Shift;
use crate::ui::Session;
use crate::ui::library::Item;
use crate::ui::pictures::Pictures;

/// Longer side of the versions, in pixels. Larger pictures are shrunk first: networks see a few
/// hundred pixels, and the versions are all in memory.
pub const LONGEST_SIDE: u32 = 1024;

/// The first of the tab's slots, and how many there are.
const SLOTS: (u64, u64) = (1000, 99_000);

pub(super) fn visible_keys(models: &Models) -> HashSet<CellKey> {
    let (rows, columns) = models.visible.clone();
    let mut keys = HashSet::new();
    // The original stays in view while the others scroll.
    let original = models.versions.first().into_iter();
    for row in original.chain(models.versions.get(rows).unwrap_or_default()) {
        for column in models.columns.get(columns.clone()).unwrap_or_default() {
            keys.insert((row.key.clone(), column.model.clone()));
        }
    }
    keys
}

impl Work {
    /// Asks for the versions that are not there, those in view first.
    pub(super) fn make_versions(
        &mut self,
        models: &Models,
        painter: &Painter,
        pictures: &Pictures,
    ) {
        let Some(picture) = self.picture.clone() else {
            return;
        };
        for version in &models.versions {
            if version.picture.is_some() || !self.asked_versions.insert(version.key.clone()) {
                continue;
            }
            let texture = match &version.shift {
                Some(Shift::Painted(name, _)) => pictures
                    .library
                    .items()
                    .iter()
                    .find(|item| texture_key(item) == *name)
                    .and_then(Item::source),
                _ => None,
            };
            let change = version.shift.clone().map(|shift| Change {
                words: version.name.to_lowercase(),
                shift,
                texture,
            });
            let base = (picture.clone(), LONGEST_SIDE);
            let task = painter.make(&pictures.jobs, Urgency::Later, base, change);
            self.versions.insert(version.key.clone(), task);
        }
    }

    /// Asks for the maps that are not there, and brings those in view forward.
    pub(super) fn explain(
        &mut self,
        models: &mut Models,
        session: &Session,
        method: Method,
        jobs: &Jobs,
    ) {
        let mut wanted = Vec::new();
        for column in &models.columns {
            if column.broken.is_some() {
                continue;
            }
            for version in &models.versions {
                let key = (version.key.clone(), column.model.clone());
                let Some(picture) = &version.picture else {
                    continue;
                };
                if models.cells.contains_key(&key) {
                    continue;
                }
                let class = match (models.explained, version.key == ORIGINAL) {
                    (Explained::FirstAnswer, false) => match self.originals.get(&column.model) {
                        Some(first) => ClassChoice::Class(first.class.class),
                        None => continue,
                    },
                    _ => ClassChoice::Auto,
                };
                wanted.push((key, picture.clone(), class));
            }
        }
        let any = !wanted.is_empty();
        for (key, picture, class) in wanted {
            self.next_slot += 1;
            let slot = Slot(SLOTS.0 + self.next_slot % SLOTS.1);
            let job = ExplainJob {
                picture,
                model: key.1.clone(),
                request: session.question(method, class),
                on_stage: false,
            };
            let ticket = jobs.explain.submit_later(slot, job);
            self.slots.insert(slot, (key.clone(), ticket));
            models.cells.insert(key, Cell::Waiting);
        }
        let forward = self.in_view(models);
        if any || forward != self.forward {
            jobs.explain.bring_forward(&forward);
            self.forward = forward;
        }
    }

    /// The slots of the cells in view: column by column, since opening a model takes longest, the
    /// original of each first. Then the rest, in the same order.
    pub(super) fn in_view(&self, models: &Models) -> Vec<Slot> {
        let by_key: HashMap<&CellKey, Slot> = self
            .slots
            .iter()
            .map(|(slot, (key, _))| (key, *slot))
            .collect();
        let (rows, columns) = models.visible.clone();
        let mut slots = Vec::new();
        for column in models.columns.get(columns).unwrap_or_default() {
            let original = models.versions.first().into_iter();
            let visible = models.versions.get(rows.clone()).unwrap_or_default();
            for version in original.chain(visible) {
                let key = (version.key.clone(), column.model.clone());
                if let Some(slot) = by_key.get(&key)
                    && !slots.contains(slot)
                {
                    slots.push(*slot);
                }
            }
        }
        slots
    }

    /// Asks for the pictures of the cells in view and for the shares that another delta changed.
    pub(super) fn sketch(&mut self, models: &Models, scale: f32, jobs: &Jobs) {
        // In steps, so that a resized window does not draw every cell anew each frame.
        let side = ((models.shown_side * scale / 16.0).ceil() * 16.0) as u32;
        let side = side.min(CELL_SIDE);
        self.side = side;
        let visible = visible_keys(models);
        let mut stale = Vec::new();
        for (key, cell) in &models.cells {
            let Cell::Done(finding) = cell else {
                continue;
            };
            let delta = models.delta_of(&key.1);
            let seen = visible.contains(key);
            let drawn = || self.gallery.shows(key) == Some((delta, side));
            if (seen && !drawn()) || finding.delta != delta {
                stale.push((key.clone(), delta, seen.then_some(side)));
            }
        }
        let fresh = |(key, delta, side): &(CellKey, u8, Option<u32>)| {
            self.sketching.get(key) != Some(&(*delta, *side))
        };
        if !stale.iter().any(fresh) {
            return;
        }
        // Pictures before shares.
        stale.sort_by_key(|(_, _, side)| side.is_none());
        self.sketching.clear();
        let mut sketches = Vec::new();
        for (key, delta, side) in stale {
            let map = |key: &CellKey| match models.cells.get(key) {
                Some(Cell::Done(finding)) => Some(finding.map.clone()),
                _ => None,
            };
            if let (Some(mine), Some(original)) = (map(&key), map(&original_of(&key))) {
                self.sketching.insert(key.clone(), (delta, side));
                sketches.push(Sketch {
                    key,
                    maps: [mine, original],
                    delta,
                    side,
                });
            }
        }
        if !sketches.is_empty() {
            let kit = self.kit.clone();
            let work = move |reporter: &Reporter<'_, Drawn>| {
                for wanted in sketches {
                    reporter.check()?;
                    let drawn = kit
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .draw(wanted);
                    if let Some(drawn) = drawn {
                        reporter.report(drawn);
                    }
                }
                Ok::<_, Cancelled>(())
            };
            self.drawing = Some(jobs.run(Lane::Figures, Urgency::Now, work));
        }
    }

    /// A map came: it is compared with the original's, or waits for that.
    pub(super) fn explained(
        &mut self,
        models: &Models,
        key: CellKey,
        explanation: &Arc<Explanation>,
        jobs: &Jobs,
    ) {
        if key.0 == ORIGINAL {
            self.originals.insert(key.1.clone(), explanation.clone());
            let early: Vec<CellKey> = self
                .early
                .keys()
                .filter(|early| early.1 == key.1)
                .cloned()
                .collect();
            self.count(models, key, explanation, jobs);
            for key in early {
                if let Some(explanation) = self.early.remove(&key) {
                    self.count(models, key, &explanation, jobs);
                }
            }
        } else if self.originals.contains_key(&key.1) {
            self.count(models, key, explanation, jobs);
        } else {
            self.early.insert(key, explanation.clone());
        }
    }

    fn count(&mut self, models: &Models, key: CellKey, version: &Arc<Explanation>, jobs: &Jobs) {
        let (Some(original), Some(picture), Some((asked, _))) =
            (self.originals.get(&key.1), &self.picture, &self.basis)
        else {
            return;
        };
        let shape = original
            .predictions
            .first()
            .and_then(|first| CueClass::of_imagenet(first.class));
        let Some(row) = models.versions.iter().find(|v| v.key == key.0) else {
            return;
        };
        let texture = match &row.shift {
            Some(Shift::Painted(name, _)) => texture_class(name),
            _ => None,
        };
        let materials = Materials {
            file: self
                .files
                .get(&key.1)
                .map_or_else(PathBuf::new, |(path, _)| path.clone()),
            picture: (models.picture_name.clone(), picture.sha256.clone()),
            settings: settings(asked),
            original: original.clone(),
            version: version.clone(),
            delta: models.delta_of(&key.1),
            cues: shape.zip(texture),
            side: visible_keys(models).contains(&key).then_some(self.side),
            key,
        };
        if materials.side.is_some() {
            let comes = (materials.delta, materials.side);
            self.sketching.insert(materials.key.clone(), comes);
        }
        // Not behind the cells that are waiting: a person looks at this one.
        let urgency = match materials.side {
            Some(_) => Urgency::Now,
            None => Urgency::Later,
        };
        let (kit, key) = (self.kit.clone(), materials.key.clone());
        let worker = jobs.work().clone();
        let work = move |_: &Reporter<'_>| {
            let identity = || {
                let classifier = worker.classifier(&materials.key.1).ok()?;
                classifier.identity().ok()
            };
            let mut kit = kit.lock().unwrap_or_else(PoisonError::into_inner);
            kit.compare(&materials, &identity)
        };
        self.comparing
            .insert(key, jobs.run(Lane::Figures, urgency, work));
    }
}

/// The one of the 16 classes that a texture's name says, such as "elephant skin" or "clock".
fn texture_class(name: &str) -> Option<CueClass> {
    let stem = Path::new(name)
        .file_stem()?
        .to_string_lossy()
        .to_lowercase();
    CueClass::ALL.into_iter().find(|class| {
        stem.split(|c: char| !c.is_alphabetic())
            .any(|w| w == class.name())
    })
}
