//! Sessions of ONNX Runtime for one graph, one per worker.
//!
//! Saliency methods ask for many gradients that do not wait for each other. One session of one
//! thread per core serves them faster than one session of many threads (measured: 1.35 times on
//! two cores), as nothing waits inside an operator. Sessions are made when they are first asked
//! for. Networks too large to hold several times get fewer sessions with more threads each.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Once, PoisonError};
use std::time::Instant;

use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};

use crate::onnx::Model;

use crate::threads::spawn_or_do;

use super::open_sessions::{self, KeepsSessions};
use super::shared_weights::SharedGraph;
use super::{ClassifierError, Device, RuntimeError, masked_product, runtime::runtime};

/// Sessions of one graph together hold at most about this many bytes of weights.
const MAX_WEIGHT_BYTES: usize = 1 << 30;

/// A graph as sessions read it.
#[derive(Debug)]
pub(super) enum Source {
    /// The bytes of a file; its weights are copied into every session.
    Bytes {
        /// The file.
        bytes: Vec<u8>,
        /// What is left to optimise.
        level: GraphOptimizationLevel,
    },
    /// A graph whose large weights are in memory already.
    Shared(SharedGraph),
    /// A file whose weights lie beside it: sessions map them into memory and share them.
    File {
        /// The graph.
        path: PathBuf,
        /// Bytes of the graph and its weights.
        bytes: usize,
        /// What is left to optimise.
        level: GraphOptimizationLevel,
    },
}

impl Source {
    /// A graph in a file; `None` where it is not there.
    pub(super) fn file(path: PathBuf, level: GraphOptimizationLevel) -> Option<Self> {
        // The weights of an arranged graph lie in a file of their own; those of others, as said
        // in the graph.
        let beside = std::fs::metadata(path.with_extension("bin")).map(|about| about.len());
        if let (GraphOptimizationLevel::Disable, Ok(bytes)) = (level, beside) {
            return Some(Self::File {
                bytes: usize::try_from(bytes).ok()?,
                path,
                level,
            });
        }
        let places = Model::read_outline(&path).ok()?.places();
        let weights: u64 = places.values().map(|place| place.length).sum();
        Some(Self::File {
            bytes: usize::try_from(weights).ok()?,
            path,
            level,
        })
    }

    fn len(&self) -> usize {
        match self {
            Self::Bytes { bytes, .. } => bytes.len(),
            Self::File { bytes, .. } => *bytes,
            Self::Shared(graph) => graph.len(),
        }
    }

    fn open(&self, device: Device, threads: usize) -> Result<Session, ClassifierError> {
        match self {
            Self::Bytes { bytes, level } => open(bytes, device, threads, *level),
            Self::File { path, level, .. } => open_file(path, device, threads, *level),
            Self::Shared(graph) => graph.open(threads),
        }
    }
}

/// Sessions of one graph.
#[derive(Debug)]
pub(super) struct Pool {
    source: Source,
    device: Device,
    limit: usize,
    threads: usize,
    sessions: Arc<Sessions>,
}

/// The sessions that are open.
#[derive(Debug)]
struct Sessions {
    /// What one of them takes while nobody uses it, in bytes.
    each: u64,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Those that nobody uses, with the time of their last use.
    idle: Vec<(Instant, Session)>,
    made: usize,
}

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic while the lock is held cannot leave the two fields in disagreement.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes back a session that is used no more.
    fn put(&self, session: Session) {
        self.lock().idle.push((Instant::now(), session));
        self.returned.notify_one();
    }
}

impl KeepsSessions for Sessions {
    fn unused(&self) -> Vec<(Instant, u64)> {
        let state = self.lock();
        state
            .idle
            .iter()
            .map(|(used, _)| (*used, self.each))
            .collect()
    }

    fn close(&self, until: Instant) {
        let closed: Vec<_> = {
            let mut state = self.lock();
            let closed: Vec<_> = state
                .idle
                .extract_if(.., |(used, _)| *used <= until)
                .collect();
            state.made -= closed.len();
            closed
        };
        // What takes time is done without the lock.
        drop(closed);
    }
}

