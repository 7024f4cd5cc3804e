//! An append-only file of records, each with a checksum.
//!
//! A header of 64 bytes (magic, kind, size of a payload, checksum), then records. In packs of one size:
//! `key[16] payload hash[8]`; in others `magic[4] length[4] key[16] payload hash[8]`. The hash is XXH3 of
//! what stands before it in the record. Numbers are little-endian.
//!
//! How much of a pack is known to be on disk is its *mark* (kept by whoever owns the pack). A bad
//! record behind the mark is where a killed run stopped: it is cut off. A bad one before it is damage:
//! it is passed over and counted, and whoever writes next fills its place with a record of no key, so
//! that it is told once.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use twox_hash::XxHash3_64;

use super::{CollectionError, Key};

/// What every pack begins with; the last byte is the version.
const MAGIC: [u8; 8] = *b"salipak1";
/// Bytes before the first record.
pub(crate) const HEADER: u64 = 64;
/// What a record of its own size begins with.
const RECORD: [u8; 4] = *b"\xf5rec";
/// Largest payload of a record of its own size, in bytes.
const MAX_PAYLOAD: usize = 16 << 20;
/// Read at a time, in bytes.
const BLOCK: usize = 1 << 20;
const KEY: usize = 16;
const HASH: usize = 8;

/// What the records of a pack are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    /// At most 16 ASCII letters.
    pub(crate) name: &'static str,
    /// Bytes of every payload; `None` where each has its own.
    pub(crate) payload: Option<usize>,
}

impl Kind {
    /// Bytes of a record whose payload has that many.
    pub(crate) fn record(self, payload: usize) -> usize {
        let before = if self.payload.is_some() { 0 } else { 8 };
        before + KEY + payload + HASH
    }

    fn header(self) -> [u8; HEADER as usize] {
        let mut header = [0; HEADER as usize];
        let size = self.payload.map_or(0, |p| p as u64);
        let parts: [&[u8]; 3] = [&MAGIC, self.name.as_bytes(), &size.to_le_bytes()];
        for (at, part) in [0, 8, 24].into_iter().zip(parts) {
            let room = header.iter_mut().skip(at).take(16);
            room.zip(part).for_each(|(to, from)| *to = *from);
        }
        let (head, hash) = header.split_at_mut(HEADER as usize - HASH);
        hash.copy_from_slice(&XxHash3_64::oneshot(head).to_le_bytes());
        header
    }

    /// A record as bytes.
    fn encode(self, key: Key, payload: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        if self.payload.is_none() {
            out.extend_from_slice(&RECORD);
            out.extend_from_slice(&(payload.len() as u32).to_le_bytes());
        }
        out.extend_from_slice(&key.bytes());
        out.extend_from_slice(payload);
        let hash = XxHash3_64::oneshot(out.get(start..).unwrap_or_default());
        out.extend_from_slice(&hash.to_le_bytes());
    }

    /// The record that `bytes` begin with: its key, payload and length; `None` where it is none or
    /// is not whole.
    fn decode(self, bytes: &[u8]) -> Option<(Key, &[u8], usize)> {
        let (before, payload) = if let Some(size) = self.payload {
            (0, size)
        } else {
            let (head, rest) = bytes.split_first_chunk::<4>()?;
            let size = u32::from_le_bytes(*rest.first_chunk::<4>()?) as usize;
            (*head == RECORD && size <= MAX_PAYLOAD).then_some((8, size))?
        };
        let record = bytes.get(..self.record(payload))?;
        let (content, hash) = record.split_last_chunk::<HASH>()?;
        if XxHash3_64::oneshot(content) != u64::from_le_bytes(*hash) {
            return None;
        }
        let (key, payload) = content.get(before..)?.split_first_chunk::<KEY>()?;
        Some((Key::of(*key), payload, record.len()))
    }
}

/// A record that was read.
pub(crate) struct Record<'a> {
    pub(crate) key: Key,
    pub(crate) payload: &'a [u8],
    /// Where it begins in the pack.
    pub(crate) offset: u64,
}

/// What a pack held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Scan {
    /// Whole records.
    pub(crate) records: u64,
    /// Places before the mark where there is no whole record.
    pub(crate) damaged: u64,
    /// Bytes up to the end of the last whole record.
    pub(crate) end: u64,
    /// Where the damaged places before that end begin and end.
    gaps: Vec<(u64, u64)>,
}

