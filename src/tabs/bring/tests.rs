//! The form about a model that came in: what it takes from beside the file, and how it is filled in.

use bevy_egui::egui::{self, Key};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::form::{Form, Names, Trial};
use super::known::{Found, Known};
use super::normalisation::Normalisation;
use super::{Ask, Bring, OwnList, bring_ui};
use crate::classifier::{
    Channels, InputSize, ModelEntry, NO_LABELS, Origin, OwnModel, Prediction, Renewed, ScoreKind,
};
use crate::picture::Framing;
use crate::ui::theme;
use crate::ui::widgets::focus_ring;

struct Desk {
    bring: Bring,
    asks: Vec<Ask>,
}

fn window(bring: Bring, width: f32, height: f32) -> Harness<'static, Desk> {
    let draw = |ui: &mut egui::Ui, desk: &mut Desk| {
        theme::install(ui.ctx(), false);
        // The harness made this `Ui` before the styles were there.
        ui.reset_style();
        let ctx = ui.ctx().clone();
        bring_ui(&ctx, &mut desk.bring, &mut desk.asks);
        focus_ring(&ctx);
    };
    let desk = Desk {
        bring,
        asks: Vec::new(),
    };
    let mut window = Harness::builder()
        .with_size(egui::vec2(width, height))
        .with_step_dt(0.2)
        .build_ui_state(draw, desk);
    window.run_steps(4);
    window
}

fn focused(window: &Harness<'static, Desk>) -> Option<String> {
    window
        .root()
        .children_recursive()
        .map(|node| node.accesskit_node())
        .find(egui_kittest::kittest::AccessKitNode::is_focused)
        .and_then(|node| node.label())
}

fn tab_to(window: &mut Harness<'static, Desk>, name: &str) {
    for _ in 0..90 {
        window.key_press(Key::Tab);
        window.run_steps(2);
        if focused(window).is_some_and(|label| label.starts_with(name)) {
            return;
        }
    }
    panic!("Tab does not reach {name}");
}

fn answer(class: usize) -> Prediction {
    Prediction {
        class,
        label: format!("class {class}"),
        probability: 0.5,
        logit: 3.0,
        measured: false,
    }
}

/// Nothing that is not usual.
fn found() -> Found {
    Found {
        figures: ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375]),
        figures_source: None,
        settled: false,
        channels: Channels::Rgb,
        framing: Framing::Square,
        pad: [255; 3],
        resample: crate::picture::Resample::default(),
        crop: 0.875,
        names: None,
        outputs: vec!["logits".to_owned()],
        output: "logits".to_owned(),
        kind: ScoreKind::Softmax,
    }
}

fn known(classes: usize, fixed: bool) -> Known {
    Known {
        found: found(),
        input: [224, 224, 3],
        fixed,
        classes,
        notices: vec!["explained on the value before the final softmax".to_owned()],
        answers: Normalisation::ALL
            .into_iter()
            .enumerate()
            .map(|(index, kind)| (kind, vec![answer(index)]))
            .collect(),
    }
}

fn with_form(form: Form) -> Bring {
    Bring {
        form: Some(form),
        picture_name: "Cat".to_owned(),
        ..Bring::default()
    }
}

fn opened(form: Form) -> Harness<'static, Desk> {
    window(with_form(form), 1280.0, 800.0)
}

fn form(window: &Harness<'static, Desk>) -> Form {
    window.state().bring.form.clone().unwrap()
}