impl Pool {
    /// A pool for `workers` calls at the same time, each of which takes about `run_bytes` of memory for
    /// the values of a run: the library keeps them for the next one. No session is made yet.
    pub(super) fn new(source: Source, device: Device, workers: usize, run_bytes: u64) -> Self {
        let workers = workers.max(1);
        let limit = Self::limit_for(source.len(), device, workers);
        let weights = match &source {
            Source::Bytes { bytes, .. } => bytes.len(),
            Source::File { bytes, .. } => bytes / limit,
            Source::Shared(graph) => graph.len(),
        };
        let sessions = Arc::new(Sessions {
            each: run_bytes.saturating_add(weights as u64),
            state: Mutex::default(),
            returned: Condvar::new(),
        });
        open_sessions::register(&sessions);
        Self {
            source,
            device,
            limit,
            threads: workers / limit,
            sessions,
        }
    }

    /// How many calls can run at the same time on a graph with that many bytes of weights.
    pub(super) fn limit_for(bytes: usize, device: Device, workers: usize) -> usize {
        match device {
            Device::Cpu => (MAX_WEIGHT_BYTES / bytes.max(1)).clamp(1, workers.max(1)),
            // An accelerator does its own scheduling; two sessions would only share it.
            _ => 1,
        }
    }

    /// Adds a session that was made elsewhere, of the same graph.
    pub(super) fn adopt(&self, session: Session) {
        self.lock().made += 1;
        self.sessions.put(session);
    }

    /// The graph.
    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// Threads of each session.
    pub(super) fn threads(&self) -> usize {
        self.threads
    }

    /// Makes the first session if there is none, to find errors early.
    pub(super) fn warm(&self) -> Result<(), ClassifierError> {
        self.fill(1)
    }

