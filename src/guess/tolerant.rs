//! A score that forgives a shift: the right place, a little off, is still the right place.
//!
//! Guess and answer are blurred alike with a Gaussian of [`SIGMA`] of the picture's shorter side,
//! then compared as the exact score does: the sum of the lower level by the sum of the higher, times
//! the share of the unmarked part that was left clean. The exact answer is 100, an empty canvas and
//! a filled one are 0. The exact score ([`super::score()`]) stays beside it.
//!
//! With one brush a guess cannot say what matters more, so the answer does: each place of it counts by
//! its mean level, 1 to 4, and paint beside it by 1. What is compared is the square of the blurred
//! paint: thin lines all over are no place.

use ndarray::{Array2, ArrayView2, Axis, Zip};

use super::GuessError;
use super::answer::Answer;
use super::painting::Painting;
use super::regions::Regions;

/// Standard deviation of the blur, as a share of the picture's shorter side.
pub const SIGMA: f64 = 0.04;

/// Cells along the shorter side of the grid that is compared on: a blur leaves nothing finer.
const CELLS: usize = 64;

/// How many colours a round is played with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Colours {
    /// One brush: only the place counts.
    One,
    /// The paper's four: more important places count more.
    #[default]
    Four,
}

/// What paintings of one answer are scored against.
#[derive(Debug, Clone)]
pub struct Tolerant {
    size: (usize, usize),
    colours: Colours,
    right: Blurred,
    /// How much each cell of the answer counts.
    weights: Array2<f64>,
}

/// Levels and marked share of each cell, blurred.
#[derive(Debug, Clone)]
struct Blurred {
    levels: Array2<f64>,
    marked: Array2<f64>,
}

impl Tolerant {
    /// Prepares an answer.
    #[must_use]
    pub fn new(answer: &Answer, colours: Colours) -> Self {
        let size = (answer.height(), answer.width());
        let labels = answer.bands().labels();
        let weights = match colours {
            Colours::Four => Array2::ones(cells(labels, |_| 0.0).dim()),
            Colours::One => {
                let levels = blurred(cells(labels, level));
                let marked = blurred(cells(labels, marked));
                Zip::from(&levels)
                    .and(&marked)
                    .map_collect(
                        |level, marked| {
                            if *marked > 1e-9 { level / marked } else { 1.0 }
                        },
                    )
            }
        };
        Self {
            size,
            colours,
            right: Blurred::of(labels, colours),
            weights,
        }
    }

    /// The score, 0-100, of a painting of the answer's size or another of the same shape.
    ///
    /// # Errors
    /// [`GuessError::Shape`] when the shapes differ.
    pub fn score(&self, painting: &Painting) -> Result<f64, GuessError> {
        let painting = painting.at_size(self.size.0, self.size.1)?;
        Ok(self.compare(&Blurred::of(painting.labels(), self.colours)))
    }

    /// The best score that whole regions reach, with one brush: the best one first, then whichever makes
    /// it better still. 0 for regions of another size than the answer's.
    #[must_use]
    pub fn best_of(&self, regions: &Regions) -> f64 {
        if regions.size() != self.size {
            return 0.0;
        }
        // A blur of a sum is the sum of the blurs: each region is blurred once.
        let each: Vec<Array2<f64>> = (0..regions.len())
            .map(|region| {
                let mut labels = Array2::<u8>::zeros(self.size);
                for pixel in regions.pixels(region) {
                    if let Some(label) = labels.get_mut((pixel / self.size.1, pixel % self.size.1))
                    {
                        *label = 1;
                    }
                }
                blurred(cells(labels.view(), marked))
            })
            .collect();
        let mut chosen = Array2::<f64>::zeros(self.weights.dim());
        let mut left: Vec<usize> = (0..each.len()).collect();
        let mut best = 0.0;
        loop {
            let tried = left.iter().filter_map(|&region| {
                let with = &chosen + each.get(region)?;
                Some((self.compare(&Blurred::flat(with, self.colours)), region))
            });
            let Some((score, region)) = tried.max_by(|a, b| a.0.total_cmp(&b.0)) else {
                return best;
            };
            if score <= best {
                return best;
            }
            best = score;
            if let Some(more) = each.get(region) {
                chosen += more;
            }
            left.retain(|other| *other != region);
        }
    }

