//! How long work of many equal parts still takes.

use std::time::{Duration, Instant};

/// Measures from the first report on: parts that were done before do not count.
#[derive(Debug, Clone)]
pub struct Pace {
    start: Instant,
    first: Option<usize>,
}

impl Pace {
    /// The clock starts now.
    #[must_use]
    pub fn start() -> Self {
        Self {
            start: Instant::now(),
            first: None,
        }
    }

    /// About how long the rest takes, in words such as `about 3 min 05 s`; `None` before the first
    /// part is done.
    pub fn left(&mut self, done: usize, total: usize) -> Option<String> {
        let first = *self.first.get_or_insert(done);
        let parts = done.checked_sub(first).filter(|parts| *parts > 0)?;
        Some(words(
            self.start.elapsed(),
            parts,
            total.saturating_sub(done),
        ))
    }
}

/// The time that `rest` parts take when `parts` took `elapsed`.
fn words(elapsed: Duration, parts: usize, rest: usize) -> String {
    let each = elapsed.as_secs_f64() / parts.max(1) as f64;
    let seconds = (each * rest as f64).round() as u64;
    match seconds / 3600 {
        0 => format!("about {} min {:02} s", seconds / 60, seconds % 60),
        hours => format!("about {hours} h {:02} min", seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_takes_as_long_as_what_was_done() {
        let ten = Duration::from_secs(10);
        assert_eq!(words(ten, 2, 25), "about 2 min 05 s");
        assert_eq!(words(ten, 1, 720), "about 2 h 00 min");
        let mut pace = Pace::start();
        assert_eq!(pace.left(40, 100), None);
        assert!(pace.left(41, 100).is_some());
    }
}
