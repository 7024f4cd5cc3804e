//! What the tab knows: plain data, drawn by the panels and changed by [`super::rules`] and the
//! systems.

use std::collections::BTreeSet;
use std::sync::Arc;

use bevy::prelude::Resource;
use bevy_egui::egui::{self, TextureHandle};

use crate::guess::scores::{GameScore, ScoreBook};
use crate::guess::stamp::MAX_RADIUS;
use crate::guess::{Band, BandShares, Board, Painting, Regions, Score, Yardsticks};
use crate::saliency::Request;
use crate::ui::commands::Command;

/// Most rounds of a game.
pub const MAX_ROUNDS: usize = 10;

/// How the next game is played.
#[derive(Debug, Clone, PartialEq)]
pub struct Setup {
    /// Numbers of the library's pictures that may be drawn; empty means all that came with the
    /// program.
    pub ticked: BTreeSet<u64>,
    /// Rounds of a game, 1 to [`MAX_ROUNDS`].
    pub rounds: f32,
    /// True while rounds end by themselves.
    pub limited: bool,
    /// Seconds a round may take then.
    pub limit_secs: f32,
    /// Who plays.
    pub nickname: String,
    /// Share of the picture that each band takes, in percent, most important first.
    pub shares: [f32; 4],
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            ticked: BTreeSet::new(),
            rounds: 3.0,
            limited: false,
            limit_secs: 90.0,
            nickname: String::new(),
            shares: default_shares(),
        }
    }
}

/// The prototype's shares, in percent.
#[must_use]
pub fn default_shares() -> [f32; 4] {
    BandShares::default()
        .get()
        .map(|share| (share * 100.0) as f32)
}

/// How paint gets onto the picture.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// By dragging a round brush.
    #[default]
    Brush,
    /// By tapping whole segments.
    Tap,
}

/// What is in the hand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tool {
    /// The colour; `None` erases.
    pub band: Option<Band>,
    /// Brush or segments.
    pub mode: Mode,
    /// Diameter of the brush, in percent of the canvas's shorter side.
    pub size: f32,
}

impl Tool {
    /// Radius of the brush in pixels of a canvas.
    #[must_use]
    pub fn radius(&self, board: &Board) -> f32 {
        let side = board.height().min(board.width()) as f32;
        (side * self.size / 200.0).clamp(0.75, MAX_RADIUS)
    }
}

impl Default for Tool {
    fn default() -> Self {
        Self {
            band: Some(Band::Yellow),
            mode: Mode::Brush,
            // The prototype's 12 px on a picture of 400 is thin under a finger.
            size: 8.0,
        }
    }
}

/// Where a game is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Somebody paints, or waits for the round's answer.
    Playing,
    /// The answer is shown.
    Revealed,
    /// All rounds side by side.
    Results,
}

/// How far a round's answer is.
#[derive(Debug, Clone, PartialEq)]
pub enum Status {
    /// Nothing was asked for yet.
    Ahead,
    /// The picture is being read.
    Opening,
    /// The network is asked; the share that is done where that is known.
    Looking(Option<f32>),
    /// It can be played.
    Ready,
    /// What went wrong and what to do.
    Failed(String),
}

/// Another network's answer to the same picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Rival {
    /// Identifier in the catalog.
    pub model: String,
    /// Name on screen.
    pub name: String,
    /// What the painting scores against it; `None` until that is known, or why it is not.
    pub score: Option<Result<f64, String>>,
}

/// What is known of a round when its answer has been shown.
#[derive(Clone)]
pub struct Outcome {
    /// The final score.
    pub score: Score,
    /// Seconds it took.
    pub seconds: f64,
    /// What the network said the picture is, and how sure it was, 0-1.
    pub said: String,
    /// What was painted.
    pub painting: Arc<Painting>,
    /// The other networks.
    pub rivals: Vec<Rival>,
    /// Guess and answer, small; `None` until they are drawn.
    pub cards: Option<[TextureHandle; 2]>,
}

