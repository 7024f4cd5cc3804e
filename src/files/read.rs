//! Reading what others wrote: plain files only, never more of them than a limit.
//!
//! A pipe would be waited for without end, a device has no end, and the system's own files
//! (`/proc`) say that they are empty and are not. The length a file says it has is no bound
//! either: it may grow while it is read.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

/// Opens a plain file and tells its present length in bytes. Links are followed. Nothing is waited
/// for: what is no plain file is refused, in words that follow its name.
///
/// # Errors
/// When it cannot be opened, or is a folder, a pipe, a socket or a device.
pub fn open_plain(path: &Path) -> io::Result<(File, u64)> {
    // Opening alone can wake a device.
    plain(&std::fs::metadata(path)?)?;
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // A pipe may have taken the file's place meanwhile; without this its opening waits for
        // somebody to write. On plain files the flag does nothing.
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    let file = options.open(path)?;
    let about = file.metadata()?;
    plain(&about)?;
    Ok((file, about.len()))
}

fn plain(about: &std::fs::Metadata) -> io::Result<()> {
    if about.is_file() {
        return Ok(());
    }
    Err(if about.is_dir() {
        io::Error::new(io::ErrorKind::IsADirectory, "this is a folder, not a file")
    } else {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            "this is a pipe or a device, not a plain file",
        )
    })
}

/// The bytes of a plain file, at most `limit` of them; see [`open_plain`]. A file that says it is
/// empty is.
///
/// # Errors
/// As [`open_plain`], [`io::ErrorKind::FileTooLarge`] when there are more, also where the file
/// grows while it is read, and [`io::ErrorKind::OutOfMemory`] when there is no room for them.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let (file, length) = open_plain(path)?;
    read_open(file, length, limit)
}

/// The bytes of a file that [`open_plain`] opened; see [`read`].
///
/// # Errors
/// As [`read`].
pub fn read_open(file: File, length: u64, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if length == 0 {
        return Ok(bytes);
    }
    if length > limit {
        return Err(too_large(limit));
    }
    let room = usize::try_from(length).map_err(|_| io::ErrorKind::OutOfMemory)?;
    bytes
        .try_reserve_exact(room)
        .map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    let read = file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if read as u64 > limit {
        return Err(too_large(limit));
    }
    Ok(bytes)
}

/// The text of a plain file of at most `limit` bytes; see [`read`].
///
/// # Errors
/// As [`read`], and [`io::ErrorKind::InvalidData`] when it is not UTF-8.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    String::from_utf8(read(path, limit)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "this is not UTF-8 text"))
}

fn too_large(limit: u64) -> io::Error {
    let most = match limit {
        0..1_048_576 => format!("{limit} bytes"),
        _ => format!("{} MB", limit >> 20),
    };
    let why = format!("this is larger than {most}, the most that is read here");
    io::Error::new(io::ErrorKind::FileTooLarge, why)
}

/// The file that `owner`, a description of something, names: it lies in the owner's folder or
/// below it, links followed. Whoever opens a stranger's folder must not be made to read elsewhere.
/// A file that is not there is for the reader to tell.
///
/// # Errors
/// When the name leads out of the folder, in words that follow it.
pub fn named_in(owner: &Path, name: &Path) -> io::Result<PathBuf> {
    let outside = || {
        io::Error::new(
            io::ErrorKind::PermissionDenied,
            "leads out of the folder; only files inside it are read",
        )
    };
    let inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if name.as_os_str().is_empty() || !name.components().all(inside) {
        return Err(outside());
    }
    let folder = owner.parent().unwrap_or(Path::new(""));
    let path = folder.join(name);
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    match (path.canonicalize(), folder.canonicalize()) {
        (Ok(real), Ok(home)) if !real.starts_with(&home) => Err(outside()),
        _ => Ok(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_the_limit_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::write(&path, "abc").unwrap();
        assert_eq!(read(&path, 3).unwrap(), b"abc");
        assert_eq!(read_text(&path, 9).unwrap(), "abc");
        let error = read(&path, 2).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        assert!(error.to_string().contains("2 bytes"), "{error}");
        // The length of the moment it was opened is no bound.
        let (file, length) = open_plain(&path).unwrap();
        std::fs::write(&path, "abcdef").unwrap();
        let error = read_open(file, length, 4).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        std::fs::write(&path, b"\xff").unwrap();
        let error = read_text(&path, 9).unwrap_err();
        assert!(error.to_string().contains("UTF-8"), "{error}");
    }

    #[test]
    fn folders_pipes_and_devices_are_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let error = read(folder.path(), 9).unwrap_err();
        assert!(error.to_string().contains("folder"), "{error}");
        assert_eq!(
            read(&folder.path().join("none"), 9).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
        #[cfg(unix)]
        {
            let pipe = folder.path().join("pipe");
            let made = std::process::Command::new("mkfifo").arg(&pipe).status();
            assert!(made.unwrap().success());
            let link = folder.path().join("link");
            std::os::unix::fs::symlink(&pipe, &link).unwrap();
            for path in [Path::new("/dev/zero"), &pipe, &link] {
                let error = read(path, 9).unwrap_err();
                assert!(error.to_string().contains("pipe or a device"), "{error}");
            }
        }
        // It says that it is empty, and would go on for as long as its process has memory.
        #[cfg(target_os = "linux")]
        assert!(read(Path::new("/proc/self/maps"), 9).unwrap().is_empty());
    }

    #[test]
    fn a_description_names_files_in_its_folder_only() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("in");
        std::fs::create_dir_all(inside.join("deep")).unwrap();
        std::fs::write(folder.path().join("secret"), "s").unwrap();
        std::fs::write(inside.join("deep/labels.txt"), "a").unwrap();
        let owner = inside.join("net.toml");
        let named = |name: &str| named_in(&owner, Path::new(name));
        let expected = inside.join("deep/labels.txt");
        assert_eq!(named("deep/labels.txt").unwrap(), expected);
        assert_eq!(named("./none.txt").unwrap(), inside.join("./none.txt"));
        for name in ["/dev/zero", "../secret", "deep/../../secret", ""] {
            assert!(named(name).is_err(), "{name}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("../secret", inside.join("link")).unwrap();
            assert!(named("link").is_err());
            std::os::unix::fs::symlink("deep/labels.txt", inside.join("own")).unwrap();
            assert!(named("own").is_ok());
        }
    }
}
