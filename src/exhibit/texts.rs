//! What visitors read, in their language. Six languages come along; an exhibit may replace any text,
//! and bring another language whole, in `texts/LANGUAGE.ftl` (Project Fluent).

use std::collections::BTreeSet;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use super::fault::{Faults, line_of};
use crate::guess::Field;

/// Languages that come along: tag, what it calls itself, texts.
const BUILT_IN: [(&str, &str, &str); 6] = [
    ("en", "English", include_str!("../../assets/exhibit/en.ftl")),
    ("de", "Deutsch", include_str!("../../assets/exhibit/de.ftl")),
    (
        "fr",
        "Fran\u{e7}ais",
        include_str!("../../assets/exhibit/fr.ftl"),
    ),
    (
        "es",
        "Espa\u{f1}ol",
        include_str!("../../assets/exhibit/es.ftl"),
    ),
    (
        "it",
        "Italiano",
        include_str!("../../assets/exhibit/it.ftl"),
    ),
    (
        "nl",
        "Nederlands",
        include_str!("../../assets/exhibit/nl.ftl"),
    ),
];

/// Written from the right: the screen cannot lay them out yet.
const FROM_THE_RIGHT: [&str; 10] = ["ar", "he", "fa", "ur", "yi", "ps", "sd", "ug", "dv", "ckb"];

/// The texts of one language.
pub struct Texts {
    language: String,
    own: FluentBundle<FluentResource>,
    english: FluentBundle<FluentResource>,
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Texts({})", self.language)
    }
}

/// Whether a language comes along.
#[must_use]
pub fn is_built_in(language: &str) -> bool {
    BUILT_IN.iter().any(|(tag, ..)| *tag == language)
}

/// What a language calls itself; its tag where that is not known.
#[must_use]
pub fn name_of(language: &str) -> &str {
    let known = BUILT_IN.iter().find(|(tag, ..)| *tag == language);
    known.map_or(language, |(_, name, _)| name)
}

/// Languages that come along.
pub fn built_in() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(tag, ..)| *tag)
}

/// The texts of a language that come along; empty for others.
pub(super) fn source_of(language: &str) -> &'static str {
    source(language)
}

/// Names of all texts.
#[must_use]
pub fn keys() -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let (resource, _) = parsed(source("en"));
    each_message(&resource, |key, _| {
        keys.insert(key.to_owned());
    });
    keys
}

fn source(language: &str) -> &'static str {
    let known = BUILT_IN.iter().find(|(tag, ..)| *tag == language);
    known.map_or("", |(.., text)| text)
}

type Problems = Vec<(usize, String)>;

/// What can be read of a text, and where it cannot be (byte and why).
fn parsed(text: &str) -> (FluentResource, Problems) {
    match FluentResource::try_new(text.to_owned()) {
        Ok(resource) => (resource, Vec::new()),
        Err((resource, errors)) => {
            let problems = errors
                .into_iter()
                .map(|error| (error.pos.start, error.kind.to_string()))
                .collect();
            (resource, problems)
        }
    }
}

fn each_message(resource: &FluentResource, mut each: impl FnMut(&str, &str)) {
    for line in resource.source().lines() {
        // Fluent's messages begin at the first column with their name.
        if let Some((key, rest)) = line.split_once('=')
            && key.starts_with(|c: char| c.is_ascii_alphabetic())
        {
            each(key.trim_end(), rest);
        }
    }
}

fn bundle(language: &str) -> FluentBundle<FluentResource> {
    let tag: LanguageIdentifier = language.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // The marks around what is filled in would be drawn as boxes.
    bundle.set_use_isolating(false);
    bundle
}

/// `$name`s in a text.
fn variables(text: &str) -> BTreeSet<String> {
    text.split('$')
        .skip(1)
        .map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
            rest.get(..end.unwrap_or(rest.len()))
                .unwrap_or_default()
                .to_owned()
        })
        .collect()
}

impl Texts {
    /// The texts of a language; `own` are the exhibit's, which replace those that come along. What is in
    /// neither is English.
    #[must_use]
    pub fn new(language: &str, own: Option<&str>) -> Self {
        let mut english = bundle("en");
        english.add_resource_overriding(parsed(source("en")).0);
        let mut texts = bundle(language);
        texts.add_resource_overriding(parsed(source(language)).0);
        if let Some(own) = own {
            texts.add_resource_overriding(parsed(own).0);
        }
        Self {
            language: language.to_owned(),
            own: texts,
            english,
        }
    }

