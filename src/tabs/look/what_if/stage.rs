//! The picture that things are taken away from: from pointer and keys to strokes, and the marks of
//! brush, rectangle and part over it.

use bevy::math::Vec2;
use bevy_egui::egui::{
    self, Context, Event, FocusDirection, Key, PointerButton, Pos2, Rect, Response, Stroke,
    StrokeKind, Ui,
};

use super::PANE;
use super::state::{Edit, Tool};
use crate::guess::{Direction, Regions};
use crate::stage::{PaneArea, StageFrame};

/// The keys that go from part to part.
const ARROWS: [(Key, Direction); 4] = [
    (Key::ArrowUp, Direction::Up),
    (Key::ArrowDown, Direction::Down),
    (Key::ArrowLeft, Direction::Left),
    (Key::ArrowRight, Direction::Right),
];

/// Shows the stage at `rect` and draws the marks over it.
pub fn stage_ui(root: &Ui, rect: Rect, edit: &mut Edit, frame: &mut StageFrame) {
    let label = label(edit);
    let response = PaneArea::new(PANE, rect, &label).paints().show(root, frame);
    edit.stage = Some(response.id);
    let under = response.hover_pos();
    let under = under.and_then(|at| frame.place_under(PANE, at));
    edit.pointed = under.map(|place| place.to_array());
    if !edit.can_paint() {
        return;
    }
    let painter = root.painter().with_clip_rect(rect);
    let pointer = response.hover_pos();
    if let (Some(part), Some(parts)) = (edit.cursor, edit.parts.clone())
        && (edit.hand.tool == Tool::Parts || response.has_focus())
        && !edit.arrows_move()
    {
        outline(&painter, &parts, part, frame);
    }
    let marks = [
        Stroke::new(3.0, egui::Color32::from_black_alpha(180)),
        Stroke::new(1.5, egui::Color32::WHITE),
    ];
    match (edit.hand.tool, pointer) {
        (Tool::Brush, Some(at)) => {
            if let Some(radius) = ring(edit, frame) {
                for mark in marks {
                    painter.circle_stroke(at, radius, mark);
                }
                root.ctx().set_cursor_icon(egui::CursorIcon::None);
            }
        }
        (Tool::Rectangle, at) => {
            let corner = edit.hand.corner.map(Vec2::from);
            if let (Some(corner), Some(at)) =
                (corner.and_then(|corner| frame.point_of(PANE, corner)), at)
            {
                for mark in marks {
                    let between = Rect::from_two_pos(corner, at);
                    painter.rect_stroke(between, 0.0, mark, StrokeKind::Middle);
                }
            }
            if at.is_some() {
                root.ctx().set_cursor_icon(egui::CursorIcon::Crosshair);
            }
        }
        (Tool::Move, at) => {
            if let Some(place) = standing(edit, frame) {
                for mark in marks {
                    painter.rect_stroke(place, 0.0, mark, StrokeKind::Outside);
                }
            }
            if at.is_some() {
                root.ctx().set_cursor_icon(egui::CursorIcon::Move);
            }
        }
        (Tool::Brush | Tool::Parts, _) => {}
    }
}

/// What a screen reader says of the stage.
fn label(edit: &Edit) -> String {
    if edit.arrows_move() {
        let [right, down] = edit.moved().unwrap_or_default();
        return format!(
            "The picture to take parts away from. What is taken away stands {right} pixels right and \
             {down} down of where it was. Arrows move it, with Shift by one pixel."
        );
    }
    let place = match (edit.cursor, &edit.parts, &edit.canvas) {
        (Some(part), Some(parts), Some(canvas)) => {
            let (mut gone, mut all) = (0_usize, 0_usize);
            for pixel in parts.pixels(part) {
                all += 1;
                gone += usize::from(canvas.is_taken(pixel));
            }
            let state = if 2 * gone >= all && gone > 0 {
                "taken away"
            } else {
                "there"
            };
            format!("Part {} of {}, {state}.", part + 1, parts.len())
        }
        _ => {
            "Arrows choose a part of the picture, Enter takes it away or brings it back.".to_owned()
        }
    };
    format!("The picture to take parts away from. {place}")
}

/// Radius of the brush on screen, in points.
fn ring(edit: &Edit, frame: &StageFrame) -> Option<f32> {
    let at = |x: f32| frame.point_of(PANE, Vec2::new(x, 0.5));
    Some((at(1.0)?.x - at(0.0)?.x) * edit.hand.brush / 200.0)
}

/// Where what is taken away stands, on screen: the smallest rectangle around it.
fn standing(edit: &Edit, frame: &StageFrame) -> Option<Rect> {
    let canvas = edit.canvas.as_ref()?;
    let bounds = canvas.mask().ok()?.bounds()?;
    let [right, down] = canvas.moved().unwrap_or_default();
    let [height, width] = canvas.shape();
    let corner = |x: u32, y: u32| {
        let x = (x as f32 + right as f32) / width.max(1) as f32;
        let y = (y as f32 + down as f32) / height.max(1) as f32;
        frame.point_of(PANE, Vec2::new(x, y))
    };
    let low = corner(bounds.x, bounds.y)?;
    let high = corner(bounds.x + bounds.width, bounds.y + bounds.height)?;
    Some(Rect::from_two_pos(low, high))
}

