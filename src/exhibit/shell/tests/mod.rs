//! Whole visits, without a window.

mod bots;
mod class;
mod covering;
mod lock;
mod visits;
