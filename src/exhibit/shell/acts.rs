//! What each button does.

use super::input::{Action, Effect, Name, Operator, Record};
use super::program::BoardNames;
use super::state::{
    Device, Game, Looking, Mark, Mode, Over, Phase, PinSaid, Proof, Screen, Step, Visit, Whose,
};
use super::turn::Shell;
use crate::exhibit::names::{generated, initials};
use crate::journal::{Ended, Gate, Prompt, Session};

/// Digits of a PIN, at most.
const DIGITS: usize = 32;
/// Letters on the wheel.
pub(super) const LETTERS: u8 = 26;

impl Shell {
    /// Somebody touched the screen that plays by itself.
    pub(super) fn wake(&mut self, effects: &mut Vec<Effect>) {
        self.house.arrived = self.house.now;
        if self.program.texts.len() > 1 {
            self.enter(Screen::Language);
        } else {
            self.language(0, effects);
        }
    }

    fn language(&mut self, language: usize, effects: &mut Vec<Effect>) {
        self.visit.language = language;
        self.visit.present = true;
        let tag = self.texts().language().to_owned();
        effects.push(Effect::Keep(Record::Gate(Gate {
            language: tag,
            ..Gate::default()
        })));
        self.choose(effects);
    }

    pub(super) fn choose(&mut self, effects: &mut Vec<Effect>) {
        if self.cut_off().is_some() {
            self.enter(Screen::CutOff);
            return;
        }
        match self.program.modes.as_slice() {
            [only] if self.rooms().is_empty() => {
                let only = *only;
                self.mode(only, effects);
            }
            _ => self.enter(Screen::Choose),
        }
    }

    fn mode(&mut self, mode: Mode, effects: &mut Vec<Effect>) {
        self.visit.mode = mode;
        if mode == Mode::Class {
            self.enter(Screen::Teams);
        } else {
            let two = matches!(mode, Mode::Duel | Mode::Side);
            self.players(if two { 2 } else { 1 }, effects);
        }
    }

    fn players(&mut self, players: u32, effects: &mut Vec<Effect>) {
        self.visit.players = players;
        match self.program.prompts.as_slice() {
            [only] => {
                let only = *only;
                self.question(only, effects);
            }
            _ => self.enter(Screen::Question),
        }
    }

    fn question(&mut self, prompt: Prompt, effects: &mut Vec<Effect>) {
        self.visit.prompt = prompt;
        if self.visit.games == 0 {
            self.enter(Screen::Tutorial(0));
        } else {
            self.start(effects);
        }
    }

    /// The picture of the tutorial: one that the game to come has not, where there is one.
    #[must_use]
    pub fn practice(&self) -> usize {
        let dealt = self
            .program
            .deal(self.visit.mode, self.house.games, self.house.wall);
        let all = 0..self.program.played();
        let easy = |piece: &usize| {
            let piece = self.program.pieces.get(*piece);
            piece.map_or(f64::INFINITY, |piece| piece.difficulty)
        };
        all.filter(|piece| !dealt.contains(piece))
            .min_by(|a, b| easy(a).total_cmp(&easy(b)))
            .unwrap_or(0)
    }

    fn start(&mut self, effects: &mut Vec<Effect>) {
        let number = self.house.games;
        let program = self.program.clone();
        self.house.games += 1;
        self.visit.games += 1;
        self.visit.letters = [0; 3];
        self.visit.refused = false;
        self.visit.named = false;
        self.visit.board = None;
        self.visit.better_than = None;
        self.visit.span = None;
        let dealt = program.deal(self.visit.mode, number, self.house.wall);
        let players = self.visit.players.max(1);
        let rounds = dealt
            .into_iter()
            .map(|piece| super::state::Round {
                piece,
                guesses: vec![super::state::Guess::default(); players as usize],
                ..super::state::Round::default()
            })
            .collect();
        let name = match program.board {
            BoardNames::None => String::new(),
            BoardNames::Generated | BoardNames::Initials => {
                generated(&self.texts().get("names", &[]), number)
            }
        };
        self.visit.game = Some(Game {
            rounds,
            name,
            ..Game::default()
        });
        let goes_on = self.calls_fields();
        let pictures = self.visit.game.iter().flat_map(|game| &game.rounds);
        let pictures = pictures.filter_map(|round| program.pieces.get(round.piece));
        effects.push(Effect::Keep(Record::Session(Session {
            exhibit: program.id.clone(),
            mode: self.mode_id().to_owned(),
            language: self.texts().language().to_owned(),
            players,
            prompt: goes_on.then_some(self.visit.prompt),
            pictures: pictures
                .filter(|_| goes_on)
                .map(|piece| piece.about.sha256.clone())
                .collect(),
            ..Session::default()
        })));
        self.first_phase();
    }

