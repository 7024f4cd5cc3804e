//! The fewest parts of a picture whose loss changes the answer.
//!
//! Of 64 parts there are 2^64 sets, so not all can be tried. The search finds a small set step by step
//! (the part that helps most, again and again; then those that are not needed go), and then tries *every*
//! smaller set, size by size, as far as the number of questions allows. What was found is called minimal
//! only when every smaller set was tried and failed.

use crate::progress::Observer;
use crate::saliency::SaliencyError;
use crate::saliency::ordered::fold_in_order;

/// Most parts that are searched.
pub const MAX_PARTS: usize = 256;
/// Sets that are tried before a look at what came of them: a result must not depend on how many
/// threads there are.
const ROUND: usize = 128;

/// How far a search goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlipParams {
    /// Number of parts, at most [`MAX_PARTS`].
    pub parts: usize,
    /// Most questions to the network.
    pub questions: usize,
    /// Questions at the same time.
    pub threads: usize,
}

/// A set of parts whose loss changes the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Flip {
    /// The parts, ascending; empty where no such set was found.
    pub parts: Vec<usize>,
    /// True when every smaller set was tried: then there is none.
    pub minimal: bool,
    /// No set of fewer parts than this changes the answer.
    pub at_least: usize,
    /// Questions that were asked.
    pub questions: usize,
}

/// Searches. `margin` tells for a set of parts (ascending, at least one) how far the answer is changed
/// without them: above 0 it is another one.
///
/// # Errors
/// When the network fails, or the work is cancelled.
pub fn smallest_flip(
    params: FlipParams,
    observer: &dyn Observer,
    margin: impl Fn(&[usize]) -> Result<f64, SaliencyError> + Sync,
) -> Result<Flip, SaliencyError> {
    let mut search = Search {
        parts: params.parts.min(MAX_PARTS),
        left: params.questions,
        asked: 0,
        threads: params.threads,
        observer,
        margin: &margin,
    };
    search.run()
}

struct Search<'a, M> {
    parts: usize,
    left: usize,
    asked: usize,
    threads: usize,
    observer: &'a dyn Observer,
    margin: &'a M,
}

