//! A class plays, and what was cut off goes on.

use std::path::Path;
use std::time::Duration;

use super::super::testing::{Stage, program_of};
use super::super::*;
use crate::exhibit::fault::Faults;
use crate::exhibit::manifest::{self, MANIFEST};
use crate::journal::{End, Ended, Round as Kept, Session, read};

const CLASS: &str = "[play]\nmodes = [\"class\"]\nrounds = 2\n";

/// A screen whose journal lies in a folder, as it is after a start.
struct Started {
    stage: Stage,
    keeper: Keeper,
}

impl Started {
    fn new(lines: &str, folder: &Path) -> Self {
        let (journal, pin) = (folder.join("journal"), folder.join("operator.toml"));
        let mut keeper = Keeper::open(&journal, &pin, 0, Duration::ZERO).unwrap();
        let mut stage = Stage::new(program_of(lines, &["en"]));
        let program = stage.shell.program.clone();
        keeper.tell(&program, &mut stage.shell);
        Self { stage, keeper }
    }

    /// Keeps what was asked for, but for what `lost` says.
    fn keep(&mut self, lost: impl Fn(&Effect) -> bool) {
        for effect in std::mem::take(&mut self.stage.effects) {
            if !lost(&effect) {
                self.keeper.take(&effect, Duration::ZERO).unwrap();
            }
        }
    }

    /// Does what comes next in a game of two teams; whether it goes on.
    fn step(&mut self) -> bool {
        let stage = &mut self.stage;
        let game = stage.shell.visit().game.as_ref();
        let player = game.map_or(0, |game| game.player);
        let painted = game
            .and_then(Game::guess)
            .is_some_and(|guess| !guess.marks.is_empty());
        match stage.shell.visit().screen {
            Screen::Attract => drop(stage.tap(300.0, 200.0)),
            Screen::Teams => drop(stage.press("2 teams")),
            Screen::Tutorial(_) => drop(stage.press("Skip")),
            Screen::Play(Phase::Talk) => drop(stage.press("Next")),
            Screen::Play(Phase::Paint) if !painted => {
                drop(stage.press(["A1", "B2"][player]));
            }
            Screen::Play(Phase::Paint) => drop(stage.press("Show me")),
            Screen::Play(Phase::Reveal(_)) => drop(stage.wait(8.0)),
            Screen::Play(Phase::Look(_)) => drop(stage.press("Next picture")),
            _ => return false,
        }
        self.keep(|_| false);
        true
    }
}

/// What was called, and what that was worth.
type Turn = (Vec<Mark>, Option<(u8, i64)>);

/// What of a game must be the same after it was cut off: the question, whose turn it is, all turns.
fn told(visit: &Visit) -> (usize, usize, Vec<Vec<Turn>>) {
    let game = visit.game.as_ref().unwrap();
    let told = |guess: &Guess| {
        let judged = guess.judged.as_ref();
        // A figure that was written and read again may be off by its last digit.
        let worth = judged.map(|judged| (judged.stars, (judged.tolerant * 1e6).round() as i64));
        (guess.marks.clone(), worth)
    };
    let rounds = game.rounds.iter();
    let rounds = rounds.map(|round| round.guesses.iter().map(told).collect());
    (game.at, game.player, rounds.collect())
}