#[test]
fn answers_tell_which_colours_are_right_and_the_choice_is_kept() {
    let mut form_before = Form::of("nets/my net.onnx".into());
    assert_eq!(
        (form_before.name.as_str(), &form_before.trial),
        ("my net", &Trial::Working)
    );
    assert!(!form_before.learn(known(1000, true)));
    let mut window = opened(form_before);
    window.get_by_label("224 x 224 pixels, as the file says");
    window.get_by_label("It knows 1000 classes.");
    window.get_by_label("ImageNet mean and deviation: class 0, 50.0 %");
    window.get_by_label("-1 to 1: class 2, 50.0 %").click();
    window.run_steps(3);
    let signed = form(&window);
    assert_eq!(signed.normalisation, Normalisation::Signed);
    let entry = signed.entry();
    assert_eq!(
        (entry.mean, entry.std),
        (Some([127.5; 3]), Some([127.5; 3]))
    );
    assert_eq!(entry.labels.as_deref(), Some("imagenet"));
    assert!(
        window.state().asks.is_empty(),
        "all answers are there already"
    );
    window.get_by_label("Blue, green, red").click();
    window.run_steps(3);
    assert_eq!(window.state().asks.last(), Some(&Ask::Try));
    window.get_by_label("File...").click();
    window.run_steps(3);
    assert_eq!(window.state().asks.last(), Some(&Ask::ChooseNames));
    window.get_by_label("Keep").click();
    window.run_steps(3);
    assert_eq!(window.state().asks.last(), Some(&Ask::Keep));
}

#[test]
fn the_keyboard_fills_in_the_form_and_only_escape_or_discard_let_it_go() {
    let mut filled = Form::of("nets/my net.onnx".into());
    filled.learn(known(1000, true));
    let mut window = opened(filled);
    tab_to(&mut window, "0 to 1");
    window.key_press(Key::Space);
    window.run_steps(3);
    assert_eq!(form(&window).normalisation, Normalisation::Unit);
    tab_to(&mut window, "Keep");
    assert_eq!(focused(&window).as_deref(), Some("Keep"));
    window.key_press(Key::Enter);
    window.run_steps(3);
    assert_eq!(window.state().asks, [Ask::Keep]);
    // A click beside the form would lose what was filled in.
    for event in [true, false] {
        window.event(egui::Event::PointerButton {
            pos: egui::pos2(30.0, 780.0),
            button: egui::PointerButton::Primary,
            pressed: event,
            modifiers: egui::Modifiers::NONE,
        });
        window.run_steps(2);
    }
    assert_eq!(window.state().asks, [Ask::Keep]);
    window.key_press(Key::Escape);
    window.run_steps(2);
    assert_eq!(window.state().asks.last(), Some(&Ask::Discard));
}

#[test]
fn the_form_keeps_its_place_when_the_answers_come() {
    let mut window = opened(Form::of("nets/my net.onnx".into()));
    let before = window.get_by_label("Keep").rect();
    let bring = &mut window.state_mut().bring;
    bring.form.as_mut().unwrap().learn(known(10, true));
    window.run_steps(1);
    assert_eq!(window.get_by_label("Keep").rect(), before);
}

#[test]
fn what_lies_beside_the_file_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join("resnet").join(name);
    std::fs::create_dir(folder.path().join("resnet")).unwrap();
    // A file called "model" goes by its folder.
    assert_eq!(Form::of(at("model.onnx")).name, "resnet");
    std::fs::write(at("labels.txt"), "cat\ndog\n").unwrap();
    let mut form = Form::of(at("model.onnx"));
    assert_eq!(form.names, Names::ImageNet);
    // Two names: they are taken for two classes, and not for three.
    assert!(!form.learn(known(3, true)));
    let mut form = Form::of(at("model.onnx"));
    assert!(form.learn(known(2, true)));
    assert_eq!(form.names, Names::File(at("labels.txt")));
    // ImageNet's names fit: those of the folder are only offered.
    let mut form = Form::of(at("model.onnx"));
    assert!(!form.learn(known(1000, true)));
    std::fs::write(at("model.txt"), "cat\ndog\n").unwrap();
    assert_eq!(
        Form::of(at("model.onnx")).names,
        Names::File(at("model.txt"))
    );

    let said = "name = 'Mine'\nmean = [10, 20, 30]\nstd = [2, 2, 2]\nchannels = 'BGR'\n\
                labels = 'none'\ncrop = 0.9\ninput_size = 300\n";
    std::fs::write(at("model.toml"), said).unwrap();
    let mut form = Form::of(at("model.onnx"));
    assert_eq!((form.name.as_str(), form.channels), ("Mine", Channels::Bgr));
    assert_eq!(form.normalisation, Normalisation::Described);
    assert_eq!(form.offered().count(), 8);
    let entry = form.entry();
    assert_eq!(
        (entry.mean, entry.std),
        (Some([10.0, 20.0, 30.0]), Some([2.0; 3]))
    );
    assert_eq!(
        (entry.crop, entry.labels.as_deref()),
        (Some(0.9), Some(NO_LABELS))
    );
    assert_eq!(entry.input_size, Some(InputSize::Square(300)));
    form.normalisation = Normalisation::Raw;
    assert_eq!(form.entry().mean, Some([0.0; 3]));
    // The description says the figures of one that is offered.
    std::fs::write(
        at("model.toml"),
        "mean = [127, 127, 127]\nstd = [128, 128, 128]",
    )
    .unwrap();
    assert_eq!(
        Form::of(at("model.onnx")).normalisation,
        Normalisation::Lite
    );
    std::fs::write(at("model.toml"), "mean = 'grey'").unwrap();
    let broken = Form::of(at("model.onnx")).trial;
    assert!(
        matches!(&broken, Trial::Failed(why) if why.contains("line 1")),
        "{broken:?}"
    );
}

