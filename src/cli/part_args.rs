//! What is explained instead of a class: a unit inside of the network, or how alike two pictures are to it.

use std::path::{Path, PathBuf};

use crate::classifier::Classifier;
use crate::picture::{self, Framing};

/// What is explained instead of a class.
#[derive(Debug, clap::Args)]
pub struct PartArgs {
    /// Explain a unit instead of a class: the mean of this channel (from 0) of the layer that --layer
    /// names, by default of the last before the classifier
    #[arg(long, value_name = "K", conflicts_with_all = ["class", "against", "alike"])]
    unit: Option<usize>,
    /// Explain what makes the picture and this one alike to the network: the cosine of their units of
    /// the layer that --layer names
    #[arg(long, value_name = "PICTURE", conflicts_with_all = ["class", "against"])]
    alike: Option<PathBuf>,
}

/// What is asked instead of the class, and the folder to keep as long as it is.
pub struct Part {
    pub classifier: Classifier,
    /// Its number among the scores of the part.
    pub class: usize,
    _folder: tempfile::TempDir,
}

impl PartArgs {
    /// The files that were named.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.alike.as_deref().into_iter()
    }

    /// The part, where one is asked for; `layer` is the value that it puts out.
    pub fn of(
        &self,
        classifier: &Classifier,
        layer: Option<&str>,
        framing: Framing,
    ) -> anyhow::Result<Option<Part>> {
        let (made, class, part) = if let Some(unit) = self.unit {
            let made = classifier.network().units_of(layer)?;
            let count = made.network.classes();
            anyhow::ensure!(
                unit < count,
                "there is no unit {unit} in {}; it has units 0 to {}",
                made.value,
                count.saturating_sub(1)
            );
            let part = made.value.clone();
            (made, unit, part)
        } else if let Some(path) = &self.alike {
            let other = picture::open(path)?;
            let shape = classifier.input_shape();
            let seen = classifier.spec().preprocess(&other, shape, framing);
            let network = classifier.network();
            let made = network.alike_to(layer, seen.input.view())?;
            // The other picture is a part of the network's name: with another it is another network.
            let hash = other.sha256.get(..12).unwrap_or(&other.sha256);
            let part = format!("{} like {hash}", made.value);
            (made, 0, part)
        } else {
            return Ok(None);
        };
        let value = made.value.clone();
        let (network, folder) = made.into_parts();
        let names: Vec<String> = match &self.alike {
            Some(path) => {
                let name = crate::text::file_name(path.file_stem().unwrap_or_default());
                vec![format!("alike to {name}"), format!("unlike {name}")]
            }
            None => (0..network.classes())
                .map(|unit| format!("unit {unit} of {value}"))
                .collect(),
        };
        let names: Vec<String> = names.iter().map(|name| crate::text::line(name)).collect();
        let classifier = classifier.part(network, names, &part)?;
        Ok(Some(Part {
            classifier,
            class,
            _folder: folder,
        }))
    }
}
