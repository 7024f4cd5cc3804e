//! The one integration binary: each extra one would link Bevy again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod about;
mod bad_input;
mod browser;
mod collections;
mod command_line;
mod comparisons;
mod guesses;
mod hostile;
mod layout;
mod methods;
mod mutations;
mod output;
mod pictures;
mod readers;
mod store;
mod support;
#[cfg(feature = "window")]
mod tour;
