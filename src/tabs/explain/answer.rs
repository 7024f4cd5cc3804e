//! The right column: the live bars and the score; after the answer is shown, what the network
//! said, how exact the guess was, and whose eyes the player has.

use bevy_egui::egui::{self, Align, CollapsingHeader, Grid, Label, Layout, RichText, Ui, vec2};

use super::best::best_ui;
use super::chart::{band_bar, legend, name, percent, score_bar};
use super::state::{Ask, Explain, Game, Outcome, Phase, Rival, Round, Status};
use crate::guess::reveal::Mark;
use crate::guess::scores::clean_name;
use crate::guess::{Band, FORMULA, Score};
use crate::ui::commands::Command;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{Bar, bar_row, command_button, step_header};

/// Height of a window from which on all figures are shown at once, in logical pixels.
const ROOMY: f32 = 101.0 * UNIT;
/// Height of a row of figures, in logical pixels.
const ROW: f32 = 2.75 * UNIT;
const OVERLAP: &str = "of all that you or the AI marked, the share on which both agree; a neighbouring colour counts in part";
const RESTRAINT: &str = "the share of the unmarked part that you left clean";
const KAPPA: &str = "Agreement in colours, corrected for chance: 0 is what the same paint reaches at random, 1 is exact (Cohen's kappa with linear weights)";

/// Draws the column.
pub fn answer_ui(ui: &mut Ui, explain: &mut Explain, asked: &mut Vec<Ask>) {
    let Some(game) = &explain.game else {
        step_header(ui, 3, "How close are you?");
        ui.label("Begin a game on the left.");
        return;
    };
    match (game.phase, game.round()) {
        (Phase::Results, _) => {
            results_ui(ui, game, &explain.setup.nickname, asked);
            ui.add_space(UNIT);
            best_ui(ui, explain);
        }
        (Phase::Revealed, Some(round)) => {
            if let Some(outcome) = &round.outcome {
                revealed_ui(ui, game, round, outcome, asked);
            }
        }
        (_, Some(round)) => playing_ui(ui, game, round, asked),
        (_, None) => {}
    }
}

fn playing_ui(ui: &mut Ui, game: &Game, round: &Round, asked: &mut Vec<Ask>) {
    step_header(ui, 3, "How close are you?");
    let Some(board) = &round.board else {
        let words = match &round.status {
            Status::Failed(_) => "Nothing to guess yet: see the message beside this.",
            _ => "One moment: the AI is looking at the picture.",
        };
        ui.label(theme::quiet(ui, words));
        return;
    };
    let score = board.score();
    score_ui(ui, &score, round, game, asked);
    ui.label(theme::quiet(ui, "Grey is the AI's, the colour is yours."))
        .on_hover_text(format!(
            "Grey is what {} marked, the colour is what you found of it.",
            game.model.1
        ));
    bars_ui(ui, &score);
    // Open at once where there is room for all of it.
    let roomy = ui.ctx().content_rect().height() >= ROOMY;
    details_ui(ui, &score, "figures while playing", roomy);
}

fn score_ui(ui: &mut Ui, score: &Score, round: &Round, game: &Game, asked: &mut Vec<Ask>) {
    ui.horizontal(|ui| {
        ui.label(theme::figure(format!("{:.0}", score.score)));
        ui.label(theme::quiet(ui, "of 100"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            save_ui(ui, game, asked);
        });
    });
    score_bar(ui, score.score, round.yardsticks);
    let (overlap, restraint) = (score.overlap, score.restraint);
    ui.label(theme::quiet(
        ui,
        format!("= 100 \u{d7} {overlap:.2} overlap \u{d7} {restraint:.2} restraint"),
    ))
    .on_hover_text(format!(
        "{}. Overlap: {OVERLAP}. Restraint: {RESTRAINT}.",
        formula()
    ));
}

/// Keeps the game so far.
fn save_ui(ui: &mut Ui, game: &Game, asked: &mut Vec<Ask>) {
    let any = game.outcomes().next().is_some();
    if command_button(ui, Command::Save, any, "When an answer is shown").clicked() {
        asked.push(Ask::Do(Command::Save));
    }
}

/// The formula with the sign that its figures have.
fn formula() -> String {
    FORMULA.replace(" x ", " \u{d7} ")
}

fn bars_ui(ui: &mut Ui, score: &Score) {
    let longest = score
        .bands
        .iter()
        .map(|band| band.share)
        .fold(0.0, f64::max);
    for band in &score.bands {
        band_bar(ui, band, longest);
    }
}

fn revealed_ui(ui: &mut Ui, game: &Game, round: &Round, outcome: &Outcome, asked: &mut Vec<Ask>) {
    step_header(ui, 3, "What the AI saw");
    score_ui(ui, &outcome.score, round, game, asked);
    ui.label(verdict(outcome, round));
    bars_ui(ui, &outcome.score);
    ui.add_space(UNIT / 2.0);
    ui.label(theme::title("Whose eyes do you have?"));
    eyes_ui(ui, game, outcome, asked);
    details_ui(ui, &outcome.score, "figures at the end", false);
}

/// One sentence about a score, measured by what no insight at all reaches.
fn verdict(outcome: &Outcome, round: &Round) -> String {
    let score = outcome.score.score;
    let hints = match round.hints {
        0 => String::new(),
        1 => " You took 1 hint.".to_owned(),
        n => format!(" You took {n} hints."),
    };
    let words = match round.yardsticks {
        Some(yard) if score > yard.centre.max(yard.random) => {
            "You saw more than a blob in the middle does."
        }
        Some(yard) if score > yard.random => {
            "Better than random scribbles; a blob in the middle does better."
        }
        _ => "Random scribbles do as well. The AI looks at other things than we do!",
    };
    format!("{words}{hints}")
}

