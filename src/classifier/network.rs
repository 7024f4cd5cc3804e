//! A network that is ready to run: scores at once, gradients when they are first asked for.

mod look;
mod units;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ndarray::{Array3, ArrayView3};
use ort::session::{Session, SessionInputValue};
use ort::value::TensorRef;

use crate::autodiff::{self, MissingRule};
use crate::memory;
use crate::onnx::{Graph, Model, OnnxError, ValueInfo, ValueType};

use super::deadline::{has_loops, within};
use super::fold::stored_types;
use super::interface::{self, Added, Evidence, ImageInput, ScoreKind, Scores};
use super::kept_sessions::{FOLDED, KeptSessions};
use super::known_files::Stamp;
use super::layers::{Layers, Places, planes_of};
use super::live::{Live, bytes_of};
use super::opened_file::OpenedFile;
use super::opening::{self, Described, FileFacts, Prepared};
use super::pool::{Pool, choose_device, physical_cores, run_error};
use super::shared_weights::{SharedWeights, kernel_bytes};
use super::{
    Attention, ClassifierError, Device, Differentiable, Gradient, GraphCache, LayerGradient,
    Layout, Target,
};
use super::{told, trial};

pub use units::PartNetwork;

/// Operators that draw random numbers.
const RANDOM: [&str; 6] = [
    "RandomNormal",
    "RandomNormalLike",
    "RandomUniform",
    "RandomUniformLike",
    "Bernoulli",
    "Multinomial",
];

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
    gradients: Mutex<HashMap<(String, String), Arc<GradientPool>>>,
    /// Sessions that tell scores and embedding in one pass, without and with Grad-CAM's layer.
    looks: Mutex<HashMap<bool, Arc<look::LookPool>>>,
}

/// Sessions of one gradient graph and the names of its values.
#[derive(Debug)]
struct GradientPool {
    pool: Pool,
    of: String,
    of_dims: Vec<i64>,
    by: String,
    names: autodiff::Names,
}

/// What a run of a gradient graph gives.
struct Swept {
    /// The values of the output.
    of: Vec<f32>,
    /// The values of the inner layer it was differentiated by; empty for the picture.
    by: Vec<f32>,
    gradient: Vec<f32>,
}

