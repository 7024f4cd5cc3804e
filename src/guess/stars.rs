//! Stars instead of a mark out of 100: better than scribbling, better than the lazy middle, as good as
//! can be, and better than other people where there are enough.

use serde::Serialize;

use super::answer::Answer;
use super::painting::Painting;
use super::regions::Regions;
use super::tolerant::{Colours, SIGMA, Tolerant};
use super::yardsticks::{centre_blob, scribbles};
use super::{Band, GuessError};

/// Scribblers that are tried; the luckiest counts.
const SCRIBBLERS: u64 = 16;
/// Scores of other people from which on they count.
pub const ENOUGH_PEOPLE: usize = 10;
/// The second star, on the way from no insight to the top.
const SECOND: f64 = 0.4;
/// A hair below the exact answer's own score, so that rounding costs nobody a star.
const ALMOST: f64 = 0.97;
/// Where the answer is the middle, this share of the top is enough for a star.
const MIDDLE: f64 = 0.7;
/// The first star is at most this share of the top.
const LOWEST: f64 = 0.8;

/// What a painting has to reach, in [`Tolerant`] scores, 0-100.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Marks {
    /// The luckiest of 16 scribblers.
    pub scribbler: f64,
    /// Rings around the middle.
    pub middle: f64,
    /// Above this there is one star.
    pub first: f64,
    /// From here on there are two.
    pub second: f64,
    /// From here on there are three: what the exact answer reaches when it is shifted by
    /// [`SIGMA`] of the shorter side, whichever way, or what whole parts reach at best where only
    /// they can be chosen; always clear of the scribbler.
    pub third: f64,
}

impl Marks {
    /// The marks for an answer; always the same for the same answer.
    ///
    /// # Errors
    /// None in practice: the paintings have the answer's size.
    pub fn of(answer: &Answer, tolerant: &Tolerant) -> Result<Self, GuessError> {
        Self::with_parts(answer, tolerant, None)
    }

    /// The same where whole `parts` can be chosen instead of painted: who chooses the best ones, which
    /// is all that keys and switches can do, has all stars.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn with_parts(
        answer: &Answer,
        tolerant: &Tolerant,
        parts: Option<&Regions>,
    ) -> Result<Self, GuessError> {
        let mut scribbler: f64 = 0.0;
        for seed in 0..SCRIBBLERS {
            scribbler = scribbler.max(tolerant.score(&scribbles(answer, seed))?);
        }
        let middle = tolerant.score(&centre_blob(answer)?)?;
        let short = answer.height().min(answer.width());
        let by = (SIGMA * short as f64).ceil() as i64;
        let mut third: f64 = 100.0;
        for (down, right) in [
            (0, 1),
            (1, 0),
            (0, -1),
            (-1, 0),
            (1, 1),
            (1, -1),
            (-1, 1),
            (-1, -1),
        ] {
            let moved = shifted(answer, down * by, right * by);
            third = third.min(ALMOST * tolerant.score(&moved)?);
        }
        if let Some(parts) = parts {
            let best = ALMOST * tolerant.best_of(parts);
            third = third.min(best.max(scribbler / LOWEST));
        }
        // On a picture whose answer is the middle, the middle is no lazy answer.
        let first = scribbler
            .max(middle.min(MIDDLE * third))
            .min(LOWEST * third);
        Ok(Self {
            scribbler,
            middle,
            first,
            second: first + SECOND * (third - first),
            third,
        })
    }

    /// Stars, 0-3, of a tolerant score. Where [`ENOUGH_PEOPLE`] others have played the same, who is
    /// better than half of them has two and who is better than nine in ten has three: others make it
    /// easier and never harder, and nobody has a star for less than the first mark.
    #[must_use]
    pub fn stars(&self, score: f64, others: &[f64]) -> u8 {
        if score.is_nan() || score <= self.first {
            return 0;
        }
        let below = others.iter().filter(|other| **other < score).count();
        let among = |share: f64| {
            others.len() >= ENOUGH_PEOPLE && below as f64 >= share * others.len() as f64
        };
        if score >= self.third || among(0.9) {
            3
        } else if score >= self.second || among(0.5) {
            2
        } else {
            1
        }
    }
}

/// Marks that need no answer twice: prepared once for a picture.
///
/// # Errors
/// As [`Marks::of`].
pub fn prepare(answer: &Answer, colours: Colours) -> Result<(Tolerant, Marks), GuessError> {
    let tolerant = Tolerant::new(answer, colours);
    let marks = Marks::of(answer, &tolerant)?;
    Ok((tolerant, marks))
}

