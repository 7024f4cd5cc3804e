//! Whole visits, without a window.

mod bots;
mod lock;
mod visits;
