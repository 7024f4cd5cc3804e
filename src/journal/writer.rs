//! Adding to a journal.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::Read as _;
use std::path::Path;

use serde_json::{Map, Value};

use super::clock::{DAY, Reckoner, Stamp, from_iso};
use super::disk::{Disk, Folder};
use super::reader::{day_of, file_of, files};
use super::{Clock, Event, JournalError, MAX_LINE, Round, SystemClock, line};

/// Below this many free bytes strokes are left out: scores are kept to the last.
const ROOM_FOR_STROKES: u64 = 500 << 20;

/// Adds lines to the journal in a folder.
pub struct Journal {
    disk: Box<dyn Disk>,
    reckoner: Reckoner,
    session: String,
    number: u64,
}

/// A line that is on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The session.
    pub session: String,
    /// Which line of it, from 1.
    pub number: u64,
    /// Days since 1970 by the journal's time.
    pub day: i64,
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Journal({})", self.disk.path().display())
    }
}

impl Journal {
    /// The journal in `folder`, which is made when the first line is written.
    ///
    /// # Errors
    /// [`JournalError::Read`] when what is there cannot be read.
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        Self::with_clock(folder, Box::new(SystemClock::default()))
    }

    /// As [`Self::open`], with another clock.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn with_clock(folder: &Path, clock: Box<dyn Clock>) -> Result<Self, JournalError> {
        Self::on(Box::new(Folder::new(folder)), clock)
    }

    pub(super) fn on(disk: Box<dyn Disk>, clock: Box<dyn Clock>) -> Result<Self, JournalError> {
        let mut journal = Self {
            disk,
            reckoner: Reckoner::new(clock),
            session: new_session(),
            number: 0,
        };
        if let Some((name, day)) = journal.newest()? {
            // A file whose lines are all damaged still tells its day.
            journal.reckoner.go_on(day * DAY, day * DAY);
            let end = journal.end_of(&name)?;
            if let Some((time, wall)) = end.last {
                journal.reckoner.go_on(time, wall);
            }
        }
        Ok(journal)
    }

    /// From here on lines belong to a new session, which is returned.
    pub fn begin(&mut self) -> &str {
        self.session = new_session();
        self.number = 0;
        &self.session
    }

    /// From here on lines belong to the session `name`, the next being its line `number`.
    pub fn go_on(&mut self, name: &str, number: u64) {
        name.clone_into(&mut self.session);
        self.number = number.saturating_sub(1);
    }

    /// The session that lines belong to.
    #[must_use]
    pub fn session(&self) -> &str {
        &self.session
    }

    /// Days since 1970 by the journal's time, which never runs back.
    pub fn today(&mut self) -> i64 {
        self.reckoner.now().day()
    }

    /// Milliseconds since 1970 by the journal's time, which never runs back.
    pub fn now(&mut self) -> i64 {
        self.reckoner.now().time
    }

    /// Adds an event. It is on the disk when this returns.
    ///
    /// # Errors
    /// [`JournalError`]; the event is then not kept.
    pub fn append<E: Event>(&mut self, event: &E) -> Result<Receipt, JournalError> {
        let wrong = |why: String| JournalError::Event {
            event: E::NAME.to_owned(),
            why,
        };
        let value = serde_json::to_value(event).map_err(|e| wrong(e.to_string()))?;
        // What is acknowledged can be read again: a number that is none would not.
        E::deserialize(&value).map_err(|e| wrong(e.to_string()))?;
        let Value::Object(fields) = value else {
            return Err(wrong("it has no fields".to_owned()));
        };
        self.add(E::NAME, &fields)
    }

    /// Adds a round; where the disk is nearly full without its strokes, where it is full without its
    /// painting: the score is kept to the last.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub fn append_round(&mut self, round: &Round) -> Result<Receipt, JournalError> {
        let short = self.disk.room().is_some_and(|room| room < ROOM_FOR_STROKES);
        if !short || round.strokes.is_empty() {
            match self.append(round) {
                Err(JournalError::Write { .. }) => {}
                kept => return kept,
            }
        }
        let mut round = round.clone();
        if !round.strokes.is_empty() {
            round.strokes.clear();
            round.flags.push("no-strokes".to_owned());
            match self.append(&round) {
                Err(JournalError::Write { .. }) => {}
                kept => return kept,
            }
        }
        if !round.painting.is_empty() {
            round.painting.clear();
            round.flags.push("no-painting".to_owned());
        }
        self.append(&round)
    }

    fn add(&mut self, event: &str, fields: &Map<String, Value>) -> Result<Receipt, JournalError> {
        let folder = self.disk.path().to_owned();
        let failed = |source| JournalError::Write {
            path: folder.clone(),
            source,
        };
        let _held = self.disk.hold().map_err(failed)?;
        let stamp: Stamp = self.reckoner.now();
        let number = self.number + 1;
        let text = line::sealed(&stamp, &self.session, number, event, fields).map_err(|why| {
            JournalError::Event {
                event: event.to_owned(),
                why,
            }
        })?;
        let name = file_of(stamp.day());
        let there = self.disk.names().map_err(failed)?.contains(&name);
        let end = if there {
            self.end_of(&name)?
        } else {
            self.repair_the_day_before()?;
            End::default()
        };
        let mut bytes = Vec::with_capacity(text.len() + 1);
        if end.lacks_line_feed {
            bytes.push(b'\n');
        }
        bytes.extend_from_slice(text.as_bytes());
        self.disk
            .extend(&name, end.whole, &bytes)
            .map_err(|source| JournalError::Write {
                path: folder.join(&name),
                source,
            })?;
        self.number = number;
        Ok(Receipt {
            session: self.session.clone(),
            number,
            day: stamp.day(),
        })
    }

    /// A cut may have torn the end of the newest file. Whoever begins the next day's repairs it: nobody
    /// writes there any more.
    fn repair_the_day_before(&mut self) -> Result<(), JournalError> {
        let Some((name, _)) = self.newest()? else {
            return Ok(());
        };
        let end = self.end_of(&name)?;
        let path = self.disk.path().join(&name);
        let (_, length) = match self.disk.open(&name, 0) {
            Ok(opened) => opened,
            Err(source) => return Err(JournalError::Read { path, source }),
        };
        if end.whole == length && !end.lacks_line_feed {
            return Ok(());
        }
        let feed: &[u8] = if end.lacks_line_feed { b"\n" } else { b"" };
        self.disk
            .extend(&name, end.whole, feed)
            .map_err(|source| JournalError::Write { path, source })
    }

    /// The newest day and its file.
    fn newest(&self) -> Result<Option<(String, i64)>, JournalError> {
        let days = files(self.disk.as_ref())?;
        let last = days.into_iter().rev().find(|name| day_of(name).is_some());
        Ok(last.and_then(|name| day_of(&name).map(|day| (name, day))))
    }

    /// What the file's last lines say.
    fn end_of(&self, name: &str) -> Result<End, JournalError> {
        let failed = |source| JournalError::Read {
            path: self.disk.path().join(name),
            source,
        };
        let (_, length) = self.disk.open(name, 0).map_err(failed)?;
        let mut window = 16 << 10;
        loop {
            let from = length.saturating_sub(window);
            let (source, _) = self.disk.open(name, from).map_err(failed)?;
            let mut tail = Vec::new();
            source
                .take(length - from)
                .read_to_end(&mut tail)
                .map_err(failed)?;
            if let Some(end) = End::of(&tail, length, from == 0 || window > MAX_LINE as u64) {
                return Ok(end);
            }
            window *= 8;
        }
    }
}

