//! Parts of the picture taken away by mouse, by taps and by keyboard.

use std::sync::Arc;

use bevy::math::Vec2;
use bevy_egui::egui::accesskit::Role;
use bevy_egui::egui::{self, Event, Key, Modifiers, PointerButton, Pos2};
use egui_kittest::kittest::Queryable as _;
use ndarray::Array2;

use super::super::what_if::{Edit, Search, Tool};
use super::super::{Ask, tab_ui};
use super::{Program, Props, program, tab_to};
use crate::guess::Regions;
use crate::stage::{PaneId, StageFrame};
use crate::tabs::hands::{self, Window, check_controls, press};
use crate::ui::widgets::PairBar;
use crate::what_if::EditCanvas;

/// Side of the picture, in pixels.
const SIDE: usize = 40;

fn bar(label: &str, values: [&str; 2], marked: bool) -> PairBar {
    PairBar {
        label: label.to_owned(),
        shares: [Some(0.4), Some(0.1)],
        values: values.map(str::to_owned),
        marked,
        figures: Vec::new(),
        hint: String::new(),
    }
}

/// The tab while parts are taken away from a picture of four parts.
fn editing() -> Program {
    let mut program = program();
    let quarters = Array2::from_shape_fn((SIDE, SIDE), |(y, x)| {
        2 * u32::from(y >= SIDE / 2) + u32::from(x >= SIDE / 2)
    });
    program.look.editing = true;
    program.look.edit = Edit {
        canvas: Some(EditCanvas::new([SIDE, SIDE])),
        parts: Some(Arc::new(Regions::new(quarters.view()).unwrap())),
        bars: vec![
            (285, bar("Egyptian cat", ["40.0 %", "10.0 %"], true)),
            (281, bar("Tabby", ["20.0 %", "50.0 %"], false)),
        ],
        ..Edit::default()
    };
    program
}

fn draw(ui: &mut egui::Ui, program: &mut Program, frame: &mut StageFrame) {
    tab_ui(
        ui,
        &mut program.look,
        &mut program.session,
        &Props {
            thumbs: &program.thumbs,
            read: &|_| None,
            back: false,
        },
        &mut program.shell.method,
        frame,
        &mut program.asks,
    );
    frame.pretend_drawn(Vec2::splat(SIDE as f32));
    // Where the tests find the picture.
    let corners = [Vec2::ZERO, Vec2::ONE].map(|at| frame.point_of(PaneId(2), at));
    if let [Some(low), Some(high)] = corners {
        let id = egui::Id::new("the picture of a test");
        let between = egui::Rect::from_two_pos(low, high);
        ui.ctx().data_mut(|data| data.insert_temp(id, between));
    }
}

fn window(program: Program, width: f32, height: f32) -> Window<Program> {
    hands::window(program, width, height, draw)
}

/// A place of the picture, in its fractions.
fn at(window: &Window<Program>, x: f32, y: f32) -> Pos2 {
    let id = egui::Id::new("the picture of a test");
    let picture: egui::Rect = window.ctx.data(|data| data.get_temp(id)).unwrap();
    picture.lerp_inside(egui::vec2(x, y))
}

fn button(window: &mut Window<Program>, pos: Pos2, pressed: bool) {
    window.event(Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    });
    window.run_steps(1);
}

fn drag(window: &mut Window<Program>, from: Pos2, to: Pos2) {
    window.event(Event::PointerMoved(from));
    window.run_steps(1);
    button(window, from, true);
    window.event(Event::PointerMoved(to));
    window.run_steps(1);
    button(window, to, false);
    window.run_steps(1);
}

fn tap(window: &mut Window<Program>, pos: Pos2) {
    drag(window, pos, pos);
}

fn canvas(window: &Window<Program>) -> &EditCanvas {
    window.state().look.edit.canvas.as_ref().unwrap()
}

/// Whether the pixel at `(x, y)` is taken away.
fn gone(window: &Window<Program>, x: usize, y: usize) -> bool {
    canvas(window).is_taken(y * SIDE + x)
}

fn share(window: &Window<Program>) -> f64 {
    canvas(window).mask().map_or(0.0, |mask| mask.share())
}

