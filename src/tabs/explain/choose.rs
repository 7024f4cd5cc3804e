//! The left column: which pictures, how many rounds, who plays, and who played best.

use bevy_egui::egui::{self, Button, CollapsingHeader, TextEdit, Ui, vec2};

use super::best::best_ui;
use super::chart::{name, percent};
use super::state::{Ask, Explain, Focus, MAX_ROUNDS, Phase, default_shares};
use crate::guess::Band;
use crate::guess::scores::MAX_NAME;
use crate::ui::commands::Command;
use crate::ui::library::Item;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{Dial, Thumb, labelled_slider, step_header, thumb_ticks};

/// Longest limit of a round, in seconds.
const MOST_SECS: f32 = 600.0;
/// Shortest limit: shorter rounds cannot be warned of 20 seconds ahead.
const LEAST_SECS: f32 = 40.0;

/// One picture that can be drawn for a round.
#[derive(Debug, Clone, PartialEq)]
pub struct Pickable {
    /// Its number in the library.
    pub id: u64,
    /// True where it is drawn when nothing is ticked.
    pub given: bool,
}

/// Draws the column. `pickable` belongs to `thumbs`, one each.
pub fn choose_ui(
    ui: &mut Ui,
    explain: &mut Explain,
    thumbs: &[Thumb],
    pickable: &[Pickable],
    asked: &mut Vec<Ask>,
) {
    step_header(ui, 1, "Choose pictures");
    let none = explain.setup.ticked.is_empty();
    let ticked = |index: usize| {
        pickable
            .get(index)
            .is_some_and(|item| explain.setup.ticked.contains(&item.id))
    };
    if let Some(index) = thumb_ticks(ui, thumbs, &ticked, 4)
        && let Some(item) = pickable.get(index)
    {
        asked.push(Ask::Tick(item.id));
    }
    let words = if none {
        "Tick those to play with; none ticked means all of ours."
    } else {
        "The ticked ones are played with."
    };
    ui.label(theme::quiet(ui, words));
    let half = vec2((ui.available_width() - UNIT) / 2.0, theme::TARGET);
    ui.horizontal(|ui| {
        let open = ui.add_sized(half, Button::new("Open..."));
        if open
            .on_hover_text(Command::Open.tooltip(ui.ctx()))
            .clicked()
        {
            asked.push(Ask::Do(Command::Open));
        }
        let folder = ui.add_sized(half, Button::new("Folder..."));
        if folder
            .on_hover_text("Play with all pictures of a folder")
            .clicked()
        {
            asked.push(Ask::OpenFolder);
        }
    });
    ui.add_space(2.0 * UNIT);
    step_header(ui, 2, "Choose how to play");
    play_ui(ui, explain);
    ui.add_space(UNIT);
    let palette = theme::palette(ui);
    let words = egui::RichText::new("New game").color(palette.on_action);
    let start = Button::new(words).fill(palette.action);
    let start = ui
        .add_sized(vec2(ui.available_width(), 5.0 * UNIT), start)
        .on_hover_text("Begins anew with pictures drawn from the ticked ones");
    if start.clicked() {
        // Whoever plays by keyboard is on the picture at once, and need not go through all that is left
        // of it.
        explain.refocus = start.has_focus().then_some(Focus::Picture);
        asked.push(Ask::NewGame);
    }
    shares_ui(ui, explain);
    // With the results they stand on the right.
    let over = explain.game.as_ref().map(|game| game.phase) == Some(Phase::Results);
    if !over {
        ui.add_space(2.0 * UNIT);
        best_ui(ui, explain);
    }
}

fn play_ui(ui: &mut Ui, explain: &mut Explain) {
    let setup = &mut explain.setup;
    ui.horizontal(|ui| {
        let label = ui.label("Name");
        let edit = TextEdit::singleline(&mut setup.nickname)
            .hint_text("Guest")
            .char_limit(MAX_NAME)
            .min_size(vec2(0.0, theme::TARGET))
            .vertical_align(egui::Align::Center)
            .desired_width(ui.available_width() - 2.0 * UNIT);
        ui.add(edit)
            .labelled_by(label.id)
            .on_hover_text("Kept beside the score; nothing else is");
    });
    let rounds = Dial {
        label: "Rounds",
        label_width: 0.0,
        min: 1.0,
        max: MAX_ROUNDS as f32,
        step: 1.0,
        unit: "",
        help: "Pictures in a game",
    };
    labelled_slider(ui, &rounds, &mut setup.rounds);
    setup.rounds = setup.rounds.round();
    ui.checkbox(&mut setup.limited, "Time limit")
        .on_hover_text("A round then ends by itself; you are told before, and can take more time");
    if setup.limited {
        let limit = Dial {
            label: "Time",
            label_width: 0.0,
            min: LEAST_SECS,
            max: MOST_SECS,
            step: 10.0,
            unit: " s",
            help: "Seconds for each picture",
        };
        labelled_slider(ui, &limit, &mut setup.limit_secs);
    }
}

/// How much of the picture each colour takes in the answer.
fn shares_ui(ui: &mut Ui, explain: &mut Explain) {
    CollapsingHeader::new("How much of each colour")
        .id_salt("shares")
        .show(ui, |ui| {
            let shares = &mut explain.setup.shares;
            for (band, share) in Band::ALL.into_iter().zip(shares.iter_mut()) {
                let dial = Dial {
                    label: name(band),
                    label_width: 7.0 * UNIT,
                    min: 0.1,
                    max: 25.0,
                    step: 0.1,
                    unit: " %",
                    help: "Share of the picture that has this colour in the answer",
                };
                labelled_slider(ui, &dial, share);
            }
            let sum: f32 = shares.iter().sum();
            let words = format!(
                "Together {} of the picture.",
                percent(f64::from(sum) / 100.0)
            );
            ui.label(theme::quiet(ui, words));
            if ui.button("As in the paper").clicked() {
                *shares = default_shares();
            }
        });
}

/// The pictures of the library as the column needs them.
pub fn pickable(items: &[Item]) -> Vec<Pickable> {
    items
        .iter()
        .map(|item| Pickable {
            id: item.id,
            given: !item.own,
        })
        .collect()
}
