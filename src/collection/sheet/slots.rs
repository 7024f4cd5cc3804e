//! Places on the device that pictures share: whoever was not seen for longest gives way.

use std::collections::HashMap;
use std::hash::Hash;

#[derive(Debug, Clone)]
struct Slot<K> {
    key: Option<K>,
    seen: u64,
}

/// A fixed number of places, each with one picture at most.
#[derive(Debug, Clone)]
pub struct Slots<K> {
    of: HashMap<K, u32>,
    places: Vec<Slot<K>>,
    /// Those that may give way, the longest unseen last; made anew for each time.
    victims: Vec<(u64, u32)>,
    sorted_for: Option<u64>,
}

impl<K: Copy + Eq + Hash> Slots<K> {
    /// So many empty places.
    #[must_use]
    pub fn new(count: u32) -> Self {
        let empty = Slot { key: None, seen: 0 };
        Self {
            of: HashMap::new(),
            places: vec![empty; count as usize],
            victims: Vec::new(),
            sorted_for: None,
        }
    }

    /// How many places there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.places.len()
    }

    /// The place of a picture, which is seen at the time `now` (it only grows, from 1).
    pub fn see(&mut self, key: K, now: u64) -> Option<u32> {
        let slot = *self.of.get(&key)?;
        if let Some(place) = self.places.get_mut(slot as usize) {
            place.seen = now;
        }
        Some(slot)
    }

    /// The place of a picture, whether it is seen or not.
    #[must_use]
    pub fn get(&self, key: K) -> Option<u32> {
        self.of.get(&key).copied()
    }

    /// Whether a picture has a place.
    #[must_use]
    pub fn contains(&self, key: K) -> bool {
        self.of.contains_key(&key)
    }

    /// A place for a picture that has none yet: an empty one, or that of the picture that was not seen
    /// for longest. `None` where all are seen `now`.
    pub fn claim(&mut self, key: K, now: u64) -> Option<u32> {
        if let Some(slot) = self.see(key, now) {
            return Some(slot);
        }
        if self.sorted_for != Some(now) {
            self.sorted_for = Some(now);
            let places = self.places.iter().enumerate();
            self.victims = places.map(|(at, slot)| (slot.seen, at as u32)).collect();
            self.victims.sort_unstable_by(|a, b| b.cmp(a));
        }
        while let Some((seen, at)) = self.victims.pop() {
            let Some(slot) = self.places.get_mut(at as usize) else {
                continue;
            };
            // Seen since the list was made.
            if slot.seen != seen || seen >= now {
                continue;
            }
            if let Some(old) = slot.key.replace(key) {
                self.of.remove(&old);
            }
            slot.seen = now;
            self.of.insert(key, at);
            return Some(at);
        }
        None
    }

    /// Empties all places.
    pub fn clear(&mut self) {
        *self = Self::new(self.places.len() as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_seen_gives_way_and_no_place_is_given_twice() {
        let mut state = 7u32;
        let mut next = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % below
        };
        let mut slots = Slots::new(64);
        for now in 1..2000u64 {
            let from = next(500);
            let visible: Vec<u32> = (from..from + next(64)).collect();
            for &key in &visible {
                slots.see(key, now);
            }
            let mut places = std::collections::HashSet::new();
            for &key in &visible {
                let place = slots
                    .claim(key, now)
                    .expect("there is room for all that is seen");
                assert!(place < 64 && places.insert(place));
            }
            for &key in &visible {
                assert!(
                    slots.contains(key),
                    "{key} was thrown out while it was seen"
                );
            }
        }
        assert_eq!(slots.count(), 64);
    }

    #[test]
    fn the_longest_unseen_goes_first() {
        let mut slots = Slots::new(3);
        for (now, key) in [(1, 'a'), (2, 'b'), (3, 'c')] {
            slots.claim(key, now);
        }
        slots.see('a', 4);
        slots.claim('d', 5);
        assert!(slots.contains('a') && slots.contains('c') && !slots.contains('b'));
        // All three are seen: a fourth has to wait.
        for key in ['a', 'c', 'd'] {
            slots.see(key, 6);
        }
        assert_eq!(slots.claim('e', 6), None);
        assert!(slots.claim('e', 7).is_some());
        slots.clear();
        assert!(!slots.contains('e') && slots.count() == 3);
    }
}
