//! Undo and redo of strokes within a fixed amount of memory.

use std::collections::VecDeque;
use std::ops::Range;

use super::Band;

/// One stroke as what it changed: runs of neighbouring pixels (row by row) that went from one
/// band to another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stroke {
    runs: Vec<Run>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    start: u32,
    length: u32,
    before: Option<Band>,
    after: Option<Band>,
}

impl Stroke {
    /// Notes that a pixel went from `before` to `after`. Pixels that did not change are left out.
    pub fn push(&mut self, pixel: usize, before: Option<Band>, after: Option<Band>) {
        let Ok(pixel) = u32::try_from(pixel) else {
            return;
        };
        if before == after {
            return;
        }
        if let Some(last) = self.runs.last_mut()
            && (last.before, last.after) == (before, after)
            && last.start + last.length == pixel
        {
            last.length += 1;
            return;
        }
        self.runs.push(Run {
            start: pixel,
            length: 1,
            before,
            after,
        });
    }

    /// Whether the stroke changed nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Bytes it takes in memory.
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.runs.len() * size_of::<Run>()
    }

    /// The changes, latest first, that take the stroke back: runs of pixels and what they get.
    fn undo(&self) -> impl Iterator<Item = (Range<usize>, Option<Band>)> {
        self.runs.iter().rev().map(|run| (run.pixels(), run.before))
    }

    /// The changes that make the stroke again.
    fn redo(&self) -> impl Iterator<Item = (Range<usize>, Option<Band>)> {
        self.runs.iter().map(|run| (run.pixels(), run.after))
    }
}

impl Run {
    fn pixels(self) -> Range<usize> {
        self.start as usize..(self.start + self.length) as usize
    }
}

/// Bytes that undo and redo of a canvas hold at most, however many strokes there were: 32 MB.
pub const LIMIT: usize = 32 << 20;

/// The strokes that can be undone and redone. Holds at most a set number of bytes: when a new
/// stroke does not fit, the oldest can no longer be undone; a stroke that alone does not fit
/// leaves nothing to undo.
#[derive(Debug, Clone)]
pub struct History {
    done: VecDeque<Stroke>,
    undone: Vec<Stroke>,
    bytes: usize,
    limit: usize,
}

impl Default for History {
    /// [`LIMIT`]: over 10,000 strokes of a hundred rows each at 16 bytes a row.
    fn default() -> Self {
        Self::new(LIMIT)
    }
}

impl History {
    /// An empty history of at most `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            done: VecDeque::new(),
            undone: Vec::new(),
            bytes: 0,
            limit,
        }
    }

    /// Adds a stroke that has been painted; what was undone before can no longer be redone. A
    /// stroke that changed nothing is not kept.
    pub fn push(&mut self, mut stroke: Stroke) {
        if stroke.is_empty() {
            return;
        }
        stroke.runs.shrink_to_fit();
        self.forget_undone();
        self.bytes += stroke.bytes();
        self.done.push_back(stroke);
        while self.bytes > self.limit
            && let Some(oldest) = self.done.pop_front()
        {
            self.bytes -= oldest.bytes();
        }
    }

    /// Takes the last stroke back: hands each run of pixels (row by row, it may go on in the next
    /// row) and the band it gets to `set`. False when there is nothing to undo.
    pub fn undo(&mut self, mut set: impl FnMut(Range<usize>, Option<Band>)) -> bool {
        let Some(stroke) = self.done.pop_back() else {
            return false;
        };
        for (pixels, band) in stroke.undo() {
            set(pixels, band);
        }
        self.undone.push(stroke);
        true
    }

    /// Makes the last undone stroke again, handing out the same. False when there is none.
    pub fn redo(&mut self, mut set: impl FnMut(Range<usize>, Option<Band>)) -> bool {
        let Some(stroke) = self.undone.pop() else {
            return false;
        };
        for (pixels, band) in stroke.redo() {
            set(pixels, band);
        }
        self.done.push_back(stroke);
        true
    }

    /// Forgets what was undone, so that it cannot be redone.
    pub fn forget_undone(&mut self) {
        self.bytes -= self.undone.drain(..).map(|s| s.bytes()).sum::<usize>();
    }

    /// Number of strokes that can be undone.
    #[must_use]
    pub fn undoable(&self) -> usize {
        self.done.len()
    }

    /// Number of strokes that can be redone.
    #[must_use]
    pub fn redoable(&self) -> usize {
        self.undone.len()
    }

    /// Bytes held, at most the limit.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Painting, brush};
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    fn paint(painting: &mut Painting, rng: &mut StdRng) -> Stroke {
        let (h, w) = (painting.height(), painting.width());
        let mut at = || {
            (
                rng.random_range(0.0..w as f32),
                rng.random_range(0.0..h as f32),
            )
        };
        let (from, to) = (at(), at());
        let band = Band::from_label(rng.random_range(0..5));
        let mut stroke = Stroke::default();
        for (y, first, end) in brush::under(h, w, from, to, 5.0) {
            for pixel in y * w + first..y * w + end {
                let before = painting.set(pixel, band);
                stroke.push(pixel, before, band);
            }
        }
        stroke
    }

    fn set(painting: &mut Painting, pixels: Range<usize>, band: Option<Band>) {
        for pixel in pixels {
            painting.set(pixel, band);
        }
    }

    #[test]
    fn undoing_and_redoing_walks_back_and_forth() {
        let mut rng = StdRng::seed_from_u64(4);
        let mut painting = Painting::empty(60, 80);
        let mut history = History::default();
        let mut states = vec![painting.clone()];
        while states.len() < 40 {
            let stroke = paint(&mut painting, &mut rng);
            if !stroke.is_empty() {
                history.push(stroke);
                states.push(painting.clone());
            }
        }
        for state in states.iter().rev().skip(1) {
            assert!(history.undo(|pixels, band| set(&mut painting, pixels, band)));
            assert_eq!(&painting, state);
        }
        assert!(!history.undo(|_, _| {}));
        for state in &states[1..] {
            assert!(history.redo(|pixels, band| set(&mut painting, pixels, band)));
            assert_eq!(&painting, state);
        }
        assert!(!history.redo(|_, _| {}));
    }

    #[test]
    fn a_new_stroke_ends_redoing() {
        let mut rng = StdRng::seed_from_u64(5);
        let mut painting = Painting::empty(60, 80);
        let mut history = History::default();
        for _ in 0..6 {
            history.push(paint(&mut painting, &mut rng));
        }
        let before = history.undoable();
        history.undo(|pixels, band| set(&mut painting, pixels, band));
        assert_eq!(history.redoable(), 1);
        history.push(paint(&mut painting, &mut rng));
        assert_eq!((history.redoable(), history.undoable()), (0, before));
    }

    #[test]
    fn ten_thousand_strokes_stay_within_the_limit() {
        let mut rng = StdRng::seed_from_u64(6);
        let mut painting = Painting::empty(300, 400);
        let mut history = History::new(1 << 20);
        for _ in 0..10_000 {
            history.push(paint(&mut painting, &mut rng));
            assert!(history.bytes() <= 1 << 20);
        }
        let held: usize = history.done.iter().map(Stroke::bytes).sum();
        assert_eq!(held, history.bytes());
        assert!(history.undoable() > 100);
        let mut tiny = History::new(10);
        tiny.push(paint(&mut painting, &mut rng));
        assert_eq!((tiny.undoable(), tiny.bytes()), (0, 0));
    }
}
