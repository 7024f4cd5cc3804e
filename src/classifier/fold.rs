//! Folds a network: fixes its batch and picture size, and lets ONNX Runtime write what is left
//! when everything that no longer depends on the picture is computed.
//!
//! Exported networks carry chains that only handle shapes (Shape, Gather, If, Constant) and
//! constants in pieces. At its *basic* optimisation level ONNX Runtime folds them away, inlines
//! functions and merges batch norms into convolutions, and can write the result as an ordinary
//! ONNX file. About 30 operators remain over all networks of torchvision and timm.

use std::collections::BTreeMap;

use ort::session::SessionInputValue;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::{Tensor as OrtTensor, ValueType as OrtValueType};
use prost::bytes::Bytes;

use crate::memory;
use crate::onnx::{
    self, ElementType, Graph, Model, OnnxError, ValueInfo, ValueType, explicit_pools, lower,
    to_single_precision, upgrade, write_out_stored_weights,
};

use super::deadline::{has_loops, within};
use super::hidden_weights::HiddenWeights;
use super::live::{Live, bytes_of};
use super::pool::{builder, open, quietly, run_error};
use super::{ClassifierError, Device};

/// In graphs of more nodes ONNX Runtime does not look for nodes that compute the same: its time for
/// that grows with the square (0.2 s for this many, 23 s for 25,000).
const MOST_COMPARED: usize = 4_000;

/// Branches and loops inside each other that are followed.
const MOST_NESTED: usize = 8;

/// A folded network in single precision and operator set 17 or newer, with the type of every
/// value in `value_info`. `input` is the picture's type.
pub(super) fn fold(
    mut model: Model,
    input: &str,
    input_type: &ValueType,
) -> Result<Model, ClassifierError> {
    lower::refuse_foreign(&model)?;
    to_single_precision(&mut model)?;
    write_out_stored_weights(&mut model)?;
    let notes = lower::before_folding(&mut model);
    {
        let graph = model.graph_mut()?;
        // Types that were inferred for another batch size would contradict the new one.
        graph.value_info.clear();
        for value in &mut graph.output {
            let element = value.element().unwrap_or(ElementType::F32);
            *value = ValueInfo::of_unknown_shape(value.name(), element);
        }
        for value in &mut graph.input {
            if value.name() == input {
                *value = ValueInfo::new(input, input_type);
            }
        }
    }
    let mut folded = optimise(&model).map_err(|error| match &error {
        ClassifierError::Run(why) => match lower::unregistered(&model, why) {
            Some(unknown) => unknown.into(),
            None => error,
        },
        _ => error,
    })?;
    drop(model);
    folded.graph_mut()?.sort()?;
    folded.graph_mut()?.prune();
    for _ in 0..MOST_NESTED {
        if !lower::unroll(folded.graph_mut()?) {
            break;
        }
        folded = optimise(&folded)?;
        folded.graph_mut()?.sort()?;
        folded.graph_mut()?.prune();
    }
    let types = prepare_types(&mut folded, input)?;
    let graph = folded.graph_mut()?;
    for value in &mut graph.output {
        if let Some(value_type) = types.get(value.name()) {
            *value = ValueInfo::new(value.name(), value_type);
        }
    }
    let mut infos: Vec<ValueInfo> = types
        .iter()
        .map(|(name, t)| ValueInfo::new(name, t))
        .collect();
    infos.sort_by(|a, b| a.name().cmp(b.name()));
    graph.value_info = infos;
    folded.set_notes(&notes);
    Ok(folded)
}

/// Brings a model to the form that the backward pass is written for, and returns the types of
/// all its values.
pub(super) fn prepare_types(
    model: &mut Model,
    input: &str,
) -> Result<BTreeMap<String, ValueType>, ClassifierError> {
    let opset = model.opset();
    model.set_opset(opset);
    let mut types = value_types(model, input)?;
    let pools = explicit_pools(model.graph_mut()?, &types);
    let newer = upgrade(model.graph_mut()?, opset, &types)?;
    if newer != opset || pools {
        model.set_opset(newer);
        types = value_types(model, input)?;
    }
    if lower::with_shapes(model.graph_mut()?, &types) {
        model.set_opset(newer);
        types = value_types(model, input)?;
    }
    Ok(types)
}

