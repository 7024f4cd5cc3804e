//! A result file that survives being killed.
//!
//! While work goes on, each row is appended to a file beside the result (`NAME.part`): nothing is lost
//! when the program is killed. About once a second the file is synced, for when the machine stops.
//! Opening reads the rows of a finished result and of a broken-off run; what was cut short is
//! taken off. Finishing writes the result whole, in a given order, and removes the part. The result
//! is CSV, or Parquet where its name ends in `.parquet`; the part is CSV always.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::row::{Key, Row};
use super::{columnar, csv};
use crate::files::{self, write_atomic};

/// Largest result file that is read, in bytes: some millions of rows.
const MAX_BYTES: u64 = 1 << 30;

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
}

/// The rows known so far, and where new ones are kept.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    part: PathBuf,
    rows: HashMap<Key, Row>,
    file: Option<File>,
    synced: Option<Instant>,
}

impl Journal {
    /// Opens the result at `path`: its rows and those of a broken-off run, if there are any. Nothing
    /// is written yet.
    ///
    /// # Errors
    /// When a file is there but cannot be read, or holds something else.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let mut rows = HashMap::new();
        for file in [path, &part] {
            for row in read(file)?.0 {
                rows.insert(row.key.clone(), row);
            }
        }
        Ok(Self {
            path: path.to_owned(),
            part,
            rows,
            file: None,
            synced: None,
        })
    }

    /// The row with this key, if it is known.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&Row> {
        self.rows.get(key)
    }

    /// Number of rows known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether no row is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Keeps new rows: they are in the file when this returns.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn append(&mut self, rows: Vec<Row>) -> Result<(), JournalError> {
        if rows.is_empty() {
            return Ok(());
        }
        let text: String = rows.iter().map(|row| csv::record(&row.fields())).collect();
        let part = self.part.clone();
        let io = |source| JournalError::Io {
            path: part.clone(),
            source,
        };
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(open_part(&self.part)?),
        };
        file.write_all(text.as_bytes()).map_err(io)?;
        // A sync takes as long as some of the quicker maps.
        if self.synced.is_none_or(|then| then.elapsed() > SYNC_EVERY) {
            file.sync_data().map_err(io)?;
            self.synced = Some(Instant::now());
        }
        for row in rows {
            self.rows.insert(row.key.clone(), row);
        }
        Ok(())
    }

    /// Writes the result: the known rows of `order`, in that order, and no others. The part is
    /// removed after.
    ///
    /// # Errors
    /// When the result cannot be written; the part is then still there.
    pub fn finish<'a>(
        mut self,
        order: impl IntoIterator<Item = &'a Key>,
    ) -> Result<usize, JournalError> {
        let known = order.into_iter().filter_map(|key| self.rows.get(key));
        let rows = if is_parquet(&self.path) {
            // Rounded as in a part, so that a run that was broken off ends with the same file.
            let rows = known.map(|row| Row::from_fields(row.fields()));
            let rows: Vec<Row> = rows.collect::<Result<_, _>>().map_err(|e| self.io(e))?;
            write_atomic(&self.path, |file| {
                columnar::write(file, &rows).map_err(std::io::Error::other)
            })
            .map_err(|e| self.io(e))?;
            rows.len()
        } else {
            let mut text = csv::record(&Row::COLUMNS.map(str::to_owned));
            let mut rows = 0;
            for row in known {
                text += &csv::record(&row.fields());
                rows += 1;
            }
            write_atomic(&self.path, |file| file.write_all(text.as_bytes()))
                .map_err(|e| self.io(e))?;
            rows
        };
        self.file = None;
        match std::fs::remove_file(&self.part) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(JournalError::Io {
                path: self.part,
                source,
            }),
            _ => Ok(rows),
        }
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
        Ok(read(path)?.0)
    }
}

/// Whether a result of this name is written as Parquet.
fn is_parquet(path: &Path) -> bool {
    let ending = path.extension();
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"))
}

/// The part, ready to be appended to: what was cut short is taken off, a new one gets its header.
fn open_part(part: &Path) -> Result<File, JournalError> {
    let io = |source| JournalError::Io {
        path: part.to_owned(),
        source,
    };
    if let Some(folder) = part.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(io)?;
    }
    let (_, whole) = read(part)?;
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(part)
        .map_err(io)?;
    file.set_len(whole as u64).map_err(io)?;
    if whole == 0 {
        let header = csv::record(&Row::COLUMNS.map(str::to_owned));
        file.write_all(header.as_bytes()).map_err(io)?;
    }
    Ok(file)
}

