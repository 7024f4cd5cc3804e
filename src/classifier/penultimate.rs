//! The value that the last product of a network reads: what it knows of a picture before it names
//! classes, known as the embedding.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::onnx::{ElementType, Graph, Node, ValueType};

/// How the channels lie in the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channels {
    /// `[1, channels, ...]`, the rest are places.
    Second,
    /// `[..., channels]`, the rest are places.
    Last,
}

/// The value and how its channels lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Penultimate {
    pub(super) name: String,
    pub(super) dims: Vec<i64>,
    pub(super) channels: Channels,
}

/// So many operators are walked over between the last product and the scores.
const MOST_STEPS: usize = 32;

impl Penultimate {
    /// Walks back from the scores to the last product with weights: a matrix, or a convolution of
    /// one pixel.
    pub(super) fn find(
        graph: &Graph,
        types: &BTreeMap<String, ValueType>,
        input: &str,
        logits: &str,
    ) -> Option<Self> {
        let mut active: HashSet<&str> = HashSet::from([input]);
        let mut makers: HashMap<&str, &Node> = HashMap::new();
        for node in &graph.node {
            if node.input.iter().any(|i| active.contains(i.as_str())) {
                active.extend(node.output.iter().map(String::as_str));
            }
            makers.extend(node.output.iter().map(|o| (o.as_str(), node)));
        }
        let mut name = logits;
        for _ in 0..MOST_STEPS {
            let node = makers.get(name)?;
            let mut from = node.input.iter().filter(|i| active.contains(i.as_str()));
            let (Some(one), None) = (from.next(), from.next()) else {
                return None;
            };
            let channels = match node.op() {
                "Gemm" | "MatMul" => Channels::Last,
                "Conv" if is_pointwise(graph, node) => Channels::Second,
                "Conv" => return None,
                _ => {
                    name = one;
                    continue;
                }
            };
            // The picture itself is no embedding.
            let kind = types.get(one).filter(|_| one != input)?;
            return (kind.element == ElementType::F32).then(|| Self {
                name: one.clone(),
                dims: kind.dims.clone(),
                channels,
            });
        }
        None
    }

    /// Number of channels.
    pub(super) fn width(&self) -> usize {
        let at = match self.channels {
            Channels::Second => self.dims.get(1),
            Channels::Last => self.dims.last(),
        };
        at.and_then(|&d| usize::try_from(d).ok()).unwrap_or(0)
    }

    /// The mean of each channel over all places.
    pub(super) fn pooled(&self, values: &[f32]) -> Vec<f32> {
        let width = self.width().max(1);
        let places = (values.len() / width).max(1);
        let mean = |sum: f64| (sum / places as f64) as f32;
        match self.channels {
            Channels::Second => values
                .chunks(places)
                .map(|of| mean(of.iter().map(|&v| f64::from(v)).sum()))
                .collect(),
            Channels::Last => (0..width)
                .map(|c| {
                    let of = values.iter().skip(c).step_by(width);
                    mean(of.map(|&v| f64::from(v)).sum())
                })
                .collect(),
        }
    }
}

/// Whether a convolution looks at one pixel at a time.
fn is_pointwise(graph: &Graph, node: &Node) -> bool {
    let sizes = node.ints("kernel_shape").map(<[i64]>::to_vec);
    let weights = || {
        let name = node.input(1)?;
        let tensor = graph.initializer.iter().find(|t| t.name() == name)?;
        tensor.dims.get(2..).map(<[i64]>::to_vec)
    };
    sizes
        .or_else(weights)
        .is_some_and(|sizes| sizes.iter().all(|&side| side == 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::{Tensor, ValueInfo};

    fn types(of: &[(&str, &[i64])]) -> BTreeMap<String, ValueType> {
        let typed = |(name, dims): &(&str, &[i64])| {
            ((*name).to_owned(), ValueType::new(ElementType::F32, dims))
        };
        of.iter().map(typed).collect()
    }

    fn graph(nodes: Vec<Node>, weights: Vec<Tensor>) -> Graph {
        Graph {
            node: nodes,
            initializer: weights,
            input: vec![ValueInfo::new(
                "x",
                &ValueType::new(ElementType::F32, &[1, 3, 2, 2]),
            )],
            ..Graph::default()
        }
    }

    #[test]
    fn the_input_of_the_last_matrix_is_found_behind_bias_and_shape() {
        let graph = graph(
            vec![
                Node::new("GlobalAveragePool", &["x"], &["pooled"]),
                Node::new("Flatten", &["pooled"], &["flat"]),
                Node::new("MatMul", &["flat", "w"], &["product"]),
                Node::new("Add", &["product", "b"], &["scores"]),
            ],
            Vec::new(),
        );
        let found = Penultimate::find(
            &graph,
            &types(&[("flat", &[1, 3]), ("scores", &[1, 5])]),
            "x",
            "scores",
        )
        .unwrap();
        assert_eq!(
            (found.name.as_str(), found.width(), found.channels),
            ("flat", 3, Channels::Last)
        );
        assert_eq!(found.pooled(&[1.0, 2.0, 3.0]), [1.0, 2.0, 3.0]);
    }

    #[test]
    fn before_a_convolution_of_one_pixel_the_places_are_averaged() {
        let kernel = |side: i64| Tensor::from_f32("w", &[5, 2, side, side], &[0.0; 10]);
        let nodes = || {
            vec![
                Node::new("Relu", &["x"], &["seen"]),
                Node::new("Conv", &["seen", "w"], &["planes"]),
                Node::new("GlobalAveragePool", &["planes"], &["scores"]),
            ]
        };
        let types = types(&[("seen", &[1, 2, 1, 2]), ("scores", &[1, 5, 1, 1])]);
        let find =
            |side| Penultimate::find(&graph(nodes(), vec![kernel(side)]), &types, "x", "scores");
        let found = find(1).unwrap();
        assert_eq!((found.name.as_str(), found.width()), ("seen", 2));
        assert_eq!(found.pooled(&[1.0, 3.0, 5.0, 6.0]), [2.0, 5.5]);
        assert_eq!(find(3), None);
        let last = Penultimate {
            channels: Channels::Last,
            dims: vec![1, 2, 2],
            ..found
        };
        assert_eq!(last.pooled(&[1.0, 3.0, 5.0, 6.0]), [3.0, 4.5]);
    }

    #[test]
    fn a_sum_of_two_branches_has_none() {
        let graph = graph(
            vec![
                Node::new("Relu", &["x"], &["a"]),
                Node::new("Tanh", &["x"], &["b"]),
                Node::new("Add", &["a", "b"], &["scores"]),
            ],
            Vec::new(),
        );
        assert_eq!(
            Penultimate::find(&graph, &types(&[("scores", &[1, 3, 2, 2])]), "x", "scores"),
            None
        );
    }
}
