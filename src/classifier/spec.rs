//! How a classifier wants its pictures: size, channel order, normalisation, labels.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::interface::ScoreKind;
use super::own_models::Origin;
use super::told::{Scaling, Sourced, Told};
use super::{ClassifierError, Layout};
use crate::picture::{Framing, Resample};

/// Largest input side that is accepted, in pixels: beyond it a gradient needs more memory than
/// the machines we know have.
pub const MAX_INPUT_SIDE: usize = 4096;

/// Said in place of labels: the classes have no names and go by their numbers.
pub const NO_LABELS: &str = "none";

/// Height and width of a network's input, written as one number (`224`) or two (`[224, 320]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum InputSize {
    /// A square.
    Square(usize),
    /// `[height, width]`.
    Sides([usize; 2]),
}

impl InputSize {
    /// `[height, width]`.
    #[must_use]
    pub fn sides(self) -> [usize; 2] {
        match self {
            Self::Square(side) => [side, side],
            Self::Sides(sides) => sides,
        }
    }
}

/// Order of the colour channels a network was trained on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Channels {
    /// Red first.
    #[default]
    #[serde(rename = "RGB")]
    Rgb,
    /// Blue first, as Caffe's networks.
    #[serde(rename = "BGR")]
    Bgr,
}

/// A classifier's entry in the catalog, or the `.toml` beside a file of the user's. Every key is
/// optional there; what is missing is guessed, and the guess is shown.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelEntry {
    /// Name on the command line.
    pub id: String,
    /// Name on screen.
    pub name: Option<String>,
    /// The ONNX file, relative to the installed models.
    pub file: Option<PathBuf>,
    /// SHA-256 of the file, to tell whether what is installed is what was meant.
    pub sha256: Option<String>,
    /// Input size in pixels.
    pub input_size: Option<InputSize>,
    /// The order of the picture's dimensions, which the file says too: another is refused.
    pub layout: Option<Layout>,
    /// Channel order.
    pub channels: Option<Channels>,
    /// Subtracted from each channel, in units of 0..=255, in the network's channel order.
    pub mean: Option<[f32; 3]>,
    /// Each channel is divided by this, in units of 0..=255.
    pub std: Option<[f32; 3]>,
    /// Which part is seen by default.
    pub resize: Option<Framing>,
    /// Fraction of the shorter side in the crop its authors published figures for.
    pub crop: Option<f32>,
    /// How a picture is brought to the input size.
    pub resample: Option<Resample>,
    /// Colour of the ground beside a padded picture: red, green, blue.
    pub pad: Option<[u8; 3]>,
    /// The output that holds the scores, where the file has several.
    pub output: Option<String>,
    /// What the scores are, where the file does not end in a softmax or sigmoid.
    pub kind: Option<ScoreKind>,
    /// A set of labels of the catalog, a file with one label a line, or [`NO_LABELS`].
    pub labels: Option<String>,
    /// Licence of the weights.
    pub licence: Option<String>,
    /// Where the weights come from.
    pub source: Option<String>,
    /// A sentence about it.
    pub note: Option<String>,
    /// The file that it was kept from.
    pub origin: Option<Origin>,
    /// True for what the catalog itself lists, which the installer can bring again.
    #[serde(skip)]
    pub shipped: bool,
}

/// What the user says about a model on the command line or in a form; it beats every file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelOverrides {
    /// `[height, width]` of the input.
    pub size: Option<[usize; 2]>,
    /// Mean per channel; all values at most 1 are taken as units of 0..=1.
    pub mean: Option<[f32; 3]>,
    /// Deviation per channel, in the same units as `mean`.
    pub std: Option<[f32; 3]>,
    /// A file of labels.
    pub labels: Option<PathBuf>,
    /// Channel order.
    pub channels: Option<Channels>,
    /// The output that holds the scores.
    pub output: Option<String>,
    /// What the scores are.
    pub kind: Option<ScoreKind>,
    /// Colour of the ground beside a padded picture: red, green, blue.
    pub pad: Option<[u8; 3]>,
}

/// Everything needed to feed a network, with nothing left open.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSpec {
    /// Name on the command line: the catalog's id, or the file's name.
    pub id: String,
    /// Name on screen.
    pub name: String,
    /// The ONNX file.
    pub path: PathBuf,
    /// Channel order.
    pub channels: Channels,
    /// Subtracted from each channel, in units of 0..=255.
    pub mean: [f32; 3],
    /// Each channel is divided by this.
    pub std: [f32; 3],
    /// Fraction of the shorter side in the published crop, in (0, 1].
    pub crop: f32,
    /// How a picture is brought to the input size.
    pub resample: Resample,
    /// The part of the picture that its makers show it, where that is known.
    pub framing: Option<Framing>,
    /// Colour of the ground beside a padded picture: red, green, blue.
    pub pad: [u8; 3],
    /// Where mean and deviation were found; `None` where a person said them or they are guessed.
    pub scaling_source: Option<String>,
    /// What was found in or beside the file, one readable sentence each.
    pub found: Vec<String>,
    /// What was guessed, one readable sentence each, to be shown.
    pub guesses: Vec<String>,
}

