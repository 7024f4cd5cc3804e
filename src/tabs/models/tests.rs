//! The matrix walked by mouse alone and by keyboard alone, and its figures against `compare`.

#[path = "blank_tests.rs"]
mod blank;

use std::sync::Arc;

use bevy_egui::egui::accesskit::Role;
use bevy_egui::egui::{self, Key};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use image::RgbImage;
use ndarray::Array2;

use super::compare_cell::{Materials, finding};
use super::export::{Draft, write};
use super::state::ORIGINAL;
use super::ticked::key_of;
use super::{Ask, Cell, Column, Finding, Models, Offer, Results, Version, View, tab_ui};
use crate::classifier::Prediction;
use crate::compare::robustness::{Journal, Truths, dissent};
use crate::compare::{Options, compare};
use crate::picture::{Picture, Region};
use crate::saliency::{Explanation, Method, Request, SaliencyMap, Seconds};
use crate::stylize::shift::Shift;
use crate::ui::shell::ModelChoice;
use crate::ui::theme;
use crate::ui::widgets::{Thumb, focus_ring};

pub(super) fn explanation(bend: f32, class: usize) -> Arc<Explanation> {
    let prediction = Prediction {
        class,
        label: format!("class {class}"),
        probability: 0.5,
        logit: 3.0,
        measured: false,
    };
    let mut probabilities = vec![0.05; 10];
    probabilities[class] = 0.5;
    Arc::new(Explanation {
        request: Request::default(),
        predictions: vec![prediction.clone()],
        probabilities,
        class: prediction,
        map: SaliencyMap {
            values: Array2::from_shape_fn((40, 48), |(y, x)| {
                (x as f32 * 0.2 + bend).sin() + (y as f32 * 0.1 - bend).cos()
            }),
        },
        attribution: None,
        seen: RgbImage::new(48, 40),
        region: Region {
            x: 0,
            y: 0,
            width: 48,
            height: 40,
        },
        completeness: None,
        steps_used: 1,
        seconds: Seconds::default(),
    })
}

fn materials(shift: &str, model: &str, bend: f32, class: usize, delta: u8) -> Materials {
    Materials {
        key: (shift.to_owned(), model.to_owned()),
        file: std::path::PathBuf::new(),
        picture: ("cat".to_owned(), "p".to_owned()),
        settings: "xrai".to_owned(),
        original: explanation(0.0, 1),
        version: explanation(bend, class),
        delta,
        cues: None,
        side: None,
    }
}

#[test]
fn the_figures_of_a_cell_are_those_of_compare() {
    for delta in [0, 10, 80] {
        let made = materials("fog:3", "a", 0.4, 2, delta);
        let ours = finding(&made, "m".to_owned()).unwrap();
        let options = Options {
            delta,
            ..Options::default()
        };
        let theirs = compare(
            ("a", made.original.map.values.view()),
            ("b", made.version.map.values.view()),
            &options,
        )
        .unwrap()
        .figures;
        assert_eq!(ours.row.agree, theirs.agree);
        assert_eq!(ours.row.iou, theirs.similarity.iou.unwrap());
        assert_eq!(ours.row.spearman, theirs.similarity.spearman);
        assert_eq!(ours.row.ssim, theirs.similarity.ssim);
        assert_eq!(ours.row.emd, theirs.similarity.emd.unwrap());
        assert!(!ours.row.same() && ours.row.class == 2);
        // How sure it still is of the first answer.
        assert!((ours.row.original_probability - 0.05).abs() < 1e-6);
        assert!(ours.row.key.settings.contains(&format!("delta {delta};")));
    }
}

pub(super) struct Program {
    pub(super) models: Models,
    choices: Vec<ModelChoice>,
    photos: Vec<Thumb>,
    textures: Vec<Thumb>,
    pub(super) asks: Vec<Ask>,
}

fn done(shift: &str, bend: f32, class: usize) -> Finding {
    finding(&materials(shift, "m0", bend, class, 10), String::new()).unwrap()
}

