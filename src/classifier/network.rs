//! A network that is ready to run: scores at once, gradients when they are first asked for.

mod about;
mod gradient;
mod look;
mod units;
mod values;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};

use ndarray::ArrayView3;
use ort::value::TensorRef;

use crate::memory;
use crate::onnx::{Graph, Model, OnnxError, ValueType};

use super::deadline::{has_loops, within};
use super::fold::stored_types;
use super::interface::{self, Added, Evidence, ImageInput, ScoreKind, Scores};
use super::kept_sessions::{FOLDED, KeptSessions};
use super::known_files::Stamp;
use super::live::{Live, bytes_of};
use super::opened_file::OpenedFile;
use super::opening::{self, Described, FileFacts, Prepared};
use super::pool::{Pool, choose_device, physical_cores, run_error};
use super::shared_weights::SharedWeights;
use super::{ClassifierError, Device, GraphCache, Layout, told, trial};

use values::{floats, forward_graph, planes};

pub use about::NetworkReport;
pub use units::PartNetwork;

/// Arrays of the picture's size that a method holds beside the values of a pass: the picture, its
/// baseline, sums, and what the map is made of.
const ARRAYS: u64 = 12;
/// Those of them that each run has for itself: what it is given, in either order of channels, and
/// its result.
const ARRAYS_OF_A_RUN: u64 = 4;

/// How to open a network.
#[derive(Debug, Clone, Default)]
pub struct NetworkOptions {
    /// `[height, width]` of the pictures, for files that leave it open. Must agree with a size that
    /// the file fixes.
    pub size: Option<[usize; 2]>,
    /// The output that holds the scores; found by evidence where it is not named.
    pub output: Option<String>,
    /// What the scores are, as a person says.
    pub kind: Option<ScoreKind>,
    /// What is known of the network beside its file; where the file says otherwise, the file holds.
    pub described: Described,
    /// Where to compute.
    pub device: Device,
    /// Calls that can run at the same time; by default one per physical core.
    pub workers: Option<usize>,
    /// Where prepared graphs are kept for the next start.
    pub cache: GraphCache,
    /// True for a file that is known to be what its maker published: it is opened untried.
    pub trusted: bool,
}

/// An ONNX classifier, folded, with sessions for scores and for gradients.
///
/// Pictures are `f32`, in network units (after normalisation). All calls may come from several
/// threads at once; sessions are made when they are needed.
#[derive(Debug)]
pub struct Network {
    file: OpenedFile,
    /// The folded graph; without the values of its large constants when it comes from the cache.
    model: Model,
    types: BTreeMap<String, ValueType>,
    input: ImageInput,
    facts: FileFacts,
    scores: Scores,
    /// What was added to the folded graph for the scores.
    added: Added,
    device: Device,
    notice: Option<String>,
    workers: usize,
    /// Memory that the values of a forward pass take.
    forward_bytes: u64,
    /// Memory that the values of a forward and a backward pass take.
    gradient_bytes: u64,
    /// True when a run may have no end.
    loops: bool,
    /// How it was asked for: a trial opens it the same way.
    asked: NetworkOptions,
    cache: GraphCache,
    /// Identifies the folded graph in the cache.
    key: String,
    /// How many gradient sessions to make when the first is needed.
    at_once: AtomicUsize,
    /// The weights that the sessions of a large network share.
    weights: SharedWeights,
    /// The folded graph of a large network with those weights, once it was needed.
    whole: Mutex<Option<Model>>,
    /// Sessions for the scores, once they were asked for.
    forward: Mutex<Option<Arc<Pool>>>,
    /// Sessions for the attention weights, once they were asked for.
    attention: Mutex<Option<Arc<Pool>>>,
    /// Gradient sessions by what is differentiated by what.
    gradients: Mutex<HashMap<(String, String), Arc<gradient::GradientPool>>>,
    /// Sessions that tell scores and embedding in one pass, without and with Grad-CAM's layer.
    looks: Mutex<HashMap<bool, Arc<look::LookPool>>>,
}

