//! What of a collection is kept on the sheet: filters, what was looked for, and saved selections.

use bevy_egui::egui::{
    Align, Button, CollapsingHeader, TextEdit, Ui, WidgetInfo, WidgetType, vec2,
};

use super::ask::Ask;
use super::choices::Passes;
use super::state::Collection;
use super::words;
use crate::collection::Combination;
use crate::ui::sentence;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{Bar, Dial, bar_row, labelled_slider};

/// So many words of a column are listed; the others are told.
const MOST_WORDS: usize = 30;

/// Draws what passes; true when that is another.
pub fn keep_ui(ui: &mut Ui, collection: &mut Collection, asks: &mut Vec<Ask>) -> bool {
    let snapshot = collection.snapshot.clone();
    let columns = snapshot.columns.columns();
    let mut changed = typed_ui(ui, collection);
    if let Some(found) = &collection.choices.found {
        let count = words::counted(found.count(), "picture", "pictures");
        ui.label(format!("Only what is {}: {count}", found.title));
    }
    let size = vec2(ui.available_width(), theme::TARGET);
    if collection.choices.keeps_back() {
        let button = Button::new("Show all again").min_size(size);
        if ui.add(button).clicked() {
            collection.choices.keep_all();
            collection.fields.filter.clear();
            collection.fields.wrong = None;
            changed = true;
        }
    }
    let button = Button::new("Find duplicates").min_size(size);
    let help = "Pictures that are there more than once; where a network has looked, also those that are nearly the same to it";
    let idle = collection.looking.is_none();
    if ui.add_enabled(idle, button).on_hover_text(help).clicked() {
        asks.push(Ask::FindDuplicates);
    }
    saved_ui(ui, collection, asks);
    let mut any = false;
    for (at, column) in columns.iter().enumerate() {
        let shown = words::column(&column.name, &snapshot);
        let filtered = collection.choices.filter(&column.name).is_some();
        let header = CollapsingHeader::new(shown)
            .id_salt(("filter", &column.name))
            .default_open(filtered || column.name == "label");
        if snapshot.columns.is_various(at) {
            any = true;
            header.show(ui, |ui| changed |= words_ui(ui, collection, at));
        } else if let Some(range) = snapshot.columns.range(at) {
            any = true;
            header.show(ui, |ui| {
                changed |= range_ui(ui, collection, &column.name, range);
            });
        }
    }
    if !any {
        ui.label(theme::quiet(ui, "Nothing is known of them yet."));
    }
    changed
}

/// A filter that is typed; true when it is another that is understood.
fn typed_ui(ui: &mut Ui, collection: &mut Collection) -> bool {
    let fields = &mut collection.fields;
    let edit = TextEdit::singleline(&mut fields.filter)
        .hint_text("a name, or label:cat")
        .desired_width(f32::INFINITY)
        .vertical_align(Align::Center)
        .min_size(vec2(0.0, theme::TARGET))
        .char_limit(400);
    let field = ui.add(edit);
    field
        .ctx
        .accesskit_node_builder(field.id, |node| node.set_label("Filter"));
    let mut changed = false;
    if field.changed() {
        let text = fields.filter.trim().to_owned();
        match collection.snapshot.typed(&text) {
            Ok(_) => {
                fields.wrong = None;
                changed = collection.choices.typed != text;
                collection.choices.typed = text;
            }
            Err(why) => fields.wrong = Some(why.to_string()),
        }
    }
    if let Some(wrong) = &fields.wrong {
        ui.label(theme::quiet(ui, sentence(wrong)));
    }
    changed
}

