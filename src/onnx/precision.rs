//! A half or double precision network in single precision.
//!
//! ONNX Runtime's CPU kernels compute half precision in single precision between casts, and have
//! no double precision convolution. Rewriting the constants and casts once gives the same
//! scores without the casts and the roundings between them, and exact gradients.

use super::{ElementType, Graph, Model, OnnxError, Tensor, Type};

/// Turns every half, bfloat16 and double constant, cast and type of the model into single
/// precision. Says whether anything was changed.
///
/// # Errors
/// When a constant is damaged.
pub fn to_single_precision(model: &mut Model) -> Result<bool, OnnxError> {
    let mut changed = false;
    if let Some(graph) = &mut model.graph {
        convert_graph(graph, &mut changed)?;
    }
    for function in &mut model.functions {
        for node in &mut function.node {
            convert_node(node, &mut changed)?;
        }
        for value in &mut function.value_info {
            convert_type(value.r#type.as_mut(), &mut changed);
        }
    }
    Ok(changed)
}

fn convert_graph(graph: &mut Graph, changed: &mut bool) -> Result<(), OnnxError> {
    for tensor in &mut graph.initializer {
        convert_tensor(tensor, changed)?;
    }
    for value in graph
        .input
        .iter_mut()
        .chain(&mut graph.output)
        .chain(&mut graph.value_info)
    {
        convert_type(value.r#type.as_mut(), changed);
    }
    for node in &mut graph.node {
        convert_node(node, changed)?;
    }
    Ok(())
}

fn convert_node(node: &mut super::Node, changed: &mut bool) -> Result<(), OnnxError> {
    for attribute in &mut node.attribute {
        let names_a_type = matches!(
            attribute.name.as_deref(),
            Some("to" | "dtype" | "stash_type" | "output_dtype" | "softmax_precision")
        );
        if names_a_type && attribute.i.is_some_and(|code| is_other_float(code as i32)) {
            attribute.i = Some(i64::from(ElementType::F32.code()));
            *changed = true;
        }
        if let Some(tensor) = &mut attribute.t {
            convert_tensor(tensor, changed)?;
        }
        for inner in attribute.g.iter_mut().chain(&mut attribute.graphs) {
            convert_graph(inner, changed)?;
        }
    }
    Ok(())
}

fn is_other_float(code: i32) -> bool {
    ElementType::from_code(code).is_some_and(|e| e.is_float() && e != ElementType::F32)
}

fn convert_tensor(tensor: &mut Tensor, changed: &mut bool) -> Result<(), OnnxError> {
    if is_other_float(tensor.data_type.unwrap_or(0)) {
        let values = tensor.to_f32()?;
        *tensor = Tensor::from_f32(
            tensor.name.as_deref().unwrap_or_default(),
            &tensor.dims,
            &values,
        );
        *changed = true;
    }
    Ok(())
}

fn convert_type(value_type: Option<&mut Type>, changed: &mut bool) {
    if let Some(code) = value_type
        .and_then(|t| t.tensor_type.as_mut())
        .and_then(|t| t.elem_type.as_mut())
        && is_other_float(*code)
    {
        *code = ElementType::F32.code();
        *changed = true;
    }
}
