//! What no insight at all scores: random scribbles, and a blob in the middle.

use ndarray::Array2;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde::Serialize;

use super::answer::Answer;
use super::brush;
use super::painting::Painting;
use super::score::score;
use super::{Band, BandShares, GuessError};
use crate::compare::BandMap;

/// Seeds of the scribbles whose scores are averaged.
const SCRIBBLES: u64 = 16;

/// The scores, 0-100, that a guess has to beat.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Yardsticks {
    /// Mean score of random scribbles with as much of each colour as the answer has.
    pub random: f64,
    /// Score of rings around the middle of the picture with as much of each colour as the answer
    /// has. Photographers put things in the middle, so this is hard to beat.
    pub centre: f64,
}

impl Yardsticks {
    /// The yardsticks for an answer; always the same for the same answer.
    ///
    /// # Errors
    /// None in practice: the paintings have the answer's size.
    pub fn of(answer: &Answer) -> Result<Self, GuessError> {
        let mut random = 0.0;
        for seed in 0..SCRIBBLES {
            random += score(&scribbles(answer, seed), answer)?.score;
        }
        Ok(Self {
            random: random / SCRIBBLES as f64,
            centre: score(&centre_blob(answer)?, answer)?.score,
        })
    }
}

/// Rings around the middle, yellow inside to purple outside, of the picture's shape, with exactly
/// as many pixels of each colour as the answer has.
///
/// # Errors
/// None in practice: an answer always has pixels in a band.
pub fn centre_blob(answer: &Answer) -> Result<Painting, GuessError> {
    let (height, width) = (answer.height(), answer.width());
    let nearness = Array2::from_shape_fn((height, width), |(y, x)| {
        let off = |i: usize, n: usize| ((2 * i + 1) as f32 / n as f32 - 1.0).powi(2);
        -(off(y, height) + off(x, width))
    });
    // Shares of whole pixels, nudged so that rounding gives those pixels back; a band without
    // pixels gets less than half a pixel.
    let n = answer.pixels() as f64;
    let shares = answer
        .bands()
        .counts()
        .map(|count| (count as f64).max(1e-3) / n);
    Ok(Painting::from(&BandMap::of(
        "the centre blob",
        nearness.view(),
        BandShares::new(shares)?,
    )?))
}

/// Random scribbles: wandering strokes of a round brush, with exactly as many pixels of each
/// colour as the answer has (nearly so where colours would fill the picture).
#[must_use]
pub fn scribbles(answer: &Answer, seed: u64) -> Painting {
    let (height, width) = (answer.height(), answer.width());
    let mut rng = StdRng::seed_from_u64(seed);
    let mut painting = Painting::empty(height, width);
    // The prototype's brush: 12 px on a picture of about 400.
    let radius = (height.min(width) as f32 * 0.015).max(0.75);
    for (band, count) in Band::ALL.into_iter().zip(answer.bands().counts()) {
        let mut left = count;
        // Strokes over paint that is there already add nothing; do not try for ever.
        for _ in 0..200_000 {
            if left == 0 {
                break;
            }
            let mut at = (
                rng.random_range(0.0..width as f32),
                rng.random_range(0.0..height as f32),
            );
            let mut heading = rng.random_range(0.0..std::f32::consts::TAU);
            for _ in 0..rng.random_range(4..24) {
                heading += rng.random_range(-0.6..0.6f32);
                let to = (
                    at.0 + heading.cos() * 2.0 * radius,
                    at.1 + heading.sin() * 2.0 * radius,
                );
                for (y, first, end) in brush::under(height, width, at, to, radius) {
                    for pixel in y * width + first..y * width + end {
                        if left > 0 && painting.get(pixel).is_none() {
                            painting.set(pixel, Some(band));
                            left -= 1;
                        }
                    }
                }
                at = to;
            }
        }
    }
    painting
}
