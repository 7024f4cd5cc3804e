//! The columns beside the picture that parts are taken from: the tools on the left, what the network
//! says then on the right.

use bevy_egui::egui::{Button, Ui, vec2};

use super::state::{Edit, FillChoice, Search, Tool};
use crate::tabs::look::state::Ask;
use crate::ui::commands::Command;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{
    Choice, Dial, Progress, chooser, labelled_slider, pair_bar_row, pair_legend, progress_line,
    segments, step_header,
};

/// Share of the map that one click takes away, in percent.
pub const TOP_PERCENT: f64 = 10.0;

/// The tools.
pub fn tools_ui(ui: &mut Ui, edit: &mut Edit, mapped: bool, asked: &mut Vec<Ask>) {
    step_header(ui, 1, "Take a part away");
    ui.add_enabled_ui(edit.can_paint(), |ui| hand_ui(ui, edit));
    ui.add_space(UNIT);
    ui.label("What takes its place");
    fill_ui(ui, edit);

    ui.add_space(2.0 * UNIT);
    step_header(ui, 2, "Or let it be found");
    let searching = matches!(edit.search, Search::Running(..));
    let ready = edit.can_paint();
    let top = format!("Erase the top {TOP_PERCENT:.0} %");
    if wide(ui, ready && mapped, &top)
        .on_hover_text("Takes away the part of the map that mattered most: does the answer change?")
        .on_disabled_hover_text("When the map is there")
        .clicked()
    {
        asked.push(Ask::EraseTop);
    }
    if searching {
        if wide(ui, true, "Stop the search").clicked() {
            asked.push(Ask::StopSearch);
        }
    } else if wide(ui, ready, "Smallest deciding part")
        .on_hover_text(
            "Searches the fewest of 8 x 8 cells whose loss makes the AI say something else",
        )
        .clicked()
    {
        asked.push(Ask::SearchFlip);
    }
    match &edit.search {
        Search::Idle => {}
        Search::Running(asked, most) => {
            let share = *asked as f32 / (*most).max(1) as f32;
            progress_line(ui, "Searching", Progress::Share(share));
            ui.label(theme::quiet(
                ui,
                format!("{asked} of at most {most} questions"),
            ));
        }
        Search::Over(words) => {
            ui.label(words);
        }
    }

    ui.add_space(2.0 * UNIT);
    steps_ui(ui, edit);
    ui.add_space(UNIT);
    let back = wide(ui, true, "Whole picture again");
    back.ctx.accesskit_node_builder(back.id, |node| {
        node.set_label("Back to the whole picture");
    });
    if back
        .on_hover_text("What is taken away here is kept until another picture is chosen")
        .clicked()
    {
        asked.push(Ask::WhatIf(false));
    }
}

fn hand_ui(ui: &mut Ui, edit: &mut Edit) {
    let before = edit.hand.tool;
    segments(
        ui,
        "Tool",
        &mut edit.hand.tool,
        &[
            (Tool::Brush, "Brush", "Paint over what is to go"),
            (Tool::Rectangle, "Rectangle", "Drag, or tap two corners"),
            (Tool::Parts, "Parts", "Tap a part of the picture"),
        ],
    );
    if edit.hand.tool != before {
        edit.abandon();
    }
    ui.add_enabled_ui(edit.hand.tool != Tool::Parts, |ui| {
        segments(
            ui,
            "What it does",
            &mut edit.hand.restore,
            &[
                (false, "Take away", "What is painted over goes"),
                (true, "Bring back", "What is painted over comes back"),
            ],
        );
    });
    if edit.hand.tool == Tool::Brush {
        let dial = Dial {
            label: "Width",
            label_width: 6.0 * UNIT,
            min: 2.0,
            max: 50.0,
            step: 1.0,
            unit: " %",
            help: "Width of the brush, as a share of the picture's width",
        };
        labelled_slider(ui, &dial, &mut edit.hand.brush);
    }
}

fn fill_ui(ui: &mut Ui, edit: &mut Edit) {
    let choices: Vec<Choice<'_>> = edit
        .fills
        .iter()
        .map(|(choice, name)| Choice {
            name,
            help: match choice {
                FillChoice::Picture(_) => "The middle of this picture, as a texture",
                _ => "",
            },
            enabled: true,
        })
        .collect();
    let at = edit.fills.iter().position(|(fill, _)| *fill == edit.fill);
    let mut index = at.unwrap_or(0);
    let width = ui.available_width();
    let changed = chooser(ui, "Fill", false, width, &mut index, &choices).changed();
    if changed && let Some((fill, _)) = edit.fills.get(index) {
        edit.fill = *fill;
    }
}

fn steps_ui(ui: &mut Ui, edit: &mut Edit) {
    let (undo, redo) = edit.steps();
    let can = edit.can_paint();
    let blank = edit.is_blank();
    let third = vec2((ui.available_width() - 2.0 * UNIT) / 3.0, theme::TARGET);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = UNIT;
        // Three words in the narrowest column.
        ui.spacing_mut().button_padding.x = 0.5 * UNIT;
        for (command, ready) in [(Command::Undo, undo > 0), (Command::Redo, redo > 0)] {
            let button = ui.add_enabled_ui(can && ready, |ui| {
                ui.add_sized(third, Button::new(command.label()))
            });
            if button
                .inner
                .on_hover_text(command.tooltip(ui.ctx()))
                .clicked()
            {
                if command == Command::Undo {
                    edit.undo();
                } else {
                    edit.redo();
                }
            }
        }
        let reset = ui.add_enabled_ui(can && !blank, |ui| {
            ui.add_sized(third, Button::new("Reset"))
        });
        let reset = reset
            .inner
            .on_hover_text("Bring everything back; can be undone");
        if reset.clicked() {
            edit.reset();
        }
    });
}

/// What the network says before and after.
pub fn answers_ui(ui: &mut Ui, edit: &mut Edit, asked: &mut Vec<Ask>) {
    step_header(ui, 3, "What the AI says then");
    if edit.canvas.is_none() {
        ui.label(theme::quiet(ui, "One moment..."));
        return;
    }
    segments(
        ui,
        "Show the picture",
        &mut edit.before,
        &[
            (true, "Before", "The picture and its map as they were"),
            (false, "After", "The picture and its map without the part"),
        ],
    );
    if edit.sentence.is_empty() {
        ui.label("Nothing is taken away yet: both bars are the same.");
    } else {
        ui.label(&edit.sentence);
    }
    ui.add_space(UNIT / 2.0);
    pair_legend(ui);
    ui.spacing_mut().item_spacing.y = UNIT / 4.0;
    for (class, bar) in &edit.bars {
        let row = ui.push_id(class, |ui| pair_bar_row(ui, bar)).inner;
        if row.clicked() && !bar.marked {
            asked.push(Ask::Explain(*class));
        }
    }
    ui.spacing_mut().item_spacing.y = UNIT;
    ui.add_space(UNIT / 2.0);
    ui.label(theme::quiet(
        ui,
        "Click an answer to see what speaks for it, before and after. Save keeps the picture without \
         the part, both maps and these figures.",
    ));
}

/// A button over the width that is there.
fn wide(ui: &mut Ui, ready: bool, words: &str) -> bevy_egui::egui::Response {
    let size = vec2(ui.available_width(), theme::TARGET);
    ui.add_enabled_ui(ready, |ui| ui.add_sized(size, Button::new(words)))
        .inner
}
