//! From screen to screen, and back to a fresh start.

use super::super::testing::{NOON, Stage, program, program_of};
use super::super::*;
use crate::exhibit::pin::Verdict;
use crate::journal::{Ended, Stroke};
use std::time::Duration;

pub(super) fn stroke(x: i16, y: i16, r: u16) -> Stroke {
    Stroke {
        b: 2,
        r,
        x: vec![x, x + 10],
        y: vec![y, y],
        t: vec![0, 300],
    }
}

fn kept(effects: &[Effect]) -> Vec<&Record> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Keep(record) => Some(record),
            _ => None,
        })
        .collect()
}

/// To the first picture.
fn begin(stage: &mut Stage) {
    stage.tap(300.0, 200.0);
    if stage.shell.visit().screen == Screen::Language {
        stage.press("English");
    }
    if stage.has("Skip") {
        stage.press("Skip");
    }
}

/// Plays the round with a stroke on the middle of the picture and looks at the answer.
fn play_round(stage: &mut Stage) {
    stage.take(Input::Down {
        finger: 1,
        x: 300.0,
        y: 200.0,
    });
    stage.now += Duration::from_secs(5);
    stage.take(Input::Painted(stroke(500, 500, 100), Device::Touch));
    stage.take(Input::Up { finger: 1 });
    stage.press("Show me");
    stage.wait(7.0);
}

#[test]
fn a_visit_from_the_first_touch_to_the_results() {
    let mut stage = Stage::new(program(&["en", "de"]));
    assert_eq!(stage.shell.says(), ["T"]);
    stage.tap(300.0, 200.0);
    assert_eq!(stage.shell.visit().screen, Screen::Language);
    stage.press("Deutsch");
    assert_eq!(stage.shell.visit().screen, Screen::Tutorial(0));
    assert_eq!(stage.shell.says(), ["Male mit dem Finger."]);
    // It cannot be failed: painting anything goes on.
    stage.take(Input::Down {
        finger: 1,
        x: 300.0,
        y: 200.0,
    });
    stage.take(Input::Painted(stroke(5, 5, 50), Device::Touch));
    assert_eq!(stage.shell.visit().screen, Screen::Tutorial(1));
    stage.press("Weiter");
    stage.press("Weiter");
    assert_eq!(stage.shell.visit().screen, Screen::Play(Phase::Ask));
    assert!(stage.shell.says()[0].starts_with("Die KI sagt: thing"));
    for round in 1..=3 {
        let ask = stage.shell.says();
        assert!(ask.contains(&format!("Runde {round} von 3")), "{ask:?}");
        stage.press("Jetzt malen");
        stage.press("Zeig es mir");
        for step in Step::ALL {
            assert_eq!(
                stage.shell.visit().screen,
                Screen::Play(Phase::Reveal(step))
            );
            stage.wait(step.lasts().as_secs_f64());
        }
        assert_eq!(
            stage.shell.visit().screen,
            Screen::Play(Phase::Look(Whose::Both))
        );
        let says = stage.shell.says().join(" ");
        assert!(says.contains("Noch kein Stern"), "{says}");
        let effects = stage.press("Zudecken");
        let piece = match effects.as_slice() {
            [Effect::Prove(piece)] => *piece,
            other => panic!("{other:?}"),
        };
        stage.take(Input::Proved(Some("dog, hound".to_owned())));
        assert_eq!(stage.shell.says(), ["Jetzt sagt sie dog."]);
        assert_eq!(
            stage.shell.piece().unwrap().about.file,
            format!("pictures/{piece}.png")
        );
        stage.press("N\u{e4}chstes Bild");
    }
    assert_eq!(stage.shell.visit().screen, Screen::Results);
    let effects = stage.effects.clone();
    let ids: Vec<&str> = kept(&effects)
        .into_iter()
        .map(|record| match record {
            Record::Gate(gate) => gate.language.as_str(),
            Record::Session(session) => session.mode.as_str(),
            Record::Round(round) => round.picture.as_str(),
            _ => "other",
        })
        .collect();
    assert_eq!(ids[..2], ["de", "single"]);
    assert_eq!(ids.len(), 5);
    for record in kept(&effects) {
        if let Record::Round(round) = record {
            assert_eq!(
                (round.of, &*round.exhibit, round.stars),
                (3, "bonn", Some(0))
            );
            assert!(round.flags.contains(&"blank".to_owned()) && round.painting.len() == 2);
            assert!(!round.nickname.is_empty());
        }
    }
    assert!(effects.iter().any(|e| matches!(e, Effect::FetchBoard(..))));
    let effects = stage.press("Zum Anfang");
    assert!(matches!(
        kept(&effects)[..],
        [Record::End(end)] if end.why == Ended::Done && end.screen == "results"
    ));
    assert!(effects.contains(&Effect::Forget));
    assert_eq!(*stage.shell.visit(), Visit::default());
}

