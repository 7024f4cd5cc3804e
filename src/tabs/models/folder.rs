//! A folder's results in the middle: the pictures on which the models disagree most.

use std::collections::HashSet;

use bevy_egui::egui::{
    Align, Align2, Button, Color32, Id, Label, Layout, Pos2, Rect, ScrollArea, Sense, Stroke,
    StrokeKind, TextStyle, Ui, UiBuilder, Vec2, WidgetInfo, WidgetType, pos2, vec2,
};

use super::cell::sign_ui;
use super::figures::family_name;
use super::state::{Ask, Models, ORIGINAL, Results};
use super::words::text;
use crate::stylize::shift::Shift;
use crate::tabs::pair::ShowPictures;
use crate::ui::theme::{self, UNIT};

/// Side of a picture in the list, in logical pixels.
const PICTURE: f32 = 12.0 * UNIT;
/// Least and most width of a model's answer, in logical pixels.
const ANSWER: f32 = 21.0 * UNIT;
const MOST_ANSWER: f32 = 34.0 * UNIT;

/// Draws the list into `rect`; only the lines that are visible are laid out.
pub fn folder_ui(root: &mut Ui, rect: Rect, models: &Models, asks: &mut Vec<Ask>) {
    let Some(results) = &models.results else {
        return;
    };
    let mut ui = root.new_child(
        UiBuilder::new()
            .max_rect(rect.shrink2(vec2(2.0 * UNIT, UNIT)))
            .id_salt("results"),
    );
    ui.add(Label::new(theme::title("Where the models disagree most")).truncate());
    let path = results.path.display().to_string();
    ui.add(
        Label::new(theme::quiet(
            &ui,
            format!("{} {path}", results.digest.summary),
        ))
        .truncate(),
    );
    if dissenters(results).is_some() {
        let button = Button::new("Show them in Collection").min_size(vec2(0.0, theme::TARGET));
        let help = "All of these pictures at once, the most disputed first";
        if ui.add(button).on_hover_text(help).clicked() {
            asks.push(Ask::ShowDissent);
        }
    }
    if results.dissent.is_empty() {
        ui.label("One model alone cannot disagree: run two or more.");
        return;
    }
    missing_ui(&mut ui, results, asks);
    let most = results
        .dissent
        .iter()
        .map(|found| found.answers.len())
        .max();
    let line = ui.text_style_height(&TextStyle::Body);
    let bar = ui.spacing().scroll.allocated_width();
    let plan = Plan::of(most.unwrap_or(0), ui.available_width() - bar, line);
    ScrollArea::vertical()
        .id_salt("dissent")
        .auto_shrink(false)
        .show_rows(&mut ui, plan.height, results.dissent.len(), |ui, range| {
            for index in range {
                line_ui(ui, (models, results), index, plan, asks);
            }
        });
}

/// The disputed pictures, each once, where their folder is known and there are any.
#[must_use]
pub fn dissenters(results: &Results) -> Option<ShowPictures> {
    let folder = results.folder.clone()?;
    let mut seen = HashSet::new();
    let names = results.dissent.iter().map(|found| &found.picture);
    let names: Vec<String> = names.filter(|name| seen.insert(*name)).cloned().collect();
    (!names.is_empty()).then(|| ShowPictures {
        folder,
        title: "disagreed about, the most disputed first".to_owned(),
        names,
    })
}

/// Asks where the pictures lie, where some were not found.
fn missing_ui(ui: &mut Ui, results: &Results, asks: &mut Vec<Ask>) {
    let missing = results.missing();
    if missing == 0 {
        return;
    }
    ui.horizontal(|ui| {
        let size = vec2(0.0, theme::TARGET);
        let button = ui.add(Button::new("Where are the pictures?").min_size(size));
        if button
            .on_hover_text("Choose the folder that they lie in; it is remembered for this table")
            .clicked()
        {
            asks.push(Ask::FindPictures);
        }
        let words = if missing == 1 {
            "One picture was not found.".to_owned()
        } else {
            format!("{missing} pictures were not found.")
        };
        ui.add(Label::new(theme::quiet(ui, words)).truncate());
    });
}

/// A shift as people say it: "Fog 3", "Brick 60 %", "the picture itself".
pub fn shift_name(shift: &str) -> String {
    if shift == ORIGINAL {
        return "Original".to_owned();
    }
    match shift.parse::<Shift>() {
        Ok(shift @ Shift::Corrupted(..)) => {
            format!("{} {}", family_name(&shift.family()), shift.level())
        }
        Ok(shift @ Shift::Painted(..)) => {
            format!("{} {} %", family_name(&shift.family()), shift.level())
        }
        Err(_) => shift.to_owned(),
    }
}

/// How the answers of the models stand in a line of the list.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Plan {
    /// Size of an answer.
    answer: Vec2,
    /// How many stand beside each other.
    across: usize,
    /// Height of the whole line.
    height: f32,
}