#[test]
fn a_size_is_asked_for_only_where_the_file_leaves_it_open() {
    let mut form = Form::of("net.onnx".into());
    form.side = 96;
    form.learn(known(1000, false));
    assert_eq!(form.entry().input_size, Some(InputSize::Square(96)));
    let window = opened(form.clone());
    window.get_by_label("a side; the file leaves it open");
    form.learn(known(1000, true));
    assert_eq!(form.entry().input_size, None);
    // Ten classes cannot have ImageNet's names.
    form.learn(known(10, true));
    assert_eq!(form.entry().labels, None);
}

#[test]
fn files_that_are_no_classifier_are_refused_in_words_and_open_ones_are_asked_about() {
    use crate::home::Home;
    use crate::onnx::{ElementType, Graph, Model, Node, ValueInfo, ValueType};

    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let home = Home {
        data: at("data"),
        cache: at("cache"),
        ..Home::find()
    };
    let attempt = |name: &str| {
        super::probe::Bench::default()
            .attempt(&home, &Form::of(at(name)), None)
            .unwrap_err()
    };
    std::fs::write(at("words.onnx"), "these are words, and no network").unwrap();
    std::fs::write(at("empty.onnx"), "").unwrap();
    let segments = |dims: &[i64]| {
        let value = |name: &str| ValueInfo::new(name, &ValueType::new(ElementType::F32, dims));
        let node = Node {
            op_type: Some("Relu".to_owned()),
            input: vec!["x".to_owned()],
            output: vec!["y".to_owned()],
            ..Node::default()
        };
        let graph = Graph {
            node: vec![node],
            input: vec![value("x")],
            output: vec![value("y")],
            ..Graph::default()
        };
        Model::new(graph, 17).to_bytes()
    };
    std::fs::write(at("segments.onnx"), segments(&[1, 3, 32, 32])).unwrap();
    for (name, why) in [
        ("words.onnx", "not an ONNX model"),
        ("empty.onnx", "empty"),
        ("missing.onnx", "missing.onnx"),
        ("segments.onnx", "one score per class"),
    ] {
        let trial = attempt(name);
        assert!(
            matches!(&trial, Trial::Refused(said) if said.contains(why)),
            "{trial:?}"
        );
        let mut form = Form::of(at(name));
        form.trial = trial;
        let mut window = opened(form);
        window.get_by_label("This file cannot be added");
        window.get_by_label("Close").click();
        window.run_steps(3);
        assert_eq!(window.state().asks, [Ask::Discard]);
    }
}

#[test]
fn the_buttons_stay_in_a_low_window() {
    for (width, height) in [(853.0, 533.0), (960.0, 640.0), (1280.0, 800.0)] {
        let mut form = Form::of("net.onnx".into());
        form.learn(known(1000, true));
        let window = window(with_form(form), width, height);
        let (keep, title) = (
            window.get_by_label("Keep").rect(),
            window.get_by_label("Add this model").rect(),
        );
        assert!(title.top() >= 0.0, "{title:?} at {height}");
        assert!(keep.bottom() <= height, "{keep:?} at {height}");
    }
}

