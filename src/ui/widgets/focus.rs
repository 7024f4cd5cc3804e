//! The focus ring: the same line around whatever has the keyboard, on every kind of control.

use bevy_egui::egui::{Context, CornerRadius, Id, LayerId, Order, Stroke, StrokeKind};

use crate::ui::theme::{self, RADIUS};

/// Paints the ring around the control that has keyboard focus, above everything else. Call it last.
pub fn focus_ring(ctx: &Context) {
    let Some(response) = ctx
        .memory(bevy_egui::egui::Memory::focused)
        .and_then(|id| ctx.read_response(id))
    else {
        return;
    };
    let palette = theme::of(ctx.theme());
    let layer = LayerId::new(Order::Tooltip, Id::new("focus ring"));
    ctx.layer_painter(layer)
        .with_clip_rect(response.interact_rect.expand(4.0))
        .rect_stroke(
            response.rect.expand(2.0),
            CornerRadius::same(RADIUS + 2),
            Stroke::new(2.0, palette.action),
            StrokeKind::Middle,
        );
}
