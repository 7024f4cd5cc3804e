//! What was asked and answered, as `what-if.json` holds it, and the folder around it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::ops::Deref;
use std::path::Path;

use image::RgbImage;
use serde::{Deserialize, Serialize};

use super::ask::best;
use super::{Flip, Scene, WhatIf, WhatIfError, region_of};
use crate::classifier::{Classifier, Prediction};
use crate::files::{Output, encode_png, made_by, sha256, write_atomic};
use crate::picture::{Picture, Region};
use crate::saliency::colormap::Look;
use crate::saliency::{
    EXPLANATION_FILES, Explanation, ExplanationRecord, ModelRecord, PictureRecord, SaliencyMap,
};

/// All files of a saved change, the record of the explanation last: the folder is the explanation of the
/// changed picture, and more.
pub const WHAT_IF_FILES: [&str; 10] = [
    EXPLANATION_FILES[0],
    EXPLANATION_FILES[1],
    EXPLANATION_FILES[2],
    EXPLANATION_FILES[3],
    EXPLANATION_FILES[4],
    "before.png",
    BEFORE_MAP,
    "mask.png",
    "what-if.json",
    EXPLANATION_FILES[5],
];
/// The map of the picture as it was.
const BEFORE_MAP: &str = "before-map.npy";

/// What the network said of one of the two pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// The surest classes, best first.
    pub predictions: Vec<Prediction>,
    /// What it said of the class that is asked about.
    pub class: Prediction,
}

/// What was changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Changed {
    /// How it was chosen, in words.
    pub part: String,
    /// What took its place.
    pub fill: String,
    /// How far it was moved, right and down, in the network's pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<[i32; 2]>,
    /// Its share of what the network sees, 0-1.
    pub share: f64,
    /// The smallest rectangle around it, in the picture's pixels.
    pub bounds: Option<Region>,
}

/// The search for the smallest part whose loss changes the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlipRecord {
    /// Rows and columns of the grid.
    pub grid: [usize; 2],
    /// Row and column of each cell that goes, from 0; empty where no set was found.
    pub cells: Vec<[usize; 2]>,
    /// True when every smaller set of cells was tried and does not change the answer.
    pub minimal: bool,
    /// No set of fewer cells than this changes the answer.
    pub at_least: usize,
    /// Questions that were asked of the network.
    pub questions: usize,
}

impl FlipRecord {
    /// What a search in a grid of `grid` rows and columns found.
    #[must_use]
    pub fn of(flip: &Flip, grid: [usize; 2]) -> Self {
        let columns = grid[1].max(1);
        Self {
            grid,
            cells: flip
                .parts
                .iter()
                .map(|part| [part / columns, part % columns])
                .collect(),
            minimal: flip.minimal,
            at_least: flip.at_least,
            questions: flip.questions,
        }
    }
}

/// `what-if.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WhatIfRecord {
    /// This program and its version.
    pub made_by: String,
    /// The picture as it was.
    pub picture: PictureRecord,
    /// The classifier.
    pub model: ModelRecord,
    /// The part of the picture that the network saw, in its pixels.
    pub region: Region,
    /// `[height, width]` of what the network sees.
    pub size: [usize; 2],
    /// What was changed.
    pub changed: Changed,
    /// Before the change.
    pub before: Side,
    /// After it.
    pub after: Side,
    /// Whether the network's first answer is another now.
    pub answer_changed: bool,
    /// The search, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flip: Option<FlipRecord>,
    /// SHA-256 of the arrays beside this file, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
}

impl WhatIfRecord {
    /// What there is to say of a change to `picture` (opened from `path`), with the `top` surest answers,
    /// about the class `class`.
    ///
    /// # Errors
    /// When the model's file has gone.
    pub fn of(
        picture: &Picture,
        path: Option<&Path>,
        scene: &Scene<impl Deref<Target = Classifier> + Sync>,
        what_if: &WhatIf,
        class: usize,
        top: usize,
        changed: Changed,
    ) -> Result<Self, WhatIfError> {
        let [width, height] = picture.size();
        let classifier = scene.classifier();
        let side = |logits: &[f32]| Side {
            predictions: classifier.rank(logits, top),
            class: classifier.prediction(logits, class),
        };
        Ok(Self {
            made_by: made_by(),
            picture: PictureRecord {
                name: picture.name.clone(),
                path: path.map(|p| p.display().to_string()),
                sha256: picture.sha256.clone(),
                width,
                height,
                notes: picture.notes.clone(),
            },
            model: ModelRecord::of(classifier)?,
            region: scene.region,
            size: scene.shape(),
            changed,
            before: side(&scene.logits),
            after: side(&what_if.logits),
            answer_changed: best(&scene.logits) != best(&what_if.logits),
            flip: None,
            files: BTreeMap::new(),
        })
    }
}

impl Changed {
    /// A change in words, with its share and place.
    #[must_use]
    pub fn of(
        part: String,
        fill: String,
        moved: Option<[i32; 2]>,
        scene: &Scene<impl Deref<Target = Classifier> + Sync>,
        what_if: &WhatIf,
    ) -> Self {
        let bounds = what_if.mask.bounds();
        Self {
            part,
            fill,
            moved,
            share: what_if.mask.share(),
            bounds: bounds.map(|seen| region_of(seen, scene.region, scene.shape())),
        }
    }
}

/// Writes the folder: the explanation `after` of the changed picture as
/// [`Explanation::write_to`] does, `before.png` (what the network saw as it was), `before-map.npy` (its
/// map), `mask.png` and `what-if.json`.
///
/// # Errors
/// As [`Output::write_folder`].
pub fn write(
    out: &Output,
    mut record: WhatIfRecord,
    scene: &Scene<impl Deref<Target = Classifier> + Sync>,
    what_if: &WhatIf,
    before: &SaliencyMap,
    after: (&Explanation, &ExplanationRecord, &Picture),
) -> Result<(), WhatIfError> {
    let map = crate::npy::encode(before.values.view());
    record.files.insert(BEFORE_MAP.to_owned(), sha256(&map));
    let mut json = serde_json::to_string_pretty(&record).map_err(|e| WhatIfError::File {
        path: out.path().join("what-if.json"),
        why: e.to_string(),
    })?;
    json.push('\n');
    out.write_folder(&WHAT_IF_FILES, |folder| {
        let put = |name: &str, bytes: &[u8]| {
            write_atomic(&folder.join(name), |file| file.write_all(bytes)).map_err(|e| {
                WhatIfError::File {
                    path: out.path().join(name),
                    why: e.to_string(),
                }
            })
        };
        let png = |name: &str, picture: &RgbImage| {
            write_atomic(&folder.join(name), |file| encode_png(file, picture, [])).map_err(|e| {
                WhatIfError::File {
                    path: out.path().join(name),
                    why: e.to_string(),
                }
            })
        };
        png("before.png", &scene.seen)?;
        png("mask.png", &in_colour(&what_if.mask.to_image()))?;
        put(BEFORE_MAP, &map)?;
        put("what-if.json", json.as_bytes())?;
        let (explanation, told, picture) = after;
        let look = Look::of(&explanation.map);
        explanation.write_into(folder, out.path(), told, picture, &look)?;
        Ok(())
    })
}

fn in_colour(gray: &image::GrayImage) -> RgbImage {
    RgbImage::from_fn(gray.width(), gray.height(), |x, y| {
        let level = gray.get_pixel(x, y).0[0];
        image::Rgb([level; 3])
    })
}
