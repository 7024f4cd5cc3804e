//! The right column: what the AI says, and what is known of the map.

use bevy_egui::egui::{
    self, Align, Button, Layout, Sense, Stroke, TextStyle, Ui, WidgetInfo, WidgetType, vec2,
};

use super::find::find_ui;
use super::state::{Answer, Ask, Fact, Look, Status};
use super::trust::trust_ui;
use super::truth::said_ui;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{Bar, Choice, bar_row, chooser, step_header};

/// Draws what the AI says.
pub fn answer_ui(ui: &mut Ui, look: &mut Look, asked: &mut Vec<Ask>) {
    step_header(ui, 2, "What the AI says");
    let Some(answer) = &look.answer else {
        let words = match look.status {
            Status::Working { .. } => "One moment...",
            Status::Failed { .. } => "Nothing yet: see the message beside this.",
            _ => "Choose a picture, and the AI says what it sees in it.",
        };
        ui.label(theme::quiet(ui, words));
        return;
    };
    // What one came for stands biggest.
    ui.label(theme::title(&answer.sentence));
    if let Some(shows) = &answer.shows {
        ui.label(shows);
    }
    ui.spacing_mut().item_spacing.y = UNIT / 4.0;
    for (class, bar) in &answer.bars {
        ui.push_id(class, |ui| {
            if bar_row(ui, bar).clicked() {
                let shift = ui.input(|input| input.modifiers.shift);
                asked.extend(clicked(answer, *class, bar, shift));
            }
        });
    }
    ui.spacing_mut().item_spacing.y = UNIT;
    ui.add_space(UNIT / 2.0);
    if let Some(classes) = &look.classes {
        find_ui(ui, classes, &mut look.search, asked);
    }
    against_ui(ui, answer, asked);
    let size = vec2(ui.available_width(), theme::TARGET);
    let what_if = ui
        .add_enabled_ui(look.status == Status::Done, |ui| {
            ui.add_sized(size, Button::new("What if a part were gone?"))
        })
        .inner
        .on_hover_text("Take parts of the picture away and see what the AI says then")
        .on_disabled_hover_text("When the map is there");
    if what_if.clicked() {
        asked.push(Ask::WhatIf(true));
    }
}

/// Draws what is known of the map, and how far it can be trusted.
pub fn known_ui(ui: &mut Ui, look: &mut Look, asked: &mut Vec<Ask>) {
    let Some(answer) = &look.answer else { return };
    facts_ui(ui, answer);
    said_ui(ui, look);
    trust_ui(ui, look, asked);
    for note in &look.notes {
        ui.label(theme::quiet(ui, format!("About the picture: {note}.")));
    }
}

/// What a click on the bar of `class` asks for. With Shift it is held against the explained class,
/// or no longer.
fn clicked(answer: &Answer, class: usize, bar: &Bar, shift: bool) -> Option<Ask> {
    if shift {
        return (!bar.marked).then_some(Ask::Against((!bar.versus).then_some(class)));
    }
    (!bar.marked || answer.against.is_some()).then_some(Ask::Explain(class))
}

/// The same as Shift-click, for those without a Shift key.
fn against_ui(ui: &mut Ui, answer: &Answer, asked: &mut Vec<Ask>) {
    let none = Choice {
        name: "No other answer",
        help: "Show all that speaks for the answer",
        enabled: true,
    };
    let others = || answer.bars.iter().filter(|(_, bar)| !bar.marked);
    let choices: Vec<Choice<'_>> = std::iter::once(none)
        .chain(others().map(|(_, bar)| Choice {
            name: &bar.label,
            help: "Show what speaks for the one and not for the other",
            enabled: true,
        }))
        .collect();
    let now = others().position(|(_, bar)| bar.versus);
    let mut chosen = now.map_or(0, |at| at + 1);
    ui.horizontal(|ui| {
        ui.label(theme::quiet(ui, "Against"));
        let width = ui.available_width();
        if chooser(ui, "Against", false, width, &mut chosen, &choices).changed() {
            let other = chosen.checked_sub(1).and_then(|at| others().nth(at));
            asked.push(Ask::Against(other.map(|(class, _)| *class)));
        }
    });
}

fn facts_ui(ui: &mut Ui, answer: &Answer) {
    if answer.facts.is_empty() {
        return;
    }
    ui.add_space(2.0 * UNIT);
    ui.label(theme::title("About this map"));
    ui.spacing_mut().item_spacing.y = 0.0;
    for fact in &answer.facts {
        fact_row(ui, fact);
    }
    ui.spacing_mut().item_spacing.y = UNIT;
}

/// One figure: name on the left, value on the right; a click copies the value.
pub(super) fn fact_row(ui: &mut Ui, fact: &Fact) {
    let palette = theme::palette(ui);
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), theme::TARGET),
        Layout::left_to_right(Align::Center),
        |ui| {
            ui.label(theme::quiet(ui, fact.name))
                .on_hover_text(fact.help);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                // As high as the row: a target for a finger.
                let size = vec2(theme::TARGET, theme::TARGET);
                let words = Button::new(&fact.value).frame(false).min_size(size);
                let value = ui
                    .add(words)
                    .on_hover_cursor(egui::CursorIcon::Copy)
                    .on_hover_text(format!("{} Click to copy.", fact.help));
                value.widget_info(|| {
                    let verdict = match fact.good {
                        Some(true) => ", as it should be",
                        Some(false) => ", not as it should be",
                        None => "",
                    };
                    WidgetInfo::labeled(
                        WidgetType::Button,
                        true,
                        format!("{}: {}{verdict}", fact.name, fact.value),
                    )
                });
                if value.clicked() {
                    ui.ctx().copy_text(format!("{}: {}", fact.name, fact.value));
                }
                if let Some(good) = fact.good {
                    let size = ui.text_style_height(&TextStyle::Body);
                    let (rect, _) = ui.allocate_exact_size(vec2(size, size), Sense::hover());
                    let (centre, painter) = (rect.center(), ui.painter());
                    if good {
                        let line = Stroke::new(2.0, palette.good);
                        painter.line(
                            vec![
                                centre + vec2(-5.0, 0.0),
                                centre + vec2(-1.5, 4.0),
                                centre + vec2(5.0, -4.5),
                            ],
                            line,
                        );
                    } else {
                        let line = Stroke::new(2.0, palette.bad);
                        painter.circle_stroke(centre, 6.5, Stroke::new(1.5, palette.bad));
                        painter.vline(
                            centre.x,
                            egui::Rangef::new(centre.y - 3.5, centre.y + 0.5),
                            line,
                        );
                        painter.circle_filled(centre + vec2(0.0, 3.2), 1.2, palette.bad);
                    }
                }
            });
        },
    );
}
