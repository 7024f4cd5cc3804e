//! "See why": open a picture and see what the network looked at.

mod answer;
mod choose;
mod find;
mod hear;
mod middle;
mod more;
mod state;
mod systems;
#[cfg(test)]
mod tests;
pub(super) mod words;

use bevy::prelude::*;
use bevy_egui::{EguiPrimaryContextPass, egui};

use answer::answer_ui;
use choose::choose_ui;
use middle::{middle_ui, stage_messages};
pub use state::{Answer, Ask, Classes, Fact, Look, Status};
pub use systems::{Asks, Current, OpenAtStart};

use crate::saliency::Method;
use crate::stage::{PaneArea, PaneId, StageFrame};
use crate::ui::Tab;
use crate::ui::intake::IntakeSet;
use crate::ui::shell::columns;
use crate::ui::spoken::say;
use crate::ui::widgets::Thumb;
use crate::ui::{Session, UiSet};

/// The tab's pane.
const PANE: PaneId = PaneId(1);

/// What the panels are shown beside the tab's state.
pub struct Props<'a> {
    /// The pictures that can be chosen.
    pub thumbs: &'a [Thumb],
    /// What the map holds at a place of the picture, in its fractions; none outside of what the
    /// network saw.
    pub read: &'a dyn Fn(Vec2) -> Option<f32>,
    /// Whether somebody came from another tab, and can go back there.
    pub back: bool,
}

/// Draws the whole tab: what is chosen on the left, the picture in the middle, the answer on the
/// right. What the person asked for is added to `asks`.
pub fn tab_ui(
    root: &mut egui::Ui,
    look: &mut Look,
    session: &mut Session,
    props: &Props<'_>,
    method: &mut Method,
    frame: &mut StageFrame,
    asks: &mut Vec<Ask>,
) {
    let mut state = (&mut *look, session, method, &mut *asks);
    columns(
        root,
        &mut state,
        |ui, (look, session, method, asks)| {
            choose_ui(ui, look, session, props.thumbs, method, asks);
        },
        |ui, (look, _, _, asks)| answer_ui(ui, look, asks),
    );
    let rect = middle_ui(root, look, props.back, asks);
    if look.status != Status::Empty {
        let label = words::stage_label(look);
        let area = PaneArea::new(PANE, rect, &label).show(root, frame);
        let place = area.hover_pos().and_then(|at| frame.place_under(PANE, at));
        look.pointed = place.map(|place| (props.read)(place));
    }
    stage_messages(root, rect, look, asks);
    say(root.ctx(), "why", &words::outcome(look));
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Look>()
        .init_resource::<Current>()
        .init_resource::<Asks>()
        .add_systems(Startup, systems::start)
        .add_systems(
            Update,
            (
                hear::take_arrived,
                // Also while another tab is shown: news come once.
                hear::hear_picture,
                hear::hear,
                systems::remember,
            )
                .chain()
                .after(IntakeSet),
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
