//! "Collection": a folder is opened and looked through, what is on the sheet is what lies there, and a
//! slider sends nothing to the device.

use std::path::PathBuf;

use bevy::math::Vec2;
use bevy::prelude::*;
use image::imageops::{self, FilterType};

use super::harness::Program;
use crate::collection::testing::{FakeNetwork, run};
use crate::collection::{Combination, Index, Source, Unwatched, demo};
use crate::stage::sheet::{Instance, Sheet, SheetCounts};
use crate::tabs::ShowPictures;
use crate::tabs::collection::{Act, Ask, Asks, Choices, Collection, Near, Select, Shape, Status};
use crate::tabs::explain::Explain;
use crate::tabs::look::{self, Look};
use crate::ui::commands::Command;
use crate::ui::library::Library;
use crate::ui::settings::Settings;
use crate::ui::{Session, Tab};

pub(super) fn ask(program: &mut Program, ask: Ask) {
    program.get_mut::<Asks>().push(ask);
    program.frames(2);
}

/// Opens the tab and waits for the pictures that it shows first.
pub(super) fn demo_shown(program: &mut Program) {
    program.show(Tab::Collection);
    program.until("the made-up pictures", |world| {
        let collection = world.resource::<Collection>();
        collection.status == Status::Ready && collection.arranged.is_some()
    });
}

pub(super) fn sheet(world: &mut World) -> &Sheet {
    let mut sheets = world.query::<&Sheet>();
    sheets.iter(world).next().unwrap()
}

fn counts(program: &mut Program) -> SheetCounts {
    sheet(program.app.world_mut()).counts()
}

/// Steps frames until nothing more goes to the device.
pub(super) fn settled(program: &mut Program) -> SheetCounts {
    program.frames(2);
    program.until("all that is seen", |world| {
        let collection = world.resource::<Collection>();
        collection.change.is_none() && !collection.reading
    });
    program.frames(2);
    counts(program)
}

/// A folder of made-up pictures that `FakeNetwork` knows, and one file that is none.
fn folder(program: &Program, count: u32) -> PathBuf {
    let folder = program.file("holiday");
    for n in 0..count {
        let path = folder.join(demo::path(7, n));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, demo::jpeg(7, n)).unwrap();
    }
    std::fs::write(folder.join("broken.jpg"), "no picture").unwrap();
    folder
}

#[test]
fn the_first_visit_shows_made_up_pictures_and_asks_nobody() {
    let mut program = Program::start();
    program.rest();
    let asked = program.backend.asked().len();
    demo_shown(&mut program);
    let collection = program.get::<Collection>();
    assert_eq!(
        (collection.shown(), collection.snapshot.seen()),
        (2000, 2000)
    );
    assert!(collection.working.is_none());
    assert_eq!(program.backend.asked().len(), asked);
    assert!(!program.file("data/collections").exists());
}

/// What was opened last is there again when the tab is seen first, and no work begins by itself.
#[test]
fn what_was_opened_last_is_shown_again() {
    for is_there in [true, false] {
        let mut program = Program::start();
        program.rest();
        let asked = program.backend.asked().len();
        let index = program.file("index");
        if is_there {
            let listing = Source::Demo { count: 40, seed: 7 }.list().unwrap();
            let network = FakeNetwork::new("a", 7);
            run(&index, &listing, &[&network], &Unwatched).unwrap();
        }
        program.get_mut::<Settings>().opened_folder(&index);
        demo_shown(&mut program);
        let collection = program.get::<Collection>();
        let known = if is_there { 40 } else { 2000 };
        assert_eq!(
            (collection.shown(), collection.snapshot.rows.len()),
            (known, known)
        );
        assert_eq!(collection.snapshot.folder().is_some(), is_there);
        assert!(collection.working.is_none());
        assert_eq!(program.backend.asked().len(), asked);
    }
}

