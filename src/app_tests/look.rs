//! "See why": open, cancel, retry, choose something else while work runs.

use super::harness::{Mood, Program, picture};
use crate::jobs::BackgroundNews;
use crate::saliency::{ClassChoice, Method};
use crate::tabs::look::{Ask, Asks, Current, Look, Status};
use crate::ui::Tab;
use crate::ui::commands::Command;
use crate::ui::library::Library;
use crate::ui::widgets::Progress;
use crate::ui::{Session, ShellState};

const PANE: u64 = 1;

fn done(program: &mut Program) {
    program.until("the map", |world| {
        world.resource::<Look>().status == Status::Done
    });
}

fn failed(program: &mut Program) -> String {
    program.until("the failure", |world| {
        matches!(world.resource::<Look>().status, Status::Failed { .. })
    });
    match &program.get::<Look>().status {
        Status::Failed { why } => why.clone(),
        status => panic!("{status:?}"),
    }
}

fn ask(program: &mut Program, ask: Ask) {
    program.get_mut::<Asks>().push(ask);
    program.frames(2);
}

fn choose(program: &mut Program, name: &str) {
    let index = program.index(name);
    ask(program, Ask::Choose(index));
}

fn half_way(program: &mut Program) {
    program.until("a draft", |world| {
        let status = &world.resource::<Look>().status;
        matches!(
            status,
            Status::Working {
                progress: Progress::Share(_),
                ..
            }
        )
    });
    program.frames(2);
}

#[test]
fn the_first_picture_is_explained_without_being_asked_for() {
    let mut program = Program::start();
    done(&mut program);
    assert_eq!(program.get::<Session>().picture, Some(0));
    let look = program.get::<Look>();
    let answer = look.answer.as_ref().unwrap();
    assert_eq!(answer.explained, "thing 0");
    assert_eq!(answer.bars.len(), 5);
    let pane = program.pane(PANE);
    assert!(pane.picture.is_some() && pane.map.is_some());
    assert_eq!(program.backend.asked().len(), 1);
}

#[test]
fn another_picture_while_one_is_computed_is_the_one_that_is_explained() {
    let mut program = Program::start_in(Mood::Held);
    half_way(&mut program);
    choose(&mut program, "Dog");
    program.backend.set(Mood::Quick);
    done(&mut program);
    program.rest();
    let asked = program.backend.asked();
    assert_eq!(asked.last().unwrap().picture.name, "Dog");
    assert_eq!(asked.len(), 2);
    assert!(program.get::<Look>().alternative.contains("A dog."));
}

#[test]
fn stopping_brings_the_last_whole_map_back() {
    let mut program = Program::start();
    done(&mut program);
    let whole = program.pane(PANE).map.unwrap();
    program.backend.set(Mood::Held);
    ask(&mut program, Ask::Explain(3));
    half_way(&mut program);
    program.command(Command::Cancel);
    assert_eq!(program.get::<Look>().status, Status::Cancelled);
    let answer = program.get::<Look>().answer.clone().unwrap();
    assert_eq!(answer.explained, "thing 0");
    let shown = program.pane(PANE).map.unwrap();
    assert_eq!(shown.ranks, whole.ranks);
    program.backend.set(Mood::Quick);
    program.rest();
    assert_eq!(program.get::<Look>().status, Status::Cancelled);
}

#[test]
fn a_failure_is_told_and_tried_again() {
    let mut program = Program::start_in(Mood::Fails);
    assert_eq!(failed(&mut program), "The network does not fit.");
    program.backend.set(Mood::Quick);
    program.command(Command::Retry);
    done(&mut program);
}

#[test]
fn a_defect_in_a_method_is_told_and_tried_again() {
    let mut program = Program::start_in(Mood::Panics);
    let why = failed(&mut program);
    assert!(why.contains("defect"), "{why}");
    program.backend.set(Mood::Quick);
    program.command(Command::Retry);
    done(&mut program);
}

#[test]
fn another_model_while_work_runs_is_the_one_that_is_asked() {
    let mut program = Program::start_in(Mood::Held);
    half_way(&mut program);
    program.choose_model("beta");
    program.backend.set(Mood::Quick);
    done(&mut program);
    program.rest();
    let models: Vec<String> = program
        .backend
        .asked()
        .into_iter()
        .map(|j| j.model)
        .collect();
    assert_eq!(models, ["alpha", "beta"]);
}

