//! Named threads that work off tasks in turn. A lane's thread starts with its first task: a window
//! that nobody asks for anything has few.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::Wake;
use super::task::{Reporter, Task, TaskError};

/// What kind of work it is. Work of one lane is done one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Lane {
    /// Reading and writing files, making textures: short, and somebody waits.
    Files,
    /// Small pictures of files.
    Thumbnails,
    /// Painting and spoiling pictures: seconds.
    Pictures,
    /// What is painted before anybody asks for it.
    Ahead,
    /// Figures of maps: comparing, averaging, scoring.
    Figures,
    /// Asking the network about a picture while somebody changes it: milliseconds.
    Strokes,
    /// Trying a network that came in.
    Networks,
    /// Runs over folders: hours.
    Runs,
    /// Laying pictures out by likeness, and looking for what is alike: minutes.
    Layouts,
    /// Looking through a collection: hours, while others run.
    Indexing,
}

impl Lane {
    fn name(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Thumbnails => "thumbnails",
            Self::Pictures => "pictures",
            Self::Ahead => "ahead",
            Self::Figures => "figures",
            Self::Strokes => "strokes",
            Self::Networks => "networks",
            Self::Runs => "runs",
            Self::Layouts => "layouts",
            Self::Indexing => "indexing",
        }
    }
}

/// How soon work is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Urgency {
    /// Somebody looks at where it will be.
    Now,
    /// It is computed ahead, or is one of many.
    Later,
}

struct Waiting {
    urgency: Urgency,
    run: Box<dyn FnOnce() + Send>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    closing: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, waiting: Waiting) {
        let mut state = self.lock();
        // Behind what is as urgent.
        let place = state
            .waiting
            .iter()
            .position(|other| other.urgency > waiting.urgency)
            .unwrap_or(state.waiting.len());
        state.waiting.insert(place, waiting);
        drop(state);
        self.changed.notify_one();
    }

    /// The next work, as soon as there is some; `None` when the lane is to end.
    fn next(&self) -> Option<Waiting> {
        let mut state = self.lock();
        loop {
            if state.closing {
                return None;
            }
            if let Some(next) = state.waiting.pop_front() {
                return Some(next);
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// The lanes; their threads end with this.
pub(crate) struct Lanes {
    wake: Wake,
    started: Mutex<HashMap<Lane, Arc<Shared>>>,
}

impl Lanes {
    /// `wake` is called after each report.
    pub(super) fn new(wake: Wake) -> Self {
        Self {
            wake,
            started: Mutex::default(),
        }
    }

    pub(super) fn wake(&self) -> &Wake {
        &self.wake
    }

    /// Has `work` done on a lane.
    pub(crate) fn run<T, R, E>(
        &self,
        lane: Lane,
        urgency: Urgency,
        work: impl FnOnce(&Reporter<'_, R>) -> Result<T, E> + Send + 'static,
    ) -> Task<T, R>
    where
        T: Send + 'static,
        R: Send + 'static,
        E: ToString,
    {
        let (task, run) = Task::of(&self.wake, work);
        match self.add(lane, urgency, run) {
            Ok(()) => task,
            Err(error) => Task::failed(TaskError::NoThread(error.to_string())),
        }
    }

    /// Has `work` done, which must not panic, although nobody holds a task of it.
    pub(super) fn detached(
        &self,
        lane: Lane,
        work: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<()> {
        self.add(lane, Urgency::Now, work)
    }

    fn add(
        &self,
        lane: Lane,
        urgency: Urgency,
        work: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<()> {
        self.started(lane)?.add(Waiting {
            urgency,
            run: Box::new(work),
        });
        Ok(())
    }

    fn started(&self, lane: Lane) -> std::io::Result<Arc<Shared>> {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = started.get(&lane) {
            return Ok(known.clone());
        }
        let shared = Arc::new(Shared::default());
        let theirs = shared.clone();
        std::thread::Builder::new()
            .name(lane.name().to_owned())
            .spawn(move || {
                while let Some(next) = theirs.next() {
                    (next.run)();
                }
            })?;
        started.insert(lane, shared.clone());
        Ok(shared)
    }

    /// How many lanes have a thread.
    #[cfg(test)]
    pub(crate) fn threads(&self) -> usize {
        let started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        started.len()
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        let started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        for shared in started.values() {
            let mut state = shared.lock();
            state.closing = true;
            state.waiting.clear();
            drop(state);
            shared.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::task::Tasks;
    use crate::progress::Observer as _;
    use std::time::{Duration, Instant};

    fn lanes() -> Lanes {
        Lanes::new(Arc::new(|| {}))
    }

    fn wait<T, R>(task: Task<T, R>) -> Result<T, TaskError> {
        let start = Instant::now();
        let mut place = Some(task);
        loop {
            if let Some(answer) = Task::poll(&mut place) {
                assert!(place.is_none(), "it is taken once");
                return answer;
            }
            assert!(start.elapsed() < Duration::from_secs(30), "no answer");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Holds its lane until it is cancelled.
    fn blocker(lanes: &Lanes) -> Task<(), u8> {
        let task = lanes.run(Lane::Files, Urgency::Now, |reporter: &Reporter<'_, u8>| {
            reporter.report(1);
            while !reporter.cancelled() {
                std::thread::sleep(Duration::from_millis(1));
            }
            Ok::<_, String>(())
        });
        while task.reports().is_empty() {
            std::thread::sleep(Duration::from_millis(1));
        }
        task
    }

    #[test]
    fn answers_failures_and_panics_come_to_whoever_waits() {
        let lanes = lanes();
        let run = |n: u8| {
            lanes.run(Lane::Files, Urgency::Now, move |_: &Reporter<'_>| {
                assert!(n < 2, "a defect that a test wants");
                if n == 1 { Err("no luck") } else { Ok(n) }
            })
        };
        assert_eq!(wait(run(0)), Ok(0));
        assert_eq!(wait(run(1)), Err(TaskError::Failed("no luck".to_owned())));
        assert_eq!(wait(run(2)), Err(TaskError::Defect));
        // The lane lives on.
        assert_eq!(wait(run(0)), Ok(0));
        assert_eq!(lanes.threads(), 1);
    }

    #[test]
    fn what_nobody_waits_for_is_not_done() {
        let lanes = lanes();
        let blocked = blocker(&lanes);
        let (sender, done) = std::sync::mpsc::channel();
        let says = |word: &'static str, urgency| {
            let sender = sender.clone();
            lanes.run(Lane::Files, urgency, move |_: &Reporter<'_>| {
                let _ = sender.send(word);
                Ok::<_, String>(())
            })
        };
        let mut tasks = Tasks::default();
        tasks.insert("later", says("later", Urgency::Later));
        tasks.insert("gone", says("gone", Urgency::Now));
        tasks.insert("same", says("the older one", Urgency::Now));
        tasks.insert("same", says("now", Urgency::Now));
        tasks.forget(|key| *key == "gone");
        assert_eq!(tasks.len(), 2);
        // Another lane does not wait for this one.
        let other = lanes.run(Lane::Figures, Urgency::Now, |_: &Reporter<'_>| {
            Ok::<_, String>(5)
        });
        assert_eq!(wait(other), Ok(5));
        drop(blocked);
        let soon = Duration::from_secs(30);
        let order = [0; 2].map(|_| done.recv_timeout(soon).unwrap());
        assert_eq!(order, ["now", "later"]);
        let mut finished = Vec::new();
        while finished.len() < 2 {
            finished.extend(tasks.finished().into_iter().map(|(key, _)| key));
        }
        finished.sort_unstable();
        assert_eq!(finished, ["later", "same"]);
    }
}
