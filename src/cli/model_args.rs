//! Arguments about a model that several subcommands share.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::classifier::{
    Catalog, Channels, Classifier, Device, MAX_INPUT_SIDE, ModelOverrides, NetworkOptions,
    ScoreKind,
};
use crate::home::Home;
use crate::picture::Framing;

/// Which model, and what is to be known about one that the catalog does not describe.
#[derive(Debug, Clone, clap::Args)]
pub struct ModelArgs {
    /// A model of the catalog (see: saliscope models), or the path of an ONNX file
    #[arg(long, default_value = crate::classifier::DEFAULT_MODEL, value_name = "MODEL")]
    pub model: String,
    #[command(flatten)]
    said: SaidArgs,
    /// What the network sees: square (centre), whole, published or padded; as its description
    /// says, else square
    #[arg(long, value_name = "PART")]
    framing: Option<Framing>,
    /// What computes: auto, cpu, cuda, coreml or directml
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    device: Device,
}

/// What a person says of a model.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct SaidArgs {
    /// Input size in pixels, such as 224 or 320x224 (width x height)
    #[arg(long, value_parser = parse_size, value_name = "SIZE")]
    size: Option<[usize; 2]>,
    /// Mean of each channel, such as 0.485,0.456,0.406 (of 0..1) or 124,116,104 (of 0..255)
    #[arg(long, value_parser = parse_channels, value_name = "R,G,B", allow_hyphen_values = true)]
    mean: Option<[f32; 3]>,
    /// Deviation of each channel, in the unit of --mean
    #[arg(long, value_parser = parse_channels, value_name = "R,G,B")]
    std: Option<[f32; 3]>,
    /// A file of class names: one a line, JSON or a table
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Order of the channels that the network takes: RGB or BGR
    #[arg(long, value_parser = parse_order, value_name = "ORDER")]
    channels: Option<Channels>,
    /// The output that holds the scores, where the file has several (see: saliscope models check)
    #[arg(long, value_name = "NAME")]
    output: Option<String>,
    /// What the scores are, where the file does not tell: softmax, sigmoid, binary, logits or
    /// regression
    #[arg(long, value_name = "KIND")]
    kind: Option<ScoreKind>,
    /// Colour of the ground beside a padded picture, red, green, blue of 0..255, or white, black,
    /// gray
    #[arg(long, value_parser = parse_colour, value_name = "COLOUR")]
    pad: Option<[u8; 3]>,
}

impl SaidArgs {
    /// As the library takes it.
    pub fn overrides(&self) -> ModelOverrides {
        ModelOverrides {
            size: self.size,
            mean: self.mean,
            std: self.std,
            labels: self.labels.clone(),
            channels: self.channels,
            output: self.output.clone(),
            kind: self.kind,
            pad: self.pad,
        }
    }
}

impl ModelArgs {
    /// A model of the catalog, with nothing said about it.
    pub fn of(model: &str) -> Self {
        Self {
            model: model.to_owned(),
            said: SaidArgs::default(),
            framing: None,
            device: Device::default(),
        }
    }

    /// The files that were named.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(Path::new(&self.model)).chain(self.said.labels.as_deref())
    }

    /// What was found, guessed and done about the model, a line each.
    pub fn remarks(classifier: &Classifier) -> anyhow::Result<Vec<String>> {
        let notices = classifier.notices()?.into_iter();
        let notices = notices.map(|notice| format!("note: {notice}"));
        let guesses = classifier.spec().guesses.iter();
        Ok(notices
            .chain(guesses.map(|guess| format!("guessed: {guess}")))
            .collect())
    }

    /// Which part of a picture is seen.
    pub fn framing(&self, classifier: &Classifier) -> Framing {
        self.framing
            .unwrap_or_else(|| classifier.spec().usual_framing())
    }

    /// Opens the model, with prepared graphs kept in the cache for the next time.
    pub fn open(&self, home: &Home) -> anyhow::Result<Classifier> {
        let catalog = Catalog::load(home)?;
        let overrides = self.said.overrides();
        let options = NetworkOptions {
            device: self.device,
            cache: crate::caches::graphs(home),
            ..NetworkOptions::default()
        };
        let classifier = Classifier::open(home, &catalog, &self.model, &overrides, &options)?;
        if let Some(notice) = classifier.network().notice() {
            super::output::note(&format!("note: {notice}"));
        }
        Ok(classifier)
    }
}

/// `224`, or `320x224` as width x height; gives `[height, width]`.
fn parse_size(text: &str) -> anyhow::Result<[usize; 2]> {
    let side = |part: &str| {
        part.trim()
            .parse::<usize>()
            .ok()
            .filter(|n| (1..=MAX_INPUT_SIDE).contains(n))
            .with_context(|| {
                format!("give a size such as 224 or 320x224, at most {MAX_INPUT_SIDE}")
            })
    };
    match text.split_once(['x', 'X']) {
        Some((width, height)) => Ok([side(height)?, side(width)?]),
        None => Ok([side(text)?; 2]),
    }
}

fn parse_order(text: &str) -> anyhow::Result<Channels> {
    match text.to_ascii_lowercase().as_str() {
        "rgb" => Ok(Channels::Rgb),
        "bgr" => Ok(Channels::Bgr),
        _ => anyhow::bail!("{text:?} is not RGB or BGR"),
    }
}

/// A name, or red, green, blue.
fn parse_colour(text: &str) -> anyhow::Result<[u8; 3]> {
    match text.to_ascii_lowercase().as_str() {
        "white" => return Ok([255; 3]),
        "black" => return Ok([0; 3]),
        "gray" | "grey" => return Ok([128; 3]),
        _ => {}
    }
    let parts = text.split(',').map(|part| part.trim().parse().ok());
    match parts.collect::<Option<Vec<u8>>>().as_deref() {
        Some([value]) => Ok([*value; 3]),
        Some(&[r, g, b]) => Ok([r, g, b]),
        _ => anyhow::bail!("give white, black, gray, or three numbers of 0 to 255"),
    }
}

/// One number for all channels, or three with commas between.
fn parse_channels(text: &str) -> anyhow::Result<[f32; 3]> {
    let values = text
        .split(',')
        .map(|part| part.trim().parse::<f32>().ok().filter(|v| v.is_finite()))
        .collect::<Option<Vec<_>>>()
        .context("give one number, or three with commas between")?;
    match values[..] {
        [value] => Ok([value; 3]),
        [r, g, b] => Ok([r, g, b]),
        _ => anyhow::bail!("give one number, or three with commas between"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_width_by_height() {
        assert_eq!(parse_size("224").unwrap(), [224, 224]);
        assert_eq!(parse_size("320x224").unwrap(), [224, 320]);
        for bad in ["", "0", "x", "1x", "99999", "-3", "2x2x2"] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn colours_have_names_or_three_numbers() {
        assert_eq!(parse_colour("White").unwrap(), [255; 3]);
        assert_eq!(parse_colour("1, 2,3").unwrap(), [1, 2, 3]);
        assert_eq!(parse_colour("114").unwrap(), [114; 3]);
        for bad in ["", "1,2", "256", "pink"] {
            assert!(parse_colour(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn channels_are_one_or_three_numbers() {
        assert_eq!(parse_channels("0.5").unwrap(), [0.5; 3]);
        assert_eq!(parse_channels("1, 2,3").unwrap(), [1.0, 2.0, 3.0]);
        for bad in ["", "1,2", "a", "1,2,3,4", "nan"] {
            assert!(parse_channels(bad).is_err(), "{bad}");
        }
    }
}
