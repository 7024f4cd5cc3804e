//! What is kept of a round, and what it is compared with.

use std::time::{Duration, UNIX_EPOCH};

use super::input::{Effect, Record};
use super::piece::Piece;
use super::state::{Game, Guess, Mark, Mode, Phase, Room, Screen};
use super::turn::Shell;
use crate::exhibit::board::Kind;
use crate::exhibit::daily::day_of;
use crate::guess::{PaintingGrid, RULE, thinned};
use crate::journal::{Round, Stroke, timestamp};

/// How far a thinned stroke may lie from what was painted, in thousandths of the picture.
const THINNED: f32 = 4.0;
/// Points of all strokes of a kept guess, at most: about 5 KB.
const MOST_POINTS: usize = 400;
/// Scores of other people that are remembered for a picture.
const MOST_OTHERS: usize = 2000;

impl Shell {
    /// Compares all guesses of the round with the answer, and keeps them.
    pub(super) fn judge(&mut self, effects: &mut Vec<Effect>) {
        let program = self.program.clone();
        let called = self.calls_fields();
        let Some(game) = self.visit.game.clone() else {
            return;
        };
        let Some((round, piece)) = game
            .round()
            .and_then(|round| Some((round, program.pieces.get(round.piece)?)))
        else {
            return;
        };
        // A game deals no picture twice; a second game may.
        let first = self.visit.games <= 1;
        let asked = (round.piece, self.visit.prompt);
        let rivals = self.rivals(round.piece);
        let before = self.house.others.get(&asked).cloned();
        let others = before.unwrap_or_default();
        let mut judged_all = Vec::new();
        for (player, guess) in round.guesses.iter().enumerate() {
            let (judged, grid) = piece.judge(guess, called, first, &others);
            let kept = self.record(&game, player, piece, guess, &judged, &grid);
            effects.push(Effect::Keep(Record::Round(Box::new(kept))));
            judged_all.push((judged, grid));
        }
        let scores = self.house.others.entry(asked).or_default();
        let crowd = self.house.crowds.entry(asked).or_default();
        for (judged, grid) in &judged_all {
            // What is no guess is nobody's measure.
            if judged.flags.is_empty() {
                crowd.add(grid);
                if scores.len() < MOST_OTHERS {
                    scores.push(judged.tolerant);
                }
            }
        }
        if let Some(game) = &mut self.visit.game
            && let Some(round) = game.rounds.get_mut(game.at)
        {
            round.rivals = rivals;
            for (guess, (judged, _)) in round.guesses.iter_mut().zip(judged_all) {
                guess.judged = Some(judged);
            }
        }
    }

    /// Names a game of the session.
    pub(super) fn game_number(&self) -> String {
        self.visit.games.to_string()
    }

    pub(super) fn record(
        &self,
        game: &Game,
        player: usize,
        piece: &Piece,
        guess: &Guess,
        judged: &super::state::Judged,
        grid: &PaintingGrid,
    ) -> Round {
        let about = &piece.about;
        let wall = u64::try_from(self.house.wall).unwrap_or(0);
        let title = self.program.texts.first().map_or("en", |t| t.language());
        let strokes = if self.program.strokes {
            kept_strokes(&guess.marks)
        } else {
            Vec::new()
        };
        Round {
            game: self.game_number(),
            player: if self.visit.players > 1 {
                player as u32 + 1
            } else {
                0
            },
            round: game.at as u32 + 1,
            of: game.rounds.len() as u32,
            date: timestamp(UNIX_EPOCH + Duration::from_secs(wall.min(253_402_300_799))),
            nickname: game.name.clone(),
            model: about.model.clone(),
            method: about.method.clone(),
            picture: about.title.get(title).unwrap_or(&about.file).clone(),
            sha256: about.sha256.clone(),
            score: judged.exact,
            rule: RULE,
            found: judged.found,
            hints: 0,
            seconds: guess.seconds,
            prompt: self.visit.prompt,
            mode: self.mode_id().to_owned(),
            exhibit: self.program.id.clone(),
            input: if self.calls_fields() {
                "called".to_owned()
            } else {
                guess.input.id().to_owned()
            },
            first: self.visit.games <= 1,
            tolerant: Some(judged.tolerant),
            stars: Some(judged.stars),
            painting: grid.runs(),
            strokes,
            flags: judged.flags.clone(),
            more: serde_json::Map::new(),
        }
    }

