//! Saved selections: named sets of rows, which lie beside the index and are never dropped with it.
//!
//! A file each, by the hash of its name: a record with the number of rows and the name, then records of
//! rows, each by its path and its content. A row is found by its path; where that has gone, by its content: a moved file
//! stays in.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::pack::{Kind, open, scan, whole};
use super::{Bits, ByKey, CollectionError, Key};
use crate::files::write_atomic;

const SELECTION: Kind = Kind {
    name: "selection",
    payload: None,
};
/// The folder in an index.
const FOLDER: &str = "selections";
/// What their files end with.
const ENDING: &str = "selection";
/// Longest name, in bytes.
const MAX_NAME: usize = 400;
/// Rows of one record.
const ROWS_EACH: usize = 1 << 16;
/// Bytes of a row: its path's key and its content's.
const EACH: usize = 32;

/// How two sets of rows become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combination {
    /// What is in either.
    Union,
    /// What is in both.
    Intersection,
    /// What is in the first and not in the second.
    Difference,
}

impl Combination {
    /// The rows of both, taken together so.
    #[must_use]
    pub fn of(self, first: &Bits, second: &Bits) -> Bits {
        let mut rows = first.clone();
        match self {
            Self::Union => rows.unite(second),
            Self::Intersection => rows.intersect(second),
            Self::Difference => rows.subtract(second),
        }
        rows
    }
}

/// A selection as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// The rows that are in it.
    pub rows: Bits,
    /// Number of saved rows that the collection has no more.
    pub gone: usize,
}

/// The saved selections of an index.
#[derive(Debug, Clone)]
pub struct Selections {
    folder: PathBuf,
}

impl Selections {
    /// Of the index in a folder.
    #[must_use]
    pub fn of(index: &Path) -> Self {
        Self {
            folder: index.join(FOLDER),
        }
    }

    /// Their names, in the order of the letters.
    ///
    /// # Errors
    /// When the folder cannot be read; a single damaged one is left out.
    pub fn names(&self) -> Result<Vec<String>, CollectionError> {
        let entries = match std::fs::read_dir(&self.folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(CollectionError::io(&self.folder))?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let path = entry.map_err(CollectionError::io(&self.folder))?.path();
            if path.extension().is_some_and(|ending| ending == ENDING)
                && let Ok((name, _)) = read(&path)
            {
                names.push(name);
            }
        }
        names.sort_by_key(|name| (name.to_lowercase(), name.clone()));
        Ok(names)
    }

    /// Saves rows under a name; those that had it before are replaced. `rows` are the keys of all, as
    /// [`super::Row::keys`] gives them.
    ///
    /// # Errors
    /// When the name is none, or it cannot be written.
    pub fn save(
        &self,
        name: &str,
        rows: &[[Key; 2]],
        selected: &Bits,
    ) -> Result<(), CollectionError> {
        let name = checked(name)?;
        let mut members = Vec::with_capacity(selected.len() * EACH);
        for key in selected.iter().filter_map(|row| rows.get(row)).flatten() {
            members.extend_from_slice(&key.bytes());
        }
        let key = Key::of_path(name.as_bytes());
        let parts = members.chunks(ROWS_EACH * EACH);
        let count = (members.len() / EACH) as u64;
        let head = [&count.to_le_bytes(), name.as_bytes()].concat();
        let bytes = whole(
            SELECTION,
            key,
            std::iter::once(head.as_slice()).chain(parts),
        );
        std::fs::create_dir_all(&self.folder).map_err(CollectionError::io(&self.folder))?;
        let path = self.path(name);
        write_atomic(&path, |file| file.write_all(&bytes)).map_err(CollectionError::io(&path))
    }

    /// The rows that are in a selection; `rows` are the keys of all.
    ///
    /// # Errors
    /// When there is none of that name, or it cannot be read.
    pub fn load(&self, name: &str, rows: &[[Key; 2]]) -> Result<Selection, CollectionError> {
        let path = self.path(checked(name)?);
        if !path.is_file() {
            let names = self.names()?;
            let known = match names.as_slice() {
                [] => "nothing is saved yet".to_owned(),
                names => format!(
                    "there are {}",
                    super::filter::named(names.iter().map(String::as_str))
                ),
            };
            return Err(CollectionError::Asked(format!(
                "there is no saved selection {name:?}; {known}"
            )));
        }
        let (_, members) = read(&path)?;
        let mut paths: ByKey<u32> = ByKey::default();
        let mut contents: ByKey<Vec<u32>> = ByKey::default();
        for (number, &[path, content]) in rows.iter().enumerate() {
            paths.insert(path, number as u32);
            if content != Key::NONE {
                contents.entry(content).or_default().push(number as u32);
            }
        }
        let mut selection = Selection {
            rows: Bits::none(rows.len()),
            gone: 0,
        };
        for (path, content) in members {
            let moved = || contents.get(&content).map(Vec::as_slice);
            match paths.get(&path).map(std::slice::from_ref).or_else(moved) {
                Some(found) => {
                    for &row in found {
                        selection.rows.set(row as usize, true);
                    }
                }
                None => selection.gone += 1,
            }
        }
        Ok(selection)
    }

