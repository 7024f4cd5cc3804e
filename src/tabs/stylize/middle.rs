//! The middle: both pictures, side by side or parted by a line, and the controls under them.

use bevy_egui::egui::{
    self, Align, Align2, Button, CursorIcon, EventFilter, Frame, Key, Layout, Margin, Panel, Rect,
    Sense, Stroke, TextStyle, Ui, UiBuilder, Vec2, WidgetInfo, WidgetType, pos2, vec2,
};

use super::state::{Ask, Explaining, Making, Shown, Stylize};
use super::{AFTER, BEFORE, hand_over, words};
use crate::stage::{PaneArea, StageFrame};
use crate::ui::commands::Command;
use crate::ui::intake::{invitation, takes_drops};
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{
    Dial, Progress, command_button, labelled_slider, message, overlay_controls, overlay_height,
    progress_line, segments,
};

/// Height of the line above the stage, in logical pixels.
const CAPTION: f32 = 5.0 * UNIT;
/// Height of the words above a picture, in logical pixels.
const NAME: f32 = 3.5 * UNIT;
/// Space around and between the pictures, in logical pixels.
const GAP: f32 = UNIT;
/// How far an arrow key moves the line between the pictures, in percent.
const KEY_STEP: f32 = 2.0;

/// Draws the middle.
pub fn middle_ui(
    root: &mut Ui,
    stylize: &mut Stylize,
    frame: &mut StageFrame,
    asked: &mut Vec<Ask>,
) {
    let ground = Frame::new().fill(theme::palette(root).ground);
    let inner = root.available_width() - 4.0 * UNIT;
    Panel::bottom("stylize controls")
        .frame(ground.inner_margin(Margin::symmetric(16, 0)))
        .resizable(false)
        .show_separator_line(false)
        .exact_size(overlay_height(inner) + 7.0 * UNIT)
        .show(root, |ui| controls_ui(ui, stylize, asked));
    Panel::top("stylize caption")
        .frame(ground.inner_margin(Margin::symmetric(16, 4)))
        .resizable(false)
        .show_separator_line(false)
        .exact_size(CAPTION)
        .show(root, |ui| caption_ui(ui, stylize, asked));
    let rect = root.available_rect_before_wrap();
    stage_ui(root, rect, stylize, frame, asked);
}

fn caption_ui(ui: &mut Ui, stylize: &mut Stylize, asked: &mut Vec<Ask>) {
    let words = match (&stylize.making, explained(stylize)) {
        (Making::Working(what), _) => what.clone(),
        (_, words) => words,
    };
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let ready = hand_over::ready(stylize);
        if command_button(ui, Command::Save, ready, "When both maps are there").clicked() {
            asked.push(Ask::Do(Command::Save));
        }
        ui.allocate_ui(vec2(25.0 * UNIT, theme::TARGET), |ui| {
            segments(
                ui,
                "How to see both",
                &mut stylize.wipe,
                &[
                    (false, "Side by side", "Both pictures beside each other (W)"),
                    (
                        true,
                        "Wipe",
                        "Both in one place, parted by a line to drag (W)",
                    ),
                ],
            );
        });
        if stylize.working() && command_button(ui, Command::Cancel, true, "").clicked() {
            asked.push(Ask::Do(Command::Cancel));
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add(egui::Label::new(&words).truncate())
                .on_hover_text(words);
        });
    });
}

/// What the two maps are about.
fn explained(stylize: &Stylize) -> String {
    if !stylize.overlay.shown {
        return String::new();
    }
    let of = |shown: &Shown| shown.explained.as_ref().map(|e| e.label.clone());
    match (of(&stylize.before), of(&stylize.after)) {
        (Some(a), Some(b)) if a == b => format!("Bright parts speak for {a}."),
        (Some(a), Some(b)) => format!("Bright parts speak for {a}, and for {b}."),
        (Some(a), None) => format!("Bright parts speak for {a}."),
        _ => String::new(),
    }
}

