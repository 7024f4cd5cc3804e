//! A picture without a part, kept in files: the same folder as `saliscope what-if --out` makes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::work::{EditWork, SharedScene};
use crate::files::Output;
use crate::jobs::Jobs;
use crate::picture::Picture;
use crate::saliency::{Explanation, ModelRecord};
use crate::tabs::look::state::Look;
use crate::tabs::look::systems::Current;
use crate::tabs::save::made;
use crate::ui::Session;
use crate::ui::library::Library;
use crate::what_if::{
    Changed, EditMask, Fill, FlipRecord, WhatIf, WhatIfError, WhatIfRecord, write,
};

/// Answers that are kept of each side.
const ANSWERS: usize = 5;

/// One change as it is shown.
pub struct EditShot {
    pub(super) picture: Arc<Picture>,
    /// The file it was opened from.
    pub(super) path: Option<PathBuf>,
    pub(super) scene: Arc<SharedScene>,
    pub(super) mask: EditMask,
    pub(super) logits: Vec<f32>,
    /// The picture without the part.
    pub(super) edited: Arc<Picture>,
    pub(super) before: Arc<Explanation>,
    pub(super) after: Arc<Explanation>,
    /// How the part was chosen.
    pub(super) words: String,
    pub(super) fill: Fill,
    /// The search that found the part, where one did.
    pub(super) flip: Option<FlipRecord>,
}

impl EditWork {
    /// What is on the stage, to be saved; `None` until the map without the part is finished.
    #[must_use]
    pub fn shot(
        &self,
        look: &Look,
        current: &Current,
        session: &Session,
        library: &Library,
    ) -> Option<EditShot> {
        let (state, edited) = self.edited.as_ref()?;
        let answered = self.answered.as_ref().filter(|a| a.state == *state)?;
        let (asked, request) = self.mapped.as_ref()?;
        let after = self.after.as_ref().filter(|a| a.state == *state)?;
        let before = current.explanation.as_ref()?;
        let canvas = look.edit.canvas.as_ref()?;
        // The maps before and after are of one question.
        let alike = request.class == before.request.class
            && request.method == before.request.method
            && request.params == before.request.params;
        if asked != state || self.ticket.is_some() || !alike {
            return None;
        }
        let item = session.picture.and_then(|chosen| library.get(chosen));
        let filling = look.edit.fills.iter().find(|(fill, _)| *fill == state.1);
        Some(EditShot {
            picture: current.picture.clone()?,
            path: item.and_then(|item| item.path.clone()),
            scene: self.opened.as_ref()?.scene.clone(),
            mask: canvas.mask().ok()?,
            logits: answered.logits.clone(),
            edited: edited.clone(),
            before: before.clone(),
            after: after.explanation.clone(),
            words: canvas.words().to_owned(),
            fill: state.1.fill(filling.map_or("", |(_, name)| name)),
            flip: self
                .found
                .as_ref()
                .filter(|(version, _)| *version == state.0)
                .map(|(_, flip)| flip.clone()),
        })
    }
}

impl EditShot {
    /// Name of a folder for it.
    #[must_use]
    pub fn name(&self) -> String {
        let label = &self.before.class.label;
        format!("{} without a part, {label}", self.picture.name)
    }

    /// Asks for a folder and writes the change into a new one inside it. Call it on the main thread,
    /// which macOS asks for.
    pub fn save(self, jobs: &Jobs) {
        jobs.background
            .save(crate::ui::folder_dialog(), move |parent| self.write(parent));
    }

    /// Writes the change into a new folder inside `parent` and returns that.
    ///
    /// # Errors
    /// Why it could not be written, in one line.
    pub fn write(&self, parent: &Path) -> Result<PathBuf, String> {
        let folder = made(parent, &self.name())?;
        self.write_into(&folder).map_err(|error| error.to_string())?;
        Ok(folder)
    }

    fn write_into(&self, folder: &Path) -> Result<(), WhatIfError> {
        let scene = &*self.scene;
        let what_if = WhatIf {
            mask: self.mask.clone(),
            edited: self.edited.pixels.clone(),
            logits: self.logits.clone(),
        };
        let (words, fill) = (self.words.clone(), self.fill.to_string());
        let changed = Changed::of(words, fill, None, scene, &what_if);
        let class = self.before.class.class;
        let path = self.path.as_deref();
        let mut record =
            WhatIfRecord::of(&self.picture, path, scene, &what_if, class, ANSWERS, changed)?;
        record.flip.clone_from(&self.flip);
        let model = ModelRecord::of(scene.classifier())?;
        let told = self.after.record(model, &self.edited, None);
        let after = (&*self.after, &told, &*self.edited);
        let out = Output::new(folder);
        write(&out, record, scene, &what_if, &self.before.map, after)
    }
}
