//! Threads where the system has them to give; else the work is done without.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, Result, Scope, ScopedJoinHandle};

/// Work that was given to a thread, or done at once.
pub(crate) enum Spawned<'scope, T> {
    Thread(ScopedJoinHandle<'scope, Option<T>>),
    Done(Option<T>),
}

impl<T> Spawned<'_, T> {
    /// Its result, once it is there.
    ///
    /// # Errors
    /// What the thread panicked with.
    pub(crate) fn join(self) -> Result<T> {
        let done = match self {
            Self::Thread(handle) => handle.join()?,
            Self::Done(done) => done,
        };
        done.ok_or_else(|| Box::new("the work was lost") as Box<_>)
    }
}

/// Runs `work` on a new thread of `scope`. Where the system starts none (a limit on processes or on
/// memory) it is done here and now; for work that waits for others use [`spawn`].
pub(crate) fn spawn_or_do<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> Spawned<'scope, T> {
    let work = Arc::new(Mutex::new(Some(work)));
    let theirs = work.clone();
    match Builder::new().spawn_scoped(scope, move || take(&theirs).map(|work| work())) {
        Ok(handle) => Spawned::Thread(handle),
        Err(error) => {
            tracing::debug!("done without a thread: {error}");
            Spawned::Done(take(&work).map(|work| work()))
        }
    }
}

/// Runs `work` on a new thread of `scope`; `false` where the system starts none.
pub(crate) fn spawn<'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() + Send + 'scope,
) -> bool {
    Builder::new().spawn_scoped(scope, work).is_ok()
}

/// Lets threads that somebody waits for go first from now on: this one gets what they leave. Where the
/// system knows that of a whole process only, nothing changes.
pub(crate) fn give_way() {
    /// A tenth of the share of others, where the processor is wanted by both.
    #[cfg(target_os = "linux")]
    const NICE: i32 = 10;
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::debug!("this thread does not give way: {error}");
    }
}

fn take<W>(work: &Mutex<Option<W>>) -> Option<W> {
    work.lock().unwrap_or_else(PoisonError::into_inner).take()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_thread_gives_way_and_its_process_does_not() {
        let now = || rustix::process::nice(0).unwrap();
        let before = now();
        let theirs = std::thread::spawn(move || {
            give_way();
            now()
        });
        assert_eq!(theirs.join().unwrap(), (before + 10).min(19));
        assert_eq!(now(), before);
    }

    #[test]
    fn work_is_done_once_and_a_panic_is_handed_on() {
        std::thread::scope(|scope| {
            assert_eq!(spawn_or_do(scope, || 7).join().unwrap(), 7);
            assert!(spawn_or_do(scope, || panic!("on purpose")).join().is_err());
            assert!(Spawned::<u8>::Done(None).join().is_err());
        });
    }
}
