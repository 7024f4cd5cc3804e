//! Reading a journal, all of it or what is new.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

use super::clock::day_number;
use super::disk::{Disk, Folder};
use super::{Entry, JournalError, MAX_LINE, line};

/// Ending of the files.
const ENDING: &str = ".jsonl";
/// Of rounds of versions before the journal; sorts before all days.
pub(super) const IMPORTED: &str = "0000-imported.jsonl";
/// Faults that are told one by one; of more only the number is known.
const MOST_FAULTS: usize = 1000;

/// A line that could not be read. It stays where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// What is wrong, in words that follow "line 3:".
    pub why: &'static str,
}

/// How reading went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// Lines that were read.
    pub entries: u64,
    /// Lines that could not be.
    pub unreadable: u64,
    /// Which, as far as there is room to tell.
    pub faults: Vec<Fault>,
    /// Files whose last line is being written or was torn; whoever writes next repairs it.
    pub torn: Vec<String>,
}

/// How far a journal was read. The next reading goes on from there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Follow {
    places: BTreeMap<String, Place>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Place {
    bytes: u64,
    lines: u64,
}

/// Hands every entry of the journal in `folder` to `visit`, oldest day first.
///
/// # Errors
/// [`JournalError::Read`] when the folder or a file cannot be read; a missing folder is empty.
pub fn read(folder: &Path, visit: &mut dyn FnMut(Entry)) -> Result<Reading, JournalError> {
    Follow::default().read(folder, visit)
}

impl Follow {
    /// Hands the entries since the last reading to `visit`.
    ///
    /// # Errors
    /// As [`read()`].
    pub fn read(
        &mut self,
        folder: &Path,
        visit: &mut dyn FnMut(Entry),
    ) -> Result<Reading, JournalError> {
        self.read_from(&Folder::new(folder), visit)
    }

    pub(super) fn read_from(
        &mut self,
        disk: &dyn Disk,
        visit: &mut dyn FnMut(Entry),
    ) -> Result<Reading, JournalError> {
        let mut reading = Reading::default();
        for name in files(disk)? {
            let place = self.places.entry(name.clone()).or_default();
            read_file(disk, &name, place, &mut reading, visit).map_err(|source| {
                JournalError::Read {
                    path: disk.path().join(&name),
                    source,
                }
            })?;
        }
        Ok(reading)
    }
}

/// The journal's files, oldest first.
pub(super) fn files(disk: &dyn Disk) -> Result<Vec<String>, JournalError> {
    let mut names = disk.names().map_err(|source| JournalError::Read {
        path: disk.path().to_owned(),
        source,
    })?;
    names.retain(|name| name == IMPORTED || day_of(name).is_some());
    names.sort_unstable();
    Ok(names)
}

/// Removes the oldest files of the journal in `folder`, so that the last `days` days of use remain; how
/// many were removed. Days on which nothing was written do not count, so that a clock that is wrong
/// takes nothing away. What came along from before the journal stays.
///
/// # Errors
/// [`JournalError`] when the folder cannot be read or a file not removed.
pub fn keep_days(folder: &Path, days: usize) -> Result<usize, JournalError> {
    let disk = Folder::new(folder);
    let mut names = files(&disk)?;
    names.retain(|name| day_of(name).is_some());
    let gone = names.len().saturating_sub(days.max(1));
    for name in names.iter().take(gone) {
        let path = folder.join(name);
        std::fs::remove_file(&path).map_err(|source| JournalError::Write { path, source })?;
    }
    Ok(gone)
}

/// The day of a file by its name; `None` for other files.
pub(super) fn day_of(name: &str) -> Option<i64> {
    day_number(name.strip_suffix(ENDING)?)
}

/// The file of a day.
pub(super) fn file_of(day: i64) -> String {
    format!("{}{ENDING}", super::day_name(day))
}

fn read_file(
    disk: &dyn Disk,
    name: &str,
    place: &mut Place,
    reading: &mut Reading,
    visit: &mut dyn FnMut(Entry),
) -> io::Result<()> {
    let (source, length) = disk.open(name, place.bytes)?;
    if length < place.bytes {
        // Somebody put another file there.
        *place = Place::default();
        return read_file(disk, name, place, reading, visit);
    }
    let mut lines = Lines {
        source: source.take(length - place.bytes),
        buffer: Vec::new(),
        used: 0,
        bytes: 0,
    };
    while let Some(line) = lines.next()? {
        let (text, ended, long) = match line {
            Line::Whole(text) => (text, true, false),
            Line::Long => (&[][..], true, true),
            Line::Torn(text) => (text, false, false),
        };
        let entry = if long {
            Err("it is too long")
        } else if text.is_empty() && ended {
            place.lines += 1;
            place.bytes += 1;
            continue;
        } else {
            line::opened(text).and_then(|o| Entry::of(o).ok_or("it lacks what every line has"))
        };
        // A last line that is whole but for its line feed counts; one that is not may become whole.
        if !ended && entry.is_err() {
            reading.torn.push(name.to_owned());
            return Ok(());
        }
        place.bytes += lines.bytes;
        place.lines += u64::from(ended);
        match entry {
            Ok(entry) => {
                reading.entries += 1;
                visit(entry);
            }
            Err(why) => {
                reading.unreadable += 1;
                if reading.faults.len() < MOST_FAULTS {
                    reading.faults.push(Fault {
                        file: name.to_owned(),
                        line: place.lines,
                        why,
                    });
                }
            }
        }
    }
    Ok(())
}

enum Line<'a> {
    /// Without its line feed.
    Whole(&'a [u8]),
    /// Longer than any line of ours; skipped.
    Long,
    /// The end of the file, without a line feed.
    Torn(&'a [u8]),
}

/// Lines within limits: a file may be anything.
struct Lines<R> {
    source: R,
    buffer: Vec<u8>,
    used: usize,
    /// Bytes of the last line, its line feed included.
    bytes: u64,
}

impl<R: Read> Lines<R> {
    fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.buffer.drain(..self.used);
        self.used = 0;
        let mut skipped = 0u64;
        let mut searched = 0;
        loop {
            let found = self.buffer.get(searched..).unwrap_or_default();
            if let Some(at) = found.iter().position(|&byte| byte == b'\n') {
                let at = searched + at;
                self.used = at + 1;
                self.bytes = skipped + at as u64 + 1;
                if skipped > 0 {
                    return Ok(Some(Line::Long));
                }
                return Ok(self.buffer.get(..at).map(Line::Whole));
            }
            searched = self.buffer.len();
            if searched > MAX_LINE {
                skipped += searched as u64;
                self.buffer.clear();
                searched = 0;
            }
            let length = self.buffer.len();
            self.buffer.resize(length + (64 << 10), 0);
            let room = self.buffer.get_mut(length..).unwrap_or_default();
            let read = self.source.read(room)?;
            self.buffer.truncate(length + read);
            if read == 0 {
                self.used = self.buffer.len();
                self.bytes = skipped + self.used as u64;
                return Ok(match (skipped, self.buffer.is_empty()) {
                    (0, true) => None,
                    (0, false) => Some(Line::Torn(&self.buffer)),
                    _ => Some(Line::Torn(&[])),
                });
            }
        }
    }
}
