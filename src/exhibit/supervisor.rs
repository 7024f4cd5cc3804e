//! Starts the exhibit's screen again when it dies, and when it lives but shows nothing new. The screen
//! tells each second that frames were presented by a line on its standard output; there is no socket.
//! Where it died too often it rests, and something calm is shown that needs nothing it could have died of.

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

    /// Whether a wait is a rest.
    fn rests(&self, wait: Duration) -> bool {
        wait > self.patience.most
    }
}

/// What a supervisor has seen since it was started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Past {
    /// How often the screen had to be started again.
    pub restarts: u32,
    /// How often it rested, because that was too often.
    pub rests: u32,
    /// In how many of those rests nothing could be shown.
    pub dark: u32,
}

/// What a supervisor starts.
pub struct Commands<'a> {
    /// The screen.
    pub screen: &'a mut dyn FnMut(Past) -> Command,
    /// What is shown while it rests. It ends when its standard input is closed.
    pub rest: &'a mut dyn FnMut() -> Command,
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

/// Runs the screen until it ends by itself with success: the operator left. `tell` hears a line about each
/// restart, and what there was before it.
///
/// # Errors
/// When it cannot be started at all.
pub fn supervise(
    commands: &mut Commands<'_>,
    patience: Patience,
    tell: &mut dyn FnMut(&str, Past),
) -> io::Result<ExitStatus> {
    let begin = Instant::now();
    let mut watch = Watch::new(patience);
    let mut past = Past::default();
    loop {
        let mut child = (commands.screen)(past).stdout(Stdio::piped()).spawn()?;
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
        past.restarts = watch.restarts();
        let rests = watch.rests(wait);
        past.rests += u32::from(rests);
        let line = format!("{why}; it is started again in {:.1} s", wait.as_secs_f64());
        tell(&line, past);
        if rests {
            let until = begin.elapsed() + wait;
            let shown = rest(
                commands.rest,
                &|| until.saturating_sub(begin.elapsed()),
                patience.most,
            );
            if !shown {
                past.dark += 1;
                tell("nothing could be shown while the screen rested", past);
            }
        } else {
            std::thread::sleep(wait);
        }
    }
}

/// Shows something for as long as there is time `left`, and tries again after a while where it ends before;
/// whether it was there all the time.
fn rest(
    command: &mut dyn FnMut() -> Command,
    left: &dyn Fn() -> Duration,
    again: Duration,
) -> bool {
    let mut shown = true;
    while !left().is_zero() {
        let started = command()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn();
        if let Ok(mut child) = started {
            while !left().is_zero() && matches!(child.try_wait(), Ok(None)) {
                std::thread::sleep(left().min(Duration::from_millis(100)));
            }
            if matches!(child.try_wait(), Ok(None)) {
                // Who has ended by now needs no end.
                let _ = child.kill();
                let _ = child.wait();
                break;
            }
        }
        shown = false;
        std::thread::sleep(left().min(again));
    }
    shown
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
        let mut told_to_it = Vec::new();
        let mut screen = |past: Past| {
            told_to_it.push(past.restarts);
            let mut command = Command::new("sh");
            command.args(["-c", &script]).stdin(Stdio::null());
            command
        };
        let mut rest = || Command::new("/nowhere/at/all");
        let mut commands = Commands {
            screen: &mut screen,
            rest: &mut rest,
        };
        let patience = Patience {
            still: Duration::from_secs(1),
            first: Duration::from_millis(1),
            most: Duration::from_millis(5),
            ..Patience::default()
        };
        let mut told = Vec::new();
        let status = supervise(&mut commands, patience, &mut |line, past| {
            told.push((line.to_owned(), past.restarts));
        });
        assert!(status.unwrap().success());
        let starts = std::fs::read_to_string(&path).unwrap().lines().count();
        assert_eq!(starts, told.len() + 1);
        let still = told.iter().filter(|t| t.0.contains("stood still"));
        assert!(starts >= 4 && still.count() >= 2, "{told:?}");
        assert_eq!(told[2].1, 3);
        // Each start is told how many there were before.
        assert!(
            told_to_it.iter().copied().eq(0..starts as u32),
            "{told_to_it:?}"
        );
        // What cannot be started at all is told.
        let mut none = |_: Past| Command::new("/nowhere/at/all");
        let mut commands = Commands {
            screen: &mut none,
            rest: &mut rest,
        };
        assert!(supervise(&mut commands, patience, &mut |_, _| {}).is_err());
    }

    /// A supervisor whose screen dies at once, twice too often, and then ends well; what it has seen, and
    /// how often what is shown in a rest was started.
    #[cfg(unix)]
    fn rested(shown: &str) -> (Past, usize) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("starts");
        let script = format!(
            "echo x >> {path}; test $(wc -l < {path}) -gt 3 || exit 1",
            path = path.display()
        );
        let sh = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            command
        };
        let mut screen = |_: Past| {
            let mut command = sh(&script);
            command.stdin(Stdio::null());
            command
        };
        let mut starts = 0;
        let mut rest = || {
            starts += 1;
            sh(shown)
        };
        let patience = Patience {
            first: Duration::from_millis(1),
            most: Duration::from_millis(2),
            restarts: 2,
            span: Duration::from_secs(2),
            ..Patience::default()
        };
        let mut past = Past::default();
        let mut commands = Commands {
            screen: &mut screen,
            rest: &mut rest,
        };
        let status = supervise(&mut commands, patience, &mut |_, seen| past = seen);
        assert!(status.unwrap().success());
        (past, starts)
    }

    #[cfg(unix)]
    #[test]
    fn while_it_rests_something_is_shown_and_where_nothing_can_be_that_is_known() {
        // It stays until its input is closed, or it is ended.
        let (past, starts) = rested("cat");
        let seen = (past.restarts, past.rests, past.dark, starts);
        assert_eq!(seen, (3, 1, 0, 1));
        let (past, starts) = rested("exit 1");
        assert_eq!((past.restarts, past.rests, past.dark), (3, 1, 1));
        assert!(starts > 1, "{starts}");
    }
}
