//! Where a map comes from, as the records of comparisons and averages tell it.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::files::sha256_of_file;
use crate::picture::{Picture, Region};
use crate::saliency::{Explanation, ExplanationRecord, ModelRecord, PictureRecord, Request};

/// What a map was made from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Origin {
    /// A network was asked.
    Explained(Box<Explained>),
    /// A file was read.
    File {
        /// Its path.
        file: PathBuf,
        /// SHA-256 of its bytes.
        sha256: String,
        /// What the file itself says about where its map comes from.
        #[serde(skip_serializing_if = "Option::is_none")]
        explained: Option<Box<Explained>>,
    },
}

/// What a network was asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explained {
    /// The picture.
    pub picture: PictureRecord,
    /// The classifier.
    pub model: ModelRecord,
    /// The part of the picture the network saw, in its pixels.
    pub region: Region,
    /// The class that is explained.
    pub class: usize,
    /// What that class is called.
    pub label: String,
    /// The method's id.
    pub method: String,
    /// Everything that was asked for.
    pub parameters: Request,
}

impl From<ExplanationRecord> for Explained {
    fn from(record: ExplanationRecord) -> Self {
        Self {
            picture: record.picture,
            model: record.model,
            region: record.region,
            class: record.class,
            label: record.label,
            method: record.method,
            parameters: record.parameters,
        }
    }
}

impl Explained {
    /// What `explanation` was made from; `path` is the file that `picture` was opened from.
    #[must_use]
    pub fn of(
        explanation: &Explanation,
        model: ModelRecord,
        picture: &Picture,
        path: Option<&Path>,
    ) -> Self {
        explanation.record(model, picture, path).into()
    }
}

impl Origin {
    /// The map that was read from `path`: a file, or the folder of an explanation.
    ///
    /// # Errors
    /// When it is no longer there.
    pub fn of_file(path: &Path) -> std::io::Result<Self> {
        let file = if path.is_dir() {
            let known = ["explanation.json", "map.npy"].map(|name| path.join(name));
            let there = known.into_iter().find(|file| file.is_file());
            there.unwrap_or_else(|| path.to_owned())
        } else {
            path.to_owned()
        };
        // A plain array says nothing about itself.
        let record = ExplanationRecord::read(&file).ok();
        Ok(Self::File {
            sha256: sha256_of_file(&file)?,
            explained: record.map(|(record, _)| Box::new(record.into())),
            file,
        })
    }
}
