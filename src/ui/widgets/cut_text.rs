//! Text that is cut where it has no room.

use bevy_egui::egui::{self, Align2, Color32, Rect, TextStyle, Ui};

/// One line of text, cut where there is no room; gives its width.
#[expect(
    clippy::must_use_candidate,
    reason = "its width is of use to some callers only"
)]
pub fn cut_text(ui: &Ui, room: Rect, words: &str, ink: Color32, align: Align2) -> f32 {
    let font = TextStyle::Body.resolve(ui.style());
    let mut job = egui::text::LayoutJob::simple_singleline(words.to_owned(), font, ink);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.width().max(1.0));
    let galley = ui.painter().layout_job(job);
    let width = galley.size().x;
    let at = align.align_size_within_rect(galley.size(), room).min;
    ui.painter().galley(at, galley, ink);
    width
}