/// The end of a file.
#[derive(Debug, Default, PartialEq, Eq)]
struct End {
    /// Bytes without a torn last line.
    whole: u64,
    /// Whether the last of those is not a line feed.
    lacks_line_feed: bool,
    /// Journal's time and clock of the last line that can be read.
    last: Option<(i64, i64)>,
}

impl End {
    /// Of the last bytes of a file of `length` bytes; `None` where more of them are needed and can be
    /// had (`all` says that they cannot).
    fn of(tail: &[u8], length: u64, all: bool) -> Option<Self> {
        let feed = tail.iter().rposition(|&byte| byte == b'\n');
        let ends = feed.is_some_and(|at| at + 1 == tail.len()) || tail.is_empty();
        let torn = tail.get(feed.map_or(0, |at| at + 1)..).unwrap_or_default();
        if feed.is_none() && !tail.is_empty() && !all {
            return None;
        }
        let whole_but_for_its_feed = !ends && line::opened(torn).is_ok();
        // Without a line feed anywhere near it is no torn line of ours: whatever it is, it stays.
        let foreign = feed.is_none() && tail.len() > MAX_LINE;
        let cut = if ends || whole_but_for_its_feed || foreign {
            0
        } else {
            torn.len() as u64
        };
        let last = tail
            .split(|&byte| byte == b'\n')
            .rev()
            .find_map(|line| line::opened(line).ok())
            .and_then(|object| {
                let time = from_iso(object.get("t")?.as_str()?)?;
                let wall = object.get("w").and_then(Value::as_str).and_then(from_iso);
                Some((time, wall.unwrap_or(time)))
            });
        if last.is_none() && !all {
            return None;
        }
        Some(Self {
            whole: length - cut,
            lacks_line_feed: whole_but_for_its_feed || foreign,
            last,
        })
    }
}

/// A name that no other session has: 128 bits from the system's random numbers.
fn new_session() -> String {
    let half = |salt: u64| {
        let mut hasher = RandomState::new().build_hasher();
        hasher.write_u64(salt);
        if let Ok(now) = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH) {
            hasher.write_u128(now.as_nanos());
        }
        hasher.write_u32(std::process::id());
        hasher.finish()
    };
    format!("{:016x}{:016x}", half(1), half(2))
}
