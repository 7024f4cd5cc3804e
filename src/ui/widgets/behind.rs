//! What lies behind a list or a dialog that is open leaves the person alone.

use bevy_egui::egui::{Area, Context, Id, Order, Popup, Sense};

/// A tooltip's delay that nobody waits for, in seconds.
const NEVER: f32 = 1e6;

/// While a list is open a click beside it closes the list and does nothing else. Call it after the
/// panels were drawn.
pub fn shield_ui(ctx: &Context) {
    if !Popup::is_any_open(ctx) {
        return;
    }
    let rect = ctx.content_rect();
    Area::new(Id::new("beside the open list"))
        // Above the panels and under the list.
        .order(Order::Middle)
        .fixed_pos(rect.min)
        .show(ctx, |ui| {
            // Not for the keyboard: there is nothing to see.
            ui.allocate_response(rect.size(), Sense::CLICK | Sense::DRAG);
        });
}

/// A tooltip stays while the pointer rests on its widget, also where a key opened a dialog over it:
/// it is taken away in the dialog's first frame. Call it before the panels are drawn.
pub fn hide_tooltips_behind(ctx: &Context) {
    let [known, delay] = ["a dialog is open", "the tooltips' delay"].map(Id::new);
    let open = ctx.memory(|memory| memory.top_modal_layer().is_some());
    let was_open: bool = ctx.data(|data| data.get_temp(known)).unwrap_or(false);
    let kept: Option<f32> = ctx.data_mut(|data| data.remove_temp(delay));
    if let Some(kept) = kept {
        ctx.global_style_mut(|style| style.interaction.tooltip_delay = kept);
    }
    if open && !was_open {
        let usual = ctx.global_style().interaction.tooltip_delay;
        ctx.data_mut(|data| data.insert_temp(delay, usual));
        ctx.global_style_mut(|style| style.interaction.tooltip_delay = NEVER);
    }
    ctx.data_mut(|data| data.insert_temp(known, open));
}
