//! The left side: which collection, in which order, in which piles, and what of it passes.

use bevy_egui::egui::{Button, CollapsingHeader, Ui, vec2};

use super::choices::{Passes, is_worth_grouping, range_of};
use super::state::{Ask, Collection, Status};
use super::words;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{Bar, Choice, Dial, bar_row, chooser, labelled_slider, step_header};

/// So many words of a column are listed; the others are told.
const MOST_WORDS: usize = 30;

/// Draws the left side.
pub fn side_ui(ui: &mut Ui, collection: &mut Collection, asks: &mut Vec<Ask>) {
    step_header(ui, 1, "Choose pictures");
    let size = vec2(ui.available_width(), theme::TARGET);
    let help = "A folder with all that is in it, or an index that is there already; it can be dropped onto the window too";
    let choose = Button::new("Choose a folder...").min_size(size);
    if ui.add(choose).on_hover_text(help).clicked() {
        asks.push(Ask::ChooseFolder);
    }
    let made_up = collection.snapshot.source.is_none();
    if !made_up || collection.status != Status::Ready {
        let demo = Button::new("Made-up pictures").min_size(size);
        if ui.add(demo).clicked() {
            asks.push(Ask::Demo);
        }
    }
    if collection.status != Status::Ready {
        return;
    }
    network_ui(ui, collection, asks);
    ui.add_space(2.0 * UNIT);
    step_header(ui, 2, "Put them in order");
    if order_ui(ui, collection) {
        asks.push(Ask::Arrange);
    }
    ui.add_space(2.0 * UNIT);
    step_header(ui, 3, "Keep some of them");
    if filters_ui(ui, collection) {
        asks.push(Ask::Arrange);
    }
}

/// The network that is shown, and the one that can be asked.
fn network_ui(ui: &mut Ui, collection: &mut Collection, asks: &mut Vec<Ask>) {
    let models = collection.snapshot.models.clone();
    if models.len() > 1 {
        ui.add_space(UNIT);
        let now = collection
            .snapshot
            .view
            .as_ref()
            .map(|view| view.name.clone());
        let mut index = models
            .iter()
            .position(|name| Some(name) == now.as_ref())
            .unwrap_or(0);
        let choices: Vec<Choice<'_>> = models.iter().map(|name| choice(name)).collect();
        let width = ui.available_width() - 10.0 * UNIT;
        if chooser(ui, "Seen by", true, width, &mut index, &choices).changed() {
            collection.choices.model = models.get(index).cloned();
            asks.push(Ask::Arrange);
        }
    }
    if let Some(network) = collection
        .network
        .clone()
        .filter(|_| collection.working.is_none())
    {
        ui.add_space(UNIT);
        let size = vec2(ui.available_width(), theme::TARGET);
        let words = format!("Ask {network}");
        let help = "It says what each picture is and where it looked; another network can be chosen in the bar on top";
        let button = Button::new(words).truncate().min_size(size);
        if ui.add(button).on_hover_text(help).clicked() {
            asks.push(Ask::Look);
        }
    }
}

fn choice(name: &str) -> Choice<'_> {
    Choice {
        name,
        help: "",
        enabled: true,
    }
}

/// Draws what they are sorted and grouped by; true when that is another.
fn order_ui(ui: &mut Ui, collection: &mut Collection) -> bool {
    let snapshot = collection.snapshot.clone();
    let columns = snapshot.columns.columns();
    let width = ui.available_width() - 10.0 * UNIT;
    let sortable = |at: &usize| {
        let words = is_worth_grouping(&snapshot.columns, *at);
        words || range_of(&snapshot.columns, *at).is_some()
    };
    let by: Vec<usize> = (0..columns.len()).filter(sortable).collect();
    let piles: Vec<usize> = (0..columns.len())
        .filter(|&at| is_worth_grouping(&snapshot.columns, at))
        .collect();
    let mut changed = false;
    let mut list =
        |ui: &mut Ui, label: &str, first: &str, of: &[usize], now: &mut Option<String>| {
            let name = |at: usize| columns.get(at).map_or("", |column| column.name.as_str());
            let shown: Vec<String> = of
                .iter()
                .map(|&at| words::column(name(at), &snapshot))
                .collect();
            let mut choices = vec![choice(first)];
            choices.extend(shown.iter().map(|name| choice(name)));
            let known = now
                .as_ref()
                .and_then(|now| of.iter().position(|&at| name(at) == now));
            let mut index = known.map_or(0, |at| at + 1);
            if chooser(ui, label, true, width, &mut index, &choices).changed() {
                *now = index
                    .checked_sub(1)
                    .and_then(|at| of.get(at))
                    .map(|&at| name(at).to_owned());
                changed = true;
            }
        };
    let chosen = &mut collection.choices;
    ui.horizontal(|ui| list(ui, "Sorted by", "Name", &by, &mut chosen.sort));
    ui.horizontal(|ui| list(ui, "In piles of", "No piles", &piles, &mut chosen.group));
    changed |= ui.checkbox(&mut chosen.descending, "Most first").changed();
    changed
}

/// Draws what passes; true when that is another.
fn filters_ui(ui: &mut Ui, collection: &mut Collection) -> bool {
    let snapshot = collection.snapshot.clone();
    let columns = snapshot.columns.columns();
    let mut changed = false;
    if !collection.choices.filters.is_empty() {
        let button = Button::new("Show all again").min_size(vec2(0.0, theme::TARGET));
        if ui.add(button).clicked() {
            collection.choices.filters.clear();
            changed = true;
        }
    }
    let mut any = false;
    for (at, column) in columns.iter().enumerate() {
        let shown = words::column(&column.name, &snapshot);
        let filtered = collection.choices.filter(&column.name).is_some();
        let header = CollapsingHeader::new(shown)
            .id_salt(("filter", &column.name))
            .default_open(filtered || column.name == "label");
        if is_worth_grouping(&snapshot.columns, at) {
            any = true;
            header.show(ui, |ui| changed |= words_ui(ui, collection, at));
        } else if let Some(range) = range_of(&snapshot.columns, at) {
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
