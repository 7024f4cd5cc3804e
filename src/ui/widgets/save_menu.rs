//! One button that saves, and what it can save in a list: a person need not know two commands apart.

use bevy_egui::egui::containers::menu::MenuButton;
use bevy_egui::egui::{Button, Ui, Vec2, vec2};

use crate::ui::commands::Command;
use crate::ui::theme::{self, UNIT};

/// A line of the list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SaveChoice<'a> {
    /// What is asked for.
    pub command: Command,
    /// What is saved, in words.
    pub words: &'a str,
    /// One sentence about it.
    pub help: &'a str,
}

/// Draws the button in `size` and, once it is pressed, the list of `choices`; returns what was taken.
/// `ready` is false while there is nothing to save; `when` then says what it waits for.
pub fn save_menu(
    ui: &mut Ui,
    size: Vec2,
    ready: bool,
    when: &str,
    choices: &[SaveChoice<'_>],
) -> Option<Command> {
    let mut taken = None;
    ui.add_enabled_ui(ready, |ui| {
        let button = Button::new(Command::Save.label()).min_size(size);
        let (button, _) = MenuButton::from_button(button).ui(ui, |ui| {
            ui.set_min_width(32.0 * UNIT);
            for choice in choices {
                let row = Button::new(choice.words)
                    .shortcut_text(choice.command.keys(ui.ctx()))
                    .min_size(vec2(ui.available_width(), theme::TARGET));
                if ui.add(row).on_hover_text(choice.help).clicked() {
                    taken = Some(choice.command);
                }
            }
        });
        button.on_disabled_hover_text(when);
    });
    taken
}
