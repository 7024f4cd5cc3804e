//! The only place that builds a [`Request`]: the same question is the same request in every tab, so
//! that a map known in one is known in all.

use super::Tuning;
use crate::picture::Framing;
use crate::saliency::{ClassChoice, Method, Request};

/// What is asked about a picture: `method` as it is tuned.
#[must_use]
pub fn question(framing: Framing, tuning: &Tuning, method: Method, class: ClassChoice) -> Request {
    Request {
        framing,
        class,
        against: None,
        method,
        params: tuning.of(method),
    }
}