/// The exact answer, moved; what leaves the picture is gone.
#[must_use]
pub fn shifted(answer: &Answer, down: i64, right: i64) -> Painting {
    let (height, width) = (answer.height(), answer.width());
    let mut painting = Painting::empty(height, width);
    for (pixel, &label) in answer.labels().iter().enumerate() {
        let y = (pixel / width) as i64 + down;
        let x = (pixel % width) as i64 + right;
        if label != 0 && (0..height as i64).contains(&y) && (0..width as i64).contains(&x) {
            painting.set(y as usize * width + x as usize, Band::from_label(label));
        }
    }
    painting
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guess::BandShares;
    use crate::guess::parts::parts;
    use crate::guess::score;
    use crate::guess::testing::{golden_answers, golden_picture};

    /// The picture's parts, those with the largest share of the answer first.
    fn by_share(parts: &Regions, answer: &Answer) -> Vec<(f64, usize)> {
        // The answer may be coarser than the parts.
        let (height, width) = parts.size();
        let is_right = |pixel: &usize| {
            let (y, x) = (pixel / width, pixel % width);
            let (y, x) = (y * answer.height() / height, x * answer.width() / width);
            answer.get(y * answer.width() + x).is_some()
        };
        let share = |part: usize| {
            let right = parts.pixels(part).filter(is_right);
            right.count() as f64 / parts.pixels(part).count().max(1) as f64
        };
        let mut all: Vec<(f64, usize)> = (0..parts.len()).map(|p| (share(p), p)).collect();
        all.sort_by(|a, b| b.0.total_cmp(&a.0));
        all
    }

    fn tapped(parts: &Regions, chosen: &[usize]) -> Painting {
        let mut painting = Painting::empty(parts.size().0, parts.size().1);
        for pixel in chosen.iter().flat_map(|part| parts.pixels(*part)) {
            painting.set(pixel, Some(Band::Orange));
        }
        painting
    }

    #[test]
    fn who_taps_the_right_parts_has_stars_and_one_wrong_part_takes_not_all() {
        for (name, answer) in golden_answers() {
            let (picture, method) = name.split_once(' ').unwrap();
            if method != "xrai_full" {
                // Coarser maps do not follow the picture's parts; exhibits play with this one.
                continue;
            }
            let parts = parts(&golden_picture(picture)).unwrap();
            let tolerant = Tolerant::new(&answer, Colours::One);
            let marks = Marks::with_parts(&answer, &tolerant, Some(&parts)).unwrap();
            let best = tolerant.best_of(&parts);
            assert!(best >= marks.third && marks.stars(best, &[]) == 3, "{name}");
            assert!(best > 1.2 * marks.first, "{name}: {best} {marks:?}");
            let order = by_share(&parts, &answer);
            let right: Vec<usize> = order
                .iter()
                .filter(|(share, _)| *share > 0.4)
                .take(4)
                .map(|(_, part)| *part)
                .collect();
            let of = |chosen: &[usize]| {
                let score = tolerant.score(&tapped(&parts, chosen)).unwrap();
                (score, marks.stars(score, &[]))
            };
            let (score, stars) = of(&right);
            assert!(stars >= 1, "{name}: {score} {marks:?}");
            let wrong = order.last().unwrap().1;
            let (with_wrong, stars) = of(&[&right[..], &[wrong]].concat());
            assert!(with_wrong < score, "{name}");
            assert!(stars >= 1, "{name}: {with_wrong} {marks:?}");
            // And none for everything, for nothing, for wrong parts only.
            let all: Vec<usize> = (0..parts.len()).collect();
            assert_eq!(of(&all).1, 0, "{name}");
            assert_eq!(of(&[]), (0.0, 0), "{name}");
            let lost: Vec<usize> = order.iter().rev().take(3).map(|(_, p)| *p).collect();
            assert_eq!(of(&lost).1, 0, "{name}");
            for seed in 0..16 {
                let score = tolerant.score(&scribbles(&answer, seed)).unwrap();
                assert_eq!(marks.stars(score, &[]), 0, "{name}: scribbler");
            }
        }
    }

    #[test]
    fn with_one_brush_the_strongest_place_counts_most() {
        for (name, answer) in golden_answers() {
            let tolerant = Tolerant::new(&answer, Colours::One);
            let only = |wanted: &[Band]| {
                let mut painting = Painting::empty(answer.height(), answer.width());
                let mut count = 0;
                for pixel in 0..answer.pixels() {
                    if answer.get(pixel).is_some_and(|band| wanted.contains(&band)) {
                        painting.set(pixel, Some(Band::Orange));
                        count += 1;
                    }
                }
                (tolerant.score(&painting).unwrap(), count)
            };
            let (strong, few) = only(&[Band::Yellow, Band::Orange, Band::Red]);
            let (weak, many) = only(&[Band::Purple]);
            assert!(few < many && strong > weak, "{name}: {strong} {weak}");
        }
    }

    fn filled(answer: &Answer, band: Band) -> Painting {
        let mut painting = Painting::empty(answer.height(), answer.width());
        for pixel in 0..answer.pixels() {
            painting.set(pixel, Some(band));
        }
        painting
    }

    #[test]
    fn on_every_golden_map_the_stars_are_fair() {
        for (name, answer) in golden_answers() {
            for colours in [Colours::One, Colours::Four] {
                let (tolerant, marks) = prepare(&answer, colours).unwrap();
                let of = |painting: &Painting| {
                    let score = tolerant.score(painting).unwrap();
                    (score, marks.stars(score, &[]))
                };
                println!("{name} {colours:?} {marks:?}");
                let (exact, stars) = of(&answer.painting());
                assert!(
                    (exact - 100.0).abs() < 1e-9 && stars == 3,
                    "{name}: {exact}"
                );
                for seed in 0..16 {
                    assert_eq!(of(&scribbles(&answer, seed)).1, 0, "{name}: scribbler");
                }
                assert_eq!(
                    of(&Painting::empty(answer.height(), answer.width())),
                    (0.0, 0)
                );
                for band in Band::ALL {
                    let (score, stars) = of(&filled(&answer, band));
                    assert!(score < 1e-6 && stars == 0, "{name}: filled {score}");
                }
                let short = answer.height().min(answer.width()) as f64;
                for share in [0.01, 0.02, 0.04] {
                    let by = (share * short).round() as i64;
                    for (down, right) in [(by, 0), (0, by), (-by, 0), (0, -by), (by, by), (-by, by)]
                    {
                        let (score, stars) = of(&shifted(&answer, down, right));
                        assert_eq!(stars, 3, "{name} {share} {down} {right}: {score} {marks:?}");
                    }
                }
                // The exact score does not forgive: that is what this one is for.
                let by = (0.04 * short).round() as i64;
                let moved = shifted(&answer, by, 0);
                assert!(
                    score(&moved, &answer).unwrap().score < of(&moved).0,
                    "{name}"
                );
                assert!(marks.first < marks.second && marks.second < marks.third);
            }
            // One brush at the right places is a good answer with one brush, and no bad one with four.
            let mut one = answer.painting();
            for pixel in 0..answer.pixels() {
                if one.get(pixel).is_some() {
                    one.set(pixel, Some(Band::Orange));
                }
            }
            let (tolerant, marks) = prepare(&answer, Colours::One).unwrap();
            assert_eq!(marks.stars(tolerant.score(&one).unwrap(), &[]), 3);
            let (tolerant, marks) = prepare(&answer, Colours::Four).unwrap();
            assert!(
                marks.stars(tolerant.score(&one).unwrap(), &[]) >= 1,
                "{name}"
            );
        }
    }

    #[test]
    fn the_lazy_middle_has_no_star_where_the_answer_is_elsewhere() {
        let map = ndarray::Array2::from_shape_fn((90, 120), |(y, x)| {
            -((y as f32 - 15.0).hypot(x as f32 - 15.0))
        });
        let answer = Answer::of("m", map.view(), BandShares::default()).unwrap();
        let (tolerant, marks) = prepare(&answer, Colours::Four).unwrap();
        let middle = tolerant.score(&centre_blob(&answer).unwrap()).unwrap();
        assert_eq!(marks.stars(middle, &[]), 0);
    }

    #[test]
    fn other_people_make_it_easier_and_never_harder() {
        let marks = Marks {
            scribbler: 20.0,
            middle: 10.0,
            first: 20.0,
            second: 36.0,
            third: 60.0,
        };
        assert_eq!(marks.stars(30.0, &[]), 1);
        let weak = [10.0; 10];
        assert_eq!(marks.stars(30.0, &weak[..9]), 1);
        assert_eq!(marks.stars(30.0, &weak), 3);
        let half: Vec<f64> = (0..10).map(|i| f64::from(i) * 6.0).collect();
        assert_eq!(marks.stars(31.0, &half), 2);
        assert_eq!(marks.stars(61.0, &[99.0; 20]), 3);
        assert_eq!(marks.stars(20.0, &weak), 0);
        assert_eq!(marks.stars(f64::NAN, &weak), 0);
    }
}
