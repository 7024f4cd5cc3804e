//! What many guesses of one picture have in common, and how well people agree at all: no network can
//! be asked to agree more with people than they do with each other.
//!
//! Guesses are [`PaintingGrid`]s, levels 0 to 4 in 64 x 64 cells. Before they are ranked, mean maps
//! are blurred with a Gaussian of [`SIGMA`](super::SIGMA) of the side, mirrored at the edges. The
//! *ceiling* is Spearman's correlation of the mean maps of two halves of the guesses, corrected to the
//! whole number of them (Spearman 1910, Brown 1910: `2 r / (1 + r)`), averaged over
//! [`SPLITS`] random halvings. Its interval is a jackknife's (Quenouille 1949, Tukey 1958) over at
//! most [`GROUPS`] groups of guesses on Fisher's scale: a bootstrap would put the same guess into both halves.
//!
//! Halvings come from `SplitMix64` (Steele, Lea and Flood 2014) and a Fisher-Yates shuffle, so that any
//! language makes the same.

use ndarray::{Array2, ArrayView2};

use super::grid::{GRID, PaintingGrid};
use super::tolerant::blurred;
use crate::compare::rank::doubled_ranks;

/// Random halvings.
pub const SPLITS: u64 = 20;
/// Groups of guesses that are left out in turn.
pub const GROUPS: usize = 20;
/// Fewer guesses have no ceiling.
pub const FEWEST: usize = 4;
/// Where the random numbers start.
const SEED: u64 = 18;

/// Guesses of one picture under one prompt.
#[derive(Debug, Clone, Default)]
pub struct Crowd {
    /// As [`PaintingGrid::runs`]: a hundred thousand guesses take tens of megabytes.
    guesses: Vec<Box<[u16]>>,
}

/// How well people agree with each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ceiling {
    /// Correlation of all with as many others, -1 to 1.
    pub value: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Crowd {
    /// Adds a guess.
    pub fn add(&mut self, guess: &PaintingGrid) {
        self.guesses.push(guess.runs().into_boxed_slice());
    }

    /// Number of guesses.
    #[must_use]
    pub fn len(&self) -> usize {
        self.guesses.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.guesses.is_empty()
    }

    /// Mean level of each cell and its standard deviation over the guesses (dividing by their number),
    /// `[64, 64]` each; zeros where there are none.
    #[must_use]
    pub fn mean_and_sd(&self) -> (Array2<f32>, Array2<f32>) {
        let n = (self.guesses.len() as f64).max(1.0);
        let (mut sums, mut squares) = (vec![0u64; GRID * GRID], vec![0u64; GRID * GRID]);
        for guess in &self.guesses {
            for ((sum, square), level) in sums.iter_mut().zip(&mut squares).zip(levels(guess)) {
                *sum += level;
                *square += level * level;
            }
        }
        let mean = |i: usize| sums.get(i).map_or(0.0, |&sum| sum as f64 / n);
        let sd = |i: usize| {
            let square = squares.get(i).map_or(0.0, |&square| square as f64 / n);
            (square - mean(i).powi(2)).max(0.0).sqrt()
        };
        let map = |of: &dyn Fn(usize) -> f64| {
            Array2::from_shape_fn((GRID, GRID), |(y, x)| of(y * GRID + x) as f32)
        };
        (map(&mean), map(&sd))
    }

    /// How well they agree; `None` for fewer than [`FEWEST`] guesses, or where halves have one level
    /// everywhere.
    #[must_use]
    pub fn ceiling(&self) -> Option<Ceiling> {
        let n = self.guesses.len();
        if n < FEWEST {
            return None;
        }
        let groups = GROUPS.min(n);
        // Of each halving, the ceiling without each group in turn, and with all.
        let mut without = vec![Mean::default(); groups];
        let mut whole = Mean::default();
        let mut random = SplitMix64(SEED);
        for _ in 0..SPLITS {
            let order = random.shuffled(n);
            let mut halves = [Half::new(groups), Half::new(groups)];
            for (place, &guess) in order.iter().enumerate() {
                if let (Some(half), Some(runs)) =
                    (halves.get_mut(place % 2), self.guesses.get(guess))
                {
                    half.add(guess % groups, runs);
                }
            }
            let [a, b] = &halves;
            whole.add(corrected(&a.all, &b.all));
            for (group, mean) in without.iter_mut().enumerate() {
                mean.add(corrected(&a.without(group), &b.without(group)));
            }
        }
        let value = whole.get()?;
        let scale = |r: f64| r.clamp(-0.999_999, 0.999_999).atanh();
        let left: Vec<f64> = without.iter().filter_map(Mean::get).map(scale).collect();
        let mean = left.iter().sum::<f64>() / left.len().max(1) as f64;
        let squares: f64 = left.iter().map(|z| (z - mean).powi(2)).sum();
        let k = left.len().max(1) as f64;
        let error = ((k - 1.0) / k * squares).sqrt();
        Some(Ceiling {
            value,
            low: (scale(value) - 1.96 * error).tanh(),
            high: (scale(value) + 1.96 * error).tanh(),
        })
    }

    /// Spearman's correlation of the mean map with a map of what a network looked at, of any size;
    /// `None` where one of them has one value everywhere.
    #[must_use]
    pub fn agreement(&self, map: ArrayView2<'_, f32>) -> Option<f64> {
        let (mean, _) = self.mean_and_sd();
        let mean = blurred(mean.mapv(f64::from));
        let map = blurred(pooled(map));
        spearman(&flat(&mean), &flat(&map))
    }
}

