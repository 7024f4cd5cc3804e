//! The geometry of convolutions and pools: kernel, strides, dilations, padding.

use crate::onnx::Node;

use super::AutodiffError;
use super::emit::damaged;

/// The most elements of a window.
const MOST_ELEMENTS: i64 = 1 << 16;
/// The most positions between two windows, over all dimensions.
const MOST_PHASES: i64 = 1 << 12;

/// A sliding window, one entry per spatial dimension.
#[derive(Debug, Clone)]
pub(super) struct Window {
    pub(super) kernel: Vec<i64>,
    pub(super) strides: Vec<i64>,
    pub(super) dilations: Vec<i64>,
    /// Padding before the first and after the last element, as given: with `ceil_mode` windows
    /// may reach further.
    pub(super) begin: Vec<i64>,
    pub(super) end: Vec<i64>,
    /// Sizes of what the window slides over.
    pub(super) large: Vec<i64>,
    /// Number of window positions.
    pub(super) small: Vec<i64>,
}

impl Window {
    /// Reads the attributes of a convolution or pool from `large` to `small`.
    pub(super) fn of(
        node: &Node,
        kernel: &[i64],
        large: &[i64],
        small: &[i64],
    ) -> Result<Self, AutodiffError> {
        let rank = kernel.len();
        let list = |name: &str, default: i64, count: usize| -> Result<Vec<i64>, AutodiffError> {
            let values = node
                .ints(name)
                .filter(|v| !v.is_empty())
                .map_or_else(|| vec![default; count], <[i64]>::to_vec);
            if values.len() == count {
                Ok(values)
            } else {
                Err(damaged(
                    node,
                    &format!("{name} has {} entries", values.len()),
                ))
            }
        };
        let strides = list("strides", 1, rank)?;
        let dilations = list("dilations", 1, rank)?;
        let pads = list("pads", 0, 2 * rank)?;
        let positive = |v: &[i64]| v.iter().all(|&x| x >= 1);
        if !positive(&strides)
            || !positive(&dilations)
            || !positive(kernel)
            || large.len() != rank
            || small.len() != rank
        {
            return Err(damaged(node, "its window does not fit its input"));
        }
        let modest = |v: &[i64], limit: i64| {
            v.iter()
                .try_fold(1i64, |n, &x| n.checked_mul(x))
                .is_some_and(|n| n <= limit)
        };
        let near = pads.iter().all(|p| p.abs() <= MOST_ELEMENTS);
        if !modest(kernel, MOST_ELEMENTS)
            || !modest(&dilations, MOST_ELEMENTS)
            || !modest(&strides, MOST_PHASES)
            || !near
        {
            return Err(damaged(node, "its window is larger than any network's"));
        }
        let (begin, end) = pads.split_at(rank);
        let (mut begin, mut end) = (begin.to_vec(), end.to_vec());
        match node.text("auto_pad", "NOTSET") {
            "SAME_UPPER" | "SAME_LOWER" => {
                let upper = node.text("auto_pad", "") == "SAME_UPPER";
                let axes = kernel
                    .iter()
                    .zip(&strides)
                    .zip(&dilations)
                    .zip(large)
                    .zip(small);
                let totals =
                    axes.map(|((((k, s), d), l), n)| ((n - 1) * s + (k - 1) * d + 1 - l).max(0));
                for ((total, b), e) in totals.zip(&mut begin).zip(&mut end) {
                    *b = if upper { total / 2 } else { total - total / 2 };
                    *e = total - *b;
                }
            }
            "VALID" => {
                begin.fill(0);
                end.fill(0);
            }
            _ => {}
        }
        Ok(Self {
            kernel: kernel.to_vec(),
            strides,
            dilations,
            begin,
            end,
            large: large.to_vec(),
            small: small.to_vec(),
        })
    }

    /// Number of spatial dimensions.
    pub(super) fn rank(&self) -> usize {
        self.kernel.len()
    }

    /// True when it moves by one and nothing is padded.
    pub(super) fn is_plain(&self) -> bool {
        self.is_dense() && self.begin.iter().chain(&self.end).all(|&p| p == 0)
    }

    /// True when every window moves by one.
    pub(super) fn is_dense(&self) -> bool {
        self.strides.iter().all(|&s| s == 1)
    }

    /// Dimension `i`.
    pub(super) fn axis(&self, i: usize) -> Axis {
        let at = |v: &[i64]| v.get(i).copied().unwrap_or(1);
        Axis {
            kernel: at(&self.kernel),
            stride: at(&self.strides),
            dilation: at(&self.dilations),
            begin: self.begin.get(i).copied().unwrap_or(0),
            end: self.end.get(i).copied().unwrap_or(0),
            large: at(&self.large),
            small: at(&self.small),
        }
    }
}

/// One dimension of a [`Window`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    pub(super) kernel: i64,
    pub(super) stride: i64,
    pub(super) dilation: i64,
    pub(super) begin: i64,
    pub(super) end: i64,
    pub(super) large: i64,
    pub(super) small: i64,
}

impl Axis {
    /// For each window position, how many of its elements lie inside.
    pub(super) fn inside(&self) -> Vec<i64> {
        let inside = |o: i64| {
            let start = o * self.stride - self.begin;
            (0..self.kernel)
                .filter(|k| (0..self.large).contains(&(start + k * self.dilation)))
                .count() as i64
        };
        (0..self.small).map(inside).collect()
    }

    /// True when the last window reaches beyond the padding (`ceil_mode`).
    pub(super) fn overhangs(&self) -> bool {
        (self.small - 1) * self.stride + (self.kernel - 1) * self.dilation + 1
            > self.large + self.begin + self.end
    }
}
