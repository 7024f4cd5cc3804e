//! The buttons of each screen, in their reading order. Keys, switches, speech and fingers are offered
//! the same ones; nothing else can be pressed.

use super::acts::LETTERS;
use super::input::Action;
use super::piece::Piece;
use super::program::BoardNames;
use super::state::{Aid, Game, Mode, Over, Phase, PinSaid, Proof, Room, Screen, Warmth, Whose};
use super::turn::Shell;
use crate::exhibit::board::Span;
use crate::exhibit::texts::{Fill, name_of};
use crate::journal::Prompt;

/// A button.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// What it does.
    pub action: Action,
    /// What stands on it and is read aloud, in the visitor's language.
    pub label: String,
    /// Whether it is the one that goes on: 20 mm instead of 15.
    pub main: bool,
    /// For what can be on or off, which it is.
    pub on: Option<bool>,
}

impl Offer {
    pub(super) fn new(action: Action, label: String) -> Self {
        Self {
            action,
            label,
            main: false,
            on: None,
        }
    }

    pub(super) fn main(self) -> Self {
        Self { main: true, ..self }
    }
}

/// Teams of a class.
const TEAMS: std::ops::RangeInclusive<u32> = 2..=8;

impl Shell {
    /// The buttons of the screen.
    #[must_use]
    pub fn offers(&self) -> Vec<Offer> {
        if self.is_dark() {
            return Vec::new();
        }
        if let Some(over) = &self.visit.over {
            return self.offers_over(over);
        }
        let button = |action, key| Offer::new(action, self.text(key));
        let mut offers = match self.visit.screen {
            Screen::Attract => return vec![button(Action::Wake, "attract-start").main()],
            Screen::Language => {
                let texts = self.program.texts.iter().enumerate();
                texts
                    .map(|(i, texts)| {
                        let name = name_of(texts.language()).to_owned();
                        Offer::new(Action::Language(i), name).main()
                    })
                    .collect()
            }
            Screen::CutOff => vec![
                button(Action::GoOnWith(true), "cut-off-on").main(),
                button(Action::GoOnWith(false), "cut-off-new").main(),
            ],
            Screen::Choose => {
                let key = |mode| match mode {
                    Mode::Single => "mode-single",
                    Mode::Duel => "mode-duel",
                    Mode::Side => "mode-side",
                    Mode::Daily => "mode-daily",
                    Mode::Class => "mode-class",
                };
                let modes = self.program.modes.iter();
                let rooms = self.rooms().into_iter().map(|room| {
                    let key = match room {
                        Room::Why => "room-why",
                        Room::Skins => "room-skins",
                        Room::WhatIf => "room-what-if",
                        Room::Class => "teacher",
                    };
                    button(Action::Room(room), key).main()
                });
                modes
                    .map(|&mode| button(Action::Mode(mode), key(mode)).main())
                    .chain(rooms)
                    .collect()
            }
            Screen::Room(room) => self.offers_room(room),
            Screen::Teams => TEAMS
                .map(|n| {
                    let label = self.filled("teams", &[("n", Fill::Number(n.into()))]);
                    Offer::new(Action::Teams(n), label).main()
                })
                .collect(),
            Screen::Question => {
                let key = |prompt| match prompt {
                    Prompt::Network => "question-network",
                    Prompt::OwnEyes => "question-own",
                };
                let prompts = self.program.prompts.iter();
                prompts
                    .map(|&prompt| button(Action::Question(prompt), key(prompt)).main())
                    .collect()
            }
            Screen::Tutorial(_) => vec![
                button(Action::Next, "onward").main(),
                button(Action::SkipTutorial, "skip"),
            ],
            Screen::Play(phase) => self.offers_playing(phase),
            Screen::Results => self.offers_results(),
        };
        if self.visit.screen != Screen::Language {
            offers.push(button(Action::Home, "home"));
        }
        offers.push(button(Action::Help, "help"));
        offers
    }

