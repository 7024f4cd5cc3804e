//! Two answers held against each other, and the section "More", by mouse and by keyboard.

use crate::tabs::hands::Window;
use bevy_egui::egui::accesskit::Role;
use bevy_egui::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

use super::super::Ask;
use super::{Program, prediction, program, tab_to, window};
use crate::maps::Tuning;
use crate::saliency::{Baseline, Method, MethodParams, Steps};
use crate::tabs::look::words;

/// A program whose section is open, with `method`, as tall as all its settings.
fn opened(method: Method) -> Window<Program> {
    let mut program = program();
    program.shell.method = method;
    program.look.more = Some(true);
    program.look.layers = ["first", "middle", "last"].map(str::to_owned).into();
    let mut window = window(program, 1280.0, 1400.0);
    window.run_steps(4);
    window
}

fn params(window: &Window<Program>) -> MethodParams {
    let program = window.state();
    program.session.tuning.of(program.shell.method)
}

/// Moves the slider called `name` by `steps` with the arrow keys.
fn slide(window: &mut Window<Program>, name: &str, steps: i32) {
    window.get_by_role_and_label(Role::Slider, name).focus();
    window.run_steps(2);
    for _ in 0..steps.abs() {
        window.key_press(if steps > 0 {
            Key::ArrowRight
        } else {
            Key::ArrowLeft
        });
        window.run_steps(2);
    }
}

#[test]
fn a_second_answer_is_held_against_the_first() {
    let mut window = window(program(), 1280.0, 800.0);
    window
        .get_by_label_contains("Tabby, 20.0 %")
        .click_modifiers(Modifiers::SHIFT);
    window.run_steps(3);
    // By keyboard the same.
    tab_to(&mut window, "Tiger cat");
    window.key_press_modifiers(Modifiers::SHIFT, Key::Enter);
    window.run_steps(2);
    // The explained answer is not held against itself.
    window
        .get_by_label_contains("Egyptian cat, 40.0 %")
        .click_modifiers(Modifiers::SHIFT);
    window.run_steps(3);
    let asks = [Ask::Against(Some(281)), Ask::Against(Some(282))];
    assert_eq!(window.state().asks, asks);
}

#[test]
fn a_list_does_what_shift_does() {
    let mut window = window(program(), 1280.0, 800.0);
    window
        .get_by_role_and_label(Role::ComboBox, "Against")
        .click();
    window.run_steps(3);
    window.get_by_role_and_label(Role::Button, "Tabby").click();
    window.run_steps(3);
    assert_eq!(window.state().asks, [Ask::Against(Some(281))]);
    // And by keyboard alone.
    tab_to(&mut window, "Against");
    window.key_press(Key::Enter);
    window.run_steps(3);
    tab_to(&mut window, "Tiger cat");
    window.key_press(Key::Enter);
    window.run_steps(3);
    assert_eq!(window.state().asks.len(), 2, "{:?}", window.state().asks);
}

#[test]
fn what_is_held_against_it_is_said_and_can_be_taken_back() {
    let answers = [
        prediction(285, "Egyptian cat", 0.4),
        prediction(282, "tiger cat", 0.3),
    ];
    let mut program = program();
    program.look.newcomer = false;
    let answer = words::first_answer(&answers, &answers[0], Some(&answers[1]));
    program.look.answer = Some(answer);
    let mut window = window(program, 1280.0, 800.0);
    window.get_by_label("Bright parts speak for Egyptian cat rather than tiger cat.");
    let versus = window.get_by_label_contains("Tiger cat, 30.0 %, Held against");
    versus.click_modifiers(Modifiers::SHIFT);
    window.run_steps(3);
    window.get_by_label_contains("Egyptian cat, 40.0 %").click();
    window.run_steps(3);
    window
        .get_by_role_and_label(Role::ComboBox, "Against")
        .click();
    window.run_steps(3);
    window.get_by_label("No other answer").click();
    window.run_steps(3);
    let none = Ask::Against(None);
    assert_eq!(window.state().asks, [none.clone(), Ask::Explain(285), none]);
}

