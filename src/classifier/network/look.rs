//! All that one pass tells of a picture: its scores, its embedding and, where a map is wanted, what
//! Grad-CAM needs for the class that scores highest.
//!
//! The class is known only once the scores are. So that one pass is enough, the graph chooses it
//! itself: the weights of the scores that a gradient asks for are one where the largest is.

use ndarray::ArrayView3;
use ort::value::TensorRef;

use super::Network;
use super::values::{floats, outputs_graph};
use crate::autodiff;
use crate::classifier::deadline::within;
use crate::classifier::layers::{Layers, Places, planes_of};
use crate::classifier::penultimate::Penultimate;
use crate::classifier::pool::{Pool, run_error};
use crate::classifier::{ClassifierError, Differentiable as _, LayerGradient, Target};
use crate::onnx::{ElementType, Graph, Model, Node, Tensor, ValueInfo};

use std::sync::{Arc, PoisonError};

/// What one pass told of a picture.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    /// One per class, before any final softmax.
    pub(crate) logits: Vec<f32>,
    /// What the last product reads, averaged over places; the logits where there is none.
    pub(crate) embedding: Vec<f32>,
    /// Grad-CAM's layer, for the class of the largest logit (the first of equal ones).
    pub(crate) layer: Option<LayerGradient>,
}

/// Sessions that tell all of it in one pass.
#[derive(Debug)]
pub(super) struct LookPool {
    pool: Pool,
    embedding: Option<Penultimate>,
    /// Grad-CAM's layer, how places lie in it, and the name of its gradient.
    layer: Option<(String, Places, String)>,
}

impl Network {
    /// Where the embedding is read, and how many numbers it has; the scores where there is no
    /// better place.
    pub(crate) fn embedding(&self) -> (Option<String>, usize) {
        match self.penultimate() {
            Some(found) => (Some(found.name.clone()), found.width()),
            None => (None, self.classes()),
        }
    }

    fn penultimate(&self) -> Option<Penultimate> {
        let graph = self.model.graph.as_ref()?;
        let (input, logits) = (&self.input.name, &self.scores.logits);
        Penultimate::find(graph, &self.types, input, logits)
    }

    /// Scores and embedding of a picture, in network units, and Grad-CAM's layer where `map` says
    /// so.
    ///
    /// # Errors
    /// As [`crate::classifier::Differentiable::layer_gradient`].
    pub(crate) fn look(
        &self,
        input: ArrayView3<'_, f32>,
        map: bool,
    ) -> Result<Look, ClassifierError> {
        if self.axis_of_classes().is_none() {
            return self.look_twice(input, map);
        }
        let looks = self.looks(map)?;
        let values = self.laid_out(input)?;
        let dims = self.input.value_type().dims;
        let (logits, embedding, arrays) = looks.pool.with(|session| {
            let picture = TensorRef::from_array_view((dims.as_slice(), values.as_slice()))
                .map_err(run_error)?;
            let inputs = ort::inputs![self.input.name.as_str() => picture];
            within(self.loops, |bounds| {
                let outputs = session
                    .run_with_options(inputs, bounds)
                    .map_err(run_error)?;
                let embedding = match &looks.embedding {
                    Some(found) => Some(found.pooled(&floats(&outputs, &found.name)?)),
                    None => None,
                };
                let arrays = match &looks.layer {
                    Some((layer, _, gradient)) => {
                        Some((floats(&outputs, layer)?, floats(&outputs, gradient)?))
                    }
                    None => None,
                };
                Ok((floats(&outputs, &self.scores.logits)?, embedding, arrays))
            })
        })?;
        let logits = self.finite(logits)?;
        let layer = match (&looks.layer, arrays) {
            (Some((name, places, _)), Some((activation, gradient))) => {
                Some(self.layer_arrays(name, *places, activation, gradient)?)
            }
            _ => None,
        };
        Ok(Look {
            embedding: embedding.unwrap_or_else(|| logits.clone()),
            logits,
            layer,
        })
    }

