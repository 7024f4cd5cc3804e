//! The container of AVIF (ISO/IEC 23008-12 and 14496-12): which items there are, where their data
//! lie and what is said about them. Only what a still picture needs.

use std::ops::Range;

/// Items, properties and references that are looked at, at most.
const MOST: usize = 4096;

/// One item of the file.
#[derive(Debug, Clone, Default)]
pub(super) struct Item {
    pub(super) id: u32,
    pub(super) kind: [u8; 4],
    /// Where its data lie, in order; inside `idat` where `in_idat` holds.
    extents: Vec<Range<u64>>,
    in_idat: bool,
    properties: Vec<usize>,
}

/// What is said about an item.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Property {
    /// Width and height in pixels.
    Size(u32, u32),
    /// Primaries, transfer, matrix and whether values use their whole range.
    CodePoints(u16, u16, u16, bool),
    Icc(Range<usize>),
    /// Quarter turns anticlockwise.
    Rotation(u8),
    /// About the vertical axis (1) or the horizontal one (0).
    Mirror(u8),
    /// Width, height and offsets from the centre, as fractions.
    CleanAperture([(i64, i64); 4]),
    /// An auxiliary picture of this type.
    Auxiliary(String),
    Other,
}

/// The items of a file.
#[derive(Debug, Default)]
pub(super) struct Items<'a> {
    bytes: &'a [u8],
    pub(super) primary: u32,
    all: Vec<Item>,
    properties: Vec<Property>,
    /// Type, from, to.
    references: Vec<([u8; 4], u32, Vec<u32>)>,
    idat: Range<usize>,
}

/// Reads numbers of a box one after the other.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
}

impl Cursor<'_> {
    fn number(&mut self, size: usize) -> Option<u64> {
        let to = self.at.checked_add(size).filter(|to| *to <= self.end)?;
        let bytes = self.bytes.get(self.at..to)?;
        self.at = to;
        Some(
            bytes
                .iter()
                .fold(0, |value, byte| (value << 8) | u64::from(*byte)),
        )
    }

    fn kind(&mut self) -> Option<[u8; 4]> {
        let kind = self.bytes.get(self.at..self.end)?.first_chunk::<4>()?;
        self.at += 4;
        Some(*kind)
    }

    /// Version and flags.
    fn full(&mut self) -> Option<(u64, u64)> {
        Some((self.number(1)?, self.number(3)?))
    }

    fn small_or_large(&mut self, large: bool) -> Option<u32> {
        self.number(if large { 4 } else { 2 }).map(|v| v as u32)
    }
}

/// The boxes of `range`: type and contents.
fn boxes(bytes: &[u8], range: Range<usize>) -> Vec<([u8; 4], Range<usize>)> {
    let mut found = Vec::new();
    let mut at = range.start;
    while found.len() < MOST {
        let mut cursor = Cursor {
            bytes,
            at,
            end: range.end,
        };
        let (Some(size), Some(kind)) = (cursor.number(4), cursor.kind()) else {
            break;
        };
        let size = match size {
            0 => Some((range.end - at) as u64),
            1 => cursor.number(8),
            size => Some(size),
        };
        let end = size
            .and_then(|size| at.checked_add(usize::try_from(size).ok()?))
            .filter(|end| *end >= cursor.at && *end <= range.end);
        let Some(end) = end else {
            break;
        };
        found.push((kind, cursor.at..end));
        at = end;
    }
    found
}

