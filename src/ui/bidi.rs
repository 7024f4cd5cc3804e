//! Words that run from right to left, in order.
//!
//! egui 0.36 joins the letters of a word and turns it round, and leaves the words of a line, its numbers
//! and its full stops where a text from left to right has them. What it is about to draw is put in order
//! here, for every panel at once. What is typed is shown in order too; the cursor goes by egui's order.

use std::sync::Arc;

use bevy::prelude::*;
use bevy_egui::egui::Galley;
use bevy_egui::egui::epaint::text::{Glyph, PlacedRow, Row};
use bevy_egui::egui::epaint::{ClippedShape, Shape};
use bevy_egui::{EguiFullOutput, EguiPostUpdateSet};

use crate::typeface::{reads_from_right, runs_from_right, visual_within};

/// Stands for a word that egui has turned round already.
const WORD: char = '\u{5d0}';

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        PostUpdate,
        put_all_in_order
            .after(EguiPostUpdateSet::EndPass)
            .before(EguiPostUpdateSet::ProcessOutput),
    );
}

fn put_all_in_order(mut outputs: Query<&mut EguiFullOutput>) {
    for mut output in &mut outputs {
        let shapes = output.0.iter_mut().flat_map(|output| &mut output.shapes);
        for ClippedShape { shape, .. } in shapes {
            put_shape_in_order(shape);
        }
    }
}

fn put_shape_in_order(shape: &mut Shape) {
    match shape {
        Shape::Text(text) => put_in_order(&mut text.galley),
        Shape::Vec(shapes) => shapes.iter_mut().for_each(put_shape_in_order),
        _ => {}
    }
}

/// Puts the words of a text in order; nothing is done where none runs from right to left.
pub fn put_in_order(galley: &mut Arc<Galley>) {
    if galley.text().is_ascii() || !galley.text().contains(reads_from_right) {
        return;
    }
    // A row that begins with such words may be the end of a sentence that does not.
    let from_right = runs_from_right(galley.text());
    let Galley {
        rows,
        pixels_per_point,
        ..
    } = Arc::make_mut(galley);
    for PlacedRow { row, .. } in rows {
        if row.glyphs.iter().any(|glyph| reads_from_right(glyph.chr)) {
            put_row_in_order(Arc::make_mut(row), from_right, *pixels_per_point);
        }
    }
}

/// Glyphs of a row that stay together.
struct Block {
    /// Which of the row's glyphs.
    glyphs: std::ops::Range<usize>,
    letter: char,
    left: f32,
    width: f32,
}

fn put_row_in_order(row: &mut Row, from_right: bool, pixels_per_point: f32) {
    let blocks = blocks(&row.glyphs);
    let Some(first) = blocks.first() else {
        return;
    };
    let mut left = first.left;
    let mut moved = vec![0.0; row.glyphs.len()];
    for index in order(&blocks, from_right) {
        let Some(block) = blocks.get(index) else {
            continue;
        };
        // Whole pixels, so that letters stay sharp.
        let by = ((left - block.left) * pixels_per_point).round() / pixels_per_point;
        for by_glyph in moved.get_mut(block.glyphs.clone()).into_iter().flatten() {
            *by_glyph = by;
        }
        left += block.width;
    }
    turn_numbers(&row.glyphs, &blocks, &mut moved);
    for (glyph, by) in row.glyphs.iter_mut().zip(moved) {
        glyph.pos.x += by;
        if !glyph.uv_rect.is_nothing() {
            let start = glyph.first_vertex as usize;
            let corners = row.visuals.mesh.vertices.get_mut(start..start + 4);
            for vertex in corners.into_iter().flatten() {
                vertex.pos.x += by;
            }
        }
    }
}

