//! What is on the stage, kept in files: a tab hands over what is shown, a thread asks for the folder
//! and writes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::compare::{Explained, Origin};
use crate::files::new_folder;
use crate::jobs::{Jobs, Work};
use crate::picture::Picture;
use crate::saliency::{Explanation, ExplanationRecord, ModelRecord};
use crate::ui::widgets::Overlay;

/// One explanation as it is shown.
#[derive(Debug, Clone)]
pub struct Shot {
    /// The whole picture.
    pub picture: Arc<Picture>,
    /// The file it was opened from.
    pub path: Option<PathBuf>,
    /// Its map and figures.
    pub explanation: Arc<Explanation>,
    /// The network's identifier or file.
    pub model: String,
    /// How the map lies over the picture.
    pub overlay: Overlay,
}

impl Shot {
    /// Name of a folder for it: picture, answer, method.
    #[must_use]
    pub fn name(&self) -> String {
        let label = &self.explanation.class.label;
        let method = self.explanation.request.method.name();
        format!("{}, {label}, {method}", self.picture.name)
    }

    /// What `explanation.json` holds of it. `work` knows the network.
    ///
    /// # Errors
    /// Why the network cannot be named, in one line.
    pub fn record(&self, work: &dyn Work) -> Result<ExplanationRecord, String> {
        let model = work.model(&self.model)?;
        Ok(self
            .explanation
            .record(model, &self.picture, self.path.as_deref()))
    }

    /// Asks for a folder and writes the explanation into a new one inside it. Call it on the main
    /// thread, which macOS asks for.
    pub fn save(self, jobs: &Jobs) {
        let work = jobs.work().clone();
        jobs.background
            .save(crate::ui::folder_dialog(), move |parent| {
                self.write(&*work, parent)
            });
    }

    /// Writes the explanation into a new folder inside `parent` and returns that.
    ///
    /// # Errors
    /// Why it could not be written, in one line.
    pub fn write(&self, work: &dyn Work, parent: &Path) -> Result<PathBuf, String> {
        let folder = made(parent, &self.name())?;
        let look = self.overlay.on_file(&self.explanation.map);
        self.explanation
            .write(&folder, &self.record(work)?, &self.picture, &look)
            .map_err(|error| error.to_string())?;
        Ok(folder)
    }
}

/// A new folder in `parent`.
///
/// # Errors
/// Why there is none, in one line.
pub fn made(parent: &Path, name: &str) -> Result<PathBuf, String> {
    new_folder(parent, name).map_err(|error| format!("{}: {error}", parent.display()))
}

/// What a map on the stage was made from, without the map and the picture themselves.
#[derive(Debug, Clone)]
pub enum MapSource {
    /// A network was asked; what else there is to say of it is found when it is saved.
    Asked(Box<Explained>),
    /// A file was read.
    File(PathBuf),
}

impl MapSource {
    /// What the network `model` was asked about `picture`.
    #[must_use]
    pub fn asked(model: &str, picture: &Picture, explanation: &Explanation) -> Self {
        let model = ModelRecord {
            id: model.to_owned(),
            path: String::new(),
            sha256: String::new(),
            guesses: Vec::new(),
            notices: Vec::new(),
        };
        Self::Asked(Box::new(Explained::of(explanation, model, picture, None)))
    }

    /// As records tell it. `work` knows the network.
    ///
    /// # Errors
    /// Why network or file cannot be named, in one line.
    pub fn origin(&self, work: &dyn Work) -> Result<Origin, String> {
        match self {
            Self::Asked(explained) => {
                let mut explained = explained.clone();
                explained.model = work.model(&explained.model.id)?;
                Ok(Origin::Explained(explained))
            }
            Self::File(path) => {
                Origin::of_file(path).map_err(|error| format!("{}: {error}", path.display()))
            }
        }
    }
}