#[test]
fn what_was_found_fills_the_form_and_is_kept() {
    let mut form = Form::of("nets/my net.onnx".into());
    // Before the first trial nothing stands in the way of what the file says.
    let entry = form.entry();
    assert_eq!(
        (entry.mean, entry.channels, entry.labels),
        (None, None, None)
    );
    let names: std::sync::Arc<[String]> = ["a".to_owned(), "b".to_owned()].into();
    let mut told = known(2, true);
    told.found = Found {
        figures: ([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]),
        channels: Channels::Bgr,
        framing: Framing::Padded,
        pad: [0; 3],
        names: Some(("config.json".to_owned(), names.clone())),
        outputs: vec!["emb".to_owned(), "logits".to_owned()],
        kind: ScoreKind::Sigmoid,
        ..found()
    };
    assert!(!form.learn(told));
    assert_eq!(form.normalisation, Normalisation::Found);
    assert_eq!(
        (&form.names, form.found_names()),
        (&Names::Found, Some(names))
    );
    let entry = form.entry();
    assert_eq!(entry.mean, Some([1.0, 2.0, 3.0]));
    assert_eq!(
        (entry.channels, entry.resize),
        (Some(Channels::Bgr), Some(Framing::Padded))
    );
    assert_eq!((entry.pad, entry.output), (Some([0; 3]), None));

    let mut window = opened(form);
    window.get_by_label("Squeezed").click();
    window.run_steps(3);
    assert_eq!(self::form(&window).framing, Some(Framing::Whole));
    assert_eq!(window.state().asks.last(), Some(&Ask::Try));
    window.get_by_label("Figures of your own").click();
    window.run_steps(3);
    let own = self::form(&window);
    assert_eq!(own.normalisation, Normalisation::Own);
    // They begin with what was found.
    assert_eq!(own.entry().std, Some([4.0, 5.0, 6.0]));
}

#[test]
fn who_says_how_its_colours_are_stands_below_them_and_nowhere_else() {
    let mut form = Form::of("nets/my net.onnx".into());
    let mut told = known(7, true);
    told.found.figures = ([127.5; 3], [127.5; 3]);
    told.found.figures_source = Some("preprocessor_config.json".to_owned());
    let line = "normalisation: preprocessor_config.json";
    told.notices.push(line.to_owned());
    form.learn(told.clone());
    assert_eq!(form.normalisation, Normalisation::Signed);
    let window = opened(form);
    window.get_by_label("Known: -1 to 1 (preprocessor_config.json).");
    assert!(window.query_by_label_contains("Most are trained").is_none());
    assert!(window.query_by_label_contains("Normalisation:").is_none());
    window.get_by_label_contains("Explained on the value");
    // Nobody says it: what to look at is said.
    let mut form = Form::of("nets/my net.onnx".into());
    form.learn(known(7, true));
    opened(form).get_by_label_contains("whose answer makes sense");
    told.found.figures = ([1.0; 3], [2.0; 3]);
    let words = "Known: As found in or beside the file (preprocessor_config.json).";
    assert_eq!(told.colours().as_deref(), Some(words));
}

#[test]
fn figures_to_be_typed_in_begin_with_what_was_found_and_its_answer() {
    let mut form = Form::of("nets/my net.onnx".into());
    let mut told = known(10, true);
    told.answers.push((Normalisation::Own, vec![answer(8)]));
    told.answers.push((Normalisation::Found, vec![answer(9)]));
    form.learn(told);
    assert_eq!(form.own, found().figures);
    let known = form.known.as_ref().unwrap();
    assert_eq!(known.answer(Normalisation::Own), Some(&answer(9)));
}

#[test]
fn whole_numbers_leave_nothing_to_choose() {
    let mut form = Form::of("nets/my net.onnx".into());
    let mut told = known(2, true);
    told.found.settled = true;
    told.found.figures = ([0.0; 3], [1.0; 3]);
    form.learn(told);
    assert_eq!(form.offered().collect::<Vec<_>>(), [Normalisation::Found]);
}

