//! What is chosen: the picture in the strip on the left, and in the right column what the network sees of
//! it and how that is explained.

use bevy_egui::egui::{Button, Ui, vec2};

use super::more::more_ui;
use super::state::{Ask, Look};
use crate::picture::Framing;
use crate::saliency::Method;
use crate::ui::Session;
use crate::ui::commands::Command;
use crate::ui::intake::{how_to_bring, takes_drops};
use crate::ui::shell::method_chooser;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{Thumb, segments, short_step_header, step_header, thumb_grid};

/// Draws the strip: which picture.
pub fn pictures_ui(
    ui: &mut Ui,
    look: &Look,
    session: &Session,
    thumbs: &[Thumb],
    asked: &mut Vec<Ask>,
) {
    short_step_header(ui, 1, "Picture", "Choose a picture");
    if let Some(index) = thumb_grid(ui, thumbs, session.picture, 2) {
        asked.push(Ask::Choose(index));
    }
    ui.add_space(UNIT / 2.0);
    let size = vec2(ui.available_width(), theme::TARGET);
    for (command, words) in [(Command::Open, "Open..."), (Command::Paste, "Paste")] {
        let button = ui
            .add_sized(size, Button::new(words))
            .on_hover_text(command.tooltip(ui.ctx()));
        if button.clicked() {
            asked.push(Ask::Do(command));
        }
    }
    if let Some(chosen) = session.picture.filter(|_| look.own) {
        let remove = ui
            .add_sized(size, Button::new("Remove"))
            .on_hover_text("Take this picture out of the list. A file of yours stays where it is");
        remove.ctx.accesskit_node_builder(remove.id, |node| {
            node.set_label("Remove from the list");
        });
        if remove.clicked() {
            asked.push(Ask::Remove(chosen));
        }
    }
    let bring = how_to_bring(takes_drops());
    ui.label(theme::quiet(ui, format!("or {bring}")));
}

/// Draws the last step: how it is explained, and what the network sees.
pub fn method_ui(
    ui: &mut Ui,
    look: &mut Look,
    session: &mut Session,
    method: &mut Method,
    asked: &mut Vec<Ask>,
) {
    ui.add_space(2.0 * UNIT);
    step_header(ui, 3, "Choose how to explain");
    let before = *method;
    let width = ui.available_width();
    method_chooser(ui, method, false, width);
    if *method != before {
        asked.push(Ask::Again);
    }
    ui.label(theme::quiet(ui, method.sentence()));
    ui.add_space(UNIT / 2.0);
    ui.label("What the network sees");
    let framing = segments(
        ui,
        "What the network sees",
        &mut session.framing,
        &[
            (
                Framing::Square,
                "Square",
                "The largest square in the centre of the picture",
            ),
            (
                Framing::Whole,
                "Whole",
                "The whole picture, squeezed into a square",
            ),
            (
                Framing::Published,
                "Published",
                "The centre part that the network's authors measured with",
            ),
        ],
    );
    if framing.changed() {
        asked.push(Ask::Again);
    }
    ui.add_space(UNIT / 2.0);
    more_ui(ui, look, &mut session.tuning, method, asked);
}
