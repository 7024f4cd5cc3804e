//! From mouse, pen, fingers and keys to strokes and taps.

use bevy_egui::egui::{
    Context, Event, FocusDirection, Key, Modifiers, PointerButton, Popup, Pos2, Response,
};

use super::PANE;
use super::rules::taps;
use super::state::{Ask, Explain, Game};
use crate::guess::{Band, Direction};
use crate::stage::StageFrame;
use crate::ui::commands::{REVEAL, keep_digits};

/// Takes what happened on the stage since the last frame. Call it before the panels are drawn:
/// the chart then shows the stroke in the frame of the stroke.
pub fn take_input(ctx: &Context, explain: &mut Explain, frame: &StageFrame) {
    let Some(response) = explain.stage.and_then(|id| ctx.read_response(id)) else {
        return;
    };
    if !explain.game.as_ref().is_some_and(Game::can_paint) {
        return;
    }
    // Two fingers zoom and move the picture; what the first one painted on its way was not meant.
    if ctx
        .input(bevy_egui::egui::InputState::multi_touch)
        .is_some()
    {
        explain.pen_away();
    } else if taps(explain) {
        take_taps(ctx, explain, frame, &response);
    } else {
        take_strokes(ctx, explain, frame, &response);
    }
    // While somebody paints the digits are colours, wherever the keyboard is: nobody is to be
    // thrown out of a game for asking for a colour. Ctrl+Tab still goes to the other tabs.
    if !ctx.text_edit_focused() {
        keep_digits(ctx);
        take_colours(ctx, explain);
    }
    // Arrows that belong to nothing else begin to move the cursor.
    let free = ctx.memory(|memory| memory.focused().is_none());
    if free && ARROWS.iter().any(|(key, _)| pressed(ctx, *key)) {
        response.request_focus();
        // This arrow is not to lead on to a neighbour.
        ctx.memory_mut(|memory| memory.move_focus(FocusDirection::None));
        take_arrows(ctx, explain);
    } else if response.has_focus() {
        take_arrows(ctx, explain);
    }
}

/// Takes the keys of two buttons while somebody paints: H for a hint, Ctrl+Enter to show the answer.
pub fn take_buttons(ctx: &Context, explain: &Explain, asked: &mut Vec<Ask>) {
    let playing = explain.game.as_ref().is_some_and(Game::can_paint);
    let elsewhere = ctx.text_edit_focused()
        || Popup::is_any_open(ctx)
        || ctx.memory(|memory| memory.top_modal_layer().is_some());
    if !playing || elsewhere {
        return;
    }
    if ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::H)) {
        asked.push(Ask::Hint);
    }
    if ctx.input_mut(|input| input.consume_shortcut(&REVEAL)) {
        asked.push(Ask::Reveal);
    }
}

/// The keys that move the cursor.
const ARROWS: [(Key, Direction); 4] = [
    (Key::ArrowUp, Direction::Up),
    (Key::ArrowDown, Direction::Down),
    (Key::ArrowLeft, Direction::Left),
    (Key::ArrowRight, Direction::Right),
];

/// The place on the canvas under a point of the screen, in fractions of the canvas; it may lie
/// outside, as a stroke may.
pub(super) fn place(explain: &Explain, frame: &StageFrame, at: Pos2) -> Option<[f32; 2]> {
    let [left, top, right, bottom] = explain.game.as_ref()?.round()?.region;
    let picture = frame.place_at(PANE, at)?;
    let place = [
        (picture.x - left) / (right - left),
        (picture.y - top) / (bottom - top),
    ];
    place.iter().all(|v| v.is_finite()).then_some(place)
}

/// Where a place of the canvas is on screen.
pub(super) fn on_screen(explain: &Explain, frame: &StageFrame, [x, y]: [f32; 2]) -> Option<Pos2> {
    let [left, top, right, bottom] = explain.game.as_ref()?.round()?.region;
    let at = [left + x * (right - left), top + y * (bottom - top)];
    frame.point_of(PANE, at.into())
}

/// Radius of the brush on screen, in points.
pub(super) fn ring(explain: &Explain, frame: &StageFrame) -> Option<f32> {
    let [left, _, right, _] = explain.game.as_ref()?.round()?.region;
    let board = explain.board()?;
    let at = |x: f32| frame.point_of(PANE, bevy::math::Vec2::new(x, 0.5));
    let width = at(right)?.x - at(left)?.x;
    Some(explain.tool.radius(board) / board.width() as f32 * width)
}

