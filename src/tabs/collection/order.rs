//! How pictures are ordered, which piles they make, and how they stand.

use bevy_egui::egui::{Button, Ui, vec2};

use super::ask::Ask;
use super::choices::{Choices, Near, Shape};
use super::snapshot::{Snapshot, looks_as};
use super::state::Collection;
use super::words;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{Choice, chooser, segments};

/// As [`Shape`], without what they stand by.
#[derive(Clone, Copy, PartialEq)]
enum Stand {
    Ordered,
    Plane,
    Grid,
}

/// A line of a list without an explanation.
#[must_use]
pub fn choice(name: &str) -> Choice<'_> {
    Choice {
        name,
        help: "",
        enabled: true,
    }
}

/// Draws what they are sorted and grouped by, and how they stand; true when that is another.
pub fn order_ui(ui: &mut Ui, collection: &mut Collection, asks: &mut Vec<Ask>) -> bool {
    let snapshot = collection.snapshot.clone();
    let columns = snapshot.columns.columns();
    let width = ui.available_width() - 10.0 * UNIT;
    let sortable = |at: &usize| {
        let words = snapshot.columns.is_various(*at);
        words || snapshot.columns.range(*at).is_some()
    };
    let by: Vec<usize> = (0..columns.len()).filter(sortable).collect();
    let piles: Vec<usize> = (0..columns.len())
        .filter(|&at| snapshot.columns.is_various(at))
        .collect();
    let mut changed = shape_ui(ui, collection);
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
    if chosen.shape == Shape::Ordered {
        ui.horizontal(|ui| list(ui, "Sorted by", "Name", &by, &mut chosen.sort));
        ui.horizontal(|ui| list(ui, "In piles of", "No piles", &piles, &mut chosen.group));
        if chosen.group.is_some() {
            ui.horizontal(|ui| list(ui, "Across", "Nothing", &piles, &mut chosen.across));
        } else {
            chosen.across = None;
        }
        changed |= ui.checkbox(&mut chosen.descending, "Most first").changed();
    }
    changed |= ready_made_ui(ui, collection, asks);
    changed
}

/// How pictures stand; true when that is another.
fn shape_ui(ui: &mut Ui, collection: &mut Collection) -> bool {
    let snapshot = &collection.snapshot;
    let known = snapshot.view.as_ref().is_some_and(|view| view.known > 0);
    let looked = snapshot.maps() > 0;
    if !known && !looked {
        return false;
    }
    let shape = collection.choices.shape;
    let before = match shape {
        Shape::Ordered => Stand::Ordered,
        Shape::Plane(_) => Stand::Plane,
        Shape::Grid(_) => Stand::Grid,
    };
    let mut stand = before;
    segments(
        ui,
        "How they stand",
        &mut stand,
        &[
            (
                Stand::Ordered,
                "In order",
                "One after the other, or in piles",
            ),
            (
                Stand::Plane,
                "Alike",
                "What is alike stands together; it is laid out before your eyes",
            ),
            (
                Stand::Grid,
                "In a grid",
                "What is alike stands together, without gaps and without one over the other",
            ),
        ],
    );
    let mut near = shape
        .near()
        .unwrap_or(if known { Near::Known } else { Near::Looks });
    if stand != Stand::Ordered && known && looked {
        segments(
            ui,
            "Alike in",
            &mut near,
            &[
                (
                    Near::Known,
                    "What it sees",
                    "By what the network knows of a picture before it names a class",
                ),
                (
                    Near::Looks,
                    "Where it looks",
                    "By the maps alone: what is looked at in the same places stands together",
                ),
            ],
        );
    }
    collection.choices.shape = match stand {
        Stand::Ordered => Shape::Ordered,
        Stand::Plane => Shape::Plane(near),
        Stand::Grid => Shape::Grid(near),
    };
    collection.choices.shape != shape
}

/// Orders that answer a question, as buttons; true when one was taken.
fn ready_made_ui(ui: &mut Ui, collection: &mut Collection, asks: &mut Vec<Ask>) -> bool {
    let snapshot = collection.snapshot.clone();
    let size = vec2(ui.available_width(), theme::TARGET);
    let mut changed = false;
    let chosen = &mut collection.choices;
    if let Some(class) = confusion(&snapshot) {
        let button = Button::new("Confusion matrix").truncate().min_size(size);
        let help = "Labels down, answers across; in each cell the pictures themselves";
        if ui.add(button).on_hover_text(help).clicked() {
            chosen.shape = Shape::Ordered;
            chosen.group = Some("label".to_owned());
            chosen.across = Some(class);
            changed = true;
        }
    }
    let [.., first, second] = snapshot.models.as_slice() else {
        return changed;
    };
    let words = format!("Where {first} and {second} disagree");
    let button = Button::new(&words).truncate().min_size(size);
    if ui.add(button).on_hover_text(words.as_str()).clicked() {
        disagreement(chosen, first, second);
        changed = true;
    }
    let button = Button::new("Where their maps differ most")
        .truncate()
        .min_size(size);
    let help = "Sorted by how far both look at the same places, the least first";
    if snapshot.can_agree && ui.add(button).on_hover_text(help).clicked() {
        let name = looks_as(first, second);
        if snapshot.columns.find(&name).is_none() {
            asks.push(Ask::CompareLooks);
        }
        chosen.shape = Shape::Ordered;
        (chosen.group, chosen.across) = (None, None);
        (chosen.sort, chosen.descending) = (Some(name), false);
        changed = true;
    }
    changed
}

/// The column of answers, where there are labels to hold them against.
fn confusion(snapshot: &Snapshot) -> Option<String> {
    let class = format!("{} class", snapshot.view.as_ref()?.name);
    let worth = |name: &str| {
        let column = snapshot.columns.find(name);
        column.is_some_and(|column| snapshot.columns.is_various(column))
    };
    (worth("label") && worth(&class)).then_some(class)
}

/// Shows only what two networks answer differently, in piles of what the one says; where the first is the
/// surer comes first.
pub fn disagreement(choices: &mut Choices, first: &str, second: &str) {
    choices.shape = Shape::Ordered;
    choices.found = None;
    choices.across = None;
    choices.group = Some(format!("{second} class"));
    choices.sort = Some(format!("{first} surer than {second}"));
    choices.descending = true;
    choices.set_words(&format!("{first} as {second}"), vec!["no".to_owned()]);
}

#[cfg(test)]
mod tests {
    use super::super::arranged::arrange;
    use super::*;
    use crate::collection::testing::{FakeNetwork, run};
    use crate::collection::{Source, Unwatched};

    #[test]
    fn where_two_networks_disagree_nothing_else_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let listing = Source::Demo { count: 80, seed: 7 }.list().unwrap();
        // The second takes the pictures for those of another seed: its classes are others.
        let networks = [FakeNetwork::new("a", 7), FakeNetwork::new("b", 8)];
        run(
            folder.path(),
            &listing,
            &[&networks[0], &networks[1]],
            &Unwatched,
        )
        .unwrap();
        let snapshot = Snapshot::read(folder.path(), None).unwrap();
        let mut choices = Choices::default();
        disagreement(&mut choices, "a", "b");
        let arranged = arrange(&snapshot, &choices, None, 1.5, 8192);
        let order = arranged.arrangement.order();
        assert!(!order.is_empty() && order.len() < 80);
        for &row in order {
            let (a, b) = (snapshot.word("a class", row), snapshot.word("b class", row));
            assert!(a.is_some() && b.is_some() && a != b);
        }
        assert!(confusion(&snapshot).is_some() && confusion(&Snapshot::demo(9, 1)).is_none());
    }
}
