//! An explanation as a folder of files that other tools read.

use std::io::{Cursor, Write as _};
use std::path::Path;

use image::{ImageFormat, RgbImage};
use serde::{Deserialize, Serialize};

use super::{ExplainError, Explanation, Request, Seconds};
use crate::classifier::{Classifier, Prediction};
use crate::picture::{Picture, Region};
use crate::saliency::colormap::{Colormap, Look, MapRect, Scale, colour, overlay};
use crate::saliency::{Completeness, SaliencyMap};

/// The map, `f32 [height, width]`.
pub const MAP_FILE: &str = "map.npy";
const ATTRIBUTION_FILE: &str = "attribution.npy";
/// Longest side of `overlay.png`, in pixels.
const MAX_OVERLAY_SIDE: u32 = 2048;

/// `explanation.json`: everything about an explanation but its arrays.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExplanationRecord {
    /// The program's version and ONNX Runtime's.
    pub versions: Versions,
    /// The picture.
    pub picture: PictureRecord,
    /// The classifier.
    pub model: ModelRecord,
    /// The part of the picture the network saw, in its pixels.
    pub region: Region,
    /// `[height, width]` of the network's input and of the map.
    pub size: [usize; 2],
    /// The surest predictions, best first.
    pub predictions: Vec<Prediction>,
    /// The class that is explained.
    pub class: usize,
    /// What that class is called.
    pub label: String,
    /// The method's id.
    pub method: String,
    /// Everything that was asked for, defaults filled in.
    pub parameters: Request,
    /// Gradients or forward passes computed.
    pub steps_used: usize,
    /// Difference between what the attributions add up to and what they should, as a share;
    /// `null` for methods that promise nothing.
    pub completeness_error: Option<f64>,
    /// The two sums behind it.
    pub completeness: Option<Completeness>,
    /// Wall time by stage.
    pub seconds: Seconds,
    /// File of the map, beside this one.
    pub map: String,
    /// File of the values per channel, where there are any.
    pub attribution: Option<String>,
}

/// Versions that made a result.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Versions {
    /// This program.
    pub saliscope: String,
    /// The runtime library.
    pub onnxruntime: String,
}

/// The picture of an explanation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PictureRecord {
    /// Its name.
    pub name: String,
    /// Where it was opened from, if it was a file.
    pub path: Option<String>,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// The classifier of an explanation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ModelRecord {
    /// Its id.
    pub id: String,
    /// The ONNX file.
    pub path: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// What was guessed about it.
    pub guesses: Vec<String>,
    /// What is special about how it was run, such as straight-through gradients.
    pub notices: Vec<String>,
}

impl Explanation {
    /// What `explanation.json` holds.
    ///
    /// # Errors
    /// When the model's file has gone, so that it cannot be named by its content.
    pub fn record(
        &self,
        classifier: &Classifier,
        picture: &Picture,
        path: Option<&Path>,
    ) -> Result<ExplanationRecord, ExplainError> {
        let [width, height] = picture.size();
        let (rows, columns) = self.map.values.dim();
        Ok(ExplanationRecord {
            versions: Versions {
                saliscope: env!("CARGO_PKG_VERSION").to_owned(),
                onnxruntime: onnxruntime_version(),
            },
            picture: PictureRecord {
                name: picture.name.clone(),
                path: path.map(|p| p.display().to_string()),
                sha256: picture.sha256.clone(),
                width,
                height,
            },
            model: ModelRecord {
                id: classifier.spec().id.clone(),
                path: classifier.spec().path.display().to_string(),
                sha256: classifier.sha256()?.to_owned(),
                guesses: classifier.spec().guesses.clone(),
                notices: classifier.notices()?,
            },
            region: self.region,
            size: [rows, columns],
            predictions: self.predictions.clone(),
            class: self.class.class,
            label: self.class.label.clone(),
            method: self.request.method.id().to_owned(),
            parameters: self.request.clone(),
            steps_used: self.steps_used,
            completeness_error: self.completeness.map(|c| c.error),
            completeness: self.completeness,
            seconds: self.seconds,
            map: MAP_FILE.to_owned(),
            attribution: self
                .attribution
                .as_ref()
                .map(|_| ATTRIBUTION_FILE.to_owned()),
        })
    }

