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
mod tests {
    use super::super::{BandMap, BandShares, Scorer, Yardsticks, centre_blob, scribbles};
    use super::*;
    use ndarray::Array2;
    use rand::{RngExt, SeedableRng, rngs::StdRng};
    use std::sync::Arc;

    /// A hill off the middle.
    fn hill(height: usize, width: usize) -> Array2<f32> {
        Array2::from_shape_fn((height, width), |(y, x)| {
            let (dy, dx) = (
                y as f32 / height as f32 - 0.4,
                x as f32 / width as f32 - 0.6,
            );
            (-8.0 * (dx * dx + dy * dy)).exp()
        })
    }

    fn answer(height: usize, width: usize) -> Answer {
        Answer::of("m", hill(height, width).view(), BandShares::default()).unwrap()
    }

    fn filled(answer: &Answer, band: Band) -> Painting {
        let labels = Array2::from_elem((answer.height(), answer.width()), band.label());
        Painting::from(&BandMap::from_labels(labels))
    }

    #[test]
    fn exact_is_100_empty_is_0_and_filling_gains_nothing() {
        for (h, w) in [(224, 224), (90, 61), (7, 9)] {
            let answer = answer(h, w);
            let exact = score(&answer.painting(), &answer).unwrap();
            assert_eq!((exact.score, exact.iou, exact.kappa), (100.0, 1.0, 1.0));
            assert!(
                exact
                    .bands
                    .iter()
                    .all(|b| b.recall.is_none_or(|r| r == 1.0))
            );
            let empty = score(&Painting::empty(h, w), &answer).unwrap();
            assert_eq!((empty.score, empty.iou, empty.spearman), (0.0, 0.0, None));
            assert_eq!(empty.kappa, 0.0);
            let blob = score(&centre_blob(&answer).unwrap(), &answer).unwrap();
            for band in Band::ALL {
                let fill = score(&filled(&answer, band), &answer).unwrap();
                assert_eq!((fill.score, fill.kappa), (0.0, 0.0));
                assert!(fill.score < blob.score);
                // The paper's measure, by contrast, calls the fill perfect.
                assert!(fill.bands[band.index()].recall.is_none_or(|r| r == 1.0));
            }
        }
    }

    /// Where the map's hill or hollow lies at an edge, in a corner or near the middle: a blob may be
    /// far worse than chance (kappa below 0) and is still above every fill. Only a map that marks
    /// exactly what the blob leaves, or nothing it paints, makes both 0.
    #[test]
    fn a_fill_is_below_the_blob_whatever_the_map() {
        let (h, w) = (61, 90);
        let around = |y: usize, x: usize, at: (f32, f32)| {
            (y as f32 / h as f32 - at.0).hypot(x as f32 / w as f32 - at.1)
        };
        let mut worse_than_chance = 0;
        for at in [(0.3, 0.5), (0.1, 0.5), (0.3, 0.2), (1.0, 0.0), (0.9, 0.9)] {
            for sign in [-1.0, 1.0] {
                let map = Array2::from_shape_fn((h, w), |(y, x)| sign * around(y, x, at));
                // Two parts of two thirds of the picture always meet.
                let shares = BandShares::new([0.05, 0.1, 0.15, 0.35]).unwrap();
                let answer = Answer::of("m", map.view(), shares).unwrap();
                let blob = score(&centre_blob(&answer).unwrap(), &answer).unwrap();
                worse_than_chance += u32::from(blob.kappa < 0.0);
                for fill in fills(&answer) {
                    let fill = score(&fill, &answer).unwrap();
                    assert_eq!(fill.score, 0.0);
                    assert!(fill.score < blob.score, "{at:?} {sign}: {blob:?}");
                }
            }
        }
        assert!(worse_than_chance > 0, "no map put the blob to the test");
    }

    /// The whole picture in each colour, in stripes of all of them, and as the answer with its
    /// unmarked part painted over.
    fn fills(answer: &Answer) -> Vec<Painting> {
        let mut fills: Vec<Painting> = Band::ALL.map(|band| filled(answer, band)).into();
        let mut stripes = filled(answer, Band::Purple);
        let mut over = answer.painting();
        for pixel in 0..answer.pixels() {
            stripes.set(pixel, Band::from_label((pixel % 4 + 1) as u8));
            if answer.get(pixel).is_none() {
                over.set(pixel, Some(Band::Purple));
            }
        }
        fills.extend([stripes, over]);
        fills
    }

    #[test]
    fn an_answer_that_marks_everything_is_refused() {
        let shares = BandShares::new([0.25; 4]).unwrap();
        let error = Answer::of("m", hill(20, 20).view(), shares).unwrap_err();
        assert!(error.to_string().contains("unmarked"), "{error}");
    }

