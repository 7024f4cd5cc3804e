//! Whatever is touched, typed, dropped or asked: nobody gets out, and nothing grows.

use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::time::Duration;

use super::super::testing::{Stage, program_of};
use super::super::*;
use crate::exhibit::pin::Verdict;
use crate::journal::{Prompt, Stroke};

/// Events of one run; `SALISCOPE_LOCK_EVENTS` sets another number (the goal is a million).
const EVENTS: u64 = 20_000;

fn any_action(rng: &mut StdRng) -> Action {
    let place = rng.random_range(0..12);
    match rng.random_range(0..31) {
        0 => Action::Wake,
        1 => Action::Language(place),
        2 => Action::Mode(Mode::Duel),
        3 => Action::Teams(place as u32),
        4 => Action::Question(Prompt::OwnEyes),
        5 => Action::Next,
        6 => Action::SkipTutorial,
        7 => Action::Part(place),
        8 => Action::Undo,
        9 => Action::Clear,
        10 => Action::Reveal,
        11 => Action::MoreTime,
        12 => Action::Skip,
        13 => Action::Look(Whose::Theirs),
        14 => Action::Cover,
        15 => Action::Letter { place, up: true },
        16 => Action::KeepName,
        17 => Action::Again,
        18 => Action::Home,
        19 => Action::Help,
        20 => Action::Toggle(Aid::Scan),
        21 => Action::Back,
        22 => Action::GoOn,
        23 => Action::Digit(place as u8),
        24 => Action::Erase,
        25 => Action::Enter,
        26 => Action::Clean,
        27 => Action::Names,
        28 => Action::Name(place),
        29 => Action::Hide,
        _ => Action::Leave,
    }
}

fn any_input(stage: &Stage, rng: &mut StdRng) -> Input {
    let finger = rng.random_range(0..10);
    match rng.random_range(0..20) {
        0..=3 => {
            // Often in the corner.
            let near = rng.random_bool(0.4);
            let most = if near { 24.0 } else { 600.0 };
            Input::Down {
                finger,
                x: rng.random_range(-5.0..most),
                y: rng.random_range(-5.0..most),
            }
        }
        4..=6 => Input::Up { finger },
        7 => Input::Lost,
        8..=11 => {
            // What is there, most of the time.
            let offers = stage.shell.offers();
            // What leads on more often than the rest.
            let main: Vec<_> = offers.iter().filter(|offer| offer.main).collect();
            let known = rng.random_bool(0.8) && !offers.is_empty();
            Input::Press(if known && !main.is_empty() && rng.random_bool(0.5) {
                main[rng.random_range(0..main.len())].action.clone()
            } else if known {
                offers[rng.random_range(0..offers.len())].action.clone()
            } else {
                any_action(rng)
            })
        }
        12 => {
            let points = rng.random_range(0..4);
            Input::Painted(
                Stroke {
                    b: rng.random_range(0..9),
                    r: rng.random_range(0..3000),
                    x: (0..points).map(|_| rng.random()).collect(),
                    y: (0..rng.random_range(0..4)).map(|_| rng.random()).collect(),
                    t: vec![0; points],
                },
                Device::Mouse,
            )
        }
        13..=15 => Input::Key(match rng.random_range(0..5) {
            0 => Key::Next,
            1 => Key::Previous,
            2 => Key::Choose,
            3 => Key::Switch,
            _ => Key::Digit(rng.random_range(0..=255)),
        }),
        16 => Input::Proved(rng.random_bool(0.5).then(|| "x".to_owned())),
        // A PIN is never right: nobody here knows it.
        17 => Input::Pin(match rng.random_range(0..3) {
            0 => None,
            1 => Some(Verdict::Wrong),
            _ => Some(Verdict::Wait(Duration::from_secs(
                rng.random_range(0..4000),
            ))),
        }),
        18 => Input::Board(Box::default(), None),
        _ => Input::Other,
    }
}