fn controls_ui(ui: &mut Ui, stylize: &mut Stylize, asked: &mut Vec<Ask>) {
    let progress = progress(stylize);
    progress_line(ui, "Looking for what mattered", progress);
    ui.add_space(UNIT / 2.0);
    let range = stylize.after.range.or(stylize.before.range);
    overlay_controls(ui, &mut stylize.overlay, range);
    ui.add_space(UNIT / 2.0);
    ui.horizontal(|ui| {
        let ready = !stylize.after.name.is_empty() && stylize.after.explained.is_some();
        ui.add_enabled_ui(ready, |ui| {
            let size = vec2(0.0, theme::TARGET);
            let compare = ui
                .add(Button::new("Compare in Similarity").min_size(size))
                .on_hover_text("How much the two maps agree, in figures")
                .on_disabled_hover_text("When both maps are there");
            if compare.clicked() {
                asked.push(Ask::Compare);
            }
        });
        if stylize.wipe {
            ui.add_space(UNIT);
            let dial = Dial {
                label: "Line",
                label_width: 0.0,
                min: 0.0,
                max: 100.0,
                step: 1.0,
                unit: " %",
                help: "Left of the line is the picture before, right of it the one after",
            };
            labelled_slider(ui, &dial, &mut stylize.divider);
        }
    });
}

/// How far both explanations are together.
fn progress(stylize: &Stylize) -> Progress {
    if matches!(stylize.making, Making::Working(_)) {
        return Progress::Running;
    }
    let of = |shown: &Shown| match shown.explaining {
        Explaining::Working(progress) => progress,
        _ => Progress::Idle,
    };
    match (of(&stylize.before), of(&stylize.after)) {
        (Progress::Idle, other) | (other, Progress::Idle) => other,
        (Progress::Share(a), Progress::Share(b)) => Progress::Share(f32::midpoint(a, b)),
        (Progress::Share(a), _) | (_, Progress::Share(a)) => Progress::Share(a / 2.0),
        _ => Progress::Running,
    }
}

fn stage_ui(
    root: &mut Ui,
    rect: Rect,
    stylize: &mut Stylize,
    frame: &mut StageFrame,
    asked: &mut Vec<Ask>,
) {
    if stylize.shape.is_none() {
        message(root, rect, |ui| {
            ui.label(theme::title(invitation(takes_drops())));
            ui.label("or choose a shape on the left.");
        });
        return;
    }
    let places = places(rect, stylize);
    let before = words::before_caption(stylize);
    let after = words::after_caption(stylize);
    name_ui(root, places.names[0], &before, Align2::LEFT_CENTER);
    let align = if stylize.wipe {
        Align2::RIGHT_CENTER
    } else {
        Align2::LEFT_CENTER
    };
    name_ui(root, places.names[1], &after, align);
    if stylize.wipe {
        let [place, _] = places.panes;
        frame.place(AFTER, place);
        let words = format!(
            "{}. {}. Left of the line before, right of it after",
            stylize.before.alternative, stylize.after.alternative
        );
        PaneArea::new(BEFORE, place, &words).show(root, frame);
        divider_ui(root, place, &mut stylize.divider);
    } else {
        let [left, right] = places.panes;
        PaneArea::new(BEFORE, left, &stylize.before.alternative).show(root, frame);
        PaneArea::new(AFTER, right, &stylize.after.alternative).show(root, frame);
    }
    let failed = match (
        &stylize.making,
        &stylize.before.explaining,
        &stylize.after.explaining,
    ) {
        (Making::Failed(why), _, _)
        | (_, Explaining::Failed(why), _)
        | (_, _, Explaining::Failed(why)) => Some(why.clone()),
        _ => None,
    };
    if let Some(why) = failed {
        message(root, rect, |ui| {
            ui.label(theme::title("That did not work"));
            ui.label(why);
            ui.add_space(UNIT);
            let retry = ui
                .add(Button::new(Command::Retry.label()).min_size(vec2(12.0 * UNIT, theme::TARGET)))
                .on_hover_text(Command::Retry.tooltip(ui.ctx()));
            if retry.clicked() {
                asked.push(Ask::Do(Command::Retry));
            }
        });
    }
}

/// Where pictures and their names go.
struct Places {
    panes: [Rect; 2],
    names: [Rect; 2],
}

