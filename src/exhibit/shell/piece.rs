//! A picture, ready to be played: the answer, its marks, its parts.

use std::collections::BTreeMap;

use image::{Rgb, RgbImage};
use ndarray::{Array2, ArrayView2};

use super::state::{Guess, Judged, Mark, Warmth};
use crate::exhibit::manifest::Words;
use crate::guess::{
    Answer, Band, BandShares, Colours, Field, GuessError, Looked, MOST_COVERED, Marks, Painting,
    PaintingGrid, Regions, Tolerant, brush, difficulty, flags, parts, score,
};
use crate::picture::Region;

/// Fields along each side that teams call out, where nobody wants another number.
const GRID: usize = 6;
/// The rim around what is covered, as a share of the shorter side.
const RIM: f64 = 0.03;

/// What is known of a picture beside its map.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct About {
    /// The picture's file, as seen from the exhibit's folder.
    pub file: String,
    /// SHA-256 of the picture.
    pub sha256: String,
    /// Who made it and what is allowed.
    pub licence: String,
    /// Its title.
    pub title: Words,
    /// For who does not see it.
    pub alt: Words,
    /// Read after the reveal.
    pub after: Words,
    /// The network.
    pub model: String,
    /// The method of the map.
    pub method: String,
    /// What the network says, in its own words.
    pub label: String,
    /// How sure it is, 0-1, where a room tells it.
    pub chance: f32,
    /// The same in the languages of the exhibit, where the curator wrote it.
    pub says: Words,
    /// `easy`, `medium`, `hard`, or `auto` for what the map tells.
    pub level: String,
    /// The part of the picture that the network saw, in the picture's pixels; `None` for all of it.
    pub region: Option<Region>,
}

/// A picture, ready to be played.
#[derive(Debug)]
pub struct Piece {
    /// What is known of it.
    pub about: About,
    /// The answer, on what the network saw.
    pub answer: Answer,
    /// What has to be reached with one brush.
    pub marks: Marks,
    /// The same where teams call fields.
    pub called: Marks,
    /// Where the AI looked, in words.
    pub looked: Looked,
    /// How hard it is, 0-1.
    pub difficulty: f64,
    /// Parts to tap.
    pub parts: Regions,
    /// Fields to call, row by row: [`Self::grid`] along each side.
    pub fields: Regions,
    /// Fields along each side.
    pub grid: usize,
    pub(super) tolerant: Tolerant,
    /// Forgiving scores of other networks, by their names.
    pub(super) networks: BTreeMap<String, f64>,
}

impl Piece {
    /// Of a map (`[height, width]`) and what the network saw, of the same size.
    ///
    /// # Errors
    /// [`GuessError`] when the map has no answer.
    pub fn new(
        about: About,
        map: ArrayView2<'_, f32>,
        seen: &RgbImage,
    ) -> Result<Self, GuessError> {
        Self::with_parts(about, map, parts::parts(seen)?)
    }

    /// As [`Self::new`], with parts that are known already.
    ///
    /// # Errors
    /// [`GuessError`] when the map has no answer or the parts are of another size.
    pub fn with_parts(
        about: About,
        map: ArrayView2<'_, f32>,
        parts: Regions,
    ) -> Result<Self, GuessError> {
        Self::with_fields(about, map, parts, GRID)
    }

