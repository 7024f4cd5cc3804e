//! What is played: the exhibit as it was checked and prepared, in a form that the shell needs.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ndarray::{Array2, Ix2};

use super::piece::{About, Piece};
use super::rivals::{Rival, of_network};
use super::rooms::Styled;
use super::state::Mode;
use crate::exhibit::bake::{BAKE, Baked};
use crate::exhibit::bake_rooms::BakedAnswer;
use crate::exhibit::check::Checked;
use crate::exhibit::daily;
use crate::exhibit::error::ExhibitError;
use crate::exhibit::hours::{Hours, Summer};
use crate::exhibit::manifest::{Exhibit, Words};
use crate::exhibit::texts::Texts;
use crate::guess::Regions;
use crate::guess::crowd::shuffled;
use crate::journal::Prompt;

/// What is played.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own in exhibit.toml"
)]
pub struct Program {
    /// The exhibit's `id`.
    pub id: String,
    /// Its title.
    pub title: Words,
    /// The texts of each language, the first being where it starts; at least one.
    pub texts: Vec<Texts>,
    /// How it can be played; at least one.
    pub modes: Vec<Mode>,
    /// What can be asked; at least one.
    pub prompts: Vec<Prompt>,
    /// Rounds of a game.
    pub rounds: usize,
    /// Whom visitors play against.
    pub rivals: Vec<Rival>,
    /// Whose names stand on the board.
    pub board: BoardNames,
    /// What is offered to who needs it.
    pub aids: Aids,
    /// Whether strokes are kept.
    pub strokes: bool,
    /// Whether results can be carried home as a code.
    pub shares: bool,
    /// Whether a PIN is set: without one nobody can leave.
    pub pin: bool,
    /// Times.
    pub times: Times,
    /// The pictures that are played, at least one; then what only rooms show.
    pub pieces: Vec<Piece>,
    /// How many of them are played.
    pub(super) played: usize,
    /// For each picture of the room of answers its pieces, the network's first answer first.
    pub answers: Vec<Vec<usize>>,
    /// Pictures in the skin of others.
    pub styles: Vec<Styled>,
    /// Whether parts of pictures can be covered, in a room of its own.
    pub what_if: bool,
    /// What answers of the network are called, where the curator wrote it.
    pub labels: BTreeMap<String, Words>,
    /// What is said where a language has no text.
    pub(super) english: Texts,
}

/// Other ways to play.
#[derive(Debug, Clone, Copy)]
pub struct Aids {
    /// Everything is read aloud.
    pub speech: bool,
    /// Buttons are offered one after the other, to be taken with one switch.
    pub switch: bool,
}

/// Whose names stand on the board.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BoardNames {
    /// There is no board.
    None,
    /// Generated ones.
    #[default]
    Generated,
    /// Three letters from a wheel.
    Initials,
}

/// Times of an exhibit.
#[derive(Debug, Clone, PartialEq)]
pub struct Times {
    /// Nobody touches while playing.
    pub idle_play: Duration,
    /// Nobody touches while reading.
    pub idle_read: Duration,
    /// "Are you still there?"
    pub countdown: Duration,
    /// A round; zero has no limit.
    pub round: Duration,
    /// When it is lit.
    pub open: Hours,
    /// Minutes that local time is ahead of UTC, in winter.
    pub utc_offset: i32,
    /// When clocks are put forward.
    pub summer: Summer,
}

impl Program {
    /// Reads what was prepared for an exhibit; nothing outside its folder is read. `pin` says whether
    /// there is a PIN. Pictures without a map that can be played are left out.
    ///
    /// # Errors
    /// [`ExhibitError::NotBaked`] when nothing is prepared that could be played,
    /// [`ExhibitError::Faults`] when the folder has faults.
    pub fn open(checked: Checked, pin: bool) -> Result<Self, ExhibitError> {
        let checked = checked.good()?;
        let baked = Baked::read(&checked.folder)?;
        let exhibit = &checked.exhibit;
        let model = exhibit.play.models.first().map_or("", String::as_str);
        let mut pieces = Vec::new();
        for (entry, picture) in exhibit.pictures.iter().zip(&checked.pictures) {
            let found = picture
                .as_ref()
                .and_then(|p| baked.find(&p.sha256, model, &exhibit.play.method));
            let Some(found) = found else {
                continue;
            };
            let (record, map) = baked.map(found)?;
            let about = About {
                file: entry.file.clone(),
                sha256: found.sha256.clone(),
                licence: entry.licence.clone(),
                title: entry.title.clone(),
                alt: entry.alt.clone(),
                after: entry.after.clone(),
                model: found.model.clone(),
                method: found.method.clone(),
                label: found.label.clone(),
                chance: found.probability,
                says: exhibit
                    .labels
                    .get(&found.label)
                    .cloned()
                    .unwrap_or_default(),
                level: entry.level.clone(),
                region: Some(record.region),
            };
            let parts = read_parts(&baked.file(&found.parts)?)?;
            let grid = exhibit.play.grid as usize;
            let mut piece = Piece::with_fields(about, map.values.view(), parts, grid)?;
            for rival in exhibit.play.networks().filter(|name| *name != model) {
                let other = baked.find(&found.sha256, rival, &exhibit.play.method);
                let Some(other) = other else { continue };
                let (theirs, map) = baked.map(other)?;
                let map = map.values.view();
                if let Some(painting) = of_network(map, theirs.region, &piece.answer, record.region)
                {
                    piece.add_network(rival, &painting);
                }
            }
            pieces.push(piece);
        }
        if pieces.is_empty() {
            return Err(ExhibitError::NotBaked(checked.folder.clone()));
        }
        let texts = exhibit.languages.iter().map(|l| checked.texts(l)).collect();
        let mut program = Self::of(exhibit, texts, pieces, pin);
        program.furnish(exhibit, &baked)?;
        Ok(program)
    }

