//! The transposed convolution, without inserting zeros.
//!
//! The gradient of a strided convolution puts each gradient element `stride` apart and convolves
//! with the flipped kernel. Most products are then with zero. Instead the result is computed
//! in phases: its elements at positions `r` modulo the stride only ever meet the kernel elements
//! at `r` modulo the stride, so each phase is a small dense convolution of the gradient with a
//! sub-kernel, and the phases are interleaved (Shi et al. 2016, "Is the deconvolution layer the
//! same as a convolutional layer?").

use crate::onnx::{ElementType, Node, Tensor};

use super::phased::{Made, Phased};
use super::sweep::Sweep;
use super::window::{Axis, Window};

/// Up to so many channels over all phases are computed in one convolution.
const FEW_CHANNELS: i64 = 32;

/// A kernel `[out, in / groups, ...]`, seen from the backward pass: `out` are the channels of the
/// result.
pub(super) struct Kernel {
    pub(super) out: i64,
    pub(super) per_group: i64,
    pub(super) groups: i64,
    pub(super) values: Vec<f32>,
}

/// One phase of one dimension: result element `u` of the phase is the sum over `taps[j]` times
/// gradient element `u - lag + j * step`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Phase {
    /// The kernel elements of this phase, those that reach furthest first.
    pub(super) taps: Vec<i64>,
    step: i64,
    /// Gradient elements that are needed before the first and after the last; negative where
    /// some are not needed at all.
    pub(super) before: i64,
    pub(super) after: i64,
}

/// All phases of one dimension.
#[derive(Debug)]
pub(super) struct Phases {
    stride: i64,
    /// Number of the first element of each phase, in padded coordinates.
    first: i64,
    /// Elements per phase.
    pub(super) count: i64,
    /// Where the wanted elements begin in the interleaved phases.
    pub(super) skip: i64,
    pub(super) list: Vec<Phase>,
}

impl Phases {
    /// The phases of a convolution's or pool's transpose along one dimension.
    pub(super) fn of(axis: &Axis) -> Self {
        let Axis {
            kernel,
            stride,
            dilation,
            begin,
            large,
            small,
            ..
        } = *axis;
        // In padded coordinates t = i + begin = stride * o + dilation * k; t = stride * u + r.
        let first = begin.div_euclid(stride);
        let last = (begin + large - 1).div_euclid(stride);
        let count = last - first + 1;
        let list = (0..stride)
            .map(|r| {
                let matching = |k: &i64| (k * dilation - r).rem_euclid(stride) == 0;
                let mut taps: Vec<i64> = (0..kernel).filter(matching).collect();
                taps.reverse();
                let lag = |k: i64| (k * dilation - r).div_euclid(stride);
                let (low, high) = match (taps.last(), taps.first()) {
                    (Some(&low), Some(&high)) => (lag(low), lag(high)),
                    _ => (0, 0),
                };
                let step = match taps.as_slice() {
                    [a, b, ..] => lag(*a) - lag(*b),
                    _ => 1,
                };
                Phase {
                    taps,
                    step,
                    before: high - first,
                    after: last - low - (small - 1),
                }
            })
            .collect();
        Self {
            stride,
            first,
            count,
            skip: begin - stride * first,
            list,
        }
    }
}

