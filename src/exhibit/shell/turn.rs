//! One input after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::corner::Corner;
use super::cut_off::CutOff;
use super::input::{Action, Effect, Input, Key, Record};
use super::piece::Piece;
use super::program::{Program, Shared};
use super::rivals::Crowd;
use super::state::{
    Device, Game, Mark, Mode, Over, Phase, PinSaid, Proof, Room, Screen, Visit, Whose,
};
use crate::exhibit::pin::Verdict;
use crate::journal::{End, Ended, Prompt, Stroke};

/// Points of a stroke, at most: more come from no hand.
const MOST_POINTS: usize = 20_000;
/// Marks of a guess, at most.
const MOST_MARKS: usize = 2000;

/// The screens of an exhibit: what is shown, and what comes of what visitors do.
#[derive(Debug)]
pub struct Shell {
    pub(super) program: Shared,
    pub(super) visit: Visit,
    pub(super) house: House,
}

/// What outlives a visit; nothing here is a visitor's.
#[derive(Debug, Default)]
pub(super) struct House {
    /// Time that never runs back.
    pub(super) now: Duration,
    /// The machine's clock, in seconds since 1970.
    pub(super) wall: i64,
    /// When the screen, or the step of it, was entered.
    pub(super) entered: Duration,
    /// When what lies over it came.
    pub(super) covered: Duration,
    /// The last sign of life.
    pub(super) touched: Duration,
    /// When the last finger came down.
    pub(super) last_down: Duration,
    /// When the visit began.
    pub(super) arrived: Duration,
    /// When the painting of this turn began.
    pub(super) painting: Duration,
    /// When the button that keys are at was reached.
    pub(super) focused: Duration,
    /// Fingers that are down.
    pub(super) fingers: BTreeSet<u64>,
    /// The touch that is going on only woke the screen.
    pub(super) waking: bool,
    pub(super) corner: Corner,
    /// Games since the start.
    pub(super) games: u64,
    /// Closed by the clock.
    pub(super) closed: bool,
    /// Forgiving scores of other people, by picture and by what they were asked.
    pub(super) others: BTreeMap<(usize, Prompt), Vec<f64>>,
    /// What other people painted.
    pub(super) crowds: BTreeMap<(usize, Prompt), Crowd>,
    /// A class's game that was cut off, and until when it may go on.
    pub(super) cut_off: Option<(Box<CutOff>, Duration)>,
}

impl Shell {
    /// The shell at its start. `now` is time that never runs back, `wall` the machine's clock in
    /// seconds since 1970, `games` how many games were played before, so that a restart deals on.
    #[must_use]
    pub fn new(program: Shared, now: Duration, wall: i64, games: u64) -> Self {
        let mut shell = Self {
            program,
            visit: Visit::default(),
            house: House {
                now,
                wall,
                entered: now,
                games,
                ..House::default()
            },
        };
        shell.look_at_the_clock();
        shell
    }

    /// What is played.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// What the visitor did and chose: all that may differ from a fresh start.
    #[must_use]
    pub fn visit(&self) -> &Visit {
        &self.visit
    }

    /// Whether nothing is to be shown: it is closed, and nobody is in the middle of something.
    #[must_use]
    pub fn is_dark(&self) -> bool {
        self.house.closed && self.visit == Visit::default()
    }

    /// The picture of the round.
    #[must_use]
    pub fn piece(&self) -> Option<&Piece> {
        let round = self.visit.game.as_ref()?.round()?;
        self.program.pieces.get(round.piece)
    }

    /// Forgiving scores that other people reached with a picture of the programme, when they were asked
    /// the same.
    pub fn set_others(&mut self, piece: usize, prompt: Prompt, scores: Vec<f64>) {
        self.house.others.insert((piece, prompt), scores);
    }

    /// What other people painted on a picture of the programme, when they were asked the same.
    pub fn set_crowd(&mut self, piece: usize, prompt: Prompt, crowd: Crowd) {
        self.house.crowds.insert((piece, prompt), crowd);
    }

