//! The work behind a round: cutting the answer, scoring other networks' answers, the small pictures of
//! the results.

use std::sync::Arc;

use bevy::image::Image;
use image::{Rgb, RgbImage};

use crate::compare::resample;
use crate::guess::reveal::{Mark, PAINT};
use crate::guess::stamp::MAX_SIDE;
use crate::guess::{Answer, Band, BandShares, Painting, Regions, Yardsticks, score};
use crate::picture::{self, Picture, Region, Resample};
use crate::saliency::Explanation;
use crate::saliency::segmentation::xrai_label_maps;
use crate::stage::{labels_image, segments_image};

/// Most segments to tap: more are too small for a finger.
const MOST_SEGMENTS: usize = 70;
/// Longest side of the texture that outlines segments, in pixels.
const SEGMENTS_SIDE: usize = 1024;
/// Longest side of the small pictures of the results, in pixels.
const CARD_SIDE: u32 = 384;

/// A round that can be played.
pub(super) struct Prepared {
    pub answer: Arc<Answer>,
    pub regions: Arc<Regions>,
    pub yardsticks: Yardsticks,
    /// The part of the picture that is painted on.
    pub region: Region,
    pub labels: Image,
    pub segments: Image,
}

/// Height and width of the canvas over a part of a picture: as many pixels as that part has, at
/// least those of the map, at most [`MAX_SIDE`] on a side.
pub(super) fn canvas_size(region: Region, map: (usize, usize)) -> (usize, usize) {
    let (height, width) = (
        f64::from(region.height.max(1)),
        f64::from(region.width.max(1)),
    );
    let longer = height.max(width);
    let wanted = longer.clamp(map.0.max(map.1).clamp(1, MAX_SIDE) as f64, MAX_SIDE as f64);
    let side = |side: f64| ((side * wanted / longer).round() as usize).clamp(1, MAX_SIDE);
    (side(height), side(width))
}

/// The answer of an explanation on a canvas.
fn answer_of(
    explanation: &Explanation,
    (height, width): (usize, usize),
    shares: BandShares,
) -> Result<Answer, String> {
    let map = resample::resize(explanation.map.values.view(), height, width);
    Answer::of("this picture's map", map.view(), shares).map_err(|error| error.to_string())
}

/// Cuts an explanation into bands at the canvas's size, and the picture into segments.
pub(super) fn prepare(explanation: &Explanation, shares: BandShares) -> Result<Prepared, String> {
    let values = explanation.map.values.view();
    let region = explanation.region;
    let size = canvas_size(region, values.dim());
    let answer = answer_of(explanation, size, shares)?;
    // The same score nearly, and on a large picture much sooner.
    let small = Answer::of("this picture's map", values, shares).map_err(|e| e.to_string())?;
    let yardsticks = Yardsticks::of(&small).map_err(|error| error.to_string())?;
    let regions = segment(&explanation.seen, size)?;
    let longer = size.0.max(size.1);
    let shrink = |side: usize| (side * SEGMENTS_SIDE.min(longer) / longer).max(1);
    let (height, width) = (shrink(size.0), shrink(size.1));
    let numbers = (0..height * width).map(|pixel| {
        let at = |i: usize, n: usize, of: usize| (2 * i + 1) * of / (2 * n);
        let x = at(pixel % width, width, size.1);
        let y = at(pixel / width, height, size.0);
        regions.at(x, y).unwrap_or(0)
    });
    Ok(Prepared {
        segments: segments_image(numbers, height, width),
        labels: labels_image(answer.labels(), size.0, size.1),
        answer: Arc::new(answer),
        regions: Arc::new(regions),
        yardsticks,
        region,
    })
}

/// The segments of what the network saw, on a canvas: the finest of XRAI's scales that has few
/// enough.
fn segment(seen: &RgbImage, (height, width): (usize, usize)) -> Result<Regions, String> {
    let (columns, rows) = (seen.width() as usize, seen.height() as usize);
    let values: Vec<f32> = seen.as_raw().iter().map(|&byte| f32::from(byte)).collect();
    let input = ndarray::Array3::from_shape_vec((rows, columns, 3), values)
        .map_err(|error| error.to_string())?;
    let maps = xrai_label_maps(input.view()).map_err(|error| error.to_string())?;
    let count = |map: &ndarray::Array2<u32>| map.iter().max().map_or(0, |&last| last as usize + 1);
    let labels = maps
        .iter()
        .find(|map| count(map) <= MOST_SEGMENTS)
        .or(maps.last())
        .ok_or("the picture has no segments")?;
    let at = |i: usize, n: usize, of: usize| ((2 * i + 1) * of / (2 * n)).min(of - 1);
    let labels = ndarray::Array2::from_shape_fn((height, width), |(y, x)| {
        let place = (at(y, height, rows), at(x, width, columns));
        labels.get(place).copied().unwrap_or(0)
    });
    Regions::new(labels.view()).map_err(|error| error.to_string())
}

