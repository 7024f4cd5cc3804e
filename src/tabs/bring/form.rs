//! The form about a model that came in: what was said and chosen, and how the trial stands.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::known::{Found, Known};
use super::normalisation::Normalisation;
use crate::classifier::{Channels, InputSize, ModelEntry, NO_LABELS, OwnModel, ScoreKind};
use crate::picture::Framing;

/// Where the names of the classes come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Names {
    /// `ImageNet`'s, where the number of classes fits; else the classes go by their numbers.
    #[default]
    ImageNet,
    /// Those that were found in the file or beside it.
    Found,
    /// A file with one name a line.
    File(PathBuf),
    /// There are none.
    Numbers,
}

/// How the trial stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Trial {
    /// It runs.
    Working,
    /// It worked.
    Done,
    /// It did not, as the form is filled in: why, in a sentence.
    Failed(String),
    /// It did not, and no field of the form would mend that: why, in a sentence.
    Refused(String),
}

/// The form.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    /// The file.
    pub path: PathBuf,
    /// The id of the kept model that is changed; `None` for a file that came in.
    pub changes: Option<String>,
    /// What the `.toml` beside it says; empty where there is none.
    pub described: ModelEntry,
    /// Name on screen.
    pub name: String,
    /// Side of the input in pixels, for files that leave it open; 0 for the usual one.
    pub side: u32,
    /// How it wants its colours.
    pub normalisation: Normalisation,
    /// Mean and deviation that are typed in, in units of 0-255.
    pub own: ([f32; 3], [f32; 3]),
    /// Which channel is first.
    pub channels: Channels,
    /// The part of the picture that it is shown; `None` as its description says, else the square.
    pub framing: Option<Framing>,
    /// Colour beside a padded picture.
    pub pad: Option<[u8; 3]>,
    /// The output that holds its scores; `None` for the one that is found.
    pub output: Option<String>,
    /// What its scores are; `None` for what is found.
    pub kind: Option<ScoreKind>,
    /// What its classes are called.
    pub names: Names,
    /// Files of names that lie beside it or were chosen.
    pub found: Vec<PathBuf>,
    /// What the last trial that worked found out.
    pub known: Option<Known>,
    /// How the trial stands.
    pub trial: Trial,
    /// True while it is being copied.
    pub keeping: bool,
}

/// Names that say nothing: the folder's is the better one.
const NO_NAMES: [&str; 6] = ["model", "network", "net", "best", "last", "export"];

/// What to call the model in a file: as the file, or as its folder where the file's name says
/// nothing.
fn name_of(path: &Path) -> String {
    let name = crate::picture::display_name(path);
    let folder = path.parent().and_then(Path::file_name);
    match folder {
        Some(folder) if NO_NAMES.contains(&name.to_lowercase().as_str()) => {
            folder.to_string_lossy().into_owned()
        }
        _ => name,
    }
}

/// The files beside a network that usually hold the names of its classes, its own first.
fn names_beside(path: &Path) -> Vec<PathBuf> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let own = ["", "-labels", "_labels", "-classes", "_classes"];
    let own = own.map(|end| format!("{stem}{end}.txt"));
    let usual = [
        "labels.txt",
        "classes.txt",
        "imagenet_classes.txt",
        "class_names.txt",
    ];
    let all = own.into_iter().chain(usual.map(str::to_owned));
    all.map(|name| folder.join(name))
        .filter(|path| path.is_file())
        .collect()
}

impl Form {
    /// What is known of a file before it was tried: what is said beside it.
    #[must_use]
    pub fn of(path: PathBuf) -> Self {
        match ModelEntry::beside(&path) {
            Ok(described) => Self::filled(path, described),
            Err(error) => Self {
                trial: Trial::Failed(error.to_string()),
                ..Self::filled(path, ModelEntry::default())
            },
        }
    }

    /// What was said of a model that is kept.
    #[must_use]
    pub fn of_kept(model: OwnModel) -> Self {
        Self {
            changes: Some(model.id),
            ..Self::filled(model.path, model.entry)
        }
    }

    fn filled(path: PathBuf, described: ModelEntry) -> Self {
        let channels = described.channels.unwrap_or_default();
        let normalisation = match (described.mean, described.std) {
            (None, None) => Normalisation::Found,
            (Some(mean), Some(std)) => {
                Normalisation::with(mean, std, channels).unwrap_or(Normalisation::Described)
            }
            _ => Normalisation::Described,
        };
        let mut found = names_beside(&path);
        let names = match described.labels.as_deref() {
            Some(NO_LABELS) => Names::Numbers,
            Some("imagenet") => Names::ImageNet,
            Some(file) => {
                let file = path.parent().unwrap_or(Path::new("")).join(file);
                found.retain(|known| *known != file);
                found.insert(0, file.clone());
                Names::File(file)
            }
            // A file of the model's own name is meant for it.
            None => match found.first() {
                Some(first) if *first == path.with_extension("txt") => Names::File(first.clone()),
                _ => Names::ImageNet,
            },
        };
        let (framing, pad) = (described.resize, described.pad);
        let (output, kind) = (described.output.clone(), described.kind);
        Self {
            name: described.name.clone().unwrap_or_else(|| name_of(&path)),
            path,
            changes: None,
            described,
            side: 0,
            normalisation,
            own: ([0.0; 3], [255.0; 3]),
            channels,
            framing,
            pad,
            output,
            kind,
            names,
            found,
            known: None,
            trial: Trial::Working,
            keeping: false,
        }
    }

