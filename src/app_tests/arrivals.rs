//! What is dropped or pasted goes where it belongs, once.

use ndarray::Array2;

use super::harness::{Mood, Program};
use crate::jobs::BackgroundNews;
use crate::tabs::bring::{Bring, Trial};
use crate::tabs::explain::Explain;
use crate::tabs::look::{Look, Status};
use crate::tabs::models::Models;
use crate::tabs::similarity::{self, SimilarityState, Which};
use crate::tabs::stylize::Stylize;
use crate::ui::Tab;
use crate::ui::commands::Command;
use crate::ui::library::Library;
use crate::ui::{Session, ShellState};

fn side_done(program: &mut Program, which: Which, name: &str) {
    program.until(name, |world| {
        let side = world.resource::<SimilarityState>().side(which);
        side.name == name && side.status == similarity::Status::Done
    });
}

fn save_map(program: &Program, name: &str, rows: usize) -> std::path::PathBuf {
    let path = program.file(name);
    let map = Array2::from_shape_fn((rows, 12), |(y, x)| (y * 3 + x) as f32);
    crate::npy::write(&path, map.view()).unwrap();
    path
}

#[test]
fn a_dropped_picture_goes_to_the_tab_that_is_shown_and_to_no_other() {
    for tab in [Tab::Look, Tab::Stylize, Tab::Models] {
        let mut program = Program::start();
        program.rest();
        for visited in Tab::ALL {
            program.show(visited);
        }
        program.show(tab);
        program.rest();
        let path = program.picture("mine.png", 77);
        program.drop(&[path]);
        program.rest();
        let mine = Some(program.index("mine"));
        let chosen = [
            program.get::<Session>().picture,
            program.get::<Stylize>().shape,
            program.get::<Models>().chosen,
        ];
        let expected = [Tab::Look, Tab::Stylize, Tab::Models].map(|other| other == tab);
        assert_eq!(chosen.map(|chosen| chosen == mine), expected, "{tab:?}");
    }
}

/// A table opens in "Models"; the picture beside it was dropped onto "See why".
#[test]
fn a_picture_dropped_with_a_table_is_not_taken_twice() {
    let mut program = Program::start();
    program.show(Tab::Models);
    program.show(Tab::Look);
    program.rest();
    let before = program.get::<Models>().chosen;
    let table = program.file("results.csv");
    std::fs::write(&table, "not a table").unwrap();
    let picture = program.picture("mine.png", 44);
    program.drop(&[table, picture]);
    program.frames(3);
    program.rest();
    program.show(Tab::Look);
    program.rest();
    assert_eq!(program.get::<Models>().chosen, before);
    assert_eq!(
        program.get::<Session>().picture,
        Some(program.index("mine"))
    );
}

#[test]
fn what_was_dropped_before_is_not_taken_again_by_the_next_tab() {
    let mut program = Program::start();
    program.show(Tab::Stylize);
    program.show(Tab::Look);
    program.rest();
    let path = program.picture("mine.png", 44);
    let window = program.app.world_mut().spawn_empty().id();
    program
        .app
        .world_mut()
        .write_message(bevy::window::FileDragAndDrop::DroppedFile {
            window,
            path_buf: path,
        });
    program
        .get_mut::<crate::ui::Asked>()
        .push(crate::ui::commands::Command::Show(Tab::Stylize));
    program.frames(6);
    program.rest();
    let mine = Some(program.index("mine"));
    assert_eq!(program.get::<Session>().picture, mine);
    assert_ne!(program.get::<Stylize>().shape, mine);
}

#[test]
fn two_pictures_dropped_on_similarity_are_a_and_b() {
    let mut program = Program::start();
    program.show(Tab::Similarity);
    program.rest();
    let (first, second) = (
        program.picture("first.png", 20),
        program.picture("second.png", 60),
    );
    program.drop(&[first, second]);
    side_done(&mut program, Which::A, "first");
    side_done(&mut program, Which::B, "second");
}

