//! Where one looks at a sheet from, and how fine what is drawn has to be.

/// The view of a sheet. Lengths on the sheet are in sides of an ordinary cell, on screen in physical
/// pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Camera {
    /// The place of the sheet in the middle of the screen.
    pub centre: [f64; 2],
    /// Pixels of a side of an ordinary cell.
    pub scale: f64,
    /// Width and height of the screen's part, in pixels.
    pub screen: [f64; 2],
}

/// Largest cell, in pixels.
const LARGEST: f64 = 4096.0;
/// Room that is left around a sheet that is shown whole, of the screen.
const MARGIN: f64 = 0.03;

impl Camera {
    /// All of a sheet.
    #[must_use]
    pub fn fit(sheet: [f32; 2], screen: [f64; 2]) -> Self {
        let sheet = sheet.map(|side| f64::from(side).max(1e-3));
        let scale = (screen[0] / sheet[0]).min(screen[1] / sheet[1]) * (1.0 - 2.0 * MARGIN);
        Self {
            centre: sheet.map(|side| side / 2.0),
            scale: scale.clamp(1e-6, LARGEST),
            screen,
        }
    }

    /// The place of the sheet under a pixel, from the upper left corner.
    #[must_use]
    pub fn place_at(&self, pixel: [f64; 2]) -> [f64; 2] {
        [0, 1].map(|axis| self.centre[axis] + (pixel[axis] - self.screen[axis] / 2.0) / self.scale)
    }

    /// The pixel over a place of the sheet.
    #[must_use]
    pub fn pixel_at(&self, place: [f64; 2]) -> [f64; 2] {
        [0, 1].map(|axis| (place[axis] - self.centre[axis]) * self.scale + self.screen[axis] / 2.0)
    }

    /// The part of the sheet on screen, and `more` screens around it: left, top, right, bottom.
    #[must_use]
    pub fn part(&self, more: f64) -> [f64; 4] {
        let half = self
            .screen
            .map(|side| side / 2.0 * (1.0 + 2.0 * more) / self.scale);
        [
            self.centre[0] - half[0],
            self.centre[1] - half[1],
            self.centre[0] + half[0],
            self.centre[1] + half[1],
        ]
    }

    /// Nearer by a factor (farther below 1), so that the place under a pixel stays there.
    #[must_use]
    pub fn zoomed(&self, factor: f64, about: [f64; 2], sheet: [f32; 2]) -> Self {
        let there = self.place_at(about);
        // Farther than all at once shows nothing more.
        let least = (Self::fit(sheet, self.screen).scale / 2.0).min(self.scale);
        let scale = (self.scale * factor).clamp(least, LARGEST);
        let scale = if scale.is_finite() { scale } else { self.scale };
        let centre =
            [0, 1].map(|axis| there[axis] - (about[axis] - self.screen[axis] / 2.0) / scale);
        Self {
            centre,
            scale,
            ..*self
        }
        .bounded(sheet)
    }

    /// Moved so that what is under the pointer follows it by so many pixels.
    #[must_use]
    pub fn dragged(&self, by: [f64; 2], sheet: [f32; 2]) -> Self {
        Self {
            centre: [0, 1].map(|axis| self.centre[axis] - by[axis] / self.scale),
            ..*self
        }
        .bounded(sheet)
    }

    /// Moved so that the middle of the screen is on the sheet: it is never lost.
    #[must_use]
    pub fn bounded(&self, sheet: [f32; 2]) -> Self {
        let centre = [0, 1].map(|axis| {
            let side = f64::from(sheet[axis]).max(0.0);
            let centre = self.centre[axis];
            if centre.is_nan() {
                side / 2.0
            } else {
                centre.clamp(0.0, side)
            }
        });
        Self { centre, ..*self }
    }
}

/// How a picture is drawn, from far to near.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// A few pixels of a mosaic that is baked of all.
    Mosaic,
    /// Its tile of 32 pixels.
    Tile,
    /// Its thumbnail of 128 pixels.
    Thumbnail,
    /// Itself, in a pane of its own, with its map.
    Pane,
}

impl Level {
    /// Sides of a cell, in pixels, from which on each level after the first is drawn.
    const FROM: [(f64, Self); 3] = [
        (8.0, Self::Tile),
        (40.0, Self::Thumbnail),
        (96.0, Self::Pane),
    ];

