//! Files a user made are never lost: written beside their place, synced, then renamed into it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use image::codecs::png::PngEncoder;
use image::{ImageBuffer, Pixel, PixelWithColorType};
use sha2::{Digest, Sha256};

/// Writes `path` through `write`: into a temporary file in the same folder (made if missing),
/// synced to disk, renamed over `path`. Whoever reads `path` sees the old file or the whole new one.
///
/// # Errors
/// When the folder cannot be made or written, or `write` fails; `path` is then as it was.
pub fn write_atomic(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    std::fs::create_dir_all(&folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(".saliscope-")
        .tempfile_in(&folder)?;
    write(file.as_file_mut())?;
    // Temporary files are private to their owner; results are as readable as any other file.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.as_file()
            .set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|e| e.error)?;
    Ok(())
}

/// Writes a picture as PNG, whole or not at all: see [`write_atomic`].
///
/// # Errors
/// As [`write_atomic`].
pub fn write_png<P>(path: &Path, picture: &ImageBuffer<P, Vec<u8>>) -> io::Result<()>
where
    P: Pixel<Subpixel = u8> + PixelWithColorType,
{
    write_atomic(path, |file| {
        let mut out = io::BufWriter::new(file);
        picture
            .write_with_encoder(PngEncoder::new(&mut out))
            .map_err(io::Error::other)?;
        io::Write::flush(&mut out)
    })
}

/// The SHA-256 of `bytes`, as 64 lower-case hexadecimal digits.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// Takes what is written and keeps only its SHA-256.
#[derive(Default)]
pub(crate) struct Hasher(Sha256);

impl Hasher {
    /// The hash of all that was written; see [`sha256`].
    pub(crate) fn finish(self) -> String {
        hexadecimal(&self.0.finalize())
    }
}

impl io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `bytes` as lower-case hexadecimal digits, two for each.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        digits.push(digit(byte >> 4));
        digits.push(digit(byte & 15));
    }
    digits
}

/// The bytes that [`hexadecimal`] wrote; `None` where it did not.
#[must_use]
pub fn from_hexadecimal(digits: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| Some(char::from(byte).to_digit(16)? as u8);
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let byte = |pair: &[u8; 2]| Some((digit(pair[0])? << 4) | digit(pair[1])?);
    pairs.iter().map(byte).collect()
}

/// Makes a new folder in `parent`, which is made if missing: named `name`, or `name 2`, `name 3`, ...
/// where there is one already. What file systems cannot hold in a name is left out.
///
/// # Errors
/// When no folder can be made there.
pub fn new_folder(parent: &Path, name: &str) -> io::Result<PathBuf> {
    std::fs::create_dir_all(parent)?;
    let name = file_name(name);
    for number in 1..=MOST_FOLDERS {
        let path = match number {
            1 => parent.join(&name),
            _ => parent.join(format!("{name} {number}")),
        };
        match std::fs::create_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(()) => return Ok(path),
        }
    }
    let why = format!("{MOST_FOLDERS} folders are named {name} there; choose another place");
    Err(io::Error::new(io::ErrorKind::AlreadyExists, why))
}

/// Folders of one name, at most.
const MOST_FOLDERS: u32 = 999;

/// `words` as the name of a file on any system: without control characters and those that some
/// system forbids, not empty, no dots or spaces at its ends, at most 80 characters.
#[must_use]
pub fn file_name(words: &str) -> String {
    let allowed = |letter: &char| !letter.is_control() && !r#"/\:*?"<>|"#.contains(*letter);
    let kept: String = words.chars().filter(allowed).take(80).collect();
    let kept = kept.trim_matches([' ', '.']);
    // Windows keeps these names for devices.
    let stem = kept.split('.').next().unwrap_or_default().to_uppercase();
    let numbered = stem.strip_suffix(|last: char| last.is_ascii_digit());
    let device = ["CON", "PRN", "AUX", "NUL"].contains(&stem.as_str())
        || numbered.is_some_and(|port| port == "COM" || port == "LPT");
    if kept.is_empty() || device {
        return format!("saved {kept}").trim_end().to_owned();
    }
    kept.to_owned()
}

/// The SHA-256 of a file, read piece by piece; see [`sha256`].
///
/// # Errors
/// When the file cannot be read.
pub fn sha256_of_file(path: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut file = File::open(path)?;
    let mut piece = vec![0; 1 << 20];
    loop {
        match file.read(&mut piece)? {
            0 => break,
            length => hash.update(piece.get(..length).unwrap_or_default()),
        }
    }
    Ok(hexadecimal(&hash.finalize()))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/f.txt");
        write_atomic(&path, |f| f.write_all(b"old")).unwrap();
        let failed = write_atomic(&path, |f| {
            f.write_all(b"half")?;
            Err(io::Error::other("full"))
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(
            std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1
        );
    }

    #[test]
    fn digits_are_read_back_and_others_refused() {
        let bytes: Vec<u8> = (0..=255).collect();
        let digits = hexadecimal(&bytes);
        assert!(digits.starts_with("000102") && digits.ends_with("feff"));
        assert_eq!(from_hexadecimal(&digits), Some(bytes));
        for bad in ["0", "0g", "+1", "\u{e9}"] {
            assert_eq!(from_hexadecimal(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_new_folder_takes_the_place_of_none() {
        let parent = tempfile::tempdir().unwrap();
        let inside = parent.path().join("new");
        let first = new_folder(&inside, "Cat: tabby?").unwrap();
        std::fs::write(first.join("mine.txt"), "x").unwrap();
        let second = new_folder(&inside, "Cat: tabby?").unwrap();
        assert_eq!(first, inside.join("Cat tabby"));
        assert_eq!(second, inside.join("Cat tabby 2"));
        assert_eq!(std::fs::read(first.join("mine.txt")).unwrap(), b"x");
        // A file of that name is no folder either.
        std::fs::write(inside.join("dog"), "x").unwrap();
        assert_eq!(new_folder(&inside, "dog").unwrap(), inside.join("dog 2"));
        assert!(new_folder(&inside.join("dog"), "cat").is_err());
    }

    #[test]
    fn names_of_files_are_safe_anywhere() {
        for (words, name) in [
            ("../../etc/passwd", "etcpasswd"),
            ("  caf\u{e9} 60 %. ", "caf\u{e9} 60 %"),
            ("\u{0}\n", "saved"),
            ("", "saved"),
            ("con", "saved con"),
            ("lpt1.txt", "saved lpt1.txt"),
        ] {
            assert_eq!(file_name(words), name);
        }
        assert_eq!(file_name(&"\u{6f22}".repeat(200)).chars().count(), 80);
    }

    #[test]
    fn sha256_is_the_standard_one() {
        assert_eq!(
            sha256(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
