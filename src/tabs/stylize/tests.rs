//! The main task walked by mouse alone and by keyboard alone, by accessible names.

use bevy_egui::egui::{self, Key};
use egui_kittest::kittest::Queryable as _;

use super::{Ask, Explaining, Grids, Making, Part, Shown, Stylize, Texture, Way, tab_ui};
use crate::classifier::Prediction;
use crate::compare::shape_bias::CueClass;
use crate::stage::StageFrame;
use crate::stylize::corruption::Corruption;
use crate::stylize::style::BUILT_IN_NAMES;
use crate::tabs::hands::{self, Window, check_controls, tab_to};
use crate::ui::commands::Command;
use crate::ui::widgets::Thumb;

struct Program {
    stylize: Stylize,
    grids: Grids,
    asks: Vec<Ask>,
}

fn thumb(name: &str) -> Thumb {
    Thumb {
        name: name.to_owned(),
        alternative: String::new(),
        texture: None,
        broken: false,
        hidden: false,
    }
}

fn shown(name: &str, answers: &[(usize, &str, f32)]) -> Shown {
    let mut probabilities = vec![0.0; 1000];
    let answers: Vec<Prediction> = answers
        .iter()
        .map(|(class, label, probability)| {
            probabilities[*class] = *probability;
            Prediction {
                class: *class,
                label: (*label).to_owned(),
                probability: *probability,
                logit: 1.0,
                measured: false,
            }
        })
        .collect();
    Shown {
        name: name.to_owned(),
        alternative: format!("A picture of {name}"),
        size: [400, 300],
        explaining: Explaining::Done,
        explained: answers.first().cloned(),
        answers: answers.into(),
        probabilities: probabilities.into(),
        range: Some([0.0, 1.0]),
    }
}

/// The tab after a first pair: a cat that was painted as an elephant.
fn program() -> Program {
    let elephant = (386, "African elephant", 0.7);
    let texture = shown("Elephant", &[elephant]);
    let own = 3;
    Program {
        stylize: Stylize {
            shape: Some(0),
            texture: Some(Texture::Picture(2)),
            before: shown("Cat", &[(285, "Egyptian cat", 0.6), (281, "tabby", 0.2)]),
            after: shown("Cat in elephant", &[elephant, (285, "Egyptian cat", 0.1)]),
            texture_answers: texture.answers,
            ..Stylize::default()
        },
        grids: Grids {
            shapes: vec![
                (thumb("Mine as shape"), own),
                (thumb("Cat as shape"), 0),
                (thumb("Rocket as shape"), 1),
                (thumb("Elephant as shape"), 2),
            ],
            textures: std::iter::once((thumb("Elephant as texture"), Texture::Picture(2)))
                .chain(BUILT_IN_NAMES.iter().enumerate().map(|(style, name)| {
                    let name = format!("{name} as texture");
                    (thumb(&name), Texture::BuiltIn(style))
                }))
                .collect(),
            corruptions: Corruption::ALL
                .into_iter()
                .map(|corruption| (thumb(corruption.name()), corruption))
                .collect(),
            own: vec![own],
        },
        asks: Vec::new(),
    }
}

fn draw(ui: &mut egui::Ui, program: &mut Program, frame: &mut StageFrame) {
    tab_ui(
        ui,
        &mut program.stylize,
        &program.grids,
        "Network A",
        frame,
        &mut program.asks,
    );
}

fn window(program: Program, width: f32, height: f32) -> Window<Program> {
    hands::window(program, width, height, draw)
}

fn pointer(window: &mut Window<Program>, at: egui::Pos2, pressed: bool) {
    window.event(egui::Event::PointerMoved(at));
    window.event(egui::Event::PointerButton {
        pos: at,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    });
    window.run_steps(2);
}

#[test]
fn the_mouse_alone_is_enough() {
    let mut window = window(program(), 1280.0, 800.0);
    window.get_by_label("Rocket as shape").click();
    window.run_steps(3);
    window.get_by_label("Mellow gold as texture").click();
    window.run_steps(3);
    window.get_by_label("Open... as texture").click();
    window.run_steps(3);
    window
        .get_by_label_contains("Egyptian cat, before 60.0")
        .click();
    window.run_steps(3);
    window.get_by_label("Compare in Similarity").click();
    window.run_steps(3);
    window.get_by_label("Save...").click();
    window.run_steps(3);
    window.get_by_label("More").click();
    window.run_steps(6);
    window.get_by_label("Keep the colours").click();
    window.run_steps(3);
    assert_eq!(
        window.state().asks,
        [
            Ask::Shape(1),
            Ask::Texture(Texture::BuiltIn(0)),
            Ask::Add(Part::Texture, Command::Open),
            Ask::Explain(285),
            Ask::Compare,
            Ask::Do(Command::Save),
        ]
    );
    assert!(window.state().stylize.keep_colours);

    window.get_by_label("Corruption").click();
    window.run_steps(3);
    assert_eq!(window.state().stylize.way, Way::Corruption);
    window.get_by_label("Snow").click();
    window.run_steps(3);
    let last = window.state().asks.last();
    assert_eq!(last, Some(&Ask::Corruption(Corruption::Snow)));
}

