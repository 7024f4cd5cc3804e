//! The middle: both pictures, side by side or parted by a line.

use bevy_egui::egui::{
    self, Align, Align2, Button, CursorIcon, EventFilter, Frame, Key, Layout, Margin, Rect, Sense,
    Stroke, TextStyle, Ui, UiBuilder, Vec2, WidgetInfo, WidgetType, pos2, vec2,
};

use super::state::{Ask, Explaining, Making, Stylize};
use super::{AFTER, BEFORE, words};
use crate::stage::{PaneArea, StageFrame};
use crate::ui::commands::Command;
use crate::ui::intake::{invitation, takes_drops};
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::message;

/// Height of the words in a picture's corner with what is around them, in logical pixels.
const NAME: f32 = 4.5 * UNIT;
/// Space between the pictures, in logical pixels.
const GAP: f32 = UNIT;
/// How far an arrow key moves the line between the pictures, in percent.
const KEY_STEP: f32 = 2.0;

/// Draws both pictures at `rect`, and what is said where there is none.
pub fn stage_ui(
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
    let before = words::before_caption(stylize);
    let after = words::after_caption(stylize);
    name_ui(root, places.names[0], &before, Align2::LEFT_CENTER);
    let align = if stylize.wipe {
        Align2::RIGHT_CENTER
    } else {
        Align2::LEFT_CENTER
    };
    name_ui(root, places.names[1], &after, align);
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
    let [width, height] = stylize.before.size;
    let picture = vec2(width.max(1) as f32, height.max(1) as f32);
    let fit = |room: Vec2| (room.x / picture.x).min(room.y / picture.y);
    let name = |pane: Rect| Rect::from_min_size(pane.min, vec2(pane.width(), NAME));
    if stylize.wipe {
        let (left, right) = name(rect).split_left_right_at_fraction(0.5);
        return Places {
            panes: [rect, rect],
            names: [left, right],
        };
    }
    let beside = vec2((rect.width() - GAP) / 2.0, rect.height());
    let stacked = vec2(rect.width(), (rect.height() - GAP) / 2.0);
    let (size, second) = if fit(beside) >= fit(stacked) {
        (beside, vec2(beside.x + GAP, 0.0))
    } else {
        (stacked, vec2(0.0, stacked.y + GAP))
    };
    let pane = Rect::from_min_size(rect.min, size);
    let panes = [pane, pane.translate(second)];
    Places {
        panes,
        names: panes.map(name),
    }
}

/// A picture's name in its corner, on a ground of its own: a row above the pictures would be taken from
/// them.
fn name_ui(root: &mut Ui, rect: Rect, words: &str, align: Align2) {
    let layout = match align.x() {
        Align::Max => Layout::right_to_left(Align::Center),
        _ => Layout::left_to_right(Align::Center),
    };
    let palette = theme::palette(root);
    let room = UiBuilder::new().max_rect(rect.shrink2(vec2(UNIT, 0.0)));
    let mut ui = root.new_child(room.layout(layout));
    Frame::new()
        .fill(palette.ground)
        .corner_radius(theme::RADIUS)
        .inner_margin(Margin::symmetric(8, 4))
        .show(&mut ui, |ui| ui.add(egui::Label::new(words).truncate()));
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