fn kept(id: &str) -> OwnModel {
    OwnModel {
        id: id.to_owned(),
        name: id.to_uppercase(),
        path: format!("data/models/{id}.onnx").into(),
        entry: ModelEntry {
            id: id.to_owned(),
            name: Some(id.to_uppercase()),
            mean: Some([1.0, 2.0, 3.0]),
            std: Some([4.0; 3]),
            output: Some("logits".to_owned()),
            kind: Some(ScoreKind::Sigmoid),
            resize: Some(Framing::Whole),
            labels: Some(format!("{id}-labels.txt")),
            ..ModelEntry::default()
        },
    }
}

#[test]
fn what_was_said_of_a_kept_model_is_in_its_form() {
    let mut form = Form::of_kept(kept("mine"));
    assert_eq!(form.changes.as_deref(), Some("mine"));
    form.learn(known(2, true));
    assert_eq!(form.normalisation, Normalisation::Described);
    assert_eq!(
        form.names,
        Names::File("data/models/mine-labels.txt".into())
    );
    let entry = form.entry();
    assert_eq!(entry.name.as_deref(), Some("MINE"));
    assert_eq!(
        (entry.mean, entry.std),
        (Some([1.0, 2.0, 3.0]), Some([4.0; 3]))
    );
    assert_eq!(
        (entry.kind, entry.resize),
        (Some(ScoreKind::Sigmoid), Some(Framing::Whole))
    );
    let mut window = opened(form);
    window.get_by_label("Change this model");
    window.get_by_label("Save changes").click();
    window.run_steps(3);
    assert_eq!(window.state().asks, [Ask::Keep]);
    window.get_by_label("Cancel").click();
    window.run_steps(3);
    assert_eq!(window.state().asks.last(), Some(&Ask::Discard));
}

#[test]
fn a_model_is_removed_only_when_the_person_is_sure() {
    let list = OwnList {
        models: vec![kept("mine"), kept("other")],
        sure: None,
    };
    let bring = Bring {
        own: Some(list),
        ..Bring::default()
    };
    let mut window = window(bring, 960.0, 640.0);
    window.get_by_label("Remove OTHER...").click();
    window.run_steps(3);
    assert!(window.state().asks.is_empty());
    window.get_by_label("Keep OTHER").click();
    window.run_steps(3);
    assert_eq!(window.state().bring.own.as_ref().unwrap().sure, None);
    window.get_by_label("Remove OTHER...").click();
    window.run_steps(3);
    window.get_by_label("Remove OTHER for good").click();
    window.run_steps(3);
    assert_eq!(window.state().asks, [Ask::Remove("other".to_owned())]);
    window.get_by_label("Change MINE...").click();
    window.run_steps(3);
    assert_eq!(
        window.state().asks.last(),
        Some(&Ask::Change("mine".to_owned()))
    );
    window.get_by_label("Close").click();
    window.run_steps(3);
    assert_eq!(window.state().asks.last(), Some(&Ask::CloseList));
}

#[test]
fn a_changed_file_is_taken_only_where_the_person_says_so() {
    let renewed = Renewed {
        model: kept("mine"),
        origin: Origin {
            path: "train/mine.onnx".into(),
            sha256: String::new(),
            bytes: 1,
            modified: 0,
        },
    };
    let bring = Bring {
        renewed: [renewed].into(),
        ..Bring::default()
    };
    let mut window = window(bring, 960.0, 640.0);
    window.get_by_label("MINE has changed");
    window.get_by_label("train/mine.onnx");
    window.key_press(Key::Escape);
    window.run_steps(2);
    assert!(window.state().asks.is_empty());
    window.get_by_label("Keep the old one").click();
    window.run_steps(3);
    window.get_by_label("Take the new one").click();
    window.run_steps(3);
    assert_eq!(window.state().asks, [Ask::LeaveOld, Ask::TakeNew]);
    window.state_mut().bring.busy = true;
    window.run_steps(2);
    window.get_by_label("Take the new one").click();
    window.run_steps(3);
    assert_eq!(window.state().asks.len(), 2, "it is copied already");
}
