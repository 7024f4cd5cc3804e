//! What classes are called.

use std::path::Path;
use std::sync::Arc;

use super::ClassifierError;
use super::told::{Names, fits};

/// Largest labels file that is read, in bytes.
const MAX_BYTES: u64 = 16 << 20;

/// Names of a classifier's classes, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    names: Option<Arc<[String]>>,
    classes: usize,
}

impl Labels {
    /// No names are known: classes are called by their numbers.
    #[must_use]
    pub fn numbered(classes: usize) -> Self {
        Self {
            names: None,
            classes,
        }
    }

    /// `names` of the classes, in order, as they are.
    ///
    /// Networks trained with a background class first (1001 outputs) go with 1000 names.
    #[must_use]
    pub(super) fn of_names(mut names: Vec<String>, classes: usize) -> Self {
        if names.len() == 1000 && classes == 1001 {
            names.insert(0, "background".to_owned());
        }
        Self {
            names: Some(names.into()),
            classes,
        }
    }

    /// Reads a file of labels: one a line, with or without numbers, JSON or a table. Blank lines at
    /// the end do not count.
    ///
    /// # Errors
    /// When the file cannot be read or holds another number of labels than `classes`.
    pub fn read(path: &Path, classes: usize) -> Result<Self, ClassifierError> {
        Self::read_told(path, classes).map(|(labels, _)| labels)
    }

    /// As [`Self::read`]; also what was done to find the names, a sentence each.
    pub(super) fn read_told(
        path: &Path,
        classes: usize,
    ) -> Result<(Self, Vec<String>), ClassifierError> {
        let found = names(path)?;
        if !fits(found.names.len(), classes) {
            return Err(ClassifierError::Labels {
                path: path.to_owned(),
                why: format!(
                    "holds {} labels, but the network has {classes} classes; give one label a line",
                    found.names.len()
                ),
            });
        }
        Ok((Self::of_names(found.names, classes), found.notes))
    }

    /// How many labels a file holds, where it can be read.
    pub(super) fn count(path: &Path) -> Option<usize> {
        names(path).ok().map(|found| found.names.len())
    }

    /// Number of classes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.classes
    }

    /// True for a classifier without classes, which none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.classes == 0
    }

    /// True where the classes have names.
    #[must_use]
    pub fn are_named(&self) -> bool {
        self.names.is_some()
    }

    /// What `class` is called; `class 7` where no name is known.
    #[must_use]
    pub fn name(&self, class: usize) -> String {
        self.names
            .as_ref()
            .and_then(|names| names.get(class))
            .filter(|name| !name.is_empty())
            .cloned()
            .unwrap_or_else(|| format!("class {class}"))
    }

    /// The class that `text` means: its number, or its whole name in any case. Names can be numbers
    /// too, such as those of speed limits: a number beyond the classes is a name where one has it.
    ///
    /// # Errors
    /// In words, when no class or several have that name.
    pub fn class(&self, text: &str) -> Result<usize, String> {
        let wanted = text.trim();
        let number = wanted.parse::<usize>().ok();
        if let Some(number) = number.filter(|number| *number < self.classes) {
            return Ok(number);
        }
        let lower = wanted.to_lowercase();
        let same: Vec<usize> = (0..self.classes)
            .filter(|&class| {
                let name = self.name(class).to_lowercase();
                // ImageNet's names list synonyms.
                name == lower || name.split(", ").any(|part| part == lower)
            })
            .collect();
        let numbered = |classes: &[usize]| {
            let all = classes.iter().map(|&c| format!("{} ({c})", self.name(c)));
            all.collect::<Vec<_>>().join(", ")
        };
        match same.as_slice() {
            [one] => Ok(*one),
            [] => {
                if let Some(number) = number {
                    return Ok(number);
                }
                let near = self.find(wanted, 5);
                let hint = if near.is_empty() {
                    "give a number, a name or auto".to_owned()
                } else {
                    format!("did you mean {}?", numbered(&near))
                };
                Err(format!("no class is called {wanted:?}; {hint}"))
            }
            many => Err(format!(
                "several classes are called {wanted:?}: {}; give the number",
                numbered(many)
            )),
        }
    }

    /// The classes that `text` may mean, at most `most`: the one with that number, then those with
    /// that name, whose name begins so, with a word that begins so, and those with it anywhere,
    /// each by number. Upper and lower case are the same; nothing means nothing.
    #[must_use]
    pub fn find(&self, text: &str, most: usize) -> Vec<usize> {
        let text = text.trim().to_lowercase();
        if text.is_empty() {
            return Vec::new();
        }
        let number = text
            .parse()
            .ok()
            .filter(|&number: &usize| number < self.classes);
        let mut found: Vec<(usize, usize)> = (0..self.classes)
            .filter_map(|class| {
                if number == Some(class) {
                    return Some((0, class));
                }
                let name = self.name(class).to_lowercase();
                let at = name.find(&text)?;
                let begins_word = || {
                    name.match_indices(&text).any(|(at, _)| {
                        let before = name.get(..at).and_then(|before| before.chars().last());
                        before.is_none_or(|before| !before.is_alphanumeric())
                    })
                };
                let rank = match at {
                    0 if name == text => 1,
                    0 => 2,
                    _ if begins_word() => 3,
                    _ => 4,
                };
                Some((rank, class))
            })
            .collect();
        found.sort_unstable();
        found
            .into_iter()
            .take(most)
            .map(|(_, class)| class)
            .collect()
    }
}

