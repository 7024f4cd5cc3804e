//! The right column: how alike the two maps are, in figures and in colours.

use bevy_egui::egui::{
    self, Align, CornerRadius, Label, Layout, Rect, Sense, Stroke, StrokeKind, Ui, UiBuilder,
    WidgetInfo, WidgetType, pos2, vec2,
};

use super::state::{Chart, SimilarityState, Which};
use super::words;
use crate::compare::{MAX_COLOURS, MIN_COLOURS, Metric, MoreAlike, Similarity};
use crate::ui::spoken::say;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{Dial, labelled_slider, pie_chart, segments, share_rows, step_header};

/// Draws the column.
pub fn figures_ui(ui: &mut Ui, state: &mut SimilarityState) {
    step_header(ui, 3, "See how alike they are");
    if let Some(problem) = &state.figures.problem {
        ui.label(problem);
        return;
    }
    let compared = state.figures.similarity.is_some() && !state.stale;
    let spoken = if compared {
        let [a, b] = Which::ALL.map(|which| state.side(which).name.as_str());
        format!("{a} and {b} are compared.")
    } else {
        String::new()
    };
    say(ui.ctx(), "likeness", &spoken);
    for note in &state.figures.notes {
        ui.label(theme::quiet(ui, note));
    }
    colours_ui(ui, state);
    ui.add_space(UNIT);
    metrics_ui(
        ui,
        "Figures of likeness",
        state.figures.similarity.as_ref().filter(|_| !state.stale),
        &mut state.top,
    );
}

fn colours_ui(ui: &mut Ui, state: &mut SimilarityState) {
    ui.label(theme::title("Colours that stand for each map"));
    let dial = Dial {
        label: "How many",
        label_width: 0.0,
        min: MIN_COLOURS as f32,
        max: MAX_COLOURS as f32,
        step: 1.0,
        unit: "",
        help: "Each map is summed up by so many colours (K-means)",
    };
    labelled_slider(ui, &dial, &mut state.colours);
    let choices = [
        (Chart::Pies, "Pies", ""),
        (
            Chart::Bars,
            "Bars",
            "Lengths are easier to compare than slices",
        ),
    ];
    segments(ui, "Kind of chart", &mut state.chart, &choices);
    let Some(colours) = state.figures.colours.as_ref().filter(|_| !state.stale) else {
        ui.label(theme::quiet(ui, "One moment..."));
        return;
    };
    let label = |which: Which| format!("Colours of {}", which.letter());
    match state.chart {
        Chart::Pies => {
            let gap = 2.0 * UNIT;
            let half = (ui.available_width() - gap) / 2.0;
            let diameter = half.min(19.0 * UNIT);
            let size = vec2(ui.available_width(), diameter + 3.0 * UNIT);
            let (rect, _) = ui.allocate_exact_size(size, Sense::empty());
            for which in Which::ALL {
                let left = rect.left() + (half + gap) * which.index() as f32;
                let place = Rect::from_min_size(pos2(left, rect.top()), vec2(half, rect.height()));
                let mut ui = ui.new_child(
                    UiBuilder::new()
                        .id_salt(("pie", which))
                        .max_rect(place)
                        .layout(Layout::top_down(Align::Center)),
                );
                let slices = words::slices(&colours[which.index()]);
                pie_chart(&mut ui, &label(which), &slices, diameter);
                ui.label(which.letter());
            }
        }
        Chart::Bars => {
            for which in Which::ALL {
                ui.push_id(which, |ui| {
                    ui.label(which.letter());
                    share_rows(ui, &label(which), &words::slices(&colours[which.index()]));
                });
            }
        }
    }
}

/// The figures of likeness under a title, with the share that the first two look at.
pub(super) fn metrics_ui(ui: &mut Ui, title: &str, similarity: Option<&Similarity>, top: &mut f32) {
    ui.label(theme::title(title));
    ui.label(theme::quiet(
        ui,
        "The further right the mark, the more alike.",
    ));
    let dial = Dial {
        label: "Top",
        label_width: 0.0,
        min: 1.0,
        max: 100.0,
        step: 1.0,
        unit: " %",
        help: "IoU and Dice look at this share of each map, its highest values",
    };
    labelled_slider(ui, &dial, top);
    for metric in Metric::ALL {
        metric_ui(ui, metric, similarity);
    }
}

/// One figure: name, value, a mark on its range, and what it means. A click copies it.
fn metric_ui(ui: &mut Ui, metric: Metric, similarity: Option<&Similarity>) {
    let palette = theme::palette(ui);
    let value = similarity.and_then(|all| all.get(metric));
    let text = match (similarity, value) {
        (None, _) => "...".to_owned(),
        (Some(_), None) => "no meaning here".to_owned(),
        (Some(_), Some(value)) => format!("{value:.3}"),
    };
    let way = match metric.more_alike() {
        MoreAlike::Higher => "Higher is more alike.",
        MoreAlike::Lower => "Lower is more alike.",
    };
    let height = 4.5 * UNIT;
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    if response.hovered() || response.has_focus() {
        let round = CornerRadius::same(theme::RADIUS);
        ui.painter().rect_filled(rect, round, palette.control_hot);
    }
    let mut row = ui.new_child(
        UiBuilder::new()
            .max_rect(rect.with_max_y(rect.bottom() - 1.5 * UNIT))
            .layout(Layout::left_to_right(Align::Center)),
    );
    row.add(Label::new(egui::RichText::new(metric.name()).strong()).selectable(false));
    row.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.add(Label::new(&text).selectable(false));
    });
    let rail = Rect::from_min_max(
        pos2(rect.left() + UNIT / 2.0, rect.bottom() - 1.25 * UNIT),
        pos2(rect.right() - UNIT / 2.0, rect.bottom() - 0.5 * UNIT),
    );
    ui.painter()
        .rect_filled(rail, CornerRadius::same(3), palette.track);
    if let Some(value) = value {
        let (low, high) = metric.range();
        let share = ((value - low) / (high - low)).clamp(0.0, 1.0) as f32;
        let share = match metric.more_alike() {
            MoreAlike::Higher => share,
            MoreAlike::Lower => 1.0 - share,
        };
        if low < 0.0 {
            // Where unrelated maps are.
            let x = rail.center().x;
            let line = Stroke::new(1.0, palette.outline);
            ui.painter().vline(x, rail.y_range().expand(2.0), line);
        }
        let x = rail.left() + rail.width() * share;
        let mark = Rect::from_center_size(pos2(x, rail.center().y), vec2(UNIT, 1.5 * UNIT));
        ui.painter().rect(
            mark,
            CornerRadius::same(2),
            palette.action,
            Stroke::new(1.0, palette.ground),
            StrokeKind::Outside,
        );
    }
    response.widget_info(|| {
        WidgetInfo::labeled(
            WidgetType::Button,
            ui.is_enabled(),
            format!("{}: {text}. {way} {}", metric.name(), metric.meaning()),
        )
    });
    let response = response
        .on_hover_cursor(egui::CursorIcon::Copy)
        .on_hover_text("Click to copy");
    if response.clicked()
        && let Some(value) = value
    {
        ui.ctx().copy_text(format!("{}: {value:.6}", metric.name()));
    }
    ui.label(theme::quiet(ui, metric.meaning()));
}
