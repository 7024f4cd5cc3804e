//! Starts the exhibit's screen again when it dies, and when it lives but shows nothing new. The screen
//! tells each second that frames were presented by a line on its standard output; there is no socket.

use std::collections::VecDeque;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// The line that says that frames were presented.
const BEAT: &str = "saliscope: frames";

/// How patient a supervisor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Without a frame for so long the screen stands still.
    pub still: Duration,
    /// Until the first frame.
    pub start: Duration,
    /// Before the first restart; doubled with each further one.
    pub first: Duration,
    /// Before any restart, at most.
    pub most: Duration,
    /// Who ran for so long was well: the next restart waits as the first.
    pub well: Duration,
    /// Restarts in [`Self::span`]; after more it pauses.
    pub restarts: usize,
    /// See [`Self::restarts`].
    pub span: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            still: Duration::from_secs(5),
            start: Duration::from_mins(1),
            first: Duration::from_secs(1),
            most: Duration::from_mins(1),
            well: Duration::from_mins(10),
            restarts: 10,
            span: Duration::from_hours(1),
        }
    }
}

/// When to start what died. Times are since some moment and never run back.
#[derive(Debug)]
pub struct Watch {
    patience: Patience,
    ended: VecDeque<Duration>,
    delay: Duration,
    started: Duration,
    beat: Option<Duration>,
    restarts: u32,
}

impl Watch {
    /// Nothing was started yet.
    #[must_use]
    pub fn new(patience: Patience) -> Self {
        Self {
            patience,
            ended: VecDeque::new(),
            delay: patience.first,
            started: Duration::ZERO,
            beat: None,
            restarts: 0,
        }
    }

    /// The screen was started.
    pub fn started(&mut self, now: Duration) {
        self.started = now;
        self.beat = None;
    }

    /// It presented frames.
    pub fn beat(&mut self, now: Duration) {
        self.beat = Some(now);
    }

    /// When it counts as standing still, if it says nothing until then.
    #[must_use]
    pub fn still_at(&self) -> Duration {
        match self.beat {
            Some(beat) => beat + self.patience.still,
            None => self.started + self.patience.start,
        }
    }

    /// It ended, or was ended: how long to wait before it is started again.
    pub fn ended(&mut self, now: Duration) -> Duration {
        let ran = now.saturating_sub(self.started);
        if ran >= self.patience.well {
            self.delay = self.patience.first;
        }
        self.restarts += 1;
        self.ended.push_back(now);
        while let Some(first) = self.ended.front()
            && now.saturating_sub(*first) >= self.patience.span
        {
            self.ended.pop_front();
        }
        let delay = self.delay;
        self.delay = (self.delay * 2).min(self.patience.most);
        match self.ended.front() {
            // It rests until the oldest of them is long ago; it never gives up.
            Some(first) if self.ended.len() > self.patience.restarts => {
                (*first + self.patience.span).saturating_sub(now).max(delay)
            }
            _ => delay,
        }
    }

    /// Restarts so far.
    #[must_use]
    pub fn restarts(&self) -> u32 {
        self.restarts
    }
}

/// Says to the supervisor that frames were presented; called once a second by the screen.
///
/// # Errors
/// When nobody listens.
pub fn beat() -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{BEAT}")?;
    out.flush()
}

/// What is heard of the screen.
enum Heard {
    Beat,
    /// Its output was closed.
    Closed,
}

/// Runs the screen, which `command` starts, until it ends by itself with success: the operator left.
/// `tell` hears a line about each restart, and how many there were.
///
/// # Errors
/// When it cannot be started at all.
pub fn supervise(
    command: &mut dyn FnMut() -> Command,
    patience: Patience,
    tell: &mut dyn FnMut(&str, u32),
) -> io::Result<ExitStatus> {
    let begin = Instant::now();
    let mut watch = Watch::new(patience);
    loop {
        let mut child = command().stdout(Stdio::piped()).spawn()?;
        watch.started(begin.elapsed());
        let (to, heard) = channel();
        listen(&mut child, to);
        let status = attend(&mut child, &heard, &mut watch, begin)?;
        let why = match status {
            Some(status) if status.success() => return Ok(status),
            Some(status) => format!("the screen ended ({status})"),
            None => "the screen stood still".to_owned(),
        };
        let wait = watch.ended(begin.elapsed());
        tell(
            &format!("{why}; it is started again in {:.1} s", wait.as_secs_f64()),
            watch.restarts(),
        );
        std::thread::sleep(wait);
    }
}