#[test]
fn a_dropped_folder_is_looked_through_and_its_index_is_kept() {
    let mut program = Program::start();
    program.rest();
    let folder = folder(&program, 30);
    program.drop(std::slice::from_ref(&folder));
    program.until("the end of the run", |world| {
        let collection = world.resource::<Collection>();
        collection.working.is_none() && collection.snapshot.maps() > 0
    });
    assert_eq!(**program.get::<State<Tab>>(), Tab::Collection);
    let snapshot = program.get::<Collection>().snapshot.clone();
    assert_eq!(
        (snapshot.rows.len(), snapshot.seen(), snapshot.left_out()),
        (31, 30, 1)
    );
    assert_eq!((snapshot.title.as_str(), snapshot.maps()), ("holiday", 30));
    let told = program.notices();
    assert!(
        told.contains("Left out: 1 file that cannot be read"),
        "{told}"
    );
    for row in 0..31 {
        if let Some(answer) = snapshot.answer(row) {
            assert!(answer.class().is_some() && snapshot.correct(row).is_some());
        }
    }
    let index = Index::read(snapshot.folder().unwrap()).unwrap();
    assert_eq!(index.rows().count(), 31);
    // Opened again it is there at once, and nothing is decoded anew.
    ask(&mut program, Ask::Demo);
    program.until("the made-up pictures", |world| {
        world.resource::<Collection>().snapshot.source.is_none()
    });
    ask(&mut program, Ask::Open(folder));
    program.until("the folder", |world| {
        world.resource::<Collection>().snapshot.maps() == 30
    });
}

#[test]
fn a_folder_without_pictures_is_told() {
    let mut program = Program::start();
    let empty = program.file("empty");
    std::fs::create_dir_all(&empty).unwrap();
    program.drop(&[empty]);
    program.until("the failure", |world| {
        matches!(world.resource::<Collection>().status, Status::Failed(_))
    });
    let Status::Failed(why) = &program.get::<Collection>().status else {
        unreachable!();
    };
    assert!(why.contains("holds no pictures"), "{why}");
    // And the way on is open.
    ask(&mut program, Ask::Demo);
    program.until("the made-up pictures", |world| {
        world.resource::<Collection>().status == Status::Ready
    });
}

#[test]
fn a_slider_sends_nothing_to_the_device() {
    let mut program = Program::start();
    demo_shown(&mut program);
    let before = settled(&mut program);
    assert!(before.bytes > 0 && before.mosaics == 1, "{before:?}");
    for opacity in 0..=20 {
        let mut collection = program.get_mut::<Collection>();
        collection.overlay.opacity = opacity as f32 * 5.0;
        collection.overlay.top = 100.0 - opacity as f32 * 4.0;
        program.frames(1);
    }
    program.command(Command::ToggleOverlay);
    assert_eq!(counts(&mut program), before);
    // What is chosen is told in another list, and sends no picture.
    ask(&mut program, Ask::Select(Select::Only(3)));
    let after = settled(&mut program);
    assert_eq!((after.bytes, after.mosaics), (before.bytes, before.mosaics));
    assert!(after.lists > before.lists);
}

#[test]
fn coming_closer_brings_thumbnails_and_every_cell_keeps_its_picture() {
    let mut program = Program::start();
    demo_shown(&mut program);
    {
        let mut collection = program.get_mut::<Collection>();
        collection.zoom(12.0, Vec2::new(200.0, 150.0));
        assert!(collection.camera.scale > 100.0);
    }
    settled(&mut program);
    let instances = sheet(program.app.world_mut()).instances().to_vec();
    assert!(!instances.is_empty());
    assert!(
        instances
            .iter()
            .all(|instance| instance.thumbnail.is_some())
    );
    let mut places: Vec<_> = instances
        .iter()
        .map(|instance| instance.thumbnail)
        .collect();
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), instances.len(), "two pictures share a place");
}

#[test]
fn from_near_a_picture_is_itself_and_not_its_thumbnail() {
    let mut program = Program::start();
    program.rest();
    let folder = folder(&program, 6);
    for n in 6..9 {
        let small = demo::picture(7, n);
        let large = imageops::resize(&small, 384, 288, FilterType::Nearest);
        let path = folder.join(demo::path(7, n)).with_extension("png");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        large.save(path).unwrap();
    }
    program.drop(&[folder]);
    program.until("the folder", |world| {
        let collection = world.resource::<Collection>();
        let there = collection.snapshot.seen() == 9 && collection.arranged.is_some();
        collection.working.is_none() && there
    });
    program.frames(3);
    {
        let mut collection = program.get_mut::<Collection>();
        let at = collection.area * 0.5;
        let factor = 240.0 / collection.camera.scale;
        collection.zoom(factor, at);
    }
    settled(&mut program);
    let instances = sheet(program.app.world_mut()).instances().to_vec();
    let wholes = instances.iter().filter(|instance| instance.whole.is_some());
    assert!((1..=3).contains(&wholes.count()), "{instances:?}");
    // Of the small ones the thumbnail is all that there is.
    assert!(
        instances
            .iter()
            .all(|instance| instance.whole.is_none() || instance.thumbnail.is_some())
    );
}

