//! Guess and answer on top of each other: what was hit, missed and painted in vain, each with a
//! pattern of its own, so that it can be told without telling colours apart.

use super::Band;

/// How a pixel of the guess relates to the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mark {
    /// Painted in the right colour.
    Hit(Band),
    /// Painted, and marked in the answer, in another colour.
    Near {
        /// What was painted.
        painted: Band,
        /// What is right.
        right: Band,
    },
    /// Marked in the answer, not painted.
    Missed(Band),
    /// Painted, and nothing there in the answer.
    False(Band),
}

impl Mark {
    /// The mark of a pixel; `None` where nothing was painted and nothing is.
    #[must_use]
    pub fn of(painted: Option<Band>, right: Option<Band>) -> Option<Self> {
        Some(match (painted, right) {
            (None, None) => return None,
            (Some(painted), None) => Self::False(painted),
            (None, Some(right)) => Self::Missed(right),
            (Some(painted), Some(right)) if painted == right => Self::Hit(right),
            (Some(painted), Some(right)) => Self::Near { painted, right },
        })
    }

    /// What it is called in the legend.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hit(_) => "right",
            Self::Near { .. } => "right place, other colour",
            Self::Missed(_) => "missed",
            Self::False(_) => "not important",
        }
    }

    /// The colour of the pixel at `(x, y)`, in logical pixels of the screen, and how much of it
    /// lies over the picture, 0-1. Right is filled, the right place in another colour has dots in
    /// the colour that was painted, missed is striped, painted in vain is cross-hatched. The
    /// shader `reveal.wgsl` draws the same.
    #[must_use]
    pub fn shade(self, x: u32, y: u32) -> (Band, f32) {
        let (u, v) = (x % PERIOD, y % PERIOD);
        match self {
            Self::Hit(band) => (band, FULL),
            Self::Near { painted, right } => {
                let off = |w: u32| w.abs_diff(PERIOD / 2).pow(2);
                if off(u) + off(v) <= DOT {
                    (painted, FULL)
                } else {
                    (right, HALF)
                }
            }
            Self::Missed(band) => {
                let on = (u + v) % PERIOD < PERIOD / 2;
                (band, if on { FULL } else { FAINT })
            }
            Self::False(band) => {
                let on = (u + v).is_multiple_of(PERIOD) || u == v;
                (band, if on { FULL } else { FAINT })
            }
        }
    }
}

/// Distance from one stripe to the next, in logical pixels.
pub const PERIOD: u32 = 8;
/// Square of a dot's radius.
const DOT: u32 = 5;
/// How much of a colour lies over the picture where a pattern is on.
pub const FULL: f32 = 0.9;
/// Between dots.
pub const HALF: f32 = 0.55;
/// Between stripes and hatches.
pub const FAINT: f32 = 0.15;
/// How much of a colour lies over the picture while somebody paints.
pub const PAINT: f32 = 0.72;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_patterns_differ_where_colours_are_the_same() {
        let band = Band::Red;
        let marks = [
            Mark::of(Some(band), Some(band)),
            Mark::of(Some(Band::Purple), Some(band)),
            Mark::of(None, Some(band)),
            Mark::of(Some(band), None),
        ];
        let mut seen = std::collections::HashSet::new();
        let mut names = std::collections::HashSet::new();
        for mark in marks.into_iter().flatten() {
            let pattern: Vec<u32> = (0..PERIOD * PERIOD)
                .map(|i| (mark.shade(i % PERIOD, i / PERIOD).1 * 1000.0) as u32)
                .collect();
            let shown: Vec<u8> = (0..PERIOD * PERIOD)
                .map(|i| mark.shade(i % PERIOD, i / PERIOD).0.label())
                .collect();
            assert!(seen.insert((pattern, shown)), "{mark:?}");
            assert!(names.insert(mark.name()));
            // Repeats without a seam.
            for i in 0..PERIOD * PERIOD {
                let (x, y) = (i % PERIOD, i / PERIOD);
                assert_eq!(mark.shade(x, y), mark.shade(x + PERIOD, y + 3 * PERIOD));
            }
        }
        assert_eq!(seen.len(), 4);
        assert_eq!(Mark::of(None, None), None);
    }
}