    /// For cells of that side.
    fn of(side: f64) -> Self {
        let reached = Self::FROM.into_iter().rev().find(|(from, _)| side >= *from);
        reached.map_or(Self::Mosaic, |(_, level)| level)
    }
}

/// Chooses a level, and stays with it a while, so that it does not go to and fro with every step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Regime {
    level: Level,
    /// Cells that can be drawn one by one.
    most: usize,
}

/// A level is left only this much beyond its end.
const STAY: f64 = 1.2;

impl Regime {
    /// With no level yet; more than `most` cells are always a mosaic.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            level: Level::Mosaic,
            most,
        }
    }

    /// The level for cells of that many pixels, of which so many are on screen.
    pub fn choose(&mut self, side: f64, visible: usize) -> Level {
        let (least, most) = (Level::of(side / STAY), Level::of(side * STAY));
        self.level = self.level.clamp(least, most);
        if visible > self.most {
            self.level = Level::Mosaic;
        }
        self.level
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: [f64; 2], b: [f64; 2]) -> bool {
        (a[0] - b[0]).abs() < 1e-6 && (a[1] - b[1]).abs() < 1e-6
    }

    #[test]
    fn a_whole_sheet_fits_and_pixels_are_places() {
        for (sheet, screen) in [
            ([300.0, 10.0], [1280.0, 800.0]),
            ([1.0, 900.0], [800.0, 1280.0]),
        ] {
            let camera = Camera::fit(sheet, screen);
            let [left, top, right, bottom] = camera.part(0.0);
            assert!(left < 0.0 && top < 0.0);
            assert!(right > f64::from(sheet[0]) && bottom > f64::from(sheet[1]));
            assert!(right - left < 1.2 * f64::from(sheet[0]) || bottom - top < 1.2 * 900.0);
            let place = camera.place_at([17.0, 600.0]);
            assert!(near(camera.pixel_at(place), [17.0, 600.0]));
            assert!(near(camera.place_at([0.0, 0.0]), [left, top]));
        }
    }

    #[test]
    fn zooming_keeps_what_is_under_the_pointer() {
        let sheet = [300.0, 200.0];
        let mut camera = Camera::fit(sheet, [1280.0, 800.0]);
        for factor in [1.5, 1.5, 4.0, 0.5, 20.0] {
            let about = [500.0, 420.0];
            let before = camera.place_at(about);
            camera = camera.zoomed(factor, about, sheet);
            assert!(near(camera.place_at(about), before), "{factor}");
        }
        // Neither lost nor beyond all measure.
        assert!(camera.zoomed(1e9, [0.0, 0.0], sheet).scale <= LARGEST);
        let far = camera.zoomed(1e-9, [0.0, 0.0], sheet);
        assert!(far.scale >= Camera::fit(sheet, camera.screen).scale / 2.0);
        let lost = camera.dragged([1e9, -1e9], sheet);
        assert_eq!(lost.centre, [0.0, 200.0]);
        let moved = camera.dragged([10.0, 0.0], sheet);
        let grabbed = camera.place_at([100.0, 100.0]);
        assert!(near(moved.pixel_at(grabbed), [110.0, 100.0]));
    }

    #[test]
    fn levels_follow_the_side_and_stay_a_while() {
        let mut regime = Regime::new(1000);
        let mut levels = Vec::new();
        let mut side = 1.0;
        while side < 200.0 {
            levels.push((side, regime.choose(side, 10)));
            side *= 1.03;
        }
        assert!(levels.is_sorted_by_key(|(_, level)| *level));
        let first = |level: Level| levels.iter().find(|(_, l)| *l == level).unwrap().0;
        assert!((8.0..8.0 * 1.3).contains(&first(Level::Tile)));
        assert!((40.0..40.0 * 1.3).contains(&first(Level::Thumbnail)));
        assert!((96.0..96.0 * 1.3).contains(&first(Level::Pane)));
        // To and fro at the edge changes nothing.
        let edge = first(Level::Tile);
        regime.choose(edge, 10);
        for side in [edge * 0.9, edge, edge * 0.85, edge * 1.1] {
            assert_eq!(regime.choose(side, 10), Level::Tile);
        }
        assert_eq!(regime.choose(edge * 0.6, 10), Level::Mosaic);
        assert_eq!(regime.choose(60.0, 1001), Level::Mosaic);
        assert_eq!(regime.choose(60.0, 1000), Level::Thumbnail);
    }
}