#[test]
fn a_stroke_takes_away_and_another_brings_back() {
    let mut window = window(editing(), 1280.0, 800.0);
    let (from, to) = (at(&window, 0.2, 0.5), at(&window, 0.8, 0.5));
    drag(&mut window, from, to);
    assert!((9..32).all(|x| gone(&window, x, 20)), "the whole way");
    assert!(!gone(&window, 20, 5));
    assert_eq!(canvas(&window).steps(), (1, 0));
    window
        .get_by_role_and_label(Role::RadioButton, "Bring back")
        .click();
    window.run_steps(2);
    let middle = at(&window, 0.5, 0.5);
    tap(&mut window, middle);
    assert!(!gone(&window, 20, 20) && gone(&window, 10, 20));
    window.get_by_label("Undo").click();
    window.run_steps(2);
    assert!(gone(&window, 20, 20));
    window.get_by_label("Redo").click();
    window.run_steps(2);
    assert!(!gone(&window, 20, 20));
    window.get_by_label("Reset").click();
    window.run_steps(2);
    assert!(canvas(&window).is_blank());
}

#[test]
fn a_rectangle_is_dragged_or_has_two_corners_tapped() {
    let mut program = editing();
    program.look.edit.hand.tool = Tool::Rectangle;
    let mut window = window(program, 1280.0, 800.0);
    let (from, to) = (at(&window, 0.1, 0.1), at(&window, 0.6, 0.4));
    drag(&mut window, from, to);
    assert!((share(&window) - 0.15).abs() < 0.02, "{}", share(&window));
    window.get_by_label("Undo").click();
    window.run_steps(2);
    tap(&mut window, to);
    window.get_by_label("Now tap the opposite corner.");
    assert!(canvas(&window).is_blank());
    tap(&mut window, from);
    assert!((share(&window) - 0.15).abs() < 0.02, "{}", share(&window));
    assert!(gone(&window, 10, 10) && !gone(&window, 30, 30));
}

#[test]
fn a_part_is_tapped_or_chosen_with_the_arrows() {
    let mut program = editing();
    program.look.edit.hand.tool = Tool::Parts;
    let mut window = window(program, 1280.0, 800.0);
    let upper_right = at(&window, 0.9, 0.1);
    tap(&mut window, upper_right);
    assert!(gone(&window, 39, 0) && (share(&window) - 0.25).abs() < 1e-6);
    tap(&mut window, upper_right);
    assert!(canvas(&window).is_blank(), "a second tap brings it back");

    // By keyboard alone, whatever is in the hand.
    window.state_mut().look.edit.hand.tool = Tool::Brush;
    tab_to(&mut window, "The picture to take parts away from");
    press(&mut window, Key::ArrowDown);
    assert_eq!(window.state().look.edit.cursor, Some(3));
    press(&mut window, Key::ArrowLeft);
    press(&mut window, Key::Enter);
    assert!(gone(&window, 0, 39) && (share(&window) - 0.25).abs() < 1e-6);
    window.get_by_label_contains("Part 3 of 4, taken away.");
    press(&mut window, Key::Space);
    assert!(canvas(&window).is_blank());
}

#[test]
fn a_part_is_moved_by_a_drag_by_two_taps_and_by_keys() {
    let mut program = editing();
    program.look.edit.hand.tool = Tool::Move;
    let mut window = window(program, 1280.0, 800.0);
    // Nothing is taken away yet: it is the part under the pointer.
    let (from, to) = (at(&window, 0.25, 0.25), at(&window, 0.5, 0.25));
    drag(&mut window, from, to);
    assert!(gone(&window, 0, 0) && (share(&window) - 0.25).abs() < 1e-6);
    assert_eq!(canvas(&window).moved(), Some([10, 0]));
    assert_eq!(canvas(&window).steps(), (2, 0), "taken, and moved");
    // From anywhere, without a drag.
    tap(&mut window, to);
    window.get_by_label("Now tap where it goes.");
    assert_eq!(canvas(&window).moved(), Some([10, 0]));
    let there = at(&window, 0.5, 0.75);
    tap(&mut window, there);
    assert_eq!(canvas(&window).moved(), Some([10, 20]));
    window.get_by_label("Undo").click();
    window.run_steps(2);
    assert_eq!(canvas(&window).moved(), Some([10, 0]));
    // By keyboard alone.
    tab_to(&mut window, "The picture to take parts away from");
    press(&mut window, Key::ArrowLeft);
    assert_eq!(canvas(&window).moved(), Some([9, 0]));
    window.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    window.run_steps(2);
    assert_eq!(canvas(&window).moved(), Some([9, 1]));
    window.get_by_label_contains("stands 9 pixels right and 1 down of where it was");
    window.get_by_label("Reset").click();
    window.run_steps(2);
    assert!(canvas(&window).is_blank() && canvas(&window).moved().is_none());
}

