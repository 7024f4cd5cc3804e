//! Text can be read: its contrast is measured in the pixels that are drawn. The palette's own figures say
//! nothing about strokes that are thinner than a pixel.

use std::collections::HashMap;

use bevy::prelude::*;
use bevy_egui::egui::epaint::{ClippedShape, Shape, TextShape};
use bevy_egui::egui::{Color32, Rect, pos2};
use bevy_egui::{EguiFullOutput, EguiPostUpdateSet};
use image::{Rgba, RgbaImage};

use super::harness::drawn;
use crate::testing::Headless;
use crate::ui::commands::Command;
use crate::ui::settings::{Settings, ThemeChoice};
use crate::ui::{Asked, Tab};

/// What text needs (WCAG 2.2, 1.4.3), and what it needs for nearly everybody (1.4.6).
const ENOUGH: f64 = 4.5;
const BETTER: f64 = 7.0;

/// A row of text on screen.
struct Row {
    words: String,
    /// In points.
    place: Rect,
}

/// What is written in the last frame.
#[derive(Resource, Default)]
struct Written {
    rows: Vec<Row>,
    pixels_per_point: f32,
}

fn note(outputs: Query<&EguiFullOutput>, mut written: ResMut<Written>) {
    written.rows.clear();
    for output in outputs.iter().filter_map(|output| output.0.as_ref()) {
        written.pixels_per_point = output.pixels_per_point;
        for ClippedShape { clip_rect, shape } in &output.shapes {
            collect(shape, *clip_rect, &mut written.rows);
        }
    }
}

fn collect(shape: &Shape, clip: Rect, rows: &mut Vec<Row>) {
    match shape {
        Shape::Text(text) if !is_faded(text) => {
            for placed in &text.galley.rows {
                let at = text.pos.to_vec2() + placed.pos.to_vec2();
                let place = placed.row.visuals.mesh_bounds.translate(at);
                let seen = place.intersect(clip);
                // What is scrolled out of sight is not there to be read.
                if place.is_positive() && seen.is_positive() && seen.area() > 0.8 * place.area() {
                    rows.push(Row {
                        words: placed.row.glyphs.iter().map(|glyph| glyph.chr).collect(),
                        place,
                    });
                }
            }
        }
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, clip, rows)),
        _ => {}
    }
}

/// What cannot be used now is drawn faint, and may be (WCAG 2.2, 1.4.3).
fn is_faded(text: &TextShape) -> bool {
    let colours = text.galley.rows.iter().flat_map(|placed| {
        let vertices = placed.row.visuals.mesh.vertices.iter();
        vertices.map(|vertex| vertex.color)
    });
    let ink = |colour: Color32| match text.override_text_color {
        Some(over) => over,
        None if colour == Color32::PLACEHOLDER => text.fallback_color,
        None => colour,
    };
    text.opacity_factor < 1.0 || colours.map(ink).any(|ink| ink.a() < 255)
}

fn luminance(Rgba([r, g, b, _]): Rgba<u8>) -> f64 {
    let channel = |value: u8| {
        let c = f64::from(value) / 255.0;
        if c <= 0.04045 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b)
}

