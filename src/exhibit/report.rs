//! How an exhibit was used, from its journal, as a plain page.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use super::daily::day_of;
use super::error::ExhibitError;
use crate::files::made_by;
use crate::journal::{End, Gate, Health, Reading, Round, Session, day_name, read};

/// More guesses with a flag than this share ask for a look at the place.
const ALARM: f64 = 0.2;
/// Less free disk than that asks for room, in MB.
const LEAST_ROOM: f64 = 500.0;

/// Use of an exhibit.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Usage {
    /// By day, in days since 1970.
    pub days: BTreeMap<i64, Day>,
    /// By picture's name.
    pub pictures: BTreeMap<String, PictureUse>,
    /// Why visits ended.
    pub ended: BTreeMap<String, u64>,
    /// Languages chosen.
    pub languages: BTreeMap<String, u64>,
    /// Guesses with a flag, by flag.
    pub flags: BTreeMap<String, u64>,
    /// Guesses.
    pub guesses: u64,
    /// Guesses with any flag.
    pub flagged: u64,
    /// What the machine said of itself last.
    #[serde(skip)]
    pub health: Option<(String, Health)>,
    /// Lines of the journal that could not be read.
    pub unreadable: u64,
}

/// Use on a day.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Day {
    /// Visits.
    pub sessions: u64,
    /// Rounds that were played.
    pub rounds: u64,
    /// Seconds of visits that ended, together.
    pub seconds: f64,
    /// Visits that ended.
    pub ended: u64,
    /// Visits that were left before their end.
    pub left: u64,
}

/// Use of a picture.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PictureUse {
    /// Rounds.
    pub rounds: u64,
    /// Seconds of them together.
    pub seconds: f64,
    /// How many rounds had 0, 1, 2, 3 stars.
    pub stars: [u64; 4],
}

impl Usage {
    /// Reads the journal in `folder`; a missing one was not used. `utc_offset` in minutes.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(folder: &Path, utc_offset: i32) -> Result<Self, ExhibitError> {
        let mut usage = Self::default();
        let mut sessions = HashSet::new();
        let reading: Reading = read(folder, &mut |entry| {
            let day = usage.days.entry(day_of(entry.millis(), utc_offset));
            if let Some(round) = entry.read::<Round>() {
                let day = day.or_default();
                day.rounds += 1;
                // Rounds of the window have no line for their session.
                if sessions.insert(entry.session.clone()) {
                    day.sessions += 1;
                }
                usage.guesses += 1;
                // What is missing from the record is no fault of the guess.
                let is_fault = |flag: &String| !flag.starts_with("no-");
                usage.flagged += u64::from(round.flags.iter().any(is_fault));
                for flag in round.flags {
                    *usage.flags.entry(flag).or_default() += 1;
                }
                let picture = usage.pictures.entry(round.picture).or_default();
                picture.rounds += 1;
                if round.seconds.is_finite() {
                    picture.seconds += round.seconds;
                }
                if let Some(stars) = round.stars
                    && let Some(count) = picture.stars.get_mut(usize::from(stars))
                {
                    *count += 1;
                }
            } else if entry.read::<Session>().is_some() {
                let day = day.or_default();
                if sessions.insert(entry.session.clone()) {
                    day.sessions += 1;
                }
            } else if let Some(end) = entry.read::<End>() {
                let day = day.or_default();
                day.ended += 1;
                day.seconds += end.seconds.max(0.0);
                let why = serde_json::to_value(end.why).ok();
                let why = why.and_then(|why| why.as_str().map(str::to_owned));
                let why = why.unwrap_or_default();
                day.left += u64::from(why != "done");
                *usage.ended.entry(why).or_default() += 1;
            } else if let Some(gate) = entry.read::<Gate>() {
                *usage.languages.entry(gate.language).or_default() += 1;
            } else if let Some(health) = entry.read::<Health>() {
                usage.health = Some((entry.time.clone(), health));
            }
        })?;
        usage.unreadable = reading.unreadable;
        Ok(usage)
    }
}

