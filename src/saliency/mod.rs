//! Saliency: the map, its colours, segmentation, and one file per method.
//!
//! [`attribute()`] is the one entry to all methods; each also has a function of its own whose
//! settings default to the reference's (PAIR-code/saliency 0.2.1).

mod adaptive;
pub mod attention_rollout;
mod attribute;
mod attribution;
mod baseline;
pub mod blur_ig;
pub mod check;
pub mod colormap;
mod error;
pub(crate) mod explain;
pub(crate) mod gaussian;
pub mod grad_cam;
pub mod gradient;
pub mod guided_ig;
pub mod integrated_gradients;
mod map;
mod method;
mod noise;
pub mod occlusion;
pub(crate) mod ordered;
mod params;
mod path;
mod quadrature;
mod question;
pub mod rise;
pub mod segmentation;
pub mod smoothgrad;
#[cfg(test)]
mod testing;
pub mod xrai;

pub use attribute::attribute;
pub use attribution::{Attribution, Completeness, StageSeconds};
pub use error::SaliencyError;
pub(crate) use explain::check_map;
pub use explain::{
    ClassChoice, EXPLANATION_FILES, ExplainError, Explanation, ExplanationRecord, MAP_FILE,
    MAP_KEYWORD, MapEntry, MapsFile, MapsFileError, ModelRecord, PictureRecord, RECORD_KEYWORD,
    Request, Saved, Seconds, Versions, carried_map, carries_explanation, explain, explain_answered,
};
pub(crate) use grad_cam::coarse_grad_cam;
pub use map::{Blank, SaliencyMap};
pub use method::Method;
pub(crate) use ordered::in_order;
pub use params::{Baseline, BlackWhite, Integration, MAX_STEPS, MethodParams, Steps, View};
pub use question::Question;
