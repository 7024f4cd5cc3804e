//! Networks that put out something else than their scores: the units of an inner value, or how alike the
//! picture is to another one for the network. Everything that explains scores then explains those.

use ndarray::ArrayView3;

use super::Network;
use super::values::outputs_graph;
use crate::classifier::layers::{Layers, Places};
use crate::classifier::{ClassifierError, Differentiable as _, NetworkOptions, ScoreKind};
use crate::onnx::{ElementType, Model, Node, Tensor, ValueInfo, ValueType};

const UNITS: &str = "saliscope/units";
const ALIKE: &str = "saliscope/alike";

/// A network made of a part of another one. Its file goes when it is dropped.
#[derive(Debug)]
pub struct PartNetwork {
    /// The network.
    pub network: Network,
    /// The value of the whole network that it puts out.
    pub value: String,
    folder: tempfile::TempDir,
}

impl PartNetwork {
    /// The network, and the folder that is to be kept as long as it is used.
    #[must_use]
    pub fn into_parts(self) -> (Network, tempfile::TempDir) {
        (self.network, self.folder)
    }
}

impl Network {
    /// The network whose scores are the units of `value` (by default of the layer that Grad-CAM shows): the
    /// mean of each channel over all places, or the numbers themselves where there are no places.
    ///
    /// # Errors
    /// When there is no such value, it has no units, or the part cannot be run.
    pub fn units_of(&self, value: Option<&str>) -> Result<PartNetwork, ClassifierError> {
        let (model, value, _) = self.units_model(value)?;
        self.opened(&model, value, UNITS)
    }

    /// The network whose two scores are how alike the picture is to `other` (a picture in network units), by
    /// the cosine of their units of `value`, and its negative.
    ///
    /// # Errors
    /// As [`Self::units_of`], and when the units of `other` are all 0.
    pub fn alike_to(
        &self,
        value: Option<&str>,
        other: ArrayView3<'_, f32>,
    ) -> Result<PartNetwork, ClassifierError> {
        let (mut model, value, count) = self.units_model(value)?;
        let units = self.opened(&model, value.clone(), UNITS)?;
        let wanted = units.network.logits(other)?;
        let length = wanted
            .iter()
            .map(|&v| f64::from(v).powi(2))
            .sum::<f64>()
            .sqrt();
        if length == 0.0 {
            return Err(bad(&value, "it is 0 everywhere for the other picture"));
        }
        let wanted: Vec<f32> = wanted
            .iter()
            .map(|&v| (f64::from(v) / length) as f32)
            .collect();
        let opset = model.opset();
        let graph = model.graph_mut()?;
        let name = |part: &str| format!("{ALIKE}/{part}");
        graph
            .initializer
            .push(Tensor::from_f32(&name("other"), &[count, 1], &wanted));
        graph
            .initializer
            .push(Tensor::from_f32(&name("least"), &[1], &[1e-12]));
        let mut add = |op: &str, inputs: &[&str], output: &str| {
            graph.node.push(Node::new(op, inputs, &[output]));
        };
        add("MatMul", &[UNITS, &name("other")], &name("product"));
        add("Mul", &[UNITS, UNITS], &name("squares"));
        let mean = mean_of(&name("squares"), &name("mean"), &[1], opset, true);
        graph.node.push(mean.0);
        graph.initializer.extend(mean.1);
        graph
            .initializer
            .push(Tensor::from_f32(&name("count"), &[1], &[count as f32]));
        let mut add = |op: &str, inputs: &[&str], output: &str| {
            graph.node.push(Node::new(op, inputs, &[output]));
        };
        add("Mul", &[&name("mean"), &name("count")], &name("sum"));
        // A picture without any unit is alike to none.
        add("Add", &[&name("sum"), &name("least")], &name("safe"));
        add("Sqrt", &[&name("safe")], &name("length"));
        add("Div", &[&name("product"), &name("length")], &name("cosine"));
        add("Neg", &[&name("cosine")], &name("unlike"));
        let both = Node::new("Concat", &[&name("cosine"), &name("unlike")], &[ALIKE]);
        graph.node.push(both.with_int("axis", 1));
        graph.output = vec![ValueInfo::new(
            ALIKE,
            &ValueType::new(ElementType::F32, &[1, 2]),
        )];
        self.opened(&model, value, ALIKE)
    }

