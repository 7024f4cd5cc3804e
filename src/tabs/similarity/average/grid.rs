//! The grid of versions: a small picture, a name and a tick each.

use bevy_egui::egui::{
    Align, Align2, Color32, CornerRadius, Rect, Response, ScrollArea, Sense, Stroke, StrokeKind,
    TextStyle, Ui, WidgetInfo, WidgetType, pos2, vec2,
};

use super::state::{AverageState, Version, VersionStatus};
use crate::ui::theme::{self, RADIUS, UNIT};

/// Least width of a cell, points.
const CELL: f32 = 11.0 * UNIT;
/// Height of a cell's picture, points.
const PICTURE: f32 = 8.0 * UNIT;
/// Height of a cell's name, points.
const NAME: f32 = 5.0 * UNIT;

/// Draws the grid over the room that is there; it scrolls where that is not enough. Where a
/// version has no picture of its own yet, `blank` stands for it.
pub(super) fn grid_ui(
    ui: &mut Ui,
    state: &mut AverageState,
    blank: Option<(bevy_egui::egui::TextureId, bevy_egui::egui::Vec2)>,
) {
    ScrollArea::vertical()
        .id_salt("versions")
        .auto_shrink(false)
        .show(ui, |ui| {
            let gap = UNIT;
            let width = ui.available_width();
            let columns = ((width + gap) / (CELL + gap)).floor().max(1.0);
            let cell = (width - gap * (columns - 1.0)) / columns;
            let listed: Vec<Version> = state
                .versions
                .iter()
                .filter(|version| state.listed(version))
                .cloned()
                .collect();
            let columns = columns as usize;
            let row = PICTURE + NAME + gap;
            let size = vec2(width, listed.len().div_ceil(columns) as f32 * row);
            let (area, grid) = ui.allocate_exact_size(size, Sense::hover());
            for (place, version) in listed.iter().enumerate() {
                let min = area.min
                    + vec2(
                        (place % columns) as f32 * (cell + gap),
                        (place / columns) as f32 * row,
                    );
                let rect = Rect::from_min_size(min, vec2(cell, PICTURE + NAME));
                let id = grid.id.with(version.number);
                let response = ui.interact(rect, id, Sense::click());
                if ui.is_rect_visible(rect) {
                    cell_ui(ui, rect, version, blank, &response);
                }
                let words = words(version);
                response.widget_info(|| {
                    WidgetInfo::selected(
                        WidgetType::Checkbox,
                        ui.is_enabled(),
                        version.ticked,
                        &words,
                    )
                });
                if response.gained_focus() {
                    response.scroll_to_me(None);
                }
                if response.clicked() {
                    state.tick(version.number, !version.ticked);
                }
                response.on_hover_text(words);
            }
        });
}

/// The version and how far it is, in words.
fn words(version: &Version) -> String {
    match &version.status {
        VersionStatus::Working => format!("{}, in work", version.name),
        VersionStatus::Waiting if version.ticked => format!("{}, waits", version.name),
        VersionStatus::Failed(why) => format!("{}: {why}", version.name),
        VersionStatus::Done if version.blank.is_some() => {
            format!(
                "{}: its map is empty and left out of the mean",
                version.name
            )
        }
        VersionStatus::Waiting | VersionStatus::Done => version.name.clone(),
    }
}

fn cell_ui(
    ui: &Ui,
    rect: Rect,
    version: &Version,
    blank: Option<(bevy_egui::egui::TextureId, bevy_egui::egui::Vec2)>,
    response: &Response,
) {
    let palette = theme::palette(ui);
    let painter = ui.painter();
    let round = CornerRadius::same(RADIUS);
    let picture = rect.with_max_y(rect.top() + PICTURE);
    painter.rect_filled(picture, round, palette.track);
    if let Some((texture, size)) = version.small.or(blank) {
        // The middle of the picture fills the cell.
        let (wide, high) = (
            picture.width() / size.x.max(1.0),
            picture.height() / size.y.max(1.0),
        );
        let scale = wide.max(high);
        let half = vec2(wide / scale, high / scale) / 2.0;
        let middle = pos2(0.5, 0.5);
        let uv = Rect::from_min_max(middle - half, middle + half);
        let made = version.small.is_some();
        // What is not made yet is pale.
        let tint = if made {
            Color32::WHITE
        } else {
            Color32::from_white_alpha(150)
        };
        let shape = bevy_egui::egui::epaint::RectShape::filled(picture, round, tint)
            .with_texture(texture, uv);
        painter.add(shape);
    }
    let line = if version.ticked {
        Stroke::new(3.0, palette.action)
    } else if response.hovered() {
        Stroke::new(2.0, palette.action)
    } else {
        Stroke::new(1.0, palette.line)
    };
    painter.rect_stroke(picture, round, line, StrokeKind::Inside);
    mark(ui, picture, version);
    let font = TextStyle::Body.resolve(ui.style());
    let mut job = bevy_egui::egui::text::LayoutJob::simple_singleline(
        version.name.clone(),
        font,
        palette.text,
    );
    // In two lines, so that no name is cut that a person must tell from another.
    job.wrap = bevy_egui::egui::text::TextWrapping {
        max_width: rect.width(),
        max_rows: 2,
        ..Default::default()
    };
    job.halign = Align::Center;
    let galley = painter.layout_job(job);
    let at = pos2(rect.center().x, picture.bottom() + UNIT / 4.0);
    painter.galley(at, galley, palette.text);
}

/// The tick in the corner: full when the map is in the average, a ring while it is on its way, an
/// exclamation mark where it failed, a bar where there is nothing to see in it.
fn mark(ui: &Ui, picture: Rect, version: &Version) {
    let palette = theme::palette(ui);
    let painter = ui.painter();
    let centre = picture.right_bottom() - vec2(1.75 * UNIT, 1.75 * UNIT);
    let radius = 1.2 * UNIT;
    if let VersionStatus::Failed(_) = version.status {
        painter.circle(
            centre,
            radius,
            palette.ground,
            Stroke::new(2.0, palette.text),
        );
        let font = TextStyle::Body.resolve(ui.style());
        painter.text(centre, Align2::CENTER_CENTER, "!", font, palette.text);
        return;
    }
    if !version.ticked {
        let line = Stroke::new(1.0, palette.outline);
        let box_rect = Rect::from_center_size(centre, vec2(2.0 * radius, 2.0 * radius));
        painter.rect(box_rect, 3.0, palette.ground, line, StrokeKind::Inside);
        return;
    }
    if version.blank.is_some() {
        let line = Stroke::new(2.0, palette.text);
        painter.circle(centre, radius, palette.ground, line);
        let bar = [centre - vec2(4.5, 0.0), centre + vec2(4.5, 0.0)];
        painter.line(bar.into(), line);
        return;
    }
    let done = version.status == VersionStatus::Done;
    let (fill, ink) = if done {
        (palette.action, palette.on_action)
    } else {
        (palette.ground, palette.action)
    };
    painter.circle(centre, radius, fill, Stroke::new(2.0, palette.action));
    if version.status == VersionStatus::Working {
        for step in [-1.0, 0.0, 1.0] {
            painter.circle_filled(centre + vec2(step * 5.0, 0.0), 1.5, ink);
        }
        return;
    }
    painter.line(
        vec![
            centre + vec2(-4.0, 0.0),
            centre + vec2(-1.0, 3.5),
            centre + vec2(4.5, -3.5),
        ],
        Stroke::new(2.0, ink),
    );
}
