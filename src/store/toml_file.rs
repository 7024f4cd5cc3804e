//! A TOML file that is changed in place: what nobody changes stays as it is written there.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use toml_edit::DocumentMut;

use super::salvage::salvage;
use crate::files::write_atomic;

/// A file as it was read.
pub(super) struct TomlFile {
    path: PathBuf,
    bytes: Vec<u8>,
    /// What can be read of it; change it and call [`TomlFile::write`].
    pub(super) document: DocumentMut,
    /// What cannot be, in words.
    damage: Vec<String>,
}

impl TomlFile {
    /// Reads a file of at most `limit` bytes; one that is not there is empty.
    ///
    /// # Errors
    /// When the file is there and cannot be read, is no plain file or is too large: nothing may
    /// then be written over it.
    pub(super) fn read(path: &Path, limit: u64) -> io::Result<Self> {
        let bytes = match crate::files::read(path, limit) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read?,
        };
        let (document, lines) = salvage(&bytes);
        let damage = match lines.as_slice() {
            [] => Vec::new(),
            [line] => vec![format!("line {line}")],
            [first, .., last] => vec![format!("{} lines ({first} to {last})", lines.len())],
        };
        Ok(Self {
            path: path.to_owned(),
            bytes,
            document,
            damage,
        })
    }

    /// Says of something that it cannot be read: `what` names it.
    pub(super) fn spoilt(&mut self, what: String) {
        self.damage.push(what);
    }

    /// What cannot be read, as a sentence; `None` where everything can.
    pub(super) fn trouble(&self) -> Option<String> {
        let what = self.damage.join(", ");
        (!what.is_empty()).then(|| {
            format!(
                "{}: {what} cannot be read. The rest is used, and the file stays as it is until something is changed; then a copy is kept beside it.",
                self.path.display()
            )
        })
    }

    /// Writes the document, if it is another than was read. Where something could not be read,
    /// the file as it was is set aside first and where is returned. [`super::hold`] the folder.
    ///
    /// # Errors
    /// When the folder cannot be written; the file is then as it was.
    pub(super) fn write(&self) -> io::Result<Option<PathBuf>> {
        let text = self.document.to_string();
        if text.as_bytes() == self.bytes {
            return Ok(None);
        }
        let aside = if self.damage.is_empty() {
            None
        } else {
            Some(set_aside(&self.path, &self.bytes)?)
        };
        write_atomic(&self.path, |file| file.write_all(text.as_bytes()))?;
        Ok(aside)
    }
}

/// Copies of damaged files of one name, at most.
const MOST_COPIES: usize = 1000;

/// Keeps `bytes` beside `path` under a name that tells: `settings.damaged.toml`, then
/// `settings.damaged 2.toml`. A copy that is there already is found.
fn set_aside(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let part =
        |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let (stem, ending) = (part(path.file_stem()), part(path.extension()));
    for number in 1..=MOST_COPIES {
        let number = match number {
            1 => String::new(),
            _ => format!(" {number}"),
        };
        let copy = path.with_file_name(format!("{stem}.damaged{number}.{ending}"));
        let limit = bytes.len() as u64;
        match crate::files::read(&copy, limit) {
            Ok(there) if there == bytes => return Ok(copy),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                write_atomic(&copy, |file| file.write_all(bytes))?;
                return Ok(copy);
            }
            // Another one, or something that is nobody's business.
            _ => {}
        }
    }
    Err(io::Error::other(format!(
        "{MOST_COPIES} damaged copies of {} lie beside it; move them away",
        path.display()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_set_aside_once_and_only_when_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.toml");
        let damaged = b"a = 1 # one\nb = \"caf\xe9\"\n";
        std::fs::write(&path, damaged).unwrap();
        let mut file = TomlFile::read(&path, 100).unwrap();
        assert!(file.trouble().unwrap().contains("line 2 cannot be read"));
        assert_eq!(
            std::fs::read(&path).unwrap(),
            damaged,
            "reading writes nothing"
        );
        file.document["c"] = toml_edit::value(3);
        let aside = folder.path().join("s.damaged.toml");
        assert_eq!(file.write().unwrap(), Some(aside.clone()));
        assert_eq!(std::fs::read(&aside).unwrap(), damaged);
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "a = 1 # one\nc = 3\n"
        );
        // The same again is known; another damage has its own name.
        for (bytes, name) in [
            (&damaged[..], "s.damaged.toml"),
            (b"[x", "s.damaged 2.toml"),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let mut file = TomlFile::read(&path, 100).unwrap();
            file.document["c"] = toml_edit::value(4);
            assert_eq!(file.write().unwrap(), Some(folder.path().join(name)));
        }
        assert_eq!(std::fs::read(&aside).unwrap(), damaged);
    }

    #[test]
    fn a_file_that_is_too_large_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.toml");
        std::fs::write(&path, "a = 1\n".repeat(10)).unwrap();
        assert!(TomlFile::read(&path, 20).is_err());
        assert!(TomlFile::read(folder.path(), 20).is_err());
        assert_eq!(
            TomlFile::read(&folder.path().join("none"), 20)
                .unwrap()
                .trouble(),
            None
        );
    }
}
