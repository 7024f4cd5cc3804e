//! "Similarity" and "Models": what is shown belongs to what is chosen.

use std::path::{Path, PathBuf};

use super::harness::{Mood, Program, picture};
use crate::jobs::Jobs;
use crate::saliency::{ClassChoice, Method, Request};
use crate::tabs::models::{self, Models};
use crate::tabs::similarity::{
    Ask, Asks, Averaging, Current, Difference, SimilarityState, Status, View, Which,
};
use crate::tabs::{ComparePair, Side};
use crate::ui::Tab;
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

/// What a writer put into a new folder.
fn saved(
    write: impl FnOnce(&Path) -> Result<PathBuf, String>,
    parent: &Path,
    record: &str,
) -> (PathBuf, serde_json::Value) {
    let folder = write(parent).unwrap();
    let text = std::fs::read(folder.join(record)).unwrap();
    (folder, serde_json::from_slice(&text).unwrap())
}

#[test]
fn each_saving_has_a_folder_of_its_own_and_tells_what_the_maps_are_of() {
    let mut program = started();
    program.rest();
    let place = program.file("saved");
    let name = program.get::<SimilarityState>().side(Which::A).name.clone();
    let asked = program.backend.asked();
    for suffix in ["", " 2"] {
        let (state, jobs) = (program.get::<SimilarityState>(), program.get::<Jobs>());
        let write = program.get::<Current>().saving(state, jobs).unwrap();
        let (folder, record) = saved(write, &place, "comparison.json");
        assert_eq!(folder, place.join(format!("{name} and {name}{suffix}")));
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
        let average = &world.resource::<SimilarityState>().average;
        average.summary.is_some()
    });
    program.rest();
    let (state, jobs) = (program.get::<SimilarityState>(), program.get::<Jobs>());
    let write = program.get::<Averaging>().saving(state, jobs).unwrap();
    let (folder, record) = saved(write, &place, "average.json");
    assert_eq!(folder, place.join(format!("{name}, average")));
    let of = record["of"].as_array().unwrap();
    assert_eq!(record["maps"], of.len());
    assert_eq!(record["origins"].as_array().unwrap().len(), of.len());
    let first = &record["origins"][0];
    assert_eq!(first["picture"]["sha256"], asked[0].picture.sha256);
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

/// A pair from another tab is A and B here, whatever was shown before, and the tab opens.
#[test]
fn a_pair_from_another_tab_opens_here() {
    let mut program = Program::start();
    program.rest();
    program.get_mut::<SimilarityState>().view = View::Average;
    let side = |name: &str, tone, method, class| Side {
        name: name.to_owned(),
        picture: picture(name, tone),
        model: "beta".to_owned(),
        request: Request {
            class: ClassChoice::Class(class),
            method,
            ..Request::default()
        },
    };
    let pair = ComparePair {
        a: side("cat", 3, Method::Ig, 4),
        b: side("cat in brick", 99, Method::Xrai, 7),
        delta: Some(25),
    };
    program.app.world_mut().write_message(pair.clone());
    program.frames(3);
    settled(&mut program);
    let world = program.app.world();
    assert_eq!(
        **world.resource::<bevy::prelude::State<Tab>>(),
        Tab::Similarity
    );
    let state = world.resource::<SimilarityState>();
    assert_eq!(state.view, View::TwoMaps);
    assert_eq!(state.delta(), 25);
    for (which, want) in [(Which::A, &pair.a), (Which::B, &pair.b)] {
        let got = state.side(which);
        assert_eq!(got.name, want.name);
        assert_eq!(got.model, want.model);
        assert_eq!(got.request, want.request);
    }
}

/// The ground of every map of one size is the same picture; the map on it is not.
#[test]
fn a_second_map_of_the_same_size_is_shown() {
    let mut program = started();
    let map = |slope: f32| {
        let name = format!("map-{slope}.npy");
        let values = ndarray::Array2::from_shape_fn((8, 9), |(y, x)| y as f32 + slope * x as f32);
        let path = program.file(&name);
        crate::npy::write(&path, values.view()).unwrap();
        path
    };
    // The largest value of each: 7 rows down and 8 columns to the right.
    for (path, most) in [(map(1.0), 15.0), (map(2.0), 23.0)] {
        program.drop(&[path]);
        program.until("the map", |world| {
            let mut panes = world.query::<&crate::stage::Pane>();
            panes.iter(world).any(|pane| {
                let layer = pane.map.as_ref().filter(|_| pane.id.0 == 201);
                layer.is_some_and(|layer| layer.scale.max == most)
            })
        });
    }
}

