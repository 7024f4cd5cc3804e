//! Saliency: the map, its colours, segmentation, and one file per method.

mod attribution;
pub mod colormap;
mod error;
mod map;
mod method;
mod params;

pub use attribution::{Attribution, Completeness, StageSeconds};
pub use error::SaliencyError;
pub use map::SaliencyMap;
pub use method::Method;
pub use params::{Baseline, BlackWhite, Integration, MAX_STEPS, MethodParams, Steps, View};
