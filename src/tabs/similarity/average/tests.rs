//! The view walked by mouse alone and by keyboard alone, by accessible names.

use bevy_egui::egui::accesskit::Role;
use bevy_egui::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::super::state::{Ask, View};
use super::super::tests::{Program, program, window};
use super::state::{AverageState, Group, SEVERITIES, Source, Summary, VersionStatus};
use crate::saliency::Blank;
use crate::saliency::colormap::Scale;
use crate::stylize::corruption::Corruption;
use crate::tabs::hands::{Window, tab_to};
use crate::ui::commands::Command;

/// Two of three ticked maps are there; the third is on its way.
fn average() -> AverageState {
    let mut average = AverageState::default();
    average.add(Source::Original, "Original", true);
    average.add(Source::Texture(20), "Brick", true);
    average.add(Source::Texture(21), "Grass", true);
    for kind in Corruption::ALL {
        for severity in SEVERITIES {
            let name = format!("{} {severity}", kind.name());
            average.add(Source::Corruption(kind, severity), &name, false);
        }
    }
    average.add(Source::Map("out/dog/map.npy".into()), "dog", false);
    for version in average.versions.iter_mut().take(2) {
        version.status = VersionStatus::Done;
    }
    average.versions[2].status = VersionStatus::Working;
    let scale = |max| Scale { min: 0.0, max };
    average.summary = Some(Summary {
        maps: 2,
        mean: scale(0.75),
        spread: scale(0.25),
        typical_spread: 0.125,
        likeness: program().state.figures.similarity,
    });
    average
}

fn open(width: f32, height: f32) -> Window<Program> {
    let mut program = program();
    program.state.average = average();
    program.state.view = View::Average;
    window(program, width, height)
}

fn ticked(window: &Window<Program>) -> Vec<String> {
    let average = &window.state().state.average;
    let versions = average.versions.iter().filter(|version| version.ticked);
    versions.map(|version| version.name.clone()).collect()
}

#[test]
fn the_mouse_alone_is_enough() {
    let mut program = program();
    program.state.average = average();
    let mut window = window(program, 1280.0, 744.0);
    let press = |window: &mut Window<Program>, names: &[&str]| {
        for name in names {
            window.get_by_label(name).click();
            window.run_steps(3);
        }
    };
    press(&mut window, &["Average"]);
    assert_eq!(window.state().state.view, View::Average);
    // How far it is, in words and as a progress bar.
    window.get_by_label("2 of 3 maps so far");
    window.get_by_label("The average: 2 of 3 maps so far");
    press(&mut window, &["Tick none"]);
    assert_eq!(ticked(&window), [""; 0]);
    press(
        &mut window,
        &["Tick all textures", "Brick", "Gaussian noise 3"],
    );
    assert_eq!(ticked(&window), ["Grass", "Gaussian noise 3"]);
    press(
        &mut window,
        &["Tick no textures", "Tick all files", "By colour"],
    );
    assert_eq!(ticked(&window), ["Gaussian noise 3", "dog"]);
    assert!(window.state().state.average.by_colour);
    press(&mut window, &["Tick all corruptions"]);
    assert_eq!(
        window.state().state.average.ticks(Group::Corruptions),
        (19, 95)
    );
    press(&mut window, &["Add files...", "Cancel"]);
    let asks = [Ask::AddFiles, Ask::Do(Command::Cancel)];
    assert_eq!(window.state().asks, asks);
    press(&mut window, &["Two maps"]);
    assert_eq!(window.state().state.view, View::TwoMaps);
}

