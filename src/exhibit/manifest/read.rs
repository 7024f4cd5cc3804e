//! Reading `exhibit.toml`: all that is wrong with it in one go, each fault at its line.

use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Exhibit, Lines, PictureEntry, Play, Screen, Times, Words};
use crate::exhibit::fault::{Faults, line_of};
use crate::exhibit::hours::{Hours, Summer};

/// The licence of an example, which nobody has.
pub(in crate::exhibit) const EXAMPLE_LICENCE: &str = "CC BY 4.0, A. Person";

const SECTIONS: [&str; 13] = [
    "format",
    "id",
    "title",
    "languages",
    "utc_offset",
    "summer_time",
    "screen",
    "times",
    "play",
    "access",
    "log",
    "labels",
    "picture",
];

/// Reads the file's text.
pub(in crate::exhibit) fn read(text: &str, faults: &mut Faults) -> Exhibit {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let line = error.span().map(|span| line_of(text, span.start));
        let what = error.message().replace('\n', ", ");
        faults.add(
            line,
            what,
            "correct the line: name = value, words in quotes",
        );
    }
    let mut reader = Reader { text, faults };
    let root = Section {
        table: table.get_ref(),
        name: "",
        line: 1,
    };
    reader.exhibit(&root)
}

struct Reader<'a, 'f> {
    text: &'a str,
    faults: &'f mut Faults,
}

struct Section<'a> {
    table: &'a DeTable<'a>,
    name: &'static str,
    line: usize,
}

impl Section<'_> {
    fn key(&self, name: &str) -> String {
        if self.name.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.name)
        }
    }
}

impl Reader<'_, '_> {
    fn line(&self, value: &Spanned<DeValue<'_>>) -> usize {
        line_of(self.text, value.span().start)
    }

    fn known(&mut self, section: &Section<'_>, known: &[&str]) {
        for key in section.table.keys() {
            let name = key.get_ref();
            if !known.contains(&name.as_ref()) {
                let line = line_of(self.text, key.span().start);
                self.faults.add(
                    Some(line),
                    format!("nothing is called {}", section.key(name)),
                    format!("correct or remove it; known here are {}", known.join(", ")),
                );
            }
        }
    }