/// The whole rows of a file and the bytes they take with their header; none for a file that is
/// not there.
fn read(path: &Path) -> Result<(Vec<Row>, usize), JournalError> {
    let io = |source| JournalError::Io {
        path: path.to_owned(),
        source,
    };
    let foreign = |why: String| JournalError::Foreign {
        path: path.to_owned(),
        why,
    };
    let bytes = match files::read(path, MAX_BYTES) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok((Vec::new(), 0)),
        Err(e) => return Err(io(e)),
        Ok(bytes) => bytes,
    };
    if bytes.starts_with(columnar::MAGIC) {
        let (file, _) = files::open_plain(path).map_err(io)?;
        return Ok((columnar::read(file).map_err(foreign)?, bytes.len()));
    }
    // A kill can also cut a character in two; that is in the last record, which goes anyway.
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text,
        Err(e) if e.error_len().is_none() => {
            std::str::from_utf8(&bytes[..e.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return Err(foreign("it is no text".into())),
    };
    let (records, whole) = csv::records(text);
    let mut records = records.into_iter();
    match records.next() {
        None if Row::COLUMNS.join(",").starts_with(text.trim_end()) => return Ok((Vec::new(), 0)),
        Some(header) if header == Row::COLUMNS => {}
        _ => return Err(foreign("its columns are others".into())),
    }
    let rows = records
        .enumerate()
        .map(|(i, fields)| {
            Row::from_fields(fields).map_err(|e| foreign(format!("in record {}, {e}", i + 2)))
        })
        .collect::<Result<_, _>>()?;
    Ok((rows, whole))
}

#[cfg(test)]
mod tests {
    use super::super::row::example;
    use super::*;

    fn rows() -> Vec<Row> {
        ["a.png", "b, \"b\".png", "\u{e9}t\u{e9}.png"]
            .into_iter()
            .flat_map(|p| ["none", "fog:3"].map(|s| example(p, "net", s)))
            .collect()
    }

    #[test]
    fn cut_anywhere_it_goes_on_to_the_same_file() {
        let dir = tempfile::tempdir().unwrap();
        let rows = rows();
        let keys: Vec<Key> = rows.iter().map(|r| r.key.clone()).collect();
        let finished = |path: &Path| {
            let mut journal = Journal::open(path).unwrap();
            let missing: Vec<Row> = rows
                .iter()
                .filter(|r| journal.get(&r.key).is_none())
                .cloned()
                .collect();
            for row in missing {
                journal.append(vec![row]).unwrap();
            }
            assert_eq!(journal.finish(&keys).unwrap(), rows.len());
            std::fs::read(path).unwrap()
        };
        let want = finished(&dir.path().join("undisturbed.csv"));
        // The part of a run that got to the last row.
        let mut journal = Journal::open(&dir.path().join("x.csv")).unwrap();
        journal.append(rows.clone()).unwrap();
        drop(journal);
        let part = std::fs::read(dir.path().join("x.csv.part")).unwrap();
        // Each cut costs some syncs, so not every byte: 13 has no rhythm in common with the rows.
        for cut in (0..part.len())
            .step_by(13)
            .chain([part.len() - 1, part.len()])
        {
            let path = dir.path().join("again.csv");
            let _ = std::fs::remove_file(&path);
            std::fs::write(dir.path().join("again.csv.part"), &part[..cut]).unwrap();
            assert_eq!(finished(&path), want, "cut at {cut}");
            assert!(!dir.path().join("again.csv.part").exists());
        }
    }

    #[test]
    fn a_finished_file_is_not_computed_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/results.csv");
        let rows = rows();
        let mut journal = Journal::open(&path).unwrap();
        assert!(journal.is_empty());
        journal.append(rows.clone()).unwrap();
        journal.finish(rows.iter().map(|r| &r.key)).unwrap();
        let journal = Journal::open(&path).unwrap();
        assert_eq!(journal.len(), rows.len());
        assert!(rows.iter().all(|r| journal.get(&r.key) == Some(r)));
        let mut other = rows[0].key.clone();
        other.model_sha256 = "another file".into();
        assert_eq!(journal.get(&other), None);
        assert_eq!(Journal::read(&path).unwrap(), rows);
        assert!(Journal::read(&dir.path().join("none.csv")).is_err());
    }

    #[test]
    fn broken_off_it_ends_with_the_same_parquet_file() {
        let dir = tempfile::tempdir().unwrap();
        let mut rows = rows();
        // More places than a file has.
        rows[1].agree = 1.0 / 3.0;
        let keys: Vec<Key> = rows.iter().map(|r| r.key.clone()).collect();
        let paths = ["a.parquet", "b.parquet"].map(|name| dir.path().join(name));
        let mut journal = Journal::open(&paths[0]).unwrap();
        journal.append(rows.clone()).unwrap();
        journal.finish(&keys).unwrap();
        for part in rows.chunks(2) {
            // Each time as after a kill.
            let mut journal = Journal::open(&paths[1]).unwrap();
            journal.append(part.to_vec()).unwrap();
        }
        let journal = Journal::open(&paths[1]).unwrap();
        assert_eq!(journal.len(), rows.len());
        journal.finish(&keys).unwrap();
        let [a, b] = paths.each_ref().map(|path| std::fs::read(path).unwrap());
        assert!(a == b && a.starts_with(b"PAR1"));
        let read = Journal::read(&paths[1]).unwrap();
        assert_eq!(read.len(), rows.len());
        assert_eq!(read[0], rows[0]);
        assert_eq!(read[1].agree, 0.333333);
        assert_eq!(Journal::open(&paths[0]).unwrap().len(), rows.len());
    }

    #[test]
    fn somebody_elses_file_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        for text in [
            &b"name,price\napple,1\n"[..],
            b"hello",
            b"\xff\xd8\xff\xe0 picture",
            b"PAR1 and nothing more",
        ] {
            let path = dir.path().join("theirs.csv");
            std::fs::write(&path, text).unwrap();
            let error = Journal::open(&path).unwrap_err().to_string();
            assert!(error.contains("choose another file"), "{error}");
            assert_eq!(std::fs::read(&path).unwrap(), text);
        }
    }
}
