//! How the two pictures lie: side by side, one at a time, or parted by a line that can be moved.

use bevy_egui::egui::{Align, Button, CursorIcon, Layout, Rect, Sense, Stroke, Ui, pos2, vec2};

use super::choose::line;
use super::state::{Arrangement, Ask, SimilarityState, Which};
use crate::ui::commands::Command;
use crate::ui::theme::{self, UNIT};
use crate::ui::widgets::{Dial, labelled_slider, segments};

/// Width that the slider of the wipe takes at least, points.
const WIPE: f32 = 24.0 * UNIT;

/// How the two lie, and what belongs to that. Keeps `spare` points free and returns the place.
pub(super) fn arrangement_ui(
    ui: &mut Ui,
    state: &mut SimilarityState,
    spare: f32,
    asks: &mut Vec<Ask>,
) -> Rect {
    let mut free = Rect::NOTHING;
    line(ui, |ui| {
        let mut kind = match state.arrangement {
            Arrangement::Beside => 0,
            Arrangement::Flip(_) => 1,
            Arrangement::Wipe => 2,
        };
        let flip = format!(
            "One at a time, in one place ({})",
            Command::Flip.keys(ui.ctx())
        );
        let wipe = format!("Parted by a line ({})", Command::Wipe.keys(ui.ctx()));
        let changed = ui
            .scope(|ui| {
                ui.set_width(28.0 * UNIT);
                let choices = [
                    (0, "Side by side", "Both at once"),
                    (1, "Flip", flip.as_str()),
                    (2, "Wipe", wipe.as_str()),
                ];
                segments(ui, "How the two are shown", &mut kind, &choices).changed()
            })
            .inner;
        if changed {
            state.arrangement = match kind {
                0 => Arrangement::Beside,
                1 => Arrangement::Flip(Which::A),
                _ => Arrangement::Wipe,
            };
        }
        let swap = 9.0 * UNIT;
        // Nothing else stands there while the two lie side by side.
        let beside = state.arrangement == Arrangement::Beside;
        let whole = ui.available_width() - swap - UNIT;
        let spare = if beside && spare > 0.0 {
            whole - UNIT
        } else {
            spare
        };
        let room = whole - spare - UNIT;
        ui.allocate_ui_with_layout(
            vec2(room, theme::TARGET),
            Layout::left_to_right(Align::Center),
            |ui| {
                ui.set_width(room);
                match &mut state.arrangement {
                    Arrangement::Flip(shown) => {
                        ui.set_max_width(room.min(14.0 * UNIT));
                        let choices = [(Which::A, "A", ""), (Which::B, "B", "")];
                        segments(ui, "Which is shown", shown, &choices);
                    }
                    Arrangement::Wipe if room > WIPE => wipe_ui(ui, &mut state.wipe),
                    Arrangement::Beside | Arrangement::Wipe => {}
                }
            },
        );
        if spare > 0.0 {
            free = ui
                .allocate_exact_size(vec2(spare, theme::TARGET), Sense::empty())
                .0;
        }
        let button = Button::new(Command::Swap.label());
        let response = ui
            .add_sized(vec2(swap, theme::TARGET), button)
            .on_hover_text(format!(
                "B becomes A and A becomes B ({})",
                Command::Swap.keys(ui.ctx())
            ));
        if response.clicked() {
            asks.push(Ask::Swap);
        }
    });
    free
}

/// Where the line of the wipe is, as a slider.
pub(super) fn wipe_ui(ui: &mut Ui, wipe: &mut f32) {
    let dial = Dial {
        label: "Line at",
        label_width: 0.0,
        min: 0.0,
        max: 100.0,
        step: 1.0,
        unit: " %",
        help: "Left of the line is A, right of it is B",
    };
    labelled_slider(ui, &dial, wipe);
}

/// The line of the wipe with its handle; the slider under it does the same by keyboard.
pub(super) fn wipe_line(root: &Ui, inner: Rect, x: f32, wipe: &mut f32) {
    let palette = theme::palette(root);
    let handle = Rect::from_center_size(
        pos2(x, inner.center().y),
        vec2(theme::TARGET, inner.height()),
    );
    let response = root
        .interact(handle, root.id().with("wipe"), Sense::drag())
        .on_hover_cursor(CursorIcon::ResizeHorizontal);
    if response.dragged() {
        let moved = response.drag_delta().x / inner.width().max(1.0) * 100.0;
        *wipe = (*wipe + moved).clamp(0.0, 100.0);
    }
    let painter = root.painter_at(inner);
    painter.vline(x, inner.y_range(), Stroke::new(4.0, palette.ground));
    painter.vline(x, inner.y_range(), Stroke::new(2.0, palette.action));
    let knob = pos2(x, inner.center().y);
    painter.circle(
        knob,
        1.75 * UNIT,
        palette.ground,
        Stroke::new(2.0, palette.action),
    );
    let arrow = Stroke::new(2.0, palette.action);
    for side in [-1.0, 1.0] {
        let tip = knob + vec2(side * UNIT, 0.0);
        let back = vec2(-side * 0.5 * UNIT, 0.5 * UNIT);
        painter.line(vec![tip + back, tip, tip + vec2(back.x, -back.y)], arrow);
    }
}
