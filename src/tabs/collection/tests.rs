//! The panels without a window: keys, pointer, names and room.

use std::sync::Arc;

use bevy::math::Vec2;
use bevy_egui::egui::accesskit::Role;
use bevy_egui::egui::{self, Event, Key, Modifiers, PointerButton, Pos2, Ui, pos2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::arranged::arrange;
use super::ask::Ask;
use super::choices::{Choices, Near, Passes, Shape};
use super::select::Select;
use super::state::{Collection, Drag, Status};
use super::{Snapshot, tab_ui, told};
use crate::stage::StageFrame;
use crate::tabs::hands::{self, Window, check_controls, press, tab_to};

struct Panels {
    collection: Collection,
    asks: Vec<Ask>,
}

fn panels(count: u32, choices: Choices) -> Panels {
    let snapshot = Arc::new(Snapshot::demo(count, 7));
    let arranged = arrange(&snapshot, &choices, None, 1.2, 8192);
    let mut collection = Collection {
        choices,
        network: Some("Lite0".to_owned()),
        ..Collection::default()
    };
    collection.take(snapshot);
    collection.arranged = Some(Arc::new(arranged));
    Panels {
        collection,
        asks: Vec::new(),
    }
}

fn draw(ui: &mut Ui, panels: &mut Panels, _: &mut StageFrame) {
    tab_ui(ui, &mut panels.collection, &mut panels.asks);
}

fn window(panels: Panels, width: f32, height: f32) -> Window<Panels> {
    hands::window(panels, width, height, draw)
}

/// Where the picture at a place is on the screen.
fn middle_of(window: &Window<Panels>, place: usize) -> Pos2 {
    let collection = &window.state().collection;
    let arranged = collection.arranged.as_ref().unwrap();
    let place = arranged.arrangement.cell_of(place).unwrap();
    let cell = Vec2::new(place.x + 0.5, place.y + 0.5);
    let at = collection.rect + collection.camera.point_of(cell, collection.area);
    pos2(at.x, at.y)
}

fn button(window: &mut Window<Panels>, at: Pos2, pressed: bool, modifiers: Modifiers) {
    window.event(Event::PointerMoved(at));
    window.event_modifiers(
        Event::PointerButton {
            pos: at,
            button: PointerButton::Primary,
            pressed,
            modifiers,
        },
        modifiers,
    );
    // An event a frame.
    window.run_steps(2);
}

fn click(window: &mut Window<Panels>, place: usize, modifiers: Modifiers) {
    let at = middle_of(window, place);
    window.event(Event::PointerMoved(at));
    window.run_steps(1);
    // Together: each event takes a frame of the harness, and a slow click is none.
    for pressed in [true, false] {
        window.event_modifiers(
            Event::PointerButton {
                pos: at,
                button: PointerButton::Primary,
                pressed,
                modifiers,
            },
            modifiers,
        );
    }
    window.run_steps(2);
}

fn taken(window: &mut Window<Panels>) -> Vec<Ask> {
    std::mem::take(&mut window.state_mut().asks)
}

#[test]
fn the_keyboard_alone_walks_chooses_and_opens() {
    let mut window = window(panels(2000, Choices::default()), 1280.0, 800.0);
    let row = |window: &Window<Panels>, place: usize| window.state().collection.row_at(place);
    let first = super::words::file_name(&window.state().collection.snapshot, 0);
    tab_to(&mut window, &first);
    press(&mut window, Key::ArrowRight);
    assert_eq!(window.state().collection.focused, row(&window, 1));
    let below = {
        let arranged = window.state().collection.arranged.clone().unwrap();
        arranged.arrangement.step(1, 0, 1)
    };
    press(&mut window, Key::ArrowDown);
    assert_eq!(window.state().collection.focused, row(&window, below));
    assert!(below > 10);
    let here = row(&window, below).unwrap();
    taken(&mut window);
    for (key, want) in [
        (Key::Space, Ask::Select(Select::Toggle(here))),
        (Key::Enter, Ask::SeeWhy(here)),
        (Key::Home, Ask::Fit),
    ] {
        press(&mut window, key);
        assert_eq!(taken(&mut window), [want], "{key:?}");
    }
    window.key_press_modifiers(Modifiers::SHIFT, Key::ArrowRight);
    window.run_steps(2);
    let next = row(&window, below + 1).unwrap();
    assert_eq!(taken(&mut window), [Ask::Select(Select::To(next))]);
    press(&mut window, Key::End);
    assert_eq!(window.state().collection.focused, row(&window, 1999));
}

#[test]
fn an_arrow_leads_onto_the_sheet_where_nothing_else_has_the_keyboard() {
    let mut window = window(panels(2000, Choices::default()), 1280.0, 800.0);
    let focused = |window: &Window<Panels>| {
        let collection = &window.state().collection;
        collection.place_of(collection.focused?)
    };
    assert_eq!(focused(&window), None);
    press(&mut window, Key::ArrowDown);
    assert_eq!(focused(&window), Some(0));
    press(&mut window, Key::ArrowRight);
    assert_eq!(focused(&window), Some(1));
}

#[test]
fn the_picture_with_the_keyboard_is_named_with_its_place() {
    let mut window = window(panels(60, Choices::default()), 1280.0, 800.0);
    let first = super::words::file_name(&window.state().collection.snapshot, 0);
    tab_to(&mut window, &first);
    press(&mut window, Key::ArrowRight);
    let cell = window
        .root()
        .children_recursive()
        .find(|node| node.accesskit_node().is_focused())
        .unwrap();
    let node = cell.accesskit_node();
    assert_eq!(node.role(), Role::GridCell);
    let name = node.label().unwrap_or_default();
    let about = super::words::about(&window.state().collection.snapshot, 1);
    assert_eq!(name, format!("{about}, 2 of 60"));
    assert!(node.is_focused());
}

#[test]
fn clicks_choose_one_a_range_or_one_more() {
    let mut window = window(panels(60, Choices::default()), 1280.0, 800.0);
    click(&mut window, 7, Modifiers::NONE);
    assert_eq!(taken(&mut window), [Ask::Select(Select::Only(7))]);
    window.run_steps(10);
    click(&mut window, 9, Modifiers::SHIFT);
    assert_eq!(taken(&mut window), [Ask::Select(Select::To(9))]);
    window.run_steps(10);
    click(&mut window, 11, Modifiers::COMMAND);
    assert_eq!(taken(&mut window), [Ask::Select(Select::Toggle(11))]);
}

#[test]
fn a_frame_chooses_what_it_touches_and_a_drag_moves() {
    let mut window = window(panels(60, Choices::default()), 1280.0, 800.0);
    window.state_mut().collection.drag = Drag::Chooses;
    let (from, to) = (middle_of(&window, 0), middle_of(&window, 1));
    button(&mut window, from, true, Modifiers::NONE);
    window.event(Event::PointerMoved(from + vec2(12.0, 2.0)));
    window.run_steps(1);
    window.event(Event::PointerMoved(to));
    window.run_steps(1);
    assert!(window.state().collection.frame.is_some());
    button(&mut window, to, false, Modifiers::NONE);
    assert_eq!(
        taken(&mut window),
        [Ask::Select(Select::Rows(vec![0, 1], false))]
    );

    window.state_mut().collection.drag = Drag::Moves;
    let at = middle_of(&window, 20);
    window.state_mut().collection.zoom(3.0, Vec2::splat(200.0));
    let before = window.state().collection.camera;
    button(&mut window, at, true, Modifiers::NONE);
    window.event(Event::PointerMoved(at - vec2(30.0, 20.0)));
    window.run_steps(1);
    button(&mut window, at - vec2(30.0, 20.0), false, Modifiers::NONE);
    let after = window.state().collection.camera;
    assert_eq!(after.scale, before.scale);
    assert!(after.centre.x > before.centre.x && after.centre.y > before.centre.y);
}

#[test]
fn the_wheel_comes_closer_to_what_is_under_the_pointer() {
    let mut window = window(panels(2000, Choices::default()), 1280.0, 800.0);
    let place = {
        let arranged = window.state().collection.arranged.clone().unwrap();
        let middle = arranged
            .arrangement
            .size()
            .map(|cells| (cells / 2) as f32 + 0.5);
        arranged.arrangement.place_at(middle).unwrap()
    };
    let at = middle_of(&window, place);
    window.event(Event::PointerMoved(at));
    window.run_steps(1);
    let held = |window: &Window<Panels>| {
        let collection = &window.state().collection;
        let point = Vec2::new(at.x, at.y) - collection.rect;
        (
            collection.camera.cell_at(point, collection.area),
            collection.camera.scale,
        )
    };
    let before = held(&window);
    window.event(Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, 300.0),
        phase: egui::TouchPhase::Move,
        modifiers: Modifiers::NONE,
    });
    window.run_steps(12);
    let after = held(&window);
    assert!(after.1 > before.1 * 1.5, "{before:?} {after:?}");
    assert!(before.0.distance(after.0) < 0.5, "{before:?} {after:?}");
}

