//! The middle: the stage with the picture, and the controls that act on it under it.

use bevy_egui::egui::{self, Align, Button, Frame, Layout, Margin, Panel, Rect, Ui, vec2};

use super::state::{Ask, Look, Status};
use super::words::bright_parts;
use crate::ui::commands::Command;
use crate::ui::intake::{invitation, takes_drops};
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{
    Progress, command_button, message, overlay_controls, overlay_height, progress_line,
};

/// From this width on there is room for a second button, in logical pixels.
const SAVE_AS_FROM: f32 = 60.0 * UNIT;

/// Height of the line above the stage, in logical pixels.
const CAPTION: f32 = 5.0 * UNIT;

/// Draws the middle and returns the rectangle that belongs to the picture.
pub fn middle_ui(root: &mut Ui, look: &mut Look, back: bool, asked: &mut Vec<Ask>) -> Rect {
    let palette = theme::palette(root);
    let ground = Frame::new().fill(palette.ground);
    Panel::bottom("controls")
        .frame(ground.inner_margin(Margin::symmetric(16, 0)))
        .resizable(false)
        .show_separator_line(false)
        .exact_size(controls_height(root.available_width()))
        .show(root, |ui| controls_ui(ui, look));
    Panel::top("caption")
        .frame(ground.inner_margin(Margin::symmetric(16, 4)))
        .resizable(false)
        .show_separator_line(false)
        .exact_size(CAPTION)
        .show(root, |ui| caption_ui(ui, look, back, asked));
    root.available_rect_before_wrap()
}

fn caption_ui(ui: &mut Ui, look: &mut Look, back: bool, asked: &mut Vec<Ask>) {
    let words = match (&look.status, &look.answer) {
        (Status::Done, _) if look.editing => look.edit.caption(),
        (Status::Done, _) if look.pointed.is_some() => reading(look),
        (Status::Working { what, .. }, _) => what.clone(),
        (Status::Cancelled, _) => "Stopped. The map below is the last whole one.".to_owned(),
        (_, Some(answer)) if look.newcomer && answer.against.is_none() => format!(
            "Bright parts made the AI say {}. Try another answer.",
            answer.explained
        ),
        (_, Some(answer)) if look.overlay.shown => bright_parts(answer),
        _ => String::new(),
    };
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let nothing_gone = look.editing && (look.edit.is_blank() || look.edit.mapping);
        let ready = look.status == Status::Done && !nothing_gone;
        if command_button(ui, Command::Save, ready, "When the map is there").clicked() {
            asked.push(Ask::Do(Command::Save));
        }
        // A narrow window has no room for it: the keys do the same.
        if ui.available_width() > SAVE_AS_FROM
            && command_button(ui, Command::SaveAs, ready, "When the map is there").clicked()
        {
            asked.push(Ask::Do(Command::SaveAs));
        }
        if back && command_button(ui, Command::Back, true, "").clicked() {
            asked.push(Ask::Do(Command::Back));
        }
        if look.working() && command_button(ui, Command::Cancel, true, "").clicked() {
            asked.push(Ask::Do(Command::Cancel));
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add(egui::Label::new(&words).truncate())
                .on_hover_text(words);
        });
    });
}

/// What the map holds under the pointer, in words.
fn reading(look: &Look) -> String {
    match look.pointed.flatten() {
        Some(value) => format!("Here {}", crate::tabs::similarity::value(value)),
        None => "The network did not see this part of the picture.".to_owned(),
    }
}

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

fn controls_ui(ui: &mut Ui, look: &mut Look) {
    let (what, progress) = match &look.status {
        Status::Working { what, progress } => (what.as_str(), *progress),
        _ if look.editing && look.edit.mapping => {
            ("Looking for what matters now...", Progress::Running)
        }
        _ => ("", Progress::Idle),
    };
    progress_line(ui, what, progress);
    ui.add_space(UNIT / 2.0);
    let range = look.answer.as_ref().and_then(|answer| answer.range);
    let both = look.edit.range.filter(|_| look.editing);
    let range = both.or(range);
    overlay_controls(ui, &mut look.overlay, range);
}

/// Height of the controls in a column of `width`, in logical pixels.
fn controls_height(width: f32) -> f32 {
    overlay_height(width - 4.0 * UNIT) + 2.0 * UNIT
}
