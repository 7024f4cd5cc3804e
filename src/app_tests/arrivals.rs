//! What is dropped or pasted goes where it belongs, once.

use ndarray::Array2;

use super::harness::{Mood, Program};
use crate::jobs::BackgroundNews;
use crate::tabs::explain::Explain;
use crate::tabs::look::{Look, Status};
use crate::tabs::models::Models;
use crate::tabs::similarity::{self, SimilarityState, Which};
use crate::tabs::stylize::Stylize;
use crate::ui::Tab;
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

#[test]
fn a_network_dropped_on_see_why_is_chosen_and_asked() {
    let mut program = Program::start();
    program.rest();
    let network = program.file("mine.onnx");
    std::fs::write(&network, "a network").unwrap();
    program.drop(std::slice::from_ref(&network));
    program.rest();
    let id = network.to_string_lossy().into_owned();
    assert_eq!(program.get::<ShellState>().model().unwrap().id, id);
    assert_eq!(program.backend.asked().last().unwrap().model, id);
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
    let id = shared.join("net.onnx").to_string_lossy().into_owned();
    let models = &program.get::<ShellState>().models;
    assert!(models.iter().any(|model| model.id == id));
}
