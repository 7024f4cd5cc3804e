//! The right column: who bears it best, the curve of what is selected, two models' answers.

use bevy_egui::egui::{
    self, CornerRadius, Rect, Sense, Stroke, StrokeKind, TextStyle, Tooltip, Ui, WidgetInfo,
    WidgetType, pos2, vec2,
};

use super::figures::{self, Digest, Standing};
use super::state::{Measure, Models, View};
use crate::classifier::Prediction;
use crate::stylize::shift::Shift;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{Choice, LineChart, chooser, line_chart, segments, step_header};

/// How many answers of two models are set side by side.
const ANSWERS: usize = 5;

/// Draws the column.
pub fn side_ui(ui: &mut Ui, models: &mut Models) {
    step_header(ui, 4, "Who bears it best");
    let digest = models
        .results
        .as_ref()
        .filter(|_| models.view == View::Folder)
        .map(|results| results.digest.clone());
    let folder = digest.is_some();
    let cues = !folder && figures::has_cues(models);
    let mut choices = vec![
        (
            Measure::Agreement,
            "Map agrees",
            "Share of the map that stays where it was, within delta",
        ),
        (
            Measure::Answer,
            "Answer stays",
            "Share of versions on which the model still says what it said of the original",
        ),
    ];
    if cues {
        choices.push((
            Measure::Shape,
            "Shape",
            "Shape decisions among those for shape or texture",
        ));
    } else if models.measure == Measure::Shape {
        models.measure = Measure::Agreement;
    }
    segments(ui, "What the bars show", &mut models.measure, &choices);
    let name = |id: &str| models.model_name(id).to_owned();
    let standings = match &digest {
        Some(digest) => digest.standings(models.measure, &name),
        None if models.measure == Measure::Shape => figures::shape_standings(models),
        None => figures::standings(&models.rows(), models.measure, &name),
    };
    if standings.is_empty() {
        ui.label(theme::quiet(ui, "The bars come with the first cells."));
    }
    ui.spacing_mut().item_spacing.y = UNIT / 4.0;
    for standing in &standings {
        standing_row(ui, standing);
    }
    ui.spacing_mut().item_spacing.y = UNIT;
    if !standings.is_empty() {
        let words = if folder {
            "The thin line is the 95 % interval over pictures."
        } else {
            "One picture gives no interval over pictures: run a folder for that."
        };
        ui.label(theme::quiet(ui, words));
    }

    curve_ui(ui, models, digest.as_deref());
    if !folder {
        duel_ui(ui, models);
    }
}

/// The curve of the selected version's family, or of one chosen from a list.
fn curve_ui(ui: &mut Ui, models: &mut Models, digest: Option<&Digest>) {
    let folder = digest.is_some();
    let name = |id: &str| models.model_name(id).to_owned();
    let families = match digest {
        Some(digest) => digest.families.clone(),
        None => figures::families(&models.rows()),
    };
    let selected = models
        .versions
        .get(models.selected.0)
        .and_then(|version| version.shift.as_ref())
        .map(Shift::family);
    let mut index = match &selected {
        Some(family) if !folder => families.iter().position(|f| f == family).unwrap_or(0),
        _ => models.family.min(families.len().saturating_sub(1)),
    };
    let curve = match digest {
        Some(digest) => digest.curve(index, models.measure, &name),
        None => families
            .get(index)
            .map(|family| figures::curve(&models.rows(), family, models.measure, &name)),
    };
    if let (Some(curve), Some(family)) = (curve, families.get(index)) {
        ui.add_space(2.0 * UNIT);
        let of = match models.measure {
            Measure::Answer => "How sure of the first answer",
            Measure::Agreement | Measure::Shape => "Agreement with the original",
        };
        ui.label(theme::title(of));
        let names: Vec<String> = families.iter().map(|f| figures::family_name(f)).collect();
        let choices: Vec<Choice<'_>> = names
            .iter()
            .map(|name| Choice {
                name,
                help: "",
                enabled: true,
            })
            .collect();
        let before = index;
        let width = ui.available_width();
        chooser(ui, "Curve of", false, width, &mut index, &choices);
        if index != before {
            models.family = index;
            select_family(models, families.get(index));
        }
        let about = format!("{of} under {}", figures::family_name(family));
        line_chart(
            ui,
            &LineChart {
                name: &about,
                labels: &curve.labels,
                across: curve.across,
                series: &curve.series,
            },
        );
    }
}

