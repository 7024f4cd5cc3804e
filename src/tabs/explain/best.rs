//! The list of the best games, with the game that was just played in it.

use bevy_egui::egui::{Align, Label, Layout, RichText, Sense, Ui};

use super::state::{Explain, Game};
use crate::guess::scores::GameScore;
use crate::ui::theme::{self, UNIT};

/// Games in the list of the best.
const BEST: usize = 5;

/// Draws the list.
pub(super) fn best_ui(ui: &mut Ui, explain: &mut Explain) {
    ui.label(theme::title("Best games"));
    let own = explain.game.as_ref().map(|game| game.id.clone());
    let against = explain
        .game
        .as_ref()
        .map(|game: &Game| game.model.1.clone());
    let best = explain.best();
    if best.is_empty() {
        ui.label(theme::quiet(ui, "None yet: yours can be the first."));
        return;
    }
    if let Some(name) = against {
        ui.label(theme::quiet(ui, format!("Against {name}")));
    }
    ui.spacing_mut().item_spacing.y = UNIT / 2.0;
    let is_own = |game: &GameScore| own.as_ref() == Some(&game.game);
    for (place, game) in best.iter().enumerate().take(BEST) {
        row(ui, place, game, is_own(game));
    }
    // Whoever is not among the best finds the own game all the same.
    if let Some((place, game)) = best
        .iter()
        .enumerate()
        .skip(BEST)
        .find(|(_, game)| is_own(game))
    {
        row(ui, place, game, true);
        ui.label(theme::quiet(ui, format!("of {} games", best.len())));
    }
}

fn row(ui: &mut Ui, place: usize, game: &GameScore, own: bool) {
    let hints = match game.hints {
        0 => "no hints".to_owned(),
        1 => "1 hint".to_owned(),
        n => format!("{n} hints"),
    };
    let rounds = match game.rounds {
        1 => "1 round".to_owned(),
        n => format!("{n} rounds"),
    };
    let more = format!("{}, {rounds}, {hints}", game.day);
    let strong = |words: String| {
        let words = RichText::new(words);
        if own { words.strong() } else { words }
    };
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(strong(format!("{:.0}", game.score)))
                .on_hover_text(&more);
            ui.label(theme::quiet(ui, &game.day)).on_hover_text(&more);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let mark = if own { " (this game)" } else { "" };
                let who = strong(format!("{}. {}{mark}", place + 1, game.nickname));
                ui.add(Label::new(who).truncate().sense(Sense::hover()))
                    .on_hover_text(&more);
            });
        });
    });
}
