//! How good a guess is: the paper's measure, the usual ones, and one honest figure.
//!
//! **The paper's**: per colour, the share that was found; it grows for right pixels only and
//! nothing takes it back, so painting the whole picture in a colour finds all of that colour.
//!
//! **The score**, 0-100, is `100 x overlap x restraint`. Give unmarked pixels the level 0, purple
//! 1, red 2, orange 3 and yellow 4.
//!
//! - The *overlap* is the weighted Jaccard index (Ruzicka 1958): the sum over pixels of the lower of
//!   the guess's and the answer's level, divided by the sum of the higher. The right place in a
//!   neighbouring colour counts in part; paint too much and paint missing cost alike.
//! - The *restraint* is the share of the picture's unmarked part that was left clean.
//!
//! The exact answer is 100, an empty canvas 0, and so is every painting that covers the whole
//! picture, in whatever colours. Any painting that finds a marked pixel and leaves some of the
//! rest clean is above that: a blob in the middle always beats a fill. A measure corrected for
//! chance could not do this, for a blob may be worse than chance. What chance reaches is shown as
//! a yardstick instead ([`super::Yardsticks`]), and Cohen's weighted kappa stands among the figures.

use serde::Serialize;

use super::answer::Answer;
use super::painting::Painting;
use super::{Band, GuessError};

/// The score's formula as it is shown beside it.
pub const FORMULA: &str = "score = 100 x overlap x restraint";

/// Which rule made a score: raised when the formula changes, so that kept scores of different
/// rules are never ranked against each other. 0 was the weighted kappa.
pub const RULE: u32 = 1;

/// Pixels counted by what was painted and what is right: `counts[painted][right]`, both as labels
/// (0 none, 1 yellow, 2 orange, 3 red, 4 purple). The shader `score.wgsl` computes the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Confusion {
    /// `counts[painted][right]`.
    pub counts: [[u64; 5]; 5],
}

impl Confusion {
    /// Counts a painting against the labels of an answer of the same size, row by row.
    #[must_use]
    pub fn of(painted: &[u8], right: &[u8]) -> Self {
        let mut confusion = Self::default();
        for (&p, &r) in painted.iter().zip(right) {
            *confusion.at(p, r) += 1;
        }
        confusion
    }

    /// The count of one pair of labels; labels above 4 count as none.
    pub(super) fn at(&mut self, painted: u8, right: u8) -> &mut u64 {
        let index = |label: u8| if label > 4 { 0 } else { usize::from(label) };
        &mut self.counts[index(painted)][index(right)]
    }

    /// Pixels painted with each label.
    fn painted(&self) -> [u64; 5] {
        self.counts.map(|row| row.iter().sum())
    }

    /// Pixels of each label in the answer.
    fn right(&self) -> [u64; 5] {
        let mut right = [0; 5];
        for row in &self.counts {
            for (sum, n) in right.iter_mut().zip(row) {
                *sum += n;
            }
        }
        right
    }
}

/// For each painted label, the sum over its pixels of twice the map's rank, less the mean: what
/// the rank correlation of painting and map needs, in whole numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RankSums(pub [i64; 5]);

impl RankSums {
    /// The sums for a painting of the answer's size, row by row.
    #[must_use]
    pub fn of(painted: &[u8], answer: &Answer) -> Self {
        let mut sums = Self::default();
        for (&label, &rank) in painted.iter().zip(answer.ranks()) {
            sums.add(label, i64::from(rank));
        }
        sums
    }

    /// Adds a pixel's rank to a label; labels above 4 count as none.
    pub(super) fn add(&mut self, label: u8, rank: i64) {
        self.0[if label > 4 { 0 } else { usize::from(label) }] += rank;
    }
}

/// One colour of a scored guess. All shares are of the picture's pixels, 0-1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BandScore {
    /// The colour.
    pub colour: Band,
    /// Share of the picture that has this colour in the answer: the paper's grey bar.
    pub share: f64,
    /// Share of the picture that has this colour in the answer and in the guess: the paper's
    /// coloured bar, at most `share`.
    pub found: f64,
    /// Share of the picture painted in this colour.
    pub painted: f64,
    /// Of what was painted in this colour, the share that is right; `None` when nothing was.
    pub precision: Option<f64>,
    /// Of what has this colour in the answer, the share that was found; `None` when nothing has.
    pub recall: Option<f64>,
}