#[test]
fn another_tool_does_not_move() {
    let mut program = editing();
    program.look.edit.hand.tool = Tool::Move;
    let mut window = window(program, 1280.0, 800.0);
    let middle = at(&window, 0.25, 0.25);
    tap(&mut window, middle);
    window
        .get_by_role_and_label(Role::RadioButton, "Brush")
        .click();
    window.run_steps(2);
    let other = at(&window, 0.75, 0.75);
    tap(&mut window, other);
    assert_eq!(canvas(&window).moved(), None, "the tap before is over");
    assert!(gone(&window, 30, 30) && gone(&window, 0, 0));
    window
        .get_by_role_and_label(Role::RadioButton, "Move it elsewhere")
        .click();
    window.run_steps(2);
    assert_eq!(window.state().look.edit.hand.tool, Tool::Move);
    tab_to(&mut window, "The picture to take parts away from");
    press(&mut window, Key::ArrowUp);
    assert_eq!(canvas(&window).moved(), Some([0, -1]));
}

#[test]
fn what_is_found_by_the_program_is_asked_for_by_buttons() {
    let mut window = window(editing(), 1280.0, 800.0);
    window.get_by_label("Erase the top 10 %").click();
    window.run_steps(2);
    window.get_by_label("Smallest deciding part").click();
    window.run_steps(2);
    window.get_by_label_contains("Tabby, before 20.0 %").click();
    window.run_steps(2);
    let asks = [Ask::EraseTop, Ask::SearchFlip, Ask::Explain(281)];
    assert_eq!(window.state().asks, asks);
    // While it searches nothing can be painted, and it can be stopped.
    window.state_mut().look.edit.search = Search::Running(128, 4000);
    window.run_steps(2);
    let middle = at(&window, 0.5, 0.5);
    tap(&mut window, middle);
    assert!(canvas(&window).is_blank());
    window.get_by_label("128 of at most 4000 questions");
    window.get_by_label("Stop the search").click();
    window.run_steps(2);
    assert_eq!(window.state().asks.last(), Some(&Ask::StopSearch));
    window.state_mut().look.edit.search = Search::Over("3 of 64 cells.".to_owned());
    window.run_steps(2);
    window.get_by_label("3 of 64 cells.");
    window.get_by_label("Back to the whole picture").click();
    window.run_steps(2);
    assert_eq!(window.state().asks.last(), Some(&Ask::WhatIf(false)));
}

#[test]
fn it_begins_where_a_map_is_there() {
    let mut program = super::program();
    program.look.status = super::Status::Working {
        what: String::new(),
        progress: crate::ui::widgets::Progress::Running,
    };
    let mut window = window(program, 1280.0, 800.0);
    let name = "What if a part were gone?";
    window.get_by_label(name).click();
    window.run_steps(2);
    assert_eq!(window.state().asks, []);
    window.state_mut().look.status = super::Status::Done;
    window.run_steps(2);
    tab_to(&mut window, name);
    press(&mut window, Key::Enter);
    assert_eq!(window.state().asks, [Ask::WhatIf(true)]);
}

#[test]
fn its_controls_have_names_and_room_in_every_window() {
    for (width, height) in [(1280.0, 800.0), (853.0, 533.0), (1920.0, 1080.0)] {
        let window = window(editing(), width, height);
        let seen = check_controls(&window, width, &[]);
        assert!(seen >= 15, "only {seen} controls at {width} x {height}");
    }
    // At 1280 x 800 nothing has to be scrolled to.
    let window = window(editing(), 1280.0, 800.0);
    for name in ["Reset", "Back to the whole picture"] {
        let bottom = window.get_by_label(name).rect().bottom();
        assert!(bottom <= 800.0, "{name} ends at {bottom}");
    }
}