/// The page: one file, no scripts, nothing loaded from elsewhere.
#[allow(clippy::too_many_lines, reason = "a page from top to bottom")]
#[must_use]
pub fn report(title: &str, usage: &Usage) -> String {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"generator\" content=\"{}\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>\nbody {{ font: 18px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #161a2b; background: #fff; }}\ntable {{ border-collapse: collapse; margin: 1em 0; }}\nth, td {{ padding: .3em .8em; border-bottom: 1px solid #bbb; text-align: right; }}\nth:first-child, td:first-child {{ text-align: left; }}\n.alarm {{ font-weight: bold; border-left: .4em solid #b00020; padding-left: .8em; }}\n</style>\n</head>\n<body>\n<h1>{title}</h1>\n",
        escape(&made_by()),
        title = escape(title),
    );
    let all: u64 = usage.days.values().map(|day| day.sessions).sum();
    let _ = writeln!(
        page,
        "<p>{all} visits, {} rounds on {} days.</p>",
        usage.guesses,
        usage.days.len()
    );
    let share = usage.flagged as f64 / usage.guesses.max(1) as f64;
    if usage.guesses >= 20 && share > ALARM {
        let _ = writeln!(
            page,
            "<p class=\"alarm\">{:.0} % of the guesses look like no guess (4 to 10 % are usual): look at the place. Is the touch screen dirty, the picture too high, the question not understood?</p>",
            100.0 * share
        );
    }
    let crashes = usage.ended.get("crash").copied().unwrap_or(0);
    if crashes > 0 {
        let _ = writeln!(
            page,
            "<p class=\"alarm\">{crashes} visits were cut off by a crash or a power cut: look at the machine's own log.</p>"
        );
    }
    page += &rested(usage.health.as_ref().map(|(_, health)| health));
    let stinted = ["no-strokes", "no-painting"].map(|flag| usage.flags.get(flag).unwrap_or(&0));
    let room = usage.health.as_ref().and_then(|(_, health)| health.disk);
    if stinted != [&0; 2] || room.is_some_and(|room| room < LEAST_ROOM) {
        let _ = writeln!(
            page,
            "<p class=\"alarm\">The disk is nearly full: {} guesses were kept without their strokes, {} without their painting. Clear the disk; scores are kept to the last.</p>",
            stinted[0], stinted[1]
        );
    }
    if usage.unreadable > 0 {
        let _ = writeln!(
            page,
            "<p class=\"alarm\">{} lines of the journal cannot be read: check the disk.</p>",
            usage.unreadable
        );
    }
    let days: Vec<Vec<String>> = usage
        .days
        .iter()
        .rev()
        .map(|(day, u)| {
            let minutes = u.seconds / 60.0 / (u.ended as f64).max(1.0);
            vec![
                day_name(*day),
                u.sessions.to_string(),
                u.rounds.to_string(),
                if u.ended > 0 {
                    format!("{minutes:.1}")
                } else {
                    "-".to_owned()
                },
                u.left.to_string(),
            ]
        })
        .collect();
    table(
        &mut page,
        "Days",
        &["day", "visits", "rounds", "minutes a visit", "left early"],
        &days,
    );
    let mut pictures: Vec<(&String, &PictureUse)> = usage.pictures.iter().collect();
    pictures.sort_by_key(|(name, u)| (std::cmp::Reverse(u.rounds), name.as_str()));
    let pictures: Vec<Vec<String>> = pictures
        .into_iter()
        .map(|(name, u)| {
            let mut row = vec![
                name.clone(),
                u.rounds.to_string(),
                format!("{:.0}", u.seconds / (u.rounds as f64).max(1.0)),
            ];
            row.extend(u.stars.iter().map(u64::to_string));
            row
        })
        .collect();
    table(
        &mut page,
        "Pictures",
        &[
            "picture",
            "rounds",
            "seconds a round",
            "no star",
            "1 star",
            "2 stars",
            "3 stars",
        ],
        &pictures,
    );
    for (title, name, counts) in [
        ("How visits ended", "why", &usage.ended),
        ("Languages", "language", &usage.languages),
        ("Guesses to look at twice", "flag", &usage.flags),
    ] {
        let rows: Vec<Vec<String>> = counts
            .iter()
            .map(|(what, n)| vec![what.clone(), n.to_string()])
            .collect();
        table(&mut page, title, &[name, "how often"], &rows);
    }
    if let Some((when, health)) = &usage.health {
        let figure = |value: Option<f64>, unit: &str| {
            value.map_or("-".to_owned(), |value| format!("{value:.0} {unit}"))
        };
        let row = vec![
            when.clone(),
            figure(health.memory, "MB"),
            figure(health.fps, "a second"),
            figure(health.disk, "MB"),
            health.restarts.map_or("-".to_owned(), |n| n.to_string()),
        ];
        table(
            &mut page,
            "The machine, last heard",
            &["when (UTC)", "memory", "frames", "free disk", "restarts"],
            &[row],
        );
    }
    page += "</body>\n</html>\n";
    page
}

