//! Whole visits, without a window.

mod bots;
mod covering;
mod lock;
mod visits;