#[test]
fn see_why_and_back_lead_to_the_same_place() {
    let mut program = Program::start();
    program.rest();
    let folder = folder(&program, 12);
    program.drop(&[folder]);
    program.until("the folder", |world| {
        let collection = world.resource::<Collection>();
        collection.working.is_none() && collection.arranged.is_some()
    });
    program.frames(3);
    program
        .get_mut::<Collection>()
        .zoom(2.0, Vec2::new(100.0, 100.0));
    let snapshot = program.get::<Collection>().snapshot.clone();
    let row = (0..13)
        .find(|&row| snapshot.picture(row).is_some())
        .unwrap();
    ask(&mut program, Ask::Select(Select::Only(row)));
    program.frames(3);
    let camera = program.get::<Collection>().camera;
    ask(&mut program, Ask::SeeWhy(row));
    program.until("See why", |world| {
        **world.resource::<State<Tab>>() == Tab::Look
    });
    program.until("its map", |world| {
        let there = world.resource::<Look>().status == look::Status::Done;
        there && world.resource::<Session>().picture == Some(3)
    });
    let library = program.get::<Library>();
    let path = library.get(3).unwrap().path.clone().unwrap();
    let name = snapshot.rows.name(row);
    assert!(path.ends_with(&name), "{} for {name}", path.display());
    program.command(Command::Back);
    assert_eq!(**program.get::<State<Tab>>(), Tab::Collection);
    let collection = program.get::<Collection>();
    assert_eq!((collection.camera, collection.focused), (camera, Some(row)));
    // Once back, the button is gone.
    program.show(Tab::Look);
    program.command(Command::Back);
    assert_eq!(**program.get::<State<Tab>>(), Tab::Look);
}

/// From "See why" the keys go through what the Collection shows, in its order, and back is where one is by
/// then; whoever chose a picture there goes through the list there.
#[test]
fn keys_in_see_why_go_through_the_collection_that_one_came_from() {
    let mut program = Program::start();
    program.rest();
    let folder = folder(&program, 4);
    program.drop(&[folder]);
    program.until("the folder", |world| {
        let collection = world.resource::<Collection>();
        collection.working.is_none() && collection.arranged.is_some()
    });
    program.frames(3);
    let shown: Vec<u32> = {
        let collection = program.get::<Collection>();
        let rows = (0..collection.shown()).filter_map(|place| collection.row_at(place));
        let seen = |row: &u32| collection.snapshot.picture(*row).is_some();
        rows.filter(seen).collect()
    };
    assert_eq!(shown.len(), 4, "and one file that is no picture");
    ask(&mut program, Ask::SeeWhy(shown[0]));
    program.until("See why", |world| {
        **world.resource::<State<Tab>>() == Tab::Look
    });
    let on_screen = |program: &mut Program| {
        program.frames(3);
        program.rest();
        let chosen = program.get::<Session>().picture.unwrap();
        let path = program.get::<Library>().get(chosen).unwrap().path.clone();
        path.unwrap()
    };
    let file = |program: &Program, row: u32| {
        let collection = program.get::<Collection>();
        program
            .file("holiday")
            .join(collection.snapshot.rows.name(row))
    };
    let mut way = vec![shown[0]];
    for _ in 0..4 {
        program.command(Command::NextPicture);
        let path = on_screen(&mut program);
        let row = shown.iter().find(|row| file(&program, **row) == path);
        way.push(*row.unwrap());
    }
    assert_eq!(way, [shown[0], shown[1], shown[2], shown[3], shown[0]]);
    program.command(Command::PreviousPicture);
    assert_eq!(on_screen(&mut program), file(&program, shown[3]));
    let backend = program.backend.clone();
    let seen = backend.asked().last().unwrap().picture.name.clone();
    let name = file(&program, shown[3]);
    assert_eq!(Some(seen.as_str()), name.file_stem().unwrap().to_str());
    program.command(Command::Back);
    assert_eq!(**program.get::<State<Tab>>(), Tab::Collection);
    assert_eq!(program.get::<Collection>().focused, Some(shown[3]));
    // A picture of the list is none of the Collection's.
    program.show(Tab::Look);
    let cat = program.index("Cat");
    program.get_mut::<look::Asks>().push(look::Ask::Choose(cat));
    program.frames(2);
    program.command(Command::NextPicture);
    assert!(on_screen(&mut program).ends_with("dog.png"));
}

