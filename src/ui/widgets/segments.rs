//! A segmented control: a few choices side by side, one of them taken.

use bevy_egui::egui::{
    Align2, CornerRadius, Response, Sense, Stroke, StrokeKind, TextStyle, Ui, Vec2, WidgetInfo,
    WidgetType,
};

use crate::ui::theme::{self, RADIUS, UNIT};

/// Draws `choices` (value, name, help) in one row over the width that is there and sets `chosen`.
/// The response covers the row; it is `changed` when another choice was taken.
pub fn segments<T: PartialEq + Copy>(
    ui: &mut Ui,
    label: &str,
    chosen: &mut T,
    choices: &[(T, &str, &str)],
) -> Response {
    let palette = theme::palette(ui);
    let width = ui.available_width();
    let (row, mut response) =
        ui.allocate_exact_size(Vec2::new(width, theme::TARGET), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::RadioGroup, ui.is_enabled(), label));
    let font = TextStyle::Body.resolve(ui.style());

    // Room is shared by the length of the words, so that long names are not cut.
    let wants: Vec<f32> = choices
        .iter()
        .map(|(_, name, _)| {
            ui.painter()
                .layout_no_wrap((*name).to_owned(), font.clone(), palette.text)
                .size()
                .x
                + 2.0 * UNIT
        })
        .collect();
    let total: f32 = wants.iter().sum::<f32>().max(1.0);
    let spare = (width - total) / choices.len().max(1) as f32;

    let mut left = row.left();
    let count = choices.len();
    for (index, ((value, name, help), want)) in choices.iter().zip(&wants).enumerate() {
        let mut cell = row;
        cell.min.x = left;
        left += want + spare;
        cell.max.x = if index + 1 == count {
            row.right()
        } else {
            left
        };
        let part = ui.interact(cell, response.id.with(index), Sense::click());
        let taken = *chosen == *value;
        let end = |is_end: bool| if is_end { RADIUS } else { 0 };
        let corners = CornerRadius {
            nw: end(index == 0),
            sw: end(index == 0),
            ne: end(index + 1 == count),
            se: end(index + 1 == count),
        };
        let (fill, ink) = if taken {
            (palette.action, palette.on_action)
        } else if part.hovered() || part.has_focus() {
            (palette.control_hot, palette.text)
        } else {
            (palette.control, palette.text)
        };
        ui.painter().rect(
            cell,
            corners,
            fill,
            Stroke::new(
                1.0,
                if taken {
                    palette.action
                } else {
                    palette.outline
                },
            ),
            StrokeKind::Inside,
        );
        ui.painter().text(
            cell.center(),
            Align2::CENTER_CENTER,
            name,
            font.clone(),
            ink,
        );
        part.widget_info(|| {
            WidgetInfo::selected(WidgetType::RadioButton, ui.is_enabled(), taken, name)
        });
        if part.clicked() && !taken {
            *chosen = *value;
            response.mark_changed();
        }
        if !help.is_empty() {
            part.on_hover_text(*help);
        }
    }
    response
}
