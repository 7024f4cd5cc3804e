//! What stands on each screen, line by line, and what is said aloud.

use super::input::Effect;
use super::piece::Piece;
use super::state::{Game, Over, Phase, PinSaid, Proof, Screen, Step, Warmth, Whose};
use super::turn::Shell;
use crate::exhibit::board::Span;
use crate::exhibit::manifest::Words;
use crate::exhibit::texts::{Fill, Texts};
use crate::journal::Prompt;

/// Games of a list of the best that are shown.
const BEST: usize = 5;

/// What is compared to know what is new to the ear.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Heard {
    screen: Screen,
    over: Option<Over>,
    lines: Vec<String>,
    at: Option<String>,
}

impl Shell {
    /// The texts of the visitor's language.
    #[must_use]
    pub fn texts(&self) -> &Texts {
        let texts = &self.program.texts;
        // The screen that plays by itself speaks each language in turn.
        let language = match (self.visit.screen, &self.visit.over) {
            (Screen::Attract, None) => self.attract().0 % texts.len().max(1),
            _ => self.visit.language,
        };
        let own = texts.get(language).or(texts.first());
        own.unwrap_or(&self.program.english)
    }

    pub(super) fn text(&self, key: &str) -> String {
        self.texts().get(key, &[])
    }

    pub(super) fn filled(&self, key: &str, fill: &[(&str, Fill<'_>)]) -> String {
        self.texts().get(key, fill)
    }

    /// Words of the exhibit in the visitor's language, or in the first it has.
    #[must_use]
    pub fn words<'w>(&self, words: &'w Words) -> Option<&'w String> {
        let own = words.get(self.texts().language());
        own.or_else(|| words.get(self.program.texts.first()?.language()))
            .or_else(|| words.values().next())
    }

    /// What the network says of the picture of the round, in the visitor's words where there are any.
    #[must_use]
    pub fn label(&self) -> String {
        self.piece()
            .map_or_else(String::new, |piece| self.label_of(piece))
    }

    /// The same of any picture.
    #[must_use]
    pub fn label_of(&self, piece: &Piece) -> String {
        let own = piece.about.says.get(self.texts().language());
        own.cloned().unwrap_or_else(|| short(&piece.about.label))
    }

    /// What stands on the screen, the most important first; none of it is a button's.
    #[must_use]
    pub fn says(&self) -> Vec<String> {
        if self.is_dark() {
            return vec![self.text("closed")];
        }
        if let Some(over) = &self.visit.over {
            return self.says_over(over);
        }
        let one = |key: &str| vec![self.text(key)];
        match self.visit.screen {
            Screen::Attract => {
                let title = self.words(&self.program.title).cloned();
                vec![title.unwrap_or_else(|| self.text("attract-title"))]
            }
            Screen::Language => {
                let each = self.program.texts.iter();
                each.map(|texts| texts.get("language-choose", &[]))
                    .collect()
            }
            Screen::CutOff => self.says_cut_off(),
            Screen::Choose => one("choose-mode"),
            Screen::Room(room) => self.says_room(room),
            Screen::Teams => one("choose-teams"),
            Screen::Question => one("choose-question"),
            Screen::Tutorial(step) => one(match step {
                0 => "tutorial-one",
                1 => "tutorial-two",
                _ => "tutorial-three",
            }),
            Screen::Play(phase) => self.says_playing(phase),
            Screen::Results => self.says_results(),
        }
    }

    /// The question of the round.
    #[must_use]
    pub fn asked(&self) -> String {
        let label = self.label();
        let key = match self.visit.prompt {
            Prompt::Network => "ask-network",
            Prompt::OwnEyes => "ask-own",
        };
        self.filled(key, &[("label", Fill::Text(&label))])
    }

