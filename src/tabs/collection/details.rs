//! The right side, while something is chosen: what it is, where the network looks in it, and what can
//! be done with it.

use bevy_egui::egui::{self, Align, Button, Key, TextEdit, Ui, vec2};

use super::ask::{Act, Ask};
use super::average::average_ui;
use super::choices::Near;
use super::select::Select;
use super::shares::shares_ui;
use super::state::Collection;
use super::words;
use crate::collection::NO_CLASS;
use crate::ui::commands::Command;
use crate::ui::format::{percent, sentence};
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{Bar, bar_row};

/// Draws what is known of what is chosen.
pub fn details_ui(ui: &mut Ui, collection: &mut Collection, asks: &mut Vec<Ask>) {
    let chosen = collection.selected.len();
    let only = {
        let mut rows = collection.selected.iter();
        rows.next().filter(|_| rows.next().is_none())
    };
    if let Some(row) = only {
        picture_ui(ui, collection, row as u32, asks);
    } else {
        let words = words::counted(chosen, "picture", "pictures");
        ui.label(theme::title(format!("{words} chosen")));
        shares_ui(ui, &collection.shares);
    }
    average_ui(ui, collection);
    ui.add_space(2.0 * UNIT);
    let size = vec2(ui.available_width(), theme::TARGET);
    let help = "A table of these pictures: file, label, what the network says, where it looks";
    if ui
        .add(Button::new("Export as a table...").min_size(size))
        .on_hover_text(help)
        .clicked()
    {
        asks.push(Ask::Do(Command::Save));
    }
    save_ui(ui, collection, asks);
    acts_ui(ui, collection, asks);
    if ui
        .add(Button::new("Choose nothing").min_size(size))
        .clicked()
    {
        asks.push(Ask::Select(Select::None));
    }
}

/// What can be done with what is chosen.
fn acts_ui(ui: &mut Ui, collection: &Collection, asks: &mut Vec<Ask>) {
    let size = vec2(ui.available_width(), theme::TARGET);
    let two = collection.selected.len() == 2;
    let made_up = collection.snapshot.source.is_none();
    for (there, act, words, help) in [
        (
            two,
            Act::Compare,
            "Compare the two",
            "Both maps side by side in Similarity; Back leads here again (Enter, or a double click)",
        ),
        (
            true,
            Act::Play,
            "Play with these",
            "A game of guessing where the AI looks, with up to ten of them",
        ),
        (
            !made_up,
            Act::Shift,
            "Try them in fog and disguise",
            "A run over these in Models, with the models and versions that are ticked there",
        ),
        (
            true,
            Act::Figure,
            "Save a figure...",
            "These pictures in a grid with their maps, as PDF, SVG or PNG",
        ),
        (
            true,
            Act::Copy,
            "Save the pictures...",
            "Copies of their files in a new folder",
        ),
        (
            true,
            Act::Exhibit,
            "Make an exhibit...",
            "A folder with these pictures and all settings of an exhibit, to be shown to visitors",
        ),
    ] {
        if !there {
            continue;
        }
        let button = Button::new(words).truncate().min_size(size);
        if ui.add(button).on_hover_text(help).clicked() {
            asks.push(Ask::Act(act));
        }
    }
}

/// What is chosen is saved under a name.
fn save_ui(ui: &mut Ui, collection: &mut Collection, asks: &mut Vec<Ask>) {
    // They lie beside the index.
    if collection.snapshot.folder().is_none() {
        return;
    }
    ui.horizontal(|ui| {
        let side = 8.0 * UNIT;
        let edit = TextEdit::singleline(&mut collection.fields.name)
            .hint_text("a name for what is chosen")
            .desired_width(ui.available_width() - side - UNIT)
            .vertical_align(Align::Center)
            .min_size(vec2(0.0, theme::TARGET))
            .char_limit(80);
        let field = ui.add(edit);
        let words = "Name of the selection";
        let ctx = field.ctx.clone();
        ctx.accesskit_node_builder(field.id, |node| node.set_label(words));
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let named = !collection.fields.name.trim().is_empty();
        let button = Button::new("Save").min_size(vec2(side - UNIT, theme::TARGET));
        let help = "Keep what is chosen under this name; it lies beside the index";
        let clicked = ui
            .add_enabled(named, button)
            .on_hover_text(help)
            .on_disabled_hover_text("Write a name first")
            .clicked();
        if named && (clicked || entered) {
            asks.push(Ask::SaveSelection(collection.fields.name.clone()));
        }
    });
}