#[test]
fn a_class_goes_on_wherever_its_game_was_cut_off() {
    let mut asked = 0;
    for steps in 0..40 {
        let folder = tempfile::tempdir().unwrap();
        let mut before = Started::new(CLASS, folder.path());
        let mut goes_on = true;
        for _ in 0..steps {
            goes_on = goes_on && before.step();
        }
        if !goes_on {
            break;
        }
        let visit = before.stage.shell.visit().clone();
        drop(before);
        let mut after = Started::new(CLASS, folder.path());
        after.step();
        let called = visit.game.iter().flat_map(|game| &game.rounds);
        let called = called.flat_map(|round| &round.guesses);
        let turns = called.filter(|guess| guess.seconds > 0.0).count();
        if turns == 0 {
            // Nothing was kept that could go on.
            assert_eq!(after.stage.shell.visit().screen, Screen::Teams, "{steps}");
            continue;
        }
        asked += 1;
        assert_eq!(after.stage.shell.visit().screen, Screen::CutOff, "{steps}");
        let says = after.stage.shell.says();
        assert!(says[1].starts_with("2 teams, begun at "), "{says:?}");
        after.stage.press("Yes, go on");
        let went_on = after.stage.shell.visit().clone();
        let (mut was, is) = (told(&visit), told(&went_on));
        // What a team had not finished is asked again, and after an answer it is looked at again.
        let (at, player) = (was.0, was.1);
        let unfinished = matches!(visit.screen, Screen::Play(Phase::Talk | Phase::Paint));
        if unfinished {
            was.2[at][player].0.clear();
            if player == 0 {
                was.0 = at - 1;
            }
        } else {
            was.1 = 0;
        }
        assert_eq!(is, was, "{steps}");
        let looks = Screen::Play(Phase::Look(Whose::Both));
        let screen = if unfinished && player > 0 {
            Screen::Play(Phase::Talk)
        } else {
            looks
        };
        assert_eq!(went_on.screen, screen, "{steps}");
        // It is played to its end, and nobody is asked again.
        while after.step() {}
        assert_eq!(after.stage.shell.visit().screen, Screen::Results);
        after.stage.press("To the start");
        after.keep(|_| false);
        assert_eq!(after.stage.shell.visit(), &Visit::default());
        after.step();
        assert_eq!(after.stage.shell.visit().screen, Screen::Teams, "{steps}");
        drop(after);
        let mut again = Started::new(CLASS, folder.path());
        again.step();
        assert_eq!(again.stage.shell.visit().screen, Screen::Teams, "{steps}");
        whole(folder.path());
    }
    // The first team's turn is over after seven steps, the game after some twenty.
    assert!(asked > 12, "{asked}");
}

