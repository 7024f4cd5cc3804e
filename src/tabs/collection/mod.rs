//! "Collection": all pictures of a folder at once, down to one and its map.

mod act;
mod alike;
mod arranged;
mod ask;
mod average;
mod cells;
mod choices;
mod details;
mod export;
mod figure;
mod full_maps;
mod geometry;
mod hand_over;
mod indexing;
mod keep;
mod middle;
mod minimap;
mod model_view;
mod order;
mod piles;
mod reading;
mod receive;
mod select;
mod shares;
mod side;
mod snapshot;
mod state;
mod supply;
mod systems;
mod taken;
#[cfg(test)]
mod tests;
mod told;
mod view;
mod way;
mod words;

use bevy::prelude::*;
use bevy_egui::{EguiPrimaryContextPass, egui};

pub use arranged::{Arranged, arrange};
pub use ask::{Act, Ask, Sought};
pub use choices::{Choices, Found, Near, Passes, Shape};
use details::details_ui;
pub use full_maps::Closer;
pub use indexing::Phase;
use middle::middle_ui;
pub use select::Select;
use side::side_ui;
pub use snapshot::Snapshot;
pub use state::{Collection, Drag, Status};
pub use systems::{Asks, Current};

use crate::ui::columns::{left_column, right_column};
use crate::ui::intake::IntakeSet;
use crate::ui::{Tab, UiSet};

/// Draws the whole tab: what is chosen on the left, the sheet in the middle, and on the right what is
/// known of the chosen pictures. Returns the rectangle of the sheet; what the person asked for is
/// added to `asks`.
pub fn tab_ui(root: &mut egui::Ui, collection: &mut Collection, asks: &mut Vec<Ask>) -> egui::Rect {
    left_column(root, |ui| side_ui(ui, collection, asks));
    if !collection.selected.is_empty() {
        right_column(root, |ui| details_ui(ui, collection, asks));
    }
    middle_ui(root, collection, asks)
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Collection>()
        .init_resource::<Current>()
        .init_resource::<Asks>()
        .add_systems(Startup, systems::start)
        .add_systems(OnEnter(Tab::Collection), systems::enter)
        .add_systems(OnExit(Tab::Collection), full_maps::leave)
        .add_systems(
            Update,
            (
                receive::take_arrived,
                receive::take_shown,
                receive::receive_own_models,
                receive::receive_opened,
                receive::receive_run,
                receive::receive_picture,
                act::step,
                full_maps::receive_full_maps,
                hand_over::receive_handed,
            )
                .chain()
                .after(IntakeSet),
        )
        .add_systems(
            EguiPrimaryContextPass,
            (
                systems::draw.in_set(UiSet::Tab),
                (
                    act::act,
                    systems::take_found,
                    systems::lay_out,
                    systems::settle,
                    view::supply,
                    systems::show,
                )
                    .chain()
                    .in_set(UiSet::Act)
                    .before(crate::ui::act),
            )
                .run_if(in_state(Tab::Collection)),
        );
}