impl<'a> Items<'a> {
    /// The items of a file; `None` where it has no primary one.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (_, meta) = boxes(bytes, 0..bytes.len())
            .into_iter()
            .find(|(kind, _)| kind == b"meta")?;
        let mut this = Self {
            bytes,
            ..Self::default()
        };
        let inside = boxes(bytes, meta.start.checked_add(4)?..meta.end);
        let all = |wanted: &[u8; 4]| {
            inside
                .iter()
                .find(|(kind, _)| kind == wanted)
                .map(|b| b.1.clone())
        };
        let mut cursor = this.cursor(all(b"pitm")?);
        let (version, _) = cursor.full()?;
        this.primary = cursor.small_or_large(version > 0)?;
        this.read_infos(all(b"iinf")?)?;
        this.read_locations(all(b"iloc")?)?;
        this.idat = all(b"idat").unwrap_or_default();
        if let Some(range) = all(b"iref") {
            this.read_references(range);
        }
        if let Some(range) = all(b"iprp") {
            this.read_properties(range);
        }
        Some(this)
    }

    fn cursor(&self, range: Range<usize>) -> Cursor<'a> {
        Cursor {
            bytes: self.bytes,
            at: range.start,
            end: range.end,
        }
    }

    fn read_infos(&mut self, range: Range<usize>) -> Option<()> {
        let mut cursor = self.cursor(range.clone());
        let (version, _) = cursor.full()?;
        cursor.number(if version == 0 { 2 } else { 4 })?;
        for (kind, range) in boxes(self.bytes, cursor.at..range.end) {
            let mut cursor = self.cursor(range);
            if kind != *b"infe" {
                continue;
            }
            let (version, _) = cursor.full()?;
            if version < 2 {
                continue;
            }
            let id = cursor.small_or_large(version > 2)?;
            cursor.number(2)?;
            let kind = cursor.kind()?;
            self.all.push(Item {
                id,
                kind,
                ..Item::default()
            });
        }
        Some(())
    }

    fn read_locations(&mut self, range: Range<usize>) -> Option<()> {
        let mut cursor = self.cursor(range);
        let (version, _) = cursor.full()?;
        let sizes = cursor.number(2)?;
        let size = |shift: u32| ((sizes >> shift) & 15) as usize;
        let (offset, length, base, index) = (size(12), size(8), size(4), size(0));
        let count = cursor.small_or_large(version == 2)?;
        for _ in 0..count.min(MOST as u32) {
            let id = cursor.small_or_large(version == 2)?;
            let method = if version > 0 {
                cursor.number(2)? & 15
            } else {
                0
            };
            cursor.number(2)?;
            let start = cursor.number(base)?;
            let mut extents = Vec::new();
            for _ in 0..cursor.number(2)?.min(MOST as u64) {
                if version > 0 {
                    cursor.number(index)?;
                }
                let from = start.checked_add(cursor.number(offset)?)?;
                let size = cursor.number(length)?;
                // No length means all that follows.
                let to = if size == 0 {
                    u64::MAX
                } else {
                    from.checked_add(size)?
                };
                extents.push(from..to);
            }
            if let Some(item) = self.all.iter_mut().find(|item| item.id == id) {
                item.extents = extents;
                item.in_idat = method == 1;
            }
        }
        Some(())
    }

    fn read_references(&mut self, range: Range<usize>) -> Option<()> {
        let mut cursor = self.cursor(range.clone());
        let (version, _) = cursor.full()?;
        for (kind, range) in boxes(self.bytes, cursor.at..range.end) {
            let mut cursor = self.cursor(range);
            let from = cursor.small_or_large(version > 0)?;
            let count = cursor.number(2)?.min(MOST as u64);
            let to = (0..count)
                .map_while(|_| cursor.small_or_large(version > 0))
                .collect();
            self.references.push((kind, from, to));
        }
        Some(())
    }

    fn read_properties(&mut self, range: Range<usize>) -> Option<()> {
        let inside = boxes(self.bytes, range);
        let (_, container) = inside.iter().find(|(kind, _)| kind == b"ipco")?;
        self.properties = boxes(self.bytes, container.clone())
            .into_iter()
            .map(|(kind, range)| self.property(kind, range).unwrap_or(Property::Other))
            .collect();
        for (_, range) in inside.iter().filter(|(kind, _)| kind == b"ipma") {
            let mut cursor = self.cursor(range.clone());
            let (version, flags) = cursor.full()?;
            for _ in 0..cursor.number(4)?.min(MOST as u64) {
                let id = cursor.small_or_large(version > 0)?;
                let count = cursor.number(1)?;
                for _ in 0..count {
                    // The highest bit tells only that it must be understood.
                    let index = if flags & 1 == 1 {
                        cursor.number(2)? & 0x7FFF
                    } else {
                        cursor.number(1)? & 0x7F
                    };
                    let item = self.all.iter_mut().find(|item| item.id == id);
                    if let (Some(item), Some(index)) = (item, (index as usize).checked_sub(1)) {
                        item.properties.push(index);
                    }
                }
            }
        }
        Some(())
    }

    fn property(&self, kind: [u8; 4], range: Range<usize>) -> Option<Property> {
        let mut cursor = self.cursor(range.clone());
        Some(match &kind {
            b"ispe" => {
                cursor.full()?;
                Property::Size(cursor.number(4)? as u32, cursor.number(4)? as u32)
            }
            b"colr" => match &cursor.kind()? {
                b"nclx" => Property::CodePoints(
                    cursor.number(2)? as u16,
                    cursor.number(2)? as u16,
                    cursor.number(2)? as u16,
                    cursor.number(1)? & 0x80 != 0,
                ),
                b"prof" | b"rICC" => Property::Icc(cursor.at..range.end),
                _ => Property::Other,
            },
            b"irot" => Property::Rotation((cursor.number(1)? & 3) as u8),
            b"imir" => Property::Mirror((cursor.number(1)? & 1) as u8),
            b"clap" => {
                let mut fraction = || {
                    let above = i64::from(cursor.number(4)? as u32 as i32);
                    let below = i64::from(cursor.number(4)? as u32 as i32);
                    Some((above, below))
                };
                Property::CleanAperture([fraction()?, fraction()?, fraction()?, fraction()?])
            }
            b"auxC" => {
                cursor.full()?;
                let text = self.bytes.get(cursor.at..range.end)?;
                let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
                Property::Auxiliary(String::from_utf8_lossy(text).into_owned())
            }
            _ => Property::Other,
        })
    }

    /// The item of this number.
    pub(super) fn item(&self, id: u32) -> Option<&Item> {
        self.all.iter().find(|item| item.id == id)
    }

    /// What is said about an item, in the order in which it is to be applied.
    pub(super) fn properties<'b>(&'b self, item: &'b Item) -> impl Iterator<Item = &'b Property> {
        item.properties
            .iter()
            .filter_map(|index| self.properties.get(*index))
    }

    /// The items that `from` refers to by references of this type.
    pub(super) fn references(&self, kind: [u8; 4], from: u32) -> Vec<u32> {
        let of = self
            .references
            .iter()
            .filter(|r| r.0 == kind && r.1 == from);
        of.flat_map(|r| r.2.iter().copied()).take(MOST).collect()
    }

    /// The item that holds the opacity of `of`.
    pub(super) fn alpha(&self, of: u32) -> Option<&Item> {
        let auxiliary = self
            .references
            .iter()
            .filter(|r| r.0 == *b"auxl" && r.2.contains(&of));
        auxiliary.filter_map(|r| self.item(r.1)).find(|item| {
            self.properties(item).any(|property| {
                matches!(property, Property::Auxiliary(kind)
                    if kind == "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha"
                        || kind == "urn:mpeg:hevc:2015:auxid:1")
            })
        })
    }

    /// The data of an item, put together; `None` where they lie outside the file.
    pub(super) fn data(&self, item: &Item) -> Option<Vec<u8>> {
        let within = if item.in_idat {
            self.idat.clone()
        } else {
            0..self.bytes.len()
        };
        let area = self.bytes.get(within)?;
        let mut data = Vec::new();
        for extent in &item.extents {
            let from = usize::try_from(extent.start).ok()?;
            let to = usize::try_from(extent.end)
                .unwrap_or(usize::MAX)
                .min(area.len());
            if extent.end != u64::MAX && extent.end > area.len() as u64 {
                return None;
            }
            // Extents may not add up to more than the file has.
            if data.len() + to.checked_sub(from)? > area.len() {
                return None;
            }
            data.extend_from_slice(area.get(from..to)?);
        }
        Some(data)
    }
}