/// The same painting against every network: the longest bar has the eyes most like the player's.
fn eyes_ui(ui: &mut Ui, game: &Game, outcome: &Outcome, asked: &mut Vec<Ask>) {
    ui.spacing_mut().item_spacing.y = UNIT / 4.0;
    let mine = outcome.score.score;
    let best = outcome
        .rivals
        .iter()
        .filter_map(|rival| rival.score.as_ref()?.as_ref().ok().copied())
        .fold(mine, f64::max);
    eyes_row(
        ui,
        &game.model.1,
        Some(mine),
        mine >= best,
        "You played against it",
    );
    for rival in &outcome.rivals {
        let Rival { model, name, score } = rival;
        match score {
            Some(Ok(score)) => {
                let hint = "Click to lay both answers side by side";
                if eyes_row(ui, name, Some(*score), *score >= best, hint) {
                    asked.push(Ask::Compare(model.clone()));
                }
            }
            Some(Err(why)) => {
                ui.label(theme::quiet(ui, format!("{name}: {why}")));
            }
            None => {
                eyes_row(ui, name, None, false, "It is still looking at the picture");
            }
        }
    }
    ui.spacing_mut().item_spacing.y = UNIT;
}

fn eyes_row(ui: &mut Ui, name: &str, score: Option<f64>, best: bool, hint: &str) -> bool {
    let bar = Bar {
        label: name.to_owned(),
        share: score.map_or(0.0, |score| (score / 100.0) as f32),
        value: score.map_or("...".to_owned(), |score| format!("{score:.0}")),
        marked: best,
        versus: false,
        mark: "Most like yours".to_owned(),
        figures: score
            .map(|score| {
                (
                    "Your painting against its map".to_owned(),
                    format!("{score:.1} of 100"),
                )
            })
            .into_iter()
            .collect(),
        hint: hint.to_owned(),
    };
    ui.push_id(name, |ui| bar_row(ui, &bar).clicked()).inner
}

fn results_ui(ui: &mut Ui, game: &Game, nickname: &str, asked: &mut Vec<Ask>) {
    step_header(ui, 3, "Your game");
    let who = clean_name(nickname);
    ui.add(Label::new(format!("{who} against {}", game.model.1)).wrap());
    if let Some(mean) = game.mean() {
        ui.horizontal(|ui| {
            ui.label(theme::figure(format!("{mean:.0}")));
            let words = theme::quiet(ui, "of 100, the mean of all rounds");
            ui.add(Label::new(words).wrap());
        });
    }
    save_ui(ui, game, asked);
    ui.add_space(UNIT);
    ui.label(theme::title("Whose eyes do you have?"));
    ui.spacing_mut().item_spacing.y = UNIT / 4.0;
    let mut all = game.rivals();
    if let Some(mean) = game.mean() {
        all.push((game.model.1.clone(), mean));
    }
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    for (place, (name, score)) in all.iter().enumerate() {
        eyes_row(ui, name, Some(*score), place == 0, "Mean of all rounds");
    }
    ui.spacing_mut().item_spacing.y = UNIT;
    if let Some((name, _)) = all.first() {
        ui.label(format!("You look at pictures most like {name} does."));
    }
}

/// The legend of the revealed picture.
pub(super) fn legend_ui(ui: &mut Ui) {
    let band = Band::Orange;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(2.0 * UNIT, UNIT / 2.0);
        for mark in [
            Mark::Hit(band),
            Mark::Near {
                painted: Band::Purple,
                right: band,
            },
            Mark::Missed(band),
            Mark::False(band),
        ] {
            legend(ui, mark);
        }
    });
}

/// Every figure of a score, on demand.
fn details_ui(ui: &mut Ui, score: &Score, id: &str, open: bool) {
    CollapsingHeader::new("All figures")
        .id_salt(id)
        .default_open(open)
        .show_unindented(ui, |ui| {
            let share = |share: Option<f64>| share.map_or("-".to_owned(), percent);
            Grid::new("bands")
                .num_columns(3)
                .min_row_height(ROW)
                .spacing(vec2(UNIT, 0.0))
                .show(ui, |ui| {
                    ui.label("");
                    let right = "Of what you painted in this colour, the share that is right";
                    ui.label(theme::quiet(ui, "precision")).on_hover_text(right);
                    let found = "Of what has this colour in the answer, the share you found";
                    ui.label(theme::quiet(ui, "recall")).on_hover_text(found);
                    ui.end_row();
                    for band in &score.bands {
                        ui.label(name(band.colour));
                        ui.label(share(band.precision));
                        ui.label(share(band.recall));
                        ui.end_row();
                    }
                });
            let figures = [
                (
                    "Place (IoU)",
                    percent(score.iou),
                    "Of all that is painted or marked, the share that is both, whatever the colour",
                ),
                (
                    "Order (Spearman)",
                    score.spearman.map_or("-".to_owned(), |r| format!("{r:.2}")),
                    "Rank correlation of your colours with the whole map, -1 to 1",
                ),
                (
                    "Beyond chance (kappa)",
                    format!("{:.2}", score.kappa),
                    KAPPA,
                ),
            ];
            Grid::new("figures")
                .num_columns(2)
                .min_row_height(ROW)
                .spacing(vec2(UNIT, 0.0))
                .show(ui, |ui| {
                    for (name, value, help) in figures {
                        ui.label(theme::quiet(ui, name)).on_hover_text(help);
                        let copy = ui
                            .add(Label::new(&value).sense(egui::Sense::click()))
                            .on_hover_text("Click to copy");
                        if copy.clicked() {
                            ui.ctx().copy_text(format!("{name}: {value}"));
                        }
                        ui.end_row();
                    }
                });
            ui.add(Label::new(RichText::new(formula())).wrap());
        });
}
