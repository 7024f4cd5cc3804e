//! "Stylize": make a picture that fools the network, and see why.

mod act;
mod answer;
mod choose;
mod current;
mod draw;
mod hand_over;
mod hear;
mod middle;
mod orders;
mod state;
mod studio;
mod swatches;
#[cfg(test)]
mod tests;
mod want;
mod words;

use bevy::prelude::*;
use bevy_egui::{EguiPrimaryContextPass, egui};

pub use choose::Grids;
pub use current::Current;
pub use state::{Ask, Asks, Cue, Explaining, Making, Part, Shown, Stylize, Texture, Way};

use super::Tab;
use crate::jobs::{Jobs, Slot};
use crate::stage::{PaneId, StageFrame};
use crate::ui::intake::IntakeSet;
use crate::ui::shell::columns;
use crate::ui::{HomeDir, NoticeBoard, UiSet};
use studio::Studio;

/// What the tab is for, in five short sentences.
pub const HELP: [&str; 5] = [
    "Choose a shape and a texture: the shape is painted anew, as if it were made of the texture.",
    "A network that looks at shapes still knows it. One that looks at textures is fooled.",
    "The grey bars are what the AI said before, the blue bars what it says now.",
    "Bright parts of each picture made it say so. Click a bar to see what speaks for it on both.",
    "Or spoil the picture with fog, noise or blur, and see when the AI gives up.",
];

/// The pane of the picture as it was.
const BEFORE: PaneId = PaneId(100);
/// The pane of the restyled picture.
const AFTER: PaneId = PaneId(101);
/// Slots in the queue of explanations: before, after, the texture alone.
const SLOTS: [Slot; 3] = [Slot(100), Slot(101), Slot(102)];

/// Draws the whole tab: shape and texture on the left, both pictures in the middle, the answers on
/// the right. What the person asked for is added to `asks`.
pub fn tab_ui(
    root: &mut egui::Ui,
    stylize: &mut Stylize,
    grids: &Grids,
    model: &str,
    frame: &mut StageFrame,
    asks: &mut Vec<Ask>,
) {
    let mut state = (&mut *stylize, &mut *asks);
    columns(
        root,
        &mut state,
        |ui, (stylize, asks)| choose::choose_ui(ui, stylize, grids, asks),
        |ui, (stylize, asks)| answer::answer_ui(ui, stylize, model, asks),
    );
    middle::middle_ui(root, stylize, frame, asks);
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Stylize>()
        .init_resource::<Current>()
        .init_resource::<Asks>()
        .add_systems(Startup, (act::spawn, start_studio))
        .add_systems(
            OnEnter(Tab::Stylize),
            act::begin.run_if(resource_exists::<Studio>),
        )
        .add_systems(
            Update,
            (
                hear::take_arrived,
                hear::hear_studio.run_if(resource_exists::<Studio>),
                hear::hear_jobs,
            )
                .chain()
                .after(IntakeSet),
        )
        .add_systems(
            EguiPrimaryContextPass,
            (
                draw::draw.in_set(UiSet::Tab),
                act::act
                    .in_set(UiSet::Act)
                    .before(crate::ui::act)
                    .run_if(resource_exists::<Studio>),
            )
                .run_if(in_state(Tab::Stylize)),
        );
}

fn start_studio(
    mut commands: Commands,
    jobs: Res<Jobs>,
    home: Res<HomeDir>,
    mut notices: ResMut<NoticeBoard>,
) {
    match Studio::start(&home, jobs.wake()) {
        Ok(studio) => commands.insert_resource(studio),
        Err(error) => notices.problem(format!(
            "Stylize cannot work: the system started no thread ({error})."
        )),
    }
}
