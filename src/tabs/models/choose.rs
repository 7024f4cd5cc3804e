//! The left column: which picture, what is done to it, which models look at it.

use bevy_egui::egui::{Button, CollapsingHeader, RichText, Ui, vec2};

use super::state::{Ask, Explained, Levels, Models, View};
use crate::stylize::corruption::{Corruption, CorruptionFamily};
use crate::ui::commands::Command;
use crate::ui::shell::ModelChoice;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{Thumb, segments, step_header, thumb_grid, thumb_ticks};

/// What the column offers.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    /// The library's pictures; those that are no photos are hidden.
    pub photos: &'a [Thumb],
    /// The library's pictures; those that are no textures are hidden.
    pub textures: &'a [Thumb],
    /// The library's numbers, in the order of the two.
    pub numbers: &'a [u64],
    /// The models.
    pub models: &'a [ModelChoice],
}

/// Draws the column.
pub fn choose_ui(ui: &mut Ui, models: &mut Models, offer: Offer<'_>, asks: &mut Vec<Ask>) {
    step_header(ui, 1, "Choose a picture");
    if let Some(index) = thumb_grid(ui, offer.photos, models.chosen, 4) {
        asks.push(Ask::Choose(index));
    }
    ui.add_space(UNIT / 2.0);
    let half = vec2((ui.available_width() - UNIT) / 2.0, theme::TARGET);
    ui.horizontal(|ui| {
        for (command, words) in [(Command::Open, "Open..."), (Command::Paste, "Paste")] {
            let button = ui
                .add_sized(half, Button::new(words))
                .on_hover_text(command.tooltip(ui.ctx()));
            if button.clicked() {
                asks.push(Ask::Do(command));
            }
        }
    });

    ui.add_space(2.0 * UNIT);
    step_header(ui, 2, "Choose the models");
    models_ui(ui, models, offer.models, asks);

    ui.add_space(2.0 * UNIT);
    step_header(ui, 3, "Choose what is done to it");
    changes_ui(ui, models, offer, asks);

    ui.add_space(2.0 * UNIT);
    ui.label("Maps explain");
    let explained = segments(
        ui,
        "Maps explain",
        &mut models.explained,
        &[
            (
                Explained::ItsAnswer,
                "Its answer",
                "What the model says of that version: what made it change its mind",
            ),
            (
                Explained::FirstAnswer,
                "First answer",
                "What the model said of the original: is that still there?",
            ),
        ],
    );
    if explained.changed() {
        asks.push(Ask::Again);
    }

    ui.add_space(2.0 * UNIT);
    folder_ui(ui, models, asks);
}

fn models_ui(ui: &mut Ui, models: &mut Models, offered: &[ModelChoice], asks: &mut Vec<Ask>) {
    ui.spacing_mut().item_spacing.y = 0.0;
    for model in offered {
        let mut on = models.ticked.contains(&model.id);
        let help = if model.note.is_empty() {
            model.name.as_str()
        } else {
            model.note.as_str()
        };
        let tick = ui
            .add_enabled_ui(model.installed, |ui| ui.checkbox(&mut on, &model.name))
            .inner
            .on_hover_text(help)
            .on_disabled_hover_text(help);
        if tick.changed() {
            if on {
                models.ticked.insert(model.id.clone());
            } else {
                models.ticked.remove(&model.id);
            }
            asks.push(Ask::Again);
        }
    }
    if offered.is_empty() {
        ui.label("No model is installed. Run: python3 models/install.py");
    }
    ui.spacing_mut().item_spacing.y = UNIT;
    ui.label(theme::quiet(
        ui,
        "To add your own, open or drop its ONNX file.",
    ));
}

fn changes_ui(ui: &mut Ui, models: &mut Models, offer: Offer<'_>, asks: &mut Vec<Ask>) {
    ui.label("Textures it is painted in");
    let ticked = |index: usize| {
        let number = offer.numbers.get(index);
        number.is_some_and(|number| models.textures.contains(number))
    };
    if let Some(index) = thumb_ticks(ui, offer.textures, &ticked, 5) {
        asks.push(Ask::Texture(index));
    }
    ui.add_space(UNIT / 2.0);
    ui.label("Corruptions");
    ui.spacing_mut().item_spacing.y = 0.0;
    for family in [
        CorruptionFamily::Weather,
        CorruptionFamily::Noise,
        CorruptionFamily::Blur,
        CorruptionFamily::Digital,
    ] {
        let of_family = || {
            let all = Corruption::ALL.into_iter();
            all.filter(move |corruption| corruption.family() == family)
        };
        let count = of_family()
            .filter(|corruption| models.corruptions.contains(corruption))
            .count();
        let title = if count > 0 {
            format!("{} ({count})", family.name())
        } else {
            family.name().to_owned()
        };
        CollapsingHeader::new(RichText::new(title))
            .id_salt(family.name())
            .show(ui, |ui| {
                for corruption in of_family() {
                    let mut on = models.corruptions.contains(&corruption);
                    let tick = ui
                        .checkbox(&mut on, corruption.name())
                        .on_hover_text(corruption.description());
                    if tick.changed() {
                        if on {
                            models.corruptions.insert(corruption);
                        } else {
                            models.corruptions.remove(&corruption);
                        }
                        asks.push(Ask::Again);
                    }
                }
            });
    }
    ui.spacing_mut().item_spacing.y = UNIT;
    ui.add_space(UNIT / 2.0);
    ui.label("Steps of each");
    let levels = segments(
        ui,
        "Steps of each",
        &mut models.levels,
        &[
            (Levels::One, "1", "The whole painting; severity 3"),
            (
                Levels::Three,
                "3",
                "40, 70 and 100 %; severities 1, 3 and 5",
            ),
            (Levels::Five, "5", "20 to 100 %; severities 1 to 5"),
        ],
    );
    if levels.changed() {
        asks.push(Ask::Again);
    }
}

fn folder_ui(ui: &mut Ui, models: &mut Models, asks: &mut Vec<Ask>) {
    ui.label(theme::title("A whole folder"));
    ui.label(theme::quiet(
        ui,
        "The same over many pictures gives intervals, and the pictures on which the models disagree.",
    ));
    let size = vec2(ui.available_width(), theme::TARGET);
    if let Some(run) = &models.run {
        let left = if run.left.is_empty() {
            String::new()
        } else {
            format!(", {} left", run.left)
        };
        ui.label(format!("{} of {} rows{left}", run.done, run.total));
        if ui.add_sized(size, Button::new("Stop the run")).clicked() {
            asks.push(Ask::StopRun);
        }
    } else {
        let ready = models.versions.len() > 1 && !models.ticked.is_empty();
        ui.add_enabled_ui(ready, |ui| {
            let run = ui
                .add_sized(size, Button::new("Run over a folder..."))
                .on_hover_text("These models and changes, over every picture of a folder")
                .on_disabled_hover_text("Tick a model and a texture or corruption first");
            if run.clicked() {
                asks.push(Ask::RunFolder);
            }
        });
    }
    let open = ui
        .add_sized(size, Button::new("Open results..."))
        .on_hover_text("A file that \"saliscope robustness\" wrote");
    if open.clicked() {
        asks.push(Ask::OpenResults);
    }
    if models.results.is_some() {
        segments(
            ui,
            "Shown in the middle",
            &mut models.view,
            &[
                (View::Matrix, "This picture", ""),
                (View::Folder, "Results", ""),
            ],
        );
    }
}
