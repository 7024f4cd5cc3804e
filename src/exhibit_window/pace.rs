//! When the window is drawn anew while the game plays itself. The event loop waits for one time only, and
//! draws at once when that changes: a clock of its own wakes it instead.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use crate::jobs::Wake;

/// Wakes the window once for each time that it was asked to.
#[derive(Debug)]
pub(super) struct Pace(Sender<Duration>);

impl Pace {
    /// # Errors
    /// When there can be no thread.
    pub(super) fn start(wake: Wake) -> std::io::Result<Self> {
        let (to, asked) = channel();
        std::thread::Builder::new()
            .name("pace".to_owned())
            .spawn(move || keep(&asked, &*wake))?;
        Ok(Self(to))
    }

    /// Wakes the window after a while; what was asked before is forgotten.
    pub(super) fn ask(&self, after: Duration) {
        // Without the thread it is drawn as often as the event loop wakes by itself.
        let _ = self.0.send(after);
    }
}

fn keep(asked: &Receiver<Duration>, wake: &dyn Fn()) {
    let mut next: Option<Instant> = None;
    loop {
        let heard = match next {
            None => asked.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(at) => asked.recv_timeout(at.saturating_duration_since(Instant::now())),
        };
        match heard {
            Ok(after) => next = Instant::now().checked_add(after),
            Err(RecvTimeoutError::Timeout) => {
                wake();
                next = None;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn the_window_is_woken_once_for_what_was_asked_last() {
        let (woken, wakes) = channel();
        let pace = Pace::start(Arc::new(move || {
            let _ = woken.send(());
        }))
        .unwrap();
        let patience = Duration::from_secs(20);
        for _ in 0..3 {
            // An hour is never waited for.
            pace.ask(Duration::from_hours(1));
            pace.ask(Duration::from_millis(1));
            wakes.recv_timeout(patience).unwrap();
        }
        pace.ask(Duration::from_hours(1));
        drop(pace);
        // The thread has ended, and its end of the channel with it.
        assert!(matches!(
            wakes.recv_timeout(patience),
            Err(RecvTimeoutError::Disconnected)
        ));
    }
}