    /// Makes the sessions now, so that errors come early: one for each of `workers`.
    ///
    /// # Errors
    /// As [`Self::look`].
    pub(crate) fn prepare_look(&self, map: bool, workers: usize) -> Result<(), ClassifierError> {
        if self.axis_of_classes().is_some() {
            return self.looks(map)?.pool.fill(workers);
        }
        self.forward()?.fill(workers)
    }

    /// For networks whose scores are not one number a class.
    fn look_twice(&self, input: ArrayView3<'_, f32>, map: bool) -> Result<Look, ClassifierError> {
        let logits = self.logits(input)?;
        let largest = largest(&logits);
        let layer = map
            .then(|| self.layer_gradient(input, Target::Class(largest), None))
            .transpose()?;
        Ok(Look {
            embedding: logits.clone(),
            logits,
            layer,
        })
    }

    fn layer_arrays(
        &self,
        name: &str,
        places: Places,
        activation: Vec<f32>,
        gradient: Vec<f32>,
    ) -> Result<LayerGradient, ClassifierError> {
        let dims = self.types.get(name).map_or(&[][..], |t| t.dims.as_slice());
        let array = |values| {
            planes_of(places, dims, values).ok_or_else(|| ClassifierError::Layer {
                layer: name.to_owned(),
                why: "its values do not fit its shape".to_owned(),
            })
        };
        Ok(LayerGradient {
            activation: array(activation)?,
            gradient: array(gradient)?,
            layer: name.to_owned(),
        })
    }

    /// The dimension of the scores that counts the classes, where all others are 1.
    fn axis_of_classes(&self) -> Option<usize> {
        let dims = &self.types.get(&self.scores.logits)?.dims;
        let classes = i64::try_from(self.classes()).ok()?;
        let one_each = dims.iter().product::<i64>() == classes;
        dims.iter()
            .rposition(|&size| size == classes)
            .filter(|_| one_each)
    }

    fn looks(&self, map: bool) -> Result<Arc<LookPool>, ClassifierError> {
        let mut pools = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = pools.get(&map) {
            return Ok(Arc::clone(made));
        }
        let names = autodiff::Names::default();
        let layer = if map {
            let none = || ClassifierError::Layer {
                layer: "last with places".to_owned(),
                why: "no value inside the network has more than one place".to_owned(),
            };
            let layers = self.spatial_values();
            let layer = layers.as_ref().and_then(Layers::usual).ok_or_else(none)?;
            let places = layers
                .as_ref()
                .and_then(|l| l.places(&layer))
                .ok_or_else(none)?;
            // Its memory is allowed for and, of a stranger's file, tried under limits.
            self.gradient_pool(&self.scores.logits, &layer)?;
            Some((layer, places, names.gradient.clone()))
        } else {
            None
        };
        let embedding = self.penultimate();
        let kind = match &layer {
            Some((layer, _, _)) => format!("scores, embedding and gradient by {layer}"),
            None => "scores and embedding".to_owned(),
        };
        let folded = || self.whole();
        let kept = self.kept_sessions(1, self.gradient_bytes, &folded);
        let pool = kept.pool(&kind, || {
            self.look_graph(
                layer.as_ref().map(|l| l.0.as_str()),
                embedding.as_ref(),
                &names,
            )
        })?;
        let made = Arc::new(LookPool {
            pool,
            embedding,
            layer,
        });
        pools.insert(map, Arc::clone(&made));
        Ok(made)
    }

    fn look_graph(
        &self,
        layer: Option<&str>,
        embedding: Option<&Penultimate>,
        names: &autodiff::Names,
    ) -> Result<Model, ClassifierError> {
        let logits = self.scores.logits.as_str();
        let Some(layer) = layer else {
            let outputs = std::iter::once(logits).chain(embedding.map(|e| e.name.as_str()));
            return outputs_graph(&self.whole()?, &self.types, outputs);
        };
        let mut model = self.gradient_graph(logits, layer, names)?;
        let (dims, axis) = match (self.types.get(logits), self.axis_of_classes()) {
            (Some(kind), Some(axis)) => (kind.dims.clone(), axis),
            _ => return Err(ClassifierError::Run("the scores have no type".to_owned())),
        };
        let graph = model.graph_mut()?;
        choose_largest(graph, logits, &dims, axis, &names.seed);
        if let Some(embedding) = embedding {
            let there = graph.output.iter().any(|o| o.name() == embedding.name);
            if let Some(kind) = self.types.get(&embedding.name).filter(|_| !there) {
                graph.output.push(ValueInfo::new(&embedding.name, kind));
            }
        }
        graph.sort()?;
        Ok(model)
    }
}

