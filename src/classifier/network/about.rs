//! What there is to say of a network: its outputs, its layers, what is special about its file.

use std::collections::BTreeMap;
use std::path::Path;

use super::Network;
use crate::autodiff::{self, MissingRule};
use crate::classifier::interface::{ImageInput, ScoreKind};
use crate::classifier::layers::Layers;
use crate::classifier::opening::FileFacts;
use crate::classifier::{ClassifierError, Device, Layout};

/// Operators that draw random numbers.
const RANDOM: [&str; 6] = [
    "RandomNormal",
    "RandomNormalLike",
    "RandomUniform",
    "RandomUniformLike",
    "Bernoulli",
    "Multinomial",
];

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

    pub(in crate::classifier) fn facts(&self) -> &FileFacts {
        &self.facts
    }

    pub(in crate::classifier) fn input(&self) -> &ImageInput {
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

    pub(super) fn spatial_values(&self) -> Option<Layers<'_>> {
        let graph = self.model.graph.as_ref()?;
        let input = (
            self.input.name.as_str(),
            self.input.layout,
            self.input.batch,
        );
        Some(Layers::find(graph, &self.types, input, &self.scores.logits))
    }
}
