//! What somebody takes away by hand: strokes of a brush, rectangles, whole parts; step by step, so that
//! each can be taken back.

use std::ops::Range;

use ndarray::Array2;

use super::{EditMask, WhatIfError};
use crate::guess::Capsule;

/// Steps that can be taken back; the oldest go first.
const MOST_STEPS: usize = 100;

/// Which pixels of what the network sees are taken away, with undo and redo.
#[derive(Debug, Clone, PartialEq)]
pub struct EditCanvas {
    height: usize,
    width: usize,
    taken: Vec<bool>,
    told: Told,
    undo: Vec<Step>,
    redo: Vec<Step>,
    live: Option<Live>,
    carried: Option<Carried>,
    /// Raised by every change.
    version: u64,
}

/// What is known of the part that is taken away.
#[derive(Debug, Clone, Default, PartialEq)]
struct Told {
    /// How it was chosen, in words.
    words: String,
    /// How far it stands from where it was, in pixels to the right and down; 0 where it is gone.
    by: [i32; 2],
}

/// One change: the runs of pixels that changed sides, and what is known of the part before and after.
#[derive(Debug, Clone, PartialEq)]
struct Step {
    runs: Vec<Range<usize>>,
    before: Told,
    after: Told,
}

/// The part while it is carried elsewhere: where it was taken hold of, and where it stood then.
#[derive(Debug, Clone, PartialEq)]
struct Carried {
    from: (f32, f32),
    before: Told,
}

/// The stroke that is being made.
#[derive(Debug, Clone, PartialEq)]
struct Live {
    step: Step,
    take: bool,
    radius: f32,
    at: (f32, f32),
}

/// Words for what was painted.
const BY_HAND: &str = "painted by hand";

impl EditCanvas {
    /// Nothing is taken away from a picture of `[height, width]` pixels.
    #[must_use]
    pub fn new([height, width]: [usize; 2]) -> Self {
        Self {
            height,
            width,
            taken: vec![false; height * width],
            told: Told::default(),
            undo: Vec::new(),
            redo: Vec::new(),
            live: None,
            carried: None,
            version: 0,
        }
    }

    /// `[height, width]` in pixels.
    #[must_use]
    pub fn shape(&self) -> [usize; 2] {
        [self.height, self.width]
    }

    /// Whether a pixel (row * width + column) is taken away.
    #[must_use]
    pub fn is_taken(&self, pixel: usize) -> bool {
        self.taken.get(pixel).copied().unwrap_or(false)
    }

