//! What is written over the pictures and in their place: names, work, failures.

use bevy_egui::egui::{
    Align, Button, Frame, Label, Layout, Margin, Rect, Stroke, Ui, UiBuilder, pos2, vec2,
};

use super::state::{Ask, SimilarityState, Status, Which};
use super::words;
use crate::ui::commands::Command;
use crate::ui::shell::ModelChoice;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{Progress, progress_line};

/// The names above the pictures, each with what its side is doing.
pub(super) fn captions_ui(
    ui: &mut Ui,
    state: &SimilarityState,
    models: &[ModelChoice],
    asks: &mut Vec<Ask>,
) {
    let gap = 2.0 * UNIT;
    let width = (ui.available_width() - gap) / 2.0;
    let whole = ui.available_rect_before_wrap();
    for which in Which::ALL {
        let left = whole.left() + (width + gap) * which.index() as f32;
        let place = Rect::from_min_size(pos2(left, whole.top()), vec2(width, whole.height()));
        let mut ui = ui.new_child(UiBuilder::new().max_rect(place).id_salt(which));
        side_caption(&mut ui, state, which, models, asks);
    }
}

pub(super) fn side_caption(
    ui: &mut Ui,
    state: &SimilarityState,
    which: Which,
    models: &[ModelChoice],
    asks: &mut Vec<Ask>,
) {
    let side = state.side(which);
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.add_space(UNIT / 2.0);
    let about = words::about(side, models);
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), 3.0 * UNIT),
        Layout::left_to_right(Align::Center),
        |ui| {
            let stop = side.status.is_working();
            if state.way_back.is_some() && which == Which::A {
                let back = Button::new(Command::Back.label()).min_size(vec2(UNIT, 3.0 * UNIT));
                let tip = Command::Back.tooltip(ui.ctx());
                if ui.add(back).on_hover_text(tip).clicked() {
                    asks.push(Ask::Do(Command::Back));
                }
            }
            let room = ui.available_width() - if stop { 9.0 * UNIT } else { 0.0 };
            let name = theme::title(format!("{}  {}", which.letter(), side.name));
            ui.allocate_ui(vec2(room, 3.0 * UNIT), |ui| {
                ui.set_width(room);
                ui.add(Label::new(name).truncate());
            });
            if stop {
                let cancel = Button::new(Command::Cancel.label()).min_size(vec2(UNIT, 3.0 * UNIT));
                let tip = Command::Cancel.tooltip(ui.ctx());
                if ui.add(cancel).on_hover_text(tip).clicked() {
                    asks.push(Ask::Do(Command::Cancel));
                }
            }
        },
    );
    let second = words::doing(&side.status).unwrap_or(&about);
    ui.add(Label::new(theme::quiet(ui, second)).truncate())
        .on_hover_text(&about);
    ui.add_space(UNIT / 4.0);
    let (what, progress) = match &side.status {
        Status::Working { what, progress } => (what.as_str(), *progress),
        _ => ("", Progress::Idle),
    };
    progress_line(ui, &format!("{}: {what}", which.letter()), progress);
}

/// What is said where there is no picture, or where something failed.
pub(super) fn side_message(
    root: &mut Ui,
    place: Rect,
    state: &SimilarityState,
    which: Which,
    asks: &mut Vec<Ask>,
) {
    let (title, text, retry) = match &state.side(which).status {
        Status::Empty => (
            "No picture yet",
            "Drop a picture here, or choose one on the left.",
            false,
        ),
        Status::Failed(why) => ("That did not work", why.as_str(), true),
        _ => return,
    };
    let palette = theme::palette(root);
    let box_rect = Rect::from_center_size(
        place.center(),
        vec2(
            (place.width() - 2.0 * UNIT).min(44.0 * UNIT),
            place.height() * 0.6,
        ),
    );
    let mut ui = root.new_child(
        UiBuilder::new()
            .id_salt(("message", which))
            .max_rect(box_rect)
            .layout(Layout::top_down(Align::Center)),
    );
    Frame::new()
        .fill(palette.ground)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(theme::RADIUS)
        .inner_margin(Margin::same(16))
        .show(&mut ui, |ui| {
            ui.label(theme::title(title));
            ui.label(text);
            if retry {
                let button =
                    Button::new(Command::Retry.label()).min_size(vec2(12.0 * UNIT, theme::TARGET));
                if ui.add(button).clicked() {
                    asks.push(Ask::Do(Command::Retry));
                }
            }
        });
}
