//! Parts to tap: few enough to choose from, large enough for a finger, with edges that can be drawn.
//!
//! The small regions of a segmentation are joined, smallest first, each to the neighbour that is most
//! like it in colour and shares the longest border; what is too large to be a choice is halved.

use std::collections::BTreeMap;

use image::RgbImage;
use ndarray::{Array2, Array3};

use super::GuessError;
use super::regions::Regions;
use crate::saliency::segmentation::{XRAI_SCALES, xrai_label_maps};

/// Parts of a picture, at least (where it has as many pixels).
pub const FEWEST: usize = 10;
/// Parts of a picture, at most.
pub const MOST: usize = 25;
/// Smaller parts, as a share of the picture, join a neighbour.
const SMALLEST: f64 = 0.015;
/// Thinner parts, as a share of the picture's shorter side, are the blurred edge of something and join
/// a neighbour.
const THINNEST: f64 = 0.05;
/// Larger parts are halved while there is room for more.
const LARGEST: f64 = 0.1;
/// The segmentation that is joined; see [`XRAI_SCALES`].
const SCALE: usize = 1;

/// The parts of what the network saw.
///
/// # Errors
/// [`GuessError::NoRegions`] when the picture has no pixels.
pub fn parts(seen: &RgbImage) -> Result<Regions, GuessError> {
    let (width, height) = (seen.width() as usize, seen.height() as usize);
    let none = || GuessError::NoRegions { width, height };
    let pixels = Array3::from_shape_vec(
        (height, width, 3),
        seen.as_raw().iter().map(|&v| f32::from(v)).collect(),
    )
    .map_err(|_| none())?;
    if pixels.is_empty() {
        return Err(none());
    }
    let maps = xrai_label_maps(pixels.view()).map_err(|_| none())?;
    let labels = maps.into_iter().nth(SCALE.min(XRAI_SCALES.len() - 1));
    let mut graph = Graph::of(&labels.ok_or_else(none)?, seen);
    graph.join();
    graph.halve();
    Regions::new(graph.labels.view())
}

/// Where a line is to be drawn: pixels whose right or lower neighbour is another part.
#[must_use]
pub fn edges(regions: &Regions) -> Array2<bool> {
    let (height, width) = regions.size();
    Array2::from_shape_fn((height, width), |(y, x)| {
        let own = regions.at(x, y);
        let differs = |other: Option<usize>| other.is_some() && other != own;
        differs(regions.at(x + 1, y)) || differs(regions.at(x, y + 1))
    })
}

#[derive(Default)]
struct Part {
    pixels: f64,
    /// Sum of the colours.
    colour: [f64; 3],
    /// Length of the border to each neighbour.
    borders: BTreeMap<u32, f64>,
}

struct Graph {
    labels: Array2<u32>,
    parts: BTreeMap<u32, Part>,
    /// Pixels of the picture.
    all: f64,
}

impl Graph {
    fn of(labels: &Array2<u32>, seen: &RgbImage) -> Self {
        let mut parts: BTreeMap<u32, Part> = BTreeMap::new();
        for (((y, x), &label), pixel) in labels.indexed_iter().zip(seen.pixels()) {
            let part = parts.entry(label).or_default();
            part.pixels += 1.0;
            for (sum, value) in part.colour.iter_mut().zip(pixel.0) {
                *sum += f64::from(value);
            }
            for next in [labels.get((y, x + 1)), labels.get((y + 1, x))] {
                if let Some(&next) = next
                    && next != label
                {
                    *parts
                        .entry(label)
                        .or_default()
                        .borders
                        .entry(next)
                        .or_default() += 1.0;
                    *parts
                        .entry(next)
                        .or_default()
                        .borders
                        .entry(label)
                        .or_default() += 1.0;
                }
            }
        }
        Self {
            labels: labels.clone(),
            parts,
            all: labels.len() as f64,
        }
    }

    /// Joins the smallest to a neighbour until there are few enough, all large enough.
    fn join(&mut self) {
        let mut now: BTreeMap<u32, u32> = BTreeMap::new();
        while self.parts.len() > 1 {
            let of_pixels =
                |a: &(&u32, &Part), b: &(&u32, &Part)| a.1.pixels.total_cmp(&b.1.pixels);
            let thin = self.parts.iter().filter(|(_, part)| self.is_sliver(part));
            let Some((&label, part)) = thin
                .min_by(of_pixels)
                .or_else(|| self.parts.iter().min_by(of_pixels))
            else {
                break;
            };
            if self.parts.len() <= MOST && !self.is_sliver(part) {
                break;
            }
            let Some(into) = self.nearest(part) else {
                break;
            };
            self.merge(label, into);
            now.insert(label, into);
        }
        self.labels.mapv_inplace(|label| {
            let mut label = label;
            while let Some(&next) = now.get(&label) {
                label = next;
            }
            label
        });
    }

    /// Whether a part is too small, or too thin, for a finger.
    fn is_sliver(&self, part: &Part) -> bool {
        let border: f64 = part.borders.values().sum();
        let thickness = 2.0 * part.pixels / border.max(1.0);
        let (height, width) = self.labels.dim();
        part.pixels < SMALLEST * self.all || thickness < THINNEST * height.min(width) as f64
    }

