//! What somebody takes away from the picture, and what the network says then: plain data, drawn by
//! the panels and kept up to date by the systems.

use std::sync::Arc;

use bevy_egui::egui::Id;

use crate::guess::{Direction, Regions};
use crate::ui::widgets::PairBar;
use crate::what_if::{EditCanvas, Fill};

/// What a press on the picture does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tool {
    /// A round brush.
    #[default]
    Brush,
    /// A rectangle between two corners.
    Rectangle,
    /// A whole part of the picture.
    Parts,
    /// What is taken away is put down elsewhere; where nothing is, the part under the pointer.
    Move,
}

/// What takes the place of what is taken away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FillChoice {
    /// The picture, blurred.
    #[default]
    Blur,
    /// Its mean colour.
    Mean,
    /// Black.
    Black,
    /// White.
    White,
    /// Another picture of the library, by its number there.
    Picture(u64),
}

impl FillChoice {
    /// Those that need no other picture, with their names.
    pub const PLAIN: [(Self, &'static str); 4] = [
        (Self::Blur, "The picture, blurred"),
        (Self::Mean, "Its mean colour"),
        (Self::Black, "Black"),
        (Self::White, "White"),
    ];

    /// The same for the library of pictures; `name` is that of the picture.
    #[must_use]
    pub fn fill(self, name: &str) -> Fill {
        match self {
            Self::Blur => Fill::Blur,
            Self::Mean => Fill::Mean,
            Self::Black => Fill::Black,
            Self::White => Fill::White,
            Self::Picture(_) => Fill::Texture(name.to_owned()),
        }
    }
}

/// The search for the smallest part whose loss changes the answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Search {
    /// Nobody asked for it, or it was stopped.
    #[default]
    Idle,
    /// It runs: questions asked, and the most there will be.
    Running(usize, usize),
    /// What came of it, in a sentence.
    Over(String),
}

/// How far the pen is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Hand {
    /// What a press does.
    pub tool: Tool,
    /// Brings back instead of taking away.
    pub restore: bool,
    /// Width of the brush, in percent of the picture's width.
    pub brush: f32,
    /// First corner of a rectangle, or where the part was taken hold of, while the second place is still
    /// to come; in fractions of the picture.
    pub corner: Option<[f32; 2]>,
    /// True while a button that was pressed on the picture is held.
    pub held: bool,
}

/// What is taken away, and what comes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// What is taken away; `None` until the network has been asked about the picture as it is.
    pub canvas: Option<EditCanvas>,
    /// The parts that can be taken away whole.
    pub parts: Option<Arc<Regions>>,
    /// What is in the hand.
    pub hand: Hand,
    /// What takes the place of what is gone.
    pub fill: FillChoice,
    /// What fills it now: another than [`Self::fill`] while that is being made.
    pub filled: Option<FillChoice>,
    /// What there is to choose from, with names.
    pub fills: Vec<(FillChoice, String)>,
    /// The part that the pointer or the keyboard is at.
    pub cursor: Option<usize>,
    /// Shows the picture as it was.
    pub before: bool,
    /// Answers before and after: class and bars.
    pub bars: Vec<(usize, PairBar)>,
    /// What became of the answer, in a sentence or two.
    pub sentence: String,
    /// The search for the smallest part.
    pub search: Search,
    /// Why something could not be done, in one line.
    pub trouble: Option<String>,
    /// True while the map of the changed picture is on its way.
    pub mapping: bool,
    /// Lowest and highest value of the maps before and after, for the colour bar.
    pub range: Option<[f32; 2]>,
    /// Where the pointer is over the picture, in its fractions.
    pub pointed: Option<[f32; 2]>,
    /// What the map that is shown holds there.
    pub reading: Option<f32>,
    /// The stage, as egui knows it.
    pub stage: Option<Id>,
}

impl Default for Edit {
    fn default() -> Self {
        Self {
            canvas: None,
            parts: None,
            hand: Hand {
                brush: 12.0,
                ..Hand::default()
            },
            fill: FillChoice::default(),
            filled: None,
            fills: FillChoice::PLAIN
                .map(|(choice, name)| (choice, name.to_owned()))
                .into(),
            cursor: None,
            before: false,
            bars: Vec::new(),
            sentence: String::new(),
            search: Search::default(),
            trouble: None,
            mapping: false,
            range: None,
            pointed: None,
            reading: None,
            stage: None,
        }
    }
}

