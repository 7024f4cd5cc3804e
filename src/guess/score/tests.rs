//! The score: its ends, what it rewards, and the reference implementations' figures.

use super::super::{BandMap, BandShares, Scorer, Yardsticks, centre_blob, scribbles};
use super::*;
use ndarray::Array2;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::sync::Arc;

/// A hill off the middle.
fn hill(height: usize, width: usize) -> Array2<f32> {
    Array2::from_shape_fn((height, width), |(y, x)| {
        let (dy, dx) = (
            y as f32 / height as f32 - 0.4,
            x as f32 / width as f32 - 0.6,
        );
        (-8.0 * (dx * dx + dy * dy)).exp()
    })
}

fn answer(height: usize, width: usize) -> Answer {
    Answer::of("m", hill(height, width).view(), BandShares::default()).unwrap()
}

fn filled(answer: &Answer, band: Band) -> Painting {
    let labels = Array2::from_elem((answer.height(), answer.width()), band.label());
    Painting::from(&BandMap::from_labels(labels))
}

#[test]
fn exact_is_100_empty_is_0_and_filling_gains_nothing() {
    for (h, w) in [(224, 224), (90, 61), (7, 9)] {
        let answer = answer(h, w);
        let exact = score(&answer.painting(), &answer).unwrap();
        assert_eq!((exact.score, exact.iou, exact.kappa), (100.0, 1.0, 1.0));
        assert!(
            exact
                .bands
                .iter()
                .all(|b| b.recall.is_none_or(|r| r == 1.0))
        );
        let empty = score(&Painting::empty(h, w), &answer).unwrap();
        assert_eq!((empty.score, empty.iou, empty.spearman), (0.0, 0.0, None));
        assert_eq!(empty.kappa, 0.0);
        let blob = score(&centre_blob(&answer).unwrap(), &answer).unwrap();
        for band in Band::ALL {
            let fill = score(&filled(&answer, band), &answer).unwrap();
            assert_eq!((fill.score, fill.kappa), (0.0, 0.0));
            assert!(fill.score < blob.score);
            // The paper's measure, by contrast, calls the fill perfect.
            assert!(fill.bands[band.index()].recall.is_none_or(|r| r == 1.0));
        }
    }
}

/// Where the map's hill or hollow lies at an edge, in a corner or near the middle: a blob may be
/// far worse than chance (kappa below 0) and is still above every fill. Only a map that marks
/// exactly what the blob leaves, or nothing it paints, makes both 0.
#[test]
fn a_fill_is_below_the_blob_whatever_the_map() {
    let (h, w) = (61, 90);
    let around = |y: usize, x: usize, at: (f32, f32)| {
        (y as f32 / h as f32 - at.0).hypot(x as f32 / w as f32 - at.1)
    };
    let mut worse_than_chance = 0;
    for at in [(0.3, 0.5), (0.1, 0.5), (0.3, 0.2), (1.0, 0.0), (0.9, 0.9)] {
        for sign in [-1.0, 1.0] {
            let map = Array2::from_shape_fn((h, w), |(y, x)| sign * around(y, x, at));
            // Two parts of two thirds of the picture always meet.
            let shares = BandShares::new([0.05, 0.1, 0.15, 0.35]).unwrap();
            let answer = Answer::of("m", map.view(), shares).unwrap();
            let blob = score(&centre_blob(&answer).unwrap(), &answer).unwrap();
            worse_than_chance += u32::from(blob.kappa < 0.0);
            for fill in fills(&answer) {
                let fill = score(&fill, &answer).unwrap();
                assert_eq!(fill.score, 0.0);
                assert!(fill.score < blob.score, "{at:?} {sign}: {blob:?}");
            }
        }
    }
    assert!(worse_than_chance > 0, "no map put the blob to the test");
}

/// The whole picture in each colour, in stripes of all of them, and as the answer with its
/// unmarked part painted over.
fn fills(answer: &Answer) -> Vec<Painting> {
    let mut fills: Vec<Painting> = Band::ALL.map(|band| filled(answer, band)).into();
    let mut stripes = filled(answer, Band::Purple);
    let mut over = answer.painting();
    for pixel in 0..answer.pixels() {
        stripes.set(pixel, Band::from_label((pixel % 4 + 1) as u8));
        if answer.get(pixel).is_none() {
            over.set(pixel, Some(Band::Purple));
        }
    }
    fills.extend([stripes, over]);
    fills
}

#[test]
fn an_answer_that_marks_everything_is_refused() {
    let shares = BandShares::new([0.25; 4]).unwrap();
    let error = Answer::of("m", hill(20, 20).view(), shares).unwrap_err();
    assert!(error.to_string().contains("unmarked"), "{error}");
}

