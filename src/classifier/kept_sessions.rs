//! Sessions that open quickly: their graphs are kept as ONNX Runtime has arranged them; of large
//! networks without the weights that need no arranging.

use std::fs;
use std::path::Path;

use ort::session::builder::GraphOptimizationLevel;
use ort::session::{Session, SessionInputValue};
use ort::value::Tensor as OrtTensor;
use prost::bytes::Bytes;

use crate::onnx::{Model, Tensor};

use super::fuse_masks::fuse_masks;
use super::hidden_weights::HiddenWeights;
use super::pool::{Pool, Source, open_and_keep, open_file, run_error};
use super::shared_weights::{SharedGraph, SharedWeights};
use super::{ClassifierError, Device, GraphCache};

/// Under this name the folded graph lies in the cache.
pub(super) const FOLDED: &str = "folded";

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
    /// Where weights lie that sessions share.
    pub(super) weights: &'a SharedWeights,
    /// The folded graph with its weights, adopted where it is large.
    pub(super) folded: &'a dyn Fn() -> Result<Model, ClassifierError>,
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
        let kept = self
            .kept(&arranged)
            .or_else(|| self.kept_large(&large))
            .or_else(|| self.kept(&plain));
        if let Some(pool) = kept {
            return Ok(pool);
        }
        let graph = graph()?;
        let weights = graph.graph()?.initializer.iter();
        let bytes: usize = weights
            .map(|t| t.raw_data.as_ref().map_or(0, Bytes::len))
            .sum();
        let many = graph.graph()?.node.len() > MAX_ARRANGED_NODES;
        match (bytes > self.cache.most_arranged, many) {
            (true, false) => return self.large(&large, graph),
            (true, true) => return self.shared(graph, GraphOptimizationLevel::Disable),
            (false, true) => {
                self.cache.store(self.key, &plain, None, &graph);
                if let Some(pool) = self.kept(&plain) {
                    return Ok(pool);
                }
                return Ok(self.unkept(graph.to_bytes(), GraphOptimizationLevel::Disable));
            }
            (false, false) => {}
        }
        let bytes = graph.to_bytes();
        drop(graph);
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
        if let Some(pool) = self.kept(&arranged) {
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

    fn kept(&self, name: &str) -> Option<Pool> {
        let path = self.cache.file(self.key, name)?;
        self.opened(name, Source::file(path, GraphOptimizationLevel::Disable)?)
    }

    fn opened(&self, name: &str, source: Source) -> Option<Pool> {
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

    /// The sessions of a graph whose weights are too many to be written down again.
    fn large(&self, name: &str, graph: Model) -> Result<Pool, ClassifierError> {
        let mut light = graph.clone();
        let folded = (self.folded)()?;
        let hidden = HiddenWeights::of_products(light.graph_mut()?, folded.graph()?);
        let left = light.graph()?.initializer.iter();
        let left: usize = left
            .map(|t| t.raw_data.as_ref().map_or(0, Bytes::len))
            .sum();
        if left <= self.cache.most_arranged {
            let arranged: Result<_, ClassifierError> = self.cache.keep(self.key, name, |place| {
                let Some((path, data)) = place else {
                    return Ok(());
                };
                open_and_keep(&light.to_bytes(), self.workers, path, data)?;
                self.fuse_large(path, &hidden)
            });
            if let Err(error) = arranged {
                tracing::debug!("{name}: not kept: {error}");
            }
            if let Some(pool) = self.kept_large(name) {
                return Ok(pool);
            }
        }
        drop(light);
        self.shared(graph, GraphOptimizationLevel::All)
    }

    /// The sessions of a graph that is not kept; they share its weights.
    fn shared(
        &self,
        mut graph: Model,
        level: GraphOptimizationLevel,
    ) -> Result<Pool, ClassifierError> {
        self.weights.adopt(&mut graph)?;
        let source = Source::Shared(SharedGraph::of(&graph, self.weights, level)?);
        Ok(Pool::new(source, self.device, self.workers, self.run_bytes))
    }

    fn kept_large(&self, name: &str) -> Option<Pool> {
        let path = self.cache.file(self.key, name)?;
        let outline = Model::read_outline(&path).ok()?;
        let folded = (self.folded)().ok()?;
        let constants = &folded.graph.as_ref()?.initializer;
        let source = self.arranged(&path, &outline, constants).ok()?;
        self.opened(name, Source::Shared(source))
    }

    fn arranged(
        &self,
        path: &Path,
        outline: &Model,
        constants: &[Tensor],
    ) -> Result<SharedGraph, ClassifierError> {
        let level = GraphOptimizationLevel::Disable;
        SharedGraph::new(outline, constants, self.weights, Some(path), level)
    }

    /// Lets an arranged graph refer to the weights that were hidden from it, and rewrites it with
    /// operators of our own if it then computes the same.
    fn fuse_large(&self, path: &Path, hidden: &HiddenWeights) -> Result<(), ClassifierError> {
        let whole = Model::read(path)?;
        let mut plain = Model::read_outline(path)?;
        if !hidden.are_read_plainly(plain.graph()?) {
            return Err(ClassifierError::Run(
                "its weights were rewritten".to_owned(),
            ));
        }
        let mut fused = plain.clone();
        let count = fuse_masks(&mut fused, &whole);
        drop(whole);
        hidden.refer(&mut plain);
        hidden.refer(&mut fused);
        plain.save(path)?;
        if count == 0 {
            return Ok(());
        }
        let run = |outline: &Model| {
            let graph = self.arranged(path, outline, hidden.tensors())?;
            trial(&mut graph.open(self.workers)?)
        };
        let tried = run(&plain).and_then(|before| difference(&before, &run(&fused)?));
        match tried {
            Ok(off) if off < SAME => {
                tracing::debug!("{count} products with masks, {off:.1e} off");
                fused.save(path)?;
            }
            failed => {
                tracing::warn!("products with masks are left as they are: {failed:?}");
            }
        }
        Ok(())
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
        let tensor = OrtTensor::from_array((shape.to_vec(), values)).map_err(run_error)?;
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
