//! Exact figures beside a chart: a keyboard user gets them with the focus, a mouse user with the
//! pointer.

use bevy_egui::egui::{self, RectAlign, Response, Tooltip, Ui, vec2};

use crate::ui::theme::{self, UNIT};

/// Shows `add` beside `response`, so that it does not hide the chart's other parts.
pub fn tooltip_beside(response: &Response, add: impl FnOnce(&mut Ui)) {
    let mut tooltip = if response.has_focus() {
        Tooltip::for_widget(response)
    } else {
        Tooltip::for_enabled(response)
    };
    tooltip.popup = tooltip
        .popup
        .align(RectAlign::LEFT_START)
        .align_alternatives(&[RectAlign::RIGHT_START, RectAlign::BOTTOM_START])
        .gap(UNIT);
    tooltip.show(add);
}

/// A title, pairs of name and figure, and what a click does.
pub(super) fn figures(ui: &mut Ui, title: &str, figures: &[(String, String)], hint: &str) {
    ui.label(theme::title(title));
    egui::Grid::new("figures")
        .num_columns(2)
        .min_row_height(3.0 * UNIT)
        .spacing(vec2(2.0 * UNIT, UNIT / 2.0))
        .show(ui, |ui| {
            for (name, value) in figures {
                ui.label(theme::quiet(ui, name));
                ui.label(value);
                ui.end_row();
            }
        });
    ui.label(theme::quiet(ui, hint));
}
