//! A result file that survives being killed.
//!
//! While work goes on, each row is appended to a file beside the result (`NAME.part`): nothing is lost
//! when the program is killed. About once a second the file is synced, for when the machine stops.
//! Opening reads the rows of a finished result and of a broken-off run; what was cut short is
//! taken off. Finishing writes the result whole and removes the part: the rows it had stay, in their
//! order, new ones come after. Two runs on one file add to each other: whoever appends or finishes
//! holds a lock on the part. The result is CSV, or Parquet where its name ends in `.parquet`; the part
//! is CSV always.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::analysis::Plan;
use super::row::{Key, Row};
use super::table::{MISSING, read, read_part};
use super::{columnar, csv};
use crate::files::{self, write_atomic};

/// How much work is lost at most when the machine itself stops.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// Why a result file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The system refused.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("{path} holds something else than robustness rows ({why}): choose another file for the results", path = path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What gave it away.
        why: String,
    },
    /// The file holds rows that cannot stand beside the new ones.
    #[error("{path} holds rows of {what}: choose another file for the results, or say --overwrite, which drops those rows", path = path.display())]
    Conflict {
        /// The file.
        path: PathBuf,
        /// What they are rows of, and what is different.
        what: String,
    },
}

/// The rows known so far, and where new ones are kept.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    part: PathBuf,
    rows: Rows,
    overwrite: bool,
    /// Names whose rows of another content are dropped.
    admitted: Names,
    file: Option<File>,
    synced: Option<Instant>,
}

/// Rows by their keys, in the order in which they came.
#[derive(Debug, Default)]
struct Rows {
    order: Vec<Row>,
    places: HashMap<Key, usize>,
}

impl Rows {
    fn add(&mut self, row: Row) {
        if let Some(&place) = self.places.get(&row.key) {
            if let Some(old) = self.order.get_mut(place) {
                *old = row;
            }
            return;
        }
        self.places.insert(row.key.clone(), self.order.len());
        self.order.push(row);
    }

    fn get(&self, key: &Key) -> Option<&Row> {
        self.order.get(*self.places.get(key)?)
    }
}

/// The content of what a plan calls by name.
#[derive(Debug, Default)]
struct Names {
    pictures: HashMap<String, String>,
    models: HashMap<String, String>,
}

impl Names {
    /// What a row is of that has the same name as something of the plan and is something else.
    fn conflict(&self, row: &Row) -> Option<String> {
        let other = |known: &HashMap<String, String>, name: &str, hash: &str| {
            known.get(name).filter(|known| *known != hash).cloned()
        };
        let key = &row.key;
        let short = |hash: &str| hash.chars().take(8).collect::<String>();
        let told = |what: &str, name: &str, hash: &str, now: &str, why: &str| {
            let (then, now) = (short(hash), short(now));
            format!("another {what} {name} (sha256 {then}, now {now}{why})")
        };
        other(&self.pictures, &key.picture, &key.picture_sha256)
            .map(|now| told("picture", &key.picture, &key.picture_sha256, &now, ""))
            .or_else(|| {
                let why = "; its file, the description beside it or its class names are others";
                other(&self.models, &key.model, &key.model_sha256)
                    .map(|now| told("model", &key.model, &key.model_sha256, &now, why))
            })
    }
}

