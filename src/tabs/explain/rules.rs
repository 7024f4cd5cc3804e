//! The rules of the game: what each wish does to the state. Nothing here draws or computes maps;
//! what the systems have to do comes back as an [`Effect`].

use std::sync::Arc;

use super::state::{Ask, Explain, Game, Line, Mode, Outcome, Phase, Round};
use crate::guess::{Answer, Band, Board, Direction, Regions, Yardsticks};
use crate::ui::commands::Command;

/// Seconds that one action adds to a round.
pub const MORE_SECS: f64 = 60.0;
/// Seconds before the end from which on the time left is shown and can be extended.
pub const WARN_SECS: f64 = 20.0;

/// What the systems have to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Begin a game; with the same pictures when `same`.
    Start {
        /// True for the pictures of the game before.
        same: bool,
    },
    /// A round is over: keep its score, draw its cards, ask the other networks.
    Over,
    /// The round on the stage is another one, or none.
    Moved,
    /// Ask for the round's answer again.
    Again,
    /// Ask for a folder of pictures.
    Folder,
    /// Lay this round's answer beside that network's.
    Compare(String),
    /// A command that is not the game's.
    Do(Command),
}

/// Does what was asked for.
pub fn obey(explain: &mut Explain, ask: &Ask) -> Option<Effect> {
    match ask {
        Ask::NewGame => Some(Effect::Start { same: false }),
        Ask::SameAgain => Some(Effect::Start { same: true }),
        Ask::Tick(item) => {
            if !explain.setup.ticked.remove(item) {
                explain.setup.ticked.insert(*item);
            }
            None
        }
        Ask::OpenFolder => Some(Effect::Folder),
        Ask::Undo | Ask::Do(Command::Undo) => edit(explain, "Undone.", Board::undo),
        Ask::Redo | Ask::Do(Command::Redo) => edit(explain, "Done again.", Board::redo),
        Ask::Clear => edit(explain, "Cleared. Undo brings it back.", |board| {
            let blank = board.is_blank();
            board.clear();
            !blank
        }),
        Ask::Hint => {
            hint(explain);
            None
        }
        Ask::Reveal => reveal(explain),
        Ask::Next => next(explain),
        Ask::MoreTime => {
            if let Some(round) = explain.game.as_mut().and_then(Game::round_mut) {
                round.extra += MORE_SECS;
            }
            None
        }
        Ask::Retry | Ask::Do(Command::Retry) => Some(Effect::Again),
        Ask::Compare(model) => Some(Effect::Compare(model.clone())),
        Ask::Do(command) => Some(Effect::Do(*command)),
    }
}

/// Changes the board while it can be painted on.
fn edit(
    explain: &mut Explain,
    said: &str,
    change: impl FnOnce(&mut Board) -> bool,
) -> Option<Effect> {
    let round = playing(explain)?;
    if let Some(board) = &mut round.board
        && change(board)
    {
        explain.said = Some(said.to_owned());
    }
    None
}

/// The round that can be painted on.
fn playing(explain: &mut Explain) -> Option<&mut Round> {
    let game = explain.game.as_mut().filter(|game| game.can_paint())?;
    game.round_mut()
}

/// Points at the segment that holds most of what is missing of the colour in the hand; of the
/// most important colour that misses something, when that is all found or the eraser is in the
/// hand.
fn hint(explain: &mut Explain) {
    let wanted = explain.tool.band;
    let Some(round) = playing(explain) else {
        return;
    };
    let (Some(board), Some(regions)) = (&round.board, &round.regions) else {
        return;
    };
    let found = wanted.into_iter().chain(Band::ALL).find_map(|band| {
        let region = regions.hint(board.answer(), board.painting(), band)?;
        Some((region, band))
    });
    let said = if let Some((_, band)) = found {
        round.hints += 1;
        format!("Hint: look for {} inside the outline.", band.name())
    } else {
        "There is nothing left to find.".to_owned()
    };
    round.hint = found;
    if let Some((_, band)) = found {
        explain.tool.band = Some(band);
    }
    explain.said = Some(said);
}

