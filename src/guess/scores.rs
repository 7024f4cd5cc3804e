//! Scores that are kept: one line of JSON for each round that was played.
//!
//! A round is written when it is over, through a temporary file that takes the old one's place:
//! whoever ends the program at any moment finds every round but the one that was being played.
//! A file that was cut off or changed by somebody else loses nothing that can still be read. What is
//! in it stays byte for byte and in its order, also what cannot be read and what a newer version
//! wrote; windows that keep rounds at the same moment do it one after the other.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::score::RULE;
use crate::files::write_atomic;
use crate::home::Home;
use crate::store::hold;

/// Larger files are not read: a hundred thousand rounds.
const MAX_BYTES: u64 = 64 << 20;

/// Longest name of a player, in characters.
pub const MAX_NAME: usize = 24;

/// One round that was played.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Played {
    /// The game it belongs to: seconds and nanoseconds of its start, so that two games differ.
    pub game: String,
    /// Which round of the game, from 1.
    pub round: u32,
    /// How many rounds the game has.
    pub of: u32,
    /// When the round was over, as `2026-11-23T09:10:00Z` (UTC).
    pub date: String,
    /// Who played.
    pub nickname: String,
    /// The network whose eyes were guessed: its identifier.
    pub model: String,
    /// How the answer was computed: the method's identifier.
    pub method: String,
    /// Name of the picture.
    pub picture: String,
    /// SHA-256 of the picture.
    pub sha256: String,
    /// 0-100.
    pub score: f64,
    /// The rule that made the score, [`super::score::RULE`]; rounds of early versions have none.
    #[serde(default)]
    pub rule: u32,
    /// Of each colour in the answer, the share that was found, most important first, 0-1.
    pub found: [f64; 4],
    /// Hints that were asked for.
    pub hints: u32,
    /// Seconds that the round took.
    pub seconds: f64,
}

/// A game: its rounds taken together.
#[derive(Debug, Clone, PartialEq)]
pub struct GameScore {
    /// The game.
    pub game: String,
    /// Who played.
    pub nickname: String,
    /// The network.
    pub model: String,
    /// Mean score of the rounds, 0-100.
    pub score: f64,
    /// Rounds that were played.
    pub rounds: u32,
    /// Hints that were asked for.
    pub hints: u32,
    /// The day of the last round, as `2026-11-23`.
    pub day: String,
}

/// The rounds that were kept.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScoreBook {
    played: Vec<Played>,
    /// Numbers, from 1, of lines that could not be read.
    unreadable: Vec<usize>,
}

