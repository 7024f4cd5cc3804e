//! What comes of time that goes by.

use std::time::Duration;

use super::input::Effect;
use super::state::{Over, Phase, Proof, Screen, Whose};
use super::turn::Shell;
use crate::exhibit::hours::minute_of_week;
use crate::journal::Ended;

/// How long each picture is played by itself.
const ATTRACT: Duration = Duration::from_secs(12);
/// Teams talk.
const TALK: Duration = Duration::from_secs(5);
/// Nobody types a PIN any more.
const PIN: Duration = Duration::from_secs(30);
/// The operator went away.
const OPERATOR: Duration = Duration::from_mins(1);
/// The screen is wiped.
const CLEANING: Duration = Duration::from_secs(30);
/// A proof that takes longer is not waited for.
const PROOF: Duration = Duration::from_secs(10);
/// A finger that is down for longer is dirt.
const DIRT: Duration = Duration::from_mins(2);
/// How long each button is offered by scanning, and the first.
const SCAN: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(4)];
/// How often scanning goes round.
const LOOPS: u32 = 3;

impl Shell {
    /// Time since the screen, or the step of it, was entered: for what moves.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.house.now.saturating_sub(self.house.entered)
    }

    /// The picture that plays itself, and for how long it has.
    #[must_use]
    pub fn attract(&self) -> (usize, Duration) {
        let elapsed = self.elapsed();
        let count = self.program.played().max(1) as u64;
        let into = elapsed.as_millis() as u64 % ATTRACT.as_millis() as u64;
        let piece = elapsed.as_secs() / ATTRACT.as_secs() % count;
        (piece as usize, Duration::from_millis(into))
    }

    /// By how many pixels the picture is shifted, so that nothing is burnt in: each minute one, around
    /// a square of 8.
    #[must_use]
    pub fn pixel_shift(&self) -> (i32, i32) {
        let minute = (self.house.now.as_secs() / 60 % 32) as i32;
        let (side, along) = (minute / 8, minute % 8);
        match side {
            0 => (along, 0),
            1 => (8, along),
            2 => (8 - along, 8),
            _ => (0, 8 - along),
        }
    }

    /// What is left of the countdown, or of the round; `None` where nothing runs out.
    #[must_use]
    pub fn left(&self) -> Option<Duration> {
        if self.visit.over == Some(Over::StillThere) {
            let gone = self.house.now.saturating_sub(self.house.covered);
            return Some(self.countdown().saturating_sub(gone));
        }
        if self.visit.screen == Screen::Play(Phase::Paint) {
            let gone = self.house.now.saturating_sub(self.house.painting);
            return self.round_time().map(|all| all.saturating_sub(gone));
        }
        None
    }

    fn countdown(&self) -> Duration {
        self.program.times.countdown * self.visit.help.slower()
    }

    /// How long a round may take; who hears or scans has no limit.
    fn round_time(&self) -> Option<Duration> {
        let round = self.program.times.round;
        (!round.is_zero() && self.visit.help.slower() == 1).then_some(round)
    }

    /// After how long without a sign of life it is asked whether somebody is there.
    fn patience(&self) -> Option<Duration> {
        let times = &self.program.times;
        let patience = match self.visit.screen {
            Screen::Attract | Screen::Language => return None,
            Screen::CutOff
            | Screen::Choose
            | Screen::Teams
            | Screen::Question
            | Screen::Tutorial(_)
            | Screen::Play(Phase::Ask | Phase::Talk | Phase::Paint | Phase::TimeUp | Phase::Pass) => {
                times.idle_play
            }
            Screen::Play(Phase::Reveal(_) | Phase::Look(_) | Phase::Proof(_))
            | Screen::Results
            | Screen::Room(_) => times.idle_read,
        };
        Some(patience * self.visit.help.slower())
    }

    pub(super) fn look_at_the_clock(&mut self) {
        let times = &self.program.times;
        let offset = times.summer.offset_at(self.house.wall, times.utc_offset);
        let minute = minute_of_week(self.house.wall, offset);
        // A clock that cannot be right closes nothing.
        self.house.closed = minute.is_some_and(|minute| !times.open.is_open(minute));
    }

    pub(super) fn tick(&mut self, wall: i64, effects: &mut Vec<Effect>) {
        self.house.wall = wall;
        self.look_at_the_clock();
        let now = self.house.now;
        if self.house.corner.is_done(now) && self.program.pin && self.may_ask_for_the_pin() {
            self.house.waking = true;
            self.cover(Over::Pin {
                digits: String::new(),
                said: super::state::PinSaid::default(),
            });
        }
        let held = now.saturating_sub(self.house.last_down) < DIRT;
        if !self.house.fingers.is_empty() && held {
            self.house.touched = now;
        }
        self.step();
        self.scan();
        let covered = now.saturating_sub(self.house.covered);
        match &self.visit.over {
            Some(Over::StillThere) => {
                if covered >= self.countdown() {
                    self.finish(Ended::Idle, effects);
                }
            }
            Some(over) => {
                let (since, most) = match over {
                    Over::Cleaning => (self.house.covered, CLEANING),
                    Over::Pin { .. } => (self.house.touched.max(self.house.covered), PIN),
                    Over::Help => {
                        let patience = self.patience();
                        let most = patience.unwrap_or(OPERATOR * self.visit.help.slower());
                        (self.house.touched, most)
                    }
                    _ => (self.house.touched.max(self.house.covered), OPERATOR),
                };
                if now.saturating_sub(since) >= most {
                    let help = *over == Over::Help;
                    self.close_over();
                    if help && self.patience().is_some() {
                        self.cover(Over::StillThere);
                    }
                }
            }
            None => {
                let idle = now.saturating_sub(self.house.touched);
                if self.patience().is_some_and(|patience| idle >= patience) {
                    self.cover(Over::StillThere);
                }
            }
        }
        if self.house.closed && self.visit.screen == Screen::Language && self.visit.over.is_none() {
            self.finish(Ended::Reset, effects);
        }
    }

    fn may_ask_for_the_pin(&self) -> bool {
        matches!(
            self.visit.over,
            None | Some(Over::StillThere | Over::Help | Over::Pin { .. })
        )
    }

    /// What moves by itself. Nothing does while something lies over it.
    fn step(&mut self) {
        if self.visit.over.is_some() {
            return;
        }
        let now = self.house.now;
        match self.visit.screen {
            Screen::Play(Phase::Reveal(step)) => {
                self.house.touched = now;
                if self.elapsed() >= step.lasts() {
                    let next = step.next();
                    let phase = next.map_or(Phase::Look(Whose::Both), Phase::Reveal);
                    self.enter(Screen::Play(phase));
                }
            }
            Screen::Play(Phase::Paint) => {
                let gone = now.saturating_sub(self.house.painting);
                if self.round_time().is_some_and(|all| gone >= all) {
                    self.stop_painting();
                    self.enter(Screen::Play(Phase::TimeUp));
                }
            }
            Screen::Play(Phase::Talk) if self.elapsed() >= TALK => self.begin_painting(),
            Screen::Play(Phase::Proof(Proof::Waiting)) if self.elapsed() >= PROOF => {
                if let Some(game) = &mut self.visit.game
                    && let Some(round) = game.rounds.get_mut(game.at)
                {
                    round.proved = true;
                }
                self.enter(Screen::Play(Phase::Look(Whose::Both)));
            }
            _ => {}
        }
    }

    /// Offers the next button to who has one switch.
    fn scan(&mut self) {
        let Some(at) = self.visit.focus.filter(|_| self.visit.help.scan) else {
            return;
        };
        let count = self.offers().len();
        let [each, first] = SCAN;
        let lasts = if at == 0 { first } else { each };
        if count == 0 || self.house.now.saturating_sub(self.house.focused) < lasts {
            return;
        }
        let next = (at + 1) % count;
        if next == 0 {
            self.visit.scanned += 1;
        }
        // After some rounds it waits for the switch.
        let waits = self.visit.scanned >= LOOPS;
        self.focus((!waits).then_some(next));
        if waits {
            self.visit.scanned = 0;
        }
    }
}