    #[test]
    fn yardsticks_lie_between_chance_and_right() {
        let answer = answer(120, 160);
        let yardsticks = Yardsticks::of(&answer).unwrap();
        assert!(yardsticks.random < 15.0, "{yardsticks:?}");
        assert!(
            yardsticks.centre > yardsticks.random && yardsticks.centre < 95.0,
            "{yardsticks:?}"
        );
        for painting in [centre_blob(&answer).unwrap(), scribbles(&answer, 3)] {
            let got = score(&painting, &answer).unwrap();
            for band in got.bands {
                assert!((band.painted - band.share).abs() < 1e-12, "{band:?}");
            }
        }
        assert_eq!(scribbles(&answer, 3), scribbles(&answer, 3));
        assert_ne!(scribbles(&answer, 3), scribbles(&answer, 4));
    }

    #[test]
    fn a_pixel_right_in_a_neighbouring_colour_counts_in_part() {
        let answer = answer(60, 60);
        let painted = |from: Band, to: Band| {
            let mut painting = answer.painting();
            for pixel in 0..answer.pixels() {
                if painting.get(pixel) == Some(from) {
                    painting.set(pixel, Some(to));
                }
            }
            score(&painting, &answer).unwrap().score
        };
        let near = painted(Band::Purple, Band::Red);
        let far = painted(Band::Purple, Band::Yellow);
        assert!(far < near && near < 100.0, "{far} {near}");
    }

    #[test]
    fn painting_the_answer_pixel_by_pixel_only_ever_helps_the_papers_bars() {
        let answer = Arc::new(answer(40, 40));
        let mut scorer = Scorer::empty(answer.clone());
        let mut before = scorer.score();
        for pixel in 0..answer.pixels() {
            if scorer.set(pixel, answer.get(pixel)) == answer.get(pixel) {
                continue;
            }
            let now = scorer.score();
            for (a, b) in before.bands.iter().zip(now.bands) {
                assert!(b.found >= a.found);
            }
            assert!(now.score > before.score);
            before = now;
        }
        assert_eq!(before.score, 100.0);
    }

    #[test]
    fn kept_up_to_date_is_the_same_as_from_scratch() {
        let mut rng = StdRng::seed_from_u64(8);
        for (h, w) in [(1, 9), (33, 47), (224, 224)] {
            let map = Array2::from_shape_fn((h, w), |_| (rng.random_range(0.0..30.0f32)).floor());
            let answer = Arc::new(Answer::of("m", map.view(), BandShares::default()).unwrap());
            let mut scorer = Scorer::empty(answer.clone());
            for _ in 0..30 {
                for _ in 0..rng.random_range(1..400) {
                    scorer.set(
                        rng.random_range(0..h * w + 5),
                        Band::from_label(rng.random_range(0..5)),
                    );
                }
                let scratch = score(scorer.painting(), &answer).unwrap();
                assert_eq!(scorer.score(), scratch);
                let again = Scorer::new(answer.clone(), scorer.painting()).unwrap();
                assert_eq!(again.confusion(), scorer.confusion());
            }
        }
    }

    /// Figures by `sklearn.metrics.cohen_kappa_score(weights="linear")` (scikit-learn),
    /// `scipy.spatial.distance.braycurtis` (the overlap is `(1 - d) / (1 + d)` of it) and
    /// `scipy.stats.spearmanr` (SciPy 1.17.1) of the same painting; the rest counted with NumPy.
    #[test]
    fn as_the_reference_implementations() {
        let (h, w) = (20, 30);
        let map = Array2::from_shape_fn((h, w), |(y, x)| ((y * w + x) * 7919 % (h * w)) as f32);
        let answer = Answer::of("m", map.view(), BandShares::default()).unwrap();
        let mut painting = answer.painting();
        for pixel in (0..h * w).filter(|p| p % 3 != 0) {
            let level = (pixel / w * 5 + pixel % w * 3) % 11;
            let band = Band::ALL
                .into_iter()
                .find(|b| usize::from(b.level()) == level);
            painting.set(pixel, band);
        }
        let got = score(&painting, &answer).unwrap();
        let near = |got: f64, want: f64| assert!((got - want).abs() < 1e-9, "{got} is not {want}");
        near(got.kappa, 0.245_184_953_311_322_96);
        near(got.overlap, 0.247_349_823_321_554_75);
        near(got.restraint, 0.755_656_108_597_285);
        near(got.score, 18.691_140_495_339_205);
        near(got.spearman.unwrap(), 0.20311739205668705);
        near(got.iou, 0.33458646616541354);
        let want = [
            (
                0.10526315789473684,
                0.6666666666666666,
                0.006666666666666667,
            ),
            (
                0.16279069767441862,
                0.3684210526315789,
                0.011666666666666667,
            ),
            (0.35294117647058826, 0.4090909090909091, 0.03),
            (
                0.5384615384615384,
                0.39325842696629215,
                0.058333333333333334,
            ),
        ];
        for (band, (precision, recall, found)) in got.bands.iter().zip(want) {
            near(band.precision.unwrap(), precision);
            near(band.recall.unwrap(), recall);
            near(band.found, found);
        }
    }

    #[test]
    fn paintings_of_other_sizes_are_scored_at_the_answers() {
        let small = answer(30, 40);
        let large = small.painting().at_size(90, 120).unwrap();
        assert_eq!(score(&large, &small).unwrap().score, 100.0);
        assert!(score(&Painting::empty(30, 30), &small).is_err());
    }
}
