//! "Similarity": compare two maps, or average those of many versions of a picture.

mod act;
mod arrange;
mod arrive;
mod average;
mod captions;
mod choose;
mod comparison;
mod current;
mod differ;
mod figures;
mod following;
mod middle;
mod one_file;
mod receive;
mod state;
mod strip;
mod systems;
#[cfg(test)]
mod tests;
mod words;

use bevy::prelude::*;
use bevy_egui::{EguiPrimaryContextPass, egui};

pub use average::{AverageState, Averaging, Group, Source, Summary, Version, VersionStatus};
pub use current::Current;
pub use middle::Answers;
pub use state::{
    Agreement, Arrangement, Ask, Chart, Difference, Figures, Reading, SideState, SimilarityState,
    Status, View, Which,
};
pub use systems::Asks;
pub(in crate::tabs) use words::value;

use crate::stage::{PaneId, StageFrame};
use crate::ui::Tab;
use crate::ui::UiSet;
use crate::ui::columns::{left_column, right_column_with_foot};
use crate::ui::commands::{Command, leave_out};
use crate::ui::intake::IntakeSet;
use crate::ui::shell::ModelChoice;
use crate::ui::theme::{TARGET, UNIT};
use crate::ui::widgets::{SaveChoice, Thumb, save_menu};

/// The panes of A and B.
const PANES: [PaneId; 2] = [PaneId(200), PaneId(201)];
/// The pane of the intersection.
const INTERSECTION: PaneId = PaneId(202);
/// A and B pan and zoom together.
const LINK: u64 = 200;

/// What the panels show and cannot change.
#[derive(Debug, Clone, Copy)]
pub struct Props<'a> {
    /// The pictures of the library.
    pub thumbs: &'a [Thumb],
    /// Their numbers.
    pub items: &'a [u64],
    /// The networks.
    pub models: &'a [ModelChoice],
}

/// What the panels change.
type Both<'a> = (&'a mut SimilarityState, &'a mut Vec<Ask>);

/// Draws the whole tab. What the person asked for is added to `asks`.
pub fn tab_ui(
    root: &mut egui::Ui,
    state: &mut SimilarityState,
    props: &Props<'_>,
    answers: &mut Answers<'_>,
    frame: &mut StageFrame,
    asks: &mut Vec<Ask>,
) {
    let compact = middle::is_compact(root);
    if state.view == View::Average {
        leave_out(root.ctx(), &[Command::Swap, Command::Flip, Command::Wipe]);
    }
    let mut all: Both<'_> = (&mut *state, &mut *asks);
    left_column(root, |ui| {
        let (state, asks) = &mut all;
        choose::choose_ui(ui, state, props.thumbs, props.items, props.models, asks);
        if compact {
            ui.add_space(2.0 * UNIT);
            match state.view {
                View::TwoMaps => middle::display_ui(ui, state),
                View::Average => average::display_ui(ui, state),
            }
        }
    });
    right_column_with_foot(
        root,
        &mut all,
        |ui, (state, _)| match state.view {
            View::TwoMaps => figures::figures_ui(ui, state),
            View::Average => average::figures_ui(ui, state),
        },
        // What is to be kept is what stands above it.
        (TARGET, |ui: &mut egui::Ui, (_, asks): &mut Both<'_>| {
            save_ui(ui, asks);
        }),
    );
    match state.view {
        View::TwoMaps => middle::middle_ui(root, state, props.models, frame, answers, asks),
        View::Average => {
            let item = state.side(Which::A).item;
            let place = item.and_then(|id| props.items.iter().position(|known| *known == id));
            average::middle_ui(
                root,
                state,
                props.models,
                place.and_then(|place| props.thumbs.get(place)),
                frame,
                answers.average,
                asks,
            );
        }
    }
}

/// True when nothing is on its way that the figures of both maps wait for.
#[must_use]
pub fn settled(world: &World) -> bool {
    let (current, state) = (
        world.resource::<Current>(),
        world.resource::<SimilarityState>(),
    );
    match state.view {
        View::TwoMaps => current.settled(state),
        View::Average => world.resource::<Averaging>().settled(state),
    }
}

/// What can be saved.
const SAVES: [SaveChoice<'static>; 2] = [
    SaveChoice {
        command: Command::Save,
        words: "Pictures and figures...",
        help: "Into a folder: the maps, what they share, and the figures",
    },
    SaveChoice {
        command: Command::SaveAs,
        words: "One page or figure...",
        help: "One file to send or to print: HTML, PDF, SVG or PNG",
    },
];

/// Keeps what is compared or averaged in files; says so where there is nothing to keep yet.
fn save_ui(ui: &mut egui::Ui, asks: &mut Vec<Ask>) {
    let size = egui::vec2(ui.available_width(), TARGET);
    if let Some(command) = save_menu(ui, size, true, "", &SAVES) {
        asks.push(Ask::Do(command));
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<SimilarityState>()
        .init_resource::<Current>()
        .init_resource::<Averaging>()
        .init_resource::<Asks>()
        .add_systems(Startup, systems::start)
        .add_systems(OnEnter(Tab::Similarity), systems::enter)
        .add_systems(
            Update,
            (
                systems::take_pairs,
                arrive::take_arrived,
                receive::receive_own_models,
                receive::receive_pictures,
                receive::receive,
                receive::receive_figures,
                average::receive_jobs,
                average::receive_tasks,
                average::advance,
            )
                .chain()
                .after(IntakeSet),
        )
        .add_systems(
            EguiPrimaryContextPass,
            (
                systems::draw.in_set(UiSet::Tab),
                act::act.in_set(UiSet::Act).before(crate::ui::act),
            )
                .run_if(in_state(Tab::Similarity)),
        );
}
