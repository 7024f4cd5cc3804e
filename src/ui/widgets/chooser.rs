//! A drop-down list with its name beside it.

use bevy_egui::egui::{Button, ComboBox, Response, Ui, vec2};

use crate::ui::theme;

/// One line of the list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice<'a> {
    /// What it is called.
    pub name: &'a str,
    /// One sentence about it, shown on hover.
    pub help: &'a str,
    /// False where it cannot be chosen now; `help` then says why.
    pub enabled: bool,
}

/// Draws the list and sets `chosen` to the index that was taken. The response is `changed` then.
/// `label` is shown before the list when `labelled`, and always read out.
pub fn chooser(
    ui: &mut Ui,
    label: &str,
    labelled: bool,
    width: f32,
    chosen: &mut usize,
    choices: &[Choice<'_>],
) -> Response {
    let name = labelled.then(|| ui.label(theme::quiet(ui, label)));
    let shown = choices.get(*chosen).map_or("", |choice| choice.name);
    let mut taken = None;
    let mut response = ComboBox::from_id_salt(label)
        .width(width)
        .height(theme::UNIT * 60.0)
        .truncate()
        .selected_text(shown)
        .show_ui(ui, |ui| {
            ui.set_min_width(width);
            for (index, choice) in choices.iter().enumerate() {
                let button = Button::selectable(index == *chosen, choice.name)
                    .min_size(vec2(ui.available_width(), theme::TARGET));
                let row = ui.add_enabled(choice.enabled, button);
                let row = row
                    .on_hover_text(choice.help)
                    .on_disabled_hover_text(choice.help);
                if row.clicked() {
                    taken = Some(index);
                }
            }
        })
        .response;
    if let Some(name) = name {
        response = response.labelled_by(name.id);
    }
    response.ctx.accesskit_node_builder(response.id, |node| {
        node.set_label(label);
        node.set_value(shown);
        // What Linux asks of a list has no value in it.
        node.set_description(shown);
    });
    if let Some(index) = taken
        && index != *chosen
    {
        *chosen = index;
        response.mark_changed();
    }
    match choices.get(*chosen) {
        Some(choice) if !choice.help.is_empty() => response.on_hover_text(choice.help),
        _ => response,
    }
}
