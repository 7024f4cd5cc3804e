//! Help about the tab that is shown, and the keys that do something in it now.

use bevy_egui::egui::{self, Button, Grid, Id, Key, Modal, ScrollArea, Ui, vec2};

use super::Tab;
use super::commands::{self, Command};
use super::shell::Shell;
use super::theme::{self, UNIT};

/// Keys and what they do in this tab as it is now.
fn keys_now(ctx: &egui::Context, tab: Tab) -> Vec<(String, String)> {
    let painting = commands::digits_are_kept(ctx);
    let here = |command: &Command| {
        let taken = command.shortcuts().first().is_some_and(|shortcut| {
            painting && shortcut.modifiers.is_none() && commands::is_digit(shortcut.logical_key)
        });
        command.works_in(tab) && !commands::is_left_out(ctx, *command) && !taken
    };
    let named = |command: Command| {
        let words = command.label().trim_end_matches("...").to_owned();
        (command.keys(ctx), words)
    };
    let pair = |(key, words): (&str, &str)| (key.to_owned(), words.to_owned());
    let paints = [
        ("1 to 4", "Paint: most important to least"),
        ("0 or Delete", "Take the colour off"),
        ("Arrows", "From part to part"),
        ("Shift+Arrows", "Move the brush"),
        ("Enter or Space", "Paint there"),
        ("H", "Hint"),
    ];
    let reveal = ctx.format_shortcut(&commands::REVEAL);
    let others = [
        ("Tab", "Next control"),
        ("Arrows", "Move a slider"),
        (Key::Enter.name(), "Choose"),
    ];
    let paints = paints.into_iter().filter(|_| painting);
    let commands = Command::all().into_iter().filter(here).map(named);
    let ends = painting.then(|| (reveal, "Reveal".to_owned()));
    paints
        .map(pair)
        .chain(ends)
        .chain(commands)
        .chain(others.into_iter().map(pair))
        .collect()
}

/// Draws help over the tab while it is open.
pub fn help_ui(ctx: &egui::Context, shell: &mut Shell) {
    if !shell.help {
        return;
    }
    let frame = theme::dialog(&ctx.global_style().visuals);
    let modal = Modal::new(Id::new("help")).frame(frame).show(ctx, |ui| {
        let width = dialog_width(ctx, 64.0 * UNIT);
        ui.set_width(width);
        ui.label(theme::title(format!(
            "How to use \"{}\"",
            shell.tab.label()
        )));
        ui.add_space(UNIT / 2.0);
        // All of it is within reach also in a small window with large type.
        let room = dialog_room(ctx);
        let area = ScrollArea::vertical()
            .max_height(room)
            .min_scrolled_height(room);
        area.show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            for sentence in shell.tab.help() {
                ui.label(*sentence);
            }
            ui.add_space(2.0 * UNIT);
            ui.label(theme::title("Keys"));
            ui.add_space(UNIT / 2.0);
            keys_ui(ui, &keys_now(ctx, shell.tab), width);
        });
        ui.add_space(2.0 * UNIT);
        close_button(ui)
    });
    if modal.inner || modal.should_close() {
        shell.help = false;
    }
}

/// Keys and what they do, in two columns where there is room for two.
fn keys_ui(ui: &mut Ui, keys: &[(String, String)], width: f32) {
    let beside = if width < 60.0 * UNIT { 1 } else { 2 };
    Grid::new("keys")
        .num_columns(2 * beside)
        .min_row_height(3.0 * UNIT)
        .spacing(vec2(3.0 * UNIT, 0.0))
        .show(ui, |ui| {
            for row in keys.chunks(beside) {
                for (key, words) in row {
                    ui.label(egui::RichText::new(key).strong());
                    ui.label(words);
                }
                ui.end_row();
            }
        });
}

/// Width of what a dialog holds: `wanted`, or what the window has.
pub(super) fn dialog_width(ctx: &egui::Context, wanted: f32) -> f32 {
    wanted.min(ctx.content_rect().width() - 8.0 * UNIT)
}

