//! Panels in a grid.

use image::{Rgb, RgbImage};

use super::drawing::{Align, Drawing, Item};
use super::font::fitted;
use crate::saliency::colormap::Colormap;

/// A picture of the grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// Its pixels, with the map in them.
    pub pixels: RgbImage,
    /// One line under it, such as the answer; empty for none.
    pub caption: String,
    /// What is to be seen.
    pub alt: String,
}

/// What the ends of the colour bar mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Range {
    /// Each map has its own: least and most in words.
    Each,
    /// All maps have this one.
    Shared {
        /// The value of the first colour.
        min: f32,
        /// The value of the last colour.
        max: f32,
    },
}

/// A figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Over all; empty for none.
    pub title: String,
    /// Over the columns.
    pub columns: Vec<String>,
    /// At the left of the rows.
    pub rows: Vec<String>,
    /// Row by row, `columns` each; `None` leaves a place empty.
    pub panels: Vec<Option<Panel>>,
    /// Colours of the maps.
    pub colormap: Colormap,
    /// What the colour bar says.
    pub range: Range,
    /// Width of the whole, in points.
    pub width: f32,
}

const GAP: f32 = 6.0;
const TITLE: f32 = 11.0;
const HEAD: f32 = 9.0;
const CAPTION: f32 = 7.5;
const BAR: f32 = 8.0;
/// From a base line to the next.
const LEADING: f32 = 1.35;

impl Figure {
    /// Everything in its place.
    #[must_use]
    pub fn drawing(&self) -> Drawing {
        let mut items = Vec::new();
        let count = self.columns.len().max(1);
        let heads = self.rows.iter().any(|name| !name.is_empty());
        let left = if heads { HEAD * LEADING + 2.0 } else { 0.0 };
        let column = ((self.width - left + GAP) / count as f32 - GAP).max(12.0);
        let x = |i: usize| left + i as f32 * (column + GAP);
        let mut y = 0.0;
        if !self.title.is_empty() {
            y += TITLE * LEADING;
            let text = fitted(&self.title, TITLE, self.width);
            items.push(text_at([0.0, y - TITLE * 0.3], TITLE, Align::Start, text));
            y += 4.0;
        }
        if self.columns.iter().any(|name| !name.is_empty()) {
            y += HEAD * LEADING;
            for (i, name) in self.columns.iter().enumerate() {
                let middle = x(i) + column / 2.0;
                let text = fitted(name, HEAD, column);
                items.push(text_at(
                    [middle, y - HEAD * 0.35],
                    HEAD,
                    Align::Middle,
                    text,
                ));
            }
            y += 1.0;
        }
        for (row, panels) in self.panels.chunks(count).enumerate() {
            let tallest = |panel: &Panel| {
                column * panel.pixels.height() as f32 / panel.pixels.width().max(1) as f32
            };
            let height = panels.iter().flatten().map(tallest).fold(0.0, f32::max);
            let captions = panels
                .iter()
                .flatten()
                .any(|panel| !panel.caption.is_empty());
            if let Some(name) = self.rows.get(row).filter(|name| !name.is_empty()) {
                items.push(Item::Text {
                    at: [HEAD, y + height / 2.0],
                    size: HEAD,
                    align: Align::Middle,
                    upright: true,
                    text: fitted(name, HEAD, height.max(20.0)),
                });
            }
            for (i, panel) in panels.iter().enumerate() {
                let Some(panel) = panel else { continue };
                let place = [x(i), y, column, tallest(panel)];
                items.push(Item::Picture {
                    place,
                    pixels: panel.pixels.clone(),
                    alt: panel.alt.clone(),
                });
                if !panel.caption.is_empty() {
                    let at = [x(i) + column / 2.0, y + place[3] + CAPTION * 1.15];
                    let text = fitted(&panel.caption, CAPTION, column);
                    items.push(text_at(at, CAPTION, Align::Middle, text));
                }
            }
            y += height + if captions { CAPTION * 1.6 } else { 0.0 } + GAP;
        }
        y += 2.0;
        self.bar(&mut items, y);
        Drawing {
            size: [self.width, y + BAR + CAPTION * 1.5],
            title: if self.title.is_empty() {
                "Saliency maps".to_owned()
            } else {
                self.title.clone()
            },
            items,
        }
    }

