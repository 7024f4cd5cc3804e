//! A grid of small pictures to choose from.

use bevy_egui::egui::{
    Align2, Color32, CornerRadius, Rect, Response, Sense, Stroke, StrokeKind, TextStyle, TextureId,
    Ui, Vec2, WidgetInfo, WidgetType, pos2, vec2,
};

use crate::ui::theme::{self, RADIUS, UNIT};

/// One cell of the grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Thumb {
    /// Name, shown on hover and read out.
    pub name: String,
    /// What the picture shows, for who cannot see it; of a broken one why it cannot be read.
    pub alternative: String,
    /// The small picture and its size in pixels; `None` until it is decoded.
    pub texture: Option<(TextureId, Vec2)>,
    /// True when the file could not be read.
    pub broken: bool,
    /// True where it has no place in this grid: the others keep their index.
    pub hidden: bool,
}

/// Widest a cell may become, in logical pixels.
const CELL_MAX: f32 = 9.0 * UNIT;

/// Draws the grid over the width that is there; returns the index (in `thumbs`) that was clicked.
pub fn thumb_grid(
    ui: &mut Ui,
    thumbs: &[Thumb],
    chosen: Option<usize>,
    columns: usize,
) -> Option<usize> {
    thumb_ticks(ui, thumbs, &|index| chosen == Some(index), columns)
}

/// As [`thumb_grid`], where any number may be chosen at once.
pub fn thumb_ticks(
    ui: &mut Ui,
    thumbs: &[Thumb],
    chosen: &dyn Fn(usize) -> bool,
    columns: usize,
) -> Option<usize> {
    let columns = columns.max(1);
    let gap = UNIT;
    let width = ui.available_width();
    let cell =
        ((width - gap * (columns as f32 - 1.0)) / columns as f32).clamp(4.0 * UNIT, CELL_MAX);
    let shown = || thumbs.iter().enumerate().filter(|(_, thumb)| !thumb.hidden);
    let rows = shown().count().div_ceil(columns);
    let height = rows as f32 * (cell + gap) - if rows > 0 { gap } else { 0.0 };
    let (area, grid) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    let mut clicked = None;
    for (place, (index, thumb)) in shown().enumerate() {
        let (row, column) = (place / columns, place % columns);
        let min = area.min + vec2(column as f32 * (cell + gap), row as f32 * (cell + gap));
        let rect = Rect::from_min_size(min, Vec2::splat(cell));
        let response = ui.interact(rect, grid.id.with(index), Sense::click());
        paint(ui, rect, thumb, chosen(index), &response);
        response.widget_info(|| {
            WidgetInfo::selected(
                WidgetType::Button,
                ui.is_enabled(),
                chosen(index),
                &thumb.name,
            )
        });
        if response.gained_focus() {
            response.scroll_to_me(None);
        }
        if response.clicked() {
            clicked = Some(index);
        }
        response.on_hover_text(if thumb.broken && thumb.alternative.is_empty() {
            format!("{}: this file could not be read", thumb.name)
        } else if thumb.alternative.is_empty() {
            thumb.name.clone()
        } else {
            format!("{}: {}", thumb.name, thumb.alternative)
        });
    }
    clicked
}

fn paint(ui: &Ui, rect: Rect, thumb: &Thumb, chosen: bool, response: &Response) {
    let palette = theme::palette(ui);
    let round = CornerRadius::same(RADIUS);
    ui.painter().rect_filled(rect, round, palette.track);
    if let Some((texture, size)) = thumb.texture {
        // The centre square fills the cell, so that the grid is even.
        let side = size.min_elem().max(1.0);
        let half = vec2(side / size.x.max(1.0), side / size.y.max(1.0)) / 2.0;
        let uv = Rect::from_min_max(
            pos2(0.5 - half.x, 0.5 - half.y),
            pos2(0.5 + half.x, 0.5 + half.y),
        );
        let shape = bevy_egui::egui::epaint::RectShape::filled(rect, round, Color32::WHITE)
            .with_texture(texture, uv);
        ui.painter().add(shape);
    } else {
        let font = TextStyle::Body.resolve(ui.style());
        let sign = if thumb.broken { "!" } else { "..." };
        ui.painter().text(
            rect.center(),
            Align2::CENTER_CENTER,
            sign,
            font,
            palette.quiet,
        );
    }
    let line = if chosen {
        Stroke::new(3.0, palette.action)
    } else if response.hovered() {
        Stroke::new(2.0, palette.action)
    } else {
        Stroke::new(1.0, palette.line)
    };
    ui.painter()
        .rect_stroke(rect, round, line, StrokeKind::Inside);
    if chosen {
        // A tick in the corner: the choice is not told by colour alone.
        let centre = rect.right_bottom() - vec2(1.5 * UNIT, 1.5 * UNIT);
        ui.painter()
            .circle_filled(centre, 1.1 * UNIT, palette.action);
        let stroke = Stroke::new(2.0, palette.on_action);
        ui.painter().line(
            vec![
                centre + vec2(-4.0, 0.0),
                centre + vec2(-1.0, 3.5),
                centre + vec2(4.5, -3.5),
            ],
            stroke,
        );
    }
}
