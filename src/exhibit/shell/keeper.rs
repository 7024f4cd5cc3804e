//! The shell's memory: does what it asks of the journal, the board and the PIN.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::cut_off::CutOff;
use super::input::{Effect, GoOn, Input, Record};
use super::program::Program;
use super::rivals::Crowd;
use super::turn::Shell;
use crate::exhibit::board::Boards;
use crate::exhibit::error::ExhibitError;
use crate::exhibit::pin::Lock;
use crate::guess::PaintingGrid;
use crate::journal::{
    End, Ended, Entry, Event as _, Follow, Health, Journal, JournalError, Prompt, Round,
};

/// What was played: hash of the picture, network, method, question.
type Played = (String, String, String, Prompt);

/// What people did with it.
#[derive(Debug, Default)]
struct People {
    /// Forgiving scores, the last ones.
    scores: VecDeque<f64>,
    crowd: Crowd,
}

/// Scores that are remembered of what was played.
const MOST_SCORES: usize = 2000;

/// Keeps what is to be kept. Its work takes milliseconds but for a PIN (a tenth of a second) and the
/// first reading of a long journal: it belongs on a thread of its own.
#[derive(Debug)]
pub struct Keeper {
    folder: PathBuf,
    journal: Journal,
    follow: Follow,
    boards: Boards,
    lock: Option<Lock>,
    pin: PathBuf,
    /// What people reached and painted, by what they played.
    people: BTreeMap<Played, People>,
    /// A visit that has no end yet, as far as it is known.
    open: Option<(String, u64)>,
    /// The game of a class that has no end yet, or was cut off.
    class: Option<CutOff>,
    sessions: u64,
}

impl Keeper {
    /// Opens the journal in `folder` and the PIN in the file `pin`, at a time that never runs back. A
    /// visit that the last run left open is closed as a crash.
    ///
    /// # Errors
    /// When the journal cannot be read. A damaged PIN is no reason to stay dark: every try then says
    /// that it cannot be looked at.
    pub fn open(
        folder: &Path,
        pin: &Path,
        utc_offset: i32,
        now: Duration,
    ) -> Result<Self, ExhibitError> {
        let mut keeper = Self {
            folder: folder.to_owned(),
            journal: Journal::open(folder)?,
            follow: Follow::default(),
            boards: Boards::new(utc_offset),
            lock: Lock::open(pin, now).ok().flatten(),
            pin: pin.to_owned(),
            people: BTreeMap::new(),
            open: None,
            class: None,
            sessions: 0,
        };
        keeper.read()?;
        // A game that was played to an end that is none of the program's does not go on.
        let was_open = |game: &CutOff| game.is_cut_off() || keeper.is_open(game.session());
        if !keeper.class.as_ref().is_some_and(was_open) {
            keeper.class = None;
        }
        if let Some((session, last)) = keeper.open.take() {
            keeper.journal.go_on(&session, last + 1);
            keeper.journal.append(&End {
                why: Ended::Crash,
                screen: String::new(),
                seconds: 0.0,
                more: serde_json::Map::new(),
            })?;
            keeper.journal.begin();
        }
        Ok(keeper)
    }

    /// Games that were begun so far: where the dealing goes on.
    #[must_use]
    pub fn games(&self) -> u64 {
        self.sessions
    }

    fn is_open(&self, session: &str) -> bool {
        self.open.as_ref().is_some_and(|(open, _)| open == session)
    }

    /// Gives the shell the scores of the people who played before, and the game of a class that was cut
    /// off.
    pub fn tell(&mut self, program: &Program, shell: &mut Shell) {
        if let Some(game) = &self.class {
            let age = self.journal.now().saturating_sub(game.last());
            let age = Duration::from_millis(u64::try_from(age).unwrap_or(0));
            shell.set_cut_off(game.clone(), age);
        }
        for (place, piece) in program.pieces.iter().enumerate() {
            let about = &piece.about;
            for prompt in [Prompt::Network, Prompt::OwnEyes] {
                let played = (
                    about.sha256.clone(),
                    about.model.clone(),
                    about.method.clone(),
                    prompt,
                );
                if let Some(people) = self.people.get(&played) {
                    shell.set_others(place, prompt, people.scores.iter().copied().collect());
                    shell.set_crowd(place, prompt, people.crowd.clone());
                }
            }
        }
    }

