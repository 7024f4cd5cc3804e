//! Gradients of a network: their sessions, made when they are first asked for, and what they give.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use ndarray::{Array3, ArrayView3};
use ort::session::{Session, SessionInputValue};
use ort::value::TensorRef;

use super::values::{floats, of_planes, outputs_graph};
use super::{ARRAYS, Network};
use crate::autodiff;
use crate::classifier::deadline::within;
use crate::classifier::layers::{Layers, Places, planes_of};
use crate::classifier::live::bytes_of;
use crate::classifier::pool::{Pool, run_error};
use crate::classifier::shared_weights::kernel_bytes;
use crate::classifier::{
    Attention, ClassifierError, Differentiable, Gradient, LayerGradient, Layout, Target, trial,
};
use crate::memory;
use crate::onnx::Model;

/// Sessions of one gradient graph and the names of its values.
#[derive(Debug)]
pub(super) struct GradientPool {
    pool: Pool,
    of: String,
    of_dims: Vec<i64>,
    by: String,
    names: autodiff::Names,
}

/// What a run of a gradient graph gives.
struct Swept {
    /// The values of the output.
    of: Vec<f32>,
    /// The values of the inner layer it was differentiated by; empty for the picture.
    by: Vec<f32>,
    gradient: Vec<f32>,
}

impl Network {
    /// The model's own output, and the gradient of its entry `target` in the picture, for one
    /// picture of the network's own layout.
    ///
    /// # Errors
    /// As [`Self::raw_scores`], and when an operator has no gradient rule.
    pub fn raw_gradient(
        &self,
        input: ArrayView3<'_, f32>,
        target: usize,
    ) -> Result<(Vec<f32>, Array3<f32>), ClassifierError> {
        let shape = input.raw_dim();
        let values = self.raw(input)?;
        let gradients = self.gradient_pool(&self.scores.output, &self.input.name)?;
        let mut seed = vec![0.0; self.scores.width];
        *seed.get_mut(target).ok_or(ClassifierError::Class {
            class: target,
            classes: self.scores.width,
        })? = 1.0;
        let swept = self.run_gradient(&gradients, &values, &seed)?;
        let gradient = Array3::from_shape_vec(shape, swept.gradient)
            .map_err(|e| ClassifierError::Run(e.to_string()))?;
        Ok((swept.of, gradient))
    }

    /// The graph that computes logits and gradient, as the bytes of an ONNX file that runs wherever
    /// ONNX Runtime does. Inputs: the picture in the file's own layout, and `saliscope/seed`
    /// `[1, classes]`, the weight of each logit. Outputs: the logits, and `saliscope/gradient`, the
    /// gradient of their weighted sum in the picture.
    ///
    /// # Errors
    /// As [`Differentiable::gradient`].
    pub fn gradient_file(&self) -> Result<Vec<u8>, ClassifierError> {
        let names = autodiff::Names::default();
        let (of, by) = (&self.scores.logits, &self.input.name);
        Ok(self.gradient_graph(of, by, &names)?.to_bytes())
    }

    /// Says that many gradients will be asked for: all sessions for them are then made when the
    /// first is needed.
    pub fn expect_gradients(&self) {
        self.at_once.store(self.parallelism(), Ordering::Relaxed);
    }

    /// Makes the gradient sessions now, so that errors come early and the first gradients are quick.
    ///
    /// # Errors
    /// As [`Differentiable::gradient`].
    pub fn prepare_gradient(&self) -> Result<(), ClassifierError> {
        self.expect_gradients();
        self.gradient_pool(&self.scores.logits, &self.input.name)?
            .pool
            .fill(self.parallelism())
    }

    /// Makes the gradient of `of` in `by` and runs it once on zeros.
    pub(in crate::classifier) fn try_gradient(
        &self,
        of: &str,
        by: &str,
    ) -> Result<(), ClassifierError> {
        let gradients = self.gradient_pool(of, by)?;
        self.run_gradient(&gradients, &self.zeros(), &self.seed(Target::Class(0))?)?;
        Ok(())
    }

    /// The derivative of the target by each explained value.
    fn seed(&self, target: Target) -> Result<Vec<f32>, ClassifierError> {
        let classes = self.classes();
        let mut seed = vec![0.0; classes];
        let mut add = |class: usize, weight: f32| match seed.get_mut(class) {
            Some(slot) => {
                *slot += weight;
                Ok(())
            }
            None => Err(ClassifierError::Class { class, classes }),
        };
        match target {
            Target::Class(class) => add(class, 1.0)?,
            Target::Contrast { class, against } => {
                add(class, 1.0)?;
                add(against, -1.0)?;
            }
        }
        Ok(self.scores.head.gather(seed))
    }

