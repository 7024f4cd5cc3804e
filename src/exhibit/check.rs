//! Is the folder an exhibit? Everything that is wrong, in one go.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::bake::Baked;
use super::error::ExhibitError;
use super::fault::{Fault, Faults};
use super::manifest::{self, Exhibit, MANIFEST, MAX_TEXT};
use super::texts;
use crate::classifier::Catalog;
use crate::files::{named_in, read_text};
use crate::home::Home;
use crate::picture::Picture;
use crate::saliency::Method;

/// More pictures than that are no exhibit.
const MOST_PICTURES: usize = 500;

/// What was found.
#[derive(Debug)]
pub struct Checked {
    /// The folder.
    pub folder: PathBuf,
    /// The exhibit, as far as it could be read.
    pub exhibit: Exhibit,
    /// Its pictures in their order; `None` for one that cannot be opened.
    pub pictures: Vec<Option<Picture>>,
    /// Everything that is wrong.
    pub faults: Vec<Fault>,
}

impl Checked {
    /// Whether it can be opened: there is advice at most.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.faults.iter().all(|fault| fault.advice)
    }

    /// The exhibit.
    ///
    /// # Errors
    /// [`ExhibitError::Faults`] when there are any.
    pub fn good(self) -> Result<Self, ExhibitError> {
        let count = self.faults.iter().filter(|fault| !fault.advice).count();
        match self.faults.iter().find(|fault| !fault.advice) {
            None => Ok(self),
            Some(first) => Err(ExhibitError::Faults {
                folder: self.folder.clone(),
                count,
                first: Box::new(first.clone()),
            }),
        }
    }

    /// The exhibit's own texts of a language.
    #[must_use]
    pub fn texts(&self, language: &str) -> texts::Texts {
        let own = own_texts(&self.folder, language).ok().flatten();
        texts::Texts::new(language, own.as_deref())
    }
}

/// Checks the exhibit in `folder`; networks are looked up in the catalog of `home`.
///
/// # Errors
/// When there is no `exhibit.toml` that can be read, or no catalog.
pub fn check(folder: &Path, home: &Home) -> Result<Checked, ExhibitError> {
    let path = folder.join(MANIFEST);
    let text = read_text(&path, MAX_TEXT).map_err(|source| ExhibitError::Io {
        path: path.clone(),
        source,
    })?;
    let mut faults = Faults::of(MANIFEST);
    let exhibit = manifest::read(&text, &mut faults);
    let pictures = pictures(&path, &exhibit, &mut faults);
    models(&exhibit, &Catalog::load(home)?, home, &mut faults);
    let mut checked = Checked {
        folder: folder.to_owned(),
        exhibit,
        pictures,
        faults: faults.found,
    };
    for language in &checked.exhibit.languages {
        let name = format!("texts/{language}.ftl");
        let mut faults = Faults::of(&name);
        match own_texts(folder, language) {
            Ok(own) => texts::check(language, own.as_deref(), &mut faults),
            Err(error) => faults.add(None, error.to_string(), "write it as UTF-8 text"),
        }
        checked.faults.extend(faults.found);
    }
    checked.faults.extend(baked(&checked));
    checked.faults.extend(unsaid(&checked));
    Ok(checked)
}

/// The text of a language that an exhibit brings along.
pub(super) fn own_texts(folder: &Path, language: &str) -> std::io::Result<Option<String>> {
    // A language's tag is part of a path.
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if !language.chars().all(plain) {
        return Ok(None);
    }
    let name = format!("texts/{language}.ftl");
    let path = named_in(&folder.join(MANIFEST), Path::new(&name))?;
    match read_text(&path, MAX_TEXT) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}

fn pictures(manifest: &Path, exhibit: &Exhibit, faults: &mut Faults) -> Vec<Option<Picture>> {
    let mut seen: HashMap<String, String> = HashMap::new();
    if exhibit.pictures.len() > MOST_PICTURES {
        faults.add(
            None,
            format!("there are {} pictures", exhibit.pictures.len()),
            format!("keep at most {MOST_PICTURES}"),
        );
    }
    let wanted = exhibit.play.rounds as usize;
    if !exhibit.pictures.is_empty() && exhibit.pictures.len() < wanted {
        faults.add(
            Some(exhibit.at.rounds),
            format!(
                "a game has {wanted} rounds and there are {} pictures",
                exhibit.pictures.len()
            ),
            "add pictures or set play.rounds lower",
        );
    }
    exhibit
        .pictures
        .iter()
        .take(MOST_PICTURES)
        .map(|entry| {
            let line = Some(entry.line);
            if entry.file.is_empty() {
                return None;
            }
            let path = match named_in(manifest, Path::new(&entry.file)) {
                Ok(path) => path,
                Err(error) => {
                    faults.add(
                        line,
                        format!("{} {error}", entry.file),
                        "copy the picture into the folder pictures",
                    );
                    return None;
                }
            };
            if !path.exists() {
                faults.add(
                    line,
                    format!("the picture {} is not there", entry.file),
                    "put it into the folder or correct the name",
                );
                return None;
            }
            match crate::picture::open(&path) {
                Ok(picture) => {
                    let before = seen.insert(picture.sha256.clone(), entry.file.clone());
                    if let Some(before) = before {
                        faults.add(
                            line,
                            format!("{} is the same picture as {before}", entry.file),
                            "remove one of them",
                        );
                    }
                    Some(picture)
                }
                Err(error) => {
                    faults.add(line, error.to_string(), "save it anew as PNG or JPEG");
                    None
                }
            }
        })
        .collect()
}