    /// Does what the shell asks, as far as it is the keeper's; what is to be given back to the shell.
    ///
    /// # Errors
    /// When something could not be kept. The game goes on all the same.
    pub fn take(&mut self, effect: &Effect, now: Duration) -> Result<Option<Input>, ExhibitError> {
        Ok(match effect {
            Effect::Keep(Record::GoOn(go_on)) => {
                self.read()?;
                let game = self.class.as_ref();
                if let Some(game) = game.filter(|game| game.session() == go_on.session) {
                    self.journal.go_on(game.session(), game.number() + 1);
                    Record::GoOn(go_on.clone()).append(&mut self.journal)?;
                }
                None
            }
            Effect::Keep(record) => {
                record.append(&mut self.journal)?;
                None
            }
            Effect::FetchBoard(kind, score) => {
                self.read()?;
                let today = self.boards.today(self.journal.now());
                let board = Box::new(self.boards.of(kind, today));
                Some(Input::Board(board, self.boards.better_than(kind, *score)))
            }
            Effect::CheckPin(digits) => {
                if self.lock.is_none() {
                    self.lock = Lock::open(&self.pin, now).ok().flatten();
                }
                let lock = self.lock.as_mut();
                let verdict = lock.and_then(|lock| lock.try_pin(digits, now).ok());
                Some(Input::Pin(verdict))
            }
            _ => None,
        })
    }

