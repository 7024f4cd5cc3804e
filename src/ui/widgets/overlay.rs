//! The controls of a map over a picture: shown or not, how strong, how much of it, in which colours.

use bevy_egui::egui::{Align, Layout, Ui, vec2};

use super::{Choice, ColourBar, Dial, chooser, colour_bar, labelled_slider};
use crate::saliency::SaliencyMap;
use crate::saliency::colormap::{self, Colormap};
use crate::stage;
use crate::ui::commands::Command;
use crate::ui::theme::{self, UNIT};

/// From this width on all controls stand in one row: the picture is to have the room.
const ONE_ROW: f32 = 94.0 * UNIT;
/// From this width on controls stand in two columns, in logical pixels.
const SIDE_BY_SIDE: f32 = 66.0 * UNIT;
/// Below this width the list of colours has a row of its own, in logical pixels.
const ONE_BELOW_THE_OTHER: f32 = 34.0 * UNIT;
/// Width of the list of colours beside other controls, in logical pixels.
const LIST: f32 = 14.0 * UNIT;
/// From this width on both ends of the colour bar are named in full, in logical pixels.
const ENDS_IN_FULL: f32 = 42.0 * UNIT;
/// Width kept for the names of sliders, in logical pixels.
const LABEL: f32 = 12.5 * UNIT;

/// How a map lies over its picture, in the figures that a person sets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlay {
    /// False shows the picture alone.
    pub shown: bool,
    /// 0 (picture only) to 100 (map only), in percent.
    pub opacity: f32,
    /// The share of the map that is shown, most important first, 1 to 100 percent.
    pub top: f32,
    /// Its colours.
    pub colormap: Colormap,
}

impl Default for Overlay {
    fn default() -> Self {
        Self {
            shown: true,
            opacity: 40.0,
            top: 100.0,
            colormap: Colormap::default(),
        }
    }
}

impl Overlay {
    /// What a [`stage::Pane`] is given.
    #[must_use]
    pub fn on_stage(&self) -> stage::Overlay {
        stage::Overlay {
            shown: self.shown,
            opacity: self.opacity / 100.0,
            colormap: self.colormap,
            top_share: self.top / 100.0,
            ..stage::Overlay::default()
        }
    }
}

impl Overlay {
    /// How the map is laid over a picture that is saved: as on the stage, also while it is hidden there.
    #[must_use]
    pub fn on_file(&self, map: &SaliencyMap) -> colormap::Look {
        colormap::Look {
            colormap: self.colormap,
            scale: colormap::Scale::of(map),
            opacity: self.opacity / 100.0,
            cut: map.cut_for_top(f64::from(self.top) / 100.0),
        }
    }
}

/// Draws the controls over the width that is there. `range` is the map's lowest and highest value,
/// for the colour bar; without a map there is no bar.
pub fn overlay_controls(ui: &mut Ui, overlay: &mut Overlay, range: Option<[f32; 2]>) {
    let on = overlay.shown;
    if ui.available_width() >= ONE_ROW {
        one_row(ui, overlay);
    } else if ui.available_width() < SIDE_BY_SIDE {
        if ui.available_width() < ONE_BELOW_THE_OTHER {
            show_ui(ui, &mut overlay.shown);
            ui.add_enabled_ui(on, |ui| {
                let width = ui.available_width();
                colormap_ui(ui, &mut overlay.colormap, false, width);
            });
        } else {
            ui.horizontal(|ui| {
                show_ui(ui, &mut overlay.shown);
                ui.add_enabled_ui(on, |ui| {
                    let width = ui.available_width().min(LIST);
                    colormap_ui(ui, &mut overlay.colormap, false, width);
                });
            });
        }
        ui.add_enabled_ui(on, |ui| {
            opacity_ui(ui, &mut overlay.opacity, LABEL);
            top_ui(ui, &mut overlay.top, LABEL);
        });
    } else {
        row(ui, &mut |ui| show_ui(ui, &mut overlay.shown), &mut |ui| {
            ui.add_enabled_ui(on, |ui| opacity_ui(ui, &mut overlay.opacity, LABEL));
        });
        row(
            ui,
            &mut |ui| {
                ui.add_enabled_ui(on, |ui| {
                    colormap_ui(ui, &mut overlay.colormap, true, 18.0 * UNIT);
                });
            },
            &mut |ui| {
                ui.add_enabled_ui(on, |ui| top_ui(ui, &mut overlay.top, LABEL));
            },
        );
    }
    if let Some(range) = range {
        bar_ui(ui, overlay.colormap, range);
    }
}

