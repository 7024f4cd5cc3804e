//! A classifier that is open: what it predicts.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::found_labels::{find_labels, known_counts};
use super::interface::{Inside, Layout};
use super::opening::Described;
use super::spec::Known;
use super::told::{Scaling, Sourced, Told};
use super::{
    Catalog, ClassifierError, Differentiable as _, InputSize, Labels, ModelOverrides, ModelSpec,
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
    /// What the network says of it, in 0..=1; for a measured value, the value.
    pub probability: f32,
    /// The number that is explained: before a final softmax or sigmoid.
    pub logit: f32,
    /// True where `probability` is a value as the network gives it, and no probability.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub measured: bool,
}

impl Prediction {
    /// `93.1 %`, or the measured value.
    #[must_use]
    pub fn share(&self) -> String {
        if self.measured {
            format!("{:.4}", self.probability)
        } else {
            format!("{:.1} %", self.probability * 100.0)
        }
    }
}

/// A network with everything needed to show it pictures and to name what it says.
#[derive(Debug)]
pub struct Classifier {
    spec: ModelSpec,
    labels: Labels,
    /// Where the class names come from.
    labels_source: Option<String>,
    network: Network,
    /// What there is to say of it, a sentence each.
    notes: Vec<String>,
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
        let (spec, entry) = catalog.resolve(home, reference, overrides)?;
        let path = spec.path;
        let told = Told::beside(&path);
        let options = NetworkOptions {
            size: overrides
                .size
                .or(entry.input_size.map(InputSize::sides))
                .or(options.size),
            output: overrides
                .output
                .clone()
                .or_else(|| entry.output.clone())
                .or_else(|| options.output.clone()),
            kind: overrides.kind.or(entry.kind).or(options.kind),
            described: Described {
                sizes: told.all(|d| d.size),
                label_counts: known_counts(home, catalog, &path, &entry, overrides, &told),
                kind: told.first(|d| d.kind).map(|kind| kind.value),
            },
            trusted: options.trusted || (entry.shipped && entry.sha256.is_some()),
            ..options.clone()
        };
        Catalog::verify(&entry, &path, &options.cache)?;
        let network = Network::open(&path, &options)?;
        if let Some(said) = entry.layout.filter(|said| *said != network.layout()) {
            return Err(ClassifierError::Unsuitable {
                path,
                why: format!(
                    "its description says layout {said}, but its input is {}; correct the description",
                    network.layout()
                ),
            });
        }
        let facts = network.facts();
        let told = told.with_file(&facts.metadata, facts.outputs.names.as_deref());
        if let Some(refused) = told.first(|d| d.refused.clone()) {
            return Err(ClassifierError::Unsuitable {
                path,
                why: refused.value,
            });
        }
        let classes = network.classes();
        let mut notes = network.notes();
        let mut guesses = Vec::new();
        let found = find_labels(home, catalog, &path, &entry, overrides, &told, classes)?;
        let found = found.or_no_and_yes(network.kind(), &entry);
        notes.extend(found.notes);
        guesses.extend(found.guess);
        let known = Known {
            inside: inside(&network),
            usual: usual(&network),
            whole_numbers: network.input().whole_numbers.is_some(),
            told,
        };
        let mut spec = ModelSpec::settle_with(&path, &entry, overrides, &known)?;
        spec.guesses.extend(guesses);
        notes.extend(known.told.notes());
        notes.extend(spec.found.iter().cloned());
        Ok(Self {
            spec,
            labels: found.labels,
            labels_source: found.source,
            network,
            notes,
            sha256: OnceLock::new(),
        })
    }

    /// The same pictures shown to a part of the network that puts out `value` of the whole, whose scores
    /// are called by `names`.
    ///
    /// # Errors
    /// When the file of the whole network has gone.
    pub(crate) fn part(
        &self,
        network: Network,
        names: Vec<String>,
        value: &str,
    ) -> Result<Self, ClassifierError> {
        let mut spec = self.spec.clone();
        spec.id = format!("{}, {value}", spec.id);
        Ok(Self {
            spec,
            labels: Labels::of_names(names, network.classes()),
            labels_source: None,
            notes: self.notes.clone(),
            network,
            // It is a part of that file.
            sha256: OnceLock::from(self.sha256()?.to_owned()),
        })
    }

    /// Where the class names come from; `None` where there are none.
    #[must_use]
    pub fn labels_source(&self) -> Option<&str> {
        self.labels_source.as_deref()
    }

    /// True for a network whose input holds whole numbers: no mean and deviation can be applied.
    #[must_use]
    pub fn takes_whole_numbers(&self) -> bool {
        self.network.input().whole_numbers.is_some()
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

    /// What its answers and maps depend on, as one word: the file, how pictures are brought to it,
    /// what its scores are and what its classes are called. The same file can be described in two
    /// ways.
    ///
    /// # Errors
    /// When the file has gone.
    pub fn identity(&self) -> Result<String, ClassifierError> {
        let hash = self.sha256()?;
        let spec = &self.spec;
        let fed = (
            spec.channels,
            spec.mean,
            spec.std,
            spec.crop,
            spec.resample,
            spec.pad,
        );
        let read = (
            self.input_shape(),
            self.network.output(),
            self.network.kind(),
        );
        let mut text = format!("{hash}\n{}\n{fed:?}\n{read:?}", spec.id);
        for class in 0..self.labels.len() {
            text.push('\n');
            text.push_str(&self.labels.name(class));
        }
        Ok(crate::files::sha256(text.as_bytes()))
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
        notices.extend(self.notes.iter().cloned());
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
        let probabilities = self.network.probabilities(logits);
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
        self.named(class, at(logits), at(&self.network.probabilities(logits)))
    }

    fn named(&self, class: usize, logit: f32, probability: f32) -> Prediction {
        Prediction {
            class,
            label: self.labels.name(class),
            probability,
            logit,
            measured: self.network.measures(),
        }
    }
}

/// How a network scales its pictures itself.
fn inside(network: &Network) -> Option<Sourced<Scaling>> {
    let source = "the network scales pictures itself";
    let sourced = |value, range: &str| {
        Some(Sourced {
            value,
            source: format!("{source}; it is given {range}"),
        })
    };
    if let Some(black) = network.input().whole_numbers {
        let low = black as f32;
        return sourced(
            Scaling {
                mean: [0.0 - low; 3],
                std: [1.0; 3],
            },
            if black == 0 { "0..255" } else { "-128..127" },
        );
    }
    match network.facts().inside? {
        Inside::Bytes => sourced(Scaling::BYTES, "0..255"),
        Inside::Unit => sourced(Scaling::UNIT, "0..1"),
    }
}

/// What is usual for a network of its kind, where nothing is known.
fn usual(network: &Network) -> Option<Sourced<Scaling>> {
    let [_, _, channels] = network.input().shape;
    let sourced = |value, text: &str| {
        Some(Sourced {
            value,
            source: text.to_owned(),
        })
    };
    if channels == 1 {
        return sourced(
            Scaling::UNIT,
            "pictures of 0..1, gray, as they are and not inverted",
        );
    }
    if network.layout() == Layout::Nhwc {
        return sourced(
            Scaling::SIGNED,
            "pictures of -1..1, as is usual for channels last",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::softmax;

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
