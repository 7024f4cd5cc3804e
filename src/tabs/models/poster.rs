//! The matrix as one picture, with its words: drawn on the processor, so that all of it is in the
//! file, however little of it is on the screen.

use bevy_egui::egui::{self, Color32, FontId, Galley, RawInput};
use image::{Rgb, RgbImage, imageops};

use crate::compare::robustness::Report;
use crate::ui::{bidi, fonts, theme};

/// Side of a cell's picture, in pixels.
const SIDE: u32 = 160;
/// Space between things, in pixels.
const GAP: u32 = 16;
/// Height of a line of words, in pixels.
const LINE: u32 = 22;
/// Width of a column, in pixels.
const COLUMN: u32 = SIDE + 4 * GAP;
/// Height of a row: the picture and two lines, in pixels.
const ROW: u32 = SIDE + 2 * LINE + GAP;
/// Room for a letter in a sentence, in pixels: more than they have on average.
const LETTER: u32 = 8;
/// Longest side of the poster, in pixels.
const MOST: u32 = 16_384;

/// Words that are to stand somewhere.
struct Words {
    x: u32,
    y: u32,
    text: String,
    size: f32,
    strong: bool,
}

/// The report as a picture.
///
/// # Errors
/// One line when there is so much that the picture would be too large.
pub fn poster(report: &Report) -> Result<RgbImage, String> {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let too_large =
        || format!("the picture would be over {MOST} pixels long: tick fewer models or changes");
    let columns = count(report.columns.len()).saturating_add(1);
    let width = columns.saturating_mul(COLUMN).saturating_add(GAP);
    let about: Vec<String> = report
        .about
        .iter()
        .flat_map(|sentence| wrapped(sentence, (width / LETTER) as usize))
        .collect();
    let top = GAP + 2 * LINE * (1 + count(about.len())) / 2 + 3 * LINE;
    let rows = count(report.lines.len()).saturating_mul(ROW);
    let height = rows.saturating_add(top).saturating_add(GAP);
    if width > MOST || height > MOST {
        return Err(too_large());
    }
    let palette = &theme::LIGHT;
    let rgb = |colour: Color32| Rgb([colour.r(), colour.g(), colour.b()]);
    let mut picture = RgbImage::from_pixel(width, height, rgb(palette.ground));
    let mut words = vec![said(GAP, GAP, &report.title, 20.0, true)];
    for (index, sentence) in about.iter().enumerate() {
        let y = GAP + LINE * (count(index) + 1) + LINE / 2;
        words.push(said(GAP, y, sentence, 15.0, false));
    }
    for (index, (_, name)) in report.columns.iter().enumerate() {
        let x = GAP + COLUMN * (count(index) + 1);
        words.push(said(x, top - LINE - GAP / 2, name, 15.0, true));
    }
    for (index, line) in report.lines.iter().enumerate() {
        let y = top + ROW * count(index);
        lay(&mut picture, &line.picture, GAP, y);
        words.push(said(GAP, y + SIDE, &line.name, 15.0, true));
        for (column, cell) in line.cells.iter().enumerate() {
            let x = GAP + COLUMN * (count(column) + 1);
            match cell {
                Ok(cell) => {
                    lay(&mut picture, &cell.picture, x, y);
                    let row = &cell.row;
                    let sign = match (index, row.same()) {
                        (0, _) => "",
                        (_, true) => "same: ",
                        (_, false) => "changed: ",
                    };
                    let sure = row.probability * 100.0;
                    let first = format!("{sign}{} {sure:.0} %", row.label);
                    words.push(said(x, y + SIDE, &first, 15.0, false));
                    if index > 0 {
                        let agrees = if row.is_blank() {
                            "empty map".to_owned()
                        } else {
                            format!("agrees {:.1} %", row.agree * 100.0)
                        };
                        words.push(said(x, y + SIDE + LINE, &agrees, 15.0, false));
                    }
                }
                Err(why) => words.push(said(x, y, why, 15.0, false)),
            }
        }
    }
    write(&mut picture, &words);
    Ok(picture)
}