/// What `models check` tells of a file.
#[derive(Debug, Clone)]
pub struct NetworkReport {
    /// Name of the picture's input.
    pub input: String,
    /// The order of its dimensions.
    pub layout: Layout,
    /// `[height, width, channels]`.
    pub shape: [usize; 3],
    /// Name of the output.
    pub output: String,
    /// What the scores are.
    pub kind: ScoreKind,
    /// Number of classes.
    pub classes: usize,
    /// The operator set that the gradient is written in.
    pub opset: i64,
    /// Operators after folding, and how many of each.
    pub operators: BTreeMap<String, usize>,
    /// Operators between picture and scores without a gradient rule. Empty: it can be explained.
    pub missing: Vec<MissingRule>,
    /// True when the network computes in 8 bit steps: its gradient is the straight-through one.
    pub quantised: bool,
    /// The layers that Grad-CAM can show, from the picture to the scores.
    pub layers: Vec<String>,
    /// The one that it shows where none is named.
    pub usual_layer: Option<String>,
    /// What there is to say of its outside and of how it was prepared, a sentence each.
    pub notes: Vec<String>,
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

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.file.path
    }

    /// True when the file says how large its pictures are; else any size may be tried.
    #[must_use]
    pub fn has_fixed_size(&self) -> bool {
        self.input.fixed
    }

    /// Number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.scores.classes()
    }

    /// What the scores are.
    #[must_use]
    pub fn kind(&self) -> ScoreKind {
        self.scores.head.kind
    }

    /// True where an answer is a value as the network gives it, and no probability.
    #[must_use]
    pub fn measures(&self) -> bool {
        self.scores.head.measures()
    }

    /// The name of the file's output that holds the scores.
    #[must_use]
    pub fn output(&self) -> &str {
        &self.scores.output
    }

    /// The names of the outputs that hold floats, in the file's order.
    #[must_use]
    pub fn float_outputs(&self) -> Vec<String> {
        let outputs = self.model.graph.iter().flat_map(|g| &g.output);
        outputs.map(|output| output.name().to_owned()).collect()
    }

    /// Numbers a picture in the file's own output: one for two answers of one number.
    #[must_use]
    pub fn output_width(&self) -> usize {
        self.scores.width
    }

    pub(super) fn facts(&self) -> &FileFacts {
        &self.facts
    }

    pub(super) fn input(&self) -> &ImageInput {
        &self.input
    }

    /// What there is to say of its inputs and outputs, and of how the file was prepared, a sentence
    /// each.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = Vec::new();
        let outside = self.input.notes.iter().chain(&self.scores.notes);
        for note in outside.cloned().chain(self.model.notes()) {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        let outputs = &self.facts.outputs.all;
        if outputs
            .iter()
            .all(|output| output.name != self.scores.output)
        {
            notes.push(format!(
                "no output of the file is its scores; explained is the value {} that they are made from",
                crate::text::line(&self.scores.output)
            ));
        }
        let mut nodes = self.model.graph.iter().flat_map(|g| &g.node);
        if let Some(node) = nodes.find(|n| RANDOM.contains(&n.op())) {
            notes.push(format!(
                "its answers differ from run to run: it draws random numbers ({} in {}); export it in evaluation mode",
                node.op(),
                node.label()
            ));
        }
        notes
    }

    /// The order of the dimensions in the file.
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.input.layout
    }

    /// Where it computes.
    #[must_use]
    pub fn device(&self) -> Device {
        self.device
    }

    /// One line when it computes elsewhere than was asked for.
    #[must_use]
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    /// What there is to say of the file.
    ///
    /// # Errors
    /// When the graph contradicts itself.
    pub fn check(&self) -> Result<NetworkReport, ClassifierError> {
        let graph = self.model.graph()?;
        let mut operators = BTreeMap::new();
        for node in &graph.node {
            *operators.entry(node.op().to_owned()).or_insert(0) += 1;
        }
        Ok(NetworkReport {
            input: self.input.name.clone(),
            layout: self.input.layout,
            shape: self.input.shape,
            output: self.scores.output.clone(),
            kind: self.kind(),
            classes: self.classes(),
            opset: self.model.opset(),
            missing: autodiff::missing_rules(
                graph,
                &self.types,
                &self.scores.logits,
                &self.input.name,
            ),
            quantised: [
                "DequantizeLinear",
                "QuantizeLinear",
                "DynamicQuantizeLinear",
            ]
            .into_iter()
            .any(|op| operators.contains_key(op)),
            layers: self.layers(),
            usual_layer: self.usual_layer(),
            notes: self.notes(),
            operators,
        })
    }

    /// The layers that Grad-CAM can show, from the picture to the scores: values inside the network
    /// in which places of the picture lie side by side.
    #[must_use]
    pub fn layers(&self) -> Vec<String> {
        self.spatial_values().map_or_else(Vec::new, |l| l.names())
    }

    /// The layer that Grad-CAM shows where none is named.
    #[must_use]
    pub fn usual_layer(&self) -> Option<String> {
        self.spatial_values()?.usual()
    }

    fn spatial_values(&self) -> Option<Layers<'_>> {
        let graph = self.model.graph.as_ref()?;
        let input = (
            self.input.name.as_str(),
            self.input.layout,
            self.input.batch,
        );
        Some(Layers::find(graph, &self.types, input, &self.scores.logits))
    }

    /// The model's own output (after a final softmax, where it has one) for one picture of the
    /// network's own layout, `[C,H,W]` or `[H,W,C]`.
    ///
    /// # Errors
    /// When the shape is wrong or the network cannot be run.
    pub fn raw_scores(&self, input: ArrayView3<'_, f32>) -> Result<Vec<f32>, ClassifierError> {
        self.forward_scores(self.raw(input)?, &self.scores.output)
    }

    /// The model's own output, and the gradient of its entry `target` in the picture, for one
    /// picture of the network's own layout.
    ///
    /// # Errors
    /// As [`Self::raw_scores`], and when an operator has no gradient rule.
    pub fn raw_gradient(
        &self,
        input: ArrayView3<'_, f32>,
        target: usize,
    ) -> Result<(Vec<f32>, Array3<f32>), ClassifierError> {
        let shape = input.raw_dim();
        let values = self.raw(input)?;
        let gradients = self.gradient_pool(&self.scores.output, &self.input.name)?;
        let mut seed = vec![0.0; self.scores.width];
        *seed.get_mut(target).ok_or(ClassifierError::Class {
            class: target,
            classes: self.scores.width,
        })? = 1.0;
        let swept = self.run_gradient(&gradients, &values, &seed)?;
        let gradient = Array3::from_shape_vec(shape, swept.gradient)
            .map_err(|e| ClassifierError::Run(e.to_string()))?;
        Ok((swept.of, gradient))
    }

    /// The graph that computes logits and gradient, as the bytes of an ONNX file that runs wherever
    /// ONNX Runtime does. Inputs: the picture in the file's own layout, and `saliscope/seed`
    /// `[1, classes]`, the weight of each logit. Outputs: the logits, and `saliscope/gradient`, the
    /// gradient of their weighted sum in the picture.
    ///
    /// # Errors
    /// As [`Differentiable::gradient`].
    pub fn gradient_file(&self) -> Result<Vec<u8>, ClassifierError> {
        let names = autodiff::Names::default();
        let (of, by) = (&self.scores.logits, &self.input.name);
        Ok(self.gradient_graph(of, by, &names)?.to_bytes())
    }

    /// Says that many gradients will be asked for: all sessions for them are then made when the
    /// first is needed.
    pub fn expect_gradients(&self) {
        self.at_once.store(self.parallelism(), Ordering::Relaxed);
    }

    /// Makes the gradient sessions now, so that errors come early and the first gradients are quick.
    ///
    /// # Errors
    /// As [`Differentiable::gradient`].
    pub fn prepare_gradient(&self) -> Result<(), ClassifierError> {
        self.expect_gradients();
        self.gradient_pool(&self.scores.logits, &self.input.name)?
            .pool
            .fill(self.parallelism())
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

    /// Makes the gradient of `of` in `by` and runs it once on zeros.
    pub(super) fn try_gradient(&self, of: &str, by: &str) -> Result<(), ClassifierError> {
        let gradients = self.gradient_pool(of, by)?;
        self.run_gradient(&gradients, &self.zeros(), &self.seed(Target::Class(0))?)?;
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

    /// The derivative of the target by each explained value.
    fn seed(&self, target: Target) -> Result<Vec<f32>, ClassifierError> {
        let classes = self.classes();
        let mut seed = vec![0.0; classes];
        let mut add = |class: usize, weight: f32| match seed.get_mut(class) {
            Some(slot) => {
                *slot += weight;
                Ok(())
            }
            None => Err(ClassifierError::Class { class, classes }),
        };
        match target {
            Target::Class(class) => add(class, 1.0)?,
            Target::Contrast { class, against } => {
                add(class, 1.0)?;
                add(against, -1.0)?;
            }
        }
        Ok(self.scores.head.gather(seed))
    }

    /// The graph of the forward and the backward pass.
    fn gradient_graph(
        &self,
        of: &str,
        by: &str,
        names: &autodiff::Names,
    ) -> Result<Model, ClassifierError> {
        let whole = self.whole()?;
        let graph = autodiff::differentiate(whole.graph()?, &self.types, of, by, names)?;
        crate::onnx::limit_nodes("nodes in its gradient", graph.node.len())?;
        let mut model = Model::new(graph, whole.opset());
        model.opset_import.clone_from(&whole.opset_import);
        model.ir_version = model.ir_version.max(whole.ir_version);
        Ok(model)
    }

    /// The sessions for the gradient of the value `of` in the value `by`.
    fn gradient_pool(&self, of: &str, by: &str) -> Result<Arc<GradientPool>, ClassifierError> {
        let key = (of.to_owned(), by.to_owned());
        let mut pools = self
            .gradients
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = pools.get(&key) {
            return Ok(Arc::clone(found));
        }
        let [height, width, _] = self.input.shape;
        let what = format!("a gradient of this network for {width} x {height} pixels");
        let picture = self.input.value_type();
        let arrays = bytes_of(&picture).saturating_mul(ARRAYS);
        let bytes = self.gradient_bytes.saturating_add(arrays);
        memory::allow(&what, bytes, "choose smaller pictures")?;
        let kind = format!("gradient of {of} by {by}");
        let stranger = trial::is_needed(&self.asked, &self.key, &kind);
        if stranger {
            let what = Some((of.to_owned(), by.to_owned()));
            let size = trial::Size::of(&self.model);
            trial::run(&self.file.path, size, &self.asked, what)?;
        }
        let names = autodiff::Names::default();
        let folded = || self.whole();
        let at_once = self.at_once.load(Ordering::Relaxed);
        let kept = self.kept_sessions(at_once, self.gradient_bytes, &folded);
        let pool = kept.pool(&kind, || self.gradient_graph(of, by, &names))?;
        let of_dims = self
            .types
            .get(of)
            .map(|t| t.dims.clone())
            .unwrap_or_default();
        if stranger {
            self.cache.remember_trial(&self.key, &kind);
        }
        let made = Arc::new(GradientPool {
            pool,
            of: of.to_owned(),
            of_dims,
            by: by.to_owned(),
            names,
        });
        pools.insert(key, Arc::clone(&made));
        Ok(made)
    }

    /// Runs a gradient graph.
    fn run_gradient(
        &self,
        gradients: &GradientPool,
        values: &[f32],
        seed: &[f32],
    ) -> Result<Swept, ClassifierError> {
        let dims = self.input.value_type().dims;
        // Of several pictures at once, the scores of the first.
        let count = gradients.of_dims.iter().product::<i64>();
        let mut seed = seed.to_vec();
        seed.resize(usize::try_from(count).unwrap_or(0), 0.0);
        let seed = seed.as_slice();
        gradients.pool.with(|session: &mut Session| {
            let picture =
                TensorRef::from_array_view((dims.as_slice(), values)).map_err(run_error)?;
            let seed = TensorRef::from_array_view((gradients.of_dims.as_slice(), seed))
                .map_err(run_error)?;
            let inputs: Vec<(&str, SessionInputValue<'_>)> = vec![
                (&self.input.name, picture.into()),
                (&gradients.names.seed, seed.into()),
            ];
            within(self.loops, |bounds| {
                let outputs = session
                    .run_with_options(inputs, bounds)
                    .map_err(run_error)?;
                let by = if gradients.by == self.input.name {
                    Vec::new()
                } else {
                    floats(&outputs, &gradients.by)?
                };
                let mut of = floats(&outputs, &gradients.of)?;
                of.truncate(self.scores.width);
                Ok(Swept {
                    of,
                    by,
                    gradient: floats(&outputs, &gradients.names.gradient)?,
                })
            })
        })
    }
}

impl Differentiable for Network {
    fn input_shape(&self) -> [usize; 3] {
        self.input.shape
    }

    fn parallelism(&self) -> usize {
        // Sessions may not be there yet: what they will be, by the weights. Those of large networks
        // share all but the kernels.
        let bytes = match self.model.weight_bytes() {
            large if large > self.cache.most_arranged => kernel_bytes(&self.model),
            bytes => bytes,
        };
        Pool::limit_for(bytes, self.device, self.workers)
    }

    fn logits(&self, input: ArrayView3<'_, f32>) -> Result<Vec<f32>, ClassifierError> {
        let values = self.forward_scores(self.laid_out(input)?, &self.scores.logits)?;
        Ok(self.scores.head.spread(self.finite(values)?))
    }

    fn probabilities(&self, logits: &[f32]) -> Vec<f32> {
        self.scores.head.probabilities(logits)
    }

    fn gradient(
        &self,
        input: ArrayView3<'_, f32>,
        target: Target,
    ) -> Result<Gradient, ClassifierError> {
        let values = self.laid_out(input)?;
        let seed = self.seed(target)?;
        let gradients = self.gradient_pool(&self.scores.logits, &self.input.name)?;
        let swept = self.run_gradient(&gradients, &values, &seed)?;
        let [h, w, c] = self.input.shape;
        let input = match self.input.layout {
            Layout::Nhwc => Array3::from_shape_vec((h, w, c), swept.gradient),
            Layout::Nchw => Array3::from_shape_vec((h, w, c), of_planes(&swept.gradient, c)),
        };
        Ok(Gradient {
            logits: self.scores.head.spread(swept.of),
            input: input.map_err(|e| ClassifierError::Run(e.to_string()))?,
        })
    }

    fn layer_gradient(
        &self,
        input: ArrayView3<'_, f32>,
        target: Target,
        layer: Option<&str>,
    ) -> Result<LayerGradient, ClassifierError> {
        let layers = self.spatial_values();
        let layer =
            match layer {
                Some(layer) => layer.to_owned(),
                None => layers.as_ref().and_then(Layers::usual).ok_or_else(|| {
                    ClassifierError::Layer {
                        layer: "last with places".to_owned(),
                        why: "no value inside the network has more than one place".to_owned(),
                    }
                })?,
            };
        let bad = |why: &str| ClassifierError::Layer {
            layer: layer.clone(),
            why: why.to_owned(),
        };
        let Some(dims) = self.types.get(&layer).map(|t| t.dims.as_slice()) else {
            return Err(bad(
                "there is none of that name; `models check` lists those there are",
            ));
        };
        let places = layers.as_ref().and_then(|l| l.places(&layer));
        let places = places.or_else(|| matches!(dims, [1, _, _, _]).then_some(Places::Planes));
        let Some(places) = places else {
            return Err(bad(
                "places of the picture do not lie side by side in it; choose one that `models check` lists",
            ));
        };
        let gradients = self.gradient_pool(&self.scores.logits, &layer)?;
        let swept = self.run_gradient(&gradients, &self.laid_out(input)?, &self.seed(target)?)?;
        let array = |values| {
            planes_of(places, dims, values).ok_or_else(|| bad("its values do not fit its shape"))
        };
        Ok(LayerGradient {
            activation: array(swept.by)?,
            gradient: array(swept.gradient)?,
            layer: layer.clone(),
        })
    }

    fn attention(&self, input: ArrayView3<'_, f32>) -> Result<Attention, ClassifierError> {
        let bad = |why: &str| ClassifierError::Layer {
            layer: "attention".to_owned(),
            why: why.to_owned(),
        };
        let found = self.spatial_values().and_then(|l| {
            let (names, places) = l.attention()?;
            Some((names, places)).filter(|(names, _)| !names.is_empty())
        });
        let Some((
            names,
            Places::Tokens {
                first,
                height,
                width,
            },
        )) = found
        else {
            return Err(bad(
                "the network has none between all places of the picture; use another method",
            ));
        };
        let values = self.laid_out(input)?;
        let dims = self.input.value_type().dims;
        let blocks = self.attention_pool(&names)?.with(|session| {
            let picture = TensorRef::from_array_view((dims.as_slice(), values.as_slice()))
                .map_err(run_error)?;
            let outputs = session
                .run(ort::inputs![self.input.name.as_str() => picture])
                .map_err(run_error)?;
            let block = |name: &&str| {
                let values = floats(&outputs, name)?;
                let dims = self.types.get(*name).map(|t| t.dims.clone());
                let tokens = dims.and_then(|d| d.last().copied()).unwrap_or(0);
                let tokens = usize::try_from(tokens).unwrap_or(0).max(1);
                let heads = values.len() / (tokens * tokens);
                Array3::from_shape_vec((heads, tokens, tokens), values)
                    .map_err(|e| bad(&e.to_string()))
            };
            names.iter().map(block).collect::<Result<Vec<_>, _>>()
        })?;
        let size = |d: i64| usize::try_from(d).unwrap_or(0);
        Ok(Attention {
            blocks,
            first: size(first),
            places: [size(height), size(width)],
        })
    }
}

impl Network {
    /// The sessions that put out the attention weights of `names`.
    fn attention_pool(&self, names: &[&str]) -> Result<Arc<Pool>, ClassifierError> {
        let mut pool = self
            .attention
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = &*pool {
            return Ok(Arc::clone(made));
        }
        let folded = || self.whole();
        let kept = self.kept_sessions(1, self.forward_bytes, &folded);
        let made = kept.pool("attention", || {
            outputs_graph(&self.whole()?, &self.types, names.iter().copied())
        })?;
        Ok(Arc::clone(pool.insert(Arc::new(made))))
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

/// The values of `[height, width, channels]`, channel after channel.
fn planes(input: ArrayView3<'_, f32>) -> Vec<f32> {
    let Some(values) = input.as_slice() else {
        return input.permuted_axes([2, 0, 1]).iter().copied().collect();
    };
    let channels = input.dim().2;
    let mut planes = Vec::with_capacity(values.len());
    for channel in 0..channels {
        planes.extend(values.iter().skip(channel).step_by(channels));
    }
    planes
}

/// Values that lie channel after channel, as `[height, width, channels]`.
fn of_planes(values: &[f32], channels: usize) -> Vec<f32> {
    let mut pixels = vec![0.0; values.len()];
    let plane = values.len() / channels.max(1);
    for (channel, plane) in values.chunks(plane.max(1)).enumerate() {
        let places = pixels.iter_mut().skip(channel).step_by(channels);
        places.zip(plane).for_each(|(to, &from)| *to = from);
    }
    pixels
}

/// The forward graph: the folded one with the logits as an output too.
fn forward_graph(
    model: &Model,
    types: &BTreeMap<String, ValueType>,
    scores: &Scores,
) -> Result<Model, ClassifierError> {
    let mut names = vec![scores.output.as_str()];
    if scores.logits != scores.output {
        names.push(&scores.logits);
    }
    outputs_graph(model, types, names.into_iter())
}

/// The forward graph with these outputs.
fn outputs_graph<'a>(
    model: &Model,
    types: &BTreeMap<String, ValueType>,
    names: impl Iterator<Item = &'a str>,
) -> Result<Model, ClassifierError> {
    let graph = model.graph()?;
    let output = names
        .map(|name| types.get(name).map(|t| ValueInfo::new(name, t)))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| OnnxError::Graph("an output has no type".to_owned()))?;
    let mut forward = Graph {
        output,
        value_info: Vec::new(),
        ..graph.clone()
    };
    forward.prune();
    Ok(Model {
        graph: Some(forward),
        ir_version: model.ir_version,
        opset_import: model.opset_import.clone(),
        functions: model.functions.clone(),
        ..Model::default()
    })
}

/// The values of a float output.
fn floats(
    outputs: &ort::session::SessionOutputs<'_>,
    name: &str,
) -> Result<Vec<f32>, ClassifierError> {
    let value = outputs
        .get(name)
        .ok_or_else(|| ClassifierError::Run(format!("the output {name:?} is missing")))?;
    let (_, values) = value.try_extract_tensor::<f32>().map_err(run_error)?;
    Ok(values.to_vec())
}
