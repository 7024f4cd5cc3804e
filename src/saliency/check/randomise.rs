//! Does the map depend on what the network has learned? (Adebayo et al. 2018, "Sanity checks for
//! saliency maps", arXiv 1810.03292.) The map is made again from a network whose weights were
//! shuffled. If it looks the same, it shows edges of the picture rather than reasons.

use rand::seq::SliceRandom;
use serde::Serialize;

use super::rank::spearman;
use crate::onnx::{Model, OnnxError, Tensor};
use crate::saliency::SaliencyMap;
use crate::saliency::noise::generator;

/// How alike the maps of the network and of its shuffled double are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Randomisation {
    /// Spearman's rank correlation of the values; `None` where a map is constant.
    pub spearman: Option<f64>,
    /// The same of the absolute values, for methods whose signs mean little.
    pub spearman_of_magnitudes: Option<f64>,
}

impl Randomisation {
    /// The larger of the two correlations.
    #[must_use]
    pub fn likeness(&self) -> Option<f64> {
        match (self.spearman, self.spearman_of_magnitudes) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        }
    }
}

/// Compares the map of a network with that of its shuffled double. Maps of different sizes, or
/// with values that are not numbers, have no likeness.
#[must_use]
pub fn compare_randomised(map: &SaliencyMap, randomised: &SaliencyMap) -> Randomisation {
    let values = |map: &SaliencyMap| map.values.iter().copied().collect::<Vec<f32>>();
    let (a, b) = (values(map), values(randomised));
    let comparable = map.values.dim() == randomised.values.dim()
        && a.iter().chain(&b).all(|value| value.is_finite());
    if !comparable {
        return Randomisation {
            spearman: None,
            spearman_of_magnitudes: None,
        };
    }
    let magnitude = |values: &[f32]| values.iter().map(|value| value.abs()).collect::<Vec<f32>>();
    Randomisation {
        spearman: spearman(&a, &b),
        spearman_of_magnitudes: spearman(&magnitude(&a), &magnitude(&b)),
    }
}

/// Shuffles the values within each weight tensor (floats of two dimensions or more). Each layer
/// keeps the distribution of its weights, so signals neither die out nor explode, but what it had
/// learned is gone. Biases and batch norms, of one dimension, stay.
///
/// # Errors
/// When a tensor is damaged.
pub fn shuffle_weights(model: &mut Model, seed: u64) -> Result<(), OnnxError> {
    let graph = model.graph_mut()?;
    for (number, tensor) in graph.initializer.iter_mut().enumerate() {
        shuffle(tensor, seed, number)?;
    }
    Ok(())
}

fn shuffle(tensor: &mut Tensor, seed: u64, number: usize) -> Result<(), OnnxError> {
    let Some(element) = tensor.element().filter(|element| element.is_float()) else {
        return Ok(());
    };
    if tensor.dims.len() < 2 {
        return Ok(());
    }
    let mut values = tensor.to_f64()?;
    values.shuffle(&mut generator(seed, number));
    let name = tensor.name.clone().unwrap_or_default();
    *tensor = Tensor::from_floats(&name, &tensor.dims, element, &values);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::Graph;
    use ndarray::Array2;

    #[test]
    fn weights_are_shuffled_and_biases_stay() {
        let values: Vec<f32> = (0..60_u8).map(f32::from).collect();
        let graph = Graph {
            initializer: vec![
                Tensor::from_f32("weight", &[6, 10], &values),
                Tensor::from_f32("bias", &[60], &values),
                Tensor::from_i64("shape", &[2, 2], &[1, 2, 3, 4]),
            ],
            ..Graph::default()
        };
        let mut model = Model::new(graph, 17);
        shuffle_weights(&mut model, 3).unwrap();
        let tensors = &model.graph().unwrap().initializer;
        let mut shuffled = tensors[0].to_f32().unwrap();
        assert_ne!(shuffled, values);
        shuffled.sort_by(f32::total_cmp);
        assert_eq!(shuffled, values);
        assert_eq!(tensors[0].dims, [6, 10]);
        assert_eq!(tensors[1].to_f32().unwrap(), values);
        assert_eq!(tensors[2].to_i64().unwrap(), [1, 2, 3, 4]);
    }

    #[test]
    fn likeness_is_one_with_itself_and_absent_for_constants() {
        let map = SaliencyMap {
            values: Array2::from_shape_fn((5, 6), |(y, x)| (y * 6 + x) as f32 - 10.0),
        };
        let flipped = SaliencyMap {
            values: map.values.mapv(|value| -value),
        };
        assert_eq!(compare_randomised(&map, &map).likeness(), Some(1.0));
        let other = compare_randomised(&map, &flipped);
        assert!((other.spearman.unwrap() + 1.0).abs() < 1e-12);
        assert!((other.likeness().unwrap() - 1.0).abs() < 1e-12);
        let flat = SaliencyMap {
            values: Array2::zeros((5, 6)),
        };
        assert_eq!(compare_randomised(&map, &flat).likeness(), None);
    }
}
