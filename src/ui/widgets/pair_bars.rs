//! One row of a chart of two pictures: a class, how sure the network was before, and is now.

use bevy_egui::egui::{
    self, CornerRadius, Rect, Response, Sense, Stroke, StrokeKind, TextStyle, Ui, Vec2, WidgetInfo,
    WidgetType, pos2, vec2,
};

use super::bars::eye;
use super::tooltip::{figures, tooltip_beside};
use crate::ui::theme::{self, RADIUS, UNIT};

/// What one row shows.
#[derive(Debug, Clone, PartialEq)]
pub struct PairBar {
    /// Name above the bars.
    pub label: String,
    /// Lengths of the two bars, 0 to 1: before and after; `None` while it is not known.
    pub shares: [Option<f32>; 2],
    /// The shares in words, such as `38.5 %`.
    pub values: [String; 2],
    /// True for the class that the maps are about; a sign and an outline say so, not colour alone.
    pub marked: bool,
    /// Name and figure pairs of the tooltip.
    pub figures: Vec<(String, String)>,
    /// What a click does, in words.
    pub hint: String,
}

/// Height of a row, in logical pixels: a target for a finger.
const HEIGHT: f32 = 5.5 * UNIT;
/// Height of one bar, in logical pixels.
const RAIL: f32 = 0.75 * UNIT;
/// Width of a column of figures, in logical pixels.
const COLUMN: f32 = 8.0 * UNIT;
/// Below this width each figure stands beside its bar, so that the name has the room.
const NARROW: f32 = 33.0 * UNIT;

/// Draws the row over the width that is there.
pub fn pair_bar_row(ui: &mut Ui, bar: &PairBar) -> Response {
    let palette = theme::palette(ui);
    let narrow = ui.available_width() < NARROW;
    let line = ui.text_style_height(&TextStyle::Body);
    let height = if narrow { 3.0 * line + UNIT } else { HEIGHT };
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
    let hot = response.hovered() || response.has_focus();
    let painter = ui.painter_at(rect.expand(1.0));
    let round = CornerRadius::same(RADIUS);
    if hot || bar.marked {
        painter.rect_filled(rect, round, palette.control_hot);
    }
    if bar.marked {
        let edge = Stroke::new(2.0, palette.action);
        painter.rect_stroke(rect, round, edge, StrokeKind::Inside);
    }

    let inner = rect.shrink2(vec2(UNIT, 0.5 * UNIT));
    let font = TextStyle::Body.resolve(ui.style());
    let [before, after] = &bar.values;
    let sign = if bar.marked { 3.0 * UNIT } else { 0.0 };
    let columns = if narrow { 0.0 } else { 2.0 * COLUMN + UNIT };
    let room = (inner.width() - columns - sign).max(UNIT);
    for (index, (value, ink)) in [(before, palette.quiet), (after, palette.text)]
        .into_iter()
        .enumerate()
    {
        let value = painter.layout_no_wrap(value.clone(), font.clone(), ink);
        let (right, top) = if narrow {
            (inner.right(), inner.top() + line * (1.0 + index as f32))
        } else {
            (inner.right() - COLUMN * (1.0 - index as f32), inner.top())
        };
        painter.galley(pos2(right - value.size().x, top), value, ink);
    }
    let mut job = egui::text::LayoutJob::simple_singleline(bar.label.clone(), font, palette.text);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room);
    let label = painter.layout_job(job);
    if bar.marked {
        let at = pos2(inner.left() + UNIT, inner.top() + label.size().y / 2.0);
        eye(&painter, at, palette);
    }
    painter.galley(inner.left_top() + vec2(sign, 0.0), label, palette.text);

    let small = CornerRadius::same(2);
    let track = if hot || bar.marked {
        palette.line
    } else {
        palette.track
    };
    for (index, share) in bar.shares.iter().enumerate() {
        let rail = if narrow {
            let top = inner.top() + line * (1.5 + index as f32) - RAIL / 2.0;
            let width = inner.width() - COLUMN;
            Rect::from_min_size(pos2(inner.left(), top), vec2(width, RAIL))
        } else {
            let gap = if index == 0 { 2.0 } else { 0.0 };
            let top = inner.bottom() - RAIL * (2.0 - index as f32) - gap;
            Rect::from_min_size(pos2(inner.left(), top), vec2(inner.width(), RAIL))
        };
        painter.rect_filled(rail, small, track);
        let share = share.unwrap_or(0.0).clamp(0.0, 1.0);
        if share > 0.0 {
            let (fill, edge) = if index == 0 {
                (palette.outline, palette.quiet)
            } else {
                (palette.bar, palette.action)
            };
            // A share too small to see still leaves a trace of two pixels.
            let width = (rail.width() * share).max(2.0);
            let filled = Rect::from_min_size(rail.min, Vec2::new(width, rail.height()));
            painter.rect_filled(filled, small, fill);
            painter.rect_stroke(filled, small, Stroke::new(1.0, edge), StrokeKind::Inside);
        }
    }

    let about = if bar.marked { ", the maps show it" } else { "" };
    let spoken = format!("{}, before {before}, after {after}{about}", bar.label);
    response.widget_info(|| {
        WidgetInfo::selected(WidgetType::Button, ui.is_enabled(), bar.marked, &spoken)
    });
    tooltip_beside(&response, |ui| {
        figures(ui, &bar.label, &bar.figures, &bar.hint);
    });
    response
}

/// The head of the chart: which bar and which column of figures is which.
pub fn pair_legend(ui: &mut Ui) {
    let palette = theme::palette(ui);
    let text = ui.text_style_height(&TextStyle::Body);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), text), Sense::hover());
    response.widget_info(|| {
        let words = "Bars: grey for before, blue for after";
        WidgetInfo::labeled(WidgetType::Label, true, words)
    });
    let font = TextStyle::Body.resolve(ui.style());
    let small = CornerRadius::same(2);
    for (index, (name, fill, edge)) in [
        ("before", palette.outline, palette.quiet),
        ("after", palette.bar, palette.action),
    ]
    .into_iter()
    .enumerate()
    {
        let right = rect.right() - UNIT - COLUMN * (1.0 - index as f32);
        let words = ui
            .painter()
            .layout_no_wrap(name.to_owned(), font.clone(), palette.quiet);
        let left = right - words.size().x;
        let mark = Rect::from_min_size(
            pos2(left - 1.75 * UNIT, rect.center().y - RAIL / 2.0),
            vec2(1.25 * UNIT, RAIL),
        );
        ui.painter()
            .galley(pos2(left, rect.top()), words, palette.quiet);
        ui.painter().rect_filled(mark, small, fill);
        ui.painter()
            .rect_stroke(mark, small, Stroke::new(1.0, edge), StrokeKind::Inside);
    }
}
