//! Text within a given room, as the matrix needs it.

use bevy_egui::egui::{self, Color32, Rect, TextStyle, Ui};

pub(super) use crate::ui::widgets::cut_text as text;

/// A name in two lines at most: names of one family differ at their end.
pub(super) fn name_ui(ui: &Ui, room: Rect, name: &str, ink: Color32) {
    lines(ui, room, name, ink, 2);
}

/// Words in at most so many lines, cut where there is no more room; gives how many they took.
pub(super) fn lines(ui: &Ui, room: Rect, name: &str, ink: Color32, most: usize) -> usize {
    let font = TextStyle::Body.resolve(ui.style());
    let mut job =
        egui::text::LayoutJob::single_section(name.to_owned(), egui::TextFormat::simple(font, ink));
    job.wrap = egui::text::TextWrapping {
        max_width: room.width().max(1.0),
        max_rows: most,
        break_anywhere: false,
        ..egui::text::TextWrapping::default()
    };
    let galley = ui.painter().layout_job(job);
    let taken = galley.rows.len();
    ui.painter().galley(room.min, galley, ink);
    taken
}

/// Width of words in one line, in logical pixels.
pub(super) fn width(ui: &Ui, words: &str) -> f32 {
    let font = TextStyle::Body.resolve(ui.style());
    let galley = ui
        .painter()
        .layout_no_wrap(words.to_owned(), font, Color32::PLACEHOLDER);
    galley.size().x
}

/// Whether a name needs more than one line of this width, in logical pixels.
pub(super) fn wraps(ui: &Ui, name: &str, room: f32) -> bool {
    width(ui, name) > room
}