/// Until it ends, or stands still and is ended (`None`).
fn attend(
    child: &mut Child,
    heard: &Receiver<Heard>,
    watch: &mut Watch,
    begin: Instant,
) -> io::Result<Option<ExitStatus>> {
    loop {
        let left = watch.still_at().saturating_sub(begin.elapsed());
        match heard.recv_timeout(left) {
            Ok(Heard::Beat) => watch.beat(begin.elapsed()),
            Err(RecvTimeoutError::Timeout) => {
                child.kill()?;
                child.wait()?;
                return Ok(None);
            }
            // Nothing more can be heard: it ends, or it is ended.
            Ok(Heard::Closed) | Err(RecvTimeoutError::Disconnected) => {
                while begin.elapsed() < watch.still_at() {
                    if let Some(status) = child.try_wait()? {
                        return Ok(Some(status));
                    }
                    std::thread::sleep(Duration::from_millis(5));
                }
                child.kill()?;
                child.wait()?;
                return Ok(None);
            }
        }
    }
}

/// Reads the screen's output on a thread of its own; what is no beat is passed on.
fn listen(child: &mut Child, to: Sender<Heard>) {
    let Some(out) = child.stdout.take() else {
        return;
    };
    std::thread::spawn(move || {
        for line in BufReader::new(out).split(b'\n').map_while(Result::ok) {
            if line == BEAT.as_bytes() {
                if to.send(Heard::Beat).is_err() {
                    return;
                }
            } else {
                let mut own = io::stdout().lock();
                let _ = own.write_all(&line).and_then(|()| own.write_all(b"\n"));
            }
        }
        let _ = to.send(Heard::Closed);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(s: u64) -> Duration {
        Duration::from_secs(s)
    }

    #[test]
    fn restarts_wait_longer_and_longer_and_well_ones_are_forgiven() {
        let mut watch = Watch::new(Patience::default());
        let mut now = secs(0);
        let mut waits = Vec::new();
        for _ in 0..8 {
            watch.started(now);
            now += secs(3);
            let wait = watch.ended(now);
            waits.push(wait.as_secs());
            now += wait;
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        watch.started(now);
        now += secs(700);
        assert_eq!(watch.ended(now), secs(1));
        assert_eq!(watch.restarts(), 9);
    }

    #[test]
    fn too_many_in_an_hour_are_a_pause_and_never_the_end() {
        let mut watch = Watch::new(Patience {
            most: secs(1),
            ..Patience::default()
        });
        let mut now = secs(0);
        let mut longest = Duration::ZERO;
        for _ in 0..30 {
            watch.started(now);
            now += secs(2);
            let wait = watch.ended(now);
            longest = longest.max(wait);
            now += wait;
        }
        assert!(longest > secs(3000) && longest <= secs(3600), "{longest:?}");
        // 30 restarts at 11 an hour at most.
        assert!(now > secs(5000), "{now:?}");
    }

    #[test]
    fn a_screen_that_says_nothing_stands_still() {
        let mut watch = Watch::new(Patience::default());
        watch.started(secs(10));
        // Loading takes its time.
        assert_eq!(watch.still_at(), secs(70));
        watch.beat(secs(12));
        assert_eq!(watch.still_at(), secs(17));
        watch.started(secs(20));
        assert_eq!(watch.still_at(), secs(80));
    }

    #[cfg(unix)]
    #[test]
    fn what_dies_and_what_stands_still_is_started_again_until_it_ends_well() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("starts");
        let script = format!(
            "echo x >> {path}; n=$(wc -l < {path}); echo '{BEAT}'; \
             case $n in 1) exit 3;; 2) exec sleep 60;; 3) exec 1>&-; exec sleep 60;; *) exit 0;; esac",
            path = path.display()
        );
        let mut command = || {
            let mut command = Command::new("sh");
            command.args(["-c", &script]).stdin(Stdio::null());
            command
        };
        let patience = Patience {
            still: Duration::from_secs(1),
            first: Duration::from_millis(1),
            most: Duration::from_millis(5),
            ..Patience::default()
        };
        let mut told = Vec::new();
        let status = supervise(&mut command, patience, &mut |line, n| {
            told.push((line.to_owned(), n));
        });
        assert!(status.unwrap().success());
        let starts = std::fs::read_to_string(&path).unwrap().lines().count();
        assert_eq!(starts, told.len() + 1);
        let still = told.iter().filter(|t| t.0.contains("stood still"));
        assert!(starts >= 4 && still.count() >= 2, "{told:?}");
        assert_eq!(told[2].1, 3);
        // What cannot be started at all is told.
        let mut none = || Command::new("/nowhere/at/all");
        assert!(supervise(&mut none, patience, &mut |_, _| {}).is_err());
    }
}
