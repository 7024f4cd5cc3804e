//! What a brush changes, as shapes: what the graphics device draws into its own copy of the
//! painting (`shaders/stroke.wgsl`), in whole numbers, so that both copies are equal to the pixel.

use std::ops::Range;

use super::Band;

/// Steps in a pixel: a brush is placed to a quarter of a pixel.
pub const STEPS: i32 = 4;

/// Largest side of a canvas, in pixels.
pub const MAX_SIDE: usize = 4096;

/// Largest radius of a brush, in pixels.
pub const MAX_RADIUS: f32 = 512.0;

/// How far outside the canvas a stroke's end may lie, in pixels; ends further away are brought
/// there. With this and [`MAX_SIDE`] every product below fits in 31 bits.
const MARGIN: f32 = 512.0;

/// A round brush drawn straight from one place to another, in quarters of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Capsule {
    from: [i32; 2],
    to: [i32; 2],
    radius: i32,
}

impl Capsule {
    /// A brush of `radius` pixels drawn from `from` to `to` (`(x, y)` in pixels; the middle of the
    /// top left pixel is at .5, .5), each brought to the nearest quarter. The least radius is
    /// three quarters, so that a dab always takes the pixel it is in. `None` where a number is
    /// not finite.
    #[must_use]
    pub fn new(from: (f32, f32), to: (f32, f32), radius: f32) -> Option<Self> {
        let finite = [from.0, from.1, to.0, to.1, radius]
            .iter()
            .all(|v| v.is_finite());
        let quarters = |v: f32| (v * STEPS as f32).round() as i32;
        let within = |v: f32| quarters(v.clamp(-MARGIN, MAX_SIDE as f32 + MARGIN));
        finite.then(|| Self {
            from: [within(from.0), within(from.1)],
            to: [within(to.0), within(to.1)],
            radius: quarters(radius.clamp(0.75, MAX_RADIUS)),
        })
    }

    /// Whether the middle of the pixel `(x, y)` lies under the brush: at most the radius from the
    /// line between both ends. Decided on whole numbers.
    #[must_use]
    pub fn covers(&self, x: usize, y: usize) -> bool {
        let middle = |v: usize| i64::from(STEPS) * v as i64 + i64::from(STEPS / 2);
        let of = |ends: [i32; 2]| ends.map(i64::from);
        let ([x0, y0], [x1, y1]) = (of(self.from), of(self.to));
        let (px, py) = (middle(x) - x0, middle(y) - y0);
        let (dx, dy) = (x1 - x0, y1 - y0);
        let reach = i64::from(self.radius) * i64::from(self.radius);
        let length = dx * dx + dy * dy;
        let along = px * dx + py * dy;
        if along <= 0 {
            return px * px + py * py <= reach;
        }
        if along >= length {
            return (px - dx) * (px - dx) + (py - dy) * (py - dy) <= reach;
        }
        let aside = px * dy - py * dx;
        aside * aside <= reach * length
    }

    /// The pixels under the brush in a picture of `height` x `width`, as rows `(y, first x, one
    /// past the last x)` from the top: exactly those that [`Self::covers`].
    #[must_use]
    pub fn rows(&self, height: usize, width: usize) -> Vec<(usize, usize, usize)> {
        let pixel = |quarters: i32| (quarters.max(0) / STEPS) as usize;
        let top = pixel(self.from[1].min(self.to[1]) - self.radius);
        let bottom = (pixel(self.from[1].max(self.to[1]) + self.radius) + 1).min(height);
        let mut rows = Vec::with_capacity(bottom.saturating_sub(top));
        for y in top..bottom {
            let Some((left, right)) = self.across(y) else {
                continue;
            };
            let place = |quarters: f64| (quarters - f64::from(STEPS / 2)) / f64::from(STEPS);
            let mut first = (place(left).ceil().max(0.0) as usize).min(width);
            let mut end = (((place(right).floor() + 1.0).max(0.0)) as usize).clamp(first, width);
            // What lies on the edge is decided on whole numbers.
            while first > 0 && self.covers(first - 1, y) {
                first -= 1;
            }
            while end < width && self.covers(end, y) {
                end += 1;
            }
            while first < end && !self.covers(first, y) {
                first += 1;
            }
            while first < end && !self.covers(end - 1, y) {
                end -= 1;
            }
            if first < end {
                rows.push((y, first, end));
            }
        }
        rows
    }

    /// Where the line through the middles of row `y` enters and leaves the shape, in quarters.
    fn across(&self, y: usize) -> Option<(f64, f64)> {
        let middle = i64::from(STEPS) * y as i64 + i64::from(STEPS / 2);
        let radius = f64::from(self.radius);
        let mut span: Option<(f64, f64)> = None;
        let mut cover = |left: f64, right: f64| {
            span = Some(span.map_or((left, right), |(l, r)| (l.min(left), r.max(right))));
        };
        for [x0, y0] in [self.from, self.to] {
            let off = middle - i64::from(y0);
            let half = i64::from(self.radius) * i64::from(self.radius) - off * off;
            if half >= 0 {
                let half = (half as f64).sqrt();
                cover(f64::from(x0) - half, f64::from(x0) + half);
            }
        }
        let [x0, y0] = self.from.map(f64::from);
        let (dx, dy) = (f64::from(self.to[0]) - x0, f64::from(self.to[1]) - y0);
        let length = dx.hypot(dy);
        if length > 0.0 {
            let (ux, uy) = (dx / length, dy / length);
            let off = middle as f64 - y0;
            let side = limits(uy, off * ux - radius, off * ux + radius);
            let along = limits(ux, -off * uy, length - off * uy);
            if let (Some((a, b)), Some((c, d))) = (side, along) {
                let (left, right) = (a.max(c), b.min(d));
                if left <= right {
                    cover(x0 + left, x0 + right);
                }
            }
        }
        span
    }
}