/// Whether the screen had to rest, and what was to be seen meanwhile.
fn rested(health: Option<&Health>) -> String {
    let count = |of: fn(&Health) -> Option<u32>| health.and_then(of).unwrap_or(0);
    let (rests, dark) = (count(|health| health.rests), count(|health| health.dark));
    if rests == 0 {
        return String::new();
    }
    let seen = match dark {
        0 => "Visitors were told that it comes back.".to_owned(),
        dark => {
            format!("In {dark} of these rests not even that could be shown: the screen was black.")
        }
    };
    format!(
        "<p class=\"alarm\">The screen died so often that it had to rest {rests} times since the machine was switched on. {seen} Look at the machine's own log and its graphics driver.</p>\n"
    )
}

fn table(page: &mut String, title: &str, head: &[&str], rows: &[Vec<String>]) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(page, "<h2>{title}</h2>\n<table>");
    let cells = |tag: &str, cells: &mut dyn Iterator<Item = &str>| {
        let mut row = "<tr>".to_owned();
        for cell in cells {
            let _ = write!(row, "<{tag}>{}</{tag}>", escape(cell));
        }
        row + "</tr>\n"
    };
    *page += &cells("th", &mut head.iter().copied());
    for row in rows {
        *page += &cells("td", &mut row.iter().map(String::as_str));
    }
    *page += "</table>\n";
}

/// Text between tags and in attributes, without what acts.
fn escape(text: &str) -> String {
    crate::text::escaped(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Ended, Journal};

    #[test]
    fn the_page_tells_what_happened() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            Usage::read(&folder.path().join("none"), 0).unwrap(),
            Usage::default()
        );
        let mut journal = Journal::open(folder.path()).unwrap();
        for (n, why) in [Ended::Done, Ended::Idle, Ended::Idle]
            .into_iter()
            .enumerate()
        {
            journal.begin();
            journal
                .append(&Gate {
                    language: "de".to_owned(),
                    ..Gate::default()
                })
                .unwrap();
            journal
                .append(&Session {
                    mode: "single".to_owned(),
                    ..Session::default()
                })
                .unwrap();
            for round in 0..10 {
                journal
                    .append(&Round {
                        picture: "<b>Fox</b>".to_owned(),
                        seconds: 20.0,
                        stars: Some(round % 4),
                        flags: if round < 3 {
                            vec!["blank".to_owned()]
                        } else {
                            Vec::new()
                        },
                        ..Round::default()
                    })
                    .unwrap();
            }
            journal
                .append(&End {
                    why,
                    screen: String::new(),
                    seconds: 60.0 * (n + 1) as f64,
                    more: serde_json::Map::new(),
                })
                .unwrap();
        }
        let usage = Usage::read(folder.path(), 0).unwrap();
        let day = usage.days.values().next().unwrap();
        assert_eq!(
            (day.sessions, day.rounds, day.ended, day.left),
            (3, 30, 3, 2)
        );
        assert_eq!(day.seconds, 360.0);
        assert_eq!(usage.pictures["<b>Fox</b>"].stars, [9, 9, 6, 6]);
        assert_eq!(usage.ended["idle"], 2);
        assert_eq!(
            (usage.flagged, usage.flags["blank"], usage.languages["de"]),
            (9, 9, 3)
        );
        let page = report("Bonn & \"Graz\"", &usage);
        assert!(page.contains("<td>&lt;b&gt;Fox&lt;/b&gt;</td><td>30</td><td>20</td><td>9</td>"));
        assert!(page.contains("<h1>Bonn &amp; &quot;Graz&quot;</h1>"));
        assert!(page.contains("30 % of the guesses"), "the alarm");
        assert!(
            page.contains("<td>2.0</td><td>2</td>"),
            "minutes and left early"
        );
        assert!(!page.contains("http") && !page.contains("<script"));
        assert!(!page.contains("had to rest"));
    }

    #[test]
    fn a_screen_that_rested_is_told_of_and_one_that_was_black_too() {
        let told = |rests, dark| {
            let health = Health {
                restarts: Some(12),
                rests: Some(rests),
                dark: Some(dark),
                ..Health::default()
            };
            let usage = Usage {
                health: Some(("2026-11-26T09:00:00Z".to_owned(), health)),
                ..Usage::default()
            };
            report("Bonn", &usage)
        };
        assert!(!told(0, 0).contains("alarm\">"));
        let calm = told(2, 0);
        assert!(
            calm.contains("rest 2 times") && !calm.contains("black"),
            "{calm}"
        );
        assert!(told(2, 1).contains("In 1 of these rests"));
    }
}
