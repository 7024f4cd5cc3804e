//! Millimetres: an exhibit knows how wide its screen is and from where it is looked at, so that letters
//! and buttons have the size that people need, whatever the number of pixels.

use bevy_egui::egui::{self, Color32, FontId};

use crate::exhibit::Screen;

/// Height of capitals, in millimetres, at arm's length (EN 301 549, 5.1.4: 0.7 degrees is the larger).
const CAPITALS: [f64; 2] = [4.8, 7.3];
/// Arm's length, in millimetres.
const ARM: f64 = 600.0;
/// Smallest side of what can be pressed, in millimetres.
pub(super) const TARGET: f32 = 15.0;
/// The same of the button that goes on.
pub(super) const MAIN: f32 = 20.0;
/// Between two of them.
pub(super) const GAP: f32 = 3.0;
/// So far beside a button a finger still means it.
pub(super) const GRACE: f32 = 5.0;

/// What a millimetre is on this screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measure {
    /// Points of a millimetre.
    pub(super) mm: f32,
    /// Height of a capital H, as a share of the size of its letters.
    capital: f32,
    /// See [`Screen::viewing`].
    viewing: f64,
}

impl Measure {
    /// Of a window whose width in points shows the whole width of the screen.
    pub(super) fn of(ctx: &egui::Context, screen: &Screen) -> Self {
        const SIZE: f32 = 100.0;
        let width = ctx.viewport_rect().width();
        let letter = ctx.fonts_mut(|fonts| {
            fonts.layout_no_wrap("H".to_owned(), FontId::proportional(SIZE), Color32::WHITE)
        });
        let capital = letter.mesh_bounds.height() / SIZE;
        Self {
            mm: (f64::from(width) / screen.width.max(1.0)) as f32,
            // A face without letters has some size all the same.
            capital: if (0.3..1.2).contains(&capital) {
                capital
            } else {
                0.7
            },
            viewing: screen.viewing,
        }
    }

    /// Points of so many millimetres.
    pub(super) fn points(self, mm: f32) -> f32 {
        mm * self.mm
    }

    /// The size of letters for reading.
    pub(super) fn reading(self, large: bool) -> f32 {
        let [usual, big] = CAPITALS;
        let capital = if large { big } else { usual };
        let farther = (self.viewing / ARM).max(1.0);
        (capital * farther) as f32 * self.mm / self.capital
    }

    /// The smallest size of letters that anything may have: where there is no room for more.
    pub(super) fn least(self) -> f32 {
        let [usual, _] = CAPITALS;
        usual as f32 * self.mm / self.capital
    }

    /// Height of the capitals of letters of a size, in millimetres.
    #[cfg(test)]
    pub(super) fn capital(self, size: f32) -> f32 {
        size * self.capital / self.mm
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(width: f32, screen: Screen) -> Measure {
        let ctx = egui::Context::default();
        let input = egui::RawInput {
            screen_rect: Some(egui::Rect::from_min_size(
                egui::Pos2::ZERO,
                egui::vec2(width, 1000.0),
            )),
            ..Default::default()
        };
        let mut measure = None;
        let _ = ctx.run_ui(input, |ui| measure = Some(Measure::of(ui.ctx(), &screen)));
        measure.unwrap()
    }

    #[test]
    fn letters_have_their_millimetres_on_every_screen() {
        for (pixels, width) in [(1920.0, 598.0), (3840.0, 598.0), (1080.0, 336.0)] {
            let screen = Screen {
                width,
                viewing: 600.0,
                bottom: 850.0,
            };
            let m = measure(pixels, screen);
            let capital = |size: f32| f64::from(m.capital(size));
            assert!((capital(m.reading(false)) - 4.8).abs() < 0.01);
            assert!((capital(m.reading(true)) - 7.3).abs() < 0.01);
            assert!((m.points(width as f32) - pixels).abs() < 0.5);
            assert!(m.capital > 0.55 && m.capital < 0.85, "{m:?}");
            // From twice as far letters are twice as high, from nearer none is smaller.
            let far = measure(
                pixels,
                Screen {
                    viewing: 1200.0,
                    ..screen
                },
            );
            assert!((far.reading(false) / m.reading(false) - 2.0).abs() < 0.01);
            let near = measure(
                pixels,
                Screen {
                    viewing: 300.0,
                    ..screen
                },
            );
            assert!((near.reading(false) - m.reading(false)).abs() < 0.01);
        }
    }
}