    /// The colour bar, at the right, with the words of its ends under it.
    fn bar(&self, items: &mut Vec<Item>, y: f32) {
        let width = (self.width * 0.4).clamp(60.0, 180.0).min(self.width);
        let place = [self.width - width, y, width, BAR];
        let pixels = RgbImage::from_fn(256, 1, |x, _| Rgb(self.colormap.colour(x as u8)));
        items.push(Item::Picture {
            place,
            pixels,
            alt: "Colours from the lowest to the highest value".to_owned(),
        });
        items.push(Item::Frame { place, line: 0.4 });
        let (least, most) = match self.range {
            Range::Each => ("matters least".to_owned(), "matters most".to_owned()),
            Range::Shared { min, max } => (figure(min), figure(max)),
        };
        let base = y + BAR + CAPTION * 1.1;
        items.push(text_at([place[0], base], CAPTION, Align::Start, least));
        items.push(text_at([self.width, base], CAPTION, Align::End, most));
        if self.range == Range::Each {
            let at = [place[0] - 6.0, y + BAR * 0.85];
            let words = "each map on its own scale".to_owned();
            items.push(text_at(at, CAPTION, Align::End, words));
        }
    }
}

fn text_at(at: [f32; 2], size: f32, align: Align, text: String) -> Item {
    Item::Text {
        at,
        size,
        align,
        upright: false,
        text,
    }
}

/// A value with three digits.
fn figure(value: f32) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let digits = 2 - value.abs().log10().floor() as i32;
    if (-3..=5).contains(&digits) {
        let text = format!("{value:.*}", digits.max(0) as usize);
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        }
    } else {
        format!("{value:.2e}")
    }
}

#[cfg(test)]
pub(super) fn example() -> Figure {
    let panel = |shade: u8, height: u32| {
        Some(Panel {
            pixels: RgbImage::from_fn(40, height, |x, y| Rgb([x as u8 * 6, y as u8 * 6, shade])),
            caption: "Egyptian cat & <co>, 38 %".to_owned(),
            alt: "A cat \"seen\"".to_owned(),
        })
    };
    Figure {
        title: "What speaks for <b> & co".to_owned(),
        columns: vec!["XRAI".to_owned(), "Grad-CAM".to_owned()],
        rows: vec!["cat".to_owned(), "rocket".to_owned()],
        panels: vec![panel(0, 30), panel(90, 30), None, panel(200, 20)],
        colormap: Colormap::default(),
        range: Range::Shared {
            min: -0.0123,
            max: 1234.0,
        },
        width: 300.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_lies_on_the_page_and_nothing_over_another() {
        let drawing = example().drawing();
        let mut places = Vec::new();
        for item in &drawing.items {
            if let Item::Picture { place, .. } = item {
                places.push(*place);
            }
        }
        assert_eq!(places.len(), 4);
        for &[x, y, w, h] in &places {
            assert!(x >= 0.0 && y >= 0.0 && x + w <= drawing.size[0] + 0.01);
            assert!(y + h <= drawing.size[1]);
        }
        for (i, a) in places.iter().enumerate() {
            for b in places.iter().skip(i + 1) {
                let apart = a[0] + a[2] <= b[0]
                    || b[0] + b[2] <= a[0]
                    || a[1] + a[3] <= b[1]
                    || b[1] + b[3] <= a[1];
                assert!(apart, "{a:?} {b:?}");
            }
        }
        // A panel keeps its shape, and the empty place stays empty.
        assert!((places[0][3] / places[0][2] - 0.75).abs() < 1e-4);
        assert!((places[2][0] - places[1][0]).abs() < 1e-4);
    }

    #[test]
    fn values_have_three_digits() {
        for (value, text) in [
            (0.0, "0"),
            (1234.0, "1234"),
            (-0.0123, "-0.0123"),
            (0.5, "0.5"),
            (1.0, "1"),
            (100.0, "100"),
            (3.2e-7, "3.20e-7"),
        ] {
            assert_eq!(figure(value), text);
        }
    }
}