/// A sentence in lines of at most so many letters, broken between words.
fn wrapped(sentence: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in sentence.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn said(x: u32, y: u32, text: &str, size: f32, strong: bool) -> Words {
    Words {
        x,
        y,
        text: text.to_owned(),
        size,
        strong,
    }
}

/// Lays a picture into a cell, scaled to fit.
fn lay(onto: &mut RgbImage, picture: &RgbImage, x: u32, y: u32) {
    let (width, height) = picture.dimensions();
    let longest = width.max(height).max(1);
    let side = |n: u32| (n * SIDE / longest).max(1);
    let kind = imageops::FilterType::Triangle;
    let fit = imageops::resize(picture, side(width), side(height), kind);
    imageops::replace(onto, &fit, i64::from(x), i64::from(y));
}

/// Writes words with the program's own font: egui lays them out, its glyphs are copied here.
fn write(onto: &mut RgbImage, words: &[Words]) {
    let ctx = egui::Context::default();
    theme::install(&ctx, false);
    for one in words {
        fonts::open_for(&one.text);
    }
    fonts::install(&ctx, 1.0);
    let mut galleys: Vec<std::sync::Arc<Galley>> = Vec::new();
    // A context has no fonts before its first pass.
    let _ = ctx.run_ui(RawInput::default(), |ui| {
        for one in words {
            let font = FontId::proportional(one.size);
            let room = COLUMN.saturating_sub(GAP) as f32;
            let mut job =
                egui::text::LayoutJob::simple_singleline(one.text.clone(), font, Color32::BLACK);
            // The lines over the matrix have all of its width.
            let room = if one.x == GAP && (one.size > 16.0 || !one.strong) {
                onto.width() as f32 - 2.0 * GAP as f32
            } else {
                room
            };
            job.wrap = egui::text::TextWrapping::truncate_at_width(room);
            let mut galley = ui.painter().layout_job(job);
            bidi::put_in_order(&mut galley);
            galleys.push(galley);
        }
    });
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method's own lifetime is too narrow to be handed over"
    )]
    let atlas = ctx.fonts(|fonts| fonts.image());
    let [across, down] = atlas.size;
    for (one, galley) in words.iter().zip(&galleys) {
        let ink = if one.strong {
            theme::LIGHT.action
        } else {
            theme::LIGHT.text
        };
        for placed in &galley.rows {
            for glyph in &placed.row.glyphs {
                let uv = &glyph.uv_rect;
                let corner = placed.pos + glyph.pos.to_vec2() + uv.offset;
                let left = one.x as i64 + corner.x.round() as i64;
                let top = one.y as i64 + corner.y.round() as i64;
                for v in uv.min[1]..uv.max[1] {
                    for u in uv.min[0]..uv.max[0] {
                        let (u_at, v_at) = (usize::from(u), usize::from(v));
                        if u_at >= across || v_at >= down {
                            continue;
                        }
                        let Some(texel) = atlas.pixels.get(v_at * across + u_at) else {
                            continue;
                        };
                        let x = left + i64::from(u - uv.min[0]);
                        let y = top + i64::from(v - uv.min[1]);
                        blend(onto, x, y, ink, texel.a());
                    }
                }
            }
        }
    }
}

fn blend(onto: &mut RgbImage, x: i64, y: i64, ink: Color32, cover: u8) {
    let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else {
        return;
    };
    if let Some(pixel) = onto.get_pixel_mut_checked(x, y) {
        let cover = u32::from(cover);
        for (under, over) in pixel.0.iter_mut().zip([ink.r(), ink.g(), ink.b()]) {
            let mixed = u32::from(*under) * (255 - cover) + u32::from(over) * cover;
            *under = ((mixed + 127) / 255) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::robustness::ReportLine;

    fn report(lines: usize) -> Report {
        Report {
            title: "Models on \"Cat\"".to_owned(),
            about: vec!["XRAI, delta 10.".to_owned()],
            columns: vec![("a".to_owned(), "Network A".to_owned())],
            lines: (0..lines)
                .map(|n| ReportLine {
                    name: format!("Fog {n}"),
                    picture: RgbImage::from_pixel(40, 20, Rgb([250, 10, 10])),
                    cells: vec![Err("it broke".to_owned())],
                })
                .collect(),
        }
    }

    #[test]
    fn pictures_and_words_are_on_it() {
        let made = poster(&report(2)).unwrap();
        let red = made.pixels().filter(|p| p.0 == [250, 10, 10]).count();
        assert!(red > 2 * 150 * 70, "{red} pixels of the two pictures");
        let [r, g, b, _] = theme::LIGHT.action.to_array();
        let ink = made
            .pixels()
            .filter(|p| p.0.iter().zip([r, g, b]).all(|(a, b)| a.abs_diff(b) < 24))
            .count();
        assert!(ink > 200, "{ink} pixels of the strong words");
        // Without words far fewer pixels are dark.
        let mut quiet = report(2);
        quiet.title.clear();
        quiet.columns[0].1.clear();
        for line in &mut quiet.lines {
            line.name.clear();
        }
        let silent = poster(&quiet).unwrap();
        let blue = |p: &Rgb<u8>| p.0[2] > p.0[0].saturating_add(40);
        assert!(made.pixels().filter(|p| blue(p)).count() > 200);
        assert_eq!(silent.pixels().filter(|p| blue(p)).count(), 0);
    }

    #[test]
    fn no_sentence_over_the_matrix_is_cut() {
        let sentence =
            "Each picture shows where that version's map has the colours it has on the original.";
        assert_eq!(wrapped(sentence, 1000), [sentence]);
        let lines = wrapped(sentence, 30);
        assert!(
            lines.len() >= 3 && lines.iter().all(|line| line.len() <= 30),
            "{lines:?}"
        );
        assert_eq!(lines.join(" "), sentence);
        let short = poster(&report(1)).unwrap();
        let mut long = report(1);
        long.about = vec![sentence.to_owned()];
        let long = poster(&long).unwrap();
        assert!(long.height() > short.height(), "it has lines of its own");
    }

    #[test]
    fn what_is_too_large_is_said() {
        assert!(poster(&report(500)).unwrap_err().contains("tick fewer"));
    }
}
