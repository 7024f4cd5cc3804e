//! Resize: nearest, linear and cubic interpolation, one dimension after the other.
//!
//! Each is linear, so the gradient is a product with the transposed interpolation matrix. The
//! matrices follow the operator's definition (onnx/docs/Operators.md, Resize).

use crate::onnx::{ElementType, Node};

use super::AutodiffError;
use super::emit::{damaged, unsupported};
use super::sweep::Sweep;

/// What the attributes of a Resize node say.
struct Interpolation<'a> {
    mode: &'a str,
    coordinates: &'a str,
    nearest: &'a str,
    cubic: f64,
    exclude_outside: bool,
}

pub(super) fn resize(
    s: &mut Sweep<'_>,
    node: &Node,
    gradients: &[Option<String>],
) -> Result<(), AutodiffError> {
    let Some((x, g)) = s.wanted(node, gradients)? else {
        return Ok(());
    };
    let smooth = node.int("antialias", 0) != 0;
    let how = Interpolation {
        mode: node.text("mode", "nearest"),
        coordinates: node.text("coordinate_transformation_mode", "half_pixel"),
        nearest: node.text("nearest_mode", "round_prefer_floor"),
        cubic: f64::from(node.float("cubic_coeff_a", -0.75)),
        exclude_outside: node.int("exclude_outside", 0) != 0,
    };
    if how.coordinates == "tf_crop_and_resize" {
        return Err(unsupported(node, "it crops (tf_crop_and_resize)"));
    }
    let large = s.value_type(node, x)?.dims;
    let small = s.dims(g);
    let axes = match node.ints("axes").filter(|a| !a.is_empty()) {
        Some(axes) => axes
            .iter()
            .map(|&a| super::emit::axis_of(node, a, large.len()))
            .collect::<Result<Vec<_>, _>>()?,
        None => (0..large.len()).collect(),
    };
    let scales = s.constant_floats(node, 2)?.filter(|v| !v.is_empty());
    let mut dx = g.to_owned();
    for (i, &axis) in axes.iter().enumerate() {
        let (Some(&from), Some(&to)) = (large.get(axis), small.get(axis)) else {
            return Err(damaged(node, "its dimensions do not fit"));
        };
        let scale = match &scales {
            Some(scales) => scales
                .get(i)
                .copied()
                .ok_or_else(|| damaged(node, "its scales do not fit"))?,
            None => to as f64 / from as f64,
        };
        if from == to && (scale - 1.0).abs() < f64::EPSILON {
            continue;
        }
        if smooth {
            let given = scales.is_some().then_some(scale);
            let matrix = smoothing_matrix(s, node, [from, to], given)?;
            dx = s.multiply_along(&dx, axis, &matrix);
            continue;
        }
        let matrix = how
            .matrix(from, to, scale)
            .ok_or_else(|| unsupported(node, &format!("its mode is {:?}", how.mode)))?;
        dx = s.along(&dx, axis, &matrix, from);
    }
    s.give(x, dx);
    Ok(())
}

/// The largest side for [`smoothing_matrix`], which is as large squared.
const MOST_PIXELS: i64 = 2048;

/// `[to, from]`: how much of each source element is in each result element when shrinking smooths
/// (antialias). How it does is the runtime's own affair (onnx/docs/Operators.md leaves the edges
/// open), so the graph asks it: it resizes the identity, which is folded when the session opens.
fn smoothing_matrix(
    s: &mut Sweep<'_>,
    node: &Node,
    [from, to]: [i64; 2],
    scale: Option<f64>,
) -> Result<String, AutodiffError> {
    if !(1..=MOST_PIXELS).contains(&from) {
        return Err(unsupported(node, "it smooths so large a picture"));
    }
    let side = from as usize;
    let mut identity = vec![0.0; side * side];
    identity.iter_mut().step_by(side + 1).for_each(|v| *v = 1.0);
    let identity = s.floats(&[1, 1, from, from], &identity, ElementType::F32);
    let mut ask = node.clone();
    for extra in ["axes", "keep_aspect_ratio_policy"] {
        ask.take_attribute(extra);
    }
    ask.input = if let Some(scale) = scale {
        let scales = s.floats(&[4], &[1.0, 1.0, 1.0, scale], ElementType::F32);
        vec![identity, String::new(), scales]
    } else {
        let sizes = s.ints(&[1, 1, from, to]);
        vec![identity, String::new(), String::new(), sizes]
    };
    let made = s.push(ask, ElementType::F32, &[1, 1, from, to]);
    let matrix = s.reshape(&made, &[from, to]);
    Ok(s.transpose_last(&matrix))
}

