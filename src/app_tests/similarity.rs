//! "Similarity" and "Models": what is shown belongs to what is chosen.

use std::path::Path;

use super::harness::{Mood, Program};
use crate::jobs::BackgroundNews;
use crate::saliency::ClassChoice;
use crate::tabs::Tab;
use crate::tabs::models::{self, Models};
use crate::tabs::similarity::{
    Ask, Asks, Difference, SAVING, SAVING_AVERAGE, SimilarityState, Status, View, Which,
};
use crate::ui::commands::Command;

fn settled(program: &mut Program) {
    program.until("both maps and their figures", |world| {
        let state = world.resource::<SimilarityState>();
        let done = Which::ALL
            .into_iter()
            .all(|which| state.side(which).status == Status::Done);
        done && !state.stale
            && state.figures.similarity.is_some()
            && state.figures.colours.is_some()
    });
}

fn ask(program: &mut Program, ask: Ask) {
    program.get_mut::<Asks>().push(ask);
    program.frames(2);
}

fn started() -> Program {
    let mut program = Program::start();
    program.show(Tab::Similarity);
    settled(&mut program);
    program
}

#[test]
fn the_first_visit_shows_one_picture_with_two_answers() {
    let mut program = started();
    program.frames(2);
    let state = program.get::<SimilarityState>();
    let classes = Which::ALL.map(|which| state.side(which).explained.as_ref().unwrap().class);
    assert_eq!(classes, [0, 1]);
    assert_eq!(state.side(Which::A).name, state.side(Which::B).name);
    assert!(state.agreement.is_some());
}

