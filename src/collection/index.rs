//! An index in memory: rows by their paths, facts by their contents.

use std::path::{Path, PathBuf};

use super::facts::{Answer, MapFact, PictureFact, TILES};
use super::manifest::{Manifest, Marks};
use super::pack::{HEADER, Kind, Record, open, scan};
use super::parts::{What, thumbnails_pack};
use super::row::{GONE, Row};
use super::{ByKey, CollectionError, Figures, Key};
use crate::collection::coarse_map::CoarseMap;
use crate::picture::natural_order;

/// Of a map: what is sorted and filtered by, and where the map itself lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapPlace {
    /// The class that is explained; [`super::NO_CLASS`] where there is no map.
    pub class: u32,
    /// What the map comes to.
    pub figures: Figures,
    /// Where its record begins; 0 where nothing is known.
    pub(crate) offset: u64,
}

impl MapPlace {
    const MISSING: Self = Self {
        class: super::NO_CLASS,
        figures: Figures {
            centre_x: f32::NAN,
            centre_y: f32::NAN,
            spread: f32::NAN,
            border: f32::NAN,
            blobs: 0.0,
        },
        offset: 0,
    };

    /// Whether it was computed, also if there is none.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.offset > 0
    }
}

/// The facts of one network, by the numbers of contents.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelFacts {
    pub(crate) answers: Vec<Answer>,
    /// One list a method, as in the manifest.
    pub(crate) maps: Vec<Vec<MapPlace>>,
}

impl ModelFacts {
    /// What it says of a content.
    #[must_use]
    pub fn answer(&self, content: u32) -> Option<&Answer> {
        self.answers.get(content as usize).filter(|a| a.is_known())
    }

    /// Where it looked, by the method's place in the manifest.
    #[must_use]
    pub fn map(&self, method: usize, content: u32) -> Option<&MapPlace> {
        let maps = self.maps.get(method)?;
        maps.get(content as usize).filter(|map| map.is_known())
    }
}

/// An index as it was read.
#[derive(Debug, Clone, Default)]
pub struct Index {
    pub(crate) folder: PathBuf,
    /// What it says of itself.
    pub manifest: Manifest,
    pub(crate) rows: Vec<Option<Row>>,
    row_numbers: ByKey<u32>,
    contents: Vec<Key>,
    content_numbers: ByKey<u32>,
    pictures: Vec<PictureFact>,
    pub(crate) models: Vec<ModelFacts>,
    /// Places in its packs where there is no whole record.
    pub(crate) damaged: u64,
}

impl Index {
    /// Reads the index in a folder, which another run may be writing: what that has not finished is
    /// left out.
    ///
    /// # Errors
    /// When there is none or it cannot be read.
    pub fn read(folder: &Path) -> Result<Self, CollectionError> {
        let manifest = Manifest::read(folder)?;
        let marks = Marks::read(folder);
        let mut index = Self::empty(folder, manifest);
        for part in index.parts() {
            let path = folder.join(&part.name);
            let mut bytes = HEADER;
            if let Some(file) = open(&path, part.kind)? {
                if part.is_read {
                    let mark = marks.of(&part.name);
                    let found = scan(&file, part.kind, 0, mark, &mut |record| {
                        index.take(part.what, record);
                    });
                    index.damaged += found.map_err(CollectionError::io(&path))?.damaged;
                }
                let about = file.metadata().map_err(CollectionError::io(&path))?;
                bytes = about.len();
            }
            index.check_places(part.what, bytes);
        }
        // Whether each record is whole is left to whoever writes, or verifies: that reads all of them.
        let lengths = (0..).map_while(|n| {
            let about = std::fs::metadata(folder.join(thumbnails_pack(n))).ok()?;
            Some(about.len())
        });
        index.check_thumbnails(&lengths.collect::<Vec<_>>());
        Ok(index)
    }

    /// Nothing is known yet.
    pub(crate) fn empty(folder: &Path, manifest: Manifest) -> Self {
        let models = manifest.models.iter().map(|model| ModelFacts {
            maps: vec![Vec::new(); model.maps.len()],
            ..ModelFacts::default()
        });
        Self {
            folder: folder.to_owned(),
            models: models.collect(),
            manifest,
            ..Self::default()
        }
    }

