//! A table of labels against the pictures of a robustness file.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::labels::{ClassMatcher, GivenLabels};
use crate::compare::robustness::Truths;

/// The table beside pictures that says what they are of.
pub const LABELS_FILE: &str = "labels.csv";

impl GivenLabels {
    /// The table beside the pictures of a folder, with its path; `None` where there is none with the columns
    /// path and label.
    #[must_use]
    pub fn beside(folder: &Path) -> Option<(Self, PathBuf)> {
        let path = folder.join(LABELS_FILE);
        Self::read(&path).ok().map(|given| (given, path))
    }

    /// The table beside the pictures of a collection that is a folder; none of other collections, and where
    /// there is none.
    #[must_use]
    pub fn of_source(source: Option<&Path>) -> Option<Self> {
        let folder = source.filter(|source| source.is_dir())?;
        Self::beside(folder).map(|(given, _)| given)
    }

    /// What `pictures` (file names) are of to networks with these names of their classes (by id), and what is
    /// to be told of labels that are no class of a network, a sentence each.
    #[must_use]
    pub fn truths<'a>(
        &self,
        pictures: impl IntoIterator<Item = &'a str>,
        networks: &[(String, Vec<String>)],
    ) -> (Truths, Vec<String>) {
        // A table may say in which folder a file lies; two of one name are told by nothing then.
        let mut by_file: HashMap<&str, Option<&str>> = HashMap::new();
        for (path, label) in self.entries() {
            let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
            by_file
                .entry(file)
                .and_modify(|known| *known = known.filter(|known| *known == label))
                .or_insert(Some(label));
        }
        let given = |picture: &str| {
            let whole = self.label_of(picture);
            whole.or_else(|| by_file.get(picture).copied().flatten())
        };
        let labelled: Vec<(&str, &str)> = pictures
            .into_iter()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .filter_map(|picture| Some((picture, given(picture)?)))
            .collect();
        let (mut truths, mut notes) = (Truths::default(), Vec::new());
        for (model, names) in networks {
            let matcher = ClassMatcher::new(names);
            let mut strange = BTreeSet::new();
            for (picture, label) in &labelled {
                match matcher.find(label).class {
                    Some(class) => truths.add(model, picture, class as usize),
                    None => {
                        strange.insert(*label);
                    }
                }
            }
            if let Some(first) = strange.first() {
                notes.push(format!(
                    "{} labels are no class of {model}, such as {first:?}: their pictures do not count as right or wrong",
                    strange.len()
                ));
            }
        }
        (truths, notes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::robustness::{Key, Row};

    fn row(model: &str, picture: &str, class: usize) -> Row {
        Row {
            key: Key {
                picture: picture.into(),
                picture_sha256: String::new(),
                model: model.into(),
                model_sha256: String::new(),
                shift: "fog:3".into(),
                settings: String::new(),
            },
            class,
            label: String::new(),
            probability: 0.5,
            original_class: class,
            original_probability: 0.5,
            agree: 0.5,
            iou: 0.5,
            spearman: Some(0.5),
            ssim: None,
            emd: 0.5,
        }
    }

    #[test]
    fn a_table_tells_what_is_right_to_each_network() {
        let folder = tempfile::tempdir().unwrap();
        assert!(GivenLabels::beside(folder.path()).is_none());
        let table =
            "path,label\na.png,cat\nsub/b.png,dog\none/c.png,cat\ntwo/c.png,dog\nd.png,lizard\n";
        std::fs::write(folder.path().join(LABELS_FILE), table).unwrap();
        let (given, path) = GivenLabels::beside(folder.path()).unwrap();
        assert!(path.ends_with(LABELS_FILE));
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        // They count their classes in other orders.
        let networks = [
            ("one".to_owned(), names(&["cat", "dog"])),
            ("two".to_owned(), names(&["fish", "dog", "cat"])),
        ];
        let pictures = ["a.png", "b.png", "c.png", "d.png", "e.png"];
        let (truths, notes) = given.truths(pictures, &networks);
        let right = |model, picture, class| truths.right(&row(model, picture, class));
        assert_eq!(right("one", "a.png", 0), Some(true));
        assert_eq!(right("one", "a.png", 1), Some(false));
        assert_eq!(right("two", "a.png", 2), Some(true));
        assert_eq!(right("one", "b.png", 1), Some(true), "by its file's name");
        assert_eq!(right("one", "c.png", 0), None, "two of one name");
        assert_eq!(right("one", "d.png", 0), None, "no class of it");
        assert_eq!(right("one", "e.png", 0), None);
        assert_eq!(right("three", "a.png", 0), None);
        assert_eq!(notes.len(), 2);
        assert!(notes[0].contains("no class of one, such as \"lizard\""));
    }
}