/// Colour beside a padded picture where none is said.
const WHITE: [u8; 3] = [255; 3];

/// What is known of how to feed a network beside what a person says.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) told: Told,
    /// How the network itself scales its pictures, which must not be done before it again.
    pub(super) inside: Option<Sourced<Scaling>>,
    /// What to guess where nothing is known, in place of ImageNet's.
    pub(super) usual: Option<Sourced<Scaling>>,
    /// True for an input of whole numbers: pictures cannot be scaled before it.
    pub(super) whole_numbers: bool,
}

/// ImageNet's mean colour and deviation in units of 0..=255, as torchvision and timm use them.
const IMAGENET_MEAN: [f32; 3] = [123.675, 116.28, 103.53];
/// See [`IMAGENET_MEAN`].
const IMAGENET_STD: [f32; 3] = [58.395, 57.12, 57.375];

impl ModelSpec {
    /// Settles every open question about the model in `path`: overrides first, then `entry`, then
    /// guesses.
    ///
    /// # Errors
    /// When a value cannot be used (a deviation of 0, a crop outside (0, 1]).
    pub fn settle(
        path: &Path,
        entry: &ModelEntry,
        overrides: &ModelOverrides,
    ) -> Result<Self, ClassifierError> {
        Self::settle_with(path, entry, overrides, &Known::default())
    }

    /// As [`Self::settle`], with what is known of the file beside that.
    #[expect(
        clippy::too_many_lines,
        reason = "each setting in its order of trust, one after the other"
    )]
    pub(super) fn settle_with(
        path: &Path,
        entry: &ModelEntry,
        overrides: &ModelOverrides,
        known: &Known,
    ) -> Result<Self, ClassifierError> {
        let id = if entry.id.is_empty() {
            crate::picture::display_name(path)
        } else {
            entry.id.clone()
        };
        let mut guesses = Vec::new();
        let mut found = Vec::new();
        let mut scaling_source = None;
        let told = &known.told;
        let units = |values: [f32; 3], unit_range: bool| {
            if unit_range {
                values.map(|v| v * 255.0)
            } else {
                values
            }
        };
        let unit_range = |mean: Option<[f32; 3]>, std: Option<[f32; 3]>| {
            [mean, std]
                .into_iter()
                .flatten()
                .flatten()
                .all(|v| v.abs() <= 1.0)
        };
        // The two are given in one unit: (0.485.., 0.229..) of 0..=1, or (123.7.., 58.4..) of 0..=255.
        let as_they_are = overrides.mean == Some([0.0; 3]) && overrides.std == Some([1.0; 3]);
        let scaled_inside = known.inside.as_ref().map(|inside| inside.value);
        let takes_bytes = scaled_inside.or_else(|| told.first(|d| d.scaling).map(|s| s.value))
            == Some(Scaling::BYTES);
        let said = unit_range(overrides.mean, overrides.std) && !(as_they_are && takes_bytes);
        if as_they_are && said {
            guesses.push(
                "mean 0 and deviation 1 are of pictures of 0..1; for 0..255 as they are, say so in a .toml beside the file"
                    .to_owned(),
            );
        }
        let (mean, std) = match (
            overrides.mean.map(|v| units(v, said)).or(entry.mean),
            overrides.std.map(|v| units(v, said)).or(entry.std),
        ) {
            (Some(mean), Some(std)) => (mean, std),
            (Some(mean), None) => {
                guesses.push(
                    "deviation 1 in units of 0..255, since only the mean is given".to_owned(),
                );
                (mean, [1.0; 3])
            }
            (None, Some(std)) => {
                guesses.push("mean 0, since only the deviation is given".to_owned());
                ([0.0; 3], std)
            }
            (None, None) => {
                let scaling = known.inside.clone().or_else(|| told.first(|d| d.scaling));
                match (scaling, &known.usual) {
                    (Some(Sourced { value, source }), _) => {
                        found.push(format!("normalisation: {source}"));
                        scaling_source = Some(source);
                        (value.mean, value.std)
                    }
                    (None, Some(Sourced { value, source })) => {
                        guesses.push(source.clone());
                        (value.mean, value.std)
                    }
                    (None, None) => {
                        guesses.push("ImageNet's mean and deviation".to_owned());
                        (IMAGENET_MEAN, IMAGENET_STD)
                    }
                }
            }
        };
        let (mean, std) = if known.whole_numbers {
            let scaling = known.inside.as_ref().map_or(Scaling::BYTES, |s| s.value);
            if (mean, std) != (scaling.mean, scaling.std) {
                found.push(
                    "its input takes whole numbers: no mean and deviation are applied".to_owned(),
                );
            }
            (scaling.mean, scaling.std)
        } else {
            (mean, std)
        };
        let channels = overrides.channels.or(entry.channels);
        let channels = channels.or_else(|| {
            let told = told.first(|d| d.channels)?;
            found.push(format!("channel order: {}", told.source));
            Some(told.value)
        });
        if channels.is_none() {
            guesses.push("red, green, blue".to_owned());
        }
        let framing = entry.resize.or_else(|| {
            let told = told.first(|d| d.framing)?;
            found.push(format!(
                "made for the {}: {}",
                told.value.label(),
                told.source
            ));
            Some(told.value)
        });
        let pad = overrides.pad.or(entry.pad);
        let pad = pad.or_else(|| told.first(|d| d.pad).map(|told| told.value));
        let unusable = |what: String| ClassifierError::Settings {
            model: id.clone(),
            why: what,
        };
        if let Some(s) = std.iter().find(|s| !(s.is_finite() && s.abs() > 1e-6)) {
            return Err(unusable(format!("a deviation of {s} cannot be divided by")));
        }
        if let Some(m) = mean.iter().find(|m| !m.is_finite()) {
            return Err(unusable(format!("a mean of {m} is no number")));
        }
        let crop = entry
            .crop
            .or_else(|| told.first(|d| d.crop).map(|told| told.value));
        let crop = crop.unwrap_or(0.875);
        if !(crop > 0.0 && crop <= 1.0) {
            return Err(unusable(format!(
                "the published crop is {crop}; it must lie above 0 and be at most 1"
            )));
        }
        Ok(Self {
            name: entry.name.clone().unwrap_or_else(|| id.clone()),
            id,
            path: path.to_owned(),
            channels: channels.unwrap_or_default(),
            mean,
            std,
            crop,
            resample: entry
                .resample
                .or_else(|| told.first(|d| d.resample).map(|told| told.value))
                .unwrap_or_default(),
            framing,
            pad: pad.unwrap_or(WHITE),
            scaling_source,
            found,
            guesses,
        })
    }
}

