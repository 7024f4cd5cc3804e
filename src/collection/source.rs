//! Where pictures come from: a folder with all that is in it, a list of files, tar archives as
//! webdataset writes them, or made up.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::{ByKey, CollectionError, Key, demo};
use crate::files;
use crate::picture::{self, ENDINGS, MAX_BYTES, PictureError, is_archive, natural_order};

/// Longest list that is read, in bytes.
const MAX_LIST: u64 = 256 << 20;
/// Bytes of a block of an archive.
const BLOCK: u64 = 512;
/// Longest label beside a picture in an archive, in bytes.
const MAX_LABEL: u64 = 4 << 10;

/// Where pictures come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A folder and the folders in it.
    Folder(PathBuf),
    /// A text file with a path a line, relative to the list's folder: pictures, folders, archives.
    List(PathBuf),
    /// A tar archive; the label of `a.jpg` is in `a.cls` or `a.txt`.
    Archive(PathBuf),
    /// So many made-up pictures; see [`demo`].
    Demo {
        /// How many.
        count: u32,
        /// Another seed makes others.
        seed: u64,
    },
}

/// Where a file's bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// In a file at the row's path.
    File,
    /// In an archive of the listing, from that byte on.
    Member { archive: u32, offset: u64 },
    /// Nowhere: made up.
    Demo { seed: u64, n: u32 },
    /// It is known already that they cannot be read.
    Broken(Box<str>),
}

/// One file of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The path in the collection; see [`super::Row::path`].
    pub path: Box<[u8]>,
    /// Bytes of the file.
    pub size: u64,
    /// Nanoseconds since 1970; 0 where that is not known.
    pub modified: i64,
    /// What the source says it is a picture of.
    pub label: Option<Box<str>>,
    place: Place,
}

/// What a source held when it was looked at, in the order in which people count.
#[derive(Debug, Default)]
pub struct Listing {
    /// The files.
    pub entries: Vec<Entry>,
    root: PathBuf,
    archives: Vec<PathBuf>,
}

impl Source {
    /// What `path` is: a folder, an archive (`.tar`) or a list.
    ///
    /// # Errors
    /// When there is no such file.
    pub fn open(path: &Path) -> Result<Self, CollectionError> {
        let about = std::fs::metadata(path).map_err(CollectionError::io(path))?;
        let absolute = std::path::absolute(path).map_err(CollectionError::io(path))?;
        Ok(if about.is_dir() {
            Self::Folder(absolute)
        } else if is_archive(path) {
            Self::Archive(absolute)
        } else {
            Self::List(absolute)
        })
    }

    /// The folder, list or archive; `None` for made-up pictures.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Folder(path) | Self::List(path) | Self::Archive(path) => Some(path),
            Self::Demo { .. } => None,
        }
    }

    /// What there is now. What cannot be read below the top is a row that says so.
    ///
    /// # Errors
    /// When the folder, list or archive itself cannot be read.
    pub fn list(&self) -> Result<Listing, CollectionError> {
        let mut listing = Listing::default();
        match self {
            Self::Folder(folder) => {
                listing.root.clone_from(folder);
                listing.add_folder(folder, b"")?;
            }
            Self::Archive(path) => {
                listing.root = path.parent().map(Path::to_owned).unwrap_or_default();
                files::open_plain(path).map_err(CollectionError::io(path))?;
                listing.add_archive(path, b"");
            }
            Self::List(path) => {
                listing.root = path.parent().map(Path::to_owned).unwrap_or_default();
                let bytes = files::read(path, MAX_LIST).map_err(CollectionError::io(path))?;
                listing.add_list(path, &bytes)?;
            }
            Self::Demo { count, seed } => {
                let made = |n| Entry {
                    path: demo::path(*seed, n).into_bytes().into(),
                    size: 0,
                    modified: 0,
                    label: None,
                    place: Place::Demo { seed: *seed, n },
                };
                listing.entries = (0..*count).map(made).collect();
                // Their numbers have the same number of digits.
                listing.entries.sort_unstable_by(|a, b| a.path.cmp(&b.path));
                return Ok(listing);
            }
        }
        let paths = |a: &Entry, b: &Entry| natural_order(&path_of(&a.path), &path_of(&b.path));
        listing.entries.sort_by(paths);
        listing.entries.dedup_by(|a, b| a.path == b.path);
        Ok(listing)
    }
}

