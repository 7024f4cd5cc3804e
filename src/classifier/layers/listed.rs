//! Which values can be named as layers, which one is shown where none is named, and where attention is.

use std::collections::HashSet;

use super::{Layers, Places, sizes};
use crate::onnx::Node;

impl<'a> Layers<'a> {
    /// True for a sum of two values that both come from the picture, as at the end of a block.
    fn is_residual(&self, node: &Node) -> bool {
        let same = |i: &String| {
            self.active.contains(i.as_str())
                && self.dims(i) == self.dims(node.output(0).unwrap_or_default())
        };
        node.op() == "Add" && node.input.len() == 2 && node.input.iter().all(same)
    }

    /// The value that is normalised, for a normalisation over channels, also spelled out.
    fn normalised(&self, node: &'a Node) -> Option<&'a str> {
        match node.op() {
            "LayerNormalization" | "RMSNormalization" | "SimplifiedLayerNormalization" => {
                node.input(0)
            }
            // centred / root * scale + shift
            "Add" | "Mul" => {
                let mut inner = node;
                for op in ["Mul", "Div"] {
                    if inner.op() == op {
                        continue;
                    }
                    let mut inputs = inner.input.iter();
                    let active = inputs.find(|i| self.active.contains(i.as_str()))?;
                    if self.is_of_two(inner) {
                        return None;
                    }
                    inner = self.makers.get(active.as_str())?;
                    (inner.op() == op).then_some(())?;
                }
                let scaled = inner.input.iter().find_map(|i| self.makers.get(i.as_str()));
                let division = if inner.op() == "Div" { inner } else { scaled? };
                let root = self.makers.get(division.input(1)?)?;
                let centred = self.makers.get(division.input(0)?)?;
                let spelled =
                    division.op() == "Div" && root.op() == "Sqrt" && centred.op() == "Sub";
                spelled.then(|| centred.input(0)).flatten()
            }
            _ => None,
        }
    }

    /// The places of a value that Grad-CAM can show: more than one, and of the scores' making.
    pub(in crate::classifier) fn places(&self, value: &str) -> Option<Places> {
        let places = *self.places.get(value)?;
        let (_, height, width) = sizes(places, self.dims(value))?;
        (height * width > 1).then_some(places)
    }

    /// The names that can be asked for, from the picture to the scores: convolutions, sums and
    /// concatenations at the end of blocks, normalisations, and the activations after these.
    pub(in crate::classifier) fn names(&self) -> Vec<String> {
        let mut listed = HashSet::new();
        let mut names = Vec::new();
        let usual = self.usual();
        for node in &self.graph.node {
            let Some(output) = node.output(0) else {
                continue;
            };
            let after = |op: &str| {
                node.op() == op && node.input.iter().any(|i| listed.contains(i.as_str()))
            };
            let counts = usual.as_deref() == Some(output)
                || matches!(node.op(), "Conv" | "ConvTranspose")
                || node.op() == "Concat"
                    && self.places(output) == Some(Places::Planes)
                    // The picture as often as the file takes it is still the picture.
                    && node.input.iter().any(|i| self.makers.contains_key(i.as_str()))
                || self.is_residual(node)
                || self.normalised(node).is_some()
                || [
                    "Relu",
                    "Clip",
                    "LeakyRelu",
                    "HardSwish",
                    "Gelu",
                    "Swish",
                    "Mul",
                ]
                .into_iter()
                .any(after);
            if counts && self.needed.contains(output) && self.places(output).is_some() {
                listed.insert(output);
                names.push(output.to_owned());
            }
        }
        names
    }

    /// The layer that is shown where none is named: the last that still has places, which is what
    /// the pooling before the classifier takes. Of a transformer that is the sum at the end of its
    /// last block; where its head reads one token alone, the last normalisation whose places that
    /// token still hears of.
    pub(in crate::classifier) fn usual(&self) -> Option<String> {
        let mut nodes = self.graph.node.iter().rev();
        nodes.find_map(|node| {
            let output = node.output(0).filter(|o| self.needed.contains(o))?;
            match self.places(output)? {
                Places::Planes => Some(self.before_final_norm(output).to_owned()),
                Places::Pixels | Places::Tokens { .. } => {
                    let norm = self.normalised(node);
                    if self.is_residual(node) {
                        return Some(output.to_owned());
                    }
                    let inner = norm?;
                    let ends = !self.feeds_a_product(output);
                    let sum = ends.then(|| self.sum_behind(inner)).flatten();
                    Some(sum.unwrap_or(output).to_owned())
                }
            }
        })
    }

    /// The attention weights between all tokens, from the picture to the scores, and how the tokens
    /// lie: softmaxes `[1, heads, tokens, tokens]` that are multiplied with values.
    pub(in crate::classifier) fn attention(&self) -> Option<(Vec<&'a str>, Places)> {
        let mut found: Vec<&str> = Vec::new();
        let mut places = None;
        for node in self.graph.node.iter().filter(|n| n.op() == "Softmax") {
            let output = node.output(0).filter(|o| self.needed.contains(o))?;
            let ([1, _, rows, columns] | [_, rows, columns]) = *self.dims(output) else {
                continue;
            };
            let mut readers = self.readers.get(output).into_iter().flatten();
            let weighs = readers.any(|n| n.op() == "MatMul" && self.is_of_two(n));
            if rows != columns || !weighs {
                continue;
            }
            let of_block = self.tokens(rows)?;
            if *places.get_or_insert(of_block) != of_block {
                return None;
            }
            found.push(output);
        }
        Some((found, places?))
    }

    /// Pixels that are normalised and turned to planes only to be pooled: what was normalised.
    fn before_final_norm(&self, planes: &'a str) -> &'a str {
        let sum = || {
            let turn = self.makers.get(planes).filter(|n| n.op() == "Transpose")?;
            let norm = self.makers.get(turn.input(0)?)?;
            self.sum_behind(self.normalised(norm)?)
        };
        sum().unwrap_or(planes)
    }

    /// The sum at the end of a block that a value is, perhaps in another shape.
    fn sum_behind(&self, value: &'a str) -> Option<&'a str> {
        let mut name = value;
        for _ in 0..4 {
            let maker = self.makers.get(name)?;
            if self.is_residual(maker) {
                return self.places(name).is_some().then_some(name);
            }
            if !matches!(maker.op(), "Reshape" | "Transpose" | "Identity") {
                return None;
            }
            name = maker.input(0)?;
        }
        None
    }

    /// True when a value goes into a product with weights: the inside of a block.
    fn feeds_a_product(&self, value: &str) -> bool {
        let readers = |value: &str| self.readers.get(value).into_iter().flatten();
        let product = |node: &&Node| matches!(node.op(), "MatMul" | "Gemm" | "Conv");
        readers(value).any(|node| {
            let shaped = node.op() == "Reshape"
                && node
                    .output(0)
                    .is_some_and(|shaped| readers(shaped).any(product));
            product(node) || shaped
        })
    }
}
