//! What lies over the picture, as pixels: the visitor's paint, the AI's light place by place, the edges of
//! the parts. No window is needed here, only colours.

use bevy_egui::egui::{Color32, ColorImage};

use super::colours::{THEIRS, YOURS, through};
use crate::exhibit::shell::{Mark, Piece};
use crate::guess::brush;
use crate::journal::Stroke;

/// About so many pixels along the longer side: finer is not seen, and it is made anew with each move of a
/// finger.
const SIDE: usize = 448;
/// Radius of the brush, in thousandths of the picture's width.
pub(super) const BRUSH: u16 = 45;
/// Places that light up one after the other, at most; what is smaller comes with the first.
pub(super) const MOST_PLACES: usize = 6;
/// How much of the AI's light lies over the picture, from what mattered most on.
const LIGHT: [f32; 4] = [0.95, 0.9, 0.8, 0.62];

/// How many times finer than the map it is drawn.
pub(super) fn finer(piece: &Piece) -> usize {
    let side = piece.answer.width().max(piece.answer.height()).max(1);
    (SIDE / side).max(1)
}

/// Where something is painted, row by row, [`finer`] than the map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mask {
    width: usize,
    height: usize,
    finer: usize,
    on: Vec<bool>,
}

impl Mask {
    /// Nothing is painted.
    pub(super) fn empty(piece: &Piece) -> Self {
        let finer = finer(piece);
        let (width, height) = (piece.answer.width() * finer, piece.answer.height() * finer);
        Self {
            width,
            height,
            finer,
            on: vec![false; width * height],
        }
    }

    /// What marks leave on an empty canvas. `called`: parts are the fields that teams call.
    pub(super) fn of(piece: &Piece, marks: &[Mark], called: bool) -> Self {
        let mut mask = Self::empty(piece);
        for mark in marks {
            match mark {
                Mark::Part { part, on } => mask.part(piece, called, *part, *on),
                Mark::Stroke(stroke) => mask.stroke(stroke),
            }
        }
        mask
    }

    fn part(&mut self, piece: &Piece, called: bool, part: usize, on: bool) {
        let regions = if called { &piece.fields } else { &piece.parts };
        let width = regions.size().1.max(1);
        for pixel in regions.pixels(part) {
            let (y, x) = (pixel / width * self.finer, pixel % width * self.finer);
            for row in y..y + self.finer {
                self.fill(row, x, x + self.finer, on);
            }
        }
    }

    /// Adds a stroke.
    pub(super) fn stroke(&mut self, stroke: &Stroke) {
        let on = stroke.b != 0;
        let thousandth = |n: f32, side: usize| n / 1000.0 * side as f32;
        let radius = thousandth(f32::from(stroke.r), self.width);
        let mut last = None;
        for (&x, &y) in stroke.x.iter().zip(&stroke.y) {
            let point = (
                thousandth(f32::from(x), self.width),
                thousandth(f32::from(y), self.height),
            );
            let from = last.replace(point).unwrap_or(point);
            for (row, first, end) in brush::under(self.height, self.width, from, point, radius) {
                self.fill(row, first, end, on);
            }
        }
    }

    fn fill(&mut self, row: usize, first: usize, end: usize, on: bool) {
        let start = row * self.width;
        if let Some(pixels) = self.on.get_mut(start + first..start + end) {
            pixels.fill(on);
        }
    }

    fn at(&self, x: usize, y: usize) -> bool {
        x < self.width && self.on.get(y * self.width + x) == Some(&true)
    }

    /// Whether a painted pixel has one beside it, two pixels off, that is not.
    fn is_edge(&self, x: usize, y: usize) -> bool {
        const OFF: usize = 2;
        let inside = [(x + OFF, y), (x, y + OFF)]
            .into_iter()
            .all(|(x, y)| self.at(x, y));
        let left = x.checked_sub(OFF).is_some_and(|x| self.at(x, y));
        let up = y.checked_sub(OFF).is_some_and(|y| self.at(x, y));
        !(inside && left && up)
    }

    /// The middle of what is painted, 0-1 of the picture; `None` where nothing is.
    pub(super) fn middle(&self) -> Option<(f32, f32)> {
        let (mut x, mut y, mut count) = (0.0, 0.0, 0.0_f64);
        for (pixel, _) in self.on.iter().enumerate().filter(|(_, on)| **on) {
            x += (pixel % self.width) as f64;
            y += (pixel / self.width) as f64;
            count += 1.0;
        }
        let share = |sum: f64, side: usize| (sum / count / side.max(1) as f64) as f32;
        (count > 0.0).then(|| (share(x, self.width), share(y, self.height)))
    }

