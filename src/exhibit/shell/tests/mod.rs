//! Whole visits, without a window.

mod bots;
mod class;
mod lock;
mod visits;