    /// How many of the pieces are played; what comes after them is only looked at.
    #[must_use]
    pub fn played(&self) -> usize {
        self.played
    }

    /// Adds what the rooms show that are wanted, as far as it was prepared.
    fn furnish(&mut self, exhibit: &Exhibit, baked: &Baked) -> Result<(), ExhibitError> {
        let has = |room: &str| exhibit.play.rooms.iter().any(|other| other == room);
        for number in 0..self.played {
            let Some(about) = self.pieces.get(number).map(|piece| piece.about.clone()) else {
                continue;
            };
            let entry = baked.find(&about.sha256, &about.model, &about.method);
            let Some(entry) = entry.filter(|entry| has("see-why") && !entry.answers.is_empty())
            else {
                continue;
            };
            let mut answers = vec![number];
            for answer in &entry.answers {
                answers.push(self.add_look(about.clone(), exhibit, baked, answer)?);
            }
            self.answers.push(answers);
        }
        let played = |program: &Self, sha256: &str| {
            let mut pieces = program.pieces.iter().take(program.played);
            pieces.position(|piece| piece.about.sha256 == sha256)
        };
        for style in baked.styles.iter().filter(|_| has("stylize")) {
            let pair = played(&*self, &style.shape).zip(played(&*self, &style.skin));
            let Some((shape, skin)) = pair else { continue };
            let Some(about) = self.pieces.get(shape).map(|piece| piece.about.clone()) else {
                continue;
            };
            let about = About {
                file: format!("{BAKE}/{}", style.picture),
                ..about
            };
            // What it names is not opened before it is known to lie in the folder.
            baked.file(&style.picture)?;
            let piece = self.add_look(about, exhibit, baked, &style.answer)?;
            self.styles.push(Styled { shape, skin, piece });
        }
        Ok(())
    }

    /// Adds a piece that is only looked at; its number.
    fn add_look(
        &mut self,
        about: About,
        exhibit: &Exhibit,
        baked: &Baked,
        answer: &BakedAnswer,
    ) -> Result<usize, ExhibitError> {
        let (record, map) = baked.answer(answer)?;
        let says = exhibit.labels.get(&answer.label).cloned();
        let about = About {
            label: answer.label.clone(),
            says: says.unwrap_or_default(),
            chance: answer.probability,
            region: Some(record.region),
            ..about
        };
        self.pieces
            .push(Piece::to_look_at(about, map.values.view())?);
        Ok(self.pieces.len() - 1)
    }