#[test]
fn a_map_dropped_anywhere_is_shown_in_similarity() {
    let mut program = Program::start();
    program.rest();
    let map = save_map(&program, "mine.npy", 9);
    program.drop(&[map]);
    program.until("the tab", |world| {
        **world.resource::<bevy::prelude::State<Tab>>() == Tab::Similarity
    });
    program.until("the map", |world| {
        let state = world.resource::<SimilarityState>();
        Which::ALL
            .into_iter()
            .any(|which| state.side(which).from_file)
    });
}

#[test]
fn a_file_that_is_no_map_is_told_and_waited_for_no_longer() {
    let mut program = Program::start();
    program.show(Tab::Similarity);
    program.rest();
    let broken = program.file("broken.npy");
    std::fs::write(&broken, "no map").unwrap();
    program.drop(&[broken]);
    program.until("the notice", |world| {
        let board = world.resource::<crate::ui::NoticeBoard>();
        board
            .iter()
            .any(|notice| notice.text.contains("broken.npy"))
    });
    assert!(!program.get::<SimilarityState>().working());
}

/// The form opens over every tab, and nothing of it is used until it is kept.
#[test]
fn a_network_dropped_on_any_tab_is_asked_about() {
    let mut program = Program::start();
    for tab in Tab::ALL {
        program.show(tab);
        program.rest();
        let before = program.get::<ShellState>().0.clone();
        let network = program.file("mine.onnx");
        std::fs::write(&network, "no network").unwrap();
        program.drop(std::slice::from_ref(&network));
        program.until("the trial", |world| {
            let form = world.resource::<Bring>().form.as_ref();
            form.is_some_and(|form| form.path == network && form.trial != Trial::Working)
        });
        assert_eq!(program.get::<ShellState>().0, before, "{tab:?}");
        // Commands are not the tab's meanwhile; Escape lets it go.
        program.command(Command::ToggleOverlay);
        program.command(Command::Cancel);
        assert_eq!(program.get::<Bring>().form, None, "{tab:?}");
    }
}

#[test]
fn names_dropped_with_a_network_or_onto_its_form_are_its_own() {
    use crate::tabs::bring::Names;
    let mut program = Program::start();
    program.rest();
    let (network, names, csv) = (
        program.file("mine.onnx"),
        program.file("kinds.txt"),
        program.file("kinds.csv"),
    );
    std::fs::write(&network, colours()).unwrap();
    std::fs::write(&names, "red\ngreen\nblue\n").unwrap();
    std::fs::write(&csv, "index,name\n0,rot\n1,blau\n2,grau\n").unwrap();
    let done = |program: &mut Program, names: &std::path::Path| {
        program.until("the trial", |world| {
            let form = world.resource::<Bring>().form.as_ref();
            form.is_some_and(|form| {
                form.names == Names::File(names.to_owned()) && form.trial == Trial::Done
            })
        });
    };
    program.drop(&[names.clone(), network]);
    done(&mut program, &names);
    program.drop(std::slice::from_ref(&csv));
    done(&mut program, &csv);
    assert_eq!(program.notices(), "");
    program.command(Command::Cancel);
    // Without a form it is told where it belongs.
    program.drop(std::slice::from_ref(&names));
    assert!(
        program.notices().contains("under Classes"),
        "{}",
        program.notices()
    );
}