impl Network {
    /// Reads, checks and folds the file, and opens a session for the scores. A file that was
    /// opened before, and has not changed since, is neither read nor tried again: its sessions
    /// are made when they are needed.
    ///
    /// # Errors
    /// When the file cannot be read, is not a picture classifier, or ONNX Runtime is missing or
    /// refuses it.
    pub fn open(path: &Path, options: &NetworkOptions) -> Result<Self, ClassifierError> {
        let stamp = Stamp::of(path);
        let tried = opening::trial_of(options);
        // A trial that failed has opened the file too.
        if let Some(prepared) = opening::recall(options, stamp.as_ref())
            && !trial::is_needed(
                options,
                &opening::trial_key(options, &prepared.known.content),
                &tried,
            )
        {
            let file = OpenedFile::new(path, stamp, prepared.known.content.clone());
            return Self::of_folded(file, options, prepared);
        }
        let named = |error: OnnxError| ClassifierError::from(error).refused(path);
        let (mut model, in_one_file) = Model::read_whole(path).map_err(named)?;
        let sorted = model.graph_mut().and_then(Graph::sort);
        sorted.map_err(named)?;
        let content = options.cache.content(&model);
        let trial_key = opening::trial_key(options, &content);
        let stranger = trial::is_needed(options, &trial_key, &tried);
        let mut prepared = None;
        if stranger {
            trial::run(path, trial::Size::of(&model), options, None)?;
            // The other process has found which of several sizes fits.
            prepared = opening::recall(options, stamp.as_ref())
                .filter(|prepared| prepared.known.content == content);
        }
        let prepared = match prepared {
            // Its weights are at hand.
            Some(mut prepared) if model.weight_bytes() > options.cache.most_arranged => {
                if let Some(whole) = options.cache.load(&prepared.key, FOLDED, &model) {
                    prepared.folded = whole;
                }
                drop(model);
                prepared
            }
            Some(prepared) => {
                drop(model);
                prepared
            }
            None => opening::prepare(model, content, path, options)?,
        };
        // Of several files one could change unseen.
        let stamp = stamp.filter(|_| in_one_file);
        let content = prepared.known.content.clone();
        let file = OpenedFile::new(path, stamp.clone(), content.clone());
        let mut network = Self::of_folded(file, options, prepared)?;
        network
            .forward()
            .and_then(|pool| pool.warm())
            .map_err(|e| e.refused(path))?;
        network.find_given().map_err(|e| e.refused(path))?;
        let cache = &options.cache;
        if stranger {
            cache.remember_trial(&trial_key, &tried);
        }
        let known = opening::Known {
            content,
            input: network.input.clone(),
            facts: network.facts.clone(),
        };
        let fact = serde_json::to_string(&known).unwrap_or_default();
        cache.remember(path, stamp.as_ref(), &opening::kind(options), &fact);
        Ok(network)
    }

