//! What pictures are of, as their folders, their source or a table say, matched to the classes of a
//! network.

use std::collections::HashMap;
use std::path::Path;

use super::{CollectionError, Row};
use crate::compare::robustness::csv;

/// Largest table of labels that is read, in bytes.
const MAX_BYTES: u64 = 256 << 20;
/// The 1000 classes of ImageNet as `WordNet` has them, in the order of their numbers: sorted.
const SYNSETS: &str = include_str!("imagenet_synsets.txt");

/// What a label was known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// It is the class's name, or one of its names.
    Name,
    /// It is the class's number.
    Number,
    /// It begins with the class's `WordNet` id.
    Synset,
    /// It is nearly the class's name.
    Near,
    /// It may mean several classes, so it means none.
    Several,
    /// No class is like it.
    None,
}

/// A class that a text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meant {
    /// The class; none for [`How::Several`] and [`How::None`].
    pub class: Option<u32>,
    /// What it was known by.
    pub how: How,
}

/// Texts to classes of one network.
#[derive(Debug, Default)]
pub struct ClassMatcher {
    classes: u32,
    /// Words of each name, by class; a class may have several.
    names: Vec<(String, u32)>,
    exact: HashMap<String, Vec<u32>>,
    joined: HashMap<String, Vec<u32>>,
    synsets: HashMap<&'static str, u32>,
}

impl ClassMatcher {
    /// For classes of these names, by number.
    #[must_use]
    pub fn new(classes: &[String]) -> Self {
        let mut matcher = Self {
            classes: classes.len() as u32,
            ..Self::default()
        };
        for (class, name) in classes.iter().enumerate() {
            let class = class as u32;
            for name in std::iter::once(name.as_str()).chain(name.split(',')) {
                let words = words(name);
                if words.is_empty() {
                    continue;
                }
                add(&mut matcher.exact, words.clone(), class);
                add(&mut matcher.joined, singular(&words), class);
                if !matcher.names.contains(&(words.clone(), class)) {
                    matcher.names.push((words, class));
                }
            }
        }
        // Networks with a class for nothing have it first.
        let first = match classes.len() {
            1000 => Some(0),
            1001 => Some(1),
            _ => None,
        };
        if let Some(first) = first {
            let synsets = SYNSETS.split_ascii_whitespace().zip(first..);
            matcher.synsets = synsets.collect();
        }
        matcher
    }

    /// The class that a text means.
    #[must_use]
    pub fn find(&self, text: &str) -> Meant {
        let own = words(text);
        let one = |classes: &[u32], how| match classes {
            [class] => Some(Meant {
                class: Some(*class),
                how,
            }),
            [] => None,
            _ => Some(Meant {
                class: None,
                how: How::Several,
            }),
        };
        let named = |own: &str| self.exact.get(own).map_or(&[][..], Vec::as_slice);
        if let Some(meant) = one(named(&own), How::Name) {
            return meant;
        }
        if let Some(class) = self.number(&own) {
            return Meant {
                class: Some(class),
                how: How::Number,
            };
        }
        let synset = own
            .split(' ')
            .next()
            .and_then(|word| self.synsets.get(word));
        if let Some(&class) = synset {
            return Meant {
                class: Some(class),
                how: How::Synset,
            };
        }
        let joined = self.joined.get(&singular(&own));
        one(joined.map_or(&[], Vec::as_slice), How::Near)
            .or_else(|| one(&self.with_words(&own), How::Near))
            .or_else(|| one(&self.misspelt(&own), How::Near))
            .unwrap_or(Meant {
                class: None,
                how: How::None,
            })
    }

    /// `281`, `class 281`, or `281 tabby` where that class is called so.
    fn number(&self, own: &str) -> Option<u32> {
        let bare = ["class ", "label "]
            .into_iter()
            .find_map(|prefix| own.strip_prefix(prefix))
            .unwrap_or(own);
        let (digits, name) = bare.split_once(' ').unwrap_or((bare, ""));
        let class: u32 = digits.parse().ok().filter(|&class| class < self.classes)?;
        let same = |classes: &Vec<u32>| classes.contains(&class);
        let agrees = name.is_empty() || self.exact.get(name).is_some_and(same);
        agrees.then_some(class)
    }

    /// Classes whose name has all words of the text, or all of whose words are in it.
    fn with_words(&self, own: &str) -> Vec<u32> {
        if own.len() < 3 {
            return Vec::new();
        }
        let has = |all: &str, some: &str| {
            some.split(' ')
                .all(|word| all.split(' ').any(|other| other == word))
        };
        let like = |names: &dyn Fn(&str) -> bool| {
            let mut classes: Vec<u32> = self
                .names
                .iter()
                .filter(|(name, _)| names(name))
                .map(|(_, class)| *class)
                .collect();
            classes.sort_unstable();
            classes.dedup();
            classes
        };
        let wider = like(&|name| has(name, own));
        if wider.is_empty() {
            like(&|name| has(own, name))
        } else {
            wider
        }
    }

    /// Classes whose name differs by a letter or, where it is long, by two.
    fn misspelt(&self, own: &str) -> Vec<u32> {
        let length = own.chars().count();
        let most = match length {
            0..5 => return Vec::new(),
            5..9 => 1,
            _ => 2,
        };
        let near = self.names.iter().filter(|(name, _)| {
            name.chars().count().abs_diff(length) <= most && distance(name, own) <= most
        });
        let mut classes: Vec<u32> = near.map(|(_, class)| *class).collect();
        classes.sort_unstable();
        classes.dedup();
        classes
    }
}

