//! What a classifier's classes are called, by whoever knows it best.

use std::path::{Path, PathBuf};

use super::interface::ScoreKind;
use super::told::{Sourced, Told, fits};
use super::{Catalog, ClassifierError, Labels, ModelEntry, ModelOverrides, NO_LABELS};
use crate::home::Home;

/// The answers of a network with one number: how sure it is of the second.
const NO_AND_YES: [&str; 2] = ["no", "yes"];

/// Class names, and where they come from.
pub(super) struct FoundLabels {
    pub(super) labels: Labels,
    pub(super) source: Option<String>,
    pub(super) guess: Option<String>,
    pub(super) notes: Vec<String>,
}

impl FoundLabels {
    /// One number that answers yes or no goes by these words where nothing names its answers and nobody
    /// wants their numbers.
    pub(super) fn or_no_and_yes(self, kind: ScoreKind, entry: &ModelEntry) -> Self {
        let nameless = !self.labels.are_named() && entry.labels.as_deref() != Some(NO_LABELS);
        if kind != ScoreKind::Binary || self.labels.len() != NO_AND_YES.len() || !nameless {
            return self;
        }
        Self {
            labels: Labels::of_names(NO_AND_YES.map(str::to_owned).into(), NO_AND_YES.len()),
            source: Some("the one number that it puts out".to_owned()),
            ..self
        }
    }
}

/// Numbers of names in what is known to belong to the network: they tell its scores.
pub(super) fn known_counts(
    home: &Home,
    catalog: &Catalog,
    path: &Path,
    entry: &ModelEntry,
    overrides: &ModelOverrides,
    told: &Told,
) -> Vec<usize> {
    let named = labels_file(home, catalog, path, entry, overrides);
    match named.ok().flatten().and_then(|file| Labels::count(&file)) {
        Some(count) => vec![count],
        None => told.all(|d| d.labels.as_ref().map(Vec::len)),
    }
}

/// The file of labels that a person or the entry names.
fn labels_file(
    home: &Home,
    catalog: &Catalog,
    path: &Path,
    entry: &ModelEntry,
    overrides: &ModelOverrides,
) -> Result<Option<PathBuf>, ClassifierError> {
    if let Some(said) = &overrides.labels {
        return Ok(Some(said.clone()));
    }
    let labels = entry.labels.as_ref().filter(|l| *l != NO_LABELS);
    labels
        .map(|labels| catalog.labels_path(home, labels, path))
        .transpose()
}

pub(super) fn find_labels(
    home: &Home,
    catalog: &Catalog,
    path: &Path,
    entry: &ModelEntry,
    overrides: &ModelOverrides,
    told: &Told,
    classes: usize,
) -> Result<FoundLabels, ClassifierError> {
    let plain = |labels, source: Option<String>| FoundLabels {
        labels,
        source,
        guess: None,
        notes: Vec::new(),
    };
    if let Some(file) = labels_file(home, catalog, path, entry, overrides)? {
        let (labels, notes) = Labels::read_told(&file, classes)?;
        return Ok(FoundLabels {
            notes,
            ..plain(labels, Some(file.display().to_string()))
        });
    }
    if entry.labels.as_deref() == Some(NO_LABELS) {
        return Ok(plain(Labels::numbered(classes), None));
    }
    let (found, notes) = told.labels(classes);
    if let Some(Sourced { value, source }) = found {
        return Ok(FoundLabels {
            notes,
            ..plain(Labels::of_names(value, classes), Some(source))
        });
    }
    let imagenet = catalog.labels.iter().find(|l| l.id == "imagenet");
    if let Some(set) = imagenet.filter(|set| fits(set.count, classes)) {
        let file = home.installed_models().join(&set.file);
        let labels = Labels::read(&file, classes).ok();
        let source = labels.as_ref().map(|_| "ImageNet".to_owned());
        return Ok(FoundLabels {
            guess: Some("ImageNet's class names, by their number".to_owned()),
            notes,
            ..plain(labels.unwrap_or_else(|| Labels::numbered(classes)), source)
        });
    }
    let guess = (classes > 2).then(|| "no class names".to_owned());
    Ok(FoundLabels {
        guess,
        notes,
        ..plain(Labels::numbered(classes), None)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(labels: Labels) -> FoundLabels {
        FoundLabels {
            labels,
            source: None,
            guess: None,
            notes: Vec::new(),
        }
    }

    #[test]
    fn one_number_without_names_answers_no_and_yes() {
        let entry = ModelEntry::default();
        let named = found(Labels::numbered(2)).or_no_and_yes(ScoreKind::Binary, &entry);
        assert_eq!(
            [0, 1].map(|class| named.labels.name(class)),
            ["no", "yes"].map(str::to_owned)
        );
        assert_eq!(named.labels.class("yes"), Ok(1));
        assert!(named.source.is_some());
        // Two scores of a softmax are two classes.
        let two = found(Labels::numbered(2)).or_no_and_yes(ScoreKind::Softmax, &entry);
        assert!(!two.labels.are_named());
    }

    #[test]
    fn names_and_the_wish_for_numbers_come_first() {
        let entry = ModelEntry::default();
        let own = Labels::of_names(vec!["cat".to_owned(), "dog".to_owned()], 2);
        let kept = found(own).or_no_and_yes(ScoreKind::Binary, &entry);
        assert_eq!(kept.labels.name(1), "dog");
        let numbers = ModelEntry {
            labels: Some(NO_LABELS.to_owned()),
            ..entry
        };
        let numbers = found(Labels::numbered(2)).or_no_and_yes(ScoreKind::Binary, &numbers);
        assert!(!numbers.labels.are_named());
    }
}
