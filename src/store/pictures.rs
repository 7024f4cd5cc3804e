//! The person's own pictures, remembered between runs: files by their path, pasted ones as files of
//! ours.
//!
//! `pictures.toml` in the data folder lists them; pasted ones lie in `pictures/` beside it, named by
//! the SHA-256 of their pixels. One that lies there and is in no list (the list was damaged, or the
//! program was killed before it was written) is remembered all the same.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml_edit::{ArrayOfTables, Item, Table};

use super::hold;
use super::toml_file::TomlFile;
use crate::files::write_png;
use crate::home::Home;
use crate::picture::Picture;

/// Files that are remembered by their path, at most; the oldest are forgotten first, which touches
/// none of them.
pub const MOST_FILES: usize = 200;
/// Bytes that the pasted ones may take on disk. Beyond them no other is kept: which of a person's
/// pictures may go is not ours to say.
const MAX_PASTED_BYTES: u64 = 1 << 30;
/// Larger lists are not ours.
const MAX_LIST_BYTES: u64 = 4 << 20;
/// Name of the entries in the list.
const ENTRY: &str = "picture";

/// One remembered picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// Name on screen.
    pub name: String,
    /// Its file.
    pub file: PathBuf,
    /// True where the file is ours.
    pub pasted: bool,
}

/// What one window wants changed.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Pictures that came, oldest first, with the pixels of the pasted ones.
    pub added: Vec<(Own, Option<Arc<Picture>>)>,
    /// Files of pictures that a person took out of the list.
    pub removed: Vec<PathBuf>,
}

/// Where the remembered pictures of a person lie.
#[derive(Debug, Clone)]
pub struct OwnPictures {
    list: PathBuf,
    folder: PathBuf,
    max_pasted_bytes: u64,
}

impl OwnPictures {
    /// Those of this user.
    #[must_use]
    pub fn of(home: &Home) -> Self {
        Self {
            list: home.data.join("pictures.toml"),
            folder: home.data.join("pictures"),
            max_pasted_bytes: MAX_PASTED_BYTES,
        }
    }

    /// The file of a pasted picture.
    #[must_use]
    pub fn pasted_path(&self, sha256: &str) -> PathBuf {
        self.folder.join(sha256).with_extension("png")
    }

    /// Whether a file is a copy of a pasted picture that we named: someone may have put another
    /// picture there.
    #[must_use]
    pub fn is_ours(&self, path: &Path) -> bool {
        let digits = |stem: &str| stem.len() == 64 && stem.bytes().all(|b| b.is_ascii_hexdigit());
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        let png = path.extension().is_some_and(|ending| ending == "png");
        path.parent() == Some(&self.folder) && png && stem.is_some_and(digits)
    }

    /// What is remembered, oldest first, each file once, and what a person should be told about
    /// entries that cannot be read. Files need not be there any more.
    #[must_use]
    pub fn read(&self) -> (Vec<Own>, Option<String>) {
        let (mut own, trouble) = match TomlFile::read(&self.list, MAX_LIST_BYTES) {
            Ok(mut list) => {
                let own = self.entries(&mut list);
                (own, list.trouble())
            }
            Err(error) => (Vec::new(), Some(self.unreadable(&error).to_string())),
        };
        let mut seen = HashSet::new();
        own.retain(|own| seen.insert(own.file.clone()));
        let unlisted = self
            .copies()
            .into_iter()
            .filter(|path| !seen.contains(path));
        own.extend(unlisted.map(|file| Own {
            name: "pasted picture".to_owned(),
            file,
            pasted: true,
        }));
        (own, trouble)
    }

    fn unreadable(&self, error: &io::Error) -> io::Error {
        let why = format!(
            "{} cannot be read, so it is not written either: {error}; move it away to start anew",
            self.list.display()
        );
        io::Error::new(error.kind(), why)
    }

    /// The entries of a list that make sense; the others are told.
    fn entries(&self, list: &mut TomlFile) -> Vec<Own> {
        let (mut own, mut strange) = (Vec::new(), 0);
        match list.document.get(ENTRY) {
            None => {}
            Some(Item::ArrayOfTables(tables)) => {
                for table in tables {
                    match self.entry(table) {
                        Some(entry) => own.push(entry),
                        None => strange += 1,
                    }
                }
            }
            Some(_) => strange = 1,
        }
        match strange {
            0 => {}
            1 => list.spoilt("1 picture".to_owned()),
            n => list.spoilt(format!("{n} pictures")),
        }
        own
    }

    fn entry(&self, table: &Table) -> Option<Own> {
        let text = |key| table.get(key).and_then(Item::as_str);
        let pasted = match table.get("pasted") {
            None => false,
            Some(item) => item.as_bool()?,
        };
        let mut file = PathBuf::from(text("file")?);
        if pasted {
            // A list never leads out of the folder.
            file = self.folder.join(file.file_name()?);
        }
        Some(Own {
            name: text("name")?.to_owned(),
            file,
            pasted,
        })
    }

