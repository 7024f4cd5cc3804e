//! New folders, and names that files can have anywhere.

use std::io;
use std::path::{Path, PathBuf};

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
