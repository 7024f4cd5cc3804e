//! "Stylize": make a picture that fools the network, and see why.

use bevy::prelude::*;

/// What the tab is for, in five short sentences.
pub const HELP: [&str; 5] = [""; 5];

pub(super) fn plugin(_app: &mut App) {}