/// Why scores could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum ScoresError {
    /// The file could not be read.
    #[error("the scores in {} could not be read: {source}; move the file away to start anew", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file could not be written.
    #[error("the score could not be kept in {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl ScoreBook {
    /// Where the scores of this user lie.
    #[must_use]
    pub fn path(home: &Home) -> PathBuf {
        home.data.join("scores.jsonl")
    }

    /// Reads the rounds at `path`; a missing file has none.
    ///
    /// # Errors
    /// [`ScoresError::Read`] when the file is there and cannot be read, or is too large.
    pub fn load(path: &Path) -> Result<Self, ScoresError> {
        Ok(Self::of(&read(path)?))
    }

    fn of(bytes: &[u8]) -> Self {
        let mut book = Self::default();
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if line.trim_ascii().is_empty() {
                continue;
            }
            match serde_json::from_slice::<Played>(line) {
                Ok(played) if played.score.is_finite() => book.played.push(played),
                _ => book.unreadable.push(index + 1),
            }
        }
        book
    }

    /// Adds a round to what `path` holds now (another window may have written there since) and
    /// writes it, one process after the other.
    ///
    /// # Errors
    /// [`ScoresError`]; the file is then as it was, and the round is in the book all the same.
    pub fn keep(&mut self, path: &Path, played: Played) -> Result<(), ScoresError> {
        let kept = append(path, &played);
        match kept {
            Ok(ref bytes) => *self = Self::of(bytes),
            // Not written over: whatever is there is somebody's.
            Err(_) => self.played.push(played),
        }
        kept.map(|_| ())
    }

    /// What a person should be told about the file at `path` that was read.
    #[must_use]
    pub fn trouble(&self, path: &Path) -> Option<String> {
        let lines = match self.unreadable.as_slice() {
            [] => return None,
            [line] => format!("line {line}"),
            [first, .., last] => {
                format!("{} lines ({first} to {last})", self.unreadable.len())
            }
        };
        Some(format!(
            "{}: {lines} cannot be read and will stay there as they are. {} rounds are read.",
            path.display(),
            self.played.len()
        ))
    }

    /// The rounds, oldest first.
    #[must_use]
    pub fn played(&self) -> &[Played] {
        &self.played
    }

    /// The games whose rounds were all played, best first (the earlier one where two are equal),
    /// against `model` or, where that is `None`, against any. Games scored by another rule stay in
    /// the file and out of the list: their figures mean something else.
    #[must_use]
    pub fn best(&self, model: Option<&str>) -> Vec<GameScore> {
        let mut games: Vec<(u32, GameScore)> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for played in &self.played {
            let other = model.is_some_and(|model| model != played.model);
            if other || played.rule != RULE {
                continue;
            }
            let day = played.date.get(..10).unwrap_or(&played.date).to_owned();
            let place = *places.entry(&played.game).or_insert(games.len());
            if let Some((_, game)) = games.get_mut(place) {
                let before = f64::from(game.rounds);
                game.score = (game.score * before + played.score) / (before + 1.0);
                game.rounds += 1;
                game.hints += played.hints;
                game.day = day;
            } else {
                let game = GameScore {
                    game: played.game.clone(),
                    nickname: played.nickname.clone(),
                    model: played.model.clone(),
                    score: played.score,
                    rounds: 1,
                    hints: played.hints,
                    day,
                };
                games.push((played.of, game));
            }
        }
        let mut whole: Vec<GameScore> = games
            .into_iter()
            .filter(|(of, game)| game.rounds >= *of)
            .map(|(_, game)| game)
            .collect();
        whole.sort_by(|a, b| b.score.total_cmp(&a.score));
        whole
    }
}

/// The bytes of the file; none where there is no file.
fn read(path: &Path) -> Result<Vec<u8>, ScoresError> {
    match crate::files::read(path, MAX_BYTES) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read.map_err(|source| ScoresError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Adds a line to the file and returns what is in it now.
fn append(path: &Path, played: &Played) -> Result<Vec<u8>, ScoresError> {
    let failed = |source| ScoresError::Write {
        path: path.to_owned(),
        source,
    };
    let _held = hold(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
    let mut bytes = read(path)?;
    if bytes.last().is_some_and(|last| *last != b'\n') {
        bytes.push(b'\n');
    }
    serde_json::to_writer(&mut bytes, played).map_err(|error| failed(error.into()))?;
    bytes.push(b'\n');
    write_atomic(path, |file| file.write_all(&bytes)).map_err(failed)?;
    Ok(bytes)
}

/// A moment as `2026-11-23T09:10:00Z`. Moments before 1970 count as 1970.
#[must_use]
pub fn timestamp(moment: SystemTime) -> String {
    let seconds = moment
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Year, month and day of a number of days since 1970-01-01 in the Gregorian calendar: years are
/// counted from March, so that the day that may be missing is the last (Hinnant, "chrono-Compatible
/// Low-Level Date Algorithms").
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

/// A name as it is kept: one line of at most [`MAX_NAME`] characters; "Guest" where there is none.
#[must_use]
pub fn clean_name(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let line: String = words
        .join(" ")
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_NAME)
        .collect();
    if line.is_empty() {
        "Guest".to_owned()
    } else {
        line
    }
}

#[cfg(test)]
mod tests;