    /// The board of games like the one that is played, and the mean score it is compared by.
    pub(super) fn wanted_board(&self) -> Effect {
        let mode = self.mode_id();
        let day = day_of(
            self.house.wall.saturating_mul(1000),
            self.program.times.utc_offset,
        );
        let game = self.visit.game.as_ref();
        let about = game
            .and_then(Game::round)
            .and_then(|round| self.program.pieces.get(round.piece))
            .or(self.program.pieces.first())
            .map(|piece| &piece.about);
        let scores: Vec<f64> = game
            .iter()
            .flat_map(|game| &game.rounds)
            .filter_map(|round| round.guesses.first()?.judged.as_ref())
            .map(|judged| judged.tolerant)
            .collect();
        let mean = scores.iter().sum::<f64>() / scores.len().max(1) as f64;
        let kind = Kind {
            exhibit: self.program.id.clone(),
            mode: mode.to_owned(),
            prompt: self.visit.prompt,
            model: about.map_or_else(String::new, |about| about.model.clone()),
            method: about.map_or_else(String::new, |about| about.method.clone()),
            rule: RULE,
            of: self.program.rounds as u32,
            day: if mode == Mode::Daily.id() { day } else { 0 },
        };
        Effect::FetchBoard(Box::new(kind), mean)
    }

    /// The screen's name in the journal.
    pub(super) fn screen_id(&self) -> &'static str {
        match self.visit.screen {
            Screen::Attract => "attract",
            Screen::Language => "language",
            Screen::CutOff => "cut-off",
            Screen::Choose => "choose",
            Screen::Room(Room::Why) => "see-why",
            Screen::Room(Room::Skins) => "stylize",
            Screen::Room(Room::WhatIf) => "what-if",
            Screen::Room(Room::Class) => "teacher",
            Screen::Teams => "teams",
            Screen::Question => "question",
            Screen::Tutorial(_) => "tutorial",
            Screen::Play(phase) => match phase {
                Phase::Ask => "ask",
                Phase::Talk => "talk",
                Phase::Paint => "paint",
                Phase::TimeUp => "time-up",
                Phase::Pass => "pass",
                Phase::Reveal(_) => "reveal",
                Phase::Look(_) => "look",
                Phase::Proof(_) => "proof",
            },
            Screen::Results => "results",
        }
    }
}

/// Strokes as they are kept: thinned, the coarser the more there are.
fn kept_strokes(marks: &[Mark]) -> Vec<Stroke> {
    let strokes: Vec<&Stroke> = marks
        .iter()
        .filter_map(|mark| match mark {
            Mark::Stroke(stroke) => Some(stroke),
            Mark::Part { .. } => None,
        })
        .collect();
    let mut most = THINNED;
    loop {
        let kept: Vec<Stroke> = strokes.iter().map(|stroke| thin(stroke, most)).collect();
        let points: usize = kept.iter().map(|stroke| stroke.x.len()).sum();
        if points <= MOST_POINTS || most > 1000.0 {
            // Strokes without number are cut: the painting is kept whole.
            let mut room = MOST_POINTS;
            return kept
                .into_iter()
                .take_while(|stroke| {
                    let fits = stroke.x.len() <= room;
                    room = room.saturating_sub(stroke.x.len());
                    fits
                })
                .collect();
        }
        most *= 2.0;
    }
}

fn thin(stroke: &Stroke, most: f32) -> Stroke {
    let points: Vec<(f32, f32)> = stroke
        .x
        .iter()
        .zip(&stroke.y)
        .map(|(&x, &y)| (f32::from(x), f32::from(y)))
        .collect();
    let kept = thinned(&points, most);
    Stroke {
        b: stroke.b,
        r: stroke.r,
        x: pick(&stroke.x, &kept),
        y: pick(&stroke.y, &kept),
        t: pick(&stroke.t, &kept),
    }
}

fn pick<T: Copy>(from: &[T], kept: &[usize]) -> Vec<T> {
    kept.iter().filter_map(|&i| from.get(i).copied()).collect()
}
