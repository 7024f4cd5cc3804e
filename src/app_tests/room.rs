//! The picture has most of the window.

use bevy_egui::egui;

use super::harness::Program;
use crate::stage::StageFrame;
use crate::tabs::look::{Look, Status};
use crate::ui::Tab;
use crate::ui::commands::Command;

/// The part of a window of 1280 x 800 that the stage has, measured over the panes that were placed on it.
fn share(program: &mut Program, tab: Tab) -> f32 {
    program.show(tab);
    program.rest();
    program.frames(4);
    let frame = program.get::<StageFrame>();
    let placed = frame.placed();
    assert!(!placed.is_empty(), "{tab:?} shows no picture");
    let all = placed
        .iter()
        .map(|(_, rect)| *rect)
        .reduce(egui::Rect::union)
        .unwrap();
    let whole = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(1280.0, 800.0));
    assert!(whole.contains_rect(all), "{tab:?}: {all:?}");
    all.area() / whole.area()
}

/// Nothing lies over the stage but the names of two pictures in their corners: what is chosen, said and set
/// is in the columns beside it.
#[test]
fn the_picture_has_three_fifths_of_the_window() {
    let mut program = Program::start();
    program.until("the map", |world| {
        world.resource::<Look>().status == Status::Done
    });
    let share_of_one = share(&mut program, Tab::Look);
    assert!(share_of_one >= 0.6, "See why: {share_of_one:.3}");
    let share_of_both = share(&mut program, Tab::Stylize);
    assert!(share_of_both >= 0.6, "Stylize: {share_of_both:.3}");
    program.command(Command::Wipe);
    let wiped = share(&mut program, Tab::Stylize);
    assert!(wiped >= 0.6, "Stylize, parted by a line: {wiped:.3}");
}
