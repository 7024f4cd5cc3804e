//! How long work reports, hands over drafts and is cancelled: one small trait that the window's
//! workers, the command line and the tests each implement.

use std::sync::atomic::{AtomicBool, Ordering};

use ndarray::Array2;

/// Whoever waits for long work. Called from worker threads, so implementations are `Sync`.
pub trait Observer: Sync {
    /// `done` of `total` equal steps are finished.
    fn progress(&self, done: usize, total: usize);

    /// A draft of the map, row by row from the top, that sharpens as work goes on. Offered at doubling intervals, never
    /// after the final map. The default ignores it.
    fn draft(&self, _map: &Array2<f32>) {}

    /// True when nobody wants drafts, so that the work of making them can be saved.
    fn wants_drafts(&self) -> bool {
        false
    }

    /// True once the result is no longer wanted; work then ends with [`Cancelled`].
    fn cancelled(&self) -> bool {
        false
    }

    /// For use with `?` between steps.
    ///
    /// # Errors
    /// [`Cancelled`] once the result is no longer wanted.
    fn check(&self) -> Result<(), Cancelled> {
        if self.cancelled() {
            Err(Cancelled)
        } else {
            Ok(())
        }
    }
}

/// The work was cancelled by whoever asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// Waits in silence: no progress shown, never cancelled.
#[derive(Debug, Default, Clone, Copy)]
pub struct Silent;

impl Observer for Silent {
    fn progress(&self, _done: usize, _total: usize) {}
}

/// An observer that another thread can cancel.
#[derive(Debug, Default)]
pub struct CancelFlag(AtomicBool);

impl CancelFlag {
    /// Asks the work that holds this flag to end.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Observer for CancelFlag {
    fn progress(&self, _done: usize, _total: usize) {}

    fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
