//! The first directory of a TIFF file: where its tags stand, so that some can be read differently
//! from what they say.
//!
//! The decoder below knows fewer kinds of colour than there are. It is told that the samples are
//! just samples, and what they mean is worked out here.

use std::io::{self, Read, Seek, SeekFrom};

/// Values of a tag that are read at most; a colour map has 3 x 65,536.
const MAX_VALUES: u64 = 1 << 18;

/// Pages that are counted.
const MAX_PAGES: usize = 10_000;

pub(super) const PHOTOMETRIC: u16 = 262;
pub(super) const FILL_ORDER: u16 = 266;
pub(super) const STRIP_OFFSETS: u16 = 273;
pub(super) const STRIP_LENGTHS: u16 = 279;
pub(super) const TILE_OFFSETS: u16 = 324;
pub(super) const TILE_LENGTHS: u16 = 325;

/// One tag.
#[derive(Debug, Clone, Copy)]
struct Entry {
    tag: u16,
    /// Bytes of one value: 1, 2, 4 or 8.
    size: usize,
    count: u64,
    /// Where its first value stands in the file.
    at: usize,
}

/// The tags of the first picture.
#[derive(Debug)]
pub(super) struct Directory<'a> {
    bytes: &'a [u8],
    little: bool,
    entries: Vec<Entry>,
}

impl<'a> Directory<'a> {
    /// Reads the first directory; `None` where there is none.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let little = bytes.first()? == &b'I';
        let mut this = Self {
            bytes,
            little,
            entries: Vec::new(),
        };
        let big = this.number(2, 2)? == 43;
        let word = if big { 8 } else { 4 };
        let start = usize::try_from(this.number(if big { 8 } else { 4 }, word)?).ok()?;
        let (head, step) = if big { (8, 20) } else { (2, 12) };
        let count = this.number(start, head)?.min(4096) as usize;
        for index in 0..count {
            let at = start.checked_add(head)?.checked_add(index * step)?;
            let (Some(tag), Some(kind)) = (this.number(at, 2), this.number(at + 2, 2)) else {
                break;
            };
            let Some(count) = this.number(at + 4, word) else {
                break;
            };
            let size = match kind {
                1 | 2 | 6 | 7 => 1,
                3 | 8 => 2,
                4 | 9 | 11 | 13 => 4,
                5 | 10 | 12 | 16 | 17 | 18 => 8,
                _ => continue,
            };
            let inline = at + 4 + word;
            let fits = count
                .checked_mul(size as u64)
                .is_some_and(|all| all <= word as u64);
            let at = if fits {
                inline
            } else {
                match this.number(inline, word).map(usize::try_from) {
                    Some(Ok(at)) => at,
                    _ => continue,
                }
            };
            this.entries.push(Entry {
                tag: tag as u16,
                size,
                count,
                at,
            });
        }
        Some(this)
    }

    /// How many directories follow each other in the file, this one counted; `None` where they
    /// lead in a circle or are more than anybody counts.
    pub(super) fn pages(&self) -> Option<usize> {
        let big = self.number(2, 2)? == 43;
        let (word, head, step) = if big { (8, 8, 20) } else { (4, 2, 12) };
        let offset = |at: usize| usize::try_from(self.number(at, word)?).ok();
        let mut at = offset(word)?;
        for pages in 1..=MAX_PAGES {
            let count = usize::try_from(self.number(at, head)?).ok()?;
            let next = count
                .checked_mul(step)
                .and_then(|all| at.checked_add(head)?.checked_add(all))?;
            at = match offset(next) {
                // The last of a file that was cut.
                None | Some(0) => return Some(pages),
                Some(next) => next,
            };
        }
        None
    }

    fn number(&self, at: usize, size: usize) -> Option<u64> {
        let bytes = self.bytes.get(at..at.checked_add(size)?)?;
        let fold = |value: u64, byte: &u8| (value << 8) | u64::from(*byte);
        Some(if self.little {
            bytes.iter().rev().fold(0, fold)
        } else {
            bytes.iter().fold(0, fold)
        })
    }

    fn entry(&self, tag: u16) -> Option<Entry> {
        self.entries.iter().copied().find(|e| e.tag == tag)
    }

    /// The first value of an unsigned tag.
    pub(super) fn first(&self, tag: u16) -> Option<u64> {
        let entry = self.entry(tag).filter(|e| e.count > 0)?;
        self.number(entry.at, entry.size)
    }

    /// All values of an unsigned tag; none where it is not there, [`MAX_VALUES`] at most.
    pub(super) fn all(&self, tag: u16) -> Vec<u64> {
        let Some(entry) = self.entry(tag) else {
            return Vec::new();
        };
        (0..entry.count.min(MAX_VALUES) as usize)
            .map_while(|i| self.number(entry.at.checked_add(i * entry.size)?, entry.size))
            .collect()
    }

    /// The bytes of a tag that holds bytes.
    pub(super) fn bytes(&self, tag: u16) -> Option<&'a [u8]> {
        let entry = self.entry(tag).filter(|e| e.size == 1)?;
        let end = entry.at.checked_add(usize::try_from(entry.count).ok()?)?;
        self.bytes.get(entry.at..end)
    }

    /// Three numbers of rational values.
    pub(super) fn rationals(&self, tag: u16) -> Option<[f64; 3]> {
        let entry = self.entry(tag).filter(|e| e.size == 8 && e.count >= 3)?;
        let mut values = [0.0; 3];
        for (i, value) in values.iter_mut().enumerate() {
            let at = entry.at + 8 * i;
            let below = self.number(at + 4, 4)?;
            *value = self.number(at, 4)? as f64 / below.max(1) as f64;
        }
        Some(values)
    }

    /// The file as the decoder is to see it: its samples are gray (which stands for "as they are"),
    /// and the bits of its data run from the highest down.
    pub(super) fn as_plain_samples(&self) -> PlainSamples<'a> {
        let mut changes = Vec::new();
        if let Some(entry) = self.entry(PHOTOMETRIC) {
            let one = if self.little { 0 } else { entry.size - 1 };
            changes.extend((0..entry.size).map(|i| (entry.at + i, u8::from(i == one))));
        }
        let mut reversed = Vec::new();
        if self.first(FILL_ORDER) == Some(2) {
            for (offsets, lengths) in [(STRIP_OFFSETS, STRIP_LENGTHS), (TILE_OFFSETS, TILE_LENGTHS)]
            {
                let pairs = self.all(offsets).into_iter().zip(self.all(lengths));
                reversed.extend(pairs.map(|(start, length)| start..start.saturating_add(length)));
            }
            reversed.sort_by_key(|range| range.start);
        }
        PlainSamples {
            bytes: self.bytes,
            at: 0,
            changes,
            reversed,
        }
    }
}