#[test]
fn the_keyboard_alone_is_enough() {
    let mut program = program();
    program.state.average = average();
    let mut window = window(program, 1280.0, 744.0);
    let press = |window: &mut Window<Program>, name: &str, key: Key| {
        tab_to(window, name);
        window.key_press(key);
        window.run_steps(3);
    };
    press(&mut window, "Average", Key::Enter);
    assert_eq!(window.state().state.view, View::Average);
    press(&mut window, "Tick none", Key::Enter);
    assert_eq!(ticked(&window), [""; 0]);
    // The one of them all stands right before the one of none.
    window.key_press_modifiers(Modifiers::SHIFT, Key::Tab);
    window.run_steps(2);
    assert!(
        window
            .get_by_label("Tick all")
            .accesskit_node()
            .is_focused()
    );
    window.key_press(Key::Space);
    window.run_steps(3);
    assert_eq!(window.state().state.average.progress().1, 3 + 19 + 1);
    press(&mut window, "Original", Key::Space);
    assert!(!ticked(&window).contains(&"Original".to_owned()));
    press(&mut window, "By colour", Key::Enter);
    assert!(window.state().state.average.by_colour);
}

#[test]
fn figures_and_failures_are_told() {
    let mut program = program();
    program.state.view = View::Average;
    program.state.average = average();
    let failed = VersionStatus::Failed("Dog.npy holds NaN at row 1, column 2.".to_owned());
    if let Some(last) = program.state.average.versions.last_mut() {
        (last.ticked, last.status) = (true, failed);
    }
    let window = window(program, 1280.0, 744.0);
    window.get_by_label("Highest mean: 0.7500");
    window.get_by_label("Typical spread: 0.1250");
    let said = "dog: Dog.npy holds NaN at row 1, column 2.";
    assert!(window.query_all_by_label(said).next().is_some());
}

#[test]
fn a_map_from_a_file_is_averaged_with_files_only() {
    let mut program = program();
    program.state.view = View::Average;
    program.state.average = average();
    program.state.average.only_files = true;
    let window = window(program, 1280.0, 744.0);
    assert!(window.query_by_label("Tick all textures").is_none());
    assert!(window.query_by_label("Brick").is_none());
    window.get_by_label("dog");
    window.get_by_label("Add files...");
}

#[test]
fn everything_that_can_be_pressed_has_a_name_and_room() {
    for (width, height) in [(1280.0, 744.0), (853.0, 477.0), (1920.0, 1024.0)] {
        let window = open(width, height);
        let mut seen = 0;
        for node in window.root().children_recursive() {
            let role = node.accesskit_node().role();
            let pressed = [
                Role::Button,
                Role::CheckBox,
                Role::ComboBox,
                Role::RadioButton,
                Role::SpinButton,
            ];
            if !pressed.contains(&role) {
                continue;
            }
            seen += 1;
            let name = node.accesskit_node().label().unwrap_or_default();
            assert!(!name.is_empty(), "a {role:?} has no name");
            let rect = node.rect();
            assert!(rect.height() >= 23.5, "{name} is {:.0} high", rect.height());
            assert!(
                rect.left() >= 0.0 && rect.right() <= width,
                "{name} {rect:?} at {width} x {height}"
            );
        }
        assert!(seen >= 45, "only {seen} controls at {width} x {height}");
    }
}

/// Empty maps would only make the mean fainter: they are left out, marked and counted in words.
#[test]
fn empty_maps_are_left_out_of_the_average_and_told() {
    let mut window = open(1280.0, 744.0);
    let told = "1 of 2 maps is empty and left out of the mean: Brick.";
    assert!(window.query_by_label(told).is_none());
    let average = &mut window.state_mut().state.average;
    average.versions[1].blank = Some(Blank::NothingFor);
    window.run_steps(2);
    window.get_by_label(told);
    window.get_by_label("Brick: its map is empty and left out of the mean");
    let average = &mut window.state_mut().state.average;
    average.versions[0].blank = Some(Blank::Constant);
    average.summary = None;
    window.run_steps(2);
    window.get_by_label_contains("There is nothing to see in any of these maps");
    // One that is not ticked says nothing.
    window.state_mut().state.average.tick_all(None, false);
    window.run_steps(2);
    assert!(
        window
            .query_by_label_contains("There is nothing to see")
            .is_none()
    );
}