    fn says_playing(&self, phase: Phase) -> Vec<String> {
        let Some(game) = &self.visit.game else {
            return Vec::new();
        };
        let label = self.label();
        let with_label = |key: &str| self.filled(key, &[("label", Fill::Text(&label))]);
        let number = |n: usize| Fill::Number(n as f64);
        let ask = self.asked();
        let turn = || {
            let key = if self.calls_fields() {
                "team-turn"
            } else {
                "player-turn"
            };
            let fill = [("n", number(game.player + 1))];
            (self.visit.players > 1 && !self.is_side_by_side()).then(|| self.filled(key, &fill))
        };
        let round = || {
            let fill = [
                ("n", number(game.at + 1)),
                ("of", number(game.rounds.len())),
            ];
            let round = self.filled("round", &fill);
            match self.piece().map(|piece| piece.about.licence.as_str()) {
                // Who made the picture is told beside it.
                Some(licence) if !licence.is_empty() => format!("{round} \u{b7} {licence}"),
                _ => round,
            }
        };
        let mut lines = Vec::new();
        match phase {
            Phase::Ask => {
                lines.push(ask);
                lines.extend(self.alt());
                lines.extend(turn());
                lines.push(round());
            }
            Phase::Talk => {
                lines.push(ask);
                lines.push(self.text("talk"));
                lines.extend(turn());
            }
            Phase::Paint => {
                lines.push(ask);
                lines.extend(turn());
                if self.is_side_by_side() {
                    let guesses = game.round().into_iter().flat_map(|round| &round.guesses);
                    let near = guesses.enumerate().map(|(player, guess)| {
                        format!("{}: {}", player + 1, self.text(self.near(guess.warmth)))
                    });
                    lines.extend(near);
                } else {
                    lines.push(self.text(self.near(self.warmth())));
                }
            }
            Phase::TimeUp => lines.push(self.text("time-up")),
            Phase::Pass => {
                lines.push(self.filled("pass-on", &[("n", number(game.player + 1))]));
            }
            Phase::Reveal(_) => lines.extend(self.looked()),
            Phase::Look(_) => {
                lines.extend(self.looked());
                lines.extend(self.worth(game));
                lines.extend(self.says_rivals(game).filter(|_| self.has_room()));
                let after = self.piece().and_then(|p| self.words(&p.about.after));
                lines.extend(after.cloned());
                if game.round().is_some_and(|round| !round.proved) {
                    lines.push(with_label("cover-ask"));
                }
            }
            Phase::Proof(Proof::Waiting) => lines.push(self.text("waiting")),
            Phase::Proof(Proof::Same) => lines.push(with_label("cover-yes")),
            Phase::Proof(Proof::Other) => {
                let other = game.round().and_then(|round| round.instead.as_deref());
                let other = short(other.unwrap_or_default());
                lines.push(self.filled("cover-no", &[("label", Fill::Text(&other))]));
            }
        }
        lines
    }

