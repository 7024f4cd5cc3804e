//! The middle: the stage with the picture, and what is said on it while there is none.

use bevy_egui::egui::{Button, Rect, Ui, vec2};

use super::state::{Ask, Look, Status};
use crate::ui::commands::Command;
use crate::ui::intake::{invitation, takes_drops};
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::message;

/// What is said on the stage when there is no picture or no result. The picture itself is drawn by
/// Bevy under the interface.
pub(super) fn stage_messages(root: &mut Ui, rect: Rect, look: &Look, asked: &mut Vec<Ask>) {
    match &look.status {
        Status::Empty => message(root, rect, |ui| {
            ui.label(theme::title(invitation(takes_drops())));
            ui.label("or choose one on the left.");
        }),
        Status::Failed { why } => message(root, rect, |ui| {
            ui.label(theme::title("That did not work"));
            ui.label(why);
            ui.add_space(UNIT);
            let retry = ui
                .add(Button::new(Command::Retry.label()).min_size(vec2(12.0 * UNIT, theme::TARGET)))
                .on_hover_text(Command::Retry.tooltip(ui.ctx()));
            if retry.clicked() {
                asked.push(Ask::Do(Command::Retry));
            }
        }),
        _ => {}
    }
}