/// A file that is read from one place on.
struct Window<'a> {
    file: &'a File,
    buffer: Vec<u8>,
    /// What of the buffer was used.
    used: usize,
    ended: bool,
}

impl Window<'_> {
    /// At least `count` of the next bytes, fewer only at the end of the file.
    fn next(&mut self, count: usize) -> io::Result<&[u8]> {
        while !self.ended && self.buffer.len() - self.used < count {
            self.buffer.drain(..self.used);
            self.used = 0;
            let more = count.max(BLOCK) as u64;
            let mut file = self.file;
            self.ended = Read::by_ref(&mut file)
                .take(more)
                .read_to_end(&mut self.buffer)?
                == 0;
        }
        Ok(self.buffer.get(self.used..).unwrap_or_default())
    }
}

/// Reads the records of a pack from the byte `from` on; see the module about `mark`.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn scan(
    file: &File,
    kind: Kind,
    from: u64,
    mark: u64,
    visit: &mut dyn FnMut(Record<'_>),
) -> io::Result<Scan> {
    let mut handle = file;
    handle.seek(SeekFrom::Start(from.max(HEADER)))?;
    let mut window = Window {
        file,
        buffer: Vec::new(),
        used: 0,
        ended: false,
    };
    let mut found = Scan {
        end: from.max(HEADER),
        ..Scan::default()
    };
    let mut offset = found.end;
    let mut gap = None;
    loop {
        let mut wanted = kind.record(kind.payload.unwrap_or(0));
        let mut bytes = window.next(wanted)?;
        if bytes.is_empty() {
            break;
        }
        if kind.payload.is_none()
            && let Some(size) = bytes.get(4..8).and_then(|b| b.first_chunk::<4>())
        {
            let size = (u32::from_le_bytes(*size) as usize).min(MAX_PAYLOAD);
            wanted = kind.record(size);
            bytes = window.next(wanted)?;
        }
        let step = match kind.decode(bytes) {
            Some((key, payload, length)) => {
                if let Some(from) = gap.take() {
                    found.gaps.push((from, offset));
                }
                if key != Key::NONE {
                    visit(Record {
                        key,
                        payload,
                        offset,
                    });
                    found.records += 1;
                }
                found.end = offset + length as u64;
                length
            }
            None if offset >= mark => break,
            None => {
                let counted = kind.payload.is_none() && gap.is_some();
                found.damaged += u64::from(!counted);
                gap.get_or_insert(offset);
                if kind.payload.is_some() {
                    // The places of the others are known.
                    wanted
                } else {
                    let later = bytes.get(1..).unwrap_or_default();
                    let next = later.windows(RECORD.len()).position(|w| w == RECORD);
                    // What might begin at the end is looked at again with what follows.
                    next.unwrap_or(later.len().saturating_sub(RECORD.len())) + 1
                }
            }
        };
        let step = step.min(bytes.len()).max(1);
        window.used += step;
        offset += step as u64;
    }
    if found.end < mark && found.damaged == 0 {
        // What was on disk is gone.
        found.damaged = 1;
    }
    Ok(found)
}

/// A pack as bytes: the records of one key.
pub(crate) fn whole<'a>(kind: Kind, key: Key, payloads: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut bytes = kind.header().to_vec();
    for payload in payloads {
        kind.encode(key, payload, &mut bytes);
    }
    bytes
}

/// Opens a pack for reading; `None` for one that is not there or holds nothing yet.
///
/// # Errors
/// When it cannot be read or is another one.
pub(crate) fn open(path: &Path, kind: Kind) -> Result<Option<File>, CollectionError> {
    let io = || CollectionError::io(path);
    let (mut file, length) = match crate::files::open_plain(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(io())?,
    };
    if length < HEADER {
        return Ok(None);
    }
    let mut header = [0; HEADER as usize];
    file.read_exact(&mut header).map_err(io())?;
    check_header(path, kind, &header)?;
    Ok(Some(file))
}

fn check_header(path: &Path, kind: Kind, header: &[u8]) -> Result<(), CollectionError> {
    if *header == kind.header() {
        return Ok(());
    }
    Err(CollectionError::Damaged {
        path: path.to_owned(),
        why: format!("it is no pack of {}", kind.name),
    })
}

