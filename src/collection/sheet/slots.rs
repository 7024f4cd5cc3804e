//! Places of a texture, given out to rows.

use std::collections::HashMap;

/// So many places, each for one row at a time. A row that was seen in this frame keeps its place.
#[derive(Debug, Clone)]
pub struct Slots {
    of_row: HashMap<u32, u32>,
    /// The row that has each place, and the frame in which it was seen last; 0 for none.
    holders: Vec<(u32, u64)>,
    frame: u64,
    hand: usize,
}

impl Slots {
    /// So many places, all free.
    #[must_use]
    pub fn new(count: usize) -> Self {
        Self {
            of_row: HashMap::new(),
            holders: vec![(0, 0); count],
            frame: 1,
            hand: 0,
        }
    }

    /// How many places there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.holders.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.holders.is_empty()
    }

    /// Begins a frame: what was seen before may be thrown out again.
    pub fn begin_frame(&mut self) {
        self.frame += 1;
    }

    /// The place of a row that is on screen, if it has one.
    pub fn see(&mut self, row: u32) -> Option<u32> {
        let slot = *self.of_row.get(&row)?;
        if let Some((_, seen)) = self.holders.get_mut(slot as usize) {
            *seen = self.frame;
        }
        Some(slot)
    }

    /// Gives a row a place, that of one that is not on screen; `None` where all are.
    pub fn take(&mut self, row: u32) -> Option<u32> {
        if let Some(slot) = self.see(row) {
            return Some(slot);
        }
        let count = self.holders.len();
        // Two rounds: what was on screen a moment ago goes only where nothing older is left.
        for least_age in [30, 1] {
            for _ in 0..count {
                let at = self.hand;
                self.hand = (self.hand + 1) % count;
                let Some((old, seen)) = self.holders.get_mut(at) else {
                    continue;
                };
                if *seen != 0 && *seen + least_age > self.frame {
                    continue;
                }
                if *seen != 0 {
                    self.of_row.remove(old);
                }
                (*old, *seen) = (row, self.frame);
                self.of_row.insert(row, at as u32);
                return Some(at as u32);
            }
        }
        None
    }

    /// Forgets all rows.
    pub fn clear(&mut self) {
        self.of_row.clear();
        self.holders.fill((0, 0));
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;

    #[test]
    fn no_place_is_given_twice_and_no_row_on_screen_loses_its_own() {
        let mut random = StdRng::seed_from_u64(9);
        let mut slots = Slots::new(64);
        let mut start = 0u32;
        for _ in 0..10_000 {
            slots.begin_frame();
            start = start.wrapping_add(random.random_range(0..40)) % 5000;
            let visible: Vec<u32> = (start..start + random.random_range(1..90)).collect();
            let mut mine: HashMap<u32, u32> = HashMap::new();
            for &row in &visible {
                if let Some(slot) = slots.see(row) {
                    mine.insert(row, slot);
                }
            }
            for &row in &visible {
                match slots.take(row) {
                    Some(slot) => {
                        assert!((slot as usize) < 64);
                        assert!(mine.get(&row).is_none_or(|own| *own == slot));
                        mine.insert(row, slot);
                    }
                    None => assert!(mine.len() == 64),
                }
            }
            let mut given: Vec<u32> = mine.values().copied().collect();
            given.sort_unstable();
            given.dedup();
            assert_eq!(given.len(), mine.len());
            assert_eq!(mine.len(), visible.len().min(64));
        }
        slots.clear();
        assert!(slots.see(start).is_none());
        assert!(Slots::new(0).take(1).is_none());
    }
}
