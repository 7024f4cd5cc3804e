//! Edges of a plane and the distance from them, as OpenCV 4.11 finds them.

use super::plane::{Border, Plane};

/// Tangent of 22.5 degrees in 15-bit fixed point; that of 67.5 is it plus 2.
const TAN_22: i64 = 13573;

/// `cv2.Canny` with its defaults (3 x 3 Sobel, edge repeated; sum of absolute derivatives) on
/// whole numbers 0 to 255. `true` on edges, row by row.
pub(super) fn canny(plane: &Plane, low: i32, high: i32) -> Mask {
    let (width, height) = (plane.width, plane.height);
    let derivative = |kernel: [f32; 3], smooth: [f32; 3]| {
        [
            plane.separable(&smooth, &kernel, Border::Nearest),
            plane.separable(&kernel, &smooth, Border::Nearest),
        ]
    };
    let [across, down] = derivative([-1.0, 0.0, 1.0], [1.0, 2.0, 1.0]);
    let at = |y: usize, x: usize| {
        let place = y * width + x;
        (across.values[place] as i32, down.values[place] as i32)
    };
    // Beyond the border the strength counts as 0.
    let strength = |y: usize, x: usize, dy: isize, dx: isize| match (
        y.checked_add_signed(dy),
        x.checked_add_signed(dx),
    ) {
        (Some(y), Some(x)) if y < height && x < width => {
            let (gx, gy) = at(y, x);
            gx.abs() + gy.abs()
        }
        _ => 0,
    };
    // A ridge is stronger than its neighbours across the edge.
    let is_ridge = |y: usize, x: usize| {
        let (gx, gy) = at(y, x);
        let here = gx.abs() + gy.abs();
        let (run, rise) = (i64::from(gx.abs()), i64::from(gy.abs()) << 15);
        let beside = |dy: isize, dx: isize| strength(y, x, dy, dx);
        if rise < run * TAN_22 {
            here > beside(0, -1) && here >= beside(0, 1)
        } else if rise > run * TAN_22 + (run << 16) {
            here > beside(-1, 0) && here >= beside(1, 0)
        } else {
            let side = if (gx ^ gy) < 0 { -1 } else { 1 };
            here > beside(-1, -side) && here > beside(1, side)
        }
    };
    let mut edges = vec![false; width * height];
    let mut candidates = vec![false; width * height];
    let mut reached = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let here = strength(y, x, 0, 0);
            if here > low && is_ridge(y, x) {
                candidates[y * width + x] = true;
                if here > high {
                    edges[y * width + x] = true;
                    reached.push((y, x));
                }
            }
        }
    }
    // Weak ridges count when they hang together with a strong one.
    while let Some((y, x)) = reached.pop() {
        for ny in y.saturating_sub(1)..(y + 2).min(height) {
            for nx in x.saturating_sub(1)..(x + 2).min(width) {
                let place = ny * width + nx;
                if candidates[place] && !edges[place] {
                    edges[place] = true;
                    reached.push((ny, nx));
                }
            }
        }
    }
    Mask {
        width,
        height,
        set: edges,
    }
}

/// Yes or no for each pixel.
pub(super) struct Mask {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) set: Vec<bool>,
}

/// Distance in pixels to the nearest set pixel: `cv2.distanceTransform` with `DIST_L2` and mask
/// 5, which adds steps of 1, 1.4 and 2.1969 (Borgefors, 1986). Very large where none is set.
pub(super) fn distance(mask: &Mask) -> Plane {
    const FAR: f32 = 1e6;
    const STEPS: [(isize, isize, f32); 8] = [
        (-2, -1, 2.1969),
        (-2, 1, 2.1969),
        (-1, -2, 2.1969),
        (-1, -1, 1.4),
        (-1, 0, 1.0),
        (-1, 1, 1.4),
        (-1, 2, 2.1969),
        (0, -1, 1.0),
    ];
    let (width, height) = (mask.width, mask.height);
    let mut far = Plane::filled(width, height, FAR);
    for (value, &set) in far.values.iter_mut().zip(&mask.set) {
        if set {
            *value = 0.0;
        }
    }
    // Down with the steps above, then up with the same steps turned round.
    for (order, sign) in [(false, 1), (true, -1)] {
        for step in 0..width * height {
            let place = if order {
                width * height - 1 - step
            } else {
                step
            };
            let (y, x) = (place / width, place % width);
            let mut nearest = far.values[place];
            for (dy, dx, cost) in STEPS {
                let from = (
                    y.checked_add_signed(sign * dy),
                    x.checked_add_signed(sign * dx),
                );
                if let (Some(y), Some(x)) = from
                    && y < height
                    && x < width
                {
                    nearest = nearest.min(far.values[y * width + x] + cost);
                }
            }
            far.values[place] = nearest;
        }
    }
    far
}
