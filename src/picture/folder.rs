//! The pictures of a folder.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{ENDINGS, PictureError};
use crate::file_kind::FileKind;

/// Folders inside folders that are followed.
const MAX_DEPTH: usize = 64;

/// What a folder holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The pictures, in the order in which people count: 2 before 10.
    pub pictures: Vec<PathBuf>,
    /// Files that are no pictures; hidden ones are not counted.
    pub left_out: usize,
    /// Folders in it that were not looked into.
    pub folders: usize,
    /// Archives (`.tar`), which are counted as left out too, in the same order.
    pub archives: Vec<PathBuf>,
    /// Folders, and files with the name of a picture or an archive, that cannot be read, which are
    /// counted as left out too; why, half a sentence each.
    pub unreadable: Vec<(PathBuf, String)>,
}

impl Listing {
    /// One line about what was not taken; `None` where that is nothing.
    #[must_use]
    pub fn rest(&self) -> Option<String> {
        let count = |n: usize, one: &str, many: &str| match n {
            0 => None,
            1 => Some(format!("1 {one}")),
            n => Some(format!("{n} {many}")),
        };
        let files = count(
            self.left_out,
            "file that is no picture",
            "files that are no pictures",
        );
        let folders = count(self.folders, "folder in it", "folders in it");
        let both: Vec<String> = files.into_iter().chain(folders).collect();
        (!both.is_empty()).then(|| both.join(" and "))
    }
}

/// The pictures of a folder and, where `recursive`, of those in it.
///
/// Pictures are told by their endings ([`ENDINGS`]), files without one by their content. Hidden files and
/// those that a Mac puts beside others (`._name`, `__MACOSX`) are passed over. A folder is looked into
/// once, by whatever links it is reached.
///
/// # Errors
/// When the folder cannot be read.
pub fn list(folder: &Path, recursive: bool) -> Result<Listing, PictureError> {
    let mut listing = Listing::default();
    let mut seen = HashSet::new();
    let mut open = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = open.pop() {
        if folder.canonicalize().is_ok_and(|real| !seen.insert(real)) {
            continue;
        }
        let unreadable = |source| PictureError::Unreadable {
            path: folder.clone(),
            source,
        };
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if depth == 0 => return Err(unreadable(error)),
            // One that may not be read does not end the whole.
            Err(error) => {
                listing.folders += 1;
                let why = format!("this folder could not be read: {error}");
                listing.unreadable.push((folder, why));
                continue;
            }
        };
        let names: Result<Vec<OsString>, _> = entries.map(|entry| Ok(entry?.file_name())).collect();
        let mut folders = Vec::new();
        for name in names.map_err(unreadable)? {
            let path = folder.join(&name);
            let name = name.to_string_lossy();
            if name.starts_with('.') || name == "__MACOSX" {
                continue;
            }
            match std::fs::metadata(&path) {
                Ok(about) if about.is_dir() => folders.push(path),
                Ok(about) if about.is_file() && is_picture(&path) => listing.pictures.push(path),
                Ok(about) => {
                    listing.left_out += 1;
                    if about.is_file() && is_archive(&path) {
                        listing.archives.push(path);
                    }
                }
                Err(error) => {
                    listing.left_out += 1;
                    if has_ending(&path, &ENDINGS) || is_archive(&path) {
                        let why = format!("it could not be read: {error}");
                        listing.unreadable.push((path, why));
                    }
                }
            }
        }
        if recursive && depth < MAX_DEPTH {
            // Of several links to one folder the first is followed, on every machine the same.
            folders.sort_by(|a, b| natural_order(b, a));
            open.extend(folders.into_iter().map(|path| (path, depth + 1)));
        } else {
            listing.folders += folders.len();
        }
    }
    listing.pictures.sort_by(|a, b| natural_order(a, b));
    listing.archives.sort_by(|a, b| natural_order(a, b));
    Ok(listing)
}

/// As [`list`] of one folder, only the pictures.
///
/// # Errors
/// When the folder cannot be read.
pub fn list_folder(folder: &Path) -> Result<Vec<PathBuf>, PictureError> {
    list(folder, false).map(|listing| listing.pictures)
}

/// Told by the ending, or by the content where there is none.
fn is_picture(path: &Path) -> bool {
    if path.extension().is_some() {
        return has_ending(path, &ENDINGS);
    }
    matches!(FileKind::of_file(path), Some(FileKind::Picture(_)))
}

/// Whether a file is one of those archives that hold pictures.
pub(crate) fn is_archive(path: &Path) -> bool {
    has_ending(path, &["tar"])
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|own| endings.iter().any(|e| own.eq_ignore_ascii_case(e)))
}

