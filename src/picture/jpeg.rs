//! What the markers of a JPEG file tell before anything is decoded: which process it uses, and
//! whether all of it is there.

/// The start-of-frame and start-of-scan segments of a file's first picture.
#[derive(Debug, Default)]
pub(super) struct Structure {
    /// Low byte of the start-of-frame marker; 0 where there is none before the first scan.
    process: u8,
    precision: u8,
    /// Horizontal and vertical sampling of each component.
    sampling: Vec<(u8, u8)>,
    /// MCUs between two restart markers; 0 for none.
    restart: u16,
    size: [u32; 2],
    /// Where the data of the first scan begin.
    scan_at: Option<usize>,
}

impl Structure {
    /// Reads the segments up to the first scan. Headers are stepped over by their lengths, so that
    /// the markers of a thumbnail inside EXIF do not count.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut found = Self::default();
        let mut at = 2;
        while let (Some(&first), Some(&marker)) = (bytes.get(at), bytes.get(at + 1)) {
            match (first, marker) {
                (0xFF, 0xFF) => at += 1,
                (0xFF, 0x01 | 0xD0..=0xD8) => at += 2,
                (0xFF, 0xD9) => break,
                (0xFF, _) => {
                    let Some(segment) = segment(bytes, at) else {
                        break;
                    };
                    match marker {
                        0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF | 0xF7 => {
                            found.frame(marker, segment);
                        }
                        0xDD => {
                            if let [high, low, ..] = segment {
                                found.restart = u16::from_be_bytes([*high, *low]);
                            }
                        }
                        0xDA => {
                            found.scan_at = Some(at);
                            break;
                        }
                        _ => {}
                    }
                    at += 4 + segment.len();
                }
                // Stray bytes between segments: decoders skip them too.
                _ => at += 1,
            }
        }
        found
    }

    fn frame(&mut self, marker: u8, segment: &[u8]) {
        self.process = marker;
        let [precision, h1, h0, w1, w0, _, components @ ..] = segment else {
            return;
        };
        self.precision = *precision;
        self.size = [[*w1, *w0], [*h1, *h0]].map(|side| u32::from(u16::from_be_bytes(side)));
        let (components, _) = components.as_chunks::<3>();
        self.sampling = components.iter().map(|c| (c[1] >> 4, c[1] & 15)).collect();
    }

    /// The name of a process that is not read; `None` for those that are.
    pub(super) fn unread(&self) -> Option<String> {
        let name = match self.process {
            0xC0..=0xC2 if self.precision != 8 => {
                return Some(format!("a JPEG of {} bits a sample", self.precision));
            }
            0xC3 => "a lossless JPEG",
            0xC5..=0xC7 | 0xCD..=0xCF => "a hierarchical JPEG",
            0xC9..=0xCA => "an arithmetic-coded JPEG",
            0xCB => "a lossless arithmetic-coded JPEG",
            0xF7 => "a JPEG-LS picture",
            _ => return None,
        };
        Some(name.to_owned())
    }

    /// True where a component has a sampling that cameras do not use.
    pub(super) fn is_rarely_sampled(&self) -> bool {
        let usual = |(h, v): &(u8, u8)| matches!(h, 1 | 2) && matches!(v, 1 | 2);
        !self.sampling.iter().all(usual)
    }

    /// How its colours are sampled, as `3x1, 1x1, 1x1`.
    pub(super) fn sampling(&self) -> String {
        let each = self.sampling.iter().map(|(h, v)| format!("{h}x{v}"));
        each.collect::<Vec<_>>().join(", ")
    }

    /// Where the data of the first picture end, and whether an end-of-image marker says so. Another
    /// picture that begins before that, such as a thumbnail behind the data, has an end of its own.
    pub(super) fn end(&self, bytes: &[u8]) -> (usize, bool) {
        let Some(mut at) = self.scan_at else {
            return (bytes.len(), false);
        };
        while let (Some(&first), Some(&second)) = (bytes.get(at), bytes.get(at + 1)) {
            match (first, second) {
                (0xFF, 0xD9) => return (at, true),
                (0xFF, 0xD8) => return (at, false),
                // Tables and the headers of further scans are stepped over.
                (0xFF, 0xC4 | 0xDA..=0xDD | 0xE0..=0xEF | 0xFE) => match segment(bytes, at) {
                    Some(segment) => at += 4 + segment.len(),
                    None => break,
                },
                _ => at += 1,
            }
        }
        (bytes.len(), false)
    }

    fn scan<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        bytes.get(self.scan_at?..)
    }

    /// Two versions of a file without an end: its data, continued in two different ways. Where a
    /// decoder gives the same pixels for both, it has read nothing of what was added: the whole
    /// picture was there. `None` where it is clear without trying that something is missing.
    pub(super) fn continuations(&self, bytes: &[u8]) -> Option<[Vec<u8>; 2]> {
        if !self.all_scans(bytes) {
            return None;
        }
        // A file that was cut may be filled up with zeros, which would be read as data.
        let mut data = bytes;
        while let [rest @ .., before, 0] = data
            && *before != 0xFF
        {
            data = match rest {
                [] => return None,
                _ => data.get(..data.len() - 1)?,
            };
        }
        let zeros = [0u8; 64];
        let mut mixed = [0u8; 64];
        let mut state = 0x9E37_79B9u32;
        for byte in &mut mixed {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // Never the first byte of a marker.
            *byte = ((state >> 24) as u8).min(0xFE);
        }
        Some([zeros, mixed].map(|added| [data, &added, &[0xFF, 0xD9]].concat()))
    }

    /// False where restart markers or, in a progressive file, scans are missing.
    fn all_scans(&self, bytes: &[u8]) -> bool {
        let Some(scan) = self.scan(bytes) else {
            return false;
        };
        if self.process == 0xC2 {
            return self.restart == 0 && all_coefficients(scan, self.sampling.len());
        }
        if self.restart == 0 {
            return true;
        }
        let largest = |side: fn(&(u8, u8)) -> u8| {
            let most = self.sampling.iter().map(side).max().unwrap_or(1);
            u64::from(most.max(1)) * 8
        };
        let mcus = u64::from(self.size[0]).div_ceil(largest(|s| s.0))
            * u64::from(self.size[1]).div_ceil(largest(|s| s.1));
        let found = scan
            .windows(2)
            .filter(|w| w[0] == 0xFF && (0xD0..=0xD7).contains(&w[1]))
            .count() as u64;
        found + 1 >= mcus.div_ceil(u64::from(self.restart))
    }
}

