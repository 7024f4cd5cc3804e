//! What can go wrong while a saliency map is made.

use crate::classifier::ClassifierError;
use crate::progress::Cancelled;

/// Why there is no map. Each message is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum SaliencyError {
    /// The network could not be run or differentiated.
    #[error(transparent)]
    Classifier(#[from] ClassifierError),
    /// The caller no longer wants the result.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The picture does not fit the network.
    #[error(
        "the network takes {expected:?} (height, width, channels) but was given {got:?}; resize the picture first"
    )]
    InputShape {
        /// `[height, width, channels]` that the network takes.
        expected: [usize; 3],
        /// What it was given.
        got: [usize; 3],
    },
    /// A NaN or an infinity where a number was needed.
    #[error(
        "{what} holds a value that is not a number at row {row}, column {column}; the network cannot be explained there"
    )]
    NotFinite {
        /// Which array.
        what: &'static str,
        /// Row of the first such value, from 0.
        row: usize,
        /// Column of the first such value, from 0.
        column: usize,
    },
    /// A setting outside its range.
    #[error("{setting} is {got}, but must be {must_be}")]
    Setting {
        /// Name of the setting as the user knows it.
        setting: &'static str,
        /// The value given.
        got: String,
        /// The allowed range in words.
        must_be: &'static str,
    },
    /// More work than anybody waits for.
    #[error(
        "{runs} runs of the network on {width} x {height} pixels are too much for one map, {most} is the most at this size; {fewer}",
        width = size[1], height = size[0]
    )]
    TooManyRuns {
        /// How often the network would run.
        runs: usize,
        /// `[height, width]` that the network takes.
        size: [usize; 2],
        /// How often it may.
        most: u64,
        /// How to ask for less.
        fewer: &'static str,
    },
    /// `black` or `white` was asked for without saying what they are in network units.
    #[error(
        "the baseline {0:?} needs the network's values for black and white; give the model a mean and std, or choose zero, minmax or blur"
    )]
    UnknownBlackWhite(&'static str),
    /// No method has this id.
    #[error("there is no method {given:?}; choose one of {known}")]
    UnknownMethod {
        /// What was asked for.
        given: String,
        /// All ids, separated by commas.
        known: String,
    },
    /// A word that is none of the choices of a setting.
    #[error("{setting} is {given:?}, but must be {choices}")]
    UnknownWord {
        /// Name of the setting as the user knows it.
        setting: &'static str,
        /// What was given.
        given: String,
        /// What it may be.
        choices: &'static str,
    },
}

impl SaliencyError {
    /// True when the work ended because nobody wants the result any more, which is no failure.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        matches!(
            self,
            Self::Cancelled(_) | Self::Classifier(ClassifierError::Cancelled(_))
        )
    }
}