#[test]
fn yardsticks_lie_between_chance_and_right() {
    let answer = answer(120, 160);
    let yardsticks = Yardsticks::of(&answer).unwrap();
    assert!(yardsticks.random < 15.0, "{yardsticks:?}");
    assert!(
        yardsticks.centre > yardsticks.random && yardsticks.centre < 95.0,
        "{yardsticks:?}"
    );
    for painting in [centre_blob(&answer).unwrap(), scribbles(&answer, 3)] {
        let got = score(&painting, &answer).unwrap();
        for band in got.bands {
            assert!((band.painted - band.share).abs() < 1e-12, "{band:?}");
        }
    }
    assert_eq!(scribbles(&answer, 3), scribbles(&answer, 3));
    assert_ne!(scribbles(&answer, 3), scribbles(&answer, 4));
}

#[test]
fn a_pixel_right_in_a_neighbouring_colour_counts_in_part() {
    let answer = answer(60, 60);
    let painted = |from: Band, to: Band| {
        let mut painting = answer.painting();
        for pixel in 0..answer.pixels() {
            if painting.get(pixel) == Some(from) {
                painting.set(pixel, Some(to));
            }
        }
        score(&painting, &answer).unwrap().score
    };
    let near = painted(Band::Purple, Band::Red);
    let far = painted(Band::Purple, Band::Yellow);
    assert!(far < near && near < 100.0, "{far} {near}");
}

#[test]
fn painting_the_answer_pixel_by_pixel_only_ever_helps_the_papers_bars() {
    let answer = Arc::new(answer(40, 40));
    let mut scorer = Scorer::empty(answer.clone());
    let mut before = scorer.score();
    for pixel in 0..answer.pixels() {
        if scorer.set(pixel, answer.get(pixel)) == answer.get(pixel) {
            continue;
        }
        let now = scorer.score();
        for (a, b) in before.bands.iter().zip(now.bands) {
            assert!(b.found >= a.found);
        }
        assert!(now.score > before.score);
        before = now;
    }
    assert_eq!(before.score, 100.0);
}

#[test]
fn kept_up_to_date_is_the_same_as_from_scratch() {
    let mut rng = StdRng::seed_from_u64(8);
    for (h, w) in [(1, 9), (33, 47), (224, 224)] {
        let map = Array2::from_shape_fn((h, w), |_| (rng.random_range(0.0..30.0f32)).floor());
        let answer = Arc::new(Answer::of("m", map.view(), BandShares::default()).unwrap());
        let mut scorer = Scorer::empty(answer.clone());
        for _ in 0..30 {
            for _ in 0..rng.random_range(1..400) {
                scorer.set(
                    rng.random_range(0..h * w + 5),
                    Band::from_label(rng.random_range(0..5)),
                );
            }
            let scratch = score(scorer.painting(), &answer).unwrap();
            assert_eq!(scorer.score(), scratch);
            let again = Scorer::new(answer.clone(), scorer.painting()).unwrap();
            assert_eq!(again.confusion(), scorer.confusion());
        }
    }
}

/// Figures by `sklearn.metrics.cohen_kappa_score(weights="linear")` (scikit-learn),
/// `scipy.spatial.distance.braycurtis` (the overlap is `(1 - d) / (1 + d)` of it) and
/// `scipy.stats.spearmanr` (SciPy 1.17.1) of the same painting; the rest counted with NumPy.
#[test]
fn as_the_reference_implementations() {
    let (h, w) = (20, 30);
    let map = Array2::from_shape_fn((h, w), |(y, x)| ((y * w + x) * 7919 % (h * w)) as f32);
    let answer = Answer::of("m", map.view(), BandShares::default()).unwrap();
    let mut painting = answer.painting();
    for pixel in (0..h * w).filter(|p| p % 3 != 0) {
        let level = (pixel / w * 5 + pixel % w * 3) % 11;
        let band = Band::ALL
            .into_iter()
            .find(|b| usize::from(b.level()) == level);
        painting.set(pixel, band);
    }
    let got = score(&painting, &answer).unwrap();
    let near = |got: f64, want: f64| assert!((got - want).abs() < 1e-9, "{got} is not {want}");
    near(got.kappa, 0.245_184_953_311_322_96);
    near(got.overlap, 0.247_349_823_321_554_75);
    near(got.restraint, 0.755_656_108_597_285);
    near(got.score, 18.691_140_495_339_205);
    near(got.spearman.unwrap(), 0.20311739205668705);
    near(got.iou, 0.33458646616541354);
    let want = [
        (
            0.10526315789473684,
            0.6666666666666666,
            0.006666666666666667,
        ),
        (
            0.16279069767441862,
            0.3684210526315789,
            0.011666666666666667,
        ),
        (0.35294117647058826, 0.4090909090909091, 0.03),
        (
            0.5384615384615384,
            0.39325842696629215,
            0.058333333333333334,
        ),
    ];
    for (band, (precision, recall, found)) in got.bands.iter().zip(want) {
        near(band.precision.unwrap(), precision);
        near(band.recall.unwrap(), recall);
        near(band.found, found);
    }
}

#[test]
fn paintings_of_other_sizes_are_scored_at_the_answers() {
    let small = answer(30, 40);
    let large = small.painting().at_size(90, 120).unwrap();
    assert_eq!(score(&large, &small).unwrap().score, 100.0);
    assert!(score(&Painting::empty(30, 30), &small).is_err());
}
