//! The pictures of a folder.

use std::cmp::Ordering;
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
    let mut seen = Vec::new();
    let mut open = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = open.pop() {
        if let Ok(real) = folder.canonicalize() {
            if seen.contains(&real) {
                continue;
            }
            seen.push(real);
        }
        let unreadable = |source| PictureError::Unreadable {
            path: folder.clone(),
            source,
        };
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if depth == 0 => return Err(unreadable(error)),
            // One that may not be read does not end the whole.
            Err(_) => {
                listing.folders += 1;
                continue;
            }
        };
        for entry in entries {
            let path = entry.map_err(unreadable)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') || name == "__MACOSX" {
                continue;
            }
            if path.is_dir() {
                if recursive && depth < MAX_DEPTH {
                    open.push((path, depth + 1));
                } else {
                    listing.folders += 1;
                }
            } else if path.is_file() && is_picture(&path) {
                listing.pictures.push(path);
            } else {
                listing.left_out += 1;
            }
        }
    }
    listing.pictures.sort_by(|a, b| natural(a, b));
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
    if let Some(ending) = path.extension() {
        return ending
            .to_str()
            .is_some_and(|e| ENDINGS.contains(&e.to_ascii_lowercase().as_str()));
    }
    matches!(FileKind::of_file(path), Some(FileKind::Picture(_)))
}

/// Numbers in names are compared as numbers; folder by folder, so that those of one stay together.
fn natural(a: &Path, b: &Path) -> Ordering {
    let by_part = a.components().zip(b.components()).map(|(a, b)| {
        let (a, b) = (
            a.as_os_str().to_string_lossy(),
            b.as_os_str().to_string_lossy(),
        );
        natural_text(&a, &b)
    });
    by_part
        .fold(Ordering::Equal, Ordering::then)
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
    }
}