#[test]
fn the_section_opens_by_keyboard_and_asks_nothing_by_itself() {
    let mut window = window(program(), 1280.0, 800.0);
    assert!(window.query_by_label("Reset").is_none());
    tab_to(&mut window, "More");
    window.key_press(Key::Enter);
    window.run_steps(6);
    window.get_by_label("Reset");
    assert_eq!(window.state().asks, []);
}

#[test]
fn every_setting_of_every_method_is_there_and_none_changes_by_being_shown() {
    let wanted: [(Method, &[&str]); 7] = [
        (
            Method::Xrai,
            &[
                "As many steps as needed",
                "Compared with",
                "Regions are ranked",
            ],
        ),
        (Method::Ig, &["As many steps as needed", "A pixel counts"]),
        (Method::GuidedIg, &["Steps", "At a time", "Straying"]),
        (Method::BlurIg, &["Steps", "Blur"]),
        (Method::SmoothGrad, &["Samples", "Noise", "Seed"]),
        (Method::Occlusion, &["Patch", "Stride"]),
        (Method::Rise, &["Masks", "Cells", "Visible", "Seed"]),
    ];
    for (method, names) in wanted {
        let window = opened(method);
        for name in names {
            let found = window.query_all_by_label(name).count();
            assert!(found > 0, "{method}: {name}");
        }
        assert_eq!(window.state().asks, [], "{method}");
        assert_eq!(params(&window), Tuning::first(method), "{method}");
        window.get_by_label("More");
    }
}

#[test]
fn a_changed_setting_is_asked_for_and_reset() {
    let mut window = opened(Method::SmoothGrad);
    slide(&mut window, "Noise", 5);
    slide(&mut window, "Samples", -3);
    let set = params(&window);
    assert_eq!((set.noise, set.steps), (Some(0.2), Some(Steps::Count(22))));
    assert_eq!(window.state().asks.len(), 8);
    assert!(window.state().asks.iter().all(|ask| *ask == Ask::Again));
    window.get_by_label("More (changed)");
    window.get_by_label("Reset").click();
    window.run_steps(3);
    assert_eq!(params(&window), MethodParams::default());
    assert_eq!(window.state().asks.len(), 9);
}

#[test]
fn steps_begin_at_the_number_of_the_reference() {
    let mut window = opened(Method::Xrai);
    window.get_by_label("As many steps as needed").click();
    window.run_steps(3);
    assert_eq!(params(&window).steps, Some(Steps::Count(100)));
    slide(&mut window, "Steps", 2);
    assert_eq!(params(&window).steps, Some(Steps::Count(102)));
    window.get_by_label("Once").click();
    window.run_steps(3);
    assert_eq!(window.state().shell.method, Method::XraiFast);
    assert_eq!(window.state().asks.last(), Some(&Ask::Again));
    // Each method has its own settings.
    assert_eq!(params(&window), Tuning::first(Method::XraiFast));
}

#[test]
fn baselines_and_layers_are_chosen_from_lists() {
    let mut window = opened(Method::Ig);
    window
        .get_by_role_and_label(Role::ComboBox, "Compared with")
        .click();
    window.run_steps(3);
    window.get_by_label("Blurred").click();
    window.run_steps(3);
    assert_eq!(params(&window).baseline, Some(Baseline::Blur));

    let mut window = opened(Method::GradCam);
    for (name, layer) in [
        ("middle", Some("middle")),
        ("The layer before the classifier", None),
    ] {
        window
            .get_by_role_and_label(Role::ComboBox, "Layer")
            .click();
        window.run_steps(3);
        let rows = window.get_all_by_label(name).collect::<Vec<_>>();
        rows[rows.len() - 1].click();
        window.run_steps(3);
        assert_eq!(params(&window).layer.as_deref(), layer);
    }
}
