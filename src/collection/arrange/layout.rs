//! A layout by likeness of any number of things: [`Umap`] of all, or of a sample, beside which the others
//! stand.

use super::features::Features;
use super::neighbours::Neighbours;
use super::umap::Umap;
use crate::progress::{Cancelled, Observer};

/// Things that are laid out by their neighbours; of more, a sample is.
pub const MOST_LAID_OUT: usize = 150_000;
/// Neighbours of each.
const NEAR: usize = 15;
/// Things of the sample between which another stands.
const BETWEEN: usize = 3;

/// A layout that is being made.
#[derive(Debug, Clone)]
pub struct Layout {
    umap: Umap,
    /// Places in the list, of the sample and of the others.
    sample: Vec<u32>,
    others: Vec<u32>,
    /// The nearest of the sample to each of the others.
    beside: Neighbours,
    count: usize,
}

impl Layout {
    /// Finds the neighbours of `things`, numbers of `features`, and begins; at most `most` are laid out
    /// by their own neighbours, such as [`MOST_LAID_OUT`]. Things without features have no place.
    ///
    /// # Errors
    /// When `observer` cancels.
    pub fn new(
        features: &Features,
        things: &[u32],
        most: usize,
        seed: u64,
        observer: &dyn Observer,
    ) -> Result<Self, Cancelled> {
        let there = |at: &u32| {
            let thing = things.get(*at as usize);
            thing.is_some_and(|&thing| features.get(thing as usize).is_some())
        };
        let there: Vec<u32> = (0..things.len() as u32).filter(there).collect();
        let step = there.len().div_ceil(most.max(1)).max(1);
        let is_sample = |(n, _): &(usize, &u32)| n.is_multiple_of(step);
        let (sample, others): (Vec<_>, Vec<_>) = there.iter().enumerate().partition(is_sample);
        let places = |part: Vec<(usize, &u32)>| part.into_iter().map(|(_, at)| *at).collect();
        let (sample, others): (Vec<u32>, Vec<u32>) = (places(sample), places(others));
        let thing = |at: &u32| things.get(*at as usize).copied().unwrap_or(u32::MAX);
        let laid_out: Vec<u32> = sample.iter().map(thing).collect();
        let rest: Vec<u32> = others.iter().map(thing).collect();
        let neighbours = Neighbours::of(features, &laid_out, NEAR, observer)?;
        let beside = if rest.is_empty() {
            Neighbours::default()
        } else {
            Neighbours::among(features, &laid_out, &rest, BETWEEN, observer)?
        };
        Ok(Self {
            umap: Umap::new(features, &laid_out, &neighbours, seed),
            sample,
            others,
            beside,
            count: things.len(),
        })
    }

    /// Goes on; see [`Umap::advance`].
    pub fn advance(&mut self, lines: usize) -> bool {
        self.umap.advance(lines)
    }

    /// How much is done, 0 to 1.
    #[must_use]
    pub fn share(&self) -> f32 {
        self.umap.share()
    }

    /// How many things are laid out by their own neighbours.
    #[must_use]
    pub fn laid_out(&self) -> usize {
        self.sample.len()
    }

    /// Where each thing is now; NaN for those without features.
    #[must_use]
    pub fn places(&self) -> Vec<[f32; 2]> {
        let mut places = vec![[f32::NAN; 2]; self.count];
        let laid_out = self.umap.places();
        let mut put = |at: u32, place: [f32; 2]| {
            if let Some(slot) = places.get_mut(at as usize) {
                *slot = place;
            }
        };
        for (&at, &place) in self.sample.iter().zip(laid_out) {
            put(at, place);
        }
        for (number, &at) in self.others.iter().enumerate() {
            let mut sum = [0.0f32; 3];
            let first = self.beside.get(number).first().map_or(0.0, |a| a.cosine);
            for alike in self.beside.get(number) {
                // The nearest counts most; one that is as near counts as much.
                let weight = 1.0 / (1e-3 + first - alike.cosine);
                if let Some([x, y]) = laid_out.get(alike.at as usize) {
                    sum[0] += weight * x;
                    sum[1] += weight * y;
                    sum[2] += weight;
                }
            }
            if sum[2] > 0.0 {
                put(at, [sum[0] / sum[2], sum[1] / sum[2]]);
            }
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use super::super::features::SomeVectors;
    use super::*;
    use crate::progress::{CancelFlag, Silent};

    /// Bunches in 8 dimensions; every tenth thing has no vector.
    fn features() -> Features {
        let mut state = 5u32;
        let mut next = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        };
        let vectors: Vec<Option<Vec<f32>>> = (0..600)
            .map(|n| {
                let mut vector: Vec<f32> = (0..8).map(|_| 0.3 * next()).collect();
                vector[n % 3] += 1.0;
                (n % 10 != 9).then_some(vector)
            })
            .collect();
        Features::of(&SomeVectors(&vectors)).unwrap()
    }

    #[test]
    fn those_that_are_not_laid_out_themselves_stand_beside_their_own_kind() {
        let features = features();
        let things: Vec<u32> = (0..600).collect();
        for (most, laid_out) in [(1000, 540), (200, 180)] {
            let mut layout = Layout::new(&features, &things, most, 1, &Silent).unwrap();
            assert_eq!(layout.laid_out(), laid_out);
            while !layout.advance(50_000) {}
            let places = layout.places();
            assert_eq!(places.len(), 600);
            let mut centres = [[0.0f32; 3]; 3];
            for (n, place) in places.iter().enumerate() {
                assert_eq!(place[0].is_nan(), n % 10 == 9);
                if n % 10 != 9 {
                    let centre = &mut centres[n % 3];
                    let more = [place[0], place[1], 1.0];
                    centre.iter_mut().zip(more).for_each(|(c, v)| *c += v);
                }
            }
            let right = (0..600usize).filter(|n| n % 10 != 9).filter(|&n| {
                let far = |kind: usize| {
                    let [x, y, count] = centres[kind];
                    (places[n][0] - x / count).hypot(places[n][1] - y / count)
                };
                let nearest = (0..3).min_by(|&a, &b| far(a).total_cmp(&far(b)));
                nearest == Some(n % 3)
            });
            let right = right.count();
            assert!(right > 530, "{right}");
        }
        let flag = CancelFlag::default();
        flag.cancel();
        assert!(Layout::new(&features, &things, 100, 1, &flag).is_err());
    }
}
