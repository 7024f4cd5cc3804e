//! The left side: which collection, in which order, in which piles, and what of it passes.

use std::path::{Path, PathBuf};

use bevy_egui::egui::{Button, Ui, vec2};

use super::ask::Ask;
use super::keep::keep_ui;
use super::order::{choice, order_ui};
use super::snapshot::LabelsFrom;
use super::state::{Collection, Status};
use crate::collection::LABELS_FILE;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{Choice, chooser, step_header};

/// Draws the left side.
pub fn side_ui(ui: &mut Ui, collection: &mut Collection, asks: &mut Vec<Ask>) {
    step_header(ui, 1, "Choose pictures");
    let size = vec2(ui.available_width(), theme::TARGET);
    let help = "A folder with all that is in it, or an index that is there already; it can be dropped onto the window too";
    let choose = Button::new("Choose a folder...").min_size(size);
    if ui.add(choose).on_hover_text(help).clicked() {
        asks.push(Ask::ChooseFolder);
    }
    recent_ui(ui, collection, asks);
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
    if order_ui(ui, collection, asks) {
        asks.push(Ask::Arrange);
    }
    ui.add_space(2.0 * UNIT);
    step_header(ui, 3, "Keep some of them");
    if keep_ui(ui, collection, asks) {
        asks.push(Ask::Arrange);
    }
}

/// What was opened before, to be opened again.
fn recent_ui(ui: &mut Ui, collection: &Collection, asks: &mut Vec<Ask>) {
    if collection.recent.is_empty() {
        return;
    }
    let name = |path: &String| {
        let path = Path::new(path);
        let name = path.file_name().unwrap_or(path.as_os_str());
        name.to_string_lossy().into_owned()
    };
    let names: Vec<String> = collection.recent.iter().map(name).collect();
    let first = choice("Opened before...");
    let again = names
        .iter()
        .zip(&collection.recent)
        .map(|(name, help)| Choice {
            name,
            help,
            enabled: true,
        });
    let choices: Vec<Choice<'_>> = std::iter::once(first).chain(again).collect();
    let mut chosen = 0;
    let width = ui.available_width();
    chooser(ui, "Opened before", false, width, &mut chosen, &choices);
    let path = chosen
        .checked_sub(1)
        .and_then(|place| collection.recent.get(place));
    if let Some(path) = path {
        asks.push(Ask::Open(PathBuf::from(path)));
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
    labels_ui(ui, collection);
    if let Some(words) = collection.outdated() {
        ui.add_space(UNIT);
        ui.label(words);
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

/// Where labels come from, and how they are corrected.
fn labels_ui(ui: &mut Ui, collection: &Collection) {
    let snapshot = &collection.snapshot;
    let label = snapshot.columns.find("label");
    let labelled = label.is_some_and(|label| snapshot.columns.is_various(label));
    let source = snapshot.source.as_deref().filter(|_| labelled);
    let Some(source) = source else {
        return;
    };
    let (words, help) = match snapshot.labels_from {
        LabelsFrom::Table => (
            format!("Labels come from {LABELS_FILE}."),
            format!(
                "{} says what they are of. Open the folder again when it has changed.",
                source.join(LABELS_FILE).display()
            ),
        ),
        LabelsFrom::Folders => (
            "Labels are the folders' names.".to_owned(),
            format!(
                "To correct them, put a table {LABELS_FILE} into the folder: path (or folder) and label on \
                 the first line, then a line each. Then open the folder again."
            ),
        ),
        LabelsFrom::Source => return,
    };
    ui.add_space(UNIT);
    ui.label(theme::quiet(ui, words)).on_hover_text(help);
}
