//! One file, written whole or not at all.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::temporary;

/// Links that lead on to each other, at most, as Linux has it.
const MOST_LINKS: usize = 40;

/// Writes `path` through `write`: into a temporary file in the same folder (made if missing),
/// synced to disk, renamed over `path`. Whoever reads `path` sees the old file or the whole new one.
///
/// A symbolic link is followed; what is there keeps its permissions and its owner, what is new gets
/// those of the process's umask. A file that has another name too (a hard link), or whose owner
/// could not be kept, is written in its place once all of its new content is on disk.
///
/// # Errors
/// When the folder cannot be made or written, `write` fails, or there is something at `path` that
/// is no plain file or may only be read; `path` is then as it was.
pub fn write_atomic(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let place = Place::of(path)?;
    let folder = match place.path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    fs::create_dir_all(&folder)?;
    let mut temporary = temporary::file_in(&folder)?;
    write(temporary.as_file_mut())?;
    place.take(temporary)
}

/// Where a write to some path ends.
pub(super) struct Place {
    /// The path without links.
    pub(super) path: PathBuf,
    /// The plain file that is there.
    pub(super) old: Option<Metadata>,
}

impl Place {
    /// # Errors
    /// When what is there is no plain file, or may only be read.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let old = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
            Ok(about) if !about.is_file() => {
                let why = format!("it is {}, no plain file", kind(&about));
                return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
            }
            Ok(about) if about.permissions().readonly() => {
                let why = "it may only be read: its permissions forbid everybody to write";
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
            }
            Ok(about) => Some(about),
        };
        let path = followed(path)?;
        Ok(Self { path, old })
    }

    /// Puts what was written in its place.
    fn take(self, mut temporary: NamedTempFile) -> io::Result<()> {
        if let Some(old) = &self.old {
            if !keeps_owner(temporary.as_file(), old) || links(old) > 1 {
                temporary.as_file().sync_all()?;
                return in_place(&self.path, temporary.as_file_mut());
            }
            temporary.as_file().set_permissions(old.permissions())?;
        }
        temporary.as_file().sync_all()?;
        temporary.persist(&self.path).map_err(|e| e.error)?;
        Ok(())
    }
}

/// What something that is no plain file is, in words.
pub(super) fn kind(about: &Metadata) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        let kind = about.file_type();
        if kind.is_block_device() || kind.is_char_device() {
            return "a device";
        }
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
    }
    if about.is_dir() {
        "a folder"
    } else {
        "special"
    }
}

/// `path` with the links at its end followed; the last may lead to what does not exist yet.
pub(super) fn followed(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        if !fs::symlink_metadata(&path).is_ok_and(|about| about.is_symlink()) {
            return Ok(path);
        }
        let target = fs::read_link(&path)?;
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    Err(io::Error::other("too many links lead on to each other"))
}

/// Whether two are the same file under two names.
#[cfg(unix)]
pub(super) fn same_file(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

/// How many names a file has.
#[cfg(unix)]
pub(super) fn links(about: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(about)
}

#[cfg(not(unix))]
pub(super) fn links(_: &Metadata) -> u64 {
    1
}

/// Gives `new` the owner and group that `old` has; `false` where the system does not allow that.
#[cfg(unix)]
pub(super) fn keeps_owner(new: &File, old: &Metadata) -> bool {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let Ok(own) = new.metadata() else {
        return false;
    };
    (own.uid(), own.gid()) == (old.uid(), old.gid())
        || fchown(new, Some(old.uid()), Some(old.gid())).is_ok()
}

#[cfg(not(unix))]
pub(super) fn keeps_owner(_: &File, _: &Metadata) -> bool {
    true
}

/// Writes the whole content of `from` into the file at `path` itself. What makes it longer comes
/// first: when the disk is full the old content is still whole.
pub(super) fn in_place(path: &Path, from: &mut File) -> io::Result<()> {
    let mut to = File::options().write(true).open(path)?;
    let (old, new) = (to.metadata()?.len(), from.metadata()?.len());
    let mut copy = |start: u64, length: u64| -> io::Result<()> {
        from.seek(SeekFrom::Start(start))?;
        to.seek(SeekFrom::Start(start))?;
        io::copy(&mut Read::by_ref(from).take(length), &mut to)?;
        to.flush()
    };
    if new > old
        && let Err(error) = copy(old, new - old)
    {
        to.set_len(old)?;
        return Err(error);
    }
    copy(0, new.min(old))?;
    to.set_len(new)?;
    to.sync_all()
}