    /// The value of a key, with its line, when it is what `take` takes.
    fn value<'s, T>(
        &mut self,
        section: &Section<'s>,
        name: &str,
        expected: &str,
        take: impl FnOnce(&'s DeValue<'s>) -> Option<T>,
    ) -> Option<(T, usize)> {
        let value = section.table.get(name)?;
        let line = self.line(value);
        let taken = take(value.get_ref());
        if taken.is_none() {
            self.faults.add(
                Some(line),
                format!("{} is not {expected}", section.key(name)),
                format!("write {expected}"),
            );
        }
        taken.map(|taken| (taken, line))
    }

    /// The line of a key, or of its section where it is not written.
    fn line_in(&self, section: &Section<'_>, name: &str) -> usize {
        let value = section.table.get(name);
        value.map_or(section.line, |value| self.line(value))
    }

    fn text(&mut self, section: &Section<'_>, name: &str) -> Option<(String, usize)> {
        let take = |value: &DeValue<'_>| Some(value.as_str()?.trim().to_owned());
        let (text, line) = self.value(section, name, "a text in quotes", take)?;
        if text.is_empty() {
            self.faults.add(
                Some(line),
                format!("{} is empty", section.key(name)),
                "write something or remove the line",
            );
            return None;
        }
        Some((text, line))
    }

    fn needed(&mut self, section: &Section<'_>, name: &str, example: &str) -> (String, usize) {
        if !section.table.contains_key(name) {
            self.faults.add(
                Some(section.line),
                format!("{} is missing", section.key(name)),
                format!("add a line such as {name} = {example}"),
            );
        }
        self.text(section, name).unwrap_or_default()
    }

    fn one_of(&mut self, section: &Section<'_>, name: &str, known: &[&str]) -> String {
        let first = known.first().copied().unwrap_or_default().to_owned();
        let Some((text, line)) = self.text(section, name) else {
            return first;
        };
        if known.contains(&text.as_str()) {
            return text;
        }
        self.faults.add(
            Some(line),
            format!("{} cannot be {text:?}", section.key(name)),
            format!("write one of {}", known.join(", ")),
        );
        first
    }

    fn number(
        &mut self,
        section: &Section<'_>,
        name: &str,
        usual: f64,
        low: f64,
        high: f64,
    ) -> f64 {
        let take = |value: &DeValue<'_>| {
            let text = match (value.as_integer(), value.as_float()) {
                (Some(whole), _) if whole.radix() == 10 => whole.as_str(),
                (_, Some(float)) => float.as_str(),
                _ => return None,
            };
            let number: f64 = text.replace('_', "").parse().ok()?;
            (low..=high).contains(&number).then_some(number)
        };
        let expected = format!("a number from {low} to {high}");
        self.value(section, name, &expected, take)
            .map_or(usual, |found| found.0)
    }

    fn truth(&mut self, section: &Section<'_>, name: &str, usual: bool) -> bool {
        self.value(section, name, "true or false", DeValue::as_bool)
            .map_or(usual, |found| found.0)
    }

    fn list(&mut self, section: &Section<'_>, name: &str, usual: &[&str]) -> (Vec<String>, usize) {
        let take = |value: &DeValue<'_>| {
            let items = value.as_array()?.iter();
            items
                .map(|item| Some(item.get_ref().as_str()?.trim().to_owned()))
                .collect::<Option<Vec<_>>>()
        };
        let found = self.value(
            section,
            name,
            "a list of texts such as [\"a\", \"b\"]",
            take,
        );
        match found {
            Some((list, line)) if list.is_empty() => {
                self.faults.add(
                    Some(line),
                    format!("{} is empty", section.key(name)),
                    "name at least one or remove the line",
                );
                (usual.iter().map(|&u| u.to_owned()).collect(), line)
            }
            Some(found) => found,
            None => (usual.iter().map(|&u| u.to_owned()).collect(), section.line),
        }
    }

    fn some_of(
        &mut self,
        section: &Section<'_>,
        name: &str,
        usual: &[&str],
        known: &[&str],
    ) -> Vec<String> {
        let (mut list, line) = self.list(section, name, usual);
        for item in list.iter().filter(|item| !known.contains(&item.as_str())) {
            self.faults.add(
                Some(line),
                format!("{} cannot hold {item:?}", section.key(name)),
                format!("known are {}", known.join(", ")),
            );
        }
        list.retain(|item| known.contains(&item.as_str()));
        list
    }

    /// Words by language: `{ en = "...", de = "..." }`.
    fn words(&mut self, section: &Section<'_>, name: &str, needed: Option<&[String]>) -> Words {
        let take = |value: &'_ DeValue<'_>| {
            let table = value.as_table()?.iter();
            table
                .map(|(key, value)| {
                    let text = value.get_ref().as_str()?.trim().to_owned();
                    Some((key.get_ref().to_string(), text))
                })
                .collect::<Option<Words>>()
        };
        let expected = "texts by language such as { en = \"Fox\", de = \"Fuchs\" }";
        let found = self.value(section, name, expected, take);
        let line = found.as_ref().map_or(section.line, |found| found.1);
        let mut words = found.map(|found| found.0).unwrap_or_default();
        words.retain(|_, text| !text.is_empty());
        for language in needed.unwrap_or_default() {
            if !words.contains_key(language) {
                self.faults.add(
                    Some(line),
                    format!("{} has no text in {language}", section.key(name)),
                    format!("write {name} = {{ {language} = \"...\" }} there"),
                );
            }
        }
        words
    }

    fn section<'s>(
        &mut self,
        root: &Section<'s>,
        name: &'static str,
        empty: &'s DeTable<'s>,
    ) -> Section<'s> {
        let found = self.value(root, name, "a section such as [screen]", DeValue::as_table);
        let (table, line) = found.unwrap_or((empty, 1));
        Section { table, name, line }
    }

    fn exhibit(&mut self, root: &Section<'_>) -> Exhibit {
        self.known(root, &SECTIONS);
        let empty = DeTable::new();
        self.number(root, "format", 1.0, 1.0, 1.0);
        let (id, id_line) = self.needed(root, "id", "\"museum-bonn\"");
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if !id.is_empty() && (!id.chars().all(plain) || id.len() > 60) {
            self.faults.add(
                Some(id_line),
                "the id has other signs than letters, digits, - and _, or more than 60".to_owned(),
                "choose a short plain name: it names files",
            );
        }
        let (languages, _) = self.list(root, "languages", &["en"]);
        let title = self.words(root, "title", Some(&languages));
        let screen = self.section(root, "screen", &empty);
        self.known(&screen, &["width_mm", "viewing_mm", "bottom_mm"]);
        let times = self.section(root, "times", &empty);
        self.known(
            &times,
            &["idle_play", "idle_read", "countdown", "round", "open"],
        );
        let play = self.section(root, "play", &empty);
        self.known(
            &play,
            &[
                "modes",
                "prompts",
                "models",
                "method",
                "opponents",
                "rooms",
                "rounds",
                "grid",
                "board",
                "share",
            ],
        );
        let access = self.section(root, "access", &empty);
        self.known(&access, &["speech", "switch"]);
        let log = self.section(root, "log", &empty);
        self.known(&log, &["strokes", "keep_days"]);
        let labels = self.section(root, "labels", &empty);
        let at = Lines {
            models: self.line_in(&play, "models"),
            opponents: self.line_in(&play, "opponents"),
            method: self.line_in(&play, "method"),
            rounds: self.line_in(&play, "rounds"),
        };
        Exhibit {
            id,
            title,
            utc_offset: self.offset(root),
            summer: Summer::named(&self.one_of(root, "summer_time", &Summer::NAMES)),
            screen: Screen {
                width: self.number(&screen, "width_mm", Screen::USUAL, 100.0, 5000.0),
                viewing: self.number(&screen, "viewing_mm", 600.0, 200.0, 5000.0),
                bottom: self.number(&screen, "bottom_mm", 850.0, 0.0, 3000.0),
            },
            times: Times {
                idle_play: self.number(&times, "idle_play", 45.0, 10.0, 600.0),
                idle_read: self.number(&times, "idle_read", 60.0, 10.0, 600.0),
                countdown: self.number(&times, "countdown", 30.0, 10.0, 600.0),
                round: self.number(&times, "round", 0.0, 0.0, 600.0),
                open: self.hours(&times),
            },
            play: Play {
                modes: self.some_of(
                    &play,
                    "modes",
                    &["single"],
                    &["single", "duel", "side-by-side", "daily", "class"],
                ),
                prompts: self.some_of(&play, "prompts", &["network"], &["network", "own-eyes"]),
                models: self
                    .list(&play, "models", &[crate::classifier::DEFAULT_MODEL])
                    .0,
                method: self
                    .text(&play, "method")
                    .map_or("xrai".to_owned(), |found| found.0),
                opponents: self.list(&play, "opponents", &["centre"]).0,
                rooms: self.some_of(&play, "rooms", &[], &["see-why", "stylize", "what-if"]),
                rounds: self.number(&play, "rounds", 3.0, 1.0, 20.0) as u32,
                grid: self.grid(&play),
                board: self.one_of(&play, "board", &["generated", "initials", "none"]),
                share: self.one_of(&play, "share", &["qr-text", "none"]),
            },
            speech: self.truth(&access, "speech", true),
            switch: self.truth(&access, "switch", true),
            strokes: self.truth(&log, "strokes", true),
            keep_days: self.number(&log, "keep_days", 0.0, 0.0, 36_500.0) as u32,
            labels: self.labels(&labels),
            pictures: self.pictures(root, &languages),
            languages,
            at,
        }
    }

    /// What the curator calls answers of the network.
    fn labels(&mut self, section: &Section<'_>) -> BTreeMap<String, Words> {
        let named = section.table.keys().map(|key| {
            let label = key.get_ref().to_string();
            let words = self.words(section, &label, None);
            (label, words)
        });
        named.collect()
    }

    /// Fields along each side that a class calls.
    fn grid(&mut self, play: &Section<'_>) -> u32 {
        let take = |value: &DeValue<'_>| {
            let whole = value.as_integer().filter(|whole| whole.radix() == 10)?;
            let grid: u32 = whole.as_str().parse().ok()?;
            [4, 6, 8].contains(&grid).then_some(grid)
        };
        let found = self.value(play, "grid", "4, 6 or 8", take);
        found.map_or(6, |found| found.0)
    }

    fn hours(&mut self, times: &Section<'_>) -> Hours {
        let (lines, line) = self.list(times, "open", &[]);
        Hours::read(&lines).unwrap_or_else(|(wrong, why)| {
            self.faults.add(
                Some(line),
                format!("times.open cannot be {wrong:?}"),
                format!("{why}: open = [\"Tu-Su 10:00-18:00\"]"),
            );
            Hours::default()
        })
    }

    /// `+01:00` in minutes.
    fn offset(&mut self, root: &Section<'_>) -> i32 {
        let Some((text, line)) = self.text(root, "utc_offset") else {
            return 0;
        };
        let parsed = || -> Option<i32> {
            let (sign, rest) = match text.split_at_checked(1)? {
                ("+", rest) => (1, rest),
                ("-", rest) => (-1, rest),
                _ => return None,
            };
            let (hours, minutes) = rest.split_once(':')?;
            let two = |digits: &str| -> Option<i32> {
                let plain = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
                plain.then(|| digits.parse().ok()).flatten()
            };
            let minutes = two(hours)? * 60 + two(minutes)?;
            (minutes <= 14 * 60).then_some(sign * minutes)
        };
        parsed().unwrap_or_else(|| {
            self.faults.add(
                Some(line),
                format!("utc_offset cannot be {text:?}"),
                "write how far your clock is ahead of UTC, such as \"+01:00\"",
            );
            0
        })
    }

    fn pictures(&mut self, root: &Section<'_>, languages: &[String]) -> Vec<PictureEntry> {
        let Some(value) = root.table.get("picture") else {
            self.faults.add(
                None,
                "there is no picture",
                "add one: [[picture]] with file, licence, title and alt",
            );
            return Vec::new();
        };
        let Some(entries) = value.get_ref().as_array() else {
            let line = self.line(value);
            self.faults.add(
                Some(line),
                "picture is one section",
                "write [[picture]] with two brackets on each side, once for each",
            );
            return Vec::new();
        };
        let mut pictures = Vec::new();
        for entry in entries {
            let line = self.line(entry);
            let Some(table) = entry.get_ref().as_table() else {
                self.faults.add(
                    Some(line),
                    "a picture is no section",
                    "write [[picture]] before it",
                );
                continue;
            };
            let section = Section {
                table,
                name: "picture",
                line,
            };
            self.known(
                &section,
                &["file", "licence", "level", "title", "alt", "after"],
            );
            let (file, at) = self.needed(&section, "file", "\"pictures/fox.jpg\"");
            let (licence, at_licence) =
                self.needed(&section, "licence", &format!("{EXAMPLE_LICENCE:?}"));
            if licence == EXAMPLE_LICENCE {
                self.faults.advise(
                    Some(at_licence),
                    format!("the licence of {file} is the example's"),
                    "write who made the picture and what is allowed: visitors read it",
                );
            }
            let after = self.words(&section, "after", None);
            for (language, text) in &after {
                let words = text.split_whitespace().count();
                if words > 50 {
                    self.faults.advise(
                        Some(line),
                        format!("the text after {file} has {words} words in {language}"),
                        "nobody reads more than 50 standing: shorten it",
                    );
                }
            }
            let title = self.words(&section, "title", Some(languages));
            let alt = self.words(&section, "alt", Some(languages));
            let same = alt
                .iter()
                .filter(|(tag, text)| title.get(*tag) == Some(*text));
            let same: Vec<&str> = same.map(|(tag, _)| tag.as_str()).collect();
            if !same.is_empty() {
                self.faults.advise(
                    Some(self.line_in(&section, "alt")),
                    format!(
                        "the alt of {file} only repeats its title in {}",
                        same.join(", ")
                    ),
                    "write what is to be seen: who does not see it hears that",
                );
            }
            pictures.push(PictureEntry {
                level: self.one_of(&section, "level", &["auto", "easy", "medium", "hard"]),
                title,
                alt,
                file,
                licence,
                after,
                line: if at > 0 { at } else { line },
            });
        }
        pictures
    }
}
