//! "Explain": a network that is another one by now while a game is played.

use bevy::window::WindowFocused;

use super::harness::Program;
use crate::guess::Band;
use crate::tabs::explain::{Explain, Game};
use crate::ui::{HomeDir, Tab};

/// Back at the window.
fn focus(program: &mut Program) {
    let window = program.app.world_mut().spawn_empty().id();
    let message = WindowFocused {
        window,
        focused: true,
    };
    program.app.world_mut().write_message(message);
    program.frames(4);
    program.rest();
    program.until("a round that can be played", can_paint);
}

fn can_paint(world: &mut bevy::prelude::World) -> bool {
    let game = world.resource::<Explain>().game.as_ref();
    game.is_some_and(Game::can_paint)
}

fn replace(program: &Program, model: &str) {
    let home = program.get::<HomeDir>().0.clone();
    let catalog = crate::classifier::Catalog::load(&home).unwrap();
    let path = catalog.model_path(&home, catalog.model(model).unwrap());
    std::fs::write(path, "another network than before").unwrap();
}

#[test]
fn a_network_that_is_replaced_during_a_game_is_asked_anew_and_the_paint_stays() {
    let mut program = Program::start();
    program.rest();
    program.show(Tab::Explain);
    program.until("a round that can be played", can_paint);
    program.rest();
    focus(&mut program);
    let mut explain = program.get_mut::<Explain>();
    let round = explain.game.as_mut().and_then(Game::round_mut).unwrap();
    let (regions, board) = (
        round.regions.clone().unwrap(),
        round.board.as_mut().unwrap(),
    );
    assert!(board.fill(&regions, 0, Some(Band::Red)));
    let painted = board.painting().clone();
    let before = program.backend.asked().len();
    focus(&mut program);
    assert_eq!(program.backend.asked().len(), before, "nothing has changed");
    replace(&program, "alpha");
    focus(&mut program);
    let anew = program.backend.asked().split_off(before);
    let of = |model: &str| {
        anew.iter()
            .filter(|job| job.model == model && !job.on_stage)
            .count()
    };
    let rounds = program.get::<Explain>().game.as_ref().unwrap().rounds.len();
    assert_eq!(rounds, 2, "two photos");
    // Each round's own answer anew, and those of the other network behind it.
    assert_eq!(of("alpha"), rounds, "{}", anew.len());
    let board = program.get::<Explain>().board().unwrap();
    assert_eq!(*board.painting(), painted);
    let told = program.notices();
    assert!(told.contains("Alpha was replaced on disk"), "{told}");

    // Of another network that a round is played against only its own answers.
    let before = program.backend.asked().len();
    replace(&program, "beta");
    focus(&mut program);
    let anew = program.backend.asked().split_off(before);
    assert!(anew.iter().all(|job| job.model == "beta"), "{}", anew.len());
    assert_eq!(anew.len(), rounds);
}
