//! "What if": parts of the picture are taken away, and what the network says then follows.

mod caption;
mod follow;
mod panel;
mod save;
mod stage;
mod state;
pub(super) mod systems;
mod words;
mod work;

pub(super) use follow::{follow, take_first};
pub(super) use panel::{answers_ui, tools_ui};
pub use save::EditShot;
pub(super) use stage::{stage_ui, take_input};
pub use state::{Edit, FillChoice, Hand, Search, Tool};
pub use work::EditWork;

use crate::jobs::Slot;
use crate::stage::PaneId;

/// The pane of the picture without the part.
const PANE: PaneId = PaneId(2);
/// The slot of its map in the queue.
const SLOT: Slot = Slot(2);
