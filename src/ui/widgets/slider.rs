//! A slider with its name before it and its value after it, which can also be typed.

use bevy_egui::egui::{self, Align, DragValue, Layout, Response, Slider, Ui};

use crate::ui::theme::{self, UNIT};

/// What a slider sets: its name, range, step and unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dial<'a> {
    /// Name, shown before the slider and read out.
    pub label: &'a str,
    /// Width kept for the name, so that sliders above each other begin at one line; 0 for as much
    /// as it needs.
    pub label_width: f32,
    /// Lowest value.
    pub min: f32,
    /// Highest value.
    pub max: f32,
    /// Step of the arrow keys and of dragging.
    pub step: f32,
    /// Unit after the value, such as `" %"`.
    pub unit: &'a str,
    /// One sentence on what it does, shown on hover.
    pub help: &'a str,
}

/// Draws the slider over the width that is there. The response is `changed` when the value moved.
pub fn labelled_slider(ui: &mut Ui, dial: &Dial<'_>, value: &mut f32) -> Response {
    let before = *value;
    let typed_width = 8.5 * UNIT;
    let decimals = if dial.step < 1.0 { 2 } else { 0 };
    let mut response = ui
        .allocate_ui_with_layout(
            egui::vec2(ui.available_width(), theme::TARGET),
            Layout::left_to_right(Align::Center),
            |ui| {
                let start = ui.cursor().left();
                let label = ui.label(dial.label).on_hover_text(dial.help);
                let spare = start + dial.label_width - label.rect.right();
                ui.add_space(spare.max(0.0));
                ui.spacing_mut().slider_width =
                    (ui.available_width() - typed_width - UNIT).max(6.0 * UNIT);
                let slider = ui
                    .add(
                        Slider::new(value, dial.min..=dial.max)
                            .step_by(f64::from(dial.step))
                            .show_value(false),
                    )
                    // Its help is the label's and the number's: here it would lie over the picture
                    // that is being watched while the slider moves.
                    .labelled_by(label.id);
                let typed = ui.add_sized(
                    egui::vec2(typed_width, theme::TARGET),
                    DragValue::new(value)
                        .range(dial.min..=dial.max)
                        .speed(f64::from(dial.step))
                        .max_decimals(decimals)
                        .suffix(dial.unit),
                );
                let typed = typed
                    .labelled_by(label.id)
                    .on_hover_text(format!("{}\nDrag, or click and type", dial.help));
                slider | typed
            },
        )
        .inner;
    if (*value - before).abs() > f32::EPSILON {
        response.mark_changed();
    }
    response
}
