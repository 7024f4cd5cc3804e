//! A picture before and after something was done to it, as a folder of files: both pictures, both
//! maps, what the network says of both, and what it followed.

use std::io::Write as _;
use std::path::Path;

use image::{Rgb, RgbImage, imageops};
use serde::Serialize;

use super::shape_bias::Verdict;
use crate::classifier::Prediction;
use crate::files::{Output, write_atomic};
use crate::picture::{Picture, PngText, write_png_with_texts};
use crate::saliency::colormap::Look;
use crate::saliency::{ExplainError, Explanation, ExplanationRecord};

/// Keyword of the text in `both.png` that is the same JSON as `restyled.json`.
pub const RESTYLED_KEYWORD: &str = "Saliscope restyled picture";
/// Everything in the folder of a restyled picture, the record last.
const RESTYLED_FILES: [&str; 4] = ["before", "after", "both.png", "restyled.json"];
/// Space between the two pictures of `both.png`, in pixels.
const GAP: u32 = 16;

/// What was done to the picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Change {
    /// Painted in a texture.
    Painted {
        /// Name of the texture.
        texture: String,
        /// Name of the texture that was blended in.
        second: Option<String>,
        /// Its share, in percent.
        second_percent: Option<u8>,
        /// How much of the painting, in percent.
        strength_percent: u8,
        /// True where only light and dark are the painting's.
        keep_colours: bool,
    },
    /// Spoilt by one of ImageNet-C's corruptions.
    Corrupted {
        /// Its published name.
        corruption: String,
        /// 1 to 5.
        severity: u8,
        /// Where its chance started.
        seed: u64,
    },
}

/// One of the two pictures.
#[derive(Debug, Clone, Copy)]
pub struct Half<'a> {
    /// Its explanation.
    pub explanation: &'a Explanation,
    /// What is written of it.
    pub record: &'a ExplanationRecord,
    /// The whole picture.
    pub picture: &'a Picture,
    /// How the map lies over it.
    pub look: &'a Look,
}

/// A picture before and after.
#[derive(Debug, Clone)]
pub struct Restyled<'a> {
    /// What was done.
    pub change: Change,
    /// The picture as it was.
    pub before: Half<'a>,
    /// The restyled picture.
    pub after: Half<'a>,
    /// What the network followed, where shape and texture are of two of the 16 classes.
    pub verdict: Option<Verdict>,
    /// The same in words, or how the answer changed.
    pub sentence: String,
}

/// `restyled.json`.
#[derive(Serialize)]
struct Record<'a> {
    made_by: String,
    #[serde(flatten)]
    change: &'a Change,
    model: &'a str,
    before: Said<'a>,
    after: Said<'a>,
    verdict: Option<&'a Verdict>,
    sentence: &'a str,
}

/// What the network says of one of the pictures.
#[derive(Serialize)]
struct Said<'a> {
    /// The folder with everything about it.
    folder: &'static str,
    picture: &'a str,
    explained: &'a str,
    predictions: &'a [Prediction],
}

impl Restyled<'_> {
    /// Writes `before/` and `after/` (see [`Explanation::write`]), `both.png` (the two pictures with their
    /// maps beside each other, the figures in it as a text) and, last, `restyled.json`. The folder
    /// is made where it is missing, and is there whole or not at all: see [`Output::write_folder`].
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), ExplainError> {
        let folder = Output::new(folder);
        folder.write_folder(&RESTYLED_FILES, |new| self.write_into(new, folder.path()))
    }

    fn write_into(&self, folder: &Path, told: &Path) -> Result<(), ExplainError> {
        for (half, name) in [(self.before, "before"), (self.after, "after")] {
            let (inside, told) = (folder.join(name), told.join(name));
            half.explanation
                .write_into(&inside, &told, half.record, half.picture, half.look)?;
        }
        let failed = |path: &Path, source: std::io::Error| ExplainError::File {
            path: told.join(path.file_name().unwrap_or_default()),
            why: source.to_string(),
        };
        let path = folder.join("restyled.json");
        let mut json = serde_json::to_string_pretty(&self.record())
            .map_err(|error| failed(&path, error.into()))?;
        json.push('\n');
        let both = folder.join("both.png");
        let texts = [
            PngText::new("Title", self.sentence.as_str()),
            PngText::new("Description", self.after.picture.alt.as_str()),
            PngText::new(RESTYLED_KEYWORD, json.as_str()),
        ];
        write_png_with_texts(&both, &self.beside(), &texts)
            .map_err(|error| failed(&both, error))?;
        write_atomic(&path, |file| file.write_all(json.as_bytes()))
            .map_err(|error| failed(&path, error))
    }

    fn record(&self) -> Record<'_> {
        Record {
            made_by: crate::files::made_by(),
            change: &self.change,
            model: &self.after.record.model.id,
            before: self.before.said("before"),
            after: self.after.said("after"),
            verdict: self.verdict.as_ref(),
            sentence: &self.sentence,
        }
    }

    /// Both pictures with their maps, beside each other on white.
    fn beside(&self) -> RgbImage {
        let [left, right] = [self.before, self.after]
            .map(|half| half.explanation.overlaid(half.picture, half.look));
        let width = left.width() + GAP + right.width();
        let height = left.height().max(right.height());
        let mut both = RgbImage::from_pixel(width, height, Rgb([255; 3]));
        imageops::replace(&mut both, &left, 0, 0);
        imageops::replace(&mut both, &right, i64::from(left.width() + GAP), 0);
        both
    }
}

