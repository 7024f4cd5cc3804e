//! A stranger's network is first tried in a process of its own.
//!
//! ONNX Runtime is a large library that trusts its input: a file can make it read outside its
//! memory, divide by zero, take all memory or never come back, and none of that can be caught in
//! the process it happens in. So a network whose content was never opened well before is first
//! opened, and run once, by another process of this program under limits of time and memory. What
//! that process prepares is in the cache afterwards. The second time nothing is tried.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use prost::Message as _;
use serde::{Deserialize, Serialize};

use crate::onnx::Model;

use super::{ClassifierError, Described, Device, GraphCache, Network, NetworkOptions, ScoreKind};

/// The subcommand of the program that tries a network.
pub const SUBCOMMAND: &str = "try-network";

/// Memory that a trial may take, in bytes, and how much more for each byte of the file: folding
/// holds a network some times over.
const MEMORY: u64 = 1800 << 20;
const MEMORY_PER_BYTE: u64 = 6;
/// Seconds of computing, and how many bytes of the file are worth one more.
const SECONDS: u64 = 7;
const BYTES_PER_SECOND: u64 = 16 << 20;
/// How many of its nodes are worth one more.
const NODES_PER_SECOND: u64 = 5_000;
/// A trial ends after so many times the seconds of computing, whatever it does meanwhile. A busy
/// machine is not the network's fault.
const PATIENCE: u32 = 8;

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Names the program that tries networks (this one, as a file). Without it, as where the library
/// is part of another program, none is tried.
pub fn try_strangers_with(program: PathBuf) {
    // A second call in one process, as tests make it, names the same program.
    let _ = PROGRAM.set(program);
}

/// What the other process is asked to do, as JSON on its standard input.
#[derive(Debug, Serialize, Deserialize)]
pub struct Trial {
    size: Option<[usize; 2]>,
    output: Option<String>,
    kind: Option<ScoreKind>,
    described: Described,
    cache: Option<PathBuf>,
    /// The value to differentiate, and by which; `None` for the scores alone.
    gradient: Option<(String, String)>,
    memory: u64,
    seconds: u64,
}

/// Whether a network of that content must be tried before this process does that kind of work
/// with it.
pub(super) fn is_needed(options: &NetworkOptions, key: &str, kind: &str) -> bool {
    PROGRAM.get().is_some() && !options.trusted && !options.cache.was_tried(key, kind)
}

/// How much there is of a network.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    bytes: u64,
    nodes: u64,
}

impl Size {
    /// Of a model with its constants, wherever they lie.
    pub(super) fn of(model: &Model) -> Self {
        let graph = model.graph.iter().map(|graph| graph.node.len() as u64);
        let functions = model.functions.iter().map(|f| f.node.len() as u64);
        let places = model.places();
        let elsewhere: u64 = places.values().map(|place| place.length).sum();
        Self {
            bytes: elsewhere.saturating_add(model.encoded_len() as u64),
            nodes: graph.chain(functions).sum(),
        }
    }
}

/// Tries the network at `path`, of that size, in another process, where there is a program for it.
///
/// # Errors
/// What the other process says of the network, or how it ended.
pub(super) fn run(
    path: &Path,
    size: Size,
    options: &NetworkOptions,
    gradient: Option<(String, String)>,
) -> Result<(), ClassifierError> {
    let Some(program) = PROGRAM.get() else {
        return Ok(());
    };
    let trial = Trial {
        size: options.size,
        output: options.output.clone(),
        kind: options.kind,
        described: options.described.clone(),
        cache: options.cache.folder().map(Path::to_owned),
        gradient,
        memory: MEMORY.saturating_add(size.bytes.saturating_mul(MEMORY_PER_BYTE)),
        seconds: SECONDS + size.bytes / BYTES_PER_SECOND + size.nodes / NODES_PER_SECOND,
    };
    let refused = |why: String| ClassifierError::Unsuitable {
        path: path.to_owned(),
        why,
    };
    match trial.run(program, path) {
        Ok(Ended::Well) => Ok(()),
        Ok(Ended::Refused(line)) => Err(ClassifierError::Tried(line)),
        Ok(Ended::Late) => Err(refused(format!(
            "it was stopped after {} s of computing: it asks for too much",
            trial.seconds
        ))),
        Ok(Ended::Waiting) => Err(refused(format!(
            "opening it did not end within {} s; try again when the machine is less busy",
            (Duration::from_secs(trial.seconds) * PATIENCE).as_secs()
        ))),
        Ok(Ended::Memory) => Err(refused(format!(
            "it needs more than {} MB of memory",
            trial.memory >> 20
        ))),
        Ok(Ended::Crashed(how)) => Err(refused(format!(
            "ONNX Runtime crashed on it ({how}) in a process of its own; get or export the file again"
        ))),
        // What cannot be tried (no more processes, the program was replaced) is opened untried.
        Err(error) => {
            tracing::warn!("{} is opened without a trial: {error}", path.display());
            Ok(())
        }
    }
}