/// Scores a painting against another network's answer.
pub(super) fn judge(
    explanation: &Explanation,
    region: Region,
    painting: &Painting,
    shares: BandShares,
) -> Result<f64, String> {
    if explanation.region != region {
        return Err("it sees another part of the picture".to_owned());
    }
    let size = (painting.height(), painting.width());
    let answer = answer_of(explanation, size, shares)?;
    score(painting, &answer)
        .map(|score| score.score)
        .map_err(|error| error.to_string())
}

/// The painting over its part of the picture, small; with the answer, as the reveal shows it.
pub(super) fn card(
    picture: &Picture,
    region: Region,
    painting: &Painting,
    answer: Option<&Painting>,
) -> RgbImage {
    let longer = region.width.max(region.height).max(1);
    let side = |n: u32| (n * CARD_SIDE.min(longer) / longer).max(1);
    let (width, height) = (side(region.width), side(region.height));
    let mut small = picture::resize(picture, region, [width, height], Resample::Bilinear);
    for (x, y, pixel) in small.enumerate_pixels_mut() {
        let label = |labels: &Painting| -> Option<Band> {
            let at = |i: u32, n: u32, of: usize| (2 * i as usize + 1) * of / (2 * n as usize);
            let place =
                at(y, height, labels.height()) * labels.width() + at(x, width, labels.width());
            labels.get(place)
        };
        let painted = label(painting);
        let over = match answer {
            None => painted.map(|band| (band, PAINT)),
            Some(answer) => Mark::of(painted, label(answer)).map(|mark| mark.shade(x, y)),
        };
        if let Some((band, share)) = over {
            let mix = |under: u8, over: u8| {
                (f32::from(under) * (1.0 - share) + f32::from(over) * share).round() as u8
            };
            let Rgb([r, g, b]) = *pixel;
            let [over_r, over_g, over_b] = band.rgb();
            *pixel = Rgb([mix(r, over_r), mix(g, over_g), mix(b, over_b)]);
        }
    }
    small
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(width: u32, height: u32) -> Region {
        Region {
            x: 0,
            y: 0,
            width,
            height,
        }
    }

    #[test]
    fn the_canvas_has_the_pictures_pixels_within_limits() {
        assert_eq!(canvas_size(region(300, 300), (224, 224)), (300, 300));
        assert_eq!(canvas_size(region(40, 40), (224, 224)), (224, 224));
        assert_eq!(canvas_size(region(9000, 9000), (224, 224)), (4096, 4096));
        assert_eq!(canvas_size(region(8192, 2048), (50, 200)), (1024, 4096));
        assert_eq!(canvas_size(region(40_000, 1), (1, 1)), (1, 4096));
        assert_eq!(canvas_size(region(0, 0), (0, 0)), (1, 1));
    }

    #[test]
    fn a_picture_is_cut_into_segments_that_cover_the_canvas() {
        let seen = RgbImage::from_fn(64, 64, |x, y| {
            let value = 60 * (u8::from(x > 31) + 2 * u8::from(y > 31));
            Rgb([value, value, 255 - value])
        });
        let regions = segment(&seen, (100, 100)).unwrap();
        assert_eq!(regions.size(), (100, 100));
        assert!(
            (4..=MOST_SEGMENTS).contains(&regions.len()),
            "{}",
            regions.len()
        );
        assert_ne!(regions.at(10, 10), regions.at(90, 10));
    }

    #[test]
    fn cards_show_paint_and_answer() {
        let picture = Picture::from_pixels("p", RgbImage::from_pixel(40, 20, Rgb([80; 3])));
        let mut painting = Painting::empty(20, 20);
        painting.set(0, Some(Band::Red));
        let place = Region {
            x: 10,
            y: 0,
            width: 20,
            height: 20,
        };
        let guess = card(&picture, place, &painting, None);
        assert_eq!(guess.dimensions(), (20, 20));
        assert_ne!(guess.get_pixel(0, 0), guess.get_pixel(1, 0));
        assert_eq!(guess.get_pixel(1, 0), &Rgb([80; 3]));
        let mut answer = Painting::empty(20, 20);
        answer.set(399, Some(Band::Yellow));
        let both = card(&picture, place, &painting, Some(&answer));
        assert_ne!(both.get_pixel(19, 19), &Rgb([80; 3]));
        assert_ne!(both.get_pixel(0, 0), guess.get_pixel(0, 0));
    }
}
