//! The nearest neighbours of every thing of a set, by the cosine of features.
//!
//! Few things are compared each with each. Of many, things are put into about as many cells as the root
//! of their number (spherical k-means on a sample), and each is compared with those of the nearest
//! cells: nearly all neighbours are found, in a hundredth of the time.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::features::{FEATURES, Features, dot};
use crate::progress::{Cancelled, Observer};

/// Things that are compared each with each.
const ALL_PAIRS: usize = 6_000;
/// Cells that are looked into for each thing.
const CELLS_NEAR: usize = 16;
/// Rounds of k-means.
const ROUNDS: usize = 6;
/// Things of a sample for each cell.
const SAMPLE_EACH: usize = 48;
/// Things that are looked at before it is told how many.
const CHUNK: usize = 256;
/// What a length of 1 is, squared.
const ONE: f32 = 16_384.0 * 16_384.0;

type Feature = [i16; FEATURES];

/// Something that is like another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alike {
    /// Its place.
    pub at: u32,
    /// The cosine of the two, -1 to 1.
    pub cosine: f32,
}

/// The nearest neighbours of every thing; things by their places in the list that was given.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Neighbours {
    each: usize,
    near: Vec<Alike>,
    counts: Vec<u32>,
}

impl Neighbours {
    /// The `each` nearest of every one of `things`, which are numbers of `features`; nearest first, of
    /// equal ones the earlier. Things without features have none.
    ///
    /// # Errors
    /// When `observer` cancels.
    pub fn of(
        features: &Features,
        things: &[u32],
        each: usize,
        observer: &dyn Observer,
    ) -> Result<Self, Cancelled> {
        let cells = Cells::of(features, things);
        // In the order of the cells, so that those that are looked into stay at hand.
        let asked = |at: usize| (cells.places[at], &cells.features[at]);
        let found = cells.search(cells.places.len(), &asked, true, each, observer)?;
        Ok(Self::from(found, things.len(), each))
    }

    /// The `each` of `things` that are nearest to every one of `others`: as [`Self::of`], but of others
    /// than themselves.
    ///
    /// # Errors
    /// When `observer` cancels.
    pub fn among(
        features: &Features,
        things: &[u32],
        others: &[u32],
        each: usize,
        observer: &dyn Observer,
    ) -> Result<Self, Cancelled> {
        let cells = Cells::of(features, things);
        let none = [0; FEATURES];
        let asked = |at: usize| {
            let own = feature(features, others, at as u32);
            (at as u32, own.unwrap_or(&none))
        };
        let found = cells.search(others.len(), &asked, false, each, observer)?;
        Ok(Self::from(found, others.len(), each))
    }

    fn from(found: Vec<(u32, Vec<Alike>)>, count: usize, each: usize) -> Self {
        let mut made = Self {
            each,
            near: vec![Alike { at: 0, cosine: 0.0 }; count * each],
            counts: vec![0; count],
        };
        for (at, nearest) in found {
            let start = at as usize * each;
            if let Some(count) = made.counts.get_mut(at as usize) {
                *count = nearest.len() as u32;
            }
            if let Some(room) = made.near.get_mut(start..start + nearest.len()) {
                room.copy_from_slice(&nearest);
            }
        }
        made
    }

    /// Number of things.
    #[must_use]
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The neighbours of a thing, nearest first.
    #[must_use]
    pub fn get(&self, at: usize) -> &[Alike] {
        let count = self.counts.get(at).map_or(0, |&count| count as usize);
        let start = at * self.each;
        self.near.get(start..start + count).unwrap_or_default()
    }
}

fn feature<'a>(features: &'a Features, things: &[u32], at: u32) -> Option<&'a Feature> {
    features.get(*things.get(at as usize)? as usize)
}

/// Things with their features, cell after cell.
struct Cells {
    centres: Vec<Feature>,
    /// Where each begins; one more than there are.
    starts: Vec<usize>,
    places: Vec<u32>,
    features: Vec<Feature>,
}

