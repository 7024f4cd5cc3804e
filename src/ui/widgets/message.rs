//! A message in the place of what is not there: it says what to do.

use bevy_egui::egui::{Align, Frame, Layout, Margin, Rect, Stroke, Ui, UiBuilder, vec2};

use crate::ui::theme::{self, UNIT};

/// Below this height of the place, in logical pixels, the box begins at its top.
const LOW: f32 = 36.0 * UNIT;

/// A box over the upper part of `rect`, in its middle, as high as its contents.
pub fn message(root: &mut Ui, rect: Rect, contents: impl FnOnce(&mut Ui)) {
    let palette = theme::palette(root);
    let width = (rect.width() - 4.0 * UNIT).min(56.0 * UNIT);
    // In a low window there is no room for air above it.
    let above = if rect.height() < LOW { 0.0 } else { 0.3 };
    let place = Rect::from_center_size(rect.center(), vec2(width, rect.height()))
        .with_min_y(rect.top() + rect.height() * above);
    let mut ui = root.new_child(
        UiBuilder::new()
            .max_rect(place)
            .layout(Layout::top_down(Align::Center)),
    );
    // Never over the controls below the stage.
    ui.shrink_clip_rect(rect);
    Frame::new()
        .fill(palette.ground)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(theme::RADIUS)
        .inner_margin(Margin::same(24))
        .show(&mut ui, contents);
}
