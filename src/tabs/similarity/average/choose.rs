//! The left column: the picture, and which of its versions are averaged.

use bevy_egui::egui::{Button, Ui, WidgetInfo, WidgetType, vec2};

use super::super::state::{Ask, SimilarityState};
use super::state::{AverageState, Group, SEVERITIES};
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{segments, step_header};

/// Draws what stands under the choice of the picture.
pub fn choose_ui(ui: &mut Ui, state: &mut SimilarityState, asks: &mut Vec<Ask>) {
    let average = &mut state.average;
    step_header(ui, 2, "Tick its versions");
    ui.spacing_mut().item_spacing.y = UNIT / 2.0;
    if average.only_files {
        ui.label(theme::quiet(
            ui,
            "A is a map from a file. It can be averaged with other maps.",
        ));
    }
    for group in Group::ALL {
        if average.only_files && group != Group::Files {
            continue;
        }
        if group == Group::Corruptions {
            ui.add_space(UNIT / 2.0);
        }
        group_ui(ui, average, group);
        match group {
            Group::Corruptions => severity_ui(ui, &mut average.severity),
            Group::Files => {
                let button = Button::new("Add files...");
                let size = vec2(ui.available_width(), theme::TARGET);
                let tip = "Pictures, or maps' files: map.npy or explanation.json";
                if ui.add_sized(size, button).on_hover_text(tip).clicked() {
                    asks.push(Ask::AddFiles);
                }
            }
            Group::Textures => {}
        }
    }
    ui.add_space(UNIT);
    two_buttons(
        ui,
        ["Tick all", "Tick none"],
        ["Tick everything that is listed", "Take every tick away"],
        |ticked| average.tick_all(None, ticked),
    );
}

/// A group with its ticks, and a button each for all and none of it.
fn group_ui(ui: &mut Ui, average: &mut AverageState, group: Group) {
    let (ticked, count) = average.ticks(group);
    let name = group.label().to_lowercase();
    ui.label(format!("{} {ticked}/{count}", group.label()));
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = UNIT;
        let half = vec2((ui.available_width() - UNIT) / 2.0, theme::TARGET);
        for (word, tick) in [("All", true), ("None", false)] {
            let button = ui
                .add_enabled_ui(count > 0, |ui| ui.add_sized(half, Button::new(word)))
                .inner;
            let label = if tick {
                format!("Tick all {name}")
            } else {
                format!("Tick no {name}")
            };
            button.widget_info(|| WidgetInfo::labeled(WidgetType::Button, count > 0, &label));
            if button.on_hover_text(&label).clicked() {
                average.tick_all(Some(group), tick);
            }
        }
    });
}

/// Which severities are listed.
fn severity_ui(ui: &mut Ui, severity: &mut u8) {
    ui.label(theme::quiet(ui, "Severity of those listed"));
    let names = SEVERITIES.map(|severity| severity.to_string());
    let mut choices: Vec<(u8, &str, &str)> = SEVERITIES
        .iter()
        .zip(&names)
        .map(|(severity, name)| (*severity, name.as_str(), ""))
        .collect();
    choices.push((0, "All", "All five of each kind"));
    segments(ui, "Severity", severity, &choices);
}

/// Two buttons side by side: yes and no.
fn two_buttons(ui: &mut Ui, words: [&str; 2], help: [&str; 2], mut press: impl FnMut(bool)) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = UNIT;
        let width = (ui.available_width() - UNIT) / 2.0;
        for ((word, help), yes) in words.into_iter().zip(help).zip([true, false]) {
            let button = ui.add_sized(vec2(width, theme::TARGET), Button::new(word));
            if button.on_hover_text(help).clicked() {
                press(yes);
            }
        }
    });
}
