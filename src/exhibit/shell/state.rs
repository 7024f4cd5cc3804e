//! Everything that a visitor can change, in one value: what [`Visit::default`] is, the next visitor
//! finds.

use std::time::Duration;

use super::covering::Covering;
use super::rivals::Rival;
use crate::exhibit::board::{Board, Span};
use crate::journal::{Prompt, Stroke};

/// What one visitor did and chose. The default is a fresh start.
#[derive(Debug, Clone, Default, PartialEq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is something of its own that a visitor can change"
)]
pub struct Visit {
    /// What is on the screen.
    pub screen: Screen,
    /// Which of the exhibit's languages.
    pub language: usize,
    /// What helps to see, hear and play.
    pub help: Help,
    /// How it is played.
    pub mode: Mode,
    /// People or teams that play.
    pub players: u32,
    /// What is asked.
    pub prompt: Prompt,
    /// The game that is played, or was played last.
    pub game: Option<Game>,
    /// Whether the brush wipes away.
    pub wipes: bool,
    /// Letters on the wheel, 0 for A.
    pub letters: [u8; 3],
    /// Whether the name on the wheel was refused.
    pub refused: bool,
    /// Whether the name is on the board.
    pub named: bool,
    /// The board, once it was fetched.
    pub board: Option<Box<Board>>,
    /// What is looked at in a room.
    pub looking: Looking,
    /// What is covered in the room of "what if".
    pub covering: Covering,
    /// Which list of the best was chosen.
    pub span: Option<Span>,
    /// Of 100 games like this one, how many were worse.
    pub better_than: Option<f64>,
    /// What lies over the screen.
    pub over: Option<Over>,
    /// The button that keys, switches and speech are at.
    pub focus: Option<usize>,
    /// Steps of automatic scanning since the last key.
    pub scanned: u32,
    /// Games that were begun.
    pub games: u32,
    /// Whether somebody is known to be there: the language was chosen.
    pub present: bool,
}

/// What is on the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Screen {
    /// The game plays itself.
    #[default]
    Attract,
    /// Which language? It waits for ever.
    Language,
    /// Which game? Passed over where there is one.
    Choose,
    /// Another room than the game.
    Room(Room),
    /// A class's game was cut off: does it go on?
    CutOff,
    /// How many teams?
    Teams,
    /// What is asked? Passed over where there is one question.
    Question,
    /// Three steps that nobody can fail.
    Tutorial(u8),
    /// A round.
    Play(Phase),
    /// How it went.
    Results,
}

/// A room beside the game.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Room {
    /// Where the network looks for each of its answers.
    Why,
    /// What it says of pictures in the skin of others.
    Skins,
    /// What it says of pictures of which something is covered.
    WhatIf,
    /// For the teacher: what the class painted beside what the network looked at.
    Class,
}

/// What is looked at in a room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Looking {
    /// Which of the room's pictures.
    pub picture: usize,
    /// Which of its answers.
    pub answer: usize,
    /// Whether it was told what the network says.
    pub shown: bool,
}

/// Where a round is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// "The AI says ESPRESSO. What gave it away?"
    Ask,
    /// Teams talk.
    Talk,
    /// Somebody paints.
    Paint,
    /// The time of the round is over; nothing is taken away.
    TimeUp,
    /// The next one comes to the screen; what was painted is hidden.
    Pass,
    /// The answer appears.
    Reveal(Step),
    /// Answer and guess, as long as one wants.
    Look(Whose),
    /// The strongest spot is covered and asked again.
    Proof(Proof),
}

/// Steps of the reveal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// All stands still, the guess fades.
    Freeze,
    /// What the AI looked at lights up, place by place, the strongest last.
    Map,
    /// Matches flash.
    Matches,
    /// Points count up.
    Score,
}

impl Step {
    /// All, in their order.
    pub const ALL: [Self; 4] = [Self::Freeze, Self::Map, Self::Matches, Self::Score];

    /// How long it takes.
    #[must_use]
    pub fn lasts(self) -> Duration {
        Duration::from_millis(match self {
            Self::Freeze => 500,
            Self::Map | Self::Matches => 2000,
            Self::Score => 1500,
        })
    }

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        Self::ALL.into_iter().find(|step| *step > self)
    }
}

/// What is looked at after the reveal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Whose {
    /// Both.
    #[default]
    Both,
    /// The guess.
    Yours,
    /// The answer.
    Theirs,
}

/// The proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Proof {
    /// The network is computing.
    Waiting,
    /// It still says the same.
    Same,
    /// It says something else: [`Round::instead`].
    Other,
}

/// What helps. Each is switched on and off by the visitor and off again for the next one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "six switches that do not depend on each other"
)]
pub struct Help {
    /// Capitals of 7.3 instead of 4.8 mm.
    pub large: bool,
    /// Black and white, nothing between.
    pub contrast: bool,
    /// Everything in the lower part of the screen.
    pub reach: bool,
    /// Everything is read aloud.
    pub speech: bool,
    /// Buttons are offered one after the other.
    pub scan: bool,
    /// Nothing moves by itself.
    pub still: bool,
}

/// Which help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aid {
    /// [`Help::large`].
    Large,
    /// [`Help::contrast`].
    Contrast,
    /// [`Help::reach`].
    Reach,
    /// [`Help::speech`].
    Speech,
    /// [`Help::scan`].
    Scan,
    /// [`Help::still`].
    Still,
}

impl Help {
    /// One of them.
    #[must_use]
    pub fn get(self, aid: Aid) -> bool {
        match aid {
            Aid::Large => self.large,
            Aid::Contrast => self.contrast,
            Aid::Reach => self.reach,
            Aid::Speech => self.speech,
            Aid::Scan => self.scan,
            Aid::Still => self.still,
        }
    }