    /// Share of the picture that is painted, 0-1.
    #[cfg(test)]
    pub(super) fn covered(&self) -> f64 {
        let on = self.on.iter().filter(|on| **on).count();
        on as f64 / self.on.len().max(1) as f64
    }
}

/// The answer as places that lie apart, the weakest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Places {
    /// Place of each pixel of the map, from 1; 0 for none.
    of: Vec<u8>,
    /// How many there are, at least 1.
    count: usize,
    /// The middle of each, and half its size, 0-1 of the picture: what is circled to show it.
    around: Vec<[u16; 4]>,
}

impl Places {
    /// The places of a picture.
    pub(super) fn of(piece: &Piece) -> Self {
        let labels = piece.answer.labels();
        let (width, height) = (piece.answer.width().max(1), piece.answer.height().max(1));
        let mut found: Vec<(f64, Vec<usize>)> = Vec::new();
        let mut seen = vec![false; labels.len()];
        let marked = |pixel: usize| labels.get(pixel).is_some_and(|label| *label > 0);
        for start in 0..labels.len() {
            let mut open = vec![start];
            let (mut weight, mut pixels) = (0.0, Vec::new());
            while let Some(pixel) = open.pop() {
                match seen.get_mut(pixel) {
                    Some(seen) if !*seen && marked(pixel) => *seen = true,
                    _ => continue,
                }
                weight += 5.0 - f64::from(labels.get(pixel).copied().unwrap_or(5).min(5));
                pixels.push(pixel);
                let x = pixel % width;
                open.extend((x > 0).then(|| pixel - 1));
                open.extend((x + 1 < width).then_some(pixel + 1));
                open.extend(pixel.checked_sub(width));
                open.push(pixel + width);
            }
            if !pixels.is_empty() {
                found.push((weight, pixels));
            }
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        let small = found.len().saturating_sub(MOST_PLACES);
        let mut of = vec![0; labels.len()];
        let mut around = Vec::new();
        for (number, (_, pixels)) in found.iter().enumerate() {
            let place = number.saturating_sub(small);
            if number >= small {
                around.push(extent(pixels, width, height));
            }
            for &pixel in pixels {
                if let Some(of) = of.get_mut(pixel) {
                    *of = place as u8 + 1;
                }
            }
        }
        Self {
            of,
            count: around.len().max(1),
            around,
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// A stroke around the strongest places, as a hand would paint them that knows nearly everything.
    pub(super) fn shown_by_hand(&self) -> Vec<(i16, i16)> {
        const POINTS: u16 = 48;
        let mut points = Vec::new();
        for [x, y, across, down] in self.around.iter().rev().take(2) {
            for point in 0..=POINTS {
                let turn = f32::from(point) / f32::from(POINTS);
                let (sin, cos) = (turn * 3.5 * std::f32::consts::TAU).sin_cos();
                // From the middle outwards, a little to the right of what is right.
                let reach = |spread: u16| (2.0 * f32::from(spread) - f32::from(BRUSH)).max(15.0);
                let x = f32::from(*x) + 12.0 + cos * turn * reach(*across);
                let y = f32::from(*y) + sin * turn * reach(*down);
                points.push((x.clamp(0.0, 1000.0) as i16, y.clamp(0.0, 1000.0) as i16));
            }
        }
        points
    }
}

/// The middle of pixels and their spread, in thousandths of the picture.
fn extent(pixels: &[usize], width: usize, height: usize) -> [u16; 4] {
    let mut sums = [0.0_f64; 4];
    for &pixel in pixels {
        let x = (pixel % width) as f64 / width as f64;
        let y = (pixel / width) as f64 / height as f64;
        for (sum, value) in sums.iter_mut().zip([x, y, x * x, y * y]) {
            *sum += value;
        }
    }
    let [x, y, xx, yy] = sums.map(|sum| sum / pixels.len().max(1) as f64);
    let spread = |squares: f64, mean: f64| (squares - mean * mean).max(0.0).sqrt();
    let thousandths = |share: f64| (share * 1000.0).round().clamp(0.0, 1000.0) as u16;
    [x, y, spread(xx, x), spread(yy, y)].map(thousandths)
}

/// How what lies over the picture is to be seen; shares are 0-1.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Over {
    /// Of the visitor's paint.
    pub(super) yours: f32,
    /// The colour of the visitor's paint where it covers the picture: red, green, blue.
    pub(super) cover: Option<[u8; 3]>,
    /// Whose light it is: the number of the map of what is covered; `None` for the picture's own.
    pub(super) light: Option<u64>,
    /// Of the light of each place; those that are missing are dark.
    pub(super) theirs: Vec<f32>,
    /// Of white over what both have.
    pub(super) matches: f32,
    /// A part under a finger.
    pub(super) under: Option<usize>,
    /// The part that keys are at.
    pub(super) focus: Option<usize>,
    /// Whether the edges of the parts are seen.
    pub(super) edges: bool,
    /// Whether parts are the fields that teams call.
    pub(super) called: bool,
}

impl Over {
    /// Whether nothing of it is to be seen, with these marks of each player.
    pub(super) fn is_nothing(&self, marks: &[Vec<Mark>]) -> bool {
        let painted = self.yours > 0.0 && marks.iter().any(|marks| !marks.is_empty());
        let lit = self.theirs.iter().any(|light| *light > 0.0);
        !(painted || lit || self.edges || self.under.is_some() || self.focus.is_some())
    }
}

/// The picture's overlay: paint of each player and the AI's light.
pub(super) fn overlay(piece: &Piece, places: &Places, masks: &[Mask], over: &Over) -> ColorImage {
    let finer = finer(piece);
    let (width, height) = (piece.answer.width(), piece.answer.height());
    let regions = if over.called {
        &piece.fields
    } else {
        &piece.parts
    };
    let part_at = |x: usize, y: usize| regions.at(x / finer, y / finer);
    let lit: Vec<f32> = (0..places.count)
        .map(|place| over.theirs.get(place).copied().unwrap_or(0.0))
        .collect();
    let cover = over.cover.map(|[r, g, b]| Color32::from_rgb(r, g, b));
    let any = lit.iter().any(|light| *light > 0.0);
    let mut pixels = Vec::with_capacity(width * height * finer * finer);
    for y in 0..height * finer {
        for x in 0..width * finer {
            let pixel = y / finer * width + x / finer;
            let mut colour = Color32::TRANSPARENT;
            let label = usize::from(piece.answer.labels().get(pixel).copied().unwrap_or(0));
            let mut theirs = false;
            if any && let Some(level) = label.checked_sub(1) {
                let place = places.of.get(pixel).copied().unwrap_or(1).max(1);
                let share = lit.get(usize::from(place) - 1).copied().unwrap_or(0.0);
                let full = LIGHT.get(level).copied().unwrap_or(0.0);
                if let Some(light) = THEIRS.get(level) {
                    colour = through(*light, full * share);
                }
                theirs = share > 0.5 && level < 3;
            }
            let mut yours = false;
            if over.yours > 0.0 {
                for (mask, paint) in masks.iter().zip(YOURS.iter().cycle()) {
                    if mask.at(x, y) {
                        yours = true;
                        let over = if mask.is_edge(x, y) {
                            through(Color32::WHITE, 0.95 * over.yours)
                        } else if let Some(cover) = cover {
                            cover
                        } else {
                            // The AI's light is seen through the paint.
                            let much = if any { 0.5 } else { 0.72 };
                            through(*paint, much * over.yours)
                        };
                        colour = laid(over, colour);
                    }
                }
            }
            if yours && theirs && over.matches > 0.0 {
                colour = laid(through(Color32::WHITE, over.matches), colour);
            }
            if over.edges || over.under.is_some() || over.focus.is_some() {
                let here = part_at(x, y);
                if here.is_some() && here == over.under {
                    colour = laid(through(Color32::WHITE, 0.3), colour);
                }
                let beside = |off: usize| [part_at(x + off, y), part_at(x, y + off)];
                let is_edge = beside(1).iter().any(|part| part.is_some() && *part != here);
                if over.edges && is_edge {
                    colour = laid(through(Color32::WHITE, 0.6), colour);
                }
                if here.is_some() && here == over.focus {
                    let back = |off: usize| {
                        [
                            x.checked_sub(off).and_then(|x| part_at(x, y)),
                            y.checked_sub(off).and_then(|y| part_at(x, y)),
                        ]
                    };
                    let rim = beside(4).into_iter().chain(back(4));
                    let on = rim.into_iter().any(|part| part != here);
                    colour = laid(through(Color32::WHITE, if on { 1.0 } else { 0.25 }), colour);
                }
            }
            pixels.push(colour);
        }
    }
    ColorImage::new([width * finer, height * finer], pixels)
}

/// A premultiplied colour over another.
fn laid(over: Color32, under: Color32) -> Color32 {
    let rest = 255 - u16::from(over.a());
    let mix = |over: u8, under: u8| {
        let sum = u16::from(over) + (u16::from(under) * rest + 127) / 255;
        sum.min(255) as u8
    };
    Color32::from_rgba_premultiplied(
        mix(over.r(), under.r()),
        mix(over.g(), under.g()),
        mix(over.b(), under.b()),
        mix(over.a(), under.a()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exhibit::shell::testing::piece;

    fn stroke(points: &[(i16, i16)], b: u8) -> Stroke {
        Stroke {
            b,
            r: BRUSH,
            x: points.iter().map(|p| p.0).collect(),
            y: points.iter().map(|p| p.1).collect(),
            t: vec![0; points.len()],
        }
    }

    #[test]
    fn the_mask_covers_what_the_judge_counts() {
        let piece = piece(0);
        let marks = [
            Mark::Stroke(stroke(&[(200, 300), (700, 300)], 1)),
            Mark::Part { part: 5, on: true },
            Mark::Stroke(stroke(&[(400, 300)], 0)),
        ];
        let mask = Mask::of(&piece, &marks, false);
        let judged = piece.painting(&marks, false);
        let counted = (0..judged.labels().len()).filter(|&p| judged.get(p).is_some());
        let share = counted.count() as f64 / judged.labels().len() as f64;
        assert!(
            (mask.covered() - share).abs() < 0.02,
            "{} {share}",
            mask.covered()
        );
        assert!(share > 0.05);
        assert_eq!(Mask::of(&piece, &[], false).middle(), None);
        let (x, y) = Mask::of(&piece, &marks[..1], false).middle().unwrap();
        assert!((x - 0.45).abs() < 0.02 && (y - 0.3).abs() < 0.02, "{x} {y}");
    }

    #[test]
    fn places_light_up_alone_and_all_of_them_are_the_answer() {
        let piece = piece(2);
        let places = Places::of(&piece);
        let seen = |theirs: Vec<f32>| {
            let over = Over {
                theirs,
                ..Over::default()
            };
            let image = overlay(&piece, &places, &[], &over);
            image.pixels.iter().filter(|p| p.a() > 0).count()
        };
        assert_eq!(seen(Vec::new()), 0);
        let finer = finer(&piece);
        let all = piece.answer.labels().iter().filter(|label| **label > 0);
        let all = all.count() * finer * finer;
        assert_eq!(seen(vec![1.0; places.count()]), all);
        let each = (0..places.count()).map(|place| {
            let mut theirs = vec![0.0; places.count()];
            theirs[place] = 1.0;
            seen(theirs)
        });
        assert_eq!(each.sum::<usize>(), all);
    }

    #[test]
    fn what_is_called_nothing_leaves_the_picture_as_it_is() {
        let piece = piece(2);
        let places = Places::of(&piece);
        let marks = vec![vec![Mark::Part { part: 5, on: true }]];
        let lit = vec![1.0; places.count()];
        let overs = [
            Over::default(),
            Over {
                matches: 1.0,
                called: true,
                ..Over::default()
            },
            Over {
                yours: 1.0,
                ..Over::default()
            },
            Over {
                theirs: lit,
                ..Over::default()
            },
            Over {
                edges: true,
                ..Over::default()
            },
            Over {
                under: Some(3),
                ..Over::default()
            },
            Over {
                focus: Some(3),
                ..Over::default()
            },
        ];
        let mut nothing = 0;
        let none = Vec::new();
        for (over, marks) in overs
            .iter()
            .flat_map(|over| [(over, &marks), (over, &none)])
        {
            let masks: Vec<Mask> = marks
                .iter()
                .map(|marks| Mask::of(&piece, marks, over.called))
                .collect();
            let image = overlay(&piece, &places, &masks, over);
            let seen = image.pixels.iter().any(|pixel| pixel.a() > 0);
            assert_eq!(over.is_nothing(marks), !seen, "{over:?} {marks:?}");
            nothing += u32::from(!seen);
        }
        assert_eq!(nothing, 5);
    }

    #[test]
    fn the_hand_that_shows_it_paints_what_is_right() {
        for n in 0..7 {
            let piece = piece(n);
            let points = Places::of(&piece).shown_by_hand();
            let guess = crate::exhibit::shell::Guess {
                marks: vec![Mark::Stroke(stroke(&points, 1))],
                seconds: 9.0,
                ..Default::default()
            };
            let (judged, _) = piece.judge(&guess, false, true, &[]);
            assert!(judged.stars >= 1, "{n}: {judged:?}");
        }
    }

    #[test]
    fn paint_lies_over_light_and_both_flash_where_they_meet() {
        let piece = piece(0);
        let places = Places::of(&piece);
        let mask = Mask::of(
            &piece,
            &[Mark::Stroke(stroke(&[(500, 500), (600, 500)], 1))],
            false,
        );
        let mut over = Over {
            yours: 1.0,
            theirs: vec![1.0; places.count()],
            ..Over::default()
        };
        let masks = [mask];
        let middle = |over: &Over| {
            let image = overlay(&piece, &places, &masks, over);
            image.pixels[image.size[0] * (image.size[1] / 2) + image.size[0] / 2]
        };
        let calm = middle(&over);
        over.matches = 1.0;
        assert_eq!(middle(&over), Color32::WHITE);
        over.matches = 0.0;
        over.yours = 0.0;
        assert_ne!(middle(&over), calm);
    }
}