    /// Writes `map.npy`, `attribution.npy` (where there is one), `map.png` (inferno over the map's own
    /// range), `overlay.png` (the map over the whole picture at 40 %) and, last, `explanation.json`.
    /// Each file appears whole or not at all; the folder is made where it is missing.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(
        &self,
        folder: &Path,
        record: &ExplanationRecord,
        picture: &Picture,
    ) -> Result<(), ExplainError> {
        crate::npy::write(&folder.join(MAP_FILE), self.map.values.view())?;
        if let Some(attribution) = &self.attribution {
            crate::npy::write(&folder.join(ATTRIBUTION_FILE), attribution.view())?;
        }
        let coloured = colour(&self.map, Scale::of(&self.map), Colormap::default());
        write_png(&folder.join("map.png"), &coloured)?;
        write_png(&folder.join("overlay.png"), &self.overlaid(picture))?;
        let path = folder.join("explanation.json");
        let failed = |why: String| ExplainError::File {
            path: path.clone(),
            why,
        };
        let mut json = serde_json::to_vec_pretty(record).map_err(|e| failed(e.to_string()))?;
        json.push(b'\n');
        crate::files::write_atomic(&path, |file| file.write_all(&json))
            .map_err(|e| failed(e.to_string()))
    }

    /// The map over the picture, shrunk where it is larger than a screen.
    fn overlaid(&self, picture: &Picture) -> RgbImage {
        let [width, height] = picture.size();
        let shrink = (f64::from(MAX_OVERLAY_SIDE) / f64::from(width.max(height))).min(1.0);
        let side = |n: u32| ((f64::from(n) * shrink).round() as u32).max(1);
        let whole = Region {
            x: 0,
            y: 0,
            width,
            height,
        };
        let size = [side(width), side(height)];
        let small =
            crate::picture::resize(picture, whole, size, crate::picture::Resample::Bilinear);
        let [left, top, right, bottom] = self.region.fractions([width, height]);
        let (w, h) = (size[0] as f32, size[1] as f32);
        let rect = MapRect {
            x: left * w,
            y: top * h,
            width: (right - left) * w,
            height: (bottom - top) * h,
        };
        overlay(&small, &self.map, rect, &Look::of(&self.map))
    }
}

/// What ONNX Runtime says it was built from: branch (`rel-` and the version) and commit.
fn onnxruntime_version() -> String {
    let build = crate::classifier::runtime_build().unwrap_or_default();
    let build = build.strip_prefix("ORT Build Info: ").unwrap_or(build);
    build
        .split(", build type")
        .next()
        .unwrap_or(build)
        .to_owned()
}

impl ExplanationRecord {
    /// Reads `explanation.json` and the map beside it.
    ///
    /// # Errors
    /// When either is missing or cannot be understood.
    pub fn read(path: &Path) -> Result<(Self, SaliencyMap), ExplainError> {
        let failed = |why: String| ExplainError::File {
            path: path.to_owned(),
            why,
        };
        let text = std::fs::read_to_string(path).map_err(|e| failed(e.to_string()))?;
        let record: Self = serde_json::from_str(&text)
            .map_err(|e| failed(format!("is not an explanation made by this program: {e}")))?;
        let map = path.parent().unwrap_or(Path::new("")).join(&record.map);
        let values = crate::npy::read_f32_axes(&map, "[height, width]")?;
        Ok((record, SaliencyMap { values }))
    }
}

/// Writes a PNG whole or not at all.
fn write_png(path: &Path, image: &RgbImage) -> Result<(), ExplainError> {
    let failed = |why: String| ExplainError::File {
        path: path.to_owned(),
        why,
    };
    let mut bytes = Cursor::new(Vec::new());
    image
        .write_to(&mut bytes, ImageFormat::Png)
        .map_err(|e| failed(e.to_string()))?;
    crate::files::write_atomic(path, |file| file.write_all(bytes.get_ref()))
        .map_err(|e| failed(e.to_string()))
}
