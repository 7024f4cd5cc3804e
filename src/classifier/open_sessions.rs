//! How long sessions stay open that nobody uses: told here for every network of the program.
//!
//! A session of ONNX Runtime keeps the memory of its largest run for the next one, so sessions that
//! were used once cost as much as those in use. Sessions open again in some ten milliseconds from
//! graphs that were kept.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::pool::physical_cores;
use crate::memory::IDLE_SESSIONS;

/// Something that keeps sessions open.
pub(crate) trait KeepsSessions: Send + Sync {
    /// When each session that nobody uses now was used last, and about what memory it takes, in
    /// bytes.
    fn unused(&self) -> Vec<(Instant, u64)>;

    /// Closes the sessions that nobody uses now and that were used last at `until` or before.
    fn close(&self, until: Instant);
}

/// From which time of last use on sessions are to be closed: of `unused` those used last may stay,
/// as many as take no more than `most` bytes together. The `busy` newest stay whatever they take: work
/// that uses a session on each core hands it back between its steps. `None` where all may stay.
fn closed_until(mut unused: Vec<(Instant, u64)>, busy: usize, most: u64) -> Option<Instant> {
    unused.sort_unstable_by_key(|(used, _)| std::cmp::Reverse(*used));
    let mut all = 0u64;
    let too_much = unused.iter().enumerate().find(|(place, (_, bytes))| {
        all = all.saturating_add(*bytes);
        all > most && *place >= busy
    });
    too_much.map(|(_, (used, _))| *used)
}

#[derive(Default)]
struct Registry {
    keepers: Vec<Weak<dyn KeepsSessions>>,
    /// When a session was used last, if any was since the last time that all were closed.
    used: Option<Instant>,
    ended: bool,
}

static REGISTRY: Mutex<Option<Registry>> = Mutex::new(None);
static USED: Condvar = Condvar::new();

fn registry() -> MutexGuard<'static, Option<Registry>> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has whatever `keeper` keeps closed when it is too much.
pub(crate) fn register(keeper: &Arc<impl KeepsSessions + 'static>) {
    let keeper: Weak<dyn KeepsSessions> = Arc::downgrade(keeper) as _;
    let mut registry = registry();
    let registry = registry.get_or_insert_default();
    registry.keepers.retain(|known| known.strong_count() > 0);
    registry.keepers.push(keeper);
}

/// Tells that a session was used and is used no more.
pub(crate) fn used() {
    registry().get_or_insert_default().used = Some(Instant::now());
    USED.notify_all();
    let unused = keepers().iter().flat_map(|k| k.unused()).collect();
    if let Some(until) = closed_until(unused, physical_cores(), IDLE_SESSIONS) {
        close_unused_since(until);
    }
}

fn close_unused_since(until: Instant) {
    for keeper in keepers() {
        keeper.close(until);
    }
}

/// Closing takes time and must not hold the registry.
fn keepers() -> Vec<Arc<dyn KeepsSessions>> {
    let registry = registry();
    let keepers = registry.iter().flat_map(|registry| &registry.keepers);
    keepers.filter_map(Weak::upgrade).collect()
}

/// A thread that closes every session when none was used for some time, and sleeps until one is
/// used again. Ends when it is dropped.
#[derive(Debug)]
pub struct Housekeeper {
    thread: Option<JoinHandle<()>>,
}

impl Housekeeper {
    /// Starts the thread; `after` sessions were closed it calls `then`. Without a thread left in
    /// the system nothing is closed. One at a time is enough for a process.
    #[must_use]
    pub fn start(after: Duration, then: impl Fn() + Send + 'static) -> Self {
        registry().get_or_insert_default().ended = false;
        let thread = std::thread::Builder::new()
            .name("housekeeper".to_owned())
            .spawn(move || {
                while let Some(last) = wait_for_quiet(after) {
                    close_unused_since(last);
                    then();
                }
            });
        if let Err(error) = &thread {
            tracing::warn!("networks stay open: {error}");
        }
        Self {
            thread: thread.ok(),
        }
    }
}

impl Drop for Housekeeper {
    fn drop(&mut self) {
        registry().get_or_insert_default().ended = true;
        USED.notify_all();
        if let Some(thread) = self.thread.take() {
            // It has nothing that could be lost.
            let _ = thread.join();
        }
    }
}

/// Waits until sessions were used and then none for so long; says when the last was. `None` when
/// nobody wants to wait any more.
fn wait_for_quiet(quiet: Duration) -> Option<Instant> {
    let mut guard = registry();
    loop {
        let registry = guard.get_or_insert_default();
        if registry.ended {
            return None;
        }
        guard = match registry.used {
            None => USED.wait(guard).unwrap_or_else(PoisonError::into_inner),
            Some(last) => match quiet.checked_sub(last.elapsed()) {
                Some(rest) if !rest.is_zero() => {
                    let waited = USED.wait_timeout(guard, rest);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                _ => {
                    registry.used = None;
                    return Some(last);
                }
            },
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Few(Mutex<Vec<Instant>>);

    impl KeepsSessions for Few {
        fn unused(&self) -> Vec<(Instant, u64)> {
            let sessions = self.0.lock().unwrap();
            sessions
                .iter()
                .map(|used| (*used, IDLE_SESSIONS / 100))
                .collect()
        }

        fn close(&self, until: Instant) {
            self.0.lock().unwrap().retain(|used| *used > until);
        }
    }

    #[test]
    fn the_newest_stay_as_long_as_they_are_small_or_busy() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let sessions = |bytes: &[u64]| {
            let times = (0..bytes.len() as u64).map(at);
            times.zip(bytes.iter().copied()).collect::<Vec<_>>()
        };
        assert_eq!(closed_until(sessions(&[1, 2, 3]), 0, 6), None);
        assert_eq!(closed_until(sessions(&[1, 2, 3]), 0, 5), Some(at(0)));
        assert_eq!(closed_until(sessions(&[9, 2, 3]), 1, 2), Some(at(1)));
        assert_eq!(closed_until(sessions(&[9, 9]), 2, 2), None);
        assert_eq!(closed_until(sessions(&[u64::MAX, 1]), 0, 5), Some(at(0)));
        assert_eq!(closed_until(Vec::new(), 0, 0), None);
    }

    /// Other tests of this process use sessions at the same time: what is shared is not counted.
    #[test]
    fn the_longest_unused_are_closed_first_and_all_when_it_is_quiet() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        // In the future: the others' sessions are older.
        let few = Arc::new(Few(Mutex::new((0..1000).map(|n| at(3600 + n)).collect())));
        register(&few);
        used();
        let left = few.unused();
        assert_eq!(left.len(), 100.max(physical_cores()));
        assert_eq!(
            left.first().map(|(used, _)| *used),
            Some(at(4600 - left.len() as u64))
        );

        *few.0.lock().unwrap() = vec![start];
        let (sender, closed) = std::sync::mpsc::channel();
        let housekeeper = Housekeeper::start(Duration::from_millis(50), move || {
            let _ = sender.send(());
        });
        used();
        closed.recv_timeout(Duration::from_mins(1)).unwrap();
        assert!(few.unused().is_empty());
        drop(housekeeper);
    }
}