/// The types of all values, as [`fold`] stores them, constants included.
pub(super) fn stored_types(model: &Model) -> Result<BTreeMap<String, ValueType>, ClassifierError> {
    let graph = model.graph()?;
    let mut types = BTreeMap::new();
    for value in graph.value_info.iter().chain(&graph.input) {
        let dims = value
            .dims()
            .unwrap_or_default()
            .into_iter()
            .collect::<Option<Vec<i64>>>();
        // A stored size of 0 reads as unknown: such a value holds nothing to differentiate.
        if let (Some(element), Some(dims)) = (value.element(), dims) {
            types.insert(value.name().to_owned(), ValueType { element, dims });
        }
    }
    for tensor in &graph.initializer {
        if let Some(element) = tensor.element() {
            types.insert(
                tensor.name().to_owned(),
                ValueType {
                    element,
                    dims: tensor.dims.clone(),
                },
            );
        }
    }
    Ok(types)
}

/// The model as ONNX Runtime has it after its basic optimisations.
fn optimise(model: &Model) -> Result<Model, ClassifierError> {
    let mut light = model.clone();
    let hidden = HiddenWeights::of_folding(light.graph_mut()?);
    // Weights that are out of sight allow constants of their size.
    let most = most_folded(model);
    let mut folded = written_by_runtime(&light, most)?;
    if hidden.are_read_plainly(folded.graph()?) {
        hidden.put_back(folded.graph_mut()?);
        return Ok(folded);
    }
    written_by_runtime(model, most)
}

/// Lets ONNX Runtime write the model; constants that it makes have at most so many bytes.
fn written_by_runtime(model: &Model, most: usize) -> Result<Model, ClassifierError> {
    let folder = tempfile::tempdir()
        .map_err(|e| ClassifierError::Run(format!("no temporary folder: {e}")))?;
    let path = folder.path().join("folded.onnx");
    let mut builder = builder(Device::Cpu, 1, GraphOptimizationLevel::Level1)?
        .with_optimized_model_path(&path)
        .map_err(run_error)?
        .with_config_entry(
            "optimization.constant_folding_max_output_size_in_bytes",
            most.to_string(),
        )
        .map_err(run_error)?;
    if model.graph()?.node.len() > MOST_COMPARED {
        builder = builder
            .with_disabled_optimizers("CommonSubexpressionElimination")
            .map_err(run_error)?;
    }
    let bytes = model.to_bytes();
    quietly(|| builder.commit_from_memory(&bytes)).map_err(|error| {
        // The library does not tell a full disk from a graph that it cannot write.
        match std::fs::write(&path, &bytes) {
            Err(full) => ClassifierError::Run(format!(
                "the temporary folder {} could not be written: {full}",
                folder.path().display()
            )),
            Ok(()) => error,
        }
    })?;
    Ok(Model::read(&path)?)
}

/// Constants that folding makes may be as large as the largest there is, or 64 MB: chains that
/// double at every step stop there, and are refused for their size.
fn most_folded(model: &Model) -> usize {
    let weights = model.graph.iter().flat_map(|graph| &graph.initializer);
    let bytes = weights.map(|t| t.raw_data.as_ref().map_or(0, Bytes::len));
    bytes.max().unwrap_or(0).max(64 << 20)
}

