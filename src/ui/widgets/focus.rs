//! The focus ring: the same line around whatever has the keyboard, on every kind of control.

use bevy_egui::egui::{Context, CornerRadius, Id, LayerId, Order, Rect, Stroke, StrokeKind};

use crate::ui::theme::{self, RADIUS};

/// Half of the line's width, in logical pixels.
const HALF: f32 = 1.0;

/// Where the ring around `control` goes in a window.
fn ring(control: Rect, window: Rect) -> Rect {
    control.expand(2.0).intersect(window.shrink(HALF))
}

/// Paints the ring around the control that has keyboard focus, above everything else. Call it last.
pub fn focus_ring(ctx: &Context) {
    let Some(response) = ctx
        .memory(bevy_egui::egui::Memory::focused)
        .and_then(|id| ctx.read_response(id))
    else {
        return;
    };
    let palette = theme::of(ctx.theme());
    // Whole also around what reaches the window's edge, as the tabs do.
    let ring = ring(response.rect, ctx.content_rect());
    let layer = LayerId::new(Order::Tooltip, Id::new("focus ring"));
    ctx.layer_painter(layer)
        .with_clip_rect(response.interact_rect.expand(4.0))
        .rect_stroke(
            ring,
            CornerRadius::same(RADIUS + 2),
            Stroke::new(2.0 * HALF, palette.action),
            StrokeKind::Middle,
        );
}

#[cfg(test)]
mod tests {
    use bevy_egui::egui::{pos2, vec2};

    use super::*;

    #[test]
    fn the_ring_is_inside_of_the_window() {
        let window = Rect::from_min_size(pos2(0.0, 0.0), vec2(200.0, 100.0));
        let tab = Rect::from_min_size(pos2(40.0, 0.0), vec2(60.0, 56.0));
        let around = ring(tab, window);
        assert!(window.contains_rect(around.expand(HALF)));
        assert!(around.left() < tab.left() && around.bottom() > tab.bottom());
        let button = Rect::from_min_size(pos2(40.0, 40.0), vec2(60.0, 20.0));
        assert_eq!(ring(button, window), button.expand(2.0));
    }
}