    fn of_folded(
        file: OpenedFile,
        options: &NetworkOptions,
        prepared: Prepared,
    ) -> Result<Self, ClassifierError> {
        let Prepared {
            known,
            key,
            folded: mut model,
        } = prepared;
        let mut types = stored_types(&model)?;
        let mut counts = options.described.label_counts.clone();
        if counts.is_empty() {
            counts = told::label_counts_in_metadata(&known.facts.metadata);
        }
        let evidence = Evidence {
            output: options.output.as_deref(),
            kind: options.kind,
            described: options.described.kind,
            counts: &counts,
            names: known.facts.outputs.names.as_deref(),
            batch: known.input.batch,
            given: known.facts.given,
        };
        let (scores, added) = Scores::find(model.graph()?, &file.path, evidence)?;
        added.add_to(model.graph_mut()?, Some(&mut types));
        let (device, notice) = choose_device(options.device, || {
            let whole = file.whole(&model, &options.cache, &key, &known.input, &added)?;
            Ok(forward_graph(&whole, &types, &scores)?.to_bytes())
        })?;
        let weights = SharedWeights::default();
        if device == Device::Cpu && model.weight_bytes() > options.cache.most_arranged {
            weights.adopt(&mut model)?;
        }
        let live = Live::of(model.graph()?, &types);
        let gradient_bytes = live.all.saturating_add(live.peak);
        // All that run at the same time share what one piece of work may take.
        let arrays = bytes_of(&known.input.value_type()).saturating_mul(ARRAYS_OF_A_RUN);
        let fitting = memory::limit() / gradient_bytes.saturating_add(arrays).max(1);
        let workers = options.workers.unwrap_or_else(physical_cores);
        let workers = workers
            .min(usize::try_from(fitting).unwrap_or(usize::MAX))
            .max(1);
        Ok(Self {
            file,
            weights,
            whole: Mutex::default(),
            types,
            input: known.input,
            facts: known.facts,
            scores,
            added,
            device,
            notice,
            workers,
            forward_bytes: live.peak.saturating_mul(2),
            gradient_bytes,
            loops: has_loops(&model),
            asked: options.clone(),
            cache: options.cache.clone(),
            key,
            at_once: AtomicUsize::new(1),
            forward: Mutex::default(),
            attention: Mutex::default(),
            gradients: Mutex::default(),
            looks: Mutex::default(),
            model,
        })
    }

    /// Computes scores that look like logits for some pictures, to see whether they are
    /// probabilities already. What cannot be computed stays as it is.
    ///
    /// # Errors
    /// When a network with loops was stopped.
    fn find_given(&mut self) -> Result<(), ClassifierError> {
        if self.asked.kind.is_some() || !self.scores.head.is_open() {
            return Ok(());
        }
        let shape = self.input.shape.iter().product();
        let scores = probes(shape)
            .into_iter()
            .map(|values| self.forward_scores(values, &self.scores.output))
            .collect::<Result<Vec<_>, _>>();
        let scores = match scores {
            Err(error) if self.loops => return Err(error),
            scores => scores.ok(),
        };
        if let Some(kind) = scores.and_then(|scores| interface::given(&scores, self.scores.shares))
        {
            self.facts.given = Some(kind);
            self.scores.head.give(kind);
            self.scores
                .notes
                .extend(self.scores.head.note.map(str::to_owned));
        }
        Ok(())
    }

    /// SHA-256 of the file.
    ///
    /// # Errors
    /// When the file has gone.
    pub(super) fn sha256(&self) -> std::io::Result<String> {
        self.cache.sha256(&self.file.path)
    }

    /// The sessions for the scores.
    fn forward(&self) -> Result<Arc<Pool>, ClassifierError> {
        let mut forward = self.forward.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = &*forward {
            return Ok(Arc::clone(made));
        }
        let kind = format!("scores {} {}", self.scores.output, self.scores.logits);
        let folded = || self.whole();
        let kept = self.kept_sessions(1, self.forward_bytes, &folded);
        let made = kept.pool(&kind, || {
            forward_graph(&self.whole()?, &self.types, &self.scores)
        })?;
        let made = Arc::new(made);
        *forward = Some(Arc::clone(&made));
        Ok(made)
    }

