//! Trying a model that came in: what it is, and what it says with each way of feeding it.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::form::{Form, Names, Trial};
use super::known::{Found, Known};
use super::normalisation::Normalisation;
use crate::classifier::{
    Catalog, Classifier, ClassifierError, Differentiable as _, InputSize, ModelOverrides,
    ModelSpec, NetworkOptions, ScoreKind,
};
use crate::home::Home;
use crate::onnx::{Model, OnnxError};
use crate::picture::Picture;

/// How many of its answers are kept for each way of feeding it.
const ANSWERS: usize = 5;

/// What an open network depends on: the file and what it was like, size and names.
#[derive(PartialEq)]
struct Opened {
    path: PathBuf,
    file: (Option<SystemTime>, u64),
    size: Option<InputSize>,
    labels: Option<String>,
    scores: (Option<String>, Option<ScoreKind>),
}

/// The network that was tried last stays open: a large one takes seconds to open.
#[derive(Default)]
pub struct Bench(Option<(Opened, Classifier)>);

impl Bench {
    /// Closes it.
    pub fn clear(&mut self) {
        self.0 = None;
    }

    /// Opens the network as the form says, and shows it the picture in every way that is offered.
    ///
    /// # Errors
    /// [`Trial::Failed`] or [`Trial::Refused`] with one line that says why.
    pub fn attempt(
        &mut self,
        home: &Home,
        form: &Form,
        picture: Option<&Picture>,
    ) -> Result<Known, Trial> {
        self.try_out(home, form, picture).map_err(|error| {
            let why = error.to_string();
            match error {
                // No field of the form mends what the file is.
                ClassifierError::Onnx(_) => Trial::Refused(why),
                ClassifierError::Unsuitable { .. }
                    if form.described.input_size.is_none() && !leaves_size_open(&form.path) =>
                {
                    Trial::Refused(why)
                }
                _ => Trial::Failed(why),
            }
        })
    }

    fn try_out(
        &mut self,
        home: &Home,
        form: &Form,
        picture: Option<&Picture>,
    ) -> Result<Known, ClassifierError> {
        let entry = form.entry();
        let meta = std::fs::metadata(&form.path).map_err(|error| OnnxError::Io {
            path: form.path.clone(),
            error,
        })?;
        let wanted = Opened {
            path: form.path.clone(),
            file: (meta.modified().ok(), meta.len()),
            size: entry.input_size,
            labels: entry.labels.clone(),
            scores: (entry.output.clone(), entry.kind),
        };
        let kept = self.0.take().filter(|(opened, _)| *opened == wanted);
        let classifier = if let Some((_, classifier)) = kept {
            classifier
        } else {
            let mut catalog = Catalog::load(home)?;
            // A name that no model of the catalog has.
            let mut entry = entry;
            "(a model that is being tried)".clone_into(&mut entry.id);
            let id = entry.id.clone();
            let mut said = ModelOverrides::default();
            if let Names::File(path) = &form.names {
                // Chosen by the person: it may lie anywhere, which a description may not say.
                (entry.labels, said.labels) = (None, Some(path.clone()));
            }
            catalog.models.push(entry);
            open_as(home, &catalog, &id, &said)?
        };
        let mut found = Found::of(&classifier);
        if let Some(known) = &form.known {
            // By now the form says figures, which it may have from a person.
            found.figures = known.found.figures;
            found.figures_source.clone_from(&known.found.figures_source);
        }
        let mut answers = Vec::new();
        let mut offered: Vec<Normalisation> = form.offered().collect();
        if !offered.contains(&Normalisation::Found) {
            offered.push(Normalisation::Found);
        }
        for normalisation in offered {
            let Some(picture) = picture else {
                break;
            };
            let mut entry = form.entry_with(normalisation);
            if normalisation == Normalisation::Found {
                (entry.mean, entry.std) = (Some(found.figures.0), Some(found.figures.1));
            }
            entry.channels = entry.channels.or(Some(found.channels));
            entry.resize = entry.resize.or(Some(found.framing));
            entry.pad = entry.pad.or(Some(found.pad));
            let spec = ModelSpec::settle(&form.path, &entry, &ModelOverrides::default())?;
            let framing = entry.resize.unwrap_or_default();
            let seen = spec.preprocess(picture, classifier.input_shape(), framing);
            let logits = classifier.network().logits(seen.input.view())?;
            answers.push((normalisation, classifier.rank(&logits, ANSWERS)));
        }
        let report = classifier.network().check()?;
        let mut notices = classifier.notices()?;
        if let Some(missing) = report.missing.first() {
            notices.push(format!(
                "maps need a gradient rule that is missing for {}; occlusion and RISE do without",
                missing.operator
            ));
        }
        let known = Known {
            found,
            input: classifier.input_shape(),
            fixed: classifier.network().has_fixed_size(),
            classes: classifier.labels().len(),
            notices,
            answers,
        };
        self.0 = Some((wanted, classifier));
        Ok(known)
    }
}

/// Whether a network takes pictures of any size: another one than was tried may do.
fn leaves_size_open(path: &Path) -> bool {
    let outline = Model::read_outline(path).ok();
    let graph = outline.and_then(|model| model.graph);
    graph.is_some_and(|graph| {
        let input = graph.required_inputs().next();
        let dims = input
            .and_then(crate::onnx::ValueInfo::dims)
            .unwrap_or_default();
        dims.len() == 4 && dims.iter().skip(1).any(Option::is_none)
    })
}

/// Opens a model of the catalog as the queue of explanations does.
///
/// # Errors
/// When it cannot be used.
pub fn open(home: &Home, catalog: &Catalog, id: &str) -> Result<Classifier, ClassifierError> {
    open_as(home, catalog, id, &ModelOverrides::default())
}

fn open_as(
    home: &Home,
    catalog: &Catalog,
    id: &str,
    said: &ModelOverrides,
) -> Result<Classifier, ClassifierError> {
    let options = NetworkOptions {
        cache: crate::caches::graphs(home),
        ..NetworkOptions::default()
    };
    Classifier::open(home, catalog, id, said, &options)
}