#[test]
fn everything_has_a_name_and_room() {
    for (width, height) in [(1280.0, 800.0), (1920.0, 1080.0), (1000.0, 700.0)] {
        for chosen in [vec![], vec![5], vec![5, 6, 7]] {
            let mut panels = panels(200, Choices::default());
            panels.collection.select(Select::Rows(chosen, false));
            let window = window(panels, width, height);
            let seen = check_controls(&window, width, &["Label"]);
            assert!(seen >= 12, "{seen}");
        }
    }
}

#[test]
fn choosing_a_picture_leaves_it_under_the_pointer() {
    let mut window = window(panels(200, Choices::default()), 1280.0, 800.0);
    let before = middle_of(&window, 40);
    let row = window.state().collection.row_at(40).unwrap();
    window.state_mut().collection.select(Select::Only(row));
    window.run_steps(3);
    assert!(window.state().collection.area.x < 800.0);
    assert!(before.distance(middle_of(&window, 40)) < 0.5);
    window.state_mut().collection.select(Select::None);
    window.run_steps(3);
    assert!(before.distance(middle_of(&window, 40)) < 0.5);
}

#[test]
fn a_word_keeps_only_its_pictures_and_says_how_many() {
    let mut window = window(panels(200, Choices::default()), 1280.0, 800.0);
    let found = window.root().children_recursive().find(|node| {
        let node = node.accesskit_node();
        node.role() == Role::Button
            && node
                .label()
                .is_some_and(|name| name.starts_with("red disc"))
    });
    let red = found.expect("a row for each word");
    let name = red.accesskit_node().label().unwrap_or_default();
    let count: usize = name.rsplit(' ').next().unwrap().parse().unwrap();
    red.click_accesskit();
    window.run_steps(5);
    assert!(taken(&mut window).contains(&Ask::Arrange));
    let collection = &window.state().collection;
    let kept = arrange(&collection.snapshot, &collection.choices, None, 1.0, 8192);
    assert_eq!(kept.arrangement.order().len(), count);
}