impl Listing {
    /// The bytes of a file.
    ///
    /// # Errors
    /// In words, when they cannot be read.
    pub fn read(&self, entry: &Entry) -> Result<Vec<u8>, String> {
        match &entry.place {
            Place::File => {
                let path = self.root.join(&*path_of(&entry.path));
                files::read(&path, MAX_BYTES).map_err(|e| format!("it could not be read: {e}"))
            }
            Place::Member { archive, offset } => {
                let path = self.archives.get(*archive as usize);
                let path = path.ok_or("its archive is not known")?;
                read_member(path, *offset, entry.size)
                    .map_err(|e| format!("it could not be read from its archive: {e}"))
            }
            Place::Demo { seed, n } => Ok(demo::jpeg(*seed, *n)),
            Place::Broken(why) => Err(why.to_string()),
        }
    }

    fn broken(&mut self, path: &[u8], why: &str) {
        self.entries.push(Entry {
            path: path.into(),
            size: 0,
            modified: 0,
            label: None,
            place: Place::Broken(crate::text::line(why).into()),
        });
    }

    /// The files of a folder and of those in it, by the same rules as everywhere.
    fn add_folder(&mut self, folder: &Path, name: &[u8]) -> Result<(), CollectionError> {
        let found = picture::list(folder, true).map_err(|error| CollectionError::Source {
            path: folder.to_owned(),
            why: match error {
                PictureError::Unreadable { source, .. } => source.to_string(),
                other => other.to_string(),
            },
        })?;
        let within = |path: &Path| {
            let parts = path.strip_prefix(folder).unwrap_or(path).iter();
            parts.fold(name.to_vec(), |all, part| joined(&all, &name_of(part)))
        };
        for path in found.pictures.iter().chain(&found.archives) {
            let within = within(path);
            match std::fs::metadata(path) {
                Ok(about) => self.add_file(path, &within, &about),
                Err(error) => self.broken(&within, &format!("it could not be read: {error}")),
            }
        }
        for (path, why) in &found.unreadable {
            self.broken(&within(path), why);
        }
        Ok(())
    }

    fn add_file(&mut self, path: &Path, within: &[u8], about: &Metadata) {
        if is_archive(path) {
            return self.add_archive(path, within);
        }
        self.entries.push(Entry {
            path: within.into(),
            size: about.len(),
            modified: modified(about),
            label: None,
            place: Place::File,
        });
    }