#[test]
fn a_made_up_picture_is_seen_why_too() {
    let mut program = Program::start();
    demo_shown(&mut program);
    let row = 77;
    let want = program.get::<Collection>().snapshot.rows.name(row);
    ask(&mut program, Ask::SeeWhy(row));
    program.until("See why", |world| {
        **world.resource::<State<Tab>>() == Tab::Look
    });
    let backend = program.backend.clone();
    let number = || {
        let asked = backend.asked();
        asked
            .last()
            .and_then(|job| demo::read_code(&job.picture.pixels))
    };
    program.until("the question about it", |_| number().is_some());
    assert_eq!(number().map(|n| demo::path(7, n)), Some(want));
}

#[test]
fn pictures_fly_to_their_piles_and_stand_still_without_motion() {
    for motion in [true, false] {
        let mut program = Program::start();
        program.get_mut::<Settings>().motion = motion;
        demo_shown(&mut program);
        settled(&mut program);
        program.get_mut::<Collection>().choices = Choices {
            group: Some("label".to_owned()),
            ..Choices::default()
        };
        program.get_mut::<Asks>().push(Ask::Arrange);
        program.frames(1);
        let moving = program.get::<Collection>().change.is_some();
        let flying = |instance: &Instance| instance.from.distance(instance.cell) > 0.5;
        let any = sheet(program.app.world_mut())
            .instances()
            .iter()
            .any(flying);
        assert_eq!((moving, any), (motion, motion));
        let blocks = program
            .get::<Collection>()
            .arranged
            .as_ref()
            .map(|arranged| arranged.arrangement.piles().len());
        assert_eq!(blocks, Some(demo::CLASSES.len()));
    }
}

/// A folder of made-up pictures that `FakeNetwork` knows, looked through and at rest.
pub(super) fn looked_through(program: &mut Program, count: u32) {
    program.rest();
    let folder = folder(program, count);
    program.drop(&[folder]);
    program.until("the folder", |world| {
        let collection = world.resource::<Collection>();
        let looked = collection.snapshot.maps() > 0 && collection.arranged.is_some();
        collection.working.is_none() && looked
    });
    program.frames(3);
}

#[test]
fn pictures_go_where_their_like_is_and_back_into_order() {
    let mut program = Program::start();
    looked_through(&mut program, 40);
    for (shape, scattered) in [
        (Shape::Plane(Near::Known), true),
        (Shape::Plane(Near::Looks), true),
        (Shape::Grid(Near::Looks), false),
    ] {
        program.get_mut::<Collection>().choices.shape = shape;
        ask(&mut program, Ask::Arrange);
        program.until("the layout", |world| {
            let collection = world.resource::<Collection>();
            let arranged = collection.arranged.as_ref();
            collection.laid_out.as_ref().is_some_and(|l| l.share >= 1.0)
                && arranged.is_some_and(|arranged| arranged.shape == shape)
        });
        let arranged = program.get::<Collection>().arranged.clone().unwrap();
        assert_eq!(arranged.arrangement.is_scattered(), scattered);
        // The broken file has no place in the plane, and one in the grid.
        let shown = arranged.arrangement.order().len();
        assert_eq!(shown, if scattered { 40 } else { 41 });
        // A step of the keyboard goes the way that it points.
        let place = arranged.arrangement.step(0, 1, 0);
        assert!(place != 0 || shown == 1);
    }
    program.get_mut::<Collection>().choices.shape = Shape::Ordered;
    ask(&mut program, Ask::Arrange);
    let collection = program.get::<Collection>();
    assert!(collection.laid_out.is_none());
    let arranged = collection.arranged.as_ref().unwrap();
    assert!(arranged.arrangement.order().is_sorted());
}

#[test]
fn what_is_alike_is_found_and_all_is_shown_again() {
    let mut program = Program::start();
    looked_through(&mut program, 30);
    let row = (0..31)
        .find(|&row| program.get::<Collection>().snapshot.map(row).is_some())
        .unwrap();
    ask(&mut program, Ask::FindAlike(row, Near::Looks));
    program.until("what is alike", |world| {
        world.resource::<Collection>().choices.found.is_some()
    });
    program.frames(3);
    let collection = program.get::<Collection>();
    assert_eq!(collection.row_at(0), Some(row));
    assert_eq!(collection.shown(), 30);
    program.get_mut::<Collection>().choices.keep_all();
    ask(&mut program, Ask::FindDuplicates);
    program.until("the end of the search", |world| {
        world.resource::<Collection>().looking.is_none()
    });
}

