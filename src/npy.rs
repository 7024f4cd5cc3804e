//! NumPy's array files (`.npy`, format 1.0 to 3.0), read and written within limits.
//!
//! Own code rather than a crate: those at hand allocate whatever a header claims, and a header is
//! input. Here the claimed size is held against the file's before anything is allocated.
//! Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use ndarray::{ArrayD, ArrayView, Dimension, IxDyn, ShapeBuilder};

/// Largest file that is read: a 16,384 x 16,384 map of `f32`, which takes as much again while it
/// is read.
const MAX_BYTES: u64 = 1 << 30;
/// More axes than any array of pictures, maps or gradients has.
const MAX_AXES: usize = 8;
/// Arrays of an archive that are looked at, at most.
const MAX_ARRAYS: usize = 1024;
const MAGIC: &[u8] = b"\x93NUMPY";

/// Why an array file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum NpyError {
    /// The file could not be opened, read or written.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not a `.npy` file, is cut short, or holds what we do not read.
    #[error("{path}: {why}", path = path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

/// Reads an array of any real type as `f32`, whatever its shape.
///
/// # Errors
/// When the file is missing, larger than 1 GiB, not `.npy`, cut short, or holds other than
/// little-endian floats (f2, f4, f8), integers or booleans.
pub fn read_f32(path: &Path) -> Result<ArrayD<f32>, NpyError> {
    let io = |source| NpyError::Io {
        path: path.to_owned(),
        source,
    };
    let bytes = crate::files::read(path, MAX_BYTES).map_err(io)?;
    parse(&bytes).map_err(|why| NpyError::Format {
        path: path.to_owned(),
        why,
    })
}

/// Reads the arrays of an `.npz` archive (`numpy.savez`) that hold numbers, by their names.
///
/// # Errors
/// When the file is missing, no archive, damaged, or holds more than 1 GiB.
pub fn read_npz(path: &Path) -> Result<Vec<(String, ArrayD<f32>)>, NpyError> {
    let format = |why: String| NpyError::Format {
        path: path.to_owned(),
        why,
    };
    let bytes = crate::files::read(path, MAX_BYTES).map_err(|source| NpyError::Io {
        path: path.to_owned(),
        source,
    })?;
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes))
        .map_err(|error| format(format!("is not a .npz file: {error}")))?;
    let mut arrays = Vec::new();
    let mut left = MAX_BYTES;
    for index in 0..archive.len().min(MAX_ARRAYS) {
        let entry = archive
            .by_index(index)
            .map_err(|error| format(format!("is damaged: {error}")))?;
        // A name that is no text belongs to no array of NumPy's.
        let Ok(name) = entry.name().map(std::borrow::Cow::into_owned) else {
            continue;
        };
        // What it says of its size is a claim; what it unpacks to is counted.
        let mut bytes = Vec::new();
        entry
            .take(left + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| format(format!("is damaged: {error}")))?;
        left = left
            .checked_sub(bytes.len() as u64)
            .ok_or_else(|| format(format!("unpacks to more than {MAX_BYTES} bytes")))?;
        // Texts and objects are no maps.
        if let Ok(array) = parse(&bytes) {
            let name = name.strip_suffix(".npy").unwrap_or(&name);
            arrays.push((name.to_owned(), array));
        }
    }
    Ok(arrays)
}

/// Reads an array of `axes` axes; see [`read_f32`].
///
/// # Errors
/// As [`read_f32`], and when the array has another number of axes.
pub fn read_f32_axes<D: Dimension>(
    path: &Path,
    axes: &str,
) -> Result<ndarray::Array<f32, D>, NpyError> {
    let array = read_f32(path)?;
    let shape = array.shape().to_vec();
    array
        .into_dimensionality::<D>()
        .map_err(|_| NpyError::Format {
            path: path.to_owned(),
            why: format!("has shape {shape:?}; expected {axes}"),
        })
}

/// Writes `array` as little-endian `f32` in C order: to a temporary file beside `path`, synced and
/// renamed, so that a reader never sees half a file.
///
/// # Errors
/// When the folder cannot be written.
pub fn write<D: Dimension>(path: &Path, array: ArrayView<'_, f32, D>) -> Result<(), NpyError> {
    write_array(path, array).map_err(|source| NpyError::Io {
        path: path.to_owned(),
        source,
    })
}

/// As [`write()`]; whoever calls it says in errors which file it was.
pub(crate) fn write_array<D: Dimension>(
    path: &Path,
    array: ArrayView<'_, f32, D>,
) -> std::io::Result<()> {
    let bytes = encode(array);
    crate::files::write_atomic(path, |file| file.write_all(&bytes))
}

