//! A thin line that says how far work is. The old result stays in view under it.

use bevy_egui::egui::{CornerRadius, Rect, Response, Sense, Ui, Vec2, WidgetInfo, WidgetType};

use crate::ui::theme::{self, UNIT};

/// How far work is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress {
    /// Nothing is running; the line's place stays empty so that nothing jumps.
    Idle,
    /// Running, without a known end.
    Running,
    /// Running; this share is done, 0 to 1.
    Share(f32),
}

/// Tells screen readers that a bar goes from 0 to `most`.
pub fn ends(response: &Response, most: f64) {
    response.ctx.accesskit_node_builder(response.id, |node| {
        node.set_min_numeric_value(0.0);
        node.set_max_numeric_value(most);
    });
}

/// Draws the line over the width that is there.
pub fn progress_line(ui: &mut Ui, what: &str, progress: Progress) -> Response {
    let palette = theme::palette(ui);
    let size = Vec2::new(ui.available_width(), UNIT / 2.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let share = match progress {
        Progress::Idle => return response,
        // A fixed short piece instead of a moving one: no frames are spent on waiting, and
        // nothing moves for whoever asked for stillness.
        Progress::Running => 0.06,
        Progress::Share(share) => share.clamp(0.02, 1.0),
    };
    let round = CornerRadius::same(2);
    ui.painter().rect_filled(rect, round, palette.track);
    let done = Rect::from_min_size(rect.min, Vec2::new(rect.width() * share, rect.height()));
    ui.painter().rect_filled(done, round, palette.action);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(WidgetType::ProgressIndicator, true, what);
        if let Progress::Share(share) = progress {
            info.value = Some(f64::from(share));
        }
        info
    });
    ends(&response, 1.0);
    response
}