    fn offers_playing(&self, phase: Phase) -> Vec<Offer> {
        let button = |action, key| Offer::new(action, self.text(key));
        let whose = |now| {
            [
                (Whose::Yours, "yours"),
                (Whose::Theirs, "theirs"),
                (Whose::Both, "both"),
            ]
            .into_iter()
            .map(move |(whose, key)| Offer {
                on: Some(now == Some(whose)),
                ..button(Action::Look(whose), key)
            })
        };
        let next = || button(Action::Next, "next").main();
        match phase {
            Phase::Ask => vec![button(Action::Next, "begin").main()],
            Phase::Talk | Phase::Pass => vec![button(Action::Next, "onward").main()],
            Phase::Paint if self.is_side_by_side() => self.offers_at_once(),
            Phase::Paint => {
                let mut offers = self.offers_parts();
                let guess = self.visit.game.as_ref().and_then(Game::guess);
                if guess.is_some_and(|guess| !guess.marks.is_empty()) {
                    offers.push(button(Action::Undo, "undo"));
                    offers.push(button(Action::Clear, "clear"));
                    if !self.calls_fields() {
                        offers.push(Offer {
                            on: Some(self.visit.wipes),
                            ..button(Action::Wipe, "wipe")
                        });
                    }
                }
                // Who cannot guess may look all the same.
                offers.push(button(Action::Reveal, "reveal").main());
                offers
            }
            Phase::TimeUp => vec![
                button(Action::Reveal, "reveal").main(),
                button(Action::MoreTime, "more-time"),
            ],
            Phase::Reveal(_) => vec![button(Action::Skip, "skip").main()],
            Phase::Look(now) => {
                let round = self.visit.game.as_ref().and_then(Game::round);
                let proved = round.is_some_and(|round| round.proved);
                let mut offers: Vec<Offer> = whose(Some(now)).collect();
                if !proved {
                    offers.push(button(Action::Cover, "cover").main());
                }
                offers.push(next());
                offers
            }
            Phase::Proof(Proof::Waiting) => vec![next()],
            Phase::Proof(_) => whose(None).chain([next()]).collect(),
        }
    }

    /// What two who paint at once can press: each what stands below their own picture.
    fn offers_at_once(&self) -> Vec<Offer> {
        let mut offers = self.offers_parts();
        let round = self.visit.game.as_ref().and_then(Game::round);
        let guesses = round.map_or(&[][..], |round| &round.guesses);
        let of = |player: usize, action, key| {
            let fill = [("n", Fill::Number(player as f64 + 1.0))];
            Offer::new(action, self.filled(key, &fill))
        };
        for player in 0..guesses.len() {
            offers.push(of(player, Action::UndoOf(player), "player-undo"));
        }
        for (player, guess) in guesses.iter().enumerate() {
            offers.push(Offer {
                on: Some(guess.ready),
                ..of(player, Action::Ready(player), "player-ready")
            });
        }
        offers
    }

    /// Parts, or the fields that teams call.
    fn offers_parts(&self) -> Vec<Offer> {
        let Some(piece) = self.piece() else {
            return Vec::new();
        };
        let called = self.calls_fields();
        let parts = if called {
            (0..piece.fields.len()).collect()
        } else {
            piece.parts_in_order()
        };
        let of = parts.len();
        let named = |(n, part): (usize, usize)| {
            let name = if called {
                field_name(part, piece.grid)
            } else {
                self.part_name(piece, (n + 1, of), part)
            };
            let on = self.is_painted(part);
            let label = if on {
                self.filled("painted", &[("name", Fill::Text(&name))])
            } else {
                name
            };
            Offer {
                on: Some(on),
                ..Offer::new(Action::Part(part), label)
            }
        };
        parts.into_iter().enumerate().map(named).collect()
    }

    /// A part as it is read aloud: the how manyth it is, of how many, and where it lies.
    pub(super) fn part_name(&self, piece: &Piece, (n, of): (usize, usize), part: usize) -> String {
        let place = self.text(&format!("place-{}", piece.place_of(part).id()));
        let fill = [
            ("n", Fill::Number(n as f64)),
            ("of", Fill::Number(of as f64)),
            ("place", Fill::Text(&place)),
        ];
        self.filled("part-name", &fill)
    }

    /// Whether a name is still to be chosen on the wheel.
    #[must_use]
    pub fn chooses_letters(&self) -> bool {
        let wheel = self.program.board == BoardNames::Initials;
        wheel && self.has_board() && !self.visit.named
    }

