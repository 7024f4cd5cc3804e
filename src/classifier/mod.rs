//! A classifier: an ONNX file with its input size, normalisation and labels.

mod adopt;
mod batch_gradient;
mod catalog;
mod deadline;
mod device;
mod differentiable;
mod error;
mod facts;
mod fold;
mod found_labels;
mod fuse_masks;
mod graph_cache;
mod hidden_weights;
mod interface;
mod kept_sessions;
mod known_files;
mod labels;
#[cfg(test)]
mod large_network_tests;
mod layers;
#[cfg(test)]
mod layers_tests;
mod live;
mod masked_product;
mod network;
mod network_folder;
#[cfg(test)]
mod network_tests;
pub(crate) mod open_sessions;
mod opened_file;
mod opening;
mod own_models;
mod penultimate;
mod pool;
mod predict;
mod preprocess;
#[cfg(test)]
mod rule_tests;
mod runtime;
mod seal;
mod shared_weights;
mod spec;
mod told;
mod trial;

pub use adopt::adopt;
pub use batch_gradient::{BatchGradient, batch_gradient};
pub use catalog::{Catalog, FontEntry, LabelsEntry, PictureEntry, PictureKind, StyleEntry};
pub use device::Device;
pub use differentiable::{Attention, Differentiable, Gradient, LayerGradient, Target};
pub use error::ClassifierError;
pub use facts::{GradientFact, InputFact, LabelsFact, ModelFacts, ScoresFact};
pub use graph_cache::GraphCache;
pub(crate) use interface::softmax;
pub use interface::{Inside, Layout, OutputFact, ScoreKind, Size, SizeSource};
pub use labels::Labels;
pub use network::{Network, NetworkOptions, NetworkReport, PartNetwork};
pub use open_sessions::Housekeeper;
pub use opening::Described;
pub use own_models::{
    Origin, OwnModel, Renewed, amend, forget, kept_already, leave_as_it_is, own_models, renew,
    renewed,
};
pub(crate) use pool::{open_without_arena, physical_cores, run_error};
pub use predict::{Classifier, Prediction};
pub use preprocess::Preprocessed;
pub use runtime::{LIBRARY_VARIABLE, Runtime, RuntimeError, runtime, runtime_build, use_library};
pub use spec::{
    Channels, InputSize, MAX_INPUT_SIDE, ModelEntry, ModelOverrides, ModelSpec, NO_LABELS,
};
pub use trial::{SUBCOMMAND as TRIAL_SUBCOMMAND, Trial, try_strangers_with};

/// The first line of a message, at a readable length.
fn one_line(text: &str) -> String {
    let line = text
        .lines()
        .map(str::trim)
        .find(|l| !l.is_empty())
        .unwrap_or_default();
    let mut short: String = line.chars().take(300).collect();
    if short.len() < line.len() {
        short.push_str("...");
    }
    short
}

/// The model to begin with: small, quick, and right about most things.
pub const DEFAULT_MODEL: &str = "efficientnet-lite0";
