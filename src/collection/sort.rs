//! Sorting by whole numbers in three passes.

/// A number whose order is that of the figures; less than the greatest for all that are numbers.
pub(super) fn ordered(value: f32) -> u32 {
    // Both zeros are one.
    let bits = (value + 0.0).to_bits();
    let ordered = if bits >> 31 == 1 {
        !bits
    } else {
        bits | 1 << 31
    };
    ordered.min(u32::MAX - 1)
}

/// Sorted by the first, equal ones as they came.
pub(super) fn radix_sorted(mut pairs: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    const BITS: u32 = 11;
    const SIZE: usize = 1 << BITS;
    let mut spare = vec![(0, 0); pairs.len()];
    for pass in 0..3 {
        let digit = |key: u32| (key >> (pass * BITS)) as usize & (SIZE - 1);
        let mut starts = vec![0usize; SIZE];
        for (key, _) in &pairs {
            starts[digit(*key)] += 1;
        }
        // One digit for all: nothing would move.
        if starts.contains(&pairs.len()) {
            continue;
        }
        let mut next = 0;
        for start in &mut starts {
            next += std::mem::replace(start, next);
        }
        for &pair in &pairs {
            let place = &mut starts[digit(pair.0)];
            if let Some(slot) = spare.get_mut(*place) {
                *slot = pair;
            }
            *place += 1;
        }
        std::mem::swap(&mut pairs, &mut spare);
    }
    pairs
}
