//! Element-wise functions of one value that have a derivative everywhere.

use crate::onnx::Node;

use super::AutodiffError;
use super::emit::{first, input};
use super::sweep::Sweep;

type Outcome = Result<(), AutodiffError>;

/// Identity, Dropout at inference, Cast between floats.
pub(super) fn same(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let (x, Some(g)) = (input(node, 0)?, first(gradients)) else {
        return Ok(());
    };
    let element = s.value_type(node, x)?.element;
    if s.wants(x) && element.is_float() {
        let dx = s.cast(g, element);
        s.give(x, dx);
    }
    Ok(())
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it has the signature of every rule"
)]
/// Functions that are flat almost everywhere, or whose result is a whole number.
pub(super) fn flat(_: &mut Sweep<'_>, _: &Node, _: &[Option<String>]) -> Outcome {
    Ok(())
}

/// Calls `derivative(s, x, y)` for the factor that the gradient is multiplied by.
fn times(
    s: &mut Sweep<'_>,
    node: &Node,
    gradients: &[Option<String>],
    derivative: impl FnOnce(&mut Sweep<'_>, &str, &str) -> String,
) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let factor = derivative(s, x, node.output(0).unwrap_or_default());
    let dx = s.mul(g, &factor);
    s.give(x, dx);
    Ok(())
}

pub(super) fn neg(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let dx = s.unary("Neg", g);
    s.give(x, dx);
    Ok(())
}

pub(super) fn abs(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, x, _| s.unary("Sign", x))
}

pub(super) fn exp(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |_, _, y| y.to_owned())
}

pub(super) fn log(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, x, _| s.unary("Reciprocal", x))
}

pub(super) fn sqrt(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, _, y| {
        let inverse = s.unary("Reciprocal", y);
        s.scale(&inverse, 0.5)
    })
}

pub(super) fn reciprocal(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, _, y| {
        let square = s.mul(y, y);
        s.unary("Neg", &square)
    })
}

pub(super) fn sin(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, x, _| s.unary("Cos", x))
}

pub(super) fn cos(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, x, _| {
        let sin = s.unary("Sin", x);
        s.unary("Neg", &sin)
    })
}

/// `1 + y^2`.
pub(super) fn tan(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, _, y| s.square_plus(y, 1.0, 1.0))
}

/// `1 / (1 + x^2)`.
pub(super) fn atan(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, x, _| {
        let below = s.square_plus(x, 1.0, 1.0);
        s.unary("Reciprocal", &below)
    })
}

/// `1 / sqrt(1 - x^2)`.
pub(super) fn asin(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, x, _| {
        s.inverse_root_of_square(x, -1.0, 1.0)
    })
}

/// `-1 / sqrt(1 - x^2)`.
pub(super) fn acos(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, x, _| {
        let asin = s.inverse_root_of_square(x, -1.0, 1.0);
        s.unary("Neg", &asin)
    })
}

pub(super) fn sinh(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, x, _| s.unary("Cosh", x))
}

pub(super) fn cosh(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, x, _| s.unary("Sinh", x))
}

/// `1 / sqrt(x^2 + 1)`.
pub(super) fn asinh(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, x, _| {
        s.inverse_root_of_square(x, 1.0, 1.0)
    })
}

/// `1 / sqrt(x^2 - 1)`.
pub(super) fn acosh(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, x, _| {
        s.inverse_root_of_square(x, 1.0, -1.0)
    })
}

/// `1 / (1 - x^2)`.
pub(super) fn atanh(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, x, _| {
        let below = s.square_plus(x, -1.0, 1.0);
        s.unary("Reciprocal", &below)
    })
}

impl Sweep<'_> {
    /// `sign x^2 + add`.
    fn square_plus(&mut self, x: &str, sign: f64, add: f64) -> String {
        let square = self.mul(x, x);
        let signed = self.scale(&square, sign);
        let add = self.scalar(add, self.element(x));
        self.add(&signed, &add)
    }

    /// `1 / sqrt(sign x^2 + add)`.
    fn inverse_root_of_square(&mut self, x: &str, sign: f64, add: f64) -> String {
        let square = self.square_plus(x, sign, add);
        let root = self.unary("Sqrt", &square);
        self.unary("Reciprocal", &root)
    }
}

/// `y (1 - y)`.
pub(super) fn sigmoid(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, _, y| {
        let rest = s.one_minus(y);
        s.mul(y, &rest)
    })
}

/// `1 - y^2`.
pub(super) fn tanh(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, _, y| {
        let one = s.scalar(1.0, s.element(y));
        let square = s.mul(y, y);
        s.sub(&one, &square)
    })
}