fn add(map: &mut HashMap<String, Vec<u32>>, key: String, class: u32) {
    let classes = map.entry(key).or_default();
    if !classes.contains(&class) {
        classes.push(class);
    }
}

/// Lower case, words with one space between.
fn words(text: &str) -> String {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

/// Without spaces, and without the ending of many.
fn singular(words: &str) -> String {
    let joined = words.replace(' ', "");
    match joined.strip_suffix('s') {
        Some(one) if one.len() > 2 && !one.ends_with('s') => one.to_owned(),
        _ => joined,
    }
}

/// Letters to put in, leave out or change (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (place, b) in row.iter_mut().skip(1).zip(&b) {
            let changed = diagonal + usize::from(a != *b);
            diagonal = *place;
            left = changed.min(diagonal + 1).min(left + 1);
            *place = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

/// Labels that a person gives in a table: of files, or of all that a folder or label stands for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GivenLabels(HashMap<String, String>);

impl GivenLabels {
    /// Of a CSV file with a header: `path` (or `file`, `folder`) and `label` (or `class`).
    ///
    /// # Errors
    /// When it cannot be read or has no such columns.
    pub fn read(path: &Path) -> Result<Self, CollectionError> {
        let refused = |why: &str| CollectionError::Source {
            path: path.to_owned(),
            why: why.to_owned(),
        };
        let text = crate::files::read_text(path, MAX_BYTES).map_err(CollectionError::io(path))?;
        // The last line may lack its end.
        let text = format!("{}\n", text.strip_prefix('\u{feff}').unwrap_or(&text));
        let mut records = csv::records(&text).0.into_iter();
        let header = records.next().unwrap_or_default();
        let column = |names: &[&str]| {
            let known = |field: &String| names.contains(&field.trim().to_lowercase().as_str());
            header.iter().position(known)
        };
        let (Some(of), Some(label)) = (
            column(&["path", "file", "filename", "image", "picture", "folder"]),
            column(&["label", "class", "target"]),
        ) else {
            return Err(refused(
                "its first line must name the columns path and label, with a comma between",
            ));
        };
        let field = |record: &[String], at: usize| {
            let field = record.get(at).map(|field| csv::unguarded(field.trim()));
            field.unwrap_or_default()
        };
        let given = records
            .map(|record| (field(&record, of), field(&record, label)))
            .filter(|(of, _)| !of.is_empty());
        Ok(Self(given.collect()))
    }

    /// What is given: of what, and its label.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(of, label)| (of.as_str(), label.as_str()))
    }

    /// The label that is given for exactly this.
    pub(super) fn label_of(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The label that is given for a row: for its path, its file name or a folder that it lies in.
    fn of(&self, row: &Row) -> Option<&str> {
        if self.0.is_empty() {
            return None;
        }
        let name = row.name();
        let file = name.rsplit('/').next().unwrap_or_default();
        let found = self.0.get(&name).or_else(|| self.0.get(file));
        let found = found.or_else(|| row.folders().rev().find_map(|folder| self.0.get(&folder)));
        let own = row.label.as_deref();
        found.or_else(|| self.0.get(own?)).map(String::as_str)
    }
}

/// What a picture is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// In words; `None` where nothing says it.
    pub label: Option<String>,
    /// The class it means.
    pub meant: Meant,
}

/// Rows to what they are of.
#[derive(Debug)]
pub struct Labeller<'a> {
    matcher: ClassMatcher,
    given: &'a GivenLabels,
    known: HashMap<String, Meant>,
    /// What the folder of the last row says: rows come folder by folder.
    last: Option<(Box<[u8]>, Truth)>,
}

impl<'a> Labeller<'a> {
    /// For classes of these names.
    #[must_use]
    pub fn new(classes: &[String], given: &'a GivenLabels) -> Self {
        Self {
            matcher: ClassMatcher::new(classes),
            given,
            known: HashMap::new(),
            last: None,
        }
    }

    /// By what is given, what the source says, or the innermost folder that means a class.
    pub fn truth(&mut self, row: &Row) -> Truth {
        if let Some(label) = self.given.of(row).or(row.label.as_deref()) {
            return self.of_text(label.to_owned());
        }
        let end = row.path.iter().rposition(|&b| b == b'/').unwrap_or(0);
        let folder = row.path.get(..end).unwrap_or_default();
        if let Some((last, truth)) = &self.last
            && **last == *folder
        {
            return truth.clone();
        }
        let truth = self.of_folders(row);
        self.last = Some((folder.into(), truth.clone()));
        truth
    }

    fn of_folders(&mut self, row: &Row) -> Truth {
        let mut innermost = None;
        for folder in row.folders().rev() {
            let truth = self.of_text(folder);
            if truth.meant.class.is_some() {
                return truth;
            }
            innermost.get_or_insert(truth);
        }
        innermost.unwrap_or(Truth {
            label: None,
            meant: Meant {
                class: None,
                how: How::None,
            },
        })
    }

    fn of_text(&mut self, label: String) -> Truth {
        let meant = if let Some(&known) = self.known.get(&label) {
            known
        } else {
            let meant = self.matcher.find(&label);
            self.known.insert(label.clone(), meant);
            meant
        };
        Truth {
            label: Some(label),
            meant,
        }
    }
}

#[cfg(test)]
#[path = "labels_tests.rs"]
mod tests;
