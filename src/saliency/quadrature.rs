//! Nodes and weights for integrals from 0 to 1.

/// `steps` nodes as the reference spreads them (`numpy.linspace(0, 1, steps)`, both ends), each
/// of weight 1: the sum is divided by their number.
pub(super) fn riemann(steps: usize) -> Vec<(f64, f64)> {
    let last = steps.saturating_sub(1).max(1) as f64;
    (0..steps).map(|i| (i as f64 / last, 1.0)).collect()
}

/// The `steps` nodes and weights of Gauss and Legendre, lowest node first.
pub(super) fn gauss_legendre(steps: usize) -> Vec<(f64, f64)> {
    let n = steps as f64;
    let mut nodes: Vec<(f64, f64)> = (0..steps)
        .map(|i| {
            // Newton's method from Tricomi's estimate of the i-th root of the polynomial.
            let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..100 {
                let (value, derivative) = legendre(steps, x);
                slope = derivative;
                let by = value / derivative;
                x -= by;
                if by.abs() < 1e-15 {
                    slope = legendre(steps, x).1;
                    break;
                }
            }
            (f64::midpoint(x, 1.0), 1.0 / ((1.0 - x * x) * slope * slope))
        })
        .collect();
    nodes.reverse();
    nodes
}

/// The Legendre polynomial of degree `n` and its derivative at `x`, |x| < 1.
fn legendre(n: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (0.0, 1.0);
    for k in 1..=n {
        let k = k as f64;
        let next = ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k;
        before = value;
        value = next;
    }
    (value, n as f64 * (x * value - before) / (x * x - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gauss_legendre_is_exact_for_polynomials() {
        // numpy.polynomial.legendre.leggauss(3), moved to [0, 1].
        let three = gauss_legendre(3);
        assert!((three[0].0 - 0.112_701_665_379_258_3).abs() < 1e-15);
        assert!((three[0].1 - 0.277_777_777_777_777_8).abs() < 1e-15);
        assert!((three[1].1 - 0.444_444_444_444_444_4).abs() < 1e-15);
        for steps in [1, 2, 5, 50, 501] {
            let nodes = gauss_legendre(steps);
            for power in [0, 1, 2 * steps as i32 - 1] {
                let got: f64 = nodes.iter().map(|(x, w)| w * x.powi(power)).sum();
                let want = 1.0 / f64::from(power + 1);
                assert!((got - want).abs() < 1e-12, "{steps} {power}: {got} {want}");
            }
        }
    }

    #[test]
    fn riemann_has_both_ends() {
        assert_eq!(riemann(1), [(0.0, 1.0)]);
        assert_eq!(riemann(3), [(0.0, 1.0), (0.5, 1.0), (1.0, 1.0)]);
    }
}
