//! Normalisation that the network does itself, which must not be done before it again.

use serde::{Deserialize, Serialize};

use super::parted::{Line, Part, parted};
use super::reading::Reading;
use crate::onnx::{Graph, Node};

/// What a network does to its picture before the first layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Inside {
    /// It normalises pictures of 0..=255.
    Bytes,
    /// It normalises pictures of 0..=1.
    Unit,
}

/// So many operators are followed from the input.
const MOST_STEPS: usize = 24;

/// What becomes of each channel.
struct Affine {
    channels: Vec<Line>,
    changed: bool,
}

/// What the operators that read the picture do to it, where that is a normalisation.
pub(in super::super) fn inside(graph: &Graph, input: &str, channels: usize) -> Option<Inside> {
    let reading = Reading::of(graph);
    let mut affine = Affine {
        channels: vec![Line::SAME; channels],
        changed: false,
    };
    let mut name = input;
    for _ in 0..MOST_STEPS {
        let computes = |n: &&Node| !matches!(n.op(), "Shape" | "Size");
        let readers: Vec<&Node> = reading.readers(name).filter(computes).collect();
        if let Some((parts, whole)) = parted(&reading, &readers, channels) {
            affine.take(&parts);
            name = whole;
            continue;
        }
        let [node] = *readers.as_slice() else {
            break;
        };
        if affine.follow(&reading, node, name).is_none() {
            break;
        }
        name = node.output(0)?;
    }
    affine.range()
}

/// Whether a slice by -1 may go along the channels; of a picture that is turned upside down or to
/// the other side, no number changes.
fn turns_channels(reading: &Reading<'_>, node: &Node) -> bool {
    let axis = node.input(3).and_then(|n| reading.number(n));
    axis.is_some_and(|axis| [1.0, 3.0, -1.0, -3.0].contains(&axis))
}

/// A convolution of one pixel that gives each channel from one channel, as exporters write a
/// normalisation.
fn pixel_by_pixel(reading: &Reading<'_>, node: &Node, channels: usize) -> Option<Vec<Part>> {
    let kernel = reading.constant(node.input(1)?)?;
    let (c, group) = (channels as i64, node.int("group", 1));
    let weights = reading.numbers(node.input(1)?, channels * channels)?;
    let bias = match node.input(2).filter(|name| !name.is_empty()) {
        Some(name) => reading.numbers(name, channels)?,
        None => vec![0.0; channels],
    };
    let ones = |attribute: &str| {
        node.ints(attribute)
            .is_none_or(|v| v.iter().all(|n| *n == 1))
    };
    let padded = node
        .ints("pads")
        .is_some_and(|pads| pads.iter().any(|n| *n != 0));
    let of_one = match kernel.dims.as_slice() {
        [out, 1, 1, 1] => *out == c && group == c,
        [out, from, 1, 1] => *out == c && *from == c && group == 1,
        _ => false,
    };
    if !of_one || padded || !ones("strides") || bias.len() != channels {
        return None;
    }
    let row = weights.len() / channels.max(1);
    let parts = weights.chunks(row.max(1)).zip(bias).enumerate();
    parts
        .map(|(out, (row, addend))| {
            let mut used = row.iter().enumerate().filter(|(_, w)| **w != 0.0);
            let (Some((from, factor)), None) = (used.next(), used.next()) else {
                return None;
            };
            let channel = if group == 1 { from } else { out };
            let line = Line {
                factor: *factor,
                addend,
            };
            Some(Part { channel, line })
        })
        .collect()
}

impl Affine {
    /// Takes in that channels were taken apart and put together again.
    fn take(&mut self, parts: &[Part]) {
        let before = std::mem::take(&mut self.channels);
        self.channels = parts
            .iter()
            .map(|part| {
                let Line { factor, addend } =
                    before.get(part.channel).copied().unwrap_or(Line::SAME);
                Line {
                    factor: factor * part.line.factor,
                    addend: addend * part.line.factor + part.line.addend,
                }
            })
            .collect();
        self.changed |= parts.iter().any(|part| part.line != Line::SAME);
    }