#[test]
fn nobody_gets_out_whatever_is_done() {
    let events = std::env::var("SALISCOPE_LOCK_EVENTS").ok();
    let events = events.and_then(|n| n.parse().ok()).unwrap_or(EVENTS);
    let mut rng = StdRng::seed_from_u64(5);
    let mut stage = Stage::new(program_of(
        "[play]\nmodes = [\"single\", \"duel\", \"daily\", \"class\"]\nprompts = [\"network\", \"own-eyes\"]\nboard = \"initials\"\n[times]\nround = 20\nopen = [\"8:00-20:00\"]\n",
        &["en", "de", "nl"],
    ));
    let (mut visits, mut rounds, mut pins) = (0, 0, 0);
    let mut screens = std::collections::HashSet::new();
    for event in 0..events {
        let millis = match rng.random_range(0..400) {
            0 => 60_000,
            1..=20 => 2500,
            _ => rng.random_range(0..300),
        };
        stage.now += Duration::from_millis(millis);
        // A clock that jumps.
        if rng.random_range(0..3000) == 0 {
            stage.wall = rng.random_range(0..4_000_000_000);
        }
        // Somebody knows the corner, and no PIN.
        if rng.random_range(0..300) == 0 {
            let touch = Input::Down {
                finger: 0,
                x: 5.0,
                y: 5.0,
            };
            let mut effects = stage.shell.take(stage.now, Input::Lost);
            for _ in 0..5 {
                effects.extend(stage.shell.take(stage.now, Input::Up { finger: 0 }));
                stage.now += Duration::from_millis(200);
                effects.extend(stage.shell.take(stage.now, touch.clone()));
            }
            assert!(!effects.contains(&Effect::Leave), "{event}");
            stage.now += Duration::from_millis(2200);
            // Nothing else comes between.
            let wall = stage.wall;
            stage.shell.take(stage.now, Input::Tick { wall });
        }
        let wall = stage.wall;
        let input = any_input(&stage, &mut rng);
        let mut effects = stage.shell.take(stage.now, input);
        effects.extend(stage.shell.take(stage.now, Input::Tick { wall }));
        for effect in &effects {
            match effect {
                Effect::Leave => panic!("out after {event} events"),
                Effect::Forget => {
                    visits += 1;
                    assert_eq!(*stage.shell.visit(), Visit::default());
                }
                Effect::Keep(Record::Round(round)) => {
                    rounds += 1;
                    assert!(round.score.is_finite() && round.tolerant.unwrap().is_finite());
                    let points: usize = round.strokes.iter().map(|s| s.x.len()).sum();
                    assert!(points <= 400);
                }
                Effect::Keep(Record::Operator(_)) => panic!("an operator after {event} events"),
                Effect::CheckPin(_) => pins += 1,
                Effect::Say(said) => assert!(said.len() < 2000),
                _ => {}
            }
        }
        // What is drawn can always be drawn.
        let visit = stage.shell.visit();
        let offers = stage.shell.offers();
        assert!(
            visit.focus.is_none_or(|at| at < offers.len().max(1)),
            "{visit:?}"
        );
        assert!(!stage.shell.says().is_empty());
        assert!(!matches!(
            visit.over,
            Some(Over::Operator | Over::Names | Over::Hide(_))
        ));
        screens.insert(format!("{:?}", visit.screen));
    }
    println!(
        "{visits} visits, {rounds} rounds, {pins} PINs, {} screens",
        screens.len()
    );
    assert!(
        visits > 10 && rounds > 10 && pins > 2 && screens.len() > 15,
        "{screens:?}"
    );
}

#[test]
fn twenty_thousand_visits_leave_nothing_behind() {
    let mut stage = Stage::new(program_of("", &["en"]));
    // By leaving: each visit is cut at another place.
    let mut rng = StdRng::seed_from_u64(8);
    let visits: u64 = if std::env::var_os("SALISCOPE_LOCK_EVENTS").is_some() {
        20_000
    } else {
        300
    };
    for visit in 0..visits {
        stage.effects.clear();
        stage.tap(300.0, 200.0);
        for _ in 0..rng.random_range(0..14) {
            let offers = stage.shell.offers();
            let on: Vec<_> = offers.iter().filter(|offer| offer.main).collect();
            let chosen = on[rng.random_range(0..on.len())].action.clone();
            stage.tap(300.0, 200.0);
            stage.take(Input::Press(chosen));
        }
        for _ in 0..20 {
            stage.now += Duration::from_secs(20);
            let wall = stage.wall;
            stage.take(Input::Tick { wall });
        }
        assert_eq!(*stage.shell.visit(), Visit::default(), "visit {visit}");
    }
    // What outlives visits is bounded.
    let house = &stage.shell.house;
    assert!(house.fingers.is_empty() && house.others.len() <= stage.shell.program.pieces.len());
    assert!(house.others.values().all(|scores| scores.len() <= 2000));
}
