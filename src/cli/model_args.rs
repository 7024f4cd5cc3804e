//! Arguments about a model that several subcommands share.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::classifier::{
    Catalog, Classifier, Device, MAX_INPUT_SIDE, ModelOverrides, NetworkOptions,
};
use crate::home::Home;
use crate::picture::Framing;

/// Which model, and what is to be known about one that the catalog does not describe.
#[derive(Debug, Clone, clap::Args)]
pub struct ModelArgs {
    /// A model of the catalog (see: saliscope models), or the path of an ONNX file
    #[arg(long, default_value = crate::classifier::DEFAULT_MODEL, value_name = "MODEL")]
    pub model: String,
    /// Input size in pixels, such as 224 or 320x224 (width x height)
    #[arg(long, value_parser = parse_size, value_name = "SIZE")]
    size: Option<[usize; 2]>,
    /// Mean of each channel, such as 0.485,0.456,0.406 (of 0..1) or 124,116,104 (of 0..255)
    #[arg(long, value_parser = parse_channels, value_name = "R,G,B", allow_hyphen_values = true)]
    mean: Option<[f32; 3]>,
    /// Deviation of each channel, in the unit of --mean
    #[arg(long, value_parser = parse_channels, value_name = "R,G,B")]
    std: Option<[f32; 3]>,
    /// A file with one class name a line
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// What the network sees: square (centre, the default), whole or published
    #[arg(long, default_value = "square", value_name = "PART")]
    pub framing: Framing,
    /// What computes: auto, cpu, cuda, coreml or directml
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    device: Device,
}

impl ModelArgs {
    /// A model of the catalog, with nothing said about it.
    pub fn of(model: &str) -> Self {
        Self {
            model: model.to_owned(),
            size: None,
            mean: None,
            std: None,
            labels: None,
            framing: Framing::default(),
            device: Device::default(),
        }
    }

    /// The files that were named.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(Path::new(&self.model)).chain(self.labels.as_deref())
    }

    /// Opens the model, with prepared graphs kept in the cache for the next time.
    pub fn open(&self, home: &Home) -> anyhow::Result<Classifier> {
        let catalog = Catalog::load(home)?;
        let overrides = ModelOverrides {
            size: self.size,
            mean: self.mean,
            std: self.std,
            labels: self.labels.clone(),
        };
        let options = NetworkOptions {
            size: self.size,
            device: self.device,
            workers: None,
            cache: crate::caches::graphs(home),
            trusted: false,
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
    fn channels_are_one_or_three_numbers() {
        assert_eq!(parse_channels("0.5").unwrap(), [0.5; 3]);
        assert_eq!(parse_channels("1, 2,3").unwrap(), [1.0, 2.0, 3.0]);
        for bad in ["", "1,2", "a", "1,2,3,4", "nan"] {
            assert!(parse_channels(bad).is_err(), "{bad}");
        }
    }
}