    /// Takes an input at a time that never runs back, and gives what is to be done.
    pub fn take(&mut self, now: Duration, input: Input) -> Vec<Effect> {
        let now = now.max(self.house.now);
        self.house.now = now;
        let mut effects = Vec::new();
        let before = self.heard();
        match input {
            Input::Tick { wall } => self.tick(wall, &mut effects),
            Input::Down { finger, x, y } => self.down(finger, (x, y), &mut effects),
            Input::Up { finger } => {
                self.house.fingers.remove(&finger);
                self.house.corner.up(finger, now);
            }
            Input::Lost => {
                self.house.fingers.clear();
                self.house.corner = Corner::default();
            }
            Input::Press(action) => {
                if !self.house.waking {
                    self.press(&action, Device::Touch, &mut effects);
                }
            }
            Input::Player(player) => self.turn_to(player),
            Input::Painted(stroke, device) => self.painted(stroke, device),
            Input::Key(key) => self.key(key, &mut effects),
            Input::Proved(says) => self.proved(says),
            Input::Changed(told) => self.told(told),
            Input::Lit(piece, looked) => self.lit(piece, looked),
            Input::Pin(verdict) => self.pin(verdict, &mut effects),
            Input::Board(board, better_than) => {
                let wanted = self.visit.screen == Screen::Results
                    || matches!(self.visit.over, Some(Over::Operator | Over::Names));
                if wanted {
                    self.visit.board = Some(board);
                    self.visit.better_than = better_than;
                }
            }
            Input::Other => {}
        }
        // Buttons may have gone.
        if let Some(at) = self.visit.focus {
            let count = self.offers().len();
            self.visit.focus = count.checked_sub(1).map(|last| at.min(last));
        }
        self.speak(before.as_ref(), &mut effects);
        effects
    }

    fn down(&mut self, finger: u64, at: (f64, f64), effects: &mut Vec<Effect>) {
        let now = self.house.now;
        let alone = self.house.fingers.is_empty();
        // A screen that reports ever new fingers and never lifts one fills no memory.
        if self.house.fingers.len() < 64 {
            self.house.fingers.insert(finger);
        }
        self.house.last_down = now;
        self.house.touched = now;
        self.house.corner.down(finger, at, alone, now);
        if self.visit.over == Some(Over::Cleaning) || self.is_dark() {
            self.house.waking = true;
            return;
        }
        if self.visit.help.speech {
            effects.push(Effect::Hush);
        }
        if alone {
            self.house.waking = false;
        }
        self.visit.focus = None;
        if self.visit.over == Some(Over::StillThere) {
            self.close_over();
            self.house.waking = true;
        } else if self.visit.screen == Screen::Attract && self.visit.over.is_none() {
            self.wake(effects);
            self.house.waking = true;
        }
    }

    /// Presses a button, if it is there.
    fn press(&mut self, action: &Action, device: Device, effects: &mut Vec<Effect>) {
        if self.is_dark() || !self.offers().iter().any(|offer| offer.action == *action) {
            return;
        }
        self.house.touched = self.house.now;
        self.act(action, device, effects);
    }

    fn painted(&mut self, stroke: Stroke, device: Device) {
        let points = stroke.x.len();
        let sound = points > 0
            && points <= MOST_POINTS
            && stroke.y.len() == points
            && stroke.t.len() == points
            && (1..=1000).contains(&stroke.r)
            && stroke.b <= 4;
        if !sound || self.house.waking || self.visit.over.is_some() {
            return;
        }
        self.house.touched = self.house.now;
        match self.visit.screen {
            Screen::Tutorial(step @ 0..=1) => self.enter(Screen::Tutorial(step + 1)),
            Screen::Play(Phase::Ask | Phase::Paint) if !self.calls_fields() => {
                self.mark(Mark::Stroke(stroke), device);
            }
            Screen::Room(Room::WhatIf) => self.cover_more(vec![Mark::Stroke(stroke)]),
            _ => {}
        }
    }

    /// Whether two paint at once.
    #[must_use]
    pub fn is_side_by_side(&self) -> bool {
        self.visit.mode == Mode::Side
    }

    pub(super) fn turn_to(&mut self, player: usize) {
        let at_once = self.is_side_by_side();
        if let Some(game) = self.visit.game.as_mut().filter(|_| at_once)
            && game
                .round()
                .is_some_and(|round| player < round.guesses.len())
        {
            game.player = player;
        }
    }

    /// Adds something to the guess.
    pub(super) fn mark(&mut self, mark: Mark, device: Device) {
        if self.visit.screen == Screen::Play(Phase::Ask) {
            self.begin_painting();
        }
        if let Some(guess) = self.guess_mut()
            && guess.marks.len() < MOST_MARKS
        {
            guess.marks.push(mark);
            guess.input = device;
            guess.ready = false;
        }
        self.feel();
    }

    /// How near the guess is now.
    pub(super) fn feel(&mut self) {
        let called = self.calls_fields();
        let program = self.program.clone();
        let piece = self.visit.game.as_ref().and_then(Game::round);
        let piece = piece.and_then(|round| program.pieces.get(round.piece));
        if let (Some(piece), Some(guess)) = (piece, self.guess_mut()) {
            guess.warmth = piece.warmth(&piece.painting(&guess.marks, called), called);
        }
    }

    pub(super) fn guess_mut(&mut self) -> Option<&mut super::state::Guess> {
        let game = self.visit.game.as_mut()?;
        let player = game.player;
        game.rounds.get_mut(game.at)?.guesses.get_mut(player)
    }

