//! The results: all rounds of a game side by side, guess and answer.

use bevy_egui::egui::{
    self, Frame, Label, Margin, Rect, ScrollArea, Stroke, TextureHandle, Ui, UiBuilder, Vec2, vec2,
};

use super::answer::legend_ui;
use super::state::{Game, Outcome, Round};
use crate::ui::theme::{self, UNIT};

/// Longest side of a picture on a card, in logical pixels.
const LARGEST: f32 = 40.0 * UNIT;
/// Shortest side that pictures are made to fit, in logical pixels; rather than smaller ones the
/// cards scroll.
const SMALLEST: f32 = 14.0 * UNIT;
/// Narrowest a round's card becomes, in logical pixels.
const NARROWEST: f32 = 20.0 * UNIT;
/// Around the contents of a card, on both sides, with its line.
const AROUND: f32 = 2.0 * UNIT + 2.0;
/// Height of the words on a card.
const WORDS: f32 = 17.0 * UNIT;
/// From this width beside the pictures on the words stand there, in logical pixels.
const WORDS_BESIDE: f32 = 15.0 * UNIT;
/// Height of the words under a picture.
const CAPTION: f32 = 3.0 * UNIT;

/// How the cards are laid out.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Plan {
    columns: usize,
    /// Whether guess and answer stand above each other.
    stacked: bool,
    /// Width of a card.
    width: f32,
    /// Longest side of its pictures.
    side: f32,
}

/// How much smaller pictures may be when guess and answer stand beside each other: there they are
/// compared at a glance, and no half of a wide card stays empty.
const BESIDE: f32 = 1.15;

impl Plan {
    fn worth(self) -> f32 {
        self.side * if self.stacked { 1.0 } else { BESIDE }
    }
}

/// The plan with the largest pictures among those where `count` cards fit into `room` (width,
/// height); the one that needs least scrolling where none fits.
fn plan(count: usize, room: Vec2) -> Plan {
    let count = count.max(1);
    let most = ((room.x + UNIT) / (NARROWEST + UNIT)).floor().max(1.0) as usize;
    let mut best: Option<(bool, Plan)> = None;
    for columns in 1..=most.min(count) {
        let rows = count.div_ceil(columns) as f32;
        let width = ((room.x + UNIT) / columns as f32 - UNIT).max(NARROWEST);
        let high = (room.y + UNIT) / rows - UNIT - WORDS;
        for stacked in [false, true] {
            let across = if stacked { 1.0 } else { 2.0 };
            let wide = (width - AROUND - UNIT * (across - 1.0)) / across;
            let tall = high * across / 2.0 - CAPTION;
            let fits = tall >= SMALLEST;
            let side = if fits { wide.min(tall) } else { wide }.min(LARGEST);
            let plan = Plan {
                columns,
                stacked,
                width,
                side,
            };
            let better = best.is_none_or(|(fitted, known)| match (fits, fitted) {
                (true, true) => plan.worth() > known.worth(),
                // More columns and pictures beside each other: less to scroll.
                (false, false) => stacked == known.stacked || !stacked,
                (fits, _) => fits,
            });
            if better {
                best = Some((fits, plan));
            }
        }
    }
    best.map_or(
        Plan {
            columns: 1,
            stacked: false,
            width: room.x,
            side: SMALLEST,
        },
        |(_, plan)| plan,
    )
}

/// Draws the cards into `rect`.
pub fn results_ui(root: &mut Ui, rect: Rect, game: &Game) {
    let mut ui = root.new_child(UiBuilder::new().max_rect(rect.shrink2(vec2(2.0 * UNIT, UNIT))));
    legend_ui(&mut ui);
    ui.add_space(UNIT / 2.0);
    ScrollArea::vertical()
        .auto_shrink(false)
        .show(&mut ui, |ui| {
            let rounds: Vec<(usize, &Round, &Outcome)> = game
                .rounds
                .iter()
                .enumerate()
                .filter_map(|(place, round)| Some((place, round, round.outcome.as_ref()?)))
                .collect();
            let room = vec2(ui.available_width(), ui.clip_rect().height());
            let plan = plan(rounds.len(), room);
            for row in rounds.chunks(plan.columns) {
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = UNIT;
                    for &(place, round, outcome) in row {
                        card(ui, plan, place, round, outcome);
                    }
                });
            }
        });
}

