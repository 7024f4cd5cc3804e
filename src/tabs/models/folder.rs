//! A folder's results in the middle: the pictures on which the models disagree most.

use bevy_egui::egui::{
    Align, Color32, Frame, Id, Label, Layout, Margin, Pos2, Rect, ScrollArea, Sense, Stroke, Ui,
    UiBuilder, Vec2, vec2,
};

use super::figures::family_name;
use super::state::{Models, ORIGINAL, Results};
use crate::stylize::shift::Shift;
use crate::ui::theme::{self, UNIT};

/// Height of a line of the list, in logical pixels.
const LINE: f32 = 13.0 * UNIT;

/// Draws the list into `rect`; only the lines that are visible are laid out.
pub fn folder_ui(root: &mut Ui, rect: Rect, models: &Models) {
    let Some(results) = &models.results else {
        return;
    };
    let mut ui = root.new_child(
        UiBuilder::new()
            .max_rect(rect.shrink2(vec2(2.0 * UNIT, UNIT)))
            .id_salt("results"),
    );
    ui.add(Label::new(theme::title("Where the models disagree most")).truncate());
    let path = results.path.display().to_string();
    ui.add(Label::new(theme::quiet(&ui, summary(results) + " " + &path)).truncate());
    if results.dissent.is_empty() {
        ui.label("One model alone cannot disagree: run two or more.");
        return;
    }
    ScrollArea::vertical()
        .id_salt("dissent")
        .auto_shrink(false)
        .show_rows(&mut ui, LINE, results.dissent.len(), |ui, range| {
            for index in range {
                line_ui(ui, models, results, index);
            }
        });
}

fn summary(results: &Results) -> String {
    let pictures: std::collections::BTreeSet<&str> = results
        .rows
        .iter()
        .map(|row| row.key.picture.as_str())
        .collect();
    format!(
        "{} rows of {} pictures.",
        results.rows.len(),
        pictures.len()
    )
}

/// A shift as people say it: "Fog 3", "Brick 60 %", "the picture itself".
pub fn shift_name(shift: &str) -> String {
    if shift == ORIGINAL {
        return "Original".to_owned();
    }
    match shift.parse::<Shift>() {
        Ok(shift @ Shift::Corrupted(..)) => {
            format!("{} {}", family_name(&shift.family()), shift.level())
        }
        Ok(shift @ Shift::Painted(..)) => {
            format!("{} {} %", family_name(&shift.family()), shift.level())
        }
        Err(_) => shift.to_owned(),
    }
}

fn line_ui(ui: &mut Ui, models: &Models, results: &Results, index: usize) {
    let Some(dissent) = results.dissent.get(index) else {
        return;
    };
    let palette = theme::palette(ui);
    let size = vec2(ui.available_width(), LINE);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_height(LINE);
        let (place, _) = ui.allocate_exact_size(Vec2::splat(LINE - UNIT), Sense::hover());
        ui.painter().rect_filled(place, 0.0, palette.track);
        if let Some((texture, size)) = results.thumbs.get(&dissent.picture) {
            let scale = (place.size() / *size).min_elem();
            let at = Rect::from_center_size(place.center(), *size * scale);
            let whole = Rect::from_min_max(Pos2::ZERO, bevy_egui::egui::pos2(1.0, 1.0));
            ui.painter().image(*texture, at, whole, Color32::WHITE);
        }
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let name = format!("{}, {}", dissent.picture, shift_name(&dissent.shift));
            ui.add(Label::new(theme::title(name)).truncate());
            let split = format!(
                "{:.0} % of pairs differ; agreement spreads over {:.0} points",
                dissent.split * 100.0,
                dissent.spread * 100.0
            );
            ui.add(Label::new(theme::quiet(ui, split)).truncate());
            ui.horizontal(|ui| {
                for (model, label, sure, same) in &dissent.answers {
                    Frame::new()
                        .stroke(Stroke::new(1.0, palette.line))
                        .corner_radius(theme::RADIUS)
                        .inner_margin(Margin::symmetric(8, 4))
                        .show(ui, |ui| {
                            let sign = if *same { "" } else { " (changed)" };
                            let words = format!(
                                "{}: {label} {:.0} %{sign}",
                                models.model_name(model),
                                sure * 100.0
                            );
                            ui.push_id(Id::new((index, model)), |ui| ui.label(words));
                        });
                }
            });
        });
    });
}