/// The contents of the segment whose marker is at `at`.
fn segment(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let length = bytes.get(at + 2..at + 4)?.first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*length)).max(2);
    bytes.get(at + 4..at + 2 + length)
}

/// True where the scans of a progressive file bring every coefficient of every component to its
/// last bit.
fn all_coefficients(bytes: &[u8], components: usize) -> bool {
    /// Bits that are still to come, by coefficient; `None` before the first scan.
    type Missing = [Option<u8>; 64];
    let mut missing: Vec<(u8, Missing)> = Vec::new();
    let mut at = 0;
    while let Some(next) = bytes
        .get(at..)
        .and_then(|rest| rest.windows(2).position(|w| w == [0xFF, 0xDA]))
    {
        at += next;
        let Some(segment) = segment(bytes, at) else {
            break;
        };
        at += 2;
        let Some((&count, rest)) = segment.split_first() else {
            continue;
        };
        let count = usize::from(count).min(4);
        let (Some(ids), Some([start, end, bits])) =
            (rest.get(..2 * count), rest.get(2 * count..2 * count + 3))
        else {
            continue;
        };
        let (pairs, _) = ids.as_chunks::<2>();
        for [id, _] in pairs {
            let known = missing.iter().position(|(known, _)| known == id);
            let index = known.unwrap_or_else(|| {
                missing.push((*id, [None; 64]));
                missing.len() - 1
            });
            let range = usize::from(*start)..=usize::from(*end).min(63);
            if let Some(coefficients) = missing.get_mut(index).and_then(|m| m.1.get_mut(range)) {
                coefficients.fill(Some(bits & 15));
            }
        }
    }
    missing.len() == components
        && missing
            .iter()
            .all(|(_, coefficients)| coefficients.iter().all(|c| *c == Some(0)))
}
