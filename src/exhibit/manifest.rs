//! `exhibit.toml`: what a curator wrote, read with every fault told at its line.

mod read;

use std::collections::BTreeMap;

use super::hours::{Hours, Summer};
pub(in crate::exhibit) use read::{EXAMPLE_LICENCE, read};

/// The file's name.
pub const MANIFEST: &str = "exhibit.toml";

/// Largest text of an exhibit, in bytes.
pub(in crate::exhibit) const MAX_TEXT: u64 = 1 << 20;

/// Words of one thing by language.
pub type Words = BTreeMap<String, String>;

/// An exhibit as it is written down.
#[derive(Debug, Clone, PartialEq)]
pub struct Exhibit {
    /// Seeds the daily challenge and names the board.
    pub id: String,
    /// Its title.
    pub title: Words,
    /// Languages, the first being the one it starts in; at least one.
    pub languages: Vec<String>,
    /// Minutes that local time is ahead of UTC, in winter.
    pub utc_offset: i32,
    /// When clocks are put forward.
    pub summer: Summer,
    /// The screen.
    pub screen: Screen,
    /// Times.
    pub times: Times,
    /// How it is played.
    pub play: Play,
    /// Read aloud, in every language that has a voice.
    pub speech: bool,
    /// Played with one or two switches.
    pub switch: bool,
    /// Whether strokes are kept.
    pub strokes: bool,
    /// Days of use that the journal is kept for; 0 for all.
    pub keep_days: u32,
    /// What networks say, in the words of visitors: by what they call it.
    pub labels: BTreeMap<String, Words>,
    /// The pictures.
    pub pictures: Vec<PictureEntry>,
    /// Where some of it stands.
    pub at: Lines,
}

/// Lines of what only others can tell to be wrong; that of the section for what is not written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lines {
    /// Of [`Play::models`].
    pub models: usize,
    /// Of [`Play::opponents`].
    pub opponents: usize,
    /// Of [`Play::method`].
    pub method: usize,
    /// Of [`Play::rounds`].
    pub rounds: usize,
}

/// Lengths in millimetres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Screen {
    /// Width of what is lit.
    pub width: f64,
    /// From where it is looked at.
    pub viewing: f64,
    /// From the floor to its lower edge.
    pub bottom: f64,
}

impl Screen {
    /// Width of an ordinary monitor of 27 inches: of whoever did not measure theirs.
    pub const USUAL: f64 = 598.0;
    /// The same of one that stands upright.
    const UPRIGHT: f64 = 336.0;

    /// Width of what is lit where it may stand upright: one that nobody measured is an ordinary one then
    /// too.
    #[must_use]
    pub fn width_of(&self, upright: bool) -> f64 {
        let measured = (self.width - Self::USUAL).abs() > 0.5;
        if upright && !measured {
            Self::UPRIGHT
        } else {
            self.width
        }
    }
}

/// Times in seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Times {
    /// Nobody touches while playing.
    pub idle_play: f64,
    /// Nobody touches while reading.
    pub idle_read: f64,
    /// "Are you still there?"
    pub countdown: f64,
    /// A round; 0 has no limit.
    pub round: f64,
    /// When it is lit.
    pub open: Hours,
}

/// How it is played.
#[derive(Debug, Clone, PartialEq)]
pub struct Play {
    /// `single`, `duel`, `side-by-side`, `daily`, `class`.
    pub modes: Vec<String>,
    /// `network`, `own-eyes`.
    pub prompts: Vec<String>,
    /// Networks, by their names in the catalog.
    pub models: Vec<String>,
    /// The method of the maps.
    pub method: String,
    /// `crowd`, `centre`, or a network.
    pub opponents: Vec<String>,
    /// Screens beside the game: `see-why`, `stylize`, `what-if`.
    pub rooms: Vec<String>,
    /// Rounds of a game.
    pub rounds: u32,
    /// Fields along each side that a class calls: 4, 6 or 8.
    pub grid: u32,
    /// `none`, `generated`, `initials`.
    pub board: String,
    /// `none`, `qr-text`.
    pub share: String,
}

impl Play {
    /// Every network that looks at the pictures: those that are asked about, then those that are
    /// played against; each once.
    pub fn networks(&self) -> impl Iterator<Item = &str> {
        let rivals = self.opponents.iter().map(String::as_str);
        let rivals = rivals.filter(|word| !["crowd", "centre"].contains(word));
        let all: Vec<&str> = self
            .models
            .iter()
            .map(String::as_str)
            .chain(rivals)
            .collect();
        let first = all.clone();
        all.into_iter()
            .enumerate()
            .filter(move |(place, name)| !first.iter().take(*place).any(|other| other == name))
            .map(|(_, name)| name)
    }
}

/// One picture.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureEntry {
    /// The file, as seen from the folder.
    pub file: String,
    /// Who made it and what is allowed; visitors read it beside the picture.
    pub licence: String,
    /// `auto`, `easy`, `medium`, `hard`.
    pub level: String,
    /// Its title.
    pub title: Words,
    /// For who does not see it.
    pub alt: Words,
    /// Read after the reveal; may be missing.
    pub after: Words,
    /// The line of the file's name.
    pub line: usize,
}