/// Shows the answer and counts the round.
fn reveal(explain: &mut Explain) -> Option<Effect> {
    let round = playing(explain)?;
    let board = round.board.as_mut()?;
    board.end();
    round.outcome = Some(Outcome {
        score: board.score(),
        seconds: round.played,
        said: round.said.clone(),
        painting: Arc::new(board.painting().clone()),
        rivals: Vec::new(),
        cards: None,
    });
    (round.hint, round.cursor) = (None, None);
    if let Some(game) = &mut explain.game {
        game.phase = Phase::Revealed;
    }
    (explain.wipe, explain.wiping) = (1.0, false);
    explain.said = None;
    Some(Effect::Over)
}

fn next(explain: &mut Explain) -> Option<Effect> {
    let game = explain.game.as_mut()?;
    if game.phase != Phase::Revealed {
        return None;
    }
    // Nobody goes back: what a large picture's canvas, its undo and its segments took is free.
    if let Some(round) = game.round_mut() {
        (round.board, round.regions) = (None, None);
    }
    if game.at + 1 < game.rounds.len() {
        game.at += 1;
        game.phase = Phase::Playing;
    } else {
        game.phase = Phase::Results;
    }
    (explain.wipe, explain.wiping) = (0.0, false);
    explain.said = None;
    Some(Effect::Moved)
}

/// Lets the time of a round pass; true when it is up.
pub fn pass(game: &mut Game, seconds: f64) -> bool {
    if !game.can_paint() {
        return false;
    }
    if let Some(round) = game.round_mut() {
        round.played += seconds;
    }
    game.left().is_some_and(|left| left <= 0.0)
}

/// Painting, in fractions of the canvas (0,0 its top left corner, 1,1 its bottom right).
impl Explain {
    /// A stroke begins.
    pub fn pen_down(&mut self, at: [f32; 2]) {
        let (tool, band) = (self.tool, self.tool.band);
        let Some(round) = playing(self) else {
            return;
        };
        round.cursor = None;
        if let Some(board) = &mut round.board {
            let place = on_canvas(board.width(), board.height(), at);
            board.begin(place, tool.radius(board), band);
        }
        self.said = None;
    }

    /// The stroke goes on.
    pub fn pen_to(&mut self, at: [f32; 2]) {
        if let Some(board) = playing(self).and_then(|round| round.board.as_mut()) {
            board.line_to(on_canvas(board.width(), board.height(), at));
        }
    }

    /// The stroke ends.
    pub fn pen_up(&mut self) {
        if let Some(board) = playing(self).and_then(|round| round.board.as_mut()) {
            board.end();
        }
        self.follow_hint();
    }

    /// The stroke was none: a second finger came down.
    pub fn pen_away(&mut self) {
        if let Some(board) = playing(self).and_then(|round| round.board.as_mut()) {
            board.abandon();
        }
    }

    /// True while a stroke is being made.
    #[must_use]
    pub fn pen_is_down(&self) -> bool {
        self.board().is_some_and(Board::is_painting)
    }

    /// The segment at a place.
    #[must_use]
    pub fn segment_at(&self, at: [f32; 2]) -> Option<usize> {
        let round = self.game.as_ref()?.round()?;
        let regions = round.regions.as_ref()?;
        let (height, width) = regions.size();
        let (x, y) = on_canvas(width, height, at);
        (x >= 0.0 && y >= 0.0).then(|| regions.at(x as usize, y as usize))?
    }

    /// A segment is tapped: it gets the colour in the hand, or loses it when it has it already.
    pub fn tap(&mut self, segment: usize) {
        let band = self.tool.band;
        self.fill(segment, band, true);
    }

    /// Puts the cursor on a segment.
    pub fn point_at(&mut self, segment: Option<usize>) {
        if let Some(round) = playing(self) {
            round.cursor = segment;
        }
    }