/// The edge of a part.
fn outline(painter: &egui::Painter, parts: &Regions, part: usize, frame: &StageFrame) {
    let (height, width) = parts.size();
    let (Some(low), Some(high)) = (
        frame.point_of(PANE, Vec2::ZERO),
        frame.point_of(PANE, Vec2::ONE),
    ) else {
        return;
    };
    let place = |x: usize, y: usize| -> Pos2 {
        let share = egui::vec2(x as f32 / width as f32, y as f32 / height as f32);
        low + share * (high - low)
    };
    let inside = |x: Option<usize>, y: Option<usize>| {
        let own = x.zip(y).and_then(|(x, y)| parts.at(x, y));
        own == Some(part)
    };
    let mut lines = Vec::new();
    for pixel in parts.pixels(part) {
        let (x, y) = (pixel % width.max(1), pixel / width.max(1));
        let sides = [
            (x.checked_sub(1), Some(y), [place(x, y), place(x, y + 1)]),
            (Some(x + 1), Some(y), [place(x + 1, y), place(x + 1, y + 1)]),
            (Some(x), y.checked_sub(1), [place(x, y), place(x + 1, y)]),
            (Some(x), Some(y + 1), [place(x, y + 1), place(x + 1, y + 1)]),
        ];
        for (beside_x, beside_y, line) in sides {
            if !inside(beside_x, beside_y) {
                lines.push(line);
            }
        }
    }
    for stroke in [
        Stroke::new(3.0, egui::Color32::from_black_alpha(180)),
        Stroke::new(1.5, egui::Color32::WHITE),
    ] {
        painter.extend(
            lines
                .iter()
                .map(|line| egui::Shape::line_segment(*line, stroke)),
        );
    }
}

/// Takes what happened on the stage since the last frame. Call it before the panels are drawn.
pub fn take_input(ctx: &Context, edit: &mut Edit, frame: &StageFrame) {
    let Some(response) = edit.stage.and_then(|id| ctx.read_response(id)) else {
        return;
    };
    if !edit.can_paint() {
        return;
    }
    // Two fingers zoom and move the picture; what the first one drew on its way was not meant.
    if ctx.input(egui::InputState::multi_touch).is_some() {
        edit.abandon();
    } else {
        take_strokes(ctx, edit, frame, &response);
    }
    // Arrows that belong to nothing else begin to move the cursor.
    let free = ctx.memory(|memory| memory.focused().is_none());
    let arrow = |(key, _): &(Key, Direction)| pressed(ctx, *key) || shifted(ctx, *key);
    if free && ARROWS.iter().any(arrow) {
        response.request_focus();
        // This arrow is not to lead on to a neighbour.
        ctx.memory_mut(|memory| memory.move_focus(FocusDirection::None));
        take_keys(ctx, edit);
    } else if response.has_focus() {
        take_keys(ctx, edit);
    }
}

/// The place of the picture under a point of the screen, in fractions; it may lie outside.
fn place(frame: &StageFrame, at: Pos2) -> Option<[f32; 2]> {
    let place = frame.place_at(PANE, at)?;
    (place.x.is_finite() && place.y.is_finite()).then(|| place.to_array())
}

fn take_strokes(ctx: &Context, edit: &mut Edit, frame: &StageFrame, response: &Response) {
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
                if let Some(at) = place(frame, pos) {
                    edit.press(at);
                }
            }
            // Each report, not only the last of the frame: a fast curve stays a curve.
            Event::PointerMoved(pos) => {
                if let Some(at) = place(frame, pos) {
                    if edit.is_drawing() {
                        edit.draw_to(at);
                    } else if (edit.hand.tool == Tool::Parts
                        || edit.hand.tool == Tool::Move && edit.is_blank())
                        && response.hovered()
                    {
                        edit.cursor = edit.part_at(at).or(edit.cursor);
                    }
                }
            }
            Event::PointerButton {
                pos,
                button: PointerButton::Primary,
                pressed: false,
                ..
            } if edit.is_drawing() => edit.release(place(frame, pos)),
            _ => {}
        }
    }
    // A button that was let go outside of the window.
    if edit.hand.held && !down {
        edit.release(None);
    }
}

fn pressed(ctx: &Context, key: Key) -> bool {
    ctx.input(|input| input.modifiers.is_none() && input.key_pressed(key))
}

/// With Shift and nothing else.
fn shifted(ctx: &Context, key: Key) -> bool {
    ctx.input(|input| input.modifiers.shift_only() && input.key_pressed(key))
}

/// Arrows go from part to part, Enter and Space take the part away or bring it back; where that is what is
/// in the hand, arrows move what is taken away.
fn take_keys(ctx: &Context, edit: &mut Edit) {
    if edit.arrows_move() {
        for (key, direction) in ARROWS {
            if pressed(ctx, key) {
                edit.shift(direction, false);
            } else if shifted(ctx, key) {
                edit.shift(direction, true);
            }
        }
        return;
    }
    for (key, direction) in ARROWS {
        if pressed(ctx, key) {
            edit.step(direction);
        }
    }
    if pressed(ctx, Key::Enter) || pressed(ctx, Key::Space) {
        edit.toggle_part();
    }
}