    /// The language's tag.
    #[must_use]
    pub fn language(&self) -> &str {
        &self.language
    }

    /// A text with its gaps filled in; its name where there is none.
    #[must_use]
    pub fn get(&self, key: &str, fill: &[(&str, Fill<'_>)]) -> String {
        let mut gaps = FluentArgs::new();
        for (name, fill) in fill {
            match fill {
                Fill::Text(text) => gaps.set(*name, FluentValue::from(*text)),
                Fill::Number(number) => gaps.set(*name, FluentValue::from(*number)),
            }
        }
        for bundle in [&self.own, &self.english] {
            if let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) {
                let mut errors = Vec::new();
                let text = bundle.format_pattern(pattern, Some(&gaps), &mut errors);
                return text.into_owned();
            }
        }
        key.to_owned()
    }
}

impl Texts {
    /// One sentence about where the AI looked, from the most important place on; empty where there is
    /// none.
    #[must_use]
    pub fn looked(&self, fields: &[Field]) -> String {
        let place = |field: &Field| self.get(&format!("place-{}", field.id()), &[]);
        let places: Vec<String> = fields.iter().map(place).collect();
        match &places[..] {
            [] => String::new(),
            [first] => self.get("looked-one", &[("first", Fill::Text(first))]),
            [first, second] => self.get(
                "looked-two",
                &[("first", Fill::Text(first)), ("second", Fill::Text(second))],
            ),
            [first, second, third, ..] => self.get(
                "looked-three",
                &[
                    ("first", Fill::Text(first)),
                    ("second", Fill::Text(second)),
                    ("third", Fill::Text(third)),
                ],
            ),
        }
    }
}

/// What fills a gap in a text.
#[derive(Debug, Clone, Copy)]
pub enum Fill<'a> {
    /// Words.
    Text(&'a str),
    /// A number, which decides about the plural.
    Number(f64),
}

/// Checks the exhibit's texts of a language; `own` is the content of its file, if there is one.
pub(super) fn check(language: &str, own: Option<&str>, faults: &mut Faults) {
    let base = language.split(['-', '_']).next().unwrap_or(language);
    if FROM_THE_RIGHT.contains(&base) {
        faults.add(
            None,
            format!("{language} is written from the right, which cannot be shown yet"),
            "leave it out of languages in exhibit.toml",
        );
        return;
    }
    let Some(own) = own else {
        if !is_built_in(language) {
            faults.add(
                None,
                format!("the language {language} does not come along and this file is not there"),
                "write it (saliscope exhibit new makes a folder whose texts/en.ftl shows all texts), or take the language out of exhibit.toml",
            );
        }
        return;
    };
    for (byte, why) in parsed(own).1 {
        faults.add(
            Some(line_of(own, byte)),
            format!("this is no Fluent text: {why}"),
            "write `name = text`, further lines of a text indented",
        );
    }
    let known = keys();
    let (english, _) = parsed(source("en"));
    let mut gaps = std::collections::BTreeMap::new();
    let mut last = String::new();
    for line in english.source().lines() {
        if let Some((key, _)) = line
            .split_once('=')
            .filter(|_| !line.starts_with([' ', '#']))
        {
            key.trim_end().clone_into(&mut last);
        }
        let gaps: &mut BTreeSet<String> = gaps.entry(last.clone()).or_default();
        gaps.extend(variables(line));
    }
    let mut found = BTreeSet::new();
    let mut key = String::new();
    for (number, line) in own.lines().enumerate() {
        if let Some((name, _)) = line.split_once('=')
            && line.starts_with(|c: char| c.is_ascii_alphabetic())
        {
            name.trim_end().clone_into(&mut key);
            if !known.contains(&key) {
                faults.add(
                    Some(number + 1),
                    format!("no text is called {key}"),
                    "correct the name; texts/en.ftl of a new exhibit shows all",
                );
            }
            if !found.insert(key.clone()) {
                faults.add(
                    Some(number + 1),
                    format!("{key} is here a second time"),
                    "keep one of them",
                );
            }
        }
        if line.starts_with('#') {
            continue;
        }
        for gap in variables(line) {
            if gaps.get(&key).is_some_and(|gaps| !gaps.contains(&gap)) {
                faults.add(
                    Some(number + 1),
                    format!("nothing is filled in for ${gap} in {key}"),
                    "take the name from the English text",
                );
            }
        }
    }
    if !is_built_in(language) {
        for key in known.difference(&found) {
            faults.add(
                None,
                format!("the text {key} is missing"),
                "add it: visitors would read English there",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exhibit::Fault;

    fn checked(language: &str, own: Option<&str>) -> Vec<Fault> {
        let mut faults = Faults::of(format!("texts/{language}.ftl"));
        check(language, own, &mut faults);
        faults.found
    }

    #[test]
    fn six_languages_are_whole_and_say_what_is_filled_in() {
        let keys = keys();
        assert!(keys.len() > 50);
        for language in built_in() {
            let text = source(language);
            assert_eq!(parsed(text).1, [], "{language}");
            assert_eq!(checked("xx", Some(text)), [], "{language} is whole");
            let texts = Texts::new(language, None);
            for key in &keys {
                let fill = [
                    ("label", Fill::Text("ESPRESSO")),
                    ("first", Fill::Text("F1")),
                    ("second", Fill::Text("S2")),
                    ("third", Fill::Text("T3")),
                    ("n", Fill::Number(2.0)),
                    ("of", Fill::Number(3.0)),
                    ("percent", Fill::Number(70.0)),
                    ("name", Fill::Text("N")),
                    ("place", Fill::Text("P")),
                    ("time", Fill::Text("12:30")),
                ];
                let text = texts.get(key, &fill);
                assert!(
                    !text.contains(['{', '}', '$']) && !text.is_empty(),
                    "{language} {key}: {text}"
                );
                let words = text.split_whitespace().count();
                assert!(words <= 20, "{language} {key}: {words} words");
            }
            let ask = texts.get("ask-network", &[("label", Fill::Text("ESPRESSO"))]);
            assert!(ask.contains("ESPRESSO"), "{ask}");
            let stars = |n| texts.get("stars", &[("n", Fill::Number(n))]);
            assert!(
                stars(0.0) != stars(1.0) && stars(1.0) != stars(2.0) && stars(3.0).contains('3')
            );
        }
    }

    #[test]
    fn the_sentence_names_every_place_in_every_language() {
        for (name, answer) in crate::guess::testing::golden_answers() {
            let looked = crate::guess::Looked::of(&answer);
            for language in built_in() {
                let texts = Texts::new(language, None);
                let sentence = texts.looked(&looked.fields);
                for field in &looked.fields {
                    let place = texts.get(&format!("place-{}", field.id()), &[]);
                    assert!(sentence.contains(&place), "{name} {language}: {sentence}");
                }
                assert!(sentence.ends_with('.'), "{sentence}");
            }
            println!("{name}: {}", Texts::new("en", None).looked(&looked.fields));
        }
        let english = Texts::new("en", None);
        assert_eq!(
            english.looked(&[Field::TopLeft, Field::Bottom]),
            "It looked most at the upper left, and at the bottom too."
        );
        assert_eq!(english.looked(&[]), "");
    }

    #[test]
    fn an_exhibits_own_texts_replace_ours() {
        let own = "attract-title = Hallo Bonn!\n";
        let texts = Texts::new("de", Some(own));
        assert_eq!(texts.get("attract-title", &[]), "Hallo Bonn!");
        assert_eq!(texts.get("next", &[]), "N\u{e4}chstes Bild");
        assert_eq!(texts.get("none", &[]), "none");
        assert_eq!(Texts::new("sv", None).get("next", &[]), "Next picture");
    }

    #[test]
    fn faults_have_lines() {
        let lines = |own: &str| -> Vec<(Option<usize>, String)> {
            checked("de", Some(own))
                .into_iter()
                .map(|f| (f.line, f.what))
                .collect()
        };
        assert_eq!(lines("next = Weiter\n"), []);
        let found =
            lines("# mine\nnext = Weiter\nnxet = x\nnext = y\nround = { $n } { $m }\n\n= bad {\n");
        let line = |words: &str| {
            found
                .iter()
                .find(|(_, what)| what.contains(words))
                .map(|f| f.0)
        };
        assert_eq!(line("called nxet"), Some(Some(3)));
        assert_eq!(line("second time"), Some(Some(4)));
        assert_eq!(line("$m in round"), Some(Some(5)));
        assert_eq!(line("no Fluent text"), Some(Some(7)), "{found:?}");
        assert!(checked("ar", None)[0].what.contains("from the right"));
        assert!(checked("sv", None)[0].what.contains("not there"));
        let missing = checked("sv", Some("next = Nasta\n"));
        assert_eq!(missing.len(), keys().len() - 1);
    }
}
