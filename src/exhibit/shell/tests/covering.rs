//! The room in which parts of a picture are covered.

use super::super::testing::{Stage, program_of};
use super::super::*;
use crate::guess::Field;
use crate::journal::Stroke;

const ROOM: &str = "[play]\nrooms = [\"what-if\"]\n";

fn chance(label: &str, before: f32, now: f32) -> Chance {
    Chance {
        label: label.to_owned(),
        before,
        now,
    }
}

fn tell(stage: &mut Stage, piece: usize, chances: Vec<Chance>) {
    let told = Told {
        piece,
        chances,
        colour: [9, 8, 7],
    };
    stage.take(Input::Changed(Some(Box::new(told))));
}

fn entered(lines: &str) -> Stage {
    let mut stage = Stage::new(program_of(lines, &["en"]));
    stage.tap(300.0, 200.0);
    stage.press("What if?");
    stage
}

fn says(stage: &Stage) -> String {
    stage.shell.says().join("\n")
}

#[test]
fn what_is_covered_is_told_before_and_after_and_can_be_taken_back() {
    let mut stage = entered(ROOM);
    assert_eq!(stage.shell.covered(), Some((0, Vec::new())));
    assert!(says(&stage).contains("Tap a part"), "{}", says(&stage));
    assert!(stage.shell.chances().is_empty());
    let before = || vec![chance("cat, animal", 0.62, 0.62), chance("dog", 0.2, 0.2)];
    tell(&mut stage, 0, before());
    let said = says(&stage);
    assert!(
        said.contains("The AI says: cat.") && said.contains("cat: 62 %"),
        "{said}"
    );
    assert!(!said.contains("animal") && !said.contains("now"), "{said}");
    assert_eq!(stage.shell.chances(), [(0.62, 0.62), (0.2, 0.2)]);
    stage.press("Part 3 of 16");
    let (_, marks) = stage.shell.covered().unwrap();
    assert!(
        matches!(marks[..], [Mark::Part { on: true, .. }]),
        "{marks:?}"
    );
    assert!(stage.has(": covered"));
    tell(
        &mut stage,
        0,
        vec![
            chance("cat, animal", 0.62, 0.31),
            chance("dog", 0.2, 0.3),
            chance("lamp", 0.1, 0.05),
            chance("fox", 0.0, 0.33),
        ],
    );
    let said = says(&stage);
    assert!(said.starts_with("Now it says fox."), "{said}");
    assert!(said.contains("cat: 62 %, now 31 %"), "{said}");
    // What it said, what it says, and one more: in their order.
    assert_eq!(
        stage.shell.chances(),
        [(0.62, 0.31), (0.2, 0.3), (0.0, 0.33)]
    );
    stage.take(Input::Lit(0, vec![Field::TopLeft]));
    assert!(says(&stage).contains("It looked most at the upper left."));
    stage.press("Undo");
    assert_eq!(stage.shell.covered(), Some((0, Vec::new())));
    assert!(!stage.has("Undo") && !stage.has(": covered"));
    assert!(!says(&stage).contains("upper left"), "{}", says(&stage));
}

#[test]
fn what_it_looked_at_is_covered_with_one_button_and_that_is_one_step() {
    let mut stage = entered(ROOM);
    stage.press("Cover what it looked at");
    let (_, marks) = stage.shell.covered().unwrap();
    let piece = &stage.shell.program().pieces[0];
    let painting = piece.painting(&marks, false);
    let (mut strong, mut found) = (0, 0);
    for (pixel, label) in piece.answer.labels().iter().enumerate() {
        if (1..=3).contains(label) {
            strong += 1;
            found += usize::from(painting.get(pixel).is_some());
        }
    }
    assert!(2 * found > strong, "{found} of {strong}");
    // Once is enough.
    assert!(!stage.has("Cover what it looked at"));
    stage.press("Undo");
    assert_eq!(stage.shell.covered(), Some((0, Vec::new())));
    assert!(stage.has("Cover what it looked at"));
}

#[test]
fn a_finger_covers_too_and_the_next_picture_is_whole() {
    let mut stage = entered(ROOM);
    let stroke = Stroke {
        b: 1,
        r: 45,
        x: vec![100, 500],
        y: vec![100, 500],
        t: vec![0, 9],
    };
    stage.take(Input::Painted(stroke.clone(), Device::Touch));
    assert_eq!(stage.shell.covered(), Some((0, vec![Mark::Stroke(stroke)])));
    stage.press("Next picture");
    assert_eq!(stage.shell.covered(), Some((1, Vec::new())));
    // What comes late is of the picture before.
    tell(&mut stage, 0, vec![chance("cat", 0.5, 0.1)]);
    assert!(!stage.shell.visit().covering.is_told());
    stage.press("Play the game");
    assert_eq!(stage.shell.covered(), None);
    tell(&mut stage, 1, vec![chance("cat", 0.5, 0.1)]);
    assert!(!stage.shell.visit().covering.is_told());
    stage.press("To the start");
    assert_eq!(*stage.shell.visit(), Visit::default());
}

#[test]
fn where_the_network_cannot_be_asked_that_is_said() {
    let mut stage = entered(ROOM);
    stage.take(Input::Changed(None));
    assert_eq!(says(&stage), "The AI cannot be asked now.");
    assert!(stage.shell.chances().is_empty() && stage.has("Play the game"));
    // It may come back.
    tell(&mut stage, 0, vec![chance("cat", 0.5, 0.1)]);
    assert!(says(&stage).contains("cat"));
}

#[test]
fn answers_have_the_words_that_the_exhibit_has_for_them() {
    let lines = format!("{ROOM}[labels]\n\"cat, animal\" = {{ en = \"A CAT\" }}\n");
    let mut stage = entered(&lines);
    tell(&mut stage, 0, vec![chance("cat, animal", 0.5, 0.5)]);
    assert!(says(&stage).contains("A CAT: 50 %"), "{}", says(&stage));
}

#[test]
fn no_sentence_is_longer_than_fifteen_words_in_any_language() {
    for language in crate::exhibit::built_in() {
        let texts = crate::exhibit::Texts::new(language, None);
        for key in [
            "room-what-if",
            "what-if-ask",
            "what-if-most",
            "what-if-none",
        ] {
            let text = texts.get(key, &[]);
            for sentence in text.split(['.', '?', '!']) {
                let words = sentence.split_whitespace().count();
                assert!(words <= 15, "{language} {key}: {sentence}");
            }
        }
    }
}