/// Cell by cell, how important a kept painting has it: 0 none, 1 purple to 4 yellow.
fn levels(runs: &[u16]) -> impl Iterator<Item = u64> {
    let (pairs, _) = runs.as_chunks::<2>();
    pairs.iter().flat_map(|&[label, length]| {
        let level = if label == 0 {
            0
        } else {
            5u64.saturating_sub(label.into())
        };
        std::iter::repeat_n(level, length.into())
    })
}

/// Sums of levels in one half, in all and in each group.
struct Half {
    all: Vec<f64>,
    groups: Vec<Vec<f64>>,
}

impl Half {
    fn new(groups: usize) -> Self {
        let empty = vec![0.0; GRID * GRID];
        Self {
            groups: vec![empty.clone(); groups],
            all: empty,
        }
    }

    fn add(&mut self, group: usize, runs: &[u16]) {
        let Some(group) = self.groups.get_mut(group) else {
            return;
        };
        for ((all, group), level) in self.all.iter_mut().zip(group).zip(levels(runs)) {
            *all += level as f64;
            *group += level as f64;
        }
    }

    fn without(&self, group: usize) -> Vec<f64> {
        match self.groups.get(group) {
            Some(group) => self.all.iter().zip(group).map(|(a, g)| a - g).collect(),
            None => self.all.clone(),
        }
    }
}

/// The correlation of two halves for twice as many guesses.
fn corrected(a: &[f64], b: &[f64]) -> Option<f64> {
    let map = |sums: &[f64]| {
        let grid = Array2::from_shape_vec((GRID, GRID), sums.to_vec()).unwrap_or_default();
        flat(&blurred(grid))
    };
    let r = spearman(&map(a), &map(b))?;
    // A half that speaks against the other has no more to say when doubled.
    Some(if r > 0.0 { 2.0 * r / (1.0 + r) } else { r })
}

#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    sum: f64,
    n: f64,
}

impl Mean {
    fn add(&mut self, value: Option<f64>) {
        if let Some(value) = value {
            self.sum += value;
            self.n += 1.0;
        }
    }

    fn get(&self) -> Option<f64> {
        (self.n > 0.0).then(|| self.sum / self.n)
    }
}

/// A map of any size as `[64, 64]`: the mean of the pixels whose middle lies in each cell; cells
/// without one take the nearest pixel.
fn pooled(map: ArrayView2<'_, f32>) -> Array2<f64> {
    let (height, width) = map.dim();
    let mut sums = Array2::<f64>::zeros((GRID, GRID));
    let mut counts = Array2::<f64>::zeros((GRID, GRID));
    let cell = |i: usize, n: usize| ((2 * i + 1) * GRID / (2 * n.max(1))).min(GRID - 1);
    for ((y, x), &value) in map.indexed_iter() {
        let place = (cell(y, height), cell(x, width));
        if let (Some(sum), Some(count)) = (sums.get_mut(place), counts.get_mut(place)) {
            *sum += f64::from(value);
            *count += 1.0;
        }
    }
    Array2::from_shape_fn((GRID, GRID), |(y, x)| {
        let count = counts.get((y, x)).copied().unwrap_or(0.0);
        if count > 0.0 {
            return sums.get((y, x)).copied().unwrap_or(0.0) / count;
        }
        let pixel = |i: usize, n: usize| (2 * i + 1) * n / (2 * GRID);
        let place = (pixel(y, height), pixel(x, width));
        map.get(place).map_or(0.0, |&value| f64::from(value))
    })
}

fn flat(map: &Array2<f64>) -> Vec<f32> {
    // Ties that only rounding made apart are ties.
    map.iter()
        .map(|&value| (value * 1e6).round() as f32)
        .collect()
}

/// Spearman's rank correlation, equal values sharing their mean rank; `None` where one side has one
/// value everywhere or the lengths differ.
#[must_use]
pub fn spearman(a: &[f32], b: &[f32]) -> Option<f64> {
    let ranks =
        |values: &[f32]| -> Vec<f64> { doubled_ranks(values).into_iter().map(f64::from).collect() };
    pearson(&ranks(a), &ranks(b))
}

