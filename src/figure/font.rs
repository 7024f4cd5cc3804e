//! The letters of figures: Ubuntu Light, which the window writes in too.

use ab_glyph::{Font as _, FontRef, GlyphId};

/// The font's file.
pub const FILE: &[u8] = epaint_default_fonts::UBUNTU_LIGHT;
/// Its name in a PDF and in an SVG.
pub const NAME: &str = "Ubuntu-Light";

/// The font; `None` only if its file were damaged.
pub fn font() -> Option<FontRef<'static>> {
    FontRef::try_from_slice(FILE).ok()
}

/// Units of the font that make one size.
pub fn units(font: &FontRef<'_>) -> f32 {
    font.units_per_em().unwrap_or(1000.0)
}

/// Width of a text of size 1.
pub fn width(font: &FontRef<'_>, text: &str) -> f32 {
    let advance = |letter: char| font.h_advance_unscaled(font.glyph_id(letter));
    text.chars().map(advance).sum::<f32>() / units(font)
}

/// A text without its end, so that it is at most `most` wide at this size.
pub fn fitted(text: &str, size: f32, most: f32) -> String {
    let Some(font) = font() else {
        return text.to_owned();
    };
    if width(&font, text) * size <= most {
        return text.to_owned();
    }
    let mut short: String = text.to_owned();
    while !short.is_empty() && width(&font, &format!("{short}...")) * size > most {
        short.pop();
    }
    format!("{}...", short.trim_end())
}

/// The letters of `text` that the font does not have: in a PDF and a PNG they are boxes.
#[must_use]
pub fn missing_letters(text: &str) -> Vec<char> {
    let Some(font) = font() else {
        return Vec::new();
    };
    let mut missing: Vec<char> = text
        .chars()
        .filter(|&letter| font.glyph_id(letter) == GlyphId(0))
        .collect();
    missing.sort_unstable();
    missing.dedup();
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_add_up_and_long_texts_are_cut() {
        let font = font().unwrap();
        let one = width(&font, "cat");
        assert!(one > 1.0 && one < 2.0, "{one}");
        assert!((width(&font, "catcat") - 2.0 * one).abs() < 1e-6);
        assert_eq!(fitted("cat", 10.0, 20.0), "cat");
        let short = fitted("a very long name of a network", 10.0, 50.0);
        assert!(
            short.ends_with("...") && width(&font, &short) * 10.0 <= 50.0,
            "{short}"
        );
        assert!(missing_letters("Caf\u{e9} \u{3b1} \u{416}").is_empty());
        assert_eq!(missing_letters("\u{732b}a\u{732b}"), ['\u{732b}']);
    }
}
