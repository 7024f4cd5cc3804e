//! A thread that writes down what is to be kept, so that no frame waits for the disk.

use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;

/// Writes something down; returns what a person should be told, one sentence each.
type Job = Box<dyn FnOnce() -> Vec<String> + Send>;

/// Does jobs one after the other. Whoever drops it waits until all of them are done: what was
/// changed a moment before the window is closed is kept too.
pub struct Keeper {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    told: mpsc::Sender<String>,
    news: Mutex<mpsc::Receiver<String>>,
}

impl Keeper {
    /// Starts the thread; `wake` is called when there is something to tell. Where the system has
    /// no thread left, jobs are done at once by whoever asks for them.
    #[must_use]
    pub fn start(wake: impl Fn() + Send + 'static) -> Self {
        let (told, news) = mpsc::channel();
        let (jobs, inbox) = mpsc::channel::<Job>();
        let teller = told.clone();
        let thread = std::thread::Builder::new()
            .name("keeper".to_owned())
            .spawn(move || {
                for job in inbox {
                    let sentences = job();
                    let any = !sentences.is_empty();
                    for sentence in sentences {
                        // Nobody is told when the window is gone.
                        let _ = teller.send(sentence);
                    }
                    if any {
                        wake();
                    }
                }
            });
        if let Err(error) = &thread {
            tracing::warn!("what is kept is written without a thread: {error}");
        }
        let thread = thread.ok();
        Self {
            jobs: thread.is_some().then_some(jobs),
            thread,
            told,
            news: Mutex::new(news),
        }
    }

    /// Has `job` done after all that were asked for before it.
    pub fn keep(&self, job: impl FnOnce() -> Vec<String> + Send + 'static) {
        let left = match &self.jobs {
            Some(jobs) => match jobs.send(Box::new(job)) {
                Ok(()) => return,
                Err(mpsc::SendError(job)) => job,
            },
            None => Box::new(job),
        };
        for sentence in left() {
            let _ = self.told.send(sentence);
        }
    }

    /// What is to be told since the last call.
    #[must_use]
    pub fn news(&self) -> Vec<String> {
        let news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        news.try_iter().collect()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A job that panicked has lost itself only; there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn closing_waits_for_what_is_to_be_kept() {
        let done = Arc::new(AtomicUsize::new(0));
        let woken = Arc::new(AtomicUsize::new(0));
        let theirs = woken.clone();
        let keeper = Keeper::start(move || {
            theirs.fetch_add(1, Ordering::SeqCst);
        });
        for n in 0..3 {
            let done = done.clone();
            keeper.keep(move || {
                std::thread::sleep(std::time::Duration::from_millis(20));
                assert_eq!(done.fetch_add(1, Ordering::SeqCst), n, "in order");
                if n == 1 {
                    vec!["told".to_owned()]
                } else {
                    Vec::new()
                }
            });
        }
        drop(keeper);
        assert_eq!(done.load(Ordering::SeqCst), 3);
        assert_eq!(woken.load(Ordering::SeqCst), 1);
    }
}
