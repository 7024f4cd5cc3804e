//! Finds the picture's input.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::super::ClassifierError;
use super::outputs::shape_text;
use super::reading::Reading;
use super::switches::{Switch, is_read, switch};
use crate::onnx::{ElementType, Graph, Node, ValueInfo, ValueType};

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

/// Where the size of the pictures comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SizeSource {
    /// The file fixes it.
    File,
    /// The caller says it.
    Said,
    /// A description in or beside the file.
    Described,
    /// A table of positions inside the network fits no other.
    Positions,
    /// Of the usual sizes, the first that the network computes with.
    Tried,
    /// Nothing says it: 224 x 224, the most common.
    Usual,
}

/// The picture's input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct ImageInput {
    pub(in super::super) name: String,
    pub(in super::super) layout: Layout,
    /// `[height, width, channels]`.
    pub(in super::super) shape: [usize; 3],
    /// True when the file says height and width, which then cannot be chosen.
    pub(in super::super) fixed: bool,
    pub(in super::super) size_source: SizeSource,
    /// What the file's input holds, as ONNX calls it.
    pub(in super::super) element: String,
    /// The pixel value that black is fed as, for an input of whole numbers.
    pub(in super::super) whole_numbers: Option<i32>,
    /// False for a file whose input is one picture, without a dimension for several.
    pub(in super::super) batched: bool,
    /// So many pictures the file computes at once; the same one is given each time.
    pub(in super::super) batch: usize,
    /// What there is to say of it, a sentence each.
    pub(in super::super) notes: Vec<String>,
}

/// What the dimensions of an input say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) name: String,
    pub(super) layout: Layout,
    pub(super) channels: usize,
    /// Height and width, where the file says them.
    pub(super) sides: [Option<usize>; 2],
    pub(super) batched: bool,
    pub(super) batch: usize,
    pub(super) element: String,
    pub(super) whole_numbers: Option<i32>,
    pub(super) notes: Vec<String>,
}

/// What an input's numbers are, and where whole ones begin.
fn numbers(input: &ValueInfo) -> Option<(ElementType, Option<i32>)> {
    match input.element()? {
        element if element.is_float() => Some((element, None)),
        element @ ElementType::I8 => Some((element, Some(-128))),
        element @ (ElementType::U8
        | ElementType::I16
        | ElementType::U16
        | ElementType::I32
        | ElementType::I64) => Some((element, Some(0))),
        _ => None,
    }
}

/// The most pictures at once that are computed for the sake of one.
const MOST_AT_ONCE: i64 = 64;

/// The largest side that is accepted: four times that of the largest published classifiers.
pub(super) const MAX_SIDE: usize = 4096;