/// The journal has each guess once, all in one session, and its end.
fn whole(folder: &Path) {
    let (mut rounds, mut sessions, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    read(&folder.join("journal"), &mut |entry| {
        rounds.extend(entry.read::<Kept>().map(|r| (entry.session.clone(), r)));
        sessions.extend(entry.read::<Session>().map(|_| entry.session.clone()));
        ends.extend(
            entry
                .read::<End>()
                .map(|end| (entry.session.clone(), end.why)),
        );
    })
    .unwrap();
    let mut which: Vec<(u32, u32)> = rounds.iter().map(|(_, r)| (r.round, r.player)).collect();
    which.sort_unstable();
    assert_eq!(which, [(1, 1), (1, 2), (2, 1), (2, 2)]);
    assert_eq!(sessions.len(), 1);
    assert!(
        rounds.iter().all(|(session, round)| {
            *session == sessions[0] && round.game == "1" && round.of == 2
        })
    );
    assert!(
        ends.contains(&(sessions[0].clone(), Ended::Crash)),
        "{ends:?}"
    );
    assert!(
        ends.contains(&(sessions[0].clone(), Ended::Done)),
        "{ends:?}"
    );
}

/// A class of which both teams have called in the first round; what `lost` says was not kept.
fn cut_off(folder: &Path, lines: &str, lost: impl Fn(&Effect) -> bool) {
    let mut started = Started::new(lines, folder);
    for _ in 0..8 {
        assert!(started.step());
    }
    // The second team shows what it called.
    started.stage.press("Show me");
    started.keep(lost);
}

#[test]
fn a_guess_that_was_cut_off_before_it_was_kept_is_kept_then() {
    let folder = tempfile::tempdir().unwrap();
    cut_off(
        folder.path(),
        CLASS,
        |effect| matches!(effect, Effect::Keep(Record::Round(round)) if round.player == 2),
    );
    let mut after = Started::new(CLASS, folder.path());
    after.step();
    let effects = after.stage.press("Yes, go on");
    let kept = effects.iter().filter_map(|effect| match effect {
        Effect::Keep(Record::Round(round)) => Some((round.round, round.player)),
        _ => None,
    });
    assert_eq!(kept.collect::<Vec<_>>(), [(1, 2)]);
    let (at, _, rounds) = told(after.stage.shell.visit());
    assert!(
        at == 0
            && rounds[0]
                .iter()
                .all(|(marks, worth)| { marks.len() == 1 && worth.is_some() })
    );
}

#[test]
fn what_is_long_ago_of_another_exhibit_or_not_wanted_does_not_go_on() {
    let folder = tempfile::tempdir().unwrap();
    cut_off(folder.path(), CLASS, |_| false);
    // Other fields, fewer ways to play.
    for lines in [
        "[play]\nmodes = [\"class\"]\nrounds = 2\ngrid = 4\n",
        "[play]\nrounds = 2\n",
    ] {
        let mut other = Started::new(lines, folder.path());
        other.step();
        assert_ne!(other.stage.shell.visit().screen, Screen::CutOff, "{lines}");
    }
    // Nobody came for an hour.
    let mut late = Started::new(CLASS, folder.path());
    late.stage.wait(3601.0);
    late.step();
    assert_eq!(late.stage.shell.visit().screen, Screen::Teams);
    drop(late);
    let mut after = Started::new(CLASS, folder.path());
    after.step();
    // Who walks away decides nothing.
    after.stage.wait(45.0 + 31.0);
    assert_eq!(after.stage.shell.visit(), &Visit::default());
    after.step();
    assert_eq!(after.stage.shell.visit().screen, Screen::CutOff);
    after.stage.press("No, a new game");
    assert_eq!(after.stage.shell.visit().screen, Screen::Teams);
    while after.step() {}
    after.stage.press("To the start");
    after.keep(|_| false);
    after.step();
    assert_eq!(after.stage.shell.visit().screen, Screen::Teams);
}

#[test]
fn a_class_calls_as_many_fields_as_its_exhibit_wants() {
    for (grid, last) in [(4, "D4"), (6, "F6"), (8, "H8")] {
        let lines = format!("[play]\nmodes = [\"class\"]\ngrid = {grid}\n");
        let mut stage = Stage::new(program_of(&lines, &["en"]));
        stage.tap(300.0, 200.0);
        for words in ["2 teams", "Skip", "Next"] {
            stage.press(words);
        }
        let offers = stage.shell.offers();
        let fields = offers
            .iter()
            .filter(|o| matches!(o.action, Action::Part(_)));
        let names: Vec<&str> = fields.map(|offer| offer.label.as_str()).collect();
        assert_eq!((names.len(), names[0]), (grid * grid, "A1"));
        assert_eq!(names.last(), Some(&last));
        // Calling where the answer is earns more than calling where it is not.
        let piece = stage.shell.piece().unwrap();
        let marked = |field: &usize| {
            let pixels = piece.fields.pixels(*field);
            pixels
                .filter(|pixel| piece.answer.get(*pixel).is_some())
                .count()
        };
        let mut order: Vec<usize> = (0..grid * grid).collect();
        order.sort_by_key(marked);
        let worth = |fields: &[usize]| {
            let mark = |part: &usize| Mark::Part {
                part: *part,
                on: true,
            };
            let guess = Guess {
                marks: fields.iter().map(mark).collect(),
                seconds: 9.0,
                ..Guess::default()
            };
            piece.judge(&guess, true, true, &[]).0
        };
        let few = grid * grid / 5;
        let (right, wrong) = (worth(&order[grid * grid - few..]), worth(&order[..few]));
        assert!(
            right.tolerant > wrong.tolerant + 10.0 && wrong.stars == 0,
            "{grid}: {right:?} {wrong:?}"
        );
    }
}

#[test]
fn another_number_of_fields_is_told_at_its_line() {
    for wrong in ["5", "\"6\"", "6.0", "0", "-4", "0x6"] {
        let text = format!(
            "format = 1\nid = \"bonn\"\ntitle = {{ en = \"T\" }}\n[play]\nrounds = 1\ngrid = {wrong}\n"
        );
        let mut faults = Faults::of(MANIFEST);
        let exhibit = manifest::read(&text, &mut faults);
        assert_eq!(exhibit.play.grid, 6, "{wrong}");
        let told: Vec<String> = faults.found.iter().map(ToString::to_string).collect();
        let told = told.iter().any(|line| {
            line.starts_with("exhibit.toml:6") && line.contains("play.grid is not 4, 6 or 8")
        });
        assert!(told, "{wrong}: {:?}", faults.found);
    }
}
