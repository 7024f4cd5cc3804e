//! Where a map comes from, as the records of comparisons and averages tell it.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::classifier::Prediction;
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
    /// What the network said of that class; `None` where the record names only surer ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<Prediction>,
    /// The network's first answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<Prediction>,
    /// The method's id.
    pub method: String,
    /// Everything that was asked for.
    pub parameters: Request,
}

impl From<ExplanationRecord> for Explained {
    fn from(record: ExplanationRecord) -> Self {
        let said = record.predictions.iter().find(|p| p.class == record.class);
        Self {
            said: said.cloned(),
            first: record.predictions.first().cloned(),
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
    /// What the map explains, and how sure the network is of that and of its first answer, in words: a map
    /// is worth little where the answer is not.
    #[must_use]
    pub fn sureness(&self) -> String {
        let (label, model) = (crate::text::line(&self.label), &self.model.id);
        let sure = match &self.said {
            Some(said) => format!("{label}, which {model} gives {}", said.share()),
            None => format!("{label}, which is none of the surest answers of {model}"),
        };
        match &self.first {
            Some(first) if first.class != self.class => {
                let other = crate::text::line(&first.label);
                format!("{sure}; its answer is {other}, {}", first.share())
            }
            _ => sure,
        }
    }

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
    /// What a network was asked, where that is known.
    #[must_use]
    pub fn explained(&self) -> Option<&Explained> {
        match self {
            Self::Explained(explained) => Some(explained),
            Self::File { explained, .. } => explained.as_deref(),
        }
    }

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