/// Letters that run from right to left with no other between them are one block, each other glyph is its
/// own.
fn blocks(glyphs: &[Glyph]) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut in_word = false;
    for (index, glyph) in glyphs.iter().enumerate() {
        let right = reads_from_right(glyph.chr);
        let number = is_arabic_number(glyph.chr);
        // What has no width of its own belongs to the glyph before it; but a word that runs from the right
        // begins with its last letter, and that with its dots.
        let attached = glyph.advance_width <= 0.0;
        let leads = attached && !in_word && leads_a_word(glyphs, index);
        let joins = in_word && (right || number) || attached && !leads;
        match blocks.last_mut() {
            Some(block) if joins => {
                if block.width <= 0.0 {
                    block.left = glyph.pos.x;
                }
                block.glyphs.end = index + 1;
                block.width = block.width.max(glyph.max_x() - block.left);
            }
            _ => {
                blocks.push(Block {
                    glyphs: index..index + 1,
                    letter: if right || leads { WORD } else { glyph.chr },
                    left: glyph.pos.x,
                    width: glyph.advance_width,
                });
                in_word = right || leads;
            }
        }
    }
    // From one to the next, so that all together keep their room: between letters of two faces there is more
    // or less than their own widths.
    let lefts: Vec<f32> = blocks.iter().skip(1).map(|block| block.left).collect();
    for (block, next) in blocks.iter_mut().zip(lefts) {
        if next > block.left {
            block.width = next - block.left;
        }
    }
    blocks
}

/// Whether the next glyph with a width is of a word that runs from the right.
fn leads_a_word(glyphs: &[Glyph], index: usize) -> bool {
    let mut after = glyphs.iter().skip(index + 1);
    let next = after.find(|glyph| glyph.advance_width > 0.0);
    next.is_some_and(|glyph| reads_from_right(glyph.chr))
}

/// The blocks' indices from left to right.
fn order(blocks: &[Block], from_right: bool) -> Vec<usize> {
    let text: String = blocks.iter().map(|block| block.letter).collect();
    let starts: Vec<usize> = text.char_indices().map(|(start, _)| start).collect();
    let mut order = Vec::with_capacity(blocks.len());
    for run in visual_within(&text, Some(from_right)) {
        let within = |start: &usize| run.bytes.contains(start);
        let blocks = starts.iter().enumerate().filter(|(_, start)| within(start));
        let mut blocks: Vec<usize> = blocks.map(|(index, _)| index).collect();
        if run.from_right {
            blocks.reverse();
        }
        order.extend(blocks);
    }
    order
}

fn is_arabic_number(letter: char) -> bool {
    matches!(letter, '\u{660}'..='\u{669}' | '\u{6f0}'..='\u{6f9}')
}

