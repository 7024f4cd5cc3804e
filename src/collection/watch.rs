//! Whoever waits for an index: what is told and what is asked meanwhile.

use super::Key;

/// How far the work is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Progress {
    /// Files that are finished, those of earlier runs too.
    pub done: usize,
    /// All files.
    pub total: usize,
    /// Files that this run has finished.
    pub now: usize,
    /// Seconds that this run takes already.
    pub seconds: f64,
}

/// Whoever waits for the work, and may steer it.
pub trait Watch: Sync {
    /// How far it is: a few times a second.
    fn progress(&self, _progress: Progress) {}

    /// Something that a person should know, in one line.
    fn note(&self, _words: &str) {}

    /// True once the work shall end; what is finished stays.
    fn cancelled(&self) -> bool {
        false
    }

    /// True while the work shall rest.
    fn paused(&self) -> bool {
        false
    }

    /// True where somebody uses the machine for something else meanwhile, such as the window that shows
    /// what is found: the work then takes what that leaves.
    fn gives_way(&self) -> bool {
        false
    }

    /// The path of a file that is wanted before all others: what is on screen, then what is selected.
    /// Asked before each file, until one is given that was not looked at yet, or none: no path is given again
    /// and again.
    fn wanted(&self) -> Option<Key> {
        None
    }
}

/// Nobody waits.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watch for Unwatched {}

/// What a run came to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Summary {
    /// All files.
    pub files: usize,
    /// Those that cannot be read.
    pub broken: usize,
    /// Files that were read now.
    pub read: usize,
    /// Pictures that were decoded now.
    pub decoded: usize,
    /// Pictures on which a network failed now, for no reason of their own: the next run tries again.
    pub failed: usize,
    /// Seconds that it took.
    pub seconds: f64,
    /// False when it was cancelled before the end.
    pub finished: bool,
}