/// A matrix of `rows` severities of fog and `columns` models, all of it there.
fn matrix(rows: usize, columns: usize) -> Models {
    let shifts = ["fog", "snow", "frost", "contrast", "brightness"]
        .iter()
        .flat_map(|name| (1..=5).map(move |level| format!("{name}:{level}")));
    let mut models = Models {
        chosen: Some(0),
        picture_name: "Cat".to_owned(),
        ..Models::default()
    };
    let picture = Arc::new(Picture::from_pixels("cat", RgbImage::new(8, 8)));
    for shift in std::iter::once(None).chain(shifts.map(Some)).take(rows) {
        let shift: Option<Shift> = shift.map(|text| text.parse().unwrap());
        let key = key_of(shift.as_ref());
        models.versions.push(Version {
            name: if shift.is_some() {
                super::folder::shift_name(&key)
            } else {
                "Original".to_owned()
            },
            shift,
            key,
            picture: Some(picture.clone()),
            thumb: None,
            failed: None,
        });
    }
    for column in 0..columns {
        let model = format!("m{column}");
        models.ticked.insert(model.clone());
        models.columns.push(Column {
            name: format!("Network {column}"),
            model,
            broken: None,
        });
    }
    for (row, version) in models.versions.iter().enumerate() {
        let class = if row > 2 { 2 } else { 1 };
        // Compared once a row: the models are alike.
        let found = done(&version.key, row as f32 * 0.15, class);
        for column in &models.columns {
            let key = (version.key.clone(), column.model.clone());
            let mut mine = found.clone();
            mine.row.key.model.clone_from(&column.model);
            models.cells.insert(key, Cell::Done(Box::new(mine)));
        }
    }
    models
}

pub(super) fn program(rows: usize, columns: usize) -> Program {
    let models = matrix(rows, columns);
    let thumb = |name: &str, hidden| Thumb {
        name: name.to_owned(),
        alternative: String::new(),
        texture: None,
        broken: false,
        hidden,
    };
    Program {
        choices: models
            .columns
            .iter()
            .map(|column| ModelChoice {
                id: column.model.clone(),
                name: column.name.clone(),
                note: String::new(),
                installed: true,
            })
            .collect(),
        models,
        photos: vec![thumb("Cat", false), thumb("Brick", true)],
        textures: vec![thumb("Cat", true), thumb("Brick", false)],
        asks: Vec::new(),
    }
}

fn draw(ui: &mut egui::Ui, program: &mut Program) {
    theme::install(ui.ctx(), false);
    // The harness made this `Ui` before the styles were there.
    ui.reset_style();
    let ctx = ui.ctx().clone();
    let offer = Offer {
        photos: &program.photos,
        textures: &program.textures,
        numbers: &[0, 1],
        models: &program.choices,
    };
    let before = program.asks.len();
    tab_ui(ui, &mut program.models, offer, &mut program.asks);
    // As the tab's system does.
    for ask in program.asks.get(before..).unwrap_or_default() {
        if let Ask::Select(row, column) = ask {
            program.models.selected = (*row, *column);
            program.models.reveal = true;
        }
    }
    focus_ring(&ctx);
}

pub(super) fn window(program: Program, width: f32, height: f32) -> Harness<'static, Program> {
    let mut harness = Harness::builder()
        .with_size(egui::vec2(width, height))
        .with_step_dt(0.2)
        .build_ui_state(draw, program);
    harness.run_steps(4);
    harness
}

pub(super) fn tab_to(window: &mut Harness<'static, Program>, name: &str) {
    for _ in 0..90 {
        window.key_press(Key::Tab);
        window.run_steps(2);
        if focused(window).is_some_and(|label| label.starts_with(name)) {
            return;
        }
    }
    panic!("Tab does not reach {name}");
}

pub(super) fn focused(window: &Harness<'static, Program>) -> Option<String> {
    window
        .root()
        .children_recursive()
        .map(|node| node.accesskit_node())
        .find(egui_kittest::kittest::AccessKitNode::is_focused)
        .and_then(|node| node.label())
}

#[test]
fn the_mouse_alone_is_enough() {
    let mut window = window(program(4, 3), 1280.0, 800.0);
    window.get_by_label_contains("Fog 2, Network 1").click();
    window.run_steps(3);
    assert_eq!(window.state().asks, [Ask::Open(2, 1)]);
    window.get_by_label("Version Fog 1").click();
    window.run_steps(3);
    assert_eq!(window.state().models.selected.0, 1);
    window
        .get_by_role_and_label(Role::CheckBox, "Network 2")
        .click();
    window.run_steps(3);
    assert!(!window.state().models.ticked.contains("m2"));
    assert_eq!(window.state().asks.last(), Some(&Ask::Again));
    window.get_by_label("Brick").click();
    window.run_steps(3);
    assert_eq!(window.state().asks.last(), Some(&Ask::Texture(1)));
    window.get_by_label("One for each model").click();
    window.run_steps(3);
    assert!(window.state().models.own_deltas);
    window.get_by_label_contains("Model Network 0. delta 10");
}

