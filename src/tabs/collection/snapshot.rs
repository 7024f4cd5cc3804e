//! What is known of a collection at one moment: read in the background, never changed afterwards.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use image::imageops;

use super::model_view::ModelView;
use super::reading::{Original, Reader};
use crate::collection::sheet::Patch;
use crate::collection::{
    Answer, Bits, COLOURS, CoarseMap, CollectionError, Column, Columns, FilterError, GivenLabels,
    Index, Key, Looks, Names, PictureFact, Row, Rows, Selections, Source, State, Term, Values,
    agreement_column, columns_of, demo, parse_filter,
};

/// How much is read of an index.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Extent {
    /// What is in it.
    #[default]
    Usual,
    /// Also how far the maps of two networks agree.
    Agreement,
}

/// The name of the column of how far two networks' maps agree, -1 to 1.
#[must_use]
pub fn looks_as(first: &str, second: &str) -> String {
    format!("{first} looks as {second}")
}

/// Why nothing is saved or compared.
pub const NO_INDEX: &str =
    "Nothing is known of made-up pictures yet; let a network look at them first.";

/// Made-up pictures that the first visit shows.
pub const DEMO: Source = Source::Demo {
    count: 2000,
    seed: 7,
};

/// Who says what pictures are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelsFrom {
    /// A table beside them.
    Table,
    /// The names of the folders that they lie in.
    Folders,
    /// Their archive, or whoever made them up.
    Source,
}

/// The number of no content.
const NOTHING: u32 = u32::MAX;

/// Where what stands for the pictures is read.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    /// Nowhere: they are made up.
    Demo(u64),
    /// In the index in that folder.
    Index(PathBuf),
}

/// A collection at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// What it is called.
    pub title: String,
    origin: Origin,
    /// The folder, list or archive; `None` for made-up pictures.
    pub source: Option<PathBuf>,
    /// The files in the order in which people count their paths.
    pub rows: Rows,
    /// The number of each row's content; [`NOTHING`] where nothing is known of it.
    contents: Vec<u32>,
    /// How each content looks.
    pictures: Vec<PictureFact>,
    /// Everything that can be sorted and filtered by.
    pub columns: Columns,
    /// Names of the networks that were asked.
    pub models: Vec<String>,
    /// Whether the last two of them have made maps, which can be compared.
    pub can_agree: bool,
    /// The one that is shown.
    pub view: Option<ModelView>,
    /// Who says what they are of.
    pub labels_from: LabelsFrom,
    /// The names of the saved selections.
    pub saved: Vec<String>,
    /// The names of all, made when they are searched first.
    names: OnceLock<Names>,
}

impl Snapshot {
    /// Made-up pictures, known without an index.
    #[must_use]
    pub fn demo(count: u32, seed: u64) -> Self {
        let made = |n: u32| {
            let path = demo::path(seed, n).into_bytes();
            let picture = demo::picture(seed, n);
            let small = imageops::thumbnail(&picture, COLOURS as u32, COLOURS as u32);
            let mut fact = PictureFact {
                width: demo::WIDTH,
                height: demo::HEIGHT,
                ..PictureFact::MISSING
            };
            for (to, from) in fact.colours.iter_mut().zip(small.pixels()) {
                *to = from.0;
            }
            // Its number is found again where it is drawn.
            fact.tile = n;
            let key = Key::of_path(&path);
            let row = Row {
                path: path.into(),
                size: 0,
                modified: 0,
                label: None,
                state: State::Read(key),
            };
            (row, fact)
        };
        let mut made: Vec<_> = (0..count).map(made).collect();
        // Their numbers have the same number of digits.
        made.sort_by(|(a, _), (b, _)| a.path.cmp(&b.path));
        let labels = made
            .iter()
            .map(|(_, fact)| demo::class(seed, fact.tile) as u16);
        let labels = Values::Words(labels.collect());
        let mut columns = Columns::new(made.len());
        // It has a value a row.
        let _ = columns.add(Column {
            name: "label".to_owned(),
            words: demo::CLASSES.map(str::to_owned).to_vec(),
            values: labels,
        });
        let rows = Rows::of(made.iter().map(|(row, _)| row));
        let pictures: Vec<PictureFact> = made.into_iter().map(|(_, fact)| fact).collect();
        Self {
            title: made_up(count),
            origin: Origin::Demo(seed),
            source: None,
            rows,
            contents: (0..pictures.len() as u32).collect(),
            pictures,
            columns,
            models: Vec::new(),
            can_agree: false,
            view: None,
            labels_from: LabelsFrom::Source,
            saved: Vec::new(),
            names: OnceLock::new(),
        }
    }

    /// The index in a folder, as the network `wanted` sees it (else the last one).
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(folder: &Path, wanted: Option<&str>) -> Result<Self, CollectionError> {
        Self::read_with(folder, wanted, Extent::Usual)
    }