impl ModelSpec {
    /// The part of the picture to show it where nobody says another: the centre square, but for a
    /// network that is known to see the whole picture, squeezed or padded.
    #[must_use]
    pub fn usual_framing(&self) -> Framing {
        let whole = |framing: &Framing| matches!(framing, Framing::Whole | Framing::Padded);
        self.framing.filter(whole).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settle(entry: &str, overrides: &ModelOverrides) -> Result<ModelSpec, ClassifierError> {
        let entry: ModelEntry = toml::from_str(entry).unwrap();
        ModelSpec::settle(Path::new("folder/my net.onnx"), &entry, overrides)
    }

    #[test]
    fn what_is_missing_is_guessed_and_said() {
        let spec = settle("", &ModelOverrides::default()).unwrap();
        assert_eq!(spec.id, "my net");
        assert_eq!(spec.mean, IMAGENET_MEAN);
        assert_eq!(spec.guesses.len(), 2);
        let spec = settle(
            "mean = [1, 2, 3]\nstd = [4, 5, 6]\nchannels = 'BGR'",
            &ModelOverrides::default(),
        )
        .unwrap();
        assert!(spec.guesses.is_empty());
        assert_eq!(spec.mean, [1.0, 2.0, 3.0]);
    }

    #[test]
    fn overrides_win_and_their_unit_is_told_by_their_size() {
        let overrides = ModelOverrides {
            mean: Some([0.485, 0.456, 0.406]),
            std: Some([0.229, 0.224, 0.225]),
            ..Default::default()
        };
        let spec = settle("mean = [1, 2, 3]\nstd = [4, 5, 6]", &overrides).unwrap();
        for (ours, theirs) in spec.mean.iter().zip(IMAGENET_MEAN) {
            assert!((ours - theirs).abs() < 1e-3);
        }
        let overrides = ModelOverrides {
            mean: Some([0.0; 3]),
            std: Some([255.0; 3]),
            ..Default::default()
        };
        assert_eq!(settle("", &overrides).unwrap().std, [255.0; 3]);
    }

    #[test]
    fn unusable_values_are_refused() {
        assert!(settle("std = [0, 1, 1]", &ModelOverrides::default()).is_err());
        assert!(settle("std = [nan, 1, 1]", &ModelOverrides::default()).is_err());
        assert!(settle("crop = 0", &ModelOverrides::default()).is_err());
        assert!(settle("crop = 1.5", &ModelOverrides::default()).is_err());
    }
}
