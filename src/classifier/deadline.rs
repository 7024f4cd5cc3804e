//! Runs of networks that contain loops, which may have no end or take all memory: they are
//! stopped.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use ort::session::RunOptions;

use super::ClassifierError;
use super::pool::run_error;
use crate::onnx::Model;

/// The longest run of a network with a loop. Those of recurrent classifiers take milliseconds.
const LONGEST: Duration = Duration::from_secs(5);
/// The most memory, in bytes, that the program may grow by during such a run.
const MOST_GROWTH: u64 = 1 << 30;
/// How often growth is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// True when how long a run takes depends on more than the shapes in the graph.
pub(super) fn has_loops(model: &Model) -> bool {
    let mut graphs: Vec<_> = model.graph.iter().collect();
    let mut nodes: Vec<_> = model.functions.iter().flat_map(|f| &f.node).collect();
    while let Some(graph) = graphs.pop() {
        nodes.extend(&graph.node);
        while let Some(node) = nodes.pop() {
            if matches!(node.op(), "Loop" | "Scan") {
                return true;
            }
            let inner = node
                .attribute
                .iter()
                .flat_map(|a| a.g.iter().chain(&a.graphs));
            graphs.extend(inner);
        }
    }
    false
}

/// Lets `run` run a session with the options it is given; where there are `loops`, not longer
/// than five seconds and not for more than 1 GiB.
///
/// # Errors
/// Those of `run`; when it was stopped, in words that say why.
pub(super) fn within<T>(
    loops: bool,
    run: impl FnOnce(&RunOptions) -> Result<T, ClassifierError>,
) -> Result<T, ClassifierError> {
    let options = RunOptions::new().map_err(run_error)?;
    if !loops {
        return run(&options);
    }
    let options = &options;
    let (running, ended) = channel::<()>();
    std::thread::scope(|scope| {
        let watcher = std::thread::Builder::new()
            .name("deadline".to_owned())
            .spawn_scoped(scope, move || watch(options, &ended))
            .map_err(|e| ClassifierError::Run(format!("no thread could be started: {e}")))?;
        let result = run(options);
        drop(running);
        let why = watcher.join().ok().flatten();
        match (result, why) {
            (Err(_), Some(why)) => Err(ClassifierError::Run(why)),
            (result, _) => result,
        }
    })
}

/// Waits for the end of a run, or stops it and says why.
fn watch(options: &RunOptions, ended: &Receiver<()>) -> Option<String> {
    let start = Instant::now();
    let before = resident();
    let why = loop {
        if ended.recv_timeout(LOOK_EVERY) != Err(RecvTimeoutError::Timeout) {
            return None;
        }
        if start.elapsed() > LONGEST {
            break format!(
                "it was stopped after {} s: a Loop in it takes too long or has no end",
                LONGEST.as_secs()
            );
        }
        if resident().saturating_sub(before) > MOST_GROWTH {
            break format!(
                "it was stopped: a Loop in it took more than {} MB of memory",
                MOST_GROWTH >> 20
            );
        }
    };
    if let Err(error) = options.terminate() {
        tracing::debug!("a run cannot be stopped: {error}");
    }
    Some(why)
}

/// Memory that this process holds, in bytes; 0 where the system does not tell.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split(' ').nth(1)?.parse::<u64>().ok());
    // Pages of 4 KiB or more.
    pages.unwrap_or(0) * 4096
}
