//! The right column: how many maps are in the average, how far they are apart, how near it is to
//! the original's.

use bevy_egui::egui::{Align, CursorIcon, Label, Layout, Sense, Ui, WidgetInfo, WidgetType, vec2};

use super::super::figures::metrics_ui;
use super::super::state::SimilarityState;
use super::super::words;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::step_header;

/// Draws the column.
pub fn figures_ui(ui: &mut Ui, state: &mut SimilarityState) {
    step_header(ui, 3, "See what they share");
    let average = &state.average;
    let (done, ticked) = average.progress();
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), 4.5 * UNIT),
        Layout::left_to_right(Align::Center),
        |ui| {
            ui.label(theme::figure(done.to_string()));
            let maps = if ticked == 1 { "map" } else { "maps" };
            ui.add(Label::new(format!("of {ticked} {maps}")).truncate());
        },
    );
    if let Some(problem) = &average.problem {
        ui.label(problem);
    }
    let failed: Vec<_> = average
        .versions
        .iter()
        .filter_map(|version| match &version.status {
            super::VersionStatus::Failed(why) if average.counts(version) => {
                Some(format!("{}: {why}", version.name))
            }
            _ => None,
        })
        .collect();
    for why in failed.iter().take(3) {
        ui.label(why);
    }
    if failed.len() > 3 {
        ui.label(format!("and {} more", failed.len() - 3));
    }
    let left_out = average.left_out();
    if let Some(words) = &left_out {
        ui.label(words);
    }
    let Some(summary) = average.figures().cloned() else {
        let words = if average.stale {
            "The figures of these maps are counted."
        } else {
            "Tick versions: what their maps have in common is shown here."
        };
        if left_out.is_none() || average.stale {
            ui.label(theme::quiet(ui, words));
        }
        return;
    };
    ui.add_space(UNIT);
    ui.label(theme::title("How far the maps are apart"));
    ui.spacing_mut().item_spacing.y = UNIT / 2.0;
    let rows = [
        ("Highest mean", summary.mean.max),
        ("Typical spread", summary.typical_spread as f32),
        ("Highest spread", summary.spread.max),
    ];
    for (name, value) in rows {
        row_ui(ui, name, &words::value(value));
    }
    ui.label(theme::quiet(
        ui,
        "The spread is the standard deviation: where it is high, the maps do not agree.",
    ));
    ui.spacing_mut().item_spacing.y = UNIT;
    ui.add_space(UNIT);
    metrics_ui(
        ui,
        "How alike the mean is to A",
        summary.likeness.as_ref(),
        &mut state.top,
    );
}

/// A name and its figure; a click copies it.
fn row_ui(ui: &mut Ui, name: &str, value: &str) {
    let size = vec2(ui.available_width(), 3.0 * UNIT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    if response.hovered() || response.has_focus() {
        let hot = theme::palette(ui).control_hot;
        ui.painter().rect_filled(rect, theme::RADIUS, hot);
    }
    let builder = bevy_egui::egui::UiBuilder::new().max_rect(rect);
    let mut row = ui.new_child(builder.layout(Layout::left_to_right(Align::Center)));
    row.add(Label::new(name).selectable(false));
    row.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.add(Label::new(value).selectable(false));
    });
    response
        .widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, format!("{name}: {value}")));
    let response = response
        .on_hover_cursor(CursorIcon::Copy)
        .on_hover_text("Click to copy");
    if response.clicked() {
        ui.ctx().copy_text(format!("{name}: {value}"));
    }
}