    pub(super) fn toggle(&mut self, aid: Aid) {
        let on = match aid {
            Aid::Large => &mut self.large,
            Aid::Contrast => &mut self.contrast,
            Aid::Reach => &mut self.reach,
            Aid::Speech => &mut self.speech,
            Aid::Scan => &mut self.scan,
            Aid::Still => &mut self.still,
        };
        *on = !*on;
    }

    /// Who hears or scans needs four times as long.
    #[must_use]
    pub fn slower(self) -> u32 {
        if self.speech || self.scan { 4 } else { 1 }
    }
}

/// How it is played.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// One person, or a family.
    #[default]
    Single,
    /// Two people, one after the other, the first guess hidden.
    Duel,
    /// Two people at once, each on a picture of their own.
    Side,
    /// The same pictures for everybody today.
    Daily,
    /// Teams that call out fields.
    Class,
}

impl Mode {
    /// As it stands in `exhibit.toml` and in the journal.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Duel => "duel",
            Self::Side => "side-by-side",
            Self::Daily => "daily",
            Self::Class => "class",
        }
    }

    /// The mode of an [`Self::id`].
    #[must_use]
    pub fn named(id: &str) -> Option<Self> {
        [
            Self::Single,
            Self::Duel,
            Self::Side,
            Self::Daily,
            Self::Class,
        ]
        .into_iter()
        .find(|mode| mode.id() == id)
    }
}

/// A game.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Game {
    /// Its rounds; all are dealt when it begins.
    pub rounds: Vec<Round>,
    /// The one that is played.
    pub at: usize,
    /// Who paints, from 0.
    pub player: usize,
    /// The name it has on the board until another is chosen.
    pub name: String,
}

impl Game {
    /// The round that is played.
    #[must_use]
    pub fn round(&self) -> Option<&Round> {
        self.rounds.get(self.at)
    }

    /// The guess of who paints.
    #[must_use]
    pub fn guess(&self) -> Option<&Guess> {
        self.round()?.guesses.get(self.player)
    }

    /// Stars of a player, and how many there could be.
    #[must_use]
    pub fn stars(&self, player: usize) -> (u32, u32) {
        let judged = self.rounds.iter().filter_map(|r| r.guesses.get(player));
        let earned = judged.filter_map(|g| g.judged.as_ref());
        let sum = earned.map(|j| u32::from(j.stars)).sum();
        (sum, 3 * self.rounds.len() as u32)
    }
}

/// A round.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Round {
    /// Which picture of the programme.
    pub piece: usize,
    /// One guess for each player.
    pub guesses: Vec<Guess>,
    /// What the network says with the strongest spot covered, where that is something else.
    pub instead: Option<String>,
    /// Whether the proof was seen.
    pub proved: bool,
    /// What others reach on the picture, once it was compared: their forgiving scores.
    pub rivals: Vec<(Rival, f64)>,
}

/// What was painted on a picture.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Guess {
    /// Strokes and parts in their order.
    pub marks: Vec<Mark>,
    /// Seconds that it was painted for.
    pub seconds: f64,
    /// How near it is while it is painted.
    pub warmth: Warmth,
    /// What it is worth, once it was compared.
    pub judged: Option<Judged>,
    /// The device of the last mark.
    pub input: Device,
    /// Whether who paints beside another is done.
    pub ready: bool,
}

/// One thing that was painted.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// A stroke of the brush.
    Stroke(Stroke),
    /// A part, filled or emptied.
    Part {
        /// Which.
        part: usize,
        /// Whether it is painted from here on.
        on: bool,
    },
}

/// How near a guess is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Warmth {
    /// Nothing is painted yet.
    #[default]
    Empty,
    /// No better than scribbling.
    Cold,
    /// Worth a star.
    Warm,
    /// Worth them all.
    Hot,
    /// So much is painted that it is no choice.
    TooMuch,
}

/// What a guess is worth.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judged {
    /// The exact score, 0-100.
    pub exact: f64,
    /// The forgiving one, 0-100.
    pub tolerant: f64,
    /// Stars, 0-3.
    pub stars: u8,
    /// Of each colour of the answer, the share that was found, 0-1.
    pub found: [f64; 4],
    /// What speaks against it.
    pub flags: Vec<String>,
}

/// What somebody plays with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Device {
    /// A finger.
    #[default]
    Touch,
    /// A mouse.
    Mouse,
    /// Keys or two switches.
    Keys,
    /// One switch.
    Switch,
}

impl Device {
    /// As it stands in the journal.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Touch => "touch",
            Self::Mouse => "mouse",
            Self::Keys => "keys",
            Self::Switch => "switch",
        }
    }
}

/// What lies over the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Over {
    /// "Are you still there?"
    StillThere,
    /// The six kinds of help.
    Help,
    /// The operator's PIN is asked for.
    Pin {
        /// What was typed; never written or said.
        digits: String,
        /// What came of the last try.
        said: PinSaid,
    },
    /// What the operator can do.
    Operator,
    /// Names on the board, to be hidden.
    Names,
    /// Whether a name is to be hidden: its place in the list.
    Hide(usize),
    /// The screen is being wiped: nothing acts.
    Cleaning,
}

/// What came of a PIN.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum PinSaid {
    /// None was tried.
    #[default]
    Nothing,
    /// It is being looked at.
    Checking,
    /// It was wrong.
    Wrong,
    /// None is looked at for as many minutes.
    Wait(u64),
    /// It could not be looked at: the disk or the file.
    Failed,
}