/// Has the graph itself make the input `seed`: one at the largest score, zero elsewhere.
fn choose_largest(graph: &mut Graph, logits: &str, dims: &[i64], axis: usize, seed: &str) {
    let [largest, numbers, is_largest] = [
        "saliscope/largest",
        "saliscope/numbers",
        "saliscope/is-largest",
    ];
    graph.input.retain(|i| i.name() != seed);
    let count: i64 = dims.iter().product();
    let all: Vec<i64> = (0..count).collect();
    graph
        .initializer
        .push(Tensor::from_i64(numbers, dims, &all));
    graph.node.extend([
        Node::new("ArgMax", &[logits], &[largest])
            .with_int("axis", axis as i64)
            .with_int("keepdims", 1),
        Node::new("Equal", &[largest, numbers], &[is_largest]),
        Node::new("Cast", &[is_largest], &[seed])
            .with_int("to", i64::from(ElementType::F32.code())),
    ]);
}

/// The place of the largest value, the first of equal ones.
fn largest(values: &[f32]) -> usize {
    let mut best = 0;
    for (i, value) in values.iter().enumerate() {
        if values.get(best).is_some_and(|most| value > most) {
            best = i;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use ndarray::Array3;

    use super::*;
    use crate::classifier::NetworkOptions;
    use crate::classifier::{Device, GraphCache};

    fn installed(name: &str) -> Option<Network> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models/installed");
        let path = folder.join(name);
        let options = NetworkOptions {
            cache: GraphCache::off(),
            device: Device::Cpu,
            trusted: true,
            ..NetworkOptions::default()
        };
        path.is_file()
            .then(|| Network::open(&path, &options).unwrap())
    }

    fn waves([h, w, c]: [usize; 3]) -> Array3<f32> {
        Array3::from_shape_fn((h, w, c), |(y, x, c)| {
            ((y * 7 + x * 3 + c * 50) as f32 / 40.0).sin()
        })
    }

    #[test]
    fn one_pass_tells_what_two_do() {
        for name in ["efficientnet-lite0.onnx", "squeezenet.onnx"] {
            let Some(network) = installed(name) else {
                continue;
            };
            let input = waves(network.input_shape());
            let look = network.look(input.view(), true).unwrap();
            let logits = network.logits(input.view()).unwrap();
            let far = |a: &[f32], b: &[f32]| {
                let pairs = a.iter().zip(b);
                let off = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                let most = b.iter().map(|v| v.abs()).fold(0.0, f32::max);
                assert_eq!(a.len(), b.len());
                assert!(off <= 1e-5 * most, "{name}: {off} of {most}");
            };
            far(&look.logits, &logits);
            let class = largest(&logits);
            let want = network
                .layer_gradient(input.view(), Target::Class(class), None)
                .unwrap();
            let got = look.layer.unwrap();
            assert_eq!(got.layer, want.layer);
            far(
                got.activation.as_slice().unwrap(),
                want.activation.as_slice().unwrap(),
            );
            far(
                got.gradient.as_slice().unwrap(),
                want.gradient.as_slice().unwrap(),
            );
            // Without a map the same embedding.
            let plain = network.look(input.view(), false).unwrap();
            assert!(plain.layer.is_none());
            assert_eq!(look.embedding.len(), network.embedding().1);
            far(&plain.embedding, &look.embedding);
            // The layer before the pooling, pooled, is what the last product reads.
            if name.starts_with("efficientnet") {
                let pooled: Vec<f32> = want
                    .activation
                    .outer_iter()
                    .map(|plane| plane.mean().unwrap_or(0.0))
                    .collect();
                assert_eq!(look.embedding.len(), 1280);
                far(&look.embedding, &pooled);
            } else {
                assert_eq!(look.embedding.len(), 512);
            }
        }
    }
}