/// Height of the controls and their colour bar over `width`, in logical pixels.
#[must_use]
pub fn overlay_height(width: f32) -> f32 {
    if width >= ONE_ROW {
        12.0 * UNIT
    } else if width < ONE_BELOW_THE_OTHER {
        27.0 * UNIT
    } else if width < SIDE_BY_SIDE {
        22.0 * UNIT
    } else {
        17.0 * UNIT
    }
}

/// All controls beside each other; the sliders share what the others leave.
fn one_row(ui: &mut Ui, overlay: &mut Overlay) {
    let on = overlay.shown;
    ui.horizontal(|ui| {
        show_ui(ui, &mut overlay.shown);
        ui.add_enabled_ui(on, |ui| {
            ui.add_space(UNIT);
            colormap_ui(ui, &mut overlay.colormap, false, LIST);
            let gap = 2.0 * UNIT;
            let spaces = 2.0 * ui.spacing().item_spacing.x + 2.0 * gap;
            let each = (ui.available_width() - spaces) / 2.0;
            ui.add_space(gap);
            half(ui, each, &mut |ui| {
                opacity_ui(ui, &mut overlay.opacity, 0.0);
            });
            ui.add_space(gap);
            half(ui, each, &mut |ui| top_ui(ui, &mut overlay.top, 0.0));
        });
    });
}

fn show_ui(ui: &mut Ui, shown: &mut bool) {
    ui.checkbox(shown, Command::ToggleOverlay.label())
        .on_hover_text(Command::ToggleOverlay.tooltip(ui.ctx()));
}

fn opacity_ui(ui: &mut Ui, opacity: &mut f32, label_width: f32) {
    let dial = Dial {
        label: "Opacity",
        label_width,
        min: 0.0,
        max: 100.0,
        step: 1.0,
        unit: " %",
        help: "0 % shows the picture alone, 100 % the map alone",
    };
    labelled_slider(ui, &dial, opacity);
}

fn top_ui(ui: &mut Ui, top: &mut f32, label_width: f32) {
    let dial = Dial {
        label: "Show the top",
        label_width,
        min: 1.0,
        max: 100.0,
        step: 1.0,
        unit: " %",
        help: "Only the part of the picture that mattered most",
    };
    labelled_slider(ui, &dial, top);
}

/// Two controls side by side, aligned with those of the rows above and below.
fn row(ui: &mut Ui, left: &mut dyn FnMut(&mut Ui), right: &mut dyn FnMut(&mut Ui)) {
    let gap = 3.0 * UNIT;
    let column = (ui.available_width() - gap) / 2.0;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        half(ui, column, left);
        ui.add_space(gap);
        half(ui, column, right);
    });
}

fn half(ui: &mut Ui, width: f32, contents: &mut dyn FnMut(&mut Ui)) {
    ui.allocate_ui_with_layout(
        vec2(width, theme::TARGET),
        Layout::left_to_right(Align::Center),
        |ui| {
            ui.set_width(width);
            ui.spacing_mut().item_spacing.x = UNIT;
            contents(ui);
        },
    );
}

/// The list of colours, `width` wide; its name stands before it where it is `labelled`.
fn colormap_ui(ui: &mut Ui, colormap: &mut Colormap, labelled: bool, width: f32) {
    let choices: Vec<Choice<'_>> = Colormap::ALL
        .iter()
        .map(|map| Choice {
            name: map.name(),
            help: "",
            enabled: true,
        })
        .collect();
    let mut index = Colormap::ALL
        .iter()
        .position(|map| map == colormap)
        .unwrap_or(0);
    chooser(ui, "Colours", labelled, width, &mut index, &choices);
    if let Some(chosen) = Colormap::ALL.get(index) {
        *colormap = *chosen;
    }
}

fn bar_ui(ui: &mut Ui, colormap: Colormap, [low, high]: [f32; 2]) {
    let figures = format!(
        "From {low:.4} to {high:.4}: change of the answer's score (logit) per pixel of the network's input"
    );
    // Both ends on one line.
    let (low, high) = if ui.available_width() < ENDS_IN_FULL {
        (format!("least {low:.4}"), format!("most {high:.4}"))
    } else {
        (
            format!("{low:.4} mattered least"),
            format!("mattered most {high:.4}"),
        )
    };
    ui.add_space(UNIT / 2.0);
    colour_bar(
        ui,
        &ColourBar {
            table: colormap.table(),
            low: &low,
            high: &high,
            figures: &figures,
        },
    );
}
