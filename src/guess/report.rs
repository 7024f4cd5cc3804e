//! A scored guess with all that is shown beside it: what `saliscope score --json` prints.

use serde::Serialize;

use super::GuessError;
use super::answer::Answer;
use super::painting::Opened;
use super::score::{FORMULA, Score, score};
use super::stars::{Marks, prepare};
use super::tolerant::Colours;
use super::yardsticks::Yardsticks;
use crate::compare::Frame;

/// A score, what it is worth and how it came about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The figures.
    #[serde(flatten)]
    pub score: Score,
    /// What random scribbles and a blob in the middle reach.
    #[serde(flatten)]
    pub yardsticks: Yardsticks,
    /// The score that forgives a shift, 0-100.
    pub tolerant: f64,
    /// Stars for it, 0-3.
    pub stars: u8,
    /// What it has to reach for them.
    pub marks: Marks,
    /// How the score is computed.
    pub formula: &'static str,
    /// What to know before reading the figures: sentences for people.
    pub notes: Vec<String>,
}

/// Scores a painting that was opened from a file. It may be painted on the part of the picture
/// that the network saw, at any size, or on the whole picture when `frame` says which part that is.
///
/// # Errors
/// [`GuessError::Shape`] when it is neither.
pub fn judge(guess: &Opened, answer: &Answer, frame: Option<Frame>) -> Result<Report, GuessError> {
    let (height, width) = (answer.height(), answer.width());
    let painting = guess.painting.onto(height, width, frame)?;
    let mut notes = Vec::new();
    let size = (guess.painting.height(), guess.painting.width());
    if size != (height, width) {
        notes.push(format!(
            "The painting of {} x {} pixels was scored at the map's {width} x {height}.",
            size.1, size.0
        ));
    }
    if guess.unknown > 0 {
        notes.push(format!(
            "{} pixels are painted in none of the four colours and count as unpainted.",
            guess.unknown
        ));
    }
    let (forgiving, marks) = prepare(answer, Colours::Four)?;
    let tolerant = forgiving.score(&painting)?;
    Ok(Report {
        score: score(&painting, answer)?,
        yardsticks: Yardsticks::of(answer)?,
        tolerant,
        stars: marks.stars(tolerant, &[]),
        marks,
        formula: FORMULA,
        notes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guess::{BandShares, Painting};
    use ndarray::Array2;

    #[test]
    fn the_report_has_the_contracts_keys() {
        let map = Array2::from_shape_fn((50, 60), |(y, x)| {
            -((y as f32 - 30.0).powi(2) + (x as f32 - 20.0).powi(2))
        });
        let answer = Answer::of("m", map.view(), BandShares::default()).unwrap();
        let mut picture = answer.painting().to_rgba();
        picture.put_pixel(0, 0, image::Rgba([0, 255, 0, 255]));
        let report = judge(&Painting::from_rgba(&picture).unwrap(), &answer, None).unwrap();
        let json = serde_json::to_value(&report).unwrap();
        for key in ["score", "iou", "spearman", "random", "centre"] {
            assert!(json[key].is_number(), "{key}: {json}");
        }
        assert_eq!(json["bands"].as_array().unwrap().len(), 4);
        assert_eq!(json["bands"][0]["colour"], "yellow");
        for key in ["share", "found", "precision", "recall"] {
            assert!(json["bands"][3][key].is_number(), "{key}");
        }
        assert_eq!(json["score"], 100.0);
        assert_eq!(
            (&json["tolerant"], &json["stars"]),
            (&100.0.into(), &3.into())
        );
        assert!(json["marks"]["third"].is_number());
        assert_eq!(report.notes.len(), 1);
        let large = Opened {
            painting: answer.painting().at_size(100, 120).unwrap(),
            unknown: 0,
        };
        let report = judge(&large, &answer, None).unwrap();
        assert_eq!(report.score.score, 100.0);
        assert!(report.notes[0].contains("120 x 100"));
    }
}