    fn key(&mut self, key: Key, effects: &mut Vec<Effect>) {
        let now = self.house.now;
        if self.is_dark() || self.visit.over == Some(Over::Cleaning) {
            return;
        }
        self.house.touched = now;
        if self.visit.screen == Screen::Attract && self.visit.over.is_none() {
            // Who comes with keys may not see: it speaks until it is told not to.
            self.wake(effects);
            self.visit.help.speech = self.program.aids.speech;
            self.visit.help.scan = self.program.aids.switch && key == Key::Switch;
            self.focus(Some(0));
            return;
        }
        if self.visit.over == Some(Over::StillThere) {
            self.close_over();
            return;
        }
        let count = self.offers().len();
        match key {
            Key::Digit(digit) => self.press(&Action::Digit(digit), Device::Keys, effects),
            Key::Next | Key::Previous => {
                self.visit.help.scan = false;
                let step = if key == Key::Next {
                    1
                } else {
                    count.max(1) - 1
                };
                let next = match self.visit.focus {
                    Some(at) => (at + step) % count.max(1),
                    None if key == Key::Next => 0,
                    None => count.saturating_sub(1),
                };
                self.focus((count > 0).then_some(next));
            }
            Key::Choose | Key::Switch => {
                let device = if key == Key::Switch {
                    Device::Switch
                } else {
                    Device::Keys
                };
                let chosen = self.visit.focus.and_then(|at| {
                    let offers = self.offers();
                    offers.get(at).map(|offer| offer.action.clone())
                });
                self.visit.scanned = 0;
                match chosen {
                    Some(action) => {
                        let before = (self.visit.screen, self.visit.over.clone());
                        self.press(&action, device, effects);
                        // On a new screen it begins with the first button; a visit that is over has
                        // none.
                        let now = (self.visit.screen, self.visit.over.clone());
                        if before != now && now != (Screen::Attract, None) {
                            self.focus(Some(0));
                        }
                    }
                    None => self.focus(Some(0)),
                }
            }
        }
    }

    pub(super) fn focus(&mut self, at: Option<usize>) {
        self.visit.focus = at;
        self.house.focused = self.house.now;
    }

    fn proved(&mut self, says: Option<String>) {
        if self.visit.screen != Screen::Play(Phase::Proof(Proof::Waiting)) {
            return;
        }
        let own = self.piece().map(|piece| piece.about.label.clone());
        let round = self.visit.game.as_mut();
        let round = round.and_then(|game| game.rounds.get_mut(game.at));
        let Some(round) = round else { return };
        round.proved = true;
        let next = match says {
            // Nothing is claimed that was not computed.
            None => Phase::Look(Whose::Both),
            Some(label) if Some(&label) == own.as_ref() => Phase::Proof(Proof::Same),
            Some(label) => {
                round.instead = Some(label);
                Phase::Proof(Proof::Other)
            }
        };
        self.enter(Screen::Play(next));
    }

    fn pin(&mut self, verdict: Option<Verdict>, effects: &mut Vec<Effect>) {
        let Some(Over::Pin { digits, said }) = &mut self.visit.over else {
            return;
        };
        if *said != PinSaid::Checking {
            return;
        }
        digits.clear();
        *said = match verdict {
            Some(Verdict::Right) => {
                self.cover(Over::Operator);
                effects.push(self.wanted_board());
                return;
            }
            Some(Verdict::Wrong) => PinSaid::Wrong,
            Some(Verdict::Wait(left)) => PinSaid::Wait(left.as_secs().div_ceil(60)),
            None => PinSaid::Failed,
        };
    }

    /// Shows a screen, or the next step of one.
    pub(super) fn enter(&mut self, screen: Screen) {
        self.visit.screen = screen;
        self.house.entered = self.house.now;
        self.house.touched = self.house.now;
        self.visit.scanned = 0;
        let focused = self.visit.focus.is_some();
        self.focus(focused.then_some(0));
    }

    /// Lays something over the screen.
    pub(super) fn cover(&mut self, over: Over) {
        self.visit.over = Some(over);
        self.house.covered = self.house.now;
        let focused = self.visit.focus.is_some();
        self.focus(focused.then_some(0));
    }

    /// Takes away what lies over the screen.
    pub(super) fn close_over(&mut self) {
        self.visit.over = None;
        self.house.touched = self.house.now;
        if self.visit.screen == Screen::Attract {
            // The operator was there, no visitor.
            self.visit = Visit::default();
        }
    }

    /// The visit is over; everything is as at a fresh start.
    pub(super) fn finish(&mut self, why: Ended, effects: &mut Vec<Effect>) {
        if self.visit.present {
            let seconds = self.house.now.saturating_sub(self.house.arrived);
            effects.push(Effect::Keep(Record::End(End {
                why,
                screen: self.screen_id().to_owned(),
                seconds: seconds.as_secs_f64(),
                more: serde_json::Map::new(),
            })));
        }
        effects.push(Effect::Hush);
        effects.push(Effect::Forget);
        self.visit = Visit::default();
        self.house.waking = true;
        self.house.entered = self.house.now;
    }
}
