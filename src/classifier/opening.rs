//! From a file to a folded graph: which picture it takes is found by what the file says, and where
//! it leaves something open, by what it computes with.

use std::path::Path;

use ort::session::builder::GraphOptimizationLevel;
use serde::{Deserialize, Serialize};

use super::fold::{fold, stored_types};
use super::interface::{
    self, Candidates, FileOutputs, ImageInput, Inside, ScoreKind, SizeSource, can_be_scores,
};
use super::kept_sessions::FOLDED;
use super::known_files::Stamp;
use super::pool::open_file;
use super::{ClassifierError, Device, GraphCache, NetworkOptions, told};
use crate::onnx::{Model, OnnxError};

/// The most sizes that are tried before a file is given up.
const MOST_TRIED: usize = 24;
/// The most sizes that are tried to name one that fits.
const MOST_OFFERED: usize = 6;

/// What is known of a network beside its file, to settle what the file leaves open.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Described {
    /// `[height, width]` of its pictures, the surest first.
    pub sizes: Vec<[usize; 2]>,
    /// Numbers of class names that there are for it.
    pub label_counts: Vec<usize>,
    /// What its scores are.
    pub kind: Option<ScoreKind>,
}

/// What a file says of itself, beside its operators.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct FileFacts {
    pub(super) outputs: FileOutputs,
    pub(super) inside: Option<Inside>,
    /// Keys and values of its metadata.
    pub(super) metadata: Vec<(String, String)>,
    /// What scores that look like logits were found to be when they were computed.
    pub(super) given: Option<ScoreKind>,
}

/// What is remembered of a file: what identifies its content in the cache, and its outside.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) content: String,
    pub(super) input: ImageInput,
    pub(super) facts: FileFacts,
}

/// A network that is read and folded.
pub(super) struct Prepared {
    pub(super) known: Known,
    pub(super) key: String,
    pub(super) folded: Model,
}

/// Largest metadata value that is remembered, in bytes.
const MAX_VALUE: usize = 1 << 20;

impl FileFacts {
    fn of(model: &Model, input: &ImageInput) -> Result<Self, OnnxError> {
        let graph = model.graph()?;
        let [_, _, channels] = input.shape;
        Ok(Self {
            outputs: FileOutputs::of(graph),
            inside: interface::inside(graph, &input.name, channels),
            metadata: metadata(model),
            given: None,
        })
    }
}

fn metadata(model: &Model) -> Vec<(String, String)> {
    let pairs = model.metadata_props.iter();
    pairs
        .filter_map(|p| Some((p.key.clone()?, p.value.clone()?)))
        .filter(|(_, value)| value.len() <= MAX_VALUE)
        .collect()
}

/// What tells apart that a file was opened in different ways.
pub(super) fn kind(options: &NetworkOptions) -> String {
    let Described {
        sizes,
        label_counts,
        kind,
    } = &options.described;
    format!(
        "picture input for {:?} or {sizes:?}, scores {:?} {label_counts:?} {kind:?} {:?}",
        options.size, options.output, options.kind
    )
}

/// Identifies a network of that content for a trial, however it is opened.
pub(super) fn trial_key(options: &NetworkOptions, content: &str) -> String {
    options.cache.key(content, &[])
}

/// What is tried when a network is opened so.
pub(super) fn trial_of(options: &NetworkOptions) -> String {
    format!("scores of {}", kind(options))
}

/// What is remembered of a file, and its folded graph, where nothing has changed since.
pub(super) fn recall(options: &NetworkOptions, stamp: Option<&Stamp>) -> Option<Prepared> {
    let fact = options.cache.recall(stamp?, &kind(options))?;
    let known: Known = serde_json::from_str(&fact).ok()?;
    let key = options.cache.key(&known.content, &known.input.key());
    let folded = options.cache.load_outline(&key, FOLDED)?;
    Some(Prepared { known, key, folded })
}

/// Finds how the file is fed and folds it. The nodes of `model` must be in order; `content` is what
/// identifies it.
pub(super) fn prepare(
    model: Model,
    content: String,
    path: &Path,
    options: &NetworkOptions,
) -> Result<Prepared, ClassifierError> {
    let metadata = metadata(&model);
    if let Some(why) = told::refused_in_metadata(&metadata) {
        return Err(ClassifierError::Unsuitable {
            path: path.to_owned(),
            why,
        });
    }
    let mut described = options.described.sizes.clone();
    described.extend(told::sizes_in_metadata(&metadata));
    let Candidates { inputs, instead } =
        interface::candidates(&model, path, options.size, &described)?;
    let mut search = Search {
        model: Some(model),
        only: inputs.len() + instead.len() == 1,
        path,
        content: &content,
        cache: &options.cache,
    };
    match search.first(&inputs, MOST_TRIED) {
        Ok(found) => Ok(found),
        Err(error) if is_about_size(&error) => {
            let found = search.first(&instead, MOST_OFFERED);
            let (Ok(found), Some(first)) = (found, inputs.first()) else {
                return Err(by_whom(error, path));
            };
            let [height, width, _] = first.shape;
            let [fits_height, fits_width, _] = found.known.input.shape;
            Err(ClassifierError::Unsuitable {
                path: path.to_owned(),
                why: format!(
                    "it cannot compute with pictures of {width} x {height} pixels, but with {fits_width} x {fits_height}: give --size {fits_width}x{fits_height}"
                ),
            })
        }
        Err(error) => Err(by_whom(error, path)),
    }
}