    /// True where all is as it was.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        !self.taken.contains(&true)
    }

    /// Grows with every change: what was computed of an older one is out of date.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// How what is taken away was chosen, in words.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.told.words
    }

    /// How far what is taken away stands from where it was, in pixels to the right and down; `None` where
    /// it is gone.
    #[must_use]
    pub fn moved(&self) -> Option<[i32; 2]> {
        Some(self.told.by).filter(|by| *by != [0, 0])
    }

    /// Steps that can be taken back, and done again.
    #[must_use]
    pub fn steps(&self) -> (usize, usize) {
        (self.undo.len(), self.redo.len())
    }

    /// True while a stroke is being made, or the part is carried.
    #[must_use]
    pub fn is_painting(&self) -> bool {
        self.live.is_some() || self.carried.is_some()
    }

    /// Takes hold of what is taken away, at `at` (`(x, y)` in pixels, anywhere). Nothing where that is
    /// nothing.
    pub fn take_hold(&mut self, at: (f32, f32)) {
        self.end();
        if !self.is_blank() {
            self.carried = Some(Carried {
                from: at,
                before: self.told.clone(),
            });
        }
    }

    /// Carries it on to `to`; nothing where it is not held.
    pub fn carry_to(&mut self, to: (f32, f32)) {
        let Some(Carried { from, before }) = &self.carried else {
            return;
        };
        let far = |from: f32, to: f32, before: i32| {
            let far = to - from;
            // Beyond the edge it is gone all the same.
            before.saturating_add(if far.is_finite() {
                far.round() as i32
            } else {
                0
            })
        };
        let by = [
            far(from.0, to.0, before.by[0]),
            far(from.1, to.1, before.by[1]),
        ];
        self.put(by);
    }

    /// Puts what is taken away so many pixels further to the right and down, as one step.
    pub fn shift(&mut self, by: [i32; 2]) {
        self.take_hold((0.0, 0.0));
        self.carry_to((by[0] as f32, by[1] as f32));
        self.end();
    }

    /// It stands so far from where it was, at most its own way out of the picture.
    fn put(&mut self, by: [i32; 2]) {
        let [right, down] = by;
        let most = |side: usize| i32::try_from(side).unwrap_or(i32::MAX);
        let (width, height) = (most(self.width), most(self.height));
        let by = [right.clamp(-width, width), down.clamp(-height, height)];
        if by != self.told.by {
            self.told.by = by;
            self.version += 1;
        }
    }

    /// Begins a stroke at `at` (`(x, y)` in pixels) that takes away, or brings back. A stroke that was
    /// not ended is ended.
    pub fn begin(&mut self, at: (f32, f32), radius: f32, take: bool) {
        self.end();
        self.live = Some(Live {
            step: self.step(BY_HAND),
            take,
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
            for (y, first, end) in capsule.rows(self.height, self.width) {
                let row = y * self.width;
                self.set(row + first..row + end, live.take, &mut live.step);
            }
            live.at = to;
        }
        self.live = Some(live);
    }

    /// Ends the stroke, or lets go of the part; from now on it can be taken back.
    pub fn end(&mut self) {
        if let Some(live) = self.live.take() {
            self.push(live.step);
        }
        if let Some(Carried { before, .. }) = self.carried.take() {
            self.push(Step {
                runs: Vec::new(),
                before,
                after: self.told.clone(),
            });
        }
    }

    /// Takes the stroke that is being made back, as when a second finger comes down to zoom.
    pub fn abandon(&mut self) {
        if let Some(live) = self.live.take() {
            self.flip(&live.step.runs);
        }
        if let Some(Carried { before, .. }) = self.carried.take() {
            self.put(before.by);
        }
    }

    /// Takes the rectangle between two corners (`(x, y)` in pixels, in any order) away, or brings it
    /// back: every pixel whose middle lies in it.
    pub fn rectangle(&mut self, from: (f32, f32), to: (f32, f32), take: bool) {
        let span = |a: f32, b: f32, count: usize| {
            let first = (a.min(b) - 0.5).ceil().clamp(0.0, count as f32) as usize;
            let end = (a.max(b) + 0.5).floor().clamp(0.0, count as f32) as usize;
            first..end.max(first)
        };
        let columns = span(from.0, to.0, self.width);
        let rows = span(from.1, to.1, self.height);
        let runs = rows.map(|y| y * self.width + columns.start..y * self.width + columns.end);
        self.change(runs.collect(), take, BY_HAND);
    }

    /// Takes these pixels (row * width + column) away, or brings them back.
    pub fn pixels(&mut self, pixels: impl IntoIterator<Item = usize>, take: bool) {
        let runs = pixels.into_iter().map(|pixel| pixel..pixel + 1);
        self.change(runs.collect(), take, BY_HAND);
    }

    /// Takes away what `mask` changes by half or more, and nothing else, and puts it nowhere. `words` tell
    /// how it was chosen. A mask of another size changes nothing.
    pub fn replace(&mut self, mask: &EditMask, words: &str) {
        self.end();
        if mask.values().dim() != (self.height, self.width) {
            return;
        }
        let mut step = self.step(words);
        step.after.by = [0, 0];
        for (pixel, &share) in mask.values().iter().enumerate() {
            self.set(pixel..pixel + 1, share >= 0.5, &mut step);
        }
        self.push(step);
    }

    /// Brings everything back.
    pub fn clear(&mut self) {
        let all = 0..self.taken.len();
        self.change(vec![all], false, "");
    }

    /// Takes the last step back. False when there is none.
    pub fn undo(&mut self) -> bool {
        self.end();
        let Some(step) = self.undo.pop() else {
            return false;
        };
        self.flip(&step.runs);
        self.told.clone_from(&step.before);
        self.redo.push(step);
        true
    }

    /// Does the step again that was taken back. False when there is none.
    pub fn redo(&mut self) -> bool {
        self.end();
        let Some(step) = self.redo.pop() else {
            return false;
        };
        self.flip(&step.runs);
        self.told.clone_from(&step.after);
        self.undo.push(step);
        true
    }

    /// What is taken away.
    ///
    /// # Errors
    /// When that is nothing.
    pub fn mask(&self) -> Result<EditMask, WhatIfError> {
        let at = |(y, x): (usize, usize)| f32::from(u8::from(self.is_taken(y * self.width + x)));
        EditMask::new(Array2::from_shape_fn((self.height, self.width), at))
    }

    fn step(&self, words: &str) -> Step {
        Step {
            runs: Vec::new(),
            before: self.told.clone(),
            after: Told {
                words: words.to_owned(),
                by: self.told.by,
            },
        }
    }

    fn change(&mut self, runs: Vec<Range<usize>>, take: bool, words: &str) {
        self.end();
        let mut step = self.step(words);
        for run in runs {
            self.set(run, take, &mut step);
        }
        self.push(step);
    }

    /// Those of these pixels that are on the other side change to this one, and `step` remembers them.
    fn set(&mut self, pixels: Range<usize>, take: bool, step: &mut Step) {
        for pixel in pixels {
            let Some(taken) = self.taken.get_mut(pixel).filter(|taken| **taken != take) else {
                continue;
            };
            *taken = take;
            self.version += 1;
            match step.runs.last_mut() {
                Some(last) if last.end == pixel => last.end += 1,
                _ => step.runs.push(pixel..pixel + 1),
            }
        }
    }

    fn flip(&mut self, runs: &[Range<usize>]) {
        for pixel in runs.iter().cloned().flatten() {
            if let Some(taken) = self.taken.get_mut(pixel) {
                *taken = !*taken;
            }
        }
        self.version += 1;
    }

    /// Keeps a step that changed something.
    fn push(&mut self, mut step: Step) {
        if step.runs.is_empty() && step.before.by == step.after.by {
            return;
        }
        if self.is_blank() {
            step.after = Told::default();
        }
        self.put(step.after.by);
        self.told.clone_from(&step.after);
        self.redo.clear();
        self.undo.push(step);
        if self.undo.len() > MOST_STEPS {
            self.undo.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(canvas: &EditCanvas) -> usize {
        (0..canvas.height * canvas.width)
            .filter(|&pixel| canvas.is_taken(pixel))
            .count()
    }

    #[test]
    fn a_stroke_is_one_step_that_can_be_taken_back_and_done_again() {
        let mut canvas = EditCanvas::new([20, 30]);
        assert!(canvas.is_blank() && canvas.mask().is_err());
        canvas.begin((5.0, 5.0), 2.0, true);
        // Over the same place twice: a pixel changes once.
        canvas.line_to((15.0, 5.0));
        canvas.line_to((5.0, 5.0));
        assert_eq!(canvas.steps(), (0, 0), "it is not over");
        canvas.end();
        let all = taken(&canvas);
        assert!(all > 40 && canvas.is_taken(5 * 30 + 10), "{all}");
        assert_eq!((canvas.steps(), canvas.words()), ((1, 0), BY_HAND));
        let mask = canvas.mask().unwrap();
        assert!((mask.share() - all as f64 / 600.0).abs() < 1e-9);
        // A part of it is brought back.
        canvas.begin((10.0, 5.0), 1.0, false);
        canvas.end();
        let fewer = taken(&canvas);
        assert!(fewer < all && !canvas.is_taken(5 * 30 + 10));
        assert!(canvas.undo());
        assert_eq!(taken(&canvas), all);
        assert!(canvas.undo() && !canvas.undo());
        assert!(canvas.is_blank() && canvas.words().is_empty());
        assert!(canvas.redo() && canvas.redo() && !canvas.redo());
        assert_eq!(taken(&canvas), fewer);
    }

    #[test]
    fn a_second_finger_takes_the_stroke_away_and_leaves_no_step() {
        let mut canvas = EditCanvas::new([9, 9]);
        canvas.begin((4.0, 4.0), 2.0, true);
        let version = canvas.version();
        canvas.abandon();
        assert!(canvas.is_blank() && canvas.version() > version);
        assert_eq!(canvas.steps(), (0, 0));
    }

    #[test]
    fn what_is_carried_elsewhere_is_one_step_and_stays_taken_away() {
        let mut canvas = EditCanvas::new([20, 30]);
        canvas.take_hold((3.0, 3.0));
        canvas.carry_to((9.0, 9.0));
        canvas.end();
        assert_eq!((canvas.moved(), canvas.steps()), (None, (0, 0)), "nothing");
        canvas.rectangle((2.0, 2.0), (6.0, 6.0), true);
        let gone = taken(&canvas);
        let version = canvas.version();
        canvas.take_hold((3.0, 3.0));
        assert!(canvas.is_painting());
        canvas.carry_to((5.0, 3.0));
        canvas.carry_to((10.4, 1.0));
        assert_eq!(canvas.moved(), Some([7, -2]));
        assert!(canvas.version() > version, "each way is a state of its own");
        canvas.end();
        assert_eq!((canvas.steps(), taken(&canvas)), ((2, 0), gone));
        assert_eq!(canvas.words(), BY_HAND);
        // It is taken up where it stands.
        canvas.shift([-3, 4]);
        assert_eq!(canvas.moved(), Some([4, 2]));
        let version = canvas.version();
        assert!(canvas.undo() && canvas.version() > version);
        assert_eq!(canvas.moved(), Some([7, -2]));
        assert!(canvas.redo());
        assert_eq!(canvas.moved(), Some([4, 2]));
        // No further than out of the picture, and nowhere by a place that is none.
        canvas.shift([i32::MAX, i32::MIN]);
        assert_eq!(canvas.moved(), Some([30, -20]));
        canvas.undo();
        canvas.take_hold((0.0, 0.0));
        canvas.carry_to((f32::NAN, f32::INFINITY));
        assert_eq!(canvas.moved(), Some([4, 2]));
        canvas.carry_to((5.0, 5.0));
        canvas.abandon();
        assert_eq!(canvas.moved(), Some([4, 2]));
        // Another part stands where it was; so does nothing.
        let mask = EditMask::new(Array2::from_elem((20, 30), 1.0)).unwrap();
        canvas.replace(&mask, "all");
        assert_eq!(canvas.moved(), None);
        canvas.undo();
        assert_eq!(canvas.moved(), Some([4, 2]));
        canvas.clear();
        assert_eq!(canvas.moved(), None);
    }

    #[test]
    fn a_rectangle_takes_the_pixels_whose_middles_lie_in_it() {
        let mut canvas = EditCanvas::new([6, 8]);
        // From the lower right to the upper left, beyond the edge.
        canvas.rectangle((20.0, 3.6), (5.4, 1.4), true);
        let rows: Vec<usize> = (0..48).filter(|&p| canvas.is_taken(p)).collect();
        assert_eq!(rows, [13, 14, 15, 21, 22, 23, 29, 30, 31]);
        canvas.rectangle((1.0, 1.0), (1.1, 1.1), true);
        assert_eq!(canvas.steps(), (1, 0), "no pixel's middle lies in it");
        canvas.rectangle((f32::NAN, 0.0), (1.0, 9.0), true);
        assert!(taken(&canvas) >= 9);
    }

    #[test]
    fn a_mask_takes_the_place_of_what_was_painted() {
        let mut canvas = EditCanvas::new([2, 2]);
        canvas.pixels([3], true);
        let mask = EditMask::new(ndarray::arr2(&[[1.0, 0.4], [0.5, 0.0]])).unwrap();
        canvas.replace(&mask, "top 50 %");
        let now: Vec<bool> = (0..4).map(|p| canvas.is_taken(p)).collect();
        assert_eq!(now, [true, false, true, false]);
        assert_eq!(canvas.words(), "top 50 %");
        canvas.pixels([1], true);
        assert_eq!(canvas.words(), BY_HAND);
        canvas.undo();
        assert_eq!(canvas.words(), "top 50 %");
        canvas.clear();
        assert!(canvas.is_blank() && canvas.words().is_empty());
        canvas.undo();
        assert_eq!(taken(&canvas), 2);
        // Of another size.
        let version = canvas.version();
        canvas.replace(&EditMask::new(Array2::from_elem((3, 3), 1.0)).unwrap(), "x");
        assert_eq!(canvas.version(), version);
    }

    #[test]
    fn the_oldest_steps_are_forgotten() {
        let mut canvas = EditCanvas::new([1, 300]);
        for pixel in 0..300 {
            canvas.pixels([pixel], true);
        }
        assert_eq!(canvas.steps(), (MOST_STEPS, 0));
    }
}
