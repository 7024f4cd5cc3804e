//! Average maps, as they are painted: of what is chosen, and beside each pile.

use bevy_egui::egui::{self, Rect, Sense, Ui, WidgetInfo, WidgetType, epaint, vec2};

use super::state::Collection;
use super::words;
use crate::collection::{PLACES, SIDE};
use crate::saliency::colormap::Colormap;
use crate::ui::theme::{self, UNIT};

/// The mean of the maps of what is chosen.
pub fn average_ui(ui: &mut Ui, collection: &Collection) {
    let Some((map, count)) = &collection.average else {
        return;
    };
    ui.add_space(2.0 * UNIT);
    let words = words::counted(*count, "picture", "pictures");
    ui.label(theme::title("Where it looks on average"));
    let side = ui.available_width().min(26.0 * UNIT);
    let (rect, response) = ui.allocate_exact_size(vec2(side, side), Sense::hover());
    paint_map(ui.painter(), rect, map, collection.overlay.colormap);
    let told = format!("The average map of {words}");
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Image, true, &told));
    ui.label(theme::quiet(
        ui,
        format!("Of {words}, each from its least to its most"),
    ));
}

/// Paints a map, from its least to its most; one mesh.
pub fn paint_map(painter: &egui::Painter, rect: Rect, map: &[f32; PLACES], colormap: Colormap) {
    let (least, most) = map
        .iter()
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), &v| {
            (least.min(v), most.max(v))
        });
    let range = (most - least).max(f32::MIN_POSITIVE);
    let step = rect.size() / SIDE as f32;
    let mut mesh = epaint::Mesh::default();
    for (at, value) in map.iter().enumerate() {
        let (x, y) = (at % SIDE, at / SIDE);
        let corner = rect.min + vec2(x as f32 * step.x, y as f32 * step.y);
        let share = ((value - least) / range * 255.0).round().clamp(0.0, 255.0);
        let [r, g, b] = colormap.colour(share as u8);
        let cell = Rect::from_min_size(corner, step);
        mesh.add_colored_rect(cell, egui::Color32::from_rgb(r, g, b));
    }
    painter.add(mesh);
}
