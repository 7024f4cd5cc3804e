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
mod tests {
    use super::*;
    use crate::guess::{BandShares, HISTORY_LIMIT, score};
    use ndarray::Array2;
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    fn board(height: usize, width: usize) -> Board {
        let map = Array2::from_shape_fn((height, width), |(y, x)| {
            -((y as f32 - 20.0).hypot(x as f32 - 30.0))
        });
        let answer = Answer::of("m", map.view(), BandShares::default()).unwrap();
        Board::new(Arc::new(answer))
    }

    /// The device's copy, made from the stamps alone.
    struct Copy(Painting);

    impl Copy {
        fn take(&mut self, stamps: Vec<Stamp>) {
            let (height, width) = (self.0.height(), self.0.width());
            for stamp in stamps {
                let rows = match stamp.shape {
                    Shape::Brush(capsule) => capsule.rows(height, width),
                    Shape::Block { from, to } => (from[1]..to[1])
                        .map(|y| (y as usize, from[0] as usize, to[0] as usize))
                        .collect(),
                };
                for (y, first, end) in rows {
                    for x in first..end {
                        self.0.set(y * width + x, stamp.band);
                    }
                }
            }
        }
    }

    #[test]
    fn painting_score_and_device_stay_equal_whatever_is_done() {
        let (height, width) = (48, 64);
        let mut board = board(height, width);
        let labels = Array2::from_shape_fn((height, width), |(y, x)| (y / 9 * 8 + x / 9) as u32);
        let regions = Regions::new(labels.view()).unwrap();
        let mut copy = Copy(Painting::empty(height, width));
        let mut rng = StdRng::seed_from_u64(5);
        for _ in 0..400 {
            let band = Band::from_label(rng.random_range(0..5));
            let mut place = || {
                (
                    rng.random_range(-5.0..69.0f32),
                    rng.random_range(-5.0..53.0f32),
                )
            };
            let (from, to, then) = (place(), place(), place());
            match rng.random_range(0..12) {
                0..=4 => {
                    board.begin(from, rng.random_range(0.0..8.0), band);
                    board.line_to(to);
                    board.line_to(then);
                    board.end();
                }
                5 | 6 => {
                    board.fill(&regions, rng.random_range(0..regions.len()), band);
                }
                7 | 8 => {
                    board.undo();
                }
                9 => {
                    board.redo();
                }
                10 => {
                    let before = board.painting().clone();
                    board.begin(from, 4.0, band);
                    board.line_to(to);
                    board.abandon();
                    assert_eq!(board.painting(), &before);
                }
                _ => board.clear(),
            }
            copy.take(board.take_stamps());
            assert_eq!(&copy.0, board.painting());
            assert_eq!(
                board.score(),
                score(board.painting(), board.answer()).unwrap()
            );
        }
        let mut fresh = Copy(Painting::empty(height, width));
        fresh.take(board.all_stamps());
        assert_eq!(&fresh.0, board.painting());
        while board.undo() {}
        assert_eq!(board.steps().0, 0);
    }

    #[test]
    fn a_fast_stroke_leaves_no_gap() {
        let mut board = board(60, 200);
        board.begin((5.0, 30.0), 3.0, Some(Band::Red));
        board.line_to((195.0, 31.0));
        board.end();
        assert!((5..195).all(|x| board.painting().get(30 * 200 + x) == Some(Band::Red)));
        assert_eq!(board.steps(), (1, 0));
        assert!(board.undo() && board.is_blank());
    }

    #[test]
    fn ten_thousand_strokes_hold_at_most_32_megabytes() {
        let mut board = board(300, 400);
        let mut rng = StdRng::seed_from_u64(6);
        for n in 0..10_000_u32 {
            let mut place = || {
                (
                    rng.random_range(0.0..400.0f32),
                    rng.random_range(0.0..300.0f32),
                )
            };
            let (from, to) = (place(), place());
            board.begin(from, 6.0, Band::from_label((n % 5) as u8));
            board.line_to(to);
            board.end();
            board.take_stamps();
            assert!(board.history_bytes() <= HISTORY_LIMIT);
        }
        assert!(board.steps().0 > 1000, "{:?}", board.steps());
        let before = board.painting().clone();
        // What was undone is held within the same bound.
        assert!((0..200).all(|_| board.undo()));
        assert!(board.history_bytes() <= HISTORY_LIMIT);
        assert!((0..200).all(|_| board.redo()));
        assert_eq!(board.painting(), &before);
    }

    #[test]
    fn undoing_the_clearing_of_a_full_canvas_is_told_in_one_stamp() {
        let mut board = board(300, 400);
        board.begin((200.0, 150.0), 900.0, Some(Band::Red));
        board.end();
        board.clear();
        board.take_stamps();
        assert!(board.undo());
        let whole = Stamp::all(300, 400, Some(Band::Red));
        assert_eq!(board.take_stamps(), [whole]);
        assert_eq!(
            board.all_stamps(),
            [Stamp::all(300, 400, None), whole],
            "a new device gets it in as few"
        );
        assert!(board.history_bytes() < 40_000);
    }

    #[test]
    fn another_answer_takes_the_painting_over() {
        let mut board = board(48, 64);
        board.begin((30.0, 20.0), 6.0, Some(Band::Yellow));
        board.end();
        let map = Array2::from_shape_fn((48, 64), |(y, x)| (y * 64 + x) as f32);
        let other = Answer::of("n", map.view(), BandShares::default()).unwrap();
        board.against(Arc::new(other)).unwrap();
        assert_eq!(
            board.score(),
            score(board.painting(), board.answer()).unwrap()
        );
        assert!(board.undo() && board.is_blank());
        let small = Array2::from_shape_fn((24, 32), |(y, x)| (y * 32 + x) as f32);
        let small = Answer::of("s", small.view(), BandShares::default()).unwrap();
        assert!(board.against(Arc::new(small)).is_err());
    }
}
