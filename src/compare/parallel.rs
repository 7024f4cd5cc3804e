//! Work over pixels on all cores, with results that do not depend on how many there are.
//!
//! A sum of floats depends on the order of its terms. Here the pixels are always cut into the
//! same pieces, and the pieces' results are handed back in their order; threads only decide who
//! works on which piece.

use crate::threads::{Spawned, spawn_or_do};
use std::ops::Range;
use std::thread;

/// Pixels in a piece: 64 Ki, so that a 224 x 224 map is not worth a second thread and the pieces
/// of a large one fit in a core's cache.
pub const PIECE: usize = 1 << 16;

/// Calls `work` on the pieces of `0..n`, each `piece` long (the last may be shorter), and
/// returns the results in order. `piece` 0 counts as 1.
pub fn map_pieces<T: Send>(
    n: usize,
    piece: usize,
    work: impl Fn(Range<usize>) -> T + Sync,
) -> Vec<T> {
    let piece = piece.max(1);
    let pieces = n.div_ceil(piece);
    let range = |i: usize| i * piece..((i + 1) * piece).min(n);
    let threads = workers().min(pieces);
    if threads <= 1 {
        return (0..pieces).map(|i| work(range(i))).collect();
    }
    let work = &work;
    let share = pieces.div_ceil(threads);
    thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|t| {
                spawn_or_do(scope, move || {
                    (t * share..((t + 1) * share).min(pieces))
                        .map(|i| work(range(i)))
                        .collect::<Vec<T>>()
                })
            })
            .collect();
        handles.into_iter().flat_map(join).collect()
    })
}

/// Calls `work` on consecutive pieces of `out`, each `piece` long (the last may be shorter), with
/// the index at which the piece starts, and returns the results in order.
pub fn fill_pieces<T: Send, R: Send>(
    out: &mut [T],
    piece: usize,
    work: impl Fn(usize, &mut [T]) -> R + Sync,
) -> Vec<R> {
    // Nothing takes no memory, however often.
    let mut nothing = vec![(); out.len()];
    fill_pieces_of_two(out, &mut nothing, piece, |start, out, _| work(start, out))
}

/// As [`fill_pieces`], for two outputs of one length.
pub fn fill_pieces_of_two<T: Send, U: Send, R: Send>(
    first: &mut [T],
    second: &mut [U],
    piece: usize,
    work: impl Fn(usize, &mut [T], &mut [U]) -> R + Sync,
) -> Vec<R> {
    let piece = piece.max(1);
    let pieces = first.len().div_ceil(piece);
    let threads = workers().min(pieces.div_ceil(PIECE.div_ceil(piece)));
    let run = |start: usize, first: &mut [T], second: &mut [U]| {
        let pairs = first.chunks_mut(piece).zip(second.chunks_mut(piece));
        pairs
            .enumerate()
            .map(|(i, (first, second))| work(start + i * piece, first, second))
            .collect::<Vec<R>>()
    };
    if threads <= 1 {
        return run(0, first, second);
    }
    let share = pieces.div_ceil(threads) * piece;
    let run = &run;
    thread::scope(|scope| {
        let pairs = first.chunks_mut(share).zip(second.chunks_mut(share));
        let handles: Vec<_> = pairs
            .enumerate()
            .map(|(t, (first, second))| spawn_or_do(scope, move || run(t * share, first, second)))
            .collect();
        handles.into_iter().flat_map(join).collect()
    })
}

/// Runs two pieces of work at the same time.
pub fn both<A: Send, B: Send>(
    a: impl FnOnce() -> A + Send,
    b: impl FnOnce() -> B + Send,
) -> (A, B) {
    if workers() <= 1 {
        return (a(), b());
    }
    thread::scope(|scope| {
        let first = spawn_or_do(scope, a);
        let second = b();
        (join(first), second)
    })
}

fn workers() -> usize {
    thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The thread's result; a panic in it goes on in the caller, as it would without threads.
fn join<T>(handle: Spawned<'_, T>) -> T {
    handle
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_the_range_once_and_in_order() {
        for (n, piece) in [(0, 4), (1, 4), (4, 4), (5, 4), (1000, 7), (3, 0)] {
            let ranges = map_pieces(n, piece, |r| r);
            let all: Vec<usize> = ranges.into_iter().flatten().collect();
            assert_eq!(all, (0..n).collect::<Vec<_>>(), "{n} in pieces of {piece}");
        }
    }

    #[test]
    fn filling_reaches_every_element_with_its_own_index() {
        for (n, piece) in [(0, 4), (1, 4), (9, 4), (1000, 7)] {
            let mut out = vec![usize::MAX; n];
            let starts = fill_pieces(&mut out, piece, |start, chunk| {
                for (i, v) in chunk.iter_mut().enumerate() {
                    *v = start + i;
                }
                start
            });
            assert_eq!(out, (0..n).collect::<Vec<_>>());
            assert_eq!(starts, (0..n).step_by(piece).collect::<Vec<_>>());
        }
    }

    #[test]
    fn filling_two_reaches_every_element_of_both() {
        for (n, piece) in [(0, 4), (1, 4), (9, 4), (200_000, 1000)] {
            let (mut a, mut b) = (vec![0; n], vec![0; n]);
            let starts = fill_pieces_of_two(&mut a, &mut b, piece, |start, a, b| {
                for (i, (a, b)) in a.iter_mut().zip(b).enumerate() {
                    (*a, *b) = (start + i, 2 * (start + i));
                }
                start
            });
            assert_eq!(a, (0..n).collect::<Vec<_>>());
            assert_eq!(b, (0..n).map(|i| 2 * i).collect::<Vec<_>>());
            assert_eq!(starts, (0..n).step_by(piece).collect::<Vec<_>>());
        }
    }

    #[test]
    fn both_hands_back_each_result() {
        assert_eq!(both(|| 1, || "b"), (1, "b"));
    }
}