    /// The neighbour that is most like a part.
    fn nearest(&self, part: &Part) -> Option<u32> {
        let whole: f64 = part.borders.values().sum();
        let unlike = |label: &u32, border: f64| {
            let other = self.parts.get(label)?;
            let apart: f64 = (0..3)
                .map(|c| {
                    let mean = |p: &Part| p.colour.get(c).unwrap_or(&0.0) / p.pixels.max(1.0);
                    (mean(part) - mean(other)).powi(2)
                })
                .sum();
            // A neighbour all around is the same thing's rest even in another colour.
            Some((apart.sqrt() + 8.0) / (border / whole.max(1.0)).sqrt())
        };
        part.borders
            .iter()
            .filter_map(|(label, &border)| Some((*label, unlike(label, border)?)))
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(label, _)| label)
    }

    fn merge(&mut self, from: u32, into: u32) {
        let Some(gone) = self.parts.remove(&from) else {
            return;
        };
        for (&neighbour, &border) in &gone.borders {
            if let Some(other) = self.parts.get_mut(&neighbour) {
                other.borders.remove(&from);
                if neighbour != into {
                    *other.borders.entry(into).or_default() += border;
                }
            }
        }
        if let Some(part) = self.parts.get_mut(&into) {
            part.pixels += gone.pixels;
            for (sum, more) in part.colour.iter_mut().zip(gone.colour) {
                *sum += more;
            }
            for (neighbour, border) in gone.borders {
                if neighbour != into {
                    *part.borders.entry(neighbour).or_default() += border;
                }
            }
        }
    }

    /// Halves the largest across its longer side while there are too few, or it is no choice.
    fn halve(&mut self) {
        let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
        for &label in &self.labels {
            *sizes.entry(label).or_default() += 1;
        }
        let mut next = sizes.keys().max().map_or(0, |label| label + 1);
        while sizes.len() < MOST {
            let largest = sizes.iter().max_by_key(|(label, size)| (**size, **label));
            let Some((&label, &size)) = largest else {
                break;
            };
            let enough = sizes.len() >= FEWEST;
            if size < 2 || enough && size as f64 <= LARGEST * self.all {
                break;
            }
            let moved = self.split(label, next);
            sizes.insert(label, size - moved);
            sizes.insert(next, moved);
            next += 1;
        }
    }

    /// Gives half of a part's pixels the label `new`; how many that were.
    fn split(&mut self, label: u32, new: u32) -> usize {
        let mut pixels: Vec<(usize, usize)> = self
            .labels
            .indexed_iter()
            .filter(|(_, own)| **own == label)
            .map(|(place, _)| place)
            .collect();
        let spread = |of: fn(&(usize, usize)) -> usize| {
            let values = || pixels.iter().map(of);
            values().max().unwrap_or(0) - values().min().unwrap_or(0)
        };
        if spread(|place| place.0) > spread(|place| place.1) {
            pixels.sort_by_key(|place| (place.0, place.1));
        } else {
            pixels.sort_by_key(|place| (place.1, place.0));
        }
        let half = pixels.len() / 2;
        for &place in pixels.iter().skip(pixels.len() - half) {
            if let Some(own) = self.labels.get_mut(place) {
                *own = new;
            }
        }
        half
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    fn check(name: &str, seen: &RgbImage) {
        let regions = parts(seen).unwrap();
        let all = (seen.width() * seen.height()) as usize;
        let sizes: Vec<usize> = (0..regions.len())
            .map(|r| regions.pixels(r).count())
            .collect();
        println!("{name}: {} parts of {sizes:?}", sizes.len());
        assert!((FEWEST..=MOST).contains(&sizes.len()), "{name}");
        assert_eq!(sizes.iter().sum::<usize>(), all);
        let smallest = *sizes.iter().min().unwrap() as f64 / all as f64;
        assert!(smallest >= SMALLEST, "{name}: a part of {smallest}");
        let edges = edges(&regions);
        for ((y, x), edge) in edges.indexed_iter() {
            let other = |dx, dy| {
                regions
                    .at(x + dx, y + dy)
                    .is_some_and(|r| Some(r) != regions.at(x, y))
            };
            assert_eq!(*edge, other(1, 0) || other(0, 1));
        }
        assert!(edges.iter().any(|&edge| edge));
    }

    #[test]
    fn every_picture_has_ten_to_twenty_five_parts_none_a_sliver() {
        for name in ["cat", "espresso", "rocket"] {
            check(name, &crate::guess::testing::golden_picture(name));
        }
        check("flat", &RgbImage::from_pixel(224, 160, Rgb([9, 9, 9])));
        let noise = RgbImage::from_fn(100, 224, |x, y| {
            let v = (x * 7919 + y * 104_729) % 251;
            Rgb([v as u8, (v * 3 % 256) as u8, (v * 7 % 256) as u8])
        });
        check("noise", &noise);
        assert!(parts(&RgbImage::new(0, 5)).is_err());
        assert_eq!(parts(&RgbImage::new(2, 2)).unwrap().len(), 4);
    }

    #[test]
    fn parts_are_what_is_of_one_colour() {
        // Twelve squares of their own colours.
        let seen = RgbImage::from_fn(224, 168, |x, y| {
            let n = (y / 56 * 4 + x / 56) as u8;
            Rgb([n.wrapping_mul(83), n.wrapping_mul(151), n.wrapping_mul(211)])
        });
        let regions = parts(&seen).unwrap();
        assert_eq!(regions.len(), 12);
        // Each square is one part but for its blurred edge, and no two are the same.
        let mut seen = std::collections::HashSet::new();
        for (x, y) in (0..12).map(|n| (n % 4 * 56 + 28, n / 4 * 56 + 28)) {
            let own = regions.at(x, y).unwrap();
            assert!(seen.insert(own), "{x} {y}");
            for (dx, dy) in [(-22, -22), (22, -22), (-22, 22), (22, 22), (0, 22)] {
                let near = |v: usize, d: isize| v.checked_add_signed(d).unwrap();
                assert_eq!(regions.at(near(x, dx), near(y, dy)), Some(own), "{x} {y}");
            }
        }
    }
}