/// How good a guess is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Score {
    /// 0-100; see the module for the formula.
    pub score: f64,
    /// Weighted Jaccard index of the levels, 0-1: the lower of both levels summed over the pixels,
    /// by the higher.
    pub overlap: f64,
    /// Of the part that the answer leaves unmarked, the share that was left clean, 0-1.
    pub restraint: f64,
    /// Cohen's kappa (1968) with linear weights, -1 to 1: agreement in levels, corrected for what
    /// the same amounts of paint reach at random, which is 0.
    pub kappa: f64,
    /// The four colours, most important first.
    pub bands: [BandScore; 4],
    /// Of all pixels painted or marked in the answer, the share that is both, whatever the
    /// colours: whether the place was found.
    pub iou: f64,
    /// Spearman's rank correlation of the painted levels with the map, -1 to 1; `None` when the
    /// whole picture has one level.
    pub spearman: Option<f64>,
}

/// Scores a painting of the answer's size or another of the same shape ([`Painting::at_size`]).
///
/// # Errors
/// [`GuessError::Shape`] when the shapes differ.
pub fn score(painting: &Painting, answer: &Answer) -> Result<Score, GuessError> {
    let painting = painting.at_size(answer.height(), answer.width())?;
    Ok(Score::from_counts(
        &Confusion::of(painting.flat(), answer.labels()),
        &RankSums::of(painting.flat(), answer),
        answer,
    ))
}

impl Score {
    /// The score from counts, however they were made.
    #[must_use]
    pub fn from_counts(confusion: &Confusion, ranks: &RankSums, answer: &Answer) -> Self {
        let (painted, right) = (confusion.painted(), confusion.right());
        let n: u64 = painted.iter().sum();
        let whole = (n as f64).max(1.0);
        let (mut lower, mut higher, mut off_by_chance) = (0u64, 0u64, 0u128);
        for (p, row) in confusion.counts.iter().enumerate() {
            for (r, &count) in row.iter().enumerate() {
                let (painted_level, right_level) = (level(p), level(r));
                lower += count * painted_level.min(right_level);
                higher += count * painted_level.max(right_level);
                let levels = painted_level.abs_diff(right_level);
                off_by_chance += u128::from(painted[p]) * u128::from(right[r]) * u128::from(levels);
            }
        }
        let overlap = share(lower, higher);
        // An answer that marks everything has no rest to leave clean; see `Answer::of`.
        let restraint = share(confusion.counts[0][0], right[0]);
        let both: u64 = confusion
            .counts
            .iter()
            .skip(1)
            .flat_map(|row| &row[1..])
            .sum();
        let either = n - confusion.counts[0][0];
        Self {
            score: 100.0 * overlap * restraint,
            overlap,
            restraint,
            kappa: kappa(u128::from(higher - lower) * u128::from(n), off_by_chance),
            bands: Band::ALL.map(|colour| {
                let i = usize::from(colour.label());
                let found = confusion.counts[i][i];
                let share_of = |all: u64| (all > 0).then(|| share(found, all));
                BandScore {
                    colour,
                    share: right[i] as f64 / whole,
                    found: found as f64 / whole,
                    painted: painted[i] as f64 / whole,
                    precision: share_of(painted[i]),
                    recall: share_of(right[i]),
                }
            }),
            iou: share(both, either),
            spearman: spearman(&painted, n, ranks, answer),
        }
    }
}

/// `part / all`, 0 of nothing.
fn share(part: u64, all: u64) -> f64 {
    if all == 0 {
        return 0.0;
    }
    part as f64 / all as f64
}

/// Cohen's kappa from disagreements counted and expected, in the same unit. Where none is
/// expected, painting and answer have one level each: the same (1) or not (0).
fn kappa(off: u128, by_chance: u128) -> f64 {
    match (off, by_chance) {
        (0, _) => 1.0,
        (_, 0) => 0.0,
        // As whole numbers, so that an empty canvas is 0 and nothing near it.
        (off, chance) if off == chance => 0.0,
        (off, chance) => 1.0 - off as f64 / chance as f64,
    }
}

/// Level of importance of a label: none 0, yellow 4 to purple 1.
fn level(label: usize) -> u64 {
    if label == 0 { 0 } else { 5 - label as u64 }
}

/// Spearman's correlation of the painted levels with the map: the levels are five plateaus, each
/// with the mean of its ranks.
fn spearman(painted: &[u64; 5], n: u64, ranks: &RankSums, answer: &Answer) -> Option<f64> {
    let (mut products, mut squares, mut below) = (0.0, 0.0, 0u64);
    // From the lowest level up: none, purple, red, orange, yellow.
    for label in [0, 4, 3, 2, 1] {
        let count = painted[label];
        let rank = (2 * below + count) as f64 - n as f64;
        products += rank * ranks.0[label] as f64;
        squares += rank * rank * count as f64;
        below += count;
    }
    let r = products / (squares.sqrt() * answer.rank_squares().sqrt());
    r.is_finite().then(|| r.clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests;
