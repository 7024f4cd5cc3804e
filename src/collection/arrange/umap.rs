//! UMAP: things in a plane, neighbours near each other (`McInnes`, Healy, Melville 2018,
//! <https://arxiv.org/abs/1802.03426>), in steps that can be shown while it runs.
//!
//! The layout is a function of features, neighbours and seed alone: in how many steps it is done does not
//! matter, and one thread does it.

use super::features::Features;
use super::neighbours::Neighbours;

/// Neighbours each, with the thing itself, as in the paper.
const NEAR: f32 = 15.0;
/// The curve of nearness in the plane, 1 / (1 + a d^2b), for a least distance of 0.1 and a spread of 1.
const A: f32 = 1.576_943_4;
/// See [`A`].
const B: f32 = 0.895_060_9;
/// Things that are pushed away for each that is drawn nearer.
const PUSHED: usize = 5;
/// Numbers that processors compute side by side, at least as many as [`PUSHED`].
const LANES: usize = 8;
/// A move is at most this long.
const LONGEST: f32 = 4.0;
/// Sides of the plane at the beginning.
const SIDE: f32 = 10.0;

/// A line between two neighbours.
#[derive(Debug, Clone, Copy)]
struct Line {
    from: u32,
    to: u32,
    /// Rounds from one move to the next.
    every: f32,
    /// The round of the next.
    next: f32,
}

/// A layout that is being made.
#[derive(Debug, Clone)]
pub struct Umap {
    places: Vec<[f32; 2]>,
    lines: Vec<Line>,
    rounds: u32,
    round: u32,
    line: usize,
    random: u64,
}

impl Umap {
    /// Begins with the plane in which the features of `things` differ most. `neighbours` are those of
    /// `things`.
    #[must_use]
    pub fn new(features: &Features, things: &[u32], neighbours: &Neighbours, seed: u64) -> Self {
        let rounds = if things.len() > 10_000 { 200 } else { 500 };
        let mut made = Self {
            places: features.plane(things),
            lines: Vec::new(),
            rounds,
            round: 0,
            line: 0,
            random: seed ^ 0x9e37_79b9_7f4a_7c15,
        };
        made.spread_out();
        let strengths = strengths(neighbours);
        let most = strengths.iter().map(|(_, _, s)| *s).fold(0.0f32, f32::max);
        made.lines = strengths
            .into_iter()
            // Too weak to be followed once.
            .filter(|(_, _, strength)| *strength * rounds as f32 >= most)
            .map(|(from, to, strength)| Line {
                from,
                to,
                every: most / strength,
                next: most / strength,
            })
            .collect();
        made
    }

    /// Scales the places to the plane, with a little noise, so that no two are the same.
    fn spread_out(&mut self) {
        let most = self
            .places
            .iter()
            .flatten()
            .fold(0.0f32, |most, v| most.max(v.abs()));
        let scale = if most > 0.0 { SIDE / most } else { 0.0 };
        for at in 0..self.places.len() {
            let noise = [0, 1].map(|_| (self.next(1 << 20) as f32 / (1 << 20) as f32 - 0.5) * 0.02);
            if let Some(place) = self.places.get_mut(at) {
                for (v, noise) in place.iter_mut().zip(noise) {
                    *v = *v * scale + noise;
                }
            }
        }
    }

    /// Goes on by so many lines; gives whether it is finished.
    pub fn advance(&mut self, lines: usize) -> bool {
        let mut left = lines;
        while left > 0 && !self.is_finished() {
            let end = (self.line + left).min(self.lines.len());
            left -= end - self.line;
            for at in self.line..end {
                self.follow(at);
            }
            self.line = end;
            if self.line == self.lines.len() {
                self.line = 0;
                self.round += 1;
                // Without lines there is nothing to do.
                left = left.saturating_sub(1);
            }
        }
        self.is_finished()
    }