/// `2 / sqrt(pi) exp(-x^2)`.
pub(super) fn erf(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, x, _| {
        let bell = bell(s, x, 1.0);
        s.scale(&bell, std::f64::consts::FRAC_2_SQRT_PI)
    })
}

/// `exp(-sharpness x^2)`.
pub(super) fn bell(s: &mut Sweep<'_>, x: &str, sharpness: f64) -> String {
    let square = s.mul(x, x);
    let exponent = s.scale(&square, -sharpness);
    s.unary("Exp", &exponent)
}

/// `sigmoid(x)`.
pub(super) fn softplus(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, x, _| s.unary("Sigmoid", x))
}

/// `1 / (1 + |x|)^2`.
pub(super) fn softsign(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, x, _| {
        let one = s.scalar(1.0, s.element(x));
        let size = s.unary("Abs", x);
        let sum = s.add(&one, &size);
        let square = s.mul(&sum, &sum);
        s.unary("Reciprocal", &square)
    })
}

/// `x sigmoid(alpha x)`: `Swish`, `SiLU`. Standard since opset 24, `QuickGelu` in ONNX Runtime.
pub(super) fn swish(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let default = if node.op() == "QuickGelu" { 1.702 } else { 1.0 };
    let alpha = f64::from(node.float("alpha", default));
    times(s, node, gradients, |s, x, y| {
        // sigmoid(ax) + a y (1 - sigmoid(ax))
        let one = s.scalar(1.0, s.element(x));
        let scaled = if alpha == 1.0 {
            x.to_owned()
        } else {
            s.scale(x, alpha)
        };
        let gate = s.unary("Sigmoid", &scaled);
        let rest = s.sub(&one, &gate);
        let slope = s.mul(y, &rest);
        let slope = if alpha == 1.0 {
            slope
        } else {
            s.scale(&slope, alpha)
        };
        s.add(&gate, &slope)
    })
}

/// `x tanh(softplus(x))`.
pub(super) fn mish(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    times(s, node, gradients, |s, x, _| {
        // t + x sigmoid(x) (1 - t^2)
        let one = s.scalar(1.0, s.element(x));
        let soft = s.unary("Softplus", x);
        let t = s.unary("Tanh", &soft);
        let square = s.mul(&t, &t);
        let rest = s.sub(&one, &square);
        let gate = s.unary("Sigmoid", x);
        let slope = s.mul(x, &gate);
        let slope = s.mul(&slope, &rest);
        s.add(&t, &slope)
    })
}

/// Gelu, exact or with the tanh approximation (Hendrycks and Gimpel 2016).
pub(super) fn gelu(s: &mut Sweep<'_>, node: &Node, gradients: &[Option<String>]) -> Outcome {
    let approximate = node.op() == "FastGelu" || node.text("approximate", "none") == "tanh";
    times(s, node, gradients, |s, x, _| {
        if approximate {
            gelu_tanh_slope(s, x)
        } else {
            gelu_slope(s, x)
        }
    })
}

/// `Phi(x) + x phi(x)`.
fn gelu_slope(s: &mut Sweep<'_>, x: &str) -> String {
    let one = s.scalar(1.0, s.element(x));
    let scaled = s.scale(x, std::f64::consts::FRAC_1_SQRT_2);
    let erf = s.unary("Erf", &scaled);
    let sum = s.add(&erf, &one);
    let share = s.scale(&sum, 0.5);
    let bell = bell(s, x, 0.5);
    let density = s.scale(
        &bell,
        0.5 * std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2,
    );
    let slope = s.mul(x, &density);
    s.add(&share, &slope)
}

/// With `u = sqrt(2/pi) (x + 0.044715 x^3)`: `(1 + tanh u) / 2 + x (1 - tanh^2 u) u' / 2`.
fn gelu_tanh_slope(s: &mut Sweep<'_>, x: &str) -> String {
    let k = std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2;
    let one = s.scalar(1.0, s.element(x));
    let square = s.mul(x, x);
    let bent = s.scale(&square, 0.044715 * k);
    let offset = s.scalar(k, s.element(x));
    let inner = s.add(&bent, &offset);
    let u = s.mul(&inner, x);
    let t = s.unary("Tanh", &u);
    let bent = s.scale(&square, 3.0 * 0.044715 * k);
    let du = s.add(&bent, &offset);
    let tt = s.mul(&t, &t);
    let rest = s.sub(&one, &tt);
    let slope = s.mul(&rest, &du);
    let slope = s.mul(&slope, x);
    let sum = s.add(&one, &t);
    let sum = s.add(&sum, &slope);
    s.scale(&sum, 0.5)
}
