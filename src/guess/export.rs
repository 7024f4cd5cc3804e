//! Guesses of a journal as data for others: each guess, the mean map of each picture and prompt, how
//! well people agree, and how well each network agrees with them.
//!
//! | file | what |
//! |---|---|
//! | `guesses.csv`, `guesses.parquet` | one row a guess, with its flags; no names of people |
//! | `ceilings.csv` | one row for each picture and prompt: guesses, ceiling and its 95 % interval |
//! | `maps.npy` | `[rows of ceilings.csv, 2, 64, 64]`: mean level and standard deviation |
//! | `alignment.csv` | one row for each of these and each network's map: Spearman's correlation, and by the ceiling |
//! | `guesses.json` | what was read, how it was reckoned, hashes of the files |

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::{Array2, Array4, s};
use serde::Serialize;
use serde_json::json;

use super::crowd::{Ceiling, Crowd};
use super::flags::{Flag, flags};
use super::grid::{GRID, PaintingGrid};
use super::table::{Column, Table, csv_of_parts, parquet_of_parts};
use crate::files::{Output, OutputError, made_by, sha256_of_file, write_atomic};
use crate::journal::{Entry, JournalError, Prompt, Reading, Round, read};
use crate::saliency::{ExplainError, ExplanationRecord};

/// What an export writes.
pub const EXPORT_FILES: [&str; 6] = [
    "guesses.csv",
    "guesses.parquet",
    "ceilings.csv",
    "alignment.csv",
    "maps.npy",
    "guesses.json",
];
/// Folders of maps are searched this deep.
const DEEPEST: usize = 3;
/// And hold this many maps at most.
const MOST_MAPS: usize = 20_000;
/// Guesses are written so many at a time.
const PART: usize = 10_000;

/// Why guesses could not be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// There is none.
    #[error("{} holds no guesses: name an exhibit's folder, a data folder or a journal", .0.display())]
    Nothing(PathBuf),
    /// A map of a network.
    #[error(transparent)]
    Map(#[from] ExplainError),
    /// A folder of maps.
    #[error("{}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The result.
    #[error(transparent)]
    Output(#[from] OutputError),
}

/// The guesses of a journal.
#[derive(Debug, Default)]
pub struct Export {
    rows: Vec<Row>,
    groups: BTreeMap<(String, Prompt), Group>,
    reading: Reading,
    flagged: bool,
    maps: Vec<NetworkMap>,
}

/// What the table has of a guess; words that many guesses share are there once.
#[derive(Debug)]
struct Row {
    time: Box<str>,
    session: Arc<str>,
    number: u64,
    exhibit: Arc<str>,
    mode: Arc<str>,
    prompt: Prompt,
    picture: Arc<str>,
    sha256: Arc<str>,
    model: Arc<str>,
    method: Arc<str>,
    player: u32,
    round: u32,
    of: u32,
    input: Arc<str>,
    seconds: f64,
    hints: u32,
    rule: u32,
    score: f64,
    tolerant: Option<f64>,
    stars: Option<u8>,
    covered: Option<f64>,
    /// Separated by spaces.
    flags: Arc<str>,
    used: bool,
}

/// What is known while a journal is read.
#[derive(Default)]
struct Known {
    words: HashSet<Arc<str>>,
    /// Session, picture, question and player of the guesses so far.
    seen: HashSet<(Arc<str>, Arc<str>, Prompt, u32)>,
}

impl Known {
    fn word(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.words.get(text) {
            return known.clone();
        }
        let new: Arc<str> = text.into();
        self.words.insert(new.clone());
        new
    }
}

#[derive(Debug, Default)]
struct Group {
    picture: String,
    crowd: Crowd,
}

#[derive(Debug)]
struct NetworkMap {
    sha256: String,
    model: String,
    method: String,
    values: Array2<f32>,
}

/// What was exported, for one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// Guesses.
    pub guesses: usize,
    /// Of those, how many are in the maps.
    pub used: usize,
    /// Pictures and prompts.
    pub groups: usize,
    /// Maps of networks that were compared.
    pub maps: usize,
}