enum Ended {
    Well,
    Refused(String),
    Late,
    Waiting,
    Memory,
    Crashed(String),
}

impl Trial {
    fn run(&self, program: &Path, path: &Path) -> std::io::Result<Ended> {
        let request = serde_json::to_vec(self).map_err(std::io::Error::other)?;
        let mut command = Command::new(program);
        if let Some(library) = super::runtime::chosen() {
            command.arg("--runtime").arg(library);
        }
        let mut child = command
            .arg(SUBCOMMAND)
            .arg(path)
            .env_remove("RUST_LOG")
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut input) = child.stdin.take() {
            // A process that has ended already says why itself.
            let _ = input.write_all(&request);
        }
        let status = wait(&mut child, Duration::from_secs(self.seconds) * PATIENCE)?;
        let mut said = Vec::new();
        if let Some(stderr) = child.stderr.take() {
            stderr.take(1 << 16).read_to_end(&mut said)?;
        }
        Ok(match status {
            None => Ended::Waiting,
            Some(status) => judge(status, &String::from_utf8_lossy(&said)),
        })
    }
}

/// The end of the process; `None` where it had to be stopped.
fn wait(child: &mut Child, most: Duration) -> std::io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    let mut pause = Duration::from_micros(500);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() > most {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(pause);
        pause = (pause * 5 / 4).min(Duration::from_millis(8));
    }
}

fn judge(status: ExitStatus, said: &str) -> Ended {
    let line = said.lines().map(str::trim).rfind(|line| !line.is_empty());
    let line = line.unwrap_or_default();
    let no_memory = [
        "memory allocation of",
        "bad_alloc",
        "bad allocation",
        "allocate memory",
    ];
    match status.code() {
        Some(0) => Ended::Well,
        _ if no_memory.iter().any(|words| said.contains(words)) => Ended::Memory,
        Some(2) => Ended::Refused(line.strip_prefix("saliscope: ").unwrap_or(line).to_owned()),
        Some(code) => Ended::Crashed(format!("exit code {code}")),
        None => by_signal(status),
    }
}

#[cfg(unix)]
fn by_signal(status: ExitStatus) -> Ended {
    use std::os::unix::process::ExitStatusExt as _;
    let signal = status.signal().unwrap_or_default();
    if signal == rustix::process::Signal::XCPU.as_raw() {
        return Ended::Late;
    }
    if signal == rustix::process::Signal::KILL.as_raw() {
        // Beyond the hard limit of computing, or the system was out of memory.
        return Ended::Memory;
    }
    Ended::Crashed(format!("signal {signal}"))
}

#[cfg(not(unix))]
fn by_signal(_status: ExitStatus) -> Ended {
    Ended::Crashed("no exit code".to_owned())
}

impl Trial {
    /// In the other process: reads the request from standard input, sets the limits, opens the
    /// network at `path` and runs it once on zeros.
    ///
    /// # Errors
    /// What stands in the way of using the network.
    pub fn carry_out(path: &Path) -> Result<(), ClassifierError> {
        let bad = |why: String| ClassifierError::Input(format!("no request for a trial: {why}"));
        let mut request = Vec::new();
        let input = std::io::stdin().lock();
        let mut input = input.take(1 << 20);
        input
            .read_to_end(&mut request)
            .map_err(|e| bad(e.to_string()))?;
        let trial: Self = serde_json::from_slice(&request).map_err(|e| bad(e.to_string()))?;
        limit(trial.memory, trial.seconds);
        let options = NetworkOptions {
            size: trial.size,
            output: trial.output,
            kind: trial.kind,
            described: trial.described,
            device: Device::Cpu,
            workers: Some(1),
            cache: trial.cache.map_or_else(GraphCache::off, GraphCache::at),
            // This is the trial.
            trusted: true,
        };
        let network = Network::open(path, &options)?;
        match &trial.gradient {
            Some((of, by)) => network.try_gradient(of, by),
            None => network.try_scores(),
        }
    }
}

/// Bounds what this process may take; where the system cannot, the parent's patience is the bound.
#[cfg(unix)]
fn limit(memory: u64, seconds: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    for (resource, most) in [
        (Resource::Data, memory),
        (Resource::Cpu, seconds),
        (Resource::Core, 0),
    ] {
        let now = getrlimit(resource);
        let lower = |limit: Option<u64>| Some(limit.map_or(most, |limit| limit.min(most)));
        let new = Rlimit {
            current: lower(now.current),
            maximum: now.maximum,
        };
        if let Err(error) = setrlimit(resource, new) {
            tracing::debug!("a limit of {most} is not set: {error}");
        }
    }
}

#[cfg(not(unix))]
fn limit(_memory: u64, _seconds: u64) {}
