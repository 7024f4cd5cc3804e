//! Which part of a sheet is seen, and how large. Two spaces, both with y downwards: *cells* of the
//! sheet and *points* (egui's logical pixels) from the top left of the area it is seen in.

use glam::Vec2;

/// The largest side of a cell, in points: whoever comes closer looks at one picture.
pub const MOST_POINTS: f32 = 480.0;
/// One step of a zoom key or button.
pub const STEP: f32 = 1.4;
/// Part of the area that stays free around the whole sheet.
const MARGIN: f32 = 0.03;

/// What is seen of a sheet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Camera {
    /// The place in the middle, in cells.
    pub centre: Vec2,
    /// Points a cell.
    pub scale: f32,
}

impl Default for Camera {
    fn default() -> Self {
        Self {
            centre: Vec2::ZERO,
            scale: 1.0,
        }
    }
}

impl Camera {
    /// All of a sheet of `cells` in an area of `points`.
    #[must_use]
    pub fn fit(cells: Vec2, points: Vec2) -> Self {
        Self {
            centre: cells * 0.5,
            scale: fit_scale(cells, points),
        }
    }

    /// Brought back within its limits: from the whole sheet to [`MOST_POINTS`], and the sheet never
    /// out of sight.
    #[must_use]
    pub fn clamped(self, cells: Vec2, points: Vec2) -> Self {
        let least = fit_scale(cells, points);
        let scale = if self.scale.is_finite() {
            self.scale.clamp(least, MOST_POINTS.max(least))
        } else {
            least
        };
        // Half of the area in cells, less a margin, is the least distance from an edge.
        let half = points * (0.5 - MARGIN) / scale;
        let keep = |centre: f32, half: f32, cells: f32| {
            if half * 2.0 >= cells || !centre.is_finite() {
                cells * 0.5
            } else {
                centre.clamp(half, cells - half)
            }
        };
        Self {
            centre: Vec2::new(
                keep(self.centre.x, half.x, cells.x),
                keep(self.centre.y, half.y, cells.y),
            ),
            scale,
        }
    }

    /// The place in cells under a point of the area.
    #[must_use]
    pub fn cell_at(self, point: Vec2, points: Vec2) -> Vec2 {
        self.centre + (point - points * 0.5) / self.scale
    }

    /// The point of the area at which a place in cells is seen.
    #[must_use]
    pub fn point_of(self, cell: Vec2, points: Vec2) -> Vec2 {
        (cell - self.centre) * self.scale + points * 0.5
    }

    /// Zoomed by `factor` (> 1 is closer) so that what lies under the point `at` stays there.
    #[must_use]
    pub fn zoomed(self, factor: f32, at: Vec2, cells: Vec2, points: Vec2) -> Self {
        let held = self.cell_at(at, points);
        let closer = Self {
            scale: self.scale * factor,
            ..self
        }
        .clamped(cells, points);
        let moved = closer.cell_at(at, points);
        Self {
            centre: closer.centre + held - moved,
            ..closer
        }
        .clamped(cells, points)
    }

    /// Moved so that the sheet follows a pointer that went `by` points.
    #[must_use]
    pub fn panned(self, by: Vec2, cells: Vec2, points: Vec2) -> Self {
        Self {
            centre: self.centre - by / self.scale,
            ..self
        }
        .clamped(cells, points)
    }

    /// Moved as little as it takes to see the whole of a cell.
    #[must_use]
    pub fn showing(self, cell: Vec2, cells: Vec2, points: Vec2) -> Self {
        let half = points * 0.5 / self.scale;
        let keep = |centre: f32, half: f32, cell: f32| {
            let (low, high) = (cell + 1.0 - half, cell + half);
            if low > high {
                cell + 0.5
            } else {
                centre.clamp(low, high)
            }
        };
        Self {
            centre: Vec2::new(
                keep(self.centre.x, half.x, cell.x),
                keep(self.centre.y, half.y, cell.y),
            ),
            ..self
        }
        .clamped(cells, points)
    }
}

fn fit_scale(cells: Vec2, points: Vec2) -> f32 {
    let room = points * (1.0 - 2.0 * MARGIN) / cells.max(Vec2::ONE);
    let fit = room.min_element();
    if fit.is_finite() && fit > 0.0 {
        fit.min(MOST_POINTS)
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELLS: Vec2 = Vec2::new(300.0, 200.0);
    const AREA: Vec2 = Vec2::new(900.0, 640.0);

    #[test]
    fn all_of_it_fits() {
        let camera = Camera::fit(CELLS, AREA);
        let (min, max) = (
            camera.point_of(Vec2::ZERO, AREA),
            camera.point_of(CELLS, AREA),
        );
        assert!(min.min_element() >= 0.0 && max.x <= AREA.x && max.y <= AREA.y);
        assert_eq!(camera.clamped(CELLS, AREA), camera);
        // One picture does not fill the window beyond the largest cell.
        assert_eq!(
            Camera::fit(Vec2::ONE, Vec2::splat(2000.0)).scale,
            MOST_POINTS
        );
        assert!(Camera::fit(Vec2::ZERO, Vec2::ZERO).scale > 0.0);
    }

    #[test]
    fn what_lies_under_the_pointer_stays_there() {
        let mut camera = Camera::fit(CELLS, AREA);
        let at = Vec2::new(500.0, 300.0);
        let held = camera.cell_at(at, AREA);
        for _ in 0..12 {
            camera = camera.zoomed(STEP, at, CELLS, AREA);
            assert!((camera.cell_at(at, AREA) - held).length() < 1e-2);
        }
        assert!(camera.scale > 100.0);
        for _ in 0..40 {
            camera = camera.zoomed(1.0 / STEP, at, CELLS, AREA);
        }
        assert_eq!(camera, Camera::fit(CELLS, AREA));
    }

    #[test]
    fn the_sheet_is_never_lost() {
        let near = Camera {
            centre: Vec2::new(150.0, 100.0),
            scale: 90.0,
        };
        for by in [Vec2::splat(1e9), Vec2::splat(-1e9), Vec2::splat(f32::NAN)] {
            let moved = near.panned(by, CELLS, AREA);
            let seen = moved.cell_at(AREA * 0.5, AREA);
            assert!(seen.min_element() >= 0.0 && seen.x <= CELLS.x && seen.y <= CELLS.y);
        }
    }

    #[test]
    fn a_cell_is_brought_into_view() {
        let near = Camera {
            centre: Vec2::new(20.0, 20.0),
            scale: 60.0,
        };
        for cell in [Vec2::ZERO, Vec2::new(299.0, 199.0), Vec2::new(20.0, 20.0)] {
            let camera = near.showing(cell, CELLS, AREA);
            let (min, max) = (
                camera.point_of(cell, AREA),
                camera.point_of(cell + 1.0, AREA),
            );
            assert!(min.min_element() >= -0.1 && max.x <= AREA.x + 0.1 && max.y <= AREA.y + 0.1);
        }
        assert_eq!(near.showing(Vec2::splat(20.0), CELLS, AREA), near);
    }
}
