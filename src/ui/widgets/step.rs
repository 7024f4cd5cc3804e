//! A numbered step: a blue disc and a title. A newcomer reads 1, 2, 3.

use bevy_egui::egui::accesskit::Role;
use bevy_egui::egui::{
    Align2, FontId, Response, Sense, TextStyle, TextWrapMode, Ui, Vec2, WidgetInfo, WidgetText,
    WidgetType,
};

use crate::ui::theme::{self, UNIT};

/// Diameter of the disc, in logical pixels.
const DISC: f32 = 3.5 * UNIT;

/// Draws the disc with `number` and the `title` beside it, as wide as there is room.
pub fn step_header(ui: &mut Ui, number: u8, title: &str) -> Response {
    short_step_header(ui, number, title, title)
}

/// The same where there is no room for the whole title: `short` is shown, `title` is read out.
pub fn short_step_header(ui: &mut Ui, number: u8, short: &str, title: &str) -> Response {
    let palette = theme::palette(ui);
    let wrap = (ui.available_width() - DISC - UNIT).max(UNIT);
    let words = WidgetText::from(theme::title(short).color(palette.text));
    let galley = words.into_galley(ui, Some(TextWrapMode::Wrap), wrap, TextStyle::Body);
    let height = DISC.max(galley.size().y);
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), height), Sense::hover());
    let disc = rect.left_center() + Vec2::new(DISC / 2.0, 0.0);
    ui.painter().circle_filled(disc, DISC / 2.0, palette.action);
    ui.painter().text(
        disc,
        Align2::CENTER_CENTER,
        number,
        FontId::proportional(2.0 * UNIT),
        palette.on_action,
    );
    let at = rect.left_center() + Vec2::new(DISC + 1.25 * UNIT, -galley.size().y / 2.0);
    ui.painter().galley(at, galley, palette.text);
    response.widget_info(|| {
        WidgetInfo::labeled(WidgetType::Label, true, format!("Step {number}. {title}"))
    });
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(Role::Heading);
        node.set_level(2);
        node.clear_value();
        node.set_label(format!("Step {number}. {title}"));
    });
    ui.add_space(UNIT / 2.0);
    response
}