impl Sweep<'_> {
    /// The gradient `[N, out, large...]` in the input of a convolution with `window`, from the
    /// gradient `g` `[N, in, small...]` of its output.
    pub(super) fn transposed_convolution(
        &mut self,
        g: &str,
        kernel: &Kernel,
        window: &Window,
    ) -> Made {
        let axes: Vec<Phases> = (0..window.rank())
            .map(|i| Phases::of(&window.axis(i)))
            .collect();
        let batch = self.dims(g).first().copied().unwrap_or(1);
        let total: i64 = axes.iter().map(|a| a.stride).product();
        let counts: Vec<i64> = axes.iter().map(|a| a.count).collect();
        let strides: Vec<i64> = axes.iter().map(|a| a.stride).collect();
        let mut dims = vec![batch, kernel.out];
        dims.extend(&window.large);
        let mut starts = vec![0, 0];
        starts.extend(axes.iter().map(|a| a.skip));
        if total == 1 {
            let chosen: Vec<&Phase> = axes.iter().filter_map(|a| a.list.first()).collect();
            return Made::Whole(self.phase_convolution(g, kernel, window, &chosen, &counts));
        }
        let dense = window.dilations.iter().all(|&d| d == 1);
        if kernel.groups == 1 && dense && kernel.out * total <= FEW_CHANNELS {
            let joined = self.all_phases(g, kernel, window, &axes);
            let whole = self.interleave(&joined, &strides);
            return Made::Whole(self.slice(&whole, &starts, &dims));
        }
        let mut part_dims = vec![batch, kernel.out];
        part_dims.extend(&counts);
        // Row-major over the dimensions: the last one changes fastest.
        let mut parts = Vec::new();
        let mut zeros: Option<String> = None;
        let mut filled = Vec::new();
        for index in 0..total {
            let mut rest = index;
            let mut chosen = Vec::new();
            for axis in axes.iter().rev() {
                chosen.extend(axis.list.get((rest % axis.stride) as usize));
                rest /= axis.stride;
            }
            chosen.reverse();
            if chosen.iter().any(|p| p.taps.is_empty()) {
                let zeros = zeros.get_or_insert_with(|| self.zeros(&part_dims, ElementType::F32));
                parts.push(zeros.clone());
            } else {
                filled.push(index);
                parts.push(self.phase_convolution(g, kernel, window, &chosen, &counts));
            }
        }
        if let (&[0], Some(only)) = (filled.as_slice(), parts.first()) {
            let only = only.clone();
            let whole = self.spread(&only, &strides);
            return Made::Whole(self.slice(&whole, &starts, &dims));
        }
        if let (&[sy, sx], [a, b], &[cy, cx]) =
            (strides.as_slice(), axes.as_slice(), counts.as_slice())
        {
            return Made::Phased(Phased {
                parts,
                strides: [sy, sx],
                skip: [a.skip, b.skip],
                counts: [cy, cx],
                dims,
            });
        }
        let joined = self.concat(&parts, 1);
        let whole = self.interleave(&joined, &strides);
        Made::Whole(self.slice(&whole, &starts, &dims))
    }

    /// All phases in one convolution, one after the other along the channels, with zeros in the
    /// smaller sub-kernels. Where there are few channels this fills the blocks of channels that
    /// the runtime computes in anyway.
    fn all_phases(&mut self, g: &str, kernel: &Kernel, window: &Window, axes: &[Phases]) -> String {
        // The kernel element that meets lag `high - j` in phase r is `r + stride * (high - j)`.
        let spans: Vec<(i64, i64)> = window
            .kernel
            .iter()
            .zip(axes)
            .map(|(&k, a)| ((k - 1) / a.stride, a.stride))
            .collect();
        let taps: Vec<i64> = spans.iter().map(|(high, _)| high + 1).collect();
        let total: i64 = axes.iter().map(|a| a.stride).product();
        let area: i64 = window.kernel.iter().product();
        let cells: i64 = taps.iter().product();
        let mut values = Vec::new();
        for phase in 0..total {
            let mut sources = vec![Some(0i64)];
            let mut weight = total;
            for (i, &(high, stride)) in spans.iter().enumerate() {
                weight /= stride;
                let r = phase / weight % stride;
                let size = window.kernel.get(i).copied().unwrap_or(1);
                let at = |j: i64| Some(r + stride * (high - j)).filter(|&k| k < size);
                sources = sources
                    .iter()
                    .flat_map(|o| (0..=high).map(move |j| o.and_then(|o| Some(o * size + at(j)?))))
                    .collect();
            }
            for plane in kernel.values.chunks_exact(area.max(1) as usize) {
                let value = |o: &Option<i64>| {
                    o.and_then(|o| plane.get(o as usize))
                        .copied()
                        .unwrap_or(0.0)
                };
                values.extend(sources.iter().map(value));
            }
        }
        debug_assert_eq!(
            values.len() as i64,
            total * kernel.out * kernel.per_group * cells
        );
        let mut dims = vec![total * kernel.out, kernel.per_group];
        dims.extend(&taps);
        let weight = self.constant(Tensor::from_f32("", &dims, &values));
        let pads: Vec<(i64, i64)> = axes
            .iter()
            .zip(&spans)
            .zip(&window.small)
            .map(|((a, (high, _)), small)| (high - a.first, a.first + a.count - 1 - (small - 1)))
            .collect();
        let (mut before, mut after) = (vec![0, 0], vec![0, 0]);
        before.extend(pads.iter().map(|p| p.0.min(0)));
        after.extend(pads.iter().map(|p| p.1.min(0)));
        let source = self.pad(g, &before, &after);
        let padding: Vec<i64> = pads
            .iter()
            .map(|p| p.0.max(0))
            .chain(pads.iter().map(|p| p.1.max(0)))
            .collect();
        let node = Node::new("Conv", &[&source, &weight], &[])
            .with_ints("kernel_shape", &taps)
            .with_ints("pads", &padding);
        let mut out = vec![
            self.dims(g).first().copied().unwrap_or(1),
            total * kernel.out,
        ];
        out.extend(axes.iter().map(|a| a.count));
        self.push(node, ElementType::F32, &out)
    }

    /// The dense convolution of one phase.
    fn phase_convolution(
        &mut self,
        g: &str,
        kernel: &Kernel,
        window: &Window,
        phases: &[&Phase],
        counts: &[i64],
    ) -> String {
        let taps: Vec<&[i64]> = phases.iter().map(|p| p.taps.as_slice()).collect();
        let values = sub_kernel(kernel, &window.kernel, &taps);
        let mut dims = vec![kernel.out, kernel.per_group];
        dims.extend(taps.iter().map(|t| t.len() as i64));
        let weight = self.constant(Tensor::from_f32("", &dims, &values));
        // A convolution takes no negative padding: cut the gradient instead.
        let mut before = vec![0, 0];
        let mut after = vec![0, 0];
        before.extend(phases.iter().map(|p| p.before.min(0)));
        after.extend(phases.iter().map(|p| p.after.min(0)));
        let source = self.pad(g, &before, &after);
        let pads: Vec<i64> = phases
            .iter()
            .map(|p| p.before.max(0))
            .chain(phases.iter().map(|p| p.after.max(0)))
            .collect();
        let steps: Vec<i64> = phases.iter().map(|p| p.step).collect();
        let kernel_shape: Vec<i64> = taps.iter().map(|t| t.len() as i64).collect();
        let node = Node::new("Conv", &[&source, &weight], &[])
            .with_ints("kernel_shape", &kernel_shape)
            .with_ints("pads", &pads)
            .with_ints("dilations", &steps)
            .with_int("group", kernel.groups);
        let mut out = vec![self.dims(g).first().copied().unwrap_or(1), kernel.out];
        out.extend(counts);
        self.push(node, ElementType::F32, &out)
    }

    /// `[N, strides..., C, sizes...]` with the first dimensions joined, to `[N, C, sizes * strides...]`.
    pub(super) fn interleave(&mut self, x: &str, strides: &[i64]) -> String {
        let dims = self.dims(x);
        let (Some(&batch), Some(&joined), Some(sizes)) = (dims.first(), dims.get(1), dims.get(2..))
        else {
            return x.to_owned();
        };
        let channels = joined / strides.iter().product::<i64>();
        let mut result = vec![batch, channels];
        result.extend(sizes.iter().zip(strides).map(|(n, s)| n * s));
        if let (&[sy, sx], &[h, w]) = (strides, sizes)
            && batch == 1
        {
            // Columns first, then rows: the general permutation, and DepthToSpace too, move
            // single elements one by one.
            let split = self.reshape(x, &[sy, sx, channels * h * w]);
            let columns = self.transpose(&split, &[0, 2, 1]);
            let rows = self.reshape(&columns, &[sy, channels * h, w * sx]);
            let turned = self.transpose(&rows, &[1, 0, 2]);
            return self.reshape(&turned, &result);
        }
        let rank = sizes.len();
        let mut split = vec![batch];
        split.extend(strides);
        split.push(channels);
        split.extend(sizes);
        let mut order = vec![0, rank + 1];
        for i in 0..rank {
            order.extend([rank + 2 + i, 1 + i]);
        }
        let split = self.reshape(x, &split);
        let turned = self.transpose(&split, &order);
        self.reshape(&turned, &result)
    }

    /// Puts each element at the start of a block of zeros of sizes `strides`.
    fn spread(&mut self, x: &str, strides: &[i64]) -> String {
        let dims = self.dims(x);
        let sizes = dims.get(2..).unwrap_or_default().to_vec();
        let mut split = dims.get(..2).unwrap_or_default().to_vec();
        let mut result = split.clone();
        let mut after = vec![0, 0];
        for (&n, &s) in sizes.iter().zip(strides) {
            split.extend([n, 1]);
            after.extend([0, s - 1]);
            result.push(n * s);
        }
        let split = self.reshape(x, &split);
        let before = vec![0; after.len()];
        let padded = self.pad(&split, &before, &after);
        self.reshape(&padded, &result)
    }
}

/// The kernel elements at the given taps of each spatial dimension.
fn sub_kernel(kernel: &Kernel, sizes: &[i64], taps: &[&[i64]]) -> Vec<f32> {
    let area: i64 = sizes.iter().product();
    let mut offsets = vec![0i64];
    for (axis, &size) in taps.iter().zip(sizes) {
        offsets = offsets
            .iter()
            .flat_map(|o| axis.iter().map(move |k| o * size + k))
            .collect();
    }
    let mut values = Vec::with_capacity((kernel.out * kernel.per_group) as usize * offsets.len());
    for plane in kernel.values.chunks_exact(area.max(1) as usize) {
        values.extend(
            offsets
                .iter()
                .map(|&o| plane.get(o as usize).copied().unwrap_or(0.0)),
        );
    }
    values
}