/// One round.
#[derive(Clone)]
pub struct Round {
    /// Number of its picture in the library.
    pub item: u64,
    /// Name of the picture, which may give the answer away: shown when the round is over.
    pub name: String,
    /// What it shows, for who cannot see it.
    pub alt: String,
    /// How far its answer is.
    pub status: Status,
    /// The canvas, when the answer is there.
    pub board: Option<Board>,
    /// The segments.
    pub regions: Option<Arc<Regions>>,
    /// The part of the picture that is painted on, in fractions of the picture: left, top, right,
    /// bottom.
    pub region: [f32; 4],
    /// What no insight at all scores.
    pub yardsticks: Option<Yardsticks>,
    /// The network's words for the picture, hidden until the answer is shown.
    pub said: String,
    /// The segment that the keyboard is at.
    pub cursor: Option<usize>,
    /// The segment that a hint points at.
    pub hint: Option<(usize, Band)>,
    /// Hints that were asked for.
    pub hints: u32,
    /// Seconds it has been played.
    pub played: f64,
    /// Seconds that were added to the limit.
    pub extra: f64,
    /// What came out, when it is over.
    pub outcome: Option<Outcome>,
}

impl Round {
    /// A round with a picture of the library.
    #[must_use]
    pub fn new(item: u64, name: &str, alt: &str) -> Self {
        Self {
            item,
            name: name.to_owned(),
            alt: alt.to_owned(),
            status: Status::Ahead,
            board: None,
            regions: None,
            region: [0.0, 0.0, 1.0, 1.0],
            yardsticks: None,
            said: String::new(),
            cursor: None,
            hint: None,
            hints: 0,
            played: 0.0,
            extra: 0.0,
            outcome: None,
        }
    }
}

/// A game.
#[derive(Clone)]
pub struct Game {
    /// What tells it from every other game in the file of scores.
    pub id: String,
    /// Where it is.
    pub phase: Phase,
    /// The round that is played, from 0.
    pub at: usize,
    /// Its rounds, at least one.
    pub rounds: Vec<Round>,
    /// Identifier and name of the network whose eyes are guessed.
    pub model: (String, String),
    /// What the network is asked about each picture.
    pub question: Request,
    /// Share of the picture that each band takes.
    pub shares: BandShares,
    /// Seconds that a round may take, where there is a limit.
    pub limit: Option<f64>,
}

impl Game {
    /// The round that is played.
    #[must_use]
    pub fn round(&self) -> Option<&Round> {
        self.rounds.get(self.at)
    }

    /// The same, to change it.
    pub fn round_mut(&mut self) -> Option<&mut Round> {
        self.rounds.get_mut(self.at)
    }

    /// True while somebody can paint.
    #[must_use]
    pub fn can_paint(&self) -> bool {
        self.phase == Phase::Playing && self.round().is_some_and(|round| round.board.is_some())
    }

    /// Seconds left of the round, where there is a limit.
    #[must_use]
    pub fn left(&self) -> Option<f64> {
        let round = self.round()?;
        Some((self.limit? + round.extra - round.played).max(0.0))
    }

    /// Mean score of the rounds that are over; `None` while there is none.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        mean(self.outcomes().map(|outcome| outcome.score.score))
    }

    /// What came out of the rounds that are over.
    pub fn outcomes(&self) -> impl Iterator<Item = &Outcome> {
        self.rounds
            .iter()
            .filter_map(|round| round.outcome.as_ref())
    }

    /// For each other network its mean score over the rounds where it is known, most alike first.
    #[must_use]
    pub fn rivals(&self) -> Vec<(String, f64)> {
        let mut sums: Vec<(String, Vec<f64>)> = Vec::new();
        for rival in self.outcomes().flat_map(|outcome| &outcome.rivals) {
            let Some(Ok(score)) = rival.score else {
                continue;
            };
            match sums.iter_mut().find(|(name, _)| *name == rival.name) {
                Some((_, scores)) => scores.push(score),
                None => sums.push((rival.name.clone(), vec![score])),
            }
        }
        let mut means: Vec<(String, f64)> = sums
            .into_iter()
            .filter_map(|(name, scores)| Some((name, mean(scores.into_iter())?)))
            .collect();
        means.sort_by(|a, b| b.1.total_cmp(&a.1));
        means
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// What can be given the keyboard when a phase of the game is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// The button that goes on.
    Button,
    /// The picture.
    Picture,
}

