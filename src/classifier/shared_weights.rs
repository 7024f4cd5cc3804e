//! Weights in memory that all sessions of a network read where they lie: the scores' and the
//! gradients', of every worker. A network of 550 MB is held once.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::{DynValue, Tensor as OrtTensor};
use prost::bytes::Bytes;

use crate::onnx::{ElementType, Model, Tensor};

use super::pool::{builder, quietly, run_error};
use super::{ClassifierError, Device, masked_product};

/// Constants of fewer bytes are copied.
const LEAST_BYTES: usize = 64 << 10;

/// The weights of one network that sessions share, by where they lie in memory.
#[derive(Default)]
pub(super) struct SharedWeights(Mutex<HashMap<usize, Arc<DynValue>>>);

impl fmt::Debug for SharedWeights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedWeights")
            .field(&self.lock().len())
            .finish()
    }
}

/// Keeps a value while its bytes are in use.
struct Owner(Arc<DynValue>);

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        let values = self.0.try_extract_tensor::<f32>();
        values.map_or(&[], |(_, values)| bytemuck::cast_slice(values))
    }
}

impl SharedWeights {
    /// Moves the large constants of a model to where sessions can read them.
    pub(super) fn adopt(&self, model: &mut Model) -> Result<(), ClassifierError> {
        for tensor in &mut model.graph_mut()?.initializer {
            let bytes = tensor.raw_data.as_ref().map_or(0, Bytes::len);
            let single = tensor.element() == Some(ElementType::F32);
            if self.value(tensor).is_some() {
                continue;
            }
            if !single || bytes < LEAST_BYTES {
                // A part of the file would keep all of it in memory.
                tensor.raw_data = tensor.raw_data.as_deref().map(Bytes::copy_from_slice);
                continue;
            }
            let values = tensor.to_f32()?;
            tensor.raw_data = None;
            let value = OrtTensor::from_array((tensor.dims.clone(), values)).map_err(run_error)?;
            let value = Arc::new(value.into_dyn());
            let raw = Bytes::from_owner(Owner(Arc::clone(&value)));
            self.lock().insert(raw.as_ptr() as usize, value);
            tensor.raw_data = Some(raw);
        }
        Ok(())
    }

    /// The values of a constant as sessions take them, if they were moved there.
    fn value(&self, tensor: &Tensor) -> Option<Arc<DynValue>> {
        let at = tensor.raw_data.as_ref()?.as_ptr() as usize;
        self.lock().get(&at).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<usize, Arc<DynValue>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes of the kernels of convolutions, which every session arranges for itself.
pub(super) fn kernel_bytes(model: &Model) -> usize {
    let graph = model.graph.iter();
    let convolutions = graph.flat_map(|g| &g.node).filter(|n| n.op() == "Conv");
    let kernels: HashSet<&str> = convolutions.filter_map(|n| n.input(1)).collect();
    let weights = model.graph.iter().flat_map(|g| &g.initializer);
    let kernels = weights.filter(|t| kernels.contains(t.name()));
    kernels
        .filter_map(|t| Some(t.element()?.bytes_of(t.count().ok()?)))
        .sum()
}

/// A graph whose large weights are shared.
#[derive(Debug)]
pub(super) struct SharedGraph {
    /// The graph without them.
    outline: Vec<u8>,
    /// Where files with its other constants lie.
    folder: Option<PathBuf>,
    /// Bytes of those.
    own_bytes: usize,
    /// What is left to optimise.
    level: GraphOptimizationLevel,
    values: Vec<(String, Arc<DynValue>)>,
}

impl SharedGraph {
    /// A graph in memory, of which that much is left to optimise.
    pub(super) fn of(
        model: &Model,
        weights: &SharedWeights,
        level: GraphOptimizationLevel,
    ) -> Result<Self, ClassifierError> {
        let mut outline = model.clone();
        let graph = outline.graph_mut()?;
        let large = |tensor: &Tensor| weights.value(tensor).is_some();
        let shared: Vec<Tensor> = graph.initializer.extract_if(.., |t| large(t)).collect();
        outline.refer(&shared);
        Self::new(&outline, &shared, weights, None, level)
    }

    /// A graph that refers to some of `constants`, which were adopted. `file` is where it is kept,
    /// with others of its constants beside it.
    pub(super) fn new(
        outline: &Model,
        constants: &[Tensor],
        weights: &SharedWeights,
        file: Option<&Path>,
        level: GraphOptimizationLevel,
    ) -> Result<Self, ClassifierError> {
        let constants: HashMap<&str, &Tensor> = constants.iter().map(|t| (t.name(), t)).collect();
        let mut values = Vec::new();
        let mut own_bytes = 0;
        for (name, place) in outline.places() {
            if !place.is_elsewhere() {
                own_bytes += place.length;
                continue;
            }
            let value = constants.get(name.as_str()).and_then(|t| weights.value(t));
            let Some(value) = value else {
                let why = format!("the values of {name:?} are not where they were");
                return Err(ClassifierError::Run(why));
            };
            values.push((name, value));
        }
        let mut outline = outline.clone();
        let name = file.and_then(Path::file_name);
        if let Some(name) = name.and_then(|name| name.to_str()) {
            outline.pretend_elsewhere_is(name);
        }
        Ok(Self {
            outline: outline.to_bytes(),
            folder: file.and_then(Path::parent).map(Path::to_owned),
            own_bytes: usize::try_from(own_bytes).unwrap_or(usize::MAX),
            level,
            values,
        })
    }

    /// Bytes of what is not shared.
    pub(super) fn len(&self) -> usize {
        self.outline.len() + self.own_bytes
    }

    /// A session; it holds the weights that it reads.
    pub(super) fn open(&self, threads: usize) -> Result<Session, ClassifierError> {
        let own = masked_product::domain().map_err(run_error)?;
        let mut builder = builder(Device::Cpu, threads, self.level)?
            .with_operators(own)
            .map_err(run_error)?
            // Matrices in the order that products work in would be a copy for every session.
            .with_config_entry("session.disable_prepacking", "1")
            .map_err(run_error)?;
        if let Some(folder) = self.folder.as_ref().and_then(|folder| folder.to_str()) {
            builder = builder
                .with_config_entry(
                    "session.model_external_initializers_file_folder_path",
                    folder,
                )
                .map_err(run_error)?;
        }
        for (name, value) in &self.values {
            let value = Arc::clone(value);
            // The first is read where it lies, but only of a graph in a file; the second is copied.
            builder = if self.folder.is_some() {
                builder.with_initializer(name, value)
            } else {
                builder.with_external_initializer(name, value)
            }
            .map_err(run_error)?;
        }
        quietly(|| builder.commit_from_memory(&self.outline))
    }
}