/// Chooses a folder in the dialog that `item` waits for, and waits for `record` in a new folder of that
/// name inside; what it says.
fn saved(program: &mut Program, item: u64, folder: &Path, record: &str) -> serde_json::Value {
    let parent = folder.parent().map(Path::to_owned);
    let news = BackgroundNews::Where { item, path: parent };
    program.app.world_mut().write_message(news);
    let file = folder.join(record);
    program.until("the saved record", |_| file.is_file());
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

#[test]
fn each_saving_has_a_folder_of_its_own_and_tells_what_the_maps_are_of() {
    let mut program = started();
    program.rest();
    let place = program.file("saved");
    let name = &program.get::<SimilarityState>().side(Which::A).name;
    let folders = [
        place.join(format!("{name} and {name}")),
        place.join(format!("{name} and {name} 2")),
        place.join(format!("{name}, average")),
    ];
    let asked = program.backend.asked();
    for folder in &folders[..2] {
        let record = saved(&mut program, SAVING, folder, "comparison.json");
        for (side, class) in [("a", 0), ("b", 1)] {
            let of = &record[side];
            assert_eq!(of["class"], class, "{record}");
            assert_eq!(of["label"], format!("thing {class}"));
            assert_eq!(of["picture"]["sha256"], asked[0].picture.sha256);
            assert_eq!(of["model"]["id"], asked[0].model);
            assert_eq!(of["method"], asked[0].request.method.id());
        }
    }
    program.get_mut::<SimilarityState>().view = View::Average;
    program.until("the average", |world| {
        world
            .resource::<SimilarityState>()
            .average
            .summary
            .is_some()
    });
    program.rest();
    let record = saved(&mut program, SAVING_AVERAGE, &folders[2], "average.json");
    let of = record["of"].as_array().unwrap();
    assert_eq!(record["maps"], of.len());
    assert_eq!(record["origins"].as_array().unwrap().len(), of.len());
    assert_eq!(
        record["origins"][0]["picture"]["sha256"],
        asked[0].picture.sha256
    );
}

/// Figures of another pair say nothing about the one on screen.
#[test]
fn figures_of_the_last_pair_go_as_soon_as_another_is_asked_for() {
    let mut program = started();
    program.backend.set(Mood::Held);
    ask(&mut program, Ask::Class(Which::B, ClassChoice::Class(3)));
    program.frames(2);
    let state = program.get::<SimilarityState>();
    assert!(state.working());
    assert_eq!(state.agreement, None);
    assert!(state.stale);
    program.backend.set(Mood::Quick);
    settled(&mut program);
    program.frames(2);
    assert!(program.get::<SimilarityState>().agreement.is_some());
}

#[test]
fn stopping_leaves_the_figures_of_the_pair_that_is_shown() {
    let mut program = started();
    let before = program.get::<SimilarityState>().figures.clone();
    program.backend.set(Mood::Held);
    ask(&mut program, Ask::Class(Which::B, ClassChoice::Class(3)));
    program.frames(2);
    program.command(Command::Cancel);
    program.frames(2);
    let state = program.get::<SimilarityState>();
    assert_eq!(state.side(Which::B).status, Status::Stopped);
    assert_eq!(state.figures.similarity, before.similarity);
    assert!(!state.stale);
}

#[test]
fn exchanging_a_and_b_exchanges_what_is_shown() {
    let mut program = started();
    let before = program.get::<SimilarityState>().clone();
    program.command(Command::Swap);
    settled(&mut program);
    let state = program.get::<SimilarityState>();
    assert_eq!(
        state.side(Which::A).explained,
        before.side(Which::B).explained
    );
    assert_eq!(
        state.side(Which::B).explained,
        before.side(Which::A).explained
    );
}

#[test]
fn a_failure_of_one_side_is_tried_again() {
    let mut program = started();
    program.backend.set(Mood::Fails);
    ask(&mut program, Ask::Class(Which::B, ClassChoice::Class(3)));
    program.until("the failure", |world| {
        let side = world.resource::<SimilarityState>().side(Which::B);
        matches!(side.status, Status::Failed(_))
    });
    program.backend.set(Mood::Quick);
    program.command(Command::Retry);
    settled(&mut program);
}

#[test]
fn delta_asks_the_network_nothing() {
    let mut program = started();
    let before = program.backend.asked().len();
    let mut shares = Vec::new();
    for delta in [0.0, 60.0, 255.0] {
        program.get_mut::<SimilarityState>().delta = delta;
        program.frames(2);
        let state = program.get::<SimilarityState>();
        shares.push(state.agreement.as_ref().unwrap().share);
    }
    assert!(shares[0] <= shares[1] && shares[1] <= shares[2]);
    assert_eq!(shares[2], 1.0);
    program.rest();
    assert_eq!(program.backend.asked().len(), before);
}

#[test]
fn b_becomes_the_other_network() {
    let mut program = started();
    ask(&mut program, Ask::Differ(Difference::Network));
    settled(&mut program);
    let state = program.get::<SimilarityState>();
    assert_eq!(state.side(Which::A).model, "alpha");
    assert_eq!(state.side(Which::B).model, "beta");
}

fn matrix() -> Program {
    let mut program = Program::start();
    program.show(Tab::Models);
    program.until("the matrix", |world| {
        let models = world.resource::<Models>();
        models.versions.len() > 1 && models.columns.len() == 2 && !models.working()
    });
    program
}

/// The row of a finished version that is not the original.
fn finished_row(program: &Program) -> usize {
    let models = program.get::<Models>();
    (1..models.versions.len())
        .find(|row| models.finding(*row, 0).is_some())
        .unwrap()
}

/// "24 %" in the matrix is "24 %" beside the pictures.
#[test]
fn a_cell_opens_with_the_share_that_it_says() {
    let mut program = started();
    program.get_mut::<SimilarityState>().delta = 255.0;
    program.show(Tab::Models);
    program.until("the matrix", |world| {
        let models = world.resource::<Models>();
        models.versions.len() > 1 && !models.working()
    });
    let row = finished_row(&program);
    let agree = program.get::<Models>().finding(row, 0).unwrap().row.agree;
    program
        .get_mut::<models::Asks>()
        .push(models::Ask::Open(row, 0));
    program.frames(4);
    settled(&mut program);
    program.frames(2);
    let state = program.get::<SimilarityState>();
    let shown = state.agreement.as_ref().unwrap().share;
    assert!((shown - agree).abs() < 1e-6, "{shown} is not {agree}");
}

#[test]
fn every_network_has_its_column() {
    let program = matrix();
    let row = finished_row(&program);
    let models = program.get::<Models>();
    assert!(models.finding(0, 0).is_some() && models.finding(row, 1).is_some());
}

#[test]
fn stopping_the_matrix_and_going_on() {
    let mut program = Program::start();
    program.rest();
    program.backend.set(Mood::Held);
    program.show(Tab::Models);
    program.until("a cell", |world| {
        let models = world.resource::<Models>();
        models
            .cells
            .values()
            .any(|cell| matches!(cell, models::Cell::Working(_)))
    });
    program.command(Command::Cancel);
    assert!(program.get::<Models>().stopped);
    program.backend.set(Mood::Quick);
    program.rest();
    assert!(program.get::<Models>().stopped);
    program.get_mut::<models::Asks>().push(models::Ask::Again);
    program.frames(2);
    program.until("the matrix", |world| !world.resource::<Models>().working());
}

#[test]
fn another_picture_empties_the_matrix() {
    let mut program = matrix();
    let dog = program.index("Dog");
    program
        .get_mut::<models::Asks>()
        .push(models::Ask::Choose(dog));
    program.frames(2);
    program.until("the dog's matrix", |world| {
        let models = world.resource::<Models>();
        models.picture_name == "Dog" && models.versions.len() > 1 && !models.working()
    });
    program.rest();
    let dog = program.backend.asked().last().unwrap().picture.clone();
    assert_ne!(dog.sha256, program.backend.asked()[0].picture.sha256);
}
