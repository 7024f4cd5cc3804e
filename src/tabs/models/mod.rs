//! "Models": which network is robust, and to what.
//!
//! One picture in several versions (original, textures, corruptions at rising severity) against any
//! number of models. Each cell is where that version's map agrees with the original's, for that
//! model. Maps come from the queue of explanations and its cache, visible cells first; tasks on lanes
//! make the versions and compare the maps.
//!
//! # Memory
//!
//! The versions of one picture (at most [`MOST_VERSIONS`], no side over
//! [`cells::LONGEST_SIDE`] pixels), one byte a pixel for each cell's map, one whole explanation a
//! model, and on the graphics device at most [`hang::CELL_TEXTURES`] pictures of cells in
//! [`hang::CELL_BYTES`] bytes: those in view and those seen last.

mod cases;
mod cell;
mod cells;
mod choose;
mod compare_cell;
mod export;
mod figures;
mod folder;
mod hang;
mod matrix;
mod poster;
mod receive;
mod runs;
#[cfg(test)]
mod scroll_tests;
mod side;
mod state;
mod systems;
#[cfg(test)]
mod tests;
mod ticked;
mod words;
mod work;

use std::path::{Path, PathBuf};

use bevy::prelude::*;
use bevy_egui::{EguiPrimaryContextPass, egui};
use egui::{Align, Button, Frame, Label, Layout, Margin, Panel, Rect, Ui};

pub use choose::Offer;
pub(in crate::tabs) use compare_cell::COLOURS;
pub use state::{
    Ask, Cell, Column, Explained, Finding, Levels, MOST_MODELS, MOST_VERSIONS, Measure, Models,
    ORIGINAL, Results, Version, View,
};
pub use systems::Asks;

use crate::saliency::Method;
use crate::ui::Tab;
use crate::ui::UiSet;
use crate::ui::columns::columns;
use crate::ui::commands::Command;
use crate::ui::intake::IntakeSet;
use crate::ui::spoken::say;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{Dial, Progress, command_button, labelled_slider, progress_line};

/// From this width on the controls stand side by side, in logical pixels.
const SIDE_BY_SIDE: f32 = 76.0 * UNIT;

/// Draws the whole tab: what is chosen on the left, the matrix in the middle, the figures on the
/// right. What the person asked for is added to `asks`.
pub fn tab_ui(root: &mut Ui, models: &mut Models, offer: Offer<'_>, asks: &mut Vec<Ask>) {
    let mut state = (&mut *models, &mut *asks);
    columns(
        root,
        &mut state,
        |ui, (models, asks)| choose::choose_ui(ui, models, offer, asks),
        |ui, (models, _)| side::side_ui(ui, models),
    );
    let rect = middle_ui(root, models, asks);
    if let Some(why) = &models.failed {
        matrix::empty_ui(root, rect, "That did not work", why);
    } else if models.view == View::Folder && models.results.is_some() {
        folder::folder_ui(root, rect, models, asks);
    } else if models.chosen.is_none() {
        let words = "or choose one on the left.";
        matrix::empty_ui(root, rect, "Drop a picture here", words);
    } else if models.columns.is_empty() {
        let words = "Each one ticked on the left becomes a column.";
        matrix::empty_ui(root, rect, "Tick a model", words);
    } else {
        matrix::matrix_ui(root, rect, models, asks);
    }
}

/// Draws what stands over and under the matrix; gives the rectangle in between.
fn middle_ui(root: &mut Ui, models: &mut Models, asks: &mut Vec<Ask>) -> Rect {
    let palette = theme::palette(root);
    let ground = Frame::new().fill(palette.ground);
    let wide = root.available_width() >= SIDE_BY_SIDE;
    if models.view == View::Matrix {
        Panel::bottom("matrix controls")
            .frame(ground.inner_margin(Margin::symmetric(16, 0)))
            .resizable(false)
            .show_separator_line(false)
            .exact_size(if wide { 6.5 * UNIT } else { 11.5 * UNIT })
            .show(root, |ui| controls_ui(ui, models, wide));
    }
    Panel::top("matrix caption")
        .frame(ground.inner_margin(Margin::symmetric(16, 4)))
        .resizable(false)
        .show_separator_line(false)
        .exact_size(5.0 * UNIT)
        .show(root, |ui| caption_ui(ui, models, asks));
    root.available_rect_before_wrap()
}