#[test]
fn the_line_above_says_what_is_seen() {
    let mut panels = panels(200, Choices::default());
    let said = |panels: &Panels| told::caption(&panels.collection);
    assert_eq!(said(&panels), "200 made-up pictures");
    panels.collection.select(Select::Only(1));
    assert_eq!(said(&panels), "200 made-up pictures, 1 chosen");
    panels.collection.choices.toggle_word("label", "red disc");
    let kept = arrange(
        &panels.collection.snapshot,
        &panels.collection.choices,
        None,
        1.0,
        8192,
    );
    let count = kept.arrangement.order().len();
    panels.collection.arranged = Some(Arc::new(kept));
    assert!(
        said(&panels).contains(&format!("{count} of 200 pictures")),
        "{}",
        said(&panels)
    );
    panels.collection.status = Status::Failed("no".to_owned());
    assert_eq!(said(&panels), "");
}

/// An index of made-up pictures that two networks have looked at, as it is shown.
fn looked_at(folder: &std::path::Path, choices: Choices) -> Panels {
    use crate::collection::testing::{FakeNetwork, run};
    use crate::collection::{Source, Unwatched};
    let listing = Source::Demo { count: 80, seed: 7 }.list().unwrap();
    let networks = [FakeNetwork::new("a", 7), FakeNetwork::new("b", 8)];
    let networks = [&networks[0], &networks[1]];
    run(folder, &listing, &networks, &Unwatched).unwrap();
    let snapshot = Arc::new(Snapshot::read(folder, Some("a")).unwrap());
    let arranged = arrange(&snapshot, &choices, None, 1.2, 8192);
    let mut collection = Collection {
        choices,
        ..Collection::default()
    };
    collection.take(snapshot);
    collection.arranged = Some(Arc::new(arranged));
    Panels {
        collection,
        asks: Vec::new(),
    }
}

