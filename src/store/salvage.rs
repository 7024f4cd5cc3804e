//! What can still be read of a damaged TOML file.

use toml_edit::DocumentMut;

/// Blocks that contradict each other are sorted out one by one up to this much work, in bytes that
/// are parsed.
const MAX_WORK: usize = 64 << 20;

/// What can be read of `bytes`, and the numbers (from 1) of the lines that are left out.
///
/// A damaged line costs itself; where it opens a table, what stands in that table; where the rest
/// of its table makes no sense without it, that table.
pub(super) fn salvage(bytes: &[u8]) -> (DocumentMut, Vec<usize>) {
    if let Some(document) = parse(bytes) {
        return (document, Vec::new());
    }
    let mut damaged = Vec::new();
    let mut kept: Vec<(usize, Vec<u8>)> = Vec::new();
    for block in blocks(bytes) {
        let whole = block.lines.concat();
        if parse(&whole).is_some() {
            kept.push((block.first, whole));
            continue;
        }
        let readable = block.readable();
        if let Some(text) = &readable {
            kept.push((block.first, text.concat()));
        }
        for (index, line) in block.lines.iter().enumerate() {
            let stays = readable.as_ref().is_some_and(|lines| {
                // A line that is left out is an empty slice there.
                lines.get(index).is_some_and(|kept| !kept.is_empty())
            });
            if !stays && !line.trim_ascii().is_empty() {
                damaged.push(block.first + index);
            }
        }
    }
    let text: Vec<u8> = kept.iter().flat_map(|(_, text)| text.clone()).collect();
    if let Some(document) = parse(&text) {
        return (document, damaged);
    }
    let (document, contradicting) = one_by_one(&kept, text.len());
    damaged.extend(contradicting);
    damaged.sort_unstable();
    (document, damaged)
}

/// Adds the blocks as long as they go together; those that do not are told by their first lines.
fn one_by_one(blocks: &[(usize, Vec<u8>)], length: usize) -> (DocumentMut, Vec<usize>) {
    let mut text = Vec::new();
    let mut document = DocumentMut::new();
    let mut left_out = Vec::new();
    let affordable = blocks.len().saturating_mul(length) <= MAX_WORK;
    for (first, block) in blocks {
        let longer = [text.as_slice(), block].concat();
        match parse(&longer).filter(|_| affordable) {
            Some(with) => (document, text) = (with, longer),
            None => left_out.push(*first),
        }
    }
    (document, left_out)
}

/// Lines from one `[table]` up to the next.
struct Block<'a> {
    /// Number of the first line, from 1.
    first: usize,
    lines: Vec<&'a [u8]>,
}

impl<'a> Block<'a> {
    /// The lines that make sense, with nothing in the places of the others; `None` where none do.
    fn readable(&self) -> Option<Vec<&'a [u8]>> {
        let header = self.lines.first()?;
        if is_header(header) && parse(header).is_none() {
            return None;
        }
        let alone = |line: &&'a [u8]| if parse(line).is_some() { *line } else { &[] };
        let lines: Vec<&[u8]> = self.lines.iter().map(alone).collect();
        parse(&lines.concat()).map(|_| lines)
    }
}

fn blocks(bytes: &[u8]) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        match blocks.last_mut() {
            Some(block) if !is_header(line) => block.lines.push(line),
            _ => blocks.push(Block {
                first: index + 1,
                lines: vec![line],
            }),
        }
    }
    blocks
}

fn is_header(line: &[u8]) -> bool {
    line.trim_ascii_start().starts_with(b"[")
}

fn parse(bytes: &[u8]) -> Option<DocumentMut> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (String, Vec<usize>) {
        let (document, damaged) = salvage(bytes);
        (document.to_string(), damaged)
    }

    #[test]
    fn what_is_whole_stays_as_it_is() {
        let text = "# mine\na = 1 # one\n\n[t]\nb = '''\n[not a table\n'''\n";
        assert_eq!(read(text.as_bytes()), (text.to_owned(), vec![]));
        assert_eq!(read(b""), (String::new(), vec![]));
    }

    #[test]
    fn damage_costs_its_own_lines() {
        let entry = |name: &str| format!("[[picture]]\nname = \"{name}\"\nnew = 3\n");
        let (a, b) = (entry("a"), entry("b"));
        for (bytes, kept, lines) in [
            // A header that is cut off, at the end and in the middle.
            (format!("{a}{b}[[picture"), format!("{a}{b}"), vec![7]),
            (
                format!("{a}[[picture\nx = 1\n{b}"),
                format!("{a}{b}"),
                vec![4, 5],
            ),
            // A value without an end; a name twice.
            (
                format!("k = \"x\nl = 2\n{a}"),
                format!("l = 2\n{a}"),
                vec![1],
            ),
            (format!("k = 1\nk = 2\n{a}"), a.clone(), vec![1, 2]),
            (
                format!("[t]\n{a}[t]\nx = 1\n"),
                format!("[t]\n{a}"),
                vec![5],
            ),
            ("\u{0}\u{1}".to_owned(), String::new(), vec![1]),
        ] {
            assert_eq!(read(bytes.as_bytes()), (kept, lines), "{bytes:?}");
        }
        // Bytes that are no text.
        let bytes = [a.as_bytes(), b"x = \"caf\xe9\"\n", b.as_bytes()].concat();
        assert_eq!(read(&bytes), (format!("{a}{b}"), vec![4]));
    }

    #[test]
    fn a_large_damaged_file_is_read_in_time_and_not_in_its_square() {
        let entries: Vec<String> = (0..40_000).map(|n| format!("[[p]]\nn = {n}\n")).collect();
        let text = format!("[t]\n[t]\n{}", entries.concat());
        let start = std::time::Instant::now();
        let (_, damaged) = salvage(text.as_bytes());
        assert!(!damaged.is_empty());
        assert!(start.elapsed() < std::time::Duration::from_secs(20));
    }
}
