//! Standard output and a progress line on standard error.

use std::io::{self, ErrorKind, IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;

use crate::progress::Observer;
use crate::text::{MOST, escaped, line, plain_json, short};

/// Prints text of several lines. What acts on a terminal is escaped in it and lines that are too long
/// lose their middle: see [`text`](crate::text). A name that may hold a line break is to be escaped before it
/// stands among other lines; [`lines`] does that.
pub fn text(text: &str) -> anyhow::Result<()> {
    let lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
    let lines: Vec<String> = lines.map(str::to_owned).collect();
    self::lines(&lines)
}

/// Prints text as it is. Whoever closed the pipe (`| head`) has seen enough: that is no failure.
fn raw(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("standard output could not be written")
        }
        _ => Ok(()),
    }
}

/// Prints lines of text, each as one line of at most [`MOST`] characters, whatever is in it.
pub fn lines(lines: &[String]) -> anyhow::Result<()> {
    raw(&safe(lines))
}

fn safe(lines: &[String]) -> String {
    let mut all = String::new();
    for line in lines {
        all += &short(&escaped(line), MOST);
        all.push('\n');
    }
    all
}

/// Words of a list as lines that begin with `head` and none of which is too long.
pub fn wrapped(head: &str, words: &[String]) -> Vec<String> {
    let mut lines = vec![head.to_owned()];
    for (i, word) in words.iter().enumerate() {
        let comma = if i + 1 < words.len() { ", " } else { "" };
        let word = format!("{}{comma}", escaped(word));
        let last = lines.last().map_or(0, |line| line.chars().count());
        if last + word.chars().count() > MOST {
            lines.push(" ".repeat(head.chars().count()));
        }
        if let Some(line) = lines.last_mut() {
            *line += &word;
        }
    }
    lines
        .iter()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// Whether something that was to be said on standard error could not be.
static UNSAID: AtomicBool = AtomicBool::new(false);

/// One line on standard error beside the result: what was left out, what is to be known. Work goes
/// on where it cannot be written; [`all_said`] tells in the end.
pub fn note(words: &str) {
    let line = format!("{}\n", line(&format!("saliscope: {words}")));
    match io::stderr().lock().write_all(line.as_bytes()) {
        // Whoever closed the pipe does not want to know.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            UNSAID.store(true, Ordering::Relaxed);
        }
        _ => {}
    }
}

/// Whether every [`note`] was written.
pub fn all_said() -> bool {
    !UNSAID.load(Ordering::Relaxed)
}

/// Prints a value as indented JSON and a line break.
pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut json = serde_json::to_string_pretty(value).context("the result is no valid JSON")?;
    json.push('\n');
    raw(&plain_json(&json))
}

/// Hands one more piece of a result on at once, as it is. Whoever closed the pipe (`| head`) has seen
/// enough: the error then is [`PipeClosed`], which ends the work and is no failure.
pub fn pass_on(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(PipeClosed.into()),
        Err(error) => Err(error).context("standard output could not be written"),
        Ok(()) => Ok(()),
    }
}

/// [`pass_on`] of lines, each safe to look at as those of [`lines`].
pub fn pass_on_lines(lines: &[String]) -> anyhow::Result<()> {
    pass_on(&safe(lines))
}

/// [`pass_on`] of a value as JSON in one line.
pub fn pass_on_json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut json = serde_json::to_string(value).context("the result is no valid JSON")?;
    json.push('\n');
    pass_on(&plain_json(&json))
}

/// Nobody reads what is written any more.
#[derive(Debug, thiserror::Error)]
#[error("standard output was closed")]
pub struct PipeClosed;

/// How often work tells how far it is where nobody watches, as in the log of a night's work.
pub const UNWATCHED: Duration = Duration::from_mins(1);

/// A line on standard error that tells how far work is: always the same one on a terminal, else a
/// new one every minute.
pub struct ProgressLine {
    what: &'static str,
    start: Instant,
    last: Mutex<Option<Instant>>,
    shown: bool,
}

impl ProgressLine {
    /// A line that begins with `what`.
    pub fn new(what: &'static str) -> Self {
        Self {
            what,
            start: Instant::now(),
            last: Mutex::new(None),
            shown: io::stderr().is_terminal(),
        }
    }
}

impl Observer for ProgressLine {
    fn progress(&self, done: usize, total: usize) {
        let Ok(mut last) = self.last.lock() else {
            return;
        };
        if !self.shown {
            if last.unwrap_or(self.start).elapsed() >= UNWATCHED {
                *last = Some(Instant::now());
                note(&format!("{} {done} of {total}", self.what));
            }
            return;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_wrapped_and_nothing_of_it_is_lost() {
        let words: Vec<String> = (0..90).map(|i| format!("Operator{i} x1")).collect();
        let lines = wrapped("ops       ", &words);
        assert!(lines.len() > 1 && lines.iter().all(|line| line.chars().count() <= MOST));
        let all = lines.join(" ");
        assert!(words.iter().all(|word| all.contains(word.as_str())));
        assert!(lines[1].starts_with("          Operator"));
        assert_eq!(wrapped("ops  ", &["Relu x1".to_owned()]), ["ops  Relu x1"]);
    }
}
