//! A picture without a part, kept in files: the same folder as `saliscope what-if --out` makes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::work::{EditWork, SharedScene};
use crate::figure::{Figure, Panel, Range};
use crate::files::Output;
use crate::jobs::Jobs;
use crate::picture::{Picture, Region};
use crate::saliency::colormap::{Look, Scale};
use crate::saliency::{ClassChoice, Explanation, ModelRecord};
use crate::tabs::look::systems::Current;
use crate::tabs::save::{FIGURE_WIDTH, KINDS, SAVE_AS, caption, made, one_file};
use crate::ui::Session;
use crate::ui::library::Library;
use crate::ui::widgets::Overlay;
use crate::what_if::{
    Changed, EditMask, Fill, FlipRecord, WhatIf, WhatIfError, WhatIfRecord, what_if_page, write,
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
    /// How far it stands from where it was, right and down, where it was put down again.
    pub(super) moved: Option<[i32; 2]>,
    pub(super) fill: Fill,
    /// The search that found the part, where one did.
    pub(super) flip: Option<FlipRecord>,
}

impl EditWork {
    /// What is on the stage, to be saved; `None` until the map without the part is finished.
    #[must_use]
    pub fn shot(
        &self,
        look: &super::super::Look,
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
        let alike = request.class == ClassChoice::Class(before.class.class)
            && request.method == before.request.method
            && request.params == before.request.params;
        let chosen = *state == (canvas.version(), look.edit.fill);
        if asked != state || self.ticket.is_some() || !alike || !chosen {
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
            moved: canvas.moved(),
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
        format!("{} {}, {label}", self.picture.name, self.what())
    }

    /// What was done to the picture, after its name.
    fn what(&self) -> &'static str {
        match self.moved {
            Some(_) => "with a part moved",
            None => "without a part",
        }
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
        self.write_into(&folder)
            .map_err(|error| error.to_string())?;
        Ok(folder)
    }

    /// Asks for a file and writes one page or a figure, as its ending says. Call it on the main thread,
    /// which macOS asks for. `overlay` is how the maps lie over the picture.
    pub fn save_as(self, overlay: Overlay, jobs: &Jobs) {
        let name = format!("{}.html", self.name());
        let dialog = crate::ui::save_dialog(SAVE_AS, &name, KINDS);
        jobs.background.save(dialog, move |path| {
            self.write_as(overlay, path)?;
            Ok(path.to_owned())
        });
    }

    /// Writes one page (`.html`) or a figure (`.svg`, `.pdf`, `.png`) of before and after.
    ///
    /// # Errors
    /// Why it could not be written, in one line.
    pub fn write_as(&self, overlay: Overlay, path: &Path) -> Result<(), String> {
        let maps = [&self.before.map, &self.after.map];
        let method = self.before.request.method.name();
        let look = Look {
            scale: Scale::shared(maps),
            ..overlay.on_file(&self.before.map)
        };
        one_file(
            path,
            self.path.as_deref(),
            || {
                let (record, what_if) = self.record().map_err(|error| error.to_string())?;
                let mut page = what_if_page(&record, &self.scene, &what_if, maps, method);
                page.colormap = look.colormap;
                page.opacity = look.opacity;
                Ok(page)
            },
            || Some(self.figure(&look)),
        )
    }

    /// Before and after beside each other, under one scale.
    fn figure(&self, look: &Look) -> Figure {
        let seen = Picture::from_pixels(self.picture.name.clone(), self.scene.seen.clone());
        let sides = [
            ("before", &seen, &self.before),
            ("after", &*self.edited, &self.after),
        ];
        let panel = |(when, picture, explanation): (&str, &Picture, &Arc<Explanation>)| {
            // Both are of the whole of what the network sees.
            let [width, height] = picture.size();
            let whole = Explanation {
                region: Region {
                    x: 0,
                    y: 0,
                    width,
                    height,
                },
                ..Explanation::clone(explanation)
            };
            Some(Panel {
                pixels: whole.overlaid(picture, look),
                caption: caption(explanation),
                alt: format!(
                    "{} {when} the change, and what speaks for {}",
                    self.picture.name, explanation.class.label
                ),
            })
        };
        Figure {
            title: format!("{} {}", self.picture.name, self.what()),
            columns: vec!["Before".to_owned(), "After".to_owned()],
            rows: Vec::new(),
            panels: sides.map(panel).into(),
            colormap: look.colormap,
            range: Range::Shared {
                min: look.scale.min,
                max: look.scale.max,
            },
            width: 2.0 * FIGURE_WIDTH,
        }
    }

    /// What was changed, and what is to be told of it.
    fn record(&self) -> Result<(WhatIfRecord, WhatIf), WhatIfError> {
        let scene = &*self.scene;
        let what_if = WhatIf {
            mask: self.mask.clone(),
            edited: self.edited.pixels.clone(),
            logits: self.logits.clone(),
        };
        let (words, fill) = (self.words.clone(), self.fill.to_string());
        let changed = Changed::of(words, fill, self.moved, scene, &what_if);
        let class = self.before.class.class;
        let path = self.path.as_deref();
        let mut record = WhatIfRecord::of(
            &self.picture,
            path,
            scene,
            &what_if,
            class,
            ANSWERS,
            changed,
        )?;
        record.flip.clone_from(&self.flip);
        Ok((record, what_if))
    }

    fn write_into(&self, folder: &Path) -> Result<(), WhatIfError> {
        let scene = &*self.scene;
        let (record, what_if) = self.record()?;
        let model = ModelRecord::of(scene.classifier())?;
        let told = self.after.record(model, &self.edited, None);
        let after = (&*self.after, &told, &*self.edited);
        let out = Output::new(folder);
        write(&out, record, scene, &what_if, &self.before.map, after)
    }
}