    /// Our copies of pasted pictures on disk, the oldest first.
    fn copies(&self) -> Vec<PathBuf> {
        let mut found: Vec<_> = std::fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| {
                (
                    entry.metadata().and_then(|about| about.modified()).ok(),
                    entry.path(),
                )
            })
            .filter(|(_, path)| self.is_ours(path))
            .collect();
        found.sort();
        found.into_iter().map(|(_, path)| path).collect()
    }

    /// Merges what one window changed into what is remembered now, and returns what a person
    /// should be told. Only what is in `changes` comes or goes: other windows' pictures, entries
    /// that cannot be read and files that nobody lists stay.
    ///
    /// # Errors
    /// When the data folder cannot be written, or the list that is there cannot be read.
    pub fn change(&self, changes: &Changes) -> io::Result<Vec<String>> {
        let _held = hold(self.list.parent().unwrap_or(Path::new(".")))?;
        let mut list =
            TomlFile::read(&self.list, MAX_LIST_BYTES).map_err(|error| self.unreadable(&error))?;
        let mut told = Vec::new();
        let known: HashSet<PathBuf> = self
            .entries(&mut list)
            .into_iter()
            .map(|own| own.file)
            .collect();
        if !matches!(list.document.get(ENTRY), Some(Item::ArrayOfTables(_))) {
            // What else stood there was set down as unreadable.
            list.document[ENTRY] = Item::ArrayOfTables(ArrayOfTables::new());
        }
        let added: Vec<&Own> = self.written(changes, &mut told)?;
        if let Some(Item::ArrayOfTables(tables)) = list.document.get_mut(ENTRY) {
            let goes = |file: &PathBuf| changes.removed.contains(file);
            tables.retain(|table| !self.entry(table).is_some_and(|own| goes(&own.file)));
            for own in added {
                if known.contains(&own.file) && !goes(&own.file) {
                    continue;
                }
                match described(own) {
                    Some(table) => tables.push(table),
                    None => told.push(format!(
                        "{} is not remembered for the next run: its path is no Unicode text.",
                        own.file.display()
                    )),
                }
            }
            self.forget_oldest(tables);
        }
        if let Some(copy) = list.write()? {
            told.push(format!(
                "{} was damaged. As it was, it is kept as {}.",
                self.list.display(),
                copy.display()
            ));
        }
        for path in &changes.removed {
            let again = changes.added.iter().any(|(own, _)| own.file == *path);
            if self.is_ours(path)
                && !again
                && let Err(error) = std::fs::remove_file(path)
            {
                tracing::debug!("{} stays: {error}", path.display());
            }
        }
        Ok(told)
    }

    /// Writes the pasted pictures among those that came, as far as there is room, and returns what
    /// can be listed.
    fn written<'a>(
        &self,
        changes: &'a Changes,
        told: &mut Vec<String>,
    ) -> io::Result<Vec<&'a Own>> {
        let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |about| about.len());
        let mut taken = None;
        let mut kept = Vec::new();
        for (own, picture) in &changes.added {
            if let Some(picture) = picture
                && own.pasted
                && !own.file.exists()
            {
                let taken =
                    taken.get_or_insert_with(|| self.copies().iter().map(size).sum::<u64>());
                if *taken >= self.max_pasted_bytes {
                    told.push(format!(
                        "{} is not remembered for the next run: pasted pictures take {} MB, the most there is room for. Take some out of the list.",
                        own.name,
                        self.max_pasted_bytes >> 20
                    ));
                    continue;
                }
                write_png(&own.file, &picture.pixels)?;
                *taken += size(&own.file);
            }
            kept.push(own);
        }
        Ok(kept)
    }

    /// Drops the oldest of too many files; pasted pictures and what cannot be read stay.
    fn forget_oldest(&self, tables: &mut ArrayOfTables) {
        let is_file = |table: &Table| self.entry(table).is_some_and(|own| !own.pasted);
        let count = tables.iter().filter(|table| is_file(table)).count();
        let mut too_many = count.saturating_sub(MOST_FILES);
        tables.retain(|table| {
            let goes = too_many > 0 && is_file(table);
            too_many -= usize::from(goes);
            !goes
        });
    }
}

/// The entry of a picture; `None` where its path cannot be written in a text file.
fn described(own: &Own) -> Option<Table> {
    let file = if own.pasted {
        own.file.file_name()?.to_str()?
    } else {
        own.file.to_str()?
    };
    let mut table = Table::new();
    table["name"] = toml_edit::value(own.name.as_str());
    table["file"] = toml_edit::value(file);
    table["pasted"] = toml_edit::value(own.pasted);
    Some(table)
}

#[cfg(test)]
mod tests;
