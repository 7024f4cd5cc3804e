//! Zeros and ones that say where a piecewise function lets a gradient through.
//!
//! A comparison, a cast and a product take three passes over memory, and none of them works in
//! the blocked layout in which ONNX Runtime keeps images on the CPU, so each mask costs two
//! reorders as well. `HardSigmoid(x) = max(0, min(1, alpha x + beta))` does: with a huge power of
//! two as `alpha` it is an exact step. `2^a (x - bound)` is computed without rounding to zero
//! (both products are exact, and the difference of two different floats is not zero), so the
//! result is 0 at or below the bound and at least 1, hence 1, above it.

use crate::onnx::{ElementType, Node};

use super::sweep::Sweep;

/// Scale of a step at zero: the smallest normal number becomes 1.
const AT_ZERO: f32 = 8.507_059e37; // 2^126
/// Scale of a step elsewhere: leaves room for `bound * scale` in the range of floats.
const ELSEWHERE: f32 = 1.267_650_6e30; // 2^100
/// Bounds beyond this would overflow when scaled.
const LARGEST_BOUND: f64 = 1e8;
/// Bounds nearer to zero than this have neighbours that the scale does not tell apart.
const SMALLEST_BOUND: f64 = 1e-20;

impl Sweep<'_> {
    /// 1 where `x > bound`, else 0.
    pub(super) fn above(&mut self, x: &str, bound: f64) -> String {
        self.step(x, bound, 1.0)
    }

    /// 1 where `x < bound`, else 0.
    pub(super) fn below(&mut self, x: &str, bound: f64) -> String {
        self.step(x, bound, -1.0)
    }

    fn step(&mut self, x: &str, bound: f64, sign: f32) -> String {
        let element = self.element(x);
        let size = bound.abs();
        let representable = size == 0.0 || (SMALLEST_BOUND..LARGEST_BOUND).contains(&size);
        if element != ElementType::F32 || !representable {
            let bound = self.scalar(bound, element);
            return self.compare(if sign > 0.0 { "Greater" } else { "Less" }, x, &bound);
        }
        let scale = if bound == 0.0 { AT_ZERO } else { ELSEWHERE };
        self.hard_sigmoid(x, sign * scale, -sign * (bound as f32) * scale)
    }

    /// `1 - y` for values between 0 and 1: as a hard sigmoid, for the same reason as the steps.
    pub(super) fn one_minus(&mut self, y: &str) -> String {
        if self.element(y) == ElementType::F32 {
            return self.hard_sigmoid(y, -1.0, 1.0);
        }
        let one = self.scalar(1.0, self.element(y));
        self.sub(&one, y)
    }

    /// `max(0, min(1, alpha x + beta))` of a single precision value.
    pub(super) fn hard_sigmoid(&mut self, x: &str, alpha: f32, beta: f32) -> String {
        let dims = self.dims(x);
        let node = Node::new("HardSigmoid", &[x], &[])
            .with_float("alpha", alpha)
            .with_float("beta", beta);
        self.push(node, ElementType::F32, &dims)
    }
}