    /// How it is played, as the journal has it: who plays the pictures of the day again practises.
    pub(super) fn mode_id(&self) -> &'static str {
        match self.visit.mode {
            Mode::Daily if self.visit.games > 1 => "practice",
            mode => mode.id(),
        }
    }

    /// Whether parts are the fields that teams call.
    #[must_use]
    pub fn calls_fields(&self) -> bool {
        self.visit.mode == Mode::Class
    }

    pub(super) fn first_phase(&mut self) {
        self.enter(Screen::Play(if self.calls_fields() {
            Phase::Talk
        } else {
            Phase::Ask
        }));
    }

    pub(super) fn begin_painting(&mut self) {
        self.house.painting = self.house.now;
        self.visit.wipes = false;
        self.enter(Screen::Play(Phase::Paint));
    }

    /// Adds the time since the painting began to the guess.
    pub(super) fn stop_painting(&mut self) {
        let seconds = self.house.now.saturating_sub(self.house.painting);
        let seconds = seconds.as_secs_f64();
        if self.is_side_by_side() {
            let game = self.visit.game.as_mut();
            let round = game.and_then(|game| game.rounds.get_mut(game.at));
            for guess in round.into_iter().flat_map(|round| &mut round.guesses) {
                guess.seconds += seconds;
            }
        } else if let Some(guess) = self.guess_mut() {
            guess.seconds += seconds;
        }
    }

    /// The guess is done: the next one paints, or the answer comes.
    fn reveal(&mut self, effects: &mut Vec<Effect>) {
        if self.visit.screen == Screen::Play(Phase::Paint) {
            self.stop_painting();
        }
        effects.extend(
            self.called()
                .map(|called| Effect::Keep(Record::Called(called))),
        );
        let players = self.visit.players.max(1) as usize;
        let Some(game) = &mut self.visit.game else {
            return;
        };
        if game.player + 1 < players && self.visit.mode != Mode::Side {
            game.player += 1;
            self.enter(Screen::Play(if self.calls_fields() {
                Phase::Talk
            } else {
                Phase::Pass
            }));
            return;
        }
        self.judge(effects);
        self.enter(Screen::Play(if self.visit.help.still {
            Phase::Look(Whose::Both)
        } else {
            Phase::Reveal(Step::Freeze)
        }));
    }

    /// A player is done, or goes on; when both are done the answer comes.
    fn ready(&mut self, player: usize, effects: &mut Vec<Effect>) {
        let game = self.visit.game.as_mut();
        let Some(round) = game.and_then(|game| game.rounds.get_mut(game.at)) else {
            return;
        };
        if let Some(guess) = round.guesses.get_mut(player) {
            guess.ready = !guess.ready;
        }
        if round.guesses.iter().all(|guess| guess.ready) {
            self.reveal(effects);
        }
    }

    fn next_round(&mut self, effects: &mut Vec<Effect>) {
        let Some(game) = &mut self.visit.game else {
            return;
        };
        game.player = 0;
        if game.at + 1 < game.rounds.len() {
            game.at += 1;
            self.first_phase();
        } else {
            self.enter(Screen::Results);
            if self.has_board() {
                effects.push(self.wanted_board());
            }
        }
    }

    /// Whether games like this one stand on the board.
    pub(super) fn has_board(&self) -> bool {
        self.program.board != BoardNames::None
            && matches!(self.visit.mode, Mode::Single | Mode::Daily)
    }

    #[allow(clippy::too_many_lines, reason = "one arm a button")]
    pub(super) fn act(&mut self, action: &Action, device: Device, effects: &mut Vec<Effect>) {
        match *action {
            Action::Wake => self.wake(effects),
            Action::Language(language) => self.language(language, effects),
            Action::Mode(mode) => self.mode(mode, effects),
            Action::Teams(teams) => self.players(teams, effects),
            Action::GoOnWith(true) => self.go_on(effects),
            Action::GoOnWith(false) => self.begin_anew(effects),
            Action::Question(prompt) => self.question(prompt, effects),
            Action::Room(room) => {
                self.visit.looking = Looking::default();
                self.visit.covering = super::covering::Covering::default();
                self.visit.wipes = false;
                self.enter(Screen::Room(room));
            }
            Action::Results => self.enter(Screen::Results),
            Action::Answer(_) | Action::Another | Action::Tell | Action::Strongest => {
                self.act_in_room(action);
            }
            Action::Part(_) | Action::Undo | Action::Clear if self.covered().is_some() => {
                self.act_in_room(action);
            }
            Action::SkipTutorial => self.start(effects),
            Action::Next => match self.visit.screen {
                Screen::Tutorial(step) if step < 2 => self.enter(Screen::Tutorial(step + 1)),
                Screen::Tutorial(_) => self.start(effects),
                Screen::Play(Phase::Ask | Phase::Talk) => self.begin_painting(),
                Screen::Play(Phase::Pass) => self.enter(Screen::Play(Phase::Ask)),
                Screen::Play(Phase::Look(_) | Phase::Proof(_)) => self.next_round(effects),
                _ => {}
            },
            Action::Part(part) => {
                let on = !self.is_painted(part);
                self.mark(Mark::Part { part, on }, device);
            }
            Action::Undo => {
                if let Some(guess) = self.guess_mut() {
                    guess.marks.pop();
                }
                self.feel();
            }
            Action::UndoOf(player) => {
                self.turn_to(player);
                if let Some(guess) = self.guess_mut() {
                    guess.marks.pop();
                    guess.ready = false;
                }
                self.feel();
            }
            Action::Ready(player) => self.ready(player, effects),
            Action::Clear => {
                if let Some(guess) = self.guess_mut() {
                    guess.marks.clear();
                }
                self.feel();
            }
            Action::Wipe => self.visit.wipes = !self.visit.wipes,
            Action::Reveal => self.reveal(effects),
            Action::MoreTime => self.begin_painting(),
            Action::Skip => self.enter(Screen::Play(Phase::Look(Whose::Both))),
            Action::Look(whose) => self.enter(Screen::Play(Phase::Look(whose))),
            Action::Cover => {
                let round = self.visit.game.as_ref().and_then(Game::round);
                if let Some(round) = round {
                    effects.push(Effect::Prove(round.piece));
                    self.enter(Screen::Play(Phase::Proof(Proof::Waiting)));
                }
            }
            Action::Letter { place, up } => {
                let step = if up { 1 } else { LETTERS - 1 };
                if let Some(letter) = self.visit.letters.get_mut(place) {
                    *letter = (*letter + step) % LETTERS;
                }
                self.visit.refused = false;
            }
            Action::KeepName => self.keep_name(effects),
            Action::Best(span) => self.visit.span = Some(span),
            Action::Again => self.choose(effects),
            Action::Home => {
                let done = matches!(self.visit.screen, Screen::Results | Screen::Room(_));
                self.finish(if done { Ended::Done } else { Ended::Reset }, effects);
            }
            Action::Help => self.cover(Over::Help),
            Action::Toggle(aid) => {
                self.visit.help.toggle(aid);
                if aid == super::state::Aid::Speech && !self.visit.help.speech {
                    effects.push(Effect::Hush);
                }
                if aid == super::state::Aid::Scan && self.visit.help.scan {
                    self.focus(Some(0));
                }
            }
            Action::Back => match self.visit.over {
                Some(Over::Names) => self.cover(Over::Operator),
                Some(Over::Hide(_)) => self.cover(Over::Names),
                _ => self.close_over(),
            },
            Action::GoOn => self.close_over(),
            Action::Digit(digit) => {
                if let Some(Over::Pin { digits, said }) = &mut self.visit.over
                    && digits.len() < DIGITS
                    && *said != PinSaid::Checking
                {
                    *said = PinSaid::Nothing;
                    digits.push(char::from(b'0' + digit.min(9)));
                }
            }
            Action::Erase => {
                if let Some(Over::Pin { digits, .. }) = &mut self.visit.over {
                    digits.pop();
                }
            }
            Action::Enter => {
                if let Some(Over::Pin { digits, said }) = &mut self.visit.over {
                    *said = PinSaid::Checking;
                    effects.push(Effect::CheckPin(digits.clone()));
                }
            }
            Action::Clean => {
                effects.push(operator("clean", None));
                self.cover(Over::Cleaning);
            }
            Action::Names => self.cover(Over::Names),
            Action::Name(place) => self.cover(Over::Hide(place)),
            Action::Hide => self.hide(effects),
            Action::Leave => {
                effects.push(operator("leave", None));
                self.visit = Visit::default();
                effects.push(Effect::Hush);
                effects.push(Effect::Leave);
            }
        }
    }

    fn keep_name(&mut self, effects: &mut Vec<Effect>) {
        let letters = self.visit.letters.map(|letter| char::from(b'A' + letter));
        let Some(name) = initials(&letters.iter().collect::<String>()) else {
            self.visit.refused = true;
            return;
        };
        self.visit.named = true;
        if let Some(game) = &mut self.visit.game {
            game.name.clone_from(&name);
        }
        effects.push(Effect::Keep(Record::Name(Name {
            name,
            game: self.game_number(),
        })));
        effects.push(self.wanted_board());
    }

    fn hide(&mut self, effects: &mut Vec<Effect>) {
        let Some(Over::Hide(place)) = self.visit.over else {
            return;
        };
        let Some(board) = &mut self.visit.board else {
            return;
        };
        if let Some(session) = board.ever.get(place).map(|game| game.session.clone()) {
            for games in [&mut board.today, &mut board.week, &mut board.ever] {
                games.retain(|game| game.session != session);
            }
            effects.push(operator("hide", Some(session)));
        }
        self.cover(Over::Names);
    }

    /// Whether a part is painted in the guess.
    pub(super) fn is_painted(&self, wanted: usize) -> bool {
        let guess = self.visit.game.as_ref().and_then(Game::guess);
        let marks = guess.map_or(&[][..], |guess| &guess.marks);
        let last = marks.iter().rev().find_map(|mark| match mark {
            Mark::Part { part, on } if *part == wanted => Some(*on),
            _ => None,
        });
        last.unwrap_or(false)
    }
}

fn operator(what: &str, hide: Option<String>) -> Effect {
    Effect::Keep(Record::Operator(Operator {
        hide,
        what: what.to_owned(),
    }))
}
