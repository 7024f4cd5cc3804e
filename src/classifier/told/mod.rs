//! What stands in and beside a network's file about it, in the order in which it is trusted:
//!
//! 1. `config.json` and `preprocessor_config.json`, as Hugging Face's tools write them
//! 2. the file's own metadata: Ultralytics', ONNX's `Image.*` keys, class names as JSON
//! 3. class names in the graph itself
//! 4. `signature.json` (Lobe)
//! 5. `inference.yml` (`PaddlePaddle`)
//! 6. a file of labels
//!
//! What a person says, and the `.toml` beside the file, is trusted before all of them; what is
//! usual, after.

mod beside;
mod hub;
mod label_files;
mod label_json;
mod label_lines;
mod label_text;
mod lobe;
mod metadata;
#[cfg(test)]
mod names_tests;
mod paddle;
#[cfg(test)]
mod processor_tests;
mod python;
#[cfg(test)]
mod tests;
mod timm;
mod yaml;

use std::path::Path;

pub use label_text::Names;
pub(super) use metadata::{label_counts_in_metadata, refused_in_metadata, sizes_in_metadata};

use super::ScoreKind;
use super::spec::Channels;
use crate::picture::{Framing, Resample};

/// Mean and deviation of each channel, in units of 0..=255.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scaling {
    pub(super) mean: [f32; 3],
    pub(super) std: [f32; 3],
}

impl Scaling {
    /// Pictures of 0..=255 as they are.
    pub(super) const BYTES: Self = Self {
        mean: [0.0; 3],
        std: [1.0; 3],
    };
    /// Pictures of 0..=1.
    pub(super) const UNIT: Self = Self {
        mean: [0.0; 3],
        std: [255.0; 3],
    };
    /// Pictures of -1..=1.
    pub(super) const SIGNED: Self = Self {
        mean: [127.5; 3],
        std: [127.5; 3],
    };
}

/// What one source says; `None` where it says nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Description {
    /// What it is called, for a person.
    pub(super) source: String,
    pub(super) labels: Option<Vec<String>>,
    pub(super) size: Option<[usize; 2]>,
    pub(super) scaling: Option<Scaling>,
    pub(super) channels: Option<Channels>,
    pub(super) framing: Option<Framing>,
    pub(super) pad: Option<[u8; 3]>,
    pub(super) resample: Option<Resample>,
    pub(super) crop: Option<f32>,
    pub(super) kind: Option<ScoreKind>,
    /// Why the network is no classifier, where it says so.
    pub(super) refused: Option<String>,
    pub(super) notes: Vec<String>,
}

impl Description {
    fn of(source: &str) -> Self {
        Self {
            source: source.to_owned(),
            ..Self::default()
        }
    }
}

/// A value and who says it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sourced<T> {
    pub(super) value: T,
    pub(super) source: String,
}

/// All that is told about a network, the most trusted first.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Told {
    descriptions: Vec<Description>,
}

impl Told {
    /// What the files beside the network at `path` say.
    pub(super) fn beside(path: &Path) -> Self {
        Self {
            descriptions: beside::read(path),
        }
    }

    /// With what the file itself says: its metadata, and class names in its graph.
    pub(super) fn with_file(
        mut self,
        metadata: &[(String, String)],
        names: Option<&[String]>,
    ) -> Self {
        let mut inside = metadata::read(metadata);
        if let Some(names) = names {
            inside.push(Description {
                labels: Some(names.to_vec()),
                ..Description::of("the network's own table of names")
            });
        }
        let hubs = self.descriptions.iter();
        let after = hubs.take_while(|d| hub::is_hub(&d.source)).count();
        self.descriptions.splice(after..after, inside);
        self
    }

    /// The first value that any source says.
    pub(super) fn first<T>(&self, get: impl Fn(&Description) -> Option<T>) -> Option<Sourced<T>> {
        self.descriptions.iter().find_map(|d| {
            Some(Sourced {
                value: get(d)?,
                source: d.source.clone(),
            })
        })
    }

    /// All values that the sources say.
    pub(super) fn all<T>(&self, get: impl Fn(&Description) -> Option<T>) -> Vec<T> {
        self.descriptions.iter().filter_map(get).collect()
    }

    /// Names for `classes` classes, and what there is to say of those that do not fit.
    pub(super) fn labels(&self, classes: usize) -> (Option<Sourced<Vec<String>>>, Vec<String>) {
        let mut notes = Vec::new();
        for description in &self.descriptions {
            let Some(names) = &description.labels else {
                continue;
            };
            if fits(names.len(), classes) {
                let labels = Sourced {
                    value: names.clone(),
                    source: description.source.clone(),
                };
                return (Some(labels), notes);
            }
            notes.push(format!(
                "{} has {} names, but the network {classes} classes: not used",
                description.source,
                names.len()
            ));
        }
        (None, notes)
    }

    /// What the sources say of themselves.
    pub(super) fn notes(&self) -> impl Iterator<Item = String> {
        self.descriptions.iter().flat_map(|d| {
            let source = d.source.clone();
            d.notes.iter().map(move |note| format!("{source}: {note}"))
        })
    }
}

/// Whether so many names go with so many classes: a class for the background may come first.
pub(super) fn fits(names: usize, classes: usize) -> bool {
    names == classes || (names == 1000 && classes == 1001)
}
