//! "Stylize": make a picture that fools the network, and see why.

mod act;
mod answer;
mod choose;
mod current;
mod draw;
mod hand_over;
mod legend;
mod middle;
mod receive;
mod recipe;
mod render;
mod state;
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

use crate::jobs::Slot;
use crate::stage::{PaneId, StageFrame};
use crate::ui::Tab;
use crate::ui::UiSet;
use crate::ui::columns::{Inspector, inspector, strip};
use crate::ui::intake::IntakeSet;

/// The pane of the picture as it was.
const BEFORE: PaneId = PaneId(100);
/// The pane of the restyled picture.
const AFTER: PaneId = PaneId(101);
/// Slots in the queue of explanations: before, after, the texture alone.
const SLOTS: [Slot; 3] = [Slot(100), Slot(101), Slot(102)];

/// What the parts of the right column work with.
type Panel<'a> = (&'a mut Stylize, &'a mut Vec<Ask>);

/// Draws the whole tab: the pictures to choose on the left, both pictures in the middle, and on the right
/// what is done to the shape, what the AI says and how the maps are shown. What the person asked for is
/// added to `asks`.
pub fn tab_ui(
    root: &mut egui::Ui,
    stylize: &mut Stylize,
    grids: &Grids,
    model: &str,
    frame: &mut StageFrame,
    asks: &mut Vec<Ask>,
) {
    strip(root, |ui| choose::pictures_ui(ui, stylize, grids, asks));
    let mut state = (&mut *stylize, &mut *asks);
    inspector(
        root,
        &mut state,
        Inspector {
            first: |ui: &mut egui::Ui, (stylize, asks): &mut Panel<'_>| {
                choose::way_ui(ui, stylize, grids);
                answer::answer_ui(ui, stylize, asks);
                legend::shown_ui(ui, stylize);
            },
            foot: |ui: &mut egui::Ui, (stylize, asks): &mut Panel<'_>| {
                legend::legend_ui(ui, stylize, asks);
            },
            foot_height: legend::legend_height,
            rest: |ui: &mut egui::Ui, (stylize, asks): &mut Panel<'_>| {
                answer::bias_ui(ui, stylize, model, asks);
            },
        },
    );
    let rect = root.available_rect_before_wrap();
    middle::stage_ui(root, rect, stylize, frame, asks);
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Stylize>()
        .init_resource::<Current>()
        .init_resource::<Asks>()
        .add_systems(Startup, act::spawn)
        .add_systems(OnEnter(Tab::Stylize), act::begin)
        .add_systems(
            Update,
            (
                receive::take_arrived,
                receive::receive_tasks,
                receive::receive_jobs,
            )
                .chain()
                .after(IntakeSet),
        )
        .add_systems(
            EguiPrimaryContextPass,
            (
                draw::draw.in_set(UiSet::Tab),
                act::act.in_set(UiSet::Act).before(crate::ui::act),
            )
                .run_if(in_state(Tab::Stylize)),
        );
}
