//! The maps of many pictures in one file, `.npz` or Parquet, gathered so that a run that was killed goes on
//! where it was.
//!
//! While it grows, `FILE.part` holds a line of JSON for each map and `FILE.part.f32` the
//! maps themselves, one after the other. A line is written after its map: what a kill leaves behind the
//! last whole line is cut off when the run goes on.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::maps_table;
use crate::files::write_atomic;

/// Longest journal that is read, in bytes.
const MAX_JOURNAL_BYTES: u64 = 1 << 30;

/// Why maps could not be gathered.
#[derive(Debug, thiserror::Error)]
pub enum MapsFileError {
    /// A file could not be read or written.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is a result already.
    #[error("{path} is there already; name another file, or say --overwrite", path = .0.display())]
    Exists(PathBuf),
    /// A file that something else made is in the way of what is gathered.
    #[error("{path} was not made by Saliscope; name another file, or move it away", path = .0.display())]
    Foreign(PathBuf),
    /// Another run writes it now.
    #[error("{path} is being written by another run; wait for it, or name another file", path = .0.display())]
    Busy(PathBuf),
    /// Maps of one file have one size.
    #[error(
        "{picture}: its map has {found:?} rows and columns, those before {wanted:?}; give a folder \
         in place of one file"
    )]
    OtherSize {
        /// The picture.
        picture: String,
        /// The map's `[height, width]`.
        found: [usize; 2],
        /// That of the first map.
        wanted: [usize; 2],
    },
    /// What was begun was asked for with something else.
    #[error(
        "{path} was begun with other settings ({begun}); give the same, name another file, or remove it",
        path = path.display()
    )]
    OtherSettings {
        /// The journal.
        path: PathBuf,
        /// Its settings.
        begun: String,
    },
}

/// One map of the file, without its values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapEntry {
    /// The picture, as it was named.
    pub path: String,
    /// SHA-256 of the picture's file.
    pub sha256: String,
    /// The class that is explained.
    pub class: usize,
    /// What it is called.
    pub label: String,
    /// How sure the network is of it, 0-1.
    pub probability: f32,
}

#[derive(Serialize, Deserialize)]
struct Line {
    #[serde(flatten)]
    entry: MapEntry,
    /// `[height, width]`.
    size: [usize; 2],
    /// First byte of the map in the file of values.
    at: u64,
}

#[derive(Serialize, Deserialize)]
struct Head {
    settings: String,
}

/// A map that is gathered: its `[height, width]`, and its first byte in the file of values.
type Known = (MapEntry, [usize; 2], u64);

/// A file of maps that is being made.
#[derive(Debug)]
pub struct MapsFile {
    path: PathBuf,
    journal: File,
    values: File,
    entries: Vec<Known>,
    known: HashMap<String, usize>,
    end: u64,
}

impl MapsFile {
    /// Begins `path`, or goes on with what a killed run left of it. `settings` is everything but the
    /// pictures that decides the maps, in one line.
    ///
    /// # Errors
    /// When the result is there already, what was begun has other settings, or the folder cannot be
    /// written.
    pub fn open(path: &Path, settings: &str, overwrite: bool) -> Result<Self, MapsFileError> {
        let taken = std::fs::symlink_metadata(path);
        if taken.is_ok_and(|about| !overwrite || !about.is_file()) {
            return Err(MapsFileError::Exists(path.to_owned()));
        }
        let (journal_path, values_path) = parts(path);
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| MapsFileError::Io { path, source }
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(io(folder))?;
        }
        let open = |path: &Path| {
            if std::fs::symlink_metadata(path).is_ok_and(|about| !about.is_file()) {
                return Err(MapsFileError::Foreign(path.to_owned()));
            }
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            options.open(path).map_err(io(path))
        };
        let mut journal = open(&journal_path)?;
        // Where files cannot be locked, two runs at a time are the person's own care.
        if let Err(TryLockError::WouldBlock) = journal.try_lock() {
            return Err(MapsFileError::Busy(path.to_owned()));
        }
        let mut values = open(&values_path)?;
        let mut text = Vec::new();
        let mut limited = (&mut journal).take(MAX_JOURNAL_BYTES);
        limited.read_to_end(&mut text).map_err(io(&journal_path))?;
        let held = values.metadata().map_err(io(&values_path))?.len();

