//! The foot of the right column: what the maps show, how they lie over the pictures, how both are seen, and
//! where they are saved.

use bevy_egui::egui::{Button, CollapsingHeader, Ui, vec2};

use super::hand_over;
use super::state::{Ask, Explaining, Making, Shown, Stylize};
use crate::ui::commands::Command;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{
    Dial, Progress, command_button, few_lines, labelled_slider, overlay_controls, progress_line,
    segments,
};

/// Height of the foot, in logical pixels.
pub fn legend_height(_width: f32) -> f32 {
    17.5 * UNIT
}

/// Draws the foot.
pub fn legend_ui(ui: &mut Ui, stylize: &mut Stylize, asked: &mut Vec<Ask>) {
    let progress = progress(stylize);
    progress_line(ui, "Looking for what mattered", progress);
    let words = match &stylize.making {
        Making::Working(what) => what.clone(),
        _ => explained(stylize),
    };
    few_lines(ui, &words, 2);
    segments(
        ui,
        "How to see both",
        &mut stylize.wipe,
        &[
            (
                false,
                "Both at once",
                "Beside or above each other, whichever is larger (W)",
            ),
            (
                true,
                "Wipe",
                "Both in one place, parted by a line to drag (W)",
            ),
        ],
    );
    ui.horizontal(|ui| commands_ui(ui, stylize, asked));
}

fn commands_ui(ui: &mut Ui, stylize: &Stylize, asked: &mut Vec<Ask>) {
    if stylize.working() && command_button(ui, Command::Cancel, true, "").clicked() {
        asked.push(Ask::Do(Command::Cancel));
    }
    let half = vec2((ui.available_width() - UNIT) / 2.0, theme::TARGET);
    let ready = !stylize.after.name.is_empty() && stylize.after.explained.is_some();
    let compare = ui
        .add_enabled_ui(ready, |ui| ui.add_sized(half, Button::new("Compare")))
        .inner
        .on_hover_text("How much the two maps agree, in figures: in Similarity")
        .on_disabled_hover_text("When both maps are there");
    compare.ctx.accesskit_node_builder(compare.id, |node| {
        node.set_label("Compare in Similarity");
    });
    if compare.clicked() {
        asked.push(Ask::Compare);
    }
    let ready = hand_over::ready(stylize);
    let words = Command::Save.label();
    let save = ui
        .add_enabled_ui(ready, |ui| ui.add_sized(half, Button::new(words)))
        .inner
        .on_hover_text(format!(
            "Both pictures, both maps and the figures, into a folder ({})",
            Command::Save.keys(ui.ctx())
        ))
        .on_disabled_hover_text("When both maps are there");
    if save.clicked() {
        asked.push(Ask::Do(Command::Save));
    }
}

/// Draws how the maps lie over the pictures. It opens: what the AI says comes first.
pub fn shown_ui(ui: &mut Ui, stylize: &mut Stylize) {
    ui.add_space(UNIT);
    CollapsingHeader::new("How the maps are shown")
        .id_salt("shown")
        .default_open(true)
        .show_unindented(ui, |ui| {
            ui.add_space(UNIT / 2.0);
            if stylize.wipe {
                let dial = Dial {
                    label: "Line",
                    label_width: 12.5 * UNIT,
                    min: 0.0,
                    max: 100.0,
                    step: 1.0,
                    unit: " %",
                    help: "Left of the line is the picture before, right of it the one after",
                };
                labelled_slider(ui, &dial, &mut stylize.divider);
            }
            let range = stylize.after.range.or(stylize.before.range);
            overlay_controls(ui, &mut stylize.overlay, range);
        });
}

/// What the two maps are about.
fn explained(stylize: &Stylize) -> String {
    if !stylize.overlay.shown {
        return String::new();
    }
    let of = |shown: &Shown| shown.explained.as_ref().map(|e| e.label.clone());
    match (of(&stylize.before), of(&stylize.after)) {
        (Some(a), Some(b)) if a == b => format!("Bright parts speak for {a}."),
        (Some(a), Some(b)) => format!("Bright parts speak for {a}, and for {b}."),
        (Some(a), None) => format!("Bright parts speak for {a}."),
        _ => String::new(),
    }
}

/// How far both explanations are together.
fn progress(stylize: &Stylize) -> Progress {
    if matches!(stylize.making, Making::Working(_)) {
        return Progress::Running;
    }
    let of = |shown: &Shown| match shown.explaining {
        Explaining::Working(progress) => progress,
        _ => Progress::Idle,
    };
    match (of(&stylize.before), of(&stylize.after)) {
        (Progress::Idle, other) | (other, Progress::Idle) => other,
        (Progress::Share(a), Progress::Share(b)) => Progress::Share(f32::midpoint(a, b)),
        (Progress::Share(a), _) | (_, Progress::Share(a)) => Progress::Share(a / 2.0),
        _ => Progress::Running,
    }
}
