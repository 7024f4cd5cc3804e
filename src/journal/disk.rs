//! Where the lines lie. Tests have a disk of their own that loses its power.

use std::any::Any;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The files of a journal.
pub(super) trait Disk: Send {
    /// The folder, as errors call it.
    fn path(&self) -> &Path;
    /// The right to write, one process at a time; ends with the value.
    fn hold(&self) -> io::Result<Box<dyn Any>>;
    /// Names of the files, in any order; none where there is no folder.
    fn names(&self) -> io::Result<Vec<String>>;
    /// A file from a byte on, and how long it is now.
    fn open(&self, name: &str, from: u64) -> io::Result<(Box<dyn Read>, u64)>;
    /// Cuts the file (made if missing) to `length` and writes `bytes` after that. All of it is on
    /// the disk when this returns; after an error the file has `length` bytes again, if that can be
    /// done.
    fn extend(&mut self, name: &str, length: u64, bytes: &[u8]) -> io::Result<()>;
    /// Bytes that are free there; `None` where nobody can tell.
    fn room(&self) -> Option<u64>;
}

/// A folder of this machine.
#[derive(Debug, Clone)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }
}

impl Disk for Folder {
    fn path(&self) -> &Path {
        &self.0
    }

    fn hold(&self) -> io::Result<Box<dyn Any>> {
        Ok(Box::new(crate::store::hold(&self.0)?))
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let entries = match std::fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut names = Vec::new();
        for entry in entries {
            // A name that is no text is not one of ours.
            names.extend(entry?.file_name().into_string().ok());
        }
        Ok(names)
    }

    fn open(&self, name: &str, from: u64) -> io::Result<(Box<dyn Read>, u64)> {
        let (mut file, length) = crate::files::open_plain(&self.0.join(name))?;
        file.seek(SeekFrom::Start(from))?;
        Ok((Box::new(io::BufReader::new(file)), length))
    }

    fn extend(&mut self, name: &str, length: u64, bytes: &[u8]) -> io::Result<()> {
        crate::files::extend(&self.0.join(name), length, bytes)
    }

    #[cfg(unix)]
    fn room(&self) -> Option<u64> {
        let about = rustix::fs::statvfs(&self.0).ok()?;
        about.f_bavail.checked_mul(about.f_frsize)
    }

    #[cfg(not(unix))]
    fn room(&self) -> Option<u64> {
        None
    }
}
