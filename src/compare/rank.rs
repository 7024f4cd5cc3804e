//! Ranks of pixels: which belong to the top share, and where each stands.
//!
//! All of it rests on one order: by value, descending, pixels of equal value in reading order
//! (row by row from the top left) — `NumPy`'s `argsort(-values, kind="stable")`. Zero and minus
//! zero are equal.

/// The pixels of the `count` highest values, as a rule that is cheap to ask for each pixel in
/// turn: everything above a value, and of those equal to it the first few.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Top {
    key: u32,
    equal: usize,
}

impl Top {
    /// The `count` highest of `values`; all of them when there are fewer.
    #[must_use]
    pub fn of(values: &[f32], count: usize) -> Self {
        let count = count.min(values.len());
        if count == 0 {
            return Self {
                key: u32::MAX,
                equal: 0,
            };
        }
        // Radix selection: the 16 high bits of the key that hold the count-th value, then the
        // 16 low bits among those.
        let mut bins = vec![0usize; 1 << 16];
        for &v in values {
            bins[(key(v) >> 16) as usize] += 1;
        }
        let (high, above) = bin_of(&bins, count);
        bins.fill(0);
        for &v in values {
            let k = key(v);
            if k >> 16 == high {
                bins[(k & 0xffff) as usize] += 1;
            }
        }
        let (low, above_low) = bin_of(&bins, count - above);
        Self {
            key: high << 16 | low,
            equal: count - above - above_low,
        }
    }

    /// A walk over the pixels in reading order that says of each whether it belongs.
    #[must_use]
    pub fn walk(self) -> Walk {
        Walk { top: self }
    }

    /// The mask of all pixels that belong, in reading order.
    #[must_use]
    pub fn mask(self, values: &[f32]) -> Vec<bool> {
        let mut walk = self.walk();
        values.iter().map(|&v| walk.takes(v)).collect()
    }
}

/// See [`Top::walk`].
#[derive(Debug, Clone, Copy)]
pub struct Walk {
    top: Top,
}

impl Walk {
    /// Whether the next pixel, of this `value`, belongs to the top.
    #[inline]
    pub fn takes(&mut self, value: f32) -> bool {
        let k = key(value);
        if k == self.top.key && self.top.equal > 0 {
            self.top.equal -= 1;
            return true;
        }
        k > self.top.key
    }
}

/// How many of `n` pixels a share of 0-1 is: rounded, halves to even as Python's `round`.
#[must_use]
pub fn count_of(n: usize, share: f64) -> usize {
    ((n as f64 * share).round_ties_even().max(0.0) as usize).min(n)
}

/// Twice the ascending rank of each value, counted from 1, equal values sharing the mean of their
/// ranks (`scipy.stats.rankdata`, doubled so that it is a whole number). At most 2^31 values.
#[must_use]
pub fn doubled_ranks(values: &[f32]) -> Vec<u32> {
    let order = ascending(values);
    let mut ranks = vec![0u32; values.len()];
    let mut start = 0;
    while start < order.len() {
        let key = order[start] >> 32;
        let mut end = start + 1;
        while end < order.len() && order[end] >> 32 == key {
            end += 1;
        }
        // Ranks start+1 ..= end: their mean, doubled.
        let rank = (start + 1 + end) as u32;
        for &entry in &order[start..end] {
            ranks[(entry & 0xffff_ffff) as usize] = rank;
        }
        start = end;
    }
    ranks
}