fn models(exhibit: &Exhibit, catalog: &Catalog, home: &Home, faults: &mut Faults) {
    let known = || {
        let ids: Vec<&str> = catalog
            .models
            .iter()
            .map(|model| model.id.as_str())
            .collect();
        ids.join(", ")
    };
    if let Some(first) = exhibit
        .play
        .models
        .first()
        .filter(|_| exhibit.play.models.len() > 1)
    {
        faults.advise(
            Some(exhibit.at.models),
            format!("of play.models only {first} is asked about"),
            "name the others under play.opponents: then visitors play against them",
        );
    }
    for id in exhibit.play.networks() {
        let is_asked = exhibit.play.models.iter().any(|model| model == id);
        let line = Some(if is_asked {
            exhibit.at.models
        } else {
            exhibit.at.opponents
        });
        match catalog.model(id) {
            None => faults.add(
                line,
                format!("no network is called {id:?}"),
                format!("known are {}", known()),
            ),
            Some(entry) if !catalog.model_path(home, entry).exists() => faults.add(
                line,
                format!("the network {id} is not installed here"),
                "run models/install.py, or name another (see: saliscope models)",
            ),
            Some(_) => {}
        }
    }
    if let Err(why) = exhibit.play.method.parse::<Method>() {
        faults.add(
            Some(exhibit.at.method),
            format!("play.method: {}", why.to_string().replace('\n', " ")),
            "see: saliscope models methods",
        );
    }
}

/// Words of networks that visitors would read in English.
fn unsaid(checked: &Checked) -> Vec<Fault> {
    let Ok(baked) = Baked::read(&checked.folder) else {
        return Vec::new();
    };
    let exhibit = &checked.exhibit;
    let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for entry in &baked.entries {
        let played = checked.pictures.iter().flatten();
        let is_played = played.clone().any(|p| p.sha256 == entry.sha256)
            && exhibit.play.models.contains(&entry.model);
        let words = exhibit.labels.get(&entry.label);
        for language in exhibit.languages.iter().filter(|l| *l != "en") {
            let languages = missing.entry(&entry.label).or_default();
            let said = words.is_some_and(|words| words.contains_key(language));
            if is_played && !said && !languages.contains(&language.as_str()) {
                languages.push(language);
            }
        }
    }
    missing.retain(|_, languages| !languages.is_empty());
    let fault = |(label, languages): (&str, Vec<&str>)| Fault {
        file: MANIFEST.to_owned(),
        line: None,
        what: format!(
            "what the network says, {label:?}, has no word in {}",
            languages.join(", ")
        ),
        todo: format!(
            "add under [labels]: {label:?} = {{ {} = \"...\" }}",
            languages.join(" = \"...\", ")
        ),
        advice: true,
    };
    missing.into_iter().map(fault).collect()
}

/// What is to be said about `bake/`.
fn baked(checked: &Checked) -> Option<Fault> {
    let advice = |what: String| Fault {
        file: super::bake::BAKE.to_owned(),
        line: None,
        what,
        todo: format!("run: saliscope exhibit bake {}", checked.folder.display()),
        advice: true,
    };
    match Baked::read(&checked.folder) {
        Err(_) => Some(advice("nothing is prepared yet".to_owned())),
        Ok(baked) => {
            let wanted = checked.pictures.iter().flatten().flat_map(|picture| {
                let models = checked.exhibit.play.networks();
                models.map(|model| (picture.sha256.as_str(), model))
            });
            let method = checked.exhibit.play.method.as_str();
            let missing =
                wanted.filter(|(sha256, model)| baked.find(sha256, model, method).is_none());
            let rooms = &checked.exhibit.play.rooms;
            let lacks = |room: &str| {
                let wanted = rooms.iter().any(|other| other == room);
                wanted
                    && match room {
                        "stylize" => baked.styles.is_empty(),
                        _ => baked.entries.iter().all(|entry| entry.answers.is_empty()),
                    }
            };
            match missing.count() {
                0 if lacks("see-why") || lacks("stylize") => {
                    Some(advice("the rooms are not prepared".to_owned()))
                }
                0 => None,
                n => Some(advice(format!("{n} maps are not prepared"))),
            }
        }
    }
}
