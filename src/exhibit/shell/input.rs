//! What reaches the shell and what it asks for. There is no effect that opens a file, a dialog or
//! another program: whatever comes in, nothing of the kind can come out.

use serde::{Deserialize, Serialize};

use super::covering::Told;
use super::state::{Aid, Device, Mode, Room, Whose};
use crate::exhibit::board::{Board, Span};
use crate::exhibit::pin::Verdict;
use crate::guess::Field;
use crate::journal::{
    End, Event, Gate, Health, Journal, JournalError, Prompt, Round, Session, Stroke,
};

/// What happens.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Time goes by: once a frame, or at least four times a second. `wall` is the machine's clock in
    /// seconds since 1970.
    Tick {
        /// The clock.
        wall: i64,
    },
    /// A finger or a mouse's button came down; millimetres from the upper left corner of what is lit.
    Down {
        /// Which finger.
        finger: u64,
        /// To the right.
        x: f64,
        /// Down.
        y: f64,
    },
    /// It was lifted.
    Up {
        /// Which finger.
        finger: u64,
    },
    /// The window lost the input: no finger is down any more.
    Lost,
    /// A button that is offered was pressed.
    Press(Action),
    /// What comes next is done by this player, from 0: where two paint at once.
    Player(usize),
    /// A stroke was painted; it ends where the finger was lifted.
    Painted(Stroke, Device),
    /// A key or a switch.
    Key(Key),
    /// What the network says with the strongest spot covered; `None` where it could not be computed.
    Proved(Option<String>),
    /// What the network says of what is covered in the room of "what if"; `None` where it cannot be asked.
    Changed(Option<Box<Told>>),
    /// Where it looks then, on a picture of the programme: the most important place first.
    Lit(usize, Vec<Field>),
    /// What came of a PIN; `None` where it could not be looked at.
    Pin(Option<Verdict>),
    /// The board of the game that was played, and of 100 games how many were worse.
    Board(Box<Board>, Option<f64>),
    /// Anything else: other keys, dropped files, wishes to close the window. Nothing comes of it.
    Other,
}

/// Keys that mean something; two switches are [`Self::Next`] and [`Self::Choose`], one is
/// [`Self::Switch`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// Tab, right, down; the first of two switches.
    Next,
    /// Shift and Tab, left, up.
    Previous,
    /// Enter, space; the second of two switches.
    Choose,
    /// The only switch.
    Switch,
    /// A digit, for the PIN.
    Digit(u8),
}

/// What a button does.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is told by its text, see `offers`")]
pub enum Action {
    Wake,
    Language(usize),
    Mode(Mode),
    Teams(u32),
    /// Whether the game that was cut off goes on.
    GoOnWith(bool),
    Question(Prompt),
    Room(Room),
    Answer(usize),
    Another,
    Tell,
    Strongest,
    Results,
    Next,
    SkipTutorial,
    Part(usize),
    Undo,
    UndoOf(usize),
    Ready(usize),
    Clear,
    Wipe,
    Reveal,
    MoreTime,
    Skip,
    Look(Whose),
    Cover,
    Letter {
        place: usize,
        up: bool,
    },
    KeepName,
    Best(Span),
    Again,
    Home,
    Help,
    Toggle(Aid),
    Back,
    GoOn,
    Digit(u8),
    Erase,
    Enter,
    Clean,
    Names,
    Name(usize),
    Hide,
    Leave,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Keep this in the journal.
    Keep(Record),
    /// Ask the network again, with the strongest spot of this picture covered; then
    /// [`Input::Proved`].
    Prove(usize),
    /// Try this PIN; then [`Input::Pin`].
    CheckPin(String),
    /// Fetch the board of this kind of game; then [`Input::Board`]. The score is the game's own.
    FetchBoard(Box<crate::exhibit::board::Kind>, f64),
    /// Say these lines, and stop what is being said.
    Say(String),
    /// Stop what is being said.
    Hush,
    /// The visit is over: whatever the window keeps of it goes, its volume too.
    Forget,
    /// The right PIN was given and leaving was chosen.
    Leave,
}

/// What is kept.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// Somebody is there.
    Gate(Gate),
    /// A game begins.
    Session(Session),
    /// A guess.
    Round(Box<Round>),
    /// What a team called.
    Called(Called),
    /// A class goes on with a game that was cut off: in the session that it was played in.
    GoOn(GoOn),
    /// A name for the game's place on the board.
    Name(Name),
    /// What the operator did.
    Operator(Operator),
    /// The visit is over.
    End(End),
    /// How the machine is.
    Health(Health),
}

/// The name that a visitor chose.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// As it stands on the board.
    pub name: String,
    /// Which game of the session: its [`Round::game`].
    #[serde(default)]
    pub game: String,
}

impl Event for Name {
    const NAME: &'static str = "name";
}

/// The fields that a team called, kept when its turn is over: from them a game that was cut off goes on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Called {
    /// Which game of the session: its [`Round::game`].
    #[serde(default)]
    pub game: String,
    /// Which round of the game, from 1.
    pub round: u32,
    /// Which team, from 1.
    pub player: u32,
    /// Fields along each side.
    pub grid: u32,
    /// The fields, counted row by row from 0.
    pub fields: Vec<u32>,
    /// Seconds that it took.
    #[serde(default)]
    pub seconds: f64,
}

impl Event for Called {
    const NAME: &'static str = "called";
}

/// A class goes on with a game that was cut off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoOn {
    /// The session that the game belongs to.
    pub session: String,
}

impl Event for GoOn {
    const NAME: &'static str = "go-on";
}

/// What the operator did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    /// A session whose name is hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hide: Option<String>,
    /// In a word: `hide`, `clean`, `leave`.
    #[serde(default)]
    pub what: String,
}

impl Event for Operator {
    const NAME: &'static str = "operator";
}

impl Record {
    /// Adds it to the journal. [`Self::Gate`] begins a session.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub fn append(&self, journal: &mut Journal) -> Result<(), JournalError> {
        match self {
            Self::Gate(gate) => {
                journal.begin();
                journal.append(gate).map(drop)
            }
            Self::Session(session) => journal.append(session).map(drop),
            Self::Round(round) => journal.append_round(round).map(drop),
            Self::Called(called) => journal.append(called).map(drop),
            Self::GoOn(go_on) => journal.append(go_on).map(drop),
            Self::Name(name) => journal.append(name).map(drop),
            Self::Operator(operator) => journal.append(operator).map(drop),
            Self::End(end) => journal.append(end).map(drop),
            Self::Health(health) => journal.append(health).map(drop),
        }
    }
}