    /// Whether nothing moves any more.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.round >= self.rounds
    }

    /// How much is done, 0 to 1.
    #[must_use]
    pub fn share(&self) -> f32 {
        let within = self.line as f32 / self.lines.len().max(1) as f32;
        ((self.round as f32 + within) / self.rounds as f32).min(1.0)
    }

    /// Where things are now, by their places in the list.
    #[must_use]
    pub fn places(&self) -> &[[f32; 2]] {
        &self.places
    }

    fn follow(&mut self, at: usize) {
        let round = self.round as f32;
        let Some(line) = self.lines.get_mut(at).filter(|line| line.next <= round) else {
            return;
        };
        line.next += line.every;
        let (from, to) = (line.from as usize, line.to as usize);
        let pace = 1.0 - round / self.rounds as f32;
        let (Some(&own), Some(&other)) = (self.places.get(from), self.places.get(to)) else {
            return;
        };
        let apart = [own[0] - other[0], own[1] - other[1]];
        let square = apart[0] * apart[0] + apart[1] * apart[1];
        if square > 0.0 {
            let power = power(square);
            let pull = -2.0 * A * B * power / square / (1.0 + A * power);
            for (axis, apart) in apart.into_iter().enumerate() {
                let by = (pull * apart).clamp(-LONGEST, LONGEST) * pace;
                self.places[from][axis] += by;
                self.places[to][axis] -= by;
            }
        }
        self.push(from, pace);
    }

    /// Pushes a thing away from [`PUSHED`] others, all seen from where it is now: so they are computed side
    /// by side, in less than half the time.
    fn push(&mut self, from: usize, pace: f32) {
        let Some(&own) = self.places.get(from) else {
            return;
        };
        let mut apart = [[0.0f32; LANES]; 2];
        // Others that lie at the very same place have no direction.
        let mut stuck = 0.0f32;
        let count = self.places.len() as u32;
        let [across, down] = &mut apart;
        for (x, y) in across.iter_mut().zip(down).take(PUSHED) {
            let other = self.next(count) as usize;
            let there = self.places.get(other).copied().unwrap_or(own);
            *x = own[0] - there[0];
            *y = own[1] - there[1];
            if there == own && other != from {
                stuck += LONGEST;
            }
        }
        let mut moves = [[0.0f32; LANES]; 2];
        for lane in 0..LANES {
            let [x, y] = [apart[0][lane], apart[1][lane]];
            let square = x * x + y * y;
            let push = 2.0 * B / ((0.001 + square) * (1.0 + A * power(square)));
            moves[0][lane] = (push * x).clamp(-LONGEST, LONGEST);
            moves[1][lane] = (push * y).clamp(-LONGEST, LONGEST);
        }
        if let Some(place) = self.places.get_mut(from) {
            for (axis, moves) in place.iter_mut().zip(moves) {
                *axis += (moves.iter().sum::<f32>() + stuck) * pace;
            }
        }
    }

    /// One of `0..below`.
    fn next(&mut self, below: u32) -> u32 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (((self.random >> 33) * u64::from(below)) >> 31) as u32
    }
}

/// `square` to the power of [`B`], within a thousandth of it; finite for what is at least 0. Without a call
/// and the same to the last bit on every processor, which the library's own is not.
fn power(square: f32) -> f32 {
    /// Adding it rounds to a whole number.
    const ROUND: f32 = 12_582_912.0;
    let bits = square.max(1e-30).to_bits();
    let exponent = (bits >> 23) as f32 - 127.0;
    let t = f32::from_bits((bits & 0x007f_ffff) | 0x3f80_0000) - 1.0;
    // The logarithm to the base 2 of 1 + t.
    let log = -0.136_752_3 + t * (0.052_064_42 - t * 0.009_310_49);
    let log = -0.347_304_8 + t * (0.241_873_2 + t * log);
    let log = t * (1.442_689_7 + t * (-0.721_165_84 + t * (0.478_684_5 + t * log)));
    let power = (exponent + log) * B;
    let rounded = power + ROUND;
    let rest = power - (rounded - ROUND);
    // 2 to the power of what is left of it, and then of the whole number.
    let two = 0.055_503_29 + rest * (0.009_618_129 + rest * 0.001_333_35);
    let two = 1.0 + rest * (std::f32::consts::LN_2 + rest * (0.240_226_46 + rest * two));
    f32::from_bits(two.to_bits().wrapping_add(rounded.to_bits() << 23))
}