        let mut this = Self {
            path: path.to_owned(),
            entries: Vec::new(),
            known: HashMap::new(),
            end: 0,
            journal: journal.try_clone().map_err(io(&journal_path))?,
            values: values.try_clone().map_err(io(&values_path))?,
        };
        let head = Head {
            settings: settings.to_owned(),
        };
        // A kill may have cut the first line short.
        let begin = serde_json::to_vec(&head).unwrap_or_default();
        if !text.contains(&b'\n') && !begin.starts_with(&text) || text.is_empty() && held > 0 {
            return Err(MapsFileError::Foreign(journal_path));
        }
        let mut whole = 0;
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            if line.last() != Some(&b'\n') {
                break;
            }
            if whole == 0 {
                let Ok(head) = serde_json::from_slice::<Head>(line) else {
                    return Err(MapsFileError::Foreign(journal_path));
                };
                if head.settings != settings {
                    return Err(MapsFileError::OtherSettings {
                        path: journal_path,
                        begun: head.settings,
                    });
                }
            } else {
                let Ok(Line { entry, size, at }) = serde_json::from_slice(line) else {
                    break;
                };
                let bytes = size[0].checked_mul(size[1]).and_then(|n| n.checked_mul(4));
                let end = bytes.and_then(|bytes| at.checked_add(bytes as u64));
                let Some(end) = end.filter(|end| *end <= held && at == this.end) else {
                    break;
                };
                this.end = end;
                this.remember(entry, size, at);
            }
            whole += line.len();
        }
        journal.set_len(whole as u64).map_err(io(&journal_path))?;
        journal.seek(SeekFrom::End(0)).map_err(io(&journal_path))?;
        values.set_len(this.end).map_err(io(&values_path))?;
        values.seek(SeekFrom::End(0)).map_err(io(&values_path))?;
        if whole == 0 {
            this.write_line(&head)?;
        }
        Ok(this)
    }

    fn remember(&mut self, entry: MapEntry, size: [usize; 2], at: u64) {
        self.known.insert(entry.path.clone(), self.entries.len());
        self.entries.push((entry, size, at));
    }

    /// The entry of a picture that an earlier run has done; `None` where there is none, or the file
    /// was another then.
    #[must_use]
    pub fn done(&self, path: &str, sha256: &str) -> Option<&MapEntry> {
        let (entry, ..) = self.entries.get(*self.known.get(path)?)?;
        (entry.sha256 == sha256).then_some(entry)
    }

    /// Whether an earlier run has done a picture of this name.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.known.contains_key(path)
    }

    /// Adds a map.
    ///
    /// # Errors
    /// When it cannot be written, or has another size than those before.
    pub fn add(&mut self, entry: MapEntry, map: ArrayView2<'_, f32>) -> Result<(), MapsFileError> {
        let found = [map.nrows(), map.ncols()];
        if let Some((_, wanted, _)) = self.entries.first()
            && *wanted != found
        {
            return Err(MapsFileError::OtherSize {
                picture: entry.path,
                found,
                wanted: *wanted,
            });
        }
        let bytes: Vec<u8> = map.iter().flat_map(|value| value.to_le_bytes()).collect();
        let written = self.values.write_all(&bytes);
        written.map_err(|source| MapsFileError::Io {
            path: parts(&self.path).1,
            source,
        })?;
        let at = self.end;
        self.end += bytes.len() as u64;
        self.write_line(&Line {
            entry: entry.clone(),
            size: found,
            at,
        })?;
        self.remember(entry, found, at);
        Ok(())
    }

    fn write_line(&mut self, value: &impl Serialize) -> Result<(), MapsFileError> {
        let line = serde_json::to_string(value).map_err(io::Error::other);
        let written = line.and_then(|line| writeln!(self.journal, "{line}"));
        written.map_err(|source| MapsFileError::Io {
            path: parts(&self.path).0,
            source,
        })
    }

    /// Writes the finished file with the maps of `paths`, in that order, and removes what was
    /// gathered. A `.parquet` file has a row a picture: `path`, `sha256`, `class`, `label`, `probability`,
    /// `height`, `width` and the `map` as a list. An `.npz` file has `maps` (f32 `[pictures, height,
    /// width]`), `paths`, `labels`, `sha256` (text), `classes` (i64) and `probabilities` (f32). Pictures
    /// without a map are left out; returns how many there are.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self, paths: &[String]) -> Result<usize, MapsFileError> {
        let io = |source| MapsFileError::Io {
            path: self.path.clone(),
            source,
        };
        let wanted = paths.iter().filter_map(|path| self.known.get(path));
        let entries: Vec<_> = wanted.filter_map(|i| self.entries.get(*i)).collect();
        if is_parquet(&self.path) {
            self.write_table(&entries).map_err(io)?;
        } else {
            self.write_arrays(&entries).map_err(io)?;
        }
        let (journal, values) = parts(&self.path);
        for part in [journal, values] {
            // The result is whole; what is left beside it only takes place.
            let _ = std::fs::remove_file(part);
        }
        Ok(entries.len())
    }

    fn write_table(&self, entries: &[&Known]) -> io::Result<()> {
        let size = entries.first().map_or([0, 0], |(_, size, _)| *size);
        let [height, width] = size;
        let about: Vec<&MapEntry> = entries.iter().map(|(entry, ..)| entry).collect();
        let mut bytes = vec![0; height * width * 4];
        let mut source = &self.values;
        let mut map = |number: usize| -> io::Result<Vec<f32>> {
            let (_, _, at) = entries.get(number).ok_or(io::ErrorKind::NotFound)?;
            source.seek(SeekFrom::Start(*at))?;
            source.read_exact(&mut bytes)?;
            let numbers = bytes.as_chunks::<4>().0.iter();
            Ok(numbers.map(|bytes| f32::from_le_bytes(*bytes)).collect())
        };
        write_atomic(&self.path, |file| {
            let out = BufWriter::new(file);
            maps_table::write(out, &about, size, &mut map).map_err(io::Error::other)
        })
    }

    fn write_arrays(&self, entries: &[&Known]) -> io::Result<()> {
        let [height, width] = entries.first().map_or([0, 0], |(_, size, _)| *size);
        let text = |of: fn(&MapEntry) -> &str| texts(entries.iter().map(|(e, ..)| of(e)));
        let arrays = [
            ("paths.npy", text(|e| &e.path)),
            ("labels.npy", text(|e| &e.label)),
            ("sha256.npy", text(|e| &e.sha256)),
            ("classes.npy", {
                let classes = entries
                    .iter()
                    .flat_map(|(e, ..)| (e.class as i64).to_le_bytes());
                npy("<i8", &[entries.len()], classes.collect())
            }),
            ("probabilities.npy", {
                let values = entries
                    .iter()
                    .flat_map(|(e, ..)| e.probability.to_le_bytes());
                npy("<f4", &[entries.len()], values.collect())
            }),
        ];
        let mut values = &self.values;
        write_atomic(&self.path, |file| {
            let mut zip = ZipWriter::new(BufWriter::new(file));
            let options = SimpleFileOptions::default()
                .compression_method(zip::CompressionMethod::Stored)
                .large_file(true);
            zip.start_file("maps.npy", options)?;
            zip.write_all(&npy("<f4", &[entries.len(), height, width], Vec::new()))?;
            let mut map = vec![0; height * width * 4];
            for (_, _, at) in entries {
                values.seek(SeekFrom::Start(*at))?;
                values.read_exact(&mut map)?;
                zip.write_all(&map)?;
            }
            for (name, bytes) in &arrays {
                zip.start_file(*name, options)?;
                zip.write_all(bytes)?;
            }
            zip.finish()?.flush()
        })
    }
}

