//! A thread of its own for one tab's work, which keeps state between jobs: open networks, tables.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};

use super::{Slot, Wake};
use crate::progress::Observer;

struct Waiting<J> {
    slot: Slot,
    job: J,
    cancelled: Arc<AtomicBool>,
}

struct State<J> {
    waiting: VecDeque<Waiting<J>>,
    running: Option<(Slot, Arc<AtomicBool>)>,
    closing: bool,
}

struct Shared<J> {
    state: Mutex<State<J>>,
    changed: Condvar,
}

impl<J> Shared<J> {
    fn lock(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does jobs `J` one after the other and reports `N`. A newer job of a slot replaces the one that
/// waits and cancels the one that runs. Ends when it is dropped.
pub struct Worker<J, N> {
    shared: Arc<Shared<J>>,
    news: Mutex<mpsc::Receiver<N>>,
}

/// What a job reports to, and learns from that nobody wants it any more.
pub struct Desk<N> {
    news: mpsc::Sender<N>,
    wake: Wake,
    cancelled: Arc<AtomicBool>,
}

impl<N> Desk<N> {
    /// Reports `news` and wakes the window.
    pub fn say(&self, news: N) {
        // The window may be gone already; then there is nobody to tell.
        let _ = self.news.send(news);
        (self.wake)();
    }
}

impl<N: Send> Observer for Desk<N> {
    /// Jobs report through [`Desk::say`] what is worth showing.
    fn progress(&self, _done: usize, _total: usize) {}

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

impl<J: Send + 'static, N: Send + 'static> Worker<J, N> {
    /// Starts the thread `name`. `work` does one job; `defect` is what is reported when it panics,
    /// so that whoever waits learns of it.
    ///
    /// # Errors
    /// When the system cannot start a thread.
    pub fn start(
        name: &str,
        wake: &Wake,
        mut work: impl FnMut(J, &Desk<N>) + Send + 'static,
        defect: impl Fn(Slot) -> N + Send + 'static,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                waiting: VecDeque::new(),
                running: None,
                closing: false,
            }),
            changed: Condvar::new(),
        });
        let (sender, news) = mpsc::channel();
        let (theirs, wake) = (shared.clone(), wake.clone());
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                while let Some(next) = take(&theirs) {
                    let desk = Desk {
                        news: sender.clone(),
                        wake: wake.clone(),
                        cancelled: next.cancelled,
                    };
                    let done = catch_unwind(AssertUnwindSafe(|| work(next.job, &desk)));
                    theirs.lock().running = None;
                    if done.is_err() {
                        desk.say(defect(next.slot));
                    }
                }
            })?;
        Ok(Self {
            shared,
            news: Mutex::new(news),
        })
    }

    /// Asks for a job, instead of an older one of this slot.
    pub fn submit(&self, slot: Slot, job: J) {
        let mut state = self.shared.lock();
        drop_slot(&mut state, slot);
        state.waiting.push_back(Waiting {
            slot,
            job,
            cancelled: Arc::new(AtomicBool::new(false)),
        });
        drop(state);
        self.shared.changed.notify_one();
    }

    /// Cancels the job of `slot`, waiting or running.
    pub fn cancel(&self, slot: Slot) {
        drop_slot(&mut self.shared.lock(), slot);
    }

    /// What was reported since the last call.
    #[must_use]
    pub fn news(&self) -> Vec<N> {
        let news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        news.try_iter().collect()
    }
}

impl<J, N> Drop for Worker<J, N> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.closing = true;
        state.waiting.clear();
        if let Some((_, cancelled)) = &state.running {
            cancelled.store(true, Ordering::Relaxed);
        }
        drop(state);
        self.shared.changed.notify_all();
    }
}

fn drop_slot<J>(state: &mut State<J>, slot: Slot) {
    state.waiting.retain(|waiting| waiting.slot != slot);
    if let Some((running, cancelled)) = &state.running
        && *running == slot
    {
        cancelled.store(true, Ordering::Relaxed);
    }
}

/// The next job, as soon as there is one; `None` when the worker is to end.
fn take<J>(shared: &Shared<J>) -> Option<Waiting<J>> {
    let mut state = shared.lock();
    loop {
        if state.closing {
            return None;
        }
        if let Some(next) = state.waiting.pop_front() {
            state.running = Some((next.slot, next.cancelled.clone()));
            return Some(next);
        }
        state = shared
            .changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn wait_for(worker: &Worker<u32, u32>, count: usize) -> Vec<u32> {
        let start = Instant::now();
        let mut news = Vec::new();
        while news.len() < count {
            assert!(start.elapsed() < Duration::from_secs(30), "{news:?}");
            news.extend(worker.news());
            std::thread::sleep(Duration::from_millis(1));
        }
        news
    }

    /// Adds up what it was given: it keeps state. 1000 and more wait to be cancelled, 0 panics.
    fn adder() -> Worker<u32, u32> {
        let mut sum = 0;
        let work = move |job: u32, desk: &Desk<u32>| {
            assert!(job > 0, "a defect");
            if job >= 1000 {
                desk.say(job);
                while !desk.cancelled() {
                    std::thread::sleep(Duration::from_millis(1));
                }
                return;
            }
            sum += job;
            desk.say(sum);
        };
        Worker::start("adder", &(Arc::new(|| {}) as Wake), work, |_| 999).unwrap()
    }

    #[test]
    fn jobs_are_done_in_order_and_state_is_kept() {
        let worker = adder();
        for n in 1..=4 {
            worker.submit(Slot(u64::from(n)), n);
        }
        assert_eq!(wait_for(&worker, 4), [1, 3, 6, 10]);
    }

    #[test]
    fn a_newer_job_replaces_the_older_ones_of_its_slot() {
        let worker = adder();
        worker.submit(Slot(1), 1000);
        assert_eq!(wait_for(&worker, 1), [1000]);
        worker.submit(Slot(2), 5);
        worker.submit(Slot(2), 7);
        worker.submit(Slot(1), 2);
        assert_eq!(wait_for(&worker, 2), [7, 9]);
    }

    #[test]
    fn a_panic_is_reported_and_the_worker_lives_on() {
        let worker = adder();
        worker.submit(Slot(1), 0);
        worker.submit(Slot(2), 3);
        assert_eq!(wait_for(&worker, 2), [999, 3]);
    }
}