    /// As [`Self::read`]; with a column of how far the maps of the last two networks agree, where both have
    /// made some.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read_with(
        folder: &Path,
        wanted: Option<&str>,
        extent: Extent,
    ) -> Result<Self, CollectionError> {
        let mut index = Index::read(folder)?;
        let read = index.take_rows();
        let in_order: Vec<&Row> = read.iter().collect();
        let contents = index.contents_of(&in_order);
        let models = index.manifest.names();
        let chosen = wanted.and_then(|wanted| models.iter().position(|name| name == wanted));
        let chosen = chosen.or(models.len().checked_sub(1));
        let given = GivenLabels::of_source(index.manifest.source.as_deref());
        let folder_of = index.manifest.source.as_deref();
        let labels_from = match (&given, folder_of.is_some_and(Path::is_dir)) {
            (Some(_), _) => LabelsFrom::Table,
            (None, true) => LabelsFrom::Folders,
            (None, false) => LabelsFrom::Source,
        };
        let mut columns = columns_of(&index, &in_order, &given.unwrap_or_default());
        let rows = Rows::of(in_order);
        drop(read);
        let second = models.len().checked_sub(1);
        let pair = second.and_then(|second| Some((second.checked_sub(1)?, second)));
        let mapped = |model: usize| {
            let entry = index.manifest.models.get(model);
            entry.is_some_and(|entry| !entry.maps.is_empty())
        };
        let pair = pair.filter(|(first, second)| mapped(*first) && mapped(*second));
        if let (Some((first, second)), [.., a, b]) =
            (pair.filter(|_| extent == Extent::Agreement), &models[..])
        {
            let maps = [index.read_maps(first, 0)?, index.read_maps(second, 0)?];
            let name = looks_as(a, b);
            let column = agreement_column(&name, &contents, [&maps[0], &maps[1]]);
            // It has a value a row.
            let _ = columns.add(column);
        }
        let view = chosen.map(|at| ModelView::read(&mut index, at, &contents, &columns));
        let view = view.transpose()?.flatten();
        let source = index.manifest.source.clone();
        let title = match source.as_deref() {
            Some(source) => source.file_name().map_or_else(
                || source.display().to_string(),
                |name| name.to_string_lossy().into_owned(),
            ),
            None => made_up(rows.len() as u32),
        };
        Ok(Self {
            title,
            origin: Origin::Index(folder.to_owned()),
            source,
            rows,
            contents: contents.into_iter().map(|n| n.unwrap_or(NOTHING)).collect(),
            pictures: index.into_pictures(),
            columns,
            can_agree: pair.is_some(),
            models,
            view,
            labels_from,
            saved: Selections::of(folder).names().unwrap_or_default(),
            names: OnceLock::new(),
        })
    }

    /// The index it was read from.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        match &self.origin {
            Origin::Demo(_) => None,
            Origin::Index(folder) => Some(folder),
        }
    }

    /// How a row's picture looks: its content and what is known of it.
    #[must_use]
    pub fn picture(&self, row: u32) -> Option<(Key, &PictureFact)> {
        let fact = self.pictures.get(self.content(row)?)?;
        let key = self.rows.content(row).filter(|_| fact.is_known())?;
        Some((key, fact))
    }

    /// The number of a row's content.
    fn content(&self, row: u32) -> Option<usize> {
        let content = *self.contents.get(row as usize)?;
        (content != NOTHING).then_some(content as usize)
    }

    /// Width by height of a row's picture.
    #[must_use]
    pub fn aspect(&self, row: u32) -> f32 {
        self.picture(row).map_or(1.0, |(_, fact)| {
            fact.width as f32 / fact.height.max(1) as f32
        })
    }

    /// Where the network looked, and how much of the picture that covers.
    #[must_use]
    pub fn map(&self, row: u32) -> Option<(&CoarseMap, [f32; 2])> {
        let view = self.view.as_ref()?;
        let content = self.content(row)?;
        let map = view.maps.get(content)?;
        if !view.mapped.contains(content) {
            return None;
        }
        let size = self.picture(row).map(|(_, fact)| [fact.width, fact.height]);
        Some((map, size.map_or([1.0; 2], |size| view.region(size))))
    }

    /// How many rows have a map.
    #[must_use]
    pub fn maps(&self) -> usize {
        self.view.as_ref().map_or(0, |view| view.rows_mapped)
    }

    /// The row as it is baked into a mosaic.
    #[must_use]
    pub fn patch(&self, row: u32) -> Option<Patch<'_>> {
        /// What cannot be read, or was not yet.
        const GRAY: [[u8; 3]; COLOURS * COLOURS] = [[150, 156, 163]; COLOURS * COLOURS];
        let picture = self.picture(row);
        self.rows.path(row)?;
        Some(Patch {
            colours: picture.map_or(&GRAY, |(_, fact)| &fact.colours),
            aspect: self.aspect(row),
            map: self.map(row),
        })
    }

    /// Why a row has no picture, in words; `None` where it has one.
    #[must_use]
    pub fn trouble(&self, row: u32) -> Option<&str> {
        let waits = self.rows.is_waiting(row).then_some("it was not read yet");
        self.rows.trouble(row).or(waits)
    }

    /// Rows whose files cannot be read.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.rows.troubled()
    }

    /// Rows that have a picture.
    #[must_use]
    pub fn seen(&self) -> usize {
        let rows = 0..self.rows.len() as u32;
        rows.filter(|&row| self.picture(row).is_some()).count()
    }

    /// What the network says of a row.
    #[must_use]
    pub fn answer(&self, row: u32) -> Option<&Answer> {
        let answer = self.view.as_ref()?.answers.get(self.content(row)?)?;
        answer.class().map(|_| answer)
    }

    /// Whether a network has said something of a row, or was found unable to.
    #[must_use]
    pub fn is_answered(&self, model: &str, row: u32) -> bool {
        let view = self.view.as_ref().filter(|view| view.id == model);
        let answer = view.and_then(|view| view.answers.get(self.content(row)?));
        answer.is_some_and(Answer::is_known)
    }

    /// What a class of the shown network is called.
    #[must_use]
    pub fn class_name(&self, class: u32) -> String {
        let classes = self.view.as_ref().map(|view| &view.classes);
        let name = classes.and_then(|classes| classes.get(class as usize));
        name.cloned().unwrap_or_else(|| format!("class {class}"))
    }

    /// The word that a row has in a column.
    #[must_use]
    pub fn word(&self, column: &str, row: u32) -> Option<&str> {
        self.word_in(self.columns.find(column)?, row)
    }

    /// The word that a row has in a column, by the column's place.
    #[must_use]
    pub fn word_in(&self, column: usize, row: u32) -> Option<&str> {
        let column = self.columns.columns().get(column)?;
        match &column.values {
            Values::Words(values) => {
                let word = *values.get(row as usize)?;
                column.words.get(usize::from(word)).map(String::as_str)
            }
            Values::Figures(_) => None,
        }
    }

    /// Whether the shown network's answer is the label; `None` where one of both is missing.
    #[must_use]
    pub fn correct(&self, row: u32) -> Option<bool> {
        self.word_in(self.view.as_ref()?.correct?, row)
            .map(|word| word == "yes")
    }

    /// The row of a path.
    #[must_use]
    pub fn find(&self, path: &[u8]) -> Option<u32> {
        self.rows.find(path)
    }

    /// The names of all rows.
    #[must_use]
    pub fn names(&self) -> &Names {
        self.names
            .get_or_init(|| Names::new((0..self.rows.len() as u32).map(|row| self.rows.name(row))))
    }

    /// What a typed filter says.
    ///
    /// # Errors
    /// When it is not understood; in words that say what to do.
    pub fn typed(&self, text: &str) -> Result<Vec<Term>, FilterError> {
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        let selected = |name: &str| self.selection(name).map_err(FilterError::Selection);
        parse_filter(text, &self.columns, self.names(), &selected)
    }

    /// The rows of a saved selection.
    ///
    /// # Errors
    /// In words, when there is none of that name or it cannot be read.
    pub fn selection(&self, name: &str) -> Result<Bits, String> {
        let folder = self.folder().ok_or(NO_INDEX)?;
        let found = Selections::of(folder).load(name, &self.rows.keys());
        found
            .map(|selection| selection.rows)
            .map_err(|error| error.to_string())
    }

    /// Saves rows under a name, which lie beside the index.
    ///
    /// # Errors
    /// In words, when they cannot be saved.
    pub fn save_selection(&self, name: &str, selected: &Bits) -> Result<(), String> {
        let folder = self.folder().ok_or(NO_INDEX)?;
        let saved = Selections::of(folder).save(name, &self.rows.keys(), selected);
        saved.map_err(|error| error.to_string())
    }

    /// Forgets what was saved under a name.
    ///
    /// # Errors
    /// In words, when it cannot be removed.
    pub fn remove_selection(&self, name: &str) -> Result<(), String> {
        let folder = self.folder().ok_or(NO_INDEX)?;
        let removed = Selections::of(folder).remove(name);
        removed.map(drop).map_err(|error| error.to_string())
    }

    /// Reads what stands for its pictures.
    #[must_use]
    pub fn reader(&self) -> Reader {
        match &self.origin {
            Origin::Demo(seed) => Reader::Demo(*seed),
            Origin::Index(folder) => Reader::Index(Looks::of(folder)),
        }
    }

    /// The row's whole picture, as a file where it is one.
    #[must_use]
    pub fn original(&self, row: u32) -> Option<Original> {
        let path = self.rows.path(row)?;
        let source = match (&self.source, &self.origin) {
            (Some(source), _) => {
                let file = source.is_dir().then(|| source.join(self.rows.name(row)));
                if let Some(file) = file.filter(|file| file.is_file()) {
                    return Some(Original::File(file));
                }
                Source::open(source).ok()?
            }
            (None, Origin::Demo(seed)) => Source::Demo {
                count: self.rows.len() as u32,
                seed: *seed,
            },
            (None, Origin::Index(_)) => DEMO,
        };
        Some(Original::Within(source, path.into()))
    }
}

fn made_up(count: u32) -> String {
    format!("{} made-up pictures", super::words::number(count as usize))
}

#[cfg(test)]
#[path = "snapshot_tests.rs"]
mod tests;
