//! A button that asks for a command: its words on it, its keys in the tooltip.

use bevy_egui::egui::{Button, Response, Ui, vec2};

use crate::ui::commands::Command;
use crate::ui::theme;

/// Draws the button. `ready` is false while the command can do nothing; `when` then says what it
/// waits for.
pub fn command_button(ui: &mut Ui, command: Command, ready: bool, when: &str) -> Response {
    let button = Button::new(command.label()).min_size(vec2(0.0, theme::TARGET));
    ui.add_enabled(ready, button)
        .on_hover_text(command.tooltip(ui.ctx()))
        .on_disabled_hover_text(when)
}
