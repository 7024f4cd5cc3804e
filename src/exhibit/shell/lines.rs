//! Every line that can be heard in a language, so that it can be spoken before the doors open.

use std::collections::BTreeSet;
use std::time::Duration;

use super::program::Shared;
use super::state::Screen;
use super::turn::Shell;
use crate::exhibit::texts::{Fill, keys, name_of};

/// Letters, teams and players that are counted, at most.
const COUNTED: u32 = 8;

/// Every line, or piece of one between its signs, that visitors can hear in the exhibit's `language`, by
/// its place in the exhibit's file.
#[must_use]
pub fn lines(program: &Shared, language: usize) -> BTreeSet<String> {
    let mut shell = Shell::new(program.clone(), Duration::ZERO, 0, 0);
    shell.visit.language = language;
    // So that the screen that plays by itself does not change the language.
    shell.visit.screen = Screen::Results;
    let mut lines = BTreeSet::new();
    for key in keys() {
        let text = shell.text(&key);
        // What has gaps is filled below.
        if !text.contains(['{', '$']) && key != "names" {
            lines.insert(text);
        }
    }
    for texts in &program.texts {
        lines.insert(name_of(texts.language()).to_owned());
        lines.insert(texts.get("language-choose", &[]));
    }
    lines.extend(shell.words(&program.title).cloned());
    counted(&shell, &mut lines);
    for number in 0..program.pieces.len() {
        of_piece(&shell, number, &mut lines);
    }
    lines.retain(|line| !line.trim().is_empty());
    lines
}

fn counted(shell: &Shell, lines: &mut BTreeSet<String>) {
    let mut number = |key: &str, range: std::ops::RangeInclusive<u32>| {
        for n in range {
            lines.insert(shell.filled(key, &[("n", Fill::Number(n.into()))]));
        }
    };
    number("points", 0..=100);
    number("stars", 0..=3 * shell.program.rounds as u32);
    for key in [
        "teams",
        "team-turn",
        "player-turn",
        "pass-on",
        "letter-up",
        "letter-down",
        "player-undo",
        "player-ready",
    ] {
        number(key, 1..=COUNTED);
    }
    number("pin-typed", 0..=COUNTED);
    number("pin-wait", 1..=30);
    let rounds = shell.program.rounds as u32;
    for n in 0..=3 * rounds {
        let stars = shell.filled("stars", &[("n", Fill::Number(n.into()))]);
        lines.insert(format!("{stars} ({n} / {})", 3 * rounds));
    }
    for key in ["rival-centre", "rival-crowd", "rival-network"] {
        let name = shell.text(key);
        for of in 1..=rounds {
            for n in 0..=of {
                let fill = [
                    ("name", Fill::Text(&name)),
                    ("n", Fill::Number(n.into())),
                    ("of", Fill::Number(of.into())),
                ];
                lines.insert(shell.filled("rival-beaten", &fill));
            }
        }
    }
    for n in 1..=rounds {
        let fill = [
            ("n", Fill::Number(n.into())),
            ("of", Fill::Number(rounds.into())),
        ];
        lines.insert(shell.filled("round", &fill));
    }
    for percent in 0..=100_u32 {
        let fill = [("percent", Fill::Number(percent.into()))];
        lines.insert(shell.filled("better-than", &fill));
    }
    let aids = [
        "bigger",
        "contrast",
        "reach",
        "read-aloud",
        "one-switch",
        "still",
    ];
    for key in aids {
        let name = shell.text(key);
        for key in ["on", "off"] {
            lines.insert(shell.filled(key, &[("name", Fill::Text(&name))]));
        }
    }
}

fn of_piece(shell: &Shell, number: usize, lines: &mut BTreeSet<String>) {
    let Some(piece) = shell.program.pieces.get(number) else {
        return;
    };
    let about = &piece.about;
    let label = shell.label_of(piece);
    let with = [("label", Fill::Text(&label))];
    for key in [
        "ask-network",
        "ask-own",
        "cover-ask",
        "cover-yes",
        "cover-no",
        "why-says",
        "skin-shape",
        "skin-skin",
        "skin-neither",
    ] {
        lines.insert(shell.filled(key, &with));
    }
    lines.insert(label.clone());
    lines.insert(shell.texts().looked(&piece.looked.fields));
    for words in [&about.title, &about.alt, &about.after] {
        lines.extend(shell.words(words).cloned());
    }
    let order = piece.parts_in_order();
    for (n, part) in order.iter().enumerate() {
        let name = shell.part_name(piece, (n + 1, order.len()), *part);
        if shell.program.what_if {
            lines.insert(shell.filled("what-if-covered", &[("name", Fill::Text(&name))]));
        }
        lines.insert(shell.filled("painted", &[("name", Fill::Text(&name))]));
        lines.insert(name);
    }
}
