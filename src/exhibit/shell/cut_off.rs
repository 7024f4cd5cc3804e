//! The game of a class that was cut off by a power cut or a crash: it is read back from the journal, and
//! goes on at the same question where the teacher wants it.

use std::time::Duration;

use super::input::{Called, Effect, GoOn, Record};
use super::state::{
    Device, Game, Guess, Judged, Mark, Mode, Phase, Round as Played, Screen, Whose,
};
use super::turn::Shell;
use crate::exhibit::hours::minute_of_day;
use crate::exhibit::names::generated;
use crate::exhibit::texts::Fill;
use crate::journal::{End, Ended, Entry, Event as _, Prompt, Round, Session};

/// A game that was cut off may go on for so long after its last line: a lesson, and some more.
const GOES_ON: Duration = Duration::from_hours(1);
/// Teams, at most.
const MOST_TEAMS: u32 = 8;

/// A game of a class, as far as it was kept.
#[derive(Debug, Clone, PartialEq)]
pub struct CutOff {
    session: String,
    /// The last line of the session.
    number: u64,
    /// Milliseconds since 1970 of its first and last line, by the journal's time.
    begun: i64,
    last: i64,
    about: Session,
    called: Vec<Called>,
    rounds: Vec<Round>,
    /// Whether it did not end by itself.
    is_open: bool,
}

impl CutOff {
    /// Takes a line of the journal: the game that it is about begins, goes on or ends.
    pub(super) fn hear(known: &mut Option<Self>, entry: &Entry) {
        if let Some(about) = entry.read::<Session>() {
            let is_class = about.mode == Mode::Class.id() && !about.pictures.is_empty();
            *known = is_class.then(|| Self {
                session: entry.session.clone(),
                number: entry.number,
                begun: entry.millis(),
                last: entry.millis(),
                about,
                called: Vec::new(),
                rounds: Vec::new(),
                is_open: false,
            });
            return;
        }
        let Some(game) = known.as_mut().filter(|game| game.session == entry.session) else {
            return;
        };
        game.number = game.number.max(entry.number);
        match entry.event.as_str() {
            Called::NAME => game.called.extend(entry.read::<Called>()),
            Round::NAME => game.rounds.extend(entry.read::<Round>()),
            GoOn::NAME => game.is_open = false,
            End::NAME => {
                if entry
                    .read::<End>()
                    .is_some_and(|end| end.why == Ended::Crash)
                {
                    // It ended when it was heard of last, not when somebody found it.
                    game.is_open = true;
                    return;
                }
                *known = None;
                return;
            }
            _ => {}
        }
        game.last = entry.millis();
    }

    /// The session that it belongs to.
    pub(super) fn session(&self) -> &str {
        &self.session
    }

    /// The last line of the session.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// When it was heard of last, in milliseconds since 1970 by the journal's time.
    pub(super) fn last(&self) -> i64 {
        self.last
    }

    /// Whether it is known that it was cut off.
    pub(super) fn is_cut_off(&self) -> bool {
        self.is_open
    }
}

impl Shell {
    /// The game of a class was cut off so long ago.
    pub fn set_cut_off(&mut self, game: CutOff, age: Duration) {
        let left = GOES_ON.saturating_sub(age);
        self.house.cut_off = Some((Box::new(game), self.house.now + left));
        // What cannot go on is not asked about.
        if self.restored().is_none() {
            self.house.cut_off = None;
        }
    }

    /// The game that may go on.
    pub(super) fn cut_off(&self) -> Option<&CutOff> {
        let (game, until) = self.house.cut_off.as_ref()?;
        (self.house.now < *until).then_some(game)
    }

    pub(super) fn says_cut_off(&self) -> Vec<String> {
        let mut lines = vec![self.text("cut-off-ask")];
        if let Some(game) = self.cut_off() {
            let times = &self.program.times;
            let seconds = game.begun.div_euclid(1000);
            let offset = times.summer.offset_at(seconds, times.utc_offset);
            let minute = minute_of_day(seconds, offset);
            let time = format!("{:02}:{:02}", minute / 60, minute % 60);
            let fill = [
                ("n", Fill::Number(game.about.players.into())),
                ("time", Fill::Text(&time)),
            ];
            lines.push(self.filled("cut-off-since", &fill));
        }
        lines
    }

    /// What the team that is done has called.
    pub(super) fn called(&self) -> Option<Called> {
        if !self.calls_fields() {
            return None;
        }
        let game = self.visit.game.as_ref()?;
        let guess = game.guess()?;
        let piece = self.piece()?;
        let fields = (0..piece.fields.len()).filter(|field| self.is_painted(*field));
        Some(Called {
            game: self.game_number(),
            round: game.at as u32 + 1,
            player: game.player as u32 + 1,
            grid: piece.grid as u32,
            fields: fields.map(|field| field as u32).collect(),
            seconds: guess.seconds,
        })
    }

    /// Somebody plays something else: the game that was cut off is over.
    pub(super) fn begin_anew(&mut self, effects: &mut Vec<Effect>) {
        self.house.cut_off = None;
        self.choose(effects);
    }

