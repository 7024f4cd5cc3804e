//! What a saved explanation needs to be computed again, as it was asked for.

use std::path::{Path, PathBuf};

use super::export::MAX_RECORD_BYTES;
use super::{ClassChoice, ExplanationRecord, Request};

/// Originals larger than this are not hashed to see whether they are still the same: the copy that
/// was saved is taken.
const MAX_ORIGINAL_BYTES: u64 = 32 << 20;
/// The folder's file with all that is to be known.
const RECORD_FILE: &str = "explanation.json";
/// The folder's copy of the picture, at its own size.
const PICTURE_FILE: &str = "picture.png";

/// A saved explanation whose picture is still there.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// The picture: the original where it has not changed, else the copy in the folder.
    pub picture: PathBuf,
    /// Identifier of the classifier.
    pub model: String,
    /// The classifier's ONNX file, where it was then.
    pub model_path: PathBuf,
    /// What was asked for, with the class that was explained.
    pub request: Request,
}

impl Saved {
    /// What was saved at `path`: a folder, its `explanation.json`, or a PNG that carries the same.
    /// `None` when it is something else or its picture is nowhere to be found.
    #[must_use]
    pub fn find(path: &Path) -> Option<Self> {
        let inside = path.join(RECORD_FILE);
        let path = if inside.is_file() { &inside } else { path };
        let text = if is(path, "png") {
            ExplanationRecord::carried_by(path).ok()??
        } else if is(path, "json") {
            crate::files::read_text(path, MAX_RECORD_BYTES).ok()?
        } else {
            return None;
        };
        let record: ExplanationRecord = serde_json::from_str(&text).ok()?;
        let mut request = record.parameters;
        request.class = ClassChoice::Class(record.class);
        let copy = path.with_file_name(PICTURE_FILE);
        let original = record.picture.path.map(PathBuf::from);
        let picture = original
            .filter(|original| is_still(original, &record.picture.sha256))
            .or_else(|| copy.is_file().then_some(copy))?;
        Some(Self {
            picture,
            model: record.model.id,
            model_path: PathBuf::from(record.model.path),
            request,
        })
    }
}

/// True for a PNG that carries an explanation: a map, though it looks like a picture.
#[must_use]
pub fn carries_explanation(path: &Path) -> bool {
    is(path, "png") && matches!(ExplanationRecord::carried_by(path), Ok(Some(_)))
}

fn is(path: &Path, ending: &str) -> bool {
    path.extension()
        .is_some_and(|own| own.eq_ignore_ascii_case(ending))
}

fn is_still(path: &Path, sha256: &str) -> bool {
    std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() <= MAX_ORIGINAL_BYTES)
        && crate::files::sha256_of_file(path).is_ok_and(|now| now == sha256)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{explanation, model};
    use super::*;
    use crate::picture::Picture;
    use crate::saliency::colormap::Look;
    use image::RgbImage;

    #[test]
    fn a_saved_folder_is_found_by_any_of_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let pixels = RgbImage::from_fn(50, 30, |x, y| image::Rgb([x as u8, y as u8, 99]));
        let original = folder.path().join("original.png");
        pixels.save(&original).unwrap();
        let picture = crate::picture::open(&original).unwrap();
        let explanation = explanation();
        let record = explanation.record(model(), &picture, Some(&original));
        let look = Look::of(&explanation.map);
        let saved = folder.path().join("saved");
        explanation.write(&saved, &record, &picture, &look).unwrap();

        let found = Saved::find(&saved).unwrap();
        assert_eq!(found.picture, original);
        assert_eq!(
            (found.model.as_str(), found.request.class),
            ("net", ClassChoice::Class(285))
        );
        for file in ["explanation.json", "overlay.png"] {
            assert_eq!(
                Saved::find(&saved.join(file)),
                Some(found.clone()),
                "{file}"
            );
        }
        assert!(carries_explanation(&saved.join("overlay.png")));
        for file in ["picture.png", "map.png", "map.npy"] {
            assert_eq!(Saved::find(&saved.join(file)), None, "{file}");
            assert!(!carries_explanation(&saved.join(file)));
        }
        // The original was changed: the copy is what was explained.
        RgbImage::new(3, 3).save(&original).unwrap();
        let copy = Saved::find(&saved).unwrap().picture;
        assert_eq!(copy, saved.join("picture.png"));
        let plain: Picture = crate::picture::open(&copy).unwrap();
        assert_eq!(plain.pixels, picture.pixels);
        std::fs::remove_file(copy).unwrap();
        assert_eq!(Saved::find(&saved), None);
        std::fs::write(saved.join("explanation.json"), "{\"model\": 3}").unwrap();
        assert_eq!(Saved::find(&saved), None);
    }
}