    /// Takes one operator in; `None` where it is no normalisation.
    fn follow(&mut self, reading: &Reading<'_>, node: &Node, from: &str) -> Option<()> {
        match node.op() {
            "Cast" | "Identity" | "Transpose" | "Reshape" | "Flatten" | "Expand" | "Unsqueeze"
            | "Squeeze" | "Resize" | "Pad" | "Clip" | "Concat" => {}
            "Gather" => {
                // Channels in another order.
                let order = reading.numbers(node.input(1)?, 8)?;
                let turned = (0..self.channels.len()).rev().map(|c| c as f64);
                if !turned.eq(order) {
                    return None;
                }
                self.channels.reverse();
            }
            // A part of the picture, or its channels in the other order.
            "Slice" => {
                let step = |name: &str| reading.numbers(name, 8);
                let steps = node.input(4).filter(|n| !n.is_empty()).map(step);
                match steps {
                    None => {}
                    Some(Some(steps)) if steps.iter().all(|s| *s == 1.0) => {}
                    Some(Some(steps)) if steps == [-1.0] => {
                        if turns_channels(reading, node) {
                            self.channels.reverse();
                        }
                    }
                    _ => return None,
                }
            }
            "Mul" | "Div" | "Add" | "Sub" => {
                let first = node.input(0) == Some(from);
                let other = node.input(usize::from(first))?;
                let numbers = self.by_channel(reading, other)?;
                for (line, n) in self.channels.iter_mut().zip(numbers) {
                    line.follow(node.op(), first, n)?;
                }
                self.changed = true;
            }
            "DequantizeLinear" => {
                let scale = reading.number(node.input(1)?)?;
                let zero = node.input(2).map_or(Some(0.0), |z| reading.number(z))?;
                for line in &mut self.channels {
                    line.follow("Sub", true, zero)?;
                    line.follow("Mul", true, scale)?;
                }
            }
            "Conv" => {
                let parts = pixel_by_pixel(reading, node, self.channels.len())?;
                self.take(&parts);
            }
            "BatchNormalization" => {
                let mut parts = (1..5).map(|i| self.by_channel(reading, node.input(i)?));
                let (scale, bias) = (parts.next()??, parts.next()??);
                let (mean, variance) = (parts.next()??, parts.next()??);
                let epsilon = f64::from(node.float("epsilon", 1e-5));
                for (c, line) in self.channels.iter_mut().enumerate() {
                    let at = |v: &[f64]| v.get(c).copied().unwrap_or(f64::NAN);
                    let by = at(&scale) / (at(&variance) + epsilon).sqrt();
                    line.follow("Sub", true, at(&mean))?;
                    line.follow("Mul", true, by)?;
                    line.follow("Add", true, at(&bias))?;
                }
                self.changed = true;
            }
            _ => return None,
        }
        Some(())
    }

    /// A constant as one number a channel: given so, as one number, or as a whole picture.
    fn by_channel(&self, reading: &Reading<'_>, name: &str) -> Option<Vec<f64>> {
        let channels = self.channels.len();
        let tensor = reading.constant(name)?;
        let values = reading.numbers(name, 1 << 22)?;
        if let [one] = values.as_slice() {
            return Some(vec![*one; channels]);
        }
        if values.len() == channels {
            return Some(values);
        }
        let mean = |values: &mut dyn Iterator<Item = f64>| {
            let (sum, count) = values.fold((0.0, 0.0), |(s, n), v| (s + v, n + 1.0));
            sum / count
        };
        let c = channels as i64;
        let (&[1, a, _, b] | &[a, _, b]) = tensor.dims.as_slice() else {
            return None;
        };
        let plane = values.len() / channels.max(1);
        if a == c {
            let planes = values.chunks(plane.max(1));
            return Some(planes.map(|p| mean(&mut p.iter().copied())).collect());
        }
        (b == c).then(|| {
            (0..channels)
                .map(|c| mean(&mut values.iter().skip(c).step_by(channels).copied()))
                .collect()
        })
    }

    /// The range of pictures that comes out as networks are trained: a few units wide about 0, or
    /// bytes with their mean taken off.
    fn range(&self) -> Option<Inside> {
        if !self.changed {
            return None;
        }
        let count = self.channels.len().max(1) as f64;
        let factor = self.channels.iter().map(|c| c.factor.abs()).sum::<f64>() / count;
        let addend = self.channels.iter().map(|c| c.addend).sum::<f64>() / count;
        let usual = 0.45..=8.0;
        if usual.contains(&(factor * 255.0)) {
            return Some(Inside::Bytes);
        }
        if (90.0..=140.0).contains(&-addend) && (0.5..=2.0).contains(&factor) {
            return Some(Inside::Bytes);
        }
        let takes_mean = addend < -0.2 || factor > 1.2;
        if usual.contains(&factor) && takes_mean {
            return Some(Inside::Unit);
        }
        // From 0..=1 to bytes: what is inside expects them.
        ((200.0..=300.0).contains(&factor) && addend.abs() < 140.0).then_some(Inside::Unit)
    }
}
