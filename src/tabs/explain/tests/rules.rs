//! The rules, without a window where none is needed.

use super::*;

#[test]
fn hints_are_counted_and_leave_when_they_are_followed() {
    let mut explain = Explain {
        game: Some(game(1)),
        ..Explain::default()
    };
    obey(&mut explain, &Ask::Hint);
    let round = explain.game.as_ref().unwrap().round().unwrap();
    let (segment, band) = round.hint.unwrap();
    assert_eq!((round.hints, segment, band), (1, 4, Band::Yellow));
    assert!(explain.said.as_ref().unwrap().contains("yellow"));
    explain.tap(segment);
    let round = explain.game.as_ref().unwrap().round().unwrap();
    assert_eq!((round.hint, round.hints), (None, 1));
    // Yellow is found: the next hint is about the next colour, and takes it into the hand.
    obey(&mut explain, &Ask::Hint);
    assert_eq!(explain.tool.band, Some(Band::Orange));
}

#[test]
fn time_ends_a_round_only_where_there_is_a_limit_and_can_be_extended() {
    let mut explain = Explain {
        game: Some(game(1)),
        ..Explain::default()
    };
    let game = explain.game.as_mut().unwrap();
    assert!(!pass(game, 1e6) && game.left().is_none());
    game.rounds[0].played = 0.0;
    game.limit = Some(60.0);
    assert!(!pass(game, 45.0));
    assert_eq!(game.left(), Some(15.0));
    obey(&mut explain, &Ask::MoreTime);
    let game = explain.game.as_mut().unwrap();
    assert!(!pass(game, 50.0));
    assert!(pass(game, 30.0));
    obey(&mut explain, &Ask::Reveal);
    let game = explain.game.as_mut().unwrap();
    assert_eq!(game.phase, Phase::Revealed);
    assert!(
        !pass(game, 1e6),
        "the time of a round that is over stands still"
    );
}

#[test]
fn what_is_over_cannot_be_painted_and_what_is_not_over_cannot_be_skipped() {
    let mut explain = Explain {
        game: Some(game(2)),
        ..Explain::default()
    };
    assert_eq!(obey(&mut explain, &Ask::Next), None);
    assert_eq!(phase_of(&explain), Phase::Playing);
    explain.pen_down([0.5, 0.5]);
    explain.pen_to([0.9, 0.5]);
    assert_eq!(obey(&mut explain, &Ask::Reveal), Some(Effect::Over));
    let score = explain.game.as_ref().unwrap().mean().unwrap();
    let before = explain.board().unwrap().painting().clone();
    explain.pen_down([0.1, 0.1]);
    explain.tap(0);
    explain.step(Direction::Left);
    for ask in [Ask::Undo, Ask::Clear, Ask::Hint, Ask::Reveal] {
        assert_eq!(obey(&mut explain, &ask), None);
    }
    assert_eq!(explain.board().unwrap().painting(), &before);
    assert_eq!(explain.game.as_ref().unwrap().mean(), Some(score));
    assert_eq!(obey(&mut explain, &Ask::Next), Some(Effect::Moved));
    assert!(explain.board().unwrap().is_blank());
    // What the round before took is free; what it came to is not.
    let before = &explain.game.as_ref().unwrap().rounds[0];
    assert!(before.board.is_none() && before.regions.is_none());
    assert!(before.outcome.is_some());
}

fn phase_of(explain: &Explain) -> Phase {
    explain.game.as_ref().unwrap().phase
}

#[test]
fn a_round_without_an_answer_waits_and_a_failed_one_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = program(&folder);
    let round = program.explain.game.as_mut().unwrap().round_mut().unwrap();
    round.board = None;
    round.status = Status::Failed("The file is gone.".to_owned());
    let mut window = window(program, 1280.0, 800.0);
    window.get_by_label("The file is gone.");
    window.get_by_label("Try again").click();
    window.run_steps(3);
    assert!(window.state().effects.contains(&Effect::Again));
    assert_eq!(Tab::Explain.help().len(), 5);
}
