//! Sessions that open quickly: their graphs are kept as ONNX Runtime has arranged them, or, for
//! large networks, with the weights that the folded graph has already.

use std::fs;
use std::path::Path;

use ort::session::builder::GraphOptimizationLevel;
use ort::session::{Session, SessionInputValue};
use ort::value::Tensor;

use crate::onnx::Model;

use super::fuse_masks::fuse_masks;
use super::pool::{Pool, Source, open_and_keep, open_file, run_error};
use super::{ClassifierError, Device, GraphCache};

/// Under this name the folded graph lies in the cache.
pub(super) const FOLDED: &str = "folded";

/// Graphs up to this size are kept once more as ONNX Runtime arranges them. Of larger ones reading
/// and writing would take longer than the arranging.
const MAX_ARRANGED_BYTES: usize = 192 << 20;

/// Graphs of more nodes are run as they are: the library's optimisations take longer than what
/// they save, and longer still where a file has thousands of nodes for nothing.
const MAX_ARRANGED_NODES: usize = 10_000;

/// Where the sessions of one network are kept and what they run on.
pub(super) struct KeptSessions<'a> {
    pub(super) cache: &'a GraphCache,
    pub(super) key: &'a str,
    pub(super) device: Device,
    pub(super) workers: usize,
    /// How many sessions to make at once where a kept graph is there.
    pub(super) at_once: usize,
    /// Memory that the values of a run take.
    pub(super) run_bytes: u64,
}

impl KeptSessions<'_> {
    /// The sessions of the graph of that kind: as kept, else of what `graph` makes, which is kept
    /// for the next time.
    pub(super) fn pool(
        &self,
        kind: &str,
        graph: impl FnOnce() -> Result<Model, ClassifierError>,
    ) -> Result<Pool, ClassifierError> {
        if self.device != Device::Cpu {
            // Other devices compile a graph in their own way.
            return Ok(self.unkept(graph()?.to_bytes(), GraphOptimizationLevel::All));
        }
        let plain = format!("plain {kind}");
        let arranged = format!("arranged {kind}");
        let large = format!("large {kind}");
        for (name, level) in [
            (&arranged, GraphOptimizationLevel::Disable),
            (&large, GraphOptimizationLevel::All),
            (&plain, GraphOptimizationLevel::Disable),
        ] {
            if let Some(pool) = self.kept(name, level) {
                return Ok(pool);
            }
        }
        let graph = graph()?;
        if graph.graph()?.node.len() > MAX_ARRANGED_NODES {
            self.cache.store(self.key, &plain, Some(FOLDED), &graph);
            if let Some(pool) = self.kept(&plain, GraphOptimizationLevel::Disable) {
                return Ok(pool);
            }
            return Ok(self.unkept(graph.to_bytes(), GraphOptimizationLevel::Disable));
        }
        let weights = graph.graph()?.initializer.iter();
        let bytes: usize = weights
            .map(|t| t.raw_data.as_ref().map_or(0, Vec::len))
            .sum();
        if bytes > MAX_ARRANGED_BYTES {
            self.cache.store(self.key, &large, Some(FOLDED), &graph);
            if let Some(pool) = self.kept(&large, GraphOptimizationLevel::All) {
                return Ok(pool);
            }
        }
        let bytes = graph.to_bytes();
        drop(graph);
        if bytes.len() > MAX_ARRANGED_BYTES {
            return Ok(self.unkept(bytes, GraphOptimizationLevel::All));
        }
        let pool = self.unkept(bytes, GraphOptimizationLevel::All);
        let Source::Bytes { bytes, .. } = pool.source() else {
            return Ok(pool);
        };
        let session: Result<_, ClassifierError> =
            self.cache.keep(self.key, &arranged, |place| match place {
                Some((path, data)) => {
                    let mut session = open_and_keep(bytes, pool.threads(), path, data)?;
                    fuse(path, &mut session, pool.threads());
                    Ok(Some(session))
                }
                None => Ok(None),
            });
        // As the next start will: all sessions of a graph compute to the same bit.
        if let Some(pool) = self.kept(&arranged, GraphOptimizationLevel::Disable) {
            return Ok(pool);
        }
        match session {
            Ok(Some(session)) => pool.adopt(session),
            Ok(None) => {}
            // A full disk must not stand in the way: the sessions are then made without it.
            Err(error) => tracing::debug!("{kind}: not kept: {error}"),
        }
        Ok(pool)
    }

    fn unkept(&self, bytes: Vec<u8>, level: GraphOptimizationLevel) -> Pool {
        let source = Source::Bytes { bytes, level };
        Pool::new(source, self.device, self.workers, self.run_bytes)
    }

    fn kept(&self, name: &str, level: GraphOptimizationLevel) -> Option<Pool> {
        let path = self.cache.file(self.key, name)?;
        let source = Source::file(path, level)?;
        let pool = Pool::new(source, self.device, self.workers, self.run_bytes);
        match pool.fill(self.at_once.max(1)) {
            Ok(()) => Some(pool),
            Err(error) => {
                tracing::debug!("{name}: made anew: {error}");
                self.cache.forget(self.key, name);
                None
            }
        }
    }
}

