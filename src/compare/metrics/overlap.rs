//! `IoU` and Dice: do the most important parts of two maps lie in the same place?

use crate::compare::pair::Pair;
use crate::compare::parallel::both;
use crate::compare::rank::{Top, count_of};

/// How the top shares of two maps overlap, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap {
    /// Pixels in the top share of both.
    pub both: usize,
    /// Pixels in the top share of at least one.
    pub either: usize,
    /// Pixels in the top share of each: `round(share * pixels)`.
    pub each: usize,
}

impl Overlap {
    /// The overlap of the `top_share` (0-1) highest pixels of each map; pixels of equal value are
    /// taken in reading order.
    #[must_use]
    pub fn of(pair: &Pair<'_>, top_share: f64) -> Self {
        let each = count_of(pair.pixels(), top_share);
        let (a, b) = both(|| Top::of(pair.a(), each), || Top::of(pair.b(), each));
        let (mut a, mut b) = (a.walk(), b.walk());
        let shared = pair
            .a()
            .iter()
            .zip(pair.b())
            .map(|(&x, &y)| usize::from(a.takes(x) & b.takes(y)))
            .sum();
        Self {
            both: shared,
            either: 2 * each - shared,
            each,
        }
    }

    /// Intersection over union, 0-1; `None` when the share is less than half a pixel.
    #[must_use]
    pub fn iou(self) -> Option<f64> {
        (self.either > 0).then(|| self.both as f64 / self.either as f64)
    }

    /// Dice coefficient (F1), 0-1; `None` when the share is less than half a pixel.
    #[must_use]
    pub fn dice(self) -> Option<f64> {
        (self.each > 0).then(|| self.both as f64 / self.each as f64)
    }
}
