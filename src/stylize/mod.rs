//! Pictures a network has never seen: neural style and corruptions.

pub mod corruption;
mod plane;
mod resample;
mod rows;
pub mod shift;
pub mod style;
