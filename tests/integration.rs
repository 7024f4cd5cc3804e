//! The one integration binary: each extra one would link Bevy again.

mod bad_input;
mod command_line;
mod layout;
mod methods;
mod pictures;
mod support;
#[cfg(feature = "window")]
mod tour;
