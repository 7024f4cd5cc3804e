//! Pearson's and Spearman's correlation over all pixels.

use crate::compare::pair::{Pair, is_constant};
use crate::compare::parallel::{PIECE, both, map_pieces};
use crate::compare::rank::doubled_ranks;

/// Pearson's r, -1 to 1: whether the two maps rise and fall together in proportion. `None` when
/// a map has one value everywhere (as `scipy.stats.pearsonr`, which gives NaN there).
#[must_use]
pub fn pearson(pair: &Pair<'_>) -> Option<f64> {
    if is_constant(pair.a()) || is_constant(pair.b()) {
        return None;
    }
    product_moment(pair.a(), pair.b(), f64::from)
}

/// Spearman's rho, -1 to 1: Pearson's r of the ranks, pixels of equal value sharing the mean of
/// their ranks (as `scipy.stats.spearmanr`). `None` when a map has one value everywhere.
#[must_use]
pub fn spearman(pair: &Pair<'_>) -> Option<f64> {
    let (a, b) = both(|| doubled_ranks(pair.a()), || doubled_ranks(pair.b()));
    // Doubled ranks have the mean n + 1; taking it off first keeps every sum exact enough.
    let mean = pair.pixels() as i64 + 1;
    product_moment(&a, &b, |rank| (i64::from(rank) - mean) as f64)
}

/// The product-moment correlation, two passes in `f64`.
fn product_moment<T: Copy + Sync>(
    a: &[T],
    b: &[T],
    number: impl Fn(T) -> f64 + Sync,
) -> Option<f64> {
    let n = a.len();
    let sums = map_pieces(n, PIECE, |r| {
        lanes(&a[r.clone()], &b[r], |x, y| [number(x), number(y), 0.0])
    });
    let [sum_a, sum_b, _] = total(&sums);
    let (mean_a, mean_b) = (sum_a / n as f64, sum_b / n as f64);
    let products = map_pieces(n, PIECE, |r| {
        lanes(&a[r.clone()], &b[r], |x, y| {
            let (x, y) = (number(x) - mean_a, number(y) - mean_b);
            [x * x, y * y, x * y]
        })
    });
    let [aa, bb, ab] = total(&products);
    // One value everywhere leaves nothing but rounding.
    let r = ab / (aa.sqrt() * bb.sqrt());
    r.is_finite().then(|| r.clamp(-1.0, 1.0))
}

/// Sums three terms over pairs in eight independent lanes, which the compiler can vectorise.
fn lanes<T: Copy>(a: &[T], b: &[T], term: impl Fn(T, T) -> [f64; 3]) -> [f64; 3] {
    let mut sums = [[0.0f64; 8]; 3];
    let (mut a8, mut b8) = (a.chunks_exact(8), b.chunks_exact(8));
    for (x, y) in (&mut a8).zip(&mut b8) {
        for lane in 0..8 {
            let [p, q, r] = term(x[lane], y[lane]);
            sums[0][lane] += p;
            sums[1][lane] += q;
            sums[2][lane] += r;
        }
    }
    for (lane, (&x, &y)) in a8.remainder().iter().zip(b8.remainder()).enumerate() {
        let [p, q, r] = term(x, y);
        sums[0][lane] += p;
        sums[1][lane] += q;
        sums[2][lane] += r;
    }
    sums.map(|lane| lane.iter().sum())
}

fn total(sums: &[[f64; 3]]) -> [f64; 3] {
    sums.iter()
        .fold([0.0; 3], |t, s| [t[0] + s[0], t[1] + s[1], t[2] + s[2]])
}
