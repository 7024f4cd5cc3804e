//! Constants that are mostly zero, written out.

use super::{Attribute, Graph, Model, Node, OnnxError, SparseTensor, Tensor, attribute_type};

/// Turns every sparse constant of the model into a plain one, those of inner graphs and functions
/// included. All together they may take `budget` bytes.
pub(super) fn write_out_sparse(model: &mut Model, budget: &mut u64) -> Result<(), OnnxError> {
    if let Some(graph) = &mut model.graph {
        in_graph(graph, budget)?;
    }
    for function in &mut model.functions {
        in_nodes(&mut function.node, budget)?;
    }
    Ok(())
}

fn in_graph(graph: &mut Graph, budget: &mut u64) -> Result<(), OnnxError> {
    for sparse in std::mem::take(&mut graph.sparse_initializer) {
        graph.initializer.push(dense(&sparse, budget)?);
    }
    in_nodes(&mut graph.node, budget)
}

fn in_nodes(nodes: &mut [Node], budget: &mut u64) -> Result<(), OnnxError> {
    for attribute in nodes.iter_mut().flat_map(|n| &mut n.attribute) {
        if attribute.name.as_deref() == Some("sparse_value")
            && let Some(sparse) = attribute.sparse_tensor.take()
        {
            *attribute = Attribute {
                name: Some("value".to_owned()),
                t: Some(dense(&sparse, budget)?),
                r#type: Some(attribute_type::TENSOR),
                ..Attribute::default()
            };
        }
        for graph in attribute.g.iter_mut().chain(&mut attribute.graphs) {
            in_graph(graph, budget)?;
        }
    }
    Ok(())
}

/// The constant with its zeros.
fn dense(sparse: &SparseTensor, budget: &mut u64) -> Result<Tensor, OnnxError> {
    let empty = Tensor::default();
    let values = sparse.values.as_ref().unwrap_or(&empty);
    let indices = sparse.indices.as_ref().unwrap_or(&empty);
    let damaged = |why: &str| OnnxError::Tensor {
        name: values.name().to_owned(),
        why: why.to_owned(),
    };
    let element = values
        .element()
        .filter(|element| element.bits() >= 8)
        .ok_or_else(|| damaged("its values hold no plain numbers"))?;
    let shape = Tensor {
        dims: sparse.dims.clone(),
        name: values.name.clone(),
        ..Tensor::default()
    };
    let count = shape.count()?;
    let bytes = element.bytes_of(count) as u64;
    if bytes > *budget {
        return Err(damaged("with its zeros the model is over 2 GiB"));
    }
    *budget -= bytes;
    let given = values.to_bytes(element)?;
    let size = element.bits() / 8;
    let places = places(indices, &sparse.dims)?;
    if places.len() != given.len() / size {
        return Err(damaged("it has not as many places as values"));
    }
    let mut raw = vec![0; element.bytes_of(count)];
    for (place, value) in places.into_iter().zip(given.chunks_exact(size)) {
        let slot = place
            .filter(|&place| place < count)
            .and_then(|place| raw.get_mut(place * size..(place + 1) * size))
            .ok_or_else(|| damaged("one of its values lies outside its shape"))?;
        slot.copy_from_slice(value);
    }
    Ok(Tensor::from_raw(values.name(), &sparse.dims, element, raw))
}

/// Positions in row-major order; `None` for those outside.
fn places(indices: &Tensor, dims: &[i64]) -> Result<Vec<Option<usize>>, OnnxError> {
    let list = indices.to_i64()?;
    let rank = dims.len();
    if indices.dims.len() < 2 {
        return Ok(list.iter().map(|&i| usize::try_from(i).ok()).collect());
    }
    let place = |at: &[i64]| {
        at.iter().zip(dims).try_fold(0usize, |sum, (&i, &size)| {
            let size = usize::try_from(size).ok()?;
            let i = usize::try_from(i).ok().filter(|&i| i < size)?;
            Some(sum * size + i)
        })
    };
    Ok(list.chunks(rank.max(1)).map(place).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::ElementType;

    fn sparse(indices: Tensor) -> SparseTensor {
        SparseTensor {
            values: Some(Tensor::from_f32("w", &[2], &[5.0, -7.0])),
            indices: Some(indices),
            dims: vec![2, 3],
        }
    }

    #[test]
    fn both_forms_of_places_write_the_same_constant() {
        let want = [0.0, 5.0, 0.0, 0.0, 0.0, -7.0];
        for indices in [
            Tensor::from_i64("", &[2], &[1, 5]),
            Tensor::from_i64("", &[2, 2], &[0, 1, 1, 2]),
        ] {
            let made = dense(&sparse(indices), &mut 100).unwrap();
            assert_eq!((made.name(), made.dims.as_slice()), ("w", &[2i64, 3][..]));
            assert_eq!(made.to_f64().unwrap(), want);
        }
    }

    #[test]
    fn values_kept_in_typed_fields_are_found() {
        let values = Tensor {
            raw_data: None,
            int32_data: vec![3, -4],
            ..Tensor::from_raw("w", &[2], ElementType::I8, Vec::new())
        };
        let kept = SparseTensor {
            values: Some(values),
            ..sparse(Tensor::from_i64("", &[2], &[0, 2]))
        };
        let made = dense(&kept, &mut 100).unwrap();
        assert_eq!(made.to_i64().unwrap(), [3, 0, -4, 0, 0, 0]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let refused = |indices, dims: &[i64], mut budget| {
            let kept = SparseTensor {
                dims: dims.to_vec(),
                ..sparse(indices)
            };
            dense(&kept, &mut budget).unwrap_err().to_string()
        };
        let outside = Tensor::from_i64("", &[2], &[1, 6]);
        assert!(refused(outside, &[2, 3], 100).contains("outside"));
        let outside = Tensor::from_i64("", &[2, 2], &[0, 1, 0, 3]);
        assert!(refused(outside, &[2, 3], 100).contains("outside"));
        let few = Tensor::from_i64("", &[1], &[1]);
        assert!(refused(few, &[2, 3], 100).contains("as many"));
        let plain = || Tensor::from_i64("", &[2], &[1, 5]);
        assert!(refused(plain(), &[1 << 20, 1 << 20], 1 << 31).contains("2 GiB"));
        assert!(refused(plain(), &[1 << 40, 1 << 40], 1 << 31).contains("shape"));
    }
}