    /// The graph up to the units, the value that they are of, and how many there are.
    fn units_model(&self, value: Option<&str>) -> Result<(Model, String, i64), ClassifierError> {
        let layers = self.spatial_values();
        let usual = || layers.as_ref().and_then(Layers::usual);
        let value = match value {
            Some(value) => value.to_owned(),
            None => usual().ok_or_else(|| bad("last with places", "there is none"))?,
        };
        let Some(dims) = self.types.get(&value).map(|t| t.dims.clone()) else {
            return Err(bad(
                &value,
                "there is none of that name; `models check` lists those there are",
            ));
        };
        let places = layers.as_ref().and_then(|l| l.places(&value));
        let (axes, count): (&[i64], i64) = match (dims.as_slice(), places) {
            ([1, _, _, count], Some(Places::Pixels)) => (&[1, 2], *count),
            ([1, count, _, _], _) => (&[2, 3], *count),
            ([1, _, count], _) => (&[1], *count),
            ([1, count], _) => (&[], *count),
            _ => {
                return Err(bad(
                    &value,
                    "its units are not known: it has other dimensions",
                ));
            }
        };
        if count < 2 {
            return Err(bad(&value, "it has one unit only"));
        }
        let whole = self.whole()?;
        let mut model = outputs_graph(&whole, &self.types, [value.as_str()].into_iter())?;
        let opset = model.opset();
        let graph = model.graph_mut()?;
        let mut units = value.clone();
        if !axes.is_empty() {
            units = format!("{UNITS}/mean");
            let (node, axes) = mean_of(&value, &units, axes, opset, false);
            graph.node.push(node);
            graph.initializer.extend(axes);
        }
        // All of them, in order: what squashes them before is no end of a classifier.
        let all = format!("{UNITS}/all");
        let numbers: Vec<i64> = (0..count).collect();
        graph
            .initializer
            .push(Tensor::from_i64(&all, &[count], &numbers));
        let gather = Node::new("Gather", &[&units, &all], &[UNITS]);
        graph.node.push(gather.with_int("axis", 1));
        graph.output = vec![ValueInfo::new(
            UNITS,
            &ValueType::new(ElementType::F32, &[1, count]),
        )];
        Ok((model, value, count))
    }

    fn opened(
        &self,
        model: &Model,
        value: String,
        output: &str,
    ) -> Result<PartNetwork, ClassifierError> {
        let io = |error: std::io::Error| ClassifierError::Run(error.to_string());
        let folder = tempfile::tempdir().map_err(io)?;
        let path = folder.path().join("part.onnx");
        model.save(&path)?;
        let [height, width, _] = self.input.shape;
        let options = NetworkOptions {
            size: Some([height, width]),
            output: Some(output.to_owned()),
            // Values as they are: nothing in them is squashed or is a probability.
            kind: Some(ScoreKind::Logits),
            device: self.device,
            // A part of a network that is open.
            trusted: true,
            ..NetworkOptions::default()
        };
        let network = Network::open(&path, &options)?;
        // A part without the first layers could be taken for another order of dimensions.
        if network.input.layout != self.input.layout || network.input.shape != self.input.shape {
            return Err(bad(
                &value,
                "the part of the network before it cannot be told",
            ));
        }
        Ok(PartNetwork {
            network,
            value,
            folder,
        })
    }
}

fn bad(value: &str, why: &str) -> ClassifierError {
    ClassifierError::Layer {
        layer: value.to_owned(),
        why: why.to_owned(),
    }
}

/// The mean over axes: an attribute until operator set 17, an input from 18 on.
fn mean_of(from: &str, to: &str, axes: &[i64], opset: i64, keep: bool) -> (Node, Option<Tensor>) {
    let keep = i64::from(keep);
    if opset < 18 {
        let node = Node::new("ReduceMean", &[from], &[to]);
        return (
            node.with_ints("axes", axes).with_int("keepdims", keep),
            None,
        );
    }
    let name = format!("{to}/axes");
    let node = Node::new("ReduceMean", &[from, &name], &[to]).with_int("keepdims", keep);
    let axes = Tensor::from_i64(&name, &[axes.len() as i64], axes);
    (node, Some(axes))
}
