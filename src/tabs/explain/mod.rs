//! "Explain": guess what the computer sees, by painting it.

mod answer;
mod best;
mod chart;
mod choose;
mod deal;
mod input;
mod keep;
mod middle;
mod prepare;
mod receive;
mod requests;
mod results;
mod rules;
mod state;
mod systems;
mod table;
#[cfg(test)]
mod tests;

use bevy::app::AppExit;
use bevy::prelude::*;
use bevy_egui::{EguiPrimaryContextPass, egui};

use answer::answer_ui;
pub use choose::Pickable;
use choose::choose_ui;
use input::{take_buttons, take_input};
use middle::{middle_ui, stage_messages};
pub use rules::{Effect, obey};
pub use state::{
    Ask, Explain, Focus, Game, MAX_ROUNDS, Mode, Outcome, Phase, Rival, Round, Setup, Status, Tool,
};
pub use systems::Asks;

use crate::stage::{PaneArea, PaneId, StageFrame};
use crate::ui::Tab;
use crate::ui::UiSet;
use crate::ui::columns::{columns, right_column};
use crate::ui::commands::{Command, leave_out};
use crate::ui::intake::IntakeSet;
use crate::ui::theme;
use crate::ui::widgets::Thumb;

/// The tab's pane.
const PANE: PaneId = PaneId(300);

/// Draws the whole tab: what to play with on the left, the canvas in the middle, the score on the
/// right. What the person asked for is added to `asks`. Strokes are taken first, so that all
/// panels show them at once.
pub fn tab_ui(
    root: &mut egui::Ui,
    explain: &mut Explain,
    (thumbs, pickable): (&[Thumb], &[Pickable]),
    frame: &mut StageFrame,
    asks: &mut Vec<Ask>,
) {
    let ctx = root.ctx().clone();
    take_input(&ctx, explain, frame);
    take_buttons(&ctx, explain, asks);
    if !explain.game.as_ref().is_some_and(Game::can_paint) {
        leave_out(&ctx, &[Command::Undo, Command::Redo]);
    }
    // Where there is room for two columns only, the first one waits behind a button.
    let narrow = root.available_width() < theme::NARROW;
    let setup = !narrow || explain.setup_open || explain.game.is_none();
    let mut state = (&mut *explain, &mut *asks);
    if setup {
        columns(
            root,
            &mut state,
            |ui, (explain, asks)| choose_ui(ui, explain, thumbs, pickable, asks),
            |ui, (explain, asks)| answer_ui(ui, explain, asks),
        );
    } else {
        right_column(root, |ui| answer_ui(ui, state.0, state.1));
    }
    let rect = middle_ui(root, explain, narrow, asks);
    stage_ui(root, rect, explain, frame);
    stage_messages(root, rect, explain, asks);
}

/// The stage: the canvas, or the results.
fn stage_ui(root: &mut egui::Ui, rect: egui::Rect, explain: &mut Explain, frame: &mut StageFrame) {
    let Some(game) = &explain.game else {
        explain.stage = None;
        return;
    };
    if game.phase == Phase::Results {
        explain.stage = None;
        results::results_ui(root, rect, game);
        return;
    }
    let label = stage_label(explain);
    let response = PaneArea::new(PANE, rect, &label).paints().show(root, frame);
    explain.stage = Some(response.id);
    if game.phase == Phase::Playing && explain.refocus == Some(Focus::Picture) {
        explain.refocus = None;
        response.request_focus();
    }
    if response.has_focus()
        && game.can_paint()
        && let Some(brush) = explain.brush
        && let Some(at) = input::on_screen(explain, frame, brush)
        && let Some(radius) = input::ring(explain, frame)
    {
        let painter = root.painter().with_clip_rect(rect);
        chart::brush_ring(&painter, at, radius, explain.tool.band);
    }
    if game.phase == Phase::Revealed {
        // A drag or a tap on the picture moves the wipe.
        if let Some(at) = response.interact_pointer_pos()
            && (response.dragged_by(egui::PointerButton::Primary) || response.clicked())
            && let Some(place) = input::place(explain, frame, at)
        {
            explain.wipe = place[0].clamp(0.0, 1.0);
            explain.wiping = true;
        }
    } else if let Some(at) = response.hover_pos()
        && game.can_paint()
        && input::is_outside(explain, frame, at)
    {
        root.ctx().set_cursor_icon(egui::CursorIcon::NotAllowed);
        response.on_hover_text(input::OUTSIDE);
    } else if let Some(at) = response.hover_pos()
        && explain.tool.mode == Mode::Brush
        && game.can_paint()
        && let Some(radius) = input::ring(explain, frame)
    {
        let painter = root.painter().with_clip_rect(rect);
        chart::brush_ring(&painter, at, radius, explain.tool.band);
        root.ctx().set_cursor_icon(egui::CursorIcon::None);
    }
}

/// What a screen reader says of the stage.
fn stage_label(explain: &Explain) -> String {
    let Some((game, round)) = explain
        .game
        .as_ref()
        .and_then(|game| Some((game, game.round()?)))
    else {
        return String::new();
    };
    let regions = round.regions.as_ref();
    if let Some([x, y]) = explain.brush.filter(|_| game.can_paint()) {
        let [x, y] = [x, y].map(|side| side * 100.0);
        return format!(
            "{}. Brush at {x:.0} % from the left, {y:.0} % from the top.",
            round.alt.trim_end_matches('.')
        );
    }
    let place = round.cursor.zip(regions).map_or_else(
        || "Arrows choose a part of the picture, 1 to 4 paint it.".to_owned(),
        |(segment, regions)| {
            let pixel = regions.pixels(segment).next();
            let paint = pixel
                .zip(round.board.as_ref())
                .and_then(|(pixel, board)| board.painting().get(pixel));
            let paint = paint.map_or("not painted", crate::guess::Band::name);
            let part = format!("Part {} of {}", segment + 1, regions.len());
            format!("{part}, {}, {paint}.", regions.place_in_words(segment))
        },
    );
    // A sentence that ends in a full stop goes on here.
    let alt = round.alt.trim_end_matches('.');
    match game.phase {
        Phase::Playing => format!("The picture to paint on: {alt}. {place}"),
        _ => format!("{alt}: your paint against the answer"),
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Explain>()
        .init_resource::<Asks>()
        .init_resource::<table::Table>()
        .add_systems(Startup, systems::start)
        .add_systems(OnEnter(Tab::Explain), systems::enter)
        .add_systems(
            Update,
            (
                receive::take_arrived,
                receive::receive_own_models,
                // Also while another tab is shown: news come once.
                receive::receive,
                receive::receive_tasks,
                receive::receive_scores,
                receive::after_a_loss,
            )
                .chain()
                .after(IntakeSet),
        )
        .add_systems(Last, table::finish.run_if(on_message::<AppExit>))
        .add_systems(
            EguiPrimaryContextPass,
            (
                systems::draw.in_set(UiSet::Tab),
                systems::act.in_set(UiSet::Act).before(crate::ui::act),
            )
                .run_if(in_state(Tab::Explain)),
        );
}
