//! Folds a network: fixes its batch and picture size, and lets ONNX Runtime write what is left
//! when everything that no longer depends on the picture is computed.
//!
//! Exported networks carry chains that only handle shapes (Shape, Gather, If, Constant) and
//! constants in pieces. At its *basic* optimisation level ONNX Runtime folds them away, inlines
//! functions and merges batch norms into convolutions, and can write the result as an ordinary
//! ONNX file. About 30 operators remain over all networks of torchvision and timm.

use std::collections::BTreeMap;

use ort::session::builder::GraphOptimizationLevel;
use ort::value::{Tensor as OrtTensor, ValueType as OrtValueType};

use crate::onnx::{
    self, ElementType, Model, ValueInfo, ValueType, explicit_pools, lower, to_single_precision,
    upgrade, write_out_stored_weights,
};

use super::pool::{builder, open, run_error};
use super::{ClassifierError, Device};

/// The most elements of one value: 1 GiB in single precision.
const MOST_ELEMENTS: i64 = 1 << 28;

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

/// Lets ONNX Runtime write the model as it is after its basic optimisations.
fn optimise(model: &Model) -> Result<Model, ClassifierError> {
    let folder = tempfile::tempdir()
        .map_err(|e| ClassifierError::Run(format!("no temporary folder: {e}")))?;
    let path = folder.path().join("folded.onnx");
    builder(Device::Cpu, 1, GraphOptimizationLevel::Level1)?
        .with_optimized_model_path(&path)
        .map_err(run_error)?
        .commit_from_memory(&model.to_bytes())
        .map_err(run_error)?;
    Ok(Model::read(&path)?)
}

/// Asks ONNX Runtime for the type of every value: it infers them when all are declared as
/// outputs, and where it cannot, one run on zeros tells.
fn value_types(
    model: &mut Model,
    input: &str,
) -> Result<BTreeMap<String, ValueType>, ClassifierError> {
    let graph = model.graph_mut()?;
    let declared = std::mem::take(&mut graph.output);
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
    let bytes = model.to_bytes();
    model.graph_mut()?.output = declared;
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
        let outputs = session
            .run(ort::inputs![input => zeros])
            .map_err(run_error)?;
        for (name, value) in &outputs {
            if let Some(value_type) = known(value.dtype()) {
                types.insert(name.to_owned(), value_type);
            }
        }
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
    let large = |t: &ValueType| {
        let count = t.dims.iter().try_fold(1i64, |n, &d| n.checked_mul(d));
        count.is_none_or(|n| n > MOST_ELEMENTS)
    };
    if let Some((name, t)) = types.iter().find(|(_, t)| large(t)) {
        let why = format!(
            "the value {name:?} of shape {:?} is too large for this machine",
            t.dims
        );
        return Err(ClassifierError::Run(why));
    }
    Ok(types)
}

/// A tensor type of which every size is known.
fn known(value: &OrtValueType) -> Option<ValueType> {
    let OrtValueType::Tensor { ty, shape, .. } = value else {
        return None;
    };
    let element = element(*ty)?;
    shape.iter().all(|&d| d >= 0).then(|| ValueType {
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
        _ => return None,
    })
}
