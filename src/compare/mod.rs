//! Comparing maps: where two agree, how alike they are, what many have in common.
//!
//! Everything here works on maps as they are, `[height, width]` of `f32`, or on their colours,
//! and asks for nothing but the maps. [`compare`] is the whole comparison of two maps, the same
//! for the window and the command line.

mod agreement;
mod arrays;
mod average;
mod bands;
mod colour_name;
mod coloured;
mod comparison;
mod error;
pub mod intersection;
pub mod metrics;
mod origin;
mod page;
pub mod pair;
pub(crate) mod parallel;
pub mod rank;
pub mod resample;
pub mod restyled;
pub mod robustness;
pub mod shape_bias;
mod source;
mod top_colours;

pub use average::{
    AVERAGE_FILES, Average, RunningAverage, RunningColours, average, average_colours,
};
pub use bands::{Band, BandMap, BandShares};
pub use colour_name::{colour_name, lightness};
pub use coloured::{Agreement, ColouredMap, MAX_SMALL_SIDE};
pub use comparison::{
    BandAgreement, COMPARISON_FILES, Comparison, Figures, Options, Prepared, compare, likeness,
};
pub use error::CompareError;
pub use metrics::{Metric, MoreAlike, Similarity};
pub use origin::{Explained, Origin};
pub use page::{average_page, comparison_page};
pub use pair::Pair;
pub use source::{Frame, NamedMap, read_map};
pub use top_colours::{DEFAULT_COLOURS, MAX_COLOURS, MIN_COLOURS, TopColour, top_colours};