/// Puts records of no key where there was damage.
fn fill(path: &Path, kind: Kind, gaps: &[(u64, u64)]) -> io::Result<()> {
    if gaps.is_empty() {
        return Ok(());
    }
    // What a pack is opened with can only append.
    let mut file = OpenOptions::new().write(true).open(path)?;
    for &(from, to) in gaps {
        let mut left = usize::try_from(to - from).unwrap_or(usize::MAX);
        let mut filler = Vec::new();
        loop {
            let least = kind.record(0);
            let payload = match kind.payload {
                Some(payload) => payload,
                None if left <= MAX_PAYLOAD => left.saturating_sub(least),
                // What is left is room for another.
                None => MAX_PAYLOAD / 2,
            };
            if left < kind.record(payload) {
                break;
            }
            left -= kind.record(payload);
            kind.encode(Key::NONE, &vec![0; payload], &mut filler);
        }
        file.seek(SeekFrom::Start(from))?;
        file.write_all(&filler)?;
    }
    file.sync_data()
}

/// The record at `offset`.
///
/// # Errors
/// When it cannot be read or is not whole.
pub(crate) fn read_at(
    file: &mut File,
    kind: Kind,
    offset: u64,
    payload: usize,
) -> io::Result<(Key, Vec<u8>)> {
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "a record is damaged");
    if payload > MAX_PAYLOAD {
        return Err(damaged());
    }
    let mut bytes = vec![0; kind.record(payload)];
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(&mut bytes)?;
    let (key, payload, _) = kind.decode(&bytes).ok_or_else(damaged)?;
    Ok((key, payload.to_vec()))
}

/// A pack that grows.
#[derive(Debug)]
pub(crate) struct Pack {
    path: PathBuf,
    kind: Kind,
    file: File,
    /// Bytes that are in the file.
    written: u64,
    /// Records that are not.
    waiting: Vec<u8>,
}

impl Pack {
    /// Opens the pack, made where it is not there, and reads it from the byte `from` on; what a killed
    /// run left half written is cut off.
    ///
    /// # Errors
    /// When it cannot be read or written, or is another one.
    pub(crate) fn open(
        path: &Path,
        kind: Kind,
        from: u64,
        mark: u64,
        visit: &mut dyn FnMut(Record<'_>),
    ) -> Result<(Self, Scan), CollectionError> {
        let io = || CollectionError::io(path);
        if path.exists() {
            // No pipe is waited for.
            crate::files::open_plain(path).map_err(io())?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .map_err(io())?;
        let length = file.metadata().map_err(io())?.len();
        if length < HEADER {
            file.set_len(0).map_err(io())?;
            file.write_all(&kind.header()).map_err(io())?;
        } else {
            let mut header = [0; HEADER as usize];
            file.read_exact(&mut header).map_err(io())?;
            check_header(path, kind, &header)?;
        }
        // A file that lost its end is read whole: where its records end is not known.
        let from = if length < from { 0 } else { from };
        let found = scan(&file, kind, from, mark, visit).map_err(io())?;
        if length > found.end {
            file.set_len(found.end).map_err(io())?;
        }
        fill(path, kind, &found.gaps).map_err(io())?;
        let pack = Self {
            path: path.to_owned(),
            kind,
            file,
            written: found.end,
            waiting: Vec::new(),
        };
        Ok((pack, found))
    }

    /// Adds a record, which is in the file after the next [`Self::write`]; gives its place.
    pub(crate) fn append(&mut self, key: Key, payload: &[u8]) -> u64 {
        debug_assert!(self.kind.payload.is_none_or(|size| size == payload.len()));
        let offset = self.len();
        self.kind.encode(key, payload, &mut self.waiting);
        offset
    }

    /// Bytes with those that wait.
    pub(crate) fn len(&self) -> u64 {
        self.written + self.waiting.len() as u64
    }

    /// Puts what waits into the file.
    ///
    /// # Errors
    /// When the system refuses; nothing of it is then in the file.
    pub(crate) fn write(&mut self) -> Result<(), CollectionError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.file.write_all(&self.waiting).map_err(|error| {
            // Half a record must not stand before the next one.
            let _ = self.file.set_len(self.written);
            CollectionError::io(&self.path)(error)
        })?;
        self.written += self.waiting.len() as u64;
        self.waiting.clear();
        Ok(())
    }

    /// Has all that was written on disk.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) fn sync(&self) -> Result<u64, CollectionError> {
        self.file
            .sync_data()
            .map_err(CollectionError::io(&self.path))?;
        Ok(self.written)
    }
}

#[cfg(test)]
#[path = "pack_tests.rs"]
mod tests;