/// A network of three classes, each of which looks at one colour.
fn colours() -> Vec<u8> {
    use crate::onnx::{ElementType, Graph, Model, Node, Tensor, ValueInfo, ValueType};
    let value =
        |name: &str, dims: &[i64]| ValueInfo::new(name, &ValueType::new(ElementType::F32, dims));
    let node = |op: &str, inputs: &[&str], output: &str| Node {
        op_type: Some(op.to_owned()),
        input: inputs.iter().map(|&name| name.to_owned()).collect(),
        output: vec![output.to_owned()],
        ..Node::default()
    };
    let weights = [1.0_f32, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
    let graph = Graph {
        node: vec![
            node("GlobalAveragePool", &["x"], "pooled"),
            node("Flatten", &["pooled"], "flat"),
            node("MatMul", &["flat", "w"], "logits"),
        ],
        initializer: vec![Tensor {
            name: Some("w".to_owned()),
            dims: vec![3, 3],
            data_type: Some(1),
            raw_data: Some(weights.map(f32::to_le_bytes).concat().into()),
            ..Tensor::default()
        }],
        input: vec![value("x", &[1, 3, 16, 16])],
        output: vec![value("logits", &[1, 3])],
        ..Graph::default()
    };
    Model::new(graph, 17).to_bytes()
}

#[test]
fn a_model_is_kept_chosen_changed_taken_anew_and_removed() {
    use crate::classifier::own_models;
    use crate::tabs::bring::{Ask, Asks};
    let mut program = Program::start();
    program.rest();
    let network = program.file("mine.onnx");
    std::fs::write(&network, colours()).unwrap();
    let tried = |program: &mut Program| {
        program.until("the trial", |world| {
            let form = world.resource::<Bring>().form.as_ref();
            form.is_some_and(|form| form.trial == Trial::Done)
        });
    };
    let closed = |program: &mut Program| {
        program.until("what is kept", |world| !world.resource::<Bring>().is_open());
        program.rest();
    };
    program.drop(std::slice::from_ref(&network));
    tried(&mut program);
    program.get_mut::<Asks>().push(Ask::Keep);
    closed(&mut program);
    let chosen = program.get::<ShellState>().model().unwrap().clone();
    assert_eq!((chosen.id.as_str(), chosen.name.as_str()), ("mine", "mine"));
    assert!(program.get::<Models>().ticked.contains("mine"));
    assert_eq!(program.backend.asked().last().unwrap().model, "mine");

    // The same file again: no second one, and no form to fill in.
    program.choose_model("alpha");
    program.drop(std::slice::from_ref(&network));
    closed(&mut program);
    assert_eq!(program.get::<ShellState>().model().unwrap().id, "mine");
    assert!(
        program.notices().contains("kept before"),
        "{}",
        program.notices()
    );
    let home = program.get::<crate::ui::HomeDir>().0.clone();
    assert_eq!(own_models(&home).unwrap().len(), 1);

    program.command(Command::OwnModels);
    program
        .get_mut::<Asks>()
        .push(Ask::Change("mine".to_owned()));
    program.frames(2);
    tried(&mut program);
    let asked = program.backend.asked().len();
    let mut bring = program.get_mut::<Bring>();
    "Better".clone_into(&mut bring.form.as_mut().unwrap().name);
    program.get_mut::<Asks>().push(Ask::Keep);
    closed(&mut program);
    assert_eq!(program.get::<ShellState>().model().unwrap().name, "Better");
    let backend = program.backend.clone();
    program.until("its map anew", |_| backend.asked().len() > asked);

    let mut other = colours();
    other.extend_from_slice(&[0x12, 1, b'x']); // another producer's name
    std::fs::write(&network, &other).unwrap();
    let window = program.app.world_mut().spawn_empty().id();
    program
        .app
        .world_mut()
        .write_message(bevy::window::WindowFocused {
            window,
            focused: true,
        });
    program.until("the question", |world| {
        !world.resource::<Bring>().renewed.is_empty()
    });
    program.get_mut::<Asks>().push(Ask::TakeNew);
    program.frames(2);
    closed(&mut program);
    let kept = own_models(&home).unwrap();
    assert_eq!(std::fs::read(&kept[0].path).unwrap(), other);
    assert_eq!(kept[0].name, "Better");

    program.command(Command::OwnModels);
    program
        .get_mut::<Asks>()
        .push(Ask::Remove("mine".to_owned()));
    program.get_mut::<Asks>().push(Ask::CloseList);
    program.frames(2);
    closed(&mut program);
    assert!(own_models(&home).unwrap().is_empty());
    let shell = program.get::<ShellState>();
    assert_eq!(shell.model().unwrap().id, "alpha");
    assert!(shell.models.iter().all(|model| model.id != "mine"));
    assert!(!program.get::<Models>().ticked.contains("mine"));
}

#[test]
fn a_picture_dropped_on_the_game_is_played_with() {
    let mut program = Program::start();
    program.show(Tab::Explain);
    program.rest();
    let path = program.picture("mine.png", 77);
    program.drop(&[path]);
    program.rest();
    let id = program.get::<Library>().items()[program.index("mine")].id;
    assert!(program.get::<Explain>().setup.ticked.contains(&id));
}

#[test]
fn the_same_file_dropped_twice_is_in_the_list_once() {
    let mut program = Program::start();
    program.rest();
    let path = program.picture("mine.png", 77);
    program.drop(&[path.clone(), path]);
    program.rest();
    let items = program.get::<Library>().items().iter();
    assert_eq!(items.filter(|item| item.name == "mine").count(), 1);
}

#[test]
fn a_picture_that_arrives_after_another_was_chosen_does_not_take_its_place() {
    let mut program = Program::start_in(Mood::Held);
    let path = program.picture("late.png", 77);
    program.drop(&[path]);
    let dog = program.index("Dog");
    program
        .get_mut::<crate::tabs::look::Asks>()
        .push(crate::tabs::look::Ask::Choose(dog));
    program.backend.set(Mood::Quick);
    program.frames(3);
    program.until("the map", |world| {
        world.resource::<Look>().status == Status::Done
    });
    program.rest();
    assert_eq!(program.get::<Session>().picture, Some(dog));
    let look = program.get::<Look>();
    assert!(look.alternative.contains("A dog."), "{}", look.alternative);
}

/// A saved explanation is shown again as it was asked for.
#[test]
fn a_saved_explanation_opens_as_it_was_asked_for() {
    use crate::saliency::{ClassChoice, Method};
    use crate::tabs::look::{Ask, Asks, Current};
    let mut program = Program::start();
    program.get_mut::<ShellState>().method = Method::SmoothGrad;
    program.frames(2);
    program.get_mut::<Asks>().push(Ask::Explain(3));
    program.frames(2);
    program.until("the map", |world| {
        world.resource::<Look>().status == Status::Done
    });
    let shot = {
        let world = program.app.world();
        let (look, library) = (world.resource::<Look>(), world.resource::<Library>());
        let session = world.resource::<Session>();
        world
            .resource::<Current>()
            .shot(look, session, library)
            .unwrap()
    };
    let parent = program.file("saved");
    std::fs::create_dir(&parent).unwrap();
    let folder = shot.write(&*program.backend, &parent).unwrap();
    program.get_mut::<ShellState>().method = Method::Ig;
    program.frames(2);
    program.rest();
    program.drop(&[folder]);
    program.until("the saved map", |world| {
        let state = world.resource::<Look>();
        let answer = state
            .answer
            .as_ref()
            .map(|answer| answer.explained.as_str());
        state.status == Status::Done && answer == Some("thing 3")
    });
    program.rest();
    let request = program.backend.asked().last().unwrap().request.clone();
    assert_eq!(request.class, ClassChoice::Class(3));
    assert_eq!(request.method, Method::SmoothGrad);
    assert_eq!(program.get::<ShellState>().method, Method::SmoothGrad);
}

#[test]
fn a_dialog_that_is_closed_changes_nothing() {
    let mut program = Program::start();
    program.rest();
    let before = program.get::<Look>().clone();
    program
        .app
        .world_mut()
        .write_message(BackgroundNews::Picked(Vec::new()));
    program.frames(3);
    assert_eq!(*program.get::<Look>(), before);
}

#[test]
fn what_lies_beside_a_model_is_told_and_not_taken_for_a_picture() {
    let mut program = Program::start();
    program.rest();
    let before = program.get::<Library>().items().len();
    let (checkpoint, names) = (program.file("net.pt"), program.file("names.txt"));
    std::fs::write(&checkpoint, b"PK\x03\x04..........archive/data.pkl").unwrap();
    std::fs::write(&names, "cat\ndog\n").unwrap();
    program.drop(&[checkpoint]);
    assert!(
        program.notices().contains("torch.onnx.export"),
        "{}",
        program.notices()
    );
    program.drop(&[names]);
    assert!(
        program.notices().contains("under Classes"),
        "{}",
        program.notices()
    );
    assert_eq!(program.get::<Library>().items().len(), before);
}

#[test]
fn a_dropped_folder_opens_its_network() {
    let mut program = Program::start();
    program.rest();
    let shared = program.file("shared");
    std::fs::create_dir(&shared).unwrap();
    std::fs::write(shared.join("net.onnx"), "x").unwrap();
    program.drop(std::slice::from_ref(&shared));
    let form = program.get::<Bring>().form.clone();
    assert_eq!(form.unwrap().path, shared.join("net.onnx"));
}
