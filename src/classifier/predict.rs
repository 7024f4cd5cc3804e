//! A classifier that is open: what it predicts.

use std::path::Path;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::{
    Catalog, ClassifierError, Differentiable as _, Labels, ModelOverrides, ModelSpec, NO_LABELS,
    Network, NetworkOptions,
};
use crate::home::Home;
use crate::picture::{Framing, Picture};

/// One class and how sure the network is of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// The class, from 0.
    pub class: usize,
    /// What it is called.
    pub label: String,
    /// Softmax of the logits, in 0..=1.
    pub probability: f32,
    /// The network's own number before the softmax.
    pub logit: f32,
}

/// A network with everything needed to show it pictures and to name what it says.
#[derive(Debug)]
pub struct Classifier {
    spec: ModelSpec,
    labels: Labels,
    network: Network,
    sha256: OnceLock<String>,
}

impl Classifier {
    /// Opens the model that `reference` means: an id of the catalog or the path of an ONNX file.
    ///
    /// # Errors
    /// When there is no such model, a setting or the labels do not fit, or the file is not a
    /// classifier that can be run.
    pub fn open(
        home: &Home,
        catalog: &Catalog,
        reference: &str,
        overrides: &ModelOverrides,
        options: &NetworkOptions,
    ) -> Result<Self, ClassifierError> {
        let (mut spec, entry) = catalog.resolve(home, reference, overrides)?;
        let options = NetworkOptions {
            size: overrides
                .size
                .or(entry.input_size.map(super::InputSize::sides))
                .or(options.size),
            trusted: options.trusted || (entry.shipped && entry.sha256.is_some()),
            ..options.clone()
        };
        Catalog::verify(&entry, &spec.path, &options.cache)?;
        let network = Network::open(&spec.path, &options)?;
        let classes = network.classes();
        let imagenet = catalog.labels.iter().find(|l| l.id == "imagenet");
        let labels = if let Some(path) = &overrides.labels {
            Labels::read(path, classes)?
        } else if entry.labels.as_deref() == Some(NO_LABELS) {
            Labels::numbered(classes)
        } else if let Some(labels) = &entry.labels {
            Labels::read(&catalog.labels_path(home, labels, &spec.path)?, classes)?
        } else if let Some(set) =
            imagenet.filter(|set| classes == set.count || classes == set.count + 1)
        {
            spec.guesses.push("ImageNet's class names".to_owned());
            let path = home.installed_models().join(&set.file);
            Labels::read(&path, classes).unwrap_or_else(|_| Labels::numbered(classes))
        } else {
            spec.guesses.push("no class names".to_owned());
            Labels::numbered(classes)
        };
        Ok(Self {
            spec,
            labels,
            network,
            sha256: OnceLock::new(),
        })
    }

    /// The same pictures shown to a part of the network, whose scores are called by the lines of a file and
    /// which puts out `value` of the whole.
    ///
    /// # Errors
    /// When the file cannot be read, or has another number of lines than there are scores.
    pub(crate) fn part(
        &self,
        network: Network,
        labels: &Path,
        value: &str,
    ) -> Result<Self, ClassifierError> {
        let mut spec = self.spec.clone();
        spec.id = format!("{}, {value}", spec.id);
        Ok(Self {
            spec,
            labels: Labels::read(labels, network.classes())?,
            network,
            sha256: OnceLock::new(),
        })
    }

    /// SHA-256 of the ONNX file, computed when first asked for.
    ///
    /// # Errors
    /// When the file has gone.
    pub fn sha256(&self) -> Result<&str, ClassifierError> {
        if let Some(known) = self.sha256.get() {
            return Ok(known);
        }
        let path = &self.spec.path;
        let hash = self
            .network
            .sha256()
            .map_err(|e| ClassifierError::Settings {
                model: path.display().to_string(),
                why: e.to_string(),
            })?;
        Ok(self.sha256.get_or_init(|| hash))
    }

    /// What is special about how it is run, one sentence each.
    ///
    /// # Errors
    /// When the graph contradicts itself.
    pub fn notices(&self) -> Result<Vec<String>, ClassifierError> {
        let report = self.network.check()?;
        let mut notices: Vec<String> = self
            .network
            .notice()
            .map(str::to_owned)
            .into_iter()
            .collect();
        if report.quantised {
            notices.push(
                "this network computes in 8-bit steps; gradients pass straight through the rounding"
                    .to_owned(),
            );
        }
        if report.ends_in_softmax {
            notices.push("explained on the value before the final softmax".to_owned());
        }
        Ok(notices)
    }

    /// How it wants its pictures.
    #[must_use]
    pub fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    /// What its classes are called.
    #[must_use]
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// The network itself.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// `[height, width, channels]` of its input.
    #[must_use]
    pub fn input_shape(&self) -> [usize; 3] {
        self.network.input_shape()
    }

    /// The `top` surest classes, best first; equally sure ones by number.
    ///
    /// # Errors
    /// When the network cannot be run.
    pub fn predict(
        &self,
        picture: &Picture,
        framing: Framing,
        top: usize,
    ) -> Result<Vec<Prediction>, ClassifierError> {
        let seen = self.spec.preprocess(picture, self.input_shape(), framing);
        let logits = self.network.logits(seen.input.view())?;
        Ok(self.rank(&logits, top))
    }

    /// The `top` surest classes of `logits`; see [`Self::predict`].
    #[must_use]
    pub fn rank(&self, logits: &[f32], top: usize) -> Vec<Prediction> {
        let probabilities = softmax(logits);
        let mut classes: Vec<usize> = (0..logits.len()).collect();
        classes.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]).then(a.cmp(&b)));
        classes
            .into_iter()
            .take(top)
            .map(|class| self.named(class, logits[class], probabilities[class]))
            .collect()
    }

    /// What `logits` say of one class; probability and logit 0 for a class that does not exist.
    #[must_use]
    pub fn prediction(&self, logits: &[f32], class: usize) -> Prediction {
        let at = |values: &[f32]| values.get(class).copied().unwrap_or(0.0);
        self.named(class, at(logits), at(&softmax(logits)))
    }

    fn named(&self, class: usize, logit: f32, probability: f32) -> Prediction {
        Prediction {
            class,
            label: self.labels.name(class),
            probability,
            logit,
        }
    }
}

/// Probabilities that sum to 1; the largest logit is taken off first, so nothing overflows.
#[must_use]
pub fn softmax(logits: &[f32]) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f64> = logits
        .iter()
        .map(|&l| f64::from(l - largest).exp())
        .collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|p| (p / sum) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softmax_sums_to_one_and_does_not_overflow() {
        let p = softmax(&[1000.0, 1000.0, -1000.0]);
        assert_eq!(p, [0.5, 0.5, 0.0]);
        let p = softmax(&[0.0, 1.0, 2.0]);
        // scipy.special.softmax([0, 1, 2])
        for (ours, theirs) in p.iter().zip([0.09003057, 0.24472847, 0.66524096]) {
            assert!((ours - theirs).abs() < 1e-7);
        }
    }
}
