//! The tab walked by mouse alone and by keyboard alone, by accessible names, over two real maps.

use std::sync::Arc;

use bevy_egui::egui::{self, Key};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use ndarray::Array2;

use super::{
    Agreement, Answers, Arrangement, Ask, Chart, Difference, Props, Reading, SimilarityState,
    Status, Which, tab_ui,
};
use crate::classifier::Prediction;
use crate::compare::{Options, Prepared, Similarity, top_colours};
use crate::saliency::{ClassChoice, Method};
use crate::stage::StageFrame;
use crate::tabs::hands::{self, Window, check_controls, tab_to};
use crate::ui::commands::{Command, pressed};
use crate::ui::shell::ModelChoice;
use crate::ui::widgets::Thumb;

pub(super) struct Program {
    pub(super) state: SimilarityState,
    prepared: Arc<Prepared>,
    pub(super) asks: Vec<Ask>,
    commands: Vec<Command>,
    /// What was counted in the last frame, and for which delta.
    counted: Option<(u8, Option<Agreement>)>,
}

fn prediction(class: usize, label: &str) -> Prediction {
    Prediction {
        class,
        label: label.to_owned(),
        probability: 0.3,
        logit: 4.0,
        measured: false,
    }
}

fn map(phase: f32) -> Array2<f32> {
    Array2::from_shape_fn((60, 60), |(y, x)| {
        (x as f32 * 0.13 + phase).sin() + (y as f32 * 0.09 - phase).cos()
    })
}

/// The tab with two finished maps and all their figures.
pub(super) fn program() -> Program {
    program_of(&map(0.0), &map(0.6))
}

fn program_of(a: &Array2<f32>, b: &Array2<f32>) -> Program {
    let prepared = Prepared::new(("A", a.view()), ("B", b.view()), &Options::default()).unwrap();
    let mut state = SimilarityState::default();
    for (which, name) in [(Which::A, "Cat"), (Which::B, "Cat in brick")] {
        let side = state.side_mut(which);
        side.name = name.to_owned();
        side.alternative = format!("A picture of {name}");
        side.model = "a".to_owned();
        side.answers = vec![
            prediction(285, "Egyptian cat"),
            prediction(282, "tiger cat"),
        ];
        side.explained = Some(prediction(285, "Egyptian cat"));
        side.status = Status::Done;
        side.range = Some(prepared.scales()[which.index()]);
    }
    state.side_mut(Which::A).item = Some(10);
    let colours = [0, 1].map(|i: usize| top_colours(&prepared.coloured()[i], 6, 0).unwrap());
    state.figures.colours = Some(colours);
    let similarity = Similarity::of(&prepared.pair().unwrap(), 0.1).unwrap();
    state.figures.notes = prepared.notes().to_vec();
    state.figures.similarity = Some(similarity);
    Program {
        state,
        prepared: Arc::new(prepared),
        asks: Vec::new(),
        commands: Vec::new(),
        counted: None,
    }
}

fn models() -> [ModelChoice; 2] {
    ["a", "b"].map(|id| ModelChoice {
        id: id.to_owned(),
        name: format!("Network {id}"),
        note: String::new(),
        installed: true,
    })
}

fn draw(ui: &mut egui::Ui, program: &mut Program, frame: &mut StageFrame) {
    program.commands.extend(pressed(ui.ctx()));
    let thumbs = ["Cat", "Espresso"].map(|name| Thumb {
        name: name.to_owned(),
        alternative: String::new(),
        texture: None,
        broken: false,
        hidden: false,
    });
    let Program {
        state,
        prepared,
        asks,
        counted,
        ..
    } = program;
    let mut count = |delta, by_value| {
        let agreement = Agreement::of(prepared, delta, by_value);
        *counted = Some((delta, agreement.clone()));
        agreement
    };
    let models = models();
    tab_ui(
        ui,
        state,
        &Props {
            thumbs: &thumbs,
            items: &[10, 11],
            models: &models,
        },
        &mut Answers {
            count: &mut count,
            read: &|_, _| Reading::default(),
            average: &|_| [Some(1.0), Some(0.5), Some(0.25)],
        },
        frame,
        asks,
    );
}

pub(super) fn window(program: Program, width: f32, height: f32) -> Window<Program> {
    hands::window(program, width, height, draw)
}

