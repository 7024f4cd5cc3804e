//! Colours of an exhibit: a dark room in which pictures glow. Blue is the visitor's, warm light is the
//! AI's: the pair that is told apart with any eyes. Text has a contrast of at least 7:1 on what it stands
//! on, outlines 3:1; a test computes it.

use bevy_egui::egui::Color32;

/// Colours by what they are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Colours {
    /// Behind everything.
    pub(super) ground: Color32,
    /// Text.
    pub(super) text: Color32,
    /// Text of second rank.
    pub(super) quiet: Color32,
    /// The button that goes on.
    pub(super) main: Color32,
    /// Text on it.
    pub(super) on_main: Color32,
    /// Any other button.
    pub(super) control: Color32,
    /// A button under a finger.
    pub(super) pressed: Color32,
    /// Outlines of buttons.
    pub(super) outline: Color32,
    /// The frame of what keys are at.
    pub(super) focus: Color32,
    /// A star that was earned.
    pub(super) star: Color32,
    /// The empty part of a bar, a star that was not earned.
    pub(super) empty: Color32,
}

/// What visitors see.
pub(super) const ROOM: Colours = Colours {
    ground: Color32::from_rgb(0x10, 0x15, 0x1e),
    text: Color32::from_rgb(0xf4, 0xf7, 0xfb),
    quiet: Color32::from_rgb(0xb6, 0xc3, 0xd4),
    main: Color32::from_rgb(0x8e, 0xd0, 0xff),
    on_main: Color32::from_rgb(0x06, 0x18, 0x2a),
    control: Color32::from_rgb(0x1f, 0x2a, 0x3a),
    pressed: Color32::from_rgb(0x2f, 0x45, 0x60),
    outline: Color32::from_rgb(0x74, 0x88, 0xa2),
    focus: Color32::WHITE,
    star: Color32::from_rgb(0xff, 0xc8, 0x3d),
    empty: Color32::from_rgb(0x3b, 0x4a, 0x5e),
};

/// Black and white, nothing between.
pub(super) const CONTRAST: Colours = Colours {
    ground: Color32::BLACK,
    text: Color32::WHITE,
    quiet: Color32::WHITE,
    main: Color32::WHITE,
    on_main: Color32::BLACK,
    control: Color32::BLACK,
    pressed: Color32::from_rgb(0x40, 0x40, 0x40),
    outline: Color32::WHITE,
    focus: Color32::from_rgb(0xff, 0xe0, 0x00),
    star: Color32::WHITE,
    empty: Color32::from_rgb(0x60, 0x60, 0x60),
};

/// The visitor's paint; of several players one after the other.
pub(super) const YOURS: [Color32; 4] = [
    Color32::from_rgb(0x38, 0xb6, 0xff),
    Color32::from_rgb(0xe5, 0x8c, 0xff),
    Color32::from_rgb(0x9f, 0xe8, 0xe0),
    Color32::from_rgb(0xd9, 0xdd, 0xe6),
];

/// The AI's light, from what mattered most to what mattered a little.
pub(super) const THEIRS: [Color32; 4] = [
    Color32::from_rgb(0xff, 0xee, 0x8a),
    Color32::from_rgb(0xff, 0xc2, 0x3a),
    Color32::from_rgb(0xff, 0x92, 0x22),
    Color32::from_rgb(0xd9, 0x66, 0x14),
];

/// The colours of a visitor.
pub(super) fn of(contrast: bool) -> &'static Colours {
    if contrast { &CONTRAST } else { &ROOM }
}

/// A colour as it lies over another: `alpha` 0-1 of it, premultiplied.
pub(super) fn through(colour: Color32, alpha: f32) -> Color32 {
    let alpha = (alpha.clamp(0.0, 1.0) * 255.0).round() as u8;
    Color32::from_rgba_unmultiplied(colour.r(), colour.g(), colour.b(), alpha)
}

/// A colour between two: `share` 0-1 of the way to the second.
pub(super) fn between(first: Color32, second: Color32, share: f32) -> Color32 {
    let share = share.clamp(0.0, 1.0);
    let mix = |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * share).round() as u8;
    Color32::from_rgb(
        mix(first.r(), second.r()),
        mix(first.g(), second.g()),
        mix(first.b(), second.b()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(colour: Color32) -> f64 {
        let channel = |value: u8| {
            let c = f64::from(value) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(colour.r()) + 0.7152 * channel(colour.g()) + 0.0722 * channel(colour.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn everything_can_be_read() {
        for c in [ROOM, CONTRAST] {
            for (ink, ground, least) in [
                (c.text, c.ground, 7.0),
                (c.quiet, c.ground, 7.0),
                (c.text, c.control, 7.0),
                (c.text, c.pressed, 7.0),
                (c.on_main, c.main, 7.0),
                (c.main, c.ground, 3.0),
                (c.outline, c.ground, 3.0),
                (c.focus, c.ground, 3.0),
                (c.star, c.ground, 3.0),
            ] {
                let ratio = contrast(ink, ground);
                assert!(ratio >= least, "{ink:?} on {ground:?}: {ratio:.2}");
            }
        }
    }

    #[test]
    fn what_is_yours_and_what_is_the_ais_differ_in_blue_or_in_light() {
        for yours in YOURS {
            for theirs in THEIRS {
                let blue = i32::from(yours.b()) - i32::from(theirs.b());
                assert!(blue > 60, "{yours:?} {theirs:?}");
            }
        }
        // From dark to light as it mattered more.
        let light = THEIRS.map(luminance);
        assert!(light.is_sorted_by(|a, b| a > b));
    }

    #[test]
    fn colours_between_two_and_through_one() {
        assert_eq!(
            between(Color32::BLACK, Color32::WHITE, 0.5),
            Color32::from_rgb(128, 128, 128)
        );
        assert_eq!(through(Color32::WHITE, 0.0), Color32::TRANSPARENT);
        assert_eq!(through(Color32::WHITE, 2.0), Color32::WHITE);
    }
}
