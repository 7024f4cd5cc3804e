//! The checks of a map and the truth beside a picture, as the right column shows them.

use std::sync::Arc;

use egui_kittest::kittest::Queryable as _;

use super::super::{Ask, Card, Fact, Said, Trust};
use super::{program, tab_to, window};
use crate::saliency::check::{Grade, Verdict};
use crate::tabs::hands::press;
use crate::ui::widgets::Series;

fn card() -> Card {
    let line = |name: &str| Series {
        name: name.to_owned(),
        values: [1.0, 0.6, 0.4, 0.2, 0.1, 0.1, 0.0].map(Some).into(),
        intervals: Vec::new(),
    };
    Card {
        verdict: Verdict {
            grade: Grade::Mixed,
            summary: "The checks disagree.",
            reasons: vec!["The score falls sooner.".to_owned()],
            caveat: "Nothing is certain.",
        },
        remark: Some("The map is empty.".to_owned()),
        pixels: vec![line("Deletion, area 0.100"), line("Insertion, area 0.900")],
        information: Vec::new(),
    }
}

#[test]
fn a_map_is_checked_on_request_and_the_check_can_be_stopped() {
    let mut window = window(program(), 1280.0, 1400.0);
    tab_to(&mut window, "Check this map");
    press(&mut window, bevy_egui::egui::Key::Enter);
    assert_eq!(window.state().asks, [Ask::CheckMap]);
    window.state_mut().look.trust = Trust::Running(0.4);
    window.run_steps(2);
    assert!(window.query_by_label("Check this map").is_none());
    window.get_by_label("Stop the check").click();
    window.run_steps(2);
    assert_eq!(window.state().asks.last(), Some(&Ask::StopCheck));
    window.state_mut().look.trust = Trust::Failed("The network failed.".to_owned());
    window.run_steps(2);
    window.get_by_label("The network failed.");
    window.get_by_label("Check again");
    window.state_mut().look.trust = Trust::Checked(Box::new(card()));
    window.run_steps(2);
    for words in [
        "The map is empty.",
        "The checks disagree.",
        "The score falls sooner.",
        "Nothing is certain.",
    ] {
        window.get_by_label(words);
    }
    window.get_by_label_contains("How sure the network is of the class");
}

#[test]
fn where_the_thing_is_is_told_with_its_figures() {
    let mut program = program();
    program.look.said = Some(Said {
        file: "cat_mask.png".to_owned(),
        things: vec!["cat".to_owned()],
        outline: Arc::new([[[0.2, 0.2], [0.8, 0.2]]]),
        drawn: true,
        facts: vec![Fact {
            name: "Points at it",
            value: "yes".to_owned(),
            help: "",
            good: Some(true),
        }],
        remark: None,
    });
    let mut window = window(program, 1280.0, 1400.0);
    window.get_by_label("cat, told by cat_mask.png.");
    window.get_by_label("Points at it: yes, as it should be");
    window.get_by_label("Show its edge").click();
    window.run_steps(2);
    assert!(!window.state().look.said.as_ref().unwrap().drawn);
    let said = window.state_mut().look.said.as_mut().unwrap();
    said.remark = Some("The mask has another size.".to_owned());
    window.run_steps(2);
    window.get_by_label("The mask has another size.");
}