/// Answers go with the network's content, not with its name.
#[test]
fn a_network_that_is_replaced_on_disk_makes_its_own_maps() {
    let mut program = Program::start();
    let catalog = program.get::<crate::ui::HomeDir>().0.clone();
    let known = crate::classifier::Catalog::load(&catalog).unwrap();
    let path = known.model_path(&catalog, known.model("alpha").unwrap());
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, "one").unwrap();
    program.show(Tab::Similarity);
    settled(&mut program);
    program.get_mut::<SimilarityState>().view = View::Average;
    program.until("the average", |world| {
        let average = &world.resource::<SimilarityState>().average;
        average.summary.is_some() && !average.working()
    });
    program.rest();
    // Back at the window, until everything that is shown is computed.
    let focus = |program: &mut Program| {
        let window = program.app.world_mut().spawn_empty().id();
        let message = bevy::window::WindowFocused {
            window,
            focused: true,
        };
        program.app.world_mut().write_message(message);
        program.frames(3);
        program.until("both maps and the average", |world| {
            let state = world.resource::<SimilarityState>();
            let done = |which| state.side(which).status == Status::Done;
            let average = &state.average;
            Which::ALL.into_iter().all(done)
                && !state.stale
                && !average.working()
                && average.figures().is_some()
        });
        program.rest();
    };
    // The file is there only now.
    focus(&mut program);
    let before = program.backend.asked().len();
    focus(&mut program);
    assert_eq!(program.backend.asked().len(), before, "nothing has changed");
    // Described anew; the file is the same one.
    std::fs::write(path.with_extension("toml"), "mean = [0, 0, 0]").unwrap();
    focus(&mut program);
    let asked = program.backend.asked();
    let anew: Vec<ClassChoice> = asked[before..]
        .iter()
        .map(|job| job.request.class)
        .collect();
    let (auto, next) = (ClassChoice::Auto, ClassChoice::Class(1));
    assert!(anew.contains(&auto) && anew.contains(&next), "{anew:?}");
    let said = "Alpha was replaced on disk: what is shown of it is computed anew.";
    assert!(program.notices().contains(said), "{}", program.notices());
}

/// An empty map would only make the mean fainter.
#[test]
fn empty_maps_are_left_out_of_the_mean() {
    let mut program = started();
    program.get_mut::<SimilarityState>().view = View::Average;
    program.frames(2);
    program
        .get_mut::<SimilarityState>()
        .average
        .tick_all(None, false);
    let of = |name: &str, value: &dyn Fn(usize) -> f32| {
        let path = program.file(name);
        let values = ndarray::Array2::from_shape_fn((6, 6), |(y, x)| value(6 * y + x));
        crate::npy::write(&path, values.view()).unwrap();
        path
    };
    let files = [
        of("alive.npy", &|i| i as f32),
        of("dead.npy", &|_| 0.0),
        of("constant.npy", &|_| 3.0),
        of("against.npy", &|i| -1.0 - i as f32),
    ];
    for file in &files {
        program.drop(std::slice::from_ref(file));
    }
    program.until("all four maps and their average", |world| {
        let average = &world.resource::<SimilarityState>().average;
        average.progress() == (4, 4) && average.figures().is_some()
    });
    let average = &program.get::<SimilarityState>().average;
    let figures = average.figures().unwrap();
    assert_eq!((figures.maps, figures.typical_spread), (1, 0.0));
    assert!(figures.mean.max > 30.0, "as high as the one that is alive");
    let told = average.left_out().unwrap();
    assert!(told.starts_with("3 of 4 maps are empty"), "{told}");
    // Of empty maps alone there is no mean.
    let alive = average
        .versions
        .iter()
        .find(|v| v.blank.is_none() && v.ticked);
    let alive = alive.unwrap().number;
    program
        .get_mut::<SimilarityState>()
        .average
        .tick(alive, false);
    program.until("no average", |world| {
        let average = &world.resource::<SimilarityState>().average;
        average.summary.is_none() && !average.stale
    });
    let average = &program.get::<SimilarityState>().average;
    assert!(
        average
            .left_out()
            .unwrap()
            .starts_with("There is nothing to see")
    );
}

/// Figures of the versions that were ticked before say nothing about those that are.
#[test]
fn figures_of_an_average_go_with_the_ticks() {
    let mut program = started();
    program.get_mut::<SimilarityState>().view = View::Average;
    program.frames(2);
    let fog: Vec<u64> = program
        .get::<SimilarityState>()
        .average
        .versions
        .iter()
        .filter(|version| version.name.starts_with("Fog"))
        .map(|version| version.number)
        .collect();
    let mut state = program.get_mut::<SimilarityState>();
    state.average.tick_all(None, false);
    for number in &fog[..2] {
        state.average.tick(*number, true);
    }
    let counted = |world: &mut bevy::prelude::World| {
        let average = &world.resource::<SimilarityState>().average;
        average.figures().is_some_and(|figures| figures.maps == 2)
    };
    program.until("the average", counted);
    let mut state = program.get_mut::<SimilarityState>();
    state.average.tick(fog[0], false);
    program.frames(1);
    let average = &program.get::<SimilarityState>().average;
    assert_eq!(average.progress(), (1, 1));
    assert_eq!(average.figures().map(|figures| figures.maps), None);
    program.until("the other average", |world| {
        let average = &world.resource::<SimilarityState>().average;
        average.figures().is_some_and(|figures| figures.maps == 1)
    });
}
