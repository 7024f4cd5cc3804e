//! Random numbers that stay the same for ever: one seed, one picture, on every machine and with
//! any number of threads.
//!
//! The generator is written out here because `rand`'s `StdRng` and `SmallRng` promise nothing
//! across versions, and a seed in somebody's study must still give the same picture next year.

/// xoshiro256++ 1.0 (Blackman and Vigna, 2019), started by `SplitMix64` as its authors advise.
#[derive(Debug, Clone)]
pub(super) struct Stream {
    state: [u64; 4],
    /// Second value of the last normal pair, not handed out yet.
    spare: Option<f64>,
}

/// One step of `SplitMix64`: advances `state` and returns a well-mixed word.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Stream {
    /// The stream that belongs to `seed` and `path`. Different paths (say, one per row) give
    /// independent streams, so rows can be filled by any thread in any order.
    pub(super) fn new(seed: u64, path: &[u64]) -> Self {
        let mut mixer = seed;
        for &step in path {
            mixer = split_mix(&mut mixer) ^ step.wrapping_mul(0xd134_2543_de82_ef95);
        }
        let state = std::array::from_fn(|_| split_mix(&mut mixer));
        Self { state, spare: None }
    }

    fn next_word(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform in `[0, 1)`, 53 random bits.
    pub(super) fn unit(&mut self) -> f64 {
        (self.next_word() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Uniform in `[low, high)`.
    pub(super) fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// A whole number in `[low, high)`; `low` when the range is empty. The bias of the
    /// multiplication is below 2^-40 for the ranges used here.
    pub(super) fn whole(&mut self, low: i64, high: i64) -> i64 {
        let width = (high - low).max(0) as f64;
        low + (self.unit() * width) as i64
    }

    /// Normal with mean 0 and standard deviation 1 (polar method of Marsaglia).
    pub(super) fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let u = 2.0 * self.unit() - 1.0;
            let v = 2.0 * self.unit() - 1.0;
            let s = u * u + v * v;
            if s > 0.0 && s < 1.0 {
                let factor = (-2.0 * s.ln() / s).sqrt();
                self.spare = Some(v * factor);
                return u * factor;
            }
        }
    }
}

/// A seed together with what it is used for: the same seed gives unrelated numbers to different
/// corruptions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dice {
    /// The user's seed.
    pub(super) seed: u64,
    /// Which corruption, and within it which of several random fields.
    pub(super) purpose: u64,
}

impl Dice {
    /// The stream at `path` (say, a row).
    pub(super) fn stream(self, path: &[u64]) -> Stream {
        let mut full = vec![self.purpose];
        full.extend_from_slice(path);
        Stream::new(self.seed, &full)
    }

    /// Dice for a second random field of the same corruption.
    pub(super) fn again(self) -> Self {
        Self {
            purpose: self.purpose + 0x100,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_the_published_one() {
        // First outputs of xoshiro256++ from the state (1, 2, 3, 4), from its reference C code.
        let mut stream = Stream {
            state: [1, 2, 3, 4],
            spare: None,
        };
        let words: Vec<u64> = (0..4).map(|_| stream.next_word()).collect();
        assert_eq!(
            words,
            [
                41_943_041,
                58_720_359,
                3_588_806_011_781_223,
                3_591_011_842_654_386
            ]
        );
    }

    #[test]
    fn moments_are_right_and_paths_differ() {
        let mut stream = Stream::new(7, &[1]);
        let n = 200_000;
        let normal: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
        let mean = normal.iter().sum::<f64>() / f64::from(n);
        let variance = normal.iter().map(|v| v * v).sum::<f64>() / f64::from(n);
        assert!(
            mean.abs() < 0.01 && (variance - 1.0).abs() < 0.01,
            "{mean} {variance}"
        );
        let beyond = normal.iter().filter(|v| v.abs() > 1.959_964).count() as f64 / f64::from(n);
        assert!((beyond - 0.05).abs() < 0.003, "{beyond}");
        let mut counts = [0_u32; 8];
        for _ in 0..80_000 {
            counts[(stream.whole(-4, 4) + 4) as usize] += 1;
        }
        assert!(
            counts.iter().all(|&c| (9_500..10_500).contains(&c)),
            "{counts:?}"
        );
        assert_ne!(
            Stream::new(7, &[1]).next_word(),
            Stream::new(7, &[2]).next_word()
        );
        assert_ne!(
            Stream::new(7, &[1]).next_word(),
            Stream::new(8, &[1]).next_word()
        );
    }
}
