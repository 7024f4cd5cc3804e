//! Planes at another size, as Pillow resizes (`Image.resize`): each new pixel is a weighted mean
//! whose kernel widens when the plane shrinks, so nothing aliases.

use super::plane::{Plane, add_scaled};

/// The kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kernel {
    /// A triangle: smooth, never overshoots.
    Linear,
    /// Lanczos with three lobes: sharp, may overshoot.
    Lanczos,
}

impl Kernel {
    fn support(self) -> f64 {
        match self {
            Self::Linear => 1.0,
            Self::Lanczos => 3.0,
        }
    }

    fn weight(self, x: f64) -> f64 {
        let sinc = |x: f64| {
            let angle = x * std::f64::consts::PI;
            if angle == 0.0 {
                1.0
            } else {
                angle.sin() / angle
            }
        };
        match self {
            Self::Linear => (1.0 - x.abs()).max(0.0),
            Self::Lanczos if x.abs() < 3.0 => sinc(x) * sinc(x / 3.0),
            Self::Lanczos => 0.0,
        }
    }
}

/// `plane` at `width` x `height` (at least 1 x 1).
pub(super) fn resample(plane: &Plane, width: usize, height: usize, kernel: Kernel) -> Plane {
    let columns = taps(plane.width, width, kernel);
    let narrow = Plane::from_rows(width, plane.height, |y, out| {
        let source = plane.row(y);
        for (value, (first, weights)) in out.iter_mut().zip(&columns) {
            *value = source[*first..]
                .iter()
                .zip(weights)
                .map(|(s, w)| s * w)
                .sum();
        }
    });
    let rows = taps(plane.height, height, kernel);
    Plane::from_rows(width, height, |y, out| {
        let (first, weights) = &rows[y];
        for (k, &weight) in weights.iter().enumerate() {
            add_scaled(out, narrow.row(first + k), weight);
        }
    })
}

/// For each of `to` pixels, the first of `from` it reads and the weights from there on.
fn taps(from: usize, to: usize, kernel: Kernel) -> Vec<(usize, Vec<f32>)> {
    let scale = from as f64 / to as f64;
    let widened = scale.max(1.0);
    let reach = kernel.support() * widened;
    let tap = |at: usize| {
        let centre = (at as f64 + 0.5) * scale;
        let first = (centre - reach + 0.5).max(0.0) as usize;
        let end = ((centre + reach + 0.5) as usize).clamp(first + 1, from.max(first + 1));
        let weight = |k: usize| kernel.weight((k as f64 + 0.5 - centre) / widened);
        let sum: f64 = (first..end).map(weight).sum();
        (
            first,
            (first..end).map(|k| (weight(k) / sum) as f32).collect(),
        )
    };
    (0..to).map(tap).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanczos_is_pillows() {
        // Pillow 10.4: Image.fromarray(float32 ramp of squares 0..=8, 3 x 3).resize((5, 2), LANCZOS).
        let ramp = Plane {
            width: 3,
            height: 3,
            values: (0..9).map(|v| (v * v) as f32).collect(),
        };
        let sized = resample(&ramp, 5, 2, Kernel::Lanczos);
        for (got, want) in sized.values.iter().zip(PILLOW) {
            assert!((got - want).abs() < 1e-3, "{:?}", sized.values);
        }
        let same = resample(&ramp, 3, 3, Kernel::Linear);
        assert_eq!(same, ramp);
    }

    const PILLOW: [f32; 10] = [
        1.0321, 1.5581, 3.8095, 7.1985, 8.8685, 26.5136, 29.665, 38.6599, 48.7923, 53.0878,
    ];
}
