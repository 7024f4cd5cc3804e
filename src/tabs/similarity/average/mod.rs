//! The second view of "Similarity": what the maps of many versions of a picture have in common.

mod averaging;
mod card;
mod choose;
mod figures;
mod grid;
mod middle;
mod receive;
mod shown;
mod state;
mod systems;
#[cfg(test)]
mod tests;

pub(super) use choose::choose_ui;
pub(super) use figures::figures_ui;
pub(super) use middle::{display_ui, middle_ui};
pub(super) use receive::{receive_jobs, receive_tasks};
pub(super) use shown::{both, dress, list, reading};
pub use state::{AverageState, Group, Reading, Source, Summary, Version, VersionStatus};
pub use systems::Averaging;
pub(super) use systems::{advance, spawn, stop};

use crate::stage::PaneId;

/// The pane of the mean.
pub(super) const MEAN: PaneId = PaneId(203);
/// The pane of the spread.
pub(super) const SPREAD: PaneId = PaneId(204);
/// The pane of the mean of colours.
pub(super) const COLOURS: PaneId = PaneId(205);
