//! What a person chose and every tab goes by; no tab owns it.

use bevy::prelude::Resource;

use super::Tab;
use crate::maps::{Tuning, question};
use crate::picture::Framing;
use crate::saliency::{ClassChoice, Method, Request};

/// The tab that somebody came from, and goes back to with [`super::commands::Command::Back`].
#[derive(Resource, Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct WayBack(pub Option<Tab>);

/// The choices that all tabs share beside model and method, which the bar on top holds.
#[derive(Resource, Debug, Default, Clone, PartialEq)]
pub struct Session {
    /// Place in the library of the picture that "See why" shows: the other tabs begin with it.
    pub picture: Option<usize>,
    /// Which part of a picture the network sees.
    pub framing: Framing,
    /// How each method is set.
    pub tuning: Tuning,
}

impl Session {
    /// The question about `class` by `method`, as they are set now.
    #[must_use]
    pub fn question(&self, method: Method, class: ClassChoice) -> Request {
        question(self.framing, &self.tuning, method, class)
    }
}