    /// As [`Self::with_parts`], with `grid` fields to call along each side.
    ///
    /// # Errors
    /// As [`Self::with_parts`], and when the map has fewer pixels than fields.
    pub fn with_fields(
        about: About,
        map: ArrayView2<'_, f32>,
        parts: Regions,
        grid: usize,
    ) -> Result<Self, GuessError> {
        let (height, width) = map.dim();
        if parts.size() != (height, width) {
            return Err(GuessError::Shape {
                width: parts.size().1,
                height: parts.size().0,
                map_width: width,
                map_height: height,
            });
        }
        let answer = Answer::of(&about.file, map, BandShares::default())?;
        let grid = grid.max(1);
        let cell = |i: usize, n: usize| i * grid / n.max(1);
        let cells = Array2::from_shape_fn((height, width), |(y, x)| {
            (cell(y, height) * grid + cell(x, width)) as u32
        });
        let fields = Regions::new(cells.view())?;
        let tolerant = Tolerant::new(&answer, Colours::One);
        let marks = Marks::with_parts(&answer, &tolerant, Some(&parts))?;
        let called = Marks::with_parts(&answer, &tolerant, Some(&fields))?;
        let looked = Looked::of(&answer);
        let (from_map, _) = difficulty(&marks, &looked);
        Ok(Self {
            difficulty: match about.level.as_str() {
                "easy" => 0.0,
                "medium" => 0.5,
                "hard" => 1.0,
                _ => from_map,
            },
            fields,
            grid,
            answer,
            marks,
            called,
            looked,
            parts,
            tolerant,
            networks: BTreeMap::new(),
            about,
        })
    }

    /// What is only looked at: there is no guess of it.
    ///
    /// # Errors
    /// [`GuessError`] when the map has no answer.
    pub fn to_look_at(about: About, map: ArrayView2<'_, f32>) -> Result<Self, GuessError> {
        let answer = Answer::of(&about.file, map, BandShares::default())?;
        let whole = Regions::new(Array2::<u32>::zeros(map.dim()).view())?;
        let none = Marks {
            scribbler: 0.0,
            middle: 0.0,
            first: 0.0,
            second: 0.0,
            third: 0.0,
        };
        Ok(Self {
            looked: Looked::of(&answer),
            difficulty: 0.0,
            parts: whole.clone(),
            fields: whole,
            grid: 1,
            marks: none,
            called: none,
            tolerant: Tolerant::new(&answer, Colours::One),
            networks: BTreeMap::new(),
            answer,
            about,
        })
    }

    /// What the marks of a guess leave on an empty canvas, in one colour. `called` says that parts
    /// are the fields that teams call.
    #[must_use]
    pub fn painting(&self, marks: &[Mark], called: bool) -> Painting {
        let (height, width) = (self.answer.height(), self.answer.width());
        let regions = if called { &self.fields } else { &self.parts };
        let mut painting = Painting::empty(height, width);
        for mark in marks {
            match mark {
                Mark::Part { part, on } => {
                    let band = on.then_some(Band::Orange);
                    for pixel in regions.pixels(*part) {
                        painting.set(pixel, band);
                    }
                }
                Mark::Stroke(stroke) => {
                    let band = (stroke.b != 0).then_some(Band::Orange);
                    let points = stroke.x.iter().zip(&stroke.y).map(|(&x, &y)| {
                        (
                            f32::from(x) / 1000.0 * width as f32,
                            f32::from(y) / 1000.0 * height as f32,
                        )
                    });
                    let radius = f32::from(stroke.r) / 1000.0 * width as f32;
                    let mut last = None;
                    for point in points {
                        let from = last.replace(point).unwrap_or(point);
                        for (y, first, end) in brush::under(height, width, from, point, radius) {
                            for pixel in y * width + first..y * width + end {
                                painting.set(pixel, band);
                            }
                        }
                    }
                }
            }
        }
        painting
    }

    /// How near a painting is.
    #[must_use]
    pub fn warmth(&self, painting: &Painting, called: bool) -> Warmth {
        let covered = PaintingGrid::of(painting).covered();
        if covered == 0.0 {
            return Warmth::Empty;
        }
        if covered > MOST_COVERED {
            return Warmth::TooMuch;
        }
        let marks = if called { &self.called } else { &self.marks };
        match self.tolerant.score(painting).unwrap_or(0.0) {
            score if score >= marks.third => Warmth::Hot,
            score if score > marks.first => Warmth::Warm,
            _ => Warmth::Cold,
        }
    }