fn click_label(window: &mut Window<Panels>, label: &str) {
    window.get_by_label(label).click_accesskit();
    window.run_steps(4);
}

#[test]
fn what_is_alike_is_chosen_by_what_is_seen_or_by_where_it_looks() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(looked_at(folder.path(), Choices::default()), 1280.0, 800.0);
    let shape = |window: &Window<Panels>| window.state().collection.choices.shape;
    click_label(&mut window, "Alike");
    assert_eq!(shape(&window), Shape::Plane(Near::Known));
    assert!(taken(&mut window).contains(&Ask::Arrange));
    click_label(&mut window, "Where it looks");
    assert_eq!(shape(&window), Shape::Plane(Near::Looks));
    click_label(&mut window, "In a grid");
    assert_eq!(shape(&window), Shape::Grid(Near::Looks));
    click_label(&mut window, "Where a and b disagree");
    let choices = &window.state().collection.choices;
    assert_eq!(choices.shape, Shape::Ordered);
    assert_eq!(
        choices.filter("a as b"),
        Some(&Passes::Words(vec!["no".to_owned()]))
    );
}

#[test]
fn everything_that_a_network_brings_has_a_name_and_room() {
    let folder = tempfile::tempdir().unwrap();
    for (width, height) in [(1280.0, 800.0), (1000.0, 700.0)] {
        let choices = Choices {
            group: Some("label".to_owned()),
            across: Some("a class".to_owned()),
            ..Choices::default()
        };
        let mut panels = looked_at(folder.path(), choices);
        panels.collection.saved = vec!["mine".to_owned()];
        panels.collection.select(Select::Only(5));
        let window = window(panels, width, height);
        let low = ["Label", "State", "Folder", "a ", "b ", "A ", "B "];
        let seen = check_controls(&window, width, &low);
        assert!(seen >= 25, "{seen}");
        for name in [
            "Confusion matrix",
            "Find similar pictures",
            "Find those looked at alike",
            "Find duplicates",
            "Choose these too: mine",
        ] {
            window.get_by_label(name);
        }
    }
}

#[test]
fn a_filter_that_is_typed_holds_and_one_that_is_not_understood_is_told() {
    let mut window = window(panels(200, Choices::default()), 1280.0, 800.0);
    let field = |window: &mut Window<Panels>, text: &str| {
        window.get_by_label("Filter").focus();
        window.run_steps(2);
        window.state_mut().collection.fields.filter.clear();
        window.event(Event::Text(text.to_owned()));
        window.run_steps(3);
    };
    field(&mut window, "label:\"red disc\"");
    assert_eq!(
        window.state().collection.choices.typed,
        "label:\"red disc\""
    );
    assert!(taken(&mut window).contains(&Ask::Arrange));
    field(&mut window, "nothing:x");
    let collection = &window.state().collection;
    assert_eq!(collection.choices.typed, "label:\"red disc\"");
    let wrong = collection.fields.wrong.clone().unwrap_or_default();
    assert!(wrong.contains("there is no column"), "{wrong}");
}

