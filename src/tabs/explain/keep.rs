//! A game kept in files: of each picture that is over what was painted, the same held against the answer,
//! and every figure.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::RgbImage;
use serde_json::{Value, json};

use super::state::{Explain, Game, Outcome, Round};
use super::table::{Seat, Table};
use crate::files::{file_name, made_by, write_atomic, write_png};
use crate::guess::scores::clean_name;
use crate::guess::{FORMULA, Painting};
use crate::jobs::Jobs;
use crate::tabs::save::made;

/// Told where there is nothing to save.
pub(super) const NOTHING: &str = "There is nothing to save before an answer is shown.";

/// The pictures of a game that are over.
pub(super) struct GameShot {
    name: String,
    pictures: Vec<PictureShot>,
    /// All but the pictures.
    record: Value,
}

/// One of them.
struct PictureShot {
    /// What its files are called, without their endings.
    stem: String,
    painting: Arc<Painting>,
    /// The painting over the picture, and that against the answer; `None` while they are drawn.
    cards: Option<[Arc<RgbImage>; 2]>,
}

impl GameShot {
    /// What is over by now; `None` where nothing is.
    pub(super) fn of(explain: &Explain, table: &Table) -> Option<Self> {
        let game = explain.game.as_ref()?;
        let mean = game.mean()?;
        let over = game.rounds.iter().enumerate().filter_map(|(place, round)| {
            let outcome = round.outcome.as_ref()?;
            Some((place, round, outcome, table.seats.get(&place)?))
        });
        let mut pictures = Vec::new();
        let mut records = Vec::new();
        for (place, round, outcome, seat) in over {
            let stem = file_name(&format!("{} {}", place + 1, round.name));
            records.push(record(&stem, round, outcome, seat));
            pictures.push(PictureShot {
                stem,
                painting: outcome.painting.clone(),
                cards: seat.cards.clone(),
            });
        }
        let player = clean_name(&explain.setup.nickname);
        Some(Self {
            name: format!("{player} against {}", game.model.1),
            pictures,
            record: json!({
                "made_by": made_by(),
                "player": player,
                "model": game.model.0,
                "method": game.question.method.id(),
                "pictures_in_the_game": game.rounds.len(),
                "mean_score": mean,
                "formula": FORMULA,
                "eyes": eyes(game),
                "pictures": records,
            }),
        })
    }

    /// Asks for a folder and writes the game into a new one inside it. Call it on the main thread, which
    /// macOS asks for.
    pub(super) fn save(self, jobs: &Jobs) {
        let write = move |parent: &Path| self.write(parent);
        jobs.background.save(crate::ui::folder_dialog(), write);
    }

    /// Writes the game into a new folder inside `parent` and returns that.
    ///
    /// # Errors
    /// Why it could not be written, in one line.
    fn write(&self, parent: &Path) -> Result<PathBuf, String> {
        let folder = made(parent, &self.name)?;
        let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
        for PictureShot {
            stem,
            painting,
            cards,
        } in &self.pictures
        {
            let path = |what: &str| folder.join(format!("{stem}, {what}.png"));
            write_png(&path("guess"), &painting.to_rgba()).map_err(failed)?;
            if let Some([guess, answer]) = cards {
                write_png(&path("guess on it"), &**guess).map_err(failed)?;
                write_png(&path("against the answer"), &**answer).map_err(failed)?;
            }
        }
        let mut text = serde_json::to_string_pretty(&self.record)
            .map_err(|error| format!("{}: {error}", folder.display()))?;
        text.push('\n');
        write_atomic(&folder.join("game.json"), |file| {
            std::io::Write::write_all(file, text.as_bytes())
        })
        .map_err(failed)?;
        Ok(folder)
    }
}

/// Mean scores against the other networks, most alike first.
fn eyes(game: &Game) -> Vec<Value> {
    let rivals = game.rivals().into_iter();
    rivals
        .map(|(network, score)| json!({ "network": network, "mean_score": score }))
        .collect()
}

fn record(stem: &str, round: &Round, outcome: &Outcome, seat: &Seat) -> Value {
    let eyes: Vec<Value> = outcome
        .rivals
        .iter()
        .filter_map(|rival| {
            let score = rival.score.as_ref()?.as_ref().ok()?;
            Some(json!({ "network": rival.model, "score": score }))
        })
        .collect();
    json!({
        "picture": round.name,
        "sha256": seat.picture.as_ref().map(|picture| picture.sha256.clone()),
        // Left, top, right and bottom of what the network saw, in fractions of the picture.
        "seen": round.region,
        "guess": format!("{stem}, guess.png"),
        "said": outcome.said,
        "score": outcome.score,
        "yardsticks": round.yardsticks,
        "seconds": outcome.seconds,
        "hints": round.hints,
        "eyes": eyes,
    })
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::super::state::Phase;
    use super::super::tests::game;
    use super::*;
    use crate::guess::Band;

    /// A game of two pictures whose first is over.
    fn begun() -> (Explain, Table) {
        let mut game = game(2);
        let (mut painting, score) = {
            let board = game.rounds[0].board.as_ref().unwrap();
            (board.painting().clone(), board.score())
        };
        painting.set(0, Some(Band::Red));
        game.phase = Phase::Revealed;
        game.rounds[0].hints = 1;
        game.rounds[0].outcome = Some(Outcome {
            score,
            seconds: 12.5,
            said: "egyptian cat, 39 % sure".to_owned(),
            painting: Arc::new(painting),
            rivals: Vec::new(),
            cards: None,
        });
        let card = Arc::new(RgbImage::from_pixel(4, 4, Rgb([9; 3])));
        let seat = Seat {
            cards: Some([card.clone(), card]),
            ..Seat::default()
        };
        let mut table = Table::default();
        table.seats.insert(0, seat);
        let explain = Explain {
            game: Some(game),
            ..Explain::default()
        };
        (explain, table)
    }

    #[test]
    fn what_is_over_is_saved_and_can_be_scored_again() {
        let (explain, table) = begun();
        let folder = tempfile::tempdir().unwrap();
        let shot = GameShot::of(&explain, &table).unwrap();
        let first = shot.write(folder.path()).unwrap();
        assert_eq!(first.file_name().unwrap(), "Guest against Network A");
        let text = std::fs::read_to_string(first.join("game.json")).unwrap();
        let record: Value = serde_json::from_str(&text).unwrap();
        let pictures = record["pictures"].as_array().unwrap();
        assert_eq!(pictures.len(), 1, "the other one is not over");
        assert_eq!(
            (&record["player"], &pictures[0]["hints"]),
            (&"Guest".into(), &1.into())
        );
        assert!(pictures[0]["score"]["score"].is_number(), "{record}");
        let guess = first.join(pictures[0]["guess"].as_str().unwrap());
        let opened = Painting::open(&guess).unwrap();
        assert_eq!(opened.painting.get(0), Some(Band::Red));
        assert_eq!((opened.painting.get(1), opened.unknown), (None, 0));
        let files = std::fs::read_dir(&first).unwrap().count();
        assert_eq!(files, 4, "guess, both cards, figures");
        // Again, beside it.
        let second = shot.write(folder.path()).unwrap();
        assert_ne!(first, second);
    }

    #[test]
    fn before_an_answer_is_shown_there_is_nothing() {
        let explain = Explain {
            game: Some(game(2)),
            ..Explain::default()
        };
        assert!(GameShot::of(&explain, &Table::default()).is_none());
        assert!(GameShot::of(&Explain::default(), &Table::default()).is_none());
    }
}
