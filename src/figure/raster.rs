//! A drawing as pixels.

use ab_glyph::{Font as _, GlyphId, PxScale, point};
use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};

use super::drawing::{Align, Drawing, Item};
use super::{INK, font};
use crate::typeface::Line;

/// Most pixels of a figure.
const MAX_PIXELS: f64 = 100e6;

impl Drawing {
    /// The figure at so many dots per inch; `None` when that is no number above 0, or more than a hundred
    /// million pixels.
    #[must_use]
    pub fn raster(&self, dpi: f32) -> Option<RgbImage> {
        let scale = dpi / 72.0;
        let [width, height] = self.size.map(|side| f64::from((side * scale).ceil()));
        if !(dpi > 0.0 && width * height <= MAX_PIXELS) {
            return None;
        }
        let mut out = RgbImage::from_pixel(width as u32, height as u32, Rgb([255; 3]));
        for item in &self.items {
            match item {
                Item::Picture { place, pixels, .. } => {
                    let [left, top, right, bottom] = edges(*place, scale);
                    let (w, h) = ((right - left).max(1) as u32, (bottom - top).max(1) as u32);
                    // Enlarged pixels stay pixels: a map must not look finer than it is.
                    let filter = if w >= pixels.width() {
                        FilterType::Nearest
                    } else {
                        FilterType::Triangle
                    };
                    let sized = imageops::resize(pixels, w, h, filter);
                    imageops::replace(&mut out, &sized, left, top);
                }
                Item::Frame { place, line } => frame(&mut out, edges(*place, scale), line * scale),
                Item::Text { .. } => write(&mut out, item, scale),
            }
        }
        Some(out)
    }
}

/// Left, top, right and bottom in whole pixels.
fn edges([x, y, w, h]: [f32; 4], scale: f32) -> [i64; 4] {
    [x, y, x + w, y + h].map(|edge| (edge * scale).round() as i64)
}

fn frame(out: &mut RgbImage, [left, top, right, bottom]: [i64; 4], line: f32) {
    let line = (line.round() as i64).max(1);
    for y in top..bottom {
        for x in left..right {
            let edge = x < left + line || x >= right - line || y < top + line || y >= bottom - line;
            if edge {
                cover(out, x, y, 1.0);
            }
        }
    }
}

/// Lays the ink over a pixel.
fn cover(out: &mut RgbImage, x: i64, y: i64, share: f32) {
    let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else {
        return;
    };
    if let Some(pixel) = out.get_pixel_mut_checked(x, y) {
        for (below, ink) in pixel.0.iter_mut().zip(INK) {
            let mixed = f32::from(*below) + (f32::from(ink) - f32::from(*below)) * share;
            *below = mixed.round() as u8;
        }
    }
}

fn write(out: &mut RgbImage, item: &Item, scale: f32) {
    let Item::Text {
        at,
        size,
        align,
        upright,
        text,
    } = item
    else {
        return;
    };
    let em = size * scale;
    let line = Line::new(text, font::FILE);
    let length = line.width * em;
    let start = match align {
        Align::Start => 0.0,
        Align::Middle => -length / 2.0,
        Align::End => -length,
    };
    let [x, y] = at.map(|place| place * scale);
    for glyph in &line.glyphs {
        let Some(font) = font::font_of(glyph) else {
            continue;
        };
        // The library counts from ascender to descender, a font's size is of its em.
        let px = PxScale::from(em * font.height_unscaled() / font::units(&font));
        let placed = GlyphId(glyph.id).with_scale_and_position(px, point(0.0, 0.0));
        let Some(outline) = font.outline_glyph(placed) else {
            continue;
        };
        let (along, above) = (start + glyph.x * em, glyph.y * em);
        let bounds = outline.px_bounds();
        outline.draw(|column, row, share| {
            let over = bounds.min.x + column as f32 + along;
            let under = bounds.min.y + row as f32 - above;
            let (px, py) = if *upright {
                (x + under, y - over)
            } else {
                (x + over, y + under)
            };
            cover(out, px.round() as i64, py.round() as i64, share.min(1.0));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::grid::example;

    #[test]
    fn dots_per_inch_give_the_size_and_pictures_keep_their_pixels() {
        let drawing = example().drawing();
        let small = drawing.raster(72.0).unwrap();
        assert_eq!(small.width(), 300);
        let large = drawing.raster(300.0).unwrap();
        assert_eq!(large.width(), 1250);
        // Letters left ink: the title's line is not white.
        let dark = large
            .enumerate_pixels()
            .filter(|(_, y, p)| *y < 55 && p.0[0] < 120);
        assert!(dark.count() > 300);
        for bad in [0.0, -1.0, f32::NAN, 1e6] {
            assert!(drawing.raster(bad).is_none());
        }
    }

    #[test]
    fn every_script_leaves_ink_and_different_words_different_ink() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        crate::typeface::look_in(&root.join("assets/installed/fonts"));
        let ink = |words: &str| {
            let drawing = super::Drawing {
                size: [120.0, 30.0],
                title: String::new(),
                items: vec![super::Item::Text {
                    at: [10.0, 20.0],
                    size: 12.0,
                    align: super::Align::Start,
                    upright: false,
                    text: words.to_owned(),
                }],
            };
            drawing.raster(144.0).unwrap()
        };
        let dark = |picture: &image::RgbImage| picture.pixels().filter(|p| p.0[0] < 128).count();
        for [one, other] in [
            ["γάτα", "σκύλος"],
            ["кошка", "собака"],
            ["猫", "狗"],
            ["ねこ", "いぬ"],
            ["고양이", "개"],
            ["แมว", "หมา"],
            ["बिल्ली", "कुत्ता"],
            ["قطة", "كلب"],
            ["חתול", "כלב"],
        ] {
            let (one_ink, other_ink) = (ink(one), ink(other));
            assert!(
                dark(&one_ink) > 20 && dark(&other_ink) > 20,
                "{one}, {other}"
            );
            // Boxes would be alike but for their number.
            assert_ne!(one_ink, other_ink, "{one}, {other}");
        }
    }
}