    /// The normalisations that are offered.
    pub fn offered(&self) -> impl Iterator<Item = Normalisation> + use<> {
        let described = self.described.mean.is_some() || self.described.std.is_some();
        let found = self.known.as_ref().map(|known| &known.found);
        let settled = found.is_some_and(|found| found.settled);
        let unusual = |found: &Found| {
            let (mean, std) = found.figures;
            Normalisation::with(mean, std, found.channels).is_none()
        };
        let found = settled || found.is_some_and(unusual);
        let first = [
            described.then_some(Normalisation::Described),
            found.then_some(Normalisation::Found),
        ];
        let usual = Normalisation::ALL.into_iter().chain([Normalisation::Own]);
        let first = first.into_iter().flatten();
        first.chain(usual.filter(move |_| !settled))
    }

    /// What the form says, as the catalog has it, for one of the normalisations.
    #[must_use]
    pub fn entry_with(&self, normalisation: Normalisation) -> ModelEntry {
        let known = self.known.as_ref();
        let figures = match normalisation {
            Normalisation::Own => Some(self.own),
            Normalisation::Found => known.map(|known| known.found.figures),
            other => other.figures(self.channels),
        };
        let labels = match &self.names {
            Names::Found => None,
            Names::File(path) => Some(path.display().to_string()),
            Names::Numbers => Some(NO_LABELS.to_owned()),
            // The trial tells whether these are ImageNet's.
            Names::ImageNet => match known {
                Some(known) if known.is_imagenet() => Some("imagenet".to_owned()),
                _ => None,
            },
        };
        let size = known.is_none_or(|known| !known.fixed);
        let chosen = (size && self.side > 0).then_some(InputSize::Square(self.side as usize));
        ModelEntry {
            id: crate::picture::display_name(&self.path),
            name: Some(self.name.trim().to_owned()),
            file: Some(self.path.clone()),
            input_size: chosen.or(self.described.input_size),
            // Before the first trial it is not known what the file says.
            channels: known.map(|_| self.channels).or(self.described.channels),
            resize: self.framing,
            pad: self.pad,
            crop: self.described.crop.or(known.map(|known| known.found.crop)),
            resample: self
                .described
                .resample
                .or(known.map(|known| known.found.resample)),
            output: self.output.clone(),
            kind: self.kind,
            mean: figures.map(|(mean, _)| mean).or(self.described.mean),
            std: figures.map(|(_, std)| std).or(self.described.std),
            labels,
            ..self.described.clone()
        }
    }

    /// What the form says, as the catalog has it.
    #[must_use]
    pub fn entry(&self) -> ModelEntry {
        self.entry_with(self.normalisation)
    }

    /// Takes the names of its classes from a file.
    pub fn take_names(&mut self, file: PathBuf) {
        self.found.retain(|known| *known != file);
        self.found.insert(0, file.clone());
        self.names = Names::File(file);
    }

    /// The names that were found.
    #[must_use]
    pub fn found_names(&self) -> Option<Arc<[String]>> {
        let found = &self.known.as_ref()?.found;
        found.names.as_ref().map(|(_, names)| names.clone())
    }

    /// Fills in what was found where nothing was said.
    fn take(&mut self, known: &Known) {
        let found = &known.found;
        if self.described.channels.is_none() {
            self.channels = found.channels;
        }
        let (mean, std) = found.figures;
        if self.normalisation == Normalisation::Found && !found.settled {
            self.normalisation =
                Normalisation::with(mean, std, self.channels).unwrap_or(Normalisation::Found);
        }
        self.own = found.figures;
        self.framing = self.framing.or(Some(found.framing));
        self.pad = self.pad.or(Some(found.pad));
        if self.names == Names::ImageNet && found.names.is_some() {
            self.names = Names::Found;
        }
    }

    /// Takes what a trial found out. True when there is something to try with it: names beside the
    /// file that fit where `ImageNet`'s do not.
    pub fn learn(&mut self, mut known: Known) -> bool {
        let first = self.known.is_none();
        if first {
            self.take(&known);
            known.begin_own_with_found();
        }
        let fits = |path: &&PathBuf| crate::classifier::Labels::read(path, known.classes).is_ok();
        let better = (first && self.names == Names::ImageNet && !known.is_imagenet())
            .then(|| self.found.iter().find(fits).cloned())
            .flatten();
        self.known = Some(known);
        self.trial = Trial::Done;
        match better {
            Some(file) => {
                self.names = Names::File(file);
                true
            }
            None => false,
        }
    }
}
