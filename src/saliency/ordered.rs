//! Independent steps on several threads, with results in a fixed order: whatever the timing of
//! the threads, sums come out the same to the last bit.

use crate::threads::spawn;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use super::SaliencyError;
use crate::progress::{Cancelled, Observer};

/// Runs `work(0..count)` on up to `threads` threads and hands the results to `fold` in the order
/// 0, 1, 2, ... on the calling thread. The first error (or a cancel) ends all work.
pub(super) fn fold_in_order<T: Send>(
    count: usize,
    threads: usize,
    observer: &dyn Observer,
    work: impl Fn(usize) -> Result<T, SaliencyError> + Sync,
    fold: impl FnMut(usize, T) -> Result<(), SaliencyError>,
) -> Result<(), SaliencyError> {
    in_order(count, threads, observer, work, fold)
}

/// As [`fold_in_order`], with errors of any kind.
pub(crate) fn in_order<T: Send, E: From<Cancelled> + Send>(
    count: usize,
    threads: usize,
    observer: &dyn Observer,
    work: impl Fn(usize) -> Result<T, E> + Sync,
    mut fold: impl FnMut(usize, T) -> Result<(), E>,
) -> Result<(), E> {
    let threads = threads.clamp(1, count.max(1));
    if threads == 1 {
        return fold_alone(count, observer, &work, &mut fold);
    }
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        // Few results wait at any time, so a slow fold slows the workers instead of filling memory.
        let (sender, receiver) = mpsc::sync_channel(threads);
        let mut started = 0;
        for _ in 0..threads {
            let (sender, next, stop, work) = (sender.clone(), &next, &stop, &work);
            let worker = move || {
                while !stop.load(Ordering::Relaxed) {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    if i >= count {
                        break;
                    }
                    let result = observer.check().map_err(Into::into).and_then(|()| work(i));
                    let failed = result.is_err();
                    if sender.send((i, result)).is_err() || failed {
                        break;
                    }
                }
            };
            started += usize::from(spawn(scope, worker));
        }
        drop(sender);
        if started == 0 {
            return fold_alone(count, observer, &work, &mut fold);
        }
        let mut waiting = BTreeMap::new();
        let mut turn = 0;
        let outcome = receiver.iter().try_for_each(|(i, result)| {
            waiting.insert(i, result?);
            while let Some(value) = waiting.remove(&turn) {
                fold(turn, value)?;
                turn += 1;
            }
            Ok(())
        });
        stop.store(true, Ordering::Relaxed);
        // A worker may still wait to hand over: without a receiver it gives up.
        drop(receiver);
        outcome
    })
}

/// The same on the calling thread alone.
fn fold_alone<T, E: From<Cancelled>>(
    count: usize,
    observer: &dyn Observer,
    work: &impl Fn(usize) -> Result<T, E>,
    fold: &mut impl FnMut(usize, T) -> Result<(), E>,
) -> Result<(), E> {
    for i in 0..count {
        observer.check()?;
        fold(i, work(i)?)?;
    }
    Ok(())
}

/// `work(0..count)` on all cores, results in order. The calling thread works too, so nothing is
/// lost where the other cores are busy.
pub(super) fn map_parallel<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(count);
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let turns = |sender: mpsc::Sender<(usize, T)>| {
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= count || sender.send((i, work(i))).is_err() {
                break;
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            let (sender, turns) = (sender.clone(), &turns);
            // What no thread does the calling one does.
            spawn(scope, move || turns(sender));
        }
        turns(sender);
    });
    let mut results: Vec<(usize, T)> = receiver.into_iter().collect();
    results.sort_unstable_by_key(|(i, _)| *i);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::{CancelFlag, Silent};
    use std::time::Duration;

    #[test]
    fn results_come_in_order_whatever_the_timing() {
        let mut seen = Vec::new();
        fold_in_order(
            50,
            4,
            &Silent,
            |i| {
                thread::sleep(Duration::from_micros((i as u64 * 37) % 900));
                Ok(i * i)
            },
            |i, square| {
                seen.push((i, square));
                Ok(())
            },
        )
        .unwrap();
        assert_eq!(seen, (0..50).map(|i| (i, i * i)).collect::<Vec<_>>());
        assert_eq!(
            map_parallel(20, |i| 3 * i),
            (0..20).map(|i| 3 * i).collect::<Vec<_>>()
        );
    }

    #[test]
    fn an_error_ends_the_work_early() {
        let ran = AtomicUsize::new(0);
        let result = fold_in_order(
            10_000,
            4,
            &Silent,
            |i| {
                ran.fetch_add(1, Ordering::Relaxed);
                if i == 5 {
                    return Err(SaliencyError::UnknownBlackWhite("black"));
                }
                Ok(())
            },
            |_, ()| Ok(()),
        );
        assert!(matches!(result, Err(SaliencyError::UnknownBlackWhite(_))));
        assert!(ran.load(Ordering::Relaxed) < 10_000);
    }

    #[test]
    fn a_cancel_ends_the_work_from_within() {
        for threads in [1, 3] {
            let flag = CancelFlag::default();
            let result = fold_in_order(
                1000,
                threads,
                &flag,
                |i| {
                    if i == 7 {
                        flag.cancel();
                    }
                    Ok(())
                },
                |_, ()| Ok(()),
            );
            assert!(result.unwrap_err().is_cancelled());
        }
    }
}