    /// The graph of the forward and the backward pass.
    pub(super) fn gradient_graph(
        &self,
        of: &str,
        by: &str,
        names: &autodiff::Names,
    ) -> Result<Model, ClassifierError> {
        let whole = self.whole()?;
        let graph = autodiff::differentiate(whole.graph()?, &self.types, of, by, names)?;
        crate::onnx::limit_nodes("nodes in its gradient", graph.node.len())?;
        let mut model = Model::new(graph, whole.opset());
        model.opset_import.clone_from(&whole.opset_import);
        model.ir_version = model.ir_version.max(whole.ir_version);
        Ok(model)
    }

    /// The sessions for the gradient of the value `of` in the value `by`.
    pub(super) fn gradient_pool(
        &self,
        of: &str,
        by: &str,
    ) -> Result<Arc<GradientPool>, ClassifierError> {
        let key = (of.to_owned(), by.to_owned());
        let mut pools = self
            .gradients
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = pools.get(&key) {
            return Ok(Arc::clone(found));
        }
        let [height, width, _] = self.input.shape;
        let what = format!("a gradient of this network for {width} x {height} pixels");
        let picture = self.input.value_type();
        let arrays = bytes_of(&picture).saturating_mul(ARRAYS);
        let bytes = self.gradient_bytes.saturating_add(arrays);
        memory::allow(&what, bytes, "choose smaller pictures")?;
        let kind = format!("gradient of {of} by {by}");
        let stranger = trial::is_needed(&self.asked, &self.key, &kind);
        if stranger {
            let what = Some((of.to_owned(), by.to_owned()));
            let size = trial::Size::of(&self.model);
            trial::run(&self.file.path, size, &self.asked, what)?;
        }
        let names = autodiff::Names::default();
        let folded = || self.whole();
        let at_once = self.at_once.load(Ordering::Relaxed);
        let kept = self.kept_sessions(at_once, self.gradient_bytes, &folded);
        let pool = kept.pool(&kind, || self.gradient_graph(of, by, &names))?;
        let of_dims = self
            .types
            .get(of)
            .map(|t| t.dims.clone())
            .unwrap_or_default();
        if stranger {
            self.cache.remember_trial(&self.key, &kind);
        }
        let made = Arc::new(GradientPool {
            pool,
            of: of.to_owned(),
            of_dims,
            by: by.to_owned(),
            names,
        });
        pools.insert(key, Arc::clone(&made));
        Ok(made)
    }

    /// Runs a gradient graph.
    fn run_gradient(
        &self,
        gradients: &GradientPool,
        values: &[f32],
        seed: &[f32],
    ) -> Result<Swept, ClassifierError> {
        let dims = self.input.value_type().dims;
        // Of several pictures at once, the scores of the first.
        let count = gradients.of_dims.iter().product::<i64>();
        let mut seed = seed.to_vec();
        seed.resize(usize::try_from(count).unwrap_or(0), 0.0);
        let seed = seed.as_slice();
        gradients.pool.with(|session: &mut Session| {
            let picture =
                TensorRef::from_array_view((dims.as_slice(), values)).map_err(run_error)?;
            let seed = TensorRef::from_array_view((gradients.of_dims.as_slice(), seed))
                .map_err(run_error)?;
            let inputs: Vec<(&str, SessionInputValue<'_>)> = vec![
                (&self.input.name, picture.into()),
                (&gradients.names.seed, seed.into()),
            ];
            within(self.loops, |bounds| {
                let outputs = session
                    .run_with_options(inputs, bounds)
                    .map_err(run_error)?;
                let by = if gradients.by == self.input.name {
                    Vec::new()
                } else {
                    floats(&outputs, &gradients.by)?
                };
                let mut of = floats(&outputs, &gradients.of)?;
                of.truncate(self.scores.width);
                Ok(Swept {
                    of,
                    by,
                    gradient: floats(&outputs, &gradients.names.gradient)?,
                })
            })
        })
    }
}

impl Differentiable for Network {
    fn input_shape(&self) -> [usize; 3] {
        self.input.shape
    }

    fn parallelism(&self) -> usize {
        // Sessions may not be there yet: what they will be, by the weights. Those of large networks
        // share all but the kernels.
        let bytes = match self.model.weight_bytes() {
            large if large > self.cache.most_arranged => kernel_bytes(&self.model),
            bytes => bytes,
        };
        Pool::limit_for(bytes, self.device, self.workers)
    }

    fn logits(&self, input: ArrayView3<'_, f32>) -> Result<Vec<f32>, ClassifierError> {
        let values = self.forward_scores(self.laid_out(input)?, &self.scores.logits)?;
        Ok(self.scores.head.spread(self.finite(values)?))
    }

    fn probabilities(&self, logits: &[f32]) -> Vec<f32> {
        self.scores.head.probabilities(logits)
    }

