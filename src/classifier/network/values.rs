//! Values in the order of a file and in ours, and the graphs that put them out.

use std::collections::BTreeMap;

use ndarray::ArrayView3;

use crate::classifier::ClassifierError;
use crate::classifier::interface::Scores;
use crate::classifier::pool::run_error;
use crate::onnx::{Graph, Model, OnnxError, ValueInfo, ValueType};

/// The values of `[height, width, channels]`, channel after channel.
pub(super) fn planes(input: ArrayView3<'_, f32>) -> Vec<f32> {
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
pub(super) fn of_planes(values: &[f32], channels: usize) -> Vec<f32> {
    let mut pixels = vec![0.0; values.len()];
    let plane = values.len() / channels.max(1);
    for (channel, plane) in values.chunks(plane.max(1)).enumerate() {
        let places = pixels.iter_mut().skip(channel).step_by(channels);
        places.zip(plane).for_each(|(to, &from)| *to = from);
    }
    pixels
}

/// The forward graph: the folded one with the logits as an output too.
pub(super) fn forward_graph(
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
pub(super) fn outputs_graph<'a>(
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
pub(super) fn floats(
    outputs: &ort::session::SessionOutputs<'_>,
    name: &str,
) -> Result<Vec<f32>, ClassifierError> {
    let value = outputs
        .get(name)
        .ok_or_else(|| ClassifierError::Run(format!("the output {name:?} is missing")))?;
    let (_, values) = value.try_extract_tensor::<f32>().map_err(run_error)?;
    Ok(values.to_vec())
}