/// Pearson's correlation; `None` where one side has one value everywhere or the lengths differ.
#[must_use]
pub fn pearson(a: &[f64], b: &[f64]) -> Option<f64> {
    let n = a.len() as f64;
    if a.len() != b.len() || a.is_empty() {
        return None;
    }
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (x - mean_a, y - mean_b);
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    let r = ab / (aa * bb).sqrt();
    r.is_finite().then(|| r.clamp(-1.0, 1.0))
}

/// Random numbers that any language makes the same way.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// The numbers below `n` in a random order: from the last place on, each is swapped with the one
    /// at a random number modulo its place and one.
    fn shuffled(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for i in (1..n).rev() {
            order.swap(i, (self.next() % (i as u64 + 1)) as usize);
        }
        order
    }
}

/// The numbers below `n` in an order that `seed` decides, the same on every machine.
#[must_use]
pub fn shuffled(seed: u64, n: usize) -> Vec<usize> {
    SplitMix64(seed).shuffled(n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guess::scribbles;
    use crate::guess::testing::{attentive, golden_answers};

    #[test]
    fn random_numbers_are_the_published_ones() {
        let mut random = SplitMix64(1_234_567);
        assert_eq!(
            [random.next(), random.next(), random.next()],
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
        let mut order = shuffled(5, 100);
        assert_ne!(order, (0..100).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn correlations_are_right_with_ties() {
        assert_eq!(pearson(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0]), Some(1.0));
        assert_eq!(pearson(&[1.0, 1.0], &[2.0, 4.0]), None);
        // SciPy: spearmanr([1, 2, 2, 3], [4, 1, 3, 3]) = -0.5
        let r = spearman(&[1.0, 2.0, 2.0, 3.0], &[4.0, 1.0, 3.0, 3.0]).unwrap();
        assert!((r + 0.5).abs() < 1e-12, "{r}");
    }

    #[test]
    fn people_who_look_agree_and_scribblers_do_not() {
        let (_, answer) = golden_answers().swap_remove(0);
        let mut people = Crowd::default();
        let mut scribblers = Crowd::default();
        let mut noise = Crowd::default();
        assert_eq!(people.ceiling(), None);
        for seed in 0..40 {
            people.add(&PaintingGrid::of(&attentive(&answer, seed)));
            scribblers.add(&PaintingGrid::of(&scribbles(&answer, seed)));
            // A tenth of the cells, wherever they are.
            let mut random = vec![0u16; GRID * GRID];
            for cell in shuffled(seed, GRID * GRID)
                .into_iter()
                .take(GRID * GRID / 10)
            {
                random[cell] = 2;
            }
            let runs: Vec<u16> = random.into_iter().flat_map(|label| [label, 1]).collect();
            noise.add(&PaintingGrid::from_runs(&runs).unwrap());
        }
        let (agree, nothing) = (people.ceiling().unwrap(), noise.ceiling().unwrap());
        // Scribblers agree in leaving the edges alone, and in nothing else.
        let none = scribblers.ceiling().unwrap();
        println!("{agree:?} {none:?} {nothing:?}");
        assert!(agree.value > 0.8 && nothing.value < 0.4);
        assert!(none.value < agree.value - 0.1);
        for ceiling in [agree, none] {
            assert!(ceiling.low < ceiling.value && ceiling.value < ceiling.high);
        }
        assert!(agree.low > none.high);
        // More people, more certainty.
        let mut few = Crowd::default();
        for seed in 0..10 {
            few.add(&PaintingGrid::of(&attentive(&answer, seed)));
        }
        let few = few.ceiling().unwrap();
        assert!(few.value < agree.value);
        assert!(
            few.high - few.low > agree.high - agree.low,
            "{few:?} {agree:?}"
        );
    }

    #[test]
    fn the_corrected_half_tells_what_as_many_others_agree() {
        // Two crowds of 20 of the same people's kind: their real correlation is what the ceiling of
        // one of them foretells.
        let (_, answer) = golden_answers().swap_remove(0);
        let crowd = |seeds: std::ops::Range<u64>| {
            let mut crowd = Crowd::default();
            for seed in seeds {
                crowd.add(&PaintingGrid::of(&attentive(&answer, seed)));
            }
            crowd
        };
        let (mut told, mut real) = (0.0, 0.0);
        for i in 0..6 {
            let (a, b) = (crowd(i * 40..i * 40 + 20), crowd(i * 40 + 20..i * 40 + 40));
            told += a.ceiling().unwrap().value / 6.0;
            real += a.agreement(b.mean_and_sd().0.view()).unwrap() / 6.0;
        }
        assert!((told - real).abs() < 0.04, "{told} {real}");
    }
}
