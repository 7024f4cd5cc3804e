//! One row of a bar chart: name, share, bar. A click or Enter chooses it; a tooltip gives figures.

use bevy_egui::egui::{
    self, CornerRadius, Rect, Response, Sense, Stroke, StrokeKind, TextStyle, Ui, Vec2, WidgetInfo,
    WidgetType, pos2, vec2,
};

use super::tooltip::{figures, tooltip_beside};
use crate::ui::theme::{self, RADIUS, UNIT};

/// What one row shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Name before the bar.
    pub label: String,
    /// Length of the bar, 0 to 1.
    pub share: f32,
    /// The share in words, such as `38.5 %`.
    pub value: String,
    /// True for the row the picture is about; a sign and an outline say so, not colour alone.
    pub marked: bool,
    /// True for a row that the marked one is held against; `vs` and an outline say so.
    pub versus: bool,
    /// What the mark means, such as `shown on the picture`; read out and shown on hover.
    pub mark: String,
    /// Name and figure pairs of the tooltip.
    pub figures: Vec<(String, String)>,
    /// What a click does, such as `Click or press Enter to see why`.
    pub hint: String,
}

/// Height of a row, in logical pixels: a target for a finger.
const HEIGHT: f32 = 5.25 * UNIT;

/// Draws the row over the width that is there.
pub fn bar_row(ui: &mut Ui, bar: &Bar) -> Response {
    let palette = theme::palette(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::click());
    let hot = response.hovered() || response.has_focus();
    let painter = ui.painter_at(rect.expand(1.0));
    let round = CornerRadius::same(RADIUS);
    if hot || bar.marked {
        painter.rect_filled(rect, round, palette.control_hot);
    }
    if bar.marked {
        let line = Stroke::new(2.0, palette.action);
        painter.rect_stroke(rect, round, line, StrokeKind::Inside);
    } else if bar.versus {
        let line = Stroke::new(1.0, palette.action);
        painter.rect_stroke(rect, round, line, StrokeKind::Inside);
    }

    let inner = rect.shrink2(vec2(1.25 * UNIT, 0.625 * UNIT));
    let font = TextStyle::Body.resolve(ui.style());
    let value = painter.layout_no_wrap(bar.value.clone(), font.clone(), palette.text);
    let sign = if bar.marked || bar.versus {
        3.0 * UNIT
    } else {
        0.0
    };
    let room = (inner.width() - value.size().x - UNIT - sign).max(UNIT);
    if bar.versus {
        let versus = painter.layout_no_wrap("vs".to_owned(), font.clone(), palette.action);
        painter.galley(inner.left_top(), versus, palette.action);
    }
    let mut job = egui::text::LayoutJob::simple_singleline(bar.label.clone(), font, palette.text);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room);
    let label = painter.layout_job(job);
    if bar.marked {
        eye(
            &painter,
            pos2(inner.left() + UNIT, inner.top() + label.size().y / 2.0),
            palette,
        );
    }
    painter.galley(inner.left_top() + vec2(sign, 0.0), label, palette.text);
    let at = pos2(inner.right() - value.size().x, inner.top());
    painter.galley(at, value, palette.text);

    let rail = Rect::from_min_max(
        pos2(inner.left(), inner.bottom() - UNIT),
        inner.right_bottom(),
    );
    let small = CornerRadius::same(3);
    let track = if hot || bar.marked {
        palette.line
    } else {
        palette.track
    };
    painter.rect_filled(rail, small, track);
    let share = bar.share.clamp(0.0, 1.0);
    if share > 0.0 {
        // A share too small to see still leaves a trace of two pixels.
        let width = (rail.width() * share).max(2.0);
        let filled = Rect::from_min_size(rail.min, Vec2::new(width, rail.height()));
        painter.rect_filled(filled, small, palette.bar);
        painter.rect_stroke(
            filled,
            small,
            Stroke::new(1.0, palette.action),
            StrokeKind::Inside,
        );
    }

    let spoken = if bar.marked || bar.versus {
        format!("{}, {}, {}", bar.label, bar.value, bar.mark)
    } else {
        format!("{}, {}", bar.label, bar.value)
    };
    response.widget_info(|| {
        WidgetInfo::selected(WidgetType::Button, ui.is_enabled(), bar.marked, &spoken)
    });
    let signed = bar.marked || bar.versus;
    let hint = if signed { &bar.mark } else { &bar.hint };
    tooltip_beside(&response, |ui| figures(ui, &bar.label, &bar.figures, hint));
    response
}

/// A small eye: the sign of the row that the picture is about.
pub(super) fn eye(painter: &egui::Painter, centre: egui::Pos2, palette: &theme::Palette) {
    let (w, h) = (UNIT, 0.6 * UNIT);
    let lid = |sign: f32| -> Vec<egui::Pos2> {
        (0..=8_u8)
            .map(|i| {
                let t = f32::from(i) / 8.0;
                let x = centre.x - w + 2.0 * w * t;
                pos2(x, centre.y + sign * h * (std::f32::consts::PI * t).sin())
            })
            .collect()
    };
    let line = Stroke::new(1.5, palette.action);
    painter.line(lid(1.0), line);
    painter.line(lid(-1.0), line);
    painter.circle_filled(centre, 0.32 * UNIT, palette.action);
}
