//! Rows of a picture, shared out among the processor's cores.

use crate::threads::spawn_or_do;

/// Below this many values the threads cost more than they save.
const WORTH_A_THREAD: usize = 1 << 14;

/// Calls `work(y, row)` once for each row of `row_length` values, from several threads. Rows
/// must not depend on each other; the result is then the same for any number of cores.
pub(crate) fn for_each_row<T: Send>(
    values: &mut [T],
    row_length: usize,
    work: impl Fn(usize, &mut [T]) + Sync,
) {
    if row_length == 0 {
        return;
    }
    let rows = values.len().div_ceil(row_length);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = cores.min(values.len() / WORTH_A_THREAD).min(rows).max(1);
    let rows_each = rows.div_ceil(threads).max(1);
    let run = |first: usize, part: &mut [T]| {
        for (k, row) in part.chunks_mut(row_length).enumerate() {
            work(first + k, row);
        }
    };
    if threads == 1 {
        run(0, values);
        return;
    }
    std::thread::scope(|scope| {
        for (k, part) in values.chunks_mut(rows_each * row_length).enumerate() {
            let run = &run;
            spawn_or_do(scope, move || run(k * rows_each, part));
        }
    });
}
