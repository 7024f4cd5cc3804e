//! "See why": open a picture and see what the network looked at.

mod answer;
mod choose;
mod middle;
mod state;
mod systems;
mod words;

use bevy::prelude::*;
use bevy_egui::EguiPrimaryContextPass;

pub use answer::answer_ui;
pub use choose::choose_ui;
pub use middle::middle_ui;
pub use state::{Answer, Ask, Fact, Look, Overlay, Status};
pub use systems::{Asks, Current, OpenAtStart};

use super::Tab;
use crate::ui::UiSet;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Look>()
        .init_resource::<Current>()
        .init_resource::<Asks>()
        .add_systems(Startup, systems::start)
        .add_systems(
            Update,
            (
                systems::take_dropped,
                systems::hear_background,
                systems::hear,
                systems::remember,
            )
                .chain()
                .run_if(in_state(Tab::Look)),
        )
        .add_systems(
            EguiPrimaryContextPass,
            (
                systems::draw.in_set(UiSet::Tab),
                systems::act.in_set(UiSet::Act).before(crate::ui::act),
            )
                .run_if(in_state(Tab::Look)),
        );
}