/// Where the journal of a folder lies: an exhibit's, a data folder's, or the folder itself.
///
/// # Errors
/// [`ExportError::Nothing`] when there is none.
pub fn journal_of(folder: &Path) -> Result<PathBuf, ExportError> {
    [
        folder.join("data/journal"),
        folder.join("journal"),
        folder.to_owned(),
    ]
    .into_iter()
    .find(|path| {
        let files = std::fs::read_dir(path).into_iter().flatten().flatten();
        files
            .map(|file| file.path())
            .any(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
    })
    .ok_or_else(|| ExportError::Nothing(folder.to_owned()))
}

impl Export {
    /// Reads the guesses of the journal in a folder. Those with a flag are in the table and not in the
    /// maps, unless `flagged` says so; what is blank has no map.
    ///
    /// # Errors
    /// [`ExportError`] when there is no guess, or something cannot be read.
    pub fn read(folder: &Path, flagged: bool) -> Result<Self, ExportError> {
        let mut export = Self {
            flagged,
            ..Self::default()
        };
        let mut known = Known::default();
        export.reading = read(&journal_of(folder)?, &mut |entry| {
            if let Some(round) = entry.read::<Round>() {
                export.add(&entry, round, &mut known);
            }
        })?;
        if export.rows.is_empty() {
            return Err(ExportError::Nothing(folder.to_owned()));
        }
        Ok(export)
    }

    fn add(&mut self, entry: &Entry, mut round: Round, known: &mut Known) {
        let painting = PaintingGrid::from_runs(&round.painting).or_else(|| {
            (!round.strokes.is_empty()).then(|| PaintingGrid::of_strokes(&round.strokes))
        });
        let (session, sha256) = (known.word(&entry.session), known.word(&round.sha256));
        let what = (session.clone(), sha256.clone(), round.prompt, round.player);
        let again = !known.seen.insert(what);
        let mut told: BTreeSet<String> = round.flags.drain(..).collect();
        if let Some(painting) = &painting {
            let found = flags(painting, round.seconds, !again);
            told.extend(found.into_iter().map(|flag| flag.id().to_owned()));
        }
        let blank = told.contains(Flag::Blank.id());
        // What is missing from the record is no fault of the guess.
        let clean = told
            .iter()
            .all(|flag| ["no-strokes", "no-painting"].contains(&flag.as_str()));
        let used = painting.is_some() && !blank && (clean || self.flagged);
        let key = (round.sha256.clone(), round.prompt);
        if let Some(painting) = &painting {
            let group = self.groups.entry(key).or_default();
            group.picture.clone_from(&round.picture);
            if used {
                group.crowd.add(painting);
            }
        }
        let flags = told.into_iter().collect::<Vec<_>>().join(" ");
        self.rows.push(Row {
            time: entry.time.as_str().into(),
            session,
            number: entry.number,
            exhibit: known.word(&round.exhibit),
            mode: known.word(&round.mode),
            prompt: round.prompt,
            picture: known.word(&round.picture),
            sha256,
            model: known.word(&round.model),
            method: known.word(&round.method),
            player: round.player,
            round: round.round,
            of: round.of,
            input: known.word(&round.input),
            seconds: round.seconds,
            hints: round.hints,
            rule: round.rule,
            score: round.score,
            tolerant: round.tolerant,
            stars: round.stars,
            covered: painting.as_ref().map(PaintingGrid::covered),
            flags: known.word(&flags),
            used,
        });
    }

    /// Takes the maps of networks that lie in `folder` or below, as `saliscope explain` writes them,
    /// where they are of a picture that was guessed.
    ///
    /// # Errors
    /// [`ExportError`] when a folder or a map in it cannot be read.
    pub fn add_maps(&mut self, folder: &Path) -> Result<(), ExportError> {
        let pictures: HashSet<String> = self
            .groups
            .keys()
            .map(|(sha256, _)| sha256.clone())
            .collect();
        let mut open = vec![(folder.to_owned(), 0)];
        while let Some((folder, depth)) = open.pop() {
            let failed = |source| ExportError::Folder {
                path: folder.clone(),
                source,
            };
            let mut entries = std::fs::read_dir(&folder)
                .map_err(failed)?
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<io::Result<Vec<_>>>()
                .map_err(failed)?;
            entries.sort_unstable();
            for path in entries {
                if path.is_dir() && depth < DEEPEST {
                    open.push((path, depth + 1));
                } else if path
                    .file_name()
                    .is_some_and(|name| name == "explanation.json")
                    && self.maps.len() < MOST_MAPS
                {
                    let (record, map) = ExplanationRecord::read(&path)?;
                    if pictures.contains(&record.picture.sha256) {
                        self.maps.push(NetworkMap {
                            sha256: record.picture.sha256,
                            model: record.model.id,
                            method: record.method,
                            values: map.values,
                        });
                    }
                }
            }
        }
        Ok(())
    }

    /// Writes [`EXPORT_FILES`].
    ///
    /// # Errors
    /// [`ExportError::Output`].
    pub fn write(&self, out: &Output) -> Result<Exported, ExportError> {
        let ceilings: Vec<Option<Ceiling>> = self
            .groups
            .values()
            .map(|group| group.crowd.ceiling())
            .collect();
        out.write_folder(&EXPORT_FILES, |new| {
            self.write_into(new, &ceilings).map_err(|source| {
                ExportError::Output(OutputError::Io {
                    path: out.path().to_owned(),
                    source,
                })
            })
        })?;
        Ok(self.counts())
    }

    fn counts(&self) -> Exported {
        Exported {
            guesses: self.rows.len(),
            used: self.rows.iter().filter(|row| row.used).count(),
            groups: self.groups.len(),
            maps: self.maps.len(),
        }
    }

    fn write_into(&self, folder: &Path, ceilings: &[Option<Ceiling>]) -> io::Result<()> {
        let csv = |name: &str, table: &Table| {
            write_atomic(&folder.join(name), |file| {
                let mut file = BufWriter::new(file);
                table.write_csv(&mut file)?;
                file.flush()
            })
        };
        let parts = || self.rows.chunks(PART).map(guesses);
        write_atomic(&folder.join("guesses.csv"), |file| {
            let mut file = BufWriter::new(file);
            csv_of_parts(parts(), &mut file)?;
            file.flush()
        })?;
        write_atomic(&folder.join("guesses.parquet"), |file| {
            let written = parquet_of_parts("guesses", parts(), BufWriter::new(file));
            written.map_err(io::Error::other)
        })?;
        csv("ceilings.csv", &self.ceilings(ceilings))?;
        csv("alignment.csv", &self.alignment(ceilings))?;
        let mut maps = Array4::<f32>::zeros((self.groups.len(), 2, GRID, GRID));
        for (i, group) in self.groups.values().enumerate() {
            let (mean, sd) = group.crowd.mean_and_sd();
            maps.slice_mut(s![i, 0, .., ..]).assign(&mean);
            maps.slice_mut(s![i, 1, .., ..]).assign(&sd);
        }
        crate::npy::write_array(&folder.join("maps.npy"), maps.view())?;
        self.write_record(folder)
    }

    fn write_record(&self, folder: &Path) -> io::Result<()> {
        let mut files = HashMap::new();
        for name in EXPORT_FILES.iter().filter(|name| **name != "guesses.json") {
            files.insert(*name, sha256_of_file(&folder.join(name))?);
        }
        let record = json!({
            "made_by": made_by(),
            "counts": self.counts(),
            "lines_read": self.reading.entries,
            "lines_unreadable": self.reading.unreadable,
            "flagged_guesses_in_maps": self.flagged,
            "level": "0 unpainted, 1 purple (somewhat important) to 4 yellow (most important)",
            "ceiling": "Spearman's correlation of the blurred mean maps of two halves, Spearman-Brown corrected, mean of 20 halvings; interval: jackknife over at most 20 groups, 95 %",
            "relative": "correlation of the people's mean map with the network's map, by the ceiling",
            "files": files,
        });
        let mut text = serde_json::to_string_pretty(&record)?;
        text.push('\n');
        write_atomic(&folder.join("guesses.json"), |file| {
            file.write_all(text.as_bytes())
        })
    }

    fn ceilings(&self, ceilings: &[Option<Ceiling>]) -> Table {
        let groups = || self.groups.iter();
        let figure = |of: fn(&Ceiling) -> f64| {
            Column::Figure(ceilings.iter().map(|c| c.as_ref().map(of)).collect())
        };
        let text = |values: Vec<String>| Column::Text(values);
        Table::default()
            .with(
                "picture",
                text(groups().map(|(_, g)| g.picture.clone()).collect()),
            )
            .with(
                "picture_sha256",
                text(groups().map(|(k, _)| k.0.clone()).collect()),
            )
            .with(
                "prompt",
                text(groups().map(|(k, _)| k.1.id().to_owned()).collect()),
            )
            .with(
                "guesses",
                Column::Whole(groups().map(|(_, g)| g.crowd.len() as i64).collect()),
            )
            .with("ceiling", figure(|c| c.value))
            .with("low", figure(|c| c.low))
            .with("high", figure(|c| c.high))
    }

    fn alignment(&self, ceilings: &[Option<Ceiling>]) -> Table {
        let mut pairs = Vec::new();
        for ((key, group), ceiling) in self.groups.iter().zip(ceilings) {
            for map in self.maps.iter().filter(|map| map.sha256 == key.0) {
                let agreement = group.crowd.agreement(map.values.view());
                pairs.push((key, group, ceiling, map, agreement));
            }
        }
        let pairs = &pairs;
        Table::default()
            .with(
                "picture",
                Column::Text(pairs.iter().map(|p| p.1.picture.clone()).collect()),
            )
            .with(
                "picture_sha256",
                Column::Text(pairs.iter().map(|p| p.0.0.clone()).collect()),
            )
            .with(
                "prompt",
                Column::Text(pairs.iter().map(|p| p.0.1.id().to_owned()).collect()),
            )
            .with(
                "model",
                Column::Text(pairs.iter().map(|p| p.3.model.clone()).collect()),
            )
            .with(
                "method",
                Column::Text(pairs.iter().map(|p| p.3.method.clone()).collect()),
            )
            .with(
                "guesses",
                Column::Whole(pairs.iter().map(|p| p.1.crowd.len() as i64).collect()),
            )
            .with(
                "spearman",
                Column::Figure(pairs.iter().map(|p| p.4).collect()),
            )
            .with(
                "ceiling",
                Column::Figure(pairs.iter().map(|p| p.2.map(|c| c.value)).collect()),
            )
            .with(
                "relative",
                Column::Figure(
                    pairs
                        .iter()
                        // People who do not agree with each other are no measure.
                        .map(|p| Some(p.4? / p.2.filter(|c| c.low > 0.0)?.value))
                        .collect(),
                ),
            )
    }
}

/// The table of guesses.
fn guesses(rows: &[Row]) -> Table {
    let text =
        |of: fn(&Row) -> &str| Column::Text(rows.iter().map(|row| of(row).to_owned()).collect());
    let whole = |of: fn(&Row) -> i64| Column::Whole(rows.iter().map(of).collect());
    let figure = |of: fn(&Row) -> Option<f64>| {
        let figures = rows.iter().map(|row| of(row).filter(|v| v.is_finite()));
        Column::Figure(figures.collect())
    };
    Table::default()
        .with("time", text(|row| &row.time))
        .with("session", text(|row| &row.session))
        .with("number", whole(|row| row.number as i64))
        .with("exhibit", text(|row| &row.exhibit))
        .with("mode", text(|row| &row.mode))
        .with("prompt", text(|row| row.prompt.id()))
        .with("picture", text(|row| &row.picture))
        .with("picture_sha256", text(|row| &row.sha256))
        .with("model", text(|row| &row.model))
        .with("method", text(|row| &row.method))
        .with("player", whole(|row| row.player.into()))
        .with("round", whole(|row| row.round.into()))
        .with("of", whole(|row| row.of.into()))
        .with("input", text(|row| &row.input))
        .with("seconds", figure(|row| Some(row.seconds)))
        .with("hints", whole(|row| row.hints.into()))
        .with("rule", whole(|row| row.rule.into()))
        .with("score", figure(|row| Some(row.score)))
        .with("tolerant", figure(|row| row.tolerant))
        .with("stars", figure(|row| row.stars.map(f64::from)))
        .with("covered", figure(|row| row.covered))
        .with("flags", text(|row| &row.flags))
        .with("used", whole(|row| row.used.into()))
}