/// Key and index of every value, packed as `key << 32 | index`, ascending: a least significant
/// digit radix sort in three passes, which beats comparison sorting several times over on
/// millions of pixels.
fn ascending(values: &[f32]) -> Vec<u64> {
    const BITS: u32 = 11;
    const BINS: usize = 1 << BITS;
    let mut from: Vec<u64> = Vec::with_capacity(values.len());
    let mut counts = vec![[0usize; BINS]; 3];
    for (i, &v) in values.iter().enumerate() {
        let k = key(v);
        for (pass, bins) in counts.iter_mut().enumerate() {
            bins[digit(k, pass as u32 * BITS, BINS)] += 1;
        }
        from.push(u64::from(k) << 32 | i as u64);
    }
    let mut to = vec![0u64; from.len()];
    for (pass, bins) in counts.iter_mut().enumerate() {
        if bins.contains(&values.len()) {
            continue; // all values share this digit
        }
        let mut next = 0;
        for bin in bins.iter_mut() {
            next += std::mem::replace(bin, next);
        }
        for &entry in &from {
            let slot = &mut bins[digit((entry >> 32) as u32, pass as u32 * BITS, BINS)];
            to[*slot] = entry;
            *slot += 1;
        }
        std::mem::swap(&mut from, &mut to);
    }
    from
}

#[inline]
fn digit(key: u32, shift: u32, bins: usize) -> usize {
    (key >> shift) as usize & (bins - 1)
}

/// A whole number that orders as the value does.
#[inline]
#[must_use]
pub fn key(value: f32) -> u32 {
    let bits = (value + 0.0).to_bits(); // + 0.0 turns -0.0 into 0.0
    if bits >> 31 == 1 {
        !bits
    } else {
        bits | 1 << 31
    }
}

/// From the highest bin down: the bin in which the `count`-th entry lies, and how many lie above.
fn bin_of(bins: &[usize], count: usize) -> (u32, usize) {
    let mut above = 0;
    for (i, &n) in bins.iter().enumerate().rev() {
        if above + n >= count {
            return (i as u32, above);
        }
        above += n;
    }
    (0, above)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    /// The plain way: sort all pixels, stable, descending.
    fn sorted(values: &[f32]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&a, &b| values[b].partial_cmp(&values[a]).unwrap());
        order
    }

    fn maps() -> Vec<Vec<f32>> {
        let mut rng = StdRng::seed_from_u64(1);
        let smooth = (0..5000).map(|_| rng.random_range(-3.0..3.0f32)).collect();
        let plateaus = (0..5000)
            .map(|_| rng.random_range(-4..4) as f32 * 0.25)
            .collect();
        vec![
            smooth,
            plateaus,
            vec![0.0, -0.0, 1.0, -0.0, 0.0, -1.0],
            vec![0.0; 100],
            vec![
                f32::MIN_POSITIVE,
                -f32::MIN_POSITIVE,
                f32::MAX,
                f32::MIN,
                1e-40,
                -1e-40,
            ],
            vec![2.5],
            vec![],
        ]
    }

    #[test]
    fn the_top_is_what_stable_sorting_puts_first() {
        for values in maps() {
            let n = values.len();
            let order = sorted(&values);
            for count in [0, 1, 2, 3, n / 10, n / 2, n.saturating_sub(1), n, n + 5] {
                let mut want = vec![false; n];
                for &i in order.iter().take(count) {
                    want[i] = true;
                }
                assert_eq!(
                    Top::of(&values, count).mask(&values),
                    want,
                    "{count} of {n}"
                );
            }
        }
    }

    #[test]
    fn ranks_are_means_over_ties() {
        for values in maps() {
            let got = doubled_ranks(&values);
            for (i, &v) in values.iter().enumerate() {
                let below = values.iter().filter(|&&w| w < v).count();
                let equal = values.iter().filter(|&&w| w == v).count();
                assert_eq!(got[i] as usize, 2 * below + equal + 1);
            }
        }
        // scipy 1.17.1: rankdata([3, 1, 4, 1, 5, 9, 2, 6, 5, 3]) * 2
        assert_eq!(
            doubled_ranks(&[3., 1., 4., 1., 5., 9., 2., 6., 5., 3.]),
            [9, 3, 12, 3, 15, 20, 6, 18, 15, 9]
        );
    }

    #[test]
    fn shares_round_as_python_does() {
        assert_eq!(count_of(25, 0.1), 2);
        assert_eq!(count_of(35, 0.1), 4);
        assert_eq!(count_of(224 * 224, 0.1), 5018);
        assert_eq!(count_of(10, 2.0), 10);
        assert_eq!(count_of(0, 0.5), 0);
    }
}