fn labels(window: &Window<Program>) -> Vec<String> {
    let nodes = window.root().children_recursive();
    nodes
        .filter_map(|node| node.accesskit_node().label())
        .collect()
}

#[test]
fn the_mouse_alone_is_enough() {
    let mut window = window(program(), 1280.0, 744.0);
    for name in [
        "Another answer",
        "Another texture",
        "Swap",
        "Bars",
        "One scale",
        "Values",
    ] {
        window.get_by_label(name).click();
        window.run_steps(3);
    }
    window.get_by_label("Flip").click();
    window.run_steps(3);
    window.get_by_label("Picture of A: Cat").click();
    window.run_steps(3);
    window.get_by_label("Espresso").click();
    window.run_steps(3);
    window.get_by_label("Network of B").click();
    window.run_steps(3);
    window.get_by_label("Network b").click();
    window.run_steps(3);
    window.get_by_label("Answer of A").click();
    window.run_steps(3);
    window.get_by_label("Tiger cat").click();
    window.run_steps(3);
    window.get_by_label("Method of B").click();
    window.run_steps(3);
    window.get_by_label("Integrated gradients").click();
    window.run_steps(3);
    let program = window.state();
    let asks = [
        Ask::Differ(Difference::Answer),
        Ask::Differ(Difference::Texture),
        Ask::Swap,
        Ask::Picture(Which::A, 1),
        Ask::Model(Which::B, 1),
        Ask::Class(Which::A, ClassChoice::Class(282)),
        Ask::Method(Which::B, Method::Ig),
    ];
    assert_eq!(program.asks, asks);
    let state = &program.state;
    assert_eq!(state.chart, Chart::Bars);
    assert!(state.shared_scale && state.by_value);
    assert_eq!(state.arrangement, Arrangement::Flip(Which::A));
}

#[test]
fn the_figure_is_that_of_the_frame_in_which_delta_moves() {
    let mut window = window(program(), 1280.0, 744.0);
    tab_to(&mut window, "Delta");
    let before = window.state().state.agreement.clone().unwrap();
    window.key_press(Key::ArrowRight);
    for _ in 0..4 {
        window.step();
        let program = window.state();
        // Picture, figure and slider belong together in every single frame.
        let (delta, counted) = program.counted.clone().unwrap();
        assert_eq!(delta, program.state.delta());
        assert_eq!(program.state.agreement, counted);
    }
    assert_eq!(window.state().state.delta(), 11);
    for _ in 0..30 {
        window.key_press(Key::ArrowRight);
        window.run_steps(1);
    }
    let program = window.state();
    let after = program.state.agreement.clone().unwrap();
    assert!(after.share > before.share, "{before:?} {after:?}");
    let (_, counts) = program
        .prepared
        .intersection(program.state.delta(), false)
        .unwrap();
    assert_eq!(Some(after.share), counts.all.share());
    let shown = super::words::percent(after.share);
    window.get_by_label_contains(&format!("{shown} of the pixels agree"));
}

#[test]
fn slices_are_walked_by_the_arrow_keys_and_named() {
    let mut window = window(program(), 1280.0, 744.0);
    let colours = window.state().state.figures.colours.clone().unwrap();
    tab_to(&mut window, "Colours of A");
    for colour in colours[0].iter().skip(1) {
        window.key_press(Key::ArrowRight);
        window.run_steps(3);
        let words = format!(
            "Colours of A. {}, {}",
            colour.name,
            super::words::percent(colour.share)
        );
        let pie = window.get_by_label(&words);
        assert!(pie.accesskit_node().is_focused());
    }
    // Tab goes on from the pie: it is no trap.
    tab_to(&mut window, "Colours of B");
    // Each slice is there for screen readers too.
    for colour in &colours[1] {
        let words = format!("{}, {}", colour.name, super::words::percent(colour.share));
        let there = window.query_all_by_label(&words).next().is_some();
        assert!(there, "{words} is not among {:?}", labels(&window));
    }
}