/// Numbers in names are compared as numbers; folder by folder, so that those of one stay together.
pub(crate) fn natural_order(a: &Path, b: &Path) -> Ordering {
    let mut by_part = a.components().zip(b.components()).map(|(a, b)| {
        let (a, b) = (
            a.as_os_str().to_string_lossy(),
            b.as_os_str().to_string_lossy(),
        );
        if a == b {
            Ordering::Equal
        } else {
            natural_text(&a, &b)
        }
    });
    by_part
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
        .then_with(|| a.components().count().cmp(&b.components().count()))
        .then_with(|| a.cmp(b))
}

fn natural_text(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let (in_a, in_b) = (digits(a), digits(b));
        if in_a > 0 && in_b > 0 {
            let ((number_a, rest_a), (number_b, rest_b)) = (a.split_at(in_a), b.split_at(in_b));
            let (plain_a, plain_b) = (
                number_a.trim_start_matches('0'),
                number_b.trim_start_matches('0'),
            );
            let order = plain_a
                .len()
                .cmp(&plain_b.len())
                .then_with(|| plain_a.cmp(plain_b));
            if order != Ordering::Equal {
                return order;
            }
            (a, b) = (rest_a, rest_b);
            continue;
        }
        let (Some(first_a), Some(first_b)) = (a.chars().next(), b.chars().next()) else {
            return a.len().cmp(&b.len());
        };
        let lower = |c: char| c.to_lowercase().next().unwrap_or(c);
        let order = lower(first_a).cmp(&lower(first_b));
        if order != Ordering::Equal {
            return order;
        }
        a = &a[first_a.len_utf8()..];
        b = &b[first_b.len_utf8()..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(listing: &Listing, root: &Path) -> Vec<String> {
        let relative = |path: &PathBuf| {
            path.strip_prefix(root)
                .unwrap_or(path)
                .to_string_lossy()
                .into_owned()
        };
        listing.pictures.iter().map(relative).collect()
    }

    #[test]
    fn a_folder_is_listed_as_people_count() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for name in [
            "img10.png",
            "img2.png",
            "IMG1.PNG",
            "a.jfif",
            "b.jpe",
            "c.pnm",
            "d.HEIC",
            "._a.jpg",
            ".hidden.png",
            "Thumbs.db",
            "notes.txt",
        ] {
            std::fs::write(root.join(name), "x").unwrap();
        }
        std::fs::write(root.join("bare"), b"\xFF\xD8\xFF\xE0").unwrap();
        std::fs::write(root.join("README"), "hello").unwrap();
        for sub in ["cat", "dog", "__MACOSX"] {
            std::fs::create_dir(root.join(sub)).unwrap();
            std::fs::write(root.join(sub).join("001.jpg"), "x").unwrap();
        }
        let flat = list(root, false).unwrap();
        assert_eq!(
            names(&flat, root),
            [
                "a.jfif",
                "b.jpe",
                "bare",
                "c.pnm",
                "d.HEIC",
                "IMG1.PNG",
                "img2.png",
                "img10.png"
            ]
        );
        assert_eq!(
            flat.rest().unwrap(),
            "3 files that are no pictures and 2 folders in it"
        );
        let all = names(&list(root, true).unwrap(), root);
        assert_eq!(all.len(), 10);
        assert!(all.contains(&"dog/001.jpg".to_owned()), "{all:?}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_back_to_a_folder_above_ends() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir(root.join("dog")).unwrap();
        std::fs::write(root.join("dog/1.jpg"), "x").unwrap();
        std::os::unix::fs::symlink(root, root.join("dog/loop")).unwrap();
        assert_eq!(list(root, true).unwrap().pictures.len(), 1);
        // Of several ways to a folder, the first in the order of names.
        for name in ["b9", "b10", "a"] {
            std::os::unix::fs::symlink(root.join("dog"), root.join(name)).unwrap();
        }
        assert_eq!(names(&list(root, true).unwrap(), root), ["a/1.jpg"]);
    }

    #[cfg(unix)]
    #[test]
    fn archives_and_what_cannot_be_read_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir(root.join("sub")).unwrap();
        for name in ["2.tar", "sub/10.TAR", "1.jpg", "note.txt"] {
            std::fs::write(root.join(name), "x").unwrap();
        }
        for name in ["dead.jpg", "dead.txt", "dead.tar"] {
            std::os::unix::fs::symlink(root.join("none"), root.join(name)).unwrap();
        }
        let listing = list(root, true).unwrap();
        assert_eq!(
            listing.archives,
            ["2.tar", "sub/10.TAR"].map(|n| root.join(n))
        );
        let mut dead: Vec<_> = listing.unreadable.iter().map(|(path, _)| path).collect();
        dead.sort();
        assert_eq!(dead, [&root.join("dead.jpg"), &root.join("dead.tar")]);
        assert!(listing.unreadable[0].1.contains("could not be read"));
        assert_eq!(listing.left_out, 6);
    }
}
