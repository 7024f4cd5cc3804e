//! Structural similarity of two maps.
//!
//! Wang, Bovik, Sheikh, Simoncelli: "Image quality assessment: from error visibility to
//! structural similarity" (2004), with the settings of `skimage.metrics.structural_similarity(a,
//! b, win_size=5, data_range=2)` (scikit-image 0.26.0): uniform 5 x 5 window, sample covariance,
//! K1 = .01, K2 = .03, the mean over windows that lie wholly inside. Each map is scaled to
//! [-1, 1] by its own minimum and maximum first.

use crate::compare::pair::{Pair, range};
use crate::compare::parallel::map_pieces;

const WINDOW: usize = 5;
const PIXELS: f64 = (WINDOW * WINDOW) as f64;
const RANGE: f64 = 2.0;
const C1: f64 = (0.01 * RANGE) * (0.01 * RANGE);
const C2: f64 = (0.03 * RANGE) * (0.03 * RANGE);
/// Rows of window positions worked on at a time.
const STRIP: usize = 64;

/// Mean structural similarity, at most 1 = the same; `None` when a map is less than 5 pixels
/// high or wide. A map with one value everywhere counts as 0 everywhere.
#[must_use]
pub fn ssim(pair: &Pair<'_>) -> Option<f64> {
    let (height, width) = (pair.height(), pair.width());
    if height < WINDOW || width < WINDOW {
        return None;
    }
    let scale_a = to_unit(pair.a());
    let scale_b = to_unit(pair.b());
    let rows = height - WINDOW + 1;
    let sums = map_pieces(rows, STRIP, |strip| {
        let mut columns = vec![[0.0f64; 5]; width];
        let add = |columns: &mut [[f64; 5]], y: usize, sign: f64| {
            let at = y * width..(y + 1) * width;
            let (a, b) = (&pair.a()[at.clone()], &pair.b()[at]);
            for ((c, &x), &y) in columns.iter_mut().zip(a).zip(b) {
                let (x, y) = (scale_a(x), scale_b(y));
                c[0] += sign * x;
                c[1] += sign * y;
                c[2] += sign * (x * x);
                c[3] += sign * (y * y);
                c[4] += sign * (x * y);
            }
        };
        for y in strip.start..strip.start + WINDOW - 1 {
            add(&mut columns, y, 1.0);
        }
        let mut sum = 0.0;
        for y in strip {
            add(&mut columns, y + WINDOW - 1, 1.0);
            sum += row(&columns);
            add(&mut columns, y, -1.0);
        }
        sum
    });
    Some(sums.iter().sum::<f64>() / (rows * (width - WINDOW + 1)) as f64)
}

/// The sum of similarities of the windows along one row, given each column's sums.
fn row(columns: &[[f64; 5]]) -> f64 {
    columns
        .windows(WINDOW)
        .map(|window| {
            let mut s = [0.0; 5];
            for c in window {
                for (s, c) in s.iter_mut().zip(c) {
                    *s += c;
                }
            }
            similarity(s)
        })
        .sum()
}

/// The similarity in one window from its sums of x, y, x², y² and xy.
fn similarity([x, y, xx, yy, xy]: [f64; 5]) -> f64 {
    let sample = PIXELS / (PIXELS - 1.0);
    let (ux, uy) = (x / PIXELS, y / PIXELS);
    let vx = sample * (xx / PIXELS - ux * ux);
    let vy = sample * (yy / PIXELS - uy * uy);
    let vxy = sample * (xy / PIXELS - ux * uy);
    ((2.0 * ux * uy + C1) * (2.0 * vxy + C2)) / ((ux * ux + uy * uy + C1) * (vx + vy + C2))
}

/// Scales values to [-1, 1] by their minimum and maximum; all to 0 when they are equal.
fn to_unit(values: &[f32]) -> impl Fn(f32) -> f64 + use<> {
    let (low, high) = range(values).map_or((0.0, 0.0), |(l, h)| (f64::from(l), f64::from(h)));
    let (factor, offset) = if high > low {
        (RANGE / (high - low), -1.0)
    } else {
        (0.0, 0.0)
    };
    move |v| (f64::from(v) - low) * factor + offset
}
