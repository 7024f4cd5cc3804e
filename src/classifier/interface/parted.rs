//! Channels that are taken apart and put together again, in another order or each scaled by itself.

use super::reading::{Reading, with_constant};
use crate::onnx::Node;

/// So many operators may stand between taking apart and putting together.
const MOST_STEPS: usize = 8;

/// What a number becomes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    pub(super) factor: f64,
    pub(super) addend: f64,
}

impl Line {
    /// Nothing is changed.
    pub(super) const SAME: Self = Self {
        factor: 1.0,
        addend: 0.0,
    };

    /// Takes an operator with a number in; `first` where the number stands second. `None` where that
    /// is no line any more.
    pub(super) fn follow(&mut self, op: &str, first: bool, n: f64) -> Option<()> {
        match (op, first) {
            ("Mul", _) => (self.factor, self.addend) = (self.factor * n, self.addend * n),
            ("Div", true) => (self.factor, self.addend) = (self.factor / n, self.addend / n),
            ("Add", _) => self.addend += n,
            ("Sub", true) => self.addend -= n,
            ("Sub", false) => (self.factor, self.addend) = (-self.factor, n - self.addend),
            _ => return None,
        }
        Some(())
    }
}

/// One channel of what is put together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Part {
    /// Which channel it was before.
    pub(super) channel: usize,
    /// What was done to it meanwhile.
    pub(super) line: Line,
}

/// What the nodes that read a picture put together again of its `channels`: the parts in order, and
/// the value that holds them.
pub(super) fn parted<'a>(
    reading: &Reading<'a>,
    readers: &[&'a Node],
    channels: usize,
) -> Option<(Vec<Part>, &'a str)> {
    let heads: Vec<(usize, &'a str)> = match readers {
        [node] if node.op() == "Split" && node.output.len() == channels => {
            node.output.iter().map(String::as_str).enumerate().collect()
        }
        several if several.len() == channels => several
            .iter()
            .map(|node| Some((picked(reading, node)?, node.output(0)?)))
            .collect::<Option<_>>()?,
        _ => return None,
    };
    let mut parts = vec![None; channels];
    let mut whole = None;
    for (channel, head) in heads {
        let (line, end, joined) = followed(reading, head)?;
        if *whole.get_or_insert(joined.output(0)?) != joined.output(0)?
            || joined.input.len() != channels
        {
            return None;
        }
        let place = joined.input.iter().position(|name| name == end)?;
        *parts.get_mut(place)? = Some(Part { channel, line });
    }
    Some((parts.into_iter().collect::<Option<_>>()?, whole?))
}

/// The one channel that a node takes out of a picture.
fn picked(reading: &Reading<'_>, node: &Node) -> Option<usize> {
    let along_channels = |axis: i64| [1, 3, -1, -3].contains(&axis);
    let channel = |number: f64| (0.0..64.0).contains(&number).then_some(number as usize);
    match node.op() {
        "Gather" if along_channels(node.int("axis", 0)) => channel(reading.number(node.input(1)?)?),
        "Slice" => {
            let at = |index: usize, attribute: &str| match node.ints(attribute) {
                Some([one]) => Some(*one as f64),
                _ => reading.number(node.input(index)?),
            };
            let (start, end, axis) = (at(1, "starts")?, at(2, "ends")?, at(3, "axes")?);
            let steps = node
                .input(4)
                .is_none_or(|step| reading.number(step) == Some(1.0));
            let one = end == start + 1.0 && steps && along_channels(axis as i64);
            one.then(|| channel(start)).flatten()
        }
        _ => None,
    }
}

/// Follows one channel to where it is put together with others: what was done to it, its last value
/// and that node.
fn followed<'a>(reading: &Reading<'a>, head: &'a str) -> Option<(Line, &'a str, &'a Node)> {
    let (mut line, mut name) = (Line::SAME, head);
    for _ in 0..MOST_STEPS {
        let mut readers = reading.readers(name);
        let (Some(node), None) = (readers.next(), readers.next()) else {
            return None;
        };
        match node.op() {
            "Concat" => return Some((line, name, node)),
            "Identity" | "Cast" | "Unsqueeze" | "Squeeze" | "Reshape" => {}
            op => {
                let (value, numbers, turned) = with_constant(reading, node, 1)?;
                let number = *numbers.first()?;
                (value == name).then_some(())?;
                line.follow(op, !turned, number)?;
            }
        }
        name = node.output(0)?;
    }
    None
}