#[test]
fn a_name_leads_to_its_picture_and_the_small_sheet_too() {
    let mut window = window(panels(2000, Choices::default()), 1280.0, 800.0);
    window.get_by_label("Go to a picture").focus();
    window.run_steps(2);
    window.event(Event::Text("1234".to_owned()));
    window.run_steps(1);
    press(&mut window, Key::Enter);
    assert!(taken(&mut window).contains(&Ask::Jump("1234".to_owned())));
    assert!(window.query_by_label_contains("The whole sheet").is_none());
    window
        .state_mut()
        .collection
        .zoom(8.0, Vec2::new(10.0, 10.0));
    window.run_steps(2);
    let small = window.get_by_label_contains("The whole sheet").rect();
    let before = window.state().collection.camera;
    let at = small.right_bottom() - vec2(4.0, 4.0);
    window.event(Event::PointerMoved(at));
    for pressed in [true, false] {
        window.event(Event::PointerButton {
            pos: at,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        });
    }
    window.run_steps(4);
    let collection = &window.state().collection;
    assert!(collection.camera.centre.x > before.centre.x + 10.0);
    assert!(collection.can_go_back() && !collection.fitted);
}

#[test]
fn a_double_click_opens_one_or_the_two_that_were_chosen() {
    let mut window = window(panels(60, Choices::default()), 1280.0, 800.0);
    // Each event takes a frame of the harness, which is slower than a hand.
    window
        .ctx
        .options_mut(|options| options.input_options.max_double_click_delay = 1.0);
    let double = |window: &mut Window<Panels>, place: usize| {
        let at = middle_of(window, place);
        window.event(Event::PointerMoved(at));
        window.run_steps(1);
        for pressed in [true, false, true, false] {
            window.event(Event::PointerButton {
                pos: at,
                button: PointerButton::Primary,
                pressed,
                modifiers: Modifiers::NONE,
            });
        }
        window.run_steps(2);
    };
    double(&mut window, 7);
    assert_eq!(
        taken(&mut window),
        [Ask::Select(Select::Only(7)), Ask::SeeWhy(7)]
    );
    window.run_steps(10);
    let chosen = Select::Rows(vec![7, 9], false);
    window.state_mut().collection.select(chosen.clone());
    window.run_steps(2);
    double(&mut window, 9);
    assert_eq!(
        taken(&mut window),
        [
            Ask::Select(Select::Only(9)),
            Ask::Select(chosen),
            Ask::SeeWhy(9)
        ]
    );
}

#[test]
fn a_screen_reader_finds_every_picture_in_sight_and_goes_to_it() {
    let mut window = window(panels(60, Choices::default()), 1280.0, 800.0);
    let grid = window.get_by_role(Role::Grid);
    assert_eq!(
        grid.accesskit_node().label().as_deref(),
        Some("60 made-up pictures")
    );
    let told: Vec<String> = window
        .get_all_by_role(Role::GridCell)
        .filter_map(|cell| cell.accesskit_node().label())
        .collect();
    assert_eq!(told.len(), 60);
    for place in [1, 30, 59] {
        let about = super::words::about(&window.state().collection.snapshot, place);
        let name = format!("{about}, {} of 60", place + 1);
        assert!(told.contains(&name), "{name}");
    }
    let about = super::words::about(&window.state().collection.snapshot, 30);
    window.get_by_label_contains(&about).focus();
    window.run_steps(3);
    assert_eq!(window.state().collection.focused, Some(30));
    // Of very many only the one with the keyboard is told.
    let many = super::tests::window(panels(2000, Choices::default()), 1280.0, 800.0);
    assert_eq!(many.get_all_by_role(Role::GridCell).count(), 1);
}