/// Beside or above each other, whichever shows the pictures larger; one place when wiped.
fn places(rect: Rect, stylize: &Stylize) -> Places {
    let rect = rect.shrink2(vec2(2.0 * GAP, GAP));
    let [width, height] = stylize.before.size;
    let picture = vec2(width.max(1) as f32, height.max(1) as f32);
    let fit = |room: Vec2| (room.x / picture.x).min(room.y / picture.y);
    if stylize.wipe {
        let (names, pane) = rect.split_top_bottom_at_y(rect.top() + NAME);
        let (left, right) = names.split_left_right_at_fraction(0.5);
        return Places {
            panes: [pane, pane],
            names: [left, right],
        };
    }
    let beside = vec2((rect.width() - GAP) / 2.0, rect.height() - NAME);
    let stacked = vec2(rect.width(), (rect.height() - GAP) / 2.0 - NAME);
    let size = if fit(beside) >= fit(stacked) {
        beside
    } else {
        stacked
    };
    let second = if fit(beside) >= fit(stacked) {
        vec2(beside.x + GAP, 0.0)
    } else {
        vec2(0.0, stacked.y + NAME + GAP)
    };
    let name = Rect::from_min_size(rect.min, vec2(size.x, NAME));
    let pane = Rect::from_min_size(rect.min + vec2(0.0, NAME), size);
    Places {
        panes: [pane, pane.translate(second)],
        names: [name, name.translate(second)],
    }
}

fn name_ui(root: &mut Ui, rect: Rect, words: &str, align: Align2) {
    let layout = match align.x() {
        Align::Max => Layout::right_to_left(Align::Center),
        _ => Layout::left_to_right(Align::Center),
    };
    let mut ui = root.new_child(UiBuilder::new().max_rect(rect).layout(layout));
    ui.add(egui::Label::new(words).truncate());
}

/// The line between the pictures: dragged by its handle, moved by arrow keys; a slider under the
/// stage does the same.
fn divider_ui(root: &mut Ui, place: Rect, divider: &mut f32) {
    let palette = theme::palette(root);
    let x = place.left() + place.width() * *divider / 100.0;
    let handle = Rect::from_center_size(pos2(x, place.center().y), Vec2::splat(5.0 * UNIT));
    let grip = Rect::from_x_y_ranges(x - UNIT..=x + UNIT, place.y_range());
    let id = root.id().with("divider");
    let line = root.interact(grip, id.with("line"), Sense::DRAG);
    let knob = root.interact(handle, id, Sense::click_and_drag());
    for response in [&line, &knob] {
        if response.dragged()
            && let Some(at) = response.interact_pointer_pos()
        {
            *divider = ((at.x - place.left()) / place.width().max(1.0) * 100.0).clamp(0.0, 100.0);
        }
    }
    if knob.has_focus() {
        root.memory_mut(|memory| {
            let filter = EventFilter {
                horizontal_arrows: true,
                ..EventFilter::default()
            };
            memory.set_focus_lock_filter(id, filter);
        });
        let steps = root.input(|input| {
            input.num_presses(Key::ArrowRight) as f32 - input.num_presses(Key::ArrowLeft) as f32
        });
        *divider = (*divider + steps * KEY_STEP).clamp(0.0, 100.0);
    }
    let value = f64::from(*divider);
    knob.widget_info(|| {
        let mut info = WidgetInfo::labeled(WidgetType::Slider, true, "Line between the pictures");
        info.typ = WidgetType::Slider;
        info.value = Some(value);
        info
    });
    let hot = line.hovered() || knob.hovered() || knob.has_focus() || knob.dragged();
    if line.hovered() || knob.hovered() || line.dragged() || knob.dragged() {
        root.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
    }
    let x = place.left() + place.width() * *divider / 100.0;
    let painter = root.painter();
    painter.vline(x, place.y_range(), Stroke::new(4.0, palette.ground));
    painter.vline(x, place.y_range(), Stroke::new(2.0, palette.action));
    let centre = pos2(x, place.center().y);
    let radius = if hot { 2.25 * UNIT } else { 2.0 * UNIT };
    painter.circle(
        centre,
        radius,
        palette.action,
        Stroke::new(2.0, palette.ground),
    );
    let font = TextStyle::Button.resolve(root.style());
    painter.text(
        centre,
        Align2::CENTER_CENTER,
        "< >",
        font,
        palette.on_action,
    );
}