#[test]
fn the_keyboard_alone_is_enough() {
    let mut window = window(program(), 1280.0, 744.0);
    tab_to(&mut window, "Another method");
    window.key_press(Key::Enter);
    window.run_steps(2);
    tab_to(&mut window, "Wipe");
    window.key_press(Key::Enter);
    window.run_steps(2);
    assert_eq!(window.state().state.arrangement, Arrangement::Wipe);
    tab_to(&mut window, "Line at");
    for _ in 0..3 {
        window.key_press(Key::ArrowLeft);
        window.run_steps(2);
    }
    assert!((window.state().state.wipe - 47.0).abs() < 0.01);
    tab_to(&mut window, "IoU");
    window.key_press(Key::Enter);
    window.run_steps(2);
    assert_eq!(window.state().asks, [Ask::Differ(Difference::Method)]);
    let mut window = self::window(program(), 1280.0, 744.0);
    for key in [Key::F, Key::X, Key::W] {
        window.key_press(key);
        window.run_steps(2);
    }
    let commands = [Command::Flip, Command::Swap, Command::Wipe];
    assert_eq!(window.state().commands, commands);
}

#[test]
fn everything_that_can_be_pressed_has_a_name_and_room() {
    for (width, height, arrangement) in [
        (1280.0, 744.0, Arrangement::Beside),
        (1280.0, 744.0, Arrangement::Wipe),
        (853.0, 477.0, Arrangement::Flip(Which::B)),
        (853.0, 477.0, Arrangement::Wipe),
        (1920.0, 1024.0, Arrangement::Beside),
    ] {
        let mut program = program();
        program.state.arrangement = arrangement;
        let window = window(program, width, height);
        let seen = check_controls(&window, width, &[]);
        assert!(seen >= 35, "only {seen} controls at {width} x {height}");
    }
}

#[test]
fn states_without_maps_say_what_to_do() {
    let mut program = program();
    program.state = SimilarityState::default();
    program.state.side_mut(Which::B).status = Status::Failed("The network is gone.".to_owned());
    program.state.figures.problem = Some("B holds NaN at row 3, column 4.".to_owned());
    let mut window = window(program, 1280.0, 744.0);
    window.get_by_label("No picture yet");
    window.get_by_label("The network is gone.");
    window.get_by_label("B holds NaN at row 3, column 4.");
    window.get_by_label("Try again").click();
    window.run_steps(3);
    assert_eq!(window.state().asks, [Ask::Do(Command::Retry)]);
}

/// Maps that are flat, tiny, one and the same, or of two sizes: figures that make sense, or words
/// that say why there are none. Never a number that is none.
#[test]
fn maps_of_every_kind_are_shown() {
    let zeros = Array2::zeros((60, 60));
    let ramp = Array2::from_shape_fn((30, 90), |(y, x)| (y * x) as f32);
    let dot = Array2::from_elem((1, 1), 3.0);
    for (what, a, b) in [
        ("both zero", &zeros, &zeros),
        ("one zero", &map(0.0), &zeros),
        ("zero first", &zeros, &map(0.0)),
        ("one map", &map(0.0), &map(0.0)),
        ("two sizes", &map(0.0), &ramp),
        ("one pixel", &dot, &dot),
    ] {
        let mut window = window(program_of(a, b), 1280.0, 744.0);
        window.run_steps(2);
        let share = window.state().state.agreement.as_ref().unwrap().share;
        assert!((0.0..=1.0).contains(&share), "{what}: {share}");
        if ["both zero", "one map", "one pixel"].contains(&what) {
            assert_eq!(share, 1.0, "{what}");
        }
        let nodes = window.root().children_recursive();
        let labels: Vec<String> = nodes
            .filter_map(|node| {
                let node = node.accesskit_node();
                node.label().or_else(|| node.value())
            })
            .collect();
        for label in &labels {
            assert!(
                !label.contains("NaN") && !label.contains("inf"),
                "{what}: {label}"
            );
        }
        let pearson = labels
            .iter()
            .find(|label| label.starts_with("Pearson: "))
            .unwrap();
        let flat = ["both zero", "one zero", "zero first", "one pixel"].contains(&what);
        assert_eq!(
            pearson.contains("no meaning here"),
            flat,
            "{what}: {pearson}"
        );
        if what == "two sizes" {
            let note = window.state().state.figures.notes.first().unwrap().clone();
            assert!(labels.contains(&note), "{note}");
        }
    }
}
