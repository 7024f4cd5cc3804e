//! What is kept of the game, of visits and of studies. What a newer version adds to an event stays in
//! its `more`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Event;

/// What a guess was asked for: two quantities that must never be mixed.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Prompt {
    /// Where did the AI look?
    #[default]
    Network,
    /// What do you need to see?
    OwnEyes,
}

impl Prompt {
    /// As it stands in files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::OwnEyes => "own-eyes",
        }
    }
}

/// One stroke. Coordinates and radius are thousandths of what the network saw of the picture: of its
/// width across, of its height down, the radius of its width.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stroke {
    /// The colour: 1 yellow, 2 orange, 3 red, 4 purple, 0 the eraser.
    pub b: u8,
    /// Radius.
    pub r: u16,
    /// Across, from the left.
    pub x: Vec<i16>,
    /// Down, from the top.
    pub y: Vec<i16>,
    /// Milliseconds since the round began.
    pub t: Vec<u32>,
}

/// A round that was played: one guess, kept as data.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// The game it belongs to.
    pub game: String,
    /// Which round of the game, from 1.
    pub round: u32,
    /// How many rounds the game has.
    pub of: u32,
    /// Which of several players or teams, from 1; 0 where there is one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub player: u32,
    /// When it was over, as `2026-11-23T09:10:00Z` (UTC), by the machine's clock.
    pub date: String,
    /// Who played.
    pub nickname: String,
    /// Identifier of the network.
    pub model: String,
    /// Identifier of the method.
    pub method: String,
    /// Name of the picture.
    pub picture: String,
    /// SHA-256 of the picture.
    pub sha256: String,
    /// The exact score, 0-100.
    pub score: f64,
    /// The rule that made the score.
    #[serde(default)]
    pub rule: u32,
    /// Of each colour in the answer, the share that was found, most important first, 0-1.
    pub found: [f64; 4],
    /// Hints that were asked for.
    pub hints: u32,
    /// Seconds that the round took.
    pub seconds: f64,
    /// What was asked.
    #[serde(default)]
    pub prompt: Prompt,
    /// How it was played: `single`, `duel`, `class`, `daily`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mode: String,
    /// The exhibit's `id`; empty for the window.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub exhibit: String,
    /// The device that painted: `touch`, `mouse`, `pen`, `keys`, `switch`, `called`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub input: String,
    /// Whether the session saw this picture for the first time.
    #[serde(default)]
    pub first: bool,
    /// The score that forgives a shift, 0-100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerant: Option<f64>,
    /// Stars, 0-3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stars: Option<u8>,
    /// The painting, whatever it was painted with: runs of labels (0 none, 1 yellow to 4 purple) and
    /// their lengths in turn, row by row of a grid of 64 x 64 over what the network saw.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub painting: Vec<u16>,
    /// Strokes, thinned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strokes: Vec<Stroke>,
    /// What speaks against the guess: `blank`, `too-fast`, `covered`, `centre-blob`, `scribble`,
    /// `repeated`, `failed-catch`; and where the disk was nearly full `no-strokes`, where it was full
    /// `no-painting`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// What a newer version added.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl Event for Round {
    const NAME: &'static str = "round";
}

/// The language was chosen: somebody is there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// The language.
    pub language: String,
    /// What a newer version added.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl Event for Gate {
    const NAME: &'static str = "gate";
}

/// A visit begins.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// The exhibit's `id`; empty for the window.
    #[serde(default)]
    pub exhibit: String,
    /// `single`, `duel`, `class`, `daily`.
    pub mode: String,
    /// The language.
    #[serde(default)]
    pub language: String,
    /// People or teams.
    #[serde(default)]
    pub players: u32,
    /// What is asked; only where a game that is cut off goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Prompt>,
    /// SHA-256 of its pictures in their order; only where a game that is cut off goes on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pictures: Vec<String>,
    /// What a newer version added.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl Event for Session {
    const NAME: &'static str = "session";
}

/// Why a visit was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// It was played to its end.
    Done,
    /// Nobody was there any more.
    Idle,
    /// Somebody started anew.
    Reset,
    /// The program was started and found it unfinished.
    Crash,
    /// What a newer version knows.
    #[serde(other)]
    Other,
}

/// A visit is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct End {
    /// Why.
    pub why: Ended,
    /// The screen it ended on.
    #[serde(default)]
    pub screen: String,
    /// Seconds it lasted.
    #[serde(default)]
    pub seconds: f64,
    /// What a newer version added.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl Event for End {
    const NAME: &'static str = "end";
}

/// How the machine is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// Resident memory in MB.
    #[serde(default)]
    pub memory: Option<f64>,
    /// Frames a second.
    #[serde(default)]
    pub fps: Option<f64>,
    /// Free disk in MB.
    #[serde(default)]
    pub disk: Option<f64>,
    /// Starts since the machine was switched on.
    #[serde(default)]
    pub restarts: Option<u32>,
    /// How often the screen rested, because it had to be started again too often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rests: Option<u32>,
    /// In how many of those rests nothing could be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dark: Option<u32>,
    /// What a newer version added.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl Event for Health {
    const NAME: &'static str = "health";
}

/// One answer of a participant of a study.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The study's `id`.
    pub study: String,
    /// The block or task.
    pub task: String,
    /// The condition.
    #[serde(default)]
    pub condition: String,
    /// Which trial of the task, from 1.
    pub trial: u32,
    /// What was shown: picture, network, whatever the protocol names.
    #[serde(default)]
    pub shown: Value,
    /// The answer.
    pub answer: Value,
    /// Milliseconds from the frame that showed it to the answer.
    pub milliseconds: u64,
    /// What a newer version added.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl Event for Trial {
    const NAME: &'static str = "study.trial";
}
