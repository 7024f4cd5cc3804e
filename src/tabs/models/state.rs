//! What the tab knows: plain data, drawn by the panels and changed by the systems.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use bevy::prelude::Resource;
use bevy_egui::egui::{TextureId, Vec2};

use super::figures::Digest;
use crate::classifier::Prediction;
use crate::compare::ColouredMap;
use crate::compare::robustness::{Dissent, Row};
use crate::picture::Picture;
use crate::stylize::corruption::Corruption;
use crate::stylize::shift::Shift;
use crate::ui::commands::Command;

/// Most versions of a picture in the matrix; each keeps its pixels (at most 3 MB).
pub const MOST_VERSIONS: usize = 40;
/// Most models in the matrix.
pub const MOST_MODELS: usize = 24;
/// Name of the row that is the picture itself, as in a robustness file.
pub const ORIGINAL: &str = "none";

/// How many steps of each texture and corruption are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Levels {
    /// One: the whole painting, severity 3.
    One,
    /// Three of them, rising.
    #[default]
    Three,
    /// Five of them, rising.
    Five,
}

impl Levels {
    /// Severities of a corruption, rising.
    #[must_use]
    pub fn severities(self) -> &'static [u8] {
        match self {
            Self::One => &[3],
            Self::Three => &[1, 3, 5],
            Self::Five => &[1, 2, 3, 4, 5],
        }
    }

    /// Strengths of a texture in percent, rising.
    #[must_use]
    pub fn strengths(self) -> &'static [u8] {
        match self {
            Self::One => &[100],
            Self::Three => &[40, 70, 100],
            Self::Five => &[20, 40, 60, 80, 100],
        }
    }
}

/// Which class the maps of the versions explain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Explained {
    /// What the model says of that version, as the paper does.
    #[default]
    ItsAnswer,
    /// What the model said of the original.
    FirstAnswer,
}

/// What a bar or a curve shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Measure {
    /// Share of the map that agrees with the original's.
    #[default]
    Agreement,
    /// Share of versions on which the answer stays; in a curve, how sure the model still is.
    Answer,
    /// Shape decisions among those for shape or texture.
    Shape,
}

/// One version of the picture: a row of the matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// What was done; `None` for the original.
    pub shift: Option<Shift>,
    /// Identifies the row: the shift as in a robustness file.
    pub key: String,
    /// Name on screen, such as "Brick 60 %" or "Fog 3".
    pub name: String,
    /// The picture, once it is made.
    pub picture: Option<Arc<Picture>>,
    /// A small copy and its size in pixels.
    pub thumb: Option<(TextureId, Vec2)>,
    /// Why there is none.
    pub failed: Option<String>,
}

/// One model: a column of the matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Identifier in the catalog, or the path of its file.
    pub model: String,
    /// Name on screen.
    pub name: String,
    /// Why it cannot be used, where it cannot.
    pub broken: Option<String>,
}

/// What one model makes of one version.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Its turn has not come.
    Waiting,
    /// It is computed; this share is done, 0-1.
    Working(f32),
    /// It is there.
    Done(Box<Finding>),
    /// What went wrong, in a sentence.
    Failed(String),
}

/// A finished cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The figures, as a robustness file has them; `agree` is for `delta`.
    pub row: Row,
    /// One sentence where there is nothing to see in its map, or in the original's.
    pub remark: Option<&'static str>,
    /// What decides the row beside delta: method, steps and the like.
    pub settings: String,
    /// The delta that `row.agree` was counted with.
    pub delta: u8,
    /// The surest answers, best first.
    pub answers: Vec<Prediction>,
    /// Whether it followed the shape or the texture, where both are known.
    pub followed: Option<crate::compare::shape_bias::Followed>,
    /// The map in colours.
    pub map: Arc<ColouredMap>,
    /// The intersection with the original's map, where it is drawn: texture, size in pixels.
    pub picture: Option<(TextureId, Vec2)>,
}

/// A cell's place: row key and model.
pub type CellKey = (String, String);

/// A folder's results, from a file of `saliscope robustness`.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    /// The file.
    pub path: PathBuf,
    /// Its rows.
    pub rows: Arc<Vec<Row>>,
    /// What the charts show of them.
    pub digest: Arc<Digest>,
    /// The folder that its pictures lie in, where that is known.
    pub folder: Option<PathBuf>,
    /// Where the models disagree, most first.
    pub dissent: Vec<Dissent>,
    /// The pictures that were found, by name.
    pub files: HashMap<String, PathBuf>,
    /// Small copies of those on top of the list.
    pub thumbs: HashMap<String, (TextureId, Vec2)>,
}

impl Results {
    /// How many pictures of the list were not found.
    #[must_use]
    pub fn missing(&self) -> usize {
        let names: BTreeSet<&str> = self.dissent.iter().map(|d| d.picture.as_str()).collect();
        let there = |name: &&str| !self.files.contains_key(*name);
        names.iter().filter(|name| there(name)).count()
    }
}

/// A run over a folder that is under way.
#[derive(Debug, Clone, PartialEq)]
pub struct FolderRun {
    /// The folder.
    pub folder: PathBuf,
    /// Rows done, and all of them.
    pub done: usize,
    /// All rows.
    pub total: usize,
    /// About how long it still takes, in words; empty while unknown.
    pub left: String,
}

/// What the middle shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// The matrix of one picture.
    #[default]
    Matrix,
    /// A folder's results.
    Folder,
}

