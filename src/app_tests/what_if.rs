//! "See why" while parts of the picture are taken away: a real network answers, the fake one explains.

use std::path::PathBuf;

use super::harness::{Mood, Program, picture};
use crate::classifier::Differentiable as _;
use crate::jobs::BackgroundNews;
use crate::picture::Framing;
use crate::saliency::{ClassChoice, Method};
use crate::tabs::look::{Ask, Asks, Current, Edit, EditWork, FillChoice, Look, Search, Status};
use crate::ui::commands::Command;
use crate::ui::library::Library;
use crate::ui::{Session, ShellState};
use crate::what_if::{Scene, WhatIfRecord};

/// The pane of the picture without the part.
const PANE: u64 = 2;

fn ask(program: &mut Program, ask: Ask) {
    program.get_mut::<Asks>().push(ask);
    program.frames(2);
}

fn edit(program: &Program) -> &Edit {
    &program.get::<Look>().edit
}

fn with_edit(program: &mut Program, change: impl FnOnce(&mut Edit)) {
    change(&mut program.get_mut::<Look>().edit);
    program.frames(2);
}

/// The tab with the first picture, ready to take parts away; they are filled with black.
fn begun() -> Program {
    let mut program = Program::start();
    program.until("the map", |world| {
        world.resource::<Look>().status == Status::Done
    });
    ask(&mut program, Ask::WhatIf(true));
    ready(&mut program);
    with_edit(&mut program, |edit| edit.fill = FillChoice::Black);
    program.until("black to fill with", |world| {
        world.resource::<Look>().edit.filled == Some(FillChoice::Black)
    });
    program
}

fn ready(program: &mut Program) {
    program.until("the picture as the network sees it", |world| {
        let edit = &world.resource::<Look>().edit;
        edit.canvas.is_some() && !edit.bars.is_empty()
    });
}

/// Waits until answer and map are those of what is taken away.
fn followed(program: &mut Program) {
    program.until("answer and map without the part", |world| {
        let session = world.resource::<Session>();
        let library = world.resource::<Library>();
        let (look, current) = (world.resource::<Look>(), world.resource::<Current>());
        let shot = world
            .resource::<EditWork>()
            .shot(look, current, session, library);
        shot.is_some()
    });
}

/// Saves what is shown: where it was put, and the record in it.
fn saved(program: &Program) -> (PathBuf, WhatIfRecord) {
    let world = program.app.world();
    let shot = world
        .resource::<EditWork>()
        .shot(
            world.resource::<Look>(),
            world.resource::<Current>(),
            world.resource::<Session>(),
            world.resource::<Library>(),
        )
        .unwrap();
    let made = shot.write(&program.file("saved")).unwrap();
    let read = std::fs::read(made.join("what-if.json")).unwrap();
    let record = serde_json::from_slice(&read).unwrap();
    (made, record)
}

fn take_all_away(program: &mut Program) {
    with_edit(program, |edit| {
        let canvas = edit.canvas.as_mut().unwrap();
        canvas.rectangle((0.0, 0.0), (24.0, 24.0), true);
    });
}

