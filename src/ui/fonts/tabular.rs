//! Digits of one width, so that figures below each other align and a number that changes moves nothing
//! beside it.
//!
//! Faces keep such digits behind an OpenType feature, `tnum`, and egui switches none on. So the table that
//! gives letters their glyphs (`cmap`) is written anew, with those glyphs for the digits. The feature itself
//! would not do: it widens hyphens and brackets as well.

use std::collections::BTreeMap;

use harfrust::{Feature, FontRef, ShapeOptions, ShaperData, Tag, UnicodeBuffer};
use skrifa::MetadataProvider as _;

/// A face's file with digits of one width in place of its own; `None` where it has no others, where its own
/// are of one width already, and where the file is damaged.
pub fn aligned(bytes: &[u8]) -> Option<Vec<u8>> {
    let font = FontRef::new(bytes).ok()?;
    let digits = digits(&font)?;
    let mapped = font.charmap().mappings();
    let mut glyphs: BTreeMap<u32, u32> = mapped
        .map(|(letter, glyph)| (letter, glyph.to_u32()))
        .collect();
    glyphs.extend(digits);
    with_table(bytes, *b"cmap", &character_map(&glyphs))
}

/// The digits and their glyphs of one width.
fn digits(font: &FontRef<'_>) -> Option<Vec<(u32, u32)>> {
    let data = ShaperData::new(font);
    let shaper = data.shaper(font).build();
    let shape = |digit: char, features: &[Feature]| {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(digit.encode_utf8(&mut [0; 4]));
        buffer.guess_segment_properties();
        let shaped = shaper.shape(buffer, ShapeOptions::new().features(features));
        let glyph = shaped.glyph_infos().first()?.glyph_id;
        let advance = shaped.glyph_positions().first()?.x_advance;
        (shaped.len() == 1).then_some((glyph, advance))
    };
    let tabular = [Feature::new(Tag::new(b"tnum"), 1, ..)];
    let mut found = Vec::new();
    let mut advances = Vec::new();
    let mut changed = false;
    for digit in '0'..='9' {
        let own = shape(digit, &[])?;
        let (glyph, advance) = shape(digit, &tabular)?;
        changed |= own.0 != glyph;
        found.push((u32::from(digit), glyph));
        advances.push(advance);
    }
    let alike = advances.windows(2).all(|two| two.first() == two.last());
    (changed && alike).then_some(found)
}

/// A table `cmap` with one part, in format 12: runs of letters whose glyphs follow one another.
fn character_map(glyphs: &BTreeMap<u32, u32>) -> Vec<u8> {
    let mut groups: Vec<[u32; 3]> = Vec::new();
    for (&letter, &glyph) in glyphs {
        match groups.last_mut() {
            Some([first, last, start])
                if *last + 1 == letter && *start + (letter - *first) == glyph =>
            {
                *last = letter;
            }
            _ => groups.push([letter, letter, glyph]),
        }
    }
    let count = u32::try_from(groups.len()).unwrap_or(u32::MAX);
    let mut table = Vec::new();
    // Version 0, one part, for Windows, of all of Unicode, which begins after twelve bytes.
    for word in [0_u16, 1, 3, 10] {
        table.extend(word.to_be_bytes());
    }
    table.extend(12_u32.to_be_bytes());
    table.extend(12_u16.to_be_bytes());
    table.extend(0_u16.to_be_bytes());
    // Its length, no language, how many groups.
    for word in [16 + 12 * count, 0, count] {
        table.extend(word.to_be_bytes());
    }
    table.extend(groups.iter().flatten().flat_map(|word| word.to_be_bytes()));
    table
}

/// A face's file with a table replaced; `None` where it has none of this name. Sums of tables are left as
/// they were: nothing here reads them.
fn with_table(bytes: &[u8], name: [u8; 4], table: &[u8]) -> Option<Vec<u8>> {
    const HEAD: usize = 12;
    const RECORD: usize = 16;
    let count = u16::from_be_bytes(bytes.get(4..6)?.try_into().ok()?);
    let records = bytes.get(HEAD..HEAD + RECORD * usize::from(count))?;
    let place = records
        .chunks_exact(RECORD)
        .position(|record| record.starts_with(&name))?;
    let mut face = bytes.to_vec();
    face.resize(face.len().next_multiple_of(4), 0);
    let offset = u32::try_from(face.len()).ok()?;
    let length = u32::try_from(table.len()).ok()?;
    face.extend_from_slice(table);
    let place = HEAD + RECORD * place + 8;
    let words = offset.to_be_bytes().into_iter().chain(length.to_be_bytes());
    for (byte, word) in face.get_mut(place..place + 8)?.iter_mut().zip(words) {
        *byte = word;
    }
    Some(face)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::typeface;

    fn installed(name: &str) -> Vec<u8> {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        std::fs::read(root.join("assets/installed/fonts").join(name)).unwrap()
    }

    #[test]
    fn only_digits_change_their_glyphs() {
        for name in ["Inter.ttf", "AtkinsonHyperlegible-Regular.ttf"] {
            let own = installed(name);
            let made = aligned(&own).unwrap();
            let (before, after) = (FontRef::new(&own).unwrap(), FontRef::new(&made).unwrap());
            let (before, after) = (before.charmap(), after.charmap());
            for (letter, glyph) in before.mappings() {
                let same = after.map(letter) == Some(glyph);
                let is_digit = (u32::from('0')..=u32::from('9')).contains(&letter);
                assert_eq!(same, !is_digit, "{name}: {letter:#x}");
            }
            assert_eq!(
                before.mappings().count(),
                after.mappings().count(),
                "{name}"
            );
            // Another reader of faces sees it alike.
            assert!(typeface::has_letter(&made, 0, '8') && typeface::has_letter(&made, 0, 'A'));
            assert!(!typeface::has_letter(&made, 0, '\u{10fff0}'));
            // What is so already stays as it is.
            assert_eq!(aligned(&made), None, "{name}");
        }
    }

    #[test]
    fn damaged_files_are_left_alone() {
        let own = installed("AtkinsonHyperlegible-Regular.ttf");
        assert_eq!(aligned(b"no face"), None);
        assert_eq!(aligned(&[]), None);
        for length in [4, 11, 12, 40, 400, own.len() / 2] {
            let _ = aligned(&own[..length]);
        }
        assert_eq!(with_table(&own, *b"none", b"table"), None);
    }
}
