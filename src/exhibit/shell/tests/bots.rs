//! Players of every kind play from the first touch to the results: with keys, with two switches, with
//! one, by tapping, and by ear alone.

use super::super::testing::{Stage, program, program_of};
use super::super::*;
use crate::exhibit::board::Boards;
use crate::journal::{Ended, Journal, read};
use std::time::Duration;

/// Parts that lie for the most part on the answer.
pub(super) fn right_parts(piece: &Piece) -> Vec<usize> {
    let is_right = |part: &usize| {
        let (mut all, mut right) = (0, 0);
        for pixel in piece.parts.pixels(*part) {
            all += 1;
            right += u32::from(piece.answer.get(pixel).is_some());
        }
        2 * right > all
    };
    (0..piece.parts.len()).filter(is_right).collect()
}

/// A player who knows the screen and presses what leads on, by some means.
fn play(stage: &mut Stage, press: &mut dyn FnMut(&mut Stage, &Action)) {
    for _ in 0..400 {
        let offers = stage.shell.offers();
        let offered = |action: &Action| offers.iter().any(|offer| offer.action == *action);
        let wanted = match stage.shell.visit().screen {
            Screen::Results => return,
            Screen::Play(Phase::Paint) => {
                let right = right_parts(stage.shell.piece().unwrap());
                let left = right.into_iter().find(|&part| {
                    let part = Action::Part(part);
                    let offer = offers.iter().find(|offer| offer.action == part);
                    offer.is_some_and(|offer| offer.on == Some(false))
                });
                left.map_or(Action::Reveal, Action::Part)
            }
            Screen::Play(Phase::Look(_)) if offered(&Action::Cover) => Action::Cover,
            Screen::Play(Phase::Proof(Proof::Waiting)) => {
                stage.take(Input::Proved(Some("other thing".to_owned())));
                continue;
            }
            Screen::Play(Phase::Reveal(_)) => {
                stage.wait(1.0);
                continue;
            }
            Screen::Language => Action::Language(0),
            Screen::Attract => Action::Wake,
            _ => Action::Next,
        };
        assert!(offered(&wanted), "{wanted:?} in {offers:?}");
        press(stage, &wanted);
    }
    panic!("no end: {:?}", stage.shell.visit());
}

/// Goes with `step` to the button and chooses it.
fn walk(stage: &mut Stage, wanted: &Action, step: Key) {
    for _ in 0..60 {
        let visit = stage.shell.visit();
        let offers = stage.shell.offers();
        let at = visit.focus.and_then(|at| offers.get(at));
        if at.is_some_and(|offer| offer.action == *wanted) || visit.screen == Screen::Attract {
            stage.now += Duration::from_millis(700);
            stage.take(Input::Key(Key::Choose));
            return;
        }
        stage.now += Duration::from_millis(700);
        stage.take(Input::Key(step));
    }
    panic!("{wanted:?} is not reached");
}

fn stars(stage: &Stage) -> (u32, u32) {
    stage.shell.visit().game.as_ref().unwrap().stars(0)
}

fn devices(stage: &Stage) -> Vec<String> {
    stage
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Keep(Record::Round(round)) => Some(round.input.clone()),
            _ => None,
        })
        .collect()
}

#[test]
fn by_tapping() {
    let mut stage = Stage::new(program(&["en", "fr"]));
    play(&mut stage, &mut |stage, action| {
        stage.tap(300.0, 200.0);
        stage.take(Input::Press(action.clone()));
    });
    let (earned, most) = stars(&stage);
    assert!(most == 9 && earned >= 3, "{earned}");
    assert_eq!(devices(&stage), ["touch"; 3]);
}

#[test]
fn by_keys_forward_and_backward_and_so_by_two_switches() {
    for step in [Key::Next, Key::Previous] {
        let mut stage = Stage::new(program(&["en", "fr"]));
        play(&mut stage, &mut |stage, action| walk(stage, action, step));
        assert!(stars(&stage).0 >= 3);
        assert_eq!(devices(&stage), ["keys"; 3]);
    }
}

#[test]
fn by_one_switch() {
    let mut stage = Stage::new(program(&["en", "fr"]));
    play(&mut stage, &mut |stage, action| {
        if stage.shell.visit().screen == Screen::Attract {
            stage.take(Input::Key(Key::Switch));
            assert!(stage.shell.visit().help.scan);
            return;
        }
        for _ in 0..2000 {
            let offers = stage.shell.offers();
            let focus = stage.shell.visit().focus;
            let at = focus.and_then(|at| offers.get(at));
            if at.is_none_or(|offer| offer.action == *action) {
                stage.take(Input::Key(Key::Switch));
                if at.is_some() {
                    return;
                }
            }
            stage.wait(0.5);
        }
        panic!("{action:?} is not reached");
    });
    assert!(stars(&stage).0 >= 3);
    assert_eq!(devices(&stage), ["switch"; 3]);
    // Left alone it stops after three rounds and waits.
    stage.take(Input::Key(Key::Switch));
    stage.wait(100.0);
    assert_eq!(stage.shell.visit().focus, None);
}

