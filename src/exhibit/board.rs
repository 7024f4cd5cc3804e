//! The best of today, of the week and ever: like with like, one line a game.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::daily::day_of;
use super::names::initials;
use crate::journal::{Entry, Prompt, Round};

/// Lines that are shown.
pub const SHOWN: usize = 10;

/// What has to be the same for two games to be compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind {
    /// The exhibit.
    pub exhibit: String,
    /// How it was played.
    pub mode: String,
    /// What was asked.
    pub prompt: Prompt,
    /// The network.
    pub model: String,
    /// The method of the maps.
    pub method: String,
    /// The rule of the score.
    pub rule: u32,
    /// Rounds of the game.
    pub of: u32,
    /// For the daily challenge, whose pictures are the same for all, its day; 0 otherwise.
    pub day: i64,
}

/// A game that was played to its end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Game {
    /// Its session.
    pub session: String,
    /// Who played, as it stands on the board.
    pub name: String,
    /// Mean of the rounds' tolerant scores, 0-100.
    pub score: f64,
    /// Stars of all rounds.
    pub stars: u32,
    /// The exhibit's day.
    pub day: i64,
}

/// All games of an exhibit, ready for boards.
#[derive(Debug, Clone, Default)]
pub struct Boards {
    /// By session and game.
    games: BTreeMap<Kind, BTreeMap<(String, String), Growing>>,
    /// Names that were chosen after the game, by session and game.
    names: BTreeMap<(String, String), String>,
    hidden: BTreeSet<String>,
    utc_offset: i32,
}

#[derive(Debug, Clone, Default)]
struct Growing {
    name: String,
    scores: BTreeMap<u32, (f64, u8)>,
    day: i64,
}

/// The three boards.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Board {
    /// Of the day.
    pub today: Vec<Game>,
    /// Of the last seven days.
    pub week: Vec<Game>,
    /// Of all days.
    pub ever: Vec<Game>,
}

/// Which of the three boards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Span {
    /// Of the day.
    Today,
    /// Of the last seven days.
    Week,
    /// Of all days.
    Ever,
}

impl Board {
    /// One of the three.
    #[must_use]
    pub fn of(&self, span: Span) -> &[Game] {
        match span {
            Span::Today => &self.today,
            Span::Week => &self.week,
            Span::Ever => &self.ever,
        }
    }
}

impl Boards {
    /// Empty boards of an exhibit whose clock is `utc_offset` minutes ahead of UTC.
    #[must_use]
    pub fn new(utc_offset: i32) -> Self {
        Self {
            utc_offset,
            ..Self::default()
        }
    }

    /// The exhibit's day at a moment in milliseconds since 1970.
    #[must_use]
    pub fn today(&self, millis: i64) -> i64 {
        day_of(millis, self.utc_offset)
    }

    /// Takes a line of the journal: a round, a name that was chosen (`"e":"name"` with `name` and
    /// `game`), or an operator's wish to hide a session or show it again (`"e":"operator"` with `hide`
    /// or `show`). Names are looked at again: whatever got into the journal, what is rude is not shown.
    pub fn add(&mut self, entry: &Entry) {
        let named = |what: &str| entry.fields.get(what)?.as_str().map(str::to_owned);
        if entry.event == "name" {
            let name = named("name").and_then(|name| initials(&name));
            let game = named("game").unwrap_or_default();
            self.names
                .extend(name.map(|name| ((entry.session.clone(), game), name)));
            return;
        }
        if entry.event == "operator" {
            self.hidden.extend(named("hide"));
            if let Some(shown) = named("show") {
                self.hidden.remove(&shown);
            }
            return;
        }
        let Some(round) = entry.read::<Round>() else {
            return;
        };
        // The exact score and the forgiving one are no measure for each other.
        let Some(score) = round.tolerant.filter(|score| score.is_finite()) else {
            return;
        };
        let day = day_of(entry.millis(), self.utc_offset);
        let kind = Kind {
            exhibit: round.exhibit,
            prompt: round.prompt,
            model: round.model,
            method: round.method,
            rule: round.rule,
            of: round.of,
            day: if round.mode == "daily" { day } else { 0 },
            mode: round.mode,
        };
        let games = self.games.entry(kind).or_default();
        let game = match round.player {
            0 => round.game,
            player => format!("{} {player}", round.game),
        };
        let key = (entry.session.clone(), game);
        let game = games.entry(key).or_default();
        // A round that is played again does not count: one attempt.
        game.scores
            .entry(round.round)
            .or_insert((score, round.stars.unwrap_or(0)));
        game.name = round.nickname;
        game.day = day;
    }