#[test]
fn another_method_is_another_question() {
    let mut program = Program::start();
    done(&mut program);
    program.get_mut::<ShellState>().method = Method::Rise;
    program.frames(2);
    done(&mut program);
    program.rest();
    let methods: Vec<Method> = program
        .backend
        .asked()
        .into_iter()
        .map(|job| job.request.method)
        .collect();
    assert_eq!(methods, [Method::Xrai, Method::Rise]);
}

#[test]
fn what_was_begun_is_finished_while_another_tab_is_shown() {
    let mut program = Program::start_in(Mood::Held);
    half_way(&mut program);
    program.show(Tab::Stylize);
    program.backend.set(Mood::Quick);
    done(&mut program);
    program.show(Tab::Look);
    program.rest();
    assert_eq!(program.get::<Look>().status, Status::Done);
}

#[test]
fn sliders_of_the_overlay_ask_the_network_nothing() {
    let mut program = Program::start();
    done(&mut program);
    program.rest();
    let before = program.backend.asked().len();
    for opacity in [10.0, 55.0, 90.0] {
        let mut look = program.get_mut::<Look>();
        look.overlay.opacity = opacity;
        look.overlay.top = opacity;
        program.frames(2);
        assert_eq!(program.pane(PANE).overlay.opacity, opacity / 100.0);
    }
    program.rest();
    assert_eq!(program.backend.asked().len(), before);
}

#[test]
fn a_file_that_is_no_picture_is_told_by_name_and_the_next_one_works() {
    let mut program = Program::start();
    done(&mut program);
    let broken = program.file("notes.png");
    std::fs::write(&broken, "no picture").unwrap();
    program.drop(&[broken]);
    let why = failed(&mut program);
    assert!(why.contains("notes.png"), "{why}");
    let pane = program.pane(PANE);
    assert!(pane.picture.is_none() && pane.map.is_none());
    choose(&mut program, "Dog");
    done(&mut program);
}

#[test]
fn one_answer_is_held_against_another() {
    let mut program = Program::start();
    done(&mut program);
    ask(&mut program, Ask::Against(Some(2)));
    done(&mut program);
    program.rest();
    let request = program.backend.asked().last().unwrap().request.clone();
    assert_eq!(request.class, ClassChoice::Class(0));
    assert_eq!(request.against, Some(2));
    ask(&mut program, Ask::Explain(4));
    program.rest();
    assert_eq!(
        program.backend.asked().last().unwrap().request.against,
        None
    );
}

#[test]
fn a_picture_pasted_while_work_runs_takes_its_place() {
    let mut program = Program::start_in(Mood::Held);
    half_way(&mut program);
    let pasted = BackgroundNews::Pasted(Ok(picture("pasted picture", 200)));
    program.app.world_mut().write_message(pasted.clone());
    program.frames(3);
    program.backend.set(Mood::Quick);
    done(&mut program);
    program.rest();
    assert_eq!(
        program.backend.asked().last().unwrap().picture.name,
        "pasted picture"
    );
    // The same one again is no second picture.
    let items = program.get::<Library>().items().len();
    program.app.world_mut().write_message(pasted);
    program.frames(3);
    program.rest();
    assert_eq!(program.get::<Library>().items().len(), items);
}

#[test]
fn nothing_on_the_clipboard_is_told_and_changes_nothing() {
    let mut program = Program::start();
    done(&mut program);
    let nothing = "there is no picture on the clipboard".to_owned();
    program
        .app
        .world_mut()
        .write_message(BackgroundNews::Pasted(Err(nothing)));
    program.frames(3);
    assert!(
        program
            .notices()
            .contains("There is no picture on the clipboard.")
    );
    assert_eq!(program.get::<Look>().status, Status::Done);
}

/// What is said at the right belongs to what is marked at the left.
#[test]
fn answers_of_the_last_picture_go_when_another_one_is_opened() {
    let mut program = Program::start();
    done(&mut program);
    let index = program.index("Dog");
    program.get_mut::<Asks>().push(Ask::Choose(index));
    // The frame in which it is asked for: the picture cannot be read yet.
    program.frames(1);
    let look = program.get::<Look>();
    assert!(look.working());
    assert_eq!(look.answer, None);
    assert!(program.pane(PANE).map.is_none());
    done(&mut program);
}

