//! What speaks against a guess, told when it is made: half of the work on such data elsewhere was to
//! find this out afterwards. A flag takes nothing away; who reads the data decides.

use std::collections::BTreeSet;

use serde::Serialize;

use super::grid::{GRID, PaintingGrid};

/// Quicker rounds are no look at the picture, in seconds.
pub const FASTEST: f64 = 3.0;
/// More of the picture painted is no choice, as a share.
pub const MOST_COVERED: f64 = 0.6;
/// From this correlation with rings around the middle on it is a lazy middle.
pub const CENTRED: f64 = 0.95;
/// Of an 8 x 8 board, the share of fields that scribbles reach.
const REACHED: f64 = 0.75;
/// Fields along each side of that board.
const BOARD: usize = 8;

/// One reason to look twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flag {
    /// Nothing was painted.
    Blank,
    /// It took less than [`FASTEST`].
    TooFast,
    /// More than [`MOST_COVERED`] of the picture is painted.
    Covered,
    /// It is a blob in the middle.
    CentreBlob,
    /// It runs all over the picture.
    Scribble,
    /// The session had played this picture before.
    Repeated,
    /// The answer to a picture that everybody gets right was wrong.
    FailedCatch,
}

impl Flag {
    /// All.
    pub const ALL: [Self; 7] = [
        Self::Blank,
        Self::TooFast,
        Self::Covered,
        Self::CentreBlob,
        Self::Scribble,
        Self::Repeated,
        Self::FailedCatch,
    ];

    /// As it stands in files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::TooFast => "too-fast",
            Self::Covered => "covered",
            Self::CentreBlob => "centre-blob",
            Self::Scribble => "scribble",
            Self::Repeated => "repeated",
            Self::FailedCatch => "failed-catch",
        }
    }
}

/// The flags of a painting that took `seconds`; `first` says that the session saw the picture for the
/// first time.
#[must_use]
pub fn flags(painting: &PaintingGrid, seconds: f64, first: bool) -> BTreeSet<Flag> {
    let mut flags = BTreeSet::new();
    let covered = painting.covered();
    if covered == 0.0 {
        flags.insert(Flag::Blank);
    }
    if seconds < FASTEST {
        flags.insert(Flag::TooFast);
    }
    if covered > MOST_COVERED {
        flags.insert(Flag::Covered);
    } else if reached(painting) >= REACHED {
        flags.insert(Flag::Scribble);
    }
    if likeness_to_rings(painting).is_some_and(|likeness| likeness > CENTRED) {
        flags.insert(Flag::CentreBlob);
    }
    if !first {
        flags.insert(Flag::Repeated);
    }
    flags
}

/// Of the board's fields, the share that has paint.
fn reached(painting: &PaintingGrid) -> f64 {
    let cell = GRID / BOARD;
    let fields: BTreeSet<usize> = painting
        .labels()
        .iter()
        .enumerate()
        .filter(|(_, label)| **label != 0)
        .map(|(i, _)| i / GRID / cell * BOARD + i % GRID / cell)
        .collect();
    fields.len() as f64 / (BOARD * BOARD) as f64
}

/// Pearson's correlation with rings around the middle that have as much of each colour; `None` where
/// one of them has one level everywhere.
fn likeness_to_rings(painting: &PaintingGrid) -> Option<f64> {
    let off = |i: usize| {
        let from_middle = |i: usize| (2 * i + 1) as i64 - GRID as i64;
        from_middle(i / GRID).pow(2) + from_middle(i % GRID).pow(2)
    };
    let mut order: Vec<usize> = (0..GRID * GRID).collect();
    order.sort_by_key(|&i| off(i));
    let levels: Vec<f64> = painting
        .levels()
        .iter()
        .map(|&level| f64::from(level))
        .collect();
    let mut sorted = levels.clone();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let mut rings = vec![0.0; levels.len()];
    for (&place, level) in order.iter().zip(sorted) {
        if let Some(ring) = rings.get_mut(place) {
            *ring = level;
        }
    }
    super::crowd::pearson(&levels, &rings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guess::testing::{attentive, golden_answers};
    use crate::guess::{Band, Painting, centre_blob, scribbles};

    fn of(painting: &Painting) -> Vec<Flag> {
        flags(&PaintingGrid::of(painting), 20.0, true)
            .into_iter()
            .collect()
    }

    #[test]
    fn cheats_are_flagged_and_people_are_not() {
        let mut false_alarms = 0;
        let mut honest = 0;
        for (name, answer) in golden_answers() {
            let (height, width) = (answer.height(), answer.width());
            assert_eq!(of(&Painting::empty(height, width)), [Flag::Blank]);
            let mut full = Painting::empty(height, width);
            for pixel in 0..answer.pixels() {
                full.set(pixel, Some(Band::Red));
            }
            assert!(of(&full).contains(&Flag::Covered), "{name}");
            assert!(
                of(&centre_blob(&answer).unwrap()).contains(&Flag::CentreBlob),
                "{name}"
            );
            let caught = (0..40)
                .filter(|&seed| of(&scribbles(&answer, seed)).contains(&Flag::Scribble))
                .count();
            assert!(caught >= 36, "{name}: {caught} of 40 scribblers");
            for seed in 0..40 {
                honest += 1;
                false_alarms += usize::from(!of(&attentive(&answer, seed)).is_empty());
            }
        }
        println!("{false_alarms} of {honest} honest guesses flagged");
        assert!(false_alarms * 50 <= honest, "{false_alarms} of {honest}");
        let nothing = PaintingGrid::of(&Painting::empty(9, 9));
        let ids: Vec<&str> = flags(&nothing, 1.0, false)
            .into_iter()
            .map(Flag::id)
            .collect();
        assert_eq!(ids, ["blank", "too-fast", "repeated"]);
    }
}