#[test]
fn the_line_between_the_pictures_is_dragged_and_has_a_slider() {
    let mut window = window(program(), 1280.0, 800.0);
    window.get_by_label("Wipe").click();
    window.run_steps(3);
    assert!(window.state().stylize.wipe);
    let knob = window.get_by_label("Line between the pictures").rect();
    pointer(&mut window, knob.center(), true);
    let to = knob.center() + egui::vec2(120.0, 10.0);
    window.event(egui::Event::PointerMoved(to));
    window.run_steps(2);
    pointer(&mut window, to, false);
    let dragged = window.state().stylize.divider;
    assert!(dragged > 60.0 && dragged < 90.0, "{dragged}");

    tab_to(&mut window, "Line between the pictures");
    for _ in 0..3 {
        window.key_press(Key::ArrowLeft);
        window.run_steps(2);
    }
    let moved = window.state().stylize.divider;
    assert!((moved - (dragged - 6.0)).abs() < 0.1, "{moved}");
    // The slider does it for who cannot drag.
    let sliders = window.get_all_by_label("Line").count();
    assert!(sliders >= 1);
}

#[test]
fn the_keyboard_alone_is_enough() {
    let mut window = window(program(), 1280.0, 800.0);
    tab_to(&mut window, "Elephant as shape");
    window.key_press(Key::Enter);
    window.run_steps(2);
    tab_to(&mut window, "Rough oil as texture");
    window.key_press(Key::Enter);
    window.run_steps(2);
    tab_to(&mut window, "Strength");
    for _ in 0..4 {
        window.key_press(Key::ArrowLeft);
        window.run_steps(2);
    }
    tab_to(&mut window, "African elephant");
    window.key_press(Key::Enter);
    window.run_steps(2);
    tab_to(&mut window, "Save...");
    window.key_press(Key::Enter);
    window.run_steps(2);
    let program = window.state();
    assert!((program.stylize.strength - 96.0).abs() < 0.1);
    let expected = [
        Ask::Shape(2),
        Ask::Texture(Texture::BuiltIn(25)),
        Ask::Explain(386),
        Ask::Do(Command::Save),
    ];
    assert_eq!(program.asks, expected);
}

#[test]
fn everything_that_can_be_pressed_has_a_name_and_room() {
    for (width, height) in [(1280.0, 800.0), (853.0, 533.0), (1920.0, 1080.0)] {
        for way in [Way::Texture, Way::Corruption] {
            let mut program = program();
            (program.stylize.way, program.stylize.wipe) = (way, true);
            program.stylize.second = Some(Texture::BuiltIn(4));
            program.stylize.texture = Some(Texture::BuiltIn(3));
            let window = window(program, width, height);
            let seen = check_controls(&window, width, &[]);
            assert!(seen >= 30, "only {seen} controls at {width} x {height}");
        }
    }
}

#[test]
fn the_verdict_is_told_and_can_be_corrected() {
    let mut window = window(program(), 1280.0, 800.0);
    window.get_by_label_contains("It saw the elephant, not the cat");
    let said = super::Cue::Said(Some(CueClass::Bottle));
    window.state_mut().stylize.texture_cue = said;
    window.run_steps(2);
    window.get_by_label_contains("It saw neither the cat nor the bottle");
}

#[test]
fn a_failure_says_what_to_do_and_offers_another_try() {
    let mut program = program();
    program.stylize.making = Making::Failed("The style networks are gone.".to_owned());
    let mut window = window(program, 1280.0, 800.0);
    window.get_by_label("The style networks are gone.");
    window.get_by_label("Try again").click();
    window.run_steps(3);
    assert_eq!(window.state().asks, [Ask::Do(Command::Retry)]);
}

#[test]
fn only_own_pictures_can_be_removed() {
    let mut program = program();
    program.stylize.shape = Some(3);
    let mut window = window(program, 1280.0, 800.0);
    window
        .get_by_label("Remove the shape from the list")
        .click();
    let other = "Remove the texture from the list";
    assert!(window.query_by_label(other).is_none());
    window.run_steps(3);
    assert_eq!(window.state().asks, [Ask::Remove(3)]);
}