#[test]
fn a_picture_that_was_added_can_be_taken_out_again() {
    let mut program = Program::start();
    done(&mut program);
    let path = program.picture("mine.png", 33);
    program.drop(&[path]);
    program.until("the new picture", |world| {
        world.resource::<Look>().alternative.contains("mine")
    });
    done(&mut program);
    let mine = program.index("mine");
    ask(&mut program, Ask::Remove(mine));
    done(&mut program);
    assert_eq!(program.get::<Session>().picture, Some(0));
    assert!(program.get::<Library>().items()[mine].gone);
}

/// Every tab shows the cat: it is read once and has one texture.
#[test]
fn a_picture_has_one_texture_in_all_tabs() {
    let mut program = Program::start();
    done(&mut program);
    let texture = program.pane(PANE).picture.unwrap();
    for (tab, panes) in [
        (crate::ui::Tab::Similarity, &[200, 201][..]),
        (crate::ui::Tab::Stylize, &[100]),
        (crate::ui::Tab::Explain, &[300]),
    ] {
        program.show(tab);
        program.until("the picture", |world| {
            let mut all = world.query::<&crate::stage::Pane>();
            panes.iter().all(|id| {
                let mut own = all.iter(world).filter(|pane| pane.id.0 == *id);
                own.all(|pane| pane.picture.as_ref() == Some(&texture))
            })
        });
    }
}

/// A window that nobody asks for anything has few threads.
#[test]
fn lanes_start_when_they_are_needed() {
    let mut program = Program::start();
    done(&mut program);
    program.rest();
    let lanes = program.get::<crate::jobs::Jobs>().lanes_started();
    assert!(lanes <= 2, "{lanes} lanes beside the one that explains");
}

/// A chord that was pressed and let go within one slow frame.
#[test]
fn a_quick_chord_is_not_lost() {
    use bevy::input::ButtonState::{Pressed, Released};
    use bevy::input::keyboard::{Key, KeyCode, KeyboardInput};
    let mut program = Program::start();
    done(&mut program);
    let window = program.app.world_mut().spawn_empty().id();
    let comma = Key::Character(",".into());
    for (code, logical, state) in [
        (KeyCode::ControlLeft, Key::Control, Pressed),
        (KeyCode::Comma, comma.clone(), Pressed),
        (KeyCode::Comma, comma, Released),
        (KeyCode::ControlLeft, Key::Control, Released),
    ] {
        program.app.world_mut().write_message(KeyboardInput {
            key_code: code,
            logical_key: logical,
            state,
            text: None,
            repeat: false,
            window,
        });
    }
    program.frames(1);
    assert!(program.get::<ShellState>().settings);
}

#[test]
fn keys_go_through_the_pictures_and_round() {
    let mut program = Program::start();
    done(&mut program);
    let shown = |program: &mut Program, command: Command| {
        program.command(command);
        done(program);
        program.rest();
        program.backend.asked().last().unwrap().picture.name.clone()
    };
    assert_eq!(shown(&mut program, Command::NextPicture), "Dog");
    // Bricks are a surface, and after the last photo comes the first.
    assert_eq!(shown(&mut program, Command::NextPicture), "Cat");
    assert_eq!(shown(&mut program, Command::PreviousPicture), "Dog");
}

#[test]
fn what_is_shown_is_saved_as_a_page_and_as_figures() {
    let mut program = Program::start();
    done(&mut program);
    let world = program.app.world();
    let library = world.resource::<Library>();
    let (look, session) = (world.resource::<Look>(), world.resource::<Session>());
    let shot = world.resource::<Current>().shot(look, session, library);
    let shot = shot.unwrap();
    let work = world.resource::<crate::jobs::Jobs>().work().clone();
    for (ending, start) in [
        ("html", "<!DOCTYPE html>"),
        ("svg", "<?xml"),
        ("pdf", "%PDF-"),
        ("png", "\u{fffd}PNG"),
    ] {
        let path = program.file(&format!("shown.{ending}"));
        shot.write_as(&*work, &path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let begins = text.to_lowercase().starts_with(&start.to_lowercase());
        assert!(begins || text.starts_with("<svg"), "{ending}");
        assert!(bytes.len() > 1000, "{ending}");
    }
    // The picture itself is not written over, nor what nobody here has made.
    let text = program.file("letter.html");
    std::fs::write(&text, "Dear Ada").unwrap();
    assert!(shot.write_as(&*work, &text).is_err());
    assert_eq!(std::fs::read_to_string(&text).unwrap(), "Dear Ada");
    let why = shot
        .write_as(&*work, &program.file("shown.doc"))
        .unwrap_err();
    assert!(why.contains("ends in .html"), "{why}");
}
