//! What a trial of a network found out: how it is fed and read, and what it says of the picture.

use std::sync::Arc;

use super::normalisation::Normalisation;
use crate::classifier::{Channels, Classifier, Prediction, ScoreKind};
use crate::picture::{Framing, Resample};

/// How a network is fed and read, as its file and what lies beside it say; where they say nothing,
/// as is usual.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Mean and deviation of each channel, in units of 0-255.
    pub figures: ([f32; 3], [f32; 3]),
    /// Who says that; `None` where they are guessed or a person said them.
    pub figures_source: Option<String>,
    /// True where they cannot be others: the network takes whole numbers.
    pub settled: bool,
    /// Which channel is first.
    pub channels: Channels,
    /// The part of the picture that is shown.
    pub framing: Framing,
    /// Colour beside a padded picture.
    pub pad: [u8; 3],
    /// How a picture is brought to the input size.
    pub resample: Resample,
    /// Fraction of the shorter side in the published crop.
    pub crop: f32,
    /// Names of the classes, and where they come from.
    pub names: Option<(String, Arc<[String]>)>,
    /// The outputs that hold floats.
    pub outputs: Vec<String>,
    /// The one that holds the scores.
    pub output: String,
    /// What the scores are.
    pub kind: ScoreKind,
}

/// The catalog's own names, which need not be kept with a model.
const IMAGENET: &str = "ImageNet";

impl Found {
    /// What is known of an open network.
    #[must_use]
    pub fn of(classifier: &Classifier) -> Self {
        let (spec, labels) = (classifier.spec(), classifier.labels());
        let source = classifier.labels_source().filter(|s| *s != IMAGENET);
        let names = source.map(|source| {
            let names: Arc<[String]> = (0..labels.len()).map(|class| labels.name(class)).collect();
            (source.to_owned(), names)
        });
        let network = classifier.network();
        Self {
            figures: (spec.mean, spec.std),
            figures_source: spec.scaling_source.clone(),
            settled: classifier.takes_whole_numbers(),
            channels: spec.channels,
            framing: spec.usual_framing(),
            pad: spec.pad,
            resample: spec.resample,
            crop: spec.crop,
            names,
            outputs: network.float_outputs(),
            output: network.output().to_owned(),
            kind: network.kind(),
        }
    }
}

/// What a trial found out.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// How it is fed and read where the form says nothing.
    pub found: Found,
    /// `[height, width, channels]` of the network's input.
    pub input: [usize; 3],
    /// True when the file says height and width.
    pub fixed: bool,
    /// Number of classes.
    pub classes: usize,
    /// What is special about it, one sentence each.
    pub notices: Vec<String>,
    /// The surest answers for the picture with each normalisation, best first; empty without a
    /// picture.
    pub answers: Vec<(Normalisation, Vec<Prediction>)>,
}

impl Known {
    /// How its colours are known to be, and who says so, in a sentence.
    #[must_use]
    pub fn colours(&self) -> Option<String> {
        let source = self.found.figures_source.as_ref()?;
        let (mean, std) = self.found.figures;
        let known = Normalisation::with(mean, std, self.found.channels);
        let words = known.unwrap_or(Normalisation::Found).words();
        Some(format!("Known: {words} ({source})."))
    }

    /// Whether its classes can be `ImageNet`'s, with or without one for the background.
    #[must_use]
    pub fn is_imagenet(&self) -> bool {
        matches!(self.classes, 1000 | 1001)
    }

    /// The figures to be typed in begin with those that were found: so do their answers.
    pub(super) fn begin_own_with_found(&mut self) {
        let mut answers = self.answers.iter();
        let found = answers.find(|(kind, _)| *kind == Normalisation::Found);
        let Some(found) = found.map(|(_, answers)| answers.clone()) else {
            return;
        };
        let mut answers = self.answers.iter_mut();
        if let Some((_, own)) = answers.find(|(kind, _)| *kind == Normalisation::Own) {
            *own = found;
        }
    }

    /// The surest answer with this normalisation.
    #[must_use]
    pub fn answer(&self, with: Normalisation) -> Option<&Prediction> {
        let found = self.answers.iter().find(|(kind, _)| *kind == with);
        found.and_then(|(_, answers)| answers.first())
    }
}
