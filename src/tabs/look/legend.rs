//! The foot of the right column: what the map shows, how it lies over the picture, and where it is saved.

use bevy_egui::egui::{Ui, vec2};

use super::state::{Ask, Look, Status};
use super::words::bright_parts;
use crate::ui::commands::Command;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{
    Progress, SaveChoice, command_button, few_lines, overlay_controls, overlay_height,
    progress_line, save_menu,
};

/// Height of everything but the controls of the map, in logical pixels.
const OTHERS: f32 = 12.0 * UNIT;

/// What can be saved.
const SAVES: [SaveChoice<'static>; 2] = [
    SaveChoice {
        command: Command::Save,
        words: "Picture, map and figures...",
        help: "Into a folder: the picture with its map, the map alone, and what was asked",
    },
    SaveChoice {
        command: Command::SaveAs,
        words: "One page or figure...",
        help: "One file to send or to print: HTML, PDF, SVG or PNG",
    },
];

/// Height of the foot over `width`, in logical pixels.
pub fn legend_height(width: f32) -> f32 {
    overlay_height(width) + OTHERS
}

/// Draws the foot. `back` is true where somebody came from another tab, and can go back there.
pub fn legend_ui(ui: &mut Ui, look: &mut Look, back: bool, asked: &mut Vec<Ask>) {
    let (what, progress) = match &look.status {
        Status::Working { what, progress } => (what.as_str(), *progress),
        _ if look.editing && look.edit.mapping => {
            ("Looking for what matters now...", Progress::Running)
        }
        _ => ("", Progress::Idle),
    };
    progress_line(ui, what, progress);
    few_lines(ui, &caption(look), 2);
    let range = look.answer.as_ref().and_then(|answer| answer.range);
    let both = look.edit.range.filter(|_| look.editing);
    let controls = vec2(
        ui.available_width(),
        overlay_height(ui.available_width()) - UNIT,
    );
    ui.allocate_ui(controls, |ui| {
        ui.set_min_size(controls);
        overlay_controls(ui, &mut look.overlay, both.or(range));
    });
    ui.horizontal(|ui| commands_ui(ui, look, back, asked));
}

fn commands_ui(ui: &mut Ui, look: &Look, back: bool, asked: &mut Vec<Ask>) {
    if back && command_button(ui, Command::Back, true, "").clicked() {
        asked.push(Ask::Do(Command::Back));
    }
    if look.working() && command_button(ui, Command::Cancel, true, "").clicked() {
        asked.push(Ask::Do(Command::Cancel));
    }
    let nothing_gone = look.editing && (look.edit.is_blank() || look.edit.mapping);
    let ready = look.status == Status::Done && !nothing_gone;
    let size = vec2(ui.available_width(), theme::TARGET);
    if let Some(command) = save_menu(ui, size, ready, "When the map is there", &SAVES) {
        asked.push(Ask::Do(command));
    }
}

fn caption(look: &Look) -> String {
    match (&look.status, &look.answer) {
        (Status::Done, _) if look.editing => look.edit.caption(),
        (Status::Done, _) if look.pointed.is_some() => reading(look),
        (Status::Working { what, .. }, _) => what.clone(),
        (Status::Cancelled, _) => "Stopped. The map is the last whole one.".to_owned(),
        (_, Some(answer)) if look.newcomer && answer.against.is_none() => format!(
            "Bright parts made the AI say {}. Try another answer.",
            answer.explained
        ),
        (_, Some(answer)) if look.overlay.shown => bright_parts(answer),
        _ => String::new(),
    }
}

/// What the map holds under the pointer, in words.
fn reading(look: &Look) -> String {
    match look.pointed.flatten() {
        Some(value) => format!("Here {}", crate::tabs::similarity::value(value)),
        None => "The network did not see this part of the picture.".to_owned(),
    }
}