fn caption_ui(ui: &mut Ui, models: &Models, asks: &mut Vec<Ask>) {
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        let (ended, all) = models.progress();
        let working = models.working() && all > 0;
        let spoken = if all > 0 && ended == all && !working {
            format!("All {all} cells are there.")
        } else {
            String::new()
        };
        say(ui.ctx(), "matrix", &spoken);
        let words = if models.view == View::Folder {
            "Results of a folder.".to_owned()
        } else if working {
            format!("{ended} of {all} cells")
        } else if models.stopped && ended < all {
            format!("Stopped after {ended} of {all} cells. Press Ctrl+R to go on.")
        } else {
            "Where each version's map agrees with the original's. Click a cell to compare the two."
                .to_owned()
        };
        if models.view == View::Folder {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.add(Button::new("Back to the matrix")).clicked() {
                    asks.push(Ask::Back);
                }
                if command_button(ui, Command::SaveAs, true, "").clicked() {
                    asks.push(Ask::Do(Command::SaveAs));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(Label::new(words).truncate());
                });
            });
            return;
        }
        let mut commands = vec![Command::Save];
        if working {
            commands.push(Command::Cancel);
        }
        // From the right, so that a button keeps its place when another comes.
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            for command in commands {
                let button = ui
                    .add(Button::new(command.label()))
                    .on_hover_text(command.tooltip(ui.ctx()));
                if button.clicked() {
                    asks.push(Ask::Do(command));
                }
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(words).truncate());
            });
        });
    });
}

fn controls_ui(ui: &mut Ui, models: &mut Models, wide: bool) {
    let (ended, all) = models.progress();
    let progress = if models.working() && all > 0 {
        Progress::Share(ended as f32 / all as f32)
    } else {
        Progress::Idle
    };
    progress_line(ui, "Cells of the matrix", progress);
    ui.add_space(UNIT / 2.0);
    if wide {
        ui.horizontal(|ui| {
            let room = ui.available_width() - 26.0 * UNIT;
            ui.allocate_ui(egui::vec2(room, theme::TARGET), |ui| delta_ui(ui, models));
            own_ui(ui, models);
        });
    } else {
        delta_ui(ui, models);
        own_ui(ui, models);
    }
}

fn delta_ui(ui: &mut Ui, models: &mut Models) {
    let column = models.columns.get(models.selected.1);
    let chosen = column.map(|column| (column.model.clone(), column.name.clone()));
    let own = chosen.filter(|_| models.own_deltas);
    let label = own.as_ref().map_or_else(
        || "Delta".to_owned(),
        |(_, name)| format!("Delta of {name}"),
    );
    let dial = Dial {
        label: &label,
        label_width: 0.0,
        min: 0.0,
        max: 255.0,
        step: 1.0,
        unit: "",
        help: "How far red, green and blue of the two maps may differ where they agree",
    };
    match own {
        Some((model, _)) => {
            let linked = models.delta;
            let value = models.deltas.entry(model).or_insert(linked);
            labelled_slider(ui, &dial, value);
        }
        None => {
            labelled_slider(ui, &dial, &mut models.delta);
        }
    }
}

fn own_ui(ui: &mut Ui, models: &mut Models) {
    ui.checkbox(&mut models.own_deltas, "One for each model")
        .on_hover_text("The slider then belongs to the model whose cell is selected");
}

/// Saves what the matrix holds now, as its "Save..." does: a report, a picture or the numbers, by the
/// ending of `path`.
///
/// # Errors
/// One line when the file cannot be written or the picture would be too large.
pub fn save(models: &Models, method: Method, path: &Path) -> Result<PathBuf, String> {
    export::write(&export::Draft::of(models, method), path)
}

/// A person answered where the pictures of the open table lie.
#[cfg(test)]
pub(crate) fn say_where_pictures_lie(world: &mut World, folder: std::path::PathBuf) {
    world.resource_scope(|world, mut work: Mut<'_, work::Work>| {
        let jobs = world.resource::<crate::jobs::Jobs>();
        let answer = async move { Some(folder) };
        work.ask(jobs, work::Purpose::Pictures, answer);
    });
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Models>()
        .init_resource::<Asks>()
        .init_resource::<work::Work>()
        .init_resource::<cases::Cases>()
        .add_systems(OnEnter(Tab::Models), systems::enter)
        .add_systems(
            Update,
            (
                receive::take_arrived,
                receive::come_back,
                receive::receive_own_models,
                // Also while another tab is shown: news come once, and work goes on.
                receive::take_tables,
                receive::receive_pictures,
                receive::receive,
                receive::receive_figures,
                receive::receive_tasks,
                cases::receive,
            )
                .chain()
                .after(IntakeSet),
        )
        .add_systems(
            EguiPrimaryContextPass,
            (
                systems::draw.in_set(UiSet::Tab),
                (cases::act, systems::act)
                    .chain()
                    .in_set(UiSet::Act)
                    .before(crate::ui::act),
            )
                .run_if(in_state(Tab::Models)),
        );
}
