//! The middle: the original's map, the mean and the spread; the grid of versions below.

use bevy::prelude::Vec2;
use bevy_egui::egui::{
    Align, Button, Frame, Label, Layout, Margin, Panel, Rect, Stroke, Ui, UiBuilder, pos2, vec2,
};

use super::super::captions::{side_caption, side_message};
use super::super::choose::line;
use super::super::middle::{BAR, COMPACT, SCALE, scale_row};
use super::super::state::{Ask, SimilarityState, Which};
use super::super::{PANES, words};
use super::state::Reading;
use super::{COLOURS, MEAN, SPREAD, grid};
use crate::stage::{PaneArea, PaneId, StageFrame};
use crate::ui::commands::Command;
use crate::ui::shell::ModelChoice;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{
    ColourBar, Progress, Thumb, overlay_controls, overlay_height, progress_line, segments,
};

/// Height of the names above the pictures, points.
const CAPTION: f32 = 7.0 * UNIT;
/// Width of the choice of what is averaged, points.
const RULE: f32 = 26.0 * UNIT;

/// Draws the middle. `read` tells what the maps hold at a place of the picture; `small` is the
/// small picture of the original.
pub fn middle_ui(
    root: &mut Ui,
    state: &mut SimilarityState,
    models: &[ModelChoice],
    small: Option<&Thumb>,
    frame: &mut StageFrame,
    read: &dyn Fn(Vec2) -> Reading,
    asks: &mut Vec<Ask>,
) {
    let compact = root.available_height() < COMPACT;
    let palette = theme::palette(root);
    let margin = Frame::new()
        .fill(palette.ground)
        .inner_margin(Margin::symmetric(16, 0));
    let (width, height) = (root.available_width() - 4.0 * UNIT, root.available_height());
    let panel = |id: &'static str, height: f32| {
        Panel::bottom(id)
            .frame(margin)
            .resizable(false)
            .show_separator_line(false)
            .exact_size(height)
    };
    let rows = if height < COMPACT { 0.42 } else { 0.36 };
    let grid_height = (height * rows).clamp(20.0 * UNIT, 64.0 * UNIT);
    panel("average grid", grid_height).show(root, |ui| {
        let (x, y) = (ui.max_rect().x_range(), ui.max_rect().top());
        let line = Stroke::new(1.0, palette.line);
        ui.painter().hline(x.expand(2.0 * UNIT), y + 0.5, line);
        ui.add_space(UNIT);
        grid::grid_ui(
            ui,
            &mut state.average,
            small.and_then(|thumb| thumb.texture),
        );
    });
    let own = if compact {
        0.0
    } else {
        overlay_height(width) - BAR + SCALE
    };
    panel("average controls", theme::TARGET + 2.0 * UNIT + own).show(root, |ui| {
        ui.add_space(UNIT);
        rule_ui(ui, state, read);
        if !compact {
            display_ui(ui, state);
        }
    });
    Panel::top("average caption")
        .frame(margin)
        .resizable(false)
        .show_separator_line(false)
        .exact_size(CAPTION)
        .show(root, |ui| captions_ui(ui, state, models, asks));
    let rect = root.available_rect_before_wrap();
    panes_ui(root, rect, state, frame, asks);
}

/// The controls of the maps over their picture.
pub fn display_ui(ui: &mut Ui, state: &mut SimilarityState) {
    overlay_controls(ui, &mut state.overlay, None);
    ui.add_space(UNIT / 2.0);
    let (low, high) = if state.shared_scale {
        ("lowest of A and the mean", "highest of both")
    } else {
        ("lowest of each map", "highest of each map")
    };
    let figures = state.average.summary.as_ref().map_or_else(
        || "Each map on its own scale".to_owned(),
        |summary| {
            format!(
                "The mean from {} to {}, the spread from {} to {}: {}",
                words::value(summary.mean.min),
                words::value(summary.mean.max),
                words::value(summary.spread.min),
                words::value(summary.spread.max),
                words::UNIT_OF_VALUES
            )
        },
    );
    let bar = ColourBar {
        table: state.overlay.colormap.table(),
        low,
        high,
        figures: &figures,
    };
    let shared = "Equal colours are equal values in A and in the mean";
    scale_row(ui, &mut state.shared_scale, shared, &bar);
}

/// What is averaged, and what the pointer reads.
fn rule_ui(ui: &mut Ui, state: &mut SimilarityState, read: &dyn Fn(Vec2) -> Reading) {
    line(ui, |ui| {
        ui.scope(|ui| {
            ui.set_width(RULE);
            segments(
                ui,
                "What is averaged",
                &mut state.average.by_colour,
                &[
                    (false, "By value", "The mean of the maps' values"),
                    (
                        true,
                        "By colour",
                        "The paper's way: the mean of red, green and blue of the coloured maps",
                    ),
                ],
            );
        });
        ui.add_space(UNIT);
        let text = match state.average.pointed.map(read) {
            Some(values) => {
                let value = |v: Option<f32>| v.map_or("not seen".to_owned(), words::value);
                let [a, mean, spread] = values.map(value);
                format!("Here  A {a}  mean {mean}  spread {spread}")
            }
            None => "Point at a picture to read its values".to_owned(),
        };
        let label = Label::new(theme::quiet(ui, &text)).truncate();
        ui.add(label).on_hover_text(text);
    });
}

