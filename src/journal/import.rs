//! Rounds of versions before the journal: `scores.jsonl`, read once and left as it is.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::clock::{DAY, Stamp, from_iso};
use super::disk::{Disk as _, Folder};
use super::reader::IMPORTED;
use super::{Entry, Event as _, JournalError, MAX_LINE, Round, line};

/// The first line of the imported file: what it was made of.
const IMPORT: &str = "import";
/// A line of the old file that is no round.
pub(crate) const LINE: &str = "line";

/// Takes what the file of scores `old` holds over into the journal in `folder`, as one file that is
/// there whole or not at all. Every line comes along, also what cannot be read and what a newer
/// version wrote. It is done once; again only when an old version has added to `old` since. A
/// missing `old` holds nothing.
///
/// # Errors
/// [`JournalError`]; nothing is imported then.
pub fn import_scores(old: &Path, folder: &Path) -> Result<(), JournalError> {
    let unread = |source| JournalError::Read {
        path: old.to_owned(),
        source,
    };
    let length = match crate::files::open_plain(old) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened.map_err(unread)?.1,
    };
    let target = folder.join(IMPORTED);
    if length == 0 || imported(&target).is_some_and(|bytes| bytes >= length) {
        return Ok(());
    }
    let unwritten = |source| JournalError::Write {
        path: target.clone(),
        source,
    };
    let _held = Folder::new(folder).hold().map_err(unwritten)?;
    let (file, length) = crate::files::open_plain(old).map_err(unread)?;
    let mut failed_reading = None;
    let written = crate::files::write_atomic(&target, |to| {
        write(file, length, to).map_err(|(reading, error)| {
            if reading {
                failed_reading = Some(error);
                return io::Error::other("the scores could not be read");
            }
            error
        })
    });
    match failed_reading {
        Some(source) => Err(unread(source)),
        None => written.map_err(unwritten),
    }
}

/// How many bytes of the old file were imported; `None` where nothing was.
fn imported(target: &Path) -> Option<u64> {
    let (file, _) = crate::files::open_plain(target).ok()?;
    let mut first = Vec::new();
    let mut reader = BufReader::new(file).take(MAX_LINE as u64);
    reader.read_until(b'\n', &mut first).ok()?;
    let entry = Entry::of(line::opened(first.strip_suffix(b"\n")?).ok()?)?;
    (entry.event == IMPORT).then(|| entry.fields.get("bytes")?.as_u64())?
}

/// Writes the lines; in errors, whether it was the old file that failed.
fn write(old: File, length: u64, to: &mut File) -> Result<(), (bool, io::Error)> {
    let mut to = BufWriter::new(to);
    let mut number = 0;
    let mut put = |event: &str, time: i64, fields: &Map<String, Value>| {
        number += 1;
        let stamp = Stamp {
            time,
            wall: time,
            since: 0,
        };
        let line = line::sealed(&stamp, "imported", number, event, fields)
            .map_err(|why| (false, io::Error::other(why)))?;
        to.write_all(line.as_bytes()).map_err(|e| (false, e))
    };
    let of = |value: Value| match value {
        Value::Object(object) => object,
        _ => Map::new(),
    };
    put(
        IMPORT,
        0,
        &of(json!({"file": "scores.jsonl", "bytes": length})),
    )?;
    let mut reader = BufReader::new(old.take(length));
    let mut at = 0u64;
    loop {
        let mut text = Vec::new();
        // A piece at most: a line without an end must not fill the memory.
        let piece = (MAX_LINE / 8) as u64;
        let read = (&mut reader)
            .take(piece)
            .read_until(b'\n', &mut text)
            .map_err(|e| (true, e))?;
        if read == 0 {
            break;
        }
        at += 1;
        let mut bytes = text.as_slice();
        if at == 1 {
            bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        }
        let bytes = bytes.trim_ascii();
        if bytes.is_empty() {
            continue;
        }
        if let Some((time, fields)) = round(bytes) {
            put(Round::NAME, time, &fields)?;
        } else {
            let fields = match std::str::from_utf8(bytes) {
                Ok(text) => json!({"number": at, "text": text}),
                Err(_) => json!({"number": at, "bytes": crate::files::hexadecimal(bytes)}),
            };
            put(LINE, 0, &of(fields))?;
        }
    }
    to.flush().map_err(|e| (false, e))
}

/// The round in a line of the old file, and when it was.
fn round(bytes: &[u8]) -> Option<(i64, Map<String, Value>)> {
    let Value::Object(fields) = serde_json::from_slice(bytes).ok()? else {
        return None;
    };
    let round: Round = serde_json::from_value(Value::Object(fields.clone())).ok()?;
    if fields
        .keys()
        .any(|name| line::HEAD.contains(&name.as_str()))
    {
        return None;
    }
    let time = from_iso(&round.date).unwrap_or(0).max(0);
    Some((time.min(99_999 * DAY), fields))
}