#[test]
fn what_is_taken_away_changes_answer_and_map() {
    let mut program = begun();
    let bars = &edit(&program).bars;
    assert!(
        bars.iter().all(|(_, bar)| bar.values[0] == bar.values[1]),
        "{bars:?}"
    );
    assert_eq!(edit(&program).sentence, "");
    assert!(program.pane(PANE).map.is_some(), "the map as it was");
    take_all_away(&mut program);
    followed(&mut program);

    // The network's own word on a black picture.
    let classifier = crate::jobs::Work::classifier(&*program.backend, "alpha").unwrap();
    let black = ndarray::Array3::from_shape_fn((24, 24, 3), |(_, _, c)| {
        classifier.spec().flat(0.0, [1, 1, 3])[[0, 0, c]]
    });
    let logits = classifier.network().logits(black.view()).unwrap();
    let said = |class: usize| {
        let bars = &edit(&program).bars;
        let (_, bar) = bars.iter().find(|(c, _)| *c == class).unwrap();
        bar.values[1].clone()
    };
    for class in [0, 1] {
        let own = crate::ui::format::percent(classifier.prediction(&logits, class).probability);
        assert_eq!(said(class), own);
    }
    let sentence = &edit(&program).sentence;
    assert!(
        sentence.starts_with("100.0 %") && sentence.contains("another one now"),
        "{sentence}"
    );
    // The map is that of the black picture, of the same class and method.
    let asked = program.backend.asked();
    let (first, last) = (&asked[0], asked.last().unwrap());
    assert_eq!(asked.len(), 2);
    assert!(last.picture.pixels.pixels().all(|p| p.0 == [0; 3]));
    assert_eq!(last.request.framing, Framing::Whole);
    assert_eq!(last.request.class, ClassChoice::Class(0));
    assert_eq!(last.request.method, first.request.method);
    let pane = program.pane(PANE);
    assert_eq!(pane.picture_size, bevy::math::UVec2::splat(24));
    let scale = pane.overlay.scale.unwrap();
    assert!(
        pane.map.unwrap().scale.max <= scale.max,
        "one scale for both"
    );

    // Taking it back shows what was there.
    program.command(Command::Undo);
    assert!(edit(&program).is_blank());
    let bars = &edit(&program).bars;
    assert!(bars.iter().all(|(_, bar)| bar.values[0] == bar.values[1]));
}

/// Whoever draws has the processor: the network is asked, the map waits for the hand.
#[test]
fn the_map_waits_for_the_end_of_the_stroke_and_the_newest_state_wins() {
    let mut program = begun();
    let maps = program.backend.asked().len();
    with_edit(&mut program, |edit| {
        let canvas = edit.canvas.as_mut().unwrap();
        canvas.begin((3.0, 3.0), 3.0, true);
    });
    for step in 1..20 {
        with_edit(&mut program, |edit| {
            let canvas = edit.canvas.as_mut().unwrap();
            canvas.line_to((3.0 + step as f32, 3.0 + step as f32));
        });
    }
    program.until("an answer in the middle of the stroke", |world| {
        !world.resource::<Look>().edit.sentence.is_empty()
    });
    program.rest();
    assert_eq!(
        program.backend.asked().len(),
        maps,
        "no map in the middle of it"
    );
    with_edit(&mut program, |edit| edit.canvas.as_mut().unwrap().end());
    followed(&mut program);
    assert_eq!(program.backend.asked().len(), maps + 1);
    // The answer is that of the whole stroke.
    let classifier = crate::jobs::Work::classifier(&*program.backend, "alpha").unwrap();
    let mask = edit(&program).canvas.as_ref().unwrap().mask().unwrap();
    let last = program.backend.asked().last().unwrap().picture.clone();
    let seen = classifier
        .spec()
        .preprocess(&last, [24, 24, 3], Framing::Whole);
    let logits = classifier.network().logits(seen.input.view()).unwrap();
    let own = crate::ui::format::percent(classifier.prediction(&logits, 1).probability);
    let bars = &edit(&program).bars;
    let (_, bar) = bars.iter().find(|(class, _)| *class == 1).unwrap();
    assert_eq!(bar.values[1], own, "{} taken away", mask.share());
}