/// The `t` with `low <= t * factor <= high`.
fn limits(factor: f64, low: f64, high: f64) -> Option<(f64, f64)> {
    if factor == 0.0 {
        return (low <= 0.0 && high >= 0.0).then_some((f64::NEG_INFINITY, f64::INFINITY));
    }
    let (a, b) = (low / factor, high / factor);
    Some((a.min(b), a.max(b)))
}

/// A shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// What a brush covers.
    Brush(Capsule),
    /// The pixels from the corner `(x, y)` (first included) to the corner behind the last.
    Block {
        /// Corner of the first pixel.
        from: [u32; 2],
        /// Corner behind the last pixel.
        to: [u32; 2],
    },
}

/// One change of a painting: all pixels of a shape get one band, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Which pixels.
    pub shape: Shape,
    /// What they get.
    pub band: Option<Band>,
}

impl Stamp {
    /// A part of a row.
    #[must_use]
    pub fn row(y: usize, first: usize, end: usize, band: Option<Band>) -> Self {
        Self {
            shape: Shape::Block {
                from: [first as u32, y as u32],
                to: [end as u32, y as u32 + 1],
            },
            band,
        }
    }

    /// Whole rows of a canvas `width` pixels wide.
    #[must_use]
    pub fn rows(rows: Range<usize>, width: usize, band: Option<Band>) -> Self {
        Self {
            shape: Shape::Block {
                from: [0, rows.start as u32],
                to: [width as u32, rows.end as u32],
            },
            band,
        }
    }

    /// A whole canvas of `height` x `width`.
    #[must_use]
    pub fn all(height: usize, width: usize, band: Option<Band>) -> Self {
        Self::rows(0..height, width, band)
    }

    /// The six numbers the device gets: both ends, the radius (-1 for a block), the label.
    #[must_use]
    pub fn words(&self) -> [i32; 6] {
        let label = i32::from(self.band.map_or(0, Band::label));
        match self.shape {
            Shape::Brush(Capsule { from, to, radius }) => {
                [from[0], from[1], to[0], to[1], radius, label]
            }
            Shape::Block { from, to } => {
                let [x0, y0] = from.map(|v| v as i32);
                let [x1, y1] = to.map(|v| v as i32);
                [x0, y0, x1, y1, -1, label]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::brush;
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    #[test]
    fn rows_hold_what_is_covered_and_nothing_else() {
        let mut rng = StdRng::seed_from_u64(3);
        for case in 0..600 {
            let mut at = || {
                (
                    rng.random_range(-10.0..50.0f32),
                    rng.random_range(-10.0..40.0f32),
                )
            };
            let (from, mut to) = (at(), at());
            match case % 4 {
                0 => to = from,
                1 => to.1 = from.1,
                2 => to.0 = from.0,
                _ => {}
            }
            let radius = rng.random_range(0.0..9.0f32);
            let capsule = Capsule::new(from, to, radius).unwrap();
            let mut painted = vec![false; 30 * 40];
            for (y, first, end) in capsule.rows(30, 40) {
                painted[y * 40 + first..y * 40 + end].fill(true);
            }
            for y in 0..30 {
                for x in 0..40 {
                    assert_eq!(
                        painted[y * 40 + x],
                        capsule.covers(x, y),
                        "{x} {y} {capsule:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn it_is_the_round_brush_to_a_quarter_of_a_pixel() {
        let mut rng = StdRng::seed_from_u64(8);
        for _ in 0..200 {
            let mut quarter = |below: i32| rng.random_range(0..below) as f32 / 4.0;
            let (from, to) = ((quarter(400), quarter(300)), (quarter(400), quarter(300)));
            let radius = 0.75 + quarter(60);
            let capsule = Capsule::new(from, to, radius).unwrap();
            let count = |rows: Vec<(usize, usize, usize)>| -> usize {
                rows.iter().map(|(_, first, end)| end - first).sum()
            };
            let exact = count(capsule.rows(75, 100));
            // In single precision a pixel on the very edge may fall to either side.
            let float = count(brush::under(75, 100, from, to, radius));
            assert!(exact.abs_diff(float) <= 4, "{exact} {float}");
        }
    }

    #[test]
    fn a_dab_takes_its_own_pixel_and_nonsense_takes_none() {
        for at in [(3.01, 4.99), (3.5, 4.5), (3.99, 4.01), (3.0, 4.0)] {
            assert!(Capsule::new(at, at, 0.0).unwrap().covers(3, 4), "{at:?}");
        }
        assert_eq!(Capsule::new((f32::NAN, 0.0), (0.0, 0.0), 1.0), None);
        assert_eq!(Capsule::new((0.0, 0.0), (0.0, 0.0), f32::INFINITY), None);
        let far = Capsule::new((-1e9, -1e9), (1e9, 1e9), 1e9).unwrap();
        assert!(far.covers(2048, 2048) && !far.rows(9, 9).is_empty());
        let outside = Capsule::new((-50.0, -50.0), (-60.0, 4.0), 3.0).unwrap();
        assert!(outside.rows(9, 9).is_empty());
        assert!(
            Capsule::new((3.0, 3.0), (5.0, 5.0), 3.0)
                .unwrap()
                .rows(0, 0)
                .is_empty()
        );
    }
}