    /// The class goes on with its game.
    pub(super) fn go_on(&mut self, effects: &mut Vec<Effect>) {
        let restored = self.restored();
        let Some((cut_off, _)) = self.house.cut_off.take() else {
            return;
        };
        let Some(restored) = restored else {
            self.choose(effects);
            return;
        };
        let session = cut_off.session.clone();
        effects.push(Effect::Keep(Record::GoOn(GoOn { session })));
        self.visit.mode = Mode::Class;
        self.visit.players = cut_off.about.players;
        self.visit.prompt = cut_off.about.prompt.unwrap_or_default();
        self.visit.games = restored.number;
        self.visit.game = Some(restored.game);
        let rounds = self.judge_again(&cut_off, restored.done, effects);
        if let Some(game) = &mut self.visit.game {
            game.rounds = rounds;
            game.at = restored.at;
        }
        if restored.looks {
            self.enter(Screen::Play(Phase::Look(Whose::Both)));
        } else {
            self.first_phase();
        }
    }

    /// The game as far as it was kept; `None` where it is not one of this exhibit any more, or nothing of
    /// it was kept.
    fn restored(&self) -> Option<Restored> {
        let cut_off = self.cut_off()?;
        let about = &cut_off.about;
        let teams = about.players;
        let first = cut_off.called.first()?;
        if !self.program.modes.contains(&Mode::Class) || !(2..=MOST_TEAMS).contains(&teams) {
            return None;
        }
        let mut rounds = Vec::new();
        for (at, sha256) in about.pictures.iter().enumerate() {
            let mut pieces = self.program.pieces.iter().take(self.program.played());
            let piece = pieces.position(|piece| piece.about.sha256 == *sha256)?;
            let grid = self.program.pieces.get(piece)?.grid as u32;
            let mut guesses = vec![Guess::default(); teams as usize];
            for called in cut_off.called.iter().filter(|c| c.round == at as u32 + 1) {
                let team = called.player.checked_sub(1)? as usize;
                let fields = called.fields.iter().map(|field| *field as usize);
                // Other fields than those that were called are none of theirs.
                if called.grid != grid || called.game != first.game {
                    return None;
                }
                let guess = guesses.get_mut(team)?;
                guess.marks = fields.map(|part| Mark::Part { part, on: true }).collect();
                guess.seconds = called.seconds;
                guess.input = Device::Touch;
                guess.ready = true;
            }
            rounds.push(Played {
                piece,
                guesses,
                ..Played::default()
            });
        }
        let has_called = |guess: &&Guess| guess.ready;
        let is_done = |round: &&Played| round.guesses.iter().all(|guess| guess.ready);
        let done = rounds.iter().take_while(is_done).count();
        let round = rounds.get(done);
        let player = round.map_or(0, |round| {
            round.guesses.iter().take_while(has_called).count()
        });
        // Who was cut off while they looked at an answer looks at it again.
        let looks = player == 0;
        for guess in rounds.iter_mut().flat_map(|round| &mut round.guesses) {
            guess.ready = false;
        }
        let at = if looks { done.checked_sub(1)? } else { done };
        let nickname = cut_off.rounds.first().map(|round| round.nickname.clone());
        Some(Restored {
            game: Game {
                rounds,
                at,
                player,
                name: nickname.unwrap_or_else(|| {
                    generated(&self.texts().get("names", &[]), self.house.games)
                }),
            },
            number: first.game.parse().unwrap_or(1),
            done,
            at,
            looks,
        })
    }

    /// The rounds of the game with what they were worth. What was cut off before it was kept is compared
    /// again, and kept.
    fn judge_again(
        &mut self,
        cut_off: &CutOff,
        done: usize,
        effects: &mut Vec<Effect>,
    ) -> Vec<Played> {
        let Some(mut game) = self.visit.game.clone() else {
            return Vec::new();
        };
        let program = self.program.clone();
        for at in 0..done {
            game.at = at;
            let Some(round) = game.round().cloned() else {
                continue;
            };
            let Some(piece) = program.pieces.get(round.piece) else {
                continue;
            };
            let asked: (usize, Prompt) = (round.piece, self.visit.prompt);
            let others = self.house.others.get(&asked).cloned().unwrap_or_default();
            let mut guesses = round.guesses.clone();
            for (player, guess) in guesses.iter_mut().enumerate() {
                let is_this =
                    |r: &&Round| (r.round, r.player) == (at as u32 + 1, player as u32 + 1);
                let kept = cut_off.rounds.iter().find(is_this);
                let (judged, grid) = piece.judge(guess, true, true, &others);
                guess.judged = Some(if let Some(kept) = kept {
                    worth(kept, judged)
                } else {
                    let round = self.record(&game, player, piece, guess, &judged, &grid);
                    effects.push(Effect::Keep(Record::Round(Box::new(round))));
                    judged
                });
            }
            let rivals = self.rivals(round.piece);
            if let Some(round) = game.rounds.get_mut(at) {
                round.guesses = guesses;
                round.rivals = rivals;
            }
        }
        game.rounds
    }
}

/// A game that was read back.
struct Restored {
    game: Game,
    /// Which game of its session.
    number: u32,
    /// Rounds that all teams have called in.
    done: usize,
    /// The round that is played or looked at.
    at: usize,
    /// Whether its answer is looked at.
    looks: bool,
}

/// What a guess was worth when it was kept: people who played since change nothing.
fn worth(kept: &Round, again: Judged) -> Judged {
    Judged {
        exact: kept.score,
        tolerant: kept.tolerant.unwrap_or(again.tolerant),
        stars: kept.stars.unwrap_or(again.stars),
        found: kept.found,
        flags: kept.flags.clone(),
    }
}
