//! A colour bar that says what its colours mean and in which unit.

use bevy_egui::egui::{
    Align2, Color32, Mesh, Response, Sense, Stroke, StrokeKind, TextStyle, Ui, WidgetInfo,
    WidgetType, pos2, vec2,
};

use crate::ui::theme::{self, UNIT};

/// What the bar shows.
#[derive(Debug, Clone, Copy)]
pub struct ColourBar<'a> {
    /// The 256 colours from lowest to highest, RGB.
    pub table: &'a [[u8; 3]; 256],
    /// Under the low end, in words.
    pub low: &'a str,
    /// Under the high end, in words.
    pub high: &'a str,
    /// Values at both ends and their unit, for the tooltip.
    pub figures: &'a str,
}

/// Draws the bar with its words under it over the width that is there.
pub fn colour_bar(ui: &mut Ui, bar: &ColourBar<'_>) -> Response {
    let palette = theme::palette(ui);
    let font = TextStyle::Body.resolve(ui.style());
    let line_height = ui.text_style_height(&TextStyle::Body);
    let strip = 1.5 * UNIT;
    let (rect, response) = ui.allocate_exact_size(
        vec2(ui.available_width(), strip + UNIT / 2.0 + line_height),
        Sense::hover(),
    );
    let (left, right, top) = (rect.left(), rect.right(), rect.top());
    let mut mesh = Mesh::default();
    let steps = 32_u32;
    for step in 0..=steps {
        let share = step as f32 / steps as f32;
        let [r, g, b] = bar.table[((share * 255.0).round() as usize).min(255)];
        let colour = Color32::from_rgb(r, g, b);
        let x = left + (right - left) * share;
        mesh.colored_vertex(pos2(x, top), colour);
        mesh.colored_vertex(pos2(x, top + strip), colour);
        if step > 0 {
            let v = 2 * step;
            mesh.add_triangle(v - 2, v - 1, v);
            mesh.add_triangle(v - 1, v, v + 1);
        }
    }
    ui.painter().add(mesh);
    let frame = bevy_egui::egui::Rect::from_min_max(rect.min, pos2(right, top + strip));
    ui.painter().rect_stroke(
        frame,
        0.0,
        Stroke::new(1.0, palette.outline),
        StrokeKind::Outside,
    );
    let base = rect.bottom();
    for (x, align, text) in [
        (left, Align2::LEFT_BOTTOM, bar.low),
        (right, Align2::RIGHT_BOTTOM, bar.high),
    ] {
        ui.painter()
            .text(pos2(x, base), align, text, font.clone(), palette.quiet);
    }
    response.widget_info(|| {
        WidgetInfo::labeled(
            WidgetType::Image,
            true,
            format!("Colours from {} to {}. {}", bar.low, bar.high, bar.figures),
        )
    });
    response.on_hover_text(bar.figures)
}