    /// What a guess is worth, and its painting as it is kept. `others` are forgiving scores of other
    /// people on this picture; `first` says that the visit had not seen it before.
    #[must_use]
    pub fn judge(
        &self,
        guess: &Guess,
        called: bool,
        first: bool,
        others: &[f64],
    ) -> (Judged, PaintingGrid) {
        let painting = self.painting(&guess.marks, called);
        let grid = PaintingGrid::of(&painting);
        let tolerant = self.tolerant.score(&painting).unwrap_or(0.0);
        let exact = score(&painting, &self.answer).ok();
        let mut found = [0.0; 4];
        if let Some(exact) = &exact {
            for (found, band) in found.iter_mut().zip(&exact.bands) {
                *found = band.recall.unwrap_or(0.0);
            }
        }
        let judged = Judged {
            exact: exact.map_or(0.0, |score| score.score),
            tolerant,
            stars: if called { &self.called } else { &self.marks }.stars(tolerant, others),
            found,
            flags: flags(&grid, guess.seconds, first)
                .into_iter()
                .map(|flag| flag.id().to_owned())
                .collect(),
        };
        (judged, grid)
    }

    /// The picture with what the network looked at most covered: the three strongest colours of the
    /// answer and a rim around them, in the mean colour of the rest. `picture` is the whole picture.
    #[must_use]
    pub fn covered(&self, picture: &RgbImage) -> RgbImage {
        let (height, width) = (self.answer.height(), self.answer.width());
        let region = self.about.region.unwrap_or(Region {
            x: 0,
            y: 0,
            width: picture.width(),
            height: picture.height(),
        });
        let rim = (RIM * height.min(width) as f64).ceil() as usize;
        let mut hidden = vec![false; height * width];
        for (pixel, &label) in self.answer.labels().iter().enumerate() {
            if (1..=3).contains(&label) {
                let (y, x) = (pixel / width, pixel % width);
                for row in y.saturating_sub(rim)..(y + rim + 1).min(height) {
                    let first = row * width + x.saturating_sub(rim);
                    let end = row * width + (x + rim + 1).min(width);
                    if let Some(row) = hidden.get_mut(first..end) {
                        row.fill(true);
                    }
                }
            }
        }
        let is_hidden = |x: u32, y: u32| {
            let at = |v: u32, start: u32, length: u32, n: usize| {
                let inside = v.checked_sub(start).filter(|v| *v < length)?;
                Some(inside as usize * n / length.max(1) as usize)
            };
            let place =
                at(x, region.x, region.width, width).zip(at(y, region.y, region.height, height));
            place.is_some_and(|(x, y)| hidden.get(y * width + x) == Some(&true))
        };
        let (mut sums, mut count) = ([0u64; 3], 0u64);
        for (x, y, pixel) in picture.enumerate_pixels() {
            if !is_hidden(x, y) {
                count += 1;
                for (sum, value) in sums.iter_mut().zip(pixel.0) {
                    *sum += u64::from(value);
                }
            }
        }
        let mean = Rgb(sums.map(|sum| (sum / count.max(1)) as u8));
        RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
            if is_hidden(x, y) {
                mean
            } else {
                *picture.get_pixel(x, y)
            }
        })
    }

    /// In which of the nine fields of the picture a part lies.
    #[must_use]
    pub fn place_of(&self, part: usize) -> Field {
        let (height, width) = self.parts.size();
        let (x, y) = self.parts.anchor(part).unwrap_or((0, 0));
        Field::at(
            (x as f64 + 0.5) / width as f64,
            (y as f64 + 0.5) / height as f64,
        )
    }

    /// The parts in reading order: by rows of fields, from the left in each.
    #[must_use]
    pub fn parts_in_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.parts.len()).collect();
        order.sort_by_key(|&part| (self.place_of(part), self.parts.anchor(part)));
        order
    }
}
