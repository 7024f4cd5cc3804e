//! Sessions of ONNX Runtime for one graph, one per worker.
//!
//! Saliency methods ask for many gradients that do not wait for each other. One session of one
//! thread per core serves them faster than one session of many threads (measured: 1.35 times on
//! two cores), as nothing waits inside an operator. Sessions are made when they are first asked
//! for. Networks too large to hold several times get fewer sessions with more threads each.

use std::sync::{Condvar, Mutex, PoisonError};

use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};

use super::{ClassifierError, Device, RuntimeError, runtime::runtime};

/// Sessions of one graph together hold at most about this many bytes of weights.
const MAX_WEIGHT_BYTES: usize = 1 << 30;

/// Sessions of one graph.
#[derive(Debug)]
pub(super) struct Pool {
    /// The graph's file; its weights are copied into every session.
    bytes: Vec<u8>,
    device: Device,
    limit: usize,
    threads: usize,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<Session>,
    made: usize,
}

impl Pool {
    /// A pool for `workers` calls at the same time. No session is made yet.
    pub(super) fn new(bytes: Vec<u8>, device: Device, workers: usize) -> Self {
        let workers = workers.max(1);
        let limit = match device {
            Device::Cpu => (MAX_WEIGHT_BYTES / bytes.len().max(1)).clamp(1, workers),
            // An accelerator does its own scheduling; two sessions would only share it.
            _ => 1,
        };
        Self {
            bytes,
            device,
            limit,
            threads: workers / limit,
            state: Mutex::default(),
            returned: Condvar::new(),
        }
    }

    /// The graph's file.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Makes the first session if there is none, to find errors early.
    pub(super) fn warm(&self) -> Result<(), ClassifierError> {
        self.with(|_| Ok(()))
    }

    /// How many calls can run at the same time.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Runs `work` with a session that nobody else uses meanwhile.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&mut Session) -> Result<T, ClassifierError>,
    ) -> Result<T, ClassifierError> {
        let mut session = self.take()?;
        let result = work(&mut session);
        self.lock().idle.push(session);
        self.returned.notify_one();
        result
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // A panic while the lock is held cannot leave the two fields in disagreement.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Result<Session, ClassifierError> {
        let mut state = self.lock();
        loop {
            if let Some(session) = state.idle.pop() {
                return Ok(session);
            }
            if state.made < self.limit {
                state.made += 1;
                drop(state);
                let made = open(
                    &self.bytes,
                    self.device,
                    self.threads,
                    GraphOptimizationLevel::All,
                );
                if made.is_err() {
                    self.lock().made -= 1;
                    self.returned.notify_one();
                }
                return made;
            }
            state = self
                .returned
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Opens a session on the bytes of an ONNX file.
pub(crate) fn open(
    bytes: &[u8],
    device: Device,
    threads: usize,
    level: GraphOptimizationLevel,
) -> Result<Session, ClassifierError> {
    builder(device, threads, level)?
        .commit_from_memory(bytes)
        .map_err(run_error)
}

/// Session options: quiet, `threads` threads, no threads spinning while idle.
pub(super) fn builder(
    device: Device,
    threads: usize,
    level: GraphOptimizationLevel,
) -> Result<SessionBuilder, ClassifierError> {
    let runtime = runtime()?;
    let mut builder = Session::builder(&runtime.environment).map_err(run_error)?;
    builder = builder.with_optimization_level(level).map_err(run_error)?;
    builder = builder
        .with_intra_threads(threads.max(1))
        .map_err(run_error)?;
    builder = builder.with_inter_threads(1).map_err(run_error)?;
    builder = builder.with_intra_op_spinning(false).map_err(run_error)?;
    if let Some(provider) = device.provider() {
        builder = builder
            .with_execution_providers([provider])
            .map_err(run_error)?;
    }
    Ok(builder)
}

/// The device that `wanted` comes to on this machine: tries a session on each candidate. The
/// second value is a notice when it is not what was asked for.
pub(super) fn choose_device(
    wanted: Device,
    bytes: &[u8],
) -> Result<(Device, Option<String>), RuntimeError> {
    runtime()?;
    let mut why = String::new();
    for &candidate in wanted.candidates() {
        if !candidate.is_available() {
            why = format!(
                "the installed ONNX Runtime was built without {}",
                candidate.name()
            );
            continue;
        }
        match open(bytes, candidate, 1, GraphOptimizationLevel::All) {
            Ok(_) => return Ok((candidate, None)),
            Err(error) => why = error.to_string(),
        }
    }
    let notice = (wanted != Device::Auto && wanted != Device::Cpu)
        .then(|| format!("{} is not used, the processor is: {why}", wanted.name()));
    Ok((Device::Cpu, notice))
}

/// ONNX Runtime's message as one line of readable length.
pub(crate) fn run_error<R>(error: ort::Error<R>) -> ClassifierError {
    ClassifierError::Run(super::one_line(error.message()))
}

/// Number of physical cores that this process may use, at least 1. Two hardware threads of one
/// core share its multipliers, so a second worker there gains nothing.
pub(crate) fn physical_cores() -> usize {
    let logical = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut cores = std::collections::HashSet::new();
    for entry in std::fs::read_dir("/sys/devices/system/cpu")
        .into_iter()
        .flatten()
        .flatten()
    {
        if let Ok(siblings) =
            std::fs::read_to_string(entry.path().join("topology/thread_siblings_list"))
        {
            cores.insert(siblings);
        }
    }
    if cores.is_empty() {
        logical
    } else {
        cores.len().min(logical)
    }
}
