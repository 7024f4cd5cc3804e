//! Standard output and a progress line on standard error.

use std::io::{self, ErrorKind, IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;

use crate::progress::Observer;

/// Prints text. Whoever closed the pipe (`| head`) has seen enough: that is no failure.
pub fn text(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("standard output could not be written")
        }
        _ => Ok(()),
    }
}

/// Prints lines of text; see [`text`].
pub fn lines(lines: &[String]) -> anyhow::Result<()> {
    let mut all = lines.join("\n");
    all.push('\n');
    text(&all)
}

/// Prints a value as indented JSON and a line break.
pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut json = serde_json::to_string_pretty(value).context("the result is no valid JSON")?;
    json.push('\n');
    text(&json)
}

/// A line on standard error that tells how far work is; silent where nobody watches (no terminal).
pub struct ProgressLine {
    what: &'static str,
    last: Mutex<Option<Instant>>,
    shown: bool,
}

impl ProgressLine {
    /// A line that begins with `what`.
    pub fn new(what: &'static str) -> Self {
        Self {
            what,
            last: Mutex::new(None),
            shown: io::stderr().is_terminal(),
        }
    }
}

impl Observer for ProgressLine {
    fn progress(&self, done: usize, total: usize) {
        if !self.shown {
            return;
        }
        let Ok(mut last) = self.last.lock() else {
            return;
        };
        let due = last.is_none_or(|t| t.elapsed() > Duration::from_millis(100));
        if due || done >= total {
            *last = Some(Instant::now());
            // Progress that cannot be shown is not worth failing for.
            let _ = write!(io::stderr(), "\r{} {done} of {total} ", self.what);
        }
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