impl Journal {
    /// Opens the result at `path`: its rows and those of a broken-off run, if there are any. Nothing
    /// is written yet.
    ///
    /// # Errors
    /// When a file is there but cannot be read, or holds something else.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        Self::open_over(path, false)
    }

    /// As [`Self::open`]. Where `overwrite` says so, a result file that holds something else is
    /// written over, and rows that cannot stand beside new ones are dropped (see [`Self::admit`]).
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_over(path: &Path, overwrite: bool) -> Result<Self, JournalError> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let mut journal = Self {
            path: path.to_owned(),
            part: PathBuf::from(part),
            rows: Rows::default(),
            overwrite,
            admitted: Names::default(),
            file: None,
            synced: None,
        };
        journal.rows = journal.kept()?;
        Ok(journal)
    }

    /// The rows that are on disk now: those of the result, then those of broken-off or other runs.
    fn kept(&self) -> Result<Rows, JournalError> {
        let mut rows = Rows::default();
        let result = match read(&self.path) {
            Err(JournalError::Foreign { .. }) if self.overwrite => Vec::new(),
            result => result?,
        };
        // A part that is somebody else's is never written over: its name was not asked for.
        let (part, _) = read_part(&self.part)?;
        for row in result.into_iter().chain(part) {
            if self.admitted.conflict(&row).is_none() {
                rows.add(row);
            }
        }
        Ok(rows)
    }

    /// Makes sure that the rows of `plan` can stand in one table with those that are known: a name
    /// means one picture or one network in it.
    ///
    /// # Errors
    /// [`JournalError::Conflict`], unless the journal was opened to overwrite: then those rows go.
    pub fn admit(&mut self, plan: &Plan) -> Result<(), JournalError> {
        let pictures = plan.pictures.iter();
        self.admitted = Names {
            pictures: pictures
                .map(|p| (p.name.clone(), p.sha256.clone()))
                .collect(),
            models: plan.models.iter().cloned().collect(),
        };
        let conflict = self
            .rows
            .order
            .iter()
            .find_map(|row| self.admitted.conflict(row));
        match conflict {
            Some(what) if !self.overwrite => Err(JournalError::Conflict {
                path: self.path.clone(),
                what,
            }),
            Some(_) => {
                let known = std::mem::take(&mut self.rows).order;
                for row in known {
                    if self.admitted.conflict(&row).is_none() {
                        self.rows.add(row);
                    }
                }
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The row with this key, if it is known.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&Row> {
        self.rows.get(key)
    }

    /// What the known rows are rows of, in the order in which they came.
    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.rows.order.iter().map(|row| &row.key)
    }

    /// Number of rows known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.order.len()
    }

    /// Whether no row is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.order.is_empty()
    }

    /// Keeps new rows: they are in the file when this returns.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn append(&mut self, rows: Vec<Row>) -> Result<(), JournalError> {
        if rows.is_empty() {
            return Ok(());
        }
        let text: String = rows.iter().map(Row::record).collect();
        self.lock_part()?;
        let part = self.part.clone();
        let io = |source| JournalError::Io {
            path: part.clone(),
            source,
        };
        if let Some(file) = &mut self.file {
            let before = file.metadata().map_err(io)?.len();
            let written = file.write_all(text.as_bytes()).inspect_err(|_| {
                // Half a row must not stand before the next one, whoever writes that.
                let _ = file.set_len(before);
            });
            // A sync takes as long as some of the quicker maps.
            let due = self.synced.is_none_or(|then| then.elapsed() > SYNC_EVERY);
            let written = written.and_then(|()| if due { file.sync_data() } else { Ok(()) });
            unlock(file);
            written.map_err(io)?;
            if due {
                self.synced = Some(Instant::now());
            }
        }
        for row in rows {
            self.rows.add(row);
        }
        Ok(())
    }

    /// Opens the part, with a header where it is new, and locks it. What a killed run cut short is
    /// taken off: while the lock is held nobody is in the middle of a row.
    fn lock_part(&mut self) -> Result<(), JournalError> {
        let part = self.part.clone();
        let io = |source| JournalError::Io {
            path: part.clone(),
            source,
        };
        loop {
            let fresh = self.file.is_none();
            let mut file = match self.file.take() {
                Some(file) => file,
                None => open_part(&self.part)?,
            };
            lock(&file);
            // Another run may have finished in between, and removed it.
            if !is_at(&file, &self.part) {
                continue;
            }
            if fresh {
                let (_, whole) = read_part(&self.part)?;
                let length = file.metadata().map_err(io)?.len();
                if length != whole as u64 {
                    file.set_len(whole as u64).map_err(io)?;
                }
                if whole == 0 {
                    let header = csv::record(&Row::COLUMNS.map(str::to_owned));
                    file.write_all(header.as_bytes()).map_err(io)?;
                }
            }
            self.file = Some(file);
            return Ok(());
        }
    }

    /// Writes the result: the rows it has, then those of `order` that it lacks, in that order, then
    /// those of other runs that were broken off. The part is removed after. Gives the number of
    /// known rows of `order`, and of all.
    ///
    /// # Errors
    /// When the result cannot be written; the part is then still there.
    pub fn finish<'a>(
        mut self,
        order: impl IntoIterator<Item = &'a Key>,
    ) -> Result<(usize, usize), JournalError> {
        self.lock_part()?;
        // What another run has finished or appended since.
        let kept = self.kept()?;
        let result: HashSet<Key> = match read(&self.path) {
            Ok(rows) => rows.into_iter().map(|row| row.key).collect(),
            Err(_) => HashSet::new(),
        };
        let mut table = Rows::default();
        for row in kept.order.iter().filter(|row| result.contains(&row.key)) {
            table.add(row.clone());
        }
        let mut known = 0;
        for key in order {
            if let Some(row) = self.rows.get(key).or_else(|| kept.get(key)) {
                known += 1;
                if table.get(key).is_none() {
                    table.add(row.clone());
                }
            }
        }
        for row in kept
            .order
            .into_iter()
            .chain(std::mem::take(&mut self.rows).order)
        {
            if table.get(&row.key).is_none() {
                table.add(row);
            }
        }
        self.write(&table.order)?;
        let removed = std::fs::remove_file(&self.part);
        self.file = None;
        match removed {
            Err(source) if source.kind() != MISSING => Err(JournalError::Io {
                path: self.part,
                source,
            }),
            _ => Ok((known, table.order.len())),
        }
    }

    fn write(&self, rows: &[Row]) -> Result<(), JournalError> {
        let written = if is_parquet(&self.path) {
            // Rounded as in a part, so that a run that was broken off ends with the same file.
            let rows = rows.iter().map(|row| Row::from_fields(row.fields()));
            let rows: Vec<Row> = rows.collect::<Result<_, _>>().map_err(|e| self.io(e))?;
            write_atomic(&self.path, |file| {
                columnar::write(file, &rows).map_err(std::io::Error::other)
            })
        } else {
            let mut text = csv::record(&Row::COLUMNS.map(str::to_owned));
            text.extend(rows.iter().map(Row::record));
            write_atomic(&self.path, |file| file.write_all(text.as_bytes()))
        };
        written.map_err(|e| self.io(e))
    }

    fn io(&self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> JournalError {
        JournalError::Io {
            path: self.path.clone(),
            source: std::io::Error::other(source),
        }
    }

    /// Reads a finished result, as the window opens it; rows in the file's order.
    ///
    /// # Errors
    /// When it cannot be read, or holds something else.
    pub fn read(path: &Path) -> Result<Vec<Row>, JournalError> {
        files::open_plain(path).map_err(|source| JournalError::Io {
            path: path.to_owned(),
            source,
        })?;
        read(path)
    }
}

/// Whether a result of this name is written as Parquet.
fn is_parquet(path: &Path) -> bool {
    let ending = path.extension();
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"))
}

fn open_part(part: &Path) -> Result<File, JournalError> {
    let io = |source| JournalError::Io {
        path: part.to_owned(),
        source,
    };
    if let Some(folder) = part.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(io)?;
    }
    let mut options = OpenOptions::new();
    options
        .create(true)
        .append(true)
        .read(true)
        .open(part)
        .map_err(io)
}

/// Where a file system has no locks, two runs on one file may lose each other's last row.
fn lock(file: &File) {
    if let Err(error) = file.lock() {
        tracing::debug!("the part of a result is not locked: {error}");
    }
}

fn unlock(file: &File) {
    if let Err(error) = file.unlock() {
        tracing::debug!("the part of a result is not unlocked: {error}");
    }
}

/// Whether the open file is still the one at `path`.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(own), Ok(there)) => (own.dev(), own.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