/// What is like it, by what the network knows or by where it looks.
fn alike_ui(ui: &mut Ui, collection: &Collection, row: u32, asks: &mut Vec<Ask>) {
    let snapshot = &collection.snapshot;
    let known = snapshot.answer(row).is_some();
    let looked = snapshot.map(row).is_some();
    let idle = collection.looking.is_none();
    let size = vec2(ui.available_width(), theme::TARGET);
    for (there, near, words, help) in [
        (
            known,
            Near::Known,
            "Find similar pictures",
            "By what the network knows of them before it names a class",
        ),
        (
            looked,
            Near::Looks,
            "Find those looked at alike",
            "By the maps alone: where the network looks in the same places",
        ),
    ] {
        if !there {
            continue;
        }
        let button = Button::new(words).truncate().min_size(size);
        if ui.add_enabled(idle, button).on_hover_text(help).clicked() {
            asks.push(Ask::FindAlike(row, near));
        }
    }
}

/// One picture.
fn picture_ui(ui: &mut Ui, collection: &Collection, row: u32, asks: &mut Vec<Ask>) {
    let snapshot = &collection.snapshot;
    let name = words::file_name(snapshot, row);
    ui.add(egui::Label::new(theme::title(&name)).truncate())
        .on_hover_text(&name);
    let whole = snapshot.rows.name(row);
    if let Some((folder, _)) = whole.rsplit_once('/') {
        ui.add(egui::Label::new(theme::quiet(ui, folder)).truncate())
            .on_hover_text(folder);
    }
    if let Some(why) = snapshot.trouble(row) {
        ui.label(sentence(why));
        return;
    }
    if collection.changed.contains_key(&row) {
        ui.label(
            "Its file has changed since it was looked at; what stands here is of the old one.",
        );
    }
    if let Some((_, fact)) = snapshot.picture(row) {
        ui.label(format!("{} x {} pixels", fact.width, fact.height));
    }
    if let Some(label) = snapshot.word("label", row) {
        ui.label(format!("Label: {label}"));
    }
    let size = vec2(ui.available_width(), theme::TARGET);
    let open = Button::new("See why").min_size(size);
    let help =
        "The whole picture with its full map; Back leads here again (Enter, or a double click)";
    if ui.add(open).on_hover_text(help).clicked() {
        asks.push(Ask::SeeWhy(row));
    }
    alike_ui(ui, collection, row, asks);
    let Some(answer) = snapshot.answer(row) else {
        return;
    };
    ui.add_space(UNIT);
    let model = snapshot.view.as_ref().map_or("", |view| view.name.as_str());
    ui.label(theme::title(format!("What {model} says")));
    match snapshot.correct(row) {
        Some(true) => ui.label("The first answer is the label."),
        Some(false) => ui.label("The first answer is not the label."),
        None => ui.label(""),
    };
    for &(class, probability) in answer.top.iter().filter(|(class, _)| *class != NO_CLASS) {
        let label = snapshot.class_name(class);
        let bar = Bar {
            share: probability,
            value: percent(probability),
            marked: false,
            versus: false,
            mark: String::new(),
            figures: vec![("Probability".to_owned(), format!("{probability:.4}"))],
            hint: String::new(),
            label,
        };
        bar_row(ui, &bar);
    }
    ui.add_space(UNIT);
    ui.label(format!(
        "Ahead of the second answer by {}",
        percent(answer.margin)
    ));
    ui.label(format!("Undecided (entropy): {:.2} nats", answer.entropy));
    if let Some((map, _)) = snapshot.map(row) {
        let figures = map.figures();
        ui.label(format!(
            "On the edge: {} of the map",
            percent(figures.border)
        ));
        ui.label(format!("Separate spots: {:.0}", figures.blobs));
    }
}