/// Height for what scrolls in a dialog between its title and the button that closes it.
pub(super) fn dialog_room(ctx: &egui::Context) -> f32 {
    (ctx.content_rect().height() - 19.0 * UNIT).max(12.0 * UNIT)
}

/// The button that closes a dialog; true when it was pressed.
pub(super) fn close_button(ui: &mut Ui) -> bool {
    let palette = theme::palette(ui);
    let words = egui::RichText::new("Close").color(palette.on_action);
    ui.add_sized(
        vec2(12.0 * UNIT, theme::TARGET),
        Button::new(words).fill(palette.action),
    )
    .clicked()
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::saliency::Method;

    /// The smallest window at the largest type, and the usual one.
    #[test]
    fn help_can_be_read_and_closed_in_any_window() {
        for (width, height) in [(480.0, 320.0), (1280.0, 800.0)] {
            for tab in Tab::ALL {
                let shell = Shell {
                    tab,
                    models: Vec::new(),
                    model: 0,
                    method: Method::Xrai,
                    help: true,
                    settings: false,
                };
                let draw = |ui: &mut Ui, shell: &mut Shell| {
                    theme::install(ui.ctx(), false);
                    ui.reset_style();
                    help_ui(ui.ctx(), shell);
                };
                let mut window = Harness::builder()
                    .with_size(vec2(width, height))
                    .with_step_dt(0.2)
                    .build_ui_state(draw, shell);
                window.run_steps(4);
                let close = window.get_by_label("Close");
                let whole = egui::Rect::from_min_size(egui::Pos2::ZERO, vec2(width, height));
                assert!(whole.contains_rect(close.rect()), "{tab:?} {width}");
                close.click();
                window.run_steps(3);
                assert!(!window.state().help, "{tab:?} {width}");
            }
        }
    }

    /// Undoing is not promised where nothing can be undone.
    #[test]
    fn help_leaves_out_what_does_nothing_now() {
        let ctx = egui::Context::default();
        let has = |key: &str| {
            let keys = keys_now(&ctx, Tab::Look);
            keys.iter().any(|(_, words)| words == key)
        };
        assert!(has("Undo") && has("Back"));
        let frame = |commands: &[Command]| {
            let _ = ctx.run_ui(egui::RawInput::default(), |ui| {
                commands::leave_out(ui.ctx(), commands);
            });
        };
        frame(&[Command::Undo, Command::Back]);
        assert!(!has("Undo") && !has("Back") && has("Save"));
        // It is said in every frame in which it is so.
        frame(&[Command::Back]);
        assert!(has("Undo") && !has("Back"));
    }

    /// Digits are tabs, and colours while somebody paints.
    #[test]
    fn help_tells_the_keys_as_they_are_now() {
        let ctx = egui::Context::default();
        let keys = |ctx: &egui::Context| keys_now(ctx, Tab::Explain);
        let has = |keys: &[(String, String)], key: &str, words: &str| {
            keys.iter().any(|(k, w)| k == key && w == words)
        };
        let before = keys(&ctx);
        assert!(has(&before, "1", "See why") && has(&before, "0", "Whole picture"));
        assert!(!before.iter().any(|(_, words)| words.starts_with("Paint")));
        let _ = ctx.run_ui(egui::RawInput::default(), |ui| {
            commands::keep_digits(ui.ctx());
        });
        let painting = keys(&ctx);
        for tab in ["See why", "Stylize", "Similarity", "Models"] {
            assert!(!painting.iter().any(|(_, words)| words == tab), "{tab}");
        }
        // These digits are no colours.
        assert!(has(&painting, "5", "Explain") && has(&painting, "6", "Collection"));
        assert!(!painting.iter().any(|(_, words)| words == "Whole picture"));
        assert!(painting.iter().any(|(key, _)| key == "1 to 4"));
        assert!(has(&painting, "H", "Hint"));
        assert!(painting.iter().any(|(_, words)| words == "Reveal"));
        assert!(!before.iter().any(|(_, words)| words == "Reveal"));
    }
}