fn card(ui: &mut Ui, plan: Plan, place: usize, round: &Round, outcome: &Outcome) {
    let palette = theme::palette(ui);
    Frame::new()
        .fill(palette.ground)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(theme::RADIUS)
        .inner_margin(Margin::same(8))
        .show(ui, |ui| {
            let inner = plan.width - AROUND;
            ui.allocate_ui_with_layout(
                vec2(inner, 0.0),
                egui::Layout::top_down(egui::Align::Min),
                |ui| {
                    ui.set_width(inner);
                    ui.spacing_mut().item_spacing.y = UNIT / 2.0;
                    let title = format!("{}. {}", place + 1, round.name);
                    ui.horizontal(|ui| {
                        ui.label(theme::figure(format!("{:.0}", outcome.score.score)));
                        ui.add(Label::new(theme::title(title)).truncate());
                    });
                    // Where the pictures leave half of a card empty, the words stand there.
                    if plan.stacked && inner - plan.side >= WORDS_BESIDE {
                        ui.horizontal_top(|ui| {
                            ui.spacing_mut().item_spacing.x = 2.0 * UNIT;
                            ui.vertical(|ui| pictures(ui, plan, round, outcome));
                            ui.vertical(|ui| words_ui(ui, round, outcome));
                        });
                    } else {
                        pictures(ui, plan, round, outcome);
                        words_ui(ui, round, outcome);
                    }
                },
            );
        });
}

fn words_ui(ui: &mut Ui, round: &Round, outcome: &Outcome) {
    let said = format!("The AI says: {}", outcome.said);
    ui.add(Label::new(said).wrap());
    ui.add(Label::new(theme::quiet(ui, facts(round, outcome))).wrap());
}

fn pictures(ui: &mut Ui, plan: Plan, round: &Round, outcome: &Outcome) {
    let Some(cards) = &outcome.cards else {
        ui.label(theme::quiet(ui, "The small pictures are being drawn..."));
        return;
    };
    let one = |ui: &mut Ui, texture: &TextureHandle, words: &str| {
        let size = texture.size_vec2();
        let shown = size * (plan.side / size.max_elem().max(1.0));
        let picture = egui::Image::new((texture.id(), shown))
            .alt_text(format!("{}, {words}: {}", round.name, round.alt));
        ui.add(picture);
        ui.label(theme::quiet(ui, words));
    };
    let [guess, answer] = cards;
    if plan.stacked {
        one(ui, guess, "your guess");
        one(ui, answer, "held against the answer");
    } else {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = UNIT;
            ui.vertical(|ui| one(ui, guess, "your guess"));
            ui.vertical(|ui| one(ui, answer, "held against the answer"));
        });
    }
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
            "; middle blob {:.0}, scribbles {:.0}",
            yard.centre, yard.random
        )
    });
    format!("{seconds:.0} s, {hints}{yard}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pictures_are_as_large_as_fit() {
        for (width, height) in [
            (652.0, 590.0),
            (1200.0, 880.0),
            (580.0, 300.0),
            (320.0, 240.0),
        ] {
            for count in 0..=10 {
                let plan = plan(count, vec2(width, height));
                assert!((1..=count.max(1)).contains(&plan.columns), "{plan:?}");
                let pictures = if plan.stacked { 1.0 } else { 2.0 };
                let needed = pictures * plan.side + UNIT * (pictures - 1.0) + AROUND;
                assert!(needed <= plan.width + 0.01, "{plan:?}");
                let columns = plan.columns as f32;
                let all = columns * (plan.width + UNIT) - UNIT;
                assert!(all <= width.max(NARROWEST) + 0.01, "{plan:?} in {width}");
            }
        }
        // Three rounds at 1280 x 800: beside each other, guess above answer, without scrolling.
        let three = plan(3, vec2(652.0, 590.0));
        assert_eq!((three.columns, three.stacked), (3, true));
        assert!(three.side > 170.0, "{three:?}");
        // Two at 1920 x 1080: guess beside answer, so that they fill their cards.
        let two = plan(2, vec2(1264.0, 860.0));
        assert_eq!((two.columns, two.stacked), (2, false));
        assert!(2.0 * two.side > 0.9 * (two.width - AROUND), "{two:?}");
    }
}
