//! Seeded random numbers. Each sample has a generator of its own, made of the seed and the
//! sample's number, so that results do not depend on which thread takes which sample.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// The generator of sample `number` under `seed`.
pub(super) fn generator(seed: u64, number: usize) -> StdRng {
    // Two different odd constants keep (seed, number) pairs apart (SplitMix64's increment and
    // multiplier); StdRng hashes the result.
    let mixed = seed
        .wrapping_mul(0xbf58_476d_1ce4_e5b9)
        .wrapping_add((number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    StdRng::seed_from_u64(mixed)
}

/// A standard normal number, by Box and Muller.
pub(super) fn normal(generator: &mut StdRng) -> f64 {
    // 1 - u is in (0, 1], where the logarithm is finite.
    let radius = (-2.0 * (1.0 - generator.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * generator.random::<f64>()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_numbers_have_mean_0_and_deviation_1() {
        let mut generator = generator(3, 4);
        let values: Vec<f64> = (0..20_000).map(|_| normal(&mut generator)).collect();
        let mean = values.iter().sum::<f64>() / 20_000.0;
        let square = values.iter().map(|v| v * v).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (square - 1.0).abs() < 0.05);
    }

    #[test]
    fn samples_differ_and_repeat() {
        let first = |seed, number| generator(seed, number).random::<u64>();
        assert_eq!(first(1, 2), first(1, 2));
        assert_ne!(first(1, 2), first(1, 3));
        assert_ne!(first(1, 2), first(2, 2));
    }
}
