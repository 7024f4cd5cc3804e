//! A line of text as glyphs in their places: joined, stacked and ordered as its scripts ask.

use harfrust::{Direction, FontRef, ShapeOptions, ShaperData, ShaperInstance, UnicodeBuffer};

use super::order::{belongs_to_the_last, visual};
use super::{Face, REGULAR, face_of, has_letter};

/// A glyph in a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glyph {
    /// The face that it is of; `None` for the text's own.
    pub face: Option<&'static Face>,
    /// Its number in the face.
    pub id: u16,
    /// Where its origin is, to the right of the line's beginning, in sizes of the letters.
    pub x: f32,
    /// Where its origin is, above the base line, in sizes of the letters.
    pub y: f32,
}

/// A line of text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Line {
    /// From left to right.
    pub glyphs: Vec<Glyph>,
    /// In sizes of the letters.
    pub width: f32,
}

impl Line {
    /// Of a text whose own face is in the file `own`; letters that it has not are taken from others.
    #[must_use]
    pub fn new(text: &str, own: &[u8]) -> Self {
        let mut line = Self::default();
        for run in visual(text) {
            let Some(words) = text.get(run.bytes) else {
                continue;
            };
            let mut pieces = by_face(words, own);
            if run.from_right {
                pieces.reverse();
            }
            for (face, piece) in pieces {
                line.add(face, piece, run.from_right, own);
            }
        }
        line
    }

    fn add(&mut self, face: Option<&'static Face>, piece: &str, from_right: bool, own: &[u8]) {
        let (bytes, index) = face.map_or((own, 0), |face| (face.bytes, face.index));
        let Ok(font) = FontRef::from_index(bytes, index) else {
            return;
        };
        let data = ShaperData::new(&font);
        let regular = face.map(|_| ShaperInstance::from_variations(&font, [REGULAR]));
        let shaper = data.shaper(&font).instance(regular.as_ref()).build();
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(piece);
        buffer.set_direction(if from_right {
            Direction::RightToLeft
        } else {
            Direction::LeftToRight
        });
        buffer.guess_segment_properties();
        let shaped = shaper.shape(buffer, ShapeOptions::new());
        let units = shaper.units_per_em().max(1) as f32;
        for (info, place) in shaped.glyph_infos().iter().zip(shaped.glyph_positions()) {
            // A face has at most so many glyphs.
            let Ok(id) = u16::try_from(info.glyph_id) else {
                continue;
            };
            self.glyphs.push(Glyph {
                face,
                id,
                x: self.width + place.x_offset as f32 / units,
                y: place.y_offset as f32 / units,
            });
            self.width += place.x_advance as f32 / units;
        }
    }
}

/// The parts of a text that one face writes each, in the order of the text.
fn by_face<'a>(text: &'a str, own: &[u8]) -> Vec<(Option<&'static Face>, &'a str)> {
    let mut pieces: Vec<(Option<&'static Face>, std::ops::Range<usize>)> = Vec::new();
    for (start, letter) in text.char_indices() {
        let end = start + letter.len_utf8();
        let last = pieces.last_mut();
        if belongs_to_the_last(letter)
            && let Some((_, bytes)) = last
        {
            bytes.end = end;
            continue;
        }
        let face = if has_letter(own, 0, letter) {
            None
        } else {
            face_of(letter)
        };
        match pieces.last_mut() {
            Some((known, bytes)) if *known == face => bytes.end = end,
            _ => pieces.push((face, start..end)),
        }
    }
    pieces
        .into_iter()
        .filter_map(|(face, bytes)| Some((face, text.get(bytes)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &[u8] = epaint_default_fonts::UBUNTU_LIGHT;

    fn line(text: &str) -> Line {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        super::super::look_in(&folder.join("assets/installed/fonts"));
        Line::new(text, OWN)
    }

    #[test]
    fn plain_words_are_written_in_their_own_face_alone() {
        let plain = line("a cat, 38.5 %");
        assert!(plain.glyphs.iter().all(|glyph| glyph.face.is_none()));
        assert_eq!(plain.glyphs.len(), 13);
        assert!(plain.width > 3.0 && plain.width < 9.0, "{}", plain.width);
        assert_eq!(line(""), Line::default());
    }

    #[test]
    fn arabic_letters_are_joined_and_run_from_the_right() {
        // Alone each letter has another shape than within a word.
        let word = line("بيت");
        let of = |line: &Line| line.glyphs.iter().map(|glyph| glyph.id).collect::<Vec<_>>();
        let alone = "تيب".chars().flat_map(|c| of(&line(&c.to_string())));
        assert_ne!(of(&word), alone.collect::<Vec<_>>());
        assert!(
            word.glyphs
                .iter()
                .all(|glyph| glyph.face.is_some() && glyph.id != 0)
        );
        // The first letter stands at the right: a longer word's end is at its left.
        let longer = line("بيتنا");
        let last = |line: &Line| line.glyphs.last().map(|glyph| glyph.id);
        assert_eq!(last(&longer), last(&word));
    }

    #[test]
    fn words_that_run_from_the_right_change_places_and_numbers_do_not_turn() {
        let first = line("חתול").glyphs;
        let both = line("חתול שחור").glyphs;
        let end: Vec<u16> = both[both.len() - first.len()..]
            .iter()
            .map(|g| g.id)
            .collect();
        let expected: Vec<u16> = first.iter().map(|g| g.id).collect();
        assert_eq!(end, expected, "the first word stands at the right");
        let number: Vec<u16> = line("12").glyphs.iter().map(|g| g.id).collect();
        let within = line("חתול 12").glyphs;
        let begin: Vec<u16> = within[..2].iter().map(|g| g.id).collect();
        assert_eq!(
            begin, number,
            "the number stands at the left and is read from the left"
        );
    }

    #[test]
    fn hindi_is_stacked_and_chinese_has_no_boxes() {
        let hindi = line("बिल्ली");
        assert!(hindi.glyphs.len() < "बिल्ली".chars().count());
        // The sign after the first letter stands before it.
        let letter = line("ब").glyphs[0].id;
        assert_eq!(hindi.glyphs[1].id, letter);
        for text in ["猫 ねこ 고양이", "แมว", "बिल्ली", "قطة", "חתול"]
        {
            let line = line(text);
            assert!(line.glyphs.iter().all(|glyph| glyph.id != 0), "{text}");
            assert!(line.width > 0.5, "{text}");
            assert!(
                line.glyphs
                    .iter()
                    .all(|glyph| glyph.x.is_finite() && glyph.y.abs() < 2.0)
            );
        }
    }
}
