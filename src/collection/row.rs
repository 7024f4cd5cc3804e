//! A row of a collection: one file, by its path in it.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;

use super::Key;

/// What is known of a row's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It was seen in the folder and not read yet.
    Listed,
    /// It is a picture of this content.
    Read(Key),
    /// It is no picture that can be decoded; why, in one line. So it stays until the file changes.
    Broken(Box<str>),
    /// It could not be read when it was looked at last; why, in one line. It is tried again.
    Unread(Box<str>),
}

/// One file of a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The path in the collection, its parts with `/` between, as the system's bytes.
    pub path: Box<[u8]>,
    /// Bytes of the file.
    pub size: u64,
    /// When it was changed last: nanoseconds since 1970, 0 where that is not known.
    pub modified: i64,
    /// What the source itself says it is a picture of.
    pub label: Option<Box<str>>,
    /// What is known of the file.
    pub state: State,
}

impl Row {
    /// What the row is found by.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::of_path(&self.path)
    }

    /// The path as the system's.
    #[must_use]
    pub fn place(&self) -> Cow<'_, Path> {
        super::source::path_of(&self.path)
    }

    /// The path as text: bytes that are no UTF-8 become `\xNN`.
    #[must_use]
    pub fn name(&self) -> String {
        name_of(&self.path)
    }

    /// What it is found by in a saved selection: its path, and its content, which is none where it was not
    /// read.
    #[must_use]
    pub fn keys(&self) -> [Key; 2] {
        [self.key(), self.content().unwrap_or(Key::NONE)]
    }

    /// The path of the folder that the file lies in; empty at the top.
    #[must_use]
    pub fn folder(&self) -> String {
        let mut name = self.name();
        name.truncate(name.rfind('/').unwrap_or(0));
        name
    }

    /// The names of the folders that the file lies in, the innermost last.
    pub fn folders(&self) -> impl DoubleEndedIterator<Item = String> {
        let name = self.name();
        let end = name.rfind('/').unwrap_or(0);
        let folders = name.get(..end).unwrap_or_default();
        let parts: Vec<String> = folders
            .split('/')
            .filter(|part| !part.is_empty() && *part != "." && *part != "..")
            .map(str::to_owned)
            .collect();
        parts.into_iter()
    }

    /// Why there is no picture; `None` where there is one, and where it was not looked at yet.
    #[must_use]
    pub fn trouble(&self) -> Option<&str> {
        match &self.state {
            State::Broken(why) | State::Unread(why) => Some(why),
            State::Listed | State::Read(_) => None,
        }
    }

    /// The content, once it was read.
    #[must_use]
    pub fn content(&self) -> Option<Key> {
        match self.state {
            State::Read(content) => Some(content),
            _ => None,
        }
    }

    /// The row as the payload of a record.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let (state, content, reason) = match &self.state {
            State::Listed => (0, Key::NONE, ""),
            State::Read(content) => (1, *content, ""),
            State::Broken(reason) => (2, Key::NONE, reason.as_ref()),
            State::Unread(reason) => (3, Key::NONE, reason.as_ref()),
        };
        let label = self.label.as_deref().unwrap_or_default();
        let mut out = vec![state, u8::from(self.label.is_some())];
        out.extend_from_slice(&self.size.to_le_bytes());
        out.extend_from_slice(&self.modified.to_le_bytes());
        out.extend_from_slice(&content.bytes());
        for part in [&self.path, label.as_bytes(), reason.as_bytes()] {
            out.extend_from_slice(&(part.len() as u32).to_le_bytes());
            out.extend_from_slice(part);
        }
        out
    }

    /// What [`Self::encode`] wrote; `None` for anything else, and for a file that has gone.
    pub(crate) fn decode(payload: &[u8]) -> Option<Self> {
        let (&[state, labelled], rest) = payload.split_first_chunk()?;
        let (size, rest) = rest.split_first_chunk()?;
        let (modified, rest) = rest.split_first_chunk()?;
        let (content, mut rest) = rest.split_first_chunk()?;
        let mut part = || {
            let (length, after) = rest.split_first_chunk()?;
            let (part, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            rest = after;
            Some(part)
        };
        let (path, label, reason) = (part()?, part()?, part()?);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into();
        Some(Self {
            path: path.into(),
            size: u64::from_le_bytes(*size),
            modified: i64::from_le_bytes(*modified),
            label: (labelled != 0).then(|| text(label)),
            state: match state {
                0 => State::Listed,
                1 => State::Read(Key::of(*content)),
                2 => State::Broken(text(reason)),
                3 => State::Unread(text(reason)),
                _ => return None,
            },
        })
    }
}

/// A path as text; see [`Row::name`].
pub(crate) fn name_of(path: &[u8]) -> String {
    let mut text = String::new();
    for chunk in path.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a text cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// The payload that says a row's file has gone.
pub(crate) const GONE: [u8; 1] = [255];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back() {
        let states = [
            State::Listed,
            State::Read(Key::of([7; 16])),
            State::Broken("it is damaged".into()),
            State::Unread("permission denied".into()),
        ];
        for (n, state) in states.into_iter().enumerate() {
            let row = Row {
                path: b"cat/\xff 1.jpg".as_slice().into(),
                size: 1 << 40,
                modified: -5,
                label: (n == 1).then(|| "cat".into()),
                state,
            };
            let bytes = row.encode();
            assert_eq!(Row::decode(&bytes), Some(row));
            assert!((0..bytes.len()).all(|cut| Row::decode(&bytes[..cut]).is_none()));
        }
        assert_eq!(Row::decode(&GONE), None);
    }

    #[test]
    fn a_path_has_a_name_and_folders() {
        let row = |path: &[u8]| Row {
            path: path.into(),
            size: 0,
            modified: 0,
            label: None,
            state: State::Listed,
        };
        assert_eq!(row(b"a/\xff.jpg").name(), "a/\\xff.jpg");
        let folders = |path: &[u8]| row(path).folders().collect::<Vec<_>>();
        assert_eq!(folders(b"train/cat/1.jpg"), ["train", "cat"]);
        assert_eq!(folders(b"/data/../x/1.jpg"), ["data", "x"]);
        assert!(folders(b"1.jpg").is_empty());
    }
}