impl Half<'_> {
    fn said(&self, folder: &'static str) -> Said<'_> {
        Said {
            folder,
            picture: &self.picture.name,
            explained: &self.record.label,
            predictions: &self.record.predictions,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::shape_bias::{CueClass, Followed};
    use crate::saliency::explain::testing::{explanation, model};

    #[test]
    fn the_folder_holds_both_and_the_verdict() {
        let folder = tempfile::tempdir().unwrap();
        let made = explanation();
        let picture = |name: &str, shade: u8| {
            Picture::from_pixels(name, RgbImage::from_pixel(50, 30, Rgb([shade, 9, 9])))
        };
        let (cat, brick) = (picture("Cat", 200), picture("Cat in brick", 20));
        let [first, second] = [&cat, &brick].map(|picture| made.record(model(), picture, None));
        let look = Look::of(&made.map);
        let half = |picture, record| Half {
            explanation: &made,
            record,
            picture,
            look: &look,
        };
        let restyled = Restyled {
            change: Change::Painted {
                texture: "Brick".to_owned(),
                second: None,
                second_percent: None,
                strength_percent: 60,
                keep_colours: true,
            },
            before: half(&cat, &first),
            after: half(&brick, &second),
            verdict: Some(Verdict {
                followed: Followed::Texture,
                shape: CueClass::Cat,
                texture: CueClass::Clock,
                decision: CueClass::Clock,
                shape_share: 0.09,
                texture_share: 0.62,
            }),
            sentence: "It saw the clock.".to_owned(),
        };
        restyled.write(folder.path()).unwrap();

        let json = std::fs::read_to_string(folder.path().join("restyled.json")).unwrap();
        let both = folder.path().join("both.png");
        let carried = crate::picture::read_png_text(&both, RESTYLED_KEYWORD).unwrap();
        assert_eq!(carried.as_ref(), Some(&json));
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["change"], "painted");
        assert_eq!(json["strength_percent"], 60);
        assert_eq!(json["verdict"]["followed"], "texture");
        assert_eq!(json["after"]["picture"], "Cat in brick");
        assert_eq!(json["before"]["predictions"][0]["class"], 285);

        let pixels = crate::picture::open(&both).unwrap().pixels;
        assert_eq!(pixels.dimensions(), (50 + GAP + 50, 30));
        assert_eq!(pixels.get_pixel(0, 0), cat.pixels.get_pixel(0, 0));
        assert_eq!(pixels.get_pixel(55, 3).0, [255; 3]);
        assert_eq!(pixels.get_pixel(50 + GAP, 0), brick.pixels.get_pixel(0, 0));
        for name in ["before", "after"] {
            let one = folder.path().join(name).join("overlay.png");
            let (record, map) = ExplanationRecord::read(&one).unwrap();
            assert_eq!(map, made.map);
            assert_eq!(record.label, "Egyptian cat");
        }
        // A file where the folder should be is told in one line.
        let blocked = folder.path().join("restyled.json");
        let error = restyled.write(&blocked).unwrap_err().to_string();
        assert!(
            error.contains("restyled.json") && !error.contains('\n'),
            "{error}"
        );
    }
}