/// Rewrites an arranged graph with operators of our own, if it then computes the same as
/// `session`, which was made of it as it is. Whatever goes wrong, it stays as it is.
fn fuse(path: &Path, session: &mut Session, threads: usize) {
    let (Ok(before), Ok(whole), Ok(mut outline)) =
        (fs::read(path), Model::read(path), Model::read_outline(path))
    else {
        return;
    };
    let count = fuse_masks(&mut outline, &whole);
    if count == 0 {
        return;
    }
    let mut tried = || -> Result<f64, ClassifierError> {
        fs::write(path, outline.to_bytes()).map_err(|e| ClassifierError::Run(e.to_string()))?;
        let mut fused = open_file(path, Device::Cpu, threads, GraphOptimizationLevel::Disable)?;
        difference(&trial(session)?, &trial(&mut fused)?)
    };
    match tried() {
        Ok(off) if off < SAME => tracing::debug!("{count} products with masks, {off:.1e} off"),
        failed => {
            tracing::warn!("products with masks are left as they are: {failed:?}");
            if let Err(error) = fs::write(path, before) {
                // What is half written will not open, and is made anew.
                tracing::debug!("{}: {error}", path.display());
            }
        }
    }
}

/// Two graphs are the same if they differ by less than this share in a trial: rounding.
const SAME: f64 = 1e-5;

/// The outputs of a session for inputs that look like noise.
fn trial(session: &mut Session) -> Result<Vec<f32>, ClassifierError> {
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state) / f64::from(u32::MAX) * 4.0 - 2.0
    };
    let mut inputs: Vec<(String, SessionInputValue<'_>)> = Vec::new();
    for input in session.inputs() {
        let Some(shape) = input.dtype().tensor_shape() else {
            return Err(ClassifierError::Run("an input is no tensor".to_owned()));
        };
        let count = shape.iter().product::<i64>();
        let values: Vec<f32> = (0..count).map(|_| noise() as f32).collect();
        let tensor = Tensor::from_array((shape.to_vec(), values)).map_err(run_error)?;
        inputs.push((input.name().to_owned(), tensor.into()));
    }
    let outputs = session.run(inputs).map_err(run_error)?;
    let mut all = Vec::new();
    for (_, value) in &outputs {
        all.extend_from_slice(value.try_extract_tensor::<f32>().map_err(run_error)?.1);
    }
    Ok(all)
}

/// The length of the difference as a share of the length of `a`; infinite where it is not a number.
fn difference(a: &[f32], b: &[f32]) -> Result<f64, ClassifierError> {
    if a.len() != b.len() {
        return Err(ClassifierError::Run("other outputs".to_owned()));
    }
    let square = |v: f64| v * v;
    let pairs = a.iter().zip(b);
    let off: f64 = pairs.map(|(a, b)| square(f64::from(a - b))).sum();
    let length: f64 = a.iter().map(|a| square(f64::from(*a))).sum();
    let share = (off / length.max(f64::MIN_POSITIVE)).sqrt();
    Ok(if share.is_nan() { f64::INFINITY } else { share })
}