/// The bars of the frame that the answer wakes have it: no second frame is waited for.
#[test]
fn an_answer_is_there_before_the_panels_are_drawn() {
    let mut program = begun();
    {
        let mut look = program.get_mut::<Look>();
        let canvas = look.edit.canvas.as_mut().unwrap();
        canvas.rectangle((0.0, 0.0), (24.0, 24.0), true);
    }
    program.frames(1);
    assert_eq!(edit(&program).sentence, "", "it was asked just now");
    for _ in 0..3000 {
        // What comes before the panels, and nothing else.
        program.app.world_mut().run_schedule(bevy::app::Update);
        if !edit(&program).sentence.is_empty() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("the answer waits for the panels");
}

/// What is put down elsewhere is asked about as the library has it, and saved as that.
#[test]
fn a_part_that_is_moved_changes_the_answer() {
    let mut program = begun();
    with_edit(&mut program, |edit| {
        let canvas = edit.canvas.as_mut().unwrap();
        canvas.rectangle((0.0, 0.0), (12.0, 24.0), true);
    });
    followed(&mut program);
    assert!(edit(&program).sentence.contains("is gone"));
    with_edit(&mut program, |edit| {
        edit.canvas.as_mut().unwrap().shift([12, 0]);
    });
    followed(&mut program);
    let sentence = &edit(&program).sentence;
    assert!(sentence.contains("stands elsewhere"), "{sentence}");
    let (made, record) = saved(&program);
    assert!(made.to_string_lossy().contains("with a part moved"));
    assert_eq!(record.changed.moved, Some([12, 0]));
    let before = crate::picture::open(&made.join("before.png")).unwrap();
    let after = crate::picture::open(&made.join("picture.png")).unwrap();
    for y in 0..24 {
        for x in 0..12 {
            assert_eq!(after.pixels.get_pixel(x, y).0, [0; 3]);
            let stood = before.pixels.get_pixel(x, y);
            assert_eq!(after.pixels.get_pixel(x + 12, y), stood);
        }
    }
    program.command(Command::Undo);
    followed(&mut program);
    assert!(edit(&program).sentence.contains("is gone"));
}

#[test]
fn another_filling_is_another_answer() {
    let mut program = begun();
    take_all_away(&mut program);
    followed(&mut program);
    let black = edit(&program).bars.clone();
    with_edit(&mut program, |edit| edit.fill = FillChoice::White);
    program.until("white", |world| world.resource::<Look>().edit.bars != black);
    followed(&mut program);
    let brick = program.index("Brick");
    let id = program.get::<Library>().get(brick).unwrap().id;
    let white = edit(&program).bars.clone();
    let names: Vec<&str> = edit(&program)
        .fills
        .iter()
        .map(|(_, name)| name.as_str())
        .collect();
    assert!(
        names.contains(&"Brick") && !names.contains(&"Cat"),
        "{names:?}"
    );
    with_edit(&mut program, |edit| edit.fill = FillChoice::Picture(id));
    program.until("bricks", |world| {
        world.resource::<Look>().edit.bars != white
    });
    followed(&mut program);
    let bricks = program.backend.asked().last().unwrap().picture.clone();
    assert!(
        bricks.pixels.pixels().all(|p| p.0[0] == 170),
        "the wall's red"
    );
}

#[test]
fn the_top_of_the_map_goes_with_one_click() {
    let mut program = begun();
    ask(&mut program, Ask::EraseTop);
    let canvas = edit(&program).canvas.as_ref().unwrap();
    let share = canvas.mask().unwrap().share();
    assert!((share - 0.1).abs() < 0.01, "{share}");
    assert_eq!(canvas.words(), "top 10 % of XRAI");
    followed(&mut program);
}

#[test]
fn the_smallest_part_that_decides_is_found_and_the_search_can_be_stopped() {
    let mut program = begun();
    ask(&mut program, Ask::SearchFlip);
    assert!(matches!(edit(&program).search, Search::Running(..)));
    program.command(Command::Cancel);
    assert_eq!(edit(&program).search, Search::Idle);
    program.rest();
    assert!(
        edit(&program).is_blank(),
        "what was stopped changes nothing"
    );

    ask(&mut program, Ask::SearchFlip);
    program.until("what was found", |world| {
        matches!(world.resource::<Look>().edit.search, Search::Over(_))
    });
    followed(&mut program);
    let Search::Over(words) = &edit(&program).search else {
        panic!("it is over");
    };
    assert!(words.contains("of 64 cells"), "{words}");
    assert!(edit(&program).sentence.contains("another one now"));
}

#[test]
fn another_picture_begins_anew_and_a_failure_is_told() {
    let mut program = begun();
    take_all_away(&mut program);
    followed(&mut program);
    let dog = program.index("Dog");
    ask(&mut program, Ask::Choose(dog));
    assert!(edit(&program).is_blank());
    ready(&mut program);
    assert!(edit(&program).is_blank());
    assert_eq!(edit(&program).fill, FillChoice::Black, "the hand stays");
    let pasted = BackgroundNews::Pasted(Ok(picture("other", 33)));
    program.backend.set(Mood::Fails);
    program.app.world_mut().write_message(pasted);
    program.until("the failure", |world| {
        matches!(world.resource::<Look>().status, Status::Failed { .. })
    });
    assert!(edit(&program).canvas.is_none());
    program.backend.set(Mood::Quick);
    program.command(Command::Retry);
    ready(&mut program);
}

#[test]
fn another_method_explains_both_anew() {
    let mut program = begun();
    take_all_away(&mut program);
    followed(&mut program);
    program.get_mut::<ShellState>().method = Method::Rise;
    let backend = program.backend.clone();
    program.until("both maps anew", move |_| backend.asked().len() == 4);
    followed(&mut program);
    let asked = program.backend.asked();
    let methods: Vec<Method> = asked.iter().map(|job| job.request.method).collect();
    assert_eq!(
        methods,
        [Method::Xrai, Method::Xrai, Method::Rise, Method::Rise]
    );
    assert!(!edit(&program).is_blank(), "what is taken away stays");
}

#[test]
fn it_is_saved_as_the_command_line_saves_it() {
    let mut program = begun();
    program.command(Command::Save);
    assert!(program.notices().contains("Nothing is taken away yet"));
    ask(&mut program, Ask::SearchFlip);
    program.until("what was found", |world| {
        matches!(world.resource::<Look>().edit.search, Search::Over(_))
    });
    followed(&mut program);
    let (made, record) = saved(&program);
    assert_eq!(record.changed.fill, "black");
    assert!(record.answer_changed && record.picture.name == "Cat");
    let flip = record.flip.unwrap();
    assert_eq!(flip.grid, [8, 8]);
    let words = format!("{} of 64 cells", flip.cells.len());
    assert_eq!(record.changed.part, words);
    // What was saved is what the library says of the same mask.
    let classifier = crate::jobs::Work::classifier(&*program.backend, "alpha").unwrap();
    let cat = crate::picture::open(&made.join("before.png")).unwrap();
    let scene = Scene::of(&*classifier, &cat, Framing::Whole).unwrap();
    let edited = crate::picture::open(&made.join("picture.png"));
    let edited = edited.unwrap_or_else(|error| panic!("{error}"));
    let logits = scene.answer(&edited.pixels).unwrap();
    let own = classifier.prediction(&logits, record.after.class.class);
    assert!((own.logit - record.after.class.logit).abs() < 1e-5);
    for name in ["mask.png", "before-map.npy", "explanation.json", "map.npy"] {
        assert!(made.join(name).is_file(), "{name}");
    }
}

#[test]
fn what_was_taken_away_is_kept_until_another_picture_or_network_is_chosen() {
    let mut program = begun();
    take_all_away(&mut program);
    ask(&mut program, Ask::WhatIf(false));
    assert!(!program.get::<Look>().editing && !edit(&program).is_blank());
    ask(&mut program, Ask::WhatIf(true));
    assert!(!edit(&program).is_blank());
    followed(&mut program);
    ask(&mut program, Ask::WhatIf(false));
    program.choose_model("beta");
    program.frames(2);
    assert!(edit(&program).is_blank() && edit(&program).canvas.is_none());
}