impl<M: Fn(&[usize]) -> Result<f64, SaliencyError> + Sync> Search<'_, M> {
    fn run(&mut self) -> Result<Flip, SaliencyError> {
        let singles: Vec<Vec<usize>> = (0..self.parts).map(|part| vec![part]).collect();
        if singles.is_empty() || singles.len() > self.left {
            return Ok(self.result(Vec::new(), 1));
        }
        let alone = self.ask(&singles)?;
        if let Some(best) = best_of(&alone).filter(|&best| alone[best] > 0.0) {
            return Ok(self.result(vec![best], 1));
        }
        let mut found = self.step_by_step(&alone)?;
        // Most helpful alone first: where there is a smaller set, it is likely among the first.
        let mut order: Vec<usize> = (0..self.parts).collect();
        order.sort_by(|&a, &b| alone[b].total_cmp(&alone[a]).then(a.cmp(&b)));
        let mut at_least = 2;
        let limit = found.as_ref().map_or(self.parts, Vec::len);
        while at_least < limit {
            let sets = combinations(self.parts, at_least);
            if sets.is_none_or(|sets| sets > self.left) {
                let few = self.affordable(at_least);
                if let Some(set) = self.try_all(order.get(..few).unwrap_or_default(), at_least)? {
                    found = Some(set);
                }
                break;
            }
            if let Some(set) = self.try_all(&order, at_least)? {
                found = Some(set);
                break;
            }
            at_least += 1;
        }
        Ok(self.result(found.unwrap_or_default(), at_least))
    }

    fn result(&self, parts: Vec<usize>, at_least: usize) -> Flip {
        Flip {
            minimal: !parts.is_empty() && parts.len() <= at_least,
            at_least,
            questions: self.asked,
            parts,
        }
    }

    /// The margins of these sets, in their order.
    fn ask(&mut self, sets: &[Vec<usize>]) -> Result<Vec<f64>, SaliencyError> {
        let mut margins = Vec::with_capacity(sets.len());
        let margin = self.margin;
        let (asked, total) = (self.asked, self.asked + self.left);
        fold_in_order(
            sets.len(),
            self.threads,
            self.observer,
            |i| sets.get(i).map_or(Ok(f64::NEG_INFINITY), |set| margin(set)),
            |i, value| {
                self.observer.progress(asked + i + 1, total);
                margins.push(value);
                Ok(())
            },
        )?;
        self.asked += sets.len();
        self.left = self.left.saturating_sub(sets.len());
        Ok(margins)
    }

    /// Adds the part that helps most until the answer changes, then leaves out what is not needed.
    fn step_by_step(&mut self, alone: &[f64]) -> Result<Option<Vec<usize>>, SaliencyError> {
        let mut chosen: Vec<usize> = best_of(alone).into_iter().collect();
        loop {
            let rest: Vec<usize> = (0..self.parts).filter(|p| !chosen.contains(p)).collect();
            if rest.is_empty() || rest.len() > self.left {
                return Ok(None);
            }
            let sets: Vec<Vec<usize>> = rest.iter().map(|&part| with(&chosen, part)).collect();
            let margins = self.ask(&sets)?;
            let Some(best) = best_of(&margins) else {
                return Ok(None);
            };
            if let Some(set) = sets.get(best) {
                chosen.clone_from(set);
            }
            if margins[best] > 0.0 {
                break;
            }
        }
        for part in chosen.clone() {
            let fewer: Vec<usize> = chosen.iter().copied().filter(|&p| p != part).collect();
            if fewer.is_empty() || self.left == 0 {
                break;
            }
            let margins = self.ask(std::slice::from_ref(&fewer))?;
            if margins.first().is_some_and(|&margin| margin > 0.0) {
                chosen = fewer;
            }
        }
        Ok(Some(chosen))
    }

    /// The first set of `size` of these parts, round by round, whose loss changes the answer; of one
    /// round the one that changes it most.
    fn try_all(
        &mut self,
        parts: &[usize],
        size: usize,
    ) -> Result<Option<Vec<usize>>, SaliencyError> {
        let mut sets = Combinations::new(parts.len(), size);
        loop {
            let round: Vec<Vec<usize>> = sets
                .by_ref()
                .take(ROUND)
                .map(|places| {
                    let chosen = places.into_iter().filter_map(|place| parts.get(place));
                    let mut set: Vec<usize> = chosen.copied().collect();
                    set.sort_unstable();
                    set
                })
                .collect();
            if round.is_empty() || round.len() > self.left {
                return Ok(None);
            }
            let margins = self.ask(&round)?;
            if let Some(best) = best_of(&margins).filter(|&best| margins[best] > 0.0) {
                return Ok(round.into_iter().nth(best));
            }
        }
    }

    /// Of how many parts all sets of `size` can still be tried.
    fn affordable(&self, size: usize) -> usize {
        (size..self.parts)
            .take_while(|&n| combinations(n, size).is_some_and(|sets| sets <= self.left))
            .last()
            .unwrap_or(0)
    }
}

/// Place of the largest, the first of equal ones; what is no number is never it.
fn best_of(values: &[f64]) -> Option<usize> {
    let numbers = values.iter().enumerate().filter(|(_, v)| !v.is_nan());
    numbers
        .fold(None, |best: Option<(usize, f64)>, (i, &v)| match best {
            Some((_, most)) if most >= v => best,
            _ => Some((i, v)),
        })
        .map(|(i, _)| i)
}

fn with(set: &[usize], part: usize) -> Vec<usize> {
    let mut set = [set, &[part]].concat();
    set.sort_unstable();
    set
}

/// How many sets of `size` there are of `n`; `None` beyond what can be counted.
fn combinations(n: usize, size: usize) -> Option<usize> {
    (0..size).try_fold(1usize, |sets, i| {
        Some(sets.checked_mul(n.checked_sub(i)?)? / (i + 1))
    })
}

/// All sets of `size` of the places 0..n, in the order of words.
struct Combinations {
    n: usize,
    next: Option<Vec<usize>>,
}

impl Combinations {
    fn new(n: usize, size: usize) -> Self {
        Self {
            n,
            next: (size <= n && size > 0).then(|| (0..size).collect()),
        }
    }
}

impl Iterator for Combinations {
    type Item = Vec<usize>;

    fn next(&mut self) -> Option<Vec<usize>> {
        let current = self.next.take()?;
        let size = current.len();
        let place = (0..size).rfind(|&i| current[i] < self.n - size + i);
        self.next = place.map(|i| {
            let mut next = current.clone();
            let first = next[i] + 1;
            for (step, value) in next.iter_mut().skip(i).enumerate() {
                *value = first + step;
            }
            next
        });
        Some(current)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};