/// Three places side by side.
fn thirds(rect: Rect) -> [Rect; 3] {
    let gap = 2.0 * UNIT;
    let width = (rect.width() - 2.0 * gap) / 3.0;
    [0.0, 1.0, 2.0].map(|place| {
        let left = rect.left() + (width + gap) * place;
        Rect::from_min_size(pos2(left, rect.top()), vec2(width, rect.height()))
    })
}

fn captions_ui(ui: &mut Ui, state: &SimilarityState, models: &[ModelChoice], asks: &mut Vec<Ask>) {
    let [first, second, third] = thirds(ui.available_rect_before_wrap());
    let mut left = ui.new_child(UiBuilder::new().max_rect(first).id_salt("A"));
    side_caption(&mut left, state, Which::A, models, asks);

    let average = &state.average;
    let (done, ticked) = average.progress();
    let working = average.working() && ticked > done;
    let mean = if average.by_colour {
        "Mean of the colours"
    } else {
        "Mean"
    };
    let about = if working {
        format!("{done} of {ticked} maps so far")
    } else if average.stopped && done < ticked {
        format!("Stopped at {done} of {ticked} maps")
    } else {
        match done {
            0 => "of no map yet".to_owned(),
            1 => "of one map".to_owned(),
            _ => format!("of {done} maps"),
        }
    };
    let mut middle = ui.new_child(UiBuilder::new().max_rect(second).id_salt("mean"));
    let stop = working.then_some(Command::Cancel);
    caption_ui(&mut middle, mean, &about, stop, asks);
    let progress = if working {
        Progress::Share(done as f32 / ticked.max(1) as f32)
    } else {
        Progress::Idle
    };
    middle.add_space(UNIT / 4.0);
    progress_line(&mut middle, &format!("The average: {about}"), progress);

    let mut right = ui.new_child(UiBuilder::new().max_rect(third).id_salt("spread"));
    caption_ui(
        &mut right,
        "Spread",
        "where the maps do not agree",
        None,
        asks,
    );
}

fn caption_ui(ui: &mut Ui, title: &str, about: &str, button: Option<Command>, asks: &mut Vec<Ask>) {
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.add_space(UNIT / 2.0);
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), 3.0 * UNIT),
        Layout::left_to_right(Align::Center),
        |ui| {
            let room = ui.available_width() - if button.is_some() { 9.0 * UNIT } else { 0.0 };
            ui.allocate_ui(vec2(room, 3.0 * UNIT), |ui| {
                ui.set_width(room);
                ui.add(Label::new(theme::title(title)).truncate());
            });
            if let Some(command) = button {
                let button = Button::new(command.label()).min_size(vec2(UNIT, 3.0 * UNIT));
                let tip = command.tooltip(ui.ctx());
                if ui.add(button).on_hover_text(tip).clicked() {
                    asks.push(Ask::Do(command));
                }
            }
        },
    );
    ui.add(Label::new(theme::quiet(ui, about)).truncate())
        .on_hover_text(about);
}

fn panes_ui(
    root: &mut Ui,
    rect: Rect,
    state: &mut SimilarityState,
    frame: &mut StageFrame,
    asks: &mut Vec<Ask>,
) {
    let [first, second, third] = thirds(rect.shrink2(vec2(2.0 * UNIT, 0.0)));
    let name = state.side(Which::A).name.clone();
    let mut pointed = None;
    let mut pane = |root: &mut Ui, id: PaneId, place: Rect, text: &str| {
        let area = PaneArea::new(id, place, text).show(root, frame);
        if let Some(at) = area.hover_pos() {
            // A mean of colours is a picture of its own: its places are not those of A.
            if id != COLOURS {
                pointed = frame.place_under(id, at).or(pointed);
            }
        }
    };
    if state.side(Which::A).status != super::super::state::Status::Empty {
        pane(root, PANES[0], first, &words::alternative(state, Which::A));
    }
    if let Some(summary) = &state.average.summary {
        let maps = summary.maps;
        let mean = if state.average.by_colour {
            COLOURS
        } else {
            MEAN
        };
        pane(
            root,
            mean,
            second,
            &format!("The mean of {maps} maps of {name}"),
        );
        pane(
            root,
            SPREAD,
            third,
            &format!("The spread of {maps} maps of {name}"),
        );
    } else {
        for (place, text) in [
            (second, "The mean appears with the first map."),
            (third, "The spread shows where maps do not agree."),
        ] {
            let place = place.shrink(UNIT);
            let layout = Layout::top_down(Align::Min);
            let mut ui = root.new_child(
                UiBuilder::new()
                    .max_rect(place)
                    .layout(layout)
                    .id_salt(text),
            );
            let quiet = theme::quiet(&ui, text);
            ui.label(quiet);
        }
    }
    state.average.pointed = pointed;
    side_message(root, first, state, Which::A, asks);
}