/// Hears what is said and nothing else; remembers where it is from the words.
struct Ear {
    heard: String,
}

impl Ear {
    fn key(&mut self, stage: &mut Stage, key: Key) {
        stage.now += Duration::from_millis(900);
        self.listen(stage.take(Input::Key(key)));
    }

    fn listen(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Say(said) = effect {
                self.heard = said.replace('\n', " ");
            }
        }
    }

    /// Steps until the button's name is heard, at most as often as there can be buttons.
    fn find(&mut self, stage: &mut Stage, name: &str) -> bool {
        for _ in 0..40 {
            if self.heard.contains(name) {
                self.key(stage, Key::Choose);
                return true;
            }
            self.key(stage, Key::Next);
        }
        false
    }
}

#[test]
fn by_ear_alone() {
    let mut stage = Stage::new(program(&["en", "de"]));
    let mut ear = Ear {
        heard: String::new(),
    };
    ear.key(&mut stage, Key::Choose);
    assert!(ear.heard.contains("Choose your language") && ear.heard.contains("Sprache"));
    assert!(ear.find(&mut stage, "English"));
    assert!(
        ear.heard.starts_with("Paint with your finger."),
        "{}",
        ear.heard
    );
    assert!(ear.find(&mut stage, "Skip"));
    for round in 1..=3 {
        // The question, what is to be seen, and which round it is.
        assert!(ear.heard.starts_with("The AI says: thing"), "{}", ear.heard);
        assert!(
            ear.heard.contains("What is to be seen on picture"),
            "{}",
            ear.heard
        );
        assert!(
            ear.heard.contains(&format!("Round {round} of 3")),
            "{}",
            ear.heard
        );
        assert!(ear.find(&mut stage, "Paint now"));
        // By trying: whatever makes it warmer stays.
        for part in 1..=16 {
            assert!(ear.find(&mut stage, &format!("Part {part} of 16")));
            if ear.heard.contains("Warm") || ear.heard.contains("Hot!") {
                break;
            }
            if ear.heard.contains("painted") {
                ear.key(&mut stage, Key::Choose);
            }
        }
        assert!(ear.find(&mut stage, "Show me"));
        for _ in 0..32 {
            let effects = stage.wait(0.25);
            ear.listen(effects);
        }
        assert!(ear.heard.contains("It looked most"), "{}", ear.heard);
        assert!(
            ear.heard.contains("points") || ear.heard.contains("star"),
            "{}",
            ear.heard
        );
        assert!(ear.find(&mut stage, "Cover it"));
        assert!(ear.heard.contains("One moment"), "{}", ear.heard);
        let own = stage.shell.piece().unwrap().about.label.clone();
        ear.listen(stage.take(Input::Proved(Some(own))));
        assert!(ear.heard.contains("It still says thing"), "{}", ear.heard);
        assert!(ear.find(&mut stage, "Next picture"));
    }
    assert!(ear.heard.starts_with("Well played!"), "{}", ear.heard);
    assert!(ear.find(&mut stage, "To the start"));
    assert_eq!(*stage.shell.visit(), Visit::default());
}

#[test]
fn every_line_of_a_visit_by_ear_was_spoken_before() {
    let languages: Vec<&str> = crate::exhibit::built_in().collect();
    for (place, language) in languages.iter().enumerate() {
        let mut stage = Stage::new(program_of("[play]\nrounds = 1\n", &languages));
        let program = std::sync::Arc::new(program_of("[play]\nrounds = 1\n", &languages));
        let mut spoken = lines(&program, place);
        // Before a language is chosen it speaks the first.
        spoken.extend(lines(&program, 0));
        let texts = crate::exhibit::Texts::new(language, None);
        let named = texts.get("your-name", &[("name", crate::exhibit::Fill::Text(""))]);
        play(&mut stage, &mut |stage, action| {
            let action = match action {
                Action::Language(_) => Action::Language(place),
                other => other.clone(),
            };
            walk(stage, &action, Key::Next);
        });
        let mut said = 0;
        for effect in &stage.effects {
            let Effect::Say(text) = effect else { continue };
            for line in text.lines() {
                let pieces = crate::exhibit::speech::pieces(line, &|line| spoken.contains(line));
                let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
                let heard: usize = pieces.iter().map(|piece| letters(piece)).sum();
                // A generated name, and what the network says of a picture that nobody made before.
                let is_new = line.starts_with(named.trim_end()) || line.contains("other thing");
                assert!(
                    heard == letters(line) || is_new,
                    "{language}: {line:?} {pieces:?}"
                );
                said += 1;
            }
        }
        assert!(said > 40, "{language}: {said}");
    }
}

