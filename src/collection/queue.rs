//! Which file is next.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::source::{Entry, Listing};
use super::{ByKey, Key};

/// Files in their order, each given out once.
pub(super) struct Queue<'a> {
    listing: &'a Listing,
    order: &'a [u32],
    next: AtomicUsize,
    /// What was given out already; empty where nothing is wanted before its turn.
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    places: Option<ByKey<u32>>,
    taken: Vec<bool>,
}

impl<'a> Queue<'a> {
    /// Of a listing, the files of these numbers.
    pub(super) fn new(listing: &'a Listing, order: &'a [u32]) -> Self {
        let mut taken = vec![true; listing.entries.len()];
        for &number in order {
            if let Some(slot) = taken.get_mut(number as usize) {
                *slot = false;
            }
        }
        Self {
            listing,
            order,
            next: AtomicUsize::new(0),
            taken: Mutex::new(Taken {
                places: None,
                taken,
            }),
        }
    }

    /// The file at a path before its turn, unless it was given out already or nothing is missing of it.
    pub(super) fn wanted(&self, path: Key) -> Option<&'a Entry> {
        let mut state = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let places = state.places.get_or_insert_with(|| self.listing.places());
        let number = places.get(&path).copied()?;
        if !state.claim(number) {
            return None;
        }
        self.listing.entries.get(number as usize)
    }

    /// The next file in their order.
    pub(super) fn next(&self) -> Option<&'a Entry> {
        let mut state = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let number = *self.order.get(self.next.fetch_add(1, Ordering::Relaxed))?;
            if state.claim(number) {
                return self.listing.entries.get(number as usize);
            }
        }
    }
}

impl Taken {
    fn claim(&mut self, number: u32) -> bool {
        let slot = self.taken.get_mut(number as usize);
        slot.is_some_and(|taken| !std::mem::replace(taken, true))
    }
}
