//! The room in which parts of a picture are covered.

use super::*;
use crate::exhibit::shell::{Chance, Mark, Room as Beside, Told};
use crate::exhibit_window::change::Question;

const ROOM: &str = "[play]\nrooms = [\"what-if\"]\n";

fn entered(size: (f32, f32), width: f64, languages: &[&str]) -> Table {
    let mut table = Table::new(program_of(ROOM, languages), size, width);
    table.tap(pos2(size.0 / 2.0, size.1 / 2.0));
    if table.visit().screen == Screen::Language {
        table.room.by_proxy(Action::Language(0), table.now);
    }
    table.room.by_proxy(Action::Room(Beside::WhatIf), table.now);
    table.frame(Vec::new());
    table
}

fn asked(table: &Table) -> Vec<Question> {
    table.behind.changes.lock().unwrap().clone()
}

/// The network answers the last question.
fn answer(table: &mut Table, chances: &[(&str, f32, f32)]) {
    let question = asked(table).pop().unwrap();
    let told = Told {
        piece: question.piece,
        chances: chances
            .iter()
            .map(|(label, before, now)| Chance {
                label: (*label).to_owned(),
                before: *before,
                now: *now,
            })
            .collect(),
        colour: [10, 20, 30],
    };
    let given = Answer::Changed(question.number, Some(Box::new(told)));
    *table.behind.to_give.lock().unwrap() = vec![given];
    table.frame(Vec::new());
}

#[test]
fn a_tap_covers_a_part_and_the_answer_comes_with_bars() {
    let mut table = entered((1920.0, 1080.0), 598.0, &["en"]);
    // The picture as it is is asked about first, once.
    assert_eq!(asked(&table).len(), 1);
    assert!(asked(&table)[0].marks.is_empty());
    table.frame(Vec::new());
    assert_eq!(asked(&table).len(), 1);
    answer(&mut table, &[("cat", 0.6, 0.6), ("dog", 0.2, 0.2)]);
    assert!(table.has("The AI says: cat.") && table.has("cat: 60 %"));
    let at = table.plan().picture.unwrap().center();
    table.tap(at);
    let question = asked(&table).pop().unwrap();
    assert!(
        matches!(question.marks[..], [Mark::Part { on: true, .. }]),
        "{question:?}"
    );
    answer(&mut table, &[("cat", 0.6, 0.1), ("dog", 0.2, 0.4)]);
    assert!(table.has("Now it says dog.") && table.has("cat: 60 %, now 10 %"));
    // A tap on it brings it back.
    table.tap(at);
    let question = asked(&table).pop().unwrap();
    assert!(
        matches!(question.marks[..], [_, Mark::Part { on: false, .. }]),
        "{question:?}"
    );
}

#[test]
fn a_stroke_is_asked_about_while_it_is_made_one_question_at_a_time() {
    let mut table = entered((1920.0, 1080.0), 598.0, &["en"]);
    answer(&mut table, &[("cat", 0.6, 0.6)]);
    let at = table.plan().picture.unwrap().center();
    table.touch(egui::TouchPhase::Start, at);
    table.touch(egui::TouchPhase::Move, at + vec2(80.0, 10.0));
    let first = asked(&table).pop().unwrap();
    assert!(matches!(first.marks[..], [Mark::Stroke(_)]), "{first:?}");
    // While the network thinks, nothing more is asked; then what is true by then.
    table.touch(egui::TouchPhase::Move, at + vec2(160.0, 10.0));
    table.touch(egui::TouchPhase::Move, at + vec2(240.0, 10.0));
    assert_eq!(asked(&table).pop().unwrap(), first);
    answer(&mut table, &[("cat", 0.6, 0.5)]);
    let second = asked(&table).pop().unwrap();
    let length = |question: &Question| match &question.marks[..] {
        [Mark::Stroke(stroke)] => stroke.x.len(),
        other => panic!("{other:?}"),
    };
    assert!(length(&second) > length(&first));
    assert_eq!(second.number, first.number + 1);
    table.touch(egui::TouchPhase::End, at + vec2(240.0, 10.0));
    assert_eq!(table.room.shell().covered().unwrap().1.len(), 1);
    answer(&mut table, &[("cat", 0.6, 0.4)]);
    assert!(table.has("cat: 60 %, now 40 %"));
}

#[test]
fn the_light_is_the_changed_pictures_own_and_goes_with_the_next_change() {
    let mut table = entered((1920.0, 1080.0), 598.0, &["en"]);
    answer(&mut table, &[("cat", 0.6, 0.6)]);
    table.room.by_proxy(Action::Part(2), table.now);
    table.frame(Vec::new());
    answer(&mut table, &[("cat", 0.6, 0.5)]);
    assert!(!table.has("It looked most"));
    let lit = crate::exhibit::shell::testing::piece(1);
    let words = table.room.shell().texts().looked(&lit.looked.fields);
    let number = asked(&table).pop().unwrap().number;
    let given = |number| Answer::Lit(number, Box::new(crate::exhibit::shell::testing::piece(1)));
    // Of something older it is no answer.
    *table.behind.to_give.lock().unwrap() = vec![given(number - 1)];
    table.frame(Vec::new());
    assert!(!table.has(&words));
    *table.behind.to_give.lock().unwrap() = vec![given(number)];
    table.frame(Vec::new());
    table.frame(Vec::new());
    assert!(table.has(&words), "{words}");
    assert!(!table.room.is_fresh());
    table.room.by_proxy(Action::Part(7), table.now);
    table.frame(Vec::new());
    assert!(!table.has(&words));
    table.room.by_proxy(Action::Home, table.now);
    table.frame(Vec::new());
    assert!(table.room.is_fresh());
}

#[test]
fn it_has_room_on_every_screen_in_every_language_and_size_of_letters() {
    for (size, width) in [((1920.0, 1080.0), 598.0), ((1080.0, 1920.0), 336.0)] {
        for language in ["en", "de", "fr", "es", "it", "nl"] {
            let mut table = entered(size, width, &[language]);
            let least = table.size.x / width as f32 * 4.8 / 0.85;
            super::layout::sound(&table, least);
            table.room.by_proxy(Action::Strongest, table.now);
            table.frame(Vec::new());
            let longest = "black-and-tan coonhound";
            let chances = [
                (longest, 0.55, 0.0),
                ("Egyptian cat", 0.25, 0.1),
                ("window screen", 0.01, 0.71),
            ];
            answer(&mut table, &chances);
            super::layout::sound(&table, least);
            assert_eq!(table.room.shell().chances().len(), 3);
            table.room.by_proxy(Action::Help, table.now);
            table.room.by_proxy(Action::Toggle(Aid::Large), table.now);
            table.room.by_proxy(Action::Back, table.now);
            table.frame(Vec::new());
            super::layout::sound(&table, 1.0);
            assert_eq!(table.room.shell().chances().len(), 2);
        }
    }
}
