//! What is on the stage, kept in files: a tab hands over what is shown, a thread asks for the folder
//! and writes.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::compare::{Explained, Origin};
use crate::figure::{Figure, Format, Panel, Range};
use crate::files::{Output, new_folder};
use crate::jobs::{Jobs, Work};
use crate::page::{Page, explanation_page};
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

    /// Asks for a file and writes one page or a figure, as its ending says. Call it on the main thread,
    /// which macOS asks for.
    pub fn save_as(self, jobs: &Jobs) {
        let dialog = crate::ui::save_dialog(SAVE_AS, &format!("{}.html", self.name()), KINDS);
        let work = jobs.work().clone();
        jobs.background.save(dialog, move |path| {
            self.write_as(&*work, path)?;
            Ok(path.to_owned())
        });
    }

    /// Writes one page (`.html`) or a figure with a colour bar (`.svg`, `.pdf`, `.png`) of what is on
    /// screen.
    ///
    /// # Errors
    /// Why it could not be written, in one line.
    pub fn write_as(&self, work: &dyn Work, path: &Path) -> Result<(), String> {
        let explanation = &*self.explanation;
        let look = self.overlay.on_file(&explanation.map);
        let alt = format!(
            "{}, and what speaks for {} by {}",
            self.picture.alt,
            explanation.class.label,
            explanation.request.method.name()
        );
        one_file(
            path,
            self.path.as_deref(),
            || {
                let record = self.record(work)?;
                let mut page = explanation_page(&[explanation], &record, &self.picture);
                page.colormap = look.colormap;
                page.opacity = look.opacity;
                Ok(page)
            },
            || Figure {
                title: self.picture.name.clone(),
                columns: vec![explanation.request.method.name().to_owned()],
                rows: Vec::new(),
                panels: vec![Some(Panel {
                    pixels: explanation.overlaid(&self.picture, &look),
                    caption: caption(explanation),
                    alt: alt.clone(),
                })],
                colormap: look.colormap,
                range: Range::Shared {
                    min: look.scale.min,
                    max: look.scale.max,
                },
                width: FIGURE_WIDTH,
            },
        )
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

/// Title of the dialog for one page or a figure.
pub(super) const SAVE_AS: &str = "Save as: .html, .svg, .pdf or .png";

/// What it offers.
pub(super) const KINDS: &[(&str, &[&str])] = &[
    ("Page with controls (HTML)", &["html"]),
    ("Figure (SVG)", &["svg"]),
    ("Figure (PDF)", &["pdf"]),
    ("Figure (PNG)", &["png"]),
];

/// Width of a figure, in points: a column of a paper.
pub(super) const FIGURE_WIDTH: f32 = 240.0;
/// Pixels of a PNG figure per inch.
const DPI: f32 = 300.0;

/// The answer under a panel.
pub(super) fn caption(explanation: &Explanation) -> String {
    let answer = format!("{}, {}", explanation.class.label, explanation.class.share());
    match explanation.map.blank() {
        Some(_) => format!("{answer}: empty map"),
        None => answer,
    }
}

/// Writes `path` as its ending says: a page, or a figure; never over `input`.
///
/// # Errors
/// Why it could not be written, in one line.
pub(super) fn one_file(
    path: &Path,
    input: Option<&Path>,
    page: impl FnOnce() -> Result<Page, String>,
    figure: impl FnOnce() -> Figure,
) -> Result<(), String> {
    let line = |error: &dyn std::fmt::Display| error.to_string();
    let out = Output::new(path).reading(input);
    let is_page = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("html"));
    if is_page {
        let html = page()?.html().map_err(|e| line(&e))?;
        return out
            .write_file(|file| file.write_all(html.as_bytes()))
            .map_err(|e| line(&e));
    }
    let Some(format) = Format::of(path) else {
        return Err(format!(
            "{}: name a file that ends in .html, .svg, .pdf or .png",
            path.display()
        ));
    };
    let drawing = figure().drawing();
    let none = || "the figure has no size".to_owned();
    match format {
        Format::Svg => {
            let svg = drawing.svg().map_err(|e| line(&e))?;
            out.write_file(|file| file.write_all(svg.as_bytes()))
        }
        Format::Pdf => {
            let pdf = drawing.pdf().ok_or_else(none)?;
            out.write_file(|file| file.write_all(&pdf))
        }
        Format::Png => out.write_png(&drawing.raster(DPI).ok_or_else(none)?),
    }
    .map_err(|e| line(&e))
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
