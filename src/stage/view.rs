//! Pan and zoom: which part of a picture a pane shows. Plain arithmetic, no systems.
//!
//! Three spaces, each with y downwards: *points* (egui's logical pixels, from the pane's top
//! left), *picture fractions* (0,0 = the picture's top left, 1,1 = its bottom right) and *pane
//! fractions* (the same of the pane, used by the shader).

use bevy::prelude::*;

/// The largest side of one picture pixel on screen, in points: there zooming in ends.
pub const MAX_PIXEL_POINTS: f32 = 64.0;

/// One step of a zoom key or button.
pub const ZOOM_STEP: f32 = 1.25;

/// Which part of its picture a pane shows.
#[derive(Component, Debug, Clone, Copy, PartialEq, Reflect)]
pub struct View {
    /// 1 = the whole picture just fits the pane, 2 = twice as large. From 1 to where one picture
    /// pixel is [`MAX_PIXEL_POINTS`] wide.
    pub zoom: f32,
    /// The place in the picture that lies in the middle of the pane, in picture fractions.
    pub centre: Vec2,
}

impl View {
    /// The whole picture, in the middle.
    pub const FIT: Self = Self {
        zoom: 1.0,
        centre: Vec2::splat(0.5),
    };

    /// The view brought back within its limits: zoom between fit and single pixels, and no empty
    /// ground on a side where the picture could fill the pane.
    #[must_use]
    pub fn clamped(self, space: Space) -> Self {
        if !space.is_usable() {
            return Self::FIT;
        }
        let zoom = if self.zoom.is_finite() {
            self.zoom.clamp(1.0, space.max_zoom())
        } else {
            1.0
        };
        // Half the pane, in picture fractions: the least distance of the centre from an edge.
        let half = space.pane / (space.picture * space.fit_scale() * zoom) * 0.5;
        let keep = |centre: f32, half: f32| {
            if half >= 0.5 || !centre.is_finite() {
                0.5
            } else {
                centre.clamp(half, 1.0 - half)
            }
        };
        Self {
            zoom,
            centre: Vec2::new(keep(self.centre.x, half.x), keep(self.centre.y, half.y)),
        }
    }

    /// Zoomed by `factor` (> 1 is closer) so that what lies under `at` (points) stays there.
    #[must_use]
    pub fn zoomed(self, factor: f32, at: Vec2, space: Space) -> Self {
        let now = self.clamped(space);
        let zoomed = Self {
            zoom: now.zoom * factor,
            ..now
        }
        .clamped(space);
        let held = now.picture_at(at, space);
        let moved = zoomed.picture_at(at, space);
        Self {
            centre: zoomed.centre + held - moved,
            ..zoomed
        }
        .clamped(space)
    }

    /// Moved so that the picture follows a pointer that went `by` points.
    #[must_use]
    pub fn panned(self, by: Vec2, space: Space) -> Self {
        let now = self.clamped(space);
        Self {
            centre: now.centre - by / (space.picture * now.scale(space)),
            ..now
        }
        .clamped(space)
    }

    /// Points per picture pixel.
    #[must_use]
    pub fn scale(self, space: Space) -> f32 {
        space.fit_scale() * self.zoom
    }

    /// The place in the picture under a point of the pane. Outside 0..1 there is no picture.
    #[must_use]
    pub fn picture_at(self, point: Vec2, space: Space) -> Vec2 {
        self.centre + (point - space.pane * 0.5) / (space.picture * self.scale(space))
    }

    /// The point of the pane at which a place in the picture is shown.
    #[must_use]
    pub fn point_of(self, place: Vec2, space: Space) -> Vec2 {
        (place - self.centre) * space.picture * self.scale(space) + space.pane * 0.5
    }

    /// Scale and offset from pane fractions to picture fractions: `place = at * scale + offset`.
    #[must_use]
    pub fn picture_from_pane(self, space: Space) -> (Vec2, Vec2) {
        let scale = space.pane / (space.picture * self.scale(space));
        (scale, self.centre - scale * 0.5)
    }
}

impl Default for View {
    fn default() -> Self {
        Self::FIT
    }
}

/// What a view is seen in: a pane and a picture, both with sides above 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Space {
    /// Width and height of the pane, points.
    pub pane: Vec2,
    /// Width and height of the picture, its pixels.
    pub picture: Vec2,
}

impl Space {
    /// True when both have sides above 0, so that a scale exists.
    #[must_use]
    pub fn is_usable(self) -> bool {
        self.pane.min_element() > 0.0 && self.picture.min_element() > 0.0
    }

