//! What is known of a classifier, as data: for `models check`, for the window, for other programs.

use serde::Serialize;

use super::{
    Channels, Classifier, ClassifierError, Differentiable as _, Layout, OutputFact, ScoreKind,
    SizeSource,
};
use crate::picture::{Framing, Resample};

/// Everything that was found out about a network.
#[derive(Debug, Clone, Serialize)]
pub struct ModelFacts {
    /// The picture's input.
    pub input: InputFact,
    /// All outputs of the file, as it declares them.
    pub outputs: Vec<OutputFact>,
    /// The output that is used.
    pub scores: ScoresFact,
    /// The class names.
    pub labels: LabelsFact,
    /// Subtracted from each channel, in units of 0..=255, in the network's channel order.
    pub mean: [f32; 3],
    /// Each channel is divided by this.
    pub std: [f32; 3],
    /// The channel order: `RGB` or `BGR`; `gray` for one channel.
    pub order: &'static str,
    /// The part of the picture that is shown where nobody says another.
    pub framing: Framing,
    /// Colour of the ground beside a padded picture: red, green, blue.
    pub pad: [u8; 3],
    /// How a picture is brought to the input size.
    pub resample: Resample,
    /// Fraction of the shorter side in the published crop.
    pub crop: f32,
    /// The layers that Grad-CAM can show, from the picture to the scores.
    pub layers: Vec<String>,
    /// What was found in or beside the file and what is special, a sentence each.
    pub notes: Vec<String>,
    /// What was guessed, a sentence each.
    pub guesses: Vec<String>,
    /// Whether it can be differentiated.
    pub gradient: GradientFact,
}

/// The picture's input.
#[derive(Debug, Clone, Serialize)]
pub struct InputFact {
    /// Its name.
    pub name: String,
    /// `NCHW` or `NHWC`; without the N where the file takes one picture.
    pub layout: &'static str,
    /// What the file's input holds, such as `float32` or `uint8`.
    #[serde(rename = "type")]
    pub element: String,
    /// Number of channels.
    pub channels: usize,
    /// `[height, width]`.
    pub size: [usize; 2],
    /// True when the file fixes the size.
    pub fixed: bool,
    /// Where the size comes from.
    pub size_source: SizeSource,
    /// The least and the largest number that it is fed, for black and white.
    pub range: [f32; 2],
}

/// The output that is used.
#[derive(Debug, Clone, Serialize)]
pub struct ScoresFact {
    /// Its name.
    pub name: String,
    /// What its numbers mean.
    pub kind: ScoreKind,
    /// Number of classes.
    pub classes: usize,
}

/// The class names.
#[derive(Debug, Clone, Serialize)]
pub struct LabelsFact {
    /// How many there are; 0 where classes go by their numbers.
    pub count: usize,
    /// Where they come from.
    pub source: Option<String>,
}

/// Whether a network can be differentiated.
#[derive(Debug, Clone, Serialize)]
pub struct GradientFact {
    /// True when every operator has a gradient rule.
    pub ok: bool,
    /// Operators without one.
    pub missing: Vec<String>,
}

impl Classifier {
    /// What is known of it.
    ///
    /// # Errors
    /// When the graph contradicts itself.
    pub fn facts(&self) -> Result<ModelFacts, ClassifierError> {
        let network = self.network();
        let report = network.check()?;
        let input = network.input();
        let [height, width, channels] = network.input_shape();
        let spec = self.spec();
        let layout = match (input.layout, input.batched) {
            (Layout::Nchw, true) => "NCHW",
            (Layout::Nhwc, true) => "NHWC",
            (Layout::Nchw, false) => "CHW",
            (Layout::Nhwc, false) => "HWC",
        };
        let ends = spec.mean.iter().zip(&spec.std).take(channels);
        let ends = ends.flat_map(|(mean, std)| [-mean / std, (255.0 - mean) / std]);
        let range = ends.fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], end| {
            [low.min(end), high.max(end)]
        });
        let labels = self.labels();
        Ok(ModelFacts {
            input: InputFact {
                name: input.name.clone(),
                layout,
                element: input.element.clone(),
                channels,
                size: [height, width],
                fixed: input.fixed,
                size_source: input.size_source,
                range,
            },
            outputs: network.facts().outputs.all.clone(),
            scores: ScoresFact {
                name: network.output().to_owned(),
                kind: network.kind(),
                classes: network.classes(),
            },
            labels: LabelsFact {
                count: if labels.are_named() { labels.len() } else { 0 },
                source: self.labels_source().map(str::to_owned),
            },
            mean: spec.mean,
            std: spec.std,
            order: match (channels, spec.channels) {
                (1, _) => "gray",
                (_, Channels::Rgb) => "RGB",
                (_, Channels::Bgr) => "BGR",
            },
            framing: spec.usual_framing(),
            pad: spec.pad,
            resample: spec.resample,
            crop: spec.crop,
            layers: network.layers(),
            notes: self.notices()?,
            guesses: spec.guesses.clone(),
            gradient: GradientFact {
                ok: report.missing.is_empty(),
                missing: report.missing.into_iter().map(|m| m.operator).collect(),
            },
        })
    }
}