    fn compare(&self, guess: &Blurred) -> f64 {
        let (mut lower, mut higher) = (0.0, 0.0);
        let pairs = guess.levels.iter().zip(&self.right.levels);
        for ((a, b), weight) in pairs.zip(&self.weights) {
            lower += weight * a.min(*b);
            higher += weight * b + (a.max(*b) - b);
        }
        let (mut clean, mut rest) = (0.0, 0.0);
        for (a, b) in guess.marked.iter().zip(&self.right.marked) {
            clean += 1.0 - a.max(*b);
            rest += 1.0 - b;
        }
        if higher <= 0.0 || rest <= 0.0 {
            return 0.0;
        }
        // In this order what is equal gives 1, and the exact answer 100 without rounding.
        (100.0 * (lower / higher) * (clean / rest)).clamp(0.0, 100.0)
    }
}

fn marked(label: u8) -> f64 {
    f64::from(u8::from((1..=4).contains(&label)))
}

fn level(label: u8) -> f64 {
    match label {
        0 => 0.0,
        label => 5.0 - f64::from(label.min(5)),
    }
}

impl Blurred {
    fn of(labels: ArrayView2<'_, u8>, colours: Colours) -> Self {
        let paint = blurred(cells(labels, marked));
        match colours {
            Colours::One => Self::flat(paint, colours),
            Colours::Four => Self {
                levels: blurred(cells(labels, level)),
                marked: paint,
            },
        }
    }

    /// Of blurred paint of one colour.
    fn flat(paint: Array2<f64>, colours: Colours) -> Self {
        let paint = match colours {
            Colours::One => paint.mapv(|paint| paint * paint),
            Colours::Four => paint,
        };
        Self {
            levels: paint.clone(),
            marked: paint,
        }
    }
}

/// The mean of `value` in each cell of a grid of [`CELLS`] along the shorter side.
pub(super) fn cells(labels: ArrayView2<'_, u8>, value: impl Fn(u8) -> f64) -> Array2<f64> {
    let (height, width) = labels.dim();
    let short = height.min(width).max(1);
    let side = |n: usize| (n * CELLS.min(short) / short).max(1);
    let (rows, columns) = (side(height), side(width));
    let mut sums = Array2::<f64>::zeros((rows, columns));
    let mut counts = Array2::<f64>::zeros((rows, columns));
    for ((y, x), &label) in labels.indexed_iter() {
        let place = (y * rows / height, x * columns / width);
        if let (Some(sum), Some(count)) = (sums.get_mut(place), counts.get_mut(place)) {
            *sum += value(label);
            *count += 1.0;
        }
    }
    sums / counts.mapv(|count: f64| count.max(1.0))
}

/// Blurred with [`SIGMA`]; beyond its edges the grid is mirrored, so that a constant stays one.
pub(super) fn blurred(grid: Array2<f64>) -> Array2<f64> {
    let sigma = SIGMA * grid.nrows().min(grid.ncols()) as f64;
    let reach = (3.0 * sigma).ceil() as i64;
    let mut kernel: Vec<f64> = (-reach..=reach)
        .map(|i| (-0.5 * (i as f64 / sigma.max(1e-9)).powi(2)).exp())
        .collect();
    let sum: f64 = kernel.iter().sum();
    for k in &mut kernel {
        *k /= sum;
    }
    let mut out = grid;
    for axis in [Axis(0), Axis(1)] {
        for mut lane in out.lanes_mut(axis) {
            let line: Vec<f64> = lane.iter().copied().collect();
            for (i, value) in lane.iter_mut().enumerate() {
                *value = kernel
                    .iter()
                    .zip(-reach..)
                    .map(|(k, d)| k * line.get(mirrored(i as i64 + d, line.len())).unwrap_or(&0.0))
                    .sum();
            }
        }
    }
    out
}

/// A grid blurred as guesses are: with [`SIGMA`] of its shorter side, mirrored at its edges.
#[must_use]
pub fn smoothed(grid: Array2<f64>) -> Array2<f64> {
    blurred(grid)
}

/// `c b a | a b c | c b a`.
fn mirrored(i: i64, n: usize) -> usize {
    let n = n as i64;
    let i = i.rem_euclid(2 * n.max(1));
    (if i < n { i } else { 2 * n - 1 - i }) as usize
}