    /// Points per picture pixel at which the whole picture just fits.
    fn fit_scale(self) -> f32 {
        (self.pane / self.picture).min_element()
    }

    /// The zoom at which one picture pixel is [`MAX_PIXEL_POINTS`] wide, at least 1.
    fn max_zoom(self) -> f32 {
        (MAX_PIXEL_POINTS / self.fit_scale()).max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPACE: Space = Space {
        pane: Vec2::new(800.0, 600.0),
        picture: Vec2::new(400.0, 100.0),
    };

    #[test]
    fn fit_centres_the_whole_picture() {
        // 400 x 100 in 800 x 600 fits at 2 points a pixel: 800 x 200, 200 points from the top.
        assert_eq!(View::FIT.scale(SPACE), 2.0);
        assert_eq!(View::FIT.point_of(Vec2::ZERO, SPACE), Vec2::new(0.0, 200.0));
        assert_eq!(
            View::FIT.point_of(Vec2::ONE, SPACE),
            Vec2::new(800.0, 400.0)
        );
    }

    #[test]
    fn zoom_keeps_what_is_under_the_pointer() {
        let at = Vec2::new(250.0, 310.0);
        let mut view = View::FIT.zoomed(8.0, Vec2::new(400.0, 300.0), SPACE);
        let held = view.picture_at(at, SPACE);
        for factor in [1.1, 1.4, 0.9] {
            view = view.zoomed(factor, at, SPACE);
            assert!((view.picture_at(at, SPACE) - held).length() < 1e-5);
        }
    }

    #[test]
    fn zoom_and_pan_stay_within_limits() {
        let far = View::FIT.zoomed(1e9, Vec2::ZERO, SPACE);
        assert_eq!(far.scale(SPACE), MAX_PIXEL_POINTS);
        assert_eq!(far.zoomed(1e-9, Vec2::ZERO, SPACE), View::FIT);
        let corner = far.panned(Vec2::splat(1e9), SPACE);
        assert!((corner.picture_at(Vec2::ZERO, SPACE)).length() < 1e-6);
        let corner = far.panned(Vec2::splat(-1e9), SPACE);
        assert!((corner.picture_at(SPACE.pane, SPACE) - Vec2::ONE).length() < 1e-6);
        // At 2 x fit the picture is 400 points high, less than the pane: it stays in the middle.
        let wide = View::FIT
            .zoomed(2.0, Vec2::ZERO, SPACE)
            .panned(Vec2::new(0.0, 50.0), SPACE);
        assert_eq!(wide.centre.y, 0.5);
    }

    #[test]
    fn pan_follows_the_pointer() {
        let view = View::FIT.zoomed(8.0, Vec2::new(400.0, 300.0), SPACE);
        let under = view.picture_at(Vec2::new(100.0, 100.0), SPACE);
        let view = view.panned(Vec2::new(30.0, -20.0), SPACE);
        let now = view.picture_at(Vec2::new(130.0, 80.0), SPACE);
        assert!((under - now).length() < 1e-6);
    }

    #[test]
    fn the_shaders_mapping_is_the_same() {
        let view = View::FIT.zoomed(5.0, Vec2::new(700.0, 250.0), SPACE);
        let (scale, offset) = view.picture_from_pane(SPACE);
        for at in [Vec2::ZERO, Vec2::new(123.0, 456.0), SPACE.pane] {
            let place = at / SPACE.pane * scale + offset;
            assert!((place - view.picture_at(at, SPACE)).length() < 1e-6);
            assert!((view.point_of(place, SPACE) - at).length() < 1e-3);
        }
    }

    #[test]
    fn broken_numbers_give_the_whole_picture() {
        let broken = View {
            zoom: f32::NAN,
            centre: Vec2::splat(f32::INFINITY),
        };
        assert_eq!(broken.clamped(SPACE), View::FIT);
        let nothing = Space {
            pane: Vec2::ZERO,
            picture: Vec2::ZERO,
        };
        assert_eq!(View::FIT.zoomed(2.0, Vec2::ZERO, nothing), View::FIT);
    }

    #[test]
    fn a_strip_of_40000_by_10_zooms_to_its_pixels() {
        let space = Space {
            pane: Vec2::new(800.0, 600.0),
            picture: Vec2::new(40_000.0, 10.0),
        };
        let view = View::FIT.zoomed(1e9, Vec2::new(799.0, 300.0), space);
        assert!((view.scale(space) - MAX_PIXEL_POINTS).abs() < 1e-3);
        assert!(view.centre.x > 0.99);
    }
}
