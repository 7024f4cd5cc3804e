//! Answers and players for tests.

use std::path::PathBuf;

use image::RgbImage;
use ndarray::Ix2;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{Answer, Band, BandShares, Painting, brush};

/// A file beside the reference figures: `tests/goldens`, or where `SALISCOPE_GOLDENS` says.
pub(crate) fn golden_path(name: &str) -> PathBuf {
    let all = std::env::var_os("SALISCOPE_GOLDENS").map(PathBuf::from);
    all.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/goldens"))
        .join("explanations")
        .join(name)
}

/// The answers of every reference map that is a map to guess.
pub(crate) fn golden_answers() -> Vec<(String, Answer)> {
    let mut answers = Vec::new();
    for picture in ["cat", "espresso", "rocket"] {
        for method in ["xrai_full", "xrai_fast", "grad_cam"] {
            let path = golden_path(&format!("{picture}/{method}.npy"));
            let map = crate::npy::read_f32_axes::<Ix2>(&path, "[height, width]").unwrap();
            let answer = Answer::of(method, map.view(), BandShares::default()).unwrap();
            answers.push((format!("{picture} {method}"), answer));
        }
    }
    answers
}

/// What the network saw of a reference picture.
pub(crate) fn golden_picture(name: &str) -> RgbImage {
    let path = golden_path(&format!("{name}/picture.png"));
    image::open(path).unwrap().into_rgb8()
}

/// Somebody who looks: round dabs at places of the answer, a little off, and one that is wrong.
pub(crate) fn attentive(answer: &Answer, seed: u64) -> Painting {
    let mut rng = StdRng::seed_from_u64(seed);
    let (height, width) = (answer.height(), answer.width());
    let short = height.min(width) as f32;
    let marked: Vec<usize> = (0..answer.pixels())
        .filter(|&p| answer.get(p).is_some())
        .collect();
    let mut painting = Painting::empty(height, width);
    let mut dab = |painting: &mut Painting, pixel: usize, band: Option<Band>| {
        let mut near = |v: usize| v as f32 + rng.random_range(-0.05..0.05) * short;
        let at = (near(pixel % width), near(pixel / width));
        for (y, first, end) in brush::under(height, width, at, at, 0.08 * short) {
            for pixel in y * width + first..y * width + end {
                painting.set(pixel, band);
            }
        }
    };
    let mut other = StdRng::seed_from_u64(seed ^ 0x63);
    for _ in 0..10 {
        let pixel = marked[other.random_range(0..marked.len())];
        dab(&mut painting, pixel, answer.get(pixel));
    }
    let wrong = other.random_range(0..answer.pixels());
    dab(&mut painting, wrong, Some(Band::Purple));
    painting
}