/// Whether maps go into a table of this name.
fn is_parquet(path: &Path) -> bool {
    let ending = path.extension();
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"))
}

/// The journal and the values of a file that is being made.
fn parts(path: &Path) -> (PathBuf, PathBuf) {
    let with = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    (with(".part"), with(".part.f32"))
}

/// NumPy's array of texts, each padded to the longest.
fn texts<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let texts: Vec<Vec<u32>> = texts.map(|t| t.chars().map(u32::from).collect()).collect();
    let longest = texts.iter().map(Vec::len).max().unwrap_or(0).max(1);
    let mut bytes = Vec::with_capacity(texts.len() * longest * 4);
    for text in &texts {
        let padded = text
            .iter()
            .copied()
            .chain(std::iter::repeat(0))
            .take(longest);
        bytes.extend(padded.flat_map(u32::to_le_bytes));
    }
    npy(&format!("<U{longest}"), &[texts.len()], bytes)
}

/// The bytes of a `.npy` file of this type and shape.
fn npy(kind: &str, shape: &[usize], data: Vec<u8>) -> Vec<u8> {
    let sides: Vec<String> = shape.iter().map(usize::to_string).collect();
    let sides = sides.join(", ");
    let mut header =
        format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({sides},), }}")
            .into_bytes();
    // Data begins on a 64-byte border, as NumPy lays it out: magic, version and length take 10.
    let whole = (10 + header.len() + 1).next_multiple_of(64);
    header.resize(whole - 11, b' ');
    header.push(b'\n');
    let mut bytes = b"\x93NUMPY\x01\0".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header);
    bytes.extend(data);
    bytes
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use ndarray::Array2;

    use super::*;

    fn entry(i: usize) -> MapEntry {
        MapEntry {
            path: format!("p{i}.png"),
            sha256: format!("{i:064}"),
            class: i,
            label: "caf\u{e9}".to_owned(),
            probability: 0.5,
        }
    }

    fn map(i: usize) -> Array2<f32> {
        Array2::from_shape_fn((3, 4), |(y, x)| (100 * i + 10 * y + x) as f32)
    }

    fn run(path: &Path, count: usize) -> MapsFile {
        let mut file = MapsFile::open(path, "grad-cam", false).unwrap();
        for i in 0..count {
            let entry = entry(i);
            if file.done(&entry.path, &entry.sha256).is_none() {
                file.add(entry, map(i).view()).unwrap();
            }
        }
        file
    }

    #[test]
    fn a_run_that_is_cut_anywhere_ends_in_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<String> = (0..5).map(|i| entry(i).path).collect();
        let whole = folder.path().join("whole.npz");
        assert_eq!(run(&whole, 5).finish(&paths).unwrap(), 5);
        for cut in [0, 1, 7, 40, 150, 400] {
            let path = folder.path().join(format!("cut{cut}.npz"));
            drop(run(&path, 3));
            let (journal, values) = parts(&path);
            for part in [&journal, &values] {
                let file = OpenOptions::new().write(true).open(part).unwrap();
                let length = file.metadata().unwrap().len();
                file.set_len(length.saturating_sub(cut)).unwrap();
            }
            run(&path, 5).finish(&paths).unwrap();
            assert_eq!(
                std::fs::read(&path).unwrap(),
                std::fs::read(&whole).unwrap(),
                "{cut}"
            );
            assert!(!journal.exists() && !values.exists());
        }
        let arrays = crate::npy::read_npz(&whole).unwrap();
        let arrays: BTreeMap<_, _> = arrays.into_iter().collect();
        let maps = &arrays["maps"];
        assert_eq!(maps.shape(), [5, 3, 4]);
        assert_eq!(maps[[4, 2, 3]], 423.0);
    }

    #[test]
    fn a_table_holds_the_same_maps() {
        use parquet::file::reader::{FileReader as _, SerializedFileReader};
        use parquet::record::Field;

        let folder = tempfile::tempdir().unwrap();
        let count = 70;
        let paths: Vec<String> = (0..count).map(|i| entry(i).path).collect();
        let (whole, cut) = ("whole.parquet", "cut.PARQUET");
        let [whole, cut] = [whole, cut].map(|name| folder.path().join(name));
        assert_eq!(run(&whole, count).finish(&paths).unwrap(), count);
        drop(run(&cut, 30));
        run(&cut, count).finish(&paths).unwrap();
        let bytes = std::fs::read(&whole).unwrap();
        assert_eq!(std::fs::read(&cut).unwrap(), bytes);
        let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
        let mut seen = 0;
        for row in reader.get_row_iter(None).unwrap() {
            let row = row.unwrap();
            let fields: BTreeMap<&String, &Field> = row.get_column_iter().collect();
            let of = |name: &str| fields[&name.to_owned()];
            assert_eq!(*of("path"), Field::Str(paths[seen].clone()));
            assert_eq!(*of("label"), Field::Str("caf\u{e9}".to_owned()));
            assert_eq!(*of("class"), Field::Long(seen as i64));
            assert_eq!(
                (of("height"), of("width")),
                (&Field::Int(3), &Field::Int(4))
            );
            let Field::ListInternal(list) = of("map") else {
                panic!("{row:?}");
            };
            let numbers = map(seen);
            let wanted: Vec<Field> = numbers.iter().map(|v| Field::Float(*v)).collect();
            assert_eq!(list.elements(), wanted.as_slice());
            seen += 1;
        }
        assert_eq!(seen, count);
    }

    #[test]
    fn one_run_at_a_time_writes_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.npz");
        let first = run(&path, 2);
        assert!(matches!(
            MapsFile::open(&path, "grad-cam", false),
            Err(MapsFileError::Busy(_))
        ));
        drop(first);
        assert!(MapsFile::open(&path, "grad-cam", false).is_ok());
    }

    #[test]
    fn other_settings_and_a_finished_file_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.npz");
        drop(run(&path, 2));
        let other = MapsFile::open(&path, "xrai", false).unwrap_err();
        assert!(other.to_string().contains("grad-cam"), "{other}");
        run(&path, 2).finish(&[entry(0).path]).unwrap();
        assert!(matches!(
            MapsFile::open(&path, "grad-cam", false),
            Err(MapsFileError::Exists(_))
        ));
        let other = folder.path().join("o.npz");
        std::fs::write(parts(&other).0, "a list of mine\n").unwrap();
        assert!(matches!(
            MapsFile::open(&other, "grad-cam", true),
            Err(MapsFileError::Foreign(_))
        ));
        assert_eq!(std::fs::read(parts(&other).0).unwrap(), b"a list of mine\n");
    }
}
