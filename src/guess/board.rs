//! One round's canvas: the painting with its score, undo and redo, and what changed since the
//! device last drew it.

use std::ops::Range;
use std::sync::Arc;

use super::stamp::{Capsule, Shape, Stamp};
use super::{Answer, Band, GuessError, History, Painting, Regions, Score, Scorer, Stroke};

/// A canvas that is painted on. Every change goes through here, so that painting, score, history
/// and the device's copy stay equal.
#[derive(Debug, Clone)]
pub struct Board {
    scorer: Scorer,
    history: History,
    live: Option<Live>,
    stamps: Vec<Stamp>,
}

/// The stroke that is being made.
#[derive(Debug, Clone)]
struct Live {
    stroke: Stroke,
    band: Option<Band>,
    radius: f32,
    at: (f32, f32),
}

impl Board {
    /// An empty canvas for an answer.
    #[must_use]
    pub fn new(answer: Arc<Answer>) -> Self {
        Self {
            scorer: Scorer::empty(answer),
            history: History::default(),
            live: None,
            stamps: Vec::new(),
        }
    }

    /// The same canvas scored against another answer of the same size. What was painted stays,
    /// and can be undone.
    ///
    /// # Errors
    /// [`GuessError::Shape`] when the sizes differ.
    pub fn against(&mut self, answer: Arc<Answer>) -> Result<(), GuessError> {
        let (height, width) = (answer.height(), answer.width());
        if (height, width) != (self.height(), self.width()) {
            return Err(GuessError::Shape {
                width: self.width(),
                height: self.height(),
                map_width: width,
                map_height: height,
            });
        }
        self.scorer = Scorer::new(answer, self.scorer.painting())?;
        Ok(())
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> usize {
        self.scorer.painting().height()
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> usize {
        self.scorer.painting().width()
    }

    /// What is painted.
    #[must_use]
    pub fn painting(&self) -> &Painting {
        self.scorer.painting()
    }

    /// What it is scored against.
    #[must_use]
    pub fn answer(&self) -> &Arc<Answer> {
        self.scorer.answer()
    }

    /// The score of what is painted now.
    #[must_use]
    pub fn score(&self) -> Score {
        self.scorer.score()
    }

    /// Strokes that can be undone and redone.
    #[must_use]
    pub fn steps(&self) -> (usize, usize) {
        (self.history.undoable(), self.history.redoable())
    }

    /// Bytes that undo and redo hold: at most [`super::HISTORY_LIMIT`].
    #[must_use]
    pub fn history_bytes(&self) -> usize {
        self.history.bytes()
    }

    /// True when nothing is painted. Asked in every frame, so it is read off the counts.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        let painted = self.scorer.confusion().counts;
        painted.iter().skip(1).flatten().all(|&count| count == 0)
    }

    /// True while a stroke is being made.
    #[must_use]
    pub fn is_painting(&self) -> bool {
        self.live.is_some()
    }

    /// Begins a stroke with a dab at `at` (`(x, y)` in pixels of the canvas); `band` `None`
    /// erases. A stroke that was not ended is ended.
    pub fn begin(&mut self, at: (f32, f32), radius: f32, band: Option<Band>) {
        self.end();
        self.live = Some(Live {
            stroke: Stroke::default(),
            band,
            radius,
            at,
        });
        self.line_to(at);
    }

    /// Draws on to `to`; nothing without a stroke.
    pub fn line_to(&mut self, to: (f32, f32)) {
        let Some(mut live) = self.live.take() else {
            return;
        };
        if let Some(capsule) = Capsule::new(live.at, to, live.radius) {
            let (height, width) = (self.height(), self.width());
            for (y, first, end) in capsule.rows(height, width) {
                self.run(
                    y * width + first..y * width + end,
                    live.band,
                    &mut live.stroke,
                );
            }
            self.stamps.push(Stamp {
                shape: Shape::Brush(capsule),
                band: live.band,
            });
            live.at = to;
        }
        self.live = Some(live);
    }

    /// Ends the stroke; from now on it can be undone.
    pub fn end(&mut self) {
        if let Some(live) = self.live.take() {
            self.history.push(live.stroke);
        }
    }

    /// Takes the stroke that is being made back, as when a second finger comes down to zoom.
    pub fn abandon(&mut self) {
        let changed = self
            .live
            .as_ref()
            .is_some_and(|live| !live.stroke.is_empty());
        self.end();
        if changed {
            self.undo();
            self.history.forget_undone();
        }
    }

    /// Paints (or clears) a whole segment. False when it had that colour already.
    pub fn fill(&mut self, regions: &Regions, region: usize, band: Option<Band>) -> bool {
        self.end();
        let mut stroke = Stroke::default();
        if regions.size() == (self.height(), self.width()) {
            let width = self.width();
            for pixels in runs(regions.pixels(region)) {
                stamp_run(&mut self.stamps, &pixels, width, band);
                self.run(pixels, band, &mut stroke);
            }
        }
        let changed = !stroke.is_empty();
        self.history.push(stroke);
        changed
    }

    /// Clears the canvas; can be undone.
    pub fn clear(&mut self) {
        self.end();
        let mut stroke = Stroke::default();
        let (height, width) = (self.height(), self.width());
        self.run(0..height * width, None, &mut stroke);
        self.history.push(stroke);
        self.stamps.clear();
        self.stamps.push(Stamp::all(height, width, None));
    }

    /// Takes the last stroke back. False when there is none.
    pub fn undo(&mut self) -> bool {
        self.end();
        self.walk(|history, set| history.undo(set))
    }

    /// Makes the stroke that was taken back again. False when there is none.
    pub fn redo(&mut self) -> bool {
        self.end();
        self.walk(|history, set| history.redo(set))
    }

    /// Goes a step through the history. Works on runs of pixels, so that undoing the clearing of
    /// a large canvas takes no memory for each of its pixels.
    fn walk(
        &mut self,
        step: impl FnOnce(&mut History, &mut dyn FnMut(Range<usize>, Option<Band>)) -> bool,
    ) -> bool {
        let width = self.width();
        let Self {
            scorer,
            history,
            stamps,
            ..
        } = self;
        step(history, &mut |pixels, band| {
            stamp_run(stamps, &pixels, width, band);
            for pixel in pixels {
                scorer.set(pixel, band);
            }
        })
    }

    /// What changed since the last call, in order.
    pub fn take_stamps(&mut self) -> Vec<Stamp> {
        std::mem::take(&mut self.stamps)
    }

    /// Everything that is painted, for a device that holds nothing yet.
    #[must_use]
    pub fn all_stamps(&self) -> Vec<Stamp> {
        let mut stamps = vec![Stamp::all(self.height(), self.width(), None)];
        let mut start = 0;
        for same in self.painting().flat().chunk_by(|a, b| a == b) {
            let pixels = start..start + same.len();
            start = pixels.end;
            if let Some(band) = same.first().and_then(|&label| Band::from_label(label)) {
                stamp_run(&mut stamps, &pixels, self.width(), Some(band));
            }
        }
        stamps
    }

    fn run(&mut self, pixels: Range<usize>, band: Option<Band>, stroke: &mut Stroke) {
        for pixel in pixels {
            let before = self.scorer.set(pixel, band);
            stroke.push(pixel, before, band);
        }
    }
}

/// Adds the stamps of a run of pixels (row by row): its whole rows as one block, what is left of
/// the rows at its ends as one each.
fn stamp_run(stamps: &mut Vec<Stamp>, pixels: &Range<usize>, width: usize, band: Option<Band>) {
    let width = width.max(1);
    let mut start = pixels.start;
    while start < pixels.end {
        let (y, x) = (start / width, start % width);
        let rows = (pixels.end - start) / width;
        if x == 0 && rows > 0 {
            stamps.push(Stamp::rows(y..y + rows, width, band));
            start += rows * width;
        } else {
            let end = pixels.end.min((y + 1) * width);
            stamps.push(Stamp::row(y, x, x + end - start, band));
            start = end;
        }
    }
}

/// Neighbouring pixels (row by row) taken together.
fn runs(pixels: impl Iterator<Item = usize>) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for pixel in pixels {
        if let Some(last) = runs.last_mut()
            && last.end == pixel
        {
            last.end += 1;
        } else {
            runs.push(pixel..pixel + 1);
        }
    }
    runs
}

#[cfg(test)]
mod tests;
