//! Text that wraps, and is cut after a few lines so that what is below it keeps its place.

use bevy_egui::egui::text::{LayoutJob, TextWrapping};
use bevy_egui::egui::{Align, Label, Layout, TextStyle, Ui, vec2};

/// Draws `words` over the width that is there, in a box as high as `lines` lines whether they fill it or
/// not. What is cut is shown on hover, and read out.
pub fn few_lines(ui: &mut Ui, words: &str, lines: usize) {
    let font = TextStyle::Body.resolve(ui.style());
    let width = ui.available_width();
    let mut job = LayoutJob::simple(words.to_owned(), font, ui.visuals().text_color(), width);
    job.wrap = TextWrapping {
        max_width: width,
        max_rows: lines,
        ..TextWrapping::default()
    };
    let galley = ui.painter().layout_job(job);
    let cut = galley.elided;
    let height = lines as f32 * ui.text_style_height(&TextStyle::Body);
    ui.allocate_ui_with_layout(
        vec2(width, height),
        Layout::left_to_right(Align::Min),
        |ui| {
            ui.set_min_size(vec2(width, height));
            if words.is_empty() {
                return;
            }
            let label = ui.add(Label::new(galley));
            if cut {
                label.on_hover_text(words);
            }
        },
    );
}