    /// Removes a selection; gives whether there was one.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(&self, name: &str) -> Result<bool, CollectionError> {
        let path = self.path(checked(name)?);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            removed => removed.map(|()| true).map_err(CollectionError::io(&path)),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        let key = Key::of_path(name.as_bytes()).digits();
        self.folder.join(key).with_extension(ENDING)
    }
}

/// A name without the space around it.
fn checked(name: &str) -> Result<&str, CollectionError> {
    let name = name.trim();
    let asked = |why: &str| Err(CollectionError::Asked(why.to_owned()));
    if name.is_empty() {
        return asked("a selection needs a name to be saved under");
    }
    if name.len() > MAX_NAME || name.contains(char::is_control) {
        return asked("the name of a selection is one line of at most 400 bytes; choose another");
    }
    Ok(name)
}

/// The name of a selection and its rows, by path and content.
fn read(path: &Path) -> Result<(String, Vec<(Key, Key)>), CollectionError> {
    let damaged = || CollectionError::Selection(path.to_owned());
    let file = match open(path, SELECTION) {
        Err(CollectionError::Damaged { .. }) => return Err(damaged()),
        opened => opened?.ok_or_else(damaged)?,
    };
    let mut head = None;
    let mut members = Vec::new();
    // Without a mark nothing bad is passed over.
    let visited = scan(&file, SELECTION, 0, 0, &mut |record| {
        if head.is_none() {
            let parts = record.payload.split_first_chunk();
            head = parts.map(|(count, name)| {
                (
                    u64::from_le_bytes(*count),
                    String::from_utf8_lossy(name).into_owned(),
                )
            });
            return;
        }
        for member in record.payload.as_chunks::<EACH>().0 {
            let (path, content) = member.split_at(EACH / 2);
            let key = |bytes: &[u8]| bytes.first_chunk().map_or(Key::NONE, |b| Key::of(*b));
            members.push((key(path), key(content)));
        }
    });
    visited.map_err(CollectionError::io(path))?;
    match head {
        Some((count, name)) if count == members.len() as u64 => Ok((name, members)),
        _ => Err(damaged()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(names: &[&str]) -> Vec<[Key; 2]> {
        // The same content wherever a file of that name lies.
        let content = |name: &str| Key::of_content(name.rsplit('/').next().unwrap().as_bytes());
        let row = |name: &&str| [Key::of_path(name.as_bytes()), content(name)];
        names.iter().map(row).collect()
    }

    #[test]
    fn selections_come_back_and_are_combined() {
        let folder = tempfile::tempdir().unwrap();
        let saved = Selections::of(folder.path());
        assert!(saved.names().unwrap().is_empty());
        let all = rows(&["a/1", "a/2", "b/3", "b/4", "b/5"]);
        let (first, second) = (Bits::of(5, |n| n < 3), Bits::of(5, |n| n > 1));
        saved.save(" my first ", &all, &first).unwrap();
        saved.save("Second: 2/2", &all, &second).unwrap();
        assert_eq!(saved.names().unwrap(), ["my first", "Second: 2/2"]);
        let loaded = |name: &str| saved.load(name, &all).unwrap();
        assert_eq!(
            (loaded("my first").rows, loaded("my first").gone),
            (first.clone(), 0)
        );
        assert_eq!(loaded("Second: 2/2").rows, second);
        let of = |how: Combination| how.of(&first, &second).iter().collect::<Vec<_>>();
        assert_eq!(of(Combination::Union), [0, 1, 2, 3, 4]);
        assert_eq!(of(Combination::Intersection), [2]);
        assert_eq!(of(Combination::Difference), [0, 1]);
        saved.save("my first", &all, &Bits::none(5)).unwrap();
        assert!(loaded("my first").rows.is_empty());
        assert!(saved.remove("my first").unwrap() && !saved.remove("my first").unwrap());
        let error = saved.load("my first", &all).unwrap_err().to_string();
        assert!(error.contains("there are Second: 2/2"), "{error}");
        for name in ["", "  ", "two\nlines", &"x".repeat(500)] {
            assert!(saved.save(name, &all, &first).is_err(), "{name:?}");
        }
    }

    #[test]
    fn moved_files_stay_in_and_gone_ones_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let saved = Selections::of(folder.path());
        let all = rows(&["a/1", "a/2", "a/3"]);
        saved.save("x", &all, &Bits::of(3, |n| n != 1)).unwrap();
        let now = rows(&["c/1", "a/2", "c/9"]);
        let selection = saved.load("x", &now).unwrap();
        assert_eq!(
            (selection.rows.iter().collect::<Vec<_>>(), selection.gone),
            (vec![0], 1)
        );
    }

    #[test]
    fn a_damaged_one_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let saved = Selections::of(folder.path());
        let all = rows(&["a/1", "a/2"]);
        saved.save("x", &all, &Bits::all(2)).unwrap();
        let path = saved.path("x");
        let bytes = std::fs::read(&path).unwrap();
        for at in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 4;
            std::fs::write(&path, bytes).unwrap();
            let error = saved.load("x", &all).unwrap_err().to_string();
            assert!(error.contains("take it from a copy"), "{at}: {error}");
        }
        for cut in 0..bytes.len() {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            assert!(saved.load("x", &all).is_err(), "{cut}");
        }
    }
}
