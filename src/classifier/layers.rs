//! Where the picture's places lie in the inner values of a network: which of them Grad-CAM can
//! show, and which it shows where none is named.
//!
//! A value is followed from the picture on: convolutions make planes `[1, C, H, W]`, a
//! normalisation or product over the last dimension works on pixels `[1, H, W, C]` or on tokens
//! `[1, T, C]`, and what works element by element keeps the order. Of tokens those in front that
//! stand for no place (class, distillation, registers) are known by what is concatenated.

mod listed;

use std::collections::{BTreeMap, HashMap, HashSet};

use ndarray::Array3;

use crate::onnx::{Graph, Node, Tensor, ValueType};

use super::Layout;

/// How the places of a picture lie in a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Places {
    /// `[1, channels, height, width]`.
    Planes,
    /// `[1, height, width, channels]`.
    Pixels,
    /// `[1, tokens, channels]`: `first` tokens stand for no place, the rest for rows of places,
    /// and what is left after them for none.
    Tokens { first: i64, height: i64, width: i64 },
}

/// The values of a network that have places.
#[derive(Debug)]
pub(super) struct Layers<'a> {
    graph: &'a Graph,
    types: &'a BTreeMap<String, ValueType>,
    /// Sizes of one picture's part, of values that hold several pictures'.
    of_one: HashMap<&'a str, Vec<i64>>,
    places: HashMap<&'a str, Places>,
    /// How the first value of so many tokens lies.
    of_count: HashMap<i64, Places>,
    /// The constants.
    constants: HashMap<&'a str, &'a Tensor>,
    /// Values that depend on the picture.
    active: HashSet<&'a str>,
    /// Values whose places the scores depend on.
    needed: HashSet<&'a str>,
    readers: HashMap<&'a str, Vec<&'a Node>>,
    makers: HashMap<&'a str, &'a Node>,
}

/// The most tokens in front that stand for no place.
const MOST_EXTRA: i64 = 16;