impl Edit {
    /// The same hand before another picture or network: nothing is taken away.
    pub fn anew(&mut self) {
        *self = Self {
            hand: Hand {
                corner: None,
                held: false,
                ..self.hand
            },
            fill: self.fill,
            fills: std::mem::take(&mut self.fills),
            stage: self.stage,
            ..Self::default()
        };
    }

    /// True while somebody can change something.
    #[must_use]
    pub fn can_paint(&self) -> bool {
        self.canvas.is_some() && !matches!(self.search, Search::Running(..))
    }

    /// Whether nothing is taken away.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.canvas.as_ref().is_none_or(EditCanvas::is_blank)
    }

    /// Steps that can be taken back, and done again.
    #[must_use]
    pub fn steps(&self) -> (usize, usize) {
        self.canvas.as_ref().map_or((0, 0), EditCanvas::steps)
    }

    /// Radius of the brush, in pixels of the canvas.
    #[must_use]
    pub fn radius(&self) -> f32 {
        let width = self.canvas.as_ref().map_or(0, |canvas| canvas.shape()[1]);
        width as f32 * self.hand.brush / 200.0
    }

    /// A place of the picture (its fractions), in pixels of the canvas.
    fn pixel(&self, at: [f32; 2]) -> Option<(f32, f32)> {
        let [height, width] = self.canvas.as_ref()?.shape();
        Some((at[0] * width as f32, at[1] * height as f32))
    }

    /// The part at a place of the picture, in its fractions.
    #[must_use]
    pub fn part_at(&self, at: [f32; 2]) -> Option<usize> {
        if !at.iter().all(|v| (0.0..1.0).contains(v)) {
            return None;
        }
        let (x, y) = self.pixel(at)?;
        self.parts.as_ref()?.at(x as usize, y as usize)
    }

    /// The button goes down at a place of the picture, in its fractions.
    pub fn press(&mut self, at: [f32; 2]) {
        if !self.can_paint() {
            return;
        }
        let Some(pixel) = self.pixel(at) else { return };
        self.changes();
        self.hand.held = true;
        match self.hand.tool {
            Tool::Brush => {
                let (radius, take) = (self.radius(), !self.hand.restore);
                if let Some(canvas) = &mut self.canvas {
                    canvas.begin(pixel, radius, take);
                }
            }
            Tool::Rectangle => {
                self.hand.corner.get_or_insert(at);
            }
            Tool::Parts => {
                self.cursor = self.part_at(at);
                self.toggle_part();
            }
            Tool::Move => self.take_hold(at),
        }
    }

    /// Takes hold of what is taken away, or of the part under the pointer where that is nothing; of what
    /// a tap took hold of before, to carry it here.
    fn take_hold(&mut self, at: [f32; 2]) {
        if self.is_blank() {
            self.cursor = self.part_at(at);
            self.toggle_part();
        }
        let from = *self.hand.corner.get_or_insert(at);
        let places = self.pixel(from).zip(self.pixel(at));
        if let (Some((from, to)), Some(canvas)) = (places, &mut self.canvas) {
            canvas.take_hold(from);
            canvas.carry_to(to);
        }
    }

    /// The pointer goes on while the button is down.
    pub fn draw_to(&mut self, at: [f32; 2]) {
        if let Some(pixel) = self.pixel(at)
            && let Some(canvas) = &mut self.canvas
        {
            canvas.line_to(pixel);
            canvas.carry_to(pixel);
        }
    }

    /// The button goes up. A rectangle whose corners are one place waits for its second corner, and a part
    /// that was only tapped for the place where it goes: two taps do what a drag does.
    pub fn release(&mut self, at: Option<[f32; 2]>) {
        if let Some(at) = at {
            self.draw_to(at);
        }
        let held = std::mem::take(&mut self.hand.held);
        let corners = self.hand.corner.zip(at);
        let take = !self.hand.restore;
        let ends = corners.and_then(|(from, to)| Some((self.pixel(from)?, self.pixel(to)?)));
        let Some(canvas) = &mut self.canvas else {
            return;
        };
        canvas.end();
        let Some((from, to)) = ends.filter(|_| held) else {
            return;
        };
        let far = [(from.0 - to.0).abs() >= 1.0, (from.1 - to.1).abs() >= 1.0];
        if self.hand.tool == Tool::Move {
            if far.contains(&true) || canvas.is_blank() {
                self.hand.corner = None;
            }
        } else if far == [true; 2] {
            self.hand.corner = None;
            canvas.rectangle(from, to, take);
        }
    }

    /// The keyboard puts what is taken away further into a direction: by a fiftieth of the picture, or by
    /// one pixel of what the network sees.
    pub fn shift(&mut self, direction: Direction, finely: bool) {
        if !self.can_paint() {
            return;
        }
        self.changes();
        let Some(canvas) = &mut self.canvas else {
            return;
        };
        let [height, width] = canvas.shape();
        let far = if finely { 1 } else { height.max(width) / 50 };
        let far = i32::try_from(far.max(1)).unwrap_or(1);
        canvas.shift(match direction {
            Direction::Left => [-far, 0],
            Direction::Right => [far, 0],
            Direction::Up => [0, -far],
            Direction::Down => [0, far],
        });
    }

    /// True where the arrow keys move what is taken away instead of choosing a part.
    #[must_use]
    pub fn arrows_move(&self) -> bool {
        self.hand.tool == Tool::Move && !self.is_blank()
    }

    /// How far what is taken away stands from where it was, in pixels of what the network sees, right and
    /// down; `None` where it is gone.
    #[must_use]
    pub fn moved(&self) -> Option<[i32; 2]> {
        self.canvas.as_ref()?.moved()
    }

    /// What was begun was not meant, as when a second finger comes down to zoom.
    pub fn abandon(&mut self) {
        (self.hand.held, self.hand.corner) = (false, None);
        if let Some(canvas) = &mut self.canvas {
            canvas.abandon();
        }
    }

    /// True while a button is held that draws.
    #[must_use]
    pub fn is_drawing(&self) -> bool {
        let painting = self.canvas.as_ref().is_some_and(EditCanvas::is_painting);
        painting || self.hand.held
    }

    /// The keyboard goes to the next part in a direction.
    pub fn step(&mut self, direction: Direction) {
        let Some(parts) = &self.parts else { return };
        self.cursor = match self.cursor {
            None => Some(0),
            Some(now) => parts.toward(now, direction).or(Some(now)),
        };
    }

    /// Takes the part under the cursor away, or brings it back: back where most of it is gone already.
    pub fn toggle_part(&mut self) {
        if !self.can_paint() {
            return;
        }
        let (Some(parts), Some(part)) = (self.parts.clone(), self.cursor) else {
            return;
        };
        self.changes();
        if let Some(canvas) = &mut self.canvas {
            let (mut gone, mut all) = (0_usize, 0_usize);
            for pixel in parts.pixels(part) {
                all += 1;
                gone += usize::from(canvas.is_taken(pixel));
            }
            let take = 2 * gone < all;
            canvas.pixels(parts.pixels(part), take);
        }
    }

    /// Something is about to be changed by hand: what was said of the state before is over.
    fn changes(&mut self) {
        self.before = false;
        self.trouble = None;
        if matches!(self.search, Search::Over(_)) {
            self.search = Search::Idle;
        }
    }

    /// Takes the last step back.
    pub fn undo(&mut self) {
        if self.can_paint() {
            self.changes();
            if let Some(canvas) = &mut self.canvas {
                canvas.undo();
            }
        }
    }

    /// Does the step again that was taken back.
    pub fn redo(&mut self) {
        if self.can_paint() {
            self.changes();
            if let Some(canvas) = &mut self.canvas {
                canvas.redo();
            }
        }
    }

    /// Brings everything back; can be undone.
    pub fn reset(&mut self) {
        if self.can_paint() {
            self.changes();
            if let Some(canvas) = &mut self.canvas {
                canvas.clear();
            }
        }
    }

    /// What the panels say beside the hand's own doing: where it differs they have to be drawn anew.
    #[must_use]
    pub fn told(&self) -> impl PartialEq + use<> {
        (
            self.bars.clone(),
            self.sentence.clone(),
            self.search.clone(),
            self.trouble.clone(),
            (self.mapping, self.reading, self.canvas.is_some()),
        )
    }
}
