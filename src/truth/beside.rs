//! Masks and boxes that lie beside a picture, as the common tools leave them.

use std::path::{Path, PathBuf};

/// Folders beside the pictures, or beside their folder, that hold a file for each.
const FOLDERS: [&str; 4] = ["masks", "Masks", "annotations", "Annotations"];
/// What follows the name of a picture in the name of its mask.
const AFTER: [&str; 4] = [".mask.png", "_mask.png", "-mask.png", ".xml"];
/// COCO's file of all pictures of a folder.
const OF_ALL: [&str; 3] = [
    "_annotations.coco.json",
    "annotations.json",
    "instances.json",
];
/// Largest file of all pictures that is read without being asked for, in bytes.
const MAX_UNASKED: u64 = 64 << 20;

/// The file that tells where the thing is in the picture at `picture`, where one lies beside it:
/// `cat.mask.png`, `cat_mask.png`, `cat-mask.png` or `cat.xml` for `cat.jpg`; `cat.png` or `cat.xml` in a
/// folder called masks or annotations here or one folder up; COCO's `annotations.json`.
#[must_use]
pub fn truth_beside(picture: &Path) -> Option<PathBuf> {
    let stem = picture.file_stem()?;
    let here = picture.parent().unwrap_or(Path::new("."));
    let named = |folder: &Path, after: &str| {
        let mut name = stem.to_owned();
        name.push(after);
        folder.join(name)
    };
    let own = AFTER.iter().map(|after| named(here, after));
    let above = here.parent();
    let folders = std::iter::once(here)
        .chain(above)
        .flat_map(|folder| FOLDERS.map(|name| folder.join(name)));
    let inside = folders.flat_map(|folder| [".png", ".xml"].map(|after| named(&folder, after)));
    let mut one = own.chain(inside);
    // A picture in a folder of masks is no mask of itself.
    let found = one.find(|file| file.is_file() && file != picture);
    found.or_else(|| {
        let small = |file: &PathBuf| {
            let about = std::fs::metadata(file);
            about.is_ok_and(|about| about.is_file() && about.len() <= MAX_UNASKED)
        };
        OF_ALL.iter().map(|name| here.join(name)).find(small)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_places_are_found_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let pictures = folder.path().join("JPEGImages");
        std::fs::create_dir_all(&pictures).unwrap();
        std::fs::create_dir_all(folder.path().join("Annotations")).unwrap();
        std::fs::create_dir_all(pictures.join("masks")).unwrap();
        let cat = pictures.join("cat.jpg");
        assert_eq!(truth_beside(&cat), None);
        // Each goes before those that were there already.
        for place in [
            "JPEGImages/annotations.json",
            "Annotations/cat.xml",
            "JPEGImages/masks/cat.png",
            "JPEGImages/cat.xml",
            "JPEGImages/cat_mask.png",
        ] {
            let file = folder.path().join(place);
            std::fs::write(&file, "").unwrap();
            assert_eq!(truth_beside(&cat), Some(file), "{place}");
        }
        let dog = truth_beside(&pictures.join("dog.jpg"));
        assert_eq!(dog, Some(pictures.join("annotations.json")));
        let mask = folder.path().join("masks").join("cow.png");
        std::fs::create_dir_all(mask.parent().unwrap()).unwrap();
        std::fs::write(&mask, "").unwrap();
        assert_eq!(truth_beside(&mask), None);
        assert_eq!(truth_beside(Path::new("")), None);
    }
}