#[test]
fn what_is_chosen_is_kept_under_a_name_and_taken_together() {
    let mut program = Program::start();
    looked_through(&mut program, 20);
    let chosen = |program: &Program| program.get::<Collection>().chosen();
    ask(
        &mut program,
        Ask::Select(Select::Rows(vec![1, 2, 3], false)),
    );
    ask(&mut program, Ask::SaveSelection(" three ".to_owned()));
    assert_eq!(program.get::<Collection>().saved, ["three"]);
    ask(&mut program, Ask::Select(Select::Rows(vec![3, 4], false)));
    let take = |how| Ask::TakeSelection("three".to_owned(), how);
    for (how, want) in [
        (Some(Combination::Union), vec![1, 2, 3, 4]),
        (Some(Combination::Difference), vec![4]),
        (None, vec![1, 2, 3]),
    ] {
        ask(&mut program, take(how));
        assert_eq!(chosen(&program), want);
    }
    ask(&mut program, Ask::Select(Select::Rows(vec![2, 9], false)));
    ask(&mut program, take(Some(Combination::Intersection)));
    assert_eq!(chosen(&program), [2]);
    ask(&mut program, Ask::RemoveSelection("three".to_owned()));
    assert!(program.get::<Collection>().saved.is_empty());
    ask(&mut program, take(None));
    assert!(program.notices().contains("no saved selection"));
}

#[test]
fn two_that_are_chosen_are_compared_and_the_way_back_leads_here() {
    let mut program = Program::start();
    looked_through(&mut program, 12);
    program
        .get_mut::<Collection>()
        .zoom(2.0, Vec2::new(100.0, 100.0));
    let snapshot = program.get::<Collection>().snapshot.clone();
    let rows: Vec<u32> = (0..13)
        .filter(|&row| snapshot.picture(row).is_some())
        .take(2)
        .collect();
    ask(&mut program, Ask::Select(Select::Rows(rows.clone(), false)));
    program.frames(3);
    let camera = program.get::<Collection>().camera;
    ask(&mut program, Ask::SeeWhy(rows[0]));
    program.until("both in Similarity", |world| {
        **world.resource::<State<Tab>>() == Tab::Similarity
    });
    program.frames(3);
    program.command(Command::Back);
    assert_eq!(**program.get::<State<Tab>>(), Tab::Collection);
    let collection = program.get::<Collection>();
    assert_eq!((collection.camera, collection.chosen()), (camera, rows));
}

#[test]
fn a_game_is_played_with_what_is_chosen() {
    let mut program = Program::start();
    looked_through(&mut program, 14);
    let snapshot = program.get::<Collection>().snapshot.clone();
    let rows: Vec<u32> = (0..15)
        .filter(|&row| snapshot.picture(row).is_some())
        .collect();
    ask(&mut program, Ask::Select(Select::Rows(rows.clone(), false)));
    ask(&mut program, Ask::Act(Act::Play));
    program.until("the game", |world| {
        let at_play = **world.resource::<State<Tab>>() == Tab::Explain;
        at_play && world.resource::<Explain>().game.is_some()
    });
    assert!(program.notices().contains("first 10 of these 14"));
    let explain = program.get::<Explain>();
    assert_eq!(explain.setup.ticked.len(), 10);
    let library = program.get::<Library>();
    let names: Vec<String> = explain
        .setup
        .ticked
        .iter()
        .map(|id| {
            library
                .get(library.position(*id).unwrap())
                .unwrap()
                .name
                .clone()
        })
        .collect();
    for row in &rows[..10] {
        let name = snapshot.rows.name(*row);
        let stem = name.rsplit('/').next().unwrap().trim_end_matches(".jpg");
        assert!(
            names.iter().any(|known| known == stem),
            "{stem} in {names:?}"
        );
    }
}

#[test]
fn what_models_disagree_about_is_shown_alone_in_its_folder() {
    let mut program = Program::start();
    program.rest();
    let folder = folder(&program, 10);
    let name = |n: u32| demo::path(7, n).rsplit('/').next().unwrap().to_owned();
    program.app.world_mut().write_message(ShowPictures {
        folder,
        title: "disagreed about".to_owned(),
        names: vec![name(6), name(2)],
    });
    program.until("the two", |world| {
        let collection = world.resource::<Collection>();
        collection.working.is_none() && collection.shown() == 2
    });
    assert_eq!(**program.get::<State<Tab>>(), Tab::Collection);
    let collection = program.get::<Collection>();
    let shown: Vec<String> = (0..2)
        .filter_map(|place| collection.row_at(place))
        .map(|row| collection.snapshot.rows.name(row))
        .collect();
    assert_eq!(shown, [demo::path(7, 6), demo::path(7, 2)]);
}