    fn offers_results(&self) -> Vec<Offer> {
        let button = |action, key| Offer::new(action, self.text(key));
        let mut offers = Vec::new();
        if self.chooses_letters() {
            // Three wheels beside each other: above each what turns it on, below what turns it back.
            for (up, key) in [(true, "letter-up"), (false, "letter-down")] {
                for place in 0..self.visit.letters.len() {
                    let fill = [("n", Fill::Number(place as f64 + 1.0))];
                    let label = self.filled(key, &fill);
                    offers.push(Offer::new(Action::Letter { place, up }, label));
                }
            }
            offers.push(button(Action::KeepName, "keep-name").main());
        }
        offers.push(button(Action::Again, "again").main());
        if self.calls_fields() {
            offers.push(button(Action::Room(Room::Class), "teacher"));
        }
        // Where one list says all, there is no choice between lists.
        let board = self.visit.board.as_ref().filter(|_| self.has_board());
        if board.is_some_and(|board| board.today != board.ever) {
            let spans = [
                (Span::Today, "board-today"),
                (Span::Week, "board-week"),
                (Span::Ever, "board-ever"),
            ];
            offers.extend(spans.into_iter().map(|(span, key)| Offer {
                on: Some(self.span() == span),
                ..button(Action::Best(span), key)
            }));
        }
        offers
    }

    fn offers_over(&self, over: &Over) -> Vec<Offer> {
        let button = |action, key| Offer::new(action, self.text(key));
        let back = || button(Action::Back, "back");
        match over {
            Over::StillThere => vec![button(Action::GoOn, "idle-on").main()],
            Over::Help => {
                let aids = [
                    (Aid::Large, "bigger", true),
                    (Aid::Contrast, "contrast", true),
                    (Aid::Reach, "reach", true),
                    (Aid::Speech, "read-aloud", self.program.aids.speech),
                    (Aid::Scan, "one-switch", self.program.aids.switch),
                    (Aid::Still, "still", true),
                ];
                let aid = |(aid, key, _): (Aid, &str, bool)| {
                    let on = self.visit.help.get(aid);
                    let name = self.text(key);
                    let key = if on { "on" } else { "off" };
                    let label = self.filled(key, &[("name", Fill::Text(&name))]);
                    Offer {
                        on: Some(on),
                        ..Offer::new(Action::Toggle(aid), label)
                    }
                };
                let offered = aids.into_iter().filter(|(.., offered)| *offered);
                offered.map(aid).chain([back().main()]).collect()
            }
            Over::Pin { digits, said } => {
                let mut offers: Vec<Offer> = (1..=9)
                    .chain([0])
                    .map(|digit| Offer::new(Action::Digit(digit), digit.to_string()))
                    .collect();
                if !digits.is_empty() && *said != PinSaid::Checking {
                    offers.push(button(Action::Erase, "erase"));
                    offers.push(button(Action::Enter, "enter").main());
                }
                offers.push(back());
                offers
            }
            Over::Operator => vec![
                back().main(),
                button(Action::Clean, "staff-clean"),
                button(Action::Names, "staff-names"),
                button(Action::Leave, "staff-leave"),
            ],
            Over::Names => {
                let board = self.visit.board.iter().flat_map(|board| &board.ever);
                let names = board
                    .enumerate()
                    .map(|(place, game)| Offer::new(Action::Name(place), game.name.clone()));
                names.chain([back().main()]).collect()
            }
            Over::Hide(_) => vec![button(Action::Hide, "hide").main(), back()],
            Over::Cleaning => Vec::new(),
        }
    }

    /// How near the guess is, for a bar beside the picture.
    #[must_use]
    pub fn warmth(&self) -> Warmth {
        let guess = self.visit.game.as_ref().and_then(Game::guess);
        guess.map_or(Warmth::Empty, |guess| guess.warmth)
    }

    /// The three letters of the wheel.
    #[must_use]
    pub fn letters(&self) -> String {
        let letter = |letter: u8| char::from(b'A' + letter % LETTERS);
        self.visit.letters.into_iter().map(letter).collect()
    }
}

/// A field as teams call it, of `grid` along each side: `B4` is the second column, the fourth row.
#[must_use]
pub fn field_name(field: usize, grid: usize) -> String {
    let (row, column) = (field / grid.max(1), field % grid.max(1));
    let letter = char::from(b'A' + (column % 26) as u8);
    format!("{letter}{}", row + 1)
}