/// The bytes of the file that [`write()`] writes.
#[must_use]
pub fn encode<D: Dimension>(array: ArrayView<'_, f32, D>) -> Vec<u8> {
    let mut shape = String::new();
    for n in array.shape() {
        let _ = write!(shape, "{n}, ");
    }
    let shape = match array.ndim() {
        1 => shape.trim_end().to_owned(),
        _ => shape.trim_end_matches(", ").to_owned(),
    };
    let mut header =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}").into_bytes();
    // Data begins on a 64-byte border, as NumPy lays it out.
    let unpadded = MAGIC.len() + 4 + header.len() + 1;
    header.resize(
        header.len() + unpadded.next_multiple_of(64) - unpadded,
        b' ',
    );
    header.push(b'\n');

    let mut bytes = Vec::with_capacity(MAGIC.len() + 4 + header.len() + array.len() * 4);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&[1, 0]);
    bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
    bytes.extend_from_slice(&header);
    for value in &array {
        bytes.extend_from_slice(&value.to_le_bytes());
    }
    bytes
}

/// The array in the bytes of a `.npy` file; see [`read_f32`].
///
/// # Errors
/// What is wrong with them, in words that follow the name of the file.
pub fn parse(bytes: &[u8]) -> Result<ArrayD<f32>, String> {
    let cut = || "is cut short".to_owned();
    if bytes.get(..6) != Some(MAGIC) {
        return Err("is not a .npy file; save it with numpy.save".to_owned());
    }
    let wide = *bytes.get(6).ok_or_else(cut)? >= 2;
    let (length, start): (usize, usize) = if wide {
        let b: [u8; 4] = bytes
            .get(8..12)
            .ok_or_else(cut)?
            .try_into()
            .map_err(|_| cut())?;
        (u32::from_le_bytes(b) as usize, 12)
    } else {
        let b: [u8; 2] = bytes
            .get(8..10)
            .ok_or_else(cut)?
            .try_into()
            .map_err(|_| cut())?;
        (u16::from_le_bytes(b) as usize, 10)
    };
    let end = start.checked_add(length).ok_or_else(cut)?;
    let header = std::str::from_utf8(bytes.get(start..end).ok_or_else(cut)?)
        .map_err(|_| "has an unreadable header".to_owned())?;
    let data = bytes.get(end..).ok_or_else(cut)?;
    let Header {
        kind,
        fortran,
        shape,
    } = Header::parse(header)?;

    let count = shape
        .iter()
        .try_fold(1usize, |n, &axis| n.checked_mul(axis))
        .filter(|n| n.checked_mul(kind.width).is_some_and(|b| b <= data.len()))
        .ok_or_else(|| format!("is cut short: shape {shape:?} does not fit in it"))?;
    let values: Vec<f32> = data
        .chunks_exact(kind.width)
        .take(count)
        .map(|b| kind.value(b))
        .collect();
    ArrayD::from_shape_vec(IxDyn(&shape).set_f(fortran), values)
        .map_err(|e| format!("has a shape that cannot be used: {e}"))
}

/// Element type: NumPy's letter and its width in bytes.
#[derive(Debug, Clone, Copy)]
struct Kind {
    letter: u8,
    width: usize,
}

impl Kind {
    /// One little-endian element as `f32`.
    fn value(self, b: &[u8]) -> f32 {
        macro_rules! as_f32 {
            ($t:ty) => {
                b.try_into()
                    .map_or(f32::NAN, |b| <$t>::from_le_bytes(b) as f32)
            };
        }
        match (self.letter, self.width) {
            (b'f', 2) => b
                .try_into()
                .map_or(f32::NAN, |b| half::f16::from_le_bytes(b).to_f32()),
            (b'f', 4) => as_f32!(f32),
            (b'f', _) => as_f32!(f64),
            (b'i', 1) => as_f32!(i8),
            (b'i', 2) => as_f32!(i16),
            (b'i', 4) => as_f32!(i32),
            (b'i', _) => as_f32!(i64),
            (_, 1) => as_f32!(u8),
            (_, 2) => as_f32!(u16),
            (_, 4) => as_f32!(u32),
            _ => as_f32!(u64),
        }
    }
}

/// The header's three entries.
struct Header {
    kind: Kind,
    fortran: bool,
    shape: Vec<usize>,
}