impl Cells {
    fn of(features: &Features, things: &[u32]) -> Self {
        let there: Vec<u32> = (0..things.len() as u32)
            .filter(|&at| feature(features, things, at).is_some())
            .collect();
        let of = |at: &u32| {
            feature(features, things, *at)
                .copied()
                .unwrap_or([0; FEATURES])
        };
        if there.len() <= ALL_PAIRS {
            return Self {
                centres: vec![[0; FEATURES]],
                starts: vec![0, there.len()],
                features: there.iter().map(of).collect(),
                places: there,
            };
        }
        let centres = centres(&there, &of);
        let cell_of = in_parts(&there, &|at| nearest(&centres, &of(at)).0 as u32);
        let mut starts = vec![0usize; centres.len() + 1];
        for &cell in &cell_of {
            if let Some(count) = starts.get_mut(cell as usize + 1) {
                *count += 1;
            }
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut places = vec![0; there.len()];
        for (&at, &cell) in there.iter().zip(&cell_of) {
            if let Some(place) = next.get_mut(cell as usize) {
                if let Some(slot) = places.get_mut(*place) {
                    *slot = at;
                }
                *place += 1;
            }
        }
        Self {
            features: places.iter().map(of).collect(),
            centres,
            starts,
            places,
        }
    }

    /// The nearest of what is asked for (`asked` gives the place and the feature of each), in no order;
    /// `itself` says that they are the things in the cells, which are none of their own neighbours.
    fn search<'a>(
        &self,
        count: usize,
        asked: &(dyn Fn(usize) -> (u32, &'a Feature) + Sync),
        itself: bool,
        each: usize,
        observer: &dyn Observer,
    ) -> Result<Vec<(u32, Vec<Alike>)>, Cancelled> {
        let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let cancelled = AtomicBool::new(false);
        let work = || {
            let mut found = Vec::new();
            loop {
                let start = next.fetch_add(CHUNK, Ordering::Relaxed);
                if start >= count || cancelled.load(Ordering::Relaxed) {
                    return found;
                }
                let end = (start + CHUNK).min(count);
                for at in start..end {
                    let (place, own) = asked(at);
                    if *own != [0; FEATURES] {
                        let but = itself.then_some(place);
                        found.push((place, self.nearest_to(own, but, each)));
                    }
                }
                let so_far = done.fetch_add(end - start, Ordering::Relaxed) + end - start;
                observer.progress(so_far, count);
                if observer.cancelled() {
                    cancelled.store(true, Ordering::Relaxed);
                }
            }
        };
        let found = on_all_cores(&work);
        if cancelled.load(Ordering::Relaxed) {
            return Err(Cancelled);
        }
        Ok(found.into_iter().flatten().collect())
    }

    fn nearest_to(&self, own: &Feature, but: Option<u32>, each: usize) -> Vec<Alike> {
        let mut cells = Best::new(CELLS_NEAR);
        for (cell, centre) in self.centres.iter().enumerate() {
            cells.offer(dot(own, centre), cell as u32);
        }
        let mut best = Best::new(each);
        for (_, cell) in cells.found {
            let cell = cell as usize;
            let within = self.starts[cell]..self.starts[cell + 1];
            let others = self.features[within.clone()]
                .iter()
                .zip(&self.places[within]);
            for (other, &place) in others {
                let product = dot(own, other);
                if but != Some(place) {
                    best.offer(product, place);
                }
            }
        }
        let alike = |(product, at): (i32, u32)| Alike {
            at,
            cosine: product as f32 / ONE,
        };
        best.found.into_iter().map(alike).collect()
    }
}

/// The greatest so far, greatest first; of equal ones that of the smaller number.
struct Best {
    most: usize,
    found: Vec<(i32, u32)>,
}

impl Best {
    fn new(most: usize) -> Self {
        Self {
            most,
            found: Vec::with_capacity(most + 1),
        }
    }

    fn offer(&mut self, product: i32, number: u32) {
        let is_before = |&(other, at): &(i32, u32)| (-other, at) < (-product, number);
        if self.found.len() >= self.most && self.found.last().is_none_or(is_before) {
            return;
        }
        let place = self.found.partition_point(is_before);
        self.found.insert(place, (product, number));
        self.found.truncate(self.most);
    }
}

/// The cell whose centre is nearest, and how near.
fn nearest(centres: &[Feature], to: &Feature) -> (usize, i32) {
    let mut best = (0, i32::MIN);
    for (at, centre) in centres.iter().enumerate() {
        let product = dot(centre, to);
        if product > best.1 {
            best = (at, product);
        }
    }
    best
}

/// Centres of cells: the means of those that are nearest to them, of length 1.
fn centres(there: &[u32], of: &(dyn Fn(&u32) -> Feature + Sync)) -> Vec<Feature> {
    let count = there.len().isqrt().max(1);
    let step = (there.len() / (count * SAMPLE_EACH)).max(1);
    let sample: Vec<Feature> = there.iter().step_by(step).map(of).collect();
    let first = (sample.len() / count).max(1);
    let mut centres: Vec<Feature> = sample.iter().step_by(first).take(count).copied().collect();
    for _ in 0..ROUNDS {
        let cells = in_parts(&sample, &|own| nearest(&centres, own).0 as u32);
        let mut sums = vec![[0i64; FEATURES]; centres.len()];
        for (own, cell) in sample.iter().zip(cells) {
            if let Some(sum) = sums.get_mut(cell as usize) {
                sum.iter_mut()
                    .zip(own)
                    .for_each(|(sum, v)| *sum += i64::from(*v));
            }
        }
        for (centre, sum) in centres.iter_mut().zip(sums) {
            let length = sum.iter().map(|v| (*v as f64).powi(2)).sum::<f64>().sqrt();
            // One that nobody is nearest to stays where it is.
            if length > 0.0 {
                for (to, v) in centre.iter_mut().zip(sum) {
                    *to = (v as f64 / length * f64::from(ONE).sqrt()).round() as i16;
                }
            }
        }
    }
    centres
}

/// A value for each, computed on all cores, in their order.
fn in_parts<T: Sync>(all: &[T], value: &(dyn Fn(&T) -> u32 + Sync)) -> Vec<u32> {
    let next = AtomicUsize::new(0);
    let chunks: Vec<&[T]> = all.chunks(CHUNK).collect();
    let parts = on_all_cores(&|| {
        let mut found = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(chunk) = chunks.get(at) else {
                return found;
            };
            found.push((at, chunk.iter().map(value).collect::<Vec<u32>>()));
        }
    });
    let mut parts: Vec<(usize, Vec<u32>)> = parts.into_iter().flatten().collect();
    parts.sort_unstable_by_key(|(at, _)| *at);
    parts.into_iter().flat_map(|(_, values)| values).collect()
}

/// What the same work found on each core.
pub(super) fn on_all_cores<T: Send>(work: &(dyn Fn() -> T + Sync)) -> Vec<T> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..cores)
            .map(|_| crate::threads::spawn_or_do(scope, work))
            .collect();
        let own = work();
        let others = others.into_iter().filter_map(|other| other.join().ok());
        others.chain(std::iter::once(own)).collect()
    })
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};

    use super::super::features::SomeVectors;
    use super::*;
    use crate::progress::{CancelFlag, Silent};

    /// Vectors in some bunches, with noise.
    fn bunches(count: usize, bunches: usize, seed: u64) -> Features {
        let mut random = StdRng::seed_from_u64(seed);
        let centres: Vec<Vec<f32>> = (0..bunches)
            .map(|_| (0..64).map(|_| random.random_range(-1.0f32..1.0)).collect())
            .collect();
        let vectors: Vec<Option<Vec<f32>>> = (0..count)
            .map(|n| {
                let near = centres[n % bunches].iter();
                Some(
                    near.map(|c| c + random.random_range(-0.6f32..0.6))
                        .collect(),
                )
            })
            .collect();
        Features::of(&SomeVectors(&vectors)).unwrap()
    }

    fn plainly(features: &Features, things: &[u32], at: usize, each: usize) -> Vec<u32> {
        let own = features.get(things[at] as usize).unwrap();
        let mut all: Vec<(i32, u32)> = (0..things.len())
            .filter(|&other| other != at)
            .map(|other| {
                (
                    -dot(own, features.get(things[other] as usize).unwrap()),
                    other as u32,
                )
            })
            .collect();
        all.sort_unstable();
        all.into_iter().take(each).map(|(_, other)| other).collect()
    }

    #[test]
    fn of_few_things_all_neighbours_are_found() {
        let features = bunches(400, 7, 1);
        let things: Vec<u32> = (0..400).rev().filter(|n| n % 3 != 0).collect();
        let found = Neighbours::of(&features, &things, 9, &Silent).unwrap();
        for at in 0..things.len() {
            let near: Vec<u32> = found.get(at).iter().map(|alike| alike.at).collect();
            assert_eq!(near, plainly(&features, &things, at, 9));
            let first = found.get(at)[0];
            let want = features.cosine(things[at] as usize, things[first.at as usize] as usize);
            assert!((first.cosine - want).abs() < 1e-6);
        }
        // Of others than themselves.
        let others: Vec<u32> = (0..400).filter(|n| n % 3 == 0).collect();
        let found = Neighbours::among(&features, &things, &others, 1, &Silent).unwrap();
        for (at, other) in others.iter().enumerate() {
            let cosine = |thing: &u32| features.cosine(*other as usize, *thing as usize);
            let most = things.iter().map(cosine).fold(-1.0, f32::max);
            assert!((found.get(at)[0].cosine - most).abs() < 1e-6);
        }
        let two = Neighbours::of(&features, &[3, 5], 9, &Silent).unwrap();
        assert_eq!(
            (two.get(0).len(), two.get(1).len(), two.get(2).len()),
            (1, 1, 0)
        );
    }

    #[test]
    fn of_many_things_nearly_all_neighbours_are_found() {
        let count = ALL_PAIRS + 2_000;
        let features = bunches(count, 25, 2);
        let things: Vec<u32> = (0..count as u32).collect();
        let found = Neighbours::of(&features, &things, 15, &Silent).unwrap();
        let mut right = 0;
        let asked: Vec<usize> = (0..count).step_by(97).collect();
        for &at in &asked {
            let want = plainly(&features, &things, at, 15);
            right += found
                .get(at)
                .iter()
                .filter(|alike| want.contains(&alike.at))
                .count();
        }
        let share = right as f64 / (15 * asked.len()) as f64;
        assert!(share > 0.95, "{share}");
        assert_eq!(
            found,
            Neighbours::of(&features, &things, 15, &Silent).unwrap()
        );
    }

    #[test]
    fn it_can_be_cancelled() {
        let features = bunches(300, 3, 3);
        let things: Vec<u32> = (0..300).collect();
        let flag = CancelFlag::default();
        flag.cancel();
        assert!(Neighbours::of(&features, &things, 5, &flag).is_err());
    }
}
