//! Is this map worth trusting? Published checks of a saliency map, and a verdict in plain words.
//!
//! | check | question | source |
//! |---|---|---|
//! | [`deletion_and_insertion`] | does the score fall when the top pixels go, and rise when they come? | Petsiuk et al. 2018 (RISE) |
//! | [`performance_information`] | how little of the picture is enough? | Kapishnikov et al. 2019 (XRAI) |
//! | [`compare_randomised`] | does the map change when the network forgets what it learned? | Adebayo et al. 2018 |

mod curve;
mod pic;
mod picture;
mod randomise;
pub(super) mod rank;
mod scatter;
mod verdict;

use serde::Serialize;

pub use curve::{Curve, CurveParams, DeletionInsertion, deletion_and_insertion};
pub use pic::{NotApplicable, Pic, PicCurve, PicParams, performance_information};
pub use picture::{CheckError, MadeMap, check_picture};
pub use randomise::{Randomisation, compare_randomised, shuffle_weights};
pub use verdict::{Grade, Verdict};

use super::{BlackWhite, Method, Question, SaliencyError, SaliencyMap};
use crate::progress::Observer;

/// All that is known about a map.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Deletion and insertion curves.
    pub deletion_insertion: DeletionInsertion,
    /// Softmax and accuracy information curves, or why there are none.
    pub information: Pic,
    /// The same method on a network with shuffled weights, where one could be made.
    pub randomisation: Option<Randomisation>,
    /// What it comes to, in words.
    pub verdict: Verdict,
}

/// Settings of [`check_map`].
#[derive(Debug, Clone, Default)]
pub struct CheckParams {
    /// Deletion and insertion.
    pub curves: CurveParams,
    /// Information curves.
    pub information: PicParams,
}

/// Runs the checks of `map`, made by `method`, and sums them up. `randomised` is the map of the
/// same question asked of a network with shuffled weights ([`shuffle_weights`]), if there is one.
///
/// # Errors
/// When the network fails, the map is not of the input's size or not finite, or the work is
/// cancelled.
pub fn check_map(
    question: Question<'_>,
    map: &SaliencyMap,
    method: Method,
    black_white: Option<&BlackWhite>,
    randomised: Option<&SaliencyMap>,
    params: &CheckParams,
    observer: &dyn Observer,
) -> Result<Report, SaliencyError> {
    check_fits(question, map)?;
    let deletion_insertion = deletion_and_insertion(question, map, &params.curves, observer)?;
    let information =
        performance_information(question, map, black_white, &params.information, observer)?;
    let randomisation = randomised.map(|other| compare_randomised(map, other));
    let verdict = Verdict::of(
        method,
        &deletion_insertion,
        &information,
        randomisation.as_ref(),
    );
    Ok(Report {
        deletion_insertion,
        information,
        randomisation,
        verdict,
    })
}

/// The map must be of the input's size and hold numbers only.
fn check_fits(question: Question<'_>, map: &SaliencyMap) -> Result<(), SaliencyError> {
    let (height, width, channels) = question.input.dim();
    let (rows, columns) = map.values.dim();
    if (rows, columns) != (height, width) {
        return Err(SaliencyError::InputShape {
            expected: [height, width, channels],
            got: [rows, columns, channels],
        });
    }
    match map
        .values
        .indexed_iter()
        .find(|(_, value)| !value.is_finite())
    {
        None => Ok(()),
        Some(((row, column), _)) => Err(SaliencyError::NotFinite {
            what: "the map",
            row,
            column,
        }),
    }
}

/// Places of the map's pixels (row * width + column), most important first; equal ones in the
/// order of the rows.
fn by_importance(map: &SaliencyMap) -> Vec<usize> {
    let values: Vec<f32> = map.values.iter().copied().collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    order
}
