//! A score that keeps up with the brush.

use std::sync::Arc;

use super::answer::Answer;
use super::painting::Painting;
use super::score::{Confusion, RankSums, Score};
use super::{Band, GuessError};

/// A painting with its score, kept up to date pixel by pixel: the cost of a stroke is that of its
/// pixels, whatever the size of the picture. The figures are the same as from scratch, since all
/// that is kept are whole numbers.
#[derive(Debug, Clone)]
pub struct Scorer {
    answer: Arc<Answer>,
    painting: Painting,
    confusion: Confusion,
    ranks: RankSums,
}

impl Scorer {
    /// Starts with a painting; one of another size and the same shape is brought to the answer's.
    ///
    /// # Errors
    /// [`GuessError::Shape`] when the shapes differ.
    pub fn new(answer: Arc<Answer>, painting: &Painting) -> Result<Self, GuessError> {
        let painting = painting.at_size(answer.height(), answer.width())?;
        Ok(Self {
            confusion: Confusion::of(painting.flat(), answer.labels()),
            ranks: RankSums::of(painting.flat(), &answer),
            painting,
            answer,
        })
    }

    /// Starts with an empty canvas.
    #[must_use]
    pub fn empty(answer: Arc<Answer>) -> Self {
        let painting = Painting::empty(answer.height(), answer.width());
        Self {
            confusion: Confusion::of(painting.flat(), answer.labels()),
            ranks: RankSums::of(painting.flat(), &answer),
            painting,
            answer,
        }
    }

    /// Paints or clears the pixel with this index (row by row) and returns what it was. Pixels
    /// beyond the end are left alone.
    pub fn set(&mut self, pixel: usize, band: Option<Band>) -> Option<Band> {
        let (Some(&right), Some(&rank)) = (
            self.answer.labels().get(pixel),
            self.answer.ranks().get(pixel),
        ) else {
            return None;
        };
        let before = self.painting.set(pixel, band);
        if before != band {
            let label = |band: Option<Band>| band.map_or(0, Band::label);
            *self.confusion.at(label(before), right) -= 1;
            *self.confusion.at(label(band), right) += 1;
            self.ranks.add(label(before), -i64::from(rank));
            self.ranks.add(label(band), i64::from(rank));
        }
        before
    }

    /// The score of the painting as it is now.
    #[must_use]
    pub fn score(&self) -> Score {
        Score::from_counts(&self.confusion, &self.ranks, &self.answer)
    }

    /// The counts behind the score.
    #[must_use]
    pub fn confusion(&self) -> Confusion {
        self.confusion
    }

    /// The painting as it is now.
    #[must_use]
    pub fn painting(&self) -> &Painting {
        &self.painting
    }

    /// What it is scored against.
    #[must_use]
    pub fn answer(&self) -> &Arc<Answer> {
        &self.answer
    }
}
