//! Work that somebody waits for: taken once, dropped means cancelled, a panic is an error.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Wake;
use crate::progress::Observer;

/// Why a task gave no answer; one line that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TaskError {
    /// The work says why.
    #[error("{0}")]
    Failed(String),
    /// The work panicked.
    #[error("a defect in the program stopped this; try again, or something else")]
    Defect,
    /// There was no thread for it.
    #[error("the system started no thread ({0}); close other programs and try again")]
    NoThread(String),
}

struct Answers<T, R> {
    reports: Vec<R>,
    answer: Option<Result<T, TaskError>>,
}

/// Work on a lane that ends with a `T` and reports `R` meanwhile. Whoever wants it holds it and asks
/// it once a frame; dropping it cancels the work, waiting or running.
pub(crate) struct Task<T, R = ()> {
    answers: Arc<Mutex<Answers<T, R>>>,
    cancelled: Arc<AtomicBool>,
}

/// What work reports to, and learns from that nobody wants it any more.
pub(crate) struct Reporter<'a, R = ()> {
    report: &'a (dyn Fn(R) + Sync),
    cancelled: &'a AtomicBool,
}

impl<R> Reporter<'_, R> {
    /// Hands a part of the work over and wakes the window.
    pub(crate) fn report(&self, part: R) {
        (self.report)(part);
    }
}

impl<R> Observer for Reporter<'_, R> {
    /// What is worth showing goes through [`Reporter::report`].
    fn progress(&self, _done: usize, _total: usize) {}

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

/// Reports how far work is: steps done, and all of them. One in `every` steps is worth showing.
pub(crate) struct Counting<'a, 'b> {
    reporter: &'a Reporter<'b, (usize, usize)>,
    every: usize,
}

impl<'a, 'b> Counting<'a, 'b> {
    /// Reports to `reporter` one in `every` steps, and the last.
    pub(crate) fn new(reporter: &'a Reporter<'b, (usize, usize)>, every: usize) -> Self {
        Self {
            reporter,
            every: every.max(1),
        }
    }
}

impl Observer for Counting<'_, '_> {
    fn progress(&self, done: usize, total: usize) {
        if done.is_multiple_of(self.every) || done == total {
            self.reporter.report((done, total));
        }
    }

    fn cancelled(&self) -> bool {
        self.reporter.cancelled()
    }
}

fn lock<A>(answers: &Mutex<A>) -> MutexGuard<'_, A> {
    answers.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T: Send + 'static, R: Send + 'static> Task<T, R> {
    /// A task, and what its thread is to do for it.
    pub(super) fn of<E: ToString>(
        wake: &Wake,
        work: impl FnOnce(&Reporter<'_, R>) -> Result<T, E> + Send + 'static,
    ) -> (Self, impl FnOnce() + Send + 'static) {
        let answers = Arc::new(Mutex::new(Answers {
            reports: Vec::new(),
            answer: None,
        }));
        let cancelled = Arc::new(AtomicBool::new(false));
        let task = Self {
            answers: answers.clone(),
            cancelled: cancelled.clone(),
        };
        let wake = wake.clone();
        let run = move || {
            if cancelled.load(Ordering::Relaxed) {
                return;
            }
            let report = |part: R| {
                lock(&answers).reports.push(part);
                wake();
            };
            let reporter = Reporter {
                report: &report,
                cancelled: &cancelled,
            };
            let done = catch_unwind(AssertUnwindSafe(|| work(&reporter)));
            lock(&answers).answer = Some(match done {
                Ok(answer) => answer.map_err(|why| TaskError::Failed(why.to_string())),
                Err(_) => Err(TaskError::Defect),
            });
            wake();
        };
        (task, run)
    }

    /// A task that ended before it began.
    pub(super) fn failed(why: TaskError) -> Self {
        Self {
            answers: Arc::new(Mutex::new(Answers {
                reports: Vec::new(),
                answer: Some(Err(why)),
            })),
            cancelled: Arc::default(),
        }
    }
}

impl<T, R> Task<T, R> {
    /// The answer, once.
    pub(crate) fn take(&self) -> Option<Result<T, TaskError>> {
        lock(&self.answers).answer.take()
    }

    /// What was reported since the last call. When the answer is there, everything was reported.
    pub(crate) fn reports(&self) -> Vec<R> {
        std::mem::take(&mut lock(&self.answers).reports)
    }

    /// What came of the task in `place`, which is empty afterwards; `None` while it runs.
    pub(crate) fn poll(place: &mut Option<Self>) -> Option<Result<T, TaskError>> {
        let answer = place.as_ref()?.take();
        if answer.is_some() {
            *place = None;
        }
        answer
    }
}

impl<T, R> Drop for Task<T, R> {
    fn drop(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

/// Tasks by what they are for, at most one for each.
pub(crate) struct Tasks<K, T>(Vec<(K, Task<T>)>);

impl<K, T> Default for Tasks<K, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: PartialEq, T> Tasks<K, T> {
    /// Waits for `task` in place of an older one for the same.
    pub(crate) fn insert(&mut self, key: K, task: Task<T>) {
        self.forget(|known| *known == key);
        self.0.push((key, task));
    }

    /// Cancels those that `which` names.
    pub(crate) fn forget(&mut self, which: impl Fn(&K) -> bool) {
        self.0.retain(|(key, _)| !which(key));
    }

    /// Whether one for that is on its way, or has ended and was not taken yet.
    pub(crate) fn has(&self, key: &K) -> bool {
        self.0.iter().any(|(known, _)| known == key)
    }

    /// How many are on their way.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Those that ended, with what came of them.
    pub(crate) fn finished(&mut self) -> Vec<(K, Result<T, TaskError>)> {
        let mut finished = Vec::new();
        for (key, task) in std::mem::take(&mut self.0) {
            match task.take() {
                Some(answer) => finished.push((key, answer)),
                None => self.0.push((key, task)),
            }
        }
        finished
    }
}