/// The tab's state.
#[derive(Debug, Clone, Resource)]
pub struct Models {
    /// Index of the chosen picture in the library.
    pub chosen: Option<usize>,
    /// Name and alternative text of the picture.
    pub picture_name: String,
    /// Why the picture could not be opened.
    pub failed: Option<String>,
    /// Ticked textures: their numbers in the library.
    pub textures: BTreeSet<u64>,
    /// Ticked corruptions.
    pub corruptions: BTreeSet<Corruption>,
    /// How many steps of each.
    pub levels: Levels,
    /// Ticked models.
    pub ticked: BTreeSet<String>,
    /// Which class is explained.
    pub explained: Explained,
    /// How far colours may differ where maps agree, 0-255.
    pub delta: f32,
    /// True while each model has a delta of its own.
    pub own_deltas: bool,
    /// Deltas of their own, by model.
    pub deltas: BTreeMap<String, f32>,
    /// Side of a cell's picture at least, in logical pixels.
    pub side: f32,
    /// Side of a cell's picture in the last frame: larger where the window has room.
    pub shown_side: f32,
    /// The rows.
    pub versions: Vec<Version>,
    /// The columns.
    pub columns: Vec<Column>,
    /// The cells that are known.
    pub cells: HashMap<CellKey, Cell>,
    /// Row and column of the selected cell.
    pub selected: (usize, usize),
    /// Rows and columns (as ranges) that were visible in the last frame.
    pub visible: (std::ops::Range<usize>, std::ops::Range<usize>),
    /// True once, to bring the selected cell into view.
    pub reveal: bool,
    /// What the bars show.
    pub measure: Measure,
    /// The two models whose answers are compared: indices into `columns`.
    pub duel: (usize, usize),
    /// What the middle shows.
    pub view: View,
    /// The open results.
    pub results: Option<Results>,
    /// The shift whose curve is shown in results.
    pub family: usize,
    /// The run that is under way.
    pub run: Option<FolderRun>,
    /// True when the person stopped the work; choosing anything goes on.
    pub stopped: bool,
}

impl Default for Models {
    fn default() -> Self {
        Self {
            chosen: None,
            picture_name: String::new(),
            failed: None,
            textures: BTreeSet::new(),
            corruptions: BTreeSet::new(),
            levels: Levels::default(),
            ticked: BTreeSet::new(),
            explained: Explained::default(),
            delta: 10.0,
            own_deltas: false,
            deltas: BTreeMap::new(),
            side: 96.0,
            shown_side: 96.0,
            versions: Vec::new(),
            columns: Vec::new(),
            cells: HashMap::new(),
            selected: (0, 0),
            visible: (0..0, 0..0),
            reveal: false,
            measure: Measure::default(),
            duel: (0, 1),
            view: View::default(),
            results: None,
            family: 0,
            run: None,
            stopped: false,
        }
    }
}

impl Models {
    /// The delta of a model's column, 0-255.
    #[must_use]
    pub fn delta_of(&self, model: &str) -> u8 {
        let own = self.own_deltas.then(|| self.deltas.get(model)).flatten();
        own.unwrap_or(&self.delta).round().clamp(0.0, 255.0) as u8
    }

    /// The cell at a row and a column.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> Option<&Cell> {
        let (version, column) = (self.versions.get(row)?, self.columns.get(column)?);
        self.cells.get(&(version.key.clone(), column.model.clone()))
    }

    /// The finished cell at a row and a column.
    #[must_use]
    pub fn finding(&self, row: usize, column: usize) -> Option<&Finding> {
        match self.cell(row, column)? {
            Cell::Done(finding) => Some(finding),
            _ => None,
        }
    }

    /// Cells that are there or have failed, and all of them.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        let mut ended = 0;
        for row in 0..self.versions.len() {
            for column in 0..self.columns.len() {
                let broken = self.columns.get(column).is_some_and(|c| c.broken.is_some())
                    || self.versions.get(row).is_some_and(|v| v.failed.is_some());
                let cell = self.cell(row, column);
                ended +=
                    usize::from(broken || matches!(cell, Some(Cell::Done(_) | Cell::Failed(_))));
            }
        }
        (ended, self.versions.len() * self.columns.len())
    }

    /// True while something is still to be computed and nobody stopped it.
    #[must_use]
    pub fn working(&self) -> bool {
        let (ended, all) = self.progress();
        !self.stopped && ended < all
    }

    /// The finished rows of the matrix, by model and then version.
    #[must_use]
    pub fn rows(&self) -> Vec<&Row> {
        let mut rows = Vec::new();
        for column in 0..self.columns.len() {
            rows.extend(
                (0..self.versions.len())
                    .filter_map(|row| self.finding(row, column))
                    .map(|finding| &finding.row),
            );
        }
        rows
    }

    /// The name on screen of the model with this id.
    #[must_use]
    pub fn model_name<'a>(&'a self, id: &'a str) -> &'a str {
        let column = self.columns.iter().find(|column| column.model == id);
        column.map_or(id, |column| column.name.as_str())
    }
}

/// What a person asked for in one of the panels.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// Take this picture of the library.
    Choose(usize),
    /// Tick or untick a texture, by its index in the library.
    Texture(usize),
    /// Open the pair of this row and column in Similarity.
    Open(usize, usize),
    /// Select a cell.
    Select(usize, usize),
    /// Something changed that the rows, columns or maps depend on.
    Again,
    /// Show the matrix again, after a folder's results.
    Back,
    /// Choose a result file, a model or a folder to run over.
    OpenResults,
    /// Run over a folder.
    RunFolder,
    /// Run over some pictures of a folder.
    RunOver(PathBuf, Vec<PathBuf>),
    /// Show the pictures on which the models disagree in Collection, most first.
    ShowDissent,
    /// Stop the run over a folder.
    StopRun,
    /// Show the picture of this line of a folder's results in "See why".
    Case(usize),
    /// Show what the model with this number in the line makes of picture and version: both maps.
    CaseOf(usize, usize),
    /// Say where the pictures of the open table lie.
    FindPictures,
    /// A command.
    Do(Command),
}
