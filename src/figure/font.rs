//! The letters of figures: Ubuntu Light, and other faces for letters that it has not.

use ab_glyph::{Font as _, FontRef, VariableFont as _};

use crate::typeface::{self, Glyph, Line, face_of, has_letter};

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
pub fn width(text: &str) -> f32 {
    Line::new(text, FILE).width
}

/// A text without its end, so that it is at most `most` wide at this size.
pub fn fitted(text: &str, size: f32, most: f32) -> String {
    if width(text) * size <= most {
        return text.to_owned();
    }
    let mut short: String = text.to_owned();
    while !short.is_empty() && width(&format!("{short}...")) * size > most {
        short.pop();
    }
    format!("{}...", short.trim_end())
}

/// The font that a glyph is of; `None` only if its file were damaged.
pub fn font_of(glyph: &Glyph) -> Option<FontRef<'static>> {
    match glyph.face {
        Some(face) => {
            let mut font = FontRef::try_from_slice_and_index(face.bytes, face.index).ok()?;
            let (_, weight) = typeface::REGULAR;
            font.set_variation(b"wght", weight);
            Some(font)
        }
        None => font(),
    }
}

/// The letters of `text` that no face has, neither the figure's own nor one of the system: in a PDF and a
/// PNG they are boxes.
#[must_use]
pub fn missing_letters(text: &str) -> Vec<char> {
    let known = |letter: char| has_letter(FILE, 0, letter) || face_of(letter).is_some();
    let mut missing: Vec<char> = text.chars().filter(|letter| !known(*letter)).collect();
    missing.sort_unstable();
    missing.dedup();
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_add_up_and_long_texts_are_cut() {
        let one = width("cat");
        assert!(one > 1.0 && one < 2.0, "{one}");
        assert!((width("catcat") - 2.0 * one).abs() < 0.05);
        assert_eq!(fitted("cat", 10.0, 20.0), "cat");
        let short = fitted("a very long name of a network", 10.0, 50.0);
        assert!(
            short.ends_with("...") && width(&short) * 10.0 <= 50.0,
            "{short}"
        );
        assert!(missing_letters("Caf\u{e9} \u{3b1} \u{416}").is_empty());
        // A letter that is nobody's: Unicode keeps it for private use.
        assert_eq!(missing_letters("\u{10fff0}a\u{10fff0}"), ['\u{10fff0}']);
    }
}