impl Header {
    /// Reads the Python dictionary NumPy writes: fixed keys, in any order.
    fn parse(text: &str) -> Result<Self, String> {
        let after = |key: &str| {
            let at = text.find(key)? + key.len();
            Some(text.get(at..)?.trim_start().strip_prefix(':')?.trim_start())
        };
        let unreadable = || "has an unreadable header".to_owned();

        let descr = after("'descr'").ok_or_else(unreadable)?;
        let name = descr
            .strip_prefix('\'')
            .and_then(|d| d.split('\'').next())
            .ok_or_else(|| "holds records; only plain numbers are read".to_owned())?;
        // The name is the file's: on one line, and not endless.
        let shown: String = name.chars().take(20).collect();
        let other =
            || format!("holds numbers of type {shown:?}; save it as float32 (array.astype('<f4'))");
        let (&order, kind) = name.as_bytes().split_first().ok_or_else(other)?;
        let (letter, width) = match kind {
            [letter @ (b'f' | b'i' | b'u' | b'b'), width @ b'1'..=b'8'] => {
                (*letter, usize::from(width - b'0'))
            }
            _ => return Err(other()),
        };
        let known = match letter {
            b'f' => matches!(width, 2 | 4 | 8),
            b'b' => width == 1,
            _ => matches!(width, 1 | 2 | 4 | 8),
        };
        if !known
            || !(order == b'<'
                || order == b'|'
                || (order == b'=' && cfg!(target_endian = "little")))
        {
            return Err(other());
        }

        let fortran = after("'fortran_order'")
            .ok_or_else(unreadable)?
            .starts_with("True");
        let tuple = after("'shape'")
            .and_then(|s| s.strip_prefix('('))
            .and_then(|s| s.split(')').next())
            .ok_or_else(unreadable)?;
        let shape = tuple
            .split(',')
            .map(str::trim)
            .filter(|n| !n.is_empty())
            .map(|n| n.parse::<usize>().map_err(|_| unreadable()))
            .collect::<Result<Vec<_>, _>>()?;
        if shape.len() > MAX_AXES {
            return Err(format!(
                "has {} axes; at most {MAX_AXES} are read",
                shape.len()
            ));
        }
        Ok(Self {
            kind: Kind { letter, width },
            fortran,
            shape,
        })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, arr1, arr2};

    use super::*;

    fn file(descr: &str, order: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let header =
            format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
        let mut bytes = MAGIC.to_vec();
        bytes.extend([1, 0]);
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn what_is_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        let array = Array2::from_shape_fn((3, 5), |(y, x)| y as f32 - 0.25 * x as f32);
        write(&path, array.view()).unwrap();
        assert_eq!(read_f32(&path).unwrap(), array.clone().into_dyn());
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 128 + 3 * 5 * 4);

        write(&path, arr1(&[7.0f32]).view()).unwrap();
        assert_eq!(read_f32(&path).unwrap().shape(), [1]);
        assert!(read_f32_axes::<ndarray::Ix2>(&path, "[height, width]").is_err());
    }

    #[test]
    fn other_types_and_orders_are_read() {
        let shorts: Vec<u8> = [1u16, 2, 3, 4, 5, 6]
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect();
        let c = parse(&file("<u2", "False", "(2, 3)", &shorts)).unwrap();
        assert_eq!(c, arr2(&[[1., 2., 3.], [4., 5., 6.]]).into_dyn());
        let f = parse(&file("<u2", "True", "(2, 3)", &shorts)).unwrap();
        assert_eq!(f, arr2(&[[1., 3., 5.], [2., 4., 6.]]).into_dyn());
        let d = parse(&file("<f8", "False", "(1,)", &2.5f64.to_le_bytes())).unwrap();
        assert_eq!(d, arr1(&[2.5]).into_dyn());
        let b = parse(&file("|b1", "False", "(2,)", &[0, 1])).unwrap();
        assert_eq!(b, arr1(&[0., 1.]).into_dyn());
    }

    #[test]
    fn bad_files_are_refused() {
        assert!(parse(b"hello").is_err());
        assert!(
            parse(&file(
                "<f4",
                "False",
                "(1000000000, 1000000000, 9)",
                &[0; 8]
            ))
            .is_err()
        );
        assert!(parse(&file("<f4", "False", "(3,)", &[0; 8])).is_err());
        assert!(parse(&file("<c8", "False", "(1,)", &[0; 8])).is_err());
        assert!(parse(&file(">f4", "False", "(1,)", &[0; 4])).is_err());
        assert!(parse(&file("<f4", "False", "(-1,)", &[0; 4])).is_err());
        let whole = file("<f4", "False", "(2,)", &[0; 8]);
        for end in 0..whole.len() {
            assert!(parse(&whole[..end]).is_err(), "{end} bytes");
        }
    }
}