/// Selects the first row of a family, so that the matrix and the curve show the same.
fn select_family(models: &mut Models, family: Option<&String>) {
    let row = models.versions.iter().position(|version| {
        let own = version.shift.as_ref().map(Shift::family);
        own.as_ref() == family
    });
    if let Some(row) = row {
        models.selected.0 = row;
        models.reveal = true;
    }
}

/// One bar with its interval: name, share, bar. A tooltip gives the figures.
fn standing_row(ui: &mut Ui, standing: &Standing) {
    let palette = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(
        vec2(ui.available_width(), 7.5 * UNIT),
        Sense::focusable_noninteractive(),
    );
    if response.hovered() || response.has_focus() {
        ui.painter()
            .rect_filled(rect, CornerRadius::same(theme::RADIUS), palette.control_hot);
    }
    let inner = rect.shrink2(vec2(UNIT, UNIT / 2.0));
    let font = TextStyle::Body.resolve(ui.style());
    let value = standing
        .share
        .map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", share * 100.0));
    let figure = ui
        .painter()
        .layout_no_wrap(value.clone(), font.clone(), palette.text);
    let mut beside = egui::text::LayoutJob::simple_singleline(
        standing.beside.clone(),
        font.clone(),
        palette.quiet,
    );
    beside.wrap = egui::text::TextWrapping::truncate_at_width(inner.width());
    let beside = ui.painter().layout_job(beside);
    let room = (inner.width() - figure.size().x - UNIT).max(UNIT);
    let mut job =
        egui::text::LayoutJob::simple_singleline(standing.name.clone(), font, palette.text);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room);
    let name = ui.painter().layout_job(job);
    ui.painter().galley(inner.min, name, palette.text);
    let at = pos2(inner.right() - figure.size().x, inner.top());
    let under = inner.min + vec2(0.0, figure.size().y);
    ui.painter().galley(at, figure, palette.text);
    ui.painter().galley(under, beside, palette.quiet);
    let rail = Rect::from_min_max(pos2(inner.left(), inner.bottom() - UNIT), inner.max);
    ui.painter().rect_filled(rail, 3.0, palette.track);
    if let Some(share) = standing.share {
        bar(ui, rail, share);
    }
    if let Some((low, high)) = standing.interval {
        let x = |share: f64| egui::lerp(rail.x_range(), share.clamp(0.0, 1.0) as f32);
        let line = Stroke::new(1.5, palette.text);
        let y = rail.center().y;
        ui.painter().hline(x(low)..=x(high), y, line);
        for end in [x(low), x(high)] {
            ui.painter().vline(end, y - 4.0..=y + 4.0, line);
        }
    }
    let interval = standing.interval.map_or_else(String::new, |(low, high)| {
        format!(
            ", 95 % interval {:.1} to {:.1} %",
            low * 100.0,
            high * 100.0
        )
    });
    let told = format!("{}, {value}{interval}, {}", standing.name, standing.beside);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, told.clone()));
    let mut tip = if response.has_focus() {
        Tooltip::for_widget(&response)
    } else {
        Tooltip::for_enabled(&response)
    };
    tip.popup = tip.popup.gap(UNIT);
    tip.show(|ui| {
        ui.label(&told);
        ui.label(theme::quiet(ui, format!("Over {}.", standing.over)));
    });
}

fn bar(ui: &Ui, rail: Rect, share: f64) {
    let palette = theme::palette(ui);
    let width = (rail.width() * share.clamp(0.0, 1.0) as f32).max(2.0);
    let filled = Rect::from_min_size(rail.min, vec2(width, rail.height()));
    ui.painter().rect_filled(filled, 3.0, palette.bar);
    ui.painter().rect_stroke(
        filled,
        3.0,
        Stroke::new(1.0, palette.action),
        StrokeKind::Inside,
    );
}

