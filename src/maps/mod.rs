//! The road from a question to a map.

pub(crate) mod painter;
pub(crate) mod question;
pub(crate) mod source;
pub(crate) mod tuning;

pub use question::question;
pub use tuning::Tuning;