#[test]
fn the_keyboard_alone_is_enough() {
    let mut window = window(program(6, 4), 1280.0, 800.0);
    tab_to(&mut window, "Original, Network 0");
    for key in [Key::ArrowDown, Key::ArrowDown, Key::ArrowRight] {
        window.key_press(key);
        window.run_steps(3);
    }
    assert_eq!(window.state().models.selected, (2, 1));
    let reached = focused(&window).unwrap_or_default();
    assert!(reached.starts_with("Fog 2, Network 1"), "{reached}");
    window.key_press(Key::Enter);
    window.run_steps(2);
    assert_eq!(window.state().asks.last(), Some(&Ask::Open(2, 1)));
    // Far down: what is selected comes into view.
    for _ in 0..3 {
        window.key_press(Key::ArrowDown);
        window.run_steps(3);
    }
    let (rows, _) = window.state().models.visible.clone();
    assert!(rows.contains(&5), "{rows:?}");
    // The curve tells its points to the arrows.
    tab_to(&mut window, "Agreement with the original under Fog");
    window.key_press(Key::ArrowRight);
    window.run_steps(3);
    let told = focused(&window).unwrap_or_default();
    assert!(told.contains("Severity 1:"), "{told}");
}

#[test]
fn arrows_belong_to_the_matrix_while_nothing_has_the_focus() {
    let mut window = window(program(6, 4), 1280.0, 800.0);
    for (key, reached) in [
        (Key::ArrowDown, "Fog 1, Network 0"),
        (Key::ArrowRight, "Fog 1, Network 1"),
    ] {
        window.key_press(key);
        window.run_steps(3);
        let focus = focused(&window).unwrap_or_default();
        assert!(focus.starts_with(reached), "{focus}");
    }
    window.key_press(Key::Enter);
    window.run_steps(2);
    assert_eq!(window.state().asks.last(), Some(&Ask::Open(1, 1)));
    // Another tab was shown, and nothing has the focus any more: it goes on from there.
    window.ctx.memory_mut(|memory| {
        let id = memory.focused().unwrap();
        memory.surrender_focus(id);
    });
    window.run_steps(2);
    assert_eq!(focused(&window), None);
    window.key_press(Key::ArrowDown);
    window.run_steps(3);
    assert_eq!(window.state().models.selected, (2, 1));
    assert!(
        focused(&window)
            .unwrap_or_default()
            .starts_with("Fog 2, Network 1")
    );
}

#[test]
fn only_what_is_visible_is_drawn() {
    let window = window(program(20, 12), 1280.0, 800.0);
    let models = &window.state().models;
    let (rows, columns) = models.visible.clone();
    assert!(rows.len() < 8 && columns.len() < 8, "{rows:?} {columns:?}");
    let cells = window
        .root()
        .children_recursive()
        .filter(|node| {
            let label = node.accesskit_node().label().unwrap_or_default();
            label.contains(", Network ") && label.contains(':')
        })
        .count();
    // The original's row stays in view beside those.
    assert_eq!(cells, (rows.len() + 1) * columns.len());
    assert!(cells >= 6, "{cells}");
}

#[test]
fn a_broken_model_is_told_in_its_column_and_the_others_stay() {
    let mut program = program(3, 2);
    program.models.columns[1].broken = Some("The file is no network.".to_owned());
    program.models.cells.retain(|key, _| key.1 != "m1");
    let window = window(program, 1280.0, 800.0);
    window.get_by_label_contains("Model Network 1. ! cannot be used");
    window.get_by_label_contains("Fog 1, Network 1: The file is no network.");
    window.get_by_label_contains("Fog 1, Network 0: class 1");
    assert!(!window.state().models.working());
}