    fn gradient(
        &self,
        input: ArrayView3<'_, f32>,
        target: Target,
    ) -> Result<Gradient, ClassifierError> {
        let values = self.laid_out(input)?;
        let seed = self.seed(target)?;
        let gradients = self.gradient_pool(&self.scores.logits, &self.input.name)?;
        let swept = self.run_gradient(&gradients, &values, &seed)?;
        let [h, w, c] = self.input.shape;
        let input = match self.input.layout {
            Layout::Nhwc => Array3::from_shape_vec((h, w, c), swept.gradient),
            Layout::Nchw => Array3::from_shape_vec((h, w, c), of_planes(&swept.gradient, c)),
        };
        Ok(Gradient {
            logits: self.scores.head.spread(swept.of),
            input: input.map_err(|e| ClassifierError::Run(e.to_string()))?,
        })
    }

    fn layer_gradient(
        &self,
        input: ArrayView3<'_, f32>,
        target: Target,
        layer: Option<&str>,
    ) -> Result<LayerGradient, ClassifierError> {
        let layers = self.spatial_values();
        let layer =
            match layer {
                Some(layer) => layer.to_owned(),
                None => layers.as_ref().and_then(Layers::usual).ok_or_else(|| {
                    ClassifierError::Layer {
                        layer: "last with places".to_owned(),
                        why: "no value inside the network has more than one place".to_owned(),
                    }
                })?,
            };
        let bad = |why: &str| ClassifierError::Layer {
            layer: layer.clone(),
            why: why.to_owned(),
        };
        let Some(dims) = self.types.get(&layer).map(|t| t.dims.as_slice()) else {
            return Err(bad(
                "there is none of that name; `models check` lists those there are",
            ));
        };
        let places = layers.as_ref().and_then(|l| l.places(&layer));
        let places = places.or_else(|| matches!(dims, [1, _, _, _]).then_some(Places::Planes));
        let Some(places) = places else {
            return Err(bad(
                "places of the picture do not lie side by side in it; choose one that `models check` lists",
            ));
        };
        let gradients = self.gradient_pool(&self.scores.logits, &layer)?;
        let swept = self.run_gradient(&gradients, &self.laid_out(input)?, &self.seed(target)?)?;
        let array = |values| {
            planes_of(places, dims, values).ok_or_else(|| bad("its values do not fit its shape"))
        };
        Ok(LayerGradient {
            activation: array(swept.by)?,
            gradient: array(swept.gradient)?,
            layer: layer.clone(),
        })
    }

    fn attention(&self, input: ArrayView3<'_, f32>) -> Result<Attention, ClassifierError> {
        let bad = |why: &str| ClassifierError::Layer {
            layer: "attention".to_owned(),
            why: why.to_owned(),
        };
        let found = self.spatial_values().and_then(|l| {
            let (names, places) = l.attention()?;
            Some((names, places)).filter(|(names, _)| !names.is_empty())
        });
        let Some((
            names,
            Places::Tokens {
                first,
                height,
                width,
            },
        )) = found
        else {
            return Err(bad(
                "the network has none between all places of the picture; use another method",
            ));
        };
        let values = self.laid_out(input)?;
        let dims = self.input.value_type().dims;
        let blocks = self.attention_pool(&names)?.with(|session| {
            let picture = TensorRef::from_array_view((dims.as_slice(), values.as_slice()))
                .map_err(run_error)?;
            let outputs = session
                .run(ort::inputs![self.input.name.as_str() => picture])
                .map_err(run_error)?;
            let block = |name: &&str| {
                let values = floats(&outputs, name)?;
                let dims = self.types.get(*name).map(|t| t.dims.clone());
                let tokens = dims.and_then(|d| d.last().copied()).unwrap_or(0);
                let tokens = usize::try_from(tokens).unwrap_or(0).max(1);
                let heads = values.len() / (tokens * tokens);
                Array3::from_shape_vec((heads, tokens, tokens), values)
                    .map_err(|e| bad(&e.to_string()))
            };
            names.iter().map(block).collect::<Result<Vec<_>, _>>()
        })?;
        let size = |d: i64| usize::try_from(d).unwrap_or(0);
        Ok(Attention {
            blocks,
            first: size(first),
            places: [size(height), size(width)],
        })
    }
}

impl Network {
    /// The sessions that put out the attention weights of `names`.
    fn attention_pool(&self, names: &[&str]) -> Result<Arc<Pool>, ClassifierError> {
        let mut pool = self
            .attention
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = &*pool {
            return Ok(Arc::clone(made));
        }
        let folded = || self.whole();
        let kept = self.kept_sessions(1, self.forward_bytes, &folded);
        let made = kept.pool("attention", || {
            outputs_graph(&self.whole()?, &self.types, names.iter().copied())
        })?;
        Ok(Arc::clone(pool.insert(Arc::new(made))))
    }
}