/// Asks ONNX Runtime for the type of every value: it infers them when all are declared as
/// outputs, and where it cannot, one run on zeros tells.
fn value_types(model: &Model, input: &str) -> Result<BTreeMap<String, ValueType>, ClassifierError> {
    let mut light = model.clone();
    let graph = light.graph_mut()?;
    graph.output = graph
        .node
        .iter()
        .flat_map(|n| &n.output)
        .filter(|name| !name.is_empty())
        .map(|name| ValueInfo {
            name: Some(name.clone()),
            r#type: None,
        })
        .collect();
    let hidden = HiddenWeights::of_folding(graph);
    let bytes = light.to_bytes();
    let mut session = open(&bytes, Device::Cpu, 1, GraphOptimizationLevel::Disable)?;
    drop(bytes);
    let mut types = BTreeMap::new();
    // With `ceil_mode` the runtime drops windows that its shape inference counts.
    let nodes = &model.graph()?.node;
    let mut complete = !nodes.iter().any(|n| n.int("ceil_mode", 0) != 0);
    for outlet in session.inputs().iter().chain(session.outputs()) {
        match known(outlet.dtype()) {
            Some(value_type) => {
                types.insert(outlet.name().to_owned(), value_type);
            }
            None => complete = false,
        }
    }
    // Before anything is run.
    fits(model.graph()?, &types)?;
    if !complete {
        let shape = types.get(input).map(|t| t.dims.clone()).unwrap_or_default();
        let count = usize::try_from(shape.iter().product::<i64>()).unwrap_or(0);
        let zeros = match types.get(input).map(|t| t.element) {
            Some(ElementType::F64) => OrtTensor::from_array((shape, vec![0f64; count]))
                .map_err(run_error)?
                .into_dyn(),
            _ => OrtTensor::from_array((shape, vec![0f32; count]))
                .map_err(run_error)?
                .into_dyn(),
        };
        let mut inputs: Vec<(&str, SessionInputValue<'_>)> = vec![(input, zeros.into())];
        for tensor in hidden.tensors() {
            let values = (tensor.dims.clone(), tensor.to_f32()?);
            let values = OrtTensor::from_array(values).map_err(run_error)?;
            inputs.push((tensor.name(), values.into()));
        }
        within(has_loops(model), |bounds| {
            let outputs = session
                .run_with_options(inputs, bounds)
                .map_err(run_error)?;
            for (name, value) in &outputs {
                if let Some(value_type) = known(value.dtype()) {
                    types.insert(name.to_owned(), value_type);
                }
            }
            Ok(())
        })?;
    }
    for tensor in &model.graph()?.initializer {
        if let Some(element) = tensor.element() {
            types.insert(
                tensor.name().to_owned(),
                ValueType {
                    element,
                    dims: tensor.dims.clone(),
                },
            );
        }
    }
    fits(model.graph()?, &types)?;
    Ok(types)
}

/// Refuses a graph whose values cannot be: of negative sizes, or together too large.
fn fits(graph: &Graph, types: &BTreeMap<String, ValueType>) -> Result<(), ClassifierError> {
    let negative = |t: &&ValueType| t.dims.iter().any(|&d| d < 0);
    for node in &graph.node {
        let outputs = node.output.iter().filter_map(|name| types.get(name));
        if let Some(output) = outputs.clone().find(negative) {
            let (operator, name) = (node.op(), node.label());
            return Err(ClassifierError::Onnx(OnnxError::Graph(format!(
                "{operator} {name:?} makes an image of {:?}: its window or cut is larger than what it is given",
                output.dims
            ))));
        }
        for output in outputs {
            let what = format!(
                "{} {:?} of shape {:?}",
                node.op(),
                node.label(),
                output.dims
            );
            memory::allow(
                &what,
                bytes_of(output),
                "choose another network or smaller pictures",
            )?;
        }
    }
    // The library takes memory in powers of two.
    let peak = Live::of(graph, types).peak.saturating_mul(2);
    let inputs: Vec<String> = graph
        .input
        .iter()
        .filter_map(|input| types.get(input.name()))
        .map(|input| format!("{:?}", input.dims))
        .collect();
    let what = format!("the network on a picture of shape {}", inputs.join(" "));
    memory::allow(&what, peak, "choose smaller pictures")?;
    Ok(())
}

/// A tensor type of which every size is known, negative ones included.
fn known(value: &OrtValueType) -> Option<ValueType> {
    let OrtValueType::Tensor { ty, shape, .. } = value else {
        return None;
    };
    let element = element(*ty)?;
    // -1 stands for a size that is not known.
    shape.iter().all(|&d| d != -1).then(|| ValueType {
        element,
        dims: shape.to_vec(),
    })
}

fn element(ty: ort::value::TensorElementType) -> Option<onnx::ElementType> {
    use ort::value::TensorElementType as T;
    Some(match ty {
        T::Float32 => ElementType::F32,
        T::Float64 => ElementType::F64,
        T::Float16 => ElementType::F16,
        T::Bfloat16 => ElementType::Bf16,
        T::Int64 => ElementType::I64,
        T::Int32 => ElementType::I32,
        T::Int16 => ElementType::I16,
        T::Int8 => ElementType::I8,
        T::Uint64 => ElementType::U64,
        T::Uint32 => ElementType::U32,
        T::Uint16 => ElementType::U16,
        T::Uint8 => ElementType::U8,
        T::Bool => ElementType::Bool,
        T::Float8E4M3FN => ElementType::F8E4M3Fn,
        T::Float8E4M3FNUZ => ElementType::F8E4M3FnUz,
        T::Float8E5M2 => ElementType::F8E5M2,
        T::Float8E5M2FNUZ => ElementType::F8E5M2FnUz,
        T::Int4 => ElementType::I4,
        T::Uint4 => ElementType::U4,
        _ => return None,
    })
}
