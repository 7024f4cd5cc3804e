//! What goes into a network and what comes out: finds the picture's input and the class scores.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::onnx::{Graph, ValueType};

use super::ClassifierError;

/// The order of the picture's dimensions in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Layout {
    /// Batch, channels, height, width: PyTorch's.
    #[serde(rename = "NCHW")]
    Nchw,
    /// Batch, height, width, channels: TensorFlow's.
    #[serde(rename = "NHWC")]
    Nhwc,
}

impl std::fmt::Display for Layout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Nchw => "NCHW",
            Self::Nhwc => "NHWC",
        })
    }
}

/// The picture's input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ImageInput {
    pub(super) name: String,
    pub(super) layout: Layout,
    /// `[height, width, channels]`.
    pub(super) shape: [usize; 3],
    /// True when the file says height and width, which then cannot be chosen.
    pub(super) fixed: bool,
}

/// Side of the picture where neither the file nor the caller says one: the most common.
const USUAL_SIDE: usize = 224;
/// The largest side that is accepted: four times that of the largest published classifiers.
const MAX_SIDE: usize = 4096;

impl ImageInput {
    /// Finds the input. `size` is `[height, width]` for files that leave it open.
    pub(super) fn find(
        graph: &Graph,
        path: &Path,
        size: Option<[usize; 2]>,
    ) -> Result<Self, ClassifierError> {
        let fail = |why: String| ClassifierError::Unsuitable {
            path: path.to_owned(),
            why,
        };
        let inputs: Vec<_> = graph.required_inputs().collect();
        let [input] = inputs.as_slice() else {
            let names: Vec<_> = inputs.iter().map(|i| i.name()).collect();
            return Err(fail(format!(
                "it has {} inputs ({}), a classifier has one, the picture",
                inputs.len(),
                names.join(", ")
            )));
        };
        let name = input.name().to_owned();
        if !input
            .element()
            .is_some_and(crate::onnx::ElementType::is_float)
        {
            return Err(fail(format!(
                "its input {name:?} does not hold floats; export it with a float input"
            )));
        }
        let dims = input
            .dims()
            .ok_or_else(|| fail(format!("the shape of its input {name:?} is not given")))?;
        let [_, second, third, fourth] = dims.as_slice() else {
            return Err(fail(format!(
                "its input {name:?} has {} dimensions, a picture has four: [N,3,H,W] or [N,H,W,3]",
                dims.len()
            )));
        };
        let is_channels = |d: &Option<i64>| matches!(d, Some(1 | 3));
        let (layout, channels, open) = if is_channels(second) {
            (Layout::Nchw, *second, [*third, *fourth])
        } else if is_channels(fourth) {
            (Layout::Nhwc, *fourth, [*second, *third])
        } else if second.is_none() && third.is_none() && fourth.is_none() {
            (Layout::Nchw, Some(3), [None, None])
        } else {
            let text: Vec<_> = dims
                .iter()
                .map(|d| d.map_or("?".to_owned(), |d| d.to_string()))
                .collect();
            return Err(fail(format!(
                "its input {name:?} is [{}], a picture is [N,3,H,W] or [N,H,W,3]",
                text.join(",")
            )));
        };
        let mut sides = [0; 2];
        for (index, side) in sides.iter_mut().enumerate() {
            let given = size.and_then(|s| s.get(index).copied());
            let fixed = open
                .get(index)
                .copied()
                .flatten()
                .and_then(|d| usize::try_from(d).ok());
            *side = match (fixed, given) {
                (Some(fixed), Some(given)) if fixed != given => {
                    return Err(fail(format!(
                        "its pictures are {fixed} pixels a side, not {given}"
                    )));
                }
                (fixed, given) => fixed.or(given).unwrap_or(USUAL_SIDE),
            };
            if *side == 0 || *side > MAX_SIDE {
                return Err(fail(format!(
                    "pictures of {side} pixels a side are not supported (1 to {MAX_SIDE})"
                )));
            }
        }
        let [height, width] = sides;
        let channels = usize::try_from(channels.unwrap_or(3)).unwrap_or(3);
        Ok(Self {
            name,
            layout,
            shape: [height, width, channels],
            fixed: open.iter().all(|side| side.is_some_and(|side| side > 0)),
        })
    }