/// The line that arrows go along from part to part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// From left to right or back, not up or down.
    pub across: bool,
    /// A pixel `(x, y)` of the canvas on it: where it began.
    pub from: (usize, usize),
    /// The part that it has led to.
    pub at: usize,
}

/// For how many rounds of the book, and against which network, games were ranked.
type Ranked = ((usize, Option<String>), Vec<GameScore>);

/// The tab's state.
#[derive(Default, Resource)]
pub struct Explain {
    /// How the next game is played.
    pub setup: Setup,
    /// What is in the hand.
    pub tool: Tool,
    /// The game.
    pub game: Option<Game>,
    /// The scores that were kept.
    pub book: ScoreBook,
    /// [`Self::best`] as it was last asked for: rounds in the book, network, the games.
    pub ranked: Option<Ranked>,
    /// How much of the picture shows the answer, 0 to 1, where the round is over.
    pub wipe: f32,
    /// True while the wipe is being moved by hand, so that it follows at once.
    pub wiping: bool,
    /// True while the setup is shown in a window too narrow for three columns.
    pub setup_open: bool,
    /// One sentence above the picture about what was just done.
    pub said: Option<String>,
    /// What takes the keyboard as soon as it is drawn: whoever plays by keyboard had it on a
    /// button that is gone.
    pub refocus: Option<Focus>,
    /// Where keys moved the brush, in fractions of the canvas; `None` while they move from part to part.
    pub brush: Option<[f32; 2]>,
    /// Where keys go from part to part, while they go on in one direction.
    pub line: Option<Line>,
    /// The stage's widget, once it was drawn: events go to it before the panels are drawn, so that
    /// the chart moves in the frame of the stroke.
    pub stage: Option<egui::Id>,
}

impl Explain {
    /// The board that is painted on; `None` while nothing can be painted.
    #[must_use]
    pub fn board(&self) -> Option<&Board> {
        self.game.as_ref()?.round()?.board.as_ref()
    }

    /// The games that were played best against the network of this game (or any, without one),
    /// best first. Ranked when the book or the network changed, not in every frame.
    pub fn best(&mut self) -> &[GameScore] {
        let model = self.game.as_ref().map(|game| game.model.0.clone());
        let key = (self.book.played().len(), model);
        if self.ranked.as_ref().is_none_or(|(known, _)| *known != key) {
            let best = self.book.best(key.1.as_deref());
            self.ranked = Some((key, best));
        }
        self.ranked.as_ref().map_or(&[], |(_, best)| best)
    }
}

/// What a person asked for in one of the panels.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// Begin a game as the setup says.
    NewGame,
    /// Begin a game with the same pictures.
    SameAgain,
    /// Take a picture of the library into the set, or out of it: its number.
    Tick(u64),
    /// Ask for a folder of pictures.
    OpenFolder,
    /// Take the last stroke back.
    Undo,
    /// Make it again.
    Redo,
    /// Clear the canvas.
    Clear,
    /// Point at a segment of the colour in the hand.
    Hint,
    /// Show the answer.
    Reveal,
    /// Go to the next round, or to the results.
    Next,
    /// A minute more.
    MoreTime,
    /// Try the failed round again.
    Retry,
    /// Lay this round's answer beside another network's, in Similarity.
    Compare(String),
    /// A command.
    Do(Command),
}
