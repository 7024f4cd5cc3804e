//! The one integration binary: each extra one would link Bevy again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod about;
#[cfg(all(feature = "window", target_os = "linux"))]
mod at_spi;
mod bad_input;
mod batch;
mod browser;
mod collections;
mod command_line;
mod comparisons;
mod examples;
mod exhibit;
mod figures;
mod grad_cam;
mod guesses;
mod hostile;
mod journal;
mod layout;
mod methods;
mod mutations;
mod output;
mod pages;
mod parts;
mod pictures;
mod rankings;
mod readers;
mod store;
mod support;
#[cfg(feature = "window")]
mod tour;
mod truth;
mod what_if;
