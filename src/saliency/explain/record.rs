//! Everything about an explanation but its arrays, as `explanation.json` holds it.

use std::collections::BTreeMap;
use std::path::Path;

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::{Explanation, Request, Seconds};
use crate::classifier::{Classifier, ClassifierError, Prediction};
use crate::picture::{Picture, Region};
use crate::saliency::Completeness;

/// The map, `f32 [height, width]`.
pub const MAP_FILE: &str = "map.npy";
/// The values per channel, `f32 [height, width, 3]`, red first.
pub(super) const ATTRIBUTION_FILE: &str = "attribution.npy";

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
    /// Said where the map has nothing to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// Wall time by stage.
    pub seconds: Seconds,
    /// File of the map, beside this one.
    pub map: String,
    /// File of the values per channel, where there are any.
    pub attribution: Option<String>,
    /// SHA-256 of both files, by name: a map that was written with another record is told. Records of
    /// earlier versions have none.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

/// Versions that made a result.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Versions {
    /// This program.
    pub saliscope: String,
    /// The runtime library.
    pub onnxruntime: String,
}

impl Versions {
    /// Those of this run.
    #[must_use]
    pub fn now() -> Self {
        Self {
            saliscope: env!("CARGO_PKG_VERSION").to_owned(),
            onnxruntime: onnxruntime_version(),
        }
    }
}

/// The picture of an explanation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// What had to be guessed or changed when the file was read, each half a sentence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// The classifier of an explanation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

impl ModelRecord {
    /// What is said of `classifier`.
    ///
    /// # Errors
    /// When the model's file has gone, so that it cannot be named by its content.
    pub fn of(classifier: &Classifier) -> Result<Self, ClassifierError> {
        Ok(Self {
            id: classifier.spec().id.clone(),
            path: classifier.spec().path.display().to_string(),
            sha256: classifier.sha256()?.to_owned(),
            guesses: classifier.spec().guesses.clone(),
            notices: classifier.notices()?,
        })
    }
}

impl Explanation {
    /// What `explanation.json` holds. `path` is the file that `picture` was opened from.
    #[must_use]
    pub fn record(
        &self,
        model: ModelRecord,
        picture: &Picture,
        path: Option<&Path>,
    ) -> ExplanationRecord {
        let [width, height] = picture.size();
        let (rows, columns) = self.map.values.dim();
        ExplanationRecord {
            versions: Versions::now(),
            picture: PictureRecord {
                name: picture.name.clone(),
                path: path.map(|p| p.display().to_string()),
                sha256: picture.sha256.clone(),
                width,
                height,
                notes: picture.notes.clone(),
            },
            model,
            region: self.region,
            size: [rows, columns],
            predictions: self.predictions.clone(),
            class: self.class.class,
            label: self.class.label.clone(),
            method: self.request.method.id().to_owned(),
            parameters: self.request.clone(),
            steps_used: self.steps_used,
            remark: self.remark().map(str::to_owned),
            completeness_error: self.completeness.map(|c| c.error),
            completeness: self.completeness,
            seconds: self.seconds,
            map: MAP_FILE.to_owned(),
            attribution: self
                .attribution
                .as_ref()
                .map(|_| ATTRIBUTION_FILE.to_owned()),
            files: self.hashes(),
        }
    }

    fn hashes(&self) -> BTreeMap<String, String> {
        let hash = |bytes: Vec<u8>| crate::files::sha256(&bytes);
        let map = hash(crate::npy::encode(self.map.values.view()));
        let attribution = self.attribution.as_ref();
        let attribution = attribution.map(|values| hash(crate::npy::encode(values.view())));
        let named = attribution.map(|hash| (ATTRIBUTION_FILE.to_owned(), hash));
        std::iter::once((MAP_FILE.to_owned(), map))
            .chain(named)
            .collect()
    }
}

/// Checks that `map` is the one that a record tells of, which lists it as `name` among `files`.
///
/// # Errors
/// What is wrong, in words that follow the name of the record.
pub fn check_map(
    files: &BTreeMap<String, String>,
    name: &str,
    map: ArrayView2<'_, f32>,
) -> Result<(), String> {
    match files.get(name) {
        Some(hash) if *hash != crate::files::sha256(&crate::npy::encode(map)) => Err(format!(
            "tells of another map than {name}: one of the two was replaced; give the map itself to use it as it is"
        )),
        _ => Ok(()),
    }
}

/// The version of ONNX Runtime, and what it says it was built from: branch and commit.
fn onnxruntime_version() -> String {
    let build = crate::classifier::runtime_build().unwrap_or_default();
    let build = build.strip_prefix("ORT Build Info: ").unwrap_or(build);
    let build = build.split(", build type").next().unwrap_or(build);
    let version = crate::classifier::runtime().ok();
    match version.and_then(|runtime| runtime.version.as_deref()) {
        Some(version) => format!("{version} ({build})"),
        None => build.to_owned(),
    }
}