    /// The type of the input for one picture.
    pub(super) fn value_type(&self) -> ValueType {
        let [h, w, c] = self.shape.map(|d| d as i64);
        let dims = match self.layout {
            Layout::Nchw => [1, c, h, w],
            Layout::Nhwc => [1, h, w, c],
        };
        ValueType::new(crate::onnx::ElementType::F32, &dims)
    }
}

/// The class scores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scores {
    /// The model's own output.
    pub(super) output: String,
    /// The value before a final softmax; the output itself where there is none.
    pub(super) logits: String,
    pub(super) classes: usize,
}

/// Fifty times the classes of the largest published classifiers.
const MOST_CLASSES: usize = 1_000_000;

impl Scores {
    /// Finds the output in a folded graph whose output types are known.
    pub(super) fn find(graph: &Graph, path: &Path) -> Result<Self, ClassifierError> {
        let fits = |dims: &Option<Vec<Option<i64>>>| -> Option<usize> {
            let dims: Vec<i64> = dims.clone()?.into_iter().collect::<Option<_>>()?;
            let classes = dims.iter().copied().max().unwrap_or(0);
            let ones = dims.iter().filter(|&&d| d == 1).count();
            let ok = matches!(dims.len(), 2 | 4)
                && ones + 1 == dims.len()
                && classes > 1
                && dims.first() == Some(&1);
            ok.then(|| usize::try_from(classes).ok()).flatten()
        };
        let found = graph
            .output
            .iter()
            .filter(|o| o.element().is_some_and(crate::onnx::ElementType::is_float))
            .find_map(|o| Some((o.name().to_owned(), fits(&o.dims())?)));
        let Some((output, classes)) = found else {
            let shape = |o: &crate::onnx::ValueInfo| {
                let dims = o.dims().unwrap_or_default();
                let text: Vec<_> = dims
                    .iter()
                    .map(|d| d.map_or("?".to_owned(), |d| d.to_string()))
                    .collect();
                format!("{} [{}]", o.name(), text.join(","))
            };
            let shapes: Vec<_> = graph.output.iter().map(shape).collect();
            return Err(ClassifierError::Unsuitable {
                path: path.to_owned(),
                why: format!(
                    "no output is [N,classes], one score per class: {}",
                    shapes.join(", ")
                ),
            });
        };
        if classes > MOST_CLASSES {
            return Err(ClassifierError::Unsuitable {
                path: path.to_owned(),
                why: format!(
                    "its output {output} has {classes} numbers, more than the {MOST_CLASSES} classes that are possible; it is no classifier"
                ),
            });
        }
        let logits = before_softmax(graph, &output, classes);
        Ok(Self {
            output,
            logits,
            classes,
        })
    }
}

/// So many operators may stand between a softmax and the output.
const MOST_SHAPE_CHANGES: usize = 16;

/// Walks back from the output over operators that only change the shape, through a softmax.
fn before_softmax(graph: &Graph, output: &str, classes: usize) -> String {
    let count = |name: &str| {
        let dims = graph
            .value_info
            .iter()
            .find(|v| v.name() == name)
            .and_then(crate::onnx::ValueInfo::dims)?;
        dims.into_iter()
            .collect::<Option<Vec<i64>>>()
            .map(|d| d.iter().product::<i64>())
    };
    let mut name = output.to_owned();
    for _ in 0..MOST_SHAPE_CHANGES {
        let Some(node) = graph.node.iter().find(|n| n.output(0) == Some(&name)) else {
            break;
        };
        let Some(input) = node.input(0) else { break };
        match node.op() {
            "Softmax" | "LogSoftmax" if count(input) == Some(classes as i64) => {
                return input.to_owned();
            }
            "Identity" | "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" | "Cast" => {
                name = input.to_owned();
            }
            _ => break,
        }
    }
    output.to_owned()
}
