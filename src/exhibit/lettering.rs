//! Words written on a picture.

use ab_glyph::{Font as _, FontRef, GlyphId, PxScale, ScaleFont as _, VariableFont as _, point};
use image::RgbImage;

use super::error::ExhibitError;
use crate::typeface::{self, Line};

/// A place in a page for words: its upper left corner and its width, in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
}

/// How words are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lettering {
    /// Size of the letters, in pixels.
    pub(super) size: f32,
    /// Lines, at most.
    pub(super) most: u32,
    /// Their colour.
    pub(super) ink: [u8; 3],
    /// Whether each line stands in the middle of the room.
    pub(super) middle: bool,
}

/// The first `most` lines of `words` that are at most `width` sizes wide each. Scripts that have no spaces,
/// and words that are longer than a line, are broken between letters.
fn lines(words: &str, own: &[u8], width: f32, most: usize) -> Vec<String> {
    let fits = |text: &str| Line::new(text, own).width <= width;
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        if lines.len() > most {
            break;
        }
        if let Some(line) = lines.last_mut() {
            let longer = format!("{line} {word}");
            if fits(&longer) {
                *line = longer;
                continue;
            }
        }
        if fits(word) {
            lines.push(word.to_owned());
            continue;
        }
        let mut line = String::new();
        for letter in word.chars() {
            line.push(letter);
            if line.chars().nth(1).is_some() && !fits(&line) {
                line.pop();
                lines.push(std::mem::replace(&mut line, letter.to_string()));
            }
            if lines.len() > most {
                break;
            }
        }
        lines.push(line);
    }
    lines.truncate(most);
    lines
}

/// Writes words in lines, in the program's face and others for letters that it has not; from the right
/// where that is how they are read. Gives the height in pixels.
///
/// # Errors
/// [`ExhibitError::Card`] when a typeface is damaged.
pub(super) fn write(
    page: &mut RgbImage,
    words: &str,
    room: Room,
    how: Lettering,
) -> Result<u32, ExhibitError> {
    let Lettering {
        size, most, ink, ..
    } = how;
    let own = typeface::own();
    let damaged = |error: ab_glyph::InvalidFont| ExhibitError::Card(error.to_string());
    let font = FontRef::try_from_slice(own).map_err(damaged)?;
    // The library counts from ascender to descender, a text's size is of its em.
    let em = size * units(&font) / font.height_unscaled().max(1.0);
    let ascent = font.as_scaled(PxScale::from(size)).ascent();
    let step = size * 1.22;
    let width = room.width as f32;
    let written = lines(words, own, width / em, most as usize);
    for (i, text) in written.iter().enumerate() {
        let line = Line::new(text, own);
        let from_right = text.chars().find(|letter| letter.is_alphabetic());
        let indent = match from_right {
            _ if how.middle => (width - line.width * em) / 2.0,
            Some(letter) if typeface::reads_from_right(letter) => width - line.width * em,
            _ => 0.0,
        };
        let base = room.y as f32 + i as f32 * step + ascent;
        for glyph in &line.glyphs {
            let font = match glyph.face {
                Some(face) => {
                    let found = FontRef::try_from_slice_and_index(face.bytes, face.index);
                    let mut font = found.map_err(damaged)?;
                    font.set_variation(b"wght", typeface::REGULAR.1);
                    font
                }
                None => font.clone(),
            };
            let scale = PxScale::from(em * font.height_unscaled() / units(&font));
            let at = point(room.x as f32 + indent + glyph.x * em, base - glyph.y * em);
            let placed = GlyphId(glyph.id).with_scale_and_position(scale, at);
            if let Some(outline) = font.outline_glyph(placed) {
                let bounds = outline.px_bounds();
                let (left, top) = (bounds.min.x as i64, bounds.min.y as i64);
                outline.draw(|dx, dy, cover| {
                    blend(
                        page,
                        left + i64::from(dx),
                        top + i64::from(dy),
                        ink,
                        cover.min(1.0),
                    );
                });
            }
        }
    }
    Ok((written.len() as f32 * step).ceil() as u32)
}

/// Units of a font that make one size.
fn units(font: &FontRef<'_>) -> f32 {
    font.units_per_em().unwrap_or(1000.0)
}

/// Covers a share of a pixel, 0-1, with a colour; places beside the page are none.
pub(super) fn blend(page: &mut RgbImage, x: i64, y: i64, ink: [u8; 3], cover: f32) {
    let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else {
        return;
    };
    if let Some(pixel) = page.get_pixel_mut_checked(x, y) {
        for (value, ink) in pixel.0.iter_mut().zip(ink) {
            let mixed = f32::from(*value) * (1.0 - cover) + f32::from(ink) * cover;
            *value = mixed.round().clamp(0.0, 255.0) as u8;
        }
    }
}