impl Form {
    /// Finds the picture among the inputs of a graph whose nodes are in order.
    pub(super) fn find(graph: &Graph, path: &Path) -> Result<Self, ClassifierError> {
        let fail = |why: String| ClassifierError::Unsuitable {
            path: path.to_owned(),
            why,
        };
        let mut notes = Vec::new();
        let mut pictures = Vec::new();
        let mut others = Vec::new();
        let mut unread = Vec::new();
        for input in graph.required_inputs() {
            match switch(input) {
                _ if !is_read(graph, input.name()) => unread.push(input.name()),
                Some(Switch { sentence, .. }) => notes.push(sentence),
                None if may_be_picture(input) => pictures.push(input),
                None => others.push(input),
            }
        }
        if !unread.is_empty() {
            notes.push(format!(
                "the input {} is read by no operator and left away",
                unread.join(", ")
            ));
        }
        let input = match (pictures.as_slice(), others.as_slice()) {
            ([input], []) => *input,
            ([], [input]) => return Err(fail(no_picture(graph, input))),
            ([], []) => return Err(fail("no operator reads an input".to_owned())),
            (pictures, others) => {
                let text = |i: &&ValueInfo| format!("{} {}", i.name(), shape_text(i));
                let all: Vec<String> = pictures.iter().chain(others).map(text).collect();
                return Err(fail(format!(
                    "it has {} inputs ({}), a classifier has one, the picture",
                    all.len(),
                    all.join(", ")
                )));
            }
        };
        let name = input.name().to_owned();
        let Some((element, whole_numbers)) = numbers(input) else {
            return Err(fail(format!(
                "its input {name:?} holds neither floats nor whole numbers; export it with a float input"
            )));
        };
        let dims = match input.dims() {
            Some(dims) => dims,
            // A picture whose sizes are all open, if its first operators take one.
            None if Use::of(graph, &name, true).layout.is_some() => vec![None; 4],
            None => {
                return Err(fail(format!(
                    "the shape of its input {name:?} is not given; export it with one, such as [N,3,224,224]"
                )));
            }
        };
        let (batch, rest) = match dims.as_slice() {
            [batch, rest @ ..] if rest.len() == 3 => (Some(*batch), rest),
            rest => (None, rest),
        };
        let &[first, second, third] = rest else {
            return Err(fail(no_picture(graph, input)));
        };
        let used = Use::of(graph, &name, batch.is_some());
        let Some((layout, channels)) = layout([first, second, third], &used) else {
            return Err(fail(format!(
                "its input {name:?} is {}, a picture is [N,3,H,W] or [N,H,W,3]",
                shape_text(input)
            )));
        };
        let at_once = batch.flatten().unwrap_or(1).max(1);
        if at_once > MOST_AT_ONCE {
            return Err(fail(format!(
                "it takes {at_once} pictures at once; export it with a batch of 1"
            )));
        }
        if at_once > 1 {
            notes.push(format!(
                "made for {at_once} pictures at once: the same one is given {at_once} times, and the first answer read"
            ));
        }
        let sides = match layout {
            Layout::Nchw => [second, third],
            Layout::Nhwc => [first, second],
        };
        Ok(Self {
            name,
            layout,
            channels,
            sides: sides.map(|side| side.and_then(|side| usize::try_from(side).ok())),
            batched: batch.is_some(),
            batch: usize::try_from(at_once).unwrap_or(1),
            element: element_name(element).to_owned(),
            whole_numbers,
            notes,
        })
    }

    /// The input for pictures of one size.
    pub(super) fn sized(
        &self,
        [height, width]: [usize; 2],
        source: SizeSource,
        batch: usize,
    ) -> ImageInput {
        let mut notes = self.notes.clone();
        if batch != self.batch {
            notes.push(format!(
                "the file computes {batch} pictures at once: the same one is given {batch} times, and the first answer read"
            ));
        }
        ImageInput {
            name: self.name.clone(),
            layout: self.layout,
            shape: [height, width, self.channels],
            fixed: source == SizeSource::File,
            size_source: source,
            element: self.element.clone(),
            whole_numbers: self.whole_numbers,
            batched: self.batched,
            batch,
            notes,
        }
    }
}

impl ImageInput {
    /// The type of the input for one picture.
    pub(in super::super) fn value_type(&self) -> ValueType {
        let [h, w, c] = self.shape.map(|d| d as i64);
        let dims = match self.layout {
            Layout::Nchw => [1, c, h, w],
            Layout::Nhwc => [1, h, w, c],
        };
        ValueType::new(ElementType::F32, &dims)
    }

    /// Tells graphs for different pictures apart.
    pub(in super::super) fn key(&self) -> [usize; 4] {
        let [h, w, c] = self.shape;
        [h, w, c, self.batch]
    }
}

/// As ONNX documents and NumPy call it.
pub(super) fn element_name(element: ElementType) -> &'static str {
    match element {
        ElementType::F32 => "float32",
        ElementType::F64 => "float64",
        ElementType::F16 => "float16",
        ElementType::Bf16 => "bfloat16",
        ElementType::I64 => "int64",
        ElementType::I32 => "int32",
        ElementType::I16 => "int16",
        ElementType::I8 => "int8",
        ElementType::U64 => "uint64",
        ElementType::U32 => "uint32",
        ElementType::U16 => "uint16",
        ElementType::U8 => "uint8",
        ElementType::Bool => "bool",
        // Types of few bits hold weights.
        _ => "other",
    }
}

