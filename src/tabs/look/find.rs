//! Any of the answers that the network could give, by name.

use bevy_egui::egui::{Align, Button, Key, Margin, TextEdit, Ui, WidgetInfo, WidgetType, vec2};

use super::state::{Ask, Classes};
use super::words::{capitalised, percent};
use crate::ui::theme::{self, UNIT};

/// How many of those that are found are shown.
const SHOWN: usize = 5;
/// What the field is called.
const NAME: &str = "Another answer";

/// A field to type in, and below it the answers that are meant, of which a click or Enter takes
/// one. With Shift it is held against the explained one.
pub(super) fn find_ui(ui: &mut Ui, classes: &Classes, text: &mut String, asked: &mut Vec<Ask>) {
    let count = classes.labels.len();
    let edit = TextEdit::singleline(text)
        .hint_text(format!("or type any of its {count} answers"))
        // As far from the edge as the words of lists and buttons.
        .margin(Margin::symmetric(12, 2))
        .desired_width(f32::INFINITY)
        .vertical_align(Align::Center)
        .min_size(vec2(0.0, theme::TARGET))
        .char_limit(60);
    let field = ui.add(edit);
    field
        .ctx
        .accesskit_node_builder(field.id, |node| node.set_label(NAME));
    let found = classes.labels.find(text, SHOWN);
    let shift = ui.input(|input| input.modifiers.shift);
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    let mut taken = found.first().copied().filter(|_| entered);
    if found.is_empty() && !text.trim().is_empty() {
        ui.label(theme::quiet(ui, "It knows no such answer."));
    }
    ui.spacing_mut().item_spacing.y = UNIT / 4.0;
    for class in found {
        if found_row(ui, classes, class) {
            taken = Some(class);
        }
    }
    ui.spacing_mut().item_spacing.y = UNIT;
    if let Some(class) = taken {
        text.clear();
        asked.push(if shift {
            Ask::Against(Some(class))
        } else {
            Ask::Explain(class)
        });
    }
}

/// One answer that was found: its name and how probable it is; true when it was taken.
fn found_row(ui: &mut Ui, classes: &Classes, class: usize) -> bool {
    let name = capitalised(&classes.labels.name(class));
    let probability = classes.probabilities.get(class).copied().unwrap_or(0.0);
    let value = percent(probability);
    let button = Button::new(&name)
        .shortcut_text(&value)
        .truncate()
        .min_size(vec2(ui.available_width(), theme::TARGET));
    let row = ui.push_id(class, |ui| ui.add(button)).inner;
    let words = format!("{name}, {value}");
    row.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &words));
    row.on_hover_text("See what speaks for it, though the network is surer of others")
        .clicked()
}