    /// The text that tells how near a guess is.
    fn near(&self, warmth: Warmth) -> &'static str {
        match warmth {
            Warmth::Empty if self.calls_fields() => "part-tap",
            Warmth::Empty => "paint-where",
            Warmth::Cold => "cold",
            Warmth::Warm => "warm",
            Warmth::Hot => "hot",
            Warmth::TooMuch => "too-much",
        }
    }

    fn alt(&self) -> Option<String> {
        // For who sees the picture it would give the answer away.
        let heard = self.visit.help.speech;
        let piece = self.piece().filter(|_| heard)?;
        self.words(&piece.about.alt).cloned()
    }

    /// One sentence about where the network looked.
    fn looked(&self) -> Option<String> {
        let piece = self.piece()?;
        Some(self.texts().looked(&piece.looked.fields))
    }

    /// Whether there is room for more than what matters: who reads large letters has none, who listens
    /// always has.
    pub(super) fn has_room(&self) -> bool {
        !self.visit.help.large || self.visit.help.speech
    }

    /// What the guesses of the round are worth.
    fn worth(&self, game: &Game) -> Vec<String> {
        let Some(round) = game.round() else {
            return Vec::new();
        };
        let several = round.guesses.len() > 1;
        let mut lines = Vec::new();
        for (player, guess) in round.guesses.iter().enumerate() {
            let Some(judged) = &guess.judged else {
                continue;
            };
            let stars = self.filled("stars", &[("n", Fill::Number(judged.stars.into()))]);
            let points = Fill::Number(judged.tolerant.round());
            let points = self.filled("points", &[("n", points)]);
            if several {
                lines.push(format!("{}: {stars}, {points}", player + 1));
                continue;
            }
            lines.push(format!("{stars}, {points}"));
            if self.has_room() {
                lines.push(self.text(match judged.stars {
                    0 => "star-none",
                    1 => "star-one",
                    2 => "star-two",
                    _ => "star-three",
                }));
            }
        }
        lines
    }

    fn says_results(&self) -> Vec<String> {
        let mut lines = vec![self.text("results-title")];
        let Some(game) = &self.visit.game else {
            return lines;
        };
        let players = self.visit.players.max(1) as usize;
        for player in 0..players {
            let (stars, most) = game.stars(player);
            let fill = [("n", Fill::Number(stars.into()))];
            let stars = self.filled("stars", &fill);
            lines.push(if players > 1 {
                format!("{}: {stars}", player + 1)
            } else {
                format!("{stars} ({} / {most})", game.stars(0).0)
            });
        }
        // While a name is chosen there is no room for it.
        if !self.chooses_letters() {
            lines.extend(self.says_beaten(game));
        }
        if let Some(percent) = self.visit.better_than {
            let fill = [("percent", Fill::Number(percent.round()))];
            lines.push(self.filled("better-than", &fill));
        }
        if self.has_board() {
            if self.chooses_letters() {
                lines.push(self.text("choose-letters"));
                lines.push(self.letters());
                if self.visit.refused {
                    lines.push(self.text("letters-refused"));
                }
            } else {
                lines.push(self.filled("your-name", &[("name", Fill::Text(&game.name))]));
            }
        }
        lines
    }

    fn says_over(&self, over: &Over) -> Vec<String> {
        match over {
            Over::StillThere => {
                let left = self.left().unwrap_or_default().as_secs_f64().ceil();
                vec![
                    self.text("idle-ask"),
                    self.filled("idle-left", &[("n", Fill::Number(left))]),
                ]
            }
            Over::Help => vec![self.text("help")],
            Over::Pin { digits, said } => {
                let number = |n: u64| Fill::Number(n as f64);
                let mut lines = vec![self.text("staff-pin")];
                lines.push(match said {
                    // How many, never which.
                    PinSaid::Nothing => {
                        self.filled("pin-typed", &[("n", number(digits.len() as u64))])
                    }
                    PinSaid::Checking => self.text("waiting"),
                    PinSaid::Wrong => self.text("pin-wrong"),
                    PinSaid::Wait(minutes) => self.filled("pin-wait", &[("n", number(*minutes))]),
                    PinSaid::Failed => self.text("pin-failed"),
                });
                lines
            }
            Over::Operator => vec![self.text("staff")],
            Over::Names => vec![self.text("staff-names")],
            Over::Hide(place) => {
                let board = self.visit.board.as_ref();
                let name = board.and_then(|board| board.ever.get(*place));
                let name = name.map_or("", |game| game.name.as_str());
                vec![self.filled("hide-ask", &[("name", Fill::Text(name))])]
            }
            Over::Cleaning => vec![self.text("wiping")],
        }
    }

    pub(super) fn heard(&self) -> Option<Heard> {
        self.visit.help.speech.then(|| Heard {
            // Steps of one thing are no new screens.
            screen: match self.visit.screen {
                Screen::Play(Phase::Reveal(_)) => Screen::Play(Phase::Reveal(Step::Freeze)),
                Screen::Play(Phase::Look(_)) => Screen::Play(Phase::Look(Whose::Both)),
                other => other,
            },
            over: self.visit.over.as_ref().map(|over| match over {
                // What is typed is nobody's business.
                Over::Pin { .. } => Over::Pin {
                    digits: String::new(),
                    said: PinSaid::Nothing,
                },
                other => other.clone(),
            }),
            lines: self.spoken(),
            at: self.visit.focus.and_then(|at| {
                let offer = self.offers().into_iter().nth(at)?;
                Some(offer.label)
            }),
        })
    }

    /// Which list of the best is shown, and its lines; `None` where there is none.
    #[must_use]
    pub fn best(&self) -> Option<(String, Vec<String>)> {
        let shown = self.visit.screen == Screen::Results && self.has_board();
        let board = self.visit.board.as_ref().filter(|_| shown)?;
        let games = board.of(self.span());
        let own = self.visit.game.as_ref().map(|game| game.name.as_str());
        let lines = games.iter().take(BEST).enumerate().map(|(place, game)| {
            let points = [("n", Fill::Number(game.score.round()))];
            let points = self.filled("points", &points);
            let mark = if own == Some(game.name.as_str()) {
                " \u{2605}"
            } else {
                ""
            };
            format!("{}. {}: {points}{mark}", place + 1, game.name)
        });
        let key = match self.span() {
            Span::Today => "board-today",
            Span::Week => "board-week",
            Span::Ever => "board-ever",
        };
        (!games.is_empty()).then(|| (self.text(key), lines.collect()))
    }

    /// The list of the best that is shown: the visitor's choice, or today's where there is one.
    #[must_use]
    pub fn span(&self) -> Span {
        let today = self
            .visit
            .board
            .as_ref()
            .is_some_and(|board| !board.today.is_empty());
        self.visit
            .span
            .unwrap_or(if today { Span::Today } else { Span::Ever })
    }

    /// The lines without what changes every second.
    fn spoken(&self) -> Vec<String> {
        let mut lines = self.says();
        if let Some((title, best)) = self.best().filter(|_| self.visit.over.is_none()) {
            lines.push(title);
            lines.extend(best);
        }
        if self.visit.over == Some(Over::StillThere) {
            lines.truncate(1);
        }
        lines
    }

    /// Says what is new: a new screen whole, on the same one the new lines, then the button that keys
    /// are at.
    pub(super) fn speak(&self, before: Option<&Heard>, effects: &mut Vec<Effect>) {
        let Some(now) = self.heard() else {
            return;
        };
        let same = |b: &Heard| b.screen == now.screen && b.over == now.over;
        let mut said: Vec<String> = match before.filter(|before| same(before)) {
            Some(before) => {
                let new = now.lines.iter().filter(|line| !before.lines.contains(line));
                new.cloned().collect()
            }
            None => now.lines.clone(),
        };
        let moved = before.is_none_or(|before| before.at != now.at || !same(before));
        if moved {
            said.extend(now.at.clone());
        }
        if !said.is_empty() {
            effects.push(Effect::Say(said.join("\n")));
        }
    }
}

/// The first of the names that a network has for a class.
pub(super) fn short(label: &str) -> String {
    let first = label.split(',').next().unwrap_or(label);
    first.trim().to_owned()
}

/// Which of answer and guess are to be seen: `(yours, theirs)`.
#[must_use]
pub fn shown(whose: Whose) -> (bool, bool) {
    (whose != Whose::Theirs, whose != Whose::Yours)
}
