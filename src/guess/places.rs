//! Where the AI looked, as places that words can be made of; and how hard that is to guess.

use ndarray::Array2;
use serde::Serialize;

use super::answer::Answer;
use super::stars::Marks;
use super::tolerant::{blurred, cells};

/// Places that are told, at most: more is no sentence.
const TOLD: usize = 3;
/// Of the weight of all places, the share that one needs to be told.
const WORTH_TELLING: f64 = 0.1;
/// A cell belongs to a place from this level on (4 is the most important).
const MARKED: f64 = 0.5;

/// One of nine fields of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// Upper left.
    TopLeft,
    /// Upper middle.
    Top,
    /// Upper right.
    TopRight,
    /// On the left.
    Left,
    /// In the middle.
    Middle,
    /// On the right.
    Right,
    /// Lower left.
    BottomLeft,
    /// Lower middle.
    Bottom,
    /// Lower right.
    BottomRight,
}

impl Field {
    /// All, row by row.
    pub const ALL: [Self; 9] = [
        Self::TopLeft,
        Self::Top,
        Self::TopRight,
        Self::Left,
        Self::Middle,
        Self::Right,
        Self::BottomLeft,
        Self::Bottom,
        Self::BottomRight,
    ];

    /// Its name in texts.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::TopLeft => "top-left",
            Self::Top => "top",
            Self::TopRight => "top-right",
            Self::Left => "left",
            Self::Middle => "middle",
            Self::Right => "right",
            Self::BottomLeft => "bottom-left",
            Self::Bottom => "bottom",
            Self::BottomRight => "bottom-right",
        }
    }

    /// In words, such as `upper left`.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::TopLeft => "upper left",
            Self::Top => "upper middle",
            Self::TopRight => "upper right",
            Self::Left => "left",
            Self::Middle => "middle",
            Self::Right => "right",
            Self::BottomLeft => "lower left",
            Self::Bottom => "lower middle",
            Self::BottomRight => "lower right",
        }
    }

    /// The field of a place; both 0-1 from the top left.
    pub(crate) fn at(x: f64, y: f64) -> Self {
        let third = |v: f64| ((v * 3.0) as usize).min(2);
        let index = third(y) * 3 + third(x);
        Self::ALL.get(index).copied().unwrap_or(Self::Middle)
    }
}

/// Where the AI looked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Looked {
    /// The places that matter, the most important first, each field once; at most three.
    pub fields: Vec<Field>,
    /// How many separate places there are that are worth telling, at least 1.
    pub places: usize,
}

/// A place: neighbouring cells that are marked.
struct Place {
    weight: f64,
    x: f64,
    y: f64,
}

impl Looked {
    /// Of an answer.
    #[must_use]
    pub fn of(answer: &Answer) -> Self {
        let level = |label: u8| match label {
            1..=4 => 5.0 - f64::from(label),
            _ => 0.0,
        };
        let levels = blurred(cells(answer.bands().labels(), level));
        let mut places = connected(&levels);
        let all: f64 = places.iter().map(|place| place.weight).sum();
        places.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        places.retain(|place| place.weight >= WORTH_TELLING * all);
        let mut fields = Vec::new();
        for place in &places {
            let field = Field::at(place.x, place.y);
            if fields.len() < TOLD && !fields.contains(&field) {
                fields.push(field);
            }
        }
        if fields.is_empty() {
            fields.push(Field::Middle);
        }
        Self {
            fields,
            places: places.len().max(1),
        }
    }
}

/// The places of a grid of levels, each with its weight and its middle, 0-1.
fn connected(levels: &Array2<f64>) -> Vec<Place> {
    let (rows, columns) = levels.dim();
    let marked = |place: (usize, usize)| levels.get(place).is_some_and(|level| *level >= MARKED);
    let mut seen = Array2::from_elem((rows, columns), false);
    let mut places = Vec::new();
    for start in ndarray::indices((rows, columns)) {
        if !marked(start) || seen.get(start) == Some(&true) {
            continue;
        }
        let mut place = Place {
            weight: 0.0,
            x: 0.0,
            y: 0.0,
        };
        let mut open = vec![start];
        while let Some((y, x)) = open.pop() {
            match seen.get_mut((y, x)) {
                Some(seen) if !*seen && marked((y, x)) => *seen = true,
                _ => continue,
            }
            let level = levels.get((y, x)).copied().unwrap_or(0.0);
            place.weight += level;
            place.x += level * (x as f64 + 0.5) / columns as f64;
            place.y += level * (y as f64 + 0.5) / rows as f64;
            open.extend([(y + 1, x), (y, x + 1)]);
            open.extend(y.checked_sub(1).map(|y| (y, x)));
            open.extend(x.checked_sub(1).map(|x| (y, x)));
        }
        place.x /= place.weight;
        place.y /= place.weight;
        places.push(place);
    }
    places
}