#[test]
fn results_of_a_folder_are_shown_with_where_models_disagree() {
    let mut program = program(2, 2);
    let models = &program.models;
    let mut rows: Vec<_> = models.rows().into_iter().cloned().collect();
    let mut other = rows.clone();
    for row in &mut other {
        row.key.picture = "dog.png".to_owned();
    }
    other[1].label = "something else".to_owned();
    rows.extend(other);
    program.models.view = View::Folder;
    program.models.results = Some(Results {
        path: "r.csv".into(),
        folder: Some("pictures".into()),
        dissent: dissent(&rows),
        digest: Arc::new(super::figures::Digest::of(&rows, Truths::default())),
        rows: Arc::new(rows),
        files: [("dog.png".to_owned(), "there/dog.png".into())].into(),
        thumbs: std::collections::HashMap::new(),
    });
    let mut window = window(program, 1280.0, 800.0);
    // Every model's answer is told, and none lies over the right column.
    let right = window.get_by_label_contains("The thin line is").rect();
    for model in ["Network 0", "Network 1"] {
        let start = format!("{model}: ");
        let answers: Vec<_> = window.get_all_by_label_contains(&start).collect();
        assert!(answers.len() >= 2, "{model}");
        for answer in answers {
            assert!(answer.rect().right() < right.left(), "{:?}", answer.rect());
        }
    }
    window.get_by_label("Where the models disagree most");
    window.get_by_label("dog.png, Fog 1");
    window.get_by_label_contains("The thin line is the 95 % interval");
    // It leads to all of them at once, each once.
    let results = window.state().models.results.as_ref().unwrap();
    let shown = super::folder::dissenters(results).unwrap();
    let mut names = shown.names.clone();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), shown.names.len());
    assert_eq!(shown.names[0], results.dissent[0].picture);
    // The case is opened, by mouse and by keyboard; where pictures are missing, they are asked for.
    let first = window.state().models.results.as_ref().unwrap();
    assert_eq!(
        (first.dissent[0].picture.as_str(), first.missing()),
        ("dog.png", 1)
    );
    window.get_by_label("Where are the pictures?").click();
    window.run_steps(3);
    tab_to(&mut window, "Open dog.png, Fog 1 in See why");
    window.key_press(Key::Enter);
    window.run_steps(3);
    tab_to(&mut window, "Network 0: something else");
    window.key_press(Key::Enter);
    window.run_steps(3);
    window.get_by_label("Show them in Collection").click();
    window.run_steps(3);
    window.get_by_label("Back to the matrix").click();
    window.run_steps(3);
    let asks = [
        Ask::FindPictures,
        Ask::Case(0),
        Ask::CaseOf(0, 0),
        Ask::ShowDissent,
        Ask::Back,
    ];
    assert_eq!(window.state().asks, asks);
}

#[test]
fn everything_that_can_be_pressed_has_a_name_and_stays_in_the_window() {
    for (width, height) in [(1280.0, 800.0), (1920.0, 1080.0), (960.0, 640.0)] {
        let window = window(program(6, 3), width, height);
        let mut seen = 0;
        for node in window.root().children_recursive() {
            let role = node.accesskit_node().role();
            if !matches!(
                role,
                Role::Button | Role::CheckBox | Role::ComboBox | Role::RadioButton | Role::Slider
            ) {
                continue;
            }
            seen += 1;
            let rect = node.rect();
            let name = node.accesskit_node().label().unwrap_or_default();
            assert!(!name.is_empty(), "a {role:?} has no name");
            assert!(
                rect.height() >= 23.5 || role == Role::Slider,
                "{name} is {:.0} high",
                rect.height()
            );
            if matches!(role, Role::CheckBox | Role::ComboBox | Role::Slider) {
                assert!(
                    rect.left() >= 0.0 && rect.right() <= width,
                    "{name} {rect:?} at {width} x {height}"
                );
            }
        }
        assert!(seen >= 20, "only {seen} controls at {width} x {height}");
    }
}

#[test]
fn what_is_saved_holds_the_matrix() {
    let mut models = matrix(3, 2);
    models.delta = 40.0;
    let missing = (models.versions[2].key.clone(), "m1".to_owned());
    models.cells.remove(&missing);
    let draft = Draft::of(&models, Method::Xrai);
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["m.html", "m.png", "m.csv"] {
        write(&draft, &at(name)).unwrap();
    }
    let rows = Journal::read(&at("m.csv")).unwrap();
    assert_eq!(rows.len(), 5);
    let original = rows.iter().find(|row| row.key.shift == ORIGINAL).unwrap();
    assert_eq!(original.agree, 1.0);
    // Counted for the delta that is set, not for the one the cell was made with.
    let options = Options {
        delta: 40,
        ..Options::default()
    };
    let (a, b) = (explanation(0.0, 1), explanation(0.15, 1));
    let theirs = compare(
        ("a", a.map.values.view()),
        ("b", b.map.values.view()),
        &options,
    );
    let row = rows.iter().find(|row| row.key.shift == "fog:1").unwrap();
    assert!((row.agree - theirs.unwrap().figures.agree).abs() < 1e-6);
    assert!(row.key.settings.contains("delta 40"));
    let page = std::fs::read_to_string(at("m.html")).unwrap();
    assert!(page.contains("not computed") && page.contains("Network 1"));
    assert!(image::open(at("m.png")).unwrap().width() > 400);
}