    fn add_list(&mut self, list: &Path, bytes: &[u8]) -> Result<(), CollectionError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let refused = |why: &str| CollectionError::Source {
            path: list.to_owned(),
            why: why.to_owned(),
        };
        if bytes.contains(&0) {
            return Err(refused(
                "this is neither a folder, a .tar archive nor a list of files, a path on each line",
            ));
        }
        for line in bytes.split(|&b| b == b'\n') {
            let line = line.trim_ascii();
            if line.is_empty() {
                continue;
            }
            let path = self.root.join(&*path_of(line));
            match std::fs::metadata(&path) {
                Ok(about) if about.is_dir() => {
                    if let Err(error) = self.add_folder(&path, line) {
                        self.broken(line, &error.to_string());
                    }
                }
                Ok(about) => self.add_file(&path, line, &about),
                Err(error) => self.broken(line, &format!("it could not be read: {error}")),
            }
        }
        if self.entries.is_empty() {
            return Err(refused("this list names no file"));
        }
        Ok(())
    }

    /// Pictures of an archive, and the labels beside them; an archive that ends early is a row that
    /// says so.
    fn add_archive(&mut self, path: &Path, name: &[u8]) {
        let number = self.archives.len() as u32;
        self.archives.push(path.to_owned());
        let first = self.entries.len();
        let mut labels: HashMap<Vec<u8>, Box<str>> = HashMap::new();
        if let Err(error) = self.read_archive(path, name, number, &mut labels) {
            let whole: &[u8] = if name.is_empty() { b"archive" } else { name };
            let whole = whole.to_vec();
            self.broken(
                &whole,
                &format!("this archive is damaged or cut short: {error}"),
            );
        }
        for entry in self.entries.iter_mut().skip(first) {
            entry.label = labels.get(stem(&entry.path)).cloned();
        }
    }

    fn read_archive(
        &mut self,
        path: &Path,
        name: &[u8],
        number: u32,
        labels: &mut HashMap<Vec<u8>, Box<str>>,
    ) -> std::io::Result<()> {
        let (file, length) = files::open_plain(path)?;
        let mut archive = tar::Archive::new(file);
        let mut end = 0;
        for member in archive.entries_with_seek()? {
            let mut member = member?;
            let size = member.size();
            let offset = member.raw_file_position();
            // Members are filled up to whole blocks; one that is cut would not be missed.
            end = offset
                .saturating_add(size)
                .div_ceil(BLOCK)
                .saturating_mul(BLOCK);
            if end > length {
                break;
            }
            if !member.header().entry_type().is_file() {
                continue;
            }
            let own = member.path_bytes().into_owned();
            let own = own.strip_prefix(b"./").unwrap_or(&own);
            let within = joined(name, own);
            let mut parts = own.split(|&b| b == b'/');
            if parts.any(|part| part.starts_with(b".") || part == b"__MACOSX") {
                continue;
            }
            let ending = ending(&path_of(own));
            if matches!(ending.as_str(), "cls" | "txt") {
                let mut text = Vec::new();
                member.by_ref().take(MAX_LABEL).read_to_end(&mut text)?;
                let text = crate::text::line(&String::from_utf8_lossy(&text));
                // A class is surer than a text.
                if !text.is_empty() && (ending == "cls" || !labels.contains_key(stem(&within))) {
                    labels.insert(stem(&within).to_vec(), text.into());
                }
            } else if ENDINGS.contains(&ending.as_str()) {
                let seconds = member.header().mtime().unwrap_or(0);
                self.entries.push(Entry {
                    path: within.into(),
                    size,
                    modified: i64::try_from(seconds)
                        .unwrap_or(0)
                        .saturating_mul(1_000_000_000),
                    label: None,
                    place: Place::Member {
                        archive: number,
                        offset,
                    },
                });
            }
        }
        if end > length {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    /// Only the files of shard `k` of `n`, counted from 0: by the hash of their paths, so that it does
    /// not depend on what else there is.
    pub fn keep_shard(&mut self, k: u32, n: u32) {
        self.entries.retain(|entry| {
            Key::of_path(&entry.path).shuffled() % u64::from(n.max(1)) == u64::from(k)
        });
    }

    /// Where the entry of each row is.
    #[must_use]
    pub fn places(&self) -> ByKey<u32> {
        let entries = self.entries.iter().enumerate();
        entries
            .map(|(i, entry)| (Key::of_path(&entry.path), i as u32))
            .collect()
    }
}

fn read_member(path: &Path, offset: u64, size: u64) -> std::io::Result<Vec<u8>> {
    let (mut file, length): (File, u64) = files::open_plain(path)?;
    if size > MAX_BYTES {
        return Err(std::io::ErrorKind::FileTooLarge.into());
    }
    if offset.saturating_add(size) > length {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::with_capacity(size as usize);
    file.take(size).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Up to the first dot of the file's name, as webdataset has it.
fn stem(path: &[u8]) -> &[u8] {
    let file = path.iter().rposition(|&b| b == b'/').map_or(0, |at| at + 1);
    let dot = path.iter().skip(file).position(|&b| b == b'.');
    path.get(..dot.map_or(path.len(), |dot| file + dot))
        .unwrap_or(path)
}

fn joined(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() {
        return name.to_vec();
    }
    [folder, b"/", name].concat()
}

fn ending(path: &Path) -> String {
    let ending = path.extension().map(|e| e.to_string_lossy());
    ending.unwrap_or_default().to_ascii_lowercase()
}

fn modified(about: &Metadata) -> i64 {
    use std::time::UNIX_EPOCH;
    let Ok(time) = about.modified() else {
        return 0;
    };
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |n| -n),
    }
}

#[cfg(unix)]
fn name_of(name: &std::ffi::OsStr) -> Vec<u8> {
    std::os::unix::ffi::OsStrExt::as_bytes(name).to_vec()
}

#[cfg(not(unix))]
fn name_of(name: &std::ffi::OsStr) -> Vec<u8> {
    name.to_string_lossy().into_owned().into_bytes()
}

#[cfg(unix)]
pub(super) fn path_of(path: &[u8]) -> Cow<'_, Path> {
    let path: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(path);
    Cow::Borrowed(Path::new(path))
}

#[cfg(not(unix))]
pub(super) fn path_of(path: &[u8]) -> Cow<'_, Path> {
    Cow::Owned(PathBuf::from(String::from_utf8_lossy(path).into_owned()))
}

#[cfg(test)]
#[path = "source_tests.rs"]
mod tests;
