//! "See why": open a picture and see what the network looked at.

mod answer;
mod choose;
mod find;
mod legend;
mod middle;
mod more;
mod receive;
mod state;
mod systems;
#[cfg(test)]
mod tests;
mod trust;
mod truth;
mod walk;
mod what_if;
pub(super) mod words;

use bevy::prelude::*;
use bevy_egui::{EguiPrimaryContextPass, egui};

use answer::{answer_ui, known_ui};
use choose::{method_ui, pictures_ui};
use legend::{legend_height, legend_ui};
use middle::stage_messages;
pub use state::{Answer, Ask, Classes, Fact, Look, Status};
pub use systems::{Asks, Current, OpenAtStart};
pub use trust::{Card, Checking, Trust};
pub use truth::{Beside, Said};
pub use what_if::{Edit, EditShot, EditWork, FillChoice, Hand, Search, Tool};

use crate::saliency::Method;
use crate::stage::{PaneArea, PaneId, StageFrame};
use crate::ui::Tab;
use crate::ui::columns::{Inspector, inspector, left_column, strip};
use crate::ui::commands::{Command, leave_out};
use crate::ui::intake::IntakeSet;
use crate::ui::spoken::say;
use crate::ui::widgets::Thumb;
use crate::ui::{Session, UiSet};

/// The tab's pane.
const PANE: PaneId = PaneId(1);

/// What the parts of the right column work with.
type Shown<'a> = (
    &'a mut Look,
    &'a mut Session,
    &'a mut Method,
    &'a mut Vec<Ask>,
);

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

/// Draws the whole tab: the pictures on the left, the stage in the middle, and on the right what the AI
/// says, how the map is shown and how it is computed. What the person asked for is added to `asks`.
pub fn tab_ui(
    root: &mut egui::Ui,
    look: &mut Look,
    session: &mut Session,
    props: &Props<'_>,
    method: &mut Method,
    frame: &mut StageFrame,
    asks: &mut Vec<Ask>,
) {
    if !look.editing {
        leave_out(root.ctx(), &[Command::Undo, Command::Redo]);
    }
    if look.editing {
        what_if::take_input(root.ctx(), &mut look.edit, frame);
        let mapped = look.status == Status::Done;
        left_column(root, |ui| {
            what_if::tools_ui(ui, &mut look.edit, mapped, asks);
        });
    } else {
        strip(root, |ui| {
            pictures_ui(ui, look, session, props.thumbs, asks);
        });
    }
    let mut state = (&mut *look, session, method, &mut *asks);
    inspector(
        root,
        &mut state,
        Inspector {
            first: |ui: &mut egui::Ui, (look, _, _, asks): &mut Shown<'_>| {
                if look.editing {
                    what_if::answers_ui(ui, &mut look.edit, asks);
                } else {
                    answer_ui(ui, look, asks);
                }
            },
            foot: |ui: &mut egui::Ui, (look, _, _, asks): &mut Shown<'_>| {
                legend_ui(ui, look, props.back, asks);
            },
            foot_height: legend_height,
            rest: |ui: &mut egui::Ui, (look, session, method, asks): &mut Shown<'_>| {
                if !look.editing {
                    method_ui(ui, look, session, method, asks);
                    known_ui(ui, look, asks);
                }
            },
        },
    );
    let rect = root.available_rect_before_wrap();
    if look.editing {
        what_if::stage_ui(root, rect, &mut look.edit, frame);
        look.pointed = None;
    } else if look.status != Status::Empty {
        let label = words::stage_label(look);
        let area = PaneArea::new(PANE, rect, &label).show(root, frame);
        let place = area.hover_pos().and_then(|at| frame.place_under(PANE, at));
        look.pointed = place.map(|place| (props.read)(place));
        truth::edge_ui(root, rect, look, frame);
    }
    stage_messages(root, rect, look, asks);
    say(root.ctx(), "why", &words::outcome(look));
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Look>()
        .init_resource::<Current>()
        .init_resource::<Asks>()
        .init_resource::<EditWork>()
        .init_resource::<Checking>()
        .init_resource::<Beside>()
        .add_systems(Startup, (systems::start, what_if::systems::start))
        .add_systems(
            Update,
            (
                receive::take_arrived,
                receive::receive_own_models,
                // Also while another tab is shown: news come once.
                receive::receive_picture,
                receive::receive,
                what_if::systems::receive,
                what_if::take_first,
                trust::receive,
                truth::follow,
                systems::remember,
            )
                .chain()
                .after(IntakeSet),
        )
        .add_systems(
            EguiPrimaryContextPass,
            (
                systems::draw.in_set(UiSet::Tab),
                (
                    what_if::systems::act,
                    trust::act,
                    systems::act,
                    what_if::follow,
                )
                    .chain()
                    .in_set(UiSet::Act)
                    .before(crate::ui::act),
            )
                .run_if(in_state(Tab::Look)),
        );
}
