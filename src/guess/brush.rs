//! The pixels under a brush.

/// The pixels of a `height` x `width` picture under a round brush of `radius` pixels drawn
/// straight from `from` to `to` (`(x, y)`, in pixels; the middle of the top left pixel is at .5,
/// .5), as rows `(y, first x, one past the last x)` from the top. A pixel is under the brush when
/// its middle is. A dab is a stroke that ends where it starts; it always takes at least the pixel
/// it is in.
///
/// The segments of a stroke drawn one after the other leave no gaps, however far apart the
/// pointer's reports are. [`super::Capsule`] is the same in whole numbers, for what people paint.
#[must_use]
pub fn under(
    height: usize,
    width: usize,
    from: (f32, f32),
    to: (f32, f32),
    radius: f32,
) -> Vec<(usize, usize, usize)> {
    let finite = [from.0, from.1, to.0, to.1, radius]
        .iter()
        .all(|v| v.is_finite());
    if height == 0 || width == 0 || !finite {
        return Vec::new();
    }
    // A circle around a pixel's corner with half its diagonal reaches that pixel's middle.
    let radius = radius.max(std::f32::consts::FRAC_1_SQRT_2);
    let top = (from.1.min(to.1) - radius).floor().max(0.0) as usize;
    let bottom = ((from.1.max(to.1) + radius).ceil().max(0.0) as usize).min(height);
    let mut rows = Vec::with_capacity(bottom.saturating_sub(top));
    for y in top..bottom {
        let Some((left, right)) = across(y as f32 + 0.5, from, to, radius) else {
            continue;
        };
        // Pixels whose middle x + .5 lies in left ..= right.
        let first = (left - 0.5).ceil().max(0.0) as usize;
        let end = ((right - 0.5).floor() + 1.0).max(0.0) as usize;
        let end = end.min(width);
        if first < end {
            rows.push((y, first, end));
        }
    }
    rows
}

/// Where the horizontal line at `y` enters and leaves the stroke: the union of both end discs and
/// the band between them, which is convex, so one interval.
fn across(y: f32, from: (f32, f32), to: (f32, f32), radius: f32) -> Option<(f32, f32)> {
    let mut span: Option<(f32, f32)> = None;
    let mut cover = |left: f32, right: f32| {
        span = Some(span.map_or((left, right), |(l, r)| (l.min(left), r.max(right))));
    };
    for (x0, y0) in [from, to] {
        let half = radius * radius - (y - y0) * (y - y0);
        if half >= 0.0 {
            cover(x0 - half.sqrt(), x0 + half.sqrt());
        }
    }
    // The rectangle along the segment: the line's points at most `radius` away sideways, and
    // lengthwise between the ends.
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy);
    if length > 0.0 {
        let (ux, uy) = (dx / length, dy / length);
        let dy0 = y - from.1;
        // Sideways: |(x - x0) * uy - dy0 * ux| <= radius. Lengthwise: 0 <= (x - x0) * ux + dy0 * uy <= length.
        let side = limits(uy, dy0 * ux - radius, dy0 * ux + radius);
        let along = limits(ux, -dy0 * uy, length - dy0 * uy);
        if let (Some((a, b)), Some((c, d))) = (side, along) {
            let (left, right) = (a.max(c), b.min(d));
            if left <= right {
                cover(from.0 + left, from.0 + right);
            }
        }
    }
    span
}

/// The `t` with `low <= t * factor <= high`.
fn limits(factor: f32, low: f32, high: f32) -> Option<(f32, f32)> {
    if factor.abs() < 1e-6 {
        return (low <= 0.0 && high >= 0.0).then_some((f32::NEG_INFINITY, f32::INFINITY));
    }
    let (a, b) = (low / factor, high / factor);
    Some((a.min(b), a.max(b)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    /// Distance of a pixel's middle from the segment.
    fn distance(x: usize, y: usize, from: (f32, f32), to: (f32, f32)) -> f32 {
        let p = (x as f32 + 0.5 - from.0, y as f32 + 0.5 - from.1);
        let d = (to.0 - from.0, to.1 - from.1);
        let squared = d.0 * d.0 + d.1 * d.1;
        let t = if squared > 0.0 {
            ((p.0 * d.0 + p.1 * d.1) / squared).clamp(0.0, 1.0)
        } else {
            0.0
        };
        (p.0 - t * d.0).hypot(p.1 - t * d.1)
    }

    #[test]
    fn a_stroke_holds_the_pixels_within_its_radius() {
        let mut rng = StdRng::seed_from_u64(11);
        for _ in 0..300 {
            let mut at = || {
                (
                    rng.random_range(-10.0..50.0f32),
                    rng.random_range(-10.0..40.0f32),
                )
            };
            let (from, to) = (at(), at());
            let to = if from.0 > 30.0 { (to.0, from.1) } else { to };
            let radius = rng.random_range(0.8..9.0f32);
            let mut painted = vec![false; 30 * 40];
            for (y, first, end) in under(30, 40, from, to, radius) {
                painted[y * 40 + first..y * 40 + end].fill(true);
            }
            for y in 0..30 {
                for x in 0..40 {
                    let d = distance(x, y, from, to);
                    if (d - radius).abs() > 1e-3 {
                        assert_eq!(painted[y * 40 + x], d < radius, "{x} {y}: {d} of {radius}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_smallest_dab_takes_its_own_pixel() {
        for at in [(3.01, 4.99), (3.5, 4.5), (3.99, 4.01)] {
            assert!(
                under(9, 9, at, at, 0.0)
                    .iter()
                    .any(|&(y, a, b)| y == 4 && (a..b).contains(&3))
            );
        }
    }

    #[test]
    fn nothing_outside_and_nothing_from_nonsense() {
        assert!(under(9, 9, (50.0, 50.0), (60.0, 60.0), 3.0).is_empty());
        assert!(under(9, 9, (-50.0, 4.0), (-60.0, 4.0), 3.0).is_empty());
        assert!(under(9, 9, (f32::NAN, 4.0), (1.0, 4.0), 3.0).is_empty());
        assert!(under(0, 9, (1.0, 1.0), (1.0, 1.0), 3.0).is_empty());
    }
}