impl Interpolation<'_> {
    /// `[to, from]`: how much of each source element is in each result element.
    fn matrix(&self, from: i64, to: i64, scale: f64) -> Option<Vec<f64>> {
        let mut matrix = vec![0.0; (from * to) as usize];
        for t in 0..to {
            let at = self.source(t as f64, from as f64, to as f64, scale);
            for (f, weight) in self.weights(at, from)? {
                if let Some(cell) = matrix.get_mut((t * from + f) as usize) {
                    *cell += weight;
                }
            }
        }
        Some(matrix)
    }

    /// Where result element `t` lies among the source elements.
    fn source(&self, t: f64, from: f64, to: f64, scale: f64) -> f64 {
        match self.coordinates {
            "align_corners" | "pytorch_half_pixel" if to <= 1.0 => 0.0,
            "align_corners" => t * (from - 1.0) / (to - 1.0),
            "asymmetric" => t / scale,
            "half_pixel_symmetric" => {
                // Centred when the result was rounded to whole elements.
                let adjustment = to / (scale * from);
                let centre = from / 2.0;
                let offset = centre * (1.0 - adjustment);
                offset + (t + 0.5) / scale - 0.5
            }
            _ => (t + 0.5) / scale - 0.5,
        }
    }

    /// The source elements around `at` and their weights.
    fn weights(&self, at: f64, from: i64) -> Option<Vec<(i64, f64)>> {
        let last = from - 1;
        let inside = |f: i64| f.clamp(0, last);
        let below = at.floor();
        let part = at - below;
        let below = below as i64;
        Some(match self.mode {
            "nearest" => {
                let nearest = match self.nearest {
                    "floor" => at.floor(),
                    "ceil" => at.ceil(),
                    "round_prefer_ceil" => (at + 0.5).floor(),
                    _ => (at - 0.5).ceil(),
                };
                vec![(inside(nearest as i64), 1.0)]
            }
            "linear" => {
                // Beyond the first and last element their value continues.
                let at = at.clamp(0.0, last as f64);
                let below = at.floor();
                vec![
                    (below as i64, 1.0 - (at - below)),
                    (inside(below as i64 + 1), at - below),
                ]
            }
            "cubic" => {
                let weights = self.cubic_weights(part);
                let taps = weights.iter().zip(below - 1..);
                let kept = taps.filter(|(_, f)| !self.exclude_outside || (0..from).contains(f));
                let list: Vec<(i64, f64)> = kept.map(|(&w, f)| (inside(f), w)).collect();
                let total: f64 = if self.exclude_outside {
                    list.iter().map(|p| p.1).sum()
                } else {
                    1.0
                };
                list.into_iter().map(|(f, w)| (f, w / total)).collect()
            }
            _ => return None,
        })
    }

    /// Keys' convolution kernel (1981) at the four elements around a point.
    fn cubic_weights(&self, part: f64) -> [f64; 4] {
        let a = self.cubic;
        let near = |d: f64| ((a + 2.0) * d - (a + 3.0)) * d * d + 1.0;
        let far = |d: f64| ((a * d - 5.0 * a) * d + 8.0 * a) * d - 4.0 * a;
        [
            far(part + 1.0),
            near(part),
            near(1.0 - part),
            far(2.0 - part),
        ]
    }
}