/// A file of which some bytes are read as others.
#[derive(Debug)]
pub(super) struct PlainSamples<'a> {
    bytes: &'a [u8],
    at: u64,
    changes: Vec<(usize, u8)>,
    reversed: Vec<std::ops::Range<u64>>,
}

impl Read for PlainSamples<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let start = usize::try_from(self.at)
            .unwrap_or(usize::MAX)
            .min(self.bytes.len());
        let rest = self.bytes.get(start..).unwrap_or_default();
        let length = rest.len().min(into.len());
        let (Some(into), Some(from)) = (into.get_mut(..length), rest.get(..length)) else {
            return Ok(0);
        };
        into.copy_from_slice(from);
        let end = self.at + length as u64;
        let first = self.reversed.partition_point(|range| range.end <= self.at);
        for range in self.reversed.get(first..).unwrap_or_default() {
            if range.start >= end {
                break;
            }
            let from = range.start.max(self.at) - self.at;
            let to = range.end.min(end) - self.at;
            if let Some(piece) = into.get_mut(from as usize..to as usize) {
                for byte in piece {
                    *byte = byte.reverse_bits();
                }
            }
        }
        for (at, value) in &self.changes {
            if let Some(byte) = at.checked_sub(start).and_then(|i| into.get_mut(i)) {
                *byte = *value;
            }
        }
        self.at = end;
        Ok(length)
    }
}

impl Seek for PlainSamples<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => (self.bytes.len() as u64).checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}