/// How strongly things belong together, both ways: for each the nearest is at 1 and the strengths sum
/// to the logarithm of their number; of the two views of a pair either may hold.
fn strengths(neighbours: &Neighbours) -> Vec<(u32, u32, f32)> {
    let mut one_way: Vec<(u32, u32, f32)> = Vec::new();
    for at in 0..neighbours.len() {
        let near = neighbours.get(at);
        let far = |alike: &super::Alike| (1.0 - alike.cosine).max(0.0);
        let Some(first) = near.iter().map(far).find(|d| *d > 0.0) else {
            // All the same.
            one_way.extend(near.iter().map(|alike| (at as u32, alike.at, 1.0)));
            continue;
        };
        let sum = |width: f32| -> f32 {
            let one = |alike| (-(far(alike) - first).max(0.0) / width).exp();
            near.iter().map(one).sum()
        };
        let (mut low, mut high) = (0.0f32, f32::INFINITY);
        let mut width = 1.0f32;
        for _ in 0..64 {
            if sum(width) > NEAR.log2() {
                high = width;
                width = f32::midpoint(low, high);
            } else {
                low = width;
                width = if high.is_finite() {
                    f32::midpoint(low, high)
                } else {
                    width * 2.0
                };
            }
            if width > 1e6 {
                break;
            }
        }
        // One neighbour alone is not stronger for that.
        let mean = near.iter().map(far).sum::<f32>() / near.len() as f32;
        let width = width.max(1e-3 * mean).max(f32::MIN_POSITIVE);
        for alike in near {
            let strength = (-(far(alike) - first).max(0.0) / width).exp();
            one_way.push((at as u32, alike.at, strength));
        }
    }
    let flipped: Vec<(u32, u32, f32)> = one_way.iter().map(|&(a, b, s)| (b, a, s)).collect();
    let mut both = one_way;
    both.extend(flipped);
    both.sort_unstable_by(|x, y| (x.0, x.1).cmp(&(y.0, y.1)).then(x.2.total_cmp(&y.2)));
    let mut lines: Vec<(u32, u32, f32)> = Vec::with_capacity(both.len());
    for (from, to, strength) in both {
        match lines.last_mut() {
            Some(last) if (last.0, last.1) == (from, to) => {
                last.2 = last.2 + strength - last.2 * strength;
            }
            _ => lines.push((from, to, strength)),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::features::SomeVectors;
    use super::*;
    use crate::progress::Silent;

    /// Bunches of things in 16 dimensions.
    fn bunches(count: usize, bunches: usize) -> (Features, Vec<u32>, Neighbours) {
        let mut state = 5u32;
        let mut next = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        };
        let centres: Vec<Vec<f32>> = (0..bunches)
            .map(|_| (0..16).map(|_| 2.0 * next()).collect())
            .collect();
        let vectors: Vec<Option<Vec<f32>>> = (0..count)
            .map(|n| {
                Some(
                    centres[n % bunches]
                        .iter()
                        .map(|c| c + 0.6 * next())
                        .collect(),
                )
            })
            .collect();
        let features = Features::of(&SomeVectors(&vectors)).unwrap();
        let things: Vec<u32> = (0..count as u32).collect();
        let neighbours = Neighbours::of(&features, &things, 15, &Silent).unwrap();
        (features, things, neighbours)
    }

    #[test]
    fn bunches_stay_together_and_apart_from_others() {
        let (features, things, neighbours) = bunches(400, 4);
        let mut umap = Umap::new(&features, &things, &neighbours, 3);
        assert!(!umap.is_finished() && umap.share() == 0.0);
        while !umap.advance(100_000) {}
        assert_eq!(umap.share(), 1.0);
        let places = umap.places();
        let far = |a: usize, b: usize| {
            let (a, b) = (places[a], places[b]);
            (a[0] - b[0]).hypot(a[1] - b[1])
        };
        // Nearest in the plane is of the same bunch.
        let same = (0..400).filter(|&a| {
            let others = (0..400).filter(|&b| b != a);
            let nearest = others
                .min_by(|&b, &c| far(a, b).total_cmp(&far(a, c)))
                .unwrap();
            nearest % 4 == a % 4
        });
        let same = same.count();
        assert!(same >= 396, "{same}");
    }

    #[test]
    fn in_how_many_steps_it_is_done_does_not_matter_but_the_seed_does() {
        let (features, things, neighbours) = bunches(60, 3);
        let done = |seed: u64, step: usize| {
            let mut umap = Umap::new(&features, &things, &neighbours, seed);
            while !umap.advance(step) {}
            umap.places().to_vec()
        };
        let want = done(1, usize::MAX);
        assert!(want.iter().flatten().all(|v| v.is_finite()));
        assert_eq!(done(1, 17), want);
        assert_eq!(done(1, 1009), want);
        assert_ne!(done(2, 1009), want);
    }

    #[test]
    fn few_and_equal_things_have_places_too() {
        for count in [0usize, 1, 2, 5] {
            let vectors = vec![Some(vec![1.0, 2.0]); count];
            let features = Features::of(&SomeVectors(&vectors)).unwrap();
            let things: Vec<u32> = (0..count as u32).collect();
            let neighbours = Neighbours::of(&features, &things, 15, &Silent).unwrap();
            let mut umap = Umap::new(&features, &things, &neighbours, 0);
            while !umap.advance(10) {}
            assert_eq!(umap.places().len(), count);
            assert!(umap.places().iter().flatten().all(|v| v.is_finite()));
        }
    }

    #[test]
    fn strengths_are_those_of_the_paper() {
        let (_, _, neighbours) = bunches(200, 2);
        let lines = strengths(&neighbours);
        for at in 0..200u32 {
            let own = lines.iter().filter(|(from, ..)| *from == at);
            let own: Vec<f32> = own.map(|(_, _, strength)| *strength).collect();
            assert!(own.len() >= 15 && own.iter().all(|s| (0.0..=1.0).contains(s)));
            // The nearest is at 1, and one way they sum to log2(15); both ways to no less.
            assert!(own.iter().any(|s| (s - 1.0).abs() < 1e-5));
            assert!(own.iter().sum::<f32>() > NEAR.log2() - 1e-2);
        }
        assert!(lines.iter().all(|&(a, b, s)| lines.contains(&(b, a, s))));
    }

    #[test]
    fn the_power_is_near_enough_from_the_smallest_to_the_largest() {
        let mut square = 1e-12f32;
        while square < 1e8 {
            let off = power(square) / square.powf(B) - 1.0;
            assert!(off.abs() < 1e-3, "{square}: {off}");
            square *= 1.037;
        }
        assert!(power(0.0) < 1e-20 && power(f32::MAX).is_finite());
    }

    /// Of things that lie in a sheet, those that are near in the plane are near in truth (trustworthiness of
    /// Venna and Kaski, 1 at best).
    #[test]
    fn what_is_near_in_the_plane_is_near_in_truth() {
        const COUNT: usize = 400;
        const NEAREST: usize = 10;
        let vectors: Vec<Option<Vec<f32>>> = (0..COUNT)
            .map(|n| {
                let (u, v) = ((n % 20) as f32 / 14.0, (n / 20) as f32 / 14.0);
                Some(vec![u.cos(), u.sin(), v.cos(), v.sin(), 0.3])
            })
            .collect();
        let features = Features::of(&SomeVectors(&vectors)).unwrap();
        let things: Vec<u32> = (0..COUNT as u32).collect();
        let neighbours = Neighbours::of(&features, &things, 15, &Silent).unwrap();
        let mut umap = Umap::new(&features, &things, &neighbours, 5);
        while !umap.advance(100_000) {}
        let places = umap.places();
        let order = |of: &dyn Fn(usize) -> f32, but: usize| {
            let mut others: Vec<usize> = (0..COUNT).filter(|&n| n != but).collect();
            others.sort_by(|&a, &b| of(a).total_cmp(&of(b)));
            others
        };
        let mut sum = 0;
        for at in 0..COUNT {
            let truth = order(&|n| -features.cosine(at, n), at);
            let plane =
                |n: usize| (places[at][0] - places[n][0]).hypot(places[at][1] - places[n][1]);
            for near in order(&plane, at).into_iter().take(NEAREST) {
                let rank = truth.iter().position(|&n| n == near).unwrap() + 1;
                sum += rank.saturating_sub(NEAREST);
            }
        }
        let most = COUNT * NEAREST * (2 * COUNT - 3 * NEAREST - 1);
        let trust = 1.0 - 2.0 * sum as f64 / most as f64;
        assert!(trust > 0.99, "{trust}");
    }
}