impl<'a> Layers<'a> {
    /// Follows the picture `input` of a folded graph that computes `batch` pictures at once to the
    /// scores `logits`.
    pub(super) fn find(
        graph: &'a Graph,
        types: &'a BTreeMap<String, ValueType>,
        (input, layout, batch): (&'a str, Layout, usize),
        logits: &'a str,
    ) -> Self {
        let several = types.iter().filter_map(|(name, t)| {
            let (first, rest) = t.dims.split_first()?;
            let one = || [&[1][..], rest].concat();
            (batch > 1 && *first == batch as i64).then(|| (name.as_str(), one()))
        });
        let of_one = several.collect();
        let mut readers: HashMap<&str, Vec<&Node>> = HashMap::new();
        let mut makers = HashMap::new();
        for node in &graph.node {
            for name in &node.input {
                readers.entry(name).or_default().push(node);
            }
            makers.extend(node.output.iter().map(|name| (name.as_str(), node)));
        }
        let mut found = Self {
            graph,
            types,
            of_one,
            places: HashMap::new(),
            of_count: HashMap::new(),
            constants: graph.initializer.iter().map(|t| (t.name(), t)).collect(),
            active: HashSet::from([input]),
            needed: HashSet::new(),
            readers,
            makers,
        };
        let first = match layout {
            Layout::Nchw => Places::Planes,
            Layout::Nhwc => Places::Pixels,
        };
        found.places.insert(input, first);
        for node in &graph.node {
            found.follow(node);
        }
        found.needed_by(logits);
        found
    }

    fn dims(&self, value: &str) -> &[i64] {
        let of_all = || self.types.get(value).map_or(&[][..], |t| t.dims.as_slice());
        self.of_one.get(value).map_or_else(of_all, Vec::as_slice)
    }

    fn follow(&mut self, node: &'a Node) {
        let Some(x) = node.input.iter().find(|i| self.active.contains(i.as_str())) else {
            return;
        };
        let outputs = || node.output.iter().filter(|o| !o.is_empty());
        self.active.extend(outputs().map(String::as_str));
        for output in outputs() {
            let made = self.made(node, x, output);
            if let Some(places) = made.filter(|p| self.fits(output, *p)) {
                self.places.insert(output, places);
                if let (Places::Tokens { .. }, Some(&tokens)) = (places, self.dims(output).get(1)) {
                    self.of_count.entry(tokens).or_insert(places);
                }
            }
        }
    }

    fn fits(&self, value: &str, places: Places) -> bool {
        match (places, self.dims(value)) {
            (Places::Planes | Places::Pixels, [1, _, _, _]) => true,
            (
                Places::Tokens {
                    first,
                    height,
                    width,
                },
                [1, tokens, _],
            ) => first + height * width <= *tokens,
            _ => false,
        }
    }

    /// How the places lie in a node's output, by those in its inputs.
    fn made(&self, node: &'a Node, x: &'a str, output: &str) -> Option<Places> {
        let (from, to) = (self.dims(x), self.dims(output));
        let known = || {
            let mut known = node.input.iter().map(String::as_str);
            known.find_map(|name| Some((name, *self.places.get(name)?)))
        };
        match node.op() {
            "Conv"
            | "ConvTranspose"
            | "MaxPool"
            | "AveragePool"
            | "LpPool"
            | "BatchNormalization"
            | "InstanceNormalization"
            | "GroupNormalization"
            | "LRN"
            | "DepthToSpace"
            | "SpaceToDepth"
                if to.len() == 4 =>
            {
                Some(Places::Planes)
            }
            "LayerNormalization" | "RMSNormalization" | "SimplifiedLayerNormalization"
                if matches!(node.int("axis", -1), -1) || node.int("axis", -1) == last(from) =>
            {
                self.along_last(to)
            }
            "MatMul" if node.input(1).is_some_and(|w| !self.active.contains(w)) => {
                self.along_last(to)
            }
            "Transpose" => self.turned(node, x, to),
            "Reshape" => reshaped(*self.places.get(x)?, from, to),
            "Concat" => {
                let (name, places) = known()?;
                let Places::Tokens {
                    first,
                    height,
                    width,
                } = places
                else {
                    return Some(places);
                };
                let before = node.input.iter().take_while(|other| *other != name);
                let before: i64 = before.filter_map(|o| self.dims(o).get(1)).sum();
                let along = node.int("axis", 0);
                Some(Places::Tokens {
                    first: if along == 1 || along == -2 {
                        first + before
                    } else {
                        first
                    },
                    height,
                    width,
                })
            }
            // Places that are cut away or moved are others.
            "Slice" | "Split" | "Gather" | "Pad" | "Resize" => {
                let (name, places) = known()?;
                let same = self.dims(name).len() == to.len();
                match places {
                    Places::Planes | Places::Pixels => same.then_some(places),
                    Places::Tokens { .. } => (self.dims(name) == to).then_some(places),
                }
            }
            _ => {
                let mut same = node.input.iter().filter(|i| self.dims(i) == to);
                same.find_map(|name| self.places.get(name.as_str()).copied())
            }
        }
    }

    /// Places of a value whose dimensions are put in another order.
    fn turned(&self, node: &Node, x: &str, to: &[i64]) -> Option<Places> {
        let order = node.ints("perm")?;
        match (self.places.get(x), order) {
            (Some(Places::Planes), [0, 2, 3, 1]) => Some(Places::Pixels),
            (Some(Places::Pixels), [0, 3, 1, 2]) => Some(Places::Planes),
            (None, [0, 2, 1]) => {
                // Planes that were laid out in a row, turned to tokens.
                let maker = self.makers.get(x)?;
                let planes = maker.input(0)?;
                let &[1, _, height, width] = self.dims(planes) else {
                    return None;
                };
                let is_row = self.places.get(planes) == Some(&Places::Planes)
                    && matches!(maker.op(), "Reshape" | "Flatten" | "Squeeze")
                    && to.get(1) == Some(&(height * width));
                is_row.then_some(Places::Tokens {
                    first: 0,
                    height,
                    width,
                })
            }
            _ => None,
        }
    }

    /// Places of a value that is worked on along its last dimension.
    fn along_last(&self, dims: &[i64]) -> Option<Places> {
        match *dims {
            [1, _, _, _] => Some(Places::Pixels),
            [1, tokens, _] => Some(self.tokens(tokens)?),
            _ => None,
        }
    }

    /// How so many tokens lie: as others of their number, else as the square that they hold.
    fn tokens(&self, tokens: i64) -> Option<Places> {
        if let Some(places) = self.of_count.get(&tokens) {
            return Some(*places);
        }
        (0..=MOST_EXTRA).find_map(|first| {
            let side = (1..=tokens).find(|side| side * side >= tokens - first)?;
            (side > 1 && side * side == tokens - first).then_some(Places::Tokens {
                first,
                height: side,
                width: side,
            })
        })
    }

    /// Walks back from the scores. A value of whose tokens only those in front are looked at, as
    /// by the head of a vision transformer, is needed, but its places are not.
    fn needed_by(&mut self, logits: &'a str) {
        let mut in_front: HashSet<&str> = HashSet::new();
        self.needed.insert(logits);
        for node in self.graph.node.iter().rev() {
            // The scale of steps is found from all rows, but no gradient runs through it.
            let outputs = match node.op() {
                "DynamicQuantizeLinear" => node.output.get(..1).unwrap_or_default(),
                _ => &node.output,
            };
            let (needed, front) = (
                outputs.iter().any(|o| self.needed.contains(o.as_str())),
                outputs.iter().any(|o| in_front.contains(o.as_str())),
            );
            if !needed && !front {
                continue;
            }
            for input in &node.input {
                if !self.active.contains(input.as_str()) {
                    continue;
                }
                let picks = self.picks_in_front(node, input);
                let same = self.keeps_rows(node, input);
                if picks || (!needed && same) {
                    in_front.insert(input);
                } else {
                    self.needed.insert(input);
                }
            }
        }
    }

    /// True when a row of the node's output is made of the same row of this input alone.
    fn keeps_rows(&self, node: &Node, input: &str) -> bool {
        let rows = |dims: &[i64]| match dims.iter().position(|&size| size != 1) {
            Some(at) if at + 2 == dims.len() => dims.get(at).copied(),
            _ => None,
        };
        let from = rows(self.dims(input));
        let moved = matches!(node.op(), "Transpose" | "Conv" | "Gather" | "CumSum")
            || matches!(node.op(), "MatMul" | "Gemm") && self.is_of_two(node);
        from.is_some() && !moved && from == rows(self.dims(node.output(0).unwrap_or_default()))
    }

    fn is_of_two(&self, node: &Node) -> bool {
        let mut inputs = node.input.iter();
        inputs.all(|i| self.active.contains(i.as_str())) && node.input.len() > 1
    }

    /// True when the node reads only tokens in front that stand for no place.
    fn picks_in_front(&self, node: &Node, input: &str) -> bool {
        let Some(Places::Tokens { first, .. }) = self.places.get(input) else {
            return false;
        };
        let constant = |index: usize| -> Option<Vec<i64>> {
            self.constants.get(node.input(index)?)?.to_i64().ok()
        };
        let front = |i: &i64| (0..*first).contains(i);
        match node.op() {
            "Gather" => {
                matches!(node.int("axis", 0), 1 | -2)
                    && constant(1).is_some_and(|places| places.iter().all(front))
            }
            "Slice" => {
                let axes = constant(3).unwrap_or_default();
                let (Some(starts), Some(ends)) = (constant(1), constant(2)) else {
                    return false;
                };
                let mut cuts = axes.iter().zip(starts.iter().zip(&ends));
                cuts.any(|(axis, (start, end))| {
                    matches!(axis, 1 | -2) && *start >= 0 && front(&(end - 1))
                })
            }
            _ => false,
        }
    }
}

/// Places of a value of sizes `from` in the shape `to`.
fn reshaped(places: Places, from: &[i64], to: &[i64]) -> Option<Places> {
    match (places, from, to) {
        (Places::Pixels, &[1, height, width, _], &[1, tokens, _]) if tokens == height * width => {
            Some(Places::Tokens {
                first: 0,
                height,
                width,
            })
        }
        (Places::Tokens { first: 0, .. }, [1, tokens, _], [1, height, width, _])
            if *tokens == height * width =>
        {
            Some(Places::Pixels)
        }
        (places, from, to) if from == to => Some(places),
        _ => None,
    }
}

fn last(dims: &[i64]) -> i64 {
    dims.len() as i64 - 1
}

/// `(channels, height, width)` of a value.
pub(super) fn sizes(places: Places, dims: &[i64]) -> Option<(usize, usize, usize)> {
    let size = |d: i64| usize::try_from(d).ok();
    match (places, dims) {
        (Places::Planes, &[1, c, h, w]) | (Places::Pixels, &[1, h, w, c]) => {
            Some((size(c)?, size(h)?, size(w)?))
        }
        (Places::Tokens { height, width, .. }, &[1, _, c]) => {
            Some((size(c)?, size(height)?, size(width)?))
        }
        _ => None,
    }
}

/// The values of a layer as `[channels, height, width]`, tokens that stand for no place left out; of
/// several pictures at once those of the first.
pub(super) fn planes_of(places: Places, dims: &[i64], mut values: Vec<f32>) -> Option<Array3<f32>> {
    let (pictures, rest) = dims.split_first()?;
    values.truncate(values.len() / usize::try_from(*pictures).ok()?.max(1));
    let (c, h, w) = sizes(places, &[&[1][..], rest].concat())?;
    if places == Places::Planes {
        return Array3::from_shape_vec((c, h, w), values).ok();
    }
    let first = match places {
        Places::Tokens { first, .. } => usize::try_from(first).ok()?,
        _ => 0,
    };
    let of_places = values.get(first * c..(first + h * w) * c)?.to_vec();
    let pixels = Array3::from_shape_vec((h, w, c), of_places).ok()?;
    Some(
        pixels
            .permuted_axes([2, 0, 1])
            .as_standard_layout()
            .into_owned(),
    )
}
