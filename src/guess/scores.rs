//! Scores that are kept: the rounds in the journal.
//!
//! A round is on the disk when it is over: whoever ends the program at any moment finds every round
//! but the one that was being played. Rounds of versions before the journal, in `scores.jsonl`, are
//! taken over once; that file stays as it is. Windows that keep rounds at the same moment do it one
//! after the other, and each sees what the others kept.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::score::RULE;
use crate::home::Home;
use crate::journal::{Entry, Event as _, Follow, IMPORTED_LINE, Journal, Round, import_scores};
pub use crate::journal::{JournalError as ScoresError, timestamp};

/// Longest name of a player, in characters.
pub const MAX_NAME: usize = 24;

/// One round that was played, as the journal has it; of those that were read neither painting nor strokes.
/// Rounds of early versions have no rule, [`super::score::RULE`].
pub type Played = Round;

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
    /// Lines that could not be read: file and number, from 1.
    unreadable: Vec<(String, u64)>,
    follow: Follow,
}

impl ScoreBook {
    /// Where the scores of this user lay before there was a journal; the journal's folder is beside
    /// it.
    #[must_use]
    pub fn path(home: &Home) -> PathBuf {
        home.data.join("scores.jsonl")
    }

    /// The folder of the journal beside `path`.
    #[must_use]
    pub fn journal(path: &Path) -> PathBuf {
        path.with_file_name("journal")
    }

    /// Reads the rounds of the journal beside `path`, and takes those over that an earlier version
    /// kept in `path`. Where nothing is, there are none.
    ///
    /// # Errors
    /// [`ScoresError`] when something is there and cannot be read or taken over.
    pub fn load(path: &Path) -> Result<Self, ScoresError> {
        let folder = Self::journal(path);
        import_scores(path, &folder)?;
        let mut book = Self::default();
        book.go_on(&folder)?;
        Ok(book)
    }

    /// Reads what the journal holds since the last reading.
    fn go_on(&mut self, folder: &Path) -> Result<(), ScoresError> {
        let (played, unreadable) = (&mut self.played, &mut self.unreadable);
        let reading = self.follow.read(folder, &mut |entry| match of(&entry) {
            Some(Ok(round)) => played.push(round),
            Some(Err(line)) => unreadable.push(line),
            None => {}
        })?;
        let faults = reading.faults.into_iter();
        unreadable.extend(faults.map(|fault| (fault.file, fault.line)));
        Ok(())
    }

    /// Adds a round to the journal beside `path`, one process after the other, and reads what other
    /// windows have kept since.
    ///
    /// # Errors
    /// [`ScoresError`]; the round is in the book all the same.
    pub fn keep(&mut self, path: &Path, played: Played) -> Result<(), ScoresError> {
        let folder = Self::journal(path);
        let kept = Journal::open(&folder).and_then(|mut journal| {
            journal.go_on(&played.game, u64::from(played.round));
            journal.append_round(&played)
        });
        match kept {
            Ok(_) => self.go_on(&folder),
            Err(error) => {
                self.played.push(played);
                Err(error)
            }
        }
    }

    /// What a person should be told about the files beside `path` that were read.
    #[must_use]
    pub fn trouble(&self, path: &Path) -> Option<String> {
        let place = |(file, line): &(String, u64)| format!("line {line} of {file}");
        let lines = match self.unreadable.as_slice() {
            [] => return None,
            [line] => place(line),
            [first, .., last] => format!(
                "{} lines ({} to {})",
                self.unreadable.len(),
                place(first),
                place(last)
            ),
        };
        Some(format!(
            "{}: {lines} cannot be read and will stay there as they are. {} rounds are read.",
            path.parent().unwrap_or(path).display(),
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

/// The round of an entry, or where the line is that cannot be read; `None` for other events.
fn of(entry: &Entry) -> Option<Result<Played, (String, u64)>> {
    if entry.event == IMPORTED_LINE {
        let number = entry.fields.get("number").and_then(Value::as_u64);
        return Some(Err(("scores.jsonl".to_owned(), number.unwrap_or(0))));
    }
    if entry.event != Round::NAME {
        return None;
    }
    let round: Option<Round> = entry.read();
    // A round of a format of tomorrow: its line is whole and stays.
    let day = || crate::journal::day_name(entry.day);
    Some(match round.filter(|round| round.score.is_finite()) {
        Some(round) => Ok(Played {
            painting: Vec::new(),
            strokes: Vec::new(),
            more: Map::new(),
            ..round
        }),
        None => Err((
            format!("session {} on {}", entry.session, day()),
            entry.number,
        )),
    })
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
