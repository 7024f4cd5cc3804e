//! The main task walked by mouse alone and by keyboard alone, by accessible names.

#[path = "tests_more.rs"]
mod more;
#[path = "trust_tests.rs"]
mod trust;
#[path = "what_if/tests.rs"]
mod what_if;

use bevy_egui::egui::accesskit::{Role, Toggled};
use bevy_egui::egui::{self, Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::words;
use super::{Ask, Classes, Look, Props, Status, tab_ui};
use crate::classifier::{Labels, Prediction};
use crate::saliency::Method;
use crate::stage::StageFrame;
use crate::tabs::hands::{self, Window, check_controls, tab_to};
use crate::ui::Session;
use crate::ui::Tab;
use crate::ui::commands::{Command, pressed};
use crate::ui::help::help_ui;
use crate::ui::kept::Kept;
use crate::ui::settings::Settings;
use crate::ui::settings_page::settings_ui;
use crate::ui::shell::{ModelChoice, Shell, top_bar};
use crate::ui::theme::TOP_HEIGHT;
use crate::ui::widgets::{Thumb, hide_tooltips_behind, shield_ui};

struct Program {
    look: Look,
    session: Session,
    shell: Shell,
    settings: Settings,
    thumbs: Vec<Thumb>,
    asks: Vec<Ask>,
    commands: Vec<Command>,
}

fn prediction(class: usize, label: &str, probability: f32) -> Prediction {
    Prediction {
        class,
        label: label.to_owned(),
        probability,
        logit: 5.0,
        measured: false,
    }
}

/// The names of four classes.
fn labels() -> Labels {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.txt");
    std::fs::write(&path, "tench\ntoaster\ntiger cat\ncock\n").unwrap();
    Labels::read(&path, 4).unwrap()
}

/// The tab after a first map: three thumbnails, three answers.
fn program() -> Program {
    let answers = [
        prediction(285, "Egyptian cat", 0.4),
        prediction(282, "tiger cat", 0.3),
        prediction(281, "tabby", 0.2),
    ];
    let mut look = Look {
        status: Status::Done,
        answer: Some(words::first_answer(&answers, &answers[0], None)),
        alternative: "A cat".to_owned(),
        ..Look::default()
    };
    if let Some(answer) = &mut look.answer {
        answer.range = Some([0.0, 1.0]);
    }
    look.classes = Some(Classes {
        labels: labels(),
        probabilities: [0.25; 4].into(),
    });
    let model = |id: &str, name: &str| ModelChoice {
        id: id.to_owned(),
        name: name.to_owned(),
        note: String::new(),
        installed: true,
    };
    Program {
        look,
        session: Session {
            picture: Some(0),
            ..Session::default()
        },
        shell: Shell {
            tab: Tab::Look,
            models: vec![model("a", "Network A"), model("b", "Network B")],
            model: 0,
            method: Method::Xrai,
            help: false,
            settings: false,
        },
        settings: Settings::default(),
        thumbs: ["Cat", "Espresso", "Rocket"]
            .map(|name| Thumb {
                name: name.to_owned(),
                alternative: String::new(),
                texture: None,
                broken: false,
                hidden: false,
            })
            .into(),
        asks: Vec::new(),
        commands: Vec::new(),
    }
}

fn draw(ui: &mut egui::Ui, program: &mut Program, frame: &mut StageFrame) {
    let ctx = ui.ctx().clone();
    hide_tooltips_behind(&ctx);
    program.commands.extend(pressed(&ctx));
    top_bar(ui, &mut program.shell, &[], &mut program.commands);
    tab_ui(
        ui,
        &mut program.look,
        &mut program.session,
        &Props {
            thumbs: &program.thumbs,
            read: &|_| Some(0.25),
            back: false,
        },
        &mut program.shell.method,
        frame,
        &mut program.asks,
    );
    shield_ui(&ctx);
    help_ui(&ctx, &mut program.shell);
    settings_ui(
        &ctx,
        &mut program.shell,
        &mut program.settings,
        &Kept::default(),
        &mut Vec::new(),
    );
}

fn window(program: Program, width: f32, height: f32) -> Window<Program> {
    hands::window(program, width, height, draw)
}

#[test]
fn the_bar_on_top_is_whole_in_windows_of_any_width() {
    // The narrowest is 1280 x 800 at the scale of a kiosk.
    for width in [853.0, 959.0, 960.0, 1024.0, 1215.0, 1216.0, 1280.0, 1920.0] {
        let window = window(program(), width, 600.0);
        for name in ["Explain", "Help", "Settings"] {
            let right = window.get_by_label(name).rect().right();
            assert!(right <= width, "{name} ends at {right} of {width}");
        }
    }
}

#[test]
fn the_mouse_alone_is_enough() {
    let mut window = window(program(), 1280.0, 800.0);
    window.get_by_label("Espresso").click();
    window.run_steps(3);
    window.get_by_label_contains("Tiger cat, 30.0 %").click();
    window.run_steps(3);
    window.get_by_label("Show what mattered").click();
    window.run_steps(3);
    window.get_by_label("Open...").click();
    window.run_steps(3);
    window.get_by_label("Save...").click();
    window.run_steps(3);
    window
        .get_by_label_contains("Picture, map and figures")
        .click();
    window.run_steps(3);
    window.get_by_label("Save...").click();
    window.run_steps(3);
    window.get_by_label_contains("One page or figure").click();
    window.run_steps(3);
    let program = window.state();
    let asks = [
        Ask::Choose(1),
        Ask::Explain(282),
        Ask::Do(Command::Open),
        Ask::Do(Command::Save),
        Ask::Do(Command::SaveAs),
    ];
    assert_eq!(program.asks, asks);
    assert!(!program.look.overlay.shown);
}

/// The list of methods is in the bar on top where it fits, and always in the last step.
#[test]
fn the_method_is_chosen_in_the_last_step() {
    let mut window = window(program(), 1280.0, 1200.0);
    let lists: Vec<egui::Rect> = window
        .get_all_by_role_and_label(Role::ComboBox, "Method")
        .map(|node| node.rect())
        .filter(|rect| rect.top() > TOP_HEIGHT)
        .collect();
    assert_eq!(lists.len(), 1, "one list in the right column");
    let at = lists[0].center();
    for pressed in [true, false] {
        window.event(egui::Event::PointerMoved(at));
        window.event(egui::Event::PointerButton {
            pos: at,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        });
        window.run_steps(2);
    }
    window.get_by_label("Integrated gradients").click();
    window.run_steps(3);
    assert_eq!(window.state().shell.method, Method::Ig);
    assert_eq!(window.state().asks.last(), Some(&Ask::Again));
}

#[test]
fn the_keyboard_alone_is_enough() {
    let mut window = window(program(), 1280.0, 800.0);
    tab_to(&mut window, "Rocket");
    window.key_press(Key::Enter);
    window.run_steps(2);
    tab_to(&mut window, "Tabby");
    window.key_press(Key::Enter);
    window.run_steps(2);
    assert_eq!(window.state().asks, [Ask::Choose(2), Ask::Explain(281)]);
    tab_to(&mut window, "Save...");
    window.key_press(Key::Enter);
    window.run_steps(3);
    tab_to(&mut window, "Picture, map and figures");
    window.key_press(Key::Enter);
    window.run_steps(3);
    assert_eq!(window.state().asks.last(), Some(&Ask::Do(Command::Save)));
    tab_to(&mut window, "Opacity");
    for _ in 0..3 {
        window.key_press(Key::ArrowRight);
        window.run_steps(2);
    }
    let opacity = window.state().look.overlay.opacity;
    assert!((opacity - 43.0).abs() < 0.01, "{opacity}");
}

/// By typing and Enter, by a click on what was found, and with Shift against the explained one.
#[test]
fn any_answer_can_be_asked_for_by_name() {
    let mut window = window(program(), 1280.0, 800.0);
    tab_to(&mut window, "Another answer");
    window.event(egui::Event::Text("to".to_owned()));
    window.run_steps(2);
    assert_eq!(window.state().look.search, "to");
    window.key_press(Key::Enter);
    window.run_steps(2);
    assert_eq!(window.state().asks, [Ask::Explain(1)]);
    assert_eq!(window.state().look.search, "");

    window.state_mut().look.search = "t".to_owned();
    window.run_steps(2);
    window.get_by_label("Tench, 25.0 %");
    window.get_by_label("Tiger cat, 25.0 %").click();
    window.run_steps(2);
    assert_eq!(window.state().asks.last(), Some(&Ask::Explain(2)));

    window.state_mut().look.search = "cock".to_owned();
    window.run_steps(2);
    let at = window.get_by_label("Cock, 25.0 %").rect().center();
    window.event(egui::Event::PointerMoved(at));
    for pressed in [true, false] {
        window.event_modifiers(
            egui::Event::PointerButton {
                pos: at,
                button: egui::PointerButton::Primary,
                pressed,
                modifiers: Modifiers::SHIFT,
            },
            Modifiers::SHIFT,
        );
    }
    window.run_steps(2);
    assert_eq!(window.state().asks.last(), Some(&Ask::Against(Some(3))));

    window.state_mut().look.search = "spaceship".to_owned();
    window.run_steps(2);
    window.get_by_label("It knows no such answer.");
}

#[test]
fn an_own_picture_can_be_taken_out_of_the_list() {
    let words = "Remove from the list";
    let mut program = program();
    let without = window(self::program(), 1280.0, 800.0);
    assert!(without.query_by_label(words).is_none());
    program.look.own = true;
    program.session.picture = Some(2);
    let mut window = window(program, 1280.0, 800.0);
    tab_to(&mut window, words);
    window.key_press(Key::Enter);
    window.run_steps(2);
    assert_eq!(window.state().asks, [Ask::Remove(2)]);
}

#[test]
fn everything_that_can_be_pressed_has_a_name_and_room() {
    for (width, height) in [(1280.0, 800.0), (853.0, 533.0), (1920.0, 1080.0)] {
        let window = window(program(), width, height);
        let seen = check_controls(&window, width, &[]);
        assert!(seen >= 20, "only {seen} controls at {width} x {height}");
    }
}

#[test]
fn nothing_sticks_out_of_the_window() {
    for (width, height) in [(1280.0, 800.0), (960.0, 640.0), (853.0, 533.0)] {
        let window = window(program(), width, height);
        for node in window.root().children_recursive() {
            let role = node.accesskit_node().role();
            if matches!(
                role,
                Role::Slider | Role::SpinButton | Role::CheckBox | Role::ComboBox
            ) {
                let rect = node.rect();
                assert!(
                    rect.left() >= 0.0 && rect.right() <= width,
                    "{:?} {rect:?} at {width} x {height}",
                    node.accesskit_node().label()
                );
            }
        }
    }
}

#[test]
fn the_explained_answer_is_told_to_screen_readers() {
    let window = window(program(), 1280.0, 800.0);
    let marked = window.get_by_label_contains("Egyptian cat, 40.0 %, Shown on the picture");
    assert_eq!(marked.accesskit_node().toggled(), Some(Toggled::True));
    let other = window.get_by_label_contains("Tabby, 20.0 %");
    assert_ne!(other.accesskit_node().toggled(), Some(Toggled::True));
}

#[test]
fn a_failure_says_what_to_do_and_offers_another_try() {
    let mut program = program();
    program.look.status = Status::Failed {
        why: "The network could not be run.".to_owned(),
    };
    let mut window = window(program, 1280.0, 800.0);
    window.get_by_label("The network could not be run.");
    window.get_by_label("Try again").click();
    window.run_steps(3);
    assert_eq!(window.state().asks, [Ask::Do(Command::Retry)]);
}

#[test]
fn keys_are_commands_except_where_text_is_typed() {
    let mut window = window(program(), 1280.0, 800.0);
    window.key_press_modifiers(Modifiers::COMMAND, Key::O);
    window.run_steps(2);
    window.key_press(Key::Space);
    window.key_press(Key::Plus);
    window.run_steps(2);
    let expected = [Command::Open, Command::ToggleOverlay, Command::ZoomIn];
    for command in expected {
        assert!(window.state().commands.contains(&command), "{command:?}");
    }
    window.state_mut().commands.clear();
    // The value box of the opacity: 0 is a digit there, not "whole picture".
    let typed = window
        .get_all_by_role(Role::SpinButton)
        .next()
        .expect("a value box");
    typed.click();
    window.run_steps(3);
    window.key_press(Key::Num0);
    window.run_steps(2);
    assert_eq!(window.state().commands, []);
}

/// The list of networks in the bar on top, open.
fn with_open_list() -> Window<Program> {
    let mut window = window(program(), 1280.0, 800.0);
    let mut lists = window.get_all_by_role(Role::ComboBox);
    let list = lists.find(|list| list.rect().top() < 48.0).unwrap();
    list.click();
    drop(lists);
    window.run_steps(3);
    assert!(window.query_by_label("Network B").is_some());
    window
}

/// Escape closes what lies on top, and does not reach the work behind it.
#[test]
fn escape_closes_an_open_list_and_stops_nothing() {
    let mut window = with_open_list();
    hands::press(&mut window, Key::Escape);
    window.run_steps(2);
    assert!(window.query_by_label("Network B").is_none());
    let program = window.state();
    assert!(program.commands.is_empty() && program.asks.is_empty());
    hands::press(&mut window, Key::Escape);
    let program = window.state();
    let asked = program.commands.contains(&Command::Cancel)
        || program.asks.contains(&Ask::Do(Command::Cancel));
    assert!(asked, "without a list it means the work");
}

#[test]
fn a_click_beside_an_open_list_only_closes_it() {
    let mut window = with_open_list();
    window.get_by_label_contains("Tiger cat, 30.0 %").click();
    window.run_steps(3);
    assert!(window.query_by_label("Network B").is_none());
    assert_eq!(window.state().asks, []);
    window.get_by_label_contains("Tiger cat, 30.0 %").click();
    window.run_steps(3);
    assert_eq!(window.state().asks, [Ask::Explain(282)]);
}

#[test]
fn a_dialog_that_a_key_opens_takes_the_tooltip_behind_it_away() {
    let mut window = window(program(), 1280.0, 800.0);
    let tooltip = Command::Settings.tooltip(&egui::Context::default());
    window.get_by_label("Settings").hover();
    window.run_steps(8);
    assert!(window.query_by_label(&tooltip).is_some(), "{tooltip}");
    window.state_mut().shell.help = true;
    window.run_steps(4);
    assert!(window.query_by_label(&tooltip).is_none());
}
