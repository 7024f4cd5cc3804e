//! Reading the rows of a result file, whatever wrote it last.

use std::io::ErrorKind;
use std::path::Path;

use super::journal::JournalError;
use super::row::Row;
use super::{columnar, csv};
use crate::files;

/// Largest result file that is read, in bytes: some millions of rows.
const MAX_BYTES: u64 = 1 << 30;
/// What Windows programs put before UTF-8.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// What the system says of a file that is not there.
pub const MISSING: ErrorKind = ErrorKind::NotFound;

/// The rows of a finished file; none for one that is not there.
pub fn read(path: &Path) -> Result<Vec<Row>, JournalError> {
    Ok(read_part(path)?.0)
}

/// The whole rows of a file and the bytes they take with their header; none for a file that is
/// not there.
pub fn read_part(path: &Path) -> Result<(Vec<Row>, usize), JournalError> {
    let io = |source| JournalError::Io {
        path: path.to_owned(),
        source,
    };
    let foreign = |why: String| JournalError::Foreign {
        path: path.to_owned(),
        why,
    };
    let bytes = match files::read(path, MAX_BYTES) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == MISSING => return Ok((Vec::new(), 0)),
        Err(e) if matches!(e.kind(), ErrorKind::InvalidInput | ErrorKind::IsADirectory) => {
            let why = "it is no plain file: choose another for the results";
            return Err(io(std::io::Error::new(ErrorKind::InvalidInput, why)));
        }
        Err(e) => return Err(io(e)),
    };
    if bytes.starts_with(columnar::MAGIC) {
        let length = bytes.len();
        return Ok((columnar::read(bytes).map_err(foreign)?, length));
    }
    // A kill can also cut a character in two; that is in the last record, which goes anyway.
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text,
        Err(e) if e.error_len().is_none() => {
            std::str::from_utf8(&bytes[..e.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return Err(foreign("it is no text".into())),
    };
    let bare = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let (records, whole) = csv::records(bare);
    let mut records = records.into_iter();
    match records.next() {
        None if Row::COLUMNS.join(",").starts_with(bare.trim_end()) => return Ok((Vec::new(), 0)),
        Some(header) if header == Row::COLUMNS => {}
        Some(header) if header == [Row::COLUMNS.join(";")] => {
            let why = "semicolons stand between its columns; save it with commas";
            return Err(foreign(why.into()));
        }
        _ => return Err(foreign("its columns are others".into())),
    }
    let rows = records
        .enumerate()
        .map(|(i, fields)| {
            let fields = fields.iter().map(|field| csv::unguarded(field)).collect();
            Row::from_fields(fields).map_err(|e| foreign(format!("in record {}, {e}", i + 2)))
        })
        .collect::<Result<_, _>>()?;
    Ok((rows, whole + text.len() - bare.len()))
}
