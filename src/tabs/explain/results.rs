//! The results: all rounds of a game side by side, guess and answer.

use bevy_egui::egui::{self, Frame, Label, Margin, Rect, ScrollArea, Stroke, Ui, UiBuilder, vec2};

use super::state::{Game, Outcome, Round};
use crate::ui::theme::{self, UNIT};

/// Widest a round's card becomes, in logical pixels.
const WIDEST: f32 = 76.0 * UNIT;
/// Narrowest a round's card becomes.
const NARROWEST: f32 = 26.0 * UNIT;

/// Draws the cards into `rect`.
pub fn results_ui(root: &mut Ui, rect: Rect, game: &Game) {
    let mut ui = root.new_child(UiBuilder::new().max_rect(rect.shrink2(vec2(2.0 * UNIT, UNIT))));
    ScrollArea::vertical()
        .auto_shrink(false)
        .show(&mut ui, |ui| {
            let room = ui.available_width();
            let played = game.outcomes().count().max(1) as f32;
            // As many beside each other as fit, and no more than there are.
            let columns = ((room + UNIT) / (NARROWEST + UNIT))
                .floor()
                .clamp(1.0, played);
            let width = ((room - UNIT * (columns - 1.0)) / columns).min(WIDEST);
            let rounds: Vec<(usize, &Round, &Outcome)> = game
                .rounds
                .iter()
                .enumerate()
                .filter_map(|(place, round)| Some((place, round, round.outcome.as_ref()?)))
                .collect();
            for row in rounds.chunks(columns as usize) {
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = UNIT;
                    for &(place, round, outcome) in row {
                        card(ui, width, place, round, outcome);
                    }
                });
            }
        });
}

fn card(ui: &mut Ui, width: f32, place: usize, round: &Round, outcome: &Outcome) {
    let palette = theme::palette(ui);
    Frame::new()
        .fill(palette.ground)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(theme::RADIUS)
        .inner_margin(Margin::same(8))
        .show(ui, |ui| {
            let inner = width - 2.0 * UNIT - 2.0;
            ui.allocate_ui_with_layout(
                vec2(inner, 0.0),
                egui::Layout::top_down(egui::Align::Min),
                |ui| {
                    ui.set_width(inner);
                    let title = format!("{}. {}", place + 1, round.name);
                    ui.horizontal(|ui| {
                        ui.label(theme::figure(format!("{:.0}", outcome.score.score)));
                        ui.add(Label::new(theme::title(title)).truncate());
                    });
                    pictures(ui, inner, round, outcome);
                    let said = format!("The AI says: {}", outcome.said);
                    ui.add(Label::new(said).wrap());
                    ui.add(Label::new(theme::quiet(ui, facts(round, outcome))).wrap());
                },
            );
        });
}

fn pictures(ui: &mut Ui, inner: f32, round: &Round, outcome: &Outcome) {
    let Some(cards) = &outcome.cards else {
        ui.label(theme::quiet(ui, "The small pictures are being drawn..."));
        return;
    };
    let each = (inner - UNIT) / 2.0;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = UNIT;
        for (texture, words) in cards.iter().zip(["your guess", "and the answer"]) {
            ui.vertical(|ui| {
                let size = texture.size_vec2();
                let shown = size * (each / size.max_elem().max(1.0));
                let picture = egui::Image::new((texture.id(), shown))
                    .alt_text(format!("{}, {words}: {}", round.name, round.alt));
                ui.add(picture);
                ui.label(theme::quiet(ui, words));
            });
        }
    });
}

/// What else there is to say about a round.
fn facts(round: &Round, outcome: &Outcome) -> String {
    let seconds = outcome.seconds.round();
    let hints = match round.hints {
        0 => "no hints".to_owned(),
        1 => "1 hint".to_owned(),
        n => format!("{n} hints"),
    };
    let yard = round.yardsticks.map_or(String::new(), |yard| {
        format!(
            "; a blob in the middle {:.0}, scribbles {:.0}",
            yard.centre, yard.random
        )
    });
    format!("{seconds:.0} s, {hints}{yard}")
}
