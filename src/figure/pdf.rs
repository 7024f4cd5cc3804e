//! A drawing as PDF: one page of its size, text that can be searched in an embedded font, pictures without
//! loss.

use std::collections::BTreeMap;

use ab_glyph::{Font as _, FontRef, GlyphId, OutlineCurve, Point};
use miniz_oxide::deflate::compress_to_vec_zlib;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Content, Filter, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};

use super::drawing::{Align, Drawing, Item};
use super::{INK, font};
use crate::files::made_by;
use crate::typeface::Line;

const LEVEL: u8 = 6;
const CATALOG: i32 = 1;
const PAGES: i32 = 2;
const PAGE: i32 = 3;
const CONTENT: i32 = 4;
const FONT: i32 = 5;
const CID_FONT: i32 = 6;
const DESCRIPTOR: i32 = 7;
const FONT_FILE: i32 = 8;
const LETTERS: i32 = 9;
const INFO: i32 = 10;
/// The pictures come after.
const PICTURES: i32 = 11;

const SYSTEM: SystemInfo<'static> = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};

impl Drawing {
    /// The PDF file; `None` only if the font's file were damaged.
    #[must_use]
    pub fn pdf(&self) -> Option<Vec<u8>> {
        let font = font::font()?;
        let [width, height] = self.size;
        let mut pdf = Pdf::new();
        pdf.document_info(Ref::new(INFO))
            .producer(TextStr(&made_by()))
            .title(TextStr(&self.title));
        pdf.catalog(Ref::new(CATALOG)).pages(Ref::new(PAGES));
        pdf.pages(Ref::new(PAGES)).kids([Ref::new(PAGE)]).count(1);
        let pictures: Vec<&image::RgbImage> = self
            .items
            .iter()
            .filter_map(|item| match item {
                Item::Picture { pixels, .. } => Some(pixels),
                _ => None,
            })
            .collect();
        let name_of = |i: usize| format!("P{i}");
        let mut page = pdf.page(Ref::new(PAGE));
        page.media_box(Rect::new(0.0, 0.0, width, height))
            .parent(Ref::new(PAGES))
            .contents(Ref::new(CONTENT));
        let mut resources = page.resources();
        resources.fonts().pair(Name(b"F"), Ref::new(FONT));
        let mut objects = resources.x_objects();
        for i in 0..pictures.len() {
            objects.pair(Name(name_of(i).as_bytes()), Ref::new(PICTURES + i as i32));
        }
        objects.finish();
        resources.finish();
        page.finish();
        for (i, pixels) in pictures.iter().enumerate() {
            let packed = compress_to_vec_zlib(pixels.as_raw(), LEVEL);
            let mut image = pdf.image_xobject(Ref::new(PICTURES + i as i32), &packed);
            image.filter(Filter::FlateDecode);
            image
                .width(pixels.width() as i32)
                .height(pixels.height() as i32)
                .bits_per_component(8);
            image.color_space().device_rgb();
            image.finish();
        }
        let (content, used) = self.content(&font, name_of);
        let packed = compress_to_vec_zlib(&content, LEVEL);
        pdf.stream(Ref::new(CONTENT), &packed)
            .filter(Filter::FlateDecode);
        embed(&mut pdf, &font, &used);
        Some(pdf.finish())
    }