fn contrast(a: Rgba<u8>, b: Rgba<u8>) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// The contrast of the strokes to what is around them: that of the strongest tenth of the pixels with ink;
/// and what is around them. `None` over a picture, and where next to nothing is drawn.
fn measured(picture: &RgbaImage, place: Rect, scale: f32) -> Option<(f64, Rgba<u8>)> {
    let [left, top] = [place.min.x, place.min.y].map(|side| (side * scale).floor().max(0.0) as u32);
    let right = ((place.max.x * scale).ceil() as u32).min(picture.width());
    let bottom = ((place.max.y * scale).ceil() as u32).min(picture.height());
    let pixels: Vec<Rgba<u8>> = (top..bottom)
        .flat_map(|y| (left..right).map(move |x| (x, y)))
        .map(|(x, y)| *picture.get_pixel(x, y))
        .collect();
    let mut counts: HashMap<[u8; 4], usize> = HashMap::new();
    for pixel in &pixels {
        *counts.entry(pixel.0).or_default() += 1;
    }
    let (ground, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    if count * 4 < pixels.len() {
        return None;
    }
    let ground = Rgba(ground);
    let mut ink: Vec<f64> = pixels
        .iter()
        .map(|pixel| contrast(*pixel, ground))
        .filter(|contrast| *contrast > 1.2)
        .collect();
    ink.sort_by(f64::total_cmp);
    (ink.len() >= 6).then(|| (ink[ink.len() * 9 / 10], ground))
}

/// Whether a ground has a colour of the maps, which are what they are: no ink has 7:1 on their red.
fn is_of_maps(Rgba([r, g, b, _]): Rgba<u8>) -> bool {
    r.max(g).max(b) - r.min(g).min(b) > 100 && r > b
}

/// What of the screen cannot be read well enough, and how many rows were measured. Of a dialog, those from
/// its title on, `from`: what lies behind is dimmed.
fn faint(
    headless: &mut Headless,
    screen: &str,
    from: Option<&str>,
    least: f64,
) -> (Vec<String>, usize) {
    let picture = headless.screenshot().unwrap();
    let written = headless.world().resource::<Written>();
    let scale = written.pixels_per_point;
    let mut faint = Vec::new();
    let mut count = 0;
    let title = |from: &str| {
        let mut rows = written.rows.iter();
        rows.rposition(|row| row.words.starts_with(from)).unwrap()
    };
    for row in &written.rows[from.map_or(0, title)..] {
        // A sign such as `!` is told in words as well.
        if !row.words.contains(char::is_alphanumeric) {
            continue;
        }
        if let Some((contrast, ground)) = measured(&picture, row.place, scale) {
            count += 1;
            let least = if is_of_maps(ground) { ENOUGH } else { least };
            if contrast < least {
                let place = row.place.min;
                faint.push(format!(
                    "{screen}: {:?} at {place:?}: {contrast:.2}",
                    row.words
                ));
            }
        }
    }
    (faint, count)
}

fn ask(headless: &mut Headless, command: Command) {
    let world = headless.world();
    world.resource_mut::<Asked>().push(command);
    headless.frames(8);
}

/// Every tab in the light and in the dark, and in the dark what is drawn over it.
fn check(scale: f32, least: f64) {
    let (mut headless, _folder) = drawn(1280, 800);
    headless.app().init_resource::<Written>().add_systems(
        PostUpdate,
        note.after(EguiPostUpdateSet::EndPass)
            .before(EguiPostUpdateSet::ProcessOutput),
    );
    let mut faint_rows = Vec::new();
    let mut look = |headless: &mut Headless, screen: &str, from: Option<&str>| {
        let (faint, count) = faint(headless, screen, from, least);
        assert!(count >= 8, "{screen}: {count} rows of text were measured");
        faint_rows.extend(faint);
    };
    for theme in [ThemeChoice::Light, ThemeChoice::Dark] {
        let mut settings = headless.world().resource_mut::<Settings>();
        settings.theme = theme;
        settings.scale = scale;
        headless.frames(3);
        for tab in Tab::ALL {
            ask(&mut headless, Command::Show(tab));
            look(&mut headless, &format!("{tab:?}, {theme:?}"), None);
        }
    }
    for (command, title) in [
        (Command::Help, "How to use"),
        (Command::Settings, "Settings"),
    ] {
        ask(&mut headless, command);
        look(&mut headless, &format!("{command:?}, dark"), Some(title));
        ask(&mut headless, Command::Cancel);
    }
    assert!(faint_rows.is_empty(), "{}", faint_rows.join("\n"));
}

#[test]
fn text_can_be_read() {
    check(1.0, ENOUGH);
}

#[test]
fn large_type_can_be_read_by_more_people() {
    check(1.5, BETTER);
}

#[test]
fn faint_strokes_are_found() {
    let mut picture = RgbaImage::from_pixel(40, 20, Rgba([255; 4]));
    let place = Rect::from_min_max(pos2(2.0, 2.0), pos2(38.0, 18.0));
    assert_eq!(measured(&picture, place, 1.0), None);
    let stroke = |picture: &mut RgbaImage, tone: u8| {
        for y in 4..16 {
            picture.put_pixel(20, y, Rgba([tone, tone, tone, 255]));
        }
    };
    stroke(&mut picture, 0x31);
    assert!(measured(&picture, place, 1.0).unwrap().0 > 11.0);
    // The same ink on a third of each pixel.
    stroke(&mut picture, 0xb8);
    assert!(measured(&picture, place, 1.0).unwrap().0 < 2.5);
}