/// Everything that is said in a whole visit by keys is a text under review: what changes in it is read
/// before it is kept.
#[test]
fn what_is_said_in_a_visit_is_as_it_was_read_over() {
    let mut stage = Stage::new(program_of("[play]\nrounds = 1\n", &["en", "de"]));
    play(&mut stage, &mut |stage, action| {
        walk(stage, action, Key::Next);
    });
    stage.take(Input::Key(Key::Choose));
    let said: Vec<String> = stage
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Say(said) => Some(said.replace('\n', " ")),
            _ => None,
        })
        .collect();
    let said = said.join("\n") + "\n";
    let golden =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/exhibit/speech.txt");
    let read = std::fs::read_to_string(&golden).unwrap_or_default();
    assert!(
        said == read,
        "{} is not what is said:\n<<<\n{said}>>>",
        golden.display()
    );
}

#[test]
fn every_button_of_a_whole_visit_has_a_name_of_its_own_in_six_languages() {
    for language in crate::exhibit::built_in() {
        let other = if language == "en" { "de" } else { "en" };
        let mut stage = Stage::new(program_of(
            "[play]\nboard = \"initials\"\n",
            &[language, other],
        ));
        let mut screens = std::collections::HashSet::new();
        let mut look = |stage: &Stage| {
            let offers = stage.shell.offers();
            let mut names: Vec<&str> = offers.iter().map(|o| o.label.trim()).collect();
            names.sort_unstable();
            assert!(names.iter().all(|name| !name.is_empty()), "{offers:?}");
            let all = names.len();
            names.dedup();
            assert_eq!(names.len(), all, "{language}: {offers:?}");
            let says = stage.shell.says();
            let words: usize = says.iter().map(|l| l.split_whitespace().count()).sum();
            assert!(words <= 50, "{language}: {words} words: {says:?}");
            for line in says.iter().chain(offers.iter().map(|o| &o.label)) {
                assert!(!line.contains(['{', '}', '$']), "{language}: {line}");
            }
            screens.insert(format!("{:?}", stage.shell.visit().screen));
        };
        play(&mut stage, &mut |stage, action| {
            look(stage);
            stage.tap(300.0, 200.0);
            stage.take(Input::Press(action.clone()));
            look(stage);
        });
        look(&stage);
        stage.tap(300.0, 200.0);
        stage.take(Input::Press(Action::Help));
        look(&stage);
        assert!(screens.len() >= 10, "{screens:?}");
    }
}

#[test]
fn visit_after_visit_is_the_same_and_what_is_kept_has_no_gap() {
    let folder = tempfile::tempdir().unwrap();
    let pin = folder.path().join("none");
    let mut keeper = Keeper::open(folder.path(), &pin, 0, Duration::ZERO).unwrap();
    let mut stage = Stage::new(program(&["en", "de"]));
    let visits = 6;
    for _ in 0..visits {
        assert_eq!(*stage.shell.visit(), Visit::default());
        stage.effects.clear();
        play(&mut stage, &mut |stage, action| {
            stage.tap(300.0, 200.0);
            stage.take(Input::Press(action.clone()));
        });
        let effects = std::mem::take(&mut stage.effects);
        for effect in effects {
            if let Some(input) = keeper.take(&effect, stage.now).unwrap() {
                stage.take(input);
            }
        }
        assert!(stage.shell.visit().board.is_some());
        stage.effects.clear();
        stage.press("To the start");
        for effect in std::mem::take(&mut stage.effects) {
            keeper.take(&effect, stage.now).unwrap();
        }
        stage.wait(3.0);
    }
    let mut boards = Boards::new(0);
    let mut numbers: std::collections::BTreeMap<String, Vec<u64>> =
        std::collections::BTreeMap::default();
    let mut ends = 0;
    let reading = read(folder.path(), &mut |entry| {
        boards.add(&entry);
        let end = entry.read::<crate::journal::End>();
        ends += usize::from(end.is_some_and(|end| end.why == Ended::Done));
        numbers.entry(entry.session).or_default().push(entry.number);
    })
    .unwrap();
    assert_eq!((reading.unreadable, ends), (0, visits));
    let visits_kept: Vec<_> = numbers.values().collect();
    assert_eq!(visits_kept.len(), visits);
    for numbers in visits_kept {
        // Gate, session, three rounds, end.
        assert_eq!(*numbers, (1..=6).collect::<Vec<_>>());
    }
    // A restart deals on where it was.
    let mut again = Keeper::open(folder.path(), &pin, 0, Duration::ZERO).unwrap();
    assert_eq!(again.games(), visits as u64);
    let mut shell = Stage::new(program(&["en"])).shell;
    again.tell(&program(&["en"]), &mut shell);
    drop(Journal::open(folder.path()).unwrap());
}
