//! The right side, while something is chosen: what it is, where the network looks in it, and what can
//! be done with it.

use bevy_egui::egui::{self, Button, Rect, Sense, Ui, WidgetInfo, WidgetType, vec2};

use super::state::{Ask, Collection, Select};
use super::words;
use crate::collection::{NO_CLASS, PLACES, SIDE};
use crate::saliency::colormap::Colormap;
use crate::ui::commands::Command;
use crate::ui::format::{percent, sentence};
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{Bar, bar_row};

/// Draws what is known of what is chosen.
pub fn details_ui(ui: &mut Ui, collection: &Collection, asks: &mut Vec<Ask>) {
    let chosen = collection.selected.len();
    let mut rows = collection.selected.iter();
    if let (Some(row), None) = (rows.next(), rows.next()) {
        picture_ui(ui, collection, row as u32, asks);
    } else {
        let words = words::counted(chosen, "picture", "pictures");
        ui.label(theme::title(format!("{words} chosen")));
        shares_ui(ui, collection);
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
    if ui
        .add(Button::new("Choose nothing").min_size(size))
        .clicked()
    {
        asks.push(Ask::Select(Select::None));
    }
}

/// One picture.
fn picture_ui(ui: &mut Ui, collection: &Collection, row: u32, asks: &mut Vec<Ask>) {
    let snapshot = &collection.snapshot;
    let name = words::file_name(snapshot, row);
    ui.add(egui::Label::new(theme::title(&name)).truncate())
        .on_hover_text(&name);
    let whole = snapshot
        .rows
        .get(row as usize)
        .map(crate::collection::Row::name);
    if let Some(folder) = whole
        .as_deref()
        .and_then(|name| name.rsplit_once('/'))
        .map(|(f, _)| f)
    {
        ui.add(egui::Label::new(theme::quiet(ui, folder)).truncate())
            .on_hover_text(folder);
    }
    if let Some(why) = snapshot.trouble(row) {
        ui.label(sentence(why));
        return;
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

/// How often each answer is given in what is chosen, the most first.
fn shares_ui(ui: &mut Ui, collection: &Collection) {
    let snapshot = &collection.snapshot;
    let mut counts = std::collections::HashMap::<String, usize>::new();
    let (mut right, mut known) = (0, 0);
    for row in collection.selected.iter() {
        let row = row as u32;
        let class = match snapshot.answer(row) {
            Some(answer) => answer.class().map(|class| snapshot.class_name(class)),
            None => snapshot.word("label", row).map(str::to_owned),
        };
        *counts
            .entry(class.unwrap_or_else(|| "unknown".to_owned()))
            .or_default() += 1;
        if let Some(correct) = snapshot.correct(row) {
            known += 1;
            right += usize::from(correct);
        }
    }
    if known > 0 {
        let share = percent(right as f32 / known as f32);
        ui.label(format!(
            "{share} of {} with a label are right.",
            words::number(known)
        ));
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|(a, n), (b, m)| m.cmp(n).then(a.cmp(b)));
    let all = collection.selected.len().max(1);
    for (class, count) in counts.into_iter().take(8) {
        let share = count as f32 / all as f32;
        let bar = Bar {
            share,
            value: words::number(count),
            marked: false,
            versus: false,
            mark: String::new(),
            figures: vec![("Share".to_owned(), percent(share))],
            hint: String::new(),
            label: class,
        };
        bar_row(ui, &bar);
    }
}

/// The mean of the maps of what is chosen.
fn average_ui(ui: &mut Ui, collection: &Collection) {
    let Some((map, count)) = &collection.average else {
        return;
    };
    ui.add_space(2.0 * UNIT);
    let words = words::counted(*count, "picture", "pictures");
    ui.label(theme::title("Where it looks on average"));
    let side = ui.available_width().min(26.0 * UNIT);
    let (rect, response) = ui.allocate_exact_size(vec2(side, side), Sense::hover());
    paint_map(ui, rect, map, collection.overlay.colormap);
    let told = format!("The average map of {words}");
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Image, true, &told));
    ui.label(theme::quiet(
        ui,
        format!("Of {words}, each from its least to its most"),
    ));
}

fn paint_map(ui: &Ui, rect: Rect, map: &[f32; PLACES], colormap: Colormap) {
    let (least, most) = map
        .iter()
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), &v| {
            (least.min(v), most.max(v))
        });
    let range = (most - least).max(f32::MIN_POSITIVE);
    let step = rect.size() / SIDE as f32;
    for (at, value) in map.iter().enumerate() {
        let (x, y) = (at % SIDE, at / SIDE);
        let corner = rect.min + vec2(x as f32 * step.x, y as f32 * step.y);
        let share = ((value - least) / range * 255.0).round().clamp(0.0, 255.0);
        let [r, g, b] = colormap.colour(share as u8);
        // Overlapping by a hair: no seam between two.
        let cell = Rect::from_min_size(corner, step + vec2(0.5, 0.5)).intersect(rect);
        ui.painter()
            .rect_filled(cell, 0.0, egui::Color32::from_rgb(r, g, b));
    }
}