/// The saved selections: each is taken alone, or together with what is chosen.
fn saved_ui(ui: &mut Ui, collection: &Collection, asks: &mut Vec<Ask>) {
    if collection.saved.is_empty() {
        return;
    }
    ui.add_space(UNIT);
    ui.label(theme::quiet(ui, "Saved selections"));
    let chosen = !collection.selected.is_empty();
    for name in &collection.saved {
        ui.push_id(("saved", name), |ui| {
            ui.horizontal(|ui| {
                let room = ui.available_width() - 4.0 * (theme::TARGET + UNIT);
                let button = Button::new(name)
                    .truncate()
                    .min_size(vec2(room.max(theme::TARGET), theme::TARGET));
                let help = format!("Choose what is saved as {name}");
                let take = |how| Ask::TakeSelection(name.clone(), how);
                if ui.add(button).on_hover_text(help).clicked() {
                    asks.push(take(None));
                }
                let mut small = |sign: &str, enabled: bool, words: String, ask: Ask| {
                    let button = Button::new(sign).min_size(vec2(theme::TARGET, theme::TARGET));
                    let response = ui.add_enabled(enabled, button);
                    response
                        .widget_info(|| WidgetInfo::labeled(WidgetType::Button, enabled, &words));
                    if response.on_hover_text(&words).clicked() {
                        asks.push(ask);
                    }
                };
                let all = format!("Choose these too: {name}");
                small("+", chosen, all, take(Some(Combination::Union)));
                let without = format!("Not these any more: {name}");
                small(
                    "\u{2212}",
                    chosen,
                    without,
                    take(Some(Combination::Difference)),
                );
                let both = format!("Only what is chosen and in: {name}");
                small("&", chosen, both, take(Some(Combination::Intersection)));
                let gone = format!("Forget the selection {name}");
                small("\u{00d7}", true, gone, Ask::RemoveSelection(name.clone()));
            });
        });
    }
}

/// The words of a column with how many there are of each, the most first.
fn words_ui(ui: &mut Ui, collection: &mut Collection, at: usize) -> bool {
    let snapshot = collection.snapshot.clone();
    let Some(column) = snapshot.columns.columns().get(at) else {
        return false;
    };
    let arranged = collection.arranged.clone();
    let counts = arranged.iter().flat_map(|arranged| &arranged.counts);
    let Some(counts) = counts.into_iter().find(|counts| counts.column == at) else {
        return false;
    };
    let chosen = match collection.choices.filter(&column.name) {
        Some(Passes::Words(words)) => words.clone(),
        _ => Vec::new(),
    };
    let pairs = column.words.iter().zip(counts.words.iter().copied());
    let mut listed: Vec<(&String, u32)> = pairs
        .filter(|(word, count)| *count > 0 || chosen.contains(word))
        .collect();
    listed.sort_by_key(|(word, count)| (!chosen.contains(word), std::cmp::Reverse(*count)));
    let most = counts.words.iter().copied().max().unwrap_or(0).max(1);
    let mut toggled = None;
    for (word, count) in listed.iter().take(MOST_WORDS) {
        let marked = chosen.contains(word);
        let bar = Bar {
            label: (*word).clone(),
            share: *count as f32 / most as f32,
            value: words::number(*count as usize),
            marked,
            versus: false,
            mark: "shown".to_owned(),
            figures: Vec::new(),
            hint: "Click or press Enter to show only these".to_owned(),
        };
        if bar_row(ui, &bar).clicked() {
            toggled = Some((*word).clone());
        }
    }
    if listed.len() > MOST_WORDS {
        let more = words::counted(listed.len() - MOST_WORDS, "more", "more");
        ui.label(theme::quiet(ui, more));
    }
    let Some(word) = toggled else {
        return false;
    };
    collection.choices.toggle_word(&column.name, &word);
    true
}

fn range_ui(ui: &mut Ui, collection: &mut Collection, name: &str, (low, high): (f32, f32)) -> bool {
    let (mut from, mut to) = match collection.choices.filter(name) {
        Some(Passes::Range(from, to)) => (*from, *to),
        _ => (low, high),
    };
    let step = step_of(high - low);
    let dial = |label: &'static str| Dial {
        label,
        label_width: 5.0 * UNIT,
        min: low,
        max: high,
        step,
        unit: "",
        help: "Only pictures in this range are shown",
    };
    let changed = labelled_slider(ui, &dial("From"), &mut from).changed()
        | labelled_slider(ui, &dial("To"), &mut to).changed();
    if changed {
        let (from, to) = (from.min(to), from.max(to));
        let whole = from <= low && to >= high;
        collection
            .choices
            .set_range(name, (!whole).then_some((from, to)));
    }
    changed
}

/// About a hundredth of a range, as a number that is read easily.
fn step_of(range: f32) -> f32 {
    let exact = range / 100.0;
    if exact.is_finite() && exact > 0.0 {
        10f32.powf(exact.log10().floor())
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_read_easily() {
        let steps = [1.0, 0.5, 2000.0, 0.0].map(step_of);
        for (step, want) in steps.iter().zip([0.01, 0.001, 10.0, 1.0]) {
            assert!((step - want).abs() < want * 1e-3, "{step} for {want}");
        }
    }
}
