//! What lies behind a list or a dialog that is open leaves the person alone.

use bevy_egui::egui::{Area, Context, Id, Order, PointerState, Popup, Sense};

/// While a list is open a click beside it closes the list and does nothing else. Call it after the
/// panels were drawn.
pub fn shield_ui(ctx: &Context) {
    let hidden: Option<PointerState> = ctx.data_mut(|data| data.remove_temp(hidden_pointer()));
    if let Some(pointer) = hidden {
        ctx.input_mut(|input| input.pointer = pointer);
    }
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
/// in the dialog's first frame the panels see no pointer, until [`shield_ui`]. Call it before the
/// panels are drawn.
pub fn hide_tooltips_behind(ctx: &Context) {
    let known = Id::new("a dialog is open");
    let open = ctx.memory(|memory| memory.top_modal_layer().is_some());
    let was_open: bool = ctx.data(|data| data.get_temp(known)).unwrap_or(false);
    if open && !was_open {
        let pointer = ctx.input_mut(|input| std::mem::take(&mut input.pointer));
        ctx.data_mut(|data| data.insert_temp(hidden_pointer(), pointer));
    }
    ctx.data_mut(|data| data.insert_temp(known, open));
}

fn hidden_pointer() -> Id {
    Id::new("the pointer that panels do not see")
}
