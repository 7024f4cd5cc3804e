//! Sessions that open quickly: their graphs are kept as ONNX Runtime has arranged them, or, for
//! large networks, with the weights that the folded graph has already.

use ort::session::builder::GraphOptimizationLevel;

use crate::onnx::Model;

use super::pool::{Pool, Source, open_and_keep};
use super::{ClassifierError, Device, GraphCache};

/// Under this name the folded graph lies in the cache.
pub(super) const FOLDED: &str = "folded";

/// Graphs up to this size are kept once more as ONNX Runtime arranges them. Of larger ones reading
/// and writing would take longer than the arranging.
const MAX_ARRANGED_BYTES: usize = 192 << 20;

/// Where the sessions of one network are kept and what they run on.
pub(super) struct KeptSessions<'a> {
    pub(super) cache: &'a GraphCache,
    pub(super) key: &'a str,
    pub(super) device: Device,
    pub(super) workers: usize,
    /// How many sessions to make at once where a kept graph is there.
    pub(super) at_once: usize,
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
            let source = Source::Bytes(graph()?.to_bytes());
            return Ok(Pool::new(source, self.device, self.workers));
        }
        let arranged = format!("arranged {kind}");
        let large = format!("large {kind}");
        for (name, level) in [
            (&arranged, GraphOptimizationLevel::Disable),
            (&large, GraphOptimizationLevel::All),
        ] {
            if let Some(pool) = self.kept(name, level) {
                return Ok(pool);
            }
        }
        let graph = graph()?;
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
            let source = Source::Bytes(bytes);
            return Ok(Pool::new(source, self.device, self.workers));
        }
        let pool = Pool::new(Source::Bytes(bytes), self.device, self.workers);
        let Source::Bytes(bytes) = pool.source() else {
            return Ok(pool);
        };
        let session = self.cache.keep(self.key, &arranged, |place| match place {
            Some((path, data)) => open_and_keep(bytes, pool.threads(), path, data).map(Some),
            None => Ok(None),
        });
        match session {
            Ok(Some(session)) => pool.adopt(session),
            Ok(None) => {}
            // A full disk must not stand in the way: the sessions are then made without it.
            Err(error) => tracing::debug!("{kind}: not kept: {error}"),
        }
        Ok(pool)
    }

    fn kept(&self, name: &str, level: GraphOptimizationLevel) -> Option<Pool> {
        let path = self.cache.file(self.key, name)?;
        let source = Source::file(path, level)?;
        let pool = Pool::new(source, self.device, self.workers);
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
