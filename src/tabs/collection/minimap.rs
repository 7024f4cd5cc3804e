//! Where on the whole sheet one is: a small picture of it in the corner, which leads there.

use bevy::math::Vec2;
use bevy_egui::egui::{
    Color32, ColorImage, CursorIcon, Id, Rect, Sense, Stroke, StrokeKind, TextureHandle,
    TextureOptions, Ui, WidgetInfo, WidgetType, pos2, vec2,
};

use super::state::Collection;
use crate::collection::sheet::Mosaic;
use crate::ui::theme::{self, UNIT};

/// Its longer side, in points.
const SIDE: f32 = 18.0 * UNIT;
/// As much of the sheet's area as it may cover, of each side.
const MOST: f32 = 0.3;

/// Draws it while not all of the sheet is seen; a click or a drag in it goes there.
pub fn minimap_ui(ui: &mut Ui, rect: Rect, collection: &mut Collection) {
    let Some(arranged) = collection.arranged.clone().filter(|_| !collection.fitted) else {
        return;
    };
    let cells = collection.cells();
    let room = (rect.size() * MOST).min(vec2(SIDE, SIDE));
    let scale = (room.x / cells.x).min(room.y / cells.y);
    let size = vec2(cells.x * scale, cells.y * scale).max(vec2(2.0, 2.0));
    let corner = rect.right_bottom() - vec2(UNIT, UNIT);
    let place = Rect::from_min_size(corner - size, size);
    let response = ui.interact(place, ui.id().with("minimap"), Sense::CLICK | Sense::DRAG);
    response.widget_info(|| {
        WidgetInfo::labeled(
            WidgetType::Image,
            true,
            "The whole sheet, and what of it is seen",
        )
    });
    if let Some(at) = response.interact_pointer_pos() {
        if ui.input(|input| input.pointer.any_pressed()) {
            collection.remember();
        }
        let cell = (at - place.min) / scale;
        collection.camera.centre = Vec2::new(cell.x, cell.y);
        collection.pan(Vec2::ZERO);
    }
    let response = response.on_hover_cursor(CursorIcon::Crosshair);
    let palette = theme::palette(ui);
    let painter = ui.painter_at(rect);
    painter.rect_filled(place.expand(3.0), 2.0, palette.ground);
    let texture = texture(ui, &arranged.small, collection.arranged_version);
    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    painter.image(texture.id(), place, whole, Color32::WHITE);
    let line = if response.hovered() {
        palette.action
    } else {
        palette.line
    };
    painter.rect_stroke(
        place.expand(3.0),
        2.0,
        Stroke::new(1.0, line),
        StrokeKind::Inside,
    );
    let [left, top, right, bottom] = collection.part(Vec2::ZERO, collection.area);
    let on_map = |x: f32, y: f32| place.min + vec2(x, y) * scale;
    let seen = Rect::from_min_max(on_map(left, top), on_map(right, bottom)).intersect(place);
    // Never too small to be seen.
    let seen = seen.expand2((vec2(3.0, 3.0) - seen.size() / 2.0).max(vec2(0.0, 0.0)));
    painter.rect_stroke(
        seen,
        0.0,
        Stroke::new(3.0, palette.ground),
        StrokeKind::Middle,
    );
    painter.rect_stroke(
        seen,
        0.0,
        Stroke::new(1.5, palette.action),
        StrokeKind::Middle,
    );
}

/// The baked sheet, made small; a new one for each arrangement.
fn texture(ui: &Ui, small: &Small, version: u64) -> TextureHandle {
    let id = Id::new("the sheet made small");
    let known: Option<(u64, TextureHandle)> = ui.data(|data| data.get_temp(id));
    if let Some((_, texture)) = known.filter(|(of, _)| *of == version) {
        return texture;
    }
    let image = ColorImage::from_rgba_unmultiplied(small.size, &small.texels);
    let texture = ui
        .ctx()
        .load_texture("the sheet made small", image, TextureOptions::LINEAR);
    ui.data_mut(|data| data.insert_temp(id, (version, texture.clone())));
    texture
}

/// A whole sheet, made small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Small {
    /// Texels across and down.
    pub size: [usize; 2],
    /// RGBA, sRGB; 255 where a picture is.
    pub texels: Vec<u8>,
}

impl Small {
    /// The first level of a baked sheet that is no larger than the small picture is drawn, twice as fine.
    #[must_use]
    pub fn of(mosaic: &Mosaic) -> Self {
        let most = 2 * SIDE as usize;
        let mut size = mosaic.size.map(|side| side as usize);
        let mut last: ([usize; 2], &[u8]) = ([1, 1], &[0; 4]);
        for level in &mosaic.colours {
            if level.len() == size[0] * size[1] * 4 {
                last = (size, level);
            }
            if size.iter().all(|&side| side <= most) {
                break;
            }
            size = size.map(|side| (side / 2).max(1));
        }
        Self {
            size: last.0,
            texels: last.1.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Snapshot;
    use super::super::arranged::arrange;
    use super::super::choices::Choices;

    #[test]
    fn the_small_picture_is_a_level_of_the_baked_one() {
        let snapshot = Snapshot::demo(900, 7);
        let arranged = arrange(&snapshot, &Choices::default(), None, 1.0, 8192);
        let small = arranged.small;
        // 240 texels are fewer than twice the points of its side.
        assert_eq!(small.size, [240, 240]);
        assert_eq!(small.texels.len(), 240 * 240 * 4);
        assert!(small.texels.chunks_exact(4).any(|texel| texel[3] > 0));
        let many = Snapshot::demo(2000, 7);
        let arranged = arrange(&many, &Choices::default(), None, 1.0, 8192);
        let whole = arranged.mosaic.unwrap().size.map(|side| side as usize);
        assert_eq!(arranged.small.size, whole.map(|side| side / 2));
    }
}