    /// Of an exhibit's settings, its texts and its pictures.
    #[must_use]
    pub fn of(exhibit: &Exhibit, texts: Vec<Texts>, pieces: Vec<Piece>, pin: bool) -> Self {
        let seconds = |s: f64| Duration::try_from_secs_f64(s).unwrap_or_default();
        let own_eyes = |prompt: &String| match prompt.as_str() {
            "own-eyes" => Prompt::OwnEyes,
            _ => Prompt::Network,
        };
        let play = &exhibit.play;
        let mut modes: Vec<Mode> = play.modes.iter().filter_map(|m| Mode::named(m)).collect();
        if modes.is_empty() {
            modes.push(Mode::Single);
        }
        let mut prompts: Vec<Prompt> = play.prompts.iter().map(own_eyes).collect();
        if prompts.is_empty() {
            prompts.push(Prompt::Network);
        }
        Self {
            id: exhibit.id.clone(),
            title: exhibit.title.clone(),
            texts,
            modes,
            prompts,
            rounds: (play.rounds as usize).clamp(1, pieces.len().max(1)),
            rivals: play.opponents.iter().map(|o| Rival::named(o)).collect(),
            board: match play.board.as_str() {
                "none" => BoardNames::None,
                "initials" => BoardNames::Initials,
                _ => BoardNames::Generated,
            },
            aids: Aids {
                speech: exhibit.speech,
                switch: exhibit.switch,
            },
            strokes: exhibit.strokes,
            shares: play.share != "none",
            pin,
            times: Times {
                idle_play: seconds(exhibit.times.idle_play),
                idle_read: seconds(exhibit.times.idle_read),
                countdown: seconds(exhibit.times.countdown),
                round: seconds(exhibit.times.round),
                open: exhibit.times.open.clone(),
                utc_offset: exhibit.utc_offset,
                summer: exhibit.summer,
            },
            played: pieces.len(),
            pieces,
            answers: Vec::new(),
            styles: Vec::new(),
            what_if: play.rooms.iter().any(|room| room == "what-if"),
            labels: exhibit.labels.clone(),
            english: Texts::new("en", None),
        }
    }

    /// Which pictures a game has, the easiest first. `number` counts the games since the start, `wall`
    /// is the clock in seconds since 1970.
    #[must_use]
    pub fn deal(&self, mode: Mode, number: u64, wall: i64) -> Vec<usize> {
        let mut dealt: Vec<usize> = if mode == Mode::Daily {
            let hashes: Vec<String> = self
                .pieces
                .iter()
                .take(self.played)
                .map(|piece| piece.about.sha256.clone())
                .collect();
            let today = daily::day_of(wall.saturating_mul(1000), self.times.utc_offset);
            let order = daily::pictures(&self.id, today, &hashes, self.rounds);
            order
                .iter()
                .filter_map(|hash| hashes.iter().position(|own| own == hash))
                .collect()
        } else {
            // Pass after pass through all pictures, each in an order of its own: nobody who watched
            // the game before gets the same ones.
            let all = self.played.max(1);
            let first = number.saturating_mul(self.rounds as u64);
            let mut dealt = Vec::new();
            let mut place = first;
            while dealt.len() < self.rounds.min(all) {
                let (pass, at) = (place / all as u64, (place % all as u64) as usize);
                let next = shuffled(pass ^ 0x5a11, all).get(at).copied().unwrap_or(0);
                if !dealt.contains(&next) {
                    dealt.push(next);
                }
                place += 1;
            }
            dealt
        };
        let hard = |piece: &usize| self.pieces.get(*piece).map_or(0.0, |p| p.difficulty);
        dealt.sort_by(|a, b| hard(a).total_cmp(&hard(b)));
        dealt
    }
}

/// Parts as [`bake`](crate::exhibit::bake()) keeps them.
fn read_parts(path: &Path) -> Result<Regions, ExhibitError> {
    let labels: Array2<f32> =
        crate::npy::read_f32_axes::<Ix2>(path, "[height, width]").map_err(|error| {
            ExhibitError::Io {
                path: path.to_owned(),
                source: std::io::Error::other(error.to_string()),
            }
        })?;
    Ok(Regions::new(labels.mapv(|label| label as u32).view())?)
}

/// Shared between the window and the shell.
pub type Shared = Arc<Program>;

#[cfg(test)]
mod tests {
    use super::super::testing::program;
    use super::*;

    #[test]
    fn every_game_has_other_pictures_and_begins_with_the_easiest() {
        let program = program(&["en"]);
        let all = program.pieces.len();
        let mut seen = std::collections::BTreeMap::new();
        for number in 0..200 {
            let dealt = program.deal(Mode::Single, number, 0);
            assert_eq!(dealt, program.deal(Mode::Single, number, 99), "{number}");
            assert_eq!(dealt.len(), program.rounds);
            assert!(dealt.is_sorted_by(|a, b| {
                program.pieces[*a].difficulty <= program.pieces[*b].difficulty
            }));
            for piece in &dealt {
                *seen.entry(*piece).or_insert(0) += 1;
            }
        }
        assert_eq!(seen.len(), all);
        let (least, most) = (seen.values().min().unwrap(), seen.values().max().unwrap());
        assert!(most - least < 60, "{seen:?}");
    }

    #[test]
    fn the_daily_game_is_the_days() {
        let program = program(&["en"]);
        let noon = |day: i64| day * 86_400 + 43_200;
        let today = program.deal(Mode::Daily, 1, noon(20_783));
        assert_eq!(today, program.deal(Mode::Daily, 77, noon(20_783) + 3600));
        let others = (1..60).filter(|d| program.deal(Mode::Daily, 1, noon(20_783 + d)) != today);
        assert!(others.count() > 30);
    }
}
