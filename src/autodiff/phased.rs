//! Gradients that are known phase by phase.
//!
//! The gradient of a strided convolution or pool comes in phases (see `phases`). Putting them
//! together moves every element once more, out of the layout that convolutions compute in. Often
//! a rectifier and a pointwise convolution come before the strided one: both work on each phase
//! alone, and after them there are far fewer channels to put together (six times fewer in a
//! `MobileNetV2` block).

use crate::onnx::{ElementType, Node, Tensor};

use super::phases::Kernel;
use super::sweep::Sweep;

/// An image gradient `[N, C, H, W]` whose element at row `stride * u + r - skip` is element `u` of
/// the part for `r`, likewise for columns.
#[derive(Debug, Clone)]
pub(super) struct Phased {
    /// One value `[N, C, counts...]` per phase; the phase of the last dimension changes fastest.
    pub(super) parts: Vec<String>,
    pub(super) strides: [i64; 2],
    pub(super) skip: [i64; 2],
    pub(super) counts: [i64; 2],
    /// `[N, C, H, W]` of the whole.
    pub(super) dims: Vec<i64>,
}

/// Where an element-wise rectifier lets a gradient through, by its output.
#[derive(Debug, Clone, Copy)]
pub(super) enum Gate {
    /// Above a bound.
    Above(f64),
    /// Below a bound.
    Below(f64),
}

impl Phased {
    /// A gradient of shape `dims` with the same phases, each part made by `change(part, [r, q])`.
    pub(super) fn map(
        &self,
        dims: Vec<i64>,
        mut change: impl FnMut(&str, [i64; 2]) -> String,
    ) -> Self {
        let columns = self.strides[1];
        let parts = self
            .parts
            .iter()
            .zip(0..)
            .map(|(part, i)| change(part, [i / columns, i % columns]))
            .collect();
        Self {
            parts,
            dims,
            ..self.clone()
        }
    }
}

/// One dimension of a pick: element `o` is the source's element `stride * o + offset`, or 0 where
/// there is none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pick {
    pub(super) stride: i64,
    pub(super) offset: i64,
    pub(super) count: i64,
}

impl Sweep<'_> {
    /// Gives a gradient that is known phase by phase.
    pub(super) fn give_phased(&mut self, value: &str, phased: Phased) {
        self.serial += 1;
        let name = format!("saliscope/phased_{}", self.serial);
        self.types.insert(
            name.clone(),
            crate::onnx::ValueType::new(ElementType::F32, &phased.dims),
        );
        self.phased.insert(name.clone(), phased);
        self.give(value, name);
    }

    /// Gives what a transposed convolution made.
    pub(super) fn give_parts(&mut self, value: &str, made: Made) {
        match made {
            Made::Whole(gradient) => self.give(value, gradient),
            Made::Phased(phased) => self.give_phased(value, phased),
        }
    }

    /// The gradient as one value, put together from its phases if it is in phases.
    pub(super) fn whole(&mut self, gradient: &str) -> String {
        let Some(phased) = self.phased.get(gradient).cloned() else {
            return gradient.to_owned();
        };
        let joined = self.concat(&phased.parts, 1);
        let whole = self.interleave(&joined, &phased.strides);
        let starts = [0, 0, phased.skip[0], phased.skip[1]];
        self.slice(&whole, &starts, &phased.dims)
    }

    /// Gives `g` where the gates on `y` let it through, phase by phase if it is in phases.
    pub(super) fn give_gated(&mut self, x: &str, g: &str, y: &str, gates: &[Gate]) {
        if let Some(phased) = self.phased.get(g).cloned() {
            let dx = phased.map(phased.dims.clone(), |part, phase| {
                let axis = |i: usize| Pick {
                    stride: phased.strides[i],
                    offset: phase[i] - phased.skip[i],
                    count: phased.counts[i],
                };
                let mut part = part.to_owned();
                for gate in gates {
                    // The pick's weight is the gate's sign, so that two gates are two different
                    // convolutions, each fused with its own step.
                    let (sign, bound) = match gate {
                        Gate::Above(bound) => (1.0, *bound),
                        Gate::Below(bound) => (-1.0, -bound),
                    };
                    let picked = self.pick(y, [axis(0), axis(1)], sign);
                    let mask = self.above(&picked, bound);
                    part = self.mul(&part, &mask);
                }
                part
            });
            self.give_phased(x, dx);
            return;
        }
        let mut dx = g.to_owned();
        for gate in gates {
            let mask = match gate {
                Gate::Above(bound) => self.above(y, *bound),
                Gate::Below(bound) => self.below(y, *bound),
            };
            dx = self.mul(&dx, &mask);
        }
        self.give(x, dx);
    }

    /// Every `stride`-th pixel of an image `[N, C, H, W]`, times `weight`: a depthwise convolution
    /// with a single tap, which stays in the layout that convolutions compute in.
    pub(super) fn pick(&mut self, x: &str, axes: [Pick; 2], weight: f32) -> String {
        let dims = self.dims(x);
        let channels = dims.get(1).copied().unwrap_or(1);
        let taps = axes.map(|a| a.offset.max(0));
        let before = axes.map(|a| (-a.offset).max(0));
        let sizes = [
            dims.get(2).copied().unwrap_or(1),
            dims.get(3).copied().unwrap_or(1),
        ];
        let mut kernel = [1, 1];
        let mut after = [0, 0];
        for i in 0..2 {
            // The smallest kernel that reaches the tap, grown while too many windows would fit.
            kernel[i] = taps[i] + 1;
            let room =
                |kernel: i64| sizes[i] + before[i] - kernel - (axes[i].count - 1) * axes[i].stride;
            while room(kernel[i]) >= axes[i].stride {
                kernel[i] += 1;
            }
            after[i] = (-room(kernel[i])).max(0);
        }
        let area = (kernel[0] * kernel[1]) as usize;
        let mut plane = vec![0.0; area];
        if let Some(tap) = plane.get_mut((taps[0] * kernel[1] + taps[1]) as usize) {
            *tap = weight;
        }
        let values = plane.repeat(channels as usize);
        let weights = self.constant(Tensor::from_f32(
            "",
            &[channels, 1, kernel[0], kernel[1]],
            &values,
        ));
        let node = Node::new("Conv", &[x, &weights], &[])
            .with_ints("kernel_shape", &kernel)
            .with_ints("strides", &axes.map(|a| a.stride))
            .with_ints("pads", &[before, after].concat())
            .with_int("group", channels);
        let out = [
            dims.first().copied().unwrap_or(1),
            channels,
            axes[0].count,
            axes[1].count,
        ];
        self.push(node, ElementType::F32, &out)
    }

    /// The pointwise convolution of `g` with a kernel of one element per channel pair.
    pub(super) fn pointwise(&mut self, g: &str, kernel: &Kernel) -> String {
        let mut dims = self.dims(g);
        if let Some(slot) = dims.get_mut(1) {
            *slot = kernel.out;
        }
        let weights = self.constant(Tensor::from_f32(
            "",
            &[kernel.out, kernel.per_group, 1, 1],
            &kernel.values,
        ));
        let node = Node::new("Conv", &[g, &weights], &[]).with_ints("kernel_shape", &[1, 1]);
        self.push(node, ElementType::F32, &dims)
    }
}

/// The result of a transposed convolution.
#[derive(Debug)]
pub(super) enum Made {
    /// As one value.
    Whole(String),
    /// In phases.
    Phased(Phased),
}