fn names(path: &Path) -> Result<Names, ClassifierError> {
    let failed = |why: String| ClassifierError::Labels {
        path: path.to_owned(),
        why,
    };
    let bytes = crate::files::read(path, MAX_BYTES).map_err(|e| failed(e.to_string()))?;
    let file_name = path.file_name().unwrap_or_default().to_string_lossy();
    Names::read(&bytes, &file_name).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &[u8], classes: usize) -> Result<Labels, ClassifierError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.txt");
        std::fs::write(&path, text).unwrap();
        Labels::read(&path, classes)
    }

    #[test]
    fn names_go_by_line() {
        let l = labels(b"\xef\xbb\xbfcat\r\ndog\n\n", 2).unwrap();
        assert_eq!((l.name(0).as_str(), l.name(1).as_str()), ("cat", "dog"));
        assert_eq!(l.name(2), "class 2");
        assert_eq!(Labels::numbered(3).name(1), "class 1");
    }

    #[test]
    fn classes_are_found_by_number_and_by_parts_of_their_names() {
        let l = labels(
            "Cat\ntiger cat\nconcatenation\ncatamaran\n\u{e9}cole\n7\nx\ny\n".as_bytes(),
            8,
        )
        .unwrap();
        assert_eq!(l.find("cat", 9), [0, 3, 1, 2]);
        assert_eq!(l.find(" CAT ", 2), [0, 3]);
        assert_eq!(l.find("\u{c9}COLE", 9), [4]);
        assert_eq!(l.find("7", 9), [7, 5]);
        assert!(l.find("8", 9).is_empty());
        assert!(l.find("  ", 9).is_empty());
        assert_eq!(
            Labels::numbered(30).find("class 2", 9),
            [2, 20, 21, 22, 23, 24, 25, 26, 27]
        );
    }

    #[test]
    fn a_number_is_a_name_where_no_class_has_it() {
        let l = labels(b"20\n30\n50\n1\n30\n", 5).unwrap();
        assert_eq!((l.class("20"), l.class("50")), (Ok(0), Ok(2)));
        // Numbers of classes come first; whoever asks for one that is not there is told so later.
        assert_eq!((l.class("1"), l.class("70")), (Ok(1), Ok(70)));
        assert!(l.class("30").unwrap_err().contains("several"));
    }

    #[test]
    fn the_wrong_count_is_refused_but_a_background_class_is_known() {
        assert!(labels(b"cat\ndog\n", 3).is_err());
        assert!(labels(b"\xff\xfe", 1).is_err());
        let thousand = "x\n".repeat(1000);
        assert_eq!(
            labels(thousand.as_bytes(), 1001).unwrap().name(0),
            "background"
        );
        assert_eq!(labels(thousand.as_bytes(), 1000).unwrap().name(0), "x");
    }
}