    fn kept_sessions<'a>(
        &'a self,
        at_once: usize,
        run_bytes: u64,
        folded: &'a dyn Fn() -> Result<Model, ClassifierError>,
    ) -> KeptSessions<'a> {
        KeptSessions {
            weights: &self.weights,
            folded,
            cache: &self.cache,
            key: &self.key,
            device: self.device,
            workers: self.workers,
            at_once,
            run_bytes,
        }
    }

    /// The folded graph with all its constants; those of a large one are where sessions share them.
    fn whole(&self) -> Result<Model, ClassifierError> {
        let mut kept = self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(whole) = &*kept {
            return Ok(whole.clone());
        }
        let file = &self.file;
        let mut whole = file.whole(
            &self.model,
            &self.cache,
            &self.key,
            &self.input,
            &self.added,
        )?;
        if whole.weight_bytes() > self.cache.most_arranged {
            self.weights.adopt(&mut whole)?;
            *kept = Some(whole.clone());
        }
        Ok(whole)
    }

    /// The model's own output (after a final softmax, where it has one) for one picture of the
    /// network's own layout, `[C,H,W]` or `[H,W,C]`.
    ///
    /// # Errors
    /// When the shape is wrong or the network cannot be run.
    pub fn raw_scores(&self, input: ArrayView3<'_, f32>) -> Result<Vec<f32>, ClassifierError> {
        self.forward_scores(self.raw(input)?, &self.scores.output)
    }

    fn raw(&self, input: ArrayView3<'_, f32>) -> Result<Vec<f32>, ClassifierError> {
        let expected = self.input.value_type().dims;
        let given: Vec<i64> = input.shape().iter().map(|&d| d as i64).collect();
        if expected.get(1..) != Some(given.as_slice()) {
            return Err(ClassifierError::InputShape { expected, given });
        }
        Ok(input.iter().copied().collect())
    }

    /// The values of a picture in the file's layout.
    fn laid_out(&self, input: ArrayView3<'_, f32>) -> Result<Vec<f32>, ClassifierError> {
        if input.shape() != self.input.shape {
            return Err(ClassifierError::InputShape {
                expected: self.input.shape.iter().map(|&d| d as i64).collect(),
                given: input.shape().iter().map(|&d| d as i64).collect(),
            });
        }
        Ok(match self.input.layout {
            Layout::Nhwc => input.iter().copied().collect(),
            Layout::Nchw => planes(input),
        })
    }

    fn forward_scores(&self, values: Vec<f32>, output: &str) -> Result<Vec<f32>, ClassifierError> {
        let dims = self.input.value_type().dims;
        self.forward()?.with(|session| {
            let picture = TensorRef::from_array_view((dims.as_slice(), values.as_slice()))
                .map_err(run_error)?;
            let inputs = ort::inputs![self.input.name.as_str() => picture];
            within(self.loops, |bounds| {
                let outputs = session
                    .run_with_options(inputs, bounds)
                    .map_err(run_error)?;
                let mut scores = floats(&outputs, output)?;
                // Of several pictures at once, the first.
                scores.truncate(self.scores.width);
                Ok(scores)
            })
        })
    }

    /// Runs the network once on zeros.
    pub(super) fn try_scores(&self) -> Result<(), ClassifierError> {
        self.forward_scores(self.zeros(), &self.scores.output)?;
        Ok(())
    }

    fn zeros(&self) -> Vec<f32> {
        vec![0.0; self.input.shape.iter().product()]
    }

    /// Scores that can be told and compared.
    fn finite(&self, scores: Vec<f32>) -> Result<Vec<f32>, ClassifierError> {
        let count = |is: fn(&f32) -> bool| scores.iter().filter(|s| is(s)).count();
        let (nan, infinite) = (count(|s| s.is_nan()), count(|s| s.is_infinite()));
        if nan + infinite == 0 {
            return Ok(scores);
        }
        Err(ClassifierError::NotFinite {
            path: self.file.path.clone(),
            scores: format!("{nan} NaN and {infinite} infinite of {}", scores.len()),
        })
    }
}

/// Pictures of `count` numbers without a pattern, in the ranges that networks are fed with.
fn probes(count: usize) -> [Vec<f32>; 3] {
    [(0.0, 1.0), (-2.0, 2.0), (0.0, 255.0)].map(|(low, high)| {
        let mut state = 1_u32;
        let mut next = || {
            // A linear congruential generator (Numerical Recipes).
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            low + (high - low) * ((state >> 8) as f32 / (1_u32 << 24) as f32)
        };
        (0..count).map(|_| next()).collect()
    })
}