/// The surest answers of two models on the selected version, side by side.
fn duel_ui(ui: &mut Ui, models: &mut Models) {
    if models.columns.len() < 2 {
        return;
    }
    let last = models.columns.len() - 1;
    models.duel = (models.duel.0.min(last), models.duel.1.min(last));
    ui.add_space(2.0 * UNIT);
    let row = models.selected.0;
    let version = models.versions.get(row).map_or("", |v| v.name.as_str());
    ui.label(theme::title(format!("Two models on \"{version}\"")));
    let names: Vec<String> = models.columns.iter().map(|c| c.name.clone()).collect();
    let choices: Vec<Choice<'_>> = names
        .iter()
        .map(|name| Choice {
            name,
            help: "",
            enabled: true,
        })
        .collect();
    let width = ui.available_width();
    let (mut left, mut right) = models.duel;
    for (label, index) in [("First model", &mut left), ("Second model", &mut right)] {
        chooser(ui, label, false, width, index, &choices);
    }
    models.duel = (left, right);
    let answers = |column: usize| -> Option<Vec<Prediction>> {
        let finding = models.finding(row, column)?;
        Some(finding.answers.iter().take(ANSWERS).cloned().collect())
    };
    let (Some(a), Some(b)) = (answers(left), answers(right)) else {
        ui.label(theme::quiet(ui, "Their answers come with their cells."));
        return;
    };
    // Both lists under each other line by line, so that equal ranks are side by side.
    let gap = UNIT;
    let half = (ui.available_width() - gap) / 2.0;
    ui.spacing_mut().item_spacing.y = UNIT / 4.0;
    for rank in 0..a.len().max(b.len()) {
        let (rect, _) =
            ui.allocate_exact_size(vec2(ui.available_width(), 5.0 * UNIT), Sense::hover());
        for (side, list, other) in [(0.0, &a, &b), (1.0, &b, &a)] {
            if let Some(answer) = list.get(rank) {
                let at = rect.min + vec2(side * (half + gap), 0.0);
                let place = Rect::from_min_size(at, vec2(half, rect.height()));
                let shared = other.iter().any(|theirs| theirs.label == answer.label);
                answer_ui(ui, place, answer, shared, (rank, side > 0.0));
            }
        }
    }
    ui.spacing_mut().item_spacing.y = UNIT;
    ui.label(theme::quiet(
        ui,
        "Dots mark answers that only one of them gives.",
    ));
}

fn answer_ui(ui: &Ui, place: Rect, answer: &Prediction, shared: bool, id: (usize, bool)) {
    let palette = theme::palette(ui);
    let response = ui.interact(
        place,
        egui::Id::new(("answer of two", id)),
        Sense::focusable_noninteractive(),
    );
    let inner = place.shrink2(vec2(UNIT / 2.0, UNIT / 2.0));
    let font = TextStyle::Body.resolve(ui.style());
    let mut job =
        egui::text::LayoutJob::simple_singleline(answer.label.clone(), font.clone(), palette.text);
    let value = format!("{:.0} %", answer.probability * 100.0);
    let figure = ui.painter().layout_no_wrap(value, font, palette.quiet);
    let dot = if shared { 0.0 } else { 1.5 * UNIT };
    if !shared {
        let at = inner.left_top() + vec2(UNIT / 2.0, figure.size().y / 2.0);
        ui.painter().circle_filled(at, 3.0, palette.action);
    }
    let room = inner.width() - figure.size().x - UNIT / 2.0 - dot;
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.max(UNIT));
    let label = ui.painter().layout_job(job);
    ui.painter()
        .galley(inner.min + vec2(dot, 0.0), label, palette.text);
    let at = pos2(inner.right() - figure.size().x, inner.top());
    ui.painter().galley(at, figure, palette.quiet);
    let rail = Rect::from_min_max(pos2(inner.left(), inner.bottom() - 0.75 * UNIT), inner.max);
    ui.painter().rect_filled(rail, 3.0, palette.track);
    bar(ui, rail, f64::from(answer.probability));
    let only = if shared { "" } else { ", only here" };
    let told = format!(
        "{}, {:.1} %{only}",
        answer.label,
        answer.probability * 100.0
    );
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, told.clone()));
    response.on_hover_text(told);
}