    fn whole<'a>(&'a self, kind: &'a Kind) -> impl Iterator<Item = Game> + 'a {
        let games = self.games.get(kind).into_iter().flatten();
        games
            .filter(move |(_, game)| game.scores.len() >= kind.of as usize && kind.of > 0)
            .map(|(key, game)| Game {
                session: key.0.clone(),
                name: self.names.get(key).unwrap_or(&game.name).clone(),
                score: game.scores.values().map(|s| s.0).sum::<f64>() / game.scores.len() as f64,
                stars: game.scores.values().map(|s| u32::from(s.1)).sum(),
                day: game.day,
            })
    }

    /// The boards of a kind of game on a day: at most [`SHOWN`] each, the earlier game first where two
    /// are equal; what an operator has hidden is not there.
    #[must_use]
    pub fn of(&self, kind: &Kind, today: i64) -> Board {
        let mut games: Vec<Game> = self
            .whole(kind)
            .filter(|game| !self.hidden.contains(&game.session))
            .collect();
        games.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.day.cmp(&b.day)));
        let best = |from: i64| {
            let since = games.iter().filter(|game| game.day >= from);
            since.take(SHOWN).cloned().collect()
        };
        Board {
            today: best(today),
            week: best(today - 6),
            ever: best(i64::MIN),
        }
    }

    /// Of 100 games of a kind, how many have a lower score: for everybody, not only the best. `None` for
    /// fewer than ten games.
    #[must_use]
    pub fn better_than(&self, kind: &Kind, score: f64) -> Option<f64> {
        let (mut all, mut lower) = (0.0, 0.0);
        for game in self.whole(kind) {
            all += 1.0;
            lower += f64::from(u8::from(game.score < score));
        }
        (all >= 10.0).then(|| 100.0 * lower / all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Event, Journal, read};
    use serde::Deserialize;

    #[derive(Serialize, Deserialize)]
    struct Operator {
        hide: String,
    }

    impl Event for Operator {
        const NAME: &'static str = "operator";
    }

    fn round(n: u32, score: f64, name: &str, mode: &str) -> Round {
        Round {
            round: n,
            of: 2,
            nickname: name.to_owned(),
            mode: mode.to_owned(),
            tolerant: Some(score),
            stars: Some(1),
            ..Round::default()
        }
    }

    #[test]
    fn like_is_ranked_with_like_and_what_is_hidden_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path()).unwrap();
        let mut sessions = Vec::new();
        for (name, mode, scores) in [
            ("ADA", "single", &[40.0, 60.0][..]),
            ("BEN", "single", &[70.0, 80.0]),
            ("CAT", "single", &[99.0]),
            ("DAN", "duel", &[90.0, 90.0]),
            // Played again: the first counts.
            ("EVA", "single", &[10.0, 20.0]),
        ] {
            sessions.push(journal.begin().to_owned());
            for (i, score) in scores.iter().enumerate() {
                journal
                    .append(&round(i as u32 + 1, *score, name, mode))
                    .unwrap();
            }
        }
        journal.append(&round(1, 100.0, "EVA", "single")).unwrap();
        let boards = || {
            let mut boards = Boards::new(0);
            read(folder.path(), &mut |entry| boards.add(&entry)).unwrap();
            boards
        };
        let kind = |mode: &str| Kind {
            exhibit: String::new(),
            mode: mode.to_owned(),
            prompt: Prompt::Network,
            model: String::new(),
            method: String::new(),
            rule: 0,
            of: 2,
            day: 0,
        };
        let all = boards();
        let today = all.of(&kind("single"), 0).ever[0].day;
        let names = |games: &[Game]| games.iter().map(|g| g.name.clone()).collect::<Vec<_>>();
        let board = all.of(&kind("single"), today);
        assert_eq!(names(&board.today), ["BEN", "ADA", "EVA"]);
        assert_eq!((board.today[1].score, board.today[1].stars), (50.0, 2));
        assert_eq!(board.today[2].score, 15.0);
        assert_eq!(names(&all.of(&kind("duel"), today).ever), ["DAN"]);
        assert_eq!(all.of(&kind("daily"), today), Board::default());
        let later = all.of(&kind("single"), today + 6);
        assert_eq!(
            (later.today.len(), later.week.len(), later.ever.len()),
            (0, 3, 3)
        );
        assert_eq!(all.of(&kind("single"), today + 7).week.len(), 0);
        journal
            .append(&Operator {
                hide: sessions[1].clone(),
            })
            .unwrap();
        assert_eq!(
            names(&boards().of(&kind("single"), today).ever),
            ["ADA", "EVA"]
        );
        assert_eq!(all.better_than(&kind("single"), 60.0), None);
        for n in 0..10 {
            journal.begin();
            for i in 1..=2 {
                journal
                    .append(&round(i, f64::from(n), "X", "single"))
                    .unwrap();
            }
        }
        let many = boards();
        // 13 games, 11 of them below.
        assert_eq!(
            many.better_than(&kind("single"), 50.0),
            Some(100.0 * 11.0 / 13.0)
        );
        assert_eq!(many.of(&kind("single"), today).ever.len(), SHOWN);
    }
}