/// What is said of the parts of a picture that cannot be painted.
pub(super) const OUTSIDE: &str = "The AI sees only what is between the lines.";

/// Whether there is a picture under a point of the screen, but no part of it that the network sees.
pub(super) fn is_outside(explain: &Explain, frame: &StageFrame, at: Pos2) -> bool {
    let seen = place(explain, frame, at).is_some_and(within);
    !seen && frame.place_under(PANE, at).is_some()
}

fn within(place: [f32; 2]) -> bool {
    place.iter().all(|v| (0.0..1.0).contains(v))
}

fn take_strokes(ctx: &Context, explain: &mut Explain, frame: &StageFrame, response: &Response) {
    // True for a press on the stage that nothing lies over, until it is released.
    let ours =
        response.is_pointer_button_down_on() || response.clicked() || response.drag_stopped();
    let (events, down) = ctx.input(|input| (input.events.clone(), input.pointer.primary_down()));
    for event in events {
        match event {
            Event::PointerButton {
                pos,
                button: PointerButton::Primary,
                pressed: true,
                ..
            } if ours && response.rect.contains(pos) => {
                explain.brush = None;
                if let Some(at) = place(explain, frame, pos) {
                    explain.pen_down(at);
                }
                if is_outside(explain, frame, pos) {
                    explain.said = Some(OUTSIDE.to_owned());
                }
            }
            // Each report, not only the last of the frame: a fast curve stays a curve.
            Event::PointerMoved(pos) if explain.pen_is_down() => {
                if let Some(at) = place(explain, frame, pos) {
                    explain.pen_to(at);
                }
            }
            Event::PointerButton {
                pos,
                button: PointerButton::Primary,
                pressed: false,
                ..
            } if explain.pen_is_down() => {
                if let Some(at) = place(explain, frame, pos) {
                    explain.pen_to(at);
                }
                explain.pen_up();
            }
            _ => {}
        }
    }
    // A button that was let go outside of the window.
    if explain.pen_is_down() && !down {
        explain.pen_up();
    }
}

fn take_taps(ctx: &Context, explain: &mut Explain, frame: &StageFrame, response: &Response) {
    let segment = |explain: &Explain, at: Option<Pos2>| {
        let at = place(explain, frame, at?)?;
        within(at).then(|| explain.segment_at(at))?
    };
    let moved = ctx.input(|input| {
        let moves = |event: &Event| matches!(event, Event::PointerMoved(_));
        input.events.iter().any(moves)
    });
    if moved && response.hovered() {
        let under = segment(explain, response.hover_pos());
        explain.point_at(under);
    }
    if response.clicked_by(PointerButton::Primary)
        && let Some(at) = response.interact_pointer_pos()
    {
        if let Some(segment) = segment(explain, Some(at)) {
            explain.tap(segment);
        } else if is_outside(explain, frame, at) {
            explain.said = Some(OUTSIDE.to_owned());
        }
    }
}

fn pressed(ctx: &Context, key: Key) -> bool {
    ctx.input(|input| input.modifiers.is_none() && input.key_pressed(key))
}

/// 1 to 4 take a colour and paint the part under the cursor, 0 takes paint off.
fn take_colours(ctx: &Context, explain: &mut Explain) {
    let keys = [Key::Num1, Key::Num2, Key::Num3, Key::Num4];
    for (key, band) in keys.into_iter().zip(Band::ALL) {
        if pressed(ctx, key) {
            paint(explain, Some(band));
        }
    }
    let erase = [Key::Num0, Key::Delete, Key::Backspace];
    if erase.into_iter().any(|key| pressed(ctx, key)) {
        paint(explain, None);
    }
}

/// Paints where the keys are: with the brush, or the part under the cursor.
fn paint(explain: &mut Explain, band: Option<Band>) {
    if !explain.dab(band) {
        explain.paint_cursor(band);
    }
}

/// Arrows move the cursor, with Shift the brush; Enter and Space paint with what is in the hand.
fn take_arrows(ctx: &Context, explain: &mut Explain) {
    for (key, direction) in ARROWS {
        if pressed(ctx, key) {
            explain.step(direction);
        }
        if ctx.input(|input| input.modifiers.shift_only() && input.key_pressed(key)) {
            explain.move_brush(direction);
        }
    }
    if [Key::Enter, Key::Space]
        .into_iter()
        .any(|key| pressed(ctx, key))
    {
        let band = explain.tool.band;
        paint(explain, band);
    }
}