    /// Moves the brush that way, by half of its width; at first to the middle of the picture.
    pub fn move_brush(&mut self, direction: Direction) {
        if playing(self).is_none() {
            return;
        }
        let by = (self.tool.size / 200.0).max(0.005);
        self.brush = Some(match self.brush {
            None => [0.5, 0.5],
            Some([x, y]) => {
                let [x, y] = match direction {
                    Direction::Up => [x, y - by],
                    Direction::Down => [x, y + by],
                    Direction::Left => [x - by, y],
                    Direction::Right => [x + by, y],
                };
                [x, y].map(|side| side.clamp(0.0, 1.0))
            }
        });
    }

    /// Takes a colour (or the eraser) into the hand and dabs with the brush where keys moved it; false where
    /// they did not.
    pub fn dab(&mut self, band: Option<Band>) -> bool {
        let Some(at) = self.brush else {
            return false;
        };
        self.tool.band = band;
        self.pen_down(at);
        self.pen_up();
        true
    }

    /// Moves the cursor to the next segment that way; at first to the middle of the picture.
    pub fn step(&mut self, direction: Direction) {
        self.brush = None;
        let line = self.line;
        if let Some(round) = playing(self)
            && let Some(regions) = round.regions.clone()
        {
            let (height, width) = regions.size();
            let across = matches!(direction, Direction::Left | Direction::Right);
            let Some(at) = round.cursor else {
                round.cursor = regions.at(width / 2, height / 2);
                return;
            };
            let Some(here) = regions.anchor(at) else {
                return;
            };
            let from = line
                .filter(|line| line.across == across && line.at == at)
                .map_or(here, |line| line.from);
            let next = regions.toward_along(at, direction, from).unwrap_or(at);
            round.cursor = Some(next);
            self.line = Some(Line {
                across,
                from,
                at: next,
            });
        }
    }

    /// Takes a colour (or the eraser) into the hand and paints the segment under the cursor with
    /// it, where there is a cursor.
    pub fn paint_cursor(&mut self, band: Option<Band>) {
        self.tool.band = band;
        let cursor = playing(self).and_then(|round| round.cursor);
        if let Some(segment) = cursor {
            self.fill(segment, band, false);
        }
    }

    fn fill(&mut self, segment: usize, band: Option<Band>, toggles: bool) {
        let Some(round) = playing(self) else {
            return;
        };
        let Some(regions) = round.regions.clone() else {
            return;
        };
        if let Some(board) = &mut round.board
            && !board.fill(&regions, segment, band)
            && toggles
            && band.is_some()
        {
            board.fill(&regions, segment, None);
        }
        self.said = None;
        self.follow_hint();
    }

    /// Takes the hint away as soon as most of what it points at is found.
    fn follow_hint(&mut self) {
        let Some(round) = playing(self) else {
            return;
        };
        let (Some((segment, band)), Some(board), Some(regions)) =
            (round.hint, &round.board, &round.regions)
        else {
            return;
        };
        let (mut there, mut found) = (0, 0);
        for pixel in Regions::pixels(regions, segment) {
            if board.answer().get(pixel) == Some(band) {
                there += 1;
                found += usize::from(board.painting().get(pixel) == Some(band));
            }
        }
        if 2 * found >= there {
            round.hint = None;
        }
    }
}

fn on_canvas(width: usize, height: usize, at: [f32; 2]) -> (f32, f32) {
    (at[0] * width as f32, at[1] * height as f32)
}

/// Gives a round what its answer brings: the canvas, the segments, the yardsticks. A canvas that
/// was painted on for another network keeps its paint where it has the same size. True when the
/// canvas is a new one.
pub fn ready(
    round: &mut Round,
    answer: Arc<Answer>,
    regions: Arc<Regions>,
    yardsticks: Yardsticks,
    region: [f32; 4],
) -> bool {
    let same_place = round.region == region;
    round.region = region;
    round.regions = Some(regions);
    round.yardsticks = Some(yardsticks);
    (round.hint, round.cursor) = (None, None);
    round.status = super::state::Status::Ready;
    if let Some(board) = &mut round.board
        && same_place
        && board.against(answer.clone()).is_ok()
    {
        return false;
    }
    round.board = Some(Board::new(answer));
    true
}

/// True while taps go to segments.
#[must_use]
pub fn taps(explain: &Explain) -> bool {
    explain.tool.mode == Mode::Tap
}