/// How hard a picture is to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// For a first round.
    Easy,
    /// In between.
    Medium,
    /// Scattered, and not where photographers put things.
    Hard,
}

impl Level {
    /// As it stands in files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Easy => "easy",
            Self::Medium => "medium",
            Self::Hard => "hard",
        }
    }
}

/// How hard an answer is to guess, 0-1, and in a word: from how little the lazy middle finds and from
/// how many places there are.
#[must_use]
pub fn difficulty(marks: &Marks, looked: &Looked) -> (f64, Level) {
    let away = 1.0 - (marks.middle / marks.third.max(1.0)).clamp(0.0, 1.0);
    let scattered = ((looked.places as f64 - 1.0) / 4.0).clamp(0.0, 1.0);
    let difficulty = 0.7 * away + 0.3 * scattered;
    let level = match difficulty {
        ..0.45 => Level::Easy,
        ..0.7 => Level::Medium,
        _ => Level::Hard,
    };
    (difficulty, level)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guess::stars::prepare;
    use crate::guess::testing::golden_answers;
    use crate::guess::{BandShares, Colours};

    /// Hills of given heights; middles as shares of 120 x 90 pixels.
    fn hills(hills: &[(f32, f32, f32)]) -> Answer {
        let map = Array2::from_shape_fn((90, 120), |(y, x)| {
            let near = |&(hx, hy, height): &(f32, f32, f32)| {
                let d = (x as f32 - hx * 120.0).hypot(y as f32 - hy * 90.0);
                height - d / 60.0
            };
            hills.iter().map(near).fold(f32::NEG_INFINITY, f32::max)
        });
        Answer::of("m", map.view(), BandShares::default()).unwrap()
    }

    fn hard(answer: &Answer) -> (f64, Level) {
        let (_, marks) = prepare(answer, Colours::Four).unwrap();
        difficulty(&marks, &Looked::of(answer))
    }

    #[test]
    fn places_are_where_the_hills_are_strongest_first() {
        let looked = |h: &[(f32, f32, f32)]| Looked::of(&hills(h));
        for (field, (x, y)) in Field::ALL.into_iter().zip(
            [0.15f32, 0.5, 0.85]
                .into_iter()
                .flat_map(|y| [0.15f32, 0.5, 0.85].map(|x| (x, y))),
        ) {
            assert_eq!(
                looked(&[(x, y, 1.0)]),
                Looked {
                    fields: vec![field],
                    places: 1
                }
            );
        }
        let two = looked(&[(0.85, 0.15, 0.8), (0.15, 0.85, 1.0)]);
        assert_eq!(two.fields, [Field::BottomLeft, Field::TopRight]);
        assert_eq!(two.places, 2);
        let four = looked(&[
            (0.12, 0.12, 1.0),
            (0.88, 0.12, 1.0),
            (0.12, 0.88, 1.0),
            (0.88, 0.88, 1.0),
        ]);
        assert_eq!((four.fields.len(), four.places), (3, 4));
    }

    #[test]
    fn the_middle_is_easy_and_corners_are_hard() {
        let (middle, easy) = hard(&hills(&[(0.5, 0.5, 1.0)]));
        let (off, _) = hard(&hills(&[(0.3, 0.4, 1.0)]));
        let (corners, most) = hard(&hills(&[(0.1, 0.1, 1.0), (0.9, 0.1, 1.0), (0.9, 0.9, 1.0)]));
        assert!(middle < off && off < corners, "{middle} {off} {corners}");
        assert_eq!((easy, most), (Level::Easy, Level::Hard));
        for (name, answer) in golden_answers() {
            let (d, level) = hard(&answer);
            println!("{name} {d:.2} {level:?} {:?}", Looked::of(&answer));
            assert!((0.0..=1.0).contains(&d));
        }
    }
}
