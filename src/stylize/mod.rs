//! Pictures a network has never seen: neural style and corruptions.

pub mod corruption;
mod rows;
