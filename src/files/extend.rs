//! A file that is only ever added to.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::write::kind;

/// Cuts the plain file at `path` (made if missing, its folder must be there) to `length` bytes and
/// writes `bytes` after them. When this returns they are on the disk, and so is the file's name.
///
/// # Errors
/// When there is something that is no plain file, or it cannot be written; the file then has
/// `length` bytes again where that is possible.
pub(crate) fn extend(path: &Path, length: u64, bytes: &[u8]) -> io::Result<()> {
    let new = match std::fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(error),
        // Opening a pipe would wait for its reader.
        Ok(about) if !about.is_file() => {
            let why = format!("it is {}, no plain file", kind(&about));
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        Ok(_) => false,
    };
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)?;
    let written = write(&mut file, length, bytes);
    if written.is_err() {
        let _ = file.set_len(length);
    }
    written?;
    if new { sync_folder(path) } else { Ok(()) }
}

fn write(file: &mut File, length: u64, bytes: &[u8]) -> io::Result<()> {
    if file.metadata()?.len() != length {
        file.set_len(length)?;
    }
    file.seek(SeekFrom::Start(length))?;
    file.write_all(bytes)?;
    file.sync_data()
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_grows_and_what_is_no_file_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        extend(&path, 0, b"one\ntw").unwrap();
        extend(&path, 4, b"two\n").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"one\ntwo\n");
        let error = extend(folder.path(), 0, b"x").unwrap_err();
        assert!(error.to_string().contains("a folder"), "{error}");
        assert!(extend(&folder.path().join("none/f"), 0, b"x").is_err());
    }
}