impl Plan {
    /// For so many answers in this width; `line` is the height of a line of text.
    fn of(answers: usize, width: f32, line: f32) -> Self {
        let room = (width - PICTURE - UNIT).max(ANSWER);
        let across = ((room + UNIT) / (ANSWER + UNIT)).floor().max(1.0);
        let across = (across as usize).clamp(1, answers.max(1));
        let wide = (room + UNIT) / across as f32 - UNIT;
        let down = answers.div_ceil(across);
        let answer = vec2(wide.min(MOST_ANSWER), 2.0 * line + UNIT);
        let words = 3.0 * line + down as f32 * (answer.y + UNIT / 2.0);
        Self {
            answer,
            across,
            height: (PICTURE + UNIT).max(words + UNIT),
        }
    }
}

#[expect(clippy::too_many_lines, reason = "a line from left to right")]
fn line_ui(
    ui: &mut Ui,
    (models, results): (&Models, &Results),
    index: usize,
    plan: Plan,
    asks: &mut Vec<Ask>,
) {
    let Some(dissent) = results.dissent.get(index) else {
        return;
    };
    let palette = theme::palette(ui);
    let size = vec2(ui.available_width(), plan.height);
    let (row, _) = ui.allocate_exact_size(size, Sense::hover());
    let place = Rect::from_min_size(row.min, Vec2::splat(PICTURE));
    ui.painter().rect_filled(place, 0.0, palette.track);
    if let Some((texture, size)) = results.thumbs.get(&dissent.picture) {
        let scale = (place.size() / *size).min_elem();
        let at = Rect::from_center_size(place.center(), *size * scale);
        let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
        ui.painter().image(*texture, at, whole, Color32::WHITE);
    }
    let there = results.files.contains_key(&dissent.picture);
    let name = format!("{}, {}", dissent.picture, shift_name(&dissent.shift));
    if there {
        let open = ui.interact(place, Id::new(("case", index)), Sense::click());
        if open.hovered() || open.has_focus() {
            let line = Stroke::new(2.0, palette.action);
            ui.painter()
                .rect_stroke(place, 0.0, line, StrokeKind::Inside);
        }
        let words = format!("Open {name} in See why");
        open.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &words));
        if open.on_hover_text(&words).clicked() {
            asks.push(Ask::Case(index));
        }
    }
    let room = row.with_min_x(place.right() + UNIT);
    let mut ui = ui.new_child(
        UiBuilder::new()
            .max_rect(room)
            .id_salt(("dissent", index))
            .layout(Layout::top_down(Align::Min)),
    );
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.add(Label::new(theme::title(name)).truncate());
    let split = format!(
        "{:.0} % of pairs differ; agreement spreads over {:.0} points",
        dissent.split * 100.0,
        dissent.spread * 100.0
    );
    ui.add(Label::new(theme::quiet(&ui, split)).truncate());
    let top = ui.cursor().top() + UNIT / 2.0;
    for (number, (model, label, sure, same)) in dissent.answers.iter().enumerate() {
        let (down, across) = (number / plan.across, number % plan.across);
        let step = plan.answer + vec2(UNIT, UNIT / 2.0);
        let at = pos2(
            room.left() + across as f32 * step.x,
            top + down as f32 * step.y,
        );
        let place = Rect::from_min_size(at, plan.answer);
        let name = models.model_name(model);
        let sure = format!("{:.0} %", sure * 100.0);
        let original = dissent.shift == ORIGINAL;
        let said = match (original, *same) {
            (true, _) => "",
            (false, true) => ", same answer",
            (false, false) => ", another answer",
        };
        let response = ui.interact(
            place,
            Id::new(("dissent", index, number)),
            if there {
                Sense::click()
            } else {
                Sense::focusable_noninteractive()
            },
        );
        let hot = there && (response.hovered() || response.has_focus());
        let line = if hot {
            Stroke::new(1.5, palette.action)
        } else {
            Stroke::new(1.0, palette.line)
        };
        ui.painter()
            .rect_stroke(place, theme::RADIUS, line, StrokeKind::Inside);
        let inner = place.shrink2(vec2(UNIT, UNIT / 2.0));
        let above = inner.with_max_y(inner.center().y);
        text(&ui, above, name, palette.quiet, Align2::LEFT_CENTER);
        let below = inner.with_min_y(inner.center().y);
        let taken = text(&ui, below, &sure, palette.quiet, Align2::RIGHT_CENTER);
        let sign = if original { 0.0 } else { 2.0 * UNIT };
        if !original {
            sign_ui(
                &ui,
                pos2(below.left() + 0.75 * UNIT, below.center().y),
                *same,
            );
        }
        let words = below
            .with_min_x(below.left() + sign)
            .with_max_x(below.right() - taken - UNIT);
        text(&ui, words, label, palette.text, Align2::LEFT_CENTER);
        let told = format!("{name}: {label}, {sure}{said}");
        let kind = if there {
            WidgetType::Button
        } else {
            WidgetType::Label
        };
        response.widget_info(|| WidgetInfo::labeled(kind, true, told.clone()));
        if response.clicked() {
            asks.push(Ask::CaseOf(index, number));
        }
        let hint = match (there, original) {
            (false, _) => told,
            (true, true) => format!("{told}. Click to see why."),
            (true, false) => format!("{told}. Click to compare its two maps."),
        };
        response.on_hover_text(hint);
    }
}