    /// Keeps how the machine is; about once an hour.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub fn keep_health(&mut self, health: &Health) -> Result<(), JournalError> {
        Record::Health(health.clone()).append(&mut self.journal)
    }

    /// Reads what is new in the journal.
    fn read(&mut self) -> Result<(), JournalError> {
        let Self {
            boards,
            people,
            open,
            class,
            sessions,
            ..
        } = self;
        self.follow.read(&self.folder, &mut |entry: Entry| {
            boards.add(&entry);
            CutOff::hear(class, &entry);
            match entry.event.as_str() {
                crate::journal::Gate::NAME => {
                    *open = Some((entry.session.clone(), entry.number));
                }
                GoOn::NAME => *open = Some((entry.session.clone(), entry.number)),
                End::NAME => *open = None,
                crate::journal::Session::NAME => *sessions += 1,
                Round::NAME => {
                    let round = entry.read::<Round>();
                    if let Some(round) = round.filter(|round| round.flags.is_empty())
                        && let Some(score) = round.tolerant.filter(|score| score.is_finite())
                    {
                        let played = (round.sha256, round.model, round.method, round.prompt);
                        let people = people.entry(played).or_default();
                        people.scores.push_back(score);
                        if people.scores.len() > MOST_SCORES {
                            people.scores.pop_front();
                        }
                        if let Some(grid) = PaintingGrid::from_runs(&round.painting) {
                            people.crowd.add(&grid);
                        }
                    }
                }
                _ => {}
            }
            if let Some((session, last)) = open
                && *session == entry.session
            {
                *last = entry.number.max(*last);
            }
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::input::{Name, Operator};
    use super::*;
    use crate::exhibit::pin::Pin;
    use crate::exhibit::pin::Verdict;
    use crate::journal::{Gate, read};

    fn keeper(folder: &Path) -> Keeper {
        let (journal, pin) = (folder.join("journal"), folder.join("operator.toml"));
        Keeper::open(&journal, &pin, 0, Duration::ZERO).unwrap()
    }

    fn round(n: u32) -> Effect {
        Effect::Keep(Record::Round(Box::new(Round {
            game: "1".to_owned(),
            round: n,
            of: 2,
            mode: "single".to_owned(),
            nickname: "Otter 12".to_owned(),
            tolerant: Some(50.0),
            stars: Some(2),
            ..Round::default()
        })))
    }

    #[test]
    fn what_is_kept_comes_back_on_the_board_with_the_name_that_was_chosen() {
        let folder = tempfile::tempdir().unwrap();
        let mut keeper = keeper(folder.path());
        let gate = Effect::Keep(Record::Gate(Gate::default()));
        let mut keep = |effect: &Effect| keeper.take(effect, Duration::ZERO).unwrap();
        for effect in [&gate, &round(1), &round(2)] {
            assert_eq!(keep(effect), None);
        }
        let kind = crate::exhibit::board::Kind {
            exhibit: String::new(),
            mode: "single".to_owned(),
            prompt: crate::journal::Prompt::Network,
            model: String::new(),
            method: String::new(),
            rule: 0,
            of: 2,
            day: 0,
        };
        let fetch = Effect::FetchBoard(Box::new(kind), 50.0);
        let mut board = |effects: &[Effect]| {
            for effect in effects {
                keep(effect);
            }
            match keep(&fetch) {
                Some(Input::Board(board, None)) => *board,
                other => panic!("{other:?}"),
            }
        };
        let first = board(&[]);
        assert_eq!(first.today[0].name, "Otter 12");
        let name = |name: &str| {
            Effect::Keep(Record::Name(Name {
                name: name.to_owned(),
                game: "1".to_owned(),
            }))
        };
        assert_eq!(board(&[name("ADA")]).ever[0].name, "ADA");
        // Whatever got into the journal, the board shows no such thing.
        assert_eq!(board(&[name("FUK")]).ever[0].name, "ADA");
        // A second game of the same visit has its own line.
        let second = |n| match round(n) {
            Effect::Keep(Record::Round(round)) => Effect::Keep(Record::Round(Box::new(Round {
                game: "2".to_owned(),
                ..*round
            }))),
            other => other,
        };
        assert_eq!(board(&[second(1), second(2)]).ever.len(), 2);
        let hide = Effect::Keep(Record::Operator(Operator {
            hide: Some(first.today[0].session.clone()),
            what: "hide".to_owned(),
        }));
        assert!(board(&[hide]).ever.is_empty());
    }

    #[test]
    fn a_visit_that_a_crash_left_open_is_closed_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = keeper(folder.path());
        let gate = Effect::Keep(Record::Gate(Gate::default()));
        first.take(&gate, Duration::ZERO).unwrap();
        first.take(&round(1), Duration::ZERO).unwrap();
        drop(first);
        for _ in 0..2 {
            drop(keeper(folder.path()));
        }
        let mut ends = Vec::new();
        read(&folder.path().join("journal"), &mut |entry| {
            ends.extend(entry.read::<End>().map(|end| (end.why, entry.number)));
        })
        .unwrap();
        assert_eq!(ends, [(Ended::Crash, 3)]);
    }

    #[test]
    fn a_pin_is_looked_at_and_a_damaged_one_opens_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("operator.toml");
        let mut keeper = keeper(folder.path());
        let mut check = |digits: &str| {
            let effect = Effect::CheckPin(digits.to_owned());
            keeper.take(&effect, Duration::ZERO).unwrap()
        };
        assert_eq!(check("271828"), Some(Input::Pin(None)));
        std::fs::write(&path, "damaged").unwrap();
        assert_eq!(check("271828"), Some(Input::Pin(None)));
        Pin::new("271828").unwrap().write(&path).unwrap();
        assert_eq!(check("000001"), Some(Input::Pin(Some(Verdict::Wrong))));
        assert_eq!(check("271828"), Some(Input::Pin(Some(Verdict::Right))));
    }
}