fn may_be_picture(input: &ValueInfo) -> bool {
    let Some(dims) = input.dims() else {
        return true;
    };
    let channels = |d: Option<i64>| d.is_none_or(|d| matches!(d, 1 | 3));
    match dims.as_slice() {
        [_, a, _, b] | [a, _, b] => channels(*a) || channels(*b),
        _ => false,
    }
}

/// Why a lone input is not a picture.
fn no_picture(graph: &Graph, input: &ValueInfo) -> String {
    let (name, shape) = (input.name(), shape_text(input));
    let decodes = graph
        .node
        .iter()
        .find(|n| matches!(n.op(), "DecodeImage" | "ImageDecoder"));
    if let Some(node) = decodes {
        return format!(
            "its input {name:?} is the bytes of a picture file ({} decodes them); use the model before preprocessing was added to it",
            node.op()
        );
    }
    format!(
        "its input {name:?} is {shape}; a picture has three channels or one: [N,3,H,W] or [N,H,W,3]"
    )
}

/// What the first operators that read the picture tell of it.
#[derive(Default)]
struct Use {
    layout: Option<Layout>,
    channels: Option<i64>,
}

impl Use {
    fn of(graph: &Graph, name: &str, batched: bool) -> Self {
        let reading = Reading::of(graph);
        let mut found = Self::default();
        let mut at = name;
        for _ in 0..16 {
            let reads = |n: &&Node| n.op() != "Shape" && n.op() != "Size";
            let Some(node) = reading.readers(at).find(reads) else {
                break;
            };
            match node.op() {
                "Transpose" => {
                    let turn = match (batched, node.ints("perm")) {
                        (true, Some([0, 3, 1, 2])) | (false, Some([2, 0, 1])) => Layout::Nhwc,
                        (true, Some([0, 2, 3, 1])) | (false, Some([1, 2, 0])) => Layout::Nchw,
                        _ => break,
                    };
                    if found.layout.is_none() {
                        found.layout = Some(turn);
                    }
                }
                "Conv" | "ConvInteger" | "QLinearConv" | "FusedConv" => {
                    let weight = if node.op() == "QLinearConv" { 3 } else { 1 };
                    let weight = node.input(weight).and_then(|w| reading.constant(w));
                    if let Some(&[_, per_group, ..]) = weight.map(|w| w.dims.as_slice()) {
                        found.channels = Some(per_group * node.int("group", 1));
                        found.layout.get_or_insert(Layout::Nchw);
                    }
                    break;
                }
                "Cast"
                | "DequantizeLinear"
                | "QuantizeLinear"
                | "Sub"
                | "Add"
                | "Mul"
                | "Div"
                | "Identity"
                | "BatchNormalization"
                | "Unsqueeze"
                | "Pad"
                | "Clip"
                | "DynamicQuantizeLinear"
                | "Resize" => {}
                _ => break,
            }
            let Some(next) = node.output(0) else { break };
            at = next;
        }
        found
    }
}

/// The order of three dimensions, and the number of channels: by their sizes, and by what the
/// first operators do with them.
fn layout([first, _, third]: [Option<i64>; 3], used: &Use) -> Option<(Layout, usize)> {
    let weight = |size: Option<i64>, layout| {
        let by_size = match size {
            Some(3) => 6,
            Some(1) => 4,
            None => 1,
            Some(_) => return None,
        };
        Some(by_size + if used.layout == Some(layout) { 20 } else { 0 })
    };
    let (channels, layout) = match (weight(first, Layout::Nchw), weight(third, Layout::Nhwc)) {
        (Some(planes), Some(pixels)) if pixels > planes => (third, Layout::Nhwc),
        (Some(_), _) => (first, Layout::Nchw),
        (None, Some(_)) => (third, Layout::Nhwc),
        (None, None) => return None,
    };
    let by_use = used.channels.filter(|c| matches!(c, 1 | 3));
    let channels = channels.or(by_use).unwrap_or(3);
    Some((layout, usize::try_from(channels).ok()?))
}
