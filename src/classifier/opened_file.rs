//! A file that a network was opened from, for what is needed of it later.

use std::path::{Path, PathBuf};

use crate::onnx::Model;

use super::interface::{Added, ImageInput};
use super::kept_sessions::FOLDED;
use super::known_files::Stamp;
use super::opening::fold_for;
use super::{ClassifierError, GraphCache};

/// A file as it was when it was opened.
#[derive(Debug)]
pub(super) struct OpenedFile {
    pub(super) path: PathBuf,
    /// `None` where a change of it could not be seen.
    stamp: Option<Stamp>,
    /// Identifies what it held.
    content: String,
}

impl OpenedFile {
    pub(super) fn new(path: &Path, stamp: Option<Stamp>, content: String) -> Self {
        Self {
            path: path.to_owned(),
            stamp,
            content,
        }
    }

    /// The folded `model` with all its constants: itself, or the cache's on those of the file, or
    /// folded anew, with what was `added` to it.
    pub(super) fn whole(
        &self,
        model: &Model,
        cache: &GraphCache,
        key: &str,
        input: &ImageInput,
        added: &Added,
    ) -> Result<Model, ClassifierError> {
        if model.places().is_empty() {
            return Ok(model.clone());
        }
        let mut original = Model::read(&self.path)?;
        original.graph_mut()?.sort()?;
        let unchanged = self.stamp.is_some() && Stamp::of(&self.path) == self.stamp;
        if !unchanged && cache.content(&original) != self.content {
            return Err(ClassifierError::Unsuitable {
                path: self.path.clone(),
                why: "the file was changed after it was opened; open it again".to_owned(),
            });
        }
        let mut whole = match cache.load(key, FOLDED, &original) {
            Some(whole) => whole,
            None => fold_for(original, input)?,
        };
        added.add_to(whole.graph_mut()?, None);
        Ok(whole)
    }
}
