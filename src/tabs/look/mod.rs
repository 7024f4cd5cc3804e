//! "See why": open a picture and see what the network looked at.

mod answer;
mod choose;
mod middle;
mod state;

pub use answer::answer_ui;
pub use choose::choose_ui;
pub use middle::middle_ui;
pub use state::{Answer, Ask, Fact, Look, Overlay, Status};

pub(super) fn plugin(_app: &mut bevy::prelude::App) {}