/// Names the file, and says whether ONNX Runtime refuses it or only what was made of it here.
fn by_whom(error: ClassifierError, path: &Path) -> ClassifierError {
    match error {
        ClassifierError::Run(why)
            if open_file(path, Device::Cpu, 1, GraphOptimizationLevel::Disable).is_ok() =>
        {
            ClassifierError::Unsuitable {
                path: path.to_owned(),
                why: format!(
                    "ONNX Runtime opens it, but it could not be prepared for one picture: {why}"
                ),
            }
        }
        error => error.refused(path),
    }
}

struct Search<'a> {
    model: Option<Model>,
    /// True where there is one way to feed it: the model is then not copied for it.
    only: bool,
    path: &'a Path,
    content: &'a str,
    cache: &'a GraphCache,
}

impl Search<'_> {
    /// The first of `inputs` with which the network computes scores.
    fn first(&mut self, inputs: &[ImageInput], most: usize) -> Result<Prepared, ClassifierError> {
        let mut refused = None;
        let mut without_scores = None;
        for input in inputs.iter().take(most) {
            match self.one(input) {
                Ok(found) => {
                    let batch = found.known.input.batch;
                    if can_be_scores(found.folded.graph()?, batch) {
                        return Ok(found);
                    }
                    without_scores.get_or_insert(found);
                }
                Err(error) if is_about_size(&error) => {
                    refused.get_or_insert(error);
                }
                Err(error) => return Err(refused.unwrap_or(error)),
            }
        }
        match (without_scores, refused) {
            (Some(found), _) => Ok(found),
            (None, Some(error)) => Err(error),
            (None, None) => Err(ClassifierError::Unsuitable {
                path: self.path.to_owned(),
                why: "no size of pictures is known for it; give --size".to_owned(),
            }),
        }
    }

    fn one(&mut self, input: &ImageInput) -> Result<Prepared, ClassifierError> {
        let key = self.cache.key(self.content, &input.key());
        let model = if self.only {
            self.model.take()
        } else {
            self.model.clone()
        };
        let model = model.ok_or_else(|| OnnxError::Graph("it was folded before".to_owned()))?;
        let facts = FileFacts::of(&model, input)?;
        let kept = if model.weight_bytes() > self.cache.most_arranged {
            self.cache.load(&key, FOLDED, &model)
        } else {
            self.cache.load_outline(&key, FOLDED)
        };
        let folded = if let Some(folded) = kept {
            folded
        } else {
            let original = model.clone();
            let folded = fold_for(model, input)?;
            self.cache.store(&key, FOLDED, Some(&original), &folded);
            folded
        };
        if !self.only {
            whole_reshapes(&folded)?;
        }
        let mut input = input.clone();
        if let Some(note) = size_note(&input) {
            input.notes.push(note);
        }
        Ok(Prepared {
            known: Known {
                content: self.content.to_owned(),
                input,
                facts,
            },
            key,
            folded,
        })
    }
}

/// The folded graph for one way of feeding it. The nodes of `model` must be in order.
pub(super) fn fold_for(mut model: Model, input: &ImageInput) -> Result<Model, ClassifierError> {
    interface::adapt(&mut model, input)?;
    fold(model, &input.name, &input.value_type())
}

fn size_note(input: &ImageInput) -> Option<String> {
    let [height, width, _] = input.shape;
    let size = format!("{width} x {height} pixels");
    match input.size_source {
        SizeSource::File | SizeSource::Said | SizeSource::Described => None,
        SizeSource::Positions => Some(format!(
            "the file leaves the size open; its table of positions fits {size}"
        )),
        SizeSource::Tried => Some(format!(
            "the file leaves the size open; of the usual ones, {size} is the first that it computes with"
        )),
        SizeSource::Usual => Some(format!(
            "the file leaves the size open; {size} is the most usual, --size says another"
        )),
    }
}

/// The runtime finds only while it computes that a value cannot be laid out as a `Reshape` says; which
/// of several sizes of pictures fits is known before by counting.
fn whole_reshapes(folded: &Model) -> Result<(), ClassifierError> {
    let types = stored_types(folded)?;
    let count = |name: &str| {
        let dims = &types.get(name)?.dims;
        let whole = dims.iter().all(|size| *size > 0);
        whole.then(|| dims.iter().map(|size| i128::from(*size)).product::<i128>())
    };
    for node in &folded.graph()?.node {
        if node.op() != "Reshape" {
            continue;
        }
        let before = node.input(0).and_then(count);
        let after = node.output.first().and_then(|name| count(name));
        if let (Some(before), Some(after)) = (before, after)
            && before != after
        {
            return Err(ClassifierError::Run(format!(
                "Reshape {} is to lay out {before} elements as {after}",
                crate::text::line(node.name.as_deref().unwrap_or_default())
            )));
        }
    }
    Ok(())
}

/// Whether another size of pictures may be what is missing.
fn is_about_size(error: &ClassifierError) -> bool {
    let text = error.to_string().to_lowercase();
    let hints = [
        "shape",
        "dimension",
        "broadcast",
        "reshape",
        "mismatch",
        "size",
        "axis",
        "dim ",
        "dims",
        "window",
        "elements",
        "incompatible",
    ];
    hints.iter().any(|hint| text.contains(hint))
}