    /// A made-up network of 8 x 8 parts: each weighs something alone, some only together, and some
    /// help the answer that is there.
    struct Played {
        alone: Vec<f64>,
        pairs: Vec<(usize, usize, f64)>,
        needed: f64,
    }

    impl Played {
        fn new(seed: u64, needed: f64) -> Self {
            let mut random = StdRng::seed_from_u64(seed);
            let alone = (0..64).map(|_| random.random_range(-0.3..0.5)).collect();
            let pairs = (0..40)
                .map(|_| {
                    let (a, b) = (random.random_range(0..64), random.random_range(0..64));
                    (a, b, random.random_range(-0.8..0.9))
                })
                .collect();
            Self {
                alone,
                pairs,
                needed,
            }
        }

        fn margin(&self, set: &[usize]) -> f64 {
            let alone: f64 = set.iter().map(|&part| self.alone[part]).sum();
            let together =
                |&&(a, b, _): &&(usize, usize, f64)| a != b && set.contains(&a) && set.contains(&b);
            let pairs: f64 = self.pairs.iter().filter(together).map(|p| p.2).sum();
            alone + pairs - self.needed
        }

        /// The size of the smallest set, of all sets of up to three parts.
        fn brute_force(&self) -> Option<usize> {
            (1..=3).find(|&size| Combinations::new(64, size).any(|set| self.margin(&set) > 0.0))
        }
    }

    fn search(played: &Played, questions: usize, threads: usize) -> Flip {
        let params = FlipParams {
            parts: 64,
            questions,
            threads,
        };
        smallest_flip(params, &Silent, |set| Ok(played.margin(set))).unwrap()
    }

    #[test]
    fn it_is_as_small_as_brute_force_finds_on_8_x_8_parts() {
        let mut sizes = [0; 4];
        for seed in 0..40 {
            let played = Played::new(seed, 0.3 + 0.05 * seed as f64);
            let flip = search(&played, 60_000, 2);
            let Some(least) = played.brute_force() else {
                assert!(flip.at_least > 3 && flip.parts.len() > 3, "{flip:?}");
                continue;
            };
            sizes[least] += 1;
            assert_eq!((flip.parts.len(), flip.at_least), (least, least), "{seed}");
            assert!(flip.minimal && played.margin(&flip.parts) > 0.0, "{flip:?}");
        }
        // The cases are worth something: of each size there are several.
        assert!(sizes[1] > 2 && sizes[2] > 2 && sizes[3] > 2, "{sizes:?}");
    }

    #[test]
    fn two_parts_that_only_count_together_are_found() {
        // Step by step nothing leads there.
        let played = Played {
            alone: (0..64).map(|i| if i < 12 { 0.1 } else { -0.1 }).collect(),
            pairs: vec![(40, 61, 5.0)],
            needed: 1.0,
        };
        let flip = search(&played, 5_000, 1);
        assert_eq!((flip.parts, flip.minimal), (vec![40, 61], true));
    }

    #[test]
    fn what_was_not_tried_is_not_called_minimal() {
        let played = Played {
            alone: vec![0.1; 64],
            pairs: Vec::new(),
            needed: 0.95,
        };
        let flip = search(&played, 4_000, 2);
        assert_eq!(
            (flip.parts.len(), flip.minimal, flip.at_least),
            (10, false, 3)
        );
        assert!(flip.questions <= 4_000);
        assert_eq!(search(&played, 4_000, 1), flip);
        // Nothing changes the answer, or nothing may be asked.
        let never = Played {
            alone: vec![-1.0; 64],
            ..Played::new(0, 1.0)
        };
        let flip = search(&never, 9_000, 2);
        assert!(
            flip.parts.is_empty() && !flip.minimal && flip.at_least == 3,
            "{flip:?}"
        );
        let flip = search(&played, 10, 2);
        assert!(flip.parts.is_empty() && flip.questions == 0);
    }

    #[test]
    fn sets_are_counted_and_listed_alike() {
        for (n, size) in [(5, 2), (6, 6), (7, 1), (8, 3)] {
            let sets: Vec<_> = Combinations::new(n, size).collect();
            assert_eq!(Some(sets.len()), combinations(n, size));
            assert!(sets.is_sorted() && sets.iter().all(|set| set.is_sorted()));
        }
        assert_eq!(Combinations::new(2, 3).count(), 0);
        assert_eq!(combinations(256, 40), None);
    }
}