#[test]
fn the_touch_that_wakes_does_nothing_else() {
    let mut stage = Stage::new(program(&["en", "de"]));
    stage.take(Input::Down {
        finger: 1,
        x: 1.0,
        y: 1.0,
    });
    // The finger lies where a language is now.
    stage.take(Input::Press(Action::Language(1)));
    stage.take(Input::Up { finger: 1 });
    stage.take(Input::Press(Action::Language(1)));
    assert_eq!(stage.shell.visit().screen, Screen::Language);
    stage.press("Deutsch");
    assert_eq!(stage.shell.visit().language, 1);
}

#[test]
fn whoever_leaves_is_forgotten_wherever_it_was() {
    // Each of these ends on another screen, with everything changed that can be.
    type Way = (&'static str, fn(&mut Stage));
    let ways: [Way; 9] = [
        ("tutorial", |_| {}),
        ("ask", |s| drop(s.press("Skip"))),
        ("paint", |s| {
            s.press("Skip");
            s.take(Input::Down {
                finger: 1,
                x: 300.0,
                y: 200.0,
            });
            s.take(Input::Painted(stroke(400, 400, 90), Device::Touch));
            s.take(Input::Up { finger: 1 });
        }),
        ("look", |s| {
            s.press("Skip");
            play_round(s);
            s.press("The AI");
        }),
        ("proof", |s| {
            s.press("Skip");
            play_round(s);
            s.press("Cover it");
            s.take(Input::Proved(Some("x".to_owned())));
        }),
        ("second round", |s| {
            s.press("Skip");
            play_round(s);
            s.press("Next picture");
        }),
        ("help", |s| {
            s.press("What helps you");
            for aid in ["Bigger", "contrast", "lower", "aloud", "switch", "motion"] {
                s.press(aid);
            }
        }),
        ("helped", |s| {
            s.press("What helps you");
            for aid in ["Bigger", "contrast", "lower", "motion"] {
                s.press(aid);
            }
            s.press("Back");
        }),
        ("results", |s| {
            s.press("Skip");
            for _ in 0..3 {
                play_round(s);
                s.press("Next picture");
            }
            s.press("Letter 2: next");
        }),
    ];
    for (name, way) in ways {
        let mut stage = Stage::new(program_of(
            "[play]\nboard = \"initials\"\n[times]\nidle_play = 45\n",
            &["en", "de"],
        ));
        let fresh = stage.shell.visit().clone();
        assert_eq!(fresh, Visit::default());
        stage.tap(300.0, 200.0);
        stage.press("English");
        way(&mut stage);
        assert_ne!(*stage.shell.visit(), fresh, "{name}");
        let slower = f64::from(stage.shell.visit().help.slower());
        stage.wait(61.0 * slower);
        assert_eq!(stage.shell.visit().over, Some(Over::StillThere), "{name}");
        let effects = stage.wait(30.5 * slower);
        assert_eq!(*stage.shell.visit(), fresh, "{name}");
        assert!(effects.contains(&Effect::Forget) && effects.contains(&Effect::Hush));
        assert!(
            matches!(kept(&effects)[..], [Record::End(end)] if end.why == Ended::Idle),
            "{name}"
        );
        // What plays itself begins anew too.
        let waited = Duration::from_secs_f64(30.5 * slower);
        assert!(stage.shell.elapsed() < waited, "{name}");
    }
}

#[test]
fn idle_is_45_s_playing_60_s_reading_and_longer_for_who_needs_it() {
    let asked = |stage: &Stage| stage.shell.visit().over == Some(Over::StillThere);
    let mut stage = Stage::new(program(&["en"]));
    // Nothing runs out while it plays itself, nor at the languages.
    stage.wait(1000.0);
    assert_eq!(stage.shell.visit().screen, Screen::Attract);
    let mut gate = Stage::new(program(&["en", "de"]));
    gate.tap(300.0, 200.0);
    gate.wait(1000.0);
    assert_eq!(gate.shell.visit().screen, Screen::Language);
    assert!(!asked(&gate));

    begin(&mut stage);
    stage.wait(44.0);
    assert!(!asked(&stage));
    stage.wait(1.5);
    assert!(asked(&stage));
    assert_eq!(stage.shell.says()[0], "Are you still there?");
    // Any touch goes on, and does nothing else.
    stage.wait(29.0);
    stage.take(Input::Down {
        finger: 1,
        x: 5.0,
        y: 300.0,
    });
    stage.take(Input::Press(Action::Home));
    stage.take(Input::Up { finger: 1 });
    assert_eq!(stage.shell.visit().screen, Screen::Play(Phase::Ask));
    assert!(!asked(&stage));
    // A finger that paints is a sign of life.
    stage.take(Input::Down {
        finger: 1,
        x: 300.0,
        y: 200.0,
    });
    stage.wait(100.0);
    assert!(!asked(&stage));
    // Dirt on the screen is none: after two minutes it counts no more.
    stage.wait(70.0);
    assert!(asked(&stage));
    stage.take(Input::Up { finger: 1 });
    stage.tap(300.0, 200.0);
    play_round(&mut stage);
    stage.wait(58.0);
    assert!(!asked(&stage));
    stage.wait(2.5);
    assert!(asked(&stage));
    stage.press("Go on");
    // With speech everything lasts four times as long.
    stage.press("What helps you");
    stage.press("Read aloud");
    stage.press("Back");
    stage.wait(235.0);
    assert!(!asked(&stage));
    stage.wait(10.0);
    assert!(asked(&stage));
    stage.wait(109.0);
    assert!(asked(&stage));
    assert!(stage.shell.left().unwrap() > Duration::ZERO);
    stage.wait(12.0);
    assert_eq!(*stage.shell.visit(), Visit::default());
}

#[test]
fn a_round_may_be_timed_and_takes_nothing_away() {
    let mut stage = Stage::new(program_of("[times]\nround = 40\n", &["en"]));
    begin(&mut stage);
    stage.press("Paint now");
    stage.take(Input::Down {
        finger: 1,
        x: 300.0,
        y: 200.0,
    });
    stage.take(Input::Painted(stroke(500, 500, 90), Device::Touch));
    stage.take(Input::Up { finger: 1 });
    stage.wait(39.0);
    assert_eq!(stage.shell.visit().screen, Screen::Play(Phase::Paint));
    stage.wait(1.5);
    assert_eq!(stage.shell.visit().screen, Screen::Play(Phase::TimeUp));
    stage.press("One more minute");
    let guess = |s: &Stage| {
        s.shell
            .visit()
            .game
            .as_ref()
            .unwrap()
            .guess()
            .unwrap()
            .clone()
    };
    assert_eq!(guess(&stage).marks.len(), 1);
    stage.wait(10.0);
    stage.press("Show me");
    let seconds = guess(&stage).seconds;
    assert!((48.0..53.0).contains(&seconds), "{seconds}");
}

#[test]
fn two_players_take_turns_and_the_first_guess_is_hidden() {
    let mut stage = Stage::new(program_of(
        "[play]\nmodes = [\"duel\"]\nrounds = 1\n",
        &["en"],
    ));
    begin(&mut stage);
    assert!(
        stage
            .shell
            .says()
            .contains(&"Player 1, it is your turn.".to_owned())
    );
    stage.take(Input::Down {
        finger: 1,
        x: 300.0,
        y: 200.0,
    });
    stage.take(Input::Painted(stroke(500, 500, 120), Device::Touch));
    stage.take(Input::Up { finger: 1 });
    stage.press("Show me");
    assert_eq!(stage.shell.visit().screen, Screen::Play(Phase::Pass));
    // Paint that arrives late is nobody's.
    stage.take(Input::Painted(stroke(500, 500, 120), Device::Touch));
    stage.press("Next");
    let game = stage.shell.visit().game.clone().unwrap();
    assert_eq!((game.player, game.guess().unwrap().marks.len()), (1, 0));
    stage.press("Paint now");
    let effects = stage.press("Show me");
    let rounds: Vec<(u32, usize)> = kept(&effects)
        .into_iter()
        .filter_map(|r| match r {
            Record::Round(r) => Some((r.player, r.strokes.len())),
            _ => None,
        })
        .collect();
    assert_eq!(rounds, [(1, 1), (2, 0)]);
    stage.wait(8.0);
    let says = stage.shell.says();
    assert!(says.iter().any(|l| l.starts_with("1: ")) && says.iter().any(|l| l.starts_with("2: ")));
}

#[test]
fn a_class_calls_fields_team_by_team() {
    let mut stage = Stage::new(program_of(
        "[play]\nmodes = [\"class\", \"single\"]\nprompts = [\"network\", \"own-eyes\"]\nrounds = 1\n",
        &["en"],
    ));
    stage.tap(300.0, 200.0);
    stage.press("whole class");
    stage.press("3 teams");
    stage.press("What you need to see");
    stage.press("Skip");
    for team in 1..=3 {
        assert_eq!(stage.shell.visit().screen, Screen::Play(Phase::Talk));
        assert!(
            stage
                .shell
                .says()
                .contains(&format!("Team {team}: which fields?"))
        );
        assert!(stage.shell.says()[0].starts_with("What do you need to see"));
        stage.wait(5.5);
        // Nobody paints with a finger here.
        stage.take(Input::Painted(stroke(500, 500, 120), Device::Touch));
        stage.press("B4");
        assert!(stage.has("B4: painted"));
        stage.press("C1");
        stage.press("B4");
        stage.press("Show me");
    }
    let rounds: Vec<_> = stage
        .effects
        .iter()
        .filter_map(|e| match e {
            Effect::Keep(Record::Round(r)) => Some((&*r.input, &*r.mode, r.prompt.id())),
            _ => None,
        })
        .collect();
    assert_eq!(rounds, [("called", "class", "own-eyes"); 3]);
    let painted = stage.shell.visit().game.as_ref().unwrap().rounds[0].guesses[0].clone();
    let piece = stage.shell.piece().unwrap();
    let painting = piece.painting(&painted.marks, true);
    let side = super::super::testing::SIDE;
    // C1 is the third column of the first row.
    assert!(painting.get(side * 2 + side / 2 - 4).is_some() && painting.get(0).is_none());
    assert_eq!(
        painting.labels().iter().filter(|&&l| l != 0).count(),
        (side / 6).pow(2)
    );
}

#[test]
fn names_come_from_the_wheel_and_rude_ones_do_not_pass() {
    let mut stage = Stage::new(program_of(
        "[play]\nboard = \"initials\"\nrounds = 1\n",
        &["en"],
    ));
    begin(&mut stage);
    play_round(&mut stage);
    stage.press("Next picture");
    assert_eq!(stage.shell.letters(), "AAA");
    // A, N, O is on the list.
    for _ in 0..13 {
        stage.press("Letter 2: next");
    }
    for _ in 0..12 {
        stage.press("Letter 3: back");
    }
    assert_eq!(stage.shell.letters(), "ANO");
    let effects = stage.press("That is me");
    assert!(kept(&effects).is_empty());
    assert!(
        stage
            .shell
            .says()
            .iter()
            .any(|l| l.contains("other letters"))
    );
    stage.press("Letter 1: next");
    assert_eq!(stage.shell.letters(), "BNO");
    let effects = stage.press("That is me");
    assert!(matches!(kept(&effects)[..], [Record::Name(n)] if n.name == "BNO" && n.game == "1"));
    assert!(!stage.has("Letter") && !stage.has("That is me"));
}

#[test]
fn it_is_dark_outside_its_hours_and_nobody_is_thrown_out() {
    let mut stage = Stage::new(program_of(
        "[times]\nopen = [\"Th 10:00-13:00\"]\n",
        &["en"],
    ));
    stage.wait(1.0);
    assert!(!stage.shell.is_dark());
    begin(&mut stage);
    play_round(&mut stage);
    stage.wall = NOON + 3600;
    stage.wait(1.0);
    // The game that is played goes on.
    assert!(!stage.shell.is_dark());
    stage.press("Next picture");
    stage.press("To the start");
    assert!(stage.shell.is_dark());
    stage.wait(1.0);
    stage.tap(300.0, 200.0);
    stage.take(Input::Key(Key::Choose));
    assert!(stage.shell.is_dark() && stage.shell.offers().is_empty());
    assert_eq!(stage.shell.says(), ["Closed now"]);
    // A clock without a battery closes nothing; the next morning it opens.
    stage.wall = 1000;
    stage.wait(0.5);
    assert!(!stage.shell.is_dark());
    stage.wall = NOON + 7 * 86_400 - 7200;
    stage.wait(0.5);
    assert!(!stage.shell.is_dark());
}

#[test]
fn five_taps_and_the_pin_open_the_operators_screen() {
    let mut stage = Stage::new(program(&["en"]));
    let corner = |stage: &mut Stage, taps: usize| {
        for _ in 1..taps {
            stage.tap(9.0, 9.0);
            stage.now += Duration::from_millis(200);
        }
        stage.take(Input::Down {
            finger: 1,
            x: 9.0,
            y: 9.0,
        });
        let effects = stage.wait(2.5);
        stage.take(Input::Up { finger: 1 });
        effects
    };
    corner(&mut stage, 4);
    assert_eq!(stage.shell.visit().over, None);
    stage.wait(3.0);
    corner(&mut stage, 5);
    assert!(matches!(stage.shell.visit().over, Some(Over::Pin { .. })));
    for digit in "271829".chars() {
        stage.press(&digit.to_string());
    }
    stage.press("Erase");
    stage.take(Input::Key(Key::Digit(8)));
    let said = stage.shell.says().join(" ");
    assert!(said.contains("6 digits") && !said.contains("271828"));
    let effects = stage.press("Open");
    assert!(effects.contains(&Effect::CheckPin("271828".to_owned())));
    // Nothing is tried twice at the same time.
    assert!(!stage.has("Open"));
    stage.take(Input::Pin(Some(Verdict::Wrong)));
    assert!(
        stage
            .shell
            .says()
            .contains(&"That is not the PIN.".to_owned())
    );
    for digit in "271828".chars() {
        stage.press(&digit.to_string());
    }
    stage.press("Open");
    stage.take(Input::Pin(Some(Verdict::Wait(Duration::from_secs(61)))));
    assert!(
        stage
            .shell
            .says()
            .contains(&"Too many tries. Wait 2 minutes.".to_owned())
    );
    stage.press("1");
    stage.press("Open");
    stage.take(Input::Pin(Some(Verdict::Right)));
    assert_eq!(stage.shell.visit().over, Some(Over::Operator));
    // Nobody wipes: it goes back by itself, and nothing acts until then.
    stage.press("Wipe");
    stage.tap(300.0, 200.0);
    stage.take(Input::Press(Action::Leave));
    stage.take(Input::Key(Key::Next));
    assert_eq!(stage.shell.visit().over, Some(Over::Cleaning));
    stage.wait(31.0);
    assert_eq!(stage.shell.visit().over, None);

    // A verdict that nobody waits for opens nothing.
    corner(&mut stage, 5);
    stage.take(Input::Pin(Some(Verdict::Right)));
    assert!(matches!(stage.shell.visit().over, Some(Over::Pin { .. })));
    stage.press("1");
    stage.press("Open");
    stage.take(Input::Pin(Some(Verdict::Right)));
    let board = crate::exhibit::board::Board {
        ever: vec![crate::exhibit::board::Game {
            session: "s".to_owned(),
            name: "BNO".to_owned(),
            score: 1.0,
            stars: 1,
            day: 0,
        }],
        ..Default::default()
    };
    stage.take(Input::Board(Box::new(board), None));
    // Three touches.
    stage.press("Hide a name");
    stage.press("BNO");
    let effects = stage.press("Hide it");
    assert!(matches!(
        kept(&effects)[..],
        [Record::Operator(o)] if o.hide.as_deref() == Some("s")
    ));
    assert!(!stage.has("BNO"));
    stage.press("Back");
    let effects = stage.press("Close the exhibit");
    assert_eq!(effects.last(), Some(&Effect::Leave));
}

#[test]
fn without_a_pin_the_corner_is_a_corner() {
    let mut program = program(&["en", "de"]);
    program.pin = false;
    let mut stage = Stage::new(program);
    for _ in 0..5 {
        stage.tap(9.0, 9.0);
    }
    stage.take(Input::Down {
        finger: 1,
        x: 9.0,
        y: 9.0,
    });
    stage.wait(3.0);
    assert_eq!(stage.shell.visit().over, None);
}

#[test]
fn other_people_make_it_easier() {
    let mut stage = Stage::new(program_of("[play]\nrounds = 1\n", &["en"]));
    let pieces = stage.shell.program().pieces.len();
    for piece in 0..pieces {
        stage
            .shell
            .set_others(piece, crate::journal::Prompt::Network, vec![0.5; 20]);
    }
    begin(&mut stage);
    let parts = super::bots::right_parts(stage.shell.piece().unwrap());
    stage.press("Paint now");
    for part in parts {
        stage.tap(300.0, 200.0);
        stage.take(Input::Press(Action::Part(part)));
    }
    assert!(matches!(stage.shell.warmth(), Warmth::Warm | Warmth::Hot));
    stage.press("Show me");
    let game = stage.shell.visit().game.clone().unwrap();
    let judged = game.rounds[0].guesses[0].judged.clone().unwrap();
    let marks = stage.shell.piece().unwrap().marks;
    assert!(judged.tolerant > marks.first, "{judged:?} {marks:?}");
    assert_eq!(judged.stars, 3, "better than nine in ten");
}
