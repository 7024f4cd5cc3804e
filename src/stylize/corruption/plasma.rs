//! Clouds: a plasma fractal by the diamond-square algorithm.

use super::plane::Plane;
use super::random::Dice;

/// Largest cloud made, in pixels a side. The fractal joins itself at its edges, so larger
/// pictures see it repeated; a 40,000 pixel strip must not ask for 17 GB.
const LARGEST: usize = 4096;

/// A square cloud scaled to 0 to 1 whose side is the next power of two from `longest`, between 4
/// and 4096. Detail fades by `decay` with each halving of its size.
///
/// As published: every middle is the mean of its four neighbours (with wrap-around) plus uniform
/// noise of up to the square of the present wobble, which starts at 100.
pub(super) fn plasma(longest: usize, decay: f64, dice: Dice) -> Plane {
    let side = longest.clamp(4, LARGEST).next_power_of_two();
    let mut map = Plane::filled(side, side, 0.0);
    let (mut step, mut wobble) = (side, 100.0_f64);
    while step >= 2 {
        let half = step / 2;
        let mut lattice = Lattice {
            values: &mut map.values,
            side,
            step,
            noise: wobble * wobble,
        };
        // Middles of squares, from their corners; then middles of edges, between two corners
        // and two of the middles just made.
        lattice.fill([half, half], [[-1, -1], [-1, 1], [1, -1], [1, 1]], dice);
        lattice.fill([0, half], [[-1, 0], [1, 0], [0, -1], [0, 1]], dice);
        lattice.fill([half, 0], [[-1, 0], [1, 0], [0, -1], [0, 1]], dice);
        step = half;
        wobble /= decay;
    }
    let low = map.values.iter().copied().fold(f32::INFINITY, f32::min);
    let high = map.values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let span = high - low;
    if span > 0.0 {
        map.map(|v| (v - low) / span)
    } else {
        map
    }
}

/// The places of a square map that are filled at one size of detail.
struct Lattice<'a> {
    values: &'a mut [f32],
    side: usize,
    step: usize,
    noise: f64,
}

impl Lattice<'_> {
    /// Fills every `step`-th place from `first` (row, column) with the mean of its neighbours,
    /// given in units of half a step, plus noise.
    fn fill(&mut self, first: [usize; 2], neighbours: [[isize; 2]; 4], dice: Dice) {
        let half = (self.step / 2) as isize;
        // The side is a power of two, so wrapping is a mask.
        let wrap = |at: usize, by: isize| at.wrapping_add_signed(by * half) & (self.side - 1);
        for y in (first[0]..self.side).step_by(self.step) {
            let rows = neighbours.map(|[dy, _]| wrap(y, dy) * self.side);
            let mut stream =
                dice.stream(&[self.step as u64, first[0] as u64, first[1] as u64, y as u64]);
            for x in (first[1]..self.side).step_by(self.step) {
                let mut sum = 0.0;
                for (row, [_, dx]) in rows.iter().zip(neighbours) {
                    sum += self.values[row + wrap(x, dx)];
                }
                let wobble = stream.uniform(-self.noise, self.noise);
                self.values[y * self.side + x] = sum / 4.0 + wobble as f32;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clouds_have_the_published_size_range_and_texture() {
        // Mean over 2000 seeds of mean, deviation and squared step of the published
        // `plasma_fractal(256, decay)`, imagecorruptions 1.1.2.
        for (decay, expected) in PUBLISHED {
            let mut sums = [0.0_f64; 3];
            for seed in 0..1500 {
                let map = plasma(200, decay, Dice { seed, purpose: 1 });
                assert_eq!((map.width, map.height), (256, 256));
                assert!(map.values.contains(&0.0) && map.values.contains(&1.0));
                let n = map.values.len() as f64;
                let mean = map.values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
                let square = map.values.iter().map(|&v| f64::from(v * v)).sum::<f64>() / n;
                let steps = map
                    .values
                    .windows(2)
                    .map(|w| f64::from(w[1] - w[0]).powi(2));
                sums[0] += mean / 1500.0;
                sums[1] += (square - mean * mean).sqrt() / 1500.0;
                sums[2] += steps.sum::<f64>() / (n - 1.0) / 1500.0;
            }
            for (got, want) in sums.iter().zip(expected) {
                assert!(
                    (got / want - 1.0).abs() < 0.05,
                    "decay {decay}: {sums:?}, not {expected:?}"
                );
            }
        }
    }

    const PUBLISHED: [(f64, [f64; 3]); 2] = [
        (2.0, [0.500025, 0.159373, 1.4086e-5]),
        (1.4, [0.499794, 0.184238, 1.08258e-4]),
    ];
}