    /// The page's strokes, and the letters that were used, by their number in the font.
    fn content(
        &self,
        font: &FontRef<'_>,
        name_of: impl Fn(usize) -> String,
    ) -> (Vec<u8>, BTreeMap<u16, char>) {
        let height = self.size[1];
        let [r, g, b] = INK.map(|level| f32::from(level) / 255.0);
        let mut content = Content::new();
        let mut used = BTreeMap::new();
        let mut picture = 0;
        content.set_fill_rgb(r, g, b).set_stroke_rgb(r, g, b);
        for item in &self.items {
            match item {
                Item::Picture { place, .. } => {
                    let [x, y, w, h] = *place;
                    content.save_state();
                    content.transform([w, 0.0, 0.0, h, x, height - y - h]);
                    content.x_object(Name(name_of(picture).as_bytes()));
                    content.restore_state();
                    picture += 1;
                }
                Item::Frame { place, line } => {
                    let [x, y, w, h] = *place;
                    content.set_line_width(*line);
                    content.rect(x, height - y - h, w, h).stroke();
                }
                Item::Text {
                    at: [x, y],
                    size,
                    align,
                    upright,
                    text,
                } => {
                    let line = Line::new(text, font::FILE);
                    let plain = line.glyphs.iter().all(|glyph| glyph.face.is_none());
                    let length = size
                        * if plain {
                            advances(font, text)
                        } else {
                            line.width
                        };
                    let back = match align {
                        Align::Start => 0.0,
                        Align::Middle => length / 2.0,
                        Align::End => length,
                    };
                    let y = height - y;
                    let matrix = if *upright {
                        [0.0, 1.0, -1.0, 0.0, *x, y - back]
                    } else {
                        [1.0, 0.0, 0.0, 1.0, x - back, y]
                    };
                    if !plain {
                        outlines(&mut content, &line, text, *size, matrix);
                        continue;
                    }
                    let mut letters = Vec::with_capacity(2 * text.len());
                    for letter in text.chars() {
                        let id = font.glyph_id(letter).0;
                        used.entry(id).or_insert(letter);
                        letters.extend(id.to_be_bytes());
                    }
                    content.begin_text();
                    content.set_font(Name(b"F"), *size).set_text_matrix(matrix);
                    content.show(Str(&letters));
                    content.end_text();
                }
            }
        }
        (content.finish().to_vec(), used)
    }
}

/// Width of a text of size 1 whose letters stand beside each other as they are.
fn advances(font: &FontRef<'_>, text: &str) -> f32 {
    let advance = |letter: char| font.h_advance_unscaled(font.glyph_id(letter));
    text.chars().map(advance).sum::<f32>() / font::units(font)
}

/// Draws a text with letters of other faces as what they look like: those faces are far larger than the
/// figure. Its words are kept beside it, for who searches or copies.
fn outlines(content: &mut Content, line: &Line, text: &str, size: f32, matrix: [f32; 6]) {
    content
        .begin_marked_content_with_properties(Name(b"Span"))
        .properties()
        .actual_text(TextStr(text));
    content.save_state();
    content.transform(matrix);
    for glyph in &line.glyphs {
        let Some(font) = font::font_of(glyph) else {
            continue;
        };
        let Some(outline) = font.outline(GlyphId(glyph.id)) else {
            continue;
        };
        let scale = size / font::units(&font);
        let at = |point: Point| {
            [
                glyph.x * size + point.x * scale,
                glyph.y * size + point.y * scale,
            ]
        };
        let mut pen = None;
        for curve in &outline.curves {
            let (start, end) = match curve {
                OutlineCurve::Line(start, end)
                | OutlineCurve::Quad(start, _, end)
                | OutlineCurve::Cubic(start, _, _, end) => (at(*start), at(*end)),
            };
            if pen != Some(start) {
                content.move_to(start[0], start[1]);
            }
            match curve {
                OutlineCurve::Line(..) => {
                    content.line_to(end[0], end[1]);
                }
                OutlineCurve::Quad(_, control, _) => {
                    let control = at(*control);
                    let third =
                        |from: [f32; 2], i: usize| from[i] + (control[i] - from[i]) * 2.0 / 3.0;
                    let (a, b) = (
                        [third(start, 0), third(start, 1)],
                        [third(end, 0), third(end, 1)],
                    );
                    content.cubic_to(a[0], a[1], b[0], b[1], end[0], end[1]);
                }
                OutlineCurve::Cubic(_, a, b, _) => {
                    let (a, b) = (at(*a), at(*b));
                    content.cubic_to(a[0], a[1], b[0], b[1], end[0], end[1]);
                }
            }
            pen = Some(end);
        }
        if pen.is_some() {
            content.fill_nonzero();
        }
    }
    content.restore_state();
    content.end_marked_content();
}