/// Numbers in Arabic figures run from left to right also within a word, which was turned round with them.
fn turn_numbers(glyphs: &[Glyph], blocks: &[Block], moved: &mut [f32]) {
    for block in blocks.iter().filter(|block| block.letter == WORD) {
        let Some(word) = glyphs.get(block.glyphs.clone()) else {
            continue;
        };
        let mut start = 0;
        while start < word.len() {
            let number = |glyph: &&Glyph| is_arabic_number(glyph.chr) && glyph.advance_width > 0.0;
            let count = word.iter().skip(start).take_while(number).count();
            let Some(figures) = word
                .get(start..start + count)
                .filter(|found| found.len() > 1)
            else {
                start += count.max(1);
                continue;
            };
            let right = figures.iter().map(Glyph::max_x).fold(f32::MIN, f32::max);
            let left = figures
                .iter()
                .map(|glyph| glyph.pos.x)
                .fold(f32::MAX, f32::min);
            for (offset, glyph) in figures.iter().enumerate() {
                let turned = left + right - glyph.max_x();
                if let Some(by) = moved.get_mut(block.glyphs.start + start + offset) {
                    *by += turned - glyph.pos.x;
                }
            }
            start += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use bevy_egui::egui::{self, Color32, FontId};

    use super::*;
    use crate::ui::fonts;

    fn galley(text: &str) -> Arc<Galley> {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        crate::typeface::look_in(&root.join("assets/installed/fonts"));
        fonts::open_for(text);
        let ctx = egui::Context::default();
        fonts::install(&ctx, 1.0);
        let mut made = None;
        let _ = ctx.run_ui(egui::RawInput::default(), |ui| {
            let font = FontId::proportional(15.0);
            made = Some(
                ui.painter()
                    .layout_no_wrap(text.to_owned(), font, Color32::BLACK),
            );
        });
        made.unwrap()
    }

    /// The letters that leave ink, from left to right.
    fn seen(galley: &Galley) -> String {
        let row = &galley.rows[0].row;
        let mut glyphs: Vec<&Glyph> = row
            .glyphs
            .iter()
            .filter(|glyph| !glyph.uv_rect.is_nothing())
            .collect();
        glyphs.sort_by(|a, b| a.pos.x.total_cmp(&b.pos.x));
        glyphs.iter().map(|glyph| glyph.chr).collect()
    }

    fn ordered(text: &str) -> String {
        let mut galley = galley(text);
        put_in_order(&mut galley);
        seen(&galley)
    }

    #[test]
    fn words_from_the_right_stand_from_the_right() {
        assert_eq!(ordered("חתול"), "לותח");
        assert_eq!(ordered("חתול שחור"), "רוחשלותח");
        assert_eq!(ordered("That is חתול שחור."), "Thatisרוחשלותח.");
        assert_eq!(ordered("חתול.png"), "png.לותח");
        assert_eq!(ordered("חתול 12"), "12לותח");
        assert_eq!(ordered("plain words 12"), "plainwords12");
    }

    #[test]
    fn dots_stay_over_their_letters() {
        let before = galley("قطة مصرية");
        let mut after = before.clone();
        put_in_order(&mut after);
        let (old, new) = (&before.rows[0].row.glyphs, &after.rows[0].row.glyphs);
        let moved = |at: usize| new[at].pos.x - old[at].pos.x;
        let far = |dots: &Glyph, letter: &Glyph| {
            let over = dots.pos.x.clamp(letter.pos.x, letter.max_x());
            (dots.pos.x - over).abs()
        };
        let mut count = 0;
        for (at, dots) in old.iter().enumerate() {
            // Letters that were joined leave glyphs without ink or width behind.
            if dots.advance_width > 0.0 || dots.uv_rect.is_nothing() {
                continue;
            }
            count += 1;
            let letters = (0..old.len()).filter(|at| old[*at].advance_width > 0.0);
            let under = letters.min_by(|a, b| far(dots, &old[*a]).total_cmp(&far(dots, &old[*b])));
            let apart = (moved(at) - moved(under.unwrap())).abs();
            assert!(apart < 0.01, "glyph {at}: {apart}");
        }
        assert!(count > 0);
        assert!(
            moved(0).abs() > 5.0,
            "the first word stands at the right: {}",
            moved(0)
        );
    }

    #[test]
    fn the_end_of_a_sentence_stands_where_the_sentence_ends() {
        let text = "It is \u{5d7}\u{5ea}\u{5d5}\u{5dc}.";
        let mut galley = galley(text);
        put_in_order(&mut galley);
        assert!(seen(&galley).ends_with('.'));
        // The same words in a row of their own: the sentence still runs from the left.
        let from_left = visual_within("\u{5d7}\u{5ea}.", Some(false));
        let last = from_left.last().unwrap();
        assert!(!last.from_right && last.bytes == (4..5));
        // By themselves they do not.
        assert!(visual_within("\u{5d7}\u{5ea}.", None)[0].from_right);
    }

    #[test]
    fn what_is_drawn_moves_with_its_glyph_and_keeps_its_room() {
        let before = galley("a חתול שחור b");
        let mut after = before.clone();
        put_in_order(&mut after);
        let (old, new) = (&before.rows[0].row, &after.rows[0].row);
        assert_ne!(old.visuals.mesh, new.visuals.mesh);
        for (old_glyph, new_glyph) in old.glyphs.iter().zip(&new.glyphs) {
            let by = new_glyph.pos.x - old_glyph.pos.x;
            if old_glyph.uv_rect.is_nothing() {
                continue;
            }
            let start = old_glyph.first_vertex as usize;
            for corner in start..start + 4 {
                let old = old.visuals.mesh.vertices[corner].pos;
                let new = new.visuals.mesh.vertices[corner].pos;
                assert!((new.x - old.x - by).abs() < 1e-3 && (new.y - old.y).abs() < 1e-6);
            }
        }
        let ends = |row: &Row| {
            let xs = row.glyphs.iter().map(Glyph::max_x);
            xs.fold(0.0_f32, f32::max)
        };
        let apart = (ends(old) - ends(new)).abs();
        assert!(apart < 2.0, "{apart}");
        // The galley that egui keeps is left as it was.
        assert_eq!(seen(&before).chars().next(), Some('a'));
        assert_ne!(seen(&before), seen(&after));
    }
}
