//! The list of the models that a person kept, and the question about one whose file has changed.

use bevy_egui::egui::{
    self, Align, Button, Id, Label, Layout, Modal, RichText, ScrollArea, Ui, vec2,
};

use super::state::{Ask, OwnList};
use crate::classifier::{OwnModel, Renewed};
use crate::ui::theme::{self, UNIT};

/// Width of both, in logical pixels.
const WIDTH: f32 = 64.0 * UNIT;
/// Width of a button, in logical pixels.
const BUTTON: f32 = 11.0 * UNIT;

fn dialog(ctx: &egui::Context, id: &str, add: impl FnOnce(&mut Ui)) -> egui::ModalResponse<()> {
    let frame = theme::dialog(&ctx.global_style().visuals);
    Modal::new(Id::new(id)).frame(frame).show(ctx, |ui| {
        ui.set_width(WIDTH);
        add(ui);
    })
}

fn button(ui: &mut Ui, words: &str, label: &str) -> bool {
    let button = ui.add(Button::new(words).min_size(vec2(BUTTON, theme::TARGET)));
    button.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, label));
    button.clicked()
}

/// Draws the list over the tab.
pub(super) fn own_ui(ctx: &egui::Context, list: &mut OwnList, asks: &mut Vec<Ask>) {
    let modal = dialog(ctx, "models of one's own", |ui| {
        ui.label(theme::title("Your models"));
        ui.add_space(UNIT);
        if list.models.is_empty() {
            ui.label("None is kept yet. Open an ONNX file, or drop it onto the window.");
        }
        let room = (ctx.content_rect().height() - 28.0 * UNIT).max(12.0 * UNIT);
        let models = std::mem::take(&mut list.models);
        ScrollArea::vertical().max_height(room).show(ui, |ui| {
            for model in &models {
                model_ui(ui, model, &mut list.sure, asks);
                ui.add_space(UNIT);
            }
        });
        list.models = models;
        ui.add_space(UNIT);
        if button(ui, "Close", "Close") {
            asks.push(Ask::CloseList);
        }
    });
    if modal.should_close() {
        asks.push(Ask::CloseList);
    }
}

fn model_ui(ui: &mut Ui, model: &OwnModel, sure: &mut Option<String>, asks: &mut Vec<Ask>) {
    let name = &model.name;
    let asked = sure.as_ref() == Some(&model.id);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if asked {
                if button(ui, "Keep it", &format!("Keep {name}")) {
                    *sure = None;
                }
                if button(ui, "Remove", &format!("Remove {name} for good")) {
                    asks.push(Ask::Remove(model.id.clone()));
                    *sure = None;
                }
            } else {
                if button(ui, "Remove...", &format!("Remove {name}...")) {
                    *sure = Some(model.id.clone());
                }
                if button(ui, "Change...", &format!("Change {name}...")) {
                    asks.push(Ask::Change(model.id.clone()));
                }
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(name.as_str()).truncate());
            });
        });
    });
    let words = match (&model.entry.origin, asked) {
        (_, true) => {
            "What is said about it goes with it. The file that it came from stays.".to_owned()
        }
        (Some(origin), false) => format!("From {}", origin.path.display()),
        (None, false) => model.path.display().to_string(),
    };
    ui.add(Label::new(theme::quiet(ui, &words)).truncate())
        .on_hover_text(&words);
}

/// Draws the question over the tab. It is not closed by a click beside it.
pub(super) fn renewed_ui(ctx: &egui::Context, renewed: &Renewed, busy: bool, asks: &mut Vec<Ask>) {
    let name = &renewed.model.name;
    dialog(ctx, "a model's file has changed", |ui| {
        ui.label(theme::title(format!("{name} has changed")));
        ui.label("The file that it was kept from holds another network now:");
        let path = renewed.origin.path.display().to_string();
        ui.add(Label::new(theme::quiet(ui, &path)).truncate())
            .on_hover_text(&path);
        ui.label("What you said about it stays in either case.");
        ui.add_space(UNIT);
        ui.horizontal(|ui| {
            let palette = theme::palette(ui);
            let words = RichText::new("Take the new one").color(palette.on_action);
            let take = Button::new(words)
                .fill(palette.action)
                .min_size(vec2(BUTTON, theme::TARGET));
            if ui.add_enabled(!busy, take).clicked() {
                asks.push(Ask::TakeNew);
            }
            let leave = Button::new("Keep the old one").min_size(vec2(BUTTON, theme::TARGET));
            if ui.add_enabled(!busy, leave).clicked() {
                asks.push(Ask::LeaveOld);
            }
            if busy {
                ui.label(theme::quiet(ui, "Copying..."));
            }
        });
    });
}