/// Writes the font, and which letters it was used for.
fn embed(pdf: &mut Pdf, font: &FontRef<'_>, used: &BTreeMap<u16, char>) {
    let thousandths = |units: f32| units / font::units(font) * 1000.0;
    let name = Name(font::NAME.as_bytes());
    pdf.type0_font(Ref::new(FONT))
        .base_font(name)
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(Ref::new(CID_FONT))
        .to_unicode(Ref::new(LETTERS));
    let mut cid = pdf.cid_font(Ref::new(CID_FONT));
    cid.subtype(CidFontType::Type2)
        .base_font(name)
        .system_info(SYSTEM)
        .font_descriptor(Ref::new(DESCRIPTOR))
        .cid_to_gid_map_predefined(Name(b"Identity"));
    let mut widths = cid.widths();
    for &id in used.keys() {
        let advance = font.h_advance_unscaled(GlyphId(id));
        widths.consecutive(id, [thousandths(advance)]);
    }
    widths.finish();
    cid.finish();
    let (ascent, descent) = (font.ascent_unscaled(), font.descent_unscaled());
    let (ascent, descent) = (thousandths(ascent), thousandths(descent));
    pdf.font_descriptor(Ref::new(DESCRIPTOR))
        .name(name)
        .flags(FontFlags::NON_SYMBOLIC)
        .bbox(Rect::new(-200.0, descent, 1200.0, ascent))
        .italic_angle(0.0)
        .ascent(ascent)
        .descent(descent)
        .cap_height(ascent * 0.75)
        .stem_v(60.0)
        .font_file2(Ref::new(FONT_FILE));
    let packed = compress_to_vec_zlib(font::FILE, LEVEL);
    pdf.stream(Ref::new(FONT_FILE), &packed)
        .filter(Filter::FlateDecode)
        .pair(Name(b"Length1"), font::FILE.len() as i32);
    let mut letters = UnicodeCmap::new(Name(b"Letters"), SYSTEM);
    for (&id, &letter) in used {
        letters.pair(id, letter);
    }
    pdf.cmap(Ref::new(LETTERS), &letters.finish());
}

#[cfg(test)]
mod tests {
    use super::super::grid::example;

    #[test]
    fn it_is_one_page_with_its_pictures_and_names_its_maker_first() {
        let pdf = example().drawing().pdf().unwrap();
        assert!(pdf.starts_with(b"%PDF-1."));
        let text = String::from_utf8_lossy(&pdf);
        assert!(text.contains("/Producer (Saliscope "));
        assert_eq!(text.matches("/Subtype /Image").count(), 4);
        assert!(text.contains("/MediaBox [0 0 300 "));
        assert!(text.trim_end().ends_with("%%EOF"));
        let head = String::from_utf8_lossy(&pdf[..512]).into_owned();
        assert!(head.contains("Saliscope"));
    }

    #[test]
    fn letters_of_other_faces_are_drawn_and_can_still_be_searched() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        crate::typeface::look_in(&root.join("assets/installed/fonts"));
        let text = |words: &str| super::Item::Text {
            at: [10.0, 20.0],
            size: 9.0,
            align: super::Align::Start,
            upright: false,
            text: words.to_owned(),
        };
        let content = |words: &str| {
            let drawing = super::Drawing {
                size: [100.0, 40.0],
                title: String::new(),
                items: vec![text(words)],
            };
            let font = super::font::font().unwrap();
            let (content, used) = drawing.content(&font, |_| String::new());
            (String::from_utf8_lossy(&content).into_owned(), used.len())
        };
        let (plain, used) = content("cat");
        assert!(plain.contains("Tj") && !plain.contains("ActualText") && used == 3);
        for words in ["\u{732b}", "\u{642}\u{637}\u{629}", "\u{92c}\u{93f}\u{932}"] {
            let (drawn, used) = content(words);
            assert!(
                drawn.contains("ActualText") && !drawn.contains("Tj"),
                "{words}"
            );
            // Curves that are filled.
            assert!(
                drawn.matches(" c\n").count() > 5 && drawn.contains("f\n"),
                "{words}"
            );
            assert_eq!(used, 0);
        }
    }
}