    /// Makes sessions until there are `wanted`, or as many as may be; all at the same time.
    pub(super) fn fill(&self, wanted: usize) -> Result<(), ClassifierError> {
        let missing = wanted.min(self.limit).saturating_sub(self.lock().made);
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..missing)
                .map(|_| spawn_or_do(scope, || self.add()))
                .collect();
            let own = if missing > 0 { self.add() } else { Ok(()) };
            // A panic is passed on when the scope ends.
            others
                .into_iter()
                .filter_map(|other| other.join().ok())
                .fold(own, Result::and)
        })
    }

    /// Makes one more session, unless there are enough.
    fn add(&self) -> Result<(), ClassifierError> {
        {
            let mut state = self.lock();
            if state.made >= self.limit {
                return Ok(());
            }
            state.made += 1;
        }
        let session = self.make()?;
        self.sessions.put(session);
        Ok(())
    }

    /// Opens a session that is counted already.
    fn make(&self) -> Result<Session, ClassifierError> {
        let made = self.source.open(self.device, self.threads);
        if made.is_err() {
            self.lock().made -= 1;
            self.sessions.returned.notify_one();
        }
        made
    }

    /// Runs `work` with a session that nobody else uses meanwhile.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&mut Session) -> Result<T, ClassifierError>,
    ) -> Result<T, ClassifierError> {
        let mut session = self.take()?;
        let result = work(&mut session);
        self.sessions.put(session);
        open_sessions::used();
        result
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.sessions.lock()
    }

    fn take(&self) -> Result<Session, ClassifierError> {
        let mut state = self.lock();
        loop {
            if let Some((_, session)) = state.idle.pop() {
                return Ok(session);
            }
            if state.made < self.limit {
                state.made += 1;
                drop(state);
                return self.make();
            }
            state = self
                .sessions
                .returned
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Opens a session on the bytes of an ONNX file.
pub(super) fn open(
    bytes: &[u8],
    device: Device,
    threads: usize,
    level: GraphOptimizationLevel,
) -> Result<Session, ClassifierError> {
    let mut builder = builder(device, threads, level)?;
    quietly(|| builder.commit_from_memory(bytes))
}

/// Opens a session on the bytes of an ONNX file for pictures of any size: each run gives back the
/// memory that it took, which may be hundreds of megabytes.
pub(crate) fn open_without_arena(bytes: &[u8], threads: usize) -> Result<Session, ClassifierError> {
    let processor = ort::ep::CPU::default().with_arena_allocator(false);
    builder(Device::Cpu, threads, GraphOptimizationLevel::All)?
        .with_execution_providers([processor.build()])
        .map_err(run_error)?
        .commit_from_memory(bytes)
        .map_err(run_error)
}

/// Opens a session on an ONNX file, which may hold operators of our own.
pub(super) fn open_file(
    path: &Path,
    device: Device,
    threads: usize,
    level: GraphOptimizationLevel,
) -> Result<Session, ClassifierError> {
    let own = masked_product::domain().map_err(run_error)?;
    let mut builder = builder(device, threads, level)?
        .with_operators(own)
        .map_err(run_error)?;
    quietly(|| builder.commit_from_file(path))
}

/// Opens a session on the bytes of an ONNX file and writes down the graph as it is after all of
/// ONNX Runtime's optimisations for this processor, with its weights in a file beside it. A
/// session opens from those in a fifth of the time.
pub(super) fn open_and_keep(
    bytes: &[u8],
    threads: usize,
    path: &Path,
    data: &str,
) -> Result<Session, ClassifierError> {
    let mut builder = builder(Device::Cpu, threads, GraphOptimizationLevel::All)?
        .with_optimized_model_path(path)
        .map_err(run_error)?
        .with_config_entry(
            "session.optimized_model_external_initializers_file_name",
            data,
        )
        .map_err(run_error)?
        .with_config_entry(
            "session.optimized_model_external_initializers_min_size_in_bytes",
            "256",
        )
        .map_err(run_error)?;
    quietly(|| builder.commit_from_memory(bytes))
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
    // A plan of all memory, made in the first run, would be filled page by page a second time in
    // the second run (25 ms for a gradient of Lite0); later runs are no quicker with it.
    builder = builder.with_memory_pattern(false).map_err(run_error)?;
    if let Some(provider) = device.provider() {
        builder = builder
            .with_execution_providers([provider])
            .map_err(run_error)?;
    }
    Ok(builder)
}

thread_local! {
    /// True while a panic on this thread is caught and told as an error.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Makes a session. The binding panics where the library infers a negative size for an output, and
/// tells it on standard error; here that is an error like any other.
pub(super) fn quietly(
    make: impl FnOnce() -> ort::Result<Session>,
) -> Result<Session, ClassifierError> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                usual(panic);
            }
        }));
    });
    QUIET.set(true);
    let made = catch_unwind(AssertUnwindSafe(make));
    QUIET.set(false);
    made.unwrap_or_else(|panic| {
        let what = panic.downcast_ref::<String>().map_or("", String::as_str);
        tracing::debug!("while a session was made: {what}");
        Err(ort::Error::new(if what.contains("dim_values") {
            "a window or a cut in it is larger than the image it is given, whose size would become negative; give it larger pictures"
        } else {
            "its description cannot be read"
        }))
    })
    .map_err(run_error)
}

/// The device that `wanted` comes to on this machine: tries a session on each candidate. The
/// second value is a notice when it is not what was asked for.
pub(super) fn choose_device(
    wanted: Device,
    graph: impl Fn() -> Result<Vec<u8>, ClassifierError>,
) -> Result<(Device, Option<String>), RuntimeError> {
    runtime()?;
    let mut why = String::new();
    for &candidate in wanted.candidates() {
        if !candidate.is_available() {
            why = format!(
                "the installed ONNX Runtime was built without {}",
                candidate.label()
            );
            continue;
        }
        let tried =
            graph().and_then(|bytes| open(&bytes, candidate, 1, GraphOptimizationLevel::All));
        match tried {
            Ok(_) => return Ok((candidate, None)),
            Err(error) => why = error.to_string(),
        }
    }
    let notice = (wanted != Device::Auto && wanted != Device::Cpu)
        .then(|| format!("{} is not used, the processor is: {why}", wanted.label()));
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