    /// The folder it lies in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The rows whose files were there when the source was last looked at, in no order.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().flatten()
    }

    /// The rows in the order in which people count their paths, as columns and sheets have them.
    #[must_use]
    pub fn rows_in_order(&self) -> Vec<&Row> {
        let mut rows: Vec<&Row> = self.rows().collect();
        // They were listed in that order, so that this has little to do.
        rows.sort_by(|a, b| natural_order(&a.place(), &b.place()));
        rows
    }

    /// The contents of rows: `None` for those that were not read.
    #[must_use]
    pub fn contents_of(&self, rows: &[&Row]) -> Vec<Option<u32>> {
        let content = |row: &&Row| row.content().and_then(|content| self.content(content));
        rows.iter().map(content).collect()
    }

    /// The row of a path.
    #[must_use]
    pub fn row(&self, path: Key) -> Option<&Row> {
        let number = *self.row_numbers.get(&path)?;
        self.rows.get(number as usize)?.as_ref()
    }

    /// The number of a content, by which facts are found.
    #[must_use]
    pub fn content(&self, key: Key) -> Option<u32> {
        self.content_numbers.get(&key).copied()
    }

    /// All contents that anything is known of, in the order of their numbers.
    pub(crate) fn contents(&self) -> &[Key] {
        &self.contents
    }

    /// How a content looks.
    #[must_use]
    pub fn picture(&self, content: u32) -> Option<&PictureFact> {
        let picture = self.pictures.get(content as usize);
        picture.filter(|picture| picture.is_known())
    }

    /// The facts of each network, as in the manifest.
    #[must_use]
    pub fn models(&self) -> &[ModelFacts] {
        &self.models
    }

    /// Takes a record up; of two with the same key the later counts.
    pub(crate) fn take(&mut self, what: What, record: Record<'_>) {
        match what {
            What::Rows if record.payload == GONE => self.forget_row(record.key),
            What::Rows => {
                if let Some(row) = Row::decode(record.payload) {
                    self.set_row(row);
                }
            }
            What::Pictures => {
                if let Some(picture) = PictureFact::decode(record.payload) {
                    self.set_picture(record.key, picture);
                }
            }
            What::Answers(model) => {
                if let Some(answer) = Answer::decode(record.payload) {
                    self.set_answer(model, record.key, answer);
                }
            }
            What::Maps(model, method) => {
                if let Some(map) = MapFact::decode(record.payload) {
                    let place = MapPlace {
                        class: map.class,
                        figures: map.figures,
                        offset: record.offset,
                    };
                    self.set_map((model, method), record.key, place);
                }
            }
            What::Tiles | What::Embeddings(_) => {}
        }
    }

    /// Forgets facts that refer to more bytes of a pack than there are.
    pub(crate) fn check_places(&mut self, what: What, bytes: u64) {
        let records = |kind: Kind| {
            let each = kind.record(kind.payload.unwrap_or(0)) as u64;
            bytes.saturating_sub(HEADER) / each.max(1)
        };
        match what {
            What::Tiles => {
                let there = records(TILES);
                for picture in &mut self.pictures {
                    if u64::from(picture.tile) >= there {
                        *picture = PictureFact::MISSING;
                    }
                }
            }
            What::Embeddings(model) => {
                let entry = self.manifest.models.get(model);
                let there = entry.map_or(0, |entry| records(entry.embeddings_kind()));
                let facts = self.models.get_mut(model);
                for answer in facts.into_iter().flat_map(|facts| &mut facts.answers) {
                    let failed = answer.embedding == Answer::FAILED.embedding;
                    if !failed && u64::from(answer.embedding) >= there {
                        *answer = Answer::MISSING;
                    }
                }
            }
            _ => {}
        }
    }

    /// Forgets pictures whose thumbnails are not there; `lengths` are the bytes of their packs.
    pub(crate) fn check_thumbnails(&mut self, lengths: &[u64]) {
        for picture in &mut self.pictures {
            let there = lengths.get(picture.pack as usize).copied().unwrap_or(0);
            let record = super::facts::THUMBNAILS.record(picture.length as usize) as u64;
            if picture.offset.saturating_add(record) > there {
                *picture = PictureFact::MISSING;
            }
        }
    }

    /// Forgets facts that refer to records other than those that are whole; `whole` says of each
    /// number whether it is.
    pub(crate) fn keep_whole(&mut self, what: What, whole: &[bool]) {
        let is_whole = |number: u32| whole.get(number as usize).copied().unwrap_or(false);
        match what {
            What::Tiles => {
                let pictures = self.pictures.iter_mut();
                for picture in pictures.filter(|picture| !is_whole(picture.tile)) {
                    *picture = PictureFact::MISSING;
                }
            }
            What::Embeddings(model) => {
                let facts = self.models.get_mut(model).into_iter();
                for answer in facts.flat_map(|facts| &mut facts.answers) {
                    let failed = answer.embedding == Answer::FAILED.embedding;
                    if !failed && !is_whole(answer.embedding) {
                        *answer = Answer::MISSING;
                    }
                }
            }
            _ => {}
        }
    }

    /// Forgets pictures whose thumbnails are not whole; `whole` are the places of those that are, in
    /// order, of each pack.
    pub(crate) fn keep_whole_thumbnails(&mut self, whole: &[Vec<u64>]) {
        for picture in &mut self.pictures {
            let places = whole.get(picture.pack as usize);
            let found = places.is_some_and(|places| places.binary_search(&picture.offset).is_ok());
            if !found {
                *picture = PictureFact::MISSING;
            }
        }
    }

    pub(crate) fn set_row(&mut self, row: Row) {
        let next = self.rows.len() as u32;
        let number = *self.row_numbers.entry(row.key()).or_insert(next);
        if number == next {
            self.rows.push(Some(row));
        } else if let Some(known) = self.rows.get_mut(number as usize) {
            *known = Some(row);
        }
    }

    pub(crate) fn forget_row(&mut self, path: Key) {
        let number = self.row_numbers.get(&path);
        if let Some(row) = number.and_then(|&number| self.rows.get_mut(number as usize)) {
            *row = None;
        }
    }

    /// The number of a content, given out now where it is new.
    pub(crate) fn number(&mut self, content: Key) -> u32 {
        let next = self.contents.len() as u32;
        let number = *self.content_numbers.entry(content).or_insert(next);
        if number == next {
            self.contents.push(content);
        }
        number
    }

    pub(crate) fn set_picture(&mut self, content: Key, picture: PictureFact) {
        let number = self.number(content);
        put(&mut self.pictures, number, picture, PictureFact::MISSING);
    }

    pub(crate) fn set_answer(&mut self, model: usize, content: Key, answer: Answer) {
        let number = self.number(content);
        if let Some(facts) = self.models.get_mut(model) {
            put(&mut facts.answers, number, answer, Answer::MISSING);
        }
    }

    pub(crate) fn set_map(&mut self, at: (usize, usize), content: Key, map: MapPlace) {
        let number = self.number(content);
        let facts = self.models.get_mut(at.0);
        if let Some(maps) = facts.and_then(|facts| facts.maps.get_mut(at.1)) {
            put(maps, number, map, MapPlace::MISSING);
        }
    }

    /// Takes the rows out, in their order: what is known of contents stays.
    #[must_use]
    pub fn take_rows(&mut self) -> Vec<Row> {
        self.row_numbers = ByKey::default();
        let mut rows: Vec<Row> = std::mem::take(&mut self.rows)
            .into_iter()
            .flatten()
            .collect();
        rows.sort_by(|a, b| natural_order(&a.place(), &b.place()));
        rows
    }

    /// Takes what a network says of each content; see [`Answer::is_known`].
    #[must_use]
    pub fn take_answers(&mut self, model: usize) -> Vec<Answer> {
        let facts = self.models.get_mut(model);
        let mut answers = facts.map(|facts| std::mem::take(&mut facts.answers));
        answers.iter_mut().for_each(Vec::shrink_to_fit);
        answers.unwrap_or_default()
    }

    /// How each content looks, by their numbers; see [`PictureFact::is_known`].
    #[must_use]
    pub fn into_pictures(self) -> Vec<PictureFact> {
        let mut pictures = self.pictures;
        pictures.shrink_to_fit();
        pictures
    }

    /// The maps of one network and method, by the numbers of contents: all are read.
    ///
    /// # Errors
    /// When the pack cannot be read.
    pub fn read_maps(
        &self,
        model: usize,
        method: usize,
    ) -> Result<Vec<CoarseMap>, CollectionError> {
        let wanted = What::Maps(model, method);
        let mut maps = vec![CoarseMap::default(); self.contents.len()];
        for part in self.parts().into_iter().filter(|part| part.what == wanted) {
            let path = self.folder.join(&part.name);
            let Some(file) = open(&path, part.kind)? else {
                continue;
            };
            scan(&file, part.kind, 0, u64::MAX, &mut |record| {
                let number = self.content(record.key);
                let known = number.and_then(|n| self.models.get(model)?.map(method, n));
                if known.is_some_and(|known| known.offset == record.offset)
                    && let Some(map) = MapFact::decode(record.payload)
                    && let Some(to) = number.and_then(|n| maps.get_mut(n as usize))
                {
                    *to = map.map;
                }
            })
            .map_err(CollectionError::io(&path))?;
        }
        Ok(maps)
    }
}

/// Sets a fact; a later record stands for what could not be used of an earlier one.
fn put<T: Clone>(facts: &mut Vec<T>, number: u32, fact: T, missing: T) {
    let number = number as usize;
    if facts.len() <= number {
        facts.resize(number + 1, missing);
    }
    if let Some(known) = facts.get_mut(number) {
        *known = fact;
    }
}
